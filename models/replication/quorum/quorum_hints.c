/* quorum_hints.c - hinted hand-off: what is kept for a replica that was away, until it is back.
 *
 * DeCandia et al., section 4.6: a replica sent to a stand-in "will have a hint in its metadata that
 * suggests which node was the intended recipient of the replica ... Upon detecting that A has
 * recovered, D will attempt to deliver the replica to A. Once the transfer succeeds, D may delete
 * the object from its local store." Without stand-ins (a strict quorum) the coordinator keeps the
 * hint, as Cassandra's does.
 *
 * A hint is a promise about one copy. In memory it is gone with its node, and with it, in a sloppy
 * quorum, perhaps the only copies of what was acknowledged. */
#include "models/parts/room.h"
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

enum { BATCH = 64 }; /* hints that are handed over at a time */

static bool has_hint(const struct state *s, uint32_t member, int64_t key)
{
    for (int64_t i = 0; i < s->hints; i++)
        if (s->hinted[i].key == key && s->hinted[i].member == member)
            return true;
    return false;
}

static void remember(struct sim_seat *me, uint32_t member, int64_t key)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->hinted =
        make_room(me, s->hinted, (uint32_t)s->hints, &s->hint_capacity, sizeof(struct hint));
    s->hinted[s->hints++] = (struct hint){ key, member };
    if (!sim_timer_is_set(me, HAND_OFF_TIME))
        sim_timer(me, HAND_OFF_TIME, p->hand_off);
}

void quorum_add_hint(struct sim_seat *me, uint32_t member, int64_t key)
{
    const struct params *p = sim_params(me);

    if (has_hint(sim_state(me), member, key))
        return;
    sim_count(me, HINTS_TAKEN, 1);
    remember(me, member, key);
    if (p->hints != ON_DISK)
        return;
    sim_append(me, HINTS, &(struct hint_entry){ key, member, false }, NULL);
    if (p->durable)
        sim_sync(me);
}

/* The last one takes its place. */
static void drop(struct sim_seat *me, uint32_t member, int64_t key)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    for (int64_t i = 0; i < s->hints; i++) {
        if (s->hinted[i].key != key || s->hinted[i].member != member)
            continue;
        s->hinted[i] = s->hinted[--s->hints];
        if (p->hints == ON_DISK)
            sim_append(me, HINTS, &(struct hint_entry){ key, member, true }, NULL);
        return;
    }
}

void quorum_recover_hints(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, HINTS);

    for (uint64_t i = 0; i < length; i++) {
        const struct hint_entry *entry = sim_log_record(me, HINTS, i);
        uint32_t member = (uint32_t)entry->member;

        if (!entry->done && !has_hint(s, member, entry->key)) {
            remember(me, member, entry->key);
            continue;
        }
        for (int64_t k = 0; entry->done && k < s->hints; k++)
            if (s->hinted[k].key == entry->key && s->hinted[k].member == member)
                s->hinted[k] = s->hinted[--s->hints];
    }
}

/* -- messages ---------------------------------------------------------------------------------- */

void quorum_on_hinted(struct sim_seat *me, const struct sim_message *message)
{
    const struct hinted *m = message->body;

    quorum_heard(me, message->from);
    quorum_borrow(me, m->key, message->blob);
    quorum_add_hint(me, (uint32_t)m->instead, m->key);
    sim_send(me, message->from, WRITTEN, &(struct written){ m->request });
}

/* Nothing is sent to who is believed to be away. */
void quorum_on_hand_off_time(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t sent = 0;

    for (int64_t i = 0; i < s->hints && sent < BATCH; i++) {
        int64_t key = s->hinted[i].key;
        uint32_t member = s->hinted[i].member;

        if (s->suspected[member])
            continue;
        sent++;
        sim_send_blob(me, member, HAND_OFF,
                      &(struct hand_off){ key, (int64_t)quorum_hash(me, key) },
                      held_blob(me, quorum_held(me, key)));
    }
    if (s->hints > 0)
        sim_timer(me, HAND_OFF_TIME, p->hand_off);
}

void quorum_on_hand_off(struct sim_seat *me, const struct sim_message *message)
{
    const struct hand_off *m = message->body;

    quorum_heard(me, message->from);
    quorum_keep_all(me, m->key, message->blob);
    sim_send(me, message->from, HANDED, &(struct handed){ m->key, m->hash });
}

/* What was written meanwhile goes next time. A stand-in has done its part. */
void quorum_on_handed(struct sim_seat *me, const struct sim_message *message)
{
    const struct handed *m = message->body;
    struct state *s = sim_state(me);

    quorum_heard(me, message->from);
    if (!has_hint(s, message->from, m->key) || (uint64_t)m->hash != quorum_hash(me, m->key))
        return;
    drop(me, message->from, m->key);
    sim_count(me, HANDED_OVER, 1);
    for (int64_t i = 0; i < s->hints; i++)
        if (s->hinted[i].key == m->key)
            return;
    if (!quorum_is_keeper(me, m->key, sim_self(me)))
        quorum_forget(me, m->key);
}
