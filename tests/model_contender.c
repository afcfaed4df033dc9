/* model_contender.c - two clients at one row: when the one that lost is done. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdlib.h>

#define MS SIM_MILLISECOND
#define TWO(knob)                                                                                  \
    "version: 1\nduration: 10s\nnetwork: {latency: 10ms}\nnodes:\n"                                \
    "  c: {model: contender, count: 2, target: s" knob "}\n"                                       \
    "  s: {model: single, durable: false}\n"

/* Both read until 20 and write until 40 ms, and one is refused. It reads and writes again for
 * another 40 ms, after a wait. */
static sim_time done_after(const char *yaml, uint64_t seed)
{
    struct play *play = play_run(yaml, seed);
    sim_time last = 0;

    ck_assert_uint_eq(play->operation_count, 3);
    ck_assert_uint_eq(play->status[SIM_OK], 2);
    ck_assert_uint_eq(play->status[SIM_FAIL], 1);
    ck_assert_int_eq(play->metrics[0], 3); /* writes */
    ck_assert_int_eq(play->metrics[1], 1); /* the last one */
    for (size_t i = 1; i <= play->operation_count; i++)
        last = play->operations[i].completed > last ? play->operations[i].completed : last;
    play_free(play);
    return last;
}

START_TEST(the_loser_waits_and_begins_anew)
{
    ck_assert_int_eq(done_after(TWO(", backoff: none"), 1), 80 * MS);
    /* 5 ms * 2 */
    ck_assert_int_eq(done_after(TWO(", backoff: exponential"), 1), 90 * MS);
    ck_assert_int_eq(done_after(TWO(", backoff: exponential, cap: 7ms"), 1), 87 * MS);
}
END_TEST

START_TEST(full_jitter_draws_from_zero_to_the_wait)
{
    sim_time least = SIM_TIME_NEVER, most = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        const sim_time done = done_after(TWO(", backoff: full, base: 50ms"), seed);

        ck_assert_int_ge(done, 80 * MS);
        ck_assert_int_le(done, 180 * MS);
        least = done < least ? done : least;
        most = done > most ? done : most;
    }
    /* each tenth of the range is missed by 40 draws in 1.5 % of all cases; these seeds miss none */
    ck_assert_int_lt(least, 90 * MS);
    ck_assert_int_gt(most, 170 * MS);
}
END_TEST

START_TEST(who_has_no_answer_gives_up)
{
    struct play *play = play_run(TWO(", timeout: 100ms") "faults: [{at: 25ms, crash: s}]\n", 1);

    ck_assert_uint_eq(play->status[SIM_UNKNOWN], 2);
    play_free(play);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contender");
    TCase *tcase = tcase_create("contender");

    tcase_add_test(tcase, the_loser_waits_and_begins_anew);
    tcase_add_test(tcase, full_jitter_draws_from_zero_to_the_wait);
    tcase_add_test(tcase, who_has_no_answer_gives_up);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
