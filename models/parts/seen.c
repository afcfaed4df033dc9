#include "models/parts/seen.h"

enum { PLACES_MAX = 1 << 16 };

void seen_init(struct sim_seat *me, struct seen *seen, int64_t keys)
{
    seen->size = 1;
    while (seen->size < PLACES_MAX && seen->size < keys)
        seen->size *= 2;
    seen->places = sim_new(me, seen->size * sizeof(struct seen_place));
}

static struct seen_place *place_of(const struct seen *seen, int64_t key)
{
    return &seen->places[(uint64_t)key & (seen->size - 1)];
}

void seen_set(struct seen *seen, int64_t key, int64_t value)
{
    if (seen->places != NULL)
        *place_of(seen, key) = (struct seen_place){ key, value, true };
}

void seen_forget(struct seen *seen, int64_t key)
{
    if (seen->places != NULL && place_of(seen, key)->key == key)
        place_of(seen, key)->used = false;
}

bool seen_get(const struct seen *seen, int64_t key, int64_t *value)
{
    const struct seen_place *place = seen->places == NULL ? NULL : place_of(seen, key);

    *value = SIM_NIL;
    if (place == NULL || !place->used || place->key != key)
        return false;
    *value = place->value;
    return true;
}
