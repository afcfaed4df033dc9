/* crdt.c - replicas that all change at once and cannot disagree in the end: conflict-free types.
 *
 * Shapiro, Preguica, Baquero and Zawirski, "Conflict-free Replicated Data Types", SSS 2011:
 * replicas answer at once, from what they have, and tell each other later; states are joined by a
 * function that does not care for order or repetition, so that those who have heard of the same
 * changes hold the same. Nothing that needs agreement can be had: a compare-and-set is turned away.
 *
 * Every change has a dot, its replica and its number there. What a key holds is a set of entries,
 * each with the dot of the change that made it, and a replica knows which dots it has heard of: an
 * entry that is missing where its dot is known was removed (Almeida, Shoker and Baquero, "Delta
 * State Replicated Data Types", JPDC 2018, section 7, causal CRDTs). The operations of a store:
 *
 *   write    makes an entry and removes those that its replica holds at the key. Of concurrent
 *            writes all entries stay: `registers: mv` reads them all, as siblings; `lww` reads the
 *            one with the latest hybrid stamp
 *   add      a counter: replaces the entry of its own replica by one with the new sum; a read gives
 *            the sum of all. It is sent again when no answer came: sessions are not remembered
 *   append   an observed-remove set: makes an entry; a read gives the elements in their order
 *   delete   removes the entries that its replica holds, and no others: a concurrent change stays
 *   read     what this replica holds; STORE_STALE, for others may have told more
 *
 * A key that holds something else is a mismatch for an add or an append, as far as this replica
 * knows. Where concurrent changes made it several things, elements are read before counters, and
 * counters before registers.
 *
 * `gossip: deltas`: an own change goes to all others at once; and once per `every` a replica tells
 * the next one what it has heard of, and gets what it lacks, whoever made it (anti-entropy: Demers
 * et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987). `states`: once per
 * `every` the whole state goes to the next one, who joins it.
 *
 * An own change is on disk before it is acknowledged. The log is kept as a whole. */
#include "models/parts/convergence.h"
#include "models/parts/room.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

enum register_type { LWW, MV };
static const char *const register_names[] = { "lww", "mv", NULL };

enum gossip { DELTAS, STATES };
static const char *const gossip_names[] = { "deltas", "states", NULL };

struct params {
    int64_t registers; /* enum register_type */
    int64_t gossip;    /* enum gossip */
    sim_time every;
    int64_t batch;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, registers, "lww", register_names,
               "of concurrent writes a read gives the one with the latest stamp, or all of them"),
    SIM_CHOICE(struct params, gossip, "deltas", gossip_names,
               "what replicas tell each other: the changes that the other lacks, or all they have"),
    SIM_DURATION(struct params, every, "100ms", "1us", "1h",
                 "gap between two exchanges with another replica, in turn"),
    SIM_INTEGER(struct params, batch, "64", "1", "1024", "of deltas: most changes in a message"),
    { 0 },
};

enum kind { REGISTER, COUNTER, ELEMENT, NOTHING, KINDS = NOTHING };

struct dot {
    int64_t member, number;
};

struct entry {
    struct dot dot;
    int64_t kind, value;
    struct sim_hlc stamp;
    uint64_t seen; /* the join that found it on the other side */
};
enum { DOT_WORDS = 2, ENTRY_WORDS = 7 }; /* in messages, an entry with its key */

struct cell {
    int64_t key;
    struct entry *entries;
    uint32_t count, capacity;
    bool used;
};

struct places { /* in the log, of the changes of a member, by their numbers */
    uint64_t *at;
    uint32_t count, capacity;
};

struct state {
    int64_t heard, contents;
    /* not described: */
    int64_t *received;   /* [member]: so many of its changes are known, without a gap */
    struct dot *removed; /* known to be removed, though not received yet */
    uint32_t removed_count, removed_capacity;
    struct cell *cells; /* an open-addressing table */
    uint32_t capacity, used;
    uint32_t entries;      /* in all cells */
    struct places *places; /* of deltas: [member] */
    struct sim_hlc hlc;
    uint64_t joins;
    uint32_t turn; /* whom to gossip with next */
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, heard, "changes that the replica has heard of, its own included"),
    SIM_WATCHED(struct state, contents, "a hash of all entries, in whatever order they came"),
    { 0 },
};

/* In the log, with the removed dots as its blob, and in messages, followed by them. */
SIM_RECORD(change, member, number, key, kind, value, ticks, count, removed);
enum { CHANGE_WORDS = 8 };

SIM_RECORD(changes, count, more); /* more: there are some left that the receiver lacks */

enum message { CHANGES, DIGEST, STATE };
enum timer { GOSSIP };
enum log { LOG };
enum draw { PHASE };
enum metric { WRITES, SIBLINGS, FETCHED, JOINED };
enum mark { GAP, REMOVED_FIRST, CONCURRENT, MIXED };
enum bug { NO_CONTEXT };

/* -- the map ----------------------------------------------------------------------------------- */

enum { FIRST_CELLS = 16 };

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
        *cell = (struct cell){ .key = key, .used = true };
        s->used++;
    }
    return cell;
}

static uint64_t hash_of(int64_t key, const struct entry *e)
{
    uint64_t dot = sim_mix((uint64_t)e->dot.member, (uint64_t)e->dot.number);

    return sim_mix(sim_mix((uint64_t)key, (uint64_t)e->kind), sim_mix(dot, (uint64_t)e->value));
}

static struct entry *find_entry(const struct cell *cell, struct dot dot)
{
    for (uint32_t i = 0; i < cell->count; i++)
        if (cell->entries[i].dot.member == dot.member && cell->entries[i].dot.number == dot.number)
            return &cell->entries[i];
    return NULL;
}

static void add_entry(struct sim_seat *me, struct cell *cell, const struct entry *e)
{
    struct state *s = sim_state(me);

    cell->entries = make_room(me, cell->entries, cell->count, &cell->capacity, sizeof *e);
    cell->entries[cell->count++] = *e;
    s->entries++;
    s->contents = (int64_t)((uint64_t)s->contents + hash_of(cell->key, e));
}

static void remove_entry(struct sim_seat *me, struct cell *cell, struct entry *e)
{
    struct state *s = sim_state(me);

    s->contents = (int64_t)((uint64_t)s->contents - hash_of(cell->key, e));
    s->entries--;
    *e = cell->entries[--cell->count];
}

/* -- what was heard of ------------------------------------------------------------------------- */

static bool is_removed(const struct dot *removed, uint32_t count, struct dot dot, uint32_t *at)
{
    for (uint32_t i = 0; i < count; i++)
        if (removed[i].member == dot.member && removed[i].number == dot.number) {
            *at = i;
            return true;
        }
    return false;
}

static bool is_known(const struct state *s, struct dot dot)
{
    uint32_t at;

    return dot.number <= s->received[dot.member] ||
           is_removed(s->removed, s->removed_count, dot, &at);
}

static void remember_removed(struct sim_seat *me, struct dot dot)
{
    struct state *s = sim_state(me);

    if (sim_bug(me, NO_CONTEXT) || is_known(s, dot))
        return;
    sim_reached(me, REMOVED_FIRST);
    s->removed =
        make_room(me, s->removed, s->removed_count, &s->removed_capacity, sizeof(struct dot));
    s->removed[s->removed_count++] = dot;
}

static void hear_up_to(struct sim_seat *me, int64_t member, int64_t number)
{
    struct state *s = sim_state(me);
    uint32_t kept = 0;

    if (number <= s->received[member])
        return;
    s->heard += number - s->received[member];
    s->received[member] = number;
    for (uint32_t i = 0; i < s->removed_count; i++)
        if (s->removed[i].number > s->received[s->removed[i].member])
            s->removed[kept++] = s->removed[i];
    s->removed_count = kept;
}

/* What is left of the key where others removed what this one did not know of. */
static void apply(struct sim_seat *me, const struct change *c, const int64_t *removed)
{
    struct state *s = sim_state(me);
    struct cell *cell = find(me, c->key);
    struct entry e = {
        { c->member, c->number }, c->kind, c->value, { c->ticks, c->count }, 0,
    };
    bool known = is_known(s, e.dot);

    for (int64_t i = 0; i < c->removed; i++) {
        struct dot dot = { removed[DOT_WORDS * i], removed[DOT_WORDS * i + 1] };
        struct entry *gone = find_entry(cell, dot);

        if (gone != NULL)
            remove_entry(me, cell, gone);
        else
            remember_removed(me, dot);
    }
    hear_up_to(me, c->member, c->number);
    if (c->kind == NOTHING || known)
        return;
    if (cell->count > 0 && c->kind == REGISTER)
        sim_reached(me, CONCURRENT);
    add_entry(me, cell, &e);
}

static void remember_place(struct sim_seat *me, const struct change *c, uint64_t place)
{
    struct state *s = sim_state(me);
    struct places *p = &s->places[c->member];

    p->at = make_room(me, p->at, p->count, &p->capacity, sizeof(uint64_t));
    p->at[p->count++] = place;
}

static bool keep(struct sim_seat *me, const struct change *c, const int64_t *removed)
{
    const struct sim_blob *blob =
        c->removed == 0 ? NULL : sim_blob(me, removed, (size_t)(DOT_WORDS * c->removed));

    remember_place(me, c, sim_log_length(me, LOG));
    return sim_append(me, LOG, c, blob) == SIM_DISK_FINE; /* else the node stops for good */
}

/* -- gossip of deltas -------------------------------------------------------------------------- */

static size_t size_at(struct sim_seat *me, uint64_t place)
{
    const struct change *c = sim_log_record(me, LOG, place);

    return (size_t)(CHANGE_WORDS + DOT_WORDS * c->removed);
}

static void write_at(struct sim_seat *me, uint64_t place, int64_t *words)
{
    const struct change *c = sim_log_record(me, LOG, place);
    const int64_t *dots;
    size_t count;

    memcpy(words, c, sizeof *c);
    dots = sim_blob_words(sim_log_blob(me, LOG, place), &count);
    if (count > 0)
        memcpy(words + CHANGE_WORDS, dots, count * sizeof(int64_t));
}

static void send_places(struct sim_seat *me, uint32_t to, const uint64_t *places, int64_t count,
                        bool more)
{
    struct sim_blob *blob;
    size_t size = 0, at = 0;
    int64_t *words;

    for (int64_t i = 0; i < count; i++)
        size += size_at(me, places[i]);
    blob = sim_blob_make(me, size, &words);
    for (int64_t i = 0; i < count; i++) {
        write_at(me, places[i], words + at);
        at += size_at(me, places[i]);
    }
    sim_send_blob(me, to, CHANGES, &(struct changes){ count, more }, blob);
}

static void send_digest(struct sim_seat *me, uint32_t to)
{
    const struct state *s = sim_state(me);

    sim_send_blob(me, to, DIGEST, NULL, sim_blob(me, s->received, sim_members(me)));
}

/* The other one gets what it lacks, of each member in the order in which that made it. */
static void on_digest(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    size_t members;
    const int64_t *theirs = sim_blob_words(message->blob, &members);
    uint64_t places[1024];
    int64_t count = 0, lacking = 0;

    for (size_t i = 0; i < members; i++)
        for (int64_t n = theirs[i]; n < s->received[i]; n++, lacking++)
            if (count < p->batch)
                places[count++] = s->places[i].at[n];
    if (count == 0)
        return;
    sim_count(me, FETCHED, count);
    send_places(me, message->from, places, count, lacking > count);
}

static void on_changes(struct sim_seat *me, const struct sim_message *message)
{
    const struct changes *m = message->body;
    struct state *s = sim_state(me);
    size_t count, at = 0;
    const int64_t *words = sim_blob_words(message->blob, &count);
    struct change c;

    for (int64_t i = 0; i < m->count; i++) {
        const int64_t *removed = words + at + CHANGE_WORDS;

        memcpy(&c, words + at, sizeof c);
        at += CHANGE_WORDS + DOT_WORDS * (size_t)c.removed;
        if (c.number > s->received[c.member] + 1)
            sim_reached(me, GAP);
        if (c.number != s->received[c.member] + 1)
            continue;
        if (!keep(me, &c, removed))
            return;
        sim_hlc_receive(&s->hlc, (struct sim_hlc){ c.ticks, c.count }, sim_wall(me));
        apply(me, &c, removed);
    }
    if (m->more)
        send_digest(me, message->from);
}

/* -- gossip of states -------------------------------------------------------------------------- */

/* What was received of each member; how many dots were removed, and these; the entries. */
static void send_state(struct sim_seat *me, uint32_t to)
{
    const struct state *s = sim_state(me);
    size_t members = sim_members(me), at = members + 1;
    struct sim_blob *blob;
    int64_t *words;

    blob = sim_blob_make(me, members + 1 + DOT_WORDS * s->removed_count + ENTRY_WORDS * s->entries,
                         &words);
    memcpy(words, s->received, members * sizeof(int64_t));
    words[members] = s->removed_count;
    for (uint32_t i = 0; i < s->removed_count; i++) {
        words[at++] = s->removed[i].member;
        words[at++] = s->removed[i].number;
    }
    for (uint32_t i = 0; i < s->capacity; i++)
        for (uint32_t k = 0; s->cells[i].used && k < s->cells[i].count; k++) {
            const struct entry *e = &s->cells[i].entries[k];
            int64_t entry[ENTRY_WORDS] = { s->cells[i].key, e->dot.member, e->dot.number, e->kind,
                                           e->value,        e->stamp.l,    e->stamp.c };

            memcpy(words + at, entry, sizeof entry);
            at += ENTRY_WORDS;
        }
    sim_send_blob(me, to, STATE, NULL, blob);
}

static void join_entry(struct sim_seat *me, const int64_t *words)
{
    struct state *s = sim_state(me);
    struct cell *cell = find(me, words[0]);
    struct entry e = {
        { words[1], words[2] }, words[3], words[4], { words[5], words[6] }, s->joins,
    };
    struct entry *own = find_entry(cell, e.dot);

    if (own != NULL) {
        own->seen = s->joins;
    } else if (!is_known(s, e.dot) || sim_bug(me, NO_CONTEXT)) {
        sim_hlc_receive(&s->hlc, e.stamp, sim_wall(me));
        add_entry(me, cell, &e);
    }
}

/* Of both: what both hold, and what one holds and the other has not heard of. */
static void on_state(struct sim_seat *me, const struct sim_message *message)
{
    struct state *s = sim_state(me);
    size_t count, members = sim_members(me), at;
    const int64_t *words = sim_blob_words(message->blob, &count);
    uint32_t theirs = (uint32_t)words[members], unused;
    struct dot *removed = sim_new(me, (theirs + 1) * sizeof(struct dot));

    memcpy(removed, words + members + 1, theirs * sizeof(struct dot));
    s->joins++;
    sim_count(me, JOINED, 1);
    for (at = members + 1 + DOT_WORDS * theirs; at < count; at += ENTRY_WORDS)
        join_entry(me, words + at);
    for (uint32_t i = 0; i < s->capacity && !sim_bug(me, NO_CONTEXT); i++) {
        struct cell *cell = &s->cells[i];

        for (uint32_t k = cell->count; k-- > 0;) {
            struct entry *e = &cell->entries[k];

            if (e->seen != s->joins && (e->dot.number <= words[e->dot.member] ||
                                        is_removed(removed, theirs, e->dot, &unused)))
                remove_entry(me, cell, e);
        }
    }
    for (uint32_t i = 0; i < theirs; i++)
        remember_removed(me, removed[i]);
    for (size_t i = 0; i < members; i++)
        hear_up_to(me, (int64_t)i, words[i]);
    sim_drop(me, removed, (theirs + 1) * sizeof(struct dot));
}

/* -- clients ----------------------------------------------------------------------------------- */

static int64_t kind_of(const struct cell *cell)
{
    int64_t kind = NOTHING;
    bool has[KINDS] = { false };

    for (uint32_t i = 0; i < cell->count; i++)
        has[cell->entries[i].kind] = true;
    for (int64_t i = 0; i < KINDS; i++)
        if (has[i])
            kind = i;
    return kind;
}

static bool is_later(const struct entry *a, const struct entry *b)
{
    if (a->stamp.l != b->stamp.l)
        return a->stamp.l > b->stamp.l;
    if (a->stamp.c != b->stamp.c)
        return a->stamp.c > b->stamp.c;
    return a->dot.member > b->dot.member;
}

static int64_t sum_of(const struct cell *cell)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < cell->count; i++)
        if (cell->entries[i].kind == COUNTER)
            sum += (uint64_t)cell->entries[i].value;
    return (int64_t)sum;
}

/* The values of the cell's entries of KIND, in order; VALUES has room for them. */
static uint32_t values_of(const struct cell *cell, int64_t kind, int64_t *values)
{
    uint32_t count = 0, j;

    for (uint32_t i = 0; i < cell->count; i++) {
        if (cell->entries[i].kind != kind)
            continue;
        for (j = count++; j > 0 && values[j - 1] > cell->entries[i].value; j--)
            values[j] = values[j - 1];
        values[j] = cell->entries[i].value;
    }
    return count;
}

static int64_t latest_of(const struct cell *cell)
{
    const struct entry *best = NULL;

    for (uint32_t i = 0; i < cell->count; i++)
        if (cell->entries[i].kind == REGISTER &&
            (best == NULL || is_later(&cell->entries[i], best)))
            best = &cell->entries[i];
    return best == NULL ? SIM_NIL : best->value;
}

static void read(struct sim_seat *me, const struct sim_request *request, const struct cell *cell)
{
    const struct params *p = sim_params(me);
    int64_t kind = kind_of(cell), *values;
    struct store_reply reply = { sim_members(me) > 1 ? STORE_STALE : STORE_OK, SIM_NIL,
                                 STORE_NO_HINT };
    const struct sim_blob *list = NULL;
    uint32_t count;

    if (kind == COUNTER) {
        reply.value = sum_of(cell);
    } else if (kind == REGISTER && p->registers == LWW) {
        reply.value = latest_of(cell);
    } else if (kind != NOTHING) {
        values = sim_new(me, cell->count * sizeof(int64_t));
        count = values_of(cell, kind, values);
        if (kind == ELEMENT || count > 1)
            list = sim_blob(me, values, count);
        if (kind == REGISTER)
            reply.value = values[count - 1];
        if (kind == REGISTER && count > 1)
            sim_count(me, SIBLINGS, 1);
        sim_drop(me, values, cell->count * sizeof(int64_t));
    }
    sim_reply_blob(me, request->ticket, &reply, list);
}

/* What an operation makes, and which entries of the cell it removes. */
static void plan_change(struct sim_seat *me, const struct sim_operation *o, const struct cell *cell,
                        struct change *c, int64_t *removed)
{
    c->kind = o->kind == SIM_WRITE    ? REGISTER
              : o->kind == SIM_ADD    ? COUNTER
              : o->kind == SIM_APPEND ? ELEMENT
                                      : NOTHING;
    c->value = o->kind == SIM_DELETE ? SIM_NIL : o->argument;
    for (uint32_t i = 0; i < cell->count; i++) {
        const struct entry *e = &cell->entries[i];

        if (o->kind == SIM_APPEND ||
            (o->kind == SIM_ADD && (e->kind != COUNTER || e->dot.member != sim_self(me))))
            continue;
        if (o->kind == SIM_ADD)
            c->value = (int64_t)((uint64_t)c->value + (uint64_t)e->value);
        removed[DOT_WORDS * c->removed] = e->dot.member;
        removed[DOT_WORDS * c->removed + 1] = e->dot.number;
        c->removed++;
    }
}

static bool change(struct sim_seat *me, const struct sim_operation *o, struct cell *cell)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct change c = { .member = sim_self(me), .key = o->key };
    int64_t *removed = sim_new(me, (cell->count + 1) * DOT_WORDS * sizeof(int64_t));
    uint64_t place = sim_log_length(me, LOG);

    sim_hlc_tick(&s->hlc, sim_wall(me));
    c.number = s->received[c.member] + 1;
    c.ticks = s->hlc.l;
    c.count = s->hlc.c;
    plan_change(me, o, cell, &c, removed);
    sim_count(me, WRITES, 1);
    if (!keep(me, &c, removed))
        return false;
    apply(me, &c, removed);
    sim_sync(me);
    for (uint32_t i = 0; p->gossip == DELTAS && i < sim_members(me); i++)
        if (i != sim_self(me))
            send_places(me, i, &place, 1, false);
    return true;
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    struct sim_operation o = store_operation_of(request);
    struct cell *cell = find(me, o.key);
    int64_t kind = kind_of(cell);
    struct store_reply reply = { STORE_OK, SIM_NIL, STORE_NO_HINT };

    if (o.kind == SIM_READ) {
        read(me, request, cell);
        return;
    }
    if (o.kind == SIM_CAS) {
        reply.status = STORE_UNAVAILABLE;
    } else if ((o.kind == SIM_ADD && kind != COUNTER && kind != NOTHING) ||
               (o.kind == SIM_APPEND && kind != ELEMENT && kind != NOTHING)) {
        sim_reached(me, MIXED);
        reply.status = STORE_MISMATCH;
        reply.value = kind == REGISTER ? latest_of(cell) : kind == COUNTER ? sum_of(cell) : SIM_NIL;
    } else if (!change(me, &o, cell)) {
        return;
    } else if (o.kind == SIM_ADD) {
        reply.value = sum_of(cell);
    }
    sim_reply(me, request->ticket, &reply);
}

/* -- in turn ----------------------------------------------------------------------------------- */

static void on_gossip(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t others = sim_members(me) - 1, to;

    to = (sim_self(me) + 1 + s->turn++ % others) % sim_members(me);
    if (p->gossip == DELTAS)
        send_digest(me, to);
    else
        send_state(me, to);
    sim_timer(me, GOSSIP, p->every);
}

/* Of states only the own changes are in the log: others tell again what they know. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    s->received = sim_new(me, sim_members(me) * sizeof(int64_t));
    s->places = sim_new(me, sim_members(me) * sizeof(struct places));
    for (uint64_t i = 0; i < length; i++) {
        struct change c = *(const struct change *)sim_log_record(me, LOG, i);
        size_t count;
        const int64_t *removed = sim_blob_words(sim_log_blob(me, LOG, i), &count);

        remember_place(me, &c, i);
        sim_hlc_receive(&s->hlc, (struct sim_hlc){ c.ticks, c.count }, sim_wall(me));
        apply(me, &c, removed);
    }
    if (sim_members(me) > 1)
        sim_timer(me, GOSSIP, 1 + sim_uniform(me, PHASE, 0, p->every));
}

/* -- ledger ------------------------------------------------------------------------------------ */

static void tell_cell(struct sim_seat *me, struct sim_ledger *ledger, const struct cell *cell)
{
    const struct params *p = sim_params(me);
    int64_t kind = kind_of(cell);

    if (kind == COUNTER)
        sim_ledger_holds(ledger, cell->key, sum_of(cell));
    else if (kind == REGISTER && p->registers == LWW)
        sim_ledger_holds(ledger, cell->key, latest_of(cell));
    else
        for (uint32_t i = 0; i < cell->count; i++)
            if (cell->entries[i].kind == kind)
                sim_ledger_holds(ledger, cell->key, cell->entries[i].value);
}

/* With deltas all changes that came are in the log; with states only the own ones. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    for (uint32_t i = 0; i < s->capacity; i++)
        if (s->cells[i].used && s->cells[i].count > 0)
            tell_cell(me, ledger, &s->cells[i]);
    for (uint64_t i = 0; i < length; i++) {
        const struct change *c = sim_log_record(me, LOG, i);

        if (c->kind == REGISTER || c->kind == NOTHING)
            sim_ledger_applied(ledger, c->key, c->kind == REGISTER ? c->value : SIM_NIL);
    }
    if (p->gossip == DELTAS)
        sim_ledger_complete(ledger);
}

/* -- invariant --------------------------------------------------------------------------------- */

static void judge(struct sim_judge *judge, uint32_t member)
{
    convergence_judge(
        judge, member,
        (struct convergence){ offsetof(struct state, received), offsetof(struct state, contents) });
}

const struct sim_model crdt_model = {
    .name = "crdt",
    .summary = "replicas that all change at once and converge: registers, counters, sets",
    .source = "Shapiro et al., Conflict-free Replicated Data Types, SSS 2011; Almeida et al., Delta "
              "State Replicated Data Types, JPDC 2018",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .messages = {
        [CHANGES] = { "changes", SIM_WORDS(changes), on_changes },
        [DIGEST] = { "digest", NULL, on_digest },
        [STATE] = { "state", NULL, on_state },
    },
    .timers = { [GOSSIP] = { "gossip", on_gossip, false } },
    .serves = { { &store_interface, on_request } },
    .without = { &store_interface, 1u << STORE_CAS },
    .logs = { [LOG] = { "changes", SIM_WORDS(change) } },
    .metrics = {
        [WRITES] = { "writes", SIM_COUNTER, "changes acknowledged" },
        [SIBLINGS] = { "siblings", SIM_COUNTER, "reads that found several values" },
        [FETCHED] = { "fetched", SIM_COUNTER, "changes sent to replicas that lacked them" },
        [JOINED] = { "joined", SIM_COUNTER, "states of others that were joined" },
    },
    .marks = {
        [GAP] = { "gap", "a change comes before one that its replica made earlier" },
        [REMOVED_FIRST] = { "removed-first", "a removal comes before what it removes" },
        [CONCURRENT] = { "concurrent", "a write comes that did not know of what the key holds" },
        [MIXED] = { "mixed", "a key holds something else than what is to be changed" },
    },
    .draws = { [PHASE] = "phase" },
    .bugs = { [NO_CONTEXT] = "no_context" },
    .invariant = { 0, judge, { "convergence" } },
    .start = on_start,
    .holds = on_holds,
};
