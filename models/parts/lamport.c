#include "models/parts/lamport.h"

#include <assert.h>

int64_t lamport_tick(struct lamport *clock)
{
    assert(clock->time < INT64_MAX);
    return ++clock->time;
}

int64_t lamport_receive(struct lamport *clock, int64_t sent)
{
    if (sent > clock->time)
        clock->time = sent;
    return lamport_tick(clock);
}

bool lamport_before(int64_t a, uint32_t a_member, int64_t b, uint32_t b_member)
{
    return a != b ? a < b : a_member < b_member;
}
