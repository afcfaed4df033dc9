/* lamport.h - logical clocks that count: whatever happened before has the smaller number.
 *
 * Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978: "IR1.
 * Each process increments C between any two successive events. IR2. (a) If event a is the sending
 * of a message m by process P, then the message m contains a timestamp T = C(a). (b) Upon receiving
 * a message m, process P sets C greater than or equal to its present value and greater than T."
 *
 * The converse does not hold: a smaller number may also be chance, so two events that know nothing
 * of each other (concurrent ones) get an order like any others. Numbers may be equal; with the
 * member they are a total order.
 *
 * Units: events on the longest chain. Ownership: a value; a zeroed clock has seen nothing. */
#ifndef SIM_CORE_LAMPORT_H
#define SIM_CORE_LAMPORT_H

#include <stdbool.h>
#include <stdint.h>

struct sim_lamport {
    int64_t time; /* of the last event */
};

/* An event of the process itself, or the sending of a message: gives its number. */
int64_t sim_lamport_tick(struct sim_lamport *clock);
/* The receipt of a message that was sent with number SENT. */
int64_t sim_lamport_receive(struct sim_lamport *clock, int64_t sent);

/* The total order: by number, then by member. */
bool sim_lamport_before(int64_t a, uint32_t a_member, int64_t b, uint32_t b_member);

#endif
