/* world_fault_kinds.c - kinds of faults one by one: what kills for ever, what crashes again and
 * again, what cuts each node off differently, what takes workers and places in a queue. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Every member counts its ticks at 10, 20, ... and sends the count to all others, who say it. */
static void count_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 10);
}

static void count_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    state_of(me)->count++;
    for (uint32_t to = 0; to < sim_members(me); to++)
        if (to != sim_self(me))
            sim_send(me, to, WORD, &(struct pair){ sim_self(me), sim_now(me) });
    sim_timer(me, TICK, 10);
}

static void count_heard(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    (void)kind;
    say(me, pair->a, pair->b);
}

static struct script counting = { .start = count_start,
                                  .timer = count_tick,
                                  .message = count_heard };

static void count_init(struct stage *stage, uint32_t members, sim_time duration)
{
    stage_init(stage, 4, duration);
    stage->plan.link.latency = stage_constant(stage, 3);
    stage_group(stage, "a", members, &counting);
}

/* Whether NODE heard what PEER sent at SENT, and when. */
static sim_time heard(const struct stage *stage, uint32_t node, uint32_t peer, sim_time sent)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == peer &&
            seen->words[1] == sent)
            return seen->time;
    }
    return -1;
}

static size_t starts(const struct stage *stage, uint32_t node)
{
    return watch_count(&stage->watch, SIM_HAPPENED_START, node, NULL);
}

static sim_time start_time(const struct stage *stage, uint32_t node, size_t n)
{
    return watch_nth(&stage->watch, SIM_HAPPENED_START, node, NULL, n)->time;
}

/* -- processes --------------------------------------------------------------------------------- */

/* A worker that takes 2 for each message; the three faults from 25 to 65. */
START_TEST(a_crash_a_pause_and_slowness_are_three_things)
{
    static const struct sim_fault_kind *const kinds[] = { &sim_fault_crash, &sim_fault_pause,
                                                          &sim_fault_slow };
    struct stage stage;
    sim_time came[3][3];
    int64_t counts[3];

    for (int i = 0; i < 3; i++) {
        count_init(&stage, 2, 101);
        stage.groups[0].processor.cost = stage_constant(&stage, 2);
        struct sim_fault_plan *fault = stage_fault(&stage, kinds[i], 25, 40, 0, 1);
        if (i == 2)
            stage_slow(fault)->factor = 4;
        stage_run(&stage);
        counts[i] = stage_state(&stage, 1)->count;
        for (int k = 0; k < 3; k++)
            came[i][k] = heard(&stage, 1, 0, 30 + 10 * k);
        stage_finish(&stage);
    }
    /* crash: what it counted is lost, and so is what came meanwhile */
    ck_assert_int_eq(counts[0], 3); /* from 65 on: 75, 85, 95 */
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(came[0][k], -1);
    /* pause: nothing is lost; what came waits, in order, for its end */
    ck_assert_int_eq(counts[1], 2 + 1 + 3); /* 10, 20; that of 30 at 65; 75, 85, 95 */
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(came[1][k], 65 + 2 * (k + 1));
    /* slow: all goes on, and takes four times as long */
    ck_assert_int_eq(counts[2], 10);
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(came[2][k], 30 + 10 * k + 3 + 8);
}
END_TEST

START_TEST(nothing_brings_back_what_was_killed)
{
    struct stage stage;

    count_init(&stage, 3, 200);
    stage_fault(&stage, &sim_fault_crash, 10, 30, 0, 0);
    stage_fault(&stage, &sim_fault_kill, 20, 0, 0, SIM_NO_GROUP)->label = "gone";
    stage_fault(&stage, &sim_fault_restart, 50, 0, 0, SIM_NO_GROUP);
    stage_fault(&stage, &sim_fault_crash, 60, 10, 0, 1);
    stage_fault(&stage, &sim_action_stop, 80, 0, 0, SIM_NO_GROUP);
    stage_fault(&stage, &sim_action_start, 90, 0, 0, SIM_NO_GROUP);
    struct sim_fault_plan *loop = stage_fault(&stage, &sim_fault_crash_loop, 100, 50, 0, 2);
    stage_loop(loop)->up = stage_loop(loop)->down = stage_constant(&stage, 5);
    stage_fault(&stage, &sim_fault_kill, 150, 0, 0, 1)->label = "again";
    stage_run(&stage);
    for (uint32_t node = 0; node < 3; node++)
        ck_assert_uint_eq(starts(&stage, node), 1);
    ck_assert_uint_eq(stage.watch.window_count, 1); /* for ever, and only once */
    ck_assert_int_eq(stage.watch.windows[0].time, 20);
    stage_finish(&stage);
}
END_TEST

static struct sim_fault_plan *loop_of(struct stage *stage, sim_time at, sim_time span,
                                      uint32_t member, sim_time up, sim_time down)
{
    struct sim_fault_plan *fault = stage_fault(stage, &sim_fault_crash_loop, at, span, 0, member);

    stage_loop(fault)->up = stage_constant(stage, up);
    stage_loop(fault)->down = stage_constant(stage, down);
    return fault;
}

START_TEST(a_crash_loop_crashes_again_while_it_lasts)
{
    static const sim_time started[] = { 0, 25, 60, 95, 106 };
    struct stage stage;

    count_init(&stage, 2, 200);
    loop_of(&stage, 20, 86, 0, 30, 5)->label = "loop"; /* crashes at 20, 55, 90; heals at 106 */
    stage_run(&stage);
    ck_assert_uint_eq(starts(&stage, 0), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(start_time(&stage, 0, i), started[i]);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, 0, "crash_loop"), 3);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_HEAL, 0, "crash_loop"), 1);
    ck_assert_uint_eq(stage.watch.window_count, 2);
    ck_assert_int_eq(stage_state(&stage, 0)->count, 10); /* since 95 */
    ck_assert_uint_eq(starts(&stage, 1), 1);
    stage_close(&stage);
    /* one that ends while the node is down restarts it */
    stage.plan.fault_count = 0;
    loop_of(&stage, 20, 38, 0, 30, 5); /* crashes at 20, 55 */
    stage_run(&stage);
    ck_assert_uint_eq(starts(&stage, 0), 3);
    ck_assert_int_eq(start_time(&stage, 0, 2), 58);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_loop_and_other_faults_hold_a_node_down_together)
{
    struct stage stage;

    count_init(&stage, 1, 200);
    loop_of(&stage, 20, 75, 0, 30, 5);                   /* down 20..25, 55..60, 90..95 */
    stage_fault(&stage, &sim_fault_crash, 22, 10, 0, 0); /* to 32: holds it past 25 */
    stage_fault(&stage, &sim_fault_crash, 50, 7, 0, 0);  /* to 57: the loop holds it past that */
    stage_fault(&stage, &sim_fault_restart, 92, 0, 0, 0);
    stage_run(&stage);
    ck_assert_uint_eq(starts(&stage, 0), 4);
    ck_assert_int_eq(start_time(&stage, 0, 1), 32);
    ck_assert_int_eq(start_time(&stage, 0, 2), 60);
    ck_assert_int_eq(start_time(&stage, 0, 3), 92);
    stage_finish(&stage);
}
END_TEST

START_TEST(each_node_of_a_loop_draws_its_own_times)
{
    struct stage stage;
    struct sim_digest digests[2];
    sim_time first[2], second[2];

    for (int more = 0; more < 2; more++) {
        count_init(&stage, 2, 2000);
        if (more) /* a fault before it changes none of its luck */
            stage_fault(&stage, &sim_fault_slow, 5, 10, 0, 0);
        struct sim_fault_plan *fault =
            stage_fault(&stage, &sim_fault_crash_loop, 20, 0, 0, SIM_NO_GROUP);
        stage_loop(fault)->up = stage_keep(&stage, sim_distribution_uniform(10, 100));
        stage_loop(fault)->down = stage_keep(&stage, sim_distribution_uniform(10, 100));
        stage_open(&stage, true);
        stage_run(&stage);
        first[more] = start_time(&stage, 0, 5);
        second[more] = start_time(&stage, 1, 5);
        digests[more] = stage.digest;
        stage_finish(&stage);
    }
    ck_assert_int_ne(first[0], second[0]);
    ck_assert_int_eq(first[0], first[1]);
    ck_assert_int_eq(second[0], second[1]);
    ck_assert(!digests_are_equal(&digests[0], &digests[1]));
}
END_TEST

/* -- partitions -------------------------------------------------------------------------------- */

static void reaches(const struct stage *stage, uint32_t from, uint32_t to, sim_time sent,
                    bool expected)
{
    ck_assert_msg((heard(stage, to, from, sent) >= 0) == expected, "%u to %u at %lld", from, to,
                  (long long)sent);
}

START_TEST(a_bridge_sees_both_sides)
{
    struct stage stage;
    static const struct sim_selector bridge = { .group = 0, .member = 2 };

    count_init(&stage, 5, 60);
    struct sim_fault_plan *fault = stage_cut(&stage, 15, 20, 0, 0, 2);
    stage_rest(&stage, fault);
    fault->bridge = (struct sim_side){ &bridge, 1 };
    stage_run(&stage);
    for (uint32_t from = 0; from < 5; from++)
        for (uint32_t to = 0; to < 5; to++) {
            if (from == to)
                continue;
            reaches(&stage, from, to, 20, from == 2 || to == 2 || (from < 2) == (to < 2));
            reaches(&stage, from, to, 40, true);
        }
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, 2, NULL), 0);
    stage_finish(&stage);
}
END_TEST

/* Cut for 60, open for 40, and so on: from 25 to 85, from 125 to 185, from 225 to 270. */
START_TEST(a_partition_that_flaps_is_cut_and_open_in_turn)
{
    struct stage stage;

    for (int cuts_flight = 0; cuts_flight < 2; cuts_flight++) {
        count_init(&stage, 2, 400);
        stage.plan.link.latency = stage_constant(&stage, 63);
        struct sim_fault_plan *fault = stage_cut(&stage, 25, 245, 0, 0, 1);
        stage_rest(&stage, fault);
        fault->label = "flap";
        stage_partition(fault)->flap = 100;
        stage_partition(fault)->open = 0.4;
        stage_partition(fault)->in_flight =
            cuts_flight ? SIM_IN_FLIGHT_CUT : SIM_IN_FLIGHT_SURVIVES;
        stage_run(&stage);
        for (sim_time sent = 10; sent <= 330; sent += 10) {
            bool cut = sent < 270 && sent > 25 && (sent - 25) % 100 < 60;
            bool flight = false;

            for (sim_time again = 25; again < 270; again += 100)
                flight = flight || (sent < again && again < sent + 63);
            reaches(&stage, 0, 1, sent, !cut && !(cuts_flight && flight));
        }
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, 0, NULL), 1);
        ck_assert_uint_eq(stage.watch.window_count, 2);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(isolated_nodes_reach_nobody_not_even_each_other)
{
    struct stage stage;

    for (int one_way = 0; one_way < 2; one_way++) {
        count_init(&stage, 4, 60);
        struct sim_fault_plan *fault =
            stage_fault(&stage, &sim_fault_isolate, 15, 20, 0, SIM_NO_GROUP);
        stage.selectors[0].member = 1;
        stage_side(&stage, fault, 0, 2, 1); /* a second selector of the same side */
        stage.sides[0].count = 2;
        fault->side_count = 1;
        stage_partition(fault)->one_way = one_way;
        stage_run(&stage);
        for (uint32_t from = 0; from < 4; from++)
            for (uint32_t to = 0; to < 4; to++) {
                bool isolated = from == 1 || from == 2;

                if (from == to)
                    continue;
                isolated = isolated || (!one_way && (to == 1 || to == 2));
                reaches(&stage, from, to, 20, !isolated);
                reaches(&stage, from, to, 40, true);
            }
        stage_finish(&stage);
    }
}
END_TEST

/* {nodes, neighbours given, how many each sees, itself among them} */
static const struct {
    uint32_t nodes;
    int64_t given;
    uint32_t sees;
} rings[] = { { 3, 0, 3 }, { 4, 0, 3 }, { 5, 0, 3 }, { 6, 0, 5 },
              { 7, 0, 5 }, { 9, 0, 5 }, { 9, 3, 7 }, { 5, 2, 5 } };

START_TEST(every_node_of_a_ring_sees_another_majority)
{
    struct stage stage;
    uint32_t seen[9] = { 0 }, nodes = rings[_i].nodes;

    count_init(&stage, nodes, 60);
    stage_partition(stage_fault(&stage, &sim_fault_partition_ring, 15, 20, 0, SIM_NO_GROUP))
        ->neighbours = rings[_i].given;
    stage_run(&stage);
    for (uint32_t node = 0; node < nodes; node++) {
        seen[node] = 1u << node;
        for (uint32_t peer = 0; peer < nodes; peer++)
            if (peer != node && heard(&stage, node, peer, 20) >= 0)
                seen[node] |= 1u << peer;
        ck_assert_int_eq(__builtin_popcount(seen[node]), (int)rings[_i].sees);
        ck_assert_uint_gt(2 * rings[_i].sees, nodes);
        for (uint32_t other = 0; other < node && rings[_i].sees < nodes; other++)
            ck_assert_uint_ne(seen[node], seen[other]);
    }
    ck_assert_uint_eq(stage.watch.strikes[0].count, rings[_i].sees < nodes ? nodes : 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(partitions_of_all_forms_end_in_any_order)
{
    struct stage stage;

    count_init(&stage, 5, 200);
    stage_fault(&stage, &sim_fault_isolate, 15, 50, 0, 0);                   /* to 65 */
    stage_fault(&stage, &sim_fault_partition_ring, 25, 20, 0, SIM_NO_GROUP); /* to 45 */
    struct sim_fault_plan *cut = stage_cut(&stage, 35, 50, 0, 1, 1);         /* to 85 */
    stage_rest(&stage, cut);
    stage_run(&stage);
    reaches(&stage, 0, 1, 60, false);
    reaches(&stage, 0, 1, 70, false);
    reaches(&stage, 0, 2, 60, false);
    reaches(&stage, 0, 2, 70, true);
    reaches(&stage, 2, 4, 30, false);
    reaches(&stage, 2, 4, 50, true);
    reaches(&stage, 1, 2, 30, true);
    reaches(&stage, 1, 2, 50, false);
    for (uint32_t peer = 1; peer < 5; peer++)
        reaches(&stage, 0, peer, 90, true);
    stage_finish(&stage);
}
END_TEST

/* -- processors -------------------------------------------------------------------------------- */

/* Node 0 hears from four others every 10, with 3 workers and 6 for each message: none waits. */
static void work_init(struct stage *stage)
{
    count_init(stage, 4, 100);
    stage->groups[0].processor.workers = 3;
    stage->groups[0].processor.cost = stage_constant(stage, 6);
}

START_TEST(workers_that_are_gone_finish_and_come_back)
{
    struct stage stage;

    work_init(&stage);
    stage_workers(stage_fault(&stage, &sim_fault_workers, 35, 20, 0, 0))->left = 1;
    stage_workers(stage_fault(&stage, &sim_fault_workers, 37, 30, 0, 0))->left = 2;
    stage_run(&stage);
    for (uint32_t peer = 1; peer < 4; peer++) { /* what they were at: from 33 to 39 */
        ck_assert_int_eq(heard(&stage, 0, peer, 20), 29);
        ck_assert_int_eq(heard(&stage, 0, peer, 30), 39);
        /* one worker from 43 on; from 55 on there are two, so 50's second begins then */
        ck_assert_int_eq(heard(&stage, 0, peer, 40), 43 + 6 * (sim_time)peer);
    }
    ck_assert_int_eq(heard(&stage, 0, 1, 80), 89); /* all three again */
    ck_assert_int_eq(heard(&stage, 0, 3, 80), 89);
    stage_finish(&stage);
}
END_TEST

START_TEST(without_workers_all_wait_also_through_a_pause)
{
    struct stage stage;

    work_init(&stage);
    stage_workers(stage_fault(&stage, &sim_fault_workers, 35, 20, 0, 0))->left = 0;
    stage_fault(&stage, &sim_fault_pause, 46, 20, 0, 0); /* to 66 */
    stage_run(&stage);
    for (uint32_t peer = 1; peer < 4; peer++) {
        ck_assert_int_eq(heard(&stage, 0, peer, 30), 39);
        ck_assert_int_eq(heard(&stage, 0, peer, 40), 72);
        ck_assert_int_eq(heard(&stage, 0, peer, 50), 78);
        ck_assert_int_eq(heard(&stage, 0, peer, 60), 84);
        ck_assert_int_eq(heard(&stage, 0, peer, 70), 90);
    }
    stage_finish(&stage);
}
END_TEST

START_TEST(a_full_queue_drops_what_comes_and_keeps_what_waits)
{
    struct stage stage;

    work_init(&stage);
    stage.groups[0].processor.workers = 1;
    stage.groups[0].processor.cost = stage_constant(&stage, 3);
    stage_queue(stage_fault(&stage, &sim_fault_queue_full, 24, 20, 0, 0))->capacity = 1;
    stage_run(&stage);
    /* at 23 one works and two wait, at 33 and 43 one waits and one is dropped */
    ck_assert_int_eq(heard(&stage, 0, 3, 20), 23 + 9);
    ck_assert_int_eq(heard(&stage, 0, 2, 30), 33 + 6);
    ck_assert_int_eq(heard(&stage, 0, 3, 30), -1);
    ck_assert_int_eq(heard(&stage, 0, 3, 40), -1);
    ck_assert_int_eq(heard(&stage, 0, 3, 50), 53 + 9);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->overflowed, 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_has_no_processor_feels_neither)
{
    struct stage stage;

    count_init(&stage, 2, 60);
    stage_workers(stage_fault(&stage, &sim_fault_workers, 15, 20, 0, 0))->left = 0;
    stage_fault(&stage, &sim_fault_queue_full, 15, 20, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(heard(&stage, 0, 1, 20), 23);
    for (size_t i = 0; i < stage.watch.strike_count; i++)
        ck_assert_uint_eq(stage.watch.strikes[i].count, 0);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_fault_kinds");
    TCase *tests = tcase_create("kinds");

    tcase_add_test(tests, a_crash_a_pause_and_slowness_are_three_things);
    tcase_add_test(tests, nothing_brings_back_what_was_killed);
    tcase_add_test(tests, a_crash_loop_crashes_again_while_it_lasts);
    tcase_add_test(tests, a_loop_and_other_faults_hold_a_node_down_together);
    tcase_add_test(tests, each_node_of_a_loop_draws_its_own_times);
    tcase_add_test(tests, a_bridge_sees_both_sides);
    tcase_add_test(tests, a_partition_that_flaps_is_cut_and_open_in_turn);
    tcase_add_test(tests, isolated_nodes_reach_nobody_not_even_each_other);
    tcase_add_loop_test(tests, every_node_of_a_ring_sees_another_majority, 0,
                        (int)(sizeof(rings) / sizeof(rings[0])));
    tcase_add_test(tests, partitions_of_all_forms_end_in_any_order);
    tcase_add_test(tests, workers_that_are_gone_finish_and_come_back);
    tcase_add_test(tests, without_workers_all_wait_also_through_a_pause);
    tcase_add_test(tests, a_full_queue_drops_what_comes_and_keeps_what_waits);
    tcase_add_test(tests, what_has_no_processor_feels_neither);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
