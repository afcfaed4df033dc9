/* pattern.h - ranges of numbers with units as regular expressions, for the JSON Schema; private to
 * this folder.
 *
 * A schema can bound numbers, but `250ms` is a text to it. A range over decimal texts is regular,
 * so it is written as a pattern: for each unit, the decimals of at least (at most) the bound in
 * that unit. The patterns lean on the syntax that another pattern (sim/core/units.h) checks beside
 * them: no leading zeros, no exponents.
 *
 * Ownership: what is returned is the caller's, for sim_free. */
#ifndef SIM_SCENARIO_PATTERN_H
#define SIM_SCENARIO_PATTERN_H

#include "sim/core/field.h"

/* Matches the texts of FIELD's type (a duration, rate, size, bandwidth or drift) that are not below
 * its least value, or, if MOST, not above its largest; RANGE: both ends, if the text has the form
 * `1ms..3ms`. NULL: there is no such bound. */
char *sim_pattern_bound(const struct sim_field *field, bool most, bool range);

#endif
