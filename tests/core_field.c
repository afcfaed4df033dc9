/* core_field.c - the records of sim/core/field.h. */
#include "sim/core/field.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

SIM_RECORD(vote, term, candidate);
SIM_RECORD(tick, at);
SIM_RECORD(wide, a, bb, ccc, d, e, f, g, h, i, j, k, last);

static void expect_field(const struct sim_record *record, uint32_t n, const char *name)
{
    size_t length = 0;
    const char *start = sim_record_field(record, n, &length);

    ck_assert_uint_eq(length, strlen(name));
    ck_assert_int_eq(strncmp(start, name, length), 0);
}

START_TEST(fields_have_their_names)
{
    ck_assert_str_eq(SIM_WORDS(vote)->name, "vote");
    ck_assert_uint_eq(SIM_WORDS(vote)->words, 2);
    expect_field(SIM_WORDS(vote), 0, "term");
    expect_field(SIM_WORDS(vote), 1, "candidate");
    ck_assert_uint_eq(SIM_WORDS(tick)->words, 1);
    expect_field(SIM_WORDS(tick), 0, "at");
    ck_assert_uint_eq(SIM_WORDS(wide)->words, SIM_RECORD_WORDS_MAX);
    expect_field(SIM_WORDS(wide), 2, "ccc");
    expect_field(SIM_WORDS(wide), 11, "last");
}
END_TEST

/* The names stand in the order of the words in memory. */
START_TEST(words_lie_in_the_order_of_the_names)
{
    struct vote vote = { .term = 3, .candidate = 4 };
    int64_t words[2];

    memcpy(words, &vote, sizeof vote);
    ck_assert_int_eq(words[0], 3);
    ck_assert_int_eq(words[1], 4);
}
END_TEST

START_TEST(no_such_field)
{
    size_t length;

    sim_record_field(SIM_WORDS(vote), 2, &length);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/field");
    TCase *tests = tcase_create("records");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, fields_have_their_names);
    tcase_add_test(tests, words_lie_in_the_order_of_the_names);
    tcase_add_test_raise_signal(tests, no_such_field, SIGABRT);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
