/* saga_atomic.c - all of it or nothing: no saga is left half done.
 *
 * Once all that was begun has had its time, every action of a saga is done, or every one is undone
 * or was never done; and what clients were told is done is. In between it may well look otherwise:
 * sagas are not isolated. */
#include "sim/check/checkers.h"
#include "sim/check/effects.h"
#include "sim/check/verdict.h"

#include <inttypes.h>
#include <stdio.h>

struct action {
    int64_t number;
};
static const struct sim_field action_fields[] = {
    SIM_INTEGER(struct action, number, NULL, NULL, NULL, "as services tell it"),
    SIM_ITEM(struct action),
};

struct params {
    struct sim_list of, actions;
    uint32_t clients; /* SIM_NO_GROUP: not given */
    sim_time rest;
};

static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, of, sim_effects_groups,
                      "the groups that take part, all nodes together: [orders, stock, payment]"),
    SIM_LIST(struct params, actions, action_fields,
             "the actions that make a whole: [1, 2, 3]; absent: of each saga those that somebody "
             "tells of it"),
    SIM_GROUP(struct params, clients, SIM_OPTIONAL,
              "each of whose operations asks for a saga of its own: at least as many are done as "
              "were answered ok"),
    SIM_DURATION(struct params, rest, "10s", "0", NULL,
                 "the last operation of clients has to lie so long before the end"),
    { 0 },
};

enum outcome { DONE, COMPENSATED, HALF, OUTCOMES };

/* What is known of one saga while its effects go by. */
struct saga {
    int64_t about;
    uint32_t told, had, other;   /* its actions; had: N >= 1; other: neither had nor N = 0 */
    struct sim_effect one, none; /* the first that is had, and the first that is not */
    bool has_none;
};

struct tally {
    uint64_t counts[OUTCOMES];
    uint64_t promised; /* operations of clients that were answered ok */
    struct saga first; /* half done */
};

static bool is_listed(const struct params *params, int64_t number)
{
    const struct action *actions = params->actions.items;

    for (uint32_t i = 0; i < params->actions.count; i++)
        if (actions[i].number == number)
            return true;
    return params->actions.count == 0;
}

static void take(struct saga *saga, const struct sim_effect *sum)
{
    const bool had = sum->done > sum->undone;

    if (had && saga->had++ == 0)
        saga->one = *sum;
    if (!had && !saga->has_none) {
        saga->none = *sum;
        saga->has_none = true;
    }
    saga->other += sum->done < sum->undone;
    saga->told++;
}

/* The first of the listed actions that nobody told of the saga at AT. */
static struct sim_effect find_missing(const struct params *params,
                                      const struct sim_effects *effects, size_t at)
{
    const struct action *actions = params->actions.items;
    const int64_t about = effects->all[at].about;

    for (uint32_t i = 0; i < params->actions.count; i++) {
        bool told = false;

        for (size_t k = at; k < effects->count && effects->all[k].about == about; k++)
            told |= effects->all[k].action == actions[i].number;
        if (!told)
            return (struct sim_effect){ .about = about, .action = actions[i].number };
    }
    return (struct sim_effect){ .about = about };
}

static void count(const struct params *params, const struct sim_effects *effects,
                  struct tally *tally)
{
    *tally = (struct tally){ 0 };
    for (size_t at = 0, first = 0; at < effects->count; first = at) {
        struct saga saga = { .about = effects->all[first].about };
        enum outcome outcome;
        uint32_t all;

        while (at < effects->count && effects->all[at].about == saga.about) {
            struct sim_effect sum;

            at = sim_effects_sum(effects, at, &sum);
            if (is_listed(params, sum.action))
                take(&saga, &sum);
        }
        if (saga.told == 0)
            continue;
        all = params->actions.count > 0 ? params->actions.count : saga.told;
        outcome = saga.other > 0    ? HALF
                  : saga.had == all ? DONE
                  : saga.had == 0   ? COMPENSATED
                                    : HALF;
        if (tally->counts[outcome]++ > 0 || outcome != HALF)
            continue;
        if (!saga.has_none)
            saga.none = find_missing(params, effects, first);
        tally->first = saga;
    }
}

static uint64_t count_promised(const struct sim_evidence *evidence, uint32_t clients)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    uint64_t promised = 0;

    for (size_t i = 0; clients != SIM_NO_GROUP && i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        promised += entry->completed != SIM_TIME_NEVER && entry->status == SIM_OK &&
                    sim_names_group(sim_recorder_names(evidence->recorder), entry->node) == clients;
    }
    return promised;
}

static void tell_half(const struct sim_evidence *evidence, const struct tally *tally,
                      struct sim_verdict *verdict)
{
    const struct saga *saga = &tally->first;
    char name[64] = "nobody";

    sim_verdict_add(verdict, "; of %" PRId64, saga->about);
    if (saga->had > 0) {
        if (saga->one.node != SIM_NO_GROUP)
            sim_names_text(sim_recorder_names(evidence->recorder), saga->one.node, name);
        sim_verdict_add(verdict, " action %" PRId64 " is done (%.40s),", saga->one.action, name);
    }
    sim_verdict_add(verdict, " action %" PRId64 " %s", saga->none.action,
                    saga->none.undone > saga->none.done ? "is undone more often than done"
                    : saga->none.done > 0               ? "is done and undone"
                                                        : "is not");
}

static void tell(const struct sim_evidence *evidence, const struct sim_effects *effects,
                 const struct tally *tally, struct sim_verdict *verdict)
{
    const uint64_t *counts = tally->counts;
    char half[SIM_FIGURE_TEXT], done[SIM_FIGURE_TEXT], undone[SIM_FIGURE_TEXT];
    const bool broken = counts[HALF] > 0 || counts[DONE] < tally->promised;

    sim_verdict_say(verdict,
                    effects->hidden > 0 ? SIM_UNDECIDED
                    : broken            ? SIM_BROKEN
                                        : SIM_HOLDS,
                    "%s done, %s compensated, %s half done", sim_figure_count(done, counts[DONE]),
                    sim_figure_count(undone, counts[COMPENSATED]),
                    sim_figure_count(half, counts[HALF]));
    if (counts[DONE] < tally->promised)
        sim_verdict_add(verdict, "; but %s operations were answered ok",
                        sim_figure_count(done, tally->promised));
    if (counts[HALF] > 0)
        tell_half(evidence, tally, verdict);
    sim_effects_add_hidden(effects, verdict);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_effects effects;
    struct tally tally;

    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    if (sim_verdict_lacks(verdict, evidence, NULL) ||
        sim_verdict_stirs(verdict, evidence, params->rest))
        return;
    sim_effects_init(&effects, evidence, &params->of);
    count(params, &effects, &tally);
    tally.promised = count_promised(evidence, params->clients);
    if (tally.promised + tally.counts[DONE] + tally.counts[COMPENSATED] + tally.counts[HALF] == 0) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no such effect was told");
        sim_effects_add_hidden(&effects, verdict);
    } else {
        tell(evidence, &effects, &tally, verdict);
    }
    sim_effects_finish(&effects);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct action *actions = params->actions.items;

    for (uint32_t i = 0; i < params->actions.count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (actions[k].number == actions[i].number) {
                snprintf(text, SIM_CHECK_TEXT, "names %" PRId64 " twice", actions[i].number);
                return "actions";
            }
    if (params->clients != SIM_NO_GROUP &&
        sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text) != NULL)
        return "clients";
    return sim_effects_cannot(plan, &params->of, text);
}

const struct sim_checker sim_saga_atomic_checker = {
    .about = {
        .name = "saga_atomic",
        .summary = "at rest each saga is done as a whole, or compensated as a whole",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .source = "Garcia-Molina and Salem, Sagas, SIGMOD 1987",
    },
    .judge = judge,
};
