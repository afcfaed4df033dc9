/* primary_replica_election.c - `failover: majority`: the members choose a primary themselves.
 *
 * A replica that has not heard of its primary for its patience asks the others whether they would
 * vote for it, and if a majority would, asks for the votes (the two rounds of Ongaro's
 * dissertation, section 9.6). A vote is a promise for an epoch: who gave it follows no earlier
 * primary. It is given to whom is not behind: so whatever a majority had is not voted away. */
#include "models/replication/primary-replica/primary_replica.h"

void replica_expect_primary(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    if (p->failover == FAILOVER_MAJORITY)
        sim_timer(me, ELECTION, sim_sample(me, PATIENCE, p->patience));
}

static void ask(struct sim_seat *me, bool trial, int64_t epoch)
{
    struct state *s = sim_state(me);

    s->trial = trial;
    s->asked = epoch;
    for (uint32_t i = 0; i < sim_members(me); i++) {
        s->peers[i].granted = i == sim_self(me);
        if (i != sim_self(me))
            sim_send(me, i, REQUEST_VOTE,
                     &(struct request_vote){ epoch, s->last, s->last_epoch, trial });
    }
}

static bool has_won(struct sim_seat *me)
{
    const struct state *s = sim_state(me);
    uint32_t count = 0;

    for (uint32_t i = 0; i < sim_members(me); i++)
        count += s->peers[i].granted;
    return count > sim_members(me) / 2;
}

static void go_on(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    if (!has_won(me))
        return;
    if (!s->trial) {
        if (s->heard_epoch == s->epoch)
            replica_become_primary(me, s->epoch);
        return;
    }
    s->epoch = failover_next_epoch(s->heard_epoch);
    replica_hear_epoch(me, s->epoch);
    replica_save(me);
    ask(me, false, s->epoch);
    go_on(me);
}

void replica_on_election(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->role = CANDIDATE;
    s->primary = NOBODY;
    replica_expect_primary(me);
    ask(me, true, failover_next_epoch(s->heard_epoch));
    go_on(me);
}

static bool is_led(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    if (s->role == PRIMARY)
        return replica_is_in_touch(me);
    return s->has_heard && sim_now(me) - s->heard_at < p->least;
}

static bool is_behind(struct sim_seat *me, const struct request_vote *m)
{
    const struct state *s = sim_state(me);

    if (sim_bug(me, PROMOTE_ANY))
        return false;
    return m->last_epoch < s->last_epoch || (m->last_epoch == s->last_epoch && m->last < s->last);
}

void replica_on_request_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct request_vote *m = message->body;
    struct state *s = sim_state(me);
    bool later = m->epoch > s->epoch;
    bool granted = later && !is_led(me) && !is_behind(me, m);

    if (later && !granted)
        sim_reached(me, is_led(me) ? REFUSED_LED : REFUSED_LOG);
    if (granted && !m->trial)
        replica_become_replica(me, m->epoch, NOBODY);
    sim_send(me, message->from, VOTE,
             &(struct vote){ granted ? m->epoch : s->epoch, granted, m->trial });
}

void replica_on_vote(struct sim_seat *me, const struct sim_message *message)
{
    const struct vote *m = message->body;
    struct state *s = sim_state(me);

    if (!m->granted)
        replica_give_way(me, m->epoch);
    if (s->role != CANDIDATE || !m->granted || m->trial != s->trial || m->epoch != s->asked)
        return;
    s->peers[message->from].granted = true;
    go_on(me);
}
