/* core_math.c - sim/core/math.h against libm (in long double) and GSL. */
#include "sim/core/digest.h"
#include "sim/core/math.h"
#include "sim/core/rng.h"

#include <check.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1000000 };

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The distance of X from TRUTH in units of the last place of a double at TRUTH. */
static double ulps(double x, long double truth)
{
    int exponent;

    frexpl(truth, &exponent);
    if (exponent < DBL_MIN_EXP)
        exponent = DBL_MIN_EXP;
    return (double)ldexpl(fabsl((long double)x - truth), DBL_MANT_DIG - exponent);
}

static double worst(double a, double b)
{
    return a > b ? a : b;
}

/* Any finite positive double, all exponents alike; subnormals among them. */
static double any_positive(struct sim_stream *stream)
{
    return from_bits(sim_below(sim_stream_next(stream), UINT64_C(0x7fefffffffffffff)) + 1);
}

/* Uniform from LOW to HIGH. */
static double between(struct sim_stream *stream, double low, double high)
{
    return low + (high - low) * ((double)(sim_stream_next(stream) >> 11) * 0x1p-53);
}

static struct sim_stream stream_of(uint64_t purpose)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, purpose, 0);
    return stream;
}

static double log_error(double x)
{
    return ulps(sim_log(x), logl((long double)x));
}

START_TEST(log_agrees_with_libm)
{
    struct sim_stream stream = stream_of(1);
    double error = 0.0;

    for (int i = 0; i < POINTS; i++) {
        error = worst(error, log_error(any_positive(&stream)));
        error = worst(error, log_error(between(&stream, 0.5, 2.0)));
        error = worst(error, log_error(between(&stream, 0.98, 1.02)));
        error = worst(error, log_error(1.0 + ldexp(between(&stream, -1.0, 1.0), -(i % 50) - 1)));
    }
    ck_assert_double_lt(error, 1.0);
}
END_TEST

START_TEST(log_of_edges)
{
    static const double edges[] = { DBL_TRUE_MIN,
                                    3 * DBL_TRUE_MIN,
                                    DBL_MIN - DBL_TRUE_MIN,
                                    DBL_MIN,
                                    1.0 - DBL_EPSILON / 2,
                                    1.0 + DBL_EPSILON,
                                    0.5,
                                    2.0,
                                    127.0 / 128,
                                    129.0 / 128,
                                    255.0 / 256,
                                    65.0 / 64,
                                    DBL_MAX };

    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        ck_assert_double_lt(log_error(edges[i]), 1.0);
    ck_assert(bits_of(sim_log(1.0)) == 0);
}
END_TEST

/* Both sides of every boundary between two points of the grid, and the points themselves. */
START_TEST(log_on_its_grid)
{
    for (int i = 128; i <= 512; i++) {
        double x = (double)i / 256.0;

        ck_assert_double_lt(log_error(x), 1.0);
        ck_assert_double_lt(log_error(nextafter(x, 0.0)), 1.0);
        ck_assert_double_lt(log_error(nextafter(x, 4.0)), 1.0);
    }
}
END_TEST

static double exp_error(double x)
{
    return ulps(sim_exp(x), expl((long double)x));
}

START_TEST(exp_agrees_with_libm)
{
    struct sim_stream stream = stream_of(2);
    double normal = 0.0, subnormal = 0.0;

    for (int i = 0; i < POINTS; i++) {
        normal = worst(normal, exp_error(between(&stream, -708.0, 709.78)));
        normal = worst(normal, exp_error(between(&stream, -2.0, 2.0)));
        normal = worst(normal, exp_error(ldexp(between(&stream, -1.0, 1.0), -(i % 60))));
        subnormal = worst(subnormal, exp_error(between(&stream, -746.0, -708.0)));
    }
    ck_assert_double_lt(normal, 1.0);
    ck_assert_double_lt(subnormal, 1.01);
}
END_TEST

START_TEST(exp_of_edges)
{
    ck_assert(sim_exp(0.0) == 1.0);
    ck_assert(sim_exp(-0.0) == 1.0);
    ck_assert(sim_exp(-746.0) == 0.0);
    ck_assert(sim_exp(-1e308) == 0.0);
    ck_assert(sim_exp(-745.0) == DBL_TRUE_MIN);
    ck_assert_double_lt(exp_error(0x1.62e42fefa39efp+9), 1.0);
    ck_assert_double_lt(exp_error(1.0), 1.0);
}
END_TEST

static double pow_error(double x, double y)
{
    return ulps(sim_pow(x, y), powl((long double)x, (long double)y));
}

START_TEST(pow_agrees_with_libm)
{
    struct sim_stream stream = stream_of(3);
    double error = 0.0;

    for (int i = 0; i < POINTS; i++) {
        double x = any_positive(&stream), range = 700.0 / fabs(log(x));

        error = worst(error, pow_error(x, between(&stream, -range, range)));
        error = worst(
            error, pow_error(between(&stream, 0.0, 100.0) + 1e-9, between(&stream, -20.0, 20.0)));
        x = 1.0 + ldexp(between(&stream, -1.0, 1.0), -(i % 40) - 1);
        error = worst(error, pow_error(x, between(&stream, -500.0, 500.0)));
    }
    ck_assert_double_lt(error, 1.0);
}
END_TEST

START_TEST(pow_of_edges)
{
    ck_assert(sim_pow(1.0, 1e308) == 1.0);
    ck_assert(sim_pow(5.0, 0.0) == 1.0);
    ck_assert_double_lt(pow_error(2.0, 0.5), 1.0);
    ck_assert(sim_pow(2.0, -1074.0) == DBL_TRUE_MIN);
    ck_assert(sim_pow(2.0, -1100.0) == 0.0);
    ck_assert(sim_pow(DBL_MAX, 1.0) == DBL_MAX);
    ck_assert(sim_pow(DBL_TRUE_MIN, 1.0) == DBL_TRUE_MIN);
    for (int k = -1000; k <= 1000; k++)
        ck_assert(sim_pow(2.0, (double)k) == ldexp(1.0, k));
}
END_TEST

START_TEST(sqrt_is_correctly_rounded)
{
    struct sim_stream stream = stream_of(4);

    int wrong = 0;

    ck_assert(bits_of(sim_sqrt(0.0)) == 0);
    ck_assert(sim_sqrt(DBL_TRUE_MIN) == sqrt(DBL_TRUE_MIN));
    ck_assert(sim_sqrt(DBL_MIN) == sqrt(DBL_MIN));
    ck_assert(sim_sqrt(DBL_MAX) == sqrt(DBL_MAX));
    for (int i = 0; i < POINTS; i++) {
        double x = any_positive(&stream), root = (double)(sim_stream_next(&stream) >> 38);

        wrong += sim_sqrt(x) != sqrt(x);
        wrong += sim_sqrt(root * root) != root;
        x = nextafter(root * root + 1.0, (double)(i % 2) * 1e20); /* next to a square */
        wrong += sim_sqrt(x) != sqrt(x);
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* What the word stands for, without the loss of 1 - u. */
static long double exponential_truth(uint64_t word)
{
    if (word < UINT64_C(1) << 63)
        return -logl(((long double)word + 0.5L) * 0x1p-64L);
    return -log1pl(-((long double)~word + 0.5L) * 0x1p-64L);
}

static double exponential_error(uint64_t word)
{
    long double truth = exponential_truth(word);

    return (double)(fabsl((long double)sim_exponential_word(word) - truth) / truth);
}

START_TEST(exponential_word_is_accurate)
{
    struct sim_stream stream = stream_of(5);
    double error = 0.0;

    for (int i = 0; i < POINTS; i++) {
        uint64_t word = sim_stream_next(&stream);

        error = worst(error, exponential_error(word));
        error = worst(error, exponential_error(word >> i % 64));
        error = worst(error, exponential_error(~(word >> i % 64)));
    }
    ck_assert_double_lt(error, 5e-12);
}
END_TEST

START_TEST(exponential_word_at_edges)
{
    for (uint64_t word = 0; word < 1000; word++) {
        ck_assert_double_lt(exponential_error(word), 5e-12);
        ck_assert_double_lt(exponential_error(~word), 5e-12);
    }
    for (uint64_t i = 128; i <= 256; i++) { /* both sides of each change of the grid point */
        ck_assert_double_lt(exponential_error(i << 56), 5e-12);
        ck_assert_double_lt(exponential_error((i << 56) - 1), 5e-12);
    }
    ck_assert(sim_exponential_word(UINT64_MAX) == 0x1p-65);
}
END_TEST

START_TEST(exponential_word_falls)
{
    struct sim_stream stream = stream_of(6);
    double before = sim_exponential_word(0);
    int rises = 0;

    for (uint64_t word = 1, step = 1; word <= UINT64_MAX - step; word += step) {
        double now = sim_exponential_word(word);

        rises += now > before;
        before = now;
        step = (word >> 18) + 1;
    }
    for (int i = 0; i < POINTS; i++) { /* neighbours: up to the error */
        uint64_t word = sim_stream_next(&stream) >> (i % 60 + 1);

        rises += sim_exponential_word(word + 1) > sim_exponential_word(word) * (1.0 + 1e-11);
    }
    ck_assert_int_eq(rises, 0);
}
END_TEST

START_TEST(normal_quantile_agrees_with_gsl)
{
    struct sim_stream stream = stream_of(7);
    double error = 0.0;

    for (int i = 0; i < POINTS / 2; i++) {
        double p = between(&stream, 0.0, 1.0) * ldexp(1.0, -(i % 300) / 4) + 1e-300;
        double x = sim_normal_quantile(p), truth = gsl_cdf_ugaussian_Pinv(p);

        error = worst(error, fabs(x - truth) / (1.0 + fabs(truth)));
    }
    ck_assert_double_lt(error, 1e-13);
}
END_TEST

/* Not the same algorithm twice: through the cumulative function, whose slope is the density. */
START_TEST(normal_quantile_inverts_the_cumulative_function)
{
    static const double points[] = { 1e-300, 1e-100, 1e-20,  1e-12, 1e-6, 1e-4, 1e-3,  0.01,
                                     0.05,   0.0749, 0.0751, 0.1,   0.25, 0.4,  0.499, 0.5 };

    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        double p = points[i], x = sim_normal_quantile(p);

        ck_assert_double_lt(fabs(gsl_cdf_ugaussian_P(x) / p - 1.0), 1e-12);
        if (p > 1e-4)
            ck_assert_double_lt(fabs(sim_normal_quantile(1.0 - p) + x), 1e-11);
    }
    ck_assert(sim_normal_quantile(0.5) == 0.0);
    ck_assert_double_lt(fabs(sim_normal_quantile(0.975) - 1.959963984540054), 1e-14);
}
END_TEST

/* A change of one bit anywhere changes these. They must be the same for every compiler and machine:
 * who sees another value has found a difference in arithmetic, not an outdated test. */
START_TEST(golden_bits)
{
    struct sim_stream stream = stream_of(8);
    struct sim_digest digest[5] = { { 0, 0 } };
    static const char *const golden[5] = {
        "a5be9a5058f7faa0ca153492eaf90980", "6f74d30ec0bc3adc24b43d205eff2d77",
        "622fbc609cbc2ededfc45260255ae1d7", "2ae600fc10851be44900e58ce4fe63cd",
        "0489e829d8f4bfc264f72b58d693714a",
    };
    char text[SIM_DIGEST_TEXT];

    for (int i = 0; i < POINTS; i++) {
        double x = any_positive(&stream), y = between(&stream, -745.0, 709.0);

        sim_digest_fold(&digest[0], bits_of(sim_log(x)));
        sim_digest_fold(&digest[1], bits_of(sim_exp(y)));
        sim_digest_fold(&digest[2], bits_of(sim_pow(between(&stream, 1e-9, 9.0), y / 36.0)));
        sim_digest_fold(&digest[3], bits_of(sim_exponential_word(sim_stream_next(&stream))));
        sim_digest_fold(&digest[4], bits_of(sim_normal_quantile(between(&stream, 1e-17, 1.0))));
    }
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(sim_digest_text(text, &digest[i]), golden[i]);
}
END_TEST

START_TEST(log_of_zero)
{
    sim_log(0.0);
}
END_TEST

START_TEST(log_of_infinity)
{
    sim_log((double)INFINITY);
}
END_TEST

START_TEST(exp_too_large)
{
    sim_exp(710.0);
}
END_TEST

START_TEST(exp_of_nan)
{
    sim_exp((double)NAN);
}
END_TEST

START_TEST(pow_too_large)
{
    sim_pow(10.0, 309.0);
}
END_TEST

START_TEST(sqrt_of_negative)
{
    sim_sqrt(-1.0);
}
END_TEST

START_TEST(quantile_of_one)
{
    sim_normal_quantile(1.0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/math");
    TCase *values = tcase_create("values"), *errors = tcase_create("errors");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(values, 60);
    tcase_add_test(values, log_agrees_with_libm);
    tcase_add_test(values, log_of_edges);
    tcase_add_test(values, log_on_its_grid);
    tcase_add_test(values, exp_agrees_with_libm);
    tcase_add_test(values, exp_of_edges);
    tcase_add_test(values, pow_agrees_with_libm);
    tcase_add_test(values, pow_of_edges);
    tcase_add_test(values, sqrt_is_correctly_rounded);
    tcase_add_test(values, exponential_word_is_accurate);
    tcase_add_test(values, exponential_word_at_edges);
    tcase_add_test(values, exponential_word_falls);
    tcase_add_test(values, normal_quantile_agrees_with_gsl);
    tcase_add_test(values, normal_quantile_inverts_the_cumulative_function);
    tcase_add_test(values, golden_bits);
    suite_add_tcase(suite, values);
    tcase_add_test_raise_signal(errors, log_of_zero, SIGABRT);
    tcase_add_test_raise_signal(errors, log_of_infinity, SIGABRT);
    tcase_add_test_raise_signal(errors, exp_too_large, SIGABRT);
    tcase_add_test_raise_signal(errors, exp_of_nan, SIGABRT);
    tcase_add_test_raise_signal(errors, pow_too_large, SIGABRT);
    tcase_add_test_raise_signal(errors, sqrt_of_negative, SIGABRT);
    tcase_add_test_raise_signal(errors, quantile_of_one, SIGABRT);
    suite_add_tcase(suite, errors);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
