/* fault_link.c - links that are worse than planned for a while: they lose, damage, are slow or
 * narrow.
 *
 * Unlike a rule about messages this is done to links: to all that goes over them, the segments and
 * handshakes of connections as well. What the open faults of a link do together is kept with the
 * link and computed anew when one of them begins or ends, so a message looks for its link once,
 * however many faults there are, and not even once if the sieve knows of none there. Chances of
 * loss add up as those of independent causes, factors multiply, and of bandwidths the least holds;
 * the queue is that of the link. */
#include "sim/world/network.h"

static sim_probability either(sim_probability a, sim_probability b)
{
    sim_wide neither = (sim_wide)(SIM_ALWAYS - a) * (SIM_ALWAYS - b);

    return SIM_ALWAYS - (sim_probability)(neither / SIM_ALWAYS);
}

static void add_up(const struct sim_world *world, struct harm *harm)
{
    harm->loss = harm->corruption = 0;
    harm->slower = 1;
    harm->bandwidth = 0;
    for (size_t i = 0; i < harm->count; i++) {
        const struct sim_fault_plan *plan = plan_of(world, &world->active[harm->faults[i]]);
        const struct sim_link_chance_params *chance = plan->params;
        const struct sim_link_delay_params *delay = plan->params;
        const struct sim_link_bandwidth_params *bandwidth = plan->params;

        if (plan->kind == &sim_fault_link_loss)
            harm->loss = either(harm->loss, chance->probability);
        else if (plan->kind == &sim_fault_link_corruption)
            harm->corruption = either(harm->corruption, chance->probability);
        else if (plan->kind == &sim_fault_link_delay)
            harm->slower *= delay->factor;
        else if (harm->bandwidth == 0 || bandwidth->rate < harm->bandwidth)
            harm->bandwidth = bandwidth->rate;
    }
}

void finish_harm(struct harm *harm)
{
    if (!harm)
        return;
    sim_free(harm->faults);
    sim_free(harm);
}

/* -- the sieve of all links that any fault is about -------------------------------------------- */

static void make_sieve(struct sim_world *world)
{
    const struct network *network = world->network;

    sieve_clear(world->faulty);
    world->faulty->gone = 0;
    sieve_rules(world, world->faulty);
    for (uint32_t slot = 1; network && slot < network->channels.used; slot++) {
        const struct channel *channel = slab_at(&network->channels, slot);

        if (channel->harm)
            sieve_add(world->faulty, channel->from, channel->to);
    }
}

void begin_fault_of_link(struct sim_world *world, uint32_t from, uint32_t to)
{
    if (!world->faulty) {
        world->faulty = sim_alloc(sizeof(*world->faulty));
        sieve_init(world->faulty);
    }
    world->faulty->open++;
    sieve_add(world->faulty, from, to);
}

void end_fault_of_link(struct sim_world *world)
{
    struct sieve *sieve = world->faulty;

    if (--sieve->open == 0) {
        finish_sieve(world);
        world->faulty = NULL;
    } else if (++sieve->gone > sieve->room) {
        make_sieve(world);
    }
}

void finish_sieve(struct sim_world *world)
{
    if (world->faulty)
        sieve_finish(world->faulty);
    sim_free(world->faulty);
}

/* -- harm -------------------------------------------------------------------------------------- */

static void change(struct sim_world *world, struct channel *channel, uint32_t slot, bool begins)
{
    struct harm *harm = channel->harm;
    size_t left = 0;

    if (!harm)
        harm = channel->harm = sim_alloc(sizeof(*harm));
    for (size_t i = 0; i < harm->count; i++) {
        if (harm->faults[i] != slot)
            harm->faults[left++] = harm->faults[i];
    }
    harm->count = left;
    if (begins) {
        begin_fault_of_link(world, channel->from, channel->to);
        harm->faults =
            sim_grow(harm->faults, &harm->capacity, harm->count + 1, sizeof(*harm->faults));
        harm->faults[harm->count++] = slot;
    }
    add_up(world, harm);
    if (harm->count == 0) {
        finish_harm(harm);
        channel->harm = NULL;
    }
    if (!begins)
        end_fault_of_link(world);
}

static void change_links(struct sim_world *world, const struct active *active, bool begins)
{
    bool both = plan_of(world, active)->both_ways;
    uint32_t slot = (uint32_t)(active - world->active);

    for (uint32_t i = 0; i < active->node_count; i++) {
        for (uint32_t k = 0; k < active->node_count; k++) {
            uint32_t from = active->nodes[i], to = active->nodes[k];

            if (from != to && is_ruled(active, both, from, to))
                change(world, channel_of(world, from, to), slot, begins);
        }
    }
}

static void begin_harm(struct sim_world *world, struct active *active)
{
    network_of(world);
    world->open_harms++;
    change_links(world, active, true);
}

static void end_harm(struct sim_world *world, struct active *active)
{
    change_links(world, active, false);
    world->open_harms--;
}

static const struct sim_field chance_fields[] = {
    SIM_PROBABILITY(struct sim_link_chance_params, probability, NULL,
                    "of each message, and each segment of a connection"),
    { 0 },
};

static const struct sim_field delay_fields[] = {
    SIM_NUMBER(struct sim_link_delay_params, factor, NULL, "1", "1000000",
               "the latency is so many times as long"),
    { 0 },
};

static const struct sim_field bandwidth_fields[] = {
    SIM_BANDWIDTH(struct sim_link_bandwidth_params, rate, NULL, "1B/s", "1000000GB/s",
                  "of each link, if that is less than it has; the queue is that of the link"),
    { 0 },
};

static const struct sim_fault_range chance_ranges[] = { { "probability", "1%", "60%" }, { 0 } };
static const struct sim_fault_range delay_ranges[] = { { "factor", "2", "100" }, { 0 } };
static const struct sim_fault_range bandwidth_ranges[] = { { "rate", "10kB/s", "10MB/s" }, { 0 } };

const struct sim_fault_kind sim_fault_link_loss = {
    .name = "link_loss",
    .summary = "links lose messages, and segments of connections",
    .target = SIM_TARGET_LINKS,
    .params = { chance_fields, sizeof(struct sim_link_chance_params) },
    .random = chance_ranges,
    .begin = begin_harm,
    .end = end_harm,
    .hits = ends_a_link,
};

const struct sim_fault_kind sim_fault_link_corruption = {
    .name = "link_corruption",
    .summary = "links damage messages, which checksums detect: they are dropped",
    .target = SIM_TARGET_LINKS,
    .params = { chance_fields, sizeof(struct sim_link_chance_params) },
    .random = chance_ranges,
    .begin = begin_harm,
    .end = end_harm,
    .hits = ends_a_link,
};

const struct sim_fault_kind sim_fault_link_delay = {
    .name = "link_delay",
    .summary = "links take longer",
    .target = SIM_TARGET_LINKS,
    .params = { delay_fields, sizeof(struct sim_link_delay_params) },
    .random = delay_ranges,
    .begin = begin_harm,
    .end = end_harm,
    .hits = ends_a_link,
};

const struct sim_fault_kind sim_fault_link_bandwidth = {
    .name = "link_bandwidth",
    .summary = "links carry less",
    .target = SIM_TARGET_LINKS,
    .params = { bandwidth_fields, sizeof(struct sim_link_bandwidth_params) },
    .random = bandwidth_ranges,
    .begin = begin_harm,
    .end = end_harm,
    .hits = ends_a_link,
};
