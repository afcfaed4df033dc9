/* campaign.h - many runs of a scenario: which, by whom, until when, and what came of them.
 *
 * The runs stand in one order: seed by seed, and under each seed cell by cell of the matrix. They
 * are done by a pool of processes in whatever order these have time; what is reported is the
 * *prefix*, the runs up to the first that is missing, by whole seeds. So a campaign that was
 * stopped (by its budget, by Ctrl-C, by a failure) is told as the one over that many seeds would
 * be, and nothing depends on how many workers there were. Only here, in all of the command, is the
 * time of day looked at: for the budget and the progress, never for a result.
 *
 * Ownership: init/finish; the options are the caller's. Errors: of scenarios are printed. */
#ifndef TOOLS_ORRERY_CAMPAIGN_H
#define TOOLS_ORRERY_CAMPAIGN_H

#include "tools/orrery/outcome.h"

struct cell {
    struct options options; /* the campaign's, for the line that repeats a run */
    struct sim_scenario *scenario;
    const char **expectations; /* as written */
    size_t expectation_count;
};

enum campaign_end {
    CAMPAIGN_WHOLE,
    CAMPAIGN_INTERRUPTED, /* by Ctrl-C and the like */
    CAMPAIGN_BROKEN,      /* no worker could be started */
};

struct campaign {
    const struct options *options;
    uint64_t first, last; /* the seeds that are asked for */
    unsigned jobs;
    const char *name; /* of the scenario */
    struct cell *cells;
    size_t cell_count;
    enum campaign_end end;
    struct texts texts;
    struct outcome **outcomes; /* by run; NULL: not done */
    size_t capacity;
    size_t run_count; /* of the prefix */
    size_t done, failed;
};

/* Loads what is to be run; false after an error, which is printed. FIRST to JOBS are set. */
bool campaign_load(struct campaign *campaign);
void campaign_run(struct campaign *campaign);
void campaign_finish(struct campaign *campaign);

uint64_t campaign_seed(const struct campaign *campaign, size_t run);
/* The worst of the prefix. */
enum exit_code campaign_code(const struct campaign *campaign);
/* The line that repeats a run; the caller frees it. */
char *campaign_repeat(const struct campaign *campaign, const struct outcome *outcome);

#endif
