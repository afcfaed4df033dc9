/* world_processor.c - workers and their queue: order, bound, refusals, and the waiting times that
 * the theory of queues gives. */
#include "tests/lib/world.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Node 0 sends jobs to node 1 in bursts or at random; node 1 says what it handled. */
struct load {
    int64_t jobs, sent;
    sim_time mean;   /* between jobs; 0: all at once */
    bool call, sync; /* sync: each job ends in a write */
    sim_time sum;
    int64_t done, refused;
};

static void next_job(struct sim_seat *me)
{
    struct load *load = context_of(me);
    struct pair pair = { load->sent++, sim_now(me) };

    if (load->call)
        sim_call(me, ASK, 1, 0, NULL, 0, &pair);
    else
        sim_send(me, 1, WORD, &pair);
}

static void load_start(struct sim_seat *me)
{
    struct load *load = context_of(me);

    if (sim_self(me) == 1) {
        sim_timer(me, TACK, 5);
        return;
    }
    if (load->mean > 0)
        sim_timer(me, TICK, sim_exponential(me, LUCK, load->mean));
    while (load->mean == 0 && load->sent < load->jobs)
        next_job(me);
}

static void load_timer(struct sim_seat *me, unsigned kind)
{
    struct load *load = context_of(me);

    if (kind != TICK || load->sent == load->jobs)
        return;
    next_job(me);
    sim_timer(me, TICK, sim_exponential(me, LUCK, load->mean));
}

static void job_done(struct sim_seat *me, const struct pair *pair)
{
    struct load *load = context_of(me);

    load->done++;
    load->sum += sim_now(me) - pair->b;
    say(me, pair->a, sim_now(me) - pair->b);
    if (load->sync) {
        sim_append(me, ENTRIES, pair, NULL);
        sim_sync(me);
    }
}

static void load_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)kind;
    job_done(me, message->body);
}

static void load_request(struct sim_seat *me, const struct sim_request *request)
{
    job_done(me, request->body);
    sim_reply(me, request->ticket, request->body);
}

static void load_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    struct load *load = context_of(me);

    (void)site;
    load->refused += outcome->status == SIM_REFUSED;
}

static void load_init(struct stage *stage, struct script *script, struct load *load, uint64_t seed,
                      struct sim_processor_plan processor)
{
    *script = (struct script){ .start = load_start,
                               .timer = load_timer,
                               .message = load_message,
                               .request = load_request,
                               .outcome = load_outcome,
                               .context = load };
    stage_init(stage, seed, SIM_TIME_LIMIT);
    stage_group(stage, "a", 2, script)->processor = processor;
}

/* The time at which job N was done. */
static sim_time done_at(const struct stage *stage, int64_t n)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->words[0] == n)
            return seen->time;
    }
    return -1;
}

START_TEST(workers_take_jobs_in_order)
{
    struct load load = { .jobs = 10 };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 3, 100, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage_run(&stage);
    for (int64_t n = 0; n < 10; n++) {
        ck_assert_int_eq(done_at(&stage, n), 10 * (n / 3 + 1));
        ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 1, "said", (size_t)n)->words[0],
                         n);
    }
    /* timers do not queue */
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 1, "tack", 0)->time, 5);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_full_queue_drops_messages_and_refuses_requests)
{
    for (int call = 0; call < 2; call++) {
        struct load load = { .jobs = 10, .call = call };
        struct script script;
        struct stage stage;

        load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 1, 4, NULL, false });
        stage.groups[0].processor.cost = stage_constant(&stage, 10);
        stage_run(&stage);
        ck_assert_int_eq(load.done, 5);
        ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->overflowed, 5);
        ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, NULL), 5);
        ck_assert_str_eq(watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, NULL, 0)->reason,
                         "queue full");
        ck_assert_int_eq(load.refused, call ? 5 : 0);
        for (int64_t n = 0; n < 10; n++)
            ck_assert_int_eq(done_at(&stage, n), n < 5 ? 10 * (n + 1) : -1);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(waiting_times_are_those_of_an_m_m_1_queue)
{
    struct load load = { .jobs = 200000, .mean = 1000000 };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 9, (struct sim_processor_plan){ 1, 1 << 30, NULL, false });
    stage.groups[0].processor.cost = stage_keep(&stage, sim_distribution_exponential(500000));
    stage_open(&stage, false);
    stage_run(&stage);
    ck_assert_int_eq(load.done, 200000);
    /* in the system for 1 / (mu - lambda) = 1 ms on the mean */
    ck_assert_double_eq_tol((double)load.sum / 200000, 1e6, 3e4);
    stage_finish(&stage);
    /* two workers at the same load each: Erlang's C gives 2/3 ms */
    load = (struct load){ .jobs = 200000, .mean = 500000 };
    load_init(&stage, &script, &load, 9, (struct sim_processor_plan){ 2, 1 << 30, NULL, false });
    stage.groups[0].processor.cost = stage_keep(&stage, sim_distribution_exponential(500000));
    stage_open(&stage, false);
    stage_run(&stage);
    ck_assert_double_eq_tol((double)load.sum / 200000, 666667, 2e4);
    stage_finish(&stage);
}
END_TEST

START_TEST(slowness_multiplies_the_cost)
{
    struct load load = { .jobs = 10 };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 1, 100, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage_slow(stage_fault(&stage, &sim_fault_slow, 15, 50, 0, 1))->factor = 2.5;
    stage_run(&stage);
    /* at 15 the second is half done, at 65 the fourth needs 13 of 25 */
    static const sim_time expected[] = { 10, 28, 53, 70, 80, 90 };
    for (int64_t n = 0; n < 6; n++)
        ck_assert_int_eq(done_at(&stage, n), expected[n]);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_sync_holds_its_worker_and_the_seat)
{
    struct load load = { .jobs = 5, .sync = true };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 1, 100, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage.groups[0].disk.sync = stage_constant(&stage, 7);
    stage_run(&stage);
    for (int64_t n = 0; n < 5; n++)
        ck_assert_int_eq(done_at(&stage, n), 10 + 17 * n);
    stage_finish(&stage);
    /* a second worker works on, but its handler waits until the sync is over */
    load = (struct load){ .jobs = 4, .sync = true };
    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 2, 100, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage.groups[0].disk.sync = stage_constant(&stage, 7);
    stage_run(&stage);
    static const sim_time expected[] = { 10, 17, 27, 34 };
    for (int64_t n = 0; n < 4; n++)
        ck_assert_int_eq(done_at(&stage, n), expected[n]);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_comes_during_a_pause_queues_when_it_ends)
{
    struct load load = { .jobs = 6 };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 1, 3, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage.plan.link.latency = stage_constant(&stage, 20);
    stage_fault(&stage, &sim_fault_pause, 10, 90, 0, 1);
    stage_run(&stage);
    /* one at work, three in the queue, two too many */
    for (int64_t n = 0; n < 6; n++)
        ck_assert_int_eq(done_at(&stage, n), n < 4 ? 110 + 10 * n : -1);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->overflowed, 2);
    stage_finish(&stage);
    /* in a pause that ends during a hold they keep their place before those that come later */
    load = (struct load){ .jobs = 40, .mean = 5, .sync = true };
    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 1, 1000, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 3);
    stage.groups[0].disk.sync = stage_constant(&stage, 50);
    stage.plan.link.latency = stage_constant(&stage, 20);
    for (sim_time at = 21; at < 500; at += 8)
        stage_fault(&stage, &sim_fault_pause, at, 5, 0, 1);
    stage_run(&stage);
    ck_assert_int_eq(load.done, 40);
    for (size_t n = 0; n < 40; n++)
        ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 1, "said", n)->words[0],
                         (int64_t)n);
    stage_finish(&stage);
}
END_TEST

/* Nothing runs in a pause: what a worker was at wants its rest afterwards. */
START_TEST(a_pause_stops_the_workers)
{
    static const struct {
        sim_time slow_at, slow_for; /* three times as slow; 0: never */
        sim_time crash_at, first;   /* when the first two jobs are done */
    } rows[] = {
        { 0, 0, 0, 95 },      /* 5 of 10 were left at 5 */
        { 20, 50, 0, 95 },    /* slow while nothing ran */
        { 20, 1000, 0, 105 }, /* the rest is slow, too */
        { 2, 50, 0, 97 },     /* at 5 it needs 21 of 24 more, a third of it after the slowness */
        { 0, 0, 40, -1 },     /* lost with the process */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct load load = { .jobs = 4 };
        struct script script;
        struct stage stage;

        load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 2, 100, NULL, false });
        stage.groups[0].processor.cost = stage_constant(&stage, 10);
        stage_fault(&stage, &sim_fault_pause, 5, 85, 0, 1);
        stage_fault(&stage, &sim_fault_pause, 10, 20, 0, 1); /* within the other */
        if (rows[i].slow_at > 0)
            stage_slow(
                stage_fault(&stage, &sim_fault_slow, rows[i].slow_at, rows[i].slow_for, 0, 1))
                ->factor = 3;
        if (rows[i].crash_at > 0)
            stage_fault(&stage, &sim_fault_crash, rows[i].crash_at, 1, 0, 1);
        stage_run(&stage);
        ck_assert_int_eq(done_at(&stage, 0), rows[i].first);
        ck_assert_int_eq(done_at(&stage, 1), rows[i].first);
        if (rows[i].crash_at > 0)
            ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, "word"), 4);
        else
            ck_assert_int_eq(done_at(&stage, 3), rows[i].first + (rows[i].slow_for > 90 ? 30 : 10));
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(a_crash_loses_what_was_at_work_and_in_the_queue)
{
    struct load load = { .jobs = 6 };
    struct script script;
    struct stage stage;

    load_init(&stage, &script, &load, 1, (struct sim_processor_plan){ 2, 3, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage_fault(&stage, &sim_fault_crash, 5, 1, 0, 1);
    stage_run(&stage);
    ck_assert_int_eq(load.done, 0);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, "word"), 6);
    stage_finish(&stage);
    load = (struct load){ .jobs = 40, .mean = 7, .sync = true };
    load_init(&stage, &script, &load, 3, (struct sim_processor_plan){ 2, 3, NULL, false });
    stage.groups[0].processor.cost = stage_constant(&stage, 10);
    stage.groups[0].disk.sync = stage_constant(&stage, 4);
    for (sim_time at = 20; at < 280; at += 26)
        stage_fault(&stage, &sim_fault_crash, at, 5, 0, 1);
    stage_run(&stage);
    ck_assert_int_gt(load.done, 5);
    ck_assert_uint_eq((uint64_t)load.done + watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, "word"),
                      40);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_processor");
    TCase *tests = tcase_create("processor");

    tcase_add_test(tests, workers_take_jobs_in_order);
    tcase_add_test(tests, a_full_queue_drops_messages_and_refuses_requests);
    tcase_add_test(tests, waiting_times_are_those_of_an_m_m_1_queue);
    tcase_add_test(tests, slowness_multiplies_the_cost);
    tcase_add_test(tests, a_sync_holds_its_worker_and_the_seat);
    tcase_add_test(tests, what_comes_during_a_pause_queues_when_it_ends);
    tcase_add_test(tests, a_pause_stops_the_workers);
    tcase_add_test(tests, a_crash_loses_what_was_at_work_and_in_the_queue);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
