/* beta.h - the beta distribution, from which the intervals of shares and of means come.
 *
 * Computed from sim/core/math.h, so that what is printed is the same everywhere. */
#ifndef TOOLS_ORRERY_BETA_H
#define TOOLS_ORRERY_BETA_H

/* P(X <= x) of a beta distribution with A, B > 0: the regularised incomplete beta function. */
double beta_share(double a, double b, double x);

#endif
