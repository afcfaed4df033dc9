/* participant.c - a service that takes part in sagas: it holds money, stock or seats, on its disk.
 *
 * A step takes an amount of what is there, or fails for want of it, and its compensation gives it
 * back. What became of a step is written to a log before anybody is told, under the saga and the
 * number of the step: what comes again is answered the same and not done again.
 *
 * A compensation may come before its step, if the step was delayed on the way and its caller gave
 * up. Then there is nothing to undo; but the step may come yet, and nobody would compensate it any
 * more. So the compensation leaves a tombstone, and the step that comes after it is turned away.
 *
 * In a choreographed saga it tells the next service of a step that is done, and the one before it
 * of a step that failed or was undone. That something has to be told is part of the log entry of
 * what was done (a transactional outbox: Richardson, Microservices Patterns, section 3.3.7), and it
 * is told until it was heard. It needs to know the steps and who begins the sagas for that.
 *
 * Each member keeps the sagas that the hash of their orders gives it. One that is asked for
 * another's (a filter of the call may turn to the next member) refuses: it does not know what that
 * one did.
 *
 * Asked by a client directly (the service interface) it is an idempotent consumer of requests that
 * have a key: one action of one order is done once, also if who asks began anew after a crash, with
 * another key. Without a key it is done as often as it comes.
 *
 * Luck is a hash of the order and the step, so that the same steps fail in every style. */
#include "models/parts/commit.h"
#include "models/parts/lookup.h"
#include "models/parts/room.h"
#include "models/parts/saga.h"

#include <assert.h>
#include <string.h>

struct params {
    struct sim_list saga, steps;
    int64_t of;
    sim_probability failure;
    sim_time patience, backoff, backoff_most;
};
static const struct sim_field params_fields[] = {
    SIM_LIST(struct params, saga, saga_origin_fields,
             "of choreographed sagas: the one group that begins them"),
    SIM_LIST(struct params, steps, saga_step_fields, "of choreographed sagas: the same as there"),
    SIM_INTEGER(struct params, of, "1000000000", "0", "1000000000000000",
                "how much there is of it at first"),
    SIM_PROBABILITY(struct params, failure, "0%",
                    "of steps fail by themselves; those that may not, for this time"),
    SIM_DURATION(struct params, patience, "1s", "1us", "1d",
                 "of choreographed sagas: until nobody heard what was told"),
    SIM_DURATION(struct params, backoff, "100ms", "1us", "1d",
                 "before it is told again; doubled each time"),
    SIM_DURATION(struct params, backoff_most, "5s", "1us", "1d", "no wait is longer"),
    { 0 },
};

/* What became of a step. */
enum status { DONE, FAILED, UNDONE, BARRED };

struct effect {
    int64_t saga, amount, units, trace;
    int32_t step;
    uint32_t did, undid; /* how often */
    uint32_t tries;      /* to tell it, in vain */
    uint8_t status;      /* enum status */
    bool locks;          /* the saga has semantic locks */
    bool pending;        /* by such a one, until it is confirmed or undone */
    bool events;         /* what becomes of it is told on */
    bool told;           /* it was */
};

struct state {
    int64_t done, failed, undone, barred, late, repeated, pending, untold;
    /* not described: */
    int64_t spans;
    struct effect *effects;
    uint32_t count, capacity;
    struct lookup places; /* of effects, by saga and step */
    struct commit commit;
};
static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, done, "steps done"),
    SIM_WATCHED(struct state, failed, "steps that failed for good"),
    SIM_WATCHED(struct state, undone, "steps undone"),
    SIM_WATCHED(struct state, barred, "compensations that came before their step"),
    SIM_STATE(struct state, late, "steps turned away, in this life: they came too late"),
    SIM_STATE(struct state, repeated, "steps that came again, in this life"),
    SIM_WATCHED(struct state, pending,
                "steps done of sagas that are not over, with semantic locks"),
    SIM_WATCHED(struct state, untold, "steps of which the next service has not heard yet"),
    { 0 },
};

struct disk {
    int64_t available, taken;
    /* not described: */
    uint64_t luck;
};
static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, available, "what is there"),
    SIM_STATE(struct disk, taken, "what steps took and no compensation gave back"),
    { 0 },
};

/* what: enum what; the rest as of saga_request, of DID and REFUSED alone */
SIM_RECORD(entry, what, saga, step, amount, units, locked, events, trace);
enum what { DID, REFUSED, UNDID, BURIED, CONFIRMED, TOLD };

SIM_RECORD(at_step, saga, step, amount);
SIM_RECORD(waits, saga, step, wait);
SIM_RECORD(span, trace, span, parent, waited, took, status);

#define NOBODY UINT32_MAX

enum answers { A_SAGA, A_CLIENT };

struct due { /* what may be done once the log is on the disk */
    struct sim_ticket ticket;
    struct saga_reply reply;
    int64_t amount, trace, parent, span;
    sim_time came;
    uint32_t tell;   /* the effect that is to be told on; NOBODY: none */
    uint8_t answers; /* enum answers */
};

struct context { /* of a call, and of a wait for the next */
    uint32_t effect;
    int32_t status;
};

enum site { SAGA, STEPS };
enum later { AGAIN };
enum log { LOG };
enum draw { LUCK, BACKOFF };
enum note {
    NOTE_DONE,
    NOTE_FAILED,
    NOTE_UNDONE,
    NOTE_BARRED,
    LATE,
    REPEATED,
    NOTE_CONFIRMED,
    WAITS,
    SPAN
};
enum metric { LATE_STEPS, REPEATED_STEPS, BARRED_STEPS, RETRIES };
enum mark { SHORT, UNDONE_FIRST, CAME_AFTER, CAME_AGAIN, TOLD_AGAIN, CAME_ASTRAY };
enum bug {
    COMPENSATION_OVERTAKES_STEP,
    NO_IDEMPOTENCY_KEY,
    COMPENSATION_NOT_RETRIED,
    EVENT_NOT_LOGGED
};

/* -- the log, and what follows from it --------------------------------------------------------- */

static struct effect *find(struct sim_seat *me, int64_t saga, int64_t step)
{
    const struct state *s = sim_state(me);
    const uint32_t place = lookup_find(&s->places, saga, step);

    return place == LOOKUP_NONE ? NULL : &s->effects[place];
}

static struct effect *find_or_add(struct sim_seat *me, const struct entry *e)
{
    struct state *s = sim_state(me);
    struct effect *effect = find(me, e->saga, e->step);

    if (effect != NULL)
        return effect;
    s->effects = make_room(me, s->effects, s->count, &s->capacity, sizeof(struct effect));
    effect = &s->effects[s->count];
    *effect = (struct effect){
        .saga = e->saga,
        .amount = e->amount,
        .units = e->units,
        .trace = e->trace,
        .step = (int32_t)e->step,
        .locks = e->locked != SAGA_UNLOCKED,
        .events = e->events != 0,
    };
    lookup_add(me, &s->places, e->saga, e->step, s->count++);
    return effect;
}

static void count(struct state *s, const struct effect *effect, int64_t more)
{
    s->pending += effect->pending ? more : 0;
    s->untold += effect->events && !effect->told ? more : 0;
}

static void move(struct sim_seat *me, int64_t taken)
{
    struct disk *d = sim_disk(me);

    d->available -= taken;
    d->taken += taken;
}

/* The same while the node runs and when it reads its log after a crash. */
static struct effect *apply(struct sim_seat *me, const struct entry *e)
{
    struct state *s = sim_state(me);
    const uint32_t known = s->count;
    struct effect *effect = find_or_add(me, e);

    if (s->count == known)
        count(s, effect, -1);
    if (e->what != CONFIRMED && e->what != TOLD) {
        effect->told = false;
        effect->tries = 0;
    }
    switch (e->what) {
    case DID:
        effect->status = DONE;
        effect->did++;
        effect->pending = e->locked == SAGA_LOCKED;
        s->done++;
        move(me, effect->amount);
        break;
    case UNDID:
        effect->status = UNDONE;
        effect->undid++;
        effect->pending = false;
        s->undone++;
        move(me, -effect->amount);
        break;
    case REFUSED:
        effect->status = FAILED;
        s->failed++;
        break;
    case BURIED:
        effect->status = BARRED;
        s->barred++;
        break;
    case CONFIRMED:
        effect->pending = false;
        break;
    default:
        assert(e->what == TOLD);
        effect->told = true;
    }
    count(s, effect, 1);
    return effect;
}

static struct effect *record(struct sim_seat *me, enum what what, const struct saga_request *r)
{
    const bool events = r->events != 0;
    struct entry e = { what, r->saga, r->step, r->amount, r->units, r->locked, events, r->trace };
    struct effect *effect = apply(me, &e);

    if (sim_bug(me, EVENT_NOT_LOGGED))
        e.events = false;
    sim_append(me, LOG, &e, NULL);
    if (what == DID || what == UNDID)
        sim_write(me);
    return effect;
}

/* -- steps ------------------------------------------------------------------------------------- */

static bool fails(struct sim_seat *me, const struct saga_request *r)
{
    const struct params *p = sim_params(me);
    const struct disk *d = sim_disk(me);
    const uint64_t order = sim_mix(d->luck, (uint64_t)saga_order_of(r->saga));
    const uint64_t luck = sim_mix(order, (uint64_t)r->step << 32 | (uint64_t)r->must);

    if (d->available < r->amount) {
        sim_reached(me, SHORT);
        return true;
    }
    return sim_chance(sim_scramble(luck), p->failure);
}

/* It came before: what was said then is said again. */
static enum saga_status repeat(struct sim_seat *me, const struct saga_request *r,
                               const struct effect *effect)
{
    struct state *s = sim_state(me);
    const struct at_step body = { r->saga, r->step, effect->amount };
    const bool late = effect->status == UNDONE || effect->status == BARRED;

    s->late += late;
    s->repeated += !late;
    sim_reached(me, late ? CAME_AFTER : CAME_AGAIN);
    sim_count(me, late ? LATE_STEPS : REPEATED_STEPS, 1);
    sim_note(me, late ? LATE : REPEATED, &body);
    return effect->status == DONE ? SAGA_DONE : SAGA_FAILED;
}

/* HAS_KEY: it says which it is, so that it is known when it comes again. *CHANGED: what is to be
 * told on, or NULL. */
static enum saga_status do_step(struct sim_seat *me, const struct saga_request *r, bool has_key,
                                struct effect **changed)
{
    const struct disk *d = sim_disk(me);
    const struct at_step body = { r->saga, r->step, r->amount };
    const struct effect *effect = find(me, r->saga, r->step);
    const bool anew = effect != NULL && effect->status == DONE && !has_key;

    if (effect != NULL && !(anew && d->available >= r->amount))
        return repeat(me, r, effect);
    if (effect == NULL && fails(me, r)) {
        if (r->must != 0)
            return SAGA_AGAIN;
        sim_note(me, NOTE_FAILED, &body);
        *changed = record(me, REFUSED, r);
        return SAGA_FAILED;
    }
    sim_note(me, NOTE_DONE, &body);
    *changed = record(me, DID, r);
    return SAGA_DONE;
}

static void undo_step(struct sim_seat *me, const struct saga_request *r, struct effect **changed)
{
    const struct at_step body = { r->saga, r->step, r->amount };
    const struct effect *effect = find(me, r->saga, r->step);

    if (effect != NULL && effect->status == DONE) {
        sim_note(me, NOTE_UNDONE, &body);
        *changed = record(me, UNDID, r);
    } else if (effect == NULL && !sim_bug(me, COMPENSATION_OVERTAKES_STEP)) {
        sim_reached(me, UNDONE_FIRST);
        sim_count(me, BARRED_STEPS, 1);
        sim_note(me, NOTE_BARRED, &body);
        *changed = record(me, BURIED, r);
    }
}

static void confirm_step(struct sim_seat *me, const struct saga_request *r)
{
    const struct effect *effect = find(me, r->saga, r->step);

    if (effect == NULL || !effect->pending)
        return;
    sim_note(me, NOTE_CONFIRMED, &(struct at_step){ r->saga, r->step, r->amount });
    record(me, CONFIRMED, r);
}

static enum saga_effect look(struct sim_seat *me, const struct saga_request *r)
{
    const struct effect *effect = find(me, r->saga, r->step);

    if (effect == NULL || effect->status == FAILED || effect->status == BARRED)
        return SAGA_NOTHING;
    if (effect->status == UNDONE)
        return SAGA_UNDONE;
    return effect->pending ? SAGA_PENDING : SAGA_FINAL;
}

/* -- telling on -------------------------------------------------------------------------------- */

/* The steps after one that is done go forward; a failed one turns the saga round. */
static void tell(struct sim_seat *me, uint32_t number, int64_t span)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    const struct effect *effect = &s->effects[number];
    const bool forward = effect->status == DONE;
    int64_t next = forward ? effect->step + 1 : saga_next_undone(&p->steps, effect->step - 1);
    const struct context context = { number, effect->status };

    if (next == (int64_t)p->steps.count)
        next = -1;
    if (next < 0) {
        const uint32_t to = saga_origin_of(effect->saga, sim_targets_of(me, 0));

        sim_call(me, 0, to, p->patience, &context, sizeof(context),
                 &(struct saga_ended){ effect->saga, forward });
        return;
    }
    const struct saga_step *step = (const struct saga_step *)p->steps.items + next;
    const uint32_t route = p->saga.count + (uint32_t)next;
    const struct saga_request request = {
        .verb = forward ? SAGA_DO : SAGA_UNDO,
        .saga = effect->saga,
        .step = next,
        .amount = effect->units * step->amount,
        .units = effect->units,
        .must = step->kind == SAGA_RETRIABLE ? 1 + (int64_t)effect->tries : 0,
        .locked = saga_lock(step, effect->locks),
        .events = true,
        .trace = effect->trace,
        .parent = span,
    };

    sim_call(me, route, saga_keeper(effect->saga, sim_targets_of(me, route)), p->patience, &context,
             sizeof(context), &request);
}

static bool is_untold(const struct effect *effect, const struct context *context)
{
    return effect->status == context->status && effect->events && !effect->told;
}

static void tell_again(struct sim_seat *me, const struct context *context)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct effect *effect = &s->effects[context->effect];
    const sim_time wait =
        saga_backoff(p->backoff, p->backoff_most, effect->tries++, sim_draw(me, BACKOFF));

    sim_count(me, RETRIES, 1);
    sim_reached(me, TOLD_AGAIN);
    sim_note(me, WAITS, &(struct waits){ effect->saga, effect->step, wait });
    sim_later(me, AGAIN, wait, context, sizeof(*context));
}

static void on_again(struct sim_seat *me, const void *memory)
{
    const struct state *s = sim_state(me);
    struct context context;

    memcpy(&context, memory, sizeof(context));
    if (is_untold(&s->effects[context.effect], &context))
        tell(me, context.effect, 0);
}

/* That it was heard need not be on the disk at once: who is told again knows it. */
static void on_told(struct sim_seat *me, const struct sim_outcome *outcome, bool heard)
{
    const struct state *s = sim_state(me);
    struct context context;

    memcpy(&context, outcome->context, sizeof(context));
    const struct effect *effect = &s->effects[context.effect];

    if (!is_untold(effect, &context))
        return;
    if (heard || (effect->status != DONE && sim_bug(me, COMPENSATION_NOT_RETRIED)))
        record(me, TOLD, &(struct saga_request){ .saga = effect->saga, .step = effect->step });
    else
        tell_again(me, &context);
}

static void on_told_step(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct saga_reply *reply = outcome->body;

    on_told(me, outcome, reply != NULL && reply->status != SAGA_AGAIN && !outcome->degraded);
}

static void on_told_end(struct sim_seat *me, const struct sim_outcome *outcome)
{
    on_told(me, outcome, outcome->status == SIM_REPLIED && !outcome->degraded);
}

/* -- requests ---------------------------------------------------------------------------------- */

static void on_synced(struct sim_seat *me, const void *context)
{
    struct state *s = sim_state(me);
    struct due due;

    (void)context;
    while (commit_take(me, &s->commit, &due)) {
        const bool ok = due.reply.status == SAGA_DONE;

        sim_note(me, SPAN,
                 &(struct span){ due.trace, due.span, due.parent, 0, sim_now(me) - due.came,
                                 due.reply.status });
        if (due.answers == A_SAGA)
            sim_reply(me, due.ticket, &due.reply);
        else
            sim_reply(me, due.ticket,
                      &(struct service_reply){ ok ? SERVICE_OK : SERVICE_UNDONE, due.amount });
        if (due.tell != NOBODY)
            tell(me, due.tell, due.span);
    }
}

/* What came of R is on its way to the disk, or is there; then it is answered, and told on. */
static void await_disk(struct sim_seat *me, const struct sim_request *request,
                       const struct saga_request *r, enum saga_status status,
                       const struct effect *changed, enum answers answers)
{
    struct state *s = sim_state(me);
    const struct due due = {
        .ticket = request->ticket,
        .reply = { status, 0 },
        .amount = r->amount,
        .trace = r->trace,
        .parent = r->parent,
        .span = ++s->spans,
        .came = sim_now(me),
        .tell = changed != NULL && changed->events ? (uint32_t)(changed - s->effects) : NOBODY,
        .answers = (uint8_t)answers,
    };

    commit_add(me, &s->commit, &due);
}

static void on_saga(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    const struct saga_request *r = request->body;
    enum saga_status status = SAGA_DONE;
    struct effect *changed = NULL;

    assert(r->events == 0 || p->steps.count > 0); /* saga_steps_known */
    if (saga_keeper(r->saga, sim_members(me)) != sim_self(me)) {
        sim_reached(me, CAME_ASTRAY);
        sim_refuse(me, request->ticket);
        return;
    }
    switch (r->verb) {
    case SAGA_DO:
        status = do_step(me, r, !sim_bug(me, NO_IDEMPOTENCY_KEY), &changed);
        break;
    case SAGA_UNDO:
        undo_step(me, r, &changed);
        break;
    case SAGA_CONFIRM:
        confirm_step(me, r);
        break;
    default:
        assert(r->verb == SAGA_LOOK);
        sim_reply(me, request->ticket, &(struct saga_reply){ SAGA_DONE, look(me, r) });
        return;
    }
    await_disk(me, request, r, status, changed, A_SAGA);
}

static void on_client(struct sim_seat *me, const struct sim_request *request)
{
    const struct service_request *asked = request->body;
    const bool has_key = request->key != 0 && !sim_bug(me, NO_IDEMPOTENCY_KEY);
    const struct saga_request r = {
        .saga = saga_order(request),
        .step = asked->action,
        .amount = asked->amount,
        .units = asked->amount,
        .trace = asked->trace,
        .parent = asked->parent,
    };
    struct effect *changed = NULL;

    if (asked->amount < 1)
        sim_refuse(me, request->ticket);
    else
        await_disk(me, request, &r, do_step(me, &r, has_key, &changed), NULL, A_CLIENT);
}

/* -- life -------------------------------------------------------------------------------------- */

static void start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    const uint64_t length = sim_log_length(me, LOG);

    s->spans = (sim_node(me) + 1) * INT64_C(1000000000000000) + sim_now(me) / 1000;
    commit_init(&s->commit, sizeof(struct due));
    if (d->luck == 0) { /* the node is new */
        d->luck = sim_draw(me, LUCK) | 1;
        d->available = p->of;
        sim_write(me);
        sim_sync(me);
    }
    d->available = p->of;
    d->taken = 0;
    for (uint64_t i = 0; i < length; i++)
        apply(me, sim_log_record(me, LOG, i));
    if (length > 0)
        sim_write(me);
    for (uint32_t i = 0; i < s->count; i++)
        if (s->effects[i].events && !s->effects[i].told)
            tell(me, i, 0);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char one[] = "one group begins them: `saga` is a list of one where there are "
                              "`steps`, and else empty";
    static const char shorter[] = "is less than `backoff`";
    const struct params *p = params;

    (void)members;
    if (p->saga.count != (p->steps.count > 0)) {
        memcpy(text, one, sizeof(one));
        return "saga";
    }
    if (p->steps.count > 0 && !saga_steps_fit(&p->steps, text))
        return "steps";
    if (p->backoff_most < p->backoff) {
        memcpy(text, shorter, sizeof(shorter));
        return "backoff_most";
    }
    return NULL;
}

/* Steps are numbered from 1 there: 0 is the saga itself. */
static void on_holds(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct state *s = sim_state(me);

    for (uint32_t i = 0; i < s->count; i++) {
        const struct effect *effect = &s->effects[i];

        if (effect->amount > 0)
            sim_ledger_effect(ledger, saga_order_of(effect->saga), effect->step + 1, effect->did,
                              effect->undid);
    }
}

const struct sim_model participant_model = {
    .name = "participant",
    .summary = "a service that takes part in sagas: does steps once, and undoes them",
    .source = "Richardson, Microservices Patterns, 2018, chapters 3 and 4",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .laters = { [AGAIN] = { "again", on_again } },
    .notes = {
        [NOTE_DONE] = { "done", SIM_WORDS(at_step) },
        [NOTE_FAILED] = { "failed", SIM_WORDS(at_step) },
        [NOTE_UNDONE] = { "undone", SIM_WORDS(at_step) },
        [NOTE_BARRED] = { "barred", SIM_WORDS(at_step) },
        [LATE] = { "late", SIM_WORDS(at_step) },
        [REPEATED] = { "repeated", SIM_WORDS(at_step) },
        [NOTE_CONFIRMED] = { "confirmed", SIM_WORDS(at_step) },
        [WAITS] = { "waits", SIM_WORDS(waits) },
        [SPAN] = { "span", SIM_WORDS(span) },
    },
    .calls = { [SAGA] = { "saga", &saga_origin_interface, SAGA_ENDED, on_told_end },
               [STEPS] = { "steps", &saga_interface, SAGA_ASK, on_told_step } },
    .serves = { { &saga_interface, on_saga }, { &service_interface, on_client } },
    .logs = { [LOG] = { "log", SIM_WORDS(entry) } },
    .metrics = {
        [LATE_STEPS] = { "late", SIM_COUNTER, "steps turned away: they had been compensated" },
        [REPEATED_STEPS] = { "repeated", SIM_COUNTER, "steps that came again" },
        [BARRED_STEPS] = { "barred", SIM_COUNTER, "compensations that came before their step" },
        [RETRIES] = { "retries", SIM_COUNTER, "of telling on" },
    },
    .marks = {
        [SHORT] = { "short", "there is not enough left for a step" },
        [UNDONE_FIRST] = { "undone-first", "a compensation comes before its step" },
        [CAME_AFTER] = { "came-after", "and then the step comes" },
        [CAME_AGAIN] = { "came-again", "a step comes that has been done or has failed" },
        [TOLD_AGAIN] = { "told-again", "nobody heard what was told" },
        [CAME_ASTRAY] = { "came-astray", "a step comes that another member keeps" },
    },
    .live = { "failure" },
    .draws = { [LUCK] = "luck", [BACKOFF] = "backoff" },
    .bugs = { [COMPENSATION_OVERTAKES_STEP] = "compensation_overtakes_step",
              [NO_IDEMPOTENCY_KEY] = "no_idempotency_key",
              [COMPENSATION_NOT_RETRIED] = "compensation_not_retried",
              [EVENT_NOT_LOGGED] = "event_not_logged" },
    .start = start,
    .synced = on_synced,
    .check = check,
    .fits = saga_steps_match,
    .holds = on_holds,
    .tells_effects = true,
};
