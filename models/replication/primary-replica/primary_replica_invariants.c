/* primary_replica_invariants.c - what may never be, whoever was promoted.
 *
 * one-primary-per-epoch: no two members lead in one epoch. log-matching: entries of one epoch at
 * one place are the same entry. fenced: who has heard of a later epoch leads no more.
 * majority-kept: of `majority`, where a majority elects: what was answered is in the log of every
 * later primary. */
#include "models/replication/primary-replica/primary_replica.h"

#include <string.h>

static void match_logs(struct sim_judge *judge, uint32_t one, uint32_t two)
{
    const struct state *a = sim_judge_state(judge, one), *b = sim_judge_state(judge, two);
    const struct sim_seat *mine = sim_judge_seat(judge, one), *others = sim_judge_seat(judge, two);
    uint64_t last = (uint64_t)(a->last < b->last ? a->last : b->last);
    const struct entry *x, *y;
    char name[64], other[64];

    if (last == 0 || last > sim_log_length(mine, LOG) || last > sim_log_length(others, LOG))
        return;
    x = sim_log_record(mine, LOG, last - 1);
    y = sim_log_record(others, LOG, last - 1);
    if (x->epoch == y->epoch && memcmp(x, y, sizeof *x) != 0)
        sim_violated(judge, "log-matching", "entry %llu of epoch %lld differs on %s and %s",
                     (unsigned long long)last, (long long)x->epoch,
                     sim_judge_name(judge, one, name), sim_judge_name(judge, two, other));
}

static void look_at_others(struct sim_judge *judge, uint32_t member)
{
    const struct state *s = sim_judge_state(judge, member), *other;
    char name[64], second[64];

    for (uint32_t i = 0; i < sim_judge_members(judge); i++) {
        other = sim_judge_state(judge, i);
        if (i == member || !sim_judge_up(judge, i))
            continue;
        if (s->role == PRIMARY && other->role == PRIMARY && s->epoch == other->epoch)
            sim_violated(judge, "one-primary-per-epoch", "%s and %s lead in epoch %lld",
                         sim_judge_name(judge, member, name), sim_judge_name(judge, i, second),
                         (long long)s->epoch);
        match_logs(judge, member, i);
    }
}

/* What a majority has acknowledged: the epoch of the entry at each index. */
static void remember_answered(struct sim_judge *judge, uint32_t member)
{
    struct ledger *ledger = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    const struct sim_seat *seat = sim_judge_seat(judge, member);
    size_t more;

    while (ledger->length < s->commit && (uint64_t)ledger->length < sim_log_length(seat, LOG)) {
        const struct entry *e = sim_log_record(seat, LOG, (uint64_t)ledger->length);

        if ((size_t)ledger->length == ledger->capacity) {
            more = ledger->capacity == 0 ? 64 : 2 * ledger->capacity;
            ledger->epochs = sim_judge_regrow(
                judge, ledger->epochs, ledger->capacity * sizeof(int64_t), more * sizeof(int64_t));
            ledger->capacity = more;
        }
        ledger->epochs[ledger->length++] = e->epoch;
    }
}

static void look_at_new_primary(struct sim_judge *judge, uint32_t member)
{
    struct ledger *ledger = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    const struct sim_seat *seat = sim_judge_seat(judge, member);
    char name[64];

    if (ledger->led[member] == s->epoch)
        return;
    ledger->led[member] = s->epoch;
    for (int64_t i = 0; i < ledger->length; i++) {
        const struct entry *e =
            (uint64_t)i < sim_log_length(seat, LOG) ? sim_log_record(seat, LOG, (uint64_t)i) : NULL;

        if (e == NULL || e->epoch != ledger->epochs[i]) {
            sim_violated(judge, "majority-kept",
                         "%s leads in epoch %lld without entry %lld, which a majority had",
                         sim_judge_name(judge, member, name), (long long)s->epoch,
                         (long long)i + 1);
            return;
        }
    }
}

void replica_judge(struct sim_judge *judge, uint32_t member)
{
    const struct params *p = sim_judge_params(judge);
    struct ledger *ledger = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    char name[64];

    if (ledger->led == NULL)
        ledger->led = sim_judge_new(judge, sim_judge_members(judge) * sizeof(int64_t));
    if (s->role == PRIMARY && s->heard_epoch > s->epoch)
        sim_violated(judge, "fenced", "%s leads in epoch %lld and has heard of epoch %lld",
                     sim_judge_name(judge, member, name), (long long)s->epoch,
                     (long long)s->heard_epoch);
    look_at_others(judge, member);
    if (p->replication != MAJORITY || p->failover != FAILOVER_MAJORITY || s->role != PRIMARY)
        return;
    look_at_new_primary(judge, member);
    remember_answered(judge, member);
}
