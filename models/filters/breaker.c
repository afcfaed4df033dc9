/* breaker.c - a circuit breaker: after too many failures nothing is sent for a while.
 *
 * Nygard, Release It! (2007). Closed: calls go through, failures are counted: so many in a row, or
 * a share of the last calls, or of those of the last while. Open: calls fail at once. Half-open,
 * when the open time is over: a few probes go through; if all of them go well it closes, one that
 * fails opens it again.
 *
 * An open time that is drawn keeps many callers from probing at the same instant. */
#include "sim/world/filter.h"

#include <string.h>

enum { CALLS_MAX = 256, BUCKETS = 10 };

enum status { CLOSED, OPEN, HALF_OPEN };

static const char *const status_names[] = { "closed", "open", "half-open", NULL };

struct params {
    int64_t failures, calls, least, probes;
    double ratio;
    sim_time window;
    const struct sim_distribution *open;
};
static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, failures, "0", "0", "1000000",
                "in a row, and it opens; 0: it goes by `ratio`"),
    SIM_SHARE(struct params, ratio, "50%", "of calls that fail, and it opens"),
    SIM_INTEGER(struct params, calls, "20", "1", "256", "so many last calls are looked at"),
    SIM_DURATION(struct params, window, "0", "0", "1d",
                 "look at the calls that ended in so long instead"),
    SIM_INTEGER(struct params, least, "10", "1", "1000000",
                "no ratio is taken of fewer calls than these"),
    SIM_DISTRIBUTION(struct params, open, "5s", "1us", "1d", "until it tries again"),
    SIM_INTEGER(struct params, probes, "1", "1", "1000", "calls that have to go well then"),
    { 0 },
};

struct bucket {
    sim_time from;
    int64_t calls, failures;
};

struct state {
    int64_t status; /* enum status */
    int64_t opened, rejected;
    int64_t in_a_row;
    int64_t probing, passed; /* probes under way, and those that went well */
    int64_t turn;            /* how often the status changed */
    sim_time until;          /* while open */
    int64_t ended, failed;   /* of the last calls: see `last` */
    int64_t at;
    bool last[CALLS_MAX]; /* a ring: failed? */
    struct bucket buckets[BUCKETS];
};
static const struct sim_field state_fields[] = {
    SIM_WATCHED_CHOICE(struct state, status, status_names, "of the breaker"),
    SIM_STATE(struct state, opened, "how often it opened"),
    SIM_STATE(struct state, rejected, "calls not sent"),
    { 0 },
};

struct passage {
    int64_t turn; /* in which it began; what an earlier turn began says nothing of the present */
    bool sent, probe;
};

SIM_RECORD(breaker_opened, failures, calls, open);
SIM_RECORD(breaker_half_open, times);
SIM_RECORD(breaker_closed, times);

enum note { OPENED, HALF_OPENED, CLOSES, REJECTED };

static void turn_to(struct state *s, enum status status)
{
    s->status = status;
    s->turn++;
    s->in_a_row = s->probing = s->passed = 0;
    s->ended = s->failed = s->at = 0;
    memset(s->buckets, 0, sizeof(s->buckets));
}

static void open(struct sim_passage *passage, struct state *s, int64_t failures, int64_t calls)
{
    const struct params *p = sim_filter_params(passage);
    sim_time span = sim_distribution_sample(p->open, sim_filter_draw(passage));

    span = span > 0 ? span : 0;
    turn_to(s, OPEN);
    s->opened++;
    s->until = sim_passage_now(passage) + span;
    sim_filter_note(passage, OPENED, &(struct breaker_opened){ failures, calls, span });
}

/* -- what ended lately ------------------------------------------------------------------------- */

static void count_last(struct state *s, const struct params *p, bool failed)
{
    if (s->ended == p->calls)
        s->failed -= s->last[s->at];
    else
        s->ended++;
    s->last[s->at] = failed;
    s->failed += failed;
    s->at = (s->at + 1) % p->calls;
}

/* In tenths of the window: what is older than it is forgotten a tenth at a time. */
static void count_window(struct state *s, const struct params *p, sim_time now, bool failed)
{
    const sim_time span = p->window / BUCKETS > 0 ? p->window / BUCKETS : 1;
    const sim_time from = now - now % span;
    struct bucket *bucket = &s->buckets[now / span % BUCKETS];

    if (bucket->from != from || bucket->calls == 0)
        *bucket = (struct bucket){ .from = from };
    bucket->calls++;
    bucket->failures += failed;
    s->ended = s->failed = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        if (s->buckets[i].from > now - p->window) {
            s->ended += s->buckets[i].calls;
            s->failed += s->buckets[i].failures;
        }
}

static void count(struct sim_passage *passage, struct state *s, bool failed)
{
    const struct params *p = sim_filter_params(passage);

    s->in_a_row = failed ? s->in_a_row + 1 : 0;
    if (p->failures > 0) {
        if (s->in_a_row >= p->failures)
            open(passage, s, s->in_a_row, s->in_a_row);
        return;
    }
    if (p->window > 0)
        count_window(s, p, sim_passage_now(passage), failed);
    else
        count_last(s, p, failed);
    if (failed && s->ended >= p->least && (double)s->failed >= p->ratio * (double)s->ended)
        open(passage, s, s->failed, s->ended);
}

/* -- the way of a call ------------------------------------------------------------------------- */

static void send(struct sim_passage *passage, struct state *s, bool probe)
{
    struct passage *memory = sim_passage_memory(passage);

    s->probing += probe;
    *memory = (struct passage){ .turn = s->turn, .sent = true, .probe = probe };
    sim_pass(passage);
}

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    if (s->status == OPEN && sim_passage_now(passage) >= s->until) {
        turn_to(s, HALF_OPEN);
        sim_filter_note(passage, HALF_OPENED, &(struct breaker_half_open){ s->opened });
    }
    if (s->status == CLOSED || (s->status == HALF_OPEN && s->probing + s->passed < p->probes)) {
        send(passage, s, s->status == HALF_OPEN);
        return;
    }
    s->rejected++;
    sim_filter_note(passage, REJECTED, NULL);
    sim_return(passage, NULL);
}

static void on_probe(struct sim_passage *passage, struct state *s, bool failed)
{
    const struct params *p = sim_filter_params(passage);

    s->probing--;
    if (failed) {
        open(passage, s, 1, 1);
    } else if (++s->passed == p->probes) {
        turn_to(s, CLOSED);
        sim_filter_note(passage, CLOSES, &(struct breaker_closed){ s->opened });
    }
}

static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    const struct passage *memory = sim_passage_memory(passage);
    struct state *s = sim_filter_state(passage);

    if (memory->turn == s->turn && memory->probe)
        on_probe(passage, s, outcome->failed);
    else if (memory->turn == s->turn)
        count(passage, s, outcome->failed);
    sim_return(passage, outcome);
}

/* The caller did not wait for it: that is a failure, of a probe too. */
static void on_abandon(struct sim_passage *passage)
{
    const struct passage *memory = sim_passage_memory(passage);
    struct state *s = sim_filter_state(passage);

    if (!memory->sent || memory->turn != s->turn)
        return;
    if (memory->probe)
        on_probe(passage, s, true);
    else
        count(passage, s, true);
}

static const char *check(void *params, char text[160])
{
    static const char never[] = "is more than the `calls` that are looked at: it would never open";
    const struct params *p = params;

    if (p->failures > 0 || p->window > 0 || p->least <= p->calls)
        return NULL;
    memcpy(text, never, sizeof(never));
    return "least";
}

const struct sim_filter breaker_filter = {
    .name = "breaker",
    .summary = "a circuit breaker: after too many failures nothing is sent for a while",
    .source = "Nygard, Release It!, 2007: Circuit Breaker",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .passage = sizeof(struct passage),
    .notes = { [OPENED] = { "breaker-opened", SIM_WORDS(breaker_opened) },
               [HALF_OPENED] = { "breaker-half-open", SIM_WORDS(breaker_half_open) },
               [CLOSES] = { "breaker-closed", SIM_WORDS(breaker_closed) },
               [REJECTED] = { "breaker-rejected", NULL } },
    .on_call = on_call,
    .on_outcome = on_outcome,
    .on_abandon = on_abandon,
    .check = check,
};
