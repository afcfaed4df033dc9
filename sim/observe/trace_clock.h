/* trace_clock.h - logical clocks for a trace: which of its events happened before which, told by
 * who watches, whatever clocks the models have.
 *
 * Each node has a clock, and clocks go with messages alone (Lamport 1978): an event of a node ticks
 * its clock, and the delivery of a message, a request or an answer takes in the stamp of the event
 * that sent it. A handler is atomic, so what it does (sends, notes, invocations) bears the stamp of
 * its event. A fault that hits a node is an event of that node, whatever set it off: nobody was
 * told. A message that is dropped is no event of a node, it bears the stamp with which it was sent
 * (and none if it was lost with a connection: then its cause is what broke that). What belongs to
 * no node has no stamp. A crash forgets nothing: the clocks are the observer's.
 *
 * So of two stamped events of nodes one happened before the other, by the order of each node's
 * events and by messages, only if its stamp is the smaller one; with vector clocks exactly if.
 *
 * The wall clocks of hybrid ones are those of the nodes, as faults have set them.
 *
 * Units: words, see width. Ownership: create/destroy; a stamp is valid until the next call.
 * Memory: one stamp for each event that sends something, less than its lines take in a trace. */
#ifndef SIM_OBSERVE_TRACE_CLOCK_H
#define SIM_OBSERVE_TRACE_CLOCK_H

#include "sim/world/observer.h"

enum sim_trace_clock {
    SIM_TRACE_LAMPORT,
    SIM_TRACE_VECTOR,
    SIM_TRACE_HYBRID,
    SIM_TRACE_CLOCK_KINDS,
};

enum { SIM_TRACE_VECTOR_NODES_MAX = 64 };

extern const char *const sim_trace_clock_names[]; /* "lamport", ...; NULL at the end */

struct sim_trace_clocks;

/* NODES: all of the plan; of vector clocks at most SIM_TRACE_VECTOR_NODES_MAX. */
struct sim_trace_clocks *sim_trace_clocks_create(enum sim_trace_clock kind, uint32_t nodes);
void sim_trace_clocks_destroy(struct sim_trace_clocks *clocks); /* NULL is fine */
enum sim_trace_clock sim_trace_clocks_kind(const struct sim_trace_clocks *clocks);

/* Words of a stamp: a number; l and c; or a count for each node. */
uint32_t sim_trace_clocks_width(const struct sim_trace_clocks *clocks);
/* What HAPPENING bears, or NULL. To be called once with everything that happens, in order. */
const int64_t *sim_trace_clocks_stamp(struct sim_trace_clocks *clocks,
                                      const struct sim_happening *happening);

#endif
