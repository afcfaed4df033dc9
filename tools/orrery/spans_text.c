/* spans_text.c - a tree of spans, for a person and as JSON. */
#include "tools/orrery/spans.h"

#include "sim/observe/figure.h"
#include "sim/observe/output.h"
#include "sim/world/operation.h"

#include <inttypes.h>
#include <string.h>

enum { BAR = 20, INDENT_MAX = 24 };

/* '-': it waited; '='. At least one column. */
static void draw_bar(const struct spans *spans, sim_time start, sim_time took, sim_time waited,
                     char bar[BAR + 1])
{
    const double whole = spans->took > 0 ? (double)spans->took : 1;
    int from = (int)((double)(start - spans->start) / whole * BAR);
    int to = (int)((double)(start - spans->start + took) / whole * BAR + 0.999);
    const int works = (int)((double)(start - spans->start + waited) / whole * BAR);

    if (from > BAR - 1)
        from = BAR - 1;
    if (from < 0)
        from = 0;
    if (to <= from)
        to = from + 1;
    memset(bar, ' ', BAR);
    bar[BAR] = '\0';
    for (int i = from; i < to && i < BAR; i++)
        bar[i] = i < works ? '-' : '=';
}

static void print_row(const struct spans *spans, sim_time start, sim_time took, sim_time waited,
                      const char *outcome, uint32_t depth, const char *name, FILE *file)
{
    char began[SIM_FIGURE_TEXT], lasted[SIM_FIGURE_TEXT] = "", bar[BAR + 1];

    draw_bar(spans, start, took < 0 ? 0 : took, waited, bar);
    sim_figure_time(began, start - spans->start);
    if (took >= 0)
        sim_figure_time(lasted, took);
    fprintf(file, "%8s %8s  %-8s|%s| %*s%s", began, lasted, outcome, bar,
            depth * 2 > INDENT_MAX ? INDENT_MAX : (int)depth * 2, "", name);
}

static const char *outcome_of(const struct span *span)
{
    return !span->is_over ? "no span" : span->is_ok ? "ok" : "failed";
}

static void print_span(const struct spans *spans, const struct span *span, FILE *file)
{
    char name[64];

    sim_names_text(spans->names, span->node, name);
    print_row(spans, span->start, span->is_over ? span->took : -1, span->waited, outcome_of(span),
              span->depth + 1, name, file);
    if (span->alike > 1)
        fprintf(file, " #%" PRIu32, span->nth);
    fputc('\n', file);
}

static void print_legend(const struct spans *spans, FILE *file)
{
    bool waits = false, repeats = false, lacks = false;

    for (size_t i = 0; i < spans->count; i++) {
        waits |= spans->all[i].waited > 0;
        repeats |= spans->all[i].alike > 1;
        lacks |= !spans->all[i].is_over;
    }
    fputc('\n', file);
    if (waits)
        fputs("-        it waited, to be begun\n", file);
    if (repeats)
        fputs("#2       the second request of one caller to the same group: another attempt, or "
              "call\n",
              file);
    if (lacks)
        fputs("no span  refused, or known already, or under way, or its node crashed over it\n",
              file);
}

void spans_print(const struct spans *spans, FILE *file)
{
    const struct sim_history_entry *operation = spans->operation;
    char at[SIM_TIME_TEXT], took[SIM_FIGURE_TEXT], count[SIM_FIGURE_TEXT], all[SIM_FIGURE_TEXT];
    char name[64] = "a client";

    if (operation != NULL)
        sim_names_text(spans->names, operation->node, name);
    fprintf(file, "trace %" PRId64 ", one of %s: ", spans->trace,
            sim_figure_count(all, spans->traces));
    fprintf(file, "%s asked at %s, ", name, sim_time_text(at, spans->start));
    if (operation != NULL)
        fprintf(file, "%s after %s", sim_operation_status_names[operation->status],
                sim_figure_time(took, operation->completed - operation->invoked));
    else
        fputs("no outcome is known", file);
    fprintf(file, "; %s%s request%s\n\n", spans->is_cut ? "the first " : "",
            sim_figure_count(count, spans->count), spans->count == 1 ? "" : "s");
    fprintf(file, "%8s %8s\n", "start", "took");
    if (operation != NULL) {
        print_row(spans, operation->invoked, operation->completed - operation->invoked, 0,
                  sim_operation_status_names[operation->status], 0, name, file);
        fputc('\n', file);
    }
    for (size_t i = 0; i < spans->count && i < SPANS_SHOWN; i++)
        print_span(spans, &spans->all[i], file);
    if (spans->count > SPANS_SHOWN)
        fprintf(file, "%8s  and %s more\n", "...",
                sim_figure_count(count, spans->count - SPANS_SHOWN));
    print_legend(spans, file);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_integer(struct sim_output *out, const char *key, int64_t value)
{
    sim_output_text(out, key);
    sim_output_integer(out, value);
}

static void put_name(struct sim_output *out, const struct spans *spans, const char *key,
                     uint32_t node)
{
    char name[64];

    sim_output_text(out, key);
    if (node == SIM_NO_GROUP)
        sim_output_text(out, "null");
    else
        sim_output_string(out, sim_names_text(spans->names, node, name));
}

static void put_span(struct sim_output *out, const struct spans *spans, const struct span *span)
{
    put_name(out, spans, "{\"node\":", span->node);
    put_name(out, spans, ",\"from\":", span->from);
    put_integer(out, ",\"depth\":", span->depth);
    put_integer(out, ",\"nth\":", span->nth);
    put_integer(out, ",\"start\":", span->start);
    if (span->is_over) {
        put_integer(out, ",\"span\":", span->number);
        put_integer(out, ",\"took\":", span->took);
        put_integer(out, ",\"waited\":", span->waited);
    }
    put_integer(out, ",\"parent\":", span->parent);
    sim_output_text(out, ",\"status\":");
    sim_output_string(out, outcome_of(span));
    sim_output_text(out, "}");
}

void spans_print_json(const struct spans *spans, FILE *file)
{
    const struct sim_history_entry *operation = spans->operation;
    struct sim_output out;

    sim_output_init(&out, file);
    put_integer(&out, "{\"trace\":", spans->trace);
    put_integer(&out, ",\"traces\":", (int64_t)spans->traces);
    put_name(&out, spans, ",\"client\":", operation != NULL ? operation->node : SIM_NO_GROUP);
    put_integer(&out, ",\"start\":", spans->start);
    sim_output_text(&out, ",\"status\":");
    if (operation != NULL) {
        sim_output_string(&out, sim_operation_status_names[operation->status]);
        put_integer(&out, ",\"took\":", operation->completed - operation->invoked);
    } else {
        sim_output_text(&out, "null");
    }
    sim_output_text(&out, ",\"spans\":[");
    for (size_t i = 0; i < spans->count; i++) {
        sim_output_text(&out, i > 0 ? "," : "");
        put_span(&out, spans, &spans->all[i]);
    }
    sim_output_text(&out, spans->is_cut ? "],\"cut\":true}" : "],\"cut\":false}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}
