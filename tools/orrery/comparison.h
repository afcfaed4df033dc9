/* comparison.h - what several variants made of the same seeds.
 *
 * The CAP label is measured, by this rule. C: no violation of linearizability under any seed. A: at
 * least 99 % of what was asked was answered ok, on every side. Each of them calm and under the cut,
 * so four booleans:
 *
 *   under the cut C and not A      CP     it refuses rather than be wrong
 *   under the cut A and not C      AP     it answers rather than refuse
 *   under the cut both             C+A    the cut did not make it choose
 *   under the cut neither          neither
 *   the same, but calm both        neither (CA calm)
 *
 * The last is what is called CA: what it promises ends where a cut begins, and that is no third
 * choice, so that the label says first what is left then.
 *
 * Gilbert and Lynch, "Brewer's Conjecture and the Feasibility of Consistent, Available,
 * Partition-Tolerant Web Services", SIGACT News 2002, say why there is no row of both for a store
 * whose clients on every side of a cut read and write.
 *
 * One variant is *better* than another in a figure if the 95 % interval of their difference, seed
 * by seed, leaves out 0; else they count as equal, so that more seeds may tell apart what fewer do
 * not. It *dominates* the other if it is better in one of availability under the cut, share of
 * stale reads, calm latency and acknowledged writes that were lost, and worse in none. A store of
 * whose losses only a lower bound is known dominates nobody: it may be worse in that. Those that
 * nothing dominates are the Pareto front.
 *
 * Ownership: init by comparison_make, finished by the caller; texts are the campaign's. */
#ifndef TOOLS_ORRERY_COMPARISON_H
#define TOOLS_ORRERY_COMPARISON_H

#include "tools/orrery/campaign.h"
#include "tools/orrery/measured.h"
#include "tools/orrery/statistics.h"

/* Figures, then availability during each label, then attempts of each call at each hop, then
 * anomalies. */
enum {
    COMPARED_HOPS = MEASURED_FIGURES + MEASURED_LABELS_MAX,
    COMPARED_ANOMALIES = COMPARED_HOPS + MEASURED_HOPS_MAX,
    COMPARED_FIGURES = COMPARED_ANOMALIES + MEASURED_ANOMALIES_MAX,
};
enum { COMPARED_VERDICTS = MEASURED_FIXED - MEASURED_FIGURES };

/* The strongest that held under all seeds, of these; each implies those below. */
enum strength { LINEARIZABLE, SEQUENTIAL, CAUSAL, SESSIONS, SOME_SESSIONS, NOTHING };

/* An expectation of a variant that speaks of one run. */
struct compared_expectation {
    const char *text;                     /* as written */
    uint64_t verdicts[SIM_UNDECIDED + 1]; /* seeds, by status */
    uint64_t first_broken;                /* a seed, where there is one */
};

struct compared {
    const char *name;
    char *words;    /* what it is: its `about`, or its store as written */
    double *values; /* COMPARED_FIGURES rows of a value for each seed */
    struct estimate figures[COMPARED_FIGURES];
    struct difference differences[COMPARED_FIGURES];         /* to the baseline */
    uint64_t verdicts[COMPARED_VERDICTS][SIM_UNDECIDED + 1]; /* seeds, by status */
    uint64_t first_broken[COMPARED_VERDICTS];                /* a seed, where there is one */
    uint64_t deaths, stopped;
    enum sim_verdict_status c_calm, c_cut, a_calm, a_cut;
    struct compared_expectation *expected;
    size_t expected_count, expected_capacity;
    const char *label;
    enum strength strength;
    bool strength_unknown; /* something stronger is undecided */
    size_t dominated_by;   /* a variant; SIZE_MAX: it is on the front */
};

struct comparison {
    const struct campaign *campaign;
    const struct measured_frame *frame;
    struct compared *variants;
    size_t count, baseline;
    size_t seeds;
    bool was_cut; /* some fault was there to be compared under */
};

/* The place of VERDICT (enum measured_verdict) in `verdicts`. */
static inline size_t compared_verdict(enum measured_verdict verdict)
{
    return (size_t)verdict - MEASURED_FIGURES;
}

/* Over the seeds: violated under any, else undecided under any, else holds. */
enum sim_verdict_status compared_status(const struct compared *variant,
                                        enum measured_verdict verdict);

/* Whether it is known how many acknowledged writes were lost, not only how many at least. */
bool compared_knows_losses(const struct compared *variant);
/* Known to have lost none under any seed. */
bool compared_loses_nothing(const struct compared *variant);

/* TREE on one line, "" if it is NULL; the caller frees it with sim_free. */
char *compared_flow(const struct sim_tree *tree);

/* Of a campaign that has run. */
void comparison_make(struct comparison *comparison, const struct campaign *campaign,
                     const struct measured_frame *frame, size_t baseline);
void comparison_finish(struct comparison *comparison);

/* What is compared as availability: under the cut, if anything was cut. */
enum measured_figure comparison_availability(const struct comparison *comparison);

extern const char *const strength_names[]; /* "linearizable", ... */

#endif
