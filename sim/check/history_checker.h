/* history_checker.h - what judges that need a history alone share, in scenarios and for files.
 *
 * Each has one function from a view of operations to a result. A scenario gives it what all clients
 * of a store did, store by store; a file gives it what stands there. So both mean the same.
 *
 * Ownership: a view is the caller's; a result is finished by sim_linear_result_finish. Private to
 * sim/check and to the command that judges files. */
#ifndef SIM_CHECK_HISTORY_CHECKER_H
#define SIM_CHECK_HISTORY_CHECKER_H

#include "sim/check/checker.h"
#include "sim/check/linearizable.h"

struct sim_history_view {
    const struct sim_linear_operation *operations; /* in order of invocation */
    size_t count, completed;
    const uint32_t *sessions;            /* of each: its client; NULL: its process */
    struct sim_linear_options linear;    /* initial value, budgets, names */
    const struct sim_recorder *recorder; /* of a run, for its windows; else NULL */
};

/* PARAMS is that of its checker. Of YES, the text may hold figures. */
typedef void sim_history_judge(const struct sim_history_view *view, const void *params,
                               struct sim_linear_result *result);

struct sim_history_judging {
    uint32_t clients; /* SIM_NO_GROUP: all stores, each by itself */
    int64_t initial;
    bool failed_cas_differs;
    const char *during; /* a label that the judge asks the recorder for, or NULL */
    const char *holds;  /* "an order explains" all N operations */
    sim_history_judge *judge;
    const void *params;
};

/* Judges the history of EVIDENCE. */
void sim_history_judging_run(const struct sim_evidence *evidence,
                             const struct sim_history_judging *judging,
                             struct sim_verdict *verdict);

enum { SIM_INITIAL_NOTHING, SIM_INITIAL_ZERO };
extern const char *const sim_initial_choices[];
static inline int64_t sim_initial_value(int64_t choice)
{
    return choice == SIM_INITIAL_ZERO ? 0 : SIM_NIL;
}

#endif
