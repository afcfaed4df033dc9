#include "tools/orrery/spans.h"

#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NO_PLACE UINT32_MAX

enum { RECORDS = 8 };

/* -- reading ----------------------------------------------------------------------------------- */

enum word { TRACE, PARENT, SPAN, TOOK, STATUS, WAITED, WORDS };
static const char *const word_names[WORDS] = {
    "trace", "parent", "span", "took", "status", "waited"
};

/* Where a record has these words; -1: nowhere. */
struct layout {
    const struct sim_record *record;
    int32_t at[WORDS];
};

/* A request that came, or a span that was noted. */
struct sign {
    bool is_span;
    int64_t words[WORDS];
};

struct reader {
    const struct chronicle *chronicle;
    struct layout layouts[RECORDS]; /* of the last records seen */
    uint32_t turn;
};

static void lay_out(struct layout *layout, const struct sim_record *record)
{
    layout->record = record;
    for (uint32_t w = 0; w < WORDS; w++) {
        layout->at[w] = -1;
        for (uint32_t i = 0; i < record->words; i++) {
            size_t length;
            const char *name = sim_record_field(record, i, &length);

            if (length == strlen(word_names[w]) && memcmp(name, word_names[w], length) == 0)
                layout->at[w] = (int32_t)i;
        }
    }
}

static const struct layout *layout_of(struct reader *reader, const struct sim_record *record)
{
    struct layout *layout;

    for (uint32_t i = 0; i < RECORDS; i++)
        if (reader->layouts[i].record == record)
            return &reader->layouts[i];
    layout = &reader->layouts[reader->turn++ % RECORDS];
    lay_out(layout, record);
    return layout;
}

/* False: MOMENT is neither. */
static bool read_sign(struct reader *reader, const struct moment_kept *moment, struct sign *sign)
{
    const struct layout *layout;

    sign->is_span = moment->kind == SIM_HAPPENED_NOTE;
    if (moment->record == NULL || (!sign->is_span && moment->kind != SIM_HAPPENED_REQUEST) ||
        (sign->is_span && strcmp(moment->what, "span") != 0))
        return false;
    layout = layout_of(reader, moment->record);
    for (uint32_t w = 0; w < WORDS; w++) {
        if (layout->at[w] < 0 && (w <= PARENT || (sign->is_span && w < WAITED)))
            return false;
        sign->words[w] =
            layout->at[w] < 0 ? 0 : reader->chronicle->words[moment->words + (size_t)layout->at[w]];
    }
    return true;
}

/* -- which trace ------------------------------------------------------------------------------- */

struct traces {
    int64_t *all; /* sorted, each once */
    size_t count, capacity;
};

static int compare_numbers(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void find_traces(struct reader *reader, struct traces *traces)
{
    size_t kept = 0;

    *traces = (struct traces){ 0 };
    for (size_t i = 0; i < reader->chronicle->count; i++) {
        struct sign sign;

        if (!read_sign(reader, &reader->chronicle->moments[i], &sign))
            continue;
        traces->all =
            sim_grow(traces->all, &traces->capacity, traces->count + 1, sizeof(*traces->all));
        traces->all[traces->count++] = sign.words[TRACE];
    }
    sim_sort(traces->all, traces->count, sizeof(*traces->all), compare_numbers);
    for (size_t i = 0; i < traces->count; i++)
        if (kept == 0 || traces->all[kept - 1] != traces->all[i])
            traces->all[kept++] = traces->all[i];
    traces->count = kept;
}

static bool has_trace(const struct traces *traces, int64_t trace)
{
    size_t low = 0, high = traces->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (traces->all[middle] < trace)
            low = middle + 1;
        else
            high = middle;
    }
    return low < traces->count && traces->all[low] == trace;
}

/* The number of the operation that ENTRY is about, which completed; 0: it is not known. */
static int64_t number_of(const struct chronicle *chronicle, const struct sim_history_entry *entry)
{
    const struct moment_kept *moment;

    if (entry->completed == SIM_TIME_NEVER || entry->completed_at >= chronicle->operation_count)
        return 0;
    moment = &chronicle->moments[chronicle->operations[entry->completed_at]];
    return moment->record != NULL ? chronicle->words[moment->words] : 0;
}

/* The operation of a client that is meant and has a trace. WANTED: 0 unless a number was given. */
static const struct sim_history_entry *find_operation(const struct chronicle *chronicle,
                                                      const struct sim_history *history,
                                                      const struct traces *traces,
                                                      const char *which, int64_t wanted)
{
    const struct sim_history_entry *found = NULL;

    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        const int64_t number = number_of(chronicle, entry);

        if (number == 0 || !has_trace(traces, number))
            continue;
        if (wanted != 0 && number == wanted)
            return entry;
        if (wanted == 0 && strcmp(which, "failed") == 0 && entry->status != SIM_OK)
            return entry;
        if (wanted == 0 && strcmp(which, "slowest") == 0 &&
            (found == NULL ||
             entry->completed - entry->invoked > found->completed - found->invoked))
            found = entry;
    }
    return found;
}

static const char *choose(struct spans *spans, const struct chronicle *chronicle,
                          const struct sim_recorder *recorder, const struct traces *traces,
                          const char *which, char text[SPANS_TEXT])
{
    const struct sim_history *history = sim_recorder_history(recorder);
    const bool is_word = strcmp(which, "slowest") == 0 || strcmp(which, "failed") == 0;
    char *end;

    errno = 0;
    spans->trace = is_word ? 0 : strtoll(which, &end, 10);
    if (!is_word && (*which < '1' || *which > '9' || *end != '\0' || errno != 0)) {
        snprintf(text, SPANS_TEXT, "expected slowest, failed or the number of a trace, not '%.40s'",
                 which);
        return text;
    }
    if (traces->count == 0) {
        snprintf(text, SPANS_TEXT, "no model noted a span, and no request told of a trace");
        return text;
    }
    spans->operation = find_operation(chronicle, history, traces, which, spans->trace);
    if (spans->operation != NULL)
        spans->trace = number_of(chronicle, spans->operation);
    if (is_word && spans->operation == NULL)
        snprintf(text, SPANS_TEXT, "no operation of a client with a trace %s",
                 strcmp(which, "failed") == 0 ? "failed" : "was over");
    else if (!has_trace(traces, spans->trace))
        snprintf(text, SPANS_TEXT,
                 "there is no trace %" PRId64 "; the first is %" PRId64 ", the last %" PRId64,
                 spans->trace, traces->all[0], traces->all[traces->count - 1]);
    else
        return NULL;
    return text;
}

/* -- the spans of one -------------------------------------------------------------------------- */

struct row {
    struct span span;
    uint32_t above, last; /* places: of who asked, and of its last child */
};

struct rows {
    struct row *all;
    size_t count, capacity;
};

static void add_request(struct rows *rows, const struct moment_kept *moment,
                        const struct sign *sign)
{
    rows->all = sim_grow(rows->all, &rows->capacity, rows->count + 1, sizeof(*rows->all));
    rows->all[rows->count++] = (struct row){ .span = { .parent = sign->words[PARENT],
                                                       .node = moment->node,
                                                       .from = moment->peer,
                                                       .start = moment->time } };
}

static sim_time distance(sim_time a, sim_time b)
{
    return a < b ? b - a : a - b;
}

/* The span is that of the request of the same parent which came to its node when it began; what a
 * node's clock makes of it is near enough. */
static void add_span(struct rows *rows, const struct moment_kept *moment, const struct sign *sign)
{
    const sim_time start = moment->time - sign->words[TOOK];
    struct row *row = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        struct row *other = &rows->all[i];

        if (!other->span.is_over && other->span.node == moment->node &&
            other->span.parent == sign->words[PARENT] &&
            (row == NULL || distance(other->span.start, start) < distance(row->span.start, start)))
            row = other;
    }
    if (row == NULL) { /* nobody's request: a span that a node began by itself */
        rows->all = sim_grow(rows->all, &rows->capacity, rows->count + 1, sizeof(*rows->all));
        row = &rows->all[rows->count++];
        *row = (struct row){ .span = { .parent = sign->words[PARENT],
                                       .node = moment->node,
                                       .from = SIM_NO_GROUP,
                                       .start = start } };
    }
    row->span.is_over = true;
    row->span.is_ok = sign->words[STATUS] == 0;
    row->span.number = sign->words[SPAN];
    row->span.took = moment->time - row->span.start;
    row->span.waited = sign->words[WAITED];
}

/* False: there are more than SPANS_MAX. */
static bool gather(struct reader *reader, int64_t trace, struct rows *rows)
{
    for (size_t i = 0; i < reader->chronicle->count; i++) {
        const struct moment_kept *moment = &reader->chronicle->moments[i];
        struct sign sign;

        if (!read_sign(reader, moment, &sign) || sign.words[TRACE] != trace)
            continue;
        if (rows->count == SPANS_MAX)
            return false;
        if (sign.is_span)
            add_span(rows, moment, &sign);
        else
            add_request(rows, moment, &sign);
    }
    return true;
}

/* -- the tree ---------------------------------------------------------------------------------- */

static int compare_rows(const void *left, const void *right)
{
    const struct span *a = &((const struct row *)left)->span;
    const struct span *b = &((const struct row *)right)->span;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Who asked for the row at PLACE: the span that its parent is; one that was not over has no number,
 * and is the last at the asking node that had begun. NO_PLACE: a client. */
static uint32_t find_above(const struct rows *rows, uint32_t place)
{
    const struct span *span = &rows->all[place].span;
    uint32_t found = NO_PLACE;

    for (uint32_t i = 0; i < rows->count && span->parent != 0; i++) {
        const struct span *other = &rows->all[i].span;

        if (other->is_over && other->number == span->parent && i != place)
            return i;
        if (!other->is_over && other->node == span->from && i != place &&
            other->start <= span->start && other->parent != span->parent)
            found = i;
    }
    return found;
}

/* Whether PLACE is UNDER, or above it: what is written in notes may go round in a circle. */
static bool is_above(const struct rows *rows, uint32_t place, uint32_t under)
{
    for (; under != NO_PLACE; under = rows->all[under].above)
        if (under == place)
            return true;
    return false;
}

/* Numbers those alike behind PLACE's first sibling FIRST. */
static void number_alike(const struct sim_names *names, struct rows *rows, uint32_t first,
                         uint32_t place)
{
    struct span *span = &rows->all[place].span;
    uint32_t alike = 0;

    for (uint32_t i = first; i != NO_PLACE; i = rows->all[i].span.next)
        if (sim_names_group(names, rows->all[i].span.node) == sim_names_group(names, span->node)) {
            alike++;
            if (i == place)
                span->nth = alike;
        }
    span->alike = alike;
}

/* Returns the first row at the top. */
static uint32_t join(struct rows *rows)
{
    uint32_t top = NO_PLACE, top_last = NO_PLACE;

    for (uint32_t i = 0; i < rows->count; i++)
        rows->all[i].above = rows->all[i].last = rows->all[i].span.child = rows->all[i].span.next =
            NO_PLACE;
    for (uint32_t i = 0; i < rows->count; i++) {
        const uint32_t above = find_above(rows, i);
        uint32_t *first = &top, *last = &top_last;

        if (above != NO_PLACE && !is_above(rows, i, above)) {
            rows->all[i].above = above;
            first = &rows->all[above].span.child;
            last = &rows->all[above].last;
        }
        if (*last == NO_PLACE)
            *first = i;
        else
            rows->all[*last].span.next = i;
        *last = i;
    }
    return top;
}

/* Puts the rows into SPANS, each before what it brought about. */
static void line_up(struct spans *spans, struct rows *rows, uint32_t top)
{
    uint32_t at = top, depth = 0;

    spans->all = sim_alloc_array(rows->count + 1, sizeof(*spans->all));
    while (at != NO_PLACE) {
        struct row *row = &rows->all[at];

        number_alike(spans->names, rows,
                     row->above == NO_PLACE ? top : rows->all[row->above].span.child, at);
        row->span.depth = depth;
        spans->all[spans->count++] = row->span;
        if (row->span.child != NO_PLACE) {
            at = row->span.child;
            depth++;
            continue;
        }
        while (at != NO_PLACE && rows->all[at].span.next == NO_PLACE) {
            at = rows->all[at].above;
            depth--;
        }
        at = at == NO_PLACE ? NO_PLACE : rows->all[at].span.next;
    }
}

static void measure(struct spans *spans)
{
    sim_time end = 0;

    spans->start = spans->count > 0 ? spans->all[0].start : 0;
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->all[i];

        if (span->start < spans->start)
            spans->start = span->start;
        if (span->start + span->took > end)
            end = span->start + span->took;
    }
    if (spans->operation != NULL) {
        spans->start = spans->operation->invoked;
        if (spans->operation->completed > end)
            end = spans->operation->completed;
    }
    spans->took = end - spans->start;
}

const char *spans_find(struct spans *spans, const struct chronicle *chronicle,
                       const struct sim_recorder *recorder, const char *which,
                       char text[SPANS_TEXT])
{
    struct reader reader = { .chronicle = chronicle };
    struct rows rows = { 0 };
    struct traces traces;
    const char *wrong;

    *spans = (struct spans){ .names = sim_recorder_names(recorder) };
    find_traces(&reader, &traces);
    spans->traces = traces.count;
    wrong = choose(spans, chronicle, recorder, &traces, which, text);
    if (wrong == NULL) {
        spans->is_cut = !gather(&reader, spans->trace, &rows);
        sim_sort(rows.all, rows.count, sizeof(*rows.all), compare_rows);
        line_up(spans, &rows, join(&rows));
        measure(spans);
    }
    sim_free(rows.all);
    sim_free(traces.all);
    return wrong;
}

void spans_finish(struct spans *spans)
{
    sim_free(spans->all);
}
