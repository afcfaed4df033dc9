#include "tools/orrery/report.h"

#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <string.h>

enum { INDENT = 13, NAME = 14, MOMENTS_MAX = 20, LINE_MAX = 256 };

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
        wrap(page, verdict->verdict.text, INDENT);
    }
}

/* -- tables ------------------------------------------------------------------------------------ */

static void heading(const struct page *page, const char *name, const char *columns)
{
    fputc('\n', page->file);
    put(page, BOLD, name, NAME);
    fprintf(page->file, "%s\n", columns);
}

/* The name of a row; a long one has a line of its own. */
static void row_name(const struct page *page, int indent, const char *name)
{
    int width = indent + (int)shown_width(name, strlen(name));

    fprintf(page->file, "%*s", indent, "");
    shown_print(page->file, name, strlen(name));
    if (width > NAME)
        fprintf(page->file, "\n%*s", NAME, "");
    else
        fprintf(page->file, "%*s", NAME - width, "");
}

static void cell(const struct page *page, const char *text, int width)
{
    fprintf(page->file, "%*s", width, text);
}

static void count_cell(const struct page *page, uint64_t count, int width)
{
    char text[SIM_FIGURE_TEXT];

    cell(page, count == 0 ? "-" : sim_figure_count(text, count), width);
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
        row_name(page, indent, name);
        count_cell(page, figures.status[SIM_OK], 9);
        count_cell(page, figures.status[SIM_FAIL], 7);
        count_cell(page, figures.status[SIM_UNKNOWN], 8);
        sim_figure_share(text, figures.status[SIM_OK], all);
        figure_cell(page, text, 2, 8);
        if (span > 0) {
            uint64_t answers = sim_recorder_answers(recorder, group, kind, label);

            sim_figure_rate(text, answers, span, false);
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
    if (sim_history_is_full(sim_recorder_history(report->recorder)))
        fputs("  (not all: the limit of the history was reached, limits.history)\n", page->file);
}

static void print_messages(const struct page *page)
{
    const struct report *report = page->report;

    heading(page, "messages", "        sent   delivered      lost       cut   to down  overflow");
    for (uint32_t i = 0; i < report->plan->group_count; i++) {
        const struct sim_group_stats *stats = &report->stats[i];

        row_name(page, 0, report->plan->groups[i].name);
        count_cell(page, stats->sent, 12);
        count_cell(page, stats->delivered, 12);
        count_cell(page, stats->lost, 10);
        count_cell(page, stats->cut, 10);
        count_cell(page, stats->to_down, 10);
        count_cell(page, stats->overflowed, 10);
        fputc('\n', page->file);
    }
}

static void print_value(const struct page *page, int64_t value)
{
    char text[SIM_FIGURE_TEXT];
    bool negative = value < 0;

    sim_figure_count(text, negative ? 0 - (uint64_t)value : (uint64_t)value);
    fprintf(page->file, "%*s%s", 12 - (int)strlen(text), negative ? "-" : "", text);
}

static void print_metric(const struct page *page, uint32_t group, unsigned metric)
{
    const struct sim_metric_kind *kind = &page->report->plan->groups[group].model->metrics[metric];
    const struct sim_recorder *recorder = page->report->recorder;

    row_name(page, 2, kind->name);
    if (kind->type == SIM_HISTOGRAM) {
        const struct sim_histogram *histogram =
            sim_recorder_metric_histogram(recorder, group, metric);

        char p50[SIM_FIGURE_TEXT], p99[SIM_FIGURE_TEXT], most[SIM_FIGURE_TEXT];

        print_value(page, (int64_t)histogram->count);
        fprintf(page->file, "  values: p50 %s, p99 %s, max %s\n",
                sim_figure_count(p50, (uint64_t)sim_histogram_quantile(histogram, 500000)),
                sim_figure_count(p99, (uint64_t)sim_histogram_quantile(histogram, 990000)),
                sim_figure_count(most, (uint64_t)histogram->most));
    } else {
        print_value(page, sim_recorder_metric(recorder, group, metric));
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

/* -- what happened when ------------------------------------------------------------------------ */

struct moment {
    sim_time time;
    const struct sim_window *window; /* begins or ends, or NULL: a violation */
    const struct sim_violation_record *violation;
    bool ends;
};

/* In the order of time; at one time as they were told: ends before what begins. */
static void sort_in(struct moment *moments, size_t count, struct moment moment)
{
    while (count > 0 &&
           (moments[count - 1].time > moment.time ||
            (moments[count - 1].time == moment.time && moment.ends && !moments[count - 1].ends &&
             moments[count - 1].window != moment.window))) {
        moments[count] = moments[count - 1];
        count--;
    }
    moments[count] = moment;
}

static size_t collect_moments(const struct report *report, struct moment **moments)
{
    const struct sim_window *windows;
    const struct sim_violation_record *violations;
    size_t window_count = sim_recorder_windows(report->recorder, &windows);
    size_t violation_count = sim_recorder_violations(report->recorder, &violations), count = 0;

    *moments = sim_alloc_array(2 * window_count + violation_count, sizeof(**moments));
    for (size_t i = 0; i < window_count; i++) {
        struct moment begin = { windows[i].from, &windows[i], NULL, false };
        struct moment end = { windows[i].to, &windows[i], NULL, true };

        sort_in(*moments, count++, begin);
        if (!windows[i].open)
            sort_in(*moments, count++, end);
    }
    for (size_t i = 0; i < violation_count; i++) {
        struct moment moment = { violations[i].time, NULL, &violations[i], false };

        sort_in(*moments, count++, moment);
    }
    return count;
}

static void print_moment(const struct page *page, const struct moment *moment)
{
    char time[SIM_TIME_TEXT], span[SIM_TIME_TEXT];

    fprintf(page->file, "%14s  ", sim_time_text(time, moment->time));
    if (moment->window == NULL) {
        put(page, BAD, moment->violation->invariant, 0);
        fputs(" violated: ", page->file);
        wrap_from(page, moment->violation->text,
                  16 + strlen(moment->violation->invariant) + strlen(" violated: "), 18);
        return;
    }
    const struct sim_fault_plan *fault = &page->report->plan->faults[moment->window->fault];
    sim_time lasted = moment->window->to - moment->window->from;

    if (moment->ends)
        fprintf(page->file, "%s ends after %s\n", fault->label, sim_time_text(span, lasted));
    else
        fprintf(page->file, "%s begins (%s)\n", fault->label, sim_fault_kind_names[fault->kind]);
}

static void print_end(const struct page *page)
{
    static const char *const reasons[] = {
        [SIM_END_DURATION] = "the end",
        [SIM_END_QUIET] = "nothing is left to happen",
        [SIM_END_VIOLATED] = "stopped at the violation",
        [SIM_END_LIMIT] = "stopped",
    };
    const struct report *report = page->report;
    char time[SIM_TIME_TEXT], events[SIM_FIGURE_TEXT], text[LINE_MAX];

    snprintf(text, sizeof(text), "%s after %s events%s%.90s", reasons[report->end],
             sim_figure_count(events, report->events),
             report->limit != NULL ? " by the limit of " : "",
             report->limit != NULL ? report->limit : "");
    fprintf(page->file, "%14s  ", sim_time_text(time, report->ended));
    wrap(page, text, 16);
}

static void print_moments(const struct page *page)
{
    struct moment *moments;
    size_t count = collect_moments(page->report, &moments);

    fputc('\n', page->file);
    put(page, BOLD, "timeline", 0);
    fputc('\n', page->file);
    for (size_t i = 0; i < count; i++) {
        size_t left_out = count > MOMENTS_MAX ? count - MOMENTS_MAX : 0;

        if (left_out > 0 && i == MOMENTS_MAX / 2) {
            fprintf(page->file, "%14s  (%zu more)\n", "...", left_out);
            i += left_out;
        }
        print_moment(page, &moments[i]);
    }
    print_end(page);
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
    print_operations(&page);
    print_messages(&page);
    print_metrics(&page);
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
