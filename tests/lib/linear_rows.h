/* linear_rows.h - histories in a line of text, and many of them with their known verdicts.
 *
 * A history is a list of operations in order of invocation, separated by commas, each with the
 * places of its invocation and its return: "0-3 w1, 1-2 r0, 4- d". No place is used twice; without
 * a second place the operation is open. What it does:
 *
 *     w5    write 5                         r5, rnil  read of 5, of nothing
 *     c1>2  cas from 1 to 2, swapped        r[1 2]    read of a list or a set; r[] of an empty one
 *     n1    cas from 1, which it was not    r?        read whose answer is not known
 *     +3    add 3, answer not known         a4        append 4
 *     +3=5  add 3, the sum was 5            i4        insert 4
 *     d     delete                          L, U      acquire, release
 *
 * before it, perhaps, a key: "x:w5", "y:w5", "z:w5"; without it the key is x. */
#ifndef TESTS_LIB_LINEAR_ROWS_H
#define TESTS_LIB_LINEAR_ROWS_H

#include "sim/check/linearizable.h"

enum { LINEAR_ROW_MAX = 16, LINEAR_ROW_ITEMS_MAX = 64 };

struct linear_row {
    const char *what;
    int64_t initial;
    bool linearizable;
    const char *history;
};

extern const struct linear_row linear_rows[];
extern const size_t linear_row_count;

struct linear_history {
    struct sim_linear_operation ops[LINEAR_ROW_MAX];
    size_t count;
    int64_t items[LINEAR_ROW_ITEMS_MAX]; /* the operations point here: do not copy the structure */
    size_t item_count;
};

/* 0, or -1 if TEXT is not a history: then `count` operations of it could be read. */
int linear_history_read(struct linear_history *history, const char *text);

#endif
