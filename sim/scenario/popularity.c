/* popularity.c - how often each of some things is asked for: `uniform`, or a mapping with one key.
 */
#include "sim/scenario/schema.h"

#include <string.h>

enum { SHAPES = 2, HOTSPOT = SHAPES };

/* A number that stands without its name: `{zipf: 0.99}`. */
static const struct sim_field exponents[SHAPES + 1] = {
    { "zipf", SIM_FIELD_NUMBER, 0, false, NULL, "0.01", "10", "the k-th thing with weight 1/k^s: s",
      NULL, NULL },
    { "latest", SIM_FIELD_NUMBER, 0, false, NULL, "0.01", "10",
      "the k-th newest thing with weight 1/k^s: s", NULL, NULL },
    { 0 },
};

struct hotspot {
    double keys, share;
};

static const struct sim_field hotspot_fields[] = {
    SIM_SHARE(struct hotspot, keys, NULL, "so many of the things are hot, at least one"),
    SIM_SHARE(struct hotspot, share, NULL, "so often one of these is asked for"),
    { 0 },
};

static const char *const names[] = { "zipf", "latest", "hotspot", NULL };

static struct sim_popularity *bind_exponent(struct sim_binder *binder, struct sim_tree *tree,
                                            size_t shape)
{
    const struct sim_field fields[2] = { exponents[shape], { 0 } };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);
    double exponent = 0;

    sim_bind_fields(binder, tree, fields, &exponent);
    if (errors != sim_diagnostics_errors(binder->diagnostics))
        return NULL;
    return shape == 0 ? sim_popularity_zipf(exponent) : sim_popularity_latest(exponent);
}

static struct sim_popularity *bind_hotspot(struct sim_binder *binder, struct sim_tree *tree,
                                           struct sim_tree **effective)
{
    const struct sim_keys keys = { .fields = { hotspot_fields } };
    const struct sim_subject subject = { "'hotspot'", &tree->key_marks[0], false };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);
    struct hotspot hotspot = { 0, 0 };
    struct sim_tree *mapping = sim_bind_complete(binder, tree->items[0], &keys, &subject);

    if (mapping == NULL)
        return NULL;
    sim_bind_fields(binder, mapping, hotspot_fields, &hotspot);
    if (errors != sim_diagnostics_errors(binder->diagnostics))
        return NULL;
    *effective = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 1);
    sim_bind_put(binder, *effective, names[HOTSPOT], mapping);
    return sim_popularity_hotspot(hotspot.keys, hotspot.share);
}

struct sim_popularity *sim_bind_popularity(struct sim_binder *binder, const struct sim_field *field,
                                           struct sim_tree *tree, struct sim_tree **effective)
{
    if (tree->kind == SIM_MAPPING && tree->count != 1) /* an override that names another kind */
        tree = sim_tree_last(tree);
    *effective = tree;
    if (tree->kind == SIM_SCALAR && strcmp(tree->text, "uniform") == 0)
        return sim_popularity_uniform();
    for (size_t shape = 0; tree->kind == SIM_MAPPING && tree->count == 1 && shape < SHAPES; shape++)
        if (strcmp(tree->keys[0], names[shape]) == 0)
            return bind_exponent(binder, tree, shape);
    if (tree->kind == SIM_MAPPING && tree->count == 1 && strcmp(tree->keys[0], names[HOTSPOT]) == 0)
        return bind_hotspot(binder, tree, effective);
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                          sim_bind_expected(binder, field), "'%s': no such popularity",
                          field->name);
    return NULL;
}

void sim_schema_popularity(struct sim_schema *schema)
{
    const struct sim_keys keys = { .fields = { hotspot_fields } };

    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_text(schema, "const", "uniform");
    sim_schema_close(schema, '{');
    for (size_t shape = 0; shape <= HOTSPOT; shape++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_text(schema, "type", "object");
        sim_schema_open(schema, "properties", '{');
        sim_schema_open(schema, names[shape], '{');
        if (shape == HOTSPOT)
            sim_schema_mapping(schema, &keys);
        else
            sim_schema_value(schema, &exponents[shape]);
        sim_schema_close(schema, '{');
        sim_schema_close(schema, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ names[shape], NULL });
        sim_schema_raw(schema, "additionalProperties", "false");
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
}
