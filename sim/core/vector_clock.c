#include "sim/core/vector_clock.h"

#include <assert.h>

void sim_vector_clock_init(struct sim_vector_clock *clock, int64_t *counts, uint32_t members,
                           uint32_t self)
{
    assert(self < members);
    *clock = (struct sim_vector_clock){ counts, members, self };
}

void sim_vector_clock_tick(struct sim_vector_clock *clock)
{
    clock->counts[clock->self]++;
}

void sim_vector_clock_receive(struct sim_vector_clock *clock, const int64_t *sent)
{
    for (uint32_t i = 0; i < clock->members; i++)
        if (sent[i] > clock->counts[i])
            clock->counts[i] = sent[i];
    sim_vector_clock_tick(clock);
}

enum sim_vector_order sim_vector_clock_order(const int64_t *a, const int64_t *b, uint32_t members)
{
    bool less = false, more = false;

    for (uint32_t i = 0; i < members; i++) {
        less |= a[i] < b[i];
        more |= a[i] > b[i];
    }
    if (less && more)
        return SIM_VECTOR_CONCURRENT;
    return less ? SIM_VECTOR_BEFORE : more ? SIM_VECTOR_AFTER : SIM_VECTOR_SAME;
}
