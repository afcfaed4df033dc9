/* coverage.h - what a run came to: which kinds of faults struck, which marks of its models it
 * reached.
 *
 * It has a place for all that could have been: the kinds that the scenario names, also those of
 * random faults that this seed never drew, in the order of the alphabet; then the marks of each
 * group's model. A place that no seed of a campaign comes to is one of which the campaign says
 * nothing, however many seeds hold.
 *
 * Ownership: make and finish; names are those of the plan, the kinds and the models. */
#ifndef TOOLS_ORRERY_COVERAGE_H
#define TOOLS_ORRERY_COVERAGE_H

#include "sim/observe/recorder.h"

struct coverage_place {
    const char *group; /* of a mark; NULL: a kind of fault, or of action */
    const char *name;
    uint64_t fired; /* of a kind: how often it began, also where it hit nobody; of a mark: 0 */
    uint64_t count; /* how often it hit somebody, or was reached */
};

struct coverage {
    struct coverage_place *places;
    size_t count, capacity;
};

/* ASKED: the plan before its random faults were drawn; REACHED: of each group, by mark. */
void coverage_make(struct coverage *coverage, const struct sim_plan *asked,
                   const struct sim_recorder *recorder, const uint64_t *const *reached);
void coverage_finish(struct coverage *coverage);

#endif
