/* effects.h - what the nodes of some groups did and undid, as they tell it when the run has ended.
 *
 * All nodes together count: an order may be paid on one node and paid back on another. What is told
 * lies sorted, so that all that concerns one thing is one stretch.
 *
 * Ownership: finished by sim_effects_finish. Determinism: sorted; no order of a model's tables
 * shows. Private to sim/check. */
#ifndef SIM_CHECK_EFFECTS_H
#define SIM_CHECK_EFFECTS_H

#include "sim/check/checker.h"

struct sim_effect {
    int64_t about, action, done, undone;
    uint32_t node;
};

struct sim_effects {
    struct sim_effect *all; /* by about, action, node */
    size_t count, capacity;
    uint32_t hidden; /* nodes that are down and could not be asked */
    uint32_t node;   /* being asked */
};

/* Of the parameter `of`, a list of groups. */
struct sim_effects_group {
    uint32_t group;
};
extern const struct sim_field sim_effects_groups[];

void sim_effects_init(struct sim_effects *effects, const struct sim_evidence *evidence,
                      const struct sim_list *of);
void sim_effects_finish(struct sim_effects *effects);
/* What all nodes together say of the action of the thing told at AT, which is less than the count;
 * `node` is the first that did it more often than it undid it, SIM_NO_GROUP if none did. Returns
 * the place of the next action or thing. */
size_t sim_effects_sum(const struct sim_effects *effects, size_t at, struct sim_effect *sum);
/* Adds to the text how many could not be asked, if any. */
void sim_effects_add_hidden(const struct sim_effects *effects, struct sim_verdict *verdict);

/* For `check` of a checker: NULL, or what is wrong with asking these groups. PLAN may be NULL. */
const char *sim_effects_cannot(const struct sim_plan *plan, const struct sim_list *of,
                               char text[SIM_CHECK_TEXT]);

#endif
