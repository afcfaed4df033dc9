/* digest.c - see digest.h. */
#include "sim/core/digest.h"

#include <string.h>

/* Odd constants with about as many ones as zeros: keys that tell places and uses apart. */
#define KEY_TEXT UINT64_C(0xa24baed4963ee407)
#define KEY_PLACE UINT64_C(0x9fb21c651e98df25)
#define KEY_COUNT UINT64_C(0xd6e8feb86659fd93)
#define KEY_END UINT64_C(0x8ebc6af09c88c6e3)

/* Eight bytes as a number, the first one lowest, whatever the machine's byte order. */
static uint64_t take_bytes(const unsigned char *bytes, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t sim_hash_text(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = strlen(text), at;
    uint64_t hash = sim_mix(length, KEY_TEXT);

    for (at = 0; at + 8 <= length; at += 8)
        hash = sim_mix(hash ^ take_bytes(bytes + at, 8), KEY_TEXT);
    hash = sim_mix(hash ^ take_bytes(bytes + at, length - at), KEY_TEXT);
    return sim_mix(hash, KEY_END);
}

/* Every word is multiplied by a key of its place, and the products are added: none waits for
 * another. */
uint64_t sim_hash_words(const int64_t *words, size_t count, uint64_t start)
{
    uint64_t sum = sim_mix(start, KEY_COUNT + count), key = KEY_PLACE;

    for (size_t i = 0; i < count; i++) {
        sum += sim_mix((uint64_t)words[i], key);
        key += KEY_PLACE;
    }
    return sim_mix(sum, KEY_END);
}

const char *sim_digest_text(char text[SIM_DIGEST_TEXT], const struct sim_digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t low = digest->low, high = digest->high;

    /* Three rounds of a Feistel network: both halves depend on both, and no two digests become one.
     */
    low ^= sim_mix(high, KEY_TEXT);
    high ^= sim_mix(low, KEY_PLACE);
    low ^= sim_mix(high, KEY_COUNT);
    for (int i = 0; i < 16; i++) {
        text[i] = digits[high >> (60 - 4 * i) & 15];
        text[16 + i] = digits[low >> (60 - 4 * i) & 15];
    }
    text[32] = '\0';
    return text;
}
