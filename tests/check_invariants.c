/* check_invariants.c - verdicts over violated invariants, and the tables of all checkers. */
#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define S SIM_SECOND

static void expect_invariants(const struct bench *bench, uint32_t of,
                              enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("invariants");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_group(params, checker, "of", of);
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

static void expect_violation(const struct bench *bench, const char *name,
                             enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("violation");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_text(params, checker, "name", name);
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

START_TEST(nothing_broken)
{
    struct bench bench;

    bench_init(&bench);
    bench_play(&bench, 60 * S);
    expect_invariants(&bench, SIM_NO_GROUP, SIM_HOLDS, "none was broken in 60s");
    expect_invariants(&bench, 1, SIM_HOLDS, "none was broken in 60s");
    expect_invariants(&bench, 0, SIM_UNDECIDED,
                      "the model of app (client) has no invariant: nothing was checked");
    expect_violation(&bench, "safety", SIM_BROKEN, "safety was not broken in 60s");
    bench_finish(&bench);
}
END_TEST

START_TEST(nothing_to_break)
{
    struct bench bench;

    bench_init(&bench);
    bench.store.invariant.check = NULL;
    bench_play(&bench, 60 * S);
    expect_invariants(&bench, SIM_NO_GROUP, SIM_UNDECIDED,
                      "no model here has an invariant: nothing was checked");
    bench_finish(&bench);
}
END_TEST

START_TEST(one_broken)
{
    struct bench bench;

    bench_init(&bench);
    bench_violation(&bench, 12300 * SIM_MILLISECOND, "election-safety", "two leaders in term 3");
    bench_play(&bench, 12300 * SIM_MILLISECOND);
    expect_invariants(&bench, SIM_NO_GROUP, SIM_BROKEN,
                      "election-safety at 12.3s (event 42): two leaders in term 3");
    expect_invariants(&bench, 1, SIM_BROKEN,
                      "election-safety at 12.3s (event 42): two leaders in term 3");
    expect_violation(&bench, "election-safety", SIM_HOLDS,
                     "broken at 12.3s (event 42), as expected: two leaders in term 3");
    expect_violation(
        &bench, "election", SIM_BROKEN,
        "election was not broken, but election-safety at 12.3s: two leaders in term 3");
    bench_finish(&bench);
}
END_TEST

/* Of another group than the one asked about: that one's was not broken, but the run is not whole.
 */
START_TEST(broken_elsewhere)
{
    struct bench bench;

    bench_init(&bench);
    bench.app.invariant = bench.store.invariant;
    bench_violation(&bench, 12 * S, "election-safety", "two leaders in term 3");
    bench_play(&bench, 12 * S);
    expect_invariants(&bench, 0, SIM_UNDECIDED,
                      "the run stopped at 12s: election-safety was violated; none was broken until "
                      "then");
    bench_finish(&bench);
}
END_TEST

START_TEST(several_broken)
{
    struct bench bench;

    bench_init(&bench);
    bench_violation(&bench, 12 * S, "log-matching", "logs differ");
    bench_violation(&bench, 12 * S, "safety", "two values");
    bench_violation(&bench, 12 * S, "safety", "three values");
    bench_play(&bench, 12 * S);
    expect_invariants(&bench, SIM_NO_GROUP, SIM_BROKEN,
                      "log-matching at 12s (event 42): logs differ - and 2 more");
    expect_violation(&bench, "safety", SIM_HOLDS,
                     "broken at 12s (event 42), as expected: two values");
    bench_finish(&bench);
}
END_TEST

static void expect_turned(const struct bench *bench, const char *name, uint32_t clients,
                          enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("violation");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_text(params, checker, "name", name);
    params_group(params, checker, "clients", clients);
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_msg(strncmp(verdict.text, text, strlen(text)) == 0, "%s", verdict.text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

/* A checker that is named judges, and its verdict is turned round. */
START_TEST(a_checker_violated)
{
    struct bench bench;

    bench_init(&bench);
    bench_play(&bench, 60 * S);
    expect_turned(&bench, "invariants", SIM_NO_GROUP, SIM_BROKEN,
                  "invariants was not violated: none was broken in 60s");
    expect_turned(&bench, "recovers", 0, SIM_UNDECIDED,
                  "recovers cannot be judged here: it needs 'after'");
    expect_turned(&bench, "recovers", SIM_NO_GROUP, SIM_UNDECIDED,
                  "recovers cannot be judged here: it needs 'clients'");
    bench_finish(&bench);
    bench_init(&bench);
    bench_violation(&bench, 12 * S, "election-safety", "two leaders in term 3");
    bench_play(&bench, 12 * S);
    expect_turned(&bench, "invariants", SIM_NO_GROUP, SIM_HOLDS,
                  "invariants was violated, as expected: election-safety at 12s");
    expect_turned(&bench, "violation", SIM_NO_GROUP, SIM_BROKEN, "violation was not broken");
    bench_finish(&bench);
}
END_TEST

START_TEST(a_checker_undecided)
{
    struct bench bench;

    bench_init(&bench);
    bench_play(&bench, 12 * S);
    bench.evidence.limit = "100 events (limits.events)";
    expect_turned(&bench, "invariants", SIM_NO_GROUP, SIM_UNDECIDED,
                  "invariants is undecided: the run stopped at 12s: the limit of 100 events");
    bench_finish(&bench);
}
END_TEST

START_TEST(stopped_at_a_limit)
{
    struct bench bench;

    bench_init(&bench);
    bench_play(&bench, 12 * S);
    bench.evidence.limit = "100 events (limits.events)";
    expect_invariants(
        &bench, SIM_NO_GROUP, SIM_UNDECIDED,
        "the run stopped at 12s: the limit of 100 events (limits.events); none was broken "
        "until then");
    expect_violation(
        &bench, "safety", SIM_UNDECIDED,
        "the run stopped at 12s: the limit of 100 events (limits.events); safety was not "
        "broken until then");
    bench_finish(&bench);
}
END_TEST

/* Texts of models may be long: the verdict is cut, not overrun. */
START_TEST(long_texts)
{
    struct bench bench;
    char text[2000];
    const struct sim_checker *checker = checker_named("invariants");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bench_init(&bench);
    bench_violation(&bench, 12 * S, text, text);
    bench_violation(&bench, 12 * S, text, text);
    bench_play(&bench, 12 * S);
    checker->judge(&bench.evidence, params, &verdict);
    ck_assert_int_eq(verdict.status, SIM_BROKEN);
    ck_assert_uint_lt(strlen(verdict.text), SIM_VERDICT_TEXT);
    ck_assert_ptr_nonnull(strstr(verdict.text, " - and 1 more"));
    free(params);
    bench_finish(&bench);
}
END_TEST

/* -- tables ------------------------------------------------------------------------------------ */

START_TEST(tables_are_whole)
{
    const struct sim_checker *const *checkers = sim_checkers();
    size_t count = 0;

    for (; checkers[count] != NULL; count++) {
        const struct sim_described *about = &checkers[count]->about;

        ck_assert_ptr_eq(about, checkers[count]);
        ck_assert(checkers[count]->judge != NULL);
        ck_assert_uint_gt(strlen(about->summary), 20);
        if (count > 0) /* listed by name */
            ck_assert_int_lt(strcmp(checkers[count - 1]->about.name, about->name), 0);
        for (const struct sim_field *field = about->fields; field->name != NULL; field++) {
            ck_assert_uint_lt(field->offset, about->size);
            ck_assert_msg(field->help != NULL && strlen(field->help) > 10, "%s.%s has no help",
                          about->name, field->name);
            ck_assert_int_ne(field->type, SIM_FIELD_WORD);
        }
    }
    ck_assert_uint_ge(count, 6);
}
END_TEST

/* `op: cas` has to mean what operations call cas. */
START_TEST(operations_are_named_alike)
{
    const struct sim_checker *const *checkers = sim_checkers();
    int found = 0;

    for (size_t i = 0; checkers[i] != NULL; i++) {
        for (const struct sim_field *field = checkers[i]->about.fields; field->name != NULL;
             field++) {
            if (strcmp(field->name, "op") != 0)
                continue;
            found++;
            ck_assert_str_eq(field->choices[0], "any");
            for (int kind = 0; kind < SIM_OPERATION_KINDS; kind++)
                ck_assert_str_eq(field->choices[kind + 1], sim_operation_kind_names[kind]);
            ck_assert_ptr_null(field->choices[SIM_OPERATION_KINDS + 1]);
        }
    }
    ck_assert_int_ge(found, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("invariants");
    TCase *verdicts = tcase_create("verdicts"), *tables = tcase_create("tables");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(verdicts, nothing_broken);
    tcase_add_test(verdicts, nothing_to_break);
    tcase_add_test(verdicts, one_broken);
    tcase_add_test(verdicts, broken_elsewhere);
    tcase_add_test(verdicts, several_broken);
    tcase_add_test(verdicts, a_checker_violated);
    tcase_add_test(verdicts, a_checker_undecided);
    tcase_add_test(verdicts, stopped_at_a_limit);
    tcase_add_test(verdicts, long_texts);
    suite_add_tcase(suite, verdicts);
    tcase_add_test(tables, tables_are_whole);
    tcase_add_test(tables, operations_are_named_alike);
    suite_add_tcase(suite, tables);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
