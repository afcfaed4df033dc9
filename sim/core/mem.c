/* mem.c - see mem.h. */
#include "sim/core/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void exhausted(void)
{
    fputs("orrery: out of memory\n", stderr);
    exit(4);
}

static size_t product(size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        exhausted();
    return count * size;
}

void *sim_alloc(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);

    if (block == NULL)
        exhausted();
    return block;
}

void *sim_alloc_array(size_t count, size_t size)
{
    return sim_alloc(product(count, size));
}

void *sim_resize(void *block, size_t old_size, size_t size)
{
    char *moved = realloc(block, size > 0 ? size : 1);

    if (moved == NULL)
        exhausted();
    if (size > old_size)
        memset(moved + old_size, 0, size - old_size);
    return moved;
}

char *sim_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sim_alloc(size), text, size);
}

char *sim_format(const char *format, ...)
{
    va_list arguments;
    int length;
    char *text;

    assert(format != NULL);
    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    text = sim_alloc((size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void sim_free(void *block)
{
    free(block);
}

void *sim_grow_more(void *block, size_t *capacity, size_t count, size_t size)
{
    size_t larger = *capacity;

    assert(size > 0);
    assert(count > larger);
    if (larger == 0)
        larger = 4;
    while (larger < count) {
        if (larger > SIZE_MAX / 2)
            exhausted();
        larger *= 2;
    }
    block = sim_resize(block, *capacity * size, product(larger, size));
    *capacity = larger;
    return block;
}

/* Size classes: 16 bytes, then two to each doubling (24 is left out, it would break the alignment).
 * A block above the largest class is one of its own from the system. */
enum {
    ALIGNMENT = 16,
    CLASSES = 22,
    CLASS_LARGEST = 32768,
    CHUNK_LEAST = 240, /* many arenas hold next to nothing: a million nodes have one each */
    CHUNK_MOST = 65536 - 2 * ALIGNMENT,
};

struct free_block {
    struct free_block *next;
};

struct chunk {
    struct chunk *next;
    size_t size; /* of what follows the header */
};

struct large {
    struct large *next, *previous;
    size_t size;
    size_t unused; /* keeps what follows aligned */
};

_Static_assert(sizeof(struct chunk) % ALIGNMENT == 0 || sizeof(size_t) < 8,
               "blocks must be aligned");
_Static_assert(sizeof(struct large) % ALIGNMENT == 0, "blocks must be aligned");

struct sim_arena {
    struct chunk *chunks; /* the newest first: blocks are cut from it */
    size_t used;          /* of the newest chunk */
    size_t bytes;         /* held from the system */
    struct large *larges;
    struct free_block **free; /* by class; itself in the arena, made by the first sim_arena_free */
};

/* Where a header ends and aligned memory begins. */
#define CHUNK_HEADER ((sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

struct sim_arena *sim_arena_create(void)
{
    struct sim_arena *arena = sim_alloc(sizeof *arena);

    arena->bytes = sizeof *arena;
    return arena;
}

static void free_larges(struct sim_arena *arena)
{
    while (arena->larges != NULL) {
        struct large *large = arena->larges;

        arena->larges = large->next;
        arena->bytes -= sizeof *large + large->size;
        sim_free(large);
    }
}

static void free_chunks(struct sim_arena *arena, struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        arena->bytes -= CHUNK_HEADER + chunk->size;
        sim_free(chunk);
        chunk = next;
    }
}

void sim_arena_destroy(struct sim_arena *arena)
{
    if (arena == NULL)
        return;
    free_larges(arena);
    free_chunks(arena, arena->chunks);
    sim_free(arena);
}

/* The newest chunk is the largest, or nearly so: it stays for the next life. */
void sim_arena_reset(struct sim_arena *arena)
{
    free_larges(arena);
    arena->free = NULL;
    arena->used = 0;
    if (arena->chunks != NULL) {
        free_chunks(arena, arena->chunks->next);
        arena->chunks->next = NULL;
    }
}

size_t sim_arena_bytes(const struct sim_arena *arena)
{
    return arena->bytes;
}

static size_t class_size(unsigned class)
{
    if (class < 4)
        return (class + 1) * (size_t)16;
    /* 96, 128, 192, 256, ... */
    return (class % 2 == 0 ? (size_t)96 : (size_t)128) << (class - 4) / 2;
}

static unsigned class_of(size_t size)
{
    unsigned class = 4;

    if (size <= 64)
        return size == 0 ? 0 : (unsigned)(size - 1) / 16;
    while (class_size(class) < size)
        class ++;
    return class;
}

static void *alloc_large(struct sim_arena *arena, size_t size)
{
    struct large *large;

    if (size > SIZE_MAX - sizeof *large)
        exhausted();
    large = sim_alloc(sizeof *large + size);
    large->size = size;
    large->next = arena->larges;
    if (large->next != NULL)
        large->next->previous = large;
    arena->larges = large;
    arena->bytes += sizeof *large + size;
    return large + 1;
}

static void free_large(struct sim_arena *arena, struct large *large, size_t size)
{
    assert(large->size == size);
    if (large->next != NULL)
        large->next->previous = large->previous;
    if (large->previous != NULL)
        large->previous->next = large->next;
    else
        arena->larges = large->next;
    arena->bytes -= sizeof *large + size;
    sim_free(large);
}

/* SIZE bytes (of a class) from the newest chunk, or from a new one of twice its size. */
static void *cut(struct sim_arena *arena, size_t size)
{
    struct chunk *chunk = arena->chunks;
    char *block;

    if (chunk == NULL || chunk->size - arena->used < size) {
        size_t room = chunk == NULL ? CHUNK_LEAST : 2 * (chunk->size + CHUNK_HEADER) - CHUNK_HEADER;

        if (room > CHUNK_MOST)
            room = CHUNK_MOST;
        if (room < size)
            room = size;
        chunk = sim_alloc(CHUNK_HEADER + room);
        chunk->size = room;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->used = 0;
        arena->bytes += CHUNK_HEADER + room;
    }
    block = (char *)chunk + CHUNK_HEADER + arena->used;
    arena->used += size;
    return block;
}

void *sim_arena_alloc(struct sim_arena *arena, size_t size)
{
    unsigned class;
    void *block;

    if (size > CLASS_LARGEST)
        return alloc_large(arena, size);
    class = class_of(size);
    if (arena->free != NULL && arena->free[class] != NULL) {
        block = arena->free[class];
        arena->free[class] = arena->free[class]->next;
    } else {
        block = cut(arena, class_size(class));
    }
    /* Not only what comes from a free list is dirty: so is the chunk that outlived a reset. */
    return memset(block, 0, class_size(class));
}

void sim_arena_free(struct sim_arena *arena, void *block, size_t size)
{
    struct free_block *freed = block;
    unsigned class;

    if (block == NULL)
        return;
    if (size > CLASS_LARGEST) {
        free_large(arena, (struct large *)block - 1, size);
        return;
    }
    if (arena->free == NULL)
        arena->free = sim_arena_alloc(arena, CLASSES * sizeof *arena->free);
    class = class_of(size);
    freed->next = arena->free[class];
    arena->free[class] = freed;
}
