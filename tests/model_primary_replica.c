/* model_primary_replica.c - whom a change waits for, who is promoted, and what is lost by it:
 * counted write by write. */
#include "models/replication/primary-replica/primary_replica.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

static const struct state *store(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static void expect_clean(const struct play *play)
{
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
}

static void expect_answer(const struct play *play, uint32_t node, int64_t step, int64_t status,
                          int64_t value)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    ck_assert_int_eq(answer[2], value);
}

/* How long step 1 took: a write after a wait. */
static sim_time took(const struct play *play, uint32_t node, size_t step)
{
    return play_note(play, "answer", node, step)->time;
}

/* One way 1 ms, to the far replica 10 ms; a sync takes 2 ms. The write begins at 1 s. */
#define FAR                                                                                        \
    "network:\n  latency: 1ms\n  links: [{between: [{zone: near}, {zone: far}], latency: 10ms}]\n" \
    "nodes:\n"                                                                                     \
    "  store: {model: master-slave, count: 3, zones: [near, near, far], disk: {sync: 2ms}, %s}\n"  \
    "  c: {model: script, zone: near, target: store, program: 'wait 1000, write 1 10'}\n"

static const struct {
    const char *keys;
    int64_t ms;
} modes[] = {
    { "replication: async", 1 + 2 + 1 },
    { "replication: async, durable: false", 1 + 1 },
    { "replication: semi-sync", 1 + 2 + 1 + 2 + 1 + 1 },
    { "replication: majority", 1 + 2 + 1 + 2 + 1 + 1 },
    { "replication: semi-sync, acknowledgements: 2", 1 + 2 + 10 + 2 + 10 + 1 },
    { "replication: sync", 1 + 2 + 10 + 2 + 10 + 1 },
    { "replication: sync, durable: false", 1 + 10 + 10 + 1 },
};

START_TEST(a_change_waits_for_whom_it_has_to)
{
    char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml, HEAD "duration: 3s\n" FAR, modes[_i].keys);
    play = play_run(yaml, 1);
    expect_clean(play);
    ck_assert_int_eq(took(play, 3, 0), SIM_SECOND + modes[_i].ms * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* One replica is away. */
START_TEST(one_that_is_away_holds_up_who_waits_for_it)
{
    static const struct {
        const char *keys;
        int64_t status;
    } rows[] = {
        { "replication: async", STORE_OK },
        { "replication: semi-sync", STORE_OK },
        { "replication: majority", STORE_OK },
        { "replication: sync", PLAY_UNKNOWN },
        { "replication: semi-sync, acknowledgements: 2", PLAY_UNKNOWN }, /* falls back in 10 s */
    };
    char yaml[2048];
    struct play *play;

    snprintf(yaml, sizeof yaml, HEAD "duration: 3s\n" FAR "faults: [{at: 100ms, crash: store-2}]\n",
             rows[_i].keys);
    play = play_run(yaml, 1);
    expect_clean(play);
    ck_assert_int_eq(play_answer(play, 3, 1)[1], rows[_i].status);
    play_free(play);
}
END_TEST

/* After `fallback` without the replica the primary goes on alone, and waits again once the replica
 * has what it missed. */
START_TEST(semi_sync_falls_back_and_returns)
{
    struct play *play = play_run(
        HEAD
        "duration: 10s\nnetwork: {latency: 1ms}\nnodes:\n"
        "  store: {model: primary-replica, count: 2, replication: semi-sync, fallback: 500ms}\n"
        "  c: {model: script, target: store, program: 'wait 1000, write 1 10, write 1 11, "
        "wait 2500, write 1 12, ask 1, wait 10, read 1'}\n"
        "faults: [{at: 500ms, partition: [[store-0, c], [store-1]], for: 2s}]\n",
        1);

    expect_clean(play);
    ck_assert_int_eq(took(play, 2, 0), 1502 * SIM_MILLISECOND);
    ck_assert_int_eq(took(play, 2, 1), 1504 * SIM_MILLISECOND);
    ck_assert_uint_eq(play_count(play, "fell-back", 0), 1);
    ck_assert_uint_eq(play_count(play, "caught-up", 0), 1);
    ck_assert_int_eq(took(play, 2, 2), 4008 * SIM_MILLISECOND);
    ck_assert_int_eq(store(play, 1)->last, store(play, 0)->last);
    play_free(play);
}
END_TEST

START_TEST(replicas_redirect_or_answer_stale)
{
    static const char *const reads[] = { "primary", "any" };
    char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 4s\nnetwork:\n  latency: 1ms\n"
                  "  links: [{between: [{zone: a}, {zone: b}], latency: 300ms}]\nnodes:\n"
                  "  store: {model: primary-replica, count: 2, zones: [a, b], reads: %s}\n"
                  "  c: {model: script, zone: a, target: store, program: 'wait 1000, ask 0, write "
                  "1 10, ask 1, "
                  "read 1, write 1 11, wait 500, read 1'}\n",
             reads[_i]);
    play = play_run(yaml, 1);
    expect_clean(play);
    expect_answer(play, 2, 2, STORE_OK, SIM_NIL);
    if (_i == 0)
        expect_answer(play, 2, 4, STORE_REDIRECT, SIM_NIL);
    else
        expect_answer(play, 2, 4, STORE_STALE, 10); /* it took as long as the copy */
    expect_answer(play, 2, 5, STORE_REDIRECT, SIM_NIL);
    play_free(play);
}
END_TEST

/* Three monitors miss a primary that crashed; the other members follow the new one, and the old one
 * too when it is back. */
START_TEST(monitors_replace_a_primary)
{
    struct play *play = play_run(
        HEAD "duration: 20s\nnetwork: {latency: 1ms..3ms}\nnodes:\n"
             "  store: {model: primary-replica, count: 3, failover: monitor}\n"
             "  watch: {model: sentinel, count: 3, target: store, every: 200ms, down_after: 1s}\n"
             "  app: {model: kv-client, count: 2, target: store, rate: 50/s, timeout: 500ms}\n"
             "faults: [{at: 5s, crash: store-0, for: 5s}]\n",
        (uint64_t)_i + 1);
    const struct play_note *promoted = play_note(play, "promoted", SIM_NO_GROUP, 1);
    size_t late = 0;

    expect_clean(play);
    ck_assert_ptr_nonnull(promoted);
    ck_assert_uint_ne(promoted->node, 0);
    ck_assert_int_gt(promoted->time, 6 * SIM_SECOND);
    ck_assert_int_lt(promoted->time, 7500 * SIM_MILLISECOND);
    ck_assert_int_eq(store(play, promoted->node)->role, PRIMARY);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(store(play, i)->primary, promoted->node);
    for (size_t i = 1; i <= play->operation_count; i++)
        late +=
            play->operations[i].invoked > 8 * SIM_SECOND && play->operations[i].status == SIM_OK;
    ck_assert_uint_gt(late, 900);
    play_free(play);
}
END_TEST

/* Monitors that restart while the primary is away learn from the replicas whom they miss. */
START_TEST(monitors_that_restart_learn_whom_they_miss)
{
    struct play *play = play_run(
        HEAD "duration: 15s\nnetwork: {latency: 1ms..3ms}\nnodes:\n"
             "  store: {model: primary-replica, count: 3, failover: monitor}\n"
             "  watch: {model: sentinel, count: 3, target: store, every: 200ms, down_after: 1s}\n"
             "faults: [{at: 2s, kill: store-0}, {at: 2100ms, crash: watch, for: 1s}]\n",
        1);

    expect_clean(play);
    ck_assert_uint_eq(play_count(play, "promoted", SIM_NO_GROUP), 2);
    ck_assert_int_eq(store(play, 1)->primary, store(play, 2)->primary);
    play_free(play);
}
END_TEST

/* It is back before anybody missed it, with what was on its disk, and in an epoch of its own. */
START_TEST(a_primary_that_restarts_goes_on)
{
    struct play *play = play_run(
        HEAD "duration: 5s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: primary-replica, count: 3, failover: monitor}\n"
             "  watch: {model: failover-monitor, count: 3, target: store, down_after: 3s}\n"
             "  c: {model: script, target: store, program: 'write 1 10, wait 2000, read 1, "
             "write 1 11, read 1'}\n"
             "faults: [{at: 1s, crash: store-0, for: 200ms}]\n",
        1);

    expect_clean(play);
    expect_answer(play, 6, 2, STORE_OK, 10);
    expect_answer(play, 6, 4, STORE_OK, 11);
    ck_assert_int_eq(store(play, 0)->role, PRIMARY);
    ck_assert_int_eq(store(play, 0)->epoch, FAILOVER_EPOCH + 1);
    ck_assert_int_eq(store(play, 2)->epoch, FAILOVER_EPOCH + 1);
    play_free(play);
}
END_TEST

START_TEST(wrong_scenarios)
{
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: primary-replica, count: 2, "
                           "replication: semi-sync, acknowledgements: 2}\n",
                      "more than there are replicas");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: primary-replica, count: 2, "
                           "heartbeat: 900ms}\n",
                      "half of the least patience");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  store: {model: raft, count: 3}\n"
                           "  watch: {model: sentinel, target: store}\n",
                      "does not serve");
}
END_TEST

/* -- what is lost, write by write -------------------------------------------------------------- */

/* Is a write of VALUE in the log of NODE? */
static bool holds(const struct play *play, uint32_t node, int64_t value, uint64_t length)
{
    const struct sim_seat *seat = play_seat(play, node);

    for (uint64_t i = 0; i < length; i++) {
        const struct entry *e = sim_log_record(seat, LOG, i);

        if (e->operation == SIM_WRITE && e->argument == value)
            return true;
    }
    return false;
}

enum { ANY = -1 };

/* Notes of answered changes that were dropped, of VALUE or of any. */
static size_t noted_lost(const struct play *play, int64_t value)
{
    size_t count = 0;

    for (size_t n = 0; n < play->note_count; n++)
        if (strcmp(play->notes[n].what, "lost") == 0 && play->notes[n].words[4] != 0 &&
            (value == ANY || play->notes[n].words[3] == value))
            count++;
    return count;
}

/* {primary, one replica, two clients} are cut off from the other three members, the monitors and
 * two clients at 5 s, for 10 s. Links lose nothing, what is under way arrives, one way takes 1 ms.
 */
#define CUT                                                                                        \
    HEAD "duration: 25s\nnetwork: {latency: 1ms}\nnodes:\n"                                        \
         "  store: {model: primary-replica, count: 5, failover: %s, replication: %s}\n"            \
         "  watch: {model: sentinel, count: 3, target: store, every: 200ms, down_after: 1s}\n"     \
         "  app: {model: kv-client, count: 4, target: store, rate: 50/s, timeout: 500ms}\n"        \
         "faults:\n"                                                                               \
         "  - {at: 5s, partition: [[store-0, store-1, app-0, app-1], rest], for: 10s}\n"
enum { FIRST_APP = 8, BEGIN = 5, HEAL = 15 };

static const struct {
    const char *failover, *replication;
    bool loses;
} losses[] = {
    { "monitor", "async", true },      { "majority", "async", true },
    { "monitor", "semi-sync", true },  { "monitor", "majority", false },
    { "majority", "majority", false }, { "monitor", "sync", false },
};

START_TEST(lost_is_what_the_promoted_log_lacks)
{
    char yaml[2048];
    struct play *play;
    const struct play_note *promoted, *demoted;
    size_t lost = 0, during = 0, acknowledged = 0;

    snprintf(yaml, sizeof yaml, CUT, losses[_i].failover, losses[_i].replication);
    play = play_run(yaml, 7);
    expect_clean(play);
    promoted = play_note(play, "promoted", SIM_NO_GROUP, 1);
    demoted = play_note(play, "demoted", 0, 0);
    ck_assert_ptr_nonnull(promoted);
    ck_assert_ptr_nonnull(demoted);
    ck_assert_uint_ge(promoted->node, 2);
    ck_assert_uint_eq(play_count(play, "promoted", SIM_NO_GROUP), 2);
    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];
        sim_time told = o->completed - SIM_MILLISECOND; /* when the answer was sent */
        bool absent;

        if (o->operation.kind != SIM_WRITE || o->status != SIM_OK)
            continue;
        acknowledged++;
        absent = !holds(play, promoted->node, o->operation.argument,
                        (uint64_t)store(play, promoted->node)->last);
        ck_assert_msg(absent == (noted_lost(play, o->operation.argument) == 1), "write %d", (int)i);
        lost += absent;
        if (absent)
            ck_assert(
                !holds(play, promoted->node, o->operation.argument, (uint64_t)promoted->words[1]));
        during += told > BEGIN * SIM_SECOND && told <= demoted->time &&
                  (o->node == FIRST_APP || o->node == FIRST_APP + 1);
    }
    ck_assert_uint_gt(acknowledged, 1000);
    ck_assert_uint_eq(lost, noted_lost(play, ANY));
    if (losses[_i].loses) {
        ck_assert_uint_gt(lost, 300);
        ck_assert_uint_eq(lost, during);
    } else {
        ck_assert_uint_eq(lost, 0);
    }
    play_free(play);
}
END_TEST

/* -- swarms ------------------------------------------------------------------------------------ */

#define CHAOS                                                                                      \
    "faults:\n"                                                                                    \
    "  - {every: {exponential: 4s}, between: [2s, 28s], crash: {of: store, pick: 1}, for: "        \
    "50ms..3s}\n"                                                                                  \
    "  - {every: {exponential: 4s}, between: [2s, 28s], power_loss: {of: store, pick: 1}, for: "   \
    "50ms..1s}\n"                                                                                  \
    "  - {every: {exponential: 6s}, between: [2s, 28s], partition: [{of: store, pick: 2}, rest], " \
    "for: 200ms..4s}\n"                                                                            \
    "  - {every: {exponential: 6s}, between: [2s, 28s], pause: {of: store, pick: 1}, for: "        \
    "200ms..3s}\n"

static const char *const chaotic[] = {
    "replication: async, failover: monitor",
    "replication: semi-sync, failover: monitor, fallback: 1s",
    "replication: majority, failover: monitor",
    "replication: sync, failover: none",
    "replication: async, failover: majority, durable: false",
    "replication: semi-sync, failover: majority, acknowledgements: 2",
    "replication: majority, failover: majority",
    "replication: majority, failover: majority, isolated: stops",
};
enum { SAFE = 7, SWARM_SEEDS = 3 };

START_TEST(faults_break_nothing)
{
    static char yaml[4096], text[1024];

    for (uint64_t seed = 1; seed <= SWARM_SEEDS; seed++) {
        struct play *play;
        size_t late = 0;

        snprintf(yaml, sizeof yaml,
                 HEAD "network: {latency: {lognormal: {median: 2ms, p99: 40ms}}, loss: 2%%,\n"
                      "          duplicate: 2%%}\nduration: 45s\nnodes:\n"
                      "  store: {model: primary-replica, count: 5, disk: {sync: 0ms..5ms}, %s}\n"
                      "  watch: {model: sentinel, count: 3, target: store, every: 300ms,\n"
                      "          down_after: 1500ms}\n"
                      "  app: {model: kv-client, count: 3, target: store, rate: 20/s}\n" CHAOS
                      "  - {at: 43s, partition: [[store], [app]]}\n",
                 chaotic[_i]);
        play = play_swiftly(yaml, seed);
        expect_clean(play);
        for (size_t i = 1; i <= play->operation_count; i++)
            late += play->operations[i].invoked > 38 * SIM_SECOND &&
                    play->operations[i].status == SIM_OK;
        ck_assert_msg(late > 200, "seed %d: %d answers after the faults", (int)seed, (int)late);
        for (uint32_t i = 1; i < 5; i++) {
            ck_assert_int_eq(store(play, i)->last, store(play, 0)->last);
            ck_assert_int_eq(store(play, i)->last_epoch, store(play, 0)->last_epoch);
            ck_assert_int_eq(store(play, i)->primary, store(play, 0)->primary);
        }
        if (_i == SAFE)
            ck_assert_msg(play_is_linearizable(play, text), "seed %d: %s", (int)seed, text);
        play_free(play);
    }
}
END_TEST

/* A full disk stops its node for good, in the middle of whatever it was writing; the others go on.
 */
START_TEST(a_full_disk_stops_its_node)
{
    static const char *const whom[] = { "store-0", "store-1" };
    char yaml[1024];
    struct play *play;
    size_t late = 0;

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 1ms}\nduration: 15s\nnodes:\n"
                  "  store: {model: primary-replica, count: 3, replication: majority,\n"
                  "          failover: majority, disk: {sync: 1ms}}\n"
                  "  app: {model: kv-client, count: 2, target: store, rate: 50/s}\n"
                  "faults: [{at: 3s, disk_full: %s, for: 5s}]\n",
             whom[_i]);
    play = play_swiftly(yaml, 1);
    expect_clean(play);
    ck_assert_int_eq(store(play, (uint32_t)_i)->epoch, 0); /* no state any more */
    for (size_t i = 1; i <= play->operation_count; i++)
        late +=
            play->operations[i].invoked > 10 * SIM_SECOND && play->operations[i].status == SIM_OK;
    ck_assert_uint_gt(late, 450);
    play_free(play);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("primary-replica");
    TCase *modes_case = tcase_create("modes"), *failover = tcase_create("failover");
    TCase *swarms = tcase_create("swarms");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(modes_case, a_change_waits_for_whom_it_has_to, 0,
                        sizeof modes / sizeof modes[0]);
    tcase_add_loop_test(modes_case, one_that_is_away_holds_up_who_waits_for_it, 0, 5);
    tcase_add_test(modes_case, semi_sync_falls_back_and_returns);
    tcase_add_loop_test(modes_case, replicas_redirect_or_answer_stale, 0, 2);
    tcase_add_test(modes_case, wrong_scenarios);
    tcase_add_loop_test(failover, monitors_replace_a_primary, 0, 5);
    tcase_add_test(failover, a_primary_that_restarts_goes_on);
    tcase_add_test(failover, monitors_that_restart_learn_whom_they_miss);
    tcase_add_loop_test(failover, lost_is_what_the_promoted_log_lacks, 0,
                        sizeof losses / sizeof losses[0]);
    tcase_add_loop_test(failover, a_full_disk_stops_its_node, 0, 2);
    tcase_add_loop_test(swarms, faults_break_nothing, 0, sizeof chaotic / sizeof chaotic[0]);
    tcase_set_timeout(swarms, 30);
    suite_add_tcase(suite, modes_case);
    suite_add_tcase(suite, failover);
    suite_add_tcase(suite, swarms);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
