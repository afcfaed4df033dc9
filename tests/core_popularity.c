/* core_popularity.c - the popularities of sim/core/distribution.h against exact probabilities. */
#include "sim/core/digest.h"
#include "sim/core/distribution.h"
#include "sim/core/rng.h"
#include "tests/lib/fit.h"

#include <check.h>
#include <signal.h>

enum { DRAWS = 1000000 };

struct row {
    double exponent;
    uint64_t count;
    const char *golden;
};

static const struct row rows[] = {
    { 0.01, 10, "572743c8c02c74a097cc8bad20dcbb9a" },
    { 0.5, 1000, "18368053c0d50cd357c6381829101fdf" },
    { 0.8, 1000000, "9b746773c54465e62ac7423392f70164" },
    { 0.99, 100000, "b1ed7f718fa7af1aad651c98f20ac184" },
    { 0.9995, 1000, "8b3bfe55b04b177c23f4ad357debd40f" },
    { 1.0, 1, "6857db11b904f21282ab9c4548c6524e" },
    { 1.0, 2, "995185ca1fa71cb178854f64a6394909" },
    { 1.0, 100000, "f6542cc9aa3353a7b243d34dd61e1ae2" },
    { 1.0005, 100000, "3cd96dd4d92c4ba63c5ebfc5536b6f33" },
    { 1.002, 5000, "788ee49e8b7d0a4b3565d9d3ab880ca5" },
    { 1.5, 1000000, "e6d4bcb863e34f5acdbb56971cdb39ef" },
    { 2.0, 50, "f3a22c182cfd9ed53d199379760db486" },
    { 3.7, 100000, "4e415949e48bbd5913bd8493f93079ef" },
    { 10.0, 20, "c39f4cf92dabd1992f75c3676a7fc919" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct sim_popularity *create(const struct row *row)
{
    struct sim_popularity *popularity = sim_popularity_zipf(row->exponent);

    sim_popularity_resize(popularity, row->count);
    return popularity;
}

static struct sim_stream stream_of(uint64_t purpose, uint64_t owner)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, purpose, owner);
    return stream;
}

/* Every rank has a class of its own as long as it is drawn often enough. */
START_TEST(zipf_has_the_exact_probabilities)
{
    const struct row *row = &rows[_i];
    struct sim_popularity *zipf = create(row);
    struct sim_stream stream = stream_of(1, (uint64_t)_i);
    double *counts = calloc(row->count, sizeof *counts),
           *expected = calloc(row->count, sizeof *expected);
    double total = 0.0, p;

    for (uint64_t k = row->count; k-- > 0;) /* the small ones first */
        total += expected[k] = pow((double)k + 1.0, -row->exponent);
    for (uint64_t k = 0; k < row->count; k++)
        expected[k] *= DRAWS / total;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t k = sim_popularity_sample(zipf, sim_stream_next(&stream));

        if (k >= row->count)
            ck_abort_msg("%llu is no rank", (unsigned long long)k);
        counts[k]++;
    }
    p = fit_counts(counts, expected, row->count);
    ck_assert_msg(p > FIT_LEAST, "zipf(%g) of %llu: p = %g", row->exponent,
                  (unsigned long long)row->count, p);
    free(counts);
    free(expected);
    sim_popularity_destroy(zipf);
}
END_TEST

START_TEST(golden_ranks)
{
    const struct row *row = &rows[_i];
    struct sim_popularity *zipf = create(row);
    struct sim_stream stream = stream_of(2, (uint64_t)_i);
    struct sim_digest digest = { 0, 0 };
    char text[SIM_DIGEST_TEXT];

    for (int i = 0; i < DRAWS; i++)
        sim_digest_fold(&digest, sim_popularity_sample(zipf, sim_stream_next(&stream)));
    ck_assert_str_eq(sim_digest_text(text, &digest), row->golden);
    sim_popularity_destroy(zipf);
}
END_TEST

/* A rank is a function of the word alone, and a popular one for a small word. */
START_TEST(rank_is_a_function_of_the_word)
{
    struct sim_popularity *a = create(&rows[3]), *b = create(&rows[3]);
    struct sim_stream stream = stream_of(3, 0);

    for (int i = 0; i < 1000; i++) {
        uint64_t word = sim_stream_next(&stream);

        ck_assert_uint_eq(sim_popularity_sample(a, word), sim_popularity_sample(b, word));
    }
    ck_assert_uint_eq(sim_popularity_sample(a, 0), 0);
    ck_assert_uint_eq(sim_popularity_sample(a, UINT64_MAX), rows[3].count - 1);
    sim_popularity_destroy(a);
    sim_popularity_destroy(b);
}
END_TEST

START_TEST(any_count_and_exponent)
{
    static const double exponents[] = { 1e-300,        1e-9,          0.5, 1.0 - 0x1p-10, 1.0,
                                        1.0 + 0x1p-53, 1.0 + 0x1p-10, 3.0, 10.0 };
    static const uint64_t counts[] = { 1,         2, 3, 1000, UINT64_C(1) << 40, UINT64_C(1) << 63,
                                       UINT64_MAX };
    struct sim_stream stream = stream_of(4, 0);

    for (size_t i = 0; i < sizeof exponents / sizeof exponents[0]; i++) {
        struct sim_popularity *zipf = sim_popularity_zipf(exponents[i]);

        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            int outside = 0;

            sim_popularity_resize(zipf, counts[k]);
            for (int n = 0; n < 3000; n++) {
                uint64_t word = sim_stream_next(&stream) >> n % 64;

                outside += sim_popularity_sample(zipf, word) >= counts[k];
                outside += sim_popularity_sample(zipf, ~word) >= counts[k];
            }
            ck_assert_int_eq(outside, 0);
        }
        sim_popularity_destroy(zipf);
    }
}
END_TEST

/* Among 2^40 keys a chi-square sees little of the far ranks: their octaves must have their weights,
 * 1/k integrated. */
START_TEST(far_ranks_of_a_large_count)
{
    enum { OCTAVES = 40 };
    struct sim_popularity *zipf = sim_popularity_zipf(1.0);
    struct sim_stream stream = stream_of(5, 0);
    double counts[OCTAVES] = { 0 }, expected[OCTAVES], total = 0.0;

    sim_popularity_resize(zipf, (UINT64_C(1) << OCTAVES) - 1);
    for (int i = 0; i < OCTAVES; i++) { /* ranks 2^i to 2^(i+1) - 1 */
        expected[i] = log(2.0);
        if (i < 20)
            expected[i] = 0.0;
        for (uint64_t k = UINT64_C(1) << i; i < 20 && k < UINT64_C(2) << i; k++)
            expected[i] += 1.0 / (double)k;
        total += expected[i];
    }
    for (int i = 0; i < DRAWS; i++)
        counts[63 - __builtin_clzll(sim_popularity_sample(zipf, sim_stream_next(&stream)) + 1)]++;
    for (int i = 0; i < OCTAVES; i++)
        expected[i] *= DRAWS / total;
    ck_assert_double_gt(fit_counts(counts, expected, OCTAVES), FIT_LEAST);
    sim_popularity_destroy(zipf);
}
END_TEST

START_TEST(uniform_ranks)
{
    enum { COUNT = 100 };
    struct sim_popularity *uniform = sim_popularity_uniform();
    struct sim_stream stream = stream_of(6, 0);
    double counts[COUNT] = { 0 }, expected[COUNT];

    sim_popularity_resize(uniform, COUNT);
    for (int i = 0; i < COUNT; i++)
        expected[i] = (double)DRAWS / COUNT;
    for (int i = 0; i < DRAWS; i++)
        counts[sim_popularity_sample(uniform, sim_stream_next(&stream))]++;
    ck_assert_double_gt(fit_counts(counts, expected, COUNT), FIT_LEAST);
    ck_assert_uint_eq(sim_popularity_sample(uniform, UINT64_MAX), COUNT - 1);
    sim_popularity_resize(uniform, 1);
    ck_assert_uint_eq(sim_popularity_sample(uniform, UINT64_MAX), 0);
    sim_popularity_destroy(uniform);
    sim_popularity_destroy(NULL);
}
END_TEST

/* 20 of 100 things get 80 % of the draws: 4 % each, the others 0.25 %. */
START_TEST(hotspot_ranks)
{
    enum { COUNT = 100 };
    struct sim_popularity *hotspot = sim_popularity_hotspot(0.2, 0.8);
    struct sim_stream stream = stream_of(7, 7);
    double counts[COUNT] = { 0 }, expected[COUNT];

    sim_popularity_resize(hotspot, COUNT);
    for (int i = 0; i < COUNT; i++)
        expected[i] = DRAWS * (i < 20 ? 0.04 : 0.0025);
    for (int i = 0; i < DRAWS; i++)
        counts[sim_popularity_sample(hotspot, sim_stream_next(&stream))]++;
    ck_assert_double_gt(fit_counts(counts, expected, COUNT), FIT_LEAST);
    ck_assert(!sim_popularity_is_latest(hotspot));
    sim_popularity_resize(hotspot, 2); /* one is hot, at least */
    ck_assert_uint_eq(sim_popularity_sample(hotspot, 0), 0);
    ck_assert_uint_eq(sim_popularity_sample(hotspot, UINT64_MAX), 1);
    sim_popularity_destroy(hotspot);
    hotspot = sim_popularity_hotspot(1.0, 0.5); /* all are, and nothing else */
    sim_popularity_resize(hotspot, 3);
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_lt(sim_popularity_sample(hotspot, sim_stream_next(&stream)), 3);
    sim_popularity_destroy(hotspot);
}
END_TEST

START_TEST(latest_is_zipf_from_the_newest)
{
    struct sim_popularity *zipf = sim_popularity_zipf(0.99), *latest = sim_popularity_latest(0.99);
    struct sim_stream stream = stream_of(8, 8);

    sim_popularity_resize(zipf, 1000);
    sim_popularity_resize(latest, 1000);
    ck_assert(sim_popularity_is_latest(latest));
    ck_assert(!sim_popularity_is_latest(zipf));
    for (int i = 0; i < 1000; i++) {
        uint64_t word = sim_stream_next(&stream);

        ck_assert_uint_eq(sim_popularity_sample(zipf, word), sim_popularity_sample(latest, word));
    }
    sim_popularity_destroy(zipf);
    sim_popularity_destroy(latest);
}
END_TEST

START_TEST(exponent_zero)
{
    sim_popularity_zipf(0.0);
}
END_TEST

START_TEST(exponent_too_large)
{
    sim_popularity_zipf(10.5);
}
END_TEST

START_TEST(count_zero)
{
    sim_popularity_resize(sim_popularity_zipf(1.0), 0);
}
END_TEST

START_TEST(sample_before_resize)
{
    sim_popularity_sample(sim_popularity_uniform(), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/popularity");
    TCase *ranks = tcase_create("ranks"), *errors = tcase_create("errors");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(ranks, 60);
    tcase_add_loop_test(ranks, zipf_has_the_exact_probabilities, 0, ROWS);
    tcase_add_loop_test(ranks, golden_ranks, 0, ROWS);
    tcase_add_test(ranks, rank_is_a_function_of_the_word);
    tcase_add_test(ranks, any_count_and_exponent);
    tcase_add_test(ranks, far_ranks_of_a_large_count);
    tcase_add_test(ranks, uniform_ranks);
    tcase_add_test(ranks, hotspot_ranks);
    tcase_add_test(ranks, latest_is_zipf_from_the_newest);
    suite_add_tcase(suite, ranks);
    tcase_add_test_raise_signal(errors, exponent_zero, SIGABRT);
    tcase_add_test_raise_signal(errors, exponent_too_large, SIGABRT);
    tcase_add_test_raise_signal(errors, count_zero, SIGABRT);
    tcase_add_test_raise_signal(errors, sample_before_resize, SIGABRT);
    suite_add_tcase(suite, errors);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
