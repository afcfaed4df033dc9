/* operation.c - names of operations, and the lists of what clients are to do. */
#include "sim/world/kernel.h"

#include <stddef.h>

const char *const sim_operation_kind_names[] = { "read",   "write",  "cas", "add",
                                                 "append", "delete", NULL };
const char *const sim_operation_status_names[] = { "ok", "fail", "unknown", NULL };

/* Whether ITEM lies before what MEMBER does in PROCESS from TIME on. */
static bool lies_before(const struct sim_listed_operation *item, uint32_t member, uint32_t process,
                        sim_time time)
{
    if (item->client != member)
        return item->client < member;
    if (item->process != process)
        return item->process < process;
    return item->at < time;
}

const struct sim_listed_operation *
sim_listed_first(const struct sim_seat *me, const struct sim_operation_list *list, uint32_t process)
{
    const sim_time now = me->class->world->now;
    uint32_t low = 0, high = list->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (lies_before(&list->items[middle], me->member, process, now))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == list->count || list->items[low].client != me->member ||
        list->items[low].process != process)
        return NULL;
    return &list->items[low];
}

const struct sim_listed_operation *sim_listed_next(const struct sim_operation_list *list,
                                                   const struct sim_listed_operation *one)
{
    const struct sim_listed_operation *next = one + 1;

    if (next == list->items + list->count || next->client != one->client ||
        next->process != one->process)
        return NULL;
    return next;
}
