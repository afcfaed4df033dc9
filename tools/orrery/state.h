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
/* One node, on a line or more. */
void state_print_node(const struct state_report *report, uint32_t node, FILE *file);

/* The field NAME of a state that is shown, by MODEL; NULL: it has none. */
const struct sim_field *state_field(const struct sim_model *model, const char *name);
/* A word of it; of a yes or no 1 or 0. */
int64_t state_word(const struct sim_node_status *status, const struct sim_field *field);
/* {"scenario":...,"seed":...,"time":...,"nodes":[{"name":...,"status":...,"state":{...}}]} and a
 * line feed; times in ns. A yes or no is true or false, a choice its name, nothing null. */
void state_print_json(const struct state_report *report, FILE *file);

#endif
