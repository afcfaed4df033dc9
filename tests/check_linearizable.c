/* check_linearizable.c - the judge of linearizability against a brute force over all orders, and
 * row by row on what is easily got wrong.
 *
 * The number of random histories is multiplied by the first argument, if there is one. */
#include "sim/check/linearizable.h"
#include "sim/core/mem.h"
#include "sim/core/rng.h"
#include "tests/lib/evidence.h"
#include "tests/lib/linear_oracle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 9, OPS_MAX = 120, ITEMS_MAX = OPS_MAX };

static uint64_t multiplier = 1;

/* -- histories by random ----------------------------------------------------------------------- */

enum model { REGISTER, CAS, COUNTER, LIST, SET, MUTEX, MIXED, MODELS };

static const char *const model_names[] = { "register", "cas",   "counter", "list",
                                           "set",      "mutex", "mixed" };

struct shape {
    enum model model;
    bool unique, crashes;
    int processes;
    size_t count;
    int64_t values, initial;
};

struct history {
    struct sim_linear_operation ops[OPS_MAX];
    size_t count;
    int64_t items[OPS_MAX][ITEMS_MAX];
    int64_t initial;
};

/* What the atomic object holds. */
struct object {
    enum { NOTHING, NUMBER, SEQUENCE, BAG } type;
    int64_t number;
    int64_t items[ITEMS_MAX];
    uint32_t count;
};

static int64_t draw(struct sim_stream *stream, int64_t n)
{
    return (int64_t)sim_below(sim_stream_next(stream), (uint64_t)n);
}

static enum sim_linear_kind draw_kind(struct sim_stream *stream, enum model model)
{
    static const enum sim_linear_kind kinds[MODELS][8] = {
        [REGISTER] = { SIM_LINEAR_READ, SIM_LINEAR_WRITE, SIM_LINEAR_READ, SIM_LINEAR_WRITE,
                       SIM_LINEAR_READ, SIM_LINEAR_WRITE, SIM_LINEAR_READ, SIM_LINEAR_DELETE },
        [CAS] = { SIM_LINEAR_READ, SIM_LINEAR_WRITE, SIM_LINEAR_CAS, SIM_LINEAR_CAS,
                  SIM_LINEAR_READ, SIM_LINEAR_CAS, SIM_LINEAR_CAS, SIM_LINEAR_CAS },
        [COUNTER] = { SIM_LINEAR_READ, SIM_LINEAR_ADD, SIM_LINEAR_ADD, SIM_LINEAR_ADD,
                      SIM_LINEAR_READ, SIM_LINEAR_ADD, SIM_LINEAR_READ, SIM_LINEAR_ADD },
        [LIST] = { SIM_LINEAR_READ, SIM_LINEAR_APPEND, SIM_LINEAR_READ, SIM_LINEAR_APPEND,
                   SIM_LINEAR_READ, SIM_LINEAR_APPEND, SIM_LINEAR_APPEND, SIM_LINEAR_APPEND },
        [SET] = { SIM_LINEAR_READ, SIM_LINEAR_INSERT, SIM_LINEAR_READ, SIM_LINEAR_INSERT,
                  SIM_LINEAR_READ, SIM_LINEAR_INSERT, SIM_LINEAR_READ, SIM_LINEAR_INSERT },
        [MUTEX] = { SIM_LINEAR_ACQUIRE, SIM_LINEAR_RELEASE, SIM_LINEAR_ACQUIRE, SIM_LINEAR_RELEASE,
                    SIM_LINEAR_ACQUIRE, SIM_LINEAR_RELEASE, SIM_LINEAR_ACQUIRE,
                    SIM_LINEAR_RELEASE },
        [MIXED] = { SIM_LINEAR_READ, SIM_LINEAR_WRITE, SIM_LINEAR_CAS, SIM_LINEAR_ADD,
                    SIM_LINEAR_READ, SIM_LINEAR_APPEND, SIM_LINEAR_DELETE, SIM_LINEAR_INSERT },
    };

    return kinds[model][draw(stream, 8)];
}

static void put_number(struct object *object, int64_t number)
{
    object->type = number == SIM_NIL ? NOTHING : NUMBER;
    object->number = number;
    object->count = 0;
}

static bool holds_element(const struct object *object, int64_t element)
{
    for (uint32_t i = 0; i < object->count; i++) {
        if (object->items[i] == element)
            return true;
    }
    return false;
}

static void put_element(struct object *object, int type, int64_t element)
{
    object->type = type;
    if (type == SEQUENCE || !holds_element(object, element))
        object->items[object->count++] = element;
}

/* What the object would be asked for, to succeed now and then. */
static int64_t likely(struct sim_stream *stream, const struct object *object, int64_t values)
{
    if (object->type == NUMBER && draw(stream, 2) == 0)
        return object->number;
    return draw(stream, 8) == 0 ? SIM_NIL : draw(stream, values) + 1;
}

/* The atomic object does what OP asks. False: it refuses, and OP did not happen. */
static bool perform(struct object *object, struct sim_linear_operation *op, int64_t *items)
{
    bool is_number = object->type == NUMBER;
    int64_t number = is_number ? object->number : SIM_NIL;
    bool plain = is_number || object->type == NOTHING;

    switch (op->kind) {
    case SIM_LINEAR_READ:
        op->value = number;
        if (object->count > 0) {
            memcpy(items, object->items, sizeof(object->items));
            op->items = items;
            op->item_count = object->count;
        }
        return true;
    case SIM_LINEAR_WRITE:
        put_number(object, op->argument);
        return true;
    case SIM_LINEAR_CAS:
        if (!plain || number != op->argument)
            op->kind = SIM_LINEAR_CAS_NOT;
        else
            put_number(object, op->second);
        return true;
    case SIM_LINEAR_ADD:
        if (plain) {
            put_number(object, (is_number ? number : 0) + op->argument);
            op->value = object->number;
        }
        return plain;
    case SIM_LINEAR_APPEND:
        if (!is_number && object->type != BAG)
            put_element(object, SEQUENCE, op->argument);
        return !is_number && object->type != BAG;
    case SIM_LINEAR_INSERT:
        if (!is_number && object->type != SEQUENCE)
            put_element(object, BAG, op->argument);
        return !is_number && object->type != SEQUENCE;
    case SIM_LINEAR_DELETE:
        put_number(object, SIM_NIL);
        return true;
    case SIM_LINEAR_ACQUIRE:
        if (object->type == NOTHING)
            put_number(object, 1);
        else
            return false;
        return true;
    default:
        if (object->type == NOTHING)
            return false;
        put_number(object, SIM_NIL);
        return true;
    }
}

/* Draws a history that an atomic object gave: each process in turn is invoked, takes effect and
 * returns, at random. Refused operations are left out. */
static void generate(struct sim_stream *stream, const struct shape *shape, struct history *history)
{
    struct object object = { NOTHING, 0, { 0 }, 0 };
    int at[8] = { 0 }; /* by process: 0 idle, 1 invoked, 2 took effect, 3 refused, 4 stopped */
    size_t open[8] = { 0 }, invoked = 0, kept = 0;
    bool gone[OPS_MAX] = { false };
    uint64_t place = 0;
    int64_t fresh = 100;

    put_number(&object, history->initial = shape->initial);
    for (int idle = 0; idle < 40 * shape->processes + 4 * (int)shape->count; idle++) {
        int p = (int)draw(stream, shape->processes);
        struct sim_linear_operation *op = &history->ops[at[p] == 0 ? invoked : open[p]];

        if (at[p] == 4 || (at[p] == 0 && invoked == shape->count))
            continue;
        if (at[p] == 0) {
            *op = (struct sim_linear_operation){ .kind = draw_kind(stream, shape->model),
                                                 .process = (uint32_t)p,
                                                 .key = 7,
                                                 .invoked = place++,
                                                 .returned = SIM_LINEAR_OPEN };
            op->argument = shape->unique ? fresh++ : draw(stream, shape->values) + 1;
            if (shape->model == COUNTER && draw(stream, 6) == 0)
                op->argument = draw(stream, 4) - 2;
            if (op->kind == SIM_LINEAR_CAS) {
                op->second = op->argument;
                op->argument = likely(stream, &object, shape->values);
            }
            open[p] = invoked++;
            at[p] = 1;
        } else if (at[p] == 1) {
            at[p] = perform(&object, op, history->items[open[p]]) ? 2 : 3;
            if (shape->crashes && draw(stream, 5) == 0)
                at[p] = 4;
        } else {
            op->returned = place++;
            op->answered = op->kind == SIM_LINEAR_READ || draw(stream, 3) > 0;
            gone[open[p]] = at[p] == 3;
            at[p] = 0;
        }
    }
    for (size_t i = 0; i < invoked; i++) {
        if (!gone[i]) {
            history->ops[kept++] = history->ops[i];
            if (history->ops[kept - 1].returned == SIM_LINEAR_OPEN &&
                history->ops[kept - 1].kind == SIM_LINEAR_CAS_NOT)
                history->ops[kept - 1].kind = SIM_LINEAR_CAS;
        }
    }
    history->count = kept;
    for (size_t i = 0; i < kept; i++)
        history->ops[i].time_invoked = (int64_t)history->ops[i].invoked;
}

/* -- mutations --------------------------------------------------------------------------------- */

/* Changes what one read gave: another number, or a list without its last element, with two
 * exchanged, or with a strange one. */
static void change_read(struct sim_stream *stream, const struct shape *shape,
                        struct history *history, struct sim_linear_operation *op)
{
    int64_t *items = op->items == NULL ? NULL : history->items[0] + (op->items - history->items[0]);
    uint32_t a, b;
    int64_t item;

    if (items == NULL) {
        if (draw(stream, 6) == 0)
            op->value = SIM_NIL;
        else
            op->value = shape->unique ? draw(stream, 4) + 100 : draw(stream, shape->values + 1) + 1;
        return;
    }
    if (op->item_count == 0)
        return;
    a = (uint32_t)draw(stream, op->item_count);
    b = (uint32_t)draw(stream, op->item_count);
    item = items[a];
    switch (draw(stream, 4)) {
    case 0:
        op->item_count--;
        break;
    case 1:
        items[a] = draw(stream, 4) + (shape->unique ? 100 : 1);
        break;
    default:
        items[a] = items[b];
        items[b] = item;
    }
}

static bool is_told(const struct sim_linear_operation *op, enum sim_linear_kind kind)
{
    return op->kind == kind && op->answered && op->returned != SIM_LINEAR_OPEN;
}

/* Changes one thing, of a read if FIRST_READ. False: there is none. */
static bool mutate(struct sim_stream *stream, const struct shape *shape, struct history *history,
                   bool first_read)
{
    size_t from;

    if (history->count == 0)
        return false;
    from = (size_t)draw(stream, (int64_t)history->count);
    for (size_t i = 0; i < history->count; i++) {
        struct sim_linear_operation *op = &history->ops[(from + i) % history->count];

        if (is_told(op, SIM_LINEAR_READ)) {
            change_read(stream, shape, history, op);
            return true;
        }
        if (first_read)
            continue;
        if (is_told(op, SIM_LINEAR_ADD))
            op->value += draw(stream, 5) - 2;
        else if (op->kind == SIM_LINEAR_CAS && draw(stream, 2) == 0)
            op->argument = draw(stream, shape->values) + 1;
        else if (!shape->unique)
            op->argument = draw(stream, shape->values) + 1;
        else if (op->kind == SIM_LINEAR_ACQUIRE || op->kind == SIM_LINEAR_RELEASE)
            op->kind = op->kind == SIM_LINEAR_ACQUIRE ? SIM_LINEAR_RELEASE : SIM_LINEAR_ACQUIRE;
        return true;
    }
    return false;
}

/* -- verdicts ---------------------------------------------------------------------------------- */

static void print_history(const struct history *history)
{
    static const char *const kinds[] = { "read",   "write",  "cas",    "cas-not", "add",
                                         "append", "insert", "delete", "acquire", "release" };

    fprintf(stderr, "initial %lld\n", (long long)history->initial);
    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *op = &history->ops[i];

        fprintf(stderr, "%zu: process %u %s %lld %lld value %lld [", i, op->process,
                kinds[op->kind], (long long)op->argument, (long long)op->second,
                (long long)op->value);
        for (uint32_t k = 0; k < op->item_count; k++)
            fprintf(stderr, " %lld", (long long)op->items[k]);
        fprintf(stderr, " ] answered %d, %lld..%lld\n", op->answered, (long long)op->invoked,
                (long long)op->returned);
    }
}

static void fail_history(const struct history *history, const char *what, const char *text)
{
    print_history(history);
    ck_abort_msg("%s: %s", what, text);
}

static bool same_set(const struct object *object, const struct sim_linear_operation *op)
{
    for (uint32_t i = 0; i < op->item_count; i++) {
        if (!holds_element(object, op->items[i]))
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (op->items[i] == op->items[k])
                return false;
        }
    }
    return op->item_count == object->count;
}

/* Would the atomic object have answered like this? */
static bool accepts(struct object *object, const struct sim_linear_operation *op)
{
    struct sim_linear_operation done = *op;
    int64_t items[ITEMS_MAX];

    done.items = NULL;
    done.item_count = 0;
    if (op->kind == SIM_LINEAR_CAS_NOT)
        done.kind = SIM_LINEAR_CAS;
    if (!perform(object, &done, items) || done.kind != op->kind)
        return false;
    if (is_told(op, SIM_LINEAR_ADD))
        return done.value == op->value;
    if (!is_told(op, SIM_LINEAR_READ))
        return true;
    if (object->type == BAG)
        return op->items != NULL && same_set(object, op);
    return done.item_count == op->item_count &&
           (op->item_count > 0  ? memcmp(items, op->items, op->item_count * sizeof(items[0])) == 0
            : op->items != NULL ? object->type == NOTHING
                                : done.value == op->value);
}

/* The witness holds what happened, in the order of time, and the object agrees. */
static const char *wrong_witness(const struct history *history,
                                 const struct sim_linear_result *result)
{
    struct object object;
    size_t at[OPS_MAX];

    put_number(&object, history->initial);
    for (size_t i = 0; i < history->count; i++)
        at[i] = SIZE_MAX;
    for (size_t i = 0; i < result->order_count; i++) {
        if (at[result->order[i]] != SIZE_MAX)
            return "twice in the order";
        at[result->order[i]] = i;
        if (!accepts(&object, &history->ops[result->order[i]]))
            return "the object answers otherwise";
    }
    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *op = &history->ops[i];

        if (at[i] == SIZE_MAX && op->returned != SIM_LINEAR_OPEN &&
            (op->kind != SIM_LINEAR_READ || op->answered))
            return "not in the order";
        for (size_t k = 0; at[i] != SIZE_MAX && k < history->count; k++) {
            if (at[k] != SIZE_MAX && history->ops[k].returned < op->invoked && at[k] > at[i])
                return "not the order of time";
        }
    }
    return NULL;
}

static struct sim_linear_result judge(const struct sim_linear_operation *ops, size_t count,
                                      int64_t initial)
{
    struct sim_linear_options options = { .initial = initial, .witness = true };
    struct sim_linear_result result;

    sim_linear_judge(ops, count, &options, &result);
    return result;
}

struct tally {
    uint64_t yes, no;
};

/* The verdict must be that of the brute force, and its proof must hold. */
static bool check(const struct history *history, struct tally *tally)
{
    struct sim_linear_result result = judge(history->ops, history->count, history->initial);
    int expected = linear_oracle(history->ops, history->count, history->initial);
    const char *wrong = NULL;

    if (result.status != (expected ? SIM_LINEAR_YES : SIM_LINEAR_NO)) {
        wrong = expected ? "an order exists" : "no order exists";
    } else if (expected) {
        tally->yes++;
        wrong = wrong_witness(history, &result);
    } else {
        struct sim_linear_operation culprits[SIM_LINEAR_CULPRITS_MAX];

        tally->no++;
        if (result.culprit_count == 0 || result.culprit_count > SIM_LINEAR_CULPRITS_MAX)
            wrong = "no culprits";
        for (uint32_t i = 0; i < result.culprit_count; i++)
            culprits[i] = history->ops[result.culprits[i]];
        if (linear_oracle(culprits, result.culprit_count, history->initial))
            wrong = "the culprits have an order";
    }
    if (wrong != NULL)
        fail_history(history, wrong, result.text);
    sim_linear_result_finish(&result);
    return expected != 0;
}

/* -- against brute force ----------------------------------------------------------------------- */

enum { HISTORIES = 20000 };

static struct shape draw_shape(struct sim_stream *stream, enum model model)
{
    struct shape shape = { .model = model, .initial = SIM_NIL };

    shape.unique = draw(stream, 2) == 0;
    shape.crashes = draw(stream, 2) == 0;
    shape.processes = (int)draw(stream, 4) + 2;
    shape.count = (size_t)draw(stream, FEW - 1) + 2;
    shape.values = draw(stream, 4) + 1;
    if (model != LIST && model != SET && model != MUTEX && draw(stream, 4) == 0)
        shape.initial = draw(stream, 2);
    return shape;
}

START_TEST(random_histories)
{
    struct tally tally = { 0, 0 };
    uint64_t noticed = 0;
    struct history *history = malloc(sizeof(*history));
    struct sim_stream stream;

    sim_stream_seed(&stream, 1, (uint64_t)_i, 0);
    for (uint64_t i = 0; i < HISTORIES * multiplier; i++) {
        struct shape shape = draw_shape(&stream, (enum model)_i);

        generate(&stream, &shape, history);
        if (i % 3 == 0) {
            if (!check(history, &tally))
                fail_history(history, "the generator", "made what no object gives");
            continue;
        }
        if (mutate(&stream, &shape, history, i % 3 == 1) && !check(history, &tally))
            noticed += i % 3 == 1;
        if (i % 3 == 2 && mutate(&stream, &shape, history, false))
            check(history, &tally);
    }
    fprintf(stderr, "%s: %llu yes, %llu no, %llu by changing one read\n", model_names[_i],
            (unsigned long long)tally.yes, (unsigned long long)tally.no,
            (unsigned long long)noticed);
    ck_assert_uint_gt(tally.yes, HISTORIES / 10);
    ck_assert_uint_gt(tally.no, HISTORIES / 100);
    if (_i != MUTEX)
        ck_assert_uint_gt(noticed, HISTORIES / 100);
    free(history);
}
END_TEST

/* -- longer ones ------------------------------------------------------------------------------- */

enum { LONG_HISTORIES = 100 };

/* Too long for brute force: valid ones have a witness that holds, and where one changed read is
 * noticed, the culprits contradict each other. */
START_TEST(longer_histories)
{
    struct history *history = malloc(sizeof(*history));
    struct sim_stream stream;
    uint64_t no = 0, shown = 0;

    sim_stream_seed(&stream, 2, (uint64_t)_i, 0);
    for (uint64_t i = 0; i < LONG_HISTORIES * multiplier; i++) {
        struct shape shape = draw_shape(&stream, (enum model)_i);
        struct sim_linear_result result;

        shape.count = (size_t)draw(&stream, OPS_MAX - 20) + 20;
        shape.crashes &= i % 4 == 0;
        generate(&stream, &shape, history);
        result = judge(history->ops, history->count, history->initial);
        if (result.status != SIM_LINEAR_YES)
            fail_history(history, "not found to be valid", result.text);
        if (wrong_witness(history, &result) != NULL)
            fail_history(history, "witness", wrong_witness(history, &result));
        sim_linear_result_finish(&result);
        if (!mutate(&stream, &shape, history, true))
            continue;
        result = judge(history->ops, history->count, history->initial);
        if (result.status == SIM_LINEAR_YES && wrong_witness(history, &result) != NULL)
            fail_history(history, "witness", wrong_witness(history, &result));
        if (result.status == SIM_LINEAR_NO) {
            bool part = strstr(result.text, "; and more") != NULL ||
                        strstr(result.text, "up to the last of these") != NULL;
            struct sim_linear_operation culprits[SIM_LINEAR_CULPRITS_MAX];

            for (uint32_t k = 0; k < result.culprit_count; k++)
                culprits[k] = history->ops[result.culprits[k]];
            if (!part && linear_oracle(culprits, result.culprit_count, history->initial))
                fail_history(history, "the culprits have an order", result.text);
            no++;
            shown += !part;
        }
        sim_linear_result_finish(&result);
    }
    fprintf(stderr, "%s: %llu of %llu contradictions shown whole\n", model_names[_i],
            (unsigned long long)shown, (unsigned long long)no);
    if (_i == REGISTER || _i == CAS)
        ck_assert_uint_gt(shown * 10, no * 9);
    free(history);
}
END_TEST

/* -- rows -------------------------------------------------------------------------------------- */

enum { ROW_MAX = 12, OPEN = -1 };

#define R SIM_LINEAR_READ
#define W SIM_LINEAR_WRITE
#define C SIM_LINEAR_CAS

/* From a place to a place of the history (OPEN: never); `a` is what a read gave. */
struct row {
    const char *name;
    enum sim_linear_status status;
    int64_t initial;
    struct {
        enum sim_linear_kind kind;
        int64_t a, b;
        int from, to;
    } ops[ROW_MAX];
};

static const struct row rows[] = {
    { "nothing at all", SIM_LINEAR_YES, SIM_NIL, { { 0 } } },
    /* a write that was absorbed by another one may still be used before it returns */
    { "an absorbed write is used before it expires",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 5 }, { W, 1, 0, 2, 3 }, { W, 0, 0, 4, 6 }, { R, 1, 0, 7, 8 } } },
    { "but not behind its return",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 4 }, { W, 1, 0, 2, 3 }, { W, 0, 0, 5, 6 }, { R, 1, 0, 7, 8 } } },
    { "a read of a key never written", SIM_LINEAR_YES, SIM_NIL, { { R, SIM_NIL, 0, 1, 2 } } },
    { "nothing is not zero", SIM_LINEAR_NO, SIM_NIL, { { R, 0, 0, 1, 2 } } },
    { "the initial value", SIM_LINEAR_YES, 0, { { R, 0, 0, 1, 2 } } },
    { "a stale read",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 } } },
    { "a read from the future", SIM_LINEAR_NO, SIM_NIL, { { R, 1, 0, 1, 2 }, { W, 1, 0, 3, 4 } } },
    { "new, then old",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 10 }, { R, 1, 0, 2, 3 }, { R, 0, 0, 4, 5 } } },
    { "old, then new",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 10 }, { R, 0, 0, 2, 3 }, { R, 1, 0, 4, 5 } } },
    { "a lost write that took effect late",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, OPEN }, { R, 0, 0, 2, 3 }, { R, 1, 0, 4, 5 } } },
    { "takes effect only once",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, OPEN }, { R, 1, 0, 2, 3 }, { W, 2, 0, 4, 5 }, { R, 1, 0, 6, 7 } } },
    { "two lost writes of one value take effect twice",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, OPEN },
        { W, 1, 0, 2, OPEN },
        { R, 1, 0, 3, 4 },
        { W, 2, 0, 5, 6 },
        { R, 1, 0, 7, 8 } } },
    { "a lost swap that never was",
      SIM_LINEAR_YES,
      0,
      { { C, 5, 6, 1, OPEN }, { R, 0, 0, 2, 3 } } },
    { "a swap from nothing",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { C, SIM_NIL, 1, 1, 2 }, { R, 1, 0, 3, 4 } } },
    { "two swaps from one value", SIM_LINEAR_NO, 0, { { C, 0, 1, 1, 3 }, { C, 0, 2, 2, 4 } } },
    { "swaps in a circle, read",
      SIM_LINEAR_NO,
      0,
      { { C, 1, 2, 1, 6 }, { C, 2, 1, 2, 5 }, { R, 2, 0, 3, 4 } } },
    { "a chain of swaps, all at once",
      SIM_LINEAR_YES,
      0,
      { { C, 2, 3, 1, 8 }, { C, 1, 2, 2, 7 }, { C, 0, 1, 3, 6 }, { R, 3, 0, 4, 5 } } },
    { "a chain against the time", SIM_LINEAR_NO, 0, { { C, 1, 2, 1, 2 }, { C, 0, 1, 3, 4 } } },
    { "a failed swap as a constraint", SIM_LINEAR_NO, 0, { { SIM_LINEAR_CAS_NOT, 0, 0, 1, 2 } } },
    { "a deletion brings nothing back",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { SIM_LINEAR_DELETE, 0, 0, 3, 4 }, { R, SIM_NIL, 0, 5, 6 } } },
    { "an append to a number",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { W, 1, 0, 1, 2 }, { SIM_LINEAR_APPEND, 2, 0, 3, 4 } } },
    { "an add to nothing",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { SIM_LINEAR_ADD, 2, 0, 1, 2 }, { R, 2, 0, 3, 4 } } },
    { "adds that nobody can tell apart",
      SIM_LINEAR_NO,
      0,
      { { SIM_LINEAR_ADD, 2, 0, 1, OPEN }, { SIM_LINEAR_ADD, 2, 0, 2, 3 }, { R, 5, 0, 4, 5 } } },
    { "a sum that wraps",
      SIM_LINEAR_YES,
      INT64_MAX,
      { { SIM_LINEAR_ADD, 2, 0, 1, 2 }, { R, INT64_MIN + 1, 0, 3, 4 } } },
    { "two hold the mutex",
      SIM_LINEAR_NO,
      SIM_NIL,
      { { SIM_LINEAR_ACQUIRE, 0, 0, 1, 2 }, { SIM_LINEAR_ACQUIRE, 0, 0, 3, 4 } } },
    { "a lost release",
      SIM_LINEAR_YES,
      SIM_NIL,
      { { SIM_LINEAR_ACQUIRE, 0, 0, 1, 2 },
        { SIM_LINEAR_RELEASE, 0, 0, 3, OPEN },
        { SIM_LINEAR_ACQUIRE, 0, 0, 4, 5 } } },
    { "zones that overlap",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 }, { R, 2, 0, 7, 8 } } },
    { "a backward zone within a forward one",
      SIM_LINEAR_NO,
      0,
      { { W, 1, 0, 1, 2 }, { W, 2, 0, 3, 4 }, { R, 1, 0, 5, 6 } } },
    { "a backward zone over the edge of a forward one",
      SIM_LINEAR_YES,
      0,
      { { W, 1, 0, 1, 3 }, { W, 2, 0, 2, 5 }, { R, 1, 0, 4, 6 } } },
};

#undef R
#undef W
#undef C

static size_t fill(const struct row *row, struct sim_linear_operation *ops)
{
    size_t count = 0;

    for (; count < ROW_MAX && row->ops[count].from != 0; count++) {
        ops[count] = (struct sim_linear_operation){
            .kind = row->ops[count].kind,
            .process = (uint32_t)count,
            .key = 7,
            .argument = row->ops[count].a,
            .second = row->ops[count].b,
            .value = row->ops[count].a,
            .answered = row->ops[count].kind == SIM_LINEAR_READ,
            .invoked = (uint64_t)row->ops[count].from,
            .returned = row->ops[count].to == OPEN ? SIM_LINEAR_OPEN : (uint64_t)row->ops[count].to,
            .time_invoked = row->ops[count].from * SIM_MILLISECOND,
            .time_returned = row->ops[count].to * SIM_MILLISECOND,
        };
    }
    return count;
}

START_TEST(row_by_row)
{
    const struct row *row = &rows[_i];
    struct sim_linear_operation ops[ROW_MAX];
    size_t count = fill(row, ops);
    struct sim_linear_result result = judge(ops, count, row->initial);

    ck_assert_msg(result.status == row->status, "%s: status %d, %s", row->name, result.status,
                  result.text);
    ck_assert_int_eq(linear_oracle(ops, count, row->initial), row->status == SIM_LINEAR_YES);
    sim_linear_result_finish(&result);
}
END_TEST

static void expect_text(const char *name, const char *text)
{
    struct sim_linear_operation ops[ROW_MAX];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            size_t count = fill(&rows[i], ops);
            struct sim_linear_result result = judge(ops, count, rows[i].initial);

            ck_assert_str_eq(result.text, text);
            sim_linear_result_finish(&result);
            return;
        }
    }
    ck_abort_msg("no row %s", name);
}

START_TEST(words)
{
    expect_text("old, then new", "");
    expect_text("new, then old",
                "key 7: each of the two values would have to stand while the other one did: "
                "process 0 wrote 1 (1ms..10ms); process 1 read 1 (2ms..3ms); "
                "process 2 read 0 (4ms..5ms)");
    expect_text("takes effect only once",
                "key 7: each of the two values would have to stand while the other one did: "
                "process 0 wrote 1 (from 1ms, outcome unknown); process 1 read 1 (2ms..3ms); "
                "process 2 wrote 2 (4ms..5ms); process 3 read 1 (6ms..7ms)");
    expect_text("two hold the mutex", "key 7: no order explains all of these: "
                                      "process 0 acquired (1ms..2ms); "
                                      "process 1 acquired (3ms..4ms)");
    expect_text("nothing is not zero",
                "key 7: nobody wrote what was read: process 0 read 0 (1ms..2ms)");
}
END_TEST

/* -- keys and budgets -------------------------------------------------------------------------- */

START_TEST(keys_are_apart)
{
    struct sim_linear_operation ops[] = {
        { SIM_LINEAR_WRITE, 0, 9, 1, 0, 0, NULL, 0, false, 1, 2, 0, 0 },
        { SIM_LINEAR_READ, 0, 3, 0, 0, SIM_NIL, NULL, 0, true, 3, 4, 0, 0 },
        { SIM_LINEAR_READ, 0, 9, 0, 0, 1, NULL, 0, true, 5, 6, 0, 0 },
        { SIM_LINEAR_READ, 0, -4, 0, 0, SIM_NIL, NULL, 0, true, 7, 8, 0, 0 },
    };
    struct sim_linear_result result = judge(ops, 4, SIM_NIL);

    ck_assert_int_eq(result.status, SIM_LINEAR_YES);
    ck_assert_uint_eq(result.order_count, 4);
    ck_assert_uint_eq(result.order[0], 3);
    ck_assert_uint_eq(result.order[1], 1);
    sim_linear_result_finish(&result);
    ops[1].value = ops[2].value = 2; /* both are wrong: the least key is told */
    result = judge(ops, 4, SIM_NIL);
    ck_assert_int_eq(result.status, SIM_LINEAR_NO);
    ck_assert_int_eq(result.key, 3);
    ck_assert_uint_eq(result.culprit_count, 1);
    ck_assert_uint_eq(result.culprits[0], 1);
    ck_assert_ptr_null(result.order);
    sim_linear_result_finish(&result);
}
END_TEST

enum { HOPELESS = 60 };

/* Lost adds of powers of two, and a read of a sum that a search finds hard to rule out. */
static struct sim_linear_result hopeless(uint64_t steps, uint64_t bytes)
{
    struct sim_linear_options options = { .initial = 0, .steps = steps, .bytes = bytes };
    struct sim_linear_operation ops[HOPELESS + 1];
    struct sim_linear_result result;

    for (int i = 0; i < HOPELESS; i++)
        ops[i] = (struct sim_linear_operation){ .kind = SIM_LINEAR_ADD,
                                                .argument = (int64_t)2 << i % 40,
                                                .invoked = (uint64_t)i + 1,
                                                .returned = SIM_LINEAR_OPEN };
    ops[HOPELESS] = (struct sim_linear_operation){ .kind = SIM_LINEAR_READ,
                                                   .value = 999999999999,
                                                   .answered = true,
                                                   .invoked = HOPELESS + 1,
                                                   .returned = HOPELESS + 2 };
    sim_linear_judge(ops, HOPELESS + 1, &options, &result);
    return result;
}

START_TEST(budget_of_steps)
{
    struct sim_linear_result first = hopeless(20000, 0);

    ck_assert_int_eq(first.status, SIM_LINEAR_UNDECIDED);
    ck_assert_uint_ge(first.steps, 20000);
    ck_assert_uint_lt(first.steps, 40000);
    ck_assert_uint_eq(first.culprit_count, 0);
    ck_assert_ptr_nonnull(strstr(first.text, "key 0: the budget ran out after "));
    for (int i = 0; i < 3; i++) {
        struct sim_linear_result again = hopeless(20000, 0);

        ck_assert_uint_eq(again.steps, first.steps);
        ck_assert_str_eq(again.text, first.text);
        sim_linear_result_finish(&again);
    }
    sim_linear_result_finish(&first);
}
END_TEST

START_TEST(budget_of_bytes)
{
    struct sim_linear_result result = hopeless(300000, 200000);

    ck_assert_int_eq(result.status, SIM_LINEAR_UNDECIDED);
    sim_linear_result_finish(&result);
}
END_TEST

/* -- the expectation --------------------------------------------------------------------------- */

static void expect_verdict(const struct bench *bench, const char *initial,
                           enum sim_verdict_status status, const char *text)
{
    const struct sim_checker *checker = checker_named("linearizable");
    void *params = params_create(checker);
    struct sim_verdict verdict;

    params_group(params, checker, "clients", 0);
    params_choice(params, checker, "initial", initial);
    memset(&verdict, 'x', sizeof(verdict));
    checker->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

#define MS SIM_MILLISECOND

/* Every operation of the bench is on key 1, of 5, and every answer is 5. */
START_TEST(verdicts)
{
    struct bench bench;

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 3 * MS, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 2 * MS, 4 * MS, SIM_OK);
    bench_operation(&bench, 2, SIM_DELETE, 5 * MS, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_operation(&bench, 2, SIM_READ, 6 * MS, 7 * MS, SIM_FAIL);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_HOLDS, "an order explains all 3 operations (1 unknown)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 1, SIM_READ, 1 * MS, 2 * MS, SIM_OK);
    bench_operation(&bench, 0, SIM_WRITE, 3 * MS, 4 * MS, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "zero", SIM_BROKEN,
                   "key 1: what was read was written later: app-1/1 read 5 (1ms..2ms); "
                   "app-0/2 wrote 5 (3ms..4ms)");
    bench_finish(&bench);

    bench_init(&bench); /* a write that failed did not happen */
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 2 * MS, SIM_FAIL);
    bench_operation(&bench, 1, SIM_READ, 3 * MS, 4 * MS, SIM_OK);
    bench_operation(&bench, 3, SIM_WRITE, 1 * MS, 2 * MS, SIM_OK); /* no client of the group */
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_BROKEN,
                   "key 1: nobody wrote what was read: app-1/2 read 5 (3ms..4ms)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_play(&bench, 60 * SIM_SECOND);
    expect_verdict(&bench, "nothing", SIM_UNDECIDED, "no completed operation to judge");
    bench_finish(&bench);
}
END_TEST

START_TEST(verdict_of_a_run_that_stopped)
{
    struct bench bench;

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_WRITE, 1 * MS, 3 * MS, SIM_OK);
    bench_violation(&bench, 4 * MS, "safety", "two leaders");
    bench_play(&bench, 5 * MS);
    expect_verdict(&bench, "nothing", SIM_UNDECIDED,
                   "the run stopped at 5ms: safety was violated; until then an order explains all "
                   "1 operations (0 unknown)");
    bench_finish(&bench);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("linearizable");
    TCase *random = tcase_create("random"), *rest = tcase_create("rows");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (argc > 1)
        multiplier = strtoull(argv[1], NULL, 10);
    if (multiplier == 0)
        multiplier = 1;
    tcase_set_timeout(random, 60.0 * (double)multiplier);
    tcase_add_loop_test(random, random_histories, 0, MODELS);
    tcase_add_loop_test(random, longer_histories, 0, MODELS);
    suite_add_tcase(suite, random);
    tcase_add_loop_test(rest, row_by_row, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(rest, words);
    tcase_add_test(rest, keys_are_apart);
    tcase_add_test(rest, budget_of_steps);
    tcase_add_test(rest, budget_of_bytes);
    tcase_add_test(rest, verdicts);
    tcase_add_test(rest, verdict_of_a_run_that_stopped);
    suite_add_tcase(suite, rest);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
