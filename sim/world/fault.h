/* fault.h - faults under way; private to sim/world.
 *
 * fault.c decides when a fault begins and ends and whom it hits; what it does then is its kind's
 * (fault_kind.h). A kind keeps what it needs in the fault under way, or changes the seats and links
 * that it hits, so that an event never looks through the faults. */
#ifndef SIM_WORLD_FAULT_H
#define SIM_WORLD_FAULT_H

#include "sim/world/kernel.h"

#define NO_LIFE UINT32_MAX

enum { LINK_FROM = 1, LINK_TO = 2 }; /* bits of `sides` where the target is links */

struct active { /* a fault that is under way */
    uint32_t fault;
    uint32_t firing; /* of that fault, from 1: names what it draws */
    uint32_t *nodes; /* all that it selected, ascending */
    uint32_t *lives; /* of a crash or pause: which life of each node it holds; no longer the next */
    uint32_t node_count;
    /* By node; NULL where the target is nodes. Of sides: 0 in none, else 1..; of links: which ends
     * of them it is. */
    uint8_t *sides;
    uint64_t sequence; /* when it began or cut again: what was sent before is in flight */
    sim_time arrived;  /* by then at the latest all of that has come */
    bool open, cuts, in_flight;
    /* Somebody: a partition of one side cuts nobody, a node that is down is not paused. */
    bool hits;
    bool over;       /* its end was told: no node feels it any more, though its time has not come */
    uint32_t stamp;  /* of those under way no two have the same */
    uint32_t *turns; /* of a crash loop: how often each node's came; else NULL */
    /* of a rule about messages */
    uint64_t luck, met; /* how many it met */
    uint64_t last_met;  /* which meeting of a message with rules was the last */
};

/* What set a fault off. Kept until the fault begins. */
struct firing {
    uint32_t node, from, to; /* or SIM_NO_GROUP: nobody had that part */
    uint32_t *hit;           /* ascending; of a fault that begins or ends */
    uint32_t hit_count;
};

static inline const struct sim_fault_plan *plan_of(const struct sim_world *world,
                                                   const struct active *active)
{
    return &world->plan->faults[active->fault];
}

static inline const struct sim_fault_kind *kind_of(const struct sim_world *world,
                                                   const struct active *active)
{
    return plan_of(world, active)->kind;
}

/* The place of NODE among COUNT ascending NODES; COUNT if it is not among them. */
uint32_t place_in(const uint32_t *nodes, uint32_t count, uint32_t node);
/* The same among those that ACTIVE hits. */
static inline uint32_t place_of(const struct active *active, uint32_t node)
{
    return place_in(active->nodes, active->node_count, node);
}

/* fault.c */
/* FIRING, of which ACTIVE (or NULL) has the nodes that are hit, sets FAULT off after its delay. */
void push_firing(struct sim_world *world, uint32_t fault, const struct firing *firing,
                 const struct active *active);

void close_active(struct sim_world *world, uint32_t index, uint64_t cause);

/* fault_turn.c */
/* Where FAULT, which the event under way sets off, comes among what that schedules. */
uint64_t fault_sequence(struct sim_world *world, uint32_t fault);
/* The turn of a fault that has SEQUENCE. */
uint64_t turn_of(uint64_t sequence);
/* FAULT says its turn. */
void schedule_turn(struct sim_world *world, uint32_t fault);

/* fault_slow.c */
/* What the workers of the nodes that PAUSED hits are at waits, too. */
void stop_workers(struct sim_world *world, const struct active *paused);

/* fault_disk.c */
/* Whether the model of the node at PLACE keeps anything on disk. */
bool has_disk(const struct sim_world *world, const struct active *active, uint32_t place);

/* fault_settle.c */
/* Whether a fault of KIND may not begin any more. */
bool is_settled(const struct sim_world *world, const struct sim_fault_kind *kind);

/* select.c */
/* The first node from NODE on that is marked, or COUNT; most of many are not. */
static inline uint32_t next_marked(const uint8_t *marks, uint32_t count, uint32_t node)
{
    uint64_t word;

    for (; node + sizeof(word) <= count; node += (uint32_t)sizeof(word)) {
        memcpy(&word, marks + node, sizeof(word));
        if (word != 0)
            break;
    }
    while (node < count && marks[node] == 0)
        node++;
    return node;
}
bool is_selected(const struct sim_world *world, const struct sim_selector *selector, uint32_t node);

/* trigger.c */
void hear_fault(struct sim_world *world, const struct active *active, bool begins);
/* What a kind draws when it strikes is a hash of this: the same once the strike is written down as
 * a fault of its own. */
static inline uint64_t firing_key(const struct sim_world *world, const struct active *active)
{
    const int64_t luck = plan_of(world, active)->luck;

    return luck != 0 ? (uint64_t)luck : sim_mix(world->fault_keys[active->fault], active->firing);
}

/* Calls the kind's `step` in so much time, if the fault is still under way then. SEAT may be NULL:
 * it is about no node. */
void push_step(struct sim_world *world, const struct active *active, struct sim_seat *seat,
               sim_time after);
/* Tells in the trace that ACTIVE strikes NODE once more, and the digest. */
void strike_again(struct sim_world *world, const struct active *active, uint32_t node);

/* Another fault may take the place of ACTIVE, if it is over. */
void free_slot(struct sim_world *world, const struct active *active);

/* fault_partition.c */
bool is_cut(const struct sim_world *world, uint32_t from, uint32_t to);
/* What was sent with SEQUENCE. */
bool is_cut_in_flight(struct sim_world *world, uint64_t sequence, uint32_t from, uint32_t to);

/* fault_link.c */
/* A message over that link has to look for faults. An end may be SIM_NO_GROUP: any node. */
void begin_fault_of_link(struct sim_world *world, uint32_t from, uint32_t to);
/* One that began so has ended. */
void end_fault_of_link(struct sim_world *world);
void finish_sieve(struct sim_world *world);

/* fault_message.c */
/* Whether ACTIVE, whose target is links, is about the one from FROM to TO. */
bool is_ruled(const struct active *active, bool both_ways, uint32_t from, uint32_t to);
/* Whether the node at PLACE is an end of such a link. */
bool ends_a_link(const struct sim_world *world, const struct active *active, uint32_t place);
/* When a fault that is about more than single links has begun or ended: whether all messages have
 * to look for it. */
static inline void set_plain(struct sim_world *world)
{
    world->plain = world->plain_by_plan && world->wide_rules == 0 && world->cuts == 0;
}
struct fate { /* what rules do to a message that leaves */
    bool dropped, doubled;
    uint32_t by;    /* the fault that dropped it */
    sim_time later; /* than its link makes it */
};

/* The kinds of message that TEXT names of those that a node of CLASS sends, or if not SENDS, gets:
 * how many. */
enum { KINDS_MAX = SIM_MESSAGES_MAX + 2 * SIM_SERVES_MAX * SIM_OPERATIONS_MAX };
uint32_t list_kinds(const struct class *class, const char *text, bool sends,
                    uint64_t kinds[KINDS_MAX]);
/* What rules call the kind of the message that EVENT carries, as long as it does. */
uint64_t kind_of_message(const struct sim_world *world, const struct way *way,
                         const struct sim_event *event);
/* Adds to FATE; while world->open_rules > 0. AGAIN: a connection repeats a message, which rules
 * that count do not count again, nor act on. */
void meet_rules(struct sim_world *world, const struct way *way, uint64_t kind, bool again,
                struct fate *fate);
const char *rule_reason(struct sim_world *world, uint32_t fault);     /* "rule LABEL" */
void sieve_rules(const struct sim_world *world, struct sieve *sieve); /* adds all */
void finish_rules(struct sim_world *world);

#endif
