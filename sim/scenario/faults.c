/* faults.c - `faults:` of a scenario. A kind of fault is one row of the world's table: reader,
 * schema and listings use it. */
#include "sim/scenario/schema.h"

#include <assert.h>
#include <string.h>

enum { FAULT_KEYS_MAX = 4 };

struct when {
    sim_time at;
    const struct sim_distribution *every;
};

struct lasting {
    const struct sim_distribution *duration;
};

static const struct sim_field when_fields[] = {
    SIM_DURATION(struct when, at, SIM_OPTIONAL, "0", NULL, "the instant"),
    SIM_DISTRIBUTION(struct when, every, SIM_OPTIONAL, "1us", NULL,
                     "again and again, after draws of this"),
    { 0 },
};

#define FOR(help)                                                                                  \
    {                                                                                              \
        "for", SIM_FIELD_DISTRIBUTION, offsetof(struct lasting, duration), false, SIM_OPTIONAL,    \
            "0", NULL, help, NULL, NULL                                                            \
    }

static const struct sim_field no_fields[] = { { 0 } };

/* The keys of every fault that has a length; TABLE has room for two rows. */
static const struct sim_field *lasting_fields(const struct sim_fault_kind *kind,
                                              struct sim_field table[2])
{
    const char *help = kind->lasts ? kind->lasts : "ends after this; lasts if left out";

    if (kind->instant)
        return no_fields;
    table[0] = (struct sim_field)FOR(help);
    table[1] = (struct sim_field){ 0 };
    return table;
}

/* -- schema ------------------------------------------------------------------------------------ */

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

/* What the keys of one kind are read from: valid as long as this lies where it is. */
struct kind_keys {
    struct sim_field lasting[2];
    struct sim_key own[FAULT_KEYS_MAX];
    struct sim_keys keys;
};

static const struct sim_keys *keys_of(const struct sim_fault_kind *kind, struct kind_keys *room)
{
    struct sim_key own[FAULT_KEYS_MAX] = {
        { kind->name, true, kind->summary, sim_fault_target_schema(kind) },
        { "label", false, "a name for the time that the fault lasts", label_schema },
        { "between", false, "[from, to] of the repetitions; the whole run if left out",
          between_schema },
        { NULL, false, NULL, NULL },
    };

    memcpy(room->own, own, sizeof(own));
    room->keys =
        (struct sim_keys){ .fields = { when_fields, lasting_fields(kind, room->lasting),
                                       kind->params.fields ? kind->params.fields : no_fields },
                           .keys = room->own };
    return &room->keys;
}

void sim_schema_faults(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_open(schema, "items", '{');
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_open(schema, "oneOf", '[');
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ (*kind)->name, NULL });
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_open(schema, "allOf", '[');
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++) {
        struct kind_keys room;

        sim_schema_open(schema, NULL, '{');
        sim_schema_open(schema, "if", '{');
        sim_schema_texts(schema, "required", (const char *const[]){ (*kind)->name, NULL });
        sim_schema_close(schema, '{');
        sim_schema_open(schema, "then", '{');
        sim_schema_mapping(schema, keys_of(*kind, &room));
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

/* -- one fault --------------------------------------------------------------------------------- */

static size_t add_names(const char **names, size_t count, const struct sim_field *fields)
{
    for (; fields->name != NULL; fields++)
        names[count++] = fields->name;
    return count;
}

/* What can stand in an entry, of whatever kind. */
static const char *const *all_keys(struct sim_binder *binder)
{
    enum { OF_EACH = 12, OF_ALL = 8 };
    size_t kinds = 0, count = 0;

    while (sim_fault_kinds[kinds] != NULL)
        kinds++;
    const char **names =
        sim_document_alloc(binder->document, (kinds * OF_EACH + OF_ALL) * sizeof(*names));
    for (size_t i = 0; i < kinds; i++)
        names[count++] = sim_fault_kinds[i]->name;
    names[count++] = "label";
    names[count++] = "between";
    names[count++] = "for";
    count = add_names(names, count, when_fields);
    for (size_t i = 0; i < kinds; i++)
        if (sim_fault_kinds[i]->params.fields)
            count = add_names(names, count, sim_fault_kinds[i]->params.fields);
    assert(count < kinds * OF_EACH + OF_ALL);
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
static const struct sim_fault_kind *choose_kind(struct sim_binder *binder,
                                                const struct sim_tree *tree)
{
    const struct sim_fault_kind *kind = NULL;
    const char *const *names = all_keys(binder);
    const char *list = sim_fault_kinds[0]->name;
    bool good = true;

    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_fault_kind *found = sim_fault_find(sim_fault_kinds, tree->keys[i]);

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
    for (size_t i = 1; sim_fault_kinds[i] != NULL; i++)
        list = sim_bind_text(binder, "%s, %s", list, sim_fault_kinds[i]->name);
    if (good)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_text(binder, "expected one of: %s", list),
                              "a fault that does nothing");
    return NULL;
}

/* What no single parameter of FAULT can tell. */
static void check_fault(struct sim_binder *binder, const struct sim_tree *mapping,
                        const struct sim_fault_plan *fault)
{
    const struct sim_mark *mark = &mapping->mark;
    const char *blamed;
    char text[160];

    if (fault->kind->about_messages)
        sim_bind_fault_message(binder, mapping, fault);
    if (fault->kind->check == NULL)
        return;
    blamed = fault->kind->check(fault->params, text);
    if (blamed == NULL)
        return;
    if (sim_tree_get(mapping, blamed) != NULL)
        mark = &sim_tree_get(mapping, blamed)->mark;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL, "'%s': %s",
                          fault->kind->name, text);
}

static struct sim_tree *bind_fault(struct sim_binder *binder, const struct sim_tree *tree,
                                   struct sim_fault_plan *fault)
{
    const struct sim_fault_kind *kind;
    struct kind_keys room;
    struct sim_subject subject = { "fault", &tree->mark, false };
    struct lasting lasting = { NULL };
    struct sim_tree *mapping;

    if (!sim_bind_is(binder, tree, SIM_MAPPING, "faults", "a mapping for each fault"))
        return NULL;
    kind = choose_kind(binder, tree);
    if (kind == NULL)
        return NULL;
    subject.what = sim_bind_text(binder, "a fault of kind '%s'", kind->name);
    mapping = sim_bind_complete(binder, tree, keys_of(kind, &room), &subject);
    assert(mapping != NULL); /* it is a mapping */
    fault->kind = kind;
    bind_when(binder, mapping, &tree->mark, fault);
    bind_label(binder, sim_tree_get(mapping, "label"), fault);
    if (!kind->instant)
        sim_bind_fields(binder, mapping, room.lasting, &lasting);
    fault->duration = lasting.duration;
    if (kind->params.size > 0) {
        void *params = sim_document_alloc(binder->document, kind->params.size);

        memset(params, 0, kind->params.size);
        sim_bind_fields(binder, mapping, kind->params.fields, params);
        fault->params = params;
    }
    if (sim_tree_get(mapping, kind->name) != NULL)
        sim_bind_fault_target(binder, sim_tree_get(mapping, kind->name), fault);
    check_fault(binder, mapping, fault);
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
