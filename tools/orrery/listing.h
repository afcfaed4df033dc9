/* listing.h - tables of fields as `orrery models` and `orrery faults` show them.
 *
 * Determinism: what is printed is a function of the tables. */
#ifndef TOOLS_ORRERY_LISTING_H
#define TOOLS_ORRERY_LISTING_H

#include "sim/core/field.h"
#include "sim/observe/output.h"

/* Wraps TEXT at 80 columns behind an indentation that the caller has already filled. */
void list_wrapped(const char *text, int indent);
/* On stdout, each with its type, range and default, down to those of objects. */
void list_fields(const struct sim_field *field, int indent);

/* ,"KEY":"VALUE"; null if VALUE is NULL */
void list_json_pair(struct sim_output *out, const char *key, const char *value);
void list_json_fields(struct sim_output *out, const struct sim_field *field);

#endif
