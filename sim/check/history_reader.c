#include "sim/check/history_reader.h"

#include "sim/check/history_private.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

const char *const sim_history_format_names[] = { "auto", "edn", "json", "jsonl", "log", NULL };
const char *const sim_history_model_names[] = { "register", "counter", "set", "list",
                                                "mutex",    "kv",      NULL };

/* -- formats ----------------------------------------------------------------------------------- */

/* The first character from scanner->at on that is no blank, without passing over it; 0: none. */
static char peek(struct sim_scanner *scanner, size_t *offset)
{
    for (;;) {
        char c;

        if (!sim_scanner_has(scanner, *offset + 1))
            return '\0';
        c = scanner->at[*offset];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return c;
        ++*offset;
    }
}

/* JSON has strings for keys; EDN has keywords. What begins like neither is a log. */
static enum sim_history_format guess(struct sim_scanner *scanner)
{
    size_t offset = 0;
    char c = peek(scanner, &offset);

    if (c == '[') {
        offset++;
        c = peek(scanner, &offset);
        if (c == '\0' || strchr("{[(#;,]\"", c) == NULL)
            return SIM_HISTORY_LOG; /* [2015-... */
    }
    if (c == '{') {
        offset++;
        return peek(scanner, &offset) == '"' ? SIM_HISTORY_JSON : SIM_HISTORY_EDN;
    }
    return c != '\0' && strchr("[(#;,]\"", c) != NULL ? SIM_HISTORY_EDN : SIM_HISTORY_LOG;
}

static void read_maps(struct sim_reader *reader, bool json)
{
    for (;;) {
        enum sim_scan scan =
            json ? sim_json_next(&reader->scanner) : sim_edn_next(&reader->scanner);

        if (scan != SIM_SCAN_FORM || !sim_reader_map(reader))
            return;
    }
}

static void read_all(struct sim_reader *reader)
{
    struct sim_scanner *scanner = &reader->scanner;
    struct sim_history_found *found = reader->found;
    enum sim_history_format format = reader->reading->format;

    scanner->inside = true;
    if (sim_scanner_has(scanner, 3) && memcmp(scanner->at, "\xef\xbb\xbf", 3) == 0)
        scanner->at += 3; /* a byte order mark */
    sim_scanner_begin(scanner);
    if (format == SIM_HISTORY_BY_CONTENT && found->fault.message[0] == '\0')
        format = guess(scanner);
    if (found->fault.message[0] != '\0')
        return;
    found->format = format;
    if (format == SIM_HISTORY_JSON && reader->reading->format == SIM_HISTORY_BY_CONTENT)
        found->format = SIM_HISTORY_BY_CONTENT; /* Jepsen's, or ours: the first object tells */
    if (format == SIM_HISTORY_LOG)
        sim_reader_log(reader);
    else
        read_maps(reader, format != SIM_HISTORY_EDN);
    if (found->format == SIM_HISTORY_BY_CONTENT)
        found->format = SIM_HISTORY_JSON; /* without an object */
}

/* A file that gives no operation is most likely read wrongly. */
static void check_count(struct sim_reader *reader)
{
    struct sim_history_found *found = reader->found;
    struct sim_history_fault *fault = &found->fault;
    const struct sim_input *input = &reader->scanner.input;

    if (found->counts.operations > 0 || fault->message[0] != '\0')
        return;
    if (input->used == 0)
        snprintf(fault->message, sizeof(fault->message), "no operation: there is nothing at all");
    else if (found->counts.others > 0)
        snprintf(fault->message, sizeof(fault->message),
                 "no operation: all %llu events are of the nemesis",
                 (unsigned long long)found->counts.others);
    else if (found->format == SIM_HISTORY_LOG)
        snprintf(fault->message, sizeof(fault->message),
                 "no operation: no line has 'jepsen.util - PROCESS :TYPE :OPERATION VALUE'");
    else
        snprintf(fault->message, sizeof(fault->message), "no operation, read as %s",
                 sim_history_format_names[found->format]);
    if (found->format == SIM_HISTORY_LOG && reader->reading->format == SIM_HISTORY_BY_CONTENT &&
        input->used > 0)
        snprintf(fault->hint, sizeof(fault->hint),
                 "it begins neither as EDN nor as JSON, so it was read as a log");
}

static void finish_reader(struct sim_reader *reader)
{
    sim_input_finish(&reader->scanner.input);
    sim_free(reader->scanner.forms);
    sim_history_index_finish(&reader->processes);
    sim_history_index_finish(&reader->keys);
    sim_free(reader->pending);
    sim_free(reader->longest);
    sim_free(reader->words);
}

static void read_input(struct sim_reader *reader, const struct sim_history_reading *reading,
                       struct sim_history_found *found)
{
    struct sim_history_fault *fault = &found->fault;

    assert(reading->operations <= SIM_HISTORY_OPERATIONS_MAX);
    *found = (struct sim_history_found){ .initial = SIM_NIL };
    reader->reading = reading;
    reader->found = found;
    reader->most = reading->operations != 0 ? reading->operations : SIM_HISTORY_OPERATIONS_DEFAULT;
    reader->scanner.fault = fault;
    reader->scanner.at = reader->scanner.input.bytes;
    if (reading->piece != 0)
        reader->scanner.input.piece = reading->piece;
    read_all(reader);
    if (sim_input_error(&reader->scanner.input) != NULL) {
        *fault = (struct sim_history_fault){ 0 };
        snprintf(fault->message, sizeof(fault->message), "%s",
                 sim_input_error(&reader->scanner.input));
    }
    check_count(reader);
    if (fault->message[0] == '\0')
        sim_reader_close(reader);
    finish_reader(reader);
}

void sim_history_reader_file(FILE *file, const struct sim_history_reading *reading,
                             struct sim_history_found *found)
{
    struct sim_reader reader = { 0 };

    sim_input_init_file(&reader.scanner.input, file);
    read_input(&reader, reading, found);
}

void sim_history_reader_memory(const char *bytes, size_t count,
                               const struct sim_history_reading *reading,
                               struct sim_history_found *found)
{
    struct sim_reader reader = { 0 };

    sim_input_init_memory(&reader.scanner.input, bytes, count);
    read_input(&reader, reading, found);
}

void sim_history_reader_finish(struct sim_history_found *found)
{
    for (size_t i = 0; i < found->list_count; i++)
        sim_free(found->lists[i]);
    sim_free(found->lists);
    sim_free(found->operations);
    sim_free(found->origins);
    sim_history_texts_destroy(found->texts);
    *found = (struct sim_history_found){ 0 };
}

/* -- names ------------------------------------------------------------------------------------- */

const char *sim_history_reader_text(const struct sim_history_found *found, int64_t value,
                                    size_t *length)
{
    uint64_t number = (uint64_t)SIM_HISTORY_TEXTS_FROM - (uint64_t)value;

    if (value > SIM_HISTORY_TEXTS_FROM || found->texts == NULL || number >= found->texts->count)
        return NULL;
    *length = found->texts->texts[number].length;
    return found->texts->texts[number].bytes;
}

const char *sim_history_reader_process(const struct sim_history_found *found, size_t operation,
                                       size_t *length)
{
    uint32_t number = found->origins[operation].process_text;

    assert(operation < found->count);
    return number == 0 ? NULL
                       : sim_history_reader_text(
                             found, SIM_HISTORY_TEXTS_FROM - ((int64_t)number - 1), length);
}

uint32_t *sim_history_reader_sessions(const struct sim_history_found *found)
{
    uint32_t *sessions = sim_alloc_array(found->count, sizeof(*sessions));
    struct sim_history_texts *names = sim_history_texts_create();

    for (size_t i = 0; i < found->count; i++) {
        size_t length = 0;
        char number[24];
        const char *name = sim_history_reader_process(found, i, &length);

        if (name == NULL) {
            length =
                (size_t)snprintf(number, sizeof(number), "%" PRIu32, found->operations[i].process);
            name = number;
        }
        for (size_t at = length; at > 0; at--) {
            if (name[at - 1] != '/')
                continue;
            length = at - 1;
            break;
        }
        sessions[i] = sim_history_texts_number(names, name, length);
    }
    sim_history_texts_destroy(names);
    return sessions;
}
