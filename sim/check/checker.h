/* checker.h - judges of a finished run: one file per checker, one table each.
 *
 * A checker reads what was recorded and its own parameters, and says pass, fail or an honest
 * unknown, with one line of text that gives the measured figure beside the bound. It knows no
 * protocol and no world in motion: that which the run left is asked only to explain a verdict.
 *
 * A checker does not pass for want of evidence: no operation to judge, a fault that never fired, a
 * history that is not whole, a run that stopped before its time are undecided, and the text says
 * which. What a violation already proves stays violated.
 *
 * Ownership: evidence is the caller's. Determinism: no clock; budgets are counted steps. */
#ifndef SIM_CHECK_CHECKER_H
#define SIM_CHECK_CHECKER_H

#include "sim/core/field.h"
#include "sim/observe/recorder.h"
#include "sim/world/plan.h"
#include "sim/world/world.h"

enum sim_verdict_status { SIM_HOLDS, SIM_BROKEN, SIM_UNDECIDED };

enum { SIM_VERDICT_TEXT = 512, SIM_VERDICT_CULPRITS = 8, SIM_VERDICT_MEASURED = 6 };

/* A figure and its bounds, both of which it may reach: in ns, in billionths of the whole, or in
 * millionths per second. So that it can be told over many runs. */
struct sim_measured {
    const char *name; /* "p99", static; "" where the checker measures one thing only */
    int64_t value;    /* SIM_MEASURED_NEVER: longer than any that is told */
    int64_t least, most;
};

#define SIM_MEASURED_NEVER INT64_MAX

struct sim_verdict {
    enum sim_verdict_status status;
    char text[SIM_VERDICT_TEXT]; /* "92.1 % ok of 4 010 operations (at least 70 %)" */
    /* The operations that contradict each other, where a checker can name them: their `invoked_at`
     * in the history. */
    uint64_t culprits[SIM_VERDICT_CULPRITS];
    uint32_t culprit_count;
    struct sim_measured measured[SIM_VERDICT_MEASURED];
    uint32_t measured_count;
};

struct sim_history_view;
struct sim_linear_result;

struct sim_evidence {
    const struct sim_plan *plan;
    const struct sim_recorder *recorder; /* ended; history, windows, metrics, violations */
    sim_time ended;                      /* when the run ended */
    const char *limit; /* the limit that ended the run before its time (sim_world_limit), or NULL */
    const struct sim_world *world; /* as the run left it; NULL: nothing is told of its nodes */
};

/* In a scenario an expectation is written {name: {parameters}}, or just name if none is required.
 */
struct sim_checker {
    struct sim_described about; /* first: its address is the checker's */
    void (*judge)(const struct sim_evidence *evidence, const void *params,
                  struct sim_verdict *verdict);
    /* Of one that needs nothing but a history: the same for operations from elsewhere; else NULL.
     * RESULT is zeroed, and holds if nothing is put there. */
    void (*judge_history)(const struct sim_history_view *view, const void *params,
                          struct sim_linear_result *result);
};

/* Judges what a scenario expects of CHECKER with PARAMS. IS_VIOLATED: it expects the contrary (`is:
 * violated`), so what is violated holds; what cannot be decided stays undecided. */
void sim_checker_judge(const struct sim_checker *checker, const struct sim_evidence *evidence,
                       const void *params, bool is_violated, struct sim_verdict *verdict);

/* The parameters of a checker without a scenario, for sim_free: defaults, CLIENTS for every group.
 * NULL: TEXT says what only a scenario can give. */
void *sim_checker_defaults(const struct sim_checker *checker, uint32_t clients,
                           char text[SIM_CHECK_TEXT]);
/* Sets parameter NAME to VALUE, as a user writes it. False: TEXT says what is wrong. */
bool sim_checker_set(const struct sim_checker *checker, void *params, const char *name,
                     const char *value, char text[SIM_CHECK_TEXT]);

/* All checkers, NULL-terminated. */
const struct sim_checker *const *sim_checkers(void);

/* "holds", "violated", "undecided". */
extern const char *const sim_verdict_status_names[];

#endif
