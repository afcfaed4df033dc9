#include "sim/core/nearest.h"

#include <string.h>

enum { WORD_MAX = 64 };

/* Edits (insertion, deletion, substitution, swap of neighbours) that turn A into B. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][WORD_MAX + 1], *above = rows[0], *before = rows[1], *row = rows[2], *turn;

    for (size_t j = 0; j <= b_length; j++)
        before[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);

            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                above[j - 2] + 1 < best)
                best = above[j - 2] + 1;
            row[j] = best;
        }
        turn = above;
        above = before;
        before = row;
        row = turn;
    }
    return before[b_length];
}

const char *sim_nearest(const char *word, const char *const *choices)
{
    size_t length = strlen(word);
    const char *nearest = NULL;
    unsigned least = 3;

    if (length > WORD_MAX)
        return NULL;
    for (; *choices; choices++) {
        size_t other = strlen(*choices);
        unsigned edits;

        if (other > WORD_MAX)
            continue;
        edits = distance(word, length, *choices, other);
        /* A word whose every letter would change is no slip of the pen. */
        if (edits < least && edits < length && edits < other) {
            least = edits;
            nearest = *choices;
        }
    }
    return nearest;
}
