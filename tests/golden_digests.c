/* Runs what tests/golden/digests.txt names within one program: the digests are those of last time,
 * expectations hold as a scenario is written, and some are violated under its `fails_with`.
 *
 * The scripts test the same through the command, for every build; this is the quick answer. */
#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"
#include "sim/world/draw.h"
#include "sim/world/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 1000, CHECKERS_MAX = 100 };

struct line {
    char path[400], digest[100];
    unsigned long long seed;
    bool first; /* of its scenario */
};

static struct line lines[LINES_MAX];
static int line_count;

static const char *root_folder(void)
{
    const char *root = getenv("ORRERY_ROOT");

    return root == NULL ? "." : root;
}

static void read_lines(void)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/tests/golden/digests.txt", root_folder());
    file = fopen(path, "r");
    if (file == NULL)
        return;
    while (line_count < LINES_MAX &&
           fscanf(file, "%399s %llu %99s", lines[line_count].path, &lines[line_count].seed,
                  lines[line_count].digest) == 3) {
        lines[line_count].first =
            line_count == 0 || strcmp(lines[line_count].path, lines[line_count - 1].path) != 0;
        line_count++;
    }
    fclose(file);
}

static struct sim_scenario *load(const struct line *line, bool fails_with)
{
    const struct sim_described *checkers[CHECKERS_MAX] = { NULL };
    struct sim_catalogue catalogue = { sim_models(), checkers, sim_filters() };
    struct sim_document_options options = { .fails_with = fails_with };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario;
    char path[8192];

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        checkers[i] = &sim_checkers()[i]->about;
    snprintf(path, sizeof(path), "%s/%s", root_folder(), line->path);
    options.path = path;
    scenario = sim_scenario_load(&catalogue, &options, diagnostics);
    if (scenario == NULL)
        sim_diagnostics_print(diagnostics, stderr, false);
    ck_assert_msg(scenario != NULL, "%s is refused", line->path);
    sim_diagnostics_destroy(diagnostics);
    return scenario;
}

struct outcome {
    char digest[SIM_DIGEST_TEXT];
    size_t judged, held;
    char last[SIM_VERDICT_TEXT + 100]; /* the last one that does not hold */
};

static void judge(struct outcome *outcome, const struct sim_scenario *scenario,
                  const struct sim_evidence *evidence)
{
    const struct sim_expectation *expectations =
        sim_scenario_expectations(scenario, &outcome->judged);

    for (size_t i = 0; i < outcome->judged; i++) {
        const struct sim_checker *checker =
            (const struct sim_checker *)(const void *)expectations[i].checker;
        struct sim_verdict verdict;

        sim_checker_judge(checker, evidence, expectations[i].params, expectations[i].is_violated,
                          &verdict);
        if (verdict.status == SIM_HOLDS)
            outcome->held++;
        else
            snprintf(outcome->last, sizeof(outcome->last), "%s: %s", checker->about.name,
                     verdict.text);
    }
}

static struct outcome run(struct sim_scenario *scenario)
{
    struct sim_plan *plan = sim_plan_draw(sim_scenario_plan(scenario));
    struct sim_recorder *recorder = sim_recorder_create(plan, NULL);
    struct sim_world *world = sim_world_create(plan, sim_recorder_observer(recorder));
    struct outcome outcome = { .judged = 0 };
    struct sim_digest digest;

    sim_world_run(world);
    sim_recorder_end(recorder, sim_world_time(world));
    digest = sim_world_digest(world);
    sim_digest_text(outcome.digest, &digest);
    judge(&outcome, scenario,
          &(struct sim_evidence){ .plan = plan,
                                  .recorder = recorder,
                                  .ended = sim_world_time(world),
                                  .limit = sim_world_limit(world),
                                  .world = world });
    sim_world_destroy(world);
    sim_recorder_destroy(recorder);
    sim_drawn_destroy(plan);
    return outcome;
}

START_TEST(test_digest_is_that_of_last_time)
{
    struct sim_scenario *scenario = load(&lines[_i], false);
    struct outcome outcome;

    sim_scenario_set_seed(scenario, lines[_i].seed);
    outcome = run(scenario);
    ck_assert_msg(strcmp(outcome.digest, lines[_i].digest) == 0, "%s, seed %llu: %s instead of %s",
                  lines[_i].path, lines[_i].seed, outcome.digest, lines[_i].digest);
    sim_scenario_destroy(scenario);
}
END_TEST

/* What speaks of many seeds cannot be judged by one run: tests/scenarios.py judges it. */
static bool speaks_of_seeds(const struct sim_scenario *scenario)
{
    const struct sim_expectation *expectations;
    size_t count;

    expectations = sim_scenario_expectations(scenario, &count);
    for (size_t i = 0; i < count; i++)
        if (expectations[i].over != NULL)
            return true;
    return false;
}

/* With the seed of the scenario itself. */
START_TEST(test_expectations_hold_and_can_fail)
{
    if (lines[_i].first) {
        struct sim_scenario *scenario = load(&lines[_i], false), *failing;
        struct outcome outcome = run(scenario);

        ck_assert_msg(outcome.held == outcome.judged, "%s: %s", lines[_i].path, outcome.last);
        if (sim_scenario_has_fails_with(scenario) && !speaks_of_seeds(scenario)) {
            failing = load(&lines[_i], true);
            outcome = run(failing);
            ck_assert_msg(outcome.held < outcome.judged, "%s holds under its fails_with",
                          lines[_i].path);
            sim_scenario_destroy(failing);
        }
        sim_scenario_destroy(scenario);
    }
}
END_TEST

START_TEST(test_there_are_lines)
{
    ck_assert_int_ge(line_count, 20);
    ck_assert_int_lt(line_count, LINES_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("golden digests");
    TCase *tcase = tcase_create("scenarios");
    SRunner *runner;
    int failed;

    read_lines();
    tcase_add_test(tcase, test_there_are_lines);
    tcase_add_loop_test(tcase, test_digest_is_that_of_last_time, 0, line_count);
    tcase_add_loop_test(tcase, test_expectations_hold_and_can_fail, 0, line_count);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
