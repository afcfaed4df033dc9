/* token-ring.c - mutual exclusion by a token that goes round.
 *
 * Le Lann, "Distributed systems: towards a formal approach", IFIP 1977. Only who has the token is
 * in the critical section; it keeps it for `hold` and passes it on. A message that is lost, or a
 * holder that crashes, takes the token along: with `patience`, member 0 watches, and makes a new
 * one if none came by for that long. That is a guess. If the old token was only late, two exist
 * until a node sees both: it throws away what carries an older stamp than it has seen, but by then
 * two nodes may have been in the critical section, and the judge says so.
 *
 * Several tokens (`tokens`, spread evenly) let so many nodes in at once and give every node
 * something to do, for measuring; they have no stamps, so there is no watch over them. */
#include "sim/world/model.h"

#include <stddef.h>
#include <string.h>

struct params {
    int64_t tokens;
    sim_time hold, patience;
};

static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, tokens, "1", "1", "10000000", "tokens in the ring"),
    SIM_DURATION(struct params, hold, "10ms", "0", "1d", "how long a node keeps a token"),
    SIM_DURATION(struct params, patience, SIM_OPTIONAL, "1us", "1d",
                 "after how long without a token member 0 makes a new one; absent: never"),
    { 0 },
};

struct state {
    int64_t held;
    int64_t next; /* the least stamp that is accepted: epoch << 32 | lap */
};

static const struct sim_field state_fields[] = {
    SIM_WATCHED(struct state, held,
                "tokens that the node has; more than 0: it is in the critical section"),
    SIM_STATE(struct state, next, "the least stamp of a token that is accepted"),
    { 0 },
};

/* Member 0's alone: it has to outdo the stamps of its earlier life. */
struct disk {
    int64_t epoch;
};

static const struct sim_field disk_fields[] = {
    SIM_STATE(struct disk, epoch, "how often the token was made"),
    { 0 },
};

SIM_RECORD(token, stamp);

enum message { TOKEN };
enum timer { HOLD };
enum later { WATCH };
enum note { REGENERATED };
enum metric { REGENERATIONS };

enum { EPOCH_BITS = 32 };

static bool has_stamps(const struct sim_seat *me)
{
    const struct params *p = sim_params(me);

    return p->tokens == 1;
}

static void enter(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);

    s->held++;
    if (s->held == 1)
        sim_timer(me, HOLD, p->hold);
}

/* Member 0 begins a new lap, so what it sends bears the stamp that it waits for. */
static void on_hold(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    int64_t stamp = sim_self(me) == 0 ? s->next : s->next - 1;

    if (!has_stamps(me))
        stamp = 0;
    s->held--;
    sim_send(me, (sim_self(me) + 1) % sim_members(me), TOKEN, &(struct token){ stamp });
    if (s->held > 0)
        sim_timer(me, HOLD, p->hold);
}

static void on_token(struct sim_seat *me, const struct sim_message *message)
{
    const struct token *m = message->body;
    struct state *s = sim_state(me);

    if (!has_stamps(me)) {
        enter(me);
        return;
    }
    if (m->stamp < s->next)
        return;
    s->next = m->stamp + 1;
    if (s->held == 0)
        enter(me);
}

static void watch(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    const struct state *s = sim_state(me);

    sim_later(me, WATCH, p->patience, &s->next, sizeof s->next);
}

/* CONTEXT is the stamp that was waited for when the watch began. */
static void on_watch(struct sim_seat *me, const void *context)
{
    struct state *s = sim_state(me);
    struct disk *d = sim_disk(me);
    int64_t then;

    memcpy(&then, context, sizeof then);
    if (s->next == then && s->held == 0) {
        d->epoch++;
        sim_write(me);
        sim_sync(me);
        s->next = d->epoch << EPOCH_BITS;
        sim_count(me, REGENERATIONS, 1);
        sim_note(me, REGENERATED, &(struct token){ s->next });
        enter(me);
    }
    watch(me);
}

/* Member 0 makes the tokens, once in its life: those of a crashed holder are lost. Where several
 * are asked for, it sends each to where it begins. */
static void make_tokens(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    int64_t members = sim_members(me), i;

    for (i = 0; i < p->tokens; i++)
        sim_send(me, (uint32_t)(i * members / p->tokens), TOKEN, &(struct token){ 0 });
}

static void on_start(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct disk *d;

    if (sim_self(me) != 0)
        return;
    d = sim_disk(me);
    if (d->epoch == 0) {
        d->epoch = 1;
        sim_write(me);
        sim_sync(me);
        if (has_stamps(me))
            enter(me);
        else
            make_tokens(me);
    }
    s->next = d->epoch << EPOCH_BITS;
    if (p->patience > 0)
        watch(me);
}

static const char *check(void *params, uint32_t members, char text[160])
{
    static const char several[] = "works with one token only: several bear no stamps";
    static const char short_patience[] = "is shorter than one round of holding the token";
    const struct params *p = params;

    if (p->patience == 0)
        return NULL;
    if (p->tokens != 1)
        memcpy(text, several, sizeof several);
    else if (p->patience / members < p->hold)
        memcpy(text, short_patience, sizeof short_patience);
    else
        return NULL;
    return "patience";
}

struct ledger {
    int64_t inside; /* tokens held, as far as known */
    int64_t *held;  /* per member, when it was last looked at */
};

/* No more nodes are in the critical section than there are tokens. A crash takes a token away
 * without a handler that would tell: all nodes are counted again before anything is said. */
static void check_exclusion(struct sim_judge *judge, uint32_t member)
{
    const struct params *p = sim_judge_params(judge);
    const struct state *s = sim_judge_state(judge, member);
    struct ledger *l = sim_judge_memory(judge);
    uint32_t i, members = sim_judge_members(judge);

    if (l->held == NULL)
        l->held = sim_judge_new(judge, members * sizeof(int64_t));
    l->inside += s->held - l->held[member];
    l->held[member] = s->held;
    if (l->inside <= p->tokens)
        return;
    l->inside = 0;
    for (i = 0; i < members; i++) {
        s = sim_judge_state(judge, i);
        l->held[i] = sim_judge_up(judge, i) ? s->held : 0;
        l->inside += l->held[i];
    }
    if (l->inside > p->tokens)
        sim_violated(judge, "mutual-exclusion", "%lld tokens are held, there should be %lld",
                     (long long)l->inside, (long long)p->tokens);
}

const struct sim_model token_ring_model = {
    .name = "token-ring",
    .summary = "mutual exclusion by a token that goes round",
    .source = "Le Lann, Distributed systems: towards a formal approach, IFIP 1977",
    SIM_TABLE(params),
    SIM_TABLE(state),
    SIM_TABLE(disk),
    .messages = { [TOKEN] = { "token", SIM_WORDS(token), on_token } },
    .timers = { [HOLD] = { "hold", on_hold, false } },
    .laters = { [WATCH] = { "watch", on_watch } },
    .notes = { [REGENERATED] = { "regenerated", SIM_WORDS(token) } },
    .metrics = { [REGENERATIONS] = { "regenerations", SIM_COUNTER, "tokens made anew" } },
    .invariant = { sizeof(struct ledger), check_exclusion, { "mutual-exclusion" } },
    .start = on_start,
    .check = check,
};
