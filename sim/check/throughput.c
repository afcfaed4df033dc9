/* throughput.c - how many ok answers the clients got in a second. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

struct params {
    uint32_t clients;
    struct sim_rate at_least, at_most; /* per 0: no bound */
    const char *during;
    int64_t op;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients whose operations count"),
    SIM_RATE(struct params, at_least, SIM_OPTIONAL, NULL, NULL,
             "so many ok answers are expected, for the whole group"),
    SIM_RATE(struct params, at_most, SIM_OPTIONAL, NULL, NULL, "and no more than these"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only answers that came while the fault with this label is active; cut[2] is its "
              "second time"),
    SIM_CHOICE(struct params, op, "any", sim_verdict_operations, "only operations of this kind"),
    { 0 },
};

static const char no_bound[] = "no bound is given: expected at_least, at_most or both";

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct sim_rate *least = &params->at_least, *most = &params->at_most;
    const char *blamed = NULL;

    if (least->per == 0 && most->per == 0) {
        snprintf(text, SIM_CHECK_TEXT, "%s", no_bound);
        blamed = "";
    } else if (least->per != 0 && most->per != 0 &&
               (sim_wide)(uint64_t)least->count * (uint64_t)most->per >
                   (sim_wide)(uint64_t)most->count * (uint64_t)least->per) {
        snprintf(text, SIM_CHECK_TEXT, "less than 'at_least'");
        blamed = "at_most";
    } else {
        blamed = sim_verdict_nobody(plan, params->clients, params->op, text);
    }
    return blamed;
}

/* The sign of COUNT / SPAN - RATE. */
static int compare(uint64_t count, sim_time span, const struct sim_rate *rate)
{
    sim_wide measured = (sim_wide)count * (uint64_t)rate->per;
    sim_wide bound = (sim_wide)(uint64_t)rate->count * (uint64_t)span;

    return (measured > bound) - (measured < bound);
}

static int64_t millionths(uint64_t count, sim_time span)
{
    sim_wide rate = (sim_wide)count * 1000000 * (uint64_t)SIM_SECOND / (uint64_t)span;

    return rate < INT64_MAX ? (int64_t)rate : INT64_MAX - 1;
}

static void judge_rate(const struct params *params, uint64_t count, sim_time span,
                       struct sim_verdict *verdict)
{
    bool low = params->at_least.per != 0 && compare(count, span, &params->at_least) < 0;
    bool high = params->at_most.per != 0 && compare(count, span, &params->at_most) > 0;
    char rate[SIM_FIGURE_TEXT], total[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT];
    char most[SIM_FIGURE_TEXT], time[SIM_FIGURE_TEXT];

    sim_verdict_say(verdict, low || high ? SIM_BROKEN : SIM_HOLDS, "%s ok (",
                    sim_figure_rate(rate, count, span, high));
    sim_verdict_measured(verdict, "", millionths(count, span),
                         params->at_least.per != 0
                             ? millionths((uint64_t)params->at_least.count, params->at_least.per)
                             : 0,
                         params->at_most.per != 0
                             ? millionths((uint64_t)params->at_most.count, params->at_most.per)
                             : INT64_MAX);
    if (params->at_least.per != 0)
        sim_verdict_add(verdict, "at least %s", sim_figure_rate_bound(least, &params->at_least));
    if (params->at_most.per != 0)
        sim_verdict_add(verdict, "%sat most %s", params->at_least.per != 0 ? ", " : "",
                        sim_figure_rate_bound(most, &params->at_most));
    sim_verdict_add(verdict, "): %s answers in %s", sim_figure_count(total, count),
                    sim_figure_time(time, span));
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    int kind = sim_verdict_kind(params->op);
    sim_time span;
    struct sim_operation_figures figures;
    uint64_t asked = 0, answers;

    if (sim_verdict_lacks(verdict, evidence, params->during))
        return;
    if (params->at_least.per == 0 && params->at_most.per == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s", no_bound);
        return;
    }
    span = sim_recorder_measured(evidence->recorder, params->during);
    answers = sim_recorder_answers(evidence->recorder, params->clients, kind, params->during);
    sim_recorder_figures(evidence->recorder, params->clients, kind, params->during, &figures);
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        asked += figures.status[i];
    sim_operation_figures_finish(&figures);
    if (span == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "no time was measured: all of it is warm-up");
    else if (asked == 0 && answers == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "no operation to judge");
    else
        judge_rate(params, answers, span, verdict);
    sim_verdict_hedge(verdict, evidence, params->during);
}

const struct sim_checker sim_throughput_checker = {
    .about = {
        .name = "throughput",
        .summary = "the clients got at least (or at most) so many ok answers; one bound or both",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_rate,
    },
    .judge = judge,
};
