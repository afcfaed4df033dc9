/* violation.c - the named invariant must break: for scenarios that show a planted bug. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

#include <string.h>

struct params {
    const char *name;
};

static const struct sim_field params_fields[] = {
    SIM_TEXT(struct params, name, NULL, "the invariant that has to be broken (election-safety)"),
    { 0 },
};

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(evidence->recorder, &violations);
    char time[SIM_TIME_TEXT], stop[SIM_VERDICT_STOP];

    for (size_t i = 0; i < count; i++) {
        if (strcmp(violations[i].invariant, params->name) == 0) {
            sim_verdict_say(verdict, SIM_HOLDS, "broken at %s (event %llu), as expected: %.300s",
                            sim_time_text(time, violations[i].time),
                            (unsigned long long)violations[i].event, violations[i].text);
            return;
        }
    }
    if (count > 0)
        sim_verdict_say(verdict, SIM_BROKEN, "%.64s was not broken, but %.64s at %s: %.200s",
                        params->name, violations[0].invariant,
                        sim_time_text(time, violations[0].time), violations[0].text);
    else if (sim_verdict_stop(evidence, stop) != NULL)
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s; %.64s was not broken until then", stop,
                        params->name);
    else
        sim_verdict_say(verdict, SIM_BROKEN, "%.64s was not broken in %s", params->name,
                        sim_time_text(time, evidence->ended));
}

const struct sim_checker sim_violation_checker = {
    .about = {
        .name = "violation",
        .summary = "the named invariant was broken: for scenarios that show a bug",
        .fields = params_fields,
        .size = sizeof(struct params),
    },
    .judge = judge,
};
