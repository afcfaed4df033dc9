/* consistency_oracle.h - docs/checkers.md read to the letter, to judge the judges by.
 *
 * What the page calls an explanation or an order is looked for among all that there are: every
 * order of the versions, every set of writes that a read may have been served from, every order of
 * the operations. Nothing is remembered and nothing is clever, so it is slow (use it up to eight
 * operations or so) and short enough to be compared with the page, line by line. It shares no code
 * with sim/check. */
#ifndef TESTS_LIB_CONSISTENCY_ORACLE_H
#define TESTS_LIB_CONSISTENCY_ORACLE_H

#include "sim/check/consistency.h"

enum { CONSISTENCY_ORACLE_MAX = 16 }; /* operations */

struct consistency_oracle {
    enum sim_linear_status plain;  /* of what plain keys show, and nothing else */
    enum sim_linear_status status; /* of the whole */
    bool mixed;                    /* some key is not plain */
    /* Two reads of a session overlap: then a checker may leave `memory` undecided. */
    bool overlaps;
    /* A read saw what nobody wrote, or what was written after it: too easy a contradiction. */
    bool absurd;
};

/* Operations in any order, SESSIONS of each. */
struct consistency_oracle consistency_oracle(enum sim_consistency what,
                                             const struct sim_linear_operation *ops, size_t count,
                                             const uint32_t *sessions, int64_t initial);

/* Whether KEY is plain, as the page defines it. */
bool consistency_oracle_is_plain(const struct sim_linear_operation *ops, size_t count, int64_t key,
                                 int64_t initial);

#endif
