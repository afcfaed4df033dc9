/* What observers are told, and limits at the edge of time: cases in which planted mistakes changed
 * nothing that other tests see. */
#include "tests/lib/world.h"

#include <check.h>
#include <signal.h>
#include <string.h>

/* -- operations -------------------------------------------------------------------------------- */

static void operate(struct sim_seat *me)
{
    static const struct sim_operation read = { SIM_READ, 7, 0, 0 }, write = { SIM_WRITE, 7, 4, 0 };
    uint64_t first = sim_invoke(me, 3, &read), second = sim_invoke(me, 4, &write);

    sim_complete(me, second, SIM_FAIL, 0, NULL);
    sim_complete(me, first, SIM_OK, 9, NULL);
}

START_TEST(operations_are_told_with_their_outcome)
{
    struct script script = { .start = operate };
    struct stage stage;
    const struct seen *seen;

    stage_init(&stage, 1, 10);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_INVOKE, 0, NULL), 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_COMPLETE, 0, NULL), 2);
    ck_assert_uint_eq(stage.watch.invoked, 2);
    ck_assert_uint_eq(stage.watch.completed, 2);
    seen = watch_nth(&stage.watch, SIM_HAPPENED_COMPLETE, 0, "fail", 0);
    ck_assert_ptr_nonnull(seen);
    ck_assert_int_eq(seen->words[0], 2);
    seen = watch_nth(&stage.watch, SIM_HAPPENED_COMPLETE, 0, "ok", 0);
    ck_assert_ptr_nonnull(seen);
    ck_assert_uint_eq(seen->word_count, 3);
    ck_assert_int_eq(seen->words[0], 1);
    ck_assert_int_eq(seen->words[1], SIM_OK);
    ck_assert_int_eq(seen->words[2], 9);
    stage_finish(&stage);
}
END_TEST

/* -- violations -------------------------------------------------------------------------------- */

enum { LONG = 600, TEXT = 512 };

static void violate(struct sim_judge *judge, uint32_t member)
{
    char text[LONG + 1];

    (void)member;
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    sim_violated(judge, "too-long", "%s", text);
}

static void keep_length(void *context, sim_time time, uint64_t event, uint32_t group,
                        const char *invariant, const char *text)
{
    (void)time, (void)event, (void)group;
    ck_assert_str_eq(invariant, "too-long");
    *(size_t *)context = strlen(text);
}

START_TEST(a_long_violation_is_cut)
{
    struct script script = { .check = violate };
    size_t length = 0;
    struct sim_observer observer = { .context = &length, .violated = keep_length };
    struct stage stage;
    struct sim_world *world;

    stage_init(&stage, 1, 10);
    stage_group(&stage, "a", 1, &script);
    world = sim_world_create(&stage.plan, &observer);
    ck_assert_int_eq(sim_world_run(world), SIM_END_VIOLATED);
    ck_assert_uint_eq(length, TEXT - 1);
    sim_world_destroy(world);
    stage_finish(&stage);
}
END_TEST

/* -- what a model has to declare ----------------------------------------------------------------
 */

static void violate_what_is_not_declared(struct sim_judge *judge, uint32_t member)
{
    sim_violated(judge, "never-tha", "%u", member);
}

START_TEST(an_invariant_that_is_not_declared)
{
    struct script script = { .check = violate_what_is_not_declared };
    struct stage stage;

    stage_init(&stage, 1, 10);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
}
END_TEST

static void invoke_one(struct sim_seat *me)
{
    sim_invoke(me, 0, &(struct sim_operation){ .kind = SIM_READ });
}

START_TEST(operations_that_are_not_declared)
{
    struct script script = { .start = invoke_one };
    struct sim_model silent = actor_model;
    struct stage stage;

    silent.operations = NULL;
    stage_init(&stage, 1, 10);
    stage_group(&stage, "a", 1, &script)->model = &silent;
    stage_run(&stage);
}
END_TEST

/* -- the first instant ------------------------------------------------------------------------- */

enum { AT_ONCE = 50 };

static void start_many(struct sim_seat *me)
{
    for (int64_t i = 0; i < AT_ONCE; i++)
        sim_send(me, sim_self(me), BARE, NULL);
}

static void count(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)kind, (void)message;
    state_of(me)->count++;
}

START_TEST(what_starts_set_off_at_once_is_no_loop)
{
    struct script script = { .start = start_many, .message = count };
    struct stage stage;

    stage_init(&stage, 1, 10);
    stage.plan.limits.events_per_instant = AT_ONCE / 5;
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    ck_assert_int_eq(stage_state(&stage, 0)->count, AT_ONCE);
    stage_finish(&stage);
}
END_TEST

/* -- marks ------------------------------------------------------------------------------------- */

static void reach(struct sim_seat *me, unsigned timer)
{
    (void)timer;
    sim_reached(me, HERE);
    if (sim_self(me) == 1)
        sim_reached(me, THERE);
}

static void pass_by(struct sim_seat *me, unsigned timer)
{
    (void)me, (void)timer;
}

/* Counted at once, though the crash forgets what else the handler did. */
static void reach_held(struct sim_seat *me, unsigned timer)
{
    (void)timer;
    sim_write(me);
    sim_sync(me);
    say(me, 1, 2);
    sim_reached(me, THERE);
}

static void tick(struct sim_seat *me)
{
    sim_timer(me, TICK, 5);
}

START_TEST(marks_are_counted_by_group_and_change_nothing)
{
    struct script reaching = { .start = tick, .timer = reach };
    struct script passing = { .start = tick, .timer = pass_by };
    struct stage marked, plain;

    stage_init(&marked, 1, 100);
    stage_group(&marked, "a", 3, &reaching);
    stage_group(&marked, "b", 2, &passing);
    marked.plan.warmup = 50;
    stage_fault(&marked, &sim_fault_crash, 20, 10, 0, 2);
    stage_run(&marked);
    stage_init(&plain, 1, 100);
    stage_group(&plain, "a", 3, &passing);
    stage_group(&plain, "b", 2, &passing);
    plain.plan.warmup = 50;
    stage_fault(&plain, &sim_fault_crash, 20, 10, 0, 2);
    stage_run(&plain);
    ck_assert_uint_eq(sim_world_reached(marked.world, 0)[HERE], 4); /* once more after a restart */
    ck_assert_uint_eq(sim_world_reached(marked.world, 0)[THERE], 1);
    ck_assert_uint_eq(sim_world_reached(marked.world, 1)[HERE], 0);
    ck_assert_uint_eq(sim_world_reached(plain.world, 0)[HERE], 0);
    ck_assert(digests_are_equal(&marked.digest, &plain.digest));
    ck_assert_uint_eq(marked.watch.count, plain.watch.count);
    stage_finish(&marked);
    stage_finish(&plain);
}
END_TEST

START_TEST(a_mark_behind_a_sync_counts_though_the_rest_is_forgotten)
{
    struct script script = { .start = tick, .timer = reach_held };
    struct stage stage;
    struct sim_group_plan *group;

    stage_init(&stage, 1, 100);
    group = stage_group(&stage, "a", 1, &script);
    group->disk.sync = stage_constant(&stage, 30);
    stage_fault(&stage, &sim_fault_kill, 10, 0, 0, 0);
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_reached(stage.world, 0)[THERE], 1);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, NULL), 0);
    stage_finish(&stage);
}
END_TEST

static void reach_nowhere(struct sim_seat *me)
{
    sim_reached(me, THERE + 1);
}

START_TEST(a_mark_that_is_not_declared)
{
    struct script script = { .start = reach_nowhere };
    struct stage stage;

    stage_init(&stage, 1, 10);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world: told");
    TCase *tcase = tcase_create("told");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, operations_are_told_with_their_outcome);
    tcase_add_test(tcase, a_long_violation_is_cut);
    tcase_add_test(tcase, what_starts_set_off_at_once_is_no_loop);
    tcase_add_test_raise_signal(tcase, an_invariant_that_is_not_declared, SIGABRT);
    tcase_add_test(tcase, marks_are_counted_by_group_and_change_nothing);
    tcase_add_test(tcase, a_mark_behind_a_sync_counts_though_the_rest_is_forgotten);
    tcase_add_test_raise_signal(tcase, a_mark_that_is_not_declared, SIGABRT);
    tcase_add_test_raise_signal(tcase, operations_that_are_not_declared, SIGABRT);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
