/* model_raft.c - Raft, step by step in its notes, under faults, and with its knobs.
 *
 * States are read through the model's own private header; what clients are told, through the script
 * and the history. */
#include "models/consensus/raft/raft.h"
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"
#define STEADY "network: {latency: 1ms}\n"

static const struct state *raft(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static uint32_t leader_of(const struct play *play, uint32_t members)
{
    uint32_t leader = SIM_NO_GROUP;

    for (uint32_t i = 0; i < members; i++)
        if (raft(play, i)->role == LEADER) {
            ck_assert_uint_eq(leader, SIM_NO_GROUP);
            leader = i;
        }
    ck_assert_uint_ne(leader, SIM_NO_GROUP);
    return leader;
}

/* All members that are up have the same log, as far as the fields tell, and committed all of it. */
static void expect_agreement(const struct play *play, uint32_t members)
{
    const struct state *first = raft(play, 0);

    for (uint32_t i = 0; i < members; i++) {
        const struct state *s = raft(play, i);

        ck_assert_int_eq(s->last, first->last);
        ck_assert_int_eq(s->last_term, first->last_term);
        ck_assert_int_eq(s->commit, s->last);
        ck_assert_int_eq(s->applied, s->commit);
        ck_assert_int_eq(s->term, first->term);
    }
}

static void expect_clean(const struct play *play)
{
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
}

/* -- elections --------------------------------------------------------------------------------- */

START_TEST(a_leader_is_elected_and_stays)
{
    struct play *play = play_run(HEAD STEADY "duration: 30s\n"
                                             "nodes: {store: {model: raft, count: 5}}\n",
                                 (uint64_t)_i + 1);
    const struct play_note *elected = play_note(play, "elected", SIM_NO_GROUP, 0);
    uint32_t leader = leader_of(play, 5);

    expect_clean(play);
    ck_assert_ptr_nonnull(elected);
    ck_assert_int_ge(elected->time, 150 * SIM_MILLISECOND);
    /* a split vote may cost rounds, but not many */
    ck_assert_int_lt(elected->time, 2 * SIM_SECOND);
    ck_assert_uint_eq(play_count(play, "elected", SIM_NO_GROUP), 1);
    ck_assert_uint_eq(play_count(play, "stepped-down", SIM_NO_GROUP), 0);
    ck_assert_uint_eq(elected->node, leader);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_int_eq(raft(play, i)->leader, leader);
    expect_agreement(play, 5);
    play_free(play);
}
END_TEST

START_TEST(alone_it_leads_at_once)
{
    struct play *play = play_run(HEAD STEADY "duration: 3s\n"
                                             "nodes:\n"
                                             "  store: {model: raft, count: 1, disk: {sync: 1ms}}\n"
                                             "  app: {model: script, target: store,\n"
                                             "        program: 'write 1 5, read 1'}\n",
                                 1);

    ck_assert_uint_eq(leader_of(play, 1), 0);
    ck_assert_int_eq(raft(play, 0)->term, 1);
    ck_assert_int_eq(play_answer(play, 1, 1)[2], 5);
    play_free(play);
}
END_TEST

/* The leader dies: a survivor leads the next term, and none before its least timeout. */
START_TEST(a_crashed_leader_is_replaced)
{
    struct play *play =
        play_run(HEAD STEADY "duration: 20s\n"
                             "nodes: {store: {model: raft, count: 5, disk: {sync: 1ms}}}\n"
                             "faults:\n"
                             "  - {at: 5s, crash: {of: store, where: {role: leader}}, for: 5s}\n",
                 (uint64_t)_i + 1);
    const struct play_note *first = play_note(play, "elected", SIM_NO_GROUP, 0);
    const struct play_note *second = play_note(play, "elected", SIM_NO_GROUP, 1);

    expect_clean(play);
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_ne(second->node, first->node);
    ck_assert_int_gt(second->words[0], first->words[0]);
    ck_assert_int_ge(second->time, 5 * SIM_SECOND + 100 * SIM_MILLISECOND);
    ck_assert_int_lt(second->time, 7 * SIM_SECOND);
    /* the dead say nothing, and who returns disturbs nobody */
    ck_assert_uint_eq(play_count(play, "stepped-down", SIM_NO_GROUP), 0);
    ck_assert_uint_eq(play_count(play, "elected", SIM_NO_GROUP), 2);
    ck_assert_int_eq(raft(play, first->node)->role, FOLLOWER);
    expect_agreement(play, 5);
    play_free(play);
}
END_TEST

#define CUT_LEADER                                                                                 \
    "faults:\n"                                                                                    \
    "  - {at: 5s, partition: [[{of: store, where: {role: leader}}], rest], for: 10s}\n"

START_TEST(a_leader_without_majority_steps_down)
{
    struct play *play = play_run(HEAD STEADY "duration: 20s\n"
                                             "nodes: {store: {model: raft, count: 5}}\n" CUT_LEADER,
                                 3);
    const struct play_note *old = play_note(play, "elected", SIM_NO_GROUP, 0);
    const struct play_note *down = play_note(play, "stepped-down", SIM_NO_GROUP, 0);

    expect_clean(play);
    ck_assert_uint_eq(down->node, old->node);
    ck_assert_int_gt(down->time, 5 * SIM_SECOND + 250 * SIM_MILLISECOND);
    ck_assert_int_lt(down->time, 5 * SIM_SECOND + 450 * SIM_MILLISECOND);
    ck_assert_int_eq(down->words[0], old->words[0]); /* in its own term */
    ck_assert_int_eq(down->words[1], NOBODY);
    expect_agreement(play, 5);
    play_free(play);
}
END_TEST

START_TEST(without_the_check_it_leads_on_until_the_heal)
{
    struct play *play = play_run(
        HEAD STEADY "duration: 20s\n"
                    "nodes: {store: {model: raft, count: 5, check_quorum: false}}\n" CUT_LEADER,
        3);
    const struct play_note *old = play_note(play, "elected", SIM_NO_GROUP, 0);
    const struct play_note *new = play_note(play, "elected", SIM_NO_GROUP, 1);
    const struct play_note *down = play_note(play, "stepped-down", SIM_NO_GROUP, 0);

    expect_clean(play);
    ck_assert_int_lt(new->time, 7 * SIM_SECOND);
    ck_assert_uint_eq(down->node, old->node);
    ck_assert_int_gt(down->time, 15 * SIM_SECOND);
    ck_assert_int_lt(down->time, 15 * SIM_SECOND + 100 * SIM_MILLISECOND);
    ck_assert_int_eq(down->words[0], new->words[0]);
    play_free(play);
}
END_TEST

static const char *const minority_cut[2] = {
    HEAD STEADY "duration: 20s\n"
                "nodes: {store: {model: raft, count: 5, pre_vote: false}}\n"
                "faults:\n"
                "  - {at: 5s, partition: [[{of: store, where: {role: follower}, pick: 1}], rest],\n"
                "     for: 5s}\n",
    HEAD STEADY "duration: 20s\n"
                "nodes: {store: {model: raft, count: 5, pre_vote: true}}\n"
                "faults:\n"
                "  - {at: 5s, partition: [[{of: store, where: {role: follower}, pick: 1}], rest],\n"
                "     for: 5s}\n",
};

START_TEST(pre_vote_keeps_a_returning_node_quiet)
{
    struct play *play = play_run(minority_cut[_i], 2);
    const struct play_note *down = play_note(play, "stepped-down", SIM_NO_GROUP, 0);

    expect_clean(play);
    if (_i == 1) {
        ck_assert_ptr_null(down);
        ck_assert_int_eq(raft(play, 0)->term, 1);
    } else {
        /* five seconds of lonely elections, each a term */
        ck_assert_ptr_nonnull(down);
        ck_assert_int_gt(raft(play, 0)->term, 10);
    }
    expect_agreement(play, 5);
    play_free(play);
}
END_TEST

START_TEST(a_long_heartbeat_is_refused)
{
    play_expect_error(HEAD "duration: 1s\n"
                           "nodes: {store: {model: raft, count: 3, heartbeat: 80ms}}\n",
                      "has to be at most half of the least election timeout");
}
END_TEST

/* -- the store --------------------------------------------------------------------------------- */

#define STORE "nodes:\n  store: {model: raft, count: 3, disk: {sync: 500us}}\n"

struct answer_row {
    int64_t status, value, length;
};

START_TEST(operations_do_what_they_say)
{
    struct play *play = play_run(
        HEAD STEADY "duration: 10s\n" STORE
                    "  app: {model: script, target: store, program: 'read 1, write 1 5, read 1,\n"
                    "        cas 1 5 6, cas 1 5 7, read 1, add 1 10, add 2 3, delete 1, read 1,\n"
                    "        append 1 8, append 1 9, read 1, add 1 1, cas 1 8 9, append 2 1,\n"
                    "        cas 3 -9223372036854775808 4, read 3, write 1 2, read 1'}\n",
        1);
    static const struct answer_row expected[] = {
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, 5, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_MISMATCH, 6, 0 },
        { STORE_OK, 6, 0 },
        { STORE_OK, 16, 0 },
        { STORE_OK, 3, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, SIM_NIL, 2 },
        { STORE_MISMATCH, SIM_NIL, 0 },
        { STORE_MISMATCH, SIM_NIL, 0 },
        { STORE_MISMATCH, 3, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, 4, 0 },
        { STORE_OK, SIM_NIL, 0 },
        { STORE_OK, 2, 0 },
    };

    for (int64_t i = 0; i < (int64_t)(sizeof expected / sizeof expected[0]); i++) {
        const int64_t *answer = play_answer(play, 3, i);

        ck_assert_msg(answer[1] == expected[i].status && answer[2] == expected[i].value &&
                          answer[3] == expected[i].length,
                      "step %lld: %lld %lld %lld", (long long)i, (long long)answer[1],
                      (long long)answer[2], (long long)answer[3]);
    }
    play_free(play);
}
END_TEST

/* A list that grows through many sizes, with many other keys beside it. */
START_TEST(lists_and_tables_grow)
{
    static char yaml[8192];
    size_t at = (size_t)snprintf(yaml, sizeof yaml,
                                 HEAD STEADY "duration: 60s\n" STORE
                                             "  app: {model: script, target: store, program: '");
    struct play *play;
    int i;

    for (i = 0; i < 60; i++)
        at += (size_t)snprintf(yaml + at, sizeof yaml - at, "append 0 %d, write %d %d, ", i, i + 1,
                               i);
    for (i = 0; i < 60; i++)
        at += (size_t)snprintf(yaml + at, sizeof yaml - at, "read %d, ", i + 1);
    snprintf(yaml + at, sizeof yaml - at, "read 0'}\n");
    play = play_run(yaml, 1);
    for (i = 0; i < 60; i++)
        ck_assert_int_eq(play_answer(play, 3, 120 + i)[2], i);
    ck_assert_int_eq(play_answer(play, 3, 180)[3], 60);
    play_free(play);
}
END_TEST

START_TEST(a_follower_sends_clients_to_the_leader)
{
    struct play *play =
        play_run(HEAD STEADY "duration: 5s\n" STORE
                             "  app: {model: script, target: store, program: 'wait 2000,\n"
                             "        ask 0, write 1 1, ask 1, write 1 2, ask 2, write 1 3'}\n",
                 1);
    uint32_t leader = leader_of(play, 3);

    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(play_answer(play, 3, 2 + 2 * i)[1],
                         i == leader ? STORE_OK : STORE_REDIRECT);
    play_free(play);
}
END_TEST

/* An add reaches only a leader that is cut off with its client. When the cut heals, another entry
 * is committed in its place: the client is told, long before its timeout, that it did not happen,
 * and repeats it elsewhere. */
START_TEST(an_overwritten_request_is_turned_away)
{
    struct play *play = play_run(
        HEAD STEADY
        "duration: 12s\n"
        "nodes:\n"
        "  store: {model: raft, count: 3, check_quorum: false}\n"
        "  app: {model: script, target: store, program: 'add 1 1, wait 4500, add 1 1, read 1'}\n"
        "faults:\n"
        "  - {at: 4s, partition: [[{of: store, where: {role: leader}}, app], rest], for: 1300ms}\n",
        1);
    const struct play_note *second = play_note(play, "answer", 3, 1);

    expect_clean(play);
    ck_assert_uint_eq(play_count(play, "elected", SIM_NO_GROUP), 2);
    ck_assert_int_gt(second->time, 5300 * SIM_MILLISECOND);
    ck_assert_int_lt(second->time, 5600 * SIM_MILLISECOND);
    ck_assert_int_eq(second->words[1], STORE_OK);
    ck_assert_int_eq(second->words[2], 2);
    ck_assert_int_eq(play_answer(play, 3, 3)[2], 2);
    play_free(play);
}
END_TEST

START_TEST(what_was_acknowledged_survives_a_power_loss)
{
    struct play *play = play_run(
        HEAD "network: {latency: 1ms..5ms}\n"
             "duration: 12s\n"
             "nodes:\n"
             "  store: {model: raft, count: 3, disk: {sync: 1ms..20ms, unsynced: dropped}}\n"
             "  app: {model: script, target: store, program: 'write 1 1, write 2 2, append 3 3,\n"
             "        append 3 4, write 1 5, wait 5000, read 1, read 2, read 3'}\n"
             "faults:\n"
             "  - {at: 3s, power_loss: store, for: 500ms}\n",
        (uint64_t)_i + 1);

    expect_clean(play);
    ck_assert_int_eq(play_answer(play, 3, 6)[2], 5);
    ck_assert_int_eq(play_answer(play, 3, 7)[2], 2);
    ck_assert_int_eq(play_answer(play, 3, 8)[3], 2);
    ck_assert_int_gt(raft(play, 0)->term, 1);
    expect_agreement(play, 3);
    play_free(play);
}
END_TEST

/* -- replication ------------------------------------------------------------------------------- */

#define LOADED                                                                                     \
    "  app: {model: kv-client, count: 4, target: store, processes: 4, think: 5ms,\n"               \
    "        mix: {read: 30%%, write: 30%%, cas: 10%%, add: 10%%, append: 10%%, delete: 10%%}}\n"

static const char *const networks[] = {
    "network: {latency: 1ms}\n",
    "network: {latency: {lognormal: {median: 1ms, p99: 20ms}}}\n",
    "network: {latency: 1ms..5ms, loss: 10%}\n",
    "network: {latency: 1ms..5ms, duplicate: 20%}\n",
    "network: {latency: 1ms..60ms, loss: 5%, duplicate: 5%}\n",
};

/* Whatever the network does to messages, the followers get the whole log and the commit index. The
 * load stops before the end by a cut between clients and store. */
START_TEST(followers_catch_up_on_any_network)
{
    static const int windows[] = { 1, 4, 16 };
    static char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD
             "%sduration: 30s\n"
             "nodes:\n"
             "  store: {model: raft, count: 5, window: %d, batch: %d, disk: {sync: 0ms..2ms},\n"
             "          election_timeout: 300ms..600ms}\n" LOADED "faults:\n"
             "  - {at: 8s, crash: {of: store, where: {role: follower}, pick: 1}, for: 5s}\n"
             "  - {at: 20s, partition: [[store], [app]]}\n",
             networks[_i % 5], windows[_i / 5], _i % 2 == 0 ? 64 : 3);
    play = play_swiftly(yaml, (uint64_t)_i + 1);
    expect_clean(play);
    ck_assert_uint_gt(play->status[SIM_OK], 300);
    expect_agreement(play, 5);
    play_free(play);
}
END_TEST

/* A leader gathers what waits while its batches are under way: far fewer messages than operations.
 */
START_TEST(requests_share_batches)
{
    static const char *const delays[2] = { "0", "5ms" };
    static char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: {lognormal: {median: 1ms, p99: 4ms}}}\nduration: 10s\n"
                  "nodes:\n"
                  "  store: {model: raft, count: 3, window: 1, batch_delay: %s}\n"
                  "  app: {model: kv-client, count: 40, target: store, mix: {write: 100%%}}\n",
             delays[_i]);
    play = play_swiftly(yaml, 1);
    ck_assert_uint_gt(play->status[SIM_OK], _i == 0 ? 40000 : 20000);
    /* the sum of the histogram is entries sent to two followers; batches are its count, so compare
     * with messages */
    ck_assert_uint_lt(sim_world_group_stats(play->world, 0)->sent,
                      play->status[SIM_OK] * (_i == 0 ? 5 : 4));
    play_free(play);
}
END_TEST

/* -- swarms ------------------------------------------------------------------------------------ */

#define CHAOS                                                                                      \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 2s}, between: [1s, 20s], crash: {of: store, pick: 1}, for: "        \
    "5ms..2s}\n"                                                                                   \
    "  - {every: {exponential: 4s}, between: [1s, 20s], pause: {of: store, pick: 1}, for: "        \
    "5ms..2s}\n"                                                                                   \
    "  - {every: {exponential: 4s}, between: [1s, 20s], slow: {of: store, pick: 1}, factor: 10,\n" \
    "     for: 1s..3s}\n"                                                                          \
    "  - {every: {exponential: 4s}, between: [1s, 20s], partition: [{of: store, pick: 2}, "        \
    "rest],\n"                                                                                     \
    "     for: 100ms..3s}\n"                                                                       \
    "  - {every: {exponential: 4s}, between: [1s, 20s], partition: [{of: store, pick: 1}, "        \
    "rest],\n"                                                                                     \
    "     one_way: true, for: 100ms..3s}\n"                                                        \
    "  - {every: {exponential: 9s}, between: [1s, 20s], power_loss: store, for: 10ms..1s}\n"

static const char *const chaotic[] = {
    "  store: {model: raft, count: 5, disk: {sync: 0ms..5ms}}\n",
    "  store: {model: raft, count: 3, disk: {sync: 0ms..5ms}, pre_vote: false, check_quorum: "
    "false}\n",
    "  store: {model: raft, count: 4, disk: {sync: 0ms..5ms}, pre_vote: false, window: 16, batch: "
    "2}\n",
    ("  store: {model: raft, count: 5, disk: {sync: 0ms..20ms, unsynced: kept}, check_quorum: "
     "false,\n"
     "          clock: {drift: -1000ppm..1000ppm}}\n"),
};

enum { SWARM_SEEDS = 5 };

/* Safety while faults last; when they stop, progress and agreement. */
START_TEST(faults_break_nothing)
{
    static char yaml[4096];
    struct play *play;

    for (uint64_t seed = 1; seed <= SWARM_SEEDS; seed++) {
        uint32_t members = _i == 1 ? 3 : _i == 2 ? 4 : 5;
        size_t i, late = 0;

        snprintf(yaml, sizeof yaml,
                 HEAD "network: {latency: {lognormal: {median: 2ms, p99: 40ms}}, loss: 2%%,\n"
                      "          duplicate: 2%%}\nduration: 35s\nnodes:\n%s"
                      "  app: {model: kv-client, count: 3, target: store, rate: 20/s}\n" CHAOS
                      "  - {at: 33s, partition: [[store], [app]]}\n",
                 chaotic[_i]);
        play = play_swiftly(yaml, seed);
        expect_clean(play);
        for (i = 1; i <= play->operation_count; i++)
            if (play->operations[i].invoked > 28 * SIM_SECOND &&
                play->operations[i].status == SIM_OK)
                late++;
        ck_assert_msg(late > 200, "seed %d: %d answers after the faults", (int)seed, (int)late);
        expect_agreement(play, members);
        play_free(play);
    }
}
END_TEST

struct knob {
    const char *name, *violated, *yaml;
    uint64_t seeds;
};

static const struct knob knobs[] = {
    { "vote_not_persisted", "election-safety",
      HEAD "network: {latency: 1ms..60ms}\nduration: 60s\nnodes:\n"
           "  store: {model: raft, count: 3, pre_vote: false, election_timeout: 150ms..200ms%s}\n"
           "faults:\n"
           "  - {every: {exponential: 250ms}, between: [1s, 55s], crash: {of: store, pick: 1},\n"
           "     for: 1ms..5ms}\n",
      12 },
    { "vote_cleared_by_equal_term_append", "election-safety",
      HEAD "network: {latency: {mix: [{weight: 1, of: 1ms..5ms}, {weight: 1, of: 50ms..200ms}]}}\n"
           "duration: 60s\nnodes:\n"
           "  store: {model: raft, count: 3, pre_vote: false, election_timeout: 150ms..170ms%s}\n"
           "faults:\n"
           "  - {every: {exponential: 300ms}, between: [1s, 55s], crash: {of: store, pick: 1},\n"
           "     for: 10ms..200ms}\n",
      12 },
    { "vote_ignores_log", "leader-completeness",
      HEAD "network: {latency: {lognormal: {median: 1ms, p99: 10ms}}}\nduration: 60s\nnodes:\n"
           "  store: {model: raft, count: 5%s}\n"
           "  app: {model: kv-client, count: 3, target: store, rate: 20/s}\n"
           "faults:\n"
           "  - {every: {exponential: 5s}, between: [2s, 50s], partition: [{of: store, pick: 2}, "
           "rest],\n"
           "     for: 500ms..4s}\n"
           "  - {every: {exponential: 5s}, between: [2s, 50s],\n"
           "     crash: {of: store, where: {role: leader}}, for: 100ms..2s}\n",
      8 },
    { "ack_before_sync", "leader-completeness",
      HEAD "network: {latency: {lognormal: {median: 1ms, p99: 10ms}}}\nduration: 30s\nnodes:\n"
           "  store: {model: raft, count: 5, disk: {sync: 1ms..10ms, unsynced: dropped}%s}\n"
           "  app: {model: kv-client, count: 4, target: store, rate: 25/s}\n"
           "faults:\n"
           "  - {every: {exponential: 3s}, between: [2s, 28s], power_loss: store, for: "
           "200ms..1s}\n",
      4 },
};

/* Planted, the knob is caught within its seeds; its twin is clean over the same ones. */
START_TEST(knobs_are_caught)
{
    const struct knob *knob = &knobs[_i];
    static char planted[4096], twin[4096];
    char bugs[128];
    uint64_t seed, caught = 0;
    struct play *play;

    snprintf(bugs, sizeof bugs, ", bugs: [%s]", knob->name);
    snprintf(planted, sizeof planted, knob->yaml, bugs);
    snprintf(twin, sizeof twin, knob->yaml, "");
    for (seed = 1; seed <= knob->seeds; seed++) {
        play = play_swiftly(planted, seed);
        caught += strcmp(play->violated, knob->violated) == 0;
        play_free(play);
        play = play_swiftly(twin, seed);
        expect_clean(play);
        play_free(play);
    }
    ck_assert_msg(caught > 0, "%s was not caught in %d seeds", knob->name, (int)knob->seeds);
}
END_TEST

START_TEST(a_run_is_a_function_of_its_seed)
{
    static char yaml[4096];
    struct play *one, *same, *other;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 1ms..9ms, loss: 1%%}\nduration: 20s\n"
                  "nodes:\n%s" LOADED CHAOS,
             chaotic[0]);
    one = play_swiftly(yaml, 7);
    same = play_run(yaml, 7);
    other = play_swiftly(yaml, 8);
    ck_assert_uint_eq(one->digest.low, same->digest.low);
    ck_assert_uint_eq(one->digest.high, same->digest.high);
    ck_assert_uint_ne(one->digest.low, other->digest.low);
    play_free(one);
    play_free(same);
    play_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft");
    TCase *elections = tcase_create("elections"), *store = tcase_create("store");
    TCase *replication = tcase_create("replication"), *swarms = tcase_create("swarms");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(elections, a_leader_is_elected_and_stays, 0, 5);
    tcase_add_test(elections, alone_it_leads_at_once);
    tcase_add_loop_test(elections, a_crashed_leader_is_replaced, 0, 5);
    tcase_add_test(elections, a_leader_without_majority_steps_down);
    tcase_add_test(elections, without_the_check_it_leads_on_until_the_heal);
    tcase_add_loop_test(elections, pre_vote_keeps_a_returning_node_quiet, 0, 2);
    tcase_add_test(elections, a_long_heartbeat_is_refused);
    tcase_add_test(store, operations_do_what_they_say);
    tcase_add_test(store, lists_and_tables_grow);
    tcase_add_test(store, a_follower_sends_clients_to_the_leader);
    tcase_add_test(store, an_overwritten_request_is_turned_away);
    tcase_add_loop_test(store, what_was_acknowledged_survives_a_power_loss, 0, 5);
    tcase_add_loop_test(replication, followers_catch_up_on_any_network, 0, 15);
    tcase_add_loop_test(replication, requests_share_batches, 0, 2);
    tcase_add_loop_test(swarms, faults_break_nothing, 0, 4);
    tcase_add_loop_test(swarms, knobs_are_caught, 0, 4);
    tcase_add_test(swarms, a_run_is_a_function_of_its_seed);
    tcase_set_timeout(swarms, 30);
    suite_add_tcase(suite, elections);
    suite_add_tcase(suite, store);
    suite_add_tcase(suite, replication);
    suite_add_tcase(suite, swarms);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
