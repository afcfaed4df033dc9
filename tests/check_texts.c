/* check_texts.c - what does not fit into the text of a verdict is cut, and nothing behind it is
 * written. */
#include "sim/check/linearizable.h"
#include "sim/check/verdict.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text is cut at its end exactly, and begins with START. */
static void expect_full(const char *text, size_t size, const char *start)
{
    ck_assert_ptr_nonnull(memchr(text, '\0', size));
    ck_assert_uint_eq(strlen(text), size - 1);
    ck_assert_mem_eq(text, start, strlen(start));
}

START_TEST(a_verdict)
{
    struct {
        struct sim_verdict verdict;
        char behind[SIM_VERDICT_TEXT];
    } box;
    char untouched[SIM_VERDICT_TEXT];

    memset(&box, 'b', sizeof(box));
    memset(untouched, 'b', sizeof(untouched));
    sim_verdict_say(&box.verdict, SIM_BROKEN, "%s", "start");
    sim_verdict_add(&box.verdict, ", and %d", 17);
    ck_assert_str_eq(box.verdict.text, "start, and 17");
    for (int i = 0; i < 100; i++)
        sim_verdict_add(&box.verdict, " %d more", 1000 + i);
    expect_full(box.verdict.text, SIM_VERDICT_TEXT, "start, and 17 1000 more 1001 more");
    ck_assert_mem_eq(box.behind, untouched, sizeof(untouched));
    ck_assert_int_eq(box.verdict.status, SIM_BROKEN);
}
END_TEST

START_TEST(names)
{
    char box[2 * SIM_CHECK_TEXT], untouched[SIM_CHECK_TEXT];

    memset(box, 'b', sizeof(box));
    memset(untouched, 'b', sizeof(untouched));
    strcpy(box, "there are:");
    for (int i = 0; i < 40; i++)
        sim_verdict_name(box, "store-and-forward");
    expect_full(box, SIM_CHECK_TEXT, "there are: store-and-forward store-and-forward store");
    ck_assert_mem_eq(box + SIM_CHECK_TEXT, untouched, sizeof(untouched));
}
END_TEST

static const char *long_name(const void *context, uint32_t process, char text[SIM_LINEAR_NAME])
{
    (void)context;
    memset(text, 'n', SIM_LINEAR_NAME - 1);
    text[0] = (char)('a' + process % 26);
    text[SIM_LINEAR_NAME - 1] = '\0';
    return text;
}

enum { WRITERS = 6 };

/* Some write one value at a time; one reads it, and another then nothing. */
START_TEST(a_contradiction)
{
    struct sim_linear_options options = { .initial = SIM_NIL, .name = long_name };
    struct sim_linear_operation ops[WRITERS + 2];
    struct {
        struct sim_linear_result result;
        char behind[SIM_LINEAR_TEXT];
    } box;
    char untouched[SIM_LINEAR_TEXT];

    for (uint32_t i = 0; i < WRITERS + 2; i++) {
        bool reads = i >= WRITERS;

        ops[i] = (struct sim_linear_operation){
            .kind = reads ? SIM_LINEAR_READ : SIM_LINEAR_WRITE,
            .process = i,
            .argument = reads ? 0 : INT64_MAX,
            .value = i == WRITERS ? INT64_MAX : SIM_NIL,
            .answered = reads,
            .invoked = reads ? 2 * i : i,
            .returned = reads ? 2 * i + 1 : 100 + i,
            .time_invoked = 1000000000000000000 + i,
            .time_returned = 1000000000000000100 + i,
        };
    }
    memset(&box, 'b', sizeof(box));
    memset(untouched, 'b', sizeof(untouched));
    sim_linear_judge(ops, WRITERS + 2, &options, &box.result);
    ck_assert_int_eq(box.result.status, SIM_LINEAR_NO);
    ck_assert_uint_eq(box.result.culprit_count, WRITERS + 2);
    expect_full(box.result.text, SIM_LINEAR_TEXT, "key 0: ");
    ck_assert_ptr_null(box.result.order); /* it lies behind the text */
    ck_assert_uint_eq(box.result.order_count, 0);
    ck_assert_mem_eq(box.behind, untouched, sizeof(untouched));
    sim_linear_result_finish(&box.result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("texts");
    TCase *tcase = tcase_create("texts");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, a_verdict);
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, a_contradiction);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
