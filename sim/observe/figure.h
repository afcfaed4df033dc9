/* figure.h - measured figures as text for people: three significant digits, the same everywhere.
 *
 * A measured figure stands beside a bound, so it is never rounded across it: shares and rates are
 * cut off rather than rounded, a share below 100 % never reads "100 %", and a time that rounding
 * would take across its bound is written exactly.
 *
 * Determinism: integers only, no locale. */
#ifndef SIM_OBSERVE_FIGURE_H
#define SIM_OBSERVE_FIGURE_H

#include "sim/core/field.h"
#include "sim/core/time.h"

#include <stdint.h>

enum { SIM_FIGURE_TEXT = 48 };

const char *sim_figure_count(char text[SIM_FIGURE_TEXT], uint64_t count); /* "4 010" */
const char *sim_figure_time(char text[SIM_FIGURE_TEXT], sim_time t);      /* "12.3ms"; "never" */
/* The same, but exact where three digits would lie on the other side of BOUND; both >= 0. */
const char *sim_figure_time_beside(char text[SIM_FIGURE_TEXT], sim_time t, sim_time bound);
const char *sim_figure_share(char text[SIM_FIGURE_TEXT], uint64_t part,
                             uint64_t whole); /* "96.4 %"; WHOLE > 0 */
/* COUNT in SPAN > 0, a second: "48.1/s", cut off, or with UP the next higher. */
const char *sim_figure_rate(char text[SIM_FIGURE_TEXT], uint64_t count, sim_time span, bool up);

/* Bounds as their user wrote them: "99.95 %", "200/s", "30/min". */
const char *sim_figure_share_bound(char text[SIM_FIGURE_TEXT], double share);
const char *sim_figure_rate_bound(char text[SIM_FIGURE_TEXT], const struct sim_rate *rate);

/* A share as billionths, exact to nine decimals: what comparisons use. */
int64_t sim_figure_billionths(double share);

#endif
