/* check_history_pairs.c - from events to operations: which completion closes what, what is dropped,
 * keys, values, and the readings that the file chooses. */
#include "tests/lib/foreign.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Events of EDN: process, operation and value. */
#define EVENT(type, p, f, v) "{:process " #p ", :type :" type ", :f " f ", :value " v "}\n"
#define CALL(p, f, v) EVENT("invoke", p, f, v)
#define OK(p, f, v) EVENT("ok", p, f, v)
#define FAIL(p, f, v) EVENT("fail", p, f, v)
#define INFO(p, f, v) EVENT("info", p, f, v)

struct row {
    enum sim_history_model model;
    const char *text, *expected;
};

#define R SIM_HISTORY_REGISTER

static void expect_row(const struct row *row)
{
    const struct sim_history_reading reading = { .model = row->model };

    foreign_expect(&reading, row->text, row->expected);
}

/* -- pairs ------------------------------------------------------------------------------------- */

static const struct row pairs[] = {
    { R, CALL(0, ":write", "1") CALL(1, ":read", "nil") OK(1, ":read", "1") OK(0, ":write", "1"),
      "p0 write 0:1 @0-3\np1 read 0:1 @1-2\n" },
    /* the order is that of the file, whatever the times are */
    { R,
      "{:process 0 :type :invoke :f :write :value 1 :time 9 :index 7}"
      "{:process 0 :type :ok :f :write :value 1 :time 3 :index 2}",
      "p0 write 0:1 @0-1\n" },
    /* unknown outcomes stay open for ever; reads of unknown outcome say nothing */
    { R,
      CALL(0, ":write", "1") INFO(0, ":write", "1") CALL(5, ":write", "2") CALL(6, ":read", "nil")
          INFO(6, ":read", ":timed-out") CALL(7, ":read", "nil") CALL(8, ":cas", "[1 2]"),
      "p0 write 0:1 @0-\np5 write 0:2 @2-\np8 cas 0:1>2 @6-\n" },
    { R, CALL(0, ":write", "1") INFO(0, ":write", "nil") CALL(0, ":write", "2"),
      "p0 write 0:1 @0-\np0 write 0:2 @2-\n" },
    /* what failed did not happen */
    { R,
      CALL(0, ":write", "1") CALL(1, ":read", "nil") CALL(2, ":cas", "[1 2]") FAIL(0, ":write", "1")
          FAIL(1, ":read", ":timed-out") FAIL(2, ":cas", "[1 2]") CALL(0, ":write", "3"),
      "p0 write 0:3 @6-\n" },
    /* the nemesis is no client */
    { R,
      "{:process :nemesis :type :info :f :start :value {\"n1\" [\"n2\"]}}" CALL(
          0, ":write", "1") "{:process :nemesis :type :invoke :f :stop}" OK(0, ":write", "1"),
      "p0 write 0:1 @0-1\n" },
    /* completions may lack operation and value */
    { R, CALL(0, ":write", "1") "{:process 0 :type :ok}", "p0 write 0:1 @0-1\n" },
    { R, CALL(0, ":write", "1") "{:process 0 :type :fail}" CALL(0, ":write", "2"),
      "p0 write 0:2 @2-\n" },
    /* names for processes */
    { R,
      CALL("a", ":write", "1") "{:process :b :type :invoke :f :write :value 2}" OK("a", ":write",
                                                                                   "1"),
      "p\"a\" write 0:1 @0-2\np:b write 0:2 @1-\n" },
    /* without processes a completion belongs to the invocation just before it */
    { SIM_HISTORY_LIST,
      "{:type :invoke :f :append :value 1}{:type :ok :f :append :value 1}"
      "{:type :invoke :f :append :value 2}{:type :invoke :f :read :value nil}"
      "{:type :ok :value [1 2]}",
      "p0 append 0:1 @0-1\np0 append 0:2 @2-\np0 read 0:[1 2] @3-4\n" },
    { SIM_HISTORY_LIST, "{:type :invoke :f :append :value 1}" CALL(7, ":append", "2") "{:type :ok}",
      "2:1+1: a completion that does not follow its invocation\n" },
    { SIM_HISTORY_LIST,
      "{:type :invoke :f :append :value 1}{:type :ok}\n{:type :ok :f :append :value 1}",
      "2:1+1: a completion that does not follow its invocation\n" },
    { R, "{:process nil :type :invoke :f :write :value 1}{:type :ok}", "p0 write 0:1 @0-1\n" },
    /* faults */
    { R, CALL(0, ":write", "1") OK(1, ":write", "1"),
      "2:11+1: this process completes what it did not invoke\n" },
    { R, CALL(0, ":write", "1") OK(0, ":write", "1") OK(0, ":write", "1"),
      "3:11+1: this process completes what it did not invoke\n" },
    { R, CALL(0, ":write", "1") INFO(0, ":write", "1") OK(0, ":write", "1"),
      "3:11+1: this process completes what it did not invoke\n" },
    { R, CALL(0, ":write", "1") CALL(0, ":write", "2"),
      "2:11+1: this process invokes again, but its operation of line 1 is not completed\n" },
    { R, "\n" CALL(0, ":write", "1") OK(0, ":read", "1"),
      "3:28+5: another operation than was invoked in line 2\n" },
    { R, "{:process 0 :f :write :value 1}", "1:1+1: an event without a type\n" },
    { R, "{:process 0 :type :done :f :write}",
      "1:19+5: no type of event: :done; expected invoke, ok, fail or info\n" },
    { R, "{:process 1.5 :type :ok :f :write}",
      "1:11+3: a process was expected: a number or a name\n" },
    { R, "{:process 1 :type :ok :f :write :type :ok}", "1:33+5: a second 'type' in one event\n" },
};

START_TEST(completions_find_their_invocations)
{
    expect_row(&pairs[_i]);
}
END_TEST

/* Nothing tells when they began: right after the process had ended the one before. */
static const struct row bare[] = {
    { R, OK(0, ":write", "1") OK(1, ":read", "1") OK(0, ":write", "2") OK(1, ":read", "1"),
      "p0 write 0:1 @0-2\np1 read 0:1 @1-4\np0 write 0:2 @3-6\np1 read 0:1 @5-7\n" },
    { R, OK(0, ":write", "1") INFO(1, ":write", "2") FAIL(2, ":write", "3") INFO(3, ":read", "nil"),
      "p0 write 0:1 @0-2\np1 write 0:2 @1-\n" },
    { R, "{:type :ok :f :write :value 1}{:type :ok :f :read :value 1}",
      "p0 write 0:1 @0-2\np0 read 0:1 @1-3\n" },
    { R, OK(0, ":write", "1") CALL(1, ":read", "nil"),
      "1:11+1: this process completes what it did not invoke\n" },
    { R, "\n {:type :ok :f :write :value 1}" CALL(1, ":read", "nil"),
      "2:2+1: a completion that does not follow its invocation\n" },
    /* keys: a pair where no list can be, or what only a pair can be */
    { R, OK(0, ":write", "[7 1]") OK(0, ":read", "[7 1]") OK(0, ":cas", "[7 [1 2]]"),
      "p0 write 7:1 @0-1\np0 read 7:1 @2-3\np0 cas 7:1>2 @4-5\n" },
    { SIM_HISTORY_LIST, OK(0, ":append", "[7 1]") OK(0, ":read", "[7 [1]]") OK(1, ":read", "[7 1]"),
      "p0 append 7:1 @0-2\np1 read 0:[7 1] @1-5\np0 read 7:[1] @3-4\n" },
    { SIM_HISTORY_KV, OK(0, ":read", "[7 nil]") OK(0, ":read", "[7 8]"),
      "p0 read 7:nil @0-1\np0 read 0:[7 8] @2-3\n" },
};

START_TEST(completions_alone)
{
    expect_row(&bare[_i]);
}
END_TEST

/* -- operations -------------------------------------------------------------------------------- */

static const struct row operations[] = {
    { R, CALL(0, ":write", "nil") OK(0, ":write", "nil"), "p0 delete 0 @0-1\n" },
    { R, CALL(0, ":cas", "[nil 1]") OK(0, ":cas", "nil"), "p0 cas 0:nil>1 @0-1\n" },
    { R, CALL(0, ":cas", "(3 1)") OK(0, ":cas", "nil"), "p0 cas 0:3>1 @0-1\n" },
    { R,
      CALL(0, ":write", ":a") CALL(1, ":write", "\"b\"") CALL(2, ":write", "true")
          CALL(3, ":read", "nil") OK(3, ":read", "\"b\""),
      "p0 write 0::a @0-\np1 write 0:\"b\" @1-\np2 write 0:true @2-\np3 read 0:\"b\" @3-4\n" },
    { SIM_HISTORY_COUNTER,
      CALL(0, ":add", "-3") OK(0, ":add", "-3") CALL(0, ":read", "nil") OK(0, ":read", "-3"),
      "p0 add 0:-3 @0-1\np0 read 0:-3 @2-3\n" },
    { SIM_HISTORY_SET,
      CALL(0, ":add", "3") OK(0, ":add", "3") CALL(0, ":read", "nil") OK(0, ":read", "#{3 1}") CALL(
          0, ":read", "nil") OK(0, ":read", "[]") CALL(0, ":read", "nil") OK(0, ":read", "(3)"),
      "p0 insert 0:3 @0-1\np0 read 0:[3 1] @2-3\np0 read 0:[] @4-5\np0 read 0:[3] @6-7\n" },
    { SIM_HISTORY_LIST,
      CALL(0, ":append", "3") OK(0, ":append", "3") CALL(0, ":read", "nil") OK(0, ":read", "[1 3]")
          CALL(0, ":read", "nil") OK(0, ":read", "nil"),
      "p0 append 0:3 @0-1\np0 read 0:[1 3] @2-3\np0 read 0:nil @4-5\n" },
    { SIM_HISTORY_MUTEX,
      CALL(0, ":acquire", "nil") OK(0, ":acquire", "nil") CALL(0, ":release", "nil")
          CALL(1, ":acquire", "nil") FAIL(1, ":acquire", "nil") INFO(0, ":release", "nil"),
      "p0 acquire 0 @0-1\np0 release 0 @2-\n" },
    { SIM_HISTORY_KV,
      CALL(0, ":write", "[1 5]") CALL(1, ":cas", "[1 [5 6]]") CALL(2, ":add", "[2 7]")
          CALL(3, ":append", "[3 8]") CALL(4, ":delete", "[1 nil]") CALL(5, ":read", "[3 nil]")
              OK(5, ":read", "[3 [8]]") CALL(6, ":read", "[1 nil]") OK(6, ":read", "[1 6]"),
      "p0 write 1:5 @0-\np1 cas 1:5>6 @1-\np2 add 2:7 @2-\np3 append 3:8 @3-\np4 delete 1 @4-\n"
      "p5 read 3:[8] @5-6\np6 read 1:6 @7-8\n" },
    /* what these models do not know */
    { R, CALL(0, ":add", "1"),
      "1:32+4: unknown operation ':add' for model 'register'; a register has read, write, cas\n" },
    { SIM_HISTORY_MUTEX, CALL(0, ":read", "1"),
      "1:32+5: unknown operation ':read' for model 'mutex'; a mutex has acquire, release\n" },
    { SIM_HISTORY_LIST, CALL(0, ":txn", "[[:append 5 1] [:r 5 nil]]"),
      "1:32+4: unknown operation ':txn' for model 'list': a transaction; a list has read, "
      "append\n" },
    { SIM_HISTORY_LIST, "{:type :invoke, :value [[:append 5 1] [:r 5 nil]]}",
      "1:24+26: unknown operation for model 'list': a transaction; a list has read, append\n" },
    { SIM_HISTORY_COUNTER, CALL(0, ":transfer", "{:from 1 :to 2 :amount 3}"),
      "1:32+9: unknown operation ':transfer' for model 'counter': it is of a bank; a counter has "
      "read, add\n" },
    { R, "{:process 0 :type :invoke :value 1}",
      "1:1+1: an event without an operation ('f'); a register has read, write, cas\n" },
    { R, CALL(0, "17", "1"),
      "1:32+2: unknown operation '17' for model 'register'; a register has read, write, cas\n" },
    /* values of the wrong kind */
    { R, CALL(0, ":write", "1.5"), "1:47+3: a whole number was expected\n" },
    { R, CALL(0, ":write", "#{1}"), "1:47+4: a single value was expected\n" },
    { R, CALL(0, ":write", "[1 2 3]"), "1:47+7: a single value was expected\n" },
    { R, "{:process 0 :type :invoke :f :write}", "1:30+6: an operation without a value\n" },
    { R, CALL(0, ":cas", "[1]"), "1:45+3: [from to] was expected\n" },
    { R, CALL(0, ":cas", "[1 nil]"), "1:48+3: a value was expected, not nil\n" },
    { R, CALL(0, ":read", "nil") OK(0, ":read", "[1 2 3]"),
      "2:42+7: a single value was expected\n" },
    { SIM_HISTORY_COUNTER, CALL(0, ":add", ":a"), "1:45+2: a whole number was expected\n" },
    { SIM_HISTORY_COUNTER, CALL(0, ":add", "nil"), "1:45+3: a value was expected, not nil\n" },
    { SIM_HISTORY_SET, CALL(0, ":read", "nil") OK(0, ":read", "5"),
      "2:42+1: a set was expected\n" },
    { SIM_HISTORY_LIST, CALL(0, ":read", "nil") OK(0, ":read", "#{5}"),
      "2:42+4: a list was expected\n" },
    { SIM_HISTORY_LIST, CALL(0, ":read", "nil") OK(0, ":read", "[5 nil]"),
      "2:45+3: a value was expected, not nil\n" },
    { R, CALL(0, ":write", "-9223372036854775808"),
      "1:47+20: this number is taken: it stands for nil\n" },
    { R, CALL(0, ":write", "-1000000000000000000"),
      "1:47+20: this number is taken: numbers from -1000000004294967294 to -1000000000000000000 "
      "stand for texts\n" },
    { R, CALL(0, ":write", "-999999999999999999"), "p0 write 0:-999999999999999999 @0-\n" },
};

START_TEST(operations_of_each_model)
{
    expect_row(&operations[_i]);
}
END_TEST

/* -- keys -------------------------------------------------------------------------------------- */

static const struct row keys[] = {
    { R,
      CALL(0, ":write", "[7 1]") OK(0, ":write", "[7 1]") CALL(0, ":read", "[7 nil]")
          OK(0, ":read", "[7 1]") CALL(0, ":cas", "[7 [1 2]]") OK(0, ":cas", "[7 [1 2]]"),
      "p0 write 7:1 @0-1\np0 read 7:1 @2-3\np0 cas 7:1>2 @4-5\n" },
    { R, CALL(0, ":read", "nil") OK(0, ":read", "[7 1]"), "p0 read 7:1 @0-1\n" },
    { R, CALL(0, ":read", "[7 nil]") OK(0, ":read", "nil"), "p0 read 7:nil @0-1\n" },
    { R, CALL(0, ":read", "[7 nil]") OK(0, ":read", "[7 nil]"), "p0 read 7:nil @0-1\n" },
    { R,
      CALL(0, ":write", "#jepsen.independent/Tuple [:x 1]")
          CALL(1, ":write", "#jepsen.independent/Tuple [\"y\" 2]") OK(1, ":write", "[\"y\" 2]"),
      "p0 write :x:1 @0-\np1 write \"y\":2 @1-2\n" },
    { R,
      "{:process 0 :type :invoke :f :write :value 1 :key 5}{:process 0 :type :ok :f :write :value "
      "1 :key 5}{:process 0 :type :invoke :f :read :key 5}{:process 0 :type :ok :f :read :value 1}"
      "{:process 0 :type :invoke :f :cas :key 5 :value [1 2]}",
      "p0 write 5:1 @0-1\np0 read 5:1 @2-3\np0 cas 5:1>2 @4-\n" },
    /* lists and sets of two are no pairs, unless the invocation had a key */
    { SIM_HISTORY_LIST, CALL(0, ":read", "nil") OK(0, ":read", "[7 8]"), "p0 read 0:[7 8] @0-1\n" },
    { SIM_HISTORY_SET, CALL(0, ":read", "[7 nil]") OK(0, ":read", "[7 #{8 9}]"),
      "p0 read 7:[8 9] @0-1\n" },
    { SIM_HISTORY_LIST, CALL(0, ":read", "[7 nil]") OK(0, ":read", "[7 [8 9]]"),
      "p0 read 7:[8 9] @0-1\n" },
    { SIM_HISTORY_LIST, CALL(0, ":read", "nil") OK(0, ":read", "#independent/Tuple [7 [8 9]]"),
      "p0 read 7:[8 9] @0-1\n" },
    { SIM_HISTORY_MUTEX, CALL(0, ":acquire", "[7 nil]") OK(0, ":acquire", "[7 nil]"),
      "p0 acquire 7 @0-1\n" },
    /* faults */
    { R, CALL(0, ":read", "[7 nil]") OK(0, ":read", "[8 1]"),
      "2:42+5: the answer is of another key than the invocation\n" },
    { R, CALL(0, ":read", "[7 nil]") OK(0, ":read", "1"),
      "2:42+1: [key value] was expected, as in the invocation\n" },
    { R,
      "{:process 0 :type :invoke :f :read :key 5}{:process 0 :type :ok :f :read :key 6 :value 1}",
      "1:79+1: the answer is of another key than the invocation\n" },
    { R, CALL(0, ":write", "[nil 1]"), "1:48+3: a value was expected, not nil\n" },
    { R, CALL(0, ":write", "[[1] 1]"), "1:48+3: a single value was expected\n" },
};

START_TEST(keys_as_pairs_or_apart)
{
    expect_row(&keys[_i]);
}
END_TEST

/* -- readings ---------------------------------------------------------------------------------- */

#define READ(p, v) CALL(p, ":read", "nil") OK(p, ":read", v)
#define WRITE(p, v) CALL(p, ":write", v) OK(p, ":write", v)
#define NIL_VALUE "initial nil, nil reads value\n"
#define ZERO_UNKNOWN "initial 0, nil reads unknown\n"

static const struct row readings[] = {
    { R, READ(0, "nil") WRITE(0, "1"), NIL_VALUE },
    { R, READ(0, "0") WRITE(0, "1"), ZERO_UNKNOWN },
    { R, READ(0, "0") READ(0, "nil"), ZERO_UNKNOWN },
    { R, WRITE(0, "0") READ(0, "0"), NIL_VALUE },
    { R, CALL(1, ":write", "0") READ(0, "0"), NIL_VALUE },
    { R, READ(0, "0") WRITE(0, "0"), ZERO_UNKNOWN },
    { R, CALL(1, ":write", "0") FAIL(1, ":write", "0") READ(0, "0"), ZERO_UNKNOWN },
    { R, CALL(1, ":cas", "[0 1]") OK(1, ":cas", "[0 1]"), ZERO_UNKNOWN },
    { R, CALL(1, ":cas", "[0 1]") FAIL(1, ":cas", "[0 1]"), NIL_VALUE },
    { R, CALL(2, ":cas", "[1 0]") CALL(1, ":cas", "[0 1]") OK(1, ":cas", "[0 1]"), NIL_VALUE },
    { R, READ(0, "[1 0]") WRITE(0, "[2 0]"), ZERO_UNKNOWN },
    { R, WRITE(0, "[1 0]") READ(0, "[1 0]"), NIL_VALUE },
    { R, WRITE(0, "nil") READ(0, "0"), "initial 0, nil reads value\n" },
    { SIM_HISTORY_KV,
      CALL(0, ":add", "[1 0]") OK(0, ":add", "[1 0]") CALL(0, ":read", "[1 nil]")
          OK(0, ":read", "[1 0]"),
      NIL_VALUE },
    { SIM_HISTORY_KV, READ(0, "0") CALL(0, ":delete", "nil") OK(0, ":delete", "nil"),
      "initial 0, nil reads value\n" },
    { SIM_HISTORY_COUNTER, READ(0, "nil"), ZERO_UNKNOWN },
    { SIM_HISTORY_SET, READ(0, "nil"), "initial nil, nil reads unknown\n" },
    { SIM_HISTORY_LIST, READ(0, "nil"), NIL_VALUE },
    { SIM_HISTORY_MUTEX, CALL(0, ":acquire", "nil"), NIL_VALUE },
    { R, "INFO jepsen.util - 0 :invoke :read nil\nINFO jepsen.util - 0 :ok :read 0\n", NIL_VALUE },
};

START_TEST(the_file_chooses)
{
    const struct sim_history_reading reading = { .model = readings[_i].model };
    char *found = foreign_summary(&reading, readings[_i].text), *chosen = strstr(found, "initial");

    ck_assert_ptr_nonnull(chosen);
    ck_assert_str_eq(chosen, readings[_i].expected);
    free(found);
}
END_TEST

START_TEST(readings_may_be_given)
{
    static const char text[] = READ(0, "0") READ(0, "nil");
    struct sim_history_reading reading = { .initial_from = SIM_HISTORY_INITIAL_GIVEN,
                                           .initial = 5 };

    foreign_expect_summary(&reading, text,
                           "p0 read 0:0 @0-1\nedn 4 events, 0 of others: 2 operations, 2 invoked, "
                           "2 ok, 0 failed, 0 unknown, 1 dropped; initial 5, nil reads unknown\n");
    reading.initial = SIM_NIL;
    foreign_expect_summary(
        &reading, text,
        "p0 read 0:0 @0-1\np0 read 0:nil @2-3\nedn 4 events, 0 of others: 2 "
        "operations, 2 invoked, 2 ok, 0 failed, 0 unknown, 0 dropped; " NIL_VALUE);
    reading.nil_reads = SIM_HISTORY_NIL_UNKNOWN;
    foreign_expect(&reading, text, "p0 read 0:0 @0-1\n");
    reading.initial = 0;
    reading.nil_reads = SIM_HISTORY_NIL_VALUE;
    foreign_expect(&reading, text, "p0 read 0:0 @0-1\np0 read 0:nil @2-3\n");
}
END_TEST

START_TEST(failed_swaps_may_prove_another_state)
{
    static const char text[] = CALL(0, ":cas", "[1 2]") CALL(1, ":write", "3")
        FAIL(0, ":cas", "[1 2]") FAIL(1, ":write", "3");
    struct sim_history_reading reading = { .failed_cas_differs = true };

    foreign_expect(&reading, text, "p0 cas-not 0:1>2 @0-2\n");
    reading.failed_cas_differs = false;
    foreign_expect(&reading, text, "");
}
END_TEST

START_TEST(everything_is_counted)
{
    const struct sim_history_reading reading = { .model = R };

    foreign_expect_summary(
        &reading,
        "{:process :nemesis :type :info :f :start}" CALL(0, ":write", "1") CALL(1, ":write", "2")
            CALL(2, ":read", "nil") CALL(3, ":read", "nil") CALL(4, ":write", "4")
                OK(0, ":write", "1") FAIL(1, ":write", "2") INFO(2, ":read", "nil")
                    OK(3, ":read", "1") "{:process :nemesis :type :info :f :stop}",
        "p0 write 0:1 @0-5\np3 read 0:1 @3-8\np4 write 0:4 @4-\nedn 9 events, 2 of others: 5 "
        "operations, 5 invoked, 2 ok, 1 failed, 2 unknown, 2 dropped; " NIL_VALUE);
    foreign_expect_summary(&reading, OK(0, ":write", "1"),
                           "p0 write 0:1 @0-1\nedn 1 events, 0 of others: 1 operations, 0 "
                           "invoked, 1 ok, 0 failed, 0 unknown, 0 dropped; " NIL_VALUE);
}
END_TEST

START_TEST(lines_and_times_are_kept)
{
    static const char text[] = "{:process 3 :type :invoke :f :write :value 1 :time 10}\n\n"
                               "{:process 4 :type :invoke :f :write\n:value 2}\n"
                               "{:process 3 :type :ok :time 30}";
    const struct sim_history_reading reading = { .model = R };
    struct sim_history_found found;

    sim_history_reader_memory(text, sizeof(text) - 1, &reading, &found);
    ck_assert_uint_eq(found.count, 2);
    ck_assert(found.has_times);
    ck_assert_int_eq(found.operations[0].time_invoked, 10);
    ck_assert_int_eq(found.operations[0].time_returned, 30);
    ck_assert_uint_eq(found.origins[0].line_invoked, 1);
    ck_assert_uint_eq(found.origins[0].line_returned, 5);
    ck_assert_uint_eq(found.origins[1].line_invoked, 3);
    ck_assert_uint_eq(found.origins[1].line_returned, 0);
    sim_history_reader_finish(&found);
}
END_TEST

#define ADD_ROWS(tcase, test, rows)                                                                \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

int main(void)
{
    Suite *suite = suite_create("history_pairs");
    TCase *tcase = tcase_create("pairs");
    SRunner *runner = srunner_create(suite);
    int failed;

    ADD_ROWS(tcase, completions_find_their_invocations, pairs);
    ADD_ROWS(tcase, completions_alone, bare);
    ADD_ROWS(tcase, operations_of_each_model, operations);
    ADD_ROWS(tcase, keys_as_pairs_or_apart, keys);
    ADD_ROWS(tcase, the_file_chooses, readings);
    tcase_add_test(tcase, readings_may_be_given);
    tcase_add_test(tcase, failed_swaps_may_prove_another_state);
    tcase_add_test(tcase, everything_is_counted);
    tcase_add_test(tcase, lines_and_times_are_kept);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
