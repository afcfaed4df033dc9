/* seen.h - what a client last saw at each key: what its next compare-and-set expects, and what it
 * serves when it reaches nobody.
 *
 * A table of bounded size over the keys in which later ones replace earlier ones, as a cache of a
 * client would: with more keys than places some are forgotten. Lists are not remembered.
 *
 * Ownership: memory of the seat, so a crash drops it. Determinism: no order is looked at. */
#ifndef MODELS_PARTS_SEEN_H
#define MODELS_PARTS_SEEN_H

#include "sim/world/model.h"

struct seen_place {
    int64_t key, value;
    bool used;
};

struct seen {
    struct seen_place *places; /* NULL: nothing is remembered */
    uint32_t size;             /* a power of two */
};

void seen_init(struct sim_seat *me, struct seen *seen, int64_t keys);
void seen_set(struct seen *seen, int64_t key, int64_t value);
void seen_forget(struct seen *seen, int64_t key);
/* False: nothing is known of KEY, and *VALUE is SIM_NIL. */
bool seen_get(const struct seen *seen, int64_t key, int64_t *value);

#endif
