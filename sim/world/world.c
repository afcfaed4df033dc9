/* world.c - the run loop: takes the next event, sees whether its node can handle it now, runs the
 * handler. */
#include "sim/world/world.h"
#include "sim/world/branch.h"
#include "sim/world/luck.h"
#include "sim/world/network.h"
#include "sim/world/passage.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_AHEAD = 9 };

struct sim_seat *seat_of_node(const struct sim_world *world, uint32_t node)
{
    uint32_t low = 0, high = world->class_count;

    assert(node < world->node_count);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (world->classes[middle].first_node <= node)
            low = middle;
        else
            high = middle;
    }
    return seat_at(&world->classes[low], node - world->classes[low].first_node);
}

struct extra *seat_extra(struct sim_seat *seat)
{
    if (!seat->extra) {
        seat->extra = sim_alloc(sizeof(*seat->extra));
        seat->extra->slow = 1;
    }
    return seat->extra;
}

void stop_at_limit(struct sim_world *world, int64_t most, const char *limit)
{
    world->stopped = true;
    world->end = SIM_END_LIMIT;
    snprintf(world->limit, sizeof(world->limit), "%lld %s", (long long)most, limit);
}

void run_start(struct sim_world *world, struct sim_seat *seat, uint64_t cause)
{
    begin_event(world);
    fold(world, seat->class->start_hash, seat->node, 0, NULL, NULL, NULL);
    if (is_traced(world, SIM_HAPPENED_START))
        tell(world, SIM_HAPPENED_START, cause, seat->node, SIM_NO_GROUP, seat->class->model->name,
             NULL, NULL, NULL, NULL);
    seat->flags |= SEAT_STARTED;
    bool opens = !seat->extra || !seat->extra->disk || disk_opens(world, seat);
    if (opens && seat->class->model->start)
        seat->class->model->start(seat);
    end_event(world, seat);
}

/* -- events that can't be handled -------------------------------------------------------------- */

void free_event(struct sim_world *world, const struct sim_event *event)
{
    switch (event->type) {
    case EVENT_MESSAGE:
    case EVENT_REQUEST:
    case EVENT_REPLY:
    case EVENT_REFUSAL:
    case EVENT_LATER:
    case EVENT_SYNCED_THEN:
        free_packet(world, event->slot);
        break;
    case EVENT_TIMEOUT:
        close_call(world, event->slot, event->from);
        break;
    default:
        break;
    }
}

static const char *name_of_message(const struct sim_world *world, const struct sim_event *event)
{
    const struct sim_model *model = world->classes[event->class].model;
    const struct packet *packet;

    switch (event->type) {
    case EVENT_MESSAGE:
        return model->messages[event->what].name;
    case EVENT_REQUEST:
        packet = slab_at(&world->packets, event->slot);
        return model->serves[packet->service].interface->operations[packet->operation].name;
    case EVENT_REPLY: /* called as its request is */
        packet = slab_at(&world->packets, event->slot);
        model = seat_of_node(world, event->from)->class->model;
        return model->serves[packet->service].interface->operations[packet->operation].name;
    default:
        return "refusal";
    }
}

static void count_drop(struct sim_group_stats *stats, enum drop reason)
{
    switch (reason) {
    case DROP_PARTITION:
        stats->cut++;
        break;
    case DROP_DOWN:
        stats->to_down++;
        break;
    case DROP_QUEUE_FULL:
        stats->overflowed++;
        break;
    case DROP_CRASH:
        stats->crashed++;
        break;
    }
}

void drop_event(struct sim_world *world, const struct sim_event *event, enum drop reason)
{
    static const char *const reasons[] = {
        [DROP_PARTITION] = "partition",
        [DROP_DOWN] = "down",
        [DROP_QUEUE_FULL] = "queue full",
        [DROP_CRASH] = "crash",
    };

    if (event->type == EVENT_WORK) { /* the message went down with the worker */
        drop_event(world, slab_at(&world->works, event->slot), DROP_CRASH);
        slab_give(&world->works, event->slot);
        return;
    }
    uint32_t from = sender_of(world, event);

    if (from != SIM_NO_GROUP)
        count_drop(sender_stats(world, event), reason);
    if (from != SIM_NO_GROUP && is_traced(world, SIM_HAPPENED_DROP))
        tell(world, SIM_HAPPENED_DROP, event->sequence >> ACT_BITS,
             world->classes[event->class].first_node + event->index, from,
             name_of_message(world, event), reasons[reason], NULL, NULL, NULL);
    free_event(world, event);
}

enum sim_unsynced planned_unsynced(const struct sim_seat *seat)
{
    return (enum sim_unsynced)seat->class->plan->disk.unsynced;
}

void crash_seat(struct sim_world *world, struct sim_seat *seat, enum sim_unsynced unsynced)
{
    struct extra *extra = seat_extra(seat);

    forget_chains(world, seat); /* before the timeouts of its calls are dropped, which may wait */
    disk_crash(world, seat, unsynced);
    processor_crash(world, seat);
    stream_crash(world, seat);
    forget_acts(world, seat);
    while (extra->waiting.count > 0) {
        struct sim_event event = fifo_pop(&extra->waiting);

        drop_event(world, &event, DROP_CRASH);
    }
    extra->synced_waits = false;
    extra->paused = 0;
    clear_timers(seat);
    forget_memory(world, seat);
    judge_forget(seat);
    memset(seat_state(seat), 0, seat->class->model->state.size);
    seat->life++;
    seat->flags = (seat->flags & ~(uint32_t)SEAT_WAITS) | SEAT_DOWN;
}

/* -- the way of an event ----------------------------------------------------------------------- */

void run_event(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    switch (event->type) {
    case EVENT_MESSAGE:
        run_message(world, seat, event);
        break;
    case EVENT_TIMER:
    case EVENT_TIMER_PEER:
        run_timer(world, seat, event);
        break;
    case EVENT_REQUEST:
        run_request(world, seat, event);
        break;
    case EVENT_REPLY:
    case EVENT_REFUSAL:
    case EVENT_TIMEOUT:
        run_outcome(world, seat, event);
        break;
    case EVENT_LATER:
        run_later(world, seat, event);
        break;
    case EVENT_SYNCED:
        run_synced(world, seat, event);
        break;
    case EVENT_SYNCED_THEN:
        run_synced_then(world, seat, event);
        break;
    case EVENT_WORK:
        run_work(world, seat, event);
        break;
    case EVENT_COMMAND:
        take_command(world, seat, event);
        break;
    case EVENT_WAKE:
    case EVENT_PASSED:
        run_passage(world, seat, event);
        break;
    default:
        assert(event->type < EVENT_FAULT);
    }
}

void release_seat(struct sim_world *world, struct sim_seat *seat)
{
    struct extra *extra = seat->extra;

    if (seat->flags & (SEAT_DOWN | SEAT_PAUSED))
        return;
    if (extra->synced_waits) {
        extra->synced_waits = false;
        run_synced(world, seat, &extra->synced); /* comes back here */
        return;
    }
    while (extra->waiting.count > 0 && !(seat->flags & SEAT_WAITS) && !world->stopped) {
        struct sim_event event = fifo_pop(&extra->waiting);

        world->waited = true;
        world->came = event.time;
        if (!(seat->flags & SEAT_PROCESSOR) || !processor_takes(world, seat, &event))
            run_event(world, seat, &event);
        world->waited = false;
    }
    if ((seat->flags & SEAT_PROCESSOR) && !world->stopped)
        processor_takes_waiting(world, seat);
}

static inline __attribute__((always_inline)) void
hand_in(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct sim_event synced; /* with how it ended */
    if (event->type == EVENT_SYNCED || event->type == EVENT_SYNCED_THEN) {
        synced = *event;
        event = &synced;
        if (!sync_ends(world, seat, &synced))
            return;
    }
    if (seat->flags & SEAT_DOWN) {
        begin_event(world);
        drop_event(world, event, DROP_DOWN);
        return;
    }
    if (event->type == EVENT_SYNCED) {
        if (seat->flags & SEAT_PAUSED) {
            seat->extra->synced = *event;
            seat->extra->synced_waits = true;
        } else {
            run_synced(world, seat, event);
        }
        return;
    }
    if (seat->flags & SEAT_PAUSED) {
        fifo_push(&seat_extra(seat)->waiting, event);
        return;
    }
    if ((seat->flags & SEAT_PROCESSOR) && processor_takes(world, seat, event))
        return;
    if (seat->flags & SEAT_HELD)
        fifo_push(&seat_extra(seat)->waiting, event);
    else
        run_event(world, seat, event);
}

void deliver_event(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    hand_in(world, seat, event);
}

/* Whatever arrives at a node that is down, paused, held by its disk, or has a processor to queue
 * for, or was on its way when the network was cut. */
static void arrive(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    if (world->cuts_in_flight &&
        is_cut_in_flight(world, event->sequence, sender_of(world, event), seat->node)) {
        begin_event(world);
        drop_event(world, event, DROP_PARTITION);
        return;
    }
    hand_in(world, seat, event);
}

static inline __attribute__((always_inline)) void dispatch(struct sim_world *world,
                                                           const struct sim_event *event)
{
    struct class *class = &world->classes[event->class];
    struct sim_seat *seat = seat_at(class, event->index);

    switch (event->type) {
    case EVENT_MESSAGE:
        if ((seat->flags & (SEAT_WAITS | SEAT_PROCESSOR)) || world->cuts_in_flight > 0) {
            arrive(world, seat, event);
        } else if (event->slot != 0) {
            run_message(world, seat, event);
        } else {
            struct sim_message message;

            message.from = event->from;
            message.body = NULL;
            message.blob = NULL;
            deliver(world, class, seat, event, &message, NULL);
        }
        break;
    case EVENT_TIMER:
    case EVENT_TIMER_PEER:
        if (timer_is_stale(world, seat, event))
            return;
        if (!(seat->flags & SEAT_WAITS))
            run_timer(world, seat, event);
        else
            arrive(world, seat, event);
        break;
    case EVENT_FAULT:
        run_fault(world, event);
        break;
    case EVENT_HEAL:
        run_heal(world, event);
        break;
    case EVENT_SEGMENT:
        run_segment(world, event);
        break;
    case EVENT_DEADLINE:
        run_deadline(world, event);
        break;
    case EVENT_STEP:
        run_step(world, event);
        break;
    case EVENT_TURN:
        run_turn(world, event);
        break;
    case EVENT_HALT:
        run_halt(world, seat, event);
        break;
    default:
        arrive(world, seat, event);
    }
}

/* In its place: a function that does nothing else is left out as one without effect. */
static inline __attribute__((always_inline)) void prefetch(const struct sim_world *world)
{
    const struct sim_event *event = sim_queue_ahead(world->queue, LOOK_AHEAD);

    if (event) {
        const struct class *class = &world->classes[event->class];

        __builtin_prefetch(class->seats + event->index * class->stride, 1);
    }
}

/* The clock moves on to the event. Only events that are caused within the instant count against
 * its limit: a million nodes in step are no loop, a message that is answered at once for ever is.
 */
static inline __attribute__((always_inline)) bool reach(struct sim_world *world,
                                                        const struct sim_event *event)
{
    if (event->time != world->now) {
        world->now = event->time;
        world->same_instant = 0;
        world->instant = (world->event + 1) << ACT_BITS;
        return true;
    }
    if (event->sequence < world->instant ||
        ++world->same_instant <= (uint64_t)world->plan->limits.events_per_instant)
        return true;
    stop_at_limit(world, world->plan->limits.events_per_instant,
                  "events per instant (limits.events_per_instant)");
    return false;
}

static void start_all(struct sim_world *world)
{
    for (uint32_t g = 0; g < world->class_count; g++) {
        for (uint32_t m = 0; m < world->classes[g].started && !world->stopped; m++)
            run_start(world, seat_at(&world->classes[g], m), 0);
    }
    world->instant = (world->event + 1) << ACT_BITS; /* what they set off at 0 is no loop either */
}

static inline __attribute__((always_inline)) void take(struct sim_world *world, uint64_t most,
                                                       const struct sim_event *event)
{
    if (world->spread)
        prefetch(world);
    if (world->event >= most)
        stop_at_limit(world, world->plan->limits.events, "events (limits.events)");
    else if (reach(world, event))
        dispatch(world, event);
}

static __attribute__((noinline)) void run_until(struct sim_world *world, sim_time until)
{
    const uint64_t most = (uint64_t)world->plan->limits.events;
    struct sim_event event;

    while (!world->stopped && sim_queue_pop(world->queue, until, &event))
        take(world, most, &event);
}

/* The last instant before the luck changes, or of the run. */
static sim_time horizon(const struct sim_world *world)
{
    return world->branches && world->plan->branch.at <= world->plan->duration
               ? world->plan->branch.at - 1
               : world->plan->duration;
}

static void end_run(struct sim_world *world)
{
    if (!world->stopped) {
        world->end = sim_queue_count(world->queue) > 0 ? SIM_END_DURATION : SIM_END_QUIET;
        world->now = world->plan->duration;
    }
}

enum sim_end sim_world_run(struct sim_world *world)
{
    if (world->event == 0)
        start_all(world);
    if (horizon(world) < world->plan->duration) {
        run_until(world, horizon(world));
        branch_luck(world);
    }
    run_until(world, world->plan->duration);
    end_run(world);
    return world->end;
}

bool sim_world_run_to(struct sim_world *world, sim_time until)
{
    if (world->event == 0)
        start_all(world);
    run_until(world, until < horizon(world) ? until : horizon(world));
    return !world->stopped;
}

bool sim_world_step(struct sim_world *world)
{
    const uint64_t before = world->event, most = (uint64_t)world->plan->limits.events;
    struct sim_event event;

    if (world->event == 0)
        start_all(world);
    while (!world->stopped && world->event == before) {
        if (sim_queue_pop(world->queue, horizon(world), &event)) {
            take(world, most, &event);
        } else if (horizon(world) < world->plan->duration) {
            branch_luck(world);
        } else {
            end_run(world);
            return false;
        }
    }
    return world->event > before;
}

enum sim_end sim_world_end(const struct sim_world *world)
{
    return world->end;
}

/* -- made and asked ---------------------------------------------------------------------------- */

struct sim_world *sim_world_create(const struct sim_plan *plan, const struct sim_observer *observer)
{
    struct sim_world *world = sim_alloc(sizeof(*world));

    assert(plan->random_count == 0); /* they are drawn: see draw.h */
    world->plan = plan;
    world->seed = sim_plan_seed_at(plan, 0);
    world->branches = sim_plan_branches(plan) && plan->branch.at > 0;
    if (observer)
        world->observer = *observer;
    world->queue = sim_queue_create();
    world->blobs = sim_arena_create();
    slab_init(&world->packets, sizeof(struct packet));
    slab_init(&world->calls, sizeof(struct call));
    slab_init(&world->works, sizeof(struct sim_event));
    build_classes(world);
    init_passages(world);
    build_links(world);
    schedule_faults(world);
    build_triggers(world);
    world->tracing = world->observer.happening ? UINT32_MAX : world->heard;
    luck_build(world);
    world->plain_by_plan = !luck_of_messages(world) && !is_traced(world, SIM_HAPPENED_SEND) &&
                           !is_traced(world, SIM_HAPPENED_DROP) && !world->links &&
                           !world->link.loss && !world->link.duplicate && !world->link.rich;
    world->plain = world->plain_by_plan;
    return world;
}

void sim_world_destroy(struct sim_world *world)
{
    if (!world)
        return;
    finish_triggers(world);
    finish_faults(world);
    finish_network(world);
    luck_finish(world);
    finish_sieve(world);
    finish_classes(world);
    slab_finish(&world->packets);
    slab_finish(&world->calls);
    slab_finish(&world->works);
    slab_finish(&world->wholes);
    slab_finish(&world->passages);
    sim_arena_destroy(world->blobs);
    sim_free(world->made);
    sim_queue_destroy(world->queue);
    sim_free(world);
}

sim_time sim_world_time(const struct sim_world *world)
{
    return world->now;
}

uint64_t sim_world_events(const struct sim_world *world)
{
    return world->event;
}

uint64_t sim_world_pending(const struct sim_world *world)
{
    return sim_queue_count(world->queue);
}

size_t sim_world_queue_bytes(const struct sim_world *world)
{
    return sim_queue_bytes(world->queue);
}

const char *sim_world_limit(const struct sim_world *world)
{
    return world->end == SIM_END_LIMIT ? world->limit : NULL;
}

struct sim_digest sim_world_digest(const struct sim_world *world)
{
    return world->digest;
}

void sim_world_digest_off(struct sim_world *world)
{
    world->digest_off = true;
}

uint32_t sim_world_nodes(const struct sim_world *world)
{
    return world->node_count;
}

uint32_t sim_world_node_group(const struct sim_world *world, uint32_t node)
{
    return seat_of_node(world, node)->class->index;
}

const char *sim_world_node_name(const struct sim_world *world, uint32_t node, char text[64])
{
    const struct sim_seat *seat = seat_of_node(world, node);

    snprintf(text, 64, "%.50s-%u", seat->class->plan->name, seat->member);
    return text;
}

const struct sim_group_stats *sim_world_group_stats(const struct sim_world *world, uint32_t group)
{
    assert(group < world->class_count);
    return &world->classes[group].stats;
}

uint32_t sim_world_routes(const struct sim_world *world, uint32_t group)
{
    return world->classes[group].route_count;
}

const char *sim_world_route(const struct sim_world *world, uint32_t group, uint32_t route,
                            struct sim_route_stats *stats)
{
    assert(route < world->classes[group].route_count);
    *stats = world->classes[group].routes[route].stats;
    return world->classes[group].routes[route].name;
}

const uint64_t *sim_world_reached(const struct sim_world *world, uint32_t group)
{
    assert(group < world->class_count);
    return world->classes[group].reached;
}

const void *sim_world_state(const struct sim_world *world, uint32_t node)
{
    return seat_of_node(world, node) + 1;
}

/* -- what models read -------------------------------------------------------------------------- */

sim_time sim_now(const struct sim_seat *me)
{
    return clock_read(me, me->class->world->now);
}

uint32_t sim_self(const struct sim_seat *me)
{
    return me->member;
}

uint32_t sim_node(const struct sim_seat *me)
{
    return me->node;
}

uint32_t sim_members(const struct sim_seat *me)
{
    return me->class->count;
}

uint32_t sim_targets_of(const struct sim_seat *me, unsigned route)
{
    assert(route < me->class->route_count);
    return me->class->routes[route].target->count;
}

uint32_t sim_targets(const struct sim_seat *me)
{
    return me->class->route_count > 0 ? sim_targets_of(me, 0) : 0;
}

bool sim_target_is_near(const struct sim_seat *me, unsigned route, uint32_t to)
{
    const struct sim_group_plan *own = me->class->plan, *other;

    assert(to < sim_targets_of(me, route));
    other = me->class->routes[route].target->plan;
    return own->zone_count > 0 && other->zone_count > 0 &&
           own->zones[me->member % own->zone_count] == other->zones[to % other->zone_count];
}

const void *sim_params(const struct sim_seat *me)
{
    return me->class->params;
}

void *sim_state(struct sim_seat *me)
{
    return seat_state(me);
}

bool sim_bug(const struct sim_seat *me, unsigned bug)
{
    assert(bug < SIM_BUGS_MAX);
    return me->class->plan->bugs >> bug & 1;
}
