/* model_causality.c - which clocks keep happened-before, and which tell what is concurrent. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"

/* Everything that can go wrong, clocks included; what each process needs is in %s. */
static const char trouble[] =
    HEAD "duration: 10s\nnetwork: {latency: {exponential: 5ms}, loss: 10%%, duplicate: 5%%}\n"
         "nodes:\n"
         "  p: {model: causality, count: 5, events: 150, disk: {sync: 100us..1ms, unsynced: %s},\n"
         "      clock: {offset: -50ms..50ms, drift: -500ppm..500ppm}, %s}\n"
         "faults:\n"
         "  - {every: {exponential: 200ms}, between: [100ms, 2s], crash: {of: p, pick: 1},\n"
         "     for: 10ms..100ms}\n"
         "  - {every: {exponential: 200ms}, between: [100ms, 2s], clock_jump: {of: p, pick: 1},\n"
         "     by: -100ms..100ms}\n"
         "  - {every: {exponential: 300ms}, between: [100ms, 2s], clock_freeze: {of: p, pick: 1},\n"
         "     for: 100ms}\n"
         "  - {every: {exponential: 300ms}, between: [100ms, 2s], clock_strobe: {of: p, pick: 1},\n"
         "     amplitude: 50ms, period: 7ms, for: 100ms}\n"
         "  - {every: {exponential: 300ms}, between: [100ms, 2s], clock_drift: {of: p, pick: 1},\n"
         "     ppm: -200000ppm..200000ppm, for: 100ms}\n";

static struct play *run(uint64_t seed, const char *unsynced, const char *more)
{
    static char yaml[4096];

    snprintf(yaml, sizeof yaml, trouble, unsynced, more);
    return play_run(yaml, seed);
}

static const struct row {
    const char *more, *violated;
} rows[] = {
    { "stamp: lamport", "" },
    { "stamp: hlc", "" },
    { "stamp: vector, recognise: true", "" },
    { "stamp: wall", "happened-before" },
    { "stamp: lamport, recognise: true", "concurrency" },
    { "stamp: hlc, recognise: true", "concurrency" },
    { "stamp: lamport, bugs: [deaf]", "happened-before" },
    { "stamp: hlc, bugs: [deaf]", "happened-before" },
    { "stamp: vector, bugs: [deaf]", "happened-before" },
    { "stamp: vector, bugs: [clock_not_persisted]", "happened-before" },
    { "stamp: lamport, bugs: [clock_not_persisted]", "happened-before" },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), SEEDS = 4 };

START_TEST(each_clock_keeps_what_it_can)
{
    const struct row *row = &rows[_i % ROWS];
    uint64_t seed = (uint64_t)(_i / ROWS) + 1;
    struct play *play = run(seed, seed % 2 ? "dropped" : "kept", row->more);

    ck_assert_msg(strcmp(play->violated, row->violated) == 0, "%s, seed %d: '%s' %s", row->more,
                  (int)seed, play->violated, play->text);
    if (row->violated[0] == '\0')
        ck_assert_uint_gt(play_count(play, "happened", SIM_NO_GROUP), 1000);
    play_free(play);
}
END_TEST

/* Two processes, step by step: the first message of one and its receipt. */
START_TEST(a_receipt_names_its_cause)
{
    struct play *play = play_run(
        HEAD "duration: 1s\nnetwork: {latency: 3ms}\n"
             "nodes: {p: {model: causality, count: 2, gap: 10ms, tells: 100%, events: 1}}\n",
        1);
    const struct play_note *note;

    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_eq(play_count(play, "happened", SIM_NO_GROUP), 4);
    for (uint32_t i = 0; i < 2; i++) {
        note = play_note(play, "happened", i, 0);
        ck_assert_int_eq(note->time, 10 * SIM_MILLISECOND);
        ck_assert_int_eq(note->words[0], 1);
        ck_assert_int_eq(note->words[2], 0);
        note = play_note(play, "happened", i, 1);
        ck_assert_int_eq(note->time, 13 * SIM_MILLISECOND);
        ck_assert_int_eq(note->words[0], 2);
        ck_assert_int_eq(note->words[1], 1 - (int64_t)i);
        ck_assert_int_eq(note->words[2], 1);
    }
    play_free(play);
}
END_TEST

/* A clock that is an hour ahead is not followed. */
START_TEST(an_incredible_stamp_is_thrown_away)
{
    static const char *const bounds[] = { "1s", "2h" };
    static char yaml[512];
    struct play *play;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 1s\nnetwork: {latency: 3ms}\n"
                  "nodes: {p: {model: causality, count: 2, gap: 10ms, stamp: hlc, tells: 100%%,\n"
                  "            events: 10, apart: %s}}\n"
                  "faults: [{at: 0s, clock_jump: p-0, by: 1h}]\n",
             bounds[_i]);
    play = play_run(yaml, 1);
    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_eq(play_count(play, "happened", 0), 20);
    ck_assert_uint_eq(play_count(play, "happened", 1), _i == 0 ? 10 : 20);
    play_free(play);
}
END_TEST

START_TEST(wrong_parameters_are_refused)
{
    play_expect_error(HEAD "duration: 1s\nnodes: {p: {model: causality}}\n",
                      "one process has nobody to tell");
    play_expect_error(HEAD "duration: 1s\nnodes: {p: {model: causality, count: 51}}\n",
                      "all pairs of events are compared");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_causality");
    TCase *tests = tcase_create("causality");

    tcase_add_loop_test(tests, each_clock_keeps_what_it_can, 0, ROWS * SEEDS);
    tcase_add_test(tests, a_receipt_names_its_cause);
    tcase_add_loop_test(tests, an_incredible_stamp_is_thrown_away, 0, 2);
    tcase_add_test(tests, wrong_parameters_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
