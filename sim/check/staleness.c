/* staleness.c - the share of stale reads, and how stale the worst was: in time and in versions. */
#include "sim/check/staleness.h"

#include "sim/check/checkers.h"
#include "sim/check/linear_private.h"
#include "sim/check/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct params {
    uint32_t clients;
    double share, at_least;
    int64_t behind;
    sim_time worst;
    int64_t versions;
    const char *during;
    int64_t initial;
};

#define WORST_ANY "36500d"

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "a group of clients: the reads of all clients of its store; without it, those of "
              "all stores, each by itself"),
    SIM_SHARE(struct params, share, "100%", "no more of the reads are stale than this"),
    SIM_SHARE(struct params, at_least, "0%", "and no fewer than this"),
    SIM_INTEGER(struct params, behind, "1", "1", "1000000000",
                "a read counts as stale if so many newer versions were there at least"),
    SIM_DURATION(struct params, worst, WORST_ANY, "0", WORST_ANY,
                 "no read returns what was overwritten longer ago, for certain, than this"),
    SIM_INTEGER(struct params, versions, "1000000000", "0", "1000000000",
                "no read returns a version that is more than so many versions old"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only reads invoked while the fault with this label is active"),
    SIM_CHOICE(struct params, initial, "nothing", sim_initial_choices,
               "what a key holds before anything is written"),
    { 0 },
};

struct sum {
    uint64_t reads, stale;
    const struct sim_read_age *oldest, *furthest; /* in time, in versions; NULL: none is stale */
};

static void tell_figures(const struct sum *sum, const struct params *params,
                         struct sim_linear_result *result)
{
    char share[SIM_FIGURE_TEXT], reads[SIM_FIGURE_TEXT], age[SIM_FIGURE_TEXT];
    char most[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT];
    char behind[64] = "", between[SIM_FIGURE_TEXT + 16] = "", worst[SIM_FIGURE_TEXT + 64];

    if (params->behind > 1)
        snprintf(behind, sizeof(behind), " by %" PRId64 " versions or more", params->behind);
    if (params->at_least > 0)
        snprintf(between, sizeof(between), "at least %s, ",
                 sim_figure_share_bound(least, params->at_least));
    if (sum->oldest == NULL)
        snprintf(worst, sizeof(worst), "nothing stale");
    else
        snprintf(worst, sizeof(worst), "the worst by %s and by %" PRIu32 " versions",
                 sim_figure_time_beside(age, sum->oldest->age, params->worst),
                 sum->furthest != NULL ? sum->furthest->versions : 0);
    snprintf(result->text, sizeof(result->text), "%s of %s reads stale%s (%sat most %s), %s",
             sim_figure_share(share, sum->stale, sum->reads), sim_figure_count(reads, sum->reads),
             behind, between, sim_figure_share_bound(most, params->share), worst);
}

/* What was read, by whom it had been overwritten, and when. */
static void tell_read(const struct sim_history_view *view, const struct sim_read_age *age,
                      struct sim_linear_result *result)
{
    size_t used = strlen(result->text);
    uint32_t all[] = { age->from, age->newer, age->read };

    snprintf(result->text + used, sizeof(result->text) - used, ": key %" PRId64 ":",
             view->operations[age->read].key);
    for (size_t i = 0; i < 3; i++) {
        if (all[i] == SIM_STALENESS_NONE)
            continue;
        used = strlen(result->text);
        snprintf(result->text + used, sizeof(result->text) - used, "%s",
                 result->culprit_count > 0 ? "; " : " ");
        sim_linear_say(result->text, &view->linear, &view->operations[all[i]]);
        result->culprits[result->culprit_count++] = all[i];
    }
}

static void judge_sum(const struct sim_history_view *view, const struct params *params,
                      const struct sum *sum, size_t left_out, struct sim_linear_result *result)
{
    bool old = sum->oldest != NULL && sum->oldest->age > params->worst;
    bool far = sum->furthest != NULL && sum->furthest->versions > params->versions;
    /* even if all that are left out were fresh, or all stale */
    bool many = !sim_verdict_share(sum->stale, sum->reads + left_out, 0, params->share);
    bool few =
        !sim_verdict_share(sum->stale + left_out, sum->reads + left_out, params->at_least, 1);

    if (sum->reads == 0) {
        result->status = SIM_LINEAR_UNDECIDED;
        snprintf(result->text, sizeof(result->text), "no read to judge");
        return;
    }
    tell_figures(sum, params, result);
    if (old || far || many) {
        result->status = SIM_LINEAR_NO;
        tell_read(view, far && !old ? sum->furthest : sum->oldest, result);
    } else if (few) {
        result->status = SIM_LINEAR_NO;
    } else if (left_out > 0) {
        sim_staleness_doubt(left_out, result);
    }
}

static void judge_history(const struct sim_history_view *view, const void *untyped,
                          struct sim_linear_result *result)
{
    const struct params *params = untyped;
    struct sim_staleness staleness;
    struct sum sum = { 0 };

    sim_staleness_measure(&staleness, view);
    for (size_t i = 0; i < staleness.count; i++) {
        const struct sim_read_age *age = &staleness.ages[i];

        if (!sim_staleness_counts(view, age->read, params->during))
            continue;
        sum.reads++;
        if (age->newer == SIM_STALENESS_NONE)
            continue;
        sum.stale += age->versions >= params->behind;
        if (sum.oldest == NULL || age->age > sum.oldest->age)
            sum.oldest = age;
        if (sum.furthest == NULL || age->versions > sum.furthest->versions)
            sum.furthest = age;
    }
    if (!sim_staleness_refuses(&staleness, view, result))
        judge_sum(view, params, &sum, sim_staleness_left_out(&staleness, view, params->during),
                  result);
    sim_staleness_finish(&staleness);
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
        .initial = sim_initial_value(params->initial),
        .during = params->during,
        .judge = judge_history,
        .params = params,
    };

    sim_history_judging_run(evidence, &judging, verdict);
}

const struct sim_checker sim_staleness_checker = {
    .about = {
        .name = "staleness",
        .summary = "how many reads were stale, for how long and by how many versions",
        .source = "Golab, Li and Shah, Analyzing Consistency Properties for Fun and Profit, PODC "
                  "2011",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
    .judge_history = judge_history,
};
