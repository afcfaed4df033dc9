/* call.c - requests with a reply. The outcome is always an event of its own, never delivered inside
 * the verb. */
#include "sim/world/passage.h"

#include <assert.h>
#include <string.h>

enum { LUCK_REPLY = 0x7265706c };

static uint32_t call_number(struct sim_seat *me, uint32_t to, unsigned number)
{
    const struct class *class = me->class;

    if (!class->count_calls)
        return ++(
            (uint32_t *)(void *)((char *)me +
                                 class->count_offset))[(class->count_links ? 0 : class->messages) +
                                                       number];
    struct extra *extra = seat_extra(me);
    if (!extra->call_counts)
        extra->call_counts = sim_alloc_array(class->count_count, sizeof(uint32_t));
    return ++extra->call_counts[class->routes[number].counts + to];
}

/* What the filters of a call tell its callee. */
static void stamp(const struct sim_seat *me, const struct whole *whole, struct packet *packet)
{
    if (whole->deadline == SIM_TIME_NEVER && whole->key == 0)
        return;
    packet->size = STAMPED;
    packet->words[STAMP_LEFT] =
        whole->deadline == SIM_TIME_NEVER ? SIM_TIME_NEVER : whole->deadline - sim_now(me);
    packet->words[STAMP_KEY] = (int64_t)whole->key;
}

void send_request(struct sim_seat *me, uint32_t slot, const void *request)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;
    const struct call *call = slab_at(&world->calls, slot);
    struct route *route = &class->routes[call->route];
    const struct sim_record *record = route->operation->request;
    const uint32_t to = call->to, generation = call->generation;
    const uint8_t number_of_route = call->route;
    const uint32_t number = call_number(me, to, number_of_route);
    const uint32_t packet_slot = fill_packet(world, record, request, NULL);
    struct packet *packet = slab_at(&world->packets, packet_slot);

    packet->call = slot;
    packet->generation = generation;
    packet->number = number;
    packet->life = me->life;
    packet->operation = (uint8_t)route->site->operation;
    packet->service = (uint8_t)route->service;
    packet->route = number_of_route;
    packet->copy = 0;
    packet->size = 0;
    if (call->attempt)
        stamp(me, call->whole, packet);
    route->stats.attempts++;
    struct way way = {
        .from = me,
        .to = seat_at(route->target, to),
        .luck = sim_mix(sim_mix(route->luck + number, (uint64_t)me->member << 32 | to),
                        route->target->key),
        .what = route->operation->name,
        .record = record,
    };
    class->stats.sent++;
    class->stats.bytes += bytes_of(record, NULL);
    struct sim_event event = {
        .sequence = next_sequence(world),
        .index = to,
        .from = me->node,
        .slot = packet_slot,
        .class = (uint16_t)route->target->index,
        .type = EVENT_REQUEST,
    };
    transmit(world, &way, &event);
}

/* Nobody waits for call SLOT longer than AFTER. */
static void set_timeout(struct sim_seat *me, uint32_t slot, sim_time after)
{
    struct sim_world *world = me->class->world;

    sim_queue_push(world->queue,
                   &(struct sim_event){
                       .time = due_after(me, after),
                       .sequence = next_sequence(world),
                       .index = me->member,
                       .from = ((const struct call *)slab_at(&world->calls, slot))->generation,
                       .slot = slot,
                       .class = (uint16_t)me->class->index,
                       .type = EVENT_TIMEOUT,
                   });
}

void sim_call(struct sim_seat *me, unsigned route, uint32_t to, sim_time timeout,
              const void *context, size_t size, const void *request)
{
    sim_call_within(me, route, to, timeout, SIM_TIME_NEVER, context, size, request);
}

void sim_call_within(struct sim_seat *me, unsigned route, uint32_t to, sim_time timeout,
                     sim_time left, const void *context, size_t size, const void *request)
{
    struct class *class = me->class;

    assert(route < class->route_count);
    assert(to < class->routes[route].target->count);
    assert(size <= SIM_CONTEXT_MAX);
    assert(timeout >= 0);
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_CALL);

        act->what = route;
        act->to = to;
        act->after = timeout;
        act->left = left;
        act->size = (uint32_t)size;
        if (size > 0)
            memcpy(act->context, context, size);
        hold_words(act, class->routes[route].operation->request, request, NULL);
        return;
    }
    uint32_t slot = open_call(me, route, to, context, size);

    class->routes[route].stats.calls++;
    if (class->routes[route].use_count == 0 && left == SIM_TIME_NEVER)
        send_request(me, slot, request);
    else
        start_chain(me, slot, left, request);
    if (timeout > 0)
        set_timeout(me, slot, timeout);
}

static struct sim_ticket ticket_of(const struct sim_seat *seat, const struct packet *packet,
                                   const struct sim_event *event)
{
    return (struct sim_ticket){
        .call = packet->call,
        .generation = packet->generation,
        .caller = event->from,
        .number = packet->number,
        .life = packet->life,
        .server_life = seat->life,
        .service = packet->service,
        .operation = packet->operation,
        .route = packet->route,
        .copy = packet->copy,
    };
}

void run_request(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct class *class = seat->class;
    const struct packet *packet = slab_at(&world->packets, event->slot);
    const struct sim_service *service = &class->model->serves[packet->service];
    const struct sim_interface_operation *operation =
        &service->interface->operations[packet->operation];
    struct sim_request request = {
        .operation = packet->operation,
        .body = operation->request ? packet->words : NULL,
        .blob = packet->blob,
        .ticket = ticket_of(seat, packet, event),
        .client = event->from,
        .left = packet->size == STAMPED && packet->words[STAMP_LEFT] != SIM_TIME_NEVER
                    ? packet->words[STAMP_LEFT] - (world->now - event->time)
                    : SIM_TIME_NEVER,
        .key = packet->size == STAMPED ? (uint64_t)packet->words[STAMP_KEY] : 0,
    };

    sender_stats(world, event)->delivered++;
    begin_event(world);
    fold(world, class->request_hash[packet->service][packet->operation], seat->node, event->from,
         operation->request, packet->words, packet->blob);
    if (is_traced(world, SIM_HAPPENED_REQUEST))
        tell(world, SIM_HAPPENED_REQUEST, event->sequence >> ACT_BITS, seat->node, event->from,
             operation->name, NULL, operation->request, packet->words, packet->blob);
    service->handler(seat, &request);
    end_event(world, seat);
    free_packet(world, event->slot);
}

/* The way back has the number of the way there, so that both correspond between variants; each
 * route and each copy of a doubled request has a luck of its own. */
static void answer(struct sim_seat *me, const struct sim_ticket *ticket, enum event_type type,
                   const struct sim_record *record, const void *body, const struct sim_blob *blob,
                   const char *what)
{
    struct class *class = me->class;
    struct sim_world *world = class->world;
    struct sim_seat *to = seat_of_node(world, ticket->caller);

    if (ticket->server_life != me->life) /* kept on disk: nobody answers for a life that is over */
        return;
    uint32_t slot = fill_packet(world, record, body, blob);
    struct packet *packet = slab_at(&world->packets, slot);

    packet->call = ticket->call;
    packet->generation = ticket->generation;
    packet->life = ticket->life;
    packet->operation = ticket->operation;
    packet->service = ticket->service;
    packet->number = ticket->number;
    packet->route = ticket->route;
    packet->copy = ticket->copy;
    uint64_t luck =
        sim_mix(class->request_hash[ticket->service][ticket->operation] + ticket->number,
                (uint64_t)me->member << 32 | to->member);
    luck = sim_mix(luck, (uint64_t)ticket->route << 1 | ticket->copy);
    struct way way = {
        .from = me,
        .to = to,
        .luck = sim_mix(sim_mix(luck, to->class->key ^ LUCK_REPLY), world->seed),
        .what = what,
        .record = record,
    };
    class->stats.sent++;
    class->stats.bytes += bytes_of(record, blob);
    struct sim_event event = {
        .sequence = next_sequence(world),
        .index = to->member,
        .from = me->node,
        .slot = slot,
        .class = (uint16_t)to->class->index,
        .type = (uint8_t)type,
    };
    transmit(world, &way, &event);
}

void sim_reply_blob(struct sim_seat *me, struct sim_ticket ticket, const void *body,
                    const struct sim_blob *blob)
{
    const struct sim_interface_operation *operation =
        &me->class->model->serves[ticket.service].interface->operations[ticket.operation];

    assert((body != NULL) == (operation->reply != NULL));
    if (is_held(me)) {
        struct act *act = hold_act(me, VERB_REPLY);

        act->ticket = ticket;
        hold_words(act, operation->reply, body, blob);
        return;
    }
    answer(me, &ticket, EVENT_REPLY, operation->reply, body, blob, operation->name);
}

void sim_reply(struct sim_seat *me, struct sim_ticket ticket, const void *body)
{
    sim_reply_blob(me, ticket, body, NULL);
}

void sim_refuse(struct sim_seat *me, struct sim_ticket ticket)
{
    if (is_held(me)) {
        hold_act(me, VERB_REFUSE)->ticket = ticket;
        return;
    }
    answer(me, &ticket, EVENT_REFUSAL, NULL, NULL, NULL, "refusal");
}

void refuse_request(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct sim_ticket ticket = ticket_of(seat, slab_at(&world->packets, event->slot), event);

    drop_event(world, event, DROP_QUEUE_FULL);
    answer(seat, &ticket, EVENT_REFUSAL, NULL, NULL, NULL, "refusal");
}

/* Nobody waits for this call any more: the caller crashed. */
void close_call(struct sim_world *world, uint32_t slot, uint32_t generation)
{
    struct call *call = slab_at(&world->calls, slot);

    if (call->open && call->generation == generation) {
        call->open = false;
        slab_give(&world->calls, slot);
    }
}

/* A call, or an attempt, is over: the event of its own that this is. */
static void begin_outcome(struct sim_world *world, const struct sim_seat *seat,
                          const struct sim_event *event, const struct route *route,
                          const struct sim_outcome *outcome)
{
    static const enum sim_happening_kind kinds[] = {
        [SIM_REPLIED] = SIM_HAPPENED_REPLY,
        [SIM_REFUSED] = SIM_HAPPENED_REFUSAL,
        [SIM_CALL_UNKNOWN] = SIM_HAPPENED_TIMEOUT,
    };
    const struct sim_record *record = outcome->body ? route->operation->reply : NULL;

    begin_event(world);
    fold(world, route->hash + outcome->status, seat->node, route->target->first_node + outcome->to,
         record, outcome->body, outcome->blob);
    if (is_traced(world, kinds[outcome->status]))
        tell(world, kinds[outcome->status], event->sequence >> ACT_BITS, seat->node,
             route->target->first_node + outcome->to, route->name, NULL, record, outcome->body,
             outcome->blob);
}

/* Of a call without filters. */
static void end_call(struct sim_world *world, struct sim_seat *seat, struct route *route,
                     uint32_t slot, struct sim_outcome *outcome)
{
    char context[SIM_CONTEXT_MAX];
    struct call *call = slab_at(&world->calls, slot);

    memcpy(context, call->context, sizeof(context));
    outcome->context = context;
    outcome->attempts = 1;
    route->stats.replied += outcome->status == SIM_REPLIED;
    route->stats.refused += outcome->status == SIM_REFUSED;
    route->stats.unknown += outcome->status == SIM_CALL_UNKNOWN;
    call->open = false;
    slab_give(&world->calls, slot);
    route->site->handler(seat, outcome);
}

/* A reply, a refusal or a timeout. The first that comes closes the call; what comes later is late,
 * or stale. */
void run_outcome(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    bool timeout = event->type == EVENT_TIMEOUT;
    const struct packet *packet = timeout ? NULL : slab_at(&world->packets, event->slot);
    uint32_t slot = timeout ? event->slot : packet->call;
    struct call *call = slab_at(&world->calls, slot);
    uint32_t generation = timeout ? event->from : packet->generation;
    struct sim_group_stats *stats =
        timeout ? NULL : &seat->class->routes[packet->route].target->stats;

    if (!call->open || call->generation != generation || call->life != seat->life) {
        close_call(world, slot, generation);
        if (!timeout) {
            stats->late_replies++;
            free_packet(world, event->slot);
        }
        return;
    }
    if (event->type == EVENT_REFUSAL) {
        call->copies &= (uint8_t) ~(1u << packet->copy);
        if (call->copies != 0) { /* the network doubled it, and the other copy may execute */
            stats->delivered++;
            free_packet(world, event->slot);
            return;
        }
    }
    const bool replied = event->type == EVENT_REPLY;
    struct route *route = &seat->class->routes[call->route];
    struct sim_outcome outcome = {
        .status = timeout   ? SIM_CALL_UNKNOWN
                  : replied ? SIM_REPLIED
                            : SIM_REFUSED,
        .to = call->to,
        .body = replied && route->operation->reply ? packet->words : NULL,
        .blob = packet ? packet->blob : NULL,
    };
    const enum sim_reply_meaning meaning = meaning_of(route, &outcome);

    outcome.failed = !replied || (meaning != SIM_REPLY_FINE && meaning != SIM_REPLY_ELSEWHERE);
    outcome.pushed_back = meaning == SIM_REPLY_PUSHED_BACK || meaning == SIM_REPLY_DENIED;
    outcome.not_done = outcome.status == SIM_REFUSED || meaning >= SIM_REPLY_DENIED;
    if (!timeout)
        stats->delivered++;
    begin_outcome(world, seat, event, route, &outcome);
    if (call->attempt)
        attempt_ends(world, slot, &outcome);
    else if (call->whole)
        call_times_out(world, call->whole);
    else
        end_call(world, seat, route, slot, &outcome);
    end_event(world, seat);
    if (!timeout)
        free_packet(world, event->slot);
}
