/* commit.h - group commit: one sync makes durable what all wrote that came while the last one ran.
 *
 * What a handler wants to do once its records are durable it puts in line; the line moves on when a
 * sync is over that began after the records were written. With a sync of its own for each record a
 * node does at most one thing per sync; so it does as many as come in the meantime (Gray and
 * Reuter, Transaction Processing, 1993, section 9.4: group commit).
 *
 * Ownership: memory of the seat, so a crash drops the line, as it drops what was not synced.
 * Determinism: first come, first served. */
#ifndef MODELS_PARTS_COMMIT_H
#define MODELS_PARTS_COMMIT_H

#include "sim/world/model.h"

struct commit {
    char *items;
    size_t size;       /* of an item */
    uint32_t count;    /* in line */
    uint32_t syncing;  /* the first of them, which the sync that runs is for */
    uint32_t released; /* of those, once it is over: so many were taken */
    uint32_t capacity;
};

void commit_init(struct commit *commit, size_t size);
/* Puts a copy of ITEM in line, behind all that was written up to now; from `synced` of the model
 * alone it comes out again. */
void commit_add(struct sim_seat *me, struct commit *commit, const void *item);
/* In `synced`: copies the next of those that are durable to ITEM. False: that was all, and the next
 * sync has begun if anybody waits for it. ITEM may be followed by more commit_add. */
bool commit_take(struct sim_seat *me, struct commit *commit, void *item);

#endif
