/* fault_kind.h - what can go wrong: every kind of fault is one row, read by everybody.
 *
 * A kind says its name and what it does, what it hits, and its own parameters in a field table:
 * from these come the keys of a scenario, their schema, `orrery faults` and the words of reports.
 * What it does to the world stands in the same row, in the file of its kind (fault_process.c,
 * fault_partition.c, ...), so that a new kind is one row in one file and a line in fault_kind.c.
 *
 * Ownership: rows are static. */
#ifndef SIM_WORLD_FAULT_KIND_H
#define SIM_WORLD_FAULT_KIND_H

#include "sim/world/model.h"

struct sim_world;
struct active; /* a fault that is under way, the world's own */

enum sim_fault_target {
    SIM_TARGET_NODES,
    SIM_TARGET_SIDES, /* two or more sets of nodes */
    SIM_TARGET_LINKS, /* from the nodes of one side to those of another */
};

/* What random faults have to keep within what a system promises. */
enum sim_harm {
    SIM_HARM_DOWN = 1,    /* its nodes do nothing while it lasts */
    SIM_HARM_LASTING = 2, /* its end does not undo it */
    SIM_HARM_SYNCED = 4,  /* what its nodes synced may be lost */
};

/* Between what a parameter is drawn for a random fault, as it would be written in YAML; choices
 * by their names, false before true. One that may be left out is left out half of the time, and
 * when the kind's `check` blames it beside what else was drawn. */
struct sim_fault_range {
    const char *field, *least, *most;
};

/* Of kinds that have nothing to draw but when, whom and for how long. */
extern const struct sim_fault_range sim_fault_no_ranges[];

struct sim_fault_kind {
    const char *name, *summary;
    enum sim_fault_target target;
    bool instant;            /* over as soon as it is done: it has no length */
    bool endless;            /* for ever: it has no length either */
    bool action;             /* of an operator, not a harm; instant */
    bool draws;              /* what it does is drawn, by the luck of the strike */
    bool of_disk;            /* changes nothing for a model that keeps nothing on disk */
    const char *lasts;       /* help for its length; NULL: "ends after this; lasts if left out" */
    struct sim_table params; /* .fields NULL: none */
    bool about_messages;     /* PARAMS begins with a struct sim_message_params */
    /* What no field of PARAMS can tell alone; NULL: nothing. Says in TEXT what is wrong and returns
     * the parameter to blame, or NULL if nothing is wrong. */
    const char *(*check)(const void *params, char text[160]);
    unsigned harm; /* enum sim_harm */
    /* Of the parameters that random faults draw, ending with a NULL field; the others have their
     * defaults. NULL: no random fault is of this kind. */
    const struct sim_fault_range *random;

    /* The rest is the world's. BEGIN and END are given a copy of the fault under way, whose arrays
     * are shared; either may be NULL. */
    void (*begin)(struct sim_world *world, struct active *active);
    void (*end)(struct sim_world *world, struct active *active);
    /* A later turn of a fault that has several (push_step in fault.h); SEAT is the one it is about,
     * or the first of all. */
    void (*step)(struct sim_world *world, struct active *active, struct sim_seat *seat);
    /* Of a kind that cuts links: whether that from FROM to TO is one of them. */
    bool (*separates)(const struct sim_world *world, const struct active *active, uint32_t from,
                      uint32_t to);
    /* Whether NODE can be meant at all, before any are drawn; NULL: every node. */
    bool (*selects)(const struct sim_world *world, uint32_t node);
    /* Whether it changes anything for the node at PLACE among those that it selected, when it
     * begins; NULL: always. */
    bool (*hits)(const struct sim_world *world, const struct active *active, uint32_t place);
    /* Whether that node still feels it: a kind that another fault can end before its time is told
     * as over when no node does. NULL: until its time has come. */
    bool (*felt)(const struct sim_world *world, const struct active *active, uint32_t place);
};

extern const struct sim_fault_kind sim_fault_crash, sim_fault_power_loss, sim_fault_restart;
extern const struct sim_fault_kind sim_fault_pause, sim_fault_resume, sim_fault_slow;
extern const struct sim_fault_kind sim_fault_kill, sim_fault_crash_loop;
extern const struct sim_fault_kind sim_fault_partition, sim_fault_isolate;
extern const struct sim_fault_kind sim_fault_partition_ring;
extern const struct sim_fault_kind sim_fault_workers, sim_fault_queue_full;
extern const struct sim_fault_kind sim_fault_clock_jump, sim_fault_clock_freeze;
extern const struct sim_fault_kind sim_fault_clock_strobe, sim_fault_clock_drift;
extern const struct sim_fault_kind sim_fault_drop_messages, sim_fault_delay_messages;
extern const struct sim_fault_kind sim_fault_duplicate_messages;
extern const struct sim_fault_kind sim_fault_link_loss, sim_fault_link_corruption;
extern const struct sim_fault_kind sim_fault_link_delay, sim_fault_link_bandwidth;

extern const struct sim_fault_kind sim_fault_disk_slow, sim_fault_disk_stall, sim_fault_disk_full;
extern const struct sim_fault_kind sim_fault_sync_error, sim_fault_read_error, sim_fault_bit_rot;

/* The end of all faults; nobody writes it: `settle:` of the scenario puts it into the plan. */
extern const struct sim_fault_kind sim_fault_settle;

#define SIM_SETTLE "settle" /* its label, which no other fault may have */

/* What becomes of writes not yet durable: as the group's disk is planned, or what is 1 less in enum
 * sim_unsynced (plan.h). */
struct sim_crash_params { /* crash, power_loss */
    int64_t unsynced;
};

struct sim_slow_params { /* of a node, or of its disk */
    double factor; /* at least 1 */
};

struct sim_crash_loop_params {
    const struct sim_distribution *up, *down;
};

struct sim_workers_params {
    int64_t left;
};

struct sim_queue_full_params {
    int64_t capacity;
};

struct sim_partition_params {
    bool one_way;       /* the first side no longer reaches the others, but hears them */
    int64_t in_flight;  /* what becomes of messages on their way: enum sim_in_flight */
    sim_time flap;      /* cut and open in turn, together for so long; 0: cut all the time */
    double open;        /* for this share of it; 0: half */
    int64_t neighbours; /* of a ring, on either side; 0: the fewest that make a majority */
};

/* Of a rule about messages: which of those on its links, and what happens to them. */
struct sim_message_params {
    const char *message;    /* a kind, `write`, `write.request` or `write.reply`; NULL: any */
    int64_t nth, every_nth; /* 0: all; counted over all of its links */
    sim_probability probability;
    const struct sim_distribution *by; /* delay_messages: so much later; else NULL */
};

struct sim_link_chance_params { /* link_loss, link_corruption */
    sim_probability probability;
};

struct sim_link_delay_params {
    double factor; /* at least 1 */
};

struct sim_link_bandwidth_params {
    uint64_t rate; /* bytes per second, > 0 */
};

enum sim_in_flight { SIM_IN_FLIGHT_SURVIVES, SIM_IN_FLIGHT_CUT };

struct sim_clock_jump_params {
    const struct sim_distribution *by;
};

enum sim_clock_afterwards { SIM_CLOCK_GOES_ON, SIM_CLOCK_RIGHT };

struct sim_clock_freeze_params {
    int64_t afterwards; /* enum sim_clock_afterwards */
};

struct sim_clock_strobe_params {
    sim_time amplitude, period;
};

struct sim_clock_drift_params {
    struct sim_ppm_range ppm;
};

enum sim_rot_part { SIM_ROT_LOG, SIM_ROT_STRUCT };
enum sim_rot { SIM_ROT_RANDOM, SIM_ROT_FIRST, SIM_ROT_LAST };

struct sim_bit_rot_params {
    int64_t part;    /* enum sim_rot_part */
    const char *log; /* the name of one of the model's; NULL: any that has such a record */
    int64_t record; /* enum sim_rot */
    int64_t index;  /* from 1; 0: as `record` says */
};

extern const struct sim_fault_kind sim_action_start, sim_action_stop;
extern const struct sim_fault_kind sim_action_set, sim_action_command;

struct sim_set_params {             /* of a group */
    const struct sim_field *fields; /* those that change, of the model's parameters */
    const void *values;             /* a struct of these parameters, of which only they are read */
};

struct sim_command_params {
    uint32_t command;   /* of the model */
    const void *params; /* a struct of the command's params.size; NULL if it has none */
};

/* All kinds of faults, and all of actions, each ending with NULL. */
extern const struct sim_fault_kind *const sim_fault_kinds[];
extern const struct sim_fault_kind *const sim_action_kinds[];
/* The one of KINDS with this name; NULL: there is none. */
const struct sim_fault_kind *sim_fault_find(const struct sim_fault_kind *const *kinds,
                                            const char *name);

#endif
