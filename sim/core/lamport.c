#include "sim/core/lamport.h"

#include <assert.h>

int64_t sim_lamport_tick(struct sim_lamport *clock)
{
    assert(clock->time < INT64_MAX);
    return ++clock->time;
}

int64_t sim_lamport_receive(struct sim_lamport *clock, int64_t sent)
{
    if (sent > clock->time)
        clock->time = sent;
    return sim_lamport_tick(clock);
}

bool sim_lamport_before(int64_t a, uint32_t a_member, int64_t b, uint32_t b_member)
{
    return a != b ? a < b : a_member < b_member;
}
