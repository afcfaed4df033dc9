/* summary.h - a campaign's runs, counted: verdicts per expectation, figures over the seeds, and
 * failures in groups by signature.
 *
 * Ownership: made and finished by the caller; texts are the campaign's, which outlives it.
 * Determinism: a function of the runs and their order; percentiles are values that some seed had.
 */
#ifndef TOOLS_ORRERY_SUMMARY_H
#define TOOLS_ORRERY_SUMMARY_H

#include "tools/orrery/over.h"

enum { SUMMARY_STATUSES = SIM_UNDECIDED + 1 };

/* An expectation in one cell. */
struct summary_verdict {
    const char *expectation;
    uint64_t count[SUMMARY_STATUSES], first[SUMMARY_STATUSES]; /* the smallest seed of each */
    struct over_result *over; /* of one that speaks of many runs: here, of these; or NULL */
};

/* A figure of one group of clients in one cell, over the seeds that have it. */
struct summary_figure {
    uint64_t count; /* 0: the rest says nothing */
    int64_t least, p5, median, p95, most;
};

struct summary_group {
    const char *group;
    struct summary_figure figures[OUTCOME_FIGURES];
};

/* Runs that fail alike; those that died have no expectation, and how they died as kind. */
struct summary_failure {
    uint32_t cell;
    const char *expectation, *kind, *faults; /* EXPECTATION, FAULTS: NULL of a death */
    uint64_t count;
    const struct outcome *first; /* that with the smallest seed */
    const char *text;            /* what the verdict said there; NULL of a death */
};

/* A kind of fault or a mark of some group's model: over all cells. */
struct summary_place {
    const char *group, *name; /* GROUP: NULL of a kind of fault */
    uint64_t runs, count;     /* runs that came there, and how often all of them did */
};

struct summary_cell {
    struct summary_verdict *verdicts;
    size_t verdict_count, verdict_capacity;
    struct summary_group *groups;
    size_t group_count, group_capacity;
};

struct summary {
    struct summary_cell *cells; /* as many as the campaign has */
    size_t cell_count;
    struct summary_failure *failures; /* the most frequent first */
    size_t failure_count, failure_capacity;
    struct summary_place *places; /* kinds of faults, then marks group by group */
    size_t place_count, place_capacity;
};

void summary_make(struct summary *summary, const struct campaign *campaign);
void summary_finish(struct summary *summary);

/* What the expectations come to that speak of many runs: the worst of them. */
enum exit_code summary_code(const struct summary *summary);

/* "availability", "p50", ...: how JSON and the database call the figures. */
extern const char *const summary_figure_names[OUTCOME_FIGURES];

/* Told to a person in 80 columns, or to a program. */
void summary_print_heading(const struct campaign *campaign, FILE *file);
void summary_print(const struct summary *summary, const struct campaign *campaign, FILE *file);
void summary_print_json(const struct summary *summary, const struct campaign *campaign, FILE *file);

#endif
