/* metric.h - histograms: counts of values in buckets that are fine relative to the value.
 *
 * Values below 256 have a bucket each; above, every power of two is cut into 128 equal steps, so a
 * bucket is less than 0.8 % of its values wide. Two histograms merge by adding counts, and a
 * percentile (the upper end of a bucket) is too large by less than that, never too small.
 *
 * Ownership: init/finish; a finished one is empty and may be used again. Determinism: integers
 * only. */
#ifndef SIM_OBSERVE_METRIC_H
#define SIM_OBSERVE_METRIC_H

#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_histogram {
    uint64_t count, sum_low, sum_high; /* the sum has 128 bits */
    int64_t least, most;               /* 0 if empty */
    uint64_t *buckets;                 /* grown to the largest value seen */
    size_t bucket_count;
};

void sim_histogram_init(struct sim_histogram *histogram);
void sim_histogram_finish(struct sim_histogram *histogram);
void sim_histogram_add(struct sim_histogram *histogram, int64_t value); /* value >= 0 */
void sim_histogram_merge(struct sim_histogram *into, const struct sim_histogram *from);
/* The least bucket end that at least MILLIONTHS of the values do not pass; never above the largest
 * value. 0 if empty. */
int64_t sim_histogram_quantile(const struct sim_histogram *histogram, uint32_t millionths);
double sim_histogram_mean(const struct sim_histogram *histogram); /* 0 if empty */

/* How many of COUNT sorted values lie at or below their quantile: the rank of it, from 1. COUNT >
 * 0. */
uint64_t sim_quantile_rank(uint64_t count, uint32_t millionths);

#endif
