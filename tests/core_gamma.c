/* core_gamma.c - sim/core/gamma.h against GSL's cumulative functions. */
#include "sim/core/gamma.h"
#include "sim/core/rng.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

static const double shapes[] = { 0.05, 0.1, 0.3,  0.5,  0.99, 1.0,   1.01,
                                 2.0,  7.5, 15.9, 16.1, 40.0, 200.0, 1000.0 };
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* How far X is from the quantile, relative to the probability of the smaller tail. */
static double error_at(double shape, double p, double q)
{
    double x = sim_gamma_quantile(shape, p, q);

    if (p < q)
        return fabs(gsl_cdf_gamma_P(x, shape, 1.0) / p - 1.0);
    return fabs(gsl_cdf_gamma_Q(x, shape, 1.0) / q - 1.0);
}

/* GSL itself is good to some 10^-11 there for large shapes. */
START_TEST(inverts_the_cumulative_function)
{
    struct sim_stream stream;
    double shape = shapes[_i], worst = 0.0;

    sim_stream_seed(&stream, 1, 1, (uint64_t)_i);
    for (int i = 0; i < 3000; i++) {
        double p = ((double)(sim_stream_next(&stream) >> 11) + 0.5) * 0x1p-53;
        double tail = ldexp(p, -(i % 60));

        worst = fmax(worst, error_at(shape, p, 1.0 - p));
        worst = fmax(worst, error_at(shape, 1.0 - tail, tail));
        if (sim_gamma_quantile(shape, tail, 1.0 - tail) >
            1e-290) /* GSL's P wants a normal argument */
            worst = fmax(worst, error_at(shape, tail, 1.0 - tail));
    }
    ck_assert_double_lt(worst, 1e-10);
}
END_TEST

/* Closed forms, free of GSL: shape 1 is exponential; 1/2 is half the square of a normal; and at p =
 * 1/2. */
START_TEST(agrees_with_closed_forms)
{
    ck_assert_double_lt(fabs(sim_gamma_quantile(1.0, 0.5, 0.5) - 0.6931471805599453), 1e-14);
    for (double q = 0.9; q > 1e-300; q *= 0.37)
        ck_assert_double_lt(fabs(sim_gamma_quantile(1.0, 1.0 - q, q) / -log(q) - 1.0), 1e-12);
    for (double p = 0.9; p > 1e-300; p *= 0.37)
        ck_assert_double_lt(fabs(sim_gamma_quantile(1.0, p, 1.0 - p) / -log1p(-p) - 1.0), 1e-12);
    /* chi-square with one degree of freedom: 0.95 at 1.959963984540054^2 */
    ck_assert_double_lt(fabs(sim_gamma_quantile(0.5, 0.95, 0.05) / (3.841458820694124 / 2.0) - 1.0),
                        1e-13);
    /* chi-square with ten: 0.99 at 23.209251158954356 */
    ck_assert_double_lt(
        fabs(sim_gamma_quantile(5.0, 0.99, 0.01) / (23.209251158954356 / 2.0) - 1.0), 1e-13);
}
END_TEST

START_TEST(rises_with_the_probability)
{
    double shape = shapes[_i], before = 0.0;
    int falls = 0;

    for (int i = 1; i < 2000; i++) {
        double p = i / 2000.0, x = sim_gamma_quantile(shape, p, 1.0 - p);

        falls += x <= before && before > 0.0;
        before = x;
    }
    ck_assert_int_eq(falls, 0);
}
END_TEST

START_TEST(extreme_tails)
{
    double shape = shapes[_i];
    double least = sim_gamma_quantile(shape, 0x1p-65, 1.0),
           most = sim_gamma_quantile(shape, 1.0, 0x1p-65);

    ck_assert(isfinite(least) && least >= 0.0);
    ck_assert(isfinite(most) && most > shape);
    ck_assert_double_lt(least, most);
    ck_assert_double_lt(error_at(shape, 1.0, 0x1p-65), 1e-10);
}
END_TEST

START_TEST(impossible_probability)
{
    sim_gamma_quantile(2.0, 0.0, 1.0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/gamma");
    TCase *tests = tcase_create("quantile");
    SRunner *runner = srunner_create(suite);
    int failed;

    gsl_set_error_handler_off();
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, inverts_the_cumulative_function, 0, SHAPES);
    tcase_add_test(tests, agrees_with_closed_forms);
    tcase_add_loop_test(tests, rises_with_the_probability, 0, SHAPES);
    tcase_add_loop_test(tests, extreme_tails, 0, SHAPES);
    tcase_add_test_raise_signal(tests, impossible_probability, SIGABRT);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
