/* tell.c - what models say and draw: metrics, histories, random words; and what the world tells its
 * observer, and the triggers of faults. */
#include "sim/core/math.h"
#include "sim/world/luck.h"

#include <assert.h>

const char *const sim_happening_kind_names[] = {
    "start", "message", "request", "reply",    "refusal",   "timeout", "timer",
    "later", "synced",  "command", "fault",    "heal",      "action",  "send",
    "drop",  "note",    "invoke",  "complete", "violation", "halt",    "filter", NULL,
};

uint64_t hash_body(uint64_t hash, const struct sim_record *record, const int64_t *words,
                   const struct sim_blob *blob)
{
    for (uint32_t i = 0; record && i < record->words; i++)
        hash = sim_mix(hash, (uint64_t)words[i]);
    return blob ? sim_mix(hash, blob_hash(blob)) : hash;
}

void tell(struct sim_world *world, enum sim_happening_kind kind, uint64_t cause, uint32_t node,
          uint32_t peer, const char *what, const char *reason, const struct sim_record *record,
          const int64_t *words, const struct sim_blob *blob)
{
    bool heard = may_hear(world, kind, node, peer);

    if (!heard && !world->observer.happening)
        return;
    struct sim_happening happening = {
        .id = world->event,
        .cause = cause,
        .time = world->now,
        .kind = kind,
        .node = node,
        .peer = peer,
        .what = what,
        .reason = reason,
        .record = record,
        .words = words,
        .blob = blob,
    };

    if (world->observer.happening) {
        if (node != SIM_NO_GROUP)
            happening.wall = sim_wall(seat_of_node(world, node));
        world->observer.happening(world->observer.context, &happening);
    }
    if (heard)
        hear(world, &happening);
}

/* -- draws ------------------------------------------------------------------------------------- */

/* Apart, so that the draws that follow need few registers. */
static __attribute__((noinline)) uint64_t first_draw(const struct sim_seat *me, unsigned draw,
                                                     struct sim_stream *stream,
                                                     enum sim_draw_form form, int64_t a, int64_t b)
{
    const struct class *class = me->class;

    if (class->world->luck) /* then the stream is never begun here, and each draw is the first */
        return luck_draw(me, draw, form, a, b);
    sim_stream_seed(stream, class->world->seed, class->draw_key[draw],
                    sim_mix(class->key, me->member));
    return sim_stream_next(stream);
}

/* A and B say what the word is for, by FORM: see luck.h. */
static inline uint64_t draw_word(struct sim_seat *me, unsigned draw, enum sim_draw_form form,
                                 int64_t a, int64_t b)
{
    const struct class *class = me->class;

    assert(draw < class->draws);
    struct sim_stream *stream =
        (struct sim_stream *)(void *)((char *)me + class->stream_offset) + draw;
    if (!sim_stream_is_seeded(stream))
        return first_draw(me, draw, stream, form, a, b);
    return sim_stream_next(stream);
}

uint64_t sim_draw(struct sim_seat *me, unsigned draw)
{
    return draw_word(me, draw, SIM_DRAW_WORD, 0, 0);
}

int64_t sim_uniform(struct sim_seat *me, unsigned draw, int64_t low, int64_t high)
{
    assert(low < high);
    return low + (int64_t)sim_below(draw_word(me, draw, SIM_DRAW_NUMBER, low, high),
                                    (uint64_t)high - (uint64_t)low);
}

sim_time sim_sample(struct sim_seat *me, unsigned draw, const struct sim_distribution *distribution)
{
    sim_time value = sim_distribution_sample(
        distribution, draw_word(me, draw, SIM_DRAW_TIME, (int64_t)(intptr_t)distribution, 0));

    return value > 0 ? value : 0;
}

bool sim_flip(struct sim_seat *me, unsigned draw, sim_probability p)
{
    return sim_chance(draw_word(me, draw, SIM_DRAW_FLIP, (int64_t)p, 0), p);
}

sim_time sim_exponential(struct sim_seat *me, unsigned draw, sim_time mean)
{
    double value =
        sim_exponential_word(draw_word(me, draw, SIM_DRAW_EXPONENTIAL, mean, 0)) * (double)mean;

    return value < (double)SIM_TIME_LIMIT ? (sim_time)value : SIM_TIME_LIMIT;
}

/* -- metrics ----------------------------------------------------------------------------------- */

static void measure(struct sim_seat *me, unsigned metric, int64_t value)
{
    struct sim_world *world = me->class->world;

    assert(metric < SIM_METRICS_MAX);
    assert(me->class->model->metrics[metric].name);
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_METRIC);

        act->what = metric;
        act->value = value;
    } else if (world->observer.metric) {
        world->observer.metric(world->observer.context, world->now, me->node, me->class->index,
                               metric, value);
    }
}

void sim_count(struct sim_seat *me, unsigned metric, int64_t more)
{
    measure(me, metric, more);
}

void sim_gauge(struct sim_seat *me, unsigned metric, int64_t value)
{
    measure(me, metric, value);
}

void sim_measure(struct sim_seat *me, unsigned metric, int64_t value)
{
    measure(me, metric, value);
}

void sim_reached(struct sim_seat *me, unsigned mark)
{
    assert(mark < SIM_MARKS_MAX);
    assert(me->class->model->marks[mark].name);
    me->class->reached[mark]++;
}

/* -- the history ------------------------------------------------------------------------------- */

static const struct sim_record operation_record = { "operation", "kind, key, argument, second", 4 };
static const struct sim_record completion_record = { "completion", "operation, status, value", 3 };

static void invoke(struct sim_seat *me, uint32_t process, uint64_t id,
                   const struct sim_operation *operation)
{
    struct sim_world *world = me->class->world;

    fold(world, me->class->start_hash + 1, me->node, process, &operation_record, &operation->kind,
         NULL);
    if (is_traced(world, SIM_HAPPENED_INVOKE))
        tell(world, SIM_HAPPENED_INVOKE, world->event, me->node, SIM_NO_GROUP,
             sim_operation_kind_names[operation->kind], NULL, &operation_record, &operation->kind,
             NULL);
    if (world->observer.invoked)
        world->observer.invoked(world->observer.context, world->now, me->node, process, id,
                                operation);
}

uint64_t sim_invoke(struct sim_seat *me, uint32_t process, const struct sim_operation *operation)
{
    return sim_invoke_in(me, process, SIM_OPEN_LOOP, operation);
}

uint64_t sim_invoke_in(struct sim_seat *me, uint32_t lane, uint32_t process,
                       const struct sim_operation *operation)
{
    struct sim_world *world = me->class->world;
    uint64_t id = ++world->operations;

    assert(operation->kind >= 0);
    assert(operation->kind < SIM_OPERATION_KINDS);
    assert(me->class->model->operations != NULL); /* scenarios are checked against it */
    if (world->observer.asked)
        world->observer.asked(world->observer.context, world->waited ? world->came : world->now,
                              me->node, process, operation);
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_INVOKE);

        act->id = id;
        act->to = lane;
        act->words[0] = operation->kind;
        act->words[1] = operation->key;
        act->words[2] = operation->argument;
        act->words[3] = operation->second;
    } else {
        invoke(me, lane, id, operation);
    }
    return id;
}

void sim_complete(struct sim_seat *me, uint64_t id, enum sim_operation_status status, int64_t value,
                  const struct sim_blob *list)
{
    struct sim_world *world = me->class->world;

    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_COMPLETE);

        act->id = id;
        act->what = status;
        act->value = value;
        hold_words(act, NULL, NULL, list);
        return;
    }
    assert(status < SIM_OPERATION_STATUSES);
    int64_t words[3] = { (int64_t)id, (int64_t)status, value };
    fold(world, me->class->start_hash + 2, me->node, 0, &completion_record, words, list);
    if (is_traced(world, SIM_HAPPENED_COMPLETE))
        tell(world, SIM_HAPPENED_COMPLETE, world->event, me->node, SIM_NO_GROUP,
             sim_operation_status_names[status], NULL, &completion_record, words, list);
    if (world->observer.completed)
        world->observer.completed(world->observer.context, world->now, id, status, value, list);
}

void do_operation_act(struct sim_seat *seat, const struct act *act)
{
    if (act->verb == VERB_INVOKE) {
        struct sim_operation operation = { act->words[0], act->words[1], act->words[2],
                                           act->words[3] };

        invoke(seat, act->to, act->id, &operation);
    } else {
        sim_complete(seat, act->id, (enum sim_operation_status)act->what, act->value, act->blob);
    }
}
