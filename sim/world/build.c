/* build.c - lays the world out: seats of each group in one block, hashes of all names, links
 * between places. */
#include "sim/world/network.h"
#include "sim/world/passage.h"

#include <assert.h>
#include <string.h>

enum { NEAR_CACHE = 256 << 10 };

static uint32_t align_up(size_t size, size_t to)
{
    return (uint32_t)((size + to - 1) / to * to);
}

static uint64_t name_hash(const char *space, const char *owner, const char *name)
{
    return sim_mix(sim_mix(sim_hash_text(space), sim_hash_text(owner)), sim_hash_text(name));
}

static void count_kinds(struct class *class)
{
    const struct sim_model *model = class->model;

    while (class->timers < SIM_TIMERS_MAX && model->timers[class->timers].name)
        class->timers++;
    while (class->messages < SIM_MESSAGES_MAX && model->messages[class->messages].name)
        class->messages++;
    while (class->draws < SIM_DRAWS_MAX && model->draws[class->draws])
        class->draws++;
    while (class->logs < SIM_LOGS_MAX && model->logs[class->logs].name)
        class->logs++;
    for (const struct sim_field *field = model->state.fields; field && field->name; field++)
        class->watched_count += field->watched;
    assert(class->watched_count <= 64); /* a bit each, where changes are told */
    class->watched = sim_alloc_array(class->watched_count, sizeof(*class->watched));
    uint32_t n = 0;
    for (const struct sim_field *field = model->state.fields; field && field->name; field++) {
        if (!field->watched)
            continue;
        assert(field->type == SIM_FIELD_WORD); /* its shadow is one word */
        class->watched[n++] = field->offset;
    }
}

static void hash_names(struct class *class)
{
    const struct sim_model *model = class->model;
    const char *name = model->name;

    class->key = name_hash("group", class->plan->name, "");
    class->start_hash = name_hash("start", name, "");
    class->synced_hash = name_hash("synced", name, "");
    for (uint32_t i = 0; i < class->messages; i++)
        class->message_hash[i] = name_hash("message", name, model->messages[i].name);
    for (uint32_t i = 0; i < class->timers; i++)
        class->timer_hash[i] = name_hash("timer", name, model->timers[i].name);
    for (uint32_t i = 0; i < SIM_LATERS_MAX && model->laters[i].name; i++)
        class->later_hash[i] = name_hash("later", name, model->laters[i].name);
    for (uint32_t i = 0; i < SIM_NOTES_MAX && model->notes[i].name; i++)
        class->note_hash[i] = name_hash("note", name, model->notes[i].name);
    for (uint32_t i = 0; i < class->route_count; i++) {
        class->routes[i].hash = name_hash("call", name, class->routes[i].name);
        build_uses(class->plan, &class->routes[i], i);
    }
    lay_out_chains(class);
    for (uint32_t i = 0; i < SIM_SERVES_MAX && model->serves[i].interface; i++) {
        const struct sim_interface *interface = model->serves[i].interface;

        for (uint32_t k = 0; k < SIM_OPERATIONS_MAX && interface->operations[k].name; k++)
            class->request_hash[i][k] =
                name_hash("request", interface->name, interface->operations[k].name);
    }
    for (uint32_t i = 0; i < class->draws; i++)
        class->draw_key[i] = name_hash("draw", name, model->draws[i]);
}

/* header, state, streams, counters, shadows: what an event touches first comes first */
static void lay_out(struct class *class)
{
    size_t at = sizeof(struct sim_seat) + align_up(class->model->state.size, 8);

    class->stream_offset = (uint32_t)at;
    at += class->draws * sizeof(struct sim_stream);
    class->count_offset = (uint32_t)at;
    if (!class->count_links)
        at += class->messages * sizeof(uint32_t);
    if (!class->count_calls)
        at += class->route_count * sizeof(uint32_t);
    at = align_up(at, 8);
    class->shadow_offset = (uint32_t)at;
    at += class->watched_count * sizeof(int64_t);
    class->stride = at <= CACHE_LINE / 2 ? CACHE_LINE / 2 : align_up(at, CACHE_LINE);
    /* on the border of a cache line, or every seat would take one line more than it needs */
    class->block = sim_alloc(class->count * class->stride + CACHE_LINE);
    class->all_timers =
        sim_alloc_array((size_t) class->count * class->timers, sizeof(struct timer));
    class->seats = class->block + (CACHE_LINE - (uintptr_t) class->block % CACHE_LINE) % CACHE_LINE;
}

static void fill_seats(struct sim_world *world, struct class *class)
{
    for (uint32_t m = 0; m < class->count; m++) {
        struct sim_seat *seat = seat_at(class, m);

        seat->class = class;
        seat->member = m;
        seat->node = class->first_node + m;
        struct timer *timers = timers_of(seat);
        for (uint32_t i = 0; i < class->timers; i++)
            timers[i].due = timers[i].queued = SIM_TIME_NEVER;
        clock_draw(world, seat);
        if (class->plan->processor.cost)
            seat->flags |= SEAT_PROCESSOR;
        if (m >= class->started)
            seat->flags |= SEAT_DOWN | SEAT_STOPPED;
    }
}

static uint32_t find_service(const struct class *target, const struct sim_interface *interface)
{
    uint32_t service = 0;

    while (service < SIM_SERVES_MAX && target->model->serves[service].interface != interface)
        service++;
    assert(service < SIM_SERVES_MAX);
    return service;
}

static void add_route(struct sim_world *world, struct class *class,
                      const struct sim_route_plan *plan)
{
    struct route *route = &class->routes[class->route_count++];
    const struct sim_call_site *site = &class->model->calls[plan->site];

    assert(plan->target < world->class_count);
    route->site = site;
    route->operation = &site->interface->operations[site->operation];
    route->name = plan->name ? plan->name : site->name;
    route->target = &world->classes[plan->target];
    route->service = find_service(route->target, site->interface);
}

/* Those of all call sites first. A model of which nothing is bound calls nobody. */
static void build_routes(struct sim_world *world, struct class *class)
{
    const struct sim_group_plan *plan = class->plan;
    uint32_t sites = 0;

    while (sites < SIM_CALLS_MAX && class->model->calls[sites].name)
        sites++;
    if (plan->target == SIM_NO_GROUP)
        sites = 0;
    assert(sites + plan->route_count <= SIM_ROUTES_MAX);
    class->routes = sim_alloc_array(sites + plan->route_count, sizeof(*class->routes));
    for (uint32_t i = 0; i < sites; i++)
        add_route(world, class, &(struct sim_route_plan){ NULL, i, plan->target });
    for (uint32_t i = 0; i < plan->route_count; i++)
        add_route(world, class, &plan->routes[i]);
    class->count_calls = class->route_count > 0 && class->count <= LINK_COUNTED_MAX;
    for (uint32_t i = 0; i < class->route_count; i++) {
        class->routes[i].counts = class->count_count;
        class->count_count += class->routes[i].target->count;
        class->count_calls &= class->routes[i].target->count <= LINK_COUNTED_MAX;
    }
}

void hash_luck(struct class *class)
{
    const uint64_t seed = class->world->seed;

    for (uint32_t i = 0; i < class->messages; i++)
        class->message_luck[i] = sim_mix(sim_mix(seed, class->message_hash[i]), class->key);
    for (uint32_t i = 0; i < class->route_count; i++) {
        struct route *route = &class->routes[i];

        route->luck = sim_mix(sim_mix(seed, route->hash), class->key);
    }
}

void build_classes(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    assert(plan->group_count > 0);
    assert(plan->group_count <= UINT16_MAX); /* of an event's class */
    world->class_count = plan->group_count;
    world->classes = sim_alloc_array(plan->group_count, sizeof(*world->classes));
    for (uint32_t g = 0; g < plan->group_count; g++) {
        struct class *class = &world->classes[g];

        class->world = world;
        class->plan = &plan->groups[g];
        class->model = class->plan->model;
        class->count = class->plan->count;
        class->started = class->plan->started ? class->plan->started : class->count;
        class->params = class->plan->params;
        class->index = g;
        class->first_node = world->node_count;
        world->node_count += class->count;
        count_kinds(class);
    }
    for (uint32_t g = 0; g < plan->group_count; g++) {
        struct class *class = &world->classes[g];

        build_routes(world, class);
        hash_names(class);
        hash_luck(class);
        class->count_links = class->count <= LINK_COUNTED_MAX;
        lay_out(class);
        world->spread |= class->count * class->stride > NEAR_CACHE;
        fill_seats(world, class);
        if (class->model->invariant.check) {
            struct sim_judge *judge = sim_alloc(sizeof(*judge));

            *judge =
                (struct sim_judge){ .world = world, .class = class, .arena = sim_arena_create() };
            judge->memory = sim_arena_alloc(judge->arena, class->model->invariant.memory);
            class->judge = judge;
            class->compared = true;
        }
    }
}

/* -- places: nodes that all link rules treat alike --------------------------------------------- */

static uint32_t place_count_of(const struct sim_group_plan *group)
{
    return group->zone_count ? group->zone_count : 1;
}

struct spot {
    uint32_t group, zone;
};

static bool fits(const struct sim_place *place, struct spot spot)
{
    return (place->group == SIM_NO_GROUP || place->group == spot.group) &&
           (place->zone == SIM_NO_GROUP || place->zone == spot.zone);
}

static struct link make_link(struct sim_world *world, const struct sim_link_plan *plan)
{
    struct link link = {
        .latency = plan->latency,
        .least = sim_distribution_least(plan->latency),
        .most = sim_distribution_most(plan->latency),
        .plain = sim_distribution_quantile(plan->latency, 0.5),
        .loss = plan->loss,
        .duplicate = plan->duplicate,
        .corruption = plan->corruption,
        .bandwidth = plan->bandwidth,
        .queue = plan->queue,
        .weather = plan->weather.bad ? &plan->weather : NULL,
        .stream = plan->transport == SIM_STREAM ? &plan->stream : NULL,
    };

    assert(plan->transport != SIM_STREAM || plan->stream.rto > 0);
    link.steady = link.stream && world->plan->luck.streams == SIM_LUCK_PLAIN;
    if (link.steady) {
        link.loss = link.duplicate = link.corruption = 0;
        link.weather = NULL;
    }
    if (link.plain < 0)
        link.plain = 0;
    if (link.most > world->latency_most)
        world->latency_most = link.most;
    link.rich = link.corruption || link.bandwidth || link.weather || link.stream;
    return link;
}

static void make_spots(struct sim_world *world, struct spot *spots)
{
    uint32_t n = 0;

    for (uint32_t g = 0; g < world->plan->group_count; g++) {
        struct class *class = &world->classes[g];
        const struct sim_group_plan *group = class->plan;

        class->place_count = place_count_of(group);
        class->places = sim_alloc_array(class->place_count, sizeof(*class->places));
        for (uint32_t z = 0; z < class->place_count; z++) {
            spots[n] = (struct spot){ g, group->zone_count ? group->zones[z] : SIM_NO_GROUP - 1 };
            class->places[z] = n++;
        }
    }
}

/* Those that fit END, in TAKEN. */
static uint32_t take_spots(const struct spot *spots, uint32_t count, const struct sim_place *end,
                           uint32_t *taken)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (fits(end, spots[i]))
            taken[n++] = i;
    }
    return n;
}

/* From one spot to another, by rule R. */
static void lay_link(struct sim_world *world, const struct spot *spots, uint32_t from, uint32_t to,
                     uint32_t r)
{
    const char *message = world->plan->rules[r].message;
    uint64_t kinds[KINDS_MAX];

    if (!message) {
        world->links[from * (size_t)world->place_count + to] = r + 1;
        return;
    }
    uint32_t count = list_kinds(&world->classes[spots[from].group], message, true, kinds);
    for (uint32_t i = 0; i < count; i++)
        add_special(world, from, to, kinds[i], r + 1);
}

/* Rules one after the other, each only where it fits: ten thousand rules for a pair each cost no
 * more than the places they are looked up in. */
void build_links(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    world->link = make_link(world, &plan->link);
    if (plan->rule_count == 0)
        return;
    for (uint32_t g = 0; g < plan->group_count; g++)
        world->place_count += place_count_of(&plan->groups[g]);
    uint32_t n = world->place_count;
    struct spot *spots = sim_alloc_array(n, sizeof(*spots));
    uint32_t *from = sim_alloc_array(n, sizeof(*from)), *to = sim_alloc_array(n, sizeof(*to));
    make_spots(world, spots);
    world->kinds = sim_alloc_array((size_t)plan->rule_count + 1, sizeof(*world->kinds));
    world->kinds[0] = world->link;
    world->links = sim_alloc_array((size_t)n * n, sizeof(*world->links));
    for (uint32_t r = 0; r < plan->rule_count; r++) {
        const struct sim_link_rule *rule = &plan->rules[r];
        uint32_t from_count = take_spots(spots, n, &rule->from, from);
        uint32_t to_count = take_spots(spots, n, &rule->to, to);

        world->kinds[r + 1] = make_link(world, &rule->link);
        for (size_t i = 0; i < from_count; i++) {
            for (size_t k = 0; k < to_count; k++) {
                lay_link(world, spots, from[i], to[k], r);
                if (rule->both)
                    lay_link(world, spots, to[k], from[i], r);
            }
        }
    }
    sim_free(spots);
    sim_free(from);
    sim_free(to);
}

void finish_classes(struct sim_world *world)
{
    for (uint32_t g = 0; g < world->class_count; g++) {
        struct class *class = &world->classes[g];

        for (uint32_t m = 0; m < class->count; m++) {
            struct sim_seat *seat = seat_at(class, m);
            struct extra *extra = seat->extra;

            if (!extra)
                continue;
            disk_destroy(world, seat);
            if (extra->processor) {
                sim_free(extra->processor->queue.events);
                sim_free(extra->processor->stopped.events);
            }
            sim_free(extra->processor);
            sim_arena_destroy(extra->arena);
            sim_free(extra->held);
            sim_free(extra->acts);
            sim_free(extra->waiting.events);
            sim_free(extra->peer_timers);
            sim_free(extra->link_counts);
            sim_free(extra->call_counts);
            clock_destroy(extra);
            sim_free(extra->streams);
            sim_free(extra);
        }
        if (class->judge)
            sim_arena_destroy(class->judge->arena);
        sim_free(class->judge);
        sim_free(class->changed_params);
        sim_free(class->block);
        sim_free(class->all_timers);
        sim_free(class->chain_block);
        sim_free(class->watched);
        for (uint32_t i = 0; i < class->route_count; i++)
            sim_free(class->routes[i].uses);
        sim_free(class->routes);
        sim_free(class->places);
    }
    sim_free(world->classes);
    sim_free(world->links);
    sim_free(world->kinds);
    sim_free(world->specials);
}
