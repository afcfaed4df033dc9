/* linear_checker.c - every answer that clients got is one that a single atomic store could have
 * given.
 *
 * The semantics are those of the stores' state machine: a key holds nothing, a number or a list; a
 * compare-and-set from nothing finds a key without a value; an add takes nothing for 0. An
 * operation that failed did not happen; one whose outcome is unknown may have. */
#include "sim/check/checkers.h"
#include "sim/check/history_checker.h"
#include "sim/check/verdict.h"

struct params {
    uint32_t clients;
    int64_t initial;
    int64_t failed_cas;
};

enum failed_cas { FAILED_CAS_DROP, FAILED_CAS_CONSTRAINT };

static const char *const failed_cas_choices[] = {
    [FAILED_CAS_DROP] = "drop",
    [FAILED_CAS_CONSTRAINT] = "constraint",
    NULL,
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(
        struct params, clients, SIM_OPTIONAL,
        "a group of clients: what all clients of its store did is judged together; without it, "
        "that of all stores, each by itself"),
    SIM_CHOICE(struct params, initial, "nothing", sim_initial_choices,
               "what a key holds before anything is written"),
    SIM_CHOICE(struct params, failed_cas, "drop", failed_cas_choices,
               "a compare-and-set that failed: `drop` takes it for one that did not happen, "
               "`constraint` also for a proof that the value was another one then"),
    { 0 },
};

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text);
}

static void judge_history(const struct sim_history_view *view, const void *params,
                          struct sim_linear_result *result)
{
    (void)params;
    sim_linear_judge(view->operations, view->count, &view->linear, result);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_history_judging judging = {
        .clients = params->clients,
        .initial = sim_initial_value(params->initial),
        .failed_cas_differs = params->failed_cas == FAILED_CAS_CONSTRAINT,
        .holds = "an order explains",
        .judge = judge_history,
    };

    sim_history_judging_run(evidence, &judging, verdict);
}

const struct sim_checker sim_linearizable_checker = {
    .about = {
        .name = "linearizable",
        .summary = "one order of all operations, in real time, explains every answer",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .source = "Herlihy and Wing, Linearizability, TOPLAS 1990",
    },
    .judge = judge,
    .judge_history = judge_history,
};
