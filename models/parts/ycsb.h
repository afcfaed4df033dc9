/* ycsb.h - the mixes of operations of YCSB by their names, for the parameter `mix` of a client.
 *
 * Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", SoCC 2010. */
#ifndef MODELS_PARTS_YCSB_H
#define MODELS_PARTS_YCSB_H

#include "sim/world/model.h"

extern const struct sim_field ycsb_mixes[];

#endif
