/* digest.h - 64-bit hashing of values, and the 128-bit digest of a run.
 *
 * Hashes are over values, never over the memory of a struct: byte order and padding stay out. An
 * event is hashed apart (its multiplications overlap with other work) and folded once; the fold
 * depends on the order.
 *
 * Not cryptographic: it guards against accidents, not against adversaries.
 * Determinism: the same on every machine. */
#ifndef SIM_CORE_DIGEST_H
#define SIM_CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct sim_digest {
    uint64_t low, high;
};

enum { SIM_DIGEST_TEXT = 33 };

__extension__ typedef unsigned __int128 sim_wide;

/* Both halves of a 64x64 multiplication, folded: the mixing step of everything here. */
static inline uint64_t sim_mix(uint64_t a, uint64_t b)
{
    sim_wide product = (sim_wide)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd1b54a32d192ed03u);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The finaliser of SplitMix64 (Stafford's "Mix13"): a permutation of the words in which every bit
 * matters to each. */
static inline uint64_t sim_scramble(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t sim_hash_text(const char *text);
uint64_t sim_hash_words(const int64_t *words, size_t count, uint64_t start);

/* Folds the hash of one event. */
static inline void sim_digest_fold(struct sim_digest *digest, uint64_t hash)
{
    uint64_t low = digest->low ^ hash;

    digest->low = (low << 29 | low >> 35) * 0xbf58476d1ce4e5b9u + 0x2545f4914f6cdd1du;
    digest->high = (digest->high + hash) * 0x94d049bb133111ebu ^ low >> 32;
}

/* The digest as 32 hexadecimal digits, high half first, after a final mix. */
const char *sim_digest_text(char text[SIM_DIGEST_TEXT], const struct sim_digest *digest);

#endif
