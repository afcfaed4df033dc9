/* fault_partition.c - sides that do not reach each other. */
#include "sim/world/fault.h"

static bool separates(const struct sim_world *world, const struct active *active, uint32_t from,
                      uint32_t to)
{
    const struct sim_partition_params *params = plan_of(world, active)->params;
    uint8_t a = active->sides[from], b = active->sides[to];

    return a != 0 && b != 0 && a != b && (!params->one_way || a == 1);
}

bool is_cut(const struct sim_world *world, uint32_t from, uint32_t to)
{
    uint32_t left = world->cuts;

    for (size_t i = 0; left > 0; i++) {
        const struct active *active = &world->active[i];

        if (!active->open || !active->cuts)
            continue;
        left--;
        if (separates(world, active, from, to))
            return true;
    }
    return false;
}

bool is_cut_in_flight(struct sim_world *world, uint64_t sequence, uint32_t from, uint32_t to)
{
    uint32_t left = world->cuts_in_flight;

    for (size_t i = 0; from != SIM_NO_GROUP && left > 0; i++) {
        struct active *active = &world->active[i];

        if (!active->in_flight)
            continue;
        left--;
        if (world->now > active->arrived) { /* all that was under way has come */
            active->in_flight = false;
            world->cuts_in_flight--;
            free_slot(world, active);
            continue;
        }
        if (sequence < active->sequence && separates(world, active, from, to))
            return true;
    }
    return false;
}

static void cut(struct sim_world *world, struct active *active)
{
    const struct sim_partition_params *params = plan_of(world, active)->params;

    active->cuts = true;
    active->in_flight = params->in_flight == SIM_IN_FLIGHT_CUT;
    active->arrived = world->now + world->latency_most;
    world->cuts++;
    world->cuts_in_flight += active->in_flight;
}

static void heal(struct sim_world *world, struct active *active)
{
    active->cuts = false;
    world->cuts--;
}

static bool faces_another(const struct sim_world *world, const struct active *active,
                          uint32_t place)
{
    (void)world;
    return active->sides[active->nodes[place]] != active->sides[active->nodes[0]];
}

static const char *const in_flight_names[] = { "survive", "cut", NULL };

static const struct sim_field partition_fields[] = {
    SIM_BOOLEAN(struct sim_partition_params, one_way, "false",
                "the first side no longer reaches the others, but hears them"),
    SIM_CHOICE(struct sim_partition_params, in_flight, "survive", in_flight_names,
               "what becomes of messages on their way"),
    { 0 },
};

const struct sim_fault_kind sim_fault_partition = {
    .name = "partition",
    .summary = "the sides do not reach each other",
    .target = SIM_TARGET_SIDES,
    .lasts = "heals after this; lasts if left out",
    .params = { partition_fields, sizeof(struct sim_partition_params) },
    .begin = cut,
    .end = heal,
    .hits = faces_another,
};
