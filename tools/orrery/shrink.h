/* shrink.h - a failing run made small: a search among scenarios for the least that fails the same.
 *
 * The search works on the scenario's tree. It begins with the failing run written down, all of its
 * faults at explicit times and places, and goes through *passes*; a pass proposes candidates in an
 * order, and the first of them that fails in the same way (the same checker, and of invariants the
 * same one) is the best from then on. Candidates are tried ahead by worker processes, but what
 * comes of one counts only if all before it failed to fail, so the way of the search does not
 * depend on how many workers there are or how fast: only a budget of time, or Ctrl-C, ends it
 * early.
 *
 * To take something out shifts the rest: a leader is elected a little later, and the crash that hit
 * it hits nobody. So a pass may give each candidate several *lucks*, the same scenario under other
 * seeds, before it is given up; how many follows from what a run costs: WORTH is a number of
 * events.
 *
 * Ownership: candidates live in the search's arena, as long as it. Determinism: no clock but for
 * the budget and the progress. */
#ifndef TOOLS_ORRERY_SHRINK_H
#define TOOLS_ORRERY_SHRINK_H

#include "sim/core/digest.h"
#include "sim/core/time.h"
#include "tools/orrery/bytes.h"
#include "tools/orrery/command.h"
#include "tools/orrery/edit.h"
#include "tools/orrery/texts.h"

/* What is to go wrong, and how. */
struct shrink_target {
    const char *checker, *kind; /* KIND: an invariant's name, or the checker's */
    const char *expectation;    /* as written */
    const char *text;           /* of the verdict */
    bool expected;              /* it holds, of a scenario that shows a violation */
    const char *death;          /* how the run dies; there is nothing else then */
};

/* What a run came to. */
struct shrink_run {
    uint64_t events, operations, nodes;
    sim_time when; /* it is certain then */
    char digest[SIM_DIGEST_TEXT];
    uint64_t tries; /* lucks that were tried, its own among them */
};

enum shrink_end {
    SHRINK_WHOLE, /* nothing more can be taken out */
    SHRINK_TIME,
    SHRINK_RUNS,
    SHRINK_INTERRUPTED,
    SHRINK_BROKEN, /* no worker could be started */
};

struct shrink_tries;

struct shrink {
    const struct options *options;
    struct sim_scenario *base; /* as the user wrote it */
    unsigned jobs;
    sim_time budget;    /* 0: none */
    uint64_t runs_most; /* 0: any number */
    struct sim_arena *arena;
    struct texts texts;
    struct shrink_tries *tries;
    struct shrink_target target;
    struct sim_document **documents; /* what runs were written down in */
    size_t document_count, document_capacity;
    uint32_t first_faults; /* that struck in the base's run */
    sim_time first_duration;
    struct sim_tree *best;
    struct shrink_run first, run; /* of the base, and of the best */
    uint64_t runs; /* that the search decided by; what was tried ahead for nothing is not */
    enum shrink_end end;
    const char *pass; /* that is under way, for the progress */
};

/* Candidates of one pass: NULL is none. */
struct shrink_pass {
    struct sim_tree *(*make)(struct shrink *shrink, void *context, size_t index);
    void *context;
    size_t count;
};

/* -- shrink_try.c ------------------------------------------------------------------------------ */

void shrink_tries_create(struct shrink *shrink);
void shrink_tries_destroy(struct shrink_tries *tries); /* NULL is fine */
/* Runs the base under its seed. What fails first in it is the target, and the best is the same run
 * written down. False, and an error printed, if nothing fails or it cannot be written. */
bool shrink_begin(struct shrink *shrink);
/* The first candidate of PASS, from FROM on, that fails in the same way is the best from now on;
 * each is tried under its own luck and LUCKS others. SIZE_MAX: none is. */
size_t shrink_first(struct shrink *shrink, const struct shrink_pass *pass, size_t from,
                    unsigned lucks);
/* The same for one candidate, or NULL. */
bool shrink_take(struct shrink *shrink, struct sim_tree *candidate, unsigned lucks);
/* What the clients of the best do in its run: a mapping from groups to lists; NULL: it cannot be
 * told. */
struct sim_tree *shrink_ask_operations(struct shrink *shrink);
/* The best with all that was left to luck in its run as lists; NULL: they are too long. */
struct sim_tree *shrink_ask_decisions(struct shrink *shrink);
/* Whether what will be written fails so in a process that knows nothing of the search. */
bool shrink_verify(struct shrink *shrink);
/* What was made for candidates before is freed, all but the best. */
void shrink_pass_begins(struct shrink *shrink, const char *name);
/* How many lucks a candidate may have: so many events, 0 of none, are spent on it. None if no seed
 * decides anything any more. */
unsigned shrink_lucks(const struct shrink *shrink, uint64_t worth);

/* -- shrink_run.c ------------------------------------------------------------------------------ */

enum shrink_want {
    SHRINK_VERDICTS,
    SHRINK_STRUCK,     /* and the scenario with its faults as they struck */
    SHRINK_OPERATIONS, /* and what its clients did, as lists */
    SHRINK_DECISIONS,  /* and the scenario with all of its decisions */
};

/* Under SEEDS others from this one on what is written has to be the same run. */
enum { SHRINK_NAME = 128, SHRINK_OTHER_SEED = 987654321, SHRINK_OTHER_SEEDS = 16 };

struct shrink_order {
    uint64_t want; /* enum shrink_want */
    uint64_t events_most;
    uint64_t seed;  /* 0: the scenario's own */
    uint64_t lucks; /* beside its own: 1, 2, ... until it fails so: */
    uint64_t expected;
    char checker[SHRINK_NAME], kind[SHRINK_NAME];
};

/* Runs TEXT, or BASE if that is NULL, in a worker, and tells of the last run. */
void shrink_run_text(struct sim_scenario *base, const char *text, size_t length,
                     const struct shrink_order *order, struct bytes *answer);
/* What a run says of TARGET: 1 if it fails so. With `checker` NULL it is what fails first. */
bool shrink_read_run(struct shrink *shrink, struct bytes_reader *answer,
                     struct shrink_target *target, struct shrink_run *run, const char **written);

/* -- shrink_load.c ----------------------------------------------------------------------------- */

struct finished_run;
char *shrink_write_operations(const struct finished_run *run); /* for free() */
/* What clients do as lists, in place of rates. */
bool shrink_list_operations(struct shrink *shrink, uint64_t worth);
bool shrink_rates(struct shrink *shrink, uint64_t worth);
bool shrink_tail(struct shrink *shrink, uint64_t worth); /* but the last few */
bool shrink_operations(struct shrink *shrink, uint64_t worth);

/* -- the passes: true if one took something out ------------------------------------------------ */

/* shrink_whole.c */
bool shrink_expectations(struct shrink *shrink); /* but the one that is violated */
bool shrink_duration(struct shrink *shrink, uint64_t worth);
bool shrink_start(struct shrink *shrink, uint64_t worth);
bool shrink_gaps(struct shrink *shrink, uint64_t worth);
bool shrink_network(struct shrink *shrink, uint64_t worth);
/* TREE with links whose latencies are spread wide, and a quarter more time; 0: with its own. */
enum { SHRINK_SPREADS = 3 };
struct sim_tree *shrink_spread(struct shrink *shrink, struct sim_tree *tree, size_t spread);

/* shrink_lists.c */
bool shrink_fault_kinds(struct shrink *shrink, uint64_t worth);
bool shrink_list(struct shrink *shrink, const char *const *keys, uint64_t worth);
bool shrink_fault_lengths(struct shrink *shrink, uint64_t worth);

/* shrink_members.c */
bool shrink_members(struct shrink *shrink, uint64_t worth);

/* shrink_luck.c */
bool shrink_luck(struct shrink *shrink, uint64_t worth);
bool shrink_decisions(struct shrink *shrink);
bool shrink_is_seeded(const struct sim_tree *tree); /* some luck is left to a seed of its own */
uint32_t shrink_count_decisions(const struct sim_tree *tree); /* that are written out */

/* shrink_values.c */
bool shrink_keys(struct shrink *shrink);
bool shrink_values(struct shrink *shrink);
bool shrink_defaults(struct shrink *shrink); /* what says what would be so anyway */

/* -- shrink_print.c ---------------------------------------------------------------------------- */

/* TREE as a person would write it: on one line what fits there. */
void shrink_print(const struct sim_tree *tree, FILE *file);
uint32_t shrink_count(const struct sim_tree *tree, const char *const *keys); /* of a list */
/* TREE with LIST at KEYS. Of faults and actions an empty one is none at all; clients without a list
 * of operations would draw some. */
struct sim_tree *shrink_with_list(struct shrink *shrink, struct sim_tree *tree,
                                  const char *const *keys, struct sim_tree *list);
/* Of a scalar; false: it is no span of time. */
bool shrink_read_time(const struct sim_tree *tree, sim_time *time);
struct sim_tree *shrink_time(struct shrink *shrink, sim_time time);

#endif
