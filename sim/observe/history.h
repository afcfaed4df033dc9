/* history.h - invocations and completions of client operations, in order.
 *
 * Kept in memory for the judges; written as JSON Lines on request. An operation that had not completed when the run
 * ended is unknown.
 *
 * Units: ns. Ownership: a history owns its operations and lists. Errors: reaching the limit is recorded. */
#ifndef SIM_OBSERVE_HISTORY_H
#define SIM_OBSERVE_HISTORY_H

#include "sim/world/operation.h"
#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sim_history_entry {
    struct sim_operation operation;
    sim_time invoked, completed; /* completed is SIM_TIME_NEVER while open */
    uint64_t invoked_at, completed_at; /* place in the order of all invocations and completions, from 0 */
    int64_t value;               /* of a completed read or add */
    uint32_t node, process;
    int32_t status;              /* enum sim_operation_status; SIM_UNKNOWN while open */
    uint32_t list;               /* index of the list that a read returned, 0: none */
};

struct sim_history;

struct sim_history *sim_history_create(size_t most);
void sim_history_destroy(struct sim_history *history);
void sim_history_invoke(struct sim_history *history, sim_time time, uint32_t node, uint32_t process, uint64_t id,
                        const struct sim_operation *operation);
void sim_history_complete(struct sim_history *history, sim_time time, uint64_t id, enum sim_operation_status status,
                          int64_t value, const int64_t *list, size_t count);
size_t sim_history_count(const struct sim_history *history);
const struct sim_history_entry *sim_history_entry(const struct sim_history *history, size_t index); /* by invocation */
const int64_t *sim_history_list(const struct sim_history *history, uint32_t list, size_t *count);
bool sim_history_is_full(const struct sim_history *history); /* operations were left out */

#endif
