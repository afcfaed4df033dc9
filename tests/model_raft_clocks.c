/* model_raft_clocks.c - Raft knows no wall clock: whatever is done to it, elections and leases are
 * as before. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS                                                                                     \
    "  - {every: 700ms, between: [1s, 18s], clock_jump: {of: store, where: {role: leader}},\n"     \
    "     by: -10s..10s}\n"                                                                        \
    "  - {every: 900ms, between: [1s, 18s], clock_jump: {of: store, pick: 2}, by: -1h..1h}\n"      \
    "  - {every: 2s, between: [1s, 18s], clock_freeze: {of: store, pick: 2}, for: 1s}\n"           \
    "  - {every: 2s, between: [1s, 18s], clock_strobe: {of: store, pick: 3}, amplitude: 5s,\n"     \
    "     period: 30ms, for: 1s}\n"

static struct play *run(const char *reads, const char *faults, uint64_t seed)
{
    static char yaml[4096];

    snprintf(yaml, sizeof yaml,
             "version: 1\nname: x\nduration: 20s\nnetwork: {latency: 1ms..5ms, loss: 1%%}\n"
             "nodes:\n"
             "  store: {model: raft, count: 5, reads: %s, disk: {sync: 1ms},\n"
             "          clock: {drift: -200ppm..200ppm}}\n"
             "  app: {model: kv-client, count: 4, target: store, rate: 20/s, keys: {count: 4}}\n"
             "faults:\n"
             "  - {at: 3s, label: cut, partition: [[{of: store, where: {role: leader}}], rest],\n"
             "     for: 2s}\n"
             "  - {at: 8s, label: down, crash: {of: store, where: {role: leader}}, for: 1s}\n%s",
             reads, faults);
    return play_run(yaml, seed);
}

static const char *const reads[] = { "log", "index", "lease" };

START_TEST(faults_of_the_wall_clock_change_nothing)
{
    struct play *quiet = run(reads[_i % 3], "", (uint64_t)_i), *loud;
    char why[1024];

    loud = run(reads[_i % 3], FAULTS, (uint64_t)_i);
    ck_assert_str_eq(loud->violated, "");
    ck_assert_msg(play_is_linearizable(loud, why), "%s", why);
    ck_assert_uint_eq(loud->operation_count, quiet->operation_count);
    ck_assert_uint_gt(loud->status[SIM_OK], 1000);
    for (size_t i = 1; i < quiet->operation_count; i++) {
        const struct play_operation *a = &quiet->operations[i], *b = &loud->operations[i];

        if (a->invoked != b->invoked || a->completed != b->completed || a->value != b->value ||
            a->status != b->status)
            ck_abort_msg("operation %zu differs", i);
    }
    ck_assert_uint_eq(loud->note_count, quiet->note_count);
    ck_assert_uint_eq(play_count(loud, "elected", SIM_NO_GROUP),
                      play_count(quiet, "elected", SIM_NO_GROUP));
    ck_assert(memcmp(&loud->digest, &quiet->digest, sizeof loud->digest) != 0); /* they happened */
    play_free(quiet);
    play_free(loud);
}
END_TEST

/* The rate is that of the monotonic clock too: within the bound a lease holds, beyond it not. */
START_TEST(a_lease_holds_within_the_bound_of_the_drift)
{
    static const char *const bounds[] = { "500000ppm", "500ppm" };
    static char yaml[2048];
    char why[1024];
    unsigned stale = 0;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        snprintf(
            yaml, sizeof yaml,
            "version: 1\nname: x\nduration: 30s\nnetwork: {latency: 200us..1ms}\n"
            "nodes:\n"
            "  store: {model: raft, count: 5, reads: lease, election_timeout: 1s..1010ms,\n"
            "          heartbeat: 10ms, clock_drift_bound: %s}\n"
            "  app: {model: kv-client, count: 8, target: store, rate: 30/s, keys: {count: 2},\n"
            "        timeout: 300ms, retry: {attempts: 100, delay: 5ms}}\n"
            "faults:\n"
            "  - {every: 10s, between: [0s, 25s], for: 9s, ppm: -500000ppm,\n"
            "     clock_drift: {of: store, where: {role: leader}}}\n"
            "  - {every: 10s, between: [1s, 27s], for: 3s,\n"
            "     partition: [[{of: store, where: {role: leader}}, {of: app, pick: 3}], rest]}\n",
            bounds[_i]);
        struct play *play = play_swiftly(yaml, seed);

        ck_assert_str_eq(play->violated, "");
        stale += !play_is_linearizable(play, why);
        play_free(play);
    }
    ck_assert_uint_eq(stale, _i == 0 ? 0 : 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_raft_clocks");
    TCase *tests = tcase_create("clocks");

    tcase_add_loop_test(tests, faults_of_the_wall_clock_change_nothing, 0, 6);
    tcase_add_loop_test(tests, a_lease_holds_within_the_bound_of_the_drift, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
