/* check_violation.c - which checkers a scenario may expect to be violated: those that need to be
 * told no more than whose operations to judge. How verdicts are turned round stands in
 * check_invariants.c. */
#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct refusal {
    const char *name;
    uint32_t clients;
    const char *blamed, *text;
};

static const struct refusal refusals[] = {
    { "election-safety", SIM_NO_GROUP, NULL, "" },
    { "invariants", SIM_NO_GROUP, NULL, "" },
    { "invariants", 0, NULL, "" },
    { "election-safety", 0, "clients", "is for checkers, and 'election-safety' is none" },
    { "recovers", 0, "name", "recovers cannot be judged here: it needs 'after'" },
    { "recovers", SIM_NO_GROUP, "name", "recovers cannot be judged here: it needs 'clients'" },
    { "latency", 0, "name", "latency cannot be judged here: no bound is given" },
    { "violation", 0, "clients", "is for checkers, and 'violation' is none" },
};

START_TEST(what_may_be_named)
{
    const struct refusal *refusal = &refusals[_i];
    const struct sim_checker *checker = checker_named("violation");
    void *params = params_create(checker);
    char text[160] = "";
    const char *blamed;

    params_text(params, checker, "name", refusal->name);
    params_group(params, checker, "clients", refusal->clients);
    blamed = checker->about.check(params, text);
    ck_assert_pstr_eq(blamed, refusal->blamed);
    ck_assert_msg(strncmp(text, refusal->text, strlen(refusal->text)) == 0, "%s", text);
    free(params);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("violation");
    TCase *names = tcase_create("names");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(names, what_may_be_named, 0, sizeof refusals / sizeof refusals[0]);
    suite_add_tcase(suite, names);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
