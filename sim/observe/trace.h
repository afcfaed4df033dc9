/* trace.h - one JSON object per line for everything that happens, streamed.
 *
 * A trace is a function of (scenario, seed): fixed order of keys, integers only, no time of day. Filters by kind, node
 * and window of time leave lines out; they change nothing else.
 *
 *   {"id":812,"cause":805,"t":1500000,"node":"store-2","kind":"message","what":"append","from":"store-0","body":{"term":3}}
 *
 * Ownership: the stream is the caller's. Errors: a full disk or the limit of bytes are remembered and asked for at the end. */
#ifndef SIM_OBSERVE_TRACE_H
#define SIM_OBSERVE_TRACE_H

#include "sim/world/observer.h"
#include "sim/world/plan.h"

#include <stdio.h>

/* Leaves out what does not match; NULL lists match all. */
struct sim_trace_filter {
    const char *const *kinds; /* names of happenings or of what happened ("append"), NULL-terminated */
    const char *const *nodes; /* names of nodes or groups, NULL-terminated */
    sim_time from, to;
};

struct sim_trace;

/* Parses "kind=append,vote;node=store-2;from=1s;to=2s" into FILTER (memory is the filter's, see finish). Returns NULL, or
 * what is wrong, in TEXT. Names of nodes are checked against PLAN. */
const char *sim_trace_filter_parse(struct sim_trace_filter *filter, const struct sim_plan *plan, const char *spec,
                                   char text[160]);
void sim_trace_filter_finish(struct sim_trace_filter *filter);

struct sim_trace *sim_trace_create(const struct sim_plan *plan, FILE *file, const struct sim_trace_filter *filter);
void sim_trace_destroy(struct sim_trace *trace);
void sim_trace_write(struct sim_trace *trace, const struct sim_happening *happening);
/* NULL, or why the trace is not whole ("trace limit of 1GiB reached (limits.trace)", "No space left on device"). */
const char *sim_trace_error(const struct sim_trace *trace);

#endif
