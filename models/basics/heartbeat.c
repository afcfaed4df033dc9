/* heartbeat.c - a failure detector: who was not heard of for a while is suspected.
 *
 * Chandra and Toueg, "Unreliable Failure Detectors for Reliable Distributed Systems", JACM 1996.
 * Every node sends a beat per interval to those who watch it and suspects whom it has not heard for
 * `timeout`; a beat from a suspect takes the suspicion back. Crashes are always found
 * (completeness). That nobody is suspected wrongly (strong accuracy) holds only as long as beats
 * are neither lost nor late: with `accurate: true` the judge, who knows who is up, insists on it.
 */
#include "sim/world/model.h"

#include <stddef.h>
#include <string.h>

enum watch { ALL, NEXT };

struct params {
    sim_time interval, timeout;
    int64_t watch;
    bool accurate;
};

static const char *const watch_names[] = { "all", "next", NULL };

static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, interval, "1s", "1us", "1d", "gap between a node's beats"),
    SIM_DURATION(struct params, timeout, "5s", "1us", "1d",
                 "silence after which a node is suspected"),
    SIM_CHOICE(struct params, watch, "all", watch_names,
               "all: everybody watches everybody; next: a ring, each is watched by its successor"),
    SIM_BOOLEAN(struct params, accurate, "false",
                "require that nobody is suspected who is up (invariant strong-accuracy)"),
    { 0 },
};

struct state {
    int64_t suspected, latest;
    /* not described: */
    bool *suspects; /* one per member */
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, suspected, "how many members it suspects"),
    SIM_STATE(struct state, latest, "the member that it suspected last"),
    { 0 },
};

SIM_RECORD(suspicion, member);

enum message { BEAT };
enum timer { SEND, SILENCE };
enum note { SUSPECT, TRUST };
enum metric { SUSPICIONS, RETRACTIONS };

static void on_send(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    uint32_t i, members = sim_members(me);

    if (p->watch == NEXT && members > 1)
        sim_send(me, (sim_self(me) + 1) % members, BEAT, NULL);
    for (i = 0; p->watch == ALL && i < members; i++)
        if (i != sim_self(me))
            sim_send(me, i, BEAT, NULL);
    sim_timer(me, SEND, p->interval);
}

static void on_beat(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    if (s->suspects[message->from]) {
        s->suspects[message->from] = false;
        s->suspected--;
        sim_count(me, RETRACTIONS, 1);
        sim_note(me, TRUST, &(struct suspicion){ message->from });
    }
    sim_timer_peer(me, SILENCE, message->from, p->timeout);
}

static void on_silence(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint32_t peer = sim_peer(me);

    s->suspects[peer] = true;
    s->suspected++;
    s->latest = peer;
    sim_count(me, SUSPICIONS, 1);
    sim_note(me, SUSPECT, &(struct suspicion){ peer });
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t i, members = sim_members(me);

    s->suspects = sim_new(me, members * sizeof(bool));
    for (i = 0; i < members; i++)
        if (i != sim_self(me) && (p->watch == ALL || (i + 1) % members == sim_self(me)))
            sim_timer_peer(me, SILENCE, i, p->timeout);
    on_send(me);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char wrong[] = "has to be longer than the interval, or every node is suspected";
    const struct params *p = params;

    (void)members;
    if (p->timeout > p->interval)
        return NULL;
    memcpy(text, wrong, sizeof wrong);
    return "timeout";
}

struct ledger {
    int64_t *suspected; /* per member, when it was last looked at */
};

/* "No process is suspected before it crashes." Looks at new suspicions only: a node that is up
 * again stays suspected until its first beat arrives, and rightly so. */
static void check_accuracy(struct sim_judge *judge, uint32_t member)
{
    const struct params *p = sim_judge_params(judge);
    const struct state *s = sim_judge_state(judge, member);
    struct ledger *l = sim_judge_memory(judge);
    char one[64], two[64];

    if (!p->accurate)
        return;
    if (l->suspected == NULL)
        l->suspected = sim_judge_new(judge, sim_judge_members(judge) * sizeof(int64_t));
    if (s->suspected > l->suspected[member] && sim_judge_up(judge, (uint32_t)s->latest))
        sim_violated(judge, "strong-accuracy", "%s suspects %s, which is up",
                     sim_judge_name(judge, member, one),
                     sim_judge_name(judge, (uint32_t)s->latest, two));
    l->suspected[member] = s->suspected;
}

const struct sim_model heartbeat_model = {
    .name = "heartbeat",
    .summary = "a failure detector: whoever is silent for too long is suspected",
    .source = "Chandra and Toueg, Unreliable Failure Detectors for Reliable Distributed Systems, "
              "JACM 1996",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .messages = { [BEAT] = { "beat", NULL, on_beat } },
    .timers = { [SEND] = { "send", on_send, false }, [SILENCE] = { "silence", on_silence, true } },
    .notes = {
        [SUSPECT] = { "suspect", SIM_WORDS(suspicion) },
        [TRUST] = { "trust", SIM_WORDS(suspicion) },
    },
    .metrics = {
        [SUSPICIONS] = { "suspicions", SIM_COUNTER, "members that came under suspicion" },
        [RETRACTIONS] = { "retractions", SIM_COUNTER, "suspicions taken back" },
    },
    .invariant = { sizeof(struct ledger), check_accuracy, { "strong-accuracy" } },
    .start = on_start,
    .check = check,
};
