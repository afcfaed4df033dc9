/* quorum_coordinator.c - asks the replicas of a key, and says when enough of them have answered.
 *
 * DeCandia et al., section 4.5: "the coordinator ... sends the new version ... to the N
 * highest-ranked reachable nodes. If at least W-1 nodes respond then the write is considered
 * successful"; here the coordinator's own copy is one of W only if it keeps the key. A read asks
 * all N as well and is answered after R; what comes later serves to repair.
 *
 * What did not get its quorum in time may have happened all the same, and a write says nothing
 * then. Who did not answer is suspected until something is heard of it; a coordinator that suspects
 * so many that a quorum cannot come turns requests away before it sends anything. */
#include "models/parts/room.h"
#include "models/replication/quorum/quorum.h"

#include <assert.h>
#include <string.h>

uint32_t quorum_keepers(const struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    return sim_members(me) - (uint32_t)p->proxies;
}

/* -- who can be reached ------------------------------------------------------------------------ */

static void suspect(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (member == sim_self(me) || s->suspected[member])
        return;
    s->suspected[member] = true;
    s->suspects++;
    sim_timer_peer(me, PROBE, member, p->probe);
}

void quorum_heard(struct sim_seat *me, uint32_t from)
{
    struct state *s = sim_state(me);

    if (!s->suspected[from])
        return;
    s->suspected[from] = false;
    s->suspects--;
    sim_cancel_peer(me, PROBE, from);
}

void quorum_on_probe(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_send(me, sim_peer(me), PING, NULL);
    sim_timer_peer(me, PROBE, sim_peer(me), p->probe);
}

void quorum_on_ping(struct sim_seat *me, const struct sim_message *message)
{
    quorum_heard(me, message->from);
    sim_send(me, message->from, PONG, NULL);
}

void quorum_on_pong(struct sim_seat *me, const struct sim_message *message)
{
    quorum_heard(me, message->from);
}

/* -- what is coordinated ----------------------------------------------------------------------- */

/* Its place and which use of it: so that an answer to an earlier one is known. */
static int64_t id_of(struct sim_seat *me, const struct coordinated *one)
{
    const struct state *s = sim_state(me);

    return (int64_t)((uint64_t)one->generation << 32 | (uint64_t)(one - s->coordinated));
}

/* NULL: it is over, or of an earlier life. */
static struct coordinated *with_id(struct sim_seat *me, int64_t id)
{
    struct state *s = sim_state(me);
    uint32_t place = (uint32_t)id;

    if (place >= s->coordinated_count || s->coordinated[place].phase == FREE ||
        s->coordinated[place].generation != (uint32_t)(id >> 32))
        return NULL;
    return &s->coordinated[place];
}

/* Generations begin anew with each life, apart from those of the one before. */
static struct coordinated *take(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    const struct disk *d = sim_disk(me);
    struct coordinated *one;
    uint32_t generation;

    if (s->idle_count > 0) {
        one = &s->coordinated[s->idle[--s->idle_count]];
    } else {
        s->coordinated = make_room(me, s->coordinated, s->coordinated_count,
                                   &s->coordinated_capacity, sizeof(struct coordinated));
        one = &s->coordinated[s->coordinated_count++];
        *one = (struct coordinated){ .generation = (uint32_t)(d->starts % 128) << 24 };
    }
    generation = one->generation;
    *one = (struct coordinated){ .generation = generation };
    return one;
}

static void let_go(struct sim_seat *me, struct coordinated *one)
{
    struct state *s = sim_state(me);

    held_finish(me, &one->held);
    one->phase = FREE;
    one->generation++;
    s->idle = make_room(me, s->idle, s->idle_count, &s->idle_capacity, sizeof(uint32_t));
    s->idle[s->idle_count++] = (uint32_t)(one - s->coordinated);
}

static struct asked *find_asked(struct sim_seat *me, int64_t session);

static void answer(struct sim_seat *me, struct coordinated *one, int64_t status, int64_t value)
{
    struct asked *asked = one->sequence > 0 ? find_asked(me, one->session) : NULL;
    int64_t hint = status == STORE_UNAVAILABLE ? (int64_t)sim_self(me) : STORE_NO_HINT;

    if (asked != NULL && asked->request == id_of(me, one))
        asked->done = status == STORE_OK;
    one->told = true;
    sim_reply(me, one->ticket, &(struct store_reply){ status, value, hint });
}

static struct contacted *contact_of(struct coordinated *one, uint32_t member)
{
    for (uint32_t i = 0; i < one->count; i++)
        if (one->contacts[i].member == member)
            return &one->contacts[i];
    return NULL;
}

/* The next member of the ring that is asked for nothing and not suspected, instead of CONTACT.
 * NULL: there is none. */
static struct contacted *add_stand_in(struct sim_seat *me, struct coordinated *one,
                                      uint32_t instead)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[CONTACTS_MAX];
    uint32_t count = ring_preference(&s->ring, one->key, members, CONTACTS_MAX);

    for (uint32_t i = (uint32_t)p->n; i < count && one->count < CONTACTS_MAX; i++) {
        if (s->suspected[members[i]] || contact_of(one, members[i]) != NULL)
            continue;
        sim_reached(me, STOOD_IN);
        one->contacts[one->count] = (struct contacted){ .member = members[i], .instead = instead };
        return &one->contacts[one->count++];
    }
    return NULL;
}

static bool has_stand_in(const struct coordinated *one, uint32_t member)
{
    for (uint32_t i = 0; i < one->count; i++)
        if (one->contacts[i].instead == member)
            return true;
    return false;
}

/* All N that keep the key, or so many drawn from them as are needed. Sloppy: for those that are
 * believed to be away the next ones of the ring, too. */
static void choose(struct sim_seat *me, struct coordinated *one, int64_t needed)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[REPLICAS_MAX];
    uint32_t count = ring_preference(&s->ring, one->key, members, (uint32_t)p->n);

    one->count = p->contact == EVERYBODY ? count : (uint32_t)needed;
    one->answers = 0;
    for (uint32_t i = 0; i < one->count; i++) {
        uint32_t other = i;

        if (p->contact == DRAWN)
            other = (uint32_t)sim_uniform(me, CONTACT, i, count);
        one->contacts[i] = (struct contacted){ .member = members[other], .instead = NOBODY };
        members[other] = members[i];
    }
    for (uint32_t i = 0; i < count && p->quorum == SLOPPY; i++)
        if (s->suspected[one->contacts[i].member])
            add_stand_in(me, one, one->contacts[i].member);
}

/* What the phase asks of a contact. BLOB: the versions, where they are sent. */
static void ask_one(struct sim_seat *me, const struct coordinated *one,
                    const struct contacted *contact, const struct sim_blob *blob)
{
    int64_t id = id_of(me, one);

    if (one->phase == ASKING || one->phase == READING)
        sim_send(me, contact->member, READ, &(struct read){ id, one->key });
    else if (contact->instead != NOBODY)
        sim_send_blob(me, contact->member, HINTED,
                      &(struct hinted){ id, one->key, contact->instead }, blob);
    else if (one->phase == REPAIRING)
        sim_send_blob(me, contact->member, REPAIR, &(struct repair){ id, one->key }, blob);
    else
        sim_send_blob(me, contact->member, WRITE, &(struct write){ id, one->key }, blob);
}

/* -- writes ------------------------------------------------------------------------------------ */

/* Vector clocks: the own copy comes first and is on disk before anything is sent, for the next
 * version follows it. */
static void send_version(struct sim_seat *me, struct coordinated *one,
                         const struct version *version)
{
    const struct params *p = sim_params(me);
    const struct sim_blob *blob;
    struct contacted *own = contact_of(one, sim_self(me));

    held_merge(me, &one->held, version);
    blob = held_blob(me, &one->held);
    if (p->stamp == VECTOR) {
        assert(own != NULL);
        quorum_keep(me, one->key, version);
    }
    for (uint32_t i = 0; i < one->count; i++)
        ask_one(me, one, &one->contacts[i], blob);
}

static void write(struct sim_seat *me, struct coordinated *one)
{
    const struct params *p = sim_params(me);
    int64_t *clock = NULL;
    struct version version;

    choose(me, one, p->w);
    one->phase = WRITING;
    if (p->stamp == VECTOR)
        clock = sim_new(me, sim_members(me) * sizeof(int64_t));
    version = quorum_next(me, p->stamp == VECTOR ? quorum_held(me, one->key) : &one->held,
                          one->value, clock);
    held_finish(me, &one->held);
    send_version(me, one, &version);
    sim_drop(me, clock, clock != NULL ? sim_members(me) * sizeof(int64_t) : 0);
}

static void ask(struct sim_seat *me, struct coordinated *one, int64_t phase)
{
    const struct params *p = sim_params(me);

    choose(me, one, p->r);
    one->phase = phase;
    for (uint32_t i = 0; i < one->count; i++)
        ask_one(me, one, &one->contacts[i], NULL);
}

/* -- reads ------------------------------------------------------------------------------------- */

/* R + W > N: each read asks one that has the last write; else it may be behind, and so it may with
 * stand-ins. */
static int64_t status_of_reads(const struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    return p->quorum == STRICT && p->r + p->w > p->n ? STORE_OK : STORE_STALE;
}

/* Siblings are a list: all their values. */
static void answer_read(struct sim_seat *me, struct coordinated *one)
{
    struct store_reply reply = { status_of_reads(me), SIM_NIL, STORE_NO_HINT };
    struct sim_blob *blob = NULL;
    int64_t values = 0, *words;

    for (uint32_t i = 0; i < one->held.count; i++) {
        if (one->held.items[i].value == SIM_NIL)
            continue;
        reply.value = one->held.items[i].value;
        values++;
    }
    one->told = true;
    if (values > 1) {
        blob = sim_blob_make(me, (size_t)values, &words);
        for (uint32_t i = 0; i < one->held.count; i++)
            if (one->held.items[i].value != SIM_NIL)
                *words++ = one->held.items[i].value;
        sim_reached(me, SIBLINGS);
    }
    sim_reply_blob(me, one->ticket, &reply, blob);
}

static uint32_t count_up_to_date(const struct sim_seat *me, const struct coordinated *one)
{
    uint64_t hash = held_hash(me, &one->held);
    uint32_t count = 0;

    for (uint32_t i = 0; i < one->count; i++)
        count += one->contacts[i].answered && one->contacts[i].hash == hash;
    return count;
}

/* To those whose answer lacked something; WAITED for, also to those that did not answer. What a
 * stand-in lacks is nothing that it should have, but if it counts for W it takes it as one. */
static void repair(struct sim_seat *me, struct coordinated *one, bool waited)
{
    uint64_t hash = held_hash(me, &one->held);
    const struct sim_blob *blob = held_blob(me, &one->held);

    for (uint32_t i = 0; i < one->count; i++) {
        struct contacted *contact = &one->contacts[i];

        if (contact->answered ? contact->hash == hash : !waited)
            continue;
        if (waited) {
            contact->answered = false;
            ask_one(me, one, contact, blob);
        } else if (contact->instead == NOBODY) {
            sim_send_blob(me, contact->member, REPAIR, &(struct repair){ NOBODY_WAITS, one->key },
                          blob);
        }
    }
}

/* Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 1995: a
 * read writes back what it is about to tell, so that no later one finds less. */
static void read_quorum(struct sim_seat *me, struct coordinated *one)
{
    const struct params *p = sim_params(me);
    uint32_t up_to_date = count_up_to_date(me, one);

    if (p->read_repair != FIRST || up_to_date >= p->w || one->held.count == 0) {
        answer_read(me, one);
        return;
    }
    sim_reached(me, REPAIRED_FIRST);
    one->phase = REPAIRING;
    repair(me, one, true);
    one->answers = up_to_date;
}

/* All have answered, or will not. */
static void finish(struct sim_seat *me, struct coordinated *one)
{
    const struct params *p = sim_params(me);

    if (one->phase == READING && one->told && p->read_repair != NEVER)
        repair(me, one, false);
    let_go(me, one);
}

/* -- answers ----------------------------------------------------------------------------------- */

/* The contact whose answer this is; NULL: it answers nothing that is asked. */
static struct contacted *answered(struct coordinated *one, uint32_t from, bool is_value)
{
    struct contacted *contact = one != NULL ? contact_of(one, from) : NULL;

    if (contact == NULL || contact->answered ||
        is_value != (one->phase == ASKING || one->phase == READING))
        return NULL;
    contact->answered = true;
    one->answers++;
    return contact;
}

void quorum_on_value(struct sim_seat *me, const struct sim_message *message)
{
    const struct value *m = message->body;
    const struct params *p = sim_params(me);
    struct coordinated *one = with_id(me, m->request);
    struct contacted *contact = answered(one, message->from, true);
    struct held theirs = { 0 };

    quorum_heard(me, message->from);
    if (contact == NULL)
        return;
    for (uint32_t i = 0; i < held_count(me, message->blob); i++) {
        struct version version = held_read(me, message->blob, i);

        quorum_learn(me, &version);
        held_merge(me, &theirs, &version);
        held_merge(me, &one->held, &version);
    }
    contact->hash = held_hash(me, &theirs);
    held_finish(me, &theirs);
    if (one->answers == p->r && one->phase == ASKING)
        write(me, one);
    else if (one->answers == p->r && !one->told)
        read_quorum(me, one);
    if (one->phase == READING && one->answers == one->count)
        finish(me, one);
}

void quorum_on_written(struct sim_seat *me, const struct sim_message *message)
{
    const struct written *m = message->body;
    const struct params *p = sim_params(me);
    struct coordinated *one = with_id(me, m->request);

    quorum_heard(me, message->from);
    if (answered(one, message->from, false) == NULL)
        return;
    if (one->answers == p->w && !one->told) {
        if (one->phase == REPAIRING)
            answer_read(me, one);
        else
            answer(me, one, STORE_OK, SIM_NIL);
    }
    if (one->answers == one->count)
        finish(me, one);
}

/* -- time is over ------------------------------------------------------------------------------ */

/* A read has had no effect, and may be asked again. A write may be with some replicas, and come to
 * the others: its client must not be told that it failed. */
static void tell_failure(struct sim_seat *me, struct coordinated *one)
{
    bool writes = one->phase == WRITING;

    sim_count(me, TIMEOUTS, 1);
    if (!writes || sim_bug(me, TIMEOUT_IS_FAILURE))
        answer(me, one, STORE_UNAVAILABLE, SIM_NIL);
}

/* For those that nobody stands in for, or whose stand-in did not answer. */
static void keep_hints(struct sim_seat *me, const struct coordinated *one)
{
    const struct sim_blob *blob = held_blob(me, &one->held);

    for (uint32_t i = 0; i < one->count; i++) {
        const struct contacted *contact = &one->contacts[i];
        bool covered =
            contact->answered || contact->instead != NOBODY || contact->member == sim_self(me);

        for (uint32_t k = 0; k < one->count; k++)
            covered |= one->contacts[k].instead == contact->member && one->contacts[k].answered;
        if (covered)
            continue;
        quorum_borrow(me, one->key, blob);
        quorum_add_hint(me, contact->member, one->key);
    }
}

void quorum_on_give_up(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    int64_t id;
    struct coordinated *one;

    memcpy(&id, context, sizeof id);
    one = with_id(me, id);
    if (one == NULL)
        return;
    for (uint32_t i = 0; i < one->count; i++)
        if (!one->contacts[i].answered)
            suspect(me, one->contacts[i].member);
    if (!one->told)
        tell_failure(me, one);
    if (one->phase == WRITING && p->hints != NO_HINTS && sim_self(me) < quorum_keepers(me))
        keep_hints(me, one);
    finish(me, one);
}

/* Sloppy: who does not answer soon gets a stand-in. */
void quorum_on_stand_in(struct sim_seat *me, const void *context)
{
    int64_t id;
    struct coordinated *one;
    uint32_t count;
    bool versions;

    memcpy(&id, context, sizeof id);
    one = with_id(me, id);
    if (one == NULL)
        return;
    count = one->count;
    versions = one->phase == WRITING || one->phase == REPAIRING;
    for (uint32_t i = 0; i < count; i++) {
        const struct contacted *contact = &one->contacts[i], *other;

        if (contact->answered || contact->member == sim_self(me))
            continue;
        suspect(me, contact->member);
        if (contact->instead != NOBODY || has_stand_in(one, contact->member))
            continue;
        other = add_stand_in(me, one, contact->member);
        if (other != NULL)
            ask_one(me, one, other, versions ? held_blob(me, &one->held) : NULL);
    }
}

/* -- requests ---------------------------------------------------------------------------------- */

/* Whom to ask instead; STORE_NO_HINT: this node coordinates the key itself. The next one after a
 * member that failed is asked next, and names the next one. */
static int64_t elsewhere(struct sim_seat *me, int64_t key)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[REPLICAS_MAX], count, self = sim_self(me), keepers = quorum_keepers(me);

    if (p->coordinator == NODE || self >= keepers)
        return STORE_NO_HINT;
    if (p->coordinator == PROXY)
        return keepers + self % (uint32_t)p->proxies;
    count = ring_preference(&s->ring, key, members, (uint32_t)p->n);
    for (uint32_t i = 0; i < count; i++)
        if (members[i] == self)
            return STORE_NO_HINT;
    return members[self % count];
}

/* Whether enough of those that keep KEY are not suspected. */
static bool can_reach(struct sim_seat *me, int64_t key, int64_t needed)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t members[CONTACTS_MAX], count;
    int64_t reachable = 0;

    if (s->suspects == 0)
        return true;
    count = ring_preference(&s->ring, key, members,
                            p->quorum == SLOPPY ? CONTACTS_MAX : (uint32_t)p->n);
    for (uint32_t i = 0; i < count; i++)
        reachable += !s->suspected[members[i]];
    return reachable >= needed;
}

static int64_t needed_for(const struct sim_seat *me, bool writes)
{
    const struct params *p = sim_params(me);
    bool both = writes ? p->stamp == COUNTER : p->read_repair == FIRST;

    if (both)
        return p->r > p->w ? p->r : p->w;
    return writes ? p->w : p->r;
}

static struct asked *find_asked(struct sim_seat *me, int64_t session)
{
    struct state *s = sim_state(me);
    struct asked *old = s->asked;
    uint32_t before = s->asked_capacity, at;

    if (4 * (uint64_t)s->asked_count >= 3 * (uint64_t)before) {
        s->asked_capacity = before == 0 ? 16 : 2 * before;
        s->asked = sim_new(me, s->asked_capacity * sizeof(struct asked));
        s->asked_count = 0;
        for (uint32_t i = 0; i < before; i++)
            if (old[i].used)
                *find_asked(me, old[i].session) = old[i];
        sim_drop(me, old, before * sizeof(struct asked));
    }
    at = (uint32_t)sim_mix((uint64_t)session, 0) & (s->asked_capacity - 1);
    while (s->asked[at].used && s->asked[at].session != session)
        at = (at + 1) & (s->asked_capacity - 1);
    if (!s->asked[at].used) {
        s->asked[at] = (struct asked){ .session = session, .used = true };
        s->asked_count++;
    }
    return &s->asked[at];
}

/* A change that came here before, doubled on its way or asked for again, is not made twice: it
 * would be written over what was written since. Another coordinator does not know of it, nor does
 * this one after a restart. */
static bool is_repeated(struct sim_seat *me, const struct sim_request *request)
{
    struct store_session session = store_session_of(request);
    const struct asked *asked;
    struct coordinated *one;

    if (session.sequence == 0)
        return false;
    asked = find_asked(me, session.session);
    if (session.sequence > asked->sequence)
        return false;
    one = with_id(me, asked->request);
    if (session.sequence < asked->sequence)
        return true; /* nobody waits for it */
    if (asked->done)
        sim_reply(me, request->ticket, &(struct store_reply){ STORE_OK, SIM_NIL, STORE_NO_HINT });
    else if (one != NULL && !one->told)
        one->ticket = request->ticket;
    return true;
}

static void coordinate(struct sim_seat *me, const struct sim_request *request,
                       const struct sim_operation *o)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct store_session session = store_session_of(request);
    struct coordinated *one = take(me);
    int64_t id = id_of(me, one);

    if (session.sequence > 0) {
        struct asked *asked = find_asked(me, session.session);

        asked->sequence = session.sequence;
        asked->request = id;
        asked->done = false;
        one->session = session.session;
        one->sequence = session.sequence;
    }
    one->ticket = request->ticket;
    one->key = o->key;
    one->value = o->kind == SIM_WRITE ? o->argument : SIM_NIL;
    if (o->kind == SIM_READ) {
        s->reads++;
        ask(me, one, READING);
    } else {
        s->writes++;
        if (p->stamp == COUNTER)
            ask(me, one, ASKING);
        else
            write(me, one);
    }
    sim_later(me, GIVE_UP, p->timeout, &id, sizeof id);
    if (p->quorum == SLOPPY)
        sim_later(me, STAND_IN, p->patience, &id, sizeof id);
}

/* A delete writes a tombstone. What depends on what a key holds cannot be decided here: certainly
 * not done. */
void quorum_on_request(struct sim_seat *me, const struct sim_request *request)
{
    struct sim_operation o = store_operation_of(request);
    bool writes = o.kind == SIM_WRITE || o.kind == SIM_DELETE;
    int64_t hint = elsewhere(me, o.key);
    struct store_reply reply = { STORE_UNAVAILABLE, SIM_NIL, STORE_NO_HINT };

    if (o.kind == SIM_READ || writes) {
        if (hint != STORE_NO_HINT) {
            reply.status = STORE_REDIRECT;
            reply.hint = hint;
        } else if (writes && is_repeated(me, request)) {
            return;
        } else if (can_reach(me, o.key, needed_for(me, writes))) {
            coordinate(me, request, &o);
            return;
        } else {
            sim_reached(me, FAILED_FAST);
            sim_count(me, UNAVAILABLE, 1);
            reply.hint = (int64_t)sim_self(me);
        }
    }
    sim_reply(me, request->ticket, &reply);
}
