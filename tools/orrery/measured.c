#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/measured.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/world/fault_kind.h"
#include "tools/orrery/measured_calls.h"
#include "tools/orrery/measured_judge.h"
#include "tools/orrery/measured_watch.h"

#include <math.h>
#include <string.h>

enum { MILLION = 1000000 };

const struct measured_row measured_rows[MEASURED_FIGURES] = {
    [MEASURED_OK] = { "ok", UNIT_SHARE, 1 },
    [MEASURED_OK_CALM] = { "ok.calm", UNIT_SHARE, 1 },
    [MEASURED_OK_CUT] = { "ok.fault", UNIT_SHARE, 1 },
    [MEASURED_OK_MAJORITY] = { "ok.cut.majority", UNIT_SHARE, 1 },
    [MEASURED_OK_MINORITY] = { "ok.cut.minority", UNIT_SHARE, 1 },
    [MEASURED_OK_AFTER] = { "ok.after", UNIT_SHARE, 1 },
    [MEASURED_GAP] = { "longest_without_write", UNIT_TIME, -1 },
    [MEASURED_RECOVERED] = { "recovered_after", UNIT_TIME, -1 },
    [MEASURED_READ_P50] = { "read.calm.p50", UNIT_TIME, -1 },
    [MEASURED_READ_P99] = { "read.calm.p99", UNIT_TIME, -1 },
    [MEASURED_WRITE_P50] = { "write.calm.p50", UNIT_TIME, -1 },
    [MEASURED_WRITE_P99] = { "write.calm.p99", UNIT_TIME, -1 },
    [MEASURED_CUT_P50] = { "ok.fault.p50", UNIT_TIME, -1 },
    [MEASURED_CUT_P99] = { "ok.fault.p99", UNIT_TIME, -1 },
    [MEASURED_ERROR_CALM_P50] = { "error.calm.p50", UNIT_TIME, -1 },
    [MEASURED_ERROR_P50] = { "error.fault.p50", UNIT_TIME, -1 },
    [MEASURED_ERROR_P99] = { "error.fault.p99", UNIT_TIME, -1 },
    [MEASURED_STALE] = { "stale", UNIT_SHARE, -1 },
    [MEASURED_STALE_CUT] = { "stale.fault", UNIT_SHARE, -1 },
    [MEASURED_STALE_AGE] = { "stale.worst_age", UNIT_TIME, -1 },
    [MEASURED_STALE_AFTER] = { "stale.after", UNIT_TIME, -1 },
    [MEASURED_LOST] = { "lost", UNIT_COUNT, -1 },
    [MEASURED_LOST_SHARE] = { "lost.share", UNIT_SHARE, -1 },
    [MEASURED_SIBLINGS] = { "siblings", UNIT_SHARE, -1 },
    [MEASURED_MESSAGES] = { "messages", UNIT_COUNT, -1 },
    [MEASURED_BYTES] = { "bytes", UNIT_COUNT, -1 },
    [MEASURED_CALM_P50] = { "calm.p50", UNIT_TIME, -1 },
    [MEASURED_CONVERGED_AFTER] = { "converged_after", UNIT_TIME, -1 },
    [MEASURED_ASKED] = { "asked_per_second", UNIT_COUNT, 0 },
    [MEASURED_READS] = { "asked.reads", UNIT_SHARE, 0 },
    [MEASURED_GOODPUT] = { "goodput", UNIT_COUNT, 1 },
    [MEASURED_GOODPUT_CALM] = { "goodput.calm", UNIT_COUNT, 1 },
    [MEASURED_GOODPUT_CUT] = { "goodput.fault", UNIT_COUNT, 1 },
    [MEASURED_GOODPUT_AFTER] = { "goodput.after", UNIT_COUNT, 1 },
    [MEASURED_GOODPUT_BACK] = { "goodput.back_after", UNIT_TIME, -1 },
    [MEASURED_CALM_P99] = { "calm.p99", UNIT_TIME, -1 },
    [MEASURED_AFTER_P99] = { "ok.after.p99", UNIT_TIME, -1 },
    [MEASURED_SENT] = { "sent", UNIT_COUNT, -1 },
    [MEASURED_SENT_CUT] = { "sent.fault", UNIT_COUNT, -1 },
    [MEASURED_REFUSED] = { "calls.refused", UNIT_SHARE, 0 },
    [MEASURED_DEGRADED] = { "calls.degraded", UNIT_SHARE, 0 },
    [MEASURED_UNSENT] = { "calls.unsent", UNIT_SHARE, 0 },
};

/* -- labels ------------------------------------------------------------------------------------ */

static void add_label(struct measured_frame *frame, const char *label)
{
    if (!label || frame->label_count == MEASURED_LABELS_MAX || strcmp(label, SIM_SETTLE) == 0)
        return;
    for (size_t i = 0; i < frame->label_count; i++) {
        if (strcmp(frame->labels[i], label) == 0)
            return;
    }
    frame->labels[frame->label_count++] = label;
}

void measured_frame_init(struct measured_frame *frame, const struct sim_scenario *scenario,
                         const char *clients)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);

    *frame = (struct measured_frame){ .clients = clients };
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (!plan->faults[i].kind->action)
            add_label(frame, plan->faults[i].label);
    }
    for (uint32_t i = 0; i < plan->random_count; i++)
        add_label(frame, plan->randoms[i].label);
    measured_frame_add(frame, scenario);
}

static void add_hop(struct measured_frame *frame, const char *group, const char *route)
{
    if (frame->hop_count == MEASURED_HOPS_MAX || !route)
        return;
    for (size_t i = 0; i < frame->hop_count; i++) {
        if (strcmp(frame->hops[i].group, group) == 0 && strcmp(frame->hops[i].route, route) == 0)
            return;
    }
    frame->hops[frame->hop_count++] = (struct measured_hop){ group, route };
}

/* Of a group whose calls go through filters in some variant, or are those of a service. */
static void add_hops(struct measured_frame *frame, const struct sim_group_plan *group)
{
    bool serves = false;

    for (unsigned i = 0; i < SIM_CALLS_MAX; i++) {
        const struct sim_interface *asked = group->model->calls[i].interface;

        serves |= asked && strcmp(asked->name, "service") == 0;
    }
    frame->has_filters |= group->chains != NULL;
    if (!serves && !group->chains)
        return;
    for (unsigned i = 0; group->target != SIM_NO_GROUP && i < SIM_CALLS_MAX; i++)
        add_hop(frame, group->name, group->model->calls[i].name);
    for (uint32_t i = 0; i < group->route_count; i++)
        add_hop(frame, group->name, group->routes[i].name);
}

static void add_anomaly(struct measured_frame *frame, const char *group,
                        const struct sim_metric_kind *metric)
{
    if (frame->anomaly_count == MEASURED_ANOMALIES_MAX)
        return;
    for (size_t i = 0; i < frame->anomaly_count; i++) {
        if (strcmp(frame->anomalies[i].group, group) == 0 &&
            strcmp(frame->anomalies[i].metric, metric->name) == 0)
            return;
    }
    frame->anomalies[frame->anomaly_count++] =
        (struct measured_anomaly){ group, metric->name, metric->help };
}

static void add_anomalies(struct measured_frame *frame, const struct sim_group_plan *group)
{
    for (unsigned i = 0; i < SIM_METRICS_MAX && group->model->metrics[i].name != NULL; i++) {
        if (group->model->metrics[i].type == SIM_ANOMALIES)
            add_anomaly(frame, group->name, &group->model->metrics[i]);
    }
}

/* Services are what is asked by their interface; all else that clients ask is a store. */
void measured_frame_add(struct measured_frame *frame, const struct sim_scenario *scenario)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);

    for (uint32_t g = 0; g < plan->group_count; g++) {
        const struct sim_group_plan *clients = &plan->groups[g];

        add_hops(frame, clients);
        add_anomalies(frame, clients);
        for (unsigned i = 0; measured_is_client(frame, plan, g) && i < SIM_CALLS_MAX; i++) {
            const struct sim_interface *asked = clients->model->calls[i].interface;

            frame->has_store |= asked && strcmp(asked->name, "service") != 0;
        }
    }
}

/* -- when, and on which side ------------------------------------------------------------------- */

enum part { CALM, CUT, AFTER };

struct partition {
    sim_time from, to;
    const uint8_t *sides; /* by node */
    uint32_t nodes;       /* so many; those behind stand on none */
};

/* Times that grow, to be sorted for percentiles. */
struct times {
    sim_time *items;
    size_t count, capacity;
};

struct share {
    uint64_t ok, all;
};

struct tally {
    const struct measured_frame *frame;
    const struct finished_run *run;
    const struct sim_names *names;
    double *measures;
    sim_time calm_until;   /* when the first fault began; SIM_TIME_NEVER: none did */
    struct sim_span *cuts; /* in which a fault that counts was active */
    size_t cut_count, cut_capacity;
    struct partition *partitions;
    size_t partition_count;
    struct share whole, parts[AFTER + 1], majority, minority, labels[MEASURED_LABELS_MAX];
    struct times reads, writes, calm, cut, after, errors_calm, errors, changed;
    uint64_t asked, measured, read; /* of all, after the warm-up, of these */
    sim_time longest;               /* that a client waited until it knew */
    sim_time *recovered;            /* by cut and node; SIM_TIME_NEVER: not */
};

static void add_time(struct times *times, sim_time t)
{
    times->items = sim_grow(times->items, &times->capacity, times->count + 1, sizeof(sim_time));
    times->items[times->count++] = t;
}

static int compare_times(const void *left, const void *right)
{
    const sim_time *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static void sort_times(struct times *times)
{
    sim_sort(times->items, times->count, sizeof(sim_time), compare_times);
}

static double quantile(struct times *times, uint32_t millionths)
{
    if (times->count == 0)
        return NAN;
    return (double)times->items[sim_quantile_rank(times->count, millionths) - 1];
}

static double share_of(const struct share *share)
{
    return share->all == 0 ? NAN : (double)share->ok / (double)share->all;
}

static void add_cut(struct tally *tally, sim_time from, sim_time to)
{
    tally->cuts =
        sim_grow(tally->cuts, &tally->cut_capacity, tally->cut_count + 1, sizeof(*tally->cuts));
    tally->cuts[tally->cut_count++] = (struct sim_span){ from, to };
}

static void find_cuts(struct tally *tally)
{
    const struct sim_recorder *recorder = tally->run->recorder;
    const struct sim_plan *plan = tally->run->plan;
    const struct sim_window *windows;
    const struct sim_strike *strikes;
    uint64_t all;
    size_t count = sim_recorder_strikes(recorder, &strikes, &all);

    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_kind *kind = plan->faults[strikes[i].fault].kind;

        if (strikes[i].count == 0 || kind->action || kind == &sim_fault_settle)
            continue;
        if (strikes[i].from < tally->calm_until)
            tally->calm_until = strikes[i].from;
        if (tally->frame->label_count == 0 && !kind->instant)
            add_cut(tally, strikes[i].from, strikes[i].to);
    }
    count = sim_recorder_windows(recorder, &windows);
    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_kind *kind = plan->faults[windows[i].fault].kind;

        if (!kind->action && kind != &sim_fault_settle)
            add_cut(tally, windows[i].from, windows[i].to);
    }
}

/* Until when the strike of FAULT lasted that began at FROM. */
static sim_time end_of(const struct tally *tally, uint32_t fault, sim_time from)
{
    const struct sim_strike *strikes;
    uint64_t all;
    size_t count = sim_recorder_strikes(tally->run->recorder, &strikes, &all);

    for (size_t i = 0; i < count; i++) {
        if (strikes[i].fault == fault && strikes[i].from == from)
            return strikes[i].to;
    }
    return from;
}

static void find_partitions(struct tally *tally)
{
    size_t count;
    const struct sim_struck *struck = sim_recorder_struck(tally->run->recorder, &count);

    tally->partitions = sim_alloc_array(count, sizeof(*tally->partitions));
    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_kind *kind = tally->run->plan->faults[struck[i].fault].kind;

        if (kind->target == SIM_TARGET_SIDES && struck[i].sides && struck[i].count > 0)
            tally->partitions[tally->partition_count++] =
                (struct partition){ struck[i].time, end_of(tally, struck[i].fault, struck[i].time),
                                    struck[i].sides, struck[i].nodes[struck[i].count - 1] + 1 };
    }
}

static uint8_t side_of(const struct partition *cut, uint32_t node)
{
    return node < cut->nodes ? cut->sides[node] : 0;
}

static enum part part_at(const struct tally *tally, sim_time t)
{
    if (t < tally->calm_until)
        return CALM;
    for (size_t i = 0; i < tally->cut_count; i++) {
        if (t >= tally->cuts[i].from && t < tally->cuts[i].to)
            return CUT;
    }
    return AFTER;
}

/* Whether more than half of the nodes of STORE stand on SIDE. */
static bool is_majority(const struct tally *tally, const struct partition *cut, uint32_t store,
                        uint8_t side)
{
    uint32_t first = tally->names->first[store], end = tally->names->first[store + 1], there = 0;

    for (uint32_t node = first; node < end; node++)
        there += side_of(cut, node) == side;
    return there > (end - first) / 2;
}

/* -- operations -------------------------------------------------------------------------------- */

static void count(struct share *share, bool ok)
{
    share->all++;
    share->ok += ok;
}

static void count_sides(struct tally *tally, const struct sim_history_entry *entry, bool ok)
{
    uint32_t store = tally->run->plan->groups[sim_names_group(tally->names, entry->node)].target;

    for (size_t i = 0; i < tally->partition_count; i++) {
        const struct partition *cut = &tally->partitions[i];
        uint8_t side = side_of(cut, entry->node);

        if (entry->invoked < cut->from || entry->invoked >= cut->to || side == 0)
            continue;
        count(is_majority(tally, cut, store, side) ? &tally->majority : &tally->minority, ok);
        return; /* of several at a time the first */
    }
}

static void count_labels(struct tally *tally, const struct sim_history_entry *entry, bool ok)
{
    for (size_t i = 0; i < tally->frame->label_count; i++) {
        if (sim_recorder_in_window(tally->run->recorder, tally->frame->labels[i], entry->invoked))
            count(&tally->labels[i], ok);
    }
}

static void take_latency(struct tally *tally, const struct sim_history_entry *entry, enum part part,
                         bool ok)
{
    sim_time took = entry->completed - entry->invoked;

    if (entry->completed == SIM_TIME_NEVER)
        return;
    if (ok && part == CALM) {
        add_time(entry->operation.kind == SIM_READ ? &tally->reads : &tally->writes, took);
        add_time(&tally->calm, took);
    } else if (ok && part == CUT) {
        add_time(&tally->cut, took);
    } else if (ok) {
        add_time(&tally->after, took);
    } else if (!ok && part == CALM) {
        add_time(&tally->errors_calm, took);
    } else if (!ok && part == CUT) {
        add_time(&tally->errors, took);
    }
}

/* An answer to what was asked after a cut. */
static void note_recovery(struct tally *tally, const struct sim_history_entry *entry)
{
    uint32_t nodes = sim_names_nodes(tally->names);

    for (size_t i = 0; i < tally->cut_count; i++) {
        sim_time *first = &tally->recovered[i * nodes + entry->node];

        if (entry->invoked >= tally->cuts[i].to && entry->completed < *first)
            *first = entry->completed;
    }
}

static void take(struct tally *tally, const struct sim_history_entry *entry)
{
    bool ok = entry->completed != SIM_TIME_NEVER && entry->status == SIM_OK;
    enum part part = part_at(tally, entry->invoked);

    if (ok)
        note_recovery(tally, entry);
    if (entry->invoked < tally->run->plan->warmup)
        return;
    tally->read += entry->operation.kind == SIM_READ;
    tally->measured++;
    count(&tally->whole, ok);
    count(&tally->parts[part], ok);
    count_sides(tally, entry, ok);
    count_labels(tally, entry, ok);
    take_latency(tally, entry, part, ok);
    if (ok && entry->operation.kind != SIM_READ)
        add_time(&tally->changed, entry->completed);
}

bool measured_is_client(const struct measured_frame *frame, const struct sim_plan *plan,
                        uint32_t group)
{
    const struct sim_group_plan *it = &plan->groups[group];

    return it->model->operations != NULL && it->target < plan->group_count &&
           (!frame->clients || strcmp(frame->clients, it->name) == 0);
}

static bool is_clients(const struct tally *tally, uint32_t node)
{
    return measured_is_client(tally->frame, tally->run->plan, sim_names_group(tally->names, node));
}

/* Asked so shortly before the end that there could have been no answer yet. */
static bool is_too_late(const struct tally *tally, const struct sim_history_entry *entry)
{
    return entry->completed == SIM_TIME_NEVER &&
           sim_world_time(tally->run->world) - entry->invoked < tally->longest;
}

static void take_all(struct tally *tally)
{
    const struct sim_history *history = sim_recorder_history(tally->run->recorder);
    size_t entries = sim_history_count(history);

    size_t recoveries = tally->cut_count * sim_names_nodes(tally->names);

    tally->recovered = sim_alloc_array(recoveries, sizeof(sim_time));
    for (size_t i = 0; i < recoveries; i++)
        tally->recovered[i] = SIM_TIME_NEVER;
    for (size_t i = 0; i < entries; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        sim_time took = entry->completed - entry->invoked;

        if (entry->completed != SIM_TIME_NEVER && is_clients(tally, entry->node) &&
            took > tally->longest)
            tally->longest = took;
    }
    for (size_t i = 0; i < entries; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        if (!is_clients(tally, entry->node))
            continue;
        tally->asked++;
        if (!is_too_late(tally, entry))
            take(tally, entry);
    }
}

/* -- figures ----------------------------------------------------------------------------------- */

static void put_shares(struct tally *tally)
{
    double *to = tally->measures;

    to[MEASURED_OK] = share_of(&tally->whole);
    to[MEASURED_OK_CALM] = share_of(&tally->parts[CALM]);
    to[MEASURED_OK_CUT] = share_of(&tally->parts[CUT]);
    to[MEASURED_OK_MAJORITY] = share_of(&tally->majority);
    to[MEASURED_OK_MINORITY] = share_of(&tally->minority);
    to[MEASURED_OK_AFTER] = share_of(&tally->parts[AFTER]);
    for (size_t i = 0; i < MEASURED_LABELS_MAX; i++)
        to[MEASURED_FIXED + i] = share_of(&tally->labels[i]);
}

static void put_latencies(struct tally *tally)
{
    struct times *all[] = { &tally->reads, &tally->writes,      &tally->calm,   &tally->cut,
                            &tally->after, &tally->errors_calm, &tally->errors, &tally->changed };
    double *to = tally->measures;

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        sort_times(all[i]);
    to[MEASURED_READ_P50] = quantile(&tally->reads, MILLION / 2);
    to[MEASURED_READ_P99] = quantile(&tally->reads, MILLION / 100 * 99);
    to[MEASURED_WRITE_P50] = quantile(&tally->writes, MILLION / 2);
    to[MEASURED_WRITE_P99] = quantile(&tally->writes, MILLION / 100 * 99);
    to[MEASURED_CALM_P50] = quantile(&tally->calm, MILLION / 2);
    to[MEASURED_CALM_P99] = quantile(&tally->calm, MILLION / 100 * 99);
    to[MEASURED_AFTER_P99] = quantile(&tally->after, MILLION / 100 * 99);
    to[MEASURED_CUT_P50] = quantile(&tally->cut, MILLION / 2);
    to[MEASURED_CUT_P99] = quantile(&tally->cut, MILLION / 100 * 99);
    to[MEASURED_ERROR_CALM_P50] = quantile(&tally->errors_calm, MILLION / 2);
    to[MEASURED_ERROR_P50] = quantile(&tally->errors, MILLION / 2);
    to[MEASURED_ERROR_P99] = quantile(&tally->errors, MILLION / 100 * 99);
}

/* From the warm-up to the end, if anything was to be changed at all. */
static void put_gap(struct tally *tally)
{
    sim_time last = tally->run->plan->warmup, worst = 0;
    sim_time ended = sim_world_time(tally->run->world);

    if ((sim_recorder_kinds(tally->run->recorder, SIM_NO_GROUP) & ~(1u << SIM_READ)) == 0)
        return;
    for (size_t i = 0; i <= tally->changed.count; i++) {
        sim_time t = i < tally->changed.count ? tally->changed.items[i] : ended;

        if (t - last > worst)
            worst = t - last;
        last = t;
    }
    tally->measures[MEASURED_GAP] = (double)worst;
}

/* Of the slowest client after any of the faults; who had no answer until the end counts as if it
 * came then. */
static void put_recovery(struct tally *tally)
{
    sim_time ended = sim_world_time(tally->run->world), worst = 0;
    uint32_t nodes = sim_names_nodes(tally->names);
    bool any = false;

    for (size_t i = 0; i < tally->cut_count; i++) {
        sim_time healed = tally->cuts[i].to;

        for (uint32_t node = 0; healed < ended && node < nodes; node++) {
            sim_time t = tally->recovered[i * nodes + node];

            if (!is_clients(tally, node))
                continue;
            t = t < ended ? t : ended;
            worst = t - healed > worst ? t - healed : worst;
            any = true;
        }
    }
    if (any)
        tally->measures[MEASURED_RECOVERED] = (double)worst;
}

static void put_messages(struct tally *tally)
{
    uint64_t sent = 0, bytes = 0;

    for (uint32_t g = 0; g < tally->run->plan->group_count; g++) {
        const struct sim_group_stats *stats = sim_world_group_stats(tally->run->world, g);

        sent += stats->sent;
        bytes += stats->bytes;
    }
    if (tally->asked == 0)
        return;
    tally->measures[MEASURED_MESSAGES] = (double)sent / (double)tally->asked;
    tally->measures[MEASURED_BYTES] = (double)bytes / (double)tally->asked;
}

static void put_load(struct tally *tally)
{
    sim_time span = sim_world_time(tally->run->world) - tally->run->plan->warmup;

    if (tally->measured == 0 || span <= 0)
        return;
    tally->measures[MEASURED_ASKED] = (double)tally->measured / ((double)span / (double)SIM_SECOND);
    tally->measures[MEASURED_READS] = (double)tally->read / (double)tally->measured;
}

static void finish(struct tally *tally)
{
    sim_free(tally->cuts);
    sim_free(tally->partitions);
    sim_free(tally->recovered);
    sim_free(tally->reads.items);
    sim_free(tally->writes.items);
    sim_free(tally->calm.items);
    sim_free(tally->cut.items);
    sim_free(tally->after.items);
    sim_free(tally->errors_calm.items);
    sim_free(tally->errors.items);
    sim_free(tally->changed.items);
}

void measured_make(const void *frame, const struct finished_run *run, void *watch, double *measures)
{
    struct tally tally = {
        .frame = frame,
        .run = run,
        .names = sim_recorder_names(run->recorder),
        .measures = measures,
        .calm_until = SIM_TIME_NEVER,
    };

    for (int i = 0; i < MEASURED_FIGURES; i++)
        measures[i] = NAN;
    find_cuts(&tally);
    find_partitions(&tally);
    take_all(&tally);
    put_shares(&tally);
    put_latencies(&tally);
    put_gap(&tally);
    put_recovery(&tally);
    put_messages(&tally);
    put_load(&tally);
    measured_judge(frame, run, tally.calm_until, tally.cuts, tally.cut_count, watch, measures);
    measured_calls(frame, run, tally.calm_until, tally.cuts, tally.cut_count, watch, measures);
    finish(&tally);
}
