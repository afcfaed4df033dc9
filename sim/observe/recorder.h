/* recorder.h - the observer that keeps what judges and reports need: history, metrics, windows,
 * violations, and, if asked for, a trace on the way.
 *
 * Figures of operations are not kept beside the history: they are counted from it on demand, by
 * group, kind and window, in one pass. The warm-up is left out of all figures. An operation belongs
 * to the window in which it was invoked.
 *
 * Ownership: create/destroy; the observer it gives is its own. The plan and the trace are the
 * caller's and outlive it. */
#ifndef SIM_OBSERVE_RECORDER_H
#define SIM_OBSERVE_RECORDER_H

#include "sim/observe/history.h"
#include "sim/observe/metric.h"
#include "sim/observe/names.h"
#include "sim/observe/struck.h"
#include "sim/observe/trace.h"
#include "sim/world/observer.h"
#include "sim/world/plan.h"

/* When a labelled fault was active: from <= t < to. */
struct sim_window {
    uint32_t fault;    /* index in the plan */
    bool open;         /* still, when the run ended; `to` is then that end */
    sim_time from, to; /* to: SIM_TIME_NEVER while open and the run goes on */
};

enum { SIM_STRIKE_NODES = 4, SIM_STRIKES_MAX = 100000 };

/* A fault, labelled or not, from its beginning to its end. */
struct sim_strike {
    uint32_t fault;                   /* index in the plan */
    uint32_t count;                   /* how many nodes it hits, perhaps none */
    uint32_t nodes[SIM_STRIKE_NODES]; /* the first of them */
    bool open;                        /* still, when the run ended; `to` is then that end */
    sim_time from, to;
};

/* A stretch of time: from <= t < to; `to` may be SIM_TIME_NEVER. */
struct sim_span {
    sim_time from, to;
};

struct sim_violation_record {
    sim_time time;
    uint64_t event;
    uint32_t group;
    char *invariant, *text;
};

/* A node stopped for good: at most once each. */
struct sim_halt_record {
    sim_time time;
    uint32_t node;
    const char *reason;
};

/* Figures of the operations of one group (or of one kind of operation of it). */
struct sim_operation_figures {
    uint64_t status[SIM_OPERATION_STATUSES];
    uint64_t open; /* invoked, not completed when the run ended: counts as unknown too */
    struct sim_histogram latency[SIM_OPERATION_STATUSES]; /* from invocation to completion */
};

struct sim_recorder;

struct sim_recorder *sim_recorder_create(const struct sim_plan *plan,
                                         struct sim_trace *trace); /* TRACE or NULL */
void sim_recorder_destroy(struct sim_recorder *recorder);          /* NULL is fine */
/* Before the observer is asked for: keep every strike as a whole. */
void sim_recorder_keep_struck(struct sim_recorder *recorder);
/* The same, and keep all decisions. */
void sim_recorder_keep_decisions(struct sim_recorder *recorder);
/* They point into the recorder. */
struct sim_decisions sim_recorder_decisions(const struct sim_recorder *recorder);
const struct sim_observer *sim_recorder_observer(struct sim_recorder *recorder);
/* HAPPENING is called with everything that happens, beside the trace. Before the world is created
 * with the observer. */
void sim_recorder_listen(struct sim_recorder *recorder,
                         void (*happening)(void *context, const struct sim_happening *happening),
                         void *context);
/* The run ended at NOW: closes windows, flushes the trace. */
void sim_recorder_end(struct sim_recorder *recorder, sim_time now);

const struct sim_plan *sim_recorder_plan(const struct sim_recorder *recorder);
const struct sim_names *sim_recorder_names(const struct sim_recorder *recorder);
const struct sim_history *sim_recorder_history(const struct sim_recorder *recorder);
size_t sim_recorder_violations(const struct sim_recorder *recorder,
                               const struct sim_violation_record **violations);

size_t sim_recorder_halts(const struct sim_recorder *recorder,
                          const struct sim_halt_record **halts);

/* As they began, no more than SIM_STRIKES_MAX; ALL: how many there were. */
size_t sim_recorder_strikes(const struct sim_recorder *recorder, const struct sim_strike **strikes,
                            uint64_t *all);

/* How often FAULT of the plan began, no matter how often that is, and how often it hit somebody. */
struct sim_fired {
    uint64_t begun, hit;
};
struct sim_fired sim_recorder_fired(const struct sim_recorder *recorder, uint32_t fault);

/* All of them as they began, with all nodes, if that was asked for. */
const struct sim_struck *sim_recorder_struck(const struct sim_recorder *recorder, size_t *count);

/* -- windows ------------------------------------------------------------------------------------
 */

/* A label is "cut", all windows of all faults with this label, or "cut[2]", the second of them. */

size_t sim_recorder_windows(const struct sim_recorder *recorder,
                            const struct sim_window **windows); /* as they opened */
bool sim_recorder_in_window(const struct sim_recorder *recorder, const char *label, sim_time t);
/* The windows of LABEL in order; false when INDEX is past the last. */
bool sim_recorder_window(const struct sim_recorder *recorder, const char *label, size_t index,
                         struct sim_window *window);
/* Whether a fault with LABEL began and hit nobody: such a one has no window. */
bool sim_recorder_misses(const struct sim_recorder *recorder, const char *label);
/* The union of the windows of LABEL, in order and disjoint; a NULL label is all time. A window that
 * was still open at the end reaches to SIM_TIME_NEVER. The caller frees it with sim_free. */
struct sim_span *sim_recorder_spans(const struct sim_recorder *recorder, const char *label,
                                    size_t *count);
/* How much of the time between warm-up and end lies in LABEL. */
sim_time sim_recorder_measured(const struct sim_recorder *recorder, const char *label);

/* -- operations -------------------------------------------------------------------------------- */

/* Which operations: those of GROUP (SIM_NO_GROUP: all), of KIND (-1: all), during LABEL (NULL: the
 * whole run). */

/* FIGURES is initialised by this call; finish it with sim_operation_figures_finish. */
void sim_recorder_figures(const struct sim_recorder *recorder, uint32_t group, int kind,
                          const char *label, struct sim_operation_figures *figures);
void sim_operation_figures_finish(struct sim_operation_figures *figures);
/* The latencies of those that completed with STATUS, sorted: for exact percentiles. The caller
 * frees it. */
sim_time *sim_recorder_latencies(const struct sim_recorder *recorder, uint32_t group, int kind,
                                 const char *label, enum sim_operation_status status,
                                 size_t *count);
/* How many were answered ok within LABEL and after the warm-up, whenever they were invoked. */
uint64_t sim_recorder_answers(const struct sim_recorder *recorder, uint32_t group, int kind,
                              const char *label);
/* Bit k: GROUP (or SIM_NO_GROUP) invoked operations of kind k after the warm-up. */
unsigned sim_recorder_kinds(const struct sim_recorder *recorder, uint32_t group);

/* -- metrics of models ------------------------------------------------------------------------- */

/* A counter's value since the warm-up; a gauge's is the sum over the nodes of their last values. */
int64_t sim_recorder_metric(const struct sim_recorder *recorder, uint32_t group, unsigned metric);
/* When a counter was first counted, in the warm-up too; SIM_TIME_NEVER: it was not. */
sim_time sim_recorder_first(const struct sim_recorder *recorder, uint32_t group, unsigned metric);
const struct sim_histogram *sim_recorder_metric_histogram(const struct sim_recorder *recorder,
                                                          uint32_t group, unsigned metric);

#endif
