/* chain_invariants.c - what may never be, whoever was left out. */
#include "models/replication/chain/chain_member.h"

static int64_t epoch_at(const struct sim_seat *seat, int64_t index)
{
    const struct change *c = index == 0 ? NULL : sim_log_record(seat, LOG, (uint64_t)index - 1);

    return c == NULL ? 0 : c->epoch;
}

/* agreement: what one member knows to be acknowledged, all others know alike. */
static void judge_agreement(struct sim_judge *judge, uint32_t member)
{
    struct ledger *l = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    const struct sim_seat *seat = sim_judge_seat(judge, member);
    char name[64];

    if (s->commit == 0 || (uint64_t)s->commit > sim_log_length(seat, LOG))
        return;
    if (s->commit <= l->length && epoch_at(seat, s->commit) != l->epochs[s->commit - 1])
        sim_violated(judge, "agreement", "change %lld of epoch %lld on %s was of epoch %lld",
                     (long long)s->commit, (long long)epoch_at(seat, s->commit),
                     sim_judge_name(judge, member, name), (long long)l->epochs[s->commit - 1]);
    while (l->length < s->commit) {
        if ((size_t)l->length == l->capacity) {
            size_t more = l->capacity == 0 ? 64 : 2 * l->capacity;

            l->epochs = sim_judge_regrow(judge, l->epochs, l->capacity * sizeof(int64_t),
                                         more * sizeof(int64_t));
            l->capacity = more;
        }
        l->epochs[l->length] = epoch_at(seat, l->length + 1);
        l->length++;
    }
}

/* update-propagation (section 2 of the paper): if j comes behind i in the chain, what j has is a
 * beginning of what i has. */
static void judge_pair(struct sim_judge *judge, uint32_t first, uint32_t second)
{
    const struct state *a = sim_judge_state(judge, first), *b = sim_judge_state(judge, second);
    const struct sim_seat *mine = sim_judge_seat(judge, first);
    const struct sim_seat *others = sim_judge_seat(judge, second);
    char one[64], two[64];

    if ((uint64_t)a->last > sim_log_length(mine, LOG) ||
        (uint64_t)b->last > sim_log_length(others, LOG))
        return;
    if (b->last > a->last || epoch_at(mine, b->last) != epoch_at(others, b->last))
        sim_violated(judge, "update-propagation", "%s comes behind %s and has what that has not",
                     sim_judge_name(judge, second, two), sim_judge_name(judge, first, one));
}

void chain_judge(struct sim_judge *judge, uint32_t member)
{
    const struct state *s = sim_judge_state(judge, member), *other;
    char one[64], two[64];

    judge_agreement(judge, member);
    for (uint32_t i = 0; i < sim_judge_members(judge); i++) {
        other = sim_judge_state(judge, i);
        if (i == member || !sim_judge_up(judge, i) || other->epoch != s->epoch || s->epoch == 0)
            continue;
        if (other->order != s->order)
            sim_violated(judge, "one-chain-per-epoch",
                         "%s and %s differ on the chain of epoch %lld",
                         sim_judge_name(judge, member, one), sim_judge_name(judge, i, two),
                         (long long)s->epoch);
        else if (s->complete && other->complete &&
                 chain_place(s->order, member) < chain_place(s->order, i))
            judge_pair(judge, member, i);
        else if (s->complete && other->complete)
            judge_pair(judge, i, member);
    }
}
