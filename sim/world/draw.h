/* draw.h - random faults become a list of faults before the run begins.
 *
 * What is drawn is a function of the plan's random entries and the seed alone, never of what the
 * run does: so all variants of a scenario suffer the same faults, and the list can be looked at,
 * written down and shortened. Every word is a hash of the seed, the entry, the number of the strike
 * and what it is for: one more kind, group or parameter changes no other draw.
 *
 * Two ideas keep random faults useful. A *swarm mask* (Groce et al., "Swarm Testing", ISSTA 2012)
 * switches each kind off in half of the seeds: some mistakes show only while other faults are away.
 * And faults stay within what a system can promise: with `limit: minority` no more than a minority
 * of any group is down at a time, counting for good what an end does not undo; and only nodes of a
 * minority that is drawn once per run, and may be none, are lost for good or lose what they synced.
 * A strike beyond that hits fewer nodes, or is left out. Faults that are listed count, too, where
 * their time and their nodes are known beforehand.
 *
 * Ownership: the drawn plan points into the one it was drawn from, which outlives it.
 * Determinism: as above. */
#ifndef SIM_WORLD_DRAW_H
#define SIM_WORLD_DRAW_H

#include "sim/world/plan.h"

enum { SIM_RANDOM_FAULTS_MAX = 100000 }; /* that one entry may be expected to make */

/* PLAN with its random faults drawn, to be destroyed by sim_drawn_destroy. */
struct sim_plan *sim_plan_draw(const struct sim_plan *plan);
void sim_drawn_destroy(struct sim_plan *drawn); /* NULL is fine */

#endif
