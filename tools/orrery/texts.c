#include "tools/orrery/texts.h"
#include "sim/core/mem.h"

#include <stdint.h>
#include <string.h>

void texts_finish(struct texts *texts)
{
    for (size_t i = 0; i < texts->capacity; i++)
        sim_free(texts->slots[i]);
    sim_free(texts->slots);
    *texts = (struct texts){ 0 };
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return h;
}

/* Where TEXT is, or would be. */
static char **find(const struct texts *texts, const char *text)
{
    size_t i = (size_t)hash(text) & (texts->capacity - 1);

    while (texts->slots[i] && strcmp(texts->slots[i], text) != 0)
        i = (i + 1) & (texts->capacity - 1);
    return &texts->slots[i];
}

static void widen(struct texts *texts)
{
    struct texts wider = { NULL, texts->count, texts->capacity > 0 ? texts->capacity * 2 : 64 };

    wider.slots = sim_alloc_array(wider.capacity, sizeof(*wider.slots));
    for (size_t i = 0; i < texts->capacity; i++) {
        if (texts->slots[i])
            *find(&wider, texts->slots[i]) = texts->slots[i];
    }
    sim_free(texts->slots);
    *texts = wider;
}

const char *texts_keep(struct texts *texts, const char *text)
{
    char **slot;

    if (!text)
        return NULL;
    if (texts->count * 2 >= texts->capacity)
        widen(texts);
    slot = find(texts, text);
    if (!*slot) {
        *slot = sim_copy_text(text);
        texts->count++;
    }
    return *slot;
}
