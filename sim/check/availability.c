/* availability.c - the share of the clients' operations that were answered. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

struct params {
    uint32_t clients;
    double at_least, at_most;
    const char *during;
    int64_t op;
    int64_t counts;
};

enum counts { COUNTS_OK, COUNTS_ANSWERED };

static const char *const counts_choices[] = {
    [COUNTS_OK] = "ok",
    [COUNTS_ANSWERED] = "answered",
    NULL,
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients whose operations count"),
    SIM_SHARE(struct params, at_least, NULL, "the share that is expected"),
    SIM_SHARE(struct params, at_most, "100%", "and no more than this"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only operations invoked while the fault with this label is active; cut[2] is its "
              "second time"),
    SIM_CHOICE(struct params, op, "any", sim_verdict_operations, "only operations of this kind"),
    SIM_CHOICE(struct params, counts, "ok", counts_choices,
               "what is available: `ok`, or `answered`, which takes a certain no (a "
               "compare-and-set that found another value, but also a refusal) for an answer"),
    { 0 },
};

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    if (params->at_least > params->at_most) {
        snprintf(text, 160, "more than 'at_most'");
        return "at_least";
    }
    return sim_verdict_nobody(plan, params->clients, params->op, text);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_operation_figures figures;
    uint64_t ok, fail, unknown, open, all, good;
    char share[SIM_FIGURE_TEXT], total[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT];
    char failed[SIM_FIGURE_TEXT], lost[SIM_FIGURE_TEXT];
    bool answered = params->counts == COUNTS_ANSWERED, holds;

    if (sim_verdict_lacks(verdict, evidence, params->during))
        return;
    sim_recorder_figures(evidence->recorder, params->clients, sim_verdict_kind(params->op),
                         params->during, &figures);
    ok = figures.status[SIM_OK];
    fail = figures.status[SIM_FAIL];
    unknown = figures.status[SIM_UNKNOWN];
    open = figures.open;
    sim_operation_figures_finish(&figures);
    all = ok + fail + unknown;
    good = answered ? ok + fail : ok;
    if (all == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no operation to judge (at least %s)",
                        sim_figure_share_bound(least, params->at_least));
        return;
    }
    holds = sim_verdict_share(good, all, params->at_least, params->at_most);
    sim_verdict_say(verdict, holds ? SIM_HOLDS : SIM_BROKEN, "%s %s of %s operations (at least %s",
                    sim_figure_share(share, good, all), counts_choices[answered],
                    sim_figure_count(total, all), sim_figure_share_bound(least, params->at_least));
    sim_verdict_measured_share(verdict, good, all, params->at_least, params->at_most);
    if (params->at_most < 1)
        sim_verdict_add(verdict, ", at most %s", sim_figure_share_bound(least, params->at_most));
    sim_verdict_add(verdict, "): %s failed, %s unknown", sim_figure_count(failed, fail),
                    sim_figure_count(lost, unknown));
    if (open > 0) /* with a run that ends later they might have been answered */
        sim_verdict_add(verdict, " (%s still open)", sim_figure_count(lost, open));
    sim_verdict_hedge(verdict, evidence, params->during);
}

const struct sim_checker sim_availability_checker = {
    .about = {
        .name = "availability",
        .summary = "at least this share of the clients' operations was answered ok",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_share_figure,
    },
    .judge = judge,
};
