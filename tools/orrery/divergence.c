#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/divergence.h"

#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "tools/orrery/event.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* The last lines of one trace. */
struct reader {
    FILE *file;
    char *lines[DIVERGENCE_KEPT]; /* of getline */
    size_t sizes[DIVERGENCE_KEPT];
    uint64_t count; /* read so far; the last is lines[(count - 1) % DIVERGENCE_KEPT] */
};

static const char *kept(const struct reader *reader, uint64_t line)
{
    return reader->lines[line % DIVERGENCE_KEPT];
}

/* The next line, without its line feed; NULL at the end. */
static const char *next(struct reader *reader)
{
    size_t slot = reader->count % DIVERGENCE_KEPT;
    ssize_t length = getline(&reader->lines[slot], &reader->sizes[slot], reader->file);

    if (length < 0)
        return NULL;
    if (length > 0 && reader->lines[slot][length - 1] == '\n')
        reader->lines[slot][length - 1] = '\0';
    reader->count++;
    return reader->lines[slot];
}

/* What is compared: from the time on. NULL if LINE is none of a trace. */
static const char *compared(const char *line)
{
    struct event event;
    const char *from = strstr(line, ",\"t\":");

    return from && event_parse(&event, line) ? from : NULL;
}

/* Several lines may have the id of one event: those of what its handler did name itself as their
 * cause. */
static void find_causes(struct divergence_side *side, const struct reader *reader)
{
    uint64_t oldest = reader->count > DIVERGENCE_KEPT ? reader->count - DIVERGENCE_KEPT : 0;
    uint64_t at = reader->count - 1;
    struct event event, other;
    bool found = true;

    if (!side->line || !event_parse(&event, side->line))
        return;
    while (found && event.cause != 0 && side->cause_count < DIVERGENCE_CAUSES) {
        for (found = false; !found && at > oldest;) {
            const char *line = kept(reader, --at);

            found = event_parse(&other, line) && other.id == event.cause && other.cause != other.id;
            if (found)
                side->causes[side->cause_count++] = sim_copy_text(line);
        }
        if (found)
            event = other;
    }
    side->earlier = event.cause == event.id ? 0 : event.cause;
}

static void keep_before(struct divergence *divergence, const struct reader *reader)
{
    uint64_t first =
        divergence->common > DIVERGENCE_BEFORE ? divergence->common - DIVERGENCE_BEFORE : 0;

    for (uint64_t i = first; i < divergence->common; i++)
        divergence->before[divergence->before_count++] = sim_copy_text(kept(reader, i));
}

static void compare(struct divergence *divergence, struct reader *readers)
{
    static const char *const names[] = { "first", "second" };
    const char *lines[2], *parts[2] = { NULL, NULL };

    for (;;) {
        for (int i = 0; i < 2; i++) {
            lines[i] = next(&readers[i]);
            parts[i] = lines[i] ? compared(lines[i]) : NULL;
            if (lines[i] && !parts[i]) {
                snprintf(divergence->error, sizeof(divergence->error),
                         "line %" PRIu64 " of the %s is none of a trace; expected {\"id\":...}",
                         readers[i].count, names[i]);
                return;
            }
        }
        if (!lines[0] && !lines[1])
            return;
        if (!lines[0] || !lines[1] || strcmp(parts[0], parts[1]) != 0)
            break;
        divergence->common++;
    }
    divergence->found = true;
    keep_before(divergence, &readers[0]);
    for (int i = 0; i < 2; i++) {
        if (!lines[i])
            continue;
        divergence->sides[i].line = sim_copy_text(lines[i]);
        find_causes(&divergence->sides[i], &readers[i]);
    }
}

void divergence_find(struct divergence *divergence, FILE *first, FILE *second)
{
    struct reader *readers = sim_alloc_array(2, sizeof(*readers));

    *divergence = (struct divergence){ 0 };
    readers[0].file = first;
    readers[1].file = second;
    compare(divergence, readers);
    for (int i = 0; i < 2; i++) {
        for (size_t slot = 0; slot < DIVERGENCE_KEPT; slot++)
            free(readers[i].lines[slot]);
    }
    sim_free(readers);
}

void divergence_finish(struct divergence *divergence)
{
    for (size_t i = 0; i < divergence->before_count; i++)
        sim_free(divergence->before[i]);
    for (int i = 0; i < 2; i++) {
        sim_free(divergence->sides[i].line);
        for (size_t c = 0; c < divergence->sides[i].cause_count; c++)
            sim_free(divergence->sides[i].causes[c]);
    }
}

/* -- showing ----------------------------------------------------------------------------------- */

static void print_line(const char *line, size_t indent, FILE *file)
{
    struct event event;

    if (event_parse(&event, line))
        event_print(&event, indent, file);
}

static void print_side(const struct divergence_side *side, const char *name, FILE *file)
{
    fputc('\n', file);
    shown_wrap(file, name, 0, 2);
    fputc('\n', file);
    if (!side->line) {
        fputs("  ended before\n", file);
        return;
    }
    print_line(side->line, 2, file);
    if (side->cause_count == 0 && side->earlier == 0)
        return;
    fputs("  because of\n", file);
    for (size_t i = 0; i < side->cause_count; i++)
        print_line(side->causes[i], 2, file);
    if (side->earlier != 0)
        fprintf(file, "  and so on, from event %" PRIu64 " back\n", side->earlier);
}

void divergence_print(const struct divergence *divergence, const char *const names[2], FILE *file)
{
    char common[SIM_FIGURE_TEXT];

    sim_figure_count(common, divergence->common);
    if (!divergence->found) {
        fprintf(file, "no difference in %s lines of trace\n", common);
        return;
    }
    fprintf(file, "the same for %s lines of trace", common);
    fputs(divergence->before_count > 0 ? ", last\n" : "\n", file);
    for (size_t i = 0; i < divergence->before_count; i++)
        print_line(divergence->before[i], 2, file);
    for (int i = 0; i < 2; i++)
        print_side(&divergence->sides[i], names[i], file);
}

static void print_list(const char *key, char *const *lines, size_t count, FILE *file)
{
    fprintf(file, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%s", i > 0 ? "," : "", lines[i]);
    fputc(']', file);
}

void divergence_print_json(const struct divergence *divergence, FILE *file)
{
    fprintf(file, "\"diverges\":%s,\"common\":%" PRIu64 ",", divergence->found ? "true" : "false",
            divergence->common);
    print_list("before", divergence->before, divergence->before_count, file);
    fputs(",\"sides\":[", file);
    for (int i = 0; i < 2 && divergence->found; i++) {
        const struct divergence_side *side = &divergence->sides[i];

        fprintf(file, "%s{\"event\":%s,", i > 0 ? "," : "", side->line ? side->line : "null");
        print_list("causes", side->causes, side->cause_count, file);
        fputc('}', file);
    }
    fputc(']', file);
}
