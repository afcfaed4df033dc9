/* museum.c - `museum:`, at the top: what a scenario is an exhibit of. A run does not read it. */
#include "sim/scenario/schema.h"

static const struct sim_field exhibit_fields[] = {
    SIM_TEXT(struct sim_exhibit, id, NULL, "what the exhibit is called, as in BUG-R2"),
    SIM_TEXT(struct sim_exhibit, planted, NULL, "the mistake that was made"),
    SIM_TEXT(struct sim_exhibit, noticed, NULL, "who notices it, and by what"),
    SIM_TEXT(struct sim_exhibit, read, NULL, "where it is told"),
    { 0 },
};

static const struct sim_keys exhibit_keys = { .fields = { exhibit_fields } };

void sim_schema_museum(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &exhibit_keys);
}

void sim_load_museum(struct sim_binder *binder, struct sim_tree *root, struct sim_exhibit *exhibit)
{
    const struct sim_tree *tree = sim_tree_get(root, "museum");
    const struct sim_subject subject = { "museum", tree != NULL ? &tree->mark : NULL, false };
    struct sim_tree *mapping;

    if (tree == NULL || !sim_bind_is_mapping(binder, tree, "'museum'"))
        return;
    mapping = sim_bind_complete(binder, tree, &exhibit_keys, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, exhibit_fields, exhibit);
    sim_bind_put(binder, root, "museum", mapping);
}
