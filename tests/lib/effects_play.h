/* effects_play.h - hand-made runs whose nodes tell effects and have sums, and the checkers'
 * verdicts on them: so that services do and forget what no model would. */
#ifndef TESTS_LIB_EFFECTS_PLAY_H
#define TESTS_LIB_EFFECTS_PLAY_H

#include "tests/lib/effects_oracle.h"

/* CHECKER: exactly_once, saga_atomic or conserved. Groups are called left and right; the field of
 * the disk is `a`, that of the state `value`. */
struct sim_verdict effects_play(const struct effects_case *one, const char *checker);
/* SPLIT: the fault of the trigger ends and begins again in between. BY_TIME: it is none. */
struct sim_verdict goodput_play(const struct goodput_case *one, bool split, bool by_time);

#endif
