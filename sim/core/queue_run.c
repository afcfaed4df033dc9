/* queue_run.c - a bucket becomes current: its events are sorted into the run, and the width is
 * judged. */
#include "sim/core/queue_private.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

enum { BINS_BITS_MAX = 18 };

/* Up to here no bins are worth while. */
enum { SMALL = 8 };
_Static_assert((int)SMALL <= (int)QUEUE_CHUNK_EVENTS, "a small bucket is one chunk");

/* Events handed out between two looks at the following bucket: a chunk's worth. */
enum { SEGMENT = 32 };

/* The width is judged after so many loads, or a few if all that is pending has passed as often. It
 * is left alone up to this factor off the target: the cost is flat from half to eight times the
 * best. */
enum { PERIOD = 64, PERIOD_LEAST = 4, OFF_TARGET = 2 };

enum { SAMPLES = 64 };

/* ---- handing out ---- */

static void fetch(const struct queue_chunk *chunk)
{
    for (size_t i = 64; i < QUEUE_CHUNK_BYTES; i += 64)
        __builtin_prefetch((const char *)chunk + i);
}

void sim_queue_next_segment(struct sim_queue *queue)
{
    struct queue_chunk *chunk;
    uint64_t count;

    if (queue->end < queue->stop) {
        queue->end = queue->stop - queue->end > SEGMENT ? queue->end + SEGMENT : queue->stop;
        chunk = queue->ahead;
        if (chunk) { /* its header was asked for a segment ago */
            queue->ahead = chunk->next;
            __builtin_prefetch(chunk->next);
            fetch(chunk);
        }
        return;
    }
    if (queue->chain) {
        sim_queue_release(queue, queue->chain);
        queue->chain = NULL;
    }
    if (!queue->rest && queue->tail.write)
        queue->rest = sim_queue_take(&queue->tail, &count);
    chunk = queue->rest;
    if (chunk) {
        queue->chain = chunk;
        queue->rest = chunk->next;
        queue->next = chunk->events;
        queue->end = queue->stop = chunk->events + chunk->fill;
        if (chunk->next)
            fetch(chunk->next);
    } else {
        queue->next = queue->end = queue->stop = queue->run;
    }
}

/* ---- sorting ---- */

static uint64_t insertion_sort(struct sim_event *events, size_t count)
{
    uint64_t shifted = 0;

    for (size_t i = 1; i < count; i++) {
        struct sim_event event = events[i];
        size_t j = i;

        for (; j > 0 && queue_before(&event, &events[j - 1]); j--)
            events[j] = events[j - 1];
        events[j] = event;
        shifted += i - j;
    }
    return shifted;
}

/* Top-down, leaving alone what is in order already: such bins are mostly sequences in order with
 * some old ones. SCRATCH holds half of them. Returns how many events were moved. */
static uint64_t merge_sort(struct sim_event *events, size_t count, struct sim_event *scratch)
{
    size_t half = count / 2, skip = 0, left = 0, right = half, out, kept;
    uint64_t moved;

    if (count <= SMALL)
        return insertion_sort(events, count);
    moved = merge_sort(events, half, scratch);
    moved += merge_sort(events + half, count - half, scratch);
    if (!queue_before(&events[half], &events[half - 1]))
        return moved;
    for (size_t high = half; skip < high;) { /* the first of the left half that must move */
        size_t middle = skip + (high - skip) / 2;

        if (queue_before(&events[middle], &events[half]))
            skip = middle + 1;
        else
            high = middle;
    }
    kept = half - skip;
    memcpy(scratch, events + skip, kept * sizeof(*events));
    for (out = skip; left < kept; out++) {
        if (right < count && queue_before(&events[right], &scratch[left]))
            events[out] = events[right++];
        else
            events[out] = scratch[left++];
    }
    return moved + out - skip;
}

/* The pass after the counting: events differ from their place by a few positions within a bin.
 * Where one is further off, its bin holds many events out of order, and insertion would be
 * quadratic in them. */
static void settle(struct sim_queue *queue, struct sim_event *run, size_t count, uint64_t start,
                   int fine)
{
    uint64_t shifted = 0;

    for (size_t i = 1; i < count; i++) {
        if (!queue_before(&run[i], &run[i - 1]))
            continue;
        struct sim_event event = run[i];
        size_t j = i, least = i > QUEUE_SHIFTS_MAX ? i - QUEUE_SHIFTS_MAX : 0;

        do {
            run[j] = run[j - 1];
            j--;
        } while (j > least && queue_before(&event, &run[j - 1]));
        run[j] = event;
        shifted += i - j;
        if (j == 0 || !queue_before(&event, &run[j - 1]))
            continue;
        uint64_t bin = ((uint64_t)event.time - start) >> fine;
        size_t low = j, high = i + 1;

        while (low > 0 && ((uint64_t)run[low - 1].time - start) >> fine == bin)
            low--;
        while (high < count && ((uint64_t)run[high].time - start) >> fine == bin)
            high++;
        if (queue->scratch_capacity < (high - low) / 2) {
            queue->bytes -= queue->scratch_capacity * sizeof(*queue->scratch);
            sim_free(queue->scratch);
            queue->scratch_capacity = high - low;
            queue->scratch = sim_alloc_array(queue->scratch_capacity, sizeof(*queue->scratch));
            queue->bytes += queue->scratch_capacity * sizeof(*queue->scratch);
        }
        queue->work.merged += merge_sort(run + low, high - low, queue->scratch);
        i = high - 1;
    }
    queue->work.shifted += shifted;
}

static void set_ceiling(struct sim_queue *queue, const struct sim_event *last)
{
    queue->ceiling_time = last->time;
    queue->ceiling_sequence = last->sequence;
}

/* The last event of CHAIN if it is in order already, as under constant delays. */
static const struct sim_event *last_if_sorted(const struct queue_chunk *chain)
{
    const struct sim_event *last = &chain->events[0];

    for (; chain; chain = chain->next) {
        if (chain->next)
            __builtin_prefetch(chain->next->events);
        for (uint32_t i = 0; i < chain->fill; i++) {
            if (queue_before(&chain->events[i], last))
                return NULL;
            last = &chain->events[i];
        }
    }
    return last;
}

/* Moves a chain of COUNT events, released on the way, into the run by bins of equal width. */
static void counting_sort(struct sim_queue *queue, struct queue_chunk *chain, size_t count)
{
    uint64_t start = queue->current << queue->shift;
    int bits = 64 - __builtin_clzll(count), fine;
    uint32_t *histogram, sum = 0;
    size_t bins;

    bits = bits < BINS_BITS_MAX ? bits : BINS_BITS_MAX;
    bits = bits < queue->shift ? bits : queue->shift;
    fine = queue->shift - bits;
    bins = (size_t)1 << bits;
    if (queue->histogram_capacity < bins) {
        queue->bytes += (bins - queue->histogram_capacity) * sizeof(*histogram);
        sim_free(queue->histogram);
        queue->histogram = sim_alloc_array(bins, sizeof(*histogram));
        queue->histogram_capacity = bins;
    }
    histogram = queue->histogram;
    memset(histogram, 0, bins * sizeof(*histogram));
    for (const struct queue_chunk *chunk = chain; chunk; chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->fill; i++)
            histogram[((uint64_t)chunk->events[i].time - start) >> fine]++;
    }
    for (size_t i = 0; i < bins; i++) {
        uint32_t here = histogram[i];

        histogram[i] = sum;
        sum += here;
    }
    while (chain) {
        for (uint32_t i = 0; i < chain->fill; i++)
            queue->run[histogram[((uint64_t)chain->events[i].time - start) >> fine]++] =
                chain->events[i];
        chain = sim_queue_release(queue, chain);
    }
    assert(sum == count);
    settle(queue, queue->run, count, start, fine);
    queue->work.sorted += count;
}

/* Few events, all in one chunk: each is compared with each, without a branch that could be guessed
 * wrong, as an insertion sort has one for every event. */
static void rank_sort(struct sim_queue *queue, struct queue_chunk *chunk, size_t count)
{
    const struct sim_event *events = chunk->events;
    unsigned char ranks[SMALL] = { 0 };

    for (size_t i = 1; i < count; i++) {
        sim_time time = events[i].time;
        uint64_t sequence = events[i].sequence;
        unsigned rank = 0;

        for (size_t j = 0; j < i; j++) {
            unsigned behind =
                (unsigned)(events[j].time < time) |
                ((unsigned)(events[j].time == time) & (unsigned)(events[j].sequence < sequence));

            rank += behind;
            ranks[j] = (unsigned char)(ranks[j] + 1 - behind);
        }
        ranks[i] = (unsigned char)rank;
    }
    for (size_t i = 0; i < count; i++)
        queue->run[ranks[i]] = events[i];
    sim_queue_release(queue, chunk);
}

/* CHAIN becomes the run. */
static void sort_run(struct sim_queue *queue, struct queue_chunk *chain, size_t count)
{
    const struct sim_event *last;

    last = last_if_sorted(chain);
    if (last) { /* as it lies */
        set_ceiling(queue, last);
        queue->rest = chain;
        sim_queue_next_segment(queue);
        return;
    }
    sim_queue_reserve_run(queue, count);
    if (count <= SMALL)
        rank_sort(queue, chain, count);
    else
        counting_sort(queue, chain, count);
    set_ceiling(queue, &queue->run[count - 1]);
    queue->stop = queue->run + count;
    sim_queue_next_segment(queue);
}

/* ---- judging the width ---- */

/* The width that the middle half of the events of a crowded bucket asks for. If they share one
 * time, none would help. */
static int narrower(const struct sim_queue *queue, const struct queue_chunk *chain, uint64_t count)
{
    uint64_t times[SAMPLES], step = count / SAMPLES + 1, next = 0;
    uint64_t spread;
    size_t n = 0;
    int shift;

    for (; chain; chain = chain->next) {
        for (; next < chain->before + chain->fill && n < SAMPLES; next += step) {
            uint64_t time = (uint64_t)chain->events[next - chain->before].time;
            size_t j = n++;

            for (; j > 0 && time < times[j - 1]; j--)
                times[j] = times[j - 1];
            times[j] = time;
        }
    }
    spread = times[n - n / 4 - 1] - times[n / 4];
    if (!spread)
        return queue->shift;
    shift = sim_queue_shift_for(queue, spread, count / 2);
    return shift < queue->shift ? shift : queue->shift;
}

/* Wider where buckets stay nearly empty; and where events come down through more than one tier
 * each, unless that width is known to be too much. */
static void judge(struct sim_queue *queue)
{
    uint64_t average = queue->period_events / queue->period_loads, target = sim_queue_target(queue);
    int shift = queue->shift;

    if (average * OFF_TARGET < target) {
        shift += 63 - __builtin_clzll(target / average);
        queue->crowded_shift = QUEUE_SHIFT_MAX + 1;
    } else if (queue->period_cascaded > queue->period_events) {
        shift += QUEUE_TIER_BITS;
        if (shift >= queue->crowded_shift)
            shift = queue->crowded_shift - 1;
    }
    if (shift > QUEUE_SHIFT_MAX)
        shift = QUEUE_SHIFT_MAX;
    if (shift > queue->shift && sim_queue_affords(queue, 0))
        sim_queue_rebuild(queue, shift);
    sim_queue_trim(queue);
    queue->period_loads = 0;
    queue->period_events = 0;
    queue->period_cascaded = 0;
}

static bool judge_now(const struct sim_queue *queue)
{
    return queue->period_loads >= PERIOD || (queue->period_loads >= PERIOD_LEAST &&
                                             queue->period_events >= PERIOD_LEAST * queue->count);
}

/* Called with nothing in run, tail and heap. False: nothing is pending up to UNTIL as far as
 * buckets tell. */
bool sim_queue_load(struct sim_queue *queue, sim_time until)
{
    struct queue_chunk *chain;
    uint64_t count, place;

    if (queue->count == 0)
        return false;
    if (queue->count < QUEUE_LINE_ENTER) {
        sim_queue_collapse(queue);
        return true;
    }
    if (judge_now(queue))
        judge(queue);
    for (;;) {
        if (!sim_queue_advance(queue, until))
            return false;
        place = queue->current & (queue->ring_size - 1);
        queue->ring_full[place / 64] &= ~(UINT64_C(1) << place % 64);
        chain = sim_queue_take(&queue->ring[place], &count);
        if (count <= OFF_TARGET * sim_queue_target(queue) || !sim_queue_affords(queue, count))
            break;
        int shift = narrower(queue, chain, count);

        if (shift == queue->shift)
            break;
        queue->crowded_shift = queue->shift;
        sim_queue_rebuild(queue, shift);
        queue->work.rebuilt += sim_queue_add_chain(queue, chain);
    }
    queue->window_end = (queue->current + 1) << queue->shift;
    queue->heap_limit = QUEUE_HEAP_SIDE;
    queue->since += count;
    queue->period_loads++;
    queue->period_events += count;
    if (queue->period_most < count)
        queue->period_most = count;
    queue->work.loads++;
    queue->ahead = queue->ring[(queue->current + 1) & (queue->ring_size - 1)].head;
    if (queue->ahead)
        __builtin_prefetch(queue->ahead);
    sort_run(queue, chain, (size_t)count);
    return true;
}
