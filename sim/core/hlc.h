/* hlc.h - hybrid logical clocks: they keep happened-before as Lamport's do, and stay near the time.
 *
 * Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks", OPODIS 2014, figure 5. L
 * is the largest wall clock reading that the process has heard of, C counts the events that share
 * it. The paper proves: an event that happened before another has the smaller (L, C) (theorem 1); L
 * is never behind the own wall clock (theorem 2) and never ahead of the fastest one (corollary 1),
 * so by no more than clocks are apart; C stays small, since it begins anew whenever L moves.
 *
 * Section 5 of the paper: one clock that is far wrong would drag all others with it for good. So a
 * receiver may refuse a stamp that is ahead of its own wall clock by more than clocks are believed
 * to be apart.
 *
 * Units: L in ns of a wall clock (sim_wall). Ownership: values; a zeroed clock has seen nothing. */
#ifndef SIM_CORE_HLC_H
#define SIM_CORE_HLC_H

#include "sim/core/time.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_hlc { /* a clock, and the stamp of its last event */
    sim_time l;
    int64_t c;
};

/* An event of the process itself, or the sending of a message, when the wall clock shows WALL. */
struct sim_hlc sim_hlc_tick(struct sim_hlc *clock, sim_time wall);
/* The receipt of a message that was sent with the stamp SENT. */
struct sim_hlc sim_hlc_receive(struct sim_hlc *clock, struct sim_hlc sent, sim_time wall);
/* Whether SENT may be received by who believes that no clock is ahead of his by more than BOUND. */
bool sim_hlc_is_credible(struct sim_hlc sent, sim_time wall, sim_time bound);

int sim_hlc_compare(struct sim_hlc a, struct sim_hlc b); /* negative, 0 or positive */

#endif
