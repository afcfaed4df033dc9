/* disk.c - a described struct and append-only logs behind a write cache.
 *
 * What is written is seen at once by the node itself and is durable after a sync. What is not
 * durable yet is kept as a list of undo steps: a crash that drops un-synced writes takes them back
 * in reverse order. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

static struct disk *disk_of(struct sim_seat *seat)
{
    struct extra *extra = seat_extra(seat);

    if (!extra->disk) {
        size_t size = seat->class->model->disk.size;

        extra->disk = sim_alloc(sizeof(*extra->disk));
        extra->disk->image = sim_alloc(size);
        extra->disk->written = sim_alloc(size);
    }
    return extra->disk;
}

static size_t entry_words(const struct sim_seat *seat, unsigned log)
{
    return seat->class->model->logs[log].record->words;
}

static struct written *add_written(struct disk *disk)
{
    disk->pending = sim_grow(disk->pending, &disk->pending_capacity, disk->pending_count + 1,
                             sizeof(*disk->pending));
    struct written *written = &disk->pending[disk->pending_count++];
    *written = (struct written){ 0 };
    return written;
}

void *sim_disk(struct sim_seat *me)
{
    assert(me->class->model->disk.size > 0);
    return disk_of(me)->image;
}

void sim_write(struct sim_seat *me)
{
    size_t size = me->class->model->disk.size;
    struct disk *disk = disk_of(me);
    struct written *written = add_written(disk);

    written->kind = WRITTEN_STRUCT;
    written->before = sim_alloc(size);
    memcpy(written->before, disk->written, size);
    memcpy(disk->written, disk->image, size);
}

void sim_append(struct sim_seat *me, unsigned kind, const void *record, const struct sim_blob *blob)
{
    assert(kind < me->class->logs);
    struct disk *disk = disk_of(me);
    struct log *log = &disk->logs[kind];
    size_t words = entry_words(me, kind);

    log->words =
        sim_grow(log->words, &log->word_capacity, (log->length + 1) * words, sizeof(int64_t));
    memcpy(log->words + log->length * words, record, words * sizeof(int64_t));
    if (blob || log->blobs) {
        log->blobs =
            sim_grow(log->blobs, &log->blob_capacity, log->length + 1, sizeof(*log->blobs));
        blob_keep(blob);
        log->blobs[log->length] = blob;
    }
    log->length++;
    struct written *written = add_written(disk);
    written->kind = WRITTEN_APPEND;
    written->log = kind;
}

void sim_truncate(struct sim_seat *me, unsigned kind, uint64_t length)
{
    assert(kind < me->class->logs);
    struct disk *disk = disk_of(me);
    struct log *log = &disk->logs[kind];
    size_t words = entry_words(me, kind);

    assert(length <= log->length);
    if (length == log->length)
        return;
    uint64_t cut = log->length - length;
    struct written *written = add_written(disk);
    written->kind = WRITTEN_TRUNCATE;
    written->log = kind;
    written->length = log->length;
    written->before = sim_alloc(cut * words * sizeof(int64_t));
    memcpy(written->before, log->words + length * words, cut * words * sizeof(int64_t));
    if (log->blobs) {
        written->blobs = sim_alloc_array(cut, sizeof(*written->blobs));
        written->blob_count = cut;
        memcpy(written->blobs, log->blobs + length, cut * sizeof(*written->blobs));
        memset(log->blobs + length, 0, cut * sizeof(*log->blobs));
    }
    log->length = length;
}

uint64_t sim_log_length(const struct sim_seat *me, unsigned log)
{
    assert(log < me->class->logs);
    return me->extra && me->extra->disk ? me->extra->disk->logs[log].length : 0;
}

const void *sim_log_record(const struct sim_seat *me, unsigned log, uint64_t index)
{
    assert(index < sim_log_length(me, log));
    return me->extra->disk->logs[log].words + index * entry_words(me, log);
}

const struct sim_blob *sim_log_blob(const struct sim_seat *me, unsigned log, uint64_t index)
{
    assert(index < sim_log_length(me, log));
    const struct log *l = &me->extra->disk->logs[log];
    return l->blobs ? l->blobs[index] : NULL;
}

/* -- durability -------------------------------------------------------------------------------- */

static void free_written(struct sim_world *world, struct written *written)
{
    for (uint64_t i = 0; i < written->blob_count; i++)
        blob_free(world, written->blobs[i]);
    sim_free(written->blobs);
    sim_free(written->before);
}

/* What was written before number UPTO is durable: its undo steps go. */
static void make_durable(struct sim_world *world, struct disk *disk, uint64_t upto)
{
    if (upto <= disk->pending_first)
        return;
    size_t count = (size_t)(upto - disk->pending_first);

    if (count > disk->pending_count)
        count = disk->pending_count;
    for (size_t i = 0; i < count; i++)
        free_written(world, &disk->pending[i]);
    memmove(disk->pending, disk->pending + count,
            (disk->pending_count - count) * sizeof(*disk->pending));
    disk->pending_count -= count;
    disk->pending_first += count;
}

static sim_time sync_span(struct sim_world *world, struct sim_seat *seat, struct disk *disk)
{
    if (!seat->class->plan->disk.sync)
        return 0;
    if (!sim_stream_is_seeded(&disk->luck))
        sim_stream_seed(&disk->luck, world->plan->seed, sim_hash_text("disk"),
                        sim_mix(seat->class->key, seat->member));
    sim_time span =
        sim_distribution_sample(seat->class->plan->disk.sync, sim_stream_next(&disk->luck));
    if (span < 0)
        span = 0;
    return slow_span(seat, span);
}

static uint64_t pending_end(const struct disk *disk)
{
    return disk->pending_first + disk->pending_count;
}

uint64_t written_so_far(struct sim_seat *seat)
{
    return pending_end(disk_of(seat));
}

void start_sync(struct sim_world *world, struct sim_seat *seat, uint64_t upto)
{
    struct disk *disk = disk_of(seat);

    if (upto <= disk->pending_first)
        return;
    sim_time span = sync_span(world, seat, disk);
    if (span == 0) {
        make_durable(world, disk, upto);
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

/* The disk is done, whether or not its node can take notice now. False if the node crashed since.
 */
bool sync_ends(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    if (event->from != seat->life)
        return false;
    struct disk *disk = seat->extra->disk;
    if (event->type == EVENT_SYNCED) {
        make_durable(world, disk, disk->held_at);
    } else {
        const struct packet *packet = slab_at(&world->packets, event->slot);

        make_durable(world, disk, (uint64_t)packet->words[SIM_RECORD_WORDS_MAX - 1]);
    }
    return true;
}

/* The hold ends: the rest of the handler's effects leave now, as acts of this event. */
void run_synced(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    seat->flags &= ~(uint32_t)SEAT_HELD;
    begin_event(world);
    fold(world, seat->class->synced_hash, seat->node, 0, NULL, NULL, NULL);
    if (is_traced(world, SIM_HAPPENED_SYNCED))
        tell(world, SIM_HAPPENED_SYNCED, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
             "sync", NULL, NULL, NULL, NULL);
    do_acts(world, seat);
    end_event(world, seat);
    if (!is_held(seat))
        processor_release(world, seat);
    release_seat(world, seat);
}

void run_synced_then(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    const struct packet *packet = slab_at(&world->packets, event->slot);

    if (event->from == seat->life) {
        begin_event(world);
        fold(world, seat->class->synced_hash + 1, seat->node, 0, NULL, NULL, NULL);
        if (is_traced(world, SIM_HAPPENED_SYNCED))
            tell(world, SIM_HAPPENED_SYNCED, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
                 "sync_then", NULL, NULL, NULL, NULL);
        seat->class->model->synced(seat, packet->words);
        end_event(world, seat);
    }
    free_packet(world, event->slot);
}

/* -- crashes ----------------------------------------------------------------------------------- */

static void undo(struct sim_world *world, struct sim_seat *seat, struct disk *disk,
                 struct written *written)
{
    struct log *log = &disk->logs[written->log];
    size_t words = written->kind == WRITTEN_STRUCT ? 0 : entry_words(seat, written->log);

    switch (written->kind) {
    case WRITTEN_STRUCT:
        memcpy(disk->written, written->before, seat->class->model->disk.size);
        break;
    case WRITTEN_APPEND:
        log->length--;
        if (log->blobs) {
            blob_free(world, log->blobs[log->length]);
            log->blobs[log->length] = NULL;
        }
        break;
    case WRITTEN_TRUNCATE: {
        uint64_t cut = written->length - log->length;

        memcpy(log->words + log->length * words, written->before, cut * words * sizeof(int64_t));
        if (written->blobs)
            memcpy(log->blobs + log->length, written->blobs, cut * sizeof(*log->blobs));
        log->length = written->length;
        break;
    }
    }
    sim_free(written->blobs);
    sim_free(written->before);
}

/* Writes that the handler issued behind a sync which never ended were never issued at all, whatever
 * the disk keeps. */
void disk_crash(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra ? seat->extra->disk : NULL;

    if (!disk)
        return;
    uint64_t keep = disk->pending_first;
    if (seat->class->plan->disk.unsynced == SIM_UNSYNCED_KEPT)
        keep = is_held(seat) ? disk->held_at : pending_end(disk);
    while (pending_end(disk) > keep)
        undo(world, seat, disk, &disk->pending[--disk->pending_count]);
    make_durable(world, disk, keep);
    memcpy(disk->image, disk->written, seat->class->model->disk.size);
}

void disk_stop(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra ? seat->extra->disk : NULL;

    if (disk)
        make_durable(world, disk, is_held(seat) ? disk->held_at : pending_end(disk));
}

void disk_destroy(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra->disk;

    if (!disk)
        return;
    make_durable(world, disk, pending_end(disk));
    for (unsigned i = 0; i < SIM_LOGS_MAX; i++) {
        sim_free(disk->logs[i].words);
        sim_free(disk->logs[i].blobs);
    }
    sim_free(disk->image);
    sim_free(disk->written);
    sim_free(disk->pending);
    sim_free(disk);
}
