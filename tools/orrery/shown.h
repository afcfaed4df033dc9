/* shown.h - text that others wrote, on a terminal of 80 columns.
 *
 * A scenario's name, a label, an expectation as it was written: they may hold escapes that steer
 * the terminal, or marks that reorder what stands beside them. So nothing of the kind is printed
 * but through here, as diagnostics do with what they quote. */
#ifndef TOOLS_ORRERY_SHOWN_H
#define TOOLS_ORRERY_SHOWN_H

#include <stddef.h>
#include <stdio.h>

enum { SHOWN_WIDTH = 80 };

/* LENGTH bytes of TEXT: a blank for a line feed or a tab, '?' for whatever else cannot be seen. */
void shown_print(FILE *file, const char *text, size_t length);
/* The columns that this takes. */
size_t shown_width(const char *text, size_t length);

/* Breaks TEXT at its blanks; it begins at COLUMN, and later lines at INDENT. What does not begin
 * with a blank is glued to what stands before it. Returns the column at which it ends. */
size_t shown_wrap(FILE *file, const char *text, size_t column, size_t indent);

/* A word of a shell's line, quoted where it has to be; the caller frees it with sim_free. */
char *shown_word(const char *word);

#endif
