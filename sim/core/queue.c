/* queue.c - the surface of the queue, the run alone with few events, and the heap beside it with
 * many. */
#include "sim/core/queue.h"

#include "sim/core/mem.h"
#include "sim/core/queue_private.h"

#include <assert.h>
#include <string.h>

enum { HEAP_FIRST = 64 };

/* ---- the heap: 4-ary, implicit ---- */

struct sim_event *sim_queue_heap_place(struct sim_queue *queue, sim_time time, uint64_t sequence)
{
    struct sim_event *heap;
    size_t i = queue->heap_count++;

    if (i == queue->heap_capacity) {
        size_t before = queue->heap_capacity;

        queue->heap = sim_grow(queue->heap, &queue->heap_capacity, i + 1, sizeof(*queue->heap));
        queue->bytes += (queue->heap_capacity - before) * sizeof(*queue->heap);
    }
    heap = queue->heap;
    while (i > 0) {
        const struct sim_event *parent = &heap[(i - 1) / 4];

        if (time > parent->time || (time == parent->time && sequence > parent->sequence))
            break;
        heap[i] = *parent;
        i = (i - 1) / 4;
    }
    heap[i].time = time;
    heap[i].sequence = sequence;
    return &heap[i];
}

static void heap_drop_first(struct sim_queue *queue)
{
    struct sim_event *heap = queue->heap;
    size_t count = --queue->heap_count, i = 0;
    const struct sim_event *last = &heap[count];

    for (;;) {
        size_t child = 4 * i + 1, least = child, end = child + 4;

        if (end > count) {
            if (child >= count)
                break;
            end = count;
        }
        for (size_t k = child + 1; k < end; k++) {
            if (queue_before(&heap[k], &heap[least]))
                least = k;
        }
        if (!queue_before(&heap[least], last))
            break;
        heap[i] = heap[least];
        i = least;
    }
    heap[i] = *last;
}

/* ---- few events: the line ---- */

/* The room is several times QUEUE_LINE_MAX, so the run is moved to the front of its place now and
 * then only. */
static void line_insert(struct sim_queue *queue, const struct sim_event *event)
{
    struct sim_event *place = queue->stop;

    if (place == queue->run + queue->run_capacity) {
        size_t count = (size_t)(queue->stop - queue->next);

        memmove(queue->run, queue->next, count * sizeof(*event));
        queue->next = queue->run;
        place = queue->run + count;
    }
    queue->end = queue->stop = place + 1;
    for (; place > queue->next && queue_before(event, place - 1); place--)
        *place = place[-1];
    *place = *event;
}

/* The newest event waits in the heap, alone, until the next one comes. Where it belongs depends on
 * its time, and that on all that its handler computed: a processor that had to know at once would
 * wait for it, event after event; a third of the time of a small world. */
struct sim_event *sim_queue_line_place(struct sim_queue *queue)
{
    if (queue->heap_count)
        line_insert(queue, queue->heap);
    queue->heap_count = 1;
    return queue->heap;
}

/* Leaves it for the ring, with the width that the earlier half of the run asks for. */
static void open_ring(struct sim_queue *queue)
{
    size_t half = QUEUE_LINE_MAX / 2;
    sim_time now = queue->last_time > 0 ? queue->last_time : 0, at = queue->next[half].time;
    uint64_t spread;

    if (at == now)
        at = queue->stop[-1].time;
    queue->in_line = false;
    spread = at > now ? (uint64_t)(at - now) : (uint64_t)SIM_MILLISECOND;
    sim_queue_rebuild(queue, sim_queue_shift_for(queue, spread, half));
}

/* ---- a heap that grew too large ---- */

/* So many events fall into the window that the buckets must be too wide for what goes on now. Where
 * narrower ones would not help or were not earned, the heap may grow: it costs a logarithm. */
static void relieve(struct sim_queue *queue)
{
    uint64_t now = queue->last_time > 0 ? (uint64_t)queue->last_time : 0, distance = 0;
    size_t count = queue->heap_count;
    int shift;

    for (size_t i = 0; i < count; i++)
        distance += ((uint64_t)queue->heap[i].time - now) / count;
    if (queue->period_heap < count)
        queue->period_heap = count;
    if (queue->work.heap_most < count)
        queue->work.heap_most = count;
    shift = sim_queue_shift_for(queue, 2 * distance, count);
    if (shift < queue->shift && sim_queue_affords(queue, count)) {
        queue->crowded_shift = queue->shift;
        sim_queue_rebuild(queue, shift);
    }
    if (queue->heap_limit < 2 * queue->heap_count)
        queue->heap_limit = 2 * queue->heap_count;
}

/* Behind all that the run and its tail hold, or else into the heap. */
static struct sim_event *place_in_window(struct sim_queue *queue, sim_time time, uint64_t sequence)
{
    queue->period_events++;
    queue->since++;
    if (queue->next != queue->end &&
        (time < queue->ceiling_time ||
         (time == queue->ceiling_time && sequence < queue->ceiling_sequence)))
        return sim_queue_heap_place(queue, time, sequence);
    struct queue_bucket *tail = &queue->tail;
    if (((uintptr_t)tail->write & (QUEUE_CHUNK_BYTES - 1)) == 0)
        sim_queue_extend(queue, tail);
    struct sim_event *place = tail->write++;
    queue->ceiling_time = time;
    queue->ceiling_sequence = sequence;
    if (queue->next == queue->end)
        sim_queue_next_segment(queue);
    return place;
}

/* Apart from the ring's own way, so that this one's registers cost nothing there. */
static __attribute__((noinline)) struct sim_event *place_elsewhere(struct sim_queue *queue,
                                                                   sim_time time, uint64_t sequence)
{
    if (queue->in_line)
        open_ring(queue);
    if ((uint64_t)time < queue->window_end && queue->heap_count > queue->heap_limit)
        relieve(queue);
    uint64_t number = (uint64_t)time >> queue->shift;
    if ((uint64_t)time < queue->window_end)
        return place_in_window(queue, time, sequence);
    if (number - queue->current < queue->ring_size)
        return queue_ring_place(queue, number);
    return sim_queue_far_place(queue, time);
}

/* ---- the surface ---- */

struct sim_queue *sim_queue_create(void)
{
    struct sim_queue *queue = sim_alloc(sizeof(*queue));

    queue->last_time = -1;
    queue->crowded_shift = QUEUE_SHIFT_MAX + 1;
    queue->window_end = UINT64_MAX;
    queue->in_line = true;
    queue->heap_limit = QUEUE_HEAP_SIDE;
    queue->heap_capacity = HEAP_FIRST;
    queue->heap = sim_alloc_array(HEAP_FIRST, sizeof(*queue->heap));
    queue->bytes = sizeof(*queue) + HEAP_FIRST * sizeof(*queue->heap);
    sim_queue_reserve_run(queue, QUEUE_LINE_ROOM);
    return queue;
}

void sim_queue_destroy(struct sim_queue *queue)
{
    if (!queue)
        return;
    sim_queue_finish(queue);
    sim_free(queue);
}

struct sim_event *sim_queue_place(struct sim_queue *queue, sim_time time, uint64_t sequence)
{
    uint64_t number = (uint64_t)time >> queue->shift;
    struct sim_event *place;

    assert(time > queue->last_time ||
           (time == queue->last_time && sequence > queue->last_sequence));
    queue->count++;
    if ((uint64_t)time >= queue->window_end && number - queue->current < queue->ring_size)
        place = queue_ring_place(queue, number);
    else if (queue->in_line && queue->count <= QUEUE_LINE_MAX)
        place = sim_queue_line_place(queue);
    else
        place = place_elsewhere(queue, time, sequence);
    place->time = time;
    place->sequence = sequence;
    return place;
}

void sim_queue_push(struct sim_queue *queue, const struct sim_event *event)
{
    const size_t at = offsetof(struct sim_event, index);
    char *place = (char *)sim_queue_place(queue, event->time, event->sequence);

    /* not as a whole: the processor would wait for a time that has only just been written */
    memcpy(place + at, (const char *)event + at, sizeof(*event) - at);
}

/* Apart, so that its registers cost nothing on the way of each event. */
bool sim_queue_load_apart(struct sim_queue *queue, sim_time until)
{
    return sim_queue_load(queue, until);
}

void sim_queue_heap_drop(struct sim_queue *queue)
{
    heap_drop_first(queue);
}

/* Inline, which the link-time optimiser takes as leave to put it into the run loop; so it calls
 * nothing static. */
inline bool sim_queue_pop(struct sim_queue *queue, sim_time until, struct sim_event *event)
{
    const struct sim_event *first;
    bool from_heap = false;

    if (queue->next == queue->end && !queue->heap_count && !sim_queue_load_apart(queue, until))
        return false;
    first = queue->next;
    if (queue->heap_count) {
        const struct sim_event *top = queue->heap;

        from_heap = first == queue->end || top->time < first->time ||
                    (top->time == first->time && top->sequence < first->sequence);
        if (from_heap)
            first = top;
    }
    if (first->time > until)
        return false;
    *event = *first;
    queue->last_time = first->time;
    queue->last_sequence = first->sequence;
    queue->count--;
    if (!from_heap) {
        if (++queue->next == queue->end)
            sim_queue_next_segment(queue);
    } else if (queue->heap_count == 1) { /* as always while few are pending */
        queue->heap_count = 0;
    } else {
        sim_queue_heap_drop(queue);
    }
    return true;
}

struct sim_queue *sim_queue_change(struct sim_queue *queue,
                                   bool (*change)(void *context, struct sim_event *event),
                                   void *context)
{
    struct sim_queue *changed = sim_queue_create();
    struct sim_event event;

    changed->last_time = queue->last_time;
    changed->last_sequence = queue->last_sequence;
    while (sim_queue_pop(queue, INT64_MAX, &event))
        if (change(context, &event))
            sim_queue_push(changed, &event);
    sim_queue_destroy(queue);
    return changed;
}

const struct sim_event *sim_queue_ahead(const struct sim_queue *queue, uint32_t ahead)
{
    size_t here = (size_t)(queue->stop - queue->next);

    if (ahead < here)
        return queue->next + ahead;
    if (queue->rest && ahead - here < queue->rest->fill)
        return &queue->rest->events[ahead - here];
    return NULL;
}

uint64_t sim_queue_count(const struct sim_queue *queue)
{
    return queue->count;
}

size_t sim_queue_bytes(const struct sim_queue *queue)
{
    return queue->bytes;
}

const struct sim_queue_work *sim_queue_work(const struct sim_queue *queue)
{
    return &queue->work;
}
