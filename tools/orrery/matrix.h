/* matrix.h - what --matrix asks for: every combination of some values of some keys.
 *
 * `--matrix nodes.store.count=3,5 --matrix network.loss=0,1%` are four cells. Each is what the
 * same values given by --set would be, behind those that are, so the line that repeats a run needs
 * no matrix. Commas in brackets or quotes belong to a value. The last key runs fastest, as in the
 * matrix of a scenario.
 *
 * Ownership: init by matrix_read, finished by the caller. Errors: are printed. */
#ifndef TOOLS_ORRERY_MATRIX_H
#define TOOLS_ORRERY_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

enum { MATRIX_CELLS_MAX = 1000 };

struct matrix {
    struct matrix_axis {
        char **sets; /* "key=a", "key=b" */
        size_t count, capacity;
    } * axes;
    size_t axis_count, cell_count; /* without an axis: one cell */
};

/* WORDS: the values of --matrix. False if one is wrong; it is to be finished all the same. */
bool matrix_read(struct matrix *matrix, const char *const *words, size_t count);
void matrix_finish(struct matrix *matrix);
/* What cell CELL sets of AXIS: "key=value". */
const char *matrix_set(const struct matrix *matrix, size_t cell, size_t axis);
/* Bytes of the first "key=value" of such a name. */
size_t matrix_set_length(const char *name);
/* "key=a,other=b", for the caller to free; NULL without an axis. */
char *matrix_name(const struct matrix *matrix, size_t cell);

#endif
