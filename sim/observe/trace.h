/* trace.h - one JSON object per line for everything that happens, streamed.
 *
 * A trace is a function of (scenario, seed): fixed order of keys, integers only, no time of day.
 * Filters by kind, node and window of time leave lines out; they change nothing else.
 *
 *   {"id":812,"cause":805,"t":1500000,"node":"store-2","kind":"message","what":"append",
 *    "from":"store-0","body":{"term":3},"blob":{"words":2,"hash":"5e1c..."}}      (on one line)
 *
 * Keys that do not apply are left out: node where several or none are meant; the other end is
 * "from" (message, request, reply, refusal, drop), "to" (send, timeout) or "peer" (the rest). A
 * drop has a "reason", a fault and its heal may have a "label", a violation has a "text". A word of
 * a body that holds nothing (SIM_NIL) is null. "clock", where asked for, is what trace_clock.h
 * says: "clock":12 (lamport), {"store-0":7,"app-1":3} (vector; who is missing counts 0),
 * {"l":1500000,"c":2} (hybrid).
 *
 * Ownership: the stream is the caller's. Errors: a full disk or the limit of bytes are remembered
 * and asked for at the end; the lines that stand in the stream are whole. */
#ifndef SIM_OBSERVE_TRACE_H
#define SIM_OBSERVE_TRACE_H

#include "sim/observe/trace_clock.h"
#include "sim/world/observer.h"
#include "sim/world/plan.h"

#include <stdio.h>

enum { SIM_TRACE_TEXT = 160 };

/* Leaves out what does not match; NULL lists match all. What happens to no node in particular (a
 * partition, say) matches every list of nodes. */
struct sim_trace_filter {
    const char *const *kinds; /* names of happenings or of what happened ("append") */
    const char *const *nodes; /* names of nodes or groups; both lists NULL-terminated */
    sim_time from, to;        /* both included */
};

struct sim_trace;

/* Parses "kind=append,vote;node=store-2;from=1s;to=2s", each key at most once, into FILTER (memory
 * is the filter's, see finish). Returns NULL, or what is wrong, in TEXT; FILTER is then finished.
 * Names of nodes are checked against PLAN; kinds cannot be, see sim_trace_unmatched. */
const char *sim_trace_filter_parse(struct sim_trace_filter *filter, const struct sim_plan *plan,
                                   const char *spec, char text[SIM_TRACE_TEXT]);
void sim_trace_filter_finish(struct sim_trace_filter *filter);

/* FILTER (NULL: everything) outlives the trace. */
struct sim_trace *sim_trace_create(const struct sim_plan *plan, FILE *file,
                                   const struct sim_trace_filter *filter);
/* Before anything is written. FILTER leaves out no clock: all that happens is counted. Returns
 * NULL, or what is wrong, in TEXT. */
const char *sim_trace_add_clocks(struct sim_trace *trace, enum sim_trace_clock kind,
                                 char text[SIM_TRACE_TEXT]);
void sim_trace_destroy(struct sim_trace *trace); /* flushes; NULL is fine */
void sim_trace_write(struct sim_trace *trace, const struct sim_happening *happening);
void sim_trace_flush(struct sim_trace *trace);
/* NULL, or why the trace is not whole ("trace limit of 1GiB reached (limits.trace)", "No space
 * left on device"). Ask after the last flush. */
const char *sim_trace_error(const struct sim_trace *trace);
/* The first kind of the filter that nothing matched, or NULL: perhaps it is misspelt. */
const char *sim_trace_unmatched(const struct sim_trace *trace);

#endif
