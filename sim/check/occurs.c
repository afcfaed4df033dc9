/* occurs.c - the time until something happens for the first time that a model counts: an election
 * that is won, a member that joins.
 *
 * It is a figure of one run; over many seeds it is the distribution that papers give of elections
 * and the like. The warm-up counts as well: time runs from the start. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

#include <string.h>

struct params {
    uint32_t of;
    const char *metric;
    sim_time within;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, of, NULL, "the group whose model counts it"),
    SIM_TEXT(struct params, metric, NULL, "the counter, as in leaderships of raft"),
    SIM_DURATION(struct params, within, NULL, "1ns", NULL,
                 "by when, from the start, it has been counted"),
    { 0 },
};

static bool counts(const struct sim_metric_kind *metric)
{
    return metric->type == SIM_COUNTER || metric->type == SIM_ANOMALIES;
}

/* The index of the counter NAME, SIM_METRICS_MAX: there is none. */
static unsigned find_counter(const struct sim_model *model, const char *name)
{
    for (unsigned i = 0; i < SIM_METRICS_MAX && model->metrics[i].name != NULL; i++) {
        if (counts(&model->metrics[i]) && strcmp(model->metrics[i].name, name) == 0)
            return i;
    }
    return SIM_METRICS_MAX;
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct sim_model *model;

    if (plan == NULL || params->of == SIM_NO_GROUP || params->metric == NULL)
        return NULL;
    model = plan->groups[params->of].model;
    if (find_counter(model, params->metric) < SIM_METRICS_MAX)
        return NULL;
    snprintf(text, SIM_CHECK_TEXT, "%.40s counts no '%.40s'; it counts", model->name,
             params->metric);
    for (unsigned i = 0; i < SIM_METRICS_MAX && model->metrics[i].name != NULL; i++) {
        if (counts(&model->metrics[i]))
            sim_verdict_name(text, model->metrics[i].name);
    }
    return "metric";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    unsigned metric = find_counter(evidence->plan->groups[params->of].model, params->metric);
    sim_time first = sim_recorder_first(evidence->recorder, params->of, metric);
    char figure[SIM_FIGURE_TEXT], within[SIM_TIME_TEXT], stop[SIM_VERDICT_STOP];

    sim_time_text(within, params->within);
    if (first != SIM_TIME_NEVER) {
        sim_verdict_say(verdict, first <= params->within ? SIM_HOLDS : SIM_BROKEN,
                        "%.64s were first counted at %s (within %s)", params->metric,
                        sim_figure_time_beside(figure, first, params->within), within);
        sim_verdict_measured(verdict, "", first, 0, params->within);
    } else if (evidence->ended < params->within && sim_verdict_stop(evidence, stop) != NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s; no %.64s were counted until then", stop,
                        params->metric);
    } else {
        sim_verdict_say(verdict, SIM_BROKEN, "no %.64s were counted in %s (within %s)",
                        params->metric, sim_figure_time(figure, evidence->ended), within);
        sim_verdict_measured(verdict, "", SIM_MEASURED_NEVER, 0, params->within);
    }
}

const struct sim_checker sim_occurs_checker = {
    .about = {
        .name = "occurs",
        .summary = "what a model counts was counted for the first time by then",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_duration,
    },
    .judge = judge,
};
