/* chronicle.h - what happened in a run, kept in memory so that it can be walked back along its
 * causes.
 *
 * Sends and drops are left out: a message that was handled names its cause, and one that was not
 * caused nothing. What an event did (its notes, the operations that it began and ended) stands
 * behind it under the same id.
 *
 * Ownership: texts are those of the plan and of models, which outlive the chronicle. */
#ifndef TOOLS_ORRERY_CHRONICLE_H
#define TOOLS_ORRERY_CHRONICLE_H

#include "sim/observe/names.h"
#include "sim/world/observer.h"
#include "tools/orrery/event.h"

enum { CHRONICLE_MAX = 10000000 };

struct moment_kept {
    uint64_t id, cause;
    sim_time time;
    const char *what, *reason;
    const struct sim_record *record; /* or NULL */
    size_t words;                    /* where they begin */
    uint32_t node, peer;             /* or SIM_NO_GROUP */
    enum sim_happening_kind kind;
};

struct chronicle {
    struct moment_kept *moments;
    size_t count, capacity;
    int64_t *words;
    size_t word_count, word_capacity;
    size_t *operations; /* moments of invocations and completions, by their place in the history */
    size_t operation_count, operation_capacity;
    bool is_full; /* more happened than is kept */
};

/* Begins empty, as { 0 }. */
void chronicle_keep(void *chronicle, const struct sim_happening *happening);
void chronicle_finish(struct chronicle *chronicle);

/* Whether MOMENT is an event itself, not something that one did. */
bool chronicle_is_event(const struct moment_kept *moment);
/* The first moment with ID, or the count. */
size_t chronicle_find(const struct chronicle *chronicle, uint64_t id);
/* MOMENT in words. */
void chronicle_event(const struct chronicle *chronicle, const struct moment_kept *moment,
                     const struct sim_names *names, struct event *event);

#endif
