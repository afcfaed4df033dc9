/* nearest.h - "did you mean": what somebody meant who mistyped a word.
 *
 * Counted in edits, not by sound or prefix: slips of the pen are what users make of names that they
 * copy. */
#ifndef SIM_CORE_NEAREST_H
#define SIM_CORE_NEAREST_H

/* The entry of CHOICES (NULL-terminated) nearest to WORD, at most two edits away (a swap of
 * neighbours is one), the first of several; NULL if there is none, or if every letter would
 * change. */
const char *sim_nearest(const char *word, const char *const *choices);

#endif
