/* history_edn.c - forms of EDN: https://github.com/edn-format/edn */
#include "sim/check/history_private.h"

#include <assert.h>
#include <string.h>

/* What ends a word. */
static const bool ends[256] = {
    ['\0'] = true, ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true, ['\r'] = true,
    [' '] = true,  [','] = true,  [';'] = true,  ['"'] = true,  ['('] = true,  [')'] = true,
    ['['] = true,  [']'] = true,  ['{'] = true,  ['}'] = true,
};
static const bool blank[256] = {
    ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true,
    ['\r'] = true, [' '] = true,  [','] = true,
};
static const bool line_ends[256] = { ['\0'] = true, ['\n'] = true, ['\r'] = true };

static size_t offset_of(const struct sim_scanner *scanner, const char *at)
{
    return (size_t)(at - scanner->input.bytes) - scanner->begin;
}

/* To the end of the comment that begins at scanner->at. A comment may be long: it is no token. */
static void pass_comment(struct sim_scanner *scanner)
{
    for (;;) {
        while (!line_ends[(unsigned char)*scanner->at])
            scanner->at++;
        if (*scanner->at != '\0')
            return;
        if (!sim_scanner_at_end(scanner, scanner->at))
            scanner->at++;
        else if (!sim_scanner_more(scanner))
            return;
    }
}

bool sim_edn_blank(struct sim_scanner *scanner)
{
    for (;;) {
        const char *at = scanner->at;

        while (blank[(unsigned char)*at])
            at++;
        scanner->at = at;
        if (*at == ';')
            pass_comment(scanner);
        else if (*at != '\0' || !sim_scanner_at_end(scanner, at))
            return true;
        else if (!sim_scanner_more(scanner))
            return false;
    }
}

/* -- atoms ------------------------------------------------------------------------------------- */

static enum sim_scan number(struct sim_scanner *scanner, const char *end)
{
    const char *at = scanner->at, *digits;
    bool negative = *at == '-';
    size_t count;
    int64_t value = 0;
    uint32_t form;

    at += *at == '-' || *at == '+';
    digits = at;
    while (*at >= '0' && *at <= '9')
        at++;
    count = (size_t)(at - digits);
    at += *at == 'N'; /* of any size, in Clojure */
    form = sim_scanner_add(scanner, at == end ? SIM_FORM_INTEGER : SIM_FORM_NUMBER, scanner->at,
                           (size_t)(end - scanner->at));
    if (at == end && !sim_scanner_integer(digits, count, negative, &value))
        return sim_scanner_fault(scanner, offset_of(scanner, scanner->at),
                                 (size_t)(end - scanner->at), NULL, "a number beyond 64 bits: %.*s",
                                 (int)(end - scanner->at), scanner->at);
    scanner->forms[form].integer = value;
    scanner->at = end;
    return SIM_SCAN_FORM;
}

/* A character: a backslash, any character, and what follows up to the end of the word. */
static enum sim_scan character(struct sim_scanner *scanner)
{
    const char *end;
    size_t length;

    if (!sim_scanner_has(scanner, 2))
        return sim_scanner_fault(scanner, offset_of(scanner, scanner->at), 1, NULL,
                                 "a character was expected after the backslash");
    scanner->at += 2;
    end = sim_scanner_token(scanner, ends);
    if (end == NULL)
        return SIM_SCAN_FAULT;
    length = (size_t)(end - scanner->at) + 2;
    sim_scanner_add(scanner, SIM_FORM_SYMBOL, end - length, length);
    scanner->at = end;
    return SIM_SCAN_FORM;
}

static enum sim_scan word(struct sim_scanner *scanner)
{
    char first = *scanner->at, second;
    const char *end = sim_scanner_token(scanner, ends);
    enum sim_form_kind kind = first == ':' ? SIM_FORM_KEYWORD : SIM_FORM_SYMBOL;
    size_t length;

    if (end == NULL)
        return SIM_SCAN_FAULT;
    length = (size_t)(end - scanner->at);
    if (length == 0)
        return sim_scanner_fault(scanner, offset_of(scanner, scanner->at), 1, NULL,
                                 "this character does not belong here");
    second = length > 1 ? scanner->at[1] : '\0';
    if ((first >= '0' && first <= '9') ||
        ((first == '-' || first == '+') && second >= '0' && second <= '9'))
        return number(scanner, end);
    if (kind == SIM_FORM_KEYWORD && length == 1)
        return sim_scanner_fault(scanner, offset_of(scanner, scanner->at), 1, NULL,
                                 "a keyword without a name");
    if (length == 3 && memcmp(scanner->at, "nil", 3) == 0)
        kind = SIM_FORM_NIL;
    sim_scanner_add(scanner, kind, scanner->at, length);
    scanner->at = end;
    return SIM_SCAN_FORM;
}

static enum sim_scan string(struct sim_scanner *scanner)
{
    const char *end = sim_scanner_string(scanner);

    if (end == NULL)
        return SIM_SCAN_FAULT;
    sim_scanner_add(scanner, SIM_FORM_STRING, scanner->at, (size_t)(end - scanner->at));
    scanner->at = end;
    return SIM_SCAN_FORM;
}

/* -- containers, tags, discards ---------------------------------------------------------------- */

/* FORM is whole: what is before it in the text applies to it. Is it the one that was wanted? */
static bool complete(struct sim_scanner *scanner, uint32_t form)
{
    while (scanner->depth > 0) {
        const struct sim_form_frame *top = &scanner->frames[scanner->depth - 1];

        if (top->kind == SIM_FRAME_CONTAINER) {
            scanner->forms[top->form].count++;
            return false;
        }
        scanner->depth--;
        if (top->kind == SIM_FRAME_DISCARD) {
            scanner->count = form;
            return false;
        }
        scanner->forms[form].tuple |= top->tuple;
    }
    return true;
}

static bool open_container(struct sim_scanner *scanner, enum sim_form_kind kind, size_t length)
{
    static const char closers[] = {
        [SIM_FORM_VECTOR] = ']', [SIM_FORM_LIST] = ')', [SIM_FORM_SET] = '}', [SIM_FORM_MAP] = '}'
    };
    uint32_t form = sim_scanner_add(scanner, kind, scanner->at, 0);
    struct sim_form_frame frame = { .kind = SIM_FRAME_CONTAINER,
                                    .form = form,
                                    .start = scanner->forms[form].start,
                                    .closer = closers[kind] };

    if (!sim_scanner_push(scanner, frame))
        return false;
    scanner->at += length;
    return true;
}

/* At a closing bracket. */
static enum sim_scan close_container(struct sim_scanner *scanner, bool *whole)
{
    const struct sim_form_frame *top =
        scanner->depth > 0 ? &scanner->frames[scanner->depth - 1] : NULL;
    size_t at = offset_of(scanner, scanner->at);
    struct sim_form *form;

    if (top == NULL)
        return sim_scanner_fault(scanner, at, 1, NULL, "nothing is open that '%c' could close",
                                 *scanner->at);
    if (top->kind != SIM_FRAME_CONTAINER)
        return sim_scanner_fault(scanner, top->start, at - top->start + 1, NULL,
                                 "a value was expected after the %s",
                                 top->kind == SIM_FRAME_TAG ? "tag" : "#_");
    if (*scanner->at != top->closer)
        return sim_scanner_fault(scanner, at, 1, NULL, "'%c' was expected, not '%c'", top->closer,
                                 *scanner->at);
    form = &scanner->forms[top->form];
    if (form->kind == SIM_FORM_MAP && form->count % 2 != 0)
        return sim_scanner_fault(scanner, at, 1, NULL, "the last key of this map has no value");
    form->length = (uint32_t)(at + 1 - form->start);
    form->next = (uint32_t)scanner->count;
    scanner->depth--;
    scanner->at++;
    *whole = complete(scanner, (uint32_t)(form - scanner->forms));
    return SIM_SCAN_FORM;
}

/* Does a tag's name, such as jepsen.independent/Tuple, say that this is a key and a value? */
static bool names_tuple(const char *name, size_t length)
{
    return length >= 5 && memcmp(name + length - 5, "Tuple", 5) == 0;
}

/* At '#': a set, a discard, a tag, or a symbolic number. */
static enum sim_scan hash(struct sim_scanner *scanner, bool *whole)
{
    struct sim_form_frame frame = { .kind = SIM_FRAME_TAG };
    const char *end;

    if (!sim_scanner_has(scanner, 2))
        return sim_scanner_fault(scanner, offset_of(scanner, scanner->at), 1, NULL,
                                 "a tag or a set was expected after '#'");
    frame.start = (uint32_t)offset_of(scanner, scanner->at);
    if (scanner->at[1] == '{')
        return open_container(scanner, SIM_FORM_SET, 2) ? SIM_SCAN_FORM : SIM_SCAN_FAULT;
    if (scanner->at[1] == '_') {
        frame.kind = SIM_FRAME_DISCARD;
        if (!sim_scanner_push(scanner, frame))
            return SIM_SCAN_FAULT;
        scanner->at += 2;
        return SIM_SCAN_FORM;
    }
    if (scanner->at[1] == '#') { /* ##Inf, ##NaN */
        end = sim_scanner_token(scanner, ends);
        if (end == NULL)
            return SIM_SCAN_FAULT;
        *whole = complete(scanner, sim_scanner_add(scanner, SIM_FORM_NUMBER, scanner->at,
                                                   (size_t)(end - scanner->at)));
        scanner->at = end;
        return SIM_SCAN_FORM;
    }
    end = sim_scanner_token(scanner, ends);
    if (end == NULL)
        return SIM_SCAN_FAULT;
    if (end == scanner->at + 1)
        return sim_scanner_fault(scanner, frame.start, 2, NULL,
                                 "a tag or a set was expected after '#'");
    frame.tuple = names_tuple(scanner->at, (size_t)(end - scanner->at));
    if (!sim_scanner_push(scanner, frame))
        return SIM_SCAN_FAULT;
    scanner->at = end;
    return SIM_SCAN_FORM;
}

static enum sim_scan unfinished(struct sim_scanner *scanner)
{
    const struct sim_form_frame *top = &scanner->frames[scanner->depth - 1];

    if (top->kind == SIM_FRAME_CONTAINER)
        return sim_scanner_fault(scanner, top->start, 1, NULL,
                                 "the text ends before the '%c' that closes this", top->closer);
    return sim_scanner_fault(scanner, top->start, 2, NULL,
                             "the text ends before the value that belongs to this");
}

enum sim_scan sim_edn_form(struct sim_scanner *scanner)
{
    uint32_t first = (uint32_t)scanner->count;

    scanner->depth = 0;
    for (;;) {
        enum sim_scan scan = SIM_SCAN_FORM;
        bool whole = false, atom = false;

        if (!sim_edn_blank(scanner)) {
            if (scanner->fault->message[0] != '\0')
                return SIM_SCAN_FAULT;
            return scanner->depth > 0 ? unfinished(scanner) : SIM_SCAN_END;
        }
        switch (*scanner->at) {
        case '{':
            scan = open_container(scanner, SIM_FORM_MAP, 1) ? scan : SIM_SCAN_FAULT;
            break;
        case '[':
            scan = open_container(scanner, SIM_FORM_VECTOR, 1) ? scan : SIM_SCAN_FAULT;
            break;
        case '(':
            scan = open_container(scanner, SIM_FORM_LIST, 1) ? scan : SIM_SCAN_FAULT;
            break;
        case '}':
        case ']':
        case ')':
            scan = close_container(scanner, &whole);
            break;
        case '#':
            scan = hash(scanner, &whole);
            break;
        case '"':
            scan = string(scanner);
            atom = true;
            break;
        case '\\':
            scan = character(scanner);
            atom = true;
            break;
        default:
            scan = word(scanner);
            atom = true;
        }
        if (scan == SIM_SCAN_FAULT)
            return scan;
        if (atom)
            whole = complete(scanner, (uint32_t)scanner->count - 1);
        if (whole)
            return SIM_SCAN_FORM;
        if (scanner->depth == 0 && scanner->count == first)
            return SIM_SCAN_FORM; /* a discard: nothing came of it */
    }
}

/* -- maps -------------------------------------------------------------------------------------- */

/* Passes over a tag; its value follows. False: there is none at scanner->at. */
static bool pass_tag(struct sim_scanner *scanner)
{
    const char *end;

    if (*scanner->at != '#' || !sim_scanner_has(scanner, 2) ||
        ends[(unsigned char)scanner->at[1]] || scanner->at[1] == '_' || scanner->at[1] == '#')
        return false;
    end = sim_scanner_token(scanner, ends);
    if (end == NULL)
        return false;
    scanner->at = end;
    return true;
}

/* At something that is no map: the vector or list around all maps, its end, or a fault. */
static bool pass_around(struct sim_scanner *scanner)
{
    char c = *scanner->at;

    if ((c == '[' || c == '(') && scanner->closer == 0 && scanner->map_count == 0) {
        scanner->closer = c == '[' ? ']' : ')';
    } else if (c == scanner->closer && c != '\0' && !scanner->closed) {
        scanner->closed = true;
    } else if (scanner->closed) {
        sim_scanner_fault(scanner, 0, 1, NULL, "nothing may follow the '%c' that ends the history",
                          scanner->closer);
        return false;
    } else {
        sim_scanner_fault(scanner, 0, 1, NULL, "a map was expected, one for each event");
        return false;
    }
    scanner->at++;
    return true;
}

enum sim_scan sim_edn_next(struct sim_scanner *scanner)
{
    for (;;) {
        enum sim_scan scan;

        scanner->count = 0;
        scanner->inside = false;
        if (!sim_edn_blank(scanner)) {
            sim_scanner_begin(scanner);
            if (scanner->closer != 0 && !scanner->closed)
                return sim_scanner_fault(scanner, 0, 1, NULL,
                                         "the text ends before the '%c' that ends the history",
                                         scanner->closer);
            return SIM_SCAN_END;
        }
        sim_scanner_begin(scanner);
        scanner->inside = true;
        if (pass_tag(scanner))
            continue;
        if (scanner->fault->message[0] != '\0')
            return SIM_SCAN_FAULT;
        if (*scanner->at != '#' && (*scanner->at != '{' || scanner->closed)) {
            if (!pass_around(scanner))
                return SIM_SCAN_FAULT;
            continue;
        }
        scan = sim_edn_form(scanner);
        if (scan != SIM_SCAN_FORM)
            return scan;
        if (scanner->count == 0)
            continue; /* a discard */
        if (scanner->closed)
            return sim_scanner_fault(scanner, 0, scanner->forms[0].length, NULL,
                                     "nothing may follow the '%c' that ends the history",
                                     scanner->closer);
        if (scanner->forms[0].kind != SIM_FORM_MAP)
            return sim_scanner_fault(scanner, 0, scanner->forms[0].length, NULL,
                                     "a map was expected, one for each event");
        scanner->map_count++;
        return SIM_SCAN_FORM;
    }
}
