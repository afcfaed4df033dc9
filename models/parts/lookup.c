#include "models/parts/lookup.h"

#include <assert.h>

struct lookup_place {
    int64_t a, b;
    uint32_t place; /* plus one; 0: free */
};

static struct lookup_place *slot_of(const struct lookup *lookup, int64_t a, int64_t b)
{
    uint64_t at = sim_scramble(sim_mix((uint64_t)a, (uint64_t)b)) & (lookup->capacity - 1);

    while (lookup->places[at].place != 0 &&
           (lookup->places[at].a != a || lookup->places[at].b != b))
        at = (at + 1) & (lookup->capacity - 1);
    return &lookup->places[at];
}

uint32_t lookup_find(const struct lookup *lookup, int64_t a, int64_t b)
{
    return lookup->capacity == 0 ? LOOKUP_NONE : slot_of(lookup, a, b)->place - 1;
}

static void enlarge(struct sim_seat *me, struct lookup *lookup)
{
    const struct lookup old = *lookup;

    lookup->capacity = old.capacity > 0 ? 2 * old.capacity : 64;
    lookup->places = sim_new(me, lookup->capacity * sizeof(*lookup->places));
    for (uint64_t i = 0; i < old.capacity; i++)
        if (old.places[i].place != 0)
            *slot_of(lookup, old.places[i].a, old.places[i].b) = old.places[i];
    sim_drop(me, old.places, old.capacity * sizeof(*old.places));
}

void lookup_add(struct sim_seat *me, struct lookup *lookup, int64_t a, int64_t b, uint32_t place)
{
    struct lookup_place *slot;

    if (2 * (lookup->count + 1) > lookup->capacity)
        enlarge(me, lookup);
    slot = slot_of(lookup, a, b);
    assert(slot->place == 0);
    *slot = (struct lookup_place){ a, b, place + 1 };
    lookup->count++;
}
