/* turns.h - between which values of a matrix does a verdict turn? At which load, say, does an
 * overload begin to stay.
 *
 * Cells that differ by one value are neighbours if none of the matrix lies between. An expectation
 * turns between two neighbours if most seeds hold it in one and most violate it in the other. The
 * values stand in the order in which they were given: nothing is known of what they mean.
 *
 * A threshold that is found is that of the seeds that were run: whether it can be chance is told by
 * the 95 % intervals on both sides. */
#ifndef TOOLS_ORRERY_TURNS_H
#define TOOLS_ORRERY_TURNS_H

#include "sim/observe/output.h"
#include "tools/orrery/summary.h"

/* Nothing of a campaign with a single cell. */
void turns_print(const struct summary *summary, const struct campaign *campaign, FILE *file);
/* A list of objects. */
void turns_put_json(const struct summary *summary, const struct campaign *campaign,
                    struct sim_output *out);

#endif
