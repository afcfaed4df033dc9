#include "models/parts/merkle.h"

#include <assert.h>

enum { OF_LEAVES = 3 };

uint32_t merkle_leaf(const struct merkle *tree, int64_t key)
{
    return (uint32_t)(sim_mix(OF_LEAVES, (uint64_t)key) & (((uint64_t)1 << tree->depth) - 1));
}

static uint64_t share_of(int64_t key, uint64_t hash)
{
    return hash != 0 ? sim_mix((uint64_t)key, hash) : 0;
}

void merkle_change(struct merkle *tree, int64_t key, uint64_t before, uint64_t after)
{
    uint32_t at = merkle_leaf(tree, key) + ((uint32_t)1 << tree->depth);

    tree->nodes[at] += share_of(key, after) - share_of(key, before);
    for (at /= 2; at > 0; at /= 2) {
        uint64_t left = tree->nodes[2 * at], right = tree->nodes[2 * at + 1];

        tree->nodes[at] = left == 0 && right == 0 ? 0 : sim_mix(left, right); /* as if untouched */
    }
}

uint64_t merkle_node(const struct merkle *tree, uint32_t level, uint32_t i)
{
    assert(level <= tree->depth);
    assert(i < (uint32_t)1 << level);
    return tree->nodes[((uint32_t)1 << level) + i];
}
