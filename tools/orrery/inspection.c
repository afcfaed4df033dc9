#include "tools/orrery/inspection.h"

#include "sim/world/draw.h"

#include <assert.h>

static void begin(struct inspection *inspection)
{
    inspection->plan = sim_plan_draw(sim_scenario_plan(inspection->scenario));
    inspection->recorder = sim_recorder_create(inspection->plan, NULL);
    sim_recorder_listen(inspection->recorder, chronicle_keep, &inspection->chronicle);
    inspection->world =
        sim_world_create(inspection->plan, sim_recorder_observer(inspection->recorder));
    inspection_step(inspection);
}

void inspection_open(struct inspection *inspection, const struct sim_scenario *scenario)
{
    *inspection = (struct inspection){ .scenario = scenario };
    begin(inspection);
}

void inspection_close(struct inspection *inspection)
{
    sim_world_destroy(inspection->world);
    sim_recorder_destroy(inspection->recorder);
    sim_drawn_destroy(inspection->plan);
    chronicle_finish(&inspection->chronicle);
}

bool inspection_step(struct inspection *inspection)
{
    if (inspection->is_over || inspection->chronicle.is_full)
        return false;
    if (!sim_world_step(inspection->world)) {
        inspection->is_over = true;
        return false;
    }
    inspection->steps++;
    return true;
}

void inspection_return(struct inspection *inspection, uint64_t steps)
{
    assert(steps > 0);
    inspection_close(inspection);
    inspection_open(inspection, inspection->scenario);
    while (inspection->steps < steps && inspection_step(inspection))
        continue;
    assert(inspection->steps == steps);
}
