/* selector.c - whom a fault hits: `store`, `store-2`, `{of: store, where: {role: leader}, pick:
 * 1}`, `rest`. */
#include "sim/scenario/schema.h"

#include <stdio.h>
#include <string.h>

struct numbers {
    int64_t member, pick;
    uint32_t of;
};

static const struct sim_field selector_fields[] = {
    SIM_GROUP(struct numbers, of, NULL, "the group"),
    SIM_INTEGER(struct numbers, member, SIM_OPTIONAL, "0", "999999",
                "one node of it, numbered from 0"),
    SIM_INTEGER(struct numbers, pick, SIM_OPTIONAL, "1", "1000000",
                "so many of those that match, drawn"),
    { 0 },
};

static void where_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "minProperties", "1");
    sim_schema_raw(schema, "maxProperties", "1");
    sim_schema_raw(schema, "additionalProperties", "{'type': ['string', 'number', 'boolean']}");
}

static const struct sim_key selector_own[] = {
    { "where", false, "a field of the model's state and its value", where_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys selector_keys = { .fields = { selector_fields },
                                               .keys = selector_own };

void sim_schema_selector(struct sim_schema *schema)
{
    sim_schema_open(schema, "selector", '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, "{'type': 'string', 'pattern': '" SIM_PATTERN_NAME "'}");
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &selector_keys);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

/* -- where ------------------------------------------------------------------------------------- */

static const char *const *state_names(struct sim_binder *binder, const struct sim_field *fields)
{
    const char **names;
    size_t count = 0;

    while (fields[count].name != NULL)
        count++;
    names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));
    count = 0;
    for (const struct sim_field *field = fields; field->name != NULL; field++)
        if (field->type == SIM_FIELD_WORD || field->type == SIM_FIELD_FLAG)
            names[count++] = field->name;
    names[count] = NULL;
    return names;
}

static void bind_equals(struct sim_binder *binder, const struct sim_field *field,
                        const struct sim_tree *value, struct sim_selector *selector)
{
    char text[160];
    const char *wrong = NULL;
    bool flag = false;

    if (field->choices != NULL) {
        struct sim_field choice = *field;

        choice.type = SIM_FIELD_CHOICE;
        if (sim_bind_parse(&choice, value->text, &selector->equals, text) != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark,
                                  sim_bind_hint(binder, value->text, field->choices),
                                  "'%s' is never '%s'", field->name, value->text);
        return;
    }
    if (field->type == SIM_FIELD_FLAG) {
        wrong = sim_bind_parse(&(struct sim_field){ .type = SIM_FIELD_BOOLEAN }, value->text, &flag,
                               text);
        selector->equals = flag;
    } else {
        wrong = sim_bind_parse(&(struct sim_field){ .type = SIM_FIELD_INTEGER }, value->text,
                               &selector->equals, text);
    }
    if (wrong != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark, NULL,
                              "'%s': %s", field->name, wrong);
}

static void bind_where(struct sim_binder *binder, const struct sim_tree *where,
                       struct sim_selector *selector)
{
    const struct sim_model *model = binder->plan->groups[selector->group].model;
    const struct sim_field *field;

    if (!sim_bind_is(binder, where, SIM_MAPPING, "where", "a mapping such as {role: leader}"))
        return;
    if (where->count != 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &where->mark, NULL,
                              "'where' names %u fields, expected one", where->count);
        return;
    }
    if (!sim_bind_is(binder, where->items[0], SIM_SCALAR, where->keys[0], "a single value"))
        return;
    if (sim_tree_is_null(where->items[0])) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &where->items[0]->mark, NULL,
                              "'%s' needs a value", where->keys[0]);
        return;
    }
    if (model == NULL)
        return; /* reported before */
    for (field = model->state.fields; field != NULL && field->name != NULL; field++)
        if (strcmp(field->name, where->keys[0]) == 0 &&
            (field->type == SIM_FIELD_WORD || field->type == SIM_FIELD_FLAG))
            break;
    if (field == NULL || field->name == NULL) {
        const char *const *names =
            model->state.fields == NULL ? NULL : state_names(binder, model->state.fields);

        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &where->key_marks[0],
                              sim_bind_hint(binder, where->keys[0], names),
                              "the state of model '%s' has no field '%s'", model->name,
                              where->keys[0]);
        return;
    }
    selector->where = field->name;
    selector->where_offset = field->offset;
    selector->where_flag = field->type == SIM_FIELD_FLAG;
    bind_equals(binder, field, where->items[0], selector);
}

/* -- selectors --------------------------------------------------------------------------------- */

static void check_member(struct sim_binder *binder, const struct sim_tree *tree,
                         const struct sim_selector *selector)
{
    const char *name = binder->groups.names[selector->group];
    int64_t count = binder->groups.figures[selector->group];

    if (count == 0)
        return; /* the group is wrong itself */
    if (selector->member != SIM_NO_GROUP && selector->member >= count)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                              sim_bind_text(binder, "its nodes are %s-0 to %s-%lld", name, name,
                                            (long long)count - 1),
                              "group '%s' has no node %s-%u", name, name, selector->member);
    if (selector->pick > (selector->member == SIM_NO_GROUP ? count : 1))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'pick' asks for %u nodes, more than there can be", selector->pick);
}

static void bind_mapping(struct sim_binder *binder, const struct sim_tree *tree,
                         struct sim_selector *selector)
{
    const struct sim_subject subject = { "selector", &tree->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &selector_keys, &subject);
    struct numbers numbers = { SIM_NO_GROUP, 0, SIM_NO_GROUP };

    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, selector_fields, &numbers);
    selector->group = numbers.of;
    selector->member = (uint32_t)numbers.member;
    selector->pick = (uint32_t)numbers.pick;
    if (selector->group == SIM_NO_GROUP)
        return;
    check_member(binder, tree, selector);
    if (sim_tree_get(mapping, "where") != NULL)
        bind_where(binder, sim_tree_get(mapping, "where"), selector);
}

/* `store` or `store-2`. */
static void bind_name(struct sim_binder *binder, const struct sim_tree *tree, const char *name,
                      struct sim_selector *selector)
{
    const char *hyphen = strrchr(tree->text, '-');
    char *group = sim_bind_text(binder, "%s", tree->text);
    uint64_t member = SIM_NO_GROUP;
    size_t found;

    if (!sim_bind_is_name(tree->text)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected a group, a node such as store-2, rest, or a mapping such "
                              "as {of: store, pick: 1}",
                              "'%s': '%s' selects nothing", name, tree->text);
        return;
    }
    if (!sim_bind_is_group_name(tree->text)) {
        group[hyphen - tree->text] = '\0';
        member = 0;
        for (const char *digit = hyphen + 1; *digit != '\0' && member < SIM_NO_GROUP; digit++)
            member = member * 10 + (uint64_t)(*digit - '0');
        if (member >= SIM_NO_GROUP)
            member = SIM_NO_GROUP - 1;
    }
    found = sim_bind_find_name(&binder->groups, group);
    if (found == binder->groups.count) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                              sim_bind_hint(binder, group, binder->groups.names),
                              "'%s': no node group '%s'", name, group);
        return;
    }
    selector->group = (uint32_t)found;
    selector->member = (uint32_t)member;
    check_member(binder, tree, selector);
}

static void bind_selector(struct sim_binder *binder, const struct sim_tree *tree, const char *name,
                          struct sim_selector *selector)
{
    *selector = (struct sim_selector){ .group = SIM_NO_GROUP, .member = SIM_NO_GROUP };
    if (tree->kind == SIM_MAPPING)
        bind_mapping(binder, tree, selector);
    else if (!sim_bind_is(binder, tree, SIM_SCALAR, name, "a selector"))
        return;
    else if (strcmp(tree->text, "rest") == 0)
        selector->rest = true;
    else
        bind_name(binder, tree, name, selector);
}

struct sim_side sim_bind_side(struct sim_binder *binder, const struct sim_tree *tree,
                              const char *name)
{
    uint32_t count = tree->kind == SIM_SEQUENCE ? tree->count : 1;
    struct sim_selector *selectors =
        sim_document_alloc(binder->document, (count + 1) * sizeof(*selectors));

    if (tree->kind != SIM_SEQUENCE)
        bind_selector(binder, tree, name, &selectors[0]);
    for (uint32_t i = 0; tree->kind == SIM_SEQUENCE && i < tree->count; i++)
        bind_selector(binder, tree->items[i], name, &selectors[i]);
    if (count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                              "'%s': the list is empty", name);
    return (struct sim_side){ selectors, count };
}
