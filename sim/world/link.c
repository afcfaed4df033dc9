/* link.c - links that do more than delay: bandwidth and its queue, weather, corruption. */
#include "sim/world/network.h"

#include <assert.h>

enum luck_of {
    LUCK_LOSS = 1,
    LUCK_DUPLICATE,
    LUCK_DUPLICATE_LATENCY,
    LUCK_WEATHER,
    LUCK_CORRUPT,
    LUCK_HARM_LOSS,
    LUCK_HARM_CORRUPT,
};

enum { SLOTS_AT_FIRST = 64, PERIOD_LEAST = SIM_MICROSECOND };

/* -- channels ---------------------------------------------------------------------------------- */

static uint32_t slot_of(const struct network *network, uint32_t from, uint32_t to)
{
    return (uint32_t)sim_scramble((uint64_t)from << 32 | to) & (network->slot_count - 1);
}

static void put_slot(struct network *network, uint32_t channel)
{
    const struct channel *c = slab_at(&network->channels, channel);
    uint32_t at = slot_of(network, c->from, c->to);

    while (network->slots[at] != 0)
        at = (at + 1) & (network->slot_count - 1);
    network->slots[at] = channel;
}

static void grow_slots(struct network *network)
{
    uint32_t old_count = network->slot_count, *old = network->slots;

    network->slot_count *= 2;
    network->slots = sim_alloc_array(network->slot_count, sizeof(*network->slots));
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i] != 0)
            put_slot(network, old[i]);
    }
    sim_free(old);
}

struct network *network_of(struct sim_world *world)
{
    struct network *network = world->network;

    if (network)
        return network;
    network = world->network = sim_alloc(sizeof(*network));
    slab_init(&network->channels, sizeof(struct channel));
    network->slot_count = SLOTS_AT_FIRST;
    network->slots = sim_alloc_array(network->slot_count, sizeof(*network->slots));
    return network;
}

void finish_network(struct sim_world *world)
{
    struct network *network = world->network;

    if (!network)
        return;
    finish_streams(network);
    for (uint32_t slot = 1; slot < network->channels.used; slot++)
        finish_harm(((struct channel *)slab_at(&network->channels, slot))->harm);
    slab_finish(&network->channels);
    sim_free(network->slots);
    sim_free(network);
}

struct channel *find_channel(const struct network *network, uint32_t from, uint32_t to)
{
    uint32_t at = slot_of(network, from, to), slot;

    while ((slot = network->slots[at]) != 0) {
        struct channel *channel = slab_at(&network->channels, slot);

        if (channel->from == from && channel->to == to)
            return channel;
        at = (at + 1) & (network->slot_count - 1);
    }
    return NULL;
}

struct channel *channel_of(struct sim_world *world, uint32_t from, uint32_t to)
{
    struct network *network = network_of(world);
    struct channel *channel = find_channel(network, from, to);

    if (channel)
        return channel;
    uint32_t slot = slab_take(&network->channels);
    channel = slab_at(&network->channels, slot);
    *channel = (struct channel){ .from = from, .to = to };
    if (++network->channel_count > network->slot_count / 2)
        grow_slots(network);
    put_slot(network, slot);
    return channel;
}

const struct link *link_of(const struct sim_world *world, const struct sim_seat *from,
                           const struct sim_seat *to)
{
    if (!world->links)
        return &world->link;
    uint32_t a = from->class->places[from->member % from->class->place_count];
    uint32_t b = to->class->places[to->member % to->class->place_count];
    return &world->kinds[world->links[(size_t)a * world->place_count + b]];
}

/* -- links of single kinds of message ---------------------------------------------------------- */

struct special {
    uint64_t kind;
    uint32_t from, to; /* places */
    uint32_t link;     /* index in world->kinds; 0: a free slot */
};

enum { SPECIALS_AT_FIRST = 64 };

static struct special *special_of(const struct sim_world *world, uint32_t from, uint32_t to,
                                  uint64_t kind)
{
    uint32_t mask = world->special_slots - 1;
    uint32_t at = (uint32_t)sim_mix(kind, (uint64_t)from << 32 | to) & mask;

    while (world->specials[at].link != 0 &&
           (world->specials[at].kind != kind || world->specials[at].from != from ||
            world->specials[at].to != to))
        at = (at + 1) & mask;
    return &world->specials[at];
}

static void grow_specials(struct sim_world *world)
{
    struct special *old = world->specials;
    uint32_t before = world->special_slots;

    world->special_slots = before == 0 ? SPECIALS_AT_FIRST : 2 * before;
    world->specials = sim_alloc_array(world->special_slots, sizeof(*world->specials));
    for (uint32_t i = 0; i < before; i++)
        if (old[i].link != 0)
            *special_of(world, old[i].from, old[i].to, old[i].kind) = old[i];
    sim_free(old);
}

void add_special(struct sim_world *world, uint32_t from, uint32_t to, uint64_t kind, uint32_t link)
{
    struct special *special;

    assert(link != 0);
    if (2 * world->special_count >= world->special_slots)
        grow_specials(world);
    special = special_of(world, from, to, kind);
    world->special_count += special->link == 0;
    *special = (struct special){ kind, from, to, link };
}

/* Of a rule for all messages and one for this kind the last one wins. */
const struct link *link_for(const struct sim_world *world, const struct way *way,
                            const struct sim_event *event)
{
    const struct sim_seat *from = way->from, *to = way->to;
    const struct special *special;

    if (!world->links)
        return &world->link;
    uint32_t a = from->class->places[from->member % from->class->place_count];
    uint32_t b = to->class->places[to->member % to->class->place_count];
    uint32_t link = world->links[(size_t)a * world->place_count + b];
    if (world->specials) {
        special = special_of(world, a, b, kind_of_message(world, way, event));
        link = special->link > link ? special->link : link;
    }
    return &world->kinds[link];
}

/* -- weather ----------------------------------------------------------------------------------- */

/* By the names of the groups, so that another group in the plan leaves the weather as it is; alike
 * for both directions. */
static uint64_t weather_key(uint64_t seed, const struct sim_seat *from, const struct sim_seat *to)
{
    uint64_t a = sim_mix(from->class->key, from->member), b = sim_mix(to->class->key, to->member);
    uint64_t key =
        sim_mix(sim_mix(seed, sim_hash_text("weather")), a < b ? sim_mix(a, b) : sim_mix(b, a));

    return key != 0 ? key : 1;
}

static bool is_bad(struct sim_world *world, struct channel *channel,
                   const struct sim_weather_plan *weather, const struct sim_seat *from,
                   const struct sim_seat *to)
{
    while (channel->until <= world->now) {
        bool bad = channel->periods & 1;
        /* it is looked at now and then only: perhaps for the first time behind a branch */
        if (channel->weather_key == 0 || world->branched)
            channel->weather_key =
                weather_key(sim_plan_seed_at(world->plan, channel->until), from, to);
        sim_time span = sim_distribution_sample(bad ? weather->bad : weather->good,
                                                sim_mix(channel->weather_key, channel->periods));

        /* periods without length would be a loop without end */
        channel->until += span > PERIOD_LEAST ? span : PERIOD_LEAST;
        channel->periods++;
    }
    return (channel->periods & 1) == 0; /* the second, the fourth, ... */
}

/* -- bandwidth --------------------------------------------------------------------------------- */

/* False: there is no room. Else when the last byte has been put on the link. */
static bool enqueue(const struct sim_world *world, struct channel *channel, uint64_t bandwidth,
                    uint64_t queue, uint64_t bytes, sim_time *left)
{
    sim_time start = world->now;

    if (channel->busy > start) {
        sim_wide waiting = (sim_wide)(channel->busy - start) * bandwidth / SIM_SECOND;

        if (waiting + bytes > queue)
            return false;
        start = channel->busy;
    }
    sim_wide span = ((sim_wide)bytes * SIM_SECOND + bandwidth - 1) / bandwidth;
    if (span > (sim_wide)(SIM_TIME_LIMIT - start))
        span = (sim_wide)(SIM_TIME_LIMIT - start);
    channel->busy = *left = start + (sim_time)span;
    return true;
}

/* -- all of it --------------------------------------------------------------------------------- */

struct passage pass(struct sim_world *world, const struct sim_seat *from, const struct sim_seat *to,
                    const struct link *link, uint64_t luck, uint64_t bytes)
{
    struct passage passage = { FATE_COMES, world->now, 0, 1 };
    struct channel *channel = NULL;
    uint64_t bandwidth = link->bandwidth;
    bool lost = link->loss && sim_chance(sim_mix(luck, LUCK_LOSS), link->loss);
    bool damaged = link->corruption && sim_chance(sim_mix(luck, LUCK_CORRUPT), link->corruption);

    if (link->bandwidth || link->weather)
        channel = channel_of(world, from->node, to->node);
    else if (world->open_harms > 0 && sieve_has(world->faulty, from->node, to->node))
        channel = find_channel(world->network, from->node, to->node);
    const struct harm *harm = channel ? channel->harm : NULL;
    if (harm) {
        lost |= sim_chance(sim_mix(luck, LUCK_HARM_LOSS), harm->loss);
        damaged |= sim_chance(sim_mix(luck, LUCK_HARM_CORRUPT), harm->corruption);
        passage.slower = harm->slower;
        if (harm->bandwidth && (bandwidth == 0 || harm->bandwidth < bandwidth))
            bandwidth = harm->bandwidth;
    }
    if (bandwidth && !enqueue(world, channel, bandwidth, link->queue, bytes, &passage.left)) {
        passage.fate = FATE_QUEUE_FULL;
        return passage;
    }
    if (link->weather && is_bad(world, channel, link->weather, from, to)) {
        lost |= sim_chance(sim_mix(luck, LUCK_WEATHER), link->weather->loss);
        passage.slower *= link->weather->slower;
    }
    passage.fate = lost ? FATE_LOST : damaged ? FATE_CORRUPTED : FATE_COMES;
    return passage;
}

struct passage pass_decided(struct sim_world *world, const struct sim_seat *from,
                            const struct sim_seat *to, const struct link *link, uint64_t luck,
                            uint64_t bytes)
{
    struct link bare = *link;

    bare.loss = bare.corruption = 0;
    bare.weather = NULL;
    return pass(world, from, to, &bare, luck, bytes);
}

static sim_time slowed(sim_time latency, double slower)
{
    double time = (double)latency * slower;

    return time < (double)SIM_TIME_LIMIT ? (sim_time)time : SIM_TIME_LIMIT;
}

void draw_fate(struct sim_world *world, const struct way *way, const struct link *link,
               struct sim_message_luck *fate)
{
    bool lost = link->loss && sim_chance(sim_mix(way->luck, LUCK_LOSS), link->loss);
    bool damaged =
        link->corruption && sim_chance(sim_mix(way->luck, LUCK_CORRUPT), link->corruption);
    sim_time delay = sim_distribution_sample(link->latency, way->luck);
    sim_time twice = sim_distribution_sample(link->latency, luck_of_double(way->luck));

    delay = delay > 0 ? delay : 0;
    twice = twice > 0 ? twice : 0;
    if (link->weather && is_bad(world, channel_of(world, way->from->node, way->to->node),
                                link->weather, way->from, way->to)) {
        lost |= sim_chance(sim_mix(way->luck, LUCK_WEATHER), link->weather->loss);
        delay = slowed(delay, link->weather->slower);
        twice = slowed(twice, link->weather->slower);
    }
    fate->fate = lost ? SIM_FATE_LOST : damaged ? SIM_FATE_CORRUPTED : SIM_FATE_COMES;
    fate->delayed = delay != link->plain;
    fate->delay = delay;
    fate->doubled = is_doubled(link, way->luck);
    fate->twice = twice;
}

sim_time arrival(struct sim_world *world, const struct link *link, const struct passage *passage,
                 uint64_t luck)
{
    return arrival_after(world, passage,
                         link->steady ? link->plain : sim_distribution_sample(link->latency, luck));
}

sim_time arrival_after(struct sim_world *world, const struct passage *passage, sim_time latency)
{
    sim_time time;

    if (latency < 0)
        latency = 0;
    if (passage->slower != 1)
        latency = slowed(latency, passage->slower);
    if (latency > SIM_TIME_LIMIT - passage->later)
        latency = SIM_TIME_LIMIT - passage->later;
    latency += passage->later;
    time = latency < SIM_TIME_LIMIT - passage->left ? passage->left + latency : SIM_TIME_LIMIT;
    if (time - world->now > world->latency_most)
        world->latency_most = time - world->now;
    return time;
}

bool is_doubled(const struct link *link, uint64_t luck)
{
    return link->duplicate && sim_chance(sim_mix(luck, LUCK_DUPLICATE), link->duplicate);
}

uint64_t luck_of_double(uint64_t luck)
{
    return sim_mix(luck, LUCK_DUPLICATE_LATENCY);
}
