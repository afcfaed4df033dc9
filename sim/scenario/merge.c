#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/scenario/document.h"

#include <string.h>

void sim_builder_add(struct sim_builder *builder, const char *key, const struct sim_mark *mark,
                     struct sim_tree *item)
{
    size_t capacity = builder->capacity, count = builder->count;

    builder->keys = sim_grow(builder->keys, &capacity, count + 1, sizeof *builder->keys);
    capacity = builder->capacity;
    builder->marks = sim_grow(builder->marks, &capacity, count + 1, sizeof *builder->marks);
    capacity = builder->capacity;
    builder->items = sim_grow(builder->items, &capacity, count + 1, sizeof *builder->items);
    builder->capacity = capacity;
    builder->keys[count] = key;
    builder->marks[count] = *mark;
    builder->items[count] = item;
    builder->count++;
}

static void *moved(struct sim_document *document, void *block, size_t size)
{
    void *copy = sim_document_alloc(document, size);

    if (size > 0)
        memcpy(copy, block, size);
    sim_free(block);
    return copy;
}

struct sim_tree *sim_builder_finish(struct sim_builder *builder, struct sim_document *document,
                                    const struct sim_mark *mark)
{
    struct sim_tree *tree = sim_document_alloc(document, sizeof *tree);
    size_t count = builder->count;

    document->copied += count;
    tree->kind = SIM_MAPPING;
    tree->mark = *mark;
    tree->count = (uint32_t)count;
    tree->keys = moved(document, builder->keys, count * sizeof *tree->keys);
    tree->key_marks = moved(document, builder->marks, count * sizeof *tree->key_marks);
    tree->items = moved(document, builder->items, count * sizeof *tree->items);
    *builder = (struct sim_builder){ 0 };
    return tree;
}

void sim_builder_clear(struct sim_builder *builder)
{
    sim_free(builder->keys);
    sim_free(builder->marks);
    sim_free(builder->items);
    *builder = (struct sim_builder){ 0 };
}

static int compare_keys(const void *left, const void *right)
{
    const struct sim_index_entry *a = left, *b = right;

    return strcmp(a->key, b->key);
}

void sim_index_init(struct sim_index *index, const char *const *keys, size_t count)
{
    index->count = count;
    index->entries = sim_alloc_array(count, sizeof *index->entries);
    for (size_t i = 0; i < count; i++)
        index->entries[i] = (struct sim_index_entry){ keys[i], i };
    sim_sort(index->entries, count, sizeof *index->entries, compare_keys);
}

void sim_index_finish(struct sim_index *index)
{
    sim_free(index->entries);
}

size_t sim_index_find(const struct sim_index *index, const char *key)
{
    size_t low = 0, high = index->count;

    while (low < high) { /* the first entry that is not before KEY */
        size_t middle = low + (high - low) / 2;

        if (strcmp(index->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->count || strcmp(index->entries[low].key, key) != 0)
        return SIZE_MAX;
    return index->entries[low].position;
}

struct sim_tree *sim_tree_scalar(struct sim_document *document, const struct sim_mark *mark,
                                 const char *text)
{
    struct sim_tree *tree = sim_document_alloc(document, sizeof *tree);

    tree->kind = SIM_SCALAR;
    tree->text = text;
    tree->mark = *mark;
    return tree;
}

struct sim_tree *sim_tree_without(struct sim_document *document, struct sim_tree *mapping,
                                  const char *key)
{
    struct sim_builder builder = { 0 };

    if (!sim_tree_get(mapping, key))
        return mapping;
    for (uint32_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i], key) != 0)
            sim_builder_add(&builder, mapping->keys[i], &mapping->key_marks[i], mapping->items[i]);
    }
    return sim_builder_finish(&builder, document, &mapping->mark);
}

enum sim_part sim_part_of(enum sim_part above, const char *key)
{
    if (above == SIM_PART_ROOT && strcmp(key, "nodes") == 0)
        return SIM_PART_NODES;
    return above == SIM_PART_NODES ? SIM_PART_GROUP : SIM_PART_OTHER;
}

/* The model of a group, NULL if there is none to speak of. */
static const char *model_of(const struct sim_tree *group)
{
    const struct sim_tree *model = sim_tree_get(group, "model");

    return model && model->kind == SIM_SCALAR && !sim_tree_is_null(model) ? model->text : NULL;
}

struct change {            /* of a group's model */
    const char *from, *to; /* NULL: it does not change */
};

static struct change change_of(const struct sim_document *document, const struct sim_tree *base,
                               const struct sim_tree *over, enum sim_part part)
{
    struct change change = { NULL, NULL };

    if (part != SIM_PART_GROUP || !document->options->model_has_key)
        return change;
    change.from = model_of(base);
    change.to = model_of(over);
    if (!change.from || !change.to || strcmp(change.from, change.to) == 0)
        change.from = change.to = NULL;
    return change;
}

/* Keys that only the old model has go with it, and its preset. */
static bool is_dropped(const struct sim_document *document, const struct change *change,
                       const char *key)
{
    const struct sim_document_options *options = document->options;

    return change->from && strcmp(key, "model") != 0 &&
           options->model_has_key(options->context, change->from, key) &&
           (strcmp(key, "preset") == 0 ||
            !options->model_has_key(options->context, change->to, key));
}

struct sim_tree *sim_tree_merge(struct sim_document *document, struct sim_tree *base,
                                struct sim_tree *over, enum sim_part part, bool stand_over)
{
    struct sim_builder builder = { 0 };
    struct sim_index base_keys, over_keys;
    struct sim_tree *merged;
    struct change change;

    if (base->kind != SIM_MAPPING || over->kind != SIM_MAPPING)
        return over;
    change = change_of(document, base, over, part);
    sim_index_init(&base_keys, base->keys, base->count);
    sim_index_init(&over_keys, over->keys, over->count);
    for (uint32_t i = 0; i < base->count; i++) {
        const char *key = base->keys[i];
        size_t at = sim_index_find(&over_keys, key);
        struct sim_tree *item = base->items[i];

        if (at == SIZE_MAX) {
            if (!is_dropped(document, &change, key))
                sim_builder_add(&builder, key, &base->key_marks[i], item);
            continue;
        }
        item = sim_tree_merge(document, item, over->items[at], sim_part_of(part, key), stand_over);
        sim_builder_add(&builder, key,
                        item == over->items[at] || stand_over ? &over->key_marks[at]
                                                              : &base->key_marks[i],
                        item);
    }
    for (uint32_t i = 0; i < over->count; i++) {
        if (sim_index_find(&base_keys, over->keys[i]) == SIZE_MAX)
            sim_builder_add(&builder, over->keys[i], &over->key_marks[i], over->items[i]);
    }
    sim_index_finish(&base_keys);
    sim_index_finish(&over_keys);
    merged = sim_builder_finish(&builder, document, stand_over ? &over->mark : &base->mark);
    merged->over = over;
    return merged;
}
