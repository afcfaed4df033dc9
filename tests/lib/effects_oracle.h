/* effects_oracle.h - what docs/checkers.md says of effects and sums, word by word, with loops.
 *
 * Shares nothing with sim/check: no sorting, no tables. Slow, and short enough to be believed. */
#ifndef TESTS_LIB_EFFECTS_ORACLE_H
#define TESTS_LIB_EFFECTS_ORACLE_H

#include "sim/check/checker.h"

enum { EFFECTS_NODES = 4, EFFECTS_MAX = 12, EFFECTS_ACTIONS = 3, EFFECTS_TERMS = 3 };

struct effect_told {
    uint32_t node;
    int64_t about, action, done, undone;
};

/* Two groups of two nodes: 0 and 1, 2 and 3. */
struct effects_case {
    struct effect_told told[EFFECTS_MAX]; /* by a node that may be down */
    size_t count;
    bool down[EFFECTS_NODES];
    bool on_disk[2]; /* by group: its model tells from the disk alone */
    bool of[2];      /* the groups that are judged */
    int64_t actions[EFFECTS_ACTIONS];
    size_t action_count; /* 0: not given */
    int64_t invoked[3];  /* when operations were, in us */
    size_t invoked_count;
    size_t ok;    /* so many of them were answered ok, the first ones */
    bool clients; /* and who was is asked about */
    int64_t ended, rest;
    bool stopped; /* before its time */
    /* For sums: */
    struct {
        int64_t started, state, started_disk, disk; /* of each node: at the start, at the end */
    } values[EFFECTS_NODES];
    struct {
        uint32_t of;
        bool is_disk;
        int64_t times;
    } terms[EFFECTS_TERMS];
    size_t term_count;
    bool equals_start;
    int64_t equals;
};

enum sim_verdict_status effects_oracle_once(const struct effects_case *one);
/* COUNTS: done, compensated, half. */
enum sim_verdict_status effects_oracle_atomic(const struct effects_case *one, unsigned counts[3]);
enum sim_verdict_status effects_oracle_conserved(const struct effects_case *one);

/* Answers in us; a trigger from FROM to TO (NEVER: not ended; from NEVER: it never began). */
enum { GOODPUT_ANSWERS = 40, GOODPUT_NEVER = 1000000 };

struct goodput_case {
    int64_t ok[GOODPUT_ANSWERS];
    size_t count;
    int64_t warmup, from, to, ended, within, every;
    int64_t at_least; /* percent */
    bool stopped;
};

enum sim_verdict_status goodput_oracle(const struct goodput_case *one, int64_t *recovered);

#endif
