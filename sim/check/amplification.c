/* amplification.c - how many attempts each request of the clients became at some group. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"

#include <inttypes.h>
#include <stdio.h>

struct params {
    uint32_t clients, of;
    double at_least, at_most; /* 0: no bound */
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group whose calls count as requests"),
    SIM_GROUP(struct params, of, NULL, "the group that the attempts were sent to, by anybody"),
    SIM_NUMBER(struct params, at_least, SIM_OPTIONAL, "0", "1000000000000",
               "so many attempts of each request are expected"),
    SIM_NUMBER(struct params, at_most, SIM_OPTIONAL, "0", "1000000000000",
               "and no more than these"),
    { 0 },
};

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    if (params->at_least == 0 && params->at_most == 0) {
        snprintf(text, SIM_CHECK_TEXT, "no bound is given: expected at_least, at_most or both");
        return "";
    }
    if (params->at_most != 0 && params->at_most < params->at_least) {
        snprintf(text, SIM_CHECK_TEXT, "less than 'at_least'");
        return "at_most";
    }
    if (plan != NULL && plan->groups[params->clients].target == SIM_NO_GROUP &&
        plan->groups[params->clients].route_count == 0) {
        snprintf(text, SIM_CHECK_TEXT, "group '%s' calls nobody",
                 plan->groups[params->clients].name);
        return "clients";
    }
    return NULL;
}

/* Whom ROUTE of GROUP calls: first those of its call sites, then those that it lists. */
static uint32_t target_of(const struct sim_evidence *evidence, uint32_t group, uint32_t route)
{
    const struct sim_group_plan *plan = &evidence->plan->groups[group];
    const uint32_t sites = sim_world_routes(evidence->world, group) - plan->route_count;

    return route < sites ? plan->target : plan->routes[route - sites].target;
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    uint64_t requests = 0, attempts = 0;
    struct sim_route_stats stats;
    bool low, high;

    if (sim_verdict_lacks(verdict, evidence, NULL))
        return;
    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    for (uint32_t g = 0; g < evidence->plan->group_count; g++)
        for (uint32_t r = 0; r < sim_world_routes(evidence->world, g); r++) {
            sim_world_route(evidence->world, g, r, &stats);
            requests += g == params->clients ? stats.calls : 0;
            attempts += target_of(evidence, g, r) == params->of ? stats.attempts : 0;
        }
    if (requests == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no request was made");
        return;
    }
    low = params->at_least != 0 && (double)attempts < params->at_least * (double)requests;
    high = params->at_most != 0 && (double)attempts > params->at_most * (double)requests;
    sim_verdict_say(verdict, low || high ? SIM_BROKEN : SIM_HOLDS,
                    "%.3f attempts of each request (", (double)attempts / (double)requests);
    if (params->at_least != 0)
        sim_verdict_add(verdict, "at least %g", params->at_least);
    if (params->at_most != 0)
        sim_verdict_add(verdict, "%sat most %g", params->at_least != 0 ? ", " : "",
                        params->at_most);
    sim_verdict_add(verdict, "): %" PRIu64 " of %" PRIu64, attempts, requests);
    sim_verdict_hedge(verdict, evidence, NULL);
}

const struct sim_checker sim_amplification_checker = {
    .about = {
        .name = "amplification",
        .summary = "how many attempts at a group each request of the clients became",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};
