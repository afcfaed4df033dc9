/* measured_judge.h - what the history of a run satisfied, and how old and how lost its data were.
 *
 * Weaker guarantees are judged only where the stronger do not hold: linearizable implies them all.
 */
#ifndef TOOLS_ORRERY_MEASURED_JUDGE_H
#define TOOLS_ORRERY_MEASURED_JUDGE_H

#include "tools/orrery/measured.h"

struct measured_watch;

/* Fills in the verdicts and the figures of data of MEASURES (measured.h). CALM_UNTIL is when the
 * first fault began, SIM_TIME_NEVER if none did; CUTS are the spans of which those under fault are.
 */
void measured_judge(const struct measured_frame *frame, const struct finished_run *run,
                    sim_time calm_until, const struct sim_span *cuts, size_t cut_count,
                    struct measured_watch *watch, double *measures);

#endif
