/* world_link.c - links that do more than delay: bandwidth and its queue, weather, corruption. */
#include "tests/lib/errands.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND
#define US SIM_MICROSECOND

static void set(struct stage *stage, struct script *script, struct errands *errands)
{
    *script = errands_script(errands);
    stage_init(stage, 7, 100 * SIM_SECOND);
    stage->plan.link.latency = stage_constant(stage, 10 * MS);
    stage_group(stage, "a", 3, script);
}

/* A word is 16 bytes and a header of 28: 44 us at 1 MB/s. */
START_TEST(a_message_takes_its_size_over_the_bandwidth_after_those_before_it)
{
    static const struct errand list[] = {
        { 0, 0, 1, 1, 0 },      { 0, 0, 1, 2, 0 },
        { 0, 0, 1, 3, 0 },      { 0, 0, 1, 4, 100 }, /* 844 bytes */
        { 0, 0, 2, 5, 0 },      { 0, 1, 0, 6, 0 },
        { 2 * MS, 0, 1, 7, 0 }, { 2 * MS + 30 * US, 0, 1, 8, 0 },
    };
    struct errands errands = { list, sizeof(list) / sizeof(*list) };
    struct script script;
    struct stage stage;

    set(&stage, &script, &errands);
    stage.plan.link.bandwidth = 1000000;
    stage.plan.link.queue = 100000;
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 10 * MS + 44 * US);
    ck_assert_int_eq(came_at(&stage, 1, 2), 10 * MS + 88 * US);
    ck_assert_int_eq(came_at(&stage, 1, 3), 10 * MS + 132 * US);
    ck_assert_int_eq(came_at(&stage, 1, 4), 10 * MS + (132 + 844) * US);
    ck_assert_int_eq(came_at(&stage, 2, 5), 10 * MS + 44 * US); /* another link */
    ck_assert_int_eq(came_at(&stage, 0, 6), 10 * MS + 44 * US); /* the other direction */
    ck_assert_int_eq(came_at(&stage, 1, 7), 12 * MS + 44 * US); /* idle again */
    ck_assert_int_eq(came_at(&stage, 1, 8), 12 * MS + 88 * US);
    stage_close(&stage);
    stage.plan.link.bandwidth = 3; /* 44 / 3 s, rounded up to a nanosecond */
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 10 * MS + INT64_C(14666666667));
    ck_assert_int_eq(came_at(&stage, 1, 2), 10 * MS + 2 * INT64_C(14666666667));
    stage_finish(&stage);
}
END_TEST

START_TEST(what_the_queue_has_no_room_for_is_lost)
{
    enum { COUNT = 10 };
    static struct errand list[COUNT];
    struct errands errands = { list, COUNT };
    struct script script;
    struct stage stage;

    for (int i = 0; i < COUNT; i++)
        list[i] = (struct errand){ 0, 0, 1, i + 1, 0 };
    list[COUNT - 1].at = 60 * US; /* 16 us are left of the second */
    set(&stage, &script, &errands);
    stage.plan.link.bandwidth = 1000000;
    stage.plan.link.queue = 100; /* 88 bytes of the first two; the third would make 132 */
    stage_run(&stage);
    const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
    ck_assert_int_eq(came_at(&stage, 1, 2), 10 * MS + 88 * US);
    ck_assert_int_eq(came_at(&stage, 1, 3), -1);
    ck_assert_int_eq(came_at(&stage, 1, COUNT), 10 * MS + 132 * US);
    ck_assert_uint_eq(stats->overflowed, COUNT - 3);
    ck_assert_uint_eq(stats->delivered, 3);
    const struct seen *drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0);
    ck_assert_str_eq(drop->reason, "queue full");
    stage_close(&stage);
    stage.plan.link.queue = 0; /* only who finds the link idle */
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->delivered, 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_waits_for_bandwidth_is_in_flight)
{
    static const struct errand list[] = { { 0, 0, 1, 1, 0 }, { 0, 0, 1, 2, 0 } };
    struct errands errands = { list, 2 };
    struct script script;
    struct stage stage;

    set(&stage, &script, &errands);
    stage.plan.link.bandwidth = 44; /* one second each */
    stage.plan.link.queue = 1000;
    static const struct sim_partition_params cut = { .in_flight = SIM_IN_FLIGHT_CUT };
    stage_cut(&stage, 1500 * MS, MS, 0, 0, 1)->params = &cut;
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 1010 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 2), -1);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->cut, 1);
    stage_finish(&stage);
}
END_TEST

/* -- corruption and weather -------------------------------------------------------------------- */

enum { MANY = 6000 };

/* A word each millisecond from 0 to 1, from START on. */
static struct errands every_millisecond(sim_time start)
{
    static struct errand list[MANY];

    for (int i = 0; i < MANY; i++)
        list[i] = (struct errand){ start + i * MS, 0, 1, i + 1, 0 };
    return (struct errands){ list, MANY };
}

START_TEST(corruption_is_counted_apart)
{
    struct errands errands = every_millisecond(0);
    struct script script;
    struct stage stage;
    size_t drops = 0;

    set(&stage, &script, &errands);
    stage.plan.link.corruption = SIM_ALWAYS / 10;
    stage.plan.link.loss = SIM_ALWAYS / 10;
    stage_run(&stage);
    const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
    for (size_t i = 0; i < stage.watch.count; i++)
        drops += stage.watch.seen[i].kind == SIM_HAPPENED_DROP &&
                 strcmp(stage.watch.seen[i].reason, "corrupted") == 0;
    ck_assert_uint_eq(drops, stats->corrupted);
    /* 9 % of 6000: 540 +- 5 * 22 */
    ck_assert_uint_gt(stats->corrupted, 430);
    ck_assert_uint_lt(stats->corrupted, 650);
    ck_assert_uint_eq(stats->delivered + stats->corrupted + stats->lost, MANY);
    stage_finish(&stage);
}
END_TEST

START_TEST(bad_periods_lose_and_delay)
{
    struct errands errands = every_millisecond(0);
    struct script script;
    struct stage stage;

    set(&stage, &script, &errands);
    stage.plan.link.weather = (struct sim_weather_plan){
        .good = stage_constant(&stage, SIM_SECOND),
        .bad = stage_constant(&stage, 500 * MS),
        .slower = 5,
    };
    stage_run(&stage);
    for (int i = 0; i < MANY; i++) {
        bool bad = i % 1500 >= 1000;

        ck_assert_int_eq(came_at(&stage, 1, i + 1), i * MS + (bad ? 50 : 10) * MS);
        i += 7; /* not all: looking is slow */
    }
    stage_close(&stage);
    stage.plan.link.weather.loss = SIM_ALWAYS;
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->lost, 2000);
    ck_assert_int_eq(came_at(&stage, 1, 1000), 1009 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 1001), -1);
    ck_assert_int_eq(came_at(&stage, 1, 1500), -1);
    ck_assert_int_eq(came_at(&stage, 1, 1501), 1510 * MS);
    stage_finish(&stage);
}
END_TEST

/* Where messages are lost, in a stage whose nodes send from START on; BACK: from 1 to 0. Another
 * group before this one changes nothing. */
static void bad_times(bool *bad, uint64_t seed, sim_time start, bool back, bool crowded)
{
    struct errands errands = every_millisecond(start), none = { NULL, 0 };
    struct script script, idle = errands_script(&none);
    struct stage stage;

    for (int i = 0; back && i < MANY; i++) {
        struct errand *errand = (struct errand *)(uintptr_t)&errands.list[i];

        errand->from = 1;
        errand->to = 0;
    }
    script = errands_script(&errands);
    stage_init(&stage, seed, 100 * SIM_SECOND);
    if (crowded)
        stage_group(&stage, "b", 3, &idle);
    stage_group(&stage, "a", 3, &script);
    stage.plan.link.weather = (struct sim_weather_plan){
        .good = stage_keep(&stage, sim_distribution_exponential(300 * MS)),
        .bad = stage_keep(&stage, sim_distribution_exponential(100 * MS)),
        .loss = SIM_ALWAYS,
        .slower = 1,
    };
    stage_run(&stage);
    for (int i = 0; i < 100000; i++)
        bad[i] = false;
    for (size_t i = 0; i < stage.watch.count; i++)
        if (stage.watch.seen[i].kind == SIM_HAPPENED_DROP)
            bad[stage.watch.seen[i].time / MS] = true;
    stage_finish(&stage);
}

START_TEST(weather_is_a_function_of_seed_pair_and_time)
{
    static bool first[100000], other[100000];
    int count = 0, changes = 0, differ = 0;

    bad_times(first, 1, 0, false, false);
    for (int i = 1; i < MANY; i++) {
        count += first[i];
        changes += first[i] != first[i - 1];
    }
    ck_assert_int_gt(count, MANY / 8); /* a quarter in the mean */
    ck_assert_int_lt(count, MANY / 2);
    ck_assert_int_gt(changes, 15); /* 2 in 400 ms */
    ck_assert_int_lt(changes, 60);
    bad_times(other, 1, 2 * SIM_SECOND, false, false); /* first asked later */
    for (int i = 2000; i < MANY; i++)
        ck_assert_int_eq(first[i], other[i]);
    bad_times(other, 1, 0, true, true); /* the other direction, other nodes beside it */
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(first[i], other[i]);
    bad_times(other, 2, 0, false, false);
    for (int i = 0; i < MANY; i++)
        differ += first[i] != other[i];
    ck_assert_int_gt(differ, MANY / 10);
}
END_TEST

/* -- faults ------------------------------------------------------------------------------------ */

static struct sim_fault_plan *harm(struct stage *stage, const struct sim_fault_kind *kind,
                                   const void *params, sim_time at, sim_time span)
{
    struct sim_fault_plan *fault = stage_links(stage, kind, at, span, 0, 0, 0, 1);

    fault->params = params;
    return fault;
}

START_TEST(faults_of_a_link_last_as_long_as_they_last)
{
    static const struct sim_link_chance_params always = { SIM_ALWAYS }, half = { SIM_ALWAYS / 2 };
    static const struct sim_link_delay_params thrice = { 3 }, twice = { 2 };
    static const struct sim_link_bandwidth_params narrow = { 44000 };
    struct errands errands = every_millisecond(0);
    struct script script;
    struct stage stage;

    set(&stage, &script, &errands);
    stage.plan.link.queue = 1000;
    harm(&stage, &sim_fault_link_loss, &always, SIM_SECOND, 499500 * US);
    harm(&stage, &sim_fault_link_corruption, &always, 2 * SIM_SECOND, 499500 * US);
    harm(&stage, &sim_fault_link_delay, &thrice, 3 * SIM_SECOND, 499500 * US);
    harm(&stage, &sim_fault_link_delay, &twice, 3200 * MS, 99500 * US); /* within the one before */
    harm(&stage, &sim_fault_link_bandwidth, &narrow, 4 * SIM_SECOND, 499500 * US); /* 1 ms each */
    harm(&stage, &sim_fault_link_loss, &half, 5 * SIM_SECOND, 499500 * US);
    harm(&stage, &sim_fault_link_loss, &half, 5 * SIM_SECOND, 499500 * US);
    stage_run(&stage);
    const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
    ck_assert_int_eq(came_at(&stage, 1, 1000), 1009 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 1001), -1);
    ck_assert_int_eq(came_at(&stage, 1, 1500), -1);
    ck_assert_int_eq(came_at(&stage, 1, 1501), 1510 * MS);
    ck_assert_uint_eq(stats->corrupted, 500);
    ck_assert_int_eq(came_at(&stage, 1, 3101), 3130 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3251), 3310 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3401), 3430 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3501), 3510 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4101), 4111 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4501), 4510 * MS);
    /* 500, and three quarters of 500 by two causes: 375 +- 5 * 10 */
    ck_assert_uint_ge(stats->lost, 825);
    ck_assert_uint_le(stats->lost, 925);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_fault_hits_its_links_and_directions)
{
    static const struct sim_link_chance_params always = { SIM_ALWAYS };
    static const struct errand list[] = {
        { 2 * MS, 0, 1, 1, 0 },
        { 2 * MS, 1, 0, 2, 0 },
        { 2 * MS, 0, 2, 3, 0 },
    };
    struct errands errands = { list, 3 };
    struct script script;
    struct stage stage;

    for (int both = 0; both < 2; both++) {
        set(&stage, &script, &errands);
        harm(&stage, &sim_fault_link_loss, &always, MS, 0)->both_ways = both;
        stage_run(&stage);
        ck_assert_int_eq(came_at(&stage, 1, 1), -1);
        ck_assert_int_eq(came_at(&stage, 0, 2), both ? -1 : 12 * MS);
        ck_assert_int_eq(came_at(&stage, 2, 3), 12 * MS);
        struct sim_digest digest = stage.digest;
        stage_close(&stage);
        stage_open(&stage, false);
        stage_run(&stage);
        ck_assert(digests_are_equal(&digest, &stage.digest));
        stage_finish(&stage);
    }
}
END_TEST

/* -- heavy tails ------------------------------------------------------------------------------- */

START_TEST(a_latency_may_have_a_heavy_tail)
{
    struct errands errands = every_millisecond(0);
    struct script script;
    struct stage stage;
    size_t late = 0;

    set(&stage, &script, &errands);
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_pareto(MS, 1.0));
    stage_run(&stage);
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE)
            late += seen->words[1] - (seen->words[0] - 1) * MS > 100 * MS;
    }
    /* one in a hundred is a hundred times as late: 60 +- 5 * 8 */
    ck_assert_uint_gt(late, 20);
    ck_assert_uint_lt(late, 100);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_link");
    TCase *tests = tcase_create("link");

    tcase_add_test(tests, a_message_takes_its_size_over_the_bandwidth_after_those_before_it);
    tcase_add_test(tests, what_the_queue_has_no_room_for_is_lost);
    tcase_add_test(tests, what_waits_for_bandwidth_is_in_flight);
    tcase_add_test(tests, corruption_is_counted_apart);
    tcase_add_test(tests, bad_periods_lose_and_delay);
    tcase_add_test(tests, weather_is_a_function_of_seed_pair_and_time);
    tcase_add_test(tests, faults_of_a_link_last_as_long_as_they_last);
    tcase_add_test(tests, a_fault_hits_its_links_and_directions);
    tcase_add_test(tests, a_latency_may_have_a_heavy_tail);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
