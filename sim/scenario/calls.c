/* calls.c - `calls:`, at the top: the filters that the calls of a group go through.
 *
 * `calls: {app: [retry: {attempts: 3}, timeout: 100ms]}` is for all calls of the group, which then
 * share what the filters know (one breaker for reads and writes); `calls: {app: {read: [...]}}` for
 * those of one call site. Outermost first. */
#include "sim/scenario/schema.h"
#include "sim/world/filter.h"

#include <string.h>

static const struct sim_field no_fields[] = { { 0 } };

static const struct sim_field *fields_of(const struct sim_filter *filter)
{
    return filter->params.fields != NULL ? filter->params.fields : no_fields;
}

/* The one that a value without a name is for: `timeout: 100ms`. NULL: there is none. */
static const struct sim_field *bare_field(const struct sim_filter *filter)
{
    const struct sim_field *fields = fields_of(filter);

    return fields[0].name != NULL && fields[1].name == NULL ? &fields[0] : NULL;
}

static const struct sim_filter *const *filters_of(const struct sim_catalogue *catalogue)
{
    static const struct sim_filter *const none[] = { NULL };

    return catalogue->filters != NULL ? catalogue->filters : none;
}

/* -- the schema -------------------------------------------------------------------------------- */

static bool needs_parameters(const struct sim_filter *filter)
{
    for (const struct sim_field *field = fields_of(filter); field->name != NULL; field++)
        if (field->standard == NULL)
            return true;
    return false;
}

static void write_filter(struct sim_schema *schema, const struct sim_filter *filter)
{
    const struct sim_keys keys = { .fields = { fields_of(filter) } };

    sim_schema_open(schema, NULL, '{');
    sim_schema_text(schema, "type", "object");
    sim_schema_text(schema, "description", filter->summary);
    sim_schema_open(schema, "properties", '{');
    sim_schema_open(schema, filter->name, '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &keys);
    sim_schema_close(schema, '{');
    if (bare_field(filter) != NULL) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_value(schema, bare_field(filter));
        sim_schema_close(schema, '{');
    }
    if (!needs_parameters(filter))
        sim_schema_raw(schema, NULL, "{'type': 'null'}");
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "additionalProperties", "false");
    sim_schema_raw(schema, "minProperties", "1");
    sim_schema_close(schema, '{');
}

void sim_schema_filters(struct sim_schema *schema)
{
    const struct sim_filter *const *filters = filters_of(schema->catalogue);

    sim_schema_open(schema, "filters", '{');
    sim_schema_text(schema, "type", "array");
    sim_schema_raw(schema, "maxItems", "8");
    sim_schema_open(schema, "items", '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_open(schema, "enum", '[');
    for (size_t i = 0; filters[i] != NULL; i++)
        if (!needs_parameters(filters[i]))
            sim_schema_text(schema, NULL, filters[i]->name);
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    for (size_t i = 0; filters[i] != NULL; i++)
        write_filter(schema, filters[i]);
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
}

void sim_schema_calls(struct sim_schema *schema)
{
    static const char list[] = "{'$ref': '#/definitions/filters'}";

    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "additionalProperties", '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, list);
    sim_schema_raw(schema, NULL,
                   "{'type': 'object', 'additionalProperties': {'$ref': '#/definitions/filters'}}");
    sim_schema_raw(schema, NULL, "{'type': 'null'}");
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

/* -- one filter -------------------------------------------------------------------------------- */

static const char *const *filter_names(struct sim_binder *binder)
{
    const struct sim_filter *const *filters = filters_of(binder->catalogue);
    const char **names;
    size_t count = 0;

    while (filters[count] != NULL)
        count++;
    names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = filters[i]->name;
    names[count] = NULL;
    return names;
}

static const struct sim_filter *find_filter(struct sim_binder *binder, const char *name,
                                            const struct sim_mark *mark)
{
    const struct sim_filter *const *filters = filters_of(binder->catalogue);

    for (size_t i = 0; filters[i] != NULL; i++)
        if (strcmp(filters[i]->name, name) == 0)
            return filters[i];
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark,
                          sim_bind_hint(binder, name, filter_names(binder)), "unknown filter '%s'",
                          name);
    return NULL;
}

/* `timeout: 100ms` and `breaker:` as mappings of parameters. */
static const struct sim_tree *as_mapping(struct sim_binder *binder, const struct sim_filter *filter,
                                         const struct sim_tree *value, const struct sim_mark *mark)
{
    struct sim_tree *mapping;

    if (value != NULL && value->kind == SIM_MAPPING)
        return value;
    if (sim_tree_is_null(value))
        return sim_bind_node(binder, SIM_MAPPING, mark, 0);
    if (bare_field(filter) == NULL)
        return value; /* reported as no mapping */
    mapping = sim_bind_node(binder, SIM_MAPPING, &value->mark, 1);
    sim_bind_put(binder, mapping, bare_field(filter)->name, (struct sim_tree *)(uintptr_t)value);
    return mapping;
}

static void check_params(struct sim_binder *binder, const struct sim_filter *filter, void *params,
                         const struct sim_tree *mapping)
{
    char text[160] = "";
    const char *blamed = filter->check != NULL ? filter->check(params, text) : NULL;

    if (blamed != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_tree_get(mapping, blamed) != NULL
                                  ? &sim_tree_get(mapping, blamed)->mark
                                  : &mapping->mark,
                              NULL, "'%s' of filter '%s': %s", blamed, filter->name, text);
}

/* TREE is one item of a list: a name, or a mapping of one name to its parameters. */
static bool bind_filter(struct sim_binder *binder, const struct sim_tree *tree,
                        struct sim_filter_plan *use, struct sim_tree **shown)
{
    const bool bare = tree->kind == SIM_SCALAR;
    const bool named = tree->kind == SIM_MAPPING && tree->count > 0;
    const struct sim_mark *mark = named ? &tree->key_marks[0] : &tree->mark;
    const size_t before = sim_diagnostics_errors(binder->diagnostics);
    const struct sim_tree *value;
    struct sim_tree *mapping;
    void *params;

    if (!bare && (tree->kind != SIM_MAPPING || tree->count != 1)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected one name with its parameters, such as "
                              "`retry: {attempts: 3}`",
                              "this is no filter");
        return false;
    }
    use->filter = find_filter(binder, bare ? tree->text : tree->keys[0], mark);
    if (use->filter == NULL)
        return false;
    value = as_mapping(binder, use->filter, bare ? NULL : tree->items[0], mark);
    mapping = sim_bind_complete(
        binder, value, &(struct sim_keys){ .fields = { fields_of(use->filter) } },
        &(struct sim_subject){ sim_bind_text(binder, "filter '%s'", use->filter->name), mark,
                               false });
    if (mapping == NULL)
        return false;
    params = sim_document_alloc(binder->document, use->filter->params.size + 1);
    memset(params, 0, use->filter->params.size + 1);
    sim_bind_fields(binder, mapping, fields_of(use->filter), params);
    use->params = params;
    if (sim_diagnostics_errors(binder->diagnostics) == before)
        check_params(binder, use->filter, params, mapping);
    *shown = sim_bind_node(binder, SIM_MAPPING, mark, 1);
    sim_bind_put(binder, *shown, use->filter->name, mapping);
    return true;
}

/* -- chains ------------------------------------------------------------------------------------ */

/* What filters say to callees stands behind the words of a request. */
static void check_room(struct sim_binder *binder, const struct sim_tree *list,
                       const struct sim_group_plan *group, uint32_t site)
{
    const struct sim_call_site *call = &group->model->calls[site];
    const struct sim_record *record = call->interface->operations[call->operation].request;

    if (record != NULL && record->words > SIM_RECORD_WORDS_MAX - 2)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &list->mark, NULL,
                              "the requests of '%s' have no room for what filters tell the callee",
                              call->name);
}

static struct sim_chain_plan bind_chain(struct sim_binder *binder, const struct sim_tree *list,
                                        struct sim_group_plan *group, struct sim_tree **shown)
{
    struct sim_filter_plan *uses;
    struct sim_chain_plan chain = { NULL, 0 };

    if (!sim_bind_is(binder, list, SIM_SEQUENCE, "calls", "a list of filters, outermost first"))
        return chain;
    if (list->count > SIM_FILTERS_MAX) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &list->mark, NULL,
                              "%u filters, at most %d", list->count, SIM_FILTERS_MAX);
        return chain;
    }
    uses = sim_document_alloc(binder->document, (list->count + 1) * sizeof(*uses));
    *shown = sim_bind_node(binder, SIM_SEQUENCE, &list->mark, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        if (bind_filter(binder, list->items[i], &uses[chain.count],
                        &(*shown)->items[chain.count])) {
            uses[chain.count].state = group->filter_states++;
            chain.count++;
        }
    (*shown)->count = chain.count;
    chain.filters = uses;
    return chain;
}

static uint32_t count_sites(const struct sim_model *model)
{
    uint32_t sites = 0;

    while (sites < SIM_CALLS_MAX && model->calls[sites].interface != NULL)
        sites++;
    return sites;
}

static uint32_t site_of_route(const struct sim_group_plan *group, uint32_t route)
{
    const uint32_t sites = group->target == SIM_NO_GROUP ? 0 : count_sites(group->model);

    return route < sites ? route : group->routes[route - sites].site;
}

static const char *name_of_route(const struct sim_group_plan *group, uint32_t route)
{
    const uint32_t sites = group->target == SIM_NO_GROUP ? 0 : count_sites(group->model);

    return route >= sites && group->routes[route - sites].name != NULL
               ? group->routes[route - sites].name
               : group->model->calls[site_of_route(group, route)].name;
}

uint32_t sim_bind_count_routes(const struct sim_group_plan *group)
{
    return group->route_count + (group->target == SIM_NO_GROUP ? 0 : count_sites(group->model));
}

/* Of the routes that are called NAME, with a list of filters each their own. */
static void bind_named(struct sim_binder *binder, const struct sim_tree *sites,
                       struct sim_group_plan *group, struct sim_chain_plan *chains,
                       struct sim_tree *shown)
{
    const uint32_t count = sim_bind_count_routes(group);
    const char **names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));

    for (uint32_t r = 0; r < count; r++)
        names[r] = name_of_route(group, r);
    names[count] = NULL;
    for (uint32_t i = 0; i < sites->count; i++) {
        uint32_t r = 0;
        struct sim_tree *list = sites->items[i];

        while (r < count && strcmp(names[r], sites->keys[i]) != 0)
            r++;
        if (r == count) {
            sim_diagnostics_error(binder->diagnostics,
                                  list->kind == SIM_SEQUENCE ? SIM_WRONG_MEANING : SIM_WRONG_SCHEMA,
                                  &sites->key_marks[i],
                                  sim_bind_hint(binder, sites->keys[i], names),
                                  "group '%s' has no call '%s'", group->name, sites->keys[i]);
            continue;
        }
        chains[r] = bind_chain(binder, list, group, &list);
        if (chains[r].count > 0)
            check_room(binder, list, group, site_of_route(group, r));
        sim_bind_put(binder, shown, sites->keys[i], list);
    }
}

static void bind_calls(struct sim_binder *binder, const struct sim_tree *tree,
                       struct sim_group_plan *group, struct sim_tree **shown)
{
    const uint32_t count = sim_bind_count_routes(group);
    struct sim_chain_plan *chains =
        sim_document_alloc(binder->document, (count + 1) * sizeof(*chains));

    memset(chains, 0, (count + 1) * sizeof(*chains));
    if (count == 0) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "group '%s' (model '%s') calls nobody", group->name,
                              group->model->name);
        return;
    }
    if (tree->kind == SIM_MAPPING) {
        *shown = sim_bind_node(binder, SIM_MAPPING, &tree->mark, tree->count);
        bind_named(binder, tree, group, chains, *shown);
    } else {
        const struct sim_chain_plan all = bind_chain(binder, tree, group, shown);

        for (uint32_t r = 0; r < count; r++) {
            chains[r] = all;
            if (all.count > 0)
                check_room(binder, tree, group, site_of_route(group, r));
        }
    }
    group->chains = chains;
}

void sim_load_calls(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *calls = sim_tree_get(root, "calls");
    struct sim_tree *shown;

    if (sim_tree_is_null(calls) ||
        !sim_bind_is(binder, calls, SIM_MAPPING, "calls", "a mapping of groups"))
        return;
    shown = sim_bind_node(binder, SIM_MAPPING, &calls->mark, calls->count);
    for (uint32_t i = 0; i < calls->count; i++) {
        const size_t g = sim_bind_find_name(&binder->groups, calls->keys[i]);
        struct sim_tree *item = calls->items[i];
        struct sim_group_plan *group;

        if (g == binder->groups.count) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &calls->key_marks[i],
                                  sim_bind_hint(binder, calls->keys[i], binder->groups.names),
                                  "unknown node group '%s'", calls->keys[i]);
            continue;
        }
        if (binder->groups_wrong || sim_tree_is_null(item))
            continue;
        group = (struct sim_group_plan *)(uintptr_t)&binder->plan->groups[g];
        bind_calls(binder, item, group, &item);
        sim_bind_put(binder, shown, calls->keys[i], item);
    }
    sim_bind_put(binder, root, "calls", shown);
}
