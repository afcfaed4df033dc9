/* lww-register.c - a map that every replica writes at once, and passes on: the last writer wins.
 *
 * Johnson and Thomas, "The Maintenance of Duplicate Databases", RFC 677, 1975: any site changes its
 * copy at any time, and sends the change to the others, again and again until they have it. Each
 * change carries a stamp of its site's clock; "the change with the later time is accepted", and of
 * two that are equal that of the site with the higher number. So copies that have heard of the same
 * changes are the same, in whatever order they came.
 *
 * What "last" means is the clock's word for it (`stamp`). By wall clocks a site whose clock is slow
 * buries its own writes: they are acknowledged, and lose at once to an older value that the replica
 * already holds (`buried`). A Lamport or hybrid clock, which hears of every stamp that arrives,
 * cannot do that: who writes where a value is known writes after it. Two writes that know nothing
 * of each other are concurrent, and one of them is lost by any clock: that is the policy.
 *
 * A change is on disk before it is acknowledged or passed on. Each replica numbers its own changes,
 * and sends each peer those it has not confirmed, a batch at a time. The log is kept as a whole. */
#include "models/parts/convergence.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

enum stamp { WALL, LAMPORT, HYBRID };
static const char *const stamp_names[] = { "wall", "lamport", "hlc", NULL };

struct params {
    int64_t stamp; /* enum stamp */
    sim_time retry;
    sim_time apart;
    int64_t batch;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, stamp, "hlc", stamp_names,
               "by whose time the last writer wins: the wall clock, a Lamport clock, a hybrid one"),
    SIM_DURATION(struct params, retry, "100ms", "1us", "1h",
                 "until changes that a peer has not confirmed are sent again"),
    SIM_DURATION(struct params, apart, "1d", "0", "3650d",
                 "of hlc: changes stamped further ahead of the own wall clock have to wait"),
    SIM_INTEGER(struct params, batch, "64", "1", "1024", "most changes in a message"),
    { 0 },
};

/* A stamp: ticks are ns of a wall clock or the number of a Lamport clock, `count` is that of a
 * hybrid one. */
struct stamped {
    int64_t ticks, count, member;
};

struct cell {
    int64_t key, value;
    struct stamped stamp;
    bool used;
};

struct peer {
    int64_t confirmed; /* so many of the own changes it has */
    int64_t sent;      /* up to here they are under way; confirmed: none are */
};

struct state {
    int64_t applied, contents, buried;
    /* not described: */
    struct sim_lamport lamport;
    struct sim_hlc hlc;
    struct cell *cells; /* an open-addressing table */
    uint32_t capacity, used;
    struct peer *peers;
    int64_t *received; /* [member]: how many of its changes have come, without a gap */
    uint64_t *own;     /* places in the log of the own changes */
    uint32_t own_capacity;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, applied, "changes that the replica has heard of, its own included"),
    SIM_WATCHED(struct state, contents, "a hash of the map, whatever order it was written in"),
    SIM_STATE(struct state, buried,
              "acknowledged writes that lost to what their replica already held"),
    { 0 },
};

/* A change, in the log and in messages. Numbered from 1 by its member. */
SIM_RECORD(change, member, number, key, value, ticks, count);
enum { CHANGE_WORDS = 6 };

SIM_RECORD(changes, count);    /* the blob holds them */
SIM_RECORD(confirm, received); /* of the changes of whom it is sent to */
SIM_RECORD(lost, key, value, held);

enum message { CHANGES, CONFIRM };
enum timer { RETRY };
enum log { LOG };
enum note { LOST };
enum metric { WRITES, BURIED, IGNORED, REPEATED };
enum bug { TIES_BY_ARRIVAL };

/* -- the map ----------------------------------------------------------------------------------- */

enum { FIRST_CELLS = 16, FIRST_OWN = 16 };

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
    uint32_t before = s->capacity, i;

    if (4 * (uint64_t)s->used >= 3 * (uint64_t)s->capacity) {
        s->capacity = before == 0 ? FIRST_CELLS : 2 * before;
        s->cells = sim_new(me, s->capacity * sizeof(struct cell));
        for (i = 0; i < before; i++)
            if (old[i].used)
                s->cells[place_of(s, old[i].key)] = old[i];
        sim_drop(me, old, before * sizeof(struct cell));
    }
    cell = &s->cells[place_of(s, key)];
    if (!cell->used) {
        *cell = (struct cell){ .key = key, .value = SIM_NIL, .used = true };
        cell->stamp.ticks = INT64_MIN; /* older than any */
        s->used++;
    }
    return cell;
}

static int64_t hash_of(const struct cell *cell)
{
    uint64_t stamp = sim_mix((uint64_t)cell->stamp.ticks, (uint64_t)cell->stamp.count);

    if (cell->stamp.ticks == INT64_MIN)
        return 0;
    return (int64_t)sim_mix(sim_mix((uint64_t)cell->key, (uint64_t)cell->value),
                            sim_mix(stamp, (uint64_t)cell->stamp.member));
}

static bool is_later(const struct sim_seat *me, const struct stamped *a, const struct stamped *b)
{
    if (a->ticks != b->ticks)
        return a->ticks > b->ticks;
    if (a->count != b->count)
        return a->count > b->count;
    return !sim_bug(me, TIES_BY_ARRIVAL) && a->member > b->member;
}

/* False: what the cell holds is later. */
static bool apply(struct sim_seat *me, const struct change *c)
{
    struct state *s = sim_state(me);
    struct cell *cell = find(me, c->key);
    struct stamped stamp = { c->ticks, c->count, c->member };

    s->applied++;
    if (!is_later(me, &stamp, &cell->stamp))
        return false;
    s->contents = (int64_t)((uint64_t)s->contents - (uint64_t)hash_of(cell));
    cell->value = c->value;
    cell->stamp = stamp;
    s->contents = (int64_t)((uint64_t)s->contents + (uint64_t)hash_of(cell));
    return true;
}

/* -- stamps ------------------------------------------------------------------------------------ */

static struct stamped new_stamp(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct stamped stamp = { 0, 0, sim_self(me) };

    if (p->stamp == WALL) {
        stamp.ticks = sim_wall(me);
    } else if (p->stamp == LAMPORT) {
        stamp.ticks = sim_lamport_tick(&s->lamport);
    } else {
        sim_hlc_tick(&s->hlc, sim_wall(me));
        stamp.ticks = s->hlc.l;
        stamp.count = s->hlc.c;
    }
    return stamp;
}

/* Also of what the own log told after a restart: clocks go on from where they were. */
static void hear_stamp(struct sim_seat *me, const struct change *c)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (p->stamp == LAMPORT)
        sim_lamport_receive(&s->lamport, c->ticks);
    else if (p->stamp == HYBRID)
        sim_hlc_receive(&s->hlc, (struct sim_hlc){ c->ticks, c->count }, sim_wall(me));
}

static bool is_credible(struct sim_seat *me, const struct change *c)
{
    const struct params *p = sim_params(me);

    return p->stamp != HYBRID ||
           sim_hlc_is_credible((struct sim_hlc){ c->ticks, c->count }, sim_wall(me), p->apart);
}

/* -- passing on -------------------------------------------------------------------------------- */

static int64_t own_count(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    return s->received[sim_self(me)];
}

static void send_changes(struct sim_seat *me, uint32_t to)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct peer *peer = &s->peers[to];
    int64_t count = own_count(me) - peer->confirmed, *words;
    struct sim_blob *blob;

    if (count > p->batch)
        count = p->batch;
    blob = sim_blob_make(me, (size_t)count * CHANGE_WORDS, &words);
    for (int64_t i = 0; i < count; i++)
        memcpy(words + i * CHANGE_WORDS, sim_log_record(me, LOG, s->own[peer->confirmed + i]),
               CHANGE_WORDS * sizeof(int64_t));
    peer->sent = peer->confirmed + count;
    sim_send_blob(me, to, CHANGES, &(struct changes){ count }, blob);
    sim_timer_peer(me, RETRY, to, p->retry);
}

/* What is written while a batch is under way goes with the next one. */
static void pass_on(struct sim_seat *me, uint32_t to)
{
    const struct state *s = sim_state(me);
    const struct peer *peer = &s->peers[to];

    if (peer->sent == peer->confirmed && peer->confirmed < own_count(me))
        send_changes(me, to);
}

static void on_retry(struct sim_seat *me)
{
    sim_count(me, REPEATED, 1);
    send_changes(me, sim_peer(me));
}

static void on_confirm(struct sim_seat *me, const struct sim_message *message)
{
    const struct confirm *m = message->body;
    struct state *s = sim_state(me);
    struct peer *peer = &s->peers[message->from];

    if (m->received <= peer->confirmed)
        return;
    peer->confirmed = m->received;
    if (peer->confirmed < peer->sent)
        return;
    peer->sent = peer->confirmed;
    sim_cancel_peer(me, RETRY, message->from);
    pass_on(me, message->from);
}

static void keep(struct sim_seat *me, const struct change *c)
{
    struct state *s = sim_state(me);

    sim_append(me, LOG, c, NULL);
    s->received[c->member] = c->number;
}

static void on_changes(struct sim_seat *me, const struct sim_message *message)
{
    const struct changes *m = message->body;
    struct state *s = sim_state(me);
    size_t count;
    const int64_t *words = sim_blob_words(message->blob, &count);
    struct change c;
    bool any = false;

    for (int64_t i = 0; i < m->count; i++) {
        memcpy(&c, words + i * CHANGE_WORDS, sizeof(c));
        if (c.number != s->received[c.member] + 1)
            continue;
        if (!is_credible(me, &c)) {
            sim_count(me, IGNORED, 1);
            break; /* and what follows it: they come again */
        }
        keep(me, &c);
        hear_stamp(me, &c);
        apply(me, &c);
        any = true;
    }
    if (any)
        sim_sync(me);
    sim_send(me, message->from, CONFIRM, &(struct confirm){ s->received[message->from] });
}

/* -- clients ----------------------------------------------------------------------------------- */

static void remember_own(struct sim_seat *me, uint64_t place)
{
    struct state *s = sim_state(me);
    uint32_t count = (uint32_t)own_count(me), more;

    if (count == s->own_capacity) {
        more = count == 0 ? FIRST_OWN : 2 * count;
        s->own = sim_regrow(me, s->own, count * sizeof(uint64_t), more * sizeof(uint64_t));
        s->own_capacity = more;
    }
    s->own[count] = place;
}

static void write(struct sim_seat *me, int64_t key, int64_t value)
{
    struct state *s = sim_state(me);
    struct stamped stamp = new_stamp(me);
    struct change c = { sim_self(me), own_count(me) + 1, key, value, stamp.ticks, stamp.count };

    remember_own(me, sim_log_length(me, LOG));
    keep(me, &c);
    sim_count(me, WRITES, 1);
    if (apply(me, &c))
        return;
    s->buried++;
    sim_count(me, BURIED, 1);
    sim_note(me, LOST, &(struct lost){ key, value, find(me, key)->value });
}

/* A delete writes nothing, and that has a stamp like any value. A read may be old, and says so.
 * What depends on what a key holds cannot be decided by one replica: certainly not done. */
static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    struct sim_operation o = store_operation_of(request);
    int64_t status = sim_members(me) > 1 ? STORE_STALE : STORE_OK;
    struct store_reply reply = { STORE_OK, SIM_NIL, STORE_NO_HINT };

    if (o.kind == SIM_READ) {
        reply = (struct store_reply){ status, find(me, o.key)->value, STORE_NO_HINT };
    } else if (o.kind == SIM_WRITE || o.kind == SIM_DELETE) {
        write(me, o.key, o.kind == SIM_WRITE ? o.argument : SIM_NIL);
        sim_sync(me);
    } else {
        reply.status = STORE_UNAVAILABLE;
    }
    sim_reply(me, request->ticket, &reply);
    for (uint32_t i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            pass_on(me, i);
}

/* -- the start --------------------------------------------------------------------------------- */

/* What peers have confirmed is forgotten: their first answer tells. */
static void on_start(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    s->peers = sim_new(me, sim_members(me) * sizeof(struct peer));
    s->received = sim_new(me, sim_members(me) * sizeof(int64_t));
    for (uint64_t i = 0; i < length; i++) {
        struct change c = *(const struct change *)sim_log_record(me, LOG, i);

        if (c.member == sim_self(me))
            remember_own(me, i);
        s->received[c.member] = c.number;
        hear_stamp(me, &c);
        apply(me, &c);
    }
    for (uint32_t i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            pass_on(me, i);
}

/* -- ledger ------------------------------------------------------------------------------------ */

/* The log is kept as a whole: all changes that came are in it. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    for (uint32_t i = 0; i < s->capacity; i++)
        if (s->cells[i].used && s->cells[i].value != SIM_NIL)
            sim_ledger_holds(ledger, s->cells[i].key, s->cells[i].value);
    for (uint64_t i = 0; i < length; i++) {
        const struct change *c = sim_log_record(me, LOG, i);

        sim_ledger_applied(ledger, c->key, c->value);
    }
    sim_ledger_complete(ledger);
}

/* -- invariant --------------------------------------------------------------------------------- */

static void judge(struct sim_judge *judge, uint32_t member)
{
    convergence_judge(
        judge, member,
        (struct convergence){ offsetof(struct state, received), offsetof(struct state, contents) });
}

const struct sim_model lww_register_model = {
    .name = "lww-register",
    .summary = "every replica writes at once and passes on; the last writer wins",
    .source = "Johnson and Thomas, The Maintenance of Duplicate Databases, RFC 677, 1975",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .messages = {
        [CHANGES] = { "changes", SIM_WORDS(changes), on_changes },
        [CONFIRM] = { "confirm", SIM_WORDS(confirm), on_confirm },
    },
    .timers = { [RETRY] = { "retry", on_retry, true } },
    .notes = { [LOST] = { "lost", SIM_WORDS(lost) } },
    .serves = { { &store_interface, on_request } },
    .without = { &store_interface, 1u << STORE_CAS | 1u << STORE_ADD | 1u << STORE_APPEND },
    .logs = { [LOG] = { "changes", SIM_WORDS(change) } },
    .metrics = {
        [WRITES] = { "writes", SIM_COUNTER, "writes and deletes acknowledged" },
        [BURIED] = { "buried", SIM_COUNTER,
                     "of these, lost to what their replica already held" },
        [IGNORED] = { "ignored", SIM_COUNTER, "changes stamped too far ahead to be believed" },
        [REPEATED] = { "repeated", SIM_COUNTER, "batches sent again" },
    },
    .bugs = { [TIES_BY_ARRIVAL] = "ties_by_arrival" },
    .invariant = { 0, judge, { "convergence" } },
    .start = on_start,
    .holds = on_holds,
};
