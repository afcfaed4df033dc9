/* statistics.h - means over seeds, and differences between what two variants made of the same ones.
 *
 * The interval of a mean is Student's: mean +- t * s / sqrt(n), with the two-sided 95 % quantile of
 * n - 1 degrees of freedom ("The Probable Error of a Mean", Biometrika 6, 1908). It takes the mean
 * over seeds for normally distributed, which from some ten seeds on is close enough for figures of
 * whole runs, each of which sums up thousands of operations.
 *
 * Variants run under the same seeds meet the same load and the same luck (common random numbers:
 * Law, "Simulation Modeling and Analysis", chapter 11.2), so they are compared seed by seed: the
 * interval is of the mean of the differences. The correlation says what that was worth: with it the
 * variance of a difference is (1 - r) of what independent seeds would give, if both variances are
 * alike; `gain` is the exact quotient. A seed under which either has no figure counts for neither.
 *
 * Determinism: sums in the order of the seeds. */
#ifndef TOOLS_ORRERY_STATISTICS_H
#define TOOLS_ORRERY_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct estimate {
    size_t count; /* of seeds that have the figure */
    double mean, deviation, least, most;
    double half; /* of the 95 % interval; infinite with a single seed */
};

struct difference {
    struct estimate of;      /* the differences, variant minus baseline */
    double effect;           /* their mean in units of their deviation (Cohen's d of pairs) */
    double correlation;      /* of the two over the seeds; 0 if one does not vary */
    double gain;             /* times as many independent seeds would tell as much; 0: not known */
    bool is_noise;           /* the interval has 0 in it */
    bool has_effect, varies; /* the deviation is not 0; both vary */
};

/* The value that Student's t of so many degrees of freedom exceeds with 2.5 %. */
double student_quantile(size_t freedom);

/* VALUES by seed; what is not a number is left out. */
void estimate_make(struct estimate *estimate, const double *values, size_t count);
void difference_make(struct difference *difference, const double *values, const double *baseline,
                     size_t count);

#endif
