/* running.h - a text that may be a scenario is run, if the loader takes it: for fuzz targets.
 *
 * The run is ended after a few thousand events by the scenario's own limits; a world of many nodes
 * is not tried, for it would take the time of hundreds of others. It has to come out the same
 * twice, and each of its expectations has to be judged in words. */
#ifndef TESTS_FUZZ_RUNNING_H
#define TESTS_FUZZ_RUNNING_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the loader took it. */
bool run_text(const char *text, size_t length);

#endif
