/* id-generator.c - hands out numbers that nobody else has: by the clock, from blocks, or in one
 * place.
 *
 * Who wants an id asks the store interface for an add; the sum that it answers is the id (the
 * checker unique_ids judges it), whatever the key and the amount are. Nothing else is served.
 *
 *   time      as Twitter's Snowflake (King, "Announcing Snowflake", 2010): milliseconds since an
 *             epoch by the wall clock, the number of the node, and a sequence number within the
 *             millisecond. No node asks another, and ids of all nodes are roughly in the order of
 *             time. It rests on the clock: "Clock moved backwards. Refusing to generate id"
 *   sequence  each node counts for itself, and its number is the lowest part of the id
 *   central   member 0 counts for all, the others redirect
 *
 * What a node may hand out is written to disk beforehand, `block` numbers or `ahead` of the time at
 * once, so that a node that restarts begins behind all that it may have handed out. After a restart
 * by the clock that means to wait until the time has come. */
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

enum scheme { BY_TIME, BY_SEQUENCE, CENTRAL };
static const char *const scheme_names[] = { "time", "sequence", "central", NULL };

struct params {
    int64_t scheme; /* enum scheme */
    int64_t node_bits, sequence_bits;
    sim_time ahead;
    int64_t block;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(
        struct params, scheme, "time", scheme_names,
        "what an id is made of: the wall clock and the node, a sequence of each node, or one "
        "sequence at member 0"),
    SIM_INTEGER(struct params, node_bits, "10", "0", "16", "of time: bits for the node"),
    SIM_INTEGER(
        struct params, sequence_bits, "12", "0", "16",
        "of time: bits for the ids of one millisecond; when they are used up, who asks waits "
        "for the next"),
    SIM_DURATION(struct params, ahead, "100ms", "1ms", "1h",
                 "of time: so much is reserved on disk at once"),
    SIM_INTEGER(struct params, block, "100", "1", "1000000000",
                "of sequence and central: so many are reserved on disk at once"),
    { 0 },
};

struct state {
    int64_t last, sequence; /* a millisecond, or a number; and ids within the millisecond */
    /* not described: */
    bool has_last;
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, last, "the millisecond, or the number, that was handed out last"),
    SIM_STATE(struct state, sequence, "of time: ids handed out in that millisecond, less 1"),
    { 0 },
};

struct disk {
    int64_t reserved; /* nothing from here on was handed out; 0: nothing at all */
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, reserved, "the first millisecond, or number, not reserved yet"),
    { 0 },
};

SIM_RECORD(backwards, milliseconds);

enum later { AGAIN };
enum note { BACKWARDS };
enum metric { IDS, REFUSED, WAITED };
enum mark { CLOCK_WENT_BACK, USED_UP, NOT_THERE_YET };
enum bug { TRUSTS_CLOCK, FORGETS };

/* Ids count from a year before the run, so that a clock that is somewhat behind makes no negative
 * ones. */
static const sim_time epoch = 365 * 86400 * SIM_SECOND;

static void answer(struct sim_seat *me, struct sim_ticket ticket, int64_t status, int64_t value,
                   int64_t hint)
{
    sim_reply(me, ticket, &(struct store_reply){ status, value, hint });
}

static void reserve(struct sim_seat *me, int64_t end)
{
    struct disk *d = sim_disk(me);

    if (sim_bug(me, FORGETS))
        return;
    d->reserved = end;
    sim_write(me);
    sim_sync(me);
}

static void refuse(struct sim_seat *me, struct sim_ticket ticket, int64_t behind)
{
    sim_count(me, REFUSED, 1);
    sim_note(me, BACKWARDS, &(struct backwards){ behind });
    answer(me, ticket, STORE_UNAVAILABLE, SIM_NIL, STORE_NO_HINT);
}

/* The order of the tests is Snowflake's (IdWorker.nextId): a clock that went back, the same
 * millisecond, a new one. */
static void by_time(struct sim_seat *me, struct sim_ticket ticket)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);
    int64_t now = (sim_wall(me) + epoch) / SIM_MILLISECOND;

    if (now < 0 || (s->has_last && now < s->last && !sim_bug(me, TRUSTS_CLOCK))) {
        sim_reached(me, CLOCK_WENT_BACK);
        refuse(me, ticket, s->last - now);
        return;
    }
    if (!s->has_last && now < d->reserved && !sim_bug(me, TRUSTS_CLOCK)) {
        sim_reached(me, NOT_THERE_YET);
        refuse(me, ticket, d->reserved - now);
        return;
    }
    if (s->has_last && now == s->last && s->sequence + 1 == INT64_C(1) << p->sequence_bits) {
        sim_reached(me, USED_UP);
        sim_count(me, WAITED, 1);
        sim_later(me, AGAIN, SIM_MILLISECOND - (sim_wall(me) + epoch) % SIM_MILLISECOND, &ticket,
                  sizeof ticket);
        return;
    }
    s->sequence = s->has_last && now == s->last ? s->sequence + 1 : 0;
    s->last = now;
    s->has_last = true;
    if (now >= d->reserved)
        reserve(me, now + p->ahead / SIM_MILLISECOND);
    sim_count(me, IDS, 1);
    answer(me, ticket, STORE_OK,
           ((now << p->node_bits | (int64_t)sim_self(me)) << p->sequence_bits) | s->sequence,
           STORE_NO_HINT);
}

static void by_count(struct sim_seat *me, struct sim_ticket ticket)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);
    int64_t step = p->scheme == CENTRAL ? 1 : (int64_t)sim_members(me);

    s->last++;
    if (s->last >= d->reserved)
        reserve(me, s->last + p->block);
    sim_count(me, IDS, 1);
    answer(me, ticket, STORE_OK, s->last * step + (int64_t)sim_self(me), STORE_NO_HINT);
}

static void on_again(struct sim_seat *me, const void *context)
{
    struct sim_ticket ticket;

    memcpy(&ticket, context, sizeof ticket);
    by_time(me, ticket);
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);

    if (request->operation != STORE_ADD)
        answer(me, request->ticket, STORE_UNAVAILABLE, SIM_NIL, STORE_NO_HINT);
    else if (p->scheme == BY_TIME)
        by_time(me, request->ticket);
    else if (p->scheme == CENTRAL && sim_self(me) != 0)
        answer(me, request->ticket, STORE_REDIRECT, SIM_NIL, 0);
    else
        by_count(me, request->ticket);
}

/* Numbers begin behind what was reserved; the clock has to come there by itself. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);

    if (p->scheme != BY_TIME && d->reserved > 0)
        s->last = d->reserved - 1;
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char too_few[] = "bits are too few for so many nodes";
    static const char too_many[] = "and `node_bits` leave too few bits for the time: 22 together";
    const struct params *p = params;

    if (p->scheme != BY_TIME)
        return NULL;
    if (members > 1u << p->node_bits) {
        memcpy(text, too_few, sizeof too_few);
        return "node_bits";
    }
    if (p->node_bits + p->sequence_bits > 22) {
        memcpy(text, too_many, sizeof too_many);
        return "sequence_bits";
    }
    return NULL;
}

const struct sim_model id_generator_model = {
    .name = "id-generator",
    .summary = "hands out unique ids: by the clock, from sequences, or in one place",
    .source = "King, Announcing Snowflake, Twitter engineering blog, 2010, and its IdWorker",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .laters = { [AGAIN] = { "again", on_again } },
    .notes = { [BACKWARDS] = { "backwards", SIM_WORDS(backwards) } },
    .serves = { { &store_interface, on_request } },
    .without = { &store_interface, ~(1u << STORE_ADD) },
    .metrics = {
        [IDS] = { "ids", SIM_COUNTER, "ids handed out" },
        [REFUSED] = { "refused", SIM_COUNTER, "requests turned away because of the clock" },
        [WAITED] = { "waited", SIM_COUNTER, "requests that waited for the next millisecond" },
    },
    .marks = {
        [CLOCK_WENT_BACK] = { "clock-went-back", "the clock shows less than the last id" },
        [USED_UP] = { "used-up", "a millisecond has no ids left" },
        [NOT_THERE_YET] = { "not-there-yet", "after a restart the clock is not past what was "
                                             "reserved" },
    },
    .bugs = { [TRUSTS_CLOCK] = "trusts_clock", [FORGETS] = "forgets" },
    .start = on_start,
    .check = check,
};
