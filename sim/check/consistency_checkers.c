/* consistency_checkers.c - the expectations of session guarantees, causal and sequential
 * consistency. */
#include "sim/check/checkers.h"
#include "sim/check/consistency.h"
#include "sim/check/history_checker.h"
#include "sim/check/verdict.h"

struct params {
    uint32_t clients;
    int64_t initial;
};

struct causal_params {
    struct params common; /* first */
    int64_t level;
};

enum level { LEVEL_WEAK, LEVEL_CONVERGENT, LEVEL_MEMORY };

static const char *const level_choices[] = {
    [LEVEL_WEAK] = "weak",
    [LEVEL_CONVERGENT] = "convergent",
    [LEVEL_MEMORY] = "memory",
    NULL,
};

#define CLIENTS_HELP                                                                               \
    "a group of clients: what all clients of its store did is judged together; without it, that "  \
    "of all stores, each by itself"
#define INITIAL_HELP "what a key holds before anything is written"

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL, CLIENTS_HELP),
    SIM_CHOICE(struct params, initial, "nothing", sim_initial_choices, INITIAL_HELP),
    { 0 },
};

static const struct sim_field causal_fields[] = {
    { "clients", SIM_FIELD_GROUP, offsetof(struct causal_params, common.clients), false,
      SIM_OPTIONAL, NULL, NULL, CLIENTS_HELP, NULL, NULL },
    { "initial", SIM_FIELD_CHOICE, offsetof(struct causal_params, common.initial), false, "nothing",
      NULL, NULL, INITIAL_HELP, sim_initial_choices, NULL },
    SIM_CHOICE(struct causal_params, level, "memory", level_choices,
               "`weak`: each read sees what led to it; `convergent`: and all agree on one order of "
               "writes; `memory`: and each client's reads agree with each other"),
    { 0 },
};

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text);
}

static void judge_view(enum sim_consistency what, const struct sim_history_view *view,
                       struct sim_linear_result *result)
{
    struct sim_consistency_options options = { .linear = view->linear, .sessions = view->sessions };

    sim_consistency_judge(what, view->operations, view->count, &options, result);
}

static void judge_run(const struct sim_evidence *evidence, const struct params *params,
                      const void *its, sim_history_judge *judge, const char *holds,
                      struct sim_verdict *verdict)
{
    struct sim_history_judging judging = {
        .clients = params->clients,
        .initial = sim_initial_value(params->initial),
        .holds = holds,
        .judge = judge,
        .params = its,
    };

    sim_history_judging_run(evidence, &judging, verdict);
}

#define CHECKER(id, what, words, about_source, about_summary)                                      \
    static void id##_history(const struct sim_history_view *view, const void *params,              \
                             struct sim_linear_result *result)                                     \
    {                                                                                              \
        (void)params;                                                                              \
        judge_view(what, view, result);                                                            \
    }                                                                                              \
    static void id##_judge(const struct sim_evidence *evidence, const void *params,                \
                           struct sim_verdict *verdict)                                            \
    {                                                                                              \
        judge_run(evidence, params, params, id##_history, words, verdict);                         \
    }                                                                                              \
    const struct sim_checker sim_##id##_checker = {                                                \
        .about = {                                                                                 \
            .name = #id,                                                                           \
            .summary = about_summary,                                                              \
            .source = about_source,                                                                \
            .fields = params_fields,                                                               \
            .size = sizeof(struct params),                                                         \
            .check = check,                                                                        \
        },                                                                                         \
        .judge = id##_judge,                                                                       \
        .judge_history = id##_history,                                                             \
    }

#define TERRY "Terry et al., Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994"

CHECKER(read_your_writes, SIM_READ_YOUR_WRITES, "every client read its own writes in", TERRY,
        "a client that wrote a key reads that version or a newer one");
CHECKER(monotonic_reads, SIM_MONOTONIC_READS, "no client read backwards in", TERRY,
        "a client never reads an older version of a key than it has seen");
CHECKER(monotonic_writes, SIM_MONOTONIC_WRITES, "each client's writes were seen in their order in",
        TERRY, "who sees a write sees what its client had written before");
CHECKER(writes_follow_reads, SIM_WRITES_FOLLOW_READS,
        "writes were seen with what had been read before them in", TERRY,
        "who sees a write sees what its client had read before");
CHECKER(sequential, SIM_SEQUENTIAL, "an order that keeps to each client's explains",
        "Lamport, How to Make a Multiprocessor Computer That Correctly Executes Multiprocess "
        "Programs, IEEE Transactions on Computers 1979",
        "one order of all operations, each client's in its own order, explains every answer");

static void causal_history(const struct sim_history_view *view, const void *untyped,
                           struct sim_linear_result *result)
{
    static const enum sim_consistency levels[] = {
        [LEVEL_WEAK] = SIM_CAUSAL_WEAK,
        [LEVEL_CONVERGENT] = SIM_CAUSAL_CONVERGENT,
        [LEVEL_MEMORY] = SIM_CAUSAL_MEMORY,
    };
    const struct causal_params *params = untyped;

    judge_view(levels[params->level], view, result);
}

static void causal_judge(const struct sim_evidence *evidence, const void *untyped,
                         struct sim_verdict *verdict)
{
    const struct causal_params *params = untyped;

    judge_run(evidence, &params->common, params, causal_history,
              "what led to what agrees with what was read in", verdict);
}

const struct sim_checker sim_causal_checker = {
    .about = {
        .name = "causal",
        .summary = "who reads sees everything that led to what is read",
        .source = "Ahamad et al., Causal memory, Distributed Computing 1995; Bouajjani et al., On "
                  "Verifying Causal Consistency, POPL 2017",
        .fields = causal_fields,
        .size = sizeof(struct causal_params),
        .check = check,
    },
    .judge = causal_judge,
    .judge_history = causal_history,
};
