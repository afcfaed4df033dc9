/* raft.h - what the files of the Raft model share; private to this folder.
 *
 * raft.c holds terms, votes and roles (section 5.2 and 5.4.1 of the paper), raft_replication.c the
 * log, the commit index and the clients (5.3, 5.4.2, 8), raft_invariants.c the judge (figure 3),
 * which trusts none of the others. */
#ifndef MODELS_CONSENSUS_RAFT_H
#define MODELS_CONSENSUS_RAFT_H

#include "models/parts/kv.h"
#include "sim/world/model.h"

enum { WINDOW_MAX = 16, NOBODY = -1 };

struct params {
    const struct sim_distribution *election_timeout;
    sim_time heartbeat;
    bool pre_vote, check_quorum;
    sim_time batch_delay;
    int64_t batch, window;
    /* derived */
    sim_time least;    /* of election_timeout */
    sim_time patience; /* how long a leader does without a majority's answers */
};

enum role { FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER };

/* What a leader knows of a member, and a candidate of a voter. */
struct peer {
    int64_t next, match;
    int64_t ends[WINDOW_MAX]; /* last indices of the batches in flight, oldest first */
    int64_t in_flight;
    int64_t match_at_tick; /* what `match` was at the last heartbeat, if a batch was in flight; else
                              NOBODY */
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
    uint32_t waiting_first, waiting_count, waiting_capacity;
    struct kv kv;
};

/* Persistent state, with the log: figure 2, "updated on stable storage before responding to RPCs".
 */
struct disk {
    int64_t term, voted_for; /* voted_for: member + 1; 0: nobody */
};

/* A log entry. `operation` is a kind of struct sim_operation or NO_OPERATION. Index 1 is the first.
 */
SIM_RECORD(entry, term, operation, key, argument, second);
enum { NO_OPERATION = -1, ENTRY_WORDS = 5 };

SIM_RECORD(request_vote, term, last, last_term);
SIM_RECORD(vote, term, granted);
/* The blob holds `count` entries of ENTRY_WORDS words; none: a heartbeat. */
SIM_RECORD(append_entries, term, previous, previous_term, commit, count);
/* index: the last that is known to match; or, without success, the `previous` that did not. hint:
 * try from there. */
SIM_RECORD(appended, term, success, index, hint);

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
enum metric { ELECTIONS, LEADERSHIPS, BATCH };
enum log { LOG };
enum bug { VOTE_NOT_PERSISTED, VOTE_CLEARED_BY_EQUAL_TERM_APPEND, VOTE_IGNORES_LOG };

/* raft.c */
void raft_become_follower(struct sim_seat *me, int64_t term, int64_t leader);
void raft_expect_leader(struct sim_seat *me); /* restarts the election timeout */
void raft_persist(struct sim_seat *me); /* all that an answer rests on; what follows leaves then */

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
