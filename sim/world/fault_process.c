/* fault_process.c - faults of a process: crashes, pauses, and what ends them.
 *
 * A crash loses what is volatile, a pause loses nothing but time, and slowness (fault_slow.c) stops
 * nothing: three different things. */
#include "sim/world/fault.h"

static bool is_crash(const struct sim_fault_kind *kind)
{
    return kind == &sim_fault_crash || kind == &sim_fault_power_loss ||
           kind == &sim_fault_crash_loop;
}

static uint32_t flags_of(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return seat_of_node(world, active->nodes[place])->flags;
}

/* -- crash and restart ------------------------------------------------------------------------- */

/* A node that several crashes hit stays down until the last of them is over. */
static bool is_kept_down(const struct sim_world *world, const struct sim_seat *seat)
{
    for (size_t k = 0; k < world->active_count; k++) {
        const struct active *active = &world->active[k];

        if (!active->open || !is_crash(kind_of(world, active)))
            continue;
        uint32_t place = place_of(active, seat->node);
        if (place < active->node_count && active->lives[place] == seat->life)
            return true;
    }
    return false;
}

/* Restarted nodes are all up before the first of them runs. HEALS: only what ACTIVE holds down. */
static void start_again(struct sim_world *world, const struct active *active, bool heals)
{
    uint32_t *nodes = sim_alloc_array(active->node_count, sizeof(*nodes)), count = 0;

    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (!(seat->flags & SEAT_DOWN) || (seat->flags & (SEAT_STOPPED | SEAT_KILLED)))
            continue;
        if (heals && (seat->life != active->lives[i] || is_kept_down(world, seat)))
            continue;
        nodes[count++] = seat->node;
    }
    for (uint32_t i = 0; i < count; i++)
        seat_of_node(world, nodes[i])->flags &= ~(uint32_t)SEAT_DOWN;
    uint64_t cause = world->event;
    for (uint32_t i = 0; i < count && !world->stopped; i++)
        run_start(world, seat_of_node(world, nodes[i]), cause);
    sim_free(nodes);
}

static enum sim_unsynced unsynced_of(const struct sim_world *world, const struct active *active,
                                     const struct sim_seat *seat)
{
    const struct sim_fault_plan *plan = plan_of(world, active);
    const struct sim_crash_params *params = plan->params;

    if ((plan->kind != &sim_fault_crash && plan->kind != &sim_fault_power_loss) || !params ||
        params->unsynced == 0)
        return planned_unsynced(seat);
    return (enum sim_unsynced)(params->unsynced - 1);
}

static void crash_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (!(seat->flags & SEAT_DOWN))
            crash_seat(world, seat, unsynced_of(world, active, seat));
        active->lives[i] = seat->life;
    }
}

static void restart_after_crash(struct sim_world *world, struct active *active)
{
    start_again(world, active, true);
}

static void restart_nodes(struct sim_world *world, struct active *active)
{
    start_again(world, active, false);
}

static bool feels_crash(const struct sim_world *world, const struct active *active, uint32_t place)
{
    const struct sim_seat *seat = seat_of_node(world, active->nodes[place]);

    return (seat->flags & SEAT_DOWN) && seat->life == active->lives[place];
}

static bool is_down(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return flags_of(world, active, place) & SEAT_DOWN;
}

static const struct sim_field no_params[] = { { 0 } };

static const char *const unsynced_names[] = { "planned", "dropped", "kept", "torn", NULL };

static const struct sim_field crash_fields[] = {
    SIM_CHOICE(struct sim_crash_params, unsynced, "planned", unsynced_names,
               "what becomes of writes not yet durable; planned: as `disk` of the group says"),
    { 0 },
};

static const struct sim_fault_range crash_ranges[] = { { "unsynced", "dropped", "torn" }, { 0 } };

const struct sim_fault_kind sim_fault_crash = {
    .name = "crash",
    .summary = "volatile state and writes not yet durable are lost, timers die",
    .lasts = "restarts after this; for ever if left out",
    .params = { crash_fields, sizeof(struct sim_crash_params) },
    .harm = SIM_HARM_DOWN,
    .random = crash_ranges,
    .begin = crash_nodes,
    .end = restart_after_crash,
    .felt = feels_crash,
};

const struct sim_fault_kind sim_fault_power_loss = {
    .name = "power_loss",
    .summary = "all targets crash at the same instant",
    .lasts = "restarts after this; for ever if left out",
    .params = { crash_fields, sizeof(struct sim_crash_params) },
    .harm = SIM_HARM_DOWN,
    .random = crash_ranges,
    .begin = crash_nodes,
    .end = restart_after_crash,
    .felt = feels_crash,
};

const struct sim_fault_kind sim_fault_restart = {
    .name = "restart",
    .summary = "crashed nodes begin again from their disks",
    .instant = true,
    .params = { no_params, 0 },
    .begin = restart_nodes,
    .hits = is_down,
};

/* -- for ever, and again and again ------------------------------------------------------------- */

static void kill_nodes(struct sim_world *world, struct active *active)
{
    crash_nodes(world, active);
    for (uint32_t i = 0; i < active->node_count; i++)
        seat_of_node(world, active->nodes[i])->flags |= SEAT_KILLED;
}

static bool is_alive(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return !(flags_of(world, active, place) & SEAT_KILLED);
}

const struct sim_fault_kind sim_fault_kill = {
    .name = "kill",
    .summary = "crash for ever: no restart brings the node back",
    .endless = true,
    .params = { no_params, 0 },
    .harm = SIM_HARM_DOWN | SIM_HARM_LASTING,
    .random = sim_fault_no_ranges,
    .begin = kill_nodes,
    .hits = is_alive,
};

/* How long the node at PLACE stays as its last turn left it: odd turns end its being down. */
static sim_time until_next_turn(const struct sim_world *world, const struct active *active,
                                uint32_t place)
{
    const struct sim_crash_loop_params *params = plan_of(world, active)->params;
    uint32_t turn = active->turns[place];
    uint64_t luck = sim_mix(sim_mix(active->luck, active->nodes[place]), turn);

    return sim_distribution_sample(turn % 2 == 0 ? params->down : params->up, luck);
}

/* What it draws depends on when it began, not on where it stands in the plan. */
static void begin_loop(struct sim_world *world, struct active *active)
{
    active->turns = sim_alloc_array(active->node_count, sizeof(*active->turns));
    active->luck = sim_mix(sim_mix(world->seed, sim_hash_text(sim_fault_crash_loop.name)),
                           (uint64_t)world->now);
    crash_nodes(world, active);
    for (uint32_t i = 0; i < active->node_count; i++)
        push_step(world, active, seat_of_node(world, active->nodes[i]),
                  until_next_turn(world, active, i));
}

/* A node that another fault holds down stays down, and the loop goes on. */
static void turn_loop(struct sim_world *world, struct active *active, struct sim_seat *seat)
{
    uint32_t place = place_of(active, seat->node);

    assert(place < active->node_count);
    active->turns[place]++;
    push_step(world, active, seat, until_next_turn(world, active, place));
    if (active->turns[place] % 2 == 0) {
        if (!(seat->flags & SEAT_DOWN)) {
            strike_again(world, active, seat->node);
            crash_seat(world, seat, planned_unsynced(seat));
        }
        active->lives[place] = seat->life;
        return;
    }
    bool holds = (seat->flags & SEAT_DOWN) && active->lives[place] == seat->life;

    active->lives[place] = NO_LIFE;
    if (!holds || (seat->flags & (SEAT_STOPPED | SEAT_KILLED)) || is_kept_down(world, seat))
        return;
    seat->flags &= ~(uint32_t)SEAT_DOWN;
    run_start(world, seat, world->event);
}

static const struct sim_field loop_fields[] = {
    SIM_DISTRIBUTION(struct sim_crash_loop_params, up, NULL, "1us", NULL,
                     "how long it runs before it crashes again"),
    SIM_DISTRIBUTION(struct sim_crash_loop_params, down, "1s", "1us", NULL,
                     "how long until it is restarted"),
    { 0 },
};

static const struct sim_fault_range loop_ranges[] = {
    { "up", "10ms", "5s" },
    { "down", "10ms", "2s" },
    { 0 },
};

const struct sim_fault_kind sim_fault_crash_loop = {
    .name = "crash_loop",
    .summary = "nodes crash, are restarted, and crash again",
    .params = { loop_fields, sizeof(struct sim_crash_loop_params) },
    .harm = SIM_HARM_DOWN,
    .random = loop_ranges,
    .begin = begin_loop,
    .end = restart_after_crash,
    .step = turn_loop,
};

/* -- pause and resume -------------------------------------------------------------------------- */

static void end_pause(struct sim_world *world, struct sim_seat *seat)
{
    seat->extra->paused = 0;
    seat->flags &= ~(uint32_t)SEAT_PAUSED;
    processor_go_on(world, seat);
    release_seat(world, seat);
}

static void unpause_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (seat->life == active->lives[i] && --seat->extra->paused == 0)
            end_pause(world, seat);
    }
}

/* Ends every pause of these nodes: none of the faults that began them holds them any more. */
static void resume_nodes(struct sim_world *world, struct active *resumed)
{
    for (uint32_t i = 0; i < resumed->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, resumed->nodes[i]);

        for (size_t k = 0; k < world->active_count; k++) {
            struct active *active = &world->active[k];

            if (!active->open || kind_of(world, active) != &sim_fault_pause)
                continue;
            uint32_t place = place_of(active, seat->node);
            if (place < active->node_count)
                active->lives[place] = NO_LIFE;
        }
        if (seat->flags & SEAT_PAUSED)
            end_pause(world, seat);
    }
}

static void pause_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        active->lives[i] = NO_LIFE; /* a node that is down has no process to pause */
        if (seat->flags & SEAT_DOWN)
            continue;
        active->lives[i] = seat->life;
        seat_extra(seat)->paused++;
        seat->flags |= SEAT_PAUSED;
    }
    stop_workers(world, active);
}

static bool is_up(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return !(flags_of(world, active, place) & SEAT_DOWN);
}

static bool is_paused(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return flags_of(world, active, place) & SEAT_PAUSED;
}

static bool feels_pause(const struct sim_world *world, const struct active *active, uint32_t place)
{
    const struct sim_seat *seat = seat_of_node(world, active->nodes[place]);

    return (seat->flags & SEAT_PAUSED) && seat->life == active->lives[place];
}

const struct sim_fault_kind sim_fault_pause = {
    .name = "pause",
    .summary = "nothing runs, nothing is lost; messages and timers arrive late",
    .params = { no_params, 0 },
    .random = sim_fault_no_ranges,
    .begin = pause_nodes,
    .end = unpause_nodes,
    .hits = is_up,
    .felt = feels_pause,
};

const struct sim_fault_kind sim_fault_resume = {
    .name = "resume",
    .summary = "paused nodes go on",
    .instant = true,
    .params = { no_params, 0 },
    .begin = resume_nodes,
    .hits = is_paused,
};
