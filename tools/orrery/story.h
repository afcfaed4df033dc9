/* story.h - of everything that happened before something, what matters: faults, what models note
 * (elections, commits), the operations that contradict each other.
 *
 * The past of an event is what happened before it in Lamport's sense ("Time, Clocks, and the
 * Ordering of Events in a Distributed System", CACM 1978): its cause, what its node did before, and
 * the past of these. Notes that are earlier but not in the past are told and marked: that a node
 * could not know of them is often what went wrong. When there is too much, the oldest of the
 * commonest sort goes.
 *
 * Ownership: the chronicle outlives its story. */
#ifndef TOOLS_ORRERY_STORY_H
#define TOOLS_ORRERY_STORY_H

#include "tools/orrery/chronicle.h"

struct story_item {
    size_t moment;       /* in the chronicle */
    size_t first, count; /* of several alike in a row: the first of them, how many */
    uint32_t sort;
    bool is_apart; /* not in the past of what is told about */
    sim_time ends; /* of a fault; SIM_TIME_NEVER: it was still on */
};

struct story {
    const struct chronicle *chronicle;
    const struct sim_names *names;
    struct story_item *items; /* in their order */
    size_t count, capacity;
    size_t left_out; /* items that there was no room for */
};

enum { STORY_ITEMS = 24 };

/* What led to the moments TARGETS (ascending; none: to the end of the run), which are told
 * themselves; besides them at most ROOM items. */
void story_tell(struct story *story, const struct chronicle *chronicle,
                const struct sim_names *names, const size_t *targets, size_t target_count,
                size_t room);
/* The causes of the moment TARGET, back to the scenario, and it itself; the last ROOM of them. */
void story_causes(struct story *story, const struct chronicle *chronicle,
                  const struct sim_names *names, size_t target, size_t room);
void story_finish(struct story *story);

void story_print(const struct story *story, FILE *file);
void story_print_json(const struct story *story, FILE *file); /* an array */
/* A sequence diagram as Mermaid reads it. */
void story_print_mermaid(const struct story *story, const char *title, FILE *file);

#endif
