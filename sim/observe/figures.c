/* Figures of operations, counted from the history. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/observe/recorder.h"

#include <assert.h>

/* A pass over the operations that a question is about. */
struct pass {
    const struct sim_recorder *recorder;
    const struct sim_history *history;
    uint32_t first, last; /* nodes: first <= node < last */
    int kind;
    struct sim_span *spans;
    size_t span_count, span; /* the first span that does not end before the operations to come */
    size_t next, count;
};

static void pass_begin(struct pass *pass, const struct sim_recorder *recorder, uint32_t group,
                       int kind, const char *label)
{
    const struct sim_names *names = sim_recorder_names(recorder);

    assert(group == SIM_NO_GROUP || group < names->plan->group_count);
    *pass = (struct pass){ .recorder = recorder,
                           .history = sim_recorder_history(recorder),
                           .kind = kind };
    pass->first = group == SIM_NO_GROUP ? 0 : names->first[group];
    pass->last = group == SIM_NO_GROUP ? sim_names_nodes(names) : names->first[group + 1];
    pass->spans = sim_recorder_spans(recorder, label, &pass->span_count);
    pass->count = sim_history_count(pass->history);
}

static void pass_end(struct pass *pass)
{
    sim_free(pass->spans);
}

static bool is_asked_for(const struct pass *pass, const struct sim_history_entry *entry)
{
    return entry->node >= pass->first && entry->node < pass->last &&
           (pass->kind < 0 || entry->operation.kind == pass->kind);
}

/* The next operation that was invoked in time, or NULL. */
static const struct sim_history_entry *pass_next(struct pass *pass)
{
    while (pass->next < pass->count) {
        const struct sim_history_entry *entry = sim_history_entry(pass->history, pass->next++);

        while (pass->span < pass->span_count && pass->spans[pass->span].to <= entry->invoked)
            pass->span++;
        if (pass->span == pass->span_count)
            return NULL;
        if (entry->invoked >= pass->spans[pass->span].from && is_asked_for(pass, entry))
            return entry;
    }
    return NULL;
}

/* Leaves out the warm-up, and does not look at what cannot be there. */
static void pass_begin_measured(struct pass *pass, const struct sim_recorder *recorder,
                                uint32_t group, int kind, const char *label)
{
    unsigned kinds = sim_recorder_kinds(recorder, group);

    pass_begin(pass, recorder, group, kind, label);
    pass->next = sim_history_since(pass->history, sim_recorder_plan(recorder)->warmup);
    if (kinds == 0 || (kind >= 0 && (kinds >> kind & 1) == 0))
        pass->next = pass->count;
}

void sim_recorder_figures(const struct sim_recorder *recorder, uint32_t group, int kind,
                          const char *label, struct sim_operation_figures *figures)
{
    struct pass pass;
    const struct sim_history_entry *entry;

    *figures = (struct sim_operation_figures){ 0 };
    pass_begin_measured(&pass, recorder, group, kind, label);
    while ((entry = pass_next(&pass)) != NULL) {
        figures->status[entry->status]++;
        if (entry->completed == SIM_TIME_NEVER)
            figures->open++;
        else
            sim_histogram_add(&figures->latency[entry->status], entry->completed - entry->invoked);
    }
    pass_end(&pass);
}

void sim_operation_figures_finish(struct sim_operation_figures *figures)
{
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        sim_histogram_finish(&figures->latency[i]);
}

static int compare_times(const void *a, const void *b)
{
    const sim_time *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

sim_time *sim_recorder_latencies(const struct sim_recorder *recorder, uint32_t group, int kind,
                                 const char *label, enum sim_operation_status status, size_t *count)
{
    struct pass pass;
    const struct sim_history_entry *entry;
    sim_time *times = NULL;
    size_t capacity = 0;

    *count = 0;
    pass_begin_measured(&pass, recorder, group, kind, label);
    while ((entry = pass_next(&pass)) != NULL) {
        if (entry->completed == SIM_TIME_NEVER || entry->status != (int32_t)status)
            continue;
        if (*count == capacity)
            times = sim_grow(times, &capacity, *count + 1, sizeof(*times));
        times[(*count)++] = entry->completed - entry->invoked;
    }
    pass_end(&pass);
    if (*count > 1)
        sim_sort(times, *count, sizeof(*times), compare_times);
    return times;
}

static bool lies_in(const struct sim_span *spans, size_t count, sim_time t)
{
    size_t low = 0, high = count; /* the last span that starts at or before t is low - 1 */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (spans[middle].from <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && t < spans[low - 1].to;
}

uint64_t sim_recorder_answers(const struct sim_recorder *recorder, uint32_t group, int kind,
                              const char *label)
{
    struct pass pass;
    sim_time warmup = sim_recorder_plan(recorder)->warmup;
    uint64_t answers = 0;

    pass_begin(&pass, recorder, group, kind, label);
    for (size_t i = 0; i < pass.count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(pass.history, i);

        if (entry->status == SIM_OK && entry->completed >= warmup && is_asked_for(&pass, entry) &&
            lies_in(pass.spans, pass.span_count, entry->completed))
            answers++;
    }
    pass_end(&pass);
    return answers;
}
