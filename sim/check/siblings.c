/* siblings.c - how many reads found more than one value: conflicts that the store left to its
 * clients. */
#include "sim/check/checkers.h"
#include "sim/check/history_checker.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"

#include <inttypes.h>
#include <stdio.h>

struct params {
    uint32_t clients;
    double share;
    int64_t most;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "a group of clients: the reads of all clients of its store; without it, those of "
              "all stores, each by itself"),
    SIM_SHARE(struct params, share, "0%", "no more of the answered reads find siblings than this"),
    SIM_INTEGER(struct params, most, "1000000000", "1", "1000000000",
                "and none finds more values than so many"),
    { 0 },
};

/* Keys that lists are made on: there a read of several elements is no conflict. */
static void find_lists(const struct sim_history_view *view, struct sim_linear_table *lists)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->operations[i].kind == SIM_LINEAR_APPEND ||
            view->operations[i].kind == SIM_LINEAR_INSERT)
            sim_linear_table_add(lists,
                                 (struct sim_linear_triple){ view->operations[i].key, 0, 0 });
}

static void judge_history(const struct sim_history_view *view, const void *untyped,
                          struct sim_linear_result *result)
{
    const struct params *params = untyped;
    struct sim_linear_table lists = { 0 };
    uint64_t reads = 0, several = 0;
    uint32_t most = 1, worst = 0;
    char share[SIM_FIGURE_TEXT], count[SIM_FIGURE_TEXT], bound[SIM_FIGURE_TEXT];

    find_lists(view, &lists);
    for (size_t i = 0; i < view->count; i++) {
        const struct sim_linear_operation *one = &view->operations[i];

        if (one->kind != SIM_LINEAR_READ || !sim_linear_tells(one) ||
            (lists.count > 0 &&
             sim_linear_table_find(&lists, (struct sim_linear_triple){ one->key, 0, 0 }) !=
                 SIM_LINEAR_NONE))
            continue;
        reads++;
        several += one->items != NULL && one->item_count > 1;
        if (one->items == NULL || one->item_count <= most)
            continue;
        most = one->item_count;
        worst = (uint32_t)i;
    }
    sim_linear_table_finish(&lists);
    if (reads == 0) {
        result->status = SIM_LINEAR_UNDECIDED;
        snprintf(result->text, sizeof(result->text), "no read to judge");
        return;
    }
    snprintf(result->text, sizeof(result->text),
             "%s of %s reads found siblings (at most %s), up to %" PRIu32 " values",
             sim_figure_share(share, several, reads), sim_figure_count(count, reads),
             sim_figure_share_bound(bound, params->share), most);
    if (sim_verdict_share(several, reads, 0, params->share) && most <= params->most)
        return;
    result->status = SIM_LINEAR_NO;
    result->culprits[result->culprit_count++] = worst;
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_READ + 1, text) == NULL ? NULL : "clients";
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

const struct sim_checker sim_siblings_checker = {
    .about = {
        .name = "siblings",
        .summary = "how many reads found several values that the store could not order",
        .source = "DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, SOSP 2007",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
    .judge_history = judge_history,
};
