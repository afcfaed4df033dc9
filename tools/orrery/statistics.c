#include "tools/orrery/statistics.h"
#include "sim/core/math.h"
#include "sim/core/mem.h"
#include "tools/orrery/beta.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

static const double tail = 0.025;

/* P(T > t) = I(n / (n + t^2); n / 2, 1 / 2) / 2 (Abramowitz and Stegun 26.7.1). */
double student_quantile(size_t freedom)
{
    double n = (double)freedom, low = 0, high = 16;

    assert(freedom > 0);
    for (int i = 0; i < 100; i++) {
        double t = low + (high - low) / 2;

        if (beta_share(n / 2, 0.5, n / (n + t * t)) / 2 > tail)
            low = t;
        else
            high = t;
    }
    return low + (high - low) / 2;
}

/* Twice through the values: a sum of squares would cancel. */
void estimate_make(struct estimate *estimate, const double *values, size_t count)
{
    double sum = 0, squares = 0;

    *estimate = (struct estimate){ 0 };
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        if (estimate->count == 0 || values[i] < estimate->least)
            estimate->least = values[i];
        if (estimate->count == 0 || values[i] > estimate->most)
            estimate->most = values[i];
        sum += values[i];
        estimate->count++;
    }
    if (estimate->count == 0)
        return;
    estimate->mean = sum / (double)estimate->count;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i]))
            squares += (values[i] - estimate->mean) * (values[i] - estimate->mean);
    }
    estimate->half = INFINITY;
    if (estimate->count == 1)
        return;
    if (estimate->least < estimate->most) /* else the mean is rounded, and nothing varies */
        estimate->deviation = sim_sqrt(squares / (double)(estimate->count - 1));
    estimate->half = student_quantile(estimate->count - 1) * estimate->deviation /
                     sim_sqrt((double)estimate->count);
}

/* Pearson's, of those seeds that have both. */
static double correlate(const double *a, const struct estimate *of_a, const double *b,
                        const struct estimate *of_b, size_t count)
{
    double products = 0;

    for (size_t i = 0; i < count; i++) {
        if (!isnan(a[i]) && !isnan(b[i]))
            products += (a[i] - of_a->mean) * (b[i] - of_b->mean);
    }
    return products / (double)(of_a->count - 1) / of_a->deviation / of_b->deviation;
}

void difference_make(struct difference *difference, const double *values, const double *baseline,
                     size_t count)
{
    double *a = sim_alloc_array(count, sizeof(*a)), *b = sim_alloc_array(count, sizeof(*b));
    double *between = sim_alloc_array(count, sizeof(*between));
    struct estimate of_a, of_b, *of = &difference->of;

    *difference = (struct difference){ 0 };
    for (size_t i = 0; i < count; i++) {
        bool both = !isnan(values[i]) && !isnan(baseline[i]);

        a[i] = both ? values[i] : NAN;
        b[i] = both ? baseline[i] : NAN;
        between[i] = a[i] - b[i];
    }
    estimate_make(&of_a, a, count);
    estimate_make(&of_b, b, count);
    estimate_make(of, between, count);
    difference->is_noise = of->mean - of->half <= 0 && of->mean + of->half >= 0;
    difference->has_effect = of->deviation > 0;
    if (difference->has_effect)
        difference->effect = of->mean / of->deviation;
    difference->varies = of_a.deviation > 0 && of_b.deviation > 0;
    if (difference->varies)
        difference->correlation = correlate(a, &of_a, b, &of_b, count);
    if (difference->varies && of->deviation > 0)
        difference->gain = (of_a.deviation * of_a.deviation + of_b.deviation * of_b.deviation) /
                           (of->deviation * of->deviation);
    sim_free(a);
    sim_free(b);
    sim_free(between);
}
