#include "sim/observe/figure.h"

#include "sim/core/digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS_MAX = 7 };

const char *sim_figure_count(char text[SIM_FIGURE_TEXT], uint64_t count)
{
    char digits[24];
    size_t length, at = 0;

    snprintf(digits, sizeof(digits), "%" PRIu64, count);
    length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ' ';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

/* Writes SCALED / 10^DECIMALS, thousands apart; TEXT has one place less than the others. */
static void write_decimal(char *text, uint64_t scaled, unsigned decimals, const char *unit)
{
    uint64_t power = 1;
    char whole[SIM_FIGURE_TEXT], fraction[24] = "";

    for (unsigned i = 0; i < decimals; i++)
        power *= 10;
    if (decimals > 0)
        snprintf(fraction, sizeof(fraction), ".%0*" PRIu64, (int)decimals, scaled % power);
    snprintf(text, SIM_FIGURE_TEXT - 1, "%.28s%.12s%.4s", sim_figure_count(whole, scaled / power),
             fraction, unit);
}

/* A time in its unit: SCALED / 10^DECIMALS of UNIT. */
struct rounded {
    uint64_t scaled, unit;
    unsigned decimals;
    const char *name;
};

static struct rounded round_time(uint64_t value)
{
    static const char *const names[] = { "ns", "us", "ms", "s" };
    struct rounded rounded = { .unit = 1 };
    unsigned kind = 0;

    while (kind < 3 && value >= rounded.unit * 1000) {
        rounded.unit *= 1000;
        kind++;
    }
    if (kind > 0 && value < rounded.unit * 100)
        rounded.decimals = value < rounded.unit * 10 ? 2 : 1;
    rounded.scaled = value * (rounded.decimals == 0 ? 1 : rounded.decimals == 1 ? 10 : 100);
    rounded.scaled = (rounded.scaled + rounded.unit / 2) / rounded.unit;
    if (rounded.decimals > 0 && rounded.scaled >= 1000) { /* 99.96 became 100.0 */
        rounded.decimals--;
        rounded.scaled /= 10;
    }
    if (kind < 3 && rounded.decimals == 0 && rounded.scaled >= 1000) { /* 999.6us became 1000us */
        rounded.decimals = 2;
        rounded.scaled = 100;
        rounded.unit *= 1000;
        kind++;
    }
    rounded.name = names[kind];
    return rounded;
}

const char *sim_figure_time(char text[SIM_FIGURE_TEXT], sim_time t)
{
    struct rounded rounded = round_time(t < 0 ? 0 - (uint64_t)t : (uint64_t)t);

    if (t == SIM_TIME_NEVER) {
        memcpy(text, "never", sizeof("never"));
        return text;
    }
    write_decimal(text + (t < 0 ? 1 : 0), rounded.scaled, rounded.decimals, rounded.name);
    if (t < 0)
        text[0] = '-';
    return text;
}

const char *sim_figure_time_beside(char text[SIM_FIGURE_TEXT], sim_time t, sim_time bound)
{
    struct rounded rounded;
    uint64_t shown;
    char exact[SIM_TIME_TEXT];

    assert(t >= 0);
    assert(bound >= 0);
    rounded = round_time((uint64_t)t);
    shown = rounded.scaled * rounded.unit /
            (rounded.decimals == 0   ? 1
             : rounded.decimals == 1 ? 10
                                     : 100);
    if ((shown <= (uint64_t)bound) == (t <= bound))
        return sim_figure_time(text, t);
    snprintf(text, SIM_FIGURE_TEXT, "%s", sim_time_text(exact, t));
    return text;
}

/* PART / WHOLE * 10^DECIMALS, cut off or with UP raised to the next integer. */
static uint64_t scale(sim_wide part, sim_wide whole, unsigned decimals, bool up)
{
    for (unsigned i = 0; i < decimals; i++)
        part *= 10;
    return (uint64_t)((part + (up ? whole - 1 : 0)) / whole);
}

const char *sim_figure_share(char text[SIM_FIGURE_TEXT], uint64_t part, uint64_t whole)
{
    sim_wide percent = (sim_wide)part * 100, rest = (sim_wide)(whole - part) * 100;
    unsigned decimals = 1;

    assert(whole > 0);
    assert(part <= whole);
    if (part == 0 || part == whole) {
        snprintf(text, SIM_FIGURE_TEXT, "%s %%", part == 0 ? "0" : "100");
        return text;
    }
    /* three digits of small shares, two of what is missing from large ones */
    while (decimals < DECIMALS_MAX && (scale(percent, whole, decimals, false) < 100 ||
                                       scale(rest, whole, decimals, false) < 10))
        decimals++;
    write_decimal(text, scale(percent, whole, decimals, false), decimals, " %");
    return text;
}

const char *sim_figure_rate(char text[SIM_FIGURE_TEXT], uint64_t count, sim_time span, bool up)
{
    sim_wide part = (sim_wide)count * (uint64_t)SIM_SECOND, whole;
    unsigned decimals = 0;

    assert(span > 0);
    whole = (sim_wide)(uint64_t)span;
    while (count > 0 && decimals < DECIMALS_MAX && scale(part, whole, decimals, up) < 100)
        decimals++;
    write_decimal(text, scale(part, whole, decimals, up), decimals, "/s");
    return text;
}

int64_t sim_figure_billionths(double share)
{
    assert(share >= 0);
    assert(share <= 1);
    return (int64_t)(share * 1e9 + 0.5);
}

const char *sim_figure_share_bound(char text[SIM_FIGURE_TEXT], double share)
{
    uint64_t scaled = (uint64_t)sim_figure_billionths(share); /* percent, seven decimals */
    unsigned decimals = DECIMALS_MAX;

    while (decimals > 0 && scaled % 10 == 0) {
        scaled /= 10;
        decimals--;
    }
    write_decimal(text, scaled, decimals, " %");
    return text;
}

/* k if N is 10^k, else -1. */
static int power_of_ten(int64_t n)
{
    int power = 0;

    for (; n >= 10 && n % 10 == 0; n /= 10)
        power++;
    return n == 1 ? power : -1;
}

/* A rate is kept as a whole count per so many units: "86.5/s" is 865 in 10 s. */
const char *sim_figure_rate_bound(char text[SIM_FIGURE_TEXT], const struct sim_rate *rate)
{
    static const struct {
        const char *name;
        sim_time span;
    } units[] = { { "/s", SIM_SECOND }, { "/min", 60 * SIM_SECOND }, { "/h", 3600 * SIM_SECOND } };
    char count[SIM_FIGURE_TEXT], per[SIM_TIME_TEXT];

    assert(rate->count >= 0);
    assert(rate->per > 0);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        int power = rate->per % units[i].span == 0 ? power_of_ten(rate->per / units[i].span) : -1;

        if (power >= 0) {
            uint64_t scaled = (uint64_t)rate->count;

            for (; power > 0 && scaled % 10 == 0; power--)
                scaled /= 10;
            write_decimal(text, scaled, (unsigned)power, units[i].name);
            return text;
        }
    }
    sim_figure_count(count, (uint64_t)rate->count);
    snprintf(text, SIM_FIGURE_TEXT, "%.24s per %.18s", count, sim_time_text(per, rate->per));
    return text;
}
