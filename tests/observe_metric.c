/* observe_metric.c - histograms against sorted arrays, and figures as text. */
#include "sim/core/digest.h"
#include "sim/core/rng.h"
#include "sim/observe/figure.h"
#include "sim/observe/metric.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 20000 };

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Values over many orders of magnitude: a random number of random bits. */
static void draw(int64_t *values, size_t count, uint64_t seed, unsigned bits)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, seed, 1, 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t word = sim_stream_next(&stream);

        values[i] = (int64_t)(word >> (64 - 1 - sim_below(sim_stream_next(&stream), bits)));
    }
}

/* The definition: the least value that at least P of the values do not pass. */
static int64_t quantile_of(const int64_t *sorted, size_t count, uint32_t millionths)
{
    for (size_t i = 0; i < count; i++) {
        if ((uint64_t)(i + 1) * 1000000 >= (uint64_t)count * millionths)
            return sorted[i];
    }
    return sorted[count - 1];
}

static void expect_close(int64_t estimate, int64_t exact)
{
    ck_assert_int_ge(estimate, exact);
    /* below 1 %: (estimate - exact) / exact < 1 / 127 */
    ck_assert_msg((double)(estimate - exact) <= (double)exact / 127, "%lld for %lld",
                  (long long)estimate, (long long)exact);
}

START_TEST(empty)
{
    struct sim_histogram histogram;

    sim_histogram_init(&histogram);
    ck_assert_int_eq(sim_histogram_quantile(&histogram, 500000), 0);
    ck_assert(sim_histogram_mean(&histogram) == 0);
    ck_assert_int_eq(histogram.most, 0);
    sim_histogram_finish(&histogram);
}
END_TEST

START_TEST(single_values_are_exact)
{
    for (int bits = 0; bits < 63; bits++) {
        for (int more = -1; more <= 1; more++) {
            int64_t value = ((int64_t)1 << bits) + more;
            struct sim_histogram histogram;

            sim_histogram_init(&histogram);
            sim_histogram_add(&histogram, value);
            ck_assert_int_eq(sim_histogram_quantile(&histogram, 0), value);
            ck_assert_int_eq(sim_histogram_quantile(&histogram, 1000000), value);
            ck_assert_int_eq(histogram.least, value);
            sim_histogram_finish(&histogram);
        }
    }
}
END_TEST

START_TEST(largest_value)
{
    struct sim_histogram histogram;

    sim_histogram_init(&histogram);
    for (int i = 0; i < 1000; i++)
        sim_histogram_add(&histogram, INT64_MAX);
    sim_histogram_add(&histogram, 0);
    ck_assert_int_eq(sim_histogram_quantile(&histogram, 500000), INT64_MAX);
    ck_assert_int_eq(sim_histogram_quantile(&histogram, 1), 0);
    ck_assert(sim_histogram_mean(&histogram) > 9.2e18);
    ck_assert(sim_histogram_mean(&histogram) < 9.23e18);
    sim_histogram_finish(&histogram);
}
END_TEST

/* Every bucket border: the value at one below, at and above each power of two and step. */
START_TEST(estimate_of_each_value)
{
    for (int bits = 1; bits < 62; bits++) {
        for (int step = 0; step < 128; step++) {
            int64_t value =
                ((int64_t)1 << bits) + (int64_t)(((sim_wide)(uint64_t)step << bits) >> 7);
            struct sim_histogram histogram;

            sim_histogram_init(&histogram);
            sim_histogram_add(&histogram, value);
            sim_histogram_add(&histogram, INT64_MAX);
            expect_close(sim_histogram_quantile(&histogram, 500000), value);
            sim_histogram_finish(&histogram);
        }
    }
}
END_TEST

static const uint32_t quantiles[] = { 0,      1,      10000,  250000, 500000,
                                      900000, 990000, 999000, 999999, 1000000 };

START_TEST(quantiles_against_sorted_array)
{
    static int64_t values[COUNT];
    static const size_t counts[] = { 1, 2, 3, 10, 100, 999, COUNT };

    for (size_t k = 0; k < sizeof(counts) / sizeof(*counts); k++) {
        struct sim_histogram histogram;
        double sum = 0;

        draw(values, counts[k], k + 1, 60);
        sim_histogram_init(&histogram);
        for (size_t i = 0; i < counts[k]; i++) {
            sim_histogram_add(&histogram, values[i]);
            sum += (double)values[i];
        }
        qsort(values, counts[k], sizeof(*values), compare);
        for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
            int64_t exact = quantile_of(values, counts[k], quantiles[i]);

            expect_close(sim_histogram_quantile(&histogram, quantiles[i]), exact);
            ck_assert_int_eq(values[sim_quantile_rank(counts[k], quantiles[i]) - 1], exact);
        }
        ck_assert_int_eq(histogram.least, values[0]);
        ck_assert_int_eq(histogram.most, values[counts[k] - 1]);
        ck_assert_uint_eq(histogram.count, counts[k]);
        ck_assert_double_le(sim_histogram_mean(&histogram), sum / (double)counts[k] * 1.000001);
        ck_assert_double_ge(sim_histogram_mean(&histogram), sum / (double)counts[k] * 0.999999);
        sim_histogram_finish(&histogram);
    }
}
END_TEST

START_TEST(merging_is_adding_all)
{
    static int64_t values[COUNT];
    struct sim_histogram all, parts[3];

    draw(values, COUNT, 99, 50);
    sim_histogram_init(&all);
    for (int i = 0; i < 3; i++)
        sim_histogram_init(&parts[i]);
    for (size_t i = 0; i < COUNT; i++) {
        sim_histogram_add(&all, values[i]);
        /* one of them with small values only, so that it has to grow when merged into */
        sim_histogram_add(&parts[values[i] < 1000 ? 0 : 1], values[i]);
    }
    sim_histogram_merge(&parts[2], &parts[0]);
    sim_histogram_merge(&parts[2], &parts[1]);
    sim_histogram_merge(&parts[0], &parts[1]);
    for (int which = 0; which <= 2; which += 2) {
        ck_assert_uint_eq(parts[which].count, all.count);
        ck_assert_uint_eq(parts[which].sum_low, all.sum_low);
        ck_assert_uint_eq(parts[which].sum_high, all.sum_high);
        ck_assert_int_eq(parts[which].least, all.least);
        ck_assert_int_eq(parts[which].most, all.most);
        for (uint32_t q = 0; q <= 1000000; q += 12345)
            ck_assert_int_eq(sim_histogram_quantile(&parts[which], q),
                             sim_histogram_quantile(&all, q));
    }
    for (int i = 0; i < 3; i++)
        sim_histogram_finish(&parts[i]);
    sim_histogram_finish(&all);
}
END_TEST

START_TEST(merging_nothing)
{
    struct sim_histogram a, b;

    sim_histogram_init(&a);
    sim_histogram_init(&b);
    sim_histogram_merge(&a, &b);
    ck_assert_uint_eq(a.count, 0);
    sim_histogram_add(&b, 5);
    sim_histogram_merge(&a, &b);
    ck_assert_int_eq(a.least, 5);
    sim_histogram_finish(&a);
    sim_histogram_finish(&b);
}
END_TEST

START_TEST(negative_value)
{
    struct sim_histogram histogram;

    sim_histogram_init(&histogram);
    sim_histogram_add(&histogram, -1);
}
END_TEST

/* -- figures as text --------------------------------------------------------------------------- */

START_TEST(counts)
{
    char text[SIM_FIGURE_TEXT];

    ck_assert_str_eq(sim_figure_count(text, 0), "0");
    ck_assert_str_eq(sim_figure_count(text, 999), "999");
    ck_assert_str_eq(sim_figure_count(text, 4010), "4 010");
    ck_assert_str_eq(sim_figure_count(text, UINT64_MAX), "18 446 744 073 709 551 615");
}
END_TEST

START_TEST(times)
{
    static const struct {
        sim_time t;
        const char *text;
    } rows[] = {
        { 0, "0ns" },
        { 1, "1ns" },
        { 999, "999ns" },
        { 1000, "1.00us" },
        { 1234, "1.23us" },
        { 1235, "1.24us" },
        { 9994, "9.99us" },
        { 9995, "10.0us" },
        { 12345, "12.3us" },
        { 99949, "99.9us" },
        { 99950, "100us" },
        { 999499, "999us" },
        { 999500, "1.00ms" },
        { 999999999, "1.00s" },
        { 12300000, "12.3ms" },
        { SIM_SECOND, "1.00s" },
        { 59999 * SIM_MILLISECOND, "60.0s" },
        { 123456 * SIM_MILLISECOND, "123s" },
        { 86400 * SIM_SECOND, "86 400s" },
        { SIM_TIME_NEVER - 1, "9 223 372 037s" },
        { -12345, "-12.3us" },
        { INT64_MIN, "-9 223 372 037s" },
        { SIM_TIME_NEVER, "never" },
    };
    char text[SIM_FIGURE_TEXT];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        ck_assert_str_eq(sim_figure_time(text, rows[i].t), rows[i].text);
}
END_TEST

START_TEST(times_beside_a_bound)
{
    char text[SIM_FIGURE_TEXT];

    ck_assert_str_eq(sim_figure_time_beside(text, 50 * SIM_MILLISECOND, 50 * SIM_MILLISECOND),
                     "50.0ms");
    ck_assert_str_eq(sim_figure_time_beside(text, 50010000, 50 * SIM_MILLISECOND), "50.01ms");
    ck_assert_str_eq(sim_figure_time_beside(text, 50050000, 50050000), "50.05ms"); /* not 50.1 */
    ck_assert_str_eq(sim_figure_time_beside(text, 49990000, 50 * SIM_MILLISECOND), "50.0ms");
    ck_assert_str_eq(sim_figure_time_beside(text, 999999, 999999), "999.999us");
    ck_assert_str_eq(sim_figure_time_beside(text, 0, 0), "0ns");
    ck_assert_str_eq(sim_figure_time_beside(text, 51234567, 50 * SIM_MILLISECOND), "51.2ms");
}
END_TEST

START_TEST(shares)
{
    static const struct {
        uint64_t part, whole;
        const char *text;
    } rows[] = {
        { 0, 10, "0 %" },
        { 10, 10, "100 %" },
        { 1, 2, "50.0 %" },
        { 3866, 4010, "96.4 %" },
        { 2, 3, "66.6 %" }, /* cut off */
        { 6999, 10000, "69.9 %" },
        { 995, 1000, "99.50 %" },
        { 99987, 100000, "99.987 %" },
        { 999999, 1000000, "99.99990 %" },
        { 999999999, 1000000000, "99.9999999 %" },
        { UINT64_MAX - 1, UINT64_MAX, "99.9999999 %" },
        { 1, 100, "1.00 %" },
        { 1, 1000, "0.100 %" },
        { 123, 1000000, "0.0123 %" },
        { 1, UINT64_MAX, "0.0000000 %" },
    };
    char text[SIM_FIGURE_TEXT];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        ck_assert_str_eq(sim_figure_share(text, rows[i].part, rows[i].whole), rows[i].text);
}
END_TEST

START_TEST(rates)
{
    char text[SIM_FIGURE_TEXT];

    ck_assert_str_eq(sim_figure_rate(text, 0, SIM_SECOND, false), "0/s");
    ck_assert_str_eq(sim_figure_rate(text, 481, 10 * SIM_SECOND, false), "48.1/s");
    ck_assert_str_eq(sim_figure_rate(text, 2, 3 * SIM_SECOND, false), "0.666/s");
    ck_assert_str_eq(sim_figure_rate(text, 2, 3 * SIM_SECOND, true), "0.667/s");
    ck_assert_str_eq(sim_figure_rate(text, 12045, 10 * SIM_SECOND, false), "1 204/s");
    ck_assert_str_eq(sim_figure_rate(text, 1, SIM_MILLISECOND, false), "1 000/s");
    ck_assert_str_eq(sim_figure_rate(text, 1, SIM_TIME_NEVER, false), "0.0000000/s");
}
END_TEST

START_TEST(bounds)
{
    char text[SIM_FIGURE_TEXT];

    ck_assert_str_eq(sim_figure_share_bound(text, 0.7), "70 %");
    ck_assert_str_eq(sim_figure_share_bound(text, 0.9995), "99.95 %");
    ck_assert_str_eq(sim_figure_share_bound(text, 0.999999), "99.9999 %");
    ck_assert_str_eq(sim_figure_share_bound(text, 0), "0 %");
    ck_assert_str_eq(sim_figure_share_bound(text, 1), "100 %");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 200, SIM_SECOND }), "200/s");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 1500, 60 * SIM_SECOND }),
                     "1 500/min");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 3, 3600 * SIM_SECOND }),
                     "3/h");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 1, 2 * SIM_SECOND }),
                     "1 per 2s");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 865, 10 * SIM_SECOND }),
                     "86.5/s");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 1, 1000 * SIM_SECOND }),
                     "0.001/s");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 120500, 100 * SIM_SECOND }),
                     "1 205/s");
    ck_assert_str_eq(sim_figure_rate_bound(text, &(struct sim_rate){ 5, 600 * SIM_SECOND }),
                     "0.5/min");
    ck_assert_str_eq(
        sim_figure_rate_bound(text, &(struct sim_rate){ INT64_MAX, 1000000000 * SIM_SECOND }),
        "9 223 372 036.854775807/s");
    ck_assert_int_eq(sim_figure_billionths(0.07), 70000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metric");
    TCase *histograms = tcase_create("histograms"), *figures = tcase_create("figures");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(histograms, empty);
    tcase_add_test(histograms, single_values_are_exact);
    tcase_add_test(histograms, largest_value);
    tcase_add_test(histograms, estimate_of_each_value);
    tcase_add_test(histograms, quantiles_against_sorted_array);
    tcase_add_test(histograms, merging_is_adding_all);
    tcase_add_test(histograms, merging_nothing);
    tcase_add_test_raise_signal(histograms, negative_value, SIGABRT);
    suite_add_tcase(suite, histograms);
    tcase_add_test(figures, counts);
    tcase_add_test(figures, times);
    tcase_add_test(figures, times_beside_a_bound);
    tcase_add_test(figures, shares);
    tcase_add_test(figures, rates);
    tcase_add_test(figures, bounds);
    suite_add_tcase(suite, figures);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
