#include "tools/orrery/over.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { SEEDS_SHOWN_MAX = 8, BILLION = 1000000000 };

/* The runs that are asked about, one after the other. */
struct over_runs {
    const struct campaign *campaign;
    size_t cell, index;
    uint64_t first, last;
};

const struct sim_over *over_of(const struct cell *cell, size_t index)
{
    size_t count;

    if (!cell->scenario) /* from a database, which keeps it if it is needed here */
        return NULL;
    return sim_scenario_expectations(cell->scenario, &count)[index].over;
}

/* The next one from *AT on, or NULL. */
static const struct outcome *next_run(const struct over_runs *runs, size_t *at)
{
    const struct campaign *campaign = runs->campaign;

    while (*at < campaign->run_count) {
        const struct outcome *outcome = campaign->outcomes[(*at)++];

        if (outcome->cell == runs->cell && outcome->seed >= runs->first &&
            outcome->seed <= runs->last)
            return outcome;
    }
    return NULL;
}

/* NULL: the run died before it was judged. */
static const struct outcome_verdict *verdict_of(const struct over_runs *runs,
                                                const struct outcome *outcome)
{
    return runs->index < outcome->verdict_count ? &outcome->verdicts[runs->index] : NULL;
}

static void add(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char **text, const char *format, ...)
{
    char more[1024], *longer;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(more, sizeof(more), format, arguments);
    va_end(arguments);
    longer = sim_format("%s%s", *text ? *text : "", more);
    sim_free(*text);
    *text = longer;
}

/* -- statistics -------------------------------------------------------------------------------- */

static int compare_values(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return *a == *b ? 0 : *a < *b ? -1 : 1;
}

/* Rounded down; of what never came about in some run, never. VALUES are sorted. */
static int64_t mean_of(const int64_t *values, size_t count)
{
    sim_wide sum = 0;

    if (values[count - 1] == SIM_MEASURED_NEVER)
        return SIM_MEASURED_NEVER;
    for (size_t i = 0; i < count; i++)
        sum += (uint64_t)values[i];
    return (int64_t)(sum / count);
}

static void measure(struct over_figure *figure, int64_t *values, size_t count)
{
    static const uint32_t millionths[SIM_STATISTICS] = {
        [SIM_STATISTIC_P1] = 10000,   [SIM_STATISTIC_P5] = 50000,   [SIM_STATISTIC_P10] = 100000,
        [SIM_STATISTIC_P25] = 250000, [SIM_STATISTIC_P50] = 500000, [SIM_STATISTIC_P75] = 750000,
        [SIM_STATISTIC_P90] = 900000, [SIM_STATISTIC_P95] = 950000, [SIM_STATISTIC_P99] = 990000,
        [SIM_STATISTIC_P999] = 999000
    };

    sim_sort(values, count, sizeof(*values), compare_values);
    for (int i = 0; i < SIM_STATISTICS; i++) {
        if (millionths[i] > 0)
            figure->statistics[i] = values[sim_quantile_rank(count, millionths[i]) - 1];
    }
    figure->statistics[SIM_STATISTIC_MEAN] = mean_of(values, count);
    figure->statistics[SIM_STATISTIC_MIN] = values[0];
    figure->statistics[SIM_STATISTIC_MAX] = values[count - 1];
}

static struct over_figure *find_figure(struct over_result *result, const struct sim_measured *one)
{
    for (uint32_t i = 0; i < result->figure_count; i++) {
        if (strcmp(result->figures[i].name, one->name) == 0)
            return &result->figures[i];
    }
    assert(result->figure_count < SIM_VERDICT_MEASURED);
    result->figures[result->figure_count] =
        (struct over_figure){ .name = one->name, .least = one->least, .most = one->most };
    return &result->figures[result->figure_count++];
}

static void measure_all(struct over_result *result, const struct over_runs *runs)
{
    int64_t *values[SIM_VERDICT_MEASURED] = { NULL };
    const struct outcome *outcome;

    for (size_t at = 0; (outcome = next_run(runs, &at)) != NULL;) {
        const struct outcome_verdict *verdict = verdict_of(runs, outcome);

        for (uint32_t i = 0; verdict && i < verdict->measured_count; i++) {
            struct over_figure *figure = find_figure(result, &verdict->measured[i]);
            size_t which = (size_t)(figure - result->figures);

            if (!values[which])
                values[which] = sim_alloc_array(runs->campaign->run_count, sizeof(int64_t));
            values[which][figure->count++] = verdict->measured[i].value;
        }
    }
    for (uint32_t i = 0; i < result->figure_count; i++) {
        measure(&result->figures[i], values[i], result->figures[i].count);
        sim_free(values[i]);
    }
}

/* -- verdicts ---------------------------------------------------------------------------------- */

static enum sim_verdict_status worst(enum sim_verdict_status a, enum sim_verdict_status b)
{
    if (a == SIM_BROKEN || b == SIM_BROKEN)
        return SIM_BROKEN;
    return a == SIM_UNDECIDED || b == SIM_UNDECIDED ? SIM_UNDECIDED : SIM_HOLDS;
}

/* Runs that may yet go either way. */
static uint64_t unknown(const struct over_result *result, uint64_t asked)
{
    uint64_t missing = asked > result->runs ? asked - result->runs : 0;

    return result->count[SIM_UNDECIDED] + result->deaths + missing;
}

static enum sim_verdict_status judge_share(const struct over_result *result, uint64_t asked)
{
    uint64_t holds = result->count[SIM_HOLDS], broken = result->count[SIM_BROKEN];
    uint64_t open = unknown(result, asked);
    double all = (double)(holds + broken + open), least = (double)holds / all,
           most = (double)(holds + open) / all;

    if (most < result->over->at_least || least > result->over->at_most)
        return SIM_BROKEN;
    return least >= result->over->at_least && most <= result->over->at_most ? SIM_HOLDS
                                                                            : SIM_UNDECIDED;
}

static enum sim_verdict_status judge_statistics(struct over_result *result, uint64_t asked)
{
    enum sim_verdict_status status = result->figure_count > 0 ? SIM_HOLDS : SIM_UNDECIDED;

    for (uint32_t i = 0; i < result->figure_count; i++) {
        struct over_figure *figure = &result->figures[i];
        int64_t value = figure->statistics[result->over->statistic];

        figure->status = value < figure->least || value > figure->most ? SIM_BROKEN : SIM_HOLDS;
        status = worst(status, figure->status);
    }
    return unknown(result, asked) > 0 ? SIM_UNDECIDED : status;
}

static enum sim_verdict_status judge_way(struct over_result *result, uint64_t asked)
{
    uint64_t holds = result->count[SIM_HOLDS], broken = result->count[SIM_BROKEN];
    bool open = unknown(result, asked) > 0 || result->runs == 0;

    switch (result->over->way) {
    case SIM_OVER_ALL:
        return broken > 0 ? SIM_BROKEN : open ? SIM_UNDECIDED : SIM_HOLDS;
    case SIM_OVER_ANY:
        return holds > 0 ? SIM_HOLDS : open ? SIM_UNDECIDED : SIM_BROKEN;
    case SIM_OVER_SHARE:
        return result->runs == 0 ? SIM_UNDECIDED : judge_share(result, asked);
    case SIM_OVER_STATISTIC:
        return judge_statistics(result, asked);
    }
    return SIM_UNDECIDED;
}

static void judge_matches(struct over_result *result, uint64_t asked)
{
    const struct sim_over *over = result->over;

    if (over->point_count == 0)
        return;
    if (result->figure_count == 0 || unknown(result, asked) > 0)
        result->status = worst(result->status, SIM_UNDECIDED);
    for (uint32_t i = 0; i < over->point_count && result->figure_count > 0; i++) {
        const struct sim_over_point *point = &over->points[i];
        struct over_match *match = &result->matches[result->match_count++];
        double off;

        *match = (struct over_match){ .statistic = point->statistic,
                                      .here = result->figures[0].statistics[point->statistic],
                                      .published = point->value,
                                      .tolerance = point->tolerance };
        off = (double)match->here - (double)match->published;
        match->good = (off < 0 ? -off : off) <= point->tolerance * (double)match->published;
        if (!match->good && result->status != SIM_UNDECIDED)
            result->status = SIM_BROKEN;
    }
}

/* -- words ------------------------------------------------------------------------------------- */

/* "seeds 7, 12, 31 and 4 more" of those with STATUS. */
static void add_seeds(char **text, const struct over_runs *runs, enum sim_verdict_status status)
{
    uint64_t count = 0;
    const struct outcome *outcome;

    for (size_t at = 0; (outcome = next_run(runs, &at)) != NULL;) {
        const struct outcome_verdict *verdict = verdict_of(runs, outcome);

        if (!verdict || verdict->status != status)
            continue;
        if (++count <= SEEDS_SHOWN_MAX)
            add(text, "%s%" PRIu64, count == 1 ? "" : ", ", outcome->seed);
    }
    if (count > SEEDS_SHOWN_MAX)
        add(text, " and %" PRIu64 " more", count - SEEDS_SHOWN_MAX);
}

/* What the run said under the first seed with STATUS. */
static const char *first_text(const struct over_runs *runs, enum sim_verdict_status status,
                              uint64_t *seed)
{
    const struct outcome *outcome;

    for (size_t at = 0; (outcome = next_run(runs, &at)) != NULL;) {
        const struct outcome_verdict *verdict = verdict_of(runs, outcome);

        if (verdict && verdict->status == status) {
            *seed = outcome->seed;
            return verdict->text ? verdict->text : "";
        }
    }
    return NULL;
}

/* " (95 % interval 74..90 %; at least 50 %)" */
static void add_bounds(struct over_result *result)
{
    const struct sim_over *over = result->over;
    char interval[INTERVAL_TEXT], bound[SIM_FIGURE_TEXT];

    if (result->count[SIM_HOLDS] + result->count[SIM_BROKEN] == 0)
        return;
    add(&result->text, " (95 %% interval %s", interval_text(interval, &result->interval));
    if (over->way == SIM_OVER_SHARE && (over->at_least > 0 || over->at_most >= 1))
        add(&result->text, "; at least %s", sim_figure_share_bound(bound, over->at_least));
    if (over->way == SIM_OVER_SHARE && over->at_most < 1)
        add(&result->text, "; at most %s", sim_figure_share_bound(bound, over->at_most));
    add(&result->text, ")");
}

static void say_counts(struct over_result *result, const struct over_runs *runs)
{
    uint64_t holds = result->count[SIM_HOLDS], broken = result->count[SIM_BROKEN], seed;
    const struct sim_over *over = result->over;
    char share[SIM_FIGURE_TEXT];
    const char *why;

    if (over->way == SIM_OVER_SHARE && holds + broken > 0)
        add(&result->text, "holds under %s of %" PRIu64 " seeds",
            sim_figure_share(share, holds, holds + broken), result->runs);
    else
        add(&result->text, "holds under %" PRIu64 " of %" PRIu64 " seeds", holds, result->runs);
    add_bounds(result);
    if (over->way == SIM_OVER_ANY && holds > 0) {
        add(&result->text, ": ");
        add_seeds(&result->text, runs, SIM_HOLDS);
    } else if (broken > 0) {
        add(&result->text, "; not under ");
        add_seeds(&result->text, runs, SIM_BROKEN);
        why = first_text(runs, SIM_BROKEN, &seed);
        if (over->way != SIM_OVER_SHARE || result->status == SIM_BROKEN)
            add(&result->text, "; seed %" PRIu64 ": %s", seed, why);
    }
}

/* As it was written. */
static const char *bound_text(char text[SIM_FIGURE_TEXT], const struct sim_described *checker,
                              int64_t value)
{
    if (checker->figure->type == SIM_FIELD_DURATION)
        return sim_time_text(text, value);
    if (checker->figure->type == SIM_FIELD_SHARE)
        return sim_figure_share_bound(text, (double)value / BILLION);
    return over_value_text(text, checker, value);
}

static void say_statistic(struct over_result *result, const struct over_figure *figure)
{
    const struct sim_described *checker = result->checker;
    char value[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT], most[SIM_FIGURE_TEXT];
    bool share = checker->figure->type == SIM_FIELD_SHARE;
    bool has_least = figure->least > 0, has_most = figure->most < (share ? BILLION : INT64_MAX);

    if (figure->name[0])
        add(&result->text, "of %s, ", figure->name);
    add(&result->text, "%s %s", sim_statistic_names[result->over->statistic],
        over_value_text(value, checker, figure->statistics[result->over->statistic]));
    if (has_least || has_most)
        add(&result->text, " (%s%s%s%s%s)", has_least ? "at least " : "",
            has_least ? bound_text(least, checker, figure->least) : "",
            has_least && has_most ? ", " : "", has_most ? "at most " : "",
            has_most ? bound_text(most, checker, figure->most) : "");
    add(&result->text, ", from %s",
        over_value_text(value, checker, figure->statistics[SIM_STATISTIC_MIN]));
    add(&result->text, " to %s",
        over_value_text(value, checker, figure->statistics[SIM_STATISTIC_MAX]));
}

static void say_statistics(struct over_result *result)
{
    add(&result->text, "over %" PRIu64 " seeds%s", result->runs,
        result->figure_count > 0 ? ": " : ", none of which has a figure");
    for (uint32_t i = 0; i < result->figure_count; i++) {
        add(&result->text, "%s", i > 0 ? "; " : "");
        say_statistic(result, &result->figures[i]);
    }
}

static void say_matches(struct over_result *result)
{
    char here[SIM_FIGURE_TEXT], published[SIM_FIGURE_TEXT];
    uint32_t good = 0;

    for (uint32_t i = 0; i < result->match_count; i++) {
        const struct over_match *match = &result->matches[i];

        good += match->good;
        if (!match->good)
            add(&result->text, "; %s %s, not %s", sim_statistic_names[match->statistic],
                over_value_text(here, result->checker, match->here),
                over_value_text(published, result->checker, match->published));
    }
    if (result->match_count > 0 && good == result->match_count)
        add(&result->text, "; as it was published");
}

static void say_rest(struct over_result *result, const struct over_runs *runs, uint64_t asked)
{
    uint64_t seed;
    const char *why;

    if (result->count[SIM_UNDECIDED] > 0) {
        why = first_text(runs, SIM_UNDECIDED, &seed);
        add(&result->text, "; %" PRIu64 " undecided, seed %" PRIu64 ": %s",
            result->count[SIM_UNDECIDED], seed, why);
    }
    if (result->deaths > 0)
        add(&result->text, "; %" PRIu64 " died", result->deaths);
    if (asked > result->runs)
        add(&result->text, "; %" PRIu64 " were not run", asked - result->runs);
}

/* -- all --------------------------------------------------------------------------------------- */

static void count_runs(struct over_result *result, const struct over_runs *runs)
{
    const struct outcome *outcome;

    for (size_t at = 0; (outcome = next_run(runs, &at)) != NULL;) {
        const struct outcome_verdict *verdict = verdict_of(runs, outcome);

        result->runs++;
        if (verdict)
            result->count[verdict->status]++;
        else
            result->deaths++;
        if (verdict && verdict->status == SIM_BROKEN && !result->has_culprit) {
            result->culprit = outcome->seed;
            result->has_culprit = true;
        }
    }
    result->interval = interval_of_share(result->count[SIM_HOLDS],
                                         result->count[SIM_HOLDS] + result->count[SIM_BROKEN]);
}

void over_judge(struct over_result *result, const struct campaign *campaign, size_t cell,
                size_t index, uint64_t first, uint64_t last, uint64_t asked)
{
    const struct over_runs runs = { campaign, cell, index, first, last };
    size_t count;
    const struct sim_expectation *expectation =
        &sim_scenario_expectations(campaign->cells[cell].scenario, &count)[index];

    assert(index < count);
    *result = (struct over_result){ .over = expectation->over,
                                    .checker = expectation->checker,
                                    .expectation = campaign->cells[cell].expectations[index],
                                    .first = first,
                                    .last = last };
    count_runs(result, &runs);
    measure_all(result, &runs);
    result->status = judge_way(result, asked);
    judge_matches(result, asked);
    if (result->over->way == SIM_OVER_STATISTIC)
        say_statistics(result);
    else
        say_counts(result, &runs);
    say_matches(result);
    say_rest(result, &runs, asked);
}

void over_finish(struct over_result *result)
{
    sim_free(result->text);
}
