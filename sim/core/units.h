/* units.h - numbers with units, exactly: decimal arithmetic into integers, no floating point on the way.
 *
 * Each returns NULL on success, or a static or TEXT-held explanation of what is wrong ("a duration needs a unit: ns us
 * ms s m h d"). One unit per value, an optional space before it, case-sensitive; only 0 may be bare.
 *
 * Errors: the explanation names the wrong unit, the wrong quantity, the negative, the unit on a plain count. */
#ifndef SIM_CORE_UNITS_H
#define SIM_CORE_UNITS_H

#include "sim/core/field.h"

enum { SIM_UNITS_TEXT = 160 };

const char *sim_units_duration(const char *value, sim_time *out, char text[SIM_UNITS_TEXT]); /* may be negative */
const char *sim_units_integer(const char *value, int64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_number(const char *value, double *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_boolean(const char *value, bool *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_probability(const char *value, sim_probability *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_share(const char *value, double *out, char text[SIM_UNITS_TEXT]); /* 0..1 */
const char *sim_units_millionths(const char *value, int64_t *out, char text[SIM_UNITS_TEXT]); /* "50%" -> 500000, exact */
const char *sim_units_rate(const char *value, struct sim_rate *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_size(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_bandwidth(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_ppm(const char *value, struct sim_ppm_range *out, char text[SIM_UNITS_TEXT]);
/* "1ms..9ms": both ends, the first not after the second. */
const char *sim_units_duration_range(const char *value, sim_time *low, sim_time *high, char text[SIM_UNITS_TEXT]);

#endif
