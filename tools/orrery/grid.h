/* grid.h - a small table, for a terminal or as Markdown.
 *
 * Ownership: init by grid_init, finished by grid_print; cells are copied. */
#ifndef TOOLS_ORRERY_GRID_H
#define TOOLS_ORRERY_GRID_H

#include <stdbool.h>
#include <stdio.h>

enum { GRID_COLUMNS_MAX = 16 };

struct grid {
    const char *headings[GRID_COLUMNS_MAX]; /* "calm|read p50": over two lines */
    size_t columns;
    char **cells;
    size_t count, capacity; /* of cells */
};

/* HEADINGS end with NULL; the first column is left-aligned, the others are right-aligned. */
void grid_init(struct grid *grid, const char *const *headings);
void grid_add(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A column that has nothing in any row is left out. */
void grid_print(struct grid *grid, bool markdown, FILE *file);

#endif
