/* disk_crash.c - what a crash leaves of a disk, how a medium decays, and what a node finds when it
 * starts again.
 *
 * A log is written front to back, so what a crash leaves of it is a prefix of what was issued, and
 * at most one record is half there. The struct is written beside the old one and is therefore never
 * half there. Bits rot in silence: the node that wrote them has them in memory still and goes on.
 */
#include "sim/world/disk.h"

#include <assert.h>
#include <string.h>

enum luck_of { LUCK_SURVIVES = 1, LUCK_WORDS, LUCK_BIT };

/* -- crashes ----------------------------------------------------------------------------------- */

static void drop_last(struct sim_world *world, const struct sim_seat *seat, struct disk *disk,
                      unsigned kind)
{
    struct log *log = &disk->logs[kind];

    disk->used -= entry_bytes(seat, log, kind, --log->length);
    if (log->blobs) {
        blob_free(world, log->blobs[log->length]);
        log->blobs[log->length] = NULL;
    }
}

/* Takes back the last write that is not durable. */
static void undo(struct sim_world *world, struct sim_seat *seat, struct disk *disk)
{
    struct written *written = pending_at(disk, pending_end(disk) - 1);
    struct log *log = &disk->logs[written->log];
    uint64_t number = pending_end(disk);

    switch (written->kind) {
    case WRITTEN_STRUCT:
        memcpy(disk->written, written->before, written->size);
        break;
    case WRITTEN_APPEND:
        drop_last(world, seat, disk, written->log);
        break;
    case WRITTEN_TRUNCATE:
        memcpy(log->words + log->length * entry_words(seat, written->log), written->before,
               written->size);
        if (written->blobs) {
            size_t size = written->count * sizeof(*log->blobs);

            memcpy(log->blobs + log->length, written->blobs, size);
            sim_arena_free(world->blobs, written->blobs, size);
        }
        log->length += written->count;
        disk->used += written->bytes;
        for (size_t i = 0; i < log->flaw_count; i++)
            log->flaws[i].cut = log->flaws[i].cut == number ? 0 : log->flaws[i].cut;
        break;
    }
    if (written->before)
        sim_arena_free(world->blobs, written->before, written->size);
    disk->dirty -= written->bytes;
    disk->pending_count--;
}

static void add_flaw(struct log *log, uint64_t index, enum sim_record_state state, bool hidden)
{
    log->flaws =
        sim_grow(log->flaws, &log->flaw_capacity, log->flaw_count + 1, sizeof(*log->flaws));
    log->flaws[log->flaw_count++] = (struct flaw){ index, 0, state, hidden };
}

static uint64_t luck_of(const struct sim_seat *seat, uint64_t nth, enum luck_of what)
{
    uint64_t luck = sim_mix(seat->class->world->seed, sim_hash_text("unsynced"));

    luck = sim_mix(luck, sim_mix(seat->class->key, seat->member));
    return sim_scramble(sim_mix(luck, nth << 8 | what)); /* neighbours must not be alike */
}

/* The last write that is left, an append, was under way when the power went: some of its words
 * arrived. If none did, nothing shows that there was a write. */
static void tear(struct sim_world *world, struct sim_seat *seat, struct disk *disk)
{
    const struct written *written = pending_at(disk, pending_end(disk) - 1);
    struct log *log = &disk->logs[written->log];
    size_t words = entry_words(seat, written->log);
    size_t arrived = (size_t)sim_below(luck_of(seat, seat->life, LUCK_WORDS), words + 1);
    uint64_t index = log->length - 1;

    if (arrived == 0) {
        undo(world, seat, disk);
        return;
    }
    disk->used -= entry_bytes(seat, log, written->log, index);
    memset(log->words + index * words + arrived, 0, (words - arrived) * sizeof(int64_t));
    if (log->blobs) {
        blob_free(world, log->blobs[index]);
        log->blobs[index] = NULL;
    }
    disk->used += entry_bytes(seat, log, written->log, index);
    add_flaw(log, index, SIM_RECORD_TORN, false);
}

/* How many of the writes that are not durable survive, and whether the last of these is torn. */
static uint64_t survivors(const struct sim_seat *seat, const struct disk *disk,
                          enum sim_unsynced unsynced, bool *torn)
{
    uint64_t end =
        is_held(seat) && disk->held_at < pending_end(disk) ? disk->held_at : pending_end(disk);
    uint64_t issued = end > disk->pending_first ? end - disk->pending_first : 0, whole;

    *torn = false;
    if (unsynced == SIM_UNSYNCED_KEPT)
        return issued;
    if (unsynced == SIM_UNSYNCED_DROPPED || issued == 0)
        return 0;
    whole = sim_below(luck_of(seat, seat->life, LUCK_SURVIVES), issued + 1);
    if (whole == issued || pending_at(disk, disk->pending_first + whole)->kind != WRITTEN_APPEND)
        return whole;
    *torn = true;
    return whole + 1;
}

static void flip_bit(void *words, size_t bytes, uint64_t luck)
{
    uint64_t bit = sim_below(luck, bytes * 8);

    ((unsigned char *)words)[bit / 8] ^= (unsigned char)(1u << bit % 8);
}

/* The memory that hid them is gone: rotten records are read as they are. Flaws of what was cut off
 * are gone with it. */
static void show_flaws(const struct sim_seat *seat, struct disk *disk)
{
    for (unsigned kind = 0; kind < seat->class->logs; kind++) {
        struct log *log = &disk->logs[kind];
        size_t words = entry_words(seat, kind), kept = 0;

        for (size_t i = 0; i < log->flaw_count; i++) {
            struct flaw *flaw = &log->flaws[i];

            if (flaw->cut != 0)
                continue;
            if (flaw->hidden)
                flip_bit(log->words + flaw->index * words, words * sizeof(int64_t),
                         luck_of(seat, flaw->index, LUCK_BIT));
            flaw->hidden = false;
            log->flaws[kept++] = *flaw;
        }
        log->flaw_count = kept;
    }
    if (disk->hidden)
        flip_bit(disk->written, seat->class->model->disk.size, luck_of(seat, 0, LUCK_BIT));
    disk->hidden = false;
}

/* Writes that the handler issued behind a sync which never ended were never issued at all, whatever
 * the disk keeps. */
void disk_crash(struct sim_world *world, struct sim_seat *seat, enum sim_unsynced unsynced)
{
    struct disk *disk = seat->extra ? seat->extra->disk : NULL;
    bool torn;

    if (!disk)
        return;
    uint64_t keep = disk->pending_first + survivors(seat, disk, unsynced, &torn);
    while (pending_end(disk) > keep)
        undo(world, seat, disk);
    if (torn)
        tear(world, seat, disk);
    disk_make_durable(world, disk, pending_end(disk));
    disk->read_only = false;
    disk->limit = disk_room(seat, disk);
    show_flaws(seat, disk);
    memcpy(disk->image, disk->written, seat->class->model->disk.size);
}

/* -- decay ------------------------------------------------------------------------------------- */

/* Those that have been durable and in their places all the time. */
uint64_t disk_durable(struct sim_seat *seat, unsigned kind)
{
    const struct disk *disk = disk_of(seat);
    uint64_t length = disk->logs[kind].length, least = length;

    for (uint64_t number = pending_end(disk); number-- > disk->pending_first;) {
        const struct written *written = pending_at(disk, number);

        if (written->log != kind || written->kind == WRITTEN_STRUCT)
            continue;
        if (written->kind == WRITTEN_APPEND)
            length--;
        else
            length += written->count;
        least = length < least ? length : least;
    }
    return least;
}

/* A second time it cannot get worse. */
void disk_rot(struct sim_seat *seat, unsigned kind, uint64_t index)
{
    struct log *log = &disk_of(seat)->logs[kind];
    bool runs = !(seat->flags & SEAT_DOWN);
    size_t words = entry_words(seat, kind);

    assert(index < disk_durable(seat, kind));
    for (size_t i = 0; i < log->flaw_count; i++) {
        if (log->flaws[i].index == index && log->flaws[i].cut == 0)
            return;
    }
    add_flaw(log, index, SIM_RECORD_ROTTEN, runs);
    if (!runs)
        flip_bit(log->words + index * words, words * sizeof(int64_t),
                 luck_of(seat, index, LUCK_BIT));
}

void disk_rot_struct(struct sim_seat *seat)
{
    size_t size = seat->class->model->disk.size;
    struct disk *disk = disk_of(seat);

    if (size == 0 || disk->rotten)
        return;
    disk->rotten = true;
    disk->hidden = !(seat->flags & SEAT_DOWN);
    if (!disk->hidden) {
        flip_bit(disk->written, size, luck_of(seat, 0, LUCK_BIT));
        memcpy(disk->image, disk->written, size);
    }
}

/* -- opening ----------------------------------------------------------------------------------- */

/* What a model that says nothing of its disk would do if it looked: it cuts off a torn record,
 * which nobody can have been promised, and does not go on with anything else that is wrong. */
bool disk_opens(struct sim_world *world, struct sim_seat *seat)
{
    struct disk *disk = seat->extra->disk;

    if (seat->class->model->disk_failed)
        return true;
    if (disk->trouble.unreadable > 0) {
        sim_halt(seat, "disk unreadable");
        return false;
    }
    if (disk->rotten) {
        sim_halt(seat, "rotten data");
        return false;
    }
    for (unsigned kind = 0; kind < seat->class->logs; kind++) {
        struct log *log = &disk->logs[kind];

        for (size_t i = 0; i < log->flaw_count; i++) {
            if (log->flaws[i].state == SIM_RECORD_ROTTEN) {
                sim_halt(seat, "rotten data");
                return false;
            }
        }
        if (log->flaw_count > 0) { /* one: what a crash tore is the last */
            assert(log->flaw_count == 1);
            assert(log->flaws[0].index == log->length - 1);
            drop_last(world, seat, disk, kind);
            log->flaw_count = 0;
        }
    }
    return true;
}
