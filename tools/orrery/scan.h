/* scan.h - when was it decided? The probability that a run violates what is expected of it, given
 * its past up to each of several times.
 *
 * At the start that is the share of all seeds; behind the violation it is 0 or 1. Where it jumps,
 * something happened that decided the rest. The times share the luck of what comes after, so that
 * neighbours differ by what lies between them. */
#ifndef TOOLS_ORRERY_SCAN_H
#define TOOLS_ORRERY_SCAN_H

#include "tools/orrery/summary.h"

/* CAMPAIGN is one of --branch-scan. */
void scan_print(const struct summary *summary, const struct campaign *campaign, FILE *file);

#endif
