/* saga.c - begins sagas for its clients and knows how each of them ended.
 *
 * Orchestrated, this node is the coordinator: it asks one service after the other, and writes what
 * it learned to its log before it goes on (Garcia-Molina and Salem, section 4: a log and begin and
 * end records are what a saga execution component needs). So after a crash it goes on where the log
 * ends, and asks once more what it may have asked before: services know a step by its saga and its
 * number, and do it once.
 *
 * Choreographed, it tells the first service, which tells the next, and is told by the last how it
 * ended (Richardson, Microservices Patterns, section 4.2.1): each service has a log of its own and
 * tells on until it was heard.
 *
 * What is not known: a step before the pivot that gave no answer in time is compensated as if it
 * had been done, for it may have been; the service bars it if it comes after all. A pivot that gave
 * no answer is asked again until there is one: nobody may guess. What follows the pivot and what
 * compensates is tried until it is done, with a back-off, through any number of crashes.
 *
 * With `semantic_lock` what the steps did is pending until the saga is over (section 4.3.3), and
 * the services are told so then.
 *
 * Clients are answered when it is over, or once it is certain that it will be (`answers`). A
 * request with an idempotency key begins one saga, however often it comes; without, one each time.
 * Of several nodes each knows the requests that came to it: who asks another begins another saga.
 */
#include "models/parts/saga.h"
#include "models/parts/commit.h"
#include "models/parts/lookup.h"
#include "models/parts/room.h"

#include <assert.h>
#include <string.h>

enum style { ORCHESTRATED, CHOREOGRAPHED };
static const char *const style_names[] = { "orchestrated", "choreographed", NULL };

enum answers { WHEN_OVER, WHEN_ACCEPTED };
static const char *const answers_names[] = { "over", "accepted", NULL };

struct params {
    struct sim_list steps;
    int64_t style, answers;
    bool semantic_lock;
    sim_time patience, backoff, backoff_most;
};
static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, steps, saga_step_fields, "of every saga, in their order"),
    SIM_CHOICE(struct params, style, "orchestrated", style_names,
               "this node asks all services, or tells the first, and each tells the next"),
    SIM_CHOICE(struct params, answers, "over", answers_names,
               "a client, when the saga is over, or once it is on the disk"),
    SIM_BOOLEAN(struct params, semantic_lock, "false",
                "what steps do is pending until the saga is over"),
    SIM_DURATION(struct params, patience, "1s", "1us", "1d",
                 "until a call without an answer has failed, filters or not"),
    SIM_DURATION(struct params, backoff, "100ms", "1us", "1d",
                 "before what has to succeed is tried again; doubled each time"),
    SIM_DURATION(struct params, backoff_most, "5s", "1us", "1d", "no wait is longer"),
    { 0 },
};

#define NOBODY UINT32_MAX

enum phase { RUNNING, COMPENSATING, CONFIRMING, OVER };

struct saga {
    int64_t id, units, trace, parent, span;
    uint64_t key; /* of the request; 0: none */
    sim_time came;
    uint32_t waiter; /* the first of those who wait for the answer */
    uint32_t tries;  /* of what it is at now, that failed */
    uint8_t phase;   /* enum phase */
    int8_t step;     /* that it is at */
    bool failed;
    bool launched; /* it is on the disk, and something was done about it */
    bool handed;   /* choreographed: the first service has it */
    bool settled;  /* its end is on the disk */
};

struct waiter {
    struct sim_ticket ticket;
    uint32_t next;
};

struct state {
    int64_t begun, launched, open, compensating, waiting, repeated, refused;
    /* not described: */
    int64_t spans;
    struct saga *sagas;
    uint32_t count, capacity;
    struct lookup places; /* of sagas, by their numbers */
    struct waiter *waiters;
    uint32_t waiter_count, waiter_capacity, waiter_free;
    struct commit commit;
};
static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, begun, "sagas that this node knows of"),
    SIM_WATCHED(struct state, launched, "of them, those for which something was done"),
    SIM_WATCHED(struct state, open, "of them, those that are not over"),
    SIM_WATCHED(struct state, compensating, "of them, those that are being compensated"),
    SIM_WATCHED(struct state, waiting, "of them, those that wait before they try again"),
    SIM_STATE(struct state, repeated, "requests that were known by their keys"),
    SIM_STATE(struct state, refused, "requests that were not begun"),
    { 0 },
};

struct disk {
    int64_t begun, done, compensated, amount;
};
static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, begun, "sagas"),
    SIM_STATE(struct disk, done, "of them, those of which every step is done"),
    SIM_STATE(struct disk, compensated, "of them, those of which every step is undone"),
    SIM_STATE(struct disk, amount, "what those that are done had ordered"),
    { 0 },
};

/* what: enum what; step: of ENDED: whether it was done; the rest: of BEGAN alone */
SIM_RECORD(entry, what, saga, step, units, trace, key);
enum what { BEGAN, DID, GAVE_UP, UNDID, CONFIRMED, ENDED };

SIM_RECORD(began, saga, units);
SIM_RECORD(at_step, saga, step);
SIM_RECORD(over, saga, done);
SIM_RECORD(waits, saga, step, wait);
SIM_RECORD(span, trace, span, parent, waited, took, status);

struct context { /* of a call, and of a wait for the next */
    uint32_t saga;
    int32_t phase, step;
};

struct due { /* what may be done once the log is on the disk */
    uint32_t saga;
    bool acts;    /* what follows from the log */
    bool answers; /* the service that told the end */
    struct sim_ticket ticket;
};

enum site { STEPS };
enum later { AGAIN };
enum log { LOG };
enum draw { BACKOFF };
enum note {
    NOTE_BEGAN,
    ASKED,
    STEP_DONE,
    STEP_FAILED,
    STEP_UNKNOWN,
    NOTE_COMPENSATING,
    STEP_UNDONE,
    STEP_CONFIRMED,
    WAITS,
    NOTE_OVER,
    SPAN
};
enum metric { TOOK, RETRIES, SAGAS_DONE, SAGAS_COMPENSATED };
enum mark { RESUMED, RESUMED_COMPENSATION, UNKNOWN_COMPENSATED, PIVOT_ASKED_AGAIN, JOINED };
enum bug { SAGA_LOG_NOT_DURABLE, COMPENSATION_NOT_RETRIED };

static void act(struct sim_seat *me, uint32_t number);

/* -- the log, and what follows from it --------------------------------------------------------- */

static const struct saga_step *step_of(const struct sim_seat *me, int64_t step)
{
    const struct params *p = sim_params(me);

    return (const struct saga_step *)p->steps.items + step;
}

static uint32_t add_saga(struct sim_seat *me, const struct entry *e)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);

    s->sagas = make_room(me, s->sagas, s->count, &s->capacity, sizeof(struct saga));
    s->sagas[s->count] = (struct saga){
        .id = e->saga,
        .units = e->units,
        .trace = e->trace,
        .key = (uint64_t)e->key,
        .waiter = NOBODY,
    };
    lookup_add(me, &s->places, e->saga, 0, s->count);
    d->begun++;
    s->begun++;
    s->open++;
    return s->count++;
}

/* All steps are done; those that are locked are told. */
static void succeed(struct sim_seat *me, struct saga *saga)
{
    const struct params *p = sim_params(me);
    struct disk *d = sim_disk(me);
    const int64_t next = p->semantic_lock ? saga_next_locked(&p->steps, 0) : -1;

    d->done++;
    d->amount += saga->units;
    saga->phase = next < 0 ? OVER : CONFIRMING;
    saga->step = next < 0 ? saga->step : (int8_t)next;
}

/* The steps from FROM down to the first are to be undone. */
static void undo_from(struct sim_seat *me, struct saga *saga, int64_t from)
{
    const struct params *p = sim_params(me);
    struct disk *d = sim_disk(me);
    const int64_t next = saga_next_undone(&p->steps, from);

    if (next < 0) {
        d->compensated++;
        saga->phase = OVER;
    } else {
        saga->phase = COMPENSATING;
        saga->step = (int8_t)next;
    }
}

/* The same while the node runs and when it reads its log after a crash. */
static uint32_t apply(struct sim_seat *me, const struct entry *e)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const uint32_t number =
        e->what == BEGAN ? add_saga(me, e) : lookup_find(&s->places, e->saga, 0);
    struct saga *saga = &s->sagas[number];
    int64_t next;

    assert(number < s->count);
    saga->tries = 0;
    s->compensating -= saga->phase == COMPENSATING;
    switch (e->what) {
    case DID:
        saga->step = (int8_t)(e->step + 1);
        if (saga->step == (int64_t)p->steps.count)
            succeed(me, saga);
        break;
    case GAVE_UP:
        saga->failed = true;
        undo_from(me, saga, e->step);
        break;
    case UNDID:
        undo_from(me, saga, e->step - 1);
        break;
    case CONFIRMED:
        next = saga_next_locked(&p->steps, e->step + 1);
        saga->phase = next < 0 ? OVER : CONFIRMING;
        saga->step = next < 0 ? saga->step : (int8_t)next;
        break;
    case ENDED:
        saga->failed = e->step == 0;
        if (saga->failed)
            undo_from(me, saga, -1);
        else
            succeed(me, saga);
        break;
    default:
        assert(e->what == BEGAN);
    }
    s->compensating += saga->phase == COMPENSATING;
    return number;
}

static void do_due(struct sim_seat *me, const struct due *due)
{
    const struct state *s = sim_state(me);

    if (due->answers)
        sim_reply(me, due->ticket, &(struct saga_taken){ s->sagas[due->saga].id });
    if (due->acts)
        act(me, due->saga);
}

/* Nothing is done about what is not on the disk. */
static void await_disk(struct sim_seat *me, const struct due *due)
{
    struct state *s = sim_state(me);

    if (sim_bug(me, SAGA_LOG_NOT_DURABLE))
        do_due(me, due);
    else
        commit_add(me, &s->commit, due);
}

static uint32_t record(struct sim_seat *me, const struct entry *e, const struct sim_ticket *told)
{
    struct due due = { .acts = true, .answers = told != NULL };

    sim_append(me, LOG, e, NULL);
    due.saga = apply(me, e);
    if (told != NULL)
        due.ticket = *told;
    sim_write(me);
    await_disk(me, &due);
    return due.saga;
}

static void record_step(struct sim_seat *me, uint32_t number, enum what what, int64_t step)
{
    const struct state *s = sim_state(me);

    record(me, &(struct entry){ .what = what, .saga = s->sagas[number].id, .step = step }, NULL);
}

/* -- answers to clients ------------------------------------------------------------------------ */

static struct service_reply reply_of(const struct sim_seat *me, const struct saga *saga)
{
    const struct params *p = sim_params(me);
    const bool failed = p->answers == WHEN_OVER && saga->failed;

    return (struct service_reply){ failed ? SERVICE_UNDONE : SERVICE_OK, saga->units };
}

static void wait_for(struct sim_seat *me, uint32_t number, struct sim_ticket ticket)
{
    struct state *s = sim_state(me);
    uint32_t place = s->waiter_free;

    if (place != NOBODY) {
        s->waiter_free = s->waiters[place].next;
    } else {
        s->waiters =
            make_room(me, s->waiters, s->waiter_count, &s->waiter_capacity, sizeof(struct waiter));
        place = s->waiter_count++;
    }
    s->waiters[place] = (struct waiter){ ticket, s->sagas[number].waiter };
    s->sagas[number].waiter = place;
}

static void answer(struct sim_seat *me, struct saga *saga)
{
    struct state *s = sim_state(me);
    const struct service_reply reply = reply_of(me, saga);
    uint32_t place = saga->waiter;

    if (place == NOBODY)
        return;
    if (saga->span != 0) /* of this life: when it came to an earlier one nobody knows */
        sim_note(me, SPAN,
                 &(struct span){ saga->trace, saga->span, saga->parent, 0, sim_now(me) - saga->came,
                                 reply.status });
    saga->waiter = NOBODY;
    while (place != NOBODY) {
        const uint32_t next = s->waiters[place].next;

        sim_reply(me, s->waiters[place].ticket, &reply);
        s->waiters[place].next = s->waiter_free;
        s->waiter_free = place;
        place = next;
    }
}

/* -- the way of a saga ------------------------------------------------------------------------- */

static void ask(struct sim_seat *me, uint32_t number)
{
    static const enum saga_verb verbs[] = {
        [RUNNING] = SAGA_DO, [COMPENSATING] = SAGA_UNDO, [CONFIRMING] = SAGA_CONFIRM
    };
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    const struct saga *saga = &s->sagas[number];
    const struct saga_step *step = step_of(me, saga->step);
    const uint32_t route = (uint32_t)saga->step;
    const struct saga_request request = {
        .verb = verbs[saga->phase],
        .saga = saga->id,
        .step = saga->step,
        .amount = saga->units * step->amount,
        .units = saga->units,
        .must = step->kind == SAGA_RETRIABLE ? 1 + (int64_t)saga->tries : 0,
        .locked = saga_lock(step, p->semantic_lock),
        .events = p->style == CHOREOGRAPHED && saga->phase == RUNNING,
        .trace = saga->trace,
        .parent = saga->span,
    };
    const struct context context = { number, saga->phase, saga->step };

    sim_note(me, ASKED, &(struct at_step){ saga->id, saga->step });
    sim_call(me, route, saga_keeper(saga->id, sim_targets_of(me, route)), p->patience, &context,
             sizeof(context), &request);
}

static void settle(struct sim_seat *me, struct saga *saga)
{
    struct state *s = sim_state(me);

    if (saga->settled)
        return;
    saga->settled = true;
    s->open--;
    if (saga->span != 0) /* of this life */
        sim_measure(me, TOOK, sim_now(me) - saga->came);
    sim_count(me, saga->failed ? SAGAS_COMPENSATED : SAGAS_DONE, 1);
    sim_note(me, NOTE_OVER, &(struct over){ saga->id, !saga->failed });
}

/* What the log says is on the disk: that is done which follows from it. */
static void act(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct saga *saga = &s->sagas[number];

    s->launched += !saga->launched;
    saga->launched = true;
    if (p->answers == WHEN_ACCEPTED || saga->phase == CONFIRMING || saga->phase == OVER)
        answer(me, saga);
    if (saga->phase == OVER)
        settle(me, saga);
    else
        ask(me, number);
}

static void try_again(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct saga *saga = &s->sagas[number];
    const struct context context = { number, saga->phase, saga->step };
    const sim_time wait =
        saga_backoff(p->backoff, p->backoff_most, saga->tries++, sim_draw(me, BACKOFF));

    s->waiting++;
    sim_count(me, RETRIES, 1);
    sim_note(me, WAITS, &(struct waits){ saga->id, saga->step, wait });
    sim_later(me, AGAIN, wait, &context, sizeof(context));
}

/* It is still at what CONTEXT says. */
static bool is_at(const struct saga *saga, const struct context *context)
{
    return saga->phase == context->phase && saga->step == context->step && !saga->handed;
}

static void on_again(struct sim_seat *me, const void *memory)
{
    struct state *s = sim_state(me);
    struct context context;

    memcpy(&context, memory, sizeof(context));
    s->waiting--;
    if (is_at(&s->sagas[context.saga], &context))
        ask(me, context.saga);
}

static void give_up(struct sim_seat *me, uint32_t number, int64_t last)
{
    const struct state *s = sim_state(me);

    sim_note(me, NOTE_COMPENSATING, &(struct at_step){ s->sagas[number].id, last });
    record_step(me, number, GAVE_UP, last);
}

/* REPLY is NULL: whether it was done is not known. */
static void on_step(struct sim_seat *me, uint32_t number, const struct saga_reply *reply)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct saga *saga = &s->sagas[number];
    const struct saga_step *step = step_of(me, saga->step);
    const struct at_step body = { saga->id, saga->step };

    if (p->style == CHOREOGRAPHED && reply != NULL) {
        saga->handed = true;
    } else if (reply != NULL && reply->status == SAGA_DONE) {
        sim_note(me, STEP_DONE, &body);
        record_step(me, number, DID, saga->step);
    } else if (reply != NULL && step->kind != SAGA_RETRIABLE) {
        sim_note(me, STEP_FAILED, &body);
        give_up(me, number, saga->step - 1);
    } else if (p->style == ORCHESTRATED && step->kind == SAGA_COMPENSATABLE) {
        sim_reached(me, UNKNOWN_COMPENSATED);
        sim_note(me, STEP_UNKNOWN, &body);
        give_up(me, number, saga->step);
    } else {
        if (step->kind == SAGA_PIVOT)
            sim_reached(me, PIVOT_ASKED_AGAIN);
        try_again(me, number);
    }
}

static void on_asked(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct state *s = sim_state(me);
    const struct saga_reply *reply = outcome->body;
    struct context context;
    const struct saga *saga;

    memcpy(&context, outcome->context, sizeof(context));
    saga = &s->sagas[context.saga];
    if (!is_at(saga, &context)) /* it was told meanwhile how it ended */
        return;
    if (outcome->degraded || (reply != NULL && reply->status == SAGA_AGAIN))
        reply = NULL;
    if (saga->phase == RUNNING) {
        on_step(me, context.saga, reply);
    } else if (reply == NULL &&
               !(saga->phase == COMPENSATING && sim_bug(me, COMPENSATION_NOT_RETRIED))) {
        try_again(me, context.saga);
    } else if (saga->phase == COMPENSATING) {
        sim_note(me, STEP_UNDONE, &(struct at_step){ saga->id, saga->step });
        record_step(me, context.saga, UNDID, saga->step);
    } else {
        sim_note(me, STEP_CONFIRMED, &(struct at_step){ saga->id, saga->step });
        record_step(me, context.saga, CONFIRMED, saga->step);
    }
}

static void on_synced(struct sim_seat *me, const void *context)
{
    struct state *s = sim_state(me);
    struct due due;

    (void)context;
    while (commit_take(me, &s->commit, &due))
        do_due(me, &due);
}

/* -- requests ---------------------------------------------------------------------------------- */

/* The saga that REQUEST has begun before, by its key; else NOBODY, and *ID is that of a new one,
 * negative if there are too many. */
static uint32_t find_begun(struct sim_seat *me, const struct sim_request *request, int64_t *id)
{
    const struct state *s = sim_state(me);
    const int64_t order = saga_order(request);

    for (int64_t copy = 0;; copy++) {
        *id = saga_make(order, copy, sim_self(me), sim_members(me));
        const uint32_t number = *id < 0 ? LOOKUP_NONE : lookup_find(&s->places, *id, 0);

        if (number == LOOKUP_NONE)
            return NOBODY;
        if (request->key != 0 && s->sagas[number].key == request->key)
            return number;
    }
}

static void join(struct sim_seat *me, uint32_t number, struct sim_ticket ticket)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const struct saga *saga = &s->sagas[number];
    const struct service_reply reply = reply_of(me, saga);

    s->repeated++;
    sim_reached(me, JOINED);
    if (saga->settled || (p->answers == WHEN_ACCEPTED && saga->launched))
        sim_reply(me, ticket, &reply);
    else
        wait_for(me, number, ticket);
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct service_request *r = request->body;
    struct state *s = sim_state(me);
    int64_t id;
    uint32_t number = find_begun(me, request, &id);

    if (number != NOBODY) {
        join(me, number, request->ticket);
        return;
    }
    if (r->amount < 1 || id < 0 || request->left <= 0) {
        s->refused++;
        sim_refuse(me, request->ticket);
        return;
    }
    sim_note(me, NOTE_BEGAN, &(struct began){ id, r->amount });
    number = s->count;
    record(me, &(struct entry){ BEGAN, id, 0, r->amount, r->trace, (int64_t)request->key }, NULL);
    s->sagas[number].parent = r->parent;
    s->sagas[number].span = ++s->spans;
    s->sagas[number].came = sim_now(me);
    wait_for(me, number, request->ticket);
}

static void on_ended(struct sim_seat *me, const struct sim_request *request)
{
    const struct saga_ended *r = request->body;
    struct state *s = sim_state(me);
    const uint32_t number = lookup_find(&s->places, r->saga, 0);

    if (saga_origin_of(r->saga, sim_members(me)) != sim_self(me)) { /* who began it has to know */
        sim_refuse(me, request->ticket);
        return;
    }
    if (number == LOOKUP_NONE || s->sagas[number].settled) {
        sim_reply(me, request->ticket, &(struct saga_taken){ r->saga });
        return;
    }
    if (s->sagas[number].phase == RUNNING) {
        s->sagas[number].handed = false;
        record(me, &(struct entry){ .what = ENDED, .saga = r->saga, .step = r->done },
               &request->ticket);
        return;
    }
    /* what was told before may not be on the disk yet */
    await_disk(me, &(struct due){ number, false, true, request->ticket });
}

static void on_origin(struct sim_seat *me, const struct sim_request *request)
{
    const struct state *s = sim_state(me);

    if (request->operation == SAGA_ENDED) {
        on_ended(me, request);
    } else {
        const struct saga_recent *r = request->body;
        const bool is_there = r->nth >= 0 && r->nth < (int64_t)s->count;

        sim_reply(me, request->ticket,
                  &(struct saga_number){ is_there ? s->sagas[s->count - 1 - r->nth].id : -1 });
    }
}

/* -- life -------------------------------------------------------------------------------------- */

/* Clients of an earlier life are not waiting any more, or ask again. */
static void start(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    const struct disk before = *d;

    s->spans = (sim_node(me) + 1) * INT64_C(1000000000000000) + sim_now(me) / 1000;
    s->waiter_free = NOBODY;
    commit_init(&s->commit, sizeof(struct due));
    *d = (struct disk){ 0 };
    for (uint64_t i = 0; i < sim_log_length(me, LOG); i++)
        apply(me, sim_log_record(me, LOG, i));
    if (before.begun != d->begun || before.done != d->done || before.amount != d->amount ||
        before.compensated != d->compensated)
        sim_write(me);
    for (uint32_t i = 0; i < s->count; i++) {
        struct saga *saga = &s->sagas[i];

        saga->launched = true;
        saga->settled = saga->phase == OVER;
        s->launched++;
        s->open -= saga->settled;
        if (saga->settled)
            continue;
        sim_reached(me, saga->phase == COMPENSATING ? RESUMED_COMPENSATION : RESUMED);
        act(me, i);
    }
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char many[] = "there are at most 512 nodes that begin sagas";
    static const char shorter[] = "is less than `backoff`";
    const struct params *p = params;

    if (!saga_steps_fit(&p->steps, text))
        return "steps";
    if (members > SAGA_MEMBERS_MAX) {
        memcpy(text, many, sizeof(many));
        return "steps";
    }
    if (p->backoff_most < p->backoff) {
        memcpy(text, shorter, sizeof(shorter));
        return "backoff_most";
    }
    return NULL;
}

/* Services that are asked by a coordinator need not know anything. */
static const char *fits(const struct sim_plan *plan, uint32_t group, char text[160])
{
    const int64_t *style = sim_plan_param(plan, group, "style");

    return *style == CHOREOGRAPHED ? saga_steps_known(plan, group, text) : NULL;
}

/* Its own part in a saga is that it is done. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);

    for (uint32_t i = 0; i < s->count; i++) {
        const struct saga *saga = &s->sagas[i];
        const bool done = saga->phase >= CONFIRMING && !saga->failed;

        sim_ledger_effect(ledger, saga_order_of(saga->id), 0, done, 0);
    }
}

const struct sim_model saga_model = {
    .name = "saga",
    .summary = "begins sagas, and coordinates them or lets the services tell each other",
    .source = "Garcia-Molina and Salem, Sagas, SIGMOD 1987; Richardson, Microservices Patterns, "
              "2018, chapter 4",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .laters = { [AGAIN] = { "again", on_again } },
    .notes = {
        [NOTE_BEGAN] = { "began", SIM_WORDS(began) },
        [ASKED] = { "asked", SIM_WORDS(at_step) },
        [STEP_DONE] = { "step-done", SIM_WORDS(at_step) },
        [STEP_FAILED] = { "step-failed", SIM_WORDS(at_step) },
        [STEP_UNKNOWN] = { "step-unknown", SIM_WORDS(at_step) },
        [NOTE_COMPENSATING] = { "compensating", SIM_WORDS(at_step) },
        [STEP_UNDONE] = { "step-undone", SIM_WORDS(at_step) },
        [STEP_CONFIRMED] = { "step-confirmed", SIM_WORDS(at_step) },
        [WAITS] = { "waits", SIM_WORDS(waits) },
        [NOTE_OVER] = { "over", SIM_WORDS(over) },
        [SPAN] = { "span", SIM_WORDS(span) },
    },
    .calls = { [STEPS] = { "steps", &saga_interface, SAGA_ASK, on_asked } },
    .serves = { { &service_interface, on_request }, { &saga_origin_interface, on_origin } },
    .logs = { [LOG] = { "log", SIM_WORDS(entry) } },
    .metrics = {
        [TOOK] = { "took", SIM_DURATIONS, "from the request to the end of a saga" },
        [RETRIES] = { "retries", SIM_COUNTER, "of what has to succeed" },
        [SAGAS_DONE] = { "done", SIM_COUNTER, "sagas that ended with every step done" },
        [SAGAS_COMPENSATED] = { "compensated", SIM_COUNTER, "sagas that ended with none" },
    },
    .marks = {
        [RESUMED] = { "resumed", "a saga goes on after a crash of its coordinator" },
        [RESUMED_COMPENSATION] = { "resumed-compensation", "the same of a compensation" },
        [UNKNOWN_COMPENSATED] = { "unknown-compensated", "no answer: it is compensated" },
        [PIVOT_ASKED_AGAIN] = { "pivot-asked-again", "nobody knows whether the pivot was done" },
        [JOINED] = { "joined", "a request comes again that has begun a saga" },
    },
    .draws = { [BACKOFF] = "backoff" },
    .bugs = { [SAGA_LOG_NOT_DURABLE] = "saga_log_not_durable",
              [COMPENSATION_NOT_RETRIED] = "compensation_not_retried" },
    .start = start,
    .synced = on_synced,
    .check = check,
    .fits = fits,
    .holds = on_holds,
    .tells_effects = true,
};
