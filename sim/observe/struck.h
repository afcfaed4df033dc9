/* struck.h - faults and actions as they struck, with all nodes: what it takes to write them down.
 *
 * The recorder keeps no more of a strike than a report shows; who wants all of it asks for it
 * (sim_recorder_keep_struck).
 *
 * Ownership: copies; zeroed is empty, finish frees. */
#ifndef SIM_OBSERVE_STRUCK_H
#define SIM_OBSERVE_STRUCK_H

#include "sim/world/observer.h"

struct sim_struck_list {
    struct sim_struck *items;
    size_t count, capacity;
};

void sim_struck_add(struct sim_struck_list *list, const struct sim_struck *struck);
void sim_struck_finish(struct sim_struck_list *list);

#endif
