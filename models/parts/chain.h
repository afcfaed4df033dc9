/* chain.h - the order of a chain of replicas, and how its master speaks with them.
 *
 * The order is one word, so that it fits into requests and onto disks: a place takes four bits and
 * holds the member's number + 1, the head's lowest; 0 ends it.
 *
 * Leases (Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File
 * Cache Consistency", SOSP 1989) keep who was left out from answering: a member's answer carries a
 * reading of its own clock, and the next look gives it the lease from that moment on. The master
 * heard the answer later than that, so if it waits longer than the lease from then on, the member's
 * is over, however long messages take.
 *
 * Units: ns. Ownership: values. Determinism: nothing here decides anything. */
#ifndef MODELS_PARTS_CHAIN_H
#define MODELS_PARTS_CHAIN_H

#include "sim/world/model.h"

enum { CHAIN_MEMBERS_MAX = 15, CHAIN_NOBODY = -1, CHAIN_LOOK = 0 };

/* The configuration: its epoch, the order, and who is being brought up behind the tail. The lease
 * runs from `echo`, a reading of the member's clock that it told before; SIM_NIL: no lease yet. */
SIM_RECORD(chain_look, epoch, order, joiner, echo, lease);

/* clock: a reading of the own clock. complete: holds all that was ever answered, as far as it
 * knows. joined: a tail's word for it that whom it brings up has caught up. */
SIM_RECORD(chain_status, epoch, clock, last, complete, joined);

extern const struct sim_interface chain_interface;

uint32_t chain_length(int64_t order);
/* CHAIN_NOBODY: the chain ends before PLACE. */
int64_t chain_at(int64_t order, int64_t place);
/* CHAIN_NOBODY: it is not in the chain. */
int64_t chain_place(int64_t order, uint32_t member);
int64_t chain_tail(int64_t order);
int64_t chain_without(int64_t order, uint32_t member);
int64_t chain_with(int64_t order, uint32_t member); /* behind the tail */

#endif
