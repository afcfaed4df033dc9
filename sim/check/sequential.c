/* sequential.c - is there one order of all operations that keeps to that of each session?
 *
 * First what must come before what: session order and reads-from; and a write of a key that comes
 * before a read of another value comes before that value's write, one that comes after that write
 * comes after the read. A cycle settles it. Else the order is searched, by scheduling what is
 * ready: a read that finds its value at once, for that forbids nothing; of the writes the one
 * invoked first, because most histories are nearly in real time; and no write before all have read
 * what it replaces. States that led nowhere are remembered by what was scheduled, which says what
 * keys hold but for the value of each: both are in the name of a state. */
#include "sim/check/consistency_private.h"
#include "sim/check/linear_private.h"
#include "sim/core/digest.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

/* -- what follows ------------------------------------------------------------------------------ */

static void follow(const struct sim_plain *plain, uint32_t read, struct sim_relation *order,
                   struct sim_relation_budget *budget)
{
    const struct sim_node *node = &plain->nodes[read];

    for (uint32_t i = plain->first_write[node->key]; i < plain->first_write[node->key + 1]; i++) {
        uint32_t write = plain->writes[i];

        budget->steps++;
        if (write == node->from)
            continue;
        if (node->from == SIM_NODE_NONE) {
            if (!sim_relation_has(order, read, write))
                sim_relation_add(order, read, write, SIM_RELATION_NONE);
            continue;
        }
        if (sim_relation_has(order, write, read) && !sim_relation_has(order, write, node->from))
            sim_relation_add(order, write, node->from, read);
        if (sim_relation_has(order, node->from, write) && !sim_relation_has(order, read, write))
            sim_relation_add(order, read, write, node->from);
    }
}

/* Closes ORDER over what follows. */
static enum sim_relation_state saturate(const struct sim_plain *plain, struct sim_relation *order,
                                        struct sim_relation_budget *budget)
{
    enum sim_relation_state state = sim_relation_close(order, budget);
    size_t before = 0;

    while (state == SIM_RELATION_CLOSED && order->edge_count > before) {
        before = order->edge_count;
        for (uint32_t i = 0; i < plain->count; i++)
            if (plain->nodes[i].is_read)
                follow(plain, i, order, budget);
        if (order->edge_count == before)
            break;
        state = sim_relation_close(order, budget);
    }
    return state;
}

/* -- the search -------------------------------------------------------------------------------- */

/* One write scheduled, with the reads that followed it at once. */
struct step {
    uint32_t write, held; /* what its key held before */
    uint32_t scheduled;   /* so many were, before it */
};

struct search {
    const struct sim_plain *plain;
    const struct sim_relation *order;
    struct sim_relation_budget *budget;
    uint32_t *waits;     /* by node: so many before it are not scheduled */
    bool *done;          /* by node */
    uint32_t *holds;     /* by key: the write, SIM_NODE_NONE at first */
    uint32_t *owed;      /* by write: reads of it not scheduled */
    uint32_t *scheduled; /* nodes */
    uint32_t count;
    struct step *steps;
    uint32_t depth;
    uint64_t name[2];                /* of the state */
    struct sim_linear_table nowhere; /* states */
};

static void toggle(struct search *search, uint64_t what)
{
    search->name[0] ^= sim_mix(what, 0x9e3779b97f4a7c15u);
    search->name[1] ^= sim_mix(what, 0xc2b2ae3d27d4eb4fu);
}

static void set_held(struct search *search, uint32_t key, uint32_t write)
{
    uint64_t nodes = search->plain->count;

    if (search->holds[key] != SIM_NODE_NONE)
        toggle(search, nodes + search->holds[key]);
    search->holds[key] = write;
    if (write != SIM_NODE_NONE)
        toggle(search, nodes + write);
}

static void release(struct search *search, uint32_t node, bool forwards)
{
    const struct sim_relation *order = search->order;

    for (uint32_t e = order->first[node]; e < order->first[node + 1]; e++) {
        uint32_t to = order->edges[order->next[e]].to;

        search->waits[to] += forwards ? UINT32_MAX : 1u;
        search->budget->steps++;
    }
}

static void take(struct search *search, uint32_t node)
{
    const struct sim_node *it = &search->plain->nodes[node];

    search->done[node] = true;
    search->scheduled[search->count++] = node;
    toggle(search, node);
    if (it->is_read && it->from != SIM_NODE_NONE)
        search->owed[it->from]--;
    release(search, node, true);
}

static void give_back(struct search *search, uint32_t count)
{
    while (search->count > count) {
        uint32_t node = search->scheduled[--search->count];
        const struct sim_node *it = &search->plain->nodes[node];

        search->done[node] = false;
        toggle(search, node);
        if (it->is_read && it->from != SIM_NODE_NONE)
            search->owed[it->from]++;
        release(search, node, false);
    }
}

static bool is_readable(const struct search *search, uint32_t node)
{
    const struct sim_node *it = &search->plain->nodes[node];

    return it->is_read && !search->done[node] && search->waits[node] == 0 &&
           search->holds[it->key] == it->from;
}

/* Reads that have become ready since so many were scheduled, one by the other. */
static void take_reads(struct search *search, uint32_t from)
{
    const struct sim_relation *order = search->order;

    for (; from < search->count; from++) {
        uint32_t node = search->scheduled[from];

        for (uint32_t e = order->first[node]; e < order->first[node + 1]; e++) {
            uint32_t to = order->edges[order->next[e]].to;

            if (is_readable(search, to))
                take(search, to);
        }
    }
}

/* The first write from NODE on that may come next; the count of nodes: none. */
static uint32_t next_write(struct search *search, uint32_t node)
{
    const struct sim_plain *plain = search->plain;

    for (; node < plain->count; node++) {
        const struct sim_node *it = &plain->nodes[node];
        uint32_t held = search->holds[it->key];

        search->budget->steps++;
        if (!it->is_read && !search->done[node] && search->waits[node] == 0 &&
            (held == SIM_NODE_NONE || search->owed[held] == 0))
            break;
    }
    return node;
}

static struct sim_linear_triple name_of(const struct search *search)
{
    return (struct sim_linear_triple){ (int64_t)search->name[0], (int64_t)search->name[1],
                                       search->count };
}

/* Nodes that are done at the front of all are not looked at again. */
static uint32_t first_open(const struct search *search, uint32_t from)
{
    while (from < search->plain->count && search->done[from])
        from++;
    return from;
}

static enum sim_linear_status run(struct search *search)
{
    uint32_t node = first_open(search, 0), front = node;

    while (search->count < search->plain->count) {
        if (search->budget->steps > search->budget->steps_most ||
            search->nowhere.count * 64 > search->budget->bytes_most)
            return SIM_LINEAR_UNDECIDED;
        node = next_write(search, node < front ? front : node);
        if (node < search->plain->count) {
            uint32_t key = search->plain->nodes[node].key, before = search->count;

            search->steps[search->depth++] = (struct step){ node, search->holds[key], before };
            take(search, node);
            set_held(search, key, node);
            take_reads(search, before);
            if (sim_linear_table_find(&search->nowhere, name_of(search)) == SIM_LINEAR_NONE) {
                front = first_open(search, front);
                node = front;
                continue;
            }
        } else {
            sim_linear_table_add(&search->nowhere, name_of(search));
        }
        if (search->depth == 0)
            return SIM_LINEAR_NO;
        struct step *last = &search->steps[--search->depth];
        give_back(search, last->scheduled);
        set_held(search, search->plain->nodes[last->write].key, last->held);
        front = 0;
        node = last->write + 1;
    }
    return SIM_LINEAR_YES;
}

static enum sim_linear_status find_order(const struct sim_plain *plain,
                                         const struct sim_relation *order,
                                         struct sim_relation_budget *budget)
{
    struct search search = { .plain = plain, .order = order, .budget = budget };
    enum sim_linear_status status;

    search.waits = sim_alloc_array(plain->count, sizeof(*search.waits));
    search.done = sim_alloc_array(plain->count, sizeof(*search.done));
    search.holds = sim_alloc_array(plain->keys, sizeof(*search.holds));
    search.owed = sim_alloc_array(plain->count, sizeof(*search.owed));
    search.scheduled = sim_alloc_array(plain->count, sizeof(*search.scheduled));
    search.steps = sim_alloc_array(plain->count, sizeof(*search.steps));
    for (uint32_t i = 0; i < plain->keys; i++)
        search.holds[i] = SIM_NODE_NONE;
    for (size_t i = 0; i < order->edge_count; i++)
        search.waits[order->edges[i].to]++;
    for (uint32_t i = 0; i < plain->count; i++)
        if (plain->nodes[i].is_read && plain->nodes[i].from != SIM_NODE_NONE)
            search.owed[plain->nodes[i].from]++;
    for (uint32_t i = 0; i < plain->count; i++)
        if (is_readable(&search, i))
            take(&search, i);
    take_reads(&search, 0);
    status = run(&search);
    sim_linear_table_finish(&search.nowhere);
    sim_free(search.waits);
    sim_free(search.done);
    sim_free(search.holds);
    sim_free(search.owed);
    sim_free(search.scheduled);
    sim_free(search.steps);
    return status;
}

void sim_sequential_judge(const struct sim_plain *plain, struct sim_relation_budget *budget,
                          struct sim_finding *finding)
{
    struct sim_relation order;

    sim_relation_init(&order, plain->count);
    sim_plain_reads_from(plain, &order, NULL);
    sim_plain_sessions(plain, &order, SIM_NODE_ANY, SIM_NODE_ANY, false, NULL);
    finding->reason = "the budget of steps or memory was spent";
    finding->status = SIM_LINEAR_UNDECIDED;
    switch (saturate(plain, &order, budget)) {
    case SIM_RELATION_CYCLIC:
        finding->status = SIM_LINEAR_NO;
        finding->reason = "each of these has to come before the next, and the last before the "
                          "first: there is no one order of all operations";
        sim_finding_blame_cycle(finding, &order);
        break;
    case SIM_RELATION_CLOSED:
        finding->status = find_order(plain, &order, budget);
        if (finding->status == SIM_LINEAR_NO)
            finding->reason = "all orders of the operations that keep to their sessions were "
                              "tried, and none explains what was read";
        break;
    case SIM_RELATION_TOO_MUCH:
        break;
    }
    sim_relation_finish(&order);
}
