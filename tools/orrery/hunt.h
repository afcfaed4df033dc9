/* hunt.h - under how many seeds a planted mistake is caught, and whether the system without it is
 * clean under the same.
 *
 * Both run under the same seeds and so under the same faults and load, by one pool of workers.
 * What is caught is decided twice: the run must have broken an invariant, contradicted itself or
 * violated what is marked `is: violated`, and the scenario must have expected just that. Of the
 * twin the first is enough to be a false alarm, and of what is so marked it is not enough to be
 * undecided. */
#ifndef TOOLS_ORRERY_HUNT_H
#define TOOLS_ORRERY_HUNT_H

#include "tools/orrery/runner.h"

struct hunt {
    /* what is asked for: set by the caller */
    struct sim_scenario *exhibit, *twin;
    uint64_t first, last; /* seeds */
    unsigned jobs;
    /* what is known then */
    uint64_t caught, first_caught; /* how often, and the smallest seed; 0, 0: never */
    uint64_t alarms, first_alarm;  /* the same of the twin */
    uint64_t deaths;
};

/* False after an error, which is printed. */
bool hunt_run(struct hunt *hunt);

#endif
