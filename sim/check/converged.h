/* converged.h - whether the copies of a store are alike, at any time of a run.
 *
 * While clients go on writing, copies are never all alike: what was written a moment ago is on its
 * way. So only keys are looked at that are *quiet*: no client waits for a change of them, and the
 * last one was answered or given up so long ago. Of these all living nodes have to hold the same.
 *
 * Determinism: asks nodes what they hold and changes nothing. */
#ifndef SIM_CHECK_CONVERGED_H
#define SIM_CHECK_CONVERGED_H

#include "sim/check/checker.h"

struct sim_converged {
    uint64_t same, differ; /* quiet keys */
    uint64_t busy;         /* keys that were changed too late to tell */
    uint32_t asked, down;  /* nodes */
};

/* Of STORE, whose model tells what it holds, at the time at which EVIDENCE ended. */
void sim_converged_look(struct sim_converged *count, const struct sim_evidence *evidence,
                        uint32_t store, sim_time quiet_for);

#endif
