/* linear_private.h - what the files of the judge of linearizability share.
 *
 * One key's operations are a `case`. Each method looks at a case and says whether it is the one for
 * it, and if so, what its verdict is. Private to sim/check. */
#ifndef SIM_CHECK_LINEAR_PRIVATE_H
#define SIM_CHECK_LINEAR_PRIVATE_H

#include "sim/check/linearizable.h"

#define SIM_LINEAR_NONE UINT32_MAX

/* -- table: triples of words, numbered in the order in which they come ------------------------- */

struct sim_linear_triple {
    int64_t a, b, c;
};

struct sim_linear_table {
    struct sim_linear_triple *entries;
    size_t count, capacity;
    uint32_t *slots; /* open addressing: entry plus one, 0: free */
    size_t slot_count;
};

void sim_linear_table_finish(struct sim_linear_table *table);
uint32_t sim_linear_table_find(const struct sim_linear_table *table,
                               struct sim_linear_triple triple); /* or SIM_LINEAR_NONE */
/* The number of TRIPLE, which is table->count - 1 if it is new. */
uint32_t sim_linear_table_add(struct sim_linear_table *table, struct sim_linear_triple triple);

/* -- states of the sequential object, numbered ------------------------------------------------- */

enum { SIM_LINEAR_NOTHING = 0 }; /* the state that every table of states begins with */

void sim_linear_states_init(struct sim_linear_table *states);
uint32_t sim_linear_states_number(struct sim_linear_table *states, int64_t value); /* or SIM_NIL */
uint32_t sim_linear_states_list(struct sim_linear_table *states, const int64_t *items,
                                uint32_t count);
/* SIM_LINEAR_NONE if an item comes twice, which no set gives. */
uint32_t sim_linear_states_set(struct sim_linear_table *states, const int64_t *items,
                               uint32_t count);
/* The state after OPERATION, which is no read, in STATE; SIM_LINEAR_NONE: it is refused there or
 * would have been answered otherwise. */
uint32_t sim_linear_states_after(struct sim_linear_table *states, uint32_t state,
                                 const struct sim_linear_operation *operation);

/* -- one key ----------------------------------------------------------------------------------- */

struct sim_linear_case {
    const struct sim_linear_operation *operations; /* of all keys */
    const uint32_t *members;                       /* this key's, in order of invocation */
    size_t count;
    int64_t initial;
    uint64_t steps_most, bytes_most;
    bool witness;
    const struct sim_linear_options *options; /* of the caller: names for words */

    /* the verdict */
    uint32_t culprits[SIM_LINEAR_CULPRITS_MAX]; /* as indices of `operations` */
    uint32_t culprit_count;
    bool more_culprits; /* than fit */
    const char *reason; /* why they contradict each other, or which budget ran out; may be NULL */
    uint32_t *order;    /* members in the order found, as indices of `operations`; the caller's */
    size_t order_count;
    uint64_t steps;
};

static inline const struct sim_linear_operation *
sim_linear_member(const struct sim_linear_case *one, size_t member)
{
    return &one->operations[one->members[member]];
}

/* Adds a member unless it is one of the culprits already. */
void sim_linear_blame(struct sim_linear_case *one, uint32_t member);
/* A read told what it saw, and an add its sum. */
bool sim_linear_tells(const struct sim_linear_operation *operation);

/* Methods. False: not for cases such as this one. */
bool sim_linear_zones(struct sim_linear_case *one, enum sim_linear_status *status);
bool sim_linear_lists(struct sim_linear_case *one, enum sim_linear_status *status);
bool sim_linear_sets(struct sim_linear_case *one, enum sim_linear_status *status);
/* For every case. */
enum sim_linear_status sim_linear_configurations(struct sim_linear_case *one);

/* Adds who did what, and when. */
void sim_linear_say(char text[SIM_LINEAR_TEXT], const struct sim_linear_options *options,
                    const struct sim_linear_operation *operation);
void sim_linear_words(const struct sim_linear_case *one, enum sim_linear_status status,
                      char text[SIM_LINEAR_TEXT]);

#endif
