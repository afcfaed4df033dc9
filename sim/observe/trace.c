#include "sim/observe/trace.h"

#include "sim/core/digest.h"
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/observe/names.h"
#include "sim/observe/output.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { LIMIT_TEXT = 80 };

struct sim_trace {
    const struct sim_plan *plan;
    const struct sim_trace_filter *filter;
    struct sim_names names;
    struct sim_output output;
    bool *wanted;                    /* by node; NULL: all */
    bool *matched;                   /* by kind of the filter */
    bool stopped;                    /* at the limit */
    struct sim_trace_clocks *clocks; /* or NULL */
    char limit[LIMIT_TEXT];
};

/* -- one line ---------------------------------------------------------------------------------- */

static void write_number(struct sim_output *output, const char *key, uint64_t value)
{
    sim_output_text(output, key);
    sim_output_natural(output, value);
}

static void write_node(struct sim_trace *trace, const char *key, uint32_t node)
{
    sim_output_text(&trace->output, key);
    sim_names_write(&trace->names, node, &trace->output);
    sim_output_bytes(&trace->output, "\"", 1);
}

static const char *key_of_peer(enum sim_happening_kind kind)
{
    switch (kind) {
    case SIM_HAPPENED_SEND:
    case SIM_HAPPENED_TIMEOUT:
        return ",\"to\":\"";
    case SIM_HAPPENED_MESSAGE:
    case SIM_HAPPENED_REQUEST:
    case SIM_HAPPENED_REPLY:
    case SIM_HAPPENED_REFUSAL:
    case SIM_HAPPENED_DROP:
        return ",\"from\":\"";
    default:
        return ",\"peer\":\"";
    }
}

static const char *key_of_reason(enum sim_happening_kind kind)
{
    switch (kind) {
    case SIM_HAPPENED_FAULT:
    case SIM_HAPPENED_HEAL:
        return ",\"label\":";
    case SIM_HAPPENED_VIOLATION:
        return ",\"text\":";
    default:
        return ",\"reason\":";
    }
}

static void write_body(struct sim_output *output, const struct sim_record *record,
                       const int64_t *words)
{
    sim_output_text(output, ",\"body\":{");
    for (uint32_t i = 0; i < record->words; i++) {
        size_t length;
        const char *name = sim_record_field(record, i, &length);

        sim_output_text(output, i > 0 ? ",\"" : "\"");
        sim_output_bytes(output, name, length);
        sim_output_text(output, "\":");
        if (words[i] == SIM_NIL)
            sim_output_text(output, "null");
        else
            sim_output_integer(output, words[i]);
    }
    sim_output_text(output, "}");
}

static void write_blob(struct sim_output *output, const struct sim_blob *blob)
{
    size_t count;
    const int64_t *words = sim_blob_words(blob, &count);

    write_number(output, ",\"blob\":{\"words\":", count);
    sim_output_text(output, ",\"hash\":\"");
    sim_output_hex(output, sim_hash_words(words, count, count));
    sim_output_text(output, "\"}");
}

static void write_clock(struct sim_trace *trace, const int64_t *stamp)
{
    struct sim_output *output = &trace->output;
    const char *between = "\"";

    sim_output_text(output, ",\"clock\":");
    switch (sim_trace_clocks_kind(trace->clocks)) {
    case SIM_TRACE_LAMPORT:
        sim_output_integer(output, stamp[0]);
        return;
    case SIM_TRACE_HYBRID:
        sim_output_text(output, "{\"l\":");
        sim_output_integer(output, stamp[0]);
        sim_output_text(output, ",\"c\":");
        sim_output_integer(output, stamp[1]);
        break;
    default:
        sim_output_text(output, "{");
        for (uint32_t node = 0; node < sim_trace_clocks_width(trace->clocks); node++) {
            if (stamp[node] == 0)
                continue;
            write_node(trace, between, node);
            sim_output_text(output, ":");
            sim_output_integer(output, stamp[node]);
            between = ",\"";
        }
    }
    sim_output_text(output, "}");
}

static void write_line(struct sim_trace *trace, const struct sim_happening *happening,
                       const int64_t *stamp)
{
    struct sim_output *output = &trace->output;

    write_number(output, "{\"id\":", happening->id);
    write_number(output, ",\"cause\":", happening->cause);
    sim_output_text(output, ",\"t\":");
    sim_output_integer(output, happening->time);
    if (happening->node != SIM_NO_GROUP)
        write_node(trace, ",\"node\":\"", happening->node);
    sim_output_text(output, ",\"kind\":\"");
    sim_output_text(output, sim_happening_kind_names[happening->kind]);
    sim_output_text(output, "\"");
    if (happening->what != NULL) {
        sim_output_text(output, ",\"what\":");
        sim_output_string(output, happening->what);
    }
    if (happening->reason != NULL) {
        sim_output_text(output, key_of_reason(happening->kind));
        sim_output_string(output, happening->reason);
    }
    if (happening->peer != SIM_NO_GROUP)
        write_node(trace, key_of_peer(happening->kind), happening->peer);
    if (happening->record != NULL && happening->words != NULL)
        write_body(output, happening->record, happening->words);
    if (happening->blob != NULL)
        write_blob(output, happening->blob);
    if (stamp != NULL)
        write_clock(trace, stamp);
    sim_output_text(output, "}");
}

/* -- which lines ------------------------------------------------------------------------------- */

static bool matches_kind(struct sim_trace *trace, const struct sim_happening *happening)
{
    const char *const *kinds = trace->filter->kinds;
    const char *kind = sim_happening_kind_names[happening->kind];
    bool matches = false;

    if (kinds == NULL)
        return true;
    for (size_t i = 0; kinds[i] != NULL; i++) {
        if (strcmp(kinds[i], kind) == 0 ||
            (happening->what != NULL && strcmp(kinds[i], happening->what) == 0)) {
            trace->matched[i] = true;
            matches = true;
        }
    }
    return matches;
}

static bool is_wanted(struct sim_trace *trace, const struct sim_happening *happening)
{
    if (trace->filter == NULL)
        return true;
    if (happening->time < trace->filter->from || happening->time > trace->filter->to)
        return false;
    if (trace->wanted != NULL && happening->node != SIM_NO_GROUP && !trace->wanted[happening->node])
        return false;
    return matches_kind(trace, happening);
}

static void stop(struct sim_trace *trace)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    uint64_t limit = trace->plan->limits.trace;
    unsigned unit = 0;

    while (unit < 3 && limit % 1024 == 0) {
        limit /= 1024;
        unit++;
    }
    trace->stopped = true;
    snprintf(trace->limit, sizeof(trace->limit),
             "trace limit of %" PRIu64 "%s reached (limits.trace)", limit, units[unit]);
}

void sim_trace_write(struct sim_trace *trace, const struct sim_happening *happening)
{
    struct sim_output *output = &trace->output;
    size_t start = output->used;
    const int64_t *stamp = NULL;

    if (trace->clocks != NULL && !trace->stopped)
        stamp = sim_trace_clocks_stamp(trace->clocks, happening);
    if (!is_wanted(trace, happening) || trace->stopped || output->error != 0)
        return;
    write_line(trace, happening, stamp);
    if (trace->plan->limits.trace > 0 &&
        output->written + output->used + 1 > trace->plan->limits.trace) {
        output->used = start;
        stop(trace);
        return;
    }
    sim_output_end_line(output);
}

/* ---------------------------------------------------------------------------------------------- */

static void want_nodes(struct sim_trace *trace, const char *const *nodes)
{
    trace->wanted = sim_alloc_array(sim_names_nodes(&trace->names), sizeof(*trace->wanted));
    for (; *nodes != NULL; nodes++) {
        uint32_t first, count;
        bool found = sim_names_find(&trace->names, *nodes, &first, &count);

        assert(found);
        memset(trace->wanted + first, true, count);
    }
}

struct sim_trace *sim_trace_create(const struct sim_plan *plan, FILE *file,
                                   const struct sim_trace_filter *filter)
{
    struct sim_trace *trace = sim_alloc(sizeof(*trace));
    size_t kinds = 0;

    trace->plan = plan;
    trace->filter = filter;
    sim_names_init(&trace->names, plan);
    sim_output_init(&trace->output, file);
    if (filter != NULL && filter->nodes != NULL)
        want_nodes(trace, filter->nodes);
    while (filter != NULL && filter->kinds != NULL && filter->kinds[kinds] != NULL)
        kinds++;
    trace->matched = sim_alloc_array(kinds, sizeof(*trace->matched));
    return trace;
}

const char *sim_trace_add_clocks(struct sim_trace *trace, enum sim_trace_clock kind,
                                 char text[SIM_TRACE_TEXT])
{
    uint32_t nodes = sim_names_nodes(&trace->names);

    assert(trace->clocks == NULL);
    if (kind == SIM_TRACE_VECTOR && nodes > SIM_TRACE_VECTOR_NODES_MAX) {
        snprintf(text, SIM_TRACE_TEXT,
                 "vector clocks are for at most %d nodes, and here are %" PRIu32
                 "; expected lamport or hybrid",
                 SIM_TRACE_VECTOR_NODES_MAX, nodes);
        return text;
    }
    trace->clocks = sim_trace_clocks_create(kind, nodes);
    return NULL;
}

void sim_trace_destroy(struct sim_trace *trace)
{
    if (trace == NULL)
        return;
    sim_trace_flush(trace);
    sim_output_finish(&trace->output);
    sim_names_finish(&trace->names);
    sim_trace_clocks_destroy(trace->clocks);
    sim_free(trace->wanted);
    sim_free(trace->matched);
    sim_free(trace);
}

void sim_trace_flush(struct sim_trace *trace)
{
    sim_output_flush(&trace->output);
}

const char *sim_trace_error(const struct sim_trace *trace)
{
    const char *error = sim_output_error(&trace->output);

    if (error == NULL && trace->stopped)
        return trace->limit;
    return error;
}

const char *sim_trace_unmatched(const struct sim_trace *trace)
{
    if (trace->filter == NULL || trace->filter->kinds == NULL)
        return NULL;
    for (size_t i = 0; trace->filter->kinds[i] != NULL; i++) {
        if (!trace->matched[i])
            return trace->filter->kinds[i];
    }
    return NULL;
}
