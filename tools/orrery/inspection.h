/* inspection.h - a run that is gone through step by step, forward and back.
 *
 * A step is the next thing that happens: a node handles an event, or a fault begins or ends, and
 * what that brings with it at once. The first step is the start of all nodes. A run is a function
 * of its scenario and seed, so to go back is to run it again, one step less.
 *
 * Ownership: opened and closed by the caller; the scenario outlives it. */
#ifndef TOOLS_ORRERY_INSPECTION_H
#define TOOLS_ORRERY_INSPECTION_H

#include "sim/observe/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"
#include "tools/orrery/chronicle.h"

struct inspection {
    const struct sim_scenario *scenario;
    struct sim_plan *plan; /* with its random faults drawn */
    struct sim_recorder *recorder;
    struct sim_world *world;
    struct chronicle chronicle; /* all that happened up to here */
    uint64_t steps;
    bool is_over; /* nothing is left to happen, or nothing may */
};

/* All nodes have started. */
void inspection_open(struct inspection *inspection, const struct sim_scenario *scenario);
void inspection_close(struct inspection *inspection);
/* False: it is over, or the chronicle is full. */
bool inspection_step(struct inspection *inspection);
/* To where it was after so many STEPS, of which there were more. */
void inspection_return(struct inspection *inspection, uint64_t steps);

#endif
