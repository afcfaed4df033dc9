/* linear_configurations.c - any history of any object: which sets of configurations to try.
 *
 * A narrow beam finds most orders at once, and if it dies, a few operations at that place often
 * prove that there is none. Beams of other shapes then fail elsewhere; wide ones that look far find
 * fewer orders, not more, for their price. What is open after them is asked of two others in turn,
 * with budgets that grow: the relaxed run, whose death is a proof as well, and the full run, which
 * decides but may not end. */
#include "sim/check/linear_machine.h"
#include "sim/core/mem.h"

#include <assert.h>

#define NONE SIM_LINEAR_NONE

enum { GROWTH = 4 };

#define ROUND_FIRST 4000000u

static const struct sim_linear_beam all = { 0, 0 };

/* -- the order that a run found ---------------------------------------------------------------- */

/* The sequential object as it is led along the history by the steps of the survivor. */
struct replay {
    struct sim_linear_machine *machine;
    uint32_t state;
    uint32_t *open; /* ops, in order of invocation */
    size_t open_count;
    bool *stepped; /* by op: has a step of its own */
    bool *done;
};

static void emit(struct replay *replay, uint32_t op)
{
    struct sim_linear_case *one = replay->machine->one;

    replay->done[op] = true;
    one->order[one->order_count++] = one->members[replay->machine->ops[op].member];
}

/* Is this the moment for OP, which has no step? */
static bool is_settled(const struct replay *replay, uint32_t index)
{
    const struct sim_linear_op *op = &replay->machine->ops[index];

    switch (op->role) {
    case SIM_LINEAR_SEES:
        return op->needs[0] == replay->state || op->needs[1] == replay->state;
    case SIM_LINEAR_DIFFERS:
        return op->needs[0] != replay->state;
    case SIM_LINEAR_OVERWRITES:
        return replay->machine->kins[op->kin].to == replay->state;
    default:
        return false;
    }
}

static void settle(struct replay *replay)
{
    for (size_t i = 0; i < replay->open_count; i++) {
        uint32_t op = replay->open[i];

        if (!replay->done[op] && !replay->stepped[op] && !replay->machine->ops[op].crashed &&
            is_settled(replay, op))
            emit(replay, op);
    }
}

static void take_step(struct replay *replay, uint32_t index)
{
    struct sim_linear_machine *machine = replay->machine;
    const struct sim_linear_op *op = &machine->ops[index];

    if (op->role == SIM_LINEAR_OVERWRITES) {
        for (size_t i = 0; i < replay->open_count; i++) {
            uint32_t other = replay->open[i];

            if (machine->ops[other].role == SIM_LINEAR_OVERWRITES && !replay->done[other] &&
                !replay->stepped[other] && !machine->ops[other].crashed)
                emit(replay, other);
        }
    }
    emit(replay, index);
    replay->state =
        sim_linear_states_after(&machine->states, replay->state, machine->kins[op->kin].sample);
    assert(replay->state != NONE);
    settle(replay);
}

static void close_op(struct replay *replay, uint32_t op)
{
    size_t kept = 0;

    assert(replay->done[op]);
    for (size_t i = 0; i < replay->open_count; i++) {
        if (replay->open[i] != op)
            replay->open[kept++] = replay->open[i];
    }
    replay->open_count = kept;
}

static void follow(struct replay *replay, const uint32_t *path, size_t length)
{
    const struct sim_linear_machine *machine = replay->machine;
    size_t next = 0;

    for (size_t i = 0; i < length; i++)
        replay->stepped[machine->log[path[i]].op] = true;
    for (size_t i = 0; i < machine->event_count; i++) {
        uint32_t op = machine->events[i] / 2;

        if (machine->events[i] % 2 == 0) {
            replay->open[replay->open_count++] = op;
            settle(replay);
            continue;
        }
        for (; next < length && machine->log[path[next]].event == i; next++)
            take_step(replay, machine->log[path[next]].op);
        close_op(replay, op);
    }
    assert(next == length);
}

void sim_linear_machine_order(struct sim_linear_machine *machine)
{
    struct replay replay = { .machine = machine, .state = machine->initial };
    uint32_t first = (uint32_t)(machine->front.words[0] >> 32), *path;
    size_t length = 0, at;

    for (uint32_t step = first; step != 0; step = machine->log[step].before)
        length++;
    path = sim_alloc_array(length, sizeof(*path));
    at = length;
    for (uint32_t step = first; step != 0; step = machine->log[step].before)
        path[--at] = step;
    replay.open = sim_alloc_array(machine->op_count, sizeof(*replay.open));
    replay.stepped = sim_alloc_array(machine->op_count, sizeof(*replay.stepped));
    replay.done = sim_alloc_array(machine->op_count, sizeof(*replay.done));
    machine->one->order_count = 0;
    follow(&replay, path, length);
    sim_free(path);
    sim_free(replay.open);
    sim_free(replay.stepped);
    sim_free(replay.done);
}

/* -- which sets to try ------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Runs, within what is left of the budget; true if that decides. */
static bool decides(struct sim_linear_machine *machine, struct sim_linear_beam beam, bool relaxed,
                    uint64_t steps, enum sim_linear_status *status)
{
    struct sim_linear_case *one = machine->one;
    uint64_t left = one->steps_most - least(one->steps, one->steps_most);
    enum sim_linear_run run = sim_linear_machine_run(machine, beam, relaxed, least(steps, left));

    if (run == SIM_LINEAR_SURVIVED && !relaxed) {
        *status = SIM_LINEAR_YES;
        if (one->witness)
            sim_linear_machine_order(machine);
        return true;
    }
    if (run == SIM_LINEAR_DIED && !machine->dropped) {
        *status = SIM_LINEAR_NO;
        sim_linear_contradiction(machine, machine->event, true);
        return true;
    }
    return false;
}

/* True if a run of BEAM decides, or if what killed it is a proof by itself. PLACE is where the last
 * beam died. */
static bool beam_decides(struct sim_linear_machine *machine, struct sim_linear_beam beam,
                         size_t *place, enum sim_linear_status *status)
{
    struct sim_linear_case *one = machine->one;
    size_t before = *place;

    if (decides(machine, beam, false, UINT64_MAX, status))
        return true;
    *place = machine->event;
    if (one->steps >= one->steps_most || *place == before ||
        !sim_linear_contradiction(machine, *place, false))
        return false;
    *status = SIM_LINEAR_NO;
    return true;
}

static bool has_crashed(const struct sim_linear_machine *machine)
{
    for (size_t i = 0; i < machine->op_count; i++) {
        if (machine->ops[i].crashed)
            return true;
    }
    return false;
}

/* Operations whose outcome is unknown stay usable for ever: only with them do the sets grow beyond
 * what the number of clients allows, and only then more beams are worth their price. */
static enum sim_linear_status search(struct sim_linear_machine *machine)
{
    static const struct sim_linear_beam beams[] = {
        { 16, 64 }, { 32, 64 }, { 64, 96 }, { 64, 160 }, { 96, 192 },
    };
    struct sim_linear_case *one = machine->one;
    enum sim_linear_status status = SIM_LINEAR_UNDECIDED;
    bool crashed = has_crashed(machine);
    size_t place = machine->event_count;

    for (size_t i = 0; i < (crashed ? sizeof(beams) / sizeof(beams[0]) : 2); i++) {
        if (beam_decides(machine, beams[i], &place, &status))
            return status;
    }
    for (uint64_t steps = ROUND_FIRST; one->steps < one->steps_most; steps *= GROWTH) {
        if ((crashed && decides(machine, all, true, steps, &status)) ||
            decides(machine, all, false, crashed ? steps : UINT64_MAX, &status))
            return status;
    }
    one->reason = "the budget ran out";
    return SIM_LINEAR_UNDECIDED;
}

enum sim_linear_status sim_linear_configurations(struct sim_linear_case *one)
{
    struct sim_linear_machine machine;
    enum sim_linear_status status;

    sim_linear_machine_init(&machine, one);
    status = search(&machine);
    sim_linear_machine_finish(&machine);
    return status;
}
