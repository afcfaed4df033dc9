/* hedge.c - asks once more, elsewhere, when the answer is late; the first answer counts.
 *
 * Dean and Barroso, The Tail at Scale (CACM 2013): hedged requests. With a cap, since those who
 * hedge without one double the load just when answers are late because of it. */
#include "sim/world/filter.h"

enum { MILLION = 1000000 };

struct params {
    sim_time after;
    int64_t most;
    double ratio;
    int64_t burst;
    bool elsewhere;
};
static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, after, NULL, "1us", "1d", "until it is asked once more"),
    SIM_INTEGER(struct params, most, "1", "1", "16", "further requests of one call"),
    SIM_SHARE(struct params, ratio, "100%", "of calls that may be hedged in the long run"),
    SIM_INTEGER(struct params, burst, "10", "1", "1000000", "hedges at once on top of that"),
    SIM_BOOLEAN(struct params, elsewhere, "true", "at the next member, not at the same"),
    { 0 },
};

struct state {
    int64_t hedged, capped;
    int64_t spent; /* hedges not yet paid for by calls, in millionths */
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, hedged, "further requests sent"),
    SIM_STATE(struct state, capped, "further requests not sent because of the cap"),
    { 0 },
};

struct passage {
    int64_t started, ended;
};

SIM_RECORD(hedged, nth, to);

enum note { HEDGED };

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);
    struct passage *memory = sim_passage_memory(passage);
    const int64_t paid = (int64_t)(p->ratio * MILLION + 0.5);

    s->spent = s->spent > paid ? s->spent - paid : 0;
    memory->started = 1;
    sim_wake(passage, p->after);
    sim_pass(passage);
}

static void on_wake(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);
    struct passage *memory = sim_passage_memory(passage);
    uint32_t to = sim_passage_to(passage);

    if (s->spent + MILLION > p->burst * MILLION) {
        s->capped++;
        return;
    }
    if (p->elsewhere)
        to = (uint32_t)((to + (uint64_t)memory->started) % sim_passage_targets(passage));
    s->spent += MILLION;
    s->hedged++;
    sim_filter_note(passage, HEDGED, &(struct hedged){ memory->started, to });
    if (memory->started++ < p->most)
        sim_wake(passage, p->after);
    sim_pass_to(passage, to);
}

/* A failure waits for the others. */
static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    struct passage *memory = sim_passage_memory(passage);

    memory->ended++;
    if (!outcome->failed || memory->ended == memory->started)
        sim_return(passage, outcome);
}

const struct sim_filter hedge_filter = {
    .name = "hedge",
    .summary = "asks once more, elsewhere, when the answer is late; the first answer counts",
    .source = "Dean and Barroso, The Tail at Scale, CACM 2013",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .passage = sizeof(struct passage),
    .notes = { [HEDGED] = { "hedged", SIM_WORDS(hedged) } },
    .on_call = on_call,
    .on_outcome = on_outcome,
    .on_wake = on_wake,
};
