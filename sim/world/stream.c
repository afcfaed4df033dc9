/* stream.c - see stream.h. */
#include "sim/world/stream.h"

#include <assert.h>

enum luck_of {
    LUCK_STEP = 0x73746570,
    LUCK_ANSWER,
    LUCK_AGAIN,
    LUCK_ACK,
    LUCK_RESET,
};

#define AFTER_LOST_SYN (3 * SIM_SECOND) /* RFC 6298, section 5.7 */

/* -- parcels ----------------------------------------------------------------------------------- */

static struct parcel *parcel_at(const struct sim_world *world, uint32_t parcel)
{
    return slab_at(&world->network->parcels, parcel);
}

/* The last one to let go of a message that was not delivered loses it. */
static void release(struct sim_world *world, uint32_t slot)
{
    struct parcel *parcel = parcel_at(world, slot);

    assert(parcel->references > 0);
    if (--parcel->references > 0)
        return;
    if (!parcel->taken) {
        assert(parcel->reason);
        parcel->way.from->class->stats.broken++;
        lose(world, &parcel->way, &parcel->event, parcel->reason);
    }
    slab_give(&world->network->parcels, slot);
}

static uint32_t queued_at(const struct end *end, uint32_t n)
{
    return end->queue[(end->head + n) & (end->capacity - 1)];
}

static void enqueue(struct end *end, uint32_t parcel)
{
    if (end->count == end->capacity) {
        uint32_t capacity = end->capacity ? 2 * end->capacity : 8;
        uint32_t *queue = sim_alloc_array(capacity, sizeof(*queue));

        for (uint32_t i = 0; i < end->count; i++)
            queue[i] = queued_at(end, i);
        sim_free(end->queue);
        end->queue = queue;
        end->capacity = capacity;
        end->head = 0;
    }
    end->queue[(end->head + end->count++) & (end->capacity - 1)] = parcel;
}

static uint32_t dequeue(struct end *end)
{
    uint32_t parcel = end->queue[end->head];

    end->head = (end->head + 1) & (end->capacity - 1);
    end->count--;
    return parcel;
}

/* -- segments ---------------------------------------------------------------------------------- */

static const struct link *link_from(const struct sim_world *world, const struct stream *stream,
                                    unsigned side)
{
    return link_of(world, stream->seats[side], stream->seats[side ^ 1]);
}

static void push_segment(struct sim_world *world, const struct segment *segment, sim_time time)
{
    const struct stream *stream = slab_at(&world->network->streams, segment->stream);
    const struct sim_seat *to = stream->seats[segment->side];
    uint32_t slot = slab_take(&world->network->segments);

    *(struct segment *)slab_at(&world->network->segments, slot) = *segment;
    if (segment->parcel)
        parcel_at(world, segment->parcel)->references++;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = time,
                                     .sequence = next_sequence(world),
                                     .index = to->member,
                                     .slot = slot,
                                     .class = (uint16_t)to->class->index,
                                     .type = EVENT_SEGMENT,
                                 });
}

/* From the other side to SEGMENT's. Whether it comes is nothing that its sender knows. */
static void send_segment(struct sim_world *world, const struct segment *segment, uint64_t bytes,
                         const struct fate *fate)
{
    const struct stream *stream = slab_at(&world->network->streams, segment->stream);
    unsigned from = segment->side ^ 1u;
    const struct sim_seat *sender = stream->seats[from], *receiver = stream->seats[segment->side];
    const struct link *link = link_from(world, stream, from);
    /* what answers a segment has its luck from that, which may be older than the branch */
    const uint64_t luck = world->branched ? sim_mix(segment->luck, world->seed) : segment->luck;

    if ((world->cuts && is_cut(world, sender->node, receiver->node)) || fate->dropped)
        return;
    struct passage passage = pass(world, sender, receiver, link, luck, bytes);
    if (passage.fate != FATE_COMES)
        return;
    passage.later = fate->later;
    push_segment(world, segment, arrival(world, link, &passage, luck));
    if (fate->doubled || is_doubled(link, luck))
        push_segment(world, segment, arrival(world, link, &passage, luck_of_double(luck)));
}

/* Anything but data, from side SIDE to the other. */
static void say(struct sim_world *world, uint32_t slot, unsigned side, enum segment_kind kind,
                uint64_t luck)
{
    const struct stream *stream = slab_at(&world->network->streams, slot);
    const struct end *end = &stream->ends[side];

    send_segment(world,
                 &(struct segment){
                     .luck = luck,
                     .ack = end->expected,
                     .stream = slot,
                     .from_id = end->id,
                     .to_id = end->peer,
                     .step = end->step,
                     .asof = world->now,
                     .early = end->early_count,
                     .side = (uint8_t)(side ^ 1),
                     .kind = (uint8_t)kind,
                 },
                 SEGMENT_HEADER, &(struct fate){ 0 });
}

/* SEGMENT belongs to no connection that its receiver knows. */
static void reset(struct sim_world *world, const struct segment *segment)
{
    send_segment(world,
                 &(struct segment){
                     .luck = sim_mix(segment->luck, LUCK_RESET),
                     .stream = segment->stream,
                     .from_id = segment->to_id,
                     .to_id = segment->from_id,
                     .side = (uint8_t)(segment->side ^ 1),
                     .kind = SEGMENT_RESET,
                 },
                 SEGMENT_HEADER, &(struct fate){ 0 });
}

/* -- the timer --------------------------------------------------------------------------------- */

/* Like a model's timer: one that moves away leaves its event in the queue, which pushes itself
 * again when it comes too early. */
static void set_timer(struct sim_world *world, uint32_t slot, unsigned side)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];

    end->due = world->now + end->rto;
    if (end->queued <= end->due)
        return;
    end->queued = end->due;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = end->due,
                                     .sequence = next_sequence(world),
                                     .index = stream->seats[side]->member,
                                     .from = ++end->generation,
                                     .slot = slot,
                                     .class = (uint16_t)stream->seats[side]->class->index,
                                     .type = EVENT_DEADLINE,
                                     .what = (uint8_t)side,
                                 });
}

static void clamp_rto(struct end *end, const struct sim_stream_plan *plan)
{
    if (end->rto < plan->rto_least)
        end->rto = plan->rto_least;
    if (end->rto > plan->rto_most)
        end->rto = plan->rto_most;
}

/* RFC 6298, sections 2.2 and 2.3, with a clock as fine as a nanosecond. */
static void measure(struct end *end, const struct sim_stream_plan *plan, sim_time took)
{
    if (!end->measured) {
        end->smoothed = took;
        end->variation = took / 2;
        end->measured = true;
    } else {
        sim_time off = took > end->smoothed ? took - end->smoothed : end->smoothed - took;

        end->variation = end->variation - end->variation / 4 + off / 4;
        end->smoothed = end->smoothed - end->smoothed / 8 + took / 8;
    }
    end->rto = end->smoothed + 4 * (end->variation > 0 ? end->variation : 1);
    clamp_rto(end, plan);
}

static void back_off(struct end *end, const struct sim_stream_plan *plan)
{
    end->rto = end->rto < SIM_TIME_LIMIT / 2 ? 2 * end->rto : SIM_TIME_LIMIT;
    clamp_rto(end, plan);
}

/* -- an end breaks and begins ------------------------------------------------------------------ */

/* Nothing is left of the connection but, if it is to be KEPT, what never was sent: all or nothing,
 * as an end sends all that it has once it is open. */
static void forget(struct sim_world *world, struct end *end, const char *reason, bool kept)
{
    struct end old = *end;

    *end = (struct end){
        .due = SIM_TIME_NEVER,
        .queued = old.queued,
        .generation = old.generation,
        .queue = old.queue,
        .capacity = old.capacity,
        .head = old.head,
    };
    for (uint32_t slot = old.early; slot != 0;) {
        uint32_t next = parcel_at(world, slot)->next;

        release(world, slot);
        slot = next;
    }
    if (kept && old.phase != PHASE_OPEN) {
        end->count = old.count;
        return;
    }
    while (old.count > 0) {
        uint32_t slot = dequeue(&old);

        parcel_at(world, slot)->reason = reason;
        release(world, slot);
    }
}

static void say_step(struct sim_world *world, uint32_t slot, unsigned side, enum segment_kind kind)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    uint64_t luck = sim_mix(stream->key, (uint64_t)end->id << 32 | (uint64_t)end->step << 24);

    say(world, slot, side, kind, sim_mix(luck + end->attempts, LUCK_STEP));
}

static void begin_opening(struct sim_world *world, uint32_t slot, unsigned side)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    const struct sim_stream_plan *plan = link_from(world, stream, side)->stream;

    end->phase = PHASE_OPENING;
    end->opener = true;
    end->id = ++stream->ids;
    end->rounds = plan->tls == SIM_TLS_1_2 ? 3 : plan->tls == SIM_TLS_1_3 ? 2 : 1;
    end->rto = plan->rto;
    end->since = end->asked = world->now;
    stream->seats[side]->class->stats.connections++;
    say_step(world, slot, side, SEGMENT_OPEN);
    set_timer(world, slot, side);
}

/* -- data -------------------------------------------------------------------------------------- */

/* What rules do to a segment that carries PARCEL, the first or, if AGAIN, a later one. */
static struct fate fate_of(struct sim_world *world, struct parcel *parcel, uint64_t luck,
                           bool again)
{
    struct way way = parcel->way;
    struct fate fate = { 0 };

    way.luck = luck;
    meet_rules(world, &way, parcel->kind, again, &fate);
    if (!again)
        parcel->later = fate.later;
    return fate;
}

static void send_data(struct sim_world *world, uint32_t slot, unsigned side, uint32_t parcel_slot)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    struct parcel *parcel = parcel_at(world, parcel_slot);
    uint64_t luck = parcel->way.luck;

    if (parcel->sends > 0) {
        luck = sim_mix(luck + parcel->sends, LUCK_AGAIN);
        stream->seats[side]->class->stats.retransmitted++;
    }
    struct fate fate = { 0 };
    if (world->open_rules > 0)
        fate = fate_of(world, parcel, luck, parcel->sends > 0);
    if (fate.later < parcel->later)
        fate.later = parcel->later;
    parcel->sends++;
    parcel->sent = world->now;
    parcel->order = ++end->orders;
    send_segment(world,
                 &(struct segment){
                     .luck = luck,
                     .ack = end->expected,
                     .stream = slot,
                     .parcel = parcel_slot,
                     .from_id = end->id,
                     .to_id = end->peer,
                     .side = (uint8_t)(side ^ 1),
                     .kind = SEGMENT_DATA,
                 },
                 parcel->bytes, &fate);
    if (end->due == SIM_TIME_NEVER) { /* RFC 6298, section 5.1 */
        end->since = world->now;
        set_timer(world, slot, side);
    }
}

static void become_open(struct sim_world *world, uint32_t slot, unsigned side)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    const struct link *link = link_from(world, stream, side);

    end->phase = PHASE_OPEN;
    end->due = SIM_TIME_NEVER;
    if (!end->measured && link->stream) {
        end->rto = link->stream->rto;
        if (end->repeated && end->rto < AFTER_LOST_SYN)
            end->rto = AFTER_LOST_SYN;
        clamp_rto(end, link->stream);
    }
    for (uint32_t i = 0; i < end->count; i++)
        send_data(world, slot, side, queued_at(end, i));
}

static uint32_t find_stream(struct sim_world *world, const struct sim_seat *a,
                            const struct sim_seat *b)
{
    struct network *network = network_of(world);
    struct channel *channel = channel_of(world, a->node, b->node);

    if (channel->stream)
        return channel->stream;
    if (network->streams.size == 0) {
        slab_init(&network->streams, sizeof(struct stream));
        slab_init(&network->parcels, sizeof(struct parcel));
        slab_init(&network->segments, sizeof(struct segment));
    }
    channel->stream = slab_take(&network->streams);
    struct stream *stream = slab_at(&network->streams, channel->stream);
    *stream = (struct stream){
        .seats = { seat_of_node(world, a->node), seat_of_node(world, b->node) },
        .key =
            sim_mix(sim_mix(sim_mix(a->class->key, a->member), sim_mix(b->class->key, b->member)),
                    sim_mix(world->seed, sim_hash_text("connection"))),
    };
    for (int side = 0; side < 2; side++) {
        struct extra *extra = seat_extra(stream->seats[side]);

        stream->ends[side].due = stream->ends[side].queued = SIM_TIME_NEVER;
        extra->streams = sim_grow(extra->streams, &extra->stream_capacity, extra->stream_count + 1,
                                  sizeof(*extra->streams));
        extra->streams[extra->stream_count++] = channel->stream;
    }
    return channel->stream;
}

void stream_send(struct sim_world *world, const struct way *way, const struct link *link,
                 const struct sim_event *event)
{
    unsigned side = way->from->node > way->to->node;
    uint32_t slot = find_stream(world, side ? way->to : way->from, side ? way->from : way->to);
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    uint32_t parcel_slot = slab_take(&world->network->parcels);
    const struct packet *packet = event->slot ? slab_at(&world->packets, event->slot) : NULL;

    assert(link->stream);
    *parcel_at(world, parcel_slot) = (struct parcel){
        .way = *way,
        .event = *event,
        .number = end->unacked + end->count,
        .kind = kind_of_message(world, way, event),
        .bytes = SEGMENT_HEADER + bytes_of(way->record, packet ? packet->blob : NULL),
        .references = 1,
        .came = SIM_TIME_NEVER,
    };
    enqueue(end, parcel_slot);
    switch (end->phase) {
    case PHASE_CLOSED:
        begin_opening(world, slot, side);
        break;
    case PHASE_ACCEPTING:
        if (end->due == SIM_TIME_NEVER) {
            end->since = world->now;
            set_timer(world, slot, side);
        }
        break;
    case PHASE_OPEN:
        send_data(world, slot, side, parcel_slot);
        break;
    case PHASE_OPENING:
        break;
    }
}

/* Its sender learns that PARCEL came. */
static void learn(struct end *end, struct parcel *parcel)
{
    uint64_t order = parcel->order;

    if (parcel->known)
        return;
    parcel->known = true;
    for (int i = 0; i < 3; i++) {
        if (order > end->latest[i]) {
            uint64_t smaller = end->latest[i];

            end->latest[i] = order;
            order = smaller;
        }
    }
}

/* Sends again what is missing of that which was sent up to ORDER. */
static void send_missing(struct sim_world *world, uint32_t slot, unsigned side, uint64_t order)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];

    for (uint32_t i = 0; i < end->count; i++) {
        const struct parcel *parcel = parcel_at(world, queued_at(end, i));

        if (!parcel->known && parcel->order <= order)
            send_data(world, slot, side, queued_at(end, i));
    }
}

static void on_progress(struct sim_world *world, uint32_t slot, unsigned side, uint64_t ack)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    const struct link *link = link_from(world, stream, side);
    bool clean = true; /* Karn: an answer to what was sent twice measures nothing */
    sim_time sent = 0;

    while (end->unacked < ack) {
        uint32_t parcel_slot = dequeue(end);
        struct parcel *parcel = parcel_at(world, parcel_slot);

        clean = clean && parcel->sends == 1;
        sent = parcel->sent;
        end->unacked++;
        learn(end, parcel);
        release(world, parcel_slot);
    }
    end->since = world->now;
    if (clean && link->stream)
        measure(end, link->stream, world->now - sent);
    if (end->count == 0)
        end->due = SIM_TIME_NEVER; /* section 5.2 */
    else
        set_timer(world, slot, side); /* section 5.3 */
    uint64_t mark = end->mark;
    end->mark = 0;
    if (mark > 0)
        send_missing(world, slot, side, mark);
}

/* What came early, and what therefore is lost. */
static void on_selective(struct sim_world *world, uint32_t slot, unsigned side,
                         const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];

    if (end->count == 0)
        return;
    for (uint32_t i = 0; segment->early > 0 && i < end->count; i++) {
        struct parcel *parcel = parcel_at(world, queued_at(end, i));

        if (parcel->came <= segment->asof)
            learn(end, parcel);
    }
    if (end->latest[2] > 0 &&
        (segment->early > 0 || parcel_at(world, queued_at(end, 0))->order < end->latest[2]))
        send_missing(world, slot, side, end->latest[2] - 1);
}

static void take_ack(struct sim_world *world, uint32_t slot, unsigned side,
                     const struct segment *segment)
{
    const struct stream *stream = slab_at(&world->network->streams, slot);
    const struct end *end = &stream->ends[side];

    assert(segment->ack <= end->unacked + end->count);
    if (segment->ack > end->unacked)
        on_progress(world, slot, side, segment->ack);
    if (segment->kind == SEGMENT_ACK)
        on_selective(world, slot, side, segment);
}

/* Puts data where they belong among what waits for its turn; false: they are there. */
static bool keep_early(struct sim_world *world, struct end *end, uint32_t slot)
{
    struct parcel *parcel = parcel_at(world, slot);
    uint32_t *place = &end->early;

    if (end->last_early && parcel_at(world, end->last_early)->number < parcel->number)
        place = &parcel_at(world, end->last_early)->next;
    while (*place && parcel_at(world, *place)->number < parcel->number)
        place = &parcel_at(world, *place)->next;
    if (*place == slot)
        return false;
    parcel->next = *place;
    *place = slot;
    parcel->references++;
    parcel->came = world->now;
    end->early_count++;
    if (parcel->next == 0)
        end->last_early = slot;
    return true;
}

/* Takes what is in order off the buffer, chained by `next`. */
static uint32_t take_in_order(struct sim_world *world, struct end *end)
{
    uint32_t first = end->early, last = 0;

    while (end->early && parcel_at(world, end->early)->number == end->expected) {
        last = end->early;
        end->early = parcel_at(world, last)->next;
        end->expected++;
        end->early_count--;
    }
    if (last == 0)
        return 0;
    parcel_at(world, last)->next = 0;
    if (end->early == 0)
        end->last_early = 0;
    return first;
}

static void on_data(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];
    struct sim_seat *seat = stream->seats[segment->side];
    uint32_t ready = 0;

    if (parcel_at(world, segment->parcel)->number >= end->expected &&
        keep_early(world, end, segment->parcel))
        ready = take_in_order(world, end);
    else
        stream->seats[segment->side ^ 1]->class->stats.repeated++;
    say(world, segment->stream, segment->side, SEGMENT_ACK, sim_mix(segment->luck, LUCK_ACK));
    while (ready != 0) {
        struct parcel *parcel = parcel_at(world, ready);
        struct sim_event event = parcel->event;
        uint32_t next = parcel->next;

        event.time = world->now;
        parcel->taken = true;
        release(world, ready);
        if (!world->stopped)
            deliver_event(world, seat, &event);
        ready = next;
    }
}

/* -- handshakes -------------------------------------------------------------------------------- */

/* The end that accepts goes a step on, or is asked again. */
static void answer(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];
    const struct link *link = link_from(world, stream, segment->side);

    if (end->phase == PHASE_ACCEPTING && segment->step > end->step) {
        if (end->attempts == 1 && link->stream)
            measure(end, link->stream, world->now - end->asked);
        end->step = segment->step;
        end->attempts = 0;
    }
    if (end->attempts++ == 0)
        end->asked = world->now;
    else
        end->repeated = true;
    say(world, segment->stream, segment->side, SEGMENT_ANSWER, sim_mix(segment->luck, LUCK_ANSWER));
}

static void accept(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];
    const struct link *link = link_from(world, stream, segment->side);

    forget(world, end, "connection reset", true);
    end->phase = PHASE_ACCEPTING;
    end->id = ++stream->ids;
    end->peer = segment->from_id;
    end->rto = link->stream ? link->stream->rto : SIM_SECOND;
    if (end->count > 0) {
        end->since = world->now;
        set_timer(world, segment->stream, segment->side);
    }
    answer(world, segment);
}

static bool is_known(const struct end *end, const struct segment *segment)
{
    return end->phase != PHASE_CLOSED && end->id == segment->to_id && end->peer == segment->from_id;
}

/* Numbers rise with time, so the larger is the later: an end answers an opening that is newer than
 * what it has, and passes over what was overtaken on the way. */
static void on_open(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];

    if (segment->step > 0) {
        if (!is_known(end, segment))
            reset(world, segment);
        else if (!end->opener)
            answer(world, segment);
        return;
    }
    if (end->phase != PHASE_CLOSED && end->peer == segment->from_id) {
        if (!end->opener)
            answer(world, segment);
    } else if (segment->from_id > end->id) {
        accept(world, segment);
    }
}

static void on_answer(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];
    const struct link *link = link_from(world, stream, segment->side);
    bool first = end->phase == PHASE_OPENING && end->peer == 0 && end->id == segment->to_id;

    if (!first && !is_known(end, segment)) {
        reset(world, segment);
        return;
    }
    if (end->phase == PHASE_OPEN && end->opener) /* the other end did not get the last ACK */
        say(world, segment->stream, segment->side, SEGMENT_ACK, sim_mix(segment->luck, LUCK_ACK));
    if (end->phase != PHASE_OPENING || segment->step != end->step)
        return;
    end->peer = segment->from_id;
    if (end->attempts == 0 && link->stream)
        measure(end, link->stream, world->now - end->asked);
    end->step++;
    end->attempts = 0;
    end->since = end->asked = world->now;
    if (end->step < end->rounds) {
        say_step(world, segment->stream, segment->side, SEGMENT_OPEN);
        set_timer(world, segment->stream, segment->side);
        return;
    }
    assert(end->count > 0); /* it was opened for something */
    become_open(world, segment->stream, segment->side);
}

/* -- events ------------------------------------------------------------------------------------ */

/* An end that accepts is open when it hears of the end of the handshake. */
static void on_established(struct sim_world *world, const struct segment *segment)
{
    struct stream *stream = slab_at(&world->network->streams, segment->stream);
    struct end *end = &stream->ends[segment->side];
    const struct link *link = link_from(world, stream, segment->side);

    if (!is_known(end, segment)) {
        reset(world, segment);
        return;
    }
    assert(end->phase != PHASE_OPENING);
    if (end->phase == PHASE_ACCEPTING) {
        if (end->attempts == 1 && link->stream)
            measure(end, link->stream, world->now - end->asked);
        become_open(world, segment->stream, segment->side);
    }
    take_ack(world, segment->stream, segment->side, segment);
    if (segment->kind == SEGMENT_DATA)
        on_data(world, segment);
}

void run_segment(struct sim_world *world, const struct sim_event *event)
{
    struct segment segment = *(struct segment *)slab_at(&world->network->segments, event->slot);
    struct stream *stream = slab_at(&world->network->streams, segment.stream);
    struct end *end = &stream->ends[segment.side];
    const struct sim_seat *to = stream->seats[segment.side];

    slab_give(&world->network->segments, event->slot);
    begin_event(world);
    bool cut =
        world->cuts_in_flight &&
        is_cut_in_flight(world, event->sequence, stream->seats[segment.side ^ 1]->node, to->node);
    if (!cut && !(to->flags & SEAT_DOWN)) {
        switch ((enum segment_kind)segment.kind) {
        case SEGMENT_OPEN:
            on_open(world, &segment);
            break;
        case SEGMENT_ANSWER:
            on_answer(world, &segment);
            break;
        case SEGMENT_DATA:
        case SEGMENT_ACK:
            on_established(world, &segment);
            break;
        case SEGMENT_RESET:
            if (end->phase != PHASE_CLOSED && end->id == segment.to_id)
                forget(world, end, "connection reset", false);
            break;
        }
    }
    if (segment.parcel)
        release(world, segment.parcel);
}

/* RFC 6298, sections 5.4 to 5.6. */
static void expire(struct sim_world *world, uint32_t slot, unsigned side)
{
    struct stream *stream = slab_at(&world->network->streams, slot);
    struct end *end = &stream->ends[side];
    const struct sim_stream_plan *plan = link_from(world, stream, side)->stream;
    bool open = end->phase == PHASE_OPEN;

    if (world->now - end->since >= (open ? plan->give_up : plan->connect)) {
        forget(world, end, "connection timed out", false);
        return;
    }
    back_off(end, plan);
    if (open) {
        end->mark = end->orders;
        send_data(world, slot, side, queued_at(end, 0));
    } else {
        end->attempts++;
        end->repeated = true;
        say_step(world, slot, side, end->opener ? SEGMENT_OPEN : SEGMENT_ANSWER);
    }
    set_timer(world, slot, side);
}

void run_deadline(struct sim_world *world, const struct sim_event *event)
{
    struct stream *stream = slab_at(&world->network->streams, event->slot);
    struct end *end = &stream->ends[event->what];

    if (event->from != end->generation)
        return;
    end->queued = SIM_TIME_NEVER;
    if (end->due == SIM_TIME_NEVER)
        return;
    if (end->due > world->now) {
        struct sim_event later = *event; /* its sequence is free again */

        later.time = end->queued = end->due;
        sim_queue_push(world->queue, &later);
        return;
    }
    begin_event(world);
    expire(world, event->slot, event->what);
}

void stream_crash(struct sim_world *world, struct sim_seat *seat)
{
    const struct extra *extra = seat->extra;

    for (size_t i = 0; i < extra->stream_count; i++) {
        struct stream *stream = slab_at(&world->network->streams, extra->streams[i]);

        forget(world, &stream->ends[stream->seats[1] == seat], "crash", false);
    }
}

void finish_streams(struct network *network)
{
    for (uint32_t slot = 1; slot < network->streams.used; slot++) {
        const struct stream *stream = slab_at(&network->streams, slot);

        sim_free(stream->ends[0].queue);
        sim_free(stream->ends[1].queue);
    }
    slab_finish(&network->streams);
    slab_finish(&network->parcels);
    slab_finish(&network->segments);
}
