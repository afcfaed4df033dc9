/* distribution.c - see distribution.h.
 *
 * Normal, lognormal, Pareto, Weibull and gamma are sampled from a table of their quantile function.
 * The words are divided by octaves of their distance from the nearer end (the upper tail is a
 * mirror of the lower), and each octave into equal segments, so that the tails, where the function
 * bends most, have the finest grid. A segment holds a polynomial of degree 7 that goes through the
 * exact quantile function at 8 places. Beyond the last octave (3 words in 100 000), and in any
 * segment whose polynomial is not good enough, the function itself is computed: there is no cut-off
 * tail. */
#include "sim/core/distribution.h"

#include "sim/core/digest.h"
#include "sim/core/gamma.h"
#include "sim/core/math.h"
#include "sim/core/mem.h"
#include "sim/core/rng.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum kind {
    CONSTANT,
    UNIFORM,
    EXPONENTIAL,      /* that can't reach the limit, plus `base` */
    EXPONENTIAL_LONG, /* that can */
    NORMAL,
    LOGNORMAL,
    PARETO,
    WEIBULL,
    GAMMA,
    EMPIRICAL,
    MIX,
    SHIFT,
};

enum {
    OCTAVES = 16,
    SEGMENT_BITS = 3,
    SEGMENTS = 1 << SEGMENT_BITS, /* of an octave */
    COEFFICIENTS = 8,             /* a segment is a cache line */
    CACHE_LINE = 64,
    TABLE_SEGMENTS = 2 * OCTAVES * SEGMENTS,
    EXPONENTIAL_MOST = 46, /* means: more than any word gives */
};

#define LIMIT ((double)SIM_TIME_LIMIT)
#define TOP_BIT (UINT64_C(1) << 63)
/* Above, any positive scale times its exp is beyond the limit; sim_exp would assert long after. */
#define EXPONENT_LIMIT 100.0

struct segment {
    double c[COEFFICIENTS]; /* of the powers of t, from -1 to 1 within the segment; c[0] is NaN
                               where they are no good */
};

struct sim_distribution {
    enum kind kind;
    uint32_t count;              /* of parts */
    sim_time base;               /* the constant, the lower end, what a shift adds */
    uint64_t span;               /* how many values a uniform has; how many steps an empirical */
    double scale, shape;         /* or the mean and the deviation, the median and the sigma */
    const struct segment *table; /* in `block`, aligned */
    const sim_time *values;      /* in `block` */
    const uint64_t *thresholds;  /* in `block`: a part is taken by words up to its own and above the
                                    one before */
    struct sim_distribution **parts;
    void *block;
};

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

static sim_time clamp(sim_time t)
{
    return t > SIM_TIME_LIMIT ? SIM_TIME_LIMIT : t < -SIM_TIME_LIMIT ? -SIM_TIME_LIMIT : t;
}

/* To the nearest nanosecond within the limits. */
static sim_time to_time(double x)
{
    uint64_t bits;
    double half;

    x = x < LIMIT ? x : LIMIT;
    x = x > -LIMIT ? x : -LIMIT;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits & TOP_BIT) |
           UINT64_C(0x3fe0000000000000); /* 0.5 with the sign of x, without a branch */
    memcpy(&half, &bits, sizeof half);
    return (sim_time)(x + half);
}

/* (WORD + 0.5) / 2^64, the probability that a word stands for, rounded once; 1 for the last ones.
 */
static double share(uint64_t word)
{
    return word < TOP_BIT ? (double)(2 * word + 1) * 0x1p-65 : (double)word * 0x1p-64;
}

static double normal_quantile(uint64_t word)
{
    return word < TOP_BIT ? sim_normal_quantile(share(word)) : -sim_normal_quantile(share(~word));
}

/* The quantile function itself, in full precision on both tails. */
static double quantile(const struct sim_distribution *d, uint64_t word)
{
    switch (d->kind) {
    case NORMAL:
        return d->scale + d->shape * normal_quantile(word);
    case LOGNORMAL:
        return d->scale * sim_exp(d->shape * normal_quantile(word));
    case PARETO:
        return d->scale * sim_exp(least_of(sim_exponential_word(~word) / d->shape, EXPONENT_LIMIT));
    case WEIBULL:
        return d->scale * sim_exp(sim_log(sim_exponential_word(~word)) / d->shape);
    default:
        assert(d->kind == GAMMA);
        return d->scale * sim_gamma_quantile(d->shape, share(word), share(~word));
    }
}

static double evaluate(const struct segment *segment, double t)
{
    const double *c = segment->c;
    double t2 = t * t, t4 = t2 * t2;

    return ((c[0] + c[1] * t) + t2 * (c[2] + c[3] * t)) +
           t4 * ((c[4] + c[5] * t) + t2 * (c[6] + c[7] * t));
}

static double table_sample(const struct sim_distribution *d, uint64_t word)
{
    uint64_t upper = word >> 63, distance = word ^ (0 - upper), m;
    int zeros = __builtin_clzll(distance | 1); /* at least 1 */
    double t, x;

    if (zeros > OCTAVES)
        return quantile(d, word);
    m = distance << zeros << 1; /* the leading one is gone */
    t = (double)(int64_t)(m << SEGMENT_BITS ^ TOP_BIT) * 0x1p-63;
    x = evaluate(&d->table[((upper * OCTAVES + (uint64_t)zeros - 1) << SEGMENT_BITS) +
                           (m >> (64 - SEGMENT_BITS))],
                 t);
    return x == x ? x : quantile(d, word);
}

/* The word at T of a segment: the inverse of what table_sample does. */
static uint64_t word_at(uint64_t index, double t)
{
    uint64_t upper = index / (OCTAVES * SEGMENTS), octave = index / SEGMENTS % OCTAVES;
    uint64_t width = TOP_BIT >> (octave + 1 + SEGMENT_BITS);
    uint64_t start = (TOP_BIT >> (octave + 1)) + index % SEGMENTS * width;
    uint64_t distance = start + (uint64_t)((t + 1.0) * 0.5 * (double)width);

    return distance ^ (0 - upper);
}

/* The polynomial through the quantile function at the extremes of a Chebyshev polynomial, cos(k pi
 * / 7), where the error is spread evenly and neighbours meet: by divided differences, which are
 * then multiplied out. */
static void fit_segment(const struct sim_distribution *d, uint64_t index, struct segment *segment)
{
    static const double places[COEFFICIENTS] = {
        -1.0,
        -0x1.cd4bca9cb5c71p-1,
        -0x1.3f3a0e28bedd1p-1,
        -0x1.c7b90e3024582p-3,
        0x1.c7b90e3024582p-3,
        0x1.3f3a0e28bedd1p-1,
        0x1.cd4bca9cb5c71p-1,
        1.0,
    };
    double *c = segment->c;

    for (int i = 0; i < COEFFICIENTS; i++)
        c[i] = quantile(d, word_at(index, places[i]));
    for (int order = 1; order < COEFFICIENTS; order++)
        for (int i = COEFFICIENTS - 1; i >= order; i--)
            c[i] = (c[i] - c[i - 1]) / (places[i] - places[i - order]);
    for (int order = COEFFICIENTS - 2; order >= 0; order--)
        for (int i = order; i < COEFFICIENTS - 1; i++)
            c[i] -= places[order] * c[i + 1];
}

/* Between the places, too, the polynomial must agree: to 10^-7 of the value or an eighth of a
 * nanosecond. It does not where a shape is so extreme that the quantile grows manifold within one
 * segment. */
static bool is_good(const struct sim_distribution *d, uint64_t index, const struct segment *segment)
{
    static const double places[] = { -0.95, 0.0, 0.95 };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        double truth = quantile(d, word_at(index, places[i]));
        double error = evaluate(segment, places[i]) - truth, size = truth < 0.0 ? -truth : truth;

        if (!((error < 0.0 ? -error : error) <= 1e-7 * size + 0.125))
            return false;
    }
    return true;
}

static void make_table(struct sim_distribution *d)
{
    static const uint64_t nan = UINT64_C(0x7ff8000000000000);
    struct segment *table;

    d->block = sim_alloc(TABLE_SEGMENTS * sizeof *table + CACHE_LINE);
    table = (struct segment *)((char *)d->block + (CACHE_LINE - (uintptr_t)d->block % CACHE_LINE));
    for (uint64_t index = 0; index < TABLE_SEGMENTS; index++) {
        fit_segment(d, index, &table[index]);
        if (!is_good(d, index, &table[index]))
            memcpy(&table[index].c[0], &nan, sizeof nan);
    }
    d->table = table;
}

static struct sim_distribution *create(enum kind kind)
{
    struct sim_distribution *d = sim_alloc(sizeof *d);

    d->kind = kind;
    return d;
}

static struct sim_distribution *create_table(enum kind kind, double scale, double shape)
{
    struct sim_distribution *d = create(kind);

    d->scale = scale;
    d->shape = shape;
    make_table(d);
    return d;
}

static bool within_limit(sim_time t)
{
    return t >= -SIM_TIME_LIMIT && t <= SIM_TIME_LIMIT;
}

struct sim_distribution *sim_distribution_constant(sim_time value)
{
    struct sim_distribution *d = create(CONSTANT);

    assert(within_limit(value));
    d->base = value;
    return d;
}

struct sim_distribution *sim_distribution_uniform(sim_time low, sim_time high)
{
    struct sim_distribution *d = create(UNIFORM);

    assert(within_limit(low));
    assert(within_limit(high));
    assert(low <= high);
    d->base = low;
    d->span = (uint64_t)(high - low) + 1;
    return d;
}

struct sim_distribution *sim_distribution_exponential(sim_time mean)
{
    struct sim_distribution *d =
        create(mean < SIM_TIME_LIMIT / EXPONENTIAL_MOST ? EXPONENTIAL : EXPONENTIAL_LONG);

    assert(mean >= 0);
    assert(within_limit(mean));
    d->scale = (double)mean;
    return d;
}

struct sim_distribution *sim_distribution_normal(sim_time mean, sim_time deviation)
{
    assert(within_limit(mean));
    assert(within_limit(deviation));
    assert(deviation >= 0);
    if (deviation == 0)
        return sim_distribution_constant(mean);
    return create_table(NORMAL, (double)mean, (double)deviation);
}

struct sim_distribution *sim_distribution_lognormal(sim_time median, sim_time p99)
{
    assert(median > 0);
    assert(median <= p99);
    assert(within_limit(p99));
    if (median == p99)
        return sim_distribution_constant(median);
    return create_table(LOGNORMAL, (double)median,
                        sim_log((double)p99 / (double)median) / sim_normal_quantile(0.99));
}

static void assert_scale_and_shape(sim_time scale, double shape)
{
    assert(scale > 0);
    assert(within_limit(scale));
    assert(shape >= SIM_SHAPE_LEAST);
    assert(shape <= SIM_SHAPE_MOST);
}

struct sim_distribution *sim_distribution_pareto(sim_time scale, double shape)
{
    assert_scale_and_shape(scale, shape);
    return create_table(PARETO, (double)scale, shape);
}

struct sim_distribution *sim_distribution_weibull(sim_time scale, double shape)
{
    assert_scale_and_shape(scale, shape);
    return create_table(WEIBULL, (double)scale, shape);
}

struct sim_distribution *sim_distribution_gamma(sim_time mean, double shape)
{
    assert_scale_and_shape(mean, shape);
    return create_table(GAMMA, (double)mean / shape, shape);
}

struct sim_distribution *sim_distribution_empirical(const sim_time *values, size_t count)
{
    struct sim_distribution *d = create(EMPIRICAL);
    sim_time *copy;

    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert(within_limit(values[i]));
        assert(i == 0 || values[i - 1] <= values[i]);
    }
    /* The last value stands twice: the step after the largest word is never taken, but may be
     * looked at. */
    copy = sim_alloc_array(count + 1, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    copy[count] = copy[count - 1];
    d->block = copy;
    d->values = copy;
    d->span = count - 1;
    return d;
}

struct sim_distribution *sim_distribution_mix(struct sim_distribution *const *parts,
                                              const double *weights, size_t count)
{
    struct sim_distribution *d = create(MIX);
    double total = 0.0, below = 0.0;
    uint64_t *thresholds;
    size_t last = 0;

    assert(count > 0);
    assert(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(weights[i] >= 0.0);
        total += weights[i];
        if (weights[i] > 0.0)
            last = i;
    }
    assert(total > 0.0);
    assert(total <= 1e300);
    thresholds = sim_alloc_array(count, sizeof *thresholds);
    d->parts = sim_alloc_array(count, sizeof(struct sim_distribution *));
    for (size_t i = 0; i < count; i++) {
        double upto;

        below += weights[i];
        upto = below / total * 0x1p64;
        thresholds[i] = i >= last || upto >= 0x1p64 ? UINT64_MAX : (uint64_t)upto;
        d->parts[i] = parts[i];
    }
    d->block = thresholds;
    d->thresholds = thresholds;
    d->count = (uint32_t)count;
    return d;
}

/* Most shifts stand on the way of every message: where nothing can reach the limit, the part takes
 * the shift into itself. */
static bool absorbs(const struct sim_distribution *part, sim_time plus)
{
    switch (part->kind) {
    case CONSTANT:
        return within_limit(part->base + plus);
    case UNIFORM:
        return within_limit(part->base + plus) &&
               within_limit(part->base + plus + (sim_time)part->span);
    case EXPONENTIAL:
        return part->scale * EXPONENTIAL_MOST + (double)part->base + (double)plus < LIMIT &&
               within_limit(part->base + plus);
    default:
        return false;
    }
}

struct sim_distribution *sim_distribution_shift(struct sim_distribution *part, sim_time plus)
{
    assert(part != NULL);
    assert(within_limit(plus));
    if (absorbs(part, plus)) {
        part->base += plus;
        return part;
    }
    struct sim_distribution *d = create(SHIFT);
    d->parts = sim_alloc(sizeof(struct sim_distribution *));
    d->parts[0] = part;
    d->count = 1;
    d->base = plus;
    return d;
}

void sim_distribution_destroy(struct sim_distribution *distribution)
{
    if (distribution == NULL)
        return;
    for (uint32_t i = 0; i < distribution->count; i++)
        sim_distribution_destroy(distribution->parts[i]);
    sim_free(distribution->parts);
    sim_free(distribution->block);
    sim_free(distribution);
}

/* WORD times the number of steps: the integer part is the step, the fraction the place within it.
 */
static sim_time empirical_sample(const struct sim_distribution *d, uint64_t word)
{
    sim_wide position = (sim_wide)word * d->span;
    const sim_time *step = &d->values[(uint64_t)(position >> 64)];
    sim_wide rise = (sim_wide)(uint64_t)(step[1] - step[0]) * (uint64_t)position;

    return step[0] + (sim_time)((rise + TOP_BIT) >> 64);
}

static const struct sim_distribution *part_of(const struct sim_distribution *mix, uint64_t word)
{
    uint32_t i = 0;

    while (i + 1 < mix->count && word >= mix->thresholds[i])
        i++;
    return mix->parts[i];
}

/* The word within a part of a mix. A permutation of all words that leaves nothing of their order,
 * so that the place in the part has nothing to do with the choice of the part; changing a weight
 * leaves the places alone. */
static uint64_t inner_word(uint64_t word)
{
    return sim_scramble(word ^ UINT64_C(0x9fb21c651e98df25));
}

/* Apart, so that the way of all others stays short. */
static __attribute__((noinline)) sim_time mix_sample(const struct sim_distribution *mix,
                                                     uint64_t word)
{
    return sim_distribution_sample(part_of(mix, word), inner_word(word));
}

static __attribute__((noinline)) sim_time sample_of_kind(const struct sim_distribution *d,
                                                         uint64_t word)
{
    switch (d->kind) {
    case CONSTANT:
        return d->base;
    case UNIFORM:
        return d->base + (sim_time)sim_below(word, d->span);
    case EXPONENTIAL_LONG:
        return (sim_time)(least_of(d->scale * sim_exponential_word(~word), LIMIT) + 0.5);
    case EMPIRICAL:
        return empirical_sample(d, word);
    case MIX:
        return mix_sample(d, word);
    case SHIFT:
        return clamp(sim_distribution_sample(d->parts[0], word) + d->base);
    default:
        return to_time(table_sample(d, word));
    }
}

/* The exponential is the commonest latency. It calls nothing, so apart from the others it needs to
 * save no register, and can stand where it is called. */
sim_time sim_distribution_sample(const struct sim_distribution *distribution, uint64_t word)
{
    const struct sim_distribution *d = distribution;

    if (d == NULL)
        return 0;
    if (d->kind ==
        EXPONENTIAL) /* of the complement, so that like all others it rises with the word */
        return d->base + (sim_time)(d->scale * sim_exponential_word(~word) + 0.5);
    return sample_of_kind(d, word);
}

sim_time sim_distribution_least(const struct sim_distribution *distribution)
{
    const struct sim_distribution *d = distribution;
    sim_time least = SIM_TIME_LIMIT;

    if (d == NULL || d->count == 0)
        return sim_distribution_sample(d, 0);
    if (d->kind == SHIFT)
        return clamp(sim_distribution_least(d->parts[0]) + d->base);
    for (uint32_t i = 0; i < d->count; i++) {
        sim_time part = sim_distribution_least(d->parts[i]);

        if (d->thresholds[i] > (i > 0 ? d->thresholds[i - 1] : 0) && part < least)
            least = part;
    }
    return least;
}

sim_time sim_distribution_most(const struct sim_distribution *distribution)
{
    const struct sim_distribution *d = distribution;
    sim_time most = -SIM_TIME_LIMIT;

    if (d == NULL || d->count == 0)
        return sim_distribution_sample(d, UINT64_MAX);
    if (d->kind == SHIFT)
        return clamp(sim_distribution_most(d->parts[0]) + d->base);
    for (uint32_t i = 0; i < d->count; i++) {
        sim_time part = sim_distribution_most(d->parts[i]);

        if (d->thresholds[i] > (i > 0 ? d->thresholds[i - 1] : 0) && part > most)
            most = part;
    }
    return most;
}

/* The share of the words whose sample is at most T: for a distribution that rises with the word,
 * where it passes T. */
static double share_upto(const struct sim_distribution *d, sim_time t)
{
    uint64_t low = 0, high = UINT64_MAX;
    double sum = 0.0;

    if (t >= SIM_TIME_LIMIT)
        return 1.0;
    if (t < -SIM_TIME_LIMIT)
        return 0.0;
    if (d->kind == SHIFT)
        return share_upto(d->parts[0], t - d->base);
    if (d->kind == MIX) {
        for (uint32_t i = 0; i < d->count; i++) {
            uint64_t before = i > 0 ? d->thresholds[i - 1] : 0;

            if (d->thresholds[i] > before)
                sum += (double)(d->thresholds[i] - before) * 0x1p-64 * share_upto(d->parts[i], t);
        }
        return sum;
    }
    if (sim_distribution_sample(d, high) <= t)
        return 1.0;
    while (low < high) { /* the first word whose sample is above t */
        uint64_t middle = low + (high - low) / 2;

        if (sim_distribution_sample(d, middle) <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return (double)low * 0x1p-64;
}

/* A mix does not rise with the word; but its share up to t rises with t. */
static sim_time mix_quantile(const struct sim_distribution *mix, double p)
{
    sim_time low = sim_distribution_least(mix), high = sim_distribution_most(mix);

    if (p >= 1.0) /* a sum of shares may reach 1 earlier, by rounding */
        return high;
    while (low < high) { /* the first t whose share is p at least */
        sim_time middle = low + (sim_time)((uint64_t)(high - low) / 2);

        if (share_upto(mix, middle) < p)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

sim_time sim_distribution_quantile(const struct sim_distribution *distribution, double p)
{
    const struct sim_distribution *d = distribution;

    assert(p >= 0.0);
    assert(p <= 1.0);
    if (d == NULL)
        return 0;
    if (d->kind == SHIFT)
        return clamp(sim_distribution_quantile(d->parts[0], p) + d->base);
    if (d->kind == MIX)
        return mix_quantile(d, p);
    return sim_distribution_sample(d, p < 1.0 ? (uint64_t)(p * 0x1p64) : UINT64_MAX);
}
