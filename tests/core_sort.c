/* core_sort.c - sim/core/sort.h: sorted, stable, nothing lost, against counting by hand. */
#include "sim/core/sort.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3000 };

struct item {
    uint32_t key;
    uint32_t place; /* before sorting */
};

static int by_key(const void *left, const void *right)
{
    const struct item *a = left, *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

static int by_byte(const void *left, const void *right)
{
    return memcmp(left, right, 1);
}

/* A full-period generator is enough to shuffle keys. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void check_sorted(const struct item *items, size_t count)
{
    uint8_t seen[MOST] = { 0 };

    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_lt(items[i].place, count);
        ck_assert_uint_eq(seen[items[i].place]++, 0);
        if (i == 0)
            continue;
        ck_assert_uint_le(items[i - 1].key, items[i].key);
        if (items[i - 1].key == items[i].key)
            ck_assert_uint_lt(items[i - 1].place, items[i].place);
    }
}

START_TEST(sorts_and_keeps_the_order_of_equals)
{
    static const uint32_t ranges[] = { 1, 2, 5, 1000, 1u << 23 };
    struct item *items = malloc(MOST * sizeof(*items));
    uint32_t state = 7;

    ck_assert_ptr_nonnull(items);
    for (size_t r = 0; r < sizeof(ranges) / sizeof(*ranges); r++) {
        for (size_t count = 0; count <= MOST; count += count < 70 ? 1 : 977) {
            for (size_t i = 0; i < count; i++)
                items[i] = (struct item){ next(&state) % ranges[r], (uint32_t)i };
            sim_sort(items, count, sizeof(*items), by_key);
            check_sorted(items, count);
        }
    }
    free(items);
}
END_TEST

START_TEST(sorts_what_is_sorted_and_what_is_reversed)
{
    struct item items[100];

    for (uint32_t i = 0; i < 100; i++)
        items[i] = (struct item){ i, i };
    sim_sort(items, 100, sizeof(*items), by_key);
    check_sorted(items, 100);
    for (uint32_t i = 0; i < 100; i++)
        items[i] = (struct item){ 100 - i, i };
    sim_sort(items, 100, sizeof(*items), by_key);
    check_sorted(items, 100);
}
END_TEST

START_TEST(sorts_items_of_odd_size)
{
    char items[] = "c1.b1.a1.c2.a2.b2.a3.b3.c3.a4.";

    sim_sort(items, 10, 3, by_byte);
    ck_assert_str_eq(items, "a1.a2.a3.a4.b1.b2.b3.c1.c2.c3.");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/sort");
    TCase *cases = tcase_create("sort");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, sorts_and_keeps_the_order_of_equals);
    tcase_add_test(cases, sorts_what_is_sorted_and_what_is_reversed);
    tcase_add_test(cases, sorts_items_of_odd_size);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
