/* halt.c - a node stops for good, by its own decision.
 *
 * A process that cannot trust its disk any more exits, and exits again whenever it is started:
 * fail-stop. What the handler did before has happened, what comes after it in the handler has not,
 * and no restart brings the node back. Until the event that ends its life, which comes within the
 * same instant, it is held like a node whose sync never ends; so no verb needs to know of it. */
#include "sim/world/kernel.h"

#include <assert.h>

void sim_halt(struct sim_seat *me, const char *reason)
{
    struct sim_world *world = me->class->world;
    struct extra *extra = seat_extra(me);

    assert(reason);
    if (extra->halted)
        return;
    if (is_held(me)) {
        hold_act(me, VERB_HALT)->reason = reason;
        return;
    }
    me->flags |= SEAT_HELD | SEAT_KILLED;
    extra->halted = reason;
    if (extra->disk)
        hold_writes(me);
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now,
                                     .sequence = next_sequence(world),
                                     .index = me->member,
                                     .class = (uint16_t)me->class->index,
                                     .type = EVENT_HALT,
                                 });
}

void run_halt(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const char *reason = seat->extra->halted;

    begin_event(world);
    fold(world, sim_mix(sim_hash_text("halt"), sim_hash_text(reason)), seat->node, 0, NULL, NULL,
         NULL);
    if (is_traced(world, SIM_HAPPENED_HALT))
        tell(world, SIM_HAPPENED_HALT, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
             seat->class->model->name, reason, NULL, NULL, NULL);
    if (world->observer.halted)
        world->observer.halted(world->observer.context, world->now, seat->node, reason);
    if (!(seat->flags & SEAT_DOWN))
        crash_seat(world, seat, planned_unsynced(seat));
}
