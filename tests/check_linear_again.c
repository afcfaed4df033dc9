/* A machine that carried configurations half through a history, or through it with a narrow beam,
 * begins anew: what an earlier run left behind changes nothing. */
#include "sim/check/linear_machine.h"

#include <check.h>

enum { ROUNDS = 4, EACH = 6, OPERATIONS = ROUNDS * EACH };
#define PLENTY UINT64_C(1000000)

/* Rounds of operations that overlap: four writes, one of which is never heard of again, and two
 * reads of what two of them wrote; but the last read says VALUE, which perhaps nobody wrote. */
static void make(struct sim_linear_operation operations[OPERATIONS], uint32_t members[OPERATIONS],
                 int64_t value)
{
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        const uint32_t round = i / EACH, place = i % EACH;
        struct sim_linear_operation *operation = &operations[i];

        members[i] = i;
        *operation = (struct sim_linear_operation){
            .kind = place < 4 ? SIM_LINEAR_WRITE : SIM_LINEAR_READ,
            .process = i,
            .argument = place,
            .value = place - 3,
            .answered = true,
            .invoked = 2 * EACH * round + place,
            .returned = 2 * EACH * round + EACH + place * 5 % EACH,
        };
        if (place == 3) {
            operation->returned = SIM_LINEAR_OPEN;
            operation->answered = false;
        }
    }
    operations[OPERATIONS - 1].value = value;
}

struct outcome {
    enum sim_linear_run run;
    uint64_t steps;
    size_t alive;
};

static struct outcome run(struct sim_linear_machine *machine, struct sim_linear_beam beam,
                          uint64_t steps)
{
    const uint64_t before = machine->one->steps;
    struct outcome outcome = { .run = sim_linear_machine_run(machine, beam, false, steps) };

    outcome.steps = machine->one->steps - before;
    outcome.alive = machine->front.alive;
    return outcome;
}

START_TEST(a_second_run_is_like_the_first)
{
    static const struct sim_linear_beam all = { 0, 0 }, narrow = { 2, 2 };
    struct sim_linear_operation operations[OPERATIONS];
    uint32_t members[OPERATIONS];
    struct sim_linear_case one = { .operations = operations,
                                   .members = members,
                                   .count = OPERATIONS,
                                   .initial = 0,
                                   .bytes_most = 1 << 24 };
    struct sim_linear_machine machine;
    struct outcome fresh, again;

    make(operations, members, _i);
    sim_linear_machine_init(&machine, &one);
    fresh = run(&machine, all, PLENTY);
    ck_assert_int_eq(fresh.run, _i < 4 ? SIM_LINEAR_SURVIVED : SIM_LINEAR_DIED);
    ck_assert_uint_gt(fresh.steps, 50);
    for (uint64_t steps = 1; steps < fresh.steps; steps++) {
        run(&machine, steps % 2 ? all : narrow, steps);
        again = run(&machine, all, PLENTY);
        ck_assert_int_eq(again.run, fresh.run);
        ck_assert_uint_le(again.steps, fresh.steps + 1); /* comparisons are counted in bulk */
        ck_assert_uint_ge(again.steps + 1, fresh.steps);
        ck_assert_uint_eq(again.alive, fresh.alive);
    }
    sim_linear_machine_finish(&machine);
}
END_TEST

/* The log of how configurations came to be is compacted when it is long, and tells the same. */
START_TEST(a_compacted_log_tells_the_same_order)
{
    static const struct sim_linear_beam all = { 0, 0 };
    struct sim_linear_operation operations[OPERATIONS];
    uint32_t members[OPERATIONS], orders[2][OPERATIONS] = { 0 };
    size_t counts[2];

    make(operations, members, 2);
    for (int i = 0; i < 2; i++) {
        struct sim_linear_case one = { .operations = operations,
                                       .members = members,
                                       .count = OPERATIONS,
                                       .initial = 0,
                                       .bytes_most = 1 << 24,
                                       .witness = true,
                                       .order = orders[i] };
        struct sim_linear_machine machine;

        sim_linear_machine_init(&machine, &one);
        if (i == 1)
            machine.log_limit = 2 + (size_t)_i;
        ck_assert_int_eq(run(&machine, all, PLENTY).run, SIM_LINEAR_SURVIVED);
        sim_linear_machine_order(&machine);
        counts[i] = one.order_count;
        sim_linear_machine_finish(&machine);
    }
    ck_assert_uint_gt(counts[0], OPERATIONS / 2);
    ck_assert_uint_eq(counts[1], counts[0]);
    for (size_t i = 0; i < counts[0]; i++)
        ck_assert_uint_eq(orders[1][i], orders[0][i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine, again");
    TCase *tcase = tcase_create("runs");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, a_second_run_is_like_the_first, 0, 6);
    tcase_add_loop_test(tcase, a_compacted_log_tells_the_same_order, 0, 40);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
