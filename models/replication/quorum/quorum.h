/* quorum.h - what the files of the quorum store share: the folder's own header. */
#ifndef MODELS_REPLICATION_QUORUM_QUORUM_H
#define MODELS_REPLICATION_QUORUM_QUORUM_H

#include "models/parts/merkle.h"
#include "models/parts/ring.h"
#include "models/parts/store.h"

enum { REPLICAS_MAX = 9, CONTACTS_MAX = 2 * REPLICAS_MAX };

enum stamp { WALL, HYBRID, COUNTER, VECTOR };
enum coordinator { NODE, REPLICA, PROXY };
enum contact { EVERYBODY, DRAWN };
enum repairs { NEVER, AFTERWARDS, FIRST };
enum membership { STRICT, SLOPPY };
enum hints { NO_HINTS, IN_MEMORY, ON_DISK };

struct params {
    int64_t n, r, w;
    int64_t stamp;       /* enum stamp */
    int64_t coordinator; /* enum coordinator */
    int64_t proxies, tokens;
    int64_t contact;     /* enum contact */
    int64_t read_repair; /* enum repairs */
    bool durable;
    sim_time timeout, probe;
    int64_t quorum; /* enum membership */
    int64_t hints;  /* enum hints */
    sim_time patience, hand_off, anti_entropy, tombstones;
};

/* A value as it was written once. Of two the later one stays: by ticks, then count, then member;
 * or, of vector clocks, whichever followed the other, and both if none did. */
struct version {
    int64_t value; /* SIM_NIL: a tombstone */
    int64_t at;    /* what the wall clock of its coordinator showed */
    int64_t ticks, count, member;
    const int64_t *clock; /* of vector clocks: [member]; else NULL */
};

/* Versions of one key none of which follows another: at most one, but for vector clocks. */
struct held {
    struct version *items; /* by ticks, count, member */
    uint32_t count, capacity;
};

struct cell {
    int64_t key;
    struct held held;
    bool used;
    bool ripe; /* a tombstone that may be collected once all others have it */
    sim_time ripe_since;
};

/* What this node holds of a key, another one still lacks: it was away when it was written. */
struct hint {
    int64_t key;
    uint32_t member;
};

#define NOBODY UINT32_MAX

struct contacted {
    uint32_t member;
    uint32_t instead; /* of a stand-in: whom it stands in for; else NOBODY */
    bool answered;
    uint64_t hash; /* of a read: of the versions that it answered */
};

/* What of a request goes on: of a coordinated one, as long as answers may come. */
enum phase { FREE, ASKING, WRITING, READING, REPAIRING };

struct coordinated {
    int64_t phase; /* enum phase */
    uint32_t generation;
    bool told; /* the client has its answer */
    struct sim_ticket ticket;
    int64_t session, sequence; /* of a change; sequence 0: of none */
    int64_t key, value;
    struct held held; /* what is written, or what the answers come to */
    struct contacted contacts[CONTACTS_MAX];
    uint32_t count, answers;
};

/* The last change that a client's session asked of this node. */
struct asked {
    int64_t session, sequence;
    int64_t request; /* how it is coordinated */
    bool done, used;
};

struct state {
    int64_t kept, writes, reads, suspects, hints;
    /* not described: */
    struct ring ring;
    struct sim_hlc hlc;
    int64_t sequence;
    struct cell *cells; /* an open-addressing table */
    uint32_t capacity, used;
    bool *suspected; /* [member] */
    struct coordinated *coordinated;
    uint32_t coordinated_count, coordinated_capacity;
    uint32_t *idle; /* places in it that are free */
    uint32_t idle_count, idle_capacity;
    struct asked *asked; /* an open-addressing table */
    uint32_t asked_capacity, asked_count;
    struct hint *hinted;
    uint32_t hint_capacity;
    struct merkle *trees; /* [member]: of what both keep; NULL: without anti-entropy */
    sim_time *in_step;    /* [member]: when an exchange began that found no difference */
    uint32_t partner;     /* of the last exchange */
};

struct disk {
    int64_t starts;
};

SIM_RECORD(kept, key, value, at, ticks, count, member); /* the blob: its vector clock */
SIM_RECORD(write, request, key);                        /* the blob holds versions */
SIM_RECORD(written, request);
SIM_RECORD(read, request, key);
SIM_RECORD(value, request);       /* the blob holds versions */
SIM_RECORD(repair, request, key); /* of NOBODY_WAITS: no answer; the blob holds versions */
enum { NOBODY_WAITS = -1 };
SIM_RECORD(hinted, request, key, instead); /* the blob holds versions */
SIM_RECORD(hand_off, key, hash);           /* the blob holds versions */
SIM_RECORD(handed, key, hash);
SIM_RECORD(compare, level, began); /* the blob: nodes of a tree, (number, hash) each */
SIM_RECORD(in_step, began);        /* nothing differs */
SIM_RECORD(keys, count);           /* the blob: so many leaves, then (key, hash) of all in them */
SIM_RECORD(sync, key, hash,
           wants); /* the blob holds versions; wants: the other's, if they differ */
SIM_RECORD(hint_entry, key, member, done);

enum message {
    WRITE,
    WRITTEN,
    READ,
    VALUE,
    REPAIR,
    PING,
    PONG,
    HINTED,
    HAND_OFF,
    HANDED,
    COMPARE,
    IN_STEP,
    KEYS,
    SYNC,
};
enum timer { PROBE, HAND_OFF_TIME, EXCHANGE, COLLECT };
enum later { GIVE_UP, STAND_IN };
enum log { LOG, HINTS };
enum metric {
    OVERTAKEN,
    REPAIRED,
    TIMEOUTS,
    UNAVAILABLE,
    HINTS_TAKEN,
    HANDED_OVER,
    SYNCED,
    COLLECTED
};
enum mark { REPAIRED_FIRST, SIBLINGS, FAILED_FAST, RECOVERED, STOOD_IN };
enum draw { CONTACT };
enum bug { TIMEOUT_IS_FAILURE, TOMBSTONE_GC_BEFORE_REPAIR };

/* quorum_versions.c: which of them follow which, and how they travel. */
bool held_merge(struct sim_seat *me, struct held *held, const struct version *version);
void held_finish(struct sim_seat *me, struct held *held);
uint64_t held_hash(const struct sim_seat *me, const struct held *held);
const struct sim_blob *held_blob(struct sim_seat *me, const struct held *held);
uint32_t held_count(const struct sim_seat *me, const struct sim_blob *blob);
struct version held_read(const struct sim_seat *me, const struct sim_blob *blob, uint32_t number);
/* A version that follows all that HELD has; of a counter, by one. */
struct version quorum_next(struct sim_seat *me, const struct held *held, int64_t value,
                           int64_t *clock);
void quorum_learn(struct sim_seat *me, const struct version *version);

/* quorum_replica.c: what a node keeps. */
const struct held *quorum_held(struct sim_seat *me, int64_t key);
/* False: what is held already follows VERSION, or is the same. Else it is on the disk, and if
 * `durable` the seat is held until it is safe there. */
bool quorum_keep(struct sim_seat *me, int64_t key, const struct version *version);
/* The same, but in memory alone if hints are. */
void quorum_borrow(struct sim_seat *me, int64_t key, const struct sim_blob *blob);
bool quorum_keep_all(struct sim_seat *me, int64_t key, const struct sim_blob *blob);
void quorum_forget(struct sim_seat *me, int64_t key);
uint64_t quorum_hash(struct sim_seat *me,
                     int64_t key); /* of what is held; 0: nothing that counts */
void quorum_ripen(struct sim_seat *me, struct cell *cell);
bool quorum_is_keeper(struct sim_seat *me, int64_t key, uint32_t member);
void quorum_recover(struct sim_seat *me);
void quorum_tell(struct sim_seat *me, struct sim_ledger *ledger);
void quorum_on_write(struct sim_seat *me, const struct sim_message *message);
void quorum_on_repair(struct sim_seat *me, const struct sim_message *message);
void quorum_on_read(struct sim_seat *me, const struct sim_message *message);

/* quorum_hints.c: what is kept for others until they are back. */
void quorum_add_hint(struct sim_seat *me, uint32_t member, int64_t key);
void quorum_recover_hints(struct sim_seat *me);
void quorum_on_hinted(struct sim_seat *me, const struct sim_message *message);
void quorum_on_hand_off_time(struct sim_seat *me);
void quorum_on_hand_off(struct sim_seat *me, const struct sim_message *message);
void quorum_on_handed(struct sim_seat *me, const struct sim_message *message);

/* quorum_repair.c: trees, and tombstones that nobody needs any more. */
void quorum_changed(struct sim_seat *me, int64_t key, uint64_t before, uint64_t after);
void quorum_start_repair(struct sim_seat *me);
void quorum_await_collection(struct sim_seat *me);
void quorum_on_exchange(struct sim_seat *me);
void quorum_on_collect(struct sim_seat *me);
void quorum_on_compare(struct sim_seat *me, const struct sim_message *message);
void quorum_on_in_step(struct sim_seat *me, const struct sim_message *message);
void quorum_on_keys(struct sim_seat *me, const struct sim_message *message);
void quorum_on_sync(struct sim_seat *me, const struct sim_message *message);

/* quorum_coordinator.c: what a request needs of others. */
uint32_t
quorum_keepers(const struct sim_seat *me); /* so many members keep anything: the first ones */
void quorum_heard(struct sim_seat *me, uint32_t from);
void quorum_on_request(struct sim_seat *me, const struct sim_request *request);
void quorum_on_written(struct sim_seat *me, const struct sim_message *message);
void quorum_on_value(struct sim_seat *me, const struct sim_message *message);
void quorum_on_ping(struct sim_seat *me, const struct sim_message *message);
void quorum_on_pong(struct sim_seat *me, const struct sim_message *message);
void quorum_on_probe(struct sim_seat *me);
void quorum_on_stand_in(struct sim_seat *me, const void *context);
void quorum_on_give_up(struct sim_seat *me, const void *context);

#endif
