/* chain_member.h - what the files of the model share; private to this folder. */
#ifndef MODELS_REPLICATION_CHAIN_CHAIN_MEMBER_H
#define MODELS_REPLICATION_CHAIN_CHAIN_MEMBER_H

#include "models/parts/chain.h"
#include "models/parts/sessions.h"

enum role { OUT, JOINING, MIDDLE, TAIL, HEAD };
/* A client that waits for a change. Sorted by index. */
struct waiting {
    int64_t index;
    struct sim_ticket ticket;
};

struct state {
    int64_t role, epoch, order, joiner, last, commit;
    bool complete;
    /* not described: */
    int64_t durable, applied;
    int64_t entered; /* `last` when this epoch began */
    int64_t matched; /* up to here the log is known to be the predecessor's */
    int64_t needs;   /* `entered` of the predecessor */
    bool contact;    /* the predecessor was heard of in this epoch */
    int64_t next;    /* to be sent to the successor */
    int64_t acked;   /* it is known to have these */
    int64_t acked_at_tick;
    bool probing; /* whether the successor has what is before `next` is not known */
    bool syncing;
    int64_t cuts; /* so often the log was cut: what was synced before says nothing */
    sim_time started, leased_until; /* by the own clock */
    bool leased;
    struct waiting *waiting;
    uint32_t first, count, capacity;
    struct kv kv; /* up to `applied` */
    struct sessions sessions;
};

/* A change; `epoch`: of the head that took it. Index 1 is the first. */
SIM_RECORD(change, epoch, operation, key, argument, second, session, sequence);
enum { CHANGE_WORDS = 7 };

enum log { LOG };

/* What the judge remembers of a group, of all that was acknowledged: the epoch of the change at
 * each index. */
struct ledger {
    int64_t *epochs;
    size_t capacity;
    int64_t length;
};

void chain_judge(struct sim_judge *judge, uint32_t member);

#endif
