/* measured.h - what a comparison takes of one run: its figures, and what its history satisfied.
 *
 * A run has three parts. *Calm* is what clients asked before the first fault began, *under fault*
 * what they asked while a labelled one was active (any fault, where none has a label), *after* the
 * rest: there the fault is over, but not what it left behind. An operation belongs to the part in
 * which it was asked for; one that was still open at the end counts only if it had waited as long
 * as others did for theirs. The warm-up is left out of figures, not of what is judged.
 *
 * While a partition lasts, each of its sides has a name: the majority's is the one with more than
 * half of the nodes of the store that its clients call, the others are minorities.
 *
 * What the history satisfied is judged over all of it, since what a fault broke is often seen only
 * when it is over; and once more over its calm beginning, which is a history of its own: what was
 * not answered by then is open.
 *
 * A figure that a run does not have is not a number (no read in the cut, no partition). Shares are
 * 0..1, times in ns. */
#ifndef TOOLS_ORRERY_MEASURED_H
#define TOOLS_ORRERY_MEASURED_H

#include "tools/orrery/runner.h"

enum measured_figure {
    MEASURED_OK, /* of what was asked, answered ok */
    MEASURED_OK_CALM,
    MEASURED_OK_CUT,
    MEASURED_OK_MAJORITY,
    MEASURED_OK_MINORITY,
    MEASURED_OK_AFTER,
    MEASURED_GAP,       /* longest time without a successful change */
    MEASURED_RECOVERED, /* after a fault, until every client had an ok answer; the longest */
    MEASURED_READ_P50,  /* calm */
    MEASURED_READ_P99,
    MEASURED_WRITE_P50,
    MEASURED_WRITE_P99,
    MEASURED_CUT_P50, /* of ok answers, reads and changes */
    MEASURED_CUT_P99,
    MEASURED_ERROR_CALM_P50, /* until a client was told that it failed, or gave up */
    MEASURED_ERROR_P50,      /* under fault */
    MEASURED_ERROR_P99,
    MEASURED_STALE, /* share of reads */
    MEASURED_STALE_CUT,
    MEASURED_STALE_AGE,   /* the worst */
    MEASURED_STALE_AFTER, /* after a fault, until the last stale read */
    MEASURED_LOST,        /* acknowledged writes */
    MEASURED_LOST_SHARE,
    MEASURED_SIBLINGS, /* share of reads */
    MEASURED_MESSAGES, /* for each operation asked for */
    MEASURED_BYTES,
    MEASURED_CALM_P50,        /* of all kinds */
    MEASURED_CONVERGED_AFTER, /* a fault, the copies were alike again (measured_watch.h) */
    MEASURED_ASKED,           /* operations in a second */
    MEASURED_READS,           /* share of these */
    MEASURED_GOODPUT,         /* ok answers in a second (measured_calls.h) */
    MEASURED_GOODPUT_CALM,
    MEASURED_GOODPUT_CUT,
    MEASURED_GOODPUT_AFTER,
    MEASURED_GOODPUT_BACK, /* after the last fault, until goodput was what it had been */
    MEASURED_CALM_P99,     /* of ok answers of all kinds */
    MEASURED_AFTER_P99,
    MEASURED_SENT,     /* requests, for each of a client, by clients and services */
    MEASURED_SENT_CUT, /* under fault */
    MEASURED_REFUSED,  /* share of calls: certainly not done */
    MEASURED_DEGRADED, /* answered by a filter */
    MEASURED_UNSENT,   /* without any attempt: turned away by a filter */
    MEASURED_FIGURES
};

/* What may have held: enum sim_verdict_status, as a number. */
enum measured_verdict {
    MEASURED_LINEARIZABLE_CALM = MEASURED_FIGURES,
    MEASURED_LINEARIZABLE,
    MEASURED_SEQUENTIAL,
    MEASURED_CAUSAL,
    MEASURED_READ_YOUR_WRITES,
    MEASURED_MONOTONIC_READS,
    MEASURED_MONOTONIC_WRITES,
    MEASURED_WRITES_FOLLOW_READS,
    MEASURED_CONVERGED,  /* the copies, at the end */
    MEASURED_CONVERGES,  /* after each fault; broken: after one of them not */
    MEASURED_RECOVERS,   /* goodput, after the last fault */
    MEASURED_LOST_WHOLE, /* the count of lost writes is the whole one; broken: a lower bound */
    MEASURED_STOPPED,    /* 1: by an invariant or a limit, before its time */
    MEASURED_FIXED,
};

enum {
    MEASURED_LABELS_MAX = 4,
    MEASURED_HOPS_MAX = 8,
    MEASURED_ANOMALIES_MAX = 8,
    MEASURED_HOPS = MEASURED_FIXED + MEASURED_LABELS_MAX,
    MEASURED_ANOMALIES = MEASURED_HOPS + MEASURED_HOPS_MAX,
    MEASURED_ALL = MEASURED_ANOMALIES + MEASURED_ANOMALIES_MAX
};

enum measured_unit { UNIT_SHARE, UNIT_TIME, UNIT_COUNT };

struct measured_row {
    const char *name; /* "ok.cut.minority": as CSV and JSON say it */
    enum measured_unit unit;
    int better; /* 1: more is better, -1: less is; 0: neither */
};

extern const struct measured_row measured_rows[MEASURED_FIGURES];

/* A call site of a group, of calls through filters or of services: attempts are counted of each. */
struct measured_hop {
    const char *group, *route;
};

/* A metric of a group's model that counts what should not be seen. */
struct measured_anomaly {
    const char *group, *metric, *help;
};

/* What all runs of a comparison are asked. */
struct measured_frame {
    const char *labels[MEASURED_LABELS_MAX]; /* of faults: availability during each follows */
    size_t label_count;
    const char *clients; /* the group whose operations count; NULL: all */
    bool has_store;      /* in some variant they are of a store; else of services alone */
    bool has_filters;    /* in some variant calls go through some */
    struct measured_hop hops[MEASURED_HOPS_MAX];
    size_t hop_count;
    struct measured_anomaly anomalies[MEASURED_ANOMALIES_MAX];
    size_t anomaly_count;
};

/* The labels of the faults of SCENARIO, the first variant; CLIENTS: a group, or NULL. */
void measured_frame_init(struct measured_frame *frame, const struct sim_scenario *scenario,
                         const char *clients);
/* Of another variant. */
void measured_frame_add(struct measured_frame *frame, const struct sim_scenario *scenario);
/* Whether GROUP's operations count. */
bool measured_is_client(const struct measured_frame *frame, const struct sim_plan *plan,
                        uint32_t group);
/* MEASURES: MEASURED_ALL numbers. FRAME: a struct measured_frame; WATCH: a struct measured_watch
 * that was asked on the way. */
void measured_make(const void *frame, const struct finished_run *run, void *watch,
                   double *measures);

#endif
