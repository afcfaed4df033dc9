/* fault.c - harm on schedule: crashes, pauses, slowness, partitions.
 *
 * When and whom a fault hits is drawn from streams of its own, one sub-stream per firing, so the
 * schedule is the same in every variant; what `where:` resolves to may differ. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

#define NO_LIFE UINT32_MAX

const char *const sim_fault_kind_names[] = { "crash", "restart",   "pause",      "resume",
                                             "slow",  "partition", "power_loss", NULL };
_Static_assert(sizeof(sim_fault_kind_names) / sizeof(sim_fault_kind_names[0]) ==
                   SIM_FAULT_KINDS + 1,
               "a name for each kind");

/* By label where there is one, so that adding a fault leaves the draws of the others alone; faults
 * that share a label are told apart by their order. */
static void make_keys(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;
    uint64_t *labels = sim_alloc_array(plan->fault_count, sizeof(*labels)), unnamed = 0;

    world->fault_keys = sim_alloc_array(plan->fault_count, sizeof(*world->fault_keys));
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const char *label = plan->faults[i].label;
        uint64_t nth = 0;

        labels[i] = sim_mix(sim_hash_text("fault"), label ? sim_hash_text(label) : 0);
        if (!label)
            nth = unnamed++;
        for (uint32_t k = 0; label && k < i; k++)
            nth += labels[k] == labels[i];
        world->fault_keys[i] = sim_mix(labels[i], nth);
    }
    sim_free(labels);
}

static void push_fault(struct sim_world *world, enum event_type type, uint32_t slot, sim_time time)
{
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = time,
                                     .sequence = next_sequence(world),
                                     .slot = slot,
                                     .type = (uint8_t)type,
                                 });
}

static void schedule_next(struct sim_world *world, uint32_t index, sim_time from)
{
    const struct sim_fault_plan *fault = &world->plan->faults[index];
    struct sim_stream *gaps = &world->fault_gaps[index];

    if (!sim_stream_is_seeded(gaps))
        sim_stream_seed(gaps, world->plan->seed, sim_hash_text("fault interval"),
                        world->fault_keys[index]);
    sim_time gap = sim_distribution_sample(fault->every, sim_stream_next(gaps));
    if (gap < 1)
        gap = 1; /* twice in one instant would be a loop without end */
    if (from + gap <= fault->to)
        push_fault(world, EVENT_FAULT, index, from + gap);
}

void schedule_faults(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    world->fault_fired = sim_alloc_array(plan->fault_count, sizeof(*world->fault_fired));
    world->fault_gaps = sim_alloc_array(plan->fault_count, sizeof(*world->fault_gaps));
    world->taken = sim_alloc(world->node_count);
    world->candidates = sim_alloc_array(world->node_count, sizeof(*world->candidates));
    make_keys(world);
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (plan->faults[i].every)
            schedule_next(world, i, plan->faults[i].from);
        else
            push_fault(world, EVENT_FAULT, i, plan->faults[i].at);
    }
}

static void free_active(struct active *active)
{
    sim_free(active->nodes);
    sim_free(active->lives);
    sim_free(active->sides);
}

void finish_faults(struct sim_world *world)
{
    for (size_t i = 0; i < world->active_count; i++)
        free_active(&world->active[i]);
    sim_free(world->active);
    sim_free(world->fault_fired);
    sim_free(world->fault_keys);
    sim_free(world->fault_gaps);
    sim_free(world->taken);
    sim_free(world->candidates);
}

/* -- process faults ---------------------------------------------------------------------------- */

/* The place of NODE among those that ACTIVE hits; node_count if it is not among them. */
static uint32_t place_of(const struct active *active, uint32_t node)
{
    uint32_t low = 0, high = active->node_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (active->nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < active->node_count && active->nodes[low] == node ? low : active->node_count;
}

static bool is_crash(enum sim_fault_kind kind)
{
    return kind == SIM_FAULT_CRASH || kind == SIM_FAULT_POWER_LOSS;
}

/* A node that several crashes hit stays down until the last of them is over. */
static bool is_kept_down(const struct sim_world *world, const struct sim_seat *seat)
{
    for (size_t k = 0; k < world->active_count; k++) {
        const struct active *active = &world->active[k];

        if (!active->open || !is_crash(world->plan->faults[active->fault].kind))
            continue;
        uint32_t place = place_of(active, seat->node);
        if (place < active->node_count && active->lives[place] == seat->life)
            return true;
    }
    return false;
}

/* Restarted nodes are all up before the first of them runs. HEALS: only what ACTIVE holds down. */
static void restart_nodes(struct sim_world *world, const struct active *active, bool heals)
{
    uint32_t *nodes = sim_alloc_array(active->node_count, sizeof(*nodes)), count = 0;

    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (!(seat->flags & SEAT_DOWN))
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

static void crash_nodes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (!(seat->flags & SEAT_DOWN))
            crash_seat(world, seat);
        active->lives[i] = seat->life;
    }
}

static void end_pause(struct sim_world *world, struct sim_seat *seat)
{
    seat->extra->paused = 0;
    seat->flags &= ~(uint32_t)SEAT_PAUSED;
    release_seat(world, seat);
}

static void unpause(struct sim_world *world, const struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

        if (seat->life == active->lives[i] && --seat->extra->paused == 0)
            end_pause(world, seat);
    }
}

/* Ends every pause of these nodes: none of the faults that began them holds them any more. */
static void resume_nodes(struct sim_world *world, const struct active *resumed)
{
    for (uint32_t i = 0; i < resumed->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, resumed->nodes[i]);

        for (size_t k = 0; k < world->active_count; k++) {
            struct active *active = &world->active[k];

            if (!active->open || world->plan->faults[active->fault].kind != SIM_FAULT_PAUSE)
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
}

/* Slownesses multiply; computed anew, so that ending one leaves no rounding behind. */
static void slow_nodes(struct sim_world *world, const struct active *changed)
{
    for (uint32_t i = 0; i < changed->node_count; i++) {
        struct extra *extra = seat_extra(seat_of_node(world, changed->nodes[i]));

        extra->slow = 1;
        for (size_t k = 0; k < world->active_count; k++) {
            const struct active *active = &world->active[k];
            const struct sim_fault_plan *fault = &world->plan->faults[active->fault];

            if (!active->open || fault->kind != SIM_FAULT_SLOW)
                continue;
            if (place_of(active, changed->nodes[i]) < active->node_count)
                extra->slow *= fault->factor;
        }
    }
}

/* -- a fault begins and ends ------------------------------------------------------------------- */

static bool is_crash_of(const struct sim_seat *seat, uint32_t life)
{
    return (seat->flags & SEAT_DOWN) && seat->life == life;
}

static bool is_pause_of(const struct sim_seat *seat, uint32_t life)
{
    return (seat->flags & SEAT_PAUSED) && seat->life == life;
}

/* Whether a fault that begins now changes anything for the nodes that it selected. */
static bool hits_somebody(const struct sim_world *world, const struct active *active)
{
    enum sim_fault_kind kind = world->plan->faults[active->fault].kind;

    for (uint32_t i = 0; i < active->node_count; i++) {
        uint32_t flags = seat_of_node(world, active->nodes[i])->flags;
        bool hit = true;

        if (kind == SIM_FAULT_PARTITION)
            hit = active->sides[active->nodes[i]] != active->sides[active->nodes[0]];
        else if (kind == SIM_FAULT_RESTART)
            hit = flags & SEAT_DOWN;
        else if (kind == SIM_FAULT_PAUSE)
            hit = !(flags & SEAT_DOWN);
        else if (kind == SIM_FAULT_RESUME)
            hit = flags & SEAT_PAUSED;
        if (hit)
            return true;
    }
    return false;
}

static uint32_t open_active(struct sim_world *world, uint32_t fault)
{
    uint32_t i = 0, count = 0;

    while (i < world->active_count && (world->active[i].open || world->active[i].in_flight))
        i++;
    if (i == world->active_count) {
        world->active =
            sim_grow(world->active, &world->active_capacity, i + 1, sizeof(*world->active));
        world->active_count++;
    } else {
        free_active(&world->active[i]);
    }
    struct active *active = &world->active[i];
    for (uint32_t node = 0; node < world->node_count; node++)
        count += world->taken[node] != 0;
    *active = (struct active){
        .fault = fault, .node_count = count, .open = true, .sequence = world->sequence
    };
    active->nodes = sim_alloc_array(count, sizeof(*active->nodes));
    active->lives = sim_alloc_array(count, sizeof(*active->lives));
    count = 0;
    for (uint32_t node = 0; node < world->node_count; node++) {
        if (world->taken[node] != 0)
            active->nodes[count++] = node;
    }
    if (world->plan->faults[fault].kind == SIM_FAULT_PARTITION) {
        active->cuts = true;
        active->in_flight = world->plan->faults[fault].cut_in_flight;
        active->arrived = world->now + world->latency_most;
        active->sides = sim_alloc(world->node_count);
        memcpy(active->sides, world->taken, world->node_count);
        world->cuts++;
        world->cuts_in_flight += active->in_flight;
    }
    active->hits = hits_somebody(world, active);
    return i;
}

/* Neither label nor place in the plan: written out as a list, random faults are the same. */
static void fold_fault(struct sim_world *world, const struct active *active,
                       enum sim_happening_kind kind)
{
    const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
    uint64_t what = sim_mix(sim_hash_text(sim_happening_kind_names[kind]),
                            sim_hash_text(sim_fault_kind_names[fault->kind]));

    fold(world, what, active->node_count, 0, NULL, NULL, NULL);
    for (uint32_t i = 0; i < active->node_count; i++)
        fold(world, what, active->nodes[i], active->sides ? active->sides[active->nodes[i]] : 1,
             NULL, NULL, NULL);
}

static void trace_fault(struct sim_world *world, const struct active *active,
                        enum sim_happening_kind kind, uint64_t cause)
{
    static const struct sim_record side_record = { "side", "side", 1 };
    static const struct sim_record nobody_record = { "nobody", "nodes", 1 };
    const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
    int64_t word = 0;

    if (!active->hits) {
        tell(world, kind, cause, SIM_NO_GROUP, SIM_NO_GROUP, sim_fault_kind_names[fault->kind],
             fault->label, &nobody_record, &word, NULL);
        return;
    }
    for (uint32_t i = 0; i < active->node_count; i++) {
        if (active->sides)
            word = active->sides[active->nodes[i]];
        tell(world, kind, cause, active->nodes[i], SIM_NO_GROUP, sim_fault_kind_names[fault->kind],
             fault->label, active->sides ? &side_record : NULL, &word, NULL);
    }
}

/* A fault that hits nobody opens no window: nothing that happens meanwhile is its doing. */
static void tell_fault(struct sim_world *world, const struct active *active,
                       enum sim_happening_kind kind, uint64_t cause)
{
    const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
    bool begins = kind == SIM_HAPPENED_FAULT;

    if (world->tracing)
        trace_fault(world, active, kind, cause);
    if (world->observer.fault)
        world->observer.fault(world->observer.context, world->now, active->fault, active->nodes,
                              active->hits ? active->node_count : 0, begins);
    if (active->hits && fault->label && world->observer.window)
        world->observer.window(world->observer.context, world->now, active->fault, begins);
}

/* Tells the end of crashes and pauses that no node feels any more: a restart, a resume or a crash
 * was before it. The digest has the end at the time that the plan gives it. */
static void tell_ends(struct sim_world *world, uint64_t cause)
{
    for (size_t k = 0; k < world->active_count; k++) {
        struct active *active = &world->active[k];
        const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
        bool crash = is_crash(fault->kind), felt = false;

        if (!active->open || active->over || !active->hits ||
            (!crash && fault->kind != SIM_FAULT_PAUSE))
            continue;
        for (uint32_t i = 0; i < active->node_count && !felt; i++) {
            const struct sim_seat *seat = seat_of_node(world, active->nodes[i]);

            felt =
                crash ? is_crash_of(seat, active->lives[i]) : is_pause_of(seat, active->lives[i]);
        }
        if (felt)
            continue;
        tell_fault(world, active, SIM_HAPPENED_HEAL, cause);
        active->over = true;
        active->open = fault->duration != NULL; /* else nothing comes to close it */
    }
}

static void close_active(struct sim_world *world, uint32_t index, uint64_t cause)
{
    struct active *active = &world->active[index];

    active->open = false;
    world->cuts -= active->cuts;
    fold_fault(world, active, SIM_HAPPENED_HEAL);
    if (!active->over)
        tell_fault(world, active, SIM_HAPPENED_HEAL, cause);
    struct active closed = *active;
    switch (world->plan->faults[closed.fault].kind) {
    case SIM_FAULT_CRASH:
    case SIM_FAULT_POWER_LOSS:
        restart_nodes(world, &closed, true);
        break;
    case SIM_FAULT_PAUSE:
        unpause(world, &closed);
        break;
    case SIM_FAULT_SLOW:
        slow_nodes(world, &closed);
        break;
    default:
        break;
    }
}

static bool is_instant(enum sim_fault_kind kind)
{
    return kind == SIM_FAULT_RESTART || kind == SIM_FAULT_RESUME;
}

void run_fault(struct sim_world *world, const struct sim_event *event)
{
    uint32_t index = event->slot;
    const struct sim_fault_plan *fault = &world->plan->faults[index];
    struct sim_stream luck = { 0, 0 };

    begin_event(world);
    uint64_t id = world->event;
    sim_stream_seed(&luck, world->plan->seed, world->fault_keys[index],
                    ++world->fault_fired[index]);
    uint64_t length = sim_stream_next(&luck);
    select_sides(world, fault, &luck);
    uint32_t i = open_active(world, index);
    fold_fault(world, &world->active[i], SIM_HAPPENED_FAULT);
    tell_fault(world, &world->active[i], SIM_HAPPENED_FAULT, 0);
    if (fault->every)
        schedule_next(world, index, world->now);
    if (fault->duration) {
        sim_time span = sim_distribution_sample(fault->duration, length);

        push_fault(world, EVENT_HEAL, i, world->now + (span > 0 ? span : 0));
    }
    struct active active = world->active[i];
    switch (fault->kind) {
    case SIM_FAULT_CRASH:
    case SIM_FAULT_POWER_LOSS:
        crash_nodes(world, &active);
        break;
    case SIM_FAULT_RESTART:
        restart_nodes(world, &active, false);
        break;
    case SIM_FAULT_PAUSE:
        pause_nodes(world, &active);
        break;
    case SIM_FAULT_RESUME:
        resume_nodes(world, &active);
        break;
    case SIM_FAULT_SLOW:
        slow_nodes(world, &active);
        break;
    case SIM_FAULT_PARTITION:
    case SIM_FAULT_KINDS:
        break;
    }
    if (is_instant(fault->kind)) { /* by now other events may have run: its end is one of its own */
        begin_event(world);
        tell_ends(world, id);
        close_active(world, i, id);
    } else {
        tell_ends(world, id);
    }
}

void run_heal(struct sim_world *world, const struct sim_event *event)
{
    assert(world->active[event->slot].open);
    begin_event(world);
    close_active(world, event->slot, event->sequence >> ACT_BITS);
}
