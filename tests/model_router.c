/* model_router.c - the store that is made of several: which shard a key is asked of, what the
 * router makes of the shard's answers, and what it promises when there are none. */
#include "models/parts/ring.h"
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"
#define START HEAD "duration: 6s\nnetwork: {latency: 1ms}\nnodes:\n"

/* The described fields of a router's state begin it. */
enum { REQUESTS, ANSWERED, TURNED_AWAY, SILENT, OPEN };
enum { REDIRECTS }; /* of its metrics */

static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

static struct play *run(uint64_t seed, const char *yaml)
{
    struct play *play = play_run(yaml, seed);

    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
    return play;
}

static void expect_answer(const struct play *play, uint32_t node, int64_t step, int64_t status,
                          int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

/* -- which shard ------------------------------------------------------------------------------- */

/* Keys 0 and 9, 10 and 19, 20 and 1000 are written through the router; who asks a shard itself sees
 * what it keeps. */
#define WRITES "write 0 50, write 9 59, write 10 60, write 19 69, write 20 70, write 1000 80"
#define LOOKS                                                                                      \
    "  x: {model: script, target: a, program: 'wait 1000, read 0, read 9, read 10, read 19, "      \
    "read 20, read 1000'}\n"                                                                       \
    "  y: {model: script, target: b, program: 'wait 1000, read 0, read 9, read 10, read 19, "      \
    "read 20, read 1000'}\n"                                                                       \
    "  z: {model: script, target: d, program: 'wait 1000, read 0, read 9, read 10, read 19, "      \
    "read 20, read 1000'}\n"

static const struct {
    const char *keys;
    int owners[6];
} tables[] = {
    { "by: range, shards: [{group: a}, {group: b, from: 10}, {group: d, from: 20}]",
      { 0, 0, 1, 1, 2, 2 } },
    { "by: range, shards: [{group: d, from: 0}, {group: a, from: 1000}]", { 2, 2, 2, 2, 2, 0 } },
    { "by: directory, shards: [{group: a}, {group: b}, {group: d}], directory: [{from: 9, to: 10, "
      "group: b}, {from: 19, group: d}]",
      { 0, 1, 1, 2, 0, 0 } },
    { "by: directory, shards: [{group: a}, {group: b}, {group: d}], rest: d, directory: [{from: 0, "
      "group: b}, {from: 1, to: 9, group: a}, {from: 20, to: 9223372036854775806, group: b}]",
      { 1, 0, 2, 2, 1, 1 } },
    { "by: directory, shards: [{group: b}, {group: d}]", { 1, 1, 1, 1, 1, 1 } },
};

START_TEST(a_key_has_one_place)
{
    static const int64_t values[] = { 50, 59, 60, 69, 70, 80 };
    char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             START "  front: {model: router, %s}\n"
                   "  a: {model: single}\n  b: {model: single}\n  d: {model: single}\n"
                   "  c: {model: script, target: front, program: '" WRITES
                   ", read 10, read 1000'}\n" LOOKS,
             tables[_i].keys);
    play = run(1, yaml);
    for (int i = 0; i < 6; i++)
        for (int shard = 0; shard < 3; shard++)
            expect_answer(play, (uint32_t)(5 + shard), i + 1, STORE_OK,
                          shard == tables[_i].owners[i] ? values[i] : SIM_NIL);
    expect_answer(play, 4, 6, STORE_OK, 60);
    expect_answer(play, 4, 7, STORE_OK, 80);
    ck_assert_int_eq(word(play, 0, REQUESTS), 8);
    ck_assert_int_eq(word(play, 0, ANSWERED), 8);
    ck_assert_int_eq(word(play, 0, OPEN), 0);
    play_free(play);
}
END_TEST

/* What each shard is asked for is what the ring says, operation by operation. With 64 points each
 * the share of one of three shards has a standard deviation of sqrt(2 / (3 * 64 + 1)) = 10.2 % of a
 * third (ring.h), and with 1 point of sqrt(2 / 4) = 71 %; four of them are a bound for 64. */
START_TEST(hashes_spread_keys)
{
    static struct ring_point points[3 * 64];
    struct ring ring;
    int64_t asked[3] = { 0 }, keys[3] = { 0 };
    struct play *play =
        run(1, HEAD "duration: 10s\nnetwork: {latency: 1ms}\nnodes:\n"
                    "  front: {model: router, shards: [{group: a}, {group: b}, {group: d}]}\n"
                    "  a: {model: single}\n  b: {model: single}\n  d: {model: single}\n"
                    "  c: {model: kv-client, target: front, rate: 300/s, keys: {count: 10000}, "
                    "mix: {write: 100%}}\n");

    ring_fill(&ring, points, 3, 64);
    for (size_t i = 1; i < play->operation_count; i++) {
        uint32_t shard;

        ring_preference(&ring, play->operations[i].operation.key, &shard, 1);
        asked[shard]++;
    }
    for (int64_t key = 0; key < 10000; key++) {
        uint32_t shard;

        ring_preference(&ring, key, &shard, 1);
        keys[shard]++;
    }
    ck_assert_int_gt(asked[0] + asked[1] + asked[2], 2500);
    for (uint32_t shard = 0; shard < 3; shard++) {
        struct sim_route_stats stats;
        const char *name =
            sim_world_route(play->world, 0, shard * STORE_OPERATIONS + STORE_WRITE, &stats);

        ck_assert_str_eq(name, shard == 0 ? "a.write" : shard == 1 ? "b.write" : "d.write");
        ck_assert_int_le(asked[shard] - (int64_t)stats.calls, 2); /* on their way at the end */
        ck_assert_double_eq_tol((double)keys[shard] / 10000, 1.0 / 3, 4 * 0.102 / 3);
    }
    play_free(play);
}
END_TEST

/* -- what the shards answer -------------------------------------------------------------------- */

/* Everything that a store does, through two routers, one behind the other. */
START_TEST(all_operations_pass)
{
    struct play *play = run(
        1, START "  front: {model: router, shards: [{group: inner}]}\n"
                 "  inner: {model: router, by: range, shards: [{group: a}, {group: b, from: 5}]}\n"
                 "  a: {model: single}\n  b: {model: lww-register, count: 2}\n"
                 "  c: {model: script, target: front, program: 'write 1 10, cas 1 10 11, cas 1 10 "
                 "12, read 1, add 2 5, add 2 6, append 3 7, append 3 8, read 3, delete 1, read 1, "
                 "write 6 60, read 6, ask 0, cas 6 60 61'}\n");

    expect_answer(play, 5, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 5, 2, STORE_MISMATCH, 11);
    expect_answer(play, 5, 3, STORE_OK, 11);
    expect_answer(play, 5, 5, STORE_OK, 11);
    ck_assert_int_eq(play_answer(play, 5, 8)[3], 2); /* a list of two */
    expect_answer(play, 5, 10, STORE_OK, SIM_NIL);
    expect_answer(play, 5, 12, STORE_STALE, 60);
    expect_answer(play, 5, 14, STORE_UNAVAILABLE, SIM_NIL);
    ck_assert_int_eq(word(play, 0, TURNED_AWAY), 1);
    play_free(play);
}
END_TEST

/* The leader of each shard is found once, by a hint, and remembered: with three members, which at
 * first ask another one than the leader, one hop for a shard at most. The client sees no hint. */
START_TEST(redirections_are_followed_and_remembered)
{
    int64_t hops = 0;

    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct play *play =
            run(seed, START
                "  front: {model: router, by: range, shards: [{group: a}, {group: b, from: 10}]}\n"
                "  a: {model: raft, count: 3}\n  b: {model: raft, count: 3}\n"
                "  c: {model: script, target: front, program: 'wait 2000, ask 0, write 1 10, "
                "write 11 20, write 2 11, write 12 21, read 1, read 11, read 2, read 12'}\n");

        for (int64_t step = 2; step <= 5; step++)
            expect_answer(play, 7, step, STORE_OK, SIM_NIL);
        for (int64_t step = 0; step < 4; step++)
            expect_answer(play, 7, 6 + step, STORE_OK, step % 2 * 10 + 10 + step / 2);
        ck_assert_int_le(play->metrics[REDIRECTS], 2);
        hops += play->metrics[REDIRECTS];
        play_free(play);
    }
    ck_assert_int_gt(hops, 0);
}
END_TEST

/* A shard that is cut off leaves the client without an answer; of one without a majority, whose
 * last member knows no leader, the client hears that it was not done; one whose processor is full
 * refuses. The other shard answers all the time. */
static const struct {
    const char *store, *faults;
    int64_t status;
} troubles[] = {
    { "model: single", "{at: 500ms, crash: b, for: 5s}", PLAY_UNKNOWN },
    { "model: raft, count: 3",
      "{at: 500ms, crash: b-0, for: 5s}, {at: 500ms, crash: b-1, for: 5s}, {at: 600ms, "
      "drop_messages: {from: front, to: b-0}, message: write.request, for: 1us}",
      STORE_UNAVAILABLE },
    { "model: single, processor: {workers: 1, queue: 0, cost: 4s}", "", PLAY_REFUSED },
};

START_TEST(one_shard_in_trouble)
{
    char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             START "  front: {model: router, by: range, timeout: 200ms, "
                   "shards: [{group: a}, {group: b, from: 10}]}\n"
                   "  a: {model: single}\n  b: {%s}\n"
                   "  w: {model: script, target: b, program: 'wait 900, ask 0, read 12'}\n"
                   "  c: {model: script, target: front, program: 'wait 1000, ask 0, write 1 10, "
                   "write 11 20, read 1, wait 1000, write 11 20, write 11 20, read 1'}\n"
                   "faults: [%s]\n",
             troubles[_i].store, troubles[_i].faults);
    play = run(1, yaml);
    const uint32_t c = _i == 1 ? 6 : 4;

    expect_answer(play, c, 2, STORE_OK, SIM_NIL);
    expect_answer(play, c, 4, STORE_OK, 10);
    /* of three members the first two are dead: the third one is asked after them */
    ck_assert_int_eq(play_answer(play, c, 7)[1], troubles[_i].status);
    expect_answer(play, c, 8, STORE_OK, 10);
    ck_assert_int_eq(word(play, 0, SILENT) > 0, _i < 2);
    ck_assert_int_eq(word(play, 0, TURNED_AWAY) > 0, _i > 0);
    ck_assert_int_eq(word(play, 0, OPEN), 0);
    play_free(play);
}
END_TEST

/* The first attempt was executed and its answer lost; a filter repeats it two seconds later, when
 * the store, two of whose members are dead, turns it away. "Not done" would be a lie. */
START_TEST(what_may_be_done_is_never_called_not_done)
{
    static const char *const cut[] = { "write.reply", "read.reply" };
    char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             START "  front: {model: router, shards: [{group: b}], timeout: 4s}\n"
                   "  b: {model: quorum, count: 3}\n"
                   "  w: {model: script, target: b, program: 'wait 1200, ask 0, write 2 2'}\n"
                   "  c: {model: script, target: front, program: 'wait 1000, ask 0, write 1 1'}\n"
                   "calls: {front: {b.write: [retry: {attempts: 2, backoff: constant, base: 2s, "
                   "jitter: none}, timeout: 50ms]}}\n"
                   "faults:\n"
                   "  - {at: 900ms, drop_messages: {from: b, to: front}, message: %s, for: 1s}\n"
                   "  - {at: 1100ms, crash: b-1, for: 4s}\n"
                   "  - {at: 1100ms, crash: b-2, for: 4s}\n",
             cut[_i]);
    play = run(1, yaml);
    ck_assert_int_eq(play_answer(play, 5, 2)[1], _i == 0 ? PLAY_UNKNOWN : STORE_OK);
    ck_assert_int_eq(word(play, 0, SILENT), _i == 0);
    ck_assert_int_eq(word(play, 0, TURNED_AWAY), 0);
    play_free(play);
}
END_TEST

/* -- several routers --------------------------------------------------------------------------- */

/* The answer of the first router to an addition is lost; the client repeats it at the second one,
 * under the same number of its session. With a session it is done once and answered the same. */
START_TEST(a_repeat_through_another_router_is_done_once)
{
    static const char *const sessions[] = { "session 5 1, ", "" };
    char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             START "  front: {model: router, count: 2, by: range, "
                   "shards: [{group: a}, {group: b, from: 10}]}\n"
                   "  a: {model: raft, count: 3}\n  b: {model: raft, count: 3}\n"
                   "  c: {model: script, target: front, program: 'wait 2000, ask 0, add 1 1, %s"
                   "add 1 5, ask 1, add 1 5, read 1'}\n"
                   "faults: [{at: 1s, drop_messages: {from: front-0, to: c}, message: add.reply, "
                   "every_nth: 2, for: 3s}]\n",
             sessions[_i]);
    play = run(1, yaml);
    const int64_t first = _i == 0 ? 4 : 3;

    expect_answer(play, 8, 2, STORE_OK, 1);
    ck_assert_int_eq(play_answer(play, 8, first)[1], PLAY_UNKNOWN);
    expect_answer(play, 8, first + 2, STORE_OK, _i == 0 ? 6 : 11);
    expect_answer(play, 8, first + 3, STORE_OK, _i == 0 ? 6 : 11);
    play_free(play);
}
END_TEST

/* A router that crashes forgets what was under way, and serves again when it is back. */
START_TEST(a_router_crashes)
{
    struct play *play = run(
        1, START "  front: {model: router, count: 2, shards: [{group: a}, {group: b}]}\n"
                 "  a: {model: single}\n  b: {model: single}\n"
                 "  c: {model: script, target: front, program: 'wait 500, ask 0, write 1 10, wait "
                 "1000, read 1, ask 1, read 1, ask 0, wait 2000, read 1, write 2 20, read 2'}\n"
                 "faults: [{at: 1s, crash: front-0, for: 2s}]\n");

    expect_answer(play, 4, 2, STORE_OK, SIM_NIL);
    expect_answer(play, 4, 4, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 4, 6, STORE_OK, 10);
    expect_answer(play, 4, 9, STORE_OK, 10);
    expect_answer(play, 4, 11, STORE_OK, 20);
    play_free(play);
}
END_TEST

/* Nobody waits any more for what stood 100 ms in the router's queue: the shard is not asked. */
START_TEST(deadlines_are_heeded_and_passed_on)
{
    struct play *play = run(
        1, START "  front: {model: router, shards: [{group: a}], "
                 "processor: {workers: 1, queue: 10, cost: 30ms}}\n"
                 "  a: {model: single}\n"
                 "  c: {model: kv-client, target: front, processes: 8, think: 5s, timeout: 100ms, "
                 "mix: {write: 100%}, retry: {attempts: 1}}\n"
                 "calls: {c: [deadline: 100ms]}\n");
    struct sim_route_stats stats;

    sim_world_route(play->world, 0, STORE_WRITE, &stats);
    ck_assert_int_gt(word(play, 0, TURNED_AWAY), 0);
    ck_assert_int_eq(word(play, 0, REQUESTS), (int64_t)stats.calls + word(play, 0, TURNED_AWAY));
    play_free(play);
}
END_TEST

/* -- under random faults ----------------------------------------------------------------------- */

#define SWARM                                                                                      \
    HEAD                                                                                           \
        "duration: 20s\nsettle: {for: 8s}\n"                                                       \
        "network: {latency: {lognormal: {median: 1ms, p99: 8ms}}, loss: 0.5%%, duplicate: 1%%}\n"  \
        "nodes:\n"                                                                                 \
        "  front: {model: router, count: 2, %s}\n"                                                 \
        "  a: {model: raft, count: 3}\n"                                                           \
        "  b: {%s}\n"                                                                              \
        "  d: {model: raft, count: 3}\n"                                                           \
        "  app: {model: kv-client, count: 4, target: front, rate: 15/s, keys: {count: 12}, "       \
        "mix: {read: 50%%, write: 50%%}, network_doubles: true, retry: {%s}}\n"                    \
        "faults:\n"                                                                                \
        "  - random: {of: [front, a, b, d], every: {exponential: 300ms}, for: {mix: [{weight: 1, " \
        "of: 10ms..300ms}, {weight: 1, of: 300ms..4s}]}, kinds: [crash, pause, partition, "        \
        "isolate, link_loss, link_delay]}\n"                                                       \
        "    between: [1s, 12s]\n"

/* What is not answered may be repeated at the other router, where shards remember sessions: Raft
 * does. A quorum's coordinators do each for themselves, so there nothing is repeated. */
START_TEST(swarm)
{
    static const char *const shards[][2] = {
        { "model: raft, count: 3", "unanswered: true, patience: 300ms" },
        { "model: quorum, count: 3, stamp: counter, read_repair: first", "unanswered: false" },
    };
    static const char *const ways[] = {
        "shards: [{group: a}, {group: b}, {group: d}]",
        "by: range, shards: [{group: a}, {group: b, from: 4}, {group: d, from: 8}]",
        ("by: directory, shards: [{group: a}, {group: b}, {group: d}], "
         "directory: [{from: 3, to: 6, group: b}, {from: 9, group: d}]"),
    };
    char yaml[4096], text[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml, SWARM, ways[_i % 3], shards[_i % 2][0], shards[_i % 2][1]);
    play = play_swiftly(yaml, (uint64_t)_i + 1);
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_msg(play_is_linearizable(play, text), "%s", text);
    ck_assert_uint_gt(play->status[SIM_OK], 300);
    play_free(play);
}
END_TEST

/* -- what does not fit together ---------------------------------------------------------------- */

START_TEST(wrong_scenarios)
{
    static const struct {
        const char *keys, *message;
    } rows[] = {
        { "shards: []", "at least one shard" },
        { "by: range, shards: [{group: a, from: 1}]", "item 1: the first shard has to begin" },
        { "by: range, shards: [{group: a}, {group: b, from: 9}, {group: d, from: 9}]",
          "item 3: its range has to begin behind" },
        { "by: range, shards: [{group: a}, {group: b}]", "item 2: its range has to begin behind" },
        { "shards: [{group: a}, {group: b, from: 9}]", "item 2: `from` belongs to `by: range`" },
        { "shards: [{group: a}, {group: b}, {group: a}]", "item 3: its group is a shard already" },
        { "shards: [{group: a}], directory: [{from: 1, group: a}]", "belongs to `by: directory`" },
        { "shards: [{group: a}], rest: a", "belongs to `by: directory`" },
        { "by: directory, shards: [{group: a}], rest: b", "none of the shards" },
        { "by: directory, shards: [{group: a}], directory: [{from: 1, group: b}]",
          "item 1: its group is none of the shards" },
        { "by: directory, shards: [{group: a}], directory: [{from: 9, to: 8, group: a}]",
          "item 1: ends before it begins" },
        { "by: directory, shards: [{group: a}], directory: [{from: 1, to: 8, group: a}, {from: 8, "
          "group: a}]",
          "item 2: has to begin behind the end" },
        { "by: directory, shards: [{group: a}], directory: [{from: 1, to: 0, group: a}]", "'to'" },
        { "shards: [{group: front}]", "comes back to it" },
        { "shards: [{group: a}, {group: other}]", "comes back to it" },
        { "shards: [{group: c}]", "does not serve" },
        { "shards: [{group: nobody-there}]", "no node group 'nobody-there'" },
        { "target: a, shards: [{group: a}]", "lists whom it calls" },
        { "shards: [{group: a}, {group: q}]",
          "asks for 'cas', which group 'q' (model 'quorum') behind 'front' does not do" },
    };
    char yaml[1024];

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 1s\nnodes:\n  front: {model: router, %s}\n"
                  "  other: {model: router, shards: [{group: front}]}\n"
                  "  a: {model: single}\n  b: {model: single}\n  d: {model: single}\n"
                  "  q: {model: quorum, count: 3}\n"
                  "  c: {model: kv-client, target: front, mix: {read: 50%%, cas: 50%%}}\n",
             rows[_i].keys);
    play_expect_error(yaml, rows[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("router");
    TCase *all = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(all, a_key_has_one_place, 0, sizeof tables / sizeof tables[0]);
    tcase_add_test(all, hashes_spread_keys);
    tcase_add_test(all, all_operations_pass);
    tcase_add_test(all, redirections_are_followed_and_remembered);
    tcase_add_loop_test(all, one_shard_in_trouble, 0, 3);
    tcase_add_loop_test(all, what_may_be_done_is_never_called_not_done, 0, 2);
    tcase_add_loop_test(all, a_repeat_through_another_router_is_done_once, 0, 2);
    tcase_add_test(all, a_router_crashes);
    tcase_add_test(all, deadlines_are_heeded_and_passed_on);
    tcase_add_loop_test(all, swarm, 0, 12);
    tcase_add_loop_test(all, wrong_scenarios, 0, 19);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
