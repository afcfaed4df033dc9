/* effects_play.c - see effects_play.h. */
#include "tests/lib/effects_play.h"

#include "sim/world/model.h"
#include "tests/lib/evidence.h"
#include "tests/lib/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN = 1000 }; /* us */

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct actor_disk, a, "anything"),
    { 0 },
};

static uint32_t place_of(const struct sim_seat *me)
{
    return sim_node(me);
}

static void set_values(struct sim_seat *me, int64_t value, int64_t on_disk)
{
    struct actor_disk *disk = sim_disk(me);

    state_of(me)->value = value;
    disk->a = on_disk;
    sim_write(me);
    sim_sync(me);
}

static void on_start(struct sim_seat *me)
{
    const struct effects_case *one = context_of(me);

    sim_timer(me, TICK, 10 * SIM_MICROSECOND);
    set_values(me, one->values[place_of(me)].started, one->values[place_of(me)].started_disk);
}

static void on_timer(struct sim_seat *me, unsigned kind)
{
    const struct effects_case *one = context_of(me);

    assert(kind == TICK);
    set_values(me, one->values[place_of(me)].state, one->values[place_of(me)].disk);
}

static void tell(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct effects_case *one = context_of(me);

    for (size_t i = one->count; i-- > 0;)
        if (one->told[i].node == place_of(me))
            sim_ledger_effect(ledger, one->told[i].about, one->told[i].action, one->told[i].done,
                              one->told[i].undone);
}

/* -- parameters: the structs of lists as the checkers have them -------------------------------- */

struct term {
    uint32_t of;
    const char *field;
    int64_t times;
};

struct items {
    uint32_t groups[2];
    struct term terms[EFFECTS_TERMS];
    char equals[32];
};

static void set_list(void *params, const struct sim_checker *checker, const char *name,
                     const void *items, uint32_t count, size_t size)
{
    for (const struct sim_field *field = checker->about.fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) != 0)
            continue;
        assert(sim_field_item(field) == size);
        *(struct sim_list *)(void *)((char *)params + field->offset) =
            (struct sim_list){ items, count };
        return;
    }
    assert(false);
}

static void *make_params(const struct effects_case *one, const struct sim_checker *checker,
                         struct items *items)
{
    void *params = params_create(checker);
    uint32_t groups = 0;

    for (uint32_t i = 0; i < 2; i++)
        if (one->of[i])
            items->groups[groups++] = i;
    if (strcmp(checker->about.name, "conserved") == 0) {
        for (size_t i = 0; i < one->term_count; i++)
            items->terms[i] =
                (struct term){ one->terms[i].of, one->terms[i].is_disk ? "a" : "value",
                               one->terms[i].times };
        set_list(params, checker, "sum", items->terms, (uint32_t)one->term_count,
                 sizeof(struct term));
        snprintf(items->equals, sizeof(items->equals), "%lld", (long long)one->equals);
        params_text(params, checker, "equals", one->equals_start ? "start" : items->equals);
    } else {
        set_list(params, checker, "of", items->groups, groups, sizeof(uint32_t));
    }
    if (strcmp(checker->about.name, "saga_atomic") == 0)
        params_group(params, checker, "clients", one->clients ? 0 : SIM_NO_GROUP);
    if (strcmp(checker->about.name, "saga_atomic") == 0)
        set_list(params, checker, "actions", one->actions, (uint32_t)one->action_count,
                 sizeof(int64_t));
    if (strcmp(checker->about.name, "exactly_once") != 0)
        params_duration(params, checker, "rest", one->rest * SIM_MICROSECOND);
    return params;
}

/* -- runs -------------------------------------------------------------------------------------- */

static void record(const struct effects_case *one, struct sim_recorder *recorder)
{
    const struct sim_observer *observer = sim_recorder_observer(recorder);
    const struct sim_operation operation = { .kind = SIM_READ };
    uint64_t id = 0;

    for (int64_t time = 0; time <= one->ended; time++)
        for (size_t i = 0; i < one->invoked_count; i++)
            if (one->invoked[i] == time) {
                observer->invoked(observer->context, time * SIM_MICROSECOND, 0, 0, ++id,
                                  &operation);
                observer->completed(observer->context, time * SIM_MICROSECOND, id,
                                    i < one->ok ? SIM_OK : SIM_FAIL, 0, NULL);
            }
    sim_recorder_end(recorder, one->ended * SIM_MICROSECOND);
}

struct sim_verdict effects_play(const struct effects_case *one, const char *name)
{
    const struct sim_checker *checker = checker_named(name);
    struct sim_model models[2] = { actor_model, actor_model };
    struct script script = { .start = on_start,
                             .timer = on_timer,
                             .context = (void *)(uintptr_t)one };
    struct sim_verdict verdict = { .status = SIM_UNDECIDED };
    struct items items;
    void *params = make_params(one, checker, &items);
    struct sim_recorder *recorder;
    struct stage stage;

    stage_init(&stage, 1, RUN * SIM_MICROSECOND);
    for (uint32_t i = 0; i < 2; i++) {
        models[i].holds = tell;
        models[i].tells_effects = true;
        models[i].holds_on_disk = one->on_disk[i];
        models[i].disk.fields = disk_fields;
        stage_group(&stage, i == 0 ? "left" : "right", 2, &script)->model = &models[i];
    }
    for (uint32_t node = 0; node < EFFECTS_NODES; node++)
        if (one->down[node])
            stage_fault(&stage, &sim_fault_crash, RUN / 2 * SIM_MICROSECOND, 0, node / 2, node % 2);
    stage_run(&stage);
    recorder = sim_recorder_create(&stage.plan, NULL);
    record(one, recorder);
    checker->judge(
        &(struct sim_evidence){ .plan = &stage.plan,
                                .recorder = recorder,
                                .ended = one->ended * SIM_MICROSECOND,
                                .limit = one->stopped ? "10 events (limits.events)" : NULL,
                                .world = stage.world },
        params, &verdict);
    free(params);
    sim_recorder_destroy(recorder);
    stage_finish(&stage);
    return verdict;
}

enum { LAG = 2 }; /* a fault of the bench */

static void play_trigger(struct bench *bench, const struct goodput_case *one, bool split)
{
    const sim_time from = one->from * SIM_MICROSECOND;
    const sim_time to = one->to == GOODPUT_NEVER ? SIM_TIME_NEVER : one->to * SIM_MICROSECOND;
    const sim_time middle = from + SIM_MICROSECOND;

    if (one->from == GOODPUT_NEVER)
        return;
    if (split && to > middle + SIM_MICROSECOND) {
        bench_window(bench, LAG, from, middle);
        bench_window(bench, LAG, middle + 1, to);
    } else {
        bench_window(bench, LAG, from, to);
    }
}

struct sim_verdict goodput_play(const struct goodput_case *one, bool split, bool by_time)
{
    const struct sim_checker *checker = checker_named("goodput_recovers");
    void *params = params_create(checker);
    struct sim_verdict verdict = { .status = SIM_UNDECIDED };
    struct bench bench;

    bench_init(&bench);
    bench.plan.warmup = one->warmup * SIM_MICROSECOND;
    for (size_t i = 0; i < one->count; i++)
        bench_operation(&bench, (uint32_t)i % 3, SIM_READ, 0, one->ok[i] * SIM_MICROSECOND, SIM_OK);
    for (size_t i = 0; i < 3; i++) /* what is no goodput */
        bench_operation(&bench, (uint32_t)i, SIM_READ, 0, i == 0 ? SIM_TIME_NEVER : SIM_MICROSECOND,
                        i == 1 ? SIM_FAIL : SIM_UNKNOWN);
    if (!by_time)
        play_trigger(&bench, one, split);
    bench_play(&bench, one->ended * SIM_MICROSECOND);
    bench.evidence.limit = one->stopped ? "10 events (limits.events)" : NULL;
    params_group(params, checker, "clients", 0);
    params_text(params, checker, "after", by_time ? NULL : "lag");
    params_duration(params, checker, "from", by_time ? one->from * SIM_MICROSECOND : 0);
    params_duration(params, checker, "to", by_time ? one->to * SIM_MICROSECOND : 0);
    params_duration(params, checker, "within", one->within * SIM_MICROSECOND);
    params_duration(params, checker, "every", one->every * SIM_MICROSECOND);
    params_share(params, checker, "at_least", (double)one->at_least / 100);
    checker->judge(&bench.evidence, params, &verdict);
    free(params);
    bench_finish(&bench);
    return verdict;
}
