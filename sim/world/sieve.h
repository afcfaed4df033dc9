/* sieve.h - says at once of most pairs of nodes that nothing concerns them; private to sim/world.
 *
 * Ten thousand rules about links of a thousand nodes concern one message in a hundred. A Bloom
 * filter of the pairs, small enough for the cache next to the processor, lets the others pass after
 * one look; what it holds back, about one in eighty by mistake, is looked up where the rules are.
 *
 * An end may be SIM_NO_GROUP: any node. A pair can be added, and all together can be forgotten.
 *
 * Determinism: it decides nothing but how much is looked up. */
#ifndef SIM_WORLD_SIEVE_H
#define SIM_WORLD_SIEVE_H

#include "sim/core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sieve {
    uint64_t *words; /* three bits of one word for each pair, 8 bits of room */
    uint64_t mask;   /* their number - 1 */
    uint64_t
        *keys; /* a set of the pairs, open addressing, from which to make a larger one; 0: free */
    size_t count, room;
    size_t open, gone; /* kept by whoever adds: see fault_link.c */
};

void sieve_init(struct sieve *sieve);
void sieve_finish(struct sieve *sieve);
void sieve_clear(struct sieve *sieve); /* of pairs */
void sieve_add(struct sieve *sieve, uint32_t from, uint32_t to);

static inline uint64_t sieve_key(uint32_t from, uint32_t to)
{
    return sim_scramble(((uint64_t)from << 32 | to) + 1);
}

static inline uint64_t sieve_bits(uint64_t key)
{
    return (uint64_t)1 << (key & 63) | (uint64_t)1 << (key >> 6 & 63) |
           (uint64_t)1 << (key >> 12 & 63);
}

/* False: it was never added. */
static inline bool sieve_has(const struct sieve *sieve, uint32_t from, uint32_t to)
{
    uint64_t key = sieve_key(from, to), bits = sieve_bits(key);

    return (sieve->words[key >> 40 & sieve->mask] & bits) == bits;
}

#endif
