/* fault_clock.c - faults of clocks: set, stopped, fluttering, running at the wrong rate.
 *
 * A wrong setting is one of the wall clock alone, so what is built on sim_now and timers does not
 * notice; a wrong rate is one of both (clock.c). They hit a node whether or not its process runs.
 * What is drawn is a hash of the fault, its firing and the node. */
#include "sim/world/fault.h"

static uint64_t luck_of(const struct sim_world *world, const struct active *active, uint32_t node)
{
    uint64_t key = firing_key(world, active);

    return sim_mix(sim_mix(key ^ sim_hash_text("fault of a clock"), world->seed), node);
}

/* -- set --------------------------------------------------------------------------------------- */

static void set_clocks(struct sim_world *world, struct active *active)
{
    const struct sim_clock_jump_params *params = plan_of(world, active)->params;

    for (uint32_t i = 0; i < active->node_count; i++)
        clock_jump(seat_of_node(world, active->nodes[i]),
                   sim_distribution_sample(params->by, luck_of(world, active, active->nodes[i])));
}

static const struct sim_field jump_fields[] = {
    SIM_DISTRIBUTION(struct sim_clock_jump_params, by, NULL, "-3650d", "3650d",
                     "forward, or back if negative; drawn for each node"),
    { 0 },
};

static const struct sim_fault_range jump_ranges[] = { { "by", "-10s", "10s" }, { 0 } };

const struct sim_fault_kind sim_fault_clock_jump = {
    .name = "clock_jump",
    .summary = "the wall clock is set forward or back",
    .instant = true,
    .draws = true,
    .params = { jump_fields, sizeof(struct sim_clock_jump_params) },
    .random = jump_ranges,
    .begin = set_clocks,
};

/* -- stopped ----------------------------------------------------------------------------------- */

static void stop_clocks(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++)
        clock_freeze(seat_of_node(world, active->nodes[i]));
}

static void release_clocks(struct sim_world *world, struct active *active)
{
    const struct sim_clock_freeze_params *params = plan_of(world, active)->params;

    for (uint32_t i = 0; i < active->node_count; i++)
        clock_thaw(seat_of_node(world, active->nodes[i]), params->afterwards == SIM_CLOCK_GOES_ON);
}

static const char *const afterwards_names[] = { "goes_on", "right", NULL };

static const struct sim_field freeze_fields[] = {
    SIM_CHOICE(struct sim_clock_freeze_params, afterwards, "goes_on", afterwards_names,
               "how it ends: the clock goes on from where it stood, or jumps to what is right"),
    { 0 },
};

static const struct sim_fault_range freeze_ranges[] = { { "afterwards", "goes_on", "right" },
                                                        { 0 } };

const struct sim_fault_kind sim_fault_clock_freeze = {
    .name = "clock_freeze",
    .summary = "the wall clock stands still",
    .params = { freeze_fields, sizeof(struct sim_clock_freeze_params) },
    .random = freeze_ranges,
    .begin = stop_clocks,
    .end = release_clocks,
};

/* -- fluttering -------------------------------------------------------------------------------- */

static void begin_strobes(struct sim_world *world, struct active *active)
{
    const struct sim_clock_strobe_params *params = plan_of(world, active)->params;

    for (uint32_t i = 0; i < active->node_count; i++)
        clock_strobe(seat_of_node(world, active->nodes[i]), active->sequence, params->amplitude,
                     params->period);
}

static void end_strobes(struct sim_world *world, struct active *active)
{
    for (uint32_t i = 0; i < active->node_count; i++)
        clock_strobe_end(seat_of_node(world, active->nodes[i]), active->sequence);
}

static const struct sim_field strobe_fields[] = {
    SIM_DURATION(struct sim_clock_strobe_params, amplitude, NULL, "-3650d", "3650d",
                 "how far it jumps forth, or back if negative"),
    SIM_DURATION(struct sim_clock_strobe_params, period, "1s", "2ns", "1d",
                 "of there and back again: it is wrong for half of it"),
    { 0 },
};

static const struct sim_fault_range strobe_ranges[] = {
    { "amplitude", "-1s", "1s" },
    { "period", "1ms", "1s" },
    { 0 },
};

const struct sim_fault_kind sim_fault_clock_strobe = {
    .name = "clock_strobe",
    .summary = "the wall clock jumps to and fro",
    .params = { strobe_fields, sizeof(struct sim_clock_strobe_params) },
    .random = strobe_ranges,
    .begin = begin_strobes,
    .end = end_strobes,
};

/* -- at the wrong rate ------------------------------------------------------------------------- */

static void change_drifts(struct sim_world *world, const struct active *active, int64_t sign)
{
    const struct sim_clock_drift_params *params = plan_of(world, active)->params;
    uint64_t span = (uint64_t)(params->ppm.high_ppb - params->ppm.low_ppb) + 1;
    struct rate *rates = sim_alloc_array(active->node_count, sizeof(*rates));

    for (uint32_t i = 0; i < active->node_count; i++) {
        uint32_t node = active->nodes[i];
        int64_t ppb = params->ppm.low_ppb + (int64_t)sim_below(luck_of(world, active, node), span);

        rates[i] = (struct rate){ node, sign * ppb };
    }
    clock_change_drift(world, rates, active->node_count);
    sim_free(rates);
}

static void begin_drifts(struct sim_world *world, struct active *active)
{
    change_drifts(world, active, 1);
}

static void end_drifts(struct sim_world *world, struct active *active)
{
    change_drifts(world, active, -1);
}

static const struct sim_field drift_fields[] = {
    SIM_PPM(struct sim_clock_drift_params, ppm, NULL, "-900000ppm", "1000000ppm",
            "so much faster than before, monotonic and wall clock; drawn for each node"),
    { 0 },
};

static const struct sim_fault_range drift_ranges[] = { { "ppm", "-50000ppm", "50000ppm" }, { 0 } };

const struct sim_fault_kind sim_fault_clock_drift = {
    .name = "clock_drift",
    .summary = "the clock runs at another rate, and with it all timers",
    .draws = true,
    .params = { drift_fields, sizeof(struct sim_clock_drift_params) },
    .random = drift_ranges,
    .begin = begin_drifts,
    .end = end_drifts,
};
