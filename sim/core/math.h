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

/* The grid of sim_log: entry i stands at c = (64 + i) / 128. */
struct sim_log_point {
    double reciprocal; /* 2^-64 / c */
    double value;      /* -log(c) */
};
enum { SIM_LOG_POINTS = 65 };
extern const struct sim_log_point sim_log_points[SIM_LOG_POINTS];

/* The grid of sim_exponential_word: entry i stands at c = (128 + i) / 256 and holds -log(c) and the
 * coefficients of -log(c + f / 2^65) in f. */
struct sim_exponential_point {
    double value, coefficient[4];
};
enum { SIM_EXPONENTIAL_POINTS = 129 };
extern const struct sim_exponential_point sim_exponential_points[SIM_EXPONENTIAL_POINTS];

/* -log((WORD + 0.5) / 2^64): an exponential variate of mean 1 from 64 random bits, falling in WORD
 * (up to its error), from 2^-65 to 45.05. Relative error below 5e-12, also where the logarithm is
 * next to 0.
 *
 * On the way of every message, and what follows has to wait for it: so the reciprocals are in the
 * table and the series is cut in two halves that are computed side by side. WORD + 0.5 = 2^-z * m
 * with 2^63 <= m < 2^64; the distance of m from the grid point next to it is taken in integers, so
 * nothing cancels. The last grid point is 2^64 itself, where the logarithm sought is 0. */
static inline double sim_exponential_word(uint64_t word)
{
    const struct sim_exponential_point *point;
    uint64_t m, next;
    double f, near, far;
    int zeros;

    if (word == 0)
        return 0x1.686fc0af622d7p+5; /* 65 log 2 */
    zeros = __builtin_clzll(word);
    m = word << zeros | UINT64_C(1) << zeros >> 1;
    next = ((m >> 55) + 1) >> 1;
    point = &sim_exponential_points[next - 128];
    /* The half belongs to m when nothing was shifted; else it is in m already, and half a unit is
     * nothing. */
    f = (double)(int64_t)((m - (next << 56)) * 2 + 1);
    near = point->coefficient[0] + point->coefficient[1] * f;
    far = (point->coefficient[2] + point->coefficient[3] * f) * (f * f);
    return ((double)zeros * 0x1.62e42fefa39efp-1 + point->value) + (near + far) * f;
}

#endif
