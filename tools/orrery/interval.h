/* interval.h - how far a share that was counted can be from the one that is true.
 *
 * Clopper and Pearson, Biometrika 26 (1934): the shares under which a count as low, or as high, as
 * the one seen has at least 2.5 % of probability. It is exact, also where nothing failed, which is
 * what most sweeps find. The quantiles of the beta distribution are found by bisection of its
 * distribution function; GSL's are the oracle in the tests. */
#ifndef TOOLS_ORRERY_INTERVAL_H
#define TOOLS_ORRERY_INTERVAL_H

#include <stdint.h>

struct interval {
    double low, high; /* 0..1 */
};

/* The 95 % interval of the share of which PART in WHOLE is a sample; WHOLE 0: anything. */
struct interval interval_of_share(uint64_t part, uint64_t whole);

enum { INTERVAL_TEXT = 64 };

/* "1.2..34 %", in two digits and more, the low end cut off and the high end rounded up. */
const char *interval_text(char text[INTERVAL_TEXT], const struct interval *interval);

#endif
