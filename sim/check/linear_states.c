/* linear_states.c - the sequential object: its states, numbered, and what operations do to them.
 *
 * A state is nothing, a number, a list (the state without its last element, and that element), a
 * set (a list in ascending order) or a mutex that is held, so that equal states have equal
 * numbers. */
#include "sim/check/linear_private.h"
#include "sim/core/digest.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>
#include <string.h>

enum type { NOTHING, NUMBER, LIST, SET, HELD };

/* -- table ------------------------------------------------------------------------------------- */

enum { SLOTS_LEAST = 16 };

static size_t slot_of(const struct sim_linear_table *table, struct sim_linear_triple triple)
{
    uint64_t hash = sim_mix(sim_mix((uint64_t)triple.a, (uint64_t)triple.b), (uint64_t)triple.c);
    size_t mask = table->slot_count - 1, at = (size_t)hash & mask;

    while (table->slots[at] != 0) {
        const struct sim_linear_triple *entry = &table->entries[table->slots[at] - 1];

        if (entry->b == triple.b && entry->a == triple.a && entry->c == triple.c)
            break;
        at = (at + 1) & mask;
    }
    return at;
}

void sim_linear_table_finish(struct sim_linear_table *table)
{
    sim_free(table->entries);
    sim_free(table->slots);
    *table = (struct sim_linear_table){ 0 };
}

uint32_t sim_linear_table_find(const struct sim_linear_table *table,
                               struct sim_linear_triple triple)
{
    uint32_t entry = table->slot_count == 0 ? 0 : table->slots[slot_of(table, triple)];

    return entry == 0 ? SIM_LINEAR_NONE : entry - 1;
}

static void grow_slots(struct sim_linear_table *table)
{
    sim_free(table->slots);
    table->slot_count = table->slot_count == 0 ? SLOTS_LEAST : table->slot_count * 2;
    table->slots = sim_alloc_array(table->slot_count, sizeof(*table->slots));
    for (size_t i = 0; i < table->count; i++)
        table->slots[slot_of(table, table->entries[i])] = (uint32_t)i + 1;
}

uint32_t sim_linear_table_add(struct sim_linear_table *table, struct sim_linear_triple triple)
{
    size_t at;

    if (table->count * 2 >= table->slot_count)
        grow_slots(table);
    at = slot_of(table, triple);
    if (table->slots[at] == 0) {
        assert(table->count < SIM_LINEAR_NONE - 1);
        if (table->count == table->capacity)
            table->entries = sim_grow(table->entries, &table->capacity, table->count + 1,
                                      sizeof(*table->entries));
        table->entries[table->count++] = triple;
        table->slots[at] = (uint32_t)table->count;
    }
    return table->slots[at] - 1;
}

/* -- states ------------------------------------------------------------------------------------ */

void sim_linear_states_init(struct sim_linear_table *states)
{
    *states = (struct sim_linear_table){ 0 };
    sim_linear_table_add(states, (struct sim_linear_triple){ NOTHING, 0, 0 });
}

static enum type type_of(const struct sim_linear_table *states, uint32_t state)
{
    return (enum type)states->entries[state].a;
}

uint32_t sim_linear_states_number(struct sim_linear_table *states, int64_t value)
{
    if (value == SIM_NIL)
        return SIM_LINEAR_NOTHING;
    return sim_linear_table_add(states, (struct sim_linear_triple){ NUMBER, value, 0 });
}

static uint32_t extend(struct sim_linear_table *states, enum type type, uint32_t state,
                       int64_t element)
{
    return sim_linear_table_add(states, (struct sim_linear_triple){ type, element, state });
}

uint32_t sim_linear_states_list(struct sim_linear_table *states, const int64_t *items,
                                uint32_t count)
{
    uint32_t state = SIM_LINEAR_NOTHING;

    for (uint32_t i = 0; i < count; i++)
        state = extend(states, LIST, state, items[i]);
    return state;
}

static int compare_words(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

uint32_t sim_linear_states_set(struct sim_linear_table *states, const int64_t *items,
                               uint32_t count)
{
    int64_t *sorted = sim_alloc_array(count, sizeof(*sorted));
    uint32_t state = SIM_LINEAR_NOTHING;

    if (count > 0)
        memcpy(sorted, items, count * sizeof(*sorted));
    sim_sort(sorted, count, sizeof(*sorted), compare_words);
    for (uint32_t i = 0; i < count && state != SIM_LINEAR_NONE; i++)
        state = i > 0 && sorted[i] == sorted[i - 1] ? SIM_LINEAR_NONE
                                                    : extend(states, SET, state, sorted[i]);
    sim_free(sorted);
    return state;
}

/* The set STATE with ELEMENT: its elements above ELEMENT are taken off and put back. */
static uint32_t insert(struct sim_linear_table *states, uint32_t state, int64_t element)
{
    int64_t *above = NULL;
    size_t count = 0, capacity = 0;

    while (state != SIM_LINEAR_NOTHING && states->entries[state].b > element) {
        if (count == capacity)
            above = sim_grow(above, &capacity, count + 1, sizeof(*above));
        above[count++] = states->entries[state].b;
        state = (uint32_t)states->entries[state].c;
    }
    if (state == SIM_LINEAR_NOTHING || states->entries[state].b != element)
        state = extend(states, SET, state, element);
    while (count > 0)
        state = extend(states, SET, state, above[--count]);
    sim_free(above);
    return state;
}

static uint32_t add(struct sim_linear_table *states, uint32_t state,
                    const struct sim_linear_operation *operation)
{
    enum type type = type_of(states, state);
    uint64_t before = type == NUMBER ? (uint64_t)states->entries[state].b : 0;
    int64_t sum = (int64_t)(before + (uint64_t)operation->argument); /* wraps, as in the store */

    if (type != NUMBER && type != NOTHING)
        return SIM_LINEAR_NONE;
    if (sim_linear_tells(operation) && operation->value != sum)
        return SIM_LINEAR_NONE;
    return sim_linear_states_number(states, sum);
}

uint32_t sim_linear_states_after(struct sim_linear_table *states, uint32_t state,
                                 const struct sim_linear_operation *operation)
{
    enum type type = type_of(states, state);

    switch (operation->kind) {
    case SIM_LINEAR_WRITE:
        return sim_linear_states_number(states, operation->argument);
    case SIM_LINEAR_CAS:
        return state == sim_linear_states_number(states, operation->argument)
                   ? sim_linear_states_number(states, operation->second)
                   : SIM_LINEAR_NONE;
    case SIM_LINEAR_ADD:
        return add(states, state, operation);
    case SIM_LINEAR_APPEND:
        return type == NOTHING || type == LIST ? extend(states, LIST, state, operation->argument)
                                               : SIM_LINEAR_NONE;
    case SIM_LINEAR_INSERT:
        return type == NOTHING || type == SET ? insert(states, state, operation->argument)
                                              : SIM_LINEAR_NONE;
    case SIM_LINEAR_DELETE:
        return SIM_LINEAR_NOTHING;
    case SIM_LINEAR_ACQUIRE:
        return type == NOTHING ? extend(states, HELD, state, 0) : SIM_LINEAR_NONE;
    case SIM_LINEAR_RELEASE:
        return type == HELD ? SIM_LINEAR_NOTHING : SIM_LINEAR_NONE;
    default:
        assert(!"no operation that changes a state");
        return SIM_LINEAR_NONE;
    }
}
