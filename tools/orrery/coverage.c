#include "tools/orrery/coverage.h"
#include "sim/core/mem.h"

#include <string.h>

static struct coverage_place *insert(struct coverage *coverage, size_t at)
{
    coverage->places = sim_grow(coverage->places, &coverage->capacity, coverage->count + 1,
                                sizeof(*coverage->places));
    memmove(coverage->places + at + 1, coverage->places + at,
            (coverage->count - at) * sizeof(*coverage->places));
    coverage->count++;
    return &coverage->places[at];
}

static void add_kind(struct coverage *coverage, const struct sim_fault_kind *kind,
                     struct sim_fired fired)
{
    size_t at = 0;

    while (at < coverage->count && strcmp(coverage->places[at].name, kind->name) < 0)
        at++;
    if (at == coverage->count || strcmp(coverage->places[at].name, kind->name) != 0)
        *insert(coverage, at) = (struct coverage_place){ .name = kind->name };
    coverage->places[at].fired += fired.begun;
    coverage->places[at].count += fired.hit;
}

void coverage_make(struct coverage *coverage, const struct sim_plan *asked,
                   const struct sim_recorder *recorder, const uint64_t *const *reached)
{
    static const struct sim_fired never = { 0, 0 };
    const struct sim_plan *plan = sim_recorder_plan(recorder);

    *coverage = (struct coverage){ 0 };
    for (uint32_t i = 0; i < asked->random_count; i++) {
        for (uint32_t k = 0; k < asked->randoms[i].kind_count; k++)
            add_kind(coverage, asked->randoms[i].kinds[k].kind, never);
    }
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        if (plan->faults[i].kind != &sim_fault_settle) /* which nobody asked to strike */
            add_kind(coverage, plan->faults[i].kind, sim_recorder_fired(recorder, i));
    }
    for (uint32_t g = 0; g < plan->group_count; g++) {
        const struct sim_mark_kind *marks = plan->groups[g].model->marks;

        for (unsigned m = 0; m < SIM_MARKS_MAX && marks[m].name; m++)
            *insert(coverage, coverage->count) = (struct coverage_place){
                .group = plan->groups[g].name, .name = marks[m].name, .count = reached[g][m]
            };
    }
}

void coverage_finish(struct coverage *coverage)
{
    sim_free(coverage->places);
}
