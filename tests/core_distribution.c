/* core_distribution.c - sim/core/distribution.h against GSL's cumulative functions. */
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

/* One distribution, ours and GSL's. */
struct row {
    const char *name;
    struct sim_distribution *(*create)(const struct row *row);
    double (*lower)(const struct row *row, double x); /* the share at most x */
    double (*upper)(const struct row *row, double x); /* the share above x */
    double (*inverse)(const struct row *row, double p);
    double a, b;
    const char *golden; /* of DRAWS samples */
};

static struct sim_distribution *make_uniform(const struct row *r)
{
    return sim_distribution_uniform((sim_time)r->a, (sim_time)r->b);
}

static double uniform_lower(const struct row *r, double x)
{
    return gsl_cdf_flat_P(x, r->a - 0.5, r->b + 0.5);
}

static double uniform_upper(const struct row *r, double x)
{
    return gsl_cdf_flat_Q(x, r->a - 0.5, r->b + 0.5);
}

static double uniform_inverse(const struct row *r, double p)
{
    return gsl_cdf_flat_Pinv(p, r->a - 0.5, r->b + 0.5);
}

static struct sim_distribution *make_exponential(const struct row *r)
{
    return sim_distribution_exponential((sim_time)r->a);
}

static double exponential_lower(const struct row *r, double x)
{
    return gsl_cdf_exponential_P(x, r->a);
}

static double exponential_upper(const struct row *r, double x)
{
    return gsl_cdf_exponential_Q(x, r->a);
}

static double exponential_inverse(const struct row *r, double p)
{
    return gsl_cdf_exponential_Pinv(p, r->a);
}

static struct sim_distribution *make_normal(const struct row *r)
{
    return sim_distribution_normal((sim_time)r->a, (sim_time)r->b);
}

static double normal_lower(const struct row *r, double x)
{
    return gsl_cdf_gaussian_P(x - r->a, r->b);
}

static double normal_upper(const struct row *r, double x)
{
    return gsl_cdf_gaussian_Q(x - r->a, r->b);
}

static double normal_inverse(const struct row *r, double p)
{
    return r->a + gsl_cdf_gaussian_Pinv(p, r->b);
}

static struct sim_distribution *make_lognormal(const struct row *r)
{
    return sim_distribution_lognormal((sim_time)r->a, (sim_time)r->b);
}

static double lognormal_lower(const struct row *r, double x)
{
    return x <= 0.0 ? 0.0 : gsl_cdf_lognormal_P(x, log(r->a), log(r->b / r->a) / P99);
}

static double lognormal_upper(const struct row *r, double x)
{
    return x <= 0.0 ? 1.0 : gsl_cdf_lognormal_Q(x, log(r->a), log(r->b / r->a) / P99);
}

static double lognormal_inverse(const struct row *r, double p)
{
    return gsl_cdf_lognormal_Pinv(p, log(r->a), log(r->b / r->a) / P99);
}

static struct sim_distribution *make_pareto(const struct row *r)
{
    return sim_distribution_pareto((sim_time)r->a, r->b);
}

static double pareto_lower(const struct row *r, double x)
{
    return gsl_cdf_pareto_P(x, r->b, r->a);
}

static double pareto_upper(const struct row *r, double x)
{
    return gsl_cdf_pareto_Q(x, r->b, r->a);
}

static double pareto_inverse(const struct row *r, double p)
{
    return gsl_cdf_pareto_Pinv(p, r->b, r->a);
}

static struct sim_distribution *make_weibull(const struct row *r)
{
    return sim_distribution_weibull((sim_time)r->a, r->b);
}

static double weibull_lower(const struct row *r, double x)
{
    return x <= 0.0 ? 0.0 : gsl_cdf_weibull_P(x, r->a, r->b);
}

static double weibull_upper(const struct row *r, double x)
{
    return x <= 0.0 ? 1.0 : gsl_cdf_weibull_Q(x, r->a, r->b);
}

static double weibull_inverse(const struct row *r, double p)
{
    return gsl_cdf_weibull_Pinv(p, r->a, r->b);
}

static struct sim_distribution *make_gamma(const struct row *r)
{
    return sim_distribution_gamma((sim_time)r->a, r->b);
}

static double gamma_lower(const struct row *r, double x)
{
    return gsl_cdf_gamma_P(x, r->b, r->a / r->b);
}

static double gamma_upper(const struct row *r, double x)
{
    return gsl_cdf_gamma_Q(x, r->b, r->a / r->b);
}

static double gamma_inverse(const struct row *r, double p)
{
    return gsl_cdf_gamma_Pinv(p, r->b, r->a / r->b);
}

#define ROW(kind, a, b, golden)                                                                    \
    {                                                                                              \
#kind, make_##kind, kind##_lower, kind##_upper, kind##_inverse, a, b, golden               \
    }

static const struct row rows[] = {
    ROW(uniform, 1 * MS, 3 * MS, "6eab434c657b09cb085d8778e6f2fe54"),
    ROW(uniform, -5e9, 1e9, "7c4c760bdd638064bcb418cf6934a8db"),
    ROW(exponential, 10 * MS, 0, "804c19ec8a93498a512f626717ff3598"),
    ROW(exponential, 1e15, 0, "f5317c310d7c874496c41bbe84ce9026"),
    ROW(normal, 100 * MS, 10 * MS, "a4696131d1b930ba783c982f10cf3e15"),
    ROW(normal, 0, 1e9, "6f3a6a4f4fa5d7e3d98866a7b68ceff4"),
    ROW(lognormal, 1 * MS, 8 * MS, "90c37fabcd5443c4232a2f03ab5a463b"),
    ROW(lognormal, 1e9, 1.01e9, "7ab42f40730bb767a8e5992732b9f809"),
    ROW(lognormal, 1e10, 1e14, "e5225b0838e68f840013b34e56d51e48"),
    ROW(pareto, 1 * MS, 1.5, "69f2a0aa200f84f9fb8e630ae52338a3"),
    ROW(pareto, 1 * MS, 20.0, "bad604746ddbef7d971ed91103e69bd7"),
    ROW(pareto, 1 * MS, 0.5, "26b7cf4983d4368d0e16a9e525b1ee8e"),
    ROW(weibull, 1e16, 0.5, "b53babd3e512e1163c58b62ab4902887"),
    ROW(weibull, 10 * MS, 1.0, "4cfe6ae90eb41f6ebb7a6fcea1a1e02f"),
    ROW(weibull, 10 * MS, 5.0, "e04a5a405b43599a8449314f98c6839f"),
    ROW(gamma, 1e16, 0.3, "6b132704d7f4830b75bfc3665dabb554"),
    ROW(gamma, 10 * MS, 2.5, "5af0475bfd14d94d8d34e46131888729"),
    ROW(gamma, 1e9, 1000.0, "4e361df22ed8cf58edb6387e7b778594"),
    /* not drawn a million times, because GSL is slow here: */
    ROW(gamma, 1e13, 1.0, "4e7aaf18d7b4d5c26a5f7a1a5532845c"),
    ROW(gamma, 10 * MS, 60.0, "94cdaa0e4907df4362526dd3b0708b28"),
};
enum { ROWS = sizeof rows / sizeof rows[0], ROWS_DRAWN = ROWS - 2 };

static struct sim_stream stream_of(uint64_t purpose, uint64_t owner)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, purpose, owner);
    return stream;
}

START_TEST(draws_fit)
{
    const struct row *row = &rows[_i];
    struct sim_distribution *d = row->create(row);
    struct fit fit = fit_start();
    struct sim_stream stream = stream_of(1, (uint64_t)_i);
    double p;

    for (int i = 0; i < DRAWS; i++)
        fit_add(&fit,
                row->lower(row, (double)sim_distribution_sample(d, sim_stream_next(&stream))));
    p = fit_finish(&fit);
    ck_assert_msg(p > FIT_LEAST, "%s(%g, %g): p = %g", row->name, row->a, row->b, p);
    sim_distribution_destroy(d);
}
END_TEST

/* As many draws as should lie beyond GSL's quantile, within five deviations of the binomial law. */
START_TEST(draws_have_the_quantiles)
{
    static const double levels[] = { 0.0001, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999 };
    enum { LEVELS = sizeof levels / sizeof levels[0] };
    const struct row *row = &rows[_i];
    struct sim_distribution *d = row->create(row);
    struct sim_stream stream = stream_of(2, (uint64_t)_i);
    double counts[LEVELS] = { 0 }, bounds[LEVELS];

    for (size_t k = 0; k < LEVELS; k++)
        bounds[k] = row->inverse(row, levels[k]);
    for (int i = 0; i < DRAWS; i++) {
        double x = (double)sim_distribution_sample(d, sim_stream_next(&stream));

        for (size_t k = 0; k < LEVELS; k++)
            counts[k] += x <= bounds[k];
    }
    for (size_t k = 0; k < LEVELS; k++) {
        double p = levels[k], deviation = sqrt(DRAWS * p * (1.0 - p));

        ck_assert_msg(fabs(counts[k] - DRAWS * p) < 5.0 * deviation,
                      "%s(%g, %g): %g below the %g quantile", row->name, row->a, row->b, counts[k],
                      p);
    }
    sim_distribution_destroy(d);
}
END_TEST

/* Whether the sample of WORD is its quantile, to a nanosecond and 10^-9 of its size: seen from the
 * nearer tail. */
static bool is_quantile(const struct row *row, const struct sim_distribution *d, uint64_t word)
{
    double x = (double)sim_distribution_sample(d, word), slack = 1.0 + 1e-9 * fabs(x), p, before,
           after;

    if (word < UINT64_C(1) << 63) {
        p = ((double)word + 0.5) * 0x1p-64;
        before = row->lower(row, x - slack);
        after = row->lower(row, x + slack);
    } else {
        p = ((double)~word + 0.5) * 0x1p-64;
        before = row->upper(row, x + slack);
        after = row->upper(row, x - slack);
    }
    if (x >= (double)SIM_TIME_LIMIT)
        return p <= row->upper(row, x);
    return before <= p * (1.0 + 1e-9) && p <= after * (1.0 + 1e-9);
}

START_TEST(samples_are_the_quantiles_of_their_words)
{
    static const double levels[] = { 0.5,     0.9,      0.99,      0.999,    0.9999,
                                     0.99999, 0.999999, 0.9999999, 1 - 1e-9, 1 - 1e-12 };
    const struct row *row = &rows[_i];
    struct sim_distribution *d = row->create(row);
    struct sim_stream stream = stream_of(3, (uint64_t)_i);
    int wrong = 0;

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        uint64_t word = (uint64_t)(levels[i] * 0x1p64);

        ck_assert_msg(is_quantile(row, d, word), "%s(%g, %g) at %g", row->name, row->a, row->b,
                      levels[i]);
        ck_assert_msg(is_quantile(row, d, ~word), "%s(%g, %g) at 1 - %g", row->name, row->a, row->b,
                      levels[i]);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t word = sim_stream_next(&stream), small = word >> i % 40;

        wrong += !is_quantile(row, d, word);
        wrong += !is_quantile(row, d, small);
        wrong += !is_quantile(row, d, ~small);
    }
    ck_assert_msg(wrong == 0, "%s(%g, %g): %d of 60000", row->name, row->a, row->b, wrong);
    sim_distribution_destroy(d);
}
END_TEST

START_TEST(samples_rise_with_the_word)
{
    const struct row *row = &rows[_i];
    struct sim_distribution *d = row->create(row);
    struct sim_stream stream = stream_of(4, (uint64_t)_i);
    int falls = 0;

    for (int i = 0; i < 200000; i++) {
        uint64_t a = sim_stream_next(&stream),
                 b = i % 2 == 0 ? sim_stream_next(&stream) : a + (a >> 20);

        if (b < a)
            continue;
        falls += sim_distribution_sample(d, a) > sim_distribution_sample(d, b);
    }
    /* Both sides of every joint of the table: up to the last bits of a double, and a nanosecond. */
    for (int octave = 0; octave < 63; octave++) {
        for (uint64_t segment = 8; segment < 16; segment++) {
            uint64_t word = segment << 60 >> octave >> 1;
            sim_time low[2] = { sim_distribution_sample(d, word - 1),
                                sim_distribution_sample(d, word) };
            sim_time high[2] = { sim_distribution_sample(d, ~word),
                                 sim_distribution_sample(d, ~(word - 1)) };

            falls += (double)(low[0] - low[1]) > 1.0 + 1e-14 * fabs((double)low[0]);
            falls += (double)(high[0] - high[1]) > 1.0 + 1e-14 * fabs((double)high[0]);
        }
    }
    ck_assert_int_eq(falls, 0);
    ck_assert_int_eq(sim_distribution_least(d), sim_distribution_sample(d, 0));
    ck_assert_int_eq(sim_distribution_most(d), sim_distribution_sample(d, UINT64_MAX));
    sim_distribution_destroy(d);
}
END_TEST

/* The same bits for every compiler, level and machine. */
START_TEST(golden_draws)
{
    const struct row *row = &rows[_i];
    struct sim_distribution *d = row->create(row);
    struct sim_stream stream = stream_of(5, (uint64_t)_i);
    struct sim_digest digest = { 0, 0 };
    char text[SIM_DIGEST_TEXT];

    for (int i = 0; i < DRAWS; i++)
        sim_digest_fold(&digest, (uint64_t)sim_distribution_sample(d, sim_stream_next(&stream)));
    for (int i = 0; i < 10000; i++) { /* and the tails */
        sim_digest_fold(&digest,
                        (uint64_t)sim_distribution_sample(d, sim_stream_next(&stream) >> i % 64));
        sim_digest_fold(
            &digest, (uint64_t)sim_distribution_sample(d, ~(sim_stream_next(&stream) >> i % 64)));
    }
    ck_assert_str_eq(sim_digest_text(text, &digest), row->golden);
    sim_distribution_destroy(d);
}
END_TEST

/* A mean of a few nanoseconds: each value has the probability of its interval. */
START_TEST(small_values_are_rounded_to_the_nearest)
{
    enum { VALUES = 30 };
    struct sim_distribution *d = sim_distribution_exponential(4);
    struct sim_stream stream = stream_of(6, 0);
    double counts[VALUES + 1] = { 0 }, square = 0.0;

    for (int i = 0; i < DRAWS; i++) {
        sim_time x = sim_distribution_sample(d, sim_stream_next(&stream));

        counts[x < VALUES ? x : VALUES]++;
    }
    for (int x = 0; x <= VALUES; x++) {
        double above = x < VALUES ? gsl_cdf_exponential_Q(x + 0.5, 4.0) : 0.0;
        double expected = DRAWS * ((x > 0 ? gsl_cdf_exponential_Q(x - 0.5, 4.0) : 1.0) - above);

        square += (counts[x] - expected) * (counts[x] - expected) / expected;
    }
    ck_assert_double_gt(gsl_cdf_chisq_Q(square, VALUES), FIT_LEAST);
    sim_distribution_destroy(d);
    d = sim_distribution_normal(0, 1); /* halves away from zero, alike on both sides */
    for (int i = 0; i < DRAWS; i++) {
        uint64_t word = sim_stream_next(&stream);

        if (sim_distribution_sample(d, word) != -sim_distribution_sample(d, ~word))
            ck_abort_msg("not symmetric at %llx", (unsigned long long)word);
    }
    sim_distribution_destroy(d);
}
END_TEST

START_TEST(constants)
{
    static const sim_time values[] = { 0, 1, -1, SIM_TIME_LIMIT, -SIM_TIME_LIMIT };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct sim_distribution *same[] = {
            sim_distribution_constant(values[i]),
            sim_distribution_uniform(values[i], values[i]),
            sim_distribution_normal(values[i], 0),
            sim_distribution_empirical(&values[i], 1),
        };

        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
            ck_assert_int_eq(sim_distribution_sample(same[k], 0), values[i]);
            ck_assert_int_eq(sim_distribution_sample(same[k], 0x123456789abcdef0), values[i]);
            ck_assert_int_eq(sim_distribution_sample(same[k], UINT64_MAX), values[i]);
            ck_assert_int_eq(sim_distribution_least(same[k]), values[i]);
            ck_assert_int_eq(sim_distribution_most(same[k]), values[i]);
            ck_assert_int_eq(sim_distribution_quantile(same[k], 0.99), values[i]);
            sim_distribution_destroy(same[k]);
        }
    }
    ck_assert_int_eq(sim_distribution_sample(NULL, 77), 0);
    ck_assert_int_eq(sim_distribution_least(NULL), 0);
    ck_assert_int_eq(sim_distribution_most(NULL), 0);
    ck_assert_int_eq(sim_distribution_quantile(NULL, 0.5), 0);
    sim_distribution_destroy(NULL);
}
END_TEST

START_TEST(uniform_takes_both_ends)
{
    struct sim_distribution *die = sim_distribution_uniform(1, 6);
    struct sim_stream stream = stream_of(7, 0);
    double counts[7] = { 0 }, square = 0.0;

    for (int i = 0; i < 600000; i++)
        counts[sim_distribution_sample(die, sim_stream_next(&stream))]++;
    ck_assert(counts[0] == 0.0);
    for (int i = 1; i <= 6; i++)
        square += (counts[i] - 1e5) * (counts[i] - 1e5) / 1e5;
    ck_assert_double_gt(gsl_cdf_chisq_Q(square, 5), FIT_LEAST);
    ck_assert_int_eq(sim_distribution_sample(die, 0), 1);
    ck_assert_int_eq(sim_distribution_sample(die, UINT64_MAX), 6);
    sim_distribution_destroy(die);
    die = sim_distribution_uniform(-SIM_TIME_LIMIT, SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_sample(die, 0), -SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_sample(die, UINT64_MAX), SIM_TIME_LIMIT);
    ck_assert_int_eq(sim_distribution_sample(die, UINT64_C(1) << 63), 0);
    sim_distribution_destroy(die);
}
END_TEST

static void expect_within(struct sim_distribution *d, sim_time least, sim_time most)
{
    struct sim_stream stream = stream_of(8, 0);
    int outside = 0;

    for (int i = 0; i < 5000; i++) {
        uint64_t word = sim_stream_next(&stream) >> i % 64;
        sim_time low = sim_distribution_sample(d, word), high = sim_distribution_sample(d, ~word);

        outside += low < least || low > most || high < least || high > most;
    }
    ck_assert_int_eq(outside, 0);
    ck_assert_int_ge(sim_distribution_least(d), least);
    ck_assert_int_le(sim_distribution_most(d), most);
    sim_distribution_destroy(d);
}

/* Shapes and scales at the ends of their ranges: no overflow, nothing beyond the limit, and no
 * cut-off either. */
START_TEST(extremes_stay_within_the_limit)
{
    static const double shapes[] = { SIM_SHAPE_LEAST, 0.1, 1.0, 100.0, SIM_SHAPE_MOST };
    static const sim_time scales[] = { 1, SIM_SECOND, SIM_TIME_LIMIT };

    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        sim_time scale = scales[i];

        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
            expect_within(sim_distribution_pareto(scale, shapes[k]), scale, SIM_TIME_LIMIT);
            expect_within(sim_distribution_weibull(scale, shapes[k]), 0, SIM_TIME_LIMIT);
            expect_within(sim_distribution_gamma(scale, shapes[k]), 0, SIM_TIME_LIMIT);
        }
        expect_within(sim_distribution_exponential(scale), 0, SIM_TIME_LIMIT);
        expect_within(sim_distribution_normal(scale, scale), -SIM_TIME_LIMIT, SIM_TIME_LIMIT);
        expect_within(sim_distribution_normal(-scale, scale), -SIM_TIME_LIMIT, SIM_TIME_LIMIT);
        expect_within(sim_distribution_lognormal(scale, SIM_TIME_LIMIT), 0, SIM_TIME_LIMIT);
        expect_within(sim_distribution_lognormal(1, scale), 0, SIM_TIME_LIMIT);
    }
    expect_within(sim_distribution_exponential(0), 0, 0);
}
END_TEST

/* Where the table gives up, the function itself takes over: a shape of 0.05 in the tails. */
START_TEST(extreme_shapes_are_exact)
{
    static const struct row extremes[] = {
        ROW(pareto, 1.0, 0.05, NULL),     ROW(pareto, 1e3, 0.2, NULL),
        ROW(weibull, 1e9, 0.05, NULL),    ROW(weibull, 1e15, 0.1, NULL),
        ROW(gamma, 1e12, 0.05, NULL),     ROW(gamma, 1e12, 0.1, NULL),
        ROW(weibull, 1e12, 1000.0, NULL),
    };

    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        const struct row *row = &extremes[i];
        struct sim_distribution *d = row->create(row);
        struct sim_stream stream = stream_of(9, i);
        int wrong = 0;

        for (int k = 0; k < 5000; k++) {
            uint64_t word = sim_stream_next(&stream);
            double x = (double)sim_distribution_sample(d, word), slack = 1.0 + 2e-7 * x;
            double p = ((double)word + 0.5) * 0x1p-64;

            if (x < (double)SIM_TIME_LIMIT)
                wrong += row->lower(row, x - slack) > p + 1e-12 ||
                         row->lower(row, x + slack) < p - 1e-12;
            else
                wrong += row->lower(row, x) > p + 1e-12;
        }
        ck_assert_msg(wrong == 0, "%s(%g, %g): %d", row->name, row->a, row->b, wrong);
        sim_distribution_destroy(d);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/distribution");
    TCase *fits = tcase_create("fits"), *others = tcase_create("others");
    SRunner *runner = srunner_create(suite);
    int failed;

    gsl_set_error_handler_off(); /* underflow in a tail is no failure */
    tcase_set_timeout(fits, 60);
    tcase_add_loop_test(fits, draws_fit, 0, ROWS_DRAWN);
    tcase_add_loop_test(fits, draws_have_the_quantiles, 0, ROWS);
    tcase_add_loop_test(fits, samples_are_the_quantiles_of_their_words, 0, ROWS);
    tcase_add_loop_test(fits, samples_rise_with_the_word, 0, ROWS);
    tcase_add_loop_test(fits, golden_draws, 0, ROWS);
    suite_add_tcase(suite, fits);
    tcase_set_timeout(others, 60);
    tcase_add_test(others, small_values_are_rounded_to_the_nearest);
    tcase_add_test(others, constants);
    tcase_add_test(others, uniform_takes_both_ends);
    tcase_add_test(others, extremes_stay_within_the_limit);
    tcase_add_test(others, extreme_shapes_are_exact);
    suite_add_tcase(suite, others);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
