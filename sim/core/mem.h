/* mem.h - memory that never fails, and arenas.
 *
 * Out of memory ends the program with one line (nobody could do better), so that no caller has a
 * branch for it. An arena hands out blocks in size classes with a free list each and gives all of
 * them back at once: the volatile memory of a node, which a crash empties.
 *
 * Ownership: blocks belong to the caller; blocks of an arena die with its reset.
 * Errors: none return; exhaustion prints "orrery: out of memory" and exits with 4.
 * Determinism: no result depends on addresses. All memory is handed out zeroed. */
#ifndef SIM_CORE_MEM_H
#define SIM_CORE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *sim_alloc(size_t size);                     /* zeroed; size 0 gives a unique block */
void *sim_alloc_array(size_t count, size_t size); /* zeroed; an overflowing product is exhaustion */
void *sim_resize(void *block, size_t old_size, size_t size); /* the new part is zeroed */
char *sim_copy_text(const char *text);
char *sim_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sim_free(void *block); /* NULL is fine */

/* Doubles *BLOCK (elements of SIZE bytes, *CAPACITY of them) until it holds COUNT. */
void *sim_grow_more(void *block, size_t *capacity, size_t count, size_t size);
static inline void *sim_grow(void *block, size_t *capacity, size_t count, size_t size)
{
    return count <= *capacity ? block : sim_grow_more(block, capacity, count, size);
}

struct sim_arena; /* created by sim_arena_create */

struct sim_arena *sim_arena_create(void);
void sim_arena_destroy(struct sim_arena *arena); /* NULL is fine */
void *sim_arena_alloc(struct sim_arena *arena, size_t size);
void sim_arena_free(struct sim_arena *arena, void *block,
                    size_t size); /* SIZE as it was asked for */
void sim_arena_reset(struct sim_arena *arena);
size_t sim_arena_bytes(const struct sim_arena *arena); /* held from the system */

#endif
