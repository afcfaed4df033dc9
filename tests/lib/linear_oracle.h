/* linear_oracle.h - linearizability straight from its definition, to judge the judges by.
 *
 * Herlihy and Wing 1990: a history is linearizable if some operations without a return can be given
 * one and the others be left out, so that there is a total order of all that keeps the order of
 * real time (an operation that returned before another was invoked comes before it) and in which
 * every answer is that of the sequential object. The oracle tries all such orders and turns back
 * at the first wrong answer; it remembers nothing and skips nothing else, so it is slow (use it up
 * to ten operations or so) and short enough to be believed.
 *
 * The sequential object of a key is nothing, a number, a list, a set, or a mutex that is held; a
 * mutex that is free, a list and a set without elements are nothing. What an operation asks of
 * another kind of object (an append to a number, an acquire of a list) is refused: it has no place
 * in any order. */
#ifndef TESTS_LIB_LINEAR_ORACLE_H
#define TESTS_LIB_LINEAR_ORACLE_H

#include "sim/check/linearizable.h"

enum { LINEAR_ORACLE_MAX = 16 }; /* operations */

/* 1 if each key's part of the history is linearizable, else 0. Before any operation every key
 * holds INITIAL (SIM_NIL: nothing). Operations in any order. */
int linear_oracle(const struct sim_linear_operation *ops, size_t count, int64_t initial);

/* The same question asked of the map of all keys as one object, in one order of all operations.
 * That both answers agree is the paper's theorem of locality. */
int linear_oracle_composed(const struct sim_linear_operation *ops, size_t count, int64_t initial);

#endif
