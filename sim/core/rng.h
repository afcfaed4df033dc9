/* rng.h - random streams.
 *
 * Every use of randomness has a stream of its own, derived from (seed, purpose, owner) alone, so
 * that one more draw somewhere shifts nothing elsewhere. A stream is xoroshiro128++ 1.0 (Blackman
 * and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 2021): 16 bytes of state,
 * 64-bit integer operations only, passes BigCrush. Its state is filled by hashing the three names,
 * so streams start at unrelated points of a period of 2^128 - 1.
 *
 * A zeroed stream is one that was not yet seeded: the all-zero state is the one that the generator
 * never enters. Determinism: the same numbers on every machine. */
#ifndef SIM_CORE_RNG_H
#define SIM_CORE_RNG_H

#include "sim/core/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_stream {
    uint64_t a, b;
};

/* A probability as a fraction of 2^64; SIM_ALWAYS means 1, 0 means never. */
typedef uint64_t sim_probability;
#define SIM_ALWAYS UINT64_MAX

void sim_stream_seed(struct sim_stream *stream, uint64_t seed, uint64_t purpose, uint64_t owner);

static inline bool sim_stream_is_seeded(const struct sim_stream *stream)
{
    return (stream->a | stream->b) != 0;
}

static inline uint64_t sim_rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

static inline uint64_t sim_stream_next(struct sim_stream *stream)
{
    uint64_t a = stream->a, b = stream->b, result = sim_rotate(a + b, 17) + a;

    b ^= a;
    stream->a = sim_rotate(a, 49) ^ b ^ b << 21;
    stream->b = sim_rotate(b, 28);
    return result;
}

/* WORD, uniform over 2^64, as a number below N. One multiplication, no rejection: a draw always
 * takes one word, and the bias is below N / 2^64. */
static inline uint64_t sim_below(uint64_t word, uint64_t n)
{
    return (uint64_t)(((sim_wide)word * n) >> 64);
}

static inline bool sim_chance(uint64_t word, sim_probability p)
{
    return word < p || p == SIM_ALWAYS;
}

#endif
