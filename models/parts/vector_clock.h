/* vector_clock.h - logical clocks that know what happened before, and what is concurrent.
 *
 * Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", 1988; Mattern,
 * "Virtual Time and Global States of Distributed Systems", 1989. A process counts, for each member,
 * the events of that member that it has heard of, itself included. An event happened before another
 * exactly if its counts are at most the other's everywhere, and differ somewhere. That exactness
 * costs a word per member in every message, and nothing smaller can have it (Charron-Bost, 1991).
 *
 * A stamp is an array of MEMBERS counts: the words of a message's blob.
 *
 * Ownership: the counts are the caller's, zeroed at first. */
#ifndef MODELS_PARTS_VECTOR_CLOCK_H
#define MODELS_PARTS_VECTOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct vector_clock {
    int64_t *counts; /* [member] */
    uint32_t members, self;
};

void vector_clock_init(struct vector_clock *clock, int64_t *counts, uint32_t members,
                       uint32_t self);
/* An event of the process itself, or the sending of a message: its stamp is clock->counts. */
void vector_clock_tick(struct vector_clock *clock);
/* The receipt of a message that was sent with the stamp SENT. */
void vector_clock_receive(struct vector_clock *clock, const int64_t *sent);

enum vector_order { VECTOR_SAME, VECTOR_BEFORE, VECTOR_AFTER, VECTOR_CONCURRENT };

/* How the event with stamp A lies to that with stamp B. */
enum vector_order vector_clock_order(const int64_t *a, const int64_t *b, uint32_t members);

#endif
