/* convergence.c - replicas that heard of the same are compared by a hash of what they hold. */
#include "models/parts/convergence.h"

#include <string.h>

static const int64_t *received_of(const void *state, struct convergence where)
{
    return *(int64_t *const *)(const void *)((const char *)state + where.received);
}

static int64_t contents_of(const void *state, struct convergence where)
{
    return *(const int64_t *)(const void *)((const char *)state + where.contents);
}

void convergence_judge(struct sim_judge *judge, uint32_t member, struct convergence where)
{
    const void *one = sim_judge_state(judge, member);
    const uint32_t members = sim_judge_members(judge);
    char name[64], other_name[64];

    for (uint32_t i = 0; i < members; i++) {
        const void *other = sim_judge_state(judge, i);

        if (i == member || !sim_judge_up(judge, i) || received_of(other, where) == NULL ||
            memcmp(received_of(one, where), received_of(other, where), members * sizeof(int64_t)) !=
                0)
            continue;
        if (contents_of(one, where) != contents_of(other, where))
            sim_violated(judge, "convergence", "%s and %s heard of the same changes and differ",
                         sim_judge_name(judge, member, name), sim_judge_name(judge, i, other_name));
    }
}
