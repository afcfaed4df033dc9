/* observer.h - what the world tells those who watch: traces, histories, metrics, judges.
 *
 * The world calls these and learns nothing from them, so that watching never changes a run. Records
 * point into the world's memory and are valid during the call only. A NULL function is not called;
 * `happening` costs the most, and is left NULL when no trace is written.
 *
 * Units: true simulated time, ns. */
#ifndef SIM_WORLD_OBSERVER_H
#define SIM_WORLD_OBSERVER_H

#include "sim/world/model.h"
#include "sim/world/plan.h"

enum sim_happening_kind {
    SIM_HAPPENED_START,   /* of a node, also after a restart */
    SIM_HAPPENED_MESSAGE, /* delivered and handled */
    SIM_HAPPENED_REQUEST,
    SIM_HAPPENED_REPLY,
    SIM_HAPPENED_REFUSAL,
    SIM_HAPPENED_TIMEOUT, /* of a call */
    SIM_HAPPENED_TIMER,
    SIM_HAPPENED_LATER,
    SIM_HAPPENED_SYNCED,
    SIM_HAPPENED_COMMAND,  /* of an action */
    SIM_HAPPENED_FAULT,    /* begins; `what` names its kind, `node` whom it hits: one for each, or
                              SIM_NO_GROUP: nobody */
    SIM_HAPPENED_HEAL,     /* ends, or is felt by none of its nodes any more */
    SIM_HAPPENED_ACTION,   /* as with a fault; it has no end */
    SIM_HAPPENED_SEND,     /* within the event `id` */
    SIM_HAPPENED_DROP,     /* within the event `id`; `reason` says why */
    SIM_HAPPENED_NOTE,     /* within the event `id` */
    SIM_HAPPENED_INVOKE,   /* within the event `id` */
    SIM_HAPPENED_COMPLETE, /* within the event `id` */
    SIM_HAPPENED_VIOLATION,
    SIM_HAPPENED_HALT,   /* a node stops for good; `reason` says why */
    SIM_HAPPENED_FILTER, /* of calls wakes, or ends one that it did not let through */
    SIM_HAPPENING_KINDS,
};

extern const char *const sim_happening_kind_names[]; /* "start", "message", ... */

/* Nodes are numbered through all groups in their order; sim_world_node_name gives "store-2". */
struct sim_happening {
    uint64_t id, cause; /* events count from 1; cause 0 is the scenario itself */
    sim_time time;
    enum sim_happening_kind kind;
    uint32_t node;
    uint32_t peer;      /* the other end of a message or call, else SIM_NO_GROUP */
    const char *what;   /* name of the message kind, timer, note, fault, ... */
    const char *reason; /* of a drop: "loss", "partition", "down", "queue full", ...; else NULL */
    const struct sim_record *record; /* of the body, or NULL */
    const int64_t *words;
    const struct sim_blob *blob;
    sim_time wall; /* what the node's wall clock shows; 0 where there is none */
};

/* A fault as it begins, so that a list of such does the same once more. */
struct sim_struck {
    sim_time time;
    uint32_t fault;        /* its index in the plan */
    const uint32_t *nodes; /* all that it selected, ascending */
    uint32_t count;
    const uint8_t *sides; /* by node: on which side it stands, from 1; of links a bit for each end,
                             from, to; NULL where the target is nodes */
    sim_time length;      /* until it ends; SIM_TIME_NEVER: nothing ends it */
    uint64_t turn;        /* its place at that instant, as in the plan */
    uint64_t luck;        /* what its draws are keyed by */
};

enum sim_draw_form {
    SIM_DRAW_WORD,
    SIM_DRAW_NUMBER,
    SIM_DRAW_TIME,
    SIM_DRAW_FLIP,
    SIM_DRAW_EXPONENTIAL,
};

/* All that a run left to luck and its load, as it fell: what it takes to write it down. */
struct sim_decisions {
    const struct sim_struck *struck;
    const struct sim_listed_operation *asked; /* `client` is the number of the node */
    const struct sim_message_luck *fates;     /* that are not plain */
    const struct sim_draw_luck *draws;
    const uint8_t *forms; /* of the draws: enum sim_draw_form */
    size_t struck_count, asked_count, fate_count, draw_count;
};

struct sim_observer {
    void *context;
    void (*happening)(void *context, const struct sim_happening *happening);
    /* operations of clients; ids count from 1 */
    void (*invoked)(void *context, sim_time time, uint32_t node, uint32_t process, uint64_t id,
                    const struct sim_operation *operation);
    void (*completed)(void *context, sim_time time, uint64_t id, enum sim_operation_status status,
                      int64_t value, const struct sim_blob *list);
    /* a window of a labelled fault that hits somebody opens or closes, at the latest when its time
     * is over; FAULT is its index in the plan */
    void (*window)(void *context, sim_time time, uint32_t fault, bool opens);
    /* metrics of models: group index, metric index of its model */
    void (*metric)(void *context, sim_time time, uint32_t node, uint32_t group, unsigned metric,
                   int64_t value);
    void (*violated)(void *context, sim_time time, uint64_t event, uint32_t group,
                     const char *invariant, const char *text);
    /* any fault begins or ends, labelled or not; NODES (ascending, perhaps none) are those it
     * hits */
    void (*fault)(void *context, sim_time time, uint32_t fault, const uint32_t *nodes,
                  uint32_t count, bool begins);
    /* a node stops for good; REASON outlives the run */
    void (*halted)(void *context, sim_time time, uint32_t node, const char *reason);
    /* an operation is asked for that was due at DUE: its client may have been paused then; PROCESS
     * of a closed loop, or SIM_OPEN_LOOP */
    void (*asked)(void *context, sim_time due, uint32_t node, uint32_t process,
                  const struct sim_operation *operation);
    /* the links have decided about a datagram; and a draw gave this, FORM being an enum
     * sim_draw_form */
    void (*fated)(void *context, const struct sim_message_luck *fate, bool is_plain);
    void (*drew)(void *context, const struct sim_draw_luck *drawn, int form);
    /* any fault or action begins, with all there is to know of it; it may have selected nobody */
    void (*struck)(void *context, const struct sim_struck *struck);
};

#endif
