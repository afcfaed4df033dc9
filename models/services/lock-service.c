/* lock-service.c - locks under leases, and beside them what they protect.
 *
 * Leases (Gray and Cheriton, SOSP 1989) run by the service's monotonic clock. A holder that is
 * paused past the end of its lease does not know; so what the lock protects has to know: it takes a
 * write with the token of the grant as its value, and turns away a token that is older than the
 * newest it has seen (lock.h). `fencing: false` takes all: a lock that most of the time is one.
 *
 * What the lock protects is kept on the same node and sees nothing of the locks but the tokens, as
 * if it were a store of its own: reads and writes of the store interface, the key that of the lock.
 *
 * Grants and writes are on disk before they are answered. After a restart the leases are forgotten:
 * nothing is granted for a `ttl`, so that all have ended. */
#include "models/parts/lock.h"
#include "models/parts/room.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

struct params {
    sim_time ttl;
    bool fencing;
};

static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, ttl, "1s", "1us", "1d", "how long a grant lasts"),
    SIM_BOOLEAN(struct params, fencing, "true",
                "what is protected turns writes with an older token away"),
    { 0 },
};

struct lock {
    int64_t key, token; /* of the last grant */
    int64_t holder;
    sim_time until;  /* by the own clock; over: nobody holds it */
    int64_t written; /* the token of the last write that was taken; SIM_NIL: none */
    int64_t newest;  /* of all of them */
};

struct state {
    int64_t granted;
    /* not described: */
    sim_time not_before; /* the first grant of this life */
    struct lock *locks;
    uint32_t count, capacity;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, granted, "the token of the last grant of all locks"),
    { 0 },
};

SIM_RECORD(entry, kind, key, token);
enum { GRANT, WRITTEN };

SIM_RECORD(granted, key, token, holder);
SIM_RECORD(expired, key, token, holder);
SIM_RECORD(fenced, key, token, newest);

enum log { LOG };
enum note { GRANTED, EXPIRED, FENCED };
enum metric { GRANTS, HELD, EXPIRIES, FENCED_WRITES, LATE_WRITES };
enum mark { RESTARTED, TAKEN_OVER };

static struct lock *find(struct sim_seat *me, int64_t key)
{
    struct state *s = sim_state(me);

    for (uint32_t i = 0; i < s->count; i++)
        if (s->locks[i].key == key)
            return &s->locks[i];
    s->locks = make_room(me, s->locks, s->count, &s->capacity, sizeof(struct lock));
    s->locks[s->count] = (struct lock){ .key = key, .written = SIM_NIL, .newest = SIM_NIL };
    return &s->locks[s->count++];
}

static bool log_entry(struct sim_seat *me, int64_t kind, int64_t key, int64_t token)
{
    if (sim_append(me, LOG, &(struct entry){ kind, key, token }, NULL) != SIM_DISK_FINE)
        return false; /* the node stops for good */
    sim_sync(me);
    return true;
}

/* -- locks ------------------------------------------------------------------------------------- */

static struct lock_reply acquire(struct sim_seat *me, const struct lock_acquire *m)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct lock *lock = find(me, m->key);
    sim_time now = sim_now(me);
    bool held = lock->holder != 0 && now < lock->until;

    if (now < s->not_before || (held && lock->holder != m->holder)) {
        sim_time until = now < s->not_before ? s->not_before : lock->until;

        sim_reached(me, now < s->not_before ? RESTARTED : TAKEN_OVER);
        sim_count(me, HELD, 1);
        return (struct lock_reply){ LOCK_HELD, SIM_NIL, until - now };
    }
    if (lock->holder != 0 && !held) {
        sim_count(me, EXPIRIES, 1);
        sim_note(me, EXPIRED, &(struct expired){ m->key, lock->token, lock->holder });
    }
    lock->token = ++s->granted;
    lock->holder = m->holder;
    lock->until = now + p->ttl;
    sim_count(me, GRANTS, 1);
    sim_note(me, GRANTED, &(struct granted){ m->key, lock->token, m->holder });
    log_entry(me, GRANT, m->key, lock->token);
    return (struct lock_reply){ LOCK_DONE, lock->token, p->ttl };
}

static struct lock_reply release(struct sim_seat *me, const struct lock_release *m)
{
    struct lock *lock = find(me, m->key);

    if (lock->holder == 0 || lock->token != m->token)
        return (struct lock_reply){ LOCK_LOST, SIM_NIL, 0 };
    lock->holder = 0;
    return (struct lock_reply){ LOCK_DONE, m->token, 0 };
}

static void on_lock(struct sim_seat *me, const struct sim_request *request)
{
    struct lock_reply reply = request->operation == LOCK_ACQUIRE ? acquire(me, request->body)
                                                                 : release(me, request->body);

    sim_reply(me, request->ticket, &reply);
}

/* -- what they protect ------------------------------------------------------------------------- */

static struct store_reply take_write(struct sim_seat *me, int64_t key, int64_t token)
{
    const struct params *p = sim_params(me);
    struct lock *lock = find(me, key);

    if (lock->newest != SIM_NIL && token < lock->newest) {
        if (p->fencing) {
            sim_count(me, FENCED_WRITES, 1);
            sim_note(me, FENCED, &(struct fenced){ key, token, lock->newest });
            return (struct store_reply){ STORE_MISMATCH, lock->newest, STORE_NO_HINT };
        }
        sim_count(me, LATE_WRITES, 1);
    }
    lock->written = token;
    if (lock->newest == SIM_NIL || token > lock->newest)
        lock->newest = token;
    log_entry(me, WRITTEN, key, token);
    return (struct store_reply){ STORE_OK, SIM_NIL, STORE_NO_HINT };
}

static void on_store(struct sim_seat *me, const struct sim_request *request)
{
    struct sim_operation o = store_operation_of(request);
    struct store_reply reply = { STORE_UNAVAILABLE, SIM_NIL, STORE_NO_HINT };

    if (o.kind == SIM_READ)
        reply = (struct store_reply){ STORE_OK, find(me, o.key)->written, STORE_NO_HINT };
    else if (o.kind == SIM_WRITE)
        reply = take_write(me, o.key, o.argument);
    sim_reply(me, request->ticket, &reply);
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    s->not_before = sim_now(me) + (length > 0 ? p->ttl : 0);
    for (uint64_t i = 0; i < length; i++) {
        struct entry e = *(const struct entry *)sim_log_record(me, LOG, i);
        struct lock *lock = find(me, e.key);

        if (e.kind == GRANT) {
            lock->token = e.token;
            s->granted = e.token > s->granted ? e.token : s->granted;
        } else {
            lock->written = e.token;
            lock->newest =
                lock->newest == SIM_NIL || e.token > lock->newest ? e.token : lock->newest;
        }
    }
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char why[] = "a lock service has one node: `count` has to be 1";

    (void)params;
    if (members == 1)
        return NULL;
    memcpy(text, why, sizeof why);
    return "count";
}

static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    for (uint32_t i = 0; i < s->count; i++)
        if (s->locks[i].written != SIM_NIL)
            sim_ledger_holds(ledger, s->locks[i].key, s->locks[i].written);
    for (uint64_t i = 0; i < length; i++) {
        const struct entry *e = sim_log_record(me, LOG, i);

        if (e->kind == WRITTEN)
            sim_ledger_applied(ledger, e->key, e->token);
    }
    sim_ledger_complete(ledger);
}

/* tokens-grow: no token is granted twice, also by a service that restarted. */
struct watched {
    int64_t granted;
};

static void judge(struct sim_judge *judge, uint32_t member)
{
    const struct state *s = sim_judge_state(judge, member);
    struct watched *w = sim_judge_memory(judge);
    char name[64];

    if (s->granted < w->granted)
        sim_violated(judge, "tokens-grow", "%s had granted token %lld and goes on from %lld",
                     sim_judge_name(judge, member, name), (long long)w->granted,
                     (long long)s->granted);
    w->granted = s->granted;
}

const struct sim_model lock_service_model = {
    .name = "lock-service",
    .summary = "locks under leases, with or without fencing tokens, and what they protect",
    .source = "Burrows, The Chubby lock service for loosely-coupled distributed systems, OSDI "
              "2006, section 2.4",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .notes = {
        [GRANTED] = { "granted", SIM_WORDS(granted) },
        [EXPIRED] = { "expired", SIM_WORDS(expired) },
        [FENCED] = { "fenced", SIM_WORDS(fenced) },
    },
    .serves = { { &lock_interface, on_lock }, { &store_interface, on_store } },
    .without = { &store_interface, ~(1u << STORE_READ | 1u << STORE_WRITE) },
    .logs = { [LOG] = { "grants and writes", SIM_WORDS(entry) } },
    .metrics = {
        [GRANTS] = { "grants", SIM_COUNTER, "locks granted" },
        [HELD] = { "held", SIM_COUNTER, "requests for a lock that somebody holds" },
        [EXPIRIES] = { "expired", SIM_COUNTER, "leases that ended before they were given back" },
        [FENCED_WRITES] = { "fenced", SIM_COUNTER, "writes turned away for their old token" },
        [LATE_WRITES] = { "late", SIM_COUNTER, "writes with an old token that were taken" },
    },
    .marks = {
        [RESTARTED] = { "restarted", "no grant, for leases of an earlier life may last" },
        [TAKEN_OVER] = { "held", "a lock is asked for that somebody else holds" },
    },
    .invariant = { sizeof(struct watched), judge, { "tokens-grow" } },
    .start = on_start,
    .holds = on_holds,
    .check = check,
};
