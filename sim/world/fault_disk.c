/* fault_disk.c - faults of disks: stalled, full, failing, unreadable, rotten.
 *
 * They hit the device, whether or not a process runs on it, and outlive its crashes; a model that
 * keeps nothing on disk has none. What a disk
 * suffers is computed anew from all faults under way whenever one begins or ends. */
#include "sim/world/fault.h"

#include <assert.h>
#include <string.h>

/* What ACTIVE, if it is a fault of disks, does to one. */
static void add_trouble(const struct sim_world *world, const struct active *active,
                        struct disk_trouble *trouble)
{
    const struct sim_fault_kind *kind = kind_of(world, active);

    trouble->full += kind == &sim_fault_disk_full;
    trouble->stalled += kind == &sim_fault_disk_stall;
    trouble->failing += kind == &sim_fault_sync_error;
    trouble->unreadable += kind == &sim_fault_read_error;
}

bool has_disk(const struct sim_world *world, const struct active *active, uint32_t place)
{
    return sim_model_has_disk(seat_of_node(world, active->nodes[place])->class->model);
}

static void trouble_disks(struct sim_world *world, struct active *changed)
{
    for (uint32_t i = 0; i < changed->node_count; i++) {
        struct disk_trouble trouble = { 0 };

        if (!has_disk(world, changed, i))
            continue;
        for (size_t k = 0; k < world->active_count; k++) {
            const struct active *active = &world->active[k];

            if (active->open && place_of(active, changed->nodes[i]) < active->node_count)
                add_trouble(world, active, &trouble);
        }
        disk_set_trouble(world, seat_of_node(world, changed->nodes[i]), &trouble);
    }
}

static const struct sim_field no_params[] = { { 0 } };

const struct sim_fault_kind sim_fault_disk_stall = {
    .name = "disk_stall",
    .summary = "no sync ends: those under way, and those that begin, wait for its end",
    .params = { no_params, 0 },
    .random = sim_fault_no_ranges,
    .begin = trouble_disks,
    .end = trouble_disks,
    .hits = has_disk,
    .of_disk = true,
};

const struct sim_fault_kind sim_fault_disk_full = {
    .name = "disk_full",
    .summary = "writes find no space and fail",
    .params = { no_params, 0 },
    .harm = SIM_HARM_DOWN | SIM_HARM_LASTING, /* a node that cannot go on without stops */
    .random = sim_fault_no_ranges,
    .begin = trouble_disks,
    .end = trouble_disks,
    .hits = has_disk,
    .of_disk = true,
};

const struct sim_fault_kind sim_fault_sync_error = {
    .name = "sync_error",
    .summary = "syncs fail, and leave the disk read-only until its node starts again",
    .params = { no_params, 0 },
    .harm = SIM_HARM_DOWN | SIM_HARM_LASTING, /* a node that cannot go on without stops */
    .random = sim_fault_no_ranges,
    .begin = trouble_disks,
    .end = trouble_disks,
    .hits = has_disk,
    .of_disk = true,
};

const struct sim_fault_kind sim_fault_read_error = {
    .name = "read_error",
    .summary = "what lies on the disk cannot be read: a node that starts meanwhile finds nothing",
    .params = { no_params, 0 },
    .harm = SIM_HARM_DOWN | SIM_HARM_LASTING, /* a node that cannot go on without stops */
    .random = sim_fault_no_ranges,
    .begin = trouble_disks,
    .end = trouble_disks,
    .hits = has_disk,
    .of_disk = true,
};

/* -- decay ------------------------------------------------------------------------------------- */

static uint64_t luck_of(const struct sim_world *world, const struct active *active, uint32_t node)
{
    uint64_t key = firing_key(world, active);

    return sim_scramble(sim_mix(sim_mix(key ^ sim_hash_text("rot"), world->seed), node));
}

/* Which record of how many, from 0; COUNT: none. */
static uint64_t record_of(const struct sim_bit_rot_params *params, uint64_t count, uint64_t luck)
{
    if (params->index > 0)
        return (uint64_t)params->index - 1 < count ? (uint64_t)params->index - 1 : count;
    switch ((enum sim_rot)params->record) {
    case SIM_ROT_FIRST:
        return 0;
    case SIM_ROT_LAST:
        return count > 0 ? count - 1 : 0;
    case SIM_ROT_RANDOM:
        break;
    }
    return count > 0 ? sim_below(luck, count) : 0;
}

static bool can_rot(const struct sim_bit_rot_params *params, struct sim_seat *seat, unsigned log)
{
    const uint64_t count = disk_durable(seat, log);

    return (params->log == NULL || strcmp(params->log, seat->class->model->logs[log].name) == 0) &&
           record_of(params, count, 0) < count;
}

/* The log that is meant, one of them if several are; as many as there are: none has such a record.
 */
static unsigned log_of(const struct sim_bit_rot_params *params, struct sim_seat *seat,
                       uint64_t luck)
{
    const unsigned logs = (unsigned)seat->class->logs;
    unsigned fit = 0, log = 0;

    for (unsigned i = 0; i < logs; i++)
        fit += can_rot(params, seat, i);
    if (fit == 0)
        return logs;
    for (uint64_t skip = sim_below(sim_mix(luck, sim_hash_text("log")), fit);; log++) {
        if (can_rot(params, seat, log) && skip-- == 0)
            return log;
    }
}

static bool has_it(const struct sim_world *world, const struct active *active, uint32_t place)
{
    const struct sim_bit_rot_params *params = plan_of(world, active)->params;
    struct sim_seat *seat = seat_of_node(world, active->nodes[place]);

    if (params->part == SIM_ROT_STRUCT)
        return seat->class->model->disk.size > 0;
    return log_of(params, seat, 0) < seat->class->logs;
}

static void rot_disks(struct sim_world *world, struct active *active)
{
    const struct sim_bit_rot_params *params = plan_of(world, active)->params;

    for (uint32_t i = 0; i < active->node_count; i++) {
        struct sim_seat *seat = seat_of_node(world, active->nodes[i]);
        uint64_t luck = luck_of(world, active, active->nodes[i]);
        unsigned log = log_of(params, seat, luck);

        if (!has_it(world, active, i))
            continue;
        if (params->part == SIM_ROT_STRUCT)
            disk_rot_struct(seat);
        else if (log < seat->class->logs)
            disk_rot(seat, log, record_of(params, disk_durable(seat, log), luck));
    }
}

static const char *const part_names[] = { "log", "struct", NULL };
static const char *const record_names[] = { "random", "first", "last", NULL };

static const struct sim_field rot_fields[] = {
    SIM_CHOICE(struct sim_bit_rot_params, part, "log", part_names,
               "a record of a log, or the struct that the model keeps beside its logs"),
    SIM_TEXT(struct sim_bit_rot_params, log, SIM_OPTIONAL,
             "the log of the model that has this name; drawn for each node if left out"),
    SIM_CHOICE(struct sim_bit_rot_params, record, "random", record_names,
               "of those that are durable; random: drawn for each node"),
    SIM_INTEGER(struct sim_bit_rot_params, index, "0", "0", "1000000000000",
                "the record with this number, from 1; 0: as `record` says"),
    { 0 },
};

static const struct sim_fault_range rot_ranges[] = {
    { "part", "log", "struct" },
    { "record", "random", "last" },
    { 0 },
};

const struct sim_fault_kind sim_fault_bit_rot = {
    .name = "bit_rot",
    .summary = "a bit of what is durable turns over; the node notices when it reads it",
    .instant = true,
    .draws = true,
    .params = { rot_fields, sizeof(struct sim_bit_rot_params) },
    .harm = SIM_HARM_DOWN | SIM_HARM_LASTING | SIM_HARM_SYNCED,
    .random = rot_ranges,
    .begin = rot_disks,
    .hits = has_it,
    .of_disk = true,
};
