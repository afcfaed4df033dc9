/* route.h - which member of the target group a caller asks, first and after a failure.
 *
 * Stores differ in whom they can be asked: a leader alone, any replica for old data, any replica
 * for everything. The caller chooses; a store that cannot answer where it was asked says whom to
 * ask instead (STORE_REDIRECT), and it is the caller again that follows or stays.
 *
 *   last     the member that answered last, until it does not: finds a leader and stays with it
 *   own      one member for each calling node, by its number
 *   any      another one each time, drawn evenly
 *   nearest  one of the own zone if there are any; among equals the one that answered soonest of
 *            late, as MongoDB's read preference `nearest` does it: an average that gives the newest
 *            round trip a fifth. Who failed comes last for a second; what was measured more than
 *            ten seconds ago is not believed, so each is tried again now and then
 *   sticky   one member for each session, drawn evenly by its number, until it fails
 *
 * The bounds say where a caller may go at all: anywhere, within its zone, or nowhere but where it
 * began. A caller that is pinned stays with what it has, also when that is cut off.
 *
 * Ownership: memory of the seat, so a crash drops what was measured. Determinism: draws are the
 * caller's. */
#ifndef MODELS_PARTS_ROUTE_H
#define MODELS_PARTS_ROUTE_H

#include "sim/world/model.h"

enum route_policy { ROUTE_LAST, ROUTE_OWN, ROUTE_ANY, ROUTE_NEAREST, ROUTE_STICKY };
extern const char *const route_policy_names[];

enum route_bounds { ROUTE_ANYWHERE, ROUTE_ZONE, ROUTE_MEMBER };
extern const char *const route_bounds_names[];

struct route_member;

struct route {
    unsigned site;                /* the call site whose target is meant */
    int64_t bounds;               /* enum route_bounds */
    uint32_t last;                /* the member that answered last */
    uint32_t candidates;          /* so many members lie within the bounds */
    struct route_member *members; /* what was measured of each; NULL: nothing is */
};

/* SITE: any of those that go to the group. MEASURES: some calls go to the nearest. False: the
 * bounds are the own zone, and nobody is there.
 */
bool route_init(struct sim_seat *me, struct route *route, unsigned site, int64_t bounds,
                bool measures);
/* Whom to ask first. NUMBER picks among the candidates for ROUTE_ANY (below route->candidates),
 * names the session for ROUTE_STICKY, and is not read else. */
uint32_t route_first(struct sim_seat *me, const struct route *route, int64_t policy,
                     uint64_t number);
/* Whom to ask after FAILED failed. HINT: whom it named instead, or negative; *HINTED says whether
 * the hint is followed. Who names itself lives, and is as good as any: this operation alone moves
 * on, and others, which may ask for less, go on asking it. (Drivers of Cassandra do so: after
 * Unavailable a request goes to the next node of its own plan, once or not at all; the plans of
 * others stay as they are.) */
uint32_t route_next(struct sim_seat *me, struct route *route, int64_t policy, uint32_t failed,
                    int64_t hint, bool *hinted);
/* MEMBER answered after TOOK. */
void route_answered(struct sim_seat *me, struct route *route, uint32_t member, sim_time took);

#endif
