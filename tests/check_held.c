/* check_held.c - durable and converged: judges of what stores hold when a run has ended; and how
 * judges follow routers to these stores. */
#include "sim/check/behind.h"
#include "sim/check/held.h"
#include "tests/lib/evidence.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The checker NAME's verdict on the group number ASKED among NODES under FAULTS. */
static void judge_groups(const char *name, uint32_t asked, const char *nodes, const char *faults,
                         sim_time within, struct sim_verdict *verdict)
{
    const struct sim_checker *checker = checker_named(name);
    void *params = params_create(checker);
    struct sim_evidence evidence;
    struct play *play;
    char yaml[2000];
    bool converged = strcmp(name, "converged") == 0;

    snprintf(yaml, sizeof(yaml),
             "version: 1\n"
             "duration: 20s\n"
             "network: {latency: 1ms..2ms}\n"
             "nodes:\n"
             "%s"
             "faults:\n"
             "%s",
             nodes, faults);
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
    params_group(params, checker, converged ? "of" : "clients", asked);
    if (converged) {
        params_text(params, checker, "after", "cut");
        params_duration(params, checker, "within", within);
    }
    *verdict = (struct sim_verdict){ .status = SIM_UNDECIDED };
    checker->judge(&evidence, params, verdict);
    sim_recorder_destroy(recorder);
    play_free(play);
    free(params);
}

#define CLIENTS "count: 3, rate: 20/s, keys: {count: 1000}, mix: {read: 50%%, write: 50%%}}\n"

/* On STORE (three nodes, or as it says). */
static void judge(const char *name, const char *store, const char *faults, sim_time within,
                  struct sim_verdict *verdict)
{
    char nodes[1000];

    snprintf(nodes, sizeof(nodes),
             "  store: {%s}\n"
             "  app: {model: kv-client, target: store, " CLIENTS,
             store);
    judge_groups(name, strcmp(name, "durable") == 0 ? 1 : 0, nodes, faults, within, verdict);
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

/* -- behind a router --------------------------------------------------------------------------- */

enum { FRONT, A, B, APP, HOME };

/* The shards A and B behind a router, B from key FROM on; DIRECT: further groups. */
static void judge_shards(const char *name, uint32_t asked, const char *store, int from,
                         const char *direct, const char *faults, struct sim_verdict *verdict)
{
    char nodes[1500];

    snprintf(nodes, sizeof(nodes),
             "  front: {model: router, by: range, shards: [{group: a}, {group: b, from: %d}]}\n"
             "  a: {model: raft, count: 3}\n"
             "  b: {%s}\n"
             "  app: {model: kv-client, target: front, " CLIENTS "%s",
             from, store, direct);
    judge_groups(name, asked, nodes, faults, SIM_SECOND, verdict);
}

#define APART "  - {at: 5s, partition: [[front, app, a, b-0], rest], for: 8s, label: cut}\n"
#define DIRECT "  home: {model: kv-client, target: b, count: 2, rate: 10/s, keys: {count: 1000}, "

static const struct {
    const char *name, *store;
    int from;
    uint32_t asked;
    const char *direct, *faults;
    enum sim_verdict_status status;
    const char *text;
} shards[] = {
    { "durable", ALONE "replication: async", 500, APP, "", APART, SIM_BROKEN,
      "acknowledged during cut" },
    { "durable", ALONE "replication: majority", 500, APP, "", APART, SIM_HOLDS, "0 of " },
    { "durable", "model: raft, count: 3", 500, APP, "", "  - {at: 19s, kill: b}\n", SIM_UNDECIDED,
      "but 3 nodes are down" },
    { "durable", "model: quorum, count: 3", 500, APP, "", APART, SIM_HOLDS, "not known: of " },
    /* Who calls a shard without the router is not charged with what went to the other one. */
    { "durable", "model: raft, count: 3", 500, HOME, DIRECT "mix: {write: 100%}}\n", APART,
      SIM_HOLDS, "0 of " },
    /* What the router's clients wrote others delete, until no tombstone tells of it. */
    { "durable", "model: quorum, count: 3, anti_entropy: 100ms, tombstones: 1s", 1, APP,
      DIRECT "mix: {delete: 100%}}\n", APART, SIM_HOLDS, "none is certainly lost" },
    { "durable", "model: quorum, count: 3, anti_entropy: 100ms, tombstones: 1s", 1, HOME,
      DIRECT "mix: {write: 100%}}\n  other: {model: kv-client, target: front, rate: 50/s, keys: "
             "{count: 1000}, mix: {delete: 100%}}\n",
      APART, SIM_HOLDS, "none is certainly lost" },
    { "converged", ALONE "replication: async", 500, B, "", APART, SIM_HOLDS,
      "3 nodes hold the same for" },
    { "converged", "model: lww-register, count: 3", 500, B, "",
      APART "  - {at: 14s, partition: [[front, app, b-0], rest]}\n", SIM_BROKEN,
      " keys differ 1s later" },
    { "converged", "model: lww-register, count: 3", 500, A, "",
      APART "  - {at: 14s, partition: [[b-0], rest]}\n", SIM_HOLDS, "3 nodes hold the same for" },
    /* `home` writes to keys of `b` that may be the router's, or not; if it only reads, it is no
     * matter, but to itself. */
    { "linearizable", "model: raft, count: 3", 500, APP, DIRECT "mix: {write: 100%}}\n", APART,
      SIM_UNDECIDED, "clients of 'front' and 'home', which calls 'b'," },
    { "linearizable", "model: raft, count: 3", 500, APP, DIRECT "mix: {read: 100%}}\n", APART,
      SIM_HOLDS, "an order explains" },
    { "linearizable", "model: raft, count: 3", 500, HOME, DIRECT "mix: {read: 100%}}\n", APART,
      SIM_UNDECIDED, "clients of 'b' and 'app', which calls 'front'," },
    /* That nobody holds what others keep is no agreement. */
    { "converged", "model: raft, count: 3", 1000, B, "", APART, SIM_UNDECIDED,
      "no key was written" },
};

START_TEST(stores_behind_a_router)
{
    struct sim_verdict verdict;

    judge_shards(shards[_i].name, shards[_i].asked, shards[_i].store, shards[_i].from,
                 shards[_i].direct, shards[_i].faults, &verdict);
    ck_assert_msg(verdict.status == shards[_i].status, "%s", verdict.text);
    ck_assert_msg(strstr(verdict.text, shards[_i].text) != NULL, "%s", verdict.text);
}
END_TEST

/* 0 asks 1 and 2, 1 asks 3 and 4, 2 asks 4 and 5; 6 asks for nothing but 4. */
START_TEST(who_is_behind_whom)
{
    static const struct sim_route_plan routes[][3] = {
        { { .target = 1 }, { .target = 2 }, { .target = 2 } },
        { { .target = 3 }, { .target = 3 }, { .target = 4 } },
        { { .target = 4 }, { .target = 4 }, { .target = 5 } },
        { { .target = 4 }, { .target = 4 }, { .target = 4 } },
    };
    struct sim_model forwards = { .name = "router", .forwards = true }, mute = { .name = "mute" };
    struct sim_group_plan groups[7] = { 0 };
    struct sim_plan plan = { .groups = groups, .group_count = 7 };
    char text[SIM_CHECK_TEXT];

    for (uint32_t g = 0; g < 7; g++)
        groups[g] = (struct sim_group_plan){ .name = "them", .model = &mute, .count = 1 };
    for (uint32_t g = 0; g < 4; g++) {
        groups[g == 3 ? 6 : g].model = &forwards;
        groups[g == 3 ? 6 : g].routes = routes[g];
        groups[g == 3 ? 6 : g].route_count = 3;
    }
    groups[6].name = "front";
    for (uint32_t store = 0; store < 7; store++) {
        ck_assert_int_eq(sim_behind_is(&plan, 0, store), store >= 3 && store <= 5);
        ck_assert_int_eq(sim_behind_is(&plan, 2, store), store == 4 || store == 5);
        ck_assert_int_eq(sim_behind_is(&plan, 3, store), store == 3);
        ck_assert(!sim_behind_is(&plan, SIM_NO_GROUP, store));
    }
    ck_assert_int_eq(sim_behind_share(&plan, 1, 0), SIM_BEHIND_ALL);
    ck_assert_int_eq(sim_behind_share(&plan, 0, 1), SIM_BEHIND_SOME);
    ck_assert_int_eq(sim_behind_share(&plan, 4, 6), SIM_BEHIND_ALL);
    ck_assert_int_eq(sim_behind_share(&plan, 3, 2), SIM_BEHIND_NONE);
    ck_assert_int_eq(sim_behind_share(&plan, SIM_NO_GROUP, 2), SIM_BEHIND_NONE);
    ck_assert_ptr_nonnull(sim_held_cannot(&plan, 6, text));
    ck_assert_str_eq(text, "the model of 'them' (mute) behind 'front' does not tell what it holds");
    ck_assert_ptr_nonnull(sim_held_cannot(&plan, 4, text));
    ck_assert_str_eq(text, "the model of 'them' (mute) does not tell what it holds");
}
END_TEST

START_TEST(a_router_has_nothing_to_agree_on)
{
    const struct sim_checker *checker = checker_named("converged");
    void *params = params_create(checker);
    char text[SIM_CHECK_TEXT];
    struct play *play = play_open("version: 1\nname: x\nduration: 1s\nnodes:\n"
                                  "  front: {model: router, count: 2, shards: [{group: a}]}\n"
                                  "  a: {model: raft, count: 3}\n"
                                  "  app: {model: kv-client, target: front}\n",
                                  1);

    params_group(params, checker, "of", FRONT);
    ck_assert_str_eq(checker->about.check(params, play->plan, text), "of");
    ck_assert_str_eq(text, "'front' (router) keeps nothing itself: name a group that it asks");
    params_group(params, checker, "of", A);
    ck_assert_ptr_null(checker->about.check(params, play->plan, text));
    play_free(play);
    free(params);
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
    tcase_add_loop_test(all, stores_behind_a_router, 0, sizeof shards / sizeof shards[0]);
    tcase_add_test(all, who_is_behind_whom);
    tcase_add_test(all, a_router_has_nothing_to_agree_on);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
