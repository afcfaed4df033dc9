/* violation.c - something has to break: for scenarios that show a planted bug.
 *
 * What is named is an invariant of a model, or a checker that only needs to be told whose
 * operations to judge (linearizable): that one judges with the defaults of its parameters, and its
 * verdict is turned round. What it cannot decide stays undecided. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <stdio.h>
#include <string.h>

struct params {
    const char *name;
    uint32_t clients;
};

static const struct sim_field params_fields[] = {
    SIM_TEXT(struct params, name, NULL,
             "the invariant (election-safety) or checker (linearizable) that has to be violated"),
    SIM_GROUP(struct params, clients, SIM_OPTIONAL, "of a checker: whose operations it judges"),
    { 0 },
};

/* -- a checker --------------------------------------------------------------------------------- */

/* Another one than this. */
static const struct sim_checker *find_checker(const char *name)
{
    const struct sim_checker *const *checkers = sim_checkers();

    for (; *checkers != NULL; checkers++)
        if (*checkers != &sim_violation_checker && strcmp((*checkers)->about.name, name) == 0)
            return *checkers;
    return NULL;
}

/* CHECKER's parameters, for sim_free: the clients, and defaults. NULL: TEXT says what it needs. */
static void *its_params(const struct sim_checker *checker, const struct params *params,
                        const struct sim_plan *plan, char text[SIM_CHECK_TEXT])
{
    char reason[SIM_CHECK_TEXT];
    void *its = sim_checker_defaults(checker, params->clients, reason);
    bool right = its != NULL;

    if (right && checker->about.check != NULL)
        right = checker->about.check(its, plan, reason) == NULL;
    if (right)
        return its;
    snprintf(text, SIM_CHECK_TEXT, "%.40s cannot be judged here: %.90s", checker->about.name,
             reason);
    sim_free(its);
    return NULL;
}

/* Has an earlier group the model of GROUP? */
static bool is_told(const struct sim_plan *plan, uint32_t group)
{
    uint32_t i = 0;

    while (plan->groups[i].model != plan->groups[group].model)
        i++;
    return i < group;
}

/* NULL if a model of PLAN declares the invariant NAME; else TEXT says which there are. */
static const char *check_invariant(const char *name, const struct sim_plan *plan,
                                   char text[SIM_CHECK_TEXT])
{
    snprintf(text, SIM_CHECK_TEXT, "no invariant or checker is called so; invariants here:");
    for (uint32_t i = 0; plan != NULL && i < plan->group_count; i++) {
        const char *const *names = plan->groups[i].model->invariant.names;

        for (size_t k = 0; k < SIM_INVARIANTS_MAX && names[k] != NULL; k++) {
            if (strcmp(names[k], name) == 0)
                return NULL;
            if (!is_told(plan, i))
                sim_verdict_name(text, names[k]);
        }
    }
    return plan == NULL ? NULL : "name";
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct sim_checker *checker = find_checker(params->name);
    void *its;

    if (checker == NULL && params->clients == SIM_NO_GROUP)
        return check_invariant(params->name, plan, text);
    if (checker == NULL) {
        snprintf(text, SIM_CHECK_TEXT, "is for checkers, and '%.60s' is none", params->name);
        return "clients";
    }
    its = its_params(checker, params, plan, text);
    if (its == NULL)
        return "name";
    sim_free(its);
    return NULL;
}

static void judge_checker(const struct sim_evidence *evidence, const struct params *params,
                          const struct sim_checker *checker, struct sim_verdict *verdict)
{
    char text[SIM_CHECK_TEXT];
    void *its = its_params(checker, params, evidence->plan, text);

    if (its == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s", text);
        return;
    }
    checker->judge(evidence, its, verdict);
    sim_verdict_turn(verdict, params->name);
    sim_free(its);
}

/* -- an invariant ------------------------------------------------------------------------------ */

static void judge_invariant(const struct sim_evidence *evidence, const struct params *params,
                            struct sim_verdict *verdict)
{
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

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    const struct sim_checker *checker = find_checker(params->name);

    if (checker != NULL)
        judge_checker(evidence, params, checker, verdict);
    else
        judge_invariant(evidence, params, verdict);
}

const struct sim_checker sim_violation_checker = {
    .about = {
        .name = "violation",
        .summary = "the named invariant was broken, or the named checker violated: to show a bug",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};
