/* causality.c - processes that do something, tell each other, and number all of it by some clock.
 *
 * An event happened before another if a process did both in that order, if one is the sending of a
 * message and the other its receipt, or by a chain of these (Lamport, "Time, Clocks, and the
 * Ordering of Events in a Distributed System", CACM 1978). Two events of which neither happened
 * before the other are concurrent. Every clock is held against that, pair by pair:
 *
 * - a wall clock inverts it, as soon as clocks are further apart than messages take;
 * - a Lamport clock never does, but gives concurrent events an order too, which means nothing;
 * - a hybrid logical clock never does, and stays near the wall clock (`ahead`);
 * - a vector clock never does, and alone tells which events are concurrent.
 *
 * A clock is on disk before a message leaves that bears its stamp: who forgets it in a crash begins
 * again below what others have seen. */
#include "sim/world/model.h"

#include <assert.h>
#include <string.h>

enum clock { WALL, LAMPORT, VECTOR, HYBRID };
static const char *const clock_names[] = { "wall", "lamport", "vector", "hlc", NULL };

/* All pairs of events are compared. */
enum { EVENTS_MAX = 10000 };

struct params {
    int64_t stamp; /* enum clock */
    bool recognise;
    const struct sim_distribution *gap;
    sim_probability tells;
    int64_t events;
    sim_time apart;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, stamp, "vector", clock_names, "what numbers the events"),
    SIM_BOOLEAN(
        struct params, recognise, "false",
        "the clock has to tell which events are concurrent; else only what was before what"),
    SIM_DISTRIBUTION(struct params, gap, "{exponential: 10ms}", "0", "1h",
                     "between two things that a process does by itself"),
    SIM_PROBABILITY(struct params, tells, "50%", "of these that are a message to another process"),
    SIM_INTEGER(struct params, events, "200", "1", "5000", "things that each process does"),
    SIM_DURATION(struct params, apart, "1d", "0", "3650d",
                 "of hlc: messages stamped further ahead of the own wall clock are thrown away"),
    { 0 },
};

struct state {
    int64_t events;
    /* not described: */
    int64_t cause_member, cause_event; /* of a receipt: what was sent; cause_event 0: none */
    int64_t stamp[2];                  /* of the last event, unless it is a vector */
    bool stamped;                      /* there was one in this life */
    struct sim_lamport lamport;
    struct sim_hlc hlc;
    struct sim_vector_clock vector;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, events, "events of this process, receipts included"),
    { 0 },
};

/* The counts of a vector clock are in the log. */
struct disk {
    int64_t events, done, lamport, l, c;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, events, "events of this process"),
    SIM_STATE(struct disk, done, "of these, not receipts"),
    SIM_STATE(struct disk, lamport, "the Lamport clock"),
    SIM_STATE(struct disk, l, "the hybrid clock: wall time"),
    SIM_STATE(struct disk, c, "the hybrid clock: counter"),
    { 0 },
};

SIM_RECORD(told, event, first,
           second); /* which event of the sender, its stamp; a vector: the blob */
SIM_RECORD(count, events);
SIM_RECORD(happened, event, cause_member, cause_event);

enum message { TOLD };
enum timer { ACT };
enum log { COUNTS };
enum note { HAPPENED };
enum draw { GAP, KIND, PEER };
enum metric { EVENTS, RECEIPTS, AHEAD, REFUSED };
enum bug { DEAF, CLOCK_NOT_PERSISTED };

/* -- clocks ------------------------------------------------------------------------------------ */

static bool is_vector(const struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    return p->stamp == VECTOR;
}

static void persist(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    d->events = s->events;
    if (!sim_bug(me, CLOCK_NOT_PERSISTED)) {
        d->lamport = s->lamport.time;
        d->l = s->hlc.l;
        d->c = s->hlc.c;
    }
    sim_write(me);
    if (is_vector(me) && !sim_bug(me, CLOCK_NOT_PERSISTED)) {
        sim_truncate(me, COUNTS, 0);
        for (uint32_t i = 0; i < sim_members(me); i++)
            sim_append(me, COUNTS, &(struct count){ s->vector.counts[i] }, NULL);
    }
    sim_sync(me);
}

static void remember(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    const struct disk *d = sim_disk(me);
    uint32_t members = sim_members(me);
    int64_t *counts = sim_new(me, members * sizeof(int64_t));

    s->events = d->events;
    s->lamport.time = d->lamport;
    s->hlc = (struct sim_hlc){ d->l, d->c };
    sim_vector_clock_init(&s->vector, counts, members, sim_self(me));
    for (uint32_t i = 0; i < sim_log_length(me, COUNTS); i++)
        counts[i] = ((const struct count *)sim_log_record(me, COUNTS, i))->events;
}

/* Stamps an event; MESSAGE: of a receipt, else NULL. */
static void stamp_event(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const struct told *m = message ? message->body : NULL;
    size_t count;

    if (sim_bug(me, DEAF))
        m = NULL;
    if (p->stamp == WALL) {
        s->stamp[0] = sim_wall(me);
    } else if (p->stamp == LAMPORT) {
        s->stamp[0] =
            m ? sim_lamport_receive(&s->lamport, m->first) : sim_lamport_tick(&s->lamport);
    } else if (p->stamp == HYBRID) {
        if (m)
            sim_hlc_receive(&s->hlc, (struct sim_hlc){ m->first, m->second }, sim_wall(me));
        else
            sim_hlc_tick(&s->hlc, sim_wall(me));
        s->stamp[0] = s->hlc.l;
        s->stamp[1] = s->hlc.c;
        sim_measure(me, AHEAD, s->hlc.l - sim_wall(me));
    } else if (m) {
        sim_vector_clock_receive(&s->vector, sim_blob_words(message->blob, &count));
        assert(count == sim_members(me));
    } else {
        sim_vector_clock_tick(&s->vector);
    }
}

static void happen(struct sim_seat *me, const struct sim_message *message)
{
    struct state *s = sim_state(me);
    const struct told *m = message ? message->body : NULL;

    stamp_event(me, message);
    s->events++;
    s->stamped = true;
    s->cause_member = message ? message->from : 0;
    s->cause_event = m ? m->event : 0;
    sim_count(me, EVENTS, 1);
    persist(me);
    sim_note(me, HAPPENED, &(struct happened){ s->events, s->cause_member, s->cause_event });
}

/* -- processes --------------------------------------------------------------------------------- */

static void tell(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    uint32_t to = (uint32_t)sim_uniform(me, PEER, 0, (int64_t)sim_members(me) - 1);
    struct told body = { s->events, s->stamp[0], s->stamp[1] };
    const struct sim_blob *blob =
        is_vector(me) ? sim_blob(me, s->vector.counts, sim_members(me)) : NULL;

    if (to >= sim_self(me))
        to++;
    sim_send_blob(me, to, TOLD, &body, blob);
}

static void on_act(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct disk *d = sim_disk(me);

    if (d->done == p->events)
        return;
    d->done++;
    happen(me, NULL);
    if (sim_flip(me, KIND, p->tells))
        tell(me);
    sim_timer(me, ACT, sim_sample(me, GAP, p->gap));
}

static void on_told(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    const struct told *m = message->body;

    if (p->stamp == HYBRID &&
        !sim_hlc_is_credible((struct sim_hlc){ m->first, m->second }, sim_wall(me), p->apart)) {
        sim_count(me, REFUSED, 1);
        return;
    }
    sim_count(me, RECEIPTS, 1);
    happen(me, message);
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    remember(me);
    sim_timer(me, ACT, sim_sample(me, GAP, p->gap));
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char alone[] = "one process has nobody to tell: `count` has to be at least 2";
    static const char many[] = "all pairs of events are compared: `events` times `count` may be at "
                               "most 10000";
    const struct params *p = params;

    if (members < 2) {
        memcpy(text, alone, sizeof alone);
        return "events";
    }
    if (p->events * (int64_t)members <= EVENTS_MAX)
        return NULL;
    memcpy(text, many, sizeof many);
    return "events";
}

/* -- invariants: happened-before, and concurrency ---------------------------------------------- */

struct event {
    uint32_t member;
    int64_t number; /* of its member, from 1 */
    int64_t *stamp;
    uint64_t *past; /* bit n: event n happened before this one */
};

struct ledger {
    struct event *events; /* in the order in which they happened */
    size_t count, capacity;
    size_t **places; /* [member][number - 1]: 1 + place in `events`; 0: none */
    size_t *place_counts, *place_capacities;
};

enum { BITS = 64 };

static void inherit(const struct ledger *l, struct event *event, size_t place)
{
    const struct event *p;
    size_t parent = place - 1;

    if (place == 0)
        return;
    p = &l->events[parent];
    for (size_t i = 0; i <= parent / BITS; i++)
        event->past[i] |= p->past[i];
    event->past[parent / BITS] |= UINT64_C(1) << parent % BITS;
}

/* How the clock says that A lies to B. */
static enum sim_vector_order said(const struct params *p, const int64_t *a, const int64_t *b,
                                  uint32_t members)
{
    int order;

    if (p->stamp == VECTOR)
        return sim_vector_clock_order(a, b, members);
    order = sim_hlc_compare((struct sim_hlc){ a[0], a[1] }, (struct sim_hlc){ b[0], b[1] });
    return order < 0 ? SIM_VECTOR_BEFORE : order > 0 ? SIM_VECTOR_AFTER : SIM_VECTOR_CONCURRENT;
}

static const char *const said_names[] = {
    [SIM_VECTOR_SAME] = "they are the same",
    [SIM_VECTOR_BEFORE] = "it was before",
    [SIM_VECTOR_AFTER] = "it was after",
    [SIM_VECTOR_CONCURRENT] = "they are concurrent",
};

static void compare(struct sim_judge *judge, const struct event *old, const struct event *new,
                    bool before)
{
    const struct params *p = sim_judge_params(judge);
    enum sim_vector_order order = said(p, old->stamp, new->stamp, sim_judge_members(judge));
    char one[64], two[64];

    if (before ? order == SIM_VECTOR_BEFORE : (!p->recognise || order == SIM_VECTOR_CONCURRENT))
        return;
    sim_violated(judge, before ? "happened-before" : "concurrency",
                 "event %lld of %s %s event %lld of %s, and the %s clock says that %s",
                 (long long)old->number, sim_judge_name(judge, old->member, one),
                 before ? "happened before" : "is concurrent with", (long long)new->number,
                 sim_judge_name(judge, new->member, two), clock_names[p->stamp], said_names[order]);
}

/* The last event of MEMBER, with all of its past. */
static struct event *enter(struct sim_judge *judge, struct ledger *l, uint32_t member,
                           const struct state *s)
{
    const struct params *p = sim_judge_params(judge);
    size_t width = p->stamp == VECTOR ? sim_judge_members(judge) : 2, more, n;
    struct event *event;

    if (l->count == l->capacity) {
        more = l->capacity == 0 ? 256 : 2 * l->capacity;
        l->events = sim_judge_regrow(judge, l->events, l->capacity * sizeof(struct event),
                                     more * sizeof(struct event));
        l->capacity = more;
    }
    n = l->count++;
    event = &l->events[n];
    *event = (struct event){ member, s->events, sim_judge_new(judge, width * sizeof(int64_t)),
                             sim_judge_new(judge, (n / BITS + 1) * sizeof(uint64_t)) };
    memcpy(event->stamp, p->stamp == VECTOR ? s->vector.counts : s->stamp, width * sizeof(int64_t));
    if (s->events > 1)
        inherit(l, event, l->places[member][s->events - 2]);
    if (s->cause_event > 0)
        inherit(l, event, l->places[s->cause_member][s->cause_event - 1]);
    return event;
}

static void file(struct sim_judge *judge, struct ledger *l, uint32_t member, size_t place)
{
    size_t count = l->place_counts[member], capacity = l->place_capacities[member];

    if (count == capacity) {
        size_t more = capacity == 0 ? 64 : 2 * capacity;

        l->places[member] = sim_judge_regrow(judge, l->places[member], capacity * sizeof(size_t),
                                             more * sizeof(size_t));
        l->place_capacities[member] = more;
    }
    l->places[member][l->place_counts[member]++] = place;
}

static void invariant(struct sim_judge *judge, uint32_t member)
{
    struct ledger *l = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    uint32_t members = sim_judge_members(judge);
    struct event *event;

    if (l->places == NULL) {
        l->places = sim_judge_new(judge, members * sizeof(*l->places));
        l->place_counts = sim_judge_new(judge, members * sizeof(size_t));
        l->place_capacities = sim_judge_new(judge, members * sizeof(size_t));
    }
    if (!s->stamped || s->events == (int64_t)l->place_counts[member])
        return;
    /* Where a crash was before its write was known to be durable, the disk may count an event that
     * nobody has heard of: it is as if it were the one before. */
    while ((int64_t)l->place_counts[member] < s->events - 1) {
        size_t known = l->place_counts[member];

        file(judge, l, member, known == 0 ? 0 : l->places[member][known - 1]);
    }
    event = enter(judge, l, member, s);
    file(judge, l, member, l->count);
    for (size_t i = 0; i + 1 < l->count; i++)
        compare(judge, &l->events[i], event, event->past[i / BITS] >> i % BITS & 1);
}

const struct sim_model causality_model = {
    .name = "causality",
    .summary = "processes tell each other what they do; clocks are held against happened-before",
    .source = "Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, "
              "CACM 1978",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .messages = { [TOLD] = { "told", SIM_WORDS(told), on_told } },
    .timers = { [ACT] = { "act", on_act, false } },
    .notes = { [HAPPENED] = { "happened", SIM_WORDS(happened) } },
    .logs = { [COUNTS] = { "counts", SIM_WORDS(count) } },
    .metrics = {
        [EVENTS] = { "events", SIM_COUNTER, "events, receipts included" },
        [RECEIPTS] = { "receipts", SIM_COUNTER, "messages received" },
        [AHEAD] = { "ahead", SIM_DURATIONS, "of hlc: how far its time is ahead of the wall clock" },
        [REFUSED] = { "refused", SIM_COUNTER, "messages stamped too far ahead to be believed" },
    },
    .draws = { [GAP] = "gap", [KIND] = "kind", [PEER] = "peer" },
    .bugs = { [DEAF] = "deaf", [CLOCK_NOT_PERSISTED] = "clock_not_persisted" },
    .invariant = { sizeof(struct ledger), invariant, { "happened-before", "concurrency" } },
    .start = on_start,
    .check = check,
};
