/* lock.h - what a lock service offers its clients.
 *
 * A lock is held under a lease: after `ttl` by the service's clock it is anybody's again, whatever
 * the holder believes. Each grant has a token that is greater than those before it (Burrows, "The
 * Chubby lock service for loosely-coupled distributed systems", OSDI 2006, section 2.4, sequencers;
 * Kleppmann, "How to do distributed locking", 2016, fencing tokens): whoever writes to what the
 * lock protects shows it, and who comes with an older one is turned away.
 *
 * Units: ns. Ownership: values. Determinism: nothing here decides anything. */
#ifndef MODELS_PARTS_LOCK_H
#define MODELS_PARTS_LOCK_H

#include "sim/world/model.h"

enum lock_operation { LOCK_ACQUIRE, LOCK_RELEASE };
enum lock_status {
    LOCK_DONE,
    LOCK_HELD, /* by somebody else; left: until that lease is over */
    LOCK_LOST, /* who wants to release it does not hold it any more */
};

SIM_RECORD(lock_acquire, key, holder); /* holder: who asks, the same when asking again */
SIM_RECORD(lock_release, key, token);
SIM_RECORD(lock_reply, status, token, left);

extern const struct sim_interface lock_interface;

#endif
