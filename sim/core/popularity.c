/* popularity.c - see distribution.h.
 *
 * Zipf: W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions", ACM TOMACS 6 (1996). The bars 1/k^s lie under the curve x^-s moved by
 * half a place; its integral H is inverted, and what falls between curve and bar is rejected: at
 * most one draw in a few, whatever the count and the exponent. */
#include "sim/core/distribution.h"

#include "sim/core/digest.h"
#include "sim/core/math.h"
#include "sim/core/mem.h"
#include "sim/core/rng.h"

#include <assert.h>
#include <stdbool.h>

#define EXPONENT_MOST 10.0
/* Within this of 1, x^(1-s) / (1-s) has lost too many digits to be inverted. */
#define NEARLY_ONE 0x1p-10

struct sim_popularity {
    uint64_t count;
    bool is_uniform, is_nearly_one, is_latest, has_hotspot;
    double hot_keys, hot_share;
    uint64_t hot;                          /* so many of the things */
    double exponent, power, inverse_power; /* s, 1 - s, 1 / (1 - s) */
    double low, high;                      /* the integral over all bars, from and to */
    double safe; /* this much to the right of its place, nothing is rejected */
};

/* (e^t - 1) / t for |t| < 0.05. */
static double exponential_ratio(double t)
{
    double sum = 0.0;

    for (int n = 9; n >= 1; n--)
        sum = 1.0 + sum * t / (n + 1);
    return sum;
}

/* log(1 + v) / v for |v| < 0.05. */
static double logarithm_ratio(double v)
{
    double sum = 0.0;

    for (int n = 13; n >= 1; n--)
        sum = 1.0 / n - v * sum;
    return sum;
}

/* H(x) = x^(1-s) / (1-s), up to a constant; log(x) for s = 1. */
static double integral(const struct sim_popularity *zipf, double x)
{
    double log = sim_log(x), t = zipf->power * log;

    return zipf->is_nearly_one ? log * exponential_ratio(t) : sim_exp(t) * zipf->inverse_power;
}

static double integral_inverse(const struct sim_popularity *zipf, double area)
{
    double v = area * zipf->power;

    return sim_exp(zipf->is_nearly_one ? area * logarithm_ratio(v)
                                       : sim_log(v) * zipf->inverse_power);
}

static double bar(const struct sim_popularity *zipf, double place)
{
    return sim_exp(-zipf->exponent * sim_log(place));
}

struct sim_popularity *sim_popularity_uniform(void)
{
    struct sim_popularity *popularity = sim_alloc(sizeof *popularity);

    popularity->is_uniform = true;
    return popularity;
}

struct sim_popularity *sim_popularity_zipf(double exponent)
{
    struct sim_popularity *zipf = sim_alloc(sizeof *zipf);

    assert(exponent > 0.0);
    assert(exponent <= EXPONENT_MOST);
    zipf->exponent = exponent;
    zipf->power = 1.0 - exponent;
    zipf->is_nearly_one = zipf->power > -NEARLY_ONE && zipf->power < NEARLY_ONE;
    zipf->inverse_power = zipf->is_nearly_one ? 0.0 : 1.0 / zipf->power;
    zipf->low = integral(zipf, 1.5) - 1.0; /* the first bar is inverted as a whole */
    zipf->safe = 2.0 - integral_inverse(zipf, integral(zipf, 2.5) - bar(zipf, 2.0));
    return zipf;
}

struct sim_popularity *sim_popularity_latest(double exponent)
{
    struct sim_popularity *latest = sim_popularity_zipf(exponent);

    latest->is_latest = true;
    return latest;
}

struct sim_popularity *sim_popularity_hotspot(double keys, double share)
{
    struct sim_popularity *hotspot = sim_alloc(sizeof *hotspot);

    assert(keys >= 0.0);
    assert(keys <= 1.0);
    assert(share >= 0.0);
    assert(share <= 1.0);
    hotspot->has_hotspot = true;
    hotspot->hot_keys = keys;
    hotspot->hot_share = share;
    return hotspot;
}

bool sim_popularity_is_latest(const struct sim_popularity *popularity)
{
    return popularity->is_latest;
}

void sim_popularity_resize(struct sim_popularity *popularity, uint64_t count)
{
    assert(count > 0);
    popularity->count = count;
    if (popularity->has_hotspot) {
        popularity->hot = (uint64_t)(popularity->hot_keys * (double)count);
        if (popularity->hot == 0)
            popularity->hot = 1;
        if (popularity->hot > count)
            popularity->hot = count;
    } else if (!popularity->is_uniform)
        popularity->high = integral(popularity, (double)count + 0.5);
}

void sim_popularity_destroy(struct sim_popularity *popularity)
{
    sim_free(popularity);
}

static uint64_t zipf_sample(const struct sim_popularity *zipf, uint64_t word)
{
    uint64_t state = word, draw = word;

    for (;;) {
        double share = ((double)(draw >> 11) + 0.5) * 0x1p-53;
        double area = zipf->low + share * (zipf->high - zipf->low), x;
        uint64_t place;

        if (area > zipf->high) /* by rounding; for s > 1 it must not reach 0 */
            area = zipf->high;
        x = integral_inverse(zipf, area) + 0.5;
        if (x < 1.0)
            x = 1.0;
        place = x < (double)zipf->count ? (uint64_t)x : zipf->count;
        if ((double)place - (x - 0.5) <= zipf->safe)
            return place - 1;
        if (area >= integral(zipf, (double)place + 0.5) - bar(zipf, (double)place))
            return place - 1;
        state += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64: the sub-stream that the word opens */
        draw = sim_scramble(state);
    }
}

/* Which side of the hot spot is told by the word, which thing there by the next of its sub-stream.
 */
static uint64_t hotspot_sample(const struct sim_popularity *popularity, uint64_t word)
{
    double share = (double)(word >> 11) * 0x1p-53;
    uint64_t cold = popularity->count - popularity->hot;
    uint64_t draw = sim_scramble(word + UINT64_C(0x9e3779b97f4a7c15));

    if (share < popularity->hot_share || cold == 0)
        return sim_below(draw, popularity->hot);
    return popularity->hot + sim_below(draw, cold);
}

uint64_t sim_popularity_sample(const struct sim_popularity *popularity, uint64_t word)
{
    assert(popularity->count > 0);
    if (popularity->is_uniform)
        return sim_below(word, popularity->count);
    if (popularity->has_hotspot)
        return hotspot_sample(popularity, word);
    return zipf_sample(popularity, word);
}
