/* world_settle.c - after `settle:` no fault begins, and those under way end: all of them, or those
 * that keep a majority from working. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YAML_MAX = 2000 };

/* SETTLE: the value of its key. */
static struct play *run_with(const char *settle, const char *faults, uint64_t seed)
{
    char yaml[YAML_MAX];

    snprintf(yaml, sizeof(yaml),
             "version: 1\n"
             "duration: 60s\n"
             "settle: %s\n"
             "network: {latency: 1ms..3ms}\n"
             "nodes:\n"
             "  store: {model: raft, count: 5}\n"
             "  app: {model: kv-client, count: 2, target: store, rate: 20/s, keys: {count: 5}, "
             "timeout: 1s}\n"
             "faults:\n%s",
             settle, faults);
    return play_swiftly(yaml, seed);
}

/* How many operations that were invoked in the last ten seconds were answered. */
static size_t answered(const struct play *play)
{
    size_t count = 0;

    for (size_t i = 1; i <= play->operation_count; i++)
        count +=
            play->operations[i].invoked > 50 * SIM_SECOND && play->operations[i].status == SIM_OK;
    return count;
}

static const char lost[] = "  - {at: 10s, crash: [store-0, store-1, store-2]}\n";

START_TEST(what_lasts_for_ever_ends)
{
    struct play *without = run_with("~", lost, 1), *with = run_with("20s", lost, 1);

    ck_assert_uint_eq(answered(without), 0); /* three of five are down */
    ck_assert_uint_gt(answered(with), 100);
    play_free(without);
    play_free(with);
}
END_TEST

START_TEST(each_kind_of_harm_ends)
{
    static const char *const faults[] = {
        "  - {at: 10s, pause: [store-0, store-1, store-2]}\n",
        "  - {at: 10s, partition: [[store-0, store-1], [store-2, store-3], [store-4]]}\n",
        "  - {at: 10s, isolate: store, for: 100s}\n",
        "  - {at: 10s, crash_loop: store, up: 10ms, for: 100s}\n",
        "  - {at: 10s, drop_messages: store}\n",
        "  - {at: 10s, kill: store-0}\n  - {at: 11s, crash: [store-1, store-2]}\n",
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct play *play = run_with("{for: 20s}", faults[i], 1);

        ck_assert_msg(answered(play) > 100, "%zu answers after %s", answered(play), faults[i]);
        play_free(play);
    }
}
END_TEST

START_TEST(nothing_begins_any_more)
{
    struct play *play = run_with("20s",
                                 "  - {at: 45s, power_loss: store}\n"
                                 "  - {at: 40s, power_loss: store}\n"
                                 "  - {every: 7s, pause: store}\n"
                                 "  - {when: {fault: settle}, power_loss: store}\n",
                                 1);

    ck_assert_uint_gt(answered(play), 100);
    play_free(play);
}
END_TEST

/* Which two stay down is drawn; that three work is promised. */
START_TEST(a_core_works_and_the_rest_stays_as_it_is)
{
    uint64_t sums[2] = { 0, 0 };

    for (uint64_t seed = 1; seed <= 8; seed++) {
        static const char each[] = "  - {at: 10s, crash: store-0}\n"
                                   "  - {at: 10s, crash: store-1}\n"
                                   "  - {at: 10s, crash: store-2}\n"
                                   "  - {at: 10s, crash: store-3}\n"
                                   "  - {at: 10s, crash: store-4}\n"
                                   "  - {at: 10s, crash: app-0}\n";
        const char *modes[2] = { "{for: 20s, mode: core}", "{for: 20s, mode: heal}" };

        for (int mode = 0; mode < 2; mode++) {
            struct play *play = run_with(modes[mode], each, seed);

            ck_assert_uint_gt(answered(play), 100);
            sums[mode] += sim_world_group_stats(play->world, 0)->to_down;
            play_free(play);
        }
    }
    ck_assert_uint_gt(sums[0], 2 * sums[1]); /* heartbeats to the two that stay down */
}
END_TEST

START_TEST(a_cut_through_the_core_heals_and_one_around_it_stays)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct play *play = run_with(
            "{for: 20s, mode: core}",
            "  - {at: 10s, partition: [[store-0], [store-1], [store-2], [store-3], [store-4]]}\n",
            seed);

        ck_assert_uint_gt(answered(play), 100);
        play_free(play);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settle");
    TCase *tests = tcase_create("settle");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, what_lasts_for_ever_ends);
    tcase_add_test(tests, each_kind_of_harm_ends);
    tcase_add_test(tests, nothing_begins_any_more);
    tcase_add_test(tests, a_core_works_and_the_rest_stays_as_it_is);
    tcase_add_test(tests, a_cut_through_the_core_heals_and_one_around_it_stays);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
