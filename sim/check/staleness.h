/* staleness.h - how old was what was read: in time, in versions, and by when a write is seen.
 *
 * A bound from below: a version counts as older only if it is so whatever the order of what
 * overlapped. The definitions are in docs/checkers.md.
 *
 * Units: ns. Determinism: no clock. */
#ifndef SIM_CHECK_STALENESS_H
#define SIM_CHECK_STALENESS_H

#include "sim/check/history_checker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_STALENESS_NONE UINT32_MAX

struct sim_read_age {
    uint32_t read;     /* an operation */
    uint32_t from;     /* what wrote what it saw; SIM_STALENESS_NONE: the initial value */
    uint32_t newer;    /* the first that was newer and there; SIM_STALENESS_NONE: none */
    uint32_t versions; /* how many were */
    int64_t age;       /* since `newer` was there; 0: fresh */
    uint32_t latest;   /* the last write that had returned; SIM_STALENESS_NONE: none */
    int64_t since;     /* how long ago that was */
    bool sees_latest;  /* or something newer */
};

struct sim_staleness {
    struct sim_read_age *ages; /* of each read that can be judged, in order */
    size_t count;
    uint32_t *left_out; /* answered reads of keys where it is not known who saw what */
    size_t left_out_count;
    uint32_t thin_air; /* a read of what nobody wrote, or SIM_STALENESS_NONE */
};

void sim_staleness_measure(struct sim_staleness *staleness, const struct sim_history_view *view);
void sim_staleness_finish(struct sim_staleness *staleness);

/* Whether READ counts DURING a label (NULL: always): by its invocation. */
bool sim_staleness_counts(const struct sim_history_view *view, uint32_t read, const char *during);
/* How many of those that are left out would. */
size_t sim_staleness_left_out(const struct sim_staleness *staleness,
                              const struct sim_history_view *view, const char *during);
/* Undecided, because of so many reads. */
void sim_staleness_doubt(size_t left_out, struct sim_linear_result *result);
/* True, with a result, if a read saw what nobody wrote. */
bool sim_staleness_refuses(const struct sim_staleness *staleness,
                           const struct sim_history_view *view, struct sim_linear_result *result);

#endif
