/* luck.c - see luck.h. */
#include "sim/world/luck.h"

#include "sim/core/math.h"

struct drawn { /* of one draw of one node */
    struct sim_stream stream;
    uint64_t count;
};

struct luck {
    const struct sim_luck_plan *plan;
    uint32_t *fates, *pins; /* hash tables of places + 1 in the plan's lists */
    uint32_t fate_slots, pin_slots;
    struct drawn *drawn; /* of each node all its draws, from first[class] on */
    uint32_t *first;
};

/* -- tables ------------------------------------------------------------------------------------ */

static uint32_t slots_for(uint32_t count)
{
    uint32_t slots = 16;

    while (slots < 2 * count)
        slots *= 2;
    return slots;
}

static uint32_t place_of_message(const struct sim_message_name *name)
{
    uint64_t key = sim_mix((uint64_t)name->from << 32 | name->to, name->nth);

    return (uint32_t)sim_mix(key,
                             (uint64_t)name->way << 16 | (uint64_t)name->kind << 8 | name->copy);
}

static bool is_message(const struct sim_message_name *a, const struct sim_message_name *b)
{
    return a->from == b->from && a->to == b->to && a->nth == b->nth && a->way == b->way &&
           a->kind == b->kind && a->copy == b->copy;
}

/* Where the fate of NAME stands, or would. */
static uint32_t find_fate(const struct luck *luck, const struct sim_message_name *name)
{
    uint32_t slot = place_of_message(name) & (luck->fate_slots - 1);

    while (luck->fates[slot] != 0 &&
           !is_message(&luck->plan->fates[luck->fates[slot] - 1].name, name))
        slot = (slot + 1) & (luck->fate_slots - 1);
    return slot;
}

static uint32_t find_pin(const struct luck *luck, uint32_t node, uint32_t draw, uint64_t nth)
{
    uint32_t slot = (uint32_t)sim_mix((uint64_t)node << 32 | draw, nth) & (luck->pin_slots - 1);

    for (; luck->pins[slot] != 0; slot = (slot + 1) & (luck->pin_slots - 1)) {
        const struct sim_draw_luck *pin = &luck->plan->pins[luck->pins[slot] - 1];

        if (pin->node == node && pin->draw == draw && pin->nth == nth)
            break;
    }
    return slot;
}

void luck_build(struct sim_world *world)
{
    const struct sim_luck_plan *plan = &world->plan->luck;
    struct luck *luck;
    uint32_t draws = 0;

    if (plan->messages == SIM_LUCK_DRAWN && plan->draws == SIM_LUCK_DRAWN &&
        plan->fate_count == 0 && plan->pin_count == 0 && !world->observer.fated &&
        !world->observer.drew)
        return;
    world->luck = luck = sim_alloc(sizeof(*luck));
    luck->plan = plan;
    luck->fate_slots = slots_for(plan->fate_count);
    luck->fates = sim_alloc_array(luck->fate_slots, sizeof(*luck->fates));
    for (uint32_t i = 0; i < plan->fate_count; i++) /* of two, the last */
        luck->fates[find_fate(luck, &plan->fates[i].name)] = i + 1;
    luck->pin_slots = slots_for(plan->pin_count);
    luck->pins = sim_alloc_array(luck->pin_slots, sizeof(*luck->pins));
    for (uint32_t i = 0; i < plan->pin_count; i++)
        luck->pins[find_pin(luck, plan->pins[i].node, plan->pins[i].draw, plan->pins[i].nth)] =
            i + 1;
    luck->first = sim_alloc_array(world->class_count, sizeof(*luck->first));
    for (uint32_t g = 0; g < world->class_count; g++) {
        luck->first[g] = draws;
        draws += world->classes[g].count * world->classes[g].draws;
    }
    luck->drawn = sim_alloc_array(draws, sizeof(*luck->drawn));
}

void luck_finish(struct sim_world *world)
{
    struct luck *luck = world->luck;

    if (!luck)
        return;
    sim_free(luck->fates);
    sim_free(luck->pins);
    sim_free(luck->first);
    sim_free(luck->drawn);
    sim_free(luck);
}

void luck_branch(struct sim_world *world)
{
    struct luck *luck = world->luck;

    for (uint32_t g = 0; luck && g < world->class_count; g++) {
        const struct class *class = &world->classes[g];

        for (uint32_t i = 0; i < class->count * class->draws; i++)
            luck->drawn[luck->first[g] + i].stream = (struct sim_stream){ 0, 0 };
    }
}

/* -- messages ---------------------------------------------------------------------------------- */

bool luck_of_messages(const struct sim_world *world)
{
    return world->luck && (world->observer.fated || world->luck->plan->fate_count > 0 ||
                           world->luck->plan->messages == SIM_LUCK_PLAIN);
}

static struct sim_message_name name_of(const struct sim_world *world, const struct way *way,
                                       const struct sim_event *event)
{
    struct sim_message_name name = { .from = way->from->node, .to = way->to->node };
    const struct packet *packet;

    if (event->type == EVENT_MESSAGE) {
        name.way = SIM_WAY_MESSAGE;
        name.kind = event->what;
        name.nth = message_count(way->from, way->to->member, event->what);
        return name;
    }
    packet = slab_at(&world->packets, event->slot);
    name.way = event->type == EVENT_REQUEST ? SIM_WAY_REQUEST : SIM_WAY_REPLY;
    name.kind = packet->route;
    name.nth = packet->number;
    name.copy = packet->copy;
    return name;
}

bool luck_decides(struct sim_world *world, const struct way *way, const struct link *link,
                  const struct sim_event *event, bool doubled, struct sim_message_luck *fate)
{
    const struct luck *luck = world->luck;
    const struct sim_message_name name = name_of(world, way, event);
    const uint32_t place = luck->fates[find_fate(luck, &name)];
    bool decided = true;

    *fate = (struct sim_message_luck){ .name = name, .delay = link->plain, .twice = link->plain };
    if (place != 0) {
        *fate = luck->plan->fates[place - 1];
        if (!fate->delayed)
            fate->delay = link->plain;
        fate->delayed = fate->delay != link->plain;
    } else if (luck->plan->messages == SIM_LUCK_DRAWN) {
        draw_fate(world, way, link, fate);
        decided = false;
    }
    fate->doubled |= doubled;
    if (world->observer.fated)
        world->observer.fated(world->observer.context, fate,
                              fate->fate == SIM_FATE_COMES && !fate->delayed && !fate->doubled);
    return decided;
}

/* -- draws ------------------------------------------------------------------------------------- */

static int64_t value_of(enum sim_draw_form form, int64_t a, int64_t b, uint64_t word)
{
    double span;
    sim_time time;

    switch (form) {
    case SIM_DRAW_NUMBER:
        return a + (int64_t)sim_below(word, (uint64_t)b - (uint64_t)a);
    case SIM_DRAW_TIME:
        time = sim_distribution_sample((const struct sim_distribution *)(intptr_t)a, word);
        return time > 0 ? time : 0;
    case SIM_DRAW_FLIP:
        return sim_chance(word, (sim_probability)a);
    case SIM_DRAW_EXPONENTIAL:
        span = sim_exponential_word(word) * (double)a;
        return span < (double)SIM_TIME_LIMIT ? (sim_time)span : SIM_TIME_LIMIT;
    default:
        return (int64_t)word;
    }
}

/* Times rise or fall with the word, so it is found by halving. */
static uint64_t word_of_time(enum sim_draw_form form, int64_t a, int64_t value)
{
    uint64_t low = 0, high = UINT64_MAX;
    const bool rises = value_of(form, a, 0, low) <= value_of(form, a, 0, high);

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int64_t here = value_of(form, a, 0, middle);

        if (rises ? here >= value : here <= value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* A word for VALUE, or for what comes near it if there is none. */
static uint64_t word_for(enum sim_draw_form form, int64_t a, int64_t b, int64_t value)
{
    uint64_t count, place;

    switch (form) {
    case SIM_DRAW_NUMBER:
        count = (uint64_t)b - (uint64_t)a;
        place = value < a ? 0 : (uint64_t)value - (uint64_t)a;
        place = place < count ? place : count - 1;
        return (uint64_t)((((sim_wide)place << 64) + count - 1) / count);
    case SIM_DRAW_TIME:
    case SIM_DRAW_EXPONENTIAL:
        return word_of_time(form, a, value);
    case SIM_DRAW_FLIP:
        return value ? 0 : UINT64_MAX;
    default:
        return (uint64_t)value;
    }
}

static uint64_t plain_word(const struct sim_seat *me, enum sim_draw_form form, int64_t a,
                           uint64_t nth)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / the golden ratio */

    if (form == SIM_DRAW_TIME)
        return (uint64_t)((((sim_wide)2 * me->member + 1) << 63) / me->class->count);
    if (form == SIM_DRAW_FLIP)
        return (sim_probability)a > UINT64_MAX / 2 ? 0 : UINT64_MAX;
    return (me->member + nth) * golden;
}

uint64_t luck_draw(const struct sim_seat *me, unsigned draw, enum sim_draw_form form, int64_t a,
                   int64_t b)
{
    const struct class *class = me->class;
    struct sim_world *world = class->world;
    const struct luck *luck = world->luck;
    struct drawn *drawn =
        &luck->drawn[luck->first[class->index] + me->member * class->draws + draw];

    if (!sim_stream_is_seeded(&drawn->stream))
        sim_stream_seed(&drawn->stream, world->seed, class->draw_key[draw],
                        sim_mix(class->key, me->member));
    uint64_t word = sim_stream_next(&drawn->stream), nth = ++drawn->count;
    const uint32_t place = luck->pins[find_pin(luck, me->node, draw, nth)];

    if (place != 0) {
        const struct sim_draw_luck *pin = &luck->plan->pins[place - 1];

        word = pin->is_word ? (uint64_t)pin->value : word_for(form, a, b, pin->value);
    } else if (luck->plan->draws == SIM_LUCK_PLAIN) {
        word = plain_word(me, form, a, nth);
    }
    if (world->observer.drew) {
        struct sim_draw_luck told = { me->node, draw, nth, false, value_of(form, a, b, word) };

        if (value_of(form, a, b, word_for(form, a, b, told.value)) != told.value) {
            told.is_word = true;
            told.value = (int64_t)word;
        }
        world->observer.drew(world->observer.context, &told, (int)form);
    }
    return word;
}
