#include "tools/orrery/measured_judge.h"
#include "sim/check/behind.h"
#include "sim/check/checkers.h"
#include "sim/check/consistency.h"
#include "sim/check/durable.h"
#include "sim/check/staleness.h"
#include "sim/core/mem.h"
#include "tools/orrery/measured_watch.h"

#include <math.h>
#include <string.h>

struct judging {
    const struct measured_frame *frame;
    const struct finished_run *run;
    sim_time calm_until;
    const struct sim_span *cuts;
    size_t cut_count;
    double *measures;
    uint64_t reads, stale, cut_reads, cut_stale, answered, several;
    sim_time worst, last; /* LAST: how long after a fault a stale read was asked for */
};

/* The worst of several stores: violated, then undecided, then holds. */
static void add_verdict(double *to, enum sim_verdict_status status)
{
    static const int rank[] = { [SIM_HOLDS] = 0, [SIM_UNDECIDED] = 1, [SIM_BROKEN] = 2 };

    if (rank[status] > rank[(int)*to])
        *to = status;
}

static enum sim_verdict_status status_of(enum sim_linear_status status)
{
    return status == SIM_LINEAR_YES  ? SIM_HOLDS
           : status == SIM_LINEAR_NO ? SIM_BROKEN
                                     : SIM_UNDECIDED;
}

/* -- order ------------------------------------------------------------------------------------- */

static enum sim_verdict_status judge_linearizable(const struct sim_history_view *view,
                                                  const struct sim_linear_operation *operations,
                                                  size_t count)
{
    struct sim_linear_result result = { .status = SIM_LINEAR_YES };
    enum sim_linear_status status;

    sim_linear_judge(operations, count, &view->linear, &result);
    status = result.status;
    sim_linear_result_finish(&result);
    return status_of(status);
}

/* The history as it was when the first fault began: what was not answered by then is open. */
static enum sim_verdict_status judge_calm(const struct judging *judging,
                                          const struct sim_history_view *view)
{
    sim_time until = judging->calm_until;
    struct sim_linear_operation *calm = sim_alloc_array(view->count, sizeof(*calm));
    enum sim_verdict_status status;
    size_t count = 0;

    for (size_t i = 0; i < view->count && view->operations[i].time_invoked < until; i++) {
        calm[count] = view->operations[i];
        if (calm[count].returned != SIM_LINEAR_OPEN && calm[count].time_returned >= until) {
            calm[count].returned = SIM_LINEAR_OPEN;
            calm[count].answered = false;
        }
        count++;
    }
    status = judge_linearizable(view, calm, count);
    sim_free(calm);
    return status;
}

static void judge_order(struct judging *judging, const struct sim_history_view *view)
{
    static const struct {
        enum measured_verdict to;
        enum sim_consistency what;
    } weaker[] = {
        { MEASURED_SEQUENTIAL, SIM_SEQUENTIAL },
        { MEASURED_CAUSAL, SIM_CAUSAL_MEMORY },
        { MEASURED_READ_YOUR_WRITES, SIM_READ_YOUR_WRITES },
        { MEASURED_MONOTONIC_READS, SIM_MONOTONIC_READS },
        { MEASURED_MONOTONIC_WRITES, SIM_MONOTONIC_WRITES },
        { MEASURED_WRITES_FOLLOW_READS, SIM_WRITES_FOLLOW_READS },
    };
    enum sim_verdict_status status = judge_linearizable(view, view->operations, view->count);
    struct sim_consistency_options options = { .linear = view->linear,
                                               .sessions = view->sessions,
                                               .direct = true };

    add_verdict(&judging->measures[MEASURED_LINEARIZABLE], status);
    if (status == SIM_HOLDS)
        return;
    add_verdict(&judging->measures[MEASURED_LINEARIZABLE_CALM], judge_calm(judging, view));
    for (size_t i = 0; i < sizeof(weaker) / sizeof(*weaker); i++) {
        struct sim_linear_result result = { .status = SIM_LINEAR_YES };

        /* causal consistency is sequential consistency for each session by itself */
        if (weaker[i].what == SIM_CAUSAL_MEMORY && status == SIM_HOLDS)
            continue;
        sim_consistency_judge(weaker[i].what, view->operations, view->count, &options, &result);
        status = status_of(result.status);
        add_verdict(&judging->measures[weaker[i].to], status);
        sim_linear_result_finish(&result);
    }
}

/* -- age --------------------------------------------------------------------------------------- */

static bool in_cut(const struct judging *judging, sim_time t)
{
    for (size_t i = 0; i < judging->cut_count; i++) {
        if (t >= judging->cuts[i].from && t < judging->cuts[i].to)
            return true;
    }
    return false;
}

/* How long before T the last fault ended; 0 if one is active, or none was. */
static sim_time since_cut(const struct judging *judging, sim_time t)
{
    sim_time since = SIM_TIME_NEVER;

    for (size_t i = 0; i < judging->cut_count; i++) {
        if (t >= judging->cuts[i].to && t - judging->cuts[i].to < since)
            since = t - judging->cuts[i].to;
    }
    return since == SIM_TIME_NEVER || in_cut(judging, t) ? 0 : since;
}

static void judge_age(struct judging *judging, const struct sim_history_view *view)
{
    struct sim_staleness staleness;

    sim_staleness_measure(&staleness, view);
    for (size_t i = 0; i < staleness.count; i++) {
        const struct sim_read_age *age = &staleness.ages[i];
        sim_time t = view->operations[age->read].time_invoked;
        bool stale = age->newer != SIM_STALENESS_NONE;

        if (t < judging->run->plan->warmup)
            continue;
        judging->reads++;
        judging->stale += stale;
        if (in_cut(judging, t)) {
            judging->cut_reads++;
            judging->cut_stale += stale;
        }
        if (stale && age->age > judging->worst)
            judging->worst = age->age;
        if (stale && since_cut(judging, t) > judging->last)
            judging->last = since_cut(judging, t);
    }
    sim_staleness_finish(&staleness);
    for (size_t i = 0; i < view->count; i++) {
        const struct sim_linear_operation *one = &view->operations[i];

        if (one->kind != SIM_LINEAR_READ || !one->answered)
            continue;
        judging->answered++;
        judging->several += one->items != NULL && one->item_count > 1;
    }
}

static void judge_view(const struct sim_history_view *view, const void *context,
                       struct sim_linear_result *result)
{
    struct judging *judging = *(struct judging *const *)context;

    judge_order(judging, view);
    judge_age(judging, view);
    result->status = SIM_LINEAR_YES;
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? NAN : (double)part / (double)whole;
}

static void put_age(const struct judging *judging)
{
    double *to = judging->measures;

    to[MEASURED_STALE] = share_of(judging->stale, judging->reads);
    to[MEASURED_STALE_CUT] = share_of(judging->cut_stale, judging->cut_reads);
    if (judging->reads > 0)
        to[MEASURED_STALE_AGE] = (double)judging->worst;
    if (judging->reads > 0 && judging->cut_count > 0)
        to[MEASURED_STALE_AFTER] = (double)judging->last;
    to[MEASURED_SIBLINGS] = share_of(judging->several, judging->answered);
}

/* -- what is left ------------------------------------------------------------------------------ */

static bool is_called(const struct judging *judging, uint32_t group)
{
    const struct sim_plan *plan = judging->run->plan;

    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (measured_is_client(judging->frame, plan, g) && plan->groups[g].target == group)
            return true;
    }
    return false;
}

/* Called by clients, or behind a group that is. */
static bool is_store(const struct judging *judging, uint32_t group)
{
    const struct sim_plan *plan = judging->run->plan;

    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (measured_is_client(judging->frame, plan, g) &&
            sim_behind_is(plan, plan->groups[g].target, group))
            return true;
    }
    return false;
}

/* Whether the stores of GROUP, which clients call, are counted already with those of another such
 * group: it is a shard, and others call its router, or they call another router of the same. */
static bool is_counted(const struct judging *judging, uint32_t group)
{
    const struct sim_plan *plan = judging->run->plan;

    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (g != group && is_called(judging, g) &&
            sim_behind_share(plan, group, g) == SIM_BEHIND_ALL &&
            (g < group || sim_behind_share(plan, g, group) != SIM_BEHIND_ALL))
            return true;
    }
    return false;
}

/* Of copies whose model says what they hold: is what was left alone for half a second alike? */
static enum sim_verdict_status judge_copies(const struct sim_evidence *evidence, uint32_t store)
{
    const struct sim_checker *checker = &sim_converged_checker;
    char text[SIM_CHECK_TEXT];
    struct sim_verdict verdict = { 0 };
    void *params;

    if (!evidence->plan->groups[store].model->holds || evidence->plan->groups[store].count < 2)
        return SIM_UNDECIDED;
    params = sim_alloc(checker->about.size);
    if (!sim_checker_set(checker, params, "within", "500ms", text)) {
        sim_free(params);
        return SIM_UNDECIDED;
    }
    memcpy((char *)params + checker->about.fields[0].offset, &store, sizeof(store));
    checker->judge(evidence, params, &verdict);
    sim_free(params);
    return verdict.status;
}

static void judge_stores(struct judging *judging, const struct sim_evidence *evidence)
{
    struct sim_durable sum = { 0 };
    bool known = false;

    for (uint32_t g = 0; g < evidence->plan->group_count; g++) {
        struct sim_durable one;

        if (is_store(judging, g))
            add_verdict(&judging->measures[MEASURED_CONVERGED], judge_copies(evidence, g));
        if (!is_called(judging, g) || is_counted(judging, g))
            continue;
        if (!sim_durable_count(evidence, g, &one))
            continue;
        known = true;
        add_verdict(&judging->measures[MEASURED_LOST_WHOLE],
                    one.is_complete ? SIM_HOLDS : SIM_BROKEN);
        sum.acknowledged += one.acknowledged;
        sum.lost += one.lost;
    }
    if (!known)
        return;
    judging->measures[MEASURED_LOST] = (double)sum.lost;
    judging->measures[MEASURED_LOST_SHARE] = share_of(sum.lost, sum.acknowledged);
}

/* The one group that is asked about, or all. */
static uint32_t clients_of(const struct measured_frame *frame, const struct sim_plan *plan)
{
    for (uint32_t g = 0; frame->clients && g < plan->group_count; g++) {
        if (measured_is_client(frame, plan, g))
            return g;
    }
    return SIM_NO_GROUP;
}

void measured_judge(const struct measured_frame *frame, const struct finished_run *run,
                    sim_time calm_until, const struct sim_span *cuts, size_t cut_count,
                    struct measured_watch *watch, double *measures)
{
    struct judging judging = {
        .frame = frame,
        .run = run,
        .calm_until = calm_until,
        .cuts = cuts,
        .cut_count = cut_count,
        .measures = measures,
    };
    struct judging *context = &judging;
    struct sim_evidence evidence = {
        .plan = run->plan,
        .recorder = run->recorder,
        .ended = sim_world_time(run->world),
        .limit = sim_world_limit(run->world),
        .world = run->world,
    };
    struct sim_history_judging history = {
        .clients = clients_of(frame, run->plan),
        .initial = SIM_NIL,
        .judge = judge_view,
        .params = &context,
    };
    struct sim_verdict verdict = { 0 };

    for (int i = MEASURED_FIGURES; i < MEASURED_FIXED; i++)
        measures[i] = SIM_HOLDS;
    if (frame->has_store) /* what services answer has no order to be judged */
        sim_history_judging_run(&evidence, &history, &verdict);
    if (judging.answered == 0 && judging.reads == 0) { /* the history was not whole, or empty */
        for (int i = MEASURED_FIGURES; i < MEASURED_CONVERGED; i++)
            measures[i] = SIM_UNDECIDED;
    }
    put_age(&judging);
    judge_stores(&judging, &evidence);
    measures[MEASURED_STOPPED] = run->end == SIM_END_VIOLATED || run->end == SIM_END_LIMIT;
    measured_watch_put(frame, &evidence, measures[MEASURED_STOPPED] <= 0, watch, measures);
}
