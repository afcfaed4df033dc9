#include "sim/observe/trace_clock.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

const char *const sim_trace_clock_names[] = { "lamport", "vector", "hybrid", NULL };

struct sim_trace_clocks {
    enum sim_trace_clock kind;
    uint32_t nodes, width;
    int64_t *now;    /* [node][width] */
    uint64_t *sent;  /* ids of the events that sent something, rising: */
    int64_t *stamps; /* [sent][width] */
    size_t count, sent_capacity, stamp_capacity;
};

struct sim_trace_clocks *sim_trace_clocks_create(enum sim_trace_clock kind, uint32_t nodes)
{
    struct sim_trace_clocks *clocks = sim_alloc(sizeof(*clocks));

    assert(kind != SIM_TRACE_VECTOR || nodes <= SIM_TRACE_VECTOR_NODES_MAX);
    clocks->kind = kind;
    clocks->nodes = nodes;
    clocks->width = kind == SIM_TRACE_VECTOR ? nodes : kind == SIM_TRACE_HYBRID ? 2 : 1;
    clocks->now = sim_alloc_array((size_t)nodes * clocks->width, sizeof(*clocks->now));
    return clocks;
}

void sim_trace_clocks_destroy(struct sim_trace_clocks *clocks)
{
    if (clocks == NULL)
        return;
    sim_free(clocks->now);
    sim_free(clocks->sent);
    sim_free(clocks->stamps);
    sim_free(clocks);
}

enum sim_trace_clock sim_trace_clocks_kind(const struct sim_trace_clocks *clocks)
{
    return clocks->kind;
}

uint32_t sim_trace_clocks_width(const struct sim_trace_clocks *clocks)
{
    return clocks->width;
}

/* -- what was sent ----------------------------------------------------------------------------- */

static void keep(struct sim_trace_clocks *clocks, uint64_t id, const int64_t *stamp)
{
    if (clocks->count > 0 && clocks->sent[clocks->count - 1] == id)
        return;
    assert(clocks->count == 0 || clocks->sent[clocks->count - 1] < id);
    clocks->sent =
        sim_grow(clocks->sent, &clocks->sent_capacity, clocks->count + 1, sizeof(*clocks->sent));
    clocks->stamps = sim_grow(clocks->stamps, &clocks->stamp_capacity,
                              (clocks->count + 1) * clocks->width, sizeof(*clocks->stamps));
    clocks->sent[clocks->count] = id;
    memcpy(clocks->stamps + clocks->count * clocks->width, stamp, clocks->width * sizeof(*stamp));
    clocks->count++;
}

static const int64_t *sent_by(const struct sim_trace_clocks *clocks, uint64_t id)
{
    size_t low = 0, high = clocks->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (clocks->sent[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < clocks->count && clocks->sent[low] == id ? clocks->stamps + low * clocks->width
                                                          : NULL;
}

/* -- an event ---------------------------------------------------------------------------------- */

/* With SENT (or NULL) the receipt of that. */
static void advance(struct sim_trace_clocks *clocks, uint32_t node, sim_time wall,
                    const int64_t *sent)
{
    int64_t *now = clocks->now + (size_t)node * clocks->width;
    struct sim_vector_clock vector;
    struct sim_lamport lamport;
    struct sim_hlc hlc;

    switch (clocks->kind) {
    case SIM_TRACE_LAMPORT:
        lamport.time = *now;
        *now = sent ? sim_lamport_receive(&lamport, *sent) : sim_lamport_tick(&lamport);
        break;
    case SIM_TRACE_VECTOR:
        sim_vector_clock_init(&vector, now, clocks->nodes, node);
        if (sent)
            sim_vector_clock_receive(&vector, sent);
        else
            sim_vector_clock_tick(&vector);
        break;
    case SIM_TRACE_HYBRID:
        hlc = (struct sim_hlc){ now[0], now[1] };
        hlc = sent ? sim_hlc_receive(&hlc, (struct sim_hlc){ sent[0], sent[1] }, wall)
                   : sim_hlc_tick(&hlc, wall);
        now[0] = hlc.l;
        now[1] = hlc.c;
        break;
    case SIM_TRACE_CLOCK_KINDS:
        assert(false);
    }
}

const int64_t *sim_trace_clocks_stamp(struct sim_trace_clocks *clocks,
                                      const struct sim_happening *happening)
{
    const int64_t *sent = NULL;

    if (happening->kind == SIM_HAPPENED_DROP)
        return sent_by(clocks, happening->cause);
    if (happening->node == SIM_NO_GROUP)
        return NULL;
    assert(happening->node < clocks->nodes);
    const int64_t *now = clocks->now + (size_t)happening->node * clocks->width;
    switch (happening->kind) {
    case SIM_HAPPENED_SEND:
        keep(clocks, happening->id, now);
        return now;
    case SIM_HAPPENED_NOTE:
    case SIM_HAPPENED_INVOKE:
    case SIM_HAPPENED_COMPLETE:
        return now;
    case SIM_HAPPENED_MESSAGE:
    case SIM_HAPPENED_REQUEST:
    case SIM_HAPPENED_REPLY:
    case SIM_HAPPENED_REFUSAL:
        sent = sent_by(clocks, happening->cause);
        break;
    default:
        break;
    }
    advance(clocks, happening->node, happening->wall, sent);
    return now;
}
