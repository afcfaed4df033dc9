#include "tools/orrery/measured_calls.h"
#include "sim/core/mem.h"

#include <math.h>
#include <string.h>

static const double back = 0.8; /* of the goodput before */
static const sim_time every = SIM_SECOND;

enum { SECONDS_LEAST = 5 }; /* of fewer nothing is concluded */

enum when { BEFORE, DURING, BEHIND };

struct timing {
    const struct measured_frame *frame;
    const struct finished_run *run;
    sim_time calm_until, begin, end;
    const struct sim_span *cuts;
    size_t cut_count;
    uint64_t answers[BEHIND + 1];
    uint64_t *seconds; /* ok answers in those behind the last cut */
    size_t second_count;
    sim_time healed; /* SIM_TIME_NEVER: not, or nothing was cut */
};

void measured_count_calls(const struct measured_frame *frame, const struct sim_plan *plan,
                          const struct sim_world *world, uint64_t *requests, uint64_t *sent)
{
    *requests = *sent = 0;
    for (uint32_t g = 0; g < plan->group_count; g++) {
        for (uint32_t r = 0; r < sim_world_routes(world, g); r++) {
            struct sim_route_stats stats;

            sim_world_route(world, g, r, &stats);
            *sent += stats.attempts;
            if (measured_is_client(frame, plan, g))
                *requests += stats.calls;
        }
    }
}

/* -- goodput ----------------------------------------------------------------------------------- */

static enum when when_is(const struct timing *timing, sim_time t)
{
    if (t < timing->calm_until)
        return BEFORE;
    for (size_t i = 0; i < timing->cut_count; i++) {
        if (t >= timing->cuts[i].from && t < timing->cuts[i].to)
            return DURING;
    }
    return BEHIND;
}

/* How much of the measured time lies in a cut. */
static sim_time cut_time(const struct timing *timing)
{
    sim_time sum = 0, until = timing->begin;

    for (size_t i = 0; i < timing->cut_count; i++) { /* as they began */
        sim_time from = timing->cuts[i].from > until ? timing->cuts[i].from : until;
        sim_time to = timing->cuts[i].to < timing->end ? timing->cuts[i].to : timing->end;

        if (to > from) {
            sum += to - from;
            until = to;
        }
    }
    return sum;
}

static void take_answers(struct timing *timing)
{
    const struct sim_history *history = sim_recorder_history(timing->run->recorder);
    const struct sim_names *names = sim_recorder_names(timing->run->recorder);
    size_t count = sim_history_count(history);

    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        sim_time t = entry->completed;

        if (t == SIM_TIME_NEVER || entry->status != SIM_OK || t < timing->begin ||
            !measured_is_client(timing->frame, timing->run->plan,
                                sim_names_group(names, entry->node)))
            continue;
        timing->answers[when_is(timing, t)]++;
        if (t >= timing->healed && (size_t)((t - timing->healed) / every) < timing->second_count)
            timing->seconds[(t - timing->healed) / every]++;
    }
}

static double per_second(uint64_t count, sim_time span)
{
    return span > 0 ? (double)count / ((double)span / (double)SIM_SECOND) : NAN;
}

/* What one client asked. */
struct load {
    sim_time first, last;
    uint64_t count, open;
};

/* A client that has all that it ever wanted asks no more, and goodput ends with it: nothing of it
 * is open, and it is silent for ten times as long as it used to be. */
static sim_time load_ends(const struct load *load, sim_time end)
{
    const double silent = (double)(end - load->last);

    if (load->count < 2 || load->open > 0 || end - load->last <= every)
        return end;
    return silent * (double)(load->count - 1) > 10 * (double)(load->last - load->first) ? load->last
                                                                                        : end;
}

/* When the first client had all that it wanted. */
static sim_time find_load_end(const struct timing *timing)
{
    const struct sim_history *history = sim_recorder_history(timing->run->recorder);
    const struct sim_names *names = sim_recorder_names(timing->run->recorder);
    struct load *loads = sim_alloc_array(sim_names_nodes(names), sizeof(*loads));
    sim_time end = timing->end;
    size_t count = sim_history_count(history);

    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        struct load *load = &loads[entry->node];

        if (!measured_is_client(timing->frame, timing->run->plan,
                                sim_names_group(names, entry->node)))
            continue;
        if (load->count++ == 0)
            load->first = entry->invoked;
        load->last = entry->invoked;
        load->open += entry->completed == SIM_TIME_NEVER;
    }
    for (uint32_t node = 0; node < sim_names_nodes(names); node++) {
        sim_time t = load_ends(&loads[node], timing->end);

        end = t < end ? t : end;
    }
    sim_free(loads);
    return end;
}

static void put_back(const struct timing *timing, double *measures)
{
    double before = measures[MEASURED_GOODPUT_CALM];
    size_t poor = 0; /* one behind the last poor second */

    if (timing->second_count < SECONDS_LEAST || !(before > 0))
        return;
    for (size_t i = 0; i < timing->second_count; i++) {
        if ((double)timing->seconds[i] < back * before)
            poor = i + 1;
    }
    measures[MEASURED_RECOVERS] = poor == timing->second_count ? SIM_BROKEN : SIM_HOLDS;
    if (poor < timing->second_count)
        measures[MEASURED_GOODPUT_BACK] = (double)((sim_time)poor * every);
}

static void put_goodput(struct timing *timing, double *measures)
{
    sim_time calm =
        (timing->calm_until < timing->end ? timing->calm_until : timing->end) - timing->begin;
    sim_time cut = cut_time(timing);
    sim_time all = timing->end - timing->begin, loaded;
    uint64_t sum = 0;

    for (size_t i = 0; i < timing->cut_count; i++) {
        if (timing->cuts[i].to < timing->end &&
            (timing->healed == SIM_TIME_NEVER || timing->cuts[i].to > timing->healed))
            timing->healed = timing->cuts[i].to;
    }
    for (size_t i = 0; i < timing->cut_count; i++) {
        if (timing->cuts[i].to >= timing->end) /* it never ended */
            timing->healed = SIM_TIME_NEVER;
    }
    loaded = find_load_end(timing);
    if (timing->healed != SIM_TIME_NEVER && loaded > timing->healed)
        timing->second_count = (size_t)((loaded - timing->healed) / every);
    timing->seconds = sim_alloc_array(timing->second_count, sizeof(*timing->seconds));
    take_answers(timing);
    for (int i = 0; i <= BEHIND; i++)
        sum += timing->answers[i];
    measures[MEASURED_GOODPUT] = per_second(sum, all);
    measures[MEASURED_GOODPUT_CALM] = per_second(timing->answers[BEFORE], calm);
    measures[MEASURED_GOODPUT_CUT] = per_second(timing->answers[DURING], cut);
    measures[MEASURED_GOODPUT_AFTER] = per_second(timing->answers[BEHIND], all - calm - cut);
    put_back(timing, measures);
    sim_free(timing->seconds);
}

/* -- calls ------------------------------------------------------------------------------------- */

static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? NAN : (double)part / (double)whole;
}

/* Of all calls, those of clients and those of the services behind them. */
static void put_calls(const struct timing *timing, double *measures)
{
    const struct sim_plan *plan = timing->run->plan;
    const struct sim_world *world = timing->run->world;
    struct sim_route_stats sum = { 0 };
    uint64_t requests, sent;

    for (uint32_t g = 0; g < plan->group_count; g++) {
        for (uint32_t r = 0; r < sim_world_routes(world, g); r++) {
            struct sim_route_stats stats;
            const char *name = sim_world_route(world, g, r, &stats);

            sum.calls += stats.calls;
            sum.refused += stats.refused;
            sum.degraded += stats.degraded;
            sum.unsent += stats.unsent;
            for (size_t i = 0; i < timing->frame->hop_count; i++) {
                const struct measured_hop *hop = &timing->frame->hops[i];

                if (strcmp(hop->group, plan->groups[g].name) == 0 && strcmp(hop->route, name) == 0)
                    measures[MEASURED_HOPS + i] = share_of(stats.attempts, stats.calls);
            }
        }
    }
    measured_count_calls(timing->frame, plan, world, &requests, &sent);
    measures[MEASURED_SENT] = share_of(sent, requests);
    measures[MEASURED_REFUSED] = share_of(sum.refused, sum.calls);
    measures[MEASURED_DEGRADED] = share_of(sum.degraded, sum.calls);
    measures[MEASURED_UNSENT] = share_of(sum.unsent, sum.calls);
}

/* How often, in the run; NAN in a variant without the group. */
static void put_anomalies(const struct timing *timing, double *measures)
{
    const struct sim_plan *plan = timing->run->plan;

    for (size_t i = 0; i < timing->frame->anomaly_count; i++) {
        const struct measured_anomaly *anomaly = &timing->frame->anomalies[i];

        for (uint32_t g = 0; g < plan->group_count; g++) {
            const struct sim_metric_kind *metrics = plan->groups[g].model->metrics;

            if (strcmp(plan->groups[g].name, anomaly->group) != 0)
                continue;
            for (unsigned k = 0; k < SIM_METRICS_MAX && metrics[k].name != NULL; k++) {
                if (strcmp(metrics[k].name, anomaly->metric) == 0)
                    measures[MEASURED_ANOMALIES + i] =
                        (double)sim_recorder_metric(timing->run->recorder, g, k);
            }
        }
    }
}

void measured_calls(const struct measured_frame *frame, const struct finished_run *run,
                    sim_time calm_until, const struct sim_span *cuts, size_t cut_count,
                    const struct measured_watch *watch, double *measures)
{
    struct timing timing = {
        .frame = frame,
        .run = run,
        .calm_until = calm_until,
        .begin = run->plan->warmup,
        .end = sim_world_time(run->world),
        .cuts = cuts,
        .cut_count = cut_count,
        .healed = SIM_TIME_NEVER,
    };

    measures[MEASURED_RECOVERS] = SIM_UNDECIDED;
    for (size_t i = 0; i < MEASURED_HOPS_MAX; i++)
        measures[MEASURED_HOPS + i] = NAN;
    for (size_t i = 0; i < MEASURED_ANOMALIES_MAX; i++)
        measures[MEASURED_ANOMALIES + i] = NAN;
    if (timing.end <= timing.begin)
        return;
    put_goodput(&timing, measures);
    put_calls(&timing, measures);
    put_anomalies(&timing, measures);
    measures[MEASURED_SENT_CUT] = share_of(watch->sent, watch->requests);
}
