/* raft_reads.c - reads that are answered without an entry in the log.
 *
 * A leader knows all that was ever acknowledged, if it still leads. So a read needs no entry, only
 * the certainty that no other leader had been elected when it arrived: from a round of heartbeats
 * that a majority answered after that (D6.4, "read index"), or from a clock (D6.4.1, a lease). Both
 * begin with the first entry of the leader's own term: until it is committed, the leader does not
 * know how far its predecessors had committed.
 *
 * Any member answers at once with `reads: follower`, from what it has applied so far. That may be
 * old, and one read may go back behind another, so the answer is STORE_STALE. */
#include "models/consensus/raft/raft.h"

/* Whether the leader knows all that its predecessors committed. */
static bool is_clean(const struct sim_seat *me, const struct state *s)
{
    return s->applied >= s->own || sim_bug(me, READ_INDEX_BEFORE_OWN_COMMIT);
}

static void answer(struct sim_seat *me, int64_t key, struct sim_ticket ticket, int64_t status)
{
    struct state *s = sim_state(me);
    struct sim_operation read = { .kind = SIM_READ, .key = key };
    struct kv_result result = kv_apply(me, &s->kv, &read, true);

    sim_reply_blob(me, ticket, &(struct store_reply){ status, result.value, STORE_NO_HINT },
                   result.list);
}

/* -- rounds ------------------------------------------------------------------------------------ */

/* The largest round that a majority answered; the leader itself is always of its own opinion. */
static int64_t answered_by_majority(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    uint32_t i, j, members = sim_members(me);
    int64_t *sorted = s->matches, round;

    for (i = 0; i < members; i++) {
        round = i == sim_self(me) ? s->round : s->peers[i].round;
        for (j = i; j > 0 && sorted[j - 1] < round; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = round;
    }
    return sorted[members / 2];
}

/* D6.4.1: "Once the leader's heartbeats were acknowledged by a majority of the cluster, the leader
 * would extend its lease to start + election timeout / clock drift bound, since the followers
 * shouldn't time out before then." Start is when the round was sent, not when it was answered. */
static void extend_lease(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    sim_time lease = sim_bug(me, LEASE_IGNORES_DRIFT) ? p->least : p->lease, until;

    if (s->round - s->confirmed >= ROUNDS_MAX) /* forgotten when it was */
        return;
    until = s->opened[s->confirmed % ROUNDS_MAX] + lease;
    if (until > s->leased)
        s->leased = until;
}

static void confirm(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    int64_t round = answered_by_majority(me);

    if (round <= s->confirmed)
        return;
    s->confirmed = round;
    extend_lease(me);
    raft_serve_reads(me);
    if (raft_wants_round(me) && !sim_timer_is_set(me, FLUSH))
        sim_timer(me, FLUSH, 0);
}

void raft_open_round(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->round++;
    s->opened[s->round % ROUNDS_MAX] = sim_now(me);
    confirm(me);
}

void raft_begin_rounds(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->round = 0;
    s->confirmed = 0;
    s->leased = INT64_MIN;
    s->own = s->last + 1;
    raft_open_round(me);
}

/* A planted bug may make a member lead one term twice: rounds of the first time do not count. */
void raft_count_round(struct sim_seat *me, uint32_t member, int64_t round)
{
    struct state *s = sim_state(me);

    if (round > s->round || round <= s->peers[member].round)
        return;
    s->peers[member].round = round;
    confirm(me);
}

/* One round at a time is sent for reads: those that arrive meanwhile share the next one. If it is
 * lost, the next heartbeats are a round as well. */
bool raft_wants_round(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    const struct queue *q = &s->readers;

    return s->confirmed == s->round && q->count > 0 &&
           s->reading[q->first + q->count - 1].round > s->round;
}

/* -- readers ----------------------------------------------------------------------------------- */

void raft_serve_reads(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct queue *q = &s->readers;

    while (q->count > 0) {
        struct reading r = s->reading[q->first];

        if (r.round > s->confirmed || r.index > s->applied)
            return;
        q->first++;
        q->count--;
        answer(me, r.key, r.ticket, STORE_OK);
    }
    q->first = 0;
}

/* D6.4: "the leader saves its current commit index in a local variable called readIndex", "waits
 * for its state machine to advance at least as far as the readIndex", having made sure "it has not
 * been superseded by a newer leader of which it is unaware": that needs a round that begins now or
 * later. */
static void wait_for_round(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct store_read *m = request->body;
    struct state *s = sim_state(me);
    struct queue *q = &s->readers;
    int64_t index = is_clean(me, s) ? s->commit : s->own;

    if (!is_clean(me, s))
        sim_reached(me, READ_EARLY);
    s->reading = raft_make_room(me, q, s->reading, sizeof(struct reading));
    s->reading[q->first + q->count++] =
        (struct reading){ m->key, index, s->round + 1, request->ticket };
    if (raft_wants_round(me) && !sim_timer_is_set(me, FLUSH))
        sim_timer(me, FLUSH, p->batch_delay);
}

void raft_turn_readers_away(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct queue *q = &s->readers;

    if (q->count > 0)
        sim_reached(me, READERS_LEFT);
    for (; q->count > 0; q->count--)
        raft_turn_away(me, s->reading[q->first++].ticket);
    q->first = 0;
}

bool raft_on_read(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct store_read *m = request->body;
    const struct state *s = sim_state(me);
    bool leased = p->reads == READS_LEASE && sim_now(me) < s->leased && is_clean(me, s);

    if (p->reads == READS_FOLLOWER) {
        answer(me, m->key, request->ticket, STORE_STALE);
        return true;
    }
    if (s->role != LEADER)
        return false;
    if (leased || sim_bug(me, LOCAL_READS)) {
        if (leased)
            sim_count(me, LEASE_READS, 1);
        answer(me, m->key, request->ticket, STORE_OK);
        return true;
    }
    if (p->reads == READS_LOG)
        return false;
    if (p->reads == READS_LEASE && is_clean(me, s))
        sim_reached(me, READ_UNLEASED);
    wait_for_round(me, request);
    return true;
}
