/* fault_target.c - what a fault hits: nodes, the sides of a partition, links between two ends. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/scenario/schema.h"

#include <string.h>

/* -- schema ------------------------------------------------------------------------------------ */

#define SELECTOR "{'$ref': '#/definitions/selector'}"
#define SIDE "{'anyOf': [" SELECTOR ", {'type': 'array', 'minItems': 1, 'items': " SELECTOR "}]}"

#define SIDES "{'type': 'array', 'minItems': 2, 'maxItems': 250, 'items': " SIDE "}"

enum { PARTITION_SIDES_MAX = 250 }; /* as SIDES says */

static void target_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[" SIDE "]");
}

static void sides_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[" SIDES ", {'type': 'object', 'additionalProperties': false, 'required': "
                   "['sides'], 'properties': {'sides': " SIDES ", 'bridge': " SIDE "}}]");
}

static void links_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[" SIDE
                   ", {'type': 'object', 'additionalProperties': false, 'minProperties': 1, "
                   "'properties': {'from': " SIDE ", 'to': " SIDE "}}, "
                   "{'type': 'object', 'additionalProperties': false, 'required': ['between'], "
                   "'properties': {'between': {'type': 'array', 'minItems': 2, 'maxItems': 2, "
                   "'items': " SIDE "}}}]");
}

void (*sim_fault_target_schema(const struct sim_fault_kind *kind))(struct sim_schema *schema)
{
    return kind->target == SIM_TARGET_SIDES   ? sides_schema
           : kind->target == SIM_TARGET_LINKS ? links_schema
                                              : target_schema;
}

/* -- whom -------------------------------------------------------------------------------------- */

static const struct sim_tree *item_of(const struct sim_tree *side, uint32_t i)
{
    return side->kind == SIM_SEQUENCE ? side->items[i] : side;
}

/* A selector, a list of them, or `nobody`: a fault that was written down may have hit no node. */
static struct sim_side bind_side(struct sim_binder *binder, const struct sim_tree *tree,
                                 const char *name)
{
    if (tree->kind == SIM_SCALAR && strcmp(tree->text, SIM_NOBODY) == 0)
        return (struct sim_side){ NULL, 0 };
    return sim_bind_side(binder, tree, name);
}

/* A node, or all of a group, or the rest, that stands on a side whatever happens. */
struct taken {
    uint32_t group, member, side; /* member: 0 is all of the group, else a node's number + 1 */
    const struct sim_tree *tree;
};

static int compare_taken(const void *left, const void *right)
{
    const struct taken *a = left, *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

/* What a selector takes whatever happens: where it names a zone, the nodes that lie there, one by
 * one. Returns how many places of LIST that takes; LIST NULL: only counts. */
static size_t take(const struct sim_plan *plan, const struct sim_selector *s,
                   const struct taken *what, struct taken *list)
{
    size_t count = 0;

    if (s->where != NULL || s->pick != 0 || s->except != NULL)
        return 0;
    if (s->zone == 0) {
        if (!s->rest && s->group == SIM_NO_GROUP)
            return 0;
        if (list != NULL)
            list[0] = (struct taken){ s->group, s->member + 1, what->side, what->tree };
        return 1;
    }
    for (uint32_t g = 0; g < plan->group_count; g++) {
        const struct sim_group_plan *group = &plan->groups[g];

        if ((s->group != SIM_NO_GROUP && s->group != g) || group->zone_count == 0)
            continue;
        for (uint32_t m = 0; m < group->count; m++) {
            if (group->zones[m % group->zone_count] + 1 != s->zone ||
                (s->member != SIM_NO_GROUP && s->member != m))
                continue;
            if (list != NULL)
                list[count] = (struct taken){ g, m + 1, what->side, what->tree };
            count++;
        }
    }
    return count;
}

static size_t list_taken(const struct sim_plan *plan, const struct sim_tree *const *trees,
                         const struct sim_side *sides, uint32_t side_count, struct taken *list)
{
    size_t count = 0;

    for (uint32_t i = 0; i < side_count; i++)
        for (uint32_t k = 0; k < sides[i].count; k++) {
            const struct taken what = { .side = i, .tree = item_of(trees[i], k) };

            count += take(plan, &sides[i].selectors[k], &what, list != NULL ? list + count : NULL);
        }
    return count;
}

/* No node may stand on two sides. In the order of group and member, what takes a whole group goes
 * first, so that every other of that group meets it. */
static void check_overlap(struct sim_binder *binder, const struct sim_tree *const *trees,
                          const struct sim_side *sides, uint32_t side_count)
{
    struct taken *list;
    const struct sim_tree *reported = NULL;
    size_t count, first = 0;

    if (binder->groups_wrong)
        return;
    list = sim_alloc_array(list_taken(binder->plan, trees, sides, side_count, NULL), sizeof(*list));
    count = list_taken(binder->plan, trees, sides, side_count, list);
    sim_sort(list, count, sizeof(*list), compare_taken);
    for (size_t i = 1; i < count; i++) {
        const struct taken *a = &list[first], *b = &list[i];

        if (a->group != b->group || (a->member != 0 && a->member != b->member)) {
            first = i;
            continue;
        }
        if (a->side == b->side)
            continue;
        if (a->side > b->side) {
            const struct taken *held = a;

            a = b;
            b = held;
        }
        if (b->tree == reported)
            continue;
        reported = b->tree;
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &b->tree->mark,
                              sim_bind_text(binder, "side %u has it too", a->side + 1),
                              b->group == SIM_NO_GROUP
                                  ? "'rest' stands on two sides of the partition"
                                  : "a node stands on two sides of the partition");
    }
    sim_free(list);
}

/* `[side, side, ...]`, or `{sides: [...], bridge: side}`. True if there are sides. */
static bool split_sides(struct sim_binder *binder, const struct sim_tree *tree,
                        const struct sim_tree **sides, const struct sim_tree **bridge)
{
    static const char *const names[] = { "sides", "bridge", NULL };

    *sides = tree;
    *bridge = NULL;
    if (tree->kind == SIM_MAPPING) {
        for (uint32_t i = 0; i < tree->count; i++)
            if (strcmp(tree->keys[i], "sides") != 0 && strcmp(tree->keys[i], "bridge") != 0)
                sim_bind_unknown_key(binder, tree->keys[i], &tree->key_marks[i], names,
                                     &(struct sim_subject){ "a partition", &tree->mark, false });
        *sides = sim_tree_get(tree, "sides");
        *bridge = sim_tree_get(tree, "bridge");
        if (*sides == NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                                  "such as {sides: [store-0, store-1], bridge: store-2}",
                                  "a partition needs 'sides'");
            return false;
        }
    }
    if (!sim_bind_is(binder, *sides, SIM_SEQUENCE, "partition", "a list of sides"))
        return false;
    if ((*sides)->count < 2)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &(*sides)->mark,
                              "such as [[store-0, store-1], rest]",
                              "a partition needs at least two sides");
    if ((*sides)->count > PARTITION_SIDES_MAX)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &(*sides)->mark, NULL,
                              "a partition has at most %d sides", PARTITION_SIDES_MAX);
    return true;
}

static void bind_sides(struct sim_binder *binder, const struct sim_tree *tree,
                       struct sim_fault_plan *fault)
{
    const struct sim_tree *list, *bridge, **trees;
    struct sim_side *sides;
    uint32_t count;

    if (!split_sides(binder, tree, &list, &bridge))
        return;
    count = list->count;
    sides = sim_document_alloc(binder->document, (count + 1) * sizeof(*sides));
    trees = sim_document_alloc(binder->document, (count + 1) * sizeof(*trees));
    for (uint32_t i = 0; i < count; i++) {
        trees[i] = list->items[i];
        sides[i] = bind_side(binder, trees[i], "partition");
    }
    if (bridge != NULL) { /* for the check a side like the others */
        trees[count] = bridge;
        sides[count] = sim_bind_side(binder, bridge, "bridge");
        sim_bind_refuse_rest(binder, bridge, &sides[count]);
        fault->bridge = sides[count];
    }
    check_overlap(binder, trees, sides, count + (bridge != NULL));
    fault->sides = sides;
    fault->side_count = count;
}

/* -- links ------------------------------------------------------------------------------------- */

void sim_bind_refuse_rest(struct sim_binder *binder, const struct sim_tree *tree,
                          const struct sim_side *side)
{
    for (uint32_t i = 0; i < side->count; i++)
        if (side->selectors[i].rest)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &item_of(tree, i)->mark,
                                  NULL,
                                  "'rest' has a meaning on a side of a partition, and as the "
                                  "second end of links, only");
}

static struct sim_side everybody(struct sim_binder *binder)
{
    struct sim_selector *all = sim_document_alloc(binder->document, sizeof(*all));

    *all = (struct sim_selector){ .group = SIM_NO_GROUP, .member = SIM_NO_GROUP };
    return (struct sim_side){ all, 1 };
}

static bool has_end(const struct sim_tree *tree)
{
    return tree->kind == SIM_MAPPING && (sim_tree_get(tree, "from") || sim_tree_get(tree, "to") ||
                                         sim_tree_get(tree, "between"));
}

static void refuse_other_ends(struct sim_binder *binder, const struct sim_tree *tree)
{
    static const char *const names[] = { "from", "to", "between", NULL };

    for (uint32_t i = 0; i < tree->count; i++) {
        bool between = strcmp(tree->keys[i], "between") == 0;

        if (!between && strcmp(tree->keys[i], "from") != 0 && strcmp(tree->keys[i], "to") != 0)
            sim_bind_unknown_key(binder, tree->keys[i], &tree->key_marks[i], names,
                                 &(struct sim_subject){ "the ends of links", &tree->mark, false });
        else if (between && tree->count > 1)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->key_marks[i], NULL,
                                  "'between' names both ends: nothing else goes with it");
    }
}

/* `{from: side, to: side}` (one of them may be left out: everybody), `{between: [side, side]}` for
 * both ways, or a side: all its links, both ways. */
static void bind_links(struct sim_binder *binder, const struct sim_tree *tree, const char *name,
                       struct sim_fault_plan *fault)
{
    struct sim_side *sides = sim_document_alloc(binder->document, 2 * sizeof(*sides));
    const struct sim_tree *ends[2] = { NULL, NULL };

    if (has_end(tree)) {
        const struct sim_tree *between = sim_tree_get(tree, "between");

        refuse_other_ends(binder, tree);
        ends[0] = sim_tree_get(tree, "from");
        ends[1] = sim_tree_get(tree, "to");
        fault->both_ways = between != NULL;
        if (between != NULL && (!sim_bind_is(binder, between, SIM_SEQUENCE, "between", "two ends")))
            return;
        if (between != NULL && between->count != 2) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &between->mark, NULL,
                                  "'between' has %u ends, expected two", between->count);
            return;
        }
        for (int i = 0; i < 2 && between != NULL; i++)
            ends[i] = between->items[i];
    } else {
        ends[0] = tree;
        fault->both_ways = true;
    }
    for (int i = 0; i < 2; i++)
        sides[i] = ends[i] ? bind_side(binder, ends[i], name) : everybody(binder);
    if (ends[0])
        sim_bind_refuse_rest(binder, ends[0], &sides[0]);
    fault->sides = sides;
    fault->side_count = 2;
}

void sim_bind_fault_target(struct sim_binder *binder, const struct sim_tree *tree,
                           struct sim_fault_plan *fault)
{
    struct sim_side *side;

    if (fault->kind->target == SIM_TARGET_SIDES) {
        bind_sides(binder, tree, fault);
        return;
    }
    if (fault->kind->target == SIM_TARGET_LINKS) {
        bind_links(binder, tree, fault->kind->name, fault);
        return;
    }
    side = sim_document_alloc(binder->document, sizeof(*side));
    *side = bind_side(binder, tree, fault->kind->name);
    sim_bind_refuse_rest(binder, tree, side);
    fault->sides = side;
    fault->side_count = 1;
}
