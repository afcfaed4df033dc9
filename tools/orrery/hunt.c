#include "tools/orrery/hunt.h"
#include "sim/core/mem.h"
#include "tools/orrery/pool.h"

#include <inttypes.h>

enum { TICK = 1000 }; /* ms; nothing depends on it */

/* Task 2n is the exhibit under the n-th seed, 2n + 1 its twin. */
static uint64_t seed_of(const struct hunt *hunt, uint64_t task)
{
    return hunt->first + task / 2;
}

static bool is_twin(uint64_t task)
{
    return task % 2 == 1;
}

/* Something is wrong with the system, whatever the scenario expects. */
static bool is_broken(const struct finished_run *run)
{
    bool broken = run->end == SIM_END_VIOLATED;

    for (size_t i = 0; i < run->judged_count; i++)
        broken =
            broken || run->judged[i].verdict.culprit_count > 0 ||
            (run->judged[i].expectation->is_violated && run->judged[i].verdict.status == SIM_HOLDS);
    return broken;
}

/* What the scenario expects to be violated has to hold without the mistake: to be undecided is not
 * enough. */
static bool is_clean(const struct finished_run *run)
{
    for (size_t i = 0; i < run->judged_count; i++)
        if (run->judged[i].expectation->is_violated && run->judged[i].verdict.status != SIM_BROKEN)
            return false;
    return !is_broken(run);
}

static void run_task(void *context, uint64_t task, struct bytes *answer)
{
    const struct hunt *hunt = context;
    struct sim_scenario *scenario = is_twin(task) ? hunt->twin : hunt->exhibit;
    struct finished_run run;

    sim_scenario_set_seed(scenario, seed_of(hunt, task));
    runner_run(&run, scenario, NULL);
    if (is_twin(task))
        bytes_put_number(answer, !is_clean(&run));
    else
        bytes_put_number(answer, is_broken(&run) && run.code == EXIT_HOLDS);
    runner_finish(&run);
}

/* Answers come in any order. */
static void count(uint64_t *times, uint64_t *first, uint64_t seed)
{
    if ((*times)++ == 0 || seed < *first)
        *first = seed;
}

/* False: no worker could be started. */
static bool take(struct hunt *hunt, struct pool *pool)
{
    struct pool_event event;

    pool_next(pool, TICK, &event);
    switch (event.news) {
    case POOL_ANSWER:
        if (bytes_number(&event.answer) == 0)
            break;
        if (is_twin(event.task))
            count(&hunt->alarms, &hunt->first_alarm, seed_of(hunt, event.task));
        else
            count(&hunt->caught, &hunt->first_caught, seed_of(hunt, event.task));
        break;
    case POOL_DEATH:
        hunt->deaths++;
        fprintf(stderr, "orrery: seed %" PRIu64 "%s died: %s\n", seed_of(hunt, event.task),
                is_twin(event.task) ? " of the twin" : "", event.death);
        break;
    case POOL_BROKEN:
        fprintf(stderr, "orrery: %s\n", event.death);
        return false;
    case POOL_NOTHING:
        break;
    }
    return true;
}

bool hunt_run(struct hunt *hunt)
{
    const struct pool_work work = { run_task, hunt };
    const uint64_t total = (hunt->last - hunt->first + 1) * 2;
    struct pool *pool = pool_create(hunt->jobs < total ? hunt->jobs : (unsigned)total, &work);
    uint64_t next = 0;
    bool good = true;

    while (good && (next < total || pool_under_way(pool) > 0)) {
        while (next < total && pool_has_room(pool))
            pool_give(pool, next++);
        good = take(hunt, pool);
    }
    pool_destroy(pool);
    return good;
}
