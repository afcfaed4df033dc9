/* compare_pair.c - the two variants that show what linearizability costs, and nothing else. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_text.h"

#include <math.h>
#include <string.h>

/* The same value, whatever it is written like. */
static bool is_same(const struct sim_tree *a, const struct sim_tree *b)
{
    char *one = compared_flow(a), *other = compared_flow(b);
    bool same = strcmp(one, other) == 0;

    sim_free(one);
    sim_free(other);
    return same;
}

static void add_setting(struct compared_pair *pair, const char *path)
{
    size_t used = strlen(pair->settings);

    pair->count++;
    snprintf(pair->settings + used, sizeof(pair->settings) - used, "%s%s", used > 0 ? ", " : "",
             path);
}

static void count_settings(struct compared_pair *pair, const char *path, const struct sim_tree *a,
                           const struct sim_tree *b);

/* Keys of A, with those of B beside them; ONLY: those that B does not have. */
static void count_keys(struct compared_pair *pair, const char *path, const struct sim_tree *a,
                       const struct sim_tree *b, bool only)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct sim_tree *other = sim_tree_get(b, a->keys[i]);
        char *deeper = sim_format("%s%s%s", path, *path ? "." : "", a->keys[i]);

        if (!only || !other)
            count_settings(pair, deeper, a->items[i], other);
        sim_free(deeper);
    }
}

static void count_settings(struct compared_pair *pair, const char *path, const struct sim_tree *a,
                           const struct sim_tree *b)
{
    if (a && b && a->kind == SIM_MAPPING && b->kind == SIM_MAPPING) {
        count_keys(pair, path, a, b, false);
        count_keys(pair, path, b, a, true);
    } else if (!is_same(a, b)) {
        add_setting(pair, path);
    }
}

/* How what is run differs: `about`, `expect` and the like are left out. */
static void compare_settings(struct compared_pair *pair, const struct comparison *comparison)
{
    static const char *const keys[] = { "duration", "warmup",  "network", "nodes",  "calls",
                                        "faults",   "actions", "settle",  "limits", NULL };
    const struct cell *cells = comparison->campaign->cells;

    for (size_t i = 0; keys[i]; i++)
        count_settings(pair, keys[i],
                       sim_tree_get(sim_scenario_written(cells[pair->with].scenario), keys[i]),
                       sim_tree_get(sim_scenario_written(cells[pair->without].scenario), keys[i]));
}

/* The same groups with the same models, and none of them with a bug in it: with one, what is
 * compared is a right design with a wrong one. */
static bool is_one_store(const struct comparison *comparison, size_t a, size_t b)
{
    const struct sim_plan *one = sim_scenario_plan(comparison->campaign->cells[a].scenario);
    const struct sim_plan *other = sim_scenario_plan(comparison->campaign->cells[b].scenario);

    if (one->group_count != other->group_count)
        return false;
    for (uint32_t g = 0; g < one->group_count; g++) {
        if (strcmp(one->groups[g].name, other->groups[g].name) != 0 ||
            one->groups[g].model != other->groups[g].model || one->groups[g].bugs != 0 ||
            other->groups[g].bugs != 0)
            return false;
    }
    return true;
}

static double availability(const struct comparison *comparison, size_t variant)
{
    return comparison->variants[variant].figures[comparison_availability(comparison)].mean;
}

/* What it costs is told between two that stand a fault, not beside one that is quick since it asks
 * nobody. */
static size_t most_available(const struct comparison *comparison, bool linearizable)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if ((variant->c_cut == SIM_HOLDS) == linearizable &&
            variant->figures[comparison_availability(comparison)].count > 0 &&
            (best == SIZE_MAX || availability(comparison, i) > availability(comparison, best)))
            best = i;
    }
    return best;
}

/* Fewer settings; then nearer in what they answer, since else more than an order was bought. */
static bool is_cleaner(const struct comparison *comparison, const struct compared_pair *a,
                       const struct compared_pair *b)
{
    if (b->count == 0 || a->count != b->count)
        return b->count == 0 || a->count < b->count;
    return fabs(availability(comparison, a->with) - availability(comparison, a->without)) <
           fabs(availability(comparison, b->with) - availability(comparison, b->without));
}

bool compared_pair_find(struct compared_pair *pair, const struct comparison *comparison)
{
    *pair = (struct compared_pair){ 0 };
    for (size_t a = 0; a < comparison->count; a++) {
        for (size_t b = 0; b < comparison->count; b++) {
            struct compared_pair one = { .with = a, .without = b };

            if (comparison->variants[a].c_cut != SIM_HOLDS ||
                comparison->variants[b].c_cut != SIM_BROKEN || !is_one_store(comparison, a, b))
                continue;
            compare_settings(&one, comparison);
            if (one.count > 0 && is_cleaner(comparison, &one, pair))
                *pair = one;
        }
    }
    if (pair->count > 0)
        return true;
    pair->with = most_available(comparison, true);
    pair->without = most_available(comparison, false);
    return pair->with != SIZE_MAX && pair->without != SIZE_MAX;
}
