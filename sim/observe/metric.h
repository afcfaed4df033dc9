/* metric.h - counters, gauges and histograms by node group, operation and labelled window.
 *
 * Histograms have buckets of at most 1 % relative width (an exponent and 64 linear steps each), so two of them merge by
 * adding counts and a percentile is off by less than that.
 *
 * The warm-up is left out of all figures. An operation belongs to the window in which it was invoked.
 * Units: ns for latencies. Determinism: integers only; percentiles are upper ends of buckets. */
#ifndef SIM_OBSERVE_METRIC_H
#define SIM_OBSERVE_METRIC_H

#include "sim/core/time.h"
#include "sim/world/operation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_histogram {
    uint64_t count, sum_low, sum_high; /* the sum has 128 bits */
    int64_t least, most;
    uint64_t *buckets; /* grown to the largest value seen */
    size_t bucket_count;
};

void sim_histogram_init(struct sim_histogram *histogram);
void sim_histogram_finish(struct sim_histogram *histogram);
void sim_histogram_add(struct sim_histogram *histogram, int64_t value); /* value >= 0 */
void sim_histogram_merge(struct sim_histogram *into, const struct sim_histogram *from);
/* The least bucket end that at least MILLIONTHS of the values do not pass; never above the largest value. 0 if empty. */
int64_t sim_histogram_quantile(const struct sim_histogram *histogram, uint32_t millionths);
double sim_histogram_mean(const struct sim_histogram *histogram);

#endif
