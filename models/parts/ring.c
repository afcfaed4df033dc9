#include "models/parts/ring.h"

#include <assert.h>

/* So that a member and a key with the same number do not fall together. */
enum { OF_MEMBERS = 1, OF_KEYS = 2 };

static bool is_before(const struct ring_point *a, const struct ring_point *b)
{
    return a->place != b->place ? a->place < b->place : a->member < b->member;
}

/* Moves the point at ROOT down until it is the largest of its part of the heap. */
static void sift(struct ring_point *points, size_t root, size_t count)
{
    struct ring_point moved = points[root];

    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= count)
            break;
        if (child + 1 < count && is_before(&points[child], &points[child + 1]))
            child++;
        if (!is_before(&moved, &points[child]))
            break;
        points[root] = points[child];
        root = child;
    }
    points[root] = moved;
}

static void sort(struct ring_point *points, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sift(points, root, count);
    for (size_t end = count; end-- > 1;) {
        struct ring_point last = points[end];

        points[end] = points[0];
        points[0] = last;
        sift(points, 0, end);
    }
}

void ring_fill(struct ring *ring, struct ring_point *points, uint32_t members, uint32_t tokens)
{
    assert(members > 0);
    assert(tokens > 0);
    *ring = (struct ring){ points, members * tokens, members };
    for (uint32_t member = 0; member < members; member++)
        for (uint32_t token = 0; token < tokens; token++)
            points[(size_t)member * tokens + token] =
                (struct ring_point){ sim_mix(sim_mix(OF_MEMBERS, member), token), member };
    sort(points, ring->count);
}

void ring_init(struct sim_seat *me, struct ring *ring, uint32_t members, uint32_t tokens)
{
    ring_fill(ring, sim_new(me, (size_t)members * tokens * sizeof(struct ring_point)), members,
              tokens);
}

/* The first point at PLACE or after it; count: there is none, so the circle begins again. */
static uint32_t first_from(const struct ring *ring, uint64_t place)
{
    uint32_t low = 0, high = ring->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (ring->points[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has(const uint32_t *members, uint32_t count, uint32_t member)
{
    for (uint32_t i = 0; i < count; i++)
        if (members[i] == member)
            return true;
    return false;
}

uint32_t ring_preference(const struct ring *ring, int64_t key, uint32_t *members, uint32_t count)
{
    uint32_t at = first_from(ring, sim_mix(OF_KEYS, (uint64_t)key)), found = 0;

    for (uint32_t i = 0; i < ring->count && found < count && found < ring->members; i++) {
        uint32_t member = ring->points[(at + i) % ring->count].member;

        if (!has(members, found, member))
            members[found++] = member;
    }
    return found;
}
