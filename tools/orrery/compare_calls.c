/* compare_calls.c - policies of calls side by side: what they keep up, what they send for it. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_text.h"
#include "tools/orrery/grid.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <string.h>

static void add_name(struct grid *grid, const struct comparison *comparison, size_t i)
{
    grid_add(grid, "%s%s", comparison->variants[i].name, compared_mark(comparison, i));
}

/* -- goodput ----------------------------------------------------------------------------------- */

/* "6.30 ±0.35", "6.30, not 3", "not 30": under so many seeds not. */
static void add_back(struct grid *grid, const struct compared *variant)
{
    const uint64_t *counts = variant->verdicts[compared_verdict(MEASURED_RECOVERS)];
    const struct estimate *after = &variant->figures[MEASURED_GOODPUT_BACK];
    char text[COMPARED_TEXT];

    compared_time(text, after, SIM_SECOND);
    if (counts[SIM_BROKEN] == 0)
        grid_add(grid, "%s", text);
    else
        grid_add(grid, "%s%snot %" PRIu64, after->count > 0 ? text : "",
                 after->count > 0 ? ", " : "", counts[SIM_BROKEN]);
}

static void print_goodput(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = { "variant",     "goodput, 1/s|whole run",
                                            "|calm",       "|under fault",
                                            "|afterwards", "back|after, s",
                                            "ok, %|calm",  "|under fault",
                                            "|afterwards", NULL };
    static const enum measured_figure rates[] = { MEASURED_GOODPUT, MEASURED_GOODPUT_CALM,
                                                  MEASURED_GOODPUT_CUT, MEASURED_GOODPUT_AFTER };
    static const enum measured_figure shares[] = { MEASURED_OK_CALM, MEASURED_OK_CUT,
                                                   MEASURED_OK_AFTER };
    char text[COMPARED_TEXT];
    struct grid grid;

    compare_heading("1. Goodput: answered ok", markdown, file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        add_name(&grid, comparison, i);
        for (size_t k = 0; k < 4; k++)
            grid_add(&grid, "%s", compared_count(text, &variant->figures[rates[k]]));
        add_back(&grid, variant);
        for (size_t k = 0; k < 3; k++)
            grid_add(&grid, "%s", compared_share(text, &variant->figures[shares[k]]));
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "Goodput: ok answers a second, by the time of the answer; ok: of what was asked "
                "then. Calm is before the first fault. %s",
                comparison->was_cut
                    ? "Back: whole seconds from the end of the last fault until no second is left "
                      "with less than 80 % of the calm goodput; not 3: under 3 seeds the last one "
                      "still was such, and these are not in the mean."
                    : "No fault ended here: a wave of load is none, but can be marked by one that "
                      "does nothing.");
}

static void print_latencies(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column columns[] = {
        { "calm|ok p50", MEASURED_CALM_P50, SIM_MILLISECOND },
        { "calm|ok p99", MEASURED_CALM_P99, SIM_MILLISECOND },
        { "calm|error p50", MEASURED_ERROR_CALM_P50, SIM_MILLISECOND },
        { "under fault|ok p50", MEASURED_CUT_P50, SIM_MILLISECOND },
        { "under fault|ok p99", MEASURED_CUT_P99, SIM_MILLISECOND },
        { "under fault|error p50", MEASURED_ERROR_P50, SIM_MILLISECOND },
        { "under fault|error p99", MEASURED_ERROR_P99, SIM_MILLISECOND },
        { "afterwards|ok p99", MEASURED_AFTER_P99, SIM_MILLISECOND },
    };

    compare_heading("2. Quick: latency in ms", markdown, file);
    compare_print_figures(comparison, columns, sizeof(columns) / sizeof(*columns), markdown, file);
    compare_say(file, markdown,
                "Percentiles of each run, then the mean over the seeds. Error: how long a client "
                "waited that was told no, or gave up.");
}

/* -- calls ------------------------------------------------------------------------------------- */

static void print_sent(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column columns[] = {
        { "sent for each|whole run", MEASURED_SENT, -1 },
        { "sent for each|under fault", MEASURED_SENT_CUT, -1 },
        { "calls, %|refused", MEASURED_REFUSED, 0 },
        { "calls, %|unsent", MEASURED_UNSENT, 0 },
        { "calls, %|degraded", MEASURED_DEGRADED, 0 },
        { "messages|for each", MEASURED_MESSAGES, -1 },
        { "bytes|for each", MEASURED_BYTES, -1 },
    };

    compare_print_figures(comparison, columns, sizeof(columns) / sizeof(*columns), markdown, file);
    compare_say(file, markdown,
                "Sent: requests of clients and of all services behind them, for each call of a "
                "client; retries and hedges make it more. Of all calls, refused: certainly not "
                "done; unsent: turned away by a filter without an attempt; degraded: answered by "
                "a filter.");
}

void compare_print_hops(const struct comparison *comparison, int number, bool markdown, FILE *file)
{
    const struct measured_frame *frame = comparison->frame;
    const char *headings[MEASURED_HOPS_MAX + 2] = { "variant" };
    char *names[MEASURED_HOPS_MAX], text[COMPARED_TEXT];
    char *heading = sim_format("%d. Calls: what was sent for them", number);
    struct grid grid;

    compare_heading(heading, markdown, file);
    sim_free(heading);
    print_sent(comparison, markdown, file);
    for (size_t k = 0; k < frame->hop_count; k++)
        headings[k + 1] = names[k] =
            sim_format("%s|%s", frame->hops[k].group, frame->hops[k].route);
    fputc('\n', file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        add_name(&grid, comparison, i);
        for (size_t k = 0; k < frame->hop_count; k++)
            grid_add(&grid, "%s",
                     compared_count(text, &comparison->variants[i].figures[COMPARED_HOPS + k]));
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "Attempts of each call, hop by hop: those of several hops in a row multiply.%s",
                frame->hop_count == MEASURED_HOPS_MAX ? " No more hops than these are shown." : "");
    for (size_t k = 0; k < frame->hop_count; k++)
        sim_free(names[k]);
}

void compare_print_services(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column cut[] = {
        { "goodput, 1/s|whole run", MEASURED_GOODPUT, -1 },
        { "goodput, 1/s|under fault", MEASURED_GOODPUT_CUT, -1 },
        { "goodput, 1/s|afterwards", MEASURED_GOODPUT_AFTER, -1 },
        { "calm ok|p50, ms", MEASURED_CALM_P50, SIM_MILLISECOND },
        { "calm ok|p99, ms", MEASURED_CALM_P99, SIM_MILLISECOND },
        { "sent|for each", MEASURED_SENT, -1 },
        { "messages|for each", MEASURED_MESSAGES, -1 },
    };
    static const struct compared_column effects[] = {
        { "goodput:|effect", MEASURED_GOODPUT, 0 },
        { "calm ok p99:|effect", MEASURED_CALM_P99, 0 },
        { "sent:|effect", MEASURED_SENT, 0 },
    };

    print_goodput(comparison, markdown, file);
    print_latencies(comparison, markdown, file);
    compare_print_hops(comparison, 3, markdown, file);
    if (comparison->count < 2)
        return;
    compare_print_differences(comparison, 4, cut, sizeof(cut) / sizeof(*cut), markdown, file);
    compare_print_effects(comparison, 5, effects, sizeof(effects) / sizeof(*effects), markdown,
                          file);
}

/* -- anomalies --------------------------------------------------------------------------------- */

void compare_print_anomalies(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct measured_frame *frame = comparison->frame;
    const char *headings[MEASURED_ANOMALIES_MAX + 2] = { "variant" };
    char *names[MEASURED_ANOMALIES_MAX], text[COMPARED_TEXT];
    struct grid grid;

    if (frame->anomaly_count == 0)
        return;
    for (size_t k = 0; k < frame->anomaly_count; k++)
        headings[k + 1] = names[k] =
            sim_format("%s|%s", frame->anomalies[k].group, frame->anomalies[k].metric);
    compare_heading("Anomalies: how often a run, what should not be seen", markdown, file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct estimate *figures = &comparison->variants[i].figures[COMPARED_ANOMALIES];

        add_name(&grid, comparison, i);
        for (size_t k = 0; k < frame->anomaly_count; k++)
            grid_add(&grid, "%s", compared_count(text, &figures[k]));
    }
    grid_print(&grid, markdown, file);
    for (size_t k = 0; k < frame->anomaly_count; k++) {
        fputs(k == 0 ? "\n" : "", file);
        if (frame->anomalies[k].help != NULL) {
            char *line =
                sim_format("%s: %s.", frame->anomalies[k].metric, frame->anomalies[k].help);

            compare_say(file, markdown, "%s", line);
            sim_free(line);
        }
        sim_free(names[k]);
    }
}

/* -- expectations ------------------------------------------------------------------------------ */

/* "goodput_recovers" of "goodput_recovers: {clients: ...}" */
static int name_length(const char *text)
{
    return (int)strcspn(text, ": ");
}

static void add_expected(struct grid *grid, const struct compared *variant,
                         enum sim_verdict_status status)
{
    char text[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < variant->expected_count && used < sizeof(text); i++) {
        const struct compared_expectation *one = &variant->expected[i];

        if (one->verdicts[status] > 0)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s %" PRIu64,
                                     used > 0 ? ", " : "", name_length(one->text), one->text,
                                     one->verdicts[status]);
    }
    grid_add(grid, "%s", used > 0 ? text : "-");
}

void compare_print_expected(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = { "variant",
                                            "|expected",
                                            "held under|all seeds",
                                            "violated,|under so many",
                                            "not decided,|under so many",
                                            NULL };
    struct grid grid;
    size_t any = 0;

    for (size_t i = 0; i < comparison->count; i++)
        any += comparison->variants[i].expected_count;
    if (any == 0)
        return;
    compare_heading("What the scenario expects", markdown, file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        size_t held = 0;

        for (size_t k = 0; k < variant->expected_count; k++)
            held += variant->expected[k].verdicts[SIM_BROKEN] == 0 &&
                    variant->expected[k].verdicts[SIM_UNDECIDED] == 0;
        add_name(&grid, comparison, i);
        grid_add(&grid, "%zu", variant->expected_count);
        grid_add(&grid, "%zu", held);
        add_expected(&grid, variant, SIM_BROKEN);
        add_expected(&grid, variant, SIM_UNDECIDED);
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "Each variant by its own `expect`; those that speak of many runs (`over`) are left "
                "to sweep. --format json has them as they are written, with the first seed.");
}
