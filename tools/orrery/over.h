/* over.h - expectations that speak of many runs: judged by what these came to.
 *
 * Each run is judged by itself first, as if it were the only one; over the seeds then counts in how
 * many an expectation holds, or what a statistic of the measured figures is. A published
 * distribution is compared percentile by percentile, each with its tolerance, not by a test of fit:
 * such a test asks whether the runs could be samples of it, which with enough seeds they never
 * are, and papers give percentiles.
 *
 * A run that never came to what is measured (a recovery) counts as longer than all others; one
 * that is undecided has no figure, and leaves a statistic undecided.
 *
 * Ownership: init by over_judge, finished by over_finish; texts are the campaign's, which outlives
 * it. Determinism: a function of the runs alone. */
#ifndef TOOLS_ORRERY_OVER_H
#define TOOLS_ORRERY_OVER_H

#include "sim/observe/figure.h"
#include "sim/observe/output.h"
#include "tools/orrery/campaign.h"
#include "tools/orrery/interval.h"

struct over_figure {
    const char *name;
    uint64_t count; /* seeds that have it */
    int64_t statistics[SIM_STATISTICS];
    int64_t least, most;
    enum sim_verdict_status status; /* of the statistic that is asked for */
};

struct over_match {
    enum sim_statistic statistic;
    int64_t here, published;
    double tolerance;
    bool good;
};

struct over_result {
    const struct sim_over *over;
    const struct sim_described *checker;
    const char *expectation;
    uint64_t first, last; /* the seeds that are asked for */
    uint64_t runs;        /* of them that were judged */
    uint64_t count[SIM_UNDECIDED + 1], deaths;
    struct interval interval; /* 95 %, of the probability that a seed holds */
    uint64_t culprit;         /* the first seed that violates it, where there is one */
    bool has_culprit;
    enum sim_verdict_status status;
    char *text;
    struct over_figure figures[SIM_VERDICT_MEASURED];
    uint32_t figure_count;
    struct over_match matches[SIM_STATISTICS];
    uint32_t match_count;
};

/* The one at INDEX of CELL, or NULL. */
const struct sim_over *over_of(const struct cell *cell, size_t index);

/* Judges the expectation at INDEX of CELL by those runs of the campaign's prefix that have seeds
 * from FIRST to LAST; all of these were ASKED for, so that one that is missing leaves it
 * undecided unless the others decide it. */
void over_judge(struct over_result *result, const struct campaign *campaign, size_t cell,
                size_t index, uint64_t first, uint64_t last, uint64_t asked);
void over_finish(struct over_result *result);

/* The verdict in words and, where there is one, the published distribution beside this one, each
 * line at INDENT; the first begins there. */
void over_print(const struct over_result *result, FILE *file, size_t indent);
/* An object. */
void over_put_json(const struct over_result *result, struct sim_output *out);

/* VALUE of a figure of CHECKER. */
const char *over_value_text(char text[SIM_FIGURE_TEXT], const struct sim_described *checker,
                            int64_t value);

#endif
