#include "sim/scenario/pattern.h"

#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/bind.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { INTEGER_DIGITS_MAX = 40, FRACTION_DIGITS_MAX = 20 };

/* A decimal that is not negative. LONGER: there would be more digits. */
struct decimal {
    char integer[INTEGER_DIGITS_MAX];
    char fraction[FRACTION_DIGITS_MAX + 1];
    bool longer;
};

struct fraction {
    bool negative;
    sim_wide above, below;
};

/* -- decimals ---------------------------------------------------------------------------------- */

static struct decimal expand(const struct fraction *value)
{
    struct decimal decimal = { .longer = false };
    sim_wide whole = value->above / value->below, rest = value->above % value->below;
    char digits[INTEGER_DIGITS_MAX];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + (int)(whole % 10));
        whole /= 10;
    } while (whole > 0);
    for (size_t i = 0; i < n; i++)
        decimal.integer[i] = digits[n - 1 - i];
    for (n = 0; n < FRACTION_DIGITS_MAX && rest > 0; n++) {
        rest *= 10;
        decimal.fraction[n] = (char)('0' + (int)(rest / value->below));
        rest %= value->below;
    }
    decimal.longer = rest > 0;
    return decimal;
}

/* Digits of the texts that agree with DIGITS before place I and have a larger digit there (smaller,
 * if BELOW). */
static bool add_branch(struct sim_text *pattern, const char *digits, size_t i, bool below)
{
    char low = below ? '0' : (char)(digits[i] + 1), high = below ? (char)(digits[i] - 1) : '9';

    if (low > high)
        return false;
    sim_text_add(pattern, low == high ? "%.*s%c" : "%.*s[%c-%c]", (int)i, digits, low, high);
    return true;
}

/* Decimals of at least VALUE. What is longer than our digits lies above them. */
static void add_least(struct sim_text *pattern, const struct decimal *value)
{
    size_t whole = strlen(value->integer), part = strlen(value->fraction);

    sim_text_add(pattern, "[1-9][0-9]{%zu,}([.][0-9]+)?", whole);
    for (size_t i = 0; i < whole; i++) {
        size_t start = pattern->length;

        sim_text_add(pattern, "|");
        if (add_branch(pattern, value->integer, i, false))
            sim_text_add(pattern, "[0-9]{%zu}([.][0-9]+)?", whole - 1 - i);
        else
            pattern->length = start;
    }
    for (size_t i = 0; i < part; i++) {
        size_t start = pattern->length;

        sim_text_add(pattern, "|%s[.]", value->integer);
        if (add_branch(pattern, value->fraction, i, false))
            sim_text_add(pattern, "[0-9]*");
        else
            pattern->length = start;
    }
    if (part == 0)
        sim_text_add(pattern, "|%s([.][0-9]+)?", value->integer);
    else
        sim_text_add(pattern, value->longer ? "|%s[.]%s[0-9]*[1-9][0-9]*" : "|%s[.]%s[0-9]*",
                     value->integer, value->fraction);
}

/* Decimals of at most VALUE. */
static void add_most(struct sim_text *pattern, const struct decimal *value)
{
    size_t whole = strlen(value->integer), part = strlen(value->fraction);

    if (whole > 1)
        sim_text_add(pattern, "[0-9]{1,%zu}([.][0-9]+)?|", whole - 1);
    for (size_t i = 0; i < whole; i++) {
        size_t start = pattern->length;

        if (add_branch(pattern, value->integer, i, true))
            sim_text_add(pattern, "[0-9]{%zu}([.][0-9]+)?|", whole - 1 - i);
        else
            pattern->length = start;
    }
    if (part > 0)
        sim_text_add(pattern, "%s|", value->integer);
    for (size_t i = 0; i < part; i++) {
        size_t start = pattern->length;

        if (i > 0) /* fewer digits */
            sim_text_add(pattern, "%s[.]%.*s|", value->integer, (int)i, value->fraction);
        start = pattern->length;
        sim_text_add(pattern, "%s[.]", value->integer);
        if (add_branch(pattern, value->fraction, i, true))
            sim_text_add(pattern, "[0-9]*|");
        else
            pattern->length = start;
    }
    if (part > 0)
        sim_text_add(pattern, "%s[.]%s0*", value->integer, value->fraction);
    else
        sim_text_add(pattern, "%s([.]0+)?", value->integer);
}

/* -- units ------------------------------------------------------------------------------------- */

static const char *const duration_units[] = { "ns", "us", "\u00b5s", "\u03bcs", "ms",
                                              "s",  "m",  "h",       "d",       NULL };
static const char *const size_units[] = { "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", NULL };
static const char *const bandwidth_units[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s",
                                               "B/s",   "kB/s",   "MB/s",   "GB/s",
                                               "KiB/s", "MiB/s",  "GiB/s",  NULL };
static const char *const rate_units[] = { "/ms",   "/s",    "/min", "/h",  "/d",   "k/ms",
                                          "k/s",   "k/min", "k/h",  "k/d", "M/ms", "M/s",
                                          "M/min", "M/h",   "M/d",  NULL };
static const char *const ppm_units[] = { "ppm", NULL };

static const char *const *units_of(enum sim_field_type type)
{
    switch (type) {
    case SIM_FIELD_SIZE:
        return size_units;
    case SIM_FIELD_BANDWIDTH:
        return bandwidth_units;
    case SIM_FIELD_RATE:
        return rate_units;
    case SIM_FIELD_PPM:
        return ppm_units;
    default:
        return duration_units;
    }
}

static struct fraction magnitude(int64_t value)
{
    return (struct fraction){ value < 0, value < 0 ? (sim_wide)-value : (sim_wide)value, 1 };
}

/* VALUE in the base unit of FIELD's type. */
static struct fraction parse(const struct sim_field *field, const char *value)
{
    union {
        int64_t integer;
        uint64_t size;
        struct sim_rate rate;
        struct sim_ppm_range ppm;
    } out = { 0 };
    char text[SIM_UNITS_TEXT];
    const char *wrong = sim_bind_parse(field, value, &out, text);

    assert(wrong == NULL);
    (void)wrong;
    switch (field->type) {
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
        return (struct fraction){ false, out.size, 1 };
    case SIM_FIELD_RATE:
        return (struct fraction){ false, (sim_wide)out.rate.count, (sim_wide)out.rate.per };
    case SIM_FIELD_PPM:
        return magnitude(out.ppm.low_ppb);
    default:
        return magnitude(out.integer);
    }
}

/* Texts of UNIT whose magnitude is on the right side of BOUND. */
static void add_unit(struct sim_text *pattern, const struct sim_field *field,
                     const struct fraction *bound, const char *unit, bool at_least)
{
    char eight_text[32];
    struct fraction eight, ratio;
    struct decimal decimal;

    snprintf(eight_text, sizeof(eight_text), "8%s", unit); /* one bit/s is no whole byte/s */
    eight = parse(field, eight_text);
    ratio = (struct fraction){ false, bound->above * eight.below * 8, bound->below * eight.above };
    decimal = expand(&ratio);
    sim_text_add(pattern, "(");
    if (at_least)
        add_least(pattern, &decimal);
    else
        add_most(pattern, &decimal);
    sim_text_add(pattern, ") ?%s", unit);
}

static void add_units(struct sim_text *pattern, const struct sim_field *field,
                      const struct fraction *bound, bool at_least)
{
    const char *const *units = units_of(field->type);

    for (size_t i = 0; units[i] != NULL; i++) {
        if (i > 0)
            sim_text_add(pattern, "|");
        add_unit(pattern, field, bound, units[i], at_least);
    }
}

/* What is left of a value; never the dots of a range. */
#define REST "([^.]|[.][0-9])*"

/* One value, without anchors. Zero may stand without a unit. */
static void add_value(struct sim_text *pattern, const struct sim_field *field,
                      const struct fraction *bound, bool most)
{
    bool negative = bound->negative, zero = bound->above == 0;

    sim_text_add(pattern, "(");
    if (zero || (most && !negative) || (!most && negative))
        sim_text_add(pattern, "[-+]?0([.]0+)?([^0-9.]" REST ")?|");
    if (most && !negative)
        sim_text_add(pattern, "-" REST "|");
    if (!most && negative)
        sim_text_add(pattern, "[+]?[0-9]" REST "|");
    if (zero) {
        sim_text_add(pattern, most ? "-" REST : "[+]?[0-9]" REST);
    } else {
        sim_text_add(pattern, negative ? "-(" : "[+]?(");
        add_units(pattern, field, bound, most == negative);
        sim_text_add(pattern, ")");
    }
    sim_text_add(pattern, ")");
}

char *sim_pattern_bound(const struct sim_field *field, bool most, bool range)
{
    const char *text = most ? sim_bind_most(field) : sim_bind_least(field);
    struct sim_text pattern = { 0 };
    struct fraction bound;

    if (text == NULL)
        return NULL;
    bound = parse(field, text);
    sim_text_add(&pattern, "^");
    add_value(&pattern, field, &bound, most);
    if (range) {
        sim_text_add(&pattern, "( ?[.][.] ?");
        add_value(&pattern, field, &bound, most);
        sim_text_add(&pattern, ")?");
    }
    sim_text_add(&pattern, "$");
    return pattern.bytes;
}
