/* model_raft_marks.c - every mark of Raft and its clients is reached where things go wrong, and
 * none where nothing does: a mark that cannot be reached, or always is, tells a sweep nothing. */
#include "models/consensus/raft/raft.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 3, GROUPS = 2 };

/* One batch at a time and no pre-votes, so that logs part and elections collide. */
static const char stormy[] =
    "version: 1\n"
    "duration: 20s\n"
    "network: {latency: {lognormal: {median: 2ms, p99: 30ms}}, loss: 3%}\n"
    "nodes:\n"
    "  store: {model: raft, count: 5, pre_vote: false, batch: 1, window: 1,\n"
    "        heartbeat: 20ms, reads: index}\n"
    "  app: {model: kv-client, count: 4, target: store, rate: 40/s, timeout: 300ms,\n"
    "        mix: {read: 40%, write: 40%, cas: 20%}, keys: {count: 3}}\n"
    "faults:\n"
    "  - {random: {of: store, every: {exponential: 300ms}, for: 50ms..1s, kinds: [crash,\n"
    "        partition, pause], limit: none}, between: [1s, 19s]}\n"
    "  - {every: {exponential: 3s}, between: [1s, 19s], pause: app, for: 200ms..400ms}\n";

/* Leases, and disks that tear and rot. */
static const char torn[] =
    "version: 1\n"
    "duration: 20s\n"
    "network: {latency: 1ms..5ms}\n"
    "nodes:\n"
    "  store: {model: raft, count: 3, reads: lease, disk: {sync: 1ms..3ms, unsynced: torn}}\n"
    "  app: {model: kv-client, count: 4, target: store, rate: 40/s, timeout: 300ms}\n"
    "faults:\n"
    "  - {every: {exponential: 2s}, between: [1s, 19s], power_loss: {of: store, pick: 2},\n"
    "        for: 50ms..300ms}\n"
    "  - {every: {exponential: 2s}, between: [1s, 19s], partition: [{of: store, pick: 1},\n"
    "        rest], for: 50ms..400ms}\n"
    "  - {at: 17s, bit_rot: store-0, part: struct}\n"
    "  - {at: 17s, bit_rot: store-1}\n"
    "  - {at: 18s, crash: [store-0, store-1], for: 100ms}\n";

/* Disks and queues that take no more. */
static const char full[] =
    "version: 1\n"
    "duration: 5s\n"
    "network: {latency: 1ms}\n"
    "nodes:\n"
    "  store: {model: raft, count: 5, disk: {sync: 1ms}, processor: {cost: 100us}}\n"
    "  app: {model: kv-client, count: 2, target: store, rate: 40/s, timeout: 300ms}\n"
    "faults:\n"
    "  - {at: 1s, disk_full: store-1, for: 1s}\n"
    "  - {at: 2s, sync_error: store-2, for: 1s}\n"
    "  - {at: 3s, queue_full: store, capacity: 0, for: 1s}\n";

static const char calm[] = "version: 1\n"
                           "duration: 5s\n"
                           "network: {latency: 1ms..3ms}\n"
                           "nodes:\n"
                           "  store: {model: raft, count: 3, reads: lease}\n"
                           "  app: {model: kv-client, count: 2, target: store, rate: 20/s}\n";

static void count_marks(const char *yaml, uint64_t seed, uint64_t counts[GROUPS][SIM_MARKS_MAX])
{
    struct play *play = play_swiftly(yaml, seed);

    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    for (uint32_t g = 0; g < GROUPS; g++)
        for (unsigned m = 0; m < SIM_MARKS_MAX; m++)
            counts[g][m] += sim_world_reached(play->world, g)[m];
    play_free(play);
}

START_TEST(every_mark_is_reached)
{
    static const char *const scenarios[] = { stormy, torn, full };
    uint64_t counts[GROUPS][SIM_MARKS_MAX] = { { 0 } };
    struct play *play = play_open(calm, 1);
    unsigned marks = 0;

    for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            count_marks(scenarios[i], seed, counts);
    for (uint32_t g = 0; g < GROUPS; g++) {
        const struct sim_mark_kind *kinds = play->plan->groups[g].model->marks;

        for (unsigned m = 0; m < SIM_MARKS_MAX && kinds[m].name != NULL; m++, marks++)
            ck_assert_msg(counts[g][m] > 0, "%s is never reached", kinds[m].name);
    }
    ck_assert_uint_gt(marks, 20);
    play_free(play);
}
END_TEST

/* All members start at once, so some stand for election together and refuse each other; a new
 * leader's messages overtake each other, and reads that come before its first commit wait. */
START_TEST(in_calm_weather_only_the_first_election_leaves_marks)
{
    static const enum mark first[] = { REFUSED_TAKEN, REFUSED_LED, NO_WINNER, GAP, READ_EARLY };
    uint64_t counts[GROUPS][SIM_MARKS_MAX] = { { 0 } };

    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        count_marks(calm, seed, counts);
    for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
        counts[0][first[i]] = 0;
    for (uint32_t g = 0; g < GROUPS; g++)
        for (unsigned m = 0; m < SIM_MARKS_MAX; m++)
            ck_assert_msg(counts[g][m] == 0, "mark %u of group %u is reached", m, g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_raft_marks");
    TCase *tests = tcase_create("model_raft_marks");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_mark_is_reached);
    tcase_add_test(tests, in_calm_weather_only_the_first_election_leaves_marks);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
