/* check_linearizable.c - the judge of linearizability against a brute force over all orders.
 *
 * The number of random histories is multiplied by the first argument, if there is one. */
#include "sim/check/linearizable.h"
#include "sim/core/rng.h"
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

enum object_type { NOTHING, NUMBER, SEQUENCE, BAG };

/* What the atomic object holds. */
struct object {
    enum object_type type;
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

static void put_element(struct object *object, enum object_type type, int64_t element)
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

/* Are the culprits all that it takes? */
static bool is_whole(const struct sim_linear_result *result)
{
    return strstr(result->text, "; and more") == NULL &&
           strstr(result->text, "up to the last of these") == NULL;
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
        if (is_whole(&result) && linear_oracle(culprits, result.culprit_count, history->initial))
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
            bool whole = is_whole(&result);
            struct sim_linear_operation culprits[SIM_LINEAR_CULPRITS_MAX];

            for (uint32_t k = 0; k < result.culprit_count; k++)
                culprits[k] = history->ops[result.culprits[k]];
            if (whole && linear_oracle(culprits, result.culprit_count, history->initial))
                fail_history(history, "the culprits have an order", result.text);
            no++;
            shown += whole;
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

int main(int argc, char **argv)
{
    Suite *suite = suite_create("linearizable");
    TCase *random = tcase_create("random");
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
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
