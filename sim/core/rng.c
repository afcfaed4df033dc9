/* rng.c - see rng.h. */
#include "sim/core/rng.h"

static uint64_t hash_names(uint64_t start, uint64_t seed, uint64_t purpose, uint64_t owner)
{
    return sim_scramble(sim_scramble(sim_scramble(start + seed) + purpose) + owner);
}

/* Two chains with different starts, so that the state has 128 bits of the names and not 64; within
 * one seed and purpose each is a permutation of the owners: no two of them share a stream. */
void sim_stream_seed(struct sim_stream *stream, uint64_t seed, uint64_t purpose, uint64_t owner)
{
    stream->a = hash_names(UINT64_C(0x9e3779b97f4a7c15), seed, purpose, owner);
    stream->b = hash_names(UINT64_C(0xd1b54a32d192ed03), seed, purpose, owner);
    if (!sim_stream_is_seeded(stream))
        stream->a = 1;
}
