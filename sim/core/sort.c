/* sort.c - see sort.h: a merge sort from the bottom up, on runs made by insertion. */
#include "sim/core/sort.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

enum { RUN = 8 }; /* below, insertion is quicker than merging */

struct order {
    size_t size;
    int (*compare)(const void *left, const void *right);
};

/* HELD is room for one item. */
static void insert_all(const struct order *order, char *items, size_t count, char *held)
{
    size_t size = order->size;

    for (size_t i = 1; i < count; i++) {
        size_t j = i;

        while (j > 0 && order->compare(items + (j - 1) * size, items + i * size) > 0)
            j--;
        if (j == i)
            continue;
        memcpy(held, items + i * size, size);
        memmove(items + (j + 1) * size, items + j * size, (i - j) * size);
        memcpy(items + j * size, held, size);
    }
}

/* Merges the sorted [0, middle) and [middle, count) of FROM into TO; the left one wins a tie. */
static void merge(const struct order *order, const char *from, size_t middle, size_t count,
                  char *to)
{
    size_t size = order->size;
    size_t left = 0, right = middle;

    for (size_t i = 0; i < count; i++) {
        size_t next;

        if (right == count ||
            (left < middle && order->compare(from + left * size, from + right * size) <= 0))
            next = left++;
        else
            next = right++;
        memcpy(to + i * size, from + next * size, size);
    }
}

void sim_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *left, const void *right))
{
    struct order order = { size, compare };
    char *from = items, *to, *scratch;

    assert(size > 0);
    if (count < 2)
        return;
    scratch = to = sim_alloc_array(count, size);
    for (size_t i = 0; i < count; i += RUN)
        insert_all(&order, from + i * size, count - i < RUN ? count - i : RUN, scratch);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t both = count - i < 2 * width ? count - i : 2 * width;

            merge(&order, from + i * size, width < both ? width : both, both, to + i * size);
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * size);
    sim_free(scratch);
}
