#include "tools/orrery/measured_watch.h"
#include "sim/check/behind.h"
#include "sim/check/converged.h"
#include "sim/world/fault_kind.h"
#include "tools/orrery/measured_calls.h"

enum { FINER = 20 }; /* moments are a twentieth of the time since the fault apart */

static bool counts(const struct sim_plan *plan, uint32_t fault)
{
    const struct sim_fault_kind *kind = plan->faults[fault].kind;

    return !kind->action && !kind->instant && kind != &sim_fault_settle;
}

static bool is_told(const struct measured_frame *frame, const struct sim_plan *plan, uint32_t group)
{
    if (!plan->groups[group].model->holds || plan->groups[group].count < 2)
        return false;
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (measured_is_client(frame, plan, g) &&
            sim_behind_is(plan, plan->groups[g].target, group))
            return true;
    }
    return false;
}

bool measured_watches(const struct measured_frame *frame, const struct sim_plan *plan)
{
    bool told = false;

    for (uint32_t g = 0; g < plan->group_count; g++)
        told |= is_told(frame, plan, g);
    return told && (plan->fault_count > 0 || plan->random_count > 0);
}

/* -- when -------------------------------------------------------------------------------------- */

/* A window, or a strike where no fault has a label. */
struct struck_span {
    uint32_t fault;
    sim_time from, to; /* NEVER: it lasts */
};

static size_t count_spans(const struct measured_frame *frame, const struct sim_recorder *recorder)
{
    const struct sim_window *windows;
    const struct sim_strike *strikes;
    uint64_t all;

    return frame->label_count > 0 ? sim_recorder_windows(recorder, &windows)
                                  : sim_recorder_strikes(recorder, &strikes, &all);
}

static struct struck_span span_at(const struct measured_frame *frame,
                                  const struct sim_recorder *recorder, size_t i)
{
    const struct sim_window *windows;
    const struct sim_strike *strikes;
    uint64_t all;

    if (frame->label_count > 0) {
        sim_recorder_windows(recorder, &windows);
        return (struct struck_span){ windows[i].fault, windows[i].from,
                                     windows[i].open ? SIM_TIME_NEVER : windows[i].to };
    }
    sim_recorder_strikes(recorder, &strikes, &all);
    if (strikes[i].count == 0)
        return (struct struck_span){ strikes[i].fault, strikes[i].from, strikes[i].from };
    return (struct struck_span){ strikes[i].fault, strikes[i].from,
                                 strikes[i].open ? SIM_TIME_NEVER : strikes[i].to };
}

/* Looks at what began or ended since the last time. True: something began. */
static bool look_at_faults(struct measured_watch *watch, const struct measured_frame *frame,
                           const struct sim_evidence *evidence)
{
    const size_t begun = watch->begun;
    bool whole = true, fresh = false;

    watch->begun = count_spans(frame, evidence->recorder);
    watch->active = false;
    for (size_t i = watch->closed; i < watch->begun; i++) {
        const struct struck_span span = span_at(frame, evidence->recorder, i);
        bool over = span.to <= evidence->ended;

        if (counts(evidence->plan, span.fault) && span.to > span.from) {
            watch->active |= !over;
            fresh |= i >= begun;
            if (over && span.to > watch->ended)
                watch->ended = span.to;
        }
        whole = whole && over;
        if (whole)
            watch->closed = i + 1;
    }
    return fresh;
}

/* -- what -------------------------------------------------------------------------------------- */

static void look_at_copies(struct measured_watch *watch, const struct measured_frame *frame,
                           const struct sim_evidence *evidence)
{
    bool same = false, differ = false;

    for (uint32_t g = 0; g < evidence->plan->group_count; g++) {
        struct sim_converged count;

        if (!is_told(frame, evidence->plan, g))
            continue;
        sim_converged_look(&count, evidence, g, measured_quiet);
        same |= count.same > 0 && count.asked > 1;
        differ |= count.differ > 0;
    }
    if (!same && !differ)
        return;
    if (!watch->seen || !watch->alike)
        watch->since = evidence->ended;
    watch->seen = true;
    watch->alike = !differ;
}

static void end_stretch(struct measured_watch *watch, sim_time healed)
{
    if (watch->in_stretch && watch->seen) {
        watch->converged |= watch->alike;
        watch->never |= !watch->alike;
        if (watch->alike && watch->since - healed > watch->longest)
            watch->longest = watch->since - healed;
    }
    watch->in_stretch = false;
    watch->seen = false;
}

static void count_calls(struct measured_watch *watch, const struct measured_frame *frame,
                        const struct sim_evidence *evidence)
{
    uint64_t requests, sent;

    if (watch->active == watch->counting)
        return;
    measured_count_calls(frame, evidence->plan, evidence->world, &requests, &sent);
    if (watch->active) {
        watch->requests_at = requests;
        watch->sent_at = sent;
    } else {
        watch->requests += requests - watch->requests_at;
        watch->sent += sent - watch->sent_at;
    }
    watch->counting = watch->active;
}

void measured_watch_ask(const void *frame, const struct sim_evidence *evidence, void *memory)
{
    struct measured_watch *watch = memory;
    const sim_time healed = watch->ended;
    sim_time gap;

    if (look_at_faults(watch, frame, evidence))
        end_stretch(watch, healed);
    count_calls(watch, frame, evidence);
    if (watch->active || watch->ended == 0)
        return;
    if (!watch->in_stretch) {
        watch->in_stretch = true;
        watch->next = 0;
    }
    if (evidence->ended < watch->next)
        return;
    gap = (evidence->ended - watch->ended) / FINER;
    watch->next = evidence->ended + (gap > measured_every ? gap : measured_every);
    look_at_copies(watch, frame, evidence);
}

void measured_watch_put(const struct measured_frame *frame, const struct sim_evidence *evidence,
                        bool is_whole, struct measured_watch *watch, double *measures)
{
    /* at the end once more, whether it was time or not; of a run that was stopped nobody knows what
     * would have come */
    watch->next = 0;
    measured_watch_ask(frame, evidence, watch);
    watch->active = false;
    count_calls(watch, frame, evidence);
    if (is_whole)
        end_stretch(watch, watch->ended);
    measures[MEASURED_CONVERGES] = watch->never       ? SIM_BROKEN
                                   : watch->converged ? SIM_HOLDS
                                                      : SIM_UNDECIDED;
    if (watch->converged && !watch->never)
        measures[MEASURED_CONVERGED_AFTER] = (double)watch->longest;
}
