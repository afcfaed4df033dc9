/* history.c - any file is a history or gets a fault with words, however it is cut into pieces; what
 * is read is judged within its budget.
 *
 * The last byte chooses the format, what is done about nil reads, and how long the pieces are: for
 * a newline or a bracket by content, so that plain files are good seeds. */
#define _POSIX_C_SOURCE 200809L

#include "sim/check/history_reader.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_MAX = 200, JUDGED_MAX = 40, STEPS = 20000 };

static void check_operation(const struct sim_history_found *found, size_t i)
{
    const struct sim_linear_operation *operation = &found->operations[i];
    size_t length = 0;
    const char *name;

    assert(operation->kind < SIM_LINEAR_KINDS);
    assert(operation->invoked < operation->returned);
    if (i > 0)
        assert(operation->invoked > found->operations[i - 1].invoked);
    if (operation->items == NULL)
        assert(operation->item_count == 0);
    for (uint32_t k = 0; k < operation->item_count; k++)
        sim_history_reader_text(found, operation->items[k], &length);
    sim_history_reader_text(found, operation->argument, &length);
    name = sim_history_reader_process(found, i, &length);
    if (name != NULL)
        assert(length > 0);
}

static void check_fault(const struct sim_history_fault *fault)
{
    assert(strnlen(fault->message, SIM_HISTORY_MESSAGE) < SIM_HISTORY_MESSAGE);
    assert(strnlen(fault->hint, SIM_HISTORY_MESSAGE) < SIM_HISTORY_MESSAGE);
    assert(fault->excerpt_length <= SIM_HISTORY_EXCERPT);
    if (fault->line > 0) {
        assert(fault->column > 0);
        assert(fault->length > 0);
    }
}

static void check_judgement(const struct sim_history_found *found)
{
    const struct sim_linear_options options = {
        .initial = found->initial, .steps = STEPS, .bytes = 1 << 20, .witness = true
    };
    struct sim_linear_result result;

    if (found->count > JUDGED_MAX)
        return;
    sim_linear_judge(found->operations, found->count, &options, &result);
    assert(strnlen(result.text, SIM_LINEAR_TEXT) < SIM_LINEAR_TEXT);
    assert(result.culprit_count <= SIM_LINEAR_CULPRITS_MAX);
    for (uint32_t i = 0; i < result.culprit_count; i++)
        assert(result.culprits[i] < found->count);
    if (result.status != SIM_LINEAR_YES)
        assert(result.text[0] != '\0');
    for (size_t i = 0; i < result.order_count; i++)
        assert(result.order[i] < found->count);
    sim_linear_result_finish(&result);
}

/* The length of the pieces is the reader's own affair. */
static void check_is_the_same(const struct sim_history_found *a, const struct sim_history_found *b)
{
    assert(strcmp(a->fault.message, b->fault.message) == 0);
    assert(a->fault.line == b->fault.line);
    assert(a->fault.column == b->fault.column);
    if (a->fault.message[0] != '\0')
        return;
    assert(a->count == b->count);
    assert(a->initial == b->initial);
    assert(a->format == b->format);
    for (size_t i = 0; i < a->count; i++) {
        assert(a->operations[i].kind == b->operations[i].kind);
        assert(a->operations[i].key == b->operations[i].key);
        assert(a->operations[i].invoked == b->operations[i].invoked);
        assert(a->operations[i].returned == b->operations[i].returned);
    }
}

static void check_reading(const char *bytes, size_t count, struct sim_history_reading reading,
                          size_t piece)
{
    struct sim_history_found whole, pieces;

    reading.piece = count + 1;
    sim_history_reader_memory(bytes, count, &reading, &whole);
    reading.piece = piece;
    sim_history_reader_memory(bytes, count, &reading, &pieces);
    check_is_the_same(&whole, &pieces);
    sim_history_reader_finish(&pieces);
    check_fault(&whole.fault);
    if (whole.fault.message[0] == '\0') {
        for (size_t i = 0; i < whole.count; i++)
            check_operation(&whole, i);
        check_judgement(&whole);
    }
    sim_history_reader_finish(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned chosen = size == 0 || memchr("\n})]\"", data[size - 1], 5) ? 0 : data[size - 1];
    char *bytes = malloc(size > 0 ? size : 1);

    assert(bytes != NULL);
    memcpy(bytes, data, size);
    for (int model = SIM_HISTORY_REGISTER; model <= SIM_HISTORY_KV; model++)
        check_reading(bytes, size,
                      (struct sim_history_reading){
                          .format = (enum sim_history_format)(chosen % 5),
                          .model = (enum sim_history_model)model,
                          .nil_reads = (enum sim_history_nil_reads)(chosen / 5 % 3),
                          .failed_cas_differs = chosen / 15 % 2,
                          .operations = OPERATIONS_MAX,
                      },
                      1 + chosen / 30 % 9);
    free(bytes);
    return 0;
}
