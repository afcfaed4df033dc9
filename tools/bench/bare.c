/* bare.c - what one core allows: event loops without nodes, handlers, causes, streams or checks.
 *
 *   bare phold    PENDING EVENTS [phold|exponential|bimodal|equal|pareto]
 *   bare pingpong NODES   EVENTS [phold|exponential|bimodal|equal|pareto]
 *
 * The kernel is measured as a ratio to these, taken in turns in one run. Nothing here knows the
 * rest of the tree, so that a loss there cannot hide by being shared.
 *
 * `phold`: PENDING events are always pending; each schedules one for a random node after a random
 * delay. `pingpong`: messages between partners, one for every node under way; a ping is answered
 * with a pong, and a pong counts a round and is answered with a ping. Its delay is 1 ms without a
 * law. Both keep the exact order of (time, sequence) for any delays, by a ring of time buckets of
 * which the current one is sorted; as the whole load is known beforehand, so is the right width of
 * a bucket, which a kernel must find out. It is a plain loop: no look-ahead, no code of its own for
 * a law, no advantage taken of a constant delay.
 *
 * Prints one line: name=phold law=phold pending=1000 events=10000000 ns_per_event=13.9
 * hash=1234567890. The hash is over the times and nodes of all events in the order in which they
 * ran. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)

enum { CHUNK_BYTES = 256, CHUNK_EVENTS = 15, SMALL = 24, NODE_BITS = 24 };

/* Below NODE_BITS stands what the loop wants to know, above it the sequence: one comparison breaks
 * ties. */
struct event {
    uint64_t low, time;
};

/* Aligned to its size: a place to write that is a multiple of it lies behind a full chunk. */
struct chunk {
    struct chunk *next;
    uint64_t before; /* events in the chunks in front */
    struct event events[CHUNK_EVENTS];
};

struct bucket {
    struct event *write;
    struct chunk *head;
};

struct queue {
    struct event *next, *end; /* the run */
    uint64_t current_end;     /* what is earlier goes to the heap */
    struct bucket *ring;
    uint64_t a; /* of the generator; apart from b, since two steps at once in one wide register are
                   slower */
    uint64_t current, ring_size;
    int shift;
    struct event *heap;
    uint64_t heap_count;
    struct bucket overflow;
    struct chunk *free, *fresh;
    struct event *run;
    uint32_t *histogram;
    uint64_t b;
};

static bool before(struct event a, struct event b)
{
    return a.time != b.time ? a.time < b.time : a.low < b.low;
}

static void *zeroed(uint64_t count, size_t size)
{
    void *block = calloc(count, size);

    if (!block) {
        fputs("bare: out of memory\n", stderr);
        exit(4);
    }
    return block;
}

/* ---- draws: xoroshiro128++, and an exponential by ziggurat (Marsaglia and Tsang 2000) of 256
 * layers ---- */

static inline uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

static inline uint64_t draw(struct queue *queue)
{
    uint64_t a = queue->a, b = queue->b, result = rotate(a + b, 17) + a;

    b ^= a;
    queue->a = rotate(a, 49) ^ b ^ b << 21;
    queue->b = rotate(b, 28);
    return result;
}

static inline double unit(struct queue *queue)
{
    return ((double)(draw(queue) >> 11) + 0.5) * 0x1p-53;
}

/* Series, so that no library of functions is needed for a table and a rare tail. */
static double exponential_of(double x)
{
    double sum = 1, term = 1;

    for (int i = 1; i < 20; i++)
        sum += term *= x / 1024 / i;
    for (int i = 0; i < 10; i++)
        sum *= sum;
    return sum;
}

static double logarithm_of(double x)
{
    double result = 0, z, power, sum = 0;

    for (; x < 0.75; x *= 2)
        result -= 0.693147180559945309;
    for (; x > 1.5; x /= 2)
        result += 0.693147180559945309;
    z = (x - 1) / (x + 1);
    power = z;
    for (int i = 1; i < 40; i += 2) {
        sum += power / i;
        power *= z * z;
    }
    return result + 2 * sum;
}

#define TAIL 7.69711747013104972 /* where the lowest layer ends */
#define AREA 3.949659822581572e-3

struct layers {
    uint64_t inside[256]; /* below this a word falls under the curve */
    double width[256], height[257];
};

static void layers_init(struct layers *layers)
{
    double edge[257];

    edge[0] = AREA * exponential_of(TAIL); /* of the box with the area of layer and tail */
    edge[1] = TAIL;
    for (int i = 2; i < 256; i++)
        edge[i] = -logarithm_of(exponential_of(-edge[i - 1]) + AREA / edge[i - 1]);
    edge[256] = 0;
    for (int i = 0; i < 256; i++) {
        layers->inside[i] = (uint64_t)(edge[i + 1] / edge[i] * 0x1p56);
        layers->width[i] = edge[i] * 0x1p-56;
        layers->height[i] = exponential_of(-edge[i]);
    }
    layers->height[256] = 1;
}

static double exponential_rest(struct queue *queue, const struct layers *layers, uint64_t word)
{
    for (;;) {
        unsigned i = word & 255;
        double x = (double)(word >> 8) * layers->width[i];

        if (word >> 8 < layers->inside[i])
            return x;
        if (i == 0)
            return TAIL - logarithm_of(unit(queue));
        if (layers->height[i] + unit(queue) * (layers->height[i + 1] - layers->height[i]) <
            exponential_of(-x))
            return x;
        word = draw(queue);
    }
}

static double exponential(struct queue *queue, const struct layers *layers)
{
    uint64_t word = draw(queue);

    if (word >> 8 < layers->inside[word & 255])
        return (double)(word >> 8) * layers->width[word & 255];
    return exponential_rest(queue, layers, word);
}

enum law { PHOLD, EXPONENTIAL, BIMODAL, EQUAL, PARETO, MILLISECOND, LAWS };

static const struct {
    const char *name;
    double mean; /* seconds */
} laws[LAWS] = {
    [PHOLD] = { "phold", 1 },       [EXPONENTIAL] = { "exponential", 1 },
    [BIMODAL] = { "bimodal", 0.5 }, [EQUAL] = { "equal", 1 },
    [PARETO] = { "pareto", 1 },     [MILLISECOND] = { "millisecond", 0.001 },
};

static uint64_t delay(struct queue *queue, const struct layers *layers, enum law law)
{
    double a, b;

    switch (law) {
    case PHOLD:
        return SECOND / 10 + (uint64_t)(exponential(queue, layers) * 0.9e9);
    case EXPONENTIAL:
        return (uint64_t)(exponential(queue, layers) * 1e9);
    case BIMODAL:
        a = unit(queue);
        return (uint64_t)((draw(queue) >> 63 ? 1e3 : 1e9) * (0.5 + a));
    case PARETO: /* the larger of two uniforms is the square root of one */
        a = unit(queue);
        b = unit(queue);
        return (uint64_t)(0.5e9 / (a > b ? a : b));
    case MILLISECOND:
        return SECOND / 1000;
    default:
        return SECOND;
    }
}

/* ---- the side heap: 4-ary ---- */

static void heap_push(struct queue *queue, struct event event)
{
    uint64_t i = queue->heap_count++;

    while (i > 0 && before(event, queue->heap[(i - 1) / 4])) {
        queue->heap[i] = queue->heap[(i - 1) / 4];
        i = (i - 1) / 4;
    }
    queue->heap[i] = event;
}

static struct event heap_pop(struct queue *queue)
{
    struct event *heap = queue->heap, first = heap[0], last = heap[--queue->heap_count];
    uint64_t count = queue->heap_count, i = 0;

    for (uint64_t child; (child = 4 * i + 1) < count;) {
        uint64_t least = child, end = child + 4 < count ? child + 4 : count;

        while (++child < end) {
            if (before(heap[child], heap[least]))
                least = child;
        }
        if (!before(heap[least], last))
            break;
        heap[i] = heap[least];
        i = least;
    }
    heap[i] = last;
    return first;
}

/* ---- the ring ---- */

static bool is_full(const struct event *write)
{
    return (uintptr_t)write % CHUNK_BYTES == 0;
}

static struct chunk *chunk_of(const struct event *event)
{
    return (struct chunk *)((uintptr_t)event & ~(uintptr_t)(CHUNK_BYTES - 1));
}

static void bucket_extend(struct queue *queue, struct bucket *bucket)
{
    struct chunk *chunk = queue->free;

    if (chunk)
        queue->free = chunk->next;
    else
        chunk = queue->fresh++;
    chunk->next = NULL;
    chunk->before = 0;
    if (bucket->write) {
        struct chunk *last = chunk_of(bucket->write - 1);

        last->next = chunk;
        chunk->before = last->before + CHUNK_EVENTS;
    } else {
        bucket->head = chunk;
    }
    bucket->write = chunk->events;
}

static void bucket_add(struct queue *queue, struct bucket *bucket, struct event event)
{
    if (is_full(bucket->write))
        bucket_extend(queue, bucket);
    *bucket->write++ = event;
}

static inline struct bucket *bucket_of(struct queue *queue, uint64_t time)
{
    uint64_t number = time >> queue->shift;

    return number - queue->current < queue->ring_size
               ? &queue->ring[number & (queue->ring_size - 1)]
               : &queue->overflow;
}

static void push(struct queue *queue, struct event event)
{
    if (event.time < queue->current_end)
        heap_push(queue, event);
    else
        bucket_add(queue, bucket_of(queue, event.time), event);
}

static struct chunk *release(struct queue *queue, struct chunk *chunk)
{
    struct chunk *next = chunk->next;

    chunk->next = queue->free;
    queue->free = chunk;
    return next;
}

static uint64_t bucket_count(const struct bucket *bucket)
{
    const struct chunk *last;

    if (!bucket->write)
        return 0;
    last = chunk_of(bucket->write - 1);
    return last->before + (uint64_t)(bucket->write - last->events);
}

static uint64_t fill(const struct chunk *chunk, uint64_t count)
{
    return count - chunk->before < CHUNK_EVENTS ? count - chunk->before : CHUNK_EVENTS;
}

static void sort_overflow(struct queue *queue)
{
    struct bucket old = queue->overflow;
    uint64_t count = bucket_count(&old);

    queue->overflow = (struct bucket){ 0 };
    for (struct chunk *chunk = count ? old.head : NULL; chunk; chunk = release(queue, chunk)) {
        for (uint64_t i = 0; i < fill(chunk, count); i++)
            bucket_add(queue, bucket_of(queue, chunk->events[i].time), chunk->events[i]);
    }
}

/* Sorted by its fine bins, about one for an event. */
static void count_run(struct queue *queue, struct chunk *chain, uint64_t count)
{
    struct event *run = queue->run;
    uint64_t start = queue->current << queue->shift;
    uint32_t *histogram = queue->histogram, sum = 0;
    int bits = 63 - __builtin_clzll(count), fine;

    bits = bits > queue->shift ? queue->shift : bits > 20 ? 20 : bits;
    fine = queue->shift - bits;
    memset(histogram, 0, sizeof(*histogram) << bits);
    for (struct chunk *chunk = chain; chunk; chunk = chunk->next) {
        for (uint64_t i = 0, end = fill(chunk, count); i < end; i++)
            histogram[(chunk->events[i].time - start) >> fine]++;
    }
    for (uint64_t i = 0; i < UINT64_C(1) << bits; i++) {
        uint32_t here = histogram[i];

        histogram[i] = sum;
        sum += here;
    }
    for (; chain; chain = release(queue, chain)) {
        for (uint64_t i = 0, end = fill(chain, count); i < end; i++)
            run[histogram[(chain->events[i].time - start) >> fine]++] = chain->events[i];
    }
}

/* Counting, where there are more than a few, then one pass of insertion. */
static void sort_run(struct queue *queue, struct chunk *chain, uint64_t count)
{
    struct event *run = queue->run;
    uint64_t n = 0;

    if (count > SMALL) {
        count_run(queue, chain, count);
    } else {
        for (; chain; chain = release(queue, chain)) {
            for (uint64_t i = 0, end = fill(chain, count); i < end; i++)
                run[n++] = chain->events[i];
        }
    }
    for (uint64_t i = 1; i < count; i++) {
        struct event event = run[i];
        uint64_t j = i;

        for (; j > 0 && before(event, run[j - 1]); j--)
            run[j] = run[j - 1];
        run[j] = event;
    }
}

static void load(struct queue *queue)
{
    struct bucket *bucket;
    uint64_t count;

    do {
        if ((++queue->current & (queue->ring_size / 2 - 1)) == 0)
            sort_overflow(queue);
        bucket = &queue->ring[queue->current & (queue->ring_size - 1)];
        count = bucket_count(bucket);
    } while (count == 0);
    queue->current_end = (queue->current + 1) << queue->shift;
    queue->next = queue->run;
    queue->end = queue->run + count;
    sort_run(queue, bucket->head, count);
    *bucket = (struct bucket){ 0 };
}

static struct event pop(struct queue *queue)
{
    if (queue->heap_count && (queue->next == queue->end || before(queue->heap[0], *queue->next)))
        return heap_pop(queue);
    if (queue->next == queue->end)
        load(queue);
    return *queue->next++;
}

/* Buckets of up to 4096 events, by the known density; a ring of eight mean delays, up to 1024
 * buckets. */
static void queue_init(struct queue *queue, uint64_t pending, double mean)
{
    double density = (double)pending / (mean * 1e9);
    uint64_t target = pending / 32 < 4096 ? pending / 32 + 1 : 4096;
    char *chunks;

    *queue = (struct queue){ .ring_size = 64, .a = 0x9e3779b97f4a7c15u, .b = 0xd1b54a32d192ed03u };
    while ((double)(UINT64_C(2) << queue->shift) * density <= (double)target && queue->shift < 40)
        queue->shift++;
    while ((double)(queue->ring_size << queue->shift) < 8e9 * mean && queue->ring_size < 1024)
        queue->ring_size *= 2;
    queue->ring = zeroed(queue->ring_size, sizeof(*queue->ring));
    chunks = zeroed(pending / CHUNK_EVENTS + 2 * queue->ring_size + 64, CHUNK_BYTES);
    queue->fresh = chunk_of((struct event *)(void *)(chunks + CHUNK_BYTES - 1));
    queue->run = zeroed(pending + 64, sizeof(*queue->run));
    queue->heap = zeroed(pending + 64, sizeof(*queue->heap));
    queue->histogram = zeroed(1 << 20, sizeof(*queue->histogram));
    queue->next = queue->end = queue->run;
    queue->current_end = UINT64_C(1) << queue->shift;
}

/* ---- the loops ---- */

struct result {
    double ns;
    uint64_t hash;
};

static inline uint64_t fold(uint64_t hash, uint64_t time, uint64_t node)
{
    return rotate(hash, 11) + (time ^ node << 40);
}

static double elapsed(clock_t start, uint64_t events)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC * 1e9 / (double)events;
}

static struct result phold(struct queue *queue, const struct layers *layers, uint64_t pending,
                           uint64_t events, enum law law)
{
    uint64_t *counts = zeroed(pending, sizeof(*counts)), sequence = 0;
    struct result result = { 0 };
    clock_t start;

    for (uint64_t i = 0; i < pending; i++) { /* of two modes, nearly all that is pending is slow */
        uint64_t first = law == BIMODAL ? (uint64_t)(unit(queue) * 1e9) : delay(queue, layers, law);

        push(queue, (struct event){ sequence++ << NODE_BITS | i, first });
    }
    start = clock();
    for (uint64_t k = 0; k < events; k++) {
        struct event event = pop(queue);
        uint64_t node = event.low & ((1 << NODE_BITS) - 1), to;

        counts[node]++;
        result.hash = fold(result.hash, event.time, node);
        to = (draw(queue) >> 32) * pending >> 32;
        event.time += delay(queue, layers, law);
        event.low = sequence++ << NODE_BITS | to;
        push(queue, event);
    }
    result.ns = elapsed(start, events);
    free(counts);
    return result;
}

/* The lowest bit of what an event carries says whether it is a pong. */
static struct result pingpong(struct queue *queue, const struct layers *layers, uint64_t nodes,
                              uint64_t events, enum law law)
{
    uint64_t *rounds = zeroed(nodes, sizeof(*rounds)), sequence = 0;
    struct result result = { 0 };
    clock_t start;

    for (uint64_t i = 0; i < nodes; i++)
        push(queue,
             (struct event){ sequence++ << NODE_BITS | (i ^ 1) << 1, delay(queue, layers, law) });
    start = clock();
    for (uint64_t k = 0; k < events; k++) {
        struct event event = pop(queue);
        uint64_t what = event.low & ((1 << NODE_BITS) - 1), node = what >> 1;

        rounds[node] += what & 1;
        result.hash = fold(result.hash, event.time, what);
        event.time += delay(queue, layers, law);
        event.low = sequence++ << NODE_BITS | (what ^ 3); /* the partner, the other kind */
        push(queue, event);
    }
    result.ns = elapsed(start, events);
    free(rounds);
    return result;
}

static struct result measure(bool is_phold, uint64_t pending, uint64_t events, enum law law)
{
    static struct queue queue; /* the memory of its parts lives as long as the program */
    static struct layers layers;

    layers_init(&layers);
    queue_init(&queue, pending, laws[law].mean);
    return is_phold ? phold(&queue, &layers, pending, events, law)
                    : pingpong(&queue, &layers, pending, events, law);
}

static uint64_t number(const char *text, uint64_t most)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    return *text >= '0' && *text <= '9' && !*end && value <= most ? value : 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    uint64_t pending = argc > 2 ? number(argv[2], 1 << (NODE_BITS - 1)) : 0;
    uint64_t events = argc > 3 ? number(argv[3], UINT64_C(1) << 39) : 0; /* sequences must fit */
    bool is_phold = strcmp(name, "phold") == 0;
    enum law law = is_phold ? PHOLD : MILLISECOND;
    struct result result;

    if (argc > 4) {
        for (law = 0; law < LAWS && strcmp(laws[law].name, argv[4]) != 0;)
            law++;
    }
    if (!(is_phold || strcmp(name, "pingpong") == 0) || !pending || !events || argc > 5 ||
        law == LAWS || (!is_phold && pending % 2)) {
        fputs("usage: bare phold|pingpong PENDING EVENTS [LAW]\n"
              "       laws: phold exponential bimodal equal pareto millisecond\n"
              "       an even number of nodes for pingpong, at most 2^23\n",
              stderr);
        return 2;
    }
    result = measure(is_phold, pending, events, law);
    printf("name=%s law=%s pending=%llu events=%llu ns_per_event=%.2f hash=%llu\n", name,
           laws[law].name, (unsigned long long)pending, (unsigned long long)events, result.ns,
           (unsigned long long)result.hash);
    return 0;
}
