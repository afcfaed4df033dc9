/* consistency_private.h - what the files behind consistency.h share.
 *
 * A history is turned into *nodes*: answered reads, acknowledged writes, and open writes that were
 * seen, of plain keys alone, each read with the node that it read from. Private to sim/check. */
#ifndef SIM_CHECK_CONSISTENCY_PRIVATE_H
#define SIM_CHECK_CONSISTENCY_PRIVATE_H

#include "sim/check/consistency.h"
#include "sim/check/relation.h"

#define SIM_NODE_NONE UINT32_MAX

struct sim_node {
    uint32_t operation; /* its index */
    uint32_t key, session;
    uint32_t
        from; /* of a read: the node that wrote what it saw, SIM_NODE_NONE: the initial value */
    bool is_read;
    uint64_t invoked, returned;
};

struct sim_plain {
    const struct sim_linear_operation *operations;
    struct sim_node *nodes; /* in order of invocation */
    uint32_t count;
    uint32_t sessions, keys;
    uint32_t *first_write; /* [keys + 1]: of each key in `writes` */
    uint32_t *writes;      /* nodes, in order of invocation */
    size_t left_out;       /* operations of keys that are not plain */
    uint32_t *odd_reads;   /* the answered reads among them */
    size_t odd_read_count;
    uint32_t thin_air;     /* an operation that read what nobody wrote, or SIM_NODE_NONE */
};

void sim_plain_init(struct sim_plain *plain, const struct sim_linear_operation *operations,
                    size_t count, const uint32_t *sessions, int64_t initial);
void sim_plain_finish(struct sim_plain *plain);

/* What was found, in nodes. */
struct sim_finding {
    enum sim_linear_status status;
    const char *reason;
    uint32_t culprits[SIM_LINEAR_CULPRITS_MAX];
    uint32_t culprit_count;
};

void sim_finding_blame(struct sim_finding *finding, uint32_t node); /* once each, as far as fits */
/* All that lie on the path from A to B of a relation among nodes. */
void sim_finding_blame_path(struct sim_finding *finding, const struct sim_relation *relation,
                            uint32_t a, uint32_t b);
void sim_finding_blame_cycle(struct sim_finding *finding, const struct sim_relation *relation);

enum { SIM_NODE_READS = 1, SIM_NODE_WRITES = 2, SIM_NODE_ANY = 3 };

/* Adds the session order from nodes of kinds FROM to nodes of kinds TO, without what follows from
 * the rest if kinds are the same. BY_KEY: only within a key. LEFT_OUT: sessions whose reads do not
 * count, or NULL. */
void sim_plain_sessions(const struct sim_plain *plain, struct sim_relation *relation, int from,
                        int to, bool by_key, const bool *left_out);
/* Adds from(r) -> r. */
void sim_plain_reads_from(const struct sim_plain *plain, struct sim_relation *relation,
                          const bool *left_out);

void sim_sessions_judge(enum sim_consistency what, const struct sim_plain *plain,
                        struct sim_relation_budget *budget, struct sim_finding *finding);
void sim_causal_judge(enum sim_consistency what, const struct sim_plain *plain,
                      struct sim_relation_budget *budget, struct sim_finding *finding);
void sim_sequential_judge(const struct sim_plain *plain, struct sim_relation_budget *budget,
                          struct sim_finding *finding);

#endif
