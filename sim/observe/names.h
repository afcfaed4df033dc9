/* names.h - names of nodes, from the plan alone: "store-2" is member 2 of group store.
 *
 * Nodes are numbered through all groups in the order of the plan.
 * Ownership: the plan outlives its names. */
#ifndef SIM_OBSERVE_NAMES_H
#define SIM_OBSERVE_NAMES_H

#include "sim/observe/output.h"
#include "sim/world/plan.h"

struct sim_names {
    const struct sim_plan *plan;
    uint32_t *first; /* node of each group; first[group_count] is the number of nodes */
};

void sim_names_init(struct sim_names *names, const struct sim_plan *plan);
void sim_names_finish(struct sim_names *names);

uint32_t sim_names_nodes(const struct sim_names *names);
uint32_t sim_names_group(const struct sim_names *names, uint32_t node);
/* Writes "store-2", without quotes: names of groups are plain words. */
void sim_names_write(const struct sim_names *names, uint32_t node, struct sim_output *output);
const char *sim_names_text(const struct sim_names *names, uint32_t node, char text[64]);

/* The nodes that NAME means: a group's, or the one node "store-2". False if it means none. */
bool sim_names_find(const struct sim_names *names, const char *name, uint32_t *first,
                    uint32_t *count);

#endif
