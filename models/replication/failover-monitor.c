/* failover-monitor.c - watches over a primary from outside, and replaces it when it is gone.
 *
 * After Redis Sentinel (its documentation, "High availability with Redis Sentinel"): several
 * monitors look at every member of the store once per `every`. A primary that one of them has not
 * heard of for `down_after` is down as far as that one is concerned; it asks the other monitors for
 * the right to replace it in a new epoch. A monitor gives that right once per epoch, and only if it
 * believes the primary to be down too; who has it from a majority looks at all members once more,
 * promotes the one with the most advanced log and tells the others to follow. Who was away and
 * comes back as a primary of yesterday is told the same.
 *
 * What a monitor cannot see is whether the old primary still serves somebody: it may be cut off
 * from the monitors, and not from its clients. What those are told until the cut heals is lost, or,
 * without fencing, stays a second truth. */
#include "models/parts/failover.h"

#include <assert.h>

enum needs { NEEDS_ANY, NEEDS_MAJORITY };
static const char *const needs_names[] = { "any", "majority", NULL };

struct params {
    sim_time every, down_after, pause;
    int64_t needs; /* enum needs */
};

static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, every, "1s", "1us", "1h",
                 "gap between two looks at a member; a look waits as long for its answer"),
    SIM_DURATION(struct params, down_after, "5s", "1us", "1d",
                 "a member that was not heard of for so long is down"),
    SIM_DURATION(struct params, pause, "2s", "1us", "1h",
                 "least pause between two attempts to replace a primary; the most is twice that"),
    SIM_CHOICE(struct params, needs, "any", needs_names,
               "how many members of the store have to answer before one of them is promoted: any, "
               "or a majority of all, so that one of them has what a majority acknowledged"),
    { 0 },
};

/* What is known of a member of the store. */
struct known {
    sim_time heard; /* by the own clock */
    int64_t leads, epoch, primary, last, last_epoch;
    bool surveyed; /* answered since the survey began */
};

enum phase { WATCHING, ASKING, SURVEYING, PROMOTING };
static const char *const phase_names[] = { "watching", "asking", "surveying", "promoting", NULL };

struct state {
    int64_t phase, epoch, primary, voted;
    /* not described: */
    int64_t attempt;     /* the epoch that is asked for */
    int64_t chosen;      /* whom it promotes */
    sim_time not_before; /* the next attempt, by the own clock */
    uint32_t votes;
    struct known *known;
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, phase, phase_names, "of a failover"),
    SIM_WATCHED(struct state, epoch, "of the primary"),
    SIM_WATCHED(struct state, primary, "member that is the primary, as far as known; else -1"),
    SIM_WATCHED(struct state, voted, "the latest epoch that it gave away"),
    { 0 },
};

/* What it gave away, it gave away for good. */
struct disk {
    int64_t voted;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, voted, "the latest epoch that it gave away"),
    { 0 },
};

SIM_RECORD(claim, epoch, primary); /* "I want to replace this one" */
SIM_RECORD(grant, epoch);
SIM_RECORD(decided, epoch, primary);
SIM_RECORD(down, primary, epoch);
SIM_RECORD(promotes, primary, epoch, last, last_epoch);

enum message { CLAIM, GRANT, DECIDED };
enum timer { LOOK, CHOOSE };
enum site { LOOK_AT, PROMOTE, FOLLOW };
enum note { DOWN, PROMOTES };
enum draw { PAUSE, PHASE };
enum metric { FAILOVERS, CLAIMS };
enum mark { REFUSED, NOBODY_LEFT, NOT_PROMOTED };
enum bug { PROMOTE_ANY };

/* -- what is known ----------------------------------------------------------------------------- */

static bool is_down(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    return sim_now(me) - s->known[member].heard > p->down_after;
}

static bool lacks_primary(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    return s->primary != FAILOVER_NOBODY && is_down(me, (uint32_t)s->primary);
}

static void learn(struct sim_seat *me, int64_t epoch, int64_t primary)
{
    struct state *s = sim_state(me);

    if (epoch <= s->epoch)
        return;
    s->epoch = epoch;
    s->primary = primary;
    s->phase = WATCHING;
    sim_cancel(me, CHOOSE);
}

static void tell_to_follow(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    sim_call(me, FOLLOW, member, p->every, &member, sizeof member,
             &(struct failover_follow){ s->epoch, s->primary });
}

/* -- a failover -------------------------------------------------------------------------------- */

static void abandon(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->phase = WATCHING;
    s->not_before = sim_now(me) + p->pause + sim_uniform(me, PAUSE, 0, p->pause);
    sim_cancel(me, CHOOSE);
}

static bool is_better(struct sim_seat *me, uint32_t one, uint32_t two)
{
    const struct state *s = sim_state(me);
    const struct known *a = &s->known[one], *b = &s->known[two];
    bool ahead = a->last_epoch != b->last_epoch ? a->last_epoch > b->last_epoch : a->last > b->last;
    bool same = a->last_epoch == b->last_epoch && a->last == b->last;

    return sim_bug(me, PROMOTE_ANY) ? !ahead && !same : ahead;
}

/* The most advanced of those that answered the survey; planted, the one that is furthest behind. */
static void choose(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t best = sim_targets(me), answered = 0, i;

    for (i = 0; i < sim_targets(me); i++)
        answered += s->known[i].surveyed;
    for (i = 0; i < sim_targets(me); i++)
        if (s->known[i].surveyed && i != (uint32_t)s->primary &&
            (best == sim_targets(me) || is_better(me, i, best)))
            best = i;
    if (best == sim_targets(me) ||
        (p->needs == NEEDS_MAJORITY && answered <= sim_targets(me) / 2)) {
        sim_reached(me, NOBODY_LEFT);
        abandon(me);
        return;
    }
    s->phase = PROMOTING;
    s->chosen = best;
    sim_note(
        me, PROMOTES,
        &(struct promotes){ best, s->attempt, s->known[best].last, s->known[best].last_epoch });
    sim_call(me, PROMOTE, best, p->every, &best, sizeof best,
             &(struct failover_promote){ s->attempt });
}

static void look_at(struct sim_seat *me, uint32_t member)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    sim_call(me, LOOK_AT, member, p->every, &member, sizeof member,
             &(struct failover_look){ s->epoch });
}

static void survey(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->phase = SURVEYING;
    for (uint32_t i = 0; i < sim_targets(me); i++) {
        s->known[i].surveyed = false;
        look_at(me, i);
    }
    sim_timer(me, CHOOSE, p->every);
}

static void on_choose(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    if (s->phase == SURVEYING)
        choose(me);
    else
        abandon(me);
}

static bool give(struct sim_seat *me, int64_t epoch)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    if (epoch <= s->voted)
        return false;
    s->voted = d->voted = epoch;
    sim_write(me);
    sim_sync(me);
    return true;
}

static void count_vote(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->votes++;
    if (s->phase == ASKING && s->votes > sim_members(me) / 2)
        survey(me);
}

static void claim(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->attempt = failover_next_epoch(s->epoch > s->voted ? s->epoch : s->voted);
    s->phase = ASKING;
    s->votes = 0;
    sim_count(me, CLAIMS, 1);
    sim_note(me, DOWN, &(struct down){ s->primary, s->epoch });
    give(me, s->attempt);
    sim_timer(me, CHOOSE, p->every);
    for (uint32_t i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            sim_send(me, i, CLAIM, &(struct claim){ s->attempt, s->primary });
    count_vote(me);
}

/* Two that claim at once may split the votes: pauses differ. */
static void on_claim(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    const struct claim *m = message->body;
    struct state *s = sim_state(me);

    if (m->primary != s->primary || !lacks_primary(me) || !give(me, m->epoch)) {
        sim_reached(me, REFUSED);
        return;
    }
    if (s->phase == WATCHING)
        s->not_before = sim_now(me) + p->pause + sim_uniform(me, PAUSE, 0, p->pause);
    sim_send(me, message->from, GRANT, &(struct grant){ m->epoch });
}

static void on_grant(struct sim_seat *me, const struct sim_message *message)
{
    const struct grant *m = message->body;
    const struct state *s = sim_state(me);

    if (s->phase == ASKING && m->epoch == s->attempt)
        count_vote(me);
}

static void on_decided(struct sim_seat *me, const struct sim_message *message)
{
    const struct decided *m = message->body;

    learn(me, m->epoch, m->primary);
}

static void on_promoted(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct failover_status *status = outcome->body;
    struct state *s = sim_state(me);

    if (s->phase != PROMOTING)
        return;
    if (outcome->status != SIM_REPLIED || !status->leads || status->epoch != s->attempt) {
        sim_reached(me, NOT_PROMOTED);
        abandon(me);
        return;
    }
    sim_count(me, FAILOVERS, 1);
    learn(me, s->attempt, s->chosen);
    s->known[s->chosen].heard = sim_now(me);
    for (uint32_t i = 0; i < sim_members(me); i++)
        if (i != sim_self(me))
            sim_send(me, i, DECIDED, &(struct decided){ s->epoch, s->primary });
    for (uint32_t i = 0; i < sim_targets(me); i++)
        if (i != (uint32_t)s->primary)
            tell_to_follow(me, i);
}

static void on_followed(struct sim_seat *me, const struct sim_outcome *outcome)
{
    (void)me;
    (void)outcome;
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool all_surveyed(struct sim_seat *me)
{
    const struct state *s = sim_state(me);

    for (uint32_t i = 0; i < sim_targets(me); i++)
        if (!s->known[i].surveyed && i != (uint32_t)s->primary)
            return false;
    return true;
}

static void on_looked(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct failover_status *status = outcome->body;
    struct state *s = sim_state(me);
    struct known *k = &s->known[outcome->to];

    if (outcome->status != SIM_REPLIED)
        return;
    *k = (struct known){ sim_now(me),  status->leads,      status->epoch, status->primary,
                         status->last, status->last_epoch, true };
    if (status->primary !=
        FAILOVER_NOBODY) /* a monitor that restarted learns it of a replica, too */
        learn(me, status->epoch, status->primary);
    if (s->primary != FAILOVER_NOBODY && outcome->to != (uint32_t)s->primary &&
        status->epoch <= s->epoch && (status->leads || status->primary != s->primary))
        tell_to_follow(me, outcome->to);
    if (s->phase == SURVEYING && all_surveyed(me))
        choose(me);
}

static void on_look(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    sim_timer(me, LOOK, p->every);
    for (uint32_t i = 0; i < sim_targets(me); i++)
        look_at(me, i);
    if (s->phase == WATCHING && sim_now(me) >= s->not_before && lacks_primary(me))
        claim(me);
}

/* Monitors that looked at the same instants would all claim at once, and none would win. */
static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    struct state *s = sim_state(me);

    s->voted = d->voted;
    s->primary = FAILOVER_NOBODY;
    s->not_before = sim_now(me);
    s->known = sim_new(me, sim_targets(me) * sizeof(struct known));
    for (uint32_t i = 0; i < sim_targets(me); i++)
        s->known[i] = (struct known){ .heard = sim_now(me), .primary = FAILOVER_NOBODY };
    sim_timer(me, LOOK, sim_uniform(me, PHASE, 0, p->every));
}

/* one-right-per-epoch: no two monitors replace a primary in one epoch. */
static void judge(struct sim_judge *judge, uint32_t member)
{
    const struct state *s = sim_judge_state(judge, member), *other;
    char one[64], two[64];

    for (uint32_t i = 0; i < sim_judge_members(judge); i++) {
        other = sim_judge_state(judge, i);
        if (i == member || !sim_judge_up(judge, i) || s->phase < SURVEYING ||
            other->phase < SURVEYING || s->attempt != other->attempt)
            continue;
        sim_violated(judge, "one-right-per-epoch", "%s and %s replace a primary in epoch %lld",
                     sim_judge_name(judge, member, one), sim_judge_name(judge, i, two),
                     (long long)s->attempt);
    }
}

static const struct sim_preset presets[] = {
    { "redis-sentinel",
      "Redis Sentinel with its defaults",
      "Redis documentation: High availability with Redis Sentinel (a ping per second), and the "
      "example sentinel.conf (down-after-milliseconds 30000, failover-timeout 180000, tried again "
      "after twice that)",
      { { "every", "1s" }, { "down_after", "30s" }, { "pause", "360s" } } },
    { 0 },
};

const struct sim_model failover_monitor_model = {
    .name = "failover-monitor",
    .alias = "sentinel",
    .summary = "watches over a primary and replaces it when a majority of the monitors miss it",
    .source = "Redis documentation, High availability with Redis Sentinel",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .presets = presets,
    .messages = {
        [CLAIM] = { "claim", SIM_WORDS(claim), on_claim },
        [GRANT] = { "grant", SIM_WORDS(grant), on_grant },
        [DECIDED] = { "decided", SIM_WORDS(decided), on_decided },
    },
    .timers = { [LOOK] = { "look", on_look, false }, [CHOOSE] = { "choose", on_choose, false } },
    .calls = {
        [LOOK_AT] = { "look", &failover_interface, FAILOVER_LOOK, on_looked },
        [PROMOTE] = { "promote", &failover_interface, FAILOVER_PROMOTE, on_promoted },
        [FOLLOW] = { "follow", &failover_interface, FAILOVER_FOLLOW, on_followed },
    },
    .notes = {
        [DOWN] = { "down", SIM_WORDS(down) },
        [PROMOTES] = { "promotes", SIM_WORDS(promotes) },
    },
    .metrics = {
        [FAILOVERS] = { "failovers", SIM_COUNTER, "primaries replaced" },
        [CLAIMS] = { "claims", SIM_COUNTER, "attempts to replace one" },
    },
    .marks = {
        [REFUSED] = { "refused", "no right to replace a primary that is there, or was given away" },
        [NOBODY_LEFT] = { "nobody-left", "too few members answer, or none that could be promoted" },
        [NOT_PROMOTED] = { "not-promoted", "who was to be promoted did not answer, or refused" },
    },
    .draws = { [PAUSE] = "pause", [PHASE] = "phase" },
    .bugs = { [PROMOTE_ANY] = "promote_any" },
    .invariant = { 0, judge, { "one-right-per-epoch" } },
    .start = on_start,
};
