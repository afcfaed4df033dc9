#include "tools/orrery/scan.h"

#include "sim/core/mem.h"
#include "tools/orrery/interval.h"
#include "tools/orrery/shown.h"

#include <string.h>

enum { BAR = 24 };

/* What became of one expectation behind one branch. */
struct share {
    uint64_t violated, decided;
};

static struct share share_of(const struct summary_cell *cell, const char *expectation)
{
    struct share share = { 0, 0 };

    for (size_t i = 0; i < cell->verdict_count; i++) {
        const struct summary_verdict *verdict = &cell->verdicts[i];

        if (verdict->expectation != expectation)
            continue;
        share.violated += verdict->count[SIM_BROKEN];
        share.decided += verdict->count[SIM_BROKEN] + verdict->count[SIM_HOLDS];
    }
    return share;
}

static const char *time_of(const struct campaign *campaign, size_t cell, char text[SIM_TIME_TEXT])
{
    return sim_time_text(text, campaign->cells[cell].options.branch_at);
}

static void print_row(const struct campaign *campaign, size_t cell, struct share share, FILE *file)
{
    const struct interval interval = interval_of_share(share.violated, share.decided);
    char time[SIM_TIME_TEXT], text[INTERVAL_TEXT], bar[BAR + 1];
    size_t filled = 0;

    if (share.decided > 0)
        filled = (size_t)((share.violated * BAR + share.decided / 2) / share.decided);
    memset(bar, ' ', BAR);
    memset(bar, '#', filled);
    bar[BAR] = '\0';
    fprintf(file, "%10s %9llu %8llu  %-13s  |%s|\n", time_of(campaign, cell, time),
            (unsigned long long)share.violated, (unsigned long long)share.decided,
            share.decided > 0 ? interval_text(text, &interval) : "-", bar);
}

static double part(struct share share)
{
    return share.decided > 0 ? (double)share.violated / (double)share.decided : 0;
}

/* Where the probability changes most between neighbours, and whether that can be chance. */
static void print_step(const struct summary *summary, const struct campaign *campaign,
                       const char *expectation, FILE *file)
{
    size_t at = 0;
    double most = -1;
    char before[SIM_TIME_TEXT], behind[SIM_TIME_TEXT];

    for (size_t c = 1; c < summary->cell_count; c++) {
        double step = part(share_of(&summary->cells[c], expectation)) -
                      part(share_of(&summary->cells[c - 1], expectation));

        step = step < 0 ? -step : step;
        if (step <= most)
            continue;
        most = step;
        at = c;
    }
    if (at == 0)
        return;
    const struct share a = share_of(&summary->cells[at - 1], expectation);
    const struct share b = share_of(&summary->cells[at], expectation);
    const struct interval low = interval_of_share(a.violated, a.decided);
    const struct interval high = interval_of_share(b.violated, b.decided);
    const bool is_apart = low.high < high.low || high.high < low.low;

    fprintf(file, "  the largest step is between %s and %s%s\n", time_of(campaign, at - 1, before),
            time_of(campaign, at, behind),
            is_apart ? "" : ", and may be chance: the intervals overlap");
}

static void print_expectation(const struct summary *summary, const struct campaign *campaign,
                              const char *expectation, FILE *file)
{
    fputc('\n', file);
    shown_wrap(file, expectation, 0, 2);
    fputs("\n branch at  violated  decided  95 % interval  probability\n", file);
    for (size_t c = 0; c < summary->cell_count; c++)
        print_row(campaign, c, share_of(&summary->cells[c], expectation), file);
    print_step(summary, campaign, expectation, file);
}

/* Each expectation once, in the order of their first violation by time. */
static bool is_first(const struct summary *summary, size_t cell, size_t index)
{
    const char *expectation = summary->cells[cell].verdicts[index].expectation;

    if (share_of(&summary->cells[cell], expectation).violated == 0)
        return false;
    for (size_t c = 0; c < cell; c++)
        if (share_of(&summary->cells[c], expectation).violated > 0)
            return false;
    for (size_t i = 0; i < index; i++)
        if (summary->cells[cell].verdicts[i].expectation == expectation)
            return false;
    return true;
}

static void print_first(const struct campaign *campaign, const char *what, bool died, FILE *file)
{
    for (size_t i = 0; i < campaign->run_count; i++) {
        const struct outcome *outcome = campaign->outcomes[i];

        if (!outcome_fails(outcome) || (outcome->death != NULL) != died)
            continue;
        char *again = campaign_repeat(campaign, outcome);

        fprintf(file, "\n%s, again with\n  %s\n", what, again);
        sim_free(again);
        return;
    }
}

void scan_print(const struct summary *summary, const struct campaign *campaign, FILE *file)
{
    bool any = false;

    summary_print_heading(campaign, file);
    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++) {
            if (!is_first(summary, c, i))
                continue;
            print_expectation(summary, campaign, summary->cells[c].verdicts[i].expectation, file);
            any = true;
        }
    }
    print_first(campaign, "the first branch that fails", false, file);
    print_first(campaign, "the first branch that dies", true, file);
    if (!any && campaign->run_count > 0)
        fputs("\nno branch violates an expectation\n", file);
}
