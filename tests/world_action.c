/* world_action.c - actions of an operator: nodes started and stopped, parameters changed, commands.
 */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>

/* Every node counts its starts on its disk without ever syncing, and ticks at the group's pace. */
static void start(struct sim_seat *me)
{
    struct actor_disk *disk = sim_disk(me);

    disk->a++;
    sim_write(me);
    say(me, 1, disk->a);
    sim_timer(me, TICK, ((const struct script *)sim_params(me))->pace);
}

static void tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    state_of(me)->count++;
    say(me, 2, sim_now(me));
    sim_timer(me, TICK, ((const struct script *)sim_params(me))->pace);
}

static void command(struct sim_seat *me, const void *params)
{
    say(me, 3, params ? *(const int64_t *)params : -1);
}

static void open_stage(struct stage *stage, struct script *script, uint32_t count, uint32_t started)
{
    *script = (struct script){ .start = start, .timer = tick, .command = command, .pace = 10 };
    stage_init(stage, 3, 1000);
    stage_group(stage, "a", count, script)->started = started;
}

static uint64_t said(const struct stage *stage, uint32_t node, int64_t what, sim_time from,
                     sim_time to)
{
    uint64_t count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        count += seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == what &&
                 seen->time >= from && seen->time <= to;
    }
    return count;
}

START_TEST(those_up_to_max_run_from_their_start_on)
{
    struct stage stage;
    struct script script;

    open_stage(&stage, &script, 4, 2);
    stage_fault(&stage, &sim_action_start, 500, 0, 0, 3);
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_nodes(stage.world), 4);
    ck_assert_uint_eq(said(&stage, 0, 1, 0, 0), 1);
    ck_assert_uint_eq(said(&stage, 1, 2, 0, 1000), 100);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_START, 2, NULL), 0);
    ck_assert_uint_eq(said(&stage, 3, 1, 500, 500), 1);
    ck_assert_uint_eq(said(&stage, 3, 2, 0, 1000), 50);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_ACTION, 3, "start"), 1);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_HEAL, ANY_NODE, NULL), 0);
    stage_finish(&stage);
}
END_TEST

/* A crash loses what was not synced, an orderly end does not; and no restart brings the node back,
 * nor the end of a crash that hit it before. */
START_TEST(who_was_stopped_has_its_disk_and_waits_for_a_start)
{
    struct stage stage;
    struct script script;

    open_stage(&stage, &script, 3, 0);
    stage_fault(&stage, &sim_action_stop, 100, 0, 0, 0); /* before the tick of 100 */
    stage_fault(&stage, &sim_fault_crash, 100, 50, 0, 1);
    stage_fault(&stage, &sim_action_stop, 120, 0, 0, 1);
    stage_fault(&stage, &sim_fault_restart, 200, 0, 0, SIM_NO_GROUP);
    stage_fault(&stage, &sim_action_start, 300, 0, 0, SIM_NO_GROUP);
    stage_run(&stage);
    for (uint32_t node = 0; node < 2; node++) {
        ck_assert_uint_eq(said(&stage, node, 1, 0, 1000), 2);
        ck_assert_uint_eq(said(&stage, node, 1, 300, 300), 1);
        ck_assert_uint_eq(said(&stage, node, 2, 101, 309), 0);
    }
    ck_assert_uint_eq(said(&stage, 2, 1, 0, 1000), 1); /* it runs: no start for it */
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 10)->words[1], 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_ACTION, 2, NULL), 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(drawing_means_those_that_an_action_is_for)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct stage stage;
        struct script script;
        uint64_t crashed = 0, started;

        open_stage(&stage, &script, 6, 2);
        stage.plan.seed = seed;
        stage_fault(&stage, &sim_fault_crash, 100, 0, 0, SIM_NO_GROUP);
        stage.selectors[stage.selector_count - 1].pick = 1;
        stage_fault(&stage, &sim_action_start, 200, 0, 0, SIM_NO_GROUP);
        stage.selectors[stage.selector_count - 1].pick = 3;
        stage_run(&stage);
        for (uint32_t node = 0; node < 2; node++)
            crashed += said(&stage, node, 2, 101, 1000) == 0;
        started = watch_count(&stage.watch, SIM_HAPPENED_START, ANY_NODE, NULL) - 2;
        ck_assert_uint_eq(crashed, 1);
        ck_assert_uint_eq(started, 3);
        stage_finish(&stage);
    }
}
END_TEST

static const struct sim_field pace[] = { SIM_INTEGER(struct script, pace, "1", "1", "9", ""),
                                         { 0 } };
static const struct sim_field pause[] = { SIM_INTEGER(struct script, pause, "1", "1", "9", ""),
                                          { 0 } };

static void set(struct stage *stage, sim_time at, const struct sim_field *fields,
                const struct script *values)
{
    struct sim_fault_plan *plan = stage_fault(stage, &sim_action_set, at, 0, 0, SIM_NO_GROUP);

    stage->params[plan - stage->faults].set = (struct sim_set_params){ fields, values };
}

START_TEST(changes_add_up_and_one_that_breaks_a_rule_is_not_made)
{
    const struct script slower = { .pace = 100 }, breaks = { .pace = 5 }, rest = { .pause = 50 };
    struct stage stage;
    struct script script;

    open_stage(&stage, &script, 2, 0);
    set(&stage, 100, pace, &slower);
    set(&stage, 300, pause, &rest);
    set(&stage, 500, pace, &breaks); /* the pause of 50 is longer */
    stage_run(&stage);
    for (uint32_t node = 0; node < 2; node++) {
        ck_assert_uint_eq(said(&stage, node, 2, 0, 110), 10);
        ck_assert_uint_eq(said(&stage, node, 2, 111, 1000), 9);
    }
    ck_assert_int_eq(script.pace, 10); /* the plan's own */
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_ACTION, 0, "set"), 2);
    stage_finish(&stage);
}
END_TEST

/* Late on a node that is paused, never on one that is down or crashes before. */
START_TEST(a_command_reaches_those_that_run)
{
    static const int64_t argument = 42;
    struct stage stage;
    struct script script;

    open_stage(&stage, &script, 4, 3);
    stage_fault(&stage, &sim_fault_crash, 90, 20, 0, 0);
    stage_fault(&stage, &sim_fault_pause, 90, 30, 0, 1);
    struct sim_fault_plan *plan = stage_fault(&stage, &sim_action_command, 100, 0, 0, SIM_NO_GROUP);
    stage.params[plan - stage.faults].command = (struct sim_command_params){ 0, &argument };
    stage_fault(&stage, &sim_fault_pause, 200, 30, 0, 2);
    plan = stage_fault(&stage, &sim_action_command, 210, 0, 0, 2);
    stage.params[plan - stage.faults].command = (struct sim_command_params){ 0, NULL };
    stage_fault(&stage, &sim_fault_crash, 220, 1, 0, 2);
    stage_run(&stage);
    ck_assert_uint_eq(said(&stage, 0, 3, 0, 1000), 0);
    ck_assert_uint_eq(said(&stage, 1, 3, 120, 120), 1);
    ck_assert_uint_eq(said(&stage, 2, 3, 100, 100), 1);
    ck_assert_uint_eq(said(&stage, 2, 3, 0, 1000), 1);
    ck_assert_uint_eq(said(&stage, 3, 3, 0, 1000), 0);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_COMMAND, ANY_NODE, "poke"), 2);
    stage_finish(&stage);
}
END_TEST

static void test_digest(bool watched, struct sim_digest *digest)
{
    const struct script slower = { .pace = 100 };
    struct stage stage;
    struct script script;

    open_stage(&stage, &script, 4, 2);
    stage_fault(&stage, &sim_action_start, 100, 0, 0, SIM_NO_GROUP);
    set(&stage, 300, pace, &slower);
    struct sim_fault_plan *plan = stage_fault(&stage, &sim_action_command, 400, 0, 0, 1);
    stage.params[plan - stage.faults].command = (struct sim_command_params){ 0, NULL };
    stage_fault(&stage, &sim_action_stop, 500, 0, 0, 1);
    stage_open(&stage, watched);
    stage_run(&stage);
    *digest = stage.digest;
    stage_finish(&stage);
}

START_TEST(watching_changes_nothing)
{
    struct sim_digest watched, alone;

    test_digest(true, &watched);
    test_digest(false, &alone);
    ck_assert(digests_are_equal(&watched, &alone));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_action");
    TCase *tests = tcase_create("actions");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, those_up_to_max_run_from_their_start_on);
    tcase_add_test(tests, who_was_stopped_has_its_disk_and_waits_for_a_start);
    tcase_add_test(tests, drawing_means_those_that_an_action_is_for);
    tcase_add_test(tests, changes_add_up_and_one_that_breaks_a_rule_is_not_made);
    tcase_add_test(tests, a_command_reaches_those_that_run);
    tcase_add_test(tests, watching_changes_nothing);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
