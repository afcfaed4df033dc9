/* queue_private.h - the inside of the event queue, shared by its files and looked at by its test.
 *
 * An event waits in one of three places, by its distance from the present:
 *
 * - the window, up to window_end: the run (sorted; contiguous or a chain of chunks), then the tail
 *   (appended in order behind the run), merged with the side heap;
 *
 * - the ring: the next 256 to 8192 buckets of 2^shift ns each;
 *
 * - the tiers beyond the ring: tier j has 64 buckets of 2^(6j) ns. A bucket is emptied into the
 *   ring or a lower tier when the ring arrives at its start. So a far event moves once per factor
 *   of 64 of distance, never more.
 *
 * While few events are pending, none of this is used, but the line: all of them are the run, into
 * which a new one is inserted, one push late. That costs one branch that is guessed wrong, and
 * early; a heap has several.
 *
 * The widths of the tiers are absolute: a change of the ring's width moves the events of the ring
 * only. `current` never falls, and every bucket that starts at or before it has been emptied; hence
 * a tier's 64 slots name its buckets without ambiguity. */
#ifndef SIM_CORE_QUEUE_PRIVATE_H
#define SIM_CORE_QUEUE_PRIVATE_H

#include "sim/core/queue.h"

enum {
    QUEUE_CHUNK_BYTES = 1024,
    QUEUE_CHUNK_EVENTS = 31,
    QUEUE_TIER_BITS = 6,
    QUEUE_TIER_BUCKETS = 1 << QUEUE_TIER_BITS,
    QUEUE_TIERS = 11, /* 11 * 6 bits: all of time */
    QUEUE_RING_BITS_MIN = 8,
    QUEUE_RING_BITS_MAX = 13,
    QUEUE_SHIFT_MAX = 44,
    QUEUE_LINE_ENTER = 12, /* fewer pending events than this: the line */
    QUEUE_LINE_MAX = 32,   /* more than this: the ring */
    QUEUE_LINE_ROOM = 128, /* places for them to move through */
    QUEUE_HEAP_SIDE = 256, /* more than this in the side heap: the window is too wide */
    QUEUE_SHIFTS_MAX = 32, /* out of order by more places than this: a merge sort */
};

/* Aligned to its size: the address behind the last event of a full chunk says that it is full. */
struct queue_chunk {
    struct queue_chunk *next;
    struct queue_slab *slab;
    uint32_t fill;   /* valid once another chunk follows or the chain was taken off its bucket */
    uint32_t before; /* events in the chunks in front of this one */
    _Alignas(32) struct sim_event events[QUEUE_CHUNK_EVENTS];
};

struct queue_slab {
    struct queue_slab *next;
    struct queue_chunk *chunks;
    uint32_t total, touched, used; /* chunks; those from TOUCHED on were never handed out */
};

struct queue_bucket {
    struct sim_event
        *write; /* place of the next event; a multiple of QUEUE_CHUNK_BYTES asks for a chunk */
    struct queue_chunk *head;
};

struct queue_tier {
    uint64_t full; /* bit per bucket */
    struct queue_bucket buckets[QUEUE_TIER_BUCKETS];
};

/* What the queue did with events besides taking them in and giving them out; the tests bound it. */
struct sim_queue_work {
    uint64_t loads;    /* buckets that became current */
    uint64_t sorted;   /* events copied into a run by counting */
    uint64_t shifted;  /* places moved by the insertion pass */
    uint64_t merged;   /* events moved by merge sorts, once per level */
    uint64_t cascaded; /* events moved down a tier */
    uint64_t rebuilt;  /* events moved because the width changed */
    uint64_t rebuilds;
    uint64_t heap_most; /* largest side heap, since the start */
};

struct sim_queue {
    struct sim_event *next, *end; /* the run: [next, end) is the segment being handed out */
    struct sim_event *stop;       /* end of the contiguous part of the run, at least END */
    uint64_t window_end;          /* earlier events belong to run, tail and heap */
    struct queue_bucket *ring;
    uint64_t current; /* number of the current bucket: its time >> shift */
    uint64_t ring_size;
    int shift;
    struct sim_event *heap;
    size_t heap_count, heap_limit, heap_capacity;
    uint64_t count;
    bool in_line;       /* then window_end is the end of time */
    sim_time last_time; /* of the last popped event; -1 before the first */
    uint64_t last_sequence;

    struct queue_chunk *chain,
        *rest; /* the chunk that holds [next, stop), if one does, and the chunks that follow */
    struct queue_bucket tail;
    sim_time ceiling_time; /* key of the last event of run and tail */
    uint64_t ceiling_sequence;
    struct queue_chunk
        *ahead; /* chunk of the following bucket, to be fetched while this one runs */

    uint64_t *ring_full; /* bit per bucket */
    int ring_bits, first_tier;
    int crowded_shift;   /* buckets of this width were found too full */
    uint32_t tiers_full; /* bit per tier */
    uint64_t tier_count;
    struct queue_tier *tiers;

    struct queue_chunk *free;
    struct queue_slab *slabs; /* the newest first */
    size_t chunks_total, chunks_used;

    struct sim_event *run, *scratch;
    uint32_t *histogram;
    size_t run_capacity, scratch_capacity, histogram_capacity, bytes;

    uint64_t period_loads, period_events, period_cascaded,
        period_most; /* since the width was last judged */
    size_t period_heap;
    uint64_t since; /* events loaded, or pushed into the window, since the last rebuild */
    struct sim_queue_work work;
};

static inline bool queue_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->time != b->time ? a->time < b->time : a->sequence < b->sequence;
}

const struct sim_queue_work *sim_queue_work(const struct sim_queue *queue);

/* queue.c */
/* Each makes room for an event and returns it; the key is the caller's to write, but in the heap,
 * where it decides the place. */
struct sim_event *sim_queue_heap_place(struct sim_queue *queue, sim_time time, uint64_t sequence);
struct sim_event *sim_queue_line_place(struct sim_queue *queue);
/* For sim_queue_pop: the rare ways. */
__attribute__((noinline)) bool sim_queue_load_apart(struct sim_queue *queue, sim_time until);
void sim_queue_heap_drop(struct sim_queue *queue); /* its first event */

/* queue_run.c */
bool sim_queue_load(struct sim_queue *queue, sim_time until); /* makes the next bucket current */
void sim_queue_next_segment(struct sim_queue *queue);         /* when NEXT has arrived at END */

/* queue_ring.c */
int sim_queue_shift_for(const struct sim_queue *queue, uint64_t spread, uint64_t count);
uint64_t sim_queue_target(const struct sim_queue *queue); /* events that a bucket should hold */
bool sim_queue_affords(const struct sim_queue *queue, uint64_t extra);
struct queue_chunk *sim_queue_take(struct queue_bucket *bucket, uint64_t *count);
struct queue_chunk *sim_queue_release(struct sim_queue *queue,
                                      struct queue_chunk *chunk); /* gives its next */
void sim_queue_extend(struct sim_queue *queue, struct queue_bucket *bucket);
struct sim_event *sim_queue_ring_extend(struct sim_queue *queue, uint64_t place);
static inline struct sim_event *queue_ring_place(struct sim_queue *queue, uint64_t number)
{
    uint64_t place = number & (queue->ring_size - 1);
    struct queue_bucket *bucket = &queue->ring[place];

    if (((uintptr_t)bucket->write & (QUEUE_CHUNK_BYTES - 1)) == 0)
        return sim_queue_ring_extend(queue, place);
    return bucket->write++;
}
struct sim_event *sim_queue_far_place(struct sim_queue *queue, sim_time t);
bool sim_queue_advance(struct sim_queue *queue,
                       sim_time until); /* current becomes the next bucket with events */
void sim_queue_rebuild(struct sim_queue *queue, int shift);
void sim_queue_collapse(struct sim_queue *queue); /* leaves the ring for the line */
uint64_t sim_queue_add_chain(struct sim_queue *queue,
                             struct queue_chunk *chunk); /* adds all again */
void sim_queue_reserve_run(struct sim_queue *queue, size_t count);
void sim_queue_trim(struct sim_queue *queue);
void sim_queue_finish(struct sim_queue *queue);

#endif
