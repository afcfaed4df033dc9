/* routes.c - whom the calls of a group go to: `target`, or the groups that its parameters list.
 *
 * A list whose items name a group belongs to call sites: to the one that is called as the list, or
 * to all whose names begin with the list's and a dot (`shards.read`, `shards.write`). Each item
 * makes a route of each of them, in the order of the items, then of the sites. A list to which no
 * call site belongs only mentions groups.
 *
 * Who is called has to serve the interface, and do of it what clients ask for; of who forwards
 * (sim_model.forwards), all that are behind it have to. */
#include "sim/scenario/schema.h"

#include <string.h>

/* What the name of SITE has behind that of LIST: "" or an operation; NULL: it is not of LIST. */
static const char *within(const struct sim_call_site *site, const char *list)
{
    const size_t length = strlen(list);

    if (site->name == NULL || strncmp(site->name, list, length) != 0)
        return NULL;
    return site->name[length] == '.'    ? site->name + length + 1
           : site->name[length] == '\0' ? site->name + length
                                        : NULL;
}

static const struct sim_field *item_group(const struct sim_model *model,
                                          const struct sim_field *list)
{
    const struct sim_field *item = list->fields;
    bool is_called = false;

    if (list->type != SIM_FIELD_LIST)
        return NULL;
    for (uint32_t i = 0; i < SIM_CALLS_MAX && model->calls[i].interface != NULL; i++)
        is_called = is_called || within(&model->calls[i], list->name) != NULL;
    while (item->name != NULL && item->type != SIM_FIELD_GROUP)
        item++;
    return is_called && item->name != NULL ? item : NULL;
}

bool sim_bind_lists_targets(const struct sim_model *model)
{
    for (const struct sim_field *f = model->params.fields; f != NULL && f->name != NULL; f++)
        if (item_group(model, f) != NULL)
            return true;
    return false;
}

bool sim_bind_has_target(const struct sim_model *model)
{
    return model->calls[0].interface != NULL && !sim_bind_lists_targets(model);
}

/* -- binding ----------------------------------------------------------------------------------- */

/* That of an item: its `name`, or else its group's. */
static const char *name_of_item(struct sim_binder *binder, const struct sim_field *list,
                                const char *item, uint32_t target)
{
    const char *name = binder->groups.names[target];

    for (const struct sim_field *k = list->fields; k->name != NULL; k++)
        if (k->type == SIM_FIELD_TEXT && strcmp(k->name, "name") == 0 &&
            *(const char *const *)(const void *)(item + k->offset) != NULL)
            name = *(const char *const *)(const void *)(item + k->offset);
    return name;
}

static uint32_t sites_of(const struct sim_model *model, const char *list)
{
    uint32_t sites = 0;

    for (uint32_t i = 0; i < SIM_CALLS_MAX && model->calls[i].interface != NULL; i++)
        sites += within(&model->calls[i], list) != NULL;
    return sites;
}

static void add_item(struct sim_binder *binder, const struct sim_field *list, const char *item,
                     uint32_t target, struct sim_group_plan *group, struct sim_route_plan *routes)
{
    const char *name = name_of_item(binder, list, item, target);

    for (uint32_t i = 0; i < SIM_CALLS_MAX && group->model->calls[i].interface != NULL; i++) {
        const char *operation = within(&group->model->calls[i], list->name);

        if (operation == NULL)
            continue;
        routes[group->route_count++] = (struct sim_route_plan){
            .name = operation[0] == '\0' ? name : sim_bind_text(binder, "%s.%s", name, operation),
            .site = i,
            .target = target,
        };
    }
}

void sim_bind_routes(struct sim_binder *binder, const struct sim_tree *mapping,
                     struct sim_group_plan *group)
{
    struct sim_route_plan *routes =
        sim_document_alloc(binder->document, SIM_ROUTES_MAX * sizeof(*routes));

    for (const struct sim_field *f = group->model->params.fields; f->name != NULL; f++) {
        const struct sim_field *place = item_group(group->model, f);
        const struct sim_list *list =
            (const struct sim_list *)(const void *)((const char *)group->params + f->offset);
        uint32_t sites, most;

        if (place == NULL)
            continue;
        sites = sites_of(group->model, f->name);
        most = (SIM_ROUTES_MAX - group->route_count) / sites;
        if (list->count > most) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  sim_bind_key_mark(mapping, f->name), NULL,
                                  "'%s' has %u items, at most %u", f->name, list->count, most);
            continue;
        }
        for (uint32_t i = 0; i < list->count; i++) {
            const char *item = (const char *)list->items + i * sim_field_item(f);
            uint32_t target;

            memcpy(&target, item + place->offset, sizeof(target));
            if (target != SIM_NO_GROUP) /* else reported */
                add_item(binder, f, item, target, group, routes);
        }
    }
    group->routes = routes;
}

/* -- who serves what --------------------------------------------------------------------------- */

static bool serves(const struct sim_model *model, const struct sim_interface *wanted)
{
    for (size_t s = 0; s < SIM_SERVES_MAX && model->serves[s].interface != NULL; s++)
        if (model->serves[s].interface == wanted)
            return true;
    return false;
}

static void check_serves(struct sim_binder *binder, const struct sim_mark *mark,
                         const struct sim_group_plan *group, const struct sim_interface *wanted,
                         const struct sim_group_plan *target)
{
    if (target->model != NULL && !serves(target->model, wanted))
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, mark, NULL,
            "group '%s' calls the interface '%s', which group '%s' (model '%s') does not serve",
            group->name, wanted->name, target->name, target->model->name);
}

/* Whether what GROUP forwards may come to WANTED; DEPTH bounds the search where others go round. */
static bool comes_to(const struct sim_plan *plan, const struct sim_group_plan *group,
                     const struct sim_group_plan *wanted, uint32_t depth)
{
    for (uint32_t r = 0; depth > 0 && r < group->route_count; r++) {
        const struct sim_group_plan *target = &plan->groups[group->routes[r].target];

        if (r > 0 && group->routes[r].target == group->routes[r - 1].target)
            continue;
        if (target->model == NULL || !target->model->forwards)
            continue;
        if (target == wanted || comes_to(plan, target, wanted, depth - 1))
            return true;
    }
    return false;
}

void sim_bind_check_routes(struct sim_binder *binder, const struct sim_mark *mark,
                           const struct sim_group_plan *group)
{
    for (uint32_t r = 0; r < group->route_count; r++) {
        const struct sim_route_plan *route = &group->routes[r];
        const struct sim_interface *wanted = group->model->calls[route->site].interface;
        bool known = false;

        for (uint32_t k = 0; k < r; k++)
            known = known || (group->routes[k].target == route->target &&
                              group->model->calls[group->routes[k].site].interface == wanted);
        if (!known)
            check_serves(binder, mark, group, wanted, &binder->plan->groups[route->target]);
    }
    if (group->model->forwards && comes_to(binder->plan, group, group, SIM_FORWARDS_MAX))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL,
                              "what group '%s' forwards comes back to it", group->name);
}

void sim_bind_check_target(struct sim_binder *binder, const struct sim_tree *mapping,
                           const struct sim_group_plan *group)
{
    if (group->target == SIM_NO_GROUP)
        return;
    for (size_t i = 0; i < SIM_CALLS_MAX && group->model->calls[i].interface != NULL; i++) {
        const struct sim_interface *wanted = group->model->calls[i].interface;
        bool known = false;

        for (size_t k = 0; k < i; k++)
            known = known || group->model->calls[k].interface == wanted;
        if (!known)
            check_serves(binder, &sim_tree_get(mapping, "target")->mark, group, wanted,
                         &binder->plan->groups[group->target]);
    }
}

/* -- what clients ask for ---------------------------------------------------------------------- */

/* Who does not do OPERATION of WANTED: GROUP, or one behind it; NULL: all do. */
static const struct sim_group_plan *find_idle(const struct sim_plan *plan,
                                              const struct sim_group_plan *group,
                                              const struct sim_interface *wanted,
                                              uint32_t operation, uint32_t depth)
{
    if (group->model == NULL || !serves(group->model, wanted))
        return NULL; /* reported before */
    if (group->model->without.interface == wanted &&
        (group->model->without.operations >> operation & 1) != 0)
        return group;
    for (uint32_t r = 0; group->model->forwards && depth > 0 && r < group->route_count; r++) {
        const struct sim_group_plan *idle;

        if (r > 0 && group->routes[r].target == group->routes[r - 1].target)
            continue;
        idle =
            find_idle(plan, &plan->groups[group->routes[r].target], wanted, operation, depth - 1);
        if (idle != NULL)
            return idle;
    }
    return NULL;
}

static void report_idle(struct sim_binder *binder, const struct sim_mark *mark,
                        const struct sim_group_plan *group, const char *operation,
                        const struct sim_group_plan *target, const struct sim_group_plan *idle)
{
    const char *behind = idle == target ? "" : sim_bind_text(binder, " behind '%s'", target->name);

    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL,
                          "group '%s' asks for '%s', which group '%s' (model '%s')%s does not do",
                          group->name, operation, idle->name, idle->model->name, behind);
}

static void check_kind(struct sim_binder *binder, const struct sim_mark *mark,
                       const struct sim_group_plan *group, const struct sim_call_site *site,
                       uint32_t kinds)
{
    const struct sim_group_plan *target = &binder->plan->groups[group->target], *idle;
    const char *name = site->interface->operations[site->operation].name;

    for (uint32_t kind = 0; kind < SIM_OPERATION_KINDS; kind++) {
        if ((kinds >> kind & 1) == 0 || strcmp(sim_operation_kind_names[kind], name) != 0)
            continue;
        idle = find_idle(binder->plan, target, site->interface, site->operation, SIM_FORWARDS_MAX);
        if (idle != NULL)
            report_idle(binder, mark, group, name, target, idle);
    }
}

void sim_bind_check_kinds(struct sim_binder *binder, const struct sim_tree *mapping,
                          const struct sim_group_plan *group)
{
    if (group->target == SIM_NO_GROUP || group->model->operations == NULL)
        return;
    for (uint32_t i = 0; i < SIM_CALLS_MAX && group->model->calls[i].interface != NULL; i++)
        check_kind(binder, &sim_tree_get(mapping, "target")->mark, group, &group->model->calls[i],
                   group->model->operations(group->params));
}
