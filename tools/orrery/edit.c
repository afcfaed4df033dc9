#include "tools/orrery/edit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- nodes ------------------------------------------------------------------------------------- */

static struct sim_tree *make(struct sim_arena *arena, enum sim_tree_kind kind, uint32_t count)
{
    struct sim_tree *tree = sim_arena_alloc(arena, sizeof(*tree));

    tree->kind = kind;
    tree->count = count;
    if (count > 0)
        tree->items = sim_arena_alloc(arena, count * sizeof(struct sim_tree *));
    if (count > 0 && kind == SIM_MAPPING)
        tree->keys = sim_arena_alloc(arena, count * sizeof(const char *));
    return tree;
}

static const char *copy_text(struct sim_arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sim_arena_alloc(arena, size), text, size);
}

struct sim_tree *edit_scalar(struct sim_arena *arena, const char *text)
{
    struct sim_tree *tree = make(arena, SIM_SCALAR, 0);

    tree->text = copy_text(arena, text);
    return tree;
}

struct sim_tree *edit_number(struct sim_arena *arena, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    return edit_scalar(arena, text);
}

struct sim_tree *edit_empty(struct sim_arena *arena, enum sim_tree_kind kind)
{
    assert(kind != SIM_SCALAR);
    return make(arena, kind, 0);
}

/* -- a collection ------------------------------------------------------------------------------ */

/* Copies items and keys of FROM, from position AT on, to position TO of TREE. */
static void copy_part(struct sim_tree *tree, uint32_t to, const struct sim_tree *from, uint32_t at,
                      uint32_t count)
{
    if (count == 0)
        return;
    memcpy(tree->items + to, from->items + at, count * sizeof(*tree->items));
    if (tree->kind == SIM_MAPPING)
        memcpy(tree->keys + to, from->keys + at, count * sizeof(*tree->keys));
}

struct sim_tree *edit_cut(struct sim_arena *arena, struct sim_tree *list, uint32_t first,
                          uint32_t count)
{
    struct sim_tree *tree;

    assert(first <= list->count);
    if (count > list->count - first)
        count = list->count - first;
    tree = make(arena, list->kind, list->count - count);
    copy_part(tree, 0, list, 0, first);
    copy_part(tree, first, list, first + count, list->count - first - count);
    return tree;
}

struct sim_tree *edit_item(struct sim_arena *arena, struct sim_tree *list, uint32_t position,
                           struct sim_tree *item)
{
    struct sim_tree *tree;

    assert(position < list->count);
    if (item == NULL)
        return edit_cut(arena, list, position, 1);
    tree = make(arena, list->kind, list->count);
    copy_part(tree, 0, list, 0, list->count);
    tree->items[position] = item;
    return tree;
}

static struct sim_tree *extended(struct sim_arena *arena, const struct sim_tree *list,
                                 const char *key, struct sim_tree *item)
{
    struct sim_tree *tree = make(arena, list->kind, list->count + 1);

    copy_part(tree, 0, list, 0, list->count);
    tree->items[list->count] = item;
    if (key != NULL)
        tree->keys[list->count] = copy_text(arena, key);
    return tree;
}

struct sim_tree *edit_list(struct sim_arena *arena, uint32_t room)
{
    struct sim_tree *list = make(arena, SIM_SEQUENCE, room);

    list->count = 0;
    return list;
}

void edit_push(struct sim_tree *list, struct sim_tree *item)
{
    assert(list->kind == SIM_SEQUENCE);
    list->items[list->count++] = item;
}

struct sim_tree *edit_copy(struct sim_arena *arena, const struct sim_tree *tree)
{
    struct sim_tree *copy = make(arena, tree->kind, tree->count);

    copy->quoted = tree->quoted;
    if (tree->kind == SIM_SCALAR)
        copy->text = copy_text(arena, tree->text);
    for (uint32_t i = 0; i < tree->count; i++) {
        copy->items[i] = edit_copy(arena, tree->items[i]);
        if (tree->kind == SIM_MAPPING)
            copy->keys[i] = copy_text(arena, tree->keys[i]);
    }
    return copy;
}

static uint32_t find_key(const struct sim_tree *mapping, const char *key)
{
    uint32_t i = 0;

    while (i < mapping->count && strcmp(mapping->keys[i], key) != 0)
        i++;
    return i;
}

struct sim_tree *edit_set(struct sim_arena *arena, struct sim_tree *mapping, const char *key,
                          struct sim_tree *value)
{
    uint32_t at;

    assert(mapping->kind == SIM_MAPPING);
    at = find_key(mapping, key);
    if (at < mapping->count)
        return edit_item(arena, mapping, at, value);
    return value != NULL ? extended(arena, mapping, key, value) : mapping;
}

struct sim_tree *edit_get(const struct sim_tree *tree, const char *const *keys)
{
    for (; tree != NULL && *keys != NULL; keys++)
        tree = sim_tree_get(tree, *keys);
    return (struct sim_tree *)(uintptr_t)tree;
}

struct sim_tree *edit_set_deep(struct sim_arena *arena, struct sim_tree *tree,
                               const char *const *keys, struct sim_tree *value)
{
    assert(keys[0] != NULL);
    if (keys[1] != NULL) {
        const char *const step[] = { keys[0], NULL };

        value = edit_set_deep(arena, edit_get(tree, step), keys + 1, value);
    }
    return edit_set(arena, tree, keys[0], value);
}

/* -- paths ------------------------------------------------------------------------------------- */

struct sim_tree *edit_at(const struct sim_tree *root, const struct edit_path *path)
{
    for (size_t i = 0; i < path->depth; i++) {
        assert(root->kind != SIM_SCALAR && path->at[i] < root->count);
        root = root->items[path->at[i]];
    }
    return (struct sim_tree *)(uintptr_t)root;
}

static struct edit_path above(const struct edit_path *path)
{
    struct edit_path up = *path;

    assert(up.depth > 0);
    up.depth--;
    return up;
}

const char *edit_key(const struct sim_tree *root, const struct edit_path *path)
{
    const struct edit_path up = above(path);
    const struct sim_tree *parent = edit_at(root, &up);

    return parent->kind == SIM_MAPPING ? parent->keys[path->at[up.depth]] : NULL;
}

bool edit_skip(const struct sim_tree *root, struct edit_path *path)
{
    while (path->depth > 0) {
        const struct edit_path up = above(path);

        if (++path->at[up.depth] < edit_at(root, &up)->count)
            return true;
        *path = up;
    }
    return false;
}

bool edit_next(const struct sim_tree *root, struct edit_path *path)
{
    const struct sim_tree *tree = edit_at(root, path);

    if (tree->kind == SIM_SCALAR || tree->count == 0 || path->depth == EDIT_DEPTH_MAX)
        return edit_skip(root, path);
    path->at[path->depth++] = 0;
    return true;
}

struct sim_tree *edit_put(struct sim_arena *arena, struct sim_tree *root,
                          const struct edit_path *path, struct sim_tree *value)
{
    struct edit_path up = *path;

    while (up.depth > 0) {
        const uint32_t at = path->at[up.depth - 1];

        up = above(&up);
        value = edit_item(arena, edit_at(root, &up), at, value);
    }
    return value;
}
