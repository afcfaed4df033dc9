/* age_oracle.h - staleness, visibility, tokens, ids and siblings by the words of docs/checkers.md.
 *
 * As consistency_oracle.h: each definition looked up in the list of all operations, nothing kept.
 */
#ifndef TESTS_LIB_AGE_ORACLE_H
#define TESTS_LIB_AGE_ORACLE_H

#include "sim/check/linearizable.h"

struct age_oracle {
    bool judged;   /* an answered read of a plain key */
    bool thin_air; /* of what nobody wrote */
    uint32_t versions;
    int64_t age;
    bool has_latest; /* some write had returned before */
    int64_t since;   /* how long ago the last of them did */
    bool sees_latest;
};

/* Of operation READ. */
struct age_oracle age_oracle(const struct sim_linear_operation *ops, size_t count, size_t read,
                             int64_t initial);

/* Answered reads of keys that are not plain. */
size_t age_oracle_left_out(const struct sim_linear_operation *ops, size_t count, int64_t initial);

enum sim_linear_status age_oracle_unique_ids(const struct sim_linear_operation *ops, size_t count,
                                             bool each_key);
/* Values up to TEXTS are texts. */
enum sim_linear_status age_oracle_fencing(const struct sim_linear_operation *ops, size_t count,
                                          int64_t texts);
/* PERCENT of the reads may find siblings, and none more than MOST values. */
enum sim_linear_status age_oracle_siblings(const struct sim_linear_operation *ops, size_t count,
                                           uint64_t percent, uint32_t most);

#endif
