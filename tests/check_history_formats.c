/* check_history_formats.c - one history in every format is one history; what sim_history_write
 * wrote is read back; large files; and the judge on what was read. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/core/rng.h"
#include "sim/observe/history.h"
#include "tests/lib/foreign.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESSES = 6, VALUES = 5, EVENTS = 400 };

/* -- a random history, written in a format ------------------------------------------------------
 */

struct event {
    uint32_t process;
    int type, kind; /* indices of the names below */
    int64_t a, b;   /* b: of a compare-and-set; a < 0: nil */
};

static const char *const types[] = { "invoke", "ok", "fail", "info" };
static const char *const kinds[] = { "read", "write", "cas" };

static uint64_t below(struct sim_stream *rng, uint64_t n)
{
    return sim_below(sim_stream_next(rng), n);
}

static size_t make_events(struct event events[EVENTS], uint64_t seed)
{
    struct sim_stream rng;
    struct event open[PROCESSES];
    bool busy[PROCESSES] = { false };
    uint32_t names[PROCESSES];

    sim_stream_seed(&rng, seed, 1, 1);
    for (uint32_t i = 0; i < PROCESSES; i++)
        names[i] = i;
    for (size_t i = 0; i < EVENTS; i++) {
        size_t p = (size_t)below(&rng, PROCESSES);
        struct event *event = &events[i];

        if (!busy[p]) {
            *event = (struct event){ .process = names[p], .type = 0 };
            event->kind = (int)below(&rng, 3);
            event->a = event->kind == 0 ? -1 : (int64_t)below(&rng, VALUES);
            event->b = (int64_t)below(&rng, VALUES);
            open[p] = *event;
        } else {
            *event = open[p];
            event->type = 1 + (int)below(&rng, 8) % 3;
            if (event->kind == 0 && event->type == 1)
                event->a = (int64_t)below(&rng, VALUES + 1) - 1;
            names[p] += event->type == 3 ? PROCESSES : 0;
        }
        busy[p] = !busy[p];
    }
    return EVENTS;
}

static void print_value(const struct event *event, const char *nil, const char *between, FILE *file)
{
    if (event->kind == 2)
        fprintf(file, "[%" PRId64 "%s%" PRId64 "]", event->a, between, event->b);
    else if (event->a < 0)
        fputs(nil, file);
    else
        fprintf(file, "%" PRId64, event->a);
}

static void print_event(const struct event *event, size_t i, enum sim_history_format format,
                        FILE *file)
{
    const char *type = types[event->type], *kind = kinds[event->kind];

    switch (format) {
    case SIM_HISTORY_EDN:
        fprintf(file,
                i % 3 == 0 ? "{:process %u, :type :%s, :f :%s, :index %zu, :value "
                           : "{:index 7\n :process %u,:type :%s :f :%s #_ %zu :value\t",
                event->process, type, kind, i);
        print_value(event, "nil", i % 2 == 0 ? " " : ", ", file);
        fputs(i % 5 == 0 ? "} ; }\n" : "}", file);
        break;
    case SIM_HISTORY_JSON:
        fprintf(file,
                "%s{\"process\":%u,\"type\":\"%s\",\"f\":\"%s\",\"value\":", i > 0 ? ",\n" : "[",
                event->process, type, kind);
        print_value(event, "null", ",", file);
        fputs("}", file);
        break;
    case SIM_HISTORY_LINES:
        fprintf(file, "{\"process\":%u,\"type\":\"%s\",\"op\":\"%s\",\"key\":0,\"value\":",
                event->process, event->type == 3 ? "unknown" : type, kind);
        print_value(event, "null", ",", file);
        fputs("}\n", file);
        break;
    default:
        fprintf(file,
                i % 2 == 0 ? "INFO  jepsen.util - %u\t:%s\t:%s\t"
                           : "INFO  jepsen.util - %-4u:%s   :%s    ",
                event->process, type, kind);
        print_value(event, "nil", " ", file);
        fputs("\n", file);
    }
}

static char *written(const struct event *events, size_t count, enum sim_history_format format)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    for (size_t i = 0; i < count; i++)
        print_event(&events[i], i, format, file);
    if (format == SIM_HISTORY_JSON)
        fputs("]\n", file);
    fclose(file);
    return text;
}

START_TEST(one_history_in_four_formats)
{
    struct sim_history_reading reading = { .model = SIM_HISTORY_KV,
                                           .initial_from = SIM_HISTORY_INITIAL_GIVEN,
                                           .failed_cas_differs = _i % 2 == 0 };
    struct event events[EVENTS];
    size_t count = make_events(events, (uint64_t)_i);
    char *first = NULL;

    for (int format = SIM_HISTORY_EDN; format <= SIM_HISTORY_LOG; format++) {
        char *text = written(events, count, (enum sim_history_format)format);
        char *found = foreign_summary(&reading, text), *summary = strstr(found, "400 events");
        const char *name = sim_history_format_names[format];

        ck_assert_msg(summary != NULL, "%s", found);
        ck_assert(strncmp(summary - strlen(name) - 1, name, strlen(name)) == 0);
        memset(summary - strlen(name) - 1, ' ', strlen(name));
        if (first == NULL) {
            first = strdup(found);
        } else { /* alike but for the name of the format */
            size_t head = (size_t)(summary - found) - strlen(name) - 1;

            ck_assert_mem_eq(found, first, head);
            ck_assert_str_eq(summary, strstr(first, "400 events"));
        }
        free(found);
        free(text);
    }
    free(first);
}
END_TEST

/* -- our own, and back --------------------------------------------------------------------------
 */

static const struct sim_group_plan groups[] = { { .name = "app", .count = 20 } };
static const struct sim_plan plan = { .groups = groups, .group_count = 1 };

static const enum sim_linear_kind kind_of[] = {
    [SIM_READ] = SIM_LINEAR_READ,     [SIM_WRITE] = SIM_LINEAR_WRITE,
    [SIM_CAS] = SIM_LINEAR_CAS,       [SIM_ADD] = SIM_LINEAR_ADD,
    [SIM_APPEND] = SIM_LINEAR_APPEND, [SIM_DELETE] = SIM_LINEAR_DELETE,
};

/* Random operations of all kinds; each process has one open at a time. */
static struct sim_history *make_history(uint64_t seed, size_t steps)
{
    struct sim_history *history = sim_history_create(0);
    struct sim_stream rng;
    uint64_t open[PROCESSES] = { 0 }, id = 0;
    uint32_t lanes[PROCESSES] = { 0 };
    int64_t words[4];

    sim_stream_seed(&rng, seed, 1, 2);
    for (size_t i = 0; i < steps; i++) {
        uint32_t p = (uint32_t)below(&rng, PROCESSES);
        struct sim_operation operation = { .kind = (int64_t)below(&rng, 6),
                                           .key = (int64_t)below(&rng, 4) - 1 };
        enum sim_operation_status status = (enum sim_operation_status)below(&rng, 3);

        if (open[p] == 0) {
            if (operation.kind != SIM_READ && operation.kind != SIM_DELETE)
                operation.argument = (int64_t)i;
            if (operation.kind == SIM_CAS) {
                operation.second = -(int64_t)i;
                operation.argument = i % 4 == 0 ? SIM_NIL : operation.argument;
            }
            open[p] = ++id;
            sim_history_invoke(history, (sim_time)i * 10, p, lanes[p], id, &operation);
        } else if (below(&rng, 10) > 0) {
            const struct sim_history_entry *entry = sim_history_entry(history, open[p] - 1);
            bool list = entry->operation.kind == SIM_READ && i % 3 == 0;
            int64_t value = i % 5 == 0 ? SIM_NIL : (int64_t)i;

            for (size_t k = 0; k < 4; k++)
                words[k] = (int64_t)(k * (i % 7));
            if (entry->operation.kind == SIM_ADD)
                value = (int64_t)i;
            sim_history_complete(history, (sim_time)i * 10, open[p], status, value,
                                 list && status == SIM_OK ? words : NULL, i % 5);
            lanes[p] += status == SIM_UNKNOWN ? 1 : 0;
            open[p] = 0;
        } else { /* never completes */
            lanes[p]++;
            open[p] = 0;
        }
    }
    return history;
}

static void compare(const struct sim_history *history, const struct sim_history_entry *entry,
                    const struct sim_linear_operation *operation)
{
    const struct sim_operation *asked = &entry->operation;

    ck_assert_int_eq(operation->kind, kind_of[asked->kind]);
    ck_assert_int_eq(operation->key, asked->key);
    ck_assert_uint_eq(operation->invoked, entry->invoked_at);
    ck_assert_int_eq(operation->time_invoked, entry->invoked);
    ck_assert_int_eq(operation->argument, asked->argument);
    ck_assert_int_eq(operation->second, asked->second);
    if (entry->status != SIM_OK) {
        ck_assert_uint_eq(operation->returned, SIM_LINEAR_OPEN);
        ck_assert(!operation->answered);
        return;
    }
    ck_assert_uint_eq(operation->returned, entry->completed_at);
    ck_assert_int_eq(operation->time_returned, entry->completed);
    ck_assert_int_eq(operation->answered, asked->kind == SIM_READ || asked->kind == SIM_ADD);
    if (asked->kind == SIM_READ && entry->list != 0) {
        size_t count;
        const int64_t *list = sim_history_list(history, entry->list, &count);

        ck_assert_ptr_nonnull(operation->items);
        ck_assert_uint_eq(operation->item_count, count);
        ck_assert(count == 0 || memcmp(operation->items, list, count * sizeof(*list)) == 0);
    } else {
        ck_assert_ptr_null(operation->items);
        if (operation->answered)
            ck_assert_int_eq(operation->value, entry->value);
    }
}

START_TEST(what_was_written_is_read_back)
{
    struct sim_history *history = make_history((uint64_t)_i, 3000);
    struct sim_history_reading reading = { .model = SIM_HISTORY_KV };
    struct sim_history_found found;
    char *text = NULL;
    size_t size, at = 0;
    FILE *file = open_memstream(&text, &size);

    ck_assert_ptr_null(sim_history_write(history, &plan, file));
    fclose(file);
    ck_assert_ptr_null(strstr(text, "-9223372036854775808")); /* nothing is null, not a number */
    ck_assert_ptr_nonnull(strstr(text, "\"cas\",\"key\":0,\"value\":[null,"));
    sim_history_reader_memory(text, size, &reading, &found);
    ck_assert_str_eq(found.fault.message, "");
    ck_assert_int_eq(found.format, SIM_HISTORY_LINES);
    ck_assert_int_eq(found.initial, SIM_NIL);
    ck_assert_int_eq(found.nil_reads, SIM_HISTORY_NIL_VALUE);
    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        char name[32];
        size_t length;
        const char *process;

        if (entry->status == SIM_FAIL ||
            (entry->status == SIM_UNKNOWN && entry->operation.kind == SIM_READ))
            continue;
        ck_assert_uint_lt(at, found.count);
        compare(history, entry, &found.operations[at]);
        process = sim_history_reader_process(&found, at++, &length);
        snprintf(name, sizeof(name), "\"app-%u/%u\"", entry->node, entry->process);
        ck_assert_ptr_nonnull(process);
        ck_assert_uint_eq(length, strlen(name));
        ck_assert_mem_eq(process, name, length);
    }
    ck_assert_uint_eq(at, found.count);
    sim_history_reader_finish(&found);
    sim_history_destroy(history);
    free(text);
}
END_TEST

/* -- long lists share memory --------------------------------------------------------------------
 */

START_TEST(lists_that_grow_shrink_and_fork)
{
    enum { READS = 300 };
    struct sim_history_reading reading = { .model = SIM_HISTORY_LIST };
    struct sim_history_found found;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    for (size_t i = 0; i < READS; i++) {
        size_t count = i % 10 == 9 ? i / 2 : i; /* now and then a shorter one */

        fprintf(file, "{:type :invoke :process 0 :f :read :value [%zu nil]}", i % 2);
        fprintf(file, "{:type :ok :process 0 :f :read :value [%zu [", i % 2);
        for (size_t k = 0; k < count; k++)
            fprintf(file, " %zu", k == 50 && i % 7 == 0 ? 1000 : k * 3 + i % 2);
        fputs("]]}\n", file);
    }
    fclose(file);
    sim_history_reader_memory(text, size, &reading, &found);
    ck_assert_str_eq(found.fault.message, "");
    ck_assert_uint_eq(found.count, READS);
    for (size_t i = 0; i < READS; i++) {
        size_t count = i % 10 == 9 ? i / 2 : i;

        ck_assert_uint_eq(found.operations[i].item_count, count);
        ck_assert_ptr_nonnull(found.operations[i].items);
        for (size_t k = 0; k < count; k++)
            ck_assert_int_eq(found.operations[i].items[k],
                             k == 50 && i % 7 == 0 ? 1000 : (int64_t)(k * 3 + i % 2));
    }
    ck_assert_uint_lt(found.list_count, READS);
    /* neither forks: one reaches into the other */
    ck_assert_ptr_eq(found.operations[48].items, found.operations[46].items);
    sim_history_reader_finish(&found);
    free(text);
}
END_TEST

/* -- the judge on what was read ------------------------------------------------------------------
 */

#define E(p, type, f, v) "{:process " #p " :type :" type " :f :" f " :value " v "}"

static const struct judged {
    enum sim_history_model model;
    const char *text;
    enum sim_linear_status status;
} judged[] = {
    { SIM_HISTORY_REGISTER,
      E(0, "invoke", "write", "1") E(0, "ok", "write", "1") E(1, "invoke", "read", "nil")
          E(1, "ok", "read", "1"),
      SIM_LINEAR_YES },
    { SIM_HISTORY_REGISTER,
      E(0, "invoke", "write", "1") E(0, "ok", "write", "1") E(1, "invoke", "read", "nil")
          E(1, "ok", "read", "nil"),
      SIM_LINEAR_NO },
    { SIM_HISTORY_REGISTER, E(0, "ok", "write", "1") E(1, "ok", "read", "nil"), SIM_LINEAR_YES },
    { SIM_HISTORY_REGISTER, E(0, "ok", "write", "1") E(0, "ok", "read", "nil"), SIM_LINEAR_NO },
    { SIM_HISTORY_COUNTER,
      E(0, "invoke", "add", "2") E(0, "info", "add", "2") E(1, "invoke", "add", "3")
          E(1, "ok", "add", "3") E(1, "invoke", "read", "nil") E(1, "ok", "read", "5"),
      SIM_LINEAR_YES },
    { SIM_HISTORY_COUNTER,
      E(0, "invoke", "add", "2") E(0, "fail", "add", "2") E(1, "invoke", "add", "3")
          E(1, "ok", "add", "3") E(1, "invoke", "read", "nil") E(1, "ok", "read", "5"),
      SIM_LINEAR_NO },
    { SIM_HISTORY_SET,
      E(0, "invoke", "add", ":a") E(0, "ok", "add", ":a") E(1, "invoke", "read", "nil")
          E(1, "ok", "read", "#{:a}"),
      SIM_LINEAR_YES },
    { SIM_HISTORY_SET,
      E(0, "invoke", "add", ":a") E(0, "ok", "add", ":a") E(1, "invoke", "read", "nil")
          E(1, "ok", "read", "#{}"),
      SIM_LINEAR_NO },
    { SIM_HISTORY_LIST,
      E(0, "invoke", "append", "1") E(1, "invoke", "append", "2") E(0, "ok", "append", "1")
          E(1, "ok", "append", "2") E(1, "invoke", "read", "nil") E(1, "ok", "read", "[2 1]"),
      SIM_LINEAR_YES },
    { SIM_HISTORY_LIST,
      E(0, "invoke", "append", "1") E(0, "ok", "append", "1") E(1, "invoke", "append", "2")
          E(1, "ok", "append", "2") E(1, "invoke", "read", "nil") E(1, "ok", "read", "[2 1]"),
      SIM_LINEAR_NO },
    { SIM_HISTORY_MUTEX,
      E(0, "invoke", "acquire", "nil") E(0, "ok", "acquire", "nil") E(1, "invoke", "acquire", "nil")
          E(0, "invoke", "release", "nil") E(1, "ok", "acquire", "nil"),
      SIM_LINEAR_YES },
    { SIM_HISTORY_MUTEX,
      E(0, "invoke", "acquire", "nil") E(0, "ok", "acquire", "nil") E(1, "invoke", "acquire", "nil")
          E(1, "ok", "acquire", "nil"),
      SIM_LINEAR_NO },
    { SIM_HISTORY_KV,
      E(0, "invoke", "write", "[1 5]") E(0, "ok", "write", "[1 5]") E(0, "invoke", "add", "[1 2]")
          E(0, "ok", "add", "[1 2]") E(0, "invoke", "read", "[1 nil]") E(0, "ok", "read", "[1 7]")
              E(0, "invoke", "append", "[2 5]") E(0, "ok", "append", "[2 5]")
                  E(0, "invoke", "read", "[2 nil]") E(0, "ok", "read", "[2 [5]]"),
      SIM_LINEAR_YES },
};

START_TEST(judged_as_it_should_be)
{
    struct sim_history_reading reading = { .model = judged[_i].model };
    struct sim_linear_options options = { 0 };
    struct sim_linear_result result;
    struct sim_history_found found;

    sim_history_reader_memory(judged[_i].text, strlen(judged[_i].text), &reading, &found);
    ck_assert_str_eq(found.fault.message, "");
    options.initial = found.initial;
    sim_linear_judge(found.operations, found.count, &options, &result);
    ck_assert_int_eq(result.status, judged[_i].status);
    sim_linear_result_finish(&result);
    sim_history_reader_finish(&found);
}
END_TEST

START_TEST(files_are_read_as_memory_is)
{
    struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER };
    struct sim_history_found found;
    FILE *file = tmpfile(), *folder = fopen("/", "r");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 50000; i++)
        fprintf(file, "{:process 0 :type :%s :f :write :value %d}\n", i % 2 ? "ok" : "invoke",
                i / 2);
    rewind(file);
    sim_history_reader_file(file, &reading, &found);
    fclose(file);
    ck_assert_str_eq(found.fault.message, "");
    ck_assert_uint_eq(found.count, 25000);
    ck_assert_int_eq(found.operations[24999].argument, 24999);
    ck_assert_uint_eq(found.origins[24999].line_returned, 50000);
    sim_history_reader_finish(&found);
    if (folder != NULL) {
        sim_history_reader_file(folder, &reading, &found);
        ck_assert_str_eq(found.fault.message, "Is a directory");
        ck_assert_uint_eq(found.fault.line, 0);
        sim_history_reader_finish(&found);
        fclose(folder);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history_formats");
    TCase *tcase = tcase_create("formats");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, one_history_in_four_formats, 0, 10);
    tcase_add_loop_test(tcase, what_was_written_is_read_back, 0, 5);
    tcase_add_test(tcase, lists_that_grow_shrink_and_fork);
    tcase_add_loop_test(tcase, judged_as_it_should_be, 0,
                        (int)(sizeof(judged) / sizeof(judged[0])));
    tcase_add_test(tcase, files_are_read_as_memory_is);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
