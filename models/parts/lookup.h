/* lookup.h - a hash table from two numbers to a place in an array.
 *
 * It only grows: what is looked up is kept for as long as the node runs, as keys of idempotency
 * are.
 *
 * Ownership: memory of the seat. Determinism: nobody sees its order. */
#ifndef MODELS_PARTS_LOOKUP_H
#define MODELS_PARTS_LOOKUP_H

#include "sim/world/model.h"

#define LOOKUP_NONE UINT32_MAX

struct lookup_place;

struct lookup {
    struct lookup_place *places;
    uint64_t count, capacity; /* capacity: a power of two, or 0 */
};

uint32_t lookup_find(const struct lookup *lookup, int64_t a, int64_t b);
/* A and B are not in it yet. */
void lookup_add(struct sim_seat *me, struct lookup *lookup, int64_t a, int64_t b, uint32_t place);

#endif
