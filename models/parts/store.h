/* store.h - what every store offers its clients, whatever stands behind it.
 *
 * A replicated log, a primary with followers, a quorum, a single node: all serve this one
 * interface, so that one client loads them all, one history records them and the same checkers
 * judge them. Keys and values are 64-bit integers; a key that nobody wrote holds SIM_NIL. A key
 * that was appended to holds a list, and a read returns its elements as the words of the reply's
 * blob.
 *
 * The one decision to question: a reply never says "failed". A client must know whether its
 * operation may still take effect, so every status but STORE_OK and STORE_MISMATCH promises that it
 * has not and never will; a store that cannot promise this stays silent, and the client's timeout
 * makes the outcome unknown.
 *
 * Units: none. Ownership: values. Determinism: nothing here decides anything. */
#ifndef MODELS_PARTS_STORE_H
#define MODELS_PARTS_STORE_H

#include "sim/world/model.h"

/* In the order of enum sim_operation_kind, so that a kind is an operation of the interface. */
enum store_operation {
    STORE_READ = SIM_READ,
    STORE_WRITE = SIM_WRITE,
    STORE_CAS = SIM_CAS,
    STORE_ADD = SIM_ADD,
    STORE_APPEND = SIM_APPEND,
    STORE_DELETE = SIM_DELETE,
    STORE_OPERATIONS,
};

enum store_status {
    STORE_OK,       /* done */
    STORE_MISMATCH, /* decided, without effect: the key did not hold what the operation requires;
                       value: what it holds */
    STORE_REDIRECT, /* not done: another member has to be asked; hint: which, STORE_NO_HINT if not
                       known */
    STORE_UNAVAILABLE, /* not done, and no member is known that could */
};

enum { STORE_NO_HINT = -1 };

SIM_RECORD(store_read, key);
SIM_RECORD(store_write, key, value);
SIM_RECORD(store_cas, key, from, to);
SIM_RECORD(store_add, key, amount);
SIM_RECORD(store_append, key, element);
SIM_RECORD(store_delete, key);

/* value: what was read, the sum after an add, what the key holds after a mismatch; else SIM_NIL */
SIM_RECORD(store_reply, status, value, hint);

extern const struct sim_interface store_interface;

/* A request of the interface as an operation, and back: the words in the order of the request's
 * record. */
struct sim_operation store_operation_of(const struct sim_request *request);
struct store_request {
    int64_t words[3];
};
struct store_request store_request_of(const struct sim_operation *operation);

#endif
