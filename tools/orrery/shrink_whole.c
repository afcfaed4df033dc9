/* shrink_whole.c - what is of the run as a whole: what is expected, how long it lasts, the network.
 */
#include "tools/orrery/shrink.h"

#include <assert.h>
#include <string.h>

static const char *const faults_key[] = { "faults", NULL }, *const actions_key[] = { "actions",
                                                                                     NULL };
static const char *const at_key[] = { "at", NULL };

/* -- what is expected -------------------------------------------------------------------------- */

/* Each expectation alone; behind them the invariants, which are judged in every run. */
static struct sim_tree *one_expectation(struct shrink *shrink, void *context, size_t index)
{
    static const char *const keys[] = { "expect", NULL };
    struct sim_tree *list = edit_get(shrink->best, keys), *one;
    struct sim_tree *alone = edit_empty(shrink->arena, SIM_SEQUENCE);

    (void)context;
    if (list != NULL && list->kind == SIM_SEQUENCE && index < list->count)
        one = list->items[index];
    else
        one = edit_scalar(shrink->arena, "invariants");
    return edit_set(shrink->arena, shrink->best, "expect", edit_add(shrink->arena, alone, one));
}

bool shrink_expectations(struct shrink *shrink)
{
    static const char *const keys[] = { "expect", NULL };
    const struct shrink_pass pass = { one_expectation, NULL, shrink_count(shrink->best, keys) + 1 };

    return shrink_first(shrink, &pass, 0, 0) != SIZE_MAX;
}

/* -- times ------------------------------------------------------------------------------------- */

static sim_time duration_of(const struct sim_tree *tree)
{
    static const char *const keys[] = { "duration", NULL };
    sim_time duration = 0;
    const bool has_one = shrink_read_time(edit_get(tree, keys), &duration);

    assert(has_one); /* or it would not have run */
    return duration;
}

/* The entries of the list at KEYS from FROM on are earlier by SPAN; those that would be at TO or
 * later, or before FROM if SPAN is FROM, are away. */
static struct sim_tree *moved(struct shrink *shrink, struct sim_tree *tree, const char *const *keys,
                              sim_time from, sim_time span, sim_time to)
{
    const struct sim_tree *list = edit_get(tree, keys);
    struct sim_tree *left = edit_empty(shrink->arena, SIM_SEQUENCE);
    sim_time at;

    if (list == NULL || list->kind != SIM_SEQUENCE)
        return tree;
    for (uint32_t i = 0; i < list->count; i++) {
        struct sim_tree *entry = list->items[i];

        if (shrink_read_time(edit_get(entry, at_key), &at)) {
            if (at < from && span == from)
                continue;
            if (at >= from && span > 0)
                entry = edit_set(shrink->arena, entry, "at", shrink_time(shrink, at - span));
            if ((at >= from ? at - span : at) >= to)
                continue;
        }
        left = edit_add(shrink->arena, left, entry);
    }
    return edit_set_deep(shrink->arena, tree, keys, left->count > 0 ? left : NULL);
}

static struct sim_tree *all_moved(struct shrink *shrink, struct sim_tree *tree, sim_time from,
                                  sim_time span, sim_time to)
{
    tree = edit_set(shrink->arena, tree, "duration", shrink_time(shrink, to));
    tree = moved(shrink, tree, faults_key, from, span, to);
    return moved(shrink, tree, actions_key, from, span, to);
}

/* -- until when -------------------------------------------------------------------------------- */

enum { STEP = 8, STEPS = 8 };

/* First without what it is to settle and without warm-up, to the moment at which all is certain and
 * then by steps longer; then the same with them; and at last without them alone. */
static struct sim_tree *shorter(struct shrink *shrink, void *context, size_t index)
{
    const sim_time all = duration_of(shrink->best);
    const sim_time least = (shrink->run.when / SIM_MILLISECOND + 1) * SIM_MILLISECOND;
    const size_t step = index % (STEPS + 1);
    sim_time to = all;
    struct sim_tree *tree = shrink->best;

    (void)context;
    if (index <= STEPS) {
        tree = edit_set(shrink->arena, tree, "settle", NULL);
        tree = edit_set(shrink->arena, tree, "warmup", NULL);
    }
    if (step < STEPS) {
        if (least >= all)
            return NULL;
        to = least + (all - least) / STEP * (sim_time)step;
    } else if (tree == shrink->best) {
        return NULL;
    }
    return all_moved(shrink, tree, 0, 0, to);
}

bool shrink_duration(struct shrink *shrink)
{
    const struct shrink_pass pass = { shorter, NULL, (STEPS + 1) * 2 };

    return shrink_first(shrink, &pass, 0, 0) != SIZE_MAX;
}

/* -- from when --------------------------------------------------------------------------------- */

/* The last eighth alone, the last quarter, ... */
static struct sim_tree *later_start(struct shrink *shrink, void *context, size_t index)
{
    static const sim_time parts[] = { 15, 14, 12, 8, 4, 2 }; /* of 16 */
    const sim_time all = duration_of(shrink->best), span = all / 16 * parts[index];

    (void)context;
    return all_moved(shrink, shrink->best, span, span, all - span);
}

bool shrink_start(struct shrink *shrink, unsigned worth)
{
    const struct shrink_pass pass = { later_start, NULL, 6 };
    bool any = false;

    while (duration_of(shrink->best) > 16 * SIM_MILLISECOND &&
           shrink_first(shrink, &pass, 0, worth > 0 ? shrink_lucks(shrink, worth) : 0) != SIZE_MAX)
        any = true;
    return any;
}

/* -- time in which nothing happens ------------------------------------------------------------- */

static const sim_time gaps[] = { SIM_MILLISECOND, 10 * SIM_MILLISECOND, 100 * SIM_MILLISECOND,
                                 SIM_SECOND };
enum { GAPS = sizeof(gaps) / sizeof(gaps[0]), ENTRIES_MAX = 64 };

/* The times of entries, in order, each once. */
static size_t list_times(const struct sim_tree *tree, sim_time times[ENTRIES_MAX])
{
    const struct sim_tree *const lists[] = { edit_get(tree, faults_key),
                                             edit_get(tree, actions_key) };
    size_t count = 0;
    sim_time at;

    for (size_t l = 0; l < 2; l++) {
        for (uint32_t i = 0; lists[l] != NULL && lists[l]->kind == SIM_SEQUENCE &&
                             i < lists[l]->count && count < ENTRIES_MAX;
             i++) {
            size_t place = count;

            if (!shrink_read_time(edit_get(lists[l]->items[i], at_key), &at))
                continue;
            while (place > 0 && times[place - 1] > at)
                place--;
            if (place > 0 && times[place - 1] == at)
                continue;
            memmove(times + place + 1, times + place, (count - place) * sizeof(*times));
            times[place] = at;
            count++;
        }
    }
    return count;
}

/* What comes after gap number INDEX / GAPS is so much earlier that it lasts no longer than one of
 * those above. */
static struct sim_tree *without_gap(struct shrink *shrink, void *context, size_t index)
{
    sim_time times[ENTRIES_MAX], before, span;
    const size_t count = list_times(shrink->best, times), gap = index / GAPS;

    (void)context;
    if (gap >= count)
        return NULL;
    before = gap == 0 ? 0 : times[gap - 1];
    span = times[gap] - before - gaps[index % GAPS];
    if (span <= 0)
        return NULL;
    return all_moved(shrink, shrink->best, times[gap], span, duration_of(shrink->best) - span);
}

bool shrink_gaps(struct shrink *shrink, unsigned worth)
{
    const struct shrink_pass pass = { without_gap, NULL, ENTRIES_MAX * GAPS };
    bool any = false;
    size_t found = 0;

    while ((found = shrink_first(shrink, &pass, found,
                                 worth > 0 ? shrink_lucks(shrink, worth) : 0)) != SIZE_MAX) {
        found += GAPS - found % GAPS;
        any = true;
    }
    return any;
}

/* -- the network ------------------------------------------------------------------------------- */

/* Nothing but a latency, the same for all. */
static struct sim_tree *plain_network(struct shrink *shrink, void *context, size_t index)
{
    static const char *const latencies[] = { "1ms", "5ms", "10ms", "50ms" };
    struct sim_tree *network = edit_empty(shrink->arena, SIM_MAPPING);

    (void)context;
    network =
        edit_set(shrink->arena, network, "latency", edit_scalar(shrink->arena, latencies[index]));
    return edit_set(shrink->arena, shrink->best, "network", network);
}

bool shrink_network(struct shrink *shrink, unsigned worth)
{
    static const char *const keys[] = { "network", NULL };
    const struct sim_tree *network = edit_get(shrink->best, keys);
    const struct shrink_pass pass = { plain_network, NULL, 4 };

    if (network == NULL ||
        (network->count == 1 && strcmp(network->keys[0], "latency") == 0 &&
         network->items[0]->kind == SIM_SCALAR && strstr(network->items[0]->text, "..") == NULL))
        return false;
    return shrink_first(shrink, &pass, 0, worth > 0 ? shrink_lucks(shrink, worth) : 0) != SIZE_MAX;
}
