/* edit.h - a scenario's tree with something taken out, put in or put in its place.
 *
 * Nothing is changed in place: an edit shares what it does not touch, and copies the few nodes
 * above what it does, so that thousands of candidates of one scenario cost little more than it. A
 * place in a tree is a *path* of positions, since the keys of a mapping have an order, too.
 *
 * Edited trees have no marks: they are to be printed, and read again by who wants to run them.
 *
 * Ownership: what edits make is in the arena's memory, and shares that of the tree they begin with.
 */
#ifndef TOOLS_ORRERY_EDIT_H
#define TOOLS_ORRERY_EDIT_H

#include "sim/core/mem.h"
#include "sim/scenario/tree.h"

enum { EDIT_DEPTH_MAX = 64 };

struct edit_path {
    uint32_t at[EDIT_DEPTH_MAX];
    size_t depth;
};

struct sim_tree *edit_scalar(struct sim_arena *arena, const char *text);
struct sim_tree *edit_number(struct sim_arena *arena, uint64_t number);
struct sim_tree *edit_empty(struct sim_arena *arena, enum sim_tree_kind kind);

/* NULL: there is none. KEYS end with NULL. */
struct sim_tree *edit_get(const struct sim_tree *tree, const char *const *keys);
/* MAPPING with KEY, at its place or behind all others; without it, if VALUE is NULL. */
struct sim_tree *edit_set(struct sim_arena *arena, struct sim_tree *mapping, const char *key,
                          struct sim_tree *value);
/* The same down a way of KEYS, which end with NULL; all but the last are there. */
struct sim_tree *edit_set_deep(struct sim_arena *arena, struct sim_tree *tree,
                               const char *const *keys, struct sim_tree *value);
/* LIST with another item at POSITION; without it, if ITEM is NULL. */
struct sim_tree *edit_item(struct sim_arena *arena, struct sim_tree *list, uint32_t position,
                           struct sim_tree *item);
/* An empty list with room for so many items, and what puts one at its end: the only thing that
 * changes a tree, while it is being made. */
struct sim_tree *edit_list(struct sim_arena *arena, uint32_t room);
void edit_push(struct sim_tree *list, struct sim_tree *item);
/* All of TREE in memory of ARENA. */
struct sim_tree *edit_copy(struct sim_arena *arena, const struct sim_tree *tree);
/* LIST without COUNT items from FIRST on, as far as it has them. */
struct sim_tree *edit_cut(struct sim_arena *arena, struct sim_tree *list, uint32_t first,
                          uint32_t count);

/* The place behind PATH, the inner ones of a collection first after it (an empty path is the root);
 * false: it was the last. */
bool edit_next(const struct sim_tree *root, struct edit_path *path);
/* The place behind all of what is at PATH. */
bool edit_skip(const struct sim_tree *root, struct edit_path *path);
struct sim_tree *edit_at(const struct sim_tree *root, const struct edit_path *path);
/* The key of what is at PATH; NULL: it is an item. */
const char *edit_key(const struct sim_tree *root, const struct edit_path *path);
/* ROOT with VALUE there; without it, if VALUE is NULL. */
struct sim_tree *edit_put(struct sim_arena *arena, struct sim_tree *root,
                          const struct edit_path *path, struct sim_tree *value);

#endif
