/* core_time.c - sim/core/time.h. */
#include "sim/core/time.h"

#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    sim_time time;
    const char *text;
};

static const struct row rows[] = {
    { 0, "0s" },
    { 1, "1ns" },
    { -1, "-1ns" },
    { 999, "999ns" },
    { 1000, "1us" },
    { -3000, "-3us" },
    { 1001, "1.001us" },
    { 1010, "1.01us" },
    { 999999, "999.999us" },
    { SIM_MILLISECOND, "1ms" },
    { 150 * SIM_MILLISECOND, "150ms" },
    { 1500001, "1.500001ms" },
    { 999999999, "999.999999ms" },
    { SIM_SECOND, "1s" },
    { SIM_SECOND + 1, "1.000000001s" },
    { 12500 * SIM_MILLISECOND, "12.5s" },
    { 60 * SIM_SECOND, "60s" },
    { 3600 * SIM_SECOND, "3600s" },
    { SIM_TIME_LIMIT, "3155760000s" },
    { -SIM_TIME_LIMIT, "-3155760000s" },
    { SIM_TIME_NEVER, "never" },
    { SIM_TIME_NEVER - 1, "9223372036.854775806s" },
    { INT64_MIN + 1, "-9223372036.854775807s" },
    { INT64_MIN, "-9223372036.854775808s" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(text_is_exact)
{
    char text[SIM_TIME_TEXT];

    memset(text, '#', sizeof text);
    ck_assert_ptr_eq(sim_time_text(text, rows[_i].time), text);
    ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

/* TEXT back into nanoseconds, by another way than it was made: the point is moved in the text. */
static bool read_back(const char *text, sim_time *time)
{
    static const struct {
        const char *name;
        int decimals;
    } units[] = { { "ns", 0 }, { "us", 3 }, { "ms", 6 }, { "s", 9 } };
    char digits[48] = "";
    size_t length = strspn(text, "-0123456789"), used;
    int left = -1;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + strspn(text, "-.0123456789"), units[i].name) == 0)
            left = units[i].decimals;
    if (left < 0)
        return false;
    memcpy(digits, text, length);
    used = length;
    if (text[length] == '.') {
        size_t decimals = strspn(text + length + 1, "0123456789");

        memcpy(digits + used, text + length + 1, decimals);
        used += decimals;
        left -= (int)decimals;
    }
    if (left < 0)
        return false;
    memset(digits + used, '0', (size_t)left);
    *time = strtoll(digits, NULL, 10);
    return true;
}

START_TEST(text_can_be_read_back)
{
    uint64_t word = 1;

    for (int i = 0; i < 100000; i++) {
        char text[SIM_TIME_TEXT];
        sim_time time, back = 0;

        word = word * UINT64_C(6364136223846793005) + 1442695040888963407u;
        time = (sim_time)(word >> 1) >> i % 63;
        if (i % 2 == 1)
            time = -time;
        if (i % 3 == 0) /* round ones, too */
            time = time / SIM_MICROSECOND * SIM_MICROSECOND;
        if (!read_back(sim_time_text(text, time), &back) || back != time)
            ck_abort_msg("%" PRId64 " became %s and then %" PRId64, time, text, back);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/time");
    TCase *tests = tcase_create("text");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tests, text_is_exact, 0, ROWS);
    tcase_add_test(tests, text_can_be_read_back);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
