/* check_held.c - durable and converged: judges of what stores hold when a run has ended. */
#include "tests/lib/evidence.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The checker NAME's verdict on STORE (three nodes, or as it says) under FAULTS. */
static void judge(const char *name, const char *store, const char *faults, sim_time within,
                  struct sim_verdict *verdict)
{
    const struct sim_checker *checker = checker_named(name);
    void *params = params_create(checker);
    struct sim_evidence evidence;
    struct play *play;
    char yaml[2000];
    bool durable = strcmp(name, "durable") == 0;

    snprintf(yaml, sizeof(yaml),
             "version: 1\n"
             "duration: 20s\n"
             "network: {latency: 1ms..2ms}\n"
             "nodes:\n"
             "  store: {%s}\n"
             "  app: {model: kv-client, count: 3, target: store, rate: 20/s, keys: {count: 1000},\n"
             "    mix: {read: 50%%, write: 50%%}}\n"
             "faults:\n"
             "%s",
             store, faults);
    play = play_open(yaml, 1);
    struct sim_recorder *recorder = sim_recorder_create(play->plan, NULL);
    play->world = sim_world_create(play->plan, sim_recorder_observer(recorder));
    sim_world_run(play->world);
    sim_recorder_end(recorder, sim_world_time(play->world));
    evidence = (struct sim_evidence){
        .plan = play->plan,
        .recorder = recorder,
        .ended = sim_world_time(play->world),
        .world = play->world,
    };
    params_group(params, checker, durable ? "clients" : "of", durable ? 1 : 0);
    if (!durable) {
        params_text(params, checker, "after", "cut");
        params_duration(params, checker, "within", within);
    }
    *verdict = (struct sim_verdict){ .status = SIM_UNDECIDED };
    checker->judge(&evidence, params, verdict);
    sim_recorder_destroy(recorder);
    play_free(play);
    free(params);
}

#define CUT "  - {at: 5s, partition: [[store-0, app-0], rest], for: 8s, label: cut}\n"
#define ALONE "model: primary-replica, count: 3, failover: majority, isolated: serves, "

static void expect(const char *name, const char *store, const char *faults, sim_time within,
                   enum sim_verdict_status status, const char *text)
{
    struct sim_verdict verdict;

    judge(name, store, faults, within, &verdict);
    ck_assert_msg(verdict.status == status, "%s: %s", store, verdict.text);
    ck_assert_msg(strstr(verdict.text, text) != NULL, "%s: %s", store, verdict.text);
}

/* What the primary acknowledged alone is cut off when it comes back. */
START_TEST(an_asynchronous_primary_loses_what_it_took_alone)
{
    struct sim_verdict verdict;

    judge("durable", ALONE "replication: async", CUT, 0, &verdict);
    ck_assert_msg(verdict.status == SIM_BROKEN, "%s", verdict.text);
    ck_assert_msg(strstr(verdict.text, "acknowledged during cut") != NULL, "%s", verdict.text);
    ck_assert_msg(strstr(verdict.text, "the first: app-") != NULL, "%s", verdict.text);
    ck_assert_uint_gt(verdict.culprit_count, 0);
}
END_TEST

START_TEST(who_waits_for_others_loses_nothing)
{
    expect("durable", ALONE "replication: majority", CUT, 0, SIM_HOLDS, "0 of ");
    expect("durable", "model: raft, count: 3", CUT, 0, SIM_HOLDS, "0 of ");
    expect("durable", "model: single, count: 1", "  - {at: 5s, crash: store, for: 1s}\n", 0,
           SIM_HOLDS, "0 of ");
}
END_TEST

START_TEST(what_was_not_on_disk_is_lost_with_the_node)
{
    expect("durable", "model: single, count: 1, bugs: [ack_before_sync], disk: {sync: 200ms}",
           "  - {at: 5s, crash: store, for: 1s, label: bang}\n", 0, SIM_BROKEN,
           "acknowledged before bang");
}
END_TEST

START_TEST(nobody_who_could_tell_is_undecided)
{
    expect("durable", "model: single, count: 1", "  - {at: 5s, kill: store}\n", 0, SIM_UNDECIDED,
           "no node of the store was up");
}
END_TEST

START_TEST(replicas_converge_after_the_cut)
{
    expect("converged", "model: lww-register, count: 3", CUT, SIM_SECOND, SIM_HOLDS,
           "3 nodes hold the same for");
    expect("converged", "model: lww-register, count: 3",
           "  - {at: 5s, partition: [[store-0, app-0], rest], label: cut}\n", SIM_SECOND,
           SIM_UNDECIDED, "cut has not ended");
    expect("converged", "model: lww-register, count: 3", CUT, 10 * SIM_SECOND, SIM_UNDECIDED,
           "no key was written and then left alone for 10s");
    expect("converged", "model: lww-register, count: 3", CUT "  - {at: 15s, kill: store-2}\n",
           SIM_SECOND, SIM_UNDECIDED, "1 nodes are down");
}
END_TEST

/* Another cut, that nobody spoke of, keeps them apart. */
START_TEST(replicas_that_differ_are_shown)
{
    expect("converged", "model: lww-register, count: 3",
           CUT "  - {at: 14s, partition: [[store-0, app-0], rest]}\n", SIM_SECOND, SIM_BROKEN,
           " keys differ 1s later");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_held");
    TCase *all = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(all, an_asynchronous_primary_loses_what_it_took_alone);
    tcase_add_test(all, who_waits_for_others_loses_nothing);
    tcase_add_test(all, what_was_not_on_disk_is_lost_with_the_node);
    tcase_add_test(all, nobody_who_could_tell_is_undecided);
    tcase_add_test(all, replicas_converge_after_the_cut);
    tcase_add_test(all, replicas_that_differ_are_shown);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
