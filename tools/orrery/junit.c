#include "tools/orrery/junit.h"
#include "sim/core/mem.h"
#include "sim/scenario/utf8.h"

#include <string.h>

struct counts {
    unsigned long long tests, failures, errors, skipped;
};

/* As the content of an attribute or an element; what XML cannot hold becomes a question mark. */
static void escape(FILE *file, const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        uint32_t code;
        size_t bytes = sim_utf8_next(text, (size_t)(end - text), &code);

        if (code == '&')
            fputs("&amp;", file);
        else if (code == '<')
            fputs("&lt;", file);
        else if (code == '>')
            fputs("&gt;", file);
        else if (code == '"')
            fputs("&quot;", file);
        else if (sim_utf8_is_visible(code))
            fwrite(text, 1, bytes, file);
        else
            fputc(code == '\n' || code == '\t' ? ' ' : '?', file);
        text += bytes;
    }
}

/* "scenarios/consensus/raft.yaml" as "raft". */
static char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');

    return sim_format("%.*s", (int)(dot && dot > base ? (size_t)(dot - base) : strlen(base)), base);
}

static void count_outcome(struct counts *counts, const struct outcome *outcome)
{
    counts->tests += outcome->verdict_count + (outcome->death != NULL) + (outcome->limit != NULL);
    counts->errors += (unsigned)(outcome->death != NULL) + (unsigned)(outcome->limit != NULL);
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        counts->tests -= outcome->verdicts[i].over;
        if (outcome->verdicts[i].over)
            continue;
        counts->failures += outcome->verdicts[i].status == SIM_BROKEN;
        counts->skipped += outcome->verdicts[i].status == SIM_UNDECIDED;
    }
}

/* Of cell CELL, or, with SIZE_MAX, of all. */
static struct counts count_cell(const struct campaign *campaign, const struct summary *summary,
                                size_t cell)
{
    struct counts counts = { 0 };

    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++) {
            const struct over_result *over = summary->cells[c].verdicts[i].over;

            if (!over || (cell != SIZE_MAX && cell != c))
                continue;
            counts.tests++;
            counts.failures += over->status == SIM_BROKEN;
            counts.skipped += over->status == SIM_UNDECIDED;
        }
    }

    for (size_t i = 0; i < campaign->run_count; i++) {
        if (cell == SIZE_MAX || campaign->outcomes[i]->cell == cell)
            count_outcome(&counts, campaign->outcomes[i]);
    }
    return counts;
}

static void begin_suite(FILE *file, const char *element, const char *name, const char *cell,
                        const struct counts *counts)
{
    fprintf(file, "<%s name=\"", element);
    escape(file, name);
    if (cell) {
        fputs(" (", file);
        escape(file, cell);
        fputs(")", file);
    }
    fprintf(file, "\" tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" skipped=\"%llu\">\n",
            counts->tests, counts->failures, counts->errors, counts->skipped);
}

/* A suite that is being written. */
struct suite {
    const struct campaign *campaign;
    FILE *file;
    char *class_name;
};

static void begin_case(const struct suite *suite, const char *name, size_t length, unsigned nth,
                       uint64_t seed)
{
    char *shown = sim_format("%.*s", (int)length, name);

    fputs("  <testcase classname=\"orrery.", suite->file);
    escape(suite->file, suite->class_name);
    fputs("\" name=\"", suite->file);
    escape(suite->file, shown);
    if (nth > 1)
        fprintf(suite->file, "#%u", nth);
    fprintf(suite->file, "[seed=%llu]\"", (unsigned long long)seed);
    sim_free(shown);
}

/* What went wrong: ELEMENT is failure or error. */
static void end_case(const struct suite *suite, const char *element, const char *type,
                     const char *message, const char *expectation, const struct outcome *outcome)
{
    char *again = campaign_repeat(suite->campaign, outcome);

    fprintf(suite->file, "><%s type=\"%s\" message=\"", element, type);
    escape(suite->file, message);
    fputs("\">", suite->file);
    if (expectation) {
        escape(suite->file, expectation);
        fputc('\n', suite->file);
    }
    escape(suite->file, again);
    fprintf(suite->file, "</%s></testcase>\n", element);
    sim_free(again);
}

/* Expectations are called by their checkers: "availability: {...}", "invariants". */
static size_t checker_length(const char *expectation)
{
    return strcspn(expectation, ": ");
}

/* Which of those by its checker the verdict at INDEX is, from 1. */
static unsigned nth_of_checker(const struct outcome *outcome, size_t index)
{
    const char *name = outcome->verdicts[index].expectation;
    size_t length = checker_length(name);
    unsigned nth = 1;

    for (size_t i = 0; i < index; i++) {
        const char *other = outcome->verdicts[i].expectation;

        nth += checker_length(other) == length && strncmp(other, name, length) == 0;
    }
    return nth;
}

static void print_verdict(const struct suite *suite, const struct outcome *outcome, size_t index)
{
    const struct outcome_verdict *verdict = &outcome->verdicts[index];

    begin_case(suite, verdict->expectation, checker_length(verdict->expectation),
               nth_of_checker(outcome, index), outcome->seed);
    switch (verdict->status) {
    case SIM_HOLDS:
        fputs("/>\n", suite->file);
        break;
    case SIM_BROKEN:
        end_case(suite, "failure", "expectation", verdict->text, verdict->expectation, outcome);
        break;
    case SIM_UNDECIDED:
        fputs("><skipped message=\"", suite->file);
        escape(suite->file, verdict->text);
        fputs("\"/></testcase>\n", suite->file);
        break;
    }
}

static void print_outcome(const struct suite *suite, const struct outcome *outcome)
{
    if (outcome->death) {
        begin_case(suite, "run", 3, 1, outcome->seed);
        end_case(suite, "error", "crash", outcome->death, NULL, outcome);
    }
    for (size_t i = 0; i < outcome->verdict_count; i++) {
        if (!outcome->verdicts[i].over)
            print_verdict(suite, outcome, i);
    }
    if (outcome->limit) {
        begin_case(suite, "limits", 6, 1, outcome->seed);
        end_case(suite, "error", "limit", outcome->limit, NULL, outcome);
    }
}

/* Of an expectation that speaks of many runs: one case. */
static void print_over(const struct suite *suite, const struct over_result *over, unsigned nth)
{
    const char *element = over->status == SIM_BROKEN ? "failure" : "skipped";

    fputs("  <testcase classname=\"orrery.", suite->file);
    escape(suite->file, suite->class_name);
    fputs("\" name=\"", suite->file);
    escape(suite->file, over->checker->name);
    if (nth > 1)
        fprintf(suite->file, "#%u", nth);
    fprintf(suite->file, "[seeds=%llu..%llu]\"", (unsigned long long)over->first,
            (unsigned long long)over->last);
    if (over->status == SIM_HOLDS) {
        fputs("/>\n", suite->file);
        return;
    }
    fprintf(suite->file, "><%s type=\"expectation\" message=\"", element);
    escape(suite->file, over->text);
    fputs("\">", suite->file);
    escape(suite->file, over->expectation);
    fprintf(suite->file, "</%s></testcase>\n", element);
}

static void print_overs(const struct suite *suite, const struct summary_cell *cell)
{
    for (size_t i = 0; i < cell->verdict_count; i++) {
        const struct over_result *over = cell->verdicts[i].over;
        unsigned nth = 1;

        if (!over)
            continue;
        for (size_t before = 0; before < i; before++) {
            const struct over_result *other = cell->verdicts[before].over;

            nth += other && other->checker == over->checker;
        }
        print_over(suite, over, nth);
    }
}

void junit_print(const struct campaign *campaign, const struct summary *summary, FILE *file)
{
    struct suite suite = { campaign, file, base_name(campaign->path) };
    struct counts all = count_cell(campaign, summary, SIZE_MAX);

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", file);
    begin_suite(file, "testsuites", "orrery", NULL, &all);
    for (size_t c = 0; c < campaign->cell_count; c++) {
        struct counts counts = count_cell(campaign, summary, c);

        fputc(' ', file);
        begin_suite(file, "testsuite", campaign->path, campaign->cells[c].name, &counts);
        for (size_t i = c; i < campaign->run_count; i += campaign->cell_count)
            print_outcome(&suite, campaign->outcomes[i]);
        print_overs(&suite, &summary->cells[c]);
        fputs(" </testsuite>\n", file);
    }
    fputs("</testsuites>\n", file);
    sim_free(suite.class_name);
}
