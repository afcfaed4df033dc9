/* history_texts.c - numbers for texts, and for 64-bit names, in the order in which they come. */
#include "sim/check/history_private.h"
#include "sim/core/digest.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

enum { SLOTS_LEAST = 64 };

struct sim_history_texts *sim_history_texts_create(void)
{
    return sim_alloc(sizeof(struct sim_history_texts));
}

void sim_history_texts_destroy(struct sim_history_texts *texts)
{
    if (texts == NULL)
        return;
    for (size_t i = 0; i < texts->count; i++)
        sim_free(texts->texts[i].bytes);
    sim_free(texts->texts);
    sim_free(texts->slots);
    sim_free(texts);
}

static uint64_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = length, word;

    for (; length >= sizeof(word); length -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = sim_mix(word, hash);
    }
    word = 0;
    memcpy(&word, bytes, length);
    return sim_mix(word, hash);
}

static void grow_texts(struct sim_history_texts *texts)
{
    if (texts->count * 2 < texts->slot_count)
        return;
    sim_free(texts->slots);
    texts->slot_count = texts->slot_count == 0 ? SLOTS_LEAST : texts->slot_count * 2;
    texts->slots = sim_alloc_array(texts->slot_count, sizeof(*texts->slots));
    for (size_t i = 0; i < texts->count; i++) {
        size_t at = (size_t)hash_of(texts->texts[i].bytes, texts->texts[i].length);

        for (at &= texts->slot_count - 1; texts->slots[at] != 0;)
            at = (at + 1) & (texts->slot_count - 1);
        texts->slots[at] = (uint32_t)i + 1;
    }
}

uint32_t sim_history_texts_number(struct sim_history_texts *texts, const char *bytes, size_t length)
{
    struct sim_history_text *text;
    size_t at;

    assert(length <= UINT32_MAX);
    grow_texts(texts);
    at = (size_t)hash_of(bytes, length) & (texts->slot_count - 1);
    for (; texts->slots[at] != 0; at = (at + 1) & (texts->slot_count - 1)) {
        text = &texts->texts[texts->slots[at] - 1];
        if (text->length == length && memcmp(text->bytes, bytes, length) == 0)
            return texts->slots[at] - 1;
    }
    if (texts->count == texts->capacity)
        texts->texts =
            sim_grow(texts->texts, &texts->capacity, texts->count + 1, sizeof(*texts->texts));
    text = &texts->texts[texts->count++];
    text->bytes = sim_alloc(length + 1);
    text->length = (uint32_t)length;
    memcpy(text->bytes, bytes, length);
    texts->slots[at] = (uint32_t)texts->count;
    return (uint32_t)texts->count - 1;
}

/* -- 64-bit names ------------------------------------------------------------------------------ */

static size_t slot_of(const struct sim_history_index *index, int64_t name)
{
    size_t mask = index->slot_count - 1, at = (size_t)sim_mix((uint64_t)name, 0) & mask;

    while (index->slots[at] != 0 && index->names[index->slots[at] - 1] != name)
        at = (at + 1) & mask;
    return at;
}

uint32_t sim_history_index_number(struct sim_history_index *index, int64_t name)
{
    size_t at;

    if (index->count * 2 >= index->slot_count) {
        sim_free(index->slots);
        index->slot_count = index->slot_count == 0 ? SLOTS_LEAST : index->slot_count * 2;
        index->slots = sim_alloc_array(index->slot_count, sizeof(*index->slots));
        for (size_t i = 0; i < index->count; i++)
            index->slots[slot_of(index, index->names[i])] = (uint32_t)i + 1;
    }
    at = slot_of(index, name);
    if (index->slots[at] == 0) {
        if (index->count == index->capacity)
            index->names =
                sim_grow(index->names, &index->capacity, index->count + 1, sizeof(*index->names));
        index->names[index->count++] = name;
        index->slots[at] = (uint32_t)index->count;
    }
    return index->slots[at] - 1;
}

void sim_history_index_finish(struct sim_history_index *index)
{
    sim_free(index->names);
    sim_free(index->slots);
    *index = (struct sim_history_index){ 0 };
}
