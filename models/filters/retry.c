/* retry.c - asks again after a failure, with a back-off, jitter and a budget.
 *
 * Back-off and jitter as in Brooker, Exponential Backoff and Jitter (AWS Architecture Blog, 2015);
 * the n-th retry waits at most e = min(cap, base * 2^(n-1)): none e, full U(0, e), equal
 * e/2 + U(0, e/2), decorrelated min(cap, U(base, 3 * the wait before)). The budget is a token
 * bucket that calls fill by a ratio (Finagle's RetryBudget) and time at a rate: without one,
 * retries multiply the load just when there is too much of it.
 *
 * Who is told by the callee not to ask again does not: where all of a chain retry, retries
 * multiply.
 *
 * What is asked again may have been done already. Who cannot bear that retries only what was
 * refused, or sends an idempotency key. */
#include "sim/world/filter.h"

#include <string.h>

enum { MILLION = 1000000 };

enum backoff { IMMEDIATE, CONSTANT, LINEAR, EXPONENTIAL };
enum jitter { NONE, FULL, EQUAL, DECORRELATED };
enum on { ANY, REFUSED };

static const char *const backoff_names[] = { "immediate", "constant", "linear", "exponential",
                                             NULL };
static const char *const jitter_names[] = { "none", "full", "equal", "decorrelated", NULL };
static const char *const on_names[] = { "any", "refused", NULL };

struct budget {
    double ratio;
    struct sim_rate rate;
    int64_t burst;
};

struct params {
    int64_t attempts, backoff, jitter, on;
    sim_time base, cap;
    const struct sim_distribution *plus;
    bool elsewhere;
    struct budget budget;
};

static const struct sim_field budget_fields[] = {
    SIM_SHARE(struct budget, ratio, "0", "of calls: each pays for so much of a retry"),
    SIM_RATE(struct budget, rate, "0", "0", "1000000000/s", "retries that time alone pays for"),
    SIM_INTEGER(struct budget, burst, "0", "0", "1000000",
                "retries saved up at most, and at first; 0: there is no budget"),
    { 0 },
};
static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, attempts, "3", "1", "1000000", "altogether, with the first"),
    SIM_CHOICE(struct params, backoff, "exponential", backoff_names, "how the wait grows"),
    SIM_DURATION(struct params, base, "100ms", "0", "1d", "before the first retry"),
    SIM_DURATION(struct params, cap, "20s", "0", "1d", "no wait is longer"),
    SIM_CHOICE(struct params, jitter, "full", jitter_names, "what is drawn of the wait"),
    SIM_DISTRIBUTION(struct params, plus, "0", "0", "1d", "on top of it"),
    SIM_CHOICE(struct params, on, "any", on_names,
               "any failure, or what was certainly not executed alone"),
    SIM_BOOLEAN(struct params, elsewhere, "false", "each attempt at the next member"),
    SIM_OBJECT(struct params, budget, budget_fields, "what keeps retries a fraction of the calls"),
    { 0 },
};

struct state {
    int64_t retries, exhausted, unpaid;
    int64_t spent;  /* of the budget, in millionths */
    sim_time since; /* when time paid last */
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, retries, "attempts after the first"),
    SIM_STATE(struct state, exhausted, "calls that failed with their last attempt"),
    SIM_STATE(struct state, unpaid, "retries that the budget did not allow"),
    { 0 },
};

struct passage {
    int64_t attempts; /* so far */
    sim_time wait;    /* before the last of them */
};

SIM_RECORD(retries, nth, wait);
SIM_RECORD(gives_up, attempts);

enum note { RETRIES, GIVES_UP };

/* -- the budget -------------------------------------------------------------------------------- */

static uint64_t scaled(uint64_t value, uint64_t times, uint64_t over)
{
    return (uint64_t)((sim_wide)value * times / over);
}

/* What time pays is taken from it in whole millionths, so that no remainder is lost. */
static void pay(struct state *s, const struct budget *b, sim_time now, int64_t more)
{
    if (b->rate.count > 0) {
        const uint64_t millionths = (uint64_t)b->rate.count * MILLION; /* per b->rate.per */
        const uint64_t due = scaled((uint64_t)(now - s->since), millionths, (uint64_t)b->rate.per);

        if (due >= (uint64_t)b->burst * MILLION) {
            more += b->burst * MILLION;
            s->since = now;
        } else {
            more += (int64_t)due;
            s->since += (sim_time)scaled(due, (uint64_t)b->rate.per, millionths);
        }
    }
    s->spent = s->spent > more ? s->spent - more : 0;
}

static bool spend(struct state *s, const struct budget *b, sim_time now)
{
    if (b->burst == 0)
        return true;
    pay(s, b, now, 0);
    if (s->spent + MILLION > b->burst * MILLION)
        return false;
    s->spent += MILLION;
    return true;
}

/* -- the wait ---------------------------------------------------------------------------------- */

static sim_time capped(const struct params *p, sim_time wait)
{
    return wait < p->cap ? wait : p->cap;
}

static sim_time grown(const struct params *p, int64_t nth)
{
    sim_time wait = p->base;

    switch (p->backoff) {
    case IMMEDIATE:
        return 0;
    case CONSTANT:
        break;
    case LINEAR:
        wait = p->base > 0 && nth > p->cap / p->base ? p->cap : p->base * nth;
        break;
    default:
        while (--nth > 0 && wait > 0 && wait < p->cap)
            wait *= 2;
    }
    return capped(p, wait);
}

/* From LOW to HIGH, both included. */
static sim_time between(struct sim_passage *passage, sim_time low, sim_time high)
{
    return high <= low
               ? low
               : low + (sim_time)sim_below(sim_filter_draw(passage), (uint64_t)(high - low) + 1);
}

static sim_time draw_wait(struct sim_passage *passage, const struct params *p,
                          const struct passage *memory)
{
    const sim_time most = grown(p, memory->attempts);
    const sim_time before = memory->wait > p->base ? memory->wait : p->base;

    switch (p->jitter) {
    case FULL:
        return between(passage, 0, most);
    case EQUAL:
        return most / 2 + between(passage, 0, most - most / 2);
    case DECORRELATED:
        return capped(p, between(passage, p->base, before < p->cap ? 3 * before : p->cap));
    default:
        return most;
    }
}

/* -- the way of a call ------------------------------------------------------------------------- */

static void attempt(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct passage *memory = sim_passage_memory(passage);
    const uint64_t nth = (uint64_t)memory->attempts++;

    if (p->elsewhere)
        sim_pass_to(passage,
                    (uint32_t)((sim_passage_to(passage) + nth) % sim_passage_targets(passage)));
    else
        sim_pass(passage);
}

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    if (p->budget.burst > 0)
        pay(s, &p->budget, sim_passage_now(passage), (int64_t)(p->budget.ratio * MILLION + 0.5));
    attempt(passage);
}

static void give_up(struct sim_passage *passage, struct state *s, const struct sim_outcome *outcome)
{
    const struct passage *memory = sim_passage_memory(passage);

    s->exhausted++;
    sim_filter_note(passage, GIVES_UP, &(struct gives_up){ memory->attempts });
    sim_return(passage, outcome);
}

static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);
    struct passage *memory = sim_passage_memory(passage);
    sim_time wait, more;

    if (!outcome->failed || outcome->pushed_back || (p->on == REFUSED && !outcome->not_done)) {
        sim_return(passage, outcome);
        return;
    }
    if (memory->attempts >= p->attempts) {
        give_up(passage, s, outcome);
        return;
    }
    wait = draw_wait(passage, p, memory);
    more = sim_distribution_sample(p->plus, sim_filter_draw(passage));
    memory->wait = wait;
    wait += more > 0 ? more : 0;
    if (wait >= sim_passage_left(passage)) { /* nobody would wait for its answer */
        give_up(passage, s, outcome);
        return;
    }
    if (!spend(s, &p->budget, sim_passage_now(passage))) {
        s->unpaid++;
        give_up(passage, s, outcome);
        return;
    }
    s->retries++;
    sim_filter_note(passage, RETRIES, &(struct retries){ memory->attempts, wait });
    sim_wake(passage, wait);
}

static const char *check(void *params, char text[160])
{
    static const char beyond[] = "is longer than `cap`";
    static const char useless[] = "pays for nothing: `burst` is 0, and then there is no budget";
    const struct params *p = params;

    if (p->base > p->cap) {
        memcpy(text, beyond, sizeof(beyond));
        return "base";
    }
    if (p->budget.burst == 0 && (p->budget.ratio > 0 || p->budget.rate.count > 0)) {
        memcpy(text, useless, sizeof(useless));
        return "budget";
    }
    return NULL;
}

const struct sim_filter retry_filter = {
    .name = "retry",
    .summary = "asks again after a failure, with a back-off, jitter and a budget",
    .source = "Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015; Finagle, "
              "RetryBudget",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .passage = sizeof(struct passage),
    .notes = { [RETRIES] = { "retries", SIM_WORDS(retries) },
               [GIVES_UP] = { "gives-up", SIM_WORDS(gives_up) } },
    .on_call = on_call,
    .on_outcome = on_outcome,
    .on_wake = attempt,
    .check = check,
};
