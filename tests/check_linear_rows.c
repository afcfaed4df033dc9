/* check_linear_rows.c - linearizability row by row: what is easily got wrong, the words, keys and
 * budgets, and the expectation over hand-made runs. */
#include "sim/check/linearizable.h"
#include "tests/lib/evidence.h"
#include "tests/lib/linear_oracle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct sim_linear_result judge(const struct sim_linear_operation *ops, size_t count,
                                      int64_t initial)
{
    struct sim_linear_options options = { .initial = initial, .witness = true };
    struct sim_linear_result result;

    sim_linear_judge(ops, count, &options, &result);
    return result;
}

/* -- rows -------------------------------------------------------------------------------------- */

enum { ROW_MAX = 12, OPEN = -1 };

#define R SIM_LINEAR_READ
#define W SIM_LINEAR_WRITE
#define C SIM_LINEAR_CAS

/* From a place to a place of the history (OPEN: never); `a` is what a read gave. */
struct row {
    const char *name;
    enum sim_linear_status status;
    int64_t initial;
    struct {
        enum sim_linear_kind kind;
        int64_t a, b;
        int from, to;
    } ops[ROW_MAX];
};

static const struct row rows[] = {
    { "nothing at all", SIM_LINEAR_YES, SIM_NIL, { { 0 } } },
    /* a write that was absorbed by another one may still be used before it returns */
    { "an absorbed write is used before it expires",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 5 }, { W, 1, 0, 2, 3 }, { W, 0, 0, 4, 6 }, { R, 1, 0, 7, 8 } } },
    { "but not behind its return",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 4 }, { W, 1, 0, 2, 3 }, { W, 0, 0, 5, 6 }, { R, 1, 0, 7, 8 } } },
    { "a read of a key never written", SIM_LINEAR_YES, SIM_NIL, { { R, SIM_NIL, 0, 1, 2 } } },
    { "nothing is not zero", SIM_LINEAR_NO, SIM_NIL, { { R, 0, 0, 1, 2 } } },
    { "the initial value", SIM_LINEAR_YES, 0, { { R, 0, 0, 1, 2 } } },
    { "a stale read",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 } } },
    { "a read from the future", SIM_LINEAR_NO, SIM_NIL, { { R, 1, 0, 1, 2 }, { W, 1, 0, 3, 4 } } },
    { "new, then old",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 10 }, { R, 1, 0, 2, 3 }, { R, 0, 0, 4, 5 } } },
    { "old, then new",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 10 }, { R, 0, 0, 2, 3 }, { R, 1, 0, 4, 5 } } },
    { "a lost write that took effect late",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, OPEN }, { R, 0, 0, 2, 3 }, { R, 1, 0, 4, 5 } } },
    { "takes effect only once",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, OPEN }, { R, 1, 0, 2, 3 }, { W, 2, 0, 4, 5 }, { R, 1, 0, 6, 7 } } },
    { "two lost writes of one value take effect twice",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, OPEN },
        { W, 1, 0, 2, OPEN },
        { R, 1, 0, 3, 4 },
        { W, 2, 0, 5, 6 },
        { R, 1, 0, 7, 8 } } },
    { "a lost swap that never was",
      SIM_LINEAR_YES,
      0,
      { { C, 5, 6, 1, OPEN }, { R, 0, 0, 2, 3 } } },
    { "a swap from nothing",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { C, SIM_NIL, 1, 1, 2 }, { R, 1, 0, 3, 4 } } },
    { "two swaps from one value", SIM_LINEAR_NO, 0, { { C, 0, 1, 1, 3 }, { C, 0, 2, 2, 4 } } },
    { "swaps in a circle, read",
      SIM_LINEAR_NO,
      0,
      { { C, 1, 2, 1, 6 }, { C, 2, 1, 2, 5 }, { R, 2, 0, 3, 4 } } },
    { "a chain of swaps, all at once",
      SIM_LINEAR_YES,
      0,
      { { C, 2, 3, 1, 8 }, { C, 1, 2, 2, 7 }, { C, 0, 1, 3, 6 }, { R, 3, 0, 4, 5 } } },
    { "a chain against the time", SIM_LINEAR_NO, 0, { { C, 1, 2, 1, 2 }, { C, 0, 1, 3, 4 } } },
    { "a failed swap as a constraint", SIM_LINEAR_NO, 0, { { SIM_LINEAR_CAS_NOT, 0, 0, 1, 2 } } },
    { "a deletion brings nothing back",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { SIM_LINEAR_DELETE, 0, 0, 3, 4 }, { R, SIM_NIL, 0, 5, 6 } } },
    { "an append to a number",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { SIM_LINEAR_APPEND, 2, 0, 3, 4 } } },
    { "an add to nothing",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { SIM_LINEAR_ADD, 2, 0, 1, 2 }, { R, 2, 0, 3, 4 } } },
    { "adds that nobody can tell apart",
      SIM_LINEAR_NO,
      0,
      { { SIM_LINEAR_ADD, 2, 0, 1, OPEN }, { SIM_LINEAR_ADD, 2, 0, 2, 3 }, { R, 5, 0, 4, 5 } } },
    { "a sum that wraps",
      SIM_LINEAR_YES,
      INT64_MAX,
      { { SIM_LINEAR_ADD, 2, 0, 1, 2 }, { R, INT64_MIN + 1, 0, 3, 4 } } },
    { "two hold the mutex",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { SIM_LINEAR_ACQUIRE, 0, 0, 1, 2 }, { SIM_LINEAR_ACQUIRE, 0, 0, 3, 4 } } },
    { "a lost release",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { SIM_LINEAR_ACQUIRE, 0, 0, 1, 2 },
        { SIM_LINEAR_RELEASE, 0, 0, 3, OPEN },
        { SIM_LINEAR_ACQUIRE, 0, 0, 4, 5 } } },
    { "zones that overlap",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 }, { R, 2, 0, 7, 8 } } },
    { "a backward zone within a forward one",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 } } },
    { "a backward zone over the edge of a forward one",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 3 }, { W, 2, 0, 2, 5 }, { R, 1, 0, 4, 6 } } },
};

#undef R
#undef W
#undef C

static size_t fill(const struct row *row, struct sim_linear_operation *ops)
{
    size_t count = 0;

    for (; count < ROW_MAX && row->ops[count].from != 0; count++) {
        ops[count] = (struct sim_linear_operation){
            .kind = row->ops[count].kind,
            .process = (uint32_t)count,
            .key = 7,
            .argument = row->ops[count].a,
            .second = row->ops[count].b,
            .value = row->ops[count].a,
            .answered = row->ops[count].kind == SIM_LINEAR_READ,
            .invoked = (uint64_t)row->ops[count].from,
            .returned = row->ops[count].to == OPEN ? SIM_LINEAR_OPEN : (uint64_t)row->ops[count].to,
            .time_invoked = row->ops[count].from * SIM_MILLISECOND,
            .time_returned = row->ops[count].to * SIM_MILLISECOND,
        };
    }
    return count;
}

START_TEST(row_by_row)
{
    const struct row *row = &rows[_i];
    struct sim_linear_operation ops[ROW_MAX];
    size_t count = fill(row, ops);
    struct sim_linear_result result = judge(ops, count, row->initial);

    ck_assert_msg(result.status == row->status, "%s: status %d, %s", row->name, result.status,
                  result.text);
    ck_assert_int_eq(linear_oracle(ops, count, row->initial), row->status == SIM_LINEAR_YES);
    sim_linear_result_finish(&result);
}
END_TEST

static void expect_text(const char *name, const char *text)
{
    struct sim_linear_operation ops[ROW_MAX];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            size_t count = fill(&rows[i], ops);
            struct sim_linear_result result = judge(ops, count, rows[i].initial);

            ck_assert_str_eq(result.text, text);
            sim_linear_result_finish(&result);
            return;
        }
    }
    ck_abort_msg("no row %s", name);
}

START_TEST(words)
{
    expect_text("old, then new", "");
    expect_text("new, then old",
                "key 7: each of the two values would have to stand while the other one did: "
                "process 0 wrote 1 (1ms..10ms); process 1 read 1 (2ms..3ms); "
                "process 2 read 0 (4ms..5ms)");
    expect_text("takes effect only once",
                "key 7: each of the two values would have to stand while the other one did: "
                "process 0 wrote 1 (from 1ms, outcome unknown); process 1 read 1 (2ms..3ms); "
                "process 2 wrote 2 (4ms..5ms); process 3 read 1 (6ms..7ms)");
    expect_text("two hold the mutex", "key 7: no order explains all of these: "
                                      "process 0 acquired (1ms..2ms); "
                                      "process 1 acquired (3ms..4ms)");
    expect_text("nothing is not zero",
                "key 7: nobody wrote what was read: process 0 read 0 (1ms..2ms)");
}
END_TEST

/* -- keys and budgets -------------------------------------------------------------------------- */

START_TEST(keys_are_apart)
{
    struct sim_linear_operation ops[] = {
        { SIM_LINEAR_WRITE, 0, 9, 1, 0, 0, NULL, 0, false, 1, 2, 0, 0 },
        { SIM_LINEAR_READ, 0, 3, 0, 0, SIM_NIL, NULL, 0, true, 3, 4, 0, 0 },
        { SIM_LINEAR_READ, 0, 9, 0, 0, 1, NULL, 0, true, 5, 6, 0, 0 },
        { SIM_LINEAR_READ, 0, -4, 0, 0, SIM_NIL, NULL, 0, true, 7, 8, 0, 0 },
    };
    struct sim_linear_result result = judge(ops, 4, SIM_NIL);

    ck_assert_int_eq(result.status, SIM_LINEAR_YES);
    ck_assert_uint_eq(result.order_count, 4);
    ck_assert_uint_eq(result.order[0], 3);
    ck_assert_uint_eq(result.order[1], 1);
    sim_linear_result_finish(&result);
    ops[1].value = ops[2].value = 2; /* both are wrong: the least key is told */
    result = judge(ops, 4, SIM_NIL);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    ck_assert_int_eq(result.key, 3);
    ck_assert_uint_eq(result.culprit_count, 1);
    ck_assert_uint_eq(result.culprits[0], 1);
    ck_assert_ptr_null(result.order);
    sim_linear_result_finish(&result);
}
END_TEST

enum { HOPELESS = 60 };

/* Lost adds of powers of two, and a read of a sum that a search finds hard to rule out. */
static struct sim_linear_result hopeless(uint64_t steps, uint64_t bytes)
{
    struct sim_linear_options options = { .initial = 0, .steps = steps, .bytes = bytes };
    struct sim_linear_operation ops[HOPELESS + 1];
    struct sim_linear_result result;

    for (int i = 0; i < HOPELESS; i++)
        ops[i] = (struct sim_linear_operation){ .kind = SIM_LINEAR_ADD,
                                                .argument = (int64_t)2 << i % 40,
                                                .invoked = (uint64_t)i + 1,
                                                .returned = SIM_LINEAR_OPEN };
    ops[HOPELESS] = (struct sim_linear_operation){ .kind = SIM_LINEAR_READ,
                                                   .value = 999999999999,
                                                   .answered = true,
                                                   .invoked = HOPELESS + 1,
                                                   .returned = HOPELESS + 2 };
    sim_linear_judge(ops, HOPELESS + 1, &options, &result);
    return result;
}

START_TEST(budget_of_steps)
{
    struct sim_linear_result first = hopeless(20000, 0);

    ck_assert_int_eq(first.status, SIM_LINEAR_UNDECIDED);
    ck_assert_uint_ge(first.steps, 20000);
    ck_assert_uint_lt(first.steps, 40000);
    ck_assert_uint_eq(first.culprit_count, 0);
    ck_assert_ptr_nonnull(strstr(first.text, "key 0: the budget ran out after "));
    for (int i = 0; i < 3; i++) {
        struct sim_linear_result again = hopeless(20000, 0);

        ck_assert_uint_eq(again.steps, first.steps);
        ck_assert_str_eq(again.text, first.text);
        sim_linear_result_finish(&again);
    }
    sim_linear_result_finish(&first);
}
END_TEST

START_TEST(budget_of_bytes)
{
    struct sim_linear_result result = hopeless(300000, 200000);

    ck_assert_int_eq(result.status, SIM_LINEAR_UNDECIDED);
    sim_linear_result_finish(&result);
}
END_TEST

/* -- the expectation --------------------------------------------------------------------------- */

static void expect_verdict(const struct bench *bench, const char *initial,
                           enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("linearizable");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_group(params, checker, "clients", 0);
    params_choice(params, checker, "initial", initial);
    memset(&verdict, 'x', sizeof(verdict));
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

#define MS SIM_MILLISECOND

/* Every operation of the bench is on key 1, of 5, and every answer is 5. */
START_TEST(verdicts)
{
    struct bench bench;

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 3 * MS, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 2 * MS, 4 * MS, SIM_OK);
    bench_operation(&bench, 2, SIM_DELETE, 5 * MS, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_operation(&bench, 2, SIM_READ, 6 * MS, 7 * MS, SIM_FAIL);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_HOLDS, "an order explains all 3 operations (1 unknown)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 1, SIM_READ, 1 * MS, 2 * MS, SIM_OK);
    bench_operation(&bench, 0, SIM_WRITE, 3 * MS, 4 * MS, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "zero", SIM_BROKEN,
                   "key 1: what was read was written later: app-1/1 read 5 (1ms..2ms); "
                   "app-0/2 wrote 5 (3ms..4ms)");
    bench_finish(&bench);

    bench_init(&bench); /* a write that failed did not happen */
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 2 * MS, SIM_FAIL);
    bench_operation(&bench, 1, SIM_READ, 3 * MS, 4 * MS, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_BROKEN,
                   "key 1: nobody wrote what was read: app-1/2 read 5 (3ms..4ms)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 3, SIM_WRITE, 1 * MS, 2 * MS, SIM_OK); /* another group, same store */
    bench_operation(&bench, 1, SIM_READ, 3 * MS, 4 * MS, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_HOLDS, "an order explains all 2 operations (0 unknown)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_UNDECIDED, "no completed operation to judge");
    bench_finish(&bench);
}
END_TEST

START_TEST(verdict_of_a_run_that_stopped)
{
    struct bench bench;

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 3 * MS, SIM_OK);
    bench_violation(&bench, 4 * MS, "safety", "two leaders");
    bench_play(&bench, 5 * MS);
    expect_verdict(&bench, "nothing", SIM_UNDECIDED,
                   "the run stopped at 5ms: safety was violated; until then an order explains all "
                   "1 operations (0 unknown)");
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear_rows");
    TCase *rest = tcase_create("rows");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(rest, row_by_row, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(rest, words);
    tcase_add_test(rest, keys_are_apart);
    tcase_add_test(rest, budget_of_steps);
    tcase_add_test(rest, budget_of_bytes);
    tcase_add_test(rest, verdicts);
    tcase_add_test(rest, verdict_of_a_run_that_stopped);
    suite_add_tcase(suite, rest);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
