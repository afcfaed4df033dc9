/* raft_replication.c - the log, the commit index, the state machine and its clients. */
#include "models/consensus/raft/raft.h"

#include <assert.h>
#include <string.h>

struct sync { /* context of a sim_sync_then */
    int64_t length, term;
};

/* The entries of one batch; followers that need the same get the same blob. */
struct batch {
    int64_t first, count;
    const struct sim_blob *blob;
};

static const struct entry *entry_at(const struct sim_seat *me, int64_t index)
{
    return sim_log_record(me, LOG, (uint64_t)index - 1);
}

int64_t raft_term_at(const struct sim_seat *me, int64_t index)
{
    return index == 0 ? 0 : entry_at(me, index)->term;
}

/* A node without room for what it must promise can promise nothing: it stops for good, and what it
 * would still say in this handler is never said. */
static bool append(struct sim_seat *me, const struct entry *entry)
{
    struct state *s = sim_state(me);

    if (sim_append(me, LOG, entry, NULL) != SIM_DISK_FINE) {
        raft_halt(me, FULL_DISK, "disk full");
        return false;
    }
    s->last++;
    s->last_term = entry->term;
    s->unsynced = true;
    return true;
}

static bool truncate(struct sim_seat *me, int64_t last)
{
    struct state *s = sim_state(me);

    if (sim_truncate(me, LOG, (uint64_t)last) != SIM_DISK_FINE) {
        raft_halt(me, DISK_ERROR, "disk failed");
        return false;
    }
    sim_reached(me, TRUNCATED);
    s->last = last;
    s->last_term = raft_term_at(me, last);
    s->unsynced = true;
    return true;
}

/* -- clients ----------------------------------------------------------------------------------- */

void raft_turn_away(struct sim_seat *me, struct sim_ticket ticket)
{
    const struct state *s = sim_state(me);
    bool known = s->leader != NOBODY && s->leader != sim_self(me);

    sim_reply(me, ticket,
              &(struct store_reply){ known ? STORE_REDIRECT : STORE_UNAVAILABLE, SIM_NIL,
                                     known ? s->leader : STORE_NO_HINT });
}

void *raft_make_room(struct sim_seat *me, struct queue *queue, void *items, size_t size)
{
    uint32_t end = queue->first + queue->count, more = end == 0 ? 16 : 2 * end;

    if (end < queue->capacity)
        return items;
    if (queue->first > queue->capacity / 2) {
        memmove(items, (char *)items + queue->first * size, queue->count * size);
        queue->first = 0;
        return items;
    }
    queue->capacity = more;
    return sim_regrow(me, items, end * size, more * size);
}

/* Remembers who waits for the last entry. Older waiters for this place or later ones belong to a
 * leadership of long ago whose entries were overwritten here; they may live on in another log, so
 * nobody can tell these clients anything. */
static void remember(struct sim_seat *me, struct sim_ticket ticket)
{
    struct state *s = sim_state(me);
    struct queue *q = &s->waiters;

    while (q->count > 0 && s->waiting[q->first + q->count - 1].index >= s->last)
        q->count--;
    s->waiting = raft_make_room(me, q, s->waiting, sizeof(struct waiting));
    s->waiting[q->first + q->count++] = (struct waiting){ s->last, s->last_term, ticket };
}

/* 5.3: "Each client request contains a command to be executed by the replicated state machines. The
 * leader appends the command to its log as a new entry." The requests of one instant, and of
 * batch_delay, share a batch and a sync. */
void raft_on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct store_session session;
    struct sim_operation o;

    if (request->operation == STORE_READ && raft_on_read(me, request))
        return;
    if (s->role != LEADER) {
        raft_turn_away(me, request->ticket);
        return;
    }
    o = store_operation_of(request);
    session = store_session_of(request);
    if (!append(me, &(struct entry){ s->term, o.kind, o.key, o.argument, o.second, session.session,
                                     session.sequence }))
        return;
    remember(me, request->ticket);
    if (!sim_timer_is_set(me, FLUSH))
        sim_timer(me, FLUSH, p->batch_delay);
}

/* Somebody waits for what stands at `index`: tell what became of it. If another leader's entry was
 * committed there, the own one never will be: the operation certainly has no effect. No RESULT:
 * there is nothing to tell. */
static void answer(struct sim_seat *me, const struct entry *entry, const struct kv_result *result)
{
    struct state *s = sim_state(me);
    struct queue *q = &s->waiters;
    const struct waiting *w = &s->waiting[q->first];

    if (w->term != entry->term) {
        sim_reached(me, OVERWRITTEN);
        raft_turn_away(me, w->ticket);
    } else if (result != NULL) {
        sim_reply_blob(me, w->ticket,
                       &(struct store_reply){ result->status, result->value, STORE_NO_HINT },
                       result->list);
    }
    q->first++;
    q->count--;
    if (q->count == 0)
        q->first = 0;
}

/* False: nobody has to be told a result. */
static bool execute(struct sim_seat *me, const struct entry *e, bool wanted,
                    struct kv_result *result)
{
    struct state *s = sim_state(me);
    struct sim_operation o = { e->operation, e->key, e->argument, e->second };
    struct store_session session = { e->session, e->sequence };

    if (e->operation == NO_OPERATION)
        return false;
    if (sim_bug(me, NO_DEDUPLICATION))
        session = (struct store_session){ 0, 0 };
    return sessions_apply(me, &s->sessions, &s->kv, &o, session, wanted, result);
}

/* Figure 2: "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state
 * machine". */
static void apply(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    while (s->applied < s->commit) {
        const struct entry *e = entry_at(me, ++s->applied);
        bool wanted = s->waiters.count > 0 && s->waiting[s->waiters.first].index == s->applied;
        struct kv_result result;
        bool told = execute(me, e, wanted, &result);

        if (wanted)
            answer(me, e, told ? &result : NULL);
    }
    raft_serve_reads(me);
}

/* -- the leader -------------------------------------------------------------------------------- */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void pack(struct sim_seat *me, struct batch *batch, int64_t first, int64_t count)
{
    int64_t *words, i;

    if (batch->blob != NULL && batch->first == first && batch->count == count)
        return;
    batch->first = first;
    batch->count = count;
    batch->blob = sim_blob_make(me, (size_t)(count * ENTRY_WORDS), &words);
    for (i = 0; i < count; i++)
        memcpy(words + i * ENTRY_WORDS, entry_at(me, first + i), sizeof(struct entry));
}

/* Sends MEMBER what it lacks, as far as the window has room, and says whether that was anything.
 * While it is not known where the logs part, one batch at a time, and `next` stays until it is
 * answered. */
static bool send_entries(struct sim_seat *me, uint32_t member, struct batch *batch)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    struct peer *peer = &s->peers[member];
    int64_t first = peer->next, count;
    bool sent = false;

    while (first <= s->last && peer->in_flight < (peer->probing ? 1 : p->window)) {
        count = smaller(s->last - first + 1, p->batch);
        pack(me, batch, first, count);
        sim_send_blob(me, member, APPEND_ENTRIES,
                      &(struct append_entries){ s->term, first - 1, raft_term_at(me, first - 1),
                                                s->commit, count, s->round },
                      batch->blob);
        sent = true;
        sim_measure(me, BATCH, count);
        first += count;
        peer->ends[peer->in_flight++] = first - 1;
        if (!peer->probing)
            peer->next = first;
    }
    return sent;
}

/* The leader's own copy counts once it is durable (D10.2.1): one sync at a time covers all that
 * came before it. */
static void sync_log(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    if (s->syncing || s->durable == s->last)
        return;
    s->syncing = true;
    sim_sync_then(me, &(struct sync){ s->last, s->term }, sizeof(struct sync));
}

/* A round of heartbeats for reads is carried by batches where there are any. */
void raft_on_flush(struct sim_seat *me)
{
    struct batch batch = { 0, 0, NULL };
    bool round = raft_wants_round(me);
    uint32_t i;

    if (round) {
        raft_open_round(me);
        sim_count(me, READ_ROUNDS, 1);
    }
    for (i = 0; i < sim_members(me); i++)
        if (i != sim_self(me) && !send_entries(me, i, &batch) && round)
            raft_send_heartbeat(me, i);
    sync_log(me);
}

/* 5.3: heartbeats are "AppendEntries RPCs that carry no log entries". One speaks of the last place
 * known to match, so that it says nothing of batches under way. */
void raft_send_heartbeat(struct sim_seat *me, uint32_t member)
{
    const struct state *s = sim_state(me);
    const struct peer *peer = &s->peers[member];
    int64_t previous = peer->probing ? peer->next - 1 : peer->match;

    sim_send(me, member, APPEND_ENTRIES,
             &(struct append_entries){ s->term, previous, raft_term_at(me, previous), s->commit, 0,
                                       s->round });
}

/* A batch that was not answered from one heartbeat to the next counts as lost, and what answers the
 * heartbeats then tells from where to send again. */
static void look_for_loss(struct sim_seat *me, struct peer *peer)
{
    if (peer->in_flight > 0 && peer->match_at_tick == peer->match) {
        sim_reached(me, RESENT);
        if (!peer->probing)
            peer->next = peer->match + 1;
        peer->probing = true;
        peer->in_flight = 0;
    }
    peer->match_at_tick = peer->in_flight > 0 ? peer->match : NOBODY;
}

/* D6.2: "a leader in Raft steps down if an election timeout elapses without a successful round of
 * heartbeats to a majority of its cluster". */
static bool reaches_majority(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t i, members = sim_members(me), count = 0;

    for (i = 0; i < members; i++)
        if (i == sim_self(me) || sim_now(me) - s->peers[i].heard <= p->patience)
            count++;
    return count > members / 2;
}

void raft_on_heartbeat(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t i;

    if (p->check_quorum && !reaches_majority(me)) {
        sim_reached(me, LOST_QUORUM);
        raft_become_follower(me, s->term, NOBODY);
        return;
    }
    raft_open_round(me);
    for (i = 0; i < sim_members(me); i++)
        if (i != sim_self(me)) {
            look_for_loss(me, &s->peers[i]);
            raft_send_heartbeat(me, i);
        }
    sim_timer(me, HEARTBEAT, p->heartbeat);
}

/* 5.2, 5.3: a new leader's nextIndex starts "just after the last one in its log"; 8: "each leader
 * commits a blank no-op entry into the log at the start of its term". That entry is the first
 * heartbeat as well. */
void raft_lead(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t i;

    for (i = 0; i < sim_members(me); i++)
        s->peers[i] = (struct peer){
            .next = s->last + 1, .match_at_tick = NOBODY, .heard = sim_now(me), .probing = true
        };
    s->durable = 0;
    raft_begin_rounds(me);
    if (!append(me, &(struct entry){ .term = s->term, .operation = NO_OPERATION }))
        return;
    raft_on_flush(me);
    sim_timer(me, HEARTBEAT, p->heartbeat);
}

void raft_stop_leading(struct sim_seat *me)
{
    sim_cancel(me, HEARTBEAT);
    sim_cancel(me, FLUSH);
    raft_turn_readers_away(me);
}

/* The largest index that a majority holds. */
static int64_t held_by_majority(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    uint32_t i, j, members = sim_members(me);
    int64_t durable = sim_bug(me, ACK_BEFORE_SYNC) ? s->last : s->durable;
    int64_t *sorted = s->matches, match;

    for (i = 0; i < members; i++) {
        match = i == sim_self(me) ? durable : s->peers[i].match;
        for (j = i; j > 0 && sorted[j - 1] < match; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = match;
    }
    return sorted[members / 2];
}

/* 5.4.2: "Only log entries from the leader's current term are committed by counting replicas; once
 * an entry from the current term has been committed in this way, then all prior entries are
 * committed indirectly". */
static void advance_commit(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    int64_t index = held_by_majority(me);

    if (index <= s->commit)
        return;
    if (raft_term_at(me, index) != s->term && !sim_bug(me, COMMITS_OLDER_TERM)) {
        sim_reached(me, HELD_BACK);
        return;
    }
    s->commit = index;
    sim_note(me, COMMITS, &(struct commits){ index, s->term });
    apply(me);
}

void raft_on_synced(struct sim_seat *me, const void *context)
{
    const struct sync *sync = context;
    struct state *s = sim_state(me);

    s->syncing = false;
    if (s->role != LEADER)
        return;
    if (sync->term == s->term && sync->length > s->durable) {
        s->durable = sync->length;
        advance_commit(me);
    }
    sync_log(me);
}

static void on_match(struct sim_seat *me, struct peer *peer, int64_t index)
{
    int64_t answered = 0;

    peer->probing = false;
    peer->match = larger(peer->match, index);
    while (answered < peer->in_flight && peer->ends[answered] <= peer->match)
        answered++;
    peer->in_flight -= answered;
    memmove(peer->ends, peer->ends + answered, (size_t)peer->in_flight * sizeof(peer->ends[0]));
    peer->next = larger(peer->next, peer->match + 1);
    if (peer->in_flight > 0) /* a batch that was sent to probe */
        peer->next = larger(peer->next, peer->ends[peer->in_flight - 1] + 1);
    advance_commit(me);
}

void raft_on_appended(struct sim_seat *me, const struct sim_message *message)
{
    const struct appended *m = message->body;
    struct batch batch = { 0, 0, NULL };
    struct state *s = sim_state(me);
    struct peer *peer = &s->peers[message->from];

    if (m->term > s->term) {
        raft_become_follower(me, m->term, NOBODY);
        return;
    }
    if (s->role != LEADER || m->term < s->term)
        return;
    peer->heard = sim_now(me);
    if (m->success) {
        on_match(me, peer, m->index);
    } else if (m->index > peer->match && (!peer->probing || m->index == peer->next - 1)) {
        /* 5.3: "After a rejection, the leader decrements nextIndex and retries the AppendEntries
         * RPC" */
        peer->next = larger(peer->match + 1, smaller(m->hint, m->index));
        peer->probing = true;
        peer->in_flight = 0;
    }
    send_entries(me, message->from, &batch);
    raft_count_round(me, message->from, m->round);
}

/* -- the follower ------------------------------------------------------------------------------ */

/* 5.3: "the follower can include the term of the conflicting entry and the first index it stores
 * for that term". Terms never fall along a log, so that index is found by bisection; what is
 * committed cannot be in conflict. */
static int64_t first_of_term(const struct sim_seat *me, int64_t low, int64_t high)
{
    int64_t term = raft_term_at(me, high), middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (raft_term_at(me, middle) == term)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

static bool matches(struct sim_seat *me, const struct append_entries *m, int64_t *hint)
{
    const struct state *s = sim_state(me);

    *hint = s->last + 1;
    if (m->previous > s->last) {
        sim_reached(me, GAP);
        return false;
    }
    if (raft_term_at(me, m->previous) == m->previous_term)
        return true;
    sim_reached(me, LOGS_PART);
    *hint = first_of_term(me, smaller(s->commit + 1, m->previous), m->previous);
    return false;
}

/* Figure 2: "If an existing entry conflicts with a new one (same index but different terms), delete
 * the existing entry and all that follow it"; "Append any new entries not already in the log". */
static bool store_entries(struct sim_seat *me, const struct append_entries *m,
                          const struct sim_blob *blob)
{
    const struct state *s = sim_state(me);
    int64_t i, index;
    size_t count;
    const int64_t *words = sim_blob_words(blob, &count);

    assert(count == (size_t)m->count * ENTRY_WORDS);
    for (i = 0; i < m->count; i++) {
        struct entry entry;

        index = m->previous + 1 + i;
        memcpy(&entry, words + i * ENTRY_WORDS, sizeof entry);
        if (index <= s->last && raft_term_at(me, index) == entry.term)
            continue;
        if (index <= s->last && !truncate(me, index - 1))
            return false;
        if (!append(me, &entry))
            return false;
    }
    return true;
}

/* 5.3, figure 2. The promise "I hold these entries" leaves when they are durable: append, sync,
 * reply. A heartbeat's answer promises them too, and a leader of yesterday may hold entries that it
 * never synced. */
void raft_on_append_entries(struct sim_seat *me, const struct sim_message *message)
{
    const struct append_entries *m = message->body;
    struct state *s = sim_state(me);
    int64_t hint = s->last + 1, index = m->previous;
    bool success;

    if (m->term < s->term) {
        /* "Reply false if term < currentTerm" */
        sim_reached(me, STALE_LEADER);
        raft_persist(me);
        sim_send(me, message->from, APPENDED,
                 &(struct appended){ s->term, false, index, hint, m->round });
        return;
    }
    raft_become_follower(me, m->term, message->from);
    if (sim_bug(me, VOTE_CLEARED_BY_EQUAL_TERM_APPEND))
        s->voted_for = 0;
    s->heard = sim_now(me);
    s->has_heard = true;
    success = matches(me, m, &hint);
    if (success) {
        index += m->count;
        if (!store_entries(me, m, message->blob))
            return;
    }
    if (!sim_bug(me, ACK_BEFORE_SYNC))
        raft_persist(me);
    raft_expect_leader(me);
    sim_send(me, message->from, APPENDED,
             &(struct appended){ s->term, success, index, hint, m->round });
    raft_persist(me);
    if (success && smaller(m->commit, index) > s->commit) {
        /* "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
         * entry)" */
        s->commit = smaller(m->commit, index);
        apply(me);
    }
}
