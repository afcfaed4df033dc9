/* operation.h - what clients ask of a store, as histories record it.
 *
 * Judges of consistency work on invocations and completions of these operations alone; they know no
 * protocol. An operation whose outcome its client did not learn is `unknown`: it may take effect
 * later or never. That is not `fail`, which says that it certainly did not and will not take
 * effect. */
#ifndef SIM_WORLD_OPERATION_H
#define SIM_WORLD_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

enum sim_operation_kind {
    SIM_READ,   /* completes with the value, or SIM_NIL */
    SIM_WRITE,  /* argument: the value */
    SIM_CAS,    /* arguments: from, to; completes ok if it swapped, fail if the state was another */
    SIM_ADD,    /* argument: what is added; completes with the sum */
    SIM_APPEND, /* argument: the element */
    SIM_DELETE,
    SIM_OPERATION_KINDS,
};

enum sim_operation_status {
    SIM_OK,
    SIM_FAIL,
    SIM_UNKNOWN,
    SIM_OPERATION_STATUSES,
};

/* The value of a key that holds nothing: never written by a client. */
#define SIM_NIL INT64_MIN

struct sim_operation {
    int64_t kind; /* enum sim_operation_kind */
    int64_t key;
    int64_t argument, second; /* by kind; else 0 */
};

/* What a client is to do, and when: instead of what it would draw. */
struct sim_listed_operation {
    int64_t at;       /* true time: load comes from outside, where no node's clock counts */
    uint32_t client;  /* member of the group */
    uint32_t process; /* the lane of a closed loop; SIM_OPEN_LOOP: of none */
    uint32_t place;   /* in the list as it was written, from 1 */
    bool guesses;     /* a compare-and-set from what the client last saw */
    struct sim_operation operation;
};

#define SIM_OPEN_LOOP UINT32_MAX

struct sim_operation_list { /* by client, then process, then time, then place */
    const struct sim_listed_operation *items;
    uint32_t count;
};

extern const char *const sim_operation_kind_names[];   /* "read", "write", "cas", ..., NULL */
extern const char *const sim_operation_status_names[]; /* "ok", "fail", "unknown", NULL */

#endif
