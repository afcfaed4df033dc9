/* check_history_forms.c - EDN, JSON and text logs as they come, and as they must not: every fault
 * has its line and column. */
#include "tests/lib/foreign.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define W "{:process 0, :type :invoke, :f :write, :value 1}"
#define OK "{:process 0, :type :ok, :f :write, :value 1}"
#define WRITTEN "p0 write 0:1 @0-1\n"
#define JW "{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":1}"
#define JOK "{\"process\":0,\"type\":\"ok\",\"f\":\"write\",\"value\":1}"

struct row {
    const char *text, *expected;
};

static const struct sim_history_reading registers = { .model = SIM_HISTORY_REGISTER };

/* -- EDN --------------------------------------------------------------------------------------- */

static const struct row edn[] = {
    { W "\n" OK "\n", WRITTEN },
    { W OK, WRITTEN },
    { "[" W " " OK "]", WRITTEN },
    { "(" W ",\n" OK ")\n", WRITTEN },
    { "[" W "," OK "]; done\n #_ {:a [1 2]} ", WRITTEN },
    { "\xef\xbb\xbf" W OK, WRITTEN },
    { " ,\n; history\n; of a test\n[ " W OK "]", WRITTEN },
    { ",[" W OK "]", WRITTEN },
    /* maps over lines, any order of keys, other keys */
    { "{:value 1\n :f :write ; what\n :type\n :invoke\n :process 0}\r\n" OK, WRITTEN },
    { "{:index 0 :time 17 :error [:timeout \"a \\\" } b\\\\\"] :node \"n1\" :process 0 "
      ":type :invoke :f :write :value 1 :extra {:a {:b #{1 2 [3]}}}}" OK,
      WRITTEN },
    /* discards */
    { W "#_" W OK, WRITTEN },
    { W "#_ #_ " W " nil " OK, WRITTEN },
    { "{:process #_ 7 0 #_ #_ :a :b :type :invoke, :f :write :value #_[1 {2 3}] 1 #_x}" OK,
      WRITTEN },
    { "#_ #tag " W "[" W OK "]", WRITTEN },
    /* tags */
    { "#jepsen.history.Op" W "#jepsen.history.Op " OK, WRITTEN },
    { "#jepsen.history.DenseHistory [" W " #a/b #c " OK "]", WRITTEN },
    { "{:process 0 :type :invoke :f :write :value #x #y 1 :time #inst \"1970-01-01\"}" OK,
      WRITTEN },
    { "#_ #jepsen.history.Op " W W OK, WRITTEN },
    /* atoms of all kinds, where they do not matter */
    { "{:process 0 :type :invoke :f :write :value +1 :e [1.5 -2.5e7 1/3 7N 3.0M ##Inf ##NaN \\a "
      "\\newline \\; \\\" \\u00e9 foo foo/bar - + -x true false nil :a.b/c :1 () [] {} #{}]}" OK,
      WRITTEN },
    { "{:process 0 :type :invoke :f :write :value 1N}" OK, WRITTEN },
    { "{:process 0 :type :invoke :f :write :value 9223372036854775807}",
      "p0 write 0:9223372036854775807 @0-\n" },
};

START_TEST(edn_as_it_comes)
{
    foreign_expect(&registers, edn[_i].text, edn[_i].expected);
}
END_TEST

static const struct row edn_faults[] = {
    { W "\n" W "}", "2:11+1: this process invokes again, but its operation of line 1 is not "
                    "completed\n" },
    { W "\n }", "2:2+1: a map was expected, one for each event\n" },
    { W "\n  [1 2]", "2:3+1: a map was expected, one for each event\n" },
    { W " 17", "1:50+1: a map was expected, one for each event\n" },
    { W "#{1 2}", "1:49+6: a map was expected, one for each event\n" },
    { "[" W "\n" OK, "2:45+1: the text ends before the ']' that ends the history\n" },
    { "[" W OK ")", "1:94+1: a map was expected, one for each event\n" },
    { "[" W OK "]\n\n " W, "3:2+1: nothing may follow the ']' that ends the history\n" },
    { "[" W OK "]\n #{1}", "2:2+4: nothing may follow the ']' that ends the history\n" },
    { "[" W OK "]]", "1:95+1: nothing may follow the ']' that ends the history\n" },
    { "[[" W OK "]]", "1:2+1: a map was expected, one for each event\n" },
    { "{:process 0\n:type :invoke :f :write :value",
      "1:1+1: the text ends before the '}' that closes this\n" },
    { "{:process 0 :type :invoke :f :write :value}",
      "1:43+1: the last key of this map has no value\n" },
    { "{:process 0 :type :invoke :f :write :value [1}", "1:46+1: ']' was expected, not '}'\n" },
    { "{:process 0 :e \"abc", "1:16+1: a string without an end\n" },
    { "{:process 0 :e \"abc\\\"}", "1:16+1: a string without an end\n" },
    { "{:process 0 :e : 1}", "1:16+1: a keyword without a name\n" },
    { "{:process 0 :e #_}", "1:16+3: a value was expected after the #_\n" },
    { "{:process 0 :e #abc}", "1:16+5: a value was expected after the tag\n" },
    { "{:process 0 :e # 1}", "1:16+2: a tag or a set was expected after '#'\n" },
    { "{:process 0 :e #\"re\"}", "1:16+2: a tag or a set was expected after '#'\n" },
    { W "#_", "1:49+2: the text ends before the value that belongs to this\n" },
    { W "#", "1:49+1: a tag or a set was expected after '#'\n" },
    { W "#_ #a", "1:52+2: the text ends before the value that belongs to this\n" },
    { "{:process 0 :e \\", "1:16+1: a character was expected after the backslash\n" },
    { "{:process 0 :v 123456789012345678901}",
      "1:16+21: a number beyond 64 bits: 123456789012345678901\n" },
    { "{:process 0 :v 9223372036854775808}",
      "1:16+19: a number beyond 64 bits: 9223372036854775808\n" },
    /* columns count characters, lines end with LF, CR LF or CR */
    { "{:process 0 :e \"\u00e4\u4e2d\u00fc\" \"\u00df\" }",
      "1:26+1: the last key of this map has no value\n" },
    { "; \u00e4\r\n{:process 0\r\n\r\n  :e}", "4:5+1: the last key of this map has no value\n" },
    { "; a\r{:process 0\r :e}", "3:4+1: the last key of this map has no value\n" },
};

START_TEST(edn_as_it_must_not_come)
{
    foreign_expect(&registers, edn_faults[_i].text, edn_faults[_i].expected);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
    static const char text[] = W "\0" OK;
    char *found = foreign_bytes(&registers, text, sizeof(text) - 1);

    ck_assert_str_eq(found, "1:49+1: a map was expected, one for each event\n");
    free(found);
}
END_TEST

START_TEST(a_nul_within_a_map)
{
    static const char text[] = "{:process \0 0}";
    char *found = foreign_bytes(&registers, text, sizeof(text) - 1);

    ck_assert_str_eq(found, "1:11+1: this character does not belong here\n");
    free(found);
}
END_TEST

/* -- JSON -------------------------------------------------------------------------------------- */

static const struct row json[] = {
    { "[" JW "," JOK "]", WRITTEN },
    { " [\n" JW "\n ,\n " JOK "\n]\n\n", WRITTEN },
    { JW "\n" JOK "\n", WRITTEN },
    { JW JOK, WRITTEN },
    { "\xef\xbb\xbf[" JW "," JOK "]", WRITTEN },
    { "[{ \"value\" : 1 , \"e\":[true,false,null,1.5,-0.25e-7,1E9,0,-0,\"a\\\"\\\\\\/\\b\\f\\n\\r"
      "\\t\\u00e9\\uafAF\",{},[],{\"a\":[{}]}],\"f\":\"write\",\"type\":\"invoke\",\"process\":0"
      "}," JOK "]",
      WRITTEN },
};

START_TEST(json_as_it_comes)
{
    foreign_expect(&registers, json[_i].text, json[_i].expected);
}
END_TEST

static const struct row json_faults[] = {
    { "[" JW "," JOK, "1:101+1: the text ends where ']' was expected\n" },
    { "[" JW "\n" JOK "]", "2:1+1: ',' or ']' was expected\n" },
    { "[" JW ",]", "1:54+1: an object, one for each event, was expected\n" },
    { "[[" JW "]]", "1:2+1: a map was expected, one for each event\n" },
    { "[" JW "," JOK "]\n" JW, "2:1+1: nothing may follow the array\n" },
    { JW "\n," JOK, "2:1+1: an object, one for each event, was expected\n" },
    { JW "\n17", "2:1+1: an object, one for each event, was expected\n" },
    { "{\"process\" 0}", "1:12+1: ':' was expected\n" },
    { "{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":{\"a\":[1,2]}}",
      "1:50+11: a single value was expected\n" },
    { "{\"process\":0", "1:13+1: the text ends where ',' or '}' was expected\n" },
    { "{\"process\":", "1:12+1: the text ends where a value was expected\n" },
    { "{\"process\":0,", "1:14+1: the text ends where a key in quotes was expected\n" },
    { "{\"process\":0,}", "1:14+1: a key in quotes was expected\n" },
    { "{\"process\":0 \"f\":1}", "1:14+1: ',' or '}' was expected\n" },
    { "{\"process\":[0 1]}", "1:15+1: ',' or ']' was expected\n" },
    { "{\"process\":[0,]}", "1:15+1: a value of JSON was expected\n" },
    { "{\"process\":[0}", "1:14+1: ',' or ']' was expected\n" },
    { "{\"process\":nil}", "1:12+3: a value of JSON was expected\n" },
    { "{\"process\":01}", "1:12+2: no number of JSON\n" },
    { "{\"process\":1.}", "1:12+2: no number of JSON\n" },
    { "{\"process\":-}", "1:12+1: no number of JSON\n" },
    { "{\"process\":1e}", "1:12+2: no number of JSON\n" },
    { "{\"process\":1x}", "1:12+2: no number of JSON\n" },
    { "{\"process\":99999999999999999999}",
      "1:12+20: a number beyond 64 bits: 99999999999999999999\n" },
    { "{\"e\":\"a\nb\"}", "1:8+1: a control character within a string\n" },
    { "{\"e\":\"a\\xb\"}", "1:8+2: no escape of JSON\n" },
    { "{\"e\":\"a\\u00g0\"}", "1:8+2: no escape of JSON\n" },
    { "{\"e\":\"a\\u00e\"}", "1:8+2: no escape of JSON\n" },
    { "{\"e\":\"abc", "1:6+1: a string without an end\n" },
};

START_TEST(json_as_it_must_not_come)
{
    foreign_expect(&registers, json_faults[_i].text, json_faults[_i].expected);
}
END_TEST

/* -- logs -------------------------------------------------------------------------------------- */

#define LOG "INFO  jepsen.util - "

static const struct row logs[] = {
    { LOG "0\t:invoke\t:write\t1\n" LOG "0\t:ok\t:write\t1\n", WRITTEN },
    { LOG "0   :invoke    :write   1\n" LOG "0 :ok   :write  1", WRITTEN },
    { LOG "0\t:invoke\t:write\t1\r\n" LOG "0\t:ok\t:write\t1\r\n", WRITTEN },
    { "starting\n{:a\n[\n\"\nINFO  jepsen.core - 0\t:invoke\t:write\t2\n" LOG "up, 5 nodes\n" LOG
      "5 nodes\n" LOG "7\n" LOG "[0 :a]\n" LOG ":nemesis\t:info\t:start\tnil\n" LOG
      "0\t:invoke\t:write\t1\n\n" LOG "0\t:ok\t:write\t1\n",
      WRITTEN },
    { "[2015-03-03 12:00:00] INFO  jepsen.util - 0 :invoke :write 1\n" LOG "0 :ok :write 1\n",
      WRITTEN },
    { LOG "4\t:invoke\t:cas\t[4 1]\n" LOG "1\t:invoke\t:read\tnil\n" LOG "1\t:ok\t:read\t3\n" LOG
          "4\t:ok\t:cas\t[4 1]\n" LOG "1\t:invoke\t:read\tnil\n" LOG "1\t:ok\t:read\tnil\n",
      "p4 cas 0:4>1 @0-3\np1 read 0:3 @1-2\np1 read 0:nil @4-5\n" },
    { LOG "1\t:invoke\t:read\tnil\n" LOG "1\t:fail\t:read\t:timed-out\n" LOG
          "0\t:invoke\t:write\t5\n" LOG "0\t:info\t:write\t:timed-out\n" LOG
          "2\t:invoke\t:cas\t[1 2]\n" LOG "2\t:info\t:cas\t:timed-out\n" LOG
          "3\t:invoke\t:cas\t[1 2]\n" LOG "3\t:fail\t:cas\t[1 2]\n",
      "p0 write 0:5 @2-\np2 cas 0:1>2 @4-\n" },
};

START_TEST(logs_as_they_come)
{
    const struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER,
                                                 .format = SIM_HISTORY_LOG };

    foreign_expect(&reading, logs[_i].text, logs[_i].expected);
    if (logs[_i].text[0] != 's') /* a log that begins as EDN would is not recognised */
        foreign_expect(&registers, logs[_i].text, logs[_i].expected);
}
END_TEST

static const struct row log_faults[] = {
    { LOG "0\t:invoke\t:write\t1\n" LOG "0\t:oh\t:write\t1\n",
      "2:23+3: no type of event: :oh; expected invoke, ok, fail or info\n" },
    { LOG "0\t:invoke\t:cas\t[1 2\n" LOG "0\t:ok\t:cas\t[1 2]\n",
      "1:36+1: the text ends before the ']' that closes this\n" },
    { LOG "0\t:invoke\t:cas\t1\n", "1:36+1: [from to] was expected\n" },
    { LOG "0\t:invoke\t:cas\t[1 nil]\n", "1:39+3: a value was expected, not nil\n" },
    { LOG "0\t:invoke\t:write\n", "1:31+6: an operation without a value\n" },
    { LOG "0\t:invoke\n", "1:1+1: an event without an operation ('f'); a register has read, "
                          "write, cas\n" },
    { LOG "0\t:invoke\t:write\t1\n\n" LOG "1\t:ok\t:write\t1\n",
      "3:21+1: this process completes what it did not invoke\n" },
    { "nothing\nof interest\n",
      "no operation: no line has 'jepsen.util - PROCESS :TYPE :OPERATION VALUE'; it begins "
      "neither as EDN nor as JSON, so it was read as a log\n" },
};

START_TEST(logs_as_they_must_not_come)
{
    foreign_expect(&registers, log_faults[_i].text, log_faults[_i].expected);
}
END_TEST

/* -- nothing, and too much --------------------------------------------------------------------- */

static const struct row empty[] = {
    { "", "no operation: there is nothing at all\n" },
    { " \n", "no operation: no line has 'jepsen.util - PROCESS :TYPE :OPERATION VALUE'; it begins "
             "neither as EDN nor as JSON, so it was read as a log\n" },
    { "; only\n; comments\n", "no operation, read as edn\n" },
    { "[]", "no operation, read as edn\n" },
    { "()", "no operation, read as edn\n" },
    { "#_ " W, "no operation, read as edn\n" },
    { "{:process :nemesis :type :info :f :start}",
      "no operation: all 1 events are of the nemesis\n" },
    { "[{\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"start\"}]",
      "no operation: all 1 events are of the nemesis\n" },
};

START_TEST(nothing_is_an_error)
{
    foreign_expect(&registers, empty[_i].text, empty[_i].expected);
}
END_TEST

/* HEAD, COUNT times what repeats, TAIL; not in pieces of one byte, it is long. */
static void expect_long(const char *head, const char *repeated, size_t count, const char *tail,
                        size_t operations, const char *message)
{
    struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER,
                                           .operations = operations };
    size_t size = strlen(head) + count * strlen(repeated) + strlen(tail);
    char *text = malloc(size + 1), *at = text;
    struct sim_history_found found;

    ck_assert_ptr_nonnull(text);
    at += strlen(strcpy(at, head));
    for (; count > 0; count--)
        at += strlen(strcpy(at, repeated));
    strcpy(at, tail);
    sim_history_reader_memory(text, size, &reading, &found);
    ck_assert_str_eq(found.fault.message, message);
    sim_history_reader_finish(&found);
    free(text);
}

START_TEST(limits)
{
    static const char nested[] = "nested deeper than 64 (NESTING_MAX)";
    static const char token[] = "longer than a word or string may be: 1048576 bytes (TOKEN_MAX)";

    expect_long("{:e ", "[", 63, "", 0, "the text ends before the ']' that closes this");
    expect_long("{:e ", "[", 64, "", 0, nested);
    expect_long("{:e ", "#_", 64, "", 0, nested);
    expect_long("{\"e\":", "[", 64, "", 0, nested);
    expect_long("{\"e\":", "[", 1000000, "", 0, nested);
    expect_long("{:e \"", "x", 1 << 20, "\"}", 0, "an event without a type");
    expect_long("{:e \"", "x", 3 << 19, "\"}", 0, token);
    expect_long("{:e x", "x", 3 << 19, "}", 0, token);
    expect_long("{\"e\":\"", "x", 3 << 19, "\"}", 0, token);
    expect_long("; ", "x", 3 << 19, "\n" W, 0, ""); /* a comment is no token */
    expect_long(W, OK W, 3, OK, 4, "");
    expect_long(W, OK W, 3, OK, 3, "more than 3 operations (the limit of operations)");
}
END_TEST

START_TEST(the_format_may_be_given)
{
    struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER };

    reading.format = SIM_HISTORY_EDN;
    foreign_expect(&reading, "{\"process\" 0 \"type\" \"invoke\" :f \"write\" :value 1}" OK,
                   WRITTEN);
    foreign_expect(&reading, JW, "1:20+1: a keyword without a name\n");
    foreign_expect(&reading, LOG "0 :invoke :write 1",
                   "1:1+1: a map was expected, one for each event\n");
    reading.format = SIM_HISTORY_JSON;
    foreign_expect(&reading, W, "1:2+1: a key in quotes was expected\n");
    foreign_expect(&reading, JW JOK, WRITTEN);
    reading.format = SIM_HISTORY_LINES;
    foreign_expect(
        &reading, JW,
        "1:1+1: an event without an operation ('op'); a register has read, write, cas\n");
    reading.format = SIM_HISTORY_LOG;
    foreign_expect(&reading, W,
                   "no operation: no line has 'jepsen.util - PROCESS :TYPE :OPERATION VALUE'\n");
}
END_TEST

static void excerpt_of(const char *text, size_t piece, struct sim_history_fault *fault)
{
    struct sim_history_reading reading = { .model = SIM_HISTORY_REGISTER, .piece = piece };
    struct sim_history_found found;

    sim_history_reader_memory(text, strlen(text), &reading, &found);
    *fault = found.fault;
    sim_history_reader_finish(&found);
}

START_TEST(the_line_is_shown)
{
    struct sim_history_fault fault;
    static char text[100000];
    size_t used = 0;

    excerpt_of(W "\n  {:process 1 :type :oh} ; \u00e4\r\n" OK, 5, &fault);
    ck_assert_str_eq(fault.excerpt, "  {:process 1 :type :oh} ; \u00e4");
    ck_assert_uint_eq(fault.excerpt_column, 1);
    /* all in one line: what is near */
    used += (size_t)sprintf(text, "[");
    while (used < 90000)
        used += (size_t)sprintf(text + used, "{:process 1 :type :ok :f :write :value 1}");
    sprintf(text + used, "{:type :oh}%1000s", "]");
    for (size_t piece = 1; piece < 3000; piece += 999) {
        excerpt_of(text, piece, &fault);
        ck_assert_uint_eq(fault.line, 1);
        ck_assert_uint_eq(fault.column, used + 8);
        ck_assert_uint_eq(fault.excerpt_column + 256, fault.column);
        ck_assert_uint_eq(fault.excerpt_length, 512);
        ck_assert_mem_eq(fault.excerpt, text + fault.excerpt_column - 1, 512);
    }
}
END_TEST

#define ADD_ROWS(tcase, test, rows)                                                                \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

int main(void)
{
    Suite *suite = suite_create("history_forms");
    TCase *forms = tcase_create("forms"), *rest = tcase_create("rest");
    SRunner *runner = srunner_create(suite);
    int failed;

    ADD_ROWS(forms, edn_as_it_comes, edn);
    ADD_ROWS(forms, edn_as_it_must_not_come, edn_faults);
    ADD_ROWS(forms, json_as_it_comes, json);
    ADD_ROWS(forms, json_as_it_must_not_come, json_faults);
    ADD_ROWS(forms, logs_as_they_come, logs);
    ADD_ROWS(forms, logs_as_they_must_not_come, log_faults);
    suite_add_tcase(suite, forms);
    ADD_ROWS(rest, nothing_is_an_error, empty);
    tcase_add_test(rest, a_nul_is_no_end);
    tcase_add_test(rest, a_nul_within_a_map);
    tcase_add_test(rest, limits);
    tcase_add_test(rest, the_format_may_be_given);
    tcase_add_test(rest, the_line_is_shown);
    suite_add_tcase(suite, rest);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
