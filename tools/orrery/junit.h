/* junit.h - a campaign's runs as JUnit's XML, which every CI system shows.
 *
 * A suite per cell of the matrix; a case per seed and expectation, one for a limit that was
 * reached, and one for a run that died. Only what all readers know, and no times: they would be
 * different each time, and those of the simulation are no times of a test. */
#ifndef TOOLS_ORRERY_JUNIT_H
#define TOOLS_ORRERY_JUNIT_H

#include "tools/orrery/summary.h"

void junit_print(const struct campaign *campaign, const struct summary *summary, FILE *file);

#endif
