/* distribution.h - durations drawn from a distribution, and popularities of keys.
 *
 * A sample is a pure function of (distribution, 64-bit word): every draw takes exactly one word
 * whatever comes out, so that streams stay aligned, and message luck needs no stream at all. All
 * but mixes are sampled by inversion: the sample rises with the word, so that variants with the
 * same luck stay close. Where the inverse is not cheap it is taken from a table that is made at
 * creation (16 KiB; 3 ms for gamma, below 0.3 ms else) and agrees with the inverse to 10^-7 at the
 * worst, usually to 10^-11, and to a nanosecond; the far tails are computed without it.
 *
 * Units: nanoseconds, rounded to the nearest. Shapes are doubles.
 * Ownership: create/destroy; a mix and a shift own their parts.
 * Errors: the constructors assert their ranges (the scenario's loader has refused bad ones before).
 * Determinism: sim/core/math only. */
#ifndef SIM_CORE_DISTRIBUTION_H
#define SIM_CORE_DISTRIBUTION_H

#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_distribution;

/* The range of the shapes below. Outside it nobody has data, and numbers overflow. */
#define SIM_SHAPE_LEAST 0.05
#define SIM_SHAPE_MOST 1000.0

struct sim_distribution *sim_distribution_constant(sim_time value);
struct sim_distribution *sim_distribution_uniform(sim_time low,
                                                  sim_time high); /* low <= high, both included */
struct sim_distribution *sim_distribution_exponential(sim_time mean);
struct sim_distribution *sim_distribution_normal(sim_time mean, sim_time deviation);
struct sim_distribution *sim_distribution_lognormal(sim_time median,
                                                    sim_time p99); /* 0 < median <= p99 */
struct sim_distribution *sim_distribution_pareto(sim_time scale,
                                                 double shape); /* least value, tail index */
struct sim_distribution *sim_distribution_weibull(sim_time scale, double shape);
struct sim_distribution *sim_distribution_gamma(sim_time mean, double shape);
/* Piecewise linear through the sorted VALUES (quantiles 0, 1/(count-1), ..., 1); copies them. */
struct sim_distribution *sim_distribution_empirical(const sim_time *values, size_t count);
/* One of PARTS with probability proportional to its weight (not negative, not all 0); takes the
 * parts. */
struct sim_distribution *sim_distribution_mix(struct sim_distribution *const *parts,
                                              const double *weights, size_t count);
/* PART plus a constant; takes PART. */
struct sim_distribution *sim_distribution_shift(struct sim_distribution *part, sim_time plus);
void sim_distribution_destroy(struct sim_distribution *distribution); /* NULL is fine */

/* The sample that WORD stands for, within -SIM_TIME_LIMIT..SIM_TIME_LIMIT. It can be negative
 * (normal, or a range below zero): who needs a duration clamps. NULL is the constant 0. */
sim_time sim_distribution_sample(const struct sim_distribution *distribution, uint64_t word);

/* The least and largest value that a sample takes for any word: finite tails end where the
 * probability is below 2^-64. */
sim_time sim_distribution_least(const struct sim_distribution *distribution);
sim_time sim_distribution_most(const struct sim_distribution *distribution);
/* The value that a sample is at most with probability P, 0 <= P <= 1: for defaults and messages. */
sim_time sim_distribution_quantile(const struct sim_distribution *distribution, double p);

/* How often each of N things is asked for: uniform, with a hot spot, or Zipf (the k-th with weight
 * 1/k^exponent, sampled by rejection-inversion, Hoermann and Derflinger 1996, from a sub-stream of
 * the one word). */
struct sim_popularity;

struct sim_popularity *sim_popularity_uniform(void);
struct sim_popularity *sim_popularity_zipf(double exponent); /* 0 < exponent <= 10 */
/* Zipf over how new things are: a sample is the place counted from the newest, which its user
 * knows.
 */
struct sim_popularity *sim_popularity_latest(double exponent);
/* The first KEYS of the things (a share, at least one thing) are asked for by SHARE of the draws,
 * evenly, and the others by the rest of them. */
struct sim_popularity *sim_popularity_hotspot(double keys, double share); /* each 0 to 1 */
bool sim_popularity_is_latest(const struct sim_popularity *popularity);
void sim_popularity_resize(struct sim_popularity *popularity,
                           uint64_t count); /* before the first sample */
void sim_popularity_destroy(struct sim_popularity *popularity);
uint64_t sim_popularity_sample(const struct sim_popularity *popularity,
                               uint64_t word); /* below count */

#endif
