/* saga-reader.c - looks at sagas while they run, and counts what it should not have seen.
 *
 * Sagas lack isolation: what a step did is there for all to see before the saga is over, and may be
 * undone yet (Richardson, Microservices Patterns, section 4.3). The reader picks one of the latest
 * sagas, asks all who take part in it what they did, and asks them once more when the saga must be
 * over:
 *
 *   half    at the first look one step was done, and another was not
 *   dirty   a step that was done at the first look is undone at the second: whoever acted on what
 *           he read acted on what never came to be (a dirty read, P1 of Berenson et al., A Critique
 *           of ANSI SQL Isolation Levels, SIGMOD 1995)
 *
 * A step under a semantic lock is neither: who reads it is told that it is pending, and knows that
 * it may yet be undone. Then nothing dirty is read at all. Halves become few, but not none, for the
 * answers come one after the other: a saga may end in between. */
#include "models/parts/room.h"
#include "models/parts/saga.h"

#include <string.h>

struct params {
    struct sim_list saga, steps;
    struct sim_rate rate;
    int64_t recent;
    sim_time again, patience;
};
static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, saga, saga_origin_fields,
                      "the one group that begins the sagas"),
    SIM_LIST_REQUIRED(struct params, steps, saga_step_fields, "the same as there"),
    SIM_RATE(struct params, rate, "10/s", "1/d", "1000000/s", "sagas looked at, per node"),
    SIM_INTEGER(struct params, recent, "1", "1", "1000000", "drawn from so many of the latest"),
    SIM_DURATION(struct params, again, "5s", "1us", "1d", "until the second look"),
    SIM_DURATION(struct params, patience, "1s", "1us", "1d",
                 "without all answers until then a look counts for nothing"),
    { 0 },
};

#define NOBODY UINT32_MAX

struct look {
    int64_t saga;
    uint32_t open;   /* answers that it waits for */
    uint32_t next;   /* that is free */
    uint32_t before; /* as bits: the steps that were done at the first look */
    uint32_t done, undone, pending;
    bool second, failed;
};

struct state {
    int64_t looks, half, dirty, pending, failed;
    /* not described: */
    struct look *all;
    uint32_t count, capacity, free;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, looks, "sagas looked at"),
    SIM_WATCHED(struct state, half, "of them, those that were seen half done"),
    SIM_WATCHED(struct state, dirty, "of them, those of which a step that was seen was undone"),
    SIM_STATE(struct state, pending, "of them, those of which a step was told to be pending"),
    SIM_STATE(struct state, failed, "looks without all answers"),
    { 0 },
};

SIM_RECORD(seen, saga, done, undone, pending);

struct context {
    uint32_t look, step;
};

enum site { SAGA, STEPS };
enum timer { LOOK };
enum later { SECOND };
enum draw { GAP, NTH, MEMBER };
enum note { HALF, DIRTY };
enum metric { LOOKS, HALVES, DIRTIES, PENDINGS };

static uint32_t take_look(struct sim_seat *me, const struct look *look)
{
    struct state *s = sim_state(me);
    uint32_t number = s->free;

    if (number != NOBODY) {
        s->free = s->all[number].next;
    } else {
        s->all = make_room(me, s->all, s->count, &s->capacity, sizeof(struct look));
        number = s->count++;
    }
    s->all[number] = *look;
    return number;
}

static void give_look(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    s->all[number].next = s->free;
    s->free = number;
}

static void look_at(struct sim_seat *me, int64_t saga, uint32_t before, bool second)
{
    const struct params *p = sim_params(me);
    const struct look look = {
        .saga = saga, .open = p->steps.count, .before = before, .second = second
    };
    const uint32_t number = take_look(me, &look);

    for (uint32_t i = 0; i < p->steps.count; i++) {
        const struct saga_request request = { .verb = SAGA_LOOK, .saga = saga, .step = i };
        const struct context context = { number, i };
        const uint32_t route = p->saga.count + i;

        sim_call(me, route, saga_keeper(saga, sim_targets_of(me, route)), p->patience, &context,
                 sizeof(context), &request);
    }
}

struct plan { /* of the second look */
    int64_t saga;
    uint32_t before;
};

static void on_second(struct sim_seat *me, const void *memory)
{
    struct plan plan;

    memcpy(&plan, memory, sizeof(plan));
    look_at(me, plan.saga, plan.before, true);
}

static void count_first(struct sim_seat *me, const struct look *look)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t all = 0;

    for (uint32_t i = 0; i < p->steps.count; i++) /* steps without an effect tell nothing */
        all |= (uint32_t)(((const struct saga_step *)p->steps.items)[i].amount > 0) << i;
    s->looks++;
    sim_count(me, LOOKS, 1);
    if (look->pending != 0) {
        s->pending++;
        sim_count(me, PENDINGS, 1);
    } else if ((look->done & all) != 0 && (look->done & all) != all) {
        s->half++;
        sim_count(me, HALVES, 1);
        sim_note(me, HALF, &(struct seen){ look->saga, look->done, look->undone, look->pending });
    }
    if (look->done != 0)
        sim_later(me, SECOND, p->again, &(struct plan){ look->saga, look->done },
                  sizeof(struct plan));
}

static void count_second(struct sim_seat *me, const struct look *look)
{
    struct state *s = sim_state(me);

    if ((look->before & look->undone) == 0)
        return;
    s->dirty++;
    sim_count(me, DIRTIES, 1);
    sim_note(me, DIRTY, &(struct seen){ look->saga, look->before, look->undone, look->pending });
}

static void on_seen(struct sim_seat *me, const struct sim_outcome *outcome)
{
    struct state *s = sim_state(me);
    const struct saga_reply *reply = outcome->body;
    struct context context;
    struct look *look;
    uint32_t bit;

    memcpy(&context, outcome->context, sizeof(context));
    look = &s->all[context.look];
    bit = UINT32_C(1) << context.step;
    look->open--;
    if (reply == NULL || outcome->degraded) {
        look->failed = true;
    } else {
        look->done |= reply->effect == SAGA_FINAL ? bit : 0;
        look->undone |= reply->effect == SAGA_UNDONE ? bit : 0;
        look->pending |= reply->effect == SAGA_PENDING ? bit : 0;
    }
    if (look->open > 0)
        return;
    if (look->failed)
        s->failed++;
    else if (look->second)
        count_second(me, look);
    else
        count_first(me, look);
    give_look(me, context.look);
}

static void on_number(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct saga_number *number = outcome->body;

    if (number != NULL && !outcome->degraded && number->saga >= 0)
        look_at(me, number->saga, 0, false);
}

static void await_look(struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    sim_timer(me, LOOK, sim_exponential(me, GAP, p->rate.per / p->rate.count));
}

static void on_look(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const int64_t nth = sim_uniform(me, NTH, 0, p->recent);
    const uint32_t members = sim_targets_of(me, 0);
    const uint32_t to = members == 1 ? 0 : (uint32_t)sim_uniform(me, MEMBER, 0, (int64_t)members);

    sim_call(me, SAGA, to, p->patience, NULL, 0, &(struct saga_recent){ nth });
    await_look(me);
}

static void start(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->free = NOBODY;
    await_look(me);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char one[] = "one group begins them: a list of one";
    const struct params *p = params;

    (void)members;
    if (p->saga.count != 1) {
        memcpy(text, one, sizeof(one));
        return "saga";
    }
    return saga_steps_fit(&p->steps, text) ? NULL : "steps";
}

const struct sim_model saga_reader_model = {
    .name = "saga-reader",
    .summary = "looks at sagas while they run, and counts what it should not have seen",
    .source = "Richardson, Microservices Patterns, 2018, section 4.3",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .timers = { [LOOK] = { "look", on_look, false } },
    .laters = { [SECOND] = { "second", on_second } },
    .notes = { [HALF] = { "half", SIM_WORDS(seen) }, [DIRTY] = { "dirty", SIM_WORDS(seen) } },
    .calls = { [SAGA] = { "saga", &saga_origin_interface, SAGA_RECENT, on_number },
               [STEPS] = { "steps", &saga_interface, SAGA_ASK, on_seen } },
    .metrics = {
        [LOOKS] = { "looks", SIM_COUNTER, "sagas looked at" },
        [HALVES] = { "half", SIM_ANOMALIES, "sagas seen half done" },
        [DIRTIES] = { "dirty", SIM_ANOMALIES, "sagas of which a step that was seen was undone" },
        [PENDINGS] = { "pending", SIM_COUNTER, "sagas of which a step was told to be pending" },
    },
    .draws = { [GAP] = "gap", [NTH] = "nth", [MEMBER] = "member" },
    .start = start,
    .check = check,
    .fits = saga_steps_match,
};
