/* model_abd.c - the register of majorities: what an operation waits for, what it promises without
 * one, and how each of its knobs is wrong. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

/* The described fields of a state begin it: kept, reads, writes. */
static int64_t word(const struct play *play, uint32_t node, size_t n)
{
    return ((const int64_t *)play_state(play, node))[n];
}

static struct play *run(uint64_t seed, const char *format, const char *keys)
{
    static char yaml[4096];
    struct play *play;

    snprintf(yaml, sizeof yaml, format, keys);
    play = play_run(yaml, seed);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
    return play;
}

static struct play *run_well(uint64_t seed, const char *format, const char *keys)
{
    struct play *play = run(seed, format, keys);

    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    return play;
}

static void expect_answer(const struct play *play, int64_t step, int64_t status, int64_t value)
{
    const int64_t *answer = play_answer(play, 3, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

/* -- wrong parameters -------------------------------------------------------------------------- */

static const struct {
    const char *store, *message;
} wrong[] = {
    { "count: 65", "at most 64" },
    { "count: 3, resend: 1s", "given up before anything is sent again" },
    { "count: 3, timeout: 100ms", "given up before anything is sent again" },
    { "count: 3, write_back: never", "there are: always, needed" },
    { "count: 3, bugs: [stale]", "no_write_back" },
};

START_TEST(wrong_parameters_are_named)
{
    char yaml[512];

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 1s\nnetwork: {latency: 1ms}\nnodes:\n  store: {model: abd, %s}\n",
             wrong[_i].store);
    play_expect_error(yaml, wrong[_i].message);
}
END_TEST

/* -- what an operation waits for --------------------------------------------------------------- */

/* One way 1 ms, to the far member 10 ms; a sync takes 2 ms. Two near ones are a majority, and the
 * coordinator is one of them. A write: there, ask and back, keep and sync and back, back. A read
 * that finds an agreeing majority may leave the second round out. */
static const struct {
    const char *keys;
    int64_t write, read;
} rounds[] = {
    { "write_back: always", 1 + 2 + 4 + 1, 1 + 2 + 2 + 1 },
    { "write_back: needed", 1 + 2 + 4 + 1, 1 + 2 + 1 },
    { "bugs: [no_write_back]", 1 + 2 + 4 + 1, 1 + 2 + 1 },
    { "bugs: [ack_before_sync]", 1 + 2 + 2 + 1, 1 + 2 + 2 + 1 },
};

START_TEST(an_operation_takes_two_rounds_of_a_majority)
{
    struct play *play =
        run_well(1,
                 HEAD "duration: 3s\nnetwork:\n  latency: 1ms\n  links: [{between: [{zone: near}, "
                      "{zone: far}], latency: 10ms}]\nnodes:\n"
                      "  store: {model: abd, count: 3, zones: [near, near, far], disk: {sync: "
                      "2ms}, %s}\n"
                      "  c: {model: script, zone: near, target: store, program: 'wait 1000, write "
                      "1 10, read 1'}\n",
                 rounds[_i].keys);
    sim_time written = play_note(play, "answer", 3, 0)->time;

    expect_answer(play, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 2, STORE_OK, 10);
    ck_assert_int_eq(written, SIM_SECOND + rounds[_i].write * SIM_MILLISECOND);
    ck_assert_int_eq(play_note(play, "answer", 3, 1)->time,
                     written + rounds[_i].read * SIM_MILLISECOND);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(word(play, i, 0), 1);
    play_free(play);
}
END_TEST

START_TEST(what_needs_agreement_is_turned_away)
{
    struct play *play = run_well(
        1,
        HEAD "duration: 2s\nnetwork: {latency: 1ms}\nnodes:\n  store: {model: abd, count: 3, %s}\n"
             "  c: {model: script, target: store, program: 'ask 1, read 1, write 1 10, cas 1 10 "
             "11, add 1 1, append 2 1, read 1, delete 1, read 1, read 2'}\n",
        "write_back: needed");

    expect_answer(play, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 3, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 4, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 5, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 6, STORE_OK, 10);
    expect_answer(play, 8, STORE_OK, SIM_NIL);
    expect_answer(play, 9, STORE_OK, SIM_NIL);
    play_free(play);
}
END_TEST

/* One of three away: nobody notices. Two away: before anything is written that is told. */
START_TEST(a_majority_is_enough_and_needed)
{
    static const char *const away[] = { "store-2", "store-1, store-2" };
    int64_t status = _i == 0 ? STORE_OK : STORE_UNAVAILABLE;
    struct play *play =
        run_well(1,
                 HEAD "duration: 4s\nnetwork: {latency: 1ms}\nnodes:\n"
                      "  store: {model: abd, count: 3, timeout: 300ms}\n"
                      "  c: {model: script, target: store, program: 'ask 0, write 1 10, wait 1000, "
                      "read 1, write 1 11, wait 1000, read 1, write 1 12, read 1'}\n"
                      "faults: [{at: 500ms, crash: [%s], for: 1500ms}]\n",
                 away[_i]);

    expect_answer(play, 3, status, _i == 0 ? 10 : SIM_NIL);
    expect_answer(play, 4, status, SIM_NIL);
    expect_answer(play, 6, STORE_OK, _i == 0 ? 11 : 10);
    expect_answer(play, 8, STORE_OK, 12);
    play_free(play);
}
END_TEST

/* -- a write that stops half-way --------------------------------------------------------------- */

/* The second write begins at 2.008 s, has found its tag at 2.011 s, and from 2.0105 s on store-0 is
 * alone with it for 800 ms: it gives up without a word. */
#define HALF_WAY                                                                                   \
    HEAD "duration: 8s\nnetwork: {latency: 1ms}\nnodes:\n"                                         \
         "  store: {model: abd, count: 3, resend: 400ms, timeout: 500ms, disk: {sync: 2ms}, %s}\n"
#define ALONE                                                                                      \
    "faults:\n  - {at: 2010500us, partition: [[store-0], [store-1, store-2]], for: 800ms}\n"

/* The first read finds it at store-0, which then is gone: the next one asks the others. */
START_TEST(a_read_keeps_what_it_tells)
{
    static const char *const keys[] = { "write_back: always", "write_back: needed",
                                        "bugs: [no_write_back]" };
    struct play *play =
        run_well(1,
                 HALF_WAY "  c: {model: script, target: store, program: 'ask 0, wait 1000, write 1 "
                          "5, wait 1000, write 1 10, read 1, ask 1, wait 1000, read 1'}\n" ALONE
                          "  - {at: 3500ms, crash: store-0}\n",
                 keys[_i]);

    expect_answer(play, 2, STORE_OK, SIM_NIL);
    expect_answer(play, 4, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 5, STORE_OK, 10);
    expect_answer(play, 8, STORE_OK, _i == 2 ? 5 : 10);
    play_free(play);
}
END_TEST

/* Asked for again it goes on with its tag; done, it is not made a second time; and one that was
 * turned away is not made later. */
START_TEST(a_session_writes_once)
{
    struct play *play = run_well(
        1,
        HALF_WAY
        "  c: {model: script, target: store, program: 'ask 0, wait 1000, session 1 1, write 1 5, "
        "wait 1000, session 1 2, write 1 10, write 1 10, write 1 10, read 1, session 1 1, write 1 "
        "5, wait 1000, session 1 3, write 1 11, session 1 3, write 1 11, read 1'}\n" ALONE
        "  - {at: 5s, partition: [[store-0], [store-1, store-2]], for: 1200ms}\n",
        "write_back: needed");

    expect_answer(play, 6, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 7, STORE_OK, SIM_NIL);
    expect_answer(play, 8, STORE_OK, SIM_NIL);
    expect_answer(play, 9, STORE_OK, 10);
    expect_answer(play, 11, PLAY_UNKNOWN, SIM_NIL); /* nobody waits for an earlier one */
    expect_answer(play, 14, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 16, STORE_UNAVAILABLE, SIM_NIL);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(word(play, i, 0), 2);
    play_free(play);
}
END_TEST

/* Another member asks before it writes, and so does one that has forgotten: what was written over
 * it meanwhile stays. What a session asked for before its last change is not begun. */
START_TEST(another_member_finds_what_was_written)
{
    struct play *play = run_well(
        1,
        HEAD "duration: 8s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: abd, count: 3, write_back: needed, disk: {sync: 2ms}%s}\n"
             "  c: {model: script, target: store, program: 'ask 0, wait 1000, session 1 1, write 1 "
             "5, ask 1, session 2 1, write 1 6, ask 2, session 1 1, write 1 5, read 1, wait 1000, "
             "ask 0, write 1 5, read 1, ask 1, session 1 3, write 1 7, ask 2, session 1 2, write 1 "
             "9, read 1'}\n"
             "faults: [{at: 1500ms, crash: store-0, for: 100ms}]\n",
        "");

    expect_answer(play, 3, STORE_OK, SIM_NIL);
    expect_answer(play, 6, STORE_OK, SIM_NIL);
    expect_answer(play, 9, STORE_OK, SIM_NIL);
    expect_answer(play, 10, STORE_OK, 6);
    expect_answer(play, 13, STORE_OK, SIM_NIL);
    expect_answer(play, 14, STORE_OK, 6);
    expect_answer(play, 17, STORE_OK, SIM_NIL);
    expect_answer(play, 20, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 21, STORE_OK, 7);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(word(play, i, 0), 3);
    play_free(play);
}
END_TEST

/* -- knobs that its invariants see ------------------------------------------------------------- */

/* store-1 alone has taken what the first life of store-0 wrote, and is away while the second one
 * writes: a tag without the number of the life is given out twice. */
START_TEST(a_tag_has_one_value)
{
    static const char *const keys[] = { "", "bugs: [life_forgotten]" };
    struct play *play =
        run(1,
            HALF_WAY "  c: {model: script, target: store, program: 'ask 0, wait 1000, write 1 5, "
                     "wait 1000, write 1 10, write 1 11, ask 2, read 1'}\n"
                     "faults:\n  - {at: 2010500us, partition: [[store-0, store-1], [store-2]], "
                     "for: 100ms}\n"
                     "  - {at: 2012ms, crash: store-0, for: 20ms}\n"
                     "  - {at: 2100ms, crash: store-1, for: 2s}\n",
            keys[_i]);

    ck_assert_str_eq(play->violated, _i == 0 ? "" : "one-value");
    if (_i == 0)
        expect_answer(play, 7, STORE_OK, 11);
    play_free(play);
}
END_TEST

START_TEST(what_was_acknowledged_outlives_a_power_loss)
{
    static const char *const keys[] = { "write_back: always", "bugs: [ack_before_sync]" };
    struct play *play =
        run(1,
            HEAD "duration: 4s\nnetwork: {latency: 1ms}\nnodes:\n"
                 "  store: {model: abd, count: 3, disk: {sync: 2ms, unsynced: dropped}, %s}\n"
                 "  c: {model: script, target: store, program: 'ask 0, wait 1000, write 1 10, wait "
                 "1000, read 1'}\n"
                 "faults: [{at: 1200ms, power_loss: store, for: 100ms}]\n",
            keys[_i]);

    expect_answer(play, 2, STORE_OK, SIM_NIL);
    ck_assert_str_eq(play->violated, _i == 0 ? "" : "durable");
    if (_i == 0)
        expect_answer(play, 4, STORE_OK, 10);
    play_free(play);
}
END_TEST

/* -- a swarm ----------------------------------------------------------------------------------- */

#define SWARM                                                                                      \
    HEAD "duration: 12s\nsettle: {for: 2s}\n"                                                      \
         "network: {latency: {lognormal: {median: 2ms, p99: 40ms}}, loss: 2%%, duplicate: 2%%}\n"  \
         "nodes:\n  store: {model: abd, count: 5, write_back: needed, disk: {sync: 100us..2ms}, "  \
         "%s}\n"                                                                                   \
         "  app: {model: kv-client, count: 6, target: store, rate: 20/s, keys: {count: 8}, "       \
         "read_from: any, write_to: any, mix: {read: 60%%, write: 35%%, delete: 5%%}}\n"           \
         "faults:\n  - random: {of: store, every: {exponential: 300ms}, for: 10ms..1s, kinds: "    \
         "[crash, power_loss, pause, slow, partition, isolate, link_loss, link_delay]}\n"          \
         "    between: [1s, 10s]\n"

/* How many of so many seeds are not linearizable. */
static int count_wrong(const char *keys, uint64_t seeds)
{
    static char yaml[4096];
    char text[1024];
    int wrong_ones = 0;

    snprintf(yaml, sizeof yaml, SWARM, keys);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct play *play = play_swiftly(yaml, seed);

        ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
        ck_assert_uint_gt(play->status[SIM_OK], 200);
        wrong_ones += !play_is_linearizable(play, text);
        play_free(play);
    }
    return wrong_ones;
}

START_TEST(it_is_linearizable_whatever_happens)
{
    ck_assert_int_eq(count_wrong("resend: 500ms", 12), 0);
}
END_TEST

START_TEST(without_writing_back_it_is_not)
{
    ck_assert_int_gt(count_wrong("resend: 500ms, bugs: [no_write_back]", 30), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_abd");
    TCase *tests = tcase_create("model_abd");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, wrong_parameters_are_named, 0, 5);
    tcase_add_loop_test(tests, an_operation_takes_two_rounds_of_a_majority, 0, 4);
    tcase_add_test(tests, what_needs_agreement_is_turned_away);
    tcase_add_loop_test(tests, a_majority_is_enough_and_needed, 0, 2);
    tcase_add_loop_test(tests, a_read_keeps_what_it_tells, 0, 3);
    tcase_add_test(tests, a_session_writes_once);
    tcase_add_test(tests, another_member_finds_what_was_written);
    tcase_add_loop_test(tests, a_tag_has_one_value, 0, 2);
    tcase_add_loop_test(tests, what_was_acknowledged_outlives_a_power_loss, 0, 2);
    tcase_add_test(tests, it_is_linearizable_whatever_happens);
    tcase_add_test(tests, without_writing_back_it_is_not);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
