/* luck.c - `luck:`, at the top: what is decided beforehand instead of drawn under the run's seed.
 */
#include "sim/scenario/schema.h"

#include <string.h>

static const struct sim_field luck_fields[] = {
    { "seed", SIM_FIELD_INTEGER, 0, false, SIM_OPTIONAL, "0", "9223372036854775807",
      "of all luck, whatever seed the run is given", NULL, NULL },
    { 0 },
};

static const struct sim_keys luck_keys = { .fields = { luck_fields } };

void sim_schema_luck(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &luck_keys);
}

void sim_load_luck(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *tree = sim_tree_get(root, "luck");
    const struct sim_subject subject = { "luck", tree != NULL ? &tree->mark : NULL, false };
    struct sim_luck_plan *luck = &binder->plan->luck;
    struct sim_tree *mapping;
    int64_t seed = 0;

    if (tree == NULL || !sim_bind_is_mapping(binder, tree, "'luck'"))
        return;
    mapping = sim_bind_complete(binder, tree, &luck_keys, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, luck_fields, &seed);
    luck->has_seed = sim_tree_get(mapping, "seed") != NULL;
    luck->seed = (uint64_t)seed;
    sim_bind_put(binder, root, "luck", mapping);
}
