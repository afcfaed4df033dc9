/* checkers.h - the tables of all checkers, for the list in checker.c. */
#ifndef SIM_CHECK_CHECKERS_H
#define SIM_CHECK_CHECKERS_H

#include "sim/check/checker.h"

extern const struct sim_checker sim_availability_checker;
extern const struct sim_checker sim_invariants_checker;
extern const struct sim_checker sim_latency_checker;
extern const struct sim_checker sim_recovers_checker;
extern const struct sim_checker sim_throughput_checker;
extern const struct sim_checker sim_violation_checker;

#endif
