/* single.c - a store on one node: nothing to agree on, and nothing left when it fails.
 *
 * The baseline of every comparison. It is linearizable and available as long as the node and the
 * way to it are; a partition takes it from those on the other side, a crash from everybody. This is
 * what "CA" can mean (Gilbert and Lynch, "Brewer's Conjecture and the Feasibility of Consistent,
 * Available, Partition-Tolerant Web Services", SIGACT News 2002: "systems that ... are consistent
 * and available ... when there are no partitions").
 *
 * A change is written to a log before it is applied, and acknowledged once it is durable; changes
 * that come while a sync is under way share the next one (group commit: Gawlick and Kinkade,
 * "Varieties of Concurrency Control in IMS/VS Fast Path", 1985). `durable: false` acknowledges what
 * only the disk's cache holds: after a crash the log is as long as what it had written back. */
#include "models/parts/sessions.h"

#include <assert.h>
#include <string.h>

struct params {
    bool durable;
};

static const struct sim_field params_fields[] = {
    SIM_BOOLEAN(struct params, durable, "true",
                "acknowledge a change when it is on disk, not when it is in the disk's cache"),
    { 0 },
};

struct waiting {
    struct sim_ticket ticket;
};

struct state {
    int64_t applied;
    /* not described: */
    bool syncing;
    struct waiting *waiting; /* for the entries behind `applied`, in their order */
    uint32_t count, capacity;
    struct kv kv;
    struct sessions sessions;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, applied, "changes that took effect"),
    { 0 },
};

SIM_RECORD(change, kind, key, argument, second, session, sequence);

enum log { LOG };
enum metric { CHANGES, SYNCS };
enum mark { RECOVERED, SHARED };
enum bug { ACK_BEFORE_SYNC };

static bool apply(struct sim_seat *me, const struct change *c, bool wanted,
                  struct kv_result *result)
{
    struct state *s = sim_state(me);
    struct sim_operation o = { c->kind, c->key, c->argument, c->second };
    struct store_session session = { c->session, c->sequence };

    s->applied++;
    return sessions_apply(me, &s->sessions, &s->kv, &o, session, wanted, result);
}

static void answer(struct sim_seat *me, struct sim_ticket ticket, const struct kv_result *result)
{
    sim_reply_blob(me, ticket,
                   &(struct store_reply){ result->status, result->value, STORE_NO_HINT },
                   result->list);
}

/* The oldest of those who wait get their answers: what they asked for is durable. */
static void apply_up_to(struct sim_seat *me, int64_t length)
{
    struct state *s = sim_state(me);
    uint32_t done = 0;

    while (s->applied < length) {
        struct change c = *(const struct change *)sim_log_record(me, LOG, (uint64_t)s->applied);
        struct kv_result result;

        assert(done < s->count);
        if (apply(me, &c, true, &result))
            answer(me, s->waiting[done].ticket, &result);
        done++;
    }
    s->count -= done;
    if (done > 0)
        memmove(s->waiting, s->waiting + done, s->count * sizeof(struct waiting));
}

static void sync_log(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    int64_t length = (int64_t)sim_log_length(me, LOG);

    if (s->syncing || s->applied == length)
        return;
    if (length - s->applied > 1)
        sim_reached(me, SHARED);
    s->syncing = true;
    sim_count(me, SYNCS, 1);
    sim_sync_then(me, &length, sizeof length);
}

static void on_synced(struct sim_seat *me, const void *context)
{
    struct state *s = sim_state(me);
    int64_t length;

    memcpy(&length, context, sizeof length);
    s->syncing = false;
    apply_up_to(me, length);
    sync_log(me);
}

static void remember(struct sim_seat *me, struct sim_ticket ticket)
{
    struct state *s = sim_state(me);
    uint32_t more = s->capacity == 0 ? 16 : 2 * s->capacity;

    if (s->count == s->capacity) {
        s->waiting = sim_regrow(me, s->waiting, s->capacity * sizeof(struct waiting),
                                more * sizeof(struct waiting));
        s->capacity = more;
    }
    s->waiting[s->count++] = (struct waiting){ ticket };
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct sim_operation o = store_operation_of(request);
    struct store_session session = store_session_of(request);
    struct change c = { o.kind, o.key, o.argument, o.second, session.session, session.sequence };

    if (o.kind == SIM_READ) {
        struct kv_result result = kv_apply(me, &s->kv, &o, true);

        answer(me, request->ticket, &result);
        return;
    }
    sim_count(me, CHANGES, 1);
    if (sim_append(me, LOG, &c, NULL) != SIM_DISK_FINE) /* the node stops for good */
        return;
    remember(me, request->ticket);
    if (!p->durable || sim_bug(me, ACK_BEFORE_SYNC))
        apply_up_to(me, (int64_t)sim_log_length(me, LOG));
    else
        sync_log(me);
}

/* What the log holds after a restart is all that there is. */
static void on_start(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    int64_t length = (int64_t)sim_log_length(me, LOG);

    kv_init(&s->kv);
    sessions_init(&s->sessions);
    if (length > 0)
        sim_reached(me, RECOVERED);
    while (s->applied < length) {
        struct change c = *(const struct change *)sim_log_record(me, LOG, (uint64_t)s->applied);
        struct kv_result result;

        apply(me, &c, false, &result);
    }
}

/* durable: a change that was acknowledged is there after a restart. */
struct watched {
    int64_t applied;
};

static void judge(struct sim_judge *judge, uint32_t member)
{
    const struct params *p = sim_judge_params(judge);
    const struct state *s = sim_judge_state(judge, member);
    struct watched *w = sim_judge_memory(judge);
    char name[64];

    if (p->durable && s->applied < w->applied)
        sim_violated(judge, "durable", "%s had acknowledged %lld changes and holds %lld",
                     sim_judge_name(judge, member, name), (long long)w->applied,
                     (long long)s->applied);
    w->applied = s->applied;
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char why[] = "a store on a single node has one node: `count` has to be 1";

    (void)params;
    if (members == 1)
        return NULL;
    memcpy(text, why, sizeof why);
    return "count";
}

/* The log is kept as a whole. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);
    uint64_t length = sim_log_length(me, LOG);

    kv_tell(&s->kv, ledger);
    for (uint64_t i = 0; i < length; i++) {
        const struct change *c = sim_log_record(me, LOG, i);

        if (c->kind == SIM_WRITE || c->kind == SIM_DELETE)
            sim_ledger_applied(ledger, c->key, c->kind == SIM_WRITE ? c->argument : SIM_NIL);
    }
    sim_ledger_complete(ledger);
}

const struct sim_model single_model = {
    .name = "single",
    .summary = "a store on one node, durable or not",
    .source = "Gawlick and Kinkade, Varieties of Concurrency Control in IMS/VS Fast Path, 1985",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .serves = { { &store_interface, on_request } },
    .logs = { [LOG] = { "changes", SIM_WORDS(change) } },
    .metrics = {
        [CHANGES] = { "changes", SIM_COUNTER, "requests that change a key" },
        [SYNCS] = { "syncs", SIM_COUNTER, "syncs of the log begun" },
    },
    .marks = {
        [RECOVERED] = { "recovered", "the node restarts with a log" },
        [SHARED] = { "shared", "several changes share a sync" },
    },
    .bugs = { [ACK_BEFORE_SYNC] = "ack_before_sync" },
    .invariant = { sizeof(struct watched), judge, { "durable" } },
    .start = on_start,
    .holds = on_holds,
    .synced = on_synced,
    .check = check,
};
