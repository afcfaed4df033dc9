/* model_raft_disk.c - Raft on disks that tear, rot and fill up. */
#include "models/consensus/raft/raft.h"
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct state *raft(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static void expect_clean(const struct play *play)
{
    ck_assert_msg(play->violated[0] == '\0', "%s: %s", play->violated, play->text);
    ck_assert_int_ne(play->end, SIM_END_LIMIT);
}

/* Three members, FAULTS, and a client that writes 1 to 5 and reads, a second apart. */
static struct play *run(const char *disk, const char *faults)
{
    char yaml[2048];

    snprintf(yaml, sizeof(yaml),
             "version: 1\nname: x\nduration: 12s\nnetwork: {latency: 1ms}\n"
             "nodes:\n"
             "  store: {model: raft, count: 3, disk: {sync: 2ms%s}}\n"
             "  user: {model: script, target: store, program: \"wait 1000, write 1 1, wait 1000, "
             "write 1 2, wait 1000, write 1 3, wait 1000, write 1 4, wait 1000, write 1 5, "
             "wait 3000, read 1\"}\n"
             "faults:\n%s",
             disk, faults);
    return play_run(yaml, 1);
}

/* A node that stopped for good has no state any more: not even a term. */
static uint32_t count_stopped(const struct play *play)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < 3; i++)
        count += raft(play, i)->term == 0;
    return count;
}

static void expect_five(const struct play *play)
{
    expect_clean(play);
    ck_assert_int_eq(play_answer(play, 3, 11)[1], STORE_OK);
    ck_assert_int_eq(play_answer(play, 3, 11)[2], 5);
}

START_TEST(a_rotten_record_stops_its_node)
{
    static const char *const records[] = { "record: first", "record: last", "index: 2",
                                           "part: struct" };

    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        char faults[512];
        struct play *play;

        snprintf(faults, sizeof(faults),
                 "  - {at: 3500ms, bit_rot: store-1, %s}\n"
                 "  - {at: 4s, crash: store-1, for: 100ms}\n",
                 records[i]);
        play = run("", faults);
        expect_clean(play); /* the client may have asked the one that stopped, and waits */
        ck_assert_uint_eq(count_stopped(play), 1);
        ck_assert_int_eq(raft(play, 1)->term, 0);
        ck_assert_int_eq(raft(play, 0)->commit, raft(play, 2)->commit);
        play_free(play);
    }
}
END_TEST

/* It has all in memory: rot is found when it is read. */
START_TEST(a_node_that_runs_does_not_notice)
{
    struct play *play = run("", "  - {at: 3500ms, bit_rot: store-1}\n");

    expect_five(play);
    ck_assert_uint_eq(count_stopped(play), 0);
    play_free(play);
}
END_TEST

START_TEST(a_full_disk_stops_its_node_and_the_others_go_on)
{
    struct play *play = run(
        "",
        "  - {at: 2500ms, disk_full: {of: store, where: {role: follower}, pick: 1}, for: 8s}\n");

    expect_five(play);
    ck_assert_uint_eq(count_stopped(play), 1);
    play_free(play);
    play = run(", capacity: 200B", "  - {at: 11s, pause: user, for: 1ms}\n");
    expect_clean(play);
    ck_assert_uint_gt(count_stopped(play), 1); /* room for three entries, with the first no-op */
    play_free(play);
}
END_TEST

START_TEST(a_failed_sync_stops_its_node)
{
    struct play *play = run("", "  - {at: 2500ms, sync_error: store-2, for: 1500ms}\n");

    expect_five(play);
    ck_assert_int_eq(raft(play, 2)->term, 0);
    ck_assert_uint_eq(count_stopped(play), 1);
    play_free(play);
}
END_TEST

START_TEST(who_cannot_read_stays_away)
{
    struct play *play = run("", "  - {at: 3s, read_error: store-2, for: 2s}\n"
                                "  - {at: 3100ms, crash: store-2, for: 100ms}\n");

    expect_five(play);
    ck_assert_int_eq(raft(play, 2)->term, 0);
    play_free(play);
}
END_TEST

START_TEST(a_stall_only_takes_time)
{
    struct play *play = run("", "  - {at: 2500ms, disk_stall: store, for: 300ms}\n");

    expect_five(play);
    ck_assert_uint_eq(count_stopped(play), 0);
    play_free(play);
}
END_TEST

/* All lose power again and again, and half of what was being written is there: nothing that was
 * acknowledged is lost, and nobody stops for it. */
START_TEST(a_torn_tail_is_cut)
{
    static const char yaml[] =
        "version: 1\nname: x\nduration: 12s\nnetwork: {latency: 1ms..4ms}\n"
        "nodes:\n"
        "  store: {model: raft, count: 3, disk: {sync: 2ms..20ms, unsynced: torn}}\n"
        "  app: {model: kv-client, count: 4, target: store, rate: 40/s, timeout: 500ms,\n"
        "        mix: {read: 30%, write: 70%}, keys: {count: 5}}\n"
        "faults:\n"
        "  - {every: 1s, between: [1s, 9s], power_loss: store, for: 50ms}\n";
    char text[1024];

    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct play *play = play_swiftly(yaml, seed);

        expect_clean(play);
        ck_assert_uint_eq(count_stopped(play), 0);
        ck_assert_uint_gt(play->status[SIM_OK], 200);
        ck_assert_msg(play_is_linearizable(play, text), "seed %d: %s", (int)seed, text);
        play_free(play);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft on bad disks");
    TCase *tests = tcase_create("disk");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_rotten_record_stops_its_node);
    tcase_add_test(tests, a_node_that_runs_does_not_notice);
    tcase_add_test(tests, a_full_disk_stops_its_node_and_the_others_go_on);
    tcase_add_test(tests, a_failed_sync_stops_its_node);
    tcase_add_test(tests, who_cannot_read_stays_away);
    tcase_add_test(tests, a_stall_only_takes_time);
    tcase_add_test(tests, a_torn_tail_is_cut);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
