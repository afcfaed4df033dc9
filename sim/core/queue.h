/* queue.h - the event queue: exact order of (time, sequence), nearly flat from 10 to 10 million
 * pending events.
 *
 * A ring of coarse time buckets, each an append-only chain of chunks. The bucket that becomes
 * current is counting-sorted into one contiguous run; what falls into the current bucket goes to a
 * small 4-ary side heap that is merged with the run; what lies beyond the ring waits in tiers of
 * buckets, each 64 times as wide as the one below. Because the next events lie in order in memory,
 * the caller can look ahead and prefetch what they will touch. The width of a bucket follows the
 * observed density by powers of two. Up to some thirty events are kept as a sorted run alone.
 *
 * The sequence is the caller's and stored: a timer that was moved is pushed again under the
 * sequence of its last set, in the middle of what is already there. (time, sequence) must be unique
 * among the pending events.
 *
 * Units: nanoseconds. Errors: pushing before the last popped (time, sequence) is an assertion.
 * Determinism: the order of pops is a function of what was pushed, never of the widths chosen. */
#ifndef SIM_CORE_QUEUE_H
#define SIM_CORE_QUEUE_H

#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32 bytes, two to a cache line. The queue reads time and sequence only; the rest means something
 * to the world. */
struct sim_event {
    sim_time time;
    uint64_t sequence;
    uint32_t index;
    uint32_t from;
    uint32_t slot;
    uint16_t class;
    uint8_t type;
    uint8_t what;
};

struct sim_queue;

struct sim_queue *sim_queue_create(void);
void sim_queue_destroy(struct sim_queue *queue); /* NULL is fine */

/* Room for an event of this time and sequence: the caller fills in the rest before anything else is
 * done with the queue. Spares the way of a message a copy whose parts the processor would have to
 * wait for. */
struct sim_event *sim_queue_place(struct sim_queue *queue, sim_time time, uint64_t sequence);

void sim_queue_push(struct sim_queue *queue, const struct sim_event *event);

/* Takes the next event if its time is at most UNTIL; false leaves the queue as it is. */
bool sim_queue_pop(struct sim_queue *queue, sim_time until, struct sim_event *event);

/* Shows each pending event to CHANGE, which may give it another time or sequence after those last
 * popped, or return false: then it is dropped. The result replaces QUEUE, which is destroyed. As
 * much work as popping and pushing all of them. */
struct sim_queue *sim_queue_change(struct sim_queue *queue,
                                   bool (*change)(void *context, struct sim_event *event),
                                   void *context);

/* The event AHEAD places after the last popped one in the run (0 is the next), or NULL: a hint for
 * prefetching only; what waits in the side heap is not seen. */
const struct sim_event *sim_queue_ahead(const struct sim_queue *queue, uint32_t ahead);

uint64_t sim_queue_count(const struct sim_queue *queue);
size_t sim_queue_bytes(const struct sim_queue *queue); /* held from the system */

#endif
