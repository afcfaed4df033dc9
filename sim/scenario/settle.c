/* settle.c - `settle:`, at the top: for how long before its end a run is free of faults. */
#include "sim/scenario/schema.h"

#include <string.h>

struct settling {
    sim_time span;
    int64_t mode;
};

static const char *const modes[] = { "heal", "core", NULL };

static const struct sim_field settling_fields[] = {
    { "for", SIM_FIELD_DURATION, offsetof(struct settling, span), false, NULL, "1us", NULL,
      "so long before the end of the run all faults end", NULL, NULL },
    SIM_CHOICE(struct settling, mode, "heal", modes,
               "everything heals, or only what keeps a drawn majority of each group that is called "
               "from working together: the rest stays as it is"),
    { 0 },
};

static const struct sim_keys settling_keys = { .fields = { settling_fields } };

void sim_schema_settle(struct sim_schema *schema)
{
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_value(schema, &settling_fields[0]);
    sim_schema_close(schema, '{');
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &settling_keys);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

void sim_load_settle(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *tree = sim_tree_get(root, "settle");
    const struct sim_subject subject = { "settle", tree != NULL ? &tree->mark : NULL, false };
    struct settling settling = { 0 };
    struct sim_tree *mapping;

    if (tree == NULL)
        return;
    if (tree->kind == SIM_SCALAR) {
        struct sim_tree *holder = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 1);

        sim_bind_put(binder, holder, "for", (struct sim_tree *)(uintptr_t)tree);
        tree = holder;
    }
    mapping = sim_bind_complete(binder, tree, &settling_keys, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, settling_fields, &settling);
    sim_bind_put(binder, root, "settle", mapping);
    if (binder->plan->duration > 0 && settling.span >= binder->plan->duration)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, "for"), NULL,
                              "'settle' takes all of the run");
    else if (settling.span > 0)
        binder->plan->settle =
            (struct sim_settle_plan){ binder->plan->duration - settling.span, settling.mode };
}
