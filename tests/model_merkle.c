/* model_merkle.c - hash trees against a comparison of all keys. */
#include "models/parts/merkle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 6, LEAVES = 1 << DEPTH, KEYS = 300 };

struct copy {
    struct merkle tree;
    uint64_t hash[KEYS]; /* 0: nothing */
};

static void init(struct copy *copy)
{
    memset(copy, 0, sizeof *copy);
    copy->tree = (struct merkle){ calloc(merkle_words(DEPTH), sizeof(uint64_t)), DEPTH };
}

static void set(struct copy *copy, uint32_t key, uint64_t hash)
{
    merkle_change(&copy->tree, key, copy->hash[key], hash);
    copy->hash[key] = hash;
}

/* Leaves that differ, found from the root down. Counts what was looked at. */
static void descend(const struct copy *a, const struct copy *b, uint32_t level, uint32_t i,
                    bool *found, uint32_t *looked)
{
    ++*looked;
    if (merkle_node(&a->tree, level, i) == merkle_node(&b->tree, level, i))
        return;
    if (level == DEPTH) {
        found[i] = true;
        return;
    }
    descend(a, b, level + 1, 2 * i, found, looked);
    descend(a, b, level + 1, 2 * i + 1, found, looked);
}

static void expect_exactly_what_differs(const struct copy *a, const struct copy *b)
{
    bool found[LEAVES] = { false }, wanted[LEAVES] = { false };
    uint32_t looked = 0, differ = 0;

    descend(a, b, 0, 0, found, &looked);
    for (uint32_t key = 0; key < KEYS; key++)
        if (a->hash[key] != b->hash[key])
            wanted[merkle_leaf(&a->tree, key)] = true;
    for (uint32_t i = 0; i < LEAVES; i++) {
        ck_assert_int_eq(found[i], wanted[i]);
        differ += wanted[i];
    }
    ck_assert_uint_le(looked, 1 + 2 * DEPTH * differ); /* two children on each way down */
}

/* Copies that take the same changes in different orders, and some that the other lacks; keys come
 * and go. */
START_TEST(it_finds_exactly_what_differs)
{
    struct copy a, b;
    struct sim_stream stream;

    sim_stream_seed(&stream, (uint64_t)_i, 1, 2);
    init(&a);
    init(&b);
    for (uint32_t step = 0; step < 400; step++) {
        uint32_t key = (uint32_t)sim_below(sim_stream_next(&stream), KEYS);
        uint64_t hash = sim_below(sim_stream_next(&stream), 3);
        uint64_t whom = sim_below(sim_stream_next(&stream), 20);

        if (whom != 0)
            set(&a, key, hash);
        if (whom != 1)
            set(&b, key, hash);
        if (step % 20 == 0)
            expect_exactly_what_differs(&a, &b);
    }
    for (uint32_t key = KEYS; key-- > 0;)
        set(&b, key, a.hash[key]);
    expect_exactly_what_differs(&a, &b);
    ck_assert_uint_eq(merkle_node(&a.tree, 0, 0), merkle_node(&b.tree, 0, 0));
    for (uint32_t key = 0; key < KEYS; key++)
        set(&a, key, 0);
    ck_assert_uint_eq(merkle_node(&a.tree, 0, 0), 0); /* as if nothing had been there */
    free(a.tree.nodes);
    free(b.tree.nodes);
}
END_TEST

/* Two keys that swap what they hold do not cancel out. */
START_TEST(what_a_key_holds_is_bound_to_it)
{
    struct copy a, b;
    uint32_t one = 0, other = 1;

    init(&a);
    init(&b);
    while (merkle_leaf(&a.tree, other) != merkle_leaf(&a.tree, one))
        other++;
    set(&a, one, 7);
    set(&a, other, 8);
    set(&b, one, 8);
    set(&b, other, 7);
    ck_assert_uint_ne(merkle_node(&a.tree, 0, 0), merkle_node(&b.tree, 0, 0));
    free(a.tree.nodes);
    free(b.tree.nodes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("merkle");
    TCase *all = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(all, it_finds_exactly_what_differs, 0, 100);
    tcase_add_test(all, what_a_key_holds_is_bound_to_it);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
