/* fault_kind.c - see fault_kind.h. */
#include "sim/world/fault_kind.h"

#include <string.h>

/* In the order of listings: what stops a process, what hinders it, what cuts it off, what
 * deceives it. */
const struct sim_fault_kind *const sim_fault_kinds[] = {
    &sim_fault_crash,        &sim_fault_restart,      &sim_fault_power_loss,  &sim_fault_pause,
    &sim_fault_resume,       &sim_fault_slow,         &sim_fault_partition,   &sim_fault_clock_jump,
    &sim_fault_clock_freeze, &sim_fault_clock_strobe, &sim_fault_clock_drift, NULL,
};

const struct sim_fault_kind *sim_fault_find(const char *name)
{
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++)
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}
