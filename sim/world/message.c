/* message.c - messages between the members of a group, and notes. */
#include "sim/world/kernel.h"

#include <assert.h>

/* Counts messages per link where a table of links is small, else per sender and kind: a growing
 * table would cost more than everything else. */
static __attribute__((noinline)) uint32_t *link_count(struct sim_seat *me, uint32_t to,
                                                      unsigned kind)
{
    const struct class *class = me->class;
    struct extra *extra = seat_extra(me);

    if (!extra->link_counts)
        extra->link_counts =
            sim_alloc_array((size_t) class->messages * class->count, sizeof(uint32_t));
    return &extra->link_counts[kind * class->count + to];
}

static inline uint32_t message_number(struct sim_seat *me, uint32_t to, unsigned kind)
{
    const struct class *class = me->class;

    if (class->count_links)
        return ++*link_count(me, to, kind);
    return ++((uint32_t *)(void *)((char *)me + class->count_offset))[kind];
}

uint32_t message_count(const struct sim_seat *me, uint32_t to, unsigned kind)
{
    const struct class *class = me->class;

    if (class->count_links)
        return me->extra->link_counts[kind * class->count + to];
    return ((const uint32_t *)(const void *)((const char *)me + class->count_offset))[kind];
}

static inline uint64_t message_luck(const struct sim_seat *me, uint32_t to, unsigned kind,
                                    uint32_t number)
{
    const struct class *class = me->class;

    return sim_mix(sim_mix(class->message_luck[kind] + number, (uint64_t)me->member << 32 | to),
                   class->key);
}

/* To oneself, over a network that does more than delay, watched, or held by the disk. Apart, so
 * that the short way needs few registers. */
static __attribute__((noinline)) void send_with_care(struct sim_seat *me, uint32_t to,
                                                     unsigned kind, const void *body,
                                                     const struct sim_blob *blob)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;
    const struct sim_message_kind *message = &class->model->messages[kind];

    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_SEND);

        act->what = kind;
        act->to = to;
        hold_words(act, message->record, body, blob);
        return;
    }
    uint64_t luck = message_luck(me, to, kind, message_number(me, to, kind));
    struct sim_event event = {
        .sequence = next_sequence(world),
        .index = to,
        .from = me->member,
        .slot = make_packet(world, message->record, body, blob),
        .class = (uint16_t) class->index,
        .type = EVENT_MESSAGE,
        .what = (uint8_t)kind,
    };
    struct way way = { me, seat_at(class, to), luck, message->name, message->record };
    class->stats.sent++;
    class->stats.bytes += bytes_of(message->record, blob);
    transmit(world, &way, &event);
}

/* The short way: latency is all that happens to it, and only numbers are computed. */
static inline __attribute__((always_inline)) void send_plain(struct sim_seat *me, uint32_t to,
                                                             unsigned kind, uint32_t slot)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;
    uint32_t number = message_number(me, to, kind);
    sim_time latency = world->link.least; /* all there is, where it is constant: no luck in that */

    class->stats.sent++;
    if (latency != world->link.most)
        latency = sim_distribution_sample(world->link.latency, message_luck(me, to, kind, number));
    struct sim_event *event = sim_queue_place(
        world->queue, world->now + (latency > 0 ? latency : 0), next_sequence(world));
    event->index = to;
    event->from = me->member;
    event->slot = slot;
    event->class = (uint16_t) class->index;
    event->type = EVENT_MESSAGE;
    event->what = (uint8_t)kind;
}

/* Apart, so that a message with nothing to carry needs few registers. */
static __attribute__((noinline, flatten)) void send_packet(struct sim_seat *me, uint32_t to,
                                                           unsigned kind, const void *body,
                                                           const struct sim_blob *blob)
{
    struct class *class = me->class;
    const struct sim_record *record = class->model->messages[kind].record;

    class->stats.bytes += bytes_of(record, blob);
    send_plain(me, to, kind, fill_packet(class->world, record, body, blob));
}

/* Flattened: what it calls, unless that is kept apart, stands in it. */
__attribute__((flatten)) void sim_send_blob(struct sim_seat *me, uint32_t to, unsigned kind,
                                            const void *body, const struct sim_blob *blob)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;

    assert(kind < class->messages);
    assert(to < class->count);
    const struct sim_message_kind *message = &class->model->messages[kind];
    assert((body != NULL) == (message->record != NULL));
    if (is_held(me) || !world->plain || to == me->member ||
        (world->faulty && sieve_has(world->faulty, me->node, class->first_node + to))) {
        send_with_care(me, to, kind, body, blob);
        return;
    }
    if (message->record || blob)
        send_packet(me, to, kind, body, blob);
    else
        send_plain(me, to, kind, 0);
}

void sim_send(struct sim_seat *me, uint32_t to, unsigned kind, const void *body)
{
    sim_send_blob(me, to, kind, body, NULL);
}

void tell_message(struct sim_world *world, const struct sim_seat *seat,
                  const struct sim_event *event, const struct sim_message *message)
{
    const struct class *class = seat->class;
    uint32_t from = class->first_node + event->from;

    /* before what it would tell is put together, since this is asked of each message */
    if (!world->observer.happening && !may_hear(world, SIM_HAPPENED_MESSAGE, seat->node, from))
        return;
    const struct sim_message_kind *kind = &class->model->messages[event->what];
    tell(world, SIM_HAPPENED_MESSAGE, event->sequence >> ACT_BITS, seat->node, from, kind->name,
         NULL, kind->record, message->body, message->blob);
}

void run_message(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct class *class = seat->class;
    const struct sim_record *record = class->model->messages[event->what].record;
    struct sim_message message = { .from = event->from };

    if (event->slot) {
        const struct packet *packet = slab_at(&world->packets, event->slot);

        message.body = record ? packet->words : NULL;
        message.blob = packet->blob;
    }
    deliver(world, class, seat, event, &message, record);
    free_packet(world, event->slot);
}

void sim_note(struct sim_seat *me, unsigned note, const void *body)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;

    assert(note < SIM_NOTES_MAX);
    const struct sim_note_kind *kind = &class->model->notes[note];
    assert(kind->name);
    assert((body != NULL) == (kind->record != NULL));
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_NOTE);

        act->what = note;
        hold_words(act, kind->record, body, NULL);
        return;
    }
    fold(world, class->note_hash[note], me->node, 0, kind->record, body, NULL);
    if (is_traced(world, SIM_HAPPENED_NOTE))
        tell(world, SIM_HAPPENED_NOTE, world->event, me->node, SIM_NO_GROUP, kind->name, NULL,
             kind->record, body, NULL);
}
