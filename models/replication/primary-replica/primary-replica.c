/* primary-replica.c - one node takes all changes and passes them on; the others hold copies.
 *
 * Alsberg and Day, "A Principle for Resilient Sharing of Distributed Resources", ICSE 1976: all
 * changes go to the primary host, which passes them to its backups; how many of them have to have
 * it before the user is answered is the resiliency that is paid for with latency. Here that is
 * `replication`:
 *
 *   async      answered when the primary has it; what was not passed on yet dies with it
 *   semi-sync  answered when `acknowledgements` replicas have it, or after `fallback` without them:
 *              from then on as async, until so many have caught up. MySQL's rpl_semi_sync: 1, 10 s,
 *              and the change is visible only once it may be answered (AFTER_SYNC)
 *   majority   answered when most of all members have it, however long that takes
 *   sync       answered when all have it: one that is away stops every change
 *
 * The primary writes to its own disk first and sends what is durable there. A replica applies what
 * it has at once, so its copy may be behind the primary or, of what is not answered yet, ahead.
 *
 * Epochs fence: every message carries one, members refuse a primary of an earlier epoch and tell
 * it, and it becomes a replica. Its log is cut off where it went another way than that of the new
 * primary: what it had answered on its own is lost, and it notes each such change. Who is promoted
 * is decided by monitors from outside (`failover: monitor`, failover-monitor.c) or by a vote of the
 * replicas, of which a majority only votes for one whose log is not behind its own. A primary that
 * reaches no majority cannot know whether it was replaced; `isolated` says what it does then.
 *
 * With `majority`, `failover: majority` and `isolated: stops` this is a consensus protocol (and as
 * safe, as long as clocks run evenly); all else is cheaper and loses something. */
#include "models/replication/primary-replica/primary_replica.h"

#include <string.h>

static const char *const replication_names[] = { "async", "semi-sync", "majority", "sync", NULL };
static const char *const reads_names[] = { "primary", "any", NULL };
static const char *const failover_names[] = { "none", "monitor", "majority", NULL };
static const char *const isolated_names[] = { "serves", "stops", NULL };
static const char *const role_names[] = { "replica", "candidate", "primary", NULL };

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, replication, "async", replication_names,
               "who has to have a change before it is answered: the primary, some replicas for a "
               "while, a majority of all, or all"),
    SIM_INTEGER(struct params, acknowledgements, "1", "1", "1000",
                "of semi-sync: how many replicas"),
    SIM_DURATION(struct params, fallback, "10s", "1us", "36500d",
                 "of semi-sync: how long they are waited for"),
    SIM_CHOICE(struct params, reads, "primary", reads_names,
               "who answers reads: the primary, or whoever is asked; a replica's answer says that "
               "it may be stale"),
    SIM_CHOICE(struct params, failover, "none", failover_names,
               "who replaces a primary: nobody, monitors (failover-monitor), or a majority of the "
               "members"),
    SIM_DISTRIBUTION(struct params, patience, "1s..2s", "1us", "1h",
                     "of `failover: majority`: how long a replica waits for its primary before it "
                     "stands for election; drawn each time. The least of it is how long a primary "
                     "does without a majority before it is isolated"),
    SIM_CHOICE(struct params, isolated, "serves", isolated_names,
               "what a primary does that reaches no majority: it goes on, or turns everybody away"),
    SIM_DURATION(struct params, heartbeat, "100ms", "1us", "1h", "gap between heartbeats"),
    SIM_BOOLEAN(struct params, durable, "true",
                "what a member says it has is on its disk, not in the disk's cache"),
    SIM_INTEGER(struct params, batch, "256", "1", "65536", "most entries in one message"),
    { 0 },
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, role, role_names, "replica, candidate or primary"),
    SIM_WATCHED(struct state, epoch, "of the primary that it follows or is"),
    SIM_WATCHED(struct state, heard_epoch, "the latest epoch that it heard of"),
    SIM_WATCHED(struct state, last, "index of the last entry in the log"),
    SIM_WATCHED(struct state, commit, "up to here clients may be answered, as far as known"),
    SIM_WATCHED(struct state, primary, "member that it takes for the primary; else -1"),
    SIM_STATE(struct state, behind, "entries that its primary had more, when last heard of"),
    SIM_STATE(struct state, lost, "changes that it had answered as a primary and had to drop"),
    { 0 },
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, epoch, "the latest epoch that it took part in"),
    SIM_STATE(struct disk, primary, "of that epoch: member + 1; 0: not known"),
    { 0 },
};

/* -- roles and epochs -------------------------------------------------------------------------- */

void replica_save(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    d->epoch = s->epoch;
    d->primary = s->primary + 1;
    sim_write(me);
    sim_sync(me);
}

void replica_hear_epoch(struct sim_seat *me, int64_t epoch)
{
    struct state *s = sim_state(me);

    if (epoch > s->heard_epoch)
        s->heard_epoch = epoch;
}

void replica_become_primary(struct sim_seat *me, int64_t epoch)
{
    struct state *s = sim_state(me);

    s->role = PRIMARY;
    s->epoch = epoch;
    s->primary = sim_self(me);
    s->behind = 0;
    replica_hear_epoch(me, epoch);
    replica_save(me);
    sim_cancel(me, ELECTION);
    sim_count(me, PROMOTIONS, 1);
    sim_note(me, PROMOTED, &(struct promoted){ epoch, s->last, s->last_epoch });
    replica_lead(me);
}

/* Also of who is a replica already, and now follows somebody else. */
void replica_become_replica(struct sim_seat *me, int64_t epoch, int64_t primary)
{
    struct state *s = sim_state(me);
    bool led = s->role == PRIMARY, news = epoch != s->epoch || primary != s->primary;

    s->role = REPLICA;
    s->epoch = epoch;
    s->primary = primary;
    replica_hear_epoch(me, epoch);
    if (led) {
        sim_reached(me, FENCED);
        replica_stop_leading(me);
        sim_note(me, DEMOTED, &(struct demoted){ epoch, primary });
    }
    if (news)
        replica_save(me);
    replica_expect_primary(me);
}

void replica_give_way(struct sim_seat *me, int64_t epoch)
{
    const struct state *s = sim_state(me);

    replica_hear_epoch(me, epoch);
    if (s->role == PRIMARY && epoch > s->epoch && !sim_bug(me, NO_FENCING))
        replica_become_replica(me, epoch, NOBODY);
}

/* With an election, the time since a majority was heard is a lease: who has heard of a primary
 * within the least patience votes for nobody else. */
bool replica_is_in_touch(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t i, members = sim_members(me), count = 1;

    for (i = 0; i < members; i++)
        count += i != sim_self(me) && sim_now(me) - s->peers[i].heard <= p->least;
    return count > members / 2;
}

/* -- monitors ---------------------------------------------------------------------------------- */

static void on_promote(struct sim_seat *me, const struct failover_promote *m)
{
    const struct state *s = sim_state(me);

    if (m->epoch > s->epoch && m->epoch >= s->heard_epoch)
        replica_become_primary(me, m->epoch);
}

static void on_follow(struct sim_seat *me, const struct failover_follow *m)
{
    const struct state *s = sim_state(me);

    replica_hear_epoch(me, m->epoch);
    if (s->role == PRIMARY && sim_bug(me, NO_FENCING))
        return;
    if (m->epoch > s->epoch || (m->epoch == s->epoch && s->primary == NOBODY))
        replica_become_replica(me, m->epoch, m->primary);
}

static void on_failover(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (p->failover == FAILOVER_MONITOR && request->operation == FAILOVER_PROMOTE)
        on_promote(me, request->body);
    else if (p->failover == FAILOVER_MONITOR && request->operation == FAILOVER_FOLLOW)
        on_follow(me, request->body);
    sim_reply(me, request->ticket,
              &(struct failover_status){ s->role == PRIMARY, s->epoch, s->primary, s->last,
                                         s->last_epoch });
}

/* -- clients ----------------------------------------------------------------------------------- */

static void turn_away(struct sim_seat *me, struct sim_ticket ticket)
{
    const struct state *s = sim_state(me);
    bool known = s->primary != NOBODY && s->primary != sim_self(me);

    sim_reply(me, ticket,
              &(struct store_reply){ known ? STORE_REDIRECT : STORE_UNAVAILABLE, SIM_NIL,
                                     known ? s->primary : STORE_NO_HINT });
}

static void read(struct sim_seat *me, const struct sim_request *request, int64_t status)
{
    struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    struct kv_result result = kv_apply(me, &s->kv, &o, true);

    if (status == STORE_STALE)
        sim_count(me, STALE_READS, 1);
    sim_reply_blob(me, request->ticket,
                   &(struct store_reply){ status, result.value, STORE_NO_HINT }, result.list);
}

/* A primary whose predecessors' entries may not be on a majority yet does not know what was
 * answered: where that matters it waits for its own first entry to come through. */
static bool serves(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (s->role != PRIMARY)
        return false;
    if (p->isolated == STOPS && !replica_is_in_touch(me)) {
        sim_reached(me, ISOLATED);
        return false;
    }
    if (p->replication == MAJORITY && s->commit < s->own) {
        sim_reached(me, UNOPENED);
        return false;
    }
    return true;
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    bool is_read = request->operation == STORE_READ, served = serves(me);

    if (is_read && served)
        read(me, request, STORE_OK);
    else if (is_read && p->reads == READS_ANY && s->role != PRIMARY)
        read(me, request, STORE_STALE);
    else if (served)
        replica_write(me, request);
    else
        turn_away(me, request->ticket);
}

/* -- the start --------------------------------------------------------------------------------- */

/* At first member 0 is the primary. One that restarts as it was goes on in an epoch of its own,
 * since it may have lost what replicas have; unless the members elect: then it may have been
 * replaced, and asks for votes like any other. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);
    bool fresh = d->epoch == 0;

    s->epoch = fresh ? FAILOVER_EPOCH : d->epoch;
    s->primary = fresh ? 0 : d->primary - 1;
    s->role = REPLICA;
    s->has_heard = true; /* perhaps it promised a moment ago not to vote */
    s->heard_at = sim_now(me);
    replica_hear_epoch(me, s->epoch);
    s->peers = sim_new(me, sim_members(me) * sizeof(struct peer));
    s->matches = sim_new(me, sim_members(me) * sizeof(int64_t));
    replica_recover(me);
    if (s->primary == sim_self(me) && (fresh || p->failover != FAILOVER_MAJORITY)) {
        if (!fresh)
            sim_reached(me, RESUMED);
        replica_become_primary(me, fresh ? s->epoch : s->epoch + 1);
        return;
    }
    if (s->primary == sim_self(me))
        s->primary = NOBODY;
    replica_expect_primary(me);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char too_long[] =
        "has to be at most half of the least patience, or a primary that is alive is given up";
    static const char too_many[] = "is more than there are replicas, which are `count` - 1";
    struct params *p = params;

    p->least = sim_distribution_least(p->patience);
    if (p->heartbeat > p->least / 2) {
        memcpy(text, too_long, sizeof too_long);
        return "heartbeat";
    }
    if (p->replication == SEMI_SYNC && p->acknowledgements >= members) {
        memcpy(text, too_many, sizeof too_many);
        return "acknowledgements";
    }
    return NULL;
}

/* The log is kept as a whole; what replicas have of it that the primary has not is cut off there.
 * Of several that take themselves for the primary the one of the latest epoch is. */
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
    if (s->role == PRIMARY)
        sim_ledger_authority(ledger, s->epoch);
}

#define MONGODB                                                                                    \
    { "failover", "majority" }, { "patience", "10s..11500ms" }, { "heartbeat", "2s" },             \
        { "isolated", "stops" },                                                                   \
    {                                                                                              \
        "reads", "primary"                                                                         \
    }
static const char mongodb[] =
    "MongoDB manual: Replica Set Elections (10 s, heartbeats every 2 s, a primary that sees a "
    "minority steps down), Write Concern, Acknowledgment Behavior (w: 1 in memory, majority on "
    "disk); its server adds up to 15 % (replElectionTimeoutOffsetLimitFraction 0.15)";
static const char postgres[] =
    "PostgreSQL 16 documentation, 27.2.5 Streaming Replication (asynchronous by default), 27.2.8 "
    "Synchronous Replication; settings of the Primary Server (synchronous_standby_names, ANY)";
static const char mysql[] =
    "MySQL 8.4 Reference Manual, 19 Replication (asynchronous by default), 19.4.10.2 Configuring "
    "Semisynchronous Replication (rpl_semi_sync_source_timeout 10000, "
    "rpl_semi_sync_source_wait_for_replica_count 1)";

static const struct sim_preset presets[] = {
    { "mongodb-majority",
      "MongoDB, write concern majority, reads of the primary",
      mongodb,
      { { "replication", "majority" }, MONGODB } },
    { "mongodb-w1",
      "MongoDB, write concern 1, reads of the primary",
      mongodb,
      { { "replication", "async" }, { "durable", "false" }, MONGODB } },
    { "mysql-async",
      "MySQL, asynchronous replication",
      mysql,
      { { "replication", "async" }, { "failover", "none" } } },
    { "mysql-semi-sync",
      "MySQL, semi-synchronous for 10 s, then asynchronous",
      mysql,
      { { "replication", "semi-sync" },
        { "acknowledgements", "1" },
        { "fallback", "10s" },
        { "failover", "none" } } },
    { "postgres-async",
      "PostgreSQL, streaming replication as it is by default",
      postgres,
      { { "replication", "async" }, { "failover", "none" } } },
    { "postgres-sync",
      "PostgreSQL, synchronous_standby_names = 'ANY 1 (*)'",
      postgres,
      { { "replication", "semi-sync" },
        { "acknowledgements", "1" },
        { "fallback", "36500d" },
        { "failover", "none" } } },
    { "redis-sentinel",
      "Redis, asynchronous, with sentinels, without an append-only file",
      "Redis documentation: Redis replication (asynchronous by default), Redis persistence and "
      "redis.conf (appendonly no), High availability with Redis Sentinel",
      { { "replication", "async" }, { "failover", "monitor" }, { "durable", "false" } } },
    { 0 },
};

const struct sim_model primary_replica_model = {
    .name = "primary-replica",
    .alias = "master-slave",
    .summary = "one node takes all changes and passes them on to copies; failover by monitors or "
               "by vote",
    .source = "Alsberg and Day, A Principle for Resilient Sharing of Distributed Resources, ICSE "
              "1976",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .presets = presets,
    .messages = {
        [REPLICATE] = { "replicate", SIM_WORDS(replicate), replica_on_replicate },
        [ACKNOWLEDGE] = { "acknowledge", SIM_WORDS(acknowledge), replica_on_acknowledge },
        [REQUEST_VOTE] = { "request-vote", SIM_WORDS(request_vote), replica_on_request_vote },
        [VOTE] = { "vote", SIM_WORDS(vote), replica_on_vote },
    },
    .timers = {
        [HEARTBEAT] = { "heartbeat", replica_on_heartbeat, false },
        [ELECTION] = { "election", replica_on_election, false },
        [FALLBACK] = { "fallback", replica_on_fallback, false },
    },
    .notes = {
        [PROMOTED] = { "promoted", SIM_WORDS(promoted) },
        [DEMOTED] = { "demoted", SIM_WORDS(demoted) },
        [LOST] = { "lost", SIM_WORDS(lost) },
        [FELL_BACK] = { "fell-back", SIM_WORDS(fell_back) },
        [CAUGHT_UP] = { "caught-up", SIM_WORDS(caught_up) },
    },
    .serves = { { &store_interface, on_request }, { &failover_interface, on_failover } },
    .logs = { [LOG] = { "log", SIM_WORDS(entry) } },
    .metrics = {
        [LAG] = { "lag", SIM_DURATIONS,
                  "from writing an entry on the primary to applying it on a replica, by their "
                  "wall clocks" },
        [PROMOTIONS] = { "promotions", SIM_COUNTER, "times that a member became the primary" },
        [FALLBACKS] = { "fallbacks", SIM_COUNTER, "times that a primary stopped waiting" },
        [TRUNCATED] = { "truncated", SIM_COUNTER, "changes dropped by a replica that rejoins" },
        [LOST_CHANGES] = { "lost", SIM_COUNTER,
                           "of these, answered before by the member that drops them" },
        [STALE_READS] = { "stale-reads", SIM_COUNTER, "reads that a replica answered" },
    },
    .marks = {
        [FENCED] = { "fenced", "a primary learns of a later epoch and steps back" },
        [STALE_PRIMARY] = { "stale-primary", "a primary of an earlier epoch is turned away" },
        [GAP] = { "gap", "a replica lacks what the entries that came follow on" },
        [LOGS_PART] = { "logs-part", "a replica's log went another way than the primary's" },
        [RESENT] = { "resent", "a primary sends again what was not answered" },
        [ISOLATED] = { "isolated", "a primary without a majority turns a client away" },
        [REFUSED_LOG] = { "refused-log", "no vote, for the candidate's log is behind" },
        [REFUSED_LED] = { "refused-led", "no vote, for a primary was heard of a moment ago" },
        [RESUMED] = { "resumed", "a primary restarts before anybody replaced it" },
        [FORGOTTEN] = { "forgotten", "a replica lacks what it had acknowledged" },
        [UNOPENED] = { "unopened", "a client comes before a new primary's first entry is through" },
    },
    .draws = { [PATIENCE] = "patience" },
    .bugs = { [NO_FENCING] = "no_fencing", [PROMOTE_ANY] = "promote_any" },
    .invariant = { sizeof(struct ledger),
                   replica_judge,
                   { "one-primary-per-epoch", "log-matching", "fenced", "majority-kept" } },
    .start = on_start,
    .holds = on_holds,
    .synced = replica_on_synced,
    .check = check,
};
