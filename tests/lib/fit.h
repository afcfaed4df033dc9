/* fit.h - tests of fit for samplers: Kolmogorov-Smirnov for continuous laws, chi-square for counts.
 *
 * Both give the probability that a correct sampler strays as far as this one. Seeds are fixed, so a
 * test passes always or never; FIT_LEAST is what to ask for when the seed is chosen once and not
 * looked for. */
#ifndef TESTS_LIB_FIT_H
#define TESTS_LIB_FIT_H

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FIT_LEAST 1e-4

enum { FIT_BINS = 1 << 20 };

/* What is known of the draws: how many of their shares (of the law, at most the draw) fell into
 * each bin of 0 to 1. */
struct fit {
    uint32_t *bins;
    uint32_t count;
};

static inline struct fit fit_start(void)
{
    struct fit fit = { calloc(FIT_BINS, sizeof(uint32_t)), 0 };

    assert(fit.bins != NULL);
    return fit;
}

static inline void fit_add(struct fit *fit, double share)
{
    double bin = share * FIT_BINS;

    fit->bins[bin >= FIT_BINS ? FIT_BINS - 1 : bin < 0.0 ? 0 : (size_t)bin]++;
    fit->count++;
}

/* Kolmogorov and Smirnov. The distance is taken at the edges of the bins, a millionth apart, where
 * it cannot differ by more than that from the greatest. Frees the bins. */
static inline double fit_finish(struct fit *fit)
{
    double n = fit->count, below = 0.0, distance = 0.0, root = sqrt(n), lambda, p = 0.0;

    for (size_t i = 0; i < FIT_BINS; i++) {
        distance = fmax(distance, fabs(below / n - (double)i / FIT_BINS));
        below += fit->bins[i];
    }
    free(fit->bins);
    fit->bins = NULL;
    lambda = (root + 0.12 + 0.11 / root) * distance;
    if (lambda < 0.2)
        return 1.0;
    for (int k = 1; k <= 100; k++)
        p += (k % 2 == 1 ? 2.0 : -2.0) * exp(-2.0 * k * k * lambda * lambda);
    return p;
}

/* COUNTS against EXPECTED; what is expected less than ten times is thrown together with its
 * neighbours. */
static inline double fit_counts(const double *counts, const double *expected, size_t n)
{
    double square = 0.0, seen = 0.0, wanted = 0.0;
    size_t classes = 0;

    for (size_t i = 0; i < n; i++) {
        seen += counts[i];
        wanted += expected[i];
        if (wanted < 10.0 && i + 1 < n)
            continue;
        if (wanted > 0.0) {
            square += (seen - wanted) * (seen - wanted) / wanted;
            classes++;
        } else if (seen > 0.0) {
            return 0.0;
        }
        seen = wanted = 0.0;
    }
    return classes < 2 ? 1.0 : gsl_cdf_chisq_Q(square, (double)classes - 1.0);
}

#endif
