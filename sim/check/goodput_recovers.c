/* goodput_recovers.c - what a service gets done comes back once the trigger is gone, and stays.
 *
 * A metastable failure outlasts what set it off: the load is as before, and yet retries, cold
 * caches or queues of work that nobody waits for any more keep the service from doing it (Bronson
 * et al., HotOS 2021). That each client has an answer now and then (`recovers`) does not show it,
 * nor does an average over the whole run. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <stdio.h>

struct params {
    uint32_t clients;
    const char *after;
    sim_time from, to, within, every;
    double at_least;
    int64_t op;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients whose ok answers are goodput"),
    SIM_LABEL(struct params, after, SIM_OPTIONAL,
              "the fault that is the trigger: from when it first began until it ended last"),
    SIM_DURATION(struct params, from, "0", "0", NULL,
                 "when the trigger began, if it is no fault but a wave of load, say"),
    SIM_DURATION(struct params, to, "0", "0", NULL, "when that one ended"),
    SIM_DURATION(struct params, within, NULL, "0", NULL,
                 "so long after its end goodput is back, and stays; a multiple of `every`"),
    SIM_SHARE(struct params, at_least, NULL, "of the goodput before the trigger"),
    SIM_DURATION(struct params, every, "1s", "1us", NULL,
                 "it is counted in intervals of this length"),
    SIM_CHOICE(struct params, op, "any", sim_verdict_operations, "only operations of this kind"),
    { 0 },
};

/* When clients had ok answers, sorted. */
struct answers {
    sim_time *times;
    size_t count, capacity;
};

static int compare_times(const void *left, const void *right)
{
    const sim_time a = *(const sim_time *)left, b = *(const sim_time *)right;

    return (a > b) - (a < b);
}

static void find_answers(const struct sim_evidence *evidence, const struct params *params,
                         struct answers *answers)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    const uint32_t first = sim_recorder_names(evidence->recorder)->first[params->clients];
    const uint32_t nodes = evidence->plan->groups[params->clients].count;
    const int kind = sim_verdict_kind(params->op);

    *answers = (struct answers){ 0 };
    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        if (entry->node < first || entry->node - first >= nodes ||
            entry->completed == SIM_TIME_NEVER || entry->status != SIM_OK ||
            (kind >= 0 && entry->operation.kind != kind))
            continue;
        answers->times = sim_grow(answers->times, &answers->capacity, answers->count + 1,
                                  sizeof(*answers->times));
        answers->times[answers->count++] = entry->completed;
    }
    sim_sort(answers->times, answers->count, sizeof(*answers->times), compare_times);
}

/* The first answer at T or later. */
static size_t first_since(const struct answers *answers, sim_time t)
{
    size_t low = 0, high = answers->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (answers->times[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t count_between(const struct answers *answers, sim_time from, sim_time to)
{
    return first_since(answers, to) - first_since(answers, from);
}

struct recovery {
    sim_time from, to;         /* the trigger */
    sim_time span;             /* before it, without the warm-up */
    uint64_t before, last;     /* answers in that; in the last poor interval */
    sim_time count, recovered; /* intervals; when the last poor one was over, after the end */
};

static bool is_poor(const struct recovery *recovery, const struct params *params, uint64_t answers)
{
    const sim_wide billion = 1000000000;

    return (sim_wide)answers * (uint64_t)recovery->span * billion <
           (sim_wide)sim_figure_billionths(params->at_least) * recovery->before *
               (uint64_t)params->every;
}

/* Looks from the end for the last poor interval. Each that is not poor has an answer, so however
 * short they are it does not take longer than the history. */
static void find_recovery(const struct sim_evidence *evidence, const struct params *params,
                          const struct answers *answers, struct recovery *recovery)
{
    const sim_time warmup = evidence->plan->warmup;

    recovery->span = recovery->from > warmup ? recovery->from - warmup : 0;
    if (recovery->span > 0)
        recovery->before = count_between(answers, warmup, recovery->from);
    if (recovery->to < evidence->ended)
        recovery->count = (evidence->ended - recovery->to) / params->every;
    for (sim_time i = recovery->count; recovery->before > 0 && i > 0; i--) {
        const sim_time start = recovery->to + (i - 1) * params->every;

        recovery->last = count_between(answers, start, start + params->every);
        if (is_poor(recovery, params, recovery->last)) {
            recovery->recovered = i * params->every;
            return;
        }
    }
}

/* -- the verdict ------------------------------------------------------------------------------- */

static void say_broken(const struct params *params, const struct recovery *recovery,
                       struct sim_verdict *verdict)
{
    char share[SIM_FIGURE_TEXT], before[SIM_FIGURE_TEXT], now[SIM_FIGURE_TEXT];
    char ended[SIM_TIME_TEXT], within[SIM_TIME_TEXT], time[SIM_TIME_TEXT];
    const sim_time end = recovery->to + recovery->recovered;

    sim_figure_share_bound(share, params->at_least);
    sim_figure_rate(before, recovery->before, recovery->span, false);
    sim_figure_rate(now, recovery->last, params->every, false);
    sim_time_text(ended, recovery->to);
    sim_time_text(within, params->within);
    if (recovery->recovered == recovery->count * params->every)
        sim_verdict_say(verdict, SIM_BROKEN,
                        "goodput did not come back to %s of %s (within %s): it was %s at the end, "
                        "%s after the trigger was gone at %s",
                        share, before, within, now, sim_time_text(time, recovery->recovered),
                        ended);
    else
        sim_verdict_say(verdict, SIM_BROKEN,
                        "goodput was below %s of %s until %s, and only %s just before; the trigger "
                        "was gone at %s (within %s)",
                        share, before, sim_time_text(time, end), now, ended, within);
    sim_verdict_measured(verdict, "",
                         recovery->recovered == recovery->count * params->every
                             ? SIM_MEASURED_NEVER
                             : recovery->recovered,
                         0, params->within);
}

static void say_holds(const struct params *params, const struct recovery *recovery,
                      struct sim_verdict *verdict)
{
    char share[SIM_FIGURE_TEXT], before[SIM_FIGURE_TEXT];
    char ended[SIM_TIME_TEXT], within[SIM_TIME_TEXT], time[SIM_TIME_TEXT];

    sim_verdict_say(verdict, SIM_HOLDS,
                    "goodput was back at %s of %s %s after the trigger was gone at %s (within %s), "
                    "and stayed",
                    sim_figure_share_bound(share, params->at_least),
                    sim_figure_rate(before, recovery->before, recovery->span, false),
                    sim_time_text(time, recovery->recovered), sim_time_text(ended, recovery->to),
                    sim_time_text(within, params->within));
    sim_verdict_measured(verdict, "", recovery->recovered, 0, params->within);
}

static void judge_recovery(const struct sim_evidence *evidence, const struct params *params,
                           struct recovery *recovery, struct sim_verdict *verdict)
{
    struct answers answers;
    char from[SIM_TIME_TEXT], ended[SIM_TIME_TEXT];

    find_answers(evidence, params, &answers);
    find_recovery(evidence, params, &answers, recovery);
    sim_free(answers.times);
    if (recovery->before == 0)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "nothing was answered ok before the trigger at %s to compare with",
                        sim_time_text(from, recovery->from));
    else if (recovery->recovered > params->within)
        say_broken(params, recovery, verdict);
    else if (recovery->count * params->every <= params->within)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "the run ended at %s, too early to see whether goodput stays",
                        sim_time_text(ended, evidence->ended));
    else
        say_holds(params, recovery, verdict);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct recovery recovery = { .from = params->from, .to = params->to };
    struct sim_span *spans;
    size_t count;

    if (sim_verdict_lacks(verdict, evidence, params->after))
        return;
    if (params->after != NULL) {
        spans = sim_recorder_spans(evidence->recorder, params->after, &count);
        recovery.from = spans[0].from;
        recovery.to = spans[count - 1].to;
        sim_free(spans);
    }
    if (recovery.to == SIM_TIME_NEVER)
        sim_verdict_say(verdict, SIM_UNDECIDED, "%.64s has not ended", params->after);
    else
        judge_recovery(evidence, params, &recovery, verdict);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const char *blamed = NULL;

    if (params->after == NULL && params->to <= params->from) {
        snprintf(text, SIM_CHECK_TEXT,
                 "no trigger is given: expected 'after', a fault, or 'from' and, later, 'to'");
        blamed = "";
    } else if (params->after != NULL && (params->to != 0 || params->from != 0)) {
        snprintf(text, SIM_CHECK_TEXT, "the trigger is 'after' already");
        blamed = params->to != 0 ? "to" : "from";
    } else if (params->within % params->every != 0) {
        snprintf(text, SIM_CHECK_TEXT, "is no multiple of 'every'");
        blamed = "within";
    } else if (sim_figure_billionths(params->at_least) == 0) {
        snprintf(text, SIM_CHECK_TEXT, "expects nothing");
        blamed = "at_least";
    } else {
        blamed = sim_verdict_nobody(plan, params->clients, params->op, text);
    }
    return blamed;
}

const struct sim_checker sim_goodput_recovers_checker = {
    .about = {
        .name = "goodput_recovers",
        .summary = "once the trigger is gone, the rate of ok answers comes back, and stays",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_duration,
        .source = "Bronson, Aghayev, Charapko and Zhu, Metastable Failures in Distributed "
                  "Systems, HotOS 2021",
    },
    .judge = judge,
};
