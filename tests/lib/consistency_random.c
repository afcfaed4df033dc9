#include "tests/lib/consistency_random.h"
#include "tests/lib/linear_random.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SESSIONS_MAX = 3, LANES_MAX = 2, KEYS_MAX = 2, IDLE = -1, FIRST_VALUE = 11 };

/* What a session's replica holds of a key, and which write put it there: higher is newer. */
struct cell {
    int64_t value;
    int version;
};

struct maker {
    struct consistency_history *history;
    uint64_t *state;
    size_t most;
    unsigned sessions, lanes, keys;
    unsigned open, quick, noise, odd, roams; /* percent */
    bool one_replica, newest_wins, in_order, watched;
    struct cell cells[SESSIONS_MAX][KEYS_MAX];
    bool knows[SESSIONS_MAX][CONSISTENCY_RANDOM_MAX]; /* the replica has had the write */
    bool happened[CONSISTENCY_RANDOM_MAX];
    int busy[SESSIONS_MAX][LANES_MAX];
    uint32_t process[SESSIONS_MAX][LANES_MAX], next_process;
    uint64_t place;
    int64_t time;
};

static uint64_t below(struct maker *maker, uint64_t bound)
{
    return linear_random_below(maker->state, bound);
}

static bool happens(struct maker *maker, unsigned percent)
{
    return below(maker, 100) < percent;
}

/* The next place. Times may be equal, places never are. */
static uint64_t next_place(struct maker *maker, int64_t *time)
{
    maker->time += (int64_t)below(maker, 4) * 1000000;
    *time = maker->time;
    return maker->place++;
}

static void draw_shape(struct maker *maker)
{
    maker->sessions = 2 + (unsigned)below(maker, 2);
    maker->lanes = below(maker, 6) == 0 ? 2 : 1;
    maker->keys = below(maker, 3) == 0 ? 1 : 2;
    maker->quick = (unsigned)below(maker, 100);
    maker->open = below(maker, 2) == 0 ? 0 : (unsigned)below(maker, 30);
    maker->noise = below(maker, 3) == 0 ? 0 : (unsigned)below(maker, 100);
    maker->odd = below(maker, 6) == 0 ? 5 + (unsigned)below(maker, 30) : 0;
    maker->roams = below(maker, 2) == 0 ? 40 : 0;
    maker->one_replica = below(maker, 8) == 0;
    maker->newest_wins = below(maker, 2) == 0;
    maker->in_order = below(maker, 2) == 0;
    maker->watched = below(maker, 2) == 0;
    maker->history->initial = below(maker, 3) == 0 ? 0 : SIM_NIL;
}

/* A key with one of these is not plain, but for a delete that is the only one where something was
 * there at first. */
static void make_odd(struct maker *maker, struct sim_linear_operation *op, unsigned session)
{
    size_t at = (size_t)(op - maker->history->ops);

    switch (below(maker, 4)) {
    case 0:
        op->kind = SIM_LINEAR_DELETE;
        op->argument = SIM_NIL;
        break;
    case 1:
        op->kind = SIM_LINEAR_CAS;
        op->argument = maker->cells[session][op->key].value;
        op->second = FIRST_VALUE + (int64_t)at;
        break;
    case 2: /* what was written before */
        op->kind = SIM_LINEAR_WRITE;
        op->argument = FIRST_VALUE + (int64_t)below(maker, at + 1);
        break;
    default:
        op->kind = SIM_LINEAR_WRITE;
        op->argument = maker->history->initial;
        break;
    }
}

/* How many of a session's operations are reads, in percent: more once there is something to see.
 * Who is watched has somebody beside him who does nothing else. */
static unsigned reads(const struct maker *maker, unsigned session)
{
    if (maker->watched)
        return session + 1 == maker->sessions ? 100 : 30;
    return maker->history->count <= 3 ? 20 : 75;
}

static void invoke(struct maker *maker, unsigned session, unsigned lane)
{
    size_t at = maker->history->count++;
    struct sim_linear_operation *op = &maker->history->ops[at];

    memset(op, 0, sizeof(*op));
    op->process = maker->process[session][lane];
    op->key = (int64_t)below(maker, maker->keys);
    op->kind = happens(maker, reads(maker, session)) ? SIM_LINEAR_READ : SIM_LINEAR_WRITE;
    op->argument = op->kind == SIM_LINEAR_READ ? 0 : FIRST_VALUE + (int64_t)at;
    if (happens(maker, maker->odd))
        make_odd(maker, op, session);
    op->invoked = next_place(maker, &op->time_invoked);
    op->returned = SIM_LINEAR_OPEN;
    maker->history->sessions[at] = session;
    maker->busy[session][lane] = (int)at;
}

static int64_t value_of(const struct sim_linear_operation *op)
{
    return op->kind == SIM_LINEAR_DELETE ? SIM_NIL
           : op->kind == SIM_LINEAR_CAS  ? op->second
                                         : op->argument;
}

/* WRITE comes to the replica of SESSION. */
static void arrive(struct maker *maker, size_t write, unsigned session)
{
    const struct sim_linear_operation *op = &maker->history->ops[write];
    struct cell *cell = &maker->cells[session][op->key];

    maker->knows[session][write] = true;
    if (maker->newest_wins && !maker->one_replica && cell->version > (int)write)
        return;
    *cell = (struct cell){ value_of(op), (int)write };
}

static void spread(struct maker *maker)
{
    for (unsigned session = 0; session < maker->sessions; session++)
        for (size_t write = 0; write < maker->history->count; write++) {
            if (!maker->happened[write] || maker->knows[session][write])
                continue;
            if (below(maker, 8) == 0)
                arrive(maker, write, session);
            else if (maker->in_order)
                break;
        }
}

static void take_effect(struct maker *maker, size_t at, unsigned session)
{
    if (maker->history->ops[at].kind == SIM_LINEAR_READ)
        return;
    maker->happened[at] = true;
    for (unsigned i = 0; i < maker->sessions; i++)
        if (i == session || maker->one_replica)
            arrive(maker, at, i);
}

static void answer(struct maker *maker, struct sim_linear_operation *op, unsigned session)
{
    size_t at = (size_t)(op - maker->history->ops);

    if (maker->roams > 0 && happens(maker, maker->roams))
        session = (unsigned)below(maker, maker->sessions);
    op->answered = true;
    op->value = maker->cells[session][op->key].value;
    if (maker->odd > 0 && happens(maker, 10) && op->value != SIM_NIL) {
        op->items = maker->history->items[at];
        maker->history->items[at][0] = op->value;
        maker->history->items[at][1] = FIRST_VALUE;
        op->item_count = 1 + (uint32_t)below(maker, 2);
        op->value = SIM_NIL;
    } else if (maker->odd > 0 && happens(maker, 10)) {
        op->answered = false;
    }
}

/* Any value that KEY is ever given; mostly of a write that had begun before PLACE. */
static int64_t some_value(struct maker *maker, int64_t key, uint64_t place)
{
    const struct consistency_history *history = maker->history;
    bool early = below(maker, 8) != 0;
    int64_t chosen = history->initial;
    unsigned seen = 1;

    if (below(maker, 60) == 0)
        return 7; /* nobody writes that */
    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *write = &history->ops[i];

        if (write->kind == SIM_LINEAR_READ || write->key != key ||
            (early && write->invoked > place))
            continue;
        if (below(maker, ++seen) < 1)
            chosen = value_of(write);
    }
    return chosen;
}

/* Once all is known, some reads answer what they like. */
static void add_noise(struct maker *maker)
{
    for (size_t i = 0; i < maker->history->count; i++) {
        struct sim_linear_operation *op = &maker->history->ops[i];

        if (op->kind == SIM_LINEAR_READ && op->answered && op->items == NULL &&
            happens(maker, maker->noise))
            op->value = some_value(maker, op->key, op->returned);
    }
}

static void complete(struct maker *maker, unsigned session, unsigned lane)
{
    size_t at = (size_t)maker->busy[session][lane];
    struct sim_linear_operation *op = &maker->history->ops[at];
    bool open = happens(maker, maker->open);

    maker->busy[session][lane] = IDLE;
    if (!open || below(maker, 2) == 0)
        take_effect(maker, at, session);
    if (open) {
        op->time_returned = INT64_MAX;
        maker->process[session][lane] = maker->next_process++;
        return;
    }
    if (op->kind == SIM_LINEAR_READ)
        answer(maker, op, session);
    op->returned = next_place(maker, &op->time_returned);
}

static void start(struct maker *maker)
{
    draw_shape(maker);
    for (unsigned session = 0; session < SESSIONS_MAX; session++) {
        for (unsigned lane = 0; lane < LANES_MAX; lane++) {
            maker->busy[session][lane] = IDLE;
            maker->process[session][lane] = maker->next_process++;
        }
        for (unsigned key = 0; key < KEYS_MAX; key++)
            maker->cells[session][key] = (struct cell){ maker->history->initial, -1 };
    }
}

void consistency_random(struct consistency_history *history, size_t most, uint64_t *state)
{
    struct maker maker = { .history = history, .state = state };
    size_t wanted = most - (size_t)linear_random_below(state, (most + 1) / 2);
    bool waits = true;

    assert(most >= 2 && most <= CONSISTENCY_RANDOM_MAX);
    memset(history, 0, sizeof(*history));
    start(&maker);
    while (history->count < wanted || waits) {
        unsigned session = (unsigned)below(&maker, maker.sessions);
        unsigned lane = (unsigned)below(&maker, maker.lanes);

        if (maker.busy[session][lane] != IDLE)
            complete(&maker, session, lane);
        else if (history->count < wanted)
            invoke(&maker, session, lane);
        if (maker.busy[session][lane] != IDLE && happens(&maker, maker.quick))
            complete(&maker, session, lane);
        spread(&maker);
        waits = false;
        for (unsigned i = 0; i < SESSIONS_MAX * LANES_MAX; i++)
            waits |= maker.busy[i / LANES_MAX][i % LANES_MAX] != IDLE;
    }
    add_noise(&maker);
}

/* -- changes ----------------------------------------------------------------------------------- */

static uint64_t some(uint64_t *state, uint64_t bound)
{
    return linear_random_below(state, bound);
}

/* Makes room for a place at PLACE. */
static void shift(struct consistency_history *history, uint64_t place)
{
    for (size_t i = 0; i < history->count; i++) {
        struct sim_linear_operation *op = &history->ops[i];

        op->invoked += op->invoked >= place;
        op->returned += op->returned >= place && op->returned != SIM_LINEAR_OPEN;
    }
}

static uint64_t end_of(const struct consistency_history *history)
{
    uint64_t end = 0;

    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *op = &history->ops[i];
        uint64_t last = op->returned == SIM_LINEAR_OPEN ? op->invoked : op->returned;

        end = last >= end ? last + 1 : end;
    }
    return end;
}

/* A value that KEY is given, or the initial one. */
static int64_t given(const struct consistency_history *history, int64_t key, uint64_t *state)
{
    int64_t chosen = history->initial;
    unsigned seen = 1;

    for (size_t i = 0; i < history->count; i++)
        if (history->ops[i].kind != SIM_LINEAR_READ && history->ops[i].key == key &&
            some(state, ++seen) == 0)
            chosen = value_of(&history->ops[i]);
    return chosen;
}

static void add_one(struct consistency_history *history, uint64_t *state)
{
    struct sim_linear_operation *op = &history->ops[history->count];
    uint64_t invoked = some(state, end_of(history) + 1), length = some(state, 4);
    int64_t value = FIRST_VALUE;

    memset(op, 0, sizeof(*op));
    op->kind = some(state, 2) == 0 ? SIM_LINEAR_READ : SIM_LINEAR_WRITE;
    op->key = history->ops[some(state, history->count)].key;
    op->answered = op->kind == SIM_LINEAR_READ;
    op->value = given(history, op->key, state);
    shift(history, invoked);
    shift(history, invoked + 1 + length);
    op->invoked = invoked;
    op->returned = invoked + 1 + length;
    for (size_t i = 0; i < history->count; i++)
        if (history->ops[i].argument >= value)
            value = history->ops[i].argument + 1;
    op->argument = value;
    history->sessions[history->count++] = (uint32_t)some(state, SESSIONS_MAX);
}

static void remove_one(struct consistency_history *history, size_t at)
{
    history->count--;
    for (size_t i = at; i < history->count; i++) {
        history->ops[i] = history->ops[i + 1];
        history->sessions[i] = history->sessions[i + 1];
    }
}

/* OP begins or ends a little earlier or later. */
static void move(struct consistency_history *history, struct sim_linear_operation *op,
                 uint64_t *state)
{
    uint64_t *place =
        op->returned != SIM_LINEAR_OPEN && some(state, 2) == 0 ? &op->returned : &op->invoked;
    uint64_t other = place == &op->invoked ? op->returned : op->invoked;
    uint64_t wanted = some(state, end_of(history) + 1);

    if (place == &op->invoked ? wanted >= other : wanted <= other)
        return;
    shift(history, wanted);
    *place = wanted;
}

static void change_one(struct consistency_history *history, size_t most, uint64_t *state)
{
    size_t at = (size_t)some(state, history->count);
    struct sim_linear_operation *op = &history->ops[at];

    switch (some(state, 8)) {
    case 0:
        if (history->count < most)
            add_one(history, state);
        break;
    case 1:
        if (history->count > 2)
            remove_one(history, at);
        break;
    case 2:
        history->sessions[at] = (uint32_t)some(state, SESSIONS_MAX);
        break;
    case 3:
        op->key = history->ops[some(state, history->count)].key;
        break;
    case 4:
        if (op->kind != SIM_LINEAR_READ && some(state, 2) == 0)
            op->returned = SIM_LINEAR_OPEN;
        break;
    case 5:
    case 6:
        if (op->kind == SIM_LINEAR_READ)
            op->value = given(history, op->key, state);
        break;
    default:
        move(history, op, state);
        break;
    }
}

/* Places from 0 on, operations in order of invocation, each for itself. */
static void set_right(struct consistency_history *history)
{
    uint64_t place = 0, end = end_of(history);

    for (uint64_t old = 0; old < end; old++)
        for (size_t i = 0; i < history->count; i++) {
            if (history->ops[i].invoked == old)
                history->ops[i].invoked = place++;
            else if (history->ops[i].returned == old)
                history->ops[i].returned = place++;
        }
    for (size_t i = 0; i < history->count; i++) {
        struct sim_linear_operation op = history->ops[i];
        uint32_t session = history->sessions[i];
        size_t to = i;

        op.process = (uint32_t)i;
        op.time_invoked = (int64_t)op.invoked * 1000000;
        op.time_returned =
            op.returned == SIM_LINEAR_OPEN ? INT64_MAX : (int64_t)op.returned * 1000000;
        for (; to > 0 && history->ops[to - 1].invoked > op.invoked; to--) {
            history->ops[to] = history->ops[to - 1];
            history->sessions[to] = history->sessions[to - 1];
        }
        history->ops[to] = op;
        history->sessions[to] = session;
    }
}

void consistency_change(struct consistency_history *history, size_t most, uint64_t *state)
{
    assert(most <= CONSISTENCY_RANDOM_MAX);
    for (uint64_t left = 1 + some(state, 4); left > 0; left--)
        change_one(history, most, state);
    set_right(history);
}

/* -- texts ------------------------------------------------------------------------------------- */

const char *consistency_text(const struct consistency_history *history,
                             char text[CONSISTENCY_RANDOM_TEXT])
{
    static const char deeds[SIM_LINEAR_KINDS] = { [SIM_LINEAR_READ] = 'r',
                                                  [SIM_LINEAR_WRITE] = 'w',
                                                  [SIM_LINEAR_DELETE] = 'd',
                                                  [SIM_LINEAR_CAS] = 'c',
                                                  [SIM_LINEAR_ADD] = 'a' };
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *op = &history->ops[i];
        int64_t value =
            op->kind == SIM_LINEAR_READ || op->kind == SIM_LINEAR_ADD ? op->value : value_of(op);

        at += (size_t)snprintf(text + at, CONSISTENCY_RANDOM_TEXT - at,
                               "%s%" PRIu32 ":%c%" PRId64 "=%" PRId64 "%s@%" PRIu64 "-%" PRIu64,
                               i == 0 ? "" : " ", history->sessions[i], deeds[op->kind], op->key,
                               value == SIM_NIL ? 0 : value, op->items != NULL ? "+" : "",
                               op->invoked + 1,
                               op->returned == SIM_LINEAR_OPEN ? 0 : op->returned + 1);
    }
    snprintf(text + at, CONSISTENCY_RANDOM_TEXT - at, " (initially %s)",
             history->initial == SIM_NIL ? "nothing" : "0");
    return text;
}
