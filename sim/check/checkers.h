/* checkers.h - the tables of all checkers, for the list in checker.c. */
#ifndef SIM_CHECK_CHECKERS_H
#define SIM_CHECK_CHECKERS_H

#include "sim/check/checker.h"

extern const struct sim_checker sim_amplification_checker;
extern const struct sim_checker sim_availability_checker;
extern const struct sim_checker sim_causal_checker;
extern const struct sim_checker sim_conserved_checker;
extern const struct sim_checker sim_converged_checker;
extern const struct sim_checker sim_durable_checker;
extern const struct sim_checker sim_exactly_once_checker;
extern const struct sim_checker sim_fencing_checker;
extern const struct sim_checker sim_goodput_recovers_checker;
extern const struct sim_checker sim_invariants_checker;
extern const struct sim_checker sim_latency_checker;
extern const struct sim_checker sim_linearizable_checker;
extern const struct sim_checker sim_monotonic_reads_checker;
extern const struct sim_checker sim_monotonic_writes_checker;
extern const struct sim_checker sim_occurs_checker;
extern const struct sim_checker sim_read_your_writes_checker;
extern const struct sim_checker sim_recovers_checker;
extern const struct sim_checker sim_saga_atomic_checker;
extern const struct sim_checker sim_sequential_checker;
extern const struct sim_checker sim_siblings_checker;
extern const struct sim_checker sim_staleness_checker;
extern const struct sim_checker sim_tail_checker;
extern const struct sim_checker sim_throughput_checker;
extern const struct sim_checker sim_unique_ids_checker;
extern const struct sim_checker sim_violation_checker;
extern const struct sim_checker sim_visibility_checker;
extern const struct sim_checker sim_writes_follow_reads_checker;

/* Of all groups: what is judged in every run, whether its scenario asks for it or not. */
void sim_invariants_judge(const struct sim_evidence *evidence, struct sim_verdict *verdict);

#endif
