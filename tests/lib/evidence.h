/* evidence.h - hand-made runs for the tests of recorder, checkers and report.
 *
 * Says what happened in any order; the bench plays it to a recorder in the order of time (at one
 * time in the order of saying). Groups: 0 "app" (3 clients: nodes 0..2), 1 "store" (2 servers:
 * nodes 3..4, with a counter, a gauge and a histogram). Faults: 0 and 1 "cut" (partition, crash),
 * 2 "lag" (slow), 3 without a label, 4 "cutter" (pause), which hits nobody. Duration 60 s, no
 * warm-up.
 *
 * Ownership: bench_finish frees all. */
#ifndef TESTS_LIB_EVIDENCE_H
#define TESTS_LIB_EVIDENCE_H

#include "sim/check/checker.h"

enum { BENCH_STEPS_MAX = 4096 };

struct bench_step {
    enum { STEP_INVOKE, STEP_COMPLETE, STEP_WINDOW, STEP_VIOLATION, STEP_METRIC, STEP_HALT } type;
    sim_time time;
    uint32_t node, number; /* fault, or metric */
    uint64_t id;
    int64_t kind, value;
    const char *name, *text;
    bool opens;
};

struct bench {
    struct sim_plan plan;
    struct sim_model store, app;
    struct sim_group_plan groups[2];
    struct sim_fault_plan faults[5];
    struct sim_recorder *recorder;
    struct bench_step *steps;
    size_t step_count;
    uint64_t operations;
    struct sim_evidence evidence;
};

void bench_init(struct bench *bench);
void bench_finish(struct bench *bench);

/* DONE is SIM_TIME_NEVER for one that stays open. */
void bench_operation(struct bench *bench, uint32_t node, int kind, sim_time invoked, sim_time done,
                     enum sim_operation_status status);
void bench_window(struct bench *bench, uint32_t fault, sim_time from, sim_time to);
void bench_halt(struct bench *bench, sim_time time, uint32_t node, const char *reason);
void bench_violation(struct bench *bench, sim_time time, const char *invariant, const char *text);
void bench_metric(struct bench *bench, sim_time time, uint32_t node, unsigned metric,
                  int64_t value);
/* Plays everything and ends the run. */
void bench_play(struct bench *bench, sim_time ended);

/* Parameters of CHECKER: those that are optional absent, choices at their default. */
void *params_create(const struct sim_checker *checker);
void params_group(void *params, const struct sim_checker *checker, const char *name,
                  uint32_t group);
void params_text(void *params, const struct sim_checker *checker, const char *name,
                 const char *text); /* or a label */
void params_duration(void *params, const struct sim_checker *checker, const char *name,
                     sim_time value);
void params_share(void *params, const struct sim_checker *checker, const char *name, double share);
void params_rate(void *params, const struct sim_checker *checker, const char *name, int64_t count,
                 sim_time per);
void params_choice(void *params, const struct sim_checker *checker, const char *name,
                   const char *choice);

const struct sim_checker *checker_named(const char *name);

#endif
