/* ring.h - consistent hashing: which members keep a key, so that one more member moves few keys.
 *
 * Karger, Lehman, Leighton, Panigrahy, Levine and Lewin, "Consistent Hashing and Random Trees",
 * STOC 1997. Members are hashed to points of a circle, each to TOKENS of them; a key belongs to the
 * first point after its own hash, and its preference list are the first distinct members from there
 * on (DeCandia et al., "Dynamo", SOSP 2007, section 4.3: virtual nodes are passed over whose member
 * is in the list). With N members and v tokens each, the share of a member has a standard deviation
 * of sqrt((N - 1) / (N v + 1)) of its mean, so that balance is bought with tokens.
 *
 * Ownership: ring_fill writes to the caller's memory; ring_init takes that of a seat, which a crash
 * drops. Determinism: hashes alone; two points that fall together are in the order of their
 * members. */
#ifndef MODELS_PARTS_RING_H
#define MODELS_PARTS_RING_H

#include "sim/world/model.h"

struct ring_point {
    uint64_t place;
    uint32_t member;
};

struct ring {
    struct ring_point *points; /* by place */
    uint32_t count, members;
};

/* POINTS has room for MEMBERS * TOKENS. */
void ring_fill(struct ring *ring, struct ring_point *points, uint32_t members, uint32_t tokens);
void ring_init(struct sim_seat *me, struct ring *ring, uint32_t members, uint32_t tokens);
/* The first COUNT members from KEY on, each once; fewer if there are fewer. How many. */
uint32_t ring_preference(const struct ring *ring, int64_t key, uint32_t *members, uint32_t count);

#endif
