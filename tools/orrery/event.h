/* event.h - one event of a run, as people read it: from a line of a trace, or from what the world
 * told.
 *
 * Ownership: an event holds copies, cut off where they are too long; it outlives what it was made
 * from. */
#ifndef TOOLS_ORRERY_EVENT_H
#define TOOLS_ORRERY_EVENT_H

#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { EVENT_NAME = 64, EVENT_BODY = 320 };

struct event {
    uint64_t id, cause;
    sim_time time;
    char kind[EVENT_NAME], what[EVENT_NAME]; /* "message", "append-entries" */
    char node[EVENT_NAME];
    char peer[EVENT_NAME + 8]; /* "from store-0" */
    char reason[EVENT_BODY];   /* of a drop or a halt, a fault's label, a violation's text */
    char body[EVENT_BODY];     /* "term 3, index 7" */
};

/* LINE is one of a trace, as sim/observe/trace.h describes it, with or without its line feed.
 * False if it is not. */
bool event_parse(struct event *event, const char *line);

/* "message append-entries from store-0: term 3, index 7" */
void event_words(const struct event *event, char *text, size_t size);

/* Time, node and words on lines of 80 columns, behind INDENT blanks. */
void event_print(const struct event *event, size_t indent, FILE *file);
/* The same behind its number. */
void event_print_numbered(const struct event *event, FILE *file);

#endif
