#include "sim/observe/metric.h"

#include "sim/core/digest.h"
#include "sim/core/mem.h"

#include <assert.h>

enum { STEP_BITS = 7, STEPS = 1 << STEP_BITS, MILLION = 1000000 };

void sim_histogram_init(struct sim_histogram *histogram)
{
    *histogram = (struct sim_histogram){ 0 };
}

void sim_histogram_finish(struct sim_histogram *histogram)
{
    sim_free(histogram->buckets);
    *histogram = (struct sim_histogram){ 0 };
}

/* Which bucket VALUE falls into: with k = floor(log2 VALUE) >= 8 it is cut to its leading STEP_BITS
 * + 1 bits. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift;

    if (value < 2 * STEPS)
        return (size_t)value;
    shift = 63 - STEP_BITS - (unsigned)__builtin_clzll(value);
    return ((size_t)shift << STEP_BITS) + (size_t)(value >> shift);
}

/* The largest value of a bucket. */
static int64_t bucket_end(size_t bucket)
{
    unsigned shift;
    uint64_t leading;

    if (bucket < 2 * STEPS)
        return (int64_t)bucket;
    shift = (unsigned)(bucket >> STEP_BITS) - 1;
    leading = bucket - ((size_t)shift << STEP_BITS);
    return (int64_t)(((leading + 1) << shift) - 1);
}

static void grow_buckets(struct sim_histogram *histogram, size_t count)
{
    /* to the end of the power of two, lest every new maximum moves the array */
    size_t grown = (count + STEPS - 1) / STEPS * STEPS;

    if (count <= histogram->bucket_count)
        return;
    histogram->buckets = sim_resize(histogram->buckets, histogram->bucket_count * sizeof(uint64_t),
                                    grown * sizeof(uint64_t));
    histogram->bucket_count = grown;
}

static void add_sum(struct sim_histogram *histogram, uint64_t low, uint64_t high)
{
    histogram->sum_low += low;
    histogram->sum_high += high + (histogram->sum_low < low ? 1 : 0);
}

void sim_histogram_add(struct sim_histogram *histogram, int64_t value)
{
    size_t bucket;

    assert(value >= 0);
    bucket = bucket_of((uint64_t)value);
    grow_buckets(histogram, bucket + 1);
    histogram->buckets[bucket]++;
    if (histogram->count == 0 || value < histogram->least)
        histogram->least = value;
    if (value > histogram->most)
        histogram->most = value;
    histogram->count++;
    add_sum(histogram, (uint64_t)value, 0);
}

void sim_histogram_merge(struct sim_histogram *into, const struct sim_histogram *from)
{
    if (from->count == 0)
        return;
    grow_buckets(into, from->bucket_count);
    for (size_t i = 0; i < from->bucket_count; i++)
        into->buckets[i] += from->buckets[i];
    if (into->count == 0 || from->least < into->least)
        into->least = from->least;
    if (from->most > into->most)
        into->most = from->most;
    into->count += from->count;
    add_sum(into, from->sum_low, from->sum_high);
}

uint64_t sim_quantile_rank(uint64_t count, uint32_t millionths)
{
    uint64_t rank;

    assert(count > 0);
    assert(millionths <= MILLION);
    rank = (uint64_t)(((sim_wide)count * millionths + MILLION - 1) / MILLION);
    return rank == 0 ? 1 : rank;
}

int64_t sim_histogram_quantile(const struct sim_histogram *histogram, uint32_t millionths)
{
    uint64_t rank, passed = 0;
    size_t bucket = 0;
    int64_t end;

    if (histogram->count == 0)
        return 0;
    rank = sim_quantile_rank(histogram->count, millionths);
    for (;; bucket++) {
        passed += histogram->buckets[bucket];
        if (passed >= rank)
            break;
    }
    end = bucket_end(bucket);
    return end < histogram->most ? end : histogram->most;
}

double sim_histogram_mean(const struct sim_histogram *histogram)
{
    if (histogram->count == 0)
        return 0;
    return ((double)histogram->sum_high * 18446744073709551616.0 + (double)histogram->sum_low) /
           (double)histogram->count;
}
