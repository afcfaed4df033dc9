/* limiter.c - a token bucket: so many calls per second, with bursts; what comes on top is not sent.
 *
 * Tokens are counted in nanoseconds of refill, so that no fraction of one is lost between calls; of
 * a rate that does not divide its second the refill is a whole nanosecond below, 0.1 % at most. */
#include "sim/world/filter.h"

struct params {
    struct sim_rate rate;
    int64_t burst;
};
static const struct sim_field params_fields[] = {
    SIM_RATE(struct params, rate, NULL, "1/h", "1000000/s", "of calls that are let through"),
    SIM_INTEGER(struct params, burst, "1", "1", "1000000", "calls at once after a quiet time"),
    { 0 },
};

struct state {
    int64_t shed;    /* calls not let through */
    int64_t started; /* 0: no call yet */
    sim_time full;   /* when the bucket will be, or was, full */
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, shed, "calls not let through"),
    { 0 },
};

SIM_RECORD(shed, total);

enum note { SHED };

/* The bucket is full at `full`, and each token taken moves that by the time it takes to refill it:
 * a virtual schedule (ITU-T I.371, the generic cell rate algorithm). */
static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);
    const sim_time now = sim_passage_now(passage);
    const sim_time gap = p->rate.count > 0 ? p->rate.per / p->rate.count : 0;

    if (!s->started || s->full < now)
        s->full = now;
    s->started = 1;
    if (s->full - now > (p->burst - 1) * gap) {
        s->shed++;
        sim_filter_note(passage, SHED, &(struct shed){ s->shed });
        sim_return(passage, NULL);
        return;
    }
    s->full += gap;
    sim_pass(passage);
}

const struct sim_filter limiter_filter = {
    .name = "limiter",
    .summary = "a token bucket: calls beyond its rate and burst are not sent",
    .source = "ITU-T I.371, generic cell rate algorithm (virtual scheduling)",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .notes = { [SHED] = { "limiter-shed", SIM_WORDS(shed) } },
    .on_call = on_call,
};
