/* clock.c - each node's own clock: local = offset + t * (1 + drift). */
#include "sim/world/kernel.h"

#include <assert.h>

enum { BILLION = 1000000000 };

__extension__ typedef __int128 wide;

void clock_draw(struct sim_world *world, struct sim_seat *seat)
{
    const struct sim_clock_plan *plan = &seat->class->plan->clock;
    struct sim_stream stream = { 0, 0 };

    if (!plan->offset && plan->drift.low_ppb == 0 && plan->drift.high_ppb == 0)
        return;
    struct extra *extra = seat_extra(seat);
    sim_stream_seed(&stream, world->plan->seed, sim_hash_text("clock"),
                    sim_mix(seat->class->key, seat->member));
    extra->clock_offset = sim_distribution_sample(plan->offset, sim_stream_next(&stream));
    extra->clock_ppb =
        plan->drift.low_ppb +
        (int64_t)sim_below(sim_stream_next(&stream),
                           (uint64_t)(plan->drift.high_ppb - plan->drift.low_ppb) + 1);
    assert(extra->clock_ppb > -BILLION);
    seat->flags |= SEAT_CLOCK;
}

sim_time clock_read(const struct sim_seat *seat, sim_time t)
{
    if (!(seat->flags & SEAT_CLOCK))
        return t;
    return seat->extra->clock_offset + t + (sim_time)((wide)t * seat->extra->clock_ppb / BILLION);
}

/* The first instant at which the node's clock has counted AFTER more; by the clock's own rounding,
 * so that who reads it then never finds a nanosecond missing. */
sim_time clock_due(const struct sim_seat *seat, sim_time after)
{
    sim_time now = seat->class->world->now;
    int64_t rate = BILLION + seat->extra->clock_ppb;
    wide due = (wide)clock_read(seat, now) + after;
    wide at = now + (after > 0 ? (wide)(after - 1) * BILLION / rate : 0);

    while (at < SIM_TIME_LIMIT && clock_read(seat, (sim_time)at) < due)
        at++;
    return at < SIM_TIME_LIMIT ? (sim_time)at : SIM_TIME_LIMIT;
}
