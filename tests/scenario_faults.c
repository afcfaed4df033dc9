/* scenario_faults.c - every kind of fault has a scenario of its own, scenarios/faults/<kind>.yaml,
 * that shows what it does: it has a fault of that kind, and what makes it fail is that no fault is
 * left. */
#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"
#include "sim/world/fault_kind.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKERS_MAX = 100 };

/* How many faults of its kind the scenario of KIND has. */
static uint32_t count_faults(const struct sim_fault_kind *kind, bool fails_with)
{
    const struct sim_described *checkers[CHECKERS_MAX] = { NULL };
    const struct sim_catalogue catalogue = { sim_models(), checkers };
    const char *root = getenv("ORRERY_ROOT");
    struct sim_document_options options = { .fails_with = fails_with };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    char path[4096], name[64];
    uint32_t count, of = 0;

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        checkers[i] = &sim_checkers()[i]->about;
    snprintf(name, sizeof(name), "%s", kind->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    snprintf(path, sizeof(path), "%s/scenarios/faults/%s.yaml", root == NULL ? "." : root, name);
    options.path = path;
    struct sim_scenario *scenario = sim_scenario_load(&catalogue, &options, diagnostics);
    if (scenario == NULL)
        sim_diagnostics_print(diagnostics, stderr, false);
    ck_assert_msg(scenario != NULL, "%s cannot be loaded", path);
    ck_assert_msg(sim_scenario_has_fails_with(scenario), "%s cannot fail", path);
    count = sim_scenario_plan(scenario)->fault_count;
    for (uint32_t i = 0; i < count; i++)
        of += sim_scenario_plan(scenario)->faults[i].kind == kind;
    sim_scenario_destroy(scenario);
    sim_diagnostics_destroy(diagnostics);
    return of;
}

START_TEST(every_kind_has_a_scenario_that_fails_without_it)
{
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        ck_assert_msg(count_faults(*kind, false) > 0, "the scenario of '%s' has none",
                      (*kind)->name);
        ck_assert_msg(count_faults(*kind, true) == 0, "'%s': fails_with leaves some",
                      (*kind)->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios of faults");
    TCase *tests = tcase_create("faults");

    tcase_add_test(tests, every_kind_has_a_scenario_that_fails_without_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
