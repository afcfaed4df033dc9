/* passage.h - what the kernel keeps of calls through filters; private to sim/world.
 *
 * A call looks a dozen times at what is kept of it, and what is kept of a thousand calls is more
 * than a cache holds: so it is small, lies together, and knows each other by address. */
#ifndef SIM_WORLD_PASSAGE_H
#define SIM_WORLD_PASSAGE_H

#include "sim/world/kernel.h"

/* A call that goes through filters. Blocks of a slab never move: it is known by its address. */
struct whole {
    struct sim_passage *first; /* the passage below it */
    uint32_t attempt;          /* the slot of the attempt below it, if there is no filter; or 0 */
    uint32_t attempts, draws;
    uint32_t slot, call; /* its own, and the call's */
    uint32_t to, route_number;
    struct sim_seat *seat;
    struct route *route;
    struct chain *chain;
    struct whole *next, *previous; /* of the same node */
    uint64_t number;               /* which call of its route and node it is */
    sim_time deadline;             /* SIM_TIME_NEVER: callees are told none */
    uint64_t key;                  /* 0: callees are told none */
    /* behind it: its own passages, one for each filter, and the request: see passage.c */
};

/* What a node keeps of the filters of its calls. Behind `calls` lie a byte for each state, which
 * says whether a call came to it since the node started, and the states themselves. */
struct chain {
    struct whole *wholes; /* the first of the calls under way */
    uint64_t calls[];     /* by route: how many went through filters */
};

void init_passages(struct sim_world *world); /* once all classes are built */
void build_uses(const struct sim_group_plan *plan, struct route *route, uint32_t number);
void lay_out_chains(struct class *class);                         /* once all its uses are built */
static inline struct chain *chain_of(const struct sim_seat *seat) /* if the class has chains */
{
    return (struct chain *)(void *)(seat->class->chains + seat->member * seat->class->chain_stride);
}
/* LEFT: until the deadline that the caller itself was told, or SIM_TIME_NEVER. */
void start_chain(struct sim_seat *seat, uint32_t slot, sim_time left, const void *request);
/* Call SLOT, an attempt, is over. */
void attempt_ends(struct sim_world *world, uint32_t slot, const struct sim_outcome *outcome);
void call_times_out(struct sim_world *world, struct whole *whole);
void run_passage(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void forget_chains(struct sim_world *world, struct sim_seat *seat); /* at a crash */

#endif
