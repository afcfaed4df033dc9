#include "sim/world/plan.h"

#include <string.h>

const void *sim_plan_param(const struct sim_plan *plan, uint32_t group, const char *name)
{
    const struct sim_group_plan *of = &plan->groups[group];
    const struct sim_field *field = of->model->params.fields;

    while (field != NULL && field->name != NULL && strcmp(field->name, name) != 0)
        field++;
    if (field == NULL || field->name == NULL)
        return NULL;
    return (const char *)of->params + field->offset;
}
