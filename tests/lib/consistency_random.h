/* consistency_random.h - small random histories of replicas, to compare judges of consistency on.
 *
 * Each session asks a replica of its own; writes come to the others later, in the order of their
 * invocations or in any, and a replica keeps the newest or what came last. Sometimes there is one
 * replica only, so that the history is linearizable; sometimes a session asks somebody else's; and
 * a part of the reads answers what comes to mind: any value that the key is ever given, also in the
 * future, the initial one, and now and then one that nobody writes. So every level of consistency
 * is kept by many of these histories and broken by many.
 *
 * The same seed gives the same history on every machine. */
#ifndef TESTS_LIB_CONSISTENCY_RANDOM_H
#define TESTS_LIB_CONSISTENCY_RANDOM_H

#include "sim/check/linearizable.h"

enum { CONSISTENCY_RANDOM_MAX = 12, CONSISTENCY_RANDOM_TEXT = 1024 };

struct consistency_history {
    struct sim_linear_operation ops[CONSISTENCY_RANDOM_MAX]; /* in order of invocation */
    uint32_t sessions[CONSISTENCY_RANDOM_MAX];               /* of each */
    size_t count;
    int64_t initial;
    int64_t items[CONSISTENCY_RANDOM_MAX][2]; /* ops point here: do not copy the structure */
};

/* A history of half of MOST to MOST operations. STATE is the seed, and afterwards another. */
void consistency_random(struct consistency_history *history, size_t most, uint64_t *state);

/* Another history of up to MOST operations, of HISTORY, which has no lists, in one to four steps: a
 * read sees something else, an operation comes, goes, moves a little, changes its session or its
 * key, never returns. What lies near a history that breaks a guarantee breaks it, too, or just not.
 */
void consistency_change(struct consistency_history *history, size_t most, uint64_t *state);

/* The history as rows of tests write it, and returns TEXT. */
const char *consistency_text(const struct consistency_history *history,
                             char text[CONSISTENCY_RANDOM_TEXT]);

#endif
