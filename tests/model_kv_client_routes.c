/* model_kv_client_routes.c - whom the client asks, YCSB's mixes, and what it does when it reaches
 * nobody. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

/* lww-register answers wherever it is asked, after one round trip: the time tells who was asked. */
#define ZONES                                                                                      \
    "network:\n  latency: 1ms\n  links:\n"                                                         \
    "    - {between: [{zone: a}, {zone: b}], latency: 20ms}\n"                                     \
    "    - {between: [{zone: a}, {zone: c}], latency: 40ms}\n"                                     \
    "    - {between: [{zone: b}, {zone: c}], latency: 80ms}\n"
#define STORE3 "  store: {model: lww-register, count: 3, zones: [a, b, c]}\n"

static double share(const struct play *play, enum sim_operation_kind kind)
{
    double count = 0;

    for (size_t i = 1; i <= play->operation_count; i++)
        count += play->operations[i].operation.kind == kind;
    return count / (double)play->operation_count;
}

static const struct mix {
    const char *name;
    double read, write;
} mixes[] = {
    { "ycsb-a", 0.5, 0.5 },         { "ycsb-b", 0.95, 0.05 }, { "ycsb-c", 1, 0 },
    { "ycsb-d", 0.95, 0.05 }, /* a modify is a read and a write: 2/3 and 1/3 of the operations */
    { "ycsb-f", 2.0 / 3, 1.0 / 3 },
};

START_TEST(ycsb_mixes)
{
    char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 50s\nnodes:\n  store: {model: lww-register, count: 1}\n"
                  "  app: {model: kv-client, target: store, rate: 100/s, mix: %s}\n",
             mixes[_i].name);
    play = play_swiftly(yaml, 1);
    ck_assert_uint_gt(play->operation_count, 4000);
    ck_assert_double_eq_tol(share(play, SIM_READ), mixes[_i].read, 0.02);
    ck_assert_double_eq_tol(share(play, SIM_WRITE), mixes[_i].write, 0.02);
    play_free(play);
}
END_TEST

/* A scan of n keys is n reads of neighbours in one lane: 50.5 reads in the mean of 1..100, unless
 * the keys end. */
START_TEST(scans_read_neighbours)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: 10us}\nduration: 2s\nnodes:\n  store: {model: lww-register, "
             "count: 1}\n"
             "  app: {model: kv-client, target: store, think: 1ms, mix: {scan: 100%},\n"
             "        keys: {count: 1000000}}\n",
        1);
    size_t scans = 1;

    ck_assert_uint_gt(play->operation_count, 20000);
    for (size_t i = 2; i <= play->operation_count; i++) {
        const struct play_operation *a = &play->operations[i - 1], *b = &play->operations[i];

        if (b->invoked > a->completed)
            scans++;
        else
            ck_assert_int_eq(b->operation.key, a->operation.key + 1);
    }
    ck_assert_double_eq_tol((double)play->operation_count / (double)scans, 50.5, 3.0);
    play_free(play);
}
END_TEST

START_TEST(modify_reads_and_then_writes_the_key)
{
    struct play *play = play_swiftly(
        HEAD "network: {latency: 1ms}\nduration: 20s\nnodes:\n"
             "  store: {model: lww-register, count: 1}\n"
             "  app: {model: kv-client, target: store, processes: 1, mix: {modify: 100%}}\n",
        1);

    ck_assert_uint_gt(play->operation_count, 4000);
    for (size_t i = 2; i <= play->operation_count; i += 2) {
        const struct play_operation *a = &play->operations[i - 1], *b = &play->operations[i];

        ck_assert_int_eq(a->operation.kind, SIM_READ);
        ck_assert_int_eq(b->operation.kind, SIM_WRITE);
        ck_assert_int_eq(a->operation.key, b->operation.key);
        ck_assert_int_eq(a->completed, b->invoked);
        ck_assert_uint_eq(a->process, b->process);
    }
    play_free(play);
}
END_TEST

/* Nobody answers: the read fails, and nothing is written on the strength of it. */
START_TEST(what_follows_a_failed_read_is_left_out)
{
    struct play *play = play_swiftly(
        HEAD "duration: 20s\nnodes:\n  store: {model: lww-register, count: 1}\n"
             "  app: {model: kv-client, target: store, rate: 10/s, mix: {modify: 100%}}\n"
             "faults: [{at: 0s, crash: store}]\n",
        1);

    ck_assert_uint_gt(play->operation_count, 100);
    ck_assert(!(share(play, SIM_WRITE) > 0));
    play_free(play);
}
END_TEST

/* Inserts are keys of their own; the latest of them are read most: with s = 0.99 over 100 keys the
 * newest by 1 / 5.2 of the reads. */
START_TEST(latest_reads_what_was_inserted)
{
    struct play *play =
        play_swiftly(HEAD "duration: 100s\nnodes:\n  store: {model: lww-register, count: 1}\n"
                          "  app: {model: kv-client, target: store, rate: 100/s, mix: ycsb-d,\n"
                          "        keys: {count: 100, distribution: {latest: 0.99}}}\n",
                     1);
    int64_t newest = -1;
    double reads = 0, hits = 0;

    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (o->operation.kind == SIM_WRITE) {
            ck_assert_int_gt(o->operation.key, newest);
            newest = o->operation.key;
        } else if (newest >= 0) {
            reads++;
            hits += o->operation.key == newest;
            ck_assert_int_le(o->operation.key, newest);
        }
    }
    ck_assert_double_eq_tol(hits / reads, 0.19, 0.02);
    play_free(play);
}
END_TEST

/* Zone b is 20 ms away, c 40 ms. `own` of member 0 is member 0; `sticky` is one for all. */
static const struct route {
    const char *keys;
    sim_time least, most; /* of the latencies of answered operations */
} routes[] = {
    { "read_from: nearest, write_to: nearest", 2 * SIM_MILLISECOND, 2 * SIM_MILLISECOND },
    { "read_from: any, write_to: any, pinned: zone", 2 * SIM_MILLISECOND, 2 * SIM_MILLISECOND },
    { "read_from: any, write_to: any", 2 * SIM_MILLISECOND, 80 * SIM_MILLISECOND },
    { "read_from: nearest, write_to: any", 2 * SIM_MILLISECOND, 80 * SIM_MILLISECOND },
};

START_TEST(routes_lead_where_they_say)
{
    char yaml[1024];
    struct play *play;
    sim_time least = SIM_SECOND, most = 0;

    snprintf(yaml, sizeof yaml,
             HEAD ZONES "duration: 20s\nnodes:\n" STORE3
                        "  app: {model: kv-client, target: store, zone: a, rate: 50/s, %s}\n",
             routes[_i].keys);
    play = play_swiftly(yaml, 1);
    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];
        sim_time took = o->completed - o->invoked;

        if (o->status != SIM_OK)
            continue;
        least = took < least ? took : least;
        most = took > most ? took : most;
    }
    ck_assert_uint_gt(play->status[SIM_OK], 900);
    ck_assert_int_eq(least, routes[_i].least);
    ck_assert_int_eq(most, routes[_i].most);
    play_free(play);
}
END_TEST

/* Without zones what was measured decides: everybody is asked once, then the one 1 ms away. */
START_TEST(nearest_is_measured)
{
    struct play *play = play_swiftly(
        HEAD "network:\n  latency: 30ms\n  links: [{between: [fast, app], latency: 1ms}]\n"
             "duration: 9s\nnodes:\n  fast: {model: lww-register, count: 1}\n"
             "  app: {model: kv-client, target: fast, rate: 50/s, read_from: nearest}\n",
        1);
    struct play *zones = play_swiftly(
        HEAD ZONES "duration: 9s\nnodes:\n" STORE3
                   "  app: {model: kv-client, target: store, zones: [c], processes: 1,\n"
                   "        think: 10ms, read_from: nearest, mix: {read: 100%}}\n"
                   "faults: [{at: 3s, crash: store-2, for: 2s}]\n",
        1);
    size_t far = 0, again = 0;

    ck_assert_uint_gt(play->status[SIM_OK], 300);
    for (size_t i = 1; i <= zones->operation_count; i++) {
        const struct play_operation *o = &zones->operations[i];

        if (o->status != SIM_OK)
            continue;
        /* the near one is down: the nearer of the others, once both were asked */
        if (o->invoked > 4500 * SIM_MILLISECOND && o->invoked < 4900 * SIM_MILLISECOND) {
            ck_assert_int_eq(o->completed - o->invoked, 80 * SIM_MILLISECOND);
            far++;
        }
        if (o->invoked > 7 * SIM_SECOND) {
            ck_assert_int_eq(o->completed - o->invoked, 2 * SIM_MILLISECOND);
            again++;
        }
    }
    ck_assert_uint_gt(far, 2);
    ck_assert_uint_gt(again, 100);
    play_free(play);
    play_free(zones);
}
END_TEST

/* 40 sessions of a node are spread over the members, and each stays. */
START_TEST(sessions_stick)
{
    struct play *play = play_swiftly(
        HEAD ZONES "duration: 5s\nnodes:\n" STORE3
                   "  app: {model: kv-client, target: store, zone: a, processes: 40, think: 10ms,\n"
                   "        read_from: sticky, write_to: sticky}\n",
        1);
    sim_time took[40] = { 0 };
    int members[3] = { 0 };

    ck_assert_uint_gt(play->status[SIM_OK], 2000);
    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (o->status != SIM_OK)
            continue;
        ck_assert_uint_lt(o->process, 40);
        if (took[o->process] == 0)
            took[o->process] = o->completed - o->invoked;
        ck_assert_int_eq(o->completed - o->invoked, took[o->process]);
    }
    for (int i = 0; i < 40; i++)
        members[took[i] > 30 * SIM_MILLISECOND ? took[i] > 60 * SIM_MILLISECOND ? 2 : 1 : 0]++;
    for (int i = 0; i < 3; i++)
        ck_assert_int_gt(members[i], 5);
    play_free(play);
}
END_TEST

/* Two of five sleep, a write needs four: coordinators that live turn writes away. Reads, of which
 * two are enough, stay with them, and do not follow the writes to who sleeps. */
START_TEST(who_turns_a_write_away_goes_on_reading)
{
    struct play *play = play_swiftly(
        HEAD "duration: 15s\nnetwork: {latency: 1ms}\nnodes:\n"
             "  store: {model: quorum, count: 5, n: 5, w: 4, r: 2}\n"
             "  app: {model: kv-client, count: 2, target: store, rate: 20/s}\n"
             "faults: [{at: 2s, pause: {of: store, pick: 2}}]\n",
        1);
    uint64_t ok = 0, all = 0;

    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (o->operation.kind == SIM_READ && o->invoked > 4 * SIM_SECOND &&
            o->invoked < 14 * SIM_SECOND) {
            ok += o->status == SIM_OK;
            all++;
        }
    }
    ck_assert_uint_gt(all, 150);
    ck_assert_uint_gt(ok * 100, all * 90);
    play_free(play);
}
END_TEST

/* The member is cut off with its client: a pinned client stays served there, others go elsewhere.
 */
START_TEST(who_is_pinned_does_not_leave)
{
    static const char *const pinned[2] = { "member", "anywhere" };
    char yaml[1024];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD ZONES "duration: 20s\nnodes:\n" STORE3
                        "  app: {model: kv-client, target: store, zone: a, think: 10ms,\n"
                        "        read_from: own, write_to: own, pinned: %s}\n"
                        "faults: [{at: 2s, crash: store-0, for: 16s}]\n",
             pinned[_i]);
    play = play_swiftly(yaml, 1);
    ck_assert_uint_gt(play->status[SIM_UNKNOWN] + play->status[SIM_FAIL], 5);
    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (_i == 0 && o->status == SIM_OK) {
            ck_assert_int_eq(o->completed - o->invoked, 2 * SIM_MILLISECOND);
            ck_assert(o->invoked < 2 * SIM_SECOND || o->invoked > 17 * SIM_SECOND);
        }
    }
    if (_i == 1) /* first the own member, a second of silence; the retry is a new operation */
        ck_assert_uint_gt(play->status[SIM_OK], 150);
    play_free(play);
}
END_TEST

/* The store is away from 2 s to 12 s. */
static struct play *while_away(const char *unreachable)
{
    static char yaml[1024];

    snprintf(yaml, sizeof yaml,
             HEAD "network: {latency: 1ms}\nduration: 20s\nnodes:\n"
                  "  app: {model: kv-client, target: store, think: 10ms, timeout: 500ms,\n"
                  "        keys: {count: 4}, unreachable: %s}\n"
                  "  store: {model: lww-register, count: 1}\n"
                  "faults: [{at: 2s, partition: [app, store], for: 10s}]\n",
             unreachable);
    return play_swiftly(yaml, 1);
}

START_TEST(unreachable_fails)
{
    struct play *play = while_away("fail");

    ck_assert_uint_ge(play->status[SIM_UNKNOWN] + play->status[SIM_FAIL], 18);
    for (size_t i = 1; i <= play->operation_count; i++)
        ck_assert_int_le(play->operations[i].completed - play->operations[i].invoked,
                         500 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

START_TEST(unreachable_waits)
{
    struct play *play = while_away("wait");
    sim_time longest = 0;

    ck_assert_uint_eq(play->status[SIM_UNKNOWN] + play->status[SIM_FAIL], 0);
    for (size_t i = 1; i <= play->operation_count; i++)
        if (play->operations[i].status == SIM_OK &&
            play->operations[i].completed - play->operations[i].invoked > longest)
            longest = play->operations[i].completed - play->operations[i].invoked;
    ck_assert_int_gt(longest, 9900 * SIM_MILLISECOND);
    ck_assert_int_lt(longest, 10600 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* Metrics of the first group: 4 is `degraded`. A value that was served is the last that this client
 * saw at the key. */
START_TEST(unreachable_serves_what_was_seen)
{
    struct play *play = while_away("stale");
    int64_t seen[4] = { SIM_NIL, SIM_NIL, SIM_NIL, SIM_NIL };
    int64_t degraded = 0;

    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];

        if (o->status != SIM_OK)
            continue;
        if (o->operation.kind == SIM_READ && o->completed - o->invoked == 500 * SIM_MILLISECOND) {
            ck_assert_int_eq(o->value, seen[o->operation.key]);
            degraded++;
        }
        seen[o->operation.key] = o->operation.kind == SIM_READ ? o->value : o->operation.argument;
    }
    ck_assert_int_gt(degraded, 4);
    ck_assert_int_eq(degraded, play->metrics[4]);
    ck_assert_uint_gt(play->status[SIM_UNKNOWN], 4);
    play_free(play);
}
END_TEST

START_TEST(wrong_scenarios)
{
    static const char store[] = HEAD "duration: 1s\nnodes:\n  store: {model: raft, count: 3}\n";
    static const struct {
        const char *app, *message;
    } rows[] = {
        { "mix: ycsb-g", "no mix is called 'ycsb-g'" },
        { "mix: {scan: 50%}", "sum to 50%" },
        { "keys: {distribution: {hotspot: {keys: 20%}}}", "missing key 'share'" },
        { "keys: {distribution: {hotspot: {keys: 120%, share: 80%}}}", "'keys'" },
        { "keys: {distribution: {latest: 0}}", "'latest'" },
        { "keys: {distribution: {zipf: 1, latest: 1}}", "no such popularity" },
        { "unreachable: wait, sessions: false", "needs `sessions: true`" },
        { "read_from: leader", "unknown choice 'leader'" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[1024];

        snprintf(yaml, sizeof yaml, "%s  app: {model: kv-client, target: store, %s}\n", store,
                 rows[i].app);
        play_expect_error(yaml, rows[i].message);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv-client: routes");
    TCase *mix = tcase_create("mix"), *route = tcase_create("route"), *away = tcase_create("away");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(mix, ycsb_mixes, 0, sizeof mixes / sizeof mixes[0]);
    tcase_add_test(mix, scans_read_neighbours);
    tcase_add_test(mix, modify_reads_and_then_writes_the_key);
    tcase_add_test(mix, what_follows_a_failed_read_is_left_out);
    tcase_add_test(mix, latest_reads_what_was_inserted);
    tcase_add_test(mix, wrong_scenarios);
    tcase_add_loop_test(route, routes_lead_where_they_say, 0, sizeof routes / sizeof routes[0]);
    tcase_add_test(route, nearest_is_measured);
    tcase_add_test(route, sessions_stick);
    tcase_add_test(route, who_turns_a_write_away_goes_on_reading);
    tcase_add_loop_test(route, who_is_pinned_does_not_leave, 0, 2);
    tcase_add_test(away, unreachable_fails);
    tcase_add_test(away, unreachable_waits);
    tcase_add_test(away, unreachable_serves_what_was_seen);
    suite_add_tcase(suite, mix);
    suite_add_tcase(suite, route);
    suite_add_tcase(suite, away);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
