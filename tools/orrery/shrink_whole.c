/* shrink_whole.c - what is of the run as a whole: what is expected, how long it lasts, the network.
 */
#include "tools/orrery/shrink.h"

#include <assert.h>
#include <string.h>

static const char *const faults_key[] = { "faults", NULL }, *const actions_key[] = { "actions",
                                                                                     NULL };
static const char *const nodes_key[] = { "nodes", NULL };
static const char *const at_key[] = { "at", NULL };

/* -- what is expected -------------------------------------------------------------------------- */

/* Each expectation alone; behind them the invariants, which are judged in every run. */
static struct sim_tree *one_expectation(struct shrink *shrink, void *context, size_t index)
{
    static const char *const keys[] = { "expect", NULL };
    struct sim_tree *list = edit_get(shrink->best, keys), *one;
    struct sim_tree *alone = edit_list(shrink->arena, 1);

    (void)context;
    if (list != NULL && list->kind == SIM_SEQUENCE && index < list->count)
        one = list->items[index];
    else
        one = edit_scalar(shrink->arena, "invariants");
    edit_push(alone, one);
    return edit_set(shrink->arena, shrink->best, "expect", alone);
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
    struct sim_tree *left;
    sim_time at;

    if (list == NULL || list->kind != SIM_SEQUENCE)
        return tree;
    left = edit_list(shrink->arena, list->count);
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
        edit_push(left, entry);
    }
    return shrink_with_list(shrink, tree, keys, left);
}

static struct sim_tree *all_moved(struct shrink *shrink, struct sim_tree *tree, sim_time from,
                                  sim_time span, sim_time to)
{
    tree = edit_set(shrink->arena, tree, "duration", shrink_time(shrink, to));
    for (uint32_t g = 0; g < edit_get(tree, nodes_key)->count; g++) {
        const char *const keys[] = { "nodes", edit_get(tree, nodes_key)->keys[g], "operations",
                                     NULL };

        tree = moved(shrink, tree, keys, from, span, to);
    }
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

/* Under another luck it may fail earlier. */
static struct sim_tree *earlier(struct shrink *shrink, void *context, size_t index)
{
    static const sim_time parts[] = { 1, 2, 4, 8, 12 }; /* of 16 */
    struct sim_tree *tree = edit_set(shrink->arena, shrink->best, "settle", NULL);

    (void)context;
    tree = edit_set(shrink->arena, tree, "warmup", NULL);
    return all_moved(shrink, tree, 0, 0, duration_of(shrink->best) / 16 * parts[index]);
}

bool shrink_duration(struct shrink *shrink, uint64_t worth)
{
    const struct shrink_pass pass = { shorter, NULL, (STEPS + 1) * 2 };
    const struct shrink_pass again = { earlier, NULL, 5 };
    const unsigned lucks = shrink_lucks(shrink, worth);
    bool any = shrink_first(shrink, &pass, 0, 0) != SIZE_MAX;

    if (lucks > 0 && duration_of(shrink->best) > 16 * SIM_MILLISECOND)
        any |= shrink_first(shrink, &again, 0, lucks) != SIZE_MAX;
    return any;
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

bool shrink_start(struct shrink *shrink, uint64_t worth)
{
    const struct shrink_pass pass = { later_start, NULL, 6 };
    bool any = false;

    while (duration_of(shrink->best) > 16 * SIM_MILLISECOND &&
           shrink_first(shrink, &pass, 0, shrink_lucks(shrink, worth)) != SIZE_MAX)
        any = true;
    return any;
}

/* -- time in which nothing happens ------------------------------------------------------------- */

static const sim_time gaps[] = { SIM_MILLISECOND, 10 * SIM_MILLISECOND, 100 * SIM_MILLISECOND,
                                 SIM_SECOND };
enum { GAPS = sizeof(gaps) / sizeof(gaps[0]), ENTRIES_MAX = 64 };

/* The times of entries, in order, each once. */
struct times {
    sim_time at[ENTRIES_MAX];
    size_t count;
};

static void add_times(struct times *times, const struct sim_tree *list)
{
    sim_time at;

    for (uint32_t i = 0; list != NULL && list->kind == SIM_SEQUENCE && i < list->count; i++) {
        size_t place = times->count;

        if (times->count == ENTRIES_MAX || !shrink_read_time(edit_get(list->items[i], at_key), &at))
            continue;
        while (place > 0 && times->at[place - 1] > at)
            place--;
        if (place > 0 && times->at[place - 1] == at)
            continue;
        memmove(times->at + place + 1, times->at + place,
                (times->count - place) * sizeof(*times->at));
        times->at[place] = at;
        times->count++;
    }
}

static void list_times(const struct sim_tree *tree, struct times *times)
{
    const struct sim_tree *nodes = edit_get(tree, nodes_key);

    times->count = 0;
    add_times(times, edit_get(tree, faults_key));
    add_times(times, edit_get(tree, actions_key));
    for (uint32_t g = 0; g < nodes->count; g++)
        add_times(times, sim_tree_get(nodes->items[g], "operations"));
}

/* What comes after gap number INDEX / GAPS is so much earlier that it lasts no longer than one of
 * those above. */
static struct sim_tree *without_gap(struct shrink *shrink, void *context, size_t index)
{
    struct times times;
    const size_t gap = index / GAPS;
    sim_time before, span;

    (void)context;
    list_times(shrink->best, &times);
    if (gap >= times.count)
        return NULL;
    before = gap == 0 ? 0 : times.at[gap - 1];
    span = times.at[gap] - before - gaps[index % GAPS];
    if (span <= 0)
        return NULL;
    return all_moved(shrink, shrink->best, times.at[gap], span, duration_of(shrink->best) - span);
}

bool shrink_gaps(struct shrink *shrink, uint64_t worth)
{
    const struct shrink_pass pass = { without_gap, NULL, ENTRIES_MAX * GAPS };
    bool any = false;
    size_t found = 0;

    while ((found = shrink_first(shrink, &pass, found, shrink_lucks(shrink, worth))) != SIZE_MAX) {
        found += GAPS - found % GAPS;
        any = true;
    }
    return any;
}

/* -- the network ------------------------------------------------------------------------------- */

static struct sim_tree *with_latency(struct shrink *shrink, struct sim_tree *tree,
                                     const char *latency)
{
    struct sim_tree *network = edit_empty(shrink->arena, SIM_MAPPING);

    network = edit_set(shrink->arena, network, "latency", edit_scalar(shrink->arena, latency));
    return edit_set(shrink->arena, tree, "network", network);
}

struct sim_tree *shrink_spread(struct shrink *shrink, struct sim_tree *tree, size_t spread)
{
    static const char *const latencies[SHRINK_SPREADS] = { NULL, "1ms..20ms", "1ms..100ms" };
    const sim_time all = duration_of(tree);

    if (latencies[spread] == NULL)
        return tree;
    tree = with_latency(shrink, tree, latencies[spread]);
    return edit_set(shrink->arena, tree, "duration", shrink_time(shrink, all + all / 4));
}

/* Nothing but a latency, the same for all. */
static struct sim_tree *plain_network(struct shrink *shrink, void *context, size_t index)
{
    static const char *const latencies[] = { "1ms", "5ms", "10ms", "50ms" };

    (void)context;
    return with_latency(shrink, shrink->best, latencies[index]);
}

bool shrink_network(struct shrink *shrink, uint64_t worth)
{
    static const char *const keys[] = { "network", NULL };
    const struct sim_tree *network = edit_get(shrink->best, keys);
    const struct shrink_pass pass = { plain_network, NULL, 4 };

    if (network == NULL ||
        (network->count == 1 && strcmp(network->keys[0], "latency") == 0 &&
         network->items[0]->kind == SIM_SCALAR && strstr(network->items[0]->text, "..") == NULL))
        return false;
    return shrink_first(shrink, &pass, 0, shrink_lucks(shrink, worth)) != SIZE_MAX;
}
