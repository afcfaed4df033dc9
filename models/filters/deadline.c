/* deadline.c - the time that a call has altogether, told to the callee and all that it calls.
 *
 * As gRPC does it, what is left is sent along, not an instant: clocks differ. A callee that knows
 * deadlines does not begin what nobody waits for. */
#include "sim/world/filter.h"

struct params {
    sim_time after;
};
static const struct sim_field params_fields[] = {
    SIM_DURATION(struct params, after, NULL, "1us", "1d", "that the call has altogether"),
    { 0 },
};

SIM_RECORD(deadline_passed, after);

enum note { PASSED };

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);

    sim_set_deadline(passage, p->after);
    sim_wake(passage, p->after);
    sim_pass(passage);
}

static void on_wake(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);

    sim_filter_note(passage, PASSED, &(struct deadline_passed){ p->after });
    sim_return(passage, NULL);
}

const struct sim_filter deadline_filter = {
    .name = "deadline",
    .summary = "the time that a call has altogether, told to the callee and all that it calls",
    .source = "gRPC, Deadlines (grpc.io/docs/guides/deadlines)",
    SIM_TABLE(params),
    .notes = { [PASSED] = { "deadline-passed", SIM_WORDS(deadline_passed) } },
    .on_call = on_call,
    .on_wake = on_wake,
};
