/* held.h - what the living nodes of a store held when the run had ended, gathered for judges.
 *
 * Ownership: finished by sim_held_finish. Determinism: sorted; no order of a store's tables shows.
 * Private to sim/check. */
#ifndef SIM_CHECK_HELD_H
#define SIM_CHECK_HELD_H

#include "sim/check/checker.h"

struct sim_held_word {
    int64_t key, value;
    uint32_t node;
};

struct sim_held {
    struct sim_held_word *values, *writes; /* by key, node, value */
    size_t value_count, value_capacity, write_count, write_capacity;
    uint32_t asked, down; /* nodes, but of a group where one decides the others do not count */
    bool is_complete;     /* all that were asked told all writes */
    bool is_partial;      /* some share the keys out */
    bool keeps_writes;    /* else values alone */
    uint32_t node;        /* being asked */
};

/* Asks the nodes of GROUP, or of all groups that are behind it (behind.h): what each of them holds,
 * or, with AUTHORITY, also all writes that were applied, and of each group only the one that
 * decides, if one does. */
void sim_held_init(struct sim_held *held, const struct sim_evidence *evidence, uint32_t group,
                   bool authority);
void sim_held_finish(struct sim_held *held);
/* For `check` of a checker: NULL, or what is wrong with asking GROUP and those behind it. */
const char *sim_held_cannot(const struct sim_plan *plan, uint32_t group, char text[SIM_CHECK_TEXT]);

#endif
