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
    { "invariants", 0, "name",
      "invariants cannot be judged here: the model of 'app' (client) has no invariant" },
    { "election-safety", 0, "clients", "is for checkers, and 'election-safety' is none" },
    { "recovers", 0, "name", "recovers cannot be judged here: it needs 'after'" },
    { "recovers", SIM_NO_GROUP, "name", "recovers cannot be judged here: it needs 'clients'" },
    { "latency", 0, "name", "latency cannot be judged here: no bound is given" },
    { "violation", 0, "clients", "is for checkers, and 'violation' is none" },
    { "invariants", 1, NULL, "" },
    { "log-matching", SIM_NO_GROUP, NULL, "" },
    { "election-safty", SIM_NO_GROUP, "name",
      "no invariant or checker is called so; invariants here: election-safety log-matching" },
    { "", SIM_NO_GROUP, "name", "no invariant or checker is called so" },
    { "linearizable", 0, NULL, "" },
    { "linearizable", 1, "name",
      "linearizable cannot be judged here: 'store' is no group of clients" },
};

START_TEST(what_may_be_named)
{
    const struct refusal *refusal = &refusals[_i];
    const struct sim_checker *checker = checker_named("violation");
    void *params = params_create(checker);
    char text[160] = "";
    struct bench bench;
    const char *blamed;

    bench_init(&bench);
    bench.store.invariant.names[0] = "election-safety";
    bench.store.invariant.names[1] = "log-matching";
    params_text(params, checker, "name", refusal->name);
    params_group(params, checker, "clients", refusal->clients);
    blamed = checker->about.check(params, &bench.plan, text);
    ck_assert_pstr_eq(blamed, refusal->blamed);
    ck_assert_msg(strncmp(text, refusal->text, strlen(refusal->text)) == 0, "%s", text);
    free(params);
    bench_finish(&bench);
}
END_TEST

/* Each model's invariants once, as many as there is room for; all that a model has are known. */
START_TEST(invariants_of_many_models)
{
    static const char *const names[SIM_INVARIANTS_MAX] = {
        "aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk", "ll", "mm", "nn", "oo",
        "a-name-that-would-not-fit-into-the-text-any-more-if-it-came-behind-the-others",
    };
    const struct sim_checker *checker = checker_named("violation");
    void *params = params_create(checker);
    char text[160] = "";
    struct bench bench;

    bench_init(&bench);
    bench.app.invariant.names[0] = "only-one";
    memcpy(bench.store.invariant.names, names, sizeof names);
    params_text(params, checker, "name", names[SIM_INVARIANTS_MAX - 1]);
    ck_assert_ptr_null(checker->about.check(params, &bench.plan, text));
    params_text(params, checker, "name", "only-two");
    ck_assert_pstr_eq(checker->about.check(params, &bench.plan, text), "name");
    ck_assert_ptr_nonnull(strstr(text, ": only-one aa bb cc dd"));
    ck_assert_uint_eq(strlen(text), sizeof text - 1);
    bench.groups[1].model = &bench.app; /* two groups of one model */
    ck_assert_pstr_eq(checker->about.check(params, &bench.plan, text), "name");
    ck_assert_str_eq(strchr(text, ':'), ": only-one");
    /* where the groups are wrong, nobody knows what they have */
    ck_assert_ptr_null(checker->about.check(params, NULL, text));
    free(params);
    bench_finish(&bench);
}
END_TEST

/* A checker that says what it is told to. */
static void say(const struct sim_evidence *evidence, const void *params,
                struct sim_verdict *verdict)
{
    (void)evidence;
    verdict->status = *(const enum sim_verdict_status *)params;
    strcpy(verdict->text, "as it is");
    verdict->culprits[0] = 7;
    verdict->culprit_count = 1;
}

/* What a scenario marks `is: violated`. */
START_TEST(verdicts_are_turned)
{
    static const struct {
        enum sim_verdict_status said, told;
        const char *text;
    } rows[] = {
        { SIM_HOLDS, SIM_BROKEN, "says was not violated: as it is" },
        { SIM_BROKEN, SIM_HOLDS, "says was violated, as expected: as it is" },
        { SIM_UNDECIDED, SIM_UNDECIDED, "says is undecided: as it is" },
    };
    const struct sim_checker checker = { .about = { .name = "says" }, .judge = say };
    const struct sim_evidence evidence = { .ended = 1 };
    enum sim_verdict_status said = rows[_i].said;
    struct sim_verdict verdict = { .culprit_count = 0 };

    sim_checker_judge(&checker, &evidence, &said, false, &verdict);
    ck_assert_int_eq(verdict.status, said);
    ck_assert_str_eq(verdict.text, "as it is");
    sim_checker_judge(&checker, &evidence, &said, true, &verdict);
    ck_assert_int_eq(verdict.status, rows[_i].told);
    ck_assert_str_eq(verdict.text, rows[_i].text);
    ck_assert_uint_eq(verdict.culprit_count, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("violation");
    TCase *names = tcase_create("names");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(names, what_may_be_named, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(names, invariants_of_many_models);
    tcase_add_loop_test(names, verdicts_are_turned, 0, 3);
    suite_add_tcase(suite, names);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
