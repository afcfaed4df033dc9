#include "models/parts/vector_clock.h"

#include <assert.h>

void vector_clock_init(struct vector_clock *clock, int64_t *counts, uint32_t members, uint32_t self)
{
    assert(self < members);
    *clock = (struct vector_clock){ counts, members, self };
}

void vector_clock_tick(struct vector_clock *clock)
{
    clock->counts[clock->self]++;
}

void vector_clock_receive(struct vector_clock *clock, const int64_t *sent)
{
    for (uint32_t i = 0; i < clock->members; i++)
        if (sent[i] > clock->counts[i])
            clock->counts[i] = sent[i];
    vector_clock_tick(clock);
}

enum vector_order vector_clock_order(const int64_t *a, const int64_t *b, uint32_t members)
{
    bool less = false, more = false;

    for (uint32_t i = 0; i < members; i++) {
        less |= a[i] < b[i];
        more |= a[i] > b[i];
    }
    if (less && more)
        return VECTOR_CONCURRENT;
    return less ? VECTOR_BEFORE : more ? VECTOR_AFTER : VECTOR_SAME;
}
