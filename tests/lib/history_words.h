/* history_words.h - small histories, written as words. */
#ifndef TESTS_LIB_HISTORY_WORDS_H
#define TESTS_LIB_HISTORY_WORDS_H

#include "sim/check/linearizable.h"

enum { HISTORY_WORDS_MAX = 16 };

/* An operation is "SESSION:DEED KEY=VALUE@INVOKED-RETURNED", with the deeds w (write), r (read, 0:
 * nothing), d (delete), a (add, answered), c (compare-and-set from 0), and 0 for a return that
 * never came. Places are ms, too. */
size_t history_words(const char *words, struct sim_linear_operation *operations);

#endif
