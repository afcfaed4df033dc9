/* kernel.h - the insides of the world; private to sim/world.
 *
 * What an event touches lies together: a seat's header, its state, its streams and counters are one
 * block of memory, one or two cache lines for a small model, found from the event by a
 * multiplication. Timers lie apart: most events touch none. What most nodes of a large run never
 * need (a disk, a skewed clock, a processor, held effects) hangs off `extra`, made when first used.
 *
 * An event's sequence is (id of the event that scheduled it) << ACT_BITS | n-th act of its handler:
 * that is the order of scheduling, and the cause is a shift away, so causes cost no memory. */
#ifndef SIM_WORLD_KERNEL_H
#define SIM_WORLD_KERNEL_H

#include "sim/core/digest.h"
#include "sim/core/mem.h"
#include "sim/core/queue.h"
#include "sim/world/filter.h"
#include "sim/world/sieve.h"
#include "sim/world/world.h"

#include <assert.h>
#include <string.h>

enum { ACT_BITS = 25, LINK_COUNTED_MAX = 64, SLAB_BITS = 8, CACHE_LINE = 64 };
enum { FAULT_ACTS = 9 << 21 }; /* the last of an event's acts: see fault_turn.c */

enum event_type {
    EVENT_MESSAGE,
    EVENT_TIMER,
    EVENT_TIMER_PEER, /* from: the peer */
    EVENT_REQUEST,    /* from: number of the calling node */
    EVENT_REPLY,
    EVENT_REFUSAL,
    EVENT_TIMEOUT, /* of call `slot`, from: its generation */
    EVENT_LATER,   /* from: the life that set it */
    EVENT_SYNCED,  /* a hold ends; from: the life */
    EVENT_SYNCED_THEN,
    EVENT_WORK,     /* a worker is done with event `slot`; from: the life */
    EVENT_COMMAND,  /* slot: index in the plan; from: the life */
    EVENT_WAKE,     /* of passage `slot`, from: which of its wakes */
    EVENT_PASSED,   /* passage `slot` ends, from: its generation */
    EVENT_FAULT,    /* slot: index in the plan, from: the firing that set it off, or 0 */
    EVENT_HEAL,     /* slot: index of the active fault */
    EVENT_STEP,     /* the same; from: its stamp; of a node, or of the first */
    EVENT_SEGMENT,  /* of a connection comes, slot: which; index: at whom */
    EVENT_DEADLINE, /* of an end of connection `slot`, what: which end, from: its generation */
    EVENT_HALT,     /* a node stops for good */
    EVENT_TURN,     /* the instant of a fault that has a turn in it; slot: index in the plan */
    EVENT_TYPES,
};

enum seat_flag {
    SEAT_DOWN = 1,
    SEAT_PAUSED = 2,
    SEAT_HELD = 4,      /* a sim_sync is under way */
    SEAT_PROCESSOR = 8, /* handling costs time */
    SEAT_CLOCK = 16,    /* its clock is not true time */
    SEAT_STARTED = 32,  /* its invariants are due, whether or not anything changed */
    SEAT_RETIMED = 64,  /* its drift is being changed: what is due by its clock moves */
    SEAT_STOPPED = 128, /* down until an action starts it: never started, or stopped */
    SEAT_KILLED = 256,  /* down for ever */
    SEAT_REPACED = 512, /* what it has under way is given another pace, or none */
    SEAT_WAITS = SEAT_DOWN | SEAT_PAUSED | SEAT_HELD,
};

struct sim_seat {
    struct class *class;
    struct extra *extra; /* NULL until something needs it */
    uint32_t member;
    uint32_t flags;
    uint32_t life; /* how often it crashed */
    uint32_t node; /* number through all groups */
};

/* state follows the header directly */
static inline void *seat_state(struct sim_seat *seat)
{
    return seat + 1;
}

/* A timer that is set later than the event that stands in the queue for it leaves that event alone:
 * when it comes it is pushed again under the sequence of the last set. So moving a timer, which
 * heartbeats do all the time, is two stores. */
struct timer {
    sim_time due;        /* SIM_TIME_NEVER: not set */
    uint64_t sequence;   /* of the last set */
    sim_time queued;     /* when its event comes; SIM_TIME_NEVER: none is queued */
    uint32_t generation; /* of that event; others are stale */
    uint32_t unused;
};

struct packet { /* the body of a message under way, and the contents of a sim_later */
    int64_t words[SIM_RECORD_WORDS_MAX];
    const struct sim_blob *blob;
    uint32_t call, generation; /* of a request or reply */
    uint32_t number;           /* which of the messages on its link this is */
    uint32_t life;             /* of the caller */
    uint8_t service, operation, route;
    uint8_t copy; /* of a request, and of what answers it: 1 if the network doubled it, else 0 */
    uint32_t size; /* of the context of a sim_later; of a request: 0, or it is STAMPED */
};

/* Behind the words of a request that says what filters know of its call. */
enum { STAMPED = 1, STAMP_LEFT = SIM_RECORD_WORDS_MAX - 2, STAMP_KEY };

struct call {
    uint32_t to;
    uint32_t generation;
    uint32_t life;
    uint8_t route;
    uint8_t copies; /* bit n: copy n of the request has not been refused */
    bool open;
    bool attempt;                /* one request of a call that goes through filters */
    struct whole *whole;         /* what filters know of it, or of what it is an attempt of */
    struct sim_passage *passage; /* of an attempt: which started it; NULL: the call itself */
    uint32_t next;               /* of an attempt: the slot of the one beside it */
    _Alignas(int64_t) char context[SIM_CONTEXT_MAX]; /* of no attempt */
};

/* Blocks of one size, named by a number; slot 0 is never given out. */
struct slab {
    char **chunks;
    size_t chunk_count, chunk_capacity;
    size_t size;
    uint32_t free, used;
};

void slab_init(struct slab *slab, size_t size);
void slab_finish(struct slab *slab);
uint32_t slab_extend(struct slab *slab); /* a block that was never given out */
static inline void *slab_at(const struct slab *slab, uint32_t slot)
{
    return slab->chunks[slot >> SLAB_BITS] + (size_t)(slot & ((1u << SLAB_BITS) - 1)) * slab->size;
}

/* Contents are left as they were. A free block holds the number of the next one in its first bytes.
 */
static inline uint32_t slab_take(struct slab *slab)
{
    uint32_t slot = slab->free;

    if (slot == 0)
        return slab_extend(slab);
    memcpy(&slab->free, slab_at(slab, slot), sizeof(slab->free));
    return slot;
}

static inline void slab_give(struct slab *slab, uint32_t slot)
{
    memcpy(slab_at(slab, slot), &slab->free, sizeof(slab->free));
    slab->free = slot;
}

struct sim_blob {
    uint32_t references;
    bool hashed;
    uint64_t hash;
    size_t count;
    int64_t words[];
};

struct fifo { /* of events */
    struct sim_event *events;
    size_t capacity, head, count;
};

void fifo_push(struct fifo *fifo, const struct sim_event *event);
struct sim_event fifo_pop(struct fifo *fifo);

enum verb {
    VERB_SEND,
    VERB_TIMER,
    VERB_CANCEL,
    VERB_LATER,
    VERB_TIMER_AT, /* after: the true time */
    VERB_LATER_AT,
    VERB_CALL,
    VERB_REPLY,
    VERB_REFUSE,
    VERB_SYNC,
    VERB_SYNC_THEN,
    VERB_NOTE,
    VERB_METRIC,
    VERB_INVOKE,
    VERB_COMPLETE,
    VERB_HALT,
};

/* An effect that waits for a sim_sync. */
struct act {
    enum verb verb;
    uint32_t what, to;
    sim_time after, left;
    uint64_t id; /* of an operation; of a sync: up to which write it reaches */
    int64_t value;
    int64_t words[SIM_RECORD_WORDS_MAX];
    const struct sim_blob *blob;
    struct sim_ticket ticket;
    uint32_t size; /* of the context */
    bool peer;
    bool body;
    const char *reason; /* of a halt */
    char context[SIM_CONTEXT_MAX];
};

/* message.c: how many of them KIND has sent to TO, the number of the last one. */
uint32_t message_count(const struct sim_seat *me, uint32_t to, unsigned kind);

/* What is wrong with a disk at present: how many faults do each of these to it. */
struct disk_trouble {
    uint32_t full;       /* no write finds room */
    uint32_t stalled;    /* no sync ends */
    uint32_t failing;    /* syncs fail */
    uint32_t unreadable; /* what lies on it can't be read */
};

struct processor {
    int64_t workers, room; /* of its plan, or what a fault leaves of them */
    int64_t busy;
    struct fifo queue;
    struct fifo stopped; /* what workers were at when a pause began; time: what is left of it */
    struct sim_stream luck;
    bool held; /* a worker waits for the sync that holds the seat */
};

/* A stretch of a monotonic clock at one rate. */
struct clock {
    sim_time since, shows; /* when it began, and what the clock showed then */
    int64_t ppb;           /* faster than true time */
    int64_t drift;         /* the same, before it is kept within bounds */
};

struct wall; /* what sets the wall clock apart from the monotonic one; see clock.c */

struct extra {
    struct fifo waiting;     /* what came while paused or held, in order */
    struct sim_event synced; /* the end of a hold that came while paused */
    bool synced_waits;
    struct sim_arena *arena;
    const struct sim_blob **held;
    size_t held_count, held_capacity;
    struct act *acts; /* behind a sim_sync */
    size_t act_count, act_capacity;
    struct disk *disk;
    struct processor *processor;
    struct timer *peer_timers; /* [timer kind][member] */
    uint32_t *link_counts;     /* [message kind][member], groups of at most LINK_COUNTED_MAX */
    uint32_t *call_counts;     /* of each route: [member of the target], see struct route */
    struct clock clock, clock_before; /* before: while SEAT_RETIMED */
    struct wall *wall;                /* NULL until a fault touches it */
    double slow;                      /* 1: not */
    double work_ratio, sync_ratio;    /* while SEAT_REPACED: what is left takes so much longer */
    uint32_t paused;                  /* how many faults pause it */
    uint32_t *streams;                /* connections that it is an end of */
    size_t stream_count, stream_capacity;
    const char *halted; /* why it stopped for good, or NULL */
};

struct link {
    const struct sim_distribution *latency;
    sim_time least, most; /* of the latency */
    sim_time plain;       /* its median */
    bool steady;          /* it takes always that: of a connection without luck */
    sim_probability loss, duplicate;
    /* what few links have; see network.h */
    bool rich; /* has some of it */
    sim_probability corruption;
    uint64_t bandwidth, queue;              /* bytes per second, 0: no bound; bytes */
    const struct sim_weather_plan *weather; /* NULL: always good */
    const struct sim_stream_plan *stream;   /* NULL: datagrams */
};

struct filter_use { /* a filter of a route */
    const struct sim_filter *filter;
    const void *params;
    uint32_t state;
    uint32_t used_at, state_at; /* in the chain of a node */
    uint8_t level;              /* which of its chain it is, from 0 */
    bool last;                  /* behind it are attempts */
    uint64_t hash;
};

struct route { /* a call site, and whom its calls go to */
    const struct sim_call_site *site;
    const struct sim_interface_operation *operation;
    const char *name;
    struct class *target;
    uint32_t service; /* index in the target's `serves` */
    uint32_t counts;  /* where those of its target's members begin in extra->call_counts */
    uint64_t hash, luck;
    struct filter_use *uses; /* the filters, outermost first */
    uint32_t use_count;
    struct sim_route_stats stats;
};

struct class
{ /* a group's seats */
    char *seats;
    size_t stride;
    char *block;              /* what SEATS lies in */
    struct timer *all_timers; /* of member m from [m * timers] on */
    struct sim_world *world;
    const struct sim_model *model;
    const struct sim_group_plan *plan;
    const void *params;
    void *changed_params; /* what they point to once an action has changed one */
    uint32_t count, started, first_node, index;
    uint32_t stream_offset, count_offset, shadow_offset;
    uint32_t timers, messages, draws, logs;
    struct route *routes; /* the n-th of the first ones is that of the n-th call site */
    uint32_t route_count, count_count;
    char *chains; /* like seats; NULL until a call goes through filters */
    char *chain_block;
    size_t chain_stride, states_at;
    uint32_t watched_count;
    uint32_t *watched; /* offsets in the state */
    bool count_links, count_calls;
    uint32_t *places; /* of member m: places[m % place_count] */
    uint32_t place_count;
    uint64_t key; /* hash of the group's name */
    uint64_t message_hash[SIM_MESSAGES_MAX], timer_hash[SIM_TIMERS_MAX], later_hash[SIM_LATERS_MAX];
    uint64_t note_hash[SIM_NOTES_MAX];
    uint64_t request_hash[SIM_SERVES_MAX][SIM_OPERATIONS_MAX];
    uint64_t start_hash, synced_hash;
    uint64_t draw_key[SIM_DRAWS_MAX];
    uint64_t message_luck[SIM_MESSAGES_MAX];
    struct sim_judge *judge;
    bool compared; /* with its shadow, after each event: for the judge or for triggers */
    bool heard;    /* a trigger waits for a field of its state */
    struct sim_group_stats stats;
    uint64_t reached[SIM_MARKS_MAX];
};

struct sim_judge {
    struct sim_world *world;
    struct class *class;
    void *memory;
    struct sim_arena *arena;
};

struct fault_interval { /* of a fault that strikes again and again */
    struct sim_stream gaps;
    sim_time from, due; /* the gap under way: when it began, and ends */
};

struct sim_world {
    struct sim_queue *queue;
    sim_time now;
    uint64_t event;    /* id of the event being handled */
    uint64_t sequence; /* of the next act */
    struct class *classes;
    bool digest_off, stopped;
    uint32_t tracing; /* bit n: somebody listens to happenings of kind n */
    uint32_t heard;   /* the same of triggers alone */
    bool spread;      /* more seats than a cache next to the processor holds: fetch them ahead */
    /* The network only delays: no listener, no link rules, nothing that struct link has, no open
     * rule about messages and no fault but those of single links, which the sieve knows. */
    bool plain;
    bool plain_by_plan;   /* but for faults */
    struct sieve *faulty; /* links with faults, and some where they are over; NULL: there is none */
    struct sim_digest digest;
    struct link link;
    struct link *kinds; /* of links: `link`, then those of the plan's rules */
    uint32_t *links;    /* [place][place]: index in `kinds`; NULL: `link` everywhere */
    struct special *specials; /* links of single kinds of message, by hash; NULL: there are none */
    uint32_t special_count, special_slots;
    uint32_t place_count;
    struct luck *luck;       /* NULL: all is drawn, and nobody asks what */
    struct network *network; /* what is kept of pairs of nodes; NULL until there is some */
    uint32_t cuts;           /* partitions that cut now */
    uint32_t *cut_slots, *flight_slots; /* which of the active faults: cuts and cuts_in_flight */
    size_t cut_capacity, flight_capacity;
    uint32_t stamps;         /* how many faults began */
    uint32_t cuts_in_flight; /* partitions, also healed ones, that cut what was in flight */
    uint32_t open_rules;     /* faults about messages */
    uint32_t wide_rules;     /* places where those stand that are not about single links */
    uint32_t open_harms;     /* faults of links */
    struct rules *rules;     /* NULL: there was none */
    bool waited;             /* what is being handled waited for its node, since... */
    sim_time came;           /* ...then */
    sim_time latency_most;   /* of any link, or anything sent: nothing is under way for longer */
    struct slab packets, calls, works;
    struct slab wholes, passages; /* of calls through filters */
    uint32_t wakes;
    struct sim_arena *blobs;
    const struct sim_blob **made; /* in this handler */
    size_t made_count, made_capacity;
    uint32_t timer_peer;
    uint64_t operations;
    uint64_t same_instant;   /* events caused within the present instant */
    uint64_t instant;        /* sequences from here on are of acts within it */
    uint64_t seed;           /* of what is drawn now: branch.h */
    bool branches, branched; /* the luck is going to be another one; it is already */
    const struct sim_plan *plan;
    struct sim_observer observer;
    struct active *active;
    size_t active_count, active_capacity;
    size_t active_from; /* all below are under way */
    uint32_t felt;      /* how many open ones can end before their time */
    uint32_t *fault_fired;
    uint64_t *fault_keys;
    struct fault_interval *fault_intervals;
    uint64_t *fault_set_off; /* by what is not the time: how often */
    uint64_t set_off_by;     /* the last event that set faults off, ... */
    uint32_t set_off[2];     /* ... and how many that come first, and last, of what it schedules */
    bool sets_off_first;
    struct slab firings;
    struct triggers *triggers;   /* NULL: no fault has one */
    const struct firing *firing; /* what set off the fault that begins; or NULL */
    uint8_t *taken;              /* by node: which side of the fault being resolved took it */
    uint32_t *candidates;
    uint32_t class_count, node_count;
    enum sim_end end;
    char limit[80]; /* that was reached: "100 events (limits.events)" */
};

static inline struct sim_seat *seat_at(const struct class *class, uint32_t member)
{
    return (struct sim_seat *)(void *)(class->seats + member * class->stride);
}

static inline struct timer *timers_of(const struct sim_seat *seat)
{
    return seat->class->all_timers + (size_t)seat->member * seat->class->timers;
}
struct sim_seat *seat_of_node(const struct sim_world *world, uint32_t node);
struct extra *seat_extra(struct sim_seat *seat); /* made if there is none */

static inline uint64_t next_sequence(struct sim_world *world)
{
    return world->sequence++;
}

/* world.c */
static inline void begin_event(struct sim_world *world) /* a new id; what follows is its acts */
{
    world->event++;
    world->sequence = world->event << ACT_BITS;
}

void free_made(struct sim_world *world); /* blobs of this event that nobody keeps */
/* Triggers and invariants look at what changed. */
void judge_check(struct sim_seat *seat);

static inline void end_event(struct sim_world *world, struct sim_seat *seat)
{
    /* else it has more acts than a sequence can number */
    assert((world->sequence + FAULT_ACTS) >> ACT_BITS == world->event);
    if (world->made_count > 0)
        free_made(world);
    if (seat->class->compared && !(seat->flags & SEAT_HELD) && !world->stopped)
        judge_check(seat);
}

/* An event of its own. */
void run_start(struct sim_world *world, struct sim_seat *seat, uint64_t cause);
/* The event arrived before. */
void run_event(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
/* EVENT has come to its node, which may be down, paused, held by its disk or busy. */
void deliver_event(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
/* Runs what waited, as far as nothing holds. */
void release_seat(struct sim_world *world, struct sim_seat *seat);
enum drop { DROP_PARTITION, DROP_DOWN, DROP_QUEUE_FULL, DROP_CRASH }; /* at where it arrives */
void drop_event(struct sim_world *world, const struct sim_event *event, enum drop reason);
/* Of the group that sent EVENT, a message, request, reply or refusal. */
static inline struct sim_group_stats *sender_stats(const struct sim_world *world,
                                                   const struct sim_event *event)
{
    return event->type == EVENT_MESSAGE ? &world->classes[event->class].stats
                                        : &seat_of_node(world, event->from)->class->stats;
}
void free_event(struct sim_world *world, const struct sim_event *event); /* what it carries */
/* What its plan makes of writes not yet durable. */
enum sim_unsynced planned_unsynced(const struct sim_seat *seat);
void crash_seat(struct sim_world *world, struct sim_seat *seat, enum sim_unsynced unsynced);
void tell(struct sim_world *world, enum sim_happening_kind kind, uint64_t cause, uint32_t node,
          uint32_t peer, const char *what, const char *reason, const struct sim_record *record,
          const int64_t *words, const struct sim_blob *blob);
static inline bool is_traced(const struct sim_world *world, enum sim_happening_kind kind)
{
    return (world->tracing >> kind & 1) != 0;
}
void stop_at_limit(struct sim_world *world, int64_t most, const char *limit);

/* tell.c */
void do_operation_act(struct sim_seat *seat, const struct act *act);
uint64_t hash_body(uint64_t hash, const struct sim_record *record, const int64_t *words,
                   const struct sim_blob *blob);

/* Into the digest. */
static inline void fold(struct sim_world *world, uint64_t what, uint32_t node, uint32_t peer,
                        const struct sim_record *record, const int64_t *words,
                        const struct sim_blob *blob)
{
    if (world->digest_off)
        return;
    uint64_t hash = sim_mix((uint64_t)world->now + what, (uint64_t)node << 32 | peer);

    if (record || blob)
        hash = hash_body(hash, record, words, blob);
    sim_digest_fold(&world->digest, hash);
}

/* build.c */
void build_classes(struct sim_world *world);
void build_links(struct sim_world *world);
void finish_classes(struct sim_world *world);
void hash_luck(struct class *class); /* of its messages and calls, by the world's seed */

/* message.c */
void run_message(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void tell_message(struct sim_world *world, const struct sim_seat *seat,
                  const struct sim_event *event, const struct sim_message *message);

/* The event of its own that a message is. RECORD describes its body; NULL: it has none. */
static inline __attribute__((always_inline)) void
deliver(struct sim_world *world, struct class *class, struct sim_seat *seat,
        const struct sim_event *event, const struct sim_message *message,
        const struct sim_record *record)
{
    class->stats.delivered++;
    begin_event(world);
    fold(world, class->message_hash[event->what], seat->node, class->first_node + event->from,
         record, message->body, message->blob);
    if (is_traced(world, SIM_HAPPENED_MESSAGE))
        tell_message(world, seat, event, message);
    class->model->messages[event->what].handler(seat, message);
    end_event(world, seat);
}

/* call.c */
void run_request(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void run_outcome(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void close_call(struct sim_world *world, uint32_t slot, uint32_t generation);
/* The slot of a call, or of an attempt. */
static inline uint32_t open_call(struct sim_seat *me, unsigned route, uint32_t to,
                                 const void *context, size_t size)
{
    struct sim_world *world = me->class->world;
    uint32_t slot = slab_take(&world->calls);
    struct call *call = slab_at(&world->calls, slot);

    if (size > 0)
        memcpy(call->context, context, size);
    call->generation++;
    call->to = to;
    call->life = me->life;
    call->route = (uint8_t)route;
    call->copies = 1;
    call->open = true;
    call->attempt = false;
    call->whole = NULL;
    return slot;
}

/* Sends the request of call SLOT. */
void send_request(struct sim_seat *me, uint32_t slot, const void *request);
static inline enum sim_reply_meaning meaning_of(const struct route *route,
                                                const struct sim_outcome *outcome)
{
    return outcome->status == SIM_REPLIED && route->operation->meaning
               ? route->operation->meaning(outcome->body)
               : SIM_REPLY_FINE;
}

/* Drops it, as the queue is full, and says so. */
void refuse_request(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);

/* blob.c */
void blob_keep(const struct sim_blob *blob); /* NULL is fine */
void blob_free(struct sim_world *world, const struct sim_blob *blob);
uint64_t blob_hash(const struct sim_blob *blob);
void forget_memory(struct sim_world *world,
                   struct sim_seat *seat); /* arena and held blobs, at a crash */

/* transmit.c */
struct way { /* one message on its way, whatever it carries */
    struct sim_seat *from, *to;
    uint64_t luck;
    const char *what;
    const struct sim_record *record;
};
/* EVENT has all but its time. */
void transmit(struct sim_world *world, const struct way *way, struct sim_event *event);
static inline uint64_t bytes_of(const struct sim_record *record, const struct sim_blob *blob)
{
    return ((record ? record->words : 0) + (blob ? blob->count : 0)) * sizeof(int64_t);
}

uint32_t sender_of(const struct sim_world *world,
                   const struct sim_event *event); /* node, or SIM_NO_GROUP */
/* A dozen words at most: a call of memcpy takes longer to begin. */
static inline void copy_words(int64_t *to, const int64_t *from, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i += 2)
        memcpy(to + i, from + i, 2 * sizeof(*to));
    if (count & 1)
        to[count - 1] = from[count - 1];
}

static inline uint32_t fill_packet(struct sim_world *world, const struct sim_record *record,
                                   const void *body, const struct sim_blob *blob)
{
    uint32_t slot = slab_take(&world->packets);
    struct packet *packet = slab_at(&world->packets, slot);

    if (record)
        copy_words(packet->words, body, record->words);
    blob_keep(blob);
    packet->blob = blob;
    return slot;
}

static inline uint32_t make_packet(struct sim_world *world, const struct sim_record *record,
                                   const void *body, const struct sim_blob *blob)
{
    return record || blob ? fill_packet(world, record, body, blob)
                          : 0; /* most have nothing to carry */
}
static inline void free_packet(struct sim_world *world, uint32_t slot) /* 0 is fine */
{
    if (slot == 0)
        return;
    const struct packet *packet = slab_at(&world->packets, slot);

    if (packet->blob)
        blob_free(world, packet->blob);
    slab_give(&world->packets, slot);
}

/* timer.c */
void run_timer(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
bool timer_is_stale(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void run_later(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void clear_timers(struct sim_seat *seat);
void timers_move(struct sim_seat *seat); /* to where clock_moved puts them */
/* The queue's event of a timer that moved; false: it is none any more. */
bool timer_moves(struct sim_seat *seat, struct sim_event *event);

/* clock.c */
sim_time clock_read(const struct sim_seat *seat, sim_time t);
sim_time clock_due(const struct sim_seat *seat, sim_time after);
/* When the node's clock has counted AFTER more. */
static inline sim_time due_after(const struct sim_seat *seat, sim_time after)
{
    sim_time now = seat->class->world->now;

    if (seat->flags & SEAT_CLOCK)
        return clock_due(seat, after);
    return after > SIM_TIME_LIMIT - now ? SIM_TIME_LIMIT : now + after;
}
sim_time clock_until(const struct sim_seat *seat, sim_time at); /* how much it counts until then */
void clock_draw(struct sim_world *world, struct sim_seat *seat);
void clock_destroy(struct extra *extra);
sim_time clock_moved(const struct sim_seat *seat, sim_time due); /* while SEAT_RETIMED */
/* Faults of the wall clock. It is set BY forward, or back if that is negative. */
void clock_jump(struct sim_seat *seat, sim_time by);
/* Freezes nest: it stands still until the last of them is over, and then is LATE by as much, or
 * right. */
void clock_freeze(struct sim_seat *seat);
void clock_thaw(struct sim_seat *seat, bool late);
/* In the first half of each PERIOD it is ahead by AMPLITUDE (behind, if negative), in the second
 * not. KEY tells strobes of one node apart. */
void clock_strobe(struct sim_seat *seat, uint64_t key, sim_time amplitude, sim_time period);
void clock_strobe_end(struct sim_seat *seat, uint64_t key);
/* The clocks of these nodes, wall and monotonic, go so much faster than they did. */
struct rate {
    uint32_t node; /* each at most once */
    int64_t ppb;
};
void clock_change_drift(struct sim_world *world, const struct rate *rates, uint32_t count);

/* disk.c */
void disk_destroy(struct sim_world *world, struct sim_seat *seat);

/* disk_crash.c */
void disk_crash(struct sim_world *world, struct sim_seat *seat, enum sim_unsynced unsynced);
/* Reads what there is before the model starts; false: nothing to start with, the node halts. */
bool disk_opens(struct sim_world *world, struct sim_seat *seat);
uint64_t disk_durable(struct sim_seat *seat, unsigned log); /* so many first records of it */
/* A durable record of a log rots, or the struct. */
void disk_rot(struct sim_seat *seat, unsigned log, uint64_t index);
void disk_rot_struct(struct sim_seat *seat);

/* disk_sync.c */
/* An orderly end of the process: what was written is durable. */
void disk_stop(struct sim_world *world, struct sim_seat *seat);
enum { SYNC_FAILED = 1 }; /* `what` of EVENT_SYNCED and EVENT_SYNCED_THEN */
void disk_set_trouble(struct sim_world *world, struct sim_seat *seat,
                      const struct disk_trouble *trouble);
bool sync_ends(struct sim_world *world, struct sim_seat *seat, struct sim_event *event);
void run_synced(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void run_synced_then(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
/* How many writes the node has issued: a sync covers those before it, also when it starts later. */
uint64_t written_so_far(struct sim_seat *seat);
void hold_writes(struct sim_seat *seat); /* what is written from now on follows the hold */
void start_sync(struct sim_world *world, struct sim_seat *seat, uint64_t upto);
void start_sync_then(struct sim_world *world, struct sim_seat *seat, uint64_t upto,
                     const void *context, uint32_t size);

/* halt.c */
void run_halt(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);

/* hold.c */
static inline bool is_held(const struct sim_seat *seat)
{
    return (seat->flags & SEAT_HELD) != 0;
}
struct act *hold_act(struct sim_seat *seat, enum verb verb); /* zeroed; done at release */
void hold_words(struct act *act, const struct sim_record *record, const void *body,
                const struct sim_blob *blob);
void do_acts(struct sim_world *world, struct sim_seat *seat); /* until the next sync among them */
void forget_acts(struct sim_world *world, struct sim_seat *seat);

/* How long the node takes for what takes SPAN when nothing slows it. */
static inline sim_time slow_span(const struct sim_seat *seat, sim_time span)
{
    double slowed = (double)span * seat->extra->slow;

    if (seat->extra->slow == 1)
        return span;
    return slowed < (double)SIM_TIME_LIMIT ? (sim_time)slowed : SIM_TIME_LIMIT;
}

/* processor.c */
bool processor_takes(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void processor_takes_waiting(struct sim_world *world, struct sim_seat *seat);
void run_work(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);
void processor_release(struct sim_world *world,
                       struct sim_seat *seat); /* the worker that a sync held */
/* So many workers work and so many messages wait from now on; what works and waits, goes on. */
void processor_limit(struct sim_world *world, struct sim_seat *seat, int64_t workers, int64_t room);
/* The worker that is at WORK, which is not in the queue any more, stops until the pause ends. */
void processor_stop(const struct sim_world *world, struct sim_seat *seat,
                    const struct sim_event *work);
void processor_go_on(struct sim_world *world, struct sim_seat *seat);
void processor_crash(struct sim_world *world, struct sim_seat *seat);

/* judge.c */
void judge_forget(struct sim_seat *seat); /* the shadow after a crash */

/* action.c */
void take_command(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event);

/* trigger.c */
void build_triggers(struct sim_world *world);
void finish_triggers(struct sim_world *world);
/* Whether HEAR could set a fault off by what happens so between these: most often not. */
bool may_hear(const struct sim_world *world, enum sim_happening_kind kind, uint32_t node,
              uint32_t peer);
void hear(struct sim_world *world, const struct sim_happening *happening);
/* Bit n of CHANGED: the n-th watched field is another than it was. */
void hear_state(struct sim_world *world, const struct sim_seat *seat, uint64_t changed);

/* fault.c */
void schedule_faults(struct sim_world *world);
void branch_faults(struct sim_world *world);
void run_fault(struct sim_world *world, const struct sim_event *event);
void run_heal(struct sim_world *world, const struct sim_event *event);
void run_turn(struct sim_world *world, const struct sim_event *event);
void run_step(struct sim_world *world, const struct sim_event *event);
void finish_faults(struct sim_world *world);
/* select.c */
/* Marks in world->taken, by node, the number of the side that takes it, from 1; 0: none. */
void select_sides(struct sim_world *world, const struct sim_fault_plan *fault,
                  struct sim_stream *luck);

#endif
