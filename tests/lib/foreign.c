#define _POSIX_C_SOURCE 200809L
#include "tests/lib/foreign.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[SIM_LINEAR_KINDS] = {
    [SIM_LINEAR_READ] = "read",       [SIM_LINEAR_WRITE] = "write",
    [SIM_LINEAR_CAS] = "cas",         [SIM_LINEAR_CAS_NOT] = "cas-not",
    [SIM_LINEAR_ADD] = "add",         [SIM_LINEAR_APPEND] = "append",
    [SIM_LINEAR_INSERT] = "insert",   [SIM_LINEAR_DELETE] = "delete",
    [SIM_LINEAR_ACQUIRE] = "acquire", [SIM_LINEAR_RELEASE] = "release",
};

static void print_value(const struct sim_history_found *found, int64_t value, FILE *file)
{
    size_t length;
    const char *text = sim_history_reader_text(found, value, &length);

    if (value == SIM_NIL)
        fputs("nil", file);
    else if (text != NULL)
        fprintf(file, "%.*s", (int)length, text);
    else
        fprintf(file, "%" PRId64, value);
}

static void print_operation(const struct sim_history_found *found, size_t index, FILE *file)
{
    const struct sim_linear_operation *o = &found->operations[index];
    size_t length;
    const char *process = sim_history_reader_process(found, index, &length);

    if (process != NULL)
        fprintf(file, "p%.*s %s ", (int)length, process, kinds[o->kind]);
    else
        fprintf(file, "p%" PRIu32 " %s ", o->process, kinds[o->kind]);
    print_value(found, o->key, file);
    if (o->kind == SIM_LINEAR_READ && o->items != NULL) {
        fputs(":[", file);
        for (uint32_t i = 0; i < o->item_count; i++) {
            fputs(i > 0 ? " " : "", file);
            print_value(found, o->items[i], file);
        }
        fputs("]", file);
    } else if (o->kind == SIM_LINEAR_READ) {
        fputc(':', file);
        print_value(found, o->value, file);
    } else if (o->kind < SIM_LINEAR_DELETE) {
        fputc(':', file);
        print_value(found, o->argument, file);
    }
    if (o->kind == SIM_LINEAR_CAS || o->kind == SIM_LINEAR_CAS_NOT) {
        fputc('>', file);
        print_value(found, o->second, file);
    }
    if (o->kind == SIM_LINEAR_ADD && o->answered)
        fprintf(file, "=%" PRId64, o->value);
    fprintf(file, " @%" PRIu64 "-", o->invoked);
    if (o->returned != SIM_LINEAR_OPEN)
        fprintf(file, "%" PRIu64, o->returned);
    fputc('\n', file);
}

static void print_fault(const struct sim_history_fault *fault, FILE *file)
{
    ck_assert_uint_lt(fault->excerpt_length, SIM_HISTORY_EXCERPT);
    if (fault->line != 0)
        fprintf(file, "%" PRIu64 ":%" PRIu64 "+%" PRIu64 ": ", fault->line, fault->column,
                fault->length);
    fprintf(file, "%s%s%s\n", fault->message, fault->hint[0] != '\0' ? "; " : "", fault->hint);
}

static void print_summary(const struct sim_history_found *found, FILE *file)
{
    const struct sim_history_counts *c = &found->counts;

    fprintf(file,
            "%s %" PRIu64 " events, %" PRIu64 " of others: %" PRIu64 " operations, %" PRIu64
            " invoked, %" PRIu64 " ok, %" PRIu64 " failed, %" PRIu64 " unknown, %" PRIu64
            " dropped; initial ",
            sim_history_format_names[found->format], c->events, c->others, c->operations,
            c->invocations, c->ok, c->failed, c->unknown, c->dropped);
    print_value(found, found->initial, file);
    fprintf(file, ", nil reads %s\n",
            found->nil_reads == SIM_HISTORY_NIL_VALUE ? "value" : "unknown");
    ck_assert_uint_eq(c->operations, c->ok + c->failed + c->unknown);
    ck_assert_uint_eq(c->operations, found->count + c->dropped);
}

static char *rendered(const struct sim_history_reading *reading, const char *bytes, size_t count,
                      size_t piece, bool summary)
{
    struct sim_history_reading one = *reading;
    struct sim_history_found found;
    char *text = NULL, *copy = malloc(count == 0 ? 1 : count); /* ends where the text does */
    size_t size;
    FILE *file = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(copy);
    ck_assert_ptr_nonnull(file);
    if (count > 0)
        memcpy(copy, bytes, count);
    one.piece = piece;
    sim_history_reader_memory(copy, count, &one, &found);
    free(copy);
    if (found.fault.message[0] != '\0')
        print_fault(&found.fault, file);
    for (size_t i = 0; found.fault.message[0] == '\0' && i < found.count; i++) {
        ck_assert(i == 0 || found.operations[i - 1].invoked < found.operations[i].invoked);
        print_operation(&found, i, file);
    }
    if (summary && found.fault.message[0] == '\0')
        print_summary(&found, file);
    sim_history_reader_finish(&found);
    fclose(file);
    return text;
}

static char *in_pieces(const struct sim_history_reading *reading, const char *bytes, size_t count,
                       bool summary)
{
    static const size_t pieces[] = { 1, 2, 3, 7, 4096 };
    char *text = rendered(reading, bytes, count, 0, summary);

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        char *other = rendered(reading, bytes, count, pieces[i], summary);

        ck_assert_str_eq(other, text);
        free(other);
    }
    return text;
}

char *foreign_bytes(const struct sim_history_reading *reading, const char *bytes, size_t count)
{
    return in_pieces(reading, bytes, count, false);
}

char *foreign_text(const struct sim_history_reading *reading, const char *text)
{
    return in_pieces(reading, text, strlen(text), false);
}

char *foreign_summary(const struct sim_history_reading *reading, const char *text)
{
    return in_pieces(reading, text, strlen(text), true);
}

static void expect(char *found, const char *text, const char *expected)
{
    ck_assert_msg(strcmp(found, expected) == 0, "\n%s\ngave\n%s\nnot\n%s", text, found, expected);
    free(found);
}

void foreign_expect(const struct sim_history_reading *reading, const char *text,
                    const char *expected)
{
    expect(foreign_text(reading, text), text, expected);
}

void foreign_expect_summary(const struct sim_history_reading *reading, const char *text,
                            const char *expected)
{
    expect(foreign_summary(reading, text), text, expected);
}
