#include "models/parts/commit.h"

#include "models/parts/room.h"

#include <string.h>

void commit_init(struct commit *commit, size_t size)
{
    *commit = (struct commit){ .size = size };
}

static void begin_sync(struct sim_seat *me, struct commit *commit)
{
    commit->syncing = commit->count;
    sim_sync_then(me, NULL, 0);
}

void commit_add(struct sim_seat *me, struct commit *commit, const void *item)
{
    commit->items = make_room(me, commit->items, commit->count, &commit->capacity, commit->size);
    memcpy(commit->items + commit->count++ * commit->size, item, commit->size);
    if (commit->syncing == 0)
        begin_sync(me, commit);
}

bool commit_take(struct sim_seat *me, struct commit *commit, void *item)
{
    if (commit->released < commit->syncing) {
        memcpy(item, commit->items + commit->released++ * commit->size, commit->size);
        return true;
    }
    commit->count -= commit->syncing;
    memmove(commit->items, commit->items + commit->syncing * commit->size,
            commit->count * commit->size);
    commit->syncing = commit->released = 0;
    if (commit->count > 0)
        begin_sync(me, commit);
    return false;
}
