/* relation.h - a relation "comes before" among numbered things: its closure, its cycles, its paths.
 *
 * Edges are given one by one; closing them gives for each thing the set of all that come before it,
 * as bits, in one pass over an order that keeps to the edges. With a cycle there is no such order.
 *
 * Units: a step is a word of bits or an edge looked at. Ownership: the caller's, finished by
 * sim_relation_finish. Determinism: the order of edges decides among equals. Private to sim/check.
 */
#ifndef SIM_CHECK_RELATION_H
#define SIM_CHECK_RELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_RELATION_NONE UINT32_MAX

struct sim_relation_edge {
    uint32_t from, to;
    uint32_t why; /* the caller's; SIM_RELATION_NONE: nothing */
};

struct sim_relation {
    uint32_t count;
    struct sim_relation_edge *edges;
    size_t edge_count, capacity;
    /* by sim_relation_order: */
    uint32_t *first;  /* [count + 1]: edges by `from` in `next` */
    uint32_t *next;   /* edges */
    uint32_t *sorted; /* an order that keeps to the edges, of the first `sorted_count` things */
    uint32_t sorted_count;
    /* by sim_relation_close: */
    uint64_t *before; /* [count][words] */
    size_t words;
};

struct sim_relation_budget {
    uint64_t steps, steps_most, bytes_most;
};

enum sim_relation_state { SIM_RELATION_CLOSED, SIM_RELATION_CYCLIC, SIM_RELATION_TOO_MUCH };

void sim_relation_init(struct sim_relation *relation, uint32_t count);
void sim_relation_finish(struct sim_relation *relation);
void sim_relation_add(struct sim_relation *relation, uint32_t from, uint32_t to, uint32_t why);
/* False: there is a cycle. */
bool sim_relation_order(struct sim_relation *relation, struct sim_relation_budget *budget);
/* Again after more edges were added. */
enum sim_relation_state sim_relation_close(struct sim_relation *relation,
                                           struct sim_relation_budget *budget);

/* Of a closed one: does A come before B? */
static inline bool sim_relation_has(const struct sim_relation *relation, uint32_t a, uint32_t b)
{
    return (relation->before[b * relation->words + a / 64] >> a % 64 & 1) != 0;
}

/* The edges of a shortest path from FROM to TO (FROM may be TO), at most MOST of them; 0: none. Of
 * one that was ordered. */
size_t sim_relation_path(const struct sim_relation *relation, uint32_t from, uint32_t to,
                         struct sim_relation_edge *edges, size_t most);
/* The edges of a short cycle, of a cyclic one; at most MOST of them. */
size_t sim_relation_cycle(const struct sim_relation *relation, struct sim_relation_edge *edges,
                          size_t most);

#endif
