/* model_lww_register.c - the map that every replica writes: what the last writer's clock decides,
 * and that replicas agree in the end. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

static const char *const stamps[] = { "wall", "lamport", "hlc" };
enum { WALL, LAMPORT, HYBRID, STAMPS };

/* The described fields of a state begin it: applied, contents, buried. */
static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

/* Runs HEAD, then FORMAT with STAMP in it. */
static struct play *run(uint64_t seed, const char *format, const char *stamp)
{
    static char yaml[4096];

    snprintf(yaml, sizeof yaml, format, stamp);
    return play_run(yaml, seed);
}

static void expect_answer(const struct play *play, uint32_t node, int64_t step, int64_t status,
                          int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

/* store-1 is a second slow. What was written there 50 ms later, by who had seen the first value, is
 * acknowledged and lost, unless the clock keeps the order. */
START_TEST(a_slow_clock_buries_the_later_write)
{
    struct play *play = run(1,
                            HEAD "duration: 2s\nnetwork: {latency: 1ms}\n"
                                 "nodes:\n"
                                 "  store: {model: lww-register, count: 2, stamp: %s}\n"
                                 "  c: {model: script, target: store, program: 'ask 0, write 1 10, "
                                 "wait 50, ask 1, read 1, write 1 20, read 1, wait 50, ask 0, "
                                 "read 1, ask 1, wait 1100, write 1 30, read 1'}\n"
                                 "faults: [{at: 0s, clock_jump: store-1, by: -1s}]\n",
                            stamps[_i]);
    int64_t later = _i == WALL ? 10 : 20;

    ck_assert_str_eq(play->violated, "");
    expect_answer(play, 2, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 2, 4, STORE_STALE, 10);
    expect_answer(play, 2, 5, STORE_OK, SIM_NIL);
    expect_answer(play, 2, 6, STORE_STALE, later);
    expect_answer(play, 2, 9, STORE_STALE, later);
    expect_answer(play, 2, 13, STORE_STALE, 30); /* a second later the slow clock is past it */
    ck_assert_int_eq(word(play, 0, 2), 0);
    ck_assert_int_eq(word(play, 1, 2), _i == WALL);
    ck_assert_uint_eq(play_count(play, "lost", 1), _i == WALL);
    play_free(play);
}
END_TEST

START_TEST(what_one_replica_cannot_decide_is_turned_away)
{
    struct play *play = run(1,
                            HEAD "duration: 2s\nnetwork: {latency: 1ms}\n"
                                 "nodes:\n"
                                 "  store: {model: lww-register, count: 2, stamp: %s}\n"
                                 "  c: {model: script, target: store, program: 'ask 0, write 1 10, "
                                 "cas 1 10 11, add 1 1, append 1 1, read 1, delete 1, read 1, "
                                 "wait 10, ask 1, read 1'}\n",
                            stamps[_i]);

    for (int64_t step = 2; step <= 4; step++)
        ck_assert_int_eq(play_answer(play, 2, step)[1], STORE_UNAVAILABLE);
    expect_answer(play, 2, 5, STORE_STALE, 10);
    expect_answer(play, 2, 6, STORE_OK, SIM_NIL);
    expect_answer(play, 2, 7, STORE_STALE, SIM_NIL);
    expect_answer(play, 2, 10, STORE_STALE, SIM_NIL); /* a delete is passed on like a write */
    play_free(play);
}
END_TEST

/* Acknowledged while alone, then crashed: it is on disk, and goes to the others when they can be
 * reached. The stamps of the second life are later than those of the first. */
START_TEST(an_acknowledged_write_outlives_its_replica)
{
    struct play *play =
        run(1,
            HEAD
            "duration: 5s\nnetwork: {latency: 1ms}\n"
            "nodes:\n"
            "  store: {model: lww-register, count: 3, stamp: %s, disk: {sync: 1ms}}\n"
            "  c: {model: script, target: store, program: 'wait 200, ask 0, write 1 10, write 2 5, "
            "write 1 11, wait 500, read 1, write 1 12, wait 1000, ask 2, read 1, read 2'}\n"
            "faults:\n"
            "  - {at: 100ms, partition: [[store-0, c], rest], for: 1s}\n"
            "  - {at: 300ms, crash: store-0, for: 100ms}\n",
            stamps[_i]);

    ck_assert_str_eq(play->violated, "");
    expect_answer(play, 3, 6, STORE_STALE, 11);
    expect_answer(play, 3, 10, STORE_STALE, 12);
    expect_answer(play, 3, 11, STORE_STALE, 5);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(word(play, i, 0), 4);
        ck_assert_int_eq(word(play, i, 1), word(play, 0, 1));
    }
    play_free(play);
}
END_TEST

/* Six clients, all over four replicas, while messages are lost and doubled, replicas crash and are
 * cut off, and clocks are wrong; then all is well, and the copies are one. */
#define TROUBLE                                                                                    \
    "duration: 30s\nnetwork: {latency: {exponential: 5ms}, loss: 10%%, duplicate: 10%%}\n"         \
    "nodes:\n"                                                                                     \
    "  store: {model: lww-register, count: 4, stamp: %s, batch: 3, retry: 50ms,\n"                 \
    "          disk: {sync: 100us..2ms}, clock: {offset: -100ms..100ms, drift: "                   \
    "-500ppm..500ppm}}\n"                                                                          \
    "  c: {model: kv-client, count: 6, target: store, rate: 20/s, keys: {count: 5},\n"             \
    "      mix: {read: 20%%, write: 60%%, delete: 20%%}}\n"                                        \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 1s}, between: [1s, 15s], crash: {of: store, pick: 1},\n"            \
    "     for: 100ms..500ms}\n"                                                                    \
    "  - {every: {exponential: 2s}, between: [1s, 15s],\n"                                         \
    "     partition: [[{of: store, pick: 2}], rest], for: 500ms}\n"                                \
    "  - {every: {exponential: 1s}, between: [1s, 15s], clock_jump: {of: store, pick: 1},\n"       \
    "     by: -500ms..500ms}\n"                                                                    \
    "  - {every: {exponential: 3s}, between: [1s, 15s], clock_freeze: {of: store, pick: 1},\n"     \
    "     for: 1s}\n"                                                                              \
    "  - {every: {exponential: 3s}, between: [1s, 15s], clock_strobe: {of: store, pick: 1},\n"     \
    "     amplitude: 300ms, period: 10ms, for: 1s}\n"                                              \
    "  - {every: {exponential: 3s}, between: [1s, 15s], clock_drift: {of: store, pick: 1},\n"      \
    "     ppm: -100000ppm..100000ppm, for: 1s}\n"                                                  \
    "  - {at: 20s, crash: c}\n"

START_TEST(replicas_agree_when_all_is_well_again)
{
    struct play *play = run((uint64_t)(_i / STAMPS + 1), HEAD TROUBLE, stamps[_i % STAMPS]);

    ck_assert_str_eq(play->violated, "");
    ck_assert_int_gt(word(play, 0, 0), 1000);
    for (uint32_t i = 1; i < 4; i++) {
        ck_assert_int_eq(word(play, i, 0), word(play, 0, 0));
        ck_assert_int_eq(word(play, i, 1), word(play, 0, 1));
    }
    if (_i % STAMPS == WALL)
        ck_assert_int_gt(word(play, 0, 2) + word(play, 1, 2) + word(play, 2, 2), 0);
    else
        for (uint32_t i = 0; i < 4; i++)
            ck_assert_int_eq(word(play, i, 2), 0);
    play_free(play);
}
END_TEST

static const char ties[] =
    HEAD "duration: 10s\nnetwork: {latency: 5ms}\n"
         "nodes:\n"
         "  store: {model: lww-register, count: 3, stamp: lamport%s}\n"
         "  c: {model: kv-client, count: 3, target: store, rate: 20/s, keys: {count: 2},\n"
         "      mix: {write: 100%%}}\n";

START_TEST(ties_have_to_be_broken_alike)
{
    struct play *right = run(1, ties, ""), *wrong = run(1, ties, ", bugs: [ties_by_arrival]");

    ck_assert_str_eq(right->violated, "");
    ck_assert_str_eq(wrong->violated, "convergence");
    ck_assert_ptr_nonnull(strstr(wrong->text, "heard of the same changes and differ"));
    play_free(right);
    play_free(wrong);
}
END_TEST

/* A replica that believes clocks to be at most 100 ms apart waits until a stamp from half a second
 * ahead is no further ahead than that; one from an hour ahead waits for an hour. */
START_TEST(an_incredible_stamp_has_to_wait)
{
    static const char *const jumps[] = { "500ms", "1h" };
    struct play *play = run(
        1,
        HEAD "duration: 2s\nnetwork: {latency: 1ms}\n"
             "nodes:\n"
             "  store: {model: lww-register, count: 2, stamp: hlc, apart: 100ms, retry: 10ms}\n"
             "  c: {model: script, target: store, program: 'ask 1, write 1 10, ask 0, wait 300, "
             "read 1, wait 300, read 1'}\n"
             "faults: [{at: 0s, clock_jump: store-1, by: %s}]\n",
        jumps[_i]);

    expect_answer(play, 2, 4, STORE_STALE, SIM_NIL);
    expect_answer(play, 2, 6, STORE_STALE, _i == 0 ? 10 : SIM_NIL);
    play_free(play);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_lww_register");
    TCase *tests = tcase_create("lww-register");

    tcase_add_loop_test(tests, a_slow_clock_buries_the_later_write, 0, STAMPS);
    tcase_add_loop_test(tests, what_one_replica_cannot_decide_is_turned_away, 0, STAMPS);
    tcase_add_loop_test(tests, an_acknowledged_write_outlives_its_replica, 0, STAMPS);
    tcase_add_loop_test(tests, replicas_agree_when_all_is_well_again, 0, 4 * STAMPS);
    tcase_add_test(tests, ties_have_to_be_broken_alike);
    tcase_add_loop_test(tests, an_incredible_stamp_has_to_wait, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
