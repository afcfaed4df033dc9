/* shrink_members.c - fewer nodes: one member of a group away, and those behind it one number lower.
 *
 * Who is named in a fault may be the one that is gone: a target without it is smaller, a partition
 * without a side is none. */
#include "sim/world/fault_kind.h"
#include "tools/orrery/shrink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const nodes_key[] = { "nodes", NULL };

struct leaving {
    const char *group;
    uint32_t member;
};

/* "store-3" of the group "store"; false: TEXT names something else. */
static bool read_member(const char *text, const char *group, uint32_t *member)
{
    const size_t length = strlen(group);
    uint32_t number = 0;

    if (strncmp(text, group, length) != 0 || text[length] != '-' || text[length + 1] == '\0')
        return false;
    for (text += length + 1; *text; text++) {
        if (*text < '0' || *text > '9' || number > UINT32_MAX / 20)
            return false;
        number = number * 10 + (uint32_t)(*text - '0');
    }
    *member = number;
    return true;
}

/* TREE when LEAVING has left; NULL: nothing of it is left. */
static struct sim_tree *after(struct shrink *shrink, const struct leaving *leaving,
                              struct sim_tree *tree)
{
    struct sim_tree *left = tree;
    uint32_t member, at = 0;
    char *text;

    if (tree->kind == SIM_SCALAR) {
        if (!read_member(tree->text, leaving->group, &member) || member < leaving->member)
            return tree;
        if (member == leaving->member)
            return NULL;
        text = sim_format("%s-%" PRIu32, leaving->group, member - 1);
        left = edit_scalar(shrink->arena, text);
        sim_free(text);
        return left;
    }
    for (uint32_t i = 0; i < tree->count; i++) {
        struct sim_tree *item = after(shrink, leaving, tree->items[i]);

        if (item == NULL && tree->kind == SIM_MAPPING)
            return NULL; /* links without an end */
        if (item != tree->items[i])
            left = edit_item(shrink->arena, left, at, item);
        at += item != NULL;
    }
    return left->count == 0 && tree->count > 0 ? NULL : left;
}

static const struct sim_fault_kind *kind_of(const struct sim_tree *entry)
{
    for (size_t i = 0; sim_fault_kinds[i] != NULL; i++)
        if (sim_tree_get(entry, sim_fault_kinds[i]->name) != NULL)
            return sim_fault_kinds[i];
    return NULL;
}

static struct sim_tree *entry_after(struct shrink *shrink, const struct leaving *leaving,
                                    struct sim_tree *entry)
{
    const struct sim_fault_kind *kind = kind_of(entry);
    struct sim_tree *left = after(shrink, leaving, entry);
    const struct sim_tree *sides = left && kind ? sim_tree_get(left, kind->name) : NULL;

    if (sides != NULL && kind->target == SIM_TARGET_SIDES && sides->kind == SIM_SEQUENCE &&
        sides->count < 2 && strcmp(kind->name, "partition") == 0)
        return NULL;
    return left;
}

static struct sim_tree *list_after(struct shrink *shrink, const struct leaving *leaving,
                                   struct sim_tree *root, const char *const *keys)
{
    struct sim_tree *list = edit_get(root, keys), *left = list;
    uint32_t at = 0;

    if (list == NULL || list->kind != SIM_SEQUENCE)
        return root;
    for (uint32_t i = 0; i < list->count; i++) {
        struct sim_tree *entry = entry_after(shrink, leaving, list->items[i]);

        if (entry != list->items[i])
            left = edit_item(shrink->arena, left, at, entry);
        at += entry != NULL;
    }
    return shrink_with_list(shrink, root, keys, left);
}

/* The list of what the clients of LEAVING's group do: what the one that leaves would do is away, or
 * done by HEIR. */
static struct sim_tree *operations_after(struct shrink *shrink, const struct leaving *leaving,
                                         struct sim_tree *root, bool heir)
{
    const char *const keys[] = { "nodes", leaving->group, "operations", NULL };
    struct sim_tree *list = edit_get(root, keys), *left;

    if (list == NULL || list->kind != SIM_SEQUENCE)
        return root;
    left = edit_list(shrink->arena, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sim_tree *client = sim_tree_get(list->items[i], "client");
        uint64_t number = client ? strtoull(client->text, NULL, 10) : 0;

        if (number == leaving->member && !heir)
            continue;
        if (number == leaving->member)
            number = 0;
        else if (number > leaving->member)
            number--;
        edit_push(left, edit_set(shrink->arena, list->items[i], "client",
                                 edit_number(shrink->arena, number)));
    }
    return shrink_with_list(shrink, root, keys, left);
}

static uint32_t count_of(const struct sim_tree *group)
{
    static const char *const keys[] = { "count", NULL };
    const struct sim_tree *count = edit_get(group, keys);
    unsigned long number;

    if (count == NULL || count->kind != SIM_SCALAR)
        return 1;
    errno = 0;
    number = strtoul(count->text, NULL, 10);
    return errno == 0 && number <= UINT32_MAX ? (uint32_t)number : 1;
}

/* HEIR: another does what it would have done. */
static struct sim_tree *without_member(struct shrink *shrink, const struct leaving *leaving,
                                       bool heir)
{
    const char *const keys[] = { "nodes", leaving->group, "count", NULL };
    const char *const group_keys[] = { "nodes", leaving->group, NULL };
    const char *const operations_keys[] = { "nodes", leaving->group, "operations", NULL };
    static const char *const lists[][3] = { { "faults", NULL },
                                            { "actions", NULL },
                                            { "luck", "draws", NULL },
                                            { "luck", "messages", NULL } };
    const uint32_t count = count_of(edit_get(shrink->best, group_keys));
    struct sim_tree *tree;

    if (count < 2 || (heir && edit_get(shrink->best, operations_keys) == NULL))
        return NULL;
    tree = edit_set_deep(shrink->arena, shrink->best, keys, edit_number(shrink->arena, count - 1));
    tree = operations_after(shrink, leaving, tree, heir);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        tree = list_after(shrink, leaving, tree, lists[i]);
    return tree;
}

/* -- the passes -------------------------------------------------------------------------------- */

enum { MEMBERS_MAX = 64 }; /* of a group that are tried one by one: its last ones */

/* The last member goes first: none has to be renamed for it. */
static struct sim_tree *without_one(struct shrink *shrink, void *context, size_t index)
{
    struct sim_tree *nodes = edit_get(shrink->best, nodes_key);
    const bool heir = index % 2 == 1;

    (void)context;
    index /= 2;
    for (uint32_t g = 0; g < nodes->count; g++) {
        const uint32_t count = count_of(nodes->items[g]);
        const uint32_t tried = count < MEMBERS_MAX ? count : MEMBERS_MAX;

        if (index < tried) {
            const struct leaving leaving = { nodes->keys[g], count - 1 - (uint32_t)index };

            return without_member(shrink, &leaving, heir);
        }
        index -= tried;
    }
    return NULL;
}

/* Of a large group, to so many at once. */
static struct sim_tree *fewer(struct shrink *shrink, void *context, size_t index)
{
    static const uint32_t counts[] = { 1, 2, 3, 5, 10, 20, 50, 100 };
    enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };
    struct sim_tree *nodes = edit_get(shrink->best, nodes_key), *tree = shrink->best;
    const uint32_t group = (uint32_t)(index / COUNTS), wanted = counts[index % COUNTS];

    (void)context;
    if (group >= nodes->count || wanted + 1 >= count_of(nodes->items[group]) ||
        count_of(nodes->items[group]) > MEMBERS_MAX * 16)
        return NULL;
    struct shrink scratch = *shrink; /* candidates of candidates */
    scratch.best = tree;
    for (uint32_t count = count_of(nodes->items[group]); count > wanted; count--) {
        const struct leaving leaving = { nodes->keys[group], count - 1 };

        scratch.best = without_member(&scratch, &leaving, false);
    }
    return scratch.best;
}

bool shrink_members(struct shrink *shrink, uint64_t worth)
{
    struct shrink_pass many = { fewer, NULL, 0 }, one = { without_one, NULL, 0 };
    const struct sim_tree *nodes = edit_get(shrink->best, nodes_key);
    bool any = false, some;

    many.count = (size_t)nodes->count * 8;
    for (size_t from = 0; from < many.count; from++) {
        from = shrink_first(shrink, &many, from, shrink_lucks(shrink, worth));
        if (from == SIZE_MAX)
            break;
        any = true;
    }
    do {
        nodes = edit_get(shrink->best, nodes_key);
        one.count = 0;
        for (uint32_t g = 0; g < nodes->count; g++) {
            const uint32_t count = count_of(nodes->items[g]);

            one.count += (count < MEMBERS_MAX ? count : MEMBERS_MAX) * 2;
        }
        some = shrink_first(shrink, &one, 0, shrink_lucks(shrink, worth)) != SIZE_MAX;
        any = any || some;
    } while (some);
    return any;
}
