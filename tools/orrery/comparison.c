#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/comparison.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double available = 0.99;

const char *const strength_names[] = {
    [LINEARIZABLE] = "linearizable",
    [SEQUENTIAL] = "sequential",
    [CAUSAL] = "causal",
    [SESSIONS] = "session guarantees",
    [SOME_SESSIONS] = "some session guarantees",
    [NOTHING] = "none",
};

/* -- words ------------------------------------------------------------------------------------- */

/* The first group that clients call. */
static const char *store_of(const struct sim_plan *plan)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (plan->groups[g].model->operations && plan->groups[g].target < plan->group_count)
            return plan->groups[plan->groups[g].target].name;
    }
    return NULL;
}

char *compared_flow(const struct sim_tree *tree)
{
    char *text = NULL, *copy;
    size_t size = 0;
    FILE *file = tree ? open_memstream(&text, &size) : NULL;

    if (!file)
        return sim_copy_text("");
    sim_tree_print_flow(tree, file);
    fclose(file);
    copy = sim_copy_text(text);
    free(text);
    return copy;
}

/* What VARIANT changes, as it is written: "nodes.trips.style: choreographed"; NULL: nothing. */
static char *changes_of(const struct sim_tree *variant)
{
    char *text = NULL;

    for (uint32_t i = 0; variant && variant->kind == SIM_MAPPING && i < variant->count; i++) {
        const char *key = variant->keys[i];
        char *value, *longer;

        if (strcmp(key, "about") == 0 || strcmp(key, "name") == 0 || strcmp(key, "expect") == 0)
            continue;
        value = compared_flow(variant->items[i]);
        longer = sim_format("%s%s%s: %s", text ? text : "", text ? ", " : "", key, value);
        sim_free(value);
        sim_free(text);
        text = longer;
    }
    return text;
}

/* `about` if it is the variant's own, else what it changes, else how its store is written. */
static char *words_of(const struct campaign *campaign, size_t cell, const char *base_about)
{
    const struct sim_scenario *scenario = campaign->cells[cell].scenario;
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    const struct sim_tree *root = sim_scenario_written(scenario), *nodes, *variants;
    const char *store = store_of(plan);
    char *changes;

    if (plan->about && (!base_about || strcmp(plan->about, base_about) != 0))
        return sim_copy_text(plan->about);
    variants = sim_tree_get(root, "variants");
    changes = changes_of(variants ? sim_tree_get(variants, campaign->cells[cell].name) : NULL);
    if (changes)
        return changes;
    nodes = sim_tree_get(root, "nodes");
    return compared_flow(nodes && store ? sim_tree_get(nodes, store) : NULL);
}

/* -- what was measured ------------------------------------------------------------------------- */

static struct compared_expectation *find_expected(struct compared *variant, const char *text)
{
    for (size_t i = 0; i < variant->expected_count; i++) {
        if (strcmp(variant->expected[i].text, text) == 0)
            return &variant->expected[i];
    }
    variant->expected = sim_grow(variant->expected, &variant->expected_capacity,
                                 variant->expected_count + 1, sizeof(*variant->expected));
    variant->expected[variant->expected_count] = (struct compared_expectation){ .text = text };
    return &variant->expected[variant->expected_count++];
}

/* One that speaks of many runs is no failure of one. */
static void take_expected(struct compared *variant, const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        const struct outcome_verdict *verdict = &outcome->verdicts[i];
        struct compared_expectation *expected;

        if (verdict->over)
            continue;
        expected = find_expected(variant, verdict->expectation);
        if (verdict->status == SIM_BROKEN && expected->verdicts[SIM_BROKEN] == 0)
            expected->first_broken = outcome->seed;
        expected->verdicts[verdict->status]++;
    }
}

static void take_run(struct comparison *comparison, size_t variant, size_t seed)
{
    struct compared *to = &comparison->variants[variant];
    const struct outcome *outcome =
        comparison->campaign->outcomes[seed * comparison->count + variant];
    bool died = outcome->measure_count != MEASURED_ALL;

    for (size_t i = 0; i < COMPARED_FIGURES; i++) {
        size_t at = i < MEASURED_FIGURES ? i : i - MEASURED_FIGURES + MEASURED_FIXED;

        to->values[i * comparison->seeds + seed] = died ? NAN : outcome->measures[at];
    }
    for (size_t i = 0; i < COMPARED_VERDICTS; i++) {
        size_t status = died ? SIM_UNDECIDED : (size_t)outcome->measures[MEASURED_FIGURES + i];

        if (status == SIM_BROKEN && to->verdicts[i][SIM_BROKEN] == 0)
            to->first_broken[i] = outcome->seed;
        to->verdicts[i][status]++;
    }
    take_expected(to, outcome);
    to->deaths += died;
    to->stopped += !died && outcome->measures[MEASURED_STOPPED] > 0;
}

static const double *values_of(const struct comparison *comparison, size_t variant, size_t figure)
{
    return comparison->variants[variant].values + figure * comparison->seeds;
}

enum sim_verdict_status compared_status(const struct compared *variant,
                                        enum measured_verdict verdict)
{
    const uint64_t *counts = variant->verdicts[compared_verdict(verdict)];

    if (counts[SIM_BROKEN] > 0)
        return SIM_BROKEN;
    return counts[SIM_UNDECIDED] > 0 || counts[SIM_HOLDS] == 0 ? SIM_UNDECIDED : SIM_HOLDS;
}

/* -- the label --------------------------------------------------------------------------------- */

static enum sim_verdict_status is_available(const struct compared *variant,
                                            enum measured_figure figure)
{
    const struct estimate *estimate = &variant->figures[figure];

    if (estimate->count == 0)
        return SIM_UNDECIDED;
    return estimate->mean >= available ? SIM_HOLDS : SIM_BROKEN;
}

/* On both sides; of a cut without sides, on the whole. */
static enum sim_verdict_status is_available_cut(const struct compared *variant)
{
    enum sim_verdict_status majority = is_available(variant, MEASURED_OK_MAJORITY);
    enum sim_verdict_status minority = is_available(variant, MEASURED_OK_MINORITY);

    if (majority == SIM_BROKEN || minority == SIM_BROKEN)
        return SIM_BROKEN;
    if (majority == SIM_HOLDS || minority == SIM_HOLDS)
        return SIM_HOLDS;
    return is_available(variant, MEASURED_OK_CUT);
}

static const char *label_of(const struct compared *variant)
{
    bool c = variant->c_cut == SIM_HOLDS, a = variant->a_cut == SIM_HOLDS;

    if (variant->c_cut == SIM_UNDECIDED || variant->a_cut == SIM_UNDECIDED)
        return "?";
    if (c && a)
        return "C+A";
    if (c || a)
        return c ? "CP" : "AP";
    return variant->c_calm == SIM_HOLDS && variant->a_calm == SIM_HOLDS ? "neither (CA calm)"
                                                                        : "neither";
}

static void label(struct compared *variant)
{
    variant->c_calm = compared_status(variant, MEASURED_LINEARIZABLE_CALM);
    variant->c_cut = compared_status(variant, MEASURED_LINEARIZABLE);
    variant->a_calm = is_available(variant, MEASURED_OK_CALM);
    variant->a_cut = is_available_cut(variant);
    variant->label = label_of(variant);
}

/* -- the strongest that held ------------------------------------------------------------------- */

static void rank(struct compared *variant)
{
    static const enum measured_verdict sessions[] = {
        MEASURED_READ_YOUR_WRITES,
        MEASURED_MONOTONIC_READS,
        MEASURED_MONOTONIC_WRITES,
        MEASURED_WRITES_FOLLOW_READS,
    };
    static const enum measured_verdict orders[] = { MEASURED_LINEARIZABLE, MEASURED_SEQUENTIAL,
                                                    MEASURED_CAUSAL };
    size_t held = 0;

    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        enum sim_verdict_status status = compared_status(variant, orders[i]);

        if (status == SIM_HOLDS) {
            variant->strength = (enum strength)i;
            return;
        }
        variant->strength_unknown |= status == SIM_UNDECIDED;
    }
    for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
        enum sim_verdict_status status = compared_status(variant, sessions[i]);

        held += status == SIM_HOLDS;
        variant->strength_unknown |= status == SIM_UNDECIDED;
    }
    variant->strength = held == sizeof(sessions) / sizeof(*sessions) ? SESSIONS
                        : held > 0                                   ? SOME_SESSIONS
                                                                     : NOTHING;
}

/* -- the front --------------------------------------------------------------------------------- */

enum measured_figure comparison_availability(const struct comparison *comparison)
{
    return comparison->was_cut ? MEASURED_OK_CUT : MEASURED_OK;
}

/* 1: A is better than B, -1: worse, 0: neither is shown. */
static int compare_figure(const struct comparison *comparison, size_t a, size_t b,
                          enum measured_figure figure)
{
    struct difference difference;

    difference_make(&difference, values_of(comparison, a, figure), values_of(comparison, b, figure),
                    comparison->seeds);
    if (difference.of.count == 0 || difference.is_noise)
        return 0;
    return (difference.of.mean > 0) == (measured_rows[figure].better > 0) ? 1 : -1;
}

bool compared_knows_losses(const struct compared *variant)
{
    return variant->figures[MEASURED_LOST].count > 0 &&
           compared_status(variant, MEASURED_LOST_WHOLE) == SIM_HOLDS;
}

bool compared_loses_nothing(const struct compared *variant)
{
    return compared_knows_losses(variant) && variant->figures[MEASURED_LOST].most <= 0;
}

/* Whether A may have lost more than B, for all that is known. */
static bool may_lose_more(const struct comparison *comparison, size_t a, size_t b)
{
    const struct compared *one = &comparison->variants[a], *other = &comparison->variants[b];

    if (compared_loses_nothing(one))
        return false;
    return compared_knows_losses(one)
               ? other->figures[MEASURED_LOST].count == 0
               : one->figures[MEASURED_LOST].count > 0 || other->figures[MEASURED_LOST].count > 0;
}

static bool dominates(const struct comparison *comparison, size_t a, size_t b)
{
    const enum measured_figure of_stores[] = { comparison_availability(comparison), MEASURED_STALE,
                                               MEASURED_CALM_P50, MEASURED_LOST };
    const enum measured_figure of_services[] = { comparison->was_cut ? MEASURED_GOODPUT_CUT
                                                                     : MEASURED_GOODPUT,
                                                 MEASURED_GOODPUT_AFTER, MEASURED_SENT,
                                                 MEASURED_CALM_P99 };
    const enum measured_figure *figures = comparison->frame->has_store ? of_stores : of_services;
    bool better = false;

    if (may_lose_more(comparison, a, b))
        return false;
    for (size_t i = 0; i < sizeof(of_stores) / sizeof(*of_stores); i++) {
        int way = compare_figure(comparison, a, b, figures[i]);

        if (way < 0)
            return false;
        better |= way > 0;
    }
    return better;
}

/* Rather by one that is on the front itself. */
static void find_front(struct comparison *comparison)
{
    for (size_t b = 0; b < comparison->count; b++) {
        comparison->variants[b].dominated_by = SIZE_MAX;
        for (size_t a = 0; a < comparison->count; a++) {
            if (a != b && dominates(comparison, a, b)) {
                comparison->variants[b].dominated_by = a;
                break;
            }
        }
    }
    for (size_t b = 0; b < comparison->count; b++) {
        struct compared *variant = &comparison->variants[b];

        for (size_t a = 0; variant->dominated_by != SIZE_MAX && a < comparison->count; a++) {
            if (a != b && comparison->variants[a].dominated_by == SIZE_MAX &&
                dominates(comparison, a, b)) {
                variant->dominated_by = a;
                break;
            }
        }
    }
}

/* -- all --------------------------------------------------------------------------------------- */

static void make_variant(struct comparison *comparison, size_t index, const char *base_about)
{
    struct compared *variant = &comparison->variants[index];

    variant->name = comparison->campaign->cells[index].name;
    variant->words = words_of(comparison->campaign, index, base_about);
    variant->values =
        sim_alloc_array(comparison->seeds * COMPARED_FIGURES, sizeof(*variant->values));
    for (size_t seed = 0; seed < comparison->seeds; seed++)
        take_run(comparison, index, seed);
    for (size_t i = 0; i < COMPARED_FIGURES; i++)
        estimate_make(&variant->figures[i], values_of(comparison, index, i), comparison->seeds);
    comparison->was_cut |= variant->figures[MEASURED_OK_CUT].count > 0;
    label(variant);
    rank(variant);
}

void comparison_make(struct comparison *comparison, const struct campaign *campaign,
                     const struct measured_frame *frame, size_t baseline)
{
    /* what the variants that say nothing of themselves have in common */
    const char *about = NULL;

    *comparison = (struct comparison){ .campaign = campaign,
                                       .frame = frame,
                                       .count = campaign->cell_count,
                                       .baseline = baseline,
                                       .seeds = campaign->run_count / campaign->cell_count };
    for (size_t i = 0; i < campaign->cell_count; i++) {
        const struct sim_plan *plan = sim_scenario_plan(campaign->cells[i].scenario);

        for (size_t k = 0; k < i && !about; k++) {
            const char *other = sim_scenario_plan(campaign->cells[k].scenario)->about;

            if (plan->about && other && strcmp(plan->about, other) == 0)
                about = other;
        }
    }
    comparison->variants = sim_alloc_array(comparison->count, sizeof(*comparison->variants));
    for (size_t i = 0; i < comparison->count; i++)
        make_variant(comparison, i, about);
    for (size_t i = 0; i < comparison->count; i++) {
        for (size_t k = 0; k < COMPARED_FIGURES; k++)
            difference_make(&comparison->variants[i].differences[k], values_of(comparison, i, k),
                            values_of(comparison, baseline, k), comparison->seeds);
    }
    find_front(comparison);
}

void comparison_finish(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        sim_free(comparison->variants[i].expected);
        sim_free(comparison->variants[i].words);
        sim_free(comparison->variants[i].values);
    }
    sim_free(comparison->variants);
}
