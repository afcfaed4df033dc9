/* observe_history.c - what goes in comes out in order, lists share memory, limits leave nothing
 * wrong, and the JSON Lines are byte for byte what they should be. */
#define _POSIX_C_SOURCE 200809L
#include "sim/observe/history.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct sim_operation read_1 = { .kind = SIM_READ, .key = 1 };
static const struct sim_operation write_1 = { .kind = SIM_WRITE, .key = 1, .argument = 7 };

START_TEST(nothing)
{
    struct sim_history *history = sim_history_create(0);

    ck_assert_uint_eq(sim_history_count(history), 0);
    ck_assert_uint_eq(sim_history_since(history, 0), 0);
    ck_assert(!sim_history_is_full(history));
    sim_history_destroy(history);
    sim_history_destroy(NULL);
}
END_TEST

START_TEST(one_operation)
{
    struct sim_history *history = sim_history_create(0);
    const struct sim_history_entry *entry;

    sim_history_invoke(history, 10, 3, 4, 1, &write_1);
    entry = sim_history_entry(history, 0);
    ck_assert_int_eq(entry->status, SIM_UNKNOWN);
    ck_assert_int_eq(entry->completed, SIM_TIME_NEVER);
    sim_history_complete(history, 25, 1, SIM_OK, 7, NULL, 0);
    ck_assert_int_eq(entry->invoked, 10);
    ck_assert_int_eq(entry->completed, 25);
    ck_assert_uint_eq(entry->invoked_at, 0);
    ck_assert_uint_eq(entry->completed_at, 1);
    ck_assert_uint_eq(entry->node, 3);
    ck_assert_uint_eq(entry->process, 4);
    ck_assert_int_eq(entry->status, SIM_OK);
    ck_assert_int_eq(entry->value, 7);
    ck_assert_uint_eq(entry->list, 0);
    ck_assert_int_eq(entry->operation.argument, 7);
    sim_history_destroy(history);
}
END_TEST

/* Many operations, several open at a time: places count through all events, entries never move. */
START_TEST(many_operations)
{
    enum { COUNT = 3000, LAG = 7 };
    struct sim_history *history = sim_history_create(0);
    const struct sim_history_entry *first = NULL;

    for (uint64_t i = 0; i < COUNT + LAG; i++) {
        if (i < COUNT) {
            struct sim_operation operation = { .kind = SIM_ADD, .key = (int64_t)i };

            sim_history_invoke(history, (sim_time)(10 * i), 0, 0, i + 1, &operation);
            if (i == 0)
                first = sim_history_entry(history, 0);
        }
        if (i >= LAG)
            sim_history_complete(history, (sim_time)(10 * i + 5), i - LAG + 1, SIM_OK, 0, NULL, 0);
    }
    ck_assert_uint_eq(sim_history_count(history), COUNT);
    ck_assert_ptr_eq(sim_history_entry(history, 0), first);
    for (uint64_t i = 0; i < COUNT; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, (size_t)i);
        uint64_t before = i <= LAG ? 0 : i - LAG;                     /* completions before it */
        uint64_t invoked = i + LAG + 1 < COUNT ? i + LAG + 1 : COUNT; /* before it completes */

        ck_assert_int_eq(entry->operation.key, (int64_t)i);
        ck_assert_uint_eq(entry->invoked_at, i + before);
        ck_assert_uint_eq(entry->completed_at, invoked + i);
        ck_assert_int_eq(entry->completed - entry->invoked, 10 * LAG + 5);
    }
    sim_history_destroy(history);
}
END_TEST

START_TEST(since_finds_the_first)
{
    static const sim_time times[] = { 5, 5, 8, 8, 8, 20 };
    struct sim_history *history = sim_history_create(0);

    for (uint64_t i = 0; i < 6; i++)
        sim_history_invoke(history, times[i], 0, 0, i + 1, &read_1);
    for (sim_time t = 0; t < 25; t++) {
        size_t expected = 0;

        while (expected < 6 && times[expected] < t)
            expected++;
        ck_assert_uint_eq(sim_history_since(history, t), expected);
    }
    sim_history_destroy(history);
}
END_TEST

/* Effects that wait for a disk come late and out of turn, or never. */
START_TEST(ids_out_of_turn)
{
    struct sim_history *history = sim_history_create(0);

    sim_history_invoke(history, 1, 0, 0, 5, &read_1);
    sim_history_invoke(history, 2, 1, 0, 2, &write_1);
    sim_history_complete(history, 3, 2, SIM_FAIL, 0, NULL, 0);
    sim_history_complete(history, 4, 5, SIM_OK, 9, NULL, 0);
    ck_assert_int_eq(sim_history_entry(history, 0)->value, 9);
    ck_assert_int_eq(sim_history_entry(history, 0)->status, SIM_OK);
    ck_assert_int_eq(sim_history_entry(history, 1)->status, SIM_FAIL);
    sim_history_destroy(history);
}
END_TEST

START_TEST(limit_leaves_out_the_last)
{
    struct sim_history *history = sim_history_create(3);

    for (uint64_t i = 1; i <= 5; i++)
        sim_history_invoke(history, (sim_time)i, 0, 0, i, &read_1);
    ck_assert_uint_eq(sim_history_count(history), 3);
    ck_assert(sim_history_is_full(history));
    sim_history_complete(history, 9, 5, SIM_OK, 0, NULL, 0); /* was left out */
    sim_history_complete(history, 9, 3, SIM_OK, 1, NULL, 0);
    ck_assert_int_eq(sim_history_entry(history, 2)->status, SIM_OK);
    ck_assert_uint_eq(sim_history_entry(history, 2)->completed_at, 3);
    sim_history_destroy(history);
}
END_TEST

START_TEST(limit_that_is_just_enough)
{
    struct sim_history *history = sim_history_create(2);

    sim_history_invoke(history, 1, 0, 0, 1, &read_1);
    sim_history_invoke(history, 1, 0, 0, 2, &read_1);
    ck_assert(!sim_history_is_full(history));
    sim_history_destroy(history);
}
END_TEST

START_TEST(completing_twice)
{
    struct sim_history *history = sim_history_create(0);

    sim_history_invoke(history, 1, 0, 0, 1, &read_1);
    sim_history_complete(history, 2, 1, SIM_OK, 0, NULL, 0);
    sim_history_complete(history, 3, 1, SIM_OK, 0, NULL, 0);
}
END_TEST

START_TEST(completing_what_never_began)
{
    struct sim_history *history = sim_history_create(0);

    sim_history_complete(history, 2, 1, SIM_OK, 0, NULL, 0);
}
END_TEST

/* -- lists ------------------------------------------------------------------------------------- */

static void read_list(struct sim_history *history, uint64_t id, int64_t key, const int64_t *words,
                      size_t count)
{
    struct sim_operation operation = { .kind = SIM_READ, .key = key };

    sim_history_invoke(history, (sim_time)id, 0, 0, id, &operation);
    sim_history_complete(history, (sim_time)id, id, SIM_OK, SIM_NIL, words, count);
}

static void expect_list(const struct sim_history *history, size_t index, const int64_t *words,
                        size_t count)
{
    size_t length;
    const struct sim_history_entry *entry = sim_history_entry(history, index);
    const int64_t *list;

    ck_assert_uint_ne(entry->list, 0);
    list = sim_history_list(history, entry->list, &length);
    ck_assert_uint_eq(length, count);
    ck_assert(count == 0 || memcmp(list, words, count * sizeof(*words)) == 0);
}

START_TEST(lists_that_grow_shrink_and_fork)
{
    static const int64_t a[] = { 1, 2, 3, 4 }, b[] = { 1, 2, 9 }, none[1];
    struct sim_history *history = sim_history_create(0);
    size_t n;

    read_list(history, 1, 1, a, 2);
    read_list(history, 2, 1, a, 4);
    read_list(history, 3, 1, a, 3);
    read_list(history, 4, 1, b, 3); /* not a beginning of the longest: a block of its own */
    read_list(history, 5, 1, none, 0);
    read_list(history, 6, 2, b, 1); /* another key */
    expect_list(history, 0, a, 2);
    expect_list(history, 1, a, 4);
    expect_list(history, 2, a, 3);
    expect_list(history, 3, b, 3);
    expect_list(history, 4, none, 0);
    expect_list(history, 5, b, 1);
    ck_assert_ptr_eq(sim_history_list(history, sim_history_entry(history, 0)->list, &n),
                     sim_history_list(history, sim_history_entry(history, 2)->list, &n));
    sim_history_destroy(history);
}
END_TEST

/* Reads of growing lists of many keys against a plain copy of each; the limit of words would stop
 * this if lists did not share memory (half a million words, 80 000 allowed). */
START_TEST(lists_share_memory)
{
    enum { KEYS = 100, LENGTH = 100, COUNT = KEYS * LENGTH };
    struct sim_history *history = sim_history_create(COUNT);
    int64_t words[LENGTH];

    for (size_t i = 0; i < COUNT; i++) {
        int64_t key = (int64_t)(i % KEYS) - 50;
        size_t length = i / KEYS + 1;

        for (size_t k = 0; k < length; k++)
            words[k] = key * 1000 + (int64_t)k;
        read_list(history, i + 1, key, words, length);
    }
    ck_assert(!sim_history_is_full(history));
    for (size_t i = 0; i < COUNT; i++) {
        int64_t key = (int64_t)(i % KEYS) - 50;

        for (size_t k = 0; k <= i / KEYS; k++)
            words[k] = key * 1000 + (int64_t)k;
        expect_list(history, i, words, i / KEYS + 1);
    }
    sim_history_destroy(history);
}
END_TEST

/* A list that finds no room leaves its read open: unknown, not wrong. */
START_TEST(limit_of_lists)
{
    int64_t words[100];
    struct sim_history *history = sim_history_create(20); /* 160 words */

    memset(words, 0, sizeof(words));
    read_list(history, 1, 1, words, 70);
    read_list(history, 2, 1, words, 100);
    ck_assert_int_eq(sim_history_entry(history, 0)->status, SIM_OK);
    ck_assert_int_eq(sim_history_entry(history, 1)->status, SIM_OK);
    ck_assert(!sim_history_is_full(history));
    read_list(history, 3, 2, words, 100);
    ck_assert(sim_history_is_full(history));
    ck_assert_int_eq(sim_history_entry(history, 2)->status, SIM_UNKNOWN);
    ck_assert_int_eq(sim_history_entry(history, 2)->completed, SIM_TIME_NEVER);
    expect_list(history, 0, words, 70);
    sim_history_destroy(history);
}
END_TEST

/* -- JSON Lines -------------------------------------------------------------------------------- */

static const struct sim_group_plan groups[] = { { .name = "store", .count = 5 },
                                                { .name = "app", .count = 4 } };
static const struct sim_plan plan = { .groups = groups, .group_count = 2 };

static void expect_written(const struct sim_history *history, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    ck_assert_ptr_null(sim_history_write(history, &plan, file));
    fclose(file);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(written_empty)
{
    struct sim_history *history = sim_history_create(0);

    expect_written(history, "");
    sim_history_destroy(history);
}
END_TEST

START_TEST(written)
{
    static const struct sim_operation operations[] = {
        { SIM_WRITE, 5, 7, 0 }, { SIM_READ, 5, 0, 0 },   { SIM_CAS, -3, 1, 2 },
        { SIM_ADD, 4, 10, 0 },  { SIM_APPEND, 6, 3, 0 }, { SIM_DELETE, 5, 0, 0 },
        { SIM_READ, 6, 0, 0 },  { SIM_READ, 9, 0, 0 },
    };
    static const int64_t list[] = { 3, -4 };
    struct sim_history *history = sim_history_create(0);

    for (uint64_t i = 0; i < 8; i++)
        sim_history_invoke(history, 1000, i == 0 ? 8 : 5, (uint32_t)i, i + 1, &operations[i]);
    sim_history_complete(history, 2000, 2, SIM_OK, 7, NULL, 0);
    sim_history_complete(history, 2001, 3, SIM_FAIL, 0, NULL, 0);
    sim_history_complete(history, 2002, 4, SIM_OK, 13, NULL, 0);
    sim_history_complete(history, 2003, 5, SIM_UNKNOWN, 0, NULL, 0);
    sim_history_complete(history, 2004, 6, SIM_OK, 0, NULL, 0);
    sim_history_complete(history, 2005, 7, SIM_OK, SIM_NIL, list, 2);
    sim_history_complete(history, 2006, 8, SIM_OK, SIM_NIL, NULL, 0);
#define LINE(index, t, node, lane, rest)                                                           \
    "{\"index\":" #index ",\"t\":" #t ",\"process\":\"" node "/" #lane "\",\"node\":\"" node       \
    "\"," rest "}\n"
#define EVENT(type, op, key, value)                                                                \
    "\"type\":\"" type "\",\"op\":\"" op "\",\"key\":" #key ",\"value\":" value
    expect_written(
        history,
        LINE(0, 1000, "app-3", 0, EVENT("invoke", "write", 5, "7"))
            LINE(1, 1000, "app-0", 1, EVENT("invoke", "read", 5, "null"))
                LINE(2, 1000, "app-0", 2, EVENT("invoke", "cas", -3, "[1,2]"))
                    LINE(3, 1000, "app-0", 3, EVENT("invoke", "add", 4, "10"))
                        LINE(4, 1000, "app-0", 4, EVENT("invoke", "append", 6, "3"))
                            LINE(5, 1000, "app-0", 5, EVENT("invoke", "delete", 5, "null"))
                                LINE(6, 1000, "app-0", 6, EVENT("invoke", "read", 6, "null"))
                                    LINE(7, 1000, "app-0", 7, EVENT("invoke", "read", 9, "null"))
                                        LINE(8, 2000, "app-0", 1, EVENT("ok", "read", 5, "7")) LINE(
                                            9, 2001, "app-0", 2, EVENT("fail", "cas", -3, "[1,2]"))
                                            LINE(10, 2002, "app-0", 3,
                                                 EVENT("ok", "add", 4, "10,\"result\":13"))
                                                LINE(11, 2003, "app-0", 4,
                                                     EVENT("unknown", "append", 6, "3"))
                                                    LINE(12, 2004, "app-0", 5,
                                                         EVENT("ok", "delete", 5, "null"))
                                                        LINE(13, 2005, "app-0", 6,
                                                             EVENT("ok", "read", 6, "[3,-4]"))
                                                            LINE(14, 2006, "app-0", 7,
                                                                 EVENT("ok", "read", 9, "null")));
    sim_history_destroy(history);
}
END_TEST

/* Nothing has no number: a swap from nothing is told as a read of nothing is. */
START_TEST(swaps_from_nothing)
{
    static const struct sim_operation swap = { SIM_CAS, 5, SIM_NIL, 0 };
    struct sim_history *history = sim_history_create(0);

    sim_history_invoke(history, 1000, 5, 1, 1, &swap);
    sim_history_complete(history, 2000, 1, SIM_OK, 0, NULL, 0);
    expect_written(history, LINE(0, 1000, "app-0", 1, EVENT("invoke", "cas", 5, "[null,0]"))
                                LINE(1, 2000, "app-0", 1, EVENT("ok", "cas", 5, "[null,0]")));
    sim_history_destroy(history);
}
END_TEST

START_TEST(full_disk_is_reported)
{
    struct sim_history *history = sim_history_create(0);
    FILE *file = fopen("/dev/full", "w");

    if (file != NULL) {
        sim_history_invoke(history, 1, 0, 0, 1, &write_1);
        ck_assert_str_eq(sim_history_write(history, &plan, file), "No space left on device");
        fclose(file);
    }
    sim_history_destroy(history);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *order = tcase_create("order"), *lists = tcase_create("lists");
    TCase *lines = tcase_create("lines"), *misuse = tcase_create("misuse");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(order, nothing);
    tcase_add_test(order, one_operation);
    tcase_add_test(order, many_operations);
    tcase_add_test(order, since_finds_the_first);
    tcase_add_test(order, ids_out_of_turn);
    tcase_add_test(order, limit_leaves_out_the_last);
    tcase_add_test(order, limit_that_is_just_enough);
    suite_add_tcase(suite, order);
    tcase_add_test(lists, lists_that_grow_shrink_and_fork);
    tcase_add_test(lists, lists_share_memory);
    tcase_add_test(lists, limit_of_lists);
    suite_add_tcase(suite, lists);
    tcase_add_test(lines, written_empty);
    tcase_add_test(lines, written);
    tcase_add_test(lines, swaps_from_nothing);
    tcase_add_test(lines, full_disk_is_reported);
    suite_add_tcase(suite, lines);
    tcase_add_test_raise_signal(misuse, completing_twice, SIGABRT);
    tcase_add_test_raise_signal(misuse, completing_what_never_began, SIGABRT);
    suite_add_tcase(suite, misuse);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
