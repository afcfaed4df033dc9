/* world.h - the vocabulary of the world's tests: a model that does what a script says, a plan made
 * by hand, and an observer that keeps what happened.
 *
 * The actor is one model with a little of everything (messages, timers, calls, a disk, notes); a
 * test gives it a script of handlers, one for all kinds of a sort, so that a test shows only what
 * it is about. A stage is a plan with room for a few groups and faults, and owns its distributions.
 */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "sim/world/world.h"

/* -- the actor -----------------------------------------------------------------------------------
 */

SIM_RECORD(pair, a, b);

struct actor_state {
    int64_t value, role; /* watched */
    int64_t count, other;
    bool flag;
    void *memory;
};

struct actor_disk {
    int64_t a, b, c;
};

enum actor_message { WORD, BARE, CARGO };           /* CARGO: to be sent with a blob */
enum actor_timer { TICK, TOCK, TACK, SPARE, EACH }; /* EACH: per peer */
enum actor_later { SOON, LATE };
enum actor_note { SAID, DONE }; /* DONE: without a body */
enum actor_site { ASK, ASK_ALSO, TELL_BARE };
enum actor_operation { GET, PUT_BARE }; /* GET: pair -> pair; PUT_BARE: nothing -> nothing */
enum actor_log { ENTRIES, MARKS };
enum actor_draw { LUCK, MORE_LUCK };
enum actor_metric { SCORE };
enum actor_mark { HERE, THERE };

struct script {
    void (*start)(struct sim_seat *me);
    void (*message)(struct sim_seat *me, unsigned kind, const struct sim_message *message);
    void (*timer)(struct sim_seat *me, unsigned kind);
    void (*later)(struct sim_seat *me, unsigned kind, const void *context);
    void (*request)(struct sim_seat *me, const struct sim_request *request);
    void (*outcome)(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome);
    void (*synced)(struct sim_seat *me, const void *context);
    void (*check)(struct sim_judge *judge, uint32_t member);
    void (*command)(struct sim_seat *me, const void *params);
    int64_t pace, pause; /* parameters that a test may change */
    void *context;       /* the test's own */
};

extern const struct sim_model actor_model;

void *context_of(const struct sim_seat *me);
struct actor_state *state_of(struct sim_seat *me);
void say(struct sim_seat *me, int64_t a, int64_t b); /* the note SAID */

/* -- what happened
 * --------------------------------------------------------------------------------- */

struct seen {
    uint64_t id, cause;
    sim_time time;
    enum sim_happening_kind kind;
    uint32_t node, peer;
    const char *what, *reason;
    int64_t words[SIM_RECORD_WORDS_MAX];
    uint32_t word_count;
    size_t blob_words;
};

struct window {
    sim_time time;
    uint32_t fault;
    bool opens;
};

struct strike { /* of a fault */
    sim_time time;
    uint32_t fault, count, first; /* how many nodes, and the first of them */
    bool begins;
};

struct halt {
    sim_time time;
    uint32_t node;
    const char *reason;
};

struct watch {
    struct seen *seen;
    size_t count, capacity;
    struct window *windows;
    size_t window_count, window_capacity;
    struct strike *strikes;
    size_t strike_count, strike_capacity;
    uint64_t invoked, completed, measured, violated, halted;
    struct halt halt; /* the last one */
    char violation[512];
};

#define ANY_KIND SIM_HAPPENING_KINDS
#define ANY_NODE (SIM_NO_GROUP - 1)

void watch_finish(struct watch *watch); /* a zeroed watch is one that has seen nothing */
/* How many happenings of KIND at NODE are called WHAT (NULL: whatever they are called). */
size_t watch_count(const struct watch *watch, enum sim_happening_kind kind, uint32_t node,
                   const char *what);
/* The N-th of them from 0, or NULL. */
const struct seen *watch_nth(const struct watch *watch, enum sim_happening_kind kind, uint32_t node,
                             const char *what, size_t n);

/* -- a plan
 * ---------------------------------------------------------------------------------------- */

enum { STAGE_GROUPS = 6, STAGE_FAULTS = 64, STAGE_SELECTORS = 160, STAGE_DISTRIBUTIONS = 64 };

struct stage {
    struct sim_plan plan;
    struct sim_group_plan groups[STAGE_GROUPS];
    struct sim_fault_plan faults[STAGE_FAULTS];
    union stage_params {
        struct sim_slow_params slow;
        struct sim_partition_params partition;
        struct sim_message_params message;
        struct sim_crash_loop_params loop;
        struct sim_workers_params workers;
        struct sim_queue_full_params queue;
        struct sim_set_params set;
        struct sim_command_params command;
    } params[STAGE_FAULTS];
    struct sim_selector selectors[STAGE_SELECTORS];
    struct sim_side sides[STAGE_SELECTORS];
    uint32_t selector_count, side_count, distribution_count;
    struct sim_distribution *distributions[STAGE_DISTRIBUTIONS];
    struct watch watch;
    struct sim_observer observer;
    struct sim_world *world;
    enum sim_end end;
    struct sim_digest digest;
};

void stage_init(struct stage *stage, uint64_t seed, sim_time duration);
void stage_finish(struct stage *stage);
/* A group of actors that calls itself; its plan may be changed until the run. */
struct sim_group_plan *stage_group(struct stage *stage, const char *name, uint32_t count,
                                   struct script *script);
const struct sim_distribution *stage_keep(struct stage *stage,
                                          struct sim_distribution *distribution);
const struct sim_distribution *stage_constant(struct stage *stage, sim_time span);
/* A fault of one side: MEMBER of GROUP, or all of them (SIM_NO_GROUP). SPAN 0: for ever. */
struct sim_fault_plan *stage_fault(struct stage *stage, const struct sim_fault_kind *kind,
                                   sim_time at, sim_time span, uint32_t group, uint32_t member);
/* The parameters of a fault of the stage. */
struct sim_slow_params *stage_slow(const struct sim_fault_plan *fault);
struct sim_partition_params *stage_partition(const struct sim_fault_plan *fault);
struct sim_crash_loop_params *stage_loop(const struct sim_fault_plan *fault);
struct sim_workers_params *stage_workers(const struct sim_fault_plan *fault);
struct sim_queue_full_params *stage_queue(const struct sim_fault_plan *fault);
struct sim_message_params *stage_message(const struct sim_fault_plan *fault);
/* A further side of FAULT (the last one made): COUNT members from FIRST of GROUP. */
void stage_side(struct stage *stage, struct sim_fault_plan *fault, uint32_t group, uint32_t first,
                uint32_t count);
/* The last side of FAULT is everything else. */
void stage_rest(struct stage *stage, struct sim_fault_plan *fault);
/* A partition whose first side are COUNT members from FIRST of GROUP. */
struct sim_fault_plan *stage_cut(struct stage *stage, sim_time at, sim_time span, uint32_t group,
                                 uint32_t first, uint32_t count);

/* A fault about the links from MEMBER of GROUP to those of TO (SIM_NO_GROUP: all members). */
struct sim_fault_plan *stage_links(struct stage *stage, const struct sim_fault_kind *kind,
                                   sim_time at, sim_time span, uint32_t group, uint32_t member,
                                   uint32_t to, uint32_t to_member);

void stage_open(struct stage *stage, bool watched); /* makes the world */
void stage_run(struct stage *stage);   /* opens it, watched, if it is not open; runs it */
void stage_close(struct stage *stage); /* destroys the world and forgets what was seen */
const struct actor_state *stage_state(const struct stage *stage, uint32_t node);
bool digests_are_equal(const struct sim_digest *a, const struct sim_digest *b);

#endif
