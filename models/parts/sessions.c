#include "models/parts/sessions.h"

#include <assert.h>

struct session {
    int64_t id, sequence; /* sequence 0: a free slot */
    int64_t status, value;
};

enum { FIRST_SLOTS = 16 };

void sessions_init(struct sessions *sessions)
{
    *sessions = (struct sessions){ 0 };
}

void sessions_finish(struct sim_seat *me, struct sessions *sessions)
{
    sim_drop(me, sessions->slots, sessions->capacity * sizeof(struct session));
}

static struct session *slot_of(const struct sessions *sessions, int64_t id)
{
    uint32_t mask = sessions->capacity - 1, at = (uint32_t)sim_mix((uint64_t)id, 0) & mask;

    while (sessions->slots[at].sequence != 0 && sessions->slots[at].id != id)
        at = (at + 1) & mask;
    return &sessions->slots[at];
}

static void grow(struct sim_seat *me, struct sessions *sessions)
{
    struct sessions old = *sessions;
    uint32_t i;

    sessions->capacity = old.capacity == 0 ? FIRST_SLOTS : 2 * old.capacity;
    assert(sessions->capacity != 0);
    sessions->slots = sim_new(me, sessions->capacity * sizeof(struct session));
    for (i = 0; i < old.capacity; i++)
        if (old.slots[i].sequence != 0)
            *slot_of(sessions, old.slots[i].id) = old.slots[i];
    sim_drop(me, old.slots, old.capacity * sizeof(struct session));
}

/* Only reads answer with lists, and they have no session: status and value are all there is to
 * remember. */
bool sessions_apply(struct sim_seat *me, struct sessions *sessions, struct kv *kv,
                    const struct sim_operation *operation, struct store_session session,
                    bool wanted, struct kv_result *result)
{
    struct session *known;

    if (session.sequence == 0) {
        *result = kv_apply(me, kv, operation, wanted);
        return true;
    }
    assert(session.sequence > 0);
    if (4 * (uint64_t)sessions->used >= 3 * (uint64_t)sessions->capacity)
        grow(me, sessions);
    known = slot_of(sessions, session.session);
    if (session.sequence < known->sequence)
        return false;
    if (session.sequence == known->sequence) {
        *result = (struct kv_result){ known->status, known->value, NULL };
        return true;
    }
    sessions->used += known->sequence == 0;
    *result = kv_apply(me, kv, operation, wanted);
    *known = (struct session){ session.session, session.sequence, result->status, result->value };
    return true;
}
