/* select.c - which nodes a fault hits, resolved when it strikes. */
#include "sim/world/fault.h"

#include <assert.h>
#include <string.h>

/* What does not run on purpose is meant by nobody who draws some of a group. */
static bool is_meant(const struct sim_world *world, const struct sim_fault_kind *kind,
                     const struct sim_selector *selector, uint32_t node)
{
    if (kind->selects)
        return kind->selects(world, node);
    return selector->pick == 0 || !(seat_of_node(world, node)->flags & SEAT_STOPPED);
}

enum { BRIDGE = UINT8_MAX }; /* taken, but by no side */

static bool lies_in(const struct sim_seat *seat, uint32_t zone)
{
    const struct sim_group_plan *group = seat->class->plan;

    return group->zone_count > 0 && group->zones[seat->member % group->zone_count] == zone;
}

static bool has_role(const struct sim_world *world, enum sim_trigger_role role, uint32_t node)
{
    const struct firing *firing = world->firing;

    if (!firing)
        return false;
    switch (role) {
    case SIM_ROLE_NODE:
        return node == firing->node;
    case SIM_ROLE_FROM:
        return node == firing->from;
    case SIM_ROLE_TO:
        return node == firing->to;
    default:
        return place_in(firing->hit, firing->hit_count, node) < firing->hit_count;
    }
}

bool is_selected(const struct sim_world *world, const struct sim_selector *selector, uint32_t node)
{
    const struct sim_seat *seat = seat_of_node(world, node);

    if (selector->role != SIM_ROLE_NONE && !has_role(world, selector->role, node))
        return false;
    if (selector->group != SIM_NO_GROUP && seat->class->index != selector->group)
        return false;
    if (selector->member != SIM_NO_GROUP && seat->member != selector->member)
        return false;
    if (selector->zone != 0 && !lies_in(seat, selector->zone - 1))
        return false;
    if (!selector->where)
        return true;
    assert(selector->group !=
           SIM_NO_GROUP); /* the offset is one in the state of that group's model */
    if (seat->flags & SEAT_DOWN)
        return false;
    const char *at = (const char *)(seat + 1) + selector->where_offset;
    if (selector->where_flag) {
        bool flag;

        memcpy(&flag, at, sizeof(flag));
        return flag == (selector->equals != 0);
    }
    int64_t value;
    memcpy(&value, at, sizeof(value));
    return value == selector->equals;
}

static void node_range(const struct sim_world *world, const struct sim_selector *selector,
                       uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = world->node_count;
    if (selector->group == SIM_NO_GROUP)
        return;
    const struct class *class = &world->classes[selector->group];
    *from = class->first_node;
    *to = class->first_node + class->count;
    if (selector->member != SIM_NO_GROUP) {
        *from += selector->member;
        *to = *from + 1;
    }
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t held = *a;

    *a = *b;
    *b = held;
}

/* Of COUNT candidates those that SELECTOR wants first are moved to the front; how many. */
static uint32_t put_first(const struct sim_world *world, const struct sim_selector *selector,
                          uint32_t count)
{
    uint32_t first = 0;

    for (uint32_t i = 0; selector->with && i < count; i++) {
        if (is_selected(world, selector->with, world->candidates[i]))
            swap(&world->candidates[i], &world->candidates[first++]);
    }
    return first;
}

static void take_side(struct sim_world *world, const struct sim_fault_kind *kind,
                      const struct sim_side *side, struct sim_stream *luck, uint8_t mark,
                      bool rest);

/* By node, whether it is one of those that EXCEPT selects, whoever took it before. */
static uint8_t *select_except(struct sim_world *world, const struct sim_fault_kind *kind,
                              const struct sim_side *except, struct sim_stream *luck)
{
    uint8_t *held = world->taken, *found = sim_alloc(world->node_count);

    world->taken = found;
    take_side(world, kind, except, luck, 1, false);
    world->taken = held;
    return found;
}

static void take(struct sim_world *world, const struct sim_fault_kind *kind,
                 const struct sim_selector *selector, struct sim_stream *luck, uint8_t mark)
{
    uint32_t *candidates = world->candidates, count = 0, from, to;
    uint8_t *except = NULL;

    if (selector->except)
        except = select_except(world, kind, selector->except, luck);
    node_range(world, selector, &from, &to);
    for (uint32_t node = from; node < to; node++) {
        if (world->taken[node] == 0 && !(except && except[node]) &&
            is_meant(world, kind, selector, node) && is_selected(world, selector, node))
            candidates[count++] = node;
    }
    sim_free(except);
    uint32_t picks = selector->pick == 0 || selector->pick > count ? count : selector->pick;
    uint32_t first = put_first(world, selector, count);
    for (uint32_t i = 0; i < picks; i++) {
        if (selector->pick > 0) { /* the front of a shuffle, of those wanted first and the others */
            uint32_t end = i < first ? first : count;

            swap(&candidates[i],
                 &candidates[i + (uint32_t)sim_below(sim_stream_next(luck), end - i)]);
        }
        world->taken[candidates[i]] = mark;
    }
}

/* Marks for SIDE those of the nodes not yet taken that its selectors match; of these only the ones
 * that are `rest`, or only the others. */
static void take_side(struct sim_world *world, const struct sim_fault_kind *kind,
                      const struct sim_side *side, struct sim_stream *luck, uint8_t mark, bool rest)
{
    for (uint32_t i = 0; i < side->count; i++) {
        if (side->selectors[i].rest == rest)
            take(world, kind, &side->selectors[i], luck, mark);
    }
}

/* A node may stand on both ends. `rest` of the second is what the first left. */
static void select_ends(struct sim_world *world, const struct sim_fault_plan *fault,
                        struct sim_stream *luck)
{
    uint8_t *from = sim_alloc(world->node_count);

    assert(fault->side_count == 2);
    memset(world->taken, 0, world->node_count);
    take_side(world, fault->kind, &fault->sides[0], luck, LINK_FROM, false);
    memcpy(from, world->taken, world->node_count);
    take_side(world, fault->kind, &fault->sides[1], luck, LINK_TO, true);
    uint32_t count = world->node_count;
    for (uint32_t n = next_marked(world->taken, count, 0); n < count;
         n = next_marked(world->taken, count, n + 1))
        world->taken[n] &= LINK_TO;
    take_side(world, fault->kind, &fault->sides[1], luck, LINK_TO, false);
    for (uint32_t n = next_marked(from, count, 0); n < count; n = next_marked(from, count, n + 1))
        world->taken[n] |= from[n];
    sim_free(from);
}

void select_sides(struct sim_world *world, const struct sim_fault_plan *fault,
                  struct sim_stream *luck)
{
    if (fault->kind->target == SIM_TARGET_LINKS) {
        select_ends(world, fault, luck);
        return;
    }
    assert(fault->side_count < BRIDGE);
    memset(world->taken, 0, world->node_count);
    take_side(world, fault->kind, &fault->bridge, luck, BRIDGE, false);
    /* `rest` is what all others left, wherever it stands in the list */
    for (int rest = 0; rest < 2; rest++)
        for (uint32_t side = 0; side < fault->side_count; side++)
            take_side(world, fault->kind, &fault->sides[side], luck, (uint8_t)(side + 1),
                      rest == 1);
    for (uint32_t node = 0; node < world->node_count && fault->bridge.count > 0; node++)
        world->taken[node] = world->taken[node] == BRIDGE ? 0 : world->taken[node];
}
