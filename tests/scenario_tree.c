/* scenario_tree.c - what YAML lacks, its limits, and every way to be refused. */
#define _POSIX_C_SOURCE 200809L
#include "tests/lib/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- YAML -------------------------------------------------------------------------------------- */

START_TEST(scalars_stay_text)
{
    const char text[] = "a: no\nb: 010\nc: 12:30:00\nd: 'true'\ne: \"5\"\nf: ~\ng:\nh: null\n"
                        "i: ''\nj: |\n  two\n  lines\nk: one\n  text\n";
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
    const struct sim_tree *root = sim_document_root(document);
    static const struct {
        const char *key, *text;
        bool quoted, null;
    } rows[] = {
        { "a", "no", false, false },       { "b", "010", false, false },
        { "c", "12:30:00", false, false }, { "d", "true", true, false },
        { "e", "5", true, false },         { "f", "~", false, true },
        { "g", "", false, true },          { "h", "null", false, true },
        { "i", "", true, false },          { "j", "two\nlines\n", true, false },
        { "k", "one text", false, false },
    };

    ck_assert_uint_eq(root->count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sim_tree *value = sim_tree_get(root, rows[i].key);

        ck_assert_str_eq(value->text, rows[i].text);
        ck_assert_msg(value->quoted == rows[i].quoted, "%s", rows[i].key);
        ck_assert_msg(sim_tree_is_null(value) == rows[i].null, "%s", rows[i].key);
    }
    ck_assert(sim_tree_is_null(sim_tree_get(root, "absent")));
    ck_assert_ptr_null(sim_tree_get(sim_tree_get(root, "a"), "absent"));
    tree_expect_round_trip(root);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

static void check_mark(const struct sim_mark *mark, uint32_t line, uint32_t column, uint32_t length)
{
    ck_assert_str_eq(mark->source->name, "x.yaml");
    ck_assert_uint_eq(mark->line, line);
    ck_assert_uint_eq(mark->column, column);
    ck_assert_uint_eq(mark->length, length);
}

START_TEST(marks_count_characters_from_one)
{
    const char text[] = "\xef\xbb\xbf\u00e4\u00f6: \u4e2d\u6587\r\nb:\r\n  c: {d: [1, 22]}\n"
                        "e: &x\n  f: 5ms\ng: *x\nh: |\n  text\n\"q\": [\n  1]\n";
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
    const struct sim_tree *root = sim_document_root(document);
    const struct sim_tree *c = sim_tree_get(sim_tree_get(root, "b"), "c");

    check_mark(&root->mark, 1, 1, 2);
    check_mark(&root->key_marks[0], 1, 1, 2);
    check_mark(&root->items[0]->mark, 1, 5, 2);
    check_mark(&sim_tree_get(root, "b")->mark, 3, 3, 1);
    check_mark(&c->mark, 3, 6, 12);
    check_mark(&c->items[0]->mark, 3, 10, 7);
    check_mark(&c->items[0]->items[1]->mark, 3, 14, 2);
    /* An alias stands where its anchor does. */
    check_mark(&sim_tree_get(sim_tree_get(root, "g"), "f")->mark, 5, 6, 3);
    check_mark(&root->key_marks[3], 6, 1, 1);
    check_mark(&sim_tree_get(root, "h")->mark, 7, 4, 1);
    check_mark(&root->key_marks[5], 9, 1, 3);
    check_mark(&root->items[5]->mark, 9, 6, 1);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

START_TEST(merge_keys)
{
    tree_expect("a: &a {x: 1, y: 1}\n"
                "b: &b {y: 2, z: 2}\n"
                "one: {<<: *a, y: 9}\n"
                "two: {z: 9, <<: [*b, *a], w: 9}\n"
                "inline: {<<: {x: 5}, y: 6}\n"
                "text: {\"<<\": *a}\n"
                "deep: {<<: &c {<<: *a, q: 1}}\n",
                "a:\n  x: 1\n  y: 1\n"
                "b:\n  y: 2\n  z: 2\n"
                "one:\n  x: 1\n  y: 9\n"
                "two:\n  z: 9\n  y: 2\n  x: 1\n  w: 9\n"
                "inline:\n  x: 5\n  y: 6\n"
                "text:\n  \"<<\":\n    x: 1\n    y: 1\n"
                "deep:\n  x: 1\n  y: 1\n  q: 1\n");
    tree_expect_errors("a: {<<: 5, b: 1}\n",
                       "x.yaml:1:9: error: '<<' merges a mapping or a list of mappings\n"
                       "    1 | a: {<<: 5, b: 1}\n"
                       "      |         ^ write <<: *name or <<: [*one, *other]\n");
    tree_expect_errors("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n",
                       "x.yaml:2:13: error: the key '<<' stands here a second time\n"
                       "    2 | b: {<<: *a, <<: *a}\n"
                       "      |             ^~ list them: <<: [*a, *b]\n"
                       "x.yaml:2:5: note: '<<' stands here first\n");
}
END_TEST

START_TEST(aliases)
{
    tree_expect("a: &x 5ms\nb: *x\nc: &x 6ms\nd: [*x, *x]\n&k e: *k\n",
                "a: 5ms\nb: 5ms\nc: 6ms\nd:\n  - 6ms\n  - 6ms\ne: e\n");
    tree_expect_errors("a: &store 5ms\nb: *stroe\n",
                       "x.yaml:2:4: error: no anchor '&stroe' stands before this alias\n"
                       "    2 | b: *stroe\n"
                       "      |    ^~~~~~ did you mean '*store'?\n");
    tree_expect_errors("a: &x [*x]\n",
                       "x.yaml:1:8: error: this alias stands inside of what it names\n"
                       "    1 | a: &x [*x]\n"
                       "      |        ^~\n");
}
END_TEST

/* All of them, in one pass, each with the place of the first. */
START_TEST(duplicate_keys)
{
    struct sim_document_options options = tree_options();
    const char text[] = "a: 1\nb: {c: 1, d: 2, 'c': 3}\na: 2\n";

    tree_expect_parse(text, strlen(text), &options, "a: 1\nb:\n  c: 1\n  d: 2\n",
                      "x.yaml:2:17: error: the key 'c' stands here a second time\n"
                      "    2 | b: {c: 1, d: 2, 'c': 3}\n"
                      "      |                 ^~~\n"
                      "x.yaml:2:5: note: 'c' stands here first\n"
                      "x.yaml:3:1: error: the key 'a' stands here a second time\n"
                      "    3 | a: 2\n"
                      "      | ^\n"
                      "x.yaml:1:1: note: 'a' stands here first\n");
}
END_TEST

static const struct {
    const char *text;
    size_t length; /* 0: up to the NUL */
    const char *expected;
} refused[] = {
    { "", 0, "x.yaml:1:1: error: there is nothing in this file" },
    { "# only a comment\n", 0, "there is nothing in this file" },
    { "---\n", 0, "there is nothing in this file" },
    { "\xef\xbb\xbf", 0, "there is nothing in this file" },
    { "- a\n- b\n", 0, "x.yaml:1:1: error: a scenario is a mapping of keys to values, not a list" },
    { "text\n", 0, "not a text" },
    { "a: 1\n---\nb: 2\n", 0, "x.yaml:2:1: error: a second document begins here" },
    { "a: 1\n...\n---\nb: 2\n", 0, "x.yaml:3:1: error: a second document" },
    { "a:\n\tb: 1\n", 0, "YAML is indented with spaces, not with tabs" },
    { "a:\n  b: 1\n\tc: 1\n", 0, "with spaces, not with tabs" },
    { "a: @b\n", 0, "x.yaml:1:4: error: found character that cannot start any token" },
    { "a: `b`\n", 0, "quote a text that begins like this" },
    { "a: b: c\n", 0, "x.yaml:1:5: error: mapping values are not allowed in this context" },
    { "a: [1, 2\nb: 3\n", 0, "x.yaml:2:" },
    { "a: {b: 1\n", 0, "is a comma or the closing brace missing?" },
    { "a: \"b\n", 0, "is the closing quote missing?" },
    { "a: 1\n b: 2\n", 0, "x.yaml:2:" },
    { "a:\n  b: 1\n c: 2\n", 0, "x.yaml:3:2: error: did not find expected key" },
    { "a: \"\\q\"\n", 0, "single quotes take a backslash as it is" },
    { "a\0b: 1\n", 7, "x.yaml:1:2: error: a NUL byte is not text" },
    { "a: \"b\\0c\"\n", 0, "x.yaml:1:4: error: a text cannot hold the character \\0" },
    { "\"a\\0\": 1\n", 0, "a text cannot hold the character \\0" },
    { "a: \xff\n", 0, "x.yaml:1:4: error: this is not UTF-8" },
    { "\u00e4: \xc3(\n", 0, "x.yaml:1:4: error: this is not UTF-8" },
    { "\xff\xfe\x61\0", 4, "this is UTF-16" },
    { "\xfe\xff\0\x61", 4, "this is UTF-16" },
    { "a: b\x07\n", 0, "x.yaml:1:5: error: control characters are not allowed" },
    { "a: b\x7f\n", 0, "control characters are not allowed" },
    { "a: 1\r\nb: c\u2028d\n", 0, "x.yaml:2:5: error: only some readers of YAML" },
    { "a: b\xc2\x85\n", 0, "only some readers of YAML" },
    { "a: \xef\xbb\xbf", 0, "x.yaml:1:4: error: a byte order mark within the text" },
    { "a: !!int 5\n", 0, "x.yaml:1:4: error: tags such as 'tag:yaml.org,2002:int' are not read" },
    { "a: !own 5\n", 0, "tags such as '!own' are not read" },
    { "a: !!map {b: 1}\n", 0, "tags such as" },
    { "a: !!seq [b]\n", 0, "tags such as" },
    { "a: !x!y z\n", 0, "write the value without its tag" },
    { "[a]: 1\n", 0, "x.yaml:1:1: error: a key has to be a plain text" },
    { "{a: 1}: 1\n", 0, "a key has to be a plain text" },
    { "? [a, b]\n: 1\n", 0, "a key has to be a plain text" },
    { "a: &x 1\n*x : 2\n", 0, "a key has to be a plain text" },
    { "{? : 1}\n", 0, "a key is missing here" },
    { "\"\": 1\n", 0, "a key is missing here" },
    { "a: *b\n", 0, "no anchor '&b' stands before this alias" },
};

START_TEST(refusals)
{
    size_t length = refused[_i].length;

    tree_expect_refusal(refused[_i].text, length ? length : strlen(refused[_i].text),
                        refused[_i].expected);
}
END_TEST

START_TEST(message_of_libyaml_with_its_context)
{
    tree_expect_errors("a:\n  b: [1,\n  2\nc: 3\n",
                       "x.yaml:4:2: error: did not find expected ',' or ']' while parsing a flow "
                       "sequence\n"
                       "    4 | c: 3\n"
                       "      |  ^ is a comma or the closing bracket missing?\n"
                       "x.yaml:2:6: note: which begins here\n");
}
END_TEST

/* -- limits ------------------------------------------------------------------------------------ */

static void refuse_repeated(const char *before, const char *part, size_t count, const char *after,
                            const char *expected)
{
    char *text = tree_repeated(before, part, count, after);

    tree_expect_refusal(text, strlen(text), expected);
    free(text);
}

static void accept_repeated(const char *before, const char *part, size_t count, const char *after)
{
    char *text = tree_repeated(before, part, count, after);
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);

    ck_assert_uint_eq(sim_diagnostics_errors(d), 0);
    ck_assert_ptr_nonnull(sim_document_root(document));
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(text);
}

START_TEST(limits)
{
    /* the root and 63 lists are 64 levels */
    accept_repeated("a: ", "[", 63,
                    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n");
    refuse_repeated("a: ", "[", 64, "", "nested deeper than 64 levels");
    refuse_repeated("a: ", "[", 1 << 20, "", "nested deeper than 64 levels");
    refuse_repeated("a: ", "{b: ", 1 << 18, "", "nested deeper than 64 levels");
    accept_repeated("a:\n", "- 1\n", 1999998, "");
    refuse_repeated("a:\n", "- 1\n", 1999999, "",
                    "more than 2000000 values (aliases count each time)");
    refuse_repeated("a: ", "x", 64 << 20, "", "x.yaml:1:1: error: more than 64 MiB of text");
    refuse_repeated("a: [", "&x 1,", 1001, "]", "more than 1000 anchors");
    accept_repeated("a: [", "&x 1,", 1000, "]");
    accept_repeated("", "k", 128, ": 1\n");
    refuse_repeated("", "k", 129, ": 1\n", "a key of more than 128 characters");
    /* an alias brings its depth and its text along */
    refuse_repeated("a: &x [[[1]]]\nb: ", "[", 60, "*x",
                    "nested deeper than 64 levels with this alias");
}
END_TEST

START_TEST(billion_laughs)
{
    char text[2048];
    size_t used = 0;

    used += (size_t)snprintf(text, sizeof text, "a0: &a0 lol\n");
    for (int i = 1; i <= 9; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            used += (size_t)snprintf(text + used, sizeof text - used, "*a%d%s", i - 1,
                                     j < 9 ? ", " : "]\n");
    }
    tree_expect_refusal(text, strlen(text),
                        "x.yaml:8:10: error: more than 2000000 values (aliases count each time)");
    /* the same with long texts instead of many nodes */
    {
        char *heavy = tree_repeated("a: &a ", "x", 1 << 20, "\nb: [");
        char *laugh = tree_repeated(heavy, "*a,", 70, "]\n");

        tree_expect_refusal(laugh, strlen(laugh),
                            "more than 64 MiB of text (aliases count each time)");
        free(heavy);
        free(laugh);
    }
}
END_TEST

/* What is printed reads back as the same, whatever the texts are. */
START_TEST(printing_reads_back)
{
    static const char *const texts[] = {
        "a",       "",        "~",           "null",        "true",  "5",     "-5",       "--5",
        "-",       "- a",     "?",           "? a",         "a: b",  "a:",    ":a",       "a #b",
        "a#b",     "#a",      "[a",          "{a",          "a]",    "&a",    "*a",       "!a",
        "|",       ">",       "'a",          "\\\"a",       "%a",    "@a",    "`a",       " a",
        "a ",      "a\\nb",   "a\\n",        "\\n",         "\\ta",  "a\\tb", "---",      "...",
        "<<",      "=",       "\\e",         "\\x01",       "\\x7f", "\\N",   "\\L",      "\\_",
        "\\uFEFF", "\\uFFFE", "\\U0001F600", "\\U0010FFFF", "a, b",  "a,b",   "1ms..3ms", "\\\\",
        "\u4e2d",  "a: b: c", "x::y",        "a  b",
    };
    char text[4096];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sim_diagnostics *d = sim_diagnostics_create();
        struct sim_document *document;
        char *errors;

        snprintf(
            text, sizeof text,
            "\"%s%s\": \"%s\"\nb: [\"%s\", [\"%s\", []], {}, {\"%s%s\": {}}, [[{c: \"%s\"}]]]\n",
            texts[i], texts[i][0] ? "" : "k", texts[i], texts[i], texts[i], texts[i],
            texts[i][0] ? "" : "k", texts[i]);
        document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
        errors = tree_errors(d);
        ck_assert_str_eq(errors, "");
        tree_expect_round_trip(sim_document_root(document));
        free(errors);
        sim_document_destroy(document);
        sim_diagnostics_destroy(d);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tree");
    TCase *tcase = tcase_create("tree");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, scalars_stay_text);
    tcase_add_test(tcase, marks_count_characters_from_one);
    tcase_add_test(tcase, merge_keys);
    tcase_add_test(tcase, aliases);
    tcase_add_test(tcase, duplicate_keys);
    tcase_add_loop_test(tcase, refusals, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tcase, message_of_libyaml_with_its_context);
    tcase_add_test(tcase, limits);
    tcase_add_test(tcase, billion_laughs);
    tcase_add_test(tcase, printing_reads_back);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
