/* measured_calls.h - what calls came to in a run: goodput, and what it took.
 *
 * Goodput is ok answers a second, by the time of the answer, whenever it was asked for. It is
 * *back* as the checker `goodput_recovers` defines it: from the end of the last fault that counts
 * on, so many whole seconds until none is left in which fewer were answered than 80 % of the rate
 * before the first fault. Every request that is sent counts as sent, first attempts, retries and
 * hedges, by clients and by the services behind them. */
#ifndef TOOLS_ORRERY_MEASURED_CALLS_H
#define TOOLS_ORRERY_MEASURED_CALLS_H

#include "tools/orrery/measured_watch.h"

/* CALM_UNTIL and CUTS as measured_judge has them. */
void measured_calls(const struct measured_frame *frame, const struct finished_run *run,
                    sim_time calm_until, const struct sim_span *cuts, size_t cut_count,
                    const struct measured_watch *watch, double *measures);
/* What has been sent in WORLD until now, for so many requests of clients. */
void measured_count_calls(const struct measured_frame *frame, const struct sim_plan *plan,
                          const struct sim_world *world, uint64_t *requests, uint64_t *sent);

#endif
