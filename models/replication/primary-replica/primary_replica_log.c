/* primary_replica_log.c - the log, its way to the replicas, and when clients may be answered. */
#include "models/replication/primary-replica/primary_replica.h"

#include <assert.h>
#include <string.h>

enum { WINDOW = 4 }; /* messages full of entries that a replica may have under way */

struct sync { /* context of a sim_sync_then */
    int64_t length, epoch;
};

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static const struct entry *entry_at(const struct sim_seat *me, int64_t index)
{
    return sim_log_record(me, LOG, (uint64_t)index - 1);
}

int64_t replica_epoch_at(const struct sim_seat *me, int64_t index)
{
    return index == 0 ? 0 : entry_at(me, index)->epoch;
}

/* False: the disk did not take it, and the node stops for good. What the handler would still do is
 * never done, but it may not look for what is not there. */
static bool append(struct sim_seat *me, const struct entry *entry)
{
    struct state *s = sim_state(me);

    if (sim_append(me, LOG, entry, NULL) != SIM_DISK_FINE)
        return false;
    s->last++;
    s->last_epoch = entry->epoch;
    return true;
}

/* -- the state machine ------------------------------------------------------------------------- */

static bool apply_one(struct sim_seat *me, const struct entry *e, bool wanted,
                      struct kv_result *result)
{
    struct state *s = sim_state(me);
    struct sim_operation o = { e->operation, e->key, e->argument, e->second };
    struct store_session session = { e->session, e->sequence };

    *result = (struct kv_result){ STORE_OK, SIM_NIL, NULL };
    return e->operation == NO_OPERATION ||
           sessions_apply(me, &s->sessions, &s->kv, &o, session, wanted, result);
}

static void answer(struct sim_seat *me, struct sim_ticket ticket, const struct kv_result *result)
{
    sim_reply_blob(me, ticket,
                   &(struct store_reply){ result->status, result->value, STORE_NO_HINT },
                   result->list);
}

void replica_apply(struct sim_seat *me, int64_t index)
{
    struct state *s = sim_state(me);

    while (s->applied < index) {
        struct entry e = *entry_at(me, ++s->applied);
        bool waits = s->count > 0 && s->waiting[s->first].index == s->applied;
        struct kv_result result;

        if (apply_one(me, &e, waits, &result) && waits)
            answer(me, s->waiting[s->first].ticket, &result);
        if (waits) {
            s->first++;
            s->count--;
        }
    }
    if (s->count == 0)
        s->first = 0;
}

void replica_recover(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->last = (int64_t)sim_log_length(me, LOG);
    s->last_epoch = replica_epoch_at(me, s->last);
    kv_init(&s->kv);
    sessions_init(&s->sessions);
    replica_apply(me, s->last);
}

/* Entries from `own` to `told` were answered by this member. */
static void note_lost(struct sim_seat *me, int64_t index)
{
    struct state *s = sim_state(me);
    const struct entry e = *entry_at(me, index);
    bool told = index >= s->own && index <= s->told;

    if (e.operation == NO_OPERATION)
        return;
    s->lost += told;
    sim_count(me, TRUNCATED, 1);
    sim_count(me, LOST_CHANGES, told);
    sim_note(me, LOST, &(struct lost){ index, e.epoch, e.key, e.argument, told });
}

/* What was applied cannot be taken back one by one: the map is made anew. */
static bool truncate(struct sim_seat *me, int64_t last)
{
    struct state *s = sim_state(me);
    int64_t end = s->last;

    for (int64_t index = last + 1; index <= end; index++)
        note_lost(me, index);
    if (sim_truncate(me, LOG, (uint64_t)last) != SIM_DISK_FINE)
        return false;
    s->told = smaller(s->told, last);
    s->commit = smaller(s->commit, last);
    s->last = last;
    s->last_epoch = replica_epoch_at(me, last);
    kv_finish(me, &s->kv);
    sessions_finish(me, &s->sessions);
    kv_init(&s->kv);
    sessions_init(&s->sessions);
    s->applied = 0;
    replica_apply(me, last);
    return true;
}

/* -- the primary: sending ---------------------------------------------------------------------- */

static void send_replicate(struct sim_seat *me, uint32_t to, int64_t previous, int64_t count)
{
    const struct state *s = sim_state(me);
    struct replicate m = { s->epoch, previous,   replica_epoch_at(me, previous), count, s->commit,
                           s->last,  sim_now(me) };
    struct sim_blob *blob;
    int64_t *words;

    if (count == 0) {
        sim_send(me, to, REPLICATE, &m);
        return;
    }
    blob = sim_blob_make(me, (size_t)(count * ENTRY_WORDS), &words);
    for (int64_t i = 0; i < count; i++)
        memcpy(words + i * ENTRY_WORDS, entry_at(me, previous + 1 + i), sizeof(struct entry));
    sim_send_blob(me, to, REPLICATE, &m, blob);
}

/* Only what is durable here is sent, so that no replica has more than a primary that restarts. */
static void send_entries(struct sim_seat *me, uint32_t to)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct peer *peer = &s->peers[to];

    while (peer->next <= s->durable && !(peer->probing && peer->waits) &&
           peer->next - 1 - peer->match < WINDOW * p->batch) {
        int64_t count = smaller(s->durable - peer->next + 1, p->batch);

        send_replicate(me, to, peer->next - 1, count);
        peer->waits = true;
        peer->next += count;
        if (peer->probing) { /* the place is known again when this is answered */
            peer->next -= count;
            return;
        }
    }
}

static void send_to_all(struct sim_seat *me)
{
    for (uint32_t i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            send_entries(me, i);
}

/* What was not answered from one heartbeat to the next counts as lost. A heartbeat speaks of the
 * last place known to match, so that it says nothing of what is under way. */
void replica_on_heartbeat(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    for (uint32_t i = 0; i < sim_members(me); i++) {
        struct peer *peer = &s->peers[i];

        if (i == sim_self(me))
            continue;
        if (peer->next - 1 > peer->match && peer->match_at_tick == peer->match && !peer->probing) {
            sim_reached(me, RESENT);
            peer->next = peer->match + 1;
            peer->probing = true;
        }
        peer->match_at_tick = peer->match;
        peer->waits = false;
        send_replicate(me, i, peer->probing ? peer->next - 1 : peer->match, 0);
    }
    sim_timer(me, HEARTBEAT, p->heartbeat);
}

/* -- the primary: who may be answered ---------------------------------------------------------- */

/* The K-th largest of what the others have; they all have what the last of them has. */
static int64_t held_by(struct sim_seat *me, int64_t k)
{
    const struct state *s = sim_state(me);
    int64_t *sorted = s->matches;
    uint32_t count = 0, j;

    if (k == 0)
        return s->durable;
    for (uint32_t i = 0; i < sim_members(me); i++) {
        if (i == sim_self(me))
            continue;
        for (j = count++; j > 0 && sorted[j - 1] < s->peers[i].match; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = s->peers[i].match;
    }
    return smaller(s->durable, sorted[k - 1]);
}

static int64_t answerable(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    switch (p->replication) {
    case ASYNC:
        return s->durable;
    case SEMI_SYNC:
        return s->fallen ? s->durable : held_by(me, p->acknowledgements);
    case MAJORITY:
        return held_by(me, sim_members(me) / 2);
    default:
        return held_by(me, sim_members(me) - 1);
    }
}

/* A majority counts only what it has of the own epoch: what it has of an earlier one may still be
 * outvoted by a member that has something else of a later one (Ongaro and Ousterhout, ATC 2014,
 * section 5.4.2, tell how). */
static void advance(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    int64_t index = answerable(me);

    if (index <= s->commit || (p->replication == MAJORITY && index < s->own))
        return;
    s->commit = index;
    s->told = index;
    replica_apply(me, index);
    if (p->replication == SEMI_SYNC && s->count > 0)
        sim_timer(me, FALLBACK, larger(0, s->waiting[s->first].since + p->fallback - sim_now(me)));
}

/* MySQL, rpl_semi_sync_source_timeout: "how many milliseconds the source waits on a commit for
 * acknowledgment from a replica before timing out and reverting to asynchronous replication". */
void replica_on_fallback(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    if (s->count == 0 || s->fallen)
        return;
    s->fallen = true;
    sim_count(me, FALLBACKS, 1);
    sim_note(me, FELL_BACK, &(struct fell_back){ s->commit });
    advance(me);
}

/* "When at least one semisynchronous replica catches up, the source returns to semisynchronous
 * replication." */
static void look_whether_caught_up(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (!s->fallen || held_by(me, p->acknowledgements) < s->durable)
        return;
    s->fallen = false;
    sim_note(me, CAUGHT_UP, &(struct caught_up){ s->durable });
}

/* -- the primary: writing ---------------------------------------------------------------------- */

static void on_durable(struct sim_seat *me, int64_t length)
{
    struct state *s = sim_state(me);

    s->durable = larger(s->durable, length);
    send_to_all(me);
    advance(me);
}

static void sync_log(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (!p->durable) {
        on_durable(me, s->last);
        return;
    }
    if (s->syncing || s->durable == s->last)
        return;
    s->syncing = true;
    sim_sync_then(me, &(struct sync){ s->last, s->epoch }, sizeof(struct sync));
}

void replica_on_synced(struct sim_seat *me, const void *context)
{
    const struct sync *sync = context;
    struct state *s = sim_state(me);

    s->syncing = false;
    if (s->role != PRIMARY)
        return;
    if (sync->epoch == s->epoch)
        on_durable(me, sync->length);
    sync_log(me);
}

static void remember(struct sim_seat *me, struct sim_ticket ticket)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t more = s->capacity == 0 ? 16 : 2 * s->capacity;

    if (s->first + s->count == s->capacity && s->first > s->capacity / 2) {
        memmove(s->waiting, s->waiting + s->first, s->count * sizeof(struct waiting));
        s->first = 0;
    } else if (s->first + s->count == s->capacity) {
        s->waiting = sim_regrow(me, s->waiting, s->capacity * sizeof(struct waiting),
                                more * sizeof(struct waiting));
        s->capacity = more;
    }
    if (p->replication == SEMI_SYNC && s->count == 0)
        sim_timer(me, FALLBACK, p->fallback);
    s->waiting[s->first + s->count++] = (struct waiting){ s->last, sim_now(me), ticket };
}

void replica_write(struct sim_seat *me, const struct sim_request *request)
{
    const struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    struct store_session session = store_session_of(request);

    if (!append(me, &(struct entry){ s->epoch, o.kind, o.key, o.argument, o.second, session.session,
                                     session.sequence, sim_wall(me) }))
        return;
    remember(me, request->ticket);
    sync_log(me);
}

/* What it has from before counts as answered, as far as anybody knows; but `majority` knows better.
 * The first entry says where the epoch begins. */
void replica_lead(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    for (uint32_t i = 0; i < sim_members(me); i++)
        s->peers[i] = (struct peer){ .next = s->last + 1,
                                     .match_at_tick = NOBODY,
                                     .heard = sim_now(me) - p->least - 1,
                                     .probing = true };
    s->durable = s->last;
    s->fallen = false;
    s->own = s->last + 1;
    if (p->replication != MAJORITY)
        s->commit = s->last;
    if (!append(me, &(struct entry){
                        .epoch = s->epoch, .operation = NO_OPERATION, .at = sim_wall(me) }))
        return;
    replica_on_heartbeat(me);
    sync_log(me);
}

/* Nobody can tell those who wait what becomes of what they asked: it may be in the log of the new
 * primary, or never be. */
void replica_stop_leading(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->first = 0;
    s->count = 0;
    s->fallen = false;
    sim_cancel(me, HEARTBEAT);
    sim_cancel(me, FALLBACK);
    replica_apply(me, s->last);
}

/* A replica that lacks what it had acknowledged lost it with its disk's cache, or an old message
 * says so: it is sent again. */
void replica_on_acknowledge(struct sim_seat *me, const struct sim_message *message)
{
    const struct acknowledge *m = message->body;
    struct state *s = sim_state(me);
    struct peer *peer = &s->peers[message->from];

    replica_give_way(me, m->epoch);
    if (s->role != PRIMARY || m->epoch != s->epoch || m->hint == REFUSED)
        return; /* what was refused was sent in an earlier epoch, perhaps by this very member */
    peer->heard = larger(peer->heard, m->sent);
    peer->waits = false;
    if (m->success) {
        peer->match = larger(peer->match, m->index);
        peer->next = larger(peer->next, peer->match + 1);
        peer->probing = false;
        advance(me);
        look_whether_caught_up(me);
    } else if (m->index > peer->match && (!peer->probing || m->index == peer->next - 1)) {
        peer->next = larger(peer->match + 1, smaller(m->hint, m->index));
        peer->probing = true;
    } else if (m->index == peer->match && m->index > 0) {
        sim_reached(me, FORGOTTEN);
        peer->match = smaller(peer->match, m->hint) - 1;
        peer->next = peer->match + 1;
        peer->probing = true;
    }
    send_entries(me, message->from);
}

/* -- the replica ------------------------------------------------------------------------------- */

/* Epochs never fall along a log: the first entry of that epoch is found by bisection. */
static int64_t first_of_epoch(const struct sim_seat *me, int64_t high)
{
    int64_t low = 1, epoch = replica_epoch_at(me, high), middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (replica_epoch_at(me, middle) == epoch)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

static bool matches(struct sim_seat *me, const struct replicate *m, int64_t *hint)
{
    const struct state *s = sim_state(me);

    *hint = s->last + 1;
    if (m->previous > s->last) {
        sim_reached(me, GAP);
        return false;
    }
    if (replica_epoch_at(me, m->previous) == m->previous_epoch)
        return true;
    sim_reached(me, LOGS_PART);
    *hint = first_of_epoch(me, m->previous);
    return false;
}

static bool store_entries(struct sim_seat *me, const struct replicate *m,
                          const struct sim_blob *blob)
{
    const struct state *s = sim_state(me);
    size_t count;
    const int64_t *words = sim_blob_words(blob, &count);

    assert(count == (size_t)m->count * ENTRY_WORDS);
    for (int64_t i = 0; i < m->count; i++) {
        int64_t index = m->previous + 1 + i;
        struct entry e;

        memcpy(&e, words + i * ENTRY_WORDS, sizeof e);
        if (index <= s->last && replica_epoch_at(me, index) == e.epoch)
            continue;
        if (index <= s->last && !truncate(me, index - 1))
            return false;
        if (!append(me, &e))
            return false;
        sim_measure(me, LAG, larger(0, sim_wall(me) - e.at));
    }
    return true;
}

/* Without epochs a member follows whom it followed first, and a primary nobody. */
static bool follows(struct sim_seat *me, uint32_t from, int64_t epoch)
{
    const struct state *s = sim_state(me);

    replica_hear_epoch(me, epoch);
    if (sim_bug(me, NO_FENCING))
        return s->role != PRIMARY && (s->primary == NOBODY || s->primary == (int64_t)from);
    return epoch >= s->epoch;
}

void replica_on_replicate(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    const struct replicate *m = message->body;
    struct state *s = sim_state(me);
    int64_t hint = 0, index = m->previous;
    bool success;

    if (!follows(me, message->from, m->epoch)) {
        sim_reached(me, STALE_PRIMARY);
        sim_send(me, message->from, ACKNOWLEDGE,
                 &(struct acknowledge){ s->epoch, false, index, REFUSED, m->sent });
        return;
    }
    replica_become_replica(me, m->epoch, message->from);
    s->has_heard = true;
    s->heard_at = sim_now(me);
    success = matches(me, m, &hint);
    if (success) {
        index += m->count;
        if (!store_entries(me, m, message->blob))
            return;
        replica_apply(me, s->last);
        s->commit = larger(s->commit, smaller(m->commit, index));
    }
    s->behind = larger(0, m->last - s->last);
    if (p->durable && m->count > 0)
        sim_sync(me);
    sim_send(me, message->from, ACKNOWLEDGE,
             &(struct acknowledge){ s->epoch, success, index, hint, m->sent });
}
