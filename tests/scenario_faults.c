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

static void write_path(const struct sim_fault_kind *kind, char *path, size_t size)
{
    const char *root = getenv("ORRERY_ROOT");
    char name[64];

    snprintf(name, sizeof(name), "%s", kind->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    snprintf(path, size, "%s/scenarios/faults/%s.yaml", root == NULL ? "." : root, name);
}

/* How many faults of its kind the scenario of KIND has. */
static uint32_t count_faults(const struct sim_fault_kind *kind, bool fails_with)
{
    const struct sim_described *checkers[CHECKERS_MAX] = { NULL };
    const struct sim_catalogue catalogue = { sim_models(), checkers, sim_filters() };
    struct sim_document_options options = { .fails_with = fails_with };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    char path[4096];
    uint32_t count, of = 0;

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        checkers[i] = &sim_checkers()[i]->about;
    write_path(kind, path, sizeof(path));
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

/* Whether what makes the scenario of KIND fail is about its faults: tests/scenarios.py sees that it
 * fails. */
static bool changes_faults(const struct sim_fault_kind *kind)
{
    char path[4096], line[4096];
    bool reached = false, found = false;

    write_path(kind, path, sizeof(path));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        reached = reached || strncmp(line, "fails_with:", strlen("fails_with:")) == 0;
        found = found || (reached && strstr(line, "faults") != NULL);
    }
    fclose(file);
    return found;
}

START_TEST(every_kind_has_a_scenario_that_fails_without_it)
{
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        ck_assert_msg(count_faults(*kind, false) > 0, "the scenario of '%s' has none",
                      (*kind)->name);
        ck_assert_msg(count_faults(*kind, true) == 0 || changes_faults(*kind),
                      "'%s': fails_with leaves its faults as they are", (*kind)->name);
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
