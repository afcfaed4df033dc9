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
#ifndef SIM_CORE_VECTOR_CLOCK_H
#define SIM_CORE_VECTOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct sim_vector_clock {
    int64_t *counts; /* [member] */
    uint32_t members, self;
};

void sim_vector_clock_init(struct sim_vector_clock *clock, int64_t *counts, uint32_t members,
                           uint32_t self);
/* An event of the process itself, or the sending of a message: its stamp is clock->counts. */
void sim_vector_clock_tick(struct sim_vector_clock *clock);
/* The receipt of a message that was sent with the stamp SENT. */
void sim_vector_clock_receive(struct sim_vector_clock *clock, const int64_t *sent);

enum sim_vector_order {
    SIM_VECTOR_SAME,
    SIM_VECTOR_BEFORE,
    SIM_VECTOR_AFTER,
    SIM_VECTOR_CONCURRENT
};

/* How the event with stamp A lies to that with stamp B. */
enum sim_vector_order sim_vector_clock_order(const int64_t *a, const int64_t *b, uint32_t members);

#endif
