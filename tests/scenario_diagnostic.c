/* scenario_diagnostic.c - messages as a compiler writes them, byte for byte. */
#define _POSIX_C_SOURCE 200809L
#include "sim/scenario/diagnostic.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_source source_of(const char *name, const char *text)
{
    return (struct sim_source){ .name = name, .text = text, .length = strlen(text) };
}

static struct sim_mark at(const struct sim_source *source, uint32_t line, uint32_t column,
                          uint32_t length)
{
    return (struct sim_mark){ source, line, column, length };
}

enum form { PLAIN, COLOUR, JSON };

/* Prints and destroys. */
static char *printed(struct sim_diagnostics *d, enum form form)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    if (form == JSON)
        sim_diagnostics_print_json(d, file);
    else
        sim_diagnostics_print(d, file, form == COLOUR);
    fclose(file);
    sim_diagnostics_destroy(d);
    return text;
}

static void expect_printed(struct sim_diagnostics *d, enum form form, const char *expected)
{
    char *text = printed(d, form);

    ck_assert_str_eq(text, expected);
    free(text);
}

static const char bad[] =
    "version: 1\nname: x\n\nnodes:\n  store:\n    modle: raft\n    count: 5ns";

START_TEST(like_a_compiler)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s = source_of("bad.yaml", bad);
    struct sim_mark key = at(&s, 6, 5, 5), group = at(&s, 5, 3, 5);

    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &key, "did you mean 'model'?",
                          "unknown key '%s' in group '%s'", "modle", "store");
    sim_diagnostics_note(d, &group, "group '%s' starts here", "store");
    ck_assert_uint_eq(sim_diagnostics_errors(d), 1);
    expect_printed(d, PLAIN,
                   "bad.yaml:6:5: error: unknown key 'modle' in group 'store'\n"
                   "    6 |     modle: raft\n"
                   "      |     ^~~~~ did you mean 'model'?\n"
                   "bad.yaml:5:3: note: group 'store' starts here\n");
}
END_TEST

START_TEST(in_colour)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s = source_of("bad.yaml", bad);
    struct sim_mark key = at(&s, 1, 1, 7);

    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &key, "hint", "wrong");
    sim_diagnostics_note(d, NULL, "so it is");
    expect_printed(d, COLOUR,
                   "\033[1mbad.yaml:1:1:\033[0m \033[1;31merror:\033[0m wrong\n"
                   "    1 | version: 1\n"
                   "      | \033[1;32m^~~~~~~\033[0m hint\n"
                   "\033[1;36mnote:\033[0m so it is\n");
}
END_TEST

START_TEST(without_a_place)
{
    struct sim_diagnostics *d = sim_diagnostics_create();

    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, NULL, "is it there?", "cannot read 'x.yaml'");
    sim_diagnostics_warning(d, NULL, "odd");
    ck_assert_uint_eq(sim_diagnostics_errors(d), 1);
    expect_printed(d, PLAIN, "error: cannot read 'x.yaml'; is it there?\nwarning: odd\n");
}
END_TEST

START_TEST(as_json)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s = source_of("a\"b.yaml", "key: \\v");
    struct sim_mark m = at(&s, 1, 6, 2), key = at(&s, 1, 1, 3);

    sim_diagnostics_error(d, SIM_WRONG_REFERENCE, &m, "a \"hint\"", "no '%s'\n", "\\v");
    sim_diagnostics_note(d, &key, "here");
    sim_diagnostics_note(d, NULL, "and nowhere");
    sim_diagnostics_warning(d, NULL, "odd");
    expect_printed(
        d, JSON,
        "{\"errors\":1,\"warnings\":1,\"diagnostics\":[\n"
        "{\"severity\":\"warning\",\"message\":\"odd\"},\n"
        "{\"severity\":\"error\",\"kind\":\"reference\",\"file\":\"a\\\"b.yaml\",\"line\":1,"
        "\"column\":6,"
        "\"length\":2,\"message\":\"no '\\\\v' \",\"hint\":\"a \\\"hint\\\"\",\"notes\":["
        "{\"severity\":\"note\",\"file\":\"a\\\"b.yaml\",\"line\":1,\"column\":1,\"length\":3,"
        "\"message\":\"here\"},{\"severity\":\"note\",\"message\":\"and nowhere\"}]}\n"
        "]}\n");
    expect_printed(sim_diagnostics_create(), JSON,
                   "{\"errors\":0,\"warnings\":0,\"diagnostics\":[]}\n");
}
END_TEST

/* Columns count characters; the underline stands under them whatever their bytes and width are. */
START_TEST(characters_not_bytes)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s =
        source_of("u.yaml", "\u00e4\u00f6\u00fc: \u4e2d\u6587 xx\r\n\ta\tb: c\n\ne\u0301: x\n");
    struct sim_mark wide = at(&s, 1, 6, 2), behind = at(&s, 1, 9, 2), tab = at(&s, 2, 4, 1),
                    end = at(&s, 2, 9, 3), empty = at(&s, 3, 1, 1), combining = at(&s, 4, 5, 1),
                    eof = at(&s, 5, 1, 1);

    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &wide, NULL, "wide");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &behind, NULL, "behind");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &tab, NULL, "tab");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &end, NULL, "end");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &empty, NULL, "empty");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &combining, NULL, "combining");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &eof, NULL, "eof");
    expect_printed(d, PLAIN,
                   "u.yaml:1:6: error: wide\n"
                   "    1 | \u00e4\u00f6\u00fc: \u4e2d\u6587 xx\n"
                   "      |      ^~~~\n"
                   "u.yaml:1:9: error: behind\n"
                   "    1 | \u00e4\u00f6\u00fc: \u4e2d\u6587 xx\n"
                   "      |           ^~\n"
                   "u.yaml:2:4: error: tab\n"
                   "    2 |     a   b: c\n"
                   "      |         ^\n"
                   "u.yaml:2:9: error: end\n"
                   "    2 |     a   b: c\n"
                   "      |             ^\n"
                   "u.yaml:3:1: error: empty\n"
                   "    3 | \n"
                   "      | ^\n"
                   "u.yaml:4:5: error: combining\n"
                   "    4 | e\u0301: x\n"
                   "      |    ^\n"
                   "u.yaml:5:1: error: eof\n"
                   "    5 | \n"
                   "      | ^\n");
}
END_TEST

START_TEST(hostile_text_is_defused)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s = { "b\033.yaml", "a\033[2Jb\0c\xff\xc3 \xe2\x80\xae!", 14, 0, 0 };
    struct sim_mark m = at(&s, 1, 6, 1);

    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &m, "h\x9b\x01", "m\033[31m\n\xed\xa0\x80");
    expect_printed(d, PLAIN,
                   "b?.yaml:1:6: error: m?[31m ???\n"
                   "    1 | a?[2Jb?c?? ?\n"
                   "      |      ^ h??\n");
}
END_TEST

START_TEST(long_lines_are_cut_around_the_mark)
{
    static char line[1 << 20];
    struct sim_source s = { "long.yaml", line, sizeof line - 1, 0, 0 };
    struct sim_mark start = at(&s, 1, 3, 2), middle = at(&s, 1, 500001, 4),
                    far = at(&s, 1, sizeof line - 1, 1), all = at(&s, 1, 1, sizeof line - 1);
    struct sim_diagnostics *d = sim_diagnostics_create();
    char *text, *row, *save = NULL;
    int rows = 0;

    memset(line, 'x', sizeof line - 1);
    memcpy(line + 500000, "ABCD", 4);
    memcpy(line + 2, "EF", 2);
    line[sizeof line - 2] = 'Z';
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &start, NULL, "start");
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &middle, NULL, "middle");
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &far, NULL, "far");
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &all, NULL, "all");
    text = printed(d, PLAIN);
    for (row = strtok_r(text, "\n", &save); row; row = strtok_r(NULL, "\n", &save), rows++) {
        static char excerpt[200];
        const char *caret = strchr(row, '^');

        ck_assert_uint_lt(strlen(row), 120);
        if (strstr(row, " | ") && !caret)
            snprintf(excerpt, sizeof excerpt, "%s", row);
        else if (caret && rows != 2) /* the first is the mark of the whole line */
            ck_assert_msg(strchr("AEZ", excerpt[caret - row]), "^ under '%s'",
                          excerpt + (caret - row));
    }
    ck_assert_int_eq(rows, 12);
    free(text);
}
END_TEST

/* Of a long file only the piece around the mark is there. */
START_TEST(pieces_know_where_they_begin)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_source s = source_of("big.json", "bc, defg\nnext\n");
    struct sim_mark first = at(&s, 70000, 1004, 4), second = at(&s, 70001, 2, 3);

    s.line = 70000;
    s.column = 1000;
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &first, NULL, "first");
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &second, NULL, "second");
    expect_printed(d, PLAIN,
                   "big.json:70000:1004: error: first\n"
                   "70000 | bc, defg\n"
                   "      |     ^~~~\n"
                   "big.json:70001:2: error: second\n"
                   "70001 | next\n"
                   "      |  ^~~\n");
}
END_TEST

START_TEST(many_combining_marks)
{
    static char line[100001];
    struct sim_source s = { "zalgo.yaml", line, sizeof line - 1, 0, 0 };
    struct sim_mark m = at(&s, 1, 50000, 1);
    struct sim_diagnostics *d = sim_diagnostics_create();
    char *text;

    for (size_t i = 0; i + 1 < sizeof line; i += 2)
        memcpy(line + i, "\u0301", 2);
    sim_diagnostics_error(d, SIM_WRONG_SYNTAX, &m, NULL, "marks");
    text = printed(d, PLAIN);
    ck_assert_uint_lt(strlen(text), 4000);
    free(text);
}
END_TEST

START_TEST(sorted_by_place)
{
    struct sim_source a = source_of("a.yaml", "one\ntwo\n"), b = source_of("b.yaml", "one\n");
    struct sim_mark a2 = at(&a, 2, 1, 1), a11 = at(&a, 1, 1, 1), a12 = at(&a, 1, 2, 1),
                    b1 = at(&b, 1, 1, 1);
    struct sim_diagnostics *d = sim_diagnostics_create();
    char *text, order[16] = "";

    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &a2, NULL, "<5>");
    sim_diagnostics_note(d, &b1, "<6>");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &b1, NULL, "<7>");
    sim_diagnostics_warning(d, &a12, "<4>");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &a11, NULL, "<2>");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &a11, NULL, "<3>");
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, NULL, NULL, "<1>");
    text = printed(d, PLAIN);
    for (const char *c = text; (c = strchr(c, '<')); c++)
        strncat(order, c + 1, 1);
    ck_assert_str_eq(order, "1234567");
    free(text);
}
END_TEST

START_TEST(at_most_twenty)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    size_t shown = 0;
    char *text;

    for (int i = 0; i < 25; i++) {
        sim_diagnostics_error(d, SIM_WRONG_SCHEMA, NULL, NULL, "wrong %d", i);
        sim_diagnostics_note(d, NULL, "note of %d", i);
    }
    for (int i = 0; i < 21; i++)
        sim_diagnostics_warning(d, NULL, "odd");
    ck_assert_uint_eq(sim_diagnostics_errors(d), 25);
    text = printed(d, PLAIN);
    for (const char *c = text; (c = strstr(c, "wrong ")); c++)
        shown++;
    ck_assert_uint_eq(shown, SIM_DIAGNOSTICS_SHOWN_MAX);
    ck_assert_ptr_nonnull(strstr(text, "note of 19\n"));
    ck_assert_ptr_null(strstr(text, "note of 20\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n... and 5 more errors\n... and 1 more warning\n"));
    free(text);
}
END_TEST

/* Texts and sources may be gone when it is printed. */
START_TEST(everything_is_copied)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    char *name = strdup("gone.yaml"), *text = strdup("a: b\n"), *word = strdup("word");
    struct sim_source *s = malloc(sizeof *s);
    struct sim_mark m = at(s, 1, 4, 1);

    *s = source_of(name, text);
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, &m, word, "wrong %s", word);
    free(name);
    free(text);
    free(word);
    free(s);
    expect_printed(d, PLAIN, "gone.yaml:1:4: error: wrong word\n    1 | a: b\n      |    ^ word\n");
}
END_TEST

START_TEST(long_messages_are_cut)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    static char word[100000];
    char *text;

    memset(word, 'y', sizeof word - 1);
    sim_diagnostics_error(d, SIM_WRONG_SCHEMA, NULL, NULL, "unknown '%s'", word);
    text = printed(d, PLAIN);
    ck_assert_uint_lt(strlen(text), 1100);
    ck_assert_ptr_nonnull(strstr(text, "yyy...\n"));
    free(text);
}
END_TEST

START_TEST(nearest)
{
    static const char *const keys[] = {
        "model", "count", "rate", "target", "timeout", "mode", NULL
    };
    static const char *const none[] = { NULL };
    static const char *const tie[] = { "abcx", "abcy", NULL };
    static char endless[1000];

    ck_assert_str_eq(sim_nearest("modle", keys), "model");
    ck_assert_str_eq(sim_nearest("model", keys), "model");
    ck_assert_str_eq(sim_nearest("mdl", keys), "model");
    ck_assert_str_eq(sim_nearest("tmieout", keys), "timeout");
    ck_assert_str_eq(sim_nearest("timeuot_", keys), "timeout");
    ck_assert_str_eq(sim_nearest("mod", keys), "mode");
    ck_assert_str_eq(sim_nearest("counter", keys), "count");
    ck_assert_ptr_null(sim_nearest("counters", keys));
    ck_assert_ptr_null(sim_nearest("xyz", keys));
    ck_assert_ptr_null(sim_nearest("", keys));
    ck_assert_ptr_null(sim_nearest("a", none));
    ck_assert_str_eq(sim_nearest("abcz", tie), "abcx");
    memset(endless, 'm', sizeof endless - 1);
    ck_assert_ptr_null(sim_nearest(endless, keys));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnostic");
    TCase *tcase = tcase_create("diagnostic");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, like_a_compiler);
    tcase_add_test(tcase, in_colour);
    tcase_add_test(tcase, without_a_place);
    tcase_add_test(tcase, as_json);
    tcase_add_test(tcase, characters_not_bytes);
    tcase_add_test(tcase, hostile_text_is_defused);
    tcase_add_test(tcase, long_lines_are_cut_around_the_mark);
    tcase_add_test(tcase, pieces_know_where_they_begin);
    tcase_add_test(tcase, many_combining_marks);
    tcase_add_test(tcase, sorted_by_place);
    tcase_add_test(tcase, at_most_twenty);
    tcase_add_test(tcase, everything_is_copied);
    tcase_add_test(tcase, long_messages_are_cut);
    tcase_add_test(tcase, nearest);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
