/* model_ring.c - consistent hashing against its theory, and preference lists against a search that
 * looks at every point. */
#include "models/parts/ring.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { KEYS = 40000 };

static struct ring make(uint32_t members, uint32_t tokens)
{
    struct ring ring;

    ring_fill(&ring, malloc((size_t)members * tokens * sizeof(struct ring_point)), members, tokens);
    return ring;
}

/* The share of each member, from the arcs of its points. */
static void shares(const struct ring *ring, double *share)
{
    for (uint32_t i = 0; i < ring->members; i++)
        share[i] = 0;
    for (uint32_t i = 0; i < ring->count; i++) {
        uint64_t before = ring->points[(i + ring->count - 1) % ring->count].place;

        share[ring->points[i].member] += ldexp((double)(ring->points[i].place - before), -64);
    }
}

/* sd / mean = sqrt((N - 1) / (N v + 1)): the arcs are Dirichlet. One ring has N shares, so that of
 * 1 000 members the estimate is within some 7 % of the law. */
START_TEST(shares_are_as_uneven_as_the_law_says)
{
    static const uint32_t tokens[] = { 1, 8, 64 };
    enum { MEMBERS = 1000 };
    struct ring ring = make(MEMBERS, tokens[_i]);
    double share[MEMBERS], sum = 0, squares = 0, deviation;
    double law = sqrt((MEMBERS - 1.0) / (MEMBERS * (double)tokens[_i] + 1));

    shares(&ring, share);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        sum += share[i];
        squares += (share[i] - 1.0 / MEMBERS) * (share[i] - 1.0 / MEMBERS);
    }
    deviation = sqrt(squares / MEMBERS) * MEMBERS;
    ck_assert_double_eq_tol(sum, 1, 1e-9);
    ck_assert_msg(fabs(deviation / law - 1) < 0.1, "%g, by the law %g", deviation, law);
    free(ring.points);
}
END_TEST

/* Keys go to members as their arcs say: 3 members, each expected share known from the ring. */
START_TEST(keys_fall_as_the_arcs_are)
{
    struct ring ring = make(3, 16);
    double share[3];
    uint32_t hits[3] = { 0 }, member;

    shares(&ring, share);
    for (int64_t key = 0; key < KEYS; key++) {
        ck_assert_uint_eq(ring_preference(&ring, key, &member, 1), 1);
        hits[member]++;
    }
    for (uint32_t i = 0; i < 3; i++) /* 4 standard deviations */
        ck_assert_double_eq_tol(hits[i], share[i] * KEYS,
                                4 * sqrt(share[i] * (1 - share[i]) * KEYS));
    free(ring.points);
}
END_TEST

/* From 9 to 10 members: who moves, moves to the new one, and it is a tenth. */
START_TEST(one_more_member_moves_a_tenth)
{
    struct ring before = make(9, 256), after = make(10, 256);
    double share[10];
    uint32_t moved = 0;

    for (int64_t key = 0; key < KEYS; key++) {
        uint32_t a, b;

        ring_preference(&before, key, &a, 1);
        ring_preference(&after, key, &b, 1);
        if (a == b)
            continue;
        ck_assert_uint_eq(b, 9);
        moved++;
    }
    shares(&after, share);
    ck_assert_double_eq_tol(moved, share[9] * KEYS, 4 * sqrt(0.09 * KEYS));
    ck_assert_double_eq_tol(share[9], 0.1, 4 * 0.1 / 16);
    free(before.points);
    free(after.points);
}
END_TEST

START_TEST(preference_lists_are_distinct_and_in_the_order_of_the_ring)
{
    struct ring ring = make(7, 5);

    for (int64_t key = 0; key < 2000; key++) {
        uint32_t members[9], first[9], count = ring_preference(&ring, key, members, 9);

        ck_assert_uint_eq(count, 7);
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t k = 0; k < i; k++)
                ck_assert_uint_ne(members[i], members[k]);
        ck_assert_uint_eq(ring_preference(&ring, key, first, 3), 3);
        for (uint32_t i = 0; i < 3; i++)
            ck_assert_uint_eq(first[i], members[i]);
    }
    free(ring.points);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ring");
    TCase *tests = tcase_create("ring");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tests, shares_are_as_uneven_as_the_law_says, 0, 3);
    tcase_add_test(tests, keys_fall_as_the_arcs_are);
    tcase_add_test(tests, one_more_member_moves_a_tenth);
    tcase_add_test(tests, preference_lists_are_distinct_and_in_the_order_of_the_ring);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
