/* service.c - one replica of a service: takes a request, calls other services, answers.
 *
 * The time that a request takes is the node's processor (`processor: {workers, queue, cost}`): it
 * waits for a worker and holds it for the cost; with `free_replies` only requests cost. What the
 * service does then is a list of calls to other services, one after the other or all at once, and
 * the answer when they are over. A call that fails fails the request, unless it is optional. How
 * often a call is tried, and for how long, is what `calls:` of the scenario says (filters).
 *
 * With `threads` a request keeps a thread from its first call to its answer, as in a server with a
 * pool: when all wait for a service that hangs, nobody is served any more, whatever it asks for
 * (Nygard, Release It!, 2007: Blocked Threads, Cascading Failures).
 *
 * Deadlines (as gRPC's): what filters tell of the time that is left is heeded: what nobody waits
 * for is not begun, it costs nothing and is refused; what is left is passed on to the services
 * below.
 *
 * With `remembers` the keys of requests are kept in a log with their answers, durable before the
 * answer goes out; one that is known is answered the same and not done again, and one that is under
 * way is not begun twice. Requests without a key are done as often as they come. */
#include "models/parts/service.h"
#include "models/parts/room.h"

#include <assert.h>
#include <string.h>

enum order { SEQUENCE, PARALLEL };
static const char *const order_names[] = { "sequence", "parallel", NULL };

struct step { /* the number of the step is that of its route */
    const char *name;
    uint32_t to;
    int64_t action;
    bool optional;
};
static const struct sim_field step_fields[] = {
    SIM_GROUP(struct step, to, NULL, "the service that is called, any of its replicas"),
    SIM_TEXT(struct step, name, SIM_OPTIONAL,
             "of the call, in `calls:` and traces; else that of the group"),
    SIM_INTEGER(
        struct step, action, "-1", "-1", "1000000000",
        "that is asked for: two calls to one service differ by it; -1: that of the request"),
    SIM_BOOLEAN(struct step, optional, "false", "the request goes on without it if it fails"),
    SIM_ITEM(struct step),
};

struct params {
    struct sim_list calls;
    int64_t order, threads, queue;
    sim_probability failure;
    sim_time patience;
    bool deadlines, pushes_back, remembers;
};
static const struct sim_field params_fields[] = {
    SIM_LIST(struct params, calls, step_fields, "what a request makes it call"),
    SIM_CHOICE(struct params, order, "sequence", order_names,
               "one call after the other, or all at once"),
    SIM_INTEGER(struct params, threads, "0", "0", "1000000",
                "requests under way at the same time; 0: any number"),
    SIM_INTEGER(struct params, queue, "100", "0", "1000000000",
                "that wait for a thread; more are refused"),
    SIM_PROBABILITY(struct params, failure, "0%",
                    "of requests fail by themselves, before any call"),
    SIM_DURATION(struct params, patience, "1m", "1us", "1d",
                 "until a call without an answer has failed, filters or not"),
    SIM_BOOLEAN(struct params, deadlines, "true",
                "heed and pass on the deadlines that filters tell"),
    SIM_BOOLEAN(struct params, pushes_back, "false",
                "tell who asks not to try again what failed in a call to another service"),
    SIM_BOOLEAN(struct params, remembers, "false", "keep the keys of requests, and do none twice"),
    { 0 },
};

#define NOBODY UINT32_MAX

struct work { /* a request */
    struct sim_ticket ticket;
    struct service_request request;
    uint64_t key;
    sim_time came, began, until; /* until: its deadline; by the own clock */
    int64_t span;
    uint32_t next;            /* that waits behind it, or has the same key, or is free */
    uint32_t twin;            /* the first of those that have the same key */
    uint32_t step;            /* that comes next */
    uint32_t pending;         /* calls under way */
    bool open, failed, below; /* below: failed in a call */
};

struct known { /* an answer by its key; 0: none */
    uint64_t key;
    int64_t status, value;
};

struct state {
    int64_t ok, failed, refused, expired, repeated;
    int64_t open, waiting;
    /* not described: */
    int64_t spans;
    struct work *works;
    uint32_t work_count, work_capacity;
    uint32_t free, first, last; /* of those that wait */
    struct known *known;        /* a hash table */
    uint64_t known_count, known_capacity;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, ok, "requests that went well"),
    SIM_STATE(struct state, failed, "requests that failed"),
    SIM_STATE(struct state, refused, "requests for which there was no room"),
    SIM_STATE(struct state, expired, "requests that nobody waited for any more"),
    SIM_STATE(struct state, repeated, "requests that were known by their keys"),
    SIM_WATCHED(struct state, open, "requests under way"),
    SIM_WATCHED(struct state, waiting, "requests that wait for a thread"),
    { 0 },
};

struct disk {
    int64_t done, total; /* requests that went well, and what their amounts come to */
};
static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, done, "requests that went well, if keys are kept"),
    SIM_STATE(struct disk, total, "their amounts together"),
    { 0 },
};

/* Of a request that is over: how long it waited for a thread, and took with that. */
SIM_RECORD(span, trace, span, parent, waited, took, status);
SIM_RECORD(answered, key, status, value);

enum note { SPAN, EXPIRED };
struct context { /* of a call */
    uint32_t work, step;
};

enum site { CALLS };
enum draw { FAILS, REPLICA };
enum log { ANSWERS };
enum metric { WAITED, DEGRADED };

/* -- keys -------------------------------------------------------------------------------------- */

static struct known *find_known(const struct state *s, uint64_t key)
{
    uint64_t at = sim_mix(key, 0) & (s->known_capacity - 1);

    while (s->known[at].key != 0 && s->known[at].key != key)
        at = (at + 1) & (s->known_capacity - 1);
    return &s->known[at];
}

static void enlarge_known(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    struct state old = *s;

    s->known_capacity = old.known_capacity > 0 ? 2 * old.known_capacity : 64;
    s->known = sim_new(me, s->known_capacity * sizeof(*s->known));
    for (uint64_t i = 0; i < old.known_capacity; i++)
        if (old.known[i].key != 0)
            *find_known(s, old.known[i].key) = old.known[i];
    sim_drop(me, old.known, old.known_capacity * sizeof(*old.known));
}

static void learn(struct sim_seat *me, uint64_t key, int64_t status, int64_t value)
{
    struct state *s = sim_state(me);

    if (2 * (s->known_count + 1) > s->known_capacity)
        enlarge_known(me);
    *find_known(s, key) = (struct known){ key, status, value };
    s->known_count++;
}

/* -- works ------------------------------------------------------------------------------------- */

static struct work *work_of(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    assert(number < s->work_count);
    return &s->works[number];
}

static uint32_t take_work(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    uint32_t number = s->free;

    if (number != NOBODY) {
        s->free = s->works[number].next;
        return number;
    }
    s->works = make_room(me, s->works, s->work_count, &s->work_capacity, sizeof(struct work));
    return s->work_count++;
}

static void give_work(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    s->works[number] = (struct work){ .next = s->free };
    s->free = number;
}

/* Who has KEY and is not over; NOBODY: none. */
static uint32_t find_open(struct sim_seat *me, uint64_t key)
{
    const struct state *s = sim_state(me);

    for (uint32_t i = 0; i < s->work_count; i++)
        if (s->works[i].open && s->works[i].key == key)
            return i;
    return NOBODY;
}

/* -- the way of a request ---------------------------------------------------------------------- */

static void call_next(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct work *work = work_of(me, number);
    const uint32_t step = work->step++;
    const int64_t action = ((const struct step *)p->calls.items)[step].action;
    const uint32_t replicas = sim_targets_of(me, step);
    const uint32_t to =
        replicas == 1 ? 0 : (uint32_t)sim_uniform(me, REPLICA, 0, (int64_t)replicas);
    struct service_request request = work->request;
    const sim_time left =
        work->until == SIM_TIME_NEVER ? SIM_TIME_NEVER : work->until - sim_now(me);

    const struct context context = { number, step };

    request.parent = work->span;
    if (action >= 0)
        request.action = action;
    work->pending++;
    sim_call_within(me, step, to, left < p->patience ? left : p->patience, left, &context,
                    sizeof(context), &request);
}

static void answer(struct sim_seat *me, const struct work *work, int64_t status)
{
    const struct service_reply reply = { status, work->request.amount };
    const sim_time now = sim_now(me);

    sim_note(me, SPAN,
             &(struct span){ work->request.trace, work->span, work->request.parent,
                             work->began - work->came, now - work->came, status });
    sim_reply(me, work->ticket, &reply);
    for (uint32_t twin = work->twin; twin != NOBODY; twin = work_of(me, twin)->next)
        sim_reply(me, work_of(me, twin)->ticket, &reply);
}

/* What was done is durable before anybody is told. */
static void keep(struct sim_seat *me, const struct work *work, int64_t status)
{
    struct disk *d = sim_disk(me);

    if (status != SERVICE_OK)
        return;
    d->done++;
    d->total += work->request.amount;
    sim_write(me);
    if (work->key != 0) {
        sim_append(me, ANSWERS,
                   &(struct answered){ (int64_t)work->key, status, work->request.amount }, NULL);
        learn(me, work->key, status, work->request.amount);
    }
    sim_sync(me);
}

static void leave(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);
    uint32_t twin = s->works[number].twin;

    while (twin != NOBODY) {
        const uint32_t next = s->works[twin].next;

        give_work(me, twin);
        twin = next;
    }
    give_work(me, number);
    s->open--;
}

static void finish(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const struct work work = *work_of(me, number);
    const int64_t status = !work.failed                   ? SERVICE_OK
                           : work.below && p->pushes_back ? SERVICE_FAILED_BELOW
                                                          : SERVICE_FAILED;

    s->ok += !work.failed;
    s->failed += work.failed;
    if (p->remembers)
        keep(me, &work, status);
    answer(me, &work, status);
    leave(me, number);
}

/* Nothing of it was done. */
static void expire(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);
    const struct work *work = work_of(me, number);

    s->expired++;
    sim_note(me, EXPIRED, NULL);
    sim_refuse(me, work->ticket);
    for (uint32_t twin = work->twin; twin != NOBODY; twin = work_of(me, twin)->next)
        sim_refuse(me, work_of(me, twin)->ticket);
    leave(me, number);
}

static void begin(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct work *work = work_of(me, number);

    s->open++;
    work->began = sim_now(me);
    sim_measure(me, WAITED, work->began - work->came);
    if (work->began >= work->until) {
        expire(me, number);
        return;
    }
    work->failed = sim_flip(me, FAILS, p->failure);
    if (work->failed || p->calls.count == 0) {
        finish(me, number);
        return;
    }
    do
        call_next(me, number);
    while (p->order == PARALLEL && work->step < p->calls.count);
}

/* Those who wait longest first. */
static void serve_waiting(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    while (s->first != NOBODY && s->open < p->threads) {
        const uint32_t number = s->first;

        s->first = s->works[number].next;
        if (s->first == NOBODY)
            s->last = NOBODY;
        s->waiting--;
        begin(me, number);
    }
}

static void on_called(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct params *p = sim_params(me);
    const struct step *steps = p->calls.items;
    struct context context;
    struct work *work;

    memcpy(&context, outcome->context, sizeof(context));
    work = work_of(me, context.work);
    work->pending--;
    if (outcome->degraded)
        sim_count(me, DEGRADED, 1);
    if ((outcome->failed && !steps[context.step].optional) || sim_now(me) >= work->until)
        work->failed = work->below = true;
    if (work->pending > 0)
        return;
    if (!work->failed && work->step < p->calls.count) {
        call_next(me, context.work);
        return;
    }
    finish(me, context.work);
    serve_waiting(me);
}

/* -- requests ---------------------------------------------------------------------------------- */

static void wait(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    s->works[number].next = NOBODY;
    if (s->last == NOBODY)
        s->first = number;
    else
        s->works[s->last].next = number;
    s->last = number;
    s->waiting++;
}

/* True: nothing is to be done for REQUEST, which is known, or under way. */
static bool is_repeated(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    uint32_t first;

    if (!p->remembers || request->key == 0)
        return false;
    if (s->known_capacity > 0 && find_known(s, request->key)->key != 0) {
        const struct known *known = find_known(s, request->key);

        s->repeated++;
        sim_reply(me, request->ticket, &(struct service_reply){ known->status, known->value });
        return true;
    }
    first = find_open(me, request->key);
    if (first == NOBODY)
        return false;
    const uint32_t twin = take_work(me);

    s->repeated++;
    s->works[twin] = (struct work){ .ticket = request->ticket, .next = s->works[first].twin };
    s->works[first].twin = twin;
    return true;
}

static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const bool full = p->threads > 0 && s->open >= p->threads;
    const sim_time now = sim_now(me);
    uint32_t number;

    if (is_repeated(me, request))
        return;
    if (full && s->waiting >= p->queue) {
        s->refused++;
        sim_refuse(me, request->ticket);
        return;
    }
    number = take_work(me);
    s->works[number] = (struct work){
        .ticket = request->ticket,
        .request = *(const struct service_request *)request->body,
        .key = request->key,
        .came = now,
        .until = p->deadlines && request->left < SIM_TIME_NEVER - now ? now + request->left
                                                                      : SIM_TIME_NEVER,
        .span = ++s->spans,
        .twin = NOBODY,
        .open = true,
    };
    if (full)
        wait(me, number);
    else
        begin(me, number);
}

/* Spans are numbered on after a restart: nobody serves more than one request in a microsecond. */
static void start(struct sim_seat *me)
{
    struct state *s = sim_state(me);

    s->spans = (sim_node(me) + 1) * INT64_C(1000000000000000) + sim_now(me) / 1000;
    s->free = s->first = s->last = NOBODY;
    for (uint64_t i = 0; i < sim_log_length(me, ANSWERS); i++) {
        const struct answered *a = sim_log_record(me, ANSWERS, i);

        learn(me, (uint64_t)a->key, a->status, a->value);
    }
}

static bool heeds_deadlines(const void *params)
{
    return ((const struct params *)params)->deadlines;
}

const struct sim_model service_model = {
    .name = "service",
    .summary = "a replica of a service: calls other services, in sequence or at once, and answers",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .notes = { [SPAN] = { "span", SIM_WORDS(span) }, [EXPIRED] = { "expired", NULL } },
    .calls = { [CALLS] = { "calls", &service_interface, SERVICE_CALL, on_called } },
    .serves = { { &service_interface, on_request } },
    .logs = { [ANSWERS] = { "answers", SIM_WORDS(answered) } },
    .metrics = { [WAITED] = { "waited", SIM_DURATIONS, "for a thread" },
                 [DEGRADED] = { "degraded", SIM_COUNTER, "calls that a filter answered" } },
    .live = { "failure", "threads" },
    .draws = { [FAILS] = "fails", [REPLICA] = "replica" },
    .start = start,
    .heeds_deadlines = heeds_deadlines,
};
