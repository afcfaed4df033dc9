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

#include "tools/orrery/matrix.h"
#include "tools/orrery/outcome.h"

struct database;
struct fleet;

struct cell {
    char *name; /* "nodes.store.count=5", "a-variant, network.loss=1%"; NULL if it is alone */
    struct options options; /* the campaign's and the cell's, for the line that repeats a run */
    struct sim_scenario *scenario;
    bool borrowed;             /* the scenario is somebody else's */
    const char **expectations; /* as written */
    size_t expectation_count;
};

enum campaign_end {
    CAMPAIGN_WHOLE,
    CAMPAIGN_FAILURE,     /* the first was found, which is what was asked for */
    CAMPAIGN_TIME,        /* the budget is spent */
    CAMPAIGN_INTERRUPTED, /* by Ctrl-C and the like */
    CAMPAIGN_BROKEN,      /* no worker could be started */
    CAMPAIGN_UNSTORED,    /* the database could not be written */
};

/* "whole", "failure", ...: as JSON says it. */
extern const char *const campaign_end_names[];

/* Branches of one run, at each of several times: a cell for each. */
struct scan {
    sim_time from, step;
    size_t count; /* 0: none */
};

/* What is taken of each run beside its outcome: COUNT numbers. ASK may look at the run on its way,
 * and keep what it finds in MEMORY bytes, which are 0 when a run begins and hold no heap. */
struct measuring {
    void (*measure)(const void *context, const struct finished_run *run, void *memory,
                    double *measures);
    void (*ask)(const void *context, const struct sim_evidence *evidence, void *memory);
    const void *context;
    size_t count; /* 0: nothing */
    size_t memory;
    sim_time every; /* ASK is called; 0: never */
};

struct campaign {
    /* what is asked for: set by the caller */
    const struct options *options;
    const char *const *variants; /* a cell for each; an entry that is NULL is the base */
    size_t variant_count;        /* 0: only the one that the options name */
    struct measuring measuring;
    uint64_t first, last; /* the seeds; of branches: those of what comes after */
    struct scan scan;
    bool open; /* LAST was chosen for want of an end */
    uint64_t shard,
        shards; /* of the seeds, every SHARDS-th from the SHARD-th on, from 1; or 0, 0 */
    unsigned jobs;
    sim_time budget; /* 0: none */
    bool until_failure;
    /* what is known then */
    struct fleet *fleet;       /* whose ranks do the runs; NULL: processes of this one */
    struct database *database; /* to which outcomes are added, or NULL */
    const char *name, *path;   /* of the scenario */
    struct cell *cells;
    size_t cell_count;
    struct matrix matrix;
    enum campaign_end end;
    struct texts texts;
    struct outcome **outcomes; /* by run; NULL: not done */
    size_t capacity;
    size_t run_count; /* of the prefix */
    size_t done, failed;
};

/* Loads what is to be run; false after an error, which is printed. */
bool campaign_load(struct campaign *campaign);
/* The same with one cell, of a scenario that was loaded and outlives the campaign. */
void campaign_borrow(struct campaign *campaign, struct sim_scenario *scenario);
void campaign_run(struct campaign *campaign);
/* As one of those who do the runs of a campaign that another process conducts. LOADED: it is. */
void campaign_serve(struct campaign *campaign, bool loaded);
/* A hash of all that makes its runs; never 0. */
uint64_t campaign_identity(const struct campaign *campaign);
void campaign_finish(struct campaign *campaign);

/* The runs are branches of the run of one seed, that of the cells' options. */
bool campaign_branches(const struct campaign *campaign);
/* How many runs are asked for. */
uint64_t campaign_total(const struct campaign *campaign);
uint64_t campaign_seed(const struct campaign *campaign, size_t run);
/* The run of CELL and SEED, SIZE_MAX if it is not asked for. */
size_t campaign_find(const struct campaign *campaign, uint64_t cell, uint64_t seed);
/* OUTCOME is what came of RUN, and is the campaign's from now on. */
void campaign_place(struct campaign *campaign, size_t run, struct outcome *outcome);
/* The worst of the prefix. */
enum exit_code campaign_code(const struct campaign *campaign);
/* The line that repeats a run; the caller frees it. */
char *campaign_repeat(const struct campaign *campaign, const struct outcome *outcome);

#endif
