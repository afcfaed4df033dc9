#include "models/parts/listed.h"

#include <string.h>

bool listed_fits(const struct sim_operation_list *list, uint32_t clients, int64_t lanes,
                 char text[160])
{
    static const char no_client[] = "one of them is of a client that the group does not have",
                      no_process[] = "one of them is of a lane beyond `processes`";

    for (uint32_t i = 0; i < list->count; i++) {
        const struct sim_listed_operation *o = &list->items[i];

        if (o->client >= clients) {
            memcpy(text, no_client, sizeof no_client);
            return false;
        }
        if (o->process != SIM_OPEN_LOOP && o->process >= lanes) {
            memcpy(text, no_process, sizeof no_process);
            return false;
        }
    }
    return true;
}

bool listed_has_lanes(const struct sim_operation_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].process != SIM_OPEN_LOOP)
            return true;
    return false;
}

int64_t listed_keys(const struct sim_operation_list *list)
{
    int64_t keys = 1;

    for (uint32_t i = 0; i < list->count; i++)
        if (keys <= list->items[i].operation.key)
            keys = list->items[i].operation.key + 1;
    return keys;
}

bool listed_guesses(const struct sim_operation_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].guesses)
            return true;
    return false;
}

uint32_t listed_kinds(const struct sim_operation_list *list)
{
    uint32_t kinds = 0;

    for (uint32_t i = 0; i < list->count; i++)
        kinds |= 1u << list->items[i].operation.kind;
    return kinds;
}
