/* history_checker.c - from what a run recorded to the operations of each store, judged one by one.
 */
#include "sim/check/history_checker.h"
#include "sim/check/behind.h"

#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

const char *const sim_initial_choices[] = {
    [SIM_INITIAL_NOTHING] = "nothing",
    [SIM_INITIAL_ZERO] = "zero",
    NULL,
};

static const enum sim_linear_kind kinds[SIM_OPERATION_KINDS] = {
    [SIM_READ] = SIM_LINEAR_READ,     [SIM_WRITE] = SIM_LINEAR_WRITE,
    [SIM_CAS] = SIM_LINEAR_CAS,       [SIM_ADD] = SIM_LINEAR_ADD,
    [SIM_APPEND] = SIM_LINEAR_APPEND, [SIM_DELETE] = SIM_LINEAR_DELETE,
};

/* One store's part of the history. */
struct part {
    const struct sim_evidence *evidence;
    struct sim_linear_operation *operations;
    uint32_t *sessions; /* of each: the node of its client */
    size_t count, completed;
    struct sim_linear_table processes; /* node, process of the node */
};

static const char *name_of(const void *context, uint32_t process, char text[SIM_LINEAR_NAME])
{
    const struct part *part = context;
    const struct sim_linear_triple *who = &part->processes.entries[process];
    char node[64];

    sim_names_text(sim_recorder_names(part->evidence->recorder), (uint32_t)who->a, node);
    snprintf(text, SIM_LINEAR_NAME, "%.60s/%" PRId64, node, who->b);
    return text;
}

/* False: ENTRY did not happen. */
static bool translate(struct part *part, const struct sim_history_judging *judging,
                      const struct sim_history_entry *entry, struct sim_linear_operation *out)
{
    const struct sim_history *history = sim_recorder_history(part->evidence->recorder);
    bool completed = entry->completed != SIM_TIME_NEVER, ok = entry->status == SIM_OK;
    size_t count = 0;

    assert(entry->operation.kind >= 0);
    assert(entry->operation.kind < SIM_OPERATION_KINDS);
    *out = (struct sim_linear_operation){
        .kind = kinds[entry->operation.kind],
        .key = entry->operation.key,
        .argument = entry->operation.argument,
        .second = entry->operation.second,
        .value = entry->value,
        .answered = ok,
        .invoked = entry->invoked_at,
        .returned = ok ? entry->completed_at : SIM_LINEAR_OPEN,
        .time_invoked = entry->invoked,
        .time_returned = entry->completed,
    };
    if (entry->list != 0 && ok) {
        out->items = sim_history_list(history, entry->list, &count);
        out->item_count = (uint32_t)count;
    }
    if (completed && entry->status == SIM_FAIL) {
        if (out->kind != SIM_LINEAR_CAS || !judging->failed_cas_differs)
            return false;
        out->kind = SIM_LINEAR_CAS_NOT;
        out->returned = entry->completed_at;
    }
    out->process = sim_linear_table_add(
        &part->processes, (struct sim_linear_triple){ entry->node, entry->process, 0 });
    return true;
}

/* The group that a group of clients calls. */
static uint32_t store_of(const struct sim_evidence *evidence, uint32_t clients)
{
    return evidence->plan->groups[clients].target;
}

static void part_init(struct part *part, const struct sim_evidence *evidence,
                      const struct sim_history_judging *judging, uint32_t store)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    const struct sim_names *names = sim_recorder_names(evidence->recorder);
    size_t count = sim_history_count(history);

    *part = (struct part){ .evidence = evidence };
    part->operations = sim_alloc_array(count, sizeof(*part->operations));
    part->sessions = sim_alloc_array(count, sizeof(*part->sessions));
    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        struct sim_linear_operation *out = &part->operations[part->count];

        if (store_of(evidence, sim_names_group(names, entry->node)) != store)
            continue;
        if (!translate(part, judging, entry, out))
            continue;
        part->sessions[part->count] = entry->node;
        part->completed += out->returned != SIM_LINEAR_OPEN;
        part->count++;
    }
}

static void part_finish(struct part *part)
{
    sim_linear_table_finish(&part->processes);
    sim_free(part->operations);
    sim_free(part->sessions);
}

/* What was found in the stores judged so far. */
struct tally {
    size_t count, completed;
    bool undecided;
    char text[SIM_VERDICT_TEXT - 96]; /* the figures of those that hold */
};

/* Clients who change what is kept behind STORE, but do not call that group: they call one of its
 * shards themselves, or another router of it. Only models know which of their keys are the same.
 * NULL: none. */
static const struct sim_group_plan *find_stranger(const struct sim_plan *plan, uint32_t store)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        const struct sim_group_plan *it = &plan->groups[g];

        if (it->model->operations != NULL && it->target != store &&
            (it->model->operations(it->params) & ~(1u << SIM_READ)) != 0 &&
            sim_behind_share(plan, it->target, store) != SIM_BEHIND_NONE)
            return it;
    }
    return NULL;
}

static bool is_strange(const struct sim_plan *plan, uint32_t store, struct tally *tally,
                       struct sim_verdict *verdict)
{
    const struct sim_group_plan *other = find_stranger(plan, store);

    if (other == NULL)
        return false;
    if (!tally->undecided)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "clients of '%.40s' and '%.40s', which calls '%.40s', change stores that "
                        "both have: which of their keys are the same is not known",
                        plan->groups[store].name, other->name, plan->groups[other->target].name);
    tally->undecided = true;
    return true;
}

/* False: a contradiction was found and told. */
static bool judge_store(const struct sim_evidence *evidence,
                        const struct sim_history_judging *judging, uint32_t store,
                        struct tally *tally, struct sim_verdict *verdict)
{
    struct part part;
    struct sim_linear_result result = { .status = SIM_LINEAR_YES };
    enum sim_linear_status status;

    part_init(&part, evidence, judging, store);
    struct sim_history_view view = {
        .operations = part.operations,
        .count = part.count,
        .completed = part.completed,
        .sessions = part.sessions,
        .linear = { .initial = judging->initial, .name = name_of, .context = &part },
        .recorder = evidence->recorder,
    };
    if (part.count > 0 && is_strange(evidence->plan, store, tally, verdict)) {
        part_finish(&part);
        return true;
    }
    if (part.count > 0) /* else the group is no store */
        judging->judge(&view, judging->params, &result);
    status = result.status;
    tally->count += part.count;
    tally->completed += part.completed;
    if (status == SIM_LINEAR_NO) {
        sim_verdict_say(verdict, SIM_BROKEN, "%.500s", result.text);
        verdict->culprit_count = 0;
        for (uint32_t i = 0; i < result.culprit_count && i < SIM_VERDICT_CULPRITS; i++)
            verdict->culprits[verdict->culprit_count++] =
                part.operations[result.culprits[i]].invoked;
    } else if (status == SIM_LINEAR_UNDECIDED && !tally->undecided) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "%.500s", result.text);
        tally->undecided = true;
    } else if (tally->text[0] == '\0') {
        snprintf(tally->text, sizeof(tally->text), "%.400s", result.text);
    }
    sim_linear_result_finish(&result);
    part_finish(&part);
    return status != SIM_LINEAR_NO;
}

/* Has an earlier group of clients the store of CLIENTS? */
static bool is_judged(const struct sim_evidence *evidence, uint32_t clients)
{
    for (uint32_t g = 0; g < clients; g++) {
        if (store_of(evidence, g) == store_of(evidence, clients))
            return true;
    }
    return false;
}

void sim_history_judging_run(const struct sim_evidence *evidence,
                             const struct sim_history_judging *judging, struct sim_verdict *verdict)
{
    struct tally tally = { 0 };
    char total[SIM_FIGURE_TEXT], unknown[SIM_FIGURE_TEXT];

    if (sim_verdict_lacks(verdict, evidence, judging->during))
        return;
    for (uint32_t g = 0; g < evidence->plan->group_count; g++) {
        if (judging->clients == SIM_NO_GROUP ? is_judged(evidence, g) : g != judging->clients)
            continue;
        if (!judge_store(evidence, judging, store_of(evidence, g), &tally, verdict))
            return;
    }
    if (tally.undecided)
        return;
    if (tally.completed == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no completed operation to judge");
        return;
    }
    if (tally.text[0] != '\0')
        sim_verdict_say(verdict, SIM_HOLDS, "%s", tally.text);
    else
        sim_verdict_say(verdict, SIM_HOLDS, "%s all %s operations (%s unknown)", judging->holds,
                        sim_figure_count(total, tally.count),
                        sim_figure_count(unknown, tally.count - tally.completed));
    sim_verdict_hedge(verdict, evidence, judging->during);
}
