/* model_chain.c - chain replication: who answers what, who is left out and brought up again, and
 * that nobody is told what is not certain. */
#include "models/replication/chain/chain_member.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

enum { MIDDLE_ROLE = 2, TAIL_ROLE = 3, HEAD_ROLE = 4 };

static const struct state *member(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static void expect_answer(const struct play *play, uint32_t node, int64_t step, int64_t status,
                          int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

static void expect_clean(const struct play *play)
{
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
}

START_TEST(an_order_is_a_word)
{
    int64_t order = 0;

    ck_assert_uint_eq(chain_length(order), 0);
    ck_assert_int_eq(chain_tail(order), CHAIN_NOBODY);
    for (uint32_t i = 0; i < CHAIN_MEMBERS_MAX; i++)
        order = chain_with(order, CHAIN_MEMBERS_MAX - 1 - i);
    ck_assert_uint_eq(chain_length(order), CHAIN_MEMBERS_MAX);
    ck_assert_int_gt(order, 0);
    for (uint32_t i = 0; i < CHAIN_MEMBERS_MAX; i++)
        ck_assert_int_eq(chain_place(order, i), CHAIN_MEMBERS_MAX - 1 - i);
    ck_assert_int_eq(chain_at(order, -1), CHAIN_NOBODY);
    ck_assert_int_eq(chain_at(order, CHAIN_MEMBERS_MAX), CHAIN_NOBODY);
    order = chain_without(order, 7);
    ck_assert_int_eq(chain_place(order, 7), CHAIN_NOBODY);
    ck_assert_int_eq(chain_place(order, 6), 7);
    ck_assert_int_eq(chain_without(order, 7), order);
    ck_assert_int_eq(chain_tail(chain_with(order, 7)), 7);
}
END_TEST

START_TEST(the_head_changes_and_the_tail_answers)
{
    struct play *play =
        play_run(HEAD "duration: 2s\nnetwork: {latency: 1ms}\n"
                      "nodes:\n"
                      "  store: {model: chain, count: 3, disk: {sync: 1ms}}\n"
                      "  c: {model: script, target: store, program: 'ask 0, write 1 10, read 1, "
                      "cas 1 10 11, cas 1 10 12, add 2 5, ask 2, read 1, write 1 9, read 2, ask 1, "
                      "read 1, delete 1, follow, delete 1, read 1'}\n",
                 1);

    expect_clean(play);
    expect_answer(play, 3, 1, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 2, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 3, 3, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 4, STORE_MISMATCH, 11);
    expect_answer(play, 3, 5, STORE_OK, 5);
    expect_answer(play, 3, 7, STORE_OK, 11);
    expect_answer(play, 3, 8, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 3, 9, STORE_OK, 5);
    expect_answer(play, 3, 11, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 3, 12, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 3, 14, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 15, STORE_OK, SIM_NIL);
    ck_assert_int_eq(member(play, 0)->role, HEAD_ROLE);
    ck_assert_int_eq(member(play, 1)->role, MIDDLE_ROLE);
    ck_assert_int_eq(member(play, 2)->role, TAIL_ROLE);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(member(play, i)->commit, 5);
    play_free(play);
}
END_TEST

/* A write takes four ways of 1 ms there and back between three members, two between client and
 * head, and three syncs of 10 ms, one after the other. */
START_TEST(a_write_pays_for_every_member)
{
    struct play *play =
        play_run(HEAD "duration: 2s\nnetwork: {latency: 1ms}\n"
                      "nodes:\n"
                      "  store: {model: chain, count: 3, disk: {sync: 10ms}}\n"
                      "  c: {model: script, target: store, program: 'wait 100, write 1 10'}\n",
                 1);

    ck_assert_int_eq(play_note(play, "answer", 3, 0)->time, 136 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* One member of a fixed chain is away: reads go on, changes wait for it. What was under way is done
 * when it is back, once. */
START_TEST(a_fixed_chain_waits_for_its_members)
{
    struct play *play =
        play_run(HEAD "duration: 8s\nnetwork: {latency: 1ms}\n"
                      "nodes:\n"
                      "  store: {model: chain, count: 3, disk: {sync: 1ms}}\n"
                      "  c: {model: script, target: store, program: 'write 1 10, wait 1000, add 2 "
                      "5, ask 2, read 1, read 2, wait 3000, read 2, follow, add 2 1'}\n"
                      "faults: [{at: 500ms, crash: store-1, for: 3s}]\n",
                 1);

    expect_clean(play);
    expect_answer(play, 3, 2, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 3, 4, STORE_OK, 10);
    expect_answer(play, 3, 5, STORE_OK, SIM_NIL);
    expect_answer(play, 3, 7, STORE_OK, 5);
    expect_answer(play, 3, 9, STORE_OK, 6);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(member(play, i)->commit, 3);
    play_free(play);
}
END_TEST

START_TEST(any_member_answers_what_is_clean)
{
    struct play *play =
        play_run(HEAD "duration: 3s\nnetwork: {latency: 1ms}\n"
                      "nodes:\n"
                      "  store: {model: chain, count: 3, reads: any, disk: {sync: 100ms}}\n"
                      "  a: {model: script, target: store, program: 'write 1 10, write 2 20, wait "
                      "1000, write 1 11'}\n"
                      "  b: {model: script, target: store, program: 'wait 1700, ask 1, read 1, "
                      "wait 150, read 1, read 2, ask 0, read 1, wait 500, read 1'}\n",
                 1);

    expect_clean(play);
    expect_answer(play, 4, 2, STORE_OK, 10); /* the middle has not heard of the change yet */
    expect_answer(play, 4, 4, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 4, 5, STORE_OK, 20);
    expect_answer(play, 4, 7, STORE_REDIRECT, SIM_NIL);
    expect_answer(play, 4, 9, STORE_OK, 11);
    play_free(play);
}
END_TEST

/* The tail is alone with client b for 3 s. Its lease ends 0.8 s after an answer that the master
 * heard; the others go on without it after a second, and bring it up later. */
START_TEST(a_tail_that_was_left_out_is_silent)
{
    struct play *play =
        play_run(HEAD "duration: 10s\nnetwork: {latency: 1ms}\n"
                      "nodes:\n"
                      "  store: {model: chain, count: 3, failover: master, disk: {sync: 1ms}}\n"
                      "  m: {model: chain-master, target: store}\n"
                      "  a: {model: script, target: store, program: 'follow, write 1 10, wait "
                      "3500, write 1 11, read 1'}\n"
                      "  b: {model: script, target: store, program: 'ask 2, wait 2200, read 1, "
                      "wait 1100, read 1, wait 700, read 1, wait 2500, read 1'}\n"
                      "faults: [{at: 2s, partition: [[store-2, b], rest], for: 3s}]\n",
                 1);

    expect_clean(play);
    expect_answer(play, 4, 3, STORE_OK, SIM_NIL);
    expect_answer(play, 4, 4, STORE_OK, 11);
    expect_answer(play, 5, 2, STORE_OK, 10);
    expect_answer(play, 5, 4, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 5, 6, STORE_UNAVAILABLE, SIM_NIL);
    expect_answer(play, 5, 8, STORE_OK, 11); /* the tail again */
    ck_assert_int_eq(member(play, 2)->role, TAIL_ROLE);
    ck_assert_uint_eq(play_count(play, "completed", 2), 1);
    play_free(play);
}
END_TEST

/* The head takes a change that nobody else hears of, and is left out: that change is dropped when
 * it is brought up, and what the others did meanwhile is there. */
START_TEST(what_the_chain_has_not_is_dropped)
{
    struct play *play = play_run(
        HEAD "duration: 10s\nnetwork: {latency: 1ms}\n"
             "nodes:\n"
             "  store: {model: chain, count: 3, failover: master, disk: {sync: 1ms}}\n"
             "  m: {model: chain-master, target: store}\n"
             "  a: {model: script, target: store, program: 'wait 2100, ask 0, write 1 66'}\n"
             "  b: {model: script, target: store, program: 'follow, write 1 10, wait "
             "3500, ask 1, write 1 11, write 2 20, wait 3500, ask 0, read 1'}\n"
             "faults: [{at: 2s, partition: [[store-0, a], rest], for: 3s}]\n",
        1);
    const struct play_note *dropped = play_note(play, "dropped", 0, 0);

    expect_clean(play);
    expect_answer(play, 4, 2, PLAY_UNKNOWN, SIM_NIL);
    expect_answer(play, 5, 4, STORE_OK, SIM_NIL);
    expect_answer(play, 5, 8, STORE_OK, 11);
    ck_assert_ptr_nonnull(dropped);
    ck_assert_int_eq(dropped->words[0], 2);
    ck_assert_int_eq(dropped->words[3], 66);
    ck_assert_uint_eq(play_count(play, "dropped", SIM_NO_GROUP), 1);
    ck_assert_int_eq(member(play, 1)->role, HEAD_ROLE);
    ck_assert_int_eq(member(play, 0)->role, TAIL_ROLE);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(member(play, i)->commit, 3);
    play_free(play);
}
END_TEST

/* One after the other dies, until the last one is alone; who comes back is brought up. The last one
 * is never left out, though it is away for long. */
START_TEST(a_chain_shrinks_to_one_and_grows_again)
{
    struct play *play = play_run(
        HEAD "duration: 25s\nnetwork: {latency: 1ms}\n"
             "nodes:\n"
             "  store: {model: chain, count: 3, failover: master, disk: {sync: 1ms}}\n"
             "  m: {model: chain-master, target: store}\n"
             "  a: {model: script, target: store, program: 'follow, write 1 10, wait "
             "4000, ask 1, write 1 11, wait 3000, write 1 12, wait 12000, ask 2, read 1'}\n"
             "faults:\n"
             "  - {at: 2s, crash: store-0, for: 10s}\n"
             "  - {at: 5s, crash: store-2, for: 7s}\n"
             "  - {at: 8s, crash: store-1, for: 6s}\n",
        1);

    expect_clean(play);
    expect_answer(play, 4, 4, STORE_OK, SIM_NIL);
    expect_answer(play, 4, 6, STORE_OK, SIM_NIL);
    expect_answer(play, 4, 9, STORE_OK, 12);
    ck_assert_uint_eq(chain_length(member(play, 1)->order), 3);
    ck_assert_int_eq(member(play, 1)->role, HEAD_ROLE);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(member(play, i)->commit, 3);
        ck_assert(member(play, i)->complete);
    }
    play_free(play);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: chain, count: 16}\n",
                      "15 members at most");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: chain, count: 3}\n"
                           "  m: {model: chain-master, target: store, lease: 1s}\n",
                      "less than `down_after`");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: chain, count: 3}\n"
                           "  m: {model: chain-master, count: 2, target: store}\n",
                      "one master");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: raft, count: 3}\n"
                           "  m: {model: chain-master, target: store}\n",
                      "does not serve");
}
END_TEST

/* -- swarms ------------------------------------------------------------------------------------ */

#define CHAOS                                                                                      \
    "network: {latency: {lognormal: {median: 2ms, p99: 40ms}}, loss: 2%%, duplicate: 2%%}\n"       \
    "duration: 36s\nnodes:\n"                                                                      \
    "  store: {model: chain, count: 4, disk: {sync: 0ms..5ms}, batch: 4, %s}\n"                    \
    "  m: {model: chain-master, target: store}\n"                                                  \
    "  app: {model: kv-client, count: 3, target: store, rate: 20/s, keys: {count: 5},\n"           \
    "        mix: {read: 40%%, write: 40%%, cas: 10%%, delete: 10%%}}\n"                           \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 3s}, between: [2s, 28s], crash: {of: store, pick: 1}, for: "        \
    "50ms..3s}\n"                                                                                  \
    "  - {every: {exponential: 5s}, between: [2s, 28s], crash: m, for: 50ms..3s}\n"                \
    "  - {every: {exponential: 4s}, between: [2s, 28s], power_loss: {of: store, pick: 1}, for: "   \
    "50ms..1s}\n"                                                                                  \
    "  - {every: {exponential: 4s}, between: [2s, 28s], partition: [[{of: store, pick: 1}, "       \
    "app-0], rest], for: 200ms..4s}\n"                                                             \
    "  - {every: {exponential: 4s}, between: [2s, 28s], pause: {of: store, pick: 1}, for: "        \
    "200ms..3s}\n"                                                                                 \
    "  - {at: 33s, crash: app}\n"

static const char *const chaotic[] = { "failover: master", "failover: master, reads: any",
                                       "failover: none, reads: any",
                                       "failover: master, reads: any, bugs: [no_lease]" };
enum { RIGHT = 3, SWARM_SEEDS = 2 };

START_TEST(faults_break_nothing)
{
    static char yaml[4096], text[1024];
    int wrong = 0;

    for (uint64_t seed = 1; seed <= SWARM_SEEDS; seed++) {
        struct play *play;
        bool linear;

        snprintf(yaml, sizeof yaml, HEAD CHAOS, chaotic[_i]);
        play = play_swiftly(yaml, seed);
        expect_clean(play);
        ck_assert_uint_gt(play->status[SIM_OK], 300);
        linear = play_is_linearizable(play, text);
        ck_assert_msg(linear || _i >= RIGHT, "seed %d: %s", (int)seed, text);
        wrong += !linear;
        for (uint32_t i = 1; i < 4; i++)
            ck_assert_int_eq(member(play, i)->commit, member(play, 0)->commit);
        play_free(play);
    }
    ck_assert(_i < RIGHT || wrong > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *one = tcase_create("rules"), *swarm = tcase_create("swarm");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(one, an_order_is_a_word);
    tcase_add_test(one, the_head_changes_and_the_tail_answers);
    tcase_add_test(one, a_write_pays_for_every_member);
    tcase_add_test(one, a_fixed_chain_waits_for_its_members);
    tcase_add_test(one, any_member_answers_what_is_clean);
    tcase_add_test(one, a_tail_that_was_left_out_is_silent);
    tcase_add_test(one, what_the_chain_has_not_is_dropped);
    tcase_add_test(one, a_chain_shrinks_to_one_and_grows_again);
    tcase_add_test(one, what_cannot_be_is_refused);
    tcase_add_loop_test(swarm, faults_break_nothing, 0, sizeof chaotic / sizeof *chaotic);
    suite_add_tcase(suite, one);
    suite_add_tcase(suite, swarm);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
