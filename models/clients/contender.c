/* contender.c - updates one row of a store, once, as many others do at the same time.
 *
 * Optimistic concurrency control: read the row's version, write the next one if it is still the
 * same. Of those who read one version a single one gets through; the others wait and begin anew.
 * For how long is the question of Brooker, Exponential Backoff and Jitter (AWS Architecture Blog,
 * 2015): not at all, e = min(cap, base * 2^n) after the n-th failure, or a draw from 0 to e.
 *
 * Each conditional write is recorded as an operation: ok, or fail if another was before it. */
#include "models/parts/store.h"

#include <string.h>

enum backoff { NONE, EXPONENTIAL, FULL };
static const char *const backoff_names[] = { "none", "exponential", "full", NULL };

struct params {
    int64_t backoff;
    sim_time base, cap, timeout;
};
static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, backoff, "full", backoff_names,
               "none, the exponential wait, or a draw from 0 up to it"),
    SIM_DURATION(struct params, base, "5ms", "1us", "1d", "of the exponential wait"),
    SIM_DURATION(struct params, cap, "2s", "1us", "1d", "no wait is longer"),
    SIM_DURATION(struct params, timeout, "10s", "1us", "1d",
                 "without an answer to a write it is unknown, and the row is given up"),
    { 0 },
};

struct state {
    int64_t writes, version;
    uint64_t id;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, writes, "conditional writes so far"),
    { 0 },
};

enum later { AGAIN };
enum site { READ, WRITE };
enum draw { WAIT };
enum metric { WRITES, LAST };

static void read_version(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_call(me, READ, 0, p->timeout, NULL, 0, &(struct store_read){ 0 });
}

static void on_again(struct sim_seat *me, const void *context)
{
    (void)context;
    read_version(me);
}

static void wait(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    sim_time most = p->base;

    for (int64_t n = 0; n < s->writes && most < p->cap; n++)
        most *= 2;
    most = most < p->cap ? most : p->cap;
    if (p->backoff == NONE)
        most = 0;
    if (p->backoff == FULL)
        most = sim_uniform(me, WAIT, 0, most + 1);
    sim_later(me, AGAIN, most, NULL, 0);
}

static void on_read(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    const struct store_reply *reply = outcome->body;
    struct state *s = sim_state(me);
    struct sim_operation o = { .kind = SIM_CAS };

    if (outcome->status != SIM_REPLIED || reply->status != STORE_OK) {
        wait(me);
        return;
    }
    s->version = reply->value == SIM_NIL ? 1 : reply->value + 1;
    o.argument = reply->value;
    o.second = s->version;
    s->writes++;
    sim_count(me, WRITES, 1);
    s->id = sim_invoke(me, 0, &o);
    sim_call(me, WRITE, 0, p->timeout, NULL, 0,
             &(struct store_cas){ 0, o.argument, o.second, 0, 0 });
}

static void on_written(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct store_reply *reply = outcome->body;
    const struct state *s = sim_state(me);

    if (outcome->status == SIM_CALL_UNKNOWN) {
        sim_complete(me, s->id, SIM_UNKNOWN, SIM_NIL, NULL);
    } else if (outcome->status == SIM_REPLIED && reply->status == STORE_OK) {
        sim_complete(me, s->id, SIM_OK, SIM_NIL, NULL);
        if (s->version == (int64_t)sim_members(me))
            sim_count(me, LAST, 1);
    } else {
        sim_complete(me, s->id, SIM_FAIL, SIM_NIL, NULL);
        wait(me);
    }
}

static uint32_t operations(const void *params)
{
    (void)params;
    return 1u << SIM_CAS;
}

const struct sim_model contender_model = {
    .name = "contender",
    .summary = "updates one row of a store once, against all others who do",
    .source = "Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .laters = { [AGAIN] = { "again", on_again } },
    .calls = { [READ] = { "read", &store_interface, STORE_READ, on_read },
               [WRITE] = { "write", &store_interface, STORE_CAS, on_written } },
    .metrics = { [WRITES] = { "writes", SIM_COUNTER, "conditional writes" },
                 [LAST] = { "last", SIM_COUNTER,
                            "the update after which all members had theirs" } },
    .draws = { [WAIT] = "wait" },
    .start = read_version,
    .operations = operations,
};
