/* state.h - every node at the moment at which a run ended: the fields of its state by their names,
 * whether it is up, its clocks where they are not right, its timers.
 *
 * Ownership: everything pointed to is the caller's. */
#ifndef TOOLS_ORRERY_STATE_H
#define TOOLS_ORRERY_STATE_H

#include "sim/observe/recorder.h"
#include "sim/world/world.h"

#include <stdio.h>

struct state_report {
    const struct sim_plan *plan;
    const struct sim_world *world;
    const struct sim_recorder *recorder;
    const char *file, *repeat;
    enum sim_end end;
};

void state_print(const struct state_report *report, FILE *file);
/* {"scenario":...,"seed":...,"time":...,"nodes":[{"name":...,"status":...,"state":{...}}]} and a
 * line feed; times in ns. A yes or no is true or false, a choice its name, nothing null. */
void state_print_json(const struct state_report *report, FILE *file);

#endif
