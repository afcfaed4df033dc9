/* chain.c - replicas in a row: changes enter at the head, and what has come to the tail is true.
 *
 * Van Renesse and Schneider, "Chain Replication for Supporting High Throughput and Availability",
 * OSDI 2004: the head puts changes in order, each member passes them on to its successor, and what
 * the tail has, all have; so a tail that answers reads answers with what is certain. In the paper
 * the tail answers changes too; here the acknowledgement runs back along the chain, and the head,
 * who was asked, answers.
 *
 * `reads: any` is CRAQ (Terrace and Freedman, "Object Storage on CRAQ", USENIX ATC 2009): a member
 * may answer a read of a key that is clean, that is without a change that it passed on and has not
 * seen acknowledged; else it redirects to the tail.
 *
 * Who is in the chain is fixed (`failover: none`: one member that is away stops all changes), or
 * said by a chain-master (chain-master.c). The paper's servers fail by stopping; here a member that
 * was left out may be alive and know nothing of it. Three things keep it harmless: messages of
 * another epoch are not looked at, so what it passes on is never acknowledged; it answers only
 * under a lease of the master; and one that comes back is brought up behind the tail, where it
 * drops what it has and the chain has not (nobody was ever told of that), and answers nothing
 * before it has all that its predecessor had when it became the tail.
 *
 * What is passed on or acknowledged is on disk. The log is kept as a whole. */
#include "models/parts/room.h"
#include "models/replication/chain/chain_member.h"

#include <assert.h>
#include <string.h>

enum failover { FAILOVER_NONE, FAILOVER_MASTER };
static const char *const failover_names[] = { "none", "master", NULL };

enum reads { READS_TAIL, READS_ANY };
static const char *const reads_names[] = { "tail", "any", NULL };

struct params {
    int64_t failover; /* enum failover */
    int64_t reads;    /* enum reads */
    sim_time retry;
    int64_t batch;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, failover, "none", failover_names,
               "who takes a member that is down out of the chain: nobody, or a chain-master"),
    SIM_CHOICE(struct params, reads, "tail", reads_names,
               "who answers reads: the tail, or any member, of keys without a change under way"),
    SIM_DURATION(struct params, retry, "100ms", "1us", "1h",
                 "what was not acknowledged for so long is passed on again"),
    SIM_INTEGER(struct params, batch, "64", "1", "1024", "most changes in a message"),
    { 0 },
};

enum { WINDOW = 4 }; /* messages full of changes that a successor may have under way */

static const char *const role_names[] = { "out", "joining", "middle", "tail", "head", NULL };

static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, role, role_names, "in the chain; alone in it: the head"),
    SIM_WATCHED(struct state, epoch, "of the configuration"),
    SIM_WATCHED(struct state, order, "the chain, a hexadecimal digit for each member + 1"),
    SIM_WATCHED(struct state, joiner, "the member that is brought up; else -1"),
    SIM_WATCHED(struct state, last, "changes in the log"),
    SIM_WATCHED(struct state, commit, "of these, known to be at the tail"),
    SIM_WATCHED(struct state, complete, "it holds all that was ever answered"),
    { 0 },
};

struct disk {
    int64_t epoch, order, joiner, contact, complete;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, epoch, "of the configuration"),
    SIM_STATE(struct disk, order, "the chain"),
    SIM_STATE(struct disk, joiner, "the member that is brought up; else -1"),
    SIM_STATE(struct disk, contact, "the last epoch in which the predecessor was heard of"),
    SIM_STATE(struct disk, complete, "1: it holds all that was ever answered"),
    { 0 },
};

/* The blob holds `count` changes; `entered`: how far the sender's log went when the epoch began. */
SIM_RECORD(pass, epoch, previous, previous_epoch, count, entered);
/* match: what the sender has of what was passed to it; without success, where to try. */
SIM_RECORD(acknowledge, epoch, success, match, commit);

SIM_RECORD(configured, epoch, role, last);
SIM_RECORD(completed, epoch, last);
SIM_RECORD(dropped, index, epoch, key, value);

struct sync { /* context of a sim_sync_then */
    int64_t length, cuts;
};

enum message { PASS, ACKNOWLEDGE };
enum timer { RETRY };
enum note { CONFIGURED, COMPLETED, DROPPED };
enum metric { CHANGES, CLEAN_READS, DIRTY_READS, RESENT };
enum mark { WITHOUT_LEASE, LOGS_PART, CUT, GAP, OTHER_EPOCH };
enum bug { NO_LEASE };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* -- the chain --------------------------------------------------------------------------------- */

static int64_t own_place(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    return chain_place(s->order, sim_self(me));
}

static bool is_tail(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    return chain_tail(s->order) == (int64_t)sim_self(me);
}

static int64_t predecessor(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    int64_t place = own_place(me);

    if (place == CHAIN_NOBODY)
        return s->joiner == (int64_t)sim_self(me) ? chain_tail(s->order) : CHAIN_NOBODY;
    return chain_at(s->order, place - 1);
}

/* Behind the tail comes who is brought up. */
static int64_t successor(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    int64_t place = own_place(me);

    if (place == CHAIN_NOBODY)
        return CHAIN_NOBODY;
    return is_tail(me) ? s->joiner : chain_at(s->order, place + 1);
}

static const struct change *change_at(const struct sim_seat *me, int64_t index)
{
    return sim_log_record(me, LOG, (uint64_t)index - 1);
}

static int64_t epoch_at(const struct sim_seat *me, int64_t index)
{
    return index == 0 ? 0 : change_at(me, index)->epoch;
}

static bool may_answer(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (own_place(me) == CHAIN_NOBODY || !s->complete)
        return false;
    if (p->failover == FAILOVER_NONE || sim_bug(me, NO_LEASE) ||
        (s->leased && sim_now(me) <= s->leased_until))
        return true;
    sim_reached(me, WITHOUT_LEASE);
    return false;
}

/* -- the state machine ------------------------------------------------------------------------- */

static void answer(struct sim_seat *me, struct sim_ticket ticket, const struct kv_result *result)
{
    sim_reply_blob(me, ticket,
                   &(struct store_reply){ result->status, result->value, STORE_NO_HINT },
                   result->list);
}

static void apply(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    while (s->applied < s->commit) {
        struct change c = *change_at(me, ++s->applied);
        struct sim_operation o = { c.operation, c.key, c.argument, c.second };
        struct store_session session = { c.session, c.sequence };
        bool waits = s->count > 0 && s->waiting[s->first].index == s->applied;
        struct kv_result result;

        if (sessions_apply(me, &s->sessions, &s->kv, &o, session, waits, &result) && waits)
            answer(me, s->waiting[s->first].ticket, &result);
        if (waits) {
            s->first++;
            s->count--;
        }
    }
    if (s->count == 0)
        s->first = 0;
}

static bool advance(struct sim_seat *me, int64_t commit)
{
    struct state *s = sim_state(me);

    commit = smaller(commit, s->durable);
    if (commit <= s->commit)
        return false;
    s->commit = commit;
    apply(me);
    return true;
}

/* What was never acknowledged is dropped. */
static void cut_log(struct sim_seat *me, int64_t last)
{
    struct state *s = sim_state(me);

    assert(last >= s->commit);
    sim_reached(me, CUT);
    for (int64_t index = last + 1; index <= s->last; index++) {
        struct change c = *change_at(me, index);

        sim_note(me, DROPPED, &(struct dropped){ index, c.epoch, c.key, c.argument });
    }
    if (sim_truncate(me, LOG, (uint64_t)last) != SIM_DISK_FINE) /* the node stops for good */
        return;
    s->last = last;
    s->durable = smaller(s->durable, last);
    s->matched = smaller(s->matched, last);
    s->cuts++;
}

static void save(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    d->epoch = s->epoch;
    d->order = s->order;
    d->joiner = s->joiner;
    d->contact = s->contact ? s->epoch : 0;
    d->complete = s->complete;
    sim_write(me);
    sim_sync(me);
}

/* -- passing on -------------------------------------------------------------------------------- */

static void send_pass(struct sim_seat *me, int64_t previous, int64_t count)
{
    const struct state *s = sim_state(me);
    struct pass m = { s->epoch, previous, epoch_at(me, previous), count, s->entered };
    uint32_t to = (uint32_t)successor(me);
    struct sim_blob *blob;
    int64_t *words;

    if (count == 0) {
        sim_send(me, to, PASS, &m);
        return;
    }
    blob = sim_blob_make(me, (size_t)(count * CHANGE_WORDS), &words);
    for (int64_t i = 0; i < count; i++)
        memcpy(words + i * CHANGE_WORDS, change_at(me, previous + 1 + i), sizeof(struct change));
    sim_send_blob(me, to, PASS, &m, blob);
}

/* Only what is durable is passed on, so that no member has more than those before it. */
static void pass_on(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (successor(me) == CHAIN_NOBODY)
        return;
    while (!s->probing && s->next <= s->durable && s->next - 1 - s->acked < WINDOW * p->batch) {
        int64_t count = smaller(s->durable - s->next + 1, p->batch);

        send_pass(me, s->next - 1, count);
        s->next += count;
    }
}

static void probe(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    send_pass(me, s->next - 1, 0);
}

static void on_retry(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (successor(me) == CHAIN_NOBODY)
        return;
    if (!s->probing && s->acked < s->next - 1 && s->acked == s->acked_at_tick) {
        sim_count(me, RESENT, s->next - 1 - s->acked);
        s->next = s->acked + 1;
        s->probing = true;
    }
    s->acked_at_tick = s->acked;
    if (s->probing)
        probe(me);
    sim_timer(me, RETRY, p->retry);
}

/* A new successor, or one that may have lost what was under way: what it has it will tell. */
static void find_successor(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->next = s->durable + 1;
    s->acked = s->acked_at_tick = 0;
    s->probing = true;
    if (successor(me) == CHAIN_NOBODY)
        return;
    probe(me);
    sim_timer(me, RETRY, p->retry);
}

static void acknowledge(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    int64_t to = predecessor(me);

    if (to != CHAIN_NOBODY && s->contact)
        sim_send(
            me, (uint32_t)to, ACKNOWLEDGE,
            &(struct acknowledge){ s->epoch, true, smaller(s->matched, s->durable), s->commit });
}

/* -- what is durable --------------------------------------------------------------------------- */

static void look_whether_complete(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    if (s->complete || own_place(me) == CHAIN_NOBODY || !s->contact ||
        smaller(s->matched, s->durable) < s->needs)
        return;
    s->complete = true;
    save(me);
    sim_note(me, COMPLETED, &(struct completed){ s->epoch, s->last });
}

/* What the tail has on disk is acknowledged; the others hear of it on its way back. */
static void go_on(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    look_whether_complete(me);
    if (is_tail(me) && s->complete)
        advance(me, s->durable);
    if (is_tail(me) || s->role == JOINING)
        acknowledge(me);
    pass_on(me);
}

static void sync_log(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    if (s->syncing || s->durable == s->last)
        return;
    s->syncing = true;
    sim_sync_then(me, &(struct sync){ s->last, s->cuts }, sizeof(struct sync));
}

static void on_synced(struct sim_seat *me, const void *context)
{
    const struct sync *sync = context;
    struct state *s = sim_state(me);

    s->syncing = false;
    if (sync->cuts == s->cuts) {
        s->durable = larger(s->durable, sync->length);
        go_on(me);
    }
    sync_log(me);
}

/* -- messages ---------------------------------------------------------------------------------- */

/* The end of the epoch before the one that does not match: what was of it may not match either. */
static int64_t earlier(struct sim_seat *me, int64_t index)
{
    const struct state *s = sim_state(me);
    int64_t epoch = epoch_at(me, index);

    while (index > s->commit && epoch_at(me, index) == epoch)
        index--;
    return index;
}

static bool append(struct sim_seat *me, const struct change *change)
{
    struct state *s = sim_state(me);

    if (sim_append(me, LOG, change, NULL) != SIM_DISK_FINE) /* the node stops for good */
        return false;
    s->last++;
    return true;
}

static bool take(struct sim_seat *me, const struct sim_message *message)
{
    const struct pass *m = message->body;
    struct state *s = sim_state(me);
    size_t count;
    const int64_t *words = sim_blob_words(message->blob, &count);
    struct change c;

    for (int64_t i = 0; i < m->count; i++) {
        int64_t index = m->previous + 1 + i;

        memcpy(&c, words + i * CHANGE_WORDS, sizeof c);
        if (index <= s->last && epoch_at(me, index) == c.epoch)
            continue;
        if (index <= s->last)
            cut_log(me, index - 1);
        if (!append(me, &c))
            return false;
    }
    s->matched = larger(s->matched, m->previous + m->count);
    return true;
}

/* The first message of an epoch tells how far the chain goes: what is beyond is nobody else's. */
static void make_contact(struct sim_seat *me, const struct pass *m)
{
    struct state *s = sim_state(me);

    s->needs = m->entered;
    if (s->contact)
        return;
    if (s->last > m->entered)
        cut_log(me, m->entered);
    s->contact = true;
    save(me);
}

static void on_pass(struct sim_seat *me, const struct sim_message *message)
{
    const struct pass *m = message->body;
    struct state *s = sim_state(me);
    int64_t before = s->last;

    if (m->epoch != s->epoch || predecessor(me) != (int64_t)message->from) {
        sim_reached(me, OTHER_EPOCH);
        return;
    }
    make_contact(me, m);
    if (m->previous > s->last || epoch_at(me, m->previous) != m->previous_epoch) {
        int64_t hint = m->previous > s->last ? s->last : earlier(me, m->previous);

        sim_reached(me, m->previous > s->last ? GAP : LOGS_PART);
        sim_send(me, message->from, ACKNOWLEDGE,
                 &(struct acknowledge){ s->epoch, false, hint, s->commit });
        return;
    }
    if (!take(me, message))
        return;
    if (s->last == before && s->durable == s->last) { /* nothing new: a probe, or came before */
        look_whether_complete(me);
        if (is_tail(me) && s->complete)
            advance(me, s->durable);
        acknowledge(me);
        pass_on(me);
    }
    sync_log(me);
}

static void on_acknowledge(struct sim_seat *me, const struct sim_message *message)
{
    const struct acknowledge *m = message->body;
    struct state *s = sim_state(me);

    if (m->epoch != s->epoch || successor(me) != (int64_t)message->from)
        return;
    if (!m->success) {
        s->next = m->match + 1;
        s->acked = smaller(s->acked, m->match);
        s->probing = true;
        probe(me);
        return;
    }
    s->acked = larger(s->acked, m->match);
    if (s->probing) {
        s->probing = false;
        s->next = s->acked + 1;
    }
    if (!is_tail(me) && advance(me, m->commit))
        acknowledge(me);
    pass_on(me);
}

/* -- configurations ---------------------------------------------------------------------------- */

static int64_t role_in(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    int64_t place = own_place(me);

    if (place == CHAIN_NOBODY)
        return s->joiner == (int64_t)sim_self(me) ? JOINING : OUT;
    return place == 0 ? HEAD : is_tail(me) ? TAIL : MIDDLE;
}

/* Clients of a head that is none any more hear nothing: what they asked for may still be done. */
static void enter(struct sim_seat *me, int64_t epoch, int64_t order, int64_t joiner)
{
    struct state *s = sim_state(me);
    bool was_in = s->epoch == 0 ? epoch == 1 : own_place(me) != CHAIN_NOBODY;

    if (epoch <= s->epoch)
        return;
    s->complete = s->epoch == 0 ? was_in : s->complete;
    s->epoch = epoch;
    s->order = order;
    s->joiner = joiner;
    s->role = role_in(me);
    s->complete = s->complete && was_in && own_place(me) != CHAIN_NOBODY;
    s->contact = false;
    s->matched = 0;
    s->entered = s->last;
    if (s->role != HEAD)
        s->first = s->count = 0;
    save(me);
    sim_note(me, CONFIGURED, &(struct configured){ s->epoch, s->role, s->last });
    find_successor(me);
    if (is_tail(me) && s->complete && advance(me, s->durable))
        acknowledge(me);
}

static void on_master(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct chain_look *m = request->body;
    struct state *s = sim_state(me);
    bool joined =
        is_tail(me) && s->joiner != CHAIN_NOBODY && !s->probing && s->acked >= s->last - p->batch;

    if (p->failover == FAILOVER_MASTER) {
        if (m->echo != SIM_NIL && m->echo >= s->started) {
            sim_time until = m->echo + m->lease;

            s->leased_until = s->leased ? larger(s->leased_until, until) : until;
            s->leased = true;
        }
        joined = joined && m->epoch <= s->epoch;
        enter(me, m->epoch, m->order, m->joiner);
    }
    sim_reply(me, request->ticket,
              &(struct chain_status){ s->epoch, sim_now(me), s->last, s->complete, joined });
}

/* -- clients ----------------------------------------------------------------------------------- */

static void turn_away(struct sim_seat *me, struct sim_ticket ticket, int64_t to)
{
    bool known = to != CHAIN_NOBODY && to != (int64_t)sim_self(me);

    sim_reply(me, ticket,
              &(struct store_reply){ known ? STORE_REDIRECT : STORE_UNAVAILABLE, SIM_NIL,
                                     known ? to : STORE_NO_HINT });
}

static bool is_clean(struct sim_seat *me, int64_t key)
{
    const struct state *s = sim_state(me);

    for (int64_t index = s->commit + 1; index <= s->last; index++)
        if (change_at(me, index)->key == key)
            return false;
    return true;
}

static void on_read(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    bool any = p->reads == READS_ANY && !is_tail(me), clean = any && is_clean(me, o.key);
    struct kv_result result;

    if (!may_answer(me) || !(is_tail(me) || clean)) {
        if (any)
            sim_count(me, DIRTY_READS, !clean);
        turn_away(me, request->ticket, chain_tail(s->order));
        return;
    }
    sim_count(me, CLEAN_READS, clean);
    result = kv_apply(me, &s->kv, &o, true);
    answer(me, request->ticket, &result);
}

static void on_change(struct sim_seat *me, const struct sim_request *request)
{
    struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    struct store_session session = store_session_of(request);
    struct change c = { s->epoch, o.kind,          o.key,           o.argument,
                        o.second, session.session, session.sequence };

    if (s->role != HEAD || !may_answer(me)) {
        turn_away(me, request->ticket, chain_at(s->order, 0));
        return;
    }
    sim_count(me, CHANGES, 1);
    if (!append(me, &c))
        return;
    if (s->first > 0 && s->first + s->count == s->capacity) {
        memmove(s->waiting, s->waiting + s->first, s->count * sizeof(struct waiting));
        s->first = 0;
    }
    s->waiting =
        make_room(me, s->waiting, s->first + s->count, &s->capacity, sizeof(struct waiting));
    s->waiting[s->first + s->count++] = (struct waiting){ s->last, request->ticket };
    sync_log(me);
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    if (request->operation == STORE_READ)
        on_read(me, request);
    else
        on_change(me, request);
}

/* -- the start --------------------------------------------------------------------------------- */

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);
    int64_t order = 0;

    s->started = sim_now(me);
    s->joiner = CHAIN_NOBODY;
    s->last = s->durable = s->entered = (int64_t)sim_log_length(me, LOG);
    kv_init(&s->kv);
    sessions_init(&s->sessions);
    if (d->epoch != 0) {
        s->epoch = d->epoch;
        s->order = d->order;
        s->joiner = d->joiner;
        s->contact = d->contact == d->epoch;
        s->complete = d->complete != 0;
        s->role = role_in(me);
        find_successor(me);
        if (is_tail(me) && s->complete)
            advance(me, s->durable);
    } else if (p->failover == FAILOVER_NONE) {
        for (uint32_t i = 0; i < sim_members(me); i++)
            order = chain_with(order, i);
        enter(me, 1, order, CHAIN_NOBODY);
    }
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char many[] = "a chain has 15 members at most: `count` has to be less";

    (void)params;
    if (members <= CHAIN_MEMBERS_MAX)
        return NULL;
    memcpy(text, many, sizeof many);
    return "failover";
}

/* What the tail has on disk is what counts. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);

    kv_tell(&s->kv, ledger);
    for (int64_t index = 1; index <= s->commit; index++) {
        const struct change *c = change_at(me, index);

        if (c->operation == SIM_WRITE || c->operation == SIM_DELETE)
            sim_ledger_applied(ledger, c->key, c->operation == SIM_WRITE ? c->argument : SIM_NIL);
    }
    sim_ledger_complete(ledger);
    if (is_tail(me) && s->complete)
        sim_ledger_authority(ledger, s->epoch);
}

const struct sim_model chain_model = {
    .name = "chain",
    .summary = "replicas in a row: changes enter at the head, and what the tail has is certain",
    .source = "van Renesse and Schneider, Chain Replication for Supporting High Throughput and "
              "Availability, OSDI 2004",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .messages = {
        [PASS] = { "pass", SIM_WORDS(pass), on_pass },
        [ACKNOWLEDGE] = { "acknowledge", SIM_WORDS(acknowledge), on_acknowledge },
    },
    .timers = { [RETRY] = { "retry", on_retry, false } },
    .notes = {
        [CONFIGURED] = { "configured", SIM_WORDS(configured) },
        [COMPLETED] = { "completed", SIM_WORDS(completed) },
        [DROPPED] = { "dropped", SIM_WORDS(dropped) },
    },
    .serves = { { &store_interface, on_request }, { &chain_interface, on_master } },
    .logs = { [LOG] = { "changes", SIM_WORDS(change) } },
    .metrics = {
        [CHANGES] = { "changes", SIM_COUNTER, "requests that the head put in order" },
        [CLEAN_READS] = { "clean-reads", SIM_COUNTER, "reads that others than the tail answered" },
        [DIRTY_READS] = { "dirty-reads", SIM_COUNTER,
                          "reads sent on to the tail, for a change of the key was under way" },
        [RESENT] = { "resent", SIM_COUNTER, "changes passed on again" },
    },
    .marks = {
        [WITHOUT_LEASE] = { "without-lease", "a member turns a client away, its lease is over" },
        [LOGS_PART] = { "logs-part", "a member's log went another way than its predecessor's" },
        [CUT] = { "cut", "a member drops what the chain has not" },
        [GAP] = { "gap", "a member lacks what the changes that came follow on" },
        [OTHER_EPOCH] = { "other-epoch", "a member gets changes of another configuration" },
    },
    .bugs = { [NO_LEASE] = "no_lease" },
    .invariant = { sizeof(struct ledger),
                   chain_judge,
                   { "agreement", "update-propagation", "one-chain-per-epoch" } },
    .start = on_start,
    .holds = on_holds,
    .synced = on_synced,
    .check = check,
};
