/* check_linear_culprits.c - which few operations are shown of a contradiction: of many writes of
 * one value those are left out that it holds without, and no other. */
#include "sim/check/linearizable.h"
#include "tests/lib/linear_oracle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { OPS_MAX = 32 };

struct past {
    struct sim_linear_operation ops[OPS_MAX];
    size_t count;
    struct sim_linear_result result;
};

static void add(struct past *past, enum sim_linear_kind kind, int64_t value, uint64_t from,
                uint64_t to)
{
    ck_assert_uint_lt(past->count, OPS_MAX);
    past->ops[past->count] = (struct sim_linear_operation){
        .kind = kind,
        .process = (uint32_t)past->count,
        .argument = kind == SIM_LINEAR_WRITE ? value : 0,
        .value = kind == SIM_LINEAR_READ ? value : 0,
        .answered = kind == SIM_LINEAR_READ,
        .invoked = from,
        .returned = to,
    };
    past->count++;
}

/* There is no order, and what is wrong is told. */
static void judge(struct past *past)
{
    struct sim_linear_options options = { .initial = SIM_NIL };

    sim_linear_judge(past->ops, past->count, &options, &past->result);
    ck_assert_int_eq(past->result.status, SIM_LINEAR_NO);
}

static bool is_culprit(const struct past *past, uint32_t operation)
{
    for (uint32_t i = 0; i < past->result.culprit_count; i++) {
        if (past->result.culprits[i] == operation)
            return true;
    }
    return false;
}

/* What is shown has no order, and is told as all there is. */
static void expect_proof(const struct past *past)
{
    struct sim_linear_operation shown[SIM_LINEAR_CULPRITS_MAX];

    ck_assert_uint_le(past->result.culprit_count, SIM_LINEAR_CULPRITS_MAX);
    for (uint32_t i = 0; i < past->result.culprit_count; i++) {
        ck_assert_uint_lt(past->result.culprits[i], past->count);
        ck_assert(i == 0 || past->result.culprits[i - 1] < past->result.culprits[i]);
        shown[i] = past->ops[past->result.culprits[i]];
    }
    ck_assert(!linear_oracle(shown, past->result.culprit_count, SIM_NIL));
    ck_assert_ptr_nonnull(strstr(past->result.text, "no order explains all of these: "));
}

/* One of COUNT writes is enough to make the last read wrong. The first are left out. */
START_TEST(writes_of_one_value)
{
    size_t count = (size_t)_i;
    struct past past = { .count = 0 };

    for (size_t i = 0; i < count; i++)
        add(&past, SIM_LINEAR_WRITE, 1, i + 1, 100 + i);
    add(&past, SIM_LINEAR_READ, 1, 50, 51);
    add(&past, SIM_LINEAR_READ, SIM_NIL, 52, 53);
    judge(&past);
    expect_proof(&past);
    ck_assert_uint_eq(past.result.culprit_count, count + 2 < 8 ? count + 2 : 8);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_int_eq(is_culprit(&past, i), i + 8 >= count + 2);
    sim_linear_result_finish(&past.result);
}
END_TEST

/* A delete between two reads of 2, which was written once: it has to stay, however many other
 * deletes there are. Those overlap the second read, and could come behind it. */
START_TEST(one_of_many_deletes)
{
    size_t count = (size_t)_i;
    struct past past = { .count = 0 };

    add(&past, SIM_LINEAR_WRITE, 2, 1, 100);
    add(&past, SIM_LINEAR_READ, SIM_NIL, 10, 11);
    add(&past, SIM_LINEAR_READ, 2, 12, 13);
    add(&past, SIM_LINEAR_DELETE, 0, 14, 15);
    for (size_t i = 0; i < count; i++)
        add(&past, SIM_LINEAR_DELETE, 0, 16 + i, 101 + i);
    add(&past, SIM_LINEAR_READ, 2, 50, 51);
    judge(&past);
    expect_proof(&past);
    ck_assert_uint_eq(past.result.culprit_count, count + 5 < 8 ? count + 5 : 8);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert(is_culprit(&past, i));
    ck_assert(is_culprit(&past, (uint32_t)count + 4));
    sim_linear_result_finish(&past.result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("culprits");
    TCase *tcase = tcase_create("culprits");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, writes_of_one_value, 2, 14);
    tcase_add_loop_test(tcase, one_of_many_deletes, 1, 12);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
