/* recorder.h - the observer that keeps what judges and reports need: history, metrics, windows, violations, and, if
 * asked for, a trace on the way.
 *
 * Ownership: create/destroy; the observer it gives is its own. */
#ifndef SIM_OBSERVE_RECORDER_H
#define SIM_OBSERVE_RECORDER_H

#include "sim/observe/history.h"
#include "sim/observe/metric.h"
#include "sim/observe/trace.h"
#include "sim/world/observer.h"
#include "sim/world/plan.h"

/* When a labelled fault was active. */
struct sim_window {
    uint32_t fault;     /* index in the plan */
    sim_time from, to;  /* to: SIM_TIME_NEVER while open */
};

struct sim_violation_record {
    sim_time time;
    uint64_t event;
    uint32_t group;
    char *invariant, *text;
};

/* Figures of the operations of one group (or of one kind of operation of it). */
struct sim_operation_figures {
    uint64_t status[SIM_OPERATION_STATUSES];
    uint64_t open;                 /* invoked, not completed when the run ended: counts as unknown too */
    struct sim_histogram latency[SIM_OPERATION_STATUSES]; /* from invocation to completion */
};

struct sim_recorder;

struct sim_recorder *sim_recorder_create(const struct sim_plan *plan, struct sim_trace *trace); /* TRACE or NULL */
void sim_recorder_destroy(struct sim_recorder *recorder);
const struct sim_observer *sim_recorder_observer(struct sim_recorder *recorder);
/* Closes windows and open operations at the end of the run. */
void sim_recorder_end(struct sim_recorder *recorder, sim_time now);

const struct sim_history *sim_recorder_history(const struct sim_recorder *recorder);
size_t sim_recorder_windows(const struct sim_recorder *recorder, const struct sim_window **windows);
size_t sim_recorder_violations(const struct sim_recorder *recorder, const struct sim_violation_record **violations);

/* Is T within a window of LABEL ("cut": the union of all; "cut[2]": the second)? */
bool sim_recorder_in_window(const struct sim_recorder *recorder, const char *label, sim_time t);
/* The windows of LABEL in order; false when INDEX is past the last. */
bool sim_recorder_window(const struct sim_recorder *recorder, const char *label, size_t index, struct sim_window *window);

/* Figures over operations invoked after the warm-up by GROUP (SIM_NO_GROUP: all), of KIND (-1: all), during LABEL (NULL:
 * the whole run). FIGURES is initialised by this call; finish it with sim_operation_figures_finish. */
void sim_recorder_figures(const struct sim_recorder *recorder, uint32_t group, int kind, const char *label,
                          struct sim_operation_figures *figures);
void sim_operation_figures_finish(struct sim_operation_figures *figures);

/* Metrics of models: GROUP's METRIC. A counter's or gauge's value (gauge: the sum over nodes of the last values); a
 * histogram. */
int64_t sim_recorder_metric(const struct sim_recorder *recorder, uint32_t group, unsigned metric);
const struct sim_histogram *sim_recorder_metric_histogram(const struct sim_recorder *recorder, uint32_t group,
                                                          unsigned metric);

#endif
