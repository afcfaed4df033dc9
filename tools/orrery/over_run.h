/* over_run.h - the runs that a scenario's `over:` asks for, and what its expectations come to.
 *
 * Ranges of seeds that lie within one another are run once, by the workers of a campaign; the
 * scenario's other expectations are judged in its one run alone, but an invariant that some seed
 * breaks is told, whoever asked for the seed.
 *
 * Ownership: made and finished by the caller, whose scenario and options outlive it. */
#ifndef TOOLS_ORRERY_OVER_RUN_H
#define TOOLS_ORRERY_OVER_RUN_H

#include "tools/orrery/over.h"

enum { OVER_RUN_CAMPAIGNS = 16 };

struct over_run {
    struct options options; /* of the single runs */
    struct campaign campaigns[OVER_RUN_CAMPAIGNS];
    size_t campaign_count;
    struct over_result *results; /* by expectation; `over` NULL: of one run */
    size_t result_count;
    char *broken; /* an invariant that is broken under some seeds, in words; or NULL */
    enum exit_code code;
};

/* Whether some expectation of SCENARIO speaks of many runs. */
bool over_run_is_wanted(const struct sim_scenario *scenario);
/* Runs them with as many workers as OPTIONS say. Returns -1, or an exit code after an error. */
int over_run_make(struct over_run *run, const struct options *options,
                  struct sim_scenario *scenario);
void over_run_finish(struct over_run *run);

/* The line that repeats the run with the first seed that violates RESULT, or NULL; the caller frees
 * it. */
char *over_run_repeat(const struct over_run *run, const struct over_result *result);

#endif
