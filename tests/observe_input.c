/* observe_input.c - pieces of any size give one text, with one place for each byte. */
#include "sim/observe/input.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Reads TEXT to its end, keeping what lies LAG bytes back; checks what is kept. */
static void walk(const char *text, size_t count, size_t piece, size_t lag)
{
    struct sim_input input;
    size_t keep = 0, gone = 0;

    sim_input_init_memory(&input, text, count);
    input.piece = piece;
    for (bool more = true; more;) {
        size_t before = keep;

        more = sim_input_more(&input, &keep);
        gone += before - keep;
        ck_assert_uint_le(gone + input.used, count);
        ck_assert_int_eq(input.bytes[input.used], '\0');
        ck_assert_mem_eq(input.bytes, text + gone, input.used);
        if (input.used > lag + keep)
            keep = input.used - lag;
    }
    ck_assert_uint_eq(gone + input.used, count);
    ck_assert(!sim_input_more(&input, &keep));
    ck_assert_ptr_null(sim_input_error(&input));
    sim_input_finish(&input);
}

START_TEST(pieces)
{
    static char text[20000];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 % 251);
    for (size_t piece = 1; piece < 5000; piece = piece * 3 + 1) {
        walk(text, sizeof(text), piece, 0);
        walk(text, sizeof(text), piece, 100);
        walk(text, sizeof(text), piece, 15000);
    }
    walk(text, 0, 10, 0);
    walk(text, 1, SIM_INPUT_PIECE, 0);
}
END_TEST

static const struct {
    const char *text;
    uint64_t line, column; /* behind it */
} places[] = {
    { "", 1, 1 },
    { "a", 1, 2 },
    { "a\n", 2, 1 },
    { "a\nbc", 2, 3 },
    { "a\r\nbc", 2, 3 },
    { "a\rbc", 2, 3 },
    { "a\r\r\n\nb", 4, 2 },
    { "\n\r\n\rx", 4, 2 },
    { "\u00e4\u4e2d", 1, 3 },
    { "x\n\u00e4\U0001f600y", 2, 4 },
    { "a\r\n", 2, 1 },
    { "\r", 2, 1 },
};

/* In one step and byte by byte. */
START_TEST(places_of_bytes)
{
    const char *text = places[_i].text;
    size_t count = strlen(text), keep = 0;
    struct sim_input input;
    struct sim_input_place place;

    sim_input_init_memory(&input, text, count);
    ck_assert_int_eq(sim_input_more(&input, &keep), count > 0);
    place = sim_input_place_of(&input, count);
    ck_assert_uint_eq(place.line, places[_i].line);
    ck_assert_uint_eq(place.column, places[_i].column);
    for (size_t i = 0; i <= count; i++)
        sim_input_advance(&input, i);
    ck_assert_uint_eq(input.place.line, places[_i].line);
    ck_assert_uint_eq(input.place.column, places[_i].column);
    sim_input_finish(&input);
}
END_TEST

START_TEST(places_are_kept_over_pieces)
{
    struct sim_input input;
    static char text[10000];
    size_t keep = 0;

    memset(text, 'x', sizeof(text));
    for (size_t i = 99; i < sizeof(text); i += 100)
        text[i] = '\n';
    sim_input_init_memory(&input, text, sizeof(text));
    input.piece = 33;
    while (sim_input_more(&input, &keep))
        keep = input.used;
    ck_assert_uint_eq(input.place.line, 101);
    ck_assert_uint_eq(input.place.column, 1);
    sim_input_finish(&input);
}
END_TEST

START_TEST(what_a_stream_reports_is_kept)
{
    struct sim_input input;
    FILE *folder = fopen("/", "r");
    size_t keep = 0;

    if (folder == NULL)
        return;
    sim_input_init_file(&input, folder);
    ck_assert(!sim_input_more(&input, &keep));
    ck_assert_str_eq(sim_input_error(&input), "Is a directory");
    sim_input_finish(&input);
    fclose(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tcase = tcase_create("input");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, pieces);
    tcase_add_loop_test(tcase, places_of_bytes, 0, (int)(sizeof(places) / sizeof(places[0])));
    tcase_add_test(tcase, places_are_kept_over_pieces);
    tcase_add_test(tcase, what_a_stream_reports_is_kept);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
