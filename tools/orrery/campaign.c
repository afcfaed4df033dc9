#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/campaign.h"
#include "sim/core/mem.h"
#include "tools/orrery/pool.h"

#include <assert.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { TICK = 100 }; /* ms: how soon a signal is seen and the progress told */

/* A campaign under way. */
struct conduct {
    struct campaign *campaign;
    struct pool *pool;
    uint64_t next, total; /* the next run to be given */
    sigset_t signals;     /* that end it */
    bool terminal;
    sim_time begun, told; /* of the machine's clock */
    size_t done_before;
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

bool campaign_load(struct campaign *campaign)
{
    campaign->cell_count = 1;
    campaign->cells = sim_alloc_array(campaign->cell_count, sizeof(*campaign->cells));
    for (size_t i = 0; i < campaign->cell_count; i++) {
        struct cell *cell = &campaign->cells[i];

        cell->options = *campaign->options;
        cell->scenario = load_scenario(&cell->options);
        if (!cell->scenario)
            return false;
        name_expectations(campaign, cell);
    }
    campaign->name = sim_scenario_plan(campaign->cells[0].scenario)->name;
    return true;
}

void campaign_finish(struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->capacity; i++)
        outcome_destroy(campaign->outcomes[i]);
    for (size_t i = 0; i < campaign->cell_count; i++) {
        sim_scenario_destroy(campaign->cells[i].scenario);
        sim_free(campaign->cells[i].expectations);
    }
    sim_free(campaign->outcomes);
    sim_free(campaign->cells);
    texts_finish(&campaign->texts);
}

uint64_t campaign_seed(const struct campaign *campaign, size_t run)
{
    return campaign->first + run / campaign->cell_count;
}

enum exit_code campaign_code(const struct campaign *campaign)
{
    enum exit_code code = campaign->end == CAMPAIGN_BROKEN ? EXIT_INTERNAL : EXIT_HOLDS;

    for (size_t i = 0; i < campaign->run_count; i++)
        code = worse(code, campaign->outcomes[i]->code);
    return code;
}

char *campaign_repeat(const struct campaign *campaign, const struct outcome *outcome)
{
    return repeat_line(&campaign->cells[outcome->cell].options, outcome->seed);
}

/* -- a worker's side --------------------------------------------------------------------------- */

static void run_task(void *context, uint64_t task, struct bytes *answer)
{
    const struct campaign *campaign = context;
    struct sim_scenario *scenario = campaign->cells[task % campaign->cell_count].scenario;
    struct finished_run run;

    sim_scenario_set_seed(scenario, campaign_seed(campaign, (size_t)task));
    runner_run(&run, scenario, NULL);
    outcome_write(answer, &run);
    runner_finish(&run);
}

/* -- progress ---------------------------------------------------------------------------------- */

static void clear_progress(const struct conduct *conduct)
{
    if (conduct->terminal)
        fputs("\r\033[K", stderr);
}

/* "123 of 1000 done, 3 failed, 45.2 seeds/s, 19s left" */
static void tell_progress(struct conduct *conduct)
{
    const struct campaign *campaign = conduct->campaign;
    sim_time t = now();
    double spent = (double)(t - conduct->begun) / (double)SIM_SECOND;
    double rate;

    if (!conduct->terminal || t - conduct->told < TICK * SIM_MILLISECOND)
        return;
    conduct->told = t;
    rate = (double)(campaign->done - conduct->done_before) / spent;
    fprintf(stderr, "\r%zu of %llu done, %zu failed, %.3g seeds/s", campaign->done,
            (unsigned long long)conduct->total, campaign->failed,
            rate / (double)campaign->cell_count);
    if (rate > 0)
        fprintf(stderr, ", %.0fs left", (double)(conduct->total - campaign->done) / rate);
    fputs("\033[K", stderr);
    fflush(stderr);
}

/* -- the runs ---------------------------------------------------------------------------------- */

static void keep(struct conduct *conduct, uint64_t task, struct outcome *outcome)
{
    struct campaign *campaign = conduct->campaign;

    outcome->cell = (uint32_t)(task % campaign->cell_count);
    outcome->seed = campaign_seed(campaign, (size_t)task);
    assert(campaign->outcomes[task] == NULL);
    campaign->outcomes[task] = outcome;
    campaign->done++;
    campaign->failed += outcome_fails(outcome);
    while (campaign->run_count < campaign->capacity && campaign->outcomes[campaign->run_count])
        campaign->run_count++;
}

static void give(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;

    while (conduct->next < conduct->total && pool_has_room(conduct->pool)) {
        campaign->outcomes = sim_grow(campaign->outcomes, &campaign->capacity,
                                      (size_t)conduct->next + 1, sizeof(struct outcome *));
        pool_give(conduct->pool, conduct->next++);
    }
}

static void take(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;
    struct pool_event event;
    struct outcome *outcome;

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

/* Signals wait, blocked, until they are looked for here: so none comes at a wrong time. */
static bool is_interrupted(const struct conduct *conduct)
{
    sigset_t pending;

    sigpending(&pending);
    for (int i = 1; i <= SIGTERM; i++) {
        if (sigismember(&conduct->signals, i) && sigismember(&pending, i)) {
            sigset_t one;
            int got;

            sigemptyset(&one);
            sigaddset(&one, i);
            sigwait(&one, &got);
            return true;
        }
    }
    return false;
}

static void conduct_runs(struct conduct *conduct)
{
    struct campaign *campaign = conduct->campaign;

    while (campaign->end == CAMPAIGN_WHOLE) {
        give(conduct);
        if (pool_under_way(conduct->pool) == 0)
            break;
        take(conduct);
        if (campaign->end == CAMPAIGN_WHOLE && is_interrupted(conduct))
            campaign->end = CAMPAIGN_INTERRUPTED;
        tell_progress(conduct);
    }
}

void campaign_run(struct campaign *campaign)
{
    struct conduct conduct = {
        .campaign = campaign,
        .total = (campaign->last - campaign->first + 1) * campaign->cell_count,
        .terminal = isatty(fileno(stderr)) != 0,
        .begun = now(),
    };
    const struct pool_work work = { run_task, campaign };
    sigset_t before;

    sigemptyset(&conduct.signals);
    sigaddset(&conduct.signals, SIGINT);
    sigaddset(&conduct.signals, SIGTERM);
    sigaddset(&conduct.signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &conduct.signals, &before);
    conduct.pool = pool_create(
        campaign->jobs < conduct.total ? campaign->jobs : (unsigned)conduct.total, &work);
    conduct_runs(&conduct);
    pool_destroy(conduct.pool);
    sigprocmask(SIG_SETMASK, &before, NULL);
    clear_progress(&conduct);
    campaign->run_count -= campaign->run_count % campaign->cell_count;
}
