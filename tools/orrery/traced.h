/* traced.h - a run in a process of its own, whose trace is read while it is being made.
 *
 * So two runs are compared line by line without a file between them, however long they are; and
 * each has an address space of its own, so that what depends on where memory lies may show.
 *
 * Ownership: start/finish; the scenario is the caller's and stays alive. */
#ifndef TOOLS_ORRERY_TRACED_H
#define TOOLS_ORRERY_TRACED_H

#include "sim/scenario/scenario.h"
#include "tools/orrery/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct traced {
    FILE *file;
    pid_t process;
};

/* FILTER (NULL: everything) as for --trace-filter, known to be right. USED: the process has run the
 * scenario once before, so that its memory is not that of a fresh one. False: no process could be
 * made, errno says why. */
bool traced_start(struct traced *traced, const struct sim_scenario *scenario, const char *filter,
                  bool used);
/* The run's exit code: EXIT_HOLDS, EXIT_USAGE after a limit, or EXIT_INTERNAL; EXIT_HOLDS too if
 * the rest of its trace was not wanted. */
enum exit_code traced_finish(struct traced *traced);

#endif
