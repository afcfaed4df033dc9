/* bulkhead.c - so many calls at the same time; a few more may wait, the others are not sent.
 *
 * So a callee that hangs can take only so much of its caller with it (Nygard, Release It!). */
#include "sim/world/filter.h"

struct params {
    int64_t calls, queue;
    sim_time wait;
};
static const struct sim_field params_fields[] = {
    SIM_INTEGER(struct params, calls, "10", "1", "1000000", "at the same time"),
    SIM_INTEGER(struct params, queue, "0", "0", "1000000", "calls that may wait for one to end"),
    SIM_DURATION(struct params, wait, "1s", "1us", "1d", "for at most so long"),
    { 0 },
};

struct state {
    int64_t running, waiting, rejected;
    struct sim_passage *first, *last; /* of those that wait */
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, running, "calls under way"),
    SIM_STATE(struct state, waiting, "calls that wait for one to end"),
    SIM_STATE(struct state, rejected, "calls not sent"),
    { 0 },
};

enum stage { NEW, WAITS, CALLED_UP, RUNS };

struct passage {
    struct sim_passage *next, *previous; /* while it waits */
    int64_t stage;
};

SIM_RECORD(full, running, waiting);

enum note { FULL };

static void run(struct sim_passage *passage)
{
    struct passage *memory = sim_passage_memory(passage);

    memory->stage = RUNS;
    sim_pass(passage);
}

static void leave_queue(struct state *s, struct passage *memory)
{
    struct passage *next = memory->next ? sim_passage_memory(memory->next) : NULL;
    struct passage *previous = memory->previous ? sim_passage_memory(memory->previous) : NULL;

    if (previous)
        previous->next = memory->next;
    else
        s->first = memory->next;
    if (next)
        next->previous = memory->previous;
    else
        s->last = memory->previous;
    s->waiting--;
}

/* One that was running is over: whoever has waited longest takes its place. */
static void give_place(struct state *s)
{
    struct sim_passage *passage = s->first;

    s->running--;
    if (!passage)
        return;
    struct passage *memory = sim_passage_memory(passage);

    leave_queue(s, memory);
    s->running++;
    memory->stage = CALLED_UP;
    sim_wake(passage, 0);
}

static void wait(struct sim_passage *passage, struct state *s, sim_time most)
{
    struct passage *memory = sim_passage_memory(passage);

    *memory = (struct passage){ .previous = s->last, .stage = WAITS };
    if (s->last)
        ((struct passage *)sim_passage_memory(s->last))->next = passage;
    else
        s->first = passage;
    s->last = passage;
    s->waiting++;
    sim_wake(passage, most);
}

static void reject(struct sim_passage *passage, struct state *s)
{
    s->rejected++;
    sim_filter_note(passage, FULL, &(struct full){ s->running, s->waiting });
    sim_return(passage, NULL);
}

static void on_call(struct sim_passage *passage)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    if (s->running < p->calls) {
        s->running++;
        run(passage);
    } else if (s->waiting < p->queue) {
        wait(passage, s, p->wait);
    } else {
        reject(passage, s);
    }
}

static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    give_place(sim_filter_state(passage));
    sim_return(passage, outcome);
}

static void on_wake(struct sim_passage *passage)
{
    struct state *s = sim_filter_state(passage);
    struct passage *memory = sim_passage_memory(passage);

    if (memory->stage == CALLED_UP) {
        run(passage);
        return;
    }
    leave_queue(s, memory);
    memory->stage = NEW;
    reject(passage, s);
}

static void on_abandon(struct sim_passage *passage)
{
    struct state *s = sim_filter_state(passage);
    struct passage *memory = sim_passage_memory(passage);

    if (memory->stage == WAITS)
        leave_queue(s, memory);
    else if (memory->stage != NEW)
        give_place(s);
}

const struct sim_filter bulkhead_filter = {
    .name = "bulkhead",
    .summary = "so many calls at the same time; a few more may wait, the others are not sent",
    .source = "Nygard, Release It!, 2007: Bulkheads",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .passage = sizeof(struct passage),
    .notes = { [FULL] = { "bulkhead-full", SIM_WORDS(full) } },
    .on_call = on_call,
    .on_outcome = on_outcome,
    .on_wake = on_wake,
    .on_abandon = on_abandon,
};
