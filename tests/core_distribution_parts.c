/* core_distribution_parts.c - sim/core/distribution.h: empirical, mix and shift, quantiles, and
 * what is refused. */
#include "sim/core/digest.h"
#include "sim/core/distribution.h"
#include "sim/core/rng.h"
#include "tests/lib/fit.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

enum { DRAWS = 1000000 };

#define MS ((double)SIM_MILLISECOND)
#define P99 2.3263478740408408 /* of the standard normal */

static struct sim_stream stream_of(uint64_t purpose, uint64_t owner)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, purpose, owner);
    return stream;
}

/* The reference is written out: between the values, in equal steps of probability, lie straight
 * lines. */
START_TEST(empirical_is_piecewise_linear)
{
    static const sim_time values[] = { -1000, 0, 0, 50000000, 900000000 };
    struct sim_distribution *d = sim_distribution_empirical(values, 5);
    struct sim_stream stream = stream_of(10, 0);
    double worst = 0.0;

    for (int i = 0; i < DRAWS; i++) {
        uint64_t word = sim_stream_next(&stream);
        double u = (double)word * 0x1p-64, at = floor(4.0 * u), from = (double)values[(size_t)at];
        double truth = from + ((double)values[(size_t)at + 1] - from) * (4.0 * u - at);

        worst = fmax(worst, fabs((double)sim_distribution_sample(d, word) - truth));
    }
    ck_assert_double_le(worst, 0.51);
    ck_assert_int_eq(sim_distribution_sample(d, 0), -1000);
    ck_assert_int_eq(sim_distribution_sample(d, UINT64_MAX), 900000000);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.25), 0);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.4), 0);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.75), 50000000);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.875), 475000000);
    sim_distribution_destroy(d);
}
END_TEST

START_TEST(empirical_spans_the_whole_range)
{
    static const sim_time values[] = { -SIM_TIME_LIMIT, SIM_TIME_LIMIT };
    struct sim_distribution *d = sim_distribution_empirical(values, 2);

    ck_assert_int_eq(sim_distribution_sample(d, 0), -SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_sample(d, UINT64_MAX), SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_sample(d, UINT64_C(1) << 63), 0);
    sim_distribution_destroy(d);
}
END_TEST

/* Two parts that do not overlap: how often each is taken, and that inside each nothing is left of
 * the choice. */
START_TEST(mix_keeps_weights_and_parts)
{
    static const double weights[] = { 3.0, 0.0, 1.0 };
    struct sim_distribution *parts[] = {
        sim_distribution_uniform(0, SIM_SECOND - 1),
        sim_distribution_constant(-1),
        sim_distribution_uniform(2 * SIM_SECOND, 3 * SIM_SECOND - 1),
    };
    struct sim_distribution *mix = sim_distribution_mix(parts, weights, 3);
    struct fit first = fit_start(), second = fit_start();
    struct sim_stream stream = stream_of(11, 0);

    for (int i = 0; i < DRAWS; i++) {
        double x = (double)sim_distribution_sample(mix, sim_stream_next(&stream)) / 1e9;

        if (!((x >= 0.0 && x < 1.0) || (x >= 2.0 && x < 3.0)))
            ck_abort_msg("%g is of no part", x);
        fit_add(x < 2.0 ? &first : &second, x < 2.0 ? x : x - 2.0);
    }
    ck_assert_double_lt(fabs(first.count - 0.75 * DRAWS), 4.0 * sqrt(DRAWS * 0.75 * 0.25));
    ck_assert_double_gt(fit_finish(&first), FIT_LEAST);
    ck_assert_double_gt(fit_finish(&second), FIT_LEAST);
    ck_assert_int_eq(sim_distribution_least(mix), 0);
    ck_assert_int_eq(sim_distribution_most(mix), 3 * SIM_SECOND - 1);
    sim_distribution_destroy(mix);
}
END_TEST

/* 90 % lognormal, 9 % exponential, 1 % a mix of two: one cumulative function for all. */
static double mixed_lower(double x)
{
    double body = gsl_cdf_lognormal_P(x, log(MS), log(8.0) / P99),
           slow = gsl_cdf_exponential_P(x, 50 * MS);
    double low = gsl_cdf_gamma_P(x, 2.5, 4 * MS), high = gsl_cdf_pareto_P(x, 2.0, 100 * MS);

    return 0.9 * body + 0.09 * slow + 0.01 * (0.25 * low + 0.75 * high);
}

static struct sim_distribution *make_mixed(void)
{
    static const double inner_weights[] = { 1e-3, 3e-3 }, weights[] = { 90, 9, 1 };
    struct sim_distribution *inner[] = {
        sim_distribution_gamma(10 * SIM_MILLISECOND, 2.5),
        sim_distribution_pareto(100 * SIM_MILLISECOND, 2.0),
    };
    struct sim_distribution *parts[] = {
        sim_distribution_lognormal(SIM_MILLISECOND, 8 * SIM_MILLISECOND),
        sim_distribution_exponential(50 * SIM_MILLISECOND),
        sim_distribution_mix(inner, inner_weights, 2),
    };

    return sim_distribution_mix(parts, weights, 3);
}

START_TEST(nested_mix_fits)
{
    struct sim_distribution *mix = make_mixed();
    struct fit fit = fit_start();
    struct sim_stream stream = stream_of(12, 0);

    for (int i = 0; i < DRAWS; i++)
        fit_add(&fit, mixed_lower((double)sim_distribution_sample(mix, sim_stream_next(&stream))));
    ck_assert_double_gt(fit_finish(&fit), FIT_LEAST);
    sim_distribution_destroy(mix);
}
END_TEST

START_TEST(quantiles_of_a_mix)
{
    static const double levels[] = { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999 };
    struct sim_distribution *mix = make_mixed();

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        double x = (double)sim_distribution_quantile(mix, levels[i]);

        ck_assert_double_lt(mixed_lower(x - 2.0), levels[i] + 1e-10);
        ck_assert_double_gt(mixed_lower(x + 2.0), levels[i] - 1e-10);
    }
    ck_assert_int_eq(sim_distribution_quantile(mix, 1.0), sim_distribution_most(mix));
    mix = sim_distribution_shift(sim_distribution_shift(mix, -5 * SIM_SECOND), 2 * SIM_SECOND);
    ck_assert_double_lt(
        fabs(mixed_lower((double)sim_distribution_quantile(mix, 0.99) + 3e9) - 0.99), 1e-6);
    sim_distribution_destroy(mix);
}
END_TEST

START_TEST(shift_adds)
{
    struct sim_distribution *plain =
        sim_distribution_lognormal(SIM_MILLISECOND, 8 * SIM_MILLISECOND);
    struct sim_distribution *moved = sim_distribution_shift(
        sim_distribution_lognormal(SIM_MILLISECOND, 8 * SIM_MILLISECOND), 3 * SIM_MILLISECOND);
    struct sim_stream stream = stream_of(13, 0);
    int wrong = 0;

    for (int i = 0; i < DRAWS / 10; i++) {
        uint64_t word = sim_stream_next(&stream);

        wrong += sim_distribution_sample(moved, word) !=
                 sim_distribution_sample(plain, word) + 3 * SIM_MILLISECOND;
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(sim_distribution_least(moved),
                     sim_distribution_least(plain) + 3 * SIM_MILLISECOND);
    ck_assert_int_eq(sim_distribution_most(moved),
                     sim_distribution_most(plain) + 3 * SIM_MILLISECOND);
    ck_assert_int_eq(sim_distribution_quantile(moved, 0.99), 11 * SIM_MILLISECOND);
    sim_distribution_destroy(plain);
    sim_distribution_destroy(moved);
    /* three limits on top of each other end at the limit, in samples and in the quantiles of a mix
     */
    moved = sim_distribution_constant(SIM_TIME_LIMIT);
    moved = sim_distribution_shift(sim_distribution_shift(moved, SIM_TIME_LIMIT), SIM_TIME_LIMIT);
    moved = sim_distribution_mix(&moved, &(double){ 1.0 }, 1);
    ck_assert_int_eq(sim_distribution_sample(moved, 5), SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_quantile(moved, 0.5), SIM_TIME_LIMIT);
    sim_distribution_destroy(moved);
}
END_TEST

static struct sim_distribution *make_kind(int kind)
{
    static const sim_time values[] = { -SIM_SECOND, 3, SIM_SECOND };

    switch (kind) {
    case 0:
        return sim_distribution_constant(-5);
    case 1:
        return sim_distribution_uniform(-SIM_SECOND, SIM_SECOND);
    case 2:
        return sim_distribution_exponential(SIM_MILLISECOND);
    case 3:
        return sim_distribution_exponential(SIM_TIME_LIMIT / 2);
    case 4:
        return sim_distribution_normal(0, SIM_SECOND);
    case 5:
        return sim_distribution_empirical(values, 3);
    default:
        return make_mixed();
    }
}
enum { KINDS = 7 };

static sim_time limited(sim_time t)
{
    return t > SIM_TIME_LIMIT ? SIM_TIME_LIMIT : t < -SIM_TIME_LIMIT ? -SIM_TIME_LIMIT : t;
}

/* However a shift is represented, it is the part's sample and a constant, cut off at the limit. */
START_TEST(shift_is_the_same_for_every_kind)
{
    static const sim_time shifts[] = { 0, 7, -SIM_MILLISECOND, SIM_TIME_LIMIT, -SIM_TIME_LIMIT };
    struct sim_distribution *plain = make_kind(_i);
    struct sim_stream stream = stream_of(15, (uint64_t)_i);

    for (size_t k = 0; k < sizeof shifts / sizeof shifts[0]; k++) {
        sim_time plus = shifts[k];
        struct sim_distribution *moved =
            sim_distribution_shift(sim_distribution_shift(make_kind(_i), plus), 1000);
        int wrong = 0;

        for (int i = 0; i < 20000; i++) {
            uint64_t word = sim_stream_next(&stream) >> i % 64;
            sim_time low = sim_distribution_sample(plain, word);
            sim_time high = sim_distribution_sample(plain, ~word);

            wrong += sim_distribution_sample(moved, word) != limited(limited(low + plus) + 1000);
            wrong += sim_distribution_sample(moved, ~word) != limited(limited(high + plus) + 1000);
        }
        ck_assert_int_eq(wrong, 0);
        ck_assert_int_eq(sim_distribution_least(moved),
                         limited(limited(sim_distribution_least(plain) + plus) + 1000));
        ck_assert_int_eq(sim_distribution_most(moved),
                         limited(limited(sim_distribution_most(plain) + plus) + 1000));
        sim_distribution_destroy(moved);
    }
    sim_distribution_destroy(plain);
}
END_TEST

START_TEST(quantile_is_where_it_was_asked_for)
{
    struct sim_distribution *d = sim_distribution_lognormal(SIM_MILLISECOND, 8 * SIM_MILLISECOND);

    ck_assert_int_eq(sim_distribution_quantile(d, 0.5), SIM_MILLISECOND);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.99), 8 * SIM_MILLISECOND);
    ck_assert_int_eq(sim_distribution_quantile(d, 0.0), sim_distribution_least(d));
    ck_assert_int_eq(sim_distribution_quantile(d, 1.0), sim_distribution_most(d));
    sim_distribution_destroy(d);
}
END_TEST

START_TEST(golden_mix)
{
    struct sim_distribution *mix = sim_distribution_shift(make_mixed(), -SIM_MILLISECOND);
    struct sim_stream stream = stream_of(14, 0);
    struct sim_digest digest = { 0, 0 };
    char text[SIM_DIGEST_TEXT];

    for (int i = 0; i < DRAWS; i++)
        sim_digest_fold(&digest, (uint64_t)sim_distribution_sample(mix, sim_stream_next(&stream)));
    ck_assert_str_eq(sim_digest_text(text, &digest), "371fd1d427d4dcd5b95ff25872a8b62d");
    sim_distribution_destroy(mix);
}
END_TEST

/* Each of these must be refused by an assertion. */
static void refused(int which)
{
    static const sim_time falling[] = { 2, 1 };
    static const double negative[] = { 2.0, -1.0 }, nothing[] = { 0.0, 0.0 };
    struct sim_distribution *parts[] = { NULL, NULL };

    switch (which) {
    case 0:
        sim_distribution_constant(SIM_TIME_LIMIT + 1);
        break;
    case 1:
        sim_distribution_uniform(2, 1);
        break;
    case 2:
        sim_distribution_exponential(-1);
        break;
    case 3:
        sim_distribution_normal(0, -1);
        break;
    case 4:
        sim_distribution_lognormal(0, 5);
        break;
    case 5:
        sim_distribution_lognormal(6, 5);
        break;
    case 6:
        sim_distribution_pareto(0, 1.0);
        break;
    case 7:
        sim_distribution_pareto(1, 0.0);
        break;
    case 8:
        sim_distribution_weibull(1, 1e9);
        break;
    case 9:
        sim_distribution_gamma(1, (double)NAN);
        break;
    case 10:
        sim_distribution_empirical(falling, 2);
        break;
    case 11:
        sim_distribution_empirical(falling, 0);
        break;
    case 12:
        sim_distribution_mix(parts, negative, 2);
        break;
    case 13:
        sim_distribution_mix(parts, nothing, 2);
        break;
    case 14:
        sim_distribution_mix(parts, nothing, 0);
        break;
    case 15:
        sim_distribution_shift(NULL, 1);
        break;
    case 16:
        sim_distribution_quantile(NULL, 1.1);
        break;
    default:
        break;
    }
}
enum { REFUSED = 17 };

START_TEST(bad_parameters_are_refused)
{
    refused(_i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/distribution parts");
    TCase *others = tcase_create("others"), *errors = tcase_create("errors");
    SRunner *runner = srunner_create(suite);
    int failed;

    gsl_set_error_handler_off(); /* underflow in a tail is no failure */
    tcase_set_timeout(others, 60);
    tcase_add_test(others, empirical_is_piecewise_linear);
    tcase_add_test(others, empirical_spans_the_whole_range);
    tcase_add_test(others, mix_keeps_weights_and_parts);
    tcase_add_test(others, nested_mix_fits);
    tcase_add_test(others, quantiles_of_a_mix);
    tcase_add_test(others, shift_adds);
    tcase_add_loop_test(others, shift_is_the_same_for_every_kind, 0, KINDS);
    tcase_add_test(others, quantile_is_where_it_was_asked_for);
    tcase_add_test(others, golden_mix);
    suite_add_tcase(suite, others);
    tcase_add_loop_test_raise_signal(errors, bad_parameters_are_refused, SIGABRT, 0, REFUSED);
    suite_add_tcase(suite, errors);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
