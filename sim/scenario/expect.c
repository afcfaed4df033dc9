/* expect.c - `expect:` of a scenario: one checker each, with its parameters. */
#include "sim/scenario/schema.h"

#include <string.h>

static const struct sim_field no_fields[] = { { 0 } };

static const struct sim_field *fields_of(const struct sim_described *checker)
{
    return checker->fields == NULL ? no_fields : checker->fields;
}

static bool has_required(const struct sim_described *checker)
{
    for (const struct sim_field *field = fields_of(checker); field->name != NULL; field++)
        if (field->standard == NULL)
            return true;
    return false;
}

void sim_schema_expect(struct sim_schema *schema)
{
    const struct sim_described *const *checkers = schema->catalogue->checkers;

    sim_schema_raw(schema, "type", "'array'");
    sim_schema_open(schema, "items", '{');
    sim_schema_open(schema, "anyOf", '[');
    for (size_t i = 0; checkers[i] != NULL; i++)
        if (!has_required(checkers[i])) {
            sim_schema_open(schema, NULL, '{');
            sim_schema_text(schema, "const", checkers[i]->name);
            sim_schema_close(schema, '{');
        }
    sim_schema_open(schema, NULL, '{');
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "minProperties", "1");
    sim_schema_raw(schema, "maxProperties", "1");
    sim_schema_open(schema, "properties", '{');
    for (size_t i = 0; checkers[i] != NULL; i++) {
        const struct sim_field object = { .name = checkers[i]->name,
                                          .type = SIM_FIELD_OBJECT,
                                          .standard =
                                              has_required(checkers[i]) ? NULL : SIM_OPTIONAL,
                                          .help = checkers[i]->summary,
                                          .fields = fields_of(checkers[i]) };

        sim_schema_field(schema, &object);
    }
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "additionalProperties", "false");
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

/* -- texts ------------------------------------------------------------------------------------- */

static void add_quoted(struct sim_text *out, const char *text)
{
    sim_text_add(out, "'");
    for (const char *quote = strchr(text, '\''); quote != NULL; quote = strchr(text, '\'')) {
        sim_text_add(out, "%.*s''", (int)(quote - text), text);
        text = quote + 1;
    }
    sim_text_add(out, "%s'", text);
}

/* TREE on one line, as it was written. */
static void add_flow(struct sim_text *out, const struct sim_tree *tree)
{
    if (tree->kind == SIM_SCALAR && tree->quoted)
        add_quoted(out, tree->text);
    else if (tree->kind == SIM_SCALAR)
        sim_text_add(out, "%s", tree->text);
    else
        sim_text_add(out, tree->kind == SIM_SEQUENCE ? "[" : "{");
    for (uint32_t i = 0; tree->kind != SIM_SCALAR && i < tree->count; i++) {
        sim_text_add(out, i == 0 ? "" : ", ");
        if (tree->kind == SIM_MAPPING)
            sim_text_add(out, "%s: ", tree->keys[i]);
        add_flow(out, tree->items[i]);
    }
    if (tree->kind != SIM_SCALAR)
        sim_text_add(out, tree->kind == SIM_SEQUENCE ? "]" : "}");
}

static const char *describe(struct sim_binder *binder, const struct sim_tree *tree)
{
    struct sim_text out = { 0 };

    if (tree->kind == SIM_SCALAR)
        return tree->text;
    sim_text_add(&out, "%s", tree->keys[0]);
    if (!sim_tree_is_null(tree->items[0])) {
        sim_text_add(&out, ": ");
        add_flow(&out, tree->items[0]);
    }
    return sim_text_finish(&out, binder);
}

/* -- one expectation --------------------------------------------------------------------------- */

static const struct sim_described *find_checker(struct sim_binder *binder, const char *name,
                                                const struct sim_mark *mark)
{
    const struct sim_described *const *checkers = binder->catalogue->checkers;
    const char **names;
    size_t count = 0;

    for (; checkers[count] != NULL; count++)
        if (strcmp(checkers[count]->name, name) == 0)
            return checkers[count];
    names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = checkers[i]->name;
    names[count] = NULL;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark,
                          sim_bind_hint(binder, name, names), "unknown checker '%s'", name);
    return NULL;
}

static void check_params(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_expectation *expectation)
{
    const struct sim_described *checker = expectation->checker;
    const struct sim_mark *mark = &expectation->mark;
    char text[SIM_CHECK_TEXT] = "";
    const char *blamed =
        checker->check(expectation->params, binder->groups_wrong ? NULL : binder->plan, text);

    if (blamed == NULL)
        return;
    if (blamed[0] != '\0' && sim_tree_get(mapping, blamed) != NULL)
        mark = &sim_tree_get(mapping, blamed)->mark;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL, "%s%s'%s': %s",
                          blamed[0] != '\0' ? sim_bind_text(binder, "'%s'", blamed) : "",
                          blamed[0] != '\0' ? " of " : "", checker->name, text);
}

static struct sim_tree *bind_expectation(struct sim_binder *binder, const struct sim_tree *tree,
                                         struct sim_expectation *expectation)
{
    const bool word = tree->kind == SIM_SCALAR;
    struct sim_keys keys = { .fields = { no_fields } };
    struct sim_subject subject = { "", &tree->mark, false };
    struct sim_tree *shown, *mapping;
    size_t errors;
    void *params;

    if (!word &&
        (!sim_bind_is(binder, tree, SIM_MAPPING, "expect", "a mapping such as {invariants: {}}")))
        return NULL;
    if (!word && tree->count != 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "write one entry for each checker",
                              "an expectation names %u checkers", tree->count);
        return NULL;
    }
    if (!word)
        subject.mark = &tree->key_marks[0];
    subject.what = word ? tree->text : tree->keys[0];
    expectation->mark = *subject.mark;
    expectation->checker = find_checker(binder, subject.what, subject.mark);
    if (expectation->checker == NULL)
        return NULL;
    expectation->text = describe(binder, tree);
    subject.what = sim_bind_text(binder, "'%s'", subject.what);
    errors = sim_diagnostics_errors(binder->diagnostics);
    keys.fields[0] = fields_of(expectation->checker);
    mapping = sim_bind_complete(binder, word ? NULL : tree->items[0], &keys, &subject);
    if (mapping == NULL)
        return NULL;
    params = sim_document_alloc(binder->document, expectation->checker->size + 1);
    memset(params, 0, expectation->checker->size + 1);
    sim_bind_fields(binder, mapping, keys.fields[0], params);
    expectation->params = params;
    if (expectation->checker->check != NULL &&
        sim_diagnostics_errors(binder->diagnostics) == errors)
        check_params(binder, mapping, expectation);
    shown = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 1);
    sim_bind_put(binder, shown, expectation->checker->name, mapping);
    return shown;
}

struct sim_expectation *sim_load_expectations(struct sim_binder *binder, struct sim_tree *root,
                                              size_t *count)
{
    const struct sim_tree *list = sim_tree_get(root, "expect");
    struct sim_expectation *expectations;
    struct sim_tree *shown;

    *count = 0;
    if (list == NULL || !sim_bind_is(binder, list, SIM_SEQUENCE, "expect", "a list of checkers"))
        return NULL;
    expectations = sim_document_alloc(binder->document, (list->count + 1) * sizeof(*expectations));
    memset(expectations, 0, (list->count + 1) * sizeof(*expectations));
    shown = sim_bind_node(binder, SIM_SEQUENCE, &list->mark, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        shown->items[shown->count++] = bind_expectation(binder, list->items[i], &expectations[i]);
    sim_bind_put(binder, root, "expect", shown);
    *count = list->count;
    return expectations;
}
