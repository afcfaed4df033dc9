/* expected.h - what `check-history --expect` asks of a history: a checker and its parameters.
 *
 * Ownership: finished by expected_finish. */
#ifndef TOOLS_ORRERY_EXPECTED_H
#define TOOLS_ORRERY_EXPECTED_H

#include "sim/check/checker.h"

#include <stdbool.h>
#include <stddef.h>

struct expected {
    const struct sim_checker *checker;
    void *params;
};

struct expectations {
    struct expected *all;
    size_t count, capacity;
};

/* Adds NAME or NAME:KEY=VALUE,KEY=VALUE. Returns -1, or the exit code of a wrong one, told. */
int expected_add(struct expectations *expectations, const char *words);
void expected_finish(struct expectations *expectations);

#endif
