/* transmit.c - the network: the way of a message from one node to another.
 *
 * The luck of a message (lost? how late? doubled?) is a hash of who sends what to whom for the n-th
 * time, so it stays the same in every variant where messages correspond, and takes no draw from any
 * stream. */
#include "sim/world/luck.h"
#include "sim/world/network.h"

#include <string.h>

uint32_t sender_of(const struct sim_world *world, const struct sim_event *event)
{
    switch (event->type) {
    case EVENT_MESSAGE:
        return world->classes[event->class].first_node + event->from;
    case EVENT_REQUEST:
    case EVENT_REPLY:
    case EVENT_REFUSAL:
        return event->from;
    default:
        return SIM_NO_GROUP;
    }
}

void lose(struct sim_world *world, const struct way *way, const struct sim_event *event,
          const char *reason)
{
    const struct packet *packet = event->slot ? slab_at(&world->packets, event->slot) : NULL;

    if (is_traced(world, SIM_HAPPENED_DROP))
        tell(world, SIM_HAPPENED_DROP, world->event, way->to->node, way->from->node, way->what,
             reason, way->record, packet ? packet->words : NULL, packet ? packet->blob : NULL);
    free_packet(world, event->slot);
}

/* A doubled message has a body of its own and a latency of its own. TIME: when it comes. */
static void duplicate(struct sim_world *world, const struct way *way, const struct sim_event *event,
                      sim_time time)
{
    struct sim_event copy = *event;

    if (event->slot) {
        copy.slot = slab_take(&world->packets);
        struct packet *packet = slab_at(&world->packets, copy.slot);

        *packet = *(struct packet *)slab_at(&world->packets, event->slot);
        blob_keep(packet->blob);
        if (event->type == EVENT_REQUEST) {
            packet->copy = 1;
            ((struct call *)slab_at(&world->calls, packet->call))->copies |= 2;
        }
    }
    way->from->class->stats.duplicated++;
    copy.sequence = next_sequence(world);
    copy.time = time;
    sim_queue_push(world->queue, &copy);
}

void transmit(struct sim_world *world, const struct way *way, struct sim_event *event)
{
    static const char *const reasons[] = {
        [FATE_QUEUE_FULL] = "queue full",
        [FATE_LOST] = "loss",
        [FATE_CORRUPTED] = "corrupted",
    };
    const struct packet *packet = event->slot ? slab_at(&world->packets, event->slot) : NULL;
    struct sim_group_stats *stats = &way->from->class->stats;
    struct fate fate = { 0 };

    if (is_traced(world, SIM_HAPPENED_SEND))
        tell(world, SIM_HAPPENED_SEND, world->event, way->from->node, way->to->node, way->what,
             NULL, NULL, NULL, NULL);
    if (way->from == way->to) {
        event->time = world->now;
        sim_queue_push(world->queue, event);
        return;
    }
    const struct link *link = link_for(world, way, event);
    if (link->stream) {
        stream_send(world, way, link, event);
        return;
    }
    if (world->cuts && is_cut(world, way->from->node, way->to->node)) {
        stats->cut++;
        lose(world, way, event, "partition");
        return;
    }
    if (world->open_rules > 0)
        meet_rules(world, way, kind_of_message(world, way, event), false, &fate);
    if (fate.dropped) {
        stats->lost++;
        lose(world, way, event, world->tracing ? rule_reason(world, fate.by) : NULL);
        return;
    }
    const uint64_t bytes = DATAGRAM_HEADER + bytes_of(way->record, packet ? packet->blob : NULL);
    struct sim_message_luck luck;
    const bool decided = world->luck && luck_decides(world, way, link, event, fate.doubled, &luck);
    struct passage passage = decided
                                 ? pass_decided(world, way->from, way->to, link, way->luck, bytes)
                                 : pass(world, way->from, way->to, link, way->luck, bytes);
    if (decided && passage.fate != FATE_QUEUE_FULL && luck.fate != SIM_FATE_COMES)
        passage.fate = luck.fate == SIM_FATE_LOST ? FATE_LOST : FATE_CORRUPTED;
    if (passage.fate != FATE_COMES) {
        stats->overflowed += passage.fate == FATE_QUEUE_FULL;
        stats->lost += passage.fate == FATE_LOST;
        stats->corrupted += passage.fate == FATE_CORRUPTED;
        lose(world, way, event, reasons[passage.fate]);
        return;
    }
    passage.later = fate.later;
    event->time = decided ? arrival_after(world, &passage, luck.delay)
                          : arrival(world, link, &passage, way->luck);
    sim_queue_push(world->queue, event);
    /* once at most: a caller counts which of two copies of its request were refused */
    if (fate.doubled || (decided ? luck.doubled : is_doubled(link, way->luck)))
        duplicate(world, way, event,
                  decided ? arrival_after(world, &passage, luck.twice)
                          : arrival(world, link, &passage, luck_of_double(way->luck)));
}
