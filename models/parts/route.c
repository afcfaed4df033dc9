#include "models/parts/route.h"

#include <assert.h>

const char *const route_policy_names[] = { "last", "own", "any", "nearest", "sticky", NULL };
const char *const route_bounds_names[] = { "anywhere", "zone", "member", NULL };

struct route_member {
    sim_time took;   /* an average */
    sim_time heard;  /* when, by the own clock */
    sim_time failed; /* when, by the own clock */
    bool has_answered, has_failed;
};

enum { NEWEST = 5 }; /* a round trip counts 1/5, the average before it 4/5 */
static const sim_time believed = 10 * SIM_SECOND, shunned = SIM_SECOND;

static bool is_allowed(const struct sim_seat *me, const struct route *route, uint32_t member)
{
    return route->bounds != ROUTE_ZONE || sim_target_is_near(me, route->site, member);
}

bool route_init(struct sim_seat *me, struct route *route, unsigned site, int64_t bounds,
                bool measures)
{
    uint32_t members = sim_targets_of(me, site), i;

    *route = (struct route){ .site = site, .bounds = bounds };
    for (i = 0; i < members; i++)
        route->candidates += is_allowed(me, route, i);
    if (measures)
        route->members = sim_new(me, members * sizeof(struct route_member));
    if (route->candidates > 0)
        route->last = route_first(me, route, ROUTE_OWN, 0);
    return route->candidates > 0;
}

/* The N-th member within the bounds. */
static uint32_t candidate(const struct sim_seat *me, const struct route *route, uint64_t n)
{
    uint32_t member;

    assert(n < route->candidates);
    if (route->bounds != ROUTE_ZONE)
        return (uint32_t)n;
    for (member = 0;; member++)
        if (is_allowed(me, route, member) && n-- == 0)
            return member;
}

static uint32_t after(const struct sim_seat *me, const struct route *route, uint32_t member)
{
    do
        member = (member + 1) % sim_targets_of(me, route->site);
    while (!is_allowed(me, route, member));
    return member;
}

/* The lower, the sooner it is asked: first whether it failed a moment ago, then the zone, then what
 * was measured; nothing is like 0, so that everybody is measured once. */
static uint64_t distance(struct sim_seat *me, const struct route *route, uint32_t member)
{
    const struct route_member *m = &route->members[member];
    sim_time now = sim_now(me);
    bool failed = m->has_failed && now - m->failed < shunned;
    bool known = m->has_answered && now - m->heard < believed;

    return (uint64_t)failed << 63 | (uint64_t)!sim_target_is_near(me, route->site, member) << 62 |
           (known ? (uint64_t)m->took : 0);
}

static uint32_t nearest(struct sim_seat *me, const struct route *route)
{
    uint32_t best = candidate(me, route, 0), i;

    for (i = best + 1; i < sim_targets_of(me, route->site); i++)
        if (is_allowed(me, route, i) && distance(me, route, i) < distance(me, route, best))
            best = i;
    return best;
}

uint32_t route_first(struct sim_seat *me, const struct route *route, int64_t policy,
                     uint64_t number)
{
    switch (policy) {
    case ROUTE_LAST:
        return route->last;
    case ROUTE_OWN:
        return candidate(me, route, sim_self(me) % route->candidates);
    case ROUTE_ANY:
        return candidate(me, route, number);
    case ROUTE_NEAREST:
        return nearest(me, route);
    default:
        assert(policy == ROUTE_STICKY);
        return candidate(me, route, sim_mix(sim_node(me), number) % route->candidates);
    }
}

/* Answers that were sent before a change of leader come late: only the member that was asked is
 * given up. */
uint32_t route_next(struct sim_seat *me, struct route *route, int64_t policy, uint32_t failed,
                    int64_t hint, bool *hinted)
{
    *hinted = hint >= 0 && (uint32_t)hint != failed && route->bounds != ROUTE_MEMBER &&
              is_allowed(me, route, (uint32_t)hint);
    if (hint == (int64_t)failed)
        return route->bounds == ROUTE_MEMBER ? failed : after(me, route, failed);
    if (route->members != NULL && !*hinted) {
        route->members[failed].failed = sim_now(me);
        route->members[failed].has_failed = true;
    }
    if (route->bounds == ROUTE_MEMBER)
        return failed;
    if (*hinted)
        route->last = (uint32_t)hint;
    else if (route->last == failed)
        route->last = after(me, route, failed);
    if (*hinted || policy == ROUTE_LAST || policy == ROUTE_OWN || policy == ROUTE_ANY)
        return route->last;
    return policy == ROUTE_NEAREST ? nearest(me, route) : after(me, route, failed);
}

void route_answered(struct sim_seat *me, struct route *route, uint32_t member, sim_time took)
{
    struct route_member *m;

    if (route->members == NULL)
        return;
    m = &route->members[member];
    m->took = m->has_answered ? m->took + (took - m->took) / NEWEST : took;
    m->has_answered = true;
    m->heard = sim_now(me);
    m->has_failed = false;
}
