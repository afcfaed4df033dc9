/* world_fault.c - crashes, pauses, slowness and partitions: what each takes, what it leaves, and
 * what happens where they overlap. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every node says hello at each start, counts seconds with TICK, and sends its count to the next.
 */
static void beat_start(struct sim_seat *me)
{
    ck_assert_int_eq(state_of(me)->count, 0);
    ck_assert(!state_of(me)->memory);
    state_of(me)->memory = sim_new(me, 100);
    state_of(me)->role = sim_self(me);
    state_of(me)->flag = sim_self(me) == 1;
    say(me, -1, sim_now(me));
    sim_timer(me, TICK, 10);
}

static void beat_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    state_of(me)->count++;
    for (uint32_t to = 0; to < sim_members(me); to++) {
        if (to != sim_self(me))
            sim_send(me, to, WORD, &(struct pair){ sim_self(me), sim_now(me) });
    }
    sim_timer(me, TICK, 10);
}

static void beat_heard(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    (void)kind;
    say(me, pair->a, pair->b);
}

static struct script beating = { .start = beat_start, .timer = beat_tick, .message = beat_heard };

static void beat_init(struct stage *stage, uint32_t members, sim_time latency, sim_time duration)
{
    stage_init(stage, 4, duration);
    stage->plan.link.latency = stage_constant(stage, latency);
    stage_group(stage, "a", members, &beating);
}

/* When NODE started for the N-th time; -1: it did not. */
static sim_time started(const struct stage *stage, uint32_t node, size_t n)
{
    const struct seen *seen = watch_nth(&stage->watch, SIM_HAPPENED_START, node, NULL, n);

    return seen ? seen->time : -1;
}

/* Whether NODE heard at TIME what PEER sent at SENT. */
static bool heard(const struct stage *stage, uint32_t node, uint32_t peer, sim_time sent)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == peer &&
            seen->words[1] == sent)
            return true;
    }
    return false;
}

START_TEST(a_crash_loses_memory_and_messages_until_the_restart)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 100);
    stage_fault(&stage, &sim_fault_crash, 25, 20, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), 45);
    ck_assert_int_eq(started(&stage, 0, 2), -1);
    ck_assert(heard(&stage, 0, 1, 20));
    ck_assert(!heard(&stage, 0, 1, 30));
    ck_assert(!heard(&stage, 0, 1, 40));
    ck_assert(heard(&stage, 0, 1, 50));
    ck_assert(heard(&stage, 1, 0, 20)); /* sent before, still arrives */
    ck_assert(heard(&stage, 1, 0, 55));
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->to_down, 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 0, "word"), 2);
    ck_assert_int_eq(stage_state(&stage, 0)->count, 5);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_pause_loses_nothing_and_the_clock_goes_on)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 100);
    stage_fault(&stage, &sim_fault_pause, 25, 31, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), -1);
    /* at 56 the tick of 30 comes first, then what arrived at 33, 43 and 53 */
    const struct seen *tick = watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick", 2);
    ck_assert_int_eq(tick->time, 56);
    for (sim_time sent = 30; sent <= 50; sent += 10)
        ck_assert(heard(&stage, 0, 1, sent));
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_MESSAGE, 0, "word", 2)->time, 56);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_MESSAGE, 0, "word", 4)->time, 56);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_MESSAGE, 0, "word", 5)->time, 63);
    ck_assert(heard(&stage, 1, 0, 56));
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick", 3)->time, 66);
    ck_assert_int_eq(stage_state(&stage, 0)->count, 7);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_power_loss_is_one_instant_and_starts_together)
{
    struct stage stage;

    beat_init(&stage, 4, 3, 100);
    stage_fault(&stage, &sim_fault_power_loss, 20, 15, 0, SIM_NO_GROUP);
    stage_run(&stage);
    for (uint32_t node = 0; node < 4; node++) {
        ck_assert_int_eq(started(&stage, node, 1), 35);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "power_loss"), 1);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_HEAL, node, "power_loss"), 1);
    }
    /* the fault strikes before the ticks of its instant */
    ck_assert(!heard(&stage, 0, 1, 20));
    stage_finish(&stage);
}
END_TEST

START_TEST(overlapping_crashes_end_with_the_last)
{
    struct stage stage;

    beat_init(&stage, 3, 3, 200);
    stage_fault(&stage, &sim_fault_crash, 20, 20, 0, 0);                 /* to 40 */
    stage_fault(&stage, &sim_fault_power_loss, 30, 40, 0, SIM_NO_GROUP); /* to 70 */
    stage_fault(&stage, &sim_fault_crash, 60, 20, 0, 1);                 /* to 80 */
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), 70);
    ck_assert_int_eq(started(&stage, 1, 1), 80);
    ck_assert_int_eq(started(&stage, 2, 1), 70);
    ck_assert_int_eq(started(&stage, 1, 2), -1);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_restart_overrules_and_later_heals_do_nothing)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 200);
    stage_fault(&stage, &sim_fault_crash, 20, 80, 0, 0);             /* to 100 */
    stage_fault(&stage, &sim_fault_restart, 40, 0, 0, SIM_NO_GROUP); /* member 1 is up: nothing */
    stage_fault(&stage, &sim_fault_crash, 60, 60, 0,
                0); /* to 120: not touched by the heal of 100 */
    stage_fault(&stage, &sim_fault_crash, 150, 0, 0, 1); /* for ever */
    stage_fault(&stage, &sim_fault_crash, 160, 5, 0, 1); /* of a node that is down */
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), 40);
    ck_assert_int_eq(started(&stage, 0, 2), 120);
    ck_assert_int_eq(started(&stage, 0, 3), -1);
    ck_assert_int_eq(started(&stage, 1, 1), -1);
    stage_finish(&stage);
}
END_TEST

/* When node 0 ticked after time FROM. */
static sim_time ticked_after(const struct stage *stage, sim_time from)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_TIMER && seen->node == 0 && seen->time >= from)
            return seen->time;
    }
    return -1;
}

START_TEST(pauses_overlap_and_a_resume_ends_them_all)
{
    struct stage stage;

    beat_init(&stage, 1, 3, 400);
    stage_fault(&stage, &sim_fault_pause, 21, 20, 0, 0); /* to 41 */
    stage_fault(&stage, &sim_fault_pause, 31, 20, 0, 0); /* to 51 */
    stage_run(&stage);
    ck_assert_int_eq(ticked_after(&stage, 22), 51);
    stage_finish(&stage);
    beat_init(&stage, 1, 3, 400);
    stage_fault(&stage, &sim_fault_pause, 21, 100, 0, 0); /* to 121 */
    stage_fault(&stage, &sim_fault_pause, 25, 20, 0, 0);  /* to 45 */
    stage_fault(&stage, &sim_fault_resume, 33, 0, 0, 0);
    stage_fault(&stage, &sim_fault_pause, 100, 100, 0,
                0); /* to 200: the heal of 121 is of another */
    stage_run(&stage);
    ck_assert_int_eq(ticked_after(&stage, 22), 33);
    ck_assert_int_eq(ticked_after(&stage, 101), 200);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_crash_ends_a_pause_and_forgets_what_waited)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 400);
    stage_fault(&stage, &sim_fault_pause, 21, 100, 0, 0); /* to 121 */
    stage_fault(&stage, &sim_fault_crash, 45, 10, 0, 0);
    stage_fault(&stage, &sim_fault_pause, 111, 50, 0, 0); /* to 161 */
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), 55);
    ck_assert_int_eq(ticked_after(&stage, 46), 65);
    ck_assert(!heard(&stage, 0, 1, 30));
    ck_assert(!heard(&stage, 0, 1, 40));
    ck_assert(heard(&stage, 0, 1, 60));
    /* three that waited (of 20, 30 and 40), one while it was down */
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 0, "word"), 4);
    ck_assert_int_eq(ticked_after(&stage, 112), 161); /* the heal of 121 leaves the second alone */
    stage_finish(&stage);
    /* a node that is down has nothing to pause */
    beat_init(&stage, 2, 3, 400);
    stage_fault(&stage, &sim_fault_crash, 21, 20, 0, 0);
    stage_fault(&stage, &sim_fault_pause, 31, 200, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(ticked_after(&stage, 31), 51);
    stage_finish(&stage);
}
END_TEST

/* -- partitions
 * ---------------------------------------------------------------------------------------- */

/* Whether what FROM sent at SENT came through: both ends must agree on nothing else. */
static void passes(const struct stage *stage, uint32_t from, uint32_t to, sim_time sent, bool does)
{
    ck_assert_msg(heard(stage, to, from, sent) == does, "%u to %u at %d", from, to, (int)sent);
}

START_TEST(the_sides_of_a_partition_do_not_reach_each_other)
{
    struct stage stage;

    beat_init(&stage, 5, 3, 100);
    struct sim_fault_plan *fault = stage_cut(&stage, 15, 20, 0, 0, 2); /* 0 1 | 2 3, 4 in none */
    stage_side(&stage, fault, 0, 2, 2);
    stage_run(&stage);
    for (uint32_t from = 0; from < 5; from++) {
        for (uint32_t to = 0; to < 5; to++) {
            bool cut = (from < 2 && (to == 2 || to == 3)) || (to < 2 && (from == 2 || from == 3));

            if (from == to)
                continue;
            passes(&stage, from, to, 10, true);
            passes(&stage, from, to, 20, !cut);
            passes(&stage, from, to, 30, !cut);
            passes(&stage, from, to, 40, true);
        }
    }
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->cut, 16);
    stage_finish(&stage);
}
END_TEST

START_TEST(three_sides_rest_and_one_way)
{
    struct stage stage;

    beat_init(&stage, 5, 3, 100);
    struct sim_fault_plan *fault = stage_cut(&stage, 15, 20, 0, 0, 1); /* 0 | 1 2 | rest */
    stage_side(&stage, fault, 0, 1, 2);
    stage_rest(&stage, fault);
    stage_run(&stage);
    for (uint32_t from = 0; from < 5; from++) {
        for (uint32_t to = 0; to < 5; to++) {
            static const int sides[] = { 0, 1, 1, 2, 2 };

            if (from != to)
                passes(&stage, from, to, 20, sides[from] == sides[to]);
        }
    }
    stage_finish(&stage);
    beat_init(&stage, 3, 3, 100);
    fault = stage_cut(&stage, 15, 20, 0, 0, 1); /* 0 hears, but is not heard */
    stage_rest(&stage, fault);
    stage_partition(fault)->one_way = true;
    stage_run(&stage);
    passes(&stage, 0, 1, 20, false);
    passes(&stage, 1, 0, 20, true);
    passes(&stage, 1, 2, 20, true);
    stage_finish(&stage);
}
END_TEST

START_TEST(partitions_overlap)
{
    struct stage stage;

    beat_init(&stage, 3, 3, 100);
    stage_rest(&stage, stage_cut(&stage, 15, 20, 0, 0, 1)); /* 0 alone, to 35 */
    stage_rest(&stage, stage_cut(&stage, 25, 20, 0, 2, 1)); /* 2 alone, to 45 */
    stage_run(&stage);
    passes(&stage, 0, 1, 20, false);
    passes(&stage, 1, 2, 20, true);
    passes(&stage, 0, 1, 30, false);
    passes(&stage, 1, 2, 30, false);
    passes(&stage, 0, 1, 40, true);
    passes(&stage, 0, 2, 40, false);
    passes(&stage, 0, 2, 50, true);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_is_under_way_survives_unless_it_is_cut_too)
{
    struct stage stage;

    for (int cut = 0; cut < 2; cut++) {
        beat_init(&stage, 2, 17, 200);
        struct sim_fault_plan *fault = stage_cut(&stage, 11, 2, 0, 0, 1);
        stage_rest(&stage, fault);
        stage_partition(fault)->in_flight = cut ? SIM_IN_FLIGHT_CUT : SIM_IN_FLIGHT_SURVIVES;
        stage_run(&stage);
        /* sent at 10, healed at 13, would arrive at 27 */
        passes(&stage, 0, 1, 10, !cut);
        passes(&stage, 1, 0, 10, !cut);
        for (sim_time sent = 20; sent < 180; sent += 10)
            passes(&stage, 0, 1, sent, true);
        ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->cut, 2 * (unsigned)cut);
        stage_finish(&stage);
    }
    /* what is sent after the end passes, also if it comes before the last that was under way */
    static const uint32_t zones[] = { 0, 1 };
    struct sim_link_rule fast = { { 0, 1 }, { 0, 0 }, false, NULL, { .latency = NULL } };
    beat_init(&stage, 2, 17, 200);
    stage.groups[0].zones = zones;
    stage.groups[0].zone_count = 2;
    fast.link.latency = stage_constant(&stage, 2);
    stage.plan.rules = &fast;
    stage.plan.rule_count = 1;
    struct sim_fault_plan *both_ways = stage_cut(&stage, 19, 1, 0, 0, 1);
    stage_rest(&stage, both_ways);
    stage_partition(both_ways)->in_flight = SIM_IN_FLIGHT_CUT;
    stage_run(&stage);
    passes(&stage, 0, 1, 10, false);
    passes(&stage, 1, 0, 10, true);
    passes(&stage, 1, 0, 20, false);
    passes(&stage, 1, 0, 30, true);
    passes(&stage, 0, 1, 20, false);
    passes(&stage, 0, 1, 30, true);
    stage_finish(&stage);
    /* only one way of what is under way */
    beat_init(&stage, 2, 17, 200);
    struct sim_fault_plan *fault = stage_cut(&stage, 15, 2, 0, 0, 1);
    stage_rest(&stage, fault);
    stage_partition(fault)->in_flight = SIM_IN_FLIGHT_CUT;
    stage_partition(fault)->one_way = true;
    stage_run(&stage);
    passes(&stage, 0, 1, 10, false);
    passes(&stage, 1, 0, 10, true);
    stage_finish(&stage);
}
END_TEST

START_TEST(flapping_cuts_in_flight_again_and_again)
{
    struct stage stage;

    beat_init(&stage, 2, 17, 10000);
    struct sim_fault_plan *fault = stage_cut(&stage, 0, 1, 0, 0, 1);
    stage_rest(&stage, fault);
    stage_partition(fault)->in_flight = SIM_IN_FLIGHT_CUT;
    fault->every = stage_constant(&stage, 100);
    fault->to = 9000;
    stage_run(&stage);
    for (sim_time sent = 10; sent < 9900; sent += 10) {
        /* under way when one strikes, or sent while it lasts */
        sim_time next = (sent + 99) / 100 * 100;
        bool cut = next > 0 && next <= 9000 && next < sent + 17;

        passes(&stage, 0, 1, sent, !cut);
    }
    stage_finish(&stage);
}
END_TEST

/* -- whom and when
 * --------------------------------------------------------------------------------------- */

START_TEST(pick_is_uniform_and_the_same_for_a_seed)
{
    size_t hits[10] = { 0 };
    uint32_t first[2] = { 0, 0 };

    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct stage stage;
        size_t hit = 0;

        stage_init(&stage, seed <= 2 ? 77 : seed, 50);
        stage_group(&stage, "a", 10, &beating);
        stage_fault(&stage, &sim_fault_crash, 20, 0, 0, SIM_NO_GROUP);
        stage.selectors[0].pick = 3;
        stage_run(&stage);
        for (uint32_t node = 0; node < 10; node++) {
            size_t n = watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "crash");

            hit += n;
            hits[node] += n;
            if (n > 0 && seed <= 2)
                first[seed - 1] |= 1u << node;
        }
        ck_assert_uint_eq(hit, 3);
        stage_finish(&stage);
    }
    ck_assert_uint_eq(first[0], first[1]);
    for (int i = 0; i < 10; i++) { /* 120 +- 4.5 * sqrt(400 * 0.3 * 0.7) */
        ck_assert_uint_ge(hits[i], 120 - 41);
        ck_assert_uint_le(hits[i], 120 + 41);
    }
}
END_TEST

/* The selector of FAULT's only side. */
static struct sim_selector *selector_of(struct stage *stage, const struct sim_fault_plan *fault)
{
    return &stage->selectors[fault->sides[0].selectors - stage->selectors];
}

START_TEST(who_is_wanted_first_is_among_those_picked)
{
    struct stage stage;
    const struct sim_selector with = { .group = 0,
                                       .member = SIM_NO_GROUP,
                                       .where = "role",
                                       .where_offset = offsetof(struct actor_state, role),
                                       .equals = 3 };
    unsigned picked[5] = { 0 };

    for (uint64_t seed = 1; seed <= 200; seed++) {
        beat_init(&stage, 5, 3, 30);
        stage.plan.seed = seed;
        struct sim_selector *selector =
            selector_of(&stage, stage_fault(&stage, &sim_fault_crash, 25, 0, 0, SIM_NO_GROUP));
        selector->pick = 2;
        selector->with = &with;
        stage_run(&stage);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, ANY_NODE, "crash"), 2);
        for (uint32_t node = 0; node < 5; node++)
            picked[node] += (unsigned)watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "crash");
        stage_finish(&stage);
    }
    ck_assert_uint_eq(picked[3], 200);
    for (uint32_t node = 0; node < 5; node++) /* a quarter of 200: 50 +- 6.1 */
        ck_assert(node == 3 || (picked[node] > 25 && picked[node] < 75));
}
END_TEST

START_TEST(zones_and_exceptions_narrow_a_selection)
{
    static const uint32_t zones[] = { 1, 0, 1 };
    static const char *const names[] = { "eu", "us" };
    const struct sim_selector one = { .group = 0, .member = 0 };
    const struct sim_selector three = { .group = 0, .member = 3 };
    const struct sim_selector both[] = { one, three };
    const struct sim_side except = { both, 2 };
    struct stage stage;

    beat_init(&stage, 6, 3, 60); /* members 0, 2, 3 and 5 lie in us */
    stage_group(&stage, "b", 1, &beating);
    stage.plan.zones = names;
    stage.plan.zone_count = 2;
    stage.groups[0].zones = zones;
    stage.groups[0].zone_count = 3;
    struct sim_selector *selector = selector_of(
        &stage, stage_fault(&stage, &sim_fault_pause, 20, 5, SIM_NO_GROUP, SIM_NO_GROUP));
    selector->zone = 2;
    selector = selector_of(&stage,
                           stage_fault(&stage, &sim_fault_slow, 20, 5, SIM_NO_GROUP, SIM_NO_GROUP));
    selector->except = &except;
    selector = selector_of(
        &stage, stage_fault(&stage, &sim_fault_crash, 30, 5, SIM_NO_GROUP, SIM_NO_GROUP));
    selector->zone = 2;
    selector->except = &except;
    stage_run(&stage);
    for (uint32_t node = 0; node < 7; node++) {
        bool us = node < 6 && node % 3 != 1, excepted = node == 0 || node == 3;

        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "pause"), us);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "slow"), !excepted);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "crash"),
                          us && !excepted);
    }
    stage_finish(&stage);
}
END_TEST

START_TEST(conditions_select_by_words_and_flags_of_what_is_up)
{
    struct stage stage;

    beat_init(&stage, 4, 3, 100);
    stage_fault(&stage, &sim_fault_crash, 10, 0, 0, 2);
    stage_fault(&stage, &sim_fault_pause, 20, 5, 0, SIM_NO_GROUP);
    stage.selectors[1].where = "role";
    stage.selectors[1].where_offset = offsetof(struct actor_state, role);
    stage.selectors[1].equals = 3;
    stage_fault(&stage, &sim_fault_pause, 30, 5, 0, SIM_NO_GROUP);
    stage.selectors[2].where = "flag";
    stage.selectors[2].where_flag = true;
    stage.selectors[2].where_offset = offsetof(struct actor_state, flag);
    stage.selectors[2].equals = 0;
    stage_fault(&stage, &sim_fault_slow, 40, 5, 0, SIM_NO_GROUP);
    stage.selectors[3] = stage.selectors[2];
    stage.selectors[3].equals = 1;
    stage_run(&stage);
    for (uint32_t node = 0; node < 4; node++) {
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "pause"),
                          node == 3 ? 2 : node == 0);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "slow"), node == 1);
    }
    stage_finish(&stage);
}
END_TEST

START_TEST(a_fault_may_recur_within_its_time_and_opens_windows)
{
    struct stage stage;

    beat_init(&stage, 3, 3, 1000);
    struct sim_fault_plan *fault = stage_fault(&stage, &sim_fault_crash, 0, 10, 0, 1);
    fault->every = stage_keep(&stage, sim_distribution_uniform(20, 40));
    fault->from = 100;
    fault->to = 500;
    fault->label = "blink";
    stage_fault(&stage, &sim_fault_pause, 50, 10, 0, 0);
    stage_run(&stage);
    size_t strikes = watch_count(&stage.watch, SIM_HAPPENED_FAULT, 1, "crash");
    ck_assert_uint_ge(strikes, 10);
    ck_assert_uint_le(strikes, 20);
    ck_assert_uint_eq(stage.watch.window_count, 2 * strikes); /* the pause has no label */
    for (size_t i = 0; i < stage.watch.window_count; i++) {
        const struct window *window = &stage.watch.windows[i];

        ck_assert_uint_eq(window->fault, 0);
        ck_assert_int_eq(window->opens, i % 2 == 0);
        if (i % 2 == 0) {
            sim_time gap = window->time - (i > 0 ? window[-2].time : 100);

            ck_assert_int_ge(gap, 20);
            ck_assert_int_le(gap, 40);
            ck_assert_int_le(window->time, 500);
        } else {
            ck_assert_int_eq(window->time, window[-1].time + 10);
        }
    }
    stage_finish(&stage);
}
END_TEST

/* Labelled or not, with the nodes that are hit, who may be none. */
START_TEST(faults_are_told_with_whom_they_hit)
{
    static const struct strike wanted[] = {
        { 20, 0, 1, 2, true },        { 25, 0, 1, 2, false },        { 30, 1, 3, 0, true },
        { 40, 2, 0, ANY_NODE, true }, { 40, 2, 0, ANY_NODE, false }, { 60, 1, 3, 0, false },
    };
    struct stage stage;

    beat_init(&stage, 3, 3, 100);
    stage_fault(&stage, &sim_fault_pause, 20, 5, 0, 2);
    stage_fault(&stage, &sim_fault_slow, 30, 30, 0, SIM_NO_GROUP)->label = "slow";
    stage_fault(&stage, &sim_fault_restart, 40, 0, 0, 0);
    stage.selectors[2].where = "role";
    stage.selectors[2].where_offset = offsetof(struct actor_state, role);
    stage.selectors[2].equals = 7;
    stage_run(&stage);
    ck_assert_uint_eq(stage.watch.strike_count, sizeof(wanted) / sizeof(*wanted));
    for (size_t i = 0; i < stage.watch.strike_count; i++) {
        const struct strike *strike = &stage.watch.strikes[i];

        ck_assert_int_eq(strike->time, wanted[i].time);
        ck_assert_uint_eq(strike->fault, wanted[i].fault);
        ck_assert_uint_eq(strike->count, wanted[i].count);
        ck_assert_uint_eq(strike->first, wanted[i].first);
        ck_assert_int_eq(strike->begins, wanted[i].begins);
    }
    stage_finish(&stage);
}
END_TEST

/* The windows of STAGE in order: "+0@25 -0@50" opens fault 0 at 25. */
static void check_windows(struct stage *stage, const char *expected)
{
    char text[400];
    size_t used = 0;

    for (uint32_t i = 0; i < stage->plan.fault_count; i++)
        stage->faults[i].label = "x";
    stage_run(stage);
    text[0] = '\0';
    for (size_t i = 0; i < stage->watch.window_count; i++) {
        const struct window *window = &stage->watch.windows[i];

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c%u@%lld", i > 0 ? " " : "",
                                 window->opens ? '+' : '-', window->fault, (long long)window->time);
    }
    ck_assert_str_eq(text, expected);
    stage_finish(stage);
}

START_TEST(a_window_closes_when_no_node_feels_its_fault)
{
    struct stage stage;

    beat_init(&stage, 3, 3, 200); /* a pause without an end, resumed node by node */
    stage_fault(&stage, &sim_fault_pause, 20, 0, 0, SIM_NO_GROUP);
    stage_fault(&stage, &sim_fault_resume, 40, 0, 0, 0);
    stage_fault(&stage, &sim_fault_resume, 50, 0, 0, 2);
    stage_fault(&stage, &sim_fault_resume, 60, 0, 0, 1);
    check_windows(&stage, "+0@20 +1@40 -1@40 +2@50 -2@50 +3@60 -0@60 -3@60");

    beat_init(&stage, 3, 3, 200); /* restarted before its time; its end changes nothing */
    stage_fault(&stage, &sim_fault_power_loss, 20, 100, 0, SIM_NO_GROUP);
    stage_fault(&stage, &sim_fault_crash, 30, 0, 0, 1);
    stage_fault(&stage, &sim_fault_restart, 40, 0, 0, 1);
    stage_fault(&stage, &sim_fault_crash, 50, 100, 0, 1);
    stage_fault(&stage, &sim_fault_restart, 60, 0, 0, SIM_NO_GROUP);
    check_windows(&stage, "+0@20 +1@30 +2@40 -1@40 -2@40 +3@50 +4@60 -0@60 -3@60 -4@60");

    beat_init(&stage, 2, 3, 200); /* a crash ends a pause, not a slowness nor a partition */
    stage_fault(&stage, &sim_fault_pause, 20, 100, 0, 0);
    stage_fault(&stage, &sim_fault_slow, 30, 100, 0, 0);
    stage_cut(&stage, 30, 100, 0, 0, 1);
    stage_rest(&stage, &stage.faults[2]);
    stage_fault(&stage, &sim_fault_crash, 40, 10, 0, 0);
    check_windows(&stage, "+0@20 +1@30 +2@30 +3@40 -0@40 -3@50 -1@130 -2@130");
}
END_TEST

/* One line of the trace, without a node, and no window. */
START_TEST(a_fault_that_hits_nobody_says_so)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 200);
    stage_fault(&stage, &sim_fault_crash, 10, 0, 0, 1);
    stage_fault(&stage, &sim_fault_pause, 20, 10, 0, 1);
    stage_fault(&stage, &sim_fault_resume, 40, 0, 0, 0);
    stage_fault(&stage, &sim_fault_restart, 50, 0, 0, 0);
    stage_cut(&stage, 60, 10, 0, 0, 2);
    stage_rest(&stage, &stage.faults[4]);
    stage.faults[4].label = "cut";
    stage_open(&stage, true);
    stage_run(&stage);
    static const char *const kinds[] = { "pause", "resume", "restart", "partition" };
    for (size_t i = 0; i < 4; i++) {
        const struct watch *watch = &stage.watch;

        for (int ends = 0; ends < 2; ends++) {
            enum sim_happening_kind kind = ends ? SIM_HAPPENED_HEAL : SIM_HAPPENED_FAULT;
            const struct seen *seen = watch_nth(watch, kind, SIM_NO_GROUP, kinds[i], 0);

            ck_assert_uint_eq(watch_count(watch, kind, ANY_NODE, kinds[i]), 1);
            ck_assert_ptr_nonnull(seen);
            ck_assert_uint_eq(seen->word_count, 1);
            ck_assert_int_eq(seen->words[0], 0);
            ck_assert_int_eq(seen->time, stage.faults[i + 1].at + (ends && i % 3 == 0 ? 10 : 0));
        }
    }
    ck_assert_uint_eq(stage.watch.strike_count, 9);
    for (size_t i = 1; i < 9; i++)
        ck_assert_uint_eq(stage.watch.strikes[i].count, 0);
    ck_assert_uint_eq(stage.watch.window_count, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(faults_that_share_a_label_strike_apart)
{
    struct stage stage;
    int same = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint32_t hit[2] = { 0, 0 };

        stage_init(&stage, seed, 100);
        stage_group(&stage, "a", 10, &beating);
        for (uint32_t i = 0; i < 2; i++) {
            stage_fault(&stage, i == 0 ? &sim_fault_pause : &sim_fault_slow, 20, 10, 0,
                        SIM_NO_GROUP)
                ->label = "both";
            stage.selectors[i].pick = 1;
        }
        stage_run(&stage);
        for (uint32_t node = 0; node < 10; node++) {
            if (watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "pause"))
                hit[0] = node;
            if (watch_count(&stage.watch, SIM_HAPPENED_FAULT, node, "slow"))
                hit[1] = node;
        }
        same += hit[0] == hit[1];
        stage_finish(&stage);
    }
    ck_assert_int_le(same, 15);
}
END_TEST

START_TEST(the_digest_does_not_know_where_a_fault_was_written)
{
    struct sim_digest digests[2];

    for (int listed = 0; listed < 2; listed++) {
        struct stage stage;

        beat_init(&stage, 3, 3, 1000);
        if (listed) {
            for (sim_time at = 133; at <= 500; at += 33) {
                stage_fault(&stage, &sim_fault_crash, at, 5, 0, 1)->label = at > 200 ? "x" : NULL;
            }
        } else {
            struct sim_fault_plan *fault = stage_fault(&stage, &sim_fault_crash, 0, 5, 0, 1);
            fault->every = stage_constant(&stage, 33);
            fault->from = 100;
            fault->to = 500;
        }
        stage_run(&stage);
        digests[listed] = stage.digest;
        stage_finish(&stage);
    }
    ck_assert(digests_are_equal(&digests[0], &digests[1]));
}
END_TEST

START_TEST(faults_on_all_groups_and_on_one)
{
    struct stage stage;

    beat_init(&stage, 2, 3, 100);
    stage_group(&stage, "b", 2, &beating);
    stage_fault(&stage, &sim_fault_crash, 20, 10, 1, SIM_NO_GROUP);
    stage_fault(&stage, &sim_fault_crash, 50, 10, SIM_NO_GROUP, SIM_NO_GROUP);
    stage_fault(&stage, &sim_fault_crash, 80, 10, SIM_NO_GROUP, 1); /* the second of each */
    stage_run(&stage);
    ck_assert_int_eq(started(&stage, 0, 1), 60);
    ck_assert_int_eq(started(&stage, 0, 2), -1);
    ck_assert_int_eq(started(&stage, 1, 2), 90);
    ck_assert_int_eq(started(&stage, 2, 1), 30);
    ck_assert_int_eq(started(&stage, 2, 3), -1);
    ck_assert_int_eq(started(&stage, 3, 3), 90);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_fault");
    TCase *tests = tcase_create("fault");

    tcase_add_test(tests, a_crash_loses_memory_and_messages_until_the_restart);
    tcase_add_test(tests, a_pause_loses_nothing_and_the_clock_goes_on);
    tcase_add_test(tests, a_power_loss_is_one_instant_and_starts_together);
    tcase_add_test(tests, overlapping_crashes_end_with_the_last);
    tcase_add_test(tests, a_restart_overrules_and_later_heals_do_nothing);
    tcase_add_test(tests, pauses_overlap_and_a_resume_ends_them_all);
    tcase_add_test(tests, a_crash_ends_a_pause_and_forgets_what_waited);
    tcase_add_test(tests, the_sides_of_a_partition_do_not_reach_each_other);
    tcase_add_test(tests, three_sides_rest_and_one_way);
    tcase_add_test(tests, partitions_overlap);
    tcase_add_test(tests, what_is_under_way_survives_unless_it_is_cut_too);
    tcase_add_test(tests, flapping_cuts_in_flight_again_and_again);
    tcase_add_test(tests, pick_is_uniform_and_the_same_for_a_seed);
    tcase_add_test(tests, who_is_wanted_first_is_among_those_picked);
    tcase_add_test(tests, zones_and_exceptions_narrow_a_selection);
    tcase_add_test(tests, conditions_select_by_words_and_flags_of_what_is_up);
    tcase_add_test(tests, a_fault_may_recur_within_its_time_and_opens_windows);
    tcase_add_test(tests, faults_are_told_with_whom_they_hit);
    tcase_add_test(tests, faults_that_share_a_label_strike_apart);
    tcase_add_test(tests, a_window_closes_when_no_node_feels_its_fault);
    tcase_add_test(tests, a_fault_that_hits_nobody_says_so);
    tcase_add_test(tests, the_digest_does_not_know_where_a_fault_was_written);
    tcase_add_test(tests, faults_on_all_groups_and_on_one);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
