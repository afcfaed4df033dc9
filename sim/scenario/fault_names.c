/* fault_names.c - names that come from models: `message:` of a rule about messages, be it a fault
 * or a link, which the nodes at the sending end have to send, and `log:` of a disk that rots. */
#include "sim/scenario/schema.h"

#include <string.h>

static bool has_suffix(const char *text, const char *name, const char *suffix)
{
    size_t length = strlen(name);

    return strncmp(text, name, length) == 0 && strcmp(text + length, suffix) == 0;
}

/* The names of what MODEL sends: its messages, what it calls, what it answers. True if NAME is one,
 * alone or with the suffix that says which way. */
static bool list_model(const struct sim_model *model, const char *name,
                       struct sim_bind_names *names)
{
    bool found = false;

    for (size_t i = 0; i < SIM_MESSAGES_MAX && model->messages[i].name != NULL; i++) {
        if (sim_bind_find_name(names, model->messages[i].name) == names->count)
            sim_bind_add_name(names, model->messages[i].name, 0);
        found = found || strcmp(model->messages[i].name, name) == 0;
    }
    for (size_t i = 0; i < SIM_CALLS_MAX && model->calls[i].name != NULL; i++) {
        const struct sim_call_site *site = &model->calls[i];
        const char *called = site->interface->operations[site->operation].name;

        if (sim_bind_find_name(names, called) == names->count)
            sim_bind_add_name(names, called, 0);
        found = found || strcmp(name, called) == 0 || has_suffix(name, called, ".request");
    }
    for (size_t i = 0; i < SIM_SERVES_MAX && model->serves[i].interface != NULL; i++) {
        const struct sim_interface_operation *served = model->serves[i].interface->operations;

        for (size_t k = 0; k < SIM_OPERATIONS_MAX && served[k].name != NULL; k++) {
            if (sim_bind_find_name(names, served[k].name) == names->count)
                sim_bind_add_name(names, served[k].name, 0);
            found = found || strcmp(name, served[k].name) == 0 ||
                    has_suffix(name, served[k].name, ".reply");
        }
    }
    return found;
}

/* Whether a node of GROUP can be among those that SIDE selects. */
static bool may_hold(const struct sim_side *side, uint32_t group)
{
    for (uint32_t i = 0; i < side->count; i++)
        if (side->selectors[i].group == SIM_NO_GROUP || side->selectors[i].group == group)
            return true;
    return false;
}

static void refuse_message(struct sim_binder *binder, const struct sim_tree *tree, const char *name,
                           const struct sim_bind_names *names)
{
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                          names->count > 0 ? sim_bind_hint(binder, name, names->names)
                                           : "they send none",
                          "'message': the nodes at the sending end send no '%s'", name);
}

void sim_bind_rule_message(struct sim_binder *binder, const struct sim_tree *tree,
                           const struct sim_link_rule *rule)
{
    struct sim_bind_names names = { 0 };
    bool found = false;

    for (uint32_t g = 0; g < binder->plan->group_count && !found; g++) {
        const struct sim_model *model = binder->plan->groups[g].model;
        bool sends = rule->from.group == SIM_NO_GROUP || rule->from.group == g ||
                     (rule->both && (rule->to.group == SIM_NO_GROUP || rule->to.group == g));

        if (sends) /* without a model the group is wrong itself */
            found = model == NULL || list_model(model, rule->message, &names);
    }
    if (!found)
        refuse_message(binder, tree, rule->message, &names);
    sim_bind_free_names(&names);
}

void sim_bind_fault_message(struct sim_binder *binder, const struct sim_tree *mapping,
                            const struct sim_fault_plan *fault)
{
    const struct sim_message_params *params = fault->params;
    const struct sim_tree *tree = sim_tree_get(mapping, "message");
    struct sim_bind_names names = { 0 };
    bool found = false;

    if (params->message == NULL || fault->side_count != 2)
        return; /* any; or the ends are wrong */
    for (uint32_t g = 0; g < binder->plan->group_count; g++) {
        const struct sim_model *model = binder->plan->groups[g].model;

        if (!may_hold(&fault->sides[0], g) && !(fault->both_ways && may_hold(&fault->sides[1], g)))
            continue;
        if (model == NULL || list_model(model, params->message, &names)) {
            found = true; /* or the group is wrong itself */
            break;
        }
    }
    if (!found)
        refuse_message(binder, tree, params->message, &names);
    sim_bind_free_names(&names);
}

void sim_bind_fault_log(struct sim_binder *binder, const struct sim_tree *mapping,
                        const struct sim_fault_plan *fault)
{
    const struct sim_bit_rot_params *params = fault->params;
    const struct sim_tree *tree = sim_tree_get(mapping, "log");
    struct sim_bind_names names = { 0 };
    bool found = params->log == NULL || fault->side_count == 0; /* any; or the target is wrong */

    for (uint32_t g = 0; g < binder->plan->group_count && !found; g++) {
        const struct sim_model *model = binder->plan->groups[g].model;

        if (!may_hold(&fault->sides[0], g))
            continue;
        found = model == NULL;
        for (size_t i = 0; !found && i < SIM_LOGS_MAX && model->logs[i].name != NULL; i++) {
            found = strcmp(model->logs[i].name, params->log) == 0;
            if (sim_bind_find_name(&names, model->logs[i].name) == names.count)
                sim_bind_add_name(&names, model->logs[i].name, 0);
        }
    }
    if (!found)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                              names.count > 0 ? sim_bind_hint(binder, params->log, names.names)
                                              : "they have none",
                              "'log': the nodes that it strikes have no log '%s'", params->log);
    sim_bind_free_names(&names);
}
