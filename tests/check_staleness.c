/* check_staleness.c - staleness, visibility and siblings of hand-made histories. */
#include "sim/check/checker.h"
#include "sim/check/history_checker.h"
#include "sim/check/history_reader.h"
#include "tests/lib/evidence.h"
#include "tests/lib/history_words.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* NAME with the parameters "KEY=VALUE ..." of WORDS, as a letter: y, n, ? */
static char judge(const char *name, const char *parameters, const char *words,
                  struct sim_linear_result *result)
{
    const struct sim_checker *checker = checker_named(name);
    struct sim_linear_operation operations[HISTORY_WORDS_MAX];
    char text[SIM_CHECK_TEXT], copy[200];
    void *params = sim_checker_defaults(checker, SIM_NO_GROUP, text);
    struct sim_history_view view = { .operations = operations,
                                     .count = history_words(words, operations),
                                     .linear = { .initial = SIM_NIL } };

    ck_assert_ptr_nonnull(params);
    strcpy(copy, parameters);
    for (char *key = strtok(copy, " "); key != NULL; key = strtok(NULL, " ")) {
        char *value = strchr(key, '=');

        *value++ = '\0';
        ck_assert_msg(sim_checker_set(checker, params, key, value, text), "%s", text);
    }
    *result = (struct sim_linear_result){ .status = SIM_LINEAR_YES };
    checker->judge_history(&view, params, result);
    free(params);
    return result->status == SIM_LINEAR_YES ? 'y' : result->status == SIM_LINEAR_NO ? 'n' : '?';
}

static const struct row {
    const char *name, *parameters, *words;
    char said;
    const char *text;
} rows[] = {
    /* 7 was there at 3 ms, and 8 at 5 ms, when nothing was read at 10 ms */
    { "staleness", "share=0", "0:w1=7@2-3 0:w1=8@4-5 1:r1=0@10-11", 'n',
      "100 % of 1 reads stale (at most 0 %), the worst by 7.00ms and by 2 versions" },
    { "staleness", "worst=6ms", "0:w1=7@2-3 0:w1=8@4-5 1:r1=0@10-11", 'n', "by 7.00ms" },
    { "staleness", "worst=7ms", "0:w1=7@2-3 0:w1=8@4-5 1:r1=0@10-11", 'y', "by 7.00ms" },
    { "staleness", "versions=1", "0:w1=7@2-3 0:w1=8@4-5 1:r1=0@10-11", 'n', "by 2 versions" },
    { "staleness", "versions=1", "0:w1=7@2-3 0:w1=8@4-5 1:r1=7@10-11", 'y', "by 5.00ms and by 1 " },
    /* half of them */
    { "staleness", "share=50%", "0:w1=7@2-3 1:r1=0@10-11 1:r1=7@12-13", 'y', "50.0 % of 2" },
    { "staleness", "share=49%", "0:w1=7@2-3 1:r1=0@10-11 1:r1=7@12-13", 'n', "50.0 % of 2" },
    /* what overlaps is fresh: the read and the write, the two writes */
    { "staleness", "share=0", "0:w1=7@2-11 1:r1=0@10-12", 'y', "0 % of 1 reads" },
    { "staleness", "share=0", "0:w1=7@2-5 1:w1=8@4-6 1:r1=7@10-12", 'y', "0 % of 1 reads" },
    /* an open write makes nothing stale, and is never stale itself */
    { "staleness", "share=0", "0:w1=7@2-0 1:r1=0@10-12", 'y', "0 % of 1 reads" },
    { "staleness", "share=0", "0:w1=7@2-0 1:w1=8@4-5 1:r1=7@10-12", 'y', "0 % of 1 reads" },
    { "staleness", "share=0", "0:w1=7@2-3 1:r1=9@10-12", 'n', "nobody wrote" },
    { "staleness", "share=0", "0:w1=7@2-3", '?', "no read" },
    { "staleness", "share=0", "0:w1=7@2-3 0:w1=7@4-5 1:r1=7@6-7 1:r2=0@8-9", '?', "not known" },
    { "staleness", "worst=1ms", "0:w1=7@2-3 0:w1=7@4-5 0:w2=1@6-7 1:r2=0@18-19", 'n', "by 11.0ms" },
    /* who reads keys where it is not known who wrote may have found them fresh, and nobody may */
    { "staleness", "share=0", "0:w1=7@2-3 1:r1=7@4-5 0:w2=1@6-7 0:w2=1@8-9", 'y', "of 1 reads" },
    { "staleness", "share=50%",
      "0:w1=7@2-3 1:r1=0@10-11 0:w2=1@12-13 0:w2=1@14-15 1:r2=1@16-17 1:r2=1@18-0", '?',
      "but of 1 more it is not known" },
    { "staleness", "share=49%",
      "0:w1=7@2-3 1:r1=0@10-11 0:w2=1@12-13 0:w2=1@14-15 1:r2=1@16-17 1:r2=1@18-0", 'n',
      "100 % of 1 reads" },
    { "visibility", "at_least=50%",
      "0:w1=7@2-3 1:r1=0@10-11 0:w2=1@12-13 0:w2=1@14-15 1:r2=1@16-17", '?',
      "but of 1 more it is not known" },
    { "visibility", "at_least=51%",
      "0:w1=7@2-3 1:r1=0@10-11 0:w2=1@12-13 0:w2=1@14-15 1:r2=1@16-17", 'n', "0 % of 1 reads" },
    /* seen 7 ms after, or not */
    { "visibility", "at_least=100%", "0:w1=7@2-3 1:r1=7@10-11", 'y', "1ms: 100 % of 1" },
    { "visibility", "at_least=1%", "0:w1=7@2-3 1:r1=0@10-11", 'n', "1ms: 0 % of 1" },
    /* what was written at the same time may be the newer one */
    { "visibility", "at_least=100%", "0:w1=7@2-5 1:w1=8@4-6 1:r1=7@10-12", 'y', "100 % of 1" },
    { "visibility", "at_least=100% after=5ms", "0:w1=7@2-3 1:r1=0@4-5 1:r1=7@10-11", 'y',
      "100 % of 1 reads" },
    { "visibility", "at_least=100% after=8ms", "0:w1=7@2-3 1:r1=7@10-11", '?', "no read began" },
    { "visibility", "", "1:r1=0@0-1 0:w1=7@2-3", '?', "no read began" },
    { "siblings", "", "0:w1=7@2-3 1:r1=7@4-5", 'y', "0 % of 1 reads found siblings" },
    { "siblings", "", "0:w1=7@2-3", '?', "no read" },
    /* an older token after a newer one; at the same time it may have been first */
    { "fencing", "", "0:w1=34@0-1 1:w1=33@2-3", 'n', "process 0 wrote 34" },
    { "fencing", "", "0:w1=33@0-1 1:w1=34@2-3 0:w2=33@4-5 1:w1=34@6-7", 'y', "none of 4 writes" },
    { "fencing", "", "0:w1=34@0-2 1:w1=33@1-3", 'y', "none of 2 writes" },
    { "fencing", "", "0:w1=34@0-0 1:w1=33@2-3", 'y', "none of 1 writes" },
    { "fencing", "", "1:r1=0@2-3", '?', "no write" },
    { "unique_ids", "", "0:a1=7@0-1 1:a1=7@2-3", 'n', "7 was handed out twice" },
    { "unique_ids", "", "0:a1=7@0-1 1:a2=7@2-3", 'n', "7 was handed out twice" },
    { "unique_ids", "each_key=true", "0:a1=7@0-1 1:a2=7@2-3", 'y', "2 ids, none twice" },
    { "unique_ids", "", "0:a1=7@0-1 1:a1=8@2-3 1:a1=7@4-0", 'y', "2 ids, none twice" },
    { "unique_ids", "", "0:w1=7@0-1", '?', "no id" },
};

START_TEST(rows_are_judged)
{
    const struct row *row = &rows[_i];
    struct sim_linear_result result;
    char said = judge(row->name, row->parameters, row->words, &result);

    ck_assert_msg(said == row->said, "%s: %c: %s", row->words, said, result.text);
    ck_assert_msg(strstr(result.text, row->text) != NULL, "%s: %s", row->words, result.text);
}
END_TEST

START_TEST(siblings_are_counted)
{
    static const int64_t two[] = { 7, 8 };
    struct sim_linear_operation operations[2] = {
        { .kind = SIM_LINEAR_READ, .items = two, .item_count = 2, .answered = true, .returned = 1 },
        { .kind = SIM_LINEAR_READ, .value = 7, .answered = true, .invoked = 2, .returned = 3 },
    };
    const struct sim_checker *checker = checker_named("siblings");
    char text[SIM_CHECK_TEXT];
    void *params = sim_checker_defaults(checker, SIM_NO_GROUP, text);
    struct sim_history_view view = { .operations = operations, .count = 2 };
    struct sim_linear_result result = { .status = SIM_LINEAR_YES };

    checker->judge_history(&view, params, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    ck_assert_ptr_nonnull(strstr(result.text, "50.0 % of 2 reads found siblings"));
    ck_assert_ptr_nonnull(strstr(result.text, "up to 2 values"));
    ck_assert(sim_checker_set(checker, params, "share", "50%", text));
    result = (struct sim_linear_result){ .status = SIM_LINEAR_YES };
    checker->judge_history(&view, params, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_YES);
    ck_assert(sim_checker_set(checker, params, "most", "1", text));
    checker->judge_history(&view, params, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    free(params);
}
END_TEST

/* Texts of a file are numbers here, but none is older than another. */
START_TEST(texts_are_no_tokens)
{
    struct sim_linear_operation operations[HISTORY_WORDS_MAX];
    const struct sim_checker *checker = checker_named("fencing");
    struct sim_history_view view = { .operations = operations };
    struct sim_linear_result result = { .status = SIM_LINEAR_YES };

    view.count =
        history_words("0:w1=1@0-1 0:w1=2@2-3 0:w2=7@4-5 0:w2=6@6-7 0:w2=1@8-9", operations);
    operations[0].argument = SIM_HISTORY_TEXTS_FROM;
    operations[1].argument = SIM_HISTORY_TEXTS_FROM - 1;
    operations[4].argument = SIM_NIL;
    checker->judge_history(&view, NULL, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    ck_assert_ptr_nonnull(strstr(result.text, "wrote 6"));
    operations[3].argument = 8;
    result = (struct sim_linear_result){ .status = SIM_LINEAR_YES };
    checker->judge_history(&view, NULL, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_UNDECIDED);
    ck_assert_str_eq(result.text, "2 writes wrote texts, which have no order");
}
END_TEST

START_TEST(wrong_parameters_are_told)
{
    const struct sim_checker *checker = checker_named("staleness");
    char text[SIM_CHECK_TEXT];
    void *params = sim_checker_defaults(checker, SIM_NO_GROUP, text);

    ck_assert(!sim_checker_set(checker, params, "share", "150%", text));
    ck_assert(!sim_checker_set(checker, params, "worst", "7", text));
    ck_assert(!sim_checker_set(checker, params, "during", "cut", text));
    ck_assert(!sim_checker_set(checker, params, "initial", "one", text));
    ck_assert(!sim_checker_set(checker, params, "wurst", "7ms", text));
    ck_assert_ptr_nonnull(strstr(text, "no parameter 'wurst'"));
    ck_assert_ptr_null(sim_checker_defaults(checker_named("recovers"), SIM_NO_GROUP, text));
    free(params);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_staleness");
    TCase *all = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(all, rows_are_judged, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(all, siblings_are_counted);
    tcase_add_test(all, texts_are_no_tokens);
    tcase_add_test(all, wrong_parameters_are_told);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
