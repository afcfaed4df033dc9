/* clock.c - each node's own clock: local = offset + t * (1 + drift). */
#include "sim/world/kernel.h"

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
    seat->flags |= SEAT_CLOCK;
}

sim_time clock_read(const struct sim_seat *seat, sim_time t)
{
    if (!(seat->flags & SEAT_CLOCK))
        return t;
    return seat->extra->clock_offset + t + (sim_time)((wide)t * seat->extra->clock_ppb / BILLION);
}

/* How long true time takes while the node's clock counts LOCAL; rounded up, so that a timer never
 * fires early. */
sim_time clock_true_span(const struct sim_seat *seat, sim_time local)
{
    if (!(seat->flags & SEAT_CLOCK) || seat->extra->clock_ppb == 0)
        return local;
    int64_t rate = BILLION + seat->extra->clock_ppb;
    return (sim_time)(((wide)local * BILLION + rate - 1) / rate);
}
