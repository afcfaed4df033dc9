/* gamma.h - the quantile function of the gamma distribution, for distribution.c.
 *
 * Microseconds, not nanoseconds: for making tables and for the far tails.
 *
 * Determinism: sim/core/math only. */
#ifndef SIM_CORE_GAMMA_H
#define SIM_CORE_GAMMA_H

/* The x below which a gamma variate of SHAPE (0.05 to 1000) and scale 1 lies with probability P; Q
 * is 1 - P, given apart because a small one of the two is known better than its complement.
 * Relative error about 1e-13. */
double sim_gamma_quantile(double shape, double p, double q);

#endif
