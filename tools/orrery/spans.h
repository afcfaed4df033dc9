/* spans.h - what one request of a client brought about, as a tree of spans.
 *
 * It is read from what a trace has, of any model: a note called `span` with the fields `trace`,
 * `span`, `parent`, `took` and `status` (0: ok), perhaps `waited`, is one span, which ends where it
 * is noted; a request whose body has `trace` and `parent` is one that came to a node. The trace is
 * the number of the client's operation, as its completion tells it. (Sigelman et al., "Dapper, a
 * Large-Scale Distributed Systems Tracing Infrastructure", Google 2010.)
 *
 * A request without a span of its own is shown as well: it was refused, or is under way, or its
 * node crashed over it. What never came to a node cannot be seen.
 *
 * Ownership: the chronicle and the recorder outlive the spans. */
#ifndef TOOLS_ORRERY_SPANS_H
#define TOOLS_ORRERY_SPANS_H

#include "sim/observe/recorder.h"
#include "tools/orrery/chronicle.h"

enum { SPANS_TEXT = 120, SPANS_SHOWN = 100, SPANS_MAX = 10000 };

struct span {
    int64_t number, parent;
    uint32_t node, from; /* from: who asked; SIM_NO_GROUP: not known */
    sim_time start, took, waited;
    bool is_over; /* it is a span; else a request that has none */
    bool is_ok;
    uint32_t depth;       /* below the client: 0 */
    uint32_t nth, alike;  /* of the requests of one parent to one group; how many there are */
    uint32_t child, next; /* places in the tree; SIM_NO_GROUP: none */
};

struct spans {
    const struct sim_names *names;
    int64_t trace;
    const struct sim_history_entry *operation; /* NULL: it did not complete */
    uint64_t traces;                           /* of the run, with any request or span */
    sim_time start, took;                      /* of the whole */
    struct span *all;                          /* in the order in which they are shown */
    size_t count;
    bool is_cut; /* there were more than are kept, SPANS_MAX */
};

/* WHICH: "slowest", "failed" (the first one), or the number of a trace. NULL, or what is wrong with
 * it, in TEXT. Finished in any case. */
const char *spans_find(struct spans *spans, const struct chronicle *chronicle,
                       const struct sim_recorder *recorder, const char *which,
                       char text[SPANS_TEXT]);
void spans_finish(struct spans *spans);

void spans_print(const struct spans *spans, FILE *file);
void spans_print_json(const struct spans *spans, FILE *file); /* one object */

#endif
