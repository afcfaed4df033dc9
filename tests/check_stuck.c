/* check_stuck.c - what the verdict on recovery says of a system that stands still. */
#include "tests/lib/evidence.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Five stores and two clients for 20 s; FAULTS are listed, `bang` among them. */
static void judge(const char *store, const char *faults, struct sim_verdict *verdict)
{
    const struct sim_checker *checker = checker_named("recovers");
    void *params = params_create(checker);
    struct sim_evidence evidence;
    struct play *play;
    char yaml[2000];

    snprintf(yaml, sizeof(yaml),
             "version: 1\n"
             "duration: 20s\n"
             "network: {latency: 1ms..2ms}\n"
             "nodes:\n"
             "  store: {model: raft, count: 5%s}\n"
             "  app: {model: kv-client, count: 2, target: store, rate: 20/s}\n"
             "faults:\n"
             "%s"
             "  - {at: 6s, pause: app-0, for: 1ms, label: bang}\n",
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
    params_group(params, checker, "clients", 1);
    params_text(params, checker, "after", "bang");
    params_duration(params, checker, "within", 5 * SIM_SECOND);
    checker->judge(&evidence, params, verdict);
    sim_recorder_destroy(recorder);
    play_free(play);
    free(params);
}

/* What is said behind the clients. */
static void expect_stuck(const char *store, const char *faults, const char *text)
{
    struct sim_verdict verdict;
    const char *end;

    judge(store, faults, &verdict);
    ck_assert_int_eq(verdict.status, SIM_BROKEN);
    end = strstr(verdict.text, "; at the end ");
    ck_assert_msg(end != NULL, "%s", verdict.text);
    ck_assert_str_eq(end + strlen("; at the end "), text);
}

START_TEST(without_a_majority_it_had_to_stand_still)
{
    expect_stuck(
        "", "  - {at: 5s, kill: [store-0, store-1, store-4]}\n",
        "store-0 killed, store-1 killed, store-4 killed; no fault was open; at most 2 of 5 "
        "could talk, no majority: it had to stand still");
    expect_stuck("",
                 "  - {at: 5s, partition: [[store-0, store-1], [store-2, store-3, store-4]]}\n"
                 "  - {at: 5s, pause: store-2}\n",

                 "store-2 paused; open: partition, pause; at most 2 of 5 could talk, no majority: "
                 "it had to stand still");
    expect_stuck("", "  - {at: 5s, crash: store}\n",
                 "store-0 down, store-1 down, store-2 down, store-3 down, store-4 down; open: "
                 "crash; at most 0 of 5 could talk, no majority: it had to stand still");
    expect_stuck(
        "", "  - {at: 5s, isolate: store, one_way: true}\n",
        "all nodes of store ran; open: isolate; at most 1 of 5 could talk, no majority: it "
        "had to stand still");
}
END_TEST

/* The leader cannot commit without the disks of two others; the last had nothing to sync. */
START_TEST(a_node_says_what_it_waits_for)
{
    expect_stuck(", disk: {sync: 1ms}",
                 "  - {at: 5s, disk_full: [store-0, store-1], for: 10s}\n"
                 "  - {at: 5s, disk_stall: [store-2, store-3, store-4]}\n",
                 "store-0 halted (disk full), store-1 halted (disk full), store-2 waits for its "
                 "disk, store-3 waits for its disk; open: disk_stall; 3 of 5 could talk, a "
                 "majority");
}
END_TEST

/* Nobody stands for election. */
START_TEST(with_a_majority_and_no_fault_nothing_excuses_it)
{
    expect_stuck(", election_timeout: 1h", "  - {at: 5s, kill: store-2}\n",
                 "store-2 killed; no fault was open; 4 of 5 could talk, a majority: nothing "
                 "excuses standing still");
}
END_TEST

START_TEST(who_recovers_needs_no_explanation)
{
    struct sim_verdict verdict;

    judge("", "  - {at: 5s, kill: [store-0, store-1]}\n", &verdict);
    ck_assert_int_eq(verdict.status, SIM_HOLDS);
    ck_assert_ptr_null(strstr(verdict.text, "at the end"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stuck");
    TCase *tests = tcase_create("stuck");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, without_a_majority_it_had_to_stand_still);
    tcase_add_test(tests, a_node_says_what_it_waits_for);
    tcase_add_test(tests, with_a_majority_and_no_fault_nothing_excuses_it);
    tcase_add_test(tests, who_recovers_needs_no_explanation);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
