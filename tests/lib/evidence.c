#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void never_called(struct sim_judge *judge, uint32_t member)
{
    (void)judge;
    (void)member;
    abort();
}

static uint32_t any_operation(const void *params)
{
    (void)params;
    return (1u << SIM_OPERATION_KINDS) - 1;
}

void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    bench->app = (struct sim_model){ .name = "client", .operations = any_operation };
    bench->store = (struct sim_model){
        .name = "server",
        .metrics = { { "elections", SIM_COUNTER, "elections that were won" },
                     { "backlog", SIM_GAUGE, NULL },
                     { "batch", SIM_HISTOGRAM, "entries of an append" } },
        .invariant = { .check = never_called },
    };
    bench->groups[0] = (struct sim_group_plan){ .name = "app", .model = &bench->app, .count = 3 };
    bench->groups[1] =
        (struct sim_group_plan){ .name = "store", .model = &bench->store, .count = 2 };
    bench->faults[0] = (struct sim_fault_plan){ .label = "cut", .kind = &sim_fault_partition };
    bench->faults[1] = (struct sim_fault_plan){ .label = "cut", .kind = &sim_fault_crash };
    bench->faults[2] = (struct sim_fault_plan){ .label = "lag", .kind = &sim_fault_slow };
    bench->faults[3] = (struct sim_fault_plan){ .kind = &sim_fault_pause };
    bench->faults[4] = (struct sim_fault_plan){ .label = "cutter", .kind = &sim_fault_pause };
    bench->plan = (struct sim_plan){
        .name = "bench",
        .seed = 7,
        .duration = 60 * SIM_SECOND,
        .groups = bench->groups,
        .group_count = 2,
        .faults = bench->faults,
        .fault_count = 5,
    };
    bench->steps = calloc(BENCH_STEPS_MAX, sizeof(*bench->steps));
}

void bench_finish(struct bench *bench)
{
    sim_recorder_destroy(bench->recorder);
    free(bench->steps);
}

/* Keeps the order of time; later said goes behind. */
static void add(struct bench *bench, struct bench_step step)
{
    size_t at = bench->step_count++;

    ck_assert_uint_lt(at, BENCH_STEPS_MAX);
    for (; at > 0 && bench->steps[at - 1].time > step.time; at--)
        bench->steps[at] = bench->steps[at - 1];
    bench->steps[at] = step;
}

void bench_operation(struct bench *bench, uint32_t node, int kind, sim_time invoked, sim_time done,
                     enum sim_operation_status status)
{
    uint64_t id = ++bench->operations;

    add(bench, (struct bench_step){
                   .type = STEP_INVOKE, .time = invoked, .node = node, .id = id, .kind = kind });
    if (done != SIM_TIME_NEVER)
        add(bench, (struct bench_step){
                       .type = STEP_COMPLETE, .time = done, .id = id, .kind = (int64_t)status });
}

void bench_window(struct bench *bench, uint32_t fault, sim_time from, sim_time to)
{
    add(bench,
        (struct bench_step){ .type = STEP_WINDOW, .time = from, .number = fault, .opens = true });
    if (to != SIM_TIME_NEVER)
        add(bench, (struct bench_step){ .type = STEP_WINDOW, .time = to, .number = fault });
}

void bench_halt(struct bench *bench, sim_time time, uint32_t node, const char *reason)
{
    add(bench,
        (struct bench_step){ .type = STEP_HALT, .time = time, .node = node, .text = reason });
}

void bench_violation(struct bench *bench, sim_time time, const char *invariant, const char *text)
{
    add(bench, (struct bench_step){
                   .type = STEP_VIOLATION, .time = time, .name = invariant, .text = text });
}

void bench_metric(struct bench *bench, sim_time time, uint32_t node, unsigned metric, int64_t value)
{
    add(bench,
        (struct bench_step){
            .type = STEP_METRIC, .time = time, .node = node, .number = metric, .value = value });
}

/* Fault 0 hits all, 1 to 3 the node 4, 3 or 2, and 4 nobody. */
static void play_fault(const struct sim_observer *observer, const struct bench_step *step)
{
    static const uint32_t nodes[] = { 0, 1, 2, 3, 4 };
    uint32_t fault = step->number;

    if (fault == 0)
        observer->fault(observer->context, step->time, fault, nodes, 5, step->opens);
    else
        observer->fault(observer->context, step->time, fault, &nodes[5 - fault], fault < 4,
                        step->opens);
    if (fault < 3) /* 3 has no label */
        observer->window(observer->context, step->time, fault, step->opens);
}

static void play(const struct sim_observer *observer, const struct bench_step *step)
{
    struct sim_operation operation = { .kind = step->kind, .key = 1, .argument = 5 };

    switch (step->type) {
    case STEP_INVOKE:
        observer->invoked(observer->context, step->time, step->node, (uint32_t)step->id, step->id,
                          &operation);
        break;
    case STEP_COMPLETE:
        observer->completed(observer->context, step->time, step->id,
                            (enum sim_operation_status)step->kind, 5, NULL);
        break;
    case STEP_WINDOW:
        play_fault(observer, step);
        break;
    case STEP_VIOLATION:
        observer->violated(observer->context, step->time, 42, 1, step->name, step->text);
        break;
    case STEP_HALT:
        observer->halted(observer->context, step->time, step->node, step->text);
        break;
    case STEP_METRIC:
        observer->metric(observer->context, step->time, step->node, 1, step->number, step->value);
        break;
    }
}

void bench_play(struct bench *bench, sim_time ended)
{
    bench->recorder = sim_recorder_create(&bench->plan, NULL);
    for (size_t i = 0; i < bench->step_count; i++)
        play(sim_recorder_observer(bench->recorder), &bench->steps[i]);
    sim_recorder_end(bench->recorder, ended);
    bench->evidence = (struct sim_evidence){
        .plan = &bench->plan,
        .recorder = bench->recorder,
        .ended = ended,
    };
}

/* -- parameters -------------------------------------------------------------------------------- */

static void *field(void *params, const struct sim_checker *checker, const char *name,
                   enum sim_field_type type)
{
    for (const struct sim_field *at = checker->about.fields; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            if (type != SIM_FIELD_TEXT || at->type != SIM_FIELD_LABEL)
                ck_assert_int_eq(at->type, type);
            return (char *)params + at->offset;
        }
    }
    ck_abort_msg("no parameter %s", name);
    return NULL;
}

void *params_create(const struct sim_checker *checker)
{
    void *params = calloc(1, checker->about.size);

    for (const struct sim_field *at = checker->about.fields; at->name != NULL; at++) {
        if (at->type == SIM_FIELD_GROUP)
            *(uint32_t *)(void *)((char *)params + at->offset) = SIM_NO_GROUP;
        if (at->type == SIM_FIELD_CHOICE)
            params_choice(params, checker, at->name, at->standard);
        if (at->type == SIM_FIELD_SHARE && at->standard && strcmp(at->standard, "100%") == 0)
            *(double *)(void *)((char *)params + at->offset) = 1;
    }
    return params;
}

void params_group(void *params, const struct sim_checker *checker, const char *name, uint32_t group)
{
    *(uint32_t *)field(params, checker, name, SIM_FIELD_GROUP) = group;
}

void params_text(void *params, const struct sim_checker *checker, const char *name,
                 const char *text)
{
    *(const char **)field(params, checker, name, SIM_FIELD_TEXT) = text;
}

void params_duration(void *params, const struct sim_checker *checker, const char *name,
                     sim_time value)
{
    *(sim_time *)field(params, checker, name, SIM_FIELD_DURATION) = value;
}

void params_share(void *params, const struct sim_checker *checker, const char *name, double share)
{
    *(double *)field(params, checker, name, SIM_FIELD_SHARE) = share;
}

void params_rate(void *params, const struct sim_checker *checker, const char *name, int64_t count,
                 sim_time per)
{
    *(struct sim_rate *)field(params, checker, name, SIM_FIELD_RATE) =
        (struct sim_rate){ count, per };
}

void params_choice(void *params, const struct sim_checker *checker, const char *name,
                   const char *choice)
{
    for (const struct sim_field *at = checker->about.fields; at->name != NULL; at++) {
        for (int64_t i = 0; strcmp(at->name, name) == 0 && at->choices[i] != NULL; i++) {
            if (strcmp(at->choices[i], choice) == 0) {
                *(int64_t *)field(params, checker, name, SIM_FIELD_CHOICE) = i;
                return;
            }
        }
    }
    ck_abort_msg("no choice %s of %s", choice, name);
}

const struct sim_checker *checker_named(const char *name)
{
    const struct sim_checker *const *checkers = sim_checkers();

    for (size_t i = 0; checkers[i] != NULL; i++) {
        if (strcmp(checkers[i]->about.name, name) == 0)
            return checkers[i];
    }
    ck_abort_msg("no checker %s", name);
    return NULL;
}
