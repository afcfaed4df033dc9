/* check_consistency.c - session guarantees, causal and sequential consistency by hand-made
 * histories, one for each way to be wrong. */
#include "sim/check/consistency.h"
#include "tests/lib/history_words.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the judges say of WORDS, a letter each: y, n, ? */
static void judge(const char *words, char said[SIM_CONSISTENCIES + 1], char *text, bool direct)
{
    struct sim_linear_operation operations[HISTORY_WORDS_MAX];
    size_t count = history_words(words, operations);

    for (int what = 0; what < SIM_CONSISTENCIES; what++) {
        struct sim_consistency_options options = { .linear = { .initial = SIM_NIL },
                                                   .direct = direct };
        struct sim_linear_result result;

        sim_consistency_judge((enum sim_consistency)what, operations, count, &options, &result);
        said[what] = result.status == SIM_LINEAR_YES  ? 'y'
                     : result.status == SIM_LINEAR_NO ? 'n'
                                                      : '?';
        ck_assert_msg((result.status == SIM_LINEAR_YES) == (result.text[0] == '\0'), "%s",
                      result.text);
        if (text != NULL && result.status == SIM_LINEAR_NO && text[0] == '\0')
            strcpy(text, result.text);
        sim_linear_result_finish(&result);
    }
    said[SIM_CONSISTENCIES] = '\0';
}

/* read your writes, monotonic reads, monotonic writes, writes follow reads; causal: weak,
 * convergent, memory; sequential */
static const struct row {
    const char *words, *said, *text; /* of the first that is violated */
} rows[] = {
    /* wrote and read nothing */
    { "0:w1=7@0-1 0:r1=0@2-3", "nyyynnnn", "read your writes" },
    /* wrote, and read what another one had written before */
    { "1:w1=3@0-1 0:w1=7@2-3 0:r1=3@4-5", "nyyyyyyy", "read your writes" },
    /* saw the new, then the old version */
    { "1:w1=3@0-1 1:w1=7@2-3 0:r1=7@4-5 0:r1=3@6-7", "yn??nnnn", "monotonic reads" },
    /* of two that overlap, one saw them in this order, and one in that */
    { "0:w1=3@0-2 1:w1=7@1-3 2:r1=3@4-5 2:r1=7@6-7 3:r1=7@8-9 3:r1=3@10-11", "yn??ynyn",
      "monotonic reads" },
    /* saw the second write of a session without its first */
    { "0:w1=3@0-1 0:w2=4@2-3 1:r2=4@4-5 1:r1=0@6-7", "yynynnnn", "monotonic writes" },
    /* saw an answer without what was answered */
    { "0:w1=3@0-1 1:r1=3@2-3 1:w2=4@4-5 2:r2=4@6-7 2:r1=0@8-9", "yyynnnnn", "writes follow reads" },
    /* the same by a third: causality goes on */
    { "0:w1=3@0-1 1:r1=3@2-3 1:w2=4@4-5 2:r2=4@6-7 2:w3=5@8-9 3:r3=5@10-11 3:r1=0@12-13",
      "yyynnnnn", "writes follow reads" },
    /* store buffers (Dekker): nobody sees the other's write; causal, but not sequential */
    { "0:w1=1@0-2 1:w2=2@1-3 0:r2=0@4-6 1:r1=0@5-7", "yyyyyyyn", "has to come before" },
    /* concurrent writes stay in the order of each session: memory without convergence */
    { "0:w1=1@0-2 1:w1=2@1-3 0:r1=2@4-6 1:r1=1@5-7", "nyyyynyn", "read your writes" },
    /* a read of what is written only later, and nothing else: in no real time, but sequential */
    { "0:r1=7@0-1 1:w1=7@2-3", "nnnnyyyy", "written only later" },
    /* it led to itself */
    { "0:r1=7@0-1 0:w1=7@2-3", "nnnnnnnn", "written only later" },
    /* nobody wrote it */
    { "0:w1=7@0-1 1:r1=8@2-3", "nnnnnnnn", "nobody wrote" },
    /* an open write may be seen, or not */
    { "0:w1=7@0-0 1:r1=7@1-2 1:r1=0@3-4", "yn??nnnn", "monotonic reads" },
    { "0:w1=7@0-0 1:r1=0@1-2 2:r1=0@3-4", "yyyyyyyy", NULL },
    { "0:w1=7@0-0 1:r1=0@1-2 1:r1=7@3-4", "yyyyyyyy", NULL },
    /* reads without an answer say nothing */
    { "0:w1=7@0-1 0:r1=0@2-0", "yyyyyyyy", NULL },
    /* stale to others, in nobody's session */
    { "0:w1=7@0-1 1:r1=0@2-3", "yyyyyyyy", NULL },
    /* deleted: read nothing, which it began with, so that nobody knows */
    { "0:w1=7@0-1 0:d1=0@2-3 0:r1=7@4-5", "????????", NULL },
    { "0:w1=7@0-1 0:d1=0@2-3 0:r1=0@4-5", "yyyyyyyy", NULL },
    /* a value twice: linearizable, or nobody knows */
    { "0:w1=7@0-1 0:w1=7@2-3 0:r1=7@4-5", "yyyyyyyy", NULL },
    { "0:w1=7@0-1 0:w1=7@2-3 0:r1=0@4-5", "????????", NULL },
    /* what else there is cannot excuse a key that is judged */
    { "0:w2=7@0-1 0:c2=8@2-3 0:w1=7@4-5 0:r1=0@6-7", "n???nnnn", "read your writes" },
};

/* Of rows that are linearizable the judges themselves are asked as well, where they can know. */
START_TEST(rows_are_judged)
{
    const struct row *row = &rows[_i];
    char said[SIM_CONSISTENCIES + 1], text[SIM_LINEAR_TEXT] = "";

    judge(row->words, said, text, false);
    ck_assert_msg(strcmp(said, row->said) == 0, "%s: %s, not %s", row->words, said, row->said);
    ck_assert_msg(row->text == NULL || strstr(text, row->text) != NULL, "%s: %s", row->words, text);
    judge(row->words, said, NULL, true);
    for (int i = 0; i < SIM_CONSISTENCIES; i++)
        ck_assert_msg(said[i] == row->said[i] || (said[i] == '?' && row->said[i] == 'y'),
                      "%s: %s, not %s", row->words, said, row->said);
}
END_TEST

START_TEST(sessions_may_be_given)
{
    struct sim_linear_operation operations[HISTORY_WORDS_MAX];
    size_t count = history_words("0:w1=7@0-1 1:r1=0@2-3", operations);
    static const uint32_t one[] = { 5, 5 };
    struct sim_consistency_options options = { .linear = { .initial = SIM_NIL }, .sessions = one };
    struct sim_linear_result result;

    sim_consistency_judge(SIM_READ_YOUR_WRITES, operations, count, &options, &result);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    ck_assert_uint_eq(result.culprit_count, 2);
    ck_assert_uint_eq(result.culprits[0], 0);
    ck_assert_uint_eq(result.culprits[1], 1);
    sim_linear_result_finish(&result);
}
END_TEST

START_TEST(budgets_end_in_undecided)
{
    struct sim_linear_operation operations[HISTORY_WORDS_MAX];
    size_t count = history_words("0:w1=1@0-2 1:w2=2@1-3 0:r2=0@4-6 1:r1=0@5-7", operations);
    struct sim_consistency_options options = { .linear = { .initial = SIM_NIL, .steps = 1 } };
    struct sim_linear_result result;

    for (int what = 0; what < SIM_CONSISTENCIES; what++) {
        sim_consistency_judge((enum sim_consistency)what, operations, count, &options, &result);
        ck_assert_int_eq(result.status, SIM_LINEAR_UNDECIDED);
        ck_assert_ptr_nonnull(strstr(result.text, "budget"));
        sim_linear_result_finish(&result);
    }
}
END_TEST

/* Two of a key write at once, and then each reads its own: not linearizable, but all the rest. */
START_TEST(many_operations_are_decided)
{
    enum { SESSIONS = 6, ROUNDS = 150, COUNT = 2 * SESSIONS * ROUNDS };
    struct sim_linear_operation *operations = calloc(COUNT, sizeof(*operations));
    struct sim_consistency_options options = { .linear = { .initial = SIM_NIL }, .direct = true };
    struct sim_linear_result result;

    for (int i = 0; i < COUNT; i++) {
        int session = i % SESSIONS, round = i / (2 * SESSIONS);
        bool read = i / SESSIONS % 2 == 1;

        operations[i] = (struct sim_linear_operation){
            .kind = read ? SIM_LINEAR_READ : SIM_LINEAR_WRITE,
            .process = (uint32_t)session,
            .key = session / 2,
            .argument = 1 + session + SESSIONS * round,
            .value = 1 + session + SESSIONS * round,
            .answered = true,
            .invoked = (uint64_t)(2 * (i / SESSIONS) * SESSIONS + session),
            .returned = (uint64_t)((2 * (i / SESSIONS) + 1) * SESSIONS + session),
        };
    }
    for (int what = 0; what < SIM_CONSISTENCIES; what++) {
        sim_consistency_judge((enum sim_consistency)what, operations, COUNT, &options, &result);
        ck_assert_msg(result.status == SIM_LINEAR_YES, "%d: %s", what, result.text);
        sim_linear_result_finish(&result);
    }
    free(operations);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check_consistency");
    TCase *all = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(all, rows_are_judged, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(all, sessions_may_be_given);
    tcase_add_test(all, budgets_end_in_undecided);
    tcase_add_test(all, many_operations_are_decided);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
