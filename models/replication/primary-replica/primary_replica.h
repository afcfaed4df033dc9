/* primary_replica.h - what the files of the model share; private to this folder.
 *
 * primary-replica.c holds roles, epochs and clients, primary_replica_log.c the log and its way to
 * the replicas, primary_replica_election.c the failover by the replicas themselves,
 * primary_replica_invariants.c the judge. */
#ifndef MODELS_REPLICATION_PRIMARY_REPLICA_H
#define MODELS_REPLICATION_PRIMARY_REPLICA_H

#include "models/parts/failover.h"
#include "models/parts/sessions.h"

enum { NOBODY = FAILOVER_NOBODY };

enum replication { ASYNC, SEMI_SYNC, MAJORITY, SYNC };
enum reads { READS_PRIMARY, READS_ANY };
enum failover { FAILOVER_NONE, FAILOVER_MONITOR, FAILOVER_MAJORITY };
enum isolated { SERVES, STOPS };

struct params {
    int64_t replication; /* enum replication */
    int64_t acknowledgements;
    sim_time fallback;
    int64_t reads;    /* enum reads */
    int64_t failover; /* enum failover */
    const struct sim_distribution *patience;
    int64_t isolated; /* enum isolated */
    sim_time heartbeat;
    bool durable;
    int64_t batch;
    sim_time least; /* derived: of patience */
};

enum role { REPLICA, CANDIDATE, PRIMARY };

/* What a primary knows of a replica, and a candidate of a voter. */
struct peer {
    int64_t next, match;
    int64_t match_at_tick;
    sim_time heard; /* when the last message that it answered was sent, by the own clock */
    bool probing;   /* where the logs part is not known: one message at a time */
    bool waits;     /* for the answer to that one */
    bool granted;   /* its vote */
};

/* A client that waits for an entry. Sorted by index. */
struct waiting {
    int64_t index;
    sim_time since; /* by the own clock */
    struct sim_ticket ticket;
};

struct state {
    int64_t role, epoch, heard_epoch, last, commit, primary, behind, lost;
    /* not described: */
    int64_t last_epoch;
    int64_t applied;
    int64_t durable;   /* of a primary's log */
    int64_t told;      /* up to here clients were answered, in the epochs in which it led */
    int64_t own;       /* index of the first entry that it wrote when it led last */
    int64_t asked;     /* of a candidate: the epoch that it asks votes for */
    sim_time heard_at; /* from a primary, by the own clock */
    bool has_heard, syncing, trial;
    bool fallen; /* semi-synchronous, but gone on without the replicas */
    struct peer *peers;
    int64_t *matches; /* scratch: one per member */
    struct waiting *waiting;
    uint32_t first, count, capacity;
    struct kv kv;
    struct sessions sessions;
};

struct disk {
    int64_t epoch;
    int64_t primary; /* member + 1; 0: nobody known */
};

/* An entry of the log. `at`: the primary's wall clock when it was written. Index 1 is the first. */
SIM_RECORD(entry, epoch, operation, key, argument, second, session, sequence, at);
enum { NO_OPERATION = -1, ENTRY_WORDS = 8 };

/* The blob holds `count` entries; `last` is how far the primary's log goes, `sent` its clock. */
SIM_RECORD(replicate, epoch, previous, previous_epoch, count, commit, last, sent);
/* index: the last that is known to match; or, without success, the `previous` that did not. hint:
 * try from there, or REFUSED: not looked at, the epoch is over. sent: of the message that this
 * answers. */
SIM_RECORD(acknowledge, epoch, success, index, hint, sent);
enum { REFUSED = -1 };
/* trial: would you vote so, if asked? Nothing is promised. */
SIM_RECORD(request_vote, epoch, last, last_epoch, trial);
SIM_RECORD(vote, epoch, granted, trial);

SIM_RECORD(promoted, epoch, last, last_epoch);
SIM_RECORD(demoted, epoch, primary);
SIM_RECORD(lost, index, epoch, key, value, acknowledged);
SIM_RECORD(fell_back, index);
SIM_RECORD(caught_up, index);

enum message { REPLICATE, ACKNOWLEDGE, REQUEST_VOTE, VOTE };
enum timer { HEARTBEAT, ELECTION, FALLBACK };
enum note { PROMOTED, DEMOTED, LOST, FELL_BACK, CAUGHT_UP };
enum draw { PATIENCE };
enum metric { LAG, PROMOTIONS, FALLBACKS, TRUNCATED, LOST_CHANGES, STALE_READS };
enum mark {
    FENCED,
    STALE_PRIMARY,
    GAP,
    LOGS_PART,
    RESENT,
    ISOLATED,
    REFUSED_LOG,
    REFUSED_LED,
    RESUMED,
    UNOPENED,
    FORGOTTEN,
};
enum log { LOG };
enum bug { NO_FENCING, PROMOTE_ANY };

/* primary-replica.c */
void replica_become_primary(struct sim_seat *me, int64_t epoch);
void replica_become_replica(struct sim_seat *me, int64_t epoch, int64_t primary);
void replica_hear_epoch(struct sim_seat *me, int64_t epoch);
/* EPOCH is one that another member follows: a primary of an earlier one steps back. */
void replica_give_way(struct sim_seat *me, int64_t epoch);
void replica_save(struct sim_seat *me);
bool replica_is_in_touch(struct sim_seat *me); /* a primary with a majority */

/* primary_replica_log.c */
int64_t replica_epoch_at(const struct sim_seat *me, int64_t index); /* 0 at index 0 */
void replica_lead(struct sim_seat *me);
void replica_stop_leading(struct sim_seat *me);
void replica_write(struct sim_seat *me, const struct sim_request *request);
void replica_apply(struct sim_seat *me, int64_t index);
void replica_recover(struct sim_seat *me);
void replica_on_heartbeat(struct sim_seat *me);
void replica_on_fallback(struct sim_seat *me);
void replica_on_synced(struct sim_seat *me, const void *context);
void replica_on_replicate(struct sim_seat *me, const struct sim_message *message);
void replica_on_acknowledge(struct sim_seat *me, const struct sim_message *message);

/* primary_replica_election.c */
void replica_expect_primary(struct sim_seat *me); /* restarts the patience */
void replica_on_election(struct sim_seat *me);
void replica_on_request_vote(struct sim_seat *me, const struct sim_message *message);
void replica_on_vote(struct sim_seat *me, const struct sim_message *message);

/* primary_replica_invariants.c: what the judge remembers of a group. */
struct ledger {
    int64_t *epochs; /* [index]: of the entry there that a majority acknowledged */
    size_t capacity;
    int64_t length;
    int64_t *led; /* [member]: the last epoch that it was seen to lead in */
};

void replica_judge(struct sim_judge *judge, uint32_t member);

#endif
