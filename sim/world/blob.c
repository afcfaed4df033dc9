/* blob.c - immutable words with a reference count, and volatile memory. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

/* Blobs are const to models; the count of references is the kernel's. */
static struct sim_blob *mutable(const struct sim_blob *blob)
{
    return (struct sim_blob *)(uintptr_t)blob;
}

void blob_keep(const struct sim_blob *blob)
{
    if (blob)
        mutable(blob)->references++;
}

void blob_free(struct sim_world *world, const struct sim_blob *blob)
{
    if (!blob)
        return;
    assert(blob->references > 0);
    if (--mutable(blob)->references == 0)
        sim_arena_free(world->blobs, mutable(blob), sizeof(*blob) + blob->count * sizeof(int64_t));
}

uint64_t blob_hash(const struct sim_blob *blob)
{
    if (!blob->hashed) {
        mutable(blob)->hash = sim_hash_words(blob->words, blob->count, blob->count);
        mutable(blob)->hashed = true;
    }
    return blob->hash;
}

struct sim_blob *sim_blob_make(struct sim_seat *me, size_t count, int64_t **words)
{
    struct sim_world *world = me->class->world;
    struct sim_blob *blob = sim_arena_alloc(world->blobs, sizeof(*blob) + count * sizeof(int64_t));

    blob->references = 1;
    blob->count = count;
    world->made =
        sim_grow(world->made, &world->made_capacity, world->made_count + 1, sizeof(*world->made));
    world->made[world->made_count++] = blob;
    *words = blob->words;
    return blob;
}

const struct sim_blob *sim_blob(struct sim_seat *me, const int64_t *words, size_t count)
{
    int64_t *copy;
    struct sim_blob *blob = sim_blob_make(me, count, &copy);

    if (count > 0)
        memcpy(copy, words, count * sizeof(*words));
    return blob;
}

const int64_t *sim_blob_words(const struct sim_blob *blob, size_t *count)
{
    *count = blob ? blob->count : 0;
    return blob ? blob->words : NULL;
}

void free_made(struct sim_world *world)
{
    while (world->made_count > 0)
        blob_free(world, world->made[--world->made_count]);
}

void sim_hold(struct sim_seat *me, const struct sim_blob *blob)
{
    struct extra *extra = seat_extra(me);

    blob_keep(blob);
    extra->held =
        sim_grow(extra->held, &extra->held_capacity, extra->held_count + 1, sizeof(*extra->held));
    extra->held[extra->held_count++] = blob;
}

void sim_let_go(struct sim_seat *me, const struct sim_blob *blob)
{
    struct extra *extra = seat_extra(me);
    size_t i = extra->held_count;

    while (i > 0 && extra->held[i - 1] != blob)
        i--;
    assert(i > 0);
    extra->held[i - 1] = extra->held[--extra->held_count];
    blob_free(me->class->world, blob);
}

static struct sim_arena *arena_of(struct sim_seat *me)
{
    struct extra *extra = seat_extra(me);

    if (!extra->arena)
        extra->arena = sim_arena_create();
    return extra->arena;
}

void *sim_new(struct sim_seat *me, size_t size)
{
    return sim_arena_alloc(arena_of(me), size);
}

void sim_drop(struct sim_seat *me, void *block, size_t size)
{
    if (block)
        sim_arena_free(arena_of(me), block, size);
}

static void *arena_regrow(struct sim_arena *arena, void *block, size_t old_size, size_t new_size)
{
    void *larger = sim_arena_alloc(arena, new_size);

    if (block) {
        memcpy(larger, block, old_size < new_size ? old_size : new_size);
        sim_arena_free(arena, block, old_size);
    }
    return larger;
}

void *sim_regrow(struct sim_seat *me, void *block, size_t old_size, size_t new_size)
{
    return arena_regrow(arena_of(me), block, old_size, new_size);
}

void *sim_judge_new(struct sim_judge *judge, size_t size)
{
    return sim_arena_alloc(judge->arena, size);
}

void *sim_judge_regrow(struct sim_judge *judge, void *block, size_t old_size, size_t new_size)
{
    return arena_regrow(judge->arena, block, old_size, new_size);
}

void forget_memory(struct sim_world *world, struct sim_seat *seat)
{
    struct extra *extra = seat->extra;

    if (!extra)
        return;
    while (extra->held_count > 0)
        blob_free(world, extra->held[--extra->held_count]);
    if (extra->arena)
        sim_arena_reset(extra->arena);
}
