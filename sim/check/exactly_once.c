/* exactly_once.c - nothing was done twice, and nothing undone that was not done.
 *
 * It takes no rest to be judged: what was done twice stays so, and paying back the second time does
 * not make it a single payment. An effect that is missing is no matter of this judge, who does not
 * know what was asked for. */
#include "sim/check/checkers.h"
#include "sim/check/effects.h"
#include "sim/check/verdict.h"

#include <inttypes.h>

struct params {
    struct sim_list of;
};

static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, of, sim_effects_groups,
                      "the groups whose effects count, all nodes together: [stock, payment]"),
    { 0 },
};

/* What all effects come to. */
struct tally {
    uint64_t pairs, undone, wrong;
    bool beyond_repair; /* whatever nodes that could not be asked may have done */
    struct sim_effect first;
};

static void count(const struct sim_effects *effects, struct tally *tally)
{
    *tally = (struct tally){ 0 };
    for (size_t at = 0; at < effects->count;) {
        struct sim_effect sum;

        at = sim_effects_sum(effects, at, &sum);
        tally->pairs++;
        tally->undone += sum.undone > 0;
        tally->beyond_repair |= sum.done > 1 || sum.undone > 1;
        if (sum.done <= 1 && sum.undone <= sum.done)
            continue;
        if (tally->wrong++ == 0)
            tally->first = sum;
    }
}

static void tell_wrong(const struct sim_evidence *evidence, const struct sim_effects *effects,
                       const struct tally *tally, struct sim_verdict *verdict)
{
    const struct sim_effect *first = &tally->first;
    char wrong[SIM_FIGURE_TEXT], all[SIM_FIGURE_TEXT], name[64];

    sim_verdict_say(verdict,
                    effects->hidden > 0 && !tally->beyond_repair ? SIM_UNDECIDED : SIM_BROKEN,
                    "%s of %s effects were not had exactly once: action %" PRId64 " about %" PRId64
                    " was done %" PRId64 " times and undone %" PRId64 " times",
                    sim_figure_count(wrong, tally->wrong), sim_figure_count(all, tally->pairs),
                    first->action, first->about, first->done, first->undone);
    for (size_t i = 0, told = 0; i < effects->count && told < 4; i++) {
        const struct sim_effect *one = &effects->all[i];

        if (one->about != first->about || one->action != first->action)
            continue;
        sim_names_text(sim_recorder_names(evidence->recorder), one->node, name);
        sim_verdict_add(verdict, "%s %.40s %" PRId64 " and %" PRId64, told++ == 0 ? ":" : ",", name,
                        one->done, one->undone);
    }
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sim_effects effects;
    struct tally tally;
    char all[SIM_FIGURE_TEXT], undone[SIM_FIGURE_TEXT];

    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    sim_effects_init(&effects, evidence, &params->of);
    count(&effects, &tally);
    if (tally.wrong > 0)
        tell_wrong(evidence, &effects, &tally, verdict);
    else if (tally.pairs == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED, "no effect was told");
    else
        sim_verdict_say(verdict, effects.hidden > 0 ? SIM_UNDECIDED : SIM_HOLDS,
                        "%s effects, none of them twice; %s were undone",
                        sim_figure_count(all, tally.pairs), sim_figure_count(undone, tally.undone));
    sim_effects_add_hidden(&effects, verdict);
    sim_effects_finish(&effects);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_effects_cannot(plan, &params->of, text);
}

const struct sim_checker sim_exactly_once_checker = {
    .about = {
        .name = "exactly_once",
        .summary = "no effect was had twice, or undone without being had: retries do no harm",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .source = "Helland, Idempotence Is Not a Medical Condition, ACM Queue 10(4), 2012",
    },
    .judge = judge,
};
