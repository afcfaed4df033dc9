/* math.h - log, exp and pow that give the same bits everywhere.
 *
 * Those of libm differ by an ulp between platforms and even between processors of one platform, so nothing that a run
 * reads may use them. These are made of + - * / and integer operations alone, and built with -ffp-contract=off.
 *
 * Accuracy: at most 2 ulp for log and exp, relative error below 1e-14 for pow in the range of the samplers.
 * Errors: the arguments are asserted (x > 0 for log; finite). exp of more than 709.7 is asserted, of less than -745 is 0.
 * Determinism: the same bits on every machine, compiler and optimisation level. */
#ifndef SIM_CORE_MATH_H
#define SIM_CORE_MATH_H

#include <stdint.h>

double sim_log(double x);
double sim_exp(double x);
double sim_pow(double x, double y); /* x > 0 */
double sim_sqrt(double x);          /* correctly rounded, as IEEE 754 demands */

/* -log((WORD + 0.5) / 2^64): an exponential variate of mean 1 from 64 random bits, monotone (falling) in WORD, without
 * calling sim_log: for the way of an event. Relative error below 1e-12. */
double sim_exponential_word(uint64_t word);

/* The quantile function of the standard normal distribution at 0 < p < 1. Source named in math.c. */
double sim_normal_quantile(double p);

#endif
