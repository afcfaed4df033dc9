#include "sim/check/checker.h"
#include "sim/check/checkers.h"

#include <stddef.h>

/* In the order in which they are listed: by name. */
static const struct sim_checker *const checkers[] = {
    &sim_availability_checker, &sim_invariants_checker, &sim_latency_checker,
    &sim_linearizable_checker, &sim_recovers_checker,   &sim_tail_checker,
    &sim_throughput_checker,   &sim_violation_checker,  NULL,
};

const struct sim_checker *const *sim_checkers(void)
{
    return checkers;
}
