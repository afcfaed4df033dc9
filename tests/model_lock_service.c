/* model_lock_service.c - locks under leases: who gets one, when it is over, and who may still
 * write. */
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD "version: 1\nname: x\n"

/* granted and fenced: {key, token, ...}. */
static const int64_t *noted(const struct play *play, const char *what, size_t n)
{
    const struct play_note *note = play_note(play, what, 0, n);

    ck_assert_msg(note != NULL, "no %s %d", what, (int)n);
    return note->words;
}

/* Two clients at one lock of 500 ms. The first is paused for a second in the middle of its work of
 * 300 ms; the second gets the lock and writes; then the first wakes up. */
#define PAUSED                                                                                     \
    HEAD "duration: 2s\nnetwork: {latency: 1ms}\nnodes:\n"                                         \
         "  locks: {model: lock-service, ttl: 500ms, fencing: %s}\n"                               \
         "  a: {model: lock-client, target: locks, think: 100ms, work: 300ms, looks: %s}\n"        \
         "  b: {model: lock-client, target: locks, think: 350ms, work: 100ms, again: 10ms}\n"      \
         "faults: [{at: 200ms, pause: a, for: 1s}, {at: 1s, crash: b}]\n"

static struct play *run_paused(const char *fencing, const char *looks)
{
    char yaml[2048];

    snprintf(yaml, sizeof yaml, PAUSED, fencing, looks);
    return play_run(yaml, 1);
}

START_TEST(who_was_overtaken_is_fenced)
{
    struct play *play = run_paused("true", "false");

    ck_assert_str_eq(play->violated, "");
    ck_assert_int_eq(noted(play, "granted", 0)[1], 1);
    ck_assert_int_eq(noted(play, "expired", 0)[1], 1);
    ck_assert_int_eq(noted(play, "granted", 1)[1], 2);
    ck_assert_int_ge(play_note(play, "granted", 0, 1)->time, 601 * SIM_MILLISECOND);
    ck_assert_int_le(play_note(play, "granted", 0, 1)->time, 615 * SIM_MILLISECOND);
    ck_assert_int_eq(noted(play, "fenced", 0)[1], 1);
    ck_assert_int_eq(noted(play, "fenced", 0)[2], 2);
    ck_assert_uint_eq(play->status[SIM_FAIL], 1);
    play_free(play);
}
END_TEST

START_TEST(without_tokens_it_is_not)
{
    struct play *play = run_paused("false", "false");
    size_t late = 0;

    ck_assert_uint_eq(play_count(play, "fenced", 0), 0);
    ck_assert_uint_eq(play->status[SIM_FAIL], 0);
    for (size_t i = 2; i <= play->operation_count; i++)
        late += play->operations[i].operation.argument < play->operations[i - 1].operation.argument;
    ck_assert_uint_eq(late, 1);
    play_free(play);
}
END_TEST

START_TEST(who_looks_at_its_clock_gives_up)
{
    struct play *play = run_paused("false", "true");

    for (size_t i = 2; i <= play->operation_count; i++)
        ck_assert_int_gt(play->operations[i].operation.argument,
                         play->operations[i - 1].operation.argument);
    ck_assert_int_eq(((const int64_t *)play_state(play, 1))[2], 1); /* given up */
    play_free(play);
}
END_TEST

/* A service that restarts knows of no lease, and grants nothing until all are over; tokens go on.
 */
START_TEST(a_restart_forgets_leases_not_tokens)
{
    struct play *play =
        play_run(HEAD "duration: 4s\nnetwork: {latency: 1ms}\nnodes:\n"
                      "  locks: {model: lock-service, ttl: 500ms, disk: {sync: 1ms}}\n"
                      "  a: {model: lock-client, count: 3, target: locks, think: 10ms, work: 20ms, "
                      "timeout: 50ms}\n"
                      "faults: [{at: 2s, crash: locks, for: 100ms}]\n",
                 1);
    size_t count = play_count(play, "granted", 0), before = 0;

    ck_assert_str_eq(play->violated, "");
    ck_assert_uint_gt(count, 40);
    for (size_t n = 0; n < count; n++) {
        const struct play_note *note = play_note(play, "granted", 0, n);

        ck_assert_int_eq(note->words[1], (int64_t)n + 1);
        ck_assert(note->time <= 2000 * SIM_MILLISECOND || note->time >= 2600 * SIM_MILLISECOND);
        before += note->time < 2 * SIM_SECOND;
    }
    ck_assert_uint_gt(before, 20);
    ck_assert_uint_gt(count - before, 10);
    play_free(play);
}
END_TEST

START_TEST(there_is_one_service)
{
    play_expect_error(HEAD "duration: 1s\nnodes:\n  locks: {model: lock-service, count: 2}\n",
                      "has one node");
    play_expect_error(HEAD "duration: 1s\nnodes:\n  s: {model: single}\n"
                           "  a: {model: lock-client, target: s}\n",
                      "does not serve");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock-service");
    TCase *one = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(one, who_was_overtaken_is_fenced);
    tcase_add_test(one, without_tokens_it_is_not);
    tcase_add_test(one, who_looks_at_its_clock_gives_up);
    tcase_add_test(one, a_restart_forgets_leases_not_tokens);
    tcase_add_test(one, there_is_one_service);
    suite_add_tcase(suite, one);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
