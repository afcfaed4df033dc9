/* router.c - one store made of several: each key is kept by one group of nodes, and a router asks
 * there.
 *
 * What a client asks a router for, the router asks of the shard that keeps the key, and gives the
 * answer back. `by: range` cuts the keys into ranges, as Bigtable and HBase do (Chang et al.,
 * "Bigtable", OSDI 2006): neighbours stay together, and so do those that everybody wants. `by:
 * hash` spreads them over a ring (models/parts/ring.h): evenly, but for keys that are popular by
 * themselves. `by: directory` looks them up in a table. Shards may be stores of any kind, and of
 * different ones; what one of them does not do, nobody may ask the router for.
 *
 * Each key has one place, hence the whole is as consistent as its shards, key by key: linearizable
 * shards make a linearizable store, since linearizability is local (Herlihy and Wing, TOPLAS 1990,
 * section 3.3). What spans keys is not: one who writes to two shards may be seen to have written
 * the second one alone. When a shard has no majority its keys suffer, and no other ones.
 *
 * What a router promises is what its shard promised it. It follows a redirection, and remembers
 * for each shard who answered last; "not now" it passes on, after which the next request goes to
 * another member; and who refuses is refused. When no answer comes within `timeout`, the request
 * may have been executed or be so yet, so the router is silent, and the client does not know
 * either. A request that one member may have executed is never called "not done" because another
 * one turned it away. Pauses and repeats are the caller's, or those of filters of the router's own
 * calls.
 *
 * Routers keep nothing but requests under way and whom they asked last. So there may be any number
 * of them, they need not know of each other, and a crash of one costs no more than what was under
 * way. The numbers of sessions pass through: a client may repeat at another router what the first
 * one did not answer, and a shard that remembers sessions as a whole does it once. (A quorum store
 * does not: its coordinators remember each for themselves, with routers and without.)
 *
 * That is also why the directory stands still while a run lasts. To move a key needs more than
 * copying its value and sending it elsewhere from then on: requests under way may still arrive at
 * the old place, and one that was done there and is repeated arrives at the new one, which knows
 * nothing of the session and does it again. So the memory of sessions has to move with the key
 * (as MongoDB's migrations of chunks carry the history of retryable writes), which no store here
 * can hand out, and all routers have to change at once, which takes agreement among them. */
#include "models/parts/blame.h"
#include "models/parts/ring.h"
#include "models/parts/room.h"
#include "models/parts/route.h"
#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

enum by { RANGE, HASH, DIRECTORY };
static const char *const by_names[] = { "range", "hash", "directory", NULL };

struct shard { /* number S has the routes from S * STORE_OPERATIONS on */
    uint32_t group;
    int64_t from;
};
static const struct sim_field shard_fields[] = {
    SIM_GROUP(struct shard, group, NULL, "the store that keeps its keys"),
    SIM_INTEGER(struct shard, from, "0", "0", "9223372036854775806",
                "by range: its first key; the last one is before the first of the next shard"),
    SIM_ITEM(struct shard),
};

struct entry {
    int64_t from, to;
    uint32_t group;
};
static const struct sim_field entry_fields[] = {
    SIM_INTEGER(struct entry, from, NULL, "0", "9223372036854775806", "the first key"),
    SIM_INTEGER(struct entry, to, SIM_OPTIONAL, "1", "9223372036854775806",
                "the last key; left out: there is one"),
    SIM_GROUP(struct entry, group, NULL, "the shard that keeps them"),
    SIM_ITEM(struct entry),
};

struct params {
    struct sim_list shards, directory;
    int64_t by; /* enum by */
    uint32_t rest;
    int64_t tokens, hops;
    int64_t read_from; /* enum route_policy */
    sim_time timeout;
};
static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, shards, shard_fields, "the stores that share the keys out"),
    SIM_CHOICE(struct params, by, "hash", by_names,
               "which shard keeps a key: by its range, by a hash, or by a table"),
    SIM_LIST(struct params, directory, entry_fields,
             "by directory: keys and who keeps them, in ascending order"),
    SIM_GROUP(struct params, rest, SIM_OPTIONAL,
              "by directory: who keeps all other keys; left out: the first shard"),
    SIM_INTEGER(struct params, tokens, "64", "1", "1024",
                "by hash: points of each shard on the ring"),
    SIM_INTEGER(struct params, hops, "4", "1", "100",
                "most members of a shard that are asked for one request, each named by the one "
                "before"),
    SIM_CHOICE(struct params, read_from, "last", route_policy_names,
               "whom reads ask: the member that answered last, one of its own, any, the nearest, "
               "or one for each node that asks"),
    SIM_DURATION(struct params, timeout, "500ms", "1us", "1h",
                 "a member that has not answered by then is not waited for, and nobody is told"),
    { 0 },
};

struct span { /* of keys, both ends included */
    int64_t from, to;
    uint32_t shard;
};

#define NOBODY UINT32_MAX

struct work { /* a request under way */
    struct sim_ticket ticket;
    struct store_request request;
    uint32_t operation, shard, member;
    uint32_t next;  /* that is free */
    int64_t asked;  /* members */
    sim_time since; /* when the last one was, by the own clock */
    sim_time until; /* nobody waits for the answer any more */
    bool perhaps;   /* one of those that were asked may have done it, or do it yet */
};

struct state {
    int64_t requests, answered, turned_away, silent, open;
    /* not described: */
    struct route *routes; /* of each shard */
    struct ring ring;     /* by hash */
    struct span *spans;   /* else, ascending */
    uint32_t span_count;
    uint32_t rest;
    struct work *works;
    uint32_t work_count, work_capacity, free;
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, requests, "requests that came"),
    SIM_STATE(struct state, answered, "answers of shards that were passed on"),
    SIM_STATE(struct state, turned_away, "requests that were certainly not done"),
    SIM_STATE(struct state, silent, "requests of which it is not known whether they were done"),
    SIM_STATE(struct state, open, "requests under way"),
    { 0 },
};

enum draw { MEMBER };
enum metric { REDIRECTS, UNANSWERED, TURNED_AWAY, DEGRADED };
enum mark { REDIRECTED, SILENT, AWAY, REFUSED, LATE };

/* -- which shard ------------------------------------------------------------------------------- */

static uint32_t shard_of(const struct params *p, uint32_t group)
{
    const struct shard *shards = p->shards.items;
    uint32_t shard = 0;

    while (shard < p->shards.count && shards[shard].group != group)
        shard++;
    return shard;
}

static uint32_t find_shard(struct sim_seat *me, int64_t key)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);
    uint32_t low = 0, high = s->span_count, shard;

    if (p->by == HASH) {
        ring_preference(&s->ring, key, &shard, 1);
        return shard;
    }
    while (low < high) { /* the first span behind the key */
        const uint32_t middle = low + (high - low) / 2;

        if (s->spans[middle].from <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && key <= s->spans[low - 1].to ? s->spans[low - 1].shard : s->rest;
}

static int64_t last_of(const struct entry *entry)
{
    return entry->to == 0 ? entry->from : entry->to;
}

static void build_spans(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct shard *shards = p->shards.items;
    const struct entry *entries = p->directory.items;
    struct state *s = sim_state(me);

    s->span_count = p->by == RANGE ? p->shards.count : p->directory.count;
    s->spans = sim_new(me, s->span_count * sizeof(*s->spans));
    for (uint32_t i = 0; i < s->span_count && p->by == RANGE; i++)
        s->spans[i] =
            (struct span){ shards[i].from,
                           i + 1 < s->span_count ? shards[i + 1].from - 1 : INT64_MAX, i };
    for (uint32_t i = 0; i < s->span_count && p->by == DIRECTORY; i++)
        s->spans[i] =
            (struct span){ entries[i].from, last_of(&entries[i]), shard_of(p, entries[i].group) };
    s->rest = p->rest == SIM_NO_GROUP ? 0 : shard_of(p, p->rest);
}

/* -- requests under way ------------------------------------------------------------------------ */

static struct work *work_of(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    assert(number < s->work_count);
    return &s->works[number];
}

static uint32_t number_of(const struct sim_outcome *outcome)
{
    uint32_t number;

    memcpy(&number, outcome->context, sizeof number);
    return number;
}

static uint32_t take_work(struct sim_seat *me)
{
    struct state *s = sim_state(me);
    const uint32_t number = s->free;

    s->open++;
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
    s->open--;
}

/* -- the way there ----------------------------------------------------------------------------- */

static int64_t policy_of(const struct sim_seat *me, const struct work *work)
{
    const struct params *p = sim_params(me);

    return work->operation == STORE_READ ? p->read_from : ROUTE_LAST;
}

static uint32_t first_member(struct sim_seat *me, const struct work *work, uint64_t client)
{
    const struct state *s = sim_state(me);
    const struct route *route = &s->routes[work->shard];
    const int64_t policy = policy_of(me, work);

    if (policy == ROUTE_ANY)
        client = (uint64_t)sim_uniform(me, MEMBER, 0, route->candidates);
    return route_first(me, route, policy, client);
}

static void ask(struct sim_seat *me, uint32_t number)
{
    const struct params *p = sim_params(me);
    struct work *work = work_of(me, number);
    const sim_time now = sim_now(me);
    const sim_time left = work->until == SIM_TIME_NEVER ? SIM_TIME_NEVER : work->until - now;

    work->asked++;
    work->since = now;
    sim_call_within(me, work->shard * STORE_OPERATIONS + work->operation, work->member,
                    left < p->timeout ? left : p->timeout, left, &number, sizeof number,
                    &work->request);
}

/* What nobody waits for any more is not begun. */
static void on_request(struct sim_seat *me, const struct sim_request *request)
{
    struct state *s = sim_state(me);
    const struct sim_operation operation = store_operation_of(request);
    struct work *work;
    uint32_t number;

    s->requests++;
    if (request->left <= 0) {
        sim_reached(me, LATE);
        s->turned_away++;
        sim_refuse(me, request->ticket);
        return;
    }
    number = take_work(me);
    work = work_of(me, number);
    *work = (struct work){
        .ticket = request->ticket,
        .request = store_request_of(&operation, store_session_of(request)),
        .operation = request->operation,
        .shard = find_shard(me, operation.key),
        .until = request->left < SIM_TIME_NEVER - sim_now(me) ? sim_now(me) + request->left
                                                              : SIM_TIME_NEVER,
    };
    work->member = first_member(me, work, request->client);
    ask(me, number);
}

/* -- the way back ------------------------------------------------------------------------------ */

static void pass_on(struct sim_seat *me, uint32_t number, int64_t status, int64_t value,
                    const struct sim_blob *list)
{
    struct state *s = sim_state(me);

    s->answered++;
    sim_reply_blob(me, work_of(me, number)->ticket,
                   &(struct store_reply){ status, value, STORE_NO_HINT }, list);
    give_work(me, number);
}

static void be_silent(struct sim_seat *me, uint32_t number)
{
    struct state *s = sim_state(me);

    sim_reached(me, SILENT);
    sim_count(me, UNANSWERED, 1);
    s->silent++;
    give_work(me, number);
}

static void turn_away(struct sim_seat *me, uint32_t number, bool refused)
{
    struct state *s = sim_state(me);
    const struct work *work = work_of(me, number);

    if (work->perhaps) {
        be_silent(me, number);
        return;
    }
    sim_reached(me, refused ? REFUSED : AWAY);
    sim_count(me, TURNED_AWAY, 1);
    s->turned_away++;
    if (refused)
        sim_refuse(me, work->ticket);
    else
        sim_reply(me, work->ticket,
                  &(struct store_reply){ STORE_UNAVAILABLE, SIM_NIL, STORE_NO_HINT });
    give_work(me, number);
}

/* Whom to ask is remembered for those that come after. A hint names a member of the shard, of whom
 * the client knows nothing: it is followed here or not at all. */
static void on_not_done(struct sim_seat *me, const struct sim_outcome *outcome, int64_t hint)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    const uint32_t number = number_of(outcome);
    struct work *work = work_of(me, number);
    bool hinted;

    work->member =
        route_next(me, &s->routes[work->shard], policy_of(me, work), outcome->to, hint, &hinted);
    if (!hinted || work->asked >= p->hops || sim_now(me) >= work->until) {
        turn_away(me, number, outcome->status == SIM_REFUSED);
        return;
    }
    sim_reached(me, REDIRECTED);
    sim_count(me, REDIRECTS, 1);
    ask(me, number);
}

static void on_unanswered(struct sim_seat *me, const struct sim_outcome *outcome)
{
    struct state *s = sim_state(me);
    const uint32_t number = number_of(outcome);
    const struct work *work = work_of(me, number);
    bool hinted;

    route_next(me, &s->routes[work->shard], policy_of(me, work), outcome->to, STORE_NO_HINT,
               &hinted);
    be_silent(me, number);
}

/* By a filter of the router's calls: what a read was given may be old; of a change nobody knows. */
static void on_degraded(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const uint32_t number = number_of(outcome);
    const struct store_reply *reply = outcome->body;

    sim_count(me, DEGRADED, 1);
    if (work_of(me, number)->operation == STORE_READ)
        pass_on(me, number, STORE_STALE, reply->value, outcome->blob);
    else
        be_silent(me, number);
}

static void on_answered(struct sim_seat *me, const struct sim_outcome *outcome)
{
    struct state *s = sim_state(me);
    const uint32_t number = number_of(outcome);
    const struct work *work = work_of(me, number);
    const struct store_reply *reply = outcome->body;
    struct route *route = &s->routes[work->shard];

    if (reply->status != STORE_STALE)
        route->last = outcome->to;
    route_answered(me, route, outcome->to, sim_now(me) - work->since);
    pass_on(me, number, reply->status, reply->value, outcome->blob);
}

static void on_outcome(struct sim_seat *me, const struct sim_outcome *outcome)
{
    const struct store_reply *reply = outcome->body;

    work_of(me, number_of(outcome))->perhaps |= outcome->failed && !outcome->not_done;
    if (outcome->degraded)
        on_degraded(me, outcome);
    else if (outcome->status == SIM_CALL_UNKNOWN)
        on_unanswered(me, outcome);
    else if (outcome->status == SIM_REFUSED)
        on_not_done(me, outcome, STORE_NO_HINT);
    else if (reply->status == STORE_REDIRECT || reply->status == STORE_UNAVAILABLE)
        on_not_done(me, outcome, reply->hint);
    else
        on_answered(me, outcome);
}

/* -- the start --------------------------------------------------------------------------------- */

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->free = NOBODY;
    s->routes = sim_new(me, p->shards.count * sizeof(*s->routes));
    for (uint32_t i = 0; i < p->shards.count; i++)
        route_init(me, &s->routes[i], i * STORE_OPERATIONS, ROUTE_ANYWHERE,
                   p->read_from == ROUTE_NEAREST);
    if (p->by == HASH)
        ring_init(me, &s->ring, p->shards.count, (uint32_t)p->tokens);
    else
        build_spans(me);
}

/* -- what fits together ------------------------------------------------------------------------ */

static const char *check_shards(const struct params *p, char text[160])
{
    const struct shard *shards = p->shards.items;

    for (uint32_t i = 0; i < p->shards.count; i++) {
        if (shard_of(p, shards[i].group) != i)
            return blame_item(text, "shards", i, "its group is a shard already");
        if (p->by != RANGE && shards[i].from != 0)
            return blame_item(text, "shards", i, "`from` belongs to `by: range`");
        if (i == 0 && shards[i].from != 0)
            return blame_item(
                text, "shards", i,
                "the first shard has to begin at key 0, or nobody keeps the lowest keys");
        if (p->by == RANGE && i > 0 && shards[i].from <= shards[i - 1].from)
            return blame_item(
                text, "shards", i,
                "its range has to begin behind where that of the shard before begins");
    }
    return NULL;
}

static const char *check_directory(const struct params *p, char text[160])
{
    const struct entry *entries = p->directory.items;

    for (uint32_t i = 0; i < p->directory.count; i++) {
        if (shard_of(p, entries[i].group) == p->shards.count)
            return blame_item(text, "directory", i, "its group is none of the shards");
        if (last_of(&entries[i]) < entries[i].from)
            return blame_item(text, "directory", i, "ends before it begins");
        if (i > 0 && entries[i].from <= last_of(&entries[i - 1]))
            return blame_item(text, "directory", i,
                              "has to begin behind the end of the one before");
    }
    return NULL;
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char none[] = "a router needs at least one shard",
                      table[] = "belongs to `by: directory`",
                      stranger[] = "this group is none of the shards";
    const struct params *p = params;
    const char *blamed;

    (void)members;
    if (p->shards.count == 0) {
        memcpy(text, none, sizeof none);
        return "shards";
    }
    if (p->by != DIRECTORY && (p->directory.count > 0 || p->rest != SIM_NO_GROUP)) {
        memcpy(text, table, sizeof table);
        return p->directory.count > 0 ? "directory" : "rest";
    }
    if (p->rest != SIM_NO_GROUP && shard_of(p, p->rest) == p->shards.count) {
        memcpy(text, stranger, sizeof stranger);
        return "rest";
    }
    blamed = check_shards(p, text);
    return blamed != NULL ? blamed : check_directory(p, text);
}

static bool heeds_deadlines(const void *params)
{
    (void)params;
    return true;
}

const struct sim_model router_model = {
    .name = "router",
    .summary = "one store made of several: asks the shard that keeps the key",
    .source = "Chang et al., Bigtable, OSDI 2006 (ranges); Karger et al., STOC 1997 (hashes)",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .calls = {
        [STORE_READ] = { "shards.read", &store_interface, STORE_READ, on_outcome },
        [STORE_WRITE] = { "shards.write", &store_interface, STORE_WRITE, on_outcome },
        [STORE_CAS] = { "shards.cas", &store_interface, STORE_CAS, on_outcome },
        [STORE_ADD] = { "shards.add", &store_interface, STORE_ADD, on_outcome },
        [STORE_APPEND] = { "shards.append", &store_interface, STORE_APPEND, on_outcome },
        [STORE_DELETE] = { "shards.delete", &store_interface, STORE_DELETE, on_outcome },
    },
    .serves = { { &store_interface, on_request } },
    .metrics = {
        [REDIRECTS] = { "redirects", SIM_COUNTER, "hints followed" },
        [UNANSWERED] = { "unanswered", SIM_COUNTER,
                         "requests of which it is not known whether they were done" },
        [TURNED_AWAY] = { "turned-away", SIM_COUNTER, "requests that were certainly not done" },
        [DEGRADED] = { "degraded", SIM_COUNTER, "calls that a filter answered" },
    },
    .marks = {
        [REDIRECTED] = { "redirected", "a member of a shard names another one, which is asked" },
        [SILENT] = { "silent", "a request may have been done or not, and nobody is told" },
        [AWAY] = { "turned-away", "a shard could not do what was asked now" },
        [REFUSED] = { "refused", "a member of a shard refused a request unseen" },
        [LATE] = { "late", "a request came of which nobody waited for the answer any more" },
    },
    .draws = { [MEMBER] = "member" },
    .start = on_start,
    .check = check,
    .heeds_deadlines = heeds_deadlines,
    .forwards = true,
};
