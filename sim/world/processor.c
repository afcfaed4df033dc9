/* processor.c - k workers and a bounded queue, so that load makes latency.
 *
 * A message, request or reply waits for a worker, holds it for its cost, and is handled when the
 * worker is done: its effects leave then. Timers cost nothing and never wait here. */
#include "sim/world/kernel.h"

#include <assert.h>

static struct processor *processor_of(struct sim_seat *seat)
{
    struct extra *extra = seat_extra(seat);

    if (!extra->processor) {
        extra->processor = sim_alloc(sizeof(*extra->processor));
        extra->processor->workers = seat->class->plan->processor.workers;
        extra->processor->room = seat->class->plan->processor.queue;
    }
    return extra->processor;
}

/* The filters of its caller told for how long somebody waits for the answer to a request, and it
 * has waited here longer. */
static bool is_given_up(const struct sim_world *world, const struct sim_seat *seat,
                        const struct sim_event *event)
{
    const struct packet *packet;

    if (event->type != EVENT_REQUEST || !seat->class->model->heeds_deadlines ||
        !seat->class->model->heeds_deadlines(seat->class->params))
        return false;
    packet = slab_at(&world->packets, event->slot);
    return packet->size == STAMPED && world->now - event->time >= packet->words[STAMP_LEFT];
}

static void start_work(struct sim_world *world, struct sim_seat *seat,
                       const struct sim_event *event)
{
    struct processor *processor = processor_of(seat);
    uint32_t slot = slab_take(&world->works);

    if (!sim_stream_is_seeded(&processor->luck))
        sim_stream_seed(&processor->luck, world->seed, sim_hash_text("processor"),
                        sim_mix(seat->class->key, seat->member));
    sim_time cost = sim_distribution_sample(seat->class->plan->processor.cost,
                                            sim_stream_next(&processor->luck));
    if (world->plan->luck.processors == SIM_LUCK_PLAIN)
        cost = sim_distribution_quantile(seat->class->plan->processor.cost, 0.5);
    if (cost < 0 || is_given_up(world, seat, event))
        cost = 0;
    cost = slow_span(seat, cost);
    *(struct sim_event *)slab_at(&world->works, slot) = *event;
    processor->busy++;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now + cost,
                                     .sequence = next_sequence(world),
                                     .index = seat->member,
                                     .from = seat->life,
                                     .slot = slot,
                                     .class = (uint16_t)seat->class->index,
                                     .type = EVENT_WORK,
                                 });
}

/* Those who waited go before whoever comes. */
static void fill_workers(struct sim_world *world, struct sim_seat *seat)
{
    struct processor *processor = processor_of(seat);

    while (processor->busy < processor->workers && processor->queue.count > 0) {
        struct sim_event event = fifo_pop(&processor->queue);

        start_work(world, seat, &event);
    }
}

bool processor_takes(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct processor *processor = processor_of(seat);

    if (event->type != EVENT_MESSAGE && event->type != EVENT_REQUEST &&
        event->type != EVENT_REPLY && event->type != EVENT_REFUSAL)
        return false;
    if (seat->class->plan->processor.free_replies &&
        (event->type == EVENT_REPLY || event->type == EVENT_REFUSAL))
        return false;
    if (processor->busy < processor->workers)
        fill_workers(world, seat); /* some, if a pause kept them from it */
    if (processor->busy < processor->workers) {
        start_work(world, seat, event);
    } else if ((int64_t)processor->queue.count < processor->room) {
        fifo_push(&processor->queue, event);
    } else {
        begin_event(world);
        if (event->type == EVENT_REQUEST)
            refuse_request(world, seat, event);
        else
            drop_event(world, event, DROP_QUEUE_FULL);
    }
    return true;
}

/* Messages that came during a pause queue for a worker as soon as it ends, also while a sync holds
 * the seat: else those that come later would overtake them. */
void processor_takes_waiting(struct sim_world *world, struct sim_seat *seat)
{
    struct fifo *waiting = &seat->extra->waiting;

    fill_workers(world, seat);
    for (size_t left = waiting->count; left > 0; left--) {
        struct sim_event event = fifo_pop(waiting);

        if (!processor_takes(world, seat, &event))
            fifo_push(waiting, &event);
    }
}

static void next_work(struct sim_world *world, struct sim_seat *seat)
{
    processor_of(seat)->busy--;
    fill_workers(world, seat);
}

void processor_limit(struct sim_world *world, struct sim_seat *seat, int64_t workers, int64_t room)
{
    struct processor *processor = processor_of(seat);

    processor->workers = workers;
    processor->room = room;
    if (!(seat->flags & (SEAT_DOWN | SEAT_PAUSED)))
        fill_workers(world, seat);
}

void run_work(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    if (event->from != seat->life) {
        begin_event(world);
        drop_event(world, event, DROP_CRASH);
        return;
    }
    struct sim_event work = *(struct sim_event *)slab_at(&world->works, event->slot);

    slab_give(&world->works, event->slot);
    run_event(world, seat, &work);
    if (is_held(seat))
        processor_of(seat)->held = true;
    else
        next_work(world, seat);
}

void processor_release(struct sim_world *world, struct sim_seat *seat)
{
    struct processor *processor = seat->extra->processor;

    if (processor && processor->held) {
        processor->held = false;
        next_work(world, seat);
    }
}

void processor_stop(const struct sim_world *world, struct sim_seat *seat,
                    const struct sim_event *work)
{
    struct sim_event rest = *work;

    rest.time = work->time - world->now;
    assert(rest.time > 0);
    fifo_push(&processor_of(seat)->stopped, &rest);
}

void processor_go_on(struct sim_world *world, struct sim_seat *seat)
{
    struct processor *processor = seat->extra->processor;

    while (processor && processor->stopped.count > 0) {
        struct sim_event work = fifo_pop(&processor->stopped);

        work.time += world->now;
        sim_queue_push(world->queue, &work);
    }
}

void processor_crash(struct sim_world *world, struct sim_seat *seat)
{
    struct processor *processor = seat->extra ? seat->extra->processor : NULL;

    if (!processor)
        return;
    while (processor->queue.count > 0) {
        struct sim_event event = fifo_pop(&processor->queue);

        drop_event(world, &event, DROP_CRASH);
    }
    processor_go_on(world, seat); /* to be dropped when it would have been done */
    processor->busy = 0;
    processor->held = false;
}
