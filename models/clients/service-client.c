/* service-client.c - loads a service and records what it was told: goodput, latency, attempts.
 *
 * Open loop (`rate`): requests arrive however slow the service is, as a Poisson process or evenly;
 * that is the load that overload grows from. `curve` changes the rate: a step, a ramp, a spike. A
 * Poisson process whose rate changes is made by thinning one of the highest rate (Lewis and
 * Shedler, 1979), so that the n-th arrival takes the same draws under every curve. Closed loop (no
 * `rate`): `processes` have one request at a time and think in between.
 *
 * A request is recorded as a read: ok with an answer that went well, fail if it was certainly not
 * done, unknown otherwise: an error says nothing of what was done before it. How a request is tried
 * again, and for how long, is what `calls:` of the scenario says; `timeout` holds without that. */
#include "models/parts/room.h"
#include "models/parts/service.h"

#include <string.h>

enum shape { CONSTANT, STEP, RAMP, SPIKE };
static const char *const shape_names[] = { "constant", "step", "ramp", "spike", NULL };

enum arrivals { POISSON, EVEN };
static const char *const arrivals_names[] = { "poisson", "even", NULL };

struct curve {
    int64_t shape;
    struct sim_rate to;
    sim_time at, lasts;
};
static const struct sim_field curve_fields[] = {
    SIM_CHOICE(struct curve, shape, "constant", shape_names, "how the rate changes"),
    SIM_RATE(struct curve, to, SIM_OPTIONAL, "1/d", "1000000/s", "the other rate"),
    SIM_DURATION(struct curve, at, "0", "0", "365d", "when it begins to change"),
    { "for", SIM_FIELD_DURATION, offsetof(struct curve, lasts), false, "0", "0", "365d",
      "of a ramp: until it is the other one; of a spike: so long", NULL, NULL },
    { 0 },
};

struct params {
    struct sim_rate rate;
    struct curve curve;
    int64_t arrivals, processes, requests, action, amount;
    const struct sim_distribution *think;
    sim_time timeout;
    /* derived: */
    double before, after, most; /* requests in a ns */
};
static const struct sim_field params_fields[] = {
    SIM_RATE(struct params, rate, SIM_OPTIONAL, "1/d", "1000000/s",
             "requests per node in open loop; absent: closed loop"),
    SIM_OBJECT(struct params, curve, curve_fields, "how the rate of the open loop changes"),
    SIM_CHOICE(struct params, arrivals, "poisson", arrivals_names, "of the open loop"),
    SIM_INTEGER(struct params, processes, "1", "1", "100000", "per node in closed loop"),
    SIM_DISTRIBUTION(struct params, think, "0", "0", "1d",
                     "pause between the requests of a process"),
    SIM_INTEGER(struct params, requests, "0", "0", "1000000000000",
                "so many per node and start, then no more; 0: any number"),
    SIM_INTEGER(struct params, action, "1", "0", "1000000000", "that is asked for"),
    SIM_INTEGER(struct params, amount, "1", "-1000000000", "1000000000", "that is asked for"),
    SIM_DURATION(struct params, timeout, "1m", "1us", "1d", "without an answer it is unknown"),
    { 0 },
};

struct state {
    int64_t asked, ok, failed, unknown, open;
    /* not described: */
    int64_t before; /* subjects of earlier lives */
    uint32_t lanes;
    uint32_t *idle; /* lanes of the open loop that may be used again */
    uint32_t idle_count, idle_capacity;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, asked, "requests"),
    SIM_STATE(struct state, ok, "requests that went well"),
    SIM_STATE(struct state, failed, "requests that were certainly not done"),
    SIM_STATE(struct state, unknown, "requests that failed or got no answer"),
    SIM_STATE(struct state, open, "requests under way"),
    { 0 },
};

struct disk {
    int64_t starts;
};
static const struct sim_field disk_fields[] = {
    SIM_STATE(
        struct disk, starts,
        "how often the node started, or asked a million times, so that lanes and subjects stay "
        "unique"),
    { 0 },
};

struct context {
    uint64_t id;
    uint32_t lane;
};

enum { NUMBERS_PER_START = 1 << 20 }; /* of lanes, and of subjects */
enum timer { ARRIVAL };
enum later { THOUGHT };
enum site { CALL };
enum draw { GAP, KEEP, THINK, REPLICA };
enum metric { ATTEMPTS, DEGRADED };

/* No later life uses those that follow; there are no more lanes than requests. */
static void take_numbers(struct sim_seat *me)
{
    struct disk *d = sim_disk(me);

    d->starts++;
    sim_write(me);
}

static void ask(struct sim_seat *me, uint32_t lane)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const uint32_t replicas = sim_targets(me);
    const struct sim_operation o = { .kind = SIM_READ };
    const uint32_t to =
        replicas == 1 ? 0 : (uint32_t)sim_uniform(me, REPLICA, 0, (int64_t)replicas);
    struct context context = { .lane = lane };

    if (s->asked > 0 && s->asked % NUMBERS_PER_START == 0) {
        take_numbers(me);
        sim_sync(me);
    }
    context.id = sim_invoke(me, lane, &o);
    s->asked++;
    s->open++;
    sim_call(me, CALL, to, p->timeout, &context, sizeof(context),
             &(struct service_request){ p->action, s->before + s->asked, p->amount,
                                        (int64_t)context.id, 0 });
}

static bool is_over(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    return p->requests > 0 && s->asked >= p->requests;
}

static void on_thought(struct sim_seat *me, const void *context)
{
    uint32_t lane;

    memcpy(&lane, context, sizeof(lane));
    if (!is_over(me))
        ask(me, lane);
}

static void think(struct sim_seat *me, uint32_t lane)
{
    const struct params *p = sim_params(me);

    sim_later(me, THOUGHT, sim_sample(me, THINK, p->think), &lane, sizeof(lane));
}

static void on_outcome(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct context context;
    enum sim_operation_status status = SIM_OK;

    memcpy(&context, outcome->context, sizeof(context));
    if (outcome->failed)
        status = outcome->not_done ? SIM_FAIL : SIM_UNKNOWN;
    s->open--;
    s->ok += status == SIM_OK;
    s->failed += status == SIM_FAIL;
    s->unknown += status == SIM_UNKNOWN;
    sim_measure(me, ATTEMPTS, outcome->attempts);
    if (outcome->degraded)
        sim_count(me, DEGRADED, 1);
    sim_complete(me, context.id, status, 0, NULL);
    if (status == SIM_UNKNOWN) /* may still happen, and keeps its lane for ever */
        context.lane = s->lanes++;
    if (p->rate.count == 0) {
        think(me, context.lane);
        return;
    }
    s->idle = make_room(me, s->idle, s->idle_count, &s->idle_capacity, sizeof(uint32_t));
    s->idle[s->idle_count++] = context.lane;
}

/* -- the open loop ----------------------------------------------------------------------------- */

/* Requests in a ns at NOW. */
static double rate_at(const struct params *p, sim_time now)
{
    const sim_time since = now - p->curve.at;

    if (p->curve.shape == CONSTANT || since < 0)
        return p->before;
    if (p->curve.shape == STEP)
        return p->after;
    if (p->curve.shape == SPIKE)
        return since < p->curve.lasts ? p->after : p->before;
    if (since >= p->curve.lasts)
        return p->after;
    return p->before + (p->after - p->before) * (double)since / (double)p->curve.lasts;
}

static void await_arrival(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    if (is_over(me))
        return;
    if (p->arrivals == EVEN)
        sim_timer(me, ARRIVAL, (sim_time)(1 / rate_at(p, sim_now(me)) + 0.5));
    else
        sim_timer(me, ARRIVAL, sim_exponential(me, GAP, (sim_time)(1 / p->most + 0.5)));
}

static void on_arrival(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    /* both draws in any case, so that curves have them in common */
    const double luck = (double)(sim_draw(me, KEEP) >> 11) * 0x1p-53;

    if (p->arrivals == EVEN || luck * p->most < rate_at(p, sim_now(me)))
        ask(me, s->idle_count > 0 ? s->idle[--s->idle_count] : s->lanes++);
    await_arrival(me);
}

static void start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const struct disk *d = sim_disk(me);

    /* what an earlier life asked may still happen: its lanes and subjects are not used again */
    s->before = d->starts * NUMBERS_PER_START;
    s->lanes = (uint32_t)d->starts * NUMBERS_PER_START;
    take_numbers(me);
    sim_sync(me);
    if (p->rate.count > 0)
        await_arrival(me);
    for (int64_t i = 0; p->rate.count == 0 && i < p->processes; i++)
        think(me, s->lanes++);
}

static uint32_t operations(const void *params)
{
    (void)params;
    return 1u << SIM_READ;
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char no_other[] = "a curve needs the other rate, `to`";
    static const char no_open[] = "belongs to the open loop, which needs `rate`";
    static const char no_closed[] = "belongs to the closed loop, but `rate` asks for the open one";
    struct params *p = params;

    (void)members;
    if (p->rate.count == 0 && p->curve.shape != CONSTANT) {
        memcpy(text, no_open, sizeof(no_open));
        return "curve";
    }
    if (p->curve.shape != CONSTANT && p->curve.to.count == 0) {
        memcpy(text, no_other, sizeof(no_other));
        return "curve";
    }
    if (p->rate.count > 0 && (p->processes != 1 || sim_distribution_most(p->think) != 0)) {
        memcpy(text, no_closed, sizeof(no_closed));
        return p->processes != 1 ? "processes" : "think";
    }
    p->before = p->rate.count > 0 ? (double)p->rate.count / (double)p->rate.per : 0;
    p->after = p->curve.to.count > 0 ? (double)p->curve.to.count / (double)p->curve.to.per : 0;
    p->most = p->curve.shape != CONSTANT && p->after > p->before ? p->after : p->before;
    return NULL;
}

const struct sim_model service_client_model = {
    .name = "service-client",
    .summary = "loads a service, in open loop with a rate that may change, or in closed loop",
    .source = "Lewis and Shedler, Simulation of Nonhomogeneous Poisson Processes by Thinning, 1979",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .timers = { [ARRIVAL] = { "arrival", on_arrival, false } },
    .laters = { [THOUGHT] = { "thought", on_thought } },
    .calls = { [CALL] = { "call", &service_interface, SERVICE_CALL, on_outcome } },
    .metrics = { [ATTEMPTS] = { "attempts", SIM_HISTOGRAM, "requests sent per request" },
                 [DEGRADED] = { "degraded", SIM_COUNTER, "answers that a filter gave" } },
    .draws = { [GAP] = "gap", [KEEP] = "keep", [THINK] = "think", [REPLICA] = "replica" },
    .start = start,
    .operations = operations,
    .check = check,
};
