/* sessions.h - executes no request twice: the memory that a state machine keeps of its clients.
 *
 * Ongaro, dissertation, section 6.3: "each session tracks the latest serial number processed for
 * the client, along with the associated response. If a server receives a command whose serial
 * number has already been executed, it responds immediately without re-executing the request." The
 * memory is part of the replicated state: replicas that apply the same requests in the same order
 * remember the same.
 *
 * The one decision to question: a session begins with its first request and never expires. It needs
 * no registering, since clients number their sessions themselves, and no agreement about time; the
 * price is that the memory is never given back. It is bounded because clients use their sessions
 * again: kv-client has as many as it ever had operations under way at once, over all its restarts.
 *
 * Ownership: memory of the seat, so a crash drops it; after a restart begin with sessions_init
 * again. Determinism: an open-addressing table; nothing depends on its order. */
#ifndef MODELS_PARTS_SESSIONS_H
#define MODELS_PARTS_SESSIONS_H

#include "models/parts/kv.h"

struct session;

struct sessions {
    struct session *slots;
    uint32_t capacity; /* a power of two, or 0 before the first session */
    uint32_t used;
};

void sessions_init(struct sessions *sessions);
void sessions_finish(struct sim_seat *me, struct sessions *sessions); /* then sessions_init */
/* Applies OPERATION to KV, unless it was applied before: then RESULT is what it was at that time.
 * False, without a result: a later request of the session was applied before, so its client has
 * given up this one and nobody waits for an answer. WANTED as in kv_apply. */
bool sessions_apply(struct sim_seat *me, struct sessions *sessions, struct kv *kv,
                    const struct sim_operation *operation, struct store_session session,
                    bool wanted, struct kv_result *result);

#endif
