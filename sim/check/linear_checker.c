/* linear_checker.c - every answer that clients got is one that a single atomic store could have
 * given.
 *
 * The semantics are those of the stores' state machine: a key holds nothing, a number or a list; a
 * compare-and-set from nothing finds a key without a value; an add takes nothing for 0. An
 * operation that failed did not happen; one whose outcome is unknown may have. */
#include "sim/check/checkers.h"
#include "sim/check/linear_private.h"
#include "sim/check/linearizable.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct params {
    uint32_t clients;
    int64_t initial;
    int64_t failed_cas;
};

enum initial { INITIAL_NOTHING, INITIAL_ZERO };
enum failed_cas { FAILED_CAS_DROP, FAILED_CAS_CONSTRAINT };

static const char *const initial_choices[] = {
    [INITIAL_NOTHING] = "nothing",
    [INITIAL_ZERO] = "zero",
    NULL,
};

static const char *const failed_cas_choices[] = {
    [FAILED_CAS_DROP] = "drop",
    [FAILED_CAS_CONSTRAINT] = "constraint",
    NULL,
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(
        struct params, clients, SIM_OPTIONAL,
        "a group of clients: what all clients of its store did is judged together; without it, "
        "that of all stores, each by itself"),
    SIM_CHOICE(struct params, initial, "nothing", initial_choices,
               "what a key holds before anything is written"),
    SIM_CHOICE(struct params, failed_cas, "drop", failed_cas_choices,
               "a compare-and-set that failed: `drop` takes it for one that did not happen, "
               "`constraint` also for a proof that the value was another one then"),
    { 0 },
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
static bool translate(struct part *part, const struct params *params,
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
        if (out->kind != SIM_LINEAR_CAS || params->failed_cas == FAILED_CAS_DROP)
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
                      const struct params *params, uint32_t store)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    const struct sim_names *names = sim_recorder_names(evidence->recorder);
    size_t count = sim_history_count(history);

    *part = (struct part){ .evidence = evidence };
    part->operations = sim_alloc_array(count, sizeof(*part->operations));
    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        struct sim_linear_operation *out = &part->operations[part->count];

        if (store_of(evidence, sim_names_group(names, entry->node)) != store)
            continue;
        if (!translate(part, params, entry, out))
            continue;
        part->completed += out->returned != SIM_LINEAR_OPEN;
        part->count++;
    }
}

static void part_finish(struct part *part)
{
    sim_linear_table_finish(&part->processes);
    sim_free(part->operations);
}

/* What was found in the stores judged so far. */
struct tally {
    size_t count, completed;
    bool undecided;
};

/* False: a contradiction was found and told. */
static bool judge_store(const struct sim_evidence *evidence, const struct params *params,
                        uint32_t store, struct tally *tally, struct sim_verdict *verdict)
{
    struct part part;
    struct sim_linear_result result;
    struct sim_linear_options options = {
        .initial = params->initial == INITIAL_ZERO ? 0 : SIM_NIL,
        .name = name_of,
        .context = &part,
    };

    part_init(&part, evidence, params, store);
    sim_linear_judge(part.operations, part.count, &options, &result);
    enum sim_linear_status status = result.status;
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

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct tally tally = { 0 };
    char total[SIM_FIGURE_TEXT], unknown[SIM_FIGURE_TEXT];

    if (sim_verdict_lacks(verdict, evidence, NULL))
        return;
    for (uint32_t g = 0; g < evidence->plan->group_count; g++) {
        if (params->clients == SIM_NO_GROUP ? is_judged(evidence, g) : g != params->clients)
            continue;
        if (!judge_store(evidence, params, store_of(evidence, g), &tally, verdict))
            return;
    }
    if (tally.undecided)
        return;
    if (tally.completed == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no completed operation to judge");
        return;
    }
    sim_verdict_say(verdict, SIM_HOLDS, "an order explains all %s operations (%s unknown)",
                    sim_figure_count(total, tally.count),
                    sim_figure_count(unknown, tally.count - tally.completed));
    sim_verdict_hedge(verdict, evidence, NULL);
}

const struct sim_checker sim_linearizable_checker = {
    .about = {
        .name = "linearizable",
        .summary = "one order of all operations, in real time, explains every answer",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};
