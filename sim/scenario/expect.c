/* expect.c - `expect:` of a scenario: one checker each, with its parameters, and beside it `over:`
 * which seeds, or `is: violated` where a scenario shows what goes wrong. */
#include "sim/scenario/schema.h"

#include <string.h>

static const struct sim_field no_fields[] = { { 0 } };

struct beside { /* what may stand beside a checker */
    int64_t is;
};
static const char *const is_choices[] = { "violated", NULL };
static const struct sim_field beside_fields[] = {
    SIM_CHOICE(struct beside, is, SIM_OPTIONAL, is_choices,
               "that it does not hold is what is expected"),
    { 0 },
};

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
    sim_schema_raw(schema, "if", "{'anyOf': [{'required': ['over']}, {'required': ['is']}]}");
    sim_schema_raw(schema, "then",
                   "{'minProperties': 2, 'maxProperties': 2, "
                   "'not': {'required': ['over', 'is']}}");
    sim_schema_raw(schema, "else", "{'minProperties': 1, 'maxProperties': 1}");
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
    sim_schema_open(schema, "over", '{');
    sim_schema_text(schema, "description", "judge it under many seeds");
    sim_schema_over(schema);
    sim_schema_close(schema, '{');
    sim_schema_field(schema, &beside_fields[0]);
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

/* CHECKER: at which place of TREE it stands. */
static const char *describe(struct sim_binder *binder, const struct sim_tree *tree,
                            uint32_t checker)
{
    const struct sim_tree *over, *is;
    struct sim_text out = { 0 };

    if (tree->kind == SIM_SCALAR)
        return tree->text;
    over = sim_tree_get(tree, "over");
    is = sim_tree_get(tree, "is");
    sim_text_add(&out, "%s", tree->keys[checker]);
    if (!sim_tree_is_null(tree->items[checker])) {
        sim_text_add(&out, ": ");
        add_flow(&out, tree->items[checker]);
    }
    if (over != NULL) {
        sim_text_add(&out, ", over: ");
        add_flow(&out, over);
    }
    if (is != NULL) {
        sim_text_add(&out, ", is: ");
        add_flow(&out, is);
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

/* At which place of TREE the checker stands, beside `over:` or `is:`; tree->count after an error.
 */
static uint32_t find_key(struct sim_binder *binder, const struct sim_tree *tree)
{
    uint32_t place = tree->count, count = 0;

    for (uint32_t i = 0; i < tree->count; i++) {
        if (strcmp(tree->keys[i], "over") == 0 || strcmp(tree->keys[i], "is") == 0)
            continue;
        place = i;
        count++;
    }
    if (count == 1)
        return place;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                          "write one entry for each checker", "an expectation names %u checkers",
                          count);
    return tree->count;
}

/* The parameters of the expectation's checker, which NAMED says, or NULL after an error. */
static struct sim_tree *bind_params(struct sim_binder *binder, const struct sim_tree *given,
                                    const char *named, struct sim_expectation *expectation)
{
    const struct sim_described *checker = expectation->checker;
    const struct sim_subject subject = { sim_bind_text(binder, "'%s'", named), &expectation->mark,
                                         false };
    const struct sim_keys keys = { .fields = { fields_of(checker) } };
    const size_t errors = sim_diagnostics_errors(binder->diagnostics);
    struct sim_tree *mapping = sim_bind_complete(binder, given, &keys, &subject);
    void *params;

    if (mapping == NULL)
        return NULL;
    params = sim_document_alloc(binder->document, checker->size + 1);
    memset(params, 0, checker->size + 1);
    sim_bind_fields(binder, mapping, keys.fields[0], params);
    expectation->params = params;
    if (checker->check != NULL && sim_diagnostics_errors(binder->diagnostics) == errors)
        check_params(binder, mapping, expectation);
    return mapping;
}

/* What stands beside the checker of TREE, which goes to SHOWN. */
static void bind_beside(struct sim_binder *binder, const struct sim_tree *tree,
                        struct sim_expectation *expectation, struct sim_tree *shown)
{
    const struct sim_tree *over = sim_tree_get(tree, "over"), *is = sim_tree_get(tree, "is");
    struct sim_tree *shown_over = NULL;
    struct beside beside = { 0 };

    if (over != NULL)
        expectation->over =
            sim_load_over(binder, over, expectation->checker, expectation->params, &shown_over);
    if (shown_over != NULL)
        sim_bind_put(binder, shown, "over", shown_over);
    if (is == NULL)
        return;
    if (over != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, sim_bind_key_mark(tree, "is"),
                              "expected one of both",
                              "'is' stands beside 'over', which says itself how often it holds");
    sim_bind_put(binder, shown, "is", (struct sim_tree *)(uintptr_t)is);
    sim_bind_fields(binder, shown, beside_fields, &beside);
    expectation->is_violated = true;
}

static struct sim_tree *bind_expectation(struct sim_binder *binder, const struct sim_tree *tree,
                                         struct sim_expectation *expectation)
{
    const bool word = tree->kind == SIM_SCALAR;
    const char *name = word ? tree->text : NULL;
    struct sim_tree *shown, *mapping;
    uint32_t place = 0;

    if (!word &&
        (!sim_bind_is(binder, tree, SIM_MAPPING, "expect", "a mapping such as {invariants: {}}")))
        return NULL;
    expectation->mark = tree->mark;
    if (!word) {
        place = find_key(binder, tree);
        if (place == tree->count)
            return NULL;
        name = tree->keys[place];
        expectation->mark = tree->key_marks[place];
    }
    expectation->checker = find_checker(binder, name, &expectation->mark);
    if (expectation->checker == NULL)
        return NULL;
    expectation->text = describe(binder, tree, place);
    mapping = bind_params(binder, word ? NULL : tree->items[place], name, expectation);
    if (mapping == NULL)
        return NULL;
    shown = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 3);
    sim_bind_put(binder, shown, expectation->checker->name, mapping);
    if (!word)
        bind_beside(binder, tree, expectation, shown);
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
