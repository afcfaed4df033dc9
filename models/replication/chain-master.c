/* chain-master.c - the master of a chain: says who is in it, and in what order.
 *
 * Van Renesse and Schneider, "Chain Replication for Supporting High Throughput and Availability",
 * OSDI 2004, section 3: "a service, called the master, that detects failures of servers, informs
 * each server in the chain of its new predecessor or new successor in the new chain obtained by
 * deleting the failed server, informs clients which server is the head and which is the tail"; the
 * last of these the members do themselves here, by redirecting. Each configuration has an epoch and
 * is on disk before anybody hears of it.
 *
 * The paper's servers fail by stopping, and the master knows. Here it only hears nothing for
 * `down_after`, and whom it leaves out may be alive: so members answer reads under a lease that is
 * over by then (models/parts/chain.h).
 *
 * Who is left out and comes back is brought up behind the tail ("extending a chain"), one at a
 * time, and becomes the tail when it has caught up. Until it has everything that the one before it
 * had acknowledged, no configuration rests on it alone.
 *
 * There is one master, "a single process that never fails" (section 3 again; Paxos would replicate
 * it). While it is away nothing is reconfigured, and no lease is renewed. */
#include "models/parts/chain.h"

#include <assert.h>
#include <string.h>

struct params {
    sim_time every, down_after, lease;
};

static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, every, "200ms", "1us", "1h",
                 "gap between two looks at a member; a look waits as long for its answer"),
    SIM_DURATION(struct params, down_after, "1s", "1us", "1d",
                 "a member that was not heard of for so long is left out"),
    SIM_DURATION(struct params, lease, "800ms", "1us", "1d",
                 "so long after it was last heard of a member may answer reads; by how much it is "
                 "less than `down_after` clocks may differ in rate"),
    { 0 },
};

struct known {
    sim_time heard; /* by the own clock */
    int64_t clock;  /* the member's, when it answered; SIM_NIL: no answer in this life */
    bool answered;  /* since it was last taken to be down */
    bool complete, joined;
};

struct state {
    int64_t epoch, order, joiner;
    /* not described: */
    struct known *known;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, epoch, "of the configuration"),
    SIM_WATCHED(struct state, order, "the chain, a hexadecimal digit for each member + 1"),
    SIM_WATCHED(struct state, joiner, "the member that is brought up; else -1"),
    { 0 },
};

struct disk {
    int64_t epoch, order, joiner;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, epoch, "of the configuration"),
    SIM_STATE(struct disk, order, "the chain"),
    SIM_STATE(struct disk, joiner, "the member that is brought up; else -1"),
    { 0 },
};

SIM_RECORD(configured, epoch, order, joiner);

enum timer { LOOK };
enum site { LOOK_AT };
enum note { CONFIGURED };
enum metric { CONFIGURATIONS };
enum mark { LEFT_OUT, BROUGHT_UP, ALL_DOWN, JOINER_LOST };

static void look_at(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    sim_call(
        me, LOOK_AT, member, p->every, &member, sizeof member,
        &(struct chain_look){ s->epoch, s->order, s->joiner, s->known[member].clock, p->lease });
}

static void look_at_all(struct sim_seat *me)
{
    for (uint32_t i = 0; i < sim_targets(me); i++)
        look_at(me, i);
}

static void save(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    *d = (struct disk){ s->epoch, s->order, s->joiner };
    sim_write(me);
    sim_sync(me);
}

/* -- what is to change ------------------------------------------------------------------------- */

static bool is_down(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    return sim_now(me) - s->known[member].heard > p->down_after;
}

static bool can_stand_alone(struct sim_seat *me, uint32_t member)
{
    const struct state *s = sim_state(me);

    return s->known[member].complete && !is_down(me, member);
}

/* Nobody is left out unless one stays that holds all that was ever answered. */
static int64_t without_dead(struct sim_seat *me, int64_t order)
{
    struct state *s = sim_state(me);
    bool any = false;

    for (uint32_t i = 0; i < sim_targets(me); i++)
        any = any || (chain_place(order, i) != CHAIN_NOBODY && can_stand_alone(me, i));
    for (uint32_t i = 0; i < sim_targets(me); i++) {
        if (!is_down(me, i))
            continue;
        s->known[i].answered = false;
        if (chain_place(order, i) == CHAIN_NOBODY)
            continue;
        if (any) {
            sim_reached(me, LEFT_OUT);
            s->known[i].complete = false;
            order = chain_without(order, i);
        } else {
            sim_reached(me, ALL_DOWN);
        }
    }
    return order;
}

static bool has_caught_up(struct sim_seat *me, int64_t order)
{
    const struct state *s = sim_state(me);
    int64_t tail = chain_tail(order);

    assert(tail != CHAIN_NOBODY);
    return tail == chain_tail(s->order) && s->known[tail].joined;
}

static int64_t who_joins(struct sim_seat *me, int64_t order)
{
    const struct state *s = sim_state(me);

    if (!can_stand_alone(me, (uint32_t)chain_tail(order)))
        return CHAIN_NOBODY;
    for (uint32_t i = 0; i < sim_targets(me); i++)
        if (chain_place(order, i) == CHAIN_NOBODY && s->known[i].answered)
            return i;
    return CHAIN_NOBODY;
}

static void reconfigure(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    int64_t order = without_dead(me, s->order), joiner = s->joiner;

    if (joiner != CHAIN_NOBODY && is_down(me, (uint32_t)joiner)) {
        sim_reached(me, JOINER_LOST);
        joiner = CHAIN_NOBODY;
    } else if (joiner != CHAIN_NOBODY && has_caught_up(me, order)) {
        sim_reached(me, BROUGHT_UP);
        s->known[joiner].complete = false;
        order = chain_with(order, (uint32_t)joiner);
        joiner = CHAIN_NOBODY;
    }
    if (joiner == CHAIN_NOBODY)
        joiner = who_joins(me, order);
    if (order == s->order && joiner == s->joiner)
        return;
    s->epoch++;
    s->order = order;
    s->joiner = joiner;
    for (uint32_t i = 0; i < sim_targets(me); i++)
        s->known[i].joined = false;
    save(me);
    sim_count(me, CONFIGURATIONS, 1);
    sim_note(me, CONFIGURED, &(struct configured){ s->epoch, s->order, s->joiner });
    look_at_all(me);
}

/* -- looking ----------------------------------------------------------------------------------- */

/* What was told in an earlier epoch says nothing of this one. Who is heard of for the first time
 * gets its lease at once. */
static void on_looked(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct chain_status *status = outcome->body;
    struct state *s = sim_state(me);
    struct known *k = &s->known[outcome->to];
    bool again = !k->answered;

    if (outcome->status != SIM_REPLIED)
        return;
    k->heard = sim_now(me);
    k->clock = status->clock;
    k->answered = true;
    if (status->epoch == s->epoch) {
        k->complete = status->complete;
        k->joined = status->joined;
    }
    if (again)
        look_at(me, outcome->to);
    reconfigure(me);
}

static void on_look(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_timer(me, LOOK, p->every);
    reconfigure(me);
    look_at_all(me);
}

/* One that restarts knows of no lease that it gave: it takes all for alive from now on. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);

    *s = (struct state){ d->epoch, d->order, d->joiner, NULL };
    s->known = sim_new(me, sim_targets(me) * sizeof(struct known));
    for (uint32_t i = 0; i < sim_targets(me); i++)
        s->known[i] = (struct known){ .heard = sim_now(me), .clock = SIM_NIL };
    if (d->epoch == 0) {
        s->epoch = 1;
        s->joiner = CHAIN_NOBODY;
        for (uint32_t i = 0; i < sim_targets(me); i++)
            s->order = chain_with(s->order, i);
        save(me);
    }
    look_at_all(me);
    sim_timer(me, LOOK, p->every);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char many[] = "a chain has one master: `count` has to be 1";
    static const char long_lease[] =
        "has to be less than `down_after`, or who is left out answers on";
    const struct params *p = params;

    if (members > 1) {
        memcpy(text, many, sizeof many);
        return "count";
    }
    if (p->lease >= p->down_after) {
        memcpy(text, long_lease, sizeof long_lease);
        return "lease";
    }
    return NULL;
}

const struct sim_model chain_master_model = {
    .name = "chain-master",
    .summary = "says which replicas a chain consists of, in what order, and who may answer reads",
    .source = "van Renesse and Schneider, Chain Replication, OSDI 2004, section 3",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .timers = { [LOOK] = { "look", on_look, false } },
    .calls = { [LOOK_AT] = { "look", &chain_interface, CHAIN_LOOK, on_looked } },
    .notes = { [CONFIGURED] = { "configured", SIM_WORDS(configured) } },
    .metrics = { [CONFIGURATIONS] = { "configurations", SIM_COUNTER, "changes of the chain" } },
    .marks = {
        [LEFT_OUT] = { "left-out", "a member that is down is taken out of the chain" },
        [BROUGHT_UP] = { "brought-up", "a member that caught up becomes the tail" },
        [ALL_DOWN] = { "all-down", "a member is down, and no other could do without it" },
        [JOINER_LOST] = { "joiner-lost", "a member goes down while it is brought up" },
    },
    .start = on_start,
    .check = check,
};
