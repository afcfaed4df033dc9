/* units.h - numbers with units, exactly: decimal arithmetic into integers, no floating point
 * between.
 *
 * Each function returns NULL on success, or a static or TEXT-held explanation of what is wrong
 * ("'5' needs a unit: ns us ms s m h d"). One unit per value, an optional space before it,
 * case-sensitive; only 0 may be bare. A number is an optional sign, digits without a leading zero,
 * and a point with digits after it if need be; plain numbers (integer, number, probability, share,
 * millionths) may also have an exponent, as YAML's do.
 *
 * No strtod: it reads the locale's decimal point. A plain number becomes a double by one correctly
 * rounded division or multiplication (integer up to 2^53, power of ten up to 22), and has to fit
 * that: 15 digits always do.
 *
 * Errors: the explanation names the wrong unit, the wrong quantity, the negative, the unit on a
 * plain count. OUT is written on success only. */
#ifndef SIM_CORE_UNITS_H
#define SIM_CORE_UNITS_H

#include "sim/core/field.h"

enum { SIM_UNITS_TEXT = 160 };

/* May be negative. */
const char *sim_units_duration(const char *value, sim_time *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_integer(const char *value, int64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_number(const char *value, double *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_boolean(const char *value, bool *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_probability(const char *value, sim_probability *out,
                                  char text[SIM_UNITS_TEXT]);
/* 0..1 */
const char *sim_units_share(const char *value, double *out, char text[SIM_UNITS_TEXT]);
/* "50%" -> 500000, exact */
const char *sim_units_millionths(const char *value, int64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_rate(const char *value, struct sim_rate *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_size(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_bandwidth(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT]);
const char *sim_units_ppm(const char *value, struct sim_ppm_range *out, char text[SIM_UNITS_TEXT]);
/* "1ms..9ms": both ends, the first not after the second. */
const char *sim_units_duration_range(const char *value, sim_time *low, sim_time *high,
                                     char text[SIM_UNITS_TEXT]);

/* The same grammar as regular expressions for the JSON Schema (both ECMA 262 and POSIX extended).
 * What they cannot say is left to the functions: limits, whole nanoseconds, the order of a range.
 * */
#define SIM_PATTERN_DECIMAL_ "(0|[1-9][0-9]*)([.][0-9]+)?"
#define SIM_PATTERN_DURATION_ "[-+]?" SIM_PATTERN_DECIMAL_ " ?(ns|us|\u00b5s|\u03bcs|ms|s|m|h|d)"
#define SIM_PATTERN_PPM_ "[-+]?" SIM_PATTERN_DECIMAL_ " ?ppm"
#define SIM_PATTERN_ZERO_ "[-+]?0([.]0+)?"
#define SIM_PATTERN_DURATION "^" SIM_PATTERN_DURATION_ "$"
#define SIM_PATTERN_DURATION_END_ "(" SIM_PATTERN_DURATION_ "|" SIM_PATTERN_ZERO_ ")"
#define SIM_PATTERN_PPM_END_ "(" SIM_PATTERN_PPM_ "|" SIM_PATTERN_ZERO_ ")"
#define SIM_PATTERN_DURATION_RANGE                                                                 \
    "^" SIM_PATTERN_DURATION_END_ " ?[.][.] ?" SIM_PATTERN_DURATION_END_ "$"
#define SIM_PATTERN_PERCENT "^[+]?" SIM_PATTERN_DECIMAL_ " ?%$"
#define SIM_PATTERN_RATE "^[+]?" SIM_PATTERN_DECIMAL_ " ?[kM]?/(ms|s|min|h|d)$"
#define SIM_PATTERN_SIZE "^[+]?" SIM_PATTERN_DECIMAL_ " ?([kMG]?B|[KMG]iB)$"
#define SIM_PATTERN_BANDWIDTH "^[+]?" SIM_PATTERN_DECIMAL_ " ?([kMG]?bit|[kMG]?B|[KMG]iB)/s$"
#define SIM_PATTERN_PPM                                                                            \
    "^(" SIM_PATTERN_PPM_ "|" SIM_PATTERN_PPM_END_ " ?[.][.] ?" SIM_PATTERN_PPM_END_ ")$"

#endif
