/* preset.c - `preset:` of a node group: the settings of a system that people know, under what the
 * group says itself. */
#include "sim/scenario/bind.h"

#include <string.h>

enum { PRESETS_MAX = 32 };

static const struct sim_preset *find_preset(struct sim_binder *binder, const struct sim_tree *name,
                                            const struct sim_model *model)
{
    const char *names[PRESETS_MAX + 1] = { NULL };
    const struct sim_preset *one;
    size_t count = 0;

    for (one = model->presets; one != NULL && one->name != NULL; one++) {
        if (strcmp(one->name, name->text) == 0)
            return one;
        if (count < PRESETS_MAX)
            names[count++] = one->name;
    }
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &name->mark,
                          count == 0 ? NULL : sim_bind_hint(binder, name->text, names),
                          count == 0 ? "'preset': the model '%s' has none"
                                     : "model '%s' has no preset '%s'",
                          model->name, name->text);
    return NULL;
}

static void append(struct sim_tree *mapping, const char *key, const struct sim_mark *mark,
                   struct sim_tree *value)
{
    mapping->keys[mapping->count] = key;
    mapping->key_marks[mapping->count] = *mark;
    mapping->items[mapping->count++] = value;
}

const struct sim_tree *sim_bind_preset(struct sim_binder *binder, const struct sim_tree *tree,
                                       const struct sim_model *model)
{
    const struct sim_tree *name = sim_tree_get(tree, "preset");
    const struct sim_preset *preset;
    struct sim_tree *all;

    if (sim_tree_is_null(name) ||
        !sim_bind_is(binder, name, SIM_SCALAR, "preset", "the name of a preset"))
        return tree;
    preset = find_preset(binder, name, model);
    if (preset == NULL)
        return tree;
    all = sim_bind_node(binder, SIM_MAPPING, &tree->mark, tree->count + SIM_PRESET_VALUES_MAX);
    for (uint32_t i = 0; i < tree->count; i++)
        append(all, tree->keys[i], &tree->key_marks[i], tree->items[i]);
    for (size_t i = 0; i < SIM_PRESET_VALUES_MAX && preset->values[i].key != NULL; i++)
        if (sim_tree_is_null(sim_tree_get(tree, preset->values[i].key)))
            append(all, preset->values[i].key, &name->mark,
                   sim_bind_scalar(binder, &name->mark, preset->values[i].text));
    return all;
}
