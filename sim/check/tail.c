/* tail.c - the share of the clients' ok answers that took longer than a given time.
 *
 * A percentile says how long so many took; this says how many took so long: what a law of
 * retransmissions or of fan-out gives, and what can be bounded from both sides. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

struct params {
    uint32_t clients;
    sim_time beyond;
    double at_least, at_most;
    const char *during;
    int64_t op;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients whose operations count"),
    SIM_DURATION(struct params, beyond, NULL, "0", NULL, "answers that took longer are counted"),
    SIM_SHARE(struct params, at_least, "0%", "at least this share of the ok answers"),
    SIM_SHARE(struct params, at_most, "100%", "and no more than this"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only operations invoked while the fault with this label is active; cut[2] is its "
              "second time"),
    SIM_CHOICE(struct params, op, "any", sim_verdict_operations, "only operations of this kind"),
    { 0 },
};

static const char *check(const void *untyped, const struct sim_plan *plan, char text[160])
{
    const struct params *params = untyped;

    if (params->at_least > params->at_most) {
        snprintf(text, 160, "more than 'at_most'");
        return "at_least";
    }
    if (params->at_least > 0 || params->at_most < 1)
        return sim_verdict_nobody(plan, params->clients, params->op, text);
    snprintf(text, 160, "no bound is given: expected at_least, at_most or both");
    return "";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    char share[SIM_FIGURE_TEXT], total[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT];
    char most[SIM_FIGURE_TEXT], beyond[SIM_TIME_TEXT];
    size_t count, longer = 0;
    sim_time *times;

    if (sim_verdict_lacks(verdict, evidence, params->during))
        return;
    times = sim_recorder_latencies(evidence->recorder, params->clients,
                                   sim_verdict_kind(params->op), params->during, SIM_OK, &count);
    while (longer < count && times[count - 1 - longer] > params->beyond)
        longer++;
    sim_free(times);
    if (count == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no ok answer to judge");
        return;
    }
    sim_verdict_say(
        verdict,
        sim_verdict_share(longer, count, params->at_least, params->at_most) ? SIM_HOLDS
                                                                            : SIM_BROKEN,
        "%s of %s ok answers took longer than %s (at least %s, at most %s)",
        sim_figure_share(share, longer, count), sim_figure_count(total, count),
        sim_time_text(beyond, params->beyond), sim_figure_share_bound(least, params->at_least),
        sim_figure_share_bound(most, params->at_most));
    sim_verdict_measured_share(verdict, longer, count, params->at_least, params->at_most);
    sim_verdict_hedge(verdict, evidence, params->during);
}

const struct sim_checker sim_tail_checker = {
    .about = {
        .name = "tail",
        .summary = "the share of the clients' ok answers that took longer than a given time",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_share_figure,
    },
    .judge = judge,
};
