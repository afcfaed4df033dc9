/* filter.h - what may stand between a caller and its calls: a timeout, a retry, a breaker, a hedge.
 *
 * Filters are attached to a route from outside, outermost first; caller and callee know nothing of
 * them. A call goes through each filter of its chain as a *passage*: `on_call` begins it; with
 * sim_pass the filter starts the rest of the chain, at once or later, once or several times, also
 * at the same time; what comes of each start is told to `on_outcome`; sim_return ends the passage.
 * Behind the last filter a start is an *attempt*: one request on the network.
 *
 * The one decision to question: a filter never says whether its call was executed. It returns a
 * reply that it got, or gives up, and then the kernel says "refused" if each attempt behind it was
 * certainly not executed, "unknown" otherwise. A filter that could say it would be wrong about it,
 * as the retries of the field are.
 *
 * What ends in an outcome is always an event of its own: a passage that ends within `on_call` ends
 * in an event at the same instant. When a passage ends, all that it started and that still runs is
 * abandoned: its replies come late, and what it asked for may be executed all the same.
 *
 * Units: ns of the node's monotonic clock. Ownership: what a filter gets is valid until its
 * function returns; its state and passages are the kernel's, and gone after a crash. Errors: misuse
 * (a passage used after it ended) is an assertion. Determinism: draws are keyed by the call, not by
 * the order in which calls are made, so that the n-th call has the same luck in every variant. */
#ifndef SIM_WORLD_FILTER_H
#define SIM_WORLD_FILTER_H

#include "sim/world/model.h"

enum {
    SIM_FILTERS_MAX = 8,  /* of a chain */
    SIM_PASSAGE_MAX = 32, /* bytes of a passage */
    SIM_FILTER_NOTES_MAX = 8,
};

struct sim_passage; /* one call on its way through one filter */

struct sim_filter {
    const char *name, *summary;
    const char *source;             /* or NULL */
    struct sim_table params, state; /* state: one per node and use of the filter; zeroed at first */
    size_t passage;                 /* bytes of memory of a passage; zeroed at first */
    struct sim_note_kind notes[SIM_FILTER_NOTES_MAX]; /* ending without a name */
    void (*on_call)(struct sim_passage *passage);
    /* Of one start. A filter without it returns what it gets. */
    void (*on_outcome)(struct sim_passage *passage, const struct sim_outcome *outcome);
    void (*on_wake)(struct sim_passage *passage);
    /* The passage ends without a word of its own, as whatever started it has ended; not at a crash.
     * It may read and change memory and state, say notes, and wake other passages. */
    void (*on_abandon)(struct sim_passage *passage);
    /* As that of a model. */
    const char *(*check)(void *params, char text[160]);
};

/* -- reading ----------------------------------------------------------------------------------- */

const void *sim_filter_params(const struct sim_passage *passage);
void *sim_filter_state(struct sim_passage *passage);
void *sim_passage_memory(struct sim_passage *passage);
sim_time sim_passage_now(const struct sim_passage *passage);
/* Whom the caller calls, or another one to whom a filter before this one passed it on. */
uint32_t sim_passage_to(const struct sim_passage *passage);
uint32_t sim_passage_targets(const struct sim_passage *passage);
/* The words of the request, and how many. */
const int64_t *sim_passage_request(const struct sim_passage *passage, uint32_t *count);
/* The words of the operation's reply; sets the one that is called NAME, if there is one. */
uint32_t sim_passage_reply_words(const struct sim_passage *passage);
void sim_passage_set_reply(const struct sim_passage *passage, int64_t *words, const char *name,
                           int64_t value);
/* Until the deadline that callees are told; SIM_TIME_NEVER: there is none. */
sim_time sim_passage_left(const struct sim_passage *passage);

/* -- acting ------------------------------------------------------------------------------------ */

void sim_pass(struct sim_passage *passage);
void sim_pass_to(struct sim_passage *passage, uint32_t to); /* another member of the same group */
/* Ends the passage, which is not to be looked at any more: with OUTCOME, one that on_outcome was
 * given, if that is a reply; else, or if it is NULL, with what the kernel knows. */
void sim_return(struct sim_passage *passage, const struct sim_outcome *outcome);
/* Ends the passage with a reply that nobody sent: the caller sees it as degraded. WORDS: those of
 * the operation's reply. */
void sim_substitute(struct sim_passage *passage, const int64_t *words, const struct sim_blob *blob);
/* `on_wake` runs after so long, unless the passage is over by then; moves a wake that is set. */
void sim_wake(struct sim_passage *passage, sim_time after);
void sim_wake_never(struct sim_passage *passage);

/* Callees are told that nobody waits for their answers after so long, and by which key they know
 * all attempts of this call as one. */
void sim_set_deadline(struct sim_passage *passage, sim_time after);
void sim_set_key(struct sim_passage *passage);

uint64_t sim_filter_draw(struct sim_passage *passage); /* 64 random bits */
void sim_filter_note(struct sim_passage *passage, unsigned note, const void *body);
/* Volatile memory of the node, for what a state has no room for; zeroed. */
void *sim_filter_new(struct sim_passage *passage, size_t size);
/* Kept until let go or a crash. */
void sim_filter_hold(struct sim_passage *passage, const struct sim_blob *blob);
void sim_filter_let_go(struct sim_passage *passage, const struct sim_blob *blob);

#endif
