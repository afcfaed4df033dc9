#include "models/parts/saga.h"

#include "models/parts/blame.h"

#include <assert.h>
#include <string.h>

enum { NUMBER_BITS = 28, ORDER_BITS = 49, COPIES_MAX = 1 << 14 };
static const int64_t of_a_trace = INT64_C(1) << (ORDER_BITS - 1);

static const char *const kind_names[] = { "compensatable", "pivot", "retriable", NULL };

const struct sim_field saga_step_fields[] = {
    SIM_GROUP(struct saga_step, to, NULL, "the service that does it"),
    SIM_TEXT(struct saga_step, name, SIM_OPTIONAL,
             "of the call, in `calls:` and traces; else that of the group"),
    SIM_TEXT(struct saga_step, compensation, SIM_OPTIONAL,
             "what undoes it; absent: there is nothing to undo"),
    SIM_CHOICE(struct saga_step, kind, "compensatable", kind_names,
               "before the pivot, the pivot, or after it"),
    SIM_INTEGER(struct saga_step, amount, "1", "0", "1000000",
                "what it takes of the service's resource for each unit that is ordered"),
    SIM_ITEM(struct saga_step),
};

const struct sim_field saga_origin_fields[] = {
    SIM_GROUP(struct saga_origin, to, NULL, "the group that begins the sagas"),
    SIM_ITEM(struct saga_origin),
};

static const char *fault_of(const struct saga_step *steps, uint32_t i)
{
    const struct saga_step *step = &steps[i];

    if (step->kind != SAGA_COMPENSATABLE && step->compensation != NULL)
        return "only steps before the pivot are compensated";
    if (step->kind == SAGA_COMPENSATABLE && step->compensation == NULL && step->amount > 0)
        return "a step before the pivot that takes something needs a compensation";
    if (i > 0 && step->kind == SAGA_PIVOT && steps[i - 1].kind == SAGA_PIVOT)
        return "there is one pivot at most";
    if (i > 0 && step->kind < steps[i - 1].kind)
        return "compensatable steps come first, then the pivot, then the retriable ones";
    return NULL;
}

static void write_text(char text[160], const char *why)
{
    assert(strlen(why) < 160);
    memcpy(text, why, strlen(why) + 1);
}

bool saga_steps_fit(const struct sim_list *list, char text[160])
{
    if (list->count == 0) {
        write_text(text, "a saga has at least one step");
        return false;
    }
    if (list->count > SAGA_STEPS_MAX) {
        write_text(text, "a saga has at most 32 steps");
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const char *fault = fault_of(list->items, i);

        if (fault != NULL) {
            blame_item(text, "steps", i, fault);
            return false;
        }
    }
    return true;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same(const struct saga_step *a, const struct saga_step *b)
{
    return a->to == b->to && a->kind == b->kind && a->amount == b->amount &&
           is_same_text(a->name, b->name) && is_same_text(a->compensation, b->compensation);
}

const char *saga_steps_match(const struct sim_plan *plan, uint32_t group, char text[160])
{
    const struct sim_list *saga = sim_plan_param(plan, group, "saga");
    const struct sim_list *steps = sim_plan_param(plan, group, "steps");
    const struct sim_list *theirs;

    if (saga->count == 0)
        return NULL;
    theirs = sim_plan_param(plan, ((const struct saga_origin *)saga->items)->to, "steps");
    for (uint32_t i = 0; i < steps->count && i < theirs->count; i++)
        if (!is_same((const struct saga_step *)steps->items + i,
                     (const struct saga_step *)theirs->items + i))
            return blame_item(text, "steps", i, "is not that of the group that `saga` names");
    if (steps->count == theirs->count)
        return NULL;
    write_text(text, steps->count < theirs->count
                         ? "the group that `saga` names has more steps than these"
                         : "the group that `saga` names has fewer steps than these");
    return "steps";
}

const char *saga_steps_known(const struct sim_plan *plan, uint32_t group, char text[160])
{
    const struct sim_list *steps = sim_plan_param(plan, group, "steps");

    for (uint32_t i = 0; i < steps->count; i++) {
        const uint32_t to = ((const struct saga_step *)steps->items)[i].to;
        const struct sim_list *saga = sim_plan_param(plan, to, "saga");
        const char *fault = NULL;

        if (saga->count == 0)
            fault = "its group needs `saga` and `steps`, for it has to tell the next one";
        else if (((const struct saga_origin *)saga->items)->to != group)
            fault = "its group names another one as its `saga`, and would tell that one";
        if (fault != NULL)
            return blame_item(text, "steps", i, fault);
    }
    return NULL;
}

static bool is_undone(const struct saga_step *step)
{
    return step->kind == SAGA_COMPENSATABLE && step->compensation != NULL;
}

enum saga_locked saga_lock(const struct saga_step *step, bool locks)
{
    return !locks ? SAGA_UNLOCKED : is_undone(step) ? SAGA_LOCKED : SAGA_LOCKS;
}

int64_t saga_next_locked(const struct sim_list *list, int64_t from)
{
    const struct saga_step *steps = list->items;

    for (int64_t i = from; i < (int64_t)list->count; i++)
        if (is_undone(&steps[i]))
            return i;
    return -1;
}

int64_t saga_next_undone(const struct sim_list *list, int64_t from)
{
    const struct saga_step *steps = list->items;

    while (from >= 0 && !is_undone(&steps[from]))
        from--;
    return from;
}

/* A definite no is an answer as good as any: asking again does not change it. */
static enum sim_reply_meaning meaning(const void *reply)
{
    const struct saga_reply *r = reply;

    return r->status == SAGA_AGAIN ? SIM_REPLY_NOT_DONE : SIM_REPLY_FINE;
}

const struct sim_interface saga_interface = {
    .name = "saga step",
    .operations = { [SAGA_ASK] = { "step", SIM_WORDS(saga_request), SIM_WORDS(saga_reply),
                                   meaning } },
};

const struct sim_interface saga_origin_interface = {
    .name = "saga origin",
    .operations = { [SAGA_ENDED] = { "ended", SIM_WORDS(saga_ended), SIM_WORDS(saga_taken), NULL },
                    [SAGA_RECENT] = { "recent", SIM_WORDS(saga_recent), SIM_WORDS(saga_number),
                                      NULL } },
};

/* Who asks for himself is known by his node and the number of his request, which are the same in
 * every variant of a scenario; who asks on behalf of another, by the trace. */
int64_t saga_order(const struct sim_request *request)
{
    const struct service_request *r = request->body;
    const bool is_own = r->parent == 0 && r->subject >= 0 && r->subject >> NUMBER_BITS == 0;

    return is_own ? (int64_t)request->client << NUMBER_BITS | r->subject
                  : of_a_trace | (r->trace & (of_a_trace - 1));
}

int64_t saga_make(int64_t order, int64_t copy, uint32_t member, uint32_t members)
{
    const int64_t nth = copy * members + member;

    return nth < COPIES_MAX ? nth << ORDER_BITS | order : -1;
}

int64_t saga_order_of(int64_t saga)
{
    return saga & ((INT64_C(1) << ORDER_BITS) - 1);
}

uint32_t saga_origin_of(int64_t saga, uint32_t members)
{
    return (uint32_t)(saga >> ORDER_BITS) % members;
}

uint32_t saga_keeper(int64_t saga, uint32_t members)
{
    return members == 1 ? 0 : (uint32_t)(sim_scramble((uint64_t)saga_order_of(saga)) % members);
}

sim_time saga_backoff(sim_time base, sim_time most, uint32_t tries, uint64_t luck)
{
    sim_time wait = base;

    while (tries-- > 0 && wait < most)
        wait *= 2;
    if (wait > most)
        wait = most;
    return wait / 2 + (sim_time)sim_below(luck, (uint64_t)(wait - wait / 2) + 1);
}
