/* outcome.h - what a campaign keeps of one run: its verdicts and main figures, without its world.
 *
 * It speaks of expectations and groups by their texts, so that it can be told, stored and merged
 * without the scenario that it came from. The *signature* of a failure is what runs that fail for
 * one reason are likely to share: the expectation, the kind of violation (an invariant's name, or
 * the checker's), and the kinds of faults that were active. Active at the violation of an invariant
 * are those under way, and those done at once (a jump of a clock) that struck before it; a figure
 * that is missed has no such moment, and all that struck in the run count.
 *
 * Ownership: outcomes are from the heap, destroyed by their owner; their texts belong to the set
 * that outcome_read was given, but for what verdicts say, which is different each time.
 * Errors: of one that arrives mangled, outcome_read gives NULL. */
#ifndef TOOLS_ORRERY_OUTCOME_H
#define TOOLS_ORRERY_OUTCOME_H

#include "tools/orrery/bytes.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/texts.h"

/* Of an expectation that speaks of many runs, one run's verdict is a figure like others: by itself
 * it is no failure (over.h). */
struct outcome_verdict {
    const char *expectation, *kind, *faults; /* FAULTS: "crash partition", in order; "" for none */
    enum sim_verdict_status status;
    bool over;                                          /* the expectation speaks of many runs */
    struct sim_measured measured[SIM_VERDICT_MEASURED]; /* in such a one; else none */
    uint32_t measured_count;
    char *text; /* NULL if it holds */
};

/* Of one group of clients. What cannot be said is -1: no operation, no answer, no time. */
enum outcome_figure {
    OUTCOME_AVAILABILITY, /* ok of all operations, in millionths, cut off */
    OUTCOME_P50,          /* latencies of the ok answers, in ns */
    OUTCOME_P99,
    OUTCOME_RATE, /* ok in a thousand seconds, cut off */
    OUTCOME_FIGURES
};

struct outcome_group {
    const char *group;
    int64_t figures[OUTCOME_FIGURES];
};

/* What coverage.h counts. */
struct outcome_place {
    const char *group, *name; /* GROUP: of a mark; NULL: NAME is a kind of fault */
    uint64_t count;           /* how often it hit somebody, or was reached */
};

struct outcome {
    uint32_t cell; /* of the campaign's matrix */
    uint64_t seed, events;
    enum exit_code code;
    const char *limit; /* that ended the run, or NULL */
    const char *death; /* how its process died, or NULL; there is nothing else then */
    char digest[SIM_DIGEST_TEXT];
    struct outcome_verdict *verdicts;
    size_t verdict_count;
    struct outcome_group *groups;
    size_t group_count;
    struct outcome_place *places;
    size_t place_count;
    double *measures; /* what a campaign asks for beside all this (campaign.h), or none */
    size_t measure_count;
};

/* A finished run, on its way out of its process, with COUNT measures. */
void outcome_write(struct bytes *bytes, const struct finished_run *run, const double *measures,
                   size_t count);
struct outcome *outcome_read(struct bytes_reader *reader, struct texts *texts);
/* What JUDGED, a broken verdict of RUN, violates: the invariant's name, or the checker's. */
const char *outcome_kind(const struct finished_run *run, const struct judged *judged);
/* Of a run that died. */
struct outcome *outcome_of_death(const char *death, struct texts *texts);
void outcome_destroy(struct outcome *outcome); /* NULL is fine */

/* Whether some expectation is violated or the run died. */
bool outcome_fails(const struct outcome *outcome);

#endif
