/* luck.h - luck that is decided beforehand, and luck that is told: private to sim/world.
 *
 * A run can be told what its links make of single messages, and what single draws of its models
 * give. What is not told then is *plain*: a message takes the median latency of its link, and is
 * neither lost nor doubled nor corrupted, whatever the weather; a draw of a time takes a quantile
 * by its member, so that no two members draw the same again and again (elections would never end),
 * a choice its likelier side, and all else the next point of a sequence that spreads evenly. What
 * faults do to messages is drawn as ever.
 *
 * A message is known by its name, the n-th of its kind on its link. The draws of a world with luck
 * go the long way: a stream that is never begun stays on it, so that other worlds pay nothing. Who
 * records gets told on the same way.
 *
 * Ownership: the plan's lists outlive the world. */
#ifndef SIM_WORLD_LUCK_H
#define SIM_WORLD_LUCK_H

#include "sim/world/network.h"

void luck_build(struct sim_world *world); /* world->luck, if there is any */
void luck_finish(struct sim_world *world);
void luck_branch(struct sim_world *world); /* the seed is another one */
/* Are messages decided, or recorded? */
bool luck_of_messages(const struct sim_world *world);
/* What becomes of EVENT, which a fault may have DOUBLED; false: as it is drawn. */
bool luck_decides(struct sim_world *world, const struct way *way, const struct link *link,
                  const struct sim_event *event, bool doubled, struct sim_message_luck *fate);
/* The next word of a draw. NUMBER: from A to below B. TIME: A is the address of the distribution.
 * FLIP: A is the probability. EXPONENTIAL: A is the mean. */
uint64_t luck_draw(const struct sim_seat *me, unsigned draw, enum sim_draw_form form, int64_t a,
                   int64_t b);

#endif
