/* timer.c - timers, one per kind or per kind and peer, and one-shots.
 *
 * Moving a timer to a later time touches the timer alone (see struct timer): its event in the queue
 * fires early, finds that it is due later, and is pushed again under the sequence of the last set.
 */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

static struct timer *timer_of(struct sim_seat *seat, unsigned kind)
{
    const struct class *class = seat->class;

    assert(kind < class->timers);
    assert(!class->model->timers[kind].per_peer);
    return timers_of(seat) + kind;
}

static struct timer *peer_timer_of(struct sim_seat *seat, unsigned kind, uint32_t peer)
{
    const struct class *class = seat->class;

    assert(kind < class->timers);
    assert(class->model->timers[kind].per_peer);
    assert(peer < class->count);
    struct extra *extra = seat_extra(seat);
    if (!extra->peer_timers) {
        size_t count = (size_t) class->timers * class->count;

        extra->peer_timers = sim_alloc_array(count, sizeof(struct timer));
        for (size_t i = 0; i < count; i++)
            extra->peer_timers[i].due = extra->peer_timers[i].queued = SIM_TIME_NEVER;
    }
    return &extra->peer_timers[(size_t)kind * class->count + peer];
}

static void queue_timer(struct sim_world *world, const struct sim_seat *seat, struct timer *timer,
                        unsigned kind, bool of_peer, uint32_t peer)
{
    struct sim_event event = {
        .time = timer->due,
        .sequence = timer->sequence,
        .index = seat->member,
        .class = (uint16_t)seat->class->index,
        .type = of_peer ? EVENT_TIMER_PEER : EVENT_TIMER,
        .what = (uint8_t)kind,
        .from = peer,
        .slot = ++timer->generation,
    };

    timer->queued = timer->due;
    sim_queue_push(world->queue, &event);
}

static void set_timer(struct sim_seat *me, struct timer *timer, unsigned kind, bool of_peer,
                      uint32_t peer, sim_time after)
{
    struct sim_world *world = me->class->world;

    assert(after >= 0);
    timer->due = due_after(me, after);
    timer->sequence = next_sequence(world);
    if (timer->due < timer->queued)
        queue_timer(world, me, timer, kind, of_peer, peer);
}

void sim_timer(struct sim_seat *me, unsigned kind, sim_time after)
{
    struct timer *timer = timer_of(me, kind);

    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_TIMER);

        act->what = kind;
        act->after = after;
        return;
    }
    set_timer(me, timer, kind, false, 0, after);
}

void sim_timer_peer(struct sim_seat *me, unsigned kind, uint32_t peer, sim_time after)
{
    struct timer *timer = peer_timer_of(me, kind, peer);

    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_TIMER);

        act->what = kind;
        act->peer = true;
        act->to = peer;
        act->after = after;
        return;
    }
    set_timer(me, timer, kind, true, peer, after);
}

static void cancel(struct sim_seat *me, struct timer *timer, unsigned kind, bool of_peer,
                   uint32_t peer)
{
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_CANCEL);

        act->what = kind;
        act->peer = of_peer;
        act->to = peer;
        return;
    }
    timer->due = SIM_TIME_NEVER;
}

void sim_cancel(struct sim_seat *me, unsigned kind)
{
    cancel(me, timer_of(me, kind), kind, false, 0);
}

void sim_cancel_peer(struct sim_seat *me, unsigned kind, uint32_t peer)
{
    cancel(me, peer_timer_of(me, kind, peer), kind, true, peer);
}

bool sim_timer_is_set(const struct sim_seat *me, unsigned kind)
{
    const struct class *class = me->class;

    assert(kind < class->timers);
    assert(!class->model->timers[kind].per_peer);
    return timers_of(me)[kind].due != SIM_TIME_NEVER;
}

void sim_timer_at(struct sim_seat *me, unsigned kind, sim_time at)
{
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_TIMER_AT);

        act->what = kind;
        act->after = at;
        return;
    }
    sim_timer(me, kind, clock_until(me, at));
}

static struct timer *timer_of_event(struct sim_seat *seat, const struct sim_event *event)
{
    return event->type == EVENT_TIMER ? timer_of(seat, event->what)
                                      : peer_timer_of(seat, event->what, event->from);
}

/* Takes the event out of the timer. True if there is nothing to handle: it was cancelled, or is due
 * later, and then it has been queued again. */
bool timer_is_stale(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct timer *timer = timer_of_event(seat, event);

    if (event->slot != timer->generation || timer->queued == SIM_TIME_NEVER)
        return true;
    timer->queued = SIM_TIME_NEVER;
    if (timer->due == SIM_TIME_NEVER)
        return true;
    if (timer->due > event->time || timer->sequence != event->sequence) {
        queue_timer(world, seat, timer, event->what, event->type == EVENT_TIMER_PEER, event->from);
        return true;
    }
    return false;
}

/* -- a clock that changes its rate ------------------------------------------------------------- */

static void move_timer(const struct sim_seat *seat, struct timer *timer)
{
    if (timer->due != SIM_TIME_NEVER)
        timer->due = clock_moved(seat, timer->due);
}

void timers_move(struct sim_seat *seat)
{
    const struct class *class = seat->class;
    struct timer *timers = timers_of(seat);

    for (uint32_t i = 0; i < class->timers; i++)
        move_timer(seat, &timers[i]);
    for (size_t i = 0; seat->extra->peer_timers && i < (size_t) class->timers * class->count; i++)
        move_timer(seat, &seat->extra->peer_timers[i]);
}

bool timer_moves(struct sim_seat *seat, struct sim_event *event)
{
    struct timer *timer = timer_of_event(seat, event);

    if (event->slot != timer->generation)
        return false;
    timer->queued = timer->due;
    event->time = timer->due;
    event->sequence = timer->sequence;
    return timer->due != SIM_TIME_NEVER;
}

/* The event was taken by timer_is_stale, at once or before the seat was made to wait. */
void run_timer(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const struct sim_timer_kind *kind = &seat->class->model->timers[event->what];
    struct timer *timer = timer_of_event(seat, event);

    /* set anew or cancelled while the firing waited for the seat: that firing no longer counts */
    if (timer->due == SIM_TIME_NEVER || timer->sequence != event->sequence)
        return;
    timer->due = SIM_TIME_NEVER;
    begin_event(world);
    world->timer_peer = event->from;
    fold(world, seat->class->timer_hash[event->what], seat->node, event->from, NULL, NULL, NULL);
    if (is_traced(world, SIM_HAPPENED_TIMER))
        tell(world, SIM_HAPPENED_TIMER, event->sequence >> ACT_BITS, seat->node,
             event->type == EVENT_TIMER_PEER ? seat->class->first_node + event->from : SIM_NO_GROUP,
             kind->name, NULL, NULL, NULL, NULL);
    kind->handler(seat);
    end_event(world, seat);
}

uint32_t sim_peer(const struct sim_seat *me)
{
    return me->class->world->timer_peer;
}

void clear_timers(struct sim_seat *seat)
{
    const struct class *class = seat->class;
    struct timer *timers = timers_of(seat);

    for (uint32_t i = 0; i < class->timers; i++)
        timers[i].due = SIM_TIME_NEVER;
    if (seat->extra && seat->extra->peer_timers) {
        for (size_t i = 0; i < (size_t) class->timers * class->count; i++)
            seat->extra->peer_timers[i].due = SIM_TIME_NEVER;
    }
}

void sim_later(struct sim_seat *me, unsigned later, sim_time after, const void *context,
               size_t size)
{
    struct sim_world *world = me->class->world;

    assert(later < SIM_LATERS_MAX);
    assert(me->class->model->laters[later].name);
    assert(size <= SIM_CONTEXT_MAX);
    assert(after >= 0);
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_LATER);

        act->what = later;
        act->after = after;
        act->size = (uint32_t)size;
        if (size > 0)
            memcpy(act->context, context, size);
        return;
    }
    uint32_t slot = slab_take(&world->packets);
    struct packet *packet = slab_at(&world->packets, slot);
    packet->blob = NULL;
    packet->size = (uint32_t)size;
    if (size > 0)
        memcpy(packet->words, context, size);
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = due_after(me, after),
                                     .sequence = next_sequence(world),
                                     .index = me->member,
                                     .class = (uint16_t)me->class->index,
                                     .type = EVENT_LATER,
                                     .what = (uint8_t)later,
                                     .from = me->life,
                                     .slot = slot,
                                 });
}

void sim_later_at(struct sim_seat *me, unsigned later, sim_time at, const void *context,
                  size_t size)
{
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_LATER_AT);

        assert(size <= SIM_CONTEXT_MAX);
        act->what = later;
        act->after = at;
        act->size = (uint32_t)size;
        if (size > 0)
            memcpy(act->context, context, size);
        return;
    }
    sim_later(me, later, clock_until(me, at), context, size);
}

void run_later(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const struct sim_later_kind *kind = &seat->class->model->laters[event->what];

    if (event->from == seat->life) {
        const struct packet *packet = slab_at(&world->packets, event->slot);

        begin_event(world);
        fold(world, seat->class->later_hash[event->what], seat->node, 0, NULL, NULL, NULL);
        if (is_traced(world, SIM_HAPPENED_LATER))
            tell(world, SIM_HAPPENED_LATER, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
                 kind->name, NULL, NULL, NULL, NULL);
        kind->handler(seat, packet->words);
        end_event(world, seat);
    }
    free_packet(world, event->slot);
}
