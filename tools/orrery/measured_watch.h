/* measured_watch.h - a run watched on its way: how long after a fault the copies are alike again.
 *
 * A *stretch* is the time from the end of a fault that counts until the next one begins, or the run
 * ends. In it the stores are asked again and again: all 10 ms, and once that is less than a
 * twentieth of the time since the fault, so often. They are alike at such a moment if each key that
 * was asked to be changed, or answered, last half a second before it or longer ago, is the same on
 * all living nodes (sim/check/converged.h). The stretch's time is that of the first moment from
 * which on they were alike at all moments of it; without one the stretch is *not* one in which they
 * converged. A moment at which no key was quiet, or fewer than two nodes lived, says nothing.
 *
 * Determinism: looks, and changes nothing. */
#ifndef TOOLS_ORRERY_MEASURED_WATCH_H
#define TOOLS_ORRERY_MEASURED_WATCH_H

#include "tools/orrery/measured.h"

static const sim_time measured_quiet = SIM_SECOND / 2, measured_every = 10 * SIM_MILLISECOND;

/* Zeroed: nothing was seen. No heap. */
struct measured_watch {
    size_t closed;         /* so many windows or strikes, from the first on, are over for good */
    size_t begun;          /* so many there were */
    sim_time ended;        /* when the last of these ended */
    bool active;           /* a fault is */
    bool in_stretch;       /* after ENDED */
    bool alike, seen;      /* at the last moment that says something; there was one */
    sim_time since, next;  /* from SINCE on alike; at NEXT it is asked again */
    sim_time longest;      /* of the stretches that are over */
    bool converged, never; /* in some of these, not in some */
    bool counting;         /* requests of clients, and all that were sent, under fault */
    uint64_t requests, sent, requests_at, sent_at; /* AT: when counting began */
};

/* Whether anything would be seen: some fault, and a store of several nodes that tells. */
bool measured_watches(const struct measured_frame *frame, const struct sim_plan *plan);
void measured_watch_ask(const void *frame, const struct sim_evidence *evidence, void *watch);
/* The run is over, as a WHOLE or before its time: fills in MEASURED_CONVERGED_AFTER and
 * MEASURED_CONVERGES. */
void measured_watch_put(const struct measured_frame *frame, const struct sim_evidence *evidence,
                        bool is_whole, struct measured_watch *watch, double *measures);

#endif
