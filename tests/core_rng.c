/* core_rng.c - sim/core/rng.h. */
#include "sim/core/rng.h"
#include "tests/lib/fit.h"

#include <check.h>
#include <stdlib.h>

enum { DRAWS = 1000000 };

/* xoroshiro128++ from the state 1, 2: the figures that the generator's own text and other
 * implementations give. */
START_TEST(stream_is_xoroshiro)
{
    static const uint64_t published[] = {
        UINT64_C(393217),
        UINT64_C(669327710093319),
        UINT64_C(1732421326133921491),
        UINT64_C(11394790081659126983),
        UINT64_C(9555452776773192676),
        UINT64_C(3586421180005889563),
        UINT64_C(1691397964866707553),
        UINT64_C(10735626796753111697),
        UINT64_C(15216282715349408991),
        UINT64_C(14247243556711267923),
    };
    struct sim_stream stream = { 1, 2 };

    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
        ck_assert_uint_eq(sim_stream_next(&stream), published[i]);
}
END_TEST

/* Written out bit by bit from the definition in the paper: no shift of the other one is reused. */
static uint64_t turned(uint64_t x, int places)
{
    uint64_t result = 0;

    for (int bit = 0; bit < 64; bit++)
        if (x >> bit & 1)
            result |= UINT64_C(1) << (bit + places) % 64;
    return result;
}

START_TEST(stream_agrees_with_its_definition)
{
    struct sim_stream stream;
    uint64_t s0, s1;
    int wrong = 0;

    sim_stream_seed(&stream, 7, 8, 9);
    s0 = stream.a;
    s1 = stream.b;
    for (int i = 0; i < 10000; i++) {
        uint64_t result = turned(s0 + s1, 17) + s0;

        s1 ^= s0;
        s0 = turned(s0, 49) ^ s1 ^ s1 << 21;
        s1 = turned(s1, 28);
        wrong += sim_stream_next(&stream) != result;
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Seeds, purposes and owners are small numbers more often than not, and the same ones. */
START_TEST(streams_differ_with_their_names)
{
    enum { SIDE = 60 };
    static uint64_t states[2][SIDE * SIDE * SIDE];
    size_t count = 0;

    for (uint64_t seed = 0; seed < SIDE; seed++)
        for (uint64_t purpose = 0; purpose < SIDE; purpose++)
            for (uint64_t owner = 0; owner < SIDE; owner++) {
                struct sim_stream stream;

                sim_stream_seed(&stream, seed, purpose, owner);
                states[0][count] = stream.a;
                states[1][count++] = stream.b;
            }
    for (int half = 0; half < 2; half++) {
        int same = 0;

        qsort(states[half], count, sizeof states[half][0], compare);
        for (size_t i = 1; i < count; i++)
            same += states[half][i] == states[half][i - 1];
        ck_assert_int_eq(same, 0);
    }
}
END_TEST

/* The first words of neighbouring owners' streams must look like words of one stream. */
START_TEST(neighbouring_streams_are_unrelated)
{
    struct fit first = fit_start(), difference = fit_start();
    uint64_t before = 0;

    for (uint64_t owner = 0; owner < DRAWS; owner++) {
        struct sim_stream stream;
        uint64_t word;

        sim_stream_seed(&stream, 1, 2, owner);
        word = sim_stream_next(&stream);
        fit_add(&first, (double)word * 0x1p-64);
        fit_add(&difference, (double)(word - before) * 0x1p-64);
        before = word;
    }
    ck_assert_double_gt(fit_finish(&first), FIT_LEAST);
    ck_assert_double_gt(fit_finish(&difference), FIT_LEAST);
}
END_TEST

START_TEST(seeding_is_a_function_of_the_names)
{
    struct sim_stream a = { 0, 0 }, b = { 5, 6 };

    ck_assert(!sim_stream_is_seeded(&a));
    sim_stream_seed(&a, 1, 2, 3);
    sim_stream_seed(&b, 1, 2, 3);
    ck_assert(sim_stream_is_seeded(&a));
    ck_assert_uint_eq(a.a, b.a);
    ck_assert_uint_eq(a.b, b.b);
    sim_stream_seed(&a, 0, 0, 0);
    ck_assert(sim_stream_is_seeded(&a));
    sim_stream_seed(&a, UINT64_MAX, UINT64_MAX, UINT64_MAX);
    ck_assert(sim_stream_is_seeded(&a));
}
END_TEST

START_TEST(words_are_uniform)
{
    struct fit high = fit_start(), low = fit_start();
    double counts[37] = { 0 }, expected[37];
    struct sim_stream stream;

    sim_stream_seed(&stream, 3, 0, 0);
    for (int i = 0; i < 37; i++)
        expected[i] = (double)DRAWS / 37.0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t word = sim_stream_next(&stream);

        fit_add(&high, (double)word * 0x1p-64);
        fit_add(&low, (double)(word << 32) * 0x1p-64);
        counts[sim_below(word, 37)]++;
    }
    ck_assert_double_gt(fit_finish(&high), FIT_LEAST);
    ck_assert_double_gt(fit_finish(&low), FIT_LEAST);
    ck_assert_double_gt(fit_counts(counts, expected, 37), FIT_LEAST);
}
END_TEST

START_TEST(below_stays_below)
{
    static const uint64_t limits[] = { 1, 2, 3, 1000, UINT64_C(1) << 63, UINT64_MAX };

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        ck_assert_uint_eq(sim_below(0, limits[i]), 0);
        ck_assert_uint_eq(sim_below(UINT64_MAX, limits[i]), limits[i] - 1);
    }
    ck_assert_uint_eq(sim_below(UINT64_C(1) << 63, 10), 5);
    ck_assert_uint_eq(sim_below((UINT64_C(1) << 63) - 1, 10), 4);
}
END_TEST

START_TEST(chance_at_its_ends)
{
    struct sim_stream stream;
    int hits = 0;

    ck_assert(!sim_chance(0, 0));
    ck_assert(!sim_chance(UINT64_MAX, 0));
    ck_assert(sim_chance(0, SIM_ALWAYS));
    ck_assert(sim_chance(UINT64_MAX, SIM_ALWAYS));
    ck_assert(sim_chance(0, 1));
    ck_assert(!sim_chance(1, 1));
    ck_assert(!sim_chance(UINT64_MAX, SIM_ALWAYS - 1));
    sim_stream_seed(&stream, 4, 0, 0);
    for (int i = 0; i < DRAWS; i++)
        hits += sim_chance(sim_stream_next(&stream), (sim_probability)(0.01 * 0x1p64));
    ck_assert_double_lt(fabs(hits - 0.01 * DRAWS), 4.0 * sqrt(DRAWS * 0.01 * 0.99));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/rng");
    TCase *tests = tcase_create("streams");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, stream_is_xoroshiro);
    tcase_add_test(tests, stream_agrees_with_its_definition);
    tcase_add_test(tests, streams_differ_with_their_names);
    tcase_add_test(tests, neighbouring_streams_are_unrelated);
    tcase_add_test(tests, seeding_is_a_function_of_the_names);
    tcase_add_test(tests, words_are_uniform);
    tcase_add_test(tests, below_stays_below);
    tcase_add_test(tests, chance_at_its_ends);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
