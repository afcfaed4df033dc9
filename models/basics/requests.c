/* requests.c - asks, and answers whoever asks: the smallest load on a network.
 *
 * A member with `every` asks one member of its target again and again, whatever became of the
 * requests before, and records each as a read: ok with an answer, unknown without. A group without
 * `every` only answers. Nothing is stored, nothing repeated: what is seen is the network. */
#include "sim/world/model.h"

#include <string.h>

struct params {
    const struct sim_distribution *every;
    sim_time timeout;
    int64_t burst;
    uint64_t answer;
};

static const struct sim_field params_fields[] = {
    SIM_DISTRIBUTION(struct params, every, SIM_OPTIONAL, "1us", "365d",
                     "between two requests, the first at once; absent: only answers"),
    SIM_DURATION(struct params, timeout, "1s", "1us", "1d", "without an answer it is unknown"),
    SIM_INTEGER(struct params, burst, "1", "1", "100000", "so many requests at a time"),
    SIM_SIZE(struct params, answer, "0", "0", "16MiB", "how long an answer is, beside its header"),
    { 0 },
};

struct state {
    int64_t asked, answered;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, asked, "requests sent"),
    SIM_STATE(struct state, answered, "requests of others answered"),
    { 0 },
};

enum operation { ASK };
static const struct sim_interface requests_interface = { "requests",
                                                         { [ASK] = { .name = "ask" } } };

enum timer { NEXT };
enum site { ASKING };
enum draw { GAP };

static void ask(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct sim_operation o = { .kind = SIM_READ, .key = sim_self(me) };
    uint64_t id = sim_invoke(me, (uint32_t)s->asked++, &o);

    sim_call(me, ASKING, sim_self(me) % sim_targets(me), p->timeout, &id, sizeof(id), NULL);
}

static void on_next(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_timer(me, NEXT, sim_sample(me, GAP, p->every));
    for (int64_t i = 0; i < p->burst; i++)
        ask(me);
}

static void on_asked(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    size_t count = (size_t)((p->answer + sizeof(int64_t) - 1) / sizeof(int64_t));
    int64_t *words;
    struct sim_blob *blob;

    s->answered++;
    if (count == 0) {
        sim_reply(me, request->ticket, NULL);
        return;
    }
    blob = sim_blob_make(me, count, &words);
    memset(words, 0, count * sizeof(*words));
    sim_reply_blob(me, request->ticket, NULL, blob);
}

static void on_outcome(struct sim_seat *me, const struct sim_outcome *outcome)
{
    uint64_t id;

    memcpy(&id, outcome->context, sizeof(id));
    sim_complete(me, id,
                 outcome->status == SIM_REPLIED   ? SIM_OK
                 : outcome->status == SIM_REFUSED ? SIM_FAIL
                                                  : SIM_UNKNOWN,
                 0, NULL);
}

static void start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    if (p->every != NULL)
        on_next(me);
}

static uint32_t operations(const void *params)
{
    const struct params *p = params;

    return p->every != NULL ? 1u << SIM_READ : 0;
}

const struct sim_model requests_model = {
    .name = "requests",
    .summary = "asks again and again, and answers whoever asks: shows the network alone",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .timers = { [NEXT] = { "next", on_next, false } },
    .calls = { [ASKING] = { "ask", &requests_interface, ASK, on_outcome } },
    .serves = { { &requests_interface, on_asked } },
    .draws = { [GAP] = "gap" },
    .start = start,
    .operations = operations,
};
