/* model_raft_reads.c - reads by log, read index, lease and from any member: what they cost, what
 * they promise, and the knobs that break the promise. */
#include "models/consensus/raft/raft.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"
#define STEADY "network: {latency: 1ms}\n"

static const char *const modes[] = { "log", "index", "lease", "follower" };

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

/* The answer to a step of the script on NODE, with the time it came. */
static const struct play_note *answer_note(const struct play *play, uint32_t node, int64_t step)
{
    const struct play_note *note;

    for (size_t n = 0; (note = play_note(play, "answer", node, n)) != NULL; n++)
        if (note->words[0] == step)
            return note;
    ck_abort_msg("step %lld was not answered", (long long)step);
    return NULL;
}

/* -- what they cost ---------------------------------------------------------------------------- */

struct cost {
    sim_time latency;
    int64_t rounds, leased, entries;
};

/* 1 ms each way, nothing for the disk: through the log and for a round of heartbeats a read takes
 * two round trips, under a lease one. Only the log grows by reads. */
START_TEST(reads_cost_what_they_should)
{
    static const struct cost costs[][2] = {
        [READS_LOG] = { { 4 * SIM_MILLISECOND, 0, 0, 5 }, { 2 * SIM_MILLISECOND, 0, 0, 5 } },
        [READS_INDEX] = { { 4 * SIM_MILLISECOND, 3, 0, 2 }, { 2 * SIM_MILLISECOND, 3, 0, 2 } },
        [READS_LEASE] = { { 2 * SIM_MILLISECOND, 0, 3, 2 }, { 2 * SIM_MILLISECOND, 0, 3, 2 } },
        [READS_FOLLOWER] = { { 2 * SIM_MILLISECOND, 0, 0, 2 }, { 2 * SIM_MILLISECOND, 0, 0, 2 } },
    };
    static char yaml[1024];
    uint32_t members = _i < 4 ? 3 : 1;
    const struct cost *cost = &costs[_i % 4][_i / 4];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY "duration: 5s\nnodes:\n"
                         "  store: {model: raft, count: %u, reads: %s}\n"
                         "  app: {model: script, target: store,\n"
                         "        program: 'write 1 5, wait 200, read 1, read 1, read 2'}\n",
             members, modes[_i % 4]);
    play = play_run(yaml, 1);
    for (int64_t step = 2; step <= 4; step++) {
        const struct play_note *note = answer_note(play, members, step);

        ck_assert_int_eq(note->words[1], _i % 4 == READS_FOLLOWER ? STORE_STALE : STORE_OK);
        ck_assert_int_eq(note->words[2], step == 4 ? SIM_NIL : 5);
        if (step > 2)
            ck_assert_int_eq(note->time - answer_note(play, members, step - 1)->time,
                             cost->latency);
    }
    ck_assert_int_eq(play->metrics[READ_ROUNDS], cost->rounds);
    ck_assert_int_eq(play->metrics[LEASE_READS], cost->leased);
    ck_assert_int_eq(raft(play, 0)->last, cost->entries);
    play_free(play);
}
END_TEST

/* Those that arrive while a round is under way share the next one. */
START_TEST(reads_share_rounds)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: {lognormal: {median: 1ms, p99: 4ms}}}\nduration: 10s\nnodes:\n"
             "  store: {model: raft, count: 5, reads: index}\n"
             "  app: {model: kv-client, count: 50, target: store, mix: {read: 100%}}\n",
        1);
    int64_t reads = (int64_t)play->status[SIM_OK];

    ck_assert_int_gt(reads, 70000);
    ck_assert_int_gt(play->metrics[READ_ROUNDS], 2000);
    ck_assert_int_lt(play->metrics[READ_ROUNDS], reads / 10);
    play_free(play);
}
END_TEST

START_TEST(lists_are_read_too)
{
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY
             "duration: 5s\nnodes:\n"
             "  store: {model: raft, count: 3, reads: %s}\n"
             "  app: {model: script, target: store,\n"
             "        program: 'append 1 5, append 1 6, append 1 7, wait 200, read 1'}\n",
             modes[_i]);
    play = play_run(yaml, 1);
    ck_assert_int_eq(play_answer(play, 3, 4)[3], 3);
    play_free(play);
}
END_TEST

/* -- what they promise ------------------------------------------------------------------------- */

struct promise {
    const char *settings;
    int64_t status, value;
    sim_time least, most; /* from the beginning of the read to its answer, in ms */
};

/* One client is cut off with the leader at 5 s and reads soon after, when nobody leads on the other
 * side, or somebody does. Another client writes 2 there. The cut heals at 8 s. */
START_TEST(a_leader_that_is_cut_off)
{
    static const struct promise promises[] = {
        /* an entry that is not committed, or a round that is not answered: silence */
        { "reads: log, check_quorum: false", PLAY_UNKNOWN, SIM_NIL, 1000, 1000 },
        { "reads: index, check_quorum: false", PLAY_UNKNOWN, SIM_NIL, 1000, 1000 },
        /* who steps down sends its readers away; this one then asks somebody out of reach */
        { "reads: index", PLAY_UNKNOWN, SIM_NIL, 1055, 1250 },
        { "reads: lease", PLAY_UNKNOWN, SIM_NIL, 1055, 1250 },
        /* at once, as far as it goes */
        { "reads: follower", STORE_STALE, 1, 2, 2 },
        { "reads: index, check_quorum: false, bugs: [local_reads]", STORE_OK, 1, 2, 2 },
    };
    const struct promise *promise = &promises[_i];
    const struct play_note *note;
    static char yaml[2048];
    struct play *play;
    sim_time began;

    snprintf(
        yaml, sizeof yaml,
        HEAD STEADY
        "duration: 14s\nnodes:\n"
        "  store: {model: raft, count: 3, %s}\n"
        "  cut: {model: script, target: store,\n"
        "        program: 'write 1 1, wait 4900, read 1, wait 4000, read 1'}\n"
        "  app: {model: script, target: store,\n"
        "        program: 'wait 5700, ask 0, write 1 2, ask 1, write 1 2, ask 2, write 1 2'}\n"
        "faults:\n"
        "  - {at: 5s, partition: [[{of: store, where: {role: leader}}, cut], rest], for: 3s}\n",
        promise->settings);
    play = play_run(yaml, 2);
    began = answer_note(play, 3, 0)->time + 4900 * SIM_MILLISECOND;
    note = answer_note(play, 3, 2);
    /* the lease is over, and the leader does not know yet */
    ck_assert_int_gt(began, 5155 * SIM_MILLISECOND);
    ck_assert_int_lt(began, 5230 * SIM_MILLISECOND);
    ck_assert_int_eq(note->words[1], promise->status);
    ck_assert_int_eq(note->words[2], promise->value);
    ck_assert_int_ge(note->time - began, promise->least * SIM_MILLISECOND);
    ck_assert_int_le(note->time - began, promise->most * SIM_MILLISECOND);
    ck_assert_int_eq(play_answer(play, 3, 4)[2], 2);
    play_free(play);
}
END_TEST

/* Another member does not know yet what the client was just told; a heartbeat later it does. */
START_TEST(a_follower_is_behind)
{
    struct play *play =
        play_run(HEAD STEADY
                 "duration: 5s\nnodes:\n"
                 "  store: {model: raft, count: 3, reads: follower}\n"
                 "  app: {model: script, target: store, program: 'write 1 5, ask 0, read 1,\n"
                 "        ask 1, read 1, ask 2, read 1, wait 200, ask 0, read 1, ask 1, read 1,\n"
                 "        ask 2, read 1'}\n",
                 1);
    int old = 0;

    for (int64_t step = 2; step <= 6; step += 2) {
        const int64_t *answer = play_answer(play, 3, step);

        ck_assert_int_eq(answer[1], STORE_STALE);
        ck_assert(answer[2] == 5 || answer[2] == SIM_NIL);
        old += answer[2] == SIM_NIL;
    }
    ck_assert_int_eq(old, 2);
    for (int64_t step = 9; step <= 13; step += 2)
        ck_assert_int_eq(play_answer(play, 3, step)[2], 5);
    play_free(play);
}
END_TEST

/* Clients that read anywhere see the value of others go back: no invariant of Raft is broken, and
 * the history shows it. Reads by the leader, asked for anywhere, stay linearizable. */
START_TEST(reading_anywhere_goes_back)
{
    static const char *const from[] = { "own", "any" };
    static char yaml[1024];
    char text[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 1ms..5ms}\nduration: 20s\nnodes:\n"
                  "  store: {model: raft, count: 3, reads: %s}\n"
                  "  app: {model: kv-client, count: 3, target: store, rate: 50/s, read_from: %s,\n"
                  "        keys: {count: 3}}\n",
             _i < 2 ? "follower" : "index", from[_i % 2]);
    play = play_swiftly(yaml, 1);
    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_gt(play->status[SIM_OK], 2800);
    ck_assert_int_eq(play_is_linearizable(play, text), _i >= 2);
    play_free(play);
}
END_TEST

/* -- leases ------------------------------------------------------------------------------------ */

START_TEST(a_lease_needs_the_check)
{
    play_expect_error(
        HEAD "duration: 1s\n"
             "nodes: {store: {model: raft, count: 3, reads: lease, check_quorum: false}}\n",
        "`reads: lease` needs `check_quorum: true`");
}
END_TEST

struct bound {
    const char *drift;
    sim_time lease; /* of 150 ms */
};

START_TEST(a_lease_is_shorter_than_the_timeout)
{
    static const struct bound bounds[] = {
        { "0", 150 * SIM_MILLISECOND },
        { "500ppm", INT64_C(149850074) }, /* 150 ms * 0.9995 / 1.0005 */
        { "100000ppm", INT64_C(122727272) },
        { "-100000ppm", INT64_C(122727272) },
        { "-100000ppm..5ppm", INT64_C(122727272) },
        { "500000ppm", 50 * SIM_MILLISECOND },
    };
    static char yaml[512];
    const struct params *p;
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 1ms\n"
                  "nodes: {store: {model: raft, count: 3, clock_drift_bound: %s}}\n",
             bounds[_i].drift);
    play = play_swiftly(yaml, 1);
    p = sim_scenario_plan(play->scenario)->groups[0].params;
    ck_assert_int_eq(p->lease, bounds[_i].lease);
    play_free(play);
}
END_TEST

/* A follower that does not hear the leader asks for votes again and again. Voters that are led do
 * not listen, even without pre-votes, and the leader stays. */
#define DEAF                                                                                       \
    "  - {at: 3s, partition: [[{of: store, where: {role: leader}}],\n"                             \
    "                         [{of: store, where: {role: follower}, pick: 1}]],\n"                 \
    "     one_way: true, for: 10s}\n"

START_TEST(who_is_led_grants_no_vote)
{
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY "duration: 12s\n"
                         "nodes: {store: {model: raft, count: 5, pre_vote: false, reads: %s}}\n"
                         "faults:\n" DEAF,
             modes[_i]);
    play = play_run(yaml, 1);
    if (_i == READS_LEASE)
        ck_assert_uint_eq(play_count(play, "stepped-down", SIM_NO_GROUP), 0);
    else
        ck_assert_uint_ge(play_count(play, "stepped-down", SIM_NO_GROUP), 1);
    play_free(play);
}
END_TEST

/* The same with pre-votes, and the third member restarts every now and then: it does not know that
 * it has just confirmed the leader's lease, and so behaves as if. */
START_TEST(a_lease_survives_a_restart_of_who_granted_it)
{
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD STEADY "duration: 12s\n"
                         "nodes: {store: {model: raft, count: 3, reads: %s}}\n"
                         "faults:\n" DEAF "  - {every: 370ms, between: [4s, 11s], for: 3ms,\n"
                         "     crash: {of: store, where: {role: follower}, pick: 1}}\n",
             modes[_i]);
    play = play_run(yaml, 1);
    if (_i == READS_LEASE)
        ck_assert_uint_eq(play_count(play, "elected", SIM_NO_GROUP), 1);
    else
        ck_assert_uint_ge(play_count(play, "elected", SIM_NO_GROUP), 2);
    play_free(play);
}
END_TEST

/* -- swarms ------------------------------------------------------------------------------------ */

#define CHAOS                                                                                      \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 2s}, between: [1s, 20s], crash: {of: store, pick: 1},\n"            \
    "     for: 5ms..2s}\n"                                                                         \
    "  - {every: {exponential: 3s}, between: [1s, 20s], pause: {of: store, pick: 1},\n"            \
    "     for: 5ms..2s}\n"                                                                         \
    "  - {every: {exponential: 5s}, between: [1s, 20s], pause: {of: store, where: {role: "         \
    "leader}},\n"                                                                                  \
    "     for: 100ms..500ms}\n"                                                                    \
    "  - {every: {exponential: 4s}, between: [1s, 20s], slow: {of: store, pick: 1}, factor: 10,\n" \
    "     for: 1s..3s}\n"                                                                          \
    "  - {every: {exponential: 4s}, between: [1s, 20s],\n"                                         \
    "     partition: [[{of: store, pick: 2}, {of: app, pick: 1}], rest], for: 100ms..3s}\n"        \
    "  - {every: {exponential: 4s}, between: [1s, 20s], partition: [{of: store, pick: 1}, "        \
    "rest],\n"                                                                                     \
    "     one_way: true, for: 100ms..3s}\n"                                                        \
    "  - {every: {exponential: 9s}, between: [1s, 20s], power_loss: store, for: 10ms..1s}\n"

static const char *const ways[] = {
    "reads: log",
    "reads: index",
    "reads: index, pre_vote: false, check_quorum: false, window: 16, batch: 2",
    "reads: lease, clock: {drift: -500ppm..500ppm, offset: 0s..10s}",
    ("reads: lease, pre_vote: false, clock: {drift: -50000ppm..50000ppm}, "
     "clock_drift_bound: 50000ppm"),
};

enum { SWARM_SEEDS = 2 };

/* Linearizable while faults last; when they stop, progress. Messages double everywhere. */
START_TEST(faults_make_no_read_old)
{
    static char yaml[4096];
    struct play *play;

    for (uint64_t seed = 1; seed <= SWARM_SEEDS; seed++) {
        size_t i, late = 0;

        snprintf(yaml, sizeof yaml,
                 HEAD "network: {latency: {lognormal: {median: 2ms, p99: 40ms}}, loss: 2%%,\n"
                      "          duplicate: 2%%}\nduration: 30s\nnodes:\n"
                      "  store: {model: raft, count: 5, disk: {sync: 0ms..5ms}, %s}\n"
                      "  app: {model: kv-client, count: 4, target: store, rate: 25/s,\n"
                      "        mix: {read: 60%%, write: 30%%, cas: 10%%}, keys: {count: 4},\n"
                      "        network_doubles: true,\n"
                      "        retry: {unanswered: true, patience: 200ms, delay: 30ms}}\n" CHAOS,
                 ways[_i]);
        play = play_swiftly(yaml, seed);
        expect_linearizable(play);
        for (i = 1; i <= play->operation_count; i++)
            if (play->operations[i].invoked > 26 * SIM_SECOND &&
                play->operations[i].status == SIM_OK)
                late++;
        ck_assert_msg(late > 200, "seed %d: %d answers after the faults", (int)seed, (int)late);
        play_free(play);
    }
}
END_TEST

struct knob {
    const char *name, *yaml;
    uint64_t seeds;
};

static const struct knob knobs[] = {
    { "local_reads",
      HEAD "network: {latency: {lognormal: {median: 1ms, p99: 5ms}}}\nduration: 60s\nnodes:\n"
           "  store: {model: raft, count: 5, reads: index%s}\n"
           "  app: {model: kv-client, count: 8, target: store, rate: 25/s, keys: {count: 4},\n"
           "        mix: {read: 60%%, write: 40%%}, timeout: 300ms, retry: {delay: 20ms}}\n"
           "faults:\n"
           "  - {every: {exponential: 4s}, between: [2s, 55s], for: 500ms..2s,\n"
           "     partition: [[{of: store, where: {role: leader}}, {of: app, pick: 3}], rest]}\n",
      3 },
    { "read_index_before_own_commit",
      HEAD "network: {latency: {mix: [{weight: 4, of: 1ms..2ms}, {weight: 1, of: 10ms..60ms}]}}\n"
           "duration: 60s\nnodes:\n"
           "  store: {model: raft, count: 3, reads: index, disk: {sync: 5ms..20ms}%s}\n"
           "  app: {model: kv-client, count: 8, target: store, rate: 40/s, keys: {count: 3},\n"
           "        mix: {read: 60%%, write: 40%%}, timeout: 500ms,\n"
           "        retry: {attempts: 100, delay: 2ms}}\n"
           "faults:\n"
           "  - {every: {exponential: 1500ms}, between: [1s, 58s], for: 200ms..600ms,\n"
           "     crash: {of: store, where: {role: leader}}}\n",
      3 },
    { "lease_ignores_drift",
      HEAD "network: {latency: 200us..1ms}\nduration: 60s\nnodes:\n"
           "  store: {model: raft, count: 5, reads: lease, election_timeout: 500ms..550ms,\n"
           "          heartbeat: 100ms, clock: {drift: -100000ppm..100000ppm},\n"
           "          clock_drift_bound: 100000ppm%s}\n"
           "  app: {model: kv-client, count: 8, target: store, rate: 50/s, keys: {count: 4},\n"
           "        mix: {read: 60%%, write: 40%%}, timeout: 300ms,\n"
           "        retry: {attempts: 100, delay: 5ms}}\n"
           "faults:\n"
           "  - {every: {exponential: 3s}, between: [2s, 57s], for: 1s,\n"
           "     partition: [[{of: store, where: {role: leader}}, {of: app, pick: 3}], rest]}\n",
      7 },
};

/* Planted, the knob is caught within its seeds, and by no invariant; its twin is clean over the
 * same ones. */
START_TEST(knobs_are_caught)
{
    const struct knob *knob = &knobs[_i];
    static char planted[4096], twin[4096];
    char bugs[128], text[1024];
    uint64_t seed, caught = 0;
    struct play *play;

    snprintf(bugs, sizeof bugs, ", bugs: [%s]", knob->name);
    snprintf(planted, sizeof planted, knob->yaml, bugs);
    snprintf(twin, sizeof twin, knob->yaml, "");
    for (seed = 1; seed <= knob->seeds; seed++) {
        play = play_swiftly(planted, seed);
        ck_assert_str_eq(play->violated, "");
        caught += !play_is_linearizable(play, text);
        play_free(play);
        play = play_swiftly(twin, seed);
        expect_linearizable(play);
        play_free(play);
    }
    ck_assert_msg(caught > 0, "%s was not caught in %d seeds", knob->name, (int)knob->seeds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft reads");
    TCase *costs = tcase_create("costs"), *promises = tcase_create("promises");
    TCase *leases = tcase_create("leases"), *swarms = tcase_create("swarms");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(costs, reads_cost_what_they_should, 0, 8);
    tcase_add_test(costs, reads_share_rounds);
    tcase_add_loop_test(costs, lists_are_read_too, 0, 4);
    tcase_add_loop_test(promises, a_leader_that_is_cut_off, 0, 6);
    tcase_add_test(promises, a_follower_is_behind);
    tcase_add_loop_test(promises, reading_anywhere_goes_back, 0, 4);
    tcase_add_test(leases, a_lease_needs_the_check);
    tcase_add_loop_test(leases, a_lease_is_shorter_than_the_timeout, 0, 6);
    tcase_add_loop_test(leases, who_is_led_grants_no_vote, READS_INDEX, READS_LEASE + 1);
    tcase_add_loop_test(leases, a_lease_survives_a_restart_of_who_granted_it, READS_INDEX,
                        READS_LEASE + 1);
    tcase_add_loop_test(swarms, faults_make_no_read_old, 0, 5);
    tcase_add_loop_test(swarms, knobs_are_caught, 0, 3);
    tcase_set_timeout(swarms, 30);
    suite_add_tcase(suite, costs);
    suite_add_tcase(suite, promises);
    suite_add_tcase(suite, leases);
    suite_add_tcase(suite, swarms);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
