/* divergence.h - where two traces part: the first event that is not the same in both, what came
 * before it, and what caused each.
 *
 * The traces are read side by side and only their last lines are kept, so that runs of any length
 * can be compared in one pass, also while they are being made. Ids and causes are not compared:
 * they number what happened, and a run with one more event at its start would differ from it in
 * every line.
 *
 * Ownership: lines belong to the divergence; see finish. Errors: a line that is none of a trace
 * ends the reading. */
#ifndef TOOLS_ORRERY_DIVERGENCE_H
#define TOOLS_ORRERY_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    DIVERGENCE_BEFORE = 5,
    DIVERGENCE_CAUSES = 8,
    DIVERGENCE_KEPT = 65536, /* lines of each side; causes that lie further back are not found */
    DIVERGENCE_ERROR = 96,
};

struct divergence_side {
    char *line;                      /* the first that is not in the other; NULL: it had ended */
    char *causes[DIVERGENCE_CAUSES]; /* of that line, the cause of its cause, ... */
    size_t cause_count;
    uint64_t earlier; /* the cause of the last of them, too far back to be shown; 0: none */
};

struct divergence {
    bool found;
    uint64_t common;                 /* lines that are the same */
    char *before[DIVERGENCE_BEFORE]; /* the last of them */
    size_t before_count;
    struct divergence_side sides[2];
    char error[DIVERGENCE_ERROR]; /* "line 3 of the second trace is ...", or "" */
};

void divergence_find(struct divergence *divergence, FILE *first, FILE *second);
void divergence_finish(struct divergence *divergence);

/* What both sides are called stands before what they do. */
void divergence_print(const struct divergence *divergence, const char *const names[2], FILE *file);

/* "common": ..., "before": [...], ... as members of a JSON object; lines of traces stand in it as
 * they are. */
void divergence_print_json(const struct divergence *divergence, FILE *file);

#endif
