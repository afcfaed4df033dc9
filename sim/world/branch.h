/* branch.h - from a time on, the luck of another seed: private to sim/world.
 *
 * All luck is a hash of the seed and of names, or comes from a stream that such a hash begins. So a
 * run branches when at its time the seed becomes another one, and the streams are begun anew: up to
 * there nothing is different, to the bit, and behind it whatever is drawn is. What was drawn before
 * stays as it was drawn, for it is part of the past: the latency of a message under way, the length
 * of a fault that has begun, a clock's drift. Faults to come are not: the next strike of one that
 * comes at intervals, and all random ones behind the branch, are drawn again, given only that they
 * did not come before it. Which minority may be lost for good is kept, or two runs' minorities
 * together would be a majority.
 *
 * A branch into the run's own seed is defined to be the run itself, and a branch at 0 is the run of
 * the other seed. A world without one pays nothing: the run loop is left once, at the branch. */
#ifndef SIM_WORLD_BRANCH_H
#define SIM_WORLD_BRANCH_H

#include "sim/core/distribution.h"
#include "sim/core/rng.h"

struct sim_world;

/* All before plan->branch.at has happened. */
void branch_luck(struct sim_world *world);

/* A draw of EVERY, given that it is at least LEAST (by trying again); OTHERWISE, which is, if that
 * takes too long. */
sim_time gap_behind(const struct sim_distribution *every, struct sim_stream *stream, sim_time least,
                    sim_time otherwise);

#endif
