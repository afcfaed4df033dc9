/* phold.c - the yardstick of event queues: every message handled sends one to a member drawn at
 * random.
 *
 * Fujimoto, "Performance of Parallel Simulations under the Synthetic Workload PHOLD", 1990. The
 * number of events under way stays members x `pending`. The delay is the network's latency,
 * classically {exponential: 900ms, plus: 100ms}. Here a node never draws itself, because a message
 * to oneself takes no time. With `rearm`, every message also moves a timer, as protocols with
 * timeouts do. */
#include "sim/world/model.h"

#include <stddef.h>
#include <string.h>

struct params {
    int64_t pending;
    bool rearm;
    sim_time timeout;
};

static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, pending, "1", "1", "1000000",
                "messages that each node sends at first"),
    SIM_BOOLEAN(struct params, rearm, "false", "move a timer at each message"),
    SIM_DURATION(struct params, timeout, "10s", "1us", "1d", "of that timer"),
    { 0 },
};

struct state {
    int64_t handled;
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, handled, "messages handled"),
    { 0 },
};

enum message { JOB };
enum timer { IDLE };
enum draw { TARGET };
enum metric { TIMEOUTS };

static void pass_on(struct sim_seat *me)
{
    uint32_t to = (uint32_t)sim_uniform(me, TARGET, 0, (int64_t)sim_members(me) - 1);

    if (to >= sim_self(me))
        to++;
    sim_send(me, to, JOB, NULL);
}

static void on_job(struct sim_seat *me, const struct sim_message *message)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    (void)message;
    s->handled++;
    pass_on(me);
    if (p->rearm)
        sim_timer(me, IDLE, p->timeout);
}

static void on_idle(struct sim_seat *me)
{
    sim_count(me, TIMEOUTS, 1);
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    int64_t i;

    for (i = 0; i < p->pending; i++)
        pass_on(me);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char alone[] = "needs at least two members: a node sends to others only";

    (void)params;
    if (members > 1)
        return NULL;
    memcpy(text, alone, sizeof alone);
    return "pending";
}

const struct sim_model phold_model = {
    .name = "phold",
    .summary = "every message sends one to a member drawn at random; the yardstick of event queues",
    .source =
        "Fujimoto, Performance of Parallel Simulations under the Synthetic Workload PHOLD, 1990",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .messages = { [JOB] = { "job", NULL, on_job } },
    .timers = { [IDLE] = { "idle", on_idle, false } },
    .metrics = { [TIMEOUTS] = { "timeouts", SIM_COUNTER,
                                "nodes without a message for the timeout" } },
    .draws = { [TARGET] = "target" },
    .start = on_start,
    .check = check,
};
