/* core_units.c - units, the refusals first: each names what is wrong. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/units.h"

#include <check.h>
#include <inttypes.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    DURATION,
    INTEGER,
    NUMBER,
    BOOLEAN,
    PROBABILITY,
    SHARE,
    MILLIONTHS,
    RATE,
    SIZE,
    BANDWIDTH,
    PPM,
    RANGE,
};

/* Parses VALUE and writes the result in one canonical form. */
static const char *parse(enum kind kind, const char *value, char result[64],
                         char text[SIM_UNITS_TEXT])
{
    const char *wrong = "";
    int64_t i = 0, j = 0;
    uint64_t u = 0;
    double d = 0;
    bool b = false;
    struct sim_rate rate = { 0 };
    struct sim_ppm_range ppm = { 0 };

    switch (kind) {
    case DURATION:
        wrong = sim_units_duration(value, &i, text);
        snprintf(result, 64, "%" PRId64, i);
        break;
    case INTEGER:
        wrong = sim_units_integer(value, &i, text);
        snprintf(result, 64, "%" PRId64, i);
        break;
    case NUMBER:
        wrong = sim_units_number(value, &d, text);
        snprintf(result, 64, "%.17g", d);
        break;
    case BOOLEAN:
        wrong = sim_units_boolean(value, &b, text);
        snprintf(result, 64, "%s", b ? "true" : "false");
        break;
    case PROBABILITY:
        wrong = sim_units_probability(value, &u, text);
        snprintf(result, 64, "%" PRIu64, u);
        break;
    case SHARE:
        wrong = sim_units_share(value, &d, text);
        snprintf(result, 64, "%.17g", d);
        break;
    case MILLIONTHS:
        wrong = sim_units_millionths(value, &i, text);
        snprintf(result, 64, "%" PRId64, i);
        break;
    case RATE:
        wrong = sim_units_rate(value, &rate, text);
        snprintf(result, 64, "%" PRId64 "/%" PRId64, rate.count, rate.per);
        break;
    case SIZE:
        wrong = sim_units_size(value, &u, text);
        snprintf(result, 64, "%" PRIu64, u);
        break;
    case BANDWIDTH:
        wrong = sim_units_bandwidth(value, &u, text);
        snprintf(result, 64, "%" PRIu64, u);
        break;
    case PPM:
        wrong = sim_units_ppm(value, &ppm, text);
        snprintf(result, 64, "%" PRId64 "..%" PRId64, ppm.low_ppb, ppm.high_ppb);
        break;
    case RANGE:
        wrong = sim_units_duration_range(value, &i, &j, text);
        snprintf(result, 64, "%" PRId64 "..%" PRId64, i, j);
        break;
    }
    return wrong;
}

struct row {
    enum kind kind;
    const char *value, *expected;
};

/* clang-format off */
static const struct row refused[] = {
    { DURATION, "5", "'5' needs a unit: ns us ms s m h d" },
    { DURATION, "", "nothing is here" },
    { DURATION, "ms", "not a duration" },
    { DURATION, "-", "not a duration" },
    { DURATION, "e5", "not a duration" },
    { DURATION, ".", "not a duration" },
    { DURATION, "fast", "'fast' is not a duration" },
    { DURATION, " 5ms", "not a duration" },
    { DURATION, "5  ms", "unknown unit ' ms'" },
    { DURATION, "5 ", "unknown unit ' '" },
    { DURATION, "5MB", "'5MB' is a size, but a duration is expected" },
    { DURATION, "5/s", "is a rate, but a duration" },
    { DURATION, "5%", "is a percentage, but a duration" },
    { DURATION, "5MB/s", "is a bandwidth" },
    { DURATION, "5ppm", "is a drift" },
    { DURATION, "5sec", "unknown unit 'sec' in '5sec': write s" },
    { DURATION, "5S", "write s" },
    { DURATION, "5min", "write m" },
    { DURATION, "5MS", "write ms" },
    { DURATION, "5parsec", "unknown unit 'parsec' in '5parsec': a duration takes ns us ms" },
    { DURATION, "1h30m", "one number with one unit" },
    { DURATION, "12:30:00", "one number with one unit" },
    { DURATION, "1ms..9ms", "is a range, but a single value" },
    { DURATION, "1,000ms", "without separators" },
    { DURATION, "1_000ms", "without separators" },
    { DURATION, "010ms", "leading zero" },
    { DURATION, ".5ms", "a digit before its point" },
    { DURATION, "5.ms", "a digit after its point" },
    { DURATION, "1e3ms", "without an exponent" },
    { DURATION, "0.5ns", "not a whole number of nanoseconds" },
    { DURATION, "1.0000000001s", "not a whole number of nanoseconds" },
    { DURATION, "36526d", "over the limit of 100 years" },
    { DURATION, "-36526d", "over the limit of 100 years" },
    { DURATION, "99999999999999999999999d", "too many digits" },
    { DURATION, "10000000000000000000000000000000000000000d", "over the limit of 100 years" },
    { DURATION, "--5ms", "not a duration" },
    { INTEGER, "5ms", "'5ms' is a duration, but a whole number without a unit is expected" },
    { INTEGER, "20k", "has a unit, 'k', but a whole number without one" },
    { INTEGER, "5.5", "not a whole number" },
    { INTEGER, "1e-3", "not a whole number" },
    { INTEGER, "010", "leading zero" },
    { INTEGER, "-010", "leading zero" },
    { INTEGER, "0x10", "has a unit, 'x10'|one number" },
    { INTEGER, "1,000", "without separators" },
    { INTEGER, "9223372036854775808", "over the limit of 9223372036854775807" },
    { INTEGER, "1e400", "over the limit" },
    { INTEGER, "1e401", "exponent is too large" },
    { INTEGER, "1e99999999999999", "exponent is too large" },
    { INTEGER, "many", "'many' is not a whole number" },
    { INTEGER, "", "nothing is here" },
    { NUMBER, "1.5x", "has a unit, 'x'" },
    { NUMBER, "1.2345678901234567", "cannot be read exactly" },
    { NUMBER, "1e23", "cannot be read exactly" },
    { NUMBER, "1e-23", "cannot be read exactly" },
    { NUMBER, ".inf", "not a plain number" },
    { NUMBER, "nan", "not a plain number" },
    { NUMBER, "1.5.2", "one number" },
    { NUMBER, "1,5", "without separators" },
    { BOOLEAN, "yes", "write true" },
    { BOOLEAN, "off", "write false" },
    { BOOLEAN, "False", "write false" },
    { BOOLEAN, "", "not true or false" },
    { BOOLEAN, "maybe", "'maybe' is not true or false" },
    { PROBABILITY, "5", "'5' is more than 1: write a number from 0 to 1, or a percentage" },
    { PROBABILITY, "1.0001", "more than 1" },
    { PROBABILITY, "100.1%", "more than 100%" },
    { PROBABILITY, "1e22%", "without an exponent" },
    { PROBABILITY, "-1%", "negative, which a share cannot be" },
    { PROBABILITY, "-0.1", "negative" },
    { PROBABILITY, "5ms", "is a duration, but a share is expected" },
    { PROBABILITY, "1e-20", "finer than 10^-19" },
    { PROBABILITY, "5percent", "write %" },
    { SHARE, "101%", "more than 100%" },
    { SHARE, "2", "more than 1" },
    { SHARE, "often", "not a share" },
    { MILLIONTHS, "0.00001%", "not a whole number of millionths" },
    { MILLIONTHS, "150%", "more than 100%" },
    { MILLIONTHS, "-50%", "negative" },
    { RATE, "200", "'200' needs a unit: /ms /s /min /h /d" },
    { RATE, "200/m", "write /min" },
    { RATE, "200rps", "write /s" },
    { RATE, "200Hz", "write /s" },
    { RATE, "-200/s", "negative, which a rate cannot be" },
    { RATE, "5s", "is a duration, but a rate is expected" },
    { RATE, "200/fortnight", "unknown unit '/fortnight'" },
    { RATE, "0.000000000000001/d", "too slow" },
    { RATE, "9223372036854775.808k/s", "over the limit" },
    { SIZE, "5", "'5' needs a unit: B kB MB GB KiB MiB GiB" },
    { SIZE, "5K", "write kB (1000) or KiB (1024)" },
    { SIZE, "5M", "write MB (10^6) or MiB (2^20)" },
    { SIZE, "5KB", "write kB (1000) or KiB (1024)" },
    { SIZE, "5kib", "unknown unit 'kib'" },
    { SIZE, "5b", "write B" },
    { SIZE, "5TB", "write GB, 1000 to a terabyte" },
    { SIZE, "-5MB", "'-5MB' is negative, which a size cannot be" },
    { SIZE, "0.5B", "not a whole number of bytes" },
    { SIZE, "5MB/s", "is a bandwidth, but a size is expected" },
    { SIZE, "8589934592GiB", "over the limit" },
    { BANDWIDTH, "100", "needs a unit" },
    { BANDWIDTH, "100Mbps", "write Mbit/s" },
    { BANDWIDTH, "100Mb/s", "write Mbit/s or MB/s" },
    { BANDWIDTH, "100MB", "is a size, but a bandwidth is expected" },
    { BANDWIDTH, "9bit/s", "not a whole number of bytes per second" },
    { BANDWIDTH, "-1MB/s", "negative" },
    { BANDWIDTH, "1000000000000000000kB/s", "over the limit" },
    { PPM, "50", "needs a unit: ppm" },
    { PPM, "5%", "is a percentage, but a drift" },
    { PPM, "0.0001ppm", "not a whole number of thousandths" },
    { PPM, "1000001ppm", "over the limit of 1000000ppm" },
    { PPM, "9ppm..1ppm", "ends before it begins" },
    { PPM, "1ppm..", "nothing is here" },
    { PPM, "1..9ppm", "'1' needs a unit" },
    { RANGE, "5ms", "not a range: write it like 1ms..9ms" },
    { RANGE, "1..9ms", "'1' needs a unit" },
    { RANGE, "1ms..9", "'9' needs a unit" },
    { RANGE, "9ms..1ms", "'9ms..1ms' ends before it begins" },
    { RANGE, "1ms..2ms..3ms", "is a range, but a single value|one number" },
    { RANGE, "..", "nothing is here" },
    { RANGE, "1ms...9ms", "not a duration|a digit before" },
    { RANGE, "1ms-9ms", "not a range" },
};

static const struct row accepted[] = {
    { DURATION, "0", "0" },
    { DURATION, "-0", "0" },
    { DURATION, "0.0", "0" },
    { DURATION, "250ms", "250000000" },
    { DURATION, "250 ms", "250000000" },
    { DURATION, "+1.5s", "1500000000" },
    { DURATION, "-3us", "-3000" },
    { DURATION, "3\u00b5s", "3000" },
    { DURATION, "3\u03bcs", "3000" },
    { DURATION, "0.000000001s", "1" },
    { DURATION, "1.000000000000000000s", "1000000000" },
    { DURATION, "0.1d", "8640000000000" },
    { DURATION, "2h", "7200000000000" },
    { DURATION, "90m", "5400000000000" },
    { DURATION, "36525d", "3155760000000000000" },
    { DURATION, "3155760000000000000ns", "3155760000000000000" },
    { INTEGER, "0", "0" },
    { INTEGER, "-7", "-7" },
    { INTEGER, "+7", "7" },
    { INTEGER, "1000000", "1000000" },
    { INTEGER, "5.0", "5" },
    { INTEGER, "1.5e3", "1500" },
    { INTEGER, "9223372036854775807", "9223372036854775807" },
    { INTEGER, "-9223372036854775807", "-9223372036854775807" },
    { NUMBER, "0.99", "0.98999999999999999" },
    { NUMBER, "-1.5", "-1.5" },
    { NUMBER, "0.1", "0.10000000000000001" },
    { NUMBER, "1e22", "1e+22" },
    { NUMBER, "0", "0" },
    { NUMBER, "9007199254740992", "9007199254740992" },
    { BOOLEAN, "true", "true" },
    { BOOLEAN, "false", "false" },
    { PROBABILITY, "0", "0" },
    { PROBABILITY, "1", "18446744073709551615" },
    { PROBABILITY, "100%", "18446744073709551615" },
    { PROBABILITY, "100.00%", "18446744073709551615" },
    { PROBABILITY, "0.5", "9223372036854775808" },
    { PROBABILITY, "50%", "9223372036854775808" },
    { PROBABILITY, "25 %", "4611686018427387904" },
    { PROBABILITY, "1%", "184467440737095516" },
    { PROBABILITY, "1e-2", "184467440737095516" },
    { PROBABILITY, "0.1%", "18446744073709552" },
    { PROBABILITY, "1e-19", "2" },
    { PROBABILITY, "0.9999999999999999999", "18446744073709551614" },
    { SHARE, "99.5%", "0.995" },
    { SHARE, "0.995", "0.995" },
    { SHARE, "1", "1" },
    { SHARE, "0", "0" },
    { MILLIONTHS, "50%", "500000" },
    { MILLIONTHS, "0.5", "500000" },
    { MILLIONTHS, "0.0001%", "1" },
    { MILLIONTHS, "100%", "1000000" },
    { MILLIONTHS, "0", "0" },
    { RATE, "0", "0/1000000000" },
    { RATE, "200/s", "200/1000000000" },
    { RATE, "200 /s", "200/1000000000" },
    { RATE, "30/min", "30/60000000000" },
    { RATE, "1.5k/s", "1500/1000000000" },
    { RATE, "1.5/s", "15/10000000000" },
    { RATE, "2M/s", "2000000/1000000000" },
    { RATE, "3/ms", "3/1000000" },
    { RATE, "3/min", "3/60000000000" },
    { RATE, "3/h", "3/3600000000000" },
    { RATE, "3/d", "3/86400000000000" },
    { RATE, "3k/ms", "3000/1000000" },
    { RATE, "3k/min", "3000/60000000000" },
    { RATE, "3k/h", "3000/3600000000000" },
    { RATE, "3k/d", "3000/86400000000000" },
    { RATE, "3M/ms", "3000000/1000000" },
    { RATE, "3M/min", "3000000/60000000000" },
    { RATE, "3M/h", "3000000/3600000000000" },
    { RATE, "3M/d", "3000000/86400000000000" },
    { RATE, "0.05/d", "5/8640000000000000" },
    { RATE, "2.50/s", "25/10000000000" },
    { SIZE, "0", "0" },
    { SIZE, "10MiB", "10485760" },
    { SIZE, "1.5kB", "1500" },
    { SIZE, "1 KiB", "1024" },
    { SIZE, "3B", "3" },
    { SIZE, "2GB", "2000000000" },
    { SIZE, "2MB", "2000000" },
    { SIZE, "1GiB", "1073741824" },
    { BANDWIDTH, "100Mbit/s", "12500000" },
    { BANDWIDTH, "12.5MB/s", "12500000" },
    { BANDWIDTH, "8bit/s", "1" },
    { BANDWIDTH, "8kbit/s", "1000" },
    { BANDWIDTH, "8Gbit/s", "1000000000" },
    { BANDWIDTH, "3B/s", "3" },
    { BANDWIDTH, "3kB/s", "3000" },
    { BANDWIDTH, "3GB/s", "3000000000" },
    { BANDWIDTH, "3KiB/s", "3072" },
    { BANDWIDTH, "3MiB/s", "3145728" },
    { BANDWIDTH, "1GiB/s", "1073741824" },
    { BANDWIDTH, "0", "0" },
    { PPM, "50ppm", "50000..50000" },
    { PPM, "-100ppm..100ppm", "-100000..100000" },
    { PPM, "0..0.5ppm", "0..500" },
    { PPM, "0", "0..0" },
    { RANGE, "1ms..9ms", "1000000..9000000" },
    { RANGE, "1ms .. 9ms", "1000000..9000000" },
    { RANGE, "0..9ms", "0..9000000" },
    { RANGE, "-1s..1.5s", "-1000000000..1500000000" },
    { RANGE, "2s..2s", "2000000000..2000000000" },
};
/* clang-format on */

/* EXPECTED may give two wordings, split by '|'. */
static bool says(const char *text, const char *expected)
{
    const char *bar = strchr(expected, '|');
    char first[SIM_UNITS_TEXT];

    if (!bar)
        return strstr(text, expected) != NULL;
    snprintf(first, sizeof first, "%.*s", (int)(bar - expected), expected);
    return strstr(text, first) || strstr(text, bar + 1);
}

START_TEST(refusals)
{
    const struct row *row = &refused[_i];
    char result[64], text[SIM_UNITS_TEXT];
    const char *wrong = parse(row->kind, row->value, result, text);

    ck_assert_msg(wrong, "'%s' was read as %s", row->value, result);
    ck_assert_msg(says(wrong, row->expected), "'%s': \"%s\" does not say \"%s\"", row->value, wrong,
                  row->expected);
    ck_assert_msg(strlen(wrong) < SIM_UNITS_TEXT - 1, "'%s': cut off: %s", row->value, wrong);
}
END_TEST

START_TEST(values)
{
    const struct row *row = &accepted[_i];
    char result[64], text[SIM_UNITS_TEXT];
    const char *wrong = parse(row->kind, row->value, result, text);

    ck_assert_msg(!wrong, "'%s' was refused: %s", row->value, wrong);
    ck_assert_str_eq(result, row->expected);
}
END_TEST

START_TEST(refusal_writes_nothing)
{
    char text[SIM_UNITS_TEXT];
    sim_time low = 7, high = 8;
    struct sim_ppm_range ppm = { 7, 8 };

    ck_assert_ptr_nonnull(sim_units_duration_range("2ms..1ms", &low, &high, text));
    ck_assert_int_eq(low, 7);
    ck_assert_int_eq(high, 8);
    ck_assert_ptr_nonnull(sim_units_ppm("2ppm..1ms", &ppm, text));
    ck_assert_int_eq(ppm.low_ppb, 7);
    ck_assert_int_eq(ppm.high_ppb, 8);
    ck_assert_ptr_nonnull(sim_units_duration("1", &low, text));
    ck_assert_int_eq(low, 7);
}
END_TEST

/* Long and non-ASCII input fits the explanation, and no character is cut in half. */
START_TEST(long_input)
{
    char value[4096], result[64], text[SIM_UNITS_TEXT];

    for (int kind = DURATION; kind <= RANGE; kind++) {
        for (size_t length = 1; length < 60; length++) {
            const char *wrong;
            size_t at;

            snprintf(value, sizeof value, "%.*s", (int)length,
                     "7777777777777777777777777777777777777777777777777777777777777");
            for (size_t i = 0; i < 20; i++)
                memcpy(value + length + 2 * i, "\u00b5", 3);
            wrong = parse((enum kind)kind, value, result, text);
            ck_assert_ptr_nonnull(wrong);
            ck_assert_uint_lt(strlen(wrong), SIM_UNITS_TEXT);
            for (at = 0; wrong[at] != '\0'; at++) {
                if ((unsigned char)wrong[at] == 0xc2)
                    ck_assert_uint_eq((unsigned char)wrong[++at], 0xb5);
                else
                    ck_assert_uint_lt((unsigned char)wrong[at], 0x80);
            }
        }
        memset(value, '9', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        ck_assert_ptr_nonnull(parse((enum kind)kind, value, result, text));
    }
}
END_TEST

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

/* strtod in the C locale rounds correctly: the oracle. */
START_TEST(numbers_are_correctly_rounded)
{
    uint64_t state = 1;
    char value[64], text[SIM_UNITS_TEXT];

    for (int i = 0; i < 100000; i++) {
        uint64_t digits = next(&state) % 1000000000000000u, n = digits;
        int shift = (int)(next(&state) % 45) - 22;
        double read = 0;

        for (uint64_t cut = next(&state) % 15; cut > 0; cut--)
            n /= 10;
        snprintf(value, sizeof value, "%s%" PRIu64 "e%d", i % 2 ? "-" : "", n, shift);
        if (sim_units_number(value, &read, text))
            continue; /* 10^22 with trailing zeros in the digits: refused, never misread */
        ck_assert_msg(read == strtod(value, NULL), "%s read as %.17g", value, read);
        snprintf(value, sizeof value, "%" PRIu64 ".%06" PRIu64, n % 1000000000, digits % 1000000);
        ck_assert_ptr_null(sim_units_number(value, &read, text));
        ck_assert_msg(read == strtod(value, NULL), "%s read as %.17g", value, read);
    }
}
END_TEST

/* A locale with a decimal comma changes nothing. */
START_TEST(locale_does_not_matter)
{
    char text[SIM_UNITS_TEXT];
    double read = 0;

    setlocale(LC_ALL, "de_DE.UTF-8");
    ck_assert_ptr_null(sim_units_number("1.5", &read, text));
    ck_assert(read == 1.5);
    ck_assert_ptr_nonnull(sim_units_number("1,5", &read, text));
    setlocale(LC_ALL, "C");
}
END_TEST

/* What the schema's pattern accepts, the parser accepts but for limits, and the other way round. */
START_TEST(patterns_agree)
{
    static const struct {
        enum kind kind;
        const char *pattern;
    } patterns[] = {
        { DURATION, SIM_PATTERN_DURATION },
        { PROBABILITY, SIM_PATTERN_PERCENT },
        { SHARE, SIM_PATTERN_PERCENT },
        { MILLIONTHS, SIM_PATTERN_PERCENT },
        { RATE, SIM_PATTERN_RATE },
        { SIZE, SIM_PATTERN_SIZE },
        { BANDWIDTH, SIM_PATTERN_BANDWIDTH },
        { PPM, SIM_PATTERN_PPM },
        { RANGE, SIM_PATTERN_DURATION_RANGE },
    };
    static const char *const within[] = { "not a whole", "limit",       "digits",
                                          "more than",   "ends before", "slow" };

    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        const struct row *tables[] = { accepted, refused };
        const size_t sizes[] = { sizeof accepted / sizeof accepted[0],
                                 sizeof refused / sizeof refused[0] };
        regex_t regex;

        ck_assert_int_eq(regcomp(&regex, patterns[p].pattern, REG_EXTENDED | REG_NOSUB), 0);
        for (size_t t = 0; t < 2; t++) {
            for (size_t i = 0; i < sizes[t]; i++) {
                const char *value = tables[t][i].value;
                char result[64], text[SIM_UNITS_TEXT];
                const char *wrong = parse(patterns[p].kind, value, result, text);
                bool matches = regexec(&regex, value, 0, NULL, 0) == 0, plain = !wrong;

                for (size_t w = 0; wrong && w < sizeof within / sizeof within[0]; w++)
                    plain = plain || strstr(wrong, within[w]);
                if (!strpbrk(value,
                             "smhdB%")) /* plain numbers are numbers to the schema, not text */
                    continue;
                ck_assert_msg(!matches || plain, "%s matches '%s', refused: %s",
                              patterns[p].pattern, value, wrong);
                ck_assert_msg(matches || wrong, "%s does not match '%s', accepted",
                              patterns[p].pattern, value);
            }
        }
        regfree(&regex);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units");
    TCase *tcase = tcase_create("units");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, refusals, 0, sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tcase, values, 0, sizeof accepted / sizeof accepted[0]);
    tcase_add_test(tcase, refusal_writes_nothing);
    tcase_add_test(tcase, long_input);
    tcase_add_test(tcase, numbers_are_correctly_rounded);
    tcase_add_test(tcase, locale_does_not_matter);
    tcase_add_test(tcase, patterns_agree);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
