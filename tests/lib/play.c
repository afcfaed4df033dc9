#define _POSIX_C_SOURCE 200809L
#include "tests/lib/play.h"

#include "models/models.h"
#include "sim/check/linearizable.h"
#include "sim/core/mem.h"
#include "sim/world/kernel.h"
#include "tests/lib/script.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_MAX = 256 };

static void on_happening(void *context, const struct sim_happening *h)
{
    struct play *play = context;
    struct play_note *note;

    if (h->kind != SIM_HAPPENED_NOTE)
        return;
    play->notes =
        sim_grow(play->notes, &play->note_capacity, play->note_count + 1, sizeof *play->notes);
    note = &play->notes[play->note_count++];
    *note = (struct play_note){ .time = h->time, .node = h->node, .what = h->what };
    if (h->record != NULL)
        memcpy(note->words, h->words, h->record->words * sizeof(int64_t));
}

static void on_invoked(void *context, sim_time time, uint32_t node, uint32_t process, uint64_t id,
                       const struct sim_operation *operation)
{
    struct play *play = context;

    play->operations = sim_grow(play->operations, &play->operation_capacity, (size_t)id + 1,
                                sizeof *play->operations);
    play->operations[id] = (struct play_operation){
        .invoked = time,
        .began = play->order++,
        .node = node,
        .process = process,
        .operation = *operation,
        .status = -1,
    };
    play->operation_count = (size_t)id;
}

static void on_completed(void *context, sim_time time, uint64_t id,
                         enum sim_operation_status status, int64_t value,
                         const struct sim_blob *list)
{
    struct play *play = context;

    (void)list;
    ck_assert_uint_le(id, play->operation_count);
    ck_assert_int_eq(play->operations[id].status, -1);
    play->operations[id].completed = time;
    play->operations[id].ended = play->order++;
    play->operations[id].status = (int)status;
    play->operations[id].value = value;
    play->status[status]++;
}

static void on_metric(void *context, sim_time time, uint32_t node, uint32_t group, unsigned metric,
                      int64_t value)
{
    struct play *play = context;

    (void)time;
    (void)node;
    if (group == 0)
        play->metrics[metric] += value;
}

static void on_violated(void *context, sim_time time, uint64_t event, uint32_t group,
                        const char *invariant, const char *text)
{
    struct play *play = context;

    (void)event;
    (void)group;
    if (play->violated[0] != '\0')
        return;
    snprintf(play->violated, sizeof play->violated, "%s", invariant);
    snprintf(play->text, sizeof play->text, "%s", text);
    play->violated_at = time;
}

static struct sim_scenario *parse(const char *yaml, struct sim_diagnostics *diagnostics)
{
    const struct sim_model *models[MODELS_MAX + 2] = { NULL };
    const struct sim_model *const *all = sim_models();
    const struct sim_described *checkers[] = { NULL };
    const struct sim_catalogue catalogue = { models, checkers, sim_filters() };
    const struct sim_document_options options = { .path = "test.yaml" };
    size_t i;

    for (i = 0; all[i] != NULL && i < MODELS_MAX; i++)
        models[i] = all[i];
    models[i] = &script_model;
    return sim_scenario_parse(&catalogue, "test.yaml", yaml, strlen(yaml), &options, diagnostics);
}

struct play *play_open(const char *yaml, uint64_t seed)
{
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct play *play = sim_alloc(sizeof *play);

    play->scenario = parse(yaml, diagnostics);
    if (play->scenario == NULL)
        sim_diagnostics_print(diagnostics, stderr, false);
    ck_assert_ptr_nonnull(play->scenario);
    sim_diagnostics_destroy(diagnostics);
    sim_scenario_set_seed(play->scenario, seed);
    play->plan = sim_plan_draw(sim_scenario_plan(play->scenario));
    return play;
}

static struct play *run(const char *yaml, uint64_t seed, bool noting)
{
    struct play *play = play_open(yaml, seed);
    struct sim_observer observer = {
        .context = play,
        .happening = noting ? on_happening : NULL,
        .invoked = on_invoked,
        .completed = on_completed,
        .metric = on_metric,
        .violated = on_violated,
    };

    play->world = sim_world_create(play->plan, &observer);
    play->end = sim_world_run(play->world);
    play->digest = sim_world_digest(play->world);
    return play;
}

struct play *play_run(const char *yaml, uint64_t seed)
{
    return run(yaml, seed, true);
}

struct play *play_swiftly(const char *yaml, uint64_t seed)
{
    return run(yaml, seed, false);
}

void play_expect_error(const char *yaml, const char *message)
{
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario = parse(yaml, diagnostics);
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    sim_diagnostics_print(diagnostics, file, false);
    fclose(file);
    ck_assert_msg(scenario == NULL && strstr(text, message) != NULL, "expected '%s' in: %s",
                  message, text);
    free(text);
    sim_scenario_destroy(scenario);
    sim_diagnostics_destroy(diagnostics);
}

void play_free(struct play *play)
{
    sim_world_destroy(play->world);
    sim_drawn_destroy(play->plan);
    sim_scenario_destroy(play->scenario);
    sim_free(play->notes);
    sim_free(play->operations);
    sim_free(play);
}

const struct sim_seat *play_seat(const struct play *play, uint32_t node)
{
    return seat_of_node(play->world, node);
}

const void *play_state(const struct play *play, uint32_t node)
{
    return sim_world_state(play->world, node);
}

const struct play_note *play_note(const struct play *play, const char *what, uint32_t node,
                                  size_t n)
{
    for (size_t i = 0; i < play->note_count; i++) {
        const struct play_note *note = &play->notes[i];

        if (strcmp(note->what, what) == 0 && (node == SIM_NO_GROUP || note->node == node) &&
            n-- == 0)
            return note;
    }
    return NULL;
}

size_t play_count(const struct play *play, const char *what, uint32_t node)
{
    size_t count = 0;

    while (play_note(play, what, node, count) != NULL)
        count++;
    return count;
}

const int64_t *play_answer(const struct play *play, uint32_t node, int64_t step)
{
    const struct play_note *note;

    for (size_t n = 0; (note = play_note(play, "answer", node, n)) != NULL; n++)
        if (note->words[0] == step)
            return note->words;
    ck_abort_msg("step %lld was not answered", (long long)step);
    return NULL;
}

static const enum sim_linear_kind linear_kinds[SIM_OPERATION_KINDS] = {
    [SIM_READ] = SIM_LINEAR_READ,     [SIM_WRITE] = SIM_LINEAR_WRITE,
    [SIM_CAS] = SIM_LINEAR_CAS,       [SIM_ADD] = SIM_LINEAR_ADD,
    [SIM_APPEND] = SIM_LINEAR_APPEND, [SIM_DELETE] = SIM_LINEAR_DELETE,
};

bool play_is_linearizable(const struct play *play, char *text)
{
    struct sim_linear_operation *operations =
        sim_alloc_array(play->operation_count + 1, sizeof *operations);
    struct sim_linear_options options = { .initial = SIM_NIL };
    struct sim_linear_result result = { 0 };
    size_t count = 0;
    bool legal;

    for (size_t i = 1; i <= play->operation_count; i++) {
        const struct play_operation *o = &play->operations[i];
        bool ok = o->status == SIM_OK;

        ck_assert_int_ne(o->operation.kind, SIM_APPEND);
        if (o->status == SIM_FAIL)
            continue;
        operations[count++] = (struct sim_linear_operation){
            .kind = linear_kinds[o->operation.kind],
            .process = o->node,
            .key = o->operation.key,
            .argument = o->operation.argument,
            .second = o->operation.second,
            .value = o->value,
            .answered = ok,
            .invoked = o->began,
            .returned = ok ? o->ended : SIM_LINEAR_OPEN,
            .time_invoked = o->invoked,
            .time_returned = o->completed,
        };
    }
    sim_linear_judge(operations, count, &options, &result);
    legal = result.status == SIM_LINEAR_YES;
    snprintf(text, SIM_LINEAR_TEXT, "%s%.1000s", result.status == SIM_LINEAR_UNDECIDED ? "? " : "",
             legal ? "" : result.text);
    sim_linear_result_finish(&result);
    sim_free(operations);
    return legal;
}
