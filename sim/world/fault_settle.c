/* fault_settle.c - the end of all faults: then the system has to make progress.
 *
 * While faults last only safety can be asked of a system; liveness can be once they are over. With
 * the mode `core` no more is promised than a protocol needs: a majority of each group that others
 * call is well and can talk, and whatever else is wrong stays so for ever (the liveness mode of
 * TigerBeetle's simulator). A fault ends as a whole if it hits one of the core, or keeps two of
 * them apart; else it stays. */
#include "sim/world/fault.h"

bool is_settled(const struct sim_world *world, const struct sim_fault_kind *kind)
{
    const sim_time at = world->plan->settle.at;

    return at > 0 && world->now >= at && kind != &sim_fault_settle && !kind->action;
}

static bool is_called(const struct sim_plan *plan, uint32_t group)
{
    bool called = false, any = false;

    for (uint32_t g = 0; g < plan->group_count; g++) {
        called |= plan->groups[g].target == group;
        any |= plan->groups[g].target != SIM_NO_GROUP;
    }
    return called || !any;
}

/* Nodes that no end of a fault brings back cannot be of the core. */
static bool can_be_core(const struct sim_seat *seat)
{
    return !(seat->flags & (SEAT_KILLED | SEAT_STOPPED));
}

/* By rank, which depends on the seed and the node's name alone. */
static void draw_core(const struct sim_world *world, bool *core)
{
    const uint64_t key = sim_mix(world->seed, sim_hash_text("core"));

    for (uint32_t g = 0; g < world->class_count; g++) {
        const struct class *class = &world->classes[g];
        const uint64_t group = sim_mix(key, class->key);
        uint32_t left = is_called(world->plan, g) ? class->count / 2 + 1 : class->count;

        for (; left > 0; left--) {
            uint32_t best = SIM_NO_GROUP;

            for (uint32_t m = 0; m < class->count; m++)
                if (!core[class->first_node + m] && can_be_core(seat_at(class, m)) &&
                    (best == SIM_NO_GROUP || sim_mix(group, m) < sim_mix(group, best)))
                    best = m;
            if (best == SIM_NO_GROUP)
                break;
            core[class->first_node + best] = true;
        }
    }
}

static bool harms_core(const struct sim_world *world, const struct active *active, const bool *core)
{
    const enum sim_fault_target target = kind_of(world, active)->target;
    unsigned ends = 0, side = 0;

    for (uint32_t i = 0; i < active->node_count; i++) {
        const uint32_t node = active->nodes[i];

        if (!core[node])
            continue;
        if (target == SIM_TARGET_NODES)
            return true;
        if (target == SIM_TARGET_SIDES && side != 0 && active->sides[node] != side)
            return true;
        side = active->sides[node];
        ends |= side;
    }
    return target == SIM_TARGET_LINKS && ends == (LINK_FROM | LINK_TO);
}

static void settle(struct sim_world *world, struct active *settling)
{
    const uint64_t id = world->event;
    const uint32_t itself = settling->stamp;
    bool *core = sim_alloc_array(world->node_count, sizeof(*core));

    if (world->plan->settle.mode == SIM_SETTLE_CORE)
        draw_core(world, core);
    else
        memset(core, true, world->node_count * sizeof(*core));
    for (uint32_t i = 0; i < world->active_count && !world->stopped; i++) {
        const struct active *active = &world->active[i];

        if (!active->open || active->stamp == itself || kind_of(world, active)->endless)
            continue;
        if (world->plan->settle.mode == SIM_SETTLE_CORE && !harms_core(world, active, core))
            continue;
        begin_event(world);
        close_active(world, i, id);
    }
    sim_free(core);
}

const struct sim_fault_kind sim_fault_settle = {
    .name = "settle",
    .summary = "the end of all faults",
    .instant = true,
    .begin = settle,
};
