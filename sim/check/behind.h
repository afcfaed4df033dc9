/* behind.h - which groups keep what clients write, where clients call one that forwards.
 *
 * A group whose model forwards (sim_model.forwards) keeps nothing: each key is kept by one of the
 * groups that it asks, which may forward in their turn. Of which one the key is only the model
 * knows, so judges ask all that are behind it, and a write may have come to any.
 *
 * Determinism: reads the plan alone. */
#ifndef SIM_CHECK_BEHIND_H
#define SIM_CHECK_BEHIND_H

#include "sim/world/plan.h"

enum sim_behind { SIM_BEHIND_NONE, SIM_BEHIND_SOME, SIM_BEHIND_ALL };

/* Whether STORE keeps something of what is asked of GROUP, a number or SIM_NO_GROUP: it is that
 * group and does not forward, or it is behind it. */
bool sim_behind_is(const struct sim_plan *plan, uint32_t group, uint32_t store);
/* How many of the stores of GROUP, as above, are stores of OTHER, too. */
enum sim_behind sim_behind_share(const struct sim_plan *plan, uint32_t group, uint32_t other);

#endif
