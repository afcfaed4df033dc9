/* fault_slow.c - faults of pace: a node that takes longer, or its disk alone.
 *
 * When the pace changes, what is under way does the rest of its work at the new one, as a processor
 * or a disk does: a sync of a millisecond that began while the disk was ten thousand times as slow
 * has less than a millisecond to go once that is over, and one that a fault strikes halfway does
 * only its second half slowly. A worker that a pause stops does the rest when it goes on; a disk is
 * no process, and goes on meanwhile. That costs a walk over the queue, like a change of drift, so
 * that no run pays which has no such fault. */
#include "sim/world/disk.h"
#include "sim/world/fault.h"

#include <assert.h>

enum { SLOWEST = 1000000 }; /* as one fault may be: what several multiply to goes no further */

/* -- what is under way ------------------------------------------------------------------------- */

/* REST, if it takes RATIO times as long. Not less than a nanosecond: of this one, events that
 * follow in the order may have been handled. */
static sim_time stretched(sim_time rest, double ratio)
{
    double longer = (double)rest * ratio + 0.5;

    if (longer >= (double)SIM_TIME_LIMIT)
        return SIM_TIME_LIMIT;
    return (sim_time)longer > 0 ? (sim_time)longer : 1;
}

static bool stretch_event(void *context, struct sim_event *event)
{
    const struct sim_world *world = context;
    bool work = event->type == EVENT_WORK;

    if ((!work && event->type != EVENT_SYNCED && event->type != EVENT_SYNCED_THEN) ||
        event->time <= world->now)
        return true;
    const struct sim_seat *seat = seat_at(&world->classes[event->class], event->index);
    if ((seat->flags & SEAT_REPACED) && event->from == seat->life)
        event->time =
            world->now + stretched(event->time - world->now,
                                   work ? seat->extra->work_ratio : seat->extra->sync_ratio);
    return true;
}

/* What a pause keeps from going on has its pace when it does. */
static void stretch_stopped(const struct extra *extra)
{
    struct processor *processor = extra->processor;

    for (size_t left = processor ? processor->stopped.count : 0; left > 0; left--) {
        struct sim_event work = fifo_pop(&processor->stopped);

        work.time = stretched(work.time, extra->work_ratio);
        fifo_push(&processor->stopped, &work);
    }
}

/* Whether the queue may hold the end of some work that takes longer or shorter now. */
static bool is_busy(const struct sim_seat *seat)
{
    const struct extra *extra = seat->extra;

    if (extra->work_ratio != 1 && extra->processor && extra->processor->busy > 0)
        return true;
    return extra->sync_ratio != 1 && extra->disk && (is_held(seat) || seat->class->model->synced);
}

/* -- the pace ---------------------------------------------------------------------------------- */

/* Slownesses multiply; computed anew, so that ending one leaves no rounding behind. */
static double slowness(const struct sim_world *world, uint32_t node,
                       const struct sim_fault_kind *kind)
{
    double slow = 1;

    for (size_t k = 0; k < world->active_count; k++) {
        const struct active *active = &world->active[k];
        const struct sim_slow_params *params = plan_of(world, active)->params;

        if (active->open && kind_of(world, active) == kind &&
            place_of(active, node) < active->node_count && slow < SLOWEST)
            slow *= params->factor;
    }
    return slow < SLOWEST ? slow : SLOWEST;
}

static void change_pace(const struct sim_world *world, struct sim_seat *seat)
{
    struct extra *extra = seat_extra(seat);
    const double slow = slowness(world, seat->node, &sim_fault_slow);
    const double disk_slow = slowness(world, seat->node, &sim_fault_disk_slow);
    const double disk_before = extra->disk ? extra->disk->slow : 1;

    extra->work_ratio = slow / extra->slow;
    extra->sync_ratio = slow * disk_slow / (extra->slow * disk_before);
    extra->slow = slow;
    stretch_stopped(extra);
    if (extra->disk || disk_slow != 1)
        disk_of(seat)->slow = disk_slow;
}

static void clear_repaced(const struct sim_world *world, const struct active *changed)
{
    for (uint32_t i = 0; i < changed->node_count; i++)
        seat_of_node(world, changed->nodes[i])->flags &= ~(uint32_t)SEAT_REPACED;
}

static void change_paces(struct sim_world *world, struct active *changed)
{
    bool busy = false;

    for (uint32_t i = 0; i < changed->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, changed->nodes[i]);

        change_pace(world, seat);
        seat->flags |= SEAT_REPACED;
        busy |= is_busy(seat);
    }
    if (busy)
        world->queue = sim_queue_change(world->queue, stretch_event, world);
    clear_repaced(world, changed);
}

/* -- none at all ------------------------------------------------------------------------------- */

/* What is due at this very instant is done already, and waits as what arrives does. */
static bool stop_event(void *context, struct sim_event *event)
{
    const struct sim_world *world = context;

    if (event->type != EVENT_WORK || event->time <= world->now)
        return true;
    struct sim_seat *seat = seat_at(&world->classes[event->class], event->index);
    if (!(seat->flags & SEAT_REPACED) || event->from != seat->life)
        return true;
    processor_stop(world, seat, event);
    return false;
}

void stop_workers(struct sim_world *world, const struct active *paused)
{
    bool busy = false;

    for (uint32_t i = 0; i < paused->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, paused->nodes[i]);
        const struct extra *extra = seat->extra;

        if (!(seat->flags & SEAT_PAUSED) || extra->paused > 1 || !extra->processor ||
            extra->processor->busy == 0)
            continue;
        seat->flags |= SEAT_REPACED;
        busy = true;
    }
    if (busy)
        world->queue = sim_queue_change(world->queue, stop_event, world);
    clear_repaced(world, paused);
}

static const struct sim_field slow_fields[] = {
    SIM_NUMBER(struct sim_slow_params, factor, "10", "1", "1000000", "so many times as long"),
    { 0 },
};

static const struct sim_fault_range slow_ranges[] = { { "factor", "2", "50" }, { 0 } };
static const struct sim_fault_range disk_slow_ranges[] = { { "factor", "2", "200" }, { 0 } };

const struct sim_fault_kind sim_fault_slow = {
    .name = "slow",
    .summary = "handlers and disk operations take longer",
    .params = { slow_fields, sizeof(struct sim_slow_params) },
    .random = slow_ranges,
    .begin = change_paces,
    .end = change_paces,
};

const struct sim_fault_kind sim_fault_disk_slow = {
    .name = "disk_slow",
    .summary = "syncs take longer; the processor does not",
    .params = { slow_fields, sizeof(struct sim_slow_params) },
    .random = disk_slow_ranges,
    .begin = change_paces,
    .end = change_paces,
    .hits = has_disk,
    .of_disk = true,
};
