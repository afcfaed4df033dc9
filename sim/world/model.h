/* model.h - the one header that a model includes: how a protocol is described and how it acts.
 *
 * A model is a table (struct sim_model) of handlers and descriptions. A handler runs to completion
 * at one instant on a *seat*, one model on one node; it reads its parameters and its state and acts
 * only through the verbs below. It never sees true time, other nodes' memory, or randomness outside
 * its named draws.
 *
 * Members: nodes of a group are numbered from 0. `to` of a send is a member of the sender's own
 * group, `to` of a call a member of the group that the caller's `target:` names. Units:
 * durations and instants in ns of the node's monotonic clock, unless said otherwise. Ownership:
 * what a verb takes is copied before it returns. Blobs made in a handler are the kernel's and
 * live until the handler returns; who keeps one longer holds it (sim_hold). Volatile memory
 * (state, sim_new, held blobs) is gone after a crash; the disk survives as far as it was synced.
 * State and bodies never move while a handler runs. Errors: misuse (an undeclared timer, a
 * member out of range) is an assertion. Determinism: a handler may read nothing but what these
 * verbs give it. */
#ifndef SIM_WORLD_MODEL_H
#define SIM_WORLD_MODEL_H

#include "sim/core/distribution.h"
#include "sim/core/field.h"
#include "sim/core/hlc.h"
#include "sim/core/lamport.h"
#include "sim/core/rng.h"
#include "sim/core/time.h"
#include "sim/core/vector_clock.h"
#include "sim/world/operation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_seat;   /* one model on one node */
struct sim_blob;   /* immutable words with a reference count */
struct sim_ledger; /* what a node tells of what it holds */
struct sim_judge;  /* the memory of a group's invariants */
struct sim_plan;   /* all groups of a scenario */

enum {
    SIM_MESSAGES_MAX = 24,
    SIM_TIMERS_MAX = 16,
    SIM_LATERS_MAX = 8,
    SIM_NOTES_MAX = 24,
    SIM_CALLS_MAX = 16,
    SIM_LISTED_MAX = 8,
    SIM_ROUTES_MAX = 192, /* of a group: its call sites, and what its scenario adds to them */
    SIM_FORWARDS_MAX = 8, /* of models that forward, one behind the other */
    SIM_SERVES_MAX = 4,
    SIM_LOGS_MAX = 4,
    SIM_DRAWS_MAX = 16,
    SIM_METRICS_MAX = 16,
    SIM_BUGS_MAX = 64,
    SIM_INVARIANTS_MAX = 16,
    SIM_CONTEXT_MAX = 64, /* bytes of the context of a call or a sim_later */
    SIM_OPERATIONS_MAX = 24,
    SIM_COMMANDS_MAX = 8,
    SIM_LIVE_MAX = 16,
    SIM_MARKS_MAX = 32,
};

/* -- what handlers are given ------------------------------------------------------------------- */

struct sim_message {
    uint32_t from;               /* member of the own group */
    const void *body;            /* the record declared for this kind, NULL if none */
    const struct sim_blob *blob; /* or NULL */
};

/* A value by which a request is answered, now or later, by the seat that got it; it may be copied
 * and kept. After a crash of either side answering it does nothing. */
struct sim_ticket { /* its fields are the kernel's */
    uint32_t call, generation;
    uint32_t caller, number, life, server_life;
    uint8_t service, operation, route, copy;
};

struct sim_request {
    uint32_t operation; /* of the interface */
    const void *body;
    const struct sim_blob *blob;
    struct sim_ticket ticket;
    uint64_t client; /* names the calling node, stable over its restarts: for sessions */
    /* What filters of the caller say of it: how long somebody waited for the answer when it was
     * sent, less what it waited for this node since (SIM_TIME_NEVER: not told), and what all
     * attempts of one call have in common (0: not told). */
    sim_time left;
    uint64_t key;
};

enum sim_call_status {
    SIM_REPLIED,
    SIM_REFUSED,      /* certainly not executed: the node refused it unseen */
    SIM_CALL_UNKNOWN, /* no answer in time: executed, or to be executed, or never */
};

struct sim_outcome {
    enum sim_call_status status;
    uint32_t to;         /* whom the call was sent to */
    const void *context; /* the caller's, as given to sim_call */
    const void *body;    /* of a reply; else NULL */
    const struct sim_blob *blob;
    bool not_done;     /* certainly not executed, so that it may be asked for again */
    bool failed;       /* no reply, or one that its interface calls an error */
    bool pushed_back;  /* the callee said that it is not to be asked again */
    bool degraded;     /* a filter of the caller put this reply in the place of one */
    uint32_t attempts; /* requests that were sent for it */
};

enum sim_disk_error {
    SIM_DISK_FINE,
    SIM_DISK_FULL,   /* ENOSPC: nothing was written */
    SIM_DISK_FAILED, /* EIO: a sync failed, and since then the disk is read-only until a restart */
};

/* What a record on the disk turns out to be when it is read. */
enum sim_record_state {
    SIM_RECORD_WHOLE,
    SIM_RECORD_TORN,       /* its checksum fails, and it was never synced: a crash cut it short */
    SIM_RECORD_ROTTEN,     /* its checksum fails, though it was synced */
    SIM_RECORD_UNREADABLE, /* EIO: nothing is known of it */
};

struct sim_disk_failure {
    enum sim_disk_error error;
    const void *context; /* of a sim_sync_then; NULL: a sim_sync */
};

/* -- the description of a model ---------------------------------------------------------------- */

enum sim_reply_meaning {
    SIM_REPLY_FINE,
    SIM_REPLY_FAILED,      /* an error: what was asked may have been done all the same */
    SIM_REPLY_PUSHED_BACK, /* the same, and whoever asks is not to ask again */
    SIM_REPLY_DENIED,      /* the same, but what was asked was certainly not done */
    SIM_REPLY_NOT_DONE,    /* an error, and what was asked was certainly not done */
    SIM_REPLY_ELSEWHERE,   /* not done and no error: another has to be asked */
};

struct sim_interface_operation {
    const char *name;
    const struct sim_record *request, *reply;
    /* What a reply says to those who know only whether a call went well; NULL: all are fine. */
    enum sim_reply_meaning (*meaning)(const void *reply);
};

struct sim_interface {
    const char *name;
    struct sim_interface_operation operations[SIM_OPERATIONS_MAX]; /* ends with a NULL name */
};

struct sim_table {
    const struct sim_field *fields; /* NULL: none */
    size_t size;
};
#define SIM_TABLE(member) .member = { member##_fields, sizeof(struct member) }

struct sim_message_kind {
    const char *name;
    const struct sim_record *record; /* NULL: no body */
    void (*handler)(struct sim_seat *me, const struct sim_message *message);
};

struct sim_timer_kind {
    const char *name;
    void (*handler)(struct sim_seat *me); /* sim_peer(me) tells which, if per peer */
    bool per_peer;                        /* one for each member of the own group */
};

struct sim_later_kind {
    const char *name;
    void (*handler)(struct sim_seat *me, const void *context);
};

struct sim_note_kind {
    const char *name;
    const struct sim_record *record;
};

struct sim_call_site {
    const char *name;
    const struct sim_interface *interface;
    uint32_t operation;
    void (*handler)(struct sim_seat *me, const struct sim_outcome *outcome);
};

struct sim_service {
    const struct sim_interface *interface;
    void (*handler)(struct sim_seat *me, const struct sim_request *request);
};

/* What an operator may ask of a node while it runs: "add a member", "hand over the leadership". */
struct sim_command_kind {
    const char *name, *help;
    struct sim_table params; /* .fields NULL: none */
    void (*handler)(struct sim_seat *me, const void *params);
};

struct sim_log_kind {
    const char *name;
    const struct sim_record *record; /* of an entry */
};

enum sim_metric_type {
    SIM_COUNTER,
    SIM_GAUGE,
    SIM_HISTOGRAM,
    SIM_DURATIONS, /* a histogram of times in ns, and told as times */
    SIM_ANOMALIES, /* a counter of what nobody should see; comparisons show it */
};

struct sim_metric_kind {
    const char *name;
    enum sim_metric_type type;
    const char *help;
};

/* A place worth reaching: a branch that matters and that a run may well never take. Sweeps name
 * those that no seed reached, so that "nothing failed" tells what it rests on. */
struct sim_mark_kind {
    const char *name, *help;
};

/* Runs after a handler that changed a watched field of SEAT (compared with a shadow), and after
 * start. Held effects count as not yet done: after a sim_sync that holds, it runs when the sync is
 * durable. */
struct sim_invariant {
    size_t memory; /* bytes per group, zeroed at the start of the run; survives crashes */
    void (*check)(struct sim_judge *judge, uint32_t member);
    const char *names[SIM_INVARIANTS_MAX]; /* all that CHECK may call violated */
};

enum { SIM_PRESET_VALUES_MAX = 8 };

/* What a system that people know is set to: `preset: cassandra-quorum`. What a scenario writes
 * itself counts more. */
struct sim_preset {
    const char *name, *summary;
    const char *source; /* where these values are documented */
    struct sim_preset_value {
        const char *key, *text; /* a parameter, and its value as a scenario would write it */
    } values[SIM_PRESET_VALUES_MAX];
};

struct sim_model {
    const char *name;
    const char *alias;   /* another name that scenarios may use; or NULL */
    const char *summary; /* one line */
    const char *source;  /* paper, section; or NULL */
    struct sim_table params, state, disk;
    const struct sim_preset *presets; /* ends with a NULL name; NULL: none */
    struct sim_message_kind messages[SIM_MESSAGES_MAX];
    struct sim_timer_kind timers[SIM_TIMERS_MAX];
    struct sim_later_kind laters[SIM_LATERS_MAX];
    struct sim_note_kind notes[SIM_NOTES_MAX];
    struct sim_call_site calls[SIM_CALLS_MAX];
    struct sim_service serves[SIM_SERVES_MAX];
    /* What it never does of an interface that it serves, operations as bits: clients whose
     * `operations` ask for one of these are an error of the scenario. */
    struct sim_abstention {
        const struct sim_interface *interface; /* NULL: it does everything */
        uint32_t operations;
    } without;
    struct sim_log_kind logs[SIM_LOGS_MAX];
    struct sim_metric_kind metrics[SIM_METRICS_MAX];
    struct sim_mark_kind marks[SIM_MARKS_MAX];
    struct sim_command_kind commands[SIM_COMMANDS_MAX];
    /* Parameters that an action may change while the model runs: it reads them anew each time. */
    const char *live[SIM_LIVE_MAX];
    const char *draws[SIM_DRAWS_MAX];
    /* Of clients: what a list of operations stands for: parameters, and draws as bits. */
    const char *listed[SIM_LISTED_MAX];
    uint32_t listed_draws;
    const char
        *bugs[SIM_BUGS_MAX]; /* knobs: well-known ways to be wrong; `bugs: [name]` plants one */
    struct sim_invariant invariant;
    void (*start)(
        struct sim_seat *me); /* at the start and after each restart; the disk tells which */
    void (*synced)(struct sim_seat *me, const void *context); /* for sim_sync_then */
    /* A sync failed: what should have followed it will not. A model that has this handles all that
     * may be wrong with its disk: it looks at what sim_write and sim_append return, and in `start`
     * at the state of its records. For one without it the kernel does: a torn record is cut off
     * before `start`, whatever else is wrong halts the node. */
    void (*disk_failed)(struct sim_seat *me, const struct sim_disk_failure *failure);
    /* Rules between parameters, and derived values; called once per group, with all defaults filled
     * in. Returns NULL, or writes into TEXT what is wrong (without a place) and returns the name of
     * the field to blame, or "count" for the number of members. */
    const char *(*check)(void *params, uint32_t members, char text[160]);
    /* The same of rules between GROUP and the other groups of PLAN; called once all of them have
     * been read and passed `check`. NULL: there are none. */
    const char *(*fits)(const struct sim_plan *plan, uint32_t group, char text[160]);
    /* Of clients: the kinds of operation that a group with these parameters may invoke, as bits
     * (1 << SIM_READ). NULL: it invokes none, and has no history. */
    uint32_t (*operations)(const void *params);
    /* Whether with these parameters a request costs the processor nothing once nobody waits for its
     * answer any more; it is handled all the same, with `left` at 0 or below. NULL: none. */
    bool (*heeds_deadlines)(const void *params);
    /* What it serves it asks of the groups that its parameters list, each key of one of them: these
     * keep what its clients write, and do what it does. */
    bool forwards;
    /* Of stores and services: tells by the verbs of ledgers what this node holds of what clients
     * wrote, and which effects it had. Asked of nodes that are up, when the run has ended; it
     * changes nothing. */
    void (*holds)(struct sim_seat *me, struct sim_ledger *ledger);
    /* `holds` reads parameters, the disk and its logs alone, never the state: then nodes that are
     * down are asked as well, and judges need not doubt for what those may have done. */
    bool holds_on_disk;
    /* `holds` tells effects; of who does not, nobody may ask for them. */
    bool tells_effects;
};

/* -- other groups, for `fits` ------------------------------------------------------------------ */

/* The field NAME of the parameters of GROUP, as its model's table describes it; NULL: its model has
 * none of that name. */
const void *sim_plan_param(const struct sim_plan *plan, uint32_t group, const char *name);

/* -- reading ----------------------------------------------------------------------------------- */

/* The node's monotonic clock, as CLOCK_MONOTONIC: it may run fast or slow, but never jumps or goes
 * back. Timers run by it. Its origin is the node's own: readings of two nodes say nothing about
 * each other. */
sim_time sim_now(const struct sim_seat *me);
/* The node's wall clock, as CLOCK_REALTIME: what it believes the time to be. Nodes may compare it,
 * at their peril: it is off by the node's offset and drift, and faults set it, stop it or make it
 * flutter. */
sim_time sim_wall(const struct sim_seat *me);
uint32_t sim_self(const struct sim_seat *me);
uint32_t sim_node(const struct sim_seat *me); /* its number in the run, over all groups */
/* Of the own group, also those that were not started yet. */
uint32_t sim_members(const struct sim_seat *me);
/* Members of the group that calls go to: of the call sites, of any route. */
uint32_t sim_targets(const struct sim_seat *me);
uint32_t sim_targets_of(const struct sim_seat *me, unsigned route);
/* Whether member TO of the group that ROUTE leads to lies in the own zone. Who is in none is near
 * nobody. */
bool sim_target_is_near(const struct sim_seat *me, unsigned route, uint32_t to);
const void *sim_params(const struct sim_seat *me);
void *sim_state(struct sim_seat *me);
bool sim_bug(const struct sim_seat *me, unsigned bug);
uint32_t sim_peer(const struct sim_seat *me); /* of the per-peer timer that fired */

/* -- messages ---------------------------------------------------------------------------------- */

/* BODY is the record declared for KIND (NULL if it has none). A message to oneself takes no time
 * and cannot be lost. */
void sim_send(struct sim_seat *me, uint32_t to, unsigned kind, const void *body);
void sim_send_blob(struct sim_seat *me, uint32_t to, unsigned kind, const void *body,
                   const struct sim_blob *blob);

/* -- timers: one per kind, or per kind and peer; setting one that is set moves it -------------- */

void sim_timer(struct sim_seat *me, unsigned timer, sim_time after);
void sim_cancel(struct sim_seat *me, unsigned timer);
bool sim_timer_is_set(const struct sim_seat *me, unsigned timer);
void sim_timer_peer(struct sim_seat *me, unsigned timer, uint32_t peer, sim_time after);
void sim_cancel_peer(struct sim_seat *me, unsigned timer, uint32_t peer);
/* One-shot, any number at a time, not to be cancelled; SIZE bytes of CONTEXT are copied. */
void sim_later(struct sim_seat *me, unsigned later, sim_time after, const void *context,
               size_t size);

/* The same at the true time AT, or at once if that is over: for load alone, which comes from
 * outside of the node. A change of the clock's rate moves them as it moves the others. */
void sim_timer_at(struct sim_seat *me, unsigned timer, sim_time at);
void sim_later_at(struct sim_seat *me, unsigned later, sim_time at, const void *context,
                  size_t size);

/* -- calls ------------------------------------------------------------------------------------- */

/* Sends REQUEST (the record of the site's operation) to member TO of the target group. The outcome
 * comes as an event of its own: the reply, a refusal, or unknown after TIMEOUT (0: wait for ever).
 */
void sim_call(struct sim_seat *me, unsigned site, uint32_t to, sim_time timeout,
              const void *context, size_t size, const void *request);
/* The same, and the callee is told that nobody waits for its answer after LEFT (SIM_TIME_NEVER: not
 * told): for who is himself told a deadline and passes it on. */
void sim_call_within(struct sim_seat *me, unsigned site, uint32_t to, sim_time timeout,
                     sim_time left, const void *context, size_t size, const void *request);
void sim_reply(struct sim_seat *me, struct sim_ticket ticket, const void *body);
void sim_reply_blob(struct sim_seat *me, struct sim_ticket ticket, const void *body,
                    const struct sim_blob *blob);
void sim_refuse(struct sim_seat *me, struct sim_ticket ticket);

/* -- the disk: a described struct and append-only logs; what is written is durable after a sync */

/* The struct as last written (zeroed at first); change it, then sim_write. A write that fails
 * leaves everything as it was. */
void *sim_disk(struct sim_seat *me);
enum sim_disk_error sim_write(struct sim_seat *me);
enum sim_disk_error sim_append(struct sim_seat *me, unsigned log, const void *record,
                               const struct sim_blob *blob);
enum sim_disk_error sim_truncate(struct sim_seat *me, unsigned log,
                                 uint64_t length); /* keeps the first LENGTH entries */
uint64_t sim_log_length(const struct sim_seat *me, unsigned log);
const void *sim_log_record(const struct sim_seat *me, unsigned log,
                           uint64_t index); /* from 0; valid until the next append */
const struct sim_blob *sim_log_blob(const struct sim_seat *me, unsigned log, uint64_t index);
/* Reads the medium itself and compares checksums, where the verbs above read the node's memory: a
 * record that rots while the node runs is seen in its contents only after a restart. Torn and
 * rotten are told apart as real logs do, by a mark that is written elsewhere once a record is
 * durable (Alagappan et al., FAST 2018). The struct is written beside the old one: it
 * is never torn. */
enum sim_record_state sim_log_state(const struct sim_seat *me, unsigned log, uint64_t index);
enum sim_record_state sim_disk_state(const struct sim_seat *me);
/* Holds the seat until all that was written is durable: later verbs of this handler take effect
 * then, and no other handler of this seat runs before. A crash in between forgets them. */
void sim_sync(struct sim_seat *me);
/* Does not hold: `synced` runs when what is written now is durable. */
void sim_sync_then(struct sim_seat *me, const void *context, size_t size);

/* The node stops for good: nothing that follows in this handler takes effect, and no restart brings
 * it back. REASON, a few words, is kept as a pointer: a literal. */
void sim_halt(struct sim_seat *me, const char *reason);

/* -- volatile memory and blobs ----------------------------------------------------------------- */

void *sim_new(struct sim_seat *me, size_t size);              /* zeroed; gone after a crash */
void sim_drop(struct sim_seat *me, void *block, size_t size); /* NULL is fine */
void *sim_regrow(struct sim_seat *me, void *block, size_t old_size, size_t new_size);

/* A blob of COUNT words (COUNT may be 0). Its bytes (8 * COUNT) count for bandwidth; its hash is
 * taken once. */
const struct sim_blob *sim_blob(struct sim_seat *me, const int64_t *words, size_t count);
/* The same without a copy: a blob whose words the caller fills in before anything else is done with
 * it. */
struct sim_blob *sim_blob_make(struct sim_seat *me, size_t count, int64_t **words);
const int64_t *sim_blob_words(const struct sim_blob *blob, size_t *count); /* NULL blob: 0 words */
void sim_hold(struct sim_seat *me,
              const struct sim_blob *blob); /* keeps it until let go or a crash */
void sim_let_go(struct sim_seat *me, const struct sim_blob *blob);

/* -- telling, drawing -------------------------------------------------------------------------- */

void sim_note(struct sim_seat *me, unsigned note, const void *body);

uint64_t sim_draw(struct sim_seat *me, unsigned draw); /* 64 random bits */
int64_t sim_uniform(struct sim_seat *me, unsigned draw, int64_t low,
                    int64_t high); /* low <= x < high */
sim_time sim_sample(struct sim_seat *me, unsigned draw,
                    const struct sim_distribution *distribution); /* >= 0 */
bool sim_flip(struct sim_seat *me, unsigned draw, sim_probability p);
sim_time sim_exponential(struct sim_seat *me, unsigned draw, sim_time mean); /* >= 0 */

void sim_count(struct sim_seat *me, unsigned metric, int64_t more);    /* a counter */
void sim_gauge(struct sim_seat *me, unsigned metric, int64_t value);   /* a gauge */
void sim_measure(struct sim_seat *me, unsigned metric, int64_t value); /* a histogram; value >= 0 */
/* This handler has come to MARK. Counted for the group at once and over the whole run, warm-up and
 * held effects included; neither digest nor trace knows of it. */
void sim_reached(struct sim_seat *me, unsigned mark);

/* The history: a client's operation begins and ends. PROCESS numbers the client's lanes from 0: a
 * lane has at most one open operation, and is not used again after an unknown outcome. The id is
 * unique in the run. The model declares `operations`. */
uint64_t sim_invoke(struct sim_seat *me, uint32_t process, const struct sim_operation *operation);
/* The same, asked in PROCESS of a closed loop (or SIM_OPEN_LOOP), which stays the same lane for
 * whoever lists what was asked. */
uint64_t sim_invoke_in(struct sim_seat *me, uint32_t lane, uint32_t process,
                       const struct sim_operation *operation);
/* VALUE answers a read or an add; LIST (or NULL) answers a read of a key that was appended to. */
void sim_complete(struct sim_seat *me, uint64_t id, enum sim_operation_status status, int64_t value,
                  const struct sim_blob *list);

/* The first of LIST for this client and PROCESS that does not lie in the past, and the one after
 * ONE, for the same; NULL: there is none. */
const struct sim_listed_operation *sim_listed_first(const struct sim_seat *me,
                                                    const struct sim_operation_list *list,
                                                    uint32_t process);
const struct sim_listed_operation *sim_listed_next(const struct sim_operation_list *list,
                                                   const struct sim_listed_operation *one);

/* -- ledgers: what judges ask of a node when the run has ended --------------------------------- */

/* A read of KEY would find VALUE on this node; more than once for siblings. Keys that hold nothing
 * need not be told; that one was deleted here may be (SIM_NIL). */
void sim_ledger_holds(struct sim_ledger *ledger, int64_t key, int64_t value);
/* VALUE was written to KEY here (SIM_NIL: it was deleted), whatever was written over it since. */
void sim_ledger_applied(struct sim_ledger *ledger, int64_t key, int64_t value);
/* All writes that this node ever took were told: what is not among them is not here. */
void sim_ledger_complete(struct sim_ledger *ledger);
/* The nodes of the group share the keys out: one that holds nothing of a key need not. */
void sim_ledger_partial(struct sim_ledger *ledger);
/* This node decides for its group: a primary, a leader. Of several the one with the highest RANK,
 * an epoch or a term, does; without any, all nodes together do. */
void sim_ledger_authority(struct sim_ledger *ledger, int64_t rank);
/* ABOUT (an order, a saga, a payment: a number that all who take part know it by) had its effect
 * ACTION here DONE times and was undone UNDONE times, as the node's disk says: what was written and
 * not yet synced is told as well. Told more than once it adds up. Numbers of actions mean the same
 * to all groups that are judged together. */
void sim_ledger_effect(struct sim_ledger *ledger, int64_t about, int64_t action, int64_t done,
                       int64_t undone);

/* -- invariants: they see every member's memory, and may not change it ------------------------- */

void *sim_judge_memory(struct sim_judge *judge);
void *sim_judge_new(struct sim_judge *judge, size_t size); /* lives until the run ends; zeroed */
void *sim_judge_regrow(struct sim_judge *judge, void *block, size_t old_size, size_t new_size);
uint32_t sim_judge_members(const struct sim_judge *judge);
const void *sim_judge_params(const struct sim_judge *judge);
bool sim_judge_up(const struct sim_judge *judge, uint32_t member);
const void *sim_judge_state(const struct sim_judge *judge, uint32_t member);
const struct sim_seat *sim_judge_seat(const struct sim_judge *judge,
                                      uint32_t member); /* for reading its logs */
/* Records that INVARIANT ("election-safety"), one of the names that the model declares, is broken
 * and ends the run. sim_judge_name gives the names for the text. */
void sim_violated(struct sim_judge *judge, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *sim_judge_name(const struct sim_judge *judge, uint32_t member, char text[64]);

#endif
