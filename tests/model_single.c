/* model_single.c - the store on one node: what it answers, what a crash leaves of it. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

static void expect_answer(const struct play *play, int64_t step, int64_t status, int64_t value)
{
    const int64_t *answer = play_answer(play, 1, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

START_TEST(it_does_all_operations)
{
    struct play *play = play_run(
        HEAD "duration: 2s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: single, disk: {sync: 5ms}}\n"
             "  c: {model: script, target: store, program: 'read 1, write 1 10, cas 1 10 11, "
             "cas 1 10 12, add 1 4, read 1, delete 1, read 1, append 2 7, append 2 8, read 2'}\n",
        1);

    expect_answer(play, 0, STORE_OK, SIM_NIL);
    expect_answer(play, 2, STORE_OK, SIM_NIL);
    expect_answer(play, 3, STORE_MISMATCH, 11);
    expect_answer(play, 4, STORE_OK, 15);
    expect_answer(play, 5, STORE_OK, 15);
    expect_answer(play, 7, STORE_OK, SIM_NIL);
    ck_assert_int_eq(play_answer(play, 1, 10)[3], 2);
    /* a change waits for its sync, a read does not */
    ck_assert_int_eq(play_note(play, "answer", 1, 1)->time - play_note(play, "answer", 1, 0)->time,
                     7 * SIM_MILLISECOND);
    ck_assert_int_eq(play_note(play, "answer", 1, 5)->time - play_note(play, "answer", 1, 4)->time,
                     2 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* Durable or not decides what is left of a value that was acknowledged. */
START_TEST(a_power_loss_takes_what_was_not_synced)
{
    static const char *const keys[] = { "durable: true", "durable: false",
                                        "bugs: [ack_before_sync]" };
    char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 3s\nnetwork: {latency: 1ms}\nnodes:\n"
                  "  store: {model: single, disk: {sync: 5ms, unsynced: dropped}, %s}\n"
                  "  c: {model: script, target: store, program: 'write 1 10, wait 1000, read 1'}\n"
                  "faults: [{at: 500ms, power_loss: store, for: 100ms}]\n",
             keys[_i]);
    play = play_run(yaml, 1);
    expect_answer(play, 0, STORE_OK, SIM_NIL);
    if (_i == 2) {
        ck_assert_str_eq(play->violated, "durable");
    } else {
        ck_assert_str_eq(play->violated, "");
        expect_answer(play, 2, STORE_OK, _i == 0 ? 10 : SIM_NIL);
    }
    play_free(play);
}
END_TEST

/* 100 clients, a sync of 10 ms: one each would be 100 per second. */
START_TEST(changes_share_syncs)
{
    struct play *play = play_swiftly(
        HEAD "duration: 5s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: single, disk: {sync: 10ms}}\n"
             "  app: {model: kv-client, target: store, processes: 100, mix: {write: 100%}}\n",
        1);

    ck_assert_uint_gt(play->status[SIM_OK], 3000);
    ck_assert_int_le(play->metrics[1], 500);
    play_free(play);
}
END_TEST

/* Crashes, slow disks, a lossy network: one copy is linearizable, and nothing happens twice. */
START_TEST(swarm)
{
    struct play *play = play_swiftly(
        HEAD "duration: 20s\nnetwork: {latency: 1ms..5ms, loss: 2%}\nnodes:\n"
             "  store: {model: single, disk: {sync: 1ms..5ms}}\n"
             "  app: {model: kv-client, count: 3, target: store, rate: 20/s, timeout: 300ms,\n"
             "        mix: {read: 50%, write: 30%, cas: 20%}, keys: {count: 4},\n"
             "        retry: {unanswered: true, patience: 50ms}}\n"
             "faults:\n"
             "  - {every: {exponential: 2s}, between: [1s, 18s], power_loss: store, for: 200ms}\n"
             "  - {every: {exponential: 2s}, between: [1s, 18s], crash: store, for: 50ms..400ms}\n"
             "  - {every: {exponential: 3s}, between: [1s, 18s], pause: store, for: 50ms..400ms}\n"
             "  - {every: {exponential: 3s}, between: [1s, 18s], partition: [[app], [store]],\n"
             "     for: 300ms}\n",
        (uint64_t)_i + 1);
    static char text[1024];

    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_gt(play->status[SIM_OK], 200);
    ck_assert_msg(play_is_linearizable(play, text), "%s", text);
    play_free(play);
}
END_TEST

START_TEST(it_is_alone)
{
    play_expect_error(HEAD "duration: 1s\nnodes: {store: {model: single, count: 2}}\n",
                      "`count` has to be 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("single");
    TCase *all = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(all, it_does_all_operations);
    tcase_add_loop_test(all, a_power_loss_takes_what_was_not_synced, 0, 3);
    tcase_add_test(all, changes_share_syncs);
    tcase_add_loop_test(all, swarm, 0, 20);
    tcase_add_test(all, it_is_alone);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
