/* fault_turn.c - the place of a fault among all that happens at its instant.
 *
 * What one event schedules for one instant happens in the order in which it was scheduled, but the
 * faults that it sets off come after all else; of those that a fault sets off by beginning or
 * ending, before all else. So the place of a fault is told by a single number, its turn: which
 * event set it off, and whether it comes before or after what that schedules. A list of faults as
 * they struck puts each where it was, for the numbers of all other events are the same in both
 * runs. Of one turn faults come before actions.
 *
 * A fault that says its turn waits for that event within its instant. If the run is another than
 * the one that it was written for, the event may never come: then it strikes when nothing else is
 * left to happen at that instant. */
#include "sim/world/fault.h"

/* Each has so much of an event's acts; the last, FAULT_ACTS, are theirs. Each but the first is two,
 * of faults and of actions. FIRST is of what the next event schedules. */
enum rank { WAITING = 0, WRITTEN_LAST = 1, WRITTEN_FIRST = 3, LAST = 5, FIRST = 7, RANKS = 9 };
enum { RANK_BITS = 21 };

_Static_assert(RANKS << RANK_BITS <= FAULT_ACTS, "room for each rank");

static uint64_t place_of_fault(uint64_t event, unsigned rank, uint32_t nth)
{
    assert(nth < 1u << RANK_BITS);
    return ((event + 1) << ACT_BITS) - FAULT_ACTS + ((uint64_t)rank << RANK_BITS) + nth;
}

/* The end of all faults is the last of the plan, and comes after what is done at that instant. */
static unsigned comes_later(const struct sim_fault_kind *kind)
{
    return kind->action || kind == &sim_fault_settle;
}

uint64_t fault_sequence(struct sim_world *world, uint32_t fault)
{
    const unsigned later = comes_later(world->plan->faults[fault].kind);

    if (world->set_off_by != world->event) {
        world->set_off_by = world->event;
        world->set_off[0] = world->set_off[1] = 0;
    }
    return world->sets_off_first
               ? place_of_fault(world->event - 1, FIRST + later, world->set_off[0]++)
               : place_of_fault(world->event, LAST + later, world->set_off[1]++);
}

uint64_t turn_of(uint64_t sequence)
{
    const uint64_t place = sequence + FAULT_ACTS, event = (place >> ACT_BITS) - 1;
    const uint64_t rank = (place & (((uint64_t)1 << ACT_BITS) - 1)) >> RANK_BITS;
    const bool first = rank >= FIRST || (rank >= WRITTEN_FIRST && rank < LAST);

    return 2 * event + first;
}

static void push(struct sim_world *world, enum event_type type, uint32_t fault, sim_time time,
                 uint64_t sequence)
{
    sim_queue_push(world->queue,
                   &(struct sim_event){
                       .time = time, .sequence = sequence, .slot = fault, .type = (uint8_t)type });
}

void schedule_turn(struct sim_world *world, uint32_t fault)
{
    push(world, EVENT_TURN, fault, world->plan->faults[fault].at,
         place_of_fault(0, WAITING, fault));
}

void run_turn(struct sim_world *world, const struct sim_event *event)
{
    const struct sim_fault_plan *fault = &world->plan->faults[event->slot];
    const uint64_t waits = place_of_fault(world->event, WAITING, event->slot);

    if (fault->turn / 2 <= world->event)
        push(world, EVENT_FAULT, event->slot, world->now,
             place_of_fault(fault->turn / 2,
                            (fault->turn % 2 ? WRITTEN_FIRST : WRITTEN_LAST) +
                                comes_later(fault->kind),
                            event->slot));
    else if (event->sequence != waits)
        push(world, EVENT_TURN, event->slot, world->now, waits);
    else /* nothing happened since it began to wait */
        run_fault(world, &(struct sim_event){ .time = event->time,
                                              .sequence = event->sequence,
                                              .slot = event->slot,
                                              .type = EVENT_FAULT });
}
