/* fault_kind.c - see fault_kind.h. */
#include "sim/world/fault_kind.h"

#include <string.h>

/* In the order of listings: what stops a process, what hinders it, what cuts it off, what
 * its disk does, what deceives it. */
const struct sim_fault_kind *const sim_fault_kinds[] = {
    &sim_fault_crash,
    &sim_fault_kill,
    &sim_fault_crash_loop,
    &sim_fault_restart,
    &sim_fault_power_loss,
    &sim_fault_pause,
    &sim_fault_resume,
    &sim_fault_slow,
    &sim_fault_workers,
    &sim_fault_queue_full,
    &sim_fault_partition,
    &sim_fault_isolate,
    &sim_fault_partition_ring,
    &sim_fault_drop_messages,
    &sim_fault_delay_messages,
    &sim_fault_duplicate_messages,
    &sim_fault_disk_slow,
    &sim_fault_disk_stall,
    &sim_fault_disk_full,
    &sim_fault_sync_error,
    &sim_fault_read_error,
    &sim_fault_bit_rot,
    &sim_fault_link_loss,
    &sim_fault_link_corruption,
    &sim_fault_link_delay,
    &sim_fault_link_bandwidth,
    &sim_fault_clock_jump,
    &sim_fault_clock_freeze,
    &sim_fault_clock_strobe,
    &sim_fault_clock_drift,
    NULL,
};

const struct sim_fault_kind *const sim_action_kinds[] = {
    &sim_action_start, &sim_action_stop, &sim_action_set, &sim_action_command, NULL,
};

const struct sim_fault_range sim_fault_no_ranges[] = { { NULL, NULL, NULL } };

const struct sim_fault_kind *sim_fault_find(const struct sim_fault_kind *const *kinds,
                                            const char *name)
{
    while (*kinds != NULL && strcmp((*kinds)->name, name) != 0)
        kinds++;
    return *kinds;
}
