/* shrink_load.c - what clients do, as lists: written down from a run, and then taken apart.
 *
 * A load is drawn: its rate cannot be lowered by one operation. So once a run is short, what its
 * clients did is written down, operation by operation at its time, in place of the rate. Values are
 * numbered anew, for they only have to be told apart. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/units.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_MOST = 5000 };

/* -- the worker's side ------------------------------------------------------------------------- */

static bool takes_a_list(const struct sim_group_plan *group)
{
    const struct sim_field *field = group->model->params.fields;

    while (field != NULL && field->name != NULL && field->type != SIM_FIELD_OPERATIONS)
        field++;
    return field != NULL && field->name != NULL;
}

/* The place among all values that were written, from 1. */
static int64_t number_of(const struct sim_history *history, int64_t value)
{
    int64_t number = 0;

    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_operation *operation = &sim_history_entry(history, i)->operation;
        const bool is_cas = operation->kind == SIM_CAS;

        if (operation->kind != SIM_WRITE && operation->kind != SIM_APPEND && !is_cas)
            continue;
        number++;
        if ((is_cas ? operation->second : operation->argument) == value)
            break;
    }
    return number;
}

static void write_operation(const struct sim_history *history,
                            const struct sim_history_entry *entry, uint32_t client, FILE *file)
{
    const struct sim_operation *operation = &entry->operation;
    char at[SIM_TIME_TEXT];

    fprintf(file, "  - {at: %s, client: %" PRIu32 ", %s: {key: %" PRId64,
            sim_time_text(at, entry->invoked), client, sim_operation_kind_names[operation->kind],
            operation->key);
    if (operation->kind == SIM_WRITE || operation->kind == SIM_APPEND)
        fprintf(file, ", value: %" PRId64, number_of(history, operation->argument));
    if (operation->kind == SIM_ADD)
        fprintf(file, ", value: %" PRId64, operation->argument);
    if (operation->kind == SIM_CAS && operation->argument != SIM_NIL)
        fprintf(file, ", from: %" PRId64, number_of(history, operation->argument));
    if (operation->kind == SIM_CAS)
        fprintf(file, ", to: %" PRId64, number_of(history, operation->second));
    fputs("}}\n", file);
}

/* By group that can do so: what it did, of a long run the last of it, as a run ends with what is
 * wrong with it. NULL: nobody can. */
char *shrink_write_operations(const struct finished_run *run)
{
    const struct sim_history *history = sim_recorder_history(run->recorder);
    const size_t count = sim_history_count(history);
    const size_t from = count > LISTED_MOST ? count - LISTED_MOST : 0;
    char *text = NULL;
    size_t size = 0;
    uint32_t first = 0;
    FILE *file;

    if ((file = open_memstream(&text, &size)) == NULL)
        return NULL;
    for (uint32_t g = 0; g < run->plan->group_count; g++) {
        const struct sim_group_plan *group = &run->plan->groups[g];
        bool some = false;

        for (size_t i = from; takes_a_list(group) && i < count; i++) {
            const struct sim_history_entry *entry = sim_history_entry(history, i);

            if (entry->node < first || entry->node - first >= group->count)
                continue;
            if (!some)
                fprintf(file, "%s:\n", group->name);
            some = true;
            write_operation(history, entry, entry->node - first, file);
        }
        first += group->count;
    }
    fclose(file);
    if (size > 0)
        return text;
    free(text);
    return NULL;
}

/* -- lists for rates --------------------------------------------------------------------------- */

static const char *const nodes_key[] = { "nodes", NULL };

/* To read a long list takes longer than to run it: only when lucks, which are worth so much, did
 * not help. */
bool shrink_list_operations(struct shrink *shrink, uint64_t worth)
{
    enum { EVENTS_EACH = 200 };
    static const char *const drawn[] = { "rate", "mix", "keys", "think", "processes" };
    struct sim_tree *nodes = edit_get(shrink->best, nodes_key), *tree = shrink->best;
    const uint64_t listed =
        shrink->run.operations < LISTED_MOST ? shrink->run.operations : LISTED_MOST;
    const struct sim_tree *lists =
        listed * EVENTS_EACH <= worth ? shrink_ask_operations(shrink) : NULL;

    for (uint32_t g = 0; lists != NULL && g < nodes->count; g++) {
        const char *const keys[] = { "nodes", nodes->keys[g], NULL };
        const char *const list_key[] = { nodes->keys[g], NULL };
        struct sim_tree *group = nodes->items[g], *list = edit_get(lists, list_key);

        if (list == NULL || sim_tree_get(group, "operations") != NULL)
            continue;
        group = edit_set(shrink->arena, group, "operations", list);
        for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++)
            group = edit_set(shrink->arena, group, drawn[i], NULL);
        tree = edit_set_deep(shrink->arena, tree, keys, group);
    }
    return tree != shrink->best && shrink_take(shrink, tree, shrink_lucks(shrink, worth));
}

/* -- fewer, while they are drawn --------------------------------------------------------------- */

static const char *const rates[] = { "1/s", "2/s", "5/s", "10/s", "20/s", "50/s", "100/s" };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static struct sim_tree *with_rate(struct shrink *shrink, void *context, size_t index)
{
    const struct sim_tree *nodes = edit_get(shrink->best, nodes_key);
    const char *const keys[] = { "nodes", nodes->keys[index / RATES], "rate", NULL };
    const struct sim_tree *rate = edit_get(shrink->best, keys);
    struct sim_rate now, wanted;
    char text[SIM_UNITS_TEXT];

    (void)context;
    if (rate == NULL || rate->kind != SIM_SCALAR ||
        sim_units_rate(rate->text, &now, text) != NULL ||
        sim_units_rate(rates[index % RATES], &wanted, text) != NULL ||
        (sim_wide)(uint64_t)wanted.count * (uint64_t)now.per >=
            (sim_wide)(uint64_t)now.count * (uint64_t)wanted.per)
        return NULL;
    return edit_set_deep(shrink->arena, shrink->best, keys,
                         edit_scalar(shrink->arena, rates[index % RATES]));
}

bool shrink_rates(struct shrink *shrink, uint64_t worth)
{
    const size_t groups = edit_get(shrink->best, nodes_key)->count;
    const struct shrink_pass pass = { with_rate, NULL, groups * RATES };
    bool any = false;
    size_t found = 0;

    while ((found = shrink_first(shrink, &pass, found, shrink_lucks(shrink, worth))) != SIZE_MAX) {
        found += RATES - found % RATES;
        any = true;
    }
    return any;
}

/* -- the last of them alone -------------------------------------------------------------------- */

static const uint32_t tails[] = { 4, 8, 16, 32, 64 };
enum { TAILS = sizeof(tails) / sizeof(tails[0]) };

static struct sim_tree *with_tail(struct shrink *shrink, void *context, size_t index)
{
    const char *const *keys = context;
    const uint32_t keep = tails[index / SHRINK_SPREADS], count = shrink_count(shrink->best, keys);
    struct sim_tree *list = edit_get(shrink->best, keys);

    if (count < keep * 2)
        return NULL;
    list = edit_cut(shrink->arena, list, 0, count - keep);
    return shrink_spread(shrink, shrink_with_list(shrink, shrink->best, keys, list),
                         index % SHRINK_SPREADS);
}

/* Single operations cannot go where a violation is a matter of one moment among all those that a
 * run under full load passes through: a hundred requests, and the fault strikes while one of them
 * has reached some members and not the others. On links that all take the same time nothing else
 * makes such moments; where latencies differ a few operations do, under one seed of many. So the
 * tail of a list is tried with links on which luck has more to say; `shrink_network` takes that
 * away again, if it can. */
bool shrink_tail(struct shrink *shrink, uint64_t worth)
{
    bool any = false;

    for (uint32_t g = 0; worth > 0 && g < edit_get(shrink->best, nodes_key)->count; g++) {
        const char *keys[] = { "nodes", edit_get(shrink->best, nodes_key)->keys[g], "operations",
                               NULL };
        const struct shrink_pass pass = { with_tail, keys, TAILS * SHRINK_SPREADS };

        any |= shrink_first(shrink, &pass, 0, shrink_lucks(shrink, worth)) != SIZE_MAX;
    }
    return any;
}

bool shrink_operations(struct shrink *shrink, uint64_t worth)
{
    bool any = false;

    for (uint32_t g = 0; g < edit_get(shrink->best, nodes_key)->count; g++) {
        const char *const keys[] = { "nodes", edit_get(shrink->best, nodes_key)->keys[g],
                                     "operations", NULL };

        any |= shrink_list(shrink, keys, worth);
    }
    return any;
}
