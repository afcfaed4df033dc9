/* linear_random.h - small random histories of one object, to compare judges of linearizability on.
 *
 * A few clients call an object that answers at one instant between invocation and return, so the
 * history is linearizable; clients give up now and then, and what they had asked for may happen
 * later or never. Where the shape has `lies`, this object forgets writes that it confirmed, does
 * them too late, or answers what comes to its mind: such a history often is not linearizable, but
 * it may be, by chance.
 *
 * The same seed gives the same history on every machine. */
#ifndef TESTS_LIB_LINEAR_RANDOM_H
#define TESTS_LIB_LINEAR_RANDOM_H

#include "sim/check/linearizable.h"

enum linear_object {
    LINEAR_REGISTER, /* read, write */
    LINEAR_CAS,      /* and compare-and-set */
    LINEAR_COUNTER,  /* read, add */
    LINEAR_LIST,     /* read of all elements, append */
    LINEAR_SET,      /* read of all members, insert */
    LINEAR_MUTEX,    /* acquire, release */
    LINEAR_STORE,    /* all that a store's key can be asked: numbers and lists mixed */
    LINEAR_OBJECTS,
};

enum {
    LINEAR_RANDOM_MAX = 512, /* operations */
    LINEAR_RANDOM_KEYS_MAX = 8,
    LINEAR_RANDOM_PROCESSES_MAX = 32,
};

struct linear_shape {
    unsigned processes; /* at a time; who gives up goes on under a new number */
    unsigned keys;
    unsigned values; /* written are 0 to values - 1; 0: each value is written once, from 101 on */
    int64_t initial; /* of every key; a list, set or mutex begins with SIM_NIL */
    unsigned open;   /* percent of operations whose client gives up */
    unsigned lies;   /* percent of effects that go wrong; 0: linearizable */
    unsigned unanswered; /* percent of reads and adds whose answer is not recorded */
    bool deletes;        /* also delete (LINEAR_STORE always, LINEAR_MUTEX never) */
    bool failed_cas; /* keep a compare-and-set that failed, as SIM_LINEAR_CAS_NOT; else it is not in
                        the history */
};

/* A shape that suits OBJECT: up to five processes, one or two keys, honest half of the time. */
struct linear_shape linear_shape_random(enum linear_object object, uint64_t *state);

/* Fills OPS with up to MOST operations in order of invocation and returns how many (less, where
 * some were refused). STATE is the seed, and afterwards another. Lists that reads give are kept in
 * ITEMS, of which there are ITEMS_MOST (MOST * MOST always suffices); a read that finds no room
 * there stays without answer. */
size_t linear_random(struct sim_linear_operation *ops, size_t most, enum linear_object object,
                     uint64_t *state, const struct linear_shape *shape, int64_t *items,
                     size_t items_most);

/* A number below BOUND (not 0) from STATE. */
uint64_t linear_random_below(uint64_t *state, uint64_t bound);

/* "register", "cas", ... */
extern const char *const linear_object_names[];

#endif
