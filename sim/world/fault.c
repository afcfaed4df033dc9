/* fault.c - harm on schedule: when a fault begins and ends, and whom it hits.
 *
 * When and whom a fault hits is drawn from streams of its own, one sub-stream per firing, so the
 * schedule is the same in every variant; what `where:` resolves to may differ. */
#include "sim/world/fault.h"
#include "sim/world/branch.h"

#include <assert.h>
#include <string.h>

static bool follows(const struct sim_plan *plan, uint32_t fault)
{
    return fault < plan->fault_count && plan->faults[fault].when.kind == SIM_TRIGGER_FOLLOWS;
}

/* By label where there is one, so that adding a fault leaves the draws of the others alone; faults
 * that share a label are told apart by their order. What follows a fault is named after it. */
static void make_keys(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;
    uint64_t *labels = sim_alloc_array(plan->fault_count, sizeof(*labels)), unnamed = 0;

    world->fault_keys = sim_alloc_array(plan->fault_count, sizeof(*world->fault_keys));
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const char *label = plan->faults[i].label;
        uint64_t nth = 0;

        if (plan->faults[i].luck != 0) { /* it has a key of its own */
            world->fault_keys[i] = (uint64_t)plan->faults[i].luck;
            continue;
        }
        labels[i] = sim_mix(sim_hash_text("fault"), label ? sim_hash_text(label) : 0);
        if (!label && follows(plan, i)) {
            world->fault_keys[i] = sim_mix(world->fault_keys[i - 1], sim_hash_text("then"));
            continue;
        }
        if (!label)
            nth = unnamed++;
        for (uint32_t k = 0; label && k < i; k++)
            nth += labels[k] == labels[i];
        world->fault_keys[i] = sim_mix(labels[i], nth);
    }
    sim_free(labels);
}

static void push_fault(struct sim_world *world, uint32_t fault, uint32_t firing, sim_time time)
{
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = time,
                                     .sequence = fault_sequence(world, fault),
                                     .from = firing,
                                     .slot = fault,
                                     .type = EVENT_FAULT,
                                 });
}

static void push_heal(struct sim_world *world, uint32_t active, sim_time time)
{
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = time,
                                     .sequence = next_sequence(world),
                                     .slot = active,
                                     .type = EVENT_HEAL,
                                 });
}

static struct sim_stream *gaps_of(struct sim_world *world, uint32_t index)
{
    struct sim_stream *gaps = &world->fault_intervals[index].gaps;

    if (!sim_stream_is_seeded(gaps))
        sim_stream_seed(gaps, world->seed, sim_hash_text("fault interval"),
                        world->fault_keys[index]);
    return gaps;
}

static void schedule_next(struct sim_world *world, uint32_t index, sim_time from)
{
    const struct sim_fault_plan *fault = &world->plan->faults[index];
    struct fault_interval *interval = &world->fault_intervals[index];
    sim_time gap = sim_distribution_sample(fault->every, sim_stream_next(gaps_of(world, index)));

    if (gap < 1)
        gap = 1; /* twice in one instant would be a loop without end */
    interval->from = from;
    interval->due = from + gap;
    if (interval->due <= fault->to)
        push_fault(world, index, 0, interval->due);
}

/* What strikes next was drawn before the branch: as far as it is behind it, anew. */
static void branch_interval(struct sim_world *world, uint32_t index)
{
    const struct sim_fault_plan *fault = &world->plan->faults[index];
    struct fault_interval *interval = &world->fault_intervals[index];
    const sim_time before = interval->due;

    interval->gaps = (struct sim_stream){ 0, 0 };
    interval->due = interval->from + gap_behind(fault->every, gaps_of(world, index),
                                                world->plan->branch.at - interval->from,
                                                before - interval->from);
    if (interval->due != before && interval->due <= fault->to)
        push_fault(world, index, 0, interval->due);
}

void branch_faults(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->plan->fault_count; i++) {
        if (world->plan->faults[i].every)
            branch_interval(world, i);
    }
    for (size_t i = 0; i < world->active_count; i++) { /* a crash loop goes on drawing from it */
        if (world->active[i].open)
            world->active[i].luck = sim_mix(world->active[i].luck, world->seed);
    }
}

void schedule_faults(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    world->fault_fired = sim_alloc_array(plan->fault_count, sizeof(*world->fault_fired));
    world->fault_intervals = sim_alloc_array(plan->fault_count, sizeof(*world->fault_intervals));
    world->fault_set_off = sim_alloc_array(plan->fault_count, sizeof(*world->fault_set_off));
    slab_init(&world->firings, sizeof(struct firing));
    world->taken = sim_alloc(world->node_count);
    world->candidates = sim_alloc_array(world->node_count, sizeof(*world->candidates));
    make_keys(world);
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (plan->faults[i].every)
            schedule_next(world, i, plan->faults[i].from);
        else if (plan->faults[i].turn > 0)
            schedule_turn(world, i);
        else if (plan->faults[i].when.kind == SIM_TRIGGER_NONE)
            push_fault(world, i, 0, plan->faults[i].at);
    }
}

/* Counts those that are set off, so that each has a delay of its own, drawn or not. */
void push_firing(struct sim_world *world, uint32_t fault, const struct firing *firing,
                 const struct active *active)
{
    const struct sim_distribution *delay = world->plan->faults[fault].when.delay;
    uint64_t number = ++world->fault_set_off[fault];
    uint32_t slot = slab_take(&world->firings);
    struct firing *kept = slab_at(&world->firings, slot);
    sim_time span = 0;

    *kept = *firing;
    kept->hit_count = active && active->hits ? active->node_count : 0;
    kept->hit = sim_alloc_array(kept->hit_count, sizeof(*kept->hit));
    if (kept->hit_count > 0)
        memcpy(kept->hit, active->nodes, kept->hit_count * sizeof(*kept->hit));
    if (delay) {
        struct sim_stream luck = { 0, 0 };

        sim_stream_seed(&luck, world->seed,
                        sim_mix(world->fault_keys[fault], sim_hash_text("delay")), number);
        span = sim_distribution_sample(delay, sim_stream_next(&luck));
    }
    push_fault(world, fault, slot, world->now + (span > 0 ? span : 0));
}

/* Those that still waited when the run ended. */
static void finish_firings(struct sim_world *world)
{
    for (uint32_t slot = 1; slot < world->firings.used; slot++)
        sim_free(((struct firing *)slab_at(&world->firings, slot))->hit);
    slab_finish(&world->firings);
}

static struct firing take_firing(struct sim_world *world, uint32_t slot)
{
    static const struct firing nobody = { SIM_NO_GROUP, SIM_NO_GROUP, SIM_NO_GROUP, NULL, 0 };
    struct firing *kept, taken = nobody;

    if (slot != 0) {
        kept = slab_at(&world->firings, slot);
        taken = *kept;
        kept->hit = NULL;
        slab_give(&world->firings, slot);
    }
    return taken;
}

static void free_active(struct active *active)
{
    sim_free(active->nodes);
    sim_free(active->lives);
    sim_free(active->turns);
    sim_free(active->sides);
}

void finish_faults(struct sim_world *world)
{
    for (size_t i = 0; i < world->active_count; i++)
        free_active(&world->active[i]);
    sim_free(world->active);
    finish_rules(world);
    finish_firings(world);
    sim_free(world->fault_set_off);
    sim_free(world->cut_slots);
    sim_free(world->flight_slots);
    sim_free(world->fault_fired);
    sim_free(world->fault_keys);
    sim_free(world->fault_intervals);
    sim_free(world->taken);
    sim_free(world->candidates);
}

/* -- a fault begins and ends ------------------------------------------------------------------- */

uint32_t place_in(const uint32_t *nodes, uint32_t count, uint32_t node)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && nodes[low] == node ? low : count;
}

/* Whether a fault that begins now changes anything for the nodes that it selected. */
static bool hits_somebody(const struct sim_world *world, const struct active *active)
{
    const struct sim_fault_kind *kind = kind_of(world, active);
    bool hit = false;

    for (uint32_t i = 0; i < active->node_count && !hit; i++)
        hit = kind->hits == NULL || kind->hits(world, active, i);
    return hit;
}

void free_slot(struct sim_world *world, const struct active *active)
{
    size_t slot = (size_t)(active - world->active);

    if (slot < world->active_from && !active->open && !active->in_flight)
        world->active_from = slot;
}

static uint32_t open_active(struct sim_world *world, uint32_t fault)
{
    uint32_t i = (uint32_t)world->active_from, count = 0;

    while (i < world->active_count && (world->active[i].open || world->active[i].in_flight))
        i++;
    if (i == world->active_count) {
        world->active =
            sim_grow(world->active, &world->active_capacity, i + 1, sizeof(*world->active));
        world->active_count++;
    } else {
        free_active(&world->active[i]);
    }
    world->active_from = i + 1;
    struct active *active = &world->active[i];
    const uint32_t nodes = world->node_count;
    for (uint32_t n = next_marked(world->taken, nodes, 0); n < nodes;
         n = next_marked(world->taken, nodes, n + 1))
        count++;
    *active = (struct active){
        .fault = fault,
        .firing = world->fault_fired[fault],
        .node_count = count,
        .open = true,
        .sequence = world->sequence,
    };
    active->stamp = ++world->stamps;
    active->nodes = sim_alloc_array(count, sizeof(*active->nodes));
    active->lives = sim_alloc_array(count, sizeof(*active->lives));
    count = 0;
    for (uint32_t n = next_marked(world->taken, nodes, 0); n < nodes;
         n = next_marked(world->taken, nodes, n + 1))
        active->nodes[count++] = n;
    if (kind_of(world, active)->target != SIM_TARGET_NODES) {
        active->sides = sim_alloc(world->node_count);
        memcpy(active->sides, world->taken, world->node_count);
    }
    active->hits = hits_somebody(world, active);
    world->felt += kind_of(world, active)->felt != NULL;
    return i;
}

/* Neither label nor place in the plan: written out as a list, random faults are the same. */
static void fold_fault(struct sim_world *world, const struct active *active,
                       enum sim_happening_kind kind)
{
    const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
    uint64_t what =
        sim_mix(sim_hash_text(sim_happening_kind_names[kind]), sim_hash_text(fault->kind->name));

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
        tell(world, kind, cause, SIM_NO_GROUP, SIM_NO_GROUP, fault->kind->name, fault->label,
             &nobody_record, &word, NULL);
        return;
    }
    for (uint32_t i = 0; i < active->node_count; i++) {
        if (active->sides)
            word = active->sides[active->nodes[i]];
        tell(world, kind, cause, active->nodes[i], SIM_NO_GROUP, fault->kind->name, fault->label,
             active->sides ? &side_record : NULL, &word, NULL);
    }
}

/* A fault that hits nobody opens no window: nothing that happens meanwhile is its doing. */
static void tell_fault(struct sim_world *world, const struct active *active,
                       enum sim_happening_kind kind, uint64_t cause)
{
    const struct sim_fault_plan *fault = &world->plan->faults[active->fault];
    bool begins = kind != SIM_HAPPENED_HEAL;

    if (is_traced(world, kind) && (begins || !fault->kind->action))
        trace_fault(world, active, kind, cause);
    if (world->observer.fault)
        world->observer.fault(world->observer.context, world->now, active->fault, active->nodes,
                              active->hits ? active->node_count : 0, begins);
    if (active->hits && fault->label && world->observer.window)
        world->observer.window(world->observer.context, world->now, active->fault, begins);
    if (world->triggers)
        hear_fault(world, active, begins);
}

/* What it would take to write this strike down as a fault of its own. LENGTH: SIM_TIME_NEVER if
 * nothing ends it. */
static void tell_struck(struct sim_world *world, const struct active *active,
                        const struct sim_event *event, sim_time length)
{
    if (world->observer.struck)
        world->observer.struck(world->observer.context,
                               &(struct sim_struck){ .time = world->now,
                                                     .fault = active->fault,
                                                     .nodes = active->nodes,
                                                     .count = active->node_count,
                                                     .sides = active->sides,
                                                     .length = length,
                                                     .turn = turn_of(event->sequence),
                                                     .luck = firing_key(world, active) });
}

static bool is_felt(const struct sim_world *world, const struct active *active)
{
    const struct sim_fault_kind *kind = kind_of(world, active);

    for (uint32_t i = 0; i < active->node_count; i++)
        if (kind->felt(world, active, i))
            return true;
    return false;
}

static void shut_active(struct sim_world *world, struct active *active)
{
    active->open = false;
    world->felt -= kind_of(world, active)->felt != NULL;
    free_slot(world, active);
}

/* Tells the end of crashes and pauses that no node feels any more: a restart, a resume or a crash
 * was before it. The digest has the end at the time that the plan gives it. */
static void tell_ends(struct sim_world *world, uint64_t cause)
{
    uint32_t left = world->felt;

    for (size_t k = 0; left > 0; k++) {
        struct active *active = &world->active[k];

        if (!active->open || !kind_of(world, active)->felt)
            continue;
        left--;
        if (active->over || !active->hits || is_felt(world, active))
            continue;
        tell_fault(world, active, SIM_HAPPENED_HEAL, cause);
        active->over = true;
        if (!plan_of(world, active)->duration) /* nothing comes to close it */
            shut_active(world, active);
    }
}

void close_active(struct sim_world *world, uint32_t index, uint64_t cause)
{
    struct active *active = &world->active[index];
    const struct sim_fault_kind *kind = kind_of(world, active);

    shut_active(world, active);
    if (!kind->action)
        fold_fault(world, active, SIM_HAPPENED_HEAL);
    world->sets_off_first = true;
    if (!active->over)
        tell_fault(world, active, SIM_HAPPENED_HEAL, cause);
    world->sets_off_first = false;
    if (kind->end)
        kind->end(world, active);
}

void run_fault(struct sim_world *world, const struct sim_event *event)
{
    uint32_t index = event->slot;
    const struct sim_fault_plan *fault = &world->plan->faults[index];
    const enum sim_happening_kind begins =
        fault->kind->action ? SIM_HAPPENED_ACTION : SIM_HAPPENED_FAULT;
    struct sim_stream luck = { 0, 0 };

    if (fault->every && event->time != world->fault_intervals[index].due)
        return; /* a branch drew another time */
    struct firing firing = take_firing(world, event->from);
    if (is_settled(world, fault->kind)) {
        sim_free(firing.hit);
        return;
    }
    begin_event(world);
    uint64_t id = world->event;
    world->firing = &firing;
    sim_stream_seed(&luck, world->seed, world->fault_keys[index], ++world->fault_fired[index]);
    uint64_t length = sim_stream_next(&luck);
    select_sides(world, fault, &luck);
    uint32_t i = open_active(world, index);
    fold_fault(world, &world->active[i], begins);
    world->firing = NULL;
    sim_free(firing.hit);
    firing.hit = NULL;
    world->sets_off_first = true;
    tell_fault(world, &world->active[i], begins,
               event->from != 0 ? (turn_of(event->sequence) + 1) / 2 : 0);
    if (follows(world->plan, index + 1))
        push_firing(world, index + 1, &firing, &world->active[i]);
    if (fault->every)
        schedule_next(world, index, world->now);
    world->sets_off_first = false;
    sim_time span = SIM_TIME_NEVER;
    if (fault->duration) {
        span = sim_distribution_sample(fault->duration, length);
        span = span > 0 ? span : 0;
        push_heal(world, i, world->now + span);
    }
    tell_struck(world, &world->active[i], event, span);
    if (fault->kind->begin)
        fault->kind->begin(world, &world->active[i]);
    if (fault->kind->instant) { /* by now other events may have run: its end is one of its own */
        begin_event(world);
        tell_ends(world, id);
        close_active(world, i, id);
    } else {
        tell_ends(world, id);
    }
}

void run_heal(struct sim_world *world, const struct sim_event *event)
{
    if (world->plan->settle.at > 0 && world->now >= world->plan->settle.at)
        return; /* it is over, or stays */
    assert(world->active[event->slot].open);
    begin_event(world);
    close_active(world, event->slot, event->sequence >> ACT_BITS);
}

/* -- faults of several turns ------------------------------------------------------------------- */

void push_step(struct sim_world *world, const struct active *active, struct sim_seat *seat,
               sim_time after)
{
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now + (after > 0 ? after : 0),
                                     .sequence = next_sequence(world),
                                     .index = seat ? seat->member : 0,
                                     .from = active->stamp,
                                     .slot = (uint32_t)(active - world->active),
                                     .class = (uint16_t)(seat ? seat->class->index : 0),
                                     .type = EVENT_STEP,
                                 });
}

void strike_again(struct sim_world *world, const struct active *active, uint32_t node)
{
    const struct sim_fault_plan *fault = plan_of(world, active);
    const char *began = sim_happening_kind_names[SIM_HAPPENED_FAULT];

    fold(world, sim_mix(sim_hash_text(began), sim_hash_text(fault->kind->name)), node, 1, NULL,
         NULL, NULL);
    if (world->tracing)
        tell(world, SIM_HAPPENED_FAULT, 0, node, SIM_NO_GROUP, fault->kind->name, fault->label,
             NULL, NULL, NULL);
}

void run_step(struct sim_world *world, const struct sim_event *event)
{
    struct active *active = &world->active[event->slot];

    if (!active->open || active->stamp != event->from)
        return;
    begin_event(world);
    uint64_t id = world->event;
    kind_of(world, active)
        ->step(world, active, seat_at(&world->classes[event->class], event->index));
    tell_ends(world, id);
}
