/* model_crdt.c - conflict-free types: what becomes of concurrent changes, and that replicas agree.
 */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

static const char *const gossips[] = { "deltas", "states" };
enum { GOSSIPS = 2 };

static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

static struct play *run(uint64_t seed, const char *format, const char *word_1, const char *word_2)
{
    static char yaml[4096];

    snprintf(yaml, sizeof yaml, format, word_1, word_2);
    return play_run(yaml, seed);
}

static const int64_t *expect_answer(const struct play *play, uint32_t node, int64_t step,
                                    int64_t status, int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
    return answer;
}

/* Two replicas, one client at each, cut from each other from 1 s to 3 s. */
#define CUT                                                                                        \
    HEAD "duration: 6s\nnetwork: {latency: 1ms}\n"                                                 \
         "nodes:\n"                                                                                \
         "  store: {model: crdt, count: 2, gossip: %s, registers: %s, disk: {sync: 1ms}}\n"        \
         "  a: {model: script, target: store, program: 'ask 0, " A "'}\n"                          \
         "  b: {model: script, target: store, program: 'ask 1, " B "'}\n"                          \
         "faults: [{at: 1s, partition: [[store-0, a], rest], for: 2s}]\n"

START_TEST(counters_count_on_both_sides)
{
#define A "add 1 5, wait 1500, add 1 10, add 1 -3, read 1, wait 3000, read 1, add 1 1"
#define B "wait 1500, add 1 100, read 1, wait 3000, read 1"
    struct play *play = run(1, CUT, gossips[_i], "lww");
#undef A
#undef B

    ck_assert_str_eq(play->violated, "");
    expect_answer(play, 2, 1, STORE_OK, 5);
    expect_answer(play, 2, 3, STORE_OK, 15);
    expect_answer(play, 2, 4, STORE_OK, 12);
    expect_answer(play, 2, 5, STORE_STALE, 12);
    expect_answer(play, 2, 7, STORE_STALE, 112);
    expect_answer(play, 2, 8, STORE_OK, 113);
    expect_answer(play, 3, 2, STORE_OK, 105);
    expect_answer(play, 3, 3, STORE_STALE, 105);
    expect_answer(play, 3, 5, STORE_STALE, 112);
    play_free(play);
}
END_TEST

/* The later of two concurrent writes is read, or both; who has seen both replaces them. */
START_TEST(registers_bury_or_keep)
{
#define A "write 1 10, wait 1500, write 1 11, wait 3000, read 1, write 1 13, read 1"
#define B "wait 1600, read 1, write 1 12, read 1, wait 3000, wait 500, read 1"
    bool mv = _i >= GOSSIPS;
    struct play *play = run(1, CUT, gossips[_i % GOSSIPS], mv ? "mv" : "lww");
#undef A
#undef B

    ck_assert_str_eq(play->violated, "");
    ck_assert_int_eq(expect_answer(play, 2, 5, STORE_STALE, 12)[3], mv ? 2 : 0);
    ck_assert_int_eq(expect_answer(play, 2, 7, STORE_STALE, 13)[3], 0);
    expect_answer(play, 3, 2, STORE_STALE, 10);
    ck_assert_int_eq(expect_answer(play, 3, 4, STORE_STALE, 12)[3], 0);
    ck_assert_int_eq(expect_answer(play, 3, 7, STORE_STALE, 13)[3], 0);
    play_free(play);
}
END_TEST

/* Deleted on one side, added to on the other: what the delete did not see stays. */
START_TEST(additions_win_over_deletes)
{
#define A                                                                                          \
    "append 1 7, append 1 5, append 2 1, wait 1500, delete 1, delete 2, read 1, wait 3000, read 1"
#define B "wait 1500, append 1 9, append 1 6, read 1, wait 3000, read 1, read 2"
    struct play *play = run(1, CUT, gossips[_i], "lww");
#undef A
#undef B

    ck_assert_str_eq(play->violated, "");
    expect_answer(play, 2, 7, STORE_STALE, SIM_NIL);
    ck_assert_int_eq(play_answer(play, 2, 7)[3], 0);
    ck_assert_int_eq(play_answer(play, 2, 9)[3], 2);
    ck_assert_int_eq(play_answer(play, 3, 4)[3], 4);
    ck_assert_int_eq(play_answer(play, 3, 6)[3], 2);
    ck_assert_int_eq(play_answer(play, 3, 7)[3], 0);
    play_free(play);
}
END_TEST

START_TEST(what_needs_agreement_is_turned_away)
{
    struct play *play = run(
        1,
        HEAD
        "duration: 2s\nnetwork: {latency: 1ms}\n"
        "nodes:\n"
        "  store: {model: crdt, count: 3, gossip: %s, registers: %s}\n"
        "  c: {model: script, target: store, program: 'ask 0, write 1 10, cas 1 10 11, add 1 1, "
        "append 1 1, add 2 4, append 2 1, write 2 5, read 2, append 3 3, add 3 1, delete "
        "3, add 3 1'}\n",
        gossips[_i], "mv");

    expect_answer(play, 3, 2, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 3, 3, STORE_MISMATCH, 10);
    expect_answer(play, 3, 4, STORE_MISMATCH, 10);
    expect_answer(play, 3, 5, STORE_OK, 4);
    expect_answer(play, 3, 6, STORE_MISMATCH, 4);
    expect_answer(play, 3, 7, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 8, STORE_STALE, 5);
    expect_answer(play, 3, 10, STORE_MISMATCH, SIM_NIL);
    expect_answer(play, 3, 12, STORE_OK, 1);
    play_free(play);
}
END_TEST

/* Acknowledged while alone, then crashed: it is on disk, and goes to the others later. */
START_TEST(an_acknowledged_change_outlives_its_replica)
{
    struct play *play = run(
        1,
        HEAD "duration: 6s\nnetwork: {latency: 1ms}\n"
             "nodes:\n"
             "  store: {model: crdt, count: 3, gossip: %s, registers: %s, disk: {sync: 1ms}}\n"
             "  c: {model: script, target: store, program: 'ask 0, write 1 10, add 2 7, wait 200, "
             "write 1 11, add 2 1, delete 1, write 1 12, wait 500, add 2 1, wait 2500, ask 2, read "
             "1, read 2'}\n"
             "faults:\n"
             "  - {at: 100ms, partition: [[store-0, c], rest], for: 2s}\n"
             "  - {at: 500ms, crash: store-0, for: 100ms}\n",
        gossips[_i], "mv");

    ck_assert_str_eq(play->violated, "");
    expect_answer(play, 3, 9, STORE_OK, 9);
    expect_answer(play, 3, 12, STORE_STALE, 12);
    expect_answer(play, 3, 13, STORE_STALE, 9);
    for (uint32_t i = 1; i < 3; i++) {
        ck_assert_int_eq(word(play, i, 0), 7);
        ck_assert_int_eq(word(play, i, 1), word(play, 0, 1));
    }
    play_free(play);
}
END_TEST

/* Six clients, all over four replicas, while messages are lost and doubled, replicas crash and are
 * cut off; then all is well, and the copies are one. */
#define TROUBLE                                                                                    \
    HEAD "duration: 24s\nnetwork: {latency: {exponential: 10ms}, loss: 10%%, duplicate: 10%%}\n"   \
         "nodes:\n"                                                                                \
         "  store: {model: crdt, count: 4, gossip: %s, batch: 3, %s,\n"                            \
         "          disk: {sync: 100us..2ms}, clock: {offset: -100ms..100ms}}\n"                   \
         "  c: {model: kv-client, count: 6, target: store, rate: 20/s, keys: {count: 9},\n"        \
         "      mix: {read: 20%%, write: 20%%, add: 20%%, append: 20%%, delete: 20%%}}\n"          \
         "faults:\n"                                                                               \
         "  - {every: {exponential: 1s}, between: [1s, 15s], crash: {of: store, pick: 1},\n"       \
         "     for: 100ms..500ms}\n"                                                               \
         "  - {every: {exponential: 2s}, between: [1s, 15s],\n"                                    \
         "     partition: [[{of: store, pick: 2}], rest], for: 500ms}\n"                           \
         "  - {every: {exponential: 3s}, between: [1s, 15s], power_loss: {of: store, pick: 1},\n"  \
         "     for: 300ms}\n"                                                                      \
         "  - {at: 16s, crash: c}\n"

START_TEST(replicas_agree_when_all_is_well_again)
{
    struct play *play = run((uint64_t)(_i / GOSSIPS + 1), TROUBLE, gossips[_i % GOSSIPS],
                            _i < 2 ? "registers: mv" : "registers: lww");

    ck_assert_msg(play->violated[0] == '\0', "%s", play->text);
    ck_assert_int_gt(word(play, 0, 0), 500);
    for (uint32_t i = 1; i < 4; i++) {
        ck_assert_int_eq(word(play, i, 0), word(play, 0, 0));
        ck_assert_int_eq(word(play, i, 1), word(play, 0, 1));
    }
    play_free(play);
}
END_TEST

START_TEST(what_was_removed_has_to_be_remembered)
{
    struct play *play = run(1, TROUBLE, gossips[_i], "bugs: [no_context]");

    ck_assert_str_eq(play->violated, "convergence");
    ck_assert_ptr_nonnull(strstr(play->text, "heard of the same changes and differ"));
    play_free(play);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crdt");
    TCase *one = tcase_create("rules"), *swarm = tcase_create("swarm");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(one, counters_count_on_both_sides, 0, GOSSIPS);
    tcase_add_loop_test(one, registers_bury_or_keep, 0, 2 * GOSSIPS);
    tcase_add_loop_test(one, additions_win_over_deletes, 0, GOSSIPS);
    tcase_add_loop_test(one, what_needs_agreement_is_turned_away, 0, GOSSIPS);
    tcase_add_loop_test(one, an_acknowledged_change_outlives_its_replica, 0, GOSSIPS);
    tcase_add_loop_test(swarm, replicas_agree_when_all_is_well_again, 0, 3 * GOSSIPS);
    tcase_add_loop_test(swarm, what_was_removed_has_to_be_remembered, 0, GOSSIPS);
    suite_add_tcase(suite, one);
    suite_add_tcase(suite, swarm);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
