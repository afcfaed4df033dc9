/* world_slow.c - slow nodes and disks: what is under way when the pace changes goes on at the new
 * one. */
#include "sim/core/rng.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>

static struct sim_fault_plan *slow_down(struct stage *stage, const struct sim_fault_kind *kind,
                                        sim_time at, sim_time span, double factor)
{
    struct sim_fault_plan *fault = stage_fault(stage, kind, at, span, 0, 0);

    stage_slow(fault)->factor = factor;
    return fault;
}

static void write_once(struct sim_seat *me)
{
    ((struct actor_disk *)sim_disk(me))->a++;
    sim_write(me);
}

static void sync_once(struct sim_seat *me)
{
    write_once(me);
    sim_sync(me);
    say(me, 0, 0);
}

static void sync_behind(struct sim_seat *me)
{
    write_once(me);
    sim_sync_then(me, NULL, 0);
}

static void tell_synced(struct sim_seat *me, const void *context)
{
    (void)context;
    say(me, 0, 0);
}

/* Node 0 tells itself, which takes a worker its time. */
static void work_once(struct sim_seat *me)
{
    if (sim_self(me) == 0)
        sim_send(me, 0, BARE, NULL);
}

static void tell_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)kind;
    (void)message;
    say(me, 0, 0);
}

static struct script sync_script = { .start = sync_once };
static struct script behind_script = { .start = sync_behind, .synced = tell_synced };
static struct script work_script = { .start = work_once, .message = tell_message };

/* Three ways to be busy for SPAN from the start. */
static struct script *const scripts[] = { &sync_script, &behind_script, &work_script };
enum { WAYS = 3, WORK = 2 };

static void busy_init(struct stage *stage, int way, sim_time span)
{
    stage_init(stage, 1, 100000 * SIM_SECOND);
    struct sim_group_plan *group = stage_group(stage, "a", 2, scripts[way]);

    if (way == WORK)
        group->processor.cost = stage_constant(stage, span);
    else
        group->disk.sync = stage_constant(stage, span);
}

/* When node 0 was done, and node 1, whom no fault hits, was after SPAN. */
static sim_time done(struct stage *stage, int way, sim_time span)
{
    stage_run(stage);
    const struct seen *seen = watch_nth(&stage->watch, SIM_HAPPENED_NOTE, 0, "said", 0);

    ck_assert_ptr_nonnull(seen);
    if (way != WORK)
        ck_assert_int_eq(watch_nth(&stage->watch, SIM_HAPPENED_NOTE, 1, "said", 0)->time, span);
    const sim_time time = seen->time;
    stage_finish(stage);
    return time;
}

START_TEST(the_rest_is_done_at_the_new_pace)
{
    struct stage stage;

    for (int way = 0; way < WAYS; way++) {
        busy_init(&stage, way, 1000); /* a quarter of it, the half at a tenth, a quarter */
        slow_down(&stage, &sim_fault_slow, 250, 5000, 10);
        ck_assert_int_eq(done(&stage, way, 1000), 5000 + 250 + 250);
        busy_init(&stage, way, 1000); /* the end of a fault finds it nearly done */
        slow_down(&stage, &sim_fault_slow, 250, 7495, 10);
        ck_assert_int_eq(done(&stage, way, 1000), 250 + 7495 + 1);
        busy_init(&stage, way, 1000); /* a slow disk is no slow processor */
        slow_down(&stage, &sim_fault_disk_slow, 250, 5000, 10);
        ck_assert_int_eq(done(&stage, way, 1000), way == WORK ? 1000 : 5500);
    }
}
END_TEST

/* Without that, it would last for a year. */
START_TEST(what_began_under_a_fault_does_not_outlast_it)
{
    struct stage stage;

    for (int way = 0; way < 2; way++) {
        busy_init(&stage, way, SIM_SECOND);
        slow_down(&stage, &sim_fault_disk_slow, 1, 60 * SIM_SECOND, 1e6);
        slow_down(&stage, &sim_fault_slow, 2, 30 * SIM_SECOND, 1e6);
        sim_time end = done(&stage, way, SIM_SECOND);
        ck_assert_int_gt(end, 60 * SIM_SECOND);
        ck_assert_int_le(end, 61 * SIM_SECOND + 2);
    }
}
END_TEST

/* The sum of many goes no further than one may, and their end finds the way back from there. */
START_TEST(slowness_has_a_bound)
{
    struct stage stage;

    busy_init(&stage, 0, 1000);
    for (int i = 0; i < 60; i++)
        slow_down(&stage, &sim_fault_slow, 500 + i, 250000000, 1e6);
    /* at a millionth 250 of it are done within that, and 250 after the last has ended */
    ck_assert_int_eq(done(&stage, 0, 1000), 559 + 250000000 + 250);
}
END_TEST

/* A stalled disk ends what was due meanwhile when it goes on, and what was not in its time. */
START_TEST(a_stall_leaves_the_pace_alone)
{
    struct stage stage;

    busy_init(&stage, 0, 1000);
    slow_down(&stage, &sim_fault_disk_slow, 500, 1000, 10); /* 400 left at 1500 */
    stage_fault(&stage, &sim_fault_disk_stall, 600, 2000, 0, 0);
    ck_assert_int_eq(done(&stage, 0, 1000), 2600);
    busy_init(&stage, 0, 1000);
    slow_down(&stage, &sim_fault_disk_slow, 500, 2900, 10); /* 210 left at 3400 */
    stage_fault(&stage, &sim_fault_disk_stall, 600, 2000, 0, 0);
    ck_assert_int_eq(done(&stage, 0, 1000), 3610);
}
END_TEST

/* What a crash has ended is not brought back by another pace; the next life begins at the new one.
 */
START_TEST(a_crash_ends_what_was_under_way)
{
    struct stage stage;

    for (int way = 0; way < 2; way++) {
        busy_init(&stage, way, 1000);
        slow_down(&stage, &sim_fault_slow, 100, 10000, 10);
        stage_fault(&stage, &sim_fault_crash, 500, 600, 0, 0);
        slow_down(&stage, &sim_fault_slow, 800, 5000, 3);
        /* from 1100 on at 30 times as long: 4700 / 30 by 5800, then ten times, then as planned */
        ck_assert_int_eq(done(&stage, way, 1000), 10100 + 1000 - 157 - 430);
    }
}
END_TEST

/* Against an oracle that adds up what is done from one change to the next. */
struct pace_oracle {
    struct {
        sim_time from, to;
        double factor;
    } faults[12];
    int count;
};

static double slowness_at(const struct pace_oracle *oracle, sim_time t, sim_time *until)
{
    double slow = 1;

    *until = SIM_TIME_LIMIT;
    for (int i = 0; i < oracle->count; i++) {
        const sim_time from = oracle->faults[i].from, to = oracle->faults[i].to;

        if (from <= t && t < to)
            slow *= oracle->faults[i].factor;
        if (from > t && from < *until)
            *until = from;
        if (to > t && to < *until)
            *until = to;
    }
    return slow;
}

static double done_by_oracle(const struct pace_oracle *oracle, sim_time span)
{
    double left = (double)span;
    sim_time t = 0, until = 0;

    for (;;) {
        const double slow = slowness_at(oracle, t, &until);

        if (left * slow <= (double)(until - t))
            return (double)t + left * slow;
        left -= (double)(until - t) / slow;
        t = until;
    }
}

START_TEST(any_faults_in_any_order_do_as_much_as_is_done)
{
    const sim_time span = 1000000;
    unsigned slowed = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        const int way = (int)(seed % WAYS);
        struct pace_oracle oracle = { .count = 0 };
        struct sim_stream luck = { 0, 0 };
        struct stage stage;

        busy_init(&stage, way, span);
        sim_stream_seed(&luck, seed, 1, 2);
        while (oracle.count < 12) {
            const sim_time at = 1 + (sim_time)sim_below(sim_stream_next(&luck), 3000000);
            const sim_time length = 1 + (sim_time)sim_below(sim_stream_next(&luck), 2000000);
            const double factor = 1 + (double)sim_below(sim_stream_next(&luck), 40) / 8;
            const bool disk = way != WORK && (sim_stream_next(&luck) & 1) != 0;

            slow_down(&stage, disk ? &sim_fault_disk_slow : &sim_fault_slow, at, length, factor);
            oracle.faults[oracle.count].from = at;
            oracle.faults[oracle.count].to = at + length;
            oracle.faults[oracle.count++].factor = factor;
        }
        const double expected = done_by_oracle(&oracle, span);
        const double seen = (double)done(&stage, way, span);
        /* half a nanosecond at each of the changes, and what that becomes at the next */
        ck_assert_double_le(seen, expected + 24 * 50);
        ck_assert_double_ge(seen, expected - 24 * 50);
        slowed += expected > 2 * (double)span;
    }
    ck_assert_uint_gt(slowed, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_slow");
    TCase *tests = tcase_create("slow");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, the_rest_is_done_at_the_new_pace);
    tcase_add_test(tests, what_began_under_a_fault_does_not_outlast_it);
    tcase_add_test(tests, slowness_has_a_bound);
    tcase_add_test(tests, a_stall_leaves_the_pace_alone);
    tcase_add_test(tests, a_crash_ends_what_was_under_way);
    tcase_add_test(tests, any_faults_in_any_order_do_as_much_as_is_done);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
