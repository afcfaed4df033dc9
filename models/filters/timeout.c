/* timeout.c - waits so long for an answer, and no longer.
 *
 * Inside a retry it bounds each attempt; outside of it, all of them together. The callee is not
 * told: it goes on with work for which nobody waits. A deadline tells it. */
#include "sim/world/filter.h"

struct params {
    sim_time after;
};
static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, after, NULL, "1us", "1d", "until the caller gives up"),
    { 0 },
};

SIM_RECORD(timed_out, after);

enum note { TIMED_OUT };

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);

    sim_wake(passage, p->after);
    sim_pass(passage);
}

static void on_wake(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);

    sim_filter_note(passage, TIMED_OUT, &(struct timed_out){ p->after });
    sim_return(passage, NULL);
}

const struct sim_filter timeout_filter = {
    .name = "timeout",
    .summary = "waits so long for an answer, and no longer; the callee is not told",
    SIM_TABLE(params),
    .notes = { [TIMED_OUT] = { "timed-out", SIM_WORDS(timed_out) } },
    .on_call = on_call,
    .on_wake = on_wake,
};
