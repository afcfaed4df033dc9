/* observe_trace.c - the lines of a trace byte for byte, its filters, its limit, and a traced run.
 */
#define _POSIX_C_SOURCE 200809L
#include "sim/observe/output.h"
#include "sim/observe/trace.h"
#include "sim/world/world.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct sim_group_plan groups[] = { { .name = "store", .count = 3 },
                                                { .name = "app", .count = 12 } };
static const struct sim_plan plan = { .groups = groups, .group_count = 2 };

SIM_RECORD(vote, term, candidate);

/* Where a trace goes. */
struct sink {
    char *text;
    size_t size;
    FILE *file;
    struct sim_trace *trace;
};

static void sink_open(struct sink *sink, const struct sim_plan *of,
                      const struct sim_trace_filter *filter)
{
    sink->text = NULL;
    sink->file = open_memstream(&sink->text, &sink->size);
    sink->trace = sim_trace_create(of, sink->file, filter);
}

static void sink_close(struct sink *sink)
{
    sim_trace_destroy(sink->trace);
    fclose(sink->file);
}

static struct sim_happening base(enum sim_happening_kind kind, uint32_t node, const char *what)
{
    return (struct sim_happening){
        .id = 8,
        .cause = 5,
        .time = 1500,
        .kind = kind,
        .node = node,
        .peer = SIM_NO_GROUP,
        .what = what,
    };
}

static void expect_line(const struct sim_happening *happening, const char *expected)
{
    struct sink sink;

    sink_open(&sink, &plan, NULL);
    sim_trace_write(sink.trace, happening);
    ck_assert_ptr_null(sim_trace_error(sink.trace));
    sink_close(&sink);
    ck_assert_str_eq(sink.text, expected);
    free(sink.text);
}

START_TEST(every_kind)
{
    for (int kind = 0; kind < SIM_HAPPENING_KINDS; kind++) {
        struct sim_happening happening = base((enum sim_happening_kind)kind, 2, NULL);
        char expected[128];

        snprintf(expected, sizeof(expected),
                 "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"store-2\",\"kind\":\"%s\"}\n",
                 sim_happening_kind_names[kind]);
        expect_line(&happening, expected);
    }
}
END_TEST

START_TEST(body_of_a_message)
{
    static const int64_t words[] = { 3, SIM_NIL };
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 2, "vote");

    happening.peer = 0;
    happening.record = SIM_WORDS(vote);
    happening.words = words;
    expect_line(
        &happening,
        "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"store-2\",\"kind\":\"message\","
        "\"what\":\"vote\",\"from\":\"store-0\",\"body\":{\"term\":3,\"candidate\":null}}\n");
}
END_TEST

START_TEST(other_ends)
{
    struct sim_happening send = base(SIM_HAPPENED_SEND, 14, "get");
    struct sim_happening timeout = base(SIM_HAPPENED_TIMEOUT, 14, "get");
    struct sim_happening timer = base(SIM_HAPPENED_TIMER, 1, "retry");
    struct sim_happening drop = base(SIM_HAPPENED_DROP, 1, "vote");

    send.peer = timeout.peer = 0;
    timer.peer = drop.peer = 2;
    drop.reason = "loss";
    expect_line(&send, "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"app-11\",\"kind\":\"send\","
                       "\"what\":\"get\",\"to\":\"store-0\"}\n");
    expect_line(&timeout, "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"app-11\",\"kind\":"
                          "\"timeout\",\"what\":\"get\",\"to\":\"store-0\"}\n");
    expect_line(&timer, "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"store-1\",\"kind\":\"timer\","
                        "\"what\":\"retry\",\"peer\":\"store-2\"}\n");
    expect_line(&drop, "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"store-1\",\"kind\":\"drop\","
                       "\"what\":\"vote\",\"reason\":\"loss\",\"from\":\"store-2\"}\n");
}
END_TEST

START_TEST(faults_and_violations)
{
    struct sim_happening fault = base(SIM_HAPPENED_FAULT, SIM_NO_GROUP, "partition");
    struct sim_happening broken = base(SIM_HAPPENED_VIOLATION, SIM_NO_GROUP, "safety");

    fault.reason = "cut";
    broken.reason = "\"a\\b\"\n\t\x01\x7f \xc3\xa9";
    expect_line(&fault, "{\"id\":8,\"cause\":5,\"t\":1500,\"kind\":\"fault\",\"what\":"
                        "\"partition\",\"label\":\"cut\"}\n");
    expect_line(&broken, "{\"id\":8,\"cause\":5,\"t\":1500,\"kind\":\"violation\",\"what\":"
                         "\"safety\",\"text\":\"\\\"a\\\\b\\\"\\n\\t\\u0001\\u007f \xc3\xa9\"}\n");
}
END_TEST

START_TEST(extreme_numbers)
{
    static const int64_t words[] = { INT64_MIN + 1, INT64_MAX };
    struct sim_happening happening = base(SIM_HAPPENED_NOTE, 0, "n");

    happening.id = UINT64_MAX;
    happening.cause = 0;
    happening.time = INT64_MAX;
    happening.record = SIM_WORDS(vote);
    happening.words = words;
    expect_line(&happening,
                "{\"id\":18446744073709551615,\"cause\":0,\"t\":9223372036854775807,\"node\":"
                "\"store-0\",\"kind\":\"note\",\"what\":\"n\",\"body\":{\"term\":"
                "-9223372036854775807,\"candidate\":9223372036854775807}}\n");
}
END_TEST

/* The formatter of numbers against printf: all lengths, around every power of ten. */
START_TEST(numbers)
{
    uint64_t power = 1;

    for (int digits = 0; digits < 20; digits++, power *= 10) {
        for (int i = -101; i <= 101; i++) {
            struct sim_output output;
            uint64_t natural = power + (uint64_t)(int64_t)i;
            int64_t integer;
            char expected[160];

            memcpy(&integer, &natural, sizeof(integer));
            sim_output_init(&output, NULL);
            sim_output_natural(&output, natural);
            sim_output_text(&output, " ");
            sim_output_integer(&output, integer);
            sim_output_text(&output, " ");
            sim_output_hex(&output, natural);
            sim_output_bytes(&output, "", 1);
            snprintf(expected, sizeof(expected), "%" PRIu64 " %" PRId64 " %016" PRIx64, natural,
                     integer, natural);
            ck_assert_str_eq(output.bytes, expected);
            sim_output_finish(&output);
        }
    }
}
END_TEST

/* -- filters ----------------------------------------------------------------------------------- */

/* Which of a small set of happenings a filter lets through, by their ids. */
static char *filtered(const char *spec)
{
    const struct sim_happening happenings[] = {
        { 1, 0, 0, SIM_HAPPENED_START, 0, SIM_NO_GROUP, NULL, NULL, NULL, NULL, NULL, 0 },
        { 2, 0, 5, SIM_HAPPENED_MESSAGE, 1, 0, "append", NULL, NULL, NULL, NULL, 0 },
        { 3, 0, 10, SIM_HAPPENED_MESSAGE, 2, 0, "vote", NULL, NULL, NULL, NULL, 0 },
        { 4, 0, 10, SIM_HAPPENED_FAULT, SIM_NO_GROUP, SIM_NO_GROUP, "crash", NULL, NULL, NULL, NULL,
          0 },
        { 5, 0, 15, SIM_HAPPENED_TIMER, 4, SIM_NO_GROUP, "append", NULL, NULL, NULL, NULL, 0 },
        { 6, 0, 20, SIM_HAPPENED_NOTE, 14, SIM_NO_GROUP, "done", NULL, NULL, NULL, NULL, 0 },
    };
    struct sim_trace_filter filter;
    char text[SIM_TRACE_TEXT];
    char *ids = calloc(1, 16);
    const char *wrong = sim_trace_filter_parse(&filter, &plan, spec, text);
    struct sink sink;

    ck_assert_msg(wrong == NULL, "%s: %s", spec, wrong);
    sink_open(&sink, &plan, &filter);
    for (size_t i = 0; i < sizeof(happenings) / sizeof(*happenings); i++) {
        size_t before;

        sim_trace_flush(sink.trace);
        fflush(sink.file);
        before = sink.size;
        sim_trace_write(sink.trace, &happenings[i]);
        sim_trace_flush(sink.trace);
        fflush(sink.file);
        if (sink.size > before)
            ids[strlen(ids)] = (char)('0' + happenings[i].id);
    }
    sink_close(&sink);
    free(sink.text);
    sim_trace_filter_finish(&filter);
    return ids;
}

START_TEST(filters)
{
    static const struct {
        const char *spec, *ids;
    } rows[] = {
        { "kind=append", "25" },        { "kind=message", "23" },
        { "kind=message,done", "236" }, { "kind=crash", "4" },
        { "kind=nothing", "" },         { "node=store", "1234" },
        { "node=store-1", "24" },       { "node=app-11", "46" },
        { "node=app,store-0", "1456" }, { "from=10ns", "3456" },
        { "to=10ns", "1234" },          { "from=5ns;to=10ns", "234" },
        { "from=10ns;to=10ns", "34" },  { "kind=append;node=app;from=0", "5" },
        { "kind=append;", "25" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *ids = filtered(rows[i].spec);

        ck_assert_msg(strcmp(ids, rows[i].ids) == 0, "%s: %s", rows[i].spec, ids);
        free(ids);
    }
}
END_TEST

START_TEST(filters_that_are_wrong)
{
    static const struct {
        const char *spec, *message;
    } rows[] = {
        { "", "an empty filter: expected kind=, node=, from= or to=" },
        { "append", "'append' is no filter: expected kind=, node=, from= or to=" },
        { ";", "'' is no filter: expected kind=, node=, from= or to=" },
        { "kind=a;;to=1s", "'' is no filter: expected kind=, node=, from= or to=" },
        { "kinds=append", "no filter by 'kinds': expected kind=, node=, from= or to=" },
        { "=append", "no filter by '': expected kind=, node=, from= or to=" },
        { "kind=", "'kind' has an empty name in its list" },
        { "kind=a,,b", "'kind' has an empty name in its list" },
        { "kind=a,", "'kind' has an empty name in its list" },
        { "kind=a;kind=b", "'kind' is given twice: one list, with commas" },
        { "from=1s;from=2s", "'from' is given twice" },
        { "from=2s;to=1s", "'from' (2s) lies after 'to' (1s)" },
        { "from=-1s", "'from': a trace starts at 0" },
        { "node=shop", "no node or group 'shop': expected 'store' or 'store-0', say" },
        { "node=store-3", "no node or group 'store-3': expected 'store' or 'store-0', say" },
        { "node=store-", "no node or group 'store-': expected 'store' or 'store-0', say" },
        { "node=store-01", "no node or group 'store-01': expected 'store' or 'store-0', say" },
        { "node=store-99999999999999999999",
          "no node or group 'store-99999999999999999999': expected 'store' or 'store-0', say" },
        { "to=0123456789012345678901234567890123456789012345678901234567890123",
          "'to' is too long for a duration" },
    };
    struct sim_trace_filter filter;
    char text[SIM_TRACE_TEXT];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *wrong = sim_trace_filter_parse(&filter, &plan, rows[i].spec, text);

        ck_assert_ptr_nonnull(wrong);
        ck_assert_str_eq(wrong, rows[i].message);
        ck_assert_ptr_null(filter.kinds);
        ck_assert_ptr_null(filter.nodes);
    }
    /* what the reader of durations says is its own affair */
    ck_assert_ptr_nonnull(sim_trace_filter_parse(&filter, &plan, "from=5", text));
    ck_assert_msg(strncmp(text, "'from': ", 8) == 0, "%s", text);
}
END_TEST

START_TEST(kinds_that_never_matched)
{
    struct sim_trace_filter filter;
    char text[SIM_TRACE_TEXT];
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 1, "append");
    struct sink sink;

    ck_assert_ptr_null(sim_trace_filter_parse(&filter, &plan, "kind=append,apend,vote", text));
    sink_open(&sink, &plan, &filter);
    ck_assert_str_eq(sim_trace_unmatched(sink.trace), "append");
    sim_trace_write(sink.trace, &happening);
    ck_assert_str_eq(sim_trace_unmatched(sink.trace), "apend");
    happening.what = "apend";
    sim_trace_write(sink.trace, &happening);
    happening.what = "vote";
    sim_trace_write(sink.trace, &happening);
    ck_assert_ptr_null(sim_trace_unmatched(sink.trace));
    sink_close(&sink);
    free(sink.text);
    sim_trace_filter_finish(&filter);
}
END_TEST

/* -- limits ------------------------------------------------------------------------------------ */

/* Every limit of bytes from none to all: whole lines only, and never more than allowed. */
START_TEST(limit_of_bytes)
{
    enum { LINES = 5 };
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 1, "append");
    struct sim_plan limited = plan;
    size_t length = strlen("{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"store-1\",\"kind\":"
                           "\"message\",\"what\":\"append\"}\n");

    for (size_t limit = 1; limit <= LINES * length + 3; limit++) {
        struct sink sink;
        const char *error;
        char expected[80];

        limited.limits.trace = limit;
        sink_open(&sink, &limited, NULL);
        for (int i = 0; i < LINES; i++)
            sim_trace_write(sink.trace, &happening);
        sim_trace_flush(sink.trace);
        error = sim_trace_error(sink.trace);
        snprintf(expected, sizeof(expected), "trace limit of %zuB reached (limits.trace)", limit);
        if (limit < LINES * length)
            ck_assert_str_eq(error, expected);
        else
            ck_assert_ptr_null(error);
        sink_close(&sink);
        ck_assert_uint_eq(sink.size,
                          limit / length > LINES ? LINES * length : limit / length * length);
        free(sink.text);
    }
}
END_TEST

/* A trace is written as it comes, not at the end, and in whole lines. */
START_TEST(streamed)
{
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 1, "append");
    struct sink sink;

    sink_open(&sink, &plan, NULL);
    for (int i = 0; i < 3000; i++)
        sim_trace_write(sink.trace, &happening);
    fflush(sink.file);
    ck_assert_uint_gt(sink.size, 100000);
    ck_assert_int_eq(sink.text[sink.size - 1], '\n');
    sink_close(&sink);
    free(sink.text);
}
END_TEST

START_TEST(limit_in_its_unit)
{
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 1, "append");
    struct sim_plan limited = plan;
    struct sink sink;

    limited.limits.trace = 3 << 10;
    sink_open(&sink, &limited, NULL);
    for (int i = 0; i < 100; i++)
        sim_trace_write(sink.trace, &happening);
    ck_assert_str_eq(sim_trace_error(sink.trace), "trace limit of 3KiB reached (limits.trace)");
    sink_close(&sink);
    free(sink.text);
}
END_TEST

START_TEST(full_disk_is_remembered)
{
    struct sim_happening happening = base(SIM_HAPPENED_MESSAGE, 1, "append");
    FILE *file = fopen("/dev/full", "w");
    struct sim_trace *trace;

    if (file == NULL)
        return;
    trace = sim_trace_create(&plan, file, NULL);
    for (int i = 0; i < 10000; i++)
        sim_trace_write(trace, &happening);
    sim_trace_flush(trace);
    ck_assert_str_eq(sim_trace_error(trace), "No space left on device");
    sim_trace_destroy(trace);
    fclose(file);
}
END_TEST

/* -- a run ------------------------------------------------------------------------------------- */

/* Two nodes; the first sends a blob to the other, which says so. */
SIM_RECORD(gift, number);

enum { GIFT };

static void on_gift(struct sim_seat *me, const struct sim_message *message)
{
    sim_note(me, GIFT, message->body);
}

static void start(struct sim_seat *me)
{
    static const int64_t words[] = { 1, 2, 3 };

    if (sim_self(me) == 0)
        sim_send_blob(me, 1, GIFT, &(struct gift){ 9 }, sim_blob(me, words, 3));
}

static const struct sim_model giver = {
    .name = "giver",
    .summary = "gives",
    .messages = { [GIFT] = { "gift", SIM_WORDS(gift), on_gift } },
    .notes = { [GIFT] = { "thanks", SIM_WORDS(gift) } },
    .start = start,
};

static void on_happening(void *context, const struct sim_happening *happening)
{
    sim_trace_write(context, happening);
}

START_TEST(traced_run)
{
    static const int64_t words[] = { 1, 2, 3 };
    const struct sim_group_plan group = {
        .name = "g",
        .model = &giver,
        .count = 2,
        .target = SIM_NO_GROUP,
        .processor = { .workers = 1, .queue = 10 },
    };
    const struct sim_plan run = {
        .name = "run",
        .seed = 1,
        .duration = SIM_SECOND,
        .groups = &group,
        .group_count = 1,
        .limits = { .events = 1000, .events_per_instant = 100, .history = 10, .trace = 1 << 20 },
    };
    struct sim_observer observer = { .happening = on_happening };
    struct sim_world *world;
    struct sink sink;
    char expected[160];

    sink_open(&sink, &run, NULL);
    observer.context = sink.trace;
    world = sim_world_create(&run, &observer);
    sim_world_run(world);
    sim_world_destroy(world);
    sink_close(&sink);
    snprintf(expected, sizeof(expected),
             "\"kind\":\"message\",\"what\":\"gift\",\"from\":\"g-0\",\"body\":{\"number\":9},"
             "\"blob\":{\"words\":3,\"hash\":\"%016" PRIx64 "\"}}\n",
             sim_hash_words(words, 3, 3));
    ck_assert_msg(strstr(sink.text, expected) != NULL, "%s", sink.text);
    ck_assert_msg(
        strstr(sink.text, "\"kind\":\"note\",\"what\":\"thanks\",\"body\":{\"number\":9}}\n") !=
            NULL,
        "%s", sink.text);
    ck_assert_msg(strstr(sink.text, "\"kind\":\"start\"") != NULL, "%s", sink.text);
    free(sink.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *lines = tcase_create("lines"), *filtering = tcase_create("filters");
    TCase *limits = tcase_create("limits"), *run = tcase_create("run");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(lines, every_kind);
    tcase_add_test(lines, body_of_a_message);
    tcase_add_test(lines, other_ends);
    tcase_add_test(lines, faults_and_violations);
    tcase_add_test(lines, extreme_numbers);
    tcase_add_test(lines, numbers);
    suite_add_tcase(suite, lines);
    tcase_add_test(filtering, filters);
    tcase_add_test(filtering, filters_that_are_wrong);
    tcase_add_test(filtering, kinds_that_never_matched);
    suite_add_tcase(suite, filtering);
    tcase_add_test(limits, limit_of_bytes);
    tcase_add_test(limits, streamed);
    tcase_add_test(limits, limit_in_its_unit);
    tcase_add_test(limits, full_disk_is_remembered);
    suite_add_tcase(suite, limits);
    tcase_add_test(run, traced_run);
    suite_add_tcase(suite, run);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
