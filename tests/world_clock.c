/* world_clock.c - the two clocks of a node: what jumps, freezes and strobes do to the wall clock
 * and leave of the monotonic one, and what a change of drift does to both and to all that is due.
 */
#include "sim/world/kernel.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* -- the wall clock: something is done to it at instants of true time, and it is read at others --
 */

struct deed {
    sim_time at;
    void (*act)(struct sim_seat *me);
};

struct reading {
    sim_time at, wall;
};

struct row {
    const char *name;
    struct deed deeds[5];
    struct reading readings[8];
};

static void forward(struct sim_seat *me)
{
    clock_jump(me, 500);
}

static void back(struct sim_seat *me)
{
    clock_jump(me, -300);
}

static void freeze(struct sim_seat *me)
{
    clock_freeze(me);
}

static void thaw_right(struct sim_seat *me)
{
    clock_thaw(me, false);
}

static void thaw_late(struct sim_seat *me)
{
    clock_thaw(me, true);
}

static void strobe(struct sim_seat *me)
{
    clock_strobe(me, 1, 1000, 20);
}

static void strobe_also(struct sim_seat *me)
{
    clock_strobe(me, 2, -50, 10);
}

static void calm(struct sim_seat *me)
{
    clock_strobe_end(me, 1);
}

static void calm_also(struct sim_seat *me)
{
    clock_strobe_end(me, 2);
}

static const struct row rows[] = {
    { "untouched", { { 0 } }, { { 10, 10 }, { 99, 99 } } },
    { "forward", { { 50, forward } }, { { 49, 49 }, { 51, 551 }, { 90, 590 } } },
    { "back, and back again",
      { { 50, back }, { 60, back } },
      { { 49, 49 }, { 51, -249 }, { 61, -539 } } },
    { "forward and back", { { 20, forward }, { 40, back } }, { { 30, 530 }, { 50, 250 } } },
    { "stands and is right",
      { { 20, freeze }, { 60, thaw_right } },
      { { 19, 19 }, { 21, 20 }, { 59, 20 }, { 61, 61 } } },
    { "stands and is late",
      { { 20, freeze }, { 60, thaw_late } },
      { { 19, 19 }, { 21, 20 }, { 59, 20 }, { 61, 21 }, { 90, 50 } } },
    { "two freezes: until the last is over, and that one says how it goes on",
      { { 20, freeze }, { 30, freeze }, { 40, thaw_right }, { 60, thaw_late } },
      { { 35, 20 }, { 50, 20 }, { 70, 30 } } },
    { "is set while it stands",
      { { 20, freeze }, { 30, forward }, { 60, thaw_late } },
      { { 29, 20 }, { 31, 520 }, { 61, 521 } } },
    { "is set while it stands, and is right but for that",
      { { 20, freeze }, { 30, forward }, { 60, thaw_right } },
      { { 29, 20 }, { 31, 520 }, { 61, 561 } } },
    { "flutters",
      { { 20, strobe }, { 60, calm } },
      { { 19, 19 },
        { 21, 1021 },
        { 29, 1029 },
        { 31, 31 },
        { 41, 1041 },
        { 51, 51 },
        { 61, 61 } } },
    { "two flutters add up",
      { { 20, strobe }, { 20, strobe_also }, { 40, calm }, { 60, calm_also } },
      { { 22, 972 }, { 27, 1027 }, { 32, -18 }, { 37, 37 }, { 42, -8 }, { 61, 61 } } },
    { "does not flutter while it stands",
      { { 20, strobe }, { 25, freeze }, { 55, thaw_right }, { 80, calm } },
      { { 24, 1024 }, { 32, 1025 }, { 54, 1025 }, { 56, 56 }, { 62, 1062 } } },
};

static const struct row *row_of(const struct sim_seat *me)
{
    return context_of(me);
}

static void plan_row(struct sim_seat *me)
{
    const struct row *row = row_of(me);

    for (uint32_t i = 0; i < 5 && row->deeds[i].act; i++)
        sim_later(me, SOON, row->deeds[i].at, &i, sizeof(i));
    for (uint32_t i = 0; i < 8 && row->readings[i].at > 0; i++)
        sim_later(me, LATE, row->readings[i].at, &i, sizeof(i));
}

static void do_row(struct sim_seat *me, unsigned kind, const void *context)
{
    uint32_t i = *(const uint32_t *)context;
    const struct row *row = row_of(me);

    if (kind == SOON) {
        row->deeds[i].act(me);
        return;
    }
    state_of(me)->count++;
    ck_assert_msg(sim_wall(me) == row->readings[i].wall, "%s: %lld at %lld", row->name,
                  (long long)sim_wall(me), (long long)row->readings[i].at);
    ck_assert_int_eq(sim_now(me), row->readings[i].at); /* whatever happened to the other one */
}

START_TEST(faults_reach_the_wall_clock_alone)
{
    struct script script = { .start = plan_row, .later = do_row };
    struct stage stage;
    int64_t readings = 0;

    script.context = (void *)(uintptr_t)&rows[_i];
    stage_init(&stage, 1, 100);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    while (readings < 8 && rows[_i].readings[readings].at > 0)
        readings++;
    ck_assert_int_ge(readings, 2);
    ck_assert_int_eq(stage_state(&stage, 0)->count, readings);
    stage_finish(&stage);
}
END_TEST

/* -- both run fast, from an offset ------------------------------------------------------------- */

static void look_and_jump(struct sim_seat *me)
{
    ck_assert_int_eq(sim_now(me), -SIM_SECOND);
    ck_assert_int_eq(sim_wall(me), -SIM_SECOND);
    clock_jump(me, -5 * SIM_SECOND);
    sim_timer(me, TICK, 2 * SIM_SECOND);
}

static void look_again(struct sim_seat *me, unsigned kind)
{
    ck_assert_uint_eq(kind, TICK);
    ck_assert_int_eq(sim_now(me), SIM_SECOND);
    ck_assert_int_eq(sim_wall(me), -4 * SIM_SECOND);
    say(me, 0, 0);
}

START_TEST(a_jump_moves_no_timer)
{
    struct script script = { .start = look_and_jump, .timer = look_again };
    struct stage stage;

    stage_init(&stage, 1, 10 * SIM_SECOND);
    struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
    group->clock.offset = stage_constant(&stage, -SIM_SECOND);
    group->clock.drift = (struct sim_ppm_range){ 100000000, 100000000 }; /* a tenth faster */
    stage_run(&stage);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 0)->time,
                     1818181819); /* 2 s / 1.1, rounded up */
    stage_finish(&stage);
}
END_TEST

static void jump_again(struct sim_seat *me)
{
    clock_jump(me, *(const sim_time *)context_of(me));
    clock_jump(me, *(const sim_time *)context_of(me));
    clock_strobe(me, 1, *(const sim_time *)context_of(me), 2);
    say(me, sim_wall(me), 0);
}

START_TEST(no_sum_of_jumps_overflows)
{
    static const sim_time spans[2] = { SIM_TIME_LIMIT, -SIM_TIME_LIMIT };
    struct script script = { .start = jump_again, .context = (void *)(uintptr_t)&spans[_i] };
    struct stage stage;

    stage_init(&stage, 1, 1);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", 0)->words[0],
                     spans[_i] / 2);
    stage_finish(&stage);
}
END_TEST

/* -- a change of drift ------------------------------------------------------------------------- */

/* Everything that waits, for 1000 ns each; after 400 ns of true time the clock of node 0 becomes
 * slower or faster, and after a further 300 as it was. */
struct change {
    int64_t ppb;
    sim_time due;
};

static const struct change changes[] = {
    { -500000000, 400 + 300 + 450 }, /* 400 + 150 are counted then */
    { 1000000000, 400 + 300 },       /* 400 + 600 are */
    { 500000000, 400 + 300 + 150 },
    { -900000000, 400 + 300 + 570 },
};

static void wait_in_all_ways(struct sim_seat *me)
{
    sim_timer(me, TICK, 1000);
    sim_timer(me, TOCK, 300); /* fires before */
    sim_timer(me, TACK, 200); /* is moved, by an event that stays in the queue for a while */
    sim_timer(me, TACK, 1000);
    sim_timer(me, SPARE, 900);
    sim_cancel(me, SPARE);
    sim_timer_peer(me, EACH, 1, 1000);
    sim_later(me, SOON, 1000, NULL, 0);
    sim_call(me, ASK, 1, 1000, NULL, 0, &(struct pair){ 0, 0 });
    for (uint32_t n = 0; n < 2 && sim_self(me) == 1; n++)
        sim_later(me, LATE, 400 + 300 * (sim_time)n, &n, sizeof(n));
}

static void change_or_note(struct sim_seat *me, unsigned kind, const void *context)
{
    const struct change *change = context_of(me);
    uint32_t nth;

    if (kind == SOON) {
        say(me, SOON, sim_now(me));
        return;
    }
    memcpy(&nth, context, sizeof(nth));
    clock_change_drift(me->class->world, &(struct rate){ 0, nth == 0 ? change->ppb : -change->ppb },
                       1);
}

static void tell_timer(struct sim_seat *me, unsigned kind)
{
    say(me, kind, sim_now(me));
}

static void tell_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    ck_assert_int_eq(outcome->status, SIM_CALL_UNKNOWN);
    say(me, site, sim_now(me));
}

static void never_answer(struct sim_seat *me, const struct sim_request *request)
{
    (void)me;
    (void)request;
}

START_TEST(what_is_due_moves_with_the_clock)
{
    struct script script = {
        .start = wait_in_all_ways,
        .timer = tell_timer,
        .later = change_or_note,
        .request = never_answer,
        .outcome = tell_outcome,
        .context = (void *)(uintptr_t)&changes[_i],
    };
    struct stage stage;
    size_t told = 0;

    stage_init(&stage, 1, 5000);
    stage_group(&stage, "a", 2, &script);
    stage_run(&stage);
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];
        sim_time due = seen->node == 0 ? changes[_i].due : 1000;

        if (seen->kind != SIM_HAPPENED_NOTE)
            continue;
        told++;
        ck_assert_int_eq(seen->time, seen->words[0] == TOCK && seen->words[1] == 300 ? 300 : due);
    }
    ck_assert_uint_eq(told, 2 * 6); /* and what was cancelled did not come */
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    stage_finish(&stage);
}
END_TEST

/* Random waits of all sorts while the drift changes all the time: none ends before its clock has
 * counted what was asked for, or noticeably later. */
struct storm {
    int64_t ppb; /* what was added up to */
    uint64_t waits, changed;
};

struct wait {
    sim_time since, span;
    uint64_t changed;
};

static void wait_at_random(struct sim_seat *me)
{
    struct storm *storm = context_of(me);
    struct wait wait = { sim_now(me), sim_uniform(me, LUCK, 0, 100000), storm->changed };

    sim_later(me, SOON, wait.span, &wait, sizeof(wait));
    wait.span = sim_uniform(me, LUCK, 1, 100000);
    sim_call(me, ASK, 1, wait.span, &wait, sizeof(wait), &(struct pair){ 0, 0 });
    state_of(me)->count = sim_now(me);
    state_of(me)->other = sim_uniform(me, LUCK, 0, 100000);
    state_of(me)->value = (int64_t)storm->changed;
    sim_timer(me, TICK, state_of(me)->other);
}

static void change_at_random(struct sim_seat *me)
{
    struct storm *storm = context_of(me);
    int64_t ppb = sim_uniform(me, MORE_LUCK, -2000000000, 2000000000);
    sim_time before = sim_now(me), wall = sim_wall(me);
    struct rate rate = { sim_node(me), ppb - storm->ppb };

    clock_change_drift(me->class->world, &rate, 1);
    storm->ppb = ppb;
    storm->changed++;
    ck_assert_int_eq(sim_now(me), before);
    ck_assert_int_eq(sim_wall(me), wall);
    sim_timer(me, TOCK, sim_uniform(me, MORE_LUCK, 1, 20000));
}

/* A rate of at most 2 shows up to a nanosecond too much, and each change may add one. */
static void judge_wait(struct sim_seat *me, const struct wait *wait)
{
    struct storm *storm = context_of(me);
    sim_time counted = sim_now(me) - wait->since;

    storm->waits++;
    ck_assert_int_ge(counted, wait->span);
    ck_assert_int_le(counted, wait->span + 2 + 2 * (sim_time)(storm->changed - wait->changed));
}

static void begin_storm(struct sim_seat *me)
{
    if (sim_self(me) != 0)
        return;
    wait_at_random(me);
    change_at_random(me);
}

static void storm_timer(struct sim_seat *me, unsigned kind)
{
    const struct actor_state *s = state_of(me);

    if (kind == TOCK) {
        change_at_random(me);
        return;
    }
    judge_wait(me, &(struct wait){ s->count, s->other, (uint64_t)s->value });
    wait_at_random(me);
}

static void storm_later(struct sim_seat *me, unsigned kind, const void *context)
{
    ck_assert_uint_eq(kind, SOON);
    judge_wait(me, context);
}

static void storm_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    ck_assert_uint_eq(site, ASK);
    judge_wait(me, outcome->context);
}

START_TEST(no_wait_ends_early_however_the_drift_changes)
{
    struct storm storm = { 0 };
    struct script script = {
        .start = begin_storm,
        .timer = storm_timer,
        .later = storm_later,
        .request = never_answer,
        .outcome = storm_outcome,
        .context = &storm,
    };
    struct stage stage;

    stage_init(&stage, (uint64_t)_i, 100 * SIM_MILLISECOND);
    stage_group(&stage, "a", 2, &script);
    stage_open(&stage, false);
    ck_assert_int_eq(sim_world_run(stage.world), SIM_END_DURATION);
    ck_assert_uint_gt(storm.waits, 1000);
    ck_assert_uint_gt(storm.changed, 2000);
    stage_finish(&stage);
}
END_TEST

/* -- as faults --------------------------------------------------------------------------------- */

enum { CROWD = 50, LOOKS = 10 };

/* What each of a crowd reads every 100 ms. */
struct album {
    sim_time now[CROWD][LOOKS], wall[CROWD][LOOKS];
    uint32_t looks[CROWD];
};

static void begin_looking(struct sim_seat *me)
{
    for (uint32_t n = 0; n < LOOKS && sim_node(me) == 0; n++)
        for (uint32_t to = 0; to < CROWD; to++)
            sim_later(me, SOON, 50 * SIM_MILLISECOND + n * 100 * SIM_MILLISECOND, &to, sizeof(to));
}

static void ask_to_look(struct sim_seat *me, unsigned kind, const void *context)
{
    uint32_t to;

    ck_assert_uint_eq(kind, SOON);
    memcpy(&to, context, sizeof(to));
    sim_call(me, TELL_BARE, to, 0, NULL, 0, NULL);
}

static void look(struct sim_seat *me, const struct sim_request *request)
{
    struct album *album = context_of(me);
    uint32_t i = sim_self(me), n = album->looks[i]++;

    ck_assert_uint_eq(request->operation, PUT_BARE);
    album->now[i][n] = sim_now(me);
    album->wall[i][n] = sim_wall(me);
}

/* Looks at 50, 150, ... 950 ms, with a fault of all who are looked at from 200 to
 * 600 ms. */
static void take_pictures(struct album *album, const struct sim_fault_kind *kind,
                          const void *params, uint64_t seed)
{
    struct script script = {
        .start = begin_looking, .later = ask_to_look, .request = look, .context = album
    };
    struct stage stage;

    *album = (struct album){ 0 };
    stage_init(&stage, seed, SIM_SECOND);
    stage_group(&stage, "watch", 1, &script)->target = 1;
    stage_group(&stage, "crowd", CROWD, &script);
    struct sim_fault_plan *fault =
        stage_fault(&stage, kind, 200 * SIM_MILLISECOND, kind->instant ? 0 : 400 * SIM_MILLISECOND,
                    1, SIM_NO_GROUP);
    fault->params = params;
    stage_run(&stage);
    for (uint32_t i = 0; i < CROWD; i++)
        ck_assert_uint_eq(album->looks[i], LOOKS);
    stage_finish(&stage);
}

static sim_time true_time(uint32_t look)
{
    return 50 * SIM_MILLISECOND + look * 100 * SIM_MILLISECOND;
}

START_TEST(a_jump_is_drawn_for_each_node)
{
    static struct album album, again, other;
    struct sim_distribution *by = sim_distribution_uniform(-SIM_SECOND, SIM_SECOND);
    struct sim_clock_jump_params params = { by };
    sim_time least = 0, most = 0;
    uint32_t same = 0;

    take_pictures(&album, &sim_fault_clock_jump, &params, 1);
    take_pictures(&again, &sim_fault_clock_jump, &params, 1);
    take_pictures(&other, &sim_fault_clock_jump, &params, 2);
    for (uint32_t i = 0; i < CROWD; i++) {
        sim_time off = album.wall[i][9] - true_time(9);

        for (uint32_t n = 0; n < LOOKS; n++) {
            ck_assert_int_eq(album.now[i][n], true_time(n));
            ck_assert_int_eq(album.wall[i][n], true_time(n) + (n < 2 ? 0 : off));
            ck_assert_int_eq(album.wall[i][n], again.wall[i][n]);
        }
        same += album.wall[i][9] == other.wall[i][9];
        least = off < least ? off : least;
        most = off > most ? off : most;
    }
    ck_assert_uint_eq(same, 0);
    ck_assert_int_lt(least, -SIM_SECOND * 8 / 10);
    ck_assert_int_gt(most, SIM_SECOND * 8 / 10);
    sim_distribution_destroy(by);
}
END_TEST

START_TEST(a_freeze_lasts_as_long_as_its_fault)
{
    static struct album album;
    struct sim_clock_freeze_params params = { _i };

    take_pictures(&album, &sim_fault_clock_freeze, &params, 1);
    for (uint32_t n = 0; n < LOOKS; n++) {
        sim_time wall = true_time(n);

        if (n >= 2 && n < 6)
            wall = 200 * SIM_MILLISECOND;
        else if (n >= 6 && params.afterwards == SIM_CLOCK_GOES_ON)
            wall -= 400 * SIM_MILLISECOND;
        ck_assert_int_eq(album.wall[CROWD - 1][n], wall);
        ck_assert_int_eq(album.now[CROWD - 1][n], true_time(n));
    }
}
END_TEST

START_TEST(a_strobe_lasts_as_long_as_its_fault)
{
    static struct album album;
    struct sim_clock_strobe_params params = { -SIM_SECOND, 200 * SIM_MILLISECOND };

    take_pictures(&album, &sim_fault_clock_strobe, &params, 1);
    for (uint32_t n = 0; n < LOOKS; n++) {
        ck_assert_int_eq(album.wall[0][n], true_time(n) - (n == 2 || n == 4 ? SIM_SECOND : 0));
        ck_assert_int_eq(album.now[0][n], true_time(n));
    }
}
END_TEST

START_TEST(a_drift_is_drawn_for_each_node_and_ends)
{
    static struct album album;
    struct sim_clock_drift_params params = { { -100000000, 100000000 } };
    sim_time least = 0, most = 0;

    take_pictures(&album, &sim_fault_clock_drift, &params, 1);
    for (uint32_t i = 0; i < CROWD; i++) {
        sim_time off = album.now[i][9] - true_time(9); /* of 400 ms */

        ck_assert_int_eq(album.now[i][1], true_time(1));
        for (uint32_t n = 6; n < LOOKS; n++)
            ck_assert_int_eq(album.now[i][n], true_time(n) + off);
        ck_assert_int_ge(off, -40 * SIM_MILLISECOND);
        ck_assert_int_le(off, 40 * SIM_MILLISECOND);
        ck_assert_int_le(llabs(album.now[i][3] - true_time(3) - off * 15 / 40), 1);
        least = off < least ? off : least;
        most = off > most ? off : most;
        for (uint32_t n = 0; n < LOOKS; n++)
            ck_assert_int_eq(album.wall[i][n], album.now[i][n]);
    }
    ck_assert_int_lt(least, -30 * SIM_MILLISECOND);
    ck_assert_int_gt(most, 30 * SIM_MILLISECOND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_clock");
    TCase *tests = tcase_create("clock");

    tcase_add_loop_test(tests, faults_reach_the_wall_clock_alone, 0,
                        sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tests, a_jump_moves_no_timer);
    tcase_add_loop_test(tests, no_sum_of_jumps_overflows, 0, 2);
    tcase_add_loop_test(tests, what_is_due_moves_with_the_clock, 0,
                        sizeof(changes) / sizeof(changes[0]));
    tcase_add_loop_test(tests, no_wait_ends_early_however_the_drift_changes, 0, 4);
    tcase_add_test(tests, a_jump_is_drawn_for_each_node);
    tcase_add_loop_test(tests, a_freeze_lasts_as_long_as_its_fault, 0, 2);
    tcase_add_test(tests, a_strobe_lasts_as_long_as_its_fault);
    tcase_add_test(tests, a_drift_is_drawn_for_each_node_and_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
