/* consistency.h - weaker than linearizable: session guarantees, causal and sequential consistency.
 *
 * What each of them means, to the letter, is in docs/checkers.md. They are judged where a history
 * tells which write each read saw: on keys that are only read, written and deleted, each time with
 * another value. The rest of the keys is left out, which can only excuse, and makes a history that
 * holds otherwise undecided, unless it is linearizable: that implies them all, and is asked first.
 *
 * "Comes before" is kept as bits for each pair of operations: memory grows with the square, to a
 * gibibyte by default, which is about 90 000 operations. A linearizable history needs none of it.
 *
 * Units: steps count words of bits and moves of a search. Ownership and errors: as in
 * linearizable.h, whose result this is. Determinism: no clock; budgets are counted. */
#ifndef SIM_CHECK_CONSISTENCY_H
#define SIM_CHECK_CONSISTENCY_H

#include "sim/check/linearizable.h"

enum sim_consistency {
    SIM_READ_YOUR_WRITES,
    SIM_MONOTONIC_READS,
    SIM_MONOTONIC_WRITES,
    SIM_WRITES_FOLLOW_READS,
    SIM_CAUSAL_WEAK,
    SIM_CAUSAL_CONVERGENT,
    SIM_CAUSAL_MEMORY,
    SIM_SEQUENTIAL,
    SIM_CONSISTENCIES,
};

struct sim_consistency_options {
    struct sim_linear_options linear; /* initial value, budgets, names */
    const uint32_t *sessions;         /* of each operation; NULL: its process */
    bool direct; /* do not ask first whether all is linearizable: to test the judges themselves */
};

/* OPERATIONS in order of invocation. Finish RESULT with sim_linear_result_finish. */
void sim_consistency_judge(enum sim_consistency what, const struct sim_linear_operation *operations,
                           size_t count, const struct sim_consistency_options *options,
                           struct sim_linear_result *result);

#endif
