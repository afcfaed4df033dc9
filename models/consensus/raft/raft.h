/* raft.h - what the files of the Raft model share; private to this folder.
 *
 * raft.c holds terms, votes and roles (section 5.2 and 5.4.1 of the paper), raft_replication.c the
 * log, the commit index and the clients (5.3, 5.4.2, 8), raft_reads.c what answers reads without
 * the log (6.4 of the dissertation), raft_invariants.c the judge (figure 3), which trusts none of
 * the others. */
#ifndef MODELS_CONSENSUS_RAFT_H
#define MODELS_CONSENSUS_RAFT_H

#include "models/parts/sessions.h"
#include "sim/world/model.h"

enum { WINDOW_MAX = 16, ROUNDS_MAX = 16, NOBODY = -1 };

enum reads { READS_LOG, READS_INDEX, READS_LEASE, READS_FOLLOWER };

struct params {
    const struct sim_distribution *election_timeout;
    sim_time heartbeat;
    bool pre_vote, check_quorum;
    sim_time batch_delay;
    int64_t batch, window;
    int64_t reads; /* enum reads */
    struct sim_ppm_range clock_drift_bound;
    /* derived */
    sim_time least;    /* of election_timeout */
    sim_time patience; /* how long a leader does without a majority's answers */
    sim_time lease;    /* how long a round of heartbeats keeps other leaders away */
};

enum role { FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER };

/* What a leader knows of a member, and a candidate of a voter. */
struct peer {
    int64_t next, match;
    int64_t ends[WINDOW_MAX]; /* last indices of the batches in flight, oldest first */
    int64_t in_flight;
    int64_t match_at_tick; /* what `match` was at the last heartbeat, if a batch was in flight; else
                              NOBODY */
    int64_t round;         /* the last one that it answered */
    sim_time heard;        /* by the own clock */
    bool probing;          /* where the logs part is not known: one batch at a time */
    bool granted;          /* its vote */
};

/* A client that waits for an entry. Sorted by index. It outlives a leadership, because only what is
 * applied at `index` tells whether the request took effect. */
struct waiting {
    int64_t index, term;
    struct sim_ticket ticket;
};

/* A client's read that waits until `index` is applied and the leadership is confirmed by `round`.
 * Sorted by both. */
struct reading {
    int64_t key, index, round;
    struct sim_ticket ticket;
};

/* Where an array that is used as a queue has its items. */
struct queue {
    uint32_t first, count, capacity;
};

struct state {
    int64_t role, term, leader, commit, last, last_term;
    /* not described: */
    int64_t voted_for; /* member + 1; 0: nobody */
    int64_t applied;
    int64_t durable; /* of the leader's log: so much of it counts as its own vote for an entry */
    sim_time heard;  /* from a leader, by the own clock */
    bool has_heard;
    bool unsaved;  /* term or vote are newer than the disk */
    bool unsynced; /* the log may hold what is not durable */
    bool syncing;  /* a sim_sync_then of the leader is under way */
    struct peer *peers;
    int64_t *matches; /* scratch: one per member */
    struct waiting *waiting;
    struct queue waiters;
    /* of a leader: rounds of heartbeats, numbered within its term */
    int64_t round, confirmed;    /* the last one sent, and the last one that a majority answered */
    sim_time opened[ROUNDS_MAX]; /* [round % ROUNDS_MAX]: when it was sent, by the own clock */
    sim_time leased;             /* until when no other leader can have been elected */
    int64_t own;                 /* index of the first entry of its term */
    struct reading *reading;
    struct queue readers;
    struct kv kv;
    struct sessions sessions;
};

/* Persistent state, with the log: figure 2, "updated on stable storage before responding to RPCs".
 */
struct disk {
    int64_t term, voted_for; /* voted_for: member + 1; 0: nobody */
};

/* A log entry. `operation` is a kind of struct sim_operation or NO_OPERATION; session and sequence
 * as in store.h. Index 1 is the first. */
SIM_RECORD(entry, term, operation, key, argument, second, session, sequence);
enum { NO_OPERATION = -1, ENTRY_WORDS = 7 };

SIM_RECORD(request_vote, term, last, last_term);
SIM_RECORD(vote, term, granted);
/* The blob holds `count` entries of ENTRY_WORDS words; none: a heartbeat. round: the last one that
 * the leader opened; the answer repeats it. */
SIM_RECORD(append_entries, term, previous, previous_term, commit, count, round);
/* index: the last that is known to match; or, without success, the `previous` that did not. hint:
 * try from there. */
SIM_RECORD(appended, term, success, index, hint, round);

/* notes */
SIM_RECORD(elected, term, last);
SIM_RECORD(stepped_down, term, leader);
SIM_RECORD(commits, index, term);

enum message {
    REQUEST_PRE_VOTE,
    PRE_VOTE,
    REQUEST_VOTE,
    VOTE,
    APPEND_ENTRIES,
    APPENDED,
};
enum timer { ELECTION, HEARTBEAT, FLUSH };
enum note { ELECTED, STEPPED_DOWN, COMMITS };
enum draw { TIMEOUT };
enum metric { ELECTIONS, LEADERSHIPS, BATCH, READ_ROUNDS, LEASE_READS };
enum mark {
    DEPOSED,
    LOST_QUORUM,
    NO_WINNER,
    REFUSED_LOG,
    REFUSED_TAKEN,
    REFUSED_LED,
    STALE_LEADER,
    GAP,
    LOGS_PART,
    TRUNCATED,
    RESENT,
    HELD_BACK,
    OVERWRITTEN,
    READ_EARLY,
    READ_UNLEASED,
    READERS_LEFT,
    RECOVERED,
    TORN_TAIL,
    ROTTEN_LOG,
    UNREADABLE_VOTE,
    FULL_DISK,
    DISK_ERROR,
};
enum log { LOG };
enum bug {
    VOTE_NOT_PERSISTED,
    VOTE_CLEARED_BY_EQUAL_TERM_APPEND,
    VOTE_IGNORES_LOG,
    ACK_BEFORE_SYNC,
    LOCAL_READS,
    READ_INDEX_BEFORE_OWN_COMMIT,
    LEASE_IGNORES_DRIFT,
    NO_DEDUPLICATION,
    COMMITS_OLDER_TERM,
};

/* raft.c */
void raft_become_follower(struct sim_seat *me, int64_t term, int64_t leader);
void raft_expect_leader(struct sim_seat *me); /* restarts the election timeout */
void raft_persist(struct sim_seat *me); /* all that an answer rests on; what follows leaves then */
void raft_halt(struct sim_seat *me, unsigned mark, const char *reason);

/* raft_replication.c */
int64_t raft_term_at(const struct sim_seat *me, int64_t index); /* 0 at index 0 */
void raft_lead(struct sim_seat *me);
void raft_stop_leading(struct sim_seat *me);
void raft_on_heartbeat(struct sim_seat *me);
void raft_on_flush(struct sim_seat *me);
void raft_on_synced(struct sim_seat *me, const void *context);
void raft_on_append_entries(struct sim_seat *me, const struct sim_message *message);
void raft_on_appended(struct sim_seat *me, const struct sim_message *message);
void raft_on_request(struct sim_seat *me, const struct sim_request *request);
void raft_send_heartbeat(struct sim_seat *me, uint32_t member);
void raft_turn_away(struct sim_seat *me, struct sim_ticket ticket);
/* Room for one more item behind the last: ITEMS, moved if need be. */
void *raft_make_room(struct sim_seat *me, struct queue *queue, void *items, size_t size);

/* raft_reads.c */
/* Answers a read that needs no log entry, now or later; false: this one goes through the log. */
bool raft_on_read(struct sim_seat *me, const struct sim_request *request);
void raft_begin_rounds(struct sim_seat *me); /* of a new leader, before its first entry */
void raft_open_round(struct sim_seat *me);   /* what is sent from now on belongs to a new round */
bool raft_wants_round(struct sim_seat *me);
/* MEMBER answered a message of ROUND. */
void raft_count_round(struct sim_seat *me, uint32_t member, int64_t round);
void raft_serve_reads(struct sim_seat *me); /* those that wait for nothing any more */
void raft_turn_readers_away(struct sim_seat *me);

/* raft_invariants.c: what the judge remembers of a group. A *chain* is a hash over a log from its
 * first entry up to one index, so two equal chains are two equal prefixes. */
struct place { /* one (index, term) that some log held */
    int64_t term;
    uint64_t chain;
    uint32_t member; /* who held it first */
    uint32_t other;  /* 1 + place in `others` of the next term at this index; 0: none */
};

struct commitment {
    int64_t term; /* in which it was committed, not that of the entry */
    uint64_t chain;
    uint32_t member; /* who was the first */
};

struct watched {
    uint64_t *chains; /* [index] */
    size_t capacity;
    int64_t length;
    int64_t commit;
    int64_t led; /* the last term that it led; 0: none */
};

struct ledger {
    uint32_t *leaders; /* [term]: member + 1 */
    size_t leaders_capacity;
    struct place *places; /* [index] */
    size_t places_capacity;
    struct place *others;
    size_t others_capacity;
    uint32_t others_count;
    struct commitment *commitments; /* [index] */
    size_t commitments_capacity;
    int64_t committed;
    struct watched *members;
};

void raft_judge(struct sim_judge *judge, uint32_t member);

#endif
