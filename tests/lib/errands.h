/* errands.h - actors that send given messages at given times, and say when messages came: for the
 * tests of the network.
 *
 * Who gets a word notes (its value, the time); a negative value is answered at once with its
 * opposite. */
#ifndef TESTS_LIB_ERRANDS_H
#define TESTS_LIB_ERRANDS_H

#include "tests/lib/world.h"

struct errand {
    sim_time at;
    uint32_t from, to;
    int64_t value;
    uint32_t words; /* of a blob beside it */
};

struct errands {
    const struct errand *list;
    size_t count;
};

struct script errands_script(struct errands *errands);
/* When NODE got VALUE for the first time; -1: never. */
sim_time came_at(const struct stage *stage, uint32_t node, int64_t value);
size_t came_often(const struct stage *stage, uint32_t node, int64_t value);

#endif
