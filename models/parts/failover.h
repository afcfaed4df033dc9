/* failover.h - what a replicated store offers whoever watches over it: who it believes to be the
 * primary, how far it has come, and to be told otherwise.
 *
 * Epochs order primaries: a later one has the higher epoch. Those of monitors (and of elections)
 * are multiples of FAILOVER_EPOCH; a primary that restarts goes on with the next number, so that
 * what it writes now cannot be taken for what it wrote before.
 *
 * Units: none. Ownership: values. Determinism: nothing here decides anything. */
#ifndef MODELS_PARTS_FAILOVER_H
#define MODELS_PARTS_FAILOVER_H

#include "sim/world/model.h"

enum failover_operation { FAILOVER_LOOK, FAILOVER_PROMOTE, FAILOVER_FOLLOW };
enum { FAILOVER_EPOCH = 1000, FAILOVER_NOBODY = -1 };

SIM_RECORD(failover_look, epoch); /* the highest that the caller knows of */
SIM_RECORD(failover_promote, epoch);
SIM_RECORD(failover_follow, epoch, primary);

/* What the node is after the request: `leads` 1 or 0; the primary that it believes in, or
 * FAILOVER_NOBODY; how far its log goes. */
SIM_RECORD(failover_status, leads, epoch, primary, last, last_epoch);

extern const struct sim_interface failover_interface;

/* The first epoch after EPOCH that a failover may use. */
int64_t failover_next_epoch(int64_t epoch);

#endif
