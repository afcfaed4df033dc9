/* selector.c - whom a fault hits: `store`, `store-2`, `{of: store, where: {role: leader}, pick:
 * 1}`, `{minority: store}`, `{zone: eu, not: store-1}`, `rest`. */
#include "sim/scenario/schema.h"

#include <stdio.h>
#include <string.h>

struct numbers {
    int64_t member, pick;
    uint32_t of, majority, minority;
};

static const struct sim_field selector_fields[] = {
    SIM_GROUP(struct numbers, of, SIM_OPTIONAL, "the group; every group if left out"),
    SIM_GROUP(struct numbers, majority, SIM_OPTIONAL,
              "a drawn majority of this group, the smallest that is one"),
    SIM_GROUP(struct numbers, minority, SIM_OPTIONAL,
              "a drawn minority of this group, the largest that is one"),
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

static void zone_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'string'");
    sim_schema_raw(schema, "pattern", "'" SIM_PATTERN_NAME "'");
}

static void not_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[{'$ref': '#/definitions/selector'}, {'type': 'array', 'minItems': 1, 'items': "
                   "{'$ref': '#/definitions/selector'}}]");
}

static const struct sim_key selector_own[] = {
    { "where", false, "a field of the model's state and its value", where_schema },
    { "with", false,
      "a field of the model's state and its value: nodes that have it are drawn before others",
      where_schema },
    { "zone", false, "only nodes in this zone", zone_schema },
    { "not", false, "none of these nodes", not_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys selector_keys = { .fields = { selector_fields },
                                               .keys = selector_own };

static const char *const role_names[] = { "node", "from", "to", "hit", NULL };

struct role {
    int64_t trigger;
};

const struct sim_field sim_role_fields[] = {
    SIM_CHOICE(struct role, trigger, NULL, role_names,
               "who set the fault off: the node where it happened, the ends of the message, or the "
               "nodes that the fault before hit"),
    { 0 },
};

static const struct sim_keys role_keys = { .fields = { sim_role_fields } };

const struct sim_field *sim_selector_listed(void)
{
    return selector_fields;
}

const struct sim_key *sim_selector_listed_keys(void)
{
    return selector_own;
}

void sim_schema_selector(struct sim_schema *schema)
{
    sim_schema_open(schema, "selector", '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, "{'type': 'string', 'pattern': '" SIM_PATTERN_NAME "'}");
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &selector_keys);
    sim_schema_raw(schema, "anyOf",
                   "[" SIM_SCHEMA_HAS("of") ", " SIM_SCHEMA_HAS("majority") ", " SIM_SCHEMA_HAS(
                       "minority") ", " SIM_SCHEMA_HAS("zone") ", " SIM_SCHEMA_HAS("not") "]");
    sim_schema_close(schema, '{');
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &role_keys);
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
                        const struct sim_tree *value, int64_t *equals)
{
    char text[160];
    const char *wrong = NULL;
    bool flag = false;

    if (field->choices != NULL) {
        struct sim_field choice = *field;

        choice.type = SIM_FIELD_CHOICE;
        if (sim_bind_parse(&choice, value->text, equals, text) != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark,
                                  sim_bind_hint(binder, value->text, field->choices),
                                  "'%s' is never '%s'", field->name, value->text);
        return;
    }
    if (field->type == SIM_FIELD_FLAG) {
        wrong = sim_bind_parse(&(struct sim_field){ .type = SIM_FIELD_BOOLEAN }, value->text, &flag,
                               text);
        *equals = flag;
    } else {
        wrong = sim_bind_parse(&(struct sim_field){ .type = SIM_FIELD_INTEGER }, value->text,
                               equals, text);
    }
    if (wrong != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark, NULL,
                              "'%s': %s", field->name, wrong);
}

const struct sim_field *sim_bind_condition(struct sim_binder *binder, const struct sim_tree *where,
                                           const char *name, const struct sim_model *model,
                                           int64_t *equals)
{
    const struct sim_field *field;

    if (!sim_bind_is(binder, where, SIM_MAPPING, name, "a mapping such as {role: leader}"))
        return NULL;
    if (where->count != 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &where->mark, NULL,
                              "'%s' names %u fields, expected one", name, where->count);
        return NULL;
    }
    if (!sim_bind_is(binder, where->items[0], SIM_SCALAR, where->keys[0], "a single value"))
        return NULL;
    if (sim_tree_is_null(where->items[0])) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &where->items[0]->mark, NULL,
                              "'%s' needs a value", where->keys[0]);
        return NULL;
    }
    if (model == NULL)
        return NULL; /* reported before */
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
        return NULL;
    }
    bind_equals(binder, field, where->items[0], equals);
    return field;
}

static void bind_where(struct sim_binder *binder, const struct sim_tree *where,
                       struct sim_selector *selector)
{
    const struct sim_field *field = sim_bind_condition(
        binder, where, "where", binder->plan->groups[selector->group].model, &selector->equals);

    if (field == NULL)
        return;
    selector->where = field->name;
    selector->where_offset = field->offset;
    selector->where_flag = field->type == SIM_FIELD_FLAG;
}

/* -- who set the fault off --------------------------------------------------------------------- */

static void bind_role(struct sim_binder *binder, const struct sim_tree *tree,
                      struct sim_selector *selector)
{
    const struct sim_subject subject = { "selector", &tree->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &role_keys, &subject);
    struct role role = { -1 };

    if (mapping != NULL)
        sim_bind_fields(binder, mapping, sim_role_fields, &role);
    selector->role = (enum sim_trigger_role)(role.trigger + 1);
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

/* A majority or minority is so many of the group, drawn. */
static void bind_share(struct sim_binder *binder, const struct sim_tree *mapping,
                       const struct numbers *numbers, struct sim_selector *selector)
{
    static const char *const others[] = { "of", "member", "pick", NULL };
    const char *share = numbers->majority != SIM_NO_GROUP ? "majority" : "minority";
    const struct sim_tree *tree = sim_tree_get(mapping, share);
    int64_t count;

    if (numbers->majority != SIM_NO_GROUP && numbers->minority != SIM_NO_GROUP)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, "minority"), NULL,
                              "'majority' and 'minority' exclude each other");
    for (size_t i = 0; others[i] != NULL; i++)
        if (sim_tree_get(mapping, others[i]) != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  sim_bind_key_mark(mapping, others[i]), NULL,
                                  "'%s' and '%s' exclude each other", share, others[i]);
    selector->group = share[1] == 'a' ? numbers->majority : numbers->minority;
    selector->member = SIM_NO_GROUP;
    count = binder->groups.figures[selector->group];
    selector->pick = (uint32_t)(share[1] == 'a' ? count / 2 + 1 : (count - 1) / 2);
    if (selector->pick == 0 && count > 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "a minority of %lld nodes is nobody", (long long)count);
}

/* `with` is a condition of its own: who meets it is drawn first. */
static void bind_with(struct sim_binder *binder, const struct sim_tree *mapping,
                      struct sim_selector *selector)
{
    struct sim_selector *with = sim_document_alloc(binder->document, sizeof(*with));

    if (selector->pick == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, "with"), NULL,
                              "'with' says who is drawn first: it goes with 'pick', 'majority' or "
                              "'minority'");
    *with = (struct sim_selector){ .group = selector->group, .member = SIM_NO_GROUP };
    bind_where(binder, sim_tree_get(mapping, "with"), with);
    selector->with = with->where != NULL ? with : NULL;
}

/* A node's state has fields only where its group is known. */
static void refuse_groupless(struct sim_binder *binder, const struct sim_tree *mapping)
{
    static const char *const names[] = { "member", "where", "with", NULL };

    for (size_t i = 0; names[i] != NULL; i++)
        if (sim_tree_get(mapping, names[i]) != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  sim_bind_key_mark(mapping, names[i]), NULL,
                                  "'%s' needs 'of': which group it is about", names[i]);
}

static void bind_set(struct sim_binder *binder, const struct sim_tree *mapping,
                     struct sim_selector *selector)
{
    const struct sim_tree *except = sim_tree_get(mapping, "not");

    if (sim_tree_get(mapping, "zone") != NULL) {
        uint32_t zone = sim_bind_zone(binder, sim_tree_get(mapping, "zone"));

        selector->zone = zone == SIM_NO_GROUP ? 0 : zone + 1;
    }
    if (except != NULL) {
        struct sim_side *side = sim_document_alloc(binder->document, sizeof(*side));

        *side = sim_bind_side(binder, except, "not");
        sim_bind_refuse_rest(binder, except, side);
        selector->except = side;
    }
}

static void bind_mapping(struct sim_binder *binder, const struct sim_tree *tree,
                         struct sim_selector *selector)
{
    const struct sim_subject subject = { "selector", &tree->mark, false };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &selector_keys, &subject);
    struct numbers numbers = { SIM_NO_GROUP, 0, SIM_NO_GROUP, SIM_NO_GROUP, SIM_NO_GROUP };
    bool named;

    if (mapping == NULL)
        return;
    named = sim_tree_get(mapping, "of") || sim_tree_get(mapping, "majority") ||
            sim_tree_get(mapping, "minority");
    if (!named && !sim_tree_get(mapping, "zone") && !sim_tree_get(mapping, "not")) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected one of: of, majority, minority, zone, not",
                              "a selector that selects nobody");
        return;
    }
    sim_bind_fields(binder, mapping, selector_fields, &numbers);
    selector->group = numbers.of;
    selector->member = (uint32_t)numbers.member;
    selector->pick = (uint32_t)numbers.pick;
    bind_set(binder, mapping, selector);
    if (numbers.majority != SIM_NO_GROUP || numbers.minority != SIM_NO_GROUP)
        bind_share(binder, mapping, &numbers, selector);
    if (!named)
        refuse_groupless(binder, mapping);
    if (selector->group == SIM_NO_GROUP || errors != sim_diagnostics_errors(binder->diagnostics))
        return;
    check_member(binder, tree, selector);
    if (sim_tree_get(mapping, "where") != NULL)
        bind_where(binder, sim_tree_get(mapping, "where"), selector);
    if (sim_tree_get(mapping, "with") != NULL)
        bind_with(binder, mapping, selector);
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
    if (tree->kind == SIM_MAPPING && sim_tree_get(tree, "trigger") != NULL)
        bind_role(binder, tree, selector);
    else if (tree->kind == SIM_MAPPING)
        bind_mapping(binder, tree, selector);
    else if (!sim_bind_is(binder, tree, SIM_SCALAR, name, "a selector"))
        return;
    else if (strcmp(tree->text, "rest") == 0)
        selector->rest = true;
    else if (strcmp(tree->text, SIM_NOBODY) == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'%s': 'nobody' stands alone, as all of what a fault hits or one of "
                              "its sides",
                              name);
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
