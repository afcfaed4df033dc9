/* running.c - see running.h. */
#define _POSIX_C_SOURCE 200809L

#include "tests/fuzz/running.h"
#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"
#include "sim/world/draw.h"
#include "sim/world/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKERS_MAX = 100, NODES_MAX = 60 };

static struct sim_scenario *load(const char *text, size_t length)
{
    static const char *const sets[] = { "limits.events=3000", "limits.events_per_instant=1000",
                                        NULL };
    const struct sim_document_options options = { .sets = sets };
    const struct sim_described *checkers[CHECKERS_MAX + 1] = { NULL };
    const struct sim_catalogue catalogue = { sim_models(), checkers, sim_filters() };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario;

    for (size_t i = 0; sim_checkers()[i] != NULL; i++) {
        assert(i < CHECKERS_MAX);
        checkers[i] = &sim_checkers()[i]->about;
    }
    scenario = sim_scenario_parse(&catalogue, "input.yaml", text, length, &options, diagnostics);
    sim_diagnostics_destroy(diagnostics);
    return scenario;
}

static bool is_small(const struct sim_plan *plan)
{
    uint64_t nodes = 0;

    for (uint32_t g = 0; g < plan->group_count; g++)
        nodes += plan->groups[g].count;
    return nodes <= NODES_MAX;
}

static void judge(const struct sim_scenario *scenario, const struct sim_recorder *recorder,
                  const struct sim_world *world)
{
    const struct sim_evidence evidence = { .plan = sim_recorder_plan(recorder),
                                           .recorder = recorder,
                                           .ended = sim_world_time(world),
                                           .limit = sim_world_limit(world),
                                           .world = world };
    const struct sim_expectation *expectations;
    size_t count;

    expectations = sim_scenario_expectations(scenario, &count);
    for (size_t i = 0; i < count; i++) {
        const struct sim_checker *checker =
            (const struct sim_checker *)(const void *)expectations[i].checker;
        struct sim_verdict verdict;

        memset(&verdict, 'x', sizeof(verdict));
        sim_checker_judge(checker, &evidence, expectations[i].params, expectations[i].is_violated,
                          &verdict);
        assert(strnlen(verdict.text, SIM_VERDICT_TEXT) < SIM_VERDICT_TEXT);
        assert(verdict.text[0] != '\0');
        assert(expectations[i].text[0] != '\0');
    }
}

static struct sim_digest run(const struct sim_scenario *scenario)
{
    struct sim_plan *plan = sim_plan_draw(sim_scenario_plan(scenario));
    struct sim_recorder *recorder = sim_recorder_create(plan, NULL);
    struct sim_world *world = sim_world_create(plan, sim_recorder_observer(recorder));
    struct sim_digest digest;

    sim_world_run(world);
    assert(sim_world_time(world) <= plan->duration);
    sim_recorder_end(recorder, sim_world_time(world));
    digest = sim_world_digest(world);
    judge(scenario, recorder, world);
    sim_world_destroy(world);
    sim_recorder_destroy(recorder);
    sim_drawn_destroy(plan);
    return digest;
}

static void check_repeats(const struct sim_scenario *scenario)
{
    char once[SIM_DIGEST_TEXT], again[SIM_DIGEST_TEXT];
    struct sim_digest digest = run(scenario);

    sim_digest_text(once, &digest);
    digest = run(scenario);
    sim_digest_text(again, &digest);
    assert(strcmp(once, again) == 0);
}

bool run_text(const char *text, size_t length)
{
    /* A copy of its very size: a read beyond its end is seen. */
    char *copy = malloc(length > 0 ? length : 1);
    struct sim_scenario *scenario;
    bool taken;

    assert(copy != NULL);
    memcpy(copy, text, length);
    scenario = load(copy, length);
    taken = scenario != NULL;
    if (taken && is_small(sim_scenario_plan(scenario)))
        check_repeats(scenario);
    sim_scenario_destroy(scenario);
    free(copy);
    return taken;
}
