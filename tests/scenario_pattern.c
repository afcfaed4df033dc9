/* Patterns of ranges against the arithmetic that they stand for: a text of the right syntax matches
 * both patterns of its range exactly if the loader finds it within the range. */
#define _POSIX_C_SOURCE 200809L

#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/bind.h"
#include "sim/scenario/pattern.h"

#include <check.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 100 };

static const struct sim_field ranges[] = {
    { "a", SIM_FIELD_DURATION, 0, false, NULL, "1us", "1h", NULL, NULL, NULL },
    { "b", SIM_FIELD_DURATION, 0, false, NULL, NULL, NULL, NULL, NULL, NULL },
    { "c", SIM_FIELD_DURATION, 0, false, NULL, "-1d", "1d", NULL, NULL, NULL },
    { "d", SIM_FIELD_DURATION, 0, false, NULL, "-90s", "-250ms", NULL, NULL, NULL },
    { "e", SIM_FIELD_DURATION, 0, false, NULL, "1ns", "999us", NULL, NULL, NULL },
    { "f", SIM_FIELD_DURATION, 0, false, NULL, "12.75ms", "7m", NULL, NULL, NULL },
    { "g", SIM_FIELD_SIZE, 0, false, NULL, "1B", "4GiB", NULL, NULL, NULL },
    { "h", SIM_FIELD_SIZE, 0, false, NULL, "1.5kB", "10MiB", NULL, NULL, NULL },
    { "i", SIM_FIELD_BANDWIDTH, 0, false, NULL, "8kbit/s", "100Mbit/s", NULL, NULL, NULL },
    { "j", SIM_FIELD_BANDWIDTH, 0, false, NULL, NULL, "12.5MB/s", NULL, NULL, NULL },
    { "k", SIM_FIELD_RATE, 0, false, NULL, "1/d", "1000000000/s", NULL, NULL, NULL },
    { "l", SIM_FIELD_RATE, 0, false, NULL, "7/min", "1.5k/s", NULL, NULL, NULL },
    { "m", SIM_FIELD_PPM, 0, false, NULL, "-100ppm", "250.5ppm", NULL, NULL, NULL },
};

static const char *const numbers[] = {
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "8",
    "9",
    "10",
    "11",
    "12",
    "12.5",
    "12.7",
    "12.74",
    "12.75",
    "12.76",
    "12.8",
    "13",
    "25",
    "59",
    "60",
    "61",
    "90",
    "91",
    "99",
    "100",
    "101",
    "119",
    "120",
    "249",
    "250",
    "250.5",
    "250.501",
    "251",
    "420",
    "421",
    "500",
    "999",
    "1000",
    "1001",
    "1023",
    "1024",
    "1500",
    "1499",
    "1501",
    "3599",
    "3600",
    "3601",
    "8000",
    "7999",
    "8001",
    "10240",
    "12749",
    "12750",
    "86400",
    "86399",
    "86401",
    "90000",
    "90001",
    "100000",
    "999999",
    "1000000",
    "1000001",
    "0.1",
    "0.9",
    "0.001",
    "0.0009",
    "0.0011",
    "0.5",
    "0.25",
    "0.249",
    "0.251",
    "0.999",
    "1.5",
    "1.4999",
    "1.50",
    "1.51",
    "1.000",
    "0.0",
    "0.000001",
    "0.000000001",
    "4",
    "4.0",
    "4.001",
    "4095",
    "4096",
    "4097",
    "36525",
    "36526",
    "36524",
    "0.75",
    "0.117",
    "0.116",
    "0.1166",
    "0.11667",
    "12500",
    "12501",
    "1440",
    "1441",
    "24",
    "24.5",
    "23.999",
    "876600",
    "876601",
    "4294967296",
    "4294967297",
    "3600000000000",
};

static const char *const units[] = {
    "",       "ns",  "us",   "ms",   "s",    "m",     "h",     "d",     "B",     "kB",     "MB",
    "GB",     "KiB", "MiB",  "GiB",  "/ms",  "/s",    "/min",  "/h",    "/d",    "k/ms",   "k/s",
    "k/min",  "k/h", "k/d",  "M/ms", "M/s",  "M/min", "M/h",   "M/d",   "bit/s", "kbit/s", "Mbit/s",
    "Gbit/s", "B/s", "kB/s", "MB/s", "GB/s", "KiB/s", "MiB/s", "GiB/s", "ppm",
};

struct bounds {
    regex_t least, most;
    bool has_least, has_most;
};

static bool compile(regex_t *regex, char *pattern)
{
    if (pattern == NULL)
        return false;
    ck_assert_int_eq(regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    sim_free(pattern);
    return true;
}

static void bounds_init(struct bounds *bounds, const struct sim_field *field, bool range)
{
    bounds->has_least = compile(&bounds->least, sim_pattern_bound(field, false, range));
    bounds->has_most = compile(&bounds->most, sim_pattern_bound(field, true, range));
}

static void bounds_finish(struct bounds *bounds)
{
    if (bounds->has_least)
        regfree(&bounds->least);
    if (bounds->has_most)
        regfree(&bounds->most);
}

static bool matches(const struct bounds *bounds, const char *text)
{
    return (!bounds->has_least || regexec(&bounds->least, text, 0, NULL, 0) == 0) &&
           (!bounds->has_most || regexec(&bounds->most, text, 0, NULL, 0) == 0);
}

static void compare(const struct sim_field *field, const struct bounds *bounds, const char *value,
                    size_t counts[2])
{
    int64_t out[4] = { 0 };
    char text[SIM_UNITS_TEXT];
    bool inside;

    if (sim_bind_parse(field, value, out, text) != NULL)
        return; /* another unit, or not whole */
    inside = !sim_bind_is_outside(field, out);
    counts[inside]++;
    ck_assert_msg(matches(bounds, value) == inside, "%s: '%s' is %s its range", field->name, value,
                  inside ? "inside" : "outside");
}

START_TEST(test_single_values)
{
    static const char *const signs[] = { "", "-", "+" };
    const struct sim_field *field = &ranges[_i];
    struct bounds bounds;
    size_t counts[2] = { 0, 0 };

    bounds_init(&bounds, field, field->type == SIM_FIELD_PPM);
    for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
        for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
            for (size_t s = 0; s < 3; s++)
                for (int space = 0; space < 2; space++) {
                    char value[TEXT_MAX];

                    snprintf(value, sizeof(value), "%s%s%s%s", signs[s], numbers[n],
                             space ? " " : "", units[u]);
                    compare(field, &bounds, value, counts);
                }
    ck_assert_uint_gt(counts[true], 10);
    ck_assert_uint_gt(counts[false], 10);
    bounds_finish(&bounds);
}
END_TEST

/* Both ends of a drift have to be within. */
START_TEST(test_drifts)
{
    const struct sim_field *field = &ranges[sizeof(ranges) / sizeof(ranges[0]) - 1];
    static const char *const ends[] = { "-101ppm",    "-100.001ppm", "-100ppm", "-5 ppm",
                                        "0",          "0ppm",        "7.5ppm",  "250.5ppm",
                                        "250.501ppm", "1000ppm" };
    struct bounds bounds;
    size_t counts[2] = { 0, 0 };

    ck_assert_int_eq((int)field->type, SIM_FIELD_PPM);
    bounds_init(&bounds, field, true);
    for (size_t a = 0; a < sizeof(ends) / sizeof(ends[0]); a++)
        for (size_t b = a; b < sizeof(ends) / sizeof(ends[0]); b++) {
            char value[TEXT_MAX];

            snprintf(value, sizeof(value), a % 2 == 0 ? "%s..%s" : "%s .. %s", ends[a], ends[b]);
            compare(field, &bounds, value, counts);
        }
    ck_assert_uint_gt(counts[true], 10);
    ck_assert_uint_gt(counts[false], 10);
    bounds_finish(&bounds);
}
END_TEST

/* A range of durations matches exactly if both ends would by themselves. */
START_TEST(test_ranges)
{
    const struct sim_field *field = &ranges[_i];
    static const char *const ends[] = { "0",       "1ns",     "1us",   "0.5us", "250ms",
                                        "12.75ms", "12.74ms", "1h",    "1.01h", "7m",
                                        "8m",      "-1s",     "-100s", "-250ms" };
    struct bounds single, both;

    if (field->type != SIM_FIELD_DURATION)
        return;
    bounds_init(&single, field, false);
    bounds_init(&both, field, true);
    for (size_t a = 0; a < sizeof(ends) / sizeof(ends[0]); a++)
        for (size_t b = 0; b < sizeof(ends) / sizeof(ends[0]); b++) {
            char value[TEXT_MAX];

            snprintf(value, sizeof(value), "%s..%s", ends[a], ends[b]);
            ck_assert_msg(matches(&both, value) ==
                              (matches(&single, ends[a]) && matches(&single, ends[b])),
                          "%s: '%s'", field->name, value);
        }
    bounds_finish(&single);
    bounds_finish(&both);
}
END_TEST

START_TEST(test_no_bounds)
{
    const struct sim_field size = { .name = "size", .type = SIM_FIELD_SIZE };

    ck_assert_ptr_null(sim_pattern_bound(&size, false, false));
    ck_assert_ptr_null(sim_pattern_bound(&size, true, false));
}
END_TEST

int main(void)
{
    const int count = (int)(sizeof(ranges) / sizeof(ranges[0]));
    Suite *suite = suite_create("patterns");
    TCase *tcase = tcase_create("ranges");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_single_values, 0, count);
    tcase_add_loop_test(tcase, test_ranges, 0, count);
    tcase_add_test(tcase, test_drifts);
    tcase_add_test(tcase, test_no_bounds);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
