/* explain.h - what led to what went wrong in a run, on stdout. */
#ifndef TOOLS_ORRERY_EXPLAIN_H
#define TOOLS_ORRERY_EXPLAIN_H

#include "tools/orrery/command.h"

/* Runs SCENARIO, which OPTIONS name. EXIT_VIOLATED if there was something to tell. */
enum exit_code explain_scenario(const struct options *options, struct sim_scenario *scenario);

#endif
