#include "tools/orrery/compare_text.h"
#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "tools/orrery/grid.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double second = SIM_SECOND;

/* -- figures ----------------------------------------------------------------------------------- */

/* Three digits or so. */
int compared_decimals(double value)
{
    double size = fabs(value);

    return size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
}

/* VALUE +- HALF; SIGN: with a plus. */
void compared_figure(char text[COMPARED_TEXT], double value, double half, int decimals, bool sign)
{
    char wide[COMPARED_TEXT];
    int used;

    /* a zero carries no sign, and a half that would read as zero is left out */
    snprintf(wide, sizeof(wide), "%.*f", decimals, value);
    if (strspn(wide, "-0.") == strlen(wide))
        value = 0;
    used = snprintf(text, COMPARED_TEXT, sign && value > 0 ? "+%.*f" : "%.*f", decimals, value);
    if (isinf(half))
        return;
    snprintf(wide, sizeof(wide), "%.*f", decimals, half);
    if (strspn(wide, "0.") < strlen(wide))
        snprintf(text + used, COMPARED_TEXT - (size_t)used, " ±%s", wide);
}

static const char *put_estimate(char text[COMPARED_TEXT], const struct estimate *estimate,
                                double unit, int decimals)
{
    if (estimate->count == 0)
        snprintf(text, COMPARED_TEXT, "-");
    else
        compared_figure(text, estimate->mean / unit, estimate->half / unit,
                        decimals >= 0 ? decimals : compared_decimals(estimate->mean / unit), false);
    return text;
}

/* One that is not quite everything, or not quite nothing, does not read like it. */
const char *compared_share(char text[COMPARED_TEXT], const struct estimate *estimate)
{
    double share = estimate->mean * 100;

    if (estimate->count > 0 && share < 100 && share >= 99.95)
        snprintf(text, COMPARED_TEXT, "%s", share >= 99.995 ? ">99.99" : "99.9+");
    else if (estimate->count > 0 && share > 0 && share < 0.05)
        snprintf(text, COMPARED_TEXT, "%s", share < 0.005 ? "<0.01" : "0.0+");
    else
        put_estimate(text, estimate, 0.01, share <= 0 || share >= 100 ? 0 : 1);
    return text;
}

const char *compared_time(char text[COMPARED_TEXT], const struct estimate *estimate, double unit)
{
    return put_estimate(text, estimate, unit, -1);
}

const char *compared_count(char text[COMPARED_TEXT], const struct estimate *estimate)
{
    return put_estimate(text, estimate, 1, estimate->mean == 0 ? 0 : -1);
}

/* -- paragraphs -------------------------------------------------------------------------------- */

void compare_heading(const char *text, bool markdown, FILE *file)
{
    fprintf(file, markdown ? "\n## %s\n\n" : "\n%s\n", text);
}

void compare_say(FILE *file, bool markdown, const char *format, ...)
{
    char text[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (markdown) {
        shown_print(file, text, strlen(text));
        fputs("\n\n", file);
        return;
    }
    fputs("  ", file);
    shown_wrap(file, text, 2, 2);
    fputc('\n', file);
}

/* -- tables ------------------------------------------------------------------------------------ */

static void add_name(struct grid *grid, const struct comparison *comparison, size_t i)
{
    grid_add(grid, "%s%s", comparison->variants[i].name, compared_mark(comparison, i));
}

/* "yes", "no, 12 of 50 seeds" */
static void add_verdict(struct grid *grid, const struct comparison *comparison, size_t i,
                        enum measured_verdict verdict)
{
    const uint64_t *counts = comparison->variants[i].verdicts[compared_verdict(verdict)];

    if (counts[SIM_BROKEN] > 0)
        grid_add(grid, "no %" PRIu64, counts[SIM_BROKEN]);
    else if (counts[SIM_UNDECIDED] > 0)
        grid_add(grid, "? %" PRIu64, counts[SIM_UNDECIDED]);
    else
        grid_add(grid, "yes");
}

static void add_available(struct grid *grid, enum sim_verdict_status status, double least)
{
    if (status == SIM_UNDECIDED)
        grid_add(grid, "-");
    else if (status == SIM_HOLDS)
        grid_add(grid, "yes");
    else
        grid_add(grid, "no %.1f%%", (double)(int)(least * 1000) / 10); /* cut off */
}

/* The lowest of the sides; without sides of the whole. */
static double lowest_side(const struct compared *variant)
{
    const struct estimate *majority = &variant->figures[MEASURED_OK_MAJORITY];
    const struct estimate *minority = &variant->figures[MEASURED_OK_MINORITY];

    if (majority->count > 0 && (minority->count == 0 || majority->mean < minority->mean))
        return majority->mean;
    return minority->count > 0 ? minority->mean : variant->figures[MEASURED_OK_CUT].mean;
}

static void print_cap(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = { "variant",
                                            "calm|C",
                                            "calm|A",
                                            "faults|C",
                                            "faults|A",
                                            "|label",
                                            "strongest that held|under all seeds",
                                            NULL };
    struct grid grid;

    compare_heading("1. Consistent? Available? Calm, and under faults", markdown, file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        add_name(&grid, comparison, i);
        add_verdict(&grid, comparison, i, MEASURED_LINEARIZABLE_CALM);
        add_available(&grid, variant->a_calm, variant->figures[MEASURED_OK_CALM].mean);
        add_verdict(&grid, comparison, i, MEASURED_LINEARIZABLE);
        add_available(&grid, variant->a_cut, lowest_side(variant));
        grid_add(&grid, "%s", comparison->was_cut ? variant->label : "-");
        grid_add(&grid, "%s%s", strength_names[variant->strength],
                 variant->strength_unknown ? " (?)" : "");
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(
        file, markdown,
        "C: no violation of linearizability under any seed (no 12: under 12 of the %zu). A: "
        "at least 99 %% of what was asked was answered ok, on every side of a partition "
        "(no: so much on the worst side). Calm is before the first fault; C under faults "
        "is judged over the whole run, since what a fault broke is often seen only later. "
        "The label, of the two columns under faults: C alone is CP, A alone AP, both C+A, else "
        "neither. Neither (CA calm) had both as long as nothing failed, which is what is called "
        "CA: no choice, but what was not chosen for the day of a cut. The label does not say how "
        "much is left (2), how late an answer came (3) or what was lost (5). ?: not decided; (?): "
        "whether something stronger held is not.",
        comparison->seeds);
}

static void print_availability(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct {
        const char *heading;
        enum measured_figure figure;
    } columns[] = {
        { "|whole run", MEASURED_OK },
        { "|calm", MEASURED_OK_CALM },
        { "majority's|side of cut", MEASURED_OK_MAJORITY },
        { "minority's|side of cut", MEASURED_OK_MINORITY },
        { "|afterwards", MEASURED_OK_AFTER },
    };
    enum { FIXED = sizeof(columns) / sizeof(*columns) };
    const char *headings[FIXED + MEASURED_LABELS_MAX + 4] = { "variant" };
    const size_t labels = comparison->frame->label_count;
    char *names[MEASURED_LABELS_MAX], text[COMPARED_TEXT];
    size_t used = 1;
    struct grid grid;

    compare_heading("2. Available: answered ok, in % of what was asked", markdown, file);
    for (size_t k = 0; k < FIXED; k++)
        headings[used++] = columns[k].heading;
    for (size_t k = 0; k < labels; k++)
        headings[used++] = names[k] = sim_format("during|%s", comparison->frame->labels[k]);
    headings[used++] = "no write|for, s";
    headings[used++] = "all served|after, s";
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct estimate *figures = comparison->variants[i].figures;

        add_name(&grid, comparison, i);
        for (size_t k = 0; k < FIXED; k++)
            grid_add(&grid, "%s", compared_share(text, &figures[columns[k].figure]));
        for (size_t k = 0; k < labels; k++)
            grid_add(&grid, "%s", compared_share(text, &figures[MEASURED_FIGURES + k]));
        grid_add(&grid, "%s", compared_time(text, &figures[MEASURED_GAP], second));
        grid_add(&grid, "%s", compared_time(text, &figures[MEASURED_RECOVERED], second));
    }
    grid_print(&grid, markdown, file);
    for (size_t k = 0; k < labels; k++)
        sim_free(names[k]);
    fputc('\n', file);
    if (comparison->was_cut)
        compare_say(
            file, markdown,
            "The majority's side has more than half of the store's nodes. No write: the longest "
            "time without a successful one. All served: from the end of a fault until every client "
            "had an ok answer. Under fault, here and below: what was asked while a fault was "
            "active, whichever.");
}

/* A table of COUNT columns of figures. */
void compare_print_figures(const struct comparison *comparison,
                           const struct compared_column *columns, size_t count, bool markdown,
                           FILE *file)
{
    const char *headings[GRID_COLUMNS_MAX] = { "variant" };
    char text[COMPARED_TEXT];
    struct grid grid;

    for (size_t k = 0; k < count; k++)
        headings[k + 1] = columns[k].heading;
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        add_name(&grid, comparison, i);
        for (size_t k = 0; k < count; k++) {
            const struct estimate *figure = &comparison->variants[i].figures[columns[k].figure];

            grid_add(&grid, "%s",
                     columns[k].unit > 0   ? compared_time(text, figure, columns[k].unit)
                     : columns[k].unit < 0 ? compared_count(text, figure)
                                           : compared_share(text, figure));
        }
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
}

static void print_latencies(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column calm[] = {
        { "calm|read p50", MEASURED_READ_P50, SIM_MILLISECOND },
        { "calm|read p99", MEASURED_READ_P99, SIM_MILLISECOND },
        { "calm|write p50", MEASURED_WRITE_P50, SIM_MILLISECOND },
        { "calm|write p99", MEASURED_WRITE_P99, SIM_MILLISECOND },
        { "calm|error p50", MEASURED_ERROR_CALM_P50, SIM_MILLISECOND },
    };
    static const struct compared_column fault[] = {
        { "under fault|ok p50", MEASURED_CUT_P50, SIM_MILLISECOND },
        { "under fault|ok p99", MEASURED_CUT_P99, SIM_MILLISECOND },
        { "under fault|error p50", MEASURED_ERROR_P50, SIM_MILLISECOND },
        { "under fault|error p99", MEASURED_ERROR_P99, SIM_MILLISECOND },
    };

    compare_heading("3. Quick: latency in ms", markdown, file);
    compare_print_figures(comparison, calm, sizeof(calm) / sizeof(*calm), markdown, file);
    if (comparison->was_cut)
        compare_print_figures(comparison, fault, sizeof(fault) / sizeof(*fault), markdown, file);
    compare_say(file, markdown,
                "Percentiles of each run, then the mean over the seeds. Error: how long a client "
                "waited that was told no, or gave up. What consistency costs when nothing is "
                "wrong stands under calm.");
}

/* Where a guarantee of sessions is violated and one that seems to imply it holds. */
static void say_sessions(const struct comparison *comparison, bool markdown, FILE *file)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        bool broken = false;

        for (int k = MEASURED_READ_YOUR_WRITES; k <= MEASURED_WRITES_FOLLOW_READS; k++)
            broken |= compared_status(variant, (enum measured_verdict)k) == SIM_BROKEN;
        if (!broken || (compared_status(variant, MEASURED_SEQUENTIAL) != SIM_HOLDS &&
                        compared_status(variant, MEASURED_CAUSAL) != SIM_HOLDS))
            continue;
        fputs(markdown ? "" : "\n", file);
        compare_say(file, markdown,
                    "%s: sequential or causal consistency holds, and yet a session's guarantee is "
                    "violated. No contradiction: those two may order the writes of different "
                    "sessions against real time; the guarantees, as they are judged here, take "
                    "versions that did not overlap in the order of real time "
                    "(docs/checkers.md).",
                    variant->name);
    }
}

static void print_consistency(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = {
        "variant",         "|linearizable",    "|sequential",         "|causal", "read your|writes",
        "monotonic|reads", "monotonic|writes", "writes follow|reads", NULL
    };
    struct grid grid;

    compare_heading("4. Consistent: what held under every seed", markdown, file);
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        add_name(&grid, comparison, i);
        for (int k = MEASURED_LINEARIZABLE; k <= MEASURED_WRITES_FOLLOW_READS; k++)
            add_verdict(&grid, comparison, i, (enum measured_verdict)k);
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "no 12: violated under 12 of the %zu seeds; ? 12: not decided under 12. 'orrery "
                "checkers' says what each promises.",
                comparison->seeds);
    say_sessions(comparison, markdown, file);
}

/* "181 ±4"; "?" where nothing is known to be lost, and more may be; ">=3" where more may be. */
static void add_lost(struct grid *grid, const struct compared *variant, const char *text,
                     enum measured_figure figure)
{
    bool known = compared_knows_losses(variant) || variant->figures[MEASURED_LOST].count == 0;

    if (!known && variant->figures[figure].most <= 0)
        grid_add(grid, "?");
    else
        grid_add(grid, "%s%s", known ? "" : ">=", text);
}

/* "0.21 ±0.02", "0.21, not 3", "not 50": under so many seeds not. */
static void add_converged(struct grid *grid, const struct compared *variant)
{
    const uint64_t *counts = variant->verdicts[compared_verdict(MEASURED_CONVERGES)];
    const struct estimate *after = &variant->figures[MEASURED_CONVERGED_AFTER];
    char text[COMPARED_TEXT];

    compared_time(text, after, second);
    if (counts[SIM_BROKEN] == 0)
        grid_add(grid, "%s", text);
    else
        grid_add(grid, "%s%snot %" PRIu64, after->count > 0 ? text : "",
                 after->count > 0 ? ", " : "", counts[SIM_BROKEN]);
}

static void print_copies(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = {
        "variant", "lost|writes", "lost|%", "copies alike|after, s", "copies alike|at the end", NULL
    };
    char text[COMPARED_TEXT];
    struct grid grid;

    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const uint64_t *alike = variant->verdicts[compared_verdict(MEASURED_CONVERGED)];

        add_name(&grid, comparison, i);
        add_lost(&grid, variant, compared_count(text, &variant->figures[MEASURED_LOST]),
                 MEASURED_LOST);
        add_lost(&grid, variant, compared_share(text, &variant->figures[MEASURED_LOST_SHARE]),
                 MEASURED_LOST_SHARE);
        add_converged(&grid, variant);
        if (alike[SIM_HOLDS] + alike[SIM_BROKEN] == 0)
            grid_add(&grid, "-");
        else
            add_verdict(&grid, comparison, i, MEASURED_CONVERGED);
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "Lost: writes acknowledged to a client and not in the store at the end, a run, and "
                "in %% of all. ? and >=: such a store tells last values alone, so that it is not "
                "known, or only how many at least. Copies alike: all living nodes hold the same "
                "for each key that was left alone for half a second. After: from the end of a "
                "fault until that was so at this and all later moments at which it was asked (10 "
                "ms apart, or a twentieth of that time), the longest of a run, then the mean; "
                "%s-: not to be told.",
                comparison->was_cut
                    ? "not 3: under 3 seeds it was not before the next fault began or the run "
                      "ended, and these are not in the mean. "
                    : "");
}

static void print_data(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column columns[] = {
        { "stale reads|% of all", MEASURED_STALE, 0 },
        { "stale reads|% under fault", MEASURED_STALE_CUT, 0 },
        { "oldest|read, s", MEASURED_STALE_AGE, SIM_SECOND },
        { "stale still|after, s", MEASURED_STALE_AFTER, SIM_SECOND },
        { "reads with|conflict, %", MEASURED_SIBLINGS, 0 },
    };

    compare_heading("5. Right: old, conflicting and lost data", markdown, file);
    compare_print_figures(comparison, columns, sizeof(columns) / sizeof(*columns), markdown, file);
    compare_say(file, markdown,
                "A read is stale if something newer was acknowledged before it was asked; its age "
                "is how long before. Oldest read: the oldest of each run, then the mean. Stale "
                "still: how long after the end of a fault the last stale read was asked. "
                "Conflict: several values were read at once.");
    fputc('\n', file);
    print_copies(comparison, markdown, file);
}

static void print_cost(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column columns[] = {
        { "messages|for each", MEASURED_MESSAGES, -1 },
        { "bytes|for each", MEASURED_BYTES, -1 },
    };

    compare_heading("6. Cheap: sent for each operation that was asked", markdown, file);
    compare_print_figures(comparison, columns, sizeof(columns) / sizeof(*columns), markdown, file);
}

/* -- all --------------------------------------------------------------------------------------- */

/* What a store is compared in. */
static void print_stores(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const struct compared_column columns[] = {
        { "whole run|ok, points", MEASURED_OK, 0 },
        { "under fault|ok, points", MEASURED_OK_CUT, 0 },
        { "calm read|p50, ms", MEASURED_READ_P50, SIM_MILLISECOND },
        { "calm write|p50, ms", MEASURED_WRITE_P50, SIM_MILLISECOND },
        { "stale reads|points", MEASURED_STALE, 0 },
        { "writes|lost", MEASURED_LOST, -1 },
        { "sent|messages", MEASURED_MESSAGES, -1 },
    };
    static const struct compared_column effects[] = {
        { "ok under fault:|effect", MEASURED_OK_CUT, 0 },
        { "calm read p50:|effect", MEASURED_READ_P50, 0 },
        { "calm write p50:|effect", MEASURED_WRITE_P50, 0 },
    };

    print_cap(comparison, markdown, file);
    print_availability(comparison, markdown, file);
    print_latencies(comparison, markdown, file);
    print_consistency(comparison, markdown, file);
    print_data(comparison, markdown, file);
    print_cost(comparison, markdown, file);
    if (comparison->count > 1) {
        compare_print_differences(comparison, 7, columns, sizeof(columns) / sizeof(*columns),
                                  markdown, file);
        compare_print_effects(comparison, 8, effects, sizeof(effects) / sizeof(*effects), markdown,
                              file);
    }
    if (comparison->frame->has_filters)
        compare_print_hops(comparison, 9, markdown, file);
}

void compare_print(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct measured_frame *frame = comparison->frame;

    compare_print_head(comparison, markdown, file);
    if (comparison->seeds == 0)
        return;
    if (frame->has_store)
        print_stores(comparison, markdown, file);
    else
        compare_print_services(comparison, markdown, file);
    compare_print_anomalies(comparison, markdown, file);
    compare_print_expected(comparison, markdown, file);
    if (frame->has_store)
        compare_print_words(comparison, markdown, file);
    else
        compare_print_service_words(comparison, markdown, file);
}
