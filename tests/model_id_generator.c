/* model_id_generator.c - ids: what they are made of, and that none comes twice, whatever the clock
 * does and however often a generator restarts. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD "version: 1\nname: x\n"

static int64_t answered(const struct play *play, uint32_t node, int64_t step, int64_t status)
{
    const int64_t *answer = play_answer(play, node, step);

    ck_assert_int_eq(answer[1], status);
    return answer[2];
}

static const int64_t year = INT64_C(365) * 86400 * 1000; /* ms */

/* Member 2 of 3, its sequence numbers within a millisecond two bits, clients beside it. */
START_TEST(an_id_is_time_node_and_sequence)
{
    struct play *play =
        play_run(HEAD "duration: 2s\nnetwork: {latency: 0}\nnodes:\n"
                      "  ids: {model: id-generator, count: 3, node_bits: 4, sequence_bits: 2}\n"
                      "  c: {model: script, target: ids, program: 'ask 2, wait 100, add 0 1, add 0 "
                      "1, add 0 1, add 0 1, add 0 1, read 0'}\n",
                 1);

    for (int64_t i = 0; i < 4; i++)
        ck_assert_int_eq(answered(play, 3, 2 + i, STORE_OK), ((year + 100) * 16 + 2) * 4 + i);
    ck_assert_int_eq(answered(play, 3, 6, STORE_OK), ((year + 101) * 16 + 2) * 4);
    answered(play, 3, 7, STORE_UNAVAILABLE);
    play_free(play);
}
END_TEST

START_TEST(one_counts_for_all_or_each_for_itself)
{
    struct play *own =
        play_run(HEAD "duration: 2s\nnetwork: {latency: 0}\nnodes:\n"
                      "  ids: {model: id-generator, count: 3, scheme: sequence, block: 10}\n"
                      "  c: {model: script, target: ids, program: 'ask 1, add 0 1, add 0 1, ask 2, "
                      "add 0 1, wait 1000, ask 1, add 0 1'}\n"
                      "faults: [{at: 500ms, crash: ids-1, for: 100ms}]\n",
                 1);
    struct play *central =
        play_run(HEAD "duration: 2s\nnetwork: {latency: 0}\nnodes:\n"
                      "  ids: {model: id-generator, count: 3, scheme: central, block: 10}\n"
                      "  c: {model: script, target: ids, program: 'ask 1, add 0 1, ask 0, add 0 1, "
                      "add 0 1, wait 1000, add 0 1'}\n"
                      "faults: [{at: 500ms, crash: ids-0, for: 100ms}]\n",
                 1);

    ck_assert_int_eq(answered(own, 3, 1, STORE_OK), 1 * 3 + 1);
    ck_assert_int_eq(answered(own, 3, 2, STORE_OK), 2 * 3 + 1);
    ck_assert_int_eq(answered(own, 3, 4, STORE_OK), 1 * 3 + 2);
    ck_assert_int_eq(answered(own, 3, 7, STORE_OK), 11 * 3 + 1); /* behind its block */
    answered(central, 3, 1, STORE_REDIRECT);
    ck_assert_int_eq(answered(central, 3, 3, STORE_OK), 1);
    ck_assert_int_eq(answered(central, 3, 4, STORE_OK), 2);
    ck_assert_int_eq(answered(central, 3, 6, STORE_OK), 11);
    play_free(own);
    play_free(central);
}
END_TEST

/* Set back by 1 s at 1 s: refused until the clock is where it was. A restart meanwhile changes
 * nothing, for the disk knows. */
START_TEST(a_clock_that_went_back_is_not_believed)
{
    struct play *play =
        play_run(HEAD "duration: 4s\nnetwork: {latency: 0}\nnodes:\n"
                      "  ids: {model: id-generator, count: 1, ahead: 100ms}\n"
                      "  c: {model: script, target: ids, program: 'ask 0, wait 990, add 0 1, wait "
                      "100, add 0 1, wait 500, add 0 1, wait 400, add 0 1, wait 200, add 0 1'}\n"
                      "faults:\n"
                      "  - {at: 1s, clock_jump: ids-0, by: -1s}\n"
                      "  - {at: 1200ms, crash: ids-0, for: 10ms}\n",
                 1);

    ck_assert_int_eq(answered(play, 1, 2, STORE_OK) >> 22, year + 990);
    answered(play, 1, 4, STORE_UNAVAILABLE);
    answered(play, 1, 6, STORE_UNAVAILABLE);
    answered(play, 1, 8, STORE_UNAVAILABLE); /* it is 990 again, and up to 1090 was reserved */
    ck_assert_int_eq(answered(play, 1, 10, STORE_OK) >> 22, year + 1190);
    ck_assert_uint_eq(play_count(play, "backwards", 0), 3);
    play_free(play);
}
END_TEST

static const struct {
    const char *params;
    bool twice;
} swarms[] = {
    { "scheme: time", false },
    { "scheme: sequence", false },
    { "scheme: central", false },
    { "scheme: time, bugs: [trusts_clock]", true },
    { "scheme: sequence, bugs: [forgets]", true },
    { "scheme: central, bugs: [forgets]", true },
};

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

START_TEST(none_comes_twice)
{
    char yaml[2048];
    struct play *play;
    int64_t *ids;
    size_t count = 0, twice = 0;

    snprintf(yaml, sizeof yaml,
             HEAD "duration: 20s\nnetwork: {latency: {exponential: 1ms}, loss: 1%%}\nnodes:\n"
                  "  ids: {model: id-generator, count: 3, %s, disk: {sync: 100us..2ms}}\n"
                  "  c: {model: kv-client, count: 3, target: ids, rate: 200/s, mix: {add: 100%%}}\n"
                  "faults:\n"
                  "  - {every: {exponential: 1s}, between: [1s, 18s], crash: {of: ids, pick: 1},\n"
                  "     for: 10ms..500ms}\n"
                  "  - {every: {exponential: 1s}, between: [1s, 18s], clock_jump: {of: ids, pick: "
                  "1}, by: -300ms..300ms}\n",
             swarms[_i].params);
    play = play_run(yaml, 1);
    ids = calloc(play->operation_count + 1, sizeof *ids);
    for (size_t i = 1; i <= play->operation_count; i++)
        if (play->operations[i].status == SIM_OK)
            ids[count++] = play->operations[i].value;
    ck_assert_uint_gt(count, 5000);
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < count; i++)
        twice += ids[i] == ids[i - 1];
    ck_assert((twice > 0) == swarms[_i].twice);
    free(ids);
    play_free(play);
}
END_TEST

START_TEST(bits_have_to_suffice)
{
    play_expect_error(HEAD "duration: 1s\nnodes:\n  ids: {model: id-generator, count: 3, "
                           "node_bits: 1}\n",
                      "too few for so many nodes");
    play_expect_error(HEAD
                      "duration: 1s\nnodes:\n  ids: {model: id-generator, sequence_bits: 13}\n",
                      "22 together");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("id-generator");
    TCase *one = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(one, an_id_is_time_node_and_sequence);
    tcase_add_test(one, one_counts_for_all_or_each_for_itself);
    tcase_add_test(one, a_clock_that_went_back_is_not_believed);
    tcase_add_loop_test(one, none_comes_twice, 0, sizeof swarms / sizeof *swarms);
    tcase_add_test(one, bits_have_to_suffice);
    suite_add_tcase(suite, one);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
