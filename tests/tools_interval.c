/* tools_interval.c - intervals of counted shares, against GSL's beta distribution
 * and against what is known of the ends. */
#include "tools/orrery/beta.c"
#include "tools/orrery/interval.c"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static void check(uint64_t part, uint64_t whole)
{
    struct interval interval = interval_of_share(part, whole);
    double x = (double)part, n = (double)whole;

    if (part > 0)
        ck_assert_double_le(fabs(gsl_cdf_beta_P(interval.low, x, n - x + 1) - 0.025), 1e-9);
    if (part < whole)
        ck_assert_double_le(fabs(gsl_cdf_beta_Q(interval.high, x + 1, n - x) - 0.025), 1e-9);
    ck_assert_int_eq(interval.low > 0, part > 0);
    ck_assert_int_eq(interval.high < 1, part < whole);
    ck_assert_double_le(interval.low, whole > 0 ? x / n : 0);
    ck_assert_double_ge(interval.high, whole > 0 ? x / n : 1);
}

START_TEST(test_all_of_few)
{
    for (uint64_t part = 0; part <= (uint64_t)_i; part++)
        check(part, (uint64_t)_i);
}
END_TEST

START_TEST(test_some_of_many)
{
    static const uint64_t wholes[] = { 100, 1000, 12345, 1000000, 10000000 };

    for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++) {
        uint64_t whole = wholes[i];
        const uint64_t parts[] = {
            0, 1, 2, 17, whole / 10, whole / 2, whole - 3, whole - 1, whole
        };

        for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++)
            check(parts[k], whole);
    }
}
END_TEST

/* Where nothing of n failed, (1 - p)^n = 2.5 %. */
START_TEST(test_the_rule_of_nothing)
{
    for (uint64_t n = 1; n <= 100000; n *= 10) {
        struct interval none = interval_of_share(0, n), all = interval_of_share(n, n);

        ck_assert_double_eq(none.low, 0);
        ck_assert_double_eq(all.high, 1);
        ck_assert_double_le(fabs(pow(1 - none.high, (double)n) - 0.025), 1e-9);
        ck_assert_double_le(fabs(all.low - (1 - none.high)), 1e-9);
    }
}
END_TEST

START_TEST(test_nothing_is_rounded_inwards)
{
    static const struct {
        struct interval interval;
        const char *text;
    } rows[] = {
        { { 0, 1 }, "0..100 %" },
        { { 0, 0.0369 }, "0..3.7 %" },
        { { 0.0999, 0.1001 }, "9.9..11 %" },
        { { 0.00012345, 0.0012345 }, "0.012..0.13 %" },
        { { 0.9963, 0.99999 }, "99..100 %" },
        { { 0.5, 0.5 }, "50..50 %" },
    };
    char text[INTERVAL_TEXT];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        ck_assert_str_eq(interval_text(text, &rows[i].interval), rows[i].text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_interval");
    TCase *all = tcase_create("all");
    SRunner *runner;

    tcase_add_loop_test(all, test_all_of_few, 0, 40);
    tcase_add_test(all, test_some_of_many);
    tcase_add_test(all, test_the_rule_of_nothing);
    tcase_add_test(all, test_nothing_is_rounded_inwards);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
