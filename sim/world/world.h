/* world.h - a world made from a plan: run it, ask how it ended.
 *
 * One run is one thread; any number of worlds may exist side by side, they share nothing.
 *
 * Ownership: plan and observer outlive the world.
 * Determinism: a run is a function of (plan, seed); the observer changes nothing. */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include "sim/core/digest.h"
#include "sim/world/observer.h"
#include "sim/world/plan.h"

struct sim_world;

enum sim_end {
    SIM_END_DURATION, /* the plan's duration is over */
    SIM_END_QUIET,    /* nothing is left to happen */
    SIM_END_VIOLATED, /* an invariant is broken: the run stops there */
    SIM_END_LIMIT,    /* a limit of the plan was reached: sim_world_limit names it */
};

/* What became of the messages, requests and replies that the nodes of a group sent: each that was
 * sent or doubled is counted once below, whatever node it met its fate at, or is under way. */
struct sim_group_stats {
    uint64_t sent, bytes;
    uint64_t duplicated; /* second copies, which the network made */
    uint64_t delivered;
    uint64_t lost, cut;           /* by a link, by a partition */
    uint64_t corrupted;           /* by a link: its checksum was wrong */
    uint64_t broken;              /* lost with the connection that carried it */
    uint64_t to_down, overflowed; /* came to a node that was down, to a full queue */
    uint64_t crashed;             /* waited for a node, or was its work, when it crashed */
    uint64_t late_replies;        /* came when nobody waited for them any more */
    /* none of these fates: */
    uint64_t connections, retransmitted; /* opened; segments that connections sent again */
    uint64_t repeated; /* segments whose message had come already: dropped where they came */
};

/* Calls of one route. */
struct sim_route_stats {
    uint64_t calls, attempts;           /* that were made; requests that were sent for them */
    uint64_t replied, refused, unknown; /* what callers were told */
    uint64_t degraded;                  /* of those replied: by filters, with something else */
    uint64_t unsent;                    /* without any attempt */
};

/* Neither of these when the run ended: on a link, or waiting for its node. */
static inline uint64_t sim_group_under_way(const struct sim_group_stats *stats)
{
    return stats->sent + stats->duplicated - stats->delivered - stats->lost - stats->cut -
           stats->corrupted - stats->broken - stats->to_down - stats->overflowed - stats->crashed -
           stats->late_replies;
}

struct sim_world *sim_world_create(const struct sim_plan *plan,
                                   const struct sim_observer *observer);
void sim_world_destroy(struct sim_world *world); /* NULL is fine */
enum sim_end sim_world_run(struct sim_world *world);
/* The part of it up to UNTIL, that instant included, and no further than a branch: what is asked
 * of the world then changes nothing, and sim_world_run goes on. False: it stopped before its
 * time. */
bool sim_world_run_to(struct sim_world *world, sim_time until);
/* The same bit by bit: goes on to the next event that a node handles or that is a fault (the first
 * time: until all nodes have started) and what it brings with it. False: the run is over, and as
 * sim_world_run would leave it. */
bool sim_world_step(struct sim_world *world);
enum sim_end sim_world_end(const struct sim_world *world); /* of one that is over */

sim_time sim_world_time(const struct sim_world *world);
uint64_t sim_world_events(const struct sim_world *world);
uint64_t sim_world_pending(const struct sim_world *world);
size_t sim_world_queue_bytes(const struct sim_world *world);
const char *sim_world_limit(
    const struct sim_world *world); /* "1000 events (limits.events)", or NULL: none was reached */
struct sim_digest sim_world_digest(const struct sim_world *world);
void sim_world_digest_off(struct sim_world *world); /* for measuring what it costs */

uint32_t sim_world_nodes(const struct sim_world *world);
uint32_t sim_world_node_group(const struct sim_world *world, uint32_t node);
const char *sim_world_node_name(const struct sim_world *world, uint32_t node,
                                char text[64]); /* "store-2" */
/* How often fault FAULT of the plan was set off by what is not the time. */
uint64_t sim_world_fault_set_off(const struct sim_world *world, uint32_t fault);
const struct sim_group_stats *sim_world_group_stats(const struct sim_world *world, uint32_t group);
/* Routes of a group: those of its call sites, then those that its plan adds. */
uint32_t sim_world_routes(const struct sim_world *world, uint32_t group);
const char *sim_world_route(const struct sim_world *world, uint32_t group, uint32_t route,
                            struct sim_route_stats *stats);
/* By mark of the group's model: how often its nodes came there. */
const uint64_t *sim_world_reached(const struct sim_world *world, uint32_t group);
const void *sim_world_state(const struct sim_world *world,
                            uint32_t node); /* of the model on NODE; for tests and reports */

/* The struct on NODE's disk as its model last wrote it, synced or not; of a node that is down what
 * a start would read. NULL: its model has none, or the medium does not give it back whole. */
const void *sim_world_disk(const struct sim_world *world, uint32_t node);

/* How a node is at present. Down: crashed, halted, killed or stopped; its state is zeroed. */
struct sim_node_status {
    const struct sim_model *model;
    const void *state; /* as model->state describes it */
    bool is_down, is_killed, is_stopped, is_paused;
    bool awaits_disk;         /* a sim_sync is under way */
    const char *halted;       /* why it stopped for good, or NULL */
    uint32_t crashes;         /* so far */
    uint64_t waiting;         /* what came and could not be handled yet */
    sim_time monotonic, wall; /* what its clocks show */
};
void sim_world_node_status(const struct sim_world *world, uint32_t node,
                           struct sim_node_status *status);

/* Something that comes to a node, unless a crash, a cut or a queue is before it. */
struct sim_flight {
    uint32_t from, to;
    const char *kind; /* "message", "request", "reply", "refusal"; "segment" of a connection */
    const char *what; /* of a segment: what it carries, or its own kind */
    sim_time due;
    uint64_t cause;                  /* the event that sent it */
    const struct sim_record *record; /* of the body; NULL: there is none to show */
    const int64_t *words;
};
/* All that is under way, in the order in which it is due. SHOW runs nothing. */
void sim_world_flights(struct sim_world *world,
                       void (*show)(void *context, const struct sim_flight *flight), void *context);

/* Whether a partition cuts what FROM would send to TO now. */
bool sim_world_is_cut(const struct sim_world *world, uint32_t from, uint32_t to);

/* What a node holds (`holds` of its model). */
enum sim_ledger_kind { SIM_LEDGER_VALUE, SIM_LEDGER_WRITE };
struct sim_ledger {
    void (*take)(void *context, enum sim_ledger_kind kind, int64_t key, int64_t value);
    /* NULL: nobody asks for effects. */
    void (*effect)(void *context, int64_t about, int64_t action, int64_t done, int64_t undone);
    void *context;
    bool is_complete, is_partial, decides;
    int64_t rank;
};
/* False: NODE is down (unless its model tells from the disk alone), or its model does not tell. */
bool sim_world_ledger(const struct sim_world *world, uint32_t node, struct sim_ledger *ledger);

/* A filter on NODE's calls. */
struct sim_filter_status {
    const struct sim_filter *filter;
    const char *route; /* of the first route that goes through it: others may share it */
    const void *state; /* NULL: no call went through it yet, or since the node restarted */
};
/* INDEX from 0, each state once; false behind the last. */
bool sim_world_node_filter(const struct sim_world *world, uint32_t node, uint32_t index,
                           struct sim_filter_status *status);

struct sim_timer_status {
    const char *name;
    uint32_t peer; /* a node, if there is one of this kind for each, else SIM_NO_GROUP */
    sim_time due;  /* true time; SIM_TIME_NEVER: not set */
};
/* The timers of NODE, INDEX from 0; false behind the last. Some are not set. */
bool sim_world_node_timer(const struct sim_world *world, uint32_t node, uint32_t index,
                          struct sim_timer_status *status);

#endif
