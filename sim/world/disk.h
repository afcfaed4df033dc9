/* disk.h - the insides of a disk; private to the files of the disk.
 *
 * There are three copies of everything: what the model sees (its memory, or the cache of its
 * system), what was written but may be lost (the steps that undo it, in order), and the medium. A
 * medium can be flawed: a record that a crash left half written, or that has rotted since. A node
 * that runs reads its cache and does not notice; the flaw shows when the node starts again and
 * reads what it has, or when it asks (sim_log_state).
 *
 * disk.c writes and reads, disk_sync.c makes durable, disk_crash.c is about what a crash leaves and
 * how a medium decays. */
#ifndef SIM_WORLD_DISK_H
#define SIM_WORLD_DISK_H

#include "sim/world/kernel.h"

/* What was written but is not durable yet, with what undoes it. */
struct written {
    enum { WRITTEN_STRUCT, WRITTEN_APPEND, WRITTEN_TRUNCATE } kind;
    uint32_t log;
    uint64_t count;                /* truncate: the entries cut off */
    uint64_t bytes;                /* in the cache */
    void *before;                  /* the struct before, or the words of the entries cut off */
    size_t size;                   /* of that */
    const struct sim_blob **blobs; /* truncate: of the entries cut off; NULL: they had none */
};

/* A record that is not what was written. */
struct flaw {
    uint64_t index;
    uint64_t cut; /* 1 + number of the write that truncated it; 0: it is there */
    enum sim_record_state state;
    bool hidden; /* the node still has a whole copy in memory */
};

struct log {
    int64_t *words;
    const struct sim_blob **blobs;
    size_t word_capacity, blob_capacity;
    uint64_t length;
    struct flaw *flaws;
    size_t flaw_count, flaw_capacity;
};

struct disk {
    void *image, *written; /* as the model sees the struct, and as last written */
    struct log logs[SIM_LOGS_MAX];
    struct written *pending; /* those from pending_head on */
    size_t pending_head, pending_count, pending_capacity;
    uint64_t pending_first; /* number of the first of them since the start */
    uint64_t held_at;       /* while held: what was written from this number on follows the sync */
    uint64_t used, limit;   /* bytes of the logs, and how many there may be */
    uint64_t dirty;         /* bytes in the cache */
    struct sim_stream luck;
    struct fifo stalled; /* syncs that end when the disk goes on */
    struct disk_trouble trouble;
    double slow;    /* how many times as long a sync takes; 1: as planned */
    bool read_only; /* a sync failed in this life of the node */
    bool rotten;    /* the struct has rotted */
    bool hidden;    /* and the node still has a whole copy in memory */
};

struct disk *disk_of(struct sim_seat *seat); /* made if there is none */
uint64_t disk_room(const struct sim_seat *seat, const struct disk *disk);
/* Tells the model that a sync failed; a model that does not handle it stops for good. */
void disk_sync_failed(struct sim_seat *seat, const void *context);
/* What was written before number UPTO is durable: its undo steps go. */
void disk_make_durable(struct sim_world *world, struct disk *disk, uint64_t upto);
void disk_write_back(struct sim_seat *seat, struct disk *disk);

static inline size_t entry_words(const struct sim_seat *seat, unsigned log)
{
    return seat->class->model->logs[log].record->words;
}

static inline uint64_t entry_bytes(const struct sim_seat *seat, const struct log *log,
                                   unsigned kind, uint64_t index)
{
    const struct sim_blob *blob = log->blobs ? log->blobs[index] : NULL;

    return (entry_words(seat, kind) + (blob ? blob->count : 0)) * sizeof(int64_t);
}

static inline uint64_t pending_end(const struct disk *disk)
{
    return disk->pending_first + disk->pending_count;
}

static inline struct written *pending_at(const struct disk *disk, uint64_t number)
{
    return &disk->pending[disk->pending_head + (size_t)(number - disk->pending_first)];
}

#endif
