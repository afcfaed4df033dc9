#include "sim/world/sieve.h"

#include "sim/core/mem.h"

enum { ROOM_AT_FIRST = 64, PAIRS_PER_WORD = 8 };

static void make(struct sieve *sieve, size_t room)
{
    sieve->words = sim_alloc_array(room / PAIRS_PER_WORD, sizeof(*sieve->words));
    sieve->mask = room / PAIRS_PER_WORD - 1;
    sieve->keys = sim_alloc_array(2 * room, sizeof(*sieve->keys));
    sieve->room = room;
    sieve->count = 0;
}

void sieve_init(struct sieve *sieve)
{
    *sieve = (struct sieve){ 0 };
    make(sieve, ROOM_AT_FIRST);
}

void sieve_finish(struct sieve *sieve)
{
    sim_free(sieve->words);
    sim_free(sieve->keys);
}

void sieve_clear(struct sieve *sieve)
{
    sieve_finish(sieve);
    make(sieve, ROOM_AT_FIRST);
}

static void put(struct sieve *sieve, uint64_t key)
{
    size_t place = key & (2 * sieve->room - 1);

    while (sieve->keys[place] != 0 && sieve->keys[place] != key)
        place = (place + 1) & (2 * sieve->room - 1);
    sieve->count += sieve->keys[place] == 0;
    sieve->keys[place] = key;
    sieve->words[key >> 40 & sieve->mask] |= sieve_bits(key);
}

void sieve_add(struct sieve *sieve, uint32_t from, uint32_t to)
{
    if (sieve->count == sieve->room) {
        struct sieve old = *sieve;

        make(sieve, 2 * old.room);
        for (size_t i = 0; i < 2 * old.room; i++)
            if (old.keys[i] != 0)
                put(sieve, old.keys[i]);
        sieve_finish(&old);
    }
    put(sieve, sieve_key(from, to));
}
