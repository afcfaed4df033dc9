/* idempotency_key.c - all attempts of a call carry one key, by which the callee knows them as one.
 *
 * A callee that keeps its effects by key executes the call once, however often it comes. */
#include "sim/world/filter.h"

static void on_call(struct sim_passage *passage)
{
    sim_set_key(passage);
    sim_pass(passage);
}

const struct sim_filter idempotency_key_filter = {
    .name = "idempotency_key",
    .summary = "all attempts of a call carry one key, by which the callee knows them as one",
    .source = "The Idempotency-Key HTTP Header Field (IETF draft, httpapi)",
    .on_call = on_call,
};
