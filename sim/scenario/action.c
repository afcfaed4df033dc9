/* action.c - what only actions have: `to:` of `set` and `run:` and `with:` of `command`. */
#include "sim/scenario/schema.h"

#include <string.h>

struct run {
    const char *name;
};

static const struct sim_field run_fields[] = {
    { "run", SIM_FIELD_TEXT, offsetof(struct run, name), false, NULL, NULL, NULL,
      "the command, one that the model declares", NULL, NULL },
    { 0 },
};

static const struct sim_field no_fields[] = { { 0 } };

/* -- schema ------------------------------------------------------------------------------------ */

static void values_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
}

static void to_schema(struct sim_schema *schema)
{
    values_schema(schema);
    sim_schema_raw(schema, "minProperties", "1");
}

const struct sim_field *sim_action_fields(const struct sim_fault_kind *kind)
{
    return kind == &sim_action_command ? run_fields : no_fields;
}

struct sim_key sim_action_key(const struct sim_fault_kind *kind)
{
    if (kind == &sim_action_set)
        return (struct sim_key){ "to", true, "parameters and their new values", to_schema };
    if (kind == &sim_action_command)
        return (struct sim_key){ "with", false, "what the command is told", values_schema };
    return (struct sim_key){ NULL, false, NULL, NULL };
}

/* -- whose model ------------------------------------------------------------------------------- */

/* The one group that FAULT aims at; SIM_NO_GROUP after an error, or if that was reported before. */
static uint32_t group_of(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_fault_plan *fault)
{
    uint32_t group = SIM_NO_GROUP;

    if (fault->side_count == 0)
        return SIM_NO_GROUP;
    for (uint32_t i = 0; i < fault->sides[0].count; i++) {
        uint32_t other = fault->sides[0].selectors[i].group;

        if (other == SIM_NO_GROUP)
            return SIM_NO_GROUP;
        if (group != SIM_NO_GROUP && other != group) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  sim_bind_key_mark(mapping, fault->kind->name),
                                  "write an entry for each group",
                                  "'%s' aims at nodes of two groups", fault->kind->name);
            return SIM_NO_GROUP;
        }
        group = other;
    }
    return group;
}

/* -- set --------------------------------------------------------------------------------------- */

static bool is_whole_group(const struct sim_fault_plan *fault)
{
    const struct sim_selector *s = fault->sides[0].selectors;

    return fault->sides[0].count == 1 && s->member == SIM_NO_GROUP && s->pick == 0 && !s->where;
}

static bool is_live(const struct sim_model *model, const char *name)
{
    for (size_t i = 0; i < SIM_LIVE_MAX && model->live[i] != NULL; i++)
        if (strcmp(model->live[i], name) == 0)
            return true;
    return false;
}

/* Those of the model's parameters that TO names and that may change. */
static struct sim_field *chosen_fields(struct sim_binder *binder, const struct sim_tree *to,
                                       const struct sim_group_plan *group)
{
    const struct sim_model *model = group->model;
    struct sim_field *chosen =
        sim_document_alloc(binder->document, (to->count + 1) * sizeof(*chosen));
    const char **live = sim_document_alloc(binder->document, (SIM_LIVE_MAX + 1) * sizeof(*live));
    size_t count = 0;

    memcpy(live, model->live, sizeof(model->live));
    live[SIM_LIVE_MAX] = NULL;
    for (uint32_t i = 0; i < to->count; i++) {
        const struct sim_field *field = model->params.fields;

        while (field != NULL && field->name != NULL && strcmp(field->name, to->keys[i]) != 0)
            field++;
        if (field == NULL || field->name == NULL || !is_live(model, field->name))
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &to->key_marks[i],
                                  live[0] ? sim_bind_hint(binder, to->keys[i], live) : NULL,
                                  field != NULL && field->name != NULL
                                      ? "'%s' of model '%s' cannot change while it runs"
                                      : "'%s' is no parameter of model '%s'",
                                  to->keys[i], model->name);
        else
            chosen[count++] = *field;
    }
    chosen[count] = (struct sim_field){ 0 };
    return chosen;
}

/* An optional parameter that was left out is zeroed: the model works without it, and would not know
 * what to do with one that comes later. */
static void check_given(struct sim_binder *binder, const struct sim_tree *to,
                        const struct sim_field *fields, const struct sim_group_plan *group)
{
    for (const struct sim_field *field = fields; field->name != NULL; field++) {
        const char *value = (const char *)group->params + field->offset;
        size_t size = sim_field_size(field), i = 0;

        while (i < size && value[i] == 0)
            i++;
        if (i == size && field->standard != NULL && strcmp(field->standard, SIM_OPTIONAL) == 0)
            sim_diagnostics_error(
                binder->diagnostics, SIM_WRONG_MEANING, sim_bind_key_mark(to, field->name), NULL,
                "group '%s' has no '%s' that could change", group->name, field->name);
    }
}

/* The rules between parameters, as if this were the only change. */
static void check_rules(struct sim_binder *binder, const struct sim_tree *to,
                        const struct sim_set_params *set, const struct sim_group_plan *group)
{
    const struct sim_model *model = group->model;
    char *params = sim_document_alloc(binder->document, model->params.size), text[160];
    const char *blamed;

    if (model->check == NULL || sim_diagnostics_errors(binder->diagnostics) > 0)
        return;
    memcpy(params, group->params, model->params.size);
    for (const struct sim_field *field = set->fields; field->name != NULL; field++)
        memcpy(params + field->offset, (const char *)set->values + field->offset,
               sim_field_size(field));
    blamed = model->check(params, group->count, text);
    if (blamed != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &to->mark, NULL,
                              "with these, '%s' of group '%s' %s", blamed, group->name, text);
}

static void bind_set(struct sim_binder *binder, struct sim_tree *mapping,
                     const struct sim_group_plan *group, struct sim_fault_plan *fault)
{
    const struct sim_tree *to = sim_tree_get(mapping, "to");
    struct sim_tree *given;
    struct sim_set_params *set = sim_document_alloc(binder->document, sizeof(*set));
    void *values;

    if (!is_whole_group(fault)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, "set"), "name the group alone",
                              "parameters belong to a whole group");
        return;
    }
    if (to == NULL || !sim_bind_is(binder, to, SIM_MAPPING, "to", "parameters and their values"))
        return;
    if (group->model == NULL || group->params == NULL)
        return; /* reported before */
    values = sim_document_alloc(binder->document, group->model->params.size);
    memset(values, 0, group->model->params.size);
    *set = (struct sim_set_params){ chosen_fields(binder, to, group), values };
    given = sim_bind_node(binder, SIM_MAPPING, &to->mark, to->count);
    for (uint32_t i = 0; i < to->count; i++)
        sim_bind_put(binder, given, to->keys[i], to->items[i]);
    sim_bind_fields(binder, given, set->fields, values);
    check_given(binder, to, set->fields, group);
    check_rules(binder, to, set, group);
    fault->params = set;
}

/* -- command ----------------------------------------------------------------------------------- */

static const char *const *command_names(struct sim_binder *binder, const struct sim_model *model)
{
    const char **names =
        sim_document_alloc(binder->document, (SIM_COMMANDS_MAX + 1) * sizeof(*names));
    size_t count = 0;

    while (count < SIM_COMMANDS_MAX && model->commands[count].name != NULL) {
        names[count] = model->commands[count].name;
        count++;
    }
    names[count] = NULL;
    return names;
}

static void bind_with(struct sim_binder *binder, struct sim_tree *mapping,
                      const struct sim_command_kind *command, struct sim_command_params *params)
{
    const struct sim_field *fields = command->params.fields ? command->params.fields : no_fields;
    const struct sim_keys keys = { .fields = { fields }, .keys = NULL };
    const struct sim_tree *with = sim_tree_get(mapping, "with");
    const struct sim_subject subject = { sim_bind_text(binder, "command '%s'", command->name),
                                         with ? &with->mark : &mapping->mark, false };
    struct sim_tree *given;
    void *values;

    if (fields == no_fields && with == NULL)
        return;
    given = sim_bind_complete(binder, with, &keys, &subject);
    if (given == NULL || command->params.size == 0)
        return;
    values = sim_document_alloc(binder->document, command->params.size);
    memset(values, 0, command->params.size);
    sim_bind_fields(binder, given, fields, values);
    sim_bind_put(binder, mapping, "with", given);
    params->params = values;
}

static void bind_command(struct sim_binder *binder, struct sim_tree *mapping,
                         const struct sim_group_plan *group, struct sim_fault_plan *fault)
{
    struct sim_command_params *params = sim_document_alloc(binder->document, sizeof(*params));
    const struct sim_tree *tree = sim_tree_get(mapping, "run");
    const char *const *names;
    struct run run = { NULL };

    sim_bind_fields(binder, mapping, run_fields, &run);
    if (group->model == NULL || run.name == NULL || tree == NULL)
        return; /* reported before */
    *params = (struct sim_command_params){ 0, NULL };
    names = command_names(binder, group->model);
    while (names[params->command] != NULL && strcmp(names[params->command], run.name) != 0)
        params->command++;
    if (names[params->command] == NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                              names[0] ? sim_bind_hint(binder, run.name, names)
                                       : "it declares none",
                              "model '%s' declares no command '%s'", group->model->name, run.name);
        return;
    }
    bind_with(binder, mapping, &group->model->commands[params->command], params);
    fault->params = params;
}

/* -- all --------------------------------------------------------------------------------------- */

static void check_start(struct sim_binder *binder, const struct sim_tree *mapping,
                        const struct sim_fault_plan *fault)
{
    for (uint32_t i = 0; fault->side_count > 0 && i < fault->sides[0].count; i++) {
        const struct sim_selector *s = &fault->sides[0].selectors[i];

        if (s->where != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  sim_bind_key_mark(mapping, "start"), NULL,
                                  "a node that does not run has no state: 'where' never matches");
    }
}

void sim_bind_action(struct sim_binder *binder, struct sim_tree *mapping,
                     struct sim_fault_plan *fault)
{
    uint32_t group;

    if (fault->kind == &sim_action_start)
        check_start(binder, mapping, fault);
    if (fault->kind != &sim_action_set && fault->kind != &sim_action_command)
        return;
    group = group_of(binder, mapping, fault);
    if (group == SIM_NO_GROUP)
        return;
    if (fault->kind == &sim_action_set)
        bind_set(binder, mapping, &binder->plan->groups[group], fault);
    else
        bind_command(binder, mapping, &binder->plan->groups[group], fault);
}
