/* check_recovers.c - recovery after faults: what counts as an answer, when the wait ends, and who
 * is to blame. */
#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND
#define S SIM_SECOND

static void expect(const struct bench *bench, const char *after, sim_time within,
                   enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("recovers");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_group(params, checker, "clients", 0);
    params_text(params, checker, "after", after);
    params_duration(params, checker, "within", within);
    memset(&verdict, 'x', sizeof(verdict));
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

/* The clients ask one after the other, a millisecond apart, and wait for DELAY. */
static void all_ask(struct bench *bench, sim_time at, sim_time delay,
                    enum sim_operation_status status)
{
    for (uint32_t i = 0; i < 3; i++)
        bench_operation(bench, i, SIM_READ, at + i * MS, at + i * MS + delay, status);
}

START_TEST(in_time_and_too_late)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    all_ask(&bench, 11 * S, S, SIM_UNKNOWN);
    all_ask(&bench, 20 * S, 1200 * MS, SIM_OK); /* the last is answered at 21.202 s */
    all_ask(&bench, 30 * S, MS, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 1.20s after cut (within 5s)");
    expect(&bench, "cut", 1202 * MS, SIM_HOLDS,
           "all 3 clients had an ok answer 1.20s after cut (within 1.202s)");
    expect(
        &bench, "cut", 1202 * MS - 1, SIM_BROKEN,
        "1 of 3 clients had no ok answer within 1.201999999s after cut ended at 20s: app-2 asked "
        "in vain");
    expect(
        &bench, "cut", 1, SIM_BROKEN,
        "1 of 3 clients had no ok answer within 1ns after cut ended at 20s: app-0 asked in vain");
    bench_finish(&bench);
}
END_TEST

START_TEST(old_operations_do_not_count)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    all_ask(&bench, 20 * S - 5 * MS, 100 * MS, SIM_OK); /* answered after, but asked before */
    all_ask(&bench, 21 * S, 100 * MS, SIM_FAIL);
    all_ask(&bench, 22 * S, 100 * MS, SIM_UNKNOWN);
    all_ask(&bench, 26 * S, 100 * MS, SIM_OK);
    bench_operation(&bench, 3, SIM_READ, 21 * S, 22 * S, SIM_OK); /* no client */
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_BROKEN,
           "3 of 3 clients had no ok answer within 5s after cut ended at 20s: app-0 asked in vain");
    expect(&bench, "cut", 7 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 6.10s after cut (within 7s)");
    bench_finish(&bench);
}
END_TEST

START_TEST(asked_just_when_it_ended)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    for (uint32_t i = 0; i < 3; i++)
        bench_operation(&bench, i, SIM_READ, 20 * S, 20 * S, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 1, SIM_HOLDS,
           "all 3 clients had an ok answer 0ns after cut (within 1ns)");
    bench_finish(&bench);
}
END_TEST

/* Who waits all the time for an old answer is stuck; who asked nothing shows nothing. */
START_TEST(stuck_and_idle)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    bench_operation(&bench, 0, SIM_READ, 21 * S, 22 * S, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 15 * S, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_BROKEN,
           "1 of 3 clients had no ok answer within 5s after cut ended at 20s: app-1 still waits");
    bench_finish(&bench);

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    bench_operation(&bench, 0, SIM_READ, 21 * S, 22 * S, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 15 * S, 24 * S, SIM_UNKNOWN); /* gave up in between */
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "after cut ended at 20s 2 of 3 clients asked nothing in time: app-1");
    expect(&bench, "cut", 4 * S, SIM_UNDECIDED, /* gave up in the last instant */
           "after cut ended at 20s 2 of 3 clients asked nothing in time: app-1");
    expect(&bench, "cut", 4 * S - 1, SIM_BROKEN,
           "1 of 3 clients had no ok answer within 3.999999999s after cut ended at 20s: app-1 "
           "still waits");
    bench_finish(&bench);

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "after cut ended at 20s 3 of 3 clients asked nothing in time: app-0");
    bench_finish(&bench);
}
END_TEST

START_TEST(never_fired_and_never_over)
{
    struct bench bench;

    bench_init(&bench);
    all_ask(&bench, 21 * S, MS, SIM_OK);
    bench_window(&bench, 2, 30 * S, SIM_TIME_NEVER);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED, "cut never began: its fault did not fire in 60s");
    expect(&bench, "lag", 5 * S, SIM_UNDECIDED,
           "lag, begun at 30s, was still on when the run ended at 60s");
    expect(&bench, "lag[2]", 5 * S, SIM_UNDECIDED,
           "lag[2] never began: its fault did not fire in 60s");
    bench_finish(&bench);
}
END_TEST

START_TEST(run_that_ends_too_soon)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 58 * S);
    bench_operation(&bench, 0, SIM_READ, 59 * S, 59 * S + MS, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 59 * S, SIM_TIME_NEVER, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "after cut ended at 58s the run ended at 60s; 2 of 3 clients had no ok answer until "
           "then: app-1");
    expect(&bench, "cut", 2 * S, SIM_BROKEN, /* the time was just over */
           "1 of 3 clients had no ok answer within 2s after cut ended at 58s: app-1 asked in vain");
    bench_finish(&bench);

    bench_init(&bench); /* ... but they had recovered before */
    bench_window(&bench, 0, 10 * S, 58 * S);
    all_ask(&bench, 59 * S, MS, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 1.00s after cut (within 5s)");
    bench_finish(&bench);
}
END_TEST

START_TEST(run_that_is_stopped)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * S, 20 * S);
    bench_window(&bench, 2, 15 * S, SIM_TIME_NEVER);
    all_ask(&bench, 21 * S, S, SIM_UNKNOWN);
    bench_violation(&bench, 23 * S, "safety", "broken");
    bench_play(&bench, 23 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "after cut ended at 20s the run stopped at 23s: safety was violated; 3 of 3 clients had "
           "no ok answer until then: app-0");
    expect(&bench, "cut", 2 * S, SIM_BROKEN,
           "3 of 3 clients had no ok answer within 2s after cut ended at 20s: app-0 asked in vain");
    expect(&bench, "lag", 5 * S, SIM_UNDECIDED,
           "lag, begun at 15s, was still on when the run stopped at 23s: safety was violated");
    bench_finish(&bench);
}
END_TEST

START_TEST(several_windows)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 5 * S, 10 * S);
    bench_window(&bench, 1, 8 * S, 12 * S); /* overlaps: one fault until 12 s */
    bench_window(&bench, 0, 20 * S, 25 * S);
    all_ask(&bench, 10 * S, MS, SIM_OK);
    all_ask(&bench, 13 * S, MS, SIM_OK);
    all_ask(&bench, 25 * S, 2 * S, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 2.00s after cut (within 5s), the slowest of 2 times");
    expect(&bench, "cut", S + 3 * MS, SIM_BROKEN,
           "3 of 3 clients had no ok answer within 1.003s after cut ended at 25s: app-0 asked in "
           "vain");
    expect(&bench, "cut[1]", 5 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 3.00ms after cut[1] (within 5s)");
    expect(&bench, "cut[2]", 5 * S, SIM_HOLDS,
           "all 3 clients had an ok answer 1.00s after cut[2] (within 5s)");
    bench_finish(&bench);
}
END_TEST

/* A fault that comes back leaves no time to recover; a violation elsewhere still counts. */
START_TEST(fault_that_comes_back)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 5 * S, 10 * S);
    bench_window(&bench, 0, 12 * S, 20 * S);
    all_ask(&bench, 10 * S, S, SIM_UNKNOWN);
    all_ask(&bench, 20500 * MS, S, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "after cut ended at 10s it began again at 12s; 3 of 3 clients had no ok answer until "
           "then: app-0");
    expect(&bench, "cut[1]", 5 * S, SIM_BROKEN, /* this one is asked about alone */
           "3 of 3 clients had no ok answer within 5s after cut[1] ended at 10s: app-0 asked in "
           "vain");
    expect(&bench, "cut", 2 * S, SIM_BROKEN, /* the time was just over */
           "3 of 3 clients had no ok answer within 2s after cut ended at 10s: app-0 asked in vain");
    expect(&bench, "cut", 2 * S + 1, SIM_UNDECIDED,
           "after cut ended at 10s it began again at 12s; 3 of 3 clients had no ok answer until "
           "then: app-0");
    expect(&bench, "cut", 1900 * MS, SIM_BROKEN,
           "3 of 3 clients had no ok answer within 1.9s after cut ended at 10s: app-0 asked in "
           "vain");
    bench_finish(&bench);

    bench_init(&bench); /* undecided first, violated later */
    bench_window(&bench, 0, 5 * S, 10 * S);
    bench_window(&bench, 0, 12 * S, 20 * S);
    all_ask(&bench, 21 * S, S, SIM_FAIL);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_BROKEN,
           "3 of 3 clients had no ok answer within 5s after cut ended at 20s: app-0 asked in vain");
    bench_finish(&bench);
}
END_TEST

START_TEST(history_that_is_not_whole)
{
    struct bench bench;

    bench_init(&bench);
    bench.plan.limits.history = 2;
    bench_window(&bench, 0, 10 * S, 20 * S);
    all_ask(&bench, 21 * S, S, SIM_OK);
    bench_play(&bench, 60 * S);
    expect(&bench, "cut", 5 * S, SIM_UNDECIDED,
           "the history is not whole: its limit was reached (limits.history)");
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recovers");
    TCase *tests = tcase_create("recovers");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, in_time_and_too_late);
    tcase_add_test(tests, old_operations_do_not_count);
    tcase_add_test(tests, asked_just_when_it_ended);
    tcase_add_test(tests, stuck_and_idle);
    tcase_add_test(tests, never_fired_and_never_over);
    tcase_add_test(tests, run_that_ends_too_soon);
    tcase_add_test(tests, run_that_is_stopped);
    tcase_add_test(tests, several_windows);
    tcase_add_test(tests, fault_that_comes_back);
    tcase_add_test(tests, history_that_is_not_whole);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
