/* nodes.c - `nodes:` of a scenario: groups, each with a model, its parameters, and the machines it
 * runs on. */
#include "sim/core/mem.h"
#include "sim/scenario/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 10000000, GROUP_KEYS_MAX = 7 };

/* What every group has, whatever its model. */
struct common {
    int64_t count, max;
    struct sim_clock_plan clock;
    struct sim_disk_plan disk;
    struct sim_processor_plan processor;
};

static const char *const unsynced_names[] = { "dropped", "kept", "torn", NULL };

static const struct sim_field clock_fields[] = {
    SIM_DISTRIBUTION(struct sim_clock_plan, offset, "0", "-1d", "1d",
                     "ahead of true time at the start; drawn for each node"),
    SIM_PPM(struct sim_clock_plan, drift, "0", "-100000ppm", "100000ppm",
            "faster than true time; drawn for each node"),
    { 0 },
};

static const struct sim_field disk_fields[] = {
    SIM_DISTRIBUTION(struct sim_disk_plan, sync, "0", "0", "1h",
                     "until what was written is durable"),
    SIM_CHOICE(struct sim_disk_plan, unsynced, "dropped", unsynced_names,
               "what a crash does to writes not yet durable; torn: some are left, drawn, and the "
               "next is half there"),
    SIM_SIZE(struct sim_disk_plan, capacity, "0", "0", "1000000GB",
             "what the logs may have; then writes fail; 0: without bound"),
    SIM_SIZE(struct sim_disk_plan, cache, "64MiB", "4KiB", "1000000GB",
             "what may be written and not durable; beyond, the oldest is written back without a "
             "sync"),
    { 0 },
};

static const struct sim_field processor_fields[] = {
    SIM_INTEGER(struct sim_processor_plan, workers, "1", "1", "1024",
                "messages handled at the same time"),
    SIM_INTEGER(struct sim_processor_plan, queue, "1000", "0", "1000000000",
                "messages that may wait; more are refused"),
    SIM_DISTRIBUTION(struct sim_processor_plan, cost, "0", "0", "1h", "of handling a message"),
    SIM_BOOLEAN(struct sim_processor_plan, free_replies, "false",
                "answers to the node's own calls cost nothing and do not queue"),
    { 0 },
};

static const struct sim_field common_fields[] = {
    SIM_INTEGER(struct common, count, "1", "1", "1000000",
                "nodes of the group that run from the start"),
    SIM_INTEGER(struct common, max, SIM_OPTIONAL, "1", "1000000",
                "nodes that actions may start it up to; as many as `count` if left out"),
    SIM_OBJECT(struct common, clock, clock_fields, "the nodes' clocks"),
    SIM_OBJECT(struct common, disk, disk_fields, "the nodes' disks"),
    SIM_OBJECT(struct common, processor, processor_fields, "what handling messages costs"),
    { 0 },
};

static const struct sim_field no_fields[] = { { 0 } };

/* -- names ------------------------------------------------------------------------------------- */

static bool consists_of(const char *name, const char *more)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz";
    char allowed[48];

    snprintf(allowed, sizeof(allowed), "%s0123456789%s", small, more);
    return name[0] != '\0' && strchr(small, name[0]) != NULL &&
           name[strspn(name, allowed)] == '\0' && !sim_bind_is_typed(name);
}

bool sim_bind_is_name(const char *name)
{
    return consists_of(name, "-");
}

bool sim_bind_is_label(const char *name)
{
    return consists_of(name, "_-");
}

/* "store-2" would be a node of the group "store", and "rest" has a meaning of its own. */
bool sim_bind_is_group_name(const char *name)
{
    const char *hyphen = strrchr(name, '-');
    bool node =
        hyphen != NULL && hyphen[1] != '\0' && hyphen[1 + strspn(hyphen + 1, "0123456789")] == '\0';

    return sim_bind_is_name(name) && !node && strcmp(name, "rest") != 0 &&
           strcmp(name, SIM_NOBODY) != 0;
}

void sim_load_group_names(struct sim_binder *binder, const struct sim_tree *root)
{
    const struct sim_tree *nodes = sim_tree_get(root, "nodes");

    for (uint32_t i = 0; nodes != NULL && nodes->kind == SIM_MAPPING && i < nodes->count; i++)
        sim_bind_add_name(&binder->groups, nodes->keys[i], 0);
}

/* -- models ------------------------------------------------------------------------------------ */

static bool is_called(const struct sim_model *model, const char *name)
{
    return strcmp(model->name, name) == 0 ||
           (model->alias != NULL && strcmp(model->alias, name) == 0);
}

static const struct sim_model *find_model(const struct sim_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; catalogue->models[i] != NULL; i++)
        if (is_called(catalogue->models[i], name))
            return catalogue->models[i];
    return NULL;
}

static void model_schema(struct sim_schema *schema)
{
    const struct sim_model *model = schema->model;

    if (model != NULL && model->alias == NULL)
        sim_schema_text(schema, "const", model->name);
    else if (model != NULL)
        sim_schema_texts(schema, "enum", (const char *const[]){ model->name, model->alias, NULL });
}

static void target_schema(struct sim_schema *schema)
{
    sim_schema_text(schema, "$ref", "#/definitions/group");
}

#define ZONE "'type': 'string', 'pattern': '" SIM_PATTERN_NAME "'"

static void zone_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[{" ZONE "}]");
}

static void zones_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "1");
    sim_schema_raw(schema, "items", "{" ZONE "}");
}

static void bugs_schema(struct sim_schema *schema)
{
    const char *names[SIM_BUGS_MAX + 1] = { NULL };

    for (size_t i = 0; i < SIM_BUGS_MAX && schema->model->bugs[i] != NULL; i++)
        names[i] = schema->model->bugs[i];
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_open(schema, "items", '{');
    sim_schema_texts(schema, "enum", names);
    sim_schema_close(schema, '{');
}

static void preset_schema(struct sim_schema *schema)
{
    sim_schema_open(schema, "enum", '[');
    for (const struct sim_preset *one = schema->model->presets; one->name != NULL; one++)
        sim_schema_text(schema, NULL, one->name);
    sim_schema_close(schema, '[');
}

/* The keys of a group of MODEL; OWN has room for those that are bound by hand. */
static struct sim_keys keys_of(const struct sim_model *model, struct sim_key own[GROUP_KEYS_MAX])
{
    const struct sim_field *params =
        model->params.fields == NULL ? no_fields : model->params.fields;
    size_t n = 0;

    own[n++] = (struct sim_key){ "model", true, "what the nodes run", model_schema };
    /* known even where it has no meaning, so that its own message can say why */
    own[n++] = (struct sim_key){ "target", sim_bind_has_target(model), "the group that calls go to",
                                 sim_bind_has_target(model) ? target_schema : NULL };
    own[n++] = (struct sim_key){ "preset", false, "the settings of a system that people know",
                                 model->presets != NULL ? preset_schema : NULL };
    own[n++] = (struct sim_key){ "zone", false, "where all nodes are", zone_schema };
    own[n++] = (struct sim_key){ "zones", false, "where the nodes are, in turn", zones_schema };
    if (model->bugs[0] != NULL)
        own[n++] = (struct sim_key){ "bugs", false, "well-known mistakes to plant", bugs_schema };
    own[n] = (struct sim_key){ NULL, false, NULL, NULL };
    return (struct sim_keys){ .fields = { common_fields, params }, .keys = own };
}

bool sim_model_has_key(const void *context, const char *model, const char *key)
{
    const struct sim_catalogue *catalogue = context;
    const struct sim_model *found = find_model(catalogue, model);
    struct sim_key own[GROUP_KEYS_MAX];
    struct sim_keys keys;

    if (found == NULL)
        return true; /* whose keys they are cannot be told */
    keys = keys_of(found, own);
    for (const struct sim_key *k = keys.keys; k->name != NULL; k++)
        if (strcmp(k->name, key) == 0)
            return k->schema != NULL;
    for (size_t t = 0; keys.fields[t] != NULL; t++)
        for (const struct sim_field *field = keys.fields[t]; field->name != NULL; field++)
            if (strcmp(field->name, key) == 0)
                return true;
    return false;
}

static void write_model(struct sim_schema *schema, const struct sim_model *model)
{
    struct sim_key own[GROUP_KEYS_MAX];
    const struct sim_keys keys = keys_of(model, own);
    char *name = sim_format("model-%s", model->name);

    schema->model = model;
    sim_schema_open(schema, name, '{');
    if (model->summary != NULL)
        sim_schema_text(schema, "description", model->summary);
    sim_schema_mapping(schema, &keys);
    sim_schema_raw(schema, "not",
                   "{'allOf': [" SIM_SCHEMA_HAS("zone") ", " SIM_SCHEMA_HAS("zones") "]}");
    sim_schema_close(schema, '{');
    schema->model = NULL;
    sim_free(name);
}

void sim_schema_models(struct sim_schema *schema)
{
    sim_schema_open(schema, "node-group", '{');
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_open(schema, "properties", '{');
    sim_schema_open(schema, "model", '{');
    sim_schema_open(schema, "enum", '[');
    for (size_t i = 0; schema->catalogue->models[i] != NULL; i++) {
        sim_schema_text(schema, NULL, schema->catalogue->models[i]->name);
        if (schema->catalogue->models[i]->alias != NULL)
            sim_schema_text(schema, NULL, schema->catalogue->models[i]->alias);
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_open(schema, "allOf", '[');
    for (size_t i = 0; schema->catalogue->models[i] != NULL; i++) {
        const struct sim_model *model = schema->catalogue->models[i];
        char *names = model->alias == NULL
                          ? sim_format("'const': '%s'", model->name)
                          : sim_format("'enum': ['%s', '%s']", model->name, model->alias);
        char *condition =
            sim_format("{'required': ['model'], 'properties': {'model': {%s}}}", names);
        char *then = sim_format("{'$ref': '#/definitions/model-%s'}", model->name);

        sim_schema_open(schema, NULL, '{');
        sim_schema_raw(schema, "if", condition);
        sim_schema_raw(schema, "then", then);
        sim_schema_close(schema, '{');
        sim_free(names);
        sim_free(condition);
        sim_free(then);
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    for (size_t i = 0; schema->catalogue->models[i] != NULL; i++)
        write_model(schema, schema->catalogue->models[i]);
}

/* -- one group --------------------------------------------------------------------------------- */

static const char *const *model_names(struct sim_binder *binder)
{
    const char **names;
    size_t count = 0;

    while (binder->catalogue->models[count] != NULL)
        count++;
    names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = binder->catalogue->models[i]->name;
    names[count] = NULL;
    return names;
}

/* A group that an override made by a slip of the pen is like one that is there. */
static const char *hint_at_model(struct sim_binder *binder, const char *group)
{
    const char *models = sim_bind_hint(binder, "", model_names(binder)), *near;
    const char **others =
        sim_document_alloc(binder->document, (binder->groups.count + 1) * sizeof(*others));
    size_t count = 0;

    for (size_t i = 0; i < binder->groups.count; i++)
        if (strcmp(binder->groups.names[i], group) != 0)
            others[count++] = binder->groups.names[i];
    near = sim_nearest(group, others);
    if (near == NULL || models == NULL)
        return models;
    return sim_bind_text(binder, "did you mean the group '%s'? A new one needs a model; %s", near,
                         models);
}

/* Without a model nothing else in the group can be judged, except that `modle` was meant to be one.
 */
static void report_no_model(struct sim_binder *binder, const struct sim_tree *tree,
                            const char *group, const struct sim_subject *subject)
{
    static const char *const wanted[] = { "model", NULL };

    for (uint32_t i = 0; tree != NULL && i < tree->count; i++)
        if (strcmp(tree->keys[i], wanted[0]) != 0 && sim_nearest(tree->keys[i], wanted) != NULL) {
            sim_bind_unknown_key(binder, tree->keys[i], &tree->key_marks[i], wanted, subject);
            return;
        }
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, subject->mark,
                          hint_at_model(binder, group), "missing key 'model' in %s", subject->what);
}

static const struct sim_model *bind_model(struct sim_binder *binder, const struct sim_tree *tree,
                                          const char *group, const struct sim_subject *subject)
{
    const struct sim_tree *name = tree == NULL ? NULL : sim_tree_get(tree, "model");
    const struct sim_model *model;

    if (sim_tree_is_null(name)) {
        report_no_model(binder, tree, group, subject);
        return NULL;
    }
    if (!sim_bind_is(binder, name, SIM_SCALAR, "model", "the name of a model"))
        return NULL;
    model = find_model(binder->catalogue, name->text);
    if (model == NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &name->mark,
                              sim_bind_hint(binder, name->text, model_names(binder)),
                              "unknown model '%s'", name->text);
    return model;
}

static uint32_t add_zone(struct sim_binder *binder, const struct sim_tree *tree)
{
    size_t zone;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, "zone", "the name of a zone"))
        return 0;
    if (!sim_bind_is_name(tree->text)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected small letters, digits and hyphens, such as eu-west",
                              "'%s' cannot be the name of a zone", tree->text);
        return 0;
    }
    zone = sim_bind_find_name(&binder->zones, tree->text);
    return (uint32_t)(zone < binder->zones.count
                          ? zone
                          : sim_bind_add_name(&binder->zones, tree->text, 0));
}

static void bind_zones(struct sim_binder *binder, const struct sim_tree *mapping,
                       struct sim_group_plan *group)
{
    const struct sim_tree *zone = sim_tree_get(mapping, "zone"),
                          *zones = sim_tree_get(mapping, "zones");
    uint32_t count = zones != NULL && zones->kind == SIM_SEQUENCE ? zones->count : 1;
    uint32_t *list = sim_document_alloc(binder->document, (count + 1) * sizeof(*list));

    if (zone != NULL && zones != NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(mapping, "zones"), NULL,
                              "'zone' and 'zones' exclude each other");
        return;
    }
    if (zone != NULL) {
        list[group->zone_count++] = add_zone(binder, zone);
    } else if (zones != NULL &&
               sim_bind_is(binder, zones, SIM_SEQUENCE, "zones", "a list of zones")) {
        for (uint32_t i = 0; i < zones->count; i++)
            list[group->zone_count++] = add_zone(binder, zones->items[i]);
        if (zones->count == 0)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &zones->mark, NULL,
                                  "'zones' is an empty list");
    }
    group->zones = list;
}

static void bind_bugs(struct sim_binder *binder, const struct sim_tree *tree,
                      struct sim_group_plan *group)
{
    const char *names[SIM_BUGS_MAX + 1] = { NULL };

    for (size_t i = 0; i < SIM_BUGS_MAX && group->model->bugs[i] != NULL; i++)
        names[i] = group->model->bugs[i];
    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "bugs", "a list of names"))
        return;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_tree *item = tree->items[i];
        size_t bug = 0;

        if (!sim_bind_is(binder, item, SIM_SCALAR, "bugs", "a list of names"))
            continue;
        while (names[bug] != NULL && strcmp(names[bug], item->text) != 0)
            bug++;
        if (names[bug] == NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &item->mark,
                                  sim_bind_hint(binder, item->text, names),
                                  "model '%s' has no bug '%s'", group->model->name, item->text);
        else
            group->bugs |= UINT64_C(1) << bug;
    }
}

static void bind_group(struct sim_binder *binder, const struct sim_tree *tree,
                       const struct sim_mark *mark, struct sim_group_plan *group,
                       struct sim_tree **shown)
{
    const struct sim_subject subject = { sim_bind_text(binder, "group '%s'", group->name), mark,
                                         true };
    struct common common = { .count = 0 };
    struct sim_key own[GROUP_KEYS_MAX];
    struct sim_keys keys;
    struct sim_tree *mapping;

    if (!sim_tree_is_null(tree) && !sim_bind_is_mapping(binder, tree, subject.what))
        return;
    group->model =
        bind_model(binder, tree->kind == SIM_MAPPING ? tree : NULL, group->name, &subject);
    if (group->model == NULL)
        return;
    keys = keys_of(group->model, own);
    if (!sim_bind_has_target(group->model) && sim_tree_get(tree, "target") != NULL)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_SCHEMA, sim_bind_key_mark(tree, "target"), NULL,
            sim_bind_lists_targets(group->model) ? "'target' in %s: the model '%s' lists whom it calls"
                                        : "'target' in %s: the model '%s' calls nobody",
            subject.what, group->model->name);
    mapping =
        sim_bind_complete(binder, sim_bind_preset(binder, tree, group->model), &keys, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, common_fields, &common);
    group->count = group->started = (uint32_t)common.count;
    if (common.max > common.count)
        group->count = (uint32_t)common.max;
    else if (common.max != 0 && common.max < common.count)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, sim_bind_key_mark(mapping, "max"), NULL,
            "'max' is below the %lld nodes that run from the start", (long long)common.count);
    group->clock = common.clock;
    group->clock.offset = sim_bind_unless_zero(common.clock.offset);
    group->disk = common.disk;
    group->disk.sync = sim_bind_unless_zero(common.disk.sync);
    group->processor = common.processor;
    group->processor.cost = sim_bind_unless_zero(common.processor.cost);
    bind_zones(binder, mapping, group);
    if (sim_bind_has_target(group->model) && sim_tree_get(mapping, "target") != NULL)
        group->target = sim_bind_group(binder, sim_tree_get(mapping, "target"), "target");
    if (sim_tree_get(mapping, "bugs") != NULL)
        bind_bugs(binder, sim_tree_get(mapping, "bugs"), group);
    if (group->model->params.fields != NULL) {
        group->params = sim_document_alloc(binder->document, group->model->params.size);
        memset(group->params, 0, group->model->params.size);
        sim_bind_fields(binder, mapping, group->model->params.fields, group->params);
        sim_bind_routes(binder, mapping, group);
    }
    *shown = mapping;
}

/* -- what several keys and groups say together ------------------------------------------------- */

/* Was VALUE added to MAPPING, rather than written? Then it stands where the mapping begins. */
static bool is_default(const struct sim_tree *mapping, const struct sim_tree *value)
{
    return value->mark.line == mapping->mark.line && value->mark.column == mapping->mark.column;
}

static void blame(struct sim_binder *binder, const struct sim_tree *mapping,
                  const struct sim_mark *mark, const struct sim_group_plan *group,
                  const char *blamed, const char *text)
{
    const struct sim_tree *value = sim_tree_get(mapping, blamed);

    if (value != NULL && !is_default(mapping, value))
        mark = &value->mark;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL,
                          "'%s' of group '%s': %s", blamed, group->name, text);
}

static void check_params(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_mark *mark, const struct sim_group_plan *group)
{
    char text[160] = "";
    const char *blamed = group->model->check == NULL
                             ? NULL
                             : group->model->check(group->params, group->count, text);

    if (blamed != NULL)
        blame(binder, mapping, mark, group, blamed, text);
}

/* All groups are whole: what models say of each other's parameters holds for them alone. */
static void check_fits(struct sim_binder *binder, const struct sim_tree *shown)
{
    for (uint32_t i = 0; i < shown->count; i++) {
        const struct sim_group_plan *group = &binder->plan->groups[i];
        char text[160] = "";
        const char *blamed =
            group->model->fits == NULL ? NULL : group->model->fits(binder->plan, i, text);

        if (blamed != NULL)
            blame(binder, shown->items[i], &shown->key_marks[i], group, blamed, text);
    }
}

static void check_total(struct sim_binder *binder, const struct sim_tree *root)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < binder->plan->group_count; i++)
        total += binder->plan->groups[i].count;
    if (total > NODES_MAX)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, sim_bind_key_mark(root, "nodes"), NULL,
            "%llu nodes in all groups together, at most %d", (unsigned long long)total, NODES_MAX);
}

void sim_load_nodes(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *nodes = sim_tree_get(root, "nodes");
    struct sim_group_plan *groups;
    const size_t before = sim_diagnostics_errors(binder->diagnostics);
    struct sim_tree *shown;
    bool *good;

    if (nodes == NULL || !sim_bind_is(binder, nodes, SIM_MAPPING, "nodes", "a mapping of groups"))
        return;
    if (nodes->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &nodes->mark, NULL,
                              "'nodes' has no groups");
    groups = sim_document_alloc(binder->document, (nodes->count + 1) * sizeof(*groups));
    memset(groups, 0, (nodes->count + 1) * sizeof(*groups));
    good = sim_document_alloc(binder->document, nodes->count + 1);
    shown = sim_bind_node(binder, SIM_MAPPING, &nodes->mark, nodes->count);
    for (uint32_t i = 0; i < nodes->count; i++) {
        size_t errors = sim_diagnostics_errors(binder->diagnostics);

        groups[i].name = nodes->keys[i];
        groups[i].target = SIM_NO_GROUP;
        shown->keys[i] = nodes->keys[i];
        shown->key_marks[i] = nodes->key_marks[i];
        shown->items[i] = nodes->items[i];
        if (!sim_bind_is_group_name(nodes->keys[i]))
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &nodes->key_marks[i],
                                  "expected small letters, digits and hyphens, not ending in - and "
                                  "digits, and not 'rest' or 'nobody'",
                                  "'%s' cannot be the name of a node group", nodes->keys[i]);
        bind_group(binder, nodes->items[i], &nodes->key_marks[i], &groups[i], &shown->items[i]);
        binder->groups.figures[i] = groups[i].count;
        good[i] = errors == sim_diagnostics_errors(binder->diagnostics);
    }
    shown->count = nodes->count;
    sim_bind_put(binder, root, "nodes", shown);
    binder->plan->groups = groups;
    binder->plan->group_count = nodes->count;
    binder->plan->zones = (const char *const *)binder->zones.names;
    binder->plan->zone_count = (uint32_t)binder->zones.count;
    for (uint32_t i = 0; i < nodes->count; i++)
        if (good[i]) {
            sim_bind_check_target(binder, shown->items[i], &groups[i]);
            sim_bind_check_routes(binder, &nodes->key_marks[i], &groups[i]);
            check_params(binder, shown->items[i], &nodes->key_marks[i], &groups[i]);
            sim_bind_check_kinds(binder, shown->items[i], &groups[i]);
        }
    if (sim_diagnostics_errors(binder->diagnostics) == before)
        check_fits(binder, shown);
    check_total(binder, root);
}
