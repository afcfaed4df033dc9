/* model_basics.c - failure detector, token ring, and the two loads for measuring. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

/* The described fields of a state begin it, as 64-bit words. */
static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

/* -- heartbeat --------------------------------------------------------------------------------- */

#define PEERS "nodes: {peer: {model: heartbeat, count: 4, interval: 100ms, timeout: 350ms%s}}\n"

START_TEST(a_crash_is_noticed_by_all_and_forgiven)
{
    static char yaml[512];
    struct play *play;
    const struct play_note *note;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 5ms}\nduration: 10s\n" PEERS
                  "faults: [{at: 2050ms, crash: peer-2, for: 1s}]\n",
             ", accurate: true");
    play = play_run(yaml, 1);
    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_eq(play_count(play, "suspect", SIM_NO_GROUP), 3);
    ck_assert_uint_eq(play_count(play, "trust", SIM_NO_GROUP), 3);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(word(play, i, 0), 0);
        if (i == 2)
            continue;
        /* the last beat left at 2.0 s and arrived 5 ms later */
        note = play_note(play, "suspect", i, 0);
        ck_assert_int_eq(note->time, 2355 * SIM_MILLISECOND);
        ck_assert_int_eq(note->words[0], 2);
        /* the first one of its new life leaves at once */
        ck_assert_int_eq(play_note(play, "trust", i, 0)->time, 3055 * SIM_MILLISECOND);
    }
    play_free(play);
}
END_TEST

START_TEST(in_a_ring_only_the_successor_notices)
{
    static char yaml[512];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 5ms}\nduration: 10s\n" PEERS
                  "faults: [{at: 2s, crash: peer-3}]\n",
             ", watch: next");
    play = play_run(yaml, 1);
    ck_assert_uint_eq(play_count(play, "suspect", SIM_NO_GROUP), 1);
    ck_assert_int_eq(play_note(play, "suspect", 0, 0)->words[0], 3);
    ck_assert_int_eq(word(play, 0, 0), 1);
    play_free(play);
}
END_TEST

START_TEST(a_wrong_suspicion_breaks_accuracy)
{
    static const char *const promises[2] = { "", ", accurate: true" };
    static char yaml[512];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 5ms}\nduration: 10s\n" PEERS
                  "faults: [{at: 2s, pause: peer-1, for: 1s}]\n",
             promises[_i]);
    play = play_run(yaml, 1);
    ck_assert_str_eq(play->violated, _i == 0 ? "" : "strong-accuracy");
    if (_i == 1)
        ck_assert_ptr_nonnull(strstr(play->text, "suspects peer-1, which is up"));
    play_free(play);
}
END_TEST

START_TEST(a_timeout_within_the_interval_is_refused)
{
    play_expect_error(
        HEAD "duration: 1s\nnodes: {peer: {model: heartbeat, interval: 1s, timeout: 1s}}\n",
        "has to be longer than the interval");
}
END_TEST

/* -- token ring -------------------------------------------------------------------------------- */

START_TEST(the_token_goes_round)
{
    struct play *play =
        play_run(HEAD "network: {latency: 5ms}\nduration: 10s\n"
                      "nodes: {node: {model: token-ring, count: 4, hold: 20ms, patience: 1s}}\n",
                 1);

    /* a lap takes 100 ms; node 0 has entered at 0, 100, ... 9900 ms and at 10 s */
    ck_assert_str_eq(play->violated, "");
    ck_assert_int_eq(word(play, 0, 1) & 0xffffffff, 100);
    ck_assert_int_eq(word(play, 0, 1) >> 32, 1);
    ck_assert_uint_eq(play_count(play, "regenerated", SIM_NO_GROUP), 0);
    play_free(play);
}
END_TEST

static const char *const losses[] = {
    "faults: [{at: 3030ms, crash: {of: node, where: {held: 1}}, for: 100ms}]\n",
    "faults: [{at: 3s, partition: [[node-2], rest], for: 200ms}]\n",
    /* the watcher itself, with the token or without */
    "faults: [{at: 3s, crash: node-0, for: 500ms}]\n",
    "faults: [{at: 3s, power_loss: node, for: 500ms}]\n",
};

START_TEST(a_lost_token_is_made_anew)
{
    static char yaml[512];
    struct play *play;
    const struct play_note *note;
    int64_t before;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 5ms}\nduration: 10s\n"
                  "nodes: {node: {model: token-ring, count: 4, hold: 20ms, patience: 1s}}\n%s",
             losses[_i]);
    play = play_run(yaml, 1);
    note = play_note(play, "regenerated", SIM_NO_GROUP, 0);
    ck_assert_str_eq(play->violated, "");
    ck_assert_ptr_nonnull(note);
    ck_assert_uint_eq(note->node, 0);
    ck_assert_int_gt(note->time, 4 * SIM_SECOND);
    ck_assert_int_lt(note->time, 6 * SIM_SECOND);
    ck_assert_uint_eq(play_count(play, "regenerated", SIM_NO_GROUP), 1);
    /* it goes on: laps of the new epoch */
    before = note->words[0];
    ck_assert_int_gt(word(play, 0, 1), before + 30);
    play_free(play);
}
END_TEST

START_TEST(a_duplicate_is_thrown_away)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: 1ms..30ms, duplicate: 50%}\nduration: 60s\n"
             "nodes: {node: {model: token-ring, count: 4, hold: 20ms, patience: 1s}}\n",
        1);

    ck_assert_str_eq(play->violated, "");
    ck_assert_int_gt(word(play, 0, 1) & 0xffffffff, 300);
    play_free(play);
}
END_TEST

START_TEST(a_frozen_holder_makes_two)
{
    struct play *play =
        play_run(HEAD "network: {latency: 5ms}\nduration: 20s\n"
                      "nodes: {node: {model: token-ring, count: 4, hold: 20ms, patience: 1s}}\n"
                      "faults: [{at: 4030ms, pause: {of: node, where: {held: 1}}, for: 5s}]\n",
                 1);

    /* the token reached node 1 at 4025 ms */
    ck_assert_str_eq(play->violated, "mutual-exclusion");
    ck_assert_str_eq(play->text, "2 tokens are held, there should be 1");
    play_free(play);
}
END_TEST

START_TEST(many_tokens_keep_many_busy)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 5ms}\nduration: 10s\n"
                          "nodes: {node: {model: token-ring, count: 100, tokens: 100, hold: 1s}}\n",
                     1);

    ck_assert_str_eq(play->violated, "");
    /* each node gets one per lap step of 1.005 s */
    ck_assert_uint_ge(sim_world_group_stats(play->world, 0)->delivered, 900);
    ck_assert_uint_le(sim_world_group_stats(play->world, 0)->delivered, 1100);
    play_free(play);
}
END_TEST

START_TEST(too_many_tokens_break_exclusion)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 5ms, duplicate: 30%}\nduration: 10s\n"
                          "nodes: {node: {model: token-ring, count: 10, tokens: 3, hold: 50ms}}\n",
                     1);

    ck_assert_str_eq(play->violated, "mutual-exclusion");
    play_free(play);
}
END_TEST

START_TEST(patience_has_its_limits)
{
    play_expect_error(
        HEAD
        "duration: 1s\nnodes: {node: {model: token-ring, count: 5, tokens: 2, patience: 9s}}\n",
        "works with one token only");
    play_expect_error(
        HEAD
        "duration: 1s\nnodes: {node: {model: token-ring, count: 5, hold: 10ms, patience: 49ms}}\n",
        "is shorter than one round");
}
END_TEST

/* -- loads ------------------------------------------------------------------------------------- */

START_TEST(balls_fly_at_the_speed_of_the_network)
{
    static const int64_t expected[3][5] = {
        { 0 },                       /* alone */
        { 500, 500 },                /* a round takes 2 ms */
        { 500, 500, 500, 500, 500 }, /* the fifth plays with the fourth */
    };
    static const int counts[3] = { 1, 2, 5 };
    static char yaml[256];
    struct play *play;

    snprintf(
        yaml, sizeof yaml,
        HEAD
        "network: {latency: 1ms}\nduration: 1s\nnodes: {node: {model: ping-pong, count: %d}}\n",
        counts[_i]);
    play = play_swiftly(yaml, 1);
    for (uint32_t i = 0; i < (uint32_t)counts[_i]; i++)
        ck_assert_int_eq(word(play, i, 0), expected[_i][i]);
    play_free(play);
}
END_TEST

START_TEST(requests_are_asked_and_answered)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: 1ms}\nduration: 1s\nnodes:\n"
             "  server: {model: requests, count: 2, target: server}\n"
             "  client: {model: requests, count: 3, target: server, every: 100ms, burst: 2}\n",
        1);

    for (uint32_t i = 2; i < 5; i++)
        ck_assert_int_eq(word(play, i, 0), 22); /* at 0, 100, ..., 1000 ms */
    ck_assert_int_eq(word(play, 0, 1), 40);     /* of members 0 and 2; the last come too late */
    ck_assert_int_eq(word(play, 1, 1), 20);
    ck_assert_int_eq(word(play, 0, 0), 0);
    play_free(play);
}
END_TEST

START_TEST(phold_keeps_its_events)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: {exponential: 900ms, plus: 100ms}}\nduration: 100s\n"
                          "nodes: {node: {model: phold, count: 50, pending: 4}}\n",
                     1);
    int64_t handled = 0, least = INT64_MAX, most = 0;

    for (uint32_t i = 0; i < 50; i++) {
        int64_t own = word(play, i, 0);

        handled += own;
        least = own < least ? own : least;
        most = own > most ? own : most;
    }
    ck_assert_uint_eq(sim_world_pending(play->world), 200);
    /* 200 jobs, a hop a second: 20 000 expected, deviation about 130; per node 400 and 20 */
    ck_assert_int_gt(handled, 19000);
    ck_assert_int_lt(handled, 21000);
    ck_assert_int_gt(least, 300);
    ck_assert_int_lt(most, 500);
    play_free(play);
}
END_TEST

START_TEST(phold_moves_timers)
{
    static const struct {
        const char *timer;
        bool fires;
    } rows[] = { { "false", false },
                 { "true, timeout: 1h", false },
                 { "true, timeout: 1s", true } };
    static char yaml[256];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: {exponential: 900ms, plus: 100ms}}\nduration: 20s\n"
                  "nodes: {node: {model: phold, count: 10, rearm: %s}}\n",
             rows[_i].timer);
    play = play_swiftly(yaml, 1);
    ck_assert_int_eq(play->metrics[0] > 0, rows[_i].fires);
    play_free(play);
}
END_TEST

START_TEST(phold_needs_company)
{
    play_expect_error(HEAD "duration: 1s\nnodes: {node: {model: phold, count: 1}}\n",
                      "needs at least two members");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("basics");
    TCase *heartbeat = tcase_create("heartbeat"), *ring = tcase_create("token-ring");
    TCase *loads = tcase_create("loads");
    SRunner *runner;
    int failed;

    tcase_add_test(heartbeat, a_crash_is_noticed_by_all_and_forgiven);
    tcase_add_test(heartbeat, in_a_ring_only_the_successor_notices);
    tcase_add_loop_test(heartbeat, a_wrong_suspicion_breaks_accuracy, 0, 2);
    tcase_add_test(heartbeat, a_timeout_within_the_interval_is_refused);
    tcase_add_test(ring, the_token_goes_round);
    tcase_add_loop_test(ring, a_lost_token_is_made_anew, 0, 4);
    tcase_add_test(ring, a_duplicate_is_thrown_away);
    tcase_add_test(ring, a_frozen_holder_makes_two);
    tcase_add_test(ring, many_tokens_keep_many_busy);
    tcase_add_test(ring, too_many_tokens_break_exclusion);
    tcase_add_test(ring, patience_has_its_limits);
    tcase_add_loop_test(loads, balls_fly_at_the_speed_of_the_network, 0, 3);
    tcase_add_test(loads, requests_are_asked_and_answered);
    tcase_add_test(loads, phold_keeps_its_events);
    tcase_add_loop_test(loads, phold_moves_timers, 0, 3);
    tcase_add_test(loads, phold_needs_company);
    suite_add_tcase(suite, heartbeat);
    suite_add_tcase(suite, ring);
    suite_add_tcase(suite, loads);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
