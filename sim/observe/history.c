#include "sim/observe/history.h"

#include "sim/core/digest.h"
#include "sim/core/mem.h"
#include "sim/observe/names.h"
#include "sim/observe/output.h"

#include <assert.h>
#include <string.h>

enum { CHUNK = 1024, SLOTS_LEAST = 64, BLOCK_LEAST = 16 };
#define ENTRIES_MAX (UINT32_MAX - 1)

struct list {
    const int64_t *words;
    size_t count;
};

/* The longest list seen of a key: the start of a block with room behind it. */
struct longest {
    int64_t key;
    int64_t *words; /* NULL: a free slot */
    size_t count, capacity;
};

struct sim_history {
    struct sim_history_entry **chunks;
    size_t chunk_capacity, count, most;
    uint64_t order;
    bool full;
    uint32_t *entry_of; /* by id: its entry plus one, 0: none */
    size_t id_capacity;
    struct list *lists; /* lists[0] is no list */
    size_t list_count, list_capacity;
    struct longest *slots; /* open addressing by key */
    size_t slot_count, key_count;
    int64_t **blocks;
    size_t block_count, block_capacity;
    size_t words; /* in all blocks */
};

struct sim_history *sim_history_create(size_t most)
{
    struct sim_history *history = sim_alloc(sizeof(*history));

    history->most = most != 0 && most < ENTRIES_MAX ? most : ENTRIES_MAX;
    history->list_count = 1;
    return history;
}

void sim_history_destroy(struct sim_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i * CHUNK < history->count; i++)
        sim_free(history->chunks[i]);
    for (size_t i = 0; i < history->block_count; i++)
        sim_free(history->blocks[i]);
    sim_free(history->chunks);
    sim_free(history->entry_of);
    sim_free(history->lists);
    sim_free(history->slots);
    sim_free(history->blocks);
    sim_free(history);
}

static struct sim_history_entry *entry_at(const struct sim_history *history, size_t index)
{
    return &history->chunks[index / CHUNK][index % CHUNK];
}

static uint32_t entry_of(const struct sim_history *history, uint64_t id)
{
    return id < history->id_capacity ? history->entry_of[id] : 0;
}

void sim_history_invoke(struct sim_history *history, sim_time time, uint32_t node, uint32_t process,
                        uint64_t id, const struct sim_operation *operation)
{
    size_t index = history->count;
    struct sim_history_entry *entry;

    if (history->full || index == history->most) {
        history->full = true;
        return;
    }
    assert(id > 0);
    assert(entry_of(history, id) == 0);
    assert(index == 0 || time >= entry_at(history, index - 1)->invoked);
    if (index % CHUNK == 0) {
        size_t chunk = index / CHUNK;

        if (chunk == history->chunk_capacity)
            history->chunks = sim_grow(history->chunks, &history->chunk_capacity, chunk + 1,
                                       sizeof(struct sim_history_entry *));
        history->chunks[chunk] = sim_alloc_array(CHUNK, sizeof(*entry));
    }
    if (id >= history->id_capacity)
        history->entry_of = sim_grow(history->entry_of, &history->id_capacity, (size_t)id + 1,
                                     sizeof(*history->entry_of));
    history->entry_of[id] = (uint32_t)++history->count;
    entry = entry_at(history, index);
    entry->operation = *operation;
    entry->invoked = time;
    entry->completed = SIM_TIME_NEVER;
    entry->invoked_at = history->order++;
    entry->node = node;
    entry->process = process;
    entry->status = SIM_UNKNOWN;
}

/* -- lists ------------------------------------------------------------------------------------- */

static struct longest *slot_of(const struct sim_history *history, int64_t key)
{
    size_t mask = history->slot_count - 1;
    size_t at = (size_t)sim_mix((uint64_t)key, 0) & mask;

    while (history->slots[at].words != NULL && history->slots[at].key != key)
        at = (at + 1) & mask;
    return &history->slots[at];
}

static void grow_slots(struct sim_history *history)
{
    struct longest *old = history->slots;
    size_t old_count = history->slot_count;

    if (history->key_count * 2 < old_count)
        return;
    history->slot_count = old_count == 0 ? SLOTS_LEAST : old_count * 2;
    history->slots = sim_alloc_array(history->slot_count, sizeof(*history->slots));
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].words != NULL)
            *slot_of(history, old[i].key) = old[i];
    }
    sim_free(old);
}

/* A new block for the longest list of a key, with room to grow. False at the limit. */
static bool new_block(struct sim_history *history, struct longest *slot, size_t count)
{
    size_t most = history->most < SIZE_MAX / SIM_HISTORY_WORDS_PER_OPERATION
                      ? history->most * SIM_HISTORY_WORDS_PER_OPERATION
                      : SIZE_MAX;
    size_t capacity = count < BLOCK_LEAST ? BLOCK_LEAST : count * 2;

    if (count > most || capacity > most - history->words)
        return false;
    if (history->block_count == history->block_capacity)
        history->blocks = sim_grow(history->blocks, &history->block_capacity,
                                   history->block_count + 1, sizeof(int64_t *));
    slot->words = sim_alloc_array(capacity, sizeof(int64_t));
    slot->capacity = capacity;
    slot->count = 0;
    history->blocks[history->block_count++] = slot->words;
    history->words += capacity;
    return true;
}

/* Keeps LIST of KEY and returns its index; 0 at the limit. */
static uint32_t keep_list(struct sim_history *history, int64_t key, const int64_t *words,
                          size_t count)
{
    struct longest *slot;
    size_t common;
    bool fits;

    grow_slots(history);
    slot = slot_of(history, key);
    common = count < slot->count ? count : slot->count;
    fits = slot->words != NULL && count <= slot->capacity &&
           (common == 0 || memcmp(slot->words, words, common * sizeof(*words)) == 0);
    if (!fits) {
        bool known = slot->words != NULL;

        if (!new_block(history, slot, count))
            return 0;
        slot->key = key;
        history->key_count += known ? 0 : 1;
    }
    if (count > slot->count) {
        memcpy(slot->words + slot->count, words + slot->count,
               (count - slot->count) * sizeof(*words));
        slot->count = count;
    }
    if (history->list_count >= history->list_capacity)
        history->lists = sim_grow(history->lists, &history->list_capacity, history->list_count + 1,
                                  sizeof(*history->lists));
    history->lists[history->list_count] = (struct list){ slot->words, count };
    return (uint32_t)history->list_count++;
}

const int64_t *sim_history_list(const struct sim_history *history, uint32_t list, size_t *count)
{
    assert(list > 0);
    assert(list < history->list_count);
    *count = history->lists[list].count;
    return history->lists[list].words;
}

/* ---------------------------------------------------------------------------------------------- */

void sim_history_complete(struct sim_history *history, sim_time time, uint64_t id,
                          enum sim_operation_status status, int64_t value, const int64_t *list,
                          size_t count)
{
    struct sim_history_entry *entry;
    uint32_t kept = 0;

    if (entry_of(history, id) == 0) { /* was left out */
        assert(history->full);
        return;
    }
    entry = entry_at(history, entry_of(history, id) - 1);
    assert(entry->completed == SIM_TIME_NEVER);
    assert(time >= entry->invoked);
    if (list != NULL) {
        kept = keep_list(history, entry->operation.key, list, count);
        if (kept == 0) { /* stays open, hence unknown: true, if less than was seen */
            history->full = true;
            return;
        }
    }
    entry->list = kept;
    entry->completed = time;
    entry->completed_at = history->order++;
    entry->status = (int32_t)status;
    entry->value = value;
}

size_t sim_history_count(const struct sim_history *history)
{
    return history->count;
}

const struct sim_history_entry *sim_history_entry(const struct sim_history *history, size_t index)
{
    assert(index < history->count);
    return entry_at(history, index);
}

size_t sim_history_since(const struct sim_history *history, sim_time t)
{
    size_t low = 0, high = history->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entry_at(history, middle)->invoked < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool sim_history_is_full(const struct sim_history *history)
{
    return history->full;
}

/* -- JSON Lines -------------------------------------------------------------------------------- */

/* A state: a number, or nothing. */
static void write_state(struct sim_output *output, int64_t state)
{
    if (state == SIM_NIL)
        sim_output_text(output, "null");
    else
        sim_output_integer(output, state);
}

static void write_words(struct sim_output *output, const int64_t *words, size_t count)
{
    sim_output_text(output, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sim_output_text(output, ",");
        write_state(output, words[i]);
    }
    sim_output_text(output, "]");
}

static void write_value(struct sim_output *output, const struct sim_history *history,
                        const struct sim_history_entry *entry, bool completes)
{
    const struct sim_operation *operation = &entry->operation;
    const int64_t cas[] = { operation->argument, operation->second };
    bool ok = completes && entry->status == SIM_OK;

    sim_output_text(output, ",\"value\":");
    if (operation->kind == SIM_CAS) {
        write_words(output, cas, 2);
    } else if (operation->kind == SIM_READ && ok && entry->list != 0) {
        size_t count;
        const int64_t *words = sim_history_list(history, entry->list, &count);

        write_words(output, words, count);
    } else if (operation->kind == SIM_READ && ok) {
        write_state(output, entry->value);
    } else if (operation->kind == SIM_READ || operation->kind == SIM_DELETE) {
        sim_output_text(output, "null");
    } else {
        sim_output_integer(output, operation->argument);
    }
    if (operation->kind == SIM_ADD && ok) {
        sim_output_text(output, ",\"result\":");
        sim_output_integer(output, entry->value);
    }
}

static void write_event(struct sim_output *output, const struct sim_history *history,
                        const struct sim_names *names, uint64_t index,
                        const struct sim_history_entry *entry, bool completes)
{
    sim_output_text(output, "{\"index\":");
    sim_output_natural(output, index);
    sim_output_text(output, ",\"t\":");
    sim_output_integer(output, completes ? entry->completed : entry->invoked);
    sim_output_text(output, ",\"process\":\"");
    sim_names_write(names, entry->node, output);
    sim_output_text(output, "/");
    sim_output_natural(output, entry->process);
    sim_output_text(output, "\",\"node\":\"");
    sim_names_write(names, entry->node, output);
    sim_output_text(output, "\",\"type\":\"");
    sim_output_text(output, completes ? sim_operation_status_names[entry->status] : "invoke");
    sim_output_text(output, "\",\"op\":\"");
    sim_output_text(output, sim_operation_kind_names[entry->operation.kind]);
    sim_output_text(output, "\",\"key\":");
    sim_output_integer(output, entry->operation.key);
    write_value(output, history, entry, completes);
    sim_output_text(output, "}");
    sim_output_end_line(output);
}

const char *sim_history_write(const struct sim_history *history, const struct sim_plan *plan,
                              FILE *file)
{
    /* order[n]: twice the entry that event n belongs to, plus one if it is the completion */
    size_t *order = sim_alloc_array((size_t)history->order, sizeof(*order));
    struct sim_names names;
    struct sim_output output;
    const char *error;

    for (size_t i = 0; i < history->count; i++) {
        const struct sim_history_entry *entry = entry_at(history, i);

        order[entry->invoked_at] = 2 * i;
        if (entry->completed != SIM_TIME_NEVER)
            order[entry->completed_at] = 2 * i + 1;
    }
    sim_names_init(&names, plan);
    sim_output_init(&output, file);
    for (uint64_t i = 0; i < history->order; i++)
        write_event(&output, history, &names, i, entry_at(history, order[i] / 2),
                    order[i] % 2 == 1);
    sim_output_flush(&output);
    error = sim_output_error(&output);
    sim_output_finish(&output);
    sim_names_finish(&names);
    sim_free(order);
    return error;
}
