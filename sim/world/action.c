/* action.c - what an operator does: starts and stops nodes, changes parameters, gives commands.
 *
 * An action is triggered, aimed and told as a fault is; it is one of the rows of fault_kind.h. */
#include "sim/world/fault.h"

#include <stdio.h>

static const struct sim_field no_params[] = { { 0 } };

static uint32_t flags_of(const struct sim_world *world, uint32_t node)
{
    return seat_of_node(world, node)->flags;
}

/* -- start and stop ---------------------------------------------------------------------------- */

static bool is_stopped(const struct sim_world *world, uint32_t node)
{
    return (flags_of(world, node) & (SEAT_STOPPED | SEAT_KILLED)) == SEAT_STOPPED;
}

static bool is_not_stopped(const struct sim_world *world, uint32_t node)
{
    return !(flags_of(world, node) & SEAT_STOPPED);
}

/* All are up before the first of them runs. */
static void start_nodes(struct sim_world *world, struct active *active)
{
    uint64_t cause = world->event;

    for (uint32_t i = 0; i < active->node_count; i++)
        seat_of_node(world, active->nodes[i])->flags &= ~(uint32_t)(SEAT_DOWN | SEAT_STOPPED);
    for (uint32_t i = 0; i < active->node_count && !world->stopped; i++)
        run_start(world, seat_of_node(world, active->nodes[i]), cause);
}

static void stop_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (!(seat->flags & SEAT_DOWN)) {
            disk_stop(world, seat);
            crash_seat(world, seat, planned_unsynced(seat));
        }
        seat->flags |= SEAT_STOPPED;
    }
}

const struct sim_fault_kind sim_action_start = {
    .name = "start",
    .summary = "nodes that do not run, of those up to the group's `max`, begin from their disks",
    .instant = true,
    .action = true,
    .params = { no_params, 0 },
    .begin = start_nodes,
    .selects = is_stopped,
};

const struct sim_fault_kind sim_action_stop = {
    .name = "stop",
    .summary = "nodes end in good order: what they wrote is durable; they stay down until started",
    .instant = true,
    .action = true,
    .params = { no_params, 0 },
    .begin = stop_nodes,
    .selects = is_not_stopped,
};

/* -- parameters -------------------------------------------------------------------------------- */

static struct class *class_of(const struct sim_world *world, const struct active *active)
{
    return seat_of_node(world, active->nodes[0])->class;
}

/* Fills PARAMS with the group's as they would be; false if the model does not take them so. */
static bool change(const struct sim_world *world, const struct active *active, void *params)
{
    const struct sim_set_params *set = plan_of(world, active)->params;
    const struct class *class = class_of(world, active);
    char text[160];

    memcpy(params, class->params, class->model->params.size);
    for (const struct sim_field *field = set->fields; field->name; field++)
        memcpy((char *)params + field->offset, (const char *)set->values + field->offset,
               sim_field_size(field));
    return !class->model->check || !class->model->check(params, class->count, text);
}

/* With what other actions changed before, this change may break a rule between parameters: then
 * nothing changes, and it is told to have hit nobody. */
static bool is_taken(const struct sim_world *world, const struct active *active, uint32_t place)
{
    void *params = sim_alloc(class_of(world, active)->model->params.size);
    bool taken = change(world, active, params);

    (void)place;
    sim_free(params);
    return taken;
}

static void set_params(struct sim_world *world, struct active *active)
{
    struct class *class = class_of(world, active);
    void *params;

    if (!active->hits)
        return;
    params = sim_alloc(class->model->params.size);
    change(world, active, params);
    sim_free(class->changed_params);
    class->params = class->changed_params = params;
}

const struct sim_fault_kind sim_action_set = {
    .name = "set",
    .summary = "changes parameters of a whole group, of those that its model reads anew",
    .instant = true,
    .action = true,
    .params = { no_params, 0 },
    .begin = set_params,
    .hits = is_taken,
};

/* -- commands ---------------------------------------------------------------------------------- */

static bool is_up(const struct sim_world *world, uint32_t node)
{
    return !(flags_of(world, node) & SEAT_DOWN);
}

static void command_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        const struct sim_seat *seat = seat_of_node(world, active->nodes[i]);
        struct sim_event event = {
            .time = world->now,
            .sequence = next_sequence(world),
            .index = seat->member,
            .from = seat->life,
            .slot = active->fault,
            .class = (uint16_t)seat->class->index,
            .type = EVENT_COMMAND,
        };

        sim_queue_push(world->queue, &event);
    }
}

void take_command(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const struct sim_command_params *params = world->plan->faults[event->slot].params;
    const struct sim_command_kind *command = &seat->class->model->commands[params->command];

    if (event->from != seat->life)
        return;
    begin_event(world);
    fold(world, sim_mix(sim_hash_text("command"), sim_hash_text(command->name)), seat->node, 0,
         NULL, NULL, NULL);
    if (is_traced(world, SIM_HAPPENED_COMMAND))
        tell(world, SIM_HAPPENED_COMMAND, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
             command->name, NULL, NULL, NULL, NULL);
    command->handler(seat, params->params);
    end_event(world, seat);
}

const struct sim_fault_kind sim_action_command = {
    .name = "command",
    .summary = "gives nodes a command that their model declares",
    .instant = true,
    .action = true,
    .params = { no_params, 0 },
    .begin = command_nodes,
    .selects = is_up,
};
