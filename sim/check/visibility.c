/* visibility.c - by when a write is seen: the t-visibility curve. */
#include "sim/check/checkers.h"
#include "sim/check/staleness.h"
#include "sim/check/verdict.h"

#include <stdio.h>
#include <string.h>

struct params {
    uint32_t clients;
    sim_time after;
    double at_least, at_most;
    const char *during;
    int64_t initial;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "a group of clients: the reads of all clients of its store; without it, those of "
              "all stores, each by itself"),
    SIM_DURATION(struct params, after, "0", "0", NULL,
                 "only reads that begin so long after the last write of their key returned"),
    SIM_SHARE(struct params, at_least, "0%", "so many of them see that write, or a newer one"),
    SIM_SHARE(struct params, at_most, "100%", "and no more than this"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only reads invoked while the fault with this label is active"),
    SIM_CHOICE(struct params, initial, "nothing", sim_initial_choices,
               "what a key holds before anything is written"),
    { 0 },
};

/* The parts of the curve: from each bound to the next. */
static const sim_time bounds[] = { 0, 1000000, 10000000, 100000000, 1000000000, 10000000000 };
enum { PARTS = sizeof(bounds) / sizeof(bounds[0]) };

struct curve {
    uint64_t reads[PARTS], seen[PARTS];
    uint64_t late_reads, late_seen; /* with t of at least `after` */
};

static void add(struct curve *curve, const struct params *params, const struct sim_read_age *age)
{
    size_t part = PARTS - 1;

    if (age->latest == SIM_STALENESS_NONE)
        return;
    while (part > 0 && age->since < bounds[part])
        part--;
    curve->reads[part]++;
    curve->seen[part] += age->sees_latest;
    if (age->since < params->after)
        return;
    curve->late_reads++;
    curve->late_seen += age->sees_latest;
}

static void tell(const struct curve *curve, const struct params *params,
                 struct sim_linear_result *result)
{
    char share[SIM_FIGURE_TEXT], reads[SIM_FIGURE_TEXT], least[SIM_FIGURE_TEXT];
    char time[SIM_TIME_TEXT], most[SIM_FIGURE_TEXT], above[SIM_FIGURE_TEXT + 16] = "";
    size_t used;

    if (params->at_most < 1)
        snprintf(above, sizeof(above), ", at most %s",
                 sim_figure_share_bound(most, params->at_most));
    snprintf(
        result->text, sizeof(result->text),
        "%s of %s reads that began %s or longer after a write saw it (at least %s%s); from t on",
        sim_figure_share(share, curve->late_seen, curve->late_reads),
        sim_figure_count(reads, curve->late_reads), sim_time_text(time, params->after),
        sim_figure_share_bound(least, params->at_least), above);
    for (size_t i = 0; i < PARTS; i++) {
        if (curve->reads[i] == 0)
            continue;
        used = strlen(result->text);
        snprintf(result->text + used, sizeof(result->text) - used, ", %s: %s of %s",
                 sim_time_text(time, bounds[i]),
                 sim_figure_share(share, curve->seen[i], curve->reads[i]),
                 sim_figure_count(reads, curve->reads[i]));
    }
}

static void judge_curve(const struct curve *curve, const struct params *params, size_t left_out,
                        struct sim_linear_result *result)
{
    /* even if all that are left out saw it, or none did */
    bool few = !sim_verdict_share(curve->late_seen + left_out, curve->late_reads + left_out,
                                  params->at_least, 1);
    bool many =
        !sim_verdict_share(curve->late_seen, curve->late_reads + left_out, 0, params->at_most);

    if (curve->late_reads == 0) {
        result->status = SIM_LINEAR_UNDECIDED;
        snprintf(result->text, sizeof(result->text),
                 "no read began so long after a write of its key");
        return;
    }
    tell(curve, params, result);
    if (few || many)
        result->status = SIM_LINEAR_NO;
    else if (left_out > 0)
        sim_staleness_doubt(left_out, result);
}

static void judge_history(const struct sim_history_view *view, const void *untyped,
                          struct sim_linear_result *result)
{
    const struct params *params = untyped;
    struct sim_staleness staleness;
    struct curve curve = { 0 };

    sim_staleness_measure(&staleness, view);
    for (size_t i = 0; i < staleness.count; i++)
        if (sim_staleness_counts(view, staleness.ages[i].read, params->during))
            add(&curve, params, &staleness.ages[i]);
    if (!sim_staleness_refuses(&staleness, view, result))
        judge_curve(&curve, params, sim_staleness_left_out(&staleness, view, params->during),
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

const struct sim_checker sim_visibility_checker = {
    .about = {
        .name = "visibility",
        .summary = "by when after it returned a write is seen by those who read (t-visibility)",
        .source = "Bailis et al., Probabilistically Bounded Staleness for Practical Partial "
                  "Quorums, VLDB 2012",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
    .judge_history = judge_history,
};
