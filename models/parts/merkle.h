/* merkle.h - finds the keys that two copies hold differently, in a few small messages.
 *
 * Merkle, "A Digital Signature Based on a Conventional Encryption Function", CRYPTO 1987; for
 * copies of a store: DeCandia et al., "Dynamo", SOSP 2007, section 4.7. A key falls into one of
 * 2^depth leaves by its hash; a leaf is the sum of the hashes of what its keys hold, so that the
 * order in which they came does not matter, and every other node is a hash of its two children. Two
 * copies that are equal have equal roots; else they compare children of what differs, level by
 * level, and at the leaves key by key.
 *
 * The sum can be kept up to date: a change of one key costs depth + 1 hashes. Ownership: the nodes
 * are the caller's, merkle_words(depth) of them and zeroed at first. Determinism: hashes alone. */
#ifndef MODELS_PARTS_MERKLE_H
#define MODELS_PARTS_MERKLE_H

#include "sim/world/model.h"

struct merkle {
    uint64_t *nodes; /* [1]: the root; of [i]: [2i] and [2i + 1] */
    uint32_t depth;
};

static inline size_t merkle_words(uint32_t depth)
{
    return (size_t)2 << depth;
}

/* The leaf of KEY, from 0. */
uint32_t merkle_leaf(const struct merkle *tree, int64_t key);
/* What KEY holds had the hash BEFORE and has AFTER; 0: nothing. */
void merkle_change(struct merkle *tree, int64_t key, uint64_t before, uint64_t after);
/* Node I of LEVEL, both from 0: the root is level 0, leaves are level `depth`. */
uint64_t merkle_node(const struct merkle *tree, uint32_t level, uint32_t i);

#endif
