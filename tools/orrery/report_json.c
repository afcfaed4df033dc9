/* The same report for programs. */
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/report.h"

#include <string.h>

enum { THOUSAND = 1000, MILLION = 1000000 };

static void key(struct sim_output *out, const char *name)
{
    /* a comma unless this is the first of its object */
    if (out->bytes[out->used - 1] != '{')
        sim_output_text(out, ",");
    sim_output_string(out, name);
    sim_output_text(out, ":");
}

static void next_item(struct sim_output *out)
{
    if (out->bytes[out->used - 1] != '[')
        sim_output_text(out, ",");
}

static void put_text(struct sim_output *out, const char *name, const char *text)
{
    key(out, name);
    if (text != NULL)
        sim_output_string(out, text);
    else
        sim_output_text(out, "null");
}

static void put_natural(struct sim_output *out, const char *name, uint64_t value)
{
    key(out, name);
    sim_output_natural(out, value);
}

static void put_integer(struct sim_output *out, const char *name, int64_t value)
{
    key(out, name);
    sim_output_integer(out, value);
}

static void put_bool(struct sim_output *out, const char *name, bool value)
{
    key(out, name);
    sim_output_text(out, value ? "true" : "false");
}

/* PART / WHOLE with as many decimals as SCALE (a power of ten) has zeros, cut off; null without a
 * whole. */
static void put_ratio(struct sim_output *out, const char *name, sim_wide part, uint64_t whole,
                      uint64_t scale)
{
    uint64_t scaled, fraction;

    key(out, name);
    if (whole == 0) {
        sim_output_text(out, "null");
        return;
    }
    scaled = (uint64_t)(part * scale / whole);
    fraction = scaled % scale;
    sim_output_natural(out, scaled / scale);
    sim_output_text(out, ".");
    for (scale /= 10; scale > 0; scale /= 10)
        sim_output_natural(out, fraction / scale % 10);
}

static void put_verdicts(struct sim_output *out, const struct report *report)
{
    key(out, "verdicts");
    sim_output_text(out, "[");
    for (size_t i = 0; i < report->verdict_count; i++) {
        const struct report_verdict *verdict = &report->verdicts[i];

        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "checker", verdict->checker);
        put_text(out, "expectation", verdict->expectation);
        put_text(out, "status", sim_verdict_status_names[verdict->verdict.status]);
        put_text(out, "text", verdict->over ? verdict->over->text : verdict->verdict.text);
        key(out, "over");
        if (verdict->over)
            over_put_json(verdict->over, out);
        else
            sim_output_text(out, "null");
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* Of the ok answers; null if there were none. */
static void put_latency(struct sim_output *out, const struct report *report, uint32_t group,
                        int kind, const char *label)
{
    static const struct {
        const char *name;
        uint32_t millionths;
    } quantiles[] = { { "p50", 500000 },
                      { "p90", 900000 },
                      { "p99", 990000 },
                      { "p999", 999000 },
                      { "max", MILLION } };
    size_t count;
    sim_time *times = sim_recorder_latencies(report->recorder, group, kind, label, SIM_OK, &count);
    sim_wide sum = 0;

    key(out, "latency");
    if (count == 0) {
        sim_output_text(out, "null");
        return;
    }
    for (size_t i = 0; i < count; i++)
        sum += (uint64_t)times[i];
    sim_output_text(out, "{");
    put_natural(out, "mean", (uint64_t)((sum + count / 2) / count));
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
        put_integer(out, quantiles[i].name,
                    times[sim_quantile_rank(count, quantiles[i].millionths) - 1]);
    sim_output_text(out, "}");
    sim_free(times);
}

static void put_operation(struct sim_output *out, const struct report *report, uint32_t group,
                          int kind, const char *label)
{
    struct sim_operation_figures figures;
    sim_time span = sim_recorder_measured(report->recorder, label);
    uint64_t all = 0;

    sim_recorder_figures(report->recorder, group, kind, label, &figures);
    for (int i = 0; i < SIM_OPERATION_STATUSES; i++)
        all += figures.status[i];
    next_item(out);
    sim_output_text(out, "{");
    put_text(out, "group", report->plan->groups[group].name);
    put_text(out, "op", kind < 0 ? "any" : sim_operation_kind_names[kind]);
    put_text(out, "during", label);
    put_natural(out, "ok", figures.status[SIM_OK]);
    put_natural(out, "fail", figures.status[SIM_FAIL]);
    put_natural(out, "unknown", figures.status[SIM_UNKNOWN]);
    put_natural(out, "open", figures.open);
    put_ratio(out, "availability", figures.status[SIM_OK], all, MILLION);
    put_ratio(out, "ok_per_second", (sim_wide)figures.status[SIM_OK] * (uint64_t)SIM_SECOND,
              (uint64_t)span, THOUSAND);
    put_latency(out, report, group, kind, label);
    sim_output_text(out, "}");
    sim_operation_figures_finish(&figures);
}

static bool is_new_label(const struct report *report, const struct sim_window *windows,
                         size_t index)
{
    const char *label = report->plan->faults[windows[index].fault].label;

    for (size_t i = 0; i < index; i++) {
        if (strcmp(report->plan->faults[windows[i].fault].label, label) == 0)
            return false;
    }
    return true;
}

static void put_operations(struct sim_output *out, const struct report *report)
{
    const struct sim_window *windows;
    size_t window_count = sim_recorder_windows(report->recorder, &windows);

    key(out, "operations");
    sim_output_text(out, "[");
    for (uint32_t group = 0; group < report->plan->group_count; group++) {
        unsigned kinds = sim_recorder_kinds(report->recorder, group);

        if (kinds == 0)
            continue;
        put_operation(out, report, group, -1, NULL);
        for (int kind = 0; kind < SIM_OPERATION_KINDS; kind++) {
            if ((kinds >> kind & 1) != 0)
                put_operation(out, report, group, kind, NULL);
        }
        for (size_t i = 0; i < window_count; i++) {
            const char *label = report->plan->faults[windows[i].fault].label;

            if (is_new_label(report, windows, i))
                put_operation(out, report, group, -1, label);
        }
    }
    sim_output_text(out, "]");
}

static void put_messages(struct sim_output *out, const struct report *report)
{
    key(out, "messages");
    sim_output_text(out, "[");
    for (uint32_t i = 0; i < report->plan->group_count; i++) {
        const struct sim_group_stats *stats = &report->stats[i];

        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "group", report->plan->groups[i].name);
        put_natural(out, "sent", stats->sent);
        put_natural(out, "delivered", stats->delivered);
        put_natural(out, "bytes", stats->bytes);
        put_natural(out, "lost", stats->lost);
        put_natural(out, "cut", stats->cut);
        put_natural(out, "corrupted", stats->corrupted);
        put_natural(out, "broken", stats->broken);
        put_natural(out, "to_down", stats->to_down);
        put_natural(out, "overflowed", stats->overflowed);
        put_natural(out, "duplicated", stats->duplicated);
        put_natural(out, "crashed", stats->crashed);
        put_natural(out, "late_replies", stats->late_replies);
        put_natural(out, "under_way", sim_group_under_way(stats));
        put_natural(out, "connections", stats->connections);
        put_natural(out, "retransmitted", stats->retransmitted);
        put_natural(out, "repeated", stats->repeated);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_calls(struct sim_output *out, const struct report *report)
{
    key(out, "calls");
    sim_output_text(out, "[");
    for (size_t i = 0; i < report->route_count; i++) {
        const struct report_route *route = &report->routes[i];

        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "group", report->plan->groups[route->group].name);
        put_text(out, "call", route->name);
        put_bool(out, "filtered", route->filtered);
        put_natural(out, "calls", route->stats.calls);
        put_natural(out, "attempts", route->stats.attempts);
        put_natural(out, "replied", route->stats.replied);
        put_natural(out, "degraded", route->stats.degraded);
        put_natural(out, "refused", route->stats.refused);
        put_natural(out, "unknown", route->stats.unknown);
        put_natural(out, "unsent", route->stats.unsent);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_metric(struct sim_output *out, const struct report *report, uint32_t group,
                       unsigned metric)
{
    static const char *const types[] = {
        [SIM_COUNTER] = "counter",
        [SIM_GAUGE] = "gauge",
        [SIM_HISTOGRAM] = "histogram",
        [SIM_DURATIONS] = "durations",
        [SIM_ANOMALIES] = "anomalies",
    };
    const struct sim_metric_kind *kind = &report->plan->groups[group].model->metrics[metric];
    const struct sim_histogram *histogram =
        sim_recorder_metric_histogram(report->recorder, group, metric);

    next_item(out);
    sim_output_text(out, "{");
    put_text(out, "group", report->plan->groups[group].name);
    put_text(out, "metric", kind->name);
    put_text(out, "type", types[kind->type]);
    if (kind->type == SIM_HISTOGRAM || kind->type == SIM_DURATIONS) {
        put_natural(out, "count", histogram->count);
        put_integer(out, "min", histogram->least);
        put_integer(out, "p50", sim_histogram_quantile(histogram, 500000));
        put_integer(out, "p99", sim_histogram_quantile(histogram, 990000));
        put_integer(out, "max", histogram->most);
    } else {
        put_integer(out, "value", sim_recorder_metric(report->recorder, group, metric));
    }
    sim_output_text(out, "}");
}

static void put_metrics(struct sim_output *out, const struct report *report)
{
    const struct sim_plan *plan = report->plan;

    key(out, "metrics");
    sim_output_text(out, "{");
    put_operations(out, report);
    put_messages(out, report);
    put_calls(out, report);
    key(out, "models");
    sim_output_text(out, "[");
    for (uint32_t i = 0; i < plan->group_count; i++) {
        for (unsigned k = 0; k < SIM_METRICS_MAX; k++) {
            if (plan->groups[i].model->metrics[k].name == NULL)
                break;
            put_metric(out, report, i, k);
        }
    }
    sim_output_text(out, "]}");
}

static void put_windows(struct sim_output *out, const struct report *report)
{
    const struct sim_window *windows;
    size_t count = sim_recorder_windows(report->recorder, &windows);

    key(out, "windows");
    sim_output_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "label", report->plan->faults[windows[i].fault].label);
        put_integer(out, "from", windows[i].from);
        put_integer(out, "to", windows[i].to);
        put_bool(out, "open", windows[i].open);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* All of them, labelled or not; `nodes` are the first of `hits`. */
static void put_faults(struct sim_output *out, const struct report *report)
{
    const struct sim_strike *strikes;
    uint64_t all;
    size_t count = sim_recorder_strikes(report->recorder, &strikes, &all);
    char name[64];

    key(out, "faults");
    sim_output_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        const struct sim_strike *strike = &strikes[i];
        const struct sim_fault_plan *fault = &report->plan->faults[strike->fault];

        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "kind", fault->kind->name);
        put_text(out, "label", fault->label);
        put_integer(out, "from", strike->from);
        put_integer(out, "to", strike->to);
        put_bool(out, "open", strike->open);
        put_natural(out, "hits", strike->count);
        key(out, "nodes");
        sim_output_text(out, "[");
        for (uint32_t n = 0; n < strike->count && n < SIM_STRIKE_NODES; n++) {
            next_item(out);
            sim_output_string(
                out, sim_names_text(sim_recorder_names(report->recorder), strike->nodes[n], name));
        }
        sim_output_text(out, "]}");
    }
    sim_output_text(out, "]");
}

/* Kinds of faults, how often each began and hit somebody; marks, how often each was reached. */
static void put_coverage(struct sim_output *out, const struct report *report)
{
    const struct coverage *coverage = report->coverage;

    key(out, "fired");
    sim_output_text(out, "[");
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_place *place = &coverage->places[i];

        if (place->group)
            continue;
        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "kind", place->name);
        put_natural(out, "fired", place->fired);
        put_natural(out, "hit", place->count);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
    key(out, "reached");
    sim_output_text(out, "[");
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_place *place = &coverage->places[i];

        if (!place->group)
            continue;
        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "group", place->group);
        put_text(out, "mark", place->name);
        put_natural(out, "count", place->count);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* Nodes that stopped for good. */
static void put_halts(struct sim_output *out, const struct report *report)
{
    const struct sim_halt_record *halts;
    size_t count = sim_recorder_halts(report->recorder, &halts);
    char name[64];

    key(out, "halts");
    sim_output_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "node",
                 sim_names_text(sim_recorder_names(report->recorder), halts[i].node, name));
        put_integer(out, "t", halts[i].time);
        put_text(out, "reason", halts[i].reason);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_warnings(struct sim_output *out, const struct report *report)
{
    char text[512];

    key(out, "warnings");
    sim_output_text(out, "[");
    for (uint32_t i = 0; i < report->plan->fault_count; i++) {
        if (!report_warning(report, i, text))
            continue;
        next_item(out);
        sim_output_string(out, text);
    }
    sim_output_text(out, "]");
}

static void put_violations(struct sim_output *out, const struct report *report)
{
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(report->recorder, &violations);

    key(out, "violations");
    sim_output_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        next_item(out);
        sim_output_text(out, "{");
        put_text(out, "invariant", violations[i].invariant);
        put_text(out, "group", report->plan->groups[violations[i].group].name);
        put_integer(out, "t", violations[i].time);
        put_natural(out, "event", violations[i].event);
        put_text(out, "text", violations[i].text);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_end(struct sim_output *out, const struct report *report)
{
    static const char *const ends[] = {
        [SIM_END_DURATION] = "duration",
        [SIM_END_QUIET] = "quiet",
        [SIM_END_VIOLATED] = "violated",
        [SIM_END_LIMIT] = "limit",
    };

    key(out, "end");
    sim_output_text(out, "{");
    put_text(out, "reason", ends[report->end]);
    put_text(out, "limit", report->limit);
    put_integer(out, "t", report->ended);
    put_natural(out, "events", report->events);
    sim_output_text(out, "}");
}

const char *report_print_json(const struct report *report, FILE *file)
{
    struct sim_output out;
    const char *error;

    sim_output_init(&out, file);
    sim_output_text(&out, "{");
    put_text(&out, "scenario", report->scenario);
    put_text(&out, "file", report->file);
    put_text(&out, "about", report->about);
    put_text(&out, "variant", report->variant);
    put_natural(&out, "seed", report->seed);
    if (report->plan->luck.has_seed)
        put_natural(&out, "luck_seed", report->plan->luck.seed);
    put_text(&out, "digest", report->digest);
    put_text(&out, "status", sim_verdict_status_names[report_status(report)]);
    put_verdicts(&out, report);
    put_warnings(&out, report);
    put_metrics(&out, report);
    put_windows(&out, report);
    put_faults(&out, report);
    put_coverage(&out, report);
    put_halts(&out, report);
    put_violations(&out, report);
    put_end(&out, report);
    put_text(&out, "repeat", report->repeat);
    sim_output_text(&out, "}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    error = sim_output_error(&out);
    sim_output_finish(&out);
    return error;
}
