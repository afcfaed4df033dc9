/* session_guarantees.c - read your writes, monotonic reads, monotonic writes, writes follow reads.
 *
 * The least sets V(r) of docs/checkers.md are those writes from which a path leads to r by steps of
 * "was read" and of the clauses at hand; if any sets explain the history, these do. They ask for an
 * order of the versions of each key, which real time has already given where writes do not overlap.
 */
#include "sim/check/consistency_private.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>

static const char *const reasons[] = {
    [SIM_READ_YOUR_WRITES] =
        "a session read an older version than it had written, or none (read your writes)",
    [SIM_MONOTONIC_READS] = "a session read an older version than it had seen (monotonic reads)",
    [SIM_MONOTONIC_WRITES] = "a write was seen before what its session had written earlier "
                             "(monotonic writes)",
    [SIM_WRITES_FOLLOW_READS] = "a write was seen before what its session had read when it wrote "
                                "(writes follow reads)",
};

struct explanation {
    const struct sim_plain *plain;
    const bool *left_out;     /* by session */
    struct sim_relation sees; /* among nodes */
    struct sim_relation_budget *budget;
    struct sim_finding *finding;
};

static bool counts(const struct explanation *one, uint32_t node)
{
    const struct sim_node *it = &one->plain->nodes[node];

    return it->is_read && (one->left_out == NULL || !one->left_out[it->session]);
}

static void add_clauses(struct explanation *one, enum sim_consistency what)
{
    struct sim_relation *sees = &one->sees;

    sim_plain_reads_from(one->plain, sees, one->left_out);
    if (what == SIM_READ_YOUR_WRITES)
        sim_plain_sessions(one->plain, sees, SIM_NODE_WRITES, SIM_NODE_READS, true, one->left_out);
    else
        sim_plain_sessions(one->plain, sees, SIM_NODE_READS, SIM_NODE_READS, false, one->left_out);
    if (what == SIM_MONOTONIC_WRITES)
        sim_plain_sessions(one->plain, sees, SIM_NODE_WRITES, SIM_NODE_WRITES, false,
                           one->left_out);
    if (what == SIM_WRITES_FOLLOW_READS)
        sim_plain_sessions(one->plain, sees, SIM_NODE_READS, SIM_NODE_WRITES, false, one->left_out);
}

/* The version that READ returned is older than WRITE, which it must have seen. */
static void blame_read(struct explanation *one, uint32_t write, uint32_t read)
{
    uint32_t from = one->plain->nodes[read].from;

    one->finding->status = SIM_LINEAR_NO;
    if (from != SIM_NODE_NONE)
        sim_finding_blame(one->finding, from);
    sim_finding_blame_path(one->finding, &one->sees, write, read);
}

/* Collects in ORDER what READ asks of the versions of its key. False: a contradiction. */
static bool ask(struct explanation *one, uint32_t read, struct sim_relation *order)
{
    const struct sim_plain *plain = one->plain;
    const struct sim_node *node = &plain->nodes[read];
    uint32_t from = node->from;

    for (uint32_t i = plain->first_write[node->key]; i < plain->first_write[node->key + 1]; i++) {
        uint32_t write = plain->writes[i];

        one->budget->steps++;
        if (write == from || !sim_relation_has(&one->sees, write, read))
            continue;
        if (from == SIM_NODE_NONE || plain->nodes[from].returned < plain->nodes[write].invoked) {
            blame_read(one, write, read);
            return false;
        }
        if (plain->nodes[write].returned > plain->nodes[from].invoked)
            sim_relation_add(order, write, from, read);
    }
    return true;
}

struct moment {
    uint64_t place;
    uint32_t write;
    bool returned;
};

static int compare_moments(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;

    return (a->place > b->place) - (a->place < b->place);
}

/* Real time as edges, along a chain of moments that are numbered behind the nodes. */
static void add_time(const struct sim_plain *plain, struct sim_relation *order)
{
    struct moment *moments = sim_alloc_array(2 * (size_t)plain->count, sizeof(*moments));

    for (uint32_t key = 0; key < plain->keys; key++) {
        uint32_t count = 0, first = plain->count + 2 * plain->first_write[key];

        for (uint32_t i = plain->first_write[key]; i < plain->first_write[key + 1]; i++) {
            const struct sim_node *node = &plain->nodes[plain->writes[i]];

            moments[count++] = (struct moment){ node->invoked, plain->writes[i], false };
            if (node->returned != SIM_LINEAR_OPEN)
                moments[count++] = (struct moment){ node->returned, plain->writes[i], true };
        }
        sim_sort(moments, count, sizeof(*moments), compare_moments);
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0)
                sim_relation_add(order, first + i - 1, first + i, SIM_RELATION_NONE);
            if (moments[i].returned)
                sim_relation_add(order, moments[i].write, first + i, SIM_RELATION_NONE);
            else
                sim_relation_add(order, first + i, moments[i].write, SIM_RELATION_NONE);
        }
    }
    sim_free(moments);
}

/* No order of versions agrees with all reads: those on a cycle do not agree with each other. */
static void blame_order(struct explanation *one, const struct sim_relation *order)
{
    struct sim_relation_edge cycle[4 * SIM_LINEAR_CULPRITS_MAX];
    size_t length = sim_relation_cycle(order, cycle, 4 * SIM_LINEAR_CULPRITS_MAX);

    one->finding->status = SIM_LINEAR_NO;
    for (size_t i = 0; i < length; i++)
        if (cycle[i].why != SIM_RELATION_NONE)
            sim_finding_blame_path(one->finding, &one->sees, cycle[i].from, cycle[i].why);
    for (size_t i = 0; i < length; i++)
        if (cycle[i].from < one->plain->count)
            sim_finding_blame(one->finding, cycle[i].from);
}

static void explain_reads(struct explanation *one)
{
    struct sim_relation order;
    size_t asked;
    bool right = true;

    sim_relation_init(&order, one->plain->count + 2 * one->plain->count);
    for (uint32_t i = 0; i < one->plain->count && right; i++)
        right = !counts(one, i) || ask(one, i, &order);
    asked = order.edge_count;
    if (right && asked > 0) {
        add_time(one->plain, &order);
        if (!sim_relation_order(&order, one->budget))
            blame_order(one, &order);
    }
    sim_relation_finish(&order);
}

/* Is there an explanation with the clauses of WHAT, of the reads of all sessions not left out? */
static enum sim_linear_status explain(const struct sim_plain *plain, enum sim_consistency what,
                                      const bool *left_out, struct sim_relation_budget *budget,
                                      struct sim_finding *finding)
{
    struct explanation one = { .plain = plain, .left_out = left_out, .budget = budget };

    *finding = (struct sim_finding){ .status = SIM_LINEAR_YES, .reason = reasons[what] };
    one.finding = finding;
    sim_relation_init(&one.sees, plain->count);
    add_clauses(&one, what);
    switch (sim_relation_close(&one.sees, budget)) {
    case SIM_RELATION_CLOSED:
        explain_reads(&one);
        break;
    case SIM_RELATION_TOO_MUCH:
        finding->status = SIM_LINEAR_UNDECIDED;
        finding->reason = "the budget of steps or memory was spent";
        break;
    case SIM_RELATION_CYCLIC: /* takes a read that returned before its write: was found before */
        assert(false);
    }
    sim_relation_finish(&one.sees);
    return finding->status;
}

/* Leaves out the sessions that do not read monotonically by themselves. */
static bool find_observers(const struct sim_plain *plain, bool *left_out,
                           struct sim_relation_budget *budget)
{
    bool *others = sim_alloc_array(plain->sessions, sizeof(*others)), all = true;
    struct sim_finding finding;

    for (uint32_t s = 0; s < plain->sessions; s++) {
        for (uint32_t i = 0; i < plain->sessions; i++)
            others[i] = i != s;
        left_out[s] =
            explain(plain, SIM_MONOTONIC_READS, others, budget, &finding) != SIM_LINEAR_YES;
        all = all && !left_out[s];
    }
    sim_free(others);
    return all;
}

/* Of writes: only to those who read monotonically does their order show. */
static void judge_observed(enum sim_consistency what, const struct sim_plain *plain,
                           struct sim_relation_budget *budget, struct sim_finding *finding)
{
    bool *left_out = sim_alloc_array(plain->sessions, sizeof(*left_out)), all = true;
    struct sim_finding monotonic;
    enum sim_linear_status status = explain(plain, what, NULL, budget, finding);

    if (status == SIM_LINEAR_NO) {
        all = find_observers(plain, left_out, budget);
        status = explain(plain, what, left_out, budget, finding);
    }
    if (status == SIM_LINEAR_NO &&
        explain(plain, SIM_MONOTONIC_READS, left_out, budget, &monotonic) != SIM_LINEAR_YES) {
        *finding = monotonic;
        finding->status = SIM_LINEAR_UNDECIDED;
        finding->reason = "the sessions do not read monotonically, so that what they saw does not "
                          "tell in what order writes took effect";
    } else if (status == SIM_LINEAR_YES && !all) {
        finding->status = SIM_LINEAR_UNDECIDED;
        finding->reason = "it holds for those sessions alone that read monotonically: the others "
                          "can't tell in what order writes took effect";
    }
    sim_free(left_out);
}

static bool find_future(const struct sim_plain *plain, struct sim_finding *finding)
{
    for (uint32_t i = 0; i < plain->count; i++) {
        const struct sim_node *node = &plain->nodes[i];

        if (!node->is_read || node->from == SIM_NODE_NONE ||
            plain->nodes[node->from].invoked < node->returned)
            continue;
        finding->status = SIM_LINEAR_NO;
        finding->reason = "a read returned what was written only later";
        sim_finding_blame(finding, i);
        sim_finding_blame(finding, node->from);
        return true;
    }
    return false;
}

void sim_sessions_judge(enum sim_consistency what, const struct sim_plain *plain,
                        struct sim_relation_budget *budget, struct sim_finding *finding)
{
    if (find_future(plain, finding))
        return;
    if (what == SIM_READ_YOUR_WRITES || what == SIM_MONOTONIC_READS)
        explain(plain, what, NULL, budget, finding);
    else
        judge_observed(what, plain, budget, finding);
}
