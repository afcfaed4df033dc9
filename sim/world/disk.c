/* disk.c - a described struct and append-only logs behind a write cache.
 *
 * What is written is seen at once by the node itself and is durable after a sync. What is not
 * durable yet is kept as a list of undo steps: a crash that drops un-synced writes takes them back
 * in reverse order. The list is as long as the cache is large, as no cache is without bounds: when
 * it is full the system writes the oldest back on its own, whether or not anybody syncs. */
#include "sim/world/disk.h"

#include <assert.h>
#include <string.h>

uint64_t disk_room(const struct sim_seat *seat, const struct disk *disk)
{
    uint64_t capacity = seat->class->plan->disk.capacity;

    if (disk->trouble.full > 0 || disk->read_only)
        return 0;
    return capacity > 0 ? capacity : UINT64_MAX;
}

static __attribute__((noinline)) struct disk *make_disk(struct sim_seat *seat)
{
    const size_t size = seat->class->model->disk.size;
    struct disk *disk = sim_alloc(sizeof(*disk));

    disk->image = sim_alloc(size);
    disk->written = sim_alloc(size);
    disk->slow = 1;
    disk->limit = disk_room(seat, disk);
    seat_extra(seat)->disk = disk;
    return disk;
}

struct disk *disk_of(struct sim_seat *seat)
{
    return seat->extra && seat->extra->disk ? seat->extra->disk : make_disk(seat);
}

static struct written *add_written(struct sim_seat *seat, struct disk *disk, uint64_t bytes)
{
    size_t end = disk->pending_head + disk->pending_count;

    disk->dirty += bytes;
    if (disk->dirty > seat->class->plan->disk.cache && seat->class->plan->disk.cache > 0)
        disk_write_back(seat, disk);
    if (end == disk->pending_capacity && disk->pending_head > end / 2) {
        memmove(disk->pending, disk->pending + disk->pending_head,
                disk->pending_count * sizeof(*disk->pending));
        disk->pending_head = 0;
    }
    end = disk->pending_head + disk->pending_count++;
    disk->pending =
        sim_grow(disk->pending, &disk->pending_capacity, end + 1, sizeof(*disk->pending));
    disk->pending[end] = (struct written){ .bytes = bytes };
    return &disk->pending[end];
}

/* A write that the disk does not take: who does not handle that stops for good. */
static enum sim_disk_error refuse_write(struct sim_seat *seat, const struct disk *disk)
{
    enum sim_disk_error error = disk->read_only ? SIM_DISK_FAILED : SIM_DISK_FULL;

    if (!seat->class->model->disk_failed)
        sim_halt(seat, error == SIM_DISK_FULL ? "disk full" : "disk failed");
    return error;
}

void *sim_disk(struct sim_seat *me)
{
    assert(me->class->model->disk.size > 0);
    return disk_of(me)->image;
}

/* Beside the old one, whose place is free afterwards: the struct is never torn, and takes no room
 * that an entry could have had. */
enum sim_disk_error sim_write(struct sim_seat *me)
{
    size_t size = me->class->model->disk.size;
    struct disk *disk = disk_of(me);

    if (disk->limit == 0) {
        memcpy(disk->image, disk->written, size);
        return refuse_write(me, disk);
    }
    struct written *written = add_written(me, disk, size);
    written->kind = WRITTEN_STRUCT;
    written->size = size;
    written->before = sim_arena_alloc(me->class->world->blobs, size);
    memcpy(written->before, disk->written, size);
    memcpy(disk->written, disk->image, size);
    return SIM_DISK_FINE;
}

enum sim_disk_error sim_append(struct sim_seat *me, unsigned kind, const void *record,
                               const struct sim_blob *blob)
{
    assert(kind < me->class->logs);
    struct disk *disk = disk_of(me);
    struct log *log = &disk->logs[kind];
    size_t words = entry_words(me, kind);
    uint64_t bytes = (words + (blob ? blob->count : 0)) * sizeof(int64_t);

    if (disk->used + bytes > disk->limit)
        return refuse_write(me, disk);
    disk->used += bytes;
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
    struct written *written = add_written(me, disk, bytes);
    written->kind = WRITTEN_APPEND;
    written->log = kind;
    return SIM_DISK_FINE;
}

/* The blobs of what is cut off move to the step that undoes it. */
static void cut_blobs(struct sim_world *world, struct log *log, uint64_t length,
                      struct written *written)
{
    size_t size = written->count * sizeof(*written->blobs);

    written->blobs = sim_arena_alloc(world->blobs, size);
    memcpy(written->blobs, log->blobs + length, size);
    memset(log->blobs + length, 0, size);
}

enum sim_disk_error sim_truncate(struct sim_seat *me, unsigned kind, uint64_t length)
{
    assert(kind < me->class->logs);
    struct sim_world *world = me->class->world;
    struct disk *disk = disk_of(me);
    struct log *log = &disk->logs[kind];
    size_t words = entry_words(me, kind);

    assert(length <= log->length);
    if (length == log->length)
        return SIM_DISK_FINE;
    if (disk->read_only)
        return refuse_write(me, disk);
    uint64_t cut = log->length - length, bytes = 0;
    for (uint64_t i = length; i < log->length; i++)
        bytes += entry_bytes(me, log, kind, i);
    struct written *written = add_written(me, disk, bytes);
    written->kind = WRITTEN_TRUNCATE;
    written->log = kind;
    written->count = cut;
    written->size = cut * words * sizeof(int64_t);
    written->before = sim_arena_alloc(world->blobs, written->size);
    memcpy(written->before, log->words + length * words, written->size);
    if (log->blobs)
        cut_blobs(world, log, length, written);
    for (size_t i = 0; i < log->flaw_count; i++) {
        if (log->flaws[i].cut == 0 && log->flaws[i].index >= length)
            log->flaws[i].cut = pending_end(disk); /* 1 + its number */
    }
    disk->used -= bytes;
    log->length = length;
    return SIM_DISK_FINE;
}

/* -- reading ----------------------------------------------------------------------------------- */

uint64_t sim_log_length(const struct sim_seat *me, unsigned log)
{
    assert(log < me->class->logs);
    return me->extra && me->extra->disk ? me->extra->disk->logs[log].length : 0;
}

const void *sim_log_record(const struct sim_seat *me, unsigned log, uint64_t index)
{
    assert(me->extra && me->extra->disk);
    const struct log *l = &me->extra->disk->logs[log];

    assert(log < me->class->logs);
    assert(index < l->length);
    return l->words + index * entry_words(me, log);
}

const struct sim_blob *sim_log_blob(const struct sim_seat *me, unsigned log, uint64_t index)
{
    assert(index < sim_log_length(me, log));
    const struct log *l = &me->extra->disk->logs[log];
    return l->blobs ? l->blobs[index] : NULL;
}

enum sim_record_state sim_log_state(const struct sim_seat *me, unsigned log, uint64_t index)
{
    assert(index < sim_log_length(me, log));
    const struct disk *disk = me->extra->disk;
    const struct log *l = &disk->logs[log];

    if (disk->trouble.unreadable > 0)
        return SIM_RECORD_UNREADABLE;
    for (size_t i = 0; i < l->flaw_count; i++) {
        if (l->flaws[i].index == index && l->flaws[i].cut == 0)
            return l->flaws[i].state;
    }
    return SIM_RECORD_WHOLE;
}

enum sim_record_state sim_disk_state(const struct sim_seat *me)
{
    const struct disk *disk = me->extra ? me->extra->disk : NULL;

    assert(me->class->model->disk.size > 0);
    if (!disk)
        return SIM_RECORD_WHOLE;
    if (disk->trouble.unreadable > 0)
        return SIM_RECORD_UNREADABLE;
    return disk->rotten ? SIM_RECORD_ROTTEN : SIM_RECORD_WHOLE;
}

void disk_destroy(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra->disk;

    if (!disk)
        return;
    disk_make_durable(world, disk, pending_end(disk));
    for (unsigned i = 0; i < SIM_LOGS_MAX; i++) {
        sim_free(disk->logs[i].words);
        sim_free(disk->logs[i].blobs);
        sim_free(disk->logs[i].flaws);
    }
    sim_free(disk->stalled.events);
    sim_free(disk->image);
    sim_free(disk->written);
    sim_free(disk->pending);
    sim_free(disk);
}
