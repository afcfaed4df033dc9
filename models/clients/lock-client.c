/* lock-client.c - works under a lock: takes it, works, writes what came of it, gives it back.
 *
 * Each lane takes the lock of a key, works for a while and writes the token of its grant to the
 * key; so the history tells whose write was accepted after whose (the checker fencing). A lane that
 * is paused while it works, by a garbage collector or a fault, goes on afterwards as if nothing had
 * been: it cannot tell. `looks: true` looks at the own clock before it writes, and gives up what is
 * over; that narrows the gap, and does not close it, for the write itself takes its time. */
#include "models/parts/lock.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

struct params {
    int64_t processes, keys;
    const struct sim_distribution *think, *work;
    bool looks;
    sim_time timeout, again;
};

static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, processes, "1", "1", "1000", "lanes per node"),
    SIM_INTEGER(struct params, keys, "1", "1", "1000000", "how many locks there are"),
    SIM_DISTRIBUTION(struct params, think, "100ms", "0", "1d", "pause before a lock is asked for"),
    SIM_DISTRIBUTION(struct params, work, "100ms", "0", "1d", "how long a lane works under it"),
    SIM_BOOLEAN(struct params, looks, "false",
                "whether a lane looks at its clock before it writes, and gives up a lease that is "
                "over"),
    SIM_DURATION(struct params, timeout, "1s", "1us", "1d", "of each request"),
    SIM_DURATION(struct params, again, "50ms", "1us", "1h",
                 "pause before a lock is asked for again that somebody holds"),
    { 0 },
};

enum { LANES_PER_START = 1 << 20 };

struct lane {
    int64_t key, token;
    sim_time until; /* by the own clock, counted from when the lock was asked for */
    sim_time asked;
    uint64_t id;
    uint32_t process; /* of the history: a new one after an unknown outcome */
};

struct state {
    int64_t ok, fenced, given_up;
    /* not described: */
    int64_t starts;
    uint32_t processes;
    struct lane *lanes;
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, ok, "writes that were taken"),
    SIM_STATE(struct state, fenced, "writes that were turned away"),
    SIM_STATE(struct state, given_up, "works given up because the lease was over"),
    { 0 },
};

struct disk {
    int64_t starts;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, starts, "how often the node started"),
    { 0 },
};

enum later { THOUGHT, WORKED };
enum site { ACQUIRE, WRITE, RELEASE };
enum draw { KEY, THINK, WORK };
enum metric { WAITED, GIVEN_UP };
enum mark { OVER, UNANSWERED };

static uint32_t number_of(const void *context)
{
    uint32_t number;

    memcpy(&number, context, sizeof number);
    return number;
}

static struct lane *lane_of(struct sim_seat *me, const void *context)
{
    struct state *s = sim_state(me);

    return &s->lanes[number_of(context)];
}

static void think(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->lanes[number].key = sim_uniform(me, KEY, 0, p->keys);
    sim_later(me, THOUGHT, sim_sample(me, THINK, p->think), &number, sizeof number);
}

/* Who asks keeps its name while it asks, but a later life is somebody else. */
static void on_thought(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    struct lane *lane = lane_of(me, context);
    uint32_t number = number_of(context);
    int64_t holder = sim_node(me) * INT64_C(1000000000000) + s->starts * 1000000 + number + 1;

    lane->asked = sim_now(me);
    sim_call(me, ACQUIRE, 0, p->timeout, &number, sizeof number,
             &(struct lock_acquire){ lane->key, holder });
}

static void on_acquired(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    const struct lock_reply *reply = outcome->body;
    struct lane *lane = lane_of(me, outcome->context);
    uint32_t number = number_of(outcome->context);

    if (outcome->status != SIM_REPLIED || reply->status != LOCK_DONE) {
        sim_count(me, WAITED, 1);
        sim_later(me, THOUGHT, p->again, &number, sizeof number);
        return;
    }
    lane->token = reply->token;
    lane->until = lane->asked + reply->left;
    sim_later(me, WORKED, sim_sample(me, WORK, p->work), &number, sizeof number);
}

static void on_worked(struct sim_seat *me, const void *context)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct lane *lane = lane_of(me, context);
    uint32_t number = number_of(context);
    struct sim_operation o = { SIM_WRITE, lane->key, lane->token, 0 };
    struct store_request request = store_request_of(&o, (struct store_session){ 0, 0 });

    if (sim_now(me) >= lane->until)
        sim_reached(me, OVER);
    if (p->looks && sim_now(me) >= lane->until) {
        s->given_up++;
        sim_count(me, GIVEN_UP, 1);
        think(me, number);
        return;
    }
    lane->id = sim_invoke(me, lane->process, &o);
    sim_call(me, WRITE, 0, p->timeout, &number, sizeof number, &request);
}

static void on_written(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    const struct store_reply *reply = outcome->body;
    struct state *s = sim_state(me);
    struct lane *lane = lane_of(me, outcome->context);
    uint32_t number = number_of(outcome->context);
    enum sim_operation_status status = SIM_UNKNOWN;

    if (outcome->status != SIM_REPLIED && !outcome->not_done)
        sim_reached(me, UNANSWERED);
    else
        status = outcome->status == SIM_REPLIED && reply->status == STORE_OK ? SIM_OK : SIM_FAIL;
    s->ok += status == SIM_OK;
    s->fenced += status == SIM_FAIL;
    sim_complete(me, lane->id, status, SIM_NIL, NULL);
    if (status == SIM_UNKNOWN)
        lane->process = s->processes++;
    sim_call(me, RELEASE, 0, p->timeout, &number, sizeof number,
             &(struct lock_release){ lane->key, lane->token });
    think(me, number);
}

/* A lock that was not given back ends with its lease. */
static void on_released(struct sim_seat *me, const struct sim_outcome *outcome)
{
    (void)me;
    (void)outcome;
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    s->starts = d->starts++;
    s->processes = (uint32_t)s->starts * LANES_PER_START;
    sim_write(me);
    sim_sync(me);
    s->lanes = sim_new(me, (size_t)p->processes * sizeof(struct lane));
    for (uint32_t i = 0; i < (uint32_t)p->processes; i++) {
        s->lanes[i].process = s->processes++;
        think(me, i);
    }
}

static uint32_t operations(const void *params)
{
    (void)params;
    return 1u << SIM_WRITE;
}

const struct sim_model lock_client_model = {
    .name = "lock-client",
    .summary = "takes locks, works under them and writes the tokens to what they protect",
    .source = "Kleppmann, How to do distributed locking, 2016",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .laters = { [THOUGHT] = { "thought", on_thought }, [WORKED] = { "worked", on_worked } },
    .calls = {
        [ACQUIRE] = { "acquire", &lock_interface, LOCK_ACQUIRE, on_acquired },
        [WRITE] = { "write", &store_interface, STORE_WRITE, on_written },
        [RELEASE] = { "release", &lock_interface, LOCK_RELEASE, on_released },
    },
    .metrics = {
        [WAITED] = { "waited", SIM_COUNTER, "times that a lock was not to be had" },
        [GIVEN_UP] = { "given-up", SIM_COUNTER, "works given up because the lease was over" },
    },
    .marks = {
        [OVER] = { "over", "a lane has worked past the end of its lease" },
        [UNANSWERED] = { "unanswered", "a write got no answer in time" },
    },
    .draws = { [KEY] = "key", [THINK] = "think", [WORK] = "work" },
    .start = on_start,
    .operations = operations,
};
