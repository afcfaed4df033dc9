#include "tests/lib/linear_random.h"

#include <assert.h>
#include <string.h>

enum { FIRST_UNIQUE = 101, IDLE = -1 };

const char *const linear_object_names[] = {
    "register", "cas", "counter", "list", "set", "mutex", "store", NULL,
};

/* What a key holds: a number, or nothing, if there are no items and nobody holds it. */
struct cell {
    int64_t number; /* SIM_NIL: none */
    int64_t items[LINEAR_RANDOM_MAX];
    size_t count;
    bool held;
};

enum stage {
    WAITS,   /* takes effect when the object comes to it */
    LATE,    /* returned and still waits: a lie */
    DONE,    /* took effect */
    REFUSED, /* and will not */
};

struct maker {
    const struct linear_shape *shape;
    enum linear_object object;
    struct sim_linear_operation *ops;
    size_t count;
    uint64_t *state;
    uint64_t place;
    int64_t unique; /* the next */
    int64_t *items;
    size_t items_used, items_most;
    struct cell cells[LINEAR_RANDOM_KEYS_MAX];
    enum stage stages[LINEAR_RANDOM_MAX];
    bool known[LINEAR_RANDOM_MAX];         /* its answer is to be recorded */
    int busy[LINEAR_RANDOM_PROCESSES_MAX]; /* with which operation, or IDLE */
    uint32_t number[LINEAR_RANDOM_PROCESSES_MAX];
    uint32_t next_number;
};

/* -- chance ------------------------------------------------------------------------------------ */

/* splitmix64, with its published constants. */
uint64_t linear_random_below(uint64_t *state, uint64_t bound)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    assert(bound != 0);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

static uint64_t below(struct maker *maker, uint64_t bound)
{
    return linear_random_below(maker->state, bound);
}

static bool happens(struct maker *maker, unsigned percent)
{
    return below(maker, 100) < percent;
}

struct linear_shape linear_shape_random(enum linear_object object, uint64_t *state)
{
    struct linear_shape shape = { .initial = SIM_NIL };

    /* one after the other: in an initializer the order of the draws would be the compiler's */
    shape.processes = 1 + (unsigned)linear_random_below(state, 5);
    shape.keys = linear_random_below(state, 3) == 0 ? 2 : 1;
    shape.values = (unsigned)linear_random_below(state, 4);
    if (linear_random_below(state, 3) != 0)
        shape.open = (unsigned)linear_random_below(state, 40);
    if (linear_random_below(state, 2) == 0)
        shape.lies = 2 + (unsigned)linear_random_below(state, 40);
    if (linear_random_below(state, 2) == 0)
        shape.unanswered = (unsigned)linear_random_below(state, 20);
    if (object == LINEAR_COUNTER && linear_random_below(state, 2) == 0)
        shape.unanswered = (unsigned)linear_random_below(state, 100);
    shape.deletes = linear_random_below(state, 4) == 0;
    shape.failed_cas = linear_random_below(state, 2) == 0;
    if (object != LINEAR_LIST && object != LINEAR_SET && object != LINEAR_MUTEX &&
        linear_random_below(state, 2) == 0)
        shape.initial = (int64_t)linear_random_below(state, 3);
    return shape;
}

/* -- what clients ask -------------------------------------------------------------------------- */

static int64_t fresh_value(struct maker *maker)
{
    if (maker->shape->values == 0)
        return maker->unique++;
    return (int64_t)below(maker, maker->shape->values);
}

/* A value that somebody may have seen. */
static int64_t some_value(struct maker *maker)
{
    if (below(maker, 6) == 0)
        return maker->shape->initial;
    if (maker->shape->values == 0)
        return FIRST_UNIQUE + (int64_t)below(maker, (uint64_t)(maker->unique - FIRST_UNIQUE) + 1);
    return (int64_t)below(maker, maker->shape->values);
}

static enum sim_linear_kind some_kind(struct maker *maker, const struct cell *cell)
{
    static const enum sim_linear_kind store[] = {
        SIM_LINEAR_READ,   SIM_LINEAR_READ,   SIM_LINEAR_READ,   SIM_LINEAR_WRITE,
        SIM_LINEAR_WRITE,  SIM_LINEAR_CAS,    SIM_LINEAR_CAS,    SIM_LINEAR_ADD,
        SIM_LINEAR_ADD,    SIM_LINEAR_APPEND, SIM_LINEAR_APPEND, SIM_LINEAR_APPEND,
        SIM_LINEAR_DELETE,
    };
    bool reads = below(maker, 2) == 0;

    if (maker->object != LINEAR_MUTEX && maker->shape->deletes && below(maker, 8) == 0)
        return SIM_LINEAR_DELETE;
    switch (maker->object) {
    case LINEAR_REGISTER:
        return reads ? SIM_LINEAR_READ : SIM_LINEAR_WRITE;
    case LINEAR_CAS:
        if (below(maker, 3) == 0)
            return SIM_LINEAR_READ;
        return reads ? SIM_LINEAR_CAS : SIM_LINEAR_WRITE;
    case LINEAR_COUNTER:
        return reads && below(maker, 3) != 0 ? SIM_LINEAR_READ : SIM_LINEAR_ADD;
    case LINEAR_LIST:
        return reads ? SIM_LINEAR_READ : SIM_LINEAR_APPEND;
    case LINEAR_SET:
        return reads ? SIM_LINEAR_READ : SIM_LINEAR_INSERT;
    case LINEAR_MUTEX:
        return cell->held == (below(maker, 8) != 0) ? SIM_LINEAR_RELEASE : SIM_LINEAR_ACQUIRE;
    case LINEAR_STORE:
    case LINEAR_OBJECTS:
        break;
    }
    assert(maker->object == LINEAR_STORE);
    return store[below(maker, sizeof(store) / sizeof(store[0]))];
}

static void invoke(struct maker *maker, size_t process)
{
    struct sim_linear_operation *op = &maker->ops[maker->count];

    memset(op, 0, sizeof(*op));
    op->process = maker->number[process];
    op->key = (int64_t)below(maker, maker->shape->keys);
    op->kind = some_kind(maker, &maker->cells[op->key]);
    op->invoked = maker->place++;
    op->returned = SIM_LINEAR_OPEN;
    switch (op->kind) {
    case SIM_LINEAR_WRITE:
    case SIM_LINEAR_APPEND:
    case SIM_LINEAR_INSERT:
        op->argument = fresh_value(maker);
        break;
    case SIM_LINEAR_ADD:
        op->argument =
            maker->shape->values == 0 ? fresh_value(maker) : (int64_t)below(maker, 5) - 1;
        break;
    case SIM_LINEAR_CAS:
        op->argument = maker->cells[op->key].number; /* likely to succeed */
        if (below(maker, 3) == 0)
            op->argument = some_value(maker);
        op->second = fresh_value(maker);
        break;
    default:
        break;
    }
    maker->stages[maker->count] = WAITS;
    maker->known[maker->count] = !happens(maker, maker->shape->unanswered);
    maker->busy[process] = (int)maker->count++;
}

/* -- what the object does ---------------------------------------------------------------------- */

static bool is_list(const struct cell *cell)
{
    return cell->count > 0;
}

static bool is_number(const struct cell *cell)
{
    return cell->number != SIM_NIL;
}

static void set_number(struct cell *cell, int64_t number)
{
    cell->number = number;
    cell->count = 0;
    cell->held = false;
}

/* OP happens to CELL, but for what a read or an add answers. Returns whether it was not refused. */
static bool apply(struct cell *cell, const struct sim_linear_operation *op)
{
    switch (op->kind) {
    case SIM_LINEAR_WRITE:
        set_number(cell, op->argument);
        return true;
    case SIM_LINEAR_CAS:
        if (is_list(cell) || cell->number != op->argument)
            return false;
        set_number(cell, op->second);
        return true;
    case SIM_LINEAR_ADD:
        if (is_list(cell))
            return false;
        set_number(cell, (is_number(cell) ? cell->number : 0) + op->argument);
        return true;
    case SIM_LINEAR_INSERT:
        for (size_t i = 0; i < cell->count; i++)
            if (cell->items[i] == op->argument)
                return true;
        cell->items[cell->count++] = op->argument;
        return true;
    case SIM_LINEAR_APPEND:
        if (is_number(cell))
            return false;
        cell->items[cell->count++] = op->argument;
        return true;
    case SIM_LINEAR_DELETE:
        set_number(cell, SIM_NIL);
        return true;
    case SIM_LINEAR_ACQUIRE:
    case SIM_LINEAR_RELEASE:
        if (cell->held == (op->kind == SIM_LINEAR_ACQUIRE))
            return false;
        cell->held = !cell->held;
        return true;
    default:
        assert(op->kind == SIM_LINEAR_READ);
        return true;
    }
}

static void swap(int64_t *a, int64_t *b)
{
    int64_t kept = *a;

    *a = *b;
    *b = kept;
}

/* A list that might have been: with one element less, two exchanged, or one too many. */
static uint32_t twist(struct maker *maker, int64_t *items, uint32_t count)
{
    switch (below(maker, 4)) {
    case 0:
        return count == 0 ? 0 : count - 1;
    case 1:
        if (count > 0)
            swap(&items[below(maker, count)], &items[count - 1]);
        return count;
    case 2:
        if (count > 0) {
            swap(&items[below(maker, count)], &items[count - 1]);
            return count - 1;
        }
        return 0;
    default:
        items[count] = some_value(maker);
        for (uint32_t i = 0; maker->object == LINEAR_SET && i < count; i++)
            if (items[i] == items[count])
                return count; /* a member is named once */
        return items[count] == SIM_NIL ? count : count + 1;
    }
}

static void answer_items(struct maker *maker, struct sim_linear_operation *op, bool lie)
{
    const struct cell *cell = &maker->cells[op->key];
    int64_t *items = maker->items + maker->items_used;
    uint32_t count = (uint32_t)cell->count;

    if (maker->items_most - maker->items_used < cell->count + 1)
        return;
    memcpy(items, cell->items, cell->count * sizeof(*items));
    if (lie)
        count = twist(maker, items, count);
    if (maker->object == LINEAR_SET && count > 1)
        swap(&items[below(maker, count)], &items[0]);
    op->items = items;
    op->item_count = count;
    op->value = SIM_NIL;
    op->answered = true;
    maker->items_used += count;
}

static void answer_read(struct maker *maker, struct sim_linear_operation *op, bool lie)
{
    const struct cell *cell = &maker->cells[op->key];
    bool lists = maker->object == LINEAR_LIST || maker->object == LINEAR_SET;

    /* nothing is read as nothing, or as a list or set without elements */
    if (is_list(cell) || (lists && below(maker, 4) != 0)) {
        answer_items(maker, op, lie);
        return;
    }
    op->answered = true;
    op->value = lie ? some_value(maker) : cell->number;
    if (lie && maker->object == LINEAR_COUNTER && is_number(cell))
        op->value = cell->number + (int64_t)below(maker, 5) - 2;
}

/* The operation takes effect, or is refused. */
static void take_effect(struct maker *maker, size_t at)
{
    struct sim_linear_operation *op = &maker->ops[at];
    struct cell *cell = &maker->cells[op->key];
    bool mutex = op->kind == SIM_LINEAR_ACQUIRE || op->kind == SIM_LINEAR_RELEASE;
    bool lie = maker->stages[at] == WAITS && happens(maker, maker->shape->lies);

    if (lie && op->kind != SIM_LINEAR_READ &&
        (op->kind != SIM_LINEAR_ADD || below(maker, 2) == 0)) {
        maker->stages[at] = below(maker, 2) == 0 ? LATE : DONE; /* confirmed and not done */
    } else if (apply(cell, op)) {
        maker->stages[at] = DONE;
    } else {
        if (maker->stages[at] == LATE)
            maker->stages[at] = DONE;            /* nobody will hear of it */
        else if (!mutex || below(maker, 4) == 0) /* who wants a mutex waits for it, for a while */
            maker->stages[at] = REFUSED;
        return;
    }
    if (op->returned != SIM_LINEAR_OPEN || !maker->known[at])
        return; /* late: nobody hears an answer */
    if (op->kind == SIM_LINEAR_READ)
        answer_read(maker, op, lie);
    if (op->kind == SIM_LINEAR_ADD && is_number(cell)) {
        op->answered = true;
        op->value = cell->number + (lie ? (int64_t)below(maker, 5) - 2 : 0);
    }
}

/* -- what becomes of them ---------------------------------------------------------------------- */

static void leave(struct maker *maker, size_t process)
{
    maker->busy[process] = IDLE;
    maker->number[process] = maker->next_number++;
}

/* Whatever it was told never arrived. */
static void give_up(struct maker *maker, size_t process)
{
    struct sim_linear_operation *op = &maker->ops[maker->busy[process]];

    op->answered = false;
    op->value = 0;
    op->items = NULL;
    op->item_count = 0;
    maker->known[maker->busy[process]] = false;
    leave(maker, process);
}

static void go_on(struct maker *maker, size_t process)
{
    size_t at = (size_t)maker->busy[process];
    struct sim_linear_operation *op = &maker->ops[at];

    if (below(maker, 200) < maker->shape->open) { /* each is asked twice */
        give_up(maker, process);
    } else if (maker->stages[at] == WAITS) {
        take_effect(maker, at);
    } else {
        if (maker->stages[at] == REFUSED && op->kind == SIM_LINEAR_CAS && maker->shape->failed_cas)
            op->kind = SIM_LINEAR_CAS_NOT;
        op->returned = maker->place++;
        maker->busy[process] = IDLE;
    }
}

/* Something that nobody waits for any more. */
static void do_late(struct maker *maker)
{
    size_t at = (size_t)below(maker, maker->count);

    for (size_t i = 0; i < maker->shape->processes; i++)
        if (maker->busy[i] == (int)at)
            return;
    if (maker->stages[at] == WAITS || maker->stages[at] == LATE)
        take_effect(maker, at);
}

/* Removes what was refused and returned so: it did not happen. Open operations that were refused
 * stay; their clients do not know. */
static size_t without_failed(struct maker *maker)
{
    size_t kept = 0;

    for (size_t i = 0; i < maker->count; i++) {
        struct sim_linear_operation *op = &maker->ops[i];

        if (maker->stages[i] == REFUSED && op->returned != SIM_LINEAR_OPEN &&
            op->kind != SIM_LINEAR_CAS_NOT)
            continue;
        op->time_invoked = (int64_t)op->invoked;
        op->time_returned = op->returned == SIM_LINEAR_OPEN ? INT64_MAX : (int64_t)op->returned;
        maker->ops[kept++] = *op;
    }
    return kept;
}

size_t linear_random(struct sim_linear_operation *ops, size_t most, enum linear_object object,
                     uint64_t *state, const struct linear_shape *shape, int64_t *items,
                     size_t items_most)
{
    struct maker maker;

    assert(most <= LINEAR_RANDOM_MAX);
    assert(shape->keys >= 1 && shape->keys <= LINEAR_RANDOM_KEYS_MAX);
    assert(shape->processes >= 1 && shape->processes <= LINEAR_RANDOM_PROCESSES_MAX);
    maker.shape = shape;
    maker.object = object;
    maker.ops = ops;
    maker.count = 0;
    maker.state = state;
    maker.place = 0;
    maker.unique = FIRST_UNIQUE;
    maker.items = items;
    maker.items_used = 0;
    maker.items_most = items_most;
    maker.next_number = 0;
    for (size_t i = 0; i < shape->keys; i++)
        set_number(&maker.cells[i], shape->initial);
    for (size_t i = 0; i < shape->processes; i++)
        leave(&maker, i);
    for (size_t step = 0; step < 12 * most; step++) {
        size_t process = (size_t)below(&maker, shape->processes);

        if (maker.busy[process] != IDLE)
            go_on(&maker, process);
        else if (maker.count < most)
            invoke(&maker, process);
        if (maker.count > 0 && below(&maker, 4) == 0)
            do_late(&maker);
    }
    for (size_t i = 0; i < shape->processes; i++)
        if (maker.busy[i] != IDLE)
            give_up(&maker, i);
    return without_failed(&maker);
}
