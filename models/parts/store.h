/* store.h - what every store offers its clients, whatever stands behind it.
 *
 * A replicated log, a primary with followers, a quorum, a single node: all serve this one
 * interface, so that one client loads them all, one history records them and the same checkers
 * judge them. Keys and values are 64-bit integers; a key that nobody wrote holds SIM_NIL. A key
 * that was appended to holds a list, and a read returns its elements as the words of the reply's
 * blob.
 *
 * The one decision to question: a reply never says "failed". A client must know whether its
 * operation may still take effect, so STORE_REDIRECT and STORE_UNAVAILABLE promise that the request
 * they answer has not and never will; a store that cannot promise this stays silent, and the
 * client's timeout makes the outcome unknown.
 *
 * Sessions (Ongaro's dissertation, section 6.3): what changes a key carries the number of a session
 * and a sequence number that grows within it. A session has one request at a time; one that is sent
 * again keeps its number, so that a store which remembers the last answer of each session
 * (sessions.h) executes none twice. Sequence number 0: no session; the request is executed as often
 * as it arrives. A store that knows no sessions ignores them. Reads have none: a second one does no
 * harm.
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
    STORE_UNAVAILABLE, /* not done, and no member is known that could; hint: the member itself, if
                          it is as good as any other, as in a store without a leader */
    STORE_STALE, /* done: a read, from a copy that may lag behind what others were told before */
};

enum { STORE_NO_HINT = -1 };

SIM_RECORD(store_read, key);
SIM_RECORD(store_write, key, value, session, sequence);
SIM_RECORD(store_cas, key, from, to, session, sequence);
SIM_RECORD(store_add, key, amount, session, sequence);
SIM_RECORD(store_append, key, element, session, sequence);
SIM_RECORD(store_delete, key, session, sequence);

/* value: what was read, the sum after an add, what the key holds after a mismatch; else SIM_NIL */
SIM_RECORD(store_reply, status, value, hint);

extern const struct sim_interface store_interface;

/* Which request of which session; {0, 0}: none. */
struct store_session {
    int64_t session, sequence;
};

/* A request of the interface as an operation and a session, and back: the words in the order of the
 * request's record. */
struct sim_operation store_operation_of(const struct sim_request *request);
struct store_session store_session_of(const struct sim_request *request);
struct store_request {
    int64_t words[5];
};
struct store_request store_request_of(const struct sim_operation *operation,
                                      struct store_session session);

#endif
