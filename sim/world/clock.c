/* clock.c - each node has two clocks of its own, as an operating system offers them.
 *
 * The monotonic one (sim_now, and all timers) counts from an origin that tells nothing, at a rate
 * that is nearly right: origin + t * (1 + drift). It never stands still and never jumps. The wall
 * clock (sim_wall) is the monotonic one and a correction, and faults reach that alone: it is set
 * forward or back, stands still, flutters. Both survive a crash: a process dies, not its machine.
 *
 * A change of drift begins a new stretch of the monotonic clock where the last one ends, and moves
 * what is due by it. That costs a walk over the queue, so that no run pays which has no such fault.
 */
#include "sim/world/kernel.h"

#include <assert.h>

enum { BILLION = 1000000000 };

/* A clock that is a tenth as fast, or twice as fast: what faults add up to goes no further. */
enum { LEAST_PPB = -900000000, MOST_PPB = 1000000000 };

__extension__ typedef __int128 wide;

struct strobe {
    uint64_t key;
    sim_time since, amplitude, half;
};

struct wall {
    sim_time set;       /* what jumps and freezes added up to */
    uint32_t freezes;   /* under way */
    sim_time stands_at; /* while there are any */
    struct strobe *strobes;
    size_t strobe_count, strobe_capacity;
};

void clock_draw(struct sim_world *world, struct sim_seat *seat)
{
    const struct sim_clock_plan *plan = &seat->class->plan->clock;
    struct sim_stream stream = { 0, 0 };

    if (!plan->offset && plan->drift.low_ppb == 0 && plan->drift.high_ppb == 0)
        return;
    struct clock *clock = &seat_extra(seat)->clock;
    sim_stream_seed(&stream, world->seed, sim_hash_text("clock"),
                    sim_mix(seat->class->key, seat->member));
    clock->shows = sim_distribution_sample(plan->offset, sim_stream_next(&stream));
    clock->ppb = plan->drift.low_ppb +
                 (int64_t)sim_below(sim_stream_next(&stream),
                                    (uint64_t)(plan->drift.high_ppb - plan->drift.low_ppb) + 1);
    clock->drift = clock->ppb;
    assert(clock->ppb > -BILLION);
    seat->flags |= SEAT_CLOCK;
}

static sim_time read_clock(const struct clock *clock, sim_time t)
{
    sim_time passed = t - clock->since;

    return clock->shows + passed + (sim_time)((wide)passed * clock->ppb / BILLION);
}

sim_time clock_read(const struct sim_seat *seat, sim_time t)
{
    if (!(seat->flags & SEAT_CLOCK))
        return t;
    return read_clock(&seat->extra->clock, t);
}

/* The first instant at which the node's clock has counted AFTER more; by the clock's own rounding,
 * so that who reads it then never finds a nanosecond missing. */
sim_time clock_due(const struct sim_seat *seat, sim_time after)
{
    sim_time now = seat->class->world->now;
    int64_t rate = BILLION + seat->extra->clock.ppb;
    wide due = (wide)clock_read(seat, now) + after;
    wide at = now + (after > 0 ? (wide)(after - 1) * BILLION / rate : 0);

    while (at < SIM_TIME_LIMIT && clock_read(seat, (sim_time)at) < due)
        at++;
    return at < SIM_TIME_LIMIT ? (sim_time)at : SIM_TIME_LIMIT;
}

/* clock_due of this gives AT again, where AT is the first instant of its reading. */
sim_time clock_until(const struct sim_seat *seat, sim_time at)
{
    sim_time now = seat->class->world->now;

    return at > now ? clock_read(seat, at) - clock_read(seat, now) : 0;
}

/* -- the wall clock ---------------------------------------------------------------------------- */

/* Two clocks may be set apart by 50 years: then no sum of times overflows. */
static sim_time within(wide span)
{
    const sim_time most = SIM_TIME_LIMIT / 2;

    return span > most ? most : span < -most ? -most : (sim_time)span;
}

static sim_time correction(const struct wall *wall, sim_time t)
{
    wide sum = wall->set;

    for (size_t i = 0; i < wall->strobe_count; i++) {
        const struct strobe *strobe = &wall->strobes[i];

        if ((t - strobe->since) / strobe->half % 2 == 0)
            sum += strobe->amplitude;
    }
    return within(sum);
}

sim_time sim_wall(const struct sim_seat *me)
{
    sim_time now = me->class->world->now;
    const struct wall *wall = me->extra ? me->extra->wall : NULL;

    if (!wall)
        return clock_read(me, now);
    return wall->freezes > 0 ? wall->stands_at : clock_read(me, now) + correction(wall, now);
}

static struct wall *wall_of(struct sim_seat *seat)
{
    struct extra *extra = seat_extra(seat);

    if (!extra->wall)
        extra->wall = sim_alloc(sizeof(*extra->wall));
    return extra->wall;
}

void clock_destroy(struct extra *extra)
{
    if (extra->wall)
        sim_free(extra->wall->strobes);
    sim_free(extra->wall);
}

void clock_jump(struct sim_seat *seat, sim_time by)
{
    struct wall *wall = wall_of(seat);
    sim_time before = wall->set;

    wall->set = within((wide)before + by);
    wall->stands_at += wall->set - before; /* also one that stands still can be set */
}

void clock_freeze(struct sim_seat *seat)
{
    struct wall *wall = wall_of(seat);

    if (wall->freezes == 0)
        wall->stands_at = sim_wall(seat);
    wall->freezes++;
}

void clock_thaw(struct sim_seat *seat, bool late)
{
    struct wall *wall = wall_of(seat);

    assert(wall->freezes > 0);
    if (--wall->freezes == 0 && late)
        wall->set = within((wide)wall->set + wall->stands_at - sim_wall(seat));
}

void clock_strobe(struct sim_seat *seat, uint64_t key, sim_time amplitude, sim_time period)
{
    struct wall *wall = wall_of(seat);

    wall->strobes = sim_grow(wall->strobes, &wall->strobe_capacity, wall->strobe_count + 1,
                             sizeof(*wall->strobes));
    wall->strobes[wall->strobe_count++] = (struct strobe){
        .key = key,
        .since = seat->class->world->now,
        .amplitude = amplitude,
        .half = period > 1 ? period / 2 : 1,
    };
}

void clock_strobe_end(struct sim_seat *seat, uint64_t key)
{
    struct wall *wall = wall_of(seat);
    size_t i = 0;

    while (i < wall->strobe_count && wall->strobes[i].key != key)
        i++;
    assert(i < wall->strobe_count);
    wall->strobes[i] = wall->strobes[--wall->strobe_count];
}

/* -- a change of drift ------------------------------------------------------------------------- */

/* When what was DUE by the clock as it was is due by the clock as it is. Not before the next
 * nanosecond: of this one, events that follow in the order may have been handled. */
static sim_time moved(const struct sim_seat *seat, sim_time due)
{
    const struct clock *before = &seat->extra->clock_before;
    sim_time now = seat->class->world->now, then;

    if (due <= now || due >= SIM_TIME_LIMIT)
        return due;
    then = clock_due(seat, read_clock(before, due) - read_clock(before, now));
    return then > now ? then : now + 1;
}

/* Takes timers that are cancelled or were set again out of the queue, so that no event is ever
 * there twice. */
static bool move_event(void *context, struct sim_event *event)
{
    struct sim_world *world = context;
    bool timer = event->type == EVENT_TIMER || event->type == EVENT_TIMER_PEER;

    if (!timer && event->type != EVENT_LATER && event->type != EVENT_TIMEOUT)
        return true;
    struct sim_seat *seat = seat_at(&world->classes[event->class], event->index);
    if (!(seat->flags & SEAT_RETIMED))
        return true;
    if (timer)
        return timer_moves(seat, event);
    event->time = moved(seat, event->time);
    return true;
}

sim_time clock_moved(const struct sim_seat *seat, sim_time due)
{
    return moved(seat, due);
}

static void change_rate(struct sim_seat *seat, int64_t ppb)
{
    struct extra *extra = seat_extra(seat);
    struct clock *clock = &extra->clock;
    sim_time now = seat->class->world->now;

    extra->clock_before = *clock;
    clock->shows = read_clock(clock, now);
    clock->since = now;
    clock->drift += ppb;
    clock->ppb = clock->drift < LEAST_PPB  ? LEAST_PPB
                 : clock->drift > MOST_PPB ? MOST_PPB
                                           : clock->drift;
    seat->flags |= SEAT_CLOCK | SEAT_RETIMED;
    timers_move(seat);
}

void clock_change_drift(struct sim_world *world, const struct rate *rates, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        change_rate(seat_of_node(world, rates[i].node), rates[i].ppb);
    world->queue = sim_queue_change(world->queue, move_event, world);
    for (uint32_t i = 0; i < count; i++)
        seat_of_node(world, rates[i].node)->flags &= ~(uint32_t)SEAT_RETIMED;
}
