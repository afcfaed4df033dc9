/* branch.c - see branch.h. */
#include "sim/world/branch.h"

#include "sim/world/disk.h"
#include "sim/world/luck.h"

enum { TRIES = 1000 };

static const struct sim_stream not_begun = { 0, 0 };

sim_time gap_behind(const struct sim_distribution *every, struct sim_stream *stream, sim_time least,
                    sim_time otherwise)
{
    for (int i = 0; i < TRIES; i++) {
        sim_time gap = sim_distribution_sample(every, sim_stream_next(stream));

        if (gap < 1)
            gap = 1;
        if (gap >= least)
            return gap;
    }
    return otherwise;
}

static void branch_seat(struct sim_seat *seat)
{
    const struct class *class = seat->class;
    struct sim_stream *streams = (struct sim_stream *)(void *)((char *)seat + class->stream_offset);

    for (uint32_t i = 0; i < class->draws; i++)
        streams[i] = not_begun;
    if (seat->extra && seat->extra->disk)
        seat->extra->disk->luck = not_begun;
    if (seat->extra && seat->extra->processor)
        seat->extra->processor->luck = not_begun;
}

void branch_luck(struct sim_world *world)
{
    world->branches = false;
    if (world->stopped)
        return;
    world->branched = true;
    world->seed = world->plan->branch.seed;
    for (uint32_t g = 0; g < world->class_count; g++) {
        struct class *class = &world->classes[g];

        hash_luck(class);
        for (uint32_t m = 0; m < class->count; m++)
            branch_seat(seat_at(class, m));
    }
    luck_branch(world);
    branch_faults(world);
}
