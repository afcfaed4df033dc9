/* faults.c - `faults:` of a scenario. A kind of fault is one row of a table: reader, schema and
 * listings use it. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/scenario/schema.h"

#include <assert.h>
#include <string.h>

enum { FAULT_KEYS_MAX = 4 };

struct when {
    sim_time at;
    const struct sim_distribution *every;
};

struct options {
    const struct sim_distribution *duration;
    bool one_way;
    int64_t in_flight;
    double factor;
};

static const char *const in_flight_names[] = { "survive", "cut", NULL };

static const struct sim_field when_fields[] = {
    SIM_DURATION(struct when, at, SIM_OPTIONAL, "0", NULL, "the instant"),
    SIM_DISTRIBUTION(struct when, every, SIM_OPTIONAL, "1us", NULL,
                     "again and again, after draws of this"),
    { 0 },
};

#define FOR(help)                                                                                  \
    {                                                                                              \
        "for", SIM_FIELD_DISTRIBUTION, offsetof(struct options, duration), false, SIM_OPTIONAL,    \
            "0", NULL, help, NULL, NULL                                                            \
    }

static const struct sim_field crash_fields[] = { FOR("restarts after this; for ever if left out"),
                                                 { 0 } };
static const struct sim_field lasting_fields[] = { FOR("ends after this; lasts if left out"),
                                                   { 0 } };
static const struct sim_field slow_fields[] = {
    FOR("ends after this; lasts if left out"),
    SIM_NUMBER(struct options, factor, "10", "1", "1000000", "so many times as long"),
    { 0 },
};
static const struct sim_field partition_fields[] = {
    FOR("heals after this; lasts if left out"),
    SIM_BOOLEAN(struct options, one_way, "false",
                "the first side no longer reaches the others, but hears them"),
    SIM_CHOICE(struct options, in_flight, "survive", in_flight_names,
               "what becomes of messages on their way"),
    { 0 },
};
static const struct sim_field instant_fields[] = { { 0 } };

static const struct sim_fault_description faults[] = {
    { "crash", SIM_FAULT_CRASH, "volatile state and writes not yet durable are lost, timers die",
      crash_fields },
    { "restart", SIM_FAULT_RESTART, "crashed nodes begin again from their disks", instant_fields },
    { "pause", SIM_FAULT_PAUSE, "nothing runs, nothing is lost; messages and timers arrive late",
      lasting_fields },
    { "resume", SIM_FAULT_RESUME, "paused nodes go on", instant_fields },
    { "slow", SIM_FAULT_SLOW, "handlers and disk operations take longer", slow_fields },
    { "partition", SIM_FAULT_PARTITION, "the sides do not reach each other", partition_fields },
    { "power_loss", SIM_FAULT_POWER_LOSS, "all targets crash at the same instant", crash_fields },
    { NULL, SIM_FAULT_KINDS, NULL, NULL },
};

const struct sim_fault_description *sim_faults(void)
{
    return faults;
}

/* -- schema ------------------------------------------------------------------------------------ */

#define SELECTOR "{'$ref': '#/definitions/selector'}"
#define SIDE "{'anyOf': [" SELECTOR ", {'type': 'array', 'minItems': 1, 'items': " SELECTOR "}]}"

static void target_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[" SIDE "]");
}

static void sides_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "2");
    sim_schema_raw(schema, "items", SIDE);
}

static void label_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'string'");
    sim_schema_raw(schema, "pattern", "'" SIM_PATTERN_LABEL "'");
}

/* From and to: of the type of `at`. */
static const struct sim_field *instant(void)
{
    return &when_fields[0];
}

static void between_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "2");
    sim_schema_raw(schema, "maxItems", "2");
    sim_schema_open(schema, "items", '{');
    sim_schema_value(schema, instant());
    sim_schema_close(schema, '{');
}

static struct sim_keys keys_of(const struct sim_fault_description *fault,
                               struct sim_key own[FAULT_KEYS_MAX])
{
    own[0] = (struct sim_key){ fault->name, true, fault->summary,
                               fault->kind == SIM_FAULT_PARTITION ? sides_schema : target_schema };
    own[1] = (struct sim_key){ "label", false, "a name for the time that the fault lasts",
                               label_schema };
    own[2] = (struct sim_key){ "between", false,
                               "[from, to] of the repetitions; the whole run if left out",
                               between_schema };
    own[3] = (struct sim_key){ NULL, false, NULL, NULL };
    return (struct sim_keys){ .fields = { when_fields, fault->fields }, .keys = own };
}

void sim_schema_faults(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_open(schema, "items", '{');
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_open(schema, "oneOf", '[');
    for (const struct sim_fault_description *fault = faults; fault->name != NULL; fault++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ fault->name, NULL });
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_open(schema, "allOf", '[');
    for (const struct sim_fault_description *fault = faults; fault->name != NULL; fault++) {
        struct sim_key own[FAULT_KEYS_MAX];
        const struct sim_keys keys = keys_of(fault, own);

        sim_schema_open(schema, NULL, '{');
        sim_schema_open(schema, "if", '{');
        sim_schema_texts(schema, "required", (const char *const[]){ fault->name, NULL });
        sim_schema_close(schema, '{');
        sim_schema_open(schema, "then", '{');
        sim_schema_mapping(schema, &keys);
        sim_schema_raw(schema, "oneOf", "[" SIM_SCHEMA_HAS("at") ", " SIM_SCHEMA_HAS("every") "]");
        sim_schema_raw(schema, "not",
                       "{'allOf': [" SIM_SCHEMA_HAS("at") ", " SIM_SCHEMA_HAS("between") "]}");
        sim_schema_close(schema, '{');
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

/* -- labels ------------------------------------------------------------------------------------ */

void sim_load_label_names(struct sim_binder *binder, const struct sim_tree *root)
{
    const struct sim_tree *list = sim_tree_get(root, "faults");

    for (uint32_t i = 0; list != NULL && list->kind == SIM_SEQUENCE && i < list->count; i++) {
        const struct sim_tree *fault = list->items[i], *label;
        size_t found;
        bool repeats;

        label = fault->kind == SIM_MAPPING ? sim_tree_get(fault, "label") : NULL;
        if (label == NULL || label->kind != SIM_SCALAR || !sim_bind_is_label(label->text))
            continue;
        repeats = !sim_tree_is_null(sim_tree_get(fault, "every"));
        found = sim_bind_find_name(&binder->labels, label->text);
        if (found == binder->labels.count)
            sim_bind_add_name(&binder->labels, label->text, !repeats);
        else if (repeats)
            binder->labels.figures[found] = 0;
        else if (binder->labels.figures[found] != 0)
            binder->labels.figures[found]++;
    }
}

static void bind_label(struct sim_binder *binder, const struct sim_tree *tree,
                       struct sim_fault_plan *fault)
{
    if (tree == NULL || !sim_bind_is(binder, tree, SIM_SCALAR, "label", "a name"))
        return;
    if (!sim_bind_is_label(tree->text))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected small letters, digits, hyphens and underscores",
                              "'%s' cannot be a label", tree->text);
    fault->label = tree->text;
}

/* -- when -------------------------------------------------------------------------------------- */

static void check_instant(struct sim_binder *binder, const struct sim_tree *tree, sim_time at)
{
    char text[SIM_TIME_TEXT];

    if (binder->plan->duration > 0 && at > binder->plan->duration)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
            sim_bind_text(binder, "'duration' is %s", sim_time_text(text, binder->plan->duration)),
            "%s is after the end of the run", tree->text);
}

static void bind_between(struct sim_binder *binder, const struct sim_tree *tree,
                         struct sim_fault_plan *fault)
{
    sim_time ends[2] = { 0, 0 };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);

    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "between", "[from, to]"))
        return;
    if (tree->count != 2) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                              "'between' has %u ends, expected [from, to]", tree->count);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct sim_tree *holder = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 1);
        struct sim_field end[] = { *instant(), { 0 } };

        end[0].name = "between";
        end[0].offset = 0;
        sim_bind_put(binder, holder, "between", tree->items[i]);
        sim_bind_fields(binder, holder, end, &ends[i]);
    }
    if (errors != sim_diagnostics_errors(binder->diagnostics))
        return;
    if (ends[0] >= ends[1])
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'between' ends before it begins");
    check_instant(binder, tree->items[1], ends[1]);
    fault->from = ends[0];
    fault->to = ends[1];
}

static void bind_when(struct sim_binder *binder, struct sim_tree *mapping,
                      const struct sim_mark *mark, struct sim_fault_plan *fault)
{
    struct when when = { 0 };
    const struct sim_tree *at = sim_tree_get(mapping, "at"),
                          *every = sim_tree_get(mapping, "every");
    const struct sim_tree *between = sim_tree_get(mapping, "between");

    sim_bind_fields(binder, mapping, when_fields, &when);
    fault->at = when.at;
    fault->every = when.every;
    fault->from = 0;
    fault->to = binder->plan->duration;
    if ((at == NULL) == (every == NULL))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, NULL,
                              at == NULL ? "a fault needs 'at' or 'every'"
                                         : "'at' and 'every' exclude each other");
    else if (at != NULL && at->kind == SIM_SCALAR)
        check_instant(binder, at, fault->at);
    if (at != NULL && between != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(mapping, "between"), NULL,
                              "'between' goes with 'every', not with 'at'");
    else if (between != NULL)
        bind_between(binder, between, fault);
}

/* -- whom -------------------------------------------------------------------------------------- */

static const struct sim_tree *item_of(const struct sim_tree *side, uint32_t i)
{
    return side->kind == SIM_SEQUENCE ? side->items[i] : side;
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

static size_t list_taken(const struct sim_tree *tree, const struct sim_side *sides,
                         struct taken *list)
{
    size_t count = 0;

    for (uint32_t i = 0; i < tree->count; i++)
        for (uint32_t k = 0; k < sides[i].count; k++) {
            const struct sim_selector *s = &sides[i].selectors[k];

            if (s->where == NULL && s->pick == 0 && (s->rest || s->group != SIM_NO_GROUP))
                list[count++] =
                    (struct taken){ s->group, s->member + 1, i, item_of(tree->items[i], k) };
        }
    return count;
}

/* No node may stand on two sides. In the order of group and member, what takes a whole group goes
 * first, so that every other of that group meets it. */
static void check_overlap(struct sim_binder *binder, const struct sim_tree *tree,
                          const struct sim_side *sides)
{
    struct taken *list;
    const struct sim_tree *reported = NULL;
    size_t count = 0, first = 0;

    for (uint32_t i = 0; i < tree->count; i++)
        count += sides[i].count;
    list = sim_alloc_array(count, sizeof(*list));
    count = list_taken(tree, sides, list);
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

static void bind_sides(struct sim_binder *binder, const struct sim_tree *tree,
                       struct sim_fault_plan *fault)
{
    struct sim_side *sides;

    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "partition", "a list of sides"))
        return;
    if (tree->count < 2)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "such as [[store-0, store-1], rest]",
                              "a partition needs at least two sides");
    sides = sim_document_alloc(binder->document, (tree->count + 1) * sizeof(*sides));
    for (uint32_t i = 0; i < tree->count; i++)
        sides[i] = sim_bind_side(binder, tree->items[i], "partition");
    check_overlap(binder, tree, sides);
    fault->sides = sides;
    fault->side_count = tree->count;
}

static void bind_target(struct sim_binder *binder, const struct sim_tree *tree,
                        const struct sim_fault_description *description,
                        struct sim_fault_plan *fault)
{
    struct sim_side *side = sim_document_alloc(binder->document, sizeof(*side));

    *side = sim_bind_side(binder, tree, description->name);
    for (uint32_t i = 0; i < side->count; i++)
        if (side->selectors[i].rest)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &item_of(tree, i)->mark,
                                  NULL, "'rest' has a meaning on a side of a partition only");
    fault->sides = side;
    fault->side_count = 1;
}

/* -- one fault --------------------------------------------------------------------------------- */

static const struct sim_fault_description *find_fault(const char *name)
{
    for (const struct sim_fault_description *fault = faults; fault->name != NULL; fault++)
        if (strcmp(fault->name, name) == 0)
            return fault;
    return NULL;
}

static size_t add_names(const char **names, size_t count, const struct sim_field *fields)
{
    for (; fields->name != NULL; fields++)
        names[count++] = fields->name;
    return count;
}

/* What can stand in an entry, of whatever kind. */
static const char *const *all_keys(struct sim_binder *binder)
{
    enum { ROWS = sizeof(faults) / sizeof(faults[0]), MOST = 2 + ROWS * 8 };
    const char **names = sim_document_alloc(binder->document, MOST * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; faults[i].name != NULL; i++)
        names[count++] = faults[i].name;
    names[count++] = "label";
    names[count++] = "between";
    count = add_names(names, count, when_fields);
    count = add_names(names, count, partition_fields);
    count = add_names(names, count, slow_fields + 1);
    names[count] = NULL;
    return names;
}

static bool is_in(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* The one kind that the entry names, or NULL after an error. */
static const struct sim_fault_description *choose_kind(struct sim_binder *binder,
                                                       const struct sim_tree *tree)
{
    const struct sim_fault_description *kind = NULL;
    const char *const *names = all_keys(binder);
    const char *list = faults[0].name;
    bool good = true;

    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_fault_description *found = find_fault(tree->keys[i]);

        if (found != NULL && kind == NULL) {
            kind = found;
        } else if (found != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->key_marks[i],
                                  "write two entries", "a fault is '%s' and '%s' at once",
                                  kind->name, found->name);
            good = false;
        }
    }
    if (kind != NULL)
        return good ? kind : NULL;
    for (uint32_t i = 0; i < tree->count; i++)
        if (!is_in(tree->keys[i], names)) {
            sim_bind_unknown_key(binder, tree->keys[i], &tree->key_marks[i], names,
                                 &(struct sim_subject){ "a fault", &tree->mark, false });
            good = false;
        }
    for (size_t i = 1; faults[i].name != NULL; i++)
        list = sim_bind_text(binder, "%s, %s", list, faults[i].name);
    if (good)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_text(binder, "expected one of: %s", list),
                              "a fault that does nothing");
    return NULL;
}

static struct sim_tree *bind_fault(struct sim_binder *binder, const struct sim_tree *tree,
                                   struct sim_fault_plan *fault)
{
    const struct sim_fault_description *kind;
    struct sim_key own[FAULT_KEYS_MAX];
    struct sim_subject subject = { "fault", &tree->mark, false };
    struct options options = { .factor = 1 };
    const struct sim_tree *target;
    struct sim_keys keys;
    struct sim_tree *mapping;

    if (!sim_bind_is(binder, tree, SIM_MAPPING, "faults", "a mapping for each fault"))
        return NULL;
    kind = choose_kind(binder, tree);
    if (kind == NULL)
        return NULL;
    keys = keys_of(kind, own);
    subject.what = sim_bind_text(binder, "a fault of kind '%s'", kind->name);
    mapping = sim_bind_complete(binder, tree, &keys, &subject);
    assert(mapping != NULL); /* it is a mapping */
    fault->kind = kind->kind;
    bind_when(binder, mapping, &tree->mark, fault);
    bind_label(binder, sim_tree_get(mapping, "label"), fault);
    sim_bind_fields(binder, mapping, kind->fields, &options);
    fault->duration = options.duration;
    fault->one_way = options.one_way;
    fault->cut_in_flight = options.in_flight == 1;
    fault->factor = options.factor;
    target = sim_tree_get(mapping, kind->name);
    if (target != NULL && kind->kind == SIM_FAULT_PARTITION)
        bind_sides(binder, target, fault);
    else if (target != NULL)
        bind_target(binder, target, kind, fault);
    return mapping;
}

void sim_load_faults(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *list = sim_tree_get(root, "faults");
    struct sim_fault_plan *plans;
    struct sim_tree *shown;

    if (list == NULL || !sim_bind_is(binder, list, SIM_SEQUENCE, "faults", "a list of faults"))
        return;
    plans = sim_document_alloc(binder->document, (list->count + 1) * sizeof(*plans));
    memset(plans, 0, (list->count + 1) * sizeof(*plans));
    shown = sim_bind_node(binder, SIM_SEQUENCE, &list->mark, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        shown->items[shown->count++] = bind_fault(binder, list->items[i], &plans[i]);
    sim_bind_put(binder, root, "faults", shown);
    binder->plan->faults = plans;
    binder->plan->fault_count = list->count;
}
