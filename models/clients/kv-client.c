/* kv-client.c - loads any store and records what it was told: the history that the checkers judge.
 *
 * Open loop (`rate`): operations arrive as a Poisson process, however slow the store is; that is
 * the load that shows queueing. Arrival, kind, key and value of the n-th operation come from draws
 * of their own, so all variants of a store are asked the same. Closed loop (no `rate`): each of
 * `processes` lanes has one operation at a time and thinks in between. Schroeder, Wierman and
 * Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006, says when it matters.
 *
 * Listed (`operations`): exactly these, at their times; those of a `process` in a closed loop, not
 * before the one before is over. So a run can be written down and played again.
 *
 * What may be repeated: what certainly did not happen. A store that answers "not me" or "not now",
 * or a node that refuses the request unseen, has not executed it, so the client tries the member it
 * was sent to, or the next one after `retry.delay`. An operation that got no answer within
 * `timeout` may have happened or happen yet: it is recorded as unknown.
 *
 * Sessions (store.h) number the operations, so that a store executes none twice, however often it
 * arrives. They cost 16 bytes per change in requests and logs and a remembered answer per session
 * in each replica; they are on, because without them every doubled message is a doubled effect.
 * With them, `retry.unanswered` may send an operation again that got no answer, to another member.
 * A session belongs to one operation at a time and serves the next one after it, whatever became of
 * the first: a higher number overtakes the lower ones for good.
 *
 * Who is asked is `read_from` and `write_to` (route.h says what the words mean), and `pinned` how
 * far a client may go when that one fails. What becomes of an operation whose store cannot be
 * reached is `unreachable`, the choice that every caller has to make: fail, when the attempts or
 * the time are over; wait, and ask for ever; or answer a read with the value last seen at the key,
 * which may be old (Nygard, "Release It!", 2007, on timeouts and on degrading).
 *
 * Besides the operations of the store there are three that are made of them, as in YCSB (ycsb.h):
 * an insert writes a key that nobody has used, a scan reads up to 100 keys one after the other, a
 * read-modify-write reads a key and then writes it, so that what others wrote in between is lost.
 * YCSB's mixes have names: `mix: ycsb-b`; it asks for keys by `{zipf: 0.99}`, of ycsb-d by
 * `{latest: 0.99}`.
 *
 * Values written are unique in the run, so that a read tells which write it saw. A compare-and-set
 * expects what this client last saw at the key. */
#include "models/parts/listed.h"
#include "models/parts/room.h"
#include "models/parts/route.h"
#include "models/parts/seen.h"
#include "models/parts/store.h"
#include "models/parts/ycsb.h"

#include <assert.h>
#include <string.h>

struct keys {
    int64_t count;
    struct sim_popularity *distribution;
};

static const struct sim_field keys_fields[] = {
    SIM_INTEGER(struct keys, count, "10", "1", "1000000000", "how many keys there are"),
    SIM_POPULARITY(struct keys, distribution, "uniform",
                   "how often each is asked for: uniform, {zipf: s}, {hotspot: {keys, share}}, or "
                   "{latest: s}, the keys that this node inserted last"),
    { 0 },
};

struct retry {
    int64_t attempts;
    sim_time delay;
    bool unanswered;
    sim_time patience;
};

static const struct sim_field retry_fields[] = {
    SIM_INTEGER(struct retry, attempts, "10", "1", "1000", "most attempts of an operation"),
    SIM_DURATION(struct retry, delay, "100ms", "0", "1h",
                 "pause before a member is tried that was not hinted at"),
    SIM_BOOLEAN(struct retry, unanswered, "false",
                "send an operation again that got no answer; without sessions, or in a store that "
                "knows none, it may happen twice"),
    SIM_DURATION(struct retry, patience, "200ms", "1us", "1d",
                 "how long to wait for that answer before asking another member"),
    { 0 },
};

enum unreachable { FAIL, WAIT, SERVE_STALE };
static const char *const unreachable_names[] = { "fail", "wait", "stale", NULL };

/* What is asked: the kinds of sim/world/operation.h, in their order, and what is made of them. */
enum { INSERT = SIM_OPERATION_KINDS, MODIFY, SCAN, KINDS };
static const char *const kind_names[] = { "read",   "write",  "cas",    "add",  "append",
                                          "delete", "insert", "modify", "scan", NULL };
enum { SCAN_MAX = 100 /* YCSB: maxscanlength */, LANES_PER_START = 1 << 20 };

struct params {
    struct sim_rate rate;
    int64_t processes;
    const struct sim_distribution *think;
    int64_t mix[KINDS];
    struct keys keys;
    const struct sim_operation_list *operations; /* NULL: drawn */
    sim_time timeout;
    struct retry retry;
    bool sessions, network_doubles;
    int64_t read_from, write_to; /* enum route_policy */
    int64_t pinned, unreachable; /* enum route_bounds, enum unreachable */
    /* derived: */
    sim_time gap;  /* mean time between arrivals; 0: closed loop, or listed */
    int64_t lanes; /* of the closed loop */
    int64_t known; /* of so many keys it remembers what it last saw; 0: of none */
};

static const struct sim_field params_fields[] = {
    SIM_RATE(struct params, rate, SIM_OPTIONAL, "1/d", "1000000000/s",
             "operations per node in open loop; absent: closed loop"),
    SIM_INTEGER(struct params, processes, "1", "1", "100000", "lanes per node in closed loop"),
    SIM_DISTRIBUTION(struct params, think, "0", "0", "1d",
                     "pause between a lane's operations in closed loop"),
    SIM_MIX_NAMED(struct params, mix, "{read: 50%, write: 50%}", kind_names, ycsb_mixes,
                  "shares of the kinds of operation, or the name of a mix, such as ycsb-a"),
    SIM_OBJECT(struct params, keys, keys_fields, "what the operations are about"),
    SIM_OPERATIONS(struct params, operations,
                   "exactly these, and then `rate`, `think`, `mix` and `keys` mean nothing"),
    SIM_DURATION(struct params, timeout, "1s", "1us", "1d",
                 "of an operation, all attempts together"),
    SIM_OBJECT(struct params, retry, retry_fields, "of attempts that had no effect, or no answer"),
    SIM_BOOLEAN(struct params, sessions, "true",
                "number the changes, so that the store executes none twice"),
    SIM_BOOLEAN(struct params, network_doubles, "false",
                "do not trust a store that turns a change away: the network may have doubled the "
                "request, so when all attempts were turned away it is unknown, not failed"),
    SIM_CHOICE(struct params, read_from, "last", route_policy_names,
               "whom reads ask first: the member that answered last, one of its own, any, the "
               "nearest, or one for each session"),
    SIM_CHOICE(struct params, write_to, "last", route_policy_names,
               "the same of what changes keys"),
    SIM_CHOICE(struct params, pinned, "anywhere", route_bounds_names,
               "how far an operation may go when who was asked fails: anywhere, within the own "
               "zone, or to no other member"),
    SIM_CHOICE(struct params, unreachable, "fail", unreachable_names,
               "what becomes of an operation without an answer: it fails or is unknown, it waits "
               "and asks for ever, or a read gets the value last seen at the key"),
    { 0 },
};

struct state {
    int64_t ok, failed, unknown, open;
    /* not described: */
    int64_t starts, written; /* the parts of the next value */
    struct route route;
    int64_t inserted;
    uint32_t lanes;                          /* numbered so far */
    int64_t sequence;                        /* of the last operation */
    const struct sim_listed_operation *next; /* of the open loop, if they are listed */
    struct slot *slots;
    uint32_t slot_count, slot_capacity;
    uint32_t *idle; /* slots of the open loop that are free */
    uint32_t idle_count, idle_capacity;
    struct seen seen; /* what compare-and-sets expect, and what is served stale */
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, ok, "operations done"),
    SIM_STATE(struct state, failed, "operations that certainly had no effect"),
    SIM_STATE(struct state, unknown, "operations without an answer"),
    SIM_STATE(struct state, open, "operations under way"),
    { 0 },
};

struct disk {
    int64_t starts;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, starts, "how often the node started, so that values stay unique"),
    { 0 },
};

/* Where one operation at a time is under way; its number is the context of calls and pauses, and
 * the session. */
struct slot {
    struct sim_operation operation;
    uint64_t id;
    sim_time deadline; /* by the own clock */
    sim_time asked;    /* when the last attempt began */
    int64_t sequence;
    uint32_t lane; /* of the history: a new one after an operation that may still happen */
    uint32_t member;
    int64_t attempts;
    int64_t
        beyond;   /* requests that filters sent on top of them; those that they did not send less */
    bool perhaps; /* an attempt may have done it, or do it yet */
    /* what follows in the lane, if this one is done: so many reads, or the write of `value` */
    int64_t rest, value;
    bool modifies;
    const struct sim_listed_operation *next; /* of the lane, if they are listed */
    bool has_home;                           /* of a session that sticks to a member */
    uint32_t home;
};

enum timer { ARRIVAL };
enum later { THOUGHT, AGAIN };
enum draw { GAP, KIND, KEY, THINK, MEMBER, LENGTH };
enum metric { ATTEMPTS, REDIRECTS, REPEATS, STALE, DEGRADED };
enum mark { GAVE_UP, UNANSWERED, REFUSED, MISMATCHED, LATE };

/* -- what is asked ----------------------------------------------------------------------------- */

static int64_t draw_kind(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    int64_t left = sim_uniform(me, KIND, 0, 1000000), kind = 0;

    while (kind < KINDS - 1 && left >= p->mix[kind])
        left -= p->mix[kind++];
    return kind;
}

/* Readable in decimal: node, start, counter. */
static int64_t new_value(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->written++;
    return sim_node(me) * INT64_C(1000000000000) + s->starts % 1000 * 1000000000 + s->written;
}

/* Readable in decimal: node, start, counter, beyond all keys that there are at first. */
static int64_t inserted_key(struct sim_seat *me, int64_t number)
{
    const struct state *s = sim_state(me);

    return (sim_node(me) + 1) * INT64_C(1000000000000) + s->starts % 1000 * 1000000000 + number;
}

/* Of the latest things the newest are those that this node inserted since it started, then come the
 * keys that there were at first, the last of them first. */
static int64_t draw_key(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    int64_t place = (int64_t)sim_popularity_sample(p->keys.distribution, sim_draw(me, KEY));

    if (!sim_popularity_is_latest(p->keys.distribution))
        return place;
    return place < s->inserted ? inserted_key(me, s->inserted - place)
                               : p->keys.count - 1 - (place - s->inserted);
}

/* Draws first, the same number whatever the kind; but only scans have a length. */
static void draw_operation(struct sim_seat *me, struct slot *slot)
{
    struct state *s = sim_state(me);
    int64_t kind = draw_kind(me), key = draw_key(me);
    struct sim_operation o = { kind, key, 0, 0 };

    slot->rest = 0;
    slot->modifies = false;
    if (kind == SIM_WRITE || kind == SIM_APPEND) {
        o.argument = new_value(me);
    } else if (kind == SIM_CAS) {
        seen_get(&s->seen, key, &o.argument);
        o.second = new_value(me);
    } else if (kind == SIM_ADD) {
        o.argument = 1;
    } else if (kind == INSERT) {
        o = (struct sim_operation){ SIM_WRITE, inserted_key(me, ++s->inserted), new_value(me), 0 };
    } else if (kind == MODIFY) {
        o.kind = SIM_READ;
        slot->rest = 1;
        slot->modifies = true;
        slot->value = new_value(me);
    } else if (kind == SCAN) {
        o.kind = SIM_READ;
        slot->rest = sim_uniform(me, LENGTH, 0, SCAN_MAX);
    }
    slot->operation = o;
}

/* -- slots ------------------------------------------------------------------------------------- */

static uint32_t add_slot(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->slots = make_room(me, s->slots, s->slot_count, &s->slot_capacity, sizeof(struct slot));
    s->slots[s->slot_count] = (struct slot){ .lane = s->lanes++ };
    return s->slot_count++;
}

static uint32_t take_slot(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    return s->idle_count > 0 ? s->idle[--s->idle_count] : add_slot(me);
}

static void give_slot(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    s->idle = make_room(me, s->idle, s->idle_count, &s->idle_capacity, sizeof(uint32_t));
    s->idle[s->idle_count++] = number;
}

static uint32_t number_of(const void *context)
{
    uint32_t number;

    memcpy(&number, context, sizeof number);
    return number;
}

static struct slot *slot_of(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    assert(number < s->slot_count);
    return &s->slots[number];
}

/* Readable in decimal: node, slot. */
static int64_t session_of(const struct sim_seat *me, uint32_t number)
{
    return sim_node(me) * INT64_C(10000000000) + number;
}

/* Grows over restarts too, so that what an earlier life sent is overtaken with its sessions. */
static int64_t new_sequence(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    return s->starts * INT64_C(1000000000000) + ++s->sequence;
}

/* The lane asks again: after a pause, or when the list says so. */
static void think(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    const struct slot *slot = slot_of(me, number);

    if (p->operations == NULL)
        sim_later(me, THOUGHT, sim_sample(me, THINK, p->think), &number, sizeof number);
    else if (slot->next != NULL)
        sim_later_at(me, THOUGHT, slot->next->at, &number, sizeof number);
}

/* -- an operation ------------------------------------------------------------------------------ */

static void begin(struct sim_seat *me, uint32_t number);

static bool goes_on(const struct slot *slot, enum sim_operation_status status)
{
    return slot->rest > 0 && status == SIM_OK;
}

static void go_on(struct sim_seat *me, uint32_t number)
{
    struct slot *slot = slot_of(me, number);

    slot->rest--;
    if (slot->modifies)
        slot->operation = (struct sim_operation){ SIM_WRITE, slot->operation.key, slot->value, 0 };
    else
        slot->operation.key++;
    begin(me, number);
}

static void finish(struct sim_seat *me, uint32_t number, enum sim_operation_status status,
                   int64_t value, const struct sim_blob *list)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct slot *slot = slot_of(me, number);

    s->ok += status == SIM_OK;
    s->failed += status == SIM_FAIL;
    s->unknown += status == SIM_UNKNOWN;
    s->open--;
    sim_measure(me, ATTEMPTS, slot->attempts + slot->beyond);
    sim_complete(me, slot->id, status, value, list);
    if (status == SIM_UNKNOWN) /* may still happen, and keeps its lane for ever */
        slot->lane = s->lanes++;
    if (goes_on(slot, status))
        go_on(me, number);
    else if (number >= p->lanes)
        give_slot(me, number);
    else
        think(me, number);
}

/* A read that nobody answered gets what this client saw last at the key, if it ever saw it. */
static bool serve_stale(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    const struct sim_operation *o = &slot_of(me, number)->operation;
    const struct state *s = sim_state(me);
    int64_t value;

    if (p->unreachable != SERVE_STALE || o->kind != SIM_READ)
        return false;
    if (!seen_get(&s->seen, o->key, &value))
        return false;
    sim_count(me, DEGRADED, 1);
    finish(me, number, SIM_OK, value, NULL);
    return true;
}

/* All attempts are over, and none was answered with a result. */
static void give_up(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    const struct slot *slot = slot_of(me, number);
    bool perhaps = slot->perhaps || (p->network_doubles && slot->operation.kind != SIM_READ);

    sim_reached(me, GAVE_UP);
    if (serve_stale(me, number))
        return;
    finish(me, number, perhaps ? SIM_UNKNOWN : SIM_FAIL, SIM_NIL, NULL);
}

static void attempt(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct slot *slot = slot_of(me, number);
    struct store_session session = { session_of(me, number), slot->sequence };
    struct store_request request = store_request_of(&slot->operation, session);
    sim_time left = p->unreachable == WAIT ? p->timeout : slot->deadline - sim_now(me);

    slot->asked = sim_now(me);
    if (p->retry.unanswered && p->retry.patience < left)
        left = p->retry.patience;
    sim_call(me, (unsigned)slot->operation.kind, slot->member, left, &number, sizeof number,
             &request);
}

/* A pause of the whole node may have eaten the time that was left. */
static void on_again(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    uint32_t number = number_of(context);

    if (p->unreachable == WAIT || sim_now(me) < slot_of(me, number)->deadline) {
        attempt(me, number);
    } else {
        sim_reached(me, LATE);
        give_up(me, number);
    }
}

static int64_t policy_of(const struct sim_seat *me, const struct slot *slot)
{
    const struct params *p = sim_params(me);

    return slot->operation.kind == SIM_READ ? p->read_from : p->write_to;
}

/* A session that moved away from a member that failed stays where it went. */
static uint32_t first_member(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);
    struct slot *slot = slot_of(me, number);
    int64_t policy = policy_of(me, slot);
    uint64_t choice = number;

    if (policy == ROUTE_STICKY && slot->has_home)
        return slot->home;
    if (policy == ROUTE_ANY)
        choice = (uint64_t)sim_uniform(me, MEMBER, 0, s->route.candidates);
    slot->home = route_first(me, &s->route, policy, choice);
    slot->has_home = policy == ROUTE_STICKY;
    return slot->home;
}

static void begin(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct slot *slot = slot_of(me, number);

    slot->deadline = sim_now(me) + p->timeout;
    slot->sequence = p->sessions ? new_sequence(me) : 0;
    slot->member = first_member(me, number);
    slot->attempts = 1;
    slot->beyond = 0;
    slot->perhaps = false;
    s->open++;
    slot->id =
        sim_invoke_in(me, slot->lane, number < p->lanes ? number : SIM_OPEN_LOOP, &slot->operation);
    attempt(me, number);
}

/* LISTED: what is asked; NULL: it is drawn. */
static void invoke(struct sim_seat *me, uint32_t number, const struct sim_listed_operation *listed)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    struct slot *slot = slot_of(me, number);

    if (listed == NULL)
        draw_operation(me, slot);
    else
        slot->operation = listed->operation;
    if (listed != NULL && listed->guesses)
        seen_get(&s->seen, slot->operation.key, &slot->operation.argument);
    if (slot->rest > 0 && !slot->modifies && slot->rest > p->keys.count - 1 - slot->operation.key)
        slot->rest =
            slot->operation.key < p->keys.count ? p->keys.count - 1 - slot->operation.key : 0;
    begin(me, number);
}

/* The attempt had no effect, or no answer. A hint is followed at once, and nobody pauses who has
 * waited for an answer; else the next member is tried after a pause. */
static void try_elsewhere(struct sim_seat *me, const struct sim_outcome *outcome, int64_t hint)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t number = number_of(outcome->context);
    struct slot *slot = slot_of(me, number);
    bool hinted, at_once;
    sim_time delay;

    slot->member = route_next(me, &s->route, policy_of(me, slot), outcome->to, hint, &hinted);
    if (slot->has_home && !hinted && hint != (int64_t)outcome->to)
        slot->home = slot->member;
    at_once = hinted || outcome->status == SIM_CALL_UNKNOWN;
    delay = at_once ? 0 : p->retry.delay;
    if (p->unreachable != WAIT &&
        (slot->attempts >= p->retry.attempts || sim_now(me) + delay >= slot->deadline)) {
        give_up(me, number);
        return;
    }
    slot->attempts++;
    if (at_once) {
        sim_count(me, hinted ? REDIRECTS : REPEATS, 1);
        attempt(me, number);
    } else {
        sim_later(me, AGAIN, delay, &number, sizeof number);
    }
}

static void on_done(struct sim_seat *me, const struct sim_outcome *outcome,
                    const struct store_reply *reply)
{
    const struct params *p = sim_params(me);
    uint32_t number = number_of(outcome->context);
    const struct slot *slot = slot_of(me, number);
    const struct sim_operation *o = &slot->operation;
    struct state *s = sim_state(me);
    int64_t value = reply->value;

    if (reply->status == STORE_STALE)
        sim_count(me, STALE, 1);
    else if (p->pinned != ROUTE_MEMBER)
        s->route.last = outcome->to;
    route_answered(me, &s->route, outcome->to, sim_now(me) - slot->asked);
    if (outcome->blob != NULL || (o->kind == SIM_APPEND && p->unreachable == SERVE_STALE))
        seen_forget(&s->seen, o->key);
    else if (o->kind == SIM_READ || o->kind == SIM_ADD || reply->status == STORE_MISMATCH)
        seen_set(&s->seen, o->key, value);
    else if (o->kind == SIM_WRITE)
        seen_set(&s->seen, o->key, o->argument);
    else if (o->kind == SIM_CAS)
        seen_set(&s->seen, o->key, o->second);
    else if (o->kind == SIM_DELETE)
        seen_set(&s->seen, o->key, SIM_NIL);
    if (reply->status == STORE_MISMATCH)
        sim_reached(me, MISMATCHED);
    finish(me, number, reply->status == STORE_MISMATCH ? SIM_FAIL : SIM_OK, value, outcome->blob);
}

static void on_unanswered(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t number = number_of(outcome->context);
    struct slot *slot = slot_of(me, number);
    bool hinted;

    sim_reached(me, UNANSWERED);
    slot->perhaps = true;
    if (p->retry.unanswered || p->unreachable == WAIT) {
        try_elsewhere(me, outcome, STORE_NO_HINT);
        return;
    }
    slot->member =
        route_next(me, &s->route, policy_of(me, slot), outcome->to, STORE_NO_HINT, &hinted);
    if (slot->has_home)
        slot->home = slot->member;
    give_up(me, number);
}

static void on_refused(struct sim_seat *me, const struct sim_outcome *outcome)
{
    sim_reached(me, REFUSED);
    try_elsewhere(me, outcome, STORE_NO_HINT);
}

/* By a filter: a read saw what it gave; of a change nobody knows whether it was done. */
static void on_degraded(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const uint32_t number = number_of(outcome->context);
    const struct store_reply *reply = outcome->body;

    sim_count(me, DEGRADED, 1);
    if (slot_of(me, number)->operation.kind == SIM_READ)
        finish(me, number, SIM_OK, reply->value, outcome->blob);
    else
        finish(me, number, SIM_UNKNOWN, SIM_NIL, NULL);
}

static void on_outcome(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct store_reply *reply = outcome->body;
    struct slot *slot = slot_of(me, number_of(outcome->context));

    slot->beyond += (int64_t)outcome->attempts - 1;
    slot->perhaps |= outcome->failed && !outcome->not_done;
    if (outcome->degraded)
        on_degraded(me, outcome);
    else if (outcome->status == SIM_CALL_UNKNOWN)
        on_unanswered(me, outcome);
    else if (outcome->status == SIM_REFUSED)
        on_refused(me, outcome);
    else if (reply->status == STORE_REDIRECT || reply->status == STORE_UNAVAILABLE)
        try_elsewhere(me, outcome, reply->hint);
    else
        on_done(me, outcome, reply);
}

/* -- when -------------------------------------------------------------------------------------- */

static void on_thought(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    uint32_t number = number_of(context);
    struct slot *slot = slot_of(me, number);
    const struct sim_listed_operation *listed = slot->next;

    if (listed != NULL)
        slot->next = sim_listed_next(p->operations, listed);
    invoke(me, number, listed);
}

/* The next one of the open loop. */
static void await_arrival(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (p->operations == NULL)
        sim_timer(me, ARRIVAL, sim_exponential(me, GAP, p->gap));
    else if (s->next != NULL)
        sim_timer_at(me, ARRIVAL, s->next->at);
}

static void on_arrival(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const struct sim_listed_operation *listed = s->next;

    if (listed != NULL)
        s->next = sim_listed_next(p->operations, listed);
    await_arrival(me);
    invoke(me, take_slot(me), listed);
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    int64_t i;

    /* what an earlier life asked may still happen: its lanes are not used again */
    s->starts = d->starts++;
    s->lanes = (uint32_t)s->starts * LANES_PER_START;
    sim_write(me);
    sim_sync(me);
    if (!route_init(me, &s->route, SIM_READ, p->pinned,
                    p->read_from == ROUTE_NEAREST || p->write_to == ROUTE_NEAREST)) {
        sim_halt(me, "pinned to a zone without a store");
        return;
    }
    if (p->known > 0)
        seen_init(me, &s->seen, p->known);
    if (p->operations != NULL)
        s->next = sim_listed_first(me, p->operations, SIM_OPEN_LOOP);
    if (p->gap > 0 || s->next != NULL)
        await_arrival(me);
    for (i = 0; i < p->lanes; i++) {
        uint32_t number = add_slot(me);

        if (p->operations != NULL)
            slot_of(me, number)->next = sim_listed_first(me, p->operations, number);
        think(me, number);
    }
}

static uint32_t operations(const void *params)
{
    const struct params *p = params;
    uint32_t kinds = 0;

    if (p->operations != NULL)
        return listed_kinds(p->operations);
    for (unsigned kind = 0; kind < SIM_OPERATION_KINDS; kind++)
        kinds |= p->mix[kind] > 0 ? 1u << kind : 0;
    if (p->mix[MODIFY] > 0 || p->mix[SCAN] > 0)
        kinds |= 1u << SIM_READ;
    if (p->mix[INSERT] > 0 || p->mix[MODIFY] > 0)
        kinds |= 1u << SIM_WRITE;
    return kinds;
}

/* Derives what depends on how the operations come about. */
static void derive(struct params *p)
{
    const struct sim_operation_list *list = p->operations;
    bool stale = p->unreachable == SERVE_STALE;

    p->gap = 0;
    if (list != NULL) {
        p->lanes = listed_has_lanes(list) ? p->processes : 0;
        p->known = stale || listed_guesses(list) ? listed_keys(list) : 0;
    } else {
        p->lanes = p->rate.count == 0 ? p->processes : 0;
        p->known = stale || p->mix[SIM_CAS] > 0 ? p->keys.count : 0;
    }
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char no_think[] = "belongs to the closed loop, but `rate` asks for the open one";
    static const char no_sessions[] =
        "who waits asks again, and without sessions a change that is asked for again may happen "
        "twice: `unreachable: wait` needs `sessions: true`";
    struct params *p = params;

    sim_popularity_resize(p->keys.distribution, (uint64_t)p->keys.count);
    derive(p);
    if (p->unreachable == WAIT && !p->sessions && operations(p) != 1u << SIM_READ) {
        memcpy(text, no_sessions, sizeof no_sessions);
        return "sessions";
    }
    if (p->operations != NULL)
        return listed_fits(p->operations, members, p->processes, text) ? NULL : "operations";
    if (p->rate.count == 0)
        return NULL;
    p->gap = p->rate.per / p->rate.count;
    if (p->gap == 0)
        p->gap = 1;
    if (sim_distribution_most(p->think) == 0 && p->processes == 1)
        return NULL;
    memcpy(text, no_think, sizeof no_think);
    return p->processes != 1 ? "processes" : "think";
}

const struct sim_model kv_client_model = {
    .name = "kv-client",
    .summary = "reads and changes the keys of a store, in open or closed loop; records the history",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .timers = { [ARRIVAL] = { "arrival", on_arrival, false } },
    .laters = { [THOUGHT] = { "thought", on_thought }, [AGAIN] = { "again", on_again } },
    .calls = {
        [SIM_READ] = { "read", &store_interface, STORE_READ, on_outcome },
        [SIM_WRITE] = { "write", &store_interface, STORE_WRITE, on_outcome },
        [SIM_CAS] = { "cas", &store_interface, STORE_CAS, on_outcome },
        [SIM_ADD] = { "add", &store_interface, STORE_ADD, on_outcome },
        [SIM_APPEND] = { "append", &store_interface, STORE_APPEND, on_outcome },
        [SIM_DELETE] = { "delete", &store_interface, STORE_DELETE, on_outcome },
    },
    .metrics = {
        [ATTEMPTS] = { "attempts", SIM_HISTOGRAM, "attempts per operation" },
        [REDIRECTS] = { "redirects", SIM_COUNTER, "hints followed" },
        [REPEATS] = { "repeats", SIM_COUNTER, "attempts without an answer that were repeated" },
        [STALE] = { "stale", SIM_COUNTER, "reads that the store called stale" },
        [DEGRADED] = { "degraded", SIM_COUNTER,
                       "answers that are none of the store: the value last seen, or a filter's" },
    },
    .marks = {
        [GAVE_UP] = { "gave-up", "all attempts of an operation are over without a result" },
        [UNANSWERED] = { "unanswered", "an attempt got no answer in time" },
        [REFUSED] = { "refused", "a node refused a request unseen" },
        [MISMATCHED] = { "mismatched", "a compare-and-set found another value" },
        [LATE] = { "late", "the node slept past the end of an operation" },
    },
    .live = { "rate", "mix", "timeout" },
    .draws = {
        [GAP] = "gap",
        [KIND] = "kind",
        [KEY] = "key",
        [THINK] = "think",
        [MEMBER] = "member",
        [LENGTH] = "length",
    },
    .listed = { "rate", "think", "mix", "keys" },
    .listed_draws = 1u << GAP | 1u << KIND | 1u << KEY | 1u << THINK | 1u << LENGTH,
    .start = on_start,
    .check = check,
    .operations = operations,
};
