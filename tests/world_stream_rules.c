/* world_stream_rules.c - rules about messages on connections, at instants computed by hand, beside
 * what the same rule does to datagrams. Latency is 10 ms each way, the timeout 200 ms at least. */
#include "tests/lib/errands.h"

#include <check.h>
#include <stdlib.h>

#define MS SIM_MILLISECOND

static const struct sim_stream_plan linux_plan = {
    .rto = SIM_SECOND,
    .rto_least = 200 * MS,
    .rto_most = 120 * SIM_SECOND,
    .connect = 127 * SIM_SECOND,
    .give_up = 10 * SIM_SECOND,
};

/* The first errand opens the connection, so the others meet it open. */
static const struct errand list[] = {
    { 0, 0, 1, 1, 0 },        { 100 * MS, 0, 1, 2, 0 }, { 150 * MS, 0, 1, 3, 0 },
    { 500 * MS, 0, 1, 4, 0 }, { 600 * MS, 1, 0, 5, 0 },
};
static struct errands errands = { list, sizeof(list) / sizeof(*list) };

/* Two nodes and a rule of KIND from 50 ms on; SPAN 0: to the end. */
static struct sim_message_params *set(struct stage *stage, bool stream,
                                      const struct sim_fault_kind *kind, sim_time span)
{
    static struct script script;

    script = errands_script(&errands);
    stage_init(stage, 7, 60 * SIM_SECOND);
    stage->plan.link.latency = stage_constant(stage, 10 * MS);
    stage->plan.link.transport = stream ? SIM_STREAM : SIM_DATAGRAM;
    stage->plan.link.stream = linux_plan;
    stage_group(stage, "a", 2, &script);
    return stage_message(stage_links(stage, kind, 50 * MS, span, 0, 0, 0, 1));
}

static const struct sim_group_stats *stats_of(const struct stage *stage)
{
    return sim_world_group_stats(stage->world, 0);
}

START_TEST(a_dropped_datagram_is_gone_a_dropped_segment_sent_again)
{
    struct stage stage;

    set(&stage, false, &sim_fault_drop_messages, 0)->nth = 1;
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), -1);
    ck_assert_int_eq(came_at(&stage, 1, 3), 160 * MS);
    ck_assert_uint_eq(stats_of(&stage)->lost, 1);
    stage_finish(&stage);
    set(&stage, true, &sim_fault_drop_messages, 0)->nth = 1;
    stage_run(&stage);
    /* after the timeout; what came early has waited for it */
    ck_assert_int_eq(came_at(&stage, 1, 2), 310 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3), 310 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4), 510 * MS);
    ck_assert_uint_eq(stats_of(&stage)->lost, 0);
    ck_assert_uint_eq(stats_of(&stage)->retransmitted, 1);
    ck_assert_uint_eq(stats_of(&stage)->repeated, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_rule_without_a_number_drops_what_is_sent_again_too)
{
    struct stage stage;

    set(&stage, true, &sim_fault_drop_messages, 400 * MS); /* until 450 ms */
    stage_run(&stage);
    /* sent at 100, 300 and 700 ms, when the rule is over; what is sent meanwhile tells of the gap,
     * but one segment that came later is not three */
    ck_assert_int_eq(came_at(&stage, 1, 2), 710 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4), 730 * MS); /* with 3, which its ACK asked for */
    ck_assert_int_eq(came_at(&stage, 0, 5), 610 * MS); /* another direction */
    stage_finish(&stage);
}
END_TEST

START_TEST(a_rule_that_outlasts_the_connection_loses_what_was_on_it)
{
    struct stage stage;

    set(&stage, true, &sim_fault_drop_messages, 0);
    stage_run(&stage);
    for (int64_t value = 2; value <= 4; value++)
        ck_assert_int_eq(came_at(&stage, 1, value), -1);
    ck_assert_uint_eq(stats_of(&stage)->broken, 3);
    ck_assert_str_eq(watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0)->reason,
                     "connection timed out");
    stage_finish(&stage);
}
END_TEST

START_TEST(what_is_delayed_is_late_and_what_is_behind_it_waits)
{
    struct stage stage;

    for (int stream = 0; stream < 2; stream++) {
        struct sim_message_params *params = set(&stage, stream, &sim_fault_delay_messages, 0);

        params->nth = 1;
        params->by = stage_constant(&stage, 90 * MS);
        stage_run(&stage);
        ck_assert_int_eq(came_at(&stage, 1, 2), 200 * MS);
        ck_assert_int_eq(came_at(&stage, 1, 3), (stream ? 200 : 160) * MS);
        ck_assert_int_eq(came_at(&stage, 1, 4), 510 * MS);
        ck_assert_uint_eq(stats_of(&stage)->retransmitted, 0);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(what_is_late_beyond_the_timeout_is_repeated_and_no_sooner)
{
    struct stage stage;
    struct sim_message_params *params = set(&stage, true, &sim_fault_delay_messages, 0);

    params->nth = 1;
    params->by = stage_constant(&stage, 3 * SIM_SECOND);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 3110 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4), 3110 * MS);
    /* at 300, 700, 1500 and 3100 ms, for nothing */
    ck_assert_uint_eq(stats_of(&stage)->retransmitted, 4);
    ck_assert_uint_eq(stats_of(&stage)->repeated, 4);
    ck_assert_uint_eq(came_often(&stage, 1, 2), 1);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_second_copy_is_dropped_where_it_comes_and_counted)
{
    struct stage stage;

    for (int stream = 0; stream < 2; stream++) {
        set(&stage, stream, &sim_fault_duplicate_messages, 0)->every_nth = 2;
        stage_run(&stage); /* of 2, 3 and 4 the second */
        ck_assert_uint_eq(came_often(&stage, 1, 2), 1);
        ck_assert_uint_eq(came_often(&stage, 1, 3), stream ? 1 : 2);
        ck_assert_uint_eq(came_often(&stage, 1, 4), 1);
        ck_assert_uint_eq(stats_of(&stage)->duplicated, stream ? 0 : 1);
        ck_assert_uint_eq(stats_of(&stage)->repeated, stream ? 1 : 0);
        ck_assert_uint_eq(stats_of(&stage)->retransmitted, 0);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(what_is_sent_again_is_doubled_again)
{
    struct stage stage;

    set(&stage, true, &sim_fault_duplicate_messages, 0)->message = "word";
    stage_cut(&stage, 105 * MS, 550 * MS, 0, 1, 1); /* until 655 ms nothing goes back */
    stage_partition(&stage.faults[1])->one_way = true;
    stage_rest(&stage, &stage.faults[1]);
    stage_run(&stage);
    ck_assert_uint_eq(came_often(&stage, 1, 2), 1);
    ck_assert_int_eq(came_at(&stage, 0, 5), 810 * MS);
    /* 2 at 300 and 700 ms, whose acknowledgement comes, and 5; one copy of each of 3 was new */
    ck_assert_uint_eq(stats_of(&stage)->retransmitted, 3);
    ck_assert_uint_eq(stats_of(&stage)->repeated, 3 + 2 * 2);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_stream_rules");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_dropped_datagram_is_gone_a_dropped_segment_sent_again);
    tcase_add_test(all, a_rule_without_a_number_drops_what_is_sent_again_too);
    tcase_add_test(all, a_rule_that_outlasts_the_connection_loses_what_was_on_it);
    tcase_add_test(all, what_is_delayed_is_late_and_what_is_behind_it_waits);
    tcase_add_test(all, what_is_late_beyond_the_timeout_is_repeated_and_no_sooner);
    tcase_add_test(all, a_second_copy_is_dropped_where_it_comes_and_counted);
    tcase_add_test(all, what_is_sent_again_is_doubled_again);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
