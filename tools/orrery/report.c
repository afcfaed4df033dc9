#include "tools/orrery/report.h"

#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/observe/figure.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <string.h>

enum { INDENT = 13, NAME = 14, TIME = 14, MOMENTS_MAX = 20, LINE_MAX = 256 };

enum paint { PLAIN, BOLD, GOOD, BAD, UNSURE };

static const char *const escapes[] = {
    [PLAIN] = "",         [BOLD] = "\033[1m",    [GOOD] = "\033[32m",
    [BAD] = "\033[1;31m", [UNSURE] = "\033[33m",
};

/* A page that is being written. */
struct page {
    const struct report *report;
    FILE *file;
    bool colour;
};

static const char *const status_words[] = {
    [SIM_HOLDS] = "holds",
    [SIM_BROKEN] = "VIOLATED",
    [SIM_UNDECIDED] = "undecided",
};

static const enum paint status_paints[] = {
    [SIM_HOLDS] = GOOD,
    [SIM_BROKEN] = BAD,
    [SIM_UNDECIDED] = UNSURE,
};

enum sim_verdict_status report_status(const struct report *report)
{
    enum sim_verdict_status worst = SIM_HOLDS;

    for (size_t i = 0; i < report->verdict_count; i++) {
        enum sim_verdict_status status = report->verdicts[i].verdict.status;

        if (status == SIM_BROKEN || (status == SIM_UNDECIDED && worst == SIM_HOLDS))
            worst = status;
    }
    return worst;
}

/* TEXT, padded to WIDTH behind it. */
static void put(const struct page *page, enum paint paint, const char *text, int width)
{
    bool painted = page->colour && paint != PLAIN;
    int shown = (int)shown_width(text, strlen(text));

    fputs(painted ? escapes[paint] : "", page->file);
    shown_print(page->file, text, strlen(text));
    fputs(painted ? "\033[0m" : "", page->file);
    if (shown < width)
        fprintf(page->file, "%*s", width - shown, "");
}

static void wrap_from(const struct page *page, const char *text, size_t column, size_t indent)
{
    shown_wrap(page->file, text, column, indent);
    fputc('\n', page->file);
}

static void wrap(const struct page *page, const char *text, size_t indent)
{
    wrap_from(page, text, indent, indent);
}

bool report_warning(const struct report *report, uint32_t fault, char text[512])
{
    const struct sim_fault_plan *plan = &report->plan->faults[fault];

    if (plan->when.kind == SIM_TRIGGER_NONE || plan->when.kind == SIM_TRIGGER_FOLLOWS ||
        report->set_off[fault] > 0)
        return false;
    snprintf(text, 512, "trigger of %s '%.100s'%s%.300s%s never fired",
             plan->kind->action ? "action" : "fault", plan->label ? plan->label : plan->kind->name,
             plan->place ? " (" : "", plan->place ? plan->place : "", plan->place ? ")" : "");
    return true;
}

static void print_warnings(const struct page *page)
{
    char text[512];

    for (uint32_t i = 0; i < page->report->plan->fault_count; i++) {
        if (!report_warning(page->report, i, text))
            continue;
        fputs("  ", page->file);
        put(page, UNSURE, "warning", INDENT - 2);
        wrap(page, text, INDENT);
    }
}

static void print_verdicts(const struct page *page)
{
    const struct report *report = page->report;

    fputc('\n', page->file);
    if (report->verdict_count == 0)
        fputs("  (no expectations)\n", page->file);
    for (size_t i = 0; i < report->verdict_count; i++) {
        const struct report_verdict *verdict = &report->verdicts[i];
        enum sim_verdict_status status = verdict->verdict.status;

        fputs("  ", page->file);
        put(page, status_paints[status], status_words[status], INDENT - 2);
        wrap(page, verdict->expectation, INDENT);
        fprintf(page->file, "%*s", INDENT, "");
        if (verdict->over)
            over_print(verdict->over, page->file, INDENT);
        else
            wrap(page, verdict->verdict.text, INDENT);
        if (verdict->again)
            fprintf(page->file, "%*sagain with\n  %s\n", INDENT, "", verdict->again);
    }
}

/* -- tables ------------------------------------------------------------------------------------ */

static void heading(const struct page *page, const char *name, const char *columns)
{
    fputc('\n', page->file);
    put(page, BOLD, name, NAME);
    fprintf(page->file, "%s\n", columns);
}

/* The name of a row and its first cell, which ends in column NAME + WIDTH: a long name takes the
 * blanks before it, a longer one has a line of its own. */
static void row(const struct page *page, int indent, const char *name, const char *first, int width)
{
    int used = indent + (int)shown_width(name, strlen(name));

    fprintf(page->file, "%*s", indent, "");
    shown_print(page->file, name, strlen(name));
    if (used + 1 + (int)strlen(first) > NAME + width) {
        fputc('\n', page->file);
        used = 0;
    }
    fprintf(page->file, "%*s", NAME + width - used, first);
}

static void cell(const struct page *page, const char *text, int width)
{
    fprintf(page->file, "%*s", width, text);
}

static const char *count_text(char text[SIM_FIGURE_TEXT], uint64_t count)
{
    return count == 0 ? "-" : sim_figure_count(text, count);
}

static void count_cell(const struct page *page, uint64_t count, int width)
{
    char text[SIM_FIGURE_TEXT];

    cell(page, count_text(text, count), width);
}

/* Everything but the unit, which stands in the heading. */
static void figure_cell(const struct page *page, char *text, size_t unit, int width)
{
    text[strlen(text) - unit] = '\0';
    cell(page, text, width);
}

/* Latencies of the ok answers, exact. */
static void latency_cells(const struct page *page, uint32_t group, int kind, const char *label)
{
    static const uint32_t quantiles[] = { 500000, 990000, 1000000 };
    char text[SIM_FIGURE_TEXT];
    size_t count;
    sim_time *times =
        sim_recorder_latencies(page->report->recorder, group, kind, label, SIM_OK, &count);

    for (size_t i = 0; i < 3; i++) {
        if (count == 0)
            cell(page, "-", 8);
        else
            cell(page, sim_figure_time(text, times[sim_quantile_rank(count, quantiles[i]) - 1]), 8);
    }
    sim_free(times);
}

/* A row of operations; none if there were none. */
static void operation_row(const struct page *page, int indent, const char *name, uint32_t group,
                          int kind, const char *label)
{
    const struct sim_recorder *recorder = page->report->recorder;
    struct sim_operation_figures figures;
    sim_time span = sim_recorder_measured(recorder, label);
    uint64_t all = 0;
    char text[SIM_FIGURE_TEXT];

    sim_recorder_figures(recorder, group, kind, label, &figures);
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        all += figures.status[i];
    if (all > 0) {
        row(page, indent, name, count_text(text, figures.status[SIM_OK]), 9);
        count_cell(page, figures.status[SIM_FAIL], 7);
        count_cell(page, figures.status[SIM_UNKNOWN], 8);
        sim_figure_share(text, figures.status[SIM_OK], all);
        figure_cell(page, text, 2, 8);
        if (span > 0) {
            /* of the same operations as the rest of the row, whenever the answers came */
            sim_figure_rate(text, figures.status[SIM_OK], span, false);
            figure_cell(page, text, 2, 9);
        } else {
            cell(page, "-", 9);
        }
        latency_cells(page, group, kind, label);
        fputc('\n', page->file);
    }
    sim_operation_figures_finish(&figures);
}

/* The label of window INDEX if no earlier window has it. */
static const char *new_label(const struct report *report, const struct sim_window *windows,
                             size_t index)
{
    const char *label = report->plan->faults[windows[index].fault].label;

    for (size_t i = 0; i < index; i++) {
        if (strcmp(report->plan->faults[windows[i].fault].label, label) == 0)
            return NULL;
    }
    return label;
}

static void group_rows(const struct page *page, uint32_t group)
{
    const struct report *report = page->report;
    unsigned kinds = sim_recorder_kinds(report->recorder, group);
    const struct sim_window *windows;
    size_t window_count = sim_recorder_windows(report->recorder, &windows);
    char name[LINE_MAX];

    operation_row(page, 0, report->plan->groups[group].name, group, -1, NULL);
    for (int kind = 0; kind < SIM_OPERATION_KINDS; kind++) {
        bool alone = (kinds & (kinds - 1)) == 0;

        if (!alone && (kinds >> kind & 1) != 0)
            operation_row(page, 2, sim_operation_kind_names[kind], group, kind, NULL);
    }
    for (size_t i = 0; i < window_count; i++) {
        const char *label = new_label(report, windows, i);

        if (label != NULL) {
            snprintf(name, sizeof(name), "during %.200s", label);
            operation_row(page, 2, name, group, -1, label);
        }
    }
}

static void print_open(const struct page *page)
{
    struct sim_operation_figures figures;
    char text[SIM_FIGURE_TEXT];

    sim_recorder_figures(page->report->recorder, SIM_NO_GROUP, -1, NULL, &figures);
    if (figures.open > 0)
        fprintf(page->file, "  (of the unknown %s still open when the run ended)\n",
                sim_figure_count(text, figures.open));
    sim_operation_figures_finish(&figures);
}

static void print_operations(const struct page *page)
{
    const struct report *report = page->report;

    if (sim_recorder_kinds(report->recorder, SIM_NO_GROUP) == 0)
        return;
    heading(page, "operations",
            "       ok   fail unknown    ok %     ok/s     p50     p99     max");
    for (uint32_t i = 0; i < report->plan->group_count; i++) {
        if (sim_recorder_kinds(report->recorder, i) != 0)
            group_rows(page, i);
    }
    print_open(page);
    if (sim_history_is_full(sim_recorder_history(report->recorder)))
        fputs("  (not all: the limit of the history was reached, limits.history)\n", page->file);
}

/* -- messages ---------------------------------------------------------------------------------- */

static const char *const fates[] = {
    "sent",   "doubled", "delivered", "lost",    "cut",  "corrupted",
    "broken", "to down", "overflow",  "crashed", "late", "under way",
};
enum { FATES = sizeof(fates) / sizeof(*fates), SENT = 0, DELIVERED = 2 };

static void fates_of(const struct sim_group_stats *stats, uint64_t counts[FATES])
{
    const uint64_t all[FATES] = {
        stats->sent,       stats->duplicated, stats->delivered,    stats->lost,
        stats->cut,        stats->corrupted,  stats->broken,       stats->to_down,
        stats->overflowed, stats->crashed,    stats->late_replies, sim_group_under_way(stats),
    };

    memcpy(counts, all, sizeof(all));
}

/* The columns that each fate takes; 0: nothing met it. */
static void measure_fates(const struct report *report, int widths[FATES])
{
    uint64_t counts[FATES];
    char text[SIM_FIGURE_TEXT];

    memset(widths, 0, FATES * sizeof(*widths));
    for (uint32_t i = 0; i < report->plan->group_count; i++) {
        fates_of(&report->stats[i], counts);
        for (int k = 0; k < FATES; k++) {
            int width = counts[k] > 0 ? (int)strlen(sim_figure_count(text, counts[k])) + 2 : 0;

            if (width > widths[k])
                widths[k] = width;
        }
    }
    for (int k = 0; k < FATES; k++) {
        int least = k == SENT || k == DELIVERED ? 12 : 10;

        if ((widths[k] > 0 || k == SENT || k == DELIVERED) && widths[k] < least)
            widths[k] = least;
    }
}

/* Columns FROM to TO - 1. */
static void print_fates(const struct page *page, const int *widths, int from, int to)
{
    fputc('\n', page->file);
    put(page, BOLD, from == 0 ? "messages" : "", NAME);
    for (int k = from; k < to; k++)
        fprintf(page->file, "%*s", widths[k], widths[k] > 0 ? fates[k] : "");
    fputc('\n', page->file);
    for (uint32_t i = 0; i < page->report->plan->group_count; i++) {
        uint64_t counts[FATES];
        char text[SIM_FIGURE_TEXT];
        int first = from;

        fates_of(&page->report->stats[i], counts);
        while (widths[first] == 0)
            first++;
        row(page, 0, page->report->plan->groups[i].name, count_text(text, counts[first]),
            widths[first]);
        for (int k = first + 1; k < to; k++) {
            if (widths[k] > 0)
                count_cell(page, counts[k], widths[k]);
        }
        fputc('\n', page->file);
    }
}

/* By the group that sent them: each is counted once behind `sent` and `doubled`, so that a row adds
 * up. What is nowhere anything but zero is left out; what does not fit goes below. */
static void print_messages(const struct page *page)
{
    int widths[FATES], from = 0, column = NAME;
    char text[SIM_TIME_TEXT];

    measure_fates(page->report, widths);
    for (int k = 0; k < FATES; k++) {
        if (column + widths[k] > SHOWN_WIDTH) {
            print_fates(page, widths, from, k);
            from = k;
            column = NAME;
        }
        column += widths[k];
    }
    print_fates(page, widths, from, FATES);
    if (page->report->plan->warmup > 0)
        fprintf(page->file, "  (from the start, with the %s of warm-up)\n",
                sim_time_text(text, page->report->plan->warmup));
}

/* -- calls ------------------------------------------------------------------------------------- */

/* Attempts of each call: "1.875", cut off. */
static const char *ratio_text(char text[SIM_FIGURE_TEXT], uint64_t attempts, uint64_t calls)
{
    const uint64_t milli = (uint64_t)((sim_wide)attempts * 1000 / calls);

    snprintf(text, SIM_FIGURE_TEXT, "%" PRIu64 ".%03" PRIu64, milli / 1000, milli % 1000);
    return text;
}

/* Those that go through filters. */
static void print_calls(const struct page *page)
{
    const struct report *report = page->report;
    char name[LINE_MAX], text[SIM_FIGURE_TEXT];
    bool headed = false;

    for (size_t i = 0; i < report->route_count; i++) {
        const struct report_route *route = &report->routes[i];
        const struct sim_route_stats *s = &route->stats;

        if (!route->filtered || s->calls == 0)
            continue;
        if (!headed)
            heading(page, "calls",
                    "       made  attempts  a call   replied degraded  refused  unknown");
        headed = true;
        snprintf(name, sizeof(name), "%.100s.%.100s", report->plan->groups[route->group].name,
                 route->name);
        row(page, 0, name, count_text(text, s->calls), 11);
        count_cell(page, s->attempts, 10);
        cell(page, ratio_text(text, s->attempts, s->calls), 8);
        count_cell(page, s->replied - s->degraded, 10);
        count_cell(page, s->degraded, 9);
        count_cell(page, s->refused, 9);
        count_cell(page, s->unknown, 9);
        fputc('\n', page->file);
    }
}

/* -- what models count ------------------------------------------------------------------------- */

static const char *value_text(char text[SIM_FIGURE_TEXT], int64_t value)
{
    char digits[SIM_FIGURE_TEXT];

    sim_figure_count(digits, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    snprintf(text, SIM_FIGURE_TEXT, "%s%.40s", value < 0 ? "-" : "", digits);
    return text;
}

/* One of the figures of HISTOGRAM; "-" if it is empty. */
static const char *estimate_text(char text[SIM_FIGURE_TEXT], const struct sim_histogram *histogram,
                                 enum sim_metric_type type, int64_t value)
{
    if (histogram->count == 0)
        return "-";
    return type == SIM_DURATIONS ? sim_figure_time(text, value) : value_text(text, value);
}

static void print_metric(const struct page *page, uint32_t group, unsigned metric)
{
    const struct sim_metric_kind *kind = &page->report->plan->groups[group].model->metrics[metric];
    const struct sim_recorder *recorder = page->report->recorder;
    char text[SIM_FIGURE_TEXT];

    if (kind->type == SIM_HISTOGRAM || kind->type == SIM_DURATIONS) {
        const struct sim_histogram *histogram =
            sim_recorder_metric_histogram(recorder, group, metric);
        char p50[SIM_FIGURE_TEXT], p99[SIM_FIGURE_TEXT], most[SIM_FIGURE_TEXT];

        row(page, 2, kind->name, value_text(text, (int64_t)histogram->count), 12);
        fprintf(
            page->file, "  %s: p50 %s, p99 %s, max %s\n",
            kind->type == SIM_DURATIONS ? "times" : "values",
            estimate_text(p50, histogram, kind->type, sim_histogram_quantile(histogram, 500000)),
            estimate_text(p99, histogram, kind->type, sim_histogram_quantile(histogram, 990000)),
            estimate_text(most, histogram, kind->type, histogram->most));
    } else {
        row(page, 2, kind->name, value_text(text, sim_recorder_metric(recorder, group, metric)),
            12);
        fputs(kind->help != NULL ? "  " : "", page->file);
        wrap(page, kind->help != NULL ? kind->help : "", NAME + 14);
    }
}

static void print_metrics(const struct page *page)
{
    const struct sim_plan *plan = page->report->plan;

    for (uint32_t i = 0; i < plan->group_count; i++) {
        const struct sim_metric_kind *metrics = plan->groups[i].model->metrics;

        for (unsigned k = 0; k < SIM_METRICS_MAX && metrics[k].name != NULL; k++) {
            if (k == 0) {
                fputc('\n', page->file);
                put(page, BOLD, plan->groups[i].name, 0);
                fputc('\n', page->file);
            }
            print_metric(page, i, k);
        }
    }
}

/* TEXT, freed, and one kind of fault more: "crash 3 (1 hit nobody)". */
static char *add_fired(char *text, const struct coverage_place *place)
{
    char fired[SIM_FIGURE_TEXT], missed[SIM_FIGURE_TEXT], *longer;
    const char *comma = *text ? ", " : "";

    sim_figure_count(fired, place->fired);
    sim_figure_count(missed, place->fired - place->count);
    if (place->fired == place->count)
        longer = sim_format("%s%s%s %s", text, comma, place->name, fired);
    else
        longer = sim_format("%s%s%s %s (%s hit nobody)", text, comma, place->name, fired, missed);
    sim_free(text);
    return longer;
}

/* Which kinds of faults struck and how often, then those that never did. */
static void print_fired(const struct page *page)
{
    const struct coverage *coverage = page->report->coverage;
    char *text = sim_copy_text(""), *longer;
    size_t never = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        if (!coverage->places[i].group && coverage->places[i].fired > 0)
            text = add_fired(text, &coverage->places[i]);
    }
    for (size_t i = 0; i < coverage->count; i++) {
        if (coverage->places[i].group || coverage->places[i].fired > 0)
            continue;
        longer = sim_format("%s%s%s", text,
                            never++ > 0 ? ", "
                            : *text     ? "; never "
                                        : "never ",
                            coverage->places[i].name);
        sim_free(text);
        text = longer;
    }
    if (*text) {
        fputc('\n', page->file);
        put(page, BOLD, "fired", NAME);
        wrap_from(page, text, NAME, NAME);
    }
    sim_free(text);
}

/* -- what happened when ------------------------------------------------------------------------ */

struct moment {
    sim_time time;
    const struct sim_strike *strike; /* begins or ends; or NULL */
    const struct sim_violation_record *violation;
    const struct sim_halt_record *halt; /* in place of both */
    bool ends;
};

/* At one time as they were told: ends before what begins, but for a fault that lasts no time. */
static int compare_moments(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    bool a_first = a->ends && a->strike->from < a->time,
         b_first = b->ends && b->strike->from < b->time;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (int)b_first - (int)a_first;
}

/* What is done at once has no end; that nobody was hit has no end either. */
static bool has_end(const struct report *report, const struct sim_strike *strike)
{
    return !strike->open && strike->count > 0 && !report->plan->faults[strike->fault].kind->instant;
}

static size_t collect_moments(const struct report *report, struct moment **moments, uint64_t *all)
{
    const struct sim_strike *strikes;
    const struct sim_violation_record *violations;
    const struct sim_halt_record *halts;
    size_t strike_count = sim_recorder_strikes(report->recorder, &strikes, all);
    size_t violation_count = sim_recorder_violations(report->recorder, &violations), count = 0;
    size_t halt_count = sim_recorder_halts(report->recorder, &halts);

    *moments = sim_alloc_array(2 * strike_count + violation_count + halt_count, sizeof(**moments));
    for (size_t i = 0; i < strike_count; i++) {
        (*moments)[count++] = (struct moment){ .time = strikes[i].from, .strike = &strikes[i] };
        if (has_end(report, &strikes[i]))
            (*moments)[count++] =
                (struct moment){ .time = strikes[i].to, .strike = &strikes[i], .ends = true };
    }
    for (size_t i = 0; i < halt_count; i++)
        (*moments)[count++] = (struct moment){ .time = halts[i].time, .halt = &halts[i] };
    for (size_t i = 0; i < violation_count; i++)
        (*moments)[count++] =
            (struct moment){ .time = violations[i].time, .violation = &violations[i] };
    if (count > 1)
        sim_sort(*moments, count, sizeof(**moments), compare_moments);
    *all += count - strike_count; /* those that were not kept count as one moment each */
    return count;
}

/* "store-1, store-2", or "12 nodes". */
static void name_nodes(const struct report *report, const struct sim_strike *strike,
                       char text[LINE_MAX])
{
    size_t used = 0;

    if (strike->count > SIM_STRIKE_NODES) {
        snprintf(text, LINE_MAX, "%u nodes", strike->count);
        return;
    }
    for (uint32_t i = 0; i < strike->count; i++) {
        char node[64];

        sim_names_text(sim_recorder_names(report->recorder), strike->nodes[i], node);
        used += (size_t)snprintf(text + used, LINE_MAX - used, "%s%.50s", i == 0 ? "" : ", ", node);
    }
}

/* "cut begins (partition: store-0, store-1)", or without a label "crash begins: store-0". */
static char *describe(const struct report *report, const struct sim_strike *strike, bool ends)
{
    const struct sim_fault_plan *fault = &report->plan->faults[strike->fault];
    const char *kind = fault->kind->name;
    char nodes[LINE_MAX], span[SIM_TIME_TEXT];
    bool at_once = fault->kind->instant;

    if (strike->count == 0 && fault->label != NULL)
        return sim_format("%s hits nobody (%s)", fault->label, kind);
    if (strike->count == 0)
        return sim_format("%s hits nobody", kind);
    name_nodes(report, strike, nodes);
    sim_time_text(span, strike->to - strike->from);
    if (ends && fault->label != NULL)
        return sim_format("%s ends after %s", fault->label, span);
    if (ends)
        return sim_format("%s ends after %s: %s", kind, span, nodes);
    if (fault->label != NULL)
        return sim_format("%s%s (%s: %s)", fault->label, at_once ? "" : " begins", kind, nodes);
    return sim_format("%s%s: %s", kind, at_once ? "" : " begins", nodes);
}

/* How the times of a timeline stand: aligned at the point, or where one would be. */
struct column {
    int whole, rest;
};

static void measure_time(struct column *column, sim_time time)
{
    char text[SIM_TIME_TEXT];
    int whole, rest;

    sim_time_text(text, time);
    whole = (int)strspn(text, "-0123456789");
    rest = (int)strlen(text) - whole;
    if (whole > column->whole)
        column->whole = whole;
    if (rest > column->rest)
        column->rest = rest;
}

/* Returns the column behind it. */
static size_t print_time(const struct page *page, const struct column *column, sim_time time)
{
    char text[SIM_TIME_TEXT];
    int whole = (int)strspn(sim_time_text(text, time), "-0123456789");

    fprintf(page->file, "%*.*s%-*s  ", column->whole, whole, text, column->rest, text + whole);
    return (size_t)(column->whole + column->rest) + 2;
}

static void print_moment(const struct page *page, const struct column *column,
                         const struct moment *moment)
{
    size_t begin = print_time(page, column, moment->time), at = begin;
    char *text;

    if (moment->strike != NULL) {
        text = describe(page->report, moment->strike, moment->ends);
    } else if (moment->halt != NULL) {
        char node[64];

        sim_names_text(sim_recorder_names(page->report->recorder), moment->halt->node, node);
        text = sim_format("%s stops for good: %s", node, moment->halt->reason);
    } else {
        put(page, BAD, moment->violation->invariant, 0);
        at += shown_width(moment->violation->invariant, strlen(moment->violation->invariant));
        text = sim_format(" violated: %s", moment->violation->text);
    }
    wrap_from(page, text, at, begin + 2);
    sim_free(text);
}

static void print_end(const struct page *page, const struct column *column)
{
    static const char *const reasons[] = {
        [SIM_END_DURATION] = "the end",
        [SIM_END_QUIET] = "nothing is left to happen",
        [SIM_END_VIOLATED] = "stopped at the violation",
        [SIM_END_LIMIT] = "stopped",
    };
    const struct report *report = page->report;
    char events[SIM_FIGURE_TEXT], text[LINE_MAX];
    size_t begin;

    snprintf(text, sizeof(text), "%s after %s events%s%.90s", reasons[report->end],
             sim_figure_count(events, report->events),
             report->limit != NULL ? " by the limit of " : "",
             report->limit != NULL ? report->limit : "");
    begin = print_time(page, column, report->ended);
    wrap_from(page, text, begin, begin);
}

/* Many moments: the first and the last. */
static void print_moments(const struct page *page)
{
    struct moment *moments;
    uint64_t all;
    size_t count = collect_moments(page->report, &moments, &all);
    size_t left_out = count > MOMENTS_MAX ? count - MOMENTS_MAX : 0;
    struct column column = { 0, 0 };
    char more[SIM_FIGURE_TEXT];

    for (size_t i = 0; i < count; i++) {
        if (i < MOMENTS_MAX / 2 || i >= MOMENTS_MAX / 2 + left_out)
            measure_time(&column, moments[i].time);
    }
    measure_time(&column, page->report->ended);
    if (column.whole + column.rest < TIME)
        column.whole = TIME - column.rest;
    fputc('\n', page->file);
    put(page, BOLD, "timeline", 0);
    fputc('\n', page->file);
    for (size_t i = 0; i < count; i++) {
        if (left_out > 0 && i == MOMENTS_MAX / 2) {
            fprintf(page->file, "%*s  (%s more)\n", column.whole + column.rest, "...",
                    sim_figure_count(more, all - MOMENTS_MAX));
            i += left_out;
        }
        print_moment(page, &column, &moments[i]);
    }
    print_end(page, &column);
    sim_free(moments);
}

/* ---------------------------------------------------------------------------------------------- */

/* "the leader is cut off (lease-reads), seed 1", the name in bold. */
static void print_heading(const struct page *page)
{
    const struct report *report = page->report;
    bool varied = report->variant != NULL;
    char *name = sim_format("%s%s", report->scenario, varied ? "" : ",");
    char *rest = varied ? sim_format(" (%s), seed %" PRIu64, report->variant, report->seed)
                        : sim_format(" seed %" PRIu64, report->seed);
    size_t column;

    if (report->plan && report->plan->luck.has_seed) {
        char *more =
            sim_format("%s, all luck that of seed %" PRIu64, rest, report->plan->luck.seed);

        sim_free(rest);
        rest = more;
    }
    fputs(page->colour ? escapes[BOLD] : "", page->file);
    column = shown_wrap(page->file, name, 0, 2);
    fputs(page->colour ? "\033[0m" : "", page->file);
    wrap_from(page, rest, column, 2);
    sim_free(name);
    sim_free(rest);
}

void report_print(const struct report *report, FILE *file, bool colour)
{
    struct page page = { report, file, colour };

    print_heading(&page);
    print_verdicts(&page);
    print_warnings(&page);
    print_operations(&page);
    print_messages(&page);
    print_calls(&page);
    print_metrics(&page);
    print_fired(&page);
    print_moments(&page);
    fprintf(file, "\nrepeat  %s\ndigest  %s\n", report->repeat, report->digest);
}

void report_print_line(const struct report *report, FILE *file, bool colour)
{
    struct page page = { report, file, colour };
    enum sim_verdict_status status = report_status(report);
    char seed[32];

    snprintf(seed, sizeof(seed), "seed %" PRIu64, report->seed);
    put(&page, PLAIN, seed, 12);
    fputs("  ", file);
    put(&page, status_paints[status], status_words[status], 9);
    for (size_t i = 0; i < report->verdict_count && status != SIM_HOLDS; i++) {
        const struct report_verdict *verdict = &report->verdicts[i];

        if (verdict->verdict.status == status) {
            fprintf(file, "  %s: ", verdict->checker);
            shown_print(file, verdict->verdict.text, strlen(verdict->verdict.text));
            break;
        }
    }
    fputc('\n', file);
}
