/* disk_sync.c - what is written becomes durable: syncs, what they hold back, how they fail.
 *
 * A failed sync leaves everybody in doubt: what it was to write may or may not be on the medium,
 * and a second try that succeeds says nothing of it, because the system has forgotten what was
 * dirty (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). So the
 * disk is read-only from then on, as a file system mounted with errors=remount-ro is, until its
 * node starts again. */
#include "sim/world/disk.h"

#include <assert.h>
#include <string.h>

static void free_written(struct sim_world *world, struct written *written)
{
    if (written->blobs) {
        for (uint64_t i = 0; i < written->count; i++)
            blob_free(world, written->blobs[i]);
        sim_arena_free(world->blobs, written->blobs, written->count * sizeof(*written->blobs));
    }
    if (written->before)
        sim_arena_free(world->blobs, written->before, written->size);
}

void disk_make_durable(struct sim_world *world, struct disk *disk, uint64_t upto)
{
    while (disk->pending_first < upto && disk->pending_count > 0) {
        struct written *written = &disk->pending[disk->pending_head];

        disk->dirty -= written->bytes;
        if (written->kind == WRITTEN_STRUCT)
            disk->rotten = disk->hidden = false;
        free_written(world, written);
        disk->pending_head++;
        disk->pending_first++;
        disk->pending_count--;
    }
    if (disk->pending_count == 0)
        disk->pending_head = 0;
}

void disk_stop(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra ? seat->extra->disk : NULL;

    if (disk && !disk->read_only)
        disk_make_durable(world, disk, is_held(seat) ? disk->held_at : pending_end(disk));
}

/* A stalled disk writes nothing back, nor what is not issued yet. */
void disk_write_back(struct sim_seat *seat, struct disk *disk)
{
    uint64_t upto = disk->pending_first,
             end = is_held(seat) && disk->held_at < pending_end(disk) ? disk->held_at
                                                                      : pending_end(disk),
             dirty = disk->dirty;

    if (disk->trouble.stalled > 0)
        return;
    while (upto < end && dirty > seat->class->plan->disk.cache)
        dirty -= pending_at(disk, upto++)->bytes;
    disk_make_durable(seat->class->world, disk, upto);
}

static sim_time sync_span(struct sim_world *world, struct sim_seat *seat, struct disk *disk)
{
    double slow = disk->slow;

    if (!seat->class->plan->disk.sync)
        return 0;
    if (!sim_stream_is_seeded(&disk->luck))
        sim_stream_seed(&disk->luck, world->seed, sim_hash_text("disk"),
                        sim_mix(seat->class->key, seat->member));
    sim_time span =
        sim_distribution_sample(seat->class->plan->disk.sync, sim_stream_next(&disk->luck));
    if (world->plan->luck.disks == SIM_LUCK_PLAIN)
        span = sim_distribution_quantile(seat->class->plan->disk.sync, 0.5);
    if (span < 0)
        span = 0;
    if (slow != 1)
        span = (double)span * slow < (double)SIM_TIME_LIMIT ? (sim_time)((double)span * slow)
                                                            : SIM_TIME_LIMIT;
    return slow_span(seat, span);
}

/* Whether syncs may end otherwise than well and in time: then also one that takes no time is an
 * event. */
static bool is_troubled(const struct disk *disk)
{
    return disk->read_only || disk->trouble.stalled > 0 || disk->trouble.failing > 0;
}

uint64_t written_so_far(struct sim_seat *seat)
{
    return pending_end(disk_of(seat));
}

void hold_writes(struct sim_seat *seat)
{
    struct disk *disk = disk_of(seat);

    disk->held_at = pending_end(disk);
}

void start_sync(struct sim_world *world, struct sim_seat *seat, uint64_t upto)
{
    struct disk *disk = disk_of(seat);

    if (upto <= disk->pending_first)
        return;
    sim_time span = sync_span(world, seat, disk);
    if (span == 0 && !is_troubled(disk)) {
        disk_make_durable(world, disk, upto);
        if (world->heard >> SIM_HAPPENED_SYNCED & 1) /* no event of its own, so not in the trace */
            hear(world, &(struct sim_happening){ .id = world->event,
                                                 .time = world->now,
                                                 .kind = SIM_HAPPENED_SYNCED,
                                                 .node = seat->node,
                                                 .peer = SIM_NO_GROUP,
                                                 .what = "sync" });
        return;
    }
    disk->held_at = upto;
    seat->flags |= SEAT_HELD;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now + span,
                                     .sequence = next_sequence(world),
                                     .index = seat->member,
                                     .from = seat->life,
                                     .class = (uint16_t)seat->class->index,
                                     .type = EVENT_SYNCED,
                                 });
}

void sim_sync(struct sim_seat *me)
{
    if (is_held(me))
        hold_act(me, VERB_SYNC)->id = written_so_far(me);
    else
        start_sync(me->class->world, me, written_so_far(me));
}

void start_sync_then(struct sim_world *world, struct sim_seat *seat, uint64_t upto,
                     const void *context, uint32_t size)
{
    struct disk *disk = disk_of(seat);
    uint32_t slot = slab_take(&world->packets);
    struct packet *packet = slab_at(&world->packets, slot);

    sim_time span = upto > disk->pending_first ? sync_span(world, seat, disk) : 0;

    packet->blob = NULL;
    packet->size = size;
    if (size > 0)
        memcpy(packet->words, context, size);
    /* the words after the context hold how far it reaches */
    packet->words[SIM_RECORD_WORDS_MAX - 1] = (int64_t)upto;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now + span,
                                     .sequence = next_sequence(world),
                                     .index = seat->member,
                                     .from = seat->life,
                                     .slot = slot,
                                     .class = (uint16_t)seat->class->index,
                                     .type = EVENT_SYNCED_THEN,
                                 });
}

void sim_sync_then(struct sim_seat *me, const void *context, size_t size)
{
    assert(me->class->model->synced);
    assert(size <= SIM_CONTEXT_MAX);
    if (!is_held(me)) {
        start_sync_then(me->class->world, me, written_so_far(me), context, (uint32_t)size);
        return;
    }
    struct act *act = hold_act(me, VERB_SYNC_THEN);
    act->id = written_so_far(me);
    act->size = (uint32_t)size;
    if (size > 0)
        memcpy(act->context, context, size);
}

/* The disk is done, whether or not its node can take notice now: EVENT says with what success.
 * False if there is nothing to take notice of, because the node crashed since or the disk has
 * stalled. */
bool sync_ends(struct sim_world *world, struct sim_seat *seat, struct sim_event *event)
{
    if (event->from != seat->life) {
        free_event(world, event);
        return false;
    }
    struct disk *disk = seat->extra->disk;
    uint64_t upto = disk->held_at;
    if (event->type == EVENT_SYNCED_THEN) {
        const struct packet *packet = slab_at(&world->packets, event->slot);

        upto = (uint64_t)packet->words[SIM_RECORD_WORDS_MAX - 1];
    }
    if (upto <= disk->pending_first)
        return true;
    if (disk->trouble.stalled > 0) {
        fifo_push(&disk->stalled, event);
        return false;
    }
    if (disk->trouble.failing > 0 || disk->read_only) {
        event->what = SYNC_FAILED;
        disk->read_only = true;
        disk->limit = 0;
    } else {
        disk_make_durable(world, disk, upto);
    }
    return true;
}

/* The stall is over: what it kept from ending ends now, in order. */
static void go_on(struct sim_world *world, struct disk *disk)
{
    while (disk->stalled.count > 0) {
        struct sim_event event = fifo_pop(&disk->stalled);

        event.time = world->now;
        event.sequence = next_sequence(world);
        sim_queue_push(world->queue, &event);
    }
}

void disk_set_trouble(struct sim_world *world, struct sim_seat *seat,
                      const struct disk_trouble *trouble)
{
    struct disk *disk = disk_of(seat);

    disk->trouble = *trouble;
    disk->limit = disk_room(seat, disk);
    if (trouble->stalled == 0)
        go_on(world, disk);
}

static void sync_failed(struct sim_seat *seat, const void *context)
{
    static const char reason[] = "disk failed";
    const struct sim_disk_failure failure = { SIM_DISK_FAILED, context };

    if (seat->class->model->disk_failed)
        seat->class->model->disk_failed(seat, &failure);
    else
        sim_halt(seat, reason);
}

static void begin_synced(struct sim_world *world, struct sim_seat *seat,
                         const struct sim_event *event, uint64_t what, const char *name)
{
    bool failed = event->what == SYNC_FAILED;

    begin_event(world);
    fold(world, seat->class->synced_hash + what + (failed ? 2 : 0), seat->node, 0, NULL, NULL,
         NULL);
    if (is_traced(world, SIM_HAPPENED_SYNCED))
        tell(world, SIM_HAPPENED_SYNCED, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
             failed ? "sync_failed" : name, NULL, NULL, NULL, NULL);
}

/* The hold ends: the rest of the handler's effects leave now, as acts of this event; or never, as
 * they rest on what could not be written. */
void run_synced(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    seat->flags &= ~(uint32_t)SEAT_HELD;
    begin_synced(world, seat, event, 0, "sync");
    if (event->what == SYNC_FAILED) {
        forget_acts(world, seat);
        sync_failed(seat, NULL);
    } else {
        do_acts(world, seat);
    }
    end_event(world, seat);
    if (!is_held(seat))
        processor_release(world, seat);
    release_seat(world, seat);
}

void run_synced_then(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const struct packet *packet = slab_at(&world->packets, event->slot);

    if (event->from == seat->life) {
        begin_synced(world, seat, event, 1, "sync_then");
        if (event->what == SYNC_FAILED)
            sync_failed(seat, packet->words);
        else
            seat->class->model->synced(seat, packet->words);
        end_event(world, seat);
    }
    free_packet(world, event->slot);
}
