/* shrink_print.c - a scenario as a person would write it, and what is read from its tree. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/units.h"
#include "tools/orrery/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 100, INDENT = 2 };

static char *flow_of(const struct sim_tree *tree, size_t *length)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, length);

    assert(file);
    sim_tree_print_flow(tree, file);
    fclose(file);
    return text;
}

/* The key as it is printed, by way of a mapping that has no other. */
static void print_key(const char *key, FILE *file)
{
    struct sim_tree value = { .kind = SIM_SCALAR, .text = "0" }, *item = &value;
    const struct sim_tree pair = { .kind = SIM_MAPPING, .count = 1, .items = &item, .keys = &key };
    size_t length;
    char *text = flow_of(&pair, &length); /* "{key: 0}" */

    fwrite(text + 1, 1, length - 4, file);
    free(text);
}

static void print_items(const struct sim_tree *tree, int indent, FILE *file);

/* What stands behind a key or a dash, which end at COLUMN. */
static void print_value(const struct sim_tree *tree, int indent, size_t column, FILE *file)
{
    size_t length;
    char *text = flow_of(tree, &length);

    if (tree->kind == SIM_SCALAR || tree->count == 0 || column + 1 + length <= WIDTH) {
        fprintf(file, " %s\n", text);
    } else {
        fputc('\n', file);
        print_items(tree, indent + INDENT, file);
    }
    free(text);
}

static void print_items(const struct sim_tree *tree, int indent, FILE *file)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        fprintf(file, "%*s", indent, "");
        if (tree->kind == SIM_MAPPING) {
            print_key(tree->keys[i], file);
            print_value(tree->items[i], indent, (size_t)indent + strlen(tree->keys[i]) + 1, file);
        } else {
            size_t length;
            char *text = flow_of(tree->items[i], &length); /* however long */

            fprintf(file, "- %s\n", text);
            free(text);
        }
    }
}

/* Lists of what happens stand one below the other, and so do the groups of nodes. */
void shrink_print(const struct sim_tree *tree, FILE *file)
{
    assert(tree->kind == SIM_MAPPING);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_tree *item = tree->items[i];
        const bool is_nodes = strcmp(tree->keys[i], "nodes") == 0;

        print_key(tree->keys[i], file);
        if (item->count > 0 && (item->kind == SIM_SEQUENCE || is_nodes)) {
            fputc('\n', file);
            print_items(item, INDENT, file);
        } else {
            print_value(item, 0, strlen(tree->keys[i]) + 1, file);
        }
    }
}

uint32_t shrink_count(const struct sim_tree *tree, const char *const *keys)
{
    const struct sim_tree *list = edit_get(tree, keys);

    return list != NULL && list->kind == SIM_SEQUENCE ? list->count : 0;
}

struct sim_tree *shrink_with_list(struct shrink *shrink, struct sim_tree *tree,
                                  const char *const *keys, struct sim_tree *list)
{
    return edit_set_deep(shrink->arena, tree, keys,
                         list->count > 0 || keys[1] != NULL ? list : NULL);
}

bool shrink_read_time(const struct sim_tree *tree, sim_time *time)
{
    char text[SIM_UNITS_TEXT];

    return tree != NULL && tree->kind == SIM_SCALAR &&
           sim_units_duration(tree->text, time, text) == NULL;
}

struct sim_tree *shrink_time(struct shrink *shrink, sim_time time)
{
    char text[SIM_TIME_TEXT];

    return edit_scalar(shrink->arena, sim_time_text(text, time));
}
