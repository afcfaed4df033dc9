/* part_filters.c - each filter of models/filters/: what it lets through, and at which instants.
 *
 * The chain is written as in a scenario and read by the loader. A client asks at given instants, a
 * server without latency does to the n-th request what the test says, so that every instant can be
 * computed by hand. */
#include "models/models.h"
#include "sim/core/mem.h"
#include "sim/scenario/scenario.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS_MAX = 40000 };
#define MS SIM_MILLISECOND

enum deed { ANSWERS, REFUSES, IS_SILENT };

struct server { /* what becomes of requests; the last row holds for all that follow */
    enum deed deed;
    sim_time after;
};

struct talk {
    /* what happens */
    int64_t asks;         /* calls */
    sim_time pace;        /* between them, or ... */
    const sim_time *when; /* ... at these instants */
    int64_t keys;         /* the n-th asks for n modulo this; 0: all for 0 */
    const struct server *deeds;
    size_t deed_count;
    uint32_t members;
    sim_time crash, silence; /* of the client: when, how long; 0: never */
    /* what came of it */
    size_t requests, outcomes;
    sim_time *sent;   /* instants of the requests */
    uint32_t *member; /* who got them */
    uint64_t *key;
    sim_time *left;
    struct sim_outcome *outcome; /* by call */
    sim_time *at;
    int64_t *value;
};

#define DEEDS(...)                                                                                 \
    .deeds = (const struct server[]){ __VA_ARGS__ },                                               \
    .deed_count = sizeof((const struct server[]){ __VA_ARGS__ }) / sizeof(struct server)
#define WHEN(...)                                                                                  \
    .when = (const sim_time[]){ __VA_ARGS__ },                                                     \
    .asks = sizeof((const sim_time[]){ __VA_ARGS__ }) / sizeof(sim_time)

struct answer {
    struct sim_ticket ticket;
    int64_t value;
    enum deed deed;
};

static void start(struct sim_seat *me)
{
    const struct talk *talk = context_of(me);

    for (int64_t i = 0; sim_node(me) == 0 && i < talk->asks; i++)
        sim_later_at(me, SOON, talk->when ? talk->when[i] : i * talk->pace, &i, sizeof(i));
}

static void carry_out(struct sim_seat *me, const struct answer *answer)
{
    if (answer->deed == ANSWERS)
        sim_reply(me, answer->ticket, &(struct pair){ answer->value, 0 });
    else if (answer->deed == REFUSES)
        sim_refuse(me, answer->ticket);
}

static void later(struct sim_seat *me, unsigned kind, const void *context)
{
    const struct talk *talk = context_of(me);
    struct answer answer;
    int64_t number;

    if (kind == LATE) {
        memcpy(&answer, context, sizeof(answer));
        carry_out(me, &answer);
        return;
    }
    memcpy(&number, context, sizeof(number));
    sim_call(me, ASK, 0, 0, &number, sizeof(number),
             &(struct pair){ talk->keys ? number % talk->keys : 0, 0 });
}

static void request(struct sim_seat *me, const struct sim_request *asked)
{
    struct talk *talk = context_of(me);
    const size_t n = talk->requests++;
    const struct server *deed = &talk->deeds[n < talk->deed_count ? n : talk->deed_count - 1];
    const struct answer answer = { asked->ticket, (int64_t)n + 1, deed->deed };

    ck_assert_uint_lt(n, REQUESTS_MAX);
    talk->sent[n] = sim_now(me);
    talk->member[n] = sim_self(me);
    talk->key[n] = asked->key;
    talk->left[n] = asked->left;
    if (deed->after > 0)
        sim_later(me, LATE, deed->after, &answer, sizeof(answer));
    else
        carry_out(me, &answer);
}

static void outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *told)
{
    struct talk *talk = context_of(me);
    int64_t number;

    (void)site;
    memcpy(&number, told->context, sizeof(number));
    talk->outcomes++;
    talk->outcome[number] = *told;
    talk->at[number] = sim_now(me);
    talk->value[number] = told->body ? ((const struct pair *)told->body)->a : -1;
}

/* -- a run ------------------------------------------------------------------------------------- */

struct run {
    struct stage stage;
    struct script script;
    struct sim_model model;
    struct sim_scenario *scenario;
    struct talk talk;
};

static struct sim_scenario *load_chain(const struct sim_model *model, const char *chain)
{
    const struct sim_model *const models[] = { model, NULL };
    static const struct sim_described *const none[] = { NULL };
    const struct sim_catalogue catalogue = { models, none, sim_filters() };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    char *text = sim_format("version: 1\nduration: 1h\nnodes:\n"
                            "  client: {model: actor, target: server}\n"
                            "  server: {model: actor, target: server}\n"
                            "calls: {client: {ask: %s}}\n",
                            chain);
    struct sim_scenario *scenario =
        sim_scenario_parse(&catalogue, "x.yaml", text, strlen(text), NULL, diagnostics);

    if (scenario == NULL)
        sim_diagnostics_print(diagnostics, stderr, false);
    ck_assert(scenario != NULL);
    sim_diagnostics_destroy(diagnostics);
    sim_free(text);
    return scenario;
}

/* CHAIN as a scenario writes it. */
static struct run *run(const char *chain, const struct talk *talk)
{
    struct run *r = sim_alloc(sizeof(*r));
    struct sim_group_plan *client;
    const struct sim_group_plan *loaded;

    *r = (struct run){ .talk = *talk, .model = actor_model };
    r->model.check = NULL; /* of a script, which the loader knows nothing of */
    r->scenario = load_chain(&r->model, chain);
    r->talk.sent = sim_alloc_array(REQUESTS_MAX, sizeof(sim_time));
    r->talk.member = sim_alloc_array(REQUESTS_MAX, sizeof(uint32_t));
    r->talk.key = sim_alloc_array(REQUESTS_MAX, sizeof(uint64_t));
    r->talk.left = sim_alloc_array(REQUESTS_MAX, sizeof(sim_time));
    r->talk.outcome = sim_alloc_array((size_t)talk->asks, sizeof(struct sim_outcome));
    r->talk.at = sim_alloc_array((size_t)talk->asks, sizeof(sim_time));
    r->talk.value = sim_alloc_array((size_t)talk->asks, sizeof(int64_t));
    r->script = (struct script){
        .start = start, .request = request, .later = later, .outcome = outcome, .context = &r->talk
    };
    stage_init(&r->stage, 3, 3600 * SIM_SECOND);
    client = stage_group(&r->stage, "client", 1, &r->script);
    client->target = 1;
    stage_group(&r->stage, "server", talk->members ? talk->members : 1, &r->script);
    loaded = &sim_scenario_plan(r->scenario)->groups[0];
    client->chains = loaded->chains;
    client->filter_states = loaded->filter_states;
    if (talk->crash > 0)
        stage_fault(&r->stage, &sim_fault_crash, talk->crash, talk->silence, 0, 0);
    stage_run(&r->stage);
    return r;
}

static void end(struct run *r)
{
    stage_finish(&r->stage);
    sim_scenario_destroy(r->scenario);
    sim_free(r->talk.sent);
    sim_free(r->talk.member);
    sim_free(r->talk.key);
    sim_free(r->talk.left);
    sim_free(r->talk.outcome);
    sim_free(r->talk.at);
    sim_free(r->talk.value);
    sim_free(r);
}

static size_t notes(const struct run *r, const char *name)
{
    return watch_count(&r->stage.watch, SIM_HAPPENED_NOTE, 0, name);
}

/* The requests left at these instants, in ms, and at no others. */
static void expect_sent(const struct run *r, const int64_t *ms, size_t count)
{
    ck_assert_uint_eq(r->talk.requests, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(r->talk.sent[i] == ms[i] * MS, "request %zu at %lld ns, not %lld ms", i,
                      (long long)r->talk.sent[i], (long long)ms[i]);
}
#define EXPECT_SENT(r, ...)                                                                        \
    expect_sent(r, (const int64_t[]){ __VA_ARGS__ },                                               \
                sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

#define STATUS(r, n) ((r)->talk.outcome[n].status)

/* -- timeout and deadline ---------------------------------------------------------------------- */

START_TEST(a_timeout_ends_what_it_covers)
{
    const struct talk talk = { .asks = 1, DEEDS({ IS_SILENT, 0 }) };
    struct run *r = run("[timeout: 300ms, retry: {attempts: 100, backoff: immediate}, "
                        "timeout: 100ms]",
                        &talk);

    /* each attempt 100 ms, all of them 300: the third ends with the outer one */
    EXPECT_SENT(r, 0, 100, 200);
    ck_assert_int_eq(STATUS(r, 0), SIM_CALL_UNKNOWN);
    ck_assert_int_eq(r->talk.at[0], 300 * MS);
    ck_assert_int_eq(r->talk.left[0], SIM_TIME_NEVER);
    end(r);
}
END_TEST

START_TEST(a_deadline_is_told_and_stops_retries_that_would_miss_it)
{
    const struct talk talk = { .asks = 1, DEEDS({ REFUSES, 0 }) };
    const struct talk silent = { .asks = 1, DEEDS({ IS_SILENT, 0 }) };
    struct run *r =
        run("[deadline: 350ms, retry: {attempts: 9, jitter: none, base: 100ms}]", &talk);

    /* 0, 100, 300; the next would leave at 700 */
    EXPECT_SENT(r, 0, 100, 300);
    ck_assert_int_eq(r->talk.left[2], 50 * MS);
    ck_assert_int_eq(r->talk.at[0], 300 * MS);
    ck_assert_int_eq(STATUS(r, 0), SIM_REFUSED);
    end(r);
    r = run("[deadline: 350ms, deadline: 1s]", &silent);
    ck_assert_int_eq(r->talk.left[0], 350 * MS); /* the tighter one */
    ck_assert_int_eq(r->talk.at[0], 350 * MS);
    ck_assert_uint_eq(notes(r, "deadline-passed"), 1);
    end(r);
}
END_TEST

START_TEST(a_key_is_that_of_the_call)
{
    const struct talk talk = { .asks = 2, .pace = 10 * MS, DEEDS({ REFUSES, 0 }, { ANSWERS, 0 }) };
    struct run *r = run("[idempotency_key, retry: {backoff: immediate}]", &talk);

    ck_assert_uint_eq(r->talk.requests, 3);
    ck_assert_uint_ne(r->talk.key[0], 0);
    ck_assert_uint_eq(r->talk.key[0], r->talk.key[1]);
    ck_assert_uint_ne(r->talk.key[1], r->talk.key[2]);
    end(r);
}
END_TEST

/* -- retry ------------------------------------------------------------------------------------- */

START_TEST(waits_grow_as_their_kind_says)
{
    const struct talk talk = { .asks = 1, DEEDS({ REFUSES, 0 }) };
    struct run *r = run("[retry: {attempts: 6, jitter: none, base: 100ms}]", &talk);

    EXPECT_SENT(r, 0, 100, 300, 700, 1500, 3100);
    ck_assert_uint_eq(r->talk.outcome[0].attempts, 6);
    ck_assert_int_eq(STATUS(r, 0), SIM_REFUSED);
    ck_assert_int_eq(r->talk.at[0], 3100 * MS);
    ck_assert_uint_eq(notes(r, "retries"), 5);
    ck_assert_uint_eq(notes(r, "gives-up"), 1);
    end(r);
    r = run("[retry: {attempts: 6, jitter: none, base: 100ms, cap: 500ms}]", &talk);
    EXPECT_SENT(r, 0, 100, 300, 700, 1200, 1700);
    end(r);
    r = run("[retry: {attempts: 6, backoff: linear, jitter: none, base: 100ms, cap: 350ms}]",
            &talk);
    EXPECT_SENT(r, 0, 100, 300, 600, 950, 1300);
    end(r);
    r = run("[retry: {attempts: 4, backoff: constant, jitter: none, base: 70ms}]", &talk);
    EXPECT_SENT(r, 0, 70, 140, 210);
    end(r);
    r = run("[retry: {attempts: 3, backoff: immediate}]", &talk);
    EXPECT_SENT(r, 0, 0, 0);
    end(r);
    r = run("[retry: {attempts: 7, backoff: linear, jitter: none, base: 0, cap: 5ns}]", &talk);
    EXPECT_SENT(r, 0, 0, 0, 0, 0, 0, 0);
    end(r);
}
END_TEST

/* Of all retries with number NTH: least, most and mean of the wait. */
static void waits(const struct run *r, int64_t nth, sim_time *least, sim_time *most, double *mean)
{
    double sum = 0;
    size_t count = 0;

    *least = SIM_TIME_NEVER;
    *most = 0;
    for (size_t i = 0; i < r->stage.watch.count; i++) {
        const struct seen *seen = &r->stage.watch.seen[i];

        if (seen->kind != SIM_HAPPENED_NOTE || strcmp(seen->what, "retries") != 0 ||
            seen->words[0] != nth)
            continue;
        *least = seen->words[1] < *least ? seen->words[1] : *least;
        *most = seen->words[1] > *most ? seen->words[1] : *most;
        sum += (double)seen->words[1];
        count++;
    }
    ck_assert_uint_eq(count, 2000);
    *mean = sum / (double)count;
}

struct jitter_row {
    const char *chain;
    int64_t nth;
    double least, most, mean; /* in ms */
};

/* The mean of 2000 uniform draws from a range of width w has a standard deviation of w / 155; a
 * bound of 4 of them, and the extremes within 1 % of the range (missed with probability e^-20). */
START_TEST(jitter_draws_from_its_range)
{
    static const struct jitter_row rows[] = {
        { "[retry: {attempts: 3, base: 100ms}]", 1, 0, 100, 50 },
        { "[retry: {attempts: 3, base: 100ms}]", 2, 0, 200, 100 },
        { "[retry: {attempts: 3, base: 100ms, jitter: equal}]", 2, 100, 200, 150 },
        { "[retry: {attempts: 3, base: 100ms, jitter: decorrelated}]", 1, 100, 300, 200 },
        /* U(100, 3 before): its mean is (100 + 3 * 200) / 2 */
        { "[retry: {attempts: 3, base: 100ms, jitter: decorrelated}]", 2, 100, 900, 350 },
        { "[retry: {attempts: 3, base: 100ms, cap: 250ms, jitter: decorrelated}]", 1, 100, 250,
          193.75 }, /* a quarter of U(100, 300) is cut to 250: 175 * 3/4 + 250 / 4 */
        { "[retry: {backoff: constant, jitter: none, base: 1s, plus: 0..1s}]", 1, 1000, 2000,
          1500 },
    };
    const struct talk talk = { .asks = 2000, .pace = MS, DEEDS({ REFUSES, 0 }) };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct jitter_row *row = &rows[i];
        struct run *r = run(row->chain, &talk);
        const double width = (row->most - row->least) * MS;
        sim_time least, most;
        double mean;

        waits(r, row->nth, &least, &most, &mean);
        ck_assert_msg((double)least >= row->least * MS &&
                          (double)least <= row->least * MS + width / 50,
                      "%s: least %lld", row->chain, (long long)least);
        ck_assert_msg((double)most <= row->most * MS &&
                          (double)most >= row->most * MS - width / (i == 4 ? 4 : 50),
                      "%s: most %lld", row->chain, (long long)most);
        ck_assert_msg(mean > row->mean * MS - width / 38 && mean < row->mean * MS + width / 38,
                      "%s: mean %f", row->chain, mean);
        end(r);
    }
}
END_TEST

START_TEST(waits_belong_to_the_call)
{
    const struct talk early = { .asks = 5, .pace = MS, DEEDS({ REFUSES, 0 }) };
    const struct talk late = { .asks = 5, .pace = 7 * MS, DEEDS({ REFUSES, 0 }) };
    struct run *a = run("[retry: {attempts: 2}]", &early);
    struct run *b = run("[retry: {attempts: 2}]", &late);

    for (int i = 0; i < 5; i++) /* the same n-th call waits as long, whenever it is made */
        ck_assert_int_eq(a->talk.at[i] - i * MS, b->talk.at[i] - i * 7 * MS);
    end(a);
    end(b);
}
END_TEST

START_TEST(a_budget_keeps_retries_a_fraction)
{
    const struct talk many = { .asks = 1000, .pace = MS, DEEDS({ REFUSES, 0 }) };
    const struct talk slow = { .asks = 100, .pace = 100 * MS, DEEDS({ REFUSES, 0 }) };
    struct run *r = run("[retry: {attempts: 4, backoff: immediate, budget: {ratio: 10%, "
                        "burst: 10}}]",
                        &many);

    /* 10 saved up, and a tenth for each call after the first, whose tenth finds a full budget */
    ck_assert_uint_eq(r->talk.requests, 1000 + 10 + 99);
    end(r);
    r = run("[retry: {attempts: 4, backoff: immediate, budget: {rate: 2/s, burst: 1}}]", &slow);
    /* at 0 s, 0.5 s, ..., 9.5 s */
    ck_assert_uint_eq(r->talk.requests, 100 + 20);
    ck_assert_uint_eq(notes(r, "gives-up"), 100);
    end(r);
}
END_TEST

START_TEST(what_may_have_been_done_is_not_repeated_if_so_asked)
{
    const struct talk silent = { .asks = 1, DEEDS({ IS_SILENT, 0 }) };
    const struct talk refused = { .asks = 1, DEEDS({ REFUSES, 0 }, { ANSWERS, 0 }) };
    struct run *r = run("[retry: {on: refused, backoff: immediate}, timeout: 100ms]", &silent);

    EXPECT_SENT(r, 0);
    ck_assert_int_eq(STATUS(r, 0), SIM_CALL_UNKNOWN);
    end(r);
    r = run("[retry: {on: refused, backoff: immediate}, timeout: 100ms]", &refused);
    ck_assert_int_eq(STATUS(r, 0), SIM_REPLIED);
    ck_assert_int_eq(r->talk.value[0], 2);
    end(r);
}
END_TEST

START_TEST(attempts_may_go_round)
{
    const struct talk talk = { .asks = 1, .members = 3, DEEDS({ REFUSES, 0 }) };
    struct run *r = run("[retry: {attempts: 4, backoff: immediate, elsewhere: true}]", &talk);

    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(r->talk.member[i], i % 3);
    end(r);
    /* what stands between passes them on to where they go */
    r = run("[retry: {attempts: 4, backoff: immediate, elsewhere: true}, breaker: {failures: 9},"
            " retry: {attempts: 2, backoff: immediate}]",
            &talk);
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_eq(r->talk.member[i], i / 2 % 3);
    end(r);
}
END_TEST

/* -- breaker ----------------------------------------------------------------------------------- */

START_TEST(a_breaker_opens_after_failures_in_a_row)
{
    /* a good one in between begins the count anew */
    const struct talk talk = { .asks = 12,
                               .pace = 100 * MS,
                               DEEDS({ REFUSES, 0 }, { REFUSES, 0 }, { ANSWERS, 0 }, { REFUSES, 0 },
                                     { REFUSES, 0 }, { REFUSES, 0 }, { REFUSES, 0 },
                                     { ANSWERS, 0 }) };
    struct run *r = run("[breaker: {failures: 3, open: 250ms}]", &talk);

    /* opens at 500, probes at 800 (750 is over), which fails, and at 1100, which goes well */
    EXPECT_SENT(r, 0, 100, 200, 300, 400, 500, 800, 1100);
    ck_assert_uint_eq(notes(r, "breaker-opened"), 2);
    ck_assert_uint_eq(notes(r, "breaker-half-open"), 2);
    ck_assert_uint_eq(notes(r, "breaker-closed"), 1);
    ck_assert_uint_eq(notes(r, "breaker-rejected"), 4);
    ck_assert_int_eq(STATUS(r, 6), SIM_REFUSED);
    ck_assert_uint_eq(r->talk.outcome[6].attempts, 0);
    ck_assert_int_eq(r->talk.at[6], 600 * MS);
    end(r);
}
END_TEST

START_TEST(a_breaker_opens_by_the_share_of_the_last_calls)
{
    const struct talk talk = { .asks = 7,
                               .pace = 100 * MS,
                               DEEDS({ REFUSES, 0 }, { ANSWERS, 0 }, { ANSWERS, 0 }, { ANSWERS, 0 },
                                     { REFUSES, 0 }, { REFUSES, 0 }, { REFUSES, 0 }) };
    struct run *r = run("[breaker: {ratio: 50%, calls: 4, least: 4, open: 1h}]", &talk);

    /* of four: R A A A, A A A R, A A R R: half of them, at 500 */
    EXPECT_SENT(r, 0, 100, 200, 300, 400, 500);
    ck_assert_uint_eq(notes(r, "breaker-opened"), 1);
    end(r);
}
END_TEST

START_TEST(a_breaker_opens_by_the_share_within_a_window)
{
    /* what is older than a second counts no more: the first two do not, at 1500 */
    const struct talk talk = { WHEN(0, 100 * MS, 1500 * MS, 1600 * MS, 1700 * MS, 1800 * MS),
                               DEEDS({ REFUSES, 0 }, { REFUSES, 0 }, { REFUSES, 0 }, { ANSWERS, 0 },
                                     { REFUSES, 0 }) };
    struct run *r = run("[breaker: {ratio: 60%, window: 1s, least: 3, open: 1h}]", &talk);

    /* at 1500 1 of 1; at 1700 2 of 3, 67 % */
    EXPECT_SENT(r, 0, 100, 1500, 1600, 1700);
    end(r);
}
END_TEST

START_TEST(a_breaker_lets_so_many_probes_through)
{
    const struct talk talk = { WHEN(0, 200 * MS, 210 * MS, 220 * MS, 300 * MS, 310 * MS, 320 * MS),
                               DEEDS({ REFUSES, 0 }, { ANSWERS, 50 * MS }) };
    struct run *r = run("[breaker: {failures: 1, open: 100ms, probes: 2}]", &talk);

    /* probes at 200 and 210; closed at 260 */
    EXPECT_SENT(r, 0, 200, 210, 300, 310, 320);
    ck_assert_uint_eq(notes(r, "breaker-rejected"), 1);
    ck_assert_uint_eq(notes(r, "breaker-closed"), 1);
    end(r);
}
END_TEST

START_TEST(a_probe_that_nobody_waits_for_failed)
{
    const struct talk talk = { WHEN(0, 200 * MS, 240 * MS, 260 * MS, 400 * MS),
                               DEEDS({ REFUSES, 0 }, { IS_SILENT, 0 }, { ANSWERS, 0 }) };
    struct run *r = run("[timeout: 50ms, breaker: {failures: 1, open: 100ms}]", &talk);

    /* the probe of 200 is given up at 250, and it opens again until 350 */
    EXPECT_SENT(r, 0, 200, 400);
    ck_assert_uint_eq(notes(r, "breaker-opened"), 2);
    ck_assert_uint_eq(notes(r, "breaker-rejected"), 2);
    end(r);
}
END_TEST

START_TEST(a_crash_closes_a_breaker)
{
    const struct talk talk = { WHEN(0, 100 * MS, 300 * MS), .crash = 200 * MS, .silence = MS,
                               DEEDS({ REFUSES, 0 }) };
    struct run *r = run("[breaker: {failures: 1, open: 1h}]", &talk);

    /* 100 is rejected; after the restart what lies in the past is asked at once, all of it before
     * the first answer opens the breaker, and 300 is rejected */
    EXPECT_SENT(r, 0, 201, 201);
    end(r);
}
END_TEST

/* -- bulkhead, limiter ------------------------------------------------------------------------- */

START_TEST(a_bulkhead_queues_in_order)
{
    const struct talk talk = { WHEN(0, 10 * MS, 20 * MS, 30 * MS, 40 * MS),
                               DEEDS({ ANSWERS, 100 * MS }) };
    struct run *r = run("[bulkhead: {calls: 1, queue: 2, wait: 150ms}]", &talk);

    /* the 2nd runs when the 1st is over; the 3rd has waited 150 ms at 170; 4 and 5 find it full */
    EXPECT_SENT(r, 0, 100);
    ck_assert_int_eq(r->talk.at[1], 200 * MS);
    ck_assert_int_eq(r->talk.at[2], 170 * MS);
    ck_assert_int_eq(r->talk.at[3], 30 * MS);
    ck_assert_int_eq(STATUS(r, 2), SIM_REFUSED);
    ck_assert_uint_eq(notes(r, "bulkhead-full"), 3);
    end(r);
    r = run("[bulkhead: {calls: 2, queue: 9, wait: 1s}]", &talk);
    EXPECT_SENT(r, 0, 10, 100, 110, 200);
    for (int i = 0; i < 5; i++) /* in the order in which they came */
        ck_assert_int_eq(r->talk.value[i], i + 1);
    end(r);
}
END_TEST

START_TEST(who_leaves_the_queue_of_a_bulkhead_leaves_no_gap)
{
    const struct talk talk = { WHEN(0, 10 * MS, 20 * MS, 65 * MS),
                               DEEDS({ ANSWERS, 80 * MS }, { ANSWERS, 10 * MS }) };
    struct run *r = run("[timeout: 60ms, bulkhead: {calls: 1, queue: 5}]", &talk);

    /* the first is given up at 60: the 2nd has its place, until 70, then the 3rd, until 80 */
    EXPECT_SENT(r, 0, 60, 70, 80);
    ck_assert_int_eq(STATUS(r, 0), SIM_CALL_UNKNOWN);
    ck_assert_int_eq(r->talk.at[1], 70 * MS);
    ck_assert_int_eq(r->talk.at[2], 80 * MS);
    ck_assert_int_eq(r->talk.at[3], 90 * MS);
    end(r);
}
END_TEST

START_TEST(who_is_given_up_in_the_queue_is_not_sent)
{
    const struct talk slow = { .asks = 4, .pace = 10 * MS, DEEDS({ ANSWERS, 200 * MS }) };
    const struct talk talk = { WHEN(0, 10 * MS, 20 * MS, 30 * MS), DEEDS({ ANSWERS, 59 * MS }) };
    struct run *r = run("[timeout: 60ms, bulkhead: {calls: 1, queue: 5}]", &talk);

    /* 10 runs from 59 and is given up at 70, 20 from then and until 80, 30 until 90 */
    EXPECT_SENT(r, 0, 59, 70, 80);
    ck_assert_int_eq(STATUS(r, 1), SIM_CALL_UNKNOWN);
    end(r);
    r = run("[timeout: 45ms, bulkhead: {calls: 1, queue: 5}]", &talk);
    /* 0 is given up at 45, 10 runs until 55, 20 until 65, 30 until 75 */
    EXPECT_SENT(r, 0, 45, 55, 65);
    end(r);
    r = run("[bulkhead: {calls: 1, queue: 5, wait: 45ms}]", &slow);
    EXPECT_SENT(r, 0);
    for (int i = 1; i < 4; i++) {
        ck_assert_int_eq(STATUS(r, i), SIM_REFUSED); /* certainly not done: nothing was sent */
        ck_assert_int_eq(r->talk.at[i], (i * 10 + 45) * MS);
    }
    end(r);
}
END_TEST

START_TEST(a_limiter_keeps_its_rate)
{
    const struct talk greedy = { .asks = 10000, .pace = MS, DEEDS({ ANSWERS, 0 }) };
    const struct talk bursts = { WHEN(0, 0, 0, 0, 250 * MS, 250 * MS, 250 * MS, 2000 * MS,
                                      2000 * MS, 2000 * MS, 2000 * MS),
                                 DEEDS({ ANSWERS, 0 }) };
    struct run *r = run("[limiter: {rate: 10/s, burst: 3}]", &greedy);

    /* the law of a token bucket: at most burst + rate * time, and so many if more are asked for */
    ck_assert_uint_eq(r->talk.requests, 3 + 99);
    for (size_t i = 0; i < r->talk.requests; i++)
        ck_assert_int_eq(r->talk.sent[i], i < 3 ? (int64_t)i * MS : (int64_t)(i - 2) * 100 * MS);
    ck_assert_int_eq(STATUS(r, 9999), SIM_REFUSED);
    end(r);
    r = run("[limiter: {rate: 10/s, burst: 3}]", &bursts);
    EXPECT_SENT(r, 0, 0, 0, 250, 250, 2000, 2000, 2000);
    ck_assert_uint_eq(notes(r, "limiter-shed"), 3);
    end(r);
}
END_TEST

/* -- hedge, fallback --------------------------------------------------------------------------- */

START_TEST(the_first_answer_to_a_hedged_call_counts)
{
    const struct talk slow = { .asks = 1,
                               .members = 3,
                               DEEDS({ ANSWERS, 200 * MS }, { ANSWERS, 10 * MS }) };
    const struct talk swift = { .asks = 1, .members = 3, DEEDS({ ANSWERS, 49 * MS }) };
    const struct talk dead = { .asks = 1,
                               .members = 3,
                               DEEDS({ ANSWERS, 200 * MS }, { REFUSES, 0 }) };
    struct run *r = run("[hedge: {after: 50ms}]", &swift);

    EXPECT_SENT(r, 0);
    end(r);
    r = run("[hedge: {after: 50ms}]", &slow);
    EXPECT_SENT(r, 0, 50);
    ck_assert_uint_eq(r->talk.member[1], 1);
    ck_assert_int_eq(r->talk.at[0], 60 * MS);
    ck_assert_int_eq(r->talk.value[0], 2);
    ck_assert_uint_eq(r->talk.outcome[0].attempts, 2);
    end(r);
    r = run("[hedge: {after: 50ms, most: 2}]", &dead);
    /* a failure does not count as long as another may go well */
    EXPECT_SENT(r, 0, 50, 100);
    ck_assert_int_eq(r->talk.at[0], 200 * MS);
    ck_assert_int_eq(r->talk.value[0], 1);
    end(r);
}
END_TEST

START_TEST(hedges_have_a_cap)
{
    const struct talk talk = { .asks = 1000, .pace = 10 * MS, DEEDS({ ANSWERS, 100 * MS }) };
    struct run *r = run("[hedge: {after: 50ms, ratio: 5%, burst: 10, elsewhere: false}]", &talk);
    const size_t hedges = r->talk.requests - 1000;

    /* 10 saved up and a twentieth for each call; what is paid before the first is spent is lost,
     * six calls' worth */
    ck_assert_uint_eq(hedges, 10 + (1000 - 6) / 20);
    ck_assert_uint_eq(notes(r, "hedged"), hedges);
    end(r);
}
END_TEST

START_TEST(hedged_retries_wait_each_for_themselves)
{
    const struct talk talk = { WHEN(0, 220 * MS),
                               DEEDS({ REFUSES, 0 }, { REFUSES, 0 }, { REFUSES, 0 }, { REFUSES, 0 },
                                     { ANSWERS, 0 }) };
    struct run *r = run("[hedge: {after: 50ms, elsewhere: false},"
                        " retry: {attempts: 4, backoff: constant, base: 100ms, jitter: none}]",
                        &talk);

    /* the answer at 200 ends both, so the second waits for 250 in vain, beside a call of its own
     * time */
    EXPECT_SENT(r, 0, 50, 100, 150, 200, 220);
    ck_assert_int_eq(r->talk.at[0], 200 * MS);
    ck_assert_uint_eq(r->talk.outcome[0].attempts, 5);
    ck_assert_int_eq(r->talk.at[1], 220 * MS);
    ck_assert_uint_eq(r->talk.outcome[1].attempts, 1);
    ck_assert_uint_eq(notes(r, "retries"), 4);
    end(r);
}
END_TEST

START_TEST(a_fallback_gives_what_was_last_good)
{
    const struct talk talk = { .asks = 6,
                               .pace = 100 * MS,
                               .keys = 2,
                               DEEDS({ ANSWERS, 0 }, { REFUSES, 0 }, { ANSWERS, 0 },
                                     { REFUSES, 0 }) };
    struct run *r = run("[fallback]", &talk);

    /* key 0: 1, 3, and then what was last; key 1: never anything */
    ck_assert_int_eq(r->talk.value[0], 1);
    ck_assert_int_eq(r->talk.value[2], 3);
    ck_assert_int_eq(r->talk.value[4], 3);
    ck_assert(!r->talk.outcome[2].degraded);
    ck_assert(r->talk.outcome[4].degraded);
    ck_assert_int_eq(STATUS(r, 4), SIM_REPLIED);
    ck_assert_int_eq(STATUS(r, 5), SIM_REFUSED);
    ck_assert_uint_eq(notes(r, "fell-back"), 1);
    end(r);
    r = run("[fallback: {with: default}]", &talk);
    ck_assert(r->talk.outcome[5].degraded);
    ck_assert_int_eq(r->talk.value[5], 0);
    ck_assert_uint_eq(notes(r, "fell-back"), 4);
    end(r);
}
END_TEST

START_TEST(one_answer_is_remembered_for_so_many_requests)
{
    const struct talk talk = { WHEN(0, 100 * MS, 200 * MS, 300 * MS), .keys = 2,
                               DEEDS({ ANSWERS, 0 }, { ANSWERS, 0 }, { REFUSES, 0 }) };
    struct run *r = run("[fallback: {keep: 1}]", &talk);

    /* the answer to the second request has taken the place of the first */
    ck_assert_int_eq(STATUS(r, 2), SIM_REFUSED);
    ck_assert_int_eq(r->talk.value[3], 2);
    end(r);
}
END_TEST

/* -- together ---------------------------------------------------------------------------------- */

START_TEST(an_inner_breaker_stops_the_attempts_of_an_outer_retry)
{
    const struct talk talk = { .asks = 1, DEEDS({ REFUSES, 0 }) };
    struct run *r = run("[retry: {attempts: 10, backoff: constant, jitter: none, base: 10ms}, "
                        "breaker: {failures: 3, open: 1h}]",
                        &talk);

    EXPECT_SENT(r, 0, 10, 20);
    ck_assert_int_eq(r->talk.at[0], 90 * MS);
    ck_assert_uint_eq(r->talk.outcome[0].attempts, 3);
    ck_assert_uint_eq(notes(r, "breaker-rejected"), 7);
    end(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("part_filters");
    TCase *tcase = tcase_create("filters");

    tcase_add_test(tcase, a_timeout_ends_what_it_covers);
    tcase_add_test(tcase, a_deadline_is_told_and_stops_retries_that_would_miss_it);
    tcase_add_test(tcase, a_key_is_that_of_the_call);
    tcase_add_test(tcase, waits_grow_as_their_kind_says);
    tcase_add_test(tcase, jitter_draws_from_its_range);
    tcase_add_test(tcase, waits_belong_to_the_call);
    tcase_add_test(tcase, a_budget_keeps_retries_a_fraction);
    tcase_add_test(tcase, what_may_have_been_done_is_not_repeated_if_so_asked);
    tcase_add_test(tcase, attempts_may_go_round);
    tcase_add_test(tcase, a_breaker_opens_after_failures_in_a_row);
    tcase_add_test(tcase, a_breaker_opens_by_the_share_of_the_last_calls);
    tcase_add_test(tcase, a_breaker_opens_by_the_share_within_a_window);
    tcase_add_test(tcase, a_breaker_lets_so_many_probes_through);
    tcase_add_test(tcase, a_probe_that_nobody_waits_for_failed);
    tcase_add_test(tcase, a_crash_closes_a_breaker);
    tcase_add_test(tcase, a_bulkhead_queues_in_order);
    tcase_add_test(tcase, who_leaves_the_queue_of_a_bulkhead_leaves_no_gap);
    tcase_add_test(tcase, who_is_given_up_in_the_queue_is_not_sent);
    tcase_add_test(tcase, a_limiter_keeps_its_rate);
    tcase_add_test(tcase, the_first_answer_to_a_hedged_call_counts);
    tcase_add_test(tcase, hedges_have_a_cap);
    tcase_add_test(tcase, hedged_retries_wait_each_for_themselves);
    tcase_add_test(tcase, a_fallback_gives_what_was_last_good);
    tcase_add_test(tcase, one_answer_is_remembered_for_so_many_requests);
    tcase_add_test(tcase, an_inner_breaker_stops_the_attempts_of_an_outer_retry);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
