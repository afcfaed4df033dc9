/* room.h - arrays that grow in the node's memory. */
#ifndef MODELS_PARTS_ROOM_H
#define MODELS_PARTS_ROOM_H

#include "sim/world/model.h"

/* Array of COUNT items of SIZE bytes, with room for one more. */
static inline void *make_room(struct sim_seat *me, void *items, uint32_t count, uint32_t *capacity,
                              size_t size)
{
    uint32_t more = *capacity == 0 ? 16 : 2 * *capacity;

    if (count < *capacity)
        return items;
    items = sim_regrow(me, items, *capacity * size, more * size);
    *capacity = more;
    return items;
}

#endif
