#include "tests/lib/linear_oracle.h"

#include <assert.h>
#include <string.h>

enum form { NOTHING, NUMBER, LIST, SET, HELD };

struct object {
    enum form form;
    int64_t number;
    int64_t items[LINEAR_ORACLE_MAX]; /* of a list or a set */
    size_t count;
};

struct search {
    struct sim_linear_operation ops[LINEAR_ORACLE_MAX];
    size_t count;
    bool placed[LINEAR_ORACLE_MAX];
    size_t missing;                /* operations that returned and have no place yet */
    size_t key[LINEAR_ORACLE_MAX]; /* of each operation: its object */
    struct object objects[LINEAR_ORACLE_MAX];
};

/* -- the sequential object --------------------------------------------------------------------- */

static void put(struct object *object, int64_t value)
{
    object->form = value == SIM_NIL ? NOTHING : NUMBER;
    object->number = value;
    object->count = 0;
}

static bool holds(const struct object *object, int64_t value)
{
    if (value == SIM_NIL)
        return object->form == NOTHING;
    return object->form == NUMBER && object->number == value;
}

static bool contains(const int64_t *items, size_t count, int64_t item)
{
    for (size_t i = 0; i < count; i++)
        if (items[i] == item)
            return true;
    return false;
}

static bool reads(const struct object *object, const struct sim_linear_operation *op)
{
    if (op->items == NULL)
        return holds(object, op->value);
    if (object->form == NOTHING)
        return op->item_count == 0;
    if (object->form != LIST && object->form != SET)
        return false;
    if (op->item_count != object->count)
        return false;
    for (size_t i = 0; i < object->count; i++) {
        if (object->form == LIST && op->items[i] != object->items[i])
            return false;
        if (object->form == SET && !contains(op->items, op->item_count, object->items[i]))
            return false;
    }
    return true;
}

static bool adds(struct object *object, const struct sim_linear_operation *op)
{
    int64_t sum;

    if (object->form != NOTHING && object->form != NUMBER)
        return false;
    sum = (int64_t)((object->form == NOTHING ? 0 : (uint64_t)object->number) +
                    (uint64_t)op->argument); /* wraps, as the store's counters do */
    put(object, sum);
    return !op->answered || op->value == sum;
}

/* Appends or inserts: FORM is what the object becomes, if it is nothing, or has to be. */
static bool collects(struct object *object, enum form form, int64_t item)
{
    if (object->form != NOTHING && object->form != form)
        return false;
    object->form = form;
    if (form == SET && contains(object->items, object->count, item))
        return true;
    assert(object->count < LINEAR_ORACLE_MAX);
    object->items[object->count++] = item;
    return true;
}

/* Lets OP happen to OBJECT. False if it could not have happened, or not with its answer; then
 * nobody looks at OBJECT again. */
static bool happens(struct object *object, const struct sim_linear_operation *op)
{
    switch (op->kind) {
    case SIM_LINEAR_READ:
        return !op->answered || reads(object, op);
    case SIM_LINEAR_WRITE:
        put(object, op->argument);
        return true;
    case SIM_LINEAR_CAS:
        if (!holds(object, op->argument))
            return false;
        put(object, op->second);
        return true;
    case SIM_LINEAR_CAS_NOT:
        return !holds(object, op->argument);
    case SIM_LINEAR_ADD:
        return adds(object, op);
    case SIM_LINEAR_APPEND:
        return collects(object, LIST, op->argument);
    case SIM_LINEAR_INSERT:
        return collects(object, SET, op->argument);
    case SIM_LINEAR_DELETE:
        put(object, SIM_NIL);
        return true;
    case SIM_LINEAR_ACQUIRE:
        if (object->form != NOTHING)
            return false;
        object->form = HELD;
        return true;
    default:
        assert(op->kind == SIM_LINEAR_RELEASE);
        if (object->form != HELD)
            return false;
        put(object, SIM_NIL);
        return true;
    }
}

/* -- all orders -------------------------------------------------------------------------------- */

/* No operation that still waits for its place returned before OP was invoked. (One that never
 * returned is before nothing.) */
static bool may_be_next(const struct search *search, size_t op)
{
    for (size_t other = 0; other < search->count; other++)
        if (!search->placed[other] && search->ops[other].returned < search->ops[op].invoked)
            return false;
    return true;
}

/* Whether the order begun can be completed. Open operations without a place in the end are those
 * that are left out. */
static bool completes(struct search *search)
{
    if (search->missing == 0)
        return true;
    for (size_t i = 0; i < search->count; i++) {
        struct object *object = &search->objects[search->key[i]], before = *object;
        size_t returned = search->ops[i].returned != SIM_LINEAR_OPEN ? 1 : 0;
        bool found;

        if (search->placed[i] || !may_be_next(search, i))
            continue;
        search->placed[i] = true;
        search->missing -= returned;
        found = happens(object, &search->ops[i]) && completes(search);
        *object = before;
        search->placed[i] = false;
        search->missing += returned;
        if (found)
            return true;
    }
    return false;
}

static void add_operation(struct search *search, const struct sim_linear_operation *op,
                          int64_t initial)
{
    size_t at = search->count, key;

    assert(at < LINEAR_ORACLE_MAX);
    for (key = 0; key < at && search->ops[key].key != op->key; key++)
        ;
    search->ops[at] = *op;
    search->key[at] = key; /* the object of the first operation on this key, perhaps this one */
    if (key == at)
        put(&search->objects[at], initial);
    if (op->returned != SIM_LINEAR_OPEN)
        search->missing++;
    search->count++;
}

int linear_oracle_composed(const struct sim_linear_operation *ops, size_t count, int64_t initial)
{
    struct search search;

    memset(&search, 0, sizeof(search));
    for (size_t i = 0; i < count; i++)
        add_operation(&search, &ops[i], initial);
    return completes(&search) ? 1 : 0;
}

int linear_oracle(const struct sim_linear_operation *ops, size_t count, int64_t initial)
{
    for (size_t first = 0; first < count; first++) {
        struct search search;
        size_t before = 0;

        while (ops[before].key != ops[first].key)
            before++;
        if (before < first)
            continue; /* this key was judged */
        memset(&search, 0, sizeof(search));
        for (size_t i = first; i < count; i++)
            if (ops[i].key == ops[first].key)
                add_operation(&search, &ops[i], initial);
        if (!completes(&search))
            return 0;
    }
    return 1;
}
