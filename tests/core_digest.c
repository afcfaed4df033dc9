/* core_digest.c - sim/core/digest.h: spread of every bit, order, independence of the machine. */
#include "sim/core/digest.h"
#include "sim/core/rng.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 5, ROUNDS = 4000 };

static struct sim_stream stream_of(uint64_t purpose)
{
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, purpose, 0);
    return stream;
}

/* How often each bit of the hash changed when one bit of the input did; all should in half of the
 * cases. */
struct spread {
    int changed[64];
    int count;
};

static void add_change(struct spread *spread, uint64_t difference)
{
    for (int bit = 0; bit < 64; bit++)
        spread->changed[bit] += (int)(difference >> bit & 1);
    spread->count++;
}

static double worst_bias(const struct spread *spread)
{
    double worst = 0.0;

    for (int bit = 0; bit < 64; bit++)
        worst = fmax(worst, fabs((double)spread->changed[bit] / spread->count - 0.5));
    return worst;
}

/* Words of the size that events have (times, small numbers, hashes), and each of their bits turned
 * over. */
START_TEST(every_bit_of_a_word_spreads)
{
    struct sim_stream stream = stream_of(1);

    for (int bit = 0; bit < WORDS * 64; bit++) {
        struct spread spread = { { 0 }, 0 };

        for (int i = 0; i < ROUNDS; i++) {
            int64_t words[WORDS];
            uint64_t before;

            for (int k = 0; k < WORDS; k++)
                words[k] = (int64_t)(sim_stream_next(&stream) >> (i + 13 * k) % 60);
            before = sim_hash_words(words, WORDS, 0);
            words[bit / 64] ^= (int64_t)(UINT64_C(1) << bit % 64);
            add_change(&spread, before ^ sim_hash_words(words, WORDS, 0));
        }
        ck_assert_msg(worst_bias(&spread) < 0.06, "bit %d: %g", bit, worst_bias(&spread));
    }
}
END_TEST

START_TEST(every_bit_of_the_start_spreads)
{
    struct sim_stream stream = stream_of(2);

    for (int bit = 0; bit < 64; bit++) {
        struct spread spread = { { 0 }, 0 };

        for (int i = 0; i < ROUNDS; i++) {
            int64_t word = (int64_t)(sim_stream_next(&stream) >> i % 60);
            uint64_t start = sim_stream_next(&stream) >> i % 59;

            add_change(&spread, sim_hash_words(&word, 1, start) ^
                                    sim_hash_words(&word, 1, start ^ UINT64_C(1) << bit));
        }
        ck_assert_msg(worst_bias(&spread) < 0.06, "bit %d: %g", bit, worst_bias(&spread));
    }
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static int duplicates(uint64_t *hashes, size_t count)
{
    int found = 0;

    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 1; i < count; i++)
        found += hashes[i] == hashes[i - 1];
    return found;
}

/* All small triples, which is what events are made of, and their permutations among them. */
START_TEST(small_words_do_not_collide)
{
    enum { SIDE = 100 };
    static uint64_t hashes[SIDE * SIDE * SIDE];
    size_t count = 0;

    for (int64_t a = 0; a < SIDE; a++)
        for (int64_t b = 0; b < SIDE; b++)
            for (int64_t c = -SIDE / 2; c < SIDE / 2; c++)
                hashes[count++] = sim_hash_words((int64_t[]){ a, b, c }, 3, 7);
    ck_assert_int_eq(duplicates(hashes, count), 0);
}
END_TEST

START_TEST(length_and_place_count)
{
    static const int64_t zeros[64] = { 0 };
    uint64_t hashes[64 + 1 + 64];
    int64_t one[64] = { 0 };
    size_t count = 0;

    for (size_t n = 0; n <= 64; n++)
        hashes[count++] = sim_hash_words(zeros, n, 0);
    for (size_t place = 0; place < 64; place++) {
        one[place] = 1;
        hashes[count++] = sim_hash_words(one, 64, 0);
        one[place] = 0;
    }
    ck_assert_int_eq(duplicates(hashes, count), 0);
    ck_assert_uint_eq(sim_hash_words(NULL, 0, 5), sim_hash_words(zeros, 0, 5));
}
END_TEST

START_TEST(texts_differ)
{
    enum { COUNT = 200000 };
    static uint64_t hashes[COUNT + 40];
    char text[64] = "";
    size_t count = 0;

    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "node-%d.latency", i);
        hashes[count++] = sim_hash_text(text);
    }
    for (int n = 0; n < 40; n++) { /* lengths around the eight bytes that are taken at a time */
        memset(text, 'a', (size_t)n);
        text[n] = '\0';
        hashes[count++] = sim_hash_text(text);
    }
    ck_assert_int_eq(duplicates(hashes, count), 0);
}
END_TEST

START_TEST(text_does_not_read_beyond_its_end)
{
    for (size_t length = 0; length < 20; length++) {
        char *exact = malloc(length + 1), roomy[64];

        memset(exact, 'x', length);
        exact[length] = '\0';
        memset(roomy, '?', sizeof roomy);
        memcpy(roomy, exact, length + 1);
        ck_assert_uint_eq(sim_hash_text(exact), sim_hash_text(roomy));
        free(exact);
    }
}
END_TEST

static void text_of(char *text, const uint64_t *hashes, size_t count)
{
    struct sim_digest digest = { 0, 0 };

    for (size_t i = 0; i < count; i++)
        sim_digest_fold(&digest, hashes[i]);
    sim_digest_text(text, &digest);
}

/* Two neighbours exchanged, at every place of a long run. */
START_TEST(fold_depends_on_the_order)
{
    enum { COUNT = 300 };
    struct sim_stream stream = stream_of(3);
    uint64_t hashes[COUNT];
    char before[SIM_DIGEST_TEXT], after[SIM_DIGEST_TEXT];

    for (int i = 0; i < COUNT; i++)
        hashes[i] = sim_stream_next(&stream);
    text_of(before, hashes, COUNT);
    for (int i = 1; i < COUNT; i++) {
        uint64_t kept = hashes[i];

        hashes[i] = hashes[i - 1];
        hashes[i - 1] = kept;
        text_of(after, hashes, COUNT);
        ck_assert_str_ne(before, after);
        hashes[i - 1] = hashes[i];
        hashes[i] = kept;
    }
    text_of(after, hashes, COUNT);
    ck_assert_str_eq(before, after);
}
END_TEST

/* Every bit of every fold reaches the halves of the digest, however early it was. */
START_TEST(fold_keeps_every_bit)
{
    enum { COUNT = 100 };
    struct sim_stream stream = stream_of(4);
    uint64_t hashes[COUNT], seen[COUNT * 64 + 1];
    char text[SIM_DIGEST_TEXT], half[17] = "";
    size_t count = 0;

    for (int i = 0; i < COUNT; i++)
        hashes[i] = sim_stream_next(&stream);
    for (int part = 0; part < 2; part++) {
        count = 0;
        for (int bit = 0; bit <= COUNT * 64; bit++) {
            if (bit < COUNT * 64)
                hashes[bit / 64] ^= UINT64_C(1) << bit % 64;
            text_of(text, hashes, COUNT);
            if (bit < COUNT * 64)
                hashes[bit / 64] ^= UINT64_C(1) << bit % 64;
            memcpy(half, text + 16 * part, 16);
            seen[count++] = strtoull(half, NULL, 16);
        }
        ck_assert_int_eq(duplicates(seen, count), 0);
    }
}
END_TEST

/* An event that hashes to 0 is an event all the same. */
START_TEST(fold_counts_zeros)
{
    static const uint64_t zeros[50] = { 0 };
    char before[SIM_DIGEST_TEXT] = "", after[SIM_DIGEST_TEXT];

    for (size_t n = 0; n <= 50; n++) {
        text_of(after, zeros, n);
        ck_assert_str_ne(before, after);
        memcpy(before, after, sizeof before);
    }
}
END_TEST

START_TEST(text_is_hexadecimal)
{
    struct sim_digest digest = { 0, 0 };
    char text[SIM_DIGEST_TEXT];

    ck_assert_ptr_eq(sim_digest_text(text, &digest), text);
    ck_assert_uint_eq(strlen(text), 32);
    ck_assert_uint_eq(strspn(text, "0123456789abcdef"), 32);
}
END_TEST

/* The hashes themselves: made by arithmetic on values, so the same on every machine. */
START_TEST(golden)
{
    static const int64_t words[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 1000000007 };
    struct sim_digest digest = { 0, 0 };
    char text[SIM_DIGEST_TEXT];

    ck_assert_uint_eq(sim_hash_text(""), UINT64_C(0xf46fab6565f4f627));
    ck_assert_uint_eq(sim_hash_text("network.latency"), UINT64_C(0x25fb5e8760f46e89));
    ck_assert_uint_eq(sim_hash_words(words, 6, 42), UINT64_C(0x1efb56c33fb4963));
    for (int64_t i = 0; i < 1000000; i++)
        sim_digest_fold(&digest, sim_hash_words((int64_t[]){ i, i * i, -i }, 3, (uint64_t)i % 7));
    ck_assert_str_eq(sim_digest_text(text, &digest), "6e167bf9d676faaf8dec240eb3b3d180");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/digest");
    TCase *hashes = tcase_create("hashes"), *digests = tcase_create("digests");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(hashes, 60);
    tcase_add_test(hashes, every_bit_of_a_word_spreads);
    tcase_add_test(hashes, every_bit_of_the_start_spreads);
    tcase_add_test(hashes, small_words_do_not_collide);
    tcase_add_test(hashes, length_and_place_count);
    tcase_add_test(hashes, texts_differ);
    tcase_add_test(hashes, text_does_not_read_beyond_its_end);
    suite_add_tcase(suite, hashes);
    tcase_set_timeout(digests, 60);
    tcase_add_test(digests, fold_depends_on_the_order);
    tcase_add_test(digests, fold_keeps_every_bit);
    tcase_add_test(digests, fold_counts_zeros);
    tcase_add_test(digests, text_is_hexadecimal);
    tcase_add_test(digests, golden);
    suite_add_tcase(suite, digests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
