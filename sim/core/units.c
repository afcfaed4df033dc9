#include "sim/core/units.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum quantity { COUNT, NUMBER, PROPORTION, DURATION, SIZE, BANDWIDTH, RATE, PPM };

struct unit {
    const char *name;
    enum quantity quantity;
    uint64_t scale; /* ns, bytes, bits per second, things, ppb */
    sim_time per;   /* of a rate */
};

#define MINUTE (60 * SIM_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KI ((uint64_t)1 << 10)
#define MI ((uint64_t)1 << 20)
#define GI ((uint64_t)1 << 30)

/* clang-format off */
static const struct unit units[] = {
    { "ns", DURATION, 1, 0 },
    { "us", DURATION, 1000, 0 },
    { "\u00b5s", DURATION, 1000, 0 }, /* the micro sign, and the Greek letter it is normalised to */
    { "\u03bcs", DURATION, 1000, 0 },
    { "ms", DURATION, 1000000, 0 },
    { "s", DURATION, SIM_SECOND, 0 },
    { "m", DURATION, MINUTE, 0 },
    { "h", DURATION, HOUR, 0 },
    { "d", DURATION, DAY, 0 },
    { "B", SIZE, 1, 0 },
    { "kB", SIZE, 1000, 0 },
    { "MB", SIZE, 1000000, 0 },
    { "GB", SIZE, 1000000000, 0 },
    { "KiB", SIZE, KI, 0 },
    { "MiB", SIZE, MI, 0 },
    { "GiB", SIZE, GI, 0 },
    { "bit/s", BANDWIDTH, 1, 0 },
    { "kbit/s", BANDWIDTH, 1000, 0 },
    { "Mbit/s", BANDWIDTH, 1000000, 0 },
    { "Gbit/s", BANDWIDTH, 1000000000, 0 },
    { "B/s", BANDWIDTH, 8, 0 },
    { "kB/s", BANDWIDTH, 8000, 0 },
    { "MB/s", BANDWIDTH, 8000000, 0 },
    { "GB/s", BANDWIDTH, 8000000000, 0 },
    { "KiB/s", BANDWIDTH, 8 * KI, 0 },
    { "MiB/s", BANDWIDTH, 8 * MI, 0 },
    { "GiB/s", BANDWIDTH, 8 * GI, 0 },
    { "/ms", RATE, 1, SIM_MILLISECOND },
    { "/s", RATE, 1, SIM_SECOND },
    { "/min", RATE, 1, MINUTE },
    { "/h", RATE, 1, HOUR },
    { "/d", RATE, 1, DAY },
    { "k/ms", RATE, 1000, SIM_MILLISECOND },
    { "k/s", RATE, 1000, SIM_SECOND },
    { "k/min", RATE, 1000, MINUTE },
    { "k/h", RATE, 1000, HOUR },
    { "k/d", RATE, 1000, DAY },
    { "M/ms", RATE, 1000000, SIM_MILLISECOND },
    { "M/s", RATE, 1000000, SIM_SECOND },
    { "M/min", RATE, 1000000, MINUTE },
    { "M/h", RATE, 1000000, HOUR },
    { "M/d", RATE, 1000000, DAY },
    { "%", PROPORTION, 1, 0 },
    { "ppm", PPM, 1000, 0 },
};

static const struct {
    const char *name, *units;
    bool bare;     /* a plain number will do */
    bool negative;
} quantities[] = {
    [COUNT] = { "a whole number", "no unit", true, true },
    [NUMBER] = { "a plain number", "no unit", true, true },
    [PROPORTION] = { "a share", "a plain number from 0 to 1, or %", true, false },
    [DURATION] = { "a duration", "ns us ms s m h d", false, true },
    [SIZE] = { "a size", "B kB MB GB KiB MiB GiB", false, false },
    [BANDWIDTH] = { "a bandwidth", "bit/s or B/s after k M G, B/s also after Ki Mi Gi", false,
                    false },
    [RATE] = { "a rate", "/ms /s /min /h /d, also after k M", false, false },
    [PPM] = { "a drift", "ppm", false, true },
};

/* What people write instead, where the right unit can be named. */
static const struct {
    enum quantity wanted;
    const char *wrong, *right;
} slips[] = {
    { DURATION, "sec", "s" }, { DURATION, "secs", "s" }, { DURATION, "second", "s" },
    { DURATION, "seconds", "s" }, { DURATION, "S", "s" },
    { DURATION, "min", "m" }, { DURATION, "mins", "m" }, { DURATION, "minute", "m" },
    { DURATION, "minutes", "m" }, { DURATION, "M", "m" },
    { DURATION, "hr", "h" }, { DURATION, "hrs", "h" }, { DURATION, "hour", "h" },
    { DURATION, "hours", "h" }, { DURATION, "H", "h" },
    { DURATION, "day", "d" }, { DURATION, "days", "d" }, { DURATION, "D", "d" },
    { DURATION, "msec", "ms" }, { DURATION, "MS", "ms" }, { DURATION, "Ms", "ms" },
    { DURATION, "mS", "ms" }, { DURATION, "millis", "ms" }, { DURATION, "milliseconds", "ms" },
    { DURATION, "usec", "us" }, { DURATION, "US", "us" }, { DURATION, "micros", "us" },
    { DURATION, "nsec", "ns" }, { DURATION, "NS", "ns" }, { DURATION, "nanos", "ns" },
    { SIZE, "K", "kB (1000) or KiB (1024)" }, { SIZE, "k", "kB (1000) or KiB (1024)" },
    { SIZE, "KB", "kB (1000) or KiB (1024)" }, { SIZE, "kb", "kB (1000) or KiB (1024)" },
    { SIZE, "Kb", "kB (1000) or KiB (1024)" }, { SIZE, "kiB", "KiB" }, { SIZE, "Ki", "KiB" },
    { SIZE, "M", "MB (10^6) or MiB (2^20)" }, { SIZE, "Mb", "MB (10^6) or MiB (2^20)" },
    { SIZE, "mb", "MB (10^6) or MiB (2^20)" }, { SIZE, "Mi", "MiB" },
    { SIZE, "G", "GB (10^9) or GiB (2^30)" }, { SIZE, "Gb", "GB (10^9) or GiB (2^30)" },
    { SIZE, "gb", "GB (10^9) or GiB (2^30)" }, { SIZE, "Gi", "GiB" },
    { SIZE, "b", "B" }, { SIZE, "byte", "B" }, { SIZE, "bytes", "B" },
    { SIZE, "TB", "GB, 1000 to a terabyte" }, { SIZE, "TiB", "GiB, 1024 to a tebibyte" },
    { BANDWIDTH, "bps", "bit/s" }, { BANDWIDTH, "b/s", "bit/s or B/s" },
    { BANDWIDTH, "kbps", "kbit/s" }, { BANDWIDTH, "Kbps", "kbit/s" },
    { BANDWIDTH, "kb/s", "kbit/s or kB/s" }, { BANDWIDTH, "Kbit/s", "kbit/s" },
    { BANDWIDTH, "KB/s", "kB/s (1000) or KiB/s (1024)" }, { BANDWIDTH, "kBps", "kB/s" },
    { BANDWIDTH, "Mbps", "Mbit/s" }, { BANDWIDTH, "mbps", "Mbit/s" },
    { BANDWIDTH, "Mb/s", "Mbit/s or MB/s" }, { BANDWIDTH, "mbit/s", "Mbit/s" },
    { BANDWIDTH, "MBps", "MB/s" }, { BANDWIDTH, "Mbit", "Mbit/s" },
    { BANDWIDTH, "Gbps", "Gbit/s" }, { BANDWIDTH, "gbps", "Gbit/s" },
    { BANDWIDTH, "Gb/s", "Gbit/s or GB/s" }, { BANDWIDTH, "GBps", "GB/s" },
    { BANDWIDTH, "Gbit", "Gbit/s" },
    { RATE, "/m", "/min" }, { RATE, "/sec", "/s" }, { RATE, "/second", "/s" },
    { RATE, "/minute", "/min" }, { RATE, "/hour", "/h" }, { RATE, "/day", "/d" },
    { RATE, "rps", "/s" }, { RATE, "qps", "/s" }, { RATE, "ops", "/s" }, { RATE, "Hz", "/s" },
    { RATE, "kHz", "k/s" }, { RATE, "K/s", "k/s" }, { RATE, "m/s", "M/s" },
    { PROPORTION, "percent", "%" }, { PROPORTION, "pct", "%" },
    { PPM, "PPM", "ppm" },
};
/* clang-format on */

enum { ECHO_MAX = 24, EXPONENT_MAX = 400, POWERS = 23, DIGITS_MAX = 19 };

/* A piece of the user's text, short enough for a message. */
struct echo {
    char text[ECHO_MAX + sizeof "..."];
};

static struct echo echo(const char *value)
{
    struct echo e;
    size_t length = strlen(value);

    if (length <= ECHO_MAX) {
        memcpy(e.text, value, length + 1);
        return e;
    }
    length = ECHO_MAX;
    while (length > 0 && ((unsigned char)value[length] & 0xc0) == 0x80)
        length--; /* never half a character */
    memcpy(e.text, value, length);
    memcpy(e.text + length, "...", sizeof "...");
    return e;
}

/* (-) digits * 10^power; no trailing zeros in the digits. */
struct decimal {
    bool negative, exponent;
    uint64_t digits;
    int power;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes one more digit; false when there are too many. Zeros are held back until a digit follows
 * them. */
static bool add_digit(struct decimal *d, int *zeros, int *count, char c)
{
    if (c == '0') {
        if (d->digits != 0)
            ++*zeros;
        return true;
    }
    for (; *zeros > 0; --*zeros) {
        if (++*count > DIGITS_MAX)
            return false;
        d->digits *= 10;
    }
    if (++*count > DIGITS_MAX)
        return false;
    d->digits = d->digits * 10 + (uint64_t)(c - '0');
    return true;
}

static const char *read_exponent(const char **at, int *power)
{
    const char *p = *at + 1;
    bool negative = *p == '-';
    int exponent = 0;

    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return NULL; /* then it is a unit, and a wrong one */
    for (; is_digit(*p); p++) {
        if (exponent <= EXPONENT_MAX)
            exponent = exponent * 10 + (*p - '0');
    }
    if (exponent > EXPONENT_MAX)
        return "the exponent is too large";
    *power += negative ? -exponent : exponent;
    *at = p;
    return NULL;
}

/* Reads the number at *AT; the digits after the point lower the power, held-back zeros raise it. */
static const char *read_decimal(const char **at, struct decimal *d, char text[SIM_UNITS_TEXT])
{
    const char *p = *at, *first;
    int zeros = 0, count = 0, decimals = 0;
    bool fits = true;

    *d = (struct decimal){ 0 };
    d->negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    first = p;
    for (; is_digit(*p); p++)
        fits = fits && add_digit(d, &zeros, &count, *p);
    if (first[0] == '0' && p - first > 1) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' has a leading zero, which some readers take for octal",
                 echo(*at).text);
        return text;
    }
    if (p[0] == '.' && p[1] != '.') {
        const char *point = p++;

        for (; is_digit(*p); p++, decimals = decimals < 1000000 ? decimals + 1 : decimals)
            fits = fits && add_digit(d, &zeros, &count, *p);
        if (point == first || p == point + 1) {
            snprintf(text, SIM_UNITS_TEXT, "'%s' needs a digit %s its point", echo(*at).text,
                     point == first ? "before" : "after");
            return text;
        }
    }
    if (!fits || decimals > 1000) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' has too many digits: %d are read exactly",
                 echo(*at).text, DIGITS_MAX);
        return text;
    }
    d->power = d->digits == 0 ? 0 : (zeros > 2000 ? 2000 : zeros) - decimals;
    d->negative = d->negative && d->digits != 0;
    if (*p == 'e' || *p == 'E') {
        const char *before = p, *wrong = read_exponent(&p, &d->power);

        if (wrong)
            return wrong;
        d->exponent = p != before;
        d->power = d->digits == 0 ? 0 : d->power;
    }
    *at = p;
    return NULL;
}

/* Whether a number begins here, perhaps a malformed one. */
static bool begins_number(const char *value)
{
    if (*value == '-' || *value == '+')
        value++;
    return is_digit(value[0]) || (value[0] == '.' && is_digit(value[1]));
}

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    }
    return NULL;
}

static const char *right_unit(enum quantity wanted, const char *wrong)
{
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        if (slips[i].wanted == wanted && strcmp(slips[i].wrong, wrong) == 0)
            return slips[i].right;
    }
    return NULL;
}

/* Why VALUE, a number followed by SUFFIX, is not the WANTED quantity. */
static const char *refuse_suffix(const char *value, const char *suffix, enum quantity wanted,
                                 char text[SIM_UNITS_TEXT])
{
    const struct unit *other = find_unit(suffix);
    const char *right = right_unit(wanted, suffix), *name = quantities[wanted].name;

    if (other && (wanted == COUNT || wanted == NUMBER))
        snprintf(text, SIM_UNITS_TEXT, "'%s' is %s, but %s without a unit is expected",
                 echo(value).text, quantities[other->quantity].name, name);
    else if (other)
        snprintf(text, SIM_UNITS_TEXT, "'%s' is %s, but %s is expected (%s)", echo(value).text,
                 other->quantity == PROPORTION ? "a percentage" : quantities[other->quantity].name,
                 name, quantities[wanted].units);
    else if (right)
        snprintf(text, SIM_UNITS_TEXT, "unknown unit '%s' in '%s': write %s", echo(suffix).text,
                 echo(value).text, right);
    else if (strstr(suffix, ".."))
        snprintf(text, SIM_UNITS_TEXT, "'%s' is a range, but a single value is expected",
                 echo(value).text);
    else if (suffix[0] == ',' || suffix[0] == '_')
        snprintf(text, SIM_UNITS_TEXT, "'%s': write the digits without separators",
                 echo(value).text);
    else if (strpbrk(suffix, "0123456789"))
        snprintf(text, SIM_UNITS_TEXT,
                 "'%s' is not %s: one number with one unit, like 90m for 1h30m", echo(value).text,
                 name);
    else if (wanted == COUNT || wanted == NUMBER)
        snprintf(text, SIM_UNITS_TEXT, "'%s' has a unit, '%s', but %s without one is expected",
                 echo(value).text, echo(suffix).text, name);
    else
        snprintf(text, SIM_UNITS_TEXT, "unknown unit '%s' in '%s': %s takes %s", echo(suffix).text,
                 echo(value).text, name, quantities[wanted].units);
    return text;
}

/* Splits VALUE into a number and a unit of the WANTED quantity; UNIT becomes NULL for a bare
 * number. */
static const char *scan(const char *value, enum quantity wanted, struct decimal *d,
                        const struct unit **unit, char text[SIM_UNITS_TEXT])
{
    const char *at = value, *wrong, *name = quantities[wanted].name;
    bool plain = quantities[wanted].bare;

    assert(value);
    if (value[0] == '\0') {
        snprintf(text, SIM_UNITS_TEXT, "%s is expected, but nothing is here", name);
        return text;
    }
    if (!begins_number(value)) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' is not %s: %s a number%s%s is expected",
                 echo(value).text, name, plain ? "just" : "first", plain ? "" : ", then one of ",
                 plain ? "" : quantities[wanted].units);
        return text;
    }
    wrong = read_decimal(&at, d, text);
    if (wrong)
        return wrong;
    if (at[0] == ' ' && at[1] != '\0')
        at++;
    *unit = find_unit(at);
    if (*at != '\0' && (!*unit || (*unit)->quantity != wanted))
        return refuse_suffix(value, at, wanted, text);
    if (d->exponent && *at != '\0') {
        snprintf(text, SIM_UNITS_TEXT, "'%s': write %s without an exponent", echo(value).text,
                 name);
        return text;
    }
    if (!*unit && !plain && d->digits != 0) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' needs a unit: %s", echo(value).text,
                 quantities[wanted].units);
        return text;
    }
    if (d->negative && !quantities[wanted].negative) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' is negative, which %s cannot be", echo(value).text,
                 name);
        return text;
    }
    return NULL;
}

enum fit { FITS, NOT_WHOLE, TOO_LARGE };

/* OUT = digits * 10^power * scale, if that is a whole number up to LIMIT. */
static enum fit to_integer(const struct decimal *d, uint64_t scale, sim_wide limit, sim_wide *out)
{
    sim_wide value = (sim_wide)d->digits * scale;
    int power = d->power;

    for (; power < 0; power++) {
        if (value % 10 != 0)
            return NOT_WHOLE;
        value /= 10;
    }
    for (; power > 0; power--) {
        if (value > limit)
            return TOO_LARGE;
        value *= 10;
    }
    if (value > limit)
        return TOO_LARGE;
    *out = value;
    return FITS;
}

static const char *refuse_fit(const char *value, enum fit fit, const char *steps, const char *limit,
                              char text[SIM_UNITS_TEXT])
{
    if (fit == NOT_WHOLE)
        snprintf(text, SIM_UNITS_TEXT, "'%s' is not a whole number%s%s", echo(value).text,
                 steps ? " of " : "", steps ? steps : "");
    else
        snprintf(text, SIM_UNITS_TEXT, "'%s' is over the limit of %s", echo(value).text, limit);
    return text;
}

const char *sim_units_duration(const char *value, sim_time *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, DURATION, &d, &unit, text);
    sim_wide magnitude;
    enum fit fit;

    if (wrong)
        return wrong;
    fit = to_integer(&d, unit ? unit->scale : 1, (sim_wide)SIM_TIME_LIMIT, &magnitude);
    if (fit != FITS)
        return refuse_fit(value, fit, "nanoseconds", "100 years", text);
    *out = d.negative ? -(sim_time)magnitude : (sim_time)magnitude;
    return NULL;
}

const char *sim_units_integer(const char *value, int64_t *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, COUNT, &d, &unit, text);
    sim_wide magnitude;
    enum fit fit;

    if (wrong)
        return wrong;
    fit = to_integer(&d, 1, INT64_MAX, &magnitude);
    if (fit != FITS)
        return refuse_fit(value, fit, NULL, "9223372036854775807", text);
    *out = d.negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return NULL;
}

/* Both operands are exact doubles, so the one operation is correctly rounded (Clinger, "How to read
 * floating point numbers accurately", PLDI 1990: the fast path). */
static const char *to_double(const char *value, const struct decimal *d, double *out,
                             char text[SIM_UNITS_TEXT])
{
    static const double powers[POWERS] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    double magnitude;

    if (d->digits > (uint64_t)1 << 53 || d->power <= -POWERS || d->power >= POWERS) {
        snprintf(text, SIM_UNITS_TEXT,
                 "'%s' cannot be read exactly: at most 15 digits, and powers of ten from -22 to 22",
                 echo(value).text);
        return text;
    }
    magnitude = (double)d->digits;
    magnitude = d->power < 0 ? magnitude / powers[-d->power] : magnitude * powers[d->power];
    *out = d->negative ? -magnitude : magnitude;
    return NULL;
}

const char *sim_units_number(const char *value, double *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, NUMBER, &d, &unit, text);

    return wrong ? wrong : to_double(value, &d, out, text);
}

const char *sim_units_boolean(const char *value, bool *out, char text[SIM_UNITS_TEXT])
{
    static const char *const yes[] = { "yes", "on", "True", "TRUE", "y", "1", NULL };
    static const char *const no[] = { "no", "off", "False", "FALSE", "n", "0", NULL };

    assert(value);
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        *out = value[0] == 't';
        return NULL;
    }
    for (size_t i = 0; yes[i]; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            snprintf(text, SIM_UNITS_TEXT, "'%s' is not true or false: write %s", value,
                     strcmp(value, yes[i]) == 0 ? "true" : "false");
            return text;
        }
    }
    snprintf(text, SIM_UNITS_TEXT, "'%s' is not true or false", echo(value).text);
    return text;
}

/* A number from 0 to 1, or from 0% to 100%. */
static const char *scan_proportion(const char *value, struct decimal *d, char text[SIM_UNITS_TEXT])
{
    const struct unit *unit;
    const char *wrong = scan(value, PROPORTION, d, &unit, text);
    bool above = false;

    if (wrong)
        return wrong;
    if (unit && d->digits != 0)
        d->power -= 2;
    if (d->digits != 0 && d->power >= 0) {
        above = d->power > 0 || d->digits > 1;
    } else if (d->digits != 0 && d->power >= -DIGITS_MAX) {
        uint64_t one = 1;

        for (int i = d->power; i < 0; i++)
            one *= 10; /* 10^19 still fits */
        above = d->digits > one;
    }
    if (!above)
        return NULL;
    if (unit)
        snprintf(text, SIM_UNITS_TEXT, "'%s' is more than 100%%", echo(value).text);
    else
        snprintf(text, SIM_UNITS_TEXT,
                 "'%s' is more than 1: write a number from 0 to 1, or a percentage like 5%%",
                 echo(value).text);
    return text;
}

const char *sim_units_probability(const char *value, sim_probability *out,
                                  char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const char *wrong = scan_proportion(value, &d, text);
    sim_wide one = 1, scaled;

    if (wrong)
        return wrong;
    if (d.power < -DIGITS_MAX) {
        snprintf(text, SIM_UNITS_TEXT, "'%s' is finer than 10^-19, the finest probability",
                 echo(value).text);
        return text;
    }
    for (int i = d.power; i < 0; i++)
        one *= 10;
    /* To the nearest multiple of 2^-64: digits <= one <= 10^19 < 2^64, so the shift cannot
     * overflow. */
    scaled = (((sim_wide)d.digits << 64) + one / 2) / one;
    *out = scaled > SIM_ALWAYS ? SIM_ALWAYS : (sim_probability)scaled;
    return NULL;
}

const char *sim_units_share(const char *value, double *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const char *wrong = scan_proportion(value, &d, text);

    return wrong ? wrong : to_double(value, &d, out, text);
}

const char *sim_units_millionths(const char *value, int64_t *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const char *wrong = scan_proportion(value, &d, text);
    sim_wide millionths;

    if (wrong)
        return wrong;
    if (to_integer(&d, 1000000, 1000000, &millionths) != FITS)
        return refuse_fit(value, NOT_WHOLE, "millionths (0.0001%)", "", text);
    *out = (int64_t)millionths;
    return NULL;
}

const char *sim_units_rate(const char *value, struct sim_rate *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, RATE, &d, &unit, text);
    sim_wide count, per;

    if (wrong)
        return wrong;
    count = (sim_wide)d.digits * (unit ? unit->scale : 1);
    per = (sim_wide)(unit ? unit->per : SIM_SECOND);
    for (; d.power < 0 && per <= (sim_wide)SIM_TIME_LIMIT; d.power++) {
        if (count % 10 == 0)
            count /= 10;
        else
            per *= 10;
    }
    for (; d.power > 0 && count <= INT64_MAX; d.power--)
        count *= 10;
    if (per > (sim_wide)SIM_TIME_LIMIT) {
        snprintf(text, SIM_UNITS_TEXT,
                 "'%s' is too slow or has too many digits: use a longer unit (/h, /d)",
                 echo(value).text);
        return text;
    }
    if (count > INT64_MAX)
        return refuse_fit(value, TOO_LARGE, NULL, "9223372036854775807", text);
    *out = (struct sim_rate){ (int64_t)count, (sim_time)per };
    return NULL;
}

const char *sim_units_size(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, SIZE, &d, &unit, text);
    sim_wide bytes;
    enum fit fit;

    if (wrong)
        return wrong;
    /* Signed arithmetic elsewhere must not overflow: hence not UINT64_MAX. */
    fit = to_integer(&d, unit ? unit->scale : 1, INT64_MAX, &bytes);
    if (fit != FITS)
        return refuse_fit(value, fit, "bytes", "9223372036854775807 bytes", text);
    *out = (uint64_t)bytes;
    return NULL;
}

const char *sim_units_bandwidth(const char *value, uint64_t *out, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, BANDWIDTH, &d, &unit, text);
    sim_wide bits;
    enum fit fit;

    if (wrong)
        return wrong;
    fit = to_integer(&d, unit ? unit->scale : 1, (sim_wide)INT64_MAX * 8, &bits);
    if (fit == FITS && bits % 8 != 0)
        fit = NOT_WHOLE;
    if (fit != FITS)
        return refuse_fit(value, fit, "bytes per second", "9223372036854775807B/s", text);
    *out = (uint64_t)(bits / 8);
    return NULL;
}

enum { END_MAX = 64 };

/* Cuts "LOW..HIGH" in two, without the spaces around the dots; false if it is no range. */
static bool cut_range(const char *value, char low[END_MAX], char high[END_MAX])
{
    const char *dots = strstr(value, ".."), *after;
    size_t length;

    if (!dots)
        return false;
    length = (size_t)(dots - value);
    if (length > 0 && value[length - 1] == ' ')
        length--;
    after = dots + 2;
    if (*after == ' ')
        after++;
    if (length >= END_MAX || strlen(after) >= END_MAX)
        return false;
    memcpy(low, value, length);
    low[length] = '\0';
    memcpy(high, after, strlen(after) + 1);
    return true;
}

static const char *refuse_range(const char *value, bool order, const char *example,
                                char text[SIM_UNITS_TEXT])
{
    if (order)
        snprintf(text, SIM_UNITS_TEXT, "'%s' ends before it begins", echo(value).text);
    else
        snprintf(text, SIM_UNITS_TEXT, "'%s' is not a range: write it like %s", echo(value).text,
                 example);
    return text;
}

const char *sim_units_duration_range(const char *value, sim_time *low, sim_time *high,
                                     char text[SIM_UNITS_TEXT])
{
    char ends[2][END_MAX];
    sim_time first, last;
    const char *wrong;

    assert(value);
    if (!cut_range(value, ends[0], ends[1]))
        return refuse_range(value, false, "1ms..9ms", text);
    wrong = sim_units_duration(ends[0], &first, text);
    if (!wrong)
        wrong = sim_units_duration(ends[1], &last, text);
    if (wrong)
        return wrong;
    if (first > last)
        return refuse_range(value, true, NULL, text);
    *low = first;
    *high = last;
    return NULL;
}

static const char *read_ppm(const char *value, int64_t *ppb, char text[SIM_UNITS_TEXT])
{
    struct decimal d;
    const struct unit *unit;
    const char *wrong = scan(value, PPM, &d, &unit, text);
    sim_wide magnitude;
    enum fit fit;

    if (wrong)
        return wrong;
    fit = to_integer(&d, unit ? unit->scale : 1, 1000000000, &magnitude);
    if (fit != FITS)
        return refuse_fit(value, fit, "thousandths of a ppm", "1000000ppm", text);
    *ppb = d.negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return NULL;
}

const char *sim_units_ppm(const char *value, struct sim_ppm_range *out, char text[SIM_UNITS_TEXT])
{
    char ends[2][END_MAX];
    struct sim_ppm_range range;
    const char *wrong;

    assert(value);
    if (cut_range(value, ends[0], ends[1])) {
        wrong = read_ppm(ends[0], &range.low_ppb, text);
        if (!wrong)
            wrong = read_ppm(ends[1], &range.high_ppb, text);
        if (!wrong && range.low_ppb > range.high_ppb)
            wrong = refuse_range(value, true, NULL, text);
    } else {
        wrong = read_ppm(value, &range.low_ppb, text);
        if (!wrong)
            range.high_ppb = range.low_ppb;
    }
    if (!wrong)
        *out = range;
    return wrong;
}
