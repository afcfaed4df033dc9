/* raft.c - Raft: consensus through an elected leader and a replicated log.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC 2014, and
 * Ongaro's dissertation (Stanford, 2014). Section numbers are the paper's; D9.6 is section 9.6 of
 * the dissertation.
 *
 * Every operation of a client goes through the log, reads too unless `reads` says otherwise; the
 * state machine is a key-value map that remembers the last answer of each client's session. A
 * leader gathers the requests of an instant into one batch, writes it to its disk while the
 * followers write it to theirs (D10.2.1), and sends the next batch to a follower as soon as that
 * one has answered.
 *
 * Pre-vote (D9.6) and the leader's check that it still reaches a majority (D6.2) are on by default,
 * as they are in the implementations that most people run; the paper's own protocol is `pre_vote:
 * false, check_quorum: false`. */
#include "models/consensus/raft/raft.h"

#include <assert.h>
#include <string.h>

static const char *const reads_names[] = { "log", "index", "lease", "follower", NULL };

static const struct sim_field params_fields[] = {
    SIM_DISTRIBUTION(
        struct params, election_timeout, "150ms..300ms", "1us", "1h",
        "how long a follower waits for its leader before it stands for election; drawn each time"),
    SIM_DURATION(struct params, heartbeat, "50ms", "1us", "1h",
                 "gap between a leader's heartbeats"),
    SIM_BOOLEAN(struct params, pre_vote, "true",
                "ask whether an election could be won before raising the term"),
    SIM_BOOLEAN(struct params, check_quorum, "true",
                "a leader that a majority does not answer for an election timeout steps down"),
    SIM_DURATION(struct params, batch_delay, "0", "0", "1s",
                 "how long a leader gathers requests before it replicates them"),
    SIM_INTEGER(struct params, batch, "256", "1", "65536", "most entries in one message"),
    SIM_INTEGER(struct params, window, "4", "1", "16",
                "batches in flight to a follower before it has to answer"),
    SIM_CHOICE(
        struct params, reads, "log", reads_names,
        "how a read is answered: through the log like a write; by the leader when a round of "
        "heartbeats has confirmed it (index), or as long as the last round keeps other "
        "leaders away (lease); by any member at once from what it knows (follower): that "
        "may be old, and the answer says stale"),
    SIM_PPM(struct params, clock_drift_bound, "500ppm", "-500000ppm", "500000ppm",
            "how far a lease believes clocks to run from true time, fast or slow"),
    { 0 },
};

static const char *const role_names[] = { "follower", "pre-candidate", "candidate", "leader",
                                          NULL };

static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, role, role_names,
                       "follower, pre-candidate, candidate or leader"),
    SIM_WATCHED(struct state, term, "the latest term seen"),
    SIM_STATE(struct state, leader, "of this term, as far as known; else -1"),
    SIM_WATCHED(struct state, commit, "the highest index known to be committed"),
    SIM_WATCHED(struct state, last, "index of the last entry in the log"),
    SIM_WATCHED(struct state, last_term, "its term"),
    { 0 },
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, term, "the latest term seen"),
    SIM_STATE(struct disk, voted_for, "who got the vote of this term: member + 1; 0: nobody"),
    { 0 },
};

static bool is_majority(const struct sim_seat *me, uint32_t count)
{
    return count > sim_members(me) / 2;
}

void raft_expect_leader(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_timer(me, ELECTION, sim_sample(me, TIMEOUT, p->election_timeout));
}

void raft_halt(struct sim_seat *me, unsigned mark, const char *reason)
{
    sim_reached(me, mark);
    sim_halt(me, reason);
}

/* Figure 2: what an answer to an RPC rests on has to be durable before it leaves. Who only learns
 * of a newer term promises nothing yet: that is written with the next answer. */
void raft_persist(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    if (s->unsaved) {
        d->term = s->term;
        d->voted_for = sim_bug(me, VOTE_NOT_PERSISTED) ? 0 : s->voted_for;
        if (sim_write(me) != SIM_DISK_FINE)
            raft_halt(me, FULL_DISK, "disk full");
    }
    if (s->unsaved || s->unsynced)
        sim_sync(me);
    s->unsaved = false;
    s->unsynced = false;
}

static void adopt_term(struct sim_seat *me, int64_t term)
{
    struct state *s = sim_state(me);

    assert(term > s->term);
    s->term = term;
    s->voted_for = 0;
    s->unsaved = true;
}

/* 5.1: "If a candidate or leader discovers that its term is out of date, it immediately reverts to
 * follower state." */
void raft_become_follower(struct sim_seat *me, int64_t term, int64_t leader)
{
    struct state *s = sim_state(me);
    bool led = s->role == LEADER;

    if (led && term > s->term)
        sim_reached(me, DEPOSED);
    if (term > s->term)
        adopt_term(me, term);
    s->role = FOLLOWER;
    s->leader = leader;
    if (led) {
        raft_stop_leading(me);
        raft_expect_leader(me);
        sim_note(me, STEPPED_DOWN, &(struct stepped_down){ s->term, leader });
    }
}

/* Forgets the votes of an earlier round and takes the own one; says whether that is enough. */
static bool open_ballot(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint32_t i;

    for (i = 0; i < sim_members(me); i++)
        s->peers[i].granted = i == sim_self(me);
    return is_majority(me, 1);
}

static bool wins_with(struct sim_seat *me, uint32_t voter)
{
    struct state *s = sim_state(me);
    uint32_t i, count = 0;

    s->peers[voter].granted = true;
    for (i = 0; i < sim_members(me); i++)
        count += s->peers[i].granted;
    return is_majority(me, count);
}

static void ask_for_votes(struct sim_seat *me, enum message kind, int64_t term)
{
    const struct state *s = sim_state(me);
    uint32_t i;

    for (i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            sim_send(me, i, kind, &(struct request_vote){ term, s->last, s->last_term });
}

/* D4.2.3: "if a server receives a RequestVote request within the minimum election timeout of
 * hearing from a current leader, it does not update its term or grant its vote". */
static bool is_led(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    return s->role == LEADER || (s->has_heard && sim_now(me) - s->heard < p->least);
}

static void become_leader(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->role = LEADER;
    s->leader = sim_self(me);
    sim_cancel(me, ELECTION);
    sim_count(me, LEADERSHIPS, 1);
    sim_note(me, ELECTED, &(struct elected){ s->term, s->last });
    raft_lead(me);
}

/* 5.2: "To begin an election, a follower increments its current term and transitions to candidate
 * state. It then votes for itself and issues RequestVote RPCs in parallel to each of the other
 * servers." */
static void become_candidate(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    bool won;

    adopt_term(me, s->term + 1);
    s->role = CANDIDATE;
    s->leader = NOBODY;
    s->voted_for = sim_self(me) + 1;
    won = open_ballot(me);
    sim_count(me, ELECTIONS, 1);
    raft_persist(me);
    raft_expect_leader(me);
    ask_for_votes(me, REQUEST_VOTE, s->term);
    if (won)
        become_leader(me);
}

/* D9.6: "a candidate only increments its term if it first learns from a majority of the cluster
 * that they would be willing to grant the candidate their votes". */
static void become_pre_candidate(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->role = PRE_CANDIDATE;
    s->leader = NOBODY;
    raft_expect_leader(me);
    if (open_ballot(me))
        become_candidate(me);
    else
        ask_for_votes(me, REQUEST_PRE_VOTE, s->term + 1);
}

static void on_election(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (s->role == CANDIDATE)
        sim_reached(me, NO_WINNER);
    if (p->pre_vote)
        become_pre_candidate(me);
    else
        become_candidate(me);
}

/* D3.10: the server that is to take the leadership over "should start a new election immediately",
 * without waiting for its timer, and without asking first whether it could win: a leader is alive.
 */
static void on_campaign(struct sim_seat *me, const void *params)
{
    const struct state *s = sim_state(me);

    (void)params;
    if (s->role != LEADER)
        become_candidate(me);
}

/* 5.4.1: "If the logs have last entries with different terms, then the log with the later term is
 * more up-to-date. If the logs end with the same term, then whichever log is longer is more
 * up-to-date." */
static bool is_up_to_date(struct sim_seat *me, const struct request_vote *m)
{
    const struct state *s = sim_state(me);

    if (sim_bug(me, VOTE_IGNORES_LOG))
        return true;
    return m->last_term > s->last_term || (m->last_term == s->last_term && m->last >= s->last);
}

/* D9.6: a voter agrees if the candidate's log is good enough and it has "not received heartbeats
 * from a valid leader for at least a baseline election timeout". Nothing is promised, so nothing is
 * saved. */
static void on_request_pre_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct request_vote *m = message->body;
    const struct state *s = sim_state(me);
    bool granted = m->term > s->term && !is_led(me) && is_up_to_date(me, m);

    if (!granted && m->term > s->term)
        sim_reached(me, is_led(me) ? REFUSED_LED : REFUSED_LOG);
    sim_send(me, message->from, PRE_VOTE, &(struct vote){ granted ? m->term : s->term, granted });
}

static void on_pre_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct vote *m = message->body;
    const struct state *s = sim_state(me);

    if (!m->granted && m->term > s->term)
        raft_become_follower(me, m->term, NOBODY);
    else if (m->granted && s->role == PRE_CANDIDATE && m->term == s->term + 1 &&
             wins_with(me, message->from))
        become_candidate(me);
}

/* Figure 2, RequestVote: "If votedFor is null or candidateId, and candidate's log is at least as
 * up-to-date as receiver's log, grant vote". A leader's lease rests on it that who has heard of the
 * leader is deaf to candidates: a pre-vote that was granted before does not bind. */
static void on_request_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    const struct request_vote *m = message->body;
    struct state *s = sim_state(me);
    int64_t candidate = (int64_t)message->from + 1;
    bool granted;

    if (p->reads == READS_LEASE && is_led(me)) {
        sim_reached(me, REFUSED_LED);
        return;
    }
    if (m->term > s->term)
        raft_become_follower(me, m->term, NOBODY);
    granted = m->term == s->term && (s->voted_for == 0 || s->voted_for == candidate) &&
              is_up_to_date(me, m);
    if (!granted && m->term == s->term)
        sim_reached(me, is_up_to_date(me, m) ? REFUSED_TAKEN : REFUSED_LOG);
    if (granted && s->voted_for != candidate) {
        s->voted_for = candidate;
        s->role = FOLLOWER;
        s->unsaved = true;
    }
    raft_persist(me);
    if (granted)
        raft_expect_leader(me);
    sim_send(me, message->from, VOTE, &(struct vote){ s->term, granted });
}

static void on_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct vote *m = message->body;
    const struct state *s = sim_state(me);

    if (m->term > s->term)
        raft_become_follower(me, m->term, NOBODY);
    else if (m->granted && s->role == CANDIDATE && m->term == s->term &&
             wins_with(me, message->from))
        become_leader(me);
}

/* A torn record was being written when the node crashed. It was never synced, so no answer and no
 * vote of this node ever rested on it: to cut it off is to crash a moment earlier. That holds for
 * nothing else. A record that was synced and does not read back, be it the last one, may be one of
 * the copies that made its entry committed: a node that cuts it off, and with it all that follows,
 * goes on to vote and to count as if it had never promised them, and with one more loss a majority
 * forgets what was acknowledged (Alagappan et al., "Protocol-Aware Recovery for Consensus-Based
 * Storage", FAST 2018: they find such truncation in real systems, and tell torn from rotten by a
 * mark beside the log, as sim_log_state does). Nor may a node vote that can't read whom it voted
 * for. As long as nobody else repairs it, it stays away, one of the minority that may fail. */
static bool recover(struct sim_seat *me)
{
    uint64_t length = sim_log_length(me, LOG), i;

    if (sim_disk_state(me) != SIM_RECORD_WHOLE) {
        raft_halt(me, UNREADABLE_VOTE, "vote unreadable");
        return false;
    }
    for (i = 0; i < length; i++) {
        enum sim_record_state found = sim_log_state(me, LOG, i);

        if (found == SIM_RECORD_TORN && i == length - 1) {
            sim_reached(me, TORN_TAIL);
            sim_truncate(me, LOG, i);
        } else if (found != SIM_RECORD_WHOLE) {
            raft_halt(me, ROTTEN_LOG, "log unreadable");
            return false;
        }
    }
    return true;
}

/* What was to be durable is not, and trying again would prove nothing. */
static void on_disk_failed(struct sim_seat *me, const struct sim_disk_failure *failure)
{
    (void)failure;
    raft_halt(me, DISK_ERROR, "disk failed");
}

/* After a restart nobody knows whom a lease was granted a moment ago: as if a leader had just been
 * heard of. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);
    uint32_t members = sim_members(me);

    if (!recover(me))
        return;
    s->role = FOLLOWER;
    s->term = d->term;
    s->voted_for = d->voted_for;
    s->leader = NOBODY;
    s->has_heard = p->reads == READS_LEASE && d->term > 0;
    s->heard = sim_now(me);
    s->last = (int64_t)sim_log_length(me, LOG);
    s->last_term = raft_term_at(me, s->last);
    if (s->last > 0)
        sim_reached(me, RECOVERED);
    s->peers = sim_new(me, members * sizeof(struct peer));
    s->matches = sim_new(me, members * sizeof(int64_t));
    kv_init(&s->kv);
    sessions_init(&s->sessions);
    raft_expect_leader(me);
}

/* The least election timeout of the fastest clock, on the slowest one: n (1 - b) / (1 + b), rounded
 * down. */
static sim_time lease_of(sim_time n, const struct sim_ppm_range *bound)
{
    enum { BILLION = 1000000000 };
    int64_t b = bound->high_ppb > -bound->low_ppb ? bound->high_ppb : -bound->low_ppb;

    return n / (BILLION + b) * (BILLION - b) + n % (BILLION + b) * (BILLION - b) / (BILLION + b);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char too_long[] =
        "has to be at most half of the least election timeout, or followers "
        "give up a leader that is alive";
    static const char unchecked[] =
        "a leader that reads under a lease has to notice that it lost its majority: "
        "`reads: lease` needs `check_quorum: true`";
    struct params *p = params;

    (void)members;
    p->least = sim_distribution_least(p->election_timeout);
    p->patience = sim_distribution_quantile(p->election_timeout, 0.99);
    p->lease = lease_of(p->least, &p->clock_drift_bound);
    if (p->heartbeat > p->least / 2) {
        memcpy(text, too_long, sizeof too_long);
        return "heartbeat";
    }
    if (p->reads == READS_LEASE && !p->check_quorum) {
        memcpy(text, unchecked, sizeof unchecked);
        return "check_quorum";
    }
    return NULL;
}

/* The log is kept as a whole; the leader's has all that was committed. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    kv_tell(&s->kv, ledger);
    for (uint64_t i = 0; i < length; i++) {
        const struct entry *e = sim_log_record(me, LOG, i);

        if (e->operation == SIM_WRITE || e->operation == SIM_DELETE)
            sim_ledger_applied(ledger, e->key, e->operation == SIM_WRITE ? e->argument : SIM_NIL);
    }
    sim_ledger_complete(ledger);
    if (s->role == LEADER)
        sim_ledger_authority(ledger, s->term);
}

static const struct sim_preset presets[] = {
    { "etcd",
      "etcd with its defaults: linearizable reads by ReadIndex",
      "etcd 3.5 documentation: Tuning (heartbeat interval 100 ms, election timeout 1000 ms), "
      "Configuration options (pre-vote true), KV API guarantees (linearizable reads by default); "
      "its "
      "Raft draws up to twice the timeout, and its server always sets CheckQuorum",
      { { "election_timeout", "1s..2s" },
        { "heartbeat", "100ms" },
        { "reads", "index" },
        { "pre_vote", "true" },
        { "check_quorum", "true" } } },
    { 0 },
};

const struct sim_model raft_model = {
    .name = "raft",
    .summary = "consensus through an elected leader and a replicated log; serves a key-value store",
    .source = "Ongaro and Ousterhout, USENIX ATC 2014; Ongaro, dissertation, Stanford 2014",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .presets = presets,
    .messages = {
        [REQUEST_PRE_VOTE] = { "request-pre-vote", SIM_WORDS(request_vote), on_request_pre_vote },
        [PRE_VOTE] = { "pre-vote", SIM_WORDS(vote), on_pre_vote },
        [REQUEST_VOTE] = { "request-vote", SIM_WORDS(request_vote), on_request_vote },
        [VOTE] = { "vote", SIM_WORDS(vote), on_vote },
        [APPEND_ENTRIES] = { "append-entries", SIM_WORDS(append_entries), raft_on_append_entries },
        [APPENDED] = { "appended", SIM_WORDS(appended), raft_on_appended },
    },
    .timers = {
        [ELECTION] = { "election", on_election, false },
        [HEARTBEAT] = { "heartbeat", raft_on_heartbeat, false },
        [FLUSH] = { "flush", raft_on_flush, false },
    },
    .notes = {
        [ELECTED] = { "elected", SIM_WORDS(elected) },
        [STEPPED_DOWN] = { "stepped-down", SIM_WORDS(stepped_down) },
        [COMMITS] = { "commits", SIM_WORDS(commits) },
    },
    .serves = { { &store_interface, raft_on_request } },
    .logs = { [LOG] = { "log", SIM_WORDS(entry) } },
    .metrics = {
        [ELECTIONS] = { "elections", SIM_COUNTER, "elections begun" },
        [LEADERSHIPS] = { "leaderships", SIM_COUNTER, "elections won" },
        [BATCH] = { "batch", SIM_HISTOGRAM, "entries per message that carries any" },
        [READ_ROUNDS] = { "read-rounds", SIM_COUNTER, "rounds of heartbeats sent for reads" },
        [LEASE_READS] = { "lease-reads", SIM_COUNTER, "reads answered under a lease" },
    },
    .marks = {
        [DEPOSED] = { "deposed", "a leader steps down, for somebody has a higher term" },
        [LOST_QUORUM] = { "lost-quorum", "a leader steps down, for it reaches no majority" },
        [NO_WINNER] = { "no-winner", "a candidate's election ends without a winner" },
        [REFUSED_LOG] = { "refused-log", "no vote, for the candidate's log is behind" },
        [REFUSED_TAKEN] = { "refused-taken", "no vote, for another has it in this term" },
        [REFUSED_LED] = { "refused-led", "no vote, for a leader was heard of a moment ago" },
        [STALE_LEADER] = { "stale-leader", "a leader of an earlier term is turned away" },
        [GAP] = { "gap", "a follower lacks what the entries that came follow on" },
        [LOGS_PART] = { "logs-part", "a follower's log went another way than the leader's" },
        [TRUNCATED] = { "truncated", "a follower drops entries that conflict with the leader's" },
        [RESENT] = { "resent", "a leader gives up entries under way, to send them again" },
        [HELD_BACK] = { "held-back",
                        "a majority has an entry of an older term, which does not commit it" },
        [OVERWRITTEN] = { "overwritten", "a client learns that its entry gave way to another" },
        [READ_EARLY] = { "read-early", "a read waits for the first commit of the leader's term" },
        [READ_UNLEASED] = { "read-unleased", "a leader's lease is over when a read comes" },
        [READERS_LEFT] = { "readers-left", "reads still wait when their leader steps down" },
        [RECOVERED] = { "recovered", "a member restarts with a log" },
        [TORN_TAIL] = { "torn-tail", "a torn record is cut off the log" },
        [ROTTEN_LOG] = { "rotten-log", "a member stops for good: its log does not read back" },
        [UNREADABLE_VOTE] = { "unreadable-vote", "a member stops for good: its vote does not" },
        [FULL_DISK] = { "full-disk", "a member stops for good: its disk is full" },
        [DISK_ERROR] = { "disk-error", "a member stops for good: its disk failed" },
    },
    .commands = { { "campaign",
                    "stand for election at once, to take the leadership over",
                    { NULL, 0 },
                    on_campaign } },
    .live = { "election_timeout", "heartbeat" },
    .draws = { [TIMEOUT] = "election-timeout" },
    .bugs = {
        [VOTE_NOT_PERSISTED] = "vote_not_persisted",
        [VOTE_CLEARED_BY_EQUAL_TERM_APPEND] = "vote_cleared_by_equal_term_append",
        [VOTE_IGNORES_LOG] = "vote_ignores_log",
        [ACK_BEFORE_SYNC] = "ack_before_sync",
        [LOCAL_READS] = "local_reads",
        [READ_INDEX_BEFORE_OWN_COMMIT] = "read_index_before_own_commit",
        [LEASE_IGNORES_DRIFT] = "lease_ignores_drift",
        [NO_DEDUPLICATION] = "no_deduplication",
        [COMMITS_OLDER_TERM] = "commits_older_term",
    },
    .invariant = { sizeof(struct ledger),
                   raft_judge,
                   { "election-safety", "leader-append-only", "log-matching",
                     "leader-completeness", "state-machine-safety" } },
    .start = on_start,
    .holds = on_holds,
    .synced = raft_on_synced,
    .disk_failed = on_disk_failed,
    .check = check,
};
