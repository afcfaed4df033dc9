/* causal.c - is what was read compatible with what led to it?
 *
 * Bouajjani, Enea, Guerraoui and Hamza, "On Verifying Causal Consistency", POPL 2017: where each
 * value is written once, a history is causally consistent unless it has one of a few bad patterns,
 * and these are found in polynomial time. Their names stand in the reasons. */
#include "sim/check/consistency_private.h"
#include "sim/core/mem.h"

#include <assert.h>

struct causal {
    const struct sim_plain *plain;
    struct sim_relation order; /* co, then with what must be added to it */
    struct sim_relation_budget *budget;
    struct sim_finding *finding;
};

static void too_much(struct sim_finding *finding)
{
    finding->status = SIM_LINEAR_UNDECIDED;
    finding->reason = "the budget of steps or memory was spent";
}

static void violated(struct causal *one, const char *reason)
{
    one->finding->status = SIM_LINEAR_NO;
    one->finding->reason = reason;
}

static void blame_read(struct causal *one, uint32_t write, uint32_t read)
{
    uint32_t from = one->plain->nodes[read].from;

    if (from != SIM_NODE_NONE)
        sim_finding_blame_path(one->finding, &one->order, from, write);
    sim_finding_blame_path(one->finding, &one->order, write, read);
}

/* WriteCOInitRead, WriteCORead, or with a closed `order` that is more than co, its likes. False:
 * found. */
static bool look_at_read(struct causal *one, uint32_t read,
                         bool (*other)(struct causal *one, uint32_t write, uint32_t read))
{
    const struct sim_plain *plain = one->plain;
    const struct sim_node *node = &plain->nodes[read];

    for (uint32_t i = plain->first_write[node->key]; i < plain->first_write[node->key + 1]; i++) {
        uint32_t write = plain->writes[i];

        one->budget->steps++;
        if (write == node->from || !sim_relation_has(&one->order, write, read))
            continue;
        if (node->from == SIM_NODE_NONE) {
            violated(one, "nothing was read though a write had led to it (WriteCOInitRead)");
            blame_read(one, write, read);
            return false;
        }
        if (sim_relation_has(&one->order, node->from, write)) {
            violated(one, "a value was read that had been overwritten by what led to the read "
                          "(WriteCORead)");
            blame_read(one, write, read);
            return false;
        }
        if (other != NULL && !other(one, write, read))
            return false;
    }
    return true;
}

static bool look_at_reads(struct causal *one)
{
    for (uint32_t i = 0; i < one->plain->count; i++)
        if (one->plain->nodes[i].is_read && !look_at_read(one, i, NULL))
            return false;
    return true;
}

/* WRITE led to READ, which saw another one: that must be the later of the two. */
static bool overwritten(struct causal *one, uint32_t write, uint32_t read)
{
    uint32_t from = one->plain->nodes[read].from;

    if (!sim_relation_has(&one->order, write, from))
        sim_relation_add(&one->order, write, from, read);
    return true;
}

/* CyclicCF: no one order of all writes is that of all reads. */
static void judge_convergent(struct causal *one)
{
    for (uint32_t i = 0; i < one->plain->count; i++)
        if (one->plain->nodes[i].is_read)
            (void)look_at_read(one, i, overwritten);
    if (sim_relation_order(&one->order, one->budget))
        return;
    violated(one, "no one order of all writes is that of all who read them (CyclicCF)");
    sim_finding_blame_cycle(one->finding, &one->order);
}

/* Does no read of SESSION overlap another one of it? */
static bool is_sequence(const struct sim_plain *plain, uint32_t session)
{
    uint64_t returned = 0;
    bool any = false;

    for (uint32_t i = 0; i < plain->count; i++) {
        if (plain->nodes[i].session != session || !plain->nodes[i].is_read)
            continue;
        if (any && plain->nodes[i].invoked < returned)
            return false;
        returned = plain->nodes[i].returned;
        any = true;
    }
    return true;
}

/* CyclicHB, WriteHBInitRead: adds to co what the reads of SESSION, one after the other, tell of the
 * order of writes, until nothing is new. */
static void judge_session(struct causal *one, uint32_t session)
{
    size_t base = one->order.edge_count, before;
    bool right = true;

    do {
        before = one->order.edge_count;
        for (uint32_t i = 0; i < one->plain->count && right; i++) {
            const struct sim_node *node = &one->plain->nodes[i];

            if (node->is_read && node->session == session)
                right = look_at_read(one, i, overwritten);
        }
        if (!right) {
            one->finding->reason =
                "a session read what no order explains in which it sees all that led to its reads "
                "(CyclicHB, WriteHBInitRead)";
            return;
        }
        if (one->order.edge_count == before)
            break;
        switch (sim_relation_close(&one->order, one->budget)) {
        case SIM_RELATION_CYCLIC:
            violated(one, "a session read what no order explains in which it sees all that led to "
                          "its reads (CyclicHB)");
            sim_finding_blame_cycle(one->finding, &one->order);
            return;
        case SIM_RELATION_TOO_MUCH:
            too_much(one->finding);
            return;
        case SIM_RELATION_CLOSED:
            break;
        }
    } while (true);
    if (one->order.edge_count > base) {
        one->order.edge_count = base;
        if (sim_relation_close(&one->order, one->budget) == SIM_RELATION_TOO_MUCH)
            too_much(one->finding);
    }
}

static void judge_memory(struct causal *one)
{
    bool *has_reads = sim_alloc_array(one->plain->sessions, sizeof(*has_reads));
    bool all = true;

    for (uint32_t i = 0; i < one->plain->count; i++)
        if (one->plain->nodes[i].is_read)
            has_reads[one->plain->nodes[i].session] = true;
    for (uint32_t s = 0; s < one->plain->sessions && one->finding->status == SIM_LINEAR_YES; s++) {
        all = all && is_sequence(one->plain, s);
        if (has_reads[s])
            judge_session(one, s);
    }
    if (one->finding->status == SIM_LINEAR_YES && !all) {
        one->finding->status = SIM_LINEAR_UNDECIDED;
        one->finding->reason = "reads of one session overlap, so that they have no order to agree "
                               "with; nothing contradicts causal memory";
    }
    sim_free(has_reads);
}

void sim_causal_judge(enum sim_consistency what, const struct sim_plain *plain,
                      struct sim_relation_budget *budget, struct sim_finding *finding)
{
    struct causal one = { .plain = plain, .budget = budget, .finding = finding };

    sim_relation_init(&one.order, plain->count);
    sim_plain_reads_from(plain, &one.order, NULL);
    sim_plain_sessions(plain, &one.order, SIM_NODE_ANY, SIM_NODE_ANY, false, NULL);
    switch (sim_relation_close(&one.order, budget)) {
    case SIM_RELATION_CYCLIC:
        violated(&one, "operations that each led to the next come round to the first (CyclicCO)");
        sim_finding_blame_cycle(finding, &one.order);
        break;
    case SIM_RELATION_TOO_MUCH:
        too_much(finding);
        break;
    case SIM_RELATION_CLOSED:
        if (!look_at_reads(&one))
            break;
        if (what == SIM_CAUSAL_CONVERGENT)
            judge_convergent(&one);
        else if (what == SIM_CAUSAL_MEMORY)
            judge_memory(&one);
    }
    sim_relation_finish(&one.order);
}
