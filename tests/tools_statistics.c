/* tools_statistics.c - means and paired differences, against figures worked out by hand and GSL. */
#include "tools/orrery/beta.c"
#include "tools/orrery/statistics.c"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>

enum { MANY = 60 };

static void check_near(double here, double there, double tolerance)
{
    ck_assert_msg(fabs(here - there) <= tolerance * (1 + fabs(there)), "%.15g, not %.15g", here,
                  there);
}

START_TEST(test_quantiles)
{
    for (size_t freedom = 1; freedom < 400; freedom++)
        check_near(student_quantile(freedom), gsl_cdf_tdist_Qinv(0.025, (double)freedom), 1e-9);
    check_near(student_quantile(100000), gsl_cdf_tdist_Qinv(0.025, 100000), 1e-9);
    check_near(student_quantile(1), 12.706204736, 1e-9); /* of any table */
    check_near(student_quantile(9), 2.262157163, 1e-9);
}
END_TEST

/* 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squares 32, s = sqrt(32 / 7). */
START_TEST(test_by_hand)
{
    const double values[] = { 2, 4, NAN, 4, 4, 5, 5, 7, 9 };
    struct estimate estimate;

    estimate_make(&estimate, values, 9);
    ck_assert_uint_eq(estimate.count, 8);
    ck_assert_double_eq(estimate.mean, 5);
    check_near(estimate.deviation, sqrt(32.0 / 7), 1e-12);
    check_near(estimate.half, 2.364624252 * sqrt(32.0 / 7 / 8), 1e-9);
    ck_assert_double_eq(estimate.least, 2);
    ck_assert_double_eq(estimate.most, 9);
}
END_TEST

/* Differences 1, 2, 3: mean 2, s 1, half 4.302652730 / sqrt(3): more than 2, so noise. */
START_TEST(test_a_difference_by_hand)
{
    const double values[] = { 11, 22, 33, NAN, 5 }, baseline[] = { 10, 20, 30, 40, NAN };
    struct difference difference;

    difference_make(&difference, values, baseline, 5);
    ck_assert_uint_eq(difference.of.count, 3);
    check_near(difference.of.mean, 2, 1e-12);
    check_near(difference.of.half, 4.302652730 / sqrt(3), 1e-9);
    check_near(difference.effect, 2, 1e-12);
    check_near(difference.correlation, 1, 1e-12);
    check_near(difference.gain, 121 + 100, 1e-12); /* s^2 of both, over that of the difference */
    ck_assert(difference.is_noise);
    ck_assert(difference.has_effect);
    ck_assert(difference.varies);
}
END_TEST

/* What is the same under every seed is known for certain; 0.1 thrice has no exact mean. */
START_TEST(test_what_does_not_vary)
{
    const double values[] = { 0.1, 0.1, 0.1 }, baseline[] = { 0.3, 0.3, 0.3 };
    struct difference difference;
    struct estimate estimate;

    estimate_make(&estimate, values, 3);
    ck_assert_double_eq(estimate.half, 0);
    difference_make(&difference, values, baseline, 3);
    ck_assert(!difference.has_effect);
    ck_assert(!difference.varies);
    ck_assert(!difference.is_noise);
    check_near(difference.of.mean, -0.2, 1e-12);
    difference_make(&difference, values, values, 3);
    ck_assert(difference.is_noise);
    ck_assert_double_eq(difference.of.mean, 0);
}
END_TEST

START_TEST(test_of_few)
{
    const double one[] = { 3, NAN }, none[] = { NAN, NAN };
    struct estimate estimate;
    struct difference difference;

    estimate_make(&estimate, one, 2);
    ck_assert_uint_eq(estimate.count, 1);
    ck_assert(isinf(estimate.half));
    estimate_make(&estimate, none, 2);
    ck_assert_uint_eq(estimate.count, 0);
    difference_make(&difference, one, none, 2);
    ck_assert_uint_eq(difference.of.count, 0);
    difference_make(&difference, one, one, 2);
    ck_assert(difference.is_noise); /* of one seed nothing follows */
    ck_assert(!difference.varies);
}
END_TEST

/* Against GSL, on samples that share some of their luck. */
START_TEST(test_against_gsl)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

    gsl_rng_set(rng, (unsigned long)_i);
    for (int round = 0; round < 50; round++) {
        double a[MANY], b[MANY], between[MANY];
        size_t count = 3 + gsl_rng_uniform_int(rng, MANY - 3);
        struct difference difference;
        double mean, deviation;

        for (size_t i = 0; i < count; i++) {
            double common = gsl_ran_gaussian(rng, 1);

            a[i] = 100 + common + gsl_ran_gaussian(rng, 0.1 * _i);
            b[i] = 100 + common + gsl_ran_gaussian(rng, 0.3);
            between[i] = a[i] - b[i];
        }
        difference_make(&difference, a, b, count);
        mean = gsl_stats_mean(between, 1, count);
        deviation = gsl_stats_sd(between, 1, count);
        check_near(difference.of.mean, mean, 1e-9);
        check_near(difference.of.deviation, deviation, 1e-9);
        check_near(difference.of.half,
                   gsl_cdf_tdist_Qinv(0.025, (double)count - 1) * deviation / sqrt((double)count),
                   1e-9);
        check_near(difference.correlation, gsl_stats_correlation(a, 1, b, 1, count), 1e-9);
        check_near(difference.gain,
                   (gsl_stats_variance(a, 1, count) + gsl_stats_variance(b, 1, count)) /
                       gsl_stats_variance(between, 1, count),
                   1e-9);
        ck_assert_int_eq(difference.is_noise,
                         gsl_cdf_tdist_Q(fabs(mean) / deviation * sqrt((double)count),
                                         (double)count - 1) > 0.025);
    }
    gsl_rng_free(rng);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_statistics");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(cases, test_quantiles);
    tcase_add_test(cases, test_by_hand);
    tcase_add_test(cases, test_a_difference_by_hand);
    tcase_add_test(cases, test_what_does_not_vary);
    tcase_add_test(cases, test_of_few);
    tcase_add_loop_test(cases, test_against_gsl, 1, 11);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
