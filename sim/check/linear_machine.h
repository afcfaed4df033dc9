/* linear_machine.h - one key's history as events, and sets of configurations carried along them.
 *
 * A configuration says how the operations that are open now may have taken effect so far: the state
 * of the object, and for each open operation two bits. It OWES if it has to take effect before it
 * returns; it is USABLE if it may still take effect. So
 *
 *   owes, usable   untouched
 *   usable         absorbed: it took effect where nobody could see it (just before another write,
 *                  or a write of what was there already), or not at all (its outcome is unknown);
 *                  or it takes effect later
 *   neither        used; of a read: it saw its value
 *   owes           a read that did not see its value so far
 *
 * A configuration covers another one with the same state if it owes no more and may use no less:
 * whatever the other one can do, it can. Only those that nobody covers are kept. Moves are made
 * when an operation returns, and only those that lead to its effect (just in time), which is enough
 * since those that are still open can move later.
 *
 * Private to sim/check. */
#ifndef SIM_CHECK_LINEAR_MACHINE_H
#define SIM_CHECK_LINEAR_MACHINE_H

#include "sim/check/linear_private.h"

enum sim_linear_role {
    SIM_LINEAR_SEES,       /* needs a state, changes nothing */
    SIM_LINEAR_DIFFERS,    /* needs any other state, changes nothing */
    SIM_LINEAR_OVERWRITES, /* possible in every state, and leads to one */
    SIM_LINEAR_CHANGES,    /* the others */
};

struct sim_linear_op {
    uint32_t member;
    uint32_t kin;      /* those with the same effect */
    uint32_t needs[2]; /* of SEES: states (a list, a set); of DIFFERS: the first */
    uint32_t slot;     /* its bit while it is open */
    uint32_t next;     /* open kin, in the order of their returns */
    enum sim_linear_role role;
    bool crashed; /* its outcome is unknown */
};

/* Operations with the same effect are interchangeable but for their returns. */
struct sim_linear_kin {
    const struct sim_linear_operation *sample;
    enum sim_linear_role role;
    uint32_t from, to; /* states, of a compare-and-set; `to` of what overwrites */
    uint32_t head;     /* the open one that returns first */
    uint32_t at;       /* place among the active */
};

/* Configurations of which none covers another one, by state. */
struct sim_linear_bag {
    uint64_t *words; /* state and mark, then the bits that owe, then the usable */
    uint32_t *next;  /* with the same state */
    bool *dead;
    size_t count, capacity, alive;
    uint32_t *heads; /* by state: the first plus one */
    size_t head_count;
    uint32_t *touched; /* states with a head */
    size_t touched_count, touched_capacity;
};

/* How a configuration came to be, if somebody will ask. */
struct sim_linear_step {
    uint32_t before, op, event;
};

/* How many configurations to keep after each return, and how many to look at on the way to the
 * effect of one operation; 0: all. */
struct sim_linear_beam {
    size_t width, look;
};

struct sim_linear_machine {
    struct sim_linear_case *one;
    struct sim_linear_table states;
    uint32_t initial;
    struct sim_linear_op *ops;
    size_t op_count;
    uint32_t *events; /* op * 2, + 1 if it returns */
    size_t event_count;
    struct sim_linear_kin *kins;
    size_t kin_count;
    uint32_t *active; /* kins with open operations */
    size_t active_count;
    size_t slot_count, width; /* width: words of bits */

    uint64_t *settled; /* by state: operations that owe nothing once this is the state */
    uint64_t *spared;  /* by state: those that need another one */
    size_t state_capacity;
    uint64_t *differs, *overwrites; /* open operations by role */
    struct sim_linear_bag front, seen, out;
    uint64_t *scratch, *scratch2;
    struct sim_linear_step *log;
    size_t log_count, log_capacity, log_limit;
    uint32_t event; /* the one at hand */
    uint64_t steps, steps_limit, compared;
    bool relaxed, dropped;
    struct sim_linear_beam beam;
};

enum sim_linear_run {
    SIM_LINEAR_SURVIVED,
    SIM_LINEAR_DIED, /* at the return of events[machine->event] */
    SIM_LINEAR_EXHAUSTED,
};

void sim_linear_machine_init(struct sim_linear_machine *machine, struct sim_linear_case *one);
void sim_linear_machine_finish(struct sim_linear_machine *machine);

/* Carries configurations through the whole history, at most so many STEPS;
 * machine->dropped says whether any was left out. RELAXED: operations whose outcome is unknown are
 * never used up, so that a death says NO. */
enum sim_linear_run sim_linear_machine_run(struct sim_linear_machine *machine,
                                           struct sim_linear_beam beam, bool relaxed,
                                           uint64_t steps);
/* The order that the first survivor found: needs the case's `witness`. */
void sim_linear_machine_order(struct sim_linear_machine *machine);

/* Looks for a few operations before event AT that contradict each other and makes them the case's
 * culprits; true if it found some: there is no order then. CERTAIN: that is known already, so that
 * there are culprits in any case. */
bool sim_linear_contradiction(const struct sim_linear_machine *machine, size_t at, bool certain);

#endif
