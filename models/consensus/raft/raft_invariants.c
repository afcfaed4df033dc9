/* raft_invariants.c - the five properties of the paper's figure 3, checked after every change of a
 * watched field.
 *
 * The judge believes no counter of the protocol: it reads the logs themselves and keeps its own
 * books of leaders, places and commitments, which outlive every crash. The work is proportional to
 * what is new; the log of a new leader is read again from its beginning. */
#include "models/consensus/raft/raft.h"

#include <assert.h>

static size_t roomy(size_t capacity, size_t count)
{
    size_t more = capacity == 0 ? 64 : capacity;

    while (more < count)
        more *= 2;
    return more;
}

static void *grow(struct sim_judge *judge, void *block, size_t *capacity, size_t count, size_t size)
{
    size_t more = roomy(*capacity, count);

    if (*capacity >= count)
        return block;
    block = sim_judge_regrow(judge, block, *capacity * size, more * size);
    *capacity = more;
    return block;
}

static const char *name(struct sim_judge *judge, uint32_t member, char text[64])
{
    return sim_judge_name(judge, member, text);
}

/* "At most one leader can be elected in a given term." Says whether MEMBER is a leader whom the
 * judge did not know. */
static bool check_election_safety(struct sim_judge *judge, uint32_t member)
{
    struct ledger *l = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    uint32_t *leader;
    char one[64], two[64];

    l->leaders =
        grow(judge, l->leaders, &l->leaders_capacity, (size_t)s->term + 1, sizeof *l->leaders);
    leader = &l->leaders[s->term];
    if (*leader == member + 1)
        return false;
    if (*leader != 0)
        sim_violated(judge, "election-safety", "%s and %s both lead term %lld",
                     name(judge, *leader - 1, one), name(judge, member, two), (long long)s->term);
    *leader = member + 1;
    return true;
}

static uint64_t chain_of(const struct sim_seat *seat, int64_t index, uint64_t previous)
{
    return sim_hash_words(sim_log_record(seat, LOG, (uint64_t)index - 1), ENTRY_WORDS, previous);
}

/* "If two logs contain an entry with the same index and term, then the logs are identical in all
 * entries up through the given index." Enters a log's place into the book, or compares it with what
 * stands there. */
static bool check_log_matching(struct sim_judge *judge, uint32_t member, int64_t index,
                               int64_t term, uint64_t chain)
{
    struct ledger *l = sim_judge_memory(judge);
    struct place *place, new = { term, chain, member, 0 };
    uint32_t *link;
    char one[64], two[64];

    l->places = grow(judge, l->places, &l->places_capacity, (size_t)index + 1, sizeof *l->places);
    place = &l->places[index];
    if (place->term == 0) {
        *place = new;
        return true;
    }
    while (place->term != term) {
        link = &place->other;
        if (*link == 0) {
            *link = ++l->others_count;
            l->others = grow(judge, l->others, &l->others_capacity, l->others_count, sizeof new);
            l->others[l->others_count - 1] = new;
            return true;
        }
        place = &l->others[*link - 1];
    }
    if (place->chain == chain)
        return true;
    sim_violated(judge, "log-matching",
                 "%s and %s hold entry %lld of term %lld, but differ up to it",
                 name(judge, place->member, one), name(judge, member, two), (long long)index,
                 (long long)term);
    return false;
}

/* Brings the book of MEMBER's log up to date. What was entered before is compared from its end
 * downwards until an entry is still the same; with FULL, all of it is read again. */
static bool check_log(struct sim_judge *judge, uint32_t member, bool full)
{
    struct ledger *l = sim_judge_memory(judge);
    struct watched *w = &l->members[member];
    const struct state *s = sim_judge_state(judge, member);
    const struct sim_seat *seat = sim_judge_seat(judge, member);
    int64_t length = (int64_t)sim_log_length(seat, LOG), i;
    int64_t same = w->length < length ? w->length : length;
    char text[64];

    while (same > 0 && chain_of(seat, same, w->chains[same - 1]) != w->chains[same])
        same--;
    /* "A leader never overwrites or deletes entries in its log; it only appends new entries." */
    if (same < w->length && s->role == LEADER && w->led == s->term) {
        sim_violated(judge, "leader-append-only", "%s, the leader of term %lld, changed entry %lld",
                     name(judge, member, text), (long long)s->term, (long long)same + 1);
        return false;
    }
    if (full)
        same = 0;
    w->chains = grow(judge, w->chains, &w->capacity, (size_t)length + 1, sizeof *w->chains);
    for (i = same + 1; i <= length; i++) {
        const struct entry *e = sim_log_record(seat, LOG, (uint64_t)i - 1);

        w->chains[i] = chain_of(seat, i, w->chains[i - 1]);
        if (!check_log_matching(judge, member, i, e->term, w->chains[i]))
            return false;
    }
    w->length = length;
    return true;
}

/* "If a log entry is committed in a given term, then that entry will be present in the logs of the
 * leaders for all higher-numbered terms." Chains hold their prefixes, so the last such entry speaks
 * for all. */
static bool check_leader_completeness(struct sim_judge *judge, uint32_t member)
{
    struct ledger *l = sim_judge_memory(judge);
    const struct watched *w = &l->members[member];
    const struct state *s = sim_judge_state(judge, member);
    int64_t last = l->committed, first;
    char text[64];

    while (last > 0 && l->commitments[last].term >= s->term)
        last--;
    if (last == 0 || (last <= w->length && w->chains[last] == l->commitments[last].chain))
        return true;
    for (first = 1; first <= w->length && w->chains[first] == l->commitments[first].chain;)
        first++;
    sim_violated(judge, "leader-completeness",
                 "%s leads term %lld without entry %lld, which was committed in term %lld",
                 name(judge, member, text), (long long)s->term, (long long)first,
                 (long long)l->commitments[first].term);
    return false;
}

/* "If a server has applied a log entry at a given index to its state machine, no other server will
 * ever apply a different log entry for the same index." A commit index that is 0 was lost in a
 * crash; else it never falls. */
static bool check_state_machine_safety(struct sim_judge *judge, uint32_t member)
{
    static const char invariant[] = "state-machine-safety";
    struct ledger *l = sim_judge_memory(judge);
    struct watched *w = &l->members[member];
    const struct state *s = sim_judge_state(judge, member);
    int64_t known = s->commit < l->committed ? s->commit : l->committed, i;
    char one[64], two[64];

    if (s->commit > w->length) {
        sim_violated(judge, invariant, "%s committed entry %lld of a log of %lld",
                     name(judge, member, one), (long long)s->commit, (long long)w->length);
        return false;
    }
    if (s->commit < w->commit && s->commit != 0) {
        sim_violated(judge, invariant, "the commit index of %s fell from %lld to %lld",
                     name(judge, member, one), (long long)w->commit, (long long)s->commit);
        return false;
    }
    w->commit = s->commit;
    if (known > 0 && w->chains[known] != l->commitments[known].chain) {
        for (i = 1; w->chains[i] == l->commitments[i].chain;)
            i++;
        sim_violated(judge, invariant, "%s and %s committed different entries at %lld",
                     name(judge, l->commitments[i].member, one), name(judge, member, two),
                     (long long)i);
        return false;
    }
    l->commitments = grow(judge, l->commitments, &l->commitments_capacity, (size_t)s->commit + 1,
                          sizeof *l->commitments);
    for (i = l->committed + 1; i <= s->commit; i++)
        l->commitments[i] = (struct commitment){ s->term, w->chains[i], member };
    if (s->commit > l->committed)
        l->committed = s->commit;
    return true;
}

void raft_judge(struct sim_judge *judge, uint32_t member)
{
    struct ledger *l = sim_judge_memory(judge);
    const struct state *s = sim_judge_state(judge, member);
    bool elected;

    if (l->members == NULL)
        l->members = sim_judge_new(judge, sim_judge_members(judge) * sizeof *l->members);
    elected = s->role == LEADER && check_election_safety(judge, member);
    if (!check_log(judge, member, elected))
        return;
    if (elected && !check_leader_completeness(judge, member))
        return;
    if (s->role == LEADER)
        l->members[member].led = s->term;
    (void)check_state_machine_safety(judge, member);
}
