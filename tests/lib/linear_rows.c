#include "tests/lib/linear_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NIL SIM_NIL
#define YES true
#define NO false

/* Many rows have a twin with the other verdict close by, so that no verdict can be right for a
 * wrong reason alone.
 *
 * Sources beyond first principles: Lamport, "On Interprocess Communication", 1986 (regular and
 * atomic registers); Herlihy and Wing 1990; Herlihy and Shavit, "The Art of Multiprocessor
 * Programming"; Adve and Gharachorloo, "Shared Memory Consistency Models", 1996 (the litmus tests
 * on several keys: whatever is not even sequentially consistent cannot be linearizable). */
/* clang-format off */
const struct linear_row linear_rows[] = {
    /* -- register, one after the other -- */
    { "nothing happened", NIL, YES, "" },
    { "read of the initial value", 0, YES, "0-1 r0" },
    { "read of a value never written", 0, NO, "0-1 r1" },
    { "nothing is there at first", NIL, YES, "0-1 rnil" },
    { "nothing is not 0", NIL, NO, "0-1 r0" },
    { "0 is not nothing", 0, NO, "0-1 rnil" },
    { "read of what was written", NIL, YES, "0-1 w1, 2-3 r1" },
    { "stale read of the initial value", 0, NO, "0-1 w1, 2-3 r0" },
    { "stale read of an overwritten value", NIL, NO, "0-1 w1, 2-3 w2, 4-5 r1" },
    { "a value written again", NIL, YES, "0-1 w1, 2-3 w2, 4-5 w1, 6-7 r1" },
    { "read before the write", 0, NO, "0-1 r1, 2-3 w1" },
    { "an unknown answer is any answer", 0, YES, "0-1 w1, 2-3 r?, 4-5 r1" },
    { "the greatest value", INT64_MAX, YES, "0-1 r9223372036854775807" },
    { "the least value is not the greatest", INT64_MAX, NO, "0-1 w-9223372036854775807, 2-3 r9223372036854775807" },

    /* -- register, at the same time -- */
    { "old value during a write", 0, YES, "0-3 w1, 1-2 r0" },
    { "new value during a write", 0, YES, "0-3 w1, 1-2 r1" },
    { "neither old nor new during a write: safe, not regular", 0, NO, "0-3 w1, 1-2 r2" },
    { "the overlap may be small", 0, YES, "0-2 w1, 1-3 r0" },
    { "new, then old during a write: regular, not atomic", 0, NO, "0-5 w1, 1-2 r1, 3-4 r0" },
    { "old, then new during a write", 0, YES, "0-5 w1, 1-2 r0, 3-4 r1" },
    { "new and old at the same time", 0, YES, "0-5 w1, 1-4 r1, 2-3 r0" },
    { "new, then old, then the write returns", 0, NO, "0-6 w1, 1-2 r1, 3-5 r0, 4-7 r1" },
    { "either write may be the last: the first", NIL, YES, "0-2 w1, 1-3 w2, 4-5 r1, 6-7 r1" },
    { "either write may be the last: the second", NIL, YES, "0-2 w1, 1-3 w2, 4-5 r2, 6-7 r2" },
    { "but not each in turn", NIL, NO, "0-2 w1, 1-3 w2, 4-5 r1, 6-7 r2" },
    { "nor each for another reader", NIL, NO, "0-2 w1, 1-3 w2, 4-6 r1, 5-7 r2" },
    { "a third value of two writes", NIL, NO, "0-2 w7, 1-3 w-3, 4-5 r-7" },
    { "a long write after a short one", NIL, YES, "0-7 w1, 1-2 w2, 3-4 r2, 5-6 r1" },
    { "a long write cannot make a short one come late", NIL, NO, "0-7 w1, 1-2 w2, 3-4 r1, 5-6 r2" },
    { "one reader saw the new value, so the other must", 0, NO, "0-1 w0, 2-9 w1, 3-4 r1, 5-8 r0, 6-7 r1" },
    { "the other reader asked before", 0, YES, "0-1 w0, 2-9 w1, 3-6 r1, 4-8 r0, 5-7 r1" },
    { "A B A with one write of B", NIL, NO, "0-9 w1, 1-2 w2, 3-4 r2, 5-6 r1, 7-8 r2" },
    { "A B A with two writes of B", NIL, YES, "0-9 w1, 1-2 w2, 3-11 w2, 4-5 r2, 6-7 r1, 8-10 r2" },
    { "three writes, read in an order against their invocations", NIL, YES, "0-9 w1, 1-10 w2, 2-11 w3, 3-4 r3, 5-6 r2, 7-8 r1" },
    { "three writes, one value seen twice with another between", NIL, NO, "0-9 w1, 1-10 w2, 2-11 w3, 3-4 r3, 5-6 r2, 7-8 r3" },

    /* -- register, open operations -- */
    { "an open write took effect", 0, YES, "0- w1, 1-2 r1" },
    { "an open write did not", 0, YES, "0- w1, 1-2 r0" },
    { "an open write took effect late", 0, YES, "0- w1, 1-2 r0, 3-4 r1" },
    { "an open write that was seen stays", 0, NO, "0- w1, 1-2 r1, 3-4 r0" },
    { "an open write cannot take effect before its invocation", 0, NO, "0-1 r1, 2- w1" },
    { "an open write overwrites a later one", 0, YES, "0- w1, 1-2 w2, 3-4 r2, 5-6 r1" },
    { "and stays over it", 0, NO, "0- w1, 1-2 w2, 3-4 r1, 5-6 r2" },
    { "an open write takes effect once", 0, NO, "0- w1, 1-2 r1, 3-4 w2, 5-6 r2, 7-8 r1" },
    { "two open writes take effect twice", 0, YES, "0- w1, 1- w1, 2-3 r1, 4-5 w2, 6-7 r2, 8-9 r1" },
    { "two open writes in order", 0, YES, "0- w1, 1- w2, 2-3 r1, 4-5 r2" },
    { "two open writes against the order of invocation", 0, YES, "0- w1, 1- w2, 2-3 r2, 4-5 r1" },
    { "two open writes are not three", 0, NO, "0- w1, 1- w2, 2-3 r1, 4-5 r2, 6-7 r1" },
    { "an open read asks for nothing", 0, YES, "0- r?, 1-2 r0" },
    { "only open operations", 0, YES, "0- w1, 1- w2, 2- c5>6" },

    /* -- compare and set -- */
    { "cas of what is there", NIL, YES, "0-1 w1, 2-3 c1>2, 4-5 r2" },
    { "cas of what is not there", NIL, NO, "0-1 w1, 2-3 c2>3" },
    { "cas of nothing", NIL, YES, "0-1 cnil>1, 2-3 r1" },
    { "cas of nothing where there is 0", 0, NO, "0-1 cnil>1" },
    { "cas of 0 where there is nothing", NIL, NO, "0-1 c0>1" },
    { "cas to the same", 1, YES, "0-1 c1>1, 2-3 r1" },
    { "both win the same cas", 0, NO, "0-2 c0>1, 1-3 c0>2" },
    { "both win, one after the other", 0, YES, "0-2 c0>1, 1-3 c1>2, 4-5 r2" },
    { "both win, against real time", 0, NO, "0-1 c1>2, 2-3 c0>1" },
    { "both win, against the order of invocation", 0, YES, "0-3 c1>2, 1-2 c0>1" },
    { "there and back again", 0, YES, "0-2 c0>1, 1-3 c1>0, 4-5 r0" },
    { "there and back again, but it was seen there", 0, NO, "0-2 c0>1, 1-3 c1>0, 4-5 r1" },
    { "a chain of three, all at once", 0, YES, "0-9 c2>3, 1-8 c0>1, 2-7 c1>2, 10-11 r3" },
    { "a chain of three with an end inside", 0, NO, "0-9 c2>3, 1-8 c0>1, 2-7 c1>2, 10-11 r2" },
    { "a write in the way of a chain", 0, NO, "0-1 c0>1, 2-3 w5, 4-5 c1>2" },
    { "a write beside a chain", 0, YES, "0-1 c0>1, 2-5 w5, 3-4 c1>2, 6-7 r5" },
    { "an open cas that was seen stays", 0, NO, "0- c0>1, 1-2 r1, 3-4 r0" },
    { "an open cas of what was not there", 0, NO, "0- c5>1, 1-2 r1" },
    { "an open cas waits for its value", 0, YES, "0- c5>1, 1-2 r0, 3-4 w5, 5-6 r1" },
    { "an open cas lost against another", 0, YES, "0- c0>1, 1-2 c0>2, 3-4 r2" },

    /* -- a failed cas as constraint -- */
    { "failed cas of another value", 0, YES, "0-1 n1, 2-3 r0" },
    { "failed cas of what is there", 0, NO, "0-1 n0" },
    { "failed cas during a write", 0, YES, "0-3 w1, 1-2 n0, 4-5 r1" },
    { "failed cas after the write", 0, NO, "0-1 w1, 2-3 n1" },
    { "one wins, one fails", 0, YES, "0-3 c0>1, 1-2 n0, 4-5 r1" },
    { "both fail, nobody won", 0, NO, "0-2 n0, 1-3 n0" },
    { "failed before anybody won", 0, NO, "0-1 n0, 2-3 c0>1" },
    { "a failed cas proves an open write", 0, NO, "0- w1, 1-2 n0, 3-4 r0" },
    { "a failed cas and the open write seen", 0, YES, "0- w1, 1-2 n0, 3-4 r1" },
    { "failed cas of nothing where there is nothing", NIL, NO, "0-1 nnil" },
    { "failed cas of nothing where there is 0", 0, YES, "0-1 nnil" },

    /* -- counter -- */
    { "nothing counts as 0", NIL, YES, "0-1 +1, 2-3 +2, 4-5 r3" },
    { "an add lost", NIL, NO, "0-1 +1, 2-3 +2, 4-5 r2" },
    { "an add of 0 makes it a number", NIL, YES, "0-1 rnil, 2-3 +0, 4-5 r0" },
    { "an add of 0 does not leave nothing", NIL, NO, "0-1 +0, 2-3 rnil" },
    { "answers in order", NIL, YES, "0-1 +1=1, 2-3 +1=2" },
    { "answers against real time", NIL, NO, "0-1 +1=2, 2-3 +1=1" },
    { "answers against the order of invocation", NIL, YES, "0-2 +1=2, 1-3 +1=1" },
    { "lost update", NIL, NO, "0-2 +1=1, 1-3 +1=1" },
    { "from the initial value", 10, YES, "0-1 +1=11" },
    { "not from the initial value", 10, NO, "0-1 +1=1" },
    { "reads between two adds", 0, YES, "0-7 +1, 1-8 +2, 2-3 r2, 4-5 r3" },
    { "reads that no order of two adds gives", 0, NO, "0-7 +1, 1-8 +2, 2-3 r1, 4-5 r2" },
    { "less than nothing", NIL, YES, "0-3 +5=3, 1-2 +-2=-2" },
    { "an unanswered add before an answered one", NIL, YES, "0-3 +1, 1-2 +1=2" },
    { "an answer counts one add too many", NIL, NO, "0-3 +1, 1-2 +1=3" },
    { "an open add in time", 0, YES, "0- +4, 1-2 r0, 3-4 r4" },
    { "an open add is not undone", 0, NO, "0- +4, 1-2 r4, 3-4 r0" },
    { "some of three open adds", 0, YES, "0- +1, 1- +2, 2- +4, 3-4 r5" },
    { "no sum of three open adds", 0, NO, "0- +1, 1- +2, 2- +4, 3-4 r8" },
    { "no growing sum of three open adds", 0, NO, "0- +1, 1- +2, 2- +4, 3-4 r6, 5-6 r5" },
    { "an add counted twice", 0, NO, "0- +1, 1-2 r1, 3-4 r2" },
    { "add to what was written", NIL, YES, "0-1 +1=1, 2-3 w7, 4-5 +1=8" },
    { "a counter goes round", INT64_MAX, YES, "0-1 +2=-9223372036854775807, 2-3 r-9223372036854775807" },

    /* -- append list -- */
    { "the empty list is nothing", NIL, YES, "0-1 r[], 2-3 rnil" },
    { "elements in order", NIL, YES, "0-1 a1, 2-3 a2, 4-5 r[1 2]" },
    { "elements against real time", NIL, NO, "0-1 a1, 2-3 a2, 4-5 r[2 1]" },
    { "elements against the order of invocation", NIL, YES, "0-2 a1, 1-3 a2, 4-5 r[2 1]" },
    { "an element lost", NIL, NO, "0-2 a1, 1-3 a2, 4-5 r[1]" },
    { "an element from nowhere", NIL, NO, "0-2 a1, 1-3 a2, 4-5 r[1 2 3]" },
    { "all elements lost", NIL, NO, "0-1 a1, 2-3 r[]" },
    { "a list is not nothing", NIL, NO, "0-1 a1, 2-3 rnil" },
    { "a list of 1 is not 1", NIL, NO, "0-1 a1, 2-3 r1" },
    { "two orders of the same list", NIL, NO, "0-2 a1, 1-3 a2, 4-5 r[1 2], 6-7 r[2 1]" },
    { "a list that grows", NIL, YES, "0-5 a1, 1-6 a2, 2-3 r[2], 4-7 r[2 1]" },
    { "a list that grows at its front", NIL, NO, "0-5 a1, 1-6 a2, 2-3 r[1], 4-7 r[2 1]" },
    { "a list that shrinks", NIL, NO, "0-7 a1, 1-2 a2, 3-4 r[2 1], 5-6 r[2]" },
    { "two readers in two orders", NIL, NO, "0-7 a1, 1-6 a2, 2-4 r[1], 3-5 r[2]" },
    { "an element twice", NIL, YES, "0-1 a1, 2-3 a1, 4-5 r[1 1]" },
    { "an element twice, seen once", NIL, NO, "0-1 a1, 2-3 a1, 4-5 r[1]" },
    { "an element once, seen twice", NIL, NO, "0-1 a1, 2-3 r[1 1]" },
    { "read before its append", NIL, NO, "0-1 r[1], 2-3 a1" },
    { "an open append late", NIL, YES, "0- a1, 1-2 r[], 3-4 a2, 5-6 r[2 1]" },
    { "an open append in time", NIL, YES, "0- a1, 1-2 a2, 3-4 r[1 2]" },
    { "an open append before what was seen without it", NIL, NO, "0- a1, 1-2 a2, 3-4 r[2], 5-6 r[1 2]" },
    { "an open append is not undone", NIL, NO, "0- a1, 1-2 r[1], 3-4 r[]" },
    { "one of two open appends", NIL, YES, "0- a1, 1- a2, 2-3 r[2]" },
    { "an unknown list is any list", NIL, YES, "0-1 a1, 2-3 r?, 4-5 r[1]" },

    /* -- set -- */
    { "a set has no order", NIL, YES, "0-1 i1, 2-3 i2, 4-5 r[2 1], 6-7 r[1 2]" },
    { "the empty set", NIL, YES, "0-1 r[], 2-3 i1, 4-5 r[1]" },
    { "a member once", NIL, YES, "0-1 i1, 2-3 i1, 4-5 r[1]" },
    { "a member lost", NIL, NO, "0-1 i1, 2-3 i2, 4-5 r[2]" },
    { "all members lost", NIL, NO, "0-1 i1, 2-3 r[]" },
    { "a member from nowhere", NIL, NO, "0-1 i1, 2-3 r[1 2]" },
    { "as many, but others", NIL, NO, "0-1 i1, 2-3 i2, 4-5 r[1 3]" },
    { "one, then both", NIL, YES, "0-7 i1, 1-8 i2, 2-3 r[1], 4-5 r[2 1]" },
    { "one, then only the other", NIL, NO, "0-7 i1, 1-8 i2, 2-3 r[1], 4-5 r[2]" },
    { "one and only the other at the same time", NIL, NO, "0-7 i1, 1-8 i2, 2-4 r[1], 3-5 r[2]" },
    { "an open insert in time", NIL, YES, "0- i1, 1-2 r[], 3-4 r[1]" },
    { "an open insert is not undone", NIL, NO, "0- i1, 1-2 r[1], 3-4 r[]" },
    { "members and nothing after a delete", NIL, YES, "0-1 i1, 2-3 d, 4-5 r[], 6-7 i2, 8-9 r[2]" },

    /* -- mutex -- */
    { "acquired and released", NIL, YES, "0-1 L, 2-3 U, 4-5 L" },
    { "acquired twice", NIL, NO, "0-1 L, 2-3 L" },
    { "acquired twice at the same time", NIL, NO, "0-2 L, 1-3 L" },
    { "a wait for its release", NIL, YES, "0-5 L, 1-2 L, 3-4 U" },
    { "a wait that ended before the release began", NIL, NO, "0-3 L, 1-2 L, 4-5 U" },
    { "acquired while the release returns", NIL, YES, "0-1 L, 2-5 U, 3-4 L" },
    { "released and never acquired", NIL, NO, "0-1 U" },
    { "released twice", NIL, NO, "0-1 L, 2-3 U, 4-5 U" },
    { "released by whoever it was", NIL, YES, "0-3 U, 1-2 L" },
    { "an open acquire got nothing", NIL, YES, "0- L, 1-2 L" },
    { "an open acquire got it", NIL, YES, "0- L, 1-2 U, 3-4 L" },
    { "an open acquire got it once", NIL, NO, "0- L, 1-2 U, 3-4 U" },
    { "two open acquires", NIL, YES, "0- L, 1- L, 2-3 U, 4-5 U" },
    { "an open release", NIL, YES, "0-1 L, 2- U, 3-4 L" },
    { "an open release too late", NIL, NO, "0-1 L, 2-3 L, 4- U" },
    { "an open release for two", NIL, NO, "0-1 L, 2- U, 3-4 L, 5-6 L" },

    /* -- delete -- */
    { "nothing after a delete", NIL, YES, "0-1 w1, 2-3 d, 4-5 rnil" },
    { "a value after its delete", NIL, NO, "0-1 w1, 2-3 d, 4-5 r1" },
    { "delete before a write", NIL, YES, "0-2 w1, 1-3 d, 4-5 r1" },
    { "delete after a write", NIL, YES, "0-2 w1, 1-3 d, 4-5 rnil" },
    { "delete before and after a write", NIL, NO, "0-2 w1, 1-3 d, 4-5 rnil, 6-7 r1" },
    { "delete of nothing", NIL, YES, "0-1 d, 2-3 rnil" },
    { "delete of the initial value", 1, YES, "0-1 r1, 2-3 d, 4-5 rnil" },
    { "an open delete in time", 1, YES, "0- d, 1-2 r1, 3-4 rnil" },
    { "an open delete is not undone", 1, NO, "0- d, 1-2 rnil, 3-4 r1" },
    { "cas of nothing during a delete", 1, YES, "0-3 d, 1-2 cnil>2, 4-5 r2" },
    { "cas of nothing during a delete that comes again", 1, NO, "0-3 d, 1-2 cnil>2, 4-5 rnil" },
    { "counting begins again", NIL, YES, "0-1 +7=7, 2-3 d, 4-5 +1=1" },
    { "counting goes on", NIL, NO, "0-1 +7=7, 2-3 d, 4-5 +1=8" },
    { "a list begins again", NIL, YES, "0-1 a1, 2-3 d, 4-5 a2, 6-7 r[2]" },
    { "a list goes on", NIL, NO, "0-1 a1, 2-3 d, 4-5 a2, 6-7 r[1 2]" },

    /* -- numbers and lists in one key -- */
    { "append to a number", NIL, NO, "0-1 w1, 2-3 a2" },
    { "append to the initial number", 0, NO, "0-1 a1" },
    { "append before the write", NIL, YES, "0-3 w1, 1-2 a2, 4-5 r1" },
    { "append before the write, seen after", NIL, NO, "0-3 w1, 1-2 a2, 4-5 r[2]" },
    { "append after a delete of the number", NIL, YES, "0-1 w1, 2-5 d, 3-4 a2, 6-7 r[2]" },
    { "append between number and delete", NIL, NO, "0-1 w1, 2-5 d, 3-4 a2, 6-7 rnil" },
    { "an open append to a number", NIL, NO, "0-1 w1, 2- a2, 3-4 r[1 2]" },
    { "add to a list", NIL, NO, "0-1 a1, 2-3 +1" },
    { "add after a delete of the list", NIL, YES, "0-1 a1, 2- d, 3-4 +2=2" },
    { "write over a list", NIL, YES, "0-1 a1, 2-3 w5, 4-5 r5, 6-7 +1=6" },
    { "an open write and an open add over a list", NIL, YES, "0-1 a1, 2- w3, 3- +1, 4-5 r4" },
    { "an open add without the write over a list", NIL, NO, "0-1 a1, 2- w3, 3- +1, 4-5 r1" },
    { "failed cas on a list", NIL, YES, "0-1 a1, 2-3 n1, 4-5 r[1]" },
    { "failed cas of nothing on a list", NIL, YES, "0-1 a1, 2-3 nnil" },
    { "cas of its element on a list", NIL, NO, "0-1 a1, 2-3 c1>2" },
    { "cas of nothing on a list", NIL, NO, "0-1 a1, 2-3 cnil>2" },
    { "cas of a sum", NIL, YES, "0-1 +1=1, 2-3 c1>5, 4-5 r5" },
    { "a number is no list of one", NIL, NO, "0-1 w1, 2-3 r[1]" },
    { "a number is no empty list", NIL, NO, "0-1 w1, 2-3 r[]" },
    { "number, nothing, list, number", NIL, YES, "0-9 w1, 1-10 d, 2-11 a2, 3-4 r1, 5-6 rnil, 7-8 r[2], 12-13 w3, 14-15 r3" },
    { "list, number, and the list without a delete", NIL, NO, "0-9 w1, 1-10 a2, 2-3 r[2], 4-5 r1, 6-7 r[2]" },

    /* -- several keys -- */
    { "keys know nothing of each other", NIL, YES, "0-1 x:w1, 2-3 y:rnil, 4-5 y:a1, 6-7 x:r1, 8-9 y:r[1]" },
    { "a fault in the second key", NIL, NO, "0-1 x:w1, 2-3 y:w2, 4-5 y:r1, 6-7 x:r1" },
    { "message passing", 0, NO, "0-1 x:w1, 2-3 y:w1, 4-5 y:r1, 6-7 x:r0" },
    { "store buffering", 0, NO, "0-2 x:w1, 1-3 y:w1, 4-6 y:r0, 5-7 x:r0" },
    { "store buffering, one sees", 0, YES, "0-2 x:w1, 1-7 y:w1, 3-4 y:r0, 8-9 x:r1" },
    { "independent reads of independent writes", 0, NO, "0-10 x:w1, 1-11 y:w1, 2-3 x:r1, 4-7 y:r0, 5-6 y:r1, 8-9 x:r0" },
    { "their reads in one order", 0, YES, "0-10 x:w1, 1-11 y:w1, 2-3 x:r1, 4-7 y:r0, 5-6 y:r1, 8-9 x:r1" },
    { "open writes of two keys", 0, YES, "0- x:w1, 1- y:w1, 2-3 y:r1, 4-5 x:r0, 6-7 x:r1" },
    { "two mutexes", NIL, YES, "0-1 x:L, 2-3 y:L, 4-5 x:U, 6-7 z:L, 8-9 y:U" },
};
/* clang-format on */
const size_t linear_row_count = sizeof(linear_rows) / sizeof(linear_rows[0]);

/* -- reading ----------------------------------------------------------------------------------- */

static bool skip(const char **at, const char *text)
{
    size_t length = strlen(text);

    if (strncmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool read_number(const char **at, int64_t *number)
{
    char *end;

    if (skip(at, "nil")) {
        *number = SIM_NIL;
        return true;
    }
    if (**at != '-' && (**at < '0' || **at > '9'))
        return false;
    errno = 0;
    *number = strtoll(*at, &end, 10);
    if (end == *at || errno != 0)
        return false;
    *at = end;
    return true;
}

/* "0-3" or "4-". */
static bool read_places(const char **at, struct sim_linear_operation *op)
{
    int64_t from, to = INT64_MAX;

    if (!read_number(at, &from) || from < 0 || !skip(at, "-"))
        return false;
    op->invoked = (uint64_t)from;
    op->returned = SIM_LINEAR_OPEN;
    if (**at != ' ') {
        if (!read_number(at, &to) || to <= from)
            return false;
        op->returned = (uint64_t)to;
    }
    op->time_invoked = from;
    op->time_returned = to;
    return skip(at, " ");
}

/* After "r[". */
static bool read_items(struct linear_history *history, const char **at,
                       struct sim_linear_operation *op)
{
    op->items = history->items + history->item_count;
    op->value = SIM_NIL;
    op->answered = true;
    while (!skip(at, "]")) {
        if (op->item_count > 0 && !skip(at, " "))
            return false;
        if (history->item_count == LINEAR_ROW_ITEMS_MAX ||
            !read_number(at, &history->items[history->item_count]))
            return false;
        history->item_count++;
        op->item_count++;
    }
    return true;
}

static bool read_read(struct linear_history *history, const char **at,
                      struct sim_linear_operation *op)
{
    op->kind = SIM_LINEAR_READ;
    if (skip(at, "?"))
        return true;
    if (skip(at, "["))
        return read_items(history, at, op);
    op->answered = true;
    return read_number(at, &op->value);
}

static bool read_add(const char **at, struct sim_linear_operation *op)
{
    op->kind = SIM_LINEAR_ADD;
    if (!read_number(at, &op->argument))
        return false;
    if (!skip(at, "="))
        return true;
    op->answered = true;
    return read_number(at, &op->value);
}

static bool read_what(struct linear_history *history, const char **at,
                      struct sim_linear_operation *op)
{
    static const char letters[] = "wcnaidLU";
    static const enum sim_linear_kind kinds[] = {
        SIM_LINEAR_WRITE,  SIM_LINEAR_CAS,    SIM_LINEAR_CAS_NOT, SIM_LINEAR_APPEND,
        SIM_LINEAR_INSERT, SIM_LINEAR_DELETE, SIM_LINEAR_ACQUIRE, SIM_LINEAR_RELEASE,
    };
    const char *letter;

    if (skip(at, "r"))
        return read_read(history, at, op);
    if (skip(at, "+"))
        return read_add(at, op);
    letter = **at == '\0' ? NULL : strchr(letters, **at);
    if (letter == NULL)
        return false;
    (*at)++;
    op->kind = kinds[letter - letters];
    if (op->kind == SIM_LINEAR_DELETE || op->kind == SIM_LINEAR_ACQUIRE ||
        op->kind == SIM_LINEAR_RELEASE)
        return true;
    if (!read_number(at, &op->argument))
        return false;
    return op->kind != SIM_LINEAR_CAS || (skip(at, ">") && read_number(at, &op->second));
}

/* Places are distinct, and OP was invoked after all before it. */
static bool has_its_places(const struct linear_history *history,
                           const struct sim_linear_operation *op)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct sim_linear_operation *before = &history->ops[i];

        if (before->invoked >= op->invoked || before->returned == op->invoked)
            return false;
        if (before->returned == op->returned && op->returned != SIM_LINEAR_OPEN)
            return false;
    }
    return true;
}

int linear_history_read(struct linear_history *history, const char *text)
{
    const char *at = text;

    memset(history, 0, sizeof(*history));
    while (*at != '\0') {
        struct sim_linear_operation op = { .process = (uint32_t)history->count };

        if (history->count == LINEAR_ROW_MAX || (history->count > 0 && !skip(&at, ", ")))
            return -1;
        if (!read_places(&at, &op) || !has_its_places(history, &op))
            return -1;
        if (at[0] >= 'x' && at[0] <= 'z' && at[1] == ':') {
            op.key = at[0] - 'x';
            at += 2;
        }
        if (!read_what(history, &at, &op))
            return -1;
        history->ops[history->count++] = op;
    }
    return 0;
}
