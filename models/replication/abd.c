/* abd.c - an atomic register without a leader: a majority answers, and reads write back.
 *
 * Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 42(1),
 * 1995, in the form for several writers of Lynch and Shvartsman, "Robust Emulation of Shared Memory
 * Using Dynamic Quorum-Acknowledged Broadcasts", FTCS 1997. Every value has a tag, a number and who
 * gave it out, and of two the one with the higher tag is the later. Each operation has two phases,
 * and a phase is over when a majority has answered: the first asks for the highest tag; the second
 * sends a value to be kept, a write its own with a higher tag, a read the one that it found. Two
 * majorities have a member in common, so what an operation has kept, every later one finds. A read
 * has to keep what it tells: else a later one may ask another majority and tell less.
 *
 * This is the most that can be had without agreement (no failure detector, no leader, no clock),
 * and it is not more than reading and writing: a compare-and-set would be consensus (Herlihy,
 * "Wait-Free Synchronization", TOPLAS 1991), and is turned away.
 *
 * In the paper who writes is a process that fails for good. Here the member that a client asks
 * coordinates for it, and comes back: the tag therefore has the number of its life, or a member
 * that has forgotten a tag could give it to another value.
 *
 * A change that a session asks for again (sessions.h says why) is made once by the same member. At
 * another one it is, too, if anything of it can be known: with each value goes whose change it was,
 * replicas remember the last one of each session, and who asks a majority before he writes is told
 * that tag and goes on with it. What is left are two members that do the same change at the same
 * time without meeting: then it is made twice, and which of the two tags counts would be consensus
 * again. */
#include "models/parts/room.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

enum write_back { ALWAYS, NEEDED };
static const char *const write_back_names[] = { "always", "needed", NULL };

struct params {
    int64_t write_back; /* enum write_back */
    sim_time resend, timeout;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, write_back, "always", write_back_names,
               "reads write back what they tell: always, or unless all of the majority that "
               "answered have it"),
    SIM_DURATION(struct params, resend, "100ms", "1us", "1h",
                 "who has not answered by then is asked again"),
    SIM_DURATION(struct params, timeout, "1s", "1us", "1h",
                 "an operation that has found no majority by then is given up"),
    { 0 },
};

struct tag {
    int64_t number, member, life;
};

struct cell {
    int64_t key, value; /* SIM_NIL: deleted */
    struct tag tag;
    struct store_session session; /* whose change it was */
    int64_t issued;               /* the highest number that this life has given to a value of it */
    bool used;
};

enum phase { FREE, ASKING, KEEPING };

/* What this member does for a client. */
struct coordinated {
    int64_t phase;  /* enum phase */
    int64_t serial; /* no other has it, of no life */
    struct sim_ticket ticket;
    struct store_session session; /* whose change it writes, or has found */
    bool writes, again;           /* again: the tag is that of an earlier attempt */
    int64_t key, value;           /* what a write writes, or what was found with the highest tag */
    struct tag tag;
    uint64_t answered;        /* in this phase: members as bits */
    uint32_t answers, agreed; /* of those: how many told the highest tag */
};

/* The last change that a client's session asked of this member, and what became of it; and the last
 * one that this member was told to keep. */
enum fate { OPEN, DONE, TURNED_AWAY };
struct known {
    int64_t session;
    int64_t asked;         /* its sequence number; 0: none yet */
    int64_t fate;          /* enum fate */
    int64_t serial, place; /* how it is coordinated */
    struct tag tag;        /* number 0: it has none yet */
    int64_t taken;         /* sequence number of what was taken; 0: nothing yet */
    struct tag taken_tag;
    bool used;
};

struct state {
    int64_t kept, reads, writes;
    /* not described: */
    int64_t serial;
    int64_t last;       /* the key that it took last */
    struct cell *cells; /* an open-addressing table */
    uint32_t capacity, used;
    struct coordinated *coordinated;
    uint32_t coordinated_count, coordinated_capacity;
    struct known *known; /* an open-addressing table */
    uint32_t known_capacity, known_count;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, kept, "values that it took"),
    SIM_STATE(struct state, reads, "reads that it coordinated"),
    SIM_STATE(struct state, writes, "writes and deletes that it coordinated"),
    { 0 },
};

struct disk {
    int64_t lives;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, lives, "how often the node started, so that tags stay unique"),
    { 0 },
};

SIM_RECORD(taken, key, value, number, member, life, session, sequence);
SIM_RECORD(ask, serial, place, key, session, sequence); /* the change; a read: 0, 0 */
SIM_RECORD(found, serial, place, what, value, number, member, life, session, sequence);
SIM_RECORD(keep, serial, place, key, value, number, member, life, session, sequence);
SIM_RECORD(has, serial, place);

/* What was found: what the key holds, the tag of the very change that is asked for, or that its
 * session has asked for another one since. */
enum what { HELD, YOURS, PAST };

enum message { ASK, FOUND, KEEP, HAS };
enum later { RESEND, GIVE_UP };
enum log { LOG };
enum metric { WRITE_BACKS, RESENT, TIMEOUTS };
enum mark { DISAGREED, REPEATED, RESUMED, RECOVERED };
enum bug { NO_WRITE_BACK, ACK_BEFORE_SYNC, LIFE_FORGOTTEN };

enum { FIRST_PLACES = 16, MEMBERS_MAX = 64, LIFE_SHIFT = 40 };

/* -- sessions ---------------------------------------------------------------------------------- */

/* Where SESSION is in the table, or would be. */
static struct known *known_at(const struct state *s, int64_t session)
{
    uint32_t mask = s->known_capacity - 1, at = (uint32_t)sim_mix((uint64_t)session, 0) & mask;

    while (s->known[at].used && s->known[at].session != session)
        at = (at + 1) & mask;
    return &s->known[at];
}

static struct known *find_known(struct sim_seat *me, int64_t session)
{
    struct state *s = sim_state(me);
    struct known *old = s->known, *known;
    uint32_t before = s->known_capacity;

    if (4 * (uint64_t)s->known_count >= 3 * (uint64_t)before) {
        s->known_capacity = before == 0 ? FIRST_PLACES : 2 * before;
        s->known = sim_new(me, s->known_capacity * sizeof(struct known));
        for (uint32_t i = 0; i < before; i++)
            if (old[i].used)
                *known_at(s, old[i].session) = old[i];
        sim_drop(me, old, before * sizeof(struct known));
    }
    known = known_at(s, session);
    if (!known->used) {
        *known = (struct known){ .session = session, .used = true };
        s->known_count++;
    }
    return known;
}

/* -- what a replica keeps ---------------------------------------------------------------------- */

static int compare_tags(const struct tag *a, const struct tag *b)
{
    if (a->number != b->number)
        return a->number > b->number ? 1 : -1;
    if (a->member != b->member)
        return a->member > b->member ? 1 : -1;
    return a->life == b->life ? 0 : a->life > b->life ? 1 : -1;
}

/* KEY's place in the table, or where it would be. */
static struct cell *cell_at(const struct state *s, int64_t key)
{
    uint32_t mask = s->capacity - 1, at = (uint32_t)sim_mix((uint64_t)key, 0) & mask;

    while (s->cells[at].used && s->cells[at].key != key)
        at = (at + 1) & mask;
    return &s->cells[at];
}

static const struct cell *held_of(const struct state *s, int64_t key)
{
    static const struct cell nothing = { .value = SIM_NIL };
    const struct cell *cell = s->capacity > 0 ? cell_at(s, key) : &nothing;

    return cell->used ? cell : &nothing;
}

static struct cell *find(struct sim_seat *me, int64_t key)
{
    struct state *s = sim_state(me);
    struct cell *old = s->cells, *cell;
    uint32_t before = s->capacity;

    if (4 * (uint64_t)s->used >= 3 * (uint64_t)before) {
        s->capacity = before == 0 ? FIRST_PLACES : 2 * before;
        s->cells = sim_new(me, s->capacity * sizeof(struct cell));
        for (uint32_t i = 0; i < before; i++)
            if (old[i].used)
                *cell_at(s, old[i].key) = old[i];
        sim_drop(me, old, before * sizeof(struct cell));
    }
    cell = cell_at(s, key);
    if (!cell->used) {
        *cell = (struct cell){ .key = key, .value = SIM_NIL, .used = true };
        s->used++;
    }
    return cell;
}

/* Of two tags for one change, which two members have made, the higher one is remembered. */
static void remember(struct sim_seat *me, const struct taken *t, const struct tag *tag)
{
    struct known *known;

    if (t->sequence == 0)
        return;
    known = find_known(me, t->session);
    if (t->sequence < known->taken ||
        (t->sequence == known->taken && compare_tags(tag, &known->taken_tag) < 0))
        return;
    known->taken = t->sequence;
    known->taken_tag = *tag;
}

static bool is_news(struct sim_seat *me, const struct taken *t, const struct tag *tag)
{
    return compare_tags(tag, &held_of(sim_state(me), t->key)->tag) > 0 ||
           (t->sequence > 0 && t->sequence > find_known(me, t->session)->taken);
}

/* What was overtaken is no value any more, but whose change it was is remembered. */
static void take(struct sim_seat *me, const struct taken *t)
{
    struct state *s = sim_state(me);
    const struct tag tag = { t->number, t->member, t->life };
    struct cell *cell = find(me, t->key);

    if (compare_tags(&tag, &cell->tag) > 0) {
        cell->value = t->value;
        cell->tag = tag;
        cell->session = (struct store_session){ t->session, t->sequence };
    }
    remember(me, t, &tag);
    s->last = t->key;
    s->kept++;
}

static void on_ask(struct sim_seat *me, const struct sim_message *message)
{
    const struct ask *m = message->body;
    const struct cell *c = held_of(sim_state(me), m->key);
    const struct known *known = m->sequence > 0 ? find_known(me, m->session) : NULL;
    struct tag tag = c->tag;
    int64_t what = HELD;

    if (known != NULL && known->taken >= m->sequence) {
        what = known->taken == m->sequence ? YOURS : PAST;
        tag = known->taken_tag;
    }
    sim_send(me, message->from, FOUND,
             &(struct found){ m->serial, m->place, what, c->value, tag.number, tag.member, tag.life,
                              c->session.session, c->session.sequence });
}

/* Once this is answered it counts towards a majority, after a power loss as well: it is on the disk
 * before. While it gets there the seat is held, so that nobody is told of it either. */
static void on_keep(struct sim_seat *me, const struct sim_message *message)
{
    const struct keep *m = message->body;
    const struct taken t = { m->key,  m->value,   m->number,  m->member,
                             m->life, m->session, m->sequence };
    const struct tag tag = { m->number, m->member, m->life };

    if (is_news(me, &t, &tag)) {
        if (sim_append(me, LOG, &t, NULL) != SIM_DISK_FINE) /* the node stops for good */
            return;
        take(me, &t);
        if (!sim_bug(me, ACK_BEFORE_SYNC))
            sim_sync(me);
    }
    sim_send(me, message->from, HAS, &(struct has){ m->serial, m->place });
}

/* -- what is coordinated ----------------------------------------------------------------------- */

/* NULL: it is over, or of an earlier life. */
static struct coordinated *with_serial(struct sim_seat *me, int64_t serial, int64_t place)
{
    struct state *s = sim_state(me);
    struct coordinated *one;

    if (place >= s->coordinated_count)
        return NULL;
    one = &s->coordinated[place];
    return one->phase != FREE && one->serial == serial ? one : NULL;
}

static int64_t place_of(struct sim_seat *me, const struct coordinated *one)
{
    const struct state *s = sim_state(me);

    return one - s->coordinated;
}

static struct coordinated *begin(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct coordinated *one = NULL;

    for (uint32_t i = 0; i < s->coordinated_count && one == NULL; i++)
        if (s->coordinated[i].phase == FREE)
            one = &s->coordinated[i];
    if (one == NULL) {
        s->coordinated = make_room(me, s->coordinated, s->coordinated_count,
                                   &s->coordinated_capacity, sizeof(struct coordinated));
        one = &s->coordinated[s->coordinated_count++];
    }
    *one = (struct coordinated){ .phase = ASKING, .serial = ++s->serial };
    return one;
}

/* NULL: it is no change, or of no session, or its session has asked for another one since. */
static struct known *known_of(struct sim_seat *me, const struct coordinated *one)
{
    struct known *known;

    if (!one->writes || one->session.sequence == 0)
        return NULL;
    known = find_known(me, one->session.session);
    return known->asked == one->session.sequence ? known : NULL;
}

static void answer(struct sim_seat *me, struct sim_ticket ticket, int64_t status, int64_t value)
{
    sim_reply(me, ticket, &(struct store_reply){ status, value, STORE_NO_HINT });
}

static void finish(struct sim_seat *me, struct coordinated *one, int64_t status)
{
    struct known *known = known_of(me, one);

    if (known != NULL)
        known->fate = status == STORE_OK ? DONE : TURNED_AWAY;
    answer(me, one->ticket, status, status == STORE_OK && !one->writes ? one->value : SIM_NIL);
    one->phase = FREE;
}

/* What the phase asks of MEMBER. */
static void send_to(struct sim_seat *me, const struct coordinated *one, uint32_t member)
{
    int64_t place = place_of(me, one);

    if (one->phase == ASKING)
        sim_send(me, member, ASK,
                 &(struct ask){ one->serial, place, one->key,
                                one->writes ? one->session.session : 0,
                                one->writes ? one->session.sequence : 0 });
    else
        sim_send(me, member, KEEP,
                 &(struct keep){ one->serial, place, one->key, one->value, one->tag.number,
                                 one->tag.member, one->tag.life, one->session.session,
                                 one->session.sequence });
}

static void send_to_all(struct sim_seat *me, struct coordinated *one, int64_t phase)
{
    one->phase = phase;
    one->answered = 0;
    one->answers = 0;
    for (uint32_t i = 0; i < sim_members(me); i++)
        send_to(me, one, i);
}

/* Higher than any that a finished write was given, and than any that this life gave to a value of
 * KEY and that may be on its way still. No higher than that: a member that asked long ago and goes
 * on now must not get ahead of those who have asked since. */
static struct tag next_tag(struct sim_seat *me, int64_t key, const struct tag *highest)
{
    const struct disk *d = sim_disk(me);
    struct cell *cell = find(me, key);

    cell->issued = (highest->number > cell->issued ? highest->number : cell->issued) + 1;
    return (struct tag){ cell->issued, sim_self(me), sim_bug(me, LIFE_FORGOTTEN) ? 1 : d->lives };
}

/* A majority has told what it holds. */
static void keep(struct sim_seat *me, struct coordinated *one)
{
    const struct params *p = sim_params(me);
    bool agreed = one->agreed == one->answers;
    struct known *known = known_of(me, one);

    if (one->writes) {
        if (one->again)
            sim_reached(me, RESUMED);
        else
            one->tag = next_tag(me, one->key, &one->tag);
        if (known != NULL)
            known->tag = one->tag;
    } else {
        if (!agreed)
            sim_reached(me, DISAGREED);
        if (sim_bug(me, NO_WRITE_BACK) || (agreed && p->write_back == NEEDED)) {
            finish(me, one, STORE_OK);
            return;
        }
        sim_count(me, WRITE_BACKS, 1);
    }
    send_to_all(me, one, KEEPING);
}

/* -- answers ----------------------------------------------------------------------------------- */

/* False: it is no answer to what ONE asks in PHASE, or its sender has answered before. */
static bool count_answer(struct coordinated *one, int64_t phase, uint32_t from)
{
    if (one == NULL || one->phase != phase || (one->answered >> from & 1) != 0)
        return false;
    one->answered |= UINT64_C(1) << from;
    one->answers++;
    return true;
}

static bool is_majority(const struct sim_seat *me, uint32_t answers)
{
    return answers > sim_members(me) / 2;
}

/* The highest tag counts, of an earlier attempt at the same change before all others. */
static void weigh(struct coordinated *one, const struct found *m)
{
    const struct tag tag = { m->number, m->member, m->life };
    bool yours = m->what == YOURS;
    int order;

    if (one->again && !yours)
        return;
    order = one->answers == 1 || yours != one->again ? 1 : compare_tags(&tag, &one->tag);
    one->again = yours;
    if (order > 0) {
        one->tag = tag;
        one->agreed = 0;
        if (!one->writes) {
            one->value = m->value;
            one->session = (struct store_session){ m->session, m->sequence };
        }
    }
    one->agreed += order >= 0;
}

static void on_found(struct sim_seat *me, const struct sim_message *message)
{
    const struct found *m = message->body;
    struct coordinated *one = with_serial(me, m->serial, m->place);

    if (!count_answer(one, ASKING, message->from))
        return;
    if (m->what == PAST) { /* nobody waits for it */
        one->phase = FREE;
        return;
    }
    weigh(one, m);
    if (is_majority(me, one->answers))
        keep(me, one);
}

static void on_has(struct sim_seat *me, const struct sim_message *message)
{
    const struct has *m = message->body;
    struct coordinated *one = with_serial(me, m->serial, m->place);

    if (count_answer(one, KEEPING, message->from) && is_majority(me, one->answers))
        finish(me, one, STORE_OK);
}

/* -- time -------------------------------------------------------------------------------------- */

struct which { /* operation a timer is about */
    int64_t serial, place;
};

/* The network may have lost it, or its answer, or who should have answered was down. */
static void on_resend(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    struct which which;
    struct coordinated *one;

    memcpy(&which, context, sizeof which);
    one = with_serial(me, which.serial, which.place);
    if (one == NULL)
        return;
    for (uint32_t i = 0; i < sim_members(me); i++) {
        if ((one->answered >> i & 1) != 0)
            continue;
        sim_count(me, RESENT, 1);
        send_to(me, one, i);
    }
    sim_later(me, RESEND, p->resend, &which, sizeof which);
}

/* A read has had no effect, nor has a write that has no tag yet, of no attempt. One that has may be
 * with some and be found by a read, now or later: its client must not be told that it failed. */
static void on_give_up(struct sim_seat *me, const void *context)
{
    struct which which;
    struct coordinated *one;

    memcpy(&which, context, sizeof which);
    one = with_serial(me, which.serial, which.place);
    if (one == NULL)
        return;
    sim_count(me, TIMEOUTS, 1);
    if (one->writes && (one->phase == KEEPING || one->again))
        one->phase = FREE;
    else
        finish(me, one, STORE_UNAVAILABLE);
}

/* -- clients ----------------------------------------------------------------------------------- */

/* TAG: of a change that is to go on where it was given up; NULL: from the start. */
static void coordinate(struct sim_seat *me, const struct sim_request *request,
                       const struct tag *tag)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    struct coordinated *one = begin(me);
    const struct which which = { one->serial, place_of(me, one) };
    struct known *known;

    one->ticket = request->ticket;
    one->session = store_session_of(request);
    one->writes = o.kind != SIM_READ;
    one->key = o.key;
    one->value = o.kind == SIM_WRITE ? o.argument : SIM_NIL;
    s->reads += !one->writes;
    s->writes += one->writes;
    known = known_of(me, one);
    if (known != NULL) {
        known->serial = which.serial;
        known->place = which.place;
    }
    if (tag != NULL) {
        one->tag = *tag;
        sim_reached(me, RESUMED);
    }
    send_to_all(me, one, tag != NULL ? KEEPING : ASKING);
    sim_later(me, RESEND, p->resend, &which, sizeof which);
    sim_later(me, GIVE_UP, p->timeout, &which, sizeof which);
}

/* A change that came here before, doubled on its way or asked for again: made twice, it would be
 * written over what was written since. Given up with a tag it goes on with that tag, which is the
 * same write; turned away it stays so, for its client may have been told. */
static void repeat(struct sim_seat *me, const struct sim_request *request,
                   const struct known *known)
{
    struct coordinated *one = with_serial(me, known->serial, known->place);
    struct tag tag = known->tag;

    sim_reached(me, REPEATED);
    if (known->fate != OPEN) {
        answer(me, request->ticket, known->fate == DONE ? STORE_OK : STORE_UNAVAILABLE, SIM_NIL);
    } else if (one != NULL) {
        one->ticket = request->ticket;
    } else {
        coordinate(me, request, tag.number > 0 ? &tag : NULL);
    }
}

/* A delete writes nothing, and that has a tag like any value. What depends on what a key holds
 * cannot be decided by majorities alone: certainly not done. */
static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    struct sim_operation o = store_operation_of(request);
    struct store_session session = store_session_of(request);
    struct known *known;

    if (o.kind != SIM_READ && o.kind != SIM_WRITE && o.kind != SIM_DELETE) {
        answer(me, request->ticket, STORE_UNAVAILABLE, SIM_NIL);
        return;
    }
    if (session.sequence > 0) {
        known = find_known(me, session.session);
        if (session.sequence < known->asked) /* nobody waits for it */
            return;
        if (session.sequence == known->asked) {
            repeat(me, request, known);
            return;
        }
        known->asked = session.sequence;
        known->fate = OPEN;
        known->tag = (struct tag){ 0 };
    }
    coordinate(me, request, NULL);
}

/* -- the start and the end --------------------------------------------------------------------- */

static void on_start(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    uint64_t length = sim_log_length(me, LOG);

    d->lives++;
    sim_write(me);
    sim_sync(me);
    s->serial = (int64_t)((uint64_t)d->lives << LIFE_SHIFT);
    if (length > 0)
        sim_reached(me, RECOVERED);
    for (uint64_t i = 0; i < length; i++) {
        struct taken t = *(const struct taken *)sim_log_record(me, LOG, i);

        take(me, &t);
    }
}

/* What was written over is not told: it may never have been with a majority. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);

    for (uint32_t i = 0; i < s->capacity; i++)
        if (s->cells[i].used)
            sim_ledger_holds(ledger, s->cells[i].key, s->cells[i].value);
}

/* -- invariants -------------------------------------------------------------------------------- */

/* durable: what a replica took, and may have acknowledged, is there after a restart.
 * one-value: what has the same tag is the same value. */
struct watched {
    int64_t *kept; /* [member] */
};

static void judge(struct sim_judge *judge, uint32_t member)
{
    const struct state *s = sim_judge_state(judge, member), *other;
    const struct cell *own = held_of(s, s->last), *theirs;
    struct watched *w = sim_judge_memory(judge);
    char one[64], two[64];

    if (w->kept == NULL)
        w->kept = sim_judge_new(judge, sim_judge_members(judge) * sizeof(int64_t));
    if (s->kept < w->kept[member])
        sim_violated(judge, "durable", "%s had taken %lld values and holds %lld",
                     sim_judge_name(judge, member, one), (long long)w->kept[member],
                     (long long)s->kept);
    w->kept[member] = s->kept;
    for (uint32_t i = 0; i < sim_judge_members(judge) && own->used; i++) {
        other = sim_judge_state(judge, i);
        theirs = held_of(other, s->last);
        if (sim_judge_up(judge, i) && theirs->used && theirs->value != own->value &&
            compare_tags(&theirs->tag, &own->tag) == 0)
            sim_violated(judge, "one-value", "%s and %s hold two values of key %lld with one tag",
                         sim_judge_name(judge, member, one), sim_judge_name(judge, i, two),
                         (long long)s->last);
    }
}

static const char *check(void *params, uint32_t members, char text[160])
{
    const struct params *p = params;
    static const char many[] = "an answer is noted as one of 64 bits: `count` is at most 64";
    static const char late[] = "an operation is given up before anything is sent again";

    if (members > MEMBERS_MAX) {
        memcpy(text, many, sizeof many);
        return "count";
    }
    if (p->resend < p->timeout)
        return NULL;
    memcpy(text, late, sizeof late);
    return "resend";
}

const struct sim_model abd_model = {
    .name = "abd",
    .summary = "an atomic register without a leader: majorities answer, and reads write back",
    .source = "Attiya, Bar-Noy and Dolev, Sharing Memory Robustly in Message-Passing Systems, JACM "
              "42(1), 1995; several writers: Lynch and Shvartsman, Robust Emulation of Shared "
              "Memory Using Dynamic Quorum-Acknowledged Broadcasts, FTCS 1997",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .messages = {
        [ASK] = { "ask", SIM_WORDS(ask), on_ask },
        [FOUND] = { "found", SIM_WORDS(found), on_found },
        [KEEP] = { "keep", SIM_WORDS(keep), on_keep },
        [HAS] = { "has", SIM_WORDS(has), on_has },
    },
    .laters = {
        [RESEND] = { "resend", on_resend },
        [GIVE_UP] = { "give-up", on_give_up },
    },
    .serves = { { &store_interface, on_request } },
    .logs = { [LOG] = { "values", SIM_WORDS(taken) } },
    .metrics = {
        [WRITE_BACKS] = { "write-backs", SIM_COUNTER, "reads that wrote back what they found" },
        [RESENT] = { "resent", SIM_COUNTER, "messages sent again: there was no answer" },
        [TIMEOUTS] = { "timeouts", SIM_COUNTER, "operations that found no majority in time" },
    },
    .marks = {
        [DISAGREED] = { "disagreed", "a read finds a majority that does not agree" },
        [REPEATED] = { "repeated", "a change comes that was asked for before" },
        [RESUMED] = { "resumed", "a change that is asked for again goes on with its tag" },
        [RECOVERED] = { "recovered", "the node restarts with values on its disk" },
    },
    .bugs = {
        [NO_WRITE_BACK] = "no_write_back",
        [ACK_BEFORE_SYNC] = "ack_before_sync",
        [LIFE_FORGOTTEN] = "life_forgotten",
    },
    .invariant = { sizeof(struct watched), judge, { "durable", "one-value" } },
    .start = on_start,
    .holds = on_holds,
    .check = check,
};
