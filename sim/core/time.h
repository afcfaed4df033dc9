/* time.h - simulated time: whole nanoseconds since the start of the run.
 *
 * There is no floating-point clock: sums of rounded times would differ between machines, and with
 * them the order of events. 2^63 ns are 292 years.
 *
 * Units: nanoseconds, for instants and for durations alike. */
#ifndef SIM_CORE_TIME_H
#define SIM_CORE_TIME_H

#include <stdint.h>

typedef int64_t sim_time;

#define SIM_MICROSECOND ((sim_time)1000)
#define SIM_MILLISECOND ((sim_time)1000000)
#define SIM_SECOND ((sim_time)1000000000)
#define SIM_TIME_NEVER INT64_MAX
/* The longest duration or latest instant that a scenario may name (100 years): sums of a few never
 * overflow. */
#define SIM_TIME_LIMIT ((sim_time)3155760000 * SIM_SECOND)

enum { SIM_TIME_TEXT = 32 };

/* Writes T exactly, in the largest unit up to the second of which it has at least one: "12.5s",
 * "150ms", "-3us", "0s"; SIM_TIME_NEVER is "never". Never more than nine decimals, and the
 * scenario's loader reads it back. */
const char *sim_time_text(char text[SIM_TIME_TEXT], sim_time t);

#endif
