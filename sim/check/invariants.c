/* invariants.c - nothing that a model declares as always true was broken. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

struct params {
    uint32_t of;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, of, SIM_OPTIONAL, "only the invariants of this group's model"),
    { 0 },
};

static uint32_t count_invariants(const struct sim_plan *plan, uint32_t of)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->group_count; i++) {
        if ((of == SIM_NO_GROUP || of == i) && plan->groups[i].model->invariant.check != NULL)
            count++;
    }
    return count;
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    if (plan == NULL || count_invariants(plan, params->of) > 0)
        return NULL;
    if (params->of == SIM_NO_GROUP) {
        snprintf(text, SIM_CHECK_TEXT, "no model here has an invariant");
        return "";
    }
    snprintf(text, SIM_CHECK_TEXT, "the model of '%.40s' (%.40s) has no invariant",
             plan->groups[params->of].name, plan->groups[params->of].model->name);
    return "of";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(evidence->recorder, &violations), broken = 0;
    char time[SIM_TIME_TEXT], stop[SIM_VERDICT_STOP];

    for (size_t i = 0; i < count; i++) {
        if (params->of != SIM_NO_GROUP && violations[i].group != params->of)
            continue;
        if (broken++ == 0)
            sim_verdict_say(verdict, SIM_BROKEN, "%.64s at %s (event %llu): %.300s",
                            violations[i].invariant, sim_time_text(time, violations[i].time),
                            (unsigned long long)violations[i].event, violations[i].text);
    }
    if (broken > 1)
        sim_verdict_add(verdict, " - and %zu more", broken - 1);
    if (broken > 0)
        return;
    if (count_invariants(evidence->plan, params->of) == 0 && params->of != SIM_NO_GROUP)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "the model of %.64s (%.64s) has no invariant: nothing was checked",
                        evidence->plan->groups[params->of].name,
                        evidence->plan->groups[params->of].model->name);
    else if (count_invariants(evidence->plan, params->of) == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "no model here has an invariant: nothing was checked");
    else if (sim_verdict_stop(evidence, stop) != NULL)
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s; none was broken until then", stop);
    else
        sim_verdict_say(verdict, SIM_HOLDS, "none was broken in %s",
                        sim_time_text(time, evidence->ended));
}

void sim_invariants_judge(const struct sim_evidence *evidence, struct sim_verdict *verdict)
{
    static const struct params all = { SIM_NO_GROUP };

    judge(evidence, &all, verdict);
}

const struct sim_checker sim_invariants_checker = {
    .about = {
        .name = "invariants",
        .summary = "no invariant of any model was broken, on any event",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};
