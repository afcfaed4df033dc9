/* A story as a list, as JSON, and as a sequence diagram. */
#include "tools/orrery/story.h"

#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { TIME_COLUMNS = 13, NODE_COLUMNS = 8, TEXT_MAX = 640, SIDES_MAX = 16 };

struct text {
    char text[TEXT_MAX];
    size_t used;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(text->text + text->used, sizeof(text->text) - text->used, format, arguments);
    va_end(arguments);
    text->used += n > 0 ? (size_t)n : 0;
    if (text->used >= sizeof(text->text))
        text->used = sizeof(text->text) - 1;
}

/* -- one item in words ------------------------------------------------------------------------- */

static void add_word(struct text *text, const char *before, int64_t word)
{
    if (word == SIM_NIL)
        add(text, "%snothing", before);
    else
        add(text, "%s%" PRId64, before, word);
}

/* Of an invocation: kind, key, argument, second; of a completion: operation, status, value. */
static void add_operation(struct text *text, const struct story *story,
                          const struct moment_kept *moment)
{
    const int64_t *words = story->chronicle->words + moment->words;

    if (moment->kind == SIM_HAPPENED_COMPLETE) {
        add(text, "ends %s", moment->what);
        if (strcmp(moment->what, "ok") == 0 && words[2] != SIM_NIL)
            add_word(text, ", value ", words[2]);
        return;
    }
    add(text, "begins %s of key %" PRId64, moment->what, words[1]);
    if (strcmp(moment->what, "read") != 0 && strcmp(moment->what, "delete") != 0)
        add_word(text, ": ", words[2]);
    if (strcmp(moment->what, "cas") == 0)
        add_word(text, " to ", words[3]);
}

/* The side of a partition on which MOMENT is, else 0. */
static int64_t side_of(const struct story *story, const struct moment_kept *moment)
{
    return moment->record && moment->record->words == 1 ? story->chronicle->words[moment->words]
                                                        : 0;
}

/* "partition (c) until 1.615s: store-0, store-1 | store-2" */
static void add_fault(struct text *text, const struct story *story, const struct story_item *item)
{
    const struct moment_kept *moments = &story->chronicle->moments[item->first];
    const char *before = ": ";
    char name[64], time[SIM_TIME_TEXT];

    add(text, "%s", moments->what);
    if (moments->reason)
        add(text, " (%s)", moments->reason);
    if (moments->kind == SIM_HAPPENED_HEAL)
        add(text, " ends");
    if (item->ends != SIM_TIME_NEVER)
        add(text, " until %s", sim_time_text(time, item->ends));
    if (item->count == 1 && moments->node != SIM_NO_GROUP)
        return;
    for (int64_t side = 0; side <= SIDES_MAX; side++) {
        for (size_t i = 0; i < item->count; i++) {
            if (moments[i].node == SIM_NO_GROUP || side_of(story, &moments[i]) != side)
                continue;
            add(text, "%s%s", before, sim_names_text(story->names, moments[i].node, name));
            before = ", ";
        }
        if (*before == ',')
            before = " | ";
    }
}

/* What the event that did MOMENT was; none if it is that itself. */
static void add_event(struct text *text, const struct story *story,
                      const struct moment_kept *moment)
{
    const struct chronicle *chronicle = story->chronicle;
    size_t at = chronicle_find(chronicle, moment->id);
    struct event event;

    if (at == chronicle->count || !chronicle_is_event(&chronicle->moments[at]) ||
        chronicle_is_event(moment))
        return;
    chronicle_event(chronicle, &chronicle->moments[at], story->names, &event);
    add(text, " (on %s%s%s%s%s)", event.kind, event.what[0] ? " " : "", event.what,
        event.peer[0] ? " " : "", event.peer);
}

static void describe(struct text *text, const struct story *story, const struct story_item *item)
{
    const struct chronicle *chronicle = story->chronicle;
    const struct moment_kept *moment = &chronicle->moments[item->moment];
    char since[SIM_TIME_TEXT];
    struct event event;

    *text = (struct text){ .used = 0 };
    switch (moment->kind) {
    case SIM_HAPPENED_FAULT:
    case SIM_HAPPENED_HEAL:
    case SIM_HAPPENED_ACTION:
        add_fault(text, story, item);
        break;
    case SIM_HAPPENED_HALT:
        add(text, "stops for good%s%s", moment->reason ? ": " : "",
            moment->reason ? moment->reason : "");
        break;
    case SIM_HAPPENED_INVOKE:
    case SIM_HAPPENED_COMPLETE:
        add_operation(text, story, moment);
        break;
    case SIM_HAPPENED_VIOLATION:
        add(text, "violates %s", moment->what);
        break;
    case SIM_HAPPENED_NOTE:
        chronicle_event(chronicle, moment, story->names, &event);
        add(text, "%s%s%s", event.what, event.body[0] ? ": " : "", event.body);
        if (item->count > 1)
            add(text, ", the last of %zu since %s", item->count,
                sim_time_text(since, chronicle->moments[item->first].time));
        add_event(text, story, moment);
        if (item->is_apart)
            add(text, "; not in its past");
        break;
    default:
        chronicle_event(chronicle, moment, story->names, &event);
        event_words(&event, text->text, sizeof(text->text));
    }
}

/* Where an item happened; of a fault that hit several, "" */
static const char *node_of(const struct story *story, const struct story_item *item, char name[64])
{
    const struct moment_kept *moment = &story->chronicle->moments[item->moment];
    bool several = item->count > 1 && moment->kind != SIM_HAPPENED_NOTE;

    name[0] = '\0';
    return moment->node == SIM_NO_GROUP || several
               ? name
               : sim_names_text(story->names, moment->node, name);
}

void story_print(const struct story *story, FILE *file)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct story_item *item = &story->items[i];
        char time[SIM_TIME_TEXT], name[64];
        struct text text;
        size_t column = TIME_COLUMNS + 2, indent = column + NODE_COLUMNS + 1;

        describe(&text, story, item);
        sim_time_text(time, story->chronicle->moments[item->moment].time);
        node_of(story, item, name);
        fprintf(file, "%*s  %-*s ", TIME_COLUMNS, time, NODE_COLUMNS, name);
        column += strlen(name) > NODE_COLUMNS ? strlen(name) : NODE_COLUMNS;
        shown_wrap(file, text.text, column + 1, indent);
        fputc('\n', file);
    }
}

void story_print_json(const struct story *story, FILE *file)
{
    struct sim_output out;

    sim_output_init(&out, file);
    sim_output_text(&out, "[");
    for (size_t i = 0; i < story->count; i++) {
        const struct moment_kept *moment = &story->chronicle->moments[story->items[i].moment];
        char name[64];
        struct text text;

        describe(&text, story, &story->items[i]);
        sim_output_text(&out, i > 0 ? ",{\"id\":" : "{\"id\":");
        sim_output_natural(&out, moment->id);
        sim_output_text(&out, ",\"t\":");
        sim_output_integer(&out, moment->time);
        if (*node_of(story, &story->items[i], name)) {
            sim_output_text(&out, ",\"node\":");
            sim_output_string(&out, name);
        }
        sim_output_text(&out, ",\"kind\":");
        sim_output_string(&out, sim_happening_kind_names[moment->kind]);
        sim_output_text(&out, ",\"text\":");
        sim_output_string(&out, text.text);
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "]");
    sim_output_flush(&out);
    sim_output_finish(&out);
}

/* -- a diagram --------------------------------------------------------------------------------- */

/* Text within Mermaid: what would end the line or the statement, or begin a comment or an entity,
 * is written as something else. */
static void print_plain(const char *text, FILE *file)
{
    for (; *text; text++)
        fputc(*text == ';' || *text == '#' || *text == '%' || (unsigned char)*text < ' ' ||
                      *text == '<' || *text == '>'
                  ? ' '
                  : *text,
              file);
}

static bool arrives(const struct moment_kept *moment)
{
    return moment->peer != SIM_NO_GROUP &&
           (moment->kind == SIM_HAPPENED_MESSAGE || moment->kind == SIM_HAPPENED_REQUEST ||
            moment->kind == SIM_HAPPENED_REPLY || moment->kind == SIM_HAPPENED_REFUSAL);
}

/* The message on which an item happened, or NULL. */
static const struct moment_kept *message_of(const struct story *story,
                                            const struct story_item *item)
{
    const struct chronicle *chronicle = story->chronicle;
    size_t at = chronicle_find(chronicle, chronicle->moments[item->moment].id);

    return at < chronicle->count && arrives(&chronicle->moments[at]) ? &chronicle->moments[at]
                                                                     : NULL;
}

static void mark(const struct story *story, const struct story_item *item, bool *takes_part)
{
    const struct moment_kept *message = message_of(story, item);
    bool several = story->chronicle->moments[item->moment].kind != SIM_HAPPENED_NOTE;

    for (size_t i = 0; i < item->count; i++) {
        size_t at = several ? item->first + i : item->moment;

        if (story->chronicle->moments[at].node != SIM_NO_GROUP)
            takes_part[story->chronicle->moments[at].node] = true;
    }
    if (message)
        takes_part[message->node] = takes_part[message->peer] = true;
}

/* The note of an item stands over its node, or over all from the first to the last that it hits. */
static void print_item(const struct story *story, const struct story_item *item, FILE *file)
{
    const struct moment_kept *moment = &story->chronicle->moments[item->moment];
    const struct moment_kept *message = message_of(story, item);
    uint32_t least = moment->node, most = moment->node;
    char time[SIM_TIME_TEXT];
    struct text text;

    if (message) {
        fprintf(file, "    n%" PRIu32 "->>n%" PRIu32 ": ", message->peer, message->node);
        print_plain(message->what ? message->what : "", file);
        fputc('\n', file);
    }
    for (size_t i = 0; i < item->count && moment->kind != SIM_HAPPENED_NOTE; i++) {
        uint32_t node = story->chronicle->moments[item->first + i].node;

        if (node == SIM_NO_GROUP)
            continue;
        least = least == SIM_NO_GROUP || node < least ? node : least;
        most = most == SIM_NO_GROUP || node > most ? node : most;
    }
    if (least == SIM_NO_GROUP || message == moment)
        return;
    fprintf(file, "    Note over n%" PRIu32, least);
    if (most != least)
        fprintf(file, ",n%" PRIu32, most);
    describe(&text, story, item);
    fprintf(file, ": %s ", sim_time_text(time, moment->time));
    print_plain(text.text, file);
    fputc('\n', file);
}

void story_print_mermaid(const struct story *story, const char *title, FILE *file)
{
    uint32_t nodes = sim_names_nodes(story->names);
    bool *takes_part = sim_alloc_array(nodes, sizeof(*takes_part));
    char name[64];

    fputs("sequenceDiagram\n    title ", file);
    print_plain(title, file);
    fputc('\n', file);
    for (size_t i = 0; i < story->count; i++)
        mark(story, &story->items[i], takes_part);
    for (uint32_t node = 0; node < nodes; node++) {
        if (takes_part[node])
            fprintf(file, "    participant n%" PRIu32 " as %s\n", node,
                    sim_names_text(story->names, node, name));
    }
    for (size_t i = 0; i < story->count; i++)
        print_item(story, &story->items[i], file);
    sim_free(takes_part);
}
