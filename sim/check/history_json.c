/* history_json.c - forms of JSON (RFC 8259): objects in sequence, or one array of them. */
#include "sim/check/history_private.h"

#include <string.h>

/* What ends a number or a word. */
static const bool ends[256] = {
    ['\0'] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, [' '] = true, [','] = true,
    [':'] = true,  ['"'] = true,  ['['] = true,  [']'] = true,  ['{'] = true, ['}'] = true,
};
static const bool blank[256] = { ['\t'] = true, ['\n'] = true, ['\r'] = true, [' '] = true };

static size_t offset_of(const struct sim_scanner *scanner)
{
    return (size_t)(scanner->at - scanner->input.bytes) - scanner->begin;
}

static enum sim_scan expected(struct sim_scanner *scanner, const char *what)
{
    if (sim_scanner_at_end(scanner, scanner->at))
        return sim_scanner_fault(scanner, offset_of(scanner), 1, NULL,
                                 "the text ends where %s was expected", what);
    return sim_scanner_fault(scanner, offset_of(scanner), 1, NULL, "%s was expected", what);
}

static bool pass_blank(struct sim_scanner *scanner)
{
    for (;;) {
        const char *at = scanner->at;

        while (blank[(unsigned char)*at])
            at++;
        scanner->at = at;
        if (*at != '\0' || !sim_scanner_at_end(scanner, at))
            return true;
        if (!sim_scanner_more(scanner))
            return false;
    }
}

/* -- atoms ------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static enum sim_scan string(struct sim_scanner *scanner)
{
    const char *end = sim_scanner_string(scanner), *at;

    if (end == NULL)
        return SIM_SCAN_FAULT;
    for (at = scanner->at + 1; at < end - 1; at++) {
        size_t offset;

        if ((unsigned char)*at >= 0x20 && *at != '\\')
            continue;
        offset = offset_of(scanner) + (size_t)(at - scanner->at);
        if (*at != '\\')
            return sim_scanner_fault(scanner, offset, 1, NULL,
                                     "a control character within a string");
        at++;
        if (*at == 'u' && end - at > 5 && is_hex(at[1]) && is_hex(at[2]) && is_hex(at[3]) &&
            is_hex(at[4]))
            at += 4;
        else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL)
            return sim_scanner_fault(scanner, offset, 2, NULL, "no escape of JSON");
    }
    sim_scanner_add(scanner, SIM_FORM_STRING, scanner->at, (size_t)(end - scanner->at));
    scanner->at = end;
    return SIM_SCAN_FORM;
}

static const char *pass_digits(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

static enum sim_scan number(struct sim_scanner *scanner, const char *end)
{
    const char *at = scanner->at, *digits, *stop;
    size_t length = (size_t)(end - at);
    bool negative = *at == '-', whole;
    int64_t value = 0;
    uint32_t form;

    digits = at + negative;
    stop = at = pass_digits(digits);
    whole = at == end;
    if (*at == '.' && at[1] >= '0' && at[1] <= '9')
        at = pass_digits(at + 1);
    if ((*at == 'e' || *at == 'E') && at > digits) {
        const char *exponent = at + 1 + (at[1] == '+' || at[1] == '-');

        at = pass_digits(exponent);
        if (at == exponent)
            end = NULL; /* no digits */
    }
    if (at != end || stop == digits || (*digits == '0' && stop > digits + 1))
        return sim_scanner_fault(scanner, offset_of(scanner), length, NULL, "no number of JSON");
    if (whole && !sim_scanner_integer(digits, (size_t)(stop - digits), negative, &value))
        return sim_scanner_fault(scanner, offset_of(scanner), length, NULL,
                                 "a number beyond 64 bits: %.*s", (int)length, scanner->at);
    form =
        sim_scanner_add(scanner, whole ? SIM_FORM_INTEGER : SIM_FORM_NUMBER, scanner->at, length);
    scanner->forms[form].integer = value;
    scanner->at = end;
    return SIM_SCAN_FORM;
}

static enum sim_scan atom(struct sim_scanner *scanner)
{
    const char *end;
    size_t length;

    if (*scanner->at == '"')
        return string(scanner);
    end = sim_scanner_token(scanner, ends);
    if (end == NULL)
        return SIM_SCAN_FAULT;
    length = (size_t)(end - scanner->at);
    if (*scanner->at == '-' || (*scanner->at >= '0' && *scanner->at <= '9'))
        return number(scanner, end);
    if (length == 4 && memcmp(scanner->at, "null", 4) == 0)
        sim_scanner_add(scanner, SIM_FORM_NIL, scanner->at, length);
    else if ((length == 4 && memcmp(scanner->at, "true", 4) == 0) ||
             (length == 5 && memcmp(scanner->at, "false", 5) == 0))
        sim_scanner_add(scanner, SIM_FORM_SYMBOL, scanner->at, length);
    else
        return sim_scanner_fault(scanner, offset_of(scanner), length, NULL,
                                 "a value of JSON was expected");
    scanner->at = end;
    return SIM_SCAN_FORM;
}

/* -- containers -------------------------------------------------------------------------------- */

static bool open_container(struct sim_scanner *scanner)
{
    bool map = *scanner->at == '{';
    uint32_t form = sim_scanner_add(scanner, map ? SIM_FORM_MAP : SIM_FORM_VECTOR, scanner->at, 0);
    struct sim_form_frame frame = { .kind = SIM_FRAME_CONTAINER,
                                    .form = form,
                                    .start = scanner->forms[form].start,
                                    .closer = map ? '}' : ']' };

    if (!sim_scanner_push(scanner, frame))
        return false;
    scanner->at++;
    return true;
}

static void close_container(struct sim_scanner *scanner)
{
    struct sim_form *form = &scanner->forms[scanner->frames[--scanner->depth].form];

    scanner->at++;
    form->length = (uint32_t)(offset_of(scanner) - form->start);
    form->next = (uint32_t)scanner->count;
}

/* A key, and its colon. */
static enum sim_scan key(struct sim_scanner *scanner)
{
    if (*scanner->at != '"')
        return expected(scanner, "a key in quotes");
    if (string(scanner) == SIM_SCAN_FAULT)
        return SIM_SCAN_FAULT;
    pass_blank(scanner);
    if (*scanner->at != ':')
        return expected(scanner, "':'");
    scanner->at++;
    pass_blank(scanner);
    return SIM_SCAN_FORM;
}

/* Behind a value within the innermost container: closes what ends here; false: a fault. MORE: a
 * comma, another value follows. */
static bool behind_value(struct sim_scanner *scanner, bool *more)
{
    *more = false;
    while (scanner->depth > 0) {
        const struct sim_form_frame *top = &scanner->frames[scanner->depth - 1];

        scanner->forms[top->form].count += top->closer == '}' ? 2 : 1;
        pass_blank(scanner);
        if (*scanner->at == ',') {
            scanner->at++;
            *more = true;
            return true;
        }
        if (*scanner->at != top->closer) {
            expected(scanner, top->closer == '}' ? "',' or '}'" : "',' or ']'");
            return false;
        }
        close_container(scanner);
    }
    return true;
}

/* One value, at whose first character scanner->at is. */
static enum sim_scan value(struct sim_scanner *scanner)
{
    bool more;

    scanner->depth = 0;
    do {
        bool opened = false;

        pass_blank(scanner);
        if (scanner->depth > 0 && scanner->frames[scanner->depth - 1].closer == '}' &&
            key(scanner) == SIM_SCAN_FAULT)
            return SIM_SCAN_FAULT;
        if (sim_scanner_at_end(scanner, scanner->at))
            return expected(scanner, "a value");
        if (*scanner->at == '{' || *scanner->at == '[') {
            if (!open_container(scanner))
                return SIM_SCAN_FAULT;
            pass_blank(scanner);
            opened = *scanner->at != scanner->frames[scanner->depth - 1].closer;
            if (!opened)
                close_container(scanner);
        } else if (atom(scanner) == SIM_SCAN_FAULT) {
            return SIM_SCAN_FAULT;
        }
        more = opened;
        if (!opened && !behind_value(scanner, &more))
            return SIM_SCAN_FAULT;
    } while (more);
    return scanner->fault->message[0] == '\0' ? SIM_SCAN_FORM : SIM_SCAN_FAULT;
}

/* -- objects ----------------------------------------------------------------------------------- */

/* What surrounds objects; false: an object is next. */
static bool pass_around(struct sim_scanner *scanner, enum sim_scan *scan)
{
    char c = *scanner->at;

    *scan = SIM_SCAN_FORM;
    if (scanner->closed) {
        *scan = sim_scanner_fault(scanner, 0, 1, NULL, "nothing may follow the array");
    } else if (c == '[' && scanner->closer == 0 && scanner->map_count == 0) {
        scanner->closer = ']';
        scanner->separated = true;
    } else if (c == ']' && scanner->closer != 0 &&
               (!scanner->separated || scanner->map_count == 0)) {
        scanner->closed = true;
    } else if (c == ',' && scanner->closer != 0 && !scanner->separated) {
        scanner->separated = true;
    } else if (c == '{' && (scanner->closer == 0 || scanner->separated)) {
        return false;
    } else if (scanner->closer != 0 && !scanner->separated) {
        *scan = expected(scanner, "',' or ']'");
    } else {
        *scan = expected(scanner, "an object, one for each event,");
    }
    scanner->at++;
    return true;
}

enum sim_scan sim_json_next(struct sim_scanner *scanner)
{
    enum sim_scan scan;

    for (;;) {
        scanner->count = 0;
        scanner->inside = false;
        if (!pass_blank(scanner)) {
            sim_scanner_begin(scanner);
            return scanner->closer != 0 && !scanner->closed ? expected(scanner, "']'")
                                                            : SIM_SCAN_END;
        }
        sim_scanner_begin(scanner);
        scanner->inside = true;
        if (!pass_around(scanner, &scan))
            break;
        if (scan == SIM_SCAN_FAULT)
            return scan;
    }
    scan = value(scanner);
    scanner->map_count++;
    scanner->separated = false;
    return scan;
}
