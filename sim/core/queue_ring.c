/* queue_ring.c - where events wait: chunks, the ring of buckets, the tiers beyond it, and changes
 * of the width. */
#include "sim/core/queue_private.h"

#include "sim/core/mem.h"

#include <assert.h>

/* A bucket should hold a small part of all that is pending, so that little falls into the current
 * one, but enough to share the cost of a load; and hardly more than the caches hold, until so many
 * buckets would be written at once that these miss as well. Measured; all of it is flat within a
 * factor of two. */
enum { TARGET_LEAST = 16, TARGET_FEW = 64, TARGET_MOST = 8192 };
enum { SHARE_FEW = 8, SHARE = 32, SHARE_MOST = 256 };

/* A rebuild may move this many events per event that passed since the last one. */
enum { PATIENCE = 4 };

enum { SLAB_LEAST = 16, SLAB_MOST = 2048 }; /* chunks */

uint64_t sim_queue_target(const struct sim_queue *queue)
{
    uint64_t target = queue->count / SHARE_FEW, most = TARGET_MOST + queue->count / SHARE_MOST;

    if (target <= TARGET_FEW)
        return target < TARGET_LEAST ? TARGET_LEAST : target;
    target = queue->count / SHARE;
    return target < TARGET_FEW ? TARGET_FEW : target > most ? most : target;
}

/* The shift at which a bucket holds the target where COUNT events lie within SPREAD. */
int sim_queue_shift_for(const struct sim_queue *queue, uint64_t spread, uint64_t count)
{
    uint64_t most = UINT64_C(1) << 50, width;
    int shift;

    width = (spread < most ? spread : most) * sim_queue_target(queue) / count;
    shift = 63 - __builtin_clzll(width | 1);
    return shift < QUEUE_SHIFT_MAX ? shift : QUEUE_SHIFT_MAX;
}

/* Whether a rebuild was earned: by the events that passed since the last one and EXTRA more. */
bool sim_queue_affords(const struct sim_queue *queue, uint64_t extra)
{
    return queue->count - queue->tier_count <= PATIENCE * (queue->since + extra);
}

/* ---- chunks ---- */

static void add_slab(struct sim_queue *queue)
{
    size_t total = queue->chunks_total / 8;
    struct queue_slab *slab;
    uintptr_t address;

    total = total < SLAB_LEAST ? SLAB_LEAST : total > SLAB_MOST ? SLAB_MOST : total;
    slab = sim_alloc(sizeof(*slab) + (total + 1) * QUEUE_CHUNK_BYTES);
    address = (uintptr_t)(slab + 1) + QUEUE_CHUNK_BYTES - 1;
    slab->chunks = (struct queue_chunk *)(address & ~(uintptr_t)(QUEUE_CHUNK_BYTES - 1));
    slab->total = (uint32_t)total;
    slab->next = queue->slabs;
    queue->slabs = slab;
    queue->chunks_total += total;
    queue->bytes += sizeof(*slab) + (total + 1) * QUEUE_CHUNK_BYTES;
}

/* The chunk that was released last comes first: it is still in the cache. */
static struct queue_chunk *take_chunk(struct sim_queue *queue)
{
    struct queue_chunk *chunk = queue->free;

    if (chunk) {
        queue->free = chunk->next;
    } else {
        if (!queue->slabs || queue->slabs->touched == queue->slabs->total)
            add_slab(queue);
        chunk = &queue->slabs->chunks[queue->slabs->touched++];
        chunk->slab = queue->slabs;
    }
    chunk->next = NULL;
    chunk->before = 0;
    chunk->slab->used++;
    queue->chunks_used++;
    return chunk;
}

struct queue_chunk *sim_queue_release(struct sim_queue *queue, struct queue_chunk *chunk)
{
    struct queue_chunk *next = chunk->next;

    chunk->slab->used--;
    chunk->next = queue->free;
    queue->free = chunk;
    queue->chunks_used--;
    return next;
}

/* Gives empty slabs back. */
static void free_slabs(struct sim_queue *queue)
{
    struct queue_chunk *chunk = queue->free;
    struct queue_slab **link = &queue->slabs;

    queue->free = NULL;
    while (chunk) {
        struct queue_chunk *next = chunk->next;

        if (chunk->slab->used) {
            chunk->next = queue->free;
            queue->free = chunk;
        }
        chunk = next;
    }
    while (*link) {
        struct queue_slab *slab = *link;

        if (slab->used) {
            link = &slab->next;
            continue;
        }
        *link = slab->next;
        queue->chunks_total -= slab->total;
        queue->bytes -= sizeof(*slab) + ((size_t)slab->total + 1) * QUEUE_CHUNK_BYTES;
        sim_free(slab);
    }
}

/* ---- buckets ---- */

static struct queue_chunk *chunk_of(const struct sim_event *event)
{
    return (struct queue_chunk *)((uintptr_t)event & ~(uintptr_t)(QUEUE_CHUNK_BYTES - 1));
}

void sim_queue_extend(struct sim_queue *queue, struct queue_bucket *bucket)
{
    struct queue_chunk *chunk = take_chunk(queue);

    if (bucket->write) {
        struct queue_chunk *last = chunk_of(bucket->write - 1);

        last->fill = QUEUE_CHUNK_EVENTS;
        last->next = chunk;
        chunk->before = last->before + QUEUE_CHUNK_EVENTS;
    } else {
        bucket->head = chunk;
    }
    bucket->write = chunk->events;
}

/* Takes the whole chain off BUCKET, which must not be empty. */
struct queue_chunk *sim_queue_take(struct queue_bucket *bucket, uint64_t *count)
{
    struct queue_chunk *head = bucket->head, *last = chunk_of(bucket->write - 1);

    last->fill = (uint32_t)(bucket->write - last->events);
    *count = last->before + last->fill;
    *bucket = (struct queue_bucket){ 0 };
    return head;
}

struct sim_event *sim_queue_ring_extend(struct sim_queue *queue, uint64_t place)
{
    struct queue_bucket *bucket = &queue->ring[place];

    sim_queue_extend(queue, bucket);
    queue->ring_full[place / 64] |= UINT64_C(1) << place % 64;
    return bucket->write++;
}

/* Into the lowest tier that reaches T. It is beyond the ring, hence in a later bucket of that
 * tier than the present: half the ring is at least as wide as a bucket of the first tier. */
struct sim_event *sim_queue_far_place(struct sim_queue *queue, sim_time t)
{
    uint64_t time = (uint64_t)t, base = queue->current << queue->shift;
    int j = queue->first_tier;
    struct queue_bucket *bucket;
    struct queue_tier *tier;
    uint64_t place;

    while ((time >> QUEUE_TIER_BITS * j) - (base >> QUEUE_TIER_BITS * j) >= QUEUE_TIER_BUCKETS)
        j++;
    tier = &queue->tiers[j];
    place = (time >> QUEUE_TIER_BITS * j) % QUEUE_TIER_BUCKETS;
    bucket = &tier->buckets[place];
    if (((uintptr_t)bucket->write & (QUEUE_CHUNK_BYTES - 1)) == 0)
        sim_queue_extend(queue, bucket);
    tier->full |= UINT64_C(1) << place;
    queue->tiers_full |= UINT32_C(1) << j;
    queue->tier_count++;
    return bucket->write++;
}

static void add(struct sim_queue *queue, const struct sim_event *event)
{
    uint64_t time = (uint64_t)event->time, number = time >> queue->shift;

    if (queue->in_line)
        *sim_queue_line_place(queue) = *event;
    else if (time < queue->window_end)
        *sim_queue_heap_place(queue, event->time, event->sequence) = *event;
    else if (number - queue->current < queue->ring_size)
        *queue_ring_place(queue, number) = *event;
    else
        *sim_queue_far_place(queue, event->time) = *event;
}

/* Adds the events of a chain again and releases it. */
uint64_t sim_queue_add_chain(struct sim_queue *queue, struct queue_chunk *chunk)
{
    uint64_t moved = 0;

    while (chunk) {
        uint32_t fill = chunk->fill;

        if (chunk->next) {
            for (size_t i = 0; i < QUEUE_CHUNK_BYTES; i += 64)
                __builtin_prefetch((const char *)chunk->next + i);
        }
        for (uint32_t i = 0; i < fill; i++)
            add(queue, &chunk->events[i]);
        moved += fill;
        chunk = sim_queue_release(queue, chunk);
    }
    return moved;
}

/* ---- the next bucket ---- */

/* Distance from the current bucket to the first one of the ring with events, or ring_size. */
static uint64_t scan_ring(const struct sim_queue *queue)
{
    uint64_t words = queue->ring_size / 64, place = queue->current & (queue->ring_size - 1);
    uint64_t word = queue->ring_full[place / 64] >> place % 64;

    if (word)
        return (uint64_t)__builtin_ctzll(word);
    for (uint64_t i = 1; i <= words;
         i++) { /* the first word once more: its low bits lie a lap ahead */
        word = queue->ring_full[(place / 64 + i) % words];
        if (i == words)
            word &= (UINT64_C(1) << place % 64) - 1;
        if (word)
            return i * 64 - place % 64 + (uint64_t)__builtin_ctzll(word);
    }
    return queue->ring_size;
}

/* Start of the first bucket of tier J with events, and its place. */
static uint64_t scan_tier(const struct sim_queue *queue, int j, uint64_t *place)
{
    uint64_t base = queue->current << queue->shift >> QUEUE_TIER_BITS * j,
             full = queue->tiers[j].full;
    int turn = (int)(base % QUEUE_TIER_BUCKETS);
    uint64_t number = base + (uint64_t)__builtin_ctzll(full >> turn | full << (64 - turn) % 64);

    *place = number % QUEUE_TIER_BUCKETS;
    return number << QUEUE_TIER_BITS * j;
}

bool sim_queue_advance(struct sim_queue *queue, sim_time until)
{
    for (;;) {
        uint64_t distance = scan_ring(queue), place = 0, count;
        uint64_t start =
            distance < queue->ring_size ? (queue->current + distance) << queue->shift : UINT64_MAX;
        int tier = -1;

        for (uint32_t rest = queue->tiers_full; rest; rest &= rest - 1) {
            int j = __builtin_ctz(rest);
            uint64_t at, from = scan_tier(queue, j, &at);

            if (from <= start) {
                start = from;
                tier = j;
                place = at;
            }
        }
        if (until < 0 || start > (uint64_t)until)
            return false;
        queue->current = start >> queue->shift;
        if (queue->window_end < start)
            queue->window_end = start;
        if (tier < 0)
            return true;
        queue->tiers[tier].full &= ~(UINT64_C(1) << place);
        if (!queue->tiers[tier].full)
            queue->tiers_full &= ~(UINT32_C(1) << tier);
        struct queue_chunk *chain = sim_queue_take(&queue->tiers[tier].buckets[place], &count);

        queue->tier_count -= count;
        count = sim_queue_add_chain(queue, chain);
        queue->work.cascaded += count;
        queue->period_cascaded += count;
    }
}

/* ---- changes of the width ---- */

static void prepend(struct queue_chunk **list, struct queue_chunk *chain)
{
    struct queue_chunk *last = chain;

    while (last->next)
        last = last->next;
    last->next = *list;
    *list = chain;
}

/* Takes all events off the ring, and off the tiers below FIRST_TIER. */
static struct queue_chunk *take_all(struct sim_queue *queue, int first_tier)
{
    struct queue_chunk *list = NULL;
    uint64_t count;

    for (uint64_t i = 0; i < queue->ring_size / 64; i++) {
        for (uint64_t word = queue->ring_full[i]; word; word &= word - 1)
            prepend(&list,
                    sim_queue_take(&queue->ring[i * 64 + (uint64_t)__builtin_ctzll(word)], &count));
        queue->ring_full[i] = 0;
    }
    for (int j = 0; j < first_tier; j++) {
        if (!(queue->tiers_full >> j & 1))
            continue;
        for (uint64_t word = queue->tiers[j].full; word; word &= word - 1) {
            prepend(&list, sim_queue_take(&queue->tiers[j].buckets[__builtin_ctzll(word)], &count));
            queue->tier_count -= count;
        }
        queue->tiers[j].full = 0;
        queue->tiers_full &= ~(UINT32_C(1) << j);
    }
    return list;
}

/* Adds all that is in the window again, the heap last: its events are mostly the newest, and a
 * chain that is in order is never copied. */
static void empty_window(struct sim_queue *queue)
{
    struct queue_chunk *rest = queue->rest, *chain = queue->chain;
    uint64_t count = (uint64_t)(queue->stop - queue->next);

    for (const struct sim_event *event = queue->next; event < queue->stop; event++)
        add(queue, event);
    queue->work.rebuilt += count;
    queue->next = queue->end = queue->stop = queue->run;
    queue->chain = queue->rest = NULL;
    if (chain)
        sim_queue_release(queue, chain);
    queue->work.rebuilt += sim_queue_add_chain(queue, rest);
    if (queue->tail.write)
        queue->work.rebuilt += sim_queue_add_chain(queue, sim_queue_take(&queue->tail, &count));

    count = queue->heap_count;
    queue->heap_count = 0; /* what stays is pushed again, never ahead of what is read */
    for (uint64_t i = 0; i < count; i++) {
        struct sim_event event = queue->heap[i];

        add(queue, &event);
    }
    queue->work.rebuilt += count;
}

static void size_ring(struct sim_queue *queue)
{
    uint64_t wanted = queue->count * 4 / sim_queue_target(queue);
    int bits = QUEUE_RING_BITS_MIN;
    uint64_t size;

    while (bits < QUEUE_RING_BITS_MAX && UINT64_C(1) << bits < wanted)
        bits++;
    size = UINT64_C(1) << bits;
    if (size != queue->ring_size) {
        queue->bytes -= queue->ring_size * sizeof(*queue->ring) + queue->ring_size / 8;
        sim_free(queue->ring);
        sim_free(queue->ring_full);
        queue->ring = sim_alloc_array(size, sizeof(*queue->ring));
        queue->ring_full = sim_alloc_array(size / 64, sizeof(*queue->ring_full));
        queue->ring_size = size;
        queue->bytes += size * sizeof(*queue->ring) + size / 8;
    }
    if (!queue->tiers) {
        queue->tiers = sim_alloc_array(QUEUE_TIERS, sizeof(*queue->tiers));
        queue->bytes += QUEUE_TIERS * sizeof(*queue->tiers);
    }
    queue->ring_bits = bits;
}

/* Gives the buckets the width 2^SHIFT. The present may lie before the current bucket (a pop that
 * found the next event too late has loaded it): the current bucket is not taken back, and what lies
 * before it belongs to the heap. */
void sim_queue_rebuild(struct sim_queue *queue, int shift)
{
    uint64_t base = queue->current << queue->shift;
    uint64_t now = queue->last_time > 0 ? (uint64_t)queue->last_time : 0;
    uint64_t at = now > base ? now : base;
    struct queue_chunk *list;
    int first;

    assert(shift >= 0);
    assert(shift <= QUEUE_SHIFT_MAX);
    if (queue->ring) {
        first = (shift + QUEUE_RING_BITS_MAX - 1) / QUEUE_TIER_BITS;
        list = take_all(queue, first);
    } else {
        list = NULL;
    }
    size_ring(queue);
    first = (shift + queue->ring_bits - 1) / QUEUE_TIER_BITS;
    queue->first_tier = first < QUEUE_TIERS ? first : QUEUE_TIERS - 1;
    queue->shift = shift;
    queue->current = at >> shift;
    queue->ahead = NULL;
    queue->since = 0;
    queue->work.rebuilds++;
    queue->window_end = queue->current << shift;
    empty_window(queue);
    queue->work.rebuilt += sim_queue_add_chain(queue, list);
}

/* ---- memory, and the line again ---- */

/* Room for a run of COUNT events. What was in it is gone. */
void sim_queue_reserve_run(struct sim_queue *queue, size_t count)
{
    if (count > queue->run_capacity) {
        size_t capacity = count + count / 8 + 64;

        queue->bytes += (capacity - queue->run_capacity) * sizeof(*queue->run);
        sim_free(queue->run);
        queue->run = sim_alloc_array(capacity, sizeof(*queue->run));
        queue->run_capacity = capacity;
    }
    queue->next = queue->end = queue->stop = queue->run;
}

static void trim_slabs(struct sim_queue *queue)
{
    if (queue->chunks_total > 4 * SLAB_LEAST && queue->chunks_used < queue->chunks_total / 2)
        free_slabs(queue);
}

/* Nothing is in the run. */
static void trim_run(struct sim_queue *queue)
{
    if (queue->run_capacity > TARGET_MOST && queue->period_most < queue->run_capacity / 4) {
        queue->bytes -= queue->run_capacity * sizeof(*queue->run) +
                        queue->histogram_capacity * sizeof(*queue->histogram) +
                        queue->scratch_capacity * sizeof(*queue->scratch);
        sim_free(queue->run);
        sim_free(queue->histogram);
        sim_free(queue->scratch);
        queue->run = queue->scratch = NULL;
        queue->histogram = NULL;
        queue->run_capacity = queue->scratch_capacity = queue->histogram_capacity = 0;
        sim_queue_reserve_run(queue, QUEUE_LINE_ROOM);
    }
    queue->period_most = 0;
}

static void trim_heap(struct sim_queue *queue)
{
    size_t half = queue->heap_capacity / 2;

    if (half > 2 * QUEUE_HEAP_SIDE && queue->heap_count < half && queue->period_heap < half / 2) {
        queue->heap = sim_resize(queue->heap, queue->heap_capacity * sizeof(*queue->heap),
                                 half * sizeof(*queue->heap));
        queue->bytes -= (queue->heap_capacity - half) * sizeof(*queue->heap);
        queue->heap_capacity = half;
    }
    queue->period_heap = 0;
}

/* Gives back what a past peak needed. Called while nothing is in the window. */
void sim_queue_trim(struct sim_queue *queue)
{
    trim_slabs(queue);
    trim_run(queue);
    trim_heap(queue);
}

/* Leaves the ring: the few events that are pending become the line. */
void sim_queue_collapse(struct sim_queue *queue)
{
    struct queue_chunk *list = take_all(queue, QUEUE_TIERS);

    queue->in_line = true;
    queue->window_end = UINT64_MAX;
    queue->current = 0;
    queue->shift = 0;
    queue->ahead = NULL;
    queue->period_most = 0;
    trim_run(queue);
    trim_heap(queue);
    queue->work.rebuilt += sim_queue_add_chain(queue, list);
    trim_slabs(queue);
}

void sim_queue_finish(struct sim_queue *queue)
{
    while (queue->slabs) {
        struct queue_slab *slab = queue->slabs;

        queue->slabs = slab->next;
        sim_free(slab);
    }
    sim_free(queue->ring);
    sim_free(queue->ring_full);
    sim_free(queue->tiers);
    sim_free(queue->run);
    sim_free(queue->scratch);
    sim_free(queue->histogram);
    sim_free(queue->heap);
}
