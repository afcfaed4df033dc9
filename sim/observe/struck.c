#include "sim/observe/struck.h"

#include "sim/core/mem.h"

#include <string.h>

void sim_struck_add(struct sim_struck_list *list, const struct sim_struck *struck)
{
    struct sim_struck *kept;

    list->items = sim_grow(list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    kept = &list->items[list->count++];
    *kept = *struck;
    if (struck->count == 0)
        return;
    uint32_t *nodes = sim_alloc_array(struck->count, sizeof(*nodes));

    memcpy(nodes, struck->nodes, struck->count * sizeof(*nodes));
    kept->nodes = nodes;
    if (struck->sides != NULL) {
        const size_t last = nodes[struck->count - 1];
        uint8_t *sides = sim_alloc(last + 1);

        memcpy(sides, struck->sides, last + 1);
        kept->sides = sides;
    }
}

void sim_struck_finish(struct sim_struck_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].count == 0)
            continue;
        sim_free((void *)(uintptr_t)list->items[i].nodes);
        sim_free((void *)(uintptr_t)list->items[i].sides);
    }
    sim_free(list->items);
}
