/* flight.c - what is on its way between nodes, for reports. */
#include "sim/world/stream.h"

struct looking {
    struct sim_world *world;
    void (*show)(void *context, const struct sim_flight *flight);
    void *context;
};

static const char *name_of(enum event_type type)
{
    switch (type) {
    case EVENT_MESSAGE:
        return "message";
    case EVENT_REQUEST:
        return "request";
    case EVENT_REPLY:
        return "reply";
    default:
        return "refusal";
    }
}

static const struct sim_interface_operation *operation_of(const struct sim_world *world,
                                                          const struct sim_event *event,
                                                          const struct packet *packet)
{
    const struct class *class = event->type == EVENT_REQUEST
                                    ? &world->classes[event->class]
                                    : seat_of_node(world, event->from)->class;

    return &class->model->serves[packet->service].interface->operations[packet->operation];
}

/* EVENT is a message, a request or an answer. */
static void describe(const struct sim_world *world, const struct sim_event *event,
                     struct sim_flight *flight)
{
    const struct packet *packet = event->slot ? slab_at(&world->packets, event->slot) : NULL;
    const struct sim_message_kind *message;
    const struct sim_interface_operation *operation;

    flight->kind = name_of((enum event_type)event->type);
    flight->from = sender_of(world, event);
    flight->to = world->classes[event->class].first_node + event->index;
    flight->words = packet ? packet->words : NULL;
    if (event->type == EVENT_MESSAGE) {
        message = &world->classes[event->class].model->messages[event->what];
        flight->what = message->name;
        flight->record = message->record;
        return;
    }
    assert(packet);
    operation = operation_of(world, event, packet);
    flight->what = operation->name;
    flight->record = event->type == EVENT_REQUEST ? operation->request
                     : event->type == EVENT_REPLY ? operation->reply
                                                  : NULL;
}

static void describe_segment(const struct sim_world *world, const struct sim_event *event,
                             struct sim_flight *flight)
{
    static const char *const names[] = {
        [SEGMENT_OPEN] = "opening", [SEGMENT_ANSWER] = "answer to an opening",
        [SEGMENT_DATA] = "data",    [SEGMENT_ACK] = "acknowledgement",
        [SEGMENT_RESET] = "reset",
    };
    const struct segment *segment = slab_at(&world->network->segments, event->slot);
    const struct stream *stream = slab_at(&world->network->streams, segment->stream);

    if (segment->parcel != 0) {
        const struct parcel *parcel = slab_at(&world->network->parcels, segment->parcel);

        if (!parcel->taken)
            describe(world, &parcel->event, flight);
    }
    if (!flight->what)
        flight->what = names[segment->kind];
    flight->kind = "segment";
    flight->from = stream->seats[segment->side ^ 1]->node;
    flight->to = stream->seats[segment->side]->node;
}

static bool look_at(void *context, struct sim_event *event)
{
    const struct looking *looking = context;
    struct sim_flight flight = { .due = event->time, .cause = event->sequence >> ACT_BITS };

    switch (event->type) {
    case EVENT_MESSAGE:
    case EVENT_REQUEST:
    case EVENT_REPLY:
    case EVENT_REFUSAL:
        describe(looking->world, event, &flight);
        break;
    case EVENT_SEGMENT:
        describe_segment(looking->world, event, &flight);
        break;
    default:
        return true;
    }
    if (!flight.record)
        flight.words = NULL;
    looking->show(looking->context, &flight);
    return true;
}

void sim_world_flights(struct sim_world *world,
                       void (*show)(void *context, const struct sim_flight *flight), void *context)
{
    struct looking looking = { world, show, context };

    world->queue = sim_queue_change(world->queue, look_at, &looking);
}
