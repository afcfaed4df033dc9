/* play.h - runs a scenario written in a test and keeps what it told.
 *
 * The catalogue has all models and one more, `script`: a client that does what its `program` says,
 * one step after the other, and notes every answer:
 *
 *   read K | write K V | cas K FROM TO | add K N | append K E | delete K
 *                   asks the store; waits for the answer
 *   wait MS         pauses
 *   ask M           from now on asks member M and follows no hint (at first: follows, beginning
 *                   with member 0)
 *   follow          follows hints and repeats what was turned away, every 50 ms
 *   session S N     from now on changes are number N of session S (at first 0 0: of none)
 *
 * Steps are separated by commas. A note `answer` has the number of the step, the status (enum
 * store_status, or PLAY_UNKNOWN after a second without an answer, or PLAY_REFUSED), the value, and
 * the length of the list.
 *
 * Ownership: play_run's result is the caller's; play_free. */
#ifndef TESTS_LIB_PLAY_H
#define TESTS_LIB_PLAY_H

#include "sim/scenario/scenario.h"
#include "sim/world/draw.h"
#include "sim/world/world.h"

#include <stdint.h>

enum { PLAY_UNKNOWN = 9, PLAY_REFUSED = 8 };

struct play_note {
    sim_time time;
    uint32_t node;
    const char *what;
    int64_t words[SIM_RECORD_WORDS_MAX];
};

struct play_operation { /* by id, from 1 */
    sim_time invoked, completed;
    uint64_t began, ended; /* places in the order of all beginnings and ends */
    uint32_t node, process;
    struct sim_operation operation;
    int64_t value;
    int status; /* enum sim_operation_status; -1: open */
};

struct play {
    enum sim_end end;
    struct sim_digest digest;
    char violated[64], text[512]; /* "" if no invariant was broken */
    sim_time violated_at;
    struct play_note *notes;
    size_t note_count, note_capacity;
    struct play_operation *operations; /* [0] is unused */
    size_t operation_count, operation_capacity;
    uint64_t status[SIM_OPERATION_STATUSES];
    uint64_t order;                   /* of the last beginning or end */
    int64_t metrics[SIM_METRICS_MAX]; /* of the first group: sums of what was told */
    struct sim_scenario *scenario;
    struct sim_plan *plan; /* with its random faults drawn */
    struct sim_world *world;
};

/* Runs YAML under SEED. A scenario with errors fails the test, and they are printed. */
struct play *play_run(const char *yaml, uint64_t seed);
/* Loads YAML and draws its random faults, but runs nothing. */
struct play *play_open(const char *yaml, uint64_t seed);
/* Without notes: faster. */
struct play *play_swiftly(const char *yaml, uint64_t seed);
/* YAML has an error that contains MESSAGE. */
void play_expect_error(const char *yaml, const char *message);
void play_free(struct play *play);

const void *play_state(const struct play *play, uint32_t node);
/* For reading its logs. */
const struct sim_seat *play_seat(const struct play *play, uint32_t node);
/* The N-th note of this name (from 0), by NODE or by anyone (SIM_NO_GROUP); NULL: there are fewer.
 */
const struct play_note *play_note(const struct play *play, const char *what, uint32_t node,
                                  size_t n);
size_t play_count(const struct play *play, const char *what, uint32_t node);
/* The answer to step STEP of the script that runs on NODE: the test fails if there is none. */
const int64_t *play_answer(const struct play *play, uint32_t node, int64_t step);

/* Whether the history is linearizable; else, or if the judge cannot tell, TEXT (of 1024 bytes) says
 * why. Failed operations count as not done; there may be no appends in it. */
bool play_is_linearizable(const struct play *play, char *text);

#endif
