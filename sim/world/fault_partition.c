/* fault_partition.c - nodes that do not reach each other: sides, nodes cut off alone, a ring of
 * majorities.
 *
 * All forms are cut, healed and flap alike; which links a form cuts is its `separates`. Messages on
 * their way are told by their sequence from those sent since the last cut: so one that flaps needs
 * no memory of its cuts. */
#include "sim/world/fault.h"

#include <stdio.h>

static const struct sim_partition_params *params_of(const struct sim_world *world,
                                                    const struct active *active)
{
    return plan_of(world, active)->params;
}

static bool separates(const struct sim_world *world, const struct active *active, uint32_t from,
                      uint32_t to)
{
    return kind_of(world, active)->separates(world, active, from, to);
}

bool is_cut(const struct sim_world *world, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < world->cuts; i++)
        if (separates(world, &world->active[world->cut_slots[i]], from, to))
            return true;
    return false;
}

bool is_cut_in_flight(struct sim_world *world, uint64_t sequence, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; from != SIM_NO_GROUP && i < world->cuts_in_flight;) {
        struct active *active = &world->active[world->flight_slots[i]];

        if (world->now > active->arrived) { /* all that was under way has come */
            active->in_flight = false;
            world->flight_slots[i] = world->flight_slots[--world->cuts_in_flight];
            free_slot(world, active);
            continue;
        }
        if (sequence < active->sequence && separates(world, active, from, to))
            return true;
        i++;
    }
    return false;
}

/* -- cut, open, heal --------------------------------------------------------------------------- */

static void cut(struct sim_world *world, struct active *active)
{
    const struct sim_partition_params *params = params_of(world, active);
    uint32_t slot = (uint32_t)(active - world->active);

    active->cuts = true;
    world->cut_slots = sim_grow(world->cut_slots, &world->cut_capacity, world->cuts + 1,
                                sizeof(*world->cut_slots));
    world->cut_slots[world->cuts++] = slot;
    set_plain(world);
    active->sequence = world->sequence;
    active->arrived = world->now + world->latency_most;
    if (params->in_flight != SIM_IN_FLIGHT_CUT || active->in_flight)
        return;
    active->in_flight = true;
    world->flight_slots = sim_grow(world->flight_slots, &world->flight_capacity,
                                   world->cuts_in_flight + 1, sizeof(*world->flight_slots));
    world->flight_slots[world->cuts_in_flight++] = slot;
}

static void heal(struct sim_world *world, struct active *active)
{
    uint32_t slot = (uint32_t)(active - world->active), i = 0;

    if (!active->cuts)
        return; /* it flapped, and is open */
    while (world->cut_slots[i] != slot)
        i++;
    world->cut_slots[i] = world->cut_slots[--world->cuts];
    set_plain(world);
    active->cuts = false;
}

/* How long a partition that flaps stays cut, or open, each time. */
static sim_time flap_span(const struct sim_partition_params *params, bool is_open)
{
    double share = params->open > 0 ? params->open : 0.5;
    sim_time opened = (sim_time)((double)params->flap * share);

    if (opened < 1)
        opened = 1;
    if (opened >= params->flap)
        opened = params->flap - 1;
    return is_open ? opened : params->flap - opened;
}

static void begin(struct sim_world *world, struct active *active)
{
    const struct sim_partition_params *params = params_of(world, active);

    cut(world, active);
    if (params->flap > 0)
        push_step(world, active, NULL, flap_span(params, false));
}

static void flap(struct sim_world *world, struct active *active, struct sim_seat *seat)
{
    bool opens = active->cuts;

    (void)seat;
    if (opens)
        heal(world, active);
    else
        cut(world, active);
    push_step(world, active, NULL, flap_span(params_of(world, active), opens));
}

static const char *const in_flight_names[] = { "survive", "cut", NULL };

#define ONE_WAY(help) SIM_BOOLEAN(struct sim_partition_params, one_way, "false", help)
#define IN_TIME                                                                                    \
    SIM_CHOICE(struct sim_partition_params, in_flight, "survive", in_flight_names,                 \
               "what becomes of messages on their way"),                                           \
        SIM_DURATION(struct sim_partition_params, flap, SIM_OPTIONAL, "1us", NULL,                 \
                     "it flaps: cut and open again in turn, together for so long"),                \
        SIM_SHARE(struct sim_partition_params, open, SIM_OPTIONAL,                                 \
                  "of the time of a flap, how much it is open; 50% if left out")

static const char *check_flap(const void *data, char text[160])
{
    const struct sim_partition_params *params = data;

    if (params->open > 0 && params->flap == 0) {
        snprintf(text, 160, "'open' goes with 'flap'");
        return "open";
    }
    if (params->open >= 1) {
        snprintf(text, 160, "what is open all the time cuts nothing");
        return "open";
    }
    return NULL;
}

/* -- sides ------------------------------------------------------------------------------------- */

/* A node on no side reaches all: a bridge. */
static bool is_between_sides(const struct sim_world *world, const struct active *active,
                             uint32_t from, uint32_t to)
{
    uint8_t a = active->sides[from], b = active->sides[to];

    return a != 0 && b != 0 && a != b && (!params_of(world, active)->one_way || a == 1);
}

static bool faces_another(const struct sim_world *world, const struct active *active,
                          uint32_t place)
{
    (void)world;
    return active->sides[active->nodes[place]] != active->sides[active->nodes[0]];
}

static const struct sim_field partition_fields[] = {
    ONE_WAY("the first side no longer reaches the others, but hears them"),
    IN_TIME,
    { 0 },
};

static const struct sim_fault_range partition_ranges[] = {
    { "one_way", "false", "true" },
    { "in_flight", "survive", "cut" },
    { "flap", "20ms", "4s" },
    { "open", "10%", "90%" },
    { 0 },
};

const struct sim_fault_kind sim_fault_partition = {
    .name = "partition",
    .summary = "the sides do not reach each other",
    .target = SIM_TARGET_SIDES,
    .lasts = "heals after this; lasts if left out",
    .params = { partition_fields, sizeof(struct sim_partition_params) },
    .random = partition_ranges,
    .check = check_flap,
    .begin = begin,
    .end = heal,
    .step = flap,
    .separates = is_between_sides,
    .hits = faces_another,
};

/* -- each alone -------------------------------------------------------------------------------- */

static bool is_isolated(const struct sim_world *world, const struct active *active, uint32_t from,
                        uint32_t to)
{
    if (place_of(active, from) < active->node_count)
        return true;
    return !params_of(world, active)->one_way && place_of(active, to) < active->node_count;
}

static const struct sim_field isolate_fields[] = {
    ONE_WAY("they no longer reach others, but hear them"),
    IN_TIME,
    { 0 },
};

const struct sim_fault_kind sim_fault_isolate = {
    .name = "isolate",
    .summary = "each of the nodes is cut off from everybody, also from the others of them",
    .lasts = "heals after this; lasts if left out",
    .params = { isolate_fields, sizeof(struct sim_partition_params) },
    .random = partition_ranges,
    .check = check_flap,
    .begin = begin,
    .end = heal,
    .step = flap,
    .separates = is_isolated,
};

/* -- a ring ------------------------------------------------------------------------------------ */

/* With half of a majority's others on either side, every node is in the middle of another. */
static uint32_t neighbours_of(const struct sim_world *world, const struct active *active)
{
    int64_t given = params_of(world, active)->neighbours;

    return given > 0 ? (uint32_t)given : (active->node_count / 2 + 1) / 2;
}

static bool is_apart_on_the_ring(const struct sim_world *world, const struct active *active,
                                 uint32_t from, uint32_t to)
{
    uint32_t a = place_of(active, from), b = place_of(active, to), count = active->node_count;

    if (a == count || b == count)
        return false;
    uint32_t apart = a > b ? a - b : b - a;
    return (apart < count - apart ? apart : count - apart) > neighbours_of(world, active);
}

static bool misses_another(const struct sim_world *world, const struct active *active,
                           uint32_t place)
{
    (void)place;
    return active->node_count > 2 * neighbours_of(world, active) + 1;
}

static const struct sim_field ring_fields[] = {
    SIM_INTEGER(struct sim_partition_params, neighbours, SIM_OPTIONAL, "1", "1000000",
                "on either side of a node, those that it reaches; the fewest that make a majority "
                "with it if left out"),
    IN_TIME,
    { 0 },
};

static const struct sim_fault_range ring_ranges[] = {
    { "in_flight", "survive", "cut" },
    { "flap", "20ms", "4s" },
    { "open", "10%", "90%" },
    { 0 },
};

const struct sim_fault_kind sim_fault_partition_ring = {
    .name = "partition_ring",
    .summary = "each node reaches its neighbours only, so that every one sees another majority",
    .lasts = "heals after this; lasts if left out",
    .params = { ring_fields, sizeof(struct sim_partition_params) },
    .random = ring_ranges,
    .check = check_flap,
    .begin = begin,
    .end = heal,
    .step = flap,
    .separates = is_apart_on_the_ring,
    .hits = misses_another,
};
