/* The summary in 80 columns. */
#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "tools/orrery/interval.h"
#include "tools/orrery/shown.h"
#include "tools/orrery/summary.h"
#include "tools/orrery/turns.h"

#include <string.h>

enum {
    SEEDS_SHOWN_MAX = 20,
    FAILURES_SHOWN_MAX = 10,
    CELL_WIDTH = 11,
    NAME_WIDTH = 18,
    OVER_INDENT = 13
};

static void wrap(FILE *file, const char *text, size_t column, size_t indent)
{
    shown_wrap(file, text, column, indent);
    fputc('\n', file);
}

static unsigned long long wide(uint64_t value)
{
    return (unsigned long long)value;
}

/* -- verdicts ---------------------------------------------------------------------------------- */

static void print_verdict(const struct summary_verdict *verdict, FILE *file)
{
    uint64_t holds = verdict->count[SIM_HOLDS], broken = verdict->count[SIM_BROKEN];
    struct interval interval = interval_of_share(broken, holds + broken);
    char text[INTERVAL_TEXT];

    int used = fprintf(file, "%8llu %8llu %9llu  %-13s  ", wide(holds), wide(broken),
                       wide(verdict->count[SIM_UNDECIDED]),
                       holds + broken > 0 ? interval_text(text, &interval) : "-");
    wrap(file, verdict->expectation, (size_t)used, (size_t)used);
}

static void print_verdicts(const struct summary_cell *cell, FILE *file)
{
    if (cell->verdict_count == 0) {
        fputs("  (no expectations)\n", file);
        return;
    }
    fputs("   holds violated undecided  95 % interval\n", file);
    for (size_t i = 0; i < cell->verdict_count; i++)
        print_verdict(&cell->verdicts[i], file);
}

/* What speaks of many runs: the table counts how it went in each of them, here is what it comes
 * to. */
static void print_over(const struct summary_cell *cell, FILE *file)
{
    static const char *const words[] = {
        [SIM_HOLDS] = "holds", [SIM_BROKEN] = "VIOLATED", [SIM_UNDECIDED] = "undecided"
    };
    bool any = false;

    for (size_t i = 0; i < cell->verdict_count; i++) {
        const struct over_result *over = cell->verdicts[i].over;

        if (!over)
            continue;
        fputs(any ? "" : "\nof all these seeds together\n", file);
        any = true;
        fprintf(file, "  %-11s", words[over->status]);
        wrap(file, over->expectation, OVER_INDENT, OVER_INDENT);
        fprintf(file, "%*s", OVER_INDENT, "");
        over_print(over, file, OVER_INDENT);
    }
}

/* -- figures ----------------------------------------------------------------------------------- */

static const char *figure_text(char text[SIM_FIGURE_TEXT], enum outcome_figure which, int64_t value)
{
    switch (which) {
    case OUTCOME_AVAILABILITY:
        return sim_figure_share(text, (uint64_t)value, 1000000);
    case OUTCOME_RATE:
        return sim_figure_rate(text, (uint64_t)value, 1000 * SIM_SECOND, false);
    default:
        return sim_figure_time(text, value);
    }
}

static void print_figure(const struct summary_figure *figure, enum outcome_figure which, FILE *file)
{
    static const char *const names[OUTCOME_FIGURES] = {
        [OUTCOME_AVAILABILITY] = "availability",
        [OUTCOME_P50] = "latency p50",
        [OUTCOME_P99] = "latency p99",
        [OUTCOME_RATE] = "ok",
    };
    const int64_t values[] = { figure->least, figure->p5, figure->median, figure->p95,
                               figure->most };
    char text[SIM_FIGURE_TEXT];

    fprintf(file, "  %-*s", NAME_WIDTH - 2, names[which]);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        fprintf(file, "%*s", CELL_WIDTH,
                figure->count > 0 ? figure_text(text, which, values[i]) : "-");
    fputc('\n', file);
}

static void print_groups(const struct summary_cell *cell, FILE *file)
{
    static const char *const columns[] = { "min", "p5", "median", "p95", "max" };

    if (cell->group_count == 0)
        return;
    fprintf(file, "\n%-*s", NAME_WIDTH, "over the seeds");
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
        fprintf(file, "%*s", CELL_WIDTH, columns[i]);
    fputc('\n', file);
    for (size_t g = 0; g < cell->group_count; g++) {
        const struct summary_group *group = &cell->groups[g];

        shown_print(file, group->group, strlen(group->group));
        fputc('\n', file);
        for (int f = 0; f < OUTCOME_FIGURES; f++)
            print_figure(&group->figures[f], (enum outcome_figure)f, file);
    }
}

/* -- what no run came to ----------------------------------------------------------------------- */

/* "store      truncated, held-back": from FIRST on, those that are of one group. */
static void print_never(const struct summary *summary, size_t first, FILE *file)
{
    const char *group = summary->places[first].group;
    char *line = NULL, *longer;
    int used;

    for (size_t i = first; i < summary->place_count && summary->places[i].group == group; i++) {
        if (summary->places[i].runs > 0)
            continue;
        longer = sim_format("%s%s%s", line ? line : "", line ? ", " : "", summary->places[i].name);
        sim_free(line);
        line = longer;
    }
    if (!line)
        return;
    used = fprintf(file, "  %-10s  ", group ? group : "faults");
    wrap(file, line, (size_t)used, 14);
    sim_free(line);
}

/* What holds under all seeds holds where they went. */
static void print_unreached(const struct summary *summary, FILE *file)
{
    bool any = false;

    for (size_t i = 0; i < summary->place_count; i++)
        any |= summary->places[i].runs == 0;
    if (any)
        fputs("\nnever hit or reached under any of these seeds\n", file);
    for (size_t i = 0; i < summary->place_count; i++) {
        if (i == 0 || summary->places[i].group != summary->places[i - 1].group)
            print_never(summary, i, file);
    }
}

/* -- failures ---------------------------------------------------------------------------------- */

/* "crash partition" as "crash, partition". */
static char *list_faults(const char *faults)
{
    char *text = sim_copy_text("");

    while (*faults) {
        size_t length = strcspn(faults, " ");
        char *longer = sim_format("%s%s%.*s", text, *text ? ", " : "", (int)length, faults);

        sim_free(text);
        text = longer;
        faults += length + (faults[length] == ' ');
    }
    return text;
}

/* "election-safety under crash, partition in nodes.store.count=5" */
static char *describe(const struct summary_failure *failure, const struct campaign *campaign)
{
    const char *cell = campaign->cells[failure->cell].name;
    char *faults, *line;

    if (!failure->expectation)
        return sim_format("died: %s%s%s", failure->kind, cell ? " in " : "", cell ? cell : "");
    faults = list_faults(failure->faults);
    line = sim_format("%s %s%s%s%s", failure->kind, *faults ? "under " : "without a fault", faults,
                      cell ? " in " : "", cell ? cell : "");
    sim_free(faults);
    return line;
}

static void print_failure(const struct summary_failure *failure, const struct campaign *campaign,
                          FILE *file)
{
    char *again = campaign_repeat(campaign, failure->first), *line = describe(failure, campaign);
    int indent = fprintf(file, "%8llu  ", wide(failure->count));

    wrap(file, line, (size_t)indent, (size_t)indent);
    sim_free(line);
    if (failure->expectation) {
        fprintf(file, "%*s", indent, "");
        wrap(file, failure->expectation, (size_t)indent, (size_t)indent);
        fprintf(file, "%*s", indent, "");
        wrap(file, failure->text, (size_t)indent, (size_t)indent);
    }
    fprintf(file, "%*sfirst with seed %llu, again with\n  %s\n", indent, "",
            wide(failure->first->seed), again);
    sim_free(again);
}

static void print_failures(const struct summary *summary, const struct campaign *campaign,
                           FILE *file)
{
    size_t count = summary->failure_count;

    if (count > 0)
        fprintf(file, "\nfailures, by what is violated and the faults that were active\n");
    for (size_t i = 0; i < count && i < FAILURES_SHOWN_MAX; i++)
        print_failure(&summary->failures[i], campaign, file);
    if (count > FAILURES_SHOWN_MAX)
        fprintf(file, "          and %zu more groups (--json has all)\n",
                count - FAILURES_SHOWN_MAX);
}

/* -- seeds ------------------------------------------------------------------------------------- */

static bool has_status(const struct outcome *outcome, enum sim_verdict_status status)
{
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        if (outcome->verdicts[i].status == status && !outcome->verdicts[i].over)
            return true;
    }
    return false;
}

static bool died(const struct outcome *outcome)
{
    return outcome->death != NULL;
}

static bool violates(const struct outcome *outcome)
{
    return has_status(outcome, SIM_BROKEN);
}

static bool leaves_undecided(const struct outcome *outcome)
{
    return has_status(outcome, SIM_UNDECIDED);
}

static bool is_limited(const struct outcome *outcome)
{
    return outcome->limit != NULL;
}

/* The first run that belongs, or NULL. */
static const struct outcome *find_first(const struct campaign *campaign,
                                        bool (*belongs)(const struct outcome *outcome))
{
    for (size_t i = 0; i < campaign->run_count; i++) {
        if (belongs(campaign->outcomes[i]))
            return campaign->outcomes[i];
    }
    return NULL;
}

/* "violated    3 seeds: 4, 17, 21"; nothing if there are none. A seed is named once, in however
 * many cells it belongs. */
static void print_seeds(const struct campaign *campaign, const char *what,
                        bool (*belongs)(const struct outcome *outcome), FILE *file)
{
    size_t count = 0, last = SIZE_MAX;
    char *line = sim_copy_text(""), *longer;

    for (size_t i = 0; i < campaign->run_count; i++) {
        if (!belongs(campaign->outcomes[i]) || i / campaign->cell_count == last)
            continue;
        last = i / campaign->cell_count;
        if (count++ >= SEEDS_SHOWN_MAX)
            continue;
        longer =
            sim_format("%s%s %llu", line, count == 1 ? "" : ",", wide(campaign->outcomes[i]->seed));
        sim_free(line);
        line = longer;
    }
    if (count > SEEDS_SHOWN_MAX)
        longer = sim_format("%zu seeds:%s and %zu more", count, line, count - SEEDS_SHOWN_MAX);
    else
        longer = sim_format("%zu seed%s:%s", count, count == 1 ? "" : "s", line);
    if (count > 0) {
        fprintf(file, "%-10s  ", what);
        wrap(file, longer, 12, 12);
    }
    sim_free(line);
    sim_free(longer);
}

/* Where nothing fails: of the worst kind that there is. */
static void print_again(const struct campaign *campaign, FILE *file)
{
    const struct outcome *first = find_first(campaign, is_limited);
    const char *what = "seed that reached a limit,";

    if (!first) {
        first = find_first(campaign, leaves_undecided);
        what = "undecided seed";
    }
    if (first) {
        char *again = campaign_repeat(campaign, first);

        fprintf(file, "\nfirst %s %llu, again with\n  %s\n", what, wide(first->seed), again);
        sim_free(again);
    } else if (campaign->run_count > 0) {
        fprintf(file, "no seed fails\n");
    }
}

static void print_all_seeds(const struct campaign *campaign, FILE *file)
{
    const struct outcome *limited = find_first(campaign, is_limited);

    fputc('\n', file);
    print_seeds(campaign, "died", died, file);
    print_seeds(campaign, "violated", violates, file);
    print_seeds(campaign, "undecided", leaves_undecided, file);
    print_seeds(campaign, "limited", is_limited, file);
    if (limited)
        fprintf(file, "            by the limit of %s\n", limited->limit);
}

/* -- all --------------------------------------------------------------------------------------- */

/* "seeds", or "branches at 10s of seed 5 into the seeds" */
static char *name_runs(const struct campaign *campaign)
{
    const struct options *options = campaign->cell_count > 0 ? &campaign->cells[0].options : NULL;
    char time[SIM_TIME_TEXT];

    if (!campaign_branches(campaign))
        return sim_copy_text("seeds");
    if (campaign->scan.count > 0)
        return sim_format("branches of seed %llu into the seeds", wide(options->seed));
    return sim_format("branches at %s of seed %llu into the seeds",
                      sim_time_text(time, options->branch_at), wide(options->seed));
}

/* "x.yaml, seeds 1..50", or, if not all are there, "seeds 1..17 of 1..50 (interrupted)". */
void summary_print_heading(const struct campaign *campaign, FILE *file)
{
    static const char *const reasons[] = {
        [CAMPAIGN_WHOLE] = "",
        [CAMPAIGN_FAILURE] = " (until a failure)",
        [CAMPAIGN_TIME] = " (the time is over)",
        [CAMPAIGN_INTERRUPTED] = " (interrupted)",
        [CAMPAIGN_BROKEN] = " (broken off)",
        [CAMPAIGN_UNSTORED] = " (broken off)",
    };
    bool none = campaign->run_count == 0;
    uint64_t last = none ? 0 : campaign_seed(campaign, campaign->run_count - 1);
    char *asked = campaign->open
                      ? sim_format("%llu..", wide(campaign->first))
                      : sim_format("%llu..%llu", wide(campaign->first), wide(campaign->last));
    char *shard = campaign->shards > 0 ? sim_format(", shard %llu/%llu", wide(campaign->shard),
                                                    wide(campaign->shards))
                                       : sim_copy_text("");
    char *heading, *runs = name_runs(campaign);

    if (campaign->end == CAMPAIGN_WHOLE)
        heading = sim_format("%s, %s %s%s", campaign->path, runs, asked, shard);
    else if (none)
        heading = sim_format("%s, none of the %s %s%s%s", campaign->path, runs, asked, shard,
                             reasons[campaign->end]);
    else
        heading =
            sim_format("%s, %s %llu..%llu of %s%s%s", campaign->path, runs, wide(campaign->first),
                       wide(last), asked, shard, reasons[campaign->end]);
    wrap(file, heading, 0, 2);
    sim_free(runs);
    sim_free(heading);
    sim_free(asked);
    sim_free(shard);
}

void summary_print(const struct summary *summary, const struct campaign *campaign, FILE *file)
{
    summary_print_heading(campaign, file);
    for (size_t c = 0; c < summary->cell_count; c++) {
        fputc('\n', file);
        if (campaign->cells[c].name) {
            fputs("in ", file);
            wrap(file, campaign->cells[c].name, 3, 5);
        }
        print_verdicts(&summary->cells[c], file);
        print_over(&summary->cells[c], file);
        print_groups(&summary->cells[c], file);
    }
    turns_print(summary, campaign, file);
    print_unreached(summary, file);
    print_failures(summary, campaign, file);
    print_all_seeds(campaign, file);
    if (summary->failure_count == 0)
        print_again(campaign, file);
}
