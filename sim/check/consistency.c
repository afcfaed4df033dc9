/* consistency.c - from a history to its plain part, to the judge of a guarantee, and back to one
 * result. */
#include "sim/check/consistency_private.h"
#include "sim/check/linear_private.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEPS_DEFAULT 4000000000u
#define BYTES_DEFAULT ((uint64_t)1 << 30)

void sim_finding_blame(struct sim_finding *finding, uint32_t node)
{
    for (uint32_t i = 0; i < finding->culprit_count; i++) {
        if (finding->culprits[i] == node)
            return;
    }
    if (finding->culprit_count < SIM_LINEAR_CULPRITS_MAX)
        finding->culprits[finding->culprit_count++] = node;
}

void sim_finding_blame_path(struct sim_finding *finding, const struct sim_relation *relation,
                            uint32_t a, uint32_t b)
{
    struct sim_relation_edge path[SIM_LINEAR_CULPRITS_MAX];
    size_t length = sim_relation_path(relation, a, b, path, SIM_LINEAR_CULPRITS_MAX);

    sim_finding_blame(finding, a);
    for (size_t i = 0; i < length; i++) {
        sim_finding_blame(finding, path[i].from);
        sim_finding_blame(finding, path[i].to);
    }
}

void sim_finding_blame_cycle(struct sim_finding *finding, const struct sim_relation *relation)
{
    struct sim_relation_edge cycle[SIM_LINEAR_CULPRITS_MAX];
    size_t length = sim_relation_cycle(relation, cycle, SIM_LINEAR_CULPRITS_MAX);

    for (size_t i = 0; i < length; i++)
        sim_finding_blame(finding, cycle[i].from);
    for (size_t i = 0; i < length; i++)
        if (cycle[i].why != SIM_RELATION_NONE)
            sim_finding_blame(finding, cycle[i].why);
}

/* In order of invocation, each with its key. */
static void tell(const struct sim_plain *plain, const struct sim_finding *finding,
                 const struct sim_linear_options *options, struct sim_linear_result *result)
{
    size_t used;

    result->culprit_count = finding->culprit_count;
    for (uint32_t i = 0; i < finding->culprit_count; i++) {
        uint32_t index = plain->nodes[finding->culprits[i]].operation, at = i;

        for (; at > 0 && result->culprits[at - 1] > index; at--)
            result->culprits[at] = result->culprits[at - 1];
        result->culprits[at] = index;
    }
    snprintf(result->text, sizeof(result->text), "%s", finding->reason);
    for (uint32_t i = 0; i < result->culprit_count; i++) {
        const struct sim_linear_operation *one = &plain->operations[result->culprits[i]];

        used = strlen(result->text);
        snprintf(result->text + used, sizeof(result->text) - used, "%skey %" PRId64 ": ",
                 i == 0 ? ": " : "; ", one->key);
        sim_linear_say(result->text, options, one);
    }
    if (result->culprit_count > 0)
        result->key = plain->operations[result->culprits[0]].key;
}

static void tell_thin_air(const struct sim_plain *plain, const struct sim_linear_options *options,
                          struct sim_linear_result *result)
{
    const struct sim_linear_operation *one = &plain->operations[plain->thin_air];

    result->status = SIM_LINEAR_NO;
    result->key = one->key;
    result->culprits[0] = plain->thin_air;
    result->culprit_count = 1;
    snprintf(result->text, sizeof(result->text),
             "key %" PRId64 ": a value was read that nobody wrote: ", one->key);
    sim_linear_say(result->text, options, one);
}

static bool is_linearizable(const struct sim_linear_operation *operations, size_t count,
                            const struct sim_consistency_options *options, uint64_t *steps)
{
    struct sim_linear_result linear;
    bool right;

    sim_linear_judge(operations, count, &options->linear, &linear);
    right = linear.status == SIM_LINEAR_YES;
    *steps += linear.steps;
    sim_linear_result_finish(&linear);
    return right;
}

static void judge_plain(enum sim_consistency what, const struct sim_plain *plain,
                        const struct sim_consistency_options *options,
                        struct sim_linear_result *result)
{
    const struct sim_linear_options *linear = &options->linear;
    struct sim_relation_budget budget = {
        .steps_most = linear->steps != 0 ? linear->steps : STEPS_DEFAULT,
        .bytes_most = linear->bytes != 0 ? linear->bytes : BYTES_DEFAULT,
    };
    struct sim_finding finding = { .status = SIM_LINEAR_YES };

    if (what <= SIM_WRITES_FOLLOW_READS)
        sim_sessions_judge(what, plain, &budget, &finding);
    else if (what <= SIM_CAUSAL_MEMORY)
        sim_causal_judge(what, plain, &budget, &finding);
    else
        sim_sequential_judge(plain, &budget, &finding);
    result->status = finding.status;
    result->steps += budget.steps;
    if (finding.status != SIM_LINEAR_YES)
        tell(plain, &finding, linear, result);
}

void sim_consistency_judge(enum sim_consistency what, const struct sim_linear_operation *operations,
                           size_t count, const struct sim_consistency_options *options,
                           struct sim_linear_result *result)
{
    struct sim_plain plain;

    assert(what < SIM_CONSISTENCIES);
    for (size_t i = 1; i < count; i++)
        assert(operations[i - 1].invoked < operations[i].invoked);
    *result = (struct sim_linear_result){ .status = SIM_LINEAR_YES };
    sim_plain_init(&plain, operations, count, options->sessions, options->linear.initial);
    if (plain.thin_air != SIM_NODE_NONE)
        tell_thin_air(&plain, &options->linear, result);
    else if (options->direct || !is_linearizable(operations, count, options, &result->steps)) {
        judge_plain(what, &plain, options, result);
        if (result->status == SIM_LINEAR_YES && plain.left_out > 0) {
            result->status = SIM_LINEAR_UNDECIDED;
            snprintf(result->text, sizeof(result->text),
                     "%zu operations are on keys where a value comes twice or that are more than "
                     "read, written and deleted: who saw what is not known there; the rest holds",
                     plain.left_out);
        }
    }
    sim_plain_finish(&plain);
}
