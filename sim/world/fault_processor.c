/* fault_processor.c - faults of a processor: fewer workers, a queue that holds less.
 *
 * A node whose handlers cost no time has no processor, and feels neither. */
#include "sim/world/fault.h"

/* The least of what the node's plan and all open faults leave; computed anew, so that faults may
 * overlap and end in any order. */
static void limit_nodes(struct sim_world *world, struct active *changed)
{
    for (uint32_t i = 0; i < changed->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, changed->nodes[i]);
        int64_t workers = seat->class->plan->processor.workers;
        int64_t room = seat->class->plan->processor.queue;

        if (!(seat->flags & SEAT_PROCESSOR))
            continue;
        for (size_t k = 0; k < world->active_count; k++) {
            const struct active *active = &world->active[k];
            const void *params = plan_of(world, active)->params;
            const struct sim_fault_kind *kind = kind_of(world, active);

            if (!active->open || (kind != &sim_fault_workers && kind != &sim_fault_queue_full) ||
                place_of(active, seat->node) == active->node_count)
                continue;
            if (kind == &sim_fault_workers) {
                int64_t left = ((const struct sim_workers_params *)params)->left;

                workers = left < workers ? left : workers;
            } else {
                int64_t capacity = ((const struct sim_queue_full_params *)params)->capacity;

                room = capacity < room ? capacity : room;
            }
        }
        processor_limit(world, seat, workers, room);
    }
}

static bool has_processor(const struct sim_world *world, const struct active *active,
                          uint32_t place)
{
    return seat_of_node(world, active->nodes[place])->flags & SEAT_PROCESSOR;
}

static const struct sim_field workers_fields[] = {
    SIM_INTEGER(struct sim_workers_params, left, NULL, "0", "1000000",
                "so many workers go on; what others were at is finished"),
    { 0 },
};

static const struct sim_fault_range workers_ranges[] = { { "left", "0", "2" }, { 0 } };

const struct sim_fault_kind sim_fault_workers = {
    .name = "workers",
    .summary = "fewer workers handle messages",
    .params = { workers_fields, sizeof(struct sim_workers_params) },
    .random = workers_ranges,
    .begin = limit_nodes,
    .end = limit_nodes,
    .hits = has_processor,
};

static const struct sim_field queue_fields[] = {
    SIM_INTEGER(struct sim_queue_full_params, capacity, "0", "0", "1000000000",
                "so many messages may wait; those that wait already, stay"),
    { 0 },
};

static const struct sim_fault_range queue_ranges[] = { { "capacity", "0", "10" }, { 0 } };

const struct sim_fault_kind sim_fault_queue_full = {
    .name = "queue_full",
    .summary = "fewer messages may wait for a worker: others are dropped, requests refused",
    .params = { queue_fields, sizeof(struct sim_queue_full_params) },
    .random = queue_ranges,
    .begin = limit_nodes,
    .end = limit_nodes,
    .hits = has_processor,
};
