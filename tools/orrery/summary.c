#include "tools/orrery/summary.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <string.h>

const char *const summary_figure_names[OUTCOME_FIGURES] = {
    [OUTCOME_AVAILABILITY] = "availability",
    [OUTCOME_P50] = "p50",
    [OUTCOME_P99] = "p99",
    [OUTCOME_RATE] = "ok_per_second",
};

/* The texts of a campaign are kept once each, so equal ones are at one address. */

static struct summary_verdict *add_verdict(struct summary_cell *cell, const char *expectation)
{
    struct summary_verdict *verdict;

    cell->verdicts = sim_grow(cell->verdicts, &cell->verdict_capacity, cell->verdict_count + 1,
                              sizeof(*cell->verdicts));
    verdict = &cell->verdicts[cell->verdict_count++];
    *verdict = (struct summary_verdict){ .expectation = expectation };
    return verdict;
}

/* Where EXPECTATION, which stands at PLACE in its run, is counted: two may be written alike, and
 * what is judged unasked comes behind those that are asked for. */
static struct summary_verdict *find_verdict(struct summary_cell *cell, const char *expectation,
                                            size_t place)
{
    for (size_t i = place; i < cell->verdict_count; i++) {
        if (cell->verdicts[i].expectation == expectation)
            return &cell->verdicts[i];
    }
    return add_verdict(cell, expectation);
}

static void find_group(struct summary_cell *cell, const char *group)
{
    for (size_t i = 0; i < cell->group_count; i++) {
        if (cell->groups[i].group == group)
            return;
    }
    cell->groups =
        sim_grow(cell->groups, &cell->group_capacity, cell->group_count + 1, sizeof(*cell->groups));
    cell->groups[cell->group_count++].group = group;
}

/* Where it stands among those of its sort; cells may have other groups, and other kinds of faults.
 */
static struct summary_place *find_place(struct summary *summary, const struct outcome_place *place)
{
    size_t at = 0;

    for (size_t i = 0; i < summary->place_count; i++) {
        if (summary->places[i].group != place->group)
            continue;
        if (summary->places[i].name == place->name)
            return &summary->places[i];
        at = i + 1;
    }
    if (at == 0 && place->group)
        at = summary->place_count;
    summary->places = sim_grow(summary->places, &summary->place_capacity, summary->place_count + 1,
                               sizeof(*summary->places));
    memmove(summary->places + at + 1, summary->places + at,
            (summary->place_count++ - at) * sizeof(*summary->places));
    summary->places[at] = (struct summary_place){ .group = place->group, .name = place->name };
    return &summary->places[at];
}

/* -- failures ---------------------------------------------------------------------------------- */

static void count_failure(struct summary *summary, const struct summary_failure *failure)
{
    for (size_t i = 0; i < summary->failure_count; i++) {
        struct summary_failure *known = &summary->failures[i];

        if (known->cell == failure->cell && known->expectation == failure->expectation &&
            known->kind == failure->kind && known->faults == failure->faults) {
            known->count++;
            return;
        }
    }
    summary->failures = sim_grow(summary->failures, &summary->failure_capacity,
                                 summary->failure_count + 1, sizeof(*summary->failures));
    summary->failures[summary->failure_count++] = *failure;
}

static void count_failures(struct summary *summary, const struct outcome *outcome)
{
    struct summary_failure failure = { .cell = outcome->cell, .count = 1, .first = outcome };

    if (outcome->death) {
        failure.kind = outcome->death;
        count_failure(summary, &failure);
    }
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        const struct outcome_verdict *verdict = &outcome->verdicts[i];

        if (verdict->status != SIM_BROKEN || verdict->over)
            continue;
        failure.expectation = verdict->expectation;
        failure.kind = verdict->kind;
        failure.faults = verdict->faults;
        failure.text = verdict->text;
        count_failure(summary, &failure);
    }
}

/* Those that died before all others; stable, so of equal counts the first that was seen. */
static int compare_failures(const void *left, const void *right)
{
    const struct summary_failure *a = left, *b = right;
    bool a_died = a->expectation == NULL, b_died = b->expectation == NULL;

    if (a_died != b_died)
        return a_died ? -1 : 1;
    return a->count == b->count ? 0 : a->count > b->count ? -1 : 1;
}

/* -- figures ----------------------------------------------------------------------------------- */

static int compare_values(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return *a == *b ? 0 : *a < *b ? -1 : 1;
}

/* VALUES: room for one of each run. */
static void measure(struct summary_figure *figure, const struct campaign *campaign, size_t cell,
                    const char *group, enum outcome_figure which, int64_t *values)
{
    size_t count = 0;

    for (size_t i = cell; i < campaign->run_count; i += campaign->cell_count) {
        const struct outcome *outcome = campaign->outcomes[i];

        for (size_t g = 0; g < outcome->group_count; g++) {
            if (outcome->groups[g].group == group && outcome->groups[g].figures[which] >= 0)
                values[count++] = outcome->groups[g].figures[which];
        }
    }
    figure->count = count;
    if (count == 0)
        return;
    if (count > 1)
        sim_sort(values, count, sizeof(*values), compare_values);
    figure->least = values[0];
    figure->p5 = values[sim_quantile_rank(count, 50000) - 1];
    figure->median = values[sim_quantile_rank(count, 500000) - 1];
    figure->p95 = values[sim_quantile_rank(count, 950000) - 1];
    figure->most = values[count - 1];
}

static void measure_all(struct summary *summary, const struct campaign *campaign)
{
    int64_t *values = sim_alloc_array(campaign->run_count, sizeof(*values));

    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t g = 0; g < summary->cells[c].group_count; g++) {
            struct summary_group *group = &summary->cells[c].groups[g];

            for (int f = 0; f < OUTCOME_FIGURES; f++)
                measure(&group->figures[f], campaign, c, group->group, (enum outcome_figure)f,
                        values);
        }
    }
    sim_free(values);
}

/* -- all --------------------------------------------------------------------------------------- */

static void count_run(struct summary *summary, const struct outcome *outcome)
{
    struct summary_cell *cell = &summary->cells[outcome->cell];

    for (size_t i = 0; i < outcome->verdict_count; i++) {
        enum sim_verdict_status status = outcome->verdicts[i].status;
        struct summary_verdict *verdict = find_verdict(cell, outcome->verdicts[i].expectation, i);

        if (verdict->count[status]++ == 0)
            verdict->first[status] = outcome->seed;
    }
    for (size_t i = 0; i < outcome->group_count; i++)
        find_group(cell, outcome->groups[i].group);
    for (size_t i = 0; i < outcome->place_count; i++) {
        struct summary_place *place = find_place(summary, &outcome->places[i]);

        place->runs += outcome->places[i].count > 0;
        place->count += outcome->places[i].count;
    }
    count_failures(summary, outcome);
}

/* The seeds of the campaign stand for those of `over:`. */
static void judge_over(struct summary *summary, const struct campaign *campaign, size_t cell)
{
    uint64_t asked = campaign->run_count / campaign->cell_count;
    uint64_t last = asked > 0 ? campaign_seed(campaign, campaign->run_count - 1) : campaign->first;

    for (size_t i = 0; i < campaign->cells[cell].expectation_count; i++) {
        struct summary_verdict *verdict = &summary->cells[cell].verdicts[i];

        if (!over_of(&campaign->cells[cell], i))
            continue;
        verdict->over = sim_alloc(sizeof(*verdict->over));
        over_judge(verdict->over, campaign, cell, i, campaign->first, last, asked);
    }
}

void summary_make(struct summary *summary, const struct campaign *campaign)
{
    *summary = (struct summary){ .cell_count = campaign->cell_count };
    summary->cells = sim_alloc_array(summary->cell_count, sizeof(*summary->cells));
    for (size_t c = 0; c < summary->cell_count; c++) { /* also what no run came to be judged by */
        for (size_t i = 0; i < campaign->cells[c].expectation_count; i++)
            add_verdict(&summary->cells[c], campaign->cells[c].expectations[i]);
    }
    for (size_t i = 0; i < campaign->run_count; i++)
        count_run(summary, campaign->outcomes[i]);
    if (summary->failure_count > 1)
        sim_sort(summary->failures, summary->failure_count, sizeof(*summary->failures),
                 compare_failures);
    measure_all(summary, campaign);
    for (size_t c = 0; c < campaign->cell_count; c++)
        judge_over(summary, campaign, c);
}

enum exit_code summary_code(const struct summary *summary)
{
    enum exit_code code = EXIT_HOLDS;

    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++) {
            if (summary->cells[c].verdicts[i].over)
                code = worse(code, runner_code(summary->cells[c].verdicts[i].over->status));
        }
    }
    return code;
}

void summary_finish(struct summary *summary)
{
    for (size_t i = 0; i < summary->cell_count; i++) {
        for (size_t v = 0; v < summary->cells[i].verdict_count; v++) {
            if (summary->cells[i].verdicts[v].over)
                over_finish(summary->cells[i].verdicts[v].over);
            sim_free(summary->cells[i].verdicts[v].over);
        }
        sim_free(summary->cells[i].verdicts);
        sim_free(summary->cells[i].groups);
    }
    sim_free(summary->cells);
    sim_free(summary->failures);
    sim_free(summary->places);
}
