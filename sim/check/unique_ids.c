/* unique_ids.c - no id was handed out twice.
 *
 * An id is the answer of an add: a generator is asked to go on by one, and says what that gave. */
#include "sim/check/checkers.h"
#include "sim/check/history_checker.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct params {
    uint32_t clients;
    bool each_key;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "a group of clients: what all clients of its store were given; without it, those of "
              "all stores, each by itself"),
    SIM_BOOLEAN(struct params, each_key, "false",
                "each key has ids of its own, such as the tokens of a lock"),
    { 0 },
};

static void tell_twice(const struct sim_history_view *view, uint32_t a, uint32_t b,
                       struct sim_linear_result *result)
{
    size_t used;

    result->status = SIM_LINEAR_NO;
    snprintf(result->text, sizeof(result->text),
             "%" PRId64 " was handed out twice: ", view->operations[a].value);
    sim_linear_say(result->text, &view->linear, &view->operations[a]);
    used = strlen(result->text);
    snprintf(result->text + used, sizeof(result->text) - used, "; ");
    sim_linear_say(result->text, &view->linear, &view->operations[b]);
    result->key = view->operations[a].key;
    result->culprits[result->culprit_count++] = a;
    result->culprits[result->culprit_count++] = b;
}

static void judge_history(const struct sim_history_view *view, const void *untyped,
                          struct sim_linear_result *result)
{
    const struct params *params = untyped;
    struct sim_linear_table ids = { 0 };
    uint32_t *first = sim_alloc_array(view->count + 1, sizeof(*first));
    char count[SIM_FIGURE_TEXT];

    for (size_t i = 0; i < view->count && result->status == SIM_LINEAR_YES; i++) {
        const struct sim_linear_operation *one = &view->operations[i];
        size_t known = ids.count;
        uint32_t id;

        if (one->kind != SIM_LINEAR_ADD || !sim_linear_tells(one))
            continue;
        id = sim_linear_table_add(
            &ids, (struct sim_linear_triple){ one->value, params->each_key ? one->key : 0, 0 });
        if (id < known)
            tell_twice(view, first[id], (uint32_t)i, result);
        else
            first[id] = (uint32_t)i;
    }
    if (result->status == SIM_LINEAR_YES && ids.count == 0)
        result->status = SIM_LINEAR_UNDECIDED;
    if (result->status == SIM_LINEAR_YES)
        snprintf(result->text, sizeof(result->text), "%s ids, none twice",
                 sim_figure_count(count, ids.count));
    else if (result->status == SIM_LINEAR_UNDECIDED)
        snprintf(result->text, sizeof(result->text), "no id was handed out: no add was answered");
    sim_linear_table_finish(&ids);
    sim_free(first);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_ADD + 1, text) == NULL ? NULL : "clients";
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_history_judging judging = {
        .clients = params->clients,
        .initial = SIM_NIL,
        .judge = judge_history,
        .params = params,
    };

    sim_history_judging_run(evidence, &judging, verdict);
}

const struct sim_checker sim_unique_ids_checker = {
    .about = {
        .name = "unique_ids",
        .summary = "no id was handed out twice: no two adds have the same answer",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
    .judge_history = judge_history,
};
