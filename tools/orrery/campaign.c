#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/campaign.h"
#include "sim/core/mem.h"
#include "tools/orrery/database.h"
#include "tools/orrery/fleet.h"
#include "tools/orrery/interrupt.h"
#include "tools/orrery/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

const char *const campaign_end_names[] = {
    [CAMPAIGN_WHOLE] = "whole",   [CAMPAIGN_FAILURE] = "failure",
    [CAMPAIGN_TIME] = "time",     [CAMPAIGN_INTERRUPTED] = "interrupted",
    [CAMPAIGN_BROKEN] = "broken", [CAMPAIGN_UNSTORED] = "unstored",
};

enum { TICK = 100 }; /* ms: how soon a signal is seen and the progress told */

/* A campaign under way. */
struct conduct {
    struct campaign *campaign;
    struct pool *pool;
    uint64_t next, total; /* the next run to be given, and behind the last */
    bool terminal;
    sim_time begun, told; /* of the machine's clock */
    size_t done_before;
    bool found; /* what --until-failure looks for; TOTAL is behind its seed */
};

static sim_time now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (sim_time)t.tv_sec * SIM_SECOND + t.tv_nsec;
}

static void name_expectations(struct campaign *campaign, struct cell *cell)
{
    const struct sim_expectation *expectations =
        sim_scenario_expectations(cell->scenario, &cell->expectation_count);

    cell->expectations = sim_alloc_array(cell->expectation_count, sizeof(*cell->expectations));
    for (size_t i = 0; i < cell->expectation_count; i++)
        cell->expectations[i] = texts_keep(&campaign->texts, expectations[i].text);
}

static void name_variant(struct cell *cell, const char *variant)
{
    char *set = cell->name;

    cell->options.variant = variant;
    cell->name = sim_format("%s%s%s", variant ? variant : "base", set ? ", " : "", set ? set : "");
    sim_free(set);
}

/* The campaign's options, with what the matrix sets behind what --set does. */
static void set_cell(struct campaign *campaign, struct cell *cell, size_t index)
{
    const struct matrix *matrix = &campaign->matrix;
    const size_t variant = index / matrix->cell_count;
    size_t sets = campaign->options->set_count;
    char time[SIM_TIME_TEXT];

    cell->options = *campaign->options;
    cell->options.set_count = sets + matrix->axis_count;
    cell->options.sets = sim_alloc_array(cell->options.set_count + 1, sizeof(char *));
    for (size_t i = 0; i < sets; i++)
        cell->options.sets[i] = campaign->options->sets[i];
    for (size_t i = 0; i < matrix->axis_count; i++)
        cell->options.sets[sets + i] = matrix_set(matrix, index % matrix->cell_count, i);
    cell->name = matrix_name(matrix, index % matrix->cell_count);
    if (variant < campaign->variant_count)
        name_variant(cell, campaign->variants[variant]);
    if (campaign->scan.count > 0) {
        cell->options.has_branch_at = true;
        cell->options.branch_at = campaign->scan.from + (sim_time)index * campaign->scan.step;
        cell->name = sim_format("branch-at=%s", sim_time_text(time, cell->options.branch_at));
    }
    cell->options.has_branch_seed = cell->options.has_branch_at; /* which changes from run to run */
}

bool campaign_load(struct campaign *campaign)
{
    const struct options *options = campaign->options;

    campaign->path = options->path;
    if (!matrix_read(&campaign->matrix, options->matrix, options->matrix_count))
        return false;
    const size_t variants = campaign->variant_count > 0 ? campaign->variant_count : 1;
    const size_t count =
        campaign->scan.count > 0 ? campaign->scan.count : variants * campaign->matrix.cell_count;

    campaign->cells = sim_alloc_array(count, sizeof(*campaign->cells));
    while (campaign->cell_count < count) {
        struct cell *cell = &campaign->cells[campaign->cell_count];

        set_cell(campaign, cell, campaign->cell_count++);
        cell->scenario = load_scenario(&cell->options);
        if (!cell->scenario && cell->name)
            fprintf(stderr, "orrery: this is of %s '%s'%s\n",
                    campaign->variant_count > 0 ? "the variant" : "the cell", cell->name,
                    campaign->variant_count > 0 ? ""
                    : campaign->scan.count > 0  ? " of --branch-scan"
                                                : " of --matrix");
        if (!cell->scenario)
            return false;
        cell->options.seed = sim_scenario_plan(cell->scenario)->seed;
        name_expectations(campaign, cell);
    }
    campaign->name = sim_scenario_plan(campaign->cells[0].scenario)->name;
    return true;
}

void campaign_borrow(struct campaign *campaign, struct sim_scenario *scenario)
{
    struct cell *cell;

    campaign->path = campaign->options->path;
    campaign->name = sim_scenario_plan(scenario)->name;
    matrix_read(&campaign->matrix, NULL, 0);
    campaign->cells = sim_alloc_array(1, sizeof(*campaign->cells));
    cell = &campaign->cells[campaign->cell_count];
    set_cell(campaign, cell, campaign->cell_count++);
    cell->scenario = scenario;
    cell->borrowed = true;
    name_expectations(campaign, cell);
}

void campaign_finish(struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->capacity; i++)
        outcome_destroy(campaign->outcomes[i]);
    for (size_t i = 0; i < campaign->cell_count; i++) {
        struct cell *cell = &campaign->cells[i];

        if (!cell->borrowed)
            sim_scenario_destroy(cell->scenario);
        sim_free(cell->expectations);
        sim_free(cell->options.sets);
        if (cell->options.overlays != campaign->options->overlays) /* from a database */
            sim_free(cell->options.overlays);
        sim_free(cell->name);
    }
    sim_free(campaign->outcomes);
    sim_free(campaign->cells);
    matrix_finish(&campaign->matrix);
    texts_finish(&campaign->texts);
}

bool campaign_branches(const struct campaign *campaign)
{
    return campaign->cell_count > 0 && campaign->cells[0].options.has_branch_at;
}

uint64_t campaign_total(const struct campaign *campaign)
{
    uint64_t shards = campaign->shards > 0 ? campaign->shards : 1;
    uint64_t skipped = campaign->shards > 0 ? campaign->shard - 1 : 0;
    uint64_t span = campaign->last - campaign->first;

    return span < skipped ? 0 : ((span - skipped) / shards + 1) * campaign->cell_count;
}

uint64_t campaign_seed(const struct campaign *campaign, size_t run)
{
    uint64_t nth = run / campaign->cell_count;

    return campaign->first +
           (campaign->shards > 0 ? campaign->shard - 1 + nth * campaign->shards : nth);
}

size_t campaign_find(const struct campaign *campaign, uint64_t cell, uint64_t seed)
{
    uint64_t shards = campaign->shards > 0 ? campaign->shards : 1, nth;

    if (seed < campaign->first || seed > campaign->last || cell >= campaign->cell_count)
        return SIZE_MAX;
    nth = seed - campaign->first;
    if (campaign->shards > 0 && nth % shards != campaign->shard - 1)
        return SIZE_MAX;
    return (size_t)(nth / shards * campaign->cell_count + cell);
}

void campaign_place(struct campaign *campaign, size_t run, struct outcome *outcome)
{
    campaign->outcomes =
        sim_grow(campaign->outcomes, &campaign->capacity, run + 1, sizeof(struct outcome *));
    assert(campaign->outcomes[run] == NULL);
    outcome->cell = (uint32_t)(run % campaign->cell_count);
    outcome->seed = campaign_seed(campaign, run);
    campaign->outcomes[run] = outcome;
    campaign->done++;
    while (campaign->run_count < campaign->capacity && campaign->outcomes[campaign->run_count])
        campaign->run_count++;
}

enum exit_code campaign_code(const struct campaign *campaign)
{
    enum exit_code code = campaign->end == CAMPAIGN_BROKEN     ? EXIT_INTERNAL
                          : campaign->end == CAMPAIGN_UNSTORED ? EXIT_USAGE
                                                               : EXIT_HOLDS;

    for (size_t i = 0; i < campaign->run_count; i++)
        code = worse(code, campaign->outcomes[i]->code);
    return code;
}

char *campaign_repeat(const struct campaign *campaign, const struct outcome *outcome)
{
    struct options options = campaign->cells[outcome->cell].options;

    options.branch_seed = outcome->seed;
    return repeat_line(&options, options.has_branch_at ? options.seed : outcome->seed);
}

/* -- a worker's side --------------------------------------------------------------------------- */

/* Whom a run under way asks: MEASURING, with the memory of this run. */
struct asked_run {
    const struct measuring *measuring;
    void *memory;
};

static void ask(void *context, const struct sim_evidence *evidence)
{
    const struct asked_run *asked = context;

    asked->measuring->ask(asked->measuring->context, evidence, asked->memory);
}

static void run_measured(const struct measuring *measuring, const struct sim_scenario *scenario,
                         struct bytes *answer)
{
    struct asked_run asked = { measuring, sim_alloc(measuring->memory) };
    const struct asking asking = { measuring->every > 0 ? ask : NULL, &asked, measuring->every };
    double *measures = sim_alloc_array(measuring->count, sizeof(*measures));
    struct finished_run run;

    runner_run_asked(&run, scenario, KEEP_STRUCK, &asking);
    measuring->measure(measuring->context, &run, asked.memory, measures);
    outcome_write(answer, &run, measures, measuring->count);
    sim_free(measures);
    sim_free(asked.memory);
    runner_finish(&run);
}

static void run_task(void *context, uint64_t task, struct bytes *answer)
{
    const struct campaign *campaign = context;
    const struct cell *cell = &campaign->cells[task % campaign->cell_count];
    const uint64_t seed = campaign_seed(campaign, (size_t)task);
    struct sim_scenario *scenario = cell->scenario;
    struct finished_run run;

    if (cell->options.has_branch_at)
        sim_scenario_set_branch(scenario, cell->options.branch_at, seed);
    else
        sim_scenario_set_seed(scenario, seed);
    if (campaign->measuring.count > 0) {
        run_measured(&campaign->measuring, scenario, answer);
        return;
    }
    runner_run(&run, scenario, NULL);
    outcome_write(answer, &run, NULL, 0);
    runner_finish(&run);
}

/* -- progress ---------------------------------------------------------------------------------- */

static void clear_progress(const struct conduct *conduct)
{
    if (conduct->terminal)
        fputs("\r\033[K", stderr);
}

/* "123 of 1000 done, 3 failed, 45.2 seeds/s, 19s left"; of a campaign without an end what its
 * budget leaves. */
static void tell_progress(struct conduct *conduct)
{
    const struct campaign *campaign = conduct->campaign;
    sim_time t = now();
    double spent = (double)(t - conduct->begun) / (double)SIM_SECOND, rate, left = -1;

    if (!conduct->terminal || t - conduct->told < TICK * SIM_MILLISECOND)
        return;
    conduct->told = t;
    rate = (double)(campaign->done - conduct->done_before) / spent;
    if (rate > 0 && !campaign->open)
        left = (double)(conduct->total - campaign->done) / rate;
    if (campaign->budget > 0 && (left < 0 || left > (double)campaign->budget / 1e9 - spent))
        left = (double)campaign->budget / 1e9 - spent;
    fprintf(stderr, "\r%zu", campaign->done);
    if (!campaign->open)
        fprintf(stderr, " of %llu", (unsigned long long)conduct->total);
    fprintf(stderr, " done, %zu failed, %.3g seeds/s", campaign->failed,
            rate / (double)campaign->cell_count);
    if (left >= 0)
        fprintf(stderr, ", %.0fs left", left);
    fputs("\033[K", stderr);
    fflush(stderr);
}

/* -- the runs ---------------------------------------------------------------------------------- */

/* With --until-failure, nothing behind the seed of a failing run is wanted. */
static void note_failure(struct conduct *conduct, uint64_t task)
{
    struct campaign *campaign = conduct->campaign;
    uint64_t behind = (task / campaign->cell_count + 1) * campaign->cell_count;

    if (!outcome_fails(campaign->outcomes[task]))
        return;
    campaign->failed++;
    if (campaign->until_failure && behind <= conduct->total) {
        conduct->total = behind;
        conduct->found = true;
    }
}

static void keep(struct conduct *conduct, uint64_t task, struct outcome *outcome)
{
    struct campaign *campaign = conduct->campaign;

    campaign_place(campaign, (size_t)task, outcome);
    note_failure(conduct, task);
    if (!database_add(campaign->database, outcome))
        campaign->end = CAMPAIGN_UNSTORED;
}

static bool is_over(const struct conduct *conduct)
{
    return conduct->campaign->budget > 0 && now() - conduct->begun >= conduct->campaign->budget;
}

/* In a sweep before this, of which the database knows. */
static bool is_done(const struct campaign *campaign, uint64_t task)
{
    return task < campaign->capacity && campaign->outcomes[task];
}

static bool has_room(const struct conduct *conduct)
{
    struct fleet *fleet = conduct->campaign->fleet;

    return fleet ? fleet_has_room(fleet, conduct->total - conduct->next)
                 : pool_has_room(conduct->pool);
}

static size_t under_way(const struct conduct *conduct)
{
    const struct fleet *fleet = conduct->campaign->fleet;

    return fleet ? fleet_under_way(fleet) : pool_under_way(conduct->pool);
}

static void give(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;

    if (is_over(conduct))
        return;
    for (; conduct->next < conduct->total; conduct->next++) {
        if (is_done(campaign, conduct->next))
            continue;
        if (!has_room(conduct))
            break;
        if (campaign->fleet)
            fleet_give(campaign->fleet, conduct->next);
        else
            pool_give(conduct->pool, conduct->next);
    }
}

static void take(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;
    struct pool_event event;
    struct outcome *outcome;

    if (campaign->fleet)
        fleet_next(campaign->fleet, TICK, &event);
    else
        pool_next(conduct->pool, TICK, &event);
    switch (event.news) {
    case POOL_ANSWER:
        outcome = outcome_read(&event.answer, &campaign->texts);
        assert(outcome);
        keep(conduct, event.task, outcome);
        break;
    case POOL_DEATH:
        keep(conduct, event.task, outcome_of_death(event.death, &campaign->texts));
        break;
    case POOL_BROKEN:
        clear_progress(conduct);
        fprintf(stderr, "orrery: %s\n", event.death);
        campaign->end = CAMPAIGN_BROKEN;
        break;
    case POOL_NOTHING:
        break;
    }
}

static void conduct_runs(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;

    while (campaign->end == CAMPAIGN_WHOLE && campaign->run_count < conduct->total) {
        give(conduct);
        if (under_way(conduct) == 0) { /* and none is given: the time is over */
            campaign->end = CAMPAIGN_TIME;
            break;
        }
        take(conduct);
        if (campaign->end == CAMPAIGN_WHOLE && interrupt_came())
            campaign->end = CAMPAIGN_INTERRUPTED;
        tell_progress(conduct);
    }
    if (campaign->run_count >= conduct->total) { /* some behind it may be done, too */
        campaign->run_count = (size_t)conduct->total;
        if (conduct->found)
            campaign->end = CAMPAIGN_FAILURE;
    }
    campaign->run_count -= campaign->run_count % campaign->cell_count;
}

void campaign_run(struct campaign *campaign)
{
    struct conduct conduct = {
        .campaign = campaign,
        .total = campaign_total(campaign),
        .terminal = isatty(fileno(stderr)) != 0,
        .begun = now(),
        .done_before = campaign->done,
    };
    const struct pool_work work = { run_task, campaign };
    struct interrupt interrupt;

    if (conduct.total == 0)
        return;
    for (size_t i = 0; i < campaign->capacity; i++) {
        if (is_done(campaign, i))
            note_failure(&conduct, i);
    }
    interrupt_begin(&interrupt);
    if (!campaign->fleet)
        conduct.pool = pool_create(
            campaign->jobs < conduct.total ? campaign->jobs : (unsigned)conduct.total, &work);
    conduct_runs(&conduct);
    if (!campaign->fleet) /* which is dismissed when everything is told: time may be short */
        pool_destroy(conduct.pool);
    interrupt_end(&interrupt);
    clear_progress(&conduct);
}

void campaign_serve(struct campaign *campaign, bool loaded)
{
    const struct pool_work work = { run_task, campaign };
    struct pool *pool = loaded ? pool_create(campaign->jobs, &work) : NULL;

    fleet_report(campaign->fleet, loaded ? campaign_identity(campaign) : 0, campaign->jobs);
    fleet_serve(campaign->fleet, pool);
    if (pool)
        pool_destroy(pool);
}

/* The scenario as it is run, where it branches, and the version: digests belong to one. */
uint64_t campaign_identity(const struct campaign *campaign)
{
    uint64_t hash = sim_hash_text(ORRERY_VERSION);

    for (size_t i = 0; i < campaign->cell_count; i++) {
        const struct options *options = &campaign->cells[i].options;
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        assert(file);
        sim_scenario_print_effective(campaign->cells[i].scenario, file);
        fprintf(file, "%d %lld", options->has_branch_at, (long long)options->branch_at);
        fclose(file);
        hash = sim_mix(hash, sim_hash_text(text));
        free(text); /* the stream's */
    }
    hash = sim_mix(hash, campaign->first);
    hash = sim_mix(hash, sim_mix(campaign->shard, campaign->shards));
    return hash != 0 ? hash : 1;
}
