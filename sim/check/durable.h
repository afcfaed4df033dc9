/* durable.h - how many acknowledged writes a store has lost, for those who compare stores.
 *
 * The same count as that of the checker `durable` (docs/checkers.md), as figures. */
#ifndef SIM_CHECK_DURABLE_H
#define SIM_CHECK_DURABLE_H

#include "sim/check/checker.h"

struct sim_durable {
    uint64_t acknowledged, lost;
    bool is_complete; /* else LOST is a lower bound: only the last values are known */
};

/* Asks the nodes of the group STORE, or of those behind it (behind.h), what they hold. False: that
 * cannot be told, since the model does not say, no node was up, or those that are down may have
 * what the others lack. */
bool sim_durable_count(const struct sim_evidence *evidence, uint32_t store,
                       struct sim_durable *count);

#endif
