#include "models/parts/chain.h"

#include <assert.h>

enum { BITS = 4, MASK = 15 };

const struct sim_interface chain_interface = {
    .name = "chain",
    .operations = {
        [CHAIN_LOOK] = { "look", SIM_WORDS(chain_look), SIM_WORDS(chain_status), NULL },
    },
};

int64_t chain_at(int64_t order, int64_t place)
{
    if (place < 0 || place >= CHAIN_MEMBERS_MAX)
        return CHAIN_NOBODY;
    return (order >> (BITS * place) & MASK) - 1;
}

uint32_t chain_length(int64_t order)
{
    uint32_t length = 0;

    while (chain_at(order, length) != CHAIN_NOBODY)
        length++;
    return length;
}

int64_t chain_place(int64_t order, uint32_t member)
{
    for (int64_t place = 0; chain_at(order, place) != CHAIN_NOBODY; place++)
        if (chain_at(order, place) == (int64_t)member)
            return place;
    return CHAIN_NOBODY;
}

int64_t chain_tail(int64_t order)
{
    return chain_at(order, (int64_t)chain_length(order) - 1);
}

int64_t chain_with(int64_t order, uint32_t member)
{
    uint32_t length = chain_length(order);

    assert(length < CHAIN_MEMBERS_MAX);
    return order | (int64_t)(member + 1) << (BITS * length);
}

int64_t chain_without(int64_t order, uint32_t member)
{
    int64_t rest = 0;

    for (int64_t place = 0; chain_at(order, place) != CHAIN_NOBODY; place++)
        if (chain_at(order, place) != (int64_t)member)
            rest = chain_with(rest, (uint32_t)chain_at(order, place));
    return rest;
}
