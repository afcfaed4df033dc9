#include "sim/check/behind.h"

#include "sim/world/model.h"

/* DEPTH bounds it where groups go round, which is an error of the scenario. */
static bool comes_to(const struct sim_plan *plan, uint32_t group, uint32_t store, uint32_t depth)
{
    const struct sim_group_plan *it = &plan->groups[group];

    if (!it->model->forwards)
        return group == store;
    for (uint32_t r = 0; depth > 0 && r < it->route_count; r++) {
        const uint32_t target = it->routes[r].target;

        if (r > 0 && target == it->routes[r - 1].target)
            continue;
        if (comes_to(plan, target, store, depth - 1))
            return true;
    }
    return false;
}

bool sim_behind_is(const struct sim_plan *plan, uint32_t group, uint32_t store)
{
    return group < plan->group_count && comes_to(plan, group, store, SIM_FORWARDS_MAX);
}

enum sim_behind sim_behind_share(const struct sim_plan *plan, uint32_t group, uint32_t other)
{
    uint32_t all = 0, both = 0;

    for (uint32_t store = 0; store < plan->group_count; store++) {
        if (!sim_behind_is(plan, group, store))
            continue;
        all++;
        both += sim_behind_is(plan, other, store);
    }
    if (both == 0)
        return SIM_BEHIND_NONE;
    return both == all ? SIM_BEHIND_ALL : SIM_BEHIND_SOME;
}
