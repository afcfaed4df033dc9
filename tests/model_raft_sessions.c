/* model_raft_sessions.c - requests that arrive twice, and the memory that keeps them from being
 * executed twice: step by step, over failovers, and under networks that double and lose. */
#include "models/consensus/raft/raft.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"
#define STEADY "network: {latency: 1ms}\n"
#define STORE "nodes:\n  store: {model: raft, count: 3, disk: {sync: 500us}}\n"

static const struct state *raft(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static void expect_linearizable(const struct play *play)
{
    char text[1024];

    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_msg(play_is_linearizable(play, text), "%s", text);
}

struct row {
    int64_t step, status, value;
};

static void expect_answers(const struct play *play, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t *answer = play_answer(play, 3, rows[i].step);

        ck_assert_msg(answer[1] == rows[i].status && answer[2] == rows[i].value,
                      "step %lld: %lld %lld", (long long)rows[i].step, (long long)answer[1],
                      (long long)answer[2]);
    }
}

/* -- step by step ------------------------------------------------------------------------------ */

START_TEST(a_number_is_executed_once)
{
    struct play *play =
        play_run(HEAD STEADY
                 "duration: 10s\n" STORE
                 "  app: {model: script, target: store, program: 'session 7 1, add 1 5, add 1 5,\n"
                 "        read 1, session 7 2, add 1 5, session 7 1, add 1 5, read 1,\n"
                 "        session 8 1, add 1 1, session 0 0, add 1 1, add 1 1,\n"
                 "        session 7 9, delete 1, write 1 4, read 1'}\n",
                 1);
    static const struct row expected[] = {
        { 1, STORE_OK, 5 },           { 2, STORE_OK, 5 },
        { 3, STORE_OK, 5 },           { 5, STORE_OK, 10 },
        { 7, PLAY_UNKNOWN, SIM_NIL }, /* overtaken: nobody can tell what it answered */
        { 8, STORE_OK, 10 },          { 10, STORE_OK, 11 }, /* another session */
        { 12, STORE_OK, 12 },                               /* none at all */
        { 13, STORE_OK, 13 },         { 15, STORE_OK, SIM_NIL },
        { 16, STORE_OK, SIM_NIL }, /* numbers may leave gaps; what is asked does not matter */
        { 17, STORE_OK, SIM_NIL },
    };

    expect_answers(play, expected, sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(raft(play, i)->sessions.used, 2);
    play_free(play);
}
END_TEST

/* What was refused once is refused again, even where it would succeed by now. */
START_TEST(a_mismatch_is_remembered_too)
{
    struct play *play =
        play_run(HEAD STEADY "duration: 10s\n" STORE
                             "  app: {model: script, target: store, program: 'write 1 5,\n"
                             "        session 7 1, cas 1 6 7, session 0 0, write 1 6,\n"
                             "        session 7 1, cas 1 6 7, session 7 2, cas 1 6 7, read 1'}\n",
                 1);
    static const struct row expected[] = {
        { 2, STORE_MISMATCH, 5 },
        { 6, STORE_MISMATCH, 5 },
        { 8, STORE_OK, SIM_NIL },
        { 9, STORE_OK, 7 },
    };

    expect_answers(play, expected, sizeof expected / sizeof expected[0]);
    play_free(play);
}
END_TEST

/* The memory is replicated with the log: the next leader has it, and so has one that restarts. */
START_TEST(it_survives_the_leader_and_the_power)
{
    static const char *const faults[] = { "crash: {of: store, where: {role: leader}}",
                                          "power_loss: store" };
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY "duration: 12s\n" STORE
                         "  app: {model: script, target: store, program: 'session 7 3, add 1 5,\n"
                         "        wait 6000, add 1 5, read 1, session 7 4, add 1 5'}\n"
                         "faults: [{at: 5s, %s, for: 500ms}]\n",
             faults[_i]);
    play = play_run(yaml, 1);
    ck_assert_uint_eq(play_count(play, "elected", SIM_NO_GROUP), 2);
    ck_assert_int_eq(play_answer(play, 3, 3)[2], 5);
    ck_assert_int_eq(play_answer(play, 3, 4)[2], 5);
    ck_assert_int_eq(play_answer(play, 3, 6)[2], 10);
    play_free(play);
}
END_TEST

/* Many sessions, through many sizes of the table, each asked twice. */
START_TEST(each_session_has_its_own_memory)
{
    enum { SESSIONS = 150 };
    static char yaml[32768];
    size_t at = (size_t)snprintf(yaml, sizeof yaml,
                                 HEAD STEADY "duration: 60s\n" STORE
                                             "  app: {model: script, target: store, program: '");
    struct play *play;
    int i;

    for (i = 0; i < 2 * SESSIONS; i++)
        at += (size_t)snprintf(yaml + at, sizeof yaml - at, "session %d %d, add 1 1, ",
                               i % SESSIONS * 1000003, 1 + i % SESSIONS % 5);
    snprintf(yaml + at, sizeof yaml - at, "read 1'}\n");
    play = play_run(yaml, 1);
    for (i = 0; i < 2 * SESSIONS; i++)
        ck_assert_int_eq(play_answer(play, 3, 2 * i + 1)[2], i % SESSIONS + 1);
    ck_assert_int_eq(play_answer(play, 3, 4 * SESSIONS)[2], SESSIONS);
    play_free(play);
}
END_TEST

/* -- clients ----------------------------------------------------------------------------------- */

#define HOSTILE "network: {latency: 1ms..20ms, loss: 5%%, duplicate: 10%%}\nduration: 30s\n" STORE
#define CRASHES                                                                                    \
    "faults: [{every: 3s, between: [1s, 25s], crash: {of: store, where: {role: leader}}, for: "    \
    "500ms}]\n"

/* Every add that was acknowledged took effect, none more than once: every sum is told once, in the
 * order of real time. */
START_TEST(doubled_and_repeated_adds_count_once)
{
    static const char *const loads[] = { "processes: 3, think: 20ms", "rate: 40/s" };
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD HOSTILE
             "  app: {model: kv-client, count: 3, target: store, mix: {add: 100%%}, %s,\n"
             "        keys: {count: 20}, timeout: 2s, network_doubles: true,\n"
             "        retry: {unanswered: true, patience: 150ms}}\n" CRASHES,
             loads[_i % 2]);
    play = play_swiftly(yaml, (uint64_t)_i + 1);
    ck_assert_uint_gt(play->status[SIM_OK], 1000);
    expect_linearizable(play);
    play_free(play);
}
END_TEST

static const char without[] = HEAD HOSTILE
    "  app: {model: kv-client, count: 3, target: store, mix: {add: 50%%, read: 50%%},\n"
    "        rate: 20/s, keys: {count: 20}, timeout: 2s, sessions: %s, retry: {\n"
    "        unanswered: %s, patience: 150ms}}\n";

/* Doubled by the network, or sent again by the client: without sessions it happens twice. */
START_TEST(without_sessions_they_count_twice)
{
    static const char *const rows[][2] = { { "false", "false" }, { "false", "true" } };
    static char yaml[1024];
    char text[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml, without, rows[_i][0], rows[_i][1]);
    play = play_swiftly(yaml, 1);
    ck_assert(!play_is_linearizable(play, text));
    play_free(play);
}
END_TEST

/* Asking again turns most of the unknown into answers. */
START_TEST(who_asks_again_learns_more)
{
    static char yaml[1024];
    uint64_t unknown[2];
    struct play *play;

    for (int again = 0; again < 2; again++) {
        snprintf(yaml, sizeof yaml, without, "true", again ? "true" : "false");
        play = play_swiftly(yaml, 1);
        unknown[again] = play->status[SIM_UNKNOWN];
        expect_linearizable(play);
        play_free(play);
    }
    ck_assert_uint_gt(unknown[0], 100);
    ck_assert_uint_lt(unknown[1], unknown[0] / 10);
}
END_TEST

/* Unknown outcomes, restarts: as many sessions as operations at a time, no more. */
START_TEST(sessions_serve_again)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: 1ms..5ms, loss: 10%}\nduration: 30s\n" STORE
             "  app: {model: kv-client, count: 2, target: store, processes: 3, think: 10ms,\n"
             "        mix: {write: 100%}, timeout: 100ms}\n"
             "faults: [{every: 2s, between: [1s, 29s], crash: {of: app, pick: 1}, for: 100ms}]\n",
        1);

    ck_assert_uint_gt(play->status[SIM_UNKNOWN], 50);
    ck_assert_uint_eq(raft(play, 0)->sessions.used, 6);
    expect_linearizable(play);
    play_free(play);
}
END_TEST

START_TEST(without_sessions_nothing_is_remembered)
{
    struct play *play =
        play_swiftly(HEAD STEADY "duration: 5s\n" STORE
                                 "  app: {model: kv-client, target: store, sessions: false}\n",
                     1);

    ck_assert_uint_gt(play->status[SIM_OK], 100);
    ck_assert_uint_eq(raft(play, 0)->sessions.used, 0);
    play_free(play);
}
END_TEST

/* Nobody is elected: what was always turned away failed, unless a double of it may be on its way.
 */
START_TEST(turned_away_is_unknown_where_messages_double)
{
    static const char *const kinds[] = { "write", "read" };
    static char yaml[1024];
    uint64_t failed, unknown;
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY
             "duration: 10s\nnodes:\n"
             "  store: {model: raft, count: 3, election_timeout: 1h, heartbeat: 1s}\n"
             "  app: {model: kv-client, target: store, mix: {%s: 100%%}, network_doubles: %s}\n",
             kinds[_i % 2], _i < 2 ? "false" : "true");
    play = play_swiftly(yaml, 1);
    failed = play->status[SIM_FAIL];
    unknown = play->status[SIM_UNKNOWN];
    ck_assert_uint_ge(failed + unknown, 5);
    ck_assert_uint_eq(_i == 2 ? failed : unknown, 0);
    play_free(play);
}
END_TEST

/* -- the knob ---------------------------------------------------------------------------------- */

/* Answers get lost, leaders die: clients ask again. Caught in every run; the twin is clean. */
START_TEST(no_deduplication_is_caught)
{
    static char yaml[2048];
    char text[1024];
    struct play *play;

    for (int planted = 0; planted < 2; planted++) {
        snprintf(yaml, sizeof yaml,
                 HEAD
                 "network: {latency: {lognormal: {median: 1ms, p99: 10ms}}, loss: 0.5%%}\n"
                 "duration: 30s\nnodes:\n"
                 "  store: {model: raft, count: 5%s}\n"
                 "  app: {model: kv-client, count: 4, target: store, rate: 20/s, timeout: 2s,\n"
                 "        mix: {read: 40%%, write: 20%%, add: 30%%, cas: 10%%},\n"
                 "        retry: {unanswered: true, patience: 100ms}}\n" CRASHES,
                 planted ? ", bugs: [no_deduplication]" : "");
        play = play_swiftly(yaml, (uint64_t)_i + 1);
        if (planted)
            ck_assert(!play_is_linearizable(play, text));
        else
            expect_linearizable(play);
        play_free(play);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft sessions");
    TCase *steps = tcase_create("steps"), *clients = tcase_create("clients");
    SRunner *runner;
    int failed;

    tcase_add_test(steps, a_number_is_executed_once);
    tcase_add_test(steps, a_mismatch_is_remembered_too);
    tcase_add_loop_test(steps, it_survives_the_leader_and_the_power, 0, 2);
    tcase_add_test(steps, each_session_has_its_own_memory);
    tcase_add_loop_test(clients, doubled_and_repeated_adds_count_once, 0, 6);
    tcase_add_loop_test(clients, without_sessions_they_count_twice, 0, 2);
    tcase_add_test(clients, who_asks_again_learns_more);
    tcase_add_test(clients, sessions_serve_again);
    tcase_add_test(clients, without_sessions_nothing_is_remembered);
    tcase_add_loop_test(clients, turned_away_is_unknown_where_messages_double, 0, 4);
    tcase_add_loop_test(clients, no_deduplication_is_caught, 0, 4);
    suite_add_tcase(suite, steps);
    suite_add_tcase(suite, clients);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
