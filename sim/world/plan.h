/* plan.h - what is to be run: a scenario after checking, in plain structs. The world runs nothing
 * else.
 *
 * sim/scenario makes it from YAML; tests make it by hand. Distributions may be shared; everything a
 * plan points to outlives the world made from it.
 *
 * Units: ns, ppm * 1000 (ppb) for drift. Ownership: the maker's. */
#ifndef SIM_WORLD_PLAN_H
#define SIM_WORLD_PLAN_H

#include "sim/world/fault_kind.h"
#include "sim/world/model.h"

/* What a crash does to writes not yet durable. */
enum sim_unsynced {
    SIM_UNSYNCED_DROPPED,
    SIM_UNSYNCED_KEPT,
    SIM_UNSYNCED_TORN, /* some survive, drawn; the next, if it is an append, is half there */
};

struct sim_clock_plan {
    const struct sim_distribution *offset; /* drawn once per node; NULL: 0 */
    struct sim_ppm_range drift;            /* uniform, drawn once per node */
};

struct sim_disk_plan {
    const struct sim_distribution *sync; /* until durable; NULL: at once */
    int64_t unsynced;                    /* enum sim_unsynced */
    uint64_t capacity;                   /* bytes that the logs may have; 0: without bound */
    uint64_t cache; /* bytes not yet durable; beyond, the oldest are written back; 0: no bound */
};

struct sim_processor_plan {
    int64_t workers; /* at least 1 */
    int64_t queue;   /* messages that may wait; beyond, messages are dropped and requests refused */
    const struct sim_distribution
        *cost; /* of handling a message, request or reply; NULL: none, never queues */
    bool free_replies; /* replies have no cost */
};

/* Where the calls of a site go, and through what. */
struct sim_route_plan {
    const char *name;      /* in traces; NULL: the call site's */
    uint32_t site, target; /* index in model->calls, group */
};

struct sim_filter;

struct sim_filter_plan { /* a use of a filter */
    const struct sim_filter *filter;
    const void *params; /* NULL if it has none */
    uint32_t state;     /* number of its state, below filter_states: uses may share one */
};

struct sim_chain_plan { /* of a route, outermost first */
    const struct sim_filter_plan *filters;
    uint32_t count;
};

struct sim_group_plan {
    const char *name;
    const struct sim_model *model;
    uint32_t count;
    uint32_t started; /* so many of them run from the start, the others once an action starts
                         them; 0: all */
    void *params;     /* a struct of model->params.size; NULL if it has none */
    uint64_t bugs;    /* bit n: model->bugs[n] is planted */
    uint32_t target;  /* the group that its calls go to, or SIM_NO_GROUP */
    const struct sim_route_plan *routes; /* behind those of the call sites themselves, which all
                                            lead to `target` */
    uint32_t route_count;
    const struct sim_chain_plan *chains; /* of each route, first those of the call sites; NULL:
                                            no call goes through filters */
    uint32_t filter_states;
    const uint32_t *zones; /* member m lies in zones[m % zone_count], an index into plan->zones */
    uint32_t zone_count;   /* 0: in no zone */
    struct sim_clock_plan clock;
    struct sim_disk_plan disk;
    struct sim_processor_plan processor;
};

/* Good and bad periods in turn, the first of them good (Gilbert, "Capacity of a burst-noise
 * channel", 1960; Elliott 1963). With exponential periods it is their two-state Markov chain in
 * continuous time. */
struct sim_weather_plan {
    const struct sim_distribution *good, *bad; /* how long; `bad` NULL: never */
    sim_probability loss;                      /* in a bad period, besides that of the link */
    double slower;                             /* in a bad period: factor of the latency */
};

enum sim_transport { SIM_DATAGRAM, SIM_STREAM };
enum sim_tls { SIM_TLS_NONE, SIM_TLS_1_2, SIM_TLS_1_3 };

struct sim_stream_plan { /* read if the transport is a stream */
    int64_t tls;         /* enum sim_tls */
    sim_time rto;        /* retransmission timeout before anything was measured; > 0 */
    sim_time rto_least, rto_most;
    sim_time connect, give_up; /* a handshake, an unacknowledged segment is given up after this */
};

struct sim_link_plan {
    const struct sim_distribution *latency; /* NULL: 0 */
    sim_probability loss, duplicate, corruption;
    uint64_t bandwidth; /* bytes per second; 0: no bound */
    uint64_t queue;     /* bytes that wait for it; what comes on top is lost */
    struct sim_weather_plan weather;
    int64_t transport; /* enum sim_transport */
    struct sim_stream_plan stream;
};

/* One end of a link rule. */
struct sim_place {
    uint32_t group; /* or SIM_NO_GROUP: any */
    uint32_t zone;  /* index into plan->zones, or SIM_NO_GROUP: any */
};

struct sim_link_rule { /* the last that matches wins; `both` matches either direction */
    struct sim_place from, to;
    bool both;
    const char *message; /* of this kind alone, as faults name it; NULL: of all */
    struct sim_link_plan link;
};

struct sim_side;

/* Who had a part in what set a fault off. */
enum sim_trigger_role {
    SIM_ROLE_NONE,
    SIM_ROLE_NODE, /* where it happened */
    SIM_ROLE_FROM, /* of a message */
    SIM_ROLE_TO,
    SIM_ROLE_HIT, /* of a fault: all that it hit */
};

/* Which nodes a fault hits. All conditions hold together; what an earlier selector of the same
 * fault took is left out of `pick` and `rest`. */
struct sim_selector {
    uint32_t group;    /* or SIM_NO_GROUP: all groups */
    uint32_t member;   /* or SIM_NO_GROUP: any */
    const char *where; /* a field of the model's state (NULL: none) equal to `equals`; down nodes
                          never match */
    uint32_t where_offset; /* of that field in the state */
    bool where_flag;       /* that field is a bool (SIM_FIELD_FLAG), not a 64-bit word */
    int64_t equals;
    uint32_t zone;                   /* its index in plan->zones, + 1; 0: any */
    const struct sim_side *except;   /* none of those that these select; NULL: any */
    uint32_t pick;                   /* 0: all that match; else so many of them, drawn */
    const struct sim_selector *with; /* those of them that match this are picked first; or NULL */
    bool rest;                  /* everything that the other sides of this partition did not take */
    enum sim_trigger_role role; /* only who that was when the fault was set off */
};

struct sim_side {
    const struct sim_selector *selectors; /* the union */
    uint32_t count;
};

enum sim_trigger_kind {
    SIM_TRIGGER_NONE,    /* by time */
    SIM_TRIGGER_FOLLOWS, /* each time that the fault before it in the plan begins */
    SIM_TRIGGER_FAULT,
    SIM_TRIGGER_MESSAGE,
    SIM_TRIGGER_NOTE,
    SIM_TRIGGER_STATE,
    SIM_TRIGGER_SYNC,
};

enum sim_trigger_on { SIM_ON_SENT, SIM_ON_DELIVERED, SIM_ON_DROPPED };
enum sim_trigger_sync { SIM_SYNC_ANY, SIM_SYNC_HOLDS, SIM_SYNC_THEN };

struct sim_trigger_word { /* of a note's body: word INDEX is EQUALS */
    uint32_t index;
    int64_t equals;
};

/* What sets a fault off, other than time: occurrences of one sort, counted over all nodes that it
 * looks at. */
struct sim_trigger {
    enum sim_trigger_kind kind;
    const char *what;       /* label of faults; kind of message, note, field of the state */
    bool ends;              /* of a fault: its end, not its beginning */
    int64_t on;             /* of a message: enum sim_trigger_on */
    int64_t sync;           /* enum sim_trigger_sync */
    struct sim_side of, to; /* where; of a message: from, to. No selector: anywhere */
    const struct sim_trigger_word *words; /* of a note: all of them; of a state: the one value */
    uint32_t word_count;
    const struct sim_distribution *delay; /* NULL: at that instant, after what happens in it */
    int64_t nth;                          /* from this occurrence on, counted from 1 ... */
    int64_t every_nth;                    /* ... or, if not 0, at each multiple of this ... */
    int64_t times;                        /* ... but so often at most; 0: any number */
};

struct sim_fault_plan {
    const char *label; /* NULL: none */
    const struct sim_fault_kind *kind;
    const void *params; /* as the kind describes them; NULL if it has none */
    /* when: `every` NULL: once, at `at`. Otherwise again and again after a draw of `every`, within
     * from..to. */
    sim_time at;
    const struct sim_distribution *every;
    sim_time from, to;
    struct sim_trigger when;                 /* instead of these, unless it is NONE */
    const char *place;                       /* where it was written: "x.yaml:12", or NULL */
    const struct sim_distribution *duration; /* NULL: for ever */
    /* whom: one side for nodes, two or more for sides, from and to for links */
    const struct sim_side *sides;
    uint32_t side_count;
    struct sim_side bridge; /* sides: nodes that stand on none and reach all; count 0: nobody */
    bool both_ways;         /* links: also those from the second side to the first */
    int64_t luck;           /* what its draws are keyed by; 0: by its label or place in the plan */
    /* Of one that strikes once: its place at its instant. 2n: after all that the n-th event
     * schedules for then; 2n + 1: after that, before all that the next one schedules; 0: before all
     * else. */
    uint64_t turn;
};

union sim_random_value { /* of a field: as parsed, of a distribution its one value */
    int64_t word;        /* also a choice, a yes or no, or parts per million * 1000 */
    double number;
    uint64_t natural; /* a size, a bandwidth, a probability */
};

struct sim_random_range { /* both ends belong to it */
    const struct sim_field *field;
    union sim_random_value least, most;
};

struct sim_random_kind {
    const struct sim_fault_kind *kind;
    const void *params; /* what is not drawn; NULL if it has none */
    const struct sim_random_range *ranges;
    uint32_t range_count;
};

enum sim_random_limit {
    SIM_RANDOM_MINORITY, /* what the kinds harm stays a minority of each group */
    SIM_RANDOM_UNLIMITED,
};

/* Faults that are drawn when the run begins (draw.h). */
struct sim_random_plan {
    const char *label; /* of all of them; NULL: none */
    const struct sim_random_kind *kinds;
    uint32_t kind_count;
    const uint32_t *groups; /* whose nodes they hit; at least one */
    uint32_t group_count;
    const struct sim_distribution *every, *duration;
    sim_time from, to;
    bool swarm;    /* for each seed some kinds are switched off */
    int64_t limit; /* enum sim_random_limit */
};

enum sim_settle_mode { SIM_SETTLE_HEAL, SIM_SETTLE_CORE };

/* From then on no fault begins, and those under way end (fault_settle.c). */
struct sim_settle_plan {
    sim_time at;  /* 0: never */
    int64_t mode; /* enum sim_settle_mode */
};

struct sim_limits {
    int64_t events;             /* of a run */
    int64_t events_per_instant; /* turns a Zeno loop into an error */
    int64_t history;            /* operations */
    uint64_t trace;             /* bytes */
};

enum sim_luck_way { SIM_WAY_MESSAGE, SIM_WAY_REQUEST, SIM_WAY_REPLY };
enum sim_luck_fate { SIM_FATE_COMES, SIM_FATE_LOST, SIM_FATE_CORRUPTED };

/* Which message: the NTH of its kind from one node to another, counted from 1. */
struct sim_message_name {
    uint32_t from, to; /* nodes */
    uint32_t nth;      /* of a reply: that of its request */
    uint8_t way;       /* enum sim_luck_way */
    uint8_t kind;      /* of a message of its model; else the route of who asks */
    uint8_t copy;      /* 1: answers the second copy of a doubled request */
};

/* What the links make of one message. */
struct sim_message_luck {
    struct sim_message_name name;
    uint8_t fate; /* enum sim_luck_fate */
    bool delayed; /* else as long as is plain */
    bool doubled;
    sim_time delay, twice; /* the latency, and that of the second copy */
};

/* What one draw of a model gives. */
struct sim_draw_luck {
    uint32_t node, draw;
    uint64_t nth;
    bool is_word;  /* the random bits, where the value does not tell them */
    int64_t value; /* a time, a number, 1 or 0 */
};

enum sim_luck_mode { SIM_LUCK_DRAWN, SIM_LUCK_PLAIN };

/* What is decided beforehand, instead of drawn under the run's seed (luck.h). */
struct sim_luck_plan {
    bool has_seed;
    uint64_t seed; /* of all luck, whatever the run's seed is */
    /* what is not listed: enum sim_luck_mode */
    int64_t messages, streams, draws, disks, processors;
    const struct sim_message_luck *fates;
    const struct sim_draw_luck *pins;
    uint32_t fate_count, pin_count;
};

/* From a time on luck is that of another seed: what was before is kept, all that follows varies
 * (branch.h). */
struct sim_branch_plan {
    bool on;
    sim_time at; /* what happens at that very time is behind it; 0: the whole run */
    uint64_t seed;
};

struct sim_plan {
    const char *name, *about;
    uint64_t seed; /* that was asked for */
    struct sim_luck_plan luck;
    struct sim_branch_plan branch;
    sim_time duration, warmup;
    const struct sim_group_plan *groups;
    uint32_t group_count;
    const char *const *zones;
    uint32_t zone_count;
    struct sim_link_plan link; /* where no rule matches */
    const struct sim_link_rule *rules;
    uint32_t rule_count;
    const struct sim_fault_plan *faults;
    uint32_t fault_count;
    const struct sim_random_plan *randoms; /* the world takes no plan with any: see draw.h */
    uint32_t random_count;
    struct sim_settle_plan settle; /* draw.h makes a fault of it, labelled SIM_SETTLE */
    struct sim_limits limits;
};

static inline bool sim_model_has_disk(const struct sim_model *model)
{
    return model->disk.size > 0 || model->logs[0].name != NULL;
}

/* The seed that all luck is drawn under. */
static inline uint64_t sim_plan_seed(const struct sim_plan *plan)
{
    return plan->luck.has_seed ? plan->luck.seed : plan->seed;
}

/* A branch into its own seed is the run itself. */
static inline bool sim_plan_branches(const struct sim_plan *plan)
{
    return plan->branch.on && plan->branch.seed != sim_plan_seed(plan);
}

/* The same of what is drawn at TIME. */
static inline uint64_t sim_plan_seed_at(const struct sim_plan *plan, sim_time time)
{
    return sim_plan_branches(plan) && time >= plan->branch.at ? plan->branch.seed
                                                              : sim_plan_seed(plan);
}

#endif
