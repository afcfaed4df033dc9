/* sort.h - a stable sort: equal items keep their order.
 *
 * qsort leaves the order of equal items to the C library, and C libraries differ; a comparison that
 * someone forgot to make total would then reach a result. This one has the interface of qsort and
 * one answer everywhere.
 *
 * Determinism: the result depends on the items' order and on COMPARE alone.
 * Cost: O(n log n) comparisons, one scratch copy of the items. */
#ifndef SIM_CORE_SORT_H
#define SIM_CORE_SORT_H

#include <stddef.h>

/* COMPARE as for qsort: negative, 0 or positive as LEFT belongs before, with, or after RIGHT. */
void sim_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *left, const void *right));

#endif
