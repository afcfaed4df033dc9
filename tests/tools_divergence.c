/* tools_divergence.c - where two traces part, made by hand; and lines of traces as people read
 * them. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"

/* The command is a program, not a library: its parts are compiled into their test. */
#include "tools/orrery/divergence.c"
#include "tools/orrery/event.c"
#include "tools/orrery/shown.c"

#include <check.h>

#define LINE(id, cause, t, rest)                                                                   \
    "{\"id\":" #id ",\"cause\":" #cause ",\"t\":" #t ",\"node\":\"a-0\"," rest "}\n"
#define START LINE(1, 0, 0, "\"kind\":\"start\",\"what\":\"m\"")
#define TIMER(id, cause, t) LINE(id, cause, t, "\"kind\":\"timer\",\"what\":\"tick\"")
#define NOTE(id, t, n) LINE(id, id, t, "\"kind\":\"note\",\"what\":\"n\",\"body\":{\"x\":" #n "}")

static void find(struct divergence *divergence, const char *first, const char *second)
{
    FILE *files[2];
    const char *const texts[] = { first, second };

    for (int i = 0; i < 2; i++) {
        files[i] = tmpfile();
        ck_assert_ptr_nonnull(files[i]);
        fputs(texts[i], files[i]);
        rewind(files[i]);
    }
    divergence_find(divergence, files[0], files[1]);
    fclose(files[0]);
    fclose(files[1]);
}

START_TEST(the_same)
{
    struct divergence divergence;

    find(&divergence, START TIMER(2, 1, 10), START TIMER(2, 1, 10));
    ck_assert(!divergence.found);
    ck_assert_uint_eq(divergence.common, 2);
    ck_assert_str_eq(divergence.error, "");
    divergence_finish(&divergence);
}
END_TEST

START_TEST(numbers_of_events_are_not_compared)
{
    struct divergence divergence;

    find(&divergence, START TIMER(2, 1, 10), START TIMER(7, 1, 10));
    ck_assert(!divergence.found);
    divergence_finish(&divergence);
}
END_TEST

START_TEST(the_first_that_differs)
{
    struct divergence divergence;

    find(&divergence, START TIMER(2, 1, 10) NOTE(2, 10, 5) TIMER(3, 2, 20) NOTE(3, 20, 6),
         START TIMER(2, 1, 10) NOTE(2, 10, 5) TIMER(3, 2, 20) NOTE(3, 20, 7) TIMER(9, 3, 30));
    ck_assert(divergence.found);
    ck_assert_uint_eq(divergence.common, 4);
    ck_assert_uint_eq(divergence.before_count, 4);
    ck_assert(strstr(divergence.before[0], "\"start\"") != NULL);
    ck_assert(strstr(divergence.sides[0].line, "\"x\":6") != NULL);
    ck_assert(strstr(divergence.sides[1].line, "\"x\":7") != NULL);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(divergence.sides[i].cause_count, 3); /* not its own note of event 2 */
        ck_assert(strstr(divergence.sides[i].causes[0], "\"id\":3,\"cause\":2") != NULL);
        ck_assert(strstr(divergence.sides[i].causes[1], "\"id\":2,\"cause\":1") != NULL);
        ck_assert(strstr(divergence.sides[i].causes[2], "\"id\":1,\"cause\":0") != NULL);
        ck_assert_uint_eq(divergence.sides[i].earlier, 0);
    }
    divergence_finish(&divergence);
}
END_TEST

START_TEST(one_is_shorter)
{
    struct divergence divergence;

    find(&divergence, START, START TIMER(2, 1, 10));
    ck_assert(divergence.found);
    ck_assert_uint_eq(divergence.common, 1);
    ck_assert_ptr_null(divergence.sides[0].line);
    ck_assert(strstr(divergence.sides[1].line, "\"timer\"") != NULL);
    divergence_finish(&divergence);
    find(&divergence, "", START);
    ck_assert(divergence.found);
    ck_assert_uint_eq(divergence.before_count, 0);
    divergence_finish(&divergence);
}
END_TEST

/* More lines than are kept: the last ones before the difference are right, and a cause that lies
 * too far back is named by its number. */
START_TEST(longer_than_what_is_kept)
{
    enum { MANY = DIVERGENCE_KEPT + 100 };
    FILE *files[2] = { tmpfile(), tmpfile() };
    struct divergence divergence;
    char wanted[64];

    for (int i = 0; i < 2; i++) {
        fputs(START, files[i]);
        for (int n = 2; n < MANY; n++)
            fprintf(files[i], "{\"id\":%d,\"cause\":1,\"t\":%d,\"kind\":\"timer\"}\n", n, n);
        fprintf(files[i], "{\"id\":%d,\"cause\":%d,\"t\":%d,\"kind\":\"timer\"}\n", MANY, MANY - 1,
                MANY + i);
        rewind(files[i]);
    }
    divergence_find(&divergence, files[0], files[1]);
    ck_assert(divergence.found);
    ck_assert_uint_eq(divergence.common, MANY - 1);
    ck_assert_uint_eq(divergence.before_count, DIVERGENCE_BEFORE);
    snprintf(wanted, sizeof(wanted), "{\"id\":%d,", MANY - 1);
    ck_assert(strstr(divergence.before[DIVERGENCE_BEFORE - 1], wanted) != NULL);
    ck_assert_uint_eq(divergence.sides[1].cause_count, 1);
    ck_assert_uint_eq(divergence.sides[1].earlier, 1);
    divergence_finish(&divergence);
    fclose(files[0]);
    fclose(files[1]);
}
END_TEST

static const struct {
    const char *second, *wanted;
} wrong[] = {
    { "x\n", "line 1 of the second is none of a trace; expected {\"id\":...}" },
    { START "{\"id\":2}\n", "line 2 of the second is none of a trace; expected {\"id\":...}" },
    { START START, "" },
};

START_TEST(a_line_of_something_else)
{
    struct divergence divergence;

    find(&divergence, START TIMER(2, 1, 10), wrong[_i].second);
    ck_assert_str_eq(divergence.error, wrong[_i].wanted);
    ck_assert(divergence.found == (wrong[_i].wanted[0] == '\0'));
    divergence_finish(&divergence);
}
END_TEST

static const struct {
    const char *line, *words; /* NULL: no line of a trace */
} lines[] = {
    { "{\"id\":8,\"cause\":5,\"t\":1500,\"node\":\"s-2\",\"kind\":\"message\",\"what\":\"append\","
      "\"from\":\"s-0\",\"body\":{\"term\":3,\"next\":null,\"by\":-7},"
      "\"blob\":{\"words\":2,\"hash\":\"5e1c\"}}",
      "message append from s-0: term 3, next -, by -7, words 2, hash 5e1c" },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"drop\",\"reason\":\"a \\\"b\\\"\",\"peer\":\"p\"}",
      "drop with p (a \"b\")" },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\",\"body\":{}}\n", "x" },
    { "", NULL },
    { "{}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\"", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\"} ", NULL },
    { "{\"id\":-8,\"cause\":5,\"t\":1,\"kind\":\"x\"}", NULL },
    { "{\"id\":99999999999999999999,\"cause\":5,\"t\":1,\"kind\":\"x\"}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\",\"body\":{\"a\"}}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\",\"body\":{\"a\":-}}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\\q\"}", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\\", NULL },
    { "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"x\ty\"}", NULL },
};

START_TEST(a_line_is_read)
{
    struct event event;
    char text[400];

    ck_assert(event_parse(&event, lines[_i].line) == (lines[_i].words != NULL));
    if (!lines[_i].words)
        return;
    event_words(&event, text, sizeof(text));
    ck_assert_str_eq(text, lines[_i].words);
    event_words(&event, text, 2);
    ck_assert_uint_eq(strlen(text), 1);
}
END_TEST

/* Names and bodies of any length are cut off, not written past. */
START_TEST(what_is_too_long)
{
    char *line = sim_alloc(4000);
    struct event event;

    strcpy(line, "{\"id\":8,\"cause\":5,\"t\":1,\"kind\":\"");
    memset(line + strlen(line), 'k', 900);
    strcat(line, "\",\"from\":\"");
    memset(line + strlen(line), 'f', 900);
    strcat(line, "\",\"body\":{\"");
    memset(line + strlen(line), 'b', 900);
    strcat(line, "\":7}}");
    ck_assert(event_parse(&event, line));
    ck_assert_uint_eq(strlen(event.kind), sizeof(event.kind) - 1);
    ck_assert_uint_eq(strlen(event.peer), sizeof(event.peer) - 1);
    ck_assert_uint_eq(strlen(event.body), sizeof(event.body) - 1);
    sim_free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/divergence");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, the_same);
    tcase_add_test(cases, numbers_of_events_are_not_compared);
    tcase_add_test(cases, the_first_that_differs);
    tcase_add_test(cases, one_is_shorter);
    tcase_add_test(cases, longer_than_what_is_kept);
    tcase_add_loop_test(cases, a_line_of_something_else, 0, sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_loop_test(cases, a_line_is_read, 0, sizeof(lines) / sizeof(lines[0]));
    tcase_add_test(cases, what_is_too_long);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
