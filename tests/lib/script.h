/* script.h - the model `script`: a client of a store that does what its program says. See play.h.
 */
#ifndef TESTS_LIB_SCRIPT_H
#define TESTS_LIB_SCRIPT_H

#include "sim/world/model.h"

extern const struct sim_model script_model;

#endif
