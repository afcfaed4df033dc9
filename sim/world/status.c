/* status.c - how a node is, for reports. */
#include "sim/world/disk.h"
#include "sim/world/fault.h"
#include "sim/world/passage.h"

#include <assert.h>

void sim_world_node_status(const struct sim_world *world, uint32_t node,
                           struct sim_node_status *status)
{
    const struct sim_seat *seat = seat_of_node(world, node);
    const struct extra *extra = seat->extra;

    *status = (struct sim_node_status){
        .model = seat->class->model,
        .state = sim_world_state(world, node),
        .is_down = (seat->flags & SEAT_DOWN) != 0,
        .is_killed = (seat->flags & SEAT_KILLED) != 0,
        .is_stopped = (seat->flags & SEAT_STOPPED) != 0,
        .is_paused = (seat->flags & SEAT_PAUSED) != 0,
        .awaits_disk = (seat->flags & SEAT_HELD) != 0,
        .halted = extra ? extra->halted : NULL,
        .crashes = seat->life,
        .waiting = extra ? extra->waiting.count : 0,
        .monotonic = sim_now(seat),
        .wall = sim_wall(seat),
    };
    if (extra && extra->processor)
        status->waiting += extra->processor->queue.count;
}

bool sim_world_is_cut(const struct sim_world *world, uint32_t from, uint32_t to)
{
    return is_cut(world, from, to);
}

bool sim_world_node_timer(const struct sim_world *world, uint32_t node, uint32_t index,
                          struct sim_timer_status *status)
{
    const struct sim_seat *seat = seat_of_node(world, node);
    const struct class *class = seat->class;
    uint32_t kind = index / class->count, peer = index % class->count;

    if (kind >= class->timers)
        return false;
    bool per_peer = class->model->timers[kind].per_peer;
    *status = (struct sim_timer_status){
        .name = class->model->timers[kind].name,
        .peer = per_peer ? class->first_node + peer : SIM_NO_GROUP,
        .due = SIM_TIME_NEVER,
    };
    if (per_peer && seat->extra && seat->extra->peer_timers)
        status->due = seat->extra->peer_timers[index].due;
    else if (!per_peer && peer == 0)
        status->due = timers_of(seat)[kind].due;
    return true;
}

bool sim_world_node_filter(const struct sim_world *world, uint32_t node, uint32_t index,
                           struct sim_filter_status *status)
{
    const struct sim_seat *seat = seat_of_node(world, node);
    const char *chain = seat->class->chains ? (const char *)chain_of(seat) : NULL;

    /* states are numbered in the order of routes and uses */
    for (uint32_t r = 0; r < seat->class->route_count; r++)
        for (uint32_t u = 0; u < seat->class->routes[r].use_count; u++) {
            const struct filter_use *use = &seat->class->routes[r].uses[u];

            if (use->state != index)
                continue;
            *status = (struct sim_filter_status){
                .filter = use->filter,
                .route = seat->class->routes[r].name,
                .state = chain && chain[use->used_at] ? chain + use->state_at : NULL,
            };
            return true;
        }
    return false;
}

const void *sim_world_disk(const struct sim_world *world, uint32_t node)
{
    struct sim_seat *seat = seat_of_node(world, node);

    if (seat->class->model->disk.size == 0 || sim_disk_state(seat) != SIM_RECORD_WHOLE)
        return NULL;
    return disk_of(seat)->written;
}

bool sim_world_ledger(const struct sim_world *world, uint32_t node, struct sim_ledger *ledger)
{
    struct sim_seat *seat = seat_of_node(world, node);
    const struct sim_model *model = seat->class->model;

    if (model->holds == NULL || ((seat->flags & SEAT_DOWN) != 0 && !model->holds_on_disk))
        return false;
    model->holds(seat, ledger);
    return true;
}

void sim_ledger_holds(struct sim_ledger *ledger, int64_t key, int64_t value)
{
    ledger->take(ledger->context, SIM_LEDGER_VALUE, key, value);
}

void sim_ledger_applied(struct sim_ledger *ledger, int64_t key, int64_t value)
{
    ledger->take(ledger->context, SIM_LEDGER_WRITE, key, value);
}

void sim_ledger_complete(struct sim_ledger *ledger)
{
    ledger->is_complete = true;
}

void sim_ledger_partial(struct sim_ledger *ledger)
{
    ledger->is_partial = true;
}

void sim_ledger_authority(struct sim_ledger *ledger, int64_t rank)
{
    ledger->decides = true;
    ledger->rank = rank;
}

void sim_ledger_effect(struct sim_ledger *ledger, int64_t about, int64_t action, int64_t done,
                       int64_t undone)
{
    assert(done >= 0);
    assert(undone >= 0);
    if (ledger->effect != NULL)
        ledger->effect(ledger->context, about, action, done, undone);
}
