#include "sim/check/held.h"

#include "sim/check/behind.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <stdio.h>

static void take(void *context, enum sim_ledger_kind kind, int64_t key, int64_t value)
{
    struct sim_held *held = context;
    struct sim_held_word word = { key, value, held->node };

    if (kind == SIM_LEDGER_VALUE) {
        if (held->value_count == held->value_capacity)
            held->values =
                sim_grow(held->values, &held->value_capacity, held->value_count + 1, sizeof(word));
        held->values[held->value_count++] = word;
    } else if (held->keeps_writes) {
        if (held->write_count == held->write_capacity)
            held->writes =
                sim_grow(held->writes, &held->write_capacity, held->write_count + 1, sizeof(word));
        held->writes[held->write_count++] = word;
    }
}

static void take_nothing(void *context, enum sim_ledger_kind kind, int64_t key, int64_t value)
{
    (void)context;
    (void)kind;
    (void)key;
    (void)value;
}

static int compare_words(const void *left, const void *right)
{
    const struct sim_held_word *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

/* The node of GROUP that decides with the highest rank; SIM_NO_GROUP: none, or more than one. */
static uint32_t find_authority(const struct sim_evidence *evidence, uint32_t first, uint32_t count)
{
    uint32_t found = SIM_NO_GROUP;
    int64_t rank = INT64_MIN;

    for (uint32_t node = first; node < first + count; node++) {
        struct sim_ledger ledger = { .take = take_nothing };

        if (!sim_world_ledger(evidence->world, node, &ledger) || !ledger.decides ||
            (found != SIM_NO_GROUP && ledger.rank < rank))
            continue;
        if (found != SIM_NO_GROUP && ledger.rank == rank)
            return SIM_NO_GROUP;
        found = node;
        rank = ledger.rank;
    }
    return found;
}

static void ask(struct sim_held *held, const struct sim_evidence *evidence, uint32_t group)
{
    uint32_t first = sim_recorder_names(evidence->recorder)->first[group];
    uint32_t count = evidence->plan->groups[group].count, one = SIM_NO_GROUP;

    if (held->keeps_writes)
        one = find_authority(evidence, first, count);
    for (uint32_t node = first; node < first + count; node++) {
        struct sim_ledger ledger = { .take = take, .context = held };

        if (one != SIM_NO_GROUP && node != one)
            continue;
        held->node = node;
        if (!sim_world_ledger(evidence->world, node, &ledger)) {
            held->down++;
            continue;
        }
        held->asked++;
        held->is_complete = held->is_complete && ledger.is_complete;
        held->is_partial = held->is_partial || ledger.is_partial;
    }
}

void sim_held_init(struct sim_held *held, const struct sim_evidence *evidence, uint32_t group,
                   bool authority)
{
    *held = (struct sim_held){ .is_complete = true, .keeps_writes = authority };
    for (uint32_t store = 0; store < evidence->plan->group_count; store++) {
        if (sim_behind_is(evidence->plan, group, store))
            ask(held, evidence, store);
    }
    sim_sort(held->values, held->value_count, sizeof(*held->values), compare_words);
    sim_sort(held->writes, held->write_count, sizeof(*held->writes), compare_words);
}

void sim_held_finish(struct sim_held *held)
{
    sim_free(held->values);
    sim_free(held->writes);
}

const char *sim_held_cannot(const struct sim_plan *plan, uint32_t group, char text[SIM_CHECK_TEXT])
{
    for (uint32_t store = 0; store < plan->group_count; store++) {
        const struct sim_group_plan *it = &plan->groups[store];

        if (it->model->holds != NULL || !sim_behind_is(plan, group, store))
            continue;
        snprintf(text, SIM_CHECK_TEXT,
                 "the model of '%.30s' (%.30s)%s%.30s%s does not tell what it holds", it->name,
                 it->model->name, store == group ? "" : " behind '",
                 store == group ? "" : plan->groups[group].name, store == group ? "" : "'");
        return text;
    }
    return NULL;
}
