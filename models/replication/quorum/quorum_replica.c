/* quorum_replica.c - what a node keeps: versions of keys, in memory and in its log. */
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

enum { FIRST_CELLS = 16, FORGOTTEN = -1 }; /* the member of a record that a key was let go */

static const struct held nothing;

static uint32_t place_of(const struct state *s, int64_t key)
{
    uint32_t mask = s->capacity - 1, at = (uint32_t)sim_mix((uint64_t)key, 0) & mask;

    while (s->cells[at].used && s->cells[at].key != key)
        at = (at + 1) & mask;
    return at;
}

static struct cell *find(struct sim_seat *me, int64_t key)
{
    struct state *s = sim_state(me);
    struct cell *old = s->cells, *cell;
    uint32_t before = s->capacity;

    if (4 * (uint64_t)s->used >= 3 * (uint64_t)s->capacity) {
        s->capacity = before == 0 ? FIRST_CELLS : 2 * before;
        s->cells = sim_new(me, s->capacity * sizeof(struct cell));
        for (uint32_t i = 0; i < before; i++)
            if (old[i].used)
                s->cells[place_of(s, old[i].key)] = old[i];
        sim_drop(me, old, before * sizeof(struct cell));
    }
    cell = &s->cells[place_of(s, key)];
    if (!cell->used) {
        *cell = (struct cell){ .key = key, .used = true };
        s->used++;
    }
    return cell;
}

const struct held *quorum_held(struct sim_seat *me, int64_t key)
{
    const struct state *s = sim_state(me);

    return s->capacity == 0 ? &nothing : &s->cells[place_of(s, key)].held;
}

static void record(struct sim_seat *me, int64_t key, const struct version *v)
{
    const struct kept kept = { key, v->value, v->at, v->ticks, v->count, v->member };

    sim_append(me, LOG, &kept, v->clock != NULL ? sim_blob(me, v->clock, sim_members(me)) : NULL);
}

static uint64_t hash_of(const struct sim_seat *me, const struct cell *cell)
{
    uint64_t hash = cell->held.count > 0 && !cell->ripe ? held_hash(me, &cell->held) : 0;

    return cell->held.count > 0 && !cell->ripe && hash == 0 ? 1 : hash;
}

uint64_t quorum_hash(struct sim_seat *me, int64_t key)
{
    const struct state *s = sim_state(me);

    return s->capacity == 0 ? 0 : hash_of(me, &s->cells[place_of(s, key)]);
}

/* In memory. */
static bool merge(struct sim_seat *me, int64_t key, const struct version *version)
{
    struct cell *cell = find(me, key);
    uint64_t before = hash_of(me, cell);

    quorum_learn(me, version);
    if (!held_merge(me, &cell->held, version))
        return false;
    cell->ripe = false;
    quorum_changed(me, key, before, hash_of(me, cell));
    if (version->value == SIM_NIL)
        quorum_await_collection(me);
    return true;
}

bool quorum_keep(struct sim_seat *me, int64_t key, const struct version *version)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (!merge(me, key, version))
        return false;
    s->kept++;
    record(me, key, version);
    if (p->durable)
        sim_sync(me);
    return true;
}

bool quorum_keep_all(struct sim_seat *me, int64_t key, const struct sim_blob *blob)
{
    uint32_t count = held_count(me, blob);
    bool news = false;

    for (uint32_t i = 0; i < count; i++) {
        struct version version = held_read(me, blob, i);

        news |= quorum_keep(me, key, &version);
    }
    return news;
}

void quorum_borrow(struct sim_seat *me, int64_t key, const struct sim_blob *blob)
{
    const struct params *p = sim_params(me);
    uint32_t count = held_count(me, blob);

    if (p->hints == ON_DISK || quorum_is_keeper(me, key, sim_self(me))) {
        quorum_keep_all(me, key, blob);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct version version = held_read(me, blob, i);

        merge(me, key, &version);
    }
}

void quorum_forget(struct sim_seat *me, int64_t key)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct cell *cell = find(me, key);
    uint64_t before = hash_of(me, cell);

    held_finish(me, &cell->held);
    cell->ripe = false;
    quorum_changed(me, key, before, 0);
    sim_append(me, LOG, &(struct kept){ key, SIM_NIL, 0, 0, 0, FORGOTTEN }, NULL);
    s->kept++;
    if (p->durable)
        sim_sync(me);
}

void quorum_ripen(struct sim_seat *me, struct cell *cell)
{
    uint64_t before = hash_of(me, cell);

    cell->ripe = true;
    cell->ripe_since = sim_now(me);
    quorum_changed(me, cell->key, before, 0);
}

bool quorum_is_keeper(struct sim_seat *me, int64_t key, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[REPLICAS_MAX];
    uint32_t count = ring_preference(&s->ring, key, members, (uint32_t)p->n);

    for (uint32_t i = 0; i < count; i++)
        if (members[i] == member)
            return true;
    return false;
}

void quorum_on_write(struct sim_seat *me, const struct sim_message *message)
{
    const struct write *m = message->body;

    quorum_heard(me, message->from);
    if (!quorum_keep_all(me, m->key, message->blob) && message->from != sim_self(me))
        sim_count(me, OVERTAKEN, 1);
    sim_send(me, message->from, WRITTEN, &(struct written){ m->request });
}

void quorum_on_repair(struct sim_seat *me, const struct sim_message *message)
{
    const struct repair *m = message->body;

    quorum_heard(me, message->from);
    if (quorum_keep_all(me, m->key, message->blob))
        sim_count(me, REPAIRED, 1);
    if (m->request != NOBODY_WAITS)
        sim_send(me, message->from, WRITTEN, &(struct written){ m->request });
}

void quorum_on_read(struct sim_seat *me, const struct sim_message *message)
{
    const struct read *m = message->body;

    quorum_heard(me, message->from);
    sim_send_blob(me, message->from, VALUE, &(struct value){ m->request },
                  held_blob(me, quorum_held(me, m->key)));
}

/* -- the start and the end --------------------------------------------------------------------- */

void quorum_recover(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    if (length > 0)
        sim_reached(me, RECOVERED);
    for (uint64_t i = 0; i < length; i++) {
        const struct kept kept = *(const struct kept *)sim_log_record(me, LOG, i);
        const struct sim_blob *blob = sim_log_blob(me, LOG, i);
        size_t count;
        const struct version version = {
            kept.value, kept.at,     kept.ticks,
            kept.count, kept.member, blob != NULL ? sim_blob_words(blob, &count) : NULL,
        };

        if (kept.member == FORGOTTEN)
            held_finish(me, &find(me, kept.key)->held);
        else
            merge(me, kept.key, &version);
        s->kept++;
    }
}

/* What was written over is not told: a write that lost to an older one by its stamp was taken by no
 * replica, or by some for a while, and neither means that it is kept. */
void quorum_tell(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (p->n < sim_members(me))
        sim_ledger_partial(ledger);
    for (uint32_t i = 0; i < s->capacity; i++) {
        const struct cell *cell = &s->cells[i];

        for (uint32_t k = 0; cell->used && k < cell->held.count; k++)
            if (cell->held.items[k].value != SIM_NIL || !cell->ripe)
                sim_ledger_holds(ledger, cell->key, cell->held.items[k].value);
    }
}
