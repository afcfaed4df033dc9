/* listed.h - what clients do by a list instead of by draws: what a client model asks of the list.
 *
 * Ownership: the list is the plan's. */
#ifndef MODELS_PARTS_LISTED_H
#define MODELS_PARTS_LISTED_H

#include "sim/world/model.h"

/* Is what LIST says possible with so many clients and lanes? Else why not, in TEXT. */
bool listed_fits(const struct sim_operation_list *list, uint32_t clients, int64_t lanes,
                 char text[160]);
bool listed_has_lanes(const struct sim_operation_list *list); /* some of it is a closed loop's */
int64_t listed_keys(const struct sim_operation_list *list);   /* all keys are below */
bool listed_guesses(const struct sim_operation_list *list);   /* from what was last seen */
uint32_t listed_kinds(const struct sim_operation_list *list); /* as bits */

#endif
