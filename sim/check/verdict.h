/* verdict.h - what checkers share: the wording of verdicts, and reasons to give none.
 *
 * Private to sim/check. */
#ifndef SIM_CHECK_VERDICT_H
#define SIM_CHECK_VERDICT_H

#include "sim/check/checker.h"
#include "sim/observe/figure.h"

enum { SIM_VERDICT_ANY = 0 };

/* Choices of a parameter `op`: "any", then the kinds of operations in their order. */
extern const char *const sim_verdict_operations[];
/* The kind that such a choice means; -1: any. */
int sim_verdict_kind(int64_t choice);

/* Whether GOOD of ALL (not 0) is a share from LEAST to MOST, exactly. */
bool sim_verdict_share(uint64_t good, uint64_t all, double least, double most);

void sim_verdict_say(struct sim_verdict *verdict, enum sim_verdict_status status,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Adds to the text. */
void sim_verdict_add(struct sim_verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For `check` of a checker that judges operations of kind OP (such a choice) of CLIENTS, or of all
 * clients: the parameter to blame if PLAN has no such operations, which TEXT says then, else NULL.
 */
const char *sim_verdict_nobody(const struct sim_plan *plan, uint32_t clients, int64_t op,
                               char text[SIM_CHECK_TEXT]);

/* Adds " WORD" to TEXT, as far as there is room. */
void sim_verdict_name(char text[SIM_CHECK_TEXT], const char *word);

/* True, with an undecided verdict, if the history is not whole or no fault with LABEL (may be NULL)
 * has fired. */
bool sim_verdict_lacks(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       const char *label);

/* True, with an undecided verdict, if a client invoked an operation in the last REST of the run: it
 * is not at rest. */
bool sim_verdict_stirs(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       sim_time rest);

enum { SIM_VERDICT_STOP = 144 };

/* NULL, or what stopped the run before its time: "the run stopped at 12.3s: election-safety was
 * violated". */
const char *sim_verdict_stop(const struct sim_evidence *evidence, char text[SIM_VERDICT_STOP]);

/* stuck.c: adds, for CLIENTS that got no answer, how the group that they call was when the run
 * ended: who is down, halted, killed, paused or waits for its disk, which faults are open, and
 * whether a majority could talk. */
void sim_verdict_add_stuck(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                           uint32_t clients);
/* Whether NODE was killed, or stopped for good; false if no world is there to ask. */
bool sim_verdict_is_gone(const struct sim_evidence *evidence, uint32_t node);

/* Turns the verdict of checker NAME round: the scenario expects a violation. */
void sim_verdict_turn(struct sim_verdict *verdict, const char *name);

/* Adds a figure to what was said; LEAST is 0 and MOST INT64_MAX where there is no bound. */
void sim_verdict_measured(struct sim_verdict *verdict, const char *name, int64_t value,
                          int64_t least, int64_t most);
/* PART of WHOLE, which is not 0, between two shares. */
void sim_verdict_measured_share(struct sim_verdict *verdict, uint64_t part, uint64_t whole,
                                double least, double most);

extern const struct sim_field sim_verdict_duration, sim_verdict_share_figure, sim_verdict_rate;

/* Turns the verdict over figures during LABEL into an undecided one if the run stopped before its
 * time and they could still have changed: unless LABEL names one window ("cut[2]") that had
 * closed. */
void sim_verdict_hedge(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       const char *label);

#endif
