/* convergence.h - strong eventual consistency as an invariant: replicas that have heard of the same
 * changes hold the same (Shapiro, Preguica, Baquero and Zawirski, Conflict-free Replicated Data
 * Types, SSS 2011, definition 2.3).
 *
 * Units: none. Ownership: nothing is kept. Determinism: replicas are looked at in their order. */
#ifndef MODELS_PARTS_CONVERGENCE_H
#define MODELS_PARTS_CONVERGENCE_H

#include "sim/world/model.h"

/* Where a model's state has what a replica heard of and what it holds. */
struct convergence {
    size_t received; /* offset of an int64_t *: [member] how many of its changes; NULL: not begun */
    size_t contents; /* offset of an int64_t: a hash of all that is held, whatever the order */
};

/* Of the model's invariant, whose name is "convergence": compares MEMBER with all that are up. */
void convergence_judge(struct sim_judge *judge, uint32_t member, struct convergence where);

#endif
