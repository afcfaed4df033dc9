/* math.h - log, exp and pow that give the same bits everywhere.
 *
 * Those of libm differ by an ulp between platforms and even between processors of one platform, so
 * nothing that a run reads may use them. These are made of + - * / and integer operations alone,
 * and built with -ffp-contract=off.
 *
 * Accuracy: below 1 ulp for log, exp and pow (2 ulp where the result is subnormal); see each.
 * Errors: the arguments are asserted (x > 0 for log and pow; finite). A result of exp or pow that
 * overflows is asserted, one that underflows is 0. Determinism: the same bits on every machine,
 * compiler and optimisation level. */
#ifndef SIM_CORE_MATH_H
#define SIM_CORE_MATH_H

#include <stdint.h>

double sim_log(double x);
double sim_exp(double x);           /* x < 709.78 */
double sim_pow(double x, double y); /* x > 0 */
double sim_sqrt(double x);          /* correctly rounded, as IEEE 754 demands */

/* The quantile function of the standard normal distribution at 0 < p < 1. Source named in math.c.
 */
double sim_normal_quantile(double p);

/* The grid of sim_log and sim_exponential_word: entry i stands at c = (64 + i) / 128. */
struct sim_log_point {
    double reciprocal; /* 2^-64 / c */
    double value;      /* -log(c) */
};
enum { SIM_LOG_POINTS = 65 };
extern const struct sim_log_point sim_log_points[SIM_LOG_POINTS];

/* -log((WORD + 0.5) / 2^64): an exponential variate of mean 1 from 64 random bits, falling in WORD
 * (up to its error), from 2^-65 to 45.05. Relative error below 2e-13, also where the logarithm is
 * next to 0.
 *
 * Inline and without sim_log because it is on the way of every event. WORD + 0.5 = 2^-z * m with
 * 2^63 <= m < 2^64, and log(m) = log(C) + log1p((m - C) / C) for the grid point C next to m; the
 * difference is taken in integers, so nothing cancels. The last grid point is 2^64 itself, where
 * the logarithm sought is 0. */
static inline double sim_exponential_word(uint64_t word)
{
    int zeros;
    uint64_t m, point;
    double t, square, series;

    if (word == 0)
        return 0x1.686fc0af622d7p+5; /* 65 log 2 */
    zeros = __builtin_clzll(word);
    m = word << zeros | UINT64_C(1) << zeros >> 1;
    point = ((m >> 56) + 1) >> 1;
    /* The half belongs to m when nothing was shifted; else it is in m already, and half a unit is
     * nothing. */
    t = ((double)(int64_t)(m - (point << 57)) + 0.5) * sim_log_points[point - 64].reciprocal;
    square = t * t;
    series = (1.0 - 0.5 * t) + square * ((1.0 / 3.0 - 0.25 * t) + square * 0.2);
    return ((double)zeros * 0x1.62e42fefa39efp-1 + sim_log_points[point - 64].value) - t * series;
}

#endif
