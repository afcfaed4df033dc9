/* world_sieve.c - the sieve of pairs of nodes: it lets nothing through that was added, and most
 * else. */
#include "sim/world/sieve.h"
#include "sim/world/world.h"

#include <check.h>
#include <stdlib.h>

enum { PAIRS = 10000, NODES = 1000, OTHERS = 100000 };

static void fill(struct sieve *sieve, uint32_t first)
{
    for (uint32_t i = 0; i < PAIRS; i++)
        sieve_add(sieve, first + i * 7 % NODES, i / 10 == 0 ? SIM_NO_GROUP : i % NODES);
}

START_TEST(what_was_added_is_never_let_through)
{
    struct sieve sieve;

    sieve_init(&sieve);
    fill(&sieve, 0);
    for (uint32_t i = 0; i < PAIRS; i++)
        ck_assert(sieve_has(&sieve, i * 7 % NODES, i / 10 == 0 ? SIM_NO_GROUP : i % NODES));
    sieve_finish(&sieve);
}
END_TEST

/* With k = 3 bits of one word and 4 to 8 pairs in a word it is 1 to 5 in a hundred; pairs added
 * again take no room. */
START_TEST(most_else_is_let_through)
{
    struct sieve sieve;
    uint32_t held = 0;

    sieve_init(&sieve);
    for (int again = 0; again < 3; again++)
        for (uint32_t i = 0; i < PAIRS; i++)
            sieve_add(&sieve, i % NODES, i / NODES);
    ck_assert_uint_eq(sieve.count, PAIRS);
    ck_assert_uint_eq(sieve.room, 16384);
    for (uint32_t i = 0; i < OTHERS; i++)
        held += sieve_has(&sieve, i % NODES, 10 + i / NODES);
    ck_assert_uint_lt(held, OTHERS / 40);
    ck_assert_uint_gt(held, 0);
    sieve_finish(&sieve);
}
END_TEST

START_TEST(what_is_cleared_is_let_through_again)
{
    struct sieve sieve;

    sieve_init(&sieve);
    ck_assert(!sieve_has(&sieve, 0, 0));
    sieve_add(&sieve, 0, 0);
    ck_assert(sieve_has(&sieve, 0, 0));
    fill(&sieve, NODES);
    sieve_clear(&sieve);
    ck_assert(!sieve_has(&sieve, 0, 0));
    ck_assert_uint_eq(sieve.count, 0);
    sieve_finish(&sieve);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_sieve");
    TCase *all = tcase_create("all");

    tcase_add_test(all, what_was_added_is_never_let_through);
    tcase_add_test(all, most_else_is_let_through);
    tcase_add_test(all, what_is_cleared_is_let_through_again);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
