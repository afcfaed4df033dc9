/* history_scanner.c - what scanners of EDN and JSON share: pieces, tokens, forms, faults. */
#include "sim/check/history_private.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { EXCERPT_BEFORE = 256, EXCERPT_AFTER = 256 };

/* -- faults ------------------------------------------------------------------------------------ */

/* The line around OFFSET, or as much as is shown of it. */
static void take_excerpt(struct sim_scanner *scanner, size_t offset)
{
    struct sim_history_fault *fault = scanner->fault;
    struct sim_input *input = &scanner->input;
    size_t at = (size_t)(scanner->at - input->bytes), keep = scanner->begin, from, to;

    /* more of the line, whatever the piece that it came in */
    while (!scanner->bounded && input->used - offset < EXCERPT_AFTER) {
        size_t before = keep;

        if (!sim_input_more(input, &keep))
            break;
        offset = offset - before + keep;
        at = at - before + keep;
    }
    scanner->begin = keep;
    scanner->at = input->bytes + at; /* a fault may be taken back */
    from = to = offset;
    while (from > 0 && offset - from < EXCERPT_BEFORE && input->bytes[from - 1] != '\n' &&
           input->bytes[from - 1] != '\r')
        from--;
    while (from < offset && ((unsigned char)input->bytes[from] & 0xc0) == 0x80)
        from++;
    while (to < input->used && to - offset < EXCERPT_AFTER && input->bytes[to] != '\n' &&
           input->bytes[to] != '\r')
        to++;
    fault->excerpt_length = to - from;
    assert(fault->excerpt_length < sizeof(fault->excerpt));
    memcpy(fault->excerpt, input->bytes + from, to - from);
    fault->excerpt[to - from] = '\0';
    fault->excerpt_column =
        fault->column - sim_input_characters(input->bytes + from, offset - from);
}

enum sim_scan sim_scanner_fault(struct sim_scanner *scanner, size_t start, size_t length,
                                const char *hint, const char *format, ...)
{
    struct sim_history_fault *fault = scanner->fault;
    size_t offset = scanner->begin + start;
    struct sim_input_place place;
    va_list arguments;

    if (fault->message[0] != '\0')
        return SIM_SCAN_FAULT;
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof(fault->message), format, arguments);
    va_end(arguments);
    if (hint != NULL)
        snprintf(fault->hint, sizeof(fault->hint), "%s", hint);
    if (length > scanner->input.used - offset)
        length = scanner->input.used - offset;
    place = sim_input_place_of(&scanner->input, offset);
    fault->line = place.line;
    fault->column = place.column;
    fault->length = sim_input_characters(scanner->input.bytes + offset, length);
    fault->length += fault->length == 0;
    take_excerpt(scanner, offset);
    return SIM_SCAN_FAULT;
}

/* -- pieces ------------------------------------------------------------------------------------ */

bool sim_scanner_at_end(const struct sim_scanner *scanner, const char *at)
{
    return at == scanner->input.bytes + scanner->input.used;
}

void sim_scanner_begin(struct sim_scanner *scanner)
{
    scanner->begin = (size_t)(scanner->at - scanner->input.bytes);
    sim_input_advance(&scanner->input, scanner->begin);
}

bool sim_scanner_more(struct sim_scanner *scanner)
{
    size_t at = (size_t)(scanner->at - scanner->input.bytes), keep;
    bool more;

    if (scanner->bounded)
        return false;
    if (!scanner->inside)
        scanner->begin = at;
    keep = scanner->begin;
    if (scanner->input.used - keep > SIM_HISTORY_FORM_MAX) {
        sim_scanner_fault(scanner, 0, 1, NULL, "longer than a map may be: %d bytes (FORM_MAX)",
                          SIM_HISTORY_FORM_MAX);
        return false;
    }
    more = sim_input_more(&scanner->input, &keep);
    scanner->at = scanner->input.bytes + (at - scanner->begin + keep);
    scanner->begin = keep;
    return more;
}

bool sim_scanner_has(struct sim_scanner *scanner, size_t count)
{
    for (;;) {
        size_t at = (size_t)(scanner->at - scanner->input.bytes);

        if (scanner->input.used - at >= count)
            return true;
        if (!sim_scanner_more(scanner))
            return false;
    }
}

/* -- tokens ------------------------------------------------------------------------------------ */

static size_t offset_of(const struct sim_scanner *scanner)
{
    return (size_t)(scanner->at - scanner->input.bytes) - scanner->begin;
}

/* More text for the token at scanner->at, of which COUNT bytes are there; where these end then, or
 * NULL. */
static const char *extend(struct sim_scanner *scanner, size_t count, bool *more)
{
    if (count > SIM_HISTORY_TOKEN_MAX) {
        sim_scanner_fault(scanner, offset_of(scanner), 1, NULL,
                          "longer than a word or string may be: %d bytes (TOKEN_MAX)",
                          SIM_HISTORY_TOKEN_MAX);
        return NULL;
    }
    *more = sim_scanner_more(scanner);
    return scanner->fault->message[0] == '\0' ? scanner->at + count : NULL;
}

const char *sim_scanner_token(struct sim_scanner *scanner, const bool ends[256])
{
    const char *at = scanner->at;
    bool more = true;

    for (;;) {
        while (!ends[(unsigned char)*at])
            at++;
        if (*at != '\0' || !more || !sim_scanner_at_end(scanner, at))
            return at;
        at = extend(scanner, (size_t)(at - scanner->at), &more);
        if (at == NULL)
            return NULL;
    }
}

const char *sim_scanner_string(struct sim_scanner *scanner)
{
    static const bool special[256] = { ['"'] = true, ['\\'] = true, ['\0'] = true };
    const char *at = scanner->at + 1;
    bool more = true;

    for (;;) {
        while (!special[(unsigned char)*at])
            at++;
        if (*at == '"')
            return at + 1;
        /* a backslash needs what it escapes, and something behind that */
        if (!sim_scanner_at_end(scanner, at) &&
            (*at == '\0' || !sim_scanner_at_end(scanner, at + 1))) {
            at += *at == '\\' ? 2 : 1;
            continue;
        }
        at = more ? extend(scanner, (size_t)(at - scanner->at), &more) : NULL;
        if (at == NULL || !more) {
            sim_scanner_fault(scanner, offset_of(scanner), 1, NULL, "a string without an end");
            return NULL;
        }
    }
}

bool sim_scanner_integer(const char *digits, size_t count, bool negative, int64_t *value)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');

        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (negative && sum == (uint64_t)INT64_MAX + 1) {
        *value = INT64_MIN;
        return true;
    }
    if (sum > INT64_MAX)
        return false;
    *value = negative ? -(int64_t)sum : (int64_t)sum;
    return true;
}

/* -- forms ------------------------------------------------------------------------------------- */

uint32_t sim_scanner_add(struct sim_scanner *scanner, enum sim_form_kind kind, const char *start,
                         size_t length)
{
    struct sim_form *form;

    if (scanner->count == scanner->capacity)
        scanner->forms = sim_grow(scanner->forms, &scanner->capacity, scanner->count + 1,
                                  sizeof(*scanner->forms));
    form = &scanner->forms[scanner->count];
    form->kind = kind;
    form->tuple = false;
    form->start = (uint32_t)((size_t)(start - scanner->input.bytes) - scanner->begin);
    form->length = (uint32_t)length;
    form->count = 0;
    form->next = (uint32_t)++scanner->count;
    form->integer = 0;
    return (uint32_t)scanner->count - 1;
}

bool sim_scanner_push(struct sim_scanner *scanner, struct sim_form_frame frame)
{
    if (scanner->depth == SIM_HISTORY_NESTING_MAX) {
        sim_scanner_fault(scanner, offset_of(scanner), 1, NULL,
                          "nested deeper than %d (NESTING_MAX)", SIM_HISTORY_NESTING_MAX);
        return false;
    }
    scanner->frames[scanner->depth++] = frame;
    return true;
}
