/* tools_coverage.c - what a run came to: all kinds that the scenario names have a place, each once
 * and in order, and count what began and what hit somebody; so have all marks. */
#include "tests/lib/evidence.h"

/* The command is a program, not a library: its parts are compiled into their test. */
#include "tools/orrery/coverage.c"

#include <check.h>
#include <stdlib.h>

#define S SIM_SECOND

static void expect_place(const struct coverage *coverage, size_t at, const char *group,
                         const char *name, uint64_t fired, uint64_t count)
{
    ck_assert_uint_lt(at, coverage->count);
    ck_assert_pstr_eq(coverage->places[at].group, group);
    ck_assert_str_eq(coverage->places[at].name, name);
    ck_assert_uint_eq(coverage->places[at].fired, fired);
    ck_assert_uint_eq(coverage->places[at].count, count);
}

START_TEST(kinds_and_marks_have_their_places)
{
    static const struct sim_random_kind kinds[] = { { .kind = &sim_fault_workers },
                                                    { .kind = &sim_fault_crash },
                                                    { .kind = &sim_fault_clock_jump } };
    static const struct sim_random_plan random = { .kinds = kinds, .kind_count = 3 };
    static const uint64_t none[SIM_MARKS_MAX], some[SIM_MARKS_MAX] = { 7, 0 };
    static const uint64_t *const reached[] = { none, some };
    struct coverage coverage;
    struct sim_plan asked;
    struct bench bench;

    bench_init(&bench);
    bench.store.marks[0] = (struct sim_mark_kind){ "deposed", "by a higher term" };
    bench.store.marks[1] = (struct sim_mark_kind){ "truncated", "its log" };
    bench_window(&bench, 0, 10 * S, 20 * S);
    bench_window(&bench, 0, 30 * S, 40 * S);
    bench_window(&bench, 3, 1 * S, 2 * S);
    bench_window(&bench, 4, 41 * S, 42 * S); /* hits nobody */
    bench_play(&bench, 60 * S);
    asked = bench.plan;
    asked.randoms = &random;
    asked.random_count = 1;
    coverage_make(&coverage, &asked, bench.recorder, reached);
    expect_place(&coverage, 0, NULL, "clock_jump", 0, 0);
    expect_place(&coverage, 1, NULL, "crash", 0, 0);
    expect_place(&coverage, 2, NULL, "partition", 2, 2);
    expect_place(&coverage, 3, NULL, "pause", 2, 1);
    expect_place(&coverage, 4, NULL, "slow", 0, 0);
    expect_place(&coverage, 5, NULL, "workers", 0, 0);
    expect_place(&coverage, 6, "store", "deposed", 0, 7);
    expect_place(&coverage, 7, "store", "truncated", 0, 0);
    ck_assert_uint_eq(coverage.count, 8);
    coverage_finish(&coverage);
    bench_finish(&bench);
}
END_TEST

START_TEST(the_end_of_all_faults_is_none)
{
    static const uint64_t none[SIM_MARKS_MAX];
    static const uint64_t *const reached[] = { none, none };
    struct coverage coverage;
    struct bench bench;

    bench_init(&bench);
    bench.faults[4].kind = &sim_fault_settle;
    bench_window(&bench, 4, 41 * S, 42 * S);
    bench_play(&bench, 60 * S);
    coverage_make(&coverage, &bench.plan, bench.recorder, reached);
    for (size_t i = 0; i < coverage.count; i++)
        ck_assert_str_ne(coverage.places[i].name, sim_fault_settle.name);
    ck_assert_uint_eq(coverage.count, 4);
    coverage_finish(&coverage);
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_coverage");
    TCase *tests = tcase_create("tools_coverage");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, kinds_and_marks_have_their_places);
    tcase_add_test(tests, the_end_of_all_faults_is_none);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
