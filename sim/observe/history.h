/* history.h - invocations and completions of client operations, in order.
 *
 * Kept in memory for the judges; written as JSON Lines on request. An operation that had not
 * completed when the run ended is unknown. Lists that reads return share memory: one that is a
 * beginning of the longest list seen of its key, or that continues it, takes nothing but its
 * length, so that histories of appends do not grow with the square.
 *
 * Units: ns. Ownership: a history owns its operations and lists; entries and lists stay where they
 * are. Errors: reaching the limit is recorded. What is left out then leaves operations unknown or
 * away, never wrong. */
#ifndef SIM_OBSERVE_HISTORY_H
#define SIM_OBSERVE_HISTORY_H

#include "sim/core/time.h"
#include "sim/world/operation.h"
#include "sim/world/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Words of lists that a history keeps for each operation that it may hold. */
enum { SIM_HISTORY_WORDS_PER_OPERATION = 8 };

struct sim_history_entry {
    struct sim_operation operation;
    sim_time invoked, completed; /* completed is SIM_TIME_NEVER while open */
    /* places in the order of all invocations and completions, from 0 */
    uint64_t invoked_at, completed_at;
    int64_t value; /* of a completed read or add */
    uint32_t node, process;
    int32_t status; /* enum sim_operation_status; SIM_UNKNOWN while open */
    uint32_t list;  /* index of the list that a read returned, 0: none */
};

struct sim_history;

/* Holds up to MOST operations; 0: as many as memory. */
struct sim_history *sim_history_create(size_t most);
void sim_history_destroy(struct sim_history *history); /* NULL is fine */
/* ID is unique and counts from 1; some may be missing, or come out of turn (an effect that waited
 * for a disk). The order of the history is that of the calls. */
void sim_history_invoke(struct sim_history *history, sim_time time, uint32_t node, uint32_t process,
                        uint64_t id, const struct sim_operation *operation);
/* LIST: NULL or COUNT words. */
void sim_history_complete(struct sim_history *history, sim_time time, uint64_t id,
                          enum sim_operation_status status, int64_t value, const int64_t *list,
                          size_t count);
size_t sim_history_count(const struct sim_history *history);
const struct sim_history_entry *sim_history_entry(const struct sim_history *history,
                                                  size_t index); /* by invocation */
/* The first entry that was invoked at T or later; the count if there is none. */
size_t sim_history_since(const struct sim_history *history, sim_time t);
const int64_t *sim_history_list(const struct sim_history *history, uint32_t list, size_t *count);
bool sim_history_is_full(const struct sim_history *history); /* operations were left out */

/* One line for each invocation and completion, in real-time order:
 *
 *   {"index":8,"t":1000000,"process":"app-3/0","node":"app-3",
 *    "type":"invoke","op":"write","key":5,"value":7}             (on one line)
 *   {"index":9,"t":2500000,"process":"app-3/0","node":"app-3",
 *    "type":"ok","op":"write","key":5,"value":7}
 *
 * type: invoke, ok, fail or unknown; an operation that never completed has no second line. A
 * process has one operation open at a time and none after an unknown one. value: of a write, add or
 * append the argument; of a cas [from,to], [null,to] from nothing; of a read what an ok returned
 * (null: nothing there, [...]: a list), before that null; of a delete null. An ok of an add has
 * "result" too. Returns NULL, or what the stream reported. */
const char *sim_history_write(const struct sim_history *history, const struct sim_plan *plan,
                              FILE *file);

#endif
