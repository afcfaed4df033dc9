/* The summary for programs. */
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/interval.h"
#include "tools/orrery/summary.h"
#include "tools/orrery/turns.h"

#include <string.h>

static void begin(struct sim_output *out, bool *first, char bracket)
{
    if (!*first)
        sim_output_text(out, ",");
    *first = false;
    sim_output_bytes(out, &bracket, 1);
}

static void number(struct sim_output *out, const char *key, uint64_t value)
{
    sim_output_text(out, key);
    sim_output_natural(out, value);
}

static void text(struct sim_output *out, const char *key, const char *value)
{
    sim_output_text(out, key);
    if (value)
        sim_output_string(out, value);
    else
        sim_output_text(out, "null");
}

/* A share, with twelve decimals. */
static void share(struct sim_output *out, double value)
{
    char digits[32];

    snprintf(digits, sizeof(digits), "%.12f", value);
    sim_output_text(out, digits);
}

static void put_verdict(struct sim_output *out, const char *cell,
                        const struct summary_verdict *verdict)
{
    uint64_t holds = verdict->count[SIM_HOLDS], broken = verdict->count[SIM_BROKEN];
    struct interval interval = interval_of_share(broken, holds + broken);

    text(out, "\"cell\":", cell);
    text(out, ",\"expectation\":", verdict->expectation);
    number(out, ",\"holds\":", holds);
    number(out, ",\"violated\":", broken);
    number(out, ",\"undecided\":", verdict->count[SIM_UNDECIDED]);
    sim_output_text(out, ",\"failure_interval\":[");
    share(out, interval.low);
    sim_output_text(out, ",");
    share(out, interval.high);
    sim_output_text(out, "]");
    if (broken > 0)
        number(out, ",\"first_violated\":", verdict->first[SIM_BROKEN]);
    if (verdict->count[SIM_UNDECIDED] > 0)
        number(out, ",\"first_undecided\":", verdict->first[SIM_UNDECIDED]);
    if (verdict->over) {
        text(out, ",\"status\":", sim_verdict_status_names[verdict->over->status]);
        text(out, ",\"text\":", verdict->over->text);
        sim_output_text(out, ",\"over\":");
        over_put_json(verdict->over, out);
    }
    sim_output_text(out, "}");
}

/* Of the kind WHICH; those that are no whole numbers are stored as such (outcome.h). */
static void value(struct sim_output *out, enum outcome_figure which, int64_t v)
{
    char digits[48];

    if (which == OUTCOME_AVAILABILITY)
        snprintf(digits, sizeof(digits), "%d.%06d", (int)(v / 1000000), (int)(v % 1000000));
    else if (which == OUTCOME_RATE)
        snprintf(digits, sizeof(digits), "%lld.%03d", (long long)(v / 1000), (int)(v % 1000));
    else
        snprintf(digits, sizeof(digits), "%lld", (long long)v);
    sim_output_text(out, digits);
}

static void put_figure(struct sim_output *out, const char *cell, const char *group,
                       enum outcome_figure which, const struct summary_figure *figure)
{
    const struct {
        const char *key;
        int64_t value;
    } values[] = { { ",\"min\":", figure->least },
                   { ",\"p5\":", figure->p5 },
                   { ",\"median\":", figure->median },
                   { ",\"p95\":", figure->p95 },
                   { ",\"max\":", figure->most } };

    text(out, "\"cell\":", cell);
    text(out, ",\"group\":", group);
    text(out, ",\"metric\":", summary_figure_names[which]);
    number(out, ",\"seeds\":", figure->count);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        sim_output_text(out, values[i].key);
        if (figure->count > 0)
            value(out, which, values[i].value);
        else
            sim_output_text(out, "null");
    }
    sim_output_text(out, "}");
}

static void put_faults(struct sim_output *out, const char *faults)
{
    bool first = true;

    sim_output_text(out, ",\"faults\":[");
    while (faults && *faults) {
        size_t length = strcspn(faults, " ");

        begin(out, &first, '"'); /* the kinds of faults are words of letters and strokes */
        sim_output_bytes(out, faults, length);
        sim_output_text(out, "\"");
        faults += length + (faults[length] == ' ');
    }
    sim_output_text(out, "]");
}

static void put_failure(struct sim_output *out, const struct campaign *campaign,
                        const struct summary_failure *failure)
{
    char *again = campaign_repeat(campaign, failure->first);

    text(out, "\"cell\":", campaign->cells[failure->cell].name);
    text(out, ",\"expectation\":", failure->expectation);
    text(out, ",\"kind\":", failure->kind);
    put_faults(out, failure->faults);
    number(out, ",\"count\":", failure->count);
    number(out, ",\"seed\":", failure->first->seed);
    text(out, ",\"text\":", failure->text);
    text(out, ",\"repeat\":", again);
    sim_output_text(out, "}");
    sim_free(again);
}

static void put_run(struct sim_output *out, const struct campaign *campaign,
                    const struct outcome *outcome)
{
    text(out, "\"cell\":", campaign->cells[outcome->cell].name);
    number(out, ",\"seed\":", outcome->seed);
    number(out, ",\"exit\":", (uint64_t)outcome->code);
    sim_output_text(out, outcome->limit ? ",\"limited\":true" : ",\"limited\":false");
    text(out, ",\"died\":", outcome->death);
    text(out, ",\"digest\":", outcome->death ? NULL : outcome->digest);
    sim_output_text(out, "}");
}

/* Kinds of faults, or marks: how many runs came to each, and how often. */
static void put_places(struct sim_output *out, const struct summary *summary, bool marks)
{
    bool first = true;

    sim_output_text(out, marks ? ",\"reached\":[" : ",\"fired\":[");
    for (size_t i = 0; i < summary->place_count; i++) {
        const struct summary_place *place = &summary->places[i];

        if ((place->group != NULL) != marks)
            continue;
        begin(out, &first, '{');
        if (marks)
            text(out, "\"group\":", place->group);
        text(out, marks ? ",\"mark\":" : "\"kind\":", place->name);
        number(out, ",\"runs\":", place->runs);
        number(out, marks ? ",\"count\":" : ",\"hit\":", place->count);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* What each expectation came to behind each branch. */
static void put_branches(struct sim_output *out, const struct summary *summary,
                         const struct campaign *campaign)
{
    bool first = true;

    number(out, ",\"branches_of\":", campaign->cells[0].options.seed);
    sim_output_text(out, ",\"branch\":[");
    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++) {
            const struct summary_verdict *verdict = &summary->cells[c].verdicts[i];

            begin(out, &first, '{');
            number(out, "\"at\":", (uint64_t)campaign->cells[c].options.branch_at);
            text(out, ",\"expectation\":", verdict->expectation);
            number(out, ",\"decided\":", verdict->count[SIM_HOLDS] + verdict->count[SIM_BROKEN]);
            number(out, ",\"violated\":", verdict->count[SIM_BROKEN]);
            sim_output_text(out, "}");
        }
    }
    sim_output_text(out, "]");
}

void summary_print_json(const struct summary *summary, const struct campaign *campaign, FILE *file)
{
    struct sim_output out;
    bool first = true;

    sim_output_init(&out, file);
    text(&out, "{\"scenario\":", campaign->name);
    text(&out, ",\"file\":", campaign->path);
    number(&out, ",\"first\":", campaign->first);
    if (campaign->open)
        text(&out, ",\"last\":", NULL);
    else
        number(&out, ",\"last\":", campaign->last);
    number(&out, ",\"seeds\":", campaign->run_count / campaign->cell_count);
    text(&out, ",\"end\":", campaign_end_names[campaign->end]);
    number(&out, ",\"shard\":", campaign->shard);
    number(&out, ",\"shards\":", campaign->shards);
    if (campaign_branches(campaign))
        put_branches(&out, summary, campaign);
    sim_output_text(&out, ",\"verdicts\":[");
    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++) {
            begin(&out, &first, '{');
            put_verdict(&out, campaign->cells[c].name, &summary->cells[c].verdicts[i]);
        }
    }
    sim_output_text(&out, "],\"turns\":");
    turns_put_json(summary, campaign, &out);
    sim_output_text(&out, ",\"metrics\":[");
    first = true;
    for (size_t c = 0; c < summary->cell_count; c++) {
        for (size_t g = 0; g < summary->cells[c].group_count; g++) {
            const struct summary_group *group = &summary->cells[c].groups[g];

            for (int f = 0; f < OUTCOME_FIGURES; f++) {
                begin(&out, &first, '{');
                put_figure(&out, campaign->cells[c].name, group->group, (enum outcome_figure)f,
                           &group->figures[f]);
            }
        }
    }
    sim_output_text(&out, "]");
    put_places(&out, summary, false);
    put_places(&out, summary, true);
    sim_output_text(&out, ",\"failures\":[");
    first = true;
    for (size_t i = 0; i < summary->failure_count; i++) {
        begin(&out, &first, '{');
        put_failure(&out, campaign, &summary->failures[i]);
    }
    sim_output_text(&out, "],\"runs\":[");
    first = true;
    for (size_t i = 0; i < campaign->run_count; i++) {
        begin(&out, &first, '{');
        put_run(&out, campaign, campaign->outcomes[i]);
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}
