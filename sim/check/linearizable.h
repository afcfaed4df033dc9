/* linearizable.h - was there one order of all operations that everybody saw?
 *
 * Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", TOPLAS 1990:
 * a history is linearizable if each operation can be given one instant between its invocation and
 * its return such that, in the order of these instants, every answer is that of the sequential
 * object. It is local: judged key by key. An operation whose outcome is unknown may take effect at
 * any time after its invocation, or never.
 *
 * Where no value is written twice the zones of Gibbons and Korach decide in one pass, and so do
 * reads of lists and sets that only grow; otherwise sets of configurations are carried along the
 * history. Budgets are counted in steps and bytes, so that the verdict never depends on the
 * machine; a history that exhausts them is undecided.
 *
 * Ownership: the operations and lists are the caller's and outlive the call; a result is finished
 * by sim_linear_result_finish. Determinism: no clock, one thread. */
#ifndef SIM_CHECK_LINEARIZABLE_H
#define SIM_CHECK_LINEARIZABLE_H

#include "sim/world/operation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_linear_kind {
    SIM_LINEAR_READ,    /* of a value (register, counter) or, with `items`, of a list or a set */
    SIM_LINEAR_WRITE,   /* argument */
    SIM_LINEAR_CAS,     /* from argument to second; it swapped */
    SIM_LINEAR_CAS_NOT, /* from argument: the state was another */
    SIM_LINEAR_ADD,     /* argument to a number; nothing counts as 0; answered: value is the sum */
    SIM_LINEAR_APPEND,  /* argument to a list; nothing counts as the empty list */
    SIM_LINEAR_INSERT,  /* argument into a set */
    SIM_LINEAR_DELETE,  /* afterwards there is nothing: SIM_NIL */
    SIM_LINEAR_ACQUIRE, /* of a mutex that nobody holds */
    SIM_LINEAR_RELEASE, /* of one that somebody holds */
    SIM_LINEAR_KINDS,
};

/* A mixed history of one key is judged over one state, which is nothing (SIM_NIL), a number, or a
 * list: a write makes it a number, an append to nothing makes it a list of one, delete makes it
 * nothing. An append to a number, or an add to a list, is refused by the store and so never ok. */
struct sim_linear_operation {
    enum sim_linear_kind kind;
    uint32_t process; /* for words only */
    int64_t key;
    int64_t argument, second;
    int64_t value;        /* what an answered read (SIM_NIL: nothing) or add gave */
    const int64_t *items; /* what a read of a list or set gave, or NULL */
    uint32_t item_count;
    bool answered;     /* a read or an add whose answer is known; else any answer is legal */
    uint64_t invoked;  /* places in the history: distinct over invocations and returns */
    uint64_t returned; /* SIM_LINEAR_OPEN: the outcome is unknown */
    int64_t time_invoked, time_returned; /* ns, for words only */
};
#define SIM_LINEAR_OPEN UINT64_MAX

enum { SIM_LINEAR_CULPRITS_MAX = 8, SIM_LINEAR_TEXT = 1024, SIM_LINEAR_NAME = 96 };

struct sim_linear_options {
    int64_t initial; /* of every key; SIM_NIL: nothing */
    uint64_t steps;  /* budget for each key; 0: the default */
    uint64_t bytes;  /* memory at a time for each key; 0: the default */
    bool witness;    /* fill in the order */
    /* Writes what texts call a process, and returns it; NULL: "process 3". */
    const char *(*name)(const void *context, uint32_t process, char text[SIM_LINEAR_NAME]);
    const void *context;
};

enum sim_linear_status { SIM_LINEAR_YES, SIM_LINEAR_NO, SIM_LINEAR_UNDECIDED };

struct sim_linear_result {
    enum sim_linear_status status; /* NO if any key is, else UNDECIDED if any is */
    int64_t key;                   /* the least with that status, unless it is YES */
    /* The few operations that contradict each other, in order of invocation. They have no order
     * among themselves, unless the text says that there are more of them than are shown, or that
     * they are only the last ones before the place where every order ended. */
    uint32_t culprits[SIM_LINEAR_CULPRITS_MAX];
    uint32_t culprit_count;
    char text[SIM_LINEAR_TEXT]; /* the contradiction, or which budget ran out, in words */
    /* With `witness`, of YES: indices in an order that explains all, key by key. Left out are
     * operations that took no effect, and reads whose answer is unknown. */
    uint32_t *order;
    size_t order_count;
    uint64_t steps; /* spent */
};

/* OPERATIONS in order of invocation. Stops at the first key that has no order. */
void sim_linear_judge(const struct sim_linear_operation *operations, size_t count,
                      const struct sim_linear_options *options, struct sim_linear_result *result);
void sim_linear_result_finish(struct sim_linear_result *result);

#endif
