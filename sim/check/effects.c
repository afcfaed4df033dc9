#include "sim/check/effects.h"

#include "sim/check/held.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

const struct sim_field sim_effects_groups[] = {
    SIM_GROUP(struct sim_effects_group, group, NULL, "whose nodes tell which effects they had"),
    SIM_ITEM(struct sim_effects_group),
};

/* -- asking ------------------------------------------------------------------------------------ */

static void take_value(void *context, enum sim_ledger_kind kind, int64_t key, int64_t value)
{
    (void)context;
    (void)kind;
    (void)key;
    (void)value;
}

static void take_effect(void *context, int64_t about, int64_t action, int64_t done, int64_t undone)
{
    struct sim_effects *effects = context;

    if (effects->count == effects->capacity)
        effects->all =
            sim_grow(effects->all, &effects->capacity, effects->count + 1, sizeof(*effects->all));
    effects->all[effects->count++] =
        (struct sim_effect){ about, action, done, undone, effects->node };
}

static int compare_effects(const void *left, const void *right)
{
    const struct sim_effect *a = left, *b = right;

    if (a->about != b->about)
        return a->about < b->about ? -1 : 1;
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

void sim_effects_init(struct sim_effects *effects, const struct sim_evidence *evidence,
                      const struct sim_list *of)
{
    const struct sim_effects_group *groups = of->items;

    *effects = (struct sim_effects){ 0 };
    for (uint32_t i = 0; i < of->count; i++) {
        const uint32_t first = sim_recorder_names(evidence->recorder)->first[groups[i].group];

        for (uint32_t k = 0; k < evidence->plan->groups[groups[i].group].count; k++) {
            struct sim_ledger ledger = { .take = take_value,
                                         .effect = take_effect,
                                         .context = effects };

            effects->node = first + k;
            if (!sim_world_ledger(evidence->world, first + k, &ledger))
                effects->hidden++;
        }
    }
    sim_sort(effects->all, effects->count, sizeof(*effects->all), compare_effects);
}

void sim_effects_finish(struct sim_effects *effects)
{
    sim_free(effects->all);
}

/* -- adding up --------------------------------------------------------------------------------- */

static int64_t add(int64_t sum, int64_t more)
{
    return more > INT64_MAX - sum ? INT64_MAX : sum + more;
}

size_t sim_effects_sum(const struct sim_effects *effects, size_t at, struct sim_effect *sum)
{
    const struct sim_effect *first = &effects->all[at];

    assert(at < effects->count);
    *sum = (struct sim_effect){ first->about, first->action, 0, 0, SIM_NO_GROUP };
    for (; at < effects->count; at++) {
        const struct sim_effect *one = &effects->all[at];

        if (one->about != sum->about || one->action != sum->action)
            break;
        sum->done = add(sum->done, one->done);
        sum->undone = add(sum->undone, one->undone);
        if (sum->node == SIM_NO_GROUP && one->done > one->undone)
            sum->node = one->node;
    }
    return at;
}

void sim_effects_add_hidden(const struct sim_effects *effects, struct sim_verdict *verdict)
{
    if (effects->hidden > 0)
        sim_verdict_add(verdict, "; but %" PRIu32 " node%s down, which may have had others",
                        effects->hidden, effects->hidden == 1 ? " is" : "s are");
}

/* -- parameters -------------------------------------------------------------------------------- */

const char *sim_effects_cannot(const struct sim_plan *plan, const struct sim_list *of,
                               char text[SIM_CHECK_TEXT])
{
    const struct sim_effects_group *groups = of->items;

    if (of->count == 0) {
        snprintf(text, SIM_CHECK_TEXT, "names no group: expected a list of groups of services");
        return "of";
    }
    for (uint32_t i = 0; plan != NULL && i < of->count; i++) {
        if (sim_held_cannot(plan, groups[i].group, text) != NULL)
            return "of";
        if (!plan->groups[groups[i].group].model->tells_effects) {
            snprintf(text, SIM_CHECK_TEXT, "the model of '%.40s' (%.40s) tells no effects",
                     plan->groups[groups[i].group].name, plan->groups[groups[i].group].model->name);
            return "of";
        }
        for (uint32_t k = 0; k < i; k++)
            if (groups[k].group == groups[i].group) {
                snprintf(text, SIM_CHECK_TEXT, "names '%.40s' twice",
                         plan->groups[groups[i].group].name);
                return "of";
            }
    }
    return NULL;
}
