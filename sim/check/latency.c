/* latency.c - how long the clients waited for their ok answers: exact percentiles, no buckets. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

struct params {
    uint32_t clients;
    sim_time p50, p90, p99, p999, mean, max; /* 0: no bound */
    const char *during;
    int64_t op;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients whose operations count"),
    SIM_DURATION(struct params, p50, SIM_OPTIONAL, "1ns", NULL, "at most this for half of them"),
    SIM_DURATION(struct params, p90, SIM_OPTIONAL, "1ns", NULL, "at most this for 90 % of them"),
    SIM_DURATION(struct params, p99, SIM_OPTIONAL, "1ns", NULL, "at most this for 99 % of them"),
    SIM_DURATION(struct params, p999, SIM_OPTIONAL, "1ns", NULL, "at most this for 99.9 % of them"),
    SIM_DURATION(struct params, mean, SIM_OPTIONAL, "1ns", NULL, "at most this on the average"),
    SIM_DURATION(struct params, max, SIM_OPTIONAL, "1ns", NULL, "at most this for every one"),
    SIM_LABEL(struct params, during, SIM_OPTIONAL,
              "only operations invoked while the fault with this label is active; cut[2] is its "
              "second time"),
    SIM_CHOICE(struct params, op, "any", sim_verdict_operations, "only operations of this kind"),
    { 0 },
};

static const char no_bound[] = "no bound is given: expected one of p50, p90, p99, p999, mean, max";

enum { MILLION = 1000000, MEAN = 0 };

struct bound {
    const char *name;
    sim_time most;       /* 0: none */
    uint32_t millionths; /* or MEAN */
};

/* Rounded up, so that a mean above its bound never reads like it. */
static sim_time mean_of(const sim_time *times, size_t count)
{
    sim_wide sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (uint64_t)times[i];
    return (sim_time)((sum + count - 1) / count);
}

/* Judges the sorted TIMES; false if there is no bound. */
static bool judge_bounds(const struct bound *bounds, const sim_time *times, size_t count,
                         struct sim_verdict *verdict)
{
    bool any = false;

    sim_verdict_say(verdict, SIM_HOLDS, "%s", "");
    for (; bounds->name != NULL; bounds++) {
        sim_time measured;
        char figure[SIM_FIGURE_TEXT], most[SIM_TIME_TEXT];

        if (bounds->most == 0)
            continue;
        measured = bounds->millionths == MEAN
                       ? mean_of(times, count)
                       : times[sim_quantile_rank(count, bounds->millionths) - 1];
        sim_verdict_add(verdict, "%s%s %s %s %s", any ? ", " : "", bounds->name,
                        sim_figure_time_beside(figure, measured, bounds->most),
                        measured <= bounds->most ? "<=" : ">", sim_time_text(most, bounds->most));
        sim_verdict_measured(verdict, bounds->name, measured, 0, bounds->most);
        if (measured > bounds->most)
            verdict->status = SIM_BROKEN;
        any = true;
    }
    return any;
}

/* Percentiles never fall, nor may their bounds: the greater would say nothing. */
static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct bound rising[] = {
        { "p50", params->p50, 0 },   { "p90", params->p90, 0 }, { "p99", params->p99, 0 },
        { "p999", params->p999, 0 }, { "max", params->max, 0 }, { NULL, 0, 0 },
    };
    const struct bound *before = NULL;

    for (const struct bound *bound = rising; bound->name != NULL; bound++) {
        if (bound->most == 0)
            continue;
        if (before != NULL && bound->most < before->most) {
            snprintf(text, SIM_CHECK_TEXT, "less than '%s', which it bounds too", before->name);
            return bound->name;
        }
        before = bound;
    }
    if (before != NULL || params->mean != 0)
        return sim_verdict_nobody(plan, params->clients, params->op, text);
    snprintf(text, SIM_CHECK_TEXT, "%s", no_bound);
    return "";
}

static size_t count_bounds(const void *untyped)
{
    const struct params *params = untyped;

    return (size_t)((params->p50 != 0) + (params->p90 != 0) + (params->p99 != 0) +
                    (params->p999 != 0) + (params->mean != 0) + (params->max != 0));
}

static uint64_t count_all(const struct sim_evidence *evidence, const struct params *params)
{
    struct sim_operation_figures figures;
    uint64_t all = 0;

    sim_recorder_figures(evidence->recorder, params->clients, sim_verdict_kind(params->op),
                         params->during, &figures);
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        all += figures.status[i];
    sim_operation_figures_finish(&figures);
    return all;
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    const struct bound bounds[] = {
        { "p50", params->p50, 500000 },
        { "p90", params->p90, 900000 },
        { "p99", params->p99, 990000 },
        { "p99.9", params->p999, 999000 },
        { "mean", params->mean, MEAN },
        { "max", params->max, MILLION },
        { NULL, 0, 0 },
    };
    size_t count;
    sim_time *times;
    uint64_t all;
    bool final;
    char answered[SIM_FIGURE_TEXT], total[SIM_FIGURE_TEXT];

    if (sim_verdict_lacks(verdict, evidence, params->during))
        return;
    all = count_all(evidence, params);
    times = sim_recorder_latencies(evidence->recorder, params->clients,
                                   sim_verdict_kind(params->op), params->during, SIM_OK, &count);
    if (all == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "no operation to judge");
    else if (count == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "none of %s operations was answered ok",
                        sim_figure_count(total, all));
    else if (!judge_bounds(bounds, times, count, verdict))
        sim_verdict_say(verdict, SIM_UNDECIDED, "%s", no_bound);
    else
        sim_verdict_add(verdict, "; %s ok of %s operations", sim_figure_count(answered, count),
                        sim_figure_count(total, all));
    final = params->max != 0 && count > 0 && times[count - 1] > params->max;
    sim_free(times);
    if (!final) /* one that is too long is not undone by what would have come */
        sim_verdict_hedge(verdict, evidence, params->during);
}

const struct sim_checker sim_latency_checker = {
    .about = {
        .name = "latency",
        .summary = "the clients' ok answers took no longer than this, by percentile; at least one "
                   "bound is given",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_duration,
        .figures = count_bounds,
    },
    .judge = judge,
};
