#include "sim/scenario/diagnostic.h"

#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/scenario/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum {
    EXCERPT_MAX = 96,
    EXCERPT_LEAD = 32,
    TAB = 4,
    NOTES_MAX = 16,
    MESSAGE_MAX = 1000
};

static const char *const kind_names[] = {
    [SIM_WRONG_SYNTAX] = "syntax",
    [SIM_WRONG_SCHEMA] = "schema",
    [SIM_WRONG_REFERENCE] = "reference",
    [SIM_WRONG_MEANING] = "meaning",
};

struct place {
    char *name; /* NULL: none */
    uint32_t line, column, length;
};

struct note {
    struct place place;
    char *message;
};

/* Everything is copied when it is recorded: the sources may be gone when it is printed. */
struct entry {
    bool warning;
    enum sim_diagnostic_kind kind;
    struct place place;
    size_t rank; /* of its source, by first appearance */
    char *message, *hint;
    char *excerpt;           /* what is shown of the line, or NULL */
    size_t caret, underline; /* in columns of the terminal */
    struct note *notes;
    size_t note_count, note_capacity;
    char *variant; /* NULL: none */
    bool fails_with;
};

struct sim_diagnostics {
    struct entry *entries;
    size_t count, capacity;
    size_t errors, warnings, kept_errors;
    char *variant; /* of what is reported now */
    bool fails_with;
    bool dropping; /* the last error or warning was not kept, so its notes are not */
};

struct sim_diagnostics *sim_diagnostics_create(void)
{
    return sim_alloc(sizeof(struct sim_diagnostics));
}

void sim_diagnostics_destroy(struct sim_diagnostics *diagnostics)
{
    if (!diagnostics)
        return;
    for (size_t i = 0; i < diagnostics->count; i++) {
        struct entry *e = &diagnostics->entries[i];

        for (size_t n = 0; n < e->note_count; n++) {
            sim_free(e->notes[n].place.name);
            sim_free(e->notes[n].message);
        }
        sim_free(e->notes);
        sim_free(e->place.name);
        sim_free(e->message);
        sim_free(e->hint);
        sim_free(e->excerpt);
        sim_free(e->variant);
    }
    sim_free(diagnostics->variant);
    sim_free(diagnostics->entries);
    sim_free(diagnostics);
}

/* TEXT for a terminal: messages quote what users wrote, which must not steer it, hide or flood it.
 */
static char *visible_copy(const char *text)
{
    size_t length = strlen(text), used = 0, at = 0;
    char *copy = sim_alloc((length < MESSAGE_MAX ? length : MESSAGE_MAX) + 8);

    while (at < length && used < MESSAGE_MAX) {
        uint32_t code;
        size_t bytes = sim_utf8_next(text + at, length - at, &code);

        if (sim_utf8_is_visible(code)) {
            memcpy(copy + used, text + at, bytes);
            used += bytes;
        } else {
            copy[used++] = code == '\n' || code == '\t' ? ' ' : '?';
        }
        at += bytes;
    }
    if (at < length)
        memcpy(copy + used, "...", 3); /* the block was zeroed */
    return copy;
}

static char *format_message(const char *format, va_list args)
{
    va_list again;
    int length;
    char *raw, *message;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    raw = sim_alloc((size_t)length + 1);
    vsnprintf(raw, (size_t)length + 1, format, args);
    message = visible_copy(raw);
    sim_free(raw);
    return message;
}

static struct place copy_place(const struct sim_mark *mark)
{
    struct place place = { 0 };

    if (mark && mark->source) {
        place.name = visible_copy(mark->source->name);
        place.line = mark->line;
        place.column = mark->column;
        place.length = mark->length > 0 ? mark->length : 1;
    }
    return place;
}

/* The line that MARK is in, without its end. Breaks are those of the reader: LF, CR LF, CR. */
static const char *find_line(const struct sim_source *source, uint32_t line, size_t *length)
{
    const char *at = source->text, *end = source->text + source->length, *stop;

    for (uint32_t n = source->line > 1 ? source->line : 1; n < line && at < end; n++) {
        while (at < end && *at != '\n' && *at != '\r')
            at++;
        if (at + 1 < end && at[0] == '\r' && at[1] == '\n')
            at++;
        if (at < end)
            at++;
    }
    for (stop = at; stop < end && *stop != '\n' && *stop != '\r'; stop++)
        ;
    *length = (size_t)(stop - at);
    return at;
}

/* A walk along a line: where each character lands on the terminal. */
struct walk {
    const char *line;
    size_t length, at; /* bytes */
    size_t column;     /* of the terminal */
    uint32_t code;
    const char *shown;
    size_t shown_bytes, width;
};

static bool walk_on(struct walk *w)
{
    size_t bytes;

    w->column += w->width;
    if (w->at == w->length)
        return false;
    bytes = sim_utf8_next(w->line + w->at, w->length - w->at, &w->code);
    w->shown = w->line + w->at;
    w->shown_bytes = bytes;
    w->width = sim_utf8_width(w->code);
    if (w->code == '\t') {
        w->shown = "    ";
        w->shown_bytes = w->width = TAB - w->column % TAB;
    } else if (!sim_utf8_is_visible(w->code)) {
        w->shown = "?";
        w->shown_bytes = w->width = 1;
    }
    w->at += bytes;
    return true;
}

/* Long lines are cut to a window around the mark. */
static void make_excerpt(struct entry *e, const struct sim_mark *mark)
{
    const struct sim_source *source = mark->source;
    bool begins = source->column > 1 && mark->line == source->line;
    size_t length, first = SIZE_MAX, last = 0, start, used = 0, n = begins ? source->column : 1;
    const char *line = find_line(source, mark->line, &length);
    struct walk w = { .line = line, .length = length };
    bool cut_left, cut_right;

    for (; walk_on(&w); n++) {
        if (n == mark->column)
            first = w.column;
        if (n >= mark->column && n - mark->column < e->place.length)
            last = w.column + w.width;
    }
    if (first == SIZE_MAX) /* behind the end of the line */
        first = w.column;
    start = w.column > EXCERPT_MAX && first > EXCERPT_LEAD ? first - EXCERPT_LEAD : 0;
    cut_left = start > 0;
    cut_right = w.column > start + EXCERPT_MAX;
    /* A tab or a zero-width character takes more bytes than columns: room for every byte and its
     * replacement. */
    e->excerpt =
        sim_alloc((length < 16 * EXCERPT_MAX ? TAB * length : (size_t)64 * EXCERPT_MAX) + 16);
    if (cut_left)
        used = strlen(memcpy(e->excerpt, "...", 3));
    w = (struct walk){ .line = line, .length = length };
    while (walk_on(&w) && w.column + w.width <= start + EXCERPT_MAX && used < 16 * EXCERPT_MAX) {
        if (w.column < start)
            continue;
        memcpy(e->excerpt + used, w.shown, w.shown_bytes);
        used += w.shown_bytes;
    }
    if (cut_right)
        memcpy(e->excerpt + used, "...", 3);
    if (last > start + EXCERPT_MAX)
        last = start + EXCERPT_MAX;
    e->caret = first - start + (cut_left ? 3 : 0);
    e->underline = last > first ? last - first : 1;
}

static size_t rank_of(const struct sim_diagnostics *diagnostics, const char *name)
{
    size_t rank = 0;

    if (!name)
        return 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct entry *e = &diagnostics->entries[i];

        if (e->place.name && strcmp(e->place.name, name) == 0)
            return e->rank;
        rank = e->rank > rank ? e->rank : rank;
    }
    return rank + 1;
}

static struct entry *add_entry(struct sim_diagnostics *diagnostics, const struct sim_mark *mark)
{
    struct entry e = { .place = copy_place(mark) };

    e.rank = rank_of(diagnostics, e.place.name);
    if (e.place.name && mark->source->text)
        make_excerpt(&e, mark);
    if (diagnostics->variant)
        e.variant = sim_copy_text(diagnostics->variant);
    e.fails_with = diagnostics->fails_with;
    diagnostics->entries = sim_grow(diagnostics->entries, &diagnostics->capacity,
                                    diagnostics->count + 1, sizeof *diagnostics->entries);
    diagnostics->entries[diagnostics->count] = e;
    return &diagnostics->entries[diagnostics->count++];
}

void sim_diagnostics_error(struct sim_diagnostics *diagnostics, enum sim_diagnostic_kind kind,
                           const struct sim_mark *mark, const char *hint, const char *format, ...)
{
    struct entry *e;
    va_list args;

    diagnostics->dropping = diagnostics->errors++ >= SIM_DIAGNOSTICS_SHOWN_MAX;
    if (diagnostics->dropping)
        return;
    e = add_entry(diagnostics, mark);
    e->kind = kind;
    e->hint = hint ? visible_copy(hint) : NULL;
    va_start(args, format);
    e->message = format_message(format, args);
    va_end(args);
}

void sim_diagnostics_warning(struct sim_diagnostics *diagnostics, const struct sim_mark *mark,
                             const char *format, ...)
{
    struct entry *e;
    va_list args;

    diagnostics->dropping = diagnostics->warnings++ >= SIM_DIAGNOSTICS_SHOWN_MAX;
    if (diagnostics->dropping)
        return;
    e = add_entry(diagnostics, mark);
    e->warning = true;
    va_start(args, format);
    e->message = format_message(format, args);
    va_end(args);
}

void sim_diagnostics_note(struct sim_diagnostics *diagnostics, const struct sim_mark *mark,
                          const char *format, ...)
{
    struct entry *e;
    va_list args;

    assert(diagnostics->count > 0);
    e = &diagnostics->entries[diagnostics->count - 1];
    if (diagnostics->dropping || e->note_count == NOTES_MAX)
        return;
    e->notes = sim_grow(e->notes, &e->note_capacity, e->note_count + 1, sizeof *e->notes);
    e->notes[e->note_count].place = copy_place(mark);
    va_start(args, format);
    e->notes[e->note_count].message = format_message(format, args);
    va_end(args);
    e->note_count++;
}

void sim_diagnostics_of_variant(struct sim_diagnostics *diagnostics, const char *variant,
                                bool fails_with)
{
    sim_free(diagnostics->variant);
    diagnostics->variant = variant ? visible_copy(variant) : NULL;
    diagnostics->fails_with = fails_with;
}

size_t sim_diagnostics_errors(const struct sim_diagnostics *diagnostics)
{
    return diagnostics->errors;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = *(const struct entry *const *)left,
                       *b = *(const struct entry *const *)right;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return 0; /* the sort is stable: then by time */
}

static const struct entry **sorted_entries(const struct sim_diagnostics *diagnostics)
{
    const struct entry **sorted = sim_alloc_array(diagnostics->count, sizeof *sorted);

    for (size_t i = 0; i < diagnostics->count; i++)
        sorted[i] = &diagnostics->entries[i];
    sim_sort(sorted, diagnostics->count, sizeof *sorted, compare_entries);
    return sorted;
}

struct palette {
    const char *place, *error, *warning, *note, *mark, *end;
};

static const struct palette plain = { "", "", "", "", "", "" };
static const struct palette coloured = {
    "\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;32m", "\033[0m",
};

static void print_head(const struct place *place, const char *severity, const char *colour,
                       const char *message, const struct palette *p, FILE *file)
{
    if (place->name)
        fprintf(file, "%s%s:%u:%u:%s ", p->place, place->name, place->line, place->column, p->end);
    fprintf(file, "%s%s:%s %s", colour, severity, p->end, message);
}

/* Which of the scenarios that a file offers is wrong: the place is often one that all share. */
static void print_variant(const struct entry *e, const struct palette *p, FILE *file)
{
    if (e->variant)
        fprintf(file, "%snote:%s in variant '%s'%s\n", p->note, p->end, e->variant,
                e->fails_with ? " with 'fails_with'" : "");
    else if (e->fails_with)
        fprintf(file, "%snote:%s with 'fails_with'\n", p->note, p->end);
}

static void print_entry(const struct entry *e, const struct palette *p, FILE *file)
{
    print_head(&e->place, e->warning ? "warning" : "error", e->warning ? p->warning : p->error,
               e->message, p, file);
    if (e->excerpt) {
        fprintf(file, "\n%5u | %s\n      | %*s%s^", e->place.line, e->excerpt, (int)e->caret, "",
                p->mark);
        for (size_t i = 1; i < e->underline; i++)
            fputc('~', file);
        fprintf(file, "%s%s%s", p->end, e->hint ? " " : "", e->hint ? e->hint : "");
    } else if (e->hint) {
        fprintf(file, "; %s", e->hint);
    }
    fputc('\n', file);
    for (size_t i = 0; i < e->note_count; i++) {
        print_head(&e->notes[i].place, "note", p->note, e->notes[i].message, p, file);
        fputc('\n', file);
    }
    print_variant(e, p, file);
}

static void print_rest(size_t all, size_t shown, const char *what, FILE *file)
{
    if (all > shown)
        fprintf(file, "... and %zu more %s%s\n", all - shown, what, all - shown == 1 ? "" : "s");
}

void sim_diagnostics_print(const struct sim_diagnostics *diagnostics, FILE *file, bool colour)
{
    const struct entry **sorted = sorted_entries(diagnostics);

    for (size_t i = 0; i < diagnostics->count; i++)
        print_entry(sorted[i], colour ? &coloured : &plain, file);
    print_rest(diagnostics->errors, SIM_DIAGNOSTICS_SHOWN_MAX, "error", file);
    print_rest(diagnostics->warnings, SIM_DIAGNOSTICS_SHOWN_MAX, "warning", file);
    sim_free(sorted);
}

static void print_json_text(const char *text, FILE *file)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file); /* visible_copy has left no control characters */
    }
    fputc('"', file);
}

static void print_json_body(const struct place *place, const char *message, FILE *file)
{
    if (place->name) {
        fputs(",\"file\":", file);
        print_json_text(place->name, file);
        fprintf(file, ",\"line\":%u,\"column\":%u,\"length\":%u", place->line, place->column,
                place->length);
    }
    fputs(",\"message\":", file);
    print_json_text(message, file);
}

static void print_json_entry(const struct entry *e, FILE *file)
{
    if (e->warning)
        fputs("{\"severity\":\"warning\"", file);
    else
        fprintf(file, "{\"severity\":\"error\",\"kind\":\"%s\"", kind_names[e->kind]);
    print_json_body(&e->place, e->message, file);
    if (e->hint) {
        fputs(",\"hint\":", file);
        print_json_text(e->hint, file);
    }
    if (e->note_count > 0)
        fputs(",\"notes\":[", file);
    for (size_t i = 0; i < e->note_count; i++) {
        fprintf(file, "%s{\"severity\":\"note\"", i > 0 ? "," : "");
        print_json_body(&e->notes[i].place, e->notes[i].message, file);
        fputc('}', file);
    }
    fputs(e->note_count > 0 ? "]" : "", file);
    if (e->variant) {
        fputs(",\"variant\":", file);
        print_json_text(e->variant, file);
    }
    fputs(e->fails_with ? ",\"fails_with\":true}" : "}", file);
}

void sim_diagnostics_print_json(const struct sim_diagnostics *diagnostics, FILE *file)
{
    const struct entry **sorted = sorted_entries(diagnostics);

    fprintf(file, "{\"errors\":%zu,\"warnings\":%zu,\"diagnostics\":[", diagnostics->errors,
            diagnostics->warnings);
    for (size_t i = 0; i < diagnostics->count; i++) {
        fputs(i > 0 ? ",\n" : "\n", file);
        print_json_entry(sorted[i], file);
    }
    fputs(diagnostics->count > 0 ? "\n]}\n" : "]}\n", file);
    sim_free(sorted);
}
