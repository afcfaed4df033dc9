/* observe_recorder.c - windows, figures and metrics against hand-made runs and against a slow count
 * that follows the definitions. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/digest.h"
#include "sim/core/mem.h"
#include "sim/core/rng.h"
#include "sim/world/world.h"
#include "tests/lib/evidence.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND

START_TEST(nothing_happened)
{
    struct bench bench;
    struct sim_operation_figures figures;
    const struct sim_window *windows;
    const struct sim_violation_record *violations;
    struct sim_window window;
    size_t count;
    sim_time *times;

    bench_init(&bench);
    bench_play(&bench, SIM_SECOND);
    sim_recorder_figures(bench.recorder, SIM_NO_GROUP, -1, NULL, &figures);
    ck_assert_uint_eq(figures.status[SIM_OK] + figures.status[SIM_FAIL] + figures.open, 0);
    sim_operation_figures_finish(&figures);
    times = sim_recorder_latencies(bench.recorder, 0, -1, NULL, SIM_OK, &count);
    ck_assert_uint_eq(count, 0);
    sim_free(times);
    ck_assert_uint_eq(sim_recorder_windows(bench.recorder, &windows), 0);
    ck_assert_uint_eq(sim_recorder_violations(bench.recorder, &violations), 0);
    ck_assert(!sim_recorder_window(bench.recorder, "cut", 0, &window));
    ck_assert(!sim_recorder_in_window(bench.recorder, "cut", 5));
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, "cut"), 0);
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, NULL), SIM_SECOND);
    ck_assert_uint_eq(sim_recorder_kinds(bench.recorder, SIM_NO_GROUP), 0);
    ck_assert(sim_recorder_observer(bench.recorder)->happening == NULL); /* no trace */
    bench_finish(&bench);
    sim_recorder_destroy(NULL);
}
END_TEST

/* -- windows ----------------------------------------------------------------------------------- */

static void expect_spans(const struct bench *bench, const char *label, size_t count,
                         const struct sim_span *expected)
{
    size_t found;
    struct sim_span *spans = sim_recorder_spans(bench->recorder, label, &found);

    ck_assert_uint_eq(found, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(spans[i].from, expected[i].from);
        ck_assert_int_eq(spans[i].to, expected[i].to);
    }
    sim_free(spans);
}

START_TEST(windows_of_one_label)
{
    struct bench bench;
    struct sim_window window;

    bench_init(&bench);
    bench_window(&bench, 0, 10, 20);
    bench_window(&bench, 1, 15, 30); /* the other fault of the same label, overlapping */
    bench_window(&bench, 0, 30, 35); /* touching */
    bench_window(&bench, 0, 50, 60);
    bench_window(&bench, 2, 55, 58); /* another label */
    bench_window(&bench, 4, 70, 80); /* "cutter" begins like "cut" */
    bench_play(&bench, 100);
    expect_spans(&bench, "cut", 2, (struct sim_span[]){ { 10, 35 }, { 50, 60 } });
    expect_spans(&bench, "cut[1]", 1, (struct sim_span[]){ { 10, 20 } });
    expect_spans(&bench, "cut[2]", 1, (struct sim_span[]){ { 15, 30 } });
    expect_spans(&bench, "cut[4]", 1, (struct sim_span[]){ { 50, 60 } });
    expect_spans(&bench, "lag", 1, (struct sim_span[]){ { 55, 58 } });
    expect_spans(&bench, "cut[5]", 0, NULL);
    expect_spans(&bench, "cut[0]", 0, NULL);
    expect_spans(&bench, "cut[]", 0, NULL);
    expect_spans(&bench, "cut[x]", 0, NULL);
    expect_spans(&bench, "cut[99999999999999999999999]", 0, NULL);
    expect_spans(&bench, "cu", 0, NULL);
    expect_spans(&bench, "[2]", 0, NULL);
    expect_spans(&bench, "", 0, NULL);
    expect_spans(&bench, NULL, 1, (struct sim_span[]){ { 0, SIM_TIME_NEVER } });
    ck_assert(sim_recorder_window(bench.recorder, "cut", 1, &window));
    ck_assert_int_eq(window.from, 15);
    ck_assert_uint_eq(window.fault, 1);
    ck_assert(sim_recorder_window(bench.recorder, "cut[3]", 0, &window));
    ck_assert_int_eq(window.from, 30);
    ck_assert(!sim_recorder_window(bench.recorder, "cut[3]", 1, &window));
    ck_assert(!sim_recorder_window(bench.recorder, "cut", 4, &window));
    ck_assert(!sim_recorder_in_window(bench.recorder, "cut", 9));
    ck_assert(sim_recorder_in_window(bench.recorder, "cut", 10));
    ck_assert(!sim_recorder_in_window(bench.recorder, "cut", 35));
    ck_assert(!sim_recorder_in_window(bench.recorder, "cut[2]", 12));
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, "cut"), 35);
    bench_finish(&bench);
}
END_TEST

START_TEST(window_that_stays_open)
{
    struct bench bench;
    struct sim_window window;

    bench_init(&bench);
    bench_window(&bench, 0, 10, SIM_TIME_NEVER);
    bench_window(&bench, 2, 20, 30);
    bench_play(&bench, 100);
    ck_assert(sim_recorder_window(bench.recorder, "cut", 0, &window));
    ck_assert(window.open);
    ck_assert_int_eq(window.to, 100);
    expect_spans(&bench, "cut", 1, (struct sim_span[]){ { 10, SIM_TIME_NEVER } });
    ck_assert(sim_recorder_in_window(bench.recorder, "cut", 100));
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, "cut"), 90);
    ck_assert(sim_recorder_window(bench.recorder, "lag", 0, &window));
    ck_assert(!window.open);
    bench_finish(&bench);
}
END_TEST

/* Windows of one fault that overlap: the union is the same whichever of them ends first. */
START_TEST(overlapping_windows_of_one_fault)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10, 40);
    bench_window(&bench, 0, 20, 30);
    bench_window(&bench, 0, 35, SIM_TIME_NEVER);
    bench_play(&bench, 100);
    expect_spans(&bench, "cut", 1, (struct sim_span[]){ { 10, SIM_TIME_NEVER } });
    bench_finish(&bench);
}
END_TEST

START_TEST(window_within_another)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10, 40);
    bench_window(&bench, 1, 20, 30);
    bench_play(&bench, 100);
    expect_spans(&bench, "cut", 1, (struct sim_span[]){ { 10, 40 } });
    expect_spans(&bench, "cut[2]", 1, (struct sim_span[]){ { 20, 30 } });
    ck_assert(sim_recorder_in_window(bench.recorder, "cut", 35));
    bench_finish(&bench);
}
END_TEST

START_TEST(warmup_is_not_measured)
{
    struct bench bench;

    bench_init(&bench);
    bench.plan.warmup = 15;
    bench_window(&bench, 0, 5, 8);
    bench_window(&bench, 0, 10, 20);
    bench_window(&bench, 2, 1, 2);
    bench_play(&bench, 100);
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, NULL), 85);
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, "cut"), 5);
    ck_assert_int_eq(sim_recorder_measured(bench.recorder, "lag"), 0);
    bench_finish(&bench);
}
END_TEST

START_TEST(closing_what_is_not_open)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10, 20);
    bench.steps[0].opens = false;
    bench_play(&bench, 100);
}
END_TEST

/* -- figures ----------------------------------------------------------------------------------- */

START_TEST(figures_by_hand)
{
    struct bench bench;
    struct sim_operation_figures figures;
    size_t count;
    sim_time *times;

    bench_init(&bench);
    bench.plan.warmup = 10 * MS;
    bench_window(&bench, 0, 20 * MS, 30 * MS);
    bench_operation(&bench, 0, SIM_ADD, 8 * MS, 9 * MS, SIM_OK); /* warm-up, both */
    bench_operation(&bench, 0, SIM_READ, 9 * MS, 11 * MS, SIM_OK);
    bench_operation(&bench, 0, SIM_READ, 10 * MS, 13 * MS, SIM_OK);
    bench_operation(&bench, 1, SIM_WRITE, 19 * MS, 25 * MS, SIM_OK); /* invoked before the window */
    bench_operation(&bench, 1, SIM_WRITE, 20 * MS, 22 * MS, SIM_FAIL);
    bench_operation(&bench, 2, SIM_WRITE, 29 * MS, 49 * MS, SIM_UNKNOWN);
    bench_operation(&bench, 2, SIM_READ, 30 * MS, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_operation(&bench, 3, SIM_CAS, 21 * MS, 22 * MS, SIM_OK); /* of the other group */
    bench_play(&bench, 100 * MS);

    sim_recorder_figures(bench.recorder, 0, -1, NULL, &figures);
    ck_assert_uint_eq(figures.status[SIM_OK], 2);
    ck_assert_uint_eq(figures.status[SIM_FAIL], 1);
    ck_assert_uint_eq(figures.status[SIM_UNKNOWN], 2);
    ck_assert_uint_eq(figures.open, 1);
    ck_assert_int_eq(figures.latency[SIM_OK].most, 6 * MS);
    ck_assert_int_eq(figures.latency[SIM_FAIL].most, 2 * MS);
    ck_assert_uint_eq(figures.latency[SIM_UNKNOWN].count, 1);
    sim_operation_figures_finish(&figures);

    sim_recorder_figures(bench.recorder, 0, SIM_WRITE, "cut", &figures);
    ck_assert_uint_eq(figures.status[SIM_OK], 0);
    ck_assert_uint_eq(figures.status[SIM_FAIL], 1);
    ck_assert_uint_eq(figures.status[SIM_UNKNOWN], 1);
    ck_assert_uint_eq(figures.open, 0);
    sim_operation_figures_finish(&figures);

    sim_recorder_figures(bench.recorder, SIM_NO_GROUP, -1, "cut", &figures);
    ck_assert_uint_eq(figures.status[SIM_OK], 1);
    sim_operation_figures_finish(&figures);

    ck_assert_uint_eq(sim_recorder_answers(bench.recorder, 0, -1, "cut"), 1); /* at 25 ms */
    ck_assert_uint_eq(sim_recorder_answers(bench.recorder, 0, -1, NULL), 3);  /* 11, 13, 25 ms */
    ck_assert_uint_eq(sim_recorder_kinds(bench.recorder, 0), 1u << SIM_READ | 1u << SIM_WRITE);
    ck_assert_uint_eq(sim_recorder_kinds(bench.recorder, 1), 1u << SIM_CAS);
    times = sim_recorder_latencies(bench.recorder, 0, -1, NULL, SIM_OK, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(times[0], 3 * MS);
    ck_assert_int_eq(times[1], 6 * MS);
    sim_free(times);
    bench_finish(&bench);
}
END_TEST

/* The definitions, slowly. */
struct count {
    uint64_t status[SIM_OPERATION_STATUSES], open, answers, sum;
};

static bool within(const struct bench *bench, const char *label, sim_time t)
{
    return label == NULL || sim_recorder_in_window(bench->recorder, label, t);
}

static struct count count_slowly(const struct bench *bench, uint32_t group, int kind,
                                 const char *label)
{
    const struct sim_history *history = sim_recorder_history(bench->recorder);
    struct count count = { 0 };

    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        if (group != SIM_NO_GROUP && group != (entry->node < 3 ? 0u : 1u))
            continue;
        if (kind >= 0 && entry->operation.kind != kind)
            continue;
        if (entry->status == SIM_OK && entry->completed >= bench->plan.warmup &&
            within(bench, label, entry->completed))
            count.answers++;
        if (entry->invoked < bench->plan.warmup || !within(bench, label, entry->invoked))
            continue;
        count.status[entry->status]++;
        count.open += entry->completed == SIM_TIME_NEVER ? 1 : 0;
        if (entry->status == SIM_OK)
            count.sum += (uint64_t)(entry->completed - entry->invoked);
    }
    return count;
}

static void expect_same(const struct bench *bench, uint32_t group, int kind, const char *label)
{
    struct count expected = count_slowly(bench, group, kind, label);
    struct sim_operation_figures figures;
    size_t count;
    sim_time *times;

    sim_recorder_figures(bench->recorder, group, kind, label, &figures);
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        ck_assert_uint_eq(figures.status[i], expected.status[i]);
    ck_assert_uint_eq(figures.open, expected.open);
    ck_assert_uint_eq(figures.latency[SIM_OK].count, expected.status[SIM_OK]);
    ck_assert_uint_eq(figures.latency[SIM_OK].sum_low, expected.sum);
    ck_assert_uint_eq(figures.latency[SIM_UNKNOWN].count,
                      expected.status[SIM_UNKNOWN] - expected.open);
    sim_operation_figures_finish(&figures);
    ck_assert_uint_eq(sim_recorder_answers(bench->recorder, group, kind, label), expected.answers);
    times = sim_recorder_latencies(bench->recorder, group, kind, label, SIM_OK, &count);
    ck_assert_uint_eq(count, expected.status[SIM_OK]);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_le(times[i - 1], times[i]);
    sim_free(times);
}

START_TEST(figures_against_a_slow_count)
{
    static const char *const labels[] = { NULL, "cut", "cut[2]", "lag", "lag[9]" };
    struct sim_stream stream;

    sim_stream_seed(&stream, 11, 1, 1);
    for (int round = 0; round < 60; round++) {
        struct bench bench;

        bench_init(&bench);
        bench.plan.warmup = (sim_time)sim_below(sim_stream_next(&stream), 300);
        for (int i = 0; i < 8; i++) {
            sim_time from = (sim_time)sim_below(sim_stream_next(&stream), 1000);
            sim_time to = from + (sim_time)sim_below(sim_stream_next(&stream), 200);

            bench_window(&bench, (uint32_t)sim_below(sim_stream_next(&stream), 3), from,
                         i == 7 ? SIM_TIME_NEVER : to);
        }
        for (int i = 0; i < 150; i++) {
            uint64_t word = sim_stream_next(&stream);
            sim_time from = (sim_time)sim_below(sim_stream_next(&stream), 1200);
            sim_time to = from + (sim_time)sim_below(sim_stream_next(&stream), 300);

            bench_operation(&bench, (uint32_t)(word % 5), (int)(word >> 8) & 3, from,
                            (word >> 16) % 9 == 0 ? SIM_TIME_NEVER : to,
                            (enum sim_operation_status)((word >> 24) % 3));
        }
        bench_play(&bench, 1500);
        for (size_t l = 0; l < sizeof(labels) / sizeof(*labels); l++) {
            for (int kind = -1; kind < 5; kind++) {
                expect_same(&bench, 0, kind, labels[l]);
                expect_same(&bench, 1, kind, labels[l]);
                expect_same(&bench, SIM_NO_GROUP, kind, labels[l]);
            }
        }
        bench_finish(&bench);
    }
}
END_TEST

/* -- metrics, violations, lists ------------------------------------------------------------------
 */

START_TEST(metrics_of_models)
{
    enum { ELECTIONS, BACKLOG, BATCH };
    struct bench bench;
    const struct sim_histogram *batch;

    bench_init(&bench);
    bench.plan.warmup = 100;
    bench_metric(&bench, 50, 3, ELECTIONS, 5); /* warm-up */
    bench_metric(&bench, 100, 3, ELECTIONS, 2);
    bench_metric(&bench, 200, 4, ELECTIONS, 1);
    bench_metric(&bench, 50, 3, BACKLOG, 70); /* stands until set anew, warm-up or not */
    bench_metric(&bench, 300, 4, BACKLOG, 10);
    bench_metric(&bench, 400, 4, BACKLOG, -3);
    bench_metric(&bench, 50, 3, BATCH, 1000);
    bench_metric(&bench, 300, 3, BATCH, 8);
    bench_metric(&bench, 300, 4, BATCH, 16);
    bench_play(&bench, 500);
    ck_assert_int_eq(sim_recorder_metric(bench.recorder, 1, ELECTIONS), 3);
    ck_assert_int_eq(sim_recorder_metric(bench.recorder, 1, BACKLOG), 67);
    batch = sim_recorder_metric_histogram(bench.recorder, 1, BATCH);
    ck_assert_uint_eq(batch->count, 2);
    ck_assert_int_eq(batch->most, 16);
    ck_assert_int_eq(batch->least, 8);
    bench_finish(&bench);
}
END_TEST

START_TEST(violations_are_copied)
{
    struct bench bench;
    char name[] = "safety", text[] = "two leaders";
    const struct sim_violation_record *violations;

    bench_init(&bench);
    bench_violation(&bench, 70, name, text);
    bench_play(&bench, 70);
    name[0] = text[0] = 'x';
    ck_assert_uint_eq(sim_recorder_violations(bench.recorder, &violations), 1);
    ck_assert_str_eq(violations[0].invariant, "safety");
    ck_assert_str_eq(violations[0].text, "two leaders");
    ck_assert_int_eq(violations[0].time, 70);
    ck_assert_uint_eq(violations[0].event, 42);
    ck_assert_uint_eq(violations[0].group, 1);
    bench_finish(&bench);
}
END_TEST

/* A model that reads lists: full, empty and none. */
enum { TICK };

static void on_tick(struct sim_seat *me)
{
    static const int64_t words[] = { 4, 5 };
    struct sim_operation read = { .kind = SIM_READ, .key = 1 };

    for (uint32_t i = 0; i < 3; i++) {
        uint64_t id = sim_invoke(me, i, &read);
        const struct sim_blob *list = i == 2 ? NULL : sim_blob(me, words, i == 0 ? 2 : 0);

        sim_complete(me, id, SIM_OK, SIM_NIL, list);
    }
}

static void start(struct sim_seat *me)
{
    sim_timer(me, TICK, 5);
}

static uint32_t reads(const void *params)
{
    (void)params;
    return 1u << SIM_READ;
}

static const struct sim_model lister = {
    .name = "lister",
    .operations = reads,
    .timers = { [TICK] = { "tick", on_tick, false } },
    .start = start,
};

START_TEST(observes_a_world)
{
    const struct sim_group_plan group = {
        .name = "g",
        .model = &lister,
        .count = 1,
        .target = SIM_NO_GROUP,
        .processor = { .workers = 1, .queue = 10 },
    };
    const struct sim_plan plan = {
        .name = "run",
        .seed = 1,
        .duration = SIM_SECOND,
        .groups = &group,
        .group_count = 1,
        .limits = { .events = 1000, .events_per_instant = 100, .history = 10 },
    };
    char *text = NULL;
    size_t size, count;
    FILE *file = open_memstream(&text, &size);
    struct sim_trace *trace = sim_trace_create(&plan, file, NULL);
    struct sim_recorder *recorder = sim_recorder_create(&plan, trace);
    struct sim_world *world = sim_world_create(&plan, sim_recorder_observer(recorder));
    const struct sim_history *history = sim_recorder_history(recorder);

    sim_world_run(world);
    sim_recorder_end(recorder, sim_world_time(world));
    ck_assert_uint_eq(sim_history_count(history), 3);
    ck_assert_int_eq(sim_history_list(history, sim_history_entry(history, 0)->list, &count)[1], 5);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_ne(sim_history_entry(history, 1)->list, 0);
    sim_history_list(history, sim_history_entry(history, 1)->list, &count);
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(sim_history_entry(history, 2)->list, 0);
    ck_assert_int_eq(sim_history_entry(history, 0)->invoked, 5);
    fflush(file);
    ck_assert_msg(strstr(text, "\"kind\":\"timer\",\"what\":\"tick\"") != NULL, "%s", text);
    sim_world_destroy(world);
    sim_recorder_destroy(recorder);
    sim_trace_destroy(trace);
    fclose(file);
    free(text);
}
END_TEST

/* Every fault, labelled or not, with the first nodes that it hits and its own end. */
START_TEST(strikes_of_faults)
{
    static const struct sim_strike wanted[] = {
        { 3, 1, { 2 }, false, 10, 40 },
        { 0, 5, { 0, 1, 2, 3 }, false, 20, 30 },
        { 4, 0, { 0 }, false, 25, 25 },
        { 3, 1, { 2 }, true, 30, 60 },
    };
    struct bench bench;
    const struct sim_strike *strikes;
    uint64_t all;

    bench_init(&bench);
    bench_window(&bench, 3, 10, 40);
    bench_window(&bench, 0, 20, 30);
    bench_window(&bench, 4, 25, 25);
    bench_window(&bench, 3, 30, SIM_TIME_NEVER);
    bench_play(&bench, 60);
    ck_assert_uint_eq(sim_recorder_strikes(bench.recorder, &strikes, &all), 4);
    ck_assert_uint_eq(all, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(strikes[i].fault, wanted[i].fault);
        ck_assert_uint_eq(strikes[i].count, wanted[i].count);
        ck_assert_mem_eq(strikes[i].nodes, wanted[i].nodes, sizeof(wanted[i].nodes));
        ck_assert_int_eq(strikes[i].open, wanted[i].open);
        ck_assert_int_eq(strikes[i].from, wanted[i].from);
        ck_assert_int_eq(strikes[i].to, wanted[i].to);
    }
    bench_finish(&bench);
}
END_TEST

/* The first are kept, all are counted; what was not kept may end. */
START_TEST(more_strikes_than_are_kept)
{
    struct bench bench;
    const struct sim_observer *observer;
    const struct sim_strike *strikes;
    const uint32_t node = 3;
    uint64_t all;

    bench_init(&bench);
    bench_play(&bench, 1);
    sim_recorder_destroy(bench.recorder);
    bench.recorder = sim_recorder_create(&bench.plan, NULL);
    observer = sim_recorder_observer(bench.recorder);
    for (int i = 0; i < SIM_STRIKES_MAX + 5; i++) {
        observer->fault(observer->context, i, 3, &node, 1, true);
        observer->fault(observer->context, i + 1, 3, &node, 1, false);
    }
    sim_recorder_end(bench.recorder, SIM_SECOND);
    ck_assert_uint_eq(sim_recorder_strikes(bench.recorder, &strikes, &all), SIM_STRIKES_MAX);
    ck_assert_uint_eq(all, SIM_STRIKES_MAX + 5);
    ck_assert_int_eq(strikes[SIM_STRIKES_MAX - 1].to, SIM_STRIKES_MAX);
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recorder");
    TCase *windows = tcase_create("windows"), *figures = tcase_create("figures");
    TCase *rest = tcase_create("rest");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(windows, nothing_happened);
    tcase_add_test(windows, windows_of_one_label);
    tcase_add_test(windows, window_that_stays_open);
    tcase_add_test(windows, overlapping_windows_of_one_fault);
    tcase_add_test(windows, window_within_another);
    tcase_add_test(windows, warmup_is_not_measured);
    tcase_add_test_raise_signal(windows, closing_what_is_not_open, SIGABRT);
    tcase_add_test(windows, strikes_of_faults);
    tcase_add_test(windows, more_strikes_than_are_kept);
    suite_add_tcase(suite, windows);
    tcase_set_timeout(figures, 30);
    tcase_add_test(figures, figures_by_hand);
    tcase_add_test(figures, figures_against_a_slow_count);
    suite_add_tcase(suite, figures);
    tcase_add_test(rest, metrics_of_models);
    tcase_add_test(rest, violations_are_copied);
    tcase_add_test(rest, observes_a_world);
    suite_add_tcase(suite, rest);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
