/* recovers.c - once a fault is over, every client gets an ok answer in time.
 *
 * Only operations that were invoked after the fault count: an answer to an older one says nothing
 * about the system as it is now. Windows of a label that overlap are one. A client that asked and
 * got no ok answer in time, or that still waits for an answer from before, shows that the system
 * did not recover; one that asked nothing shows nothing. A client that was killed, or stopped for
 * good, is nobody to be answered. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/mem.h"

struct params {
    uint32_t clients;
    const char *after;
    sim_time within;
};

static const struct sim_field params_fields[] = {
    SIM_GROUP(struct params, clients, NULL, "the group of clients that have to be answered"),
    SIM_LABEL(struct params, after, NULL,
              "the fault after whose end the time counts, each time that it ends; cut[2] is its "
              "second time"),
    SIM_DURATION(struct params, within, NULL, "1ns", NULL,
                 "by when each client has an ok answer to an operation invoked after that end"),
    { 0 },
};

/* What the history shows of one client after one window. */
struct client {
    sim_time answered; /* when it had its first ok answer; SIM_TIME_NEVER: not in time */
    bool asked;
    bool waits; /* for an answer to something older, all the time */
};

/* One time between a window's end and the end of the wait for recovery. */
struct chance {
    const struct sim_evidence *evidence;
    uint32_t group; /* of the clients */
    const char *label;
    sim_time closed, deadline;
    sim_time again; /* when the label's next window opened */
    struct client *clients;
    uint32_t first, count; /* nodes */
    uint32_t gone;         /* of them: for good */
};

/* What is known over all windows. */
struct tally {
    uint32_t recovered; /* windows after which all clients were */
    sim_time slowest;
    bool broken, undecided;
};

static void look_after(struct chance *chance)
{
    const struct sim_history *history = sim_recorder_history(chance->evidence->recorder);
    size_t count = sim_history_count(history);

    for (size_t i = sim_history_since(history, chance->closed); i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        struct client *client;

        if (entry->invoked > chance->deadline)
            return;
        if (entry->node < chance->first || entry->node - chance->first >= chance->count)
            continue;
        client = &chance->clients[entry->node - chance->first];
        client->asked = true;
        if (entry->status == SIM_OK && entry->completed <= chance->deadline &&
            entry->completed < client->answered)
            client->answered = entry->completed;
    }
}

static void look_before(struct chance *chance)
{
    const struct sim_history *history = sim_recorder_history(chance->evidence->recorder);
    size_t count = sim_history_since(history, chance->closed);

    for (size_t i = 0; i < count; i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);

        if (entry->node >= chance->first && entry->node - chance->first < chance->count &&
            entry->completed > chance->deadline)
            chance->clients[entry->node - chance->first].waits = true;
    }
}

/* Counts the clients that failed (they asked or wait, without an answer in time) and those that
 * asked nothing; WORST is the first of the failed, else of the idle. */
static void count_clients(const struct chance *chance, uint32_t *failed, uint32_t *idle,
                          uint32_t *worst, sim_time *slowest)
{
    uint32_t first_idle = 0;

    *failed = *idle = *worst = 0;
    for (uint32_t i = 0; i < chance->count; i++) {
        const struct client *client = &chance->clients[i];

        if (sim_verdict_is_gone(chance->evidence, chance->first + i))
            continue;
        if (client->answered != SIM_TIME_NEVER) {
            if (client->answered - chance->closed > *slowest)
                *slowest = client->answered - chance->closed;
        } else if (client->asked || client->waits) {
            if ((*failed)++ == 0)
                *worst = i;
        } else if ((*idle)++ == 0) {
            first_idle = i;
        }
    }
    if (*failed == 0)
        *worst = first_idle;
}

/* Says STATUS unless something at least as bad was said before. */
static bool is_news(struct tally *tally, enum sim_verdict_status status)
{
    bool news = status == SIM_BROKEN ? !tally->broken : !tally->broken && !tally->undecided;

    if (status == SIM_BROKEN)
        tally->broken = true;
    else
        tally->undecided = true;
    return news;
}

/* The clients that had no answer had less than their time: why, or NULL. */
static const char *cut_short(const struct chance *chance, char text[SIM_VERDICT_STOP])
{
    char time[SIM_TIME_TEXT], stop[SIM_VERDICT_STOP];

    if (chance->again < chance->deadline && chance->again <= chance->evidence->ended) {
        snprintf(text, SIM_VERDICT_STOP, "it began again at %s",
                 sim_time_text(time, chance->again));
        return text;
    }
    if (chance->evidence->ended >= chance->deadline)
        return NULL;
    if (sim_verdict_stop(chance->evidence, stop) != NULL)
        snprintf(text, SIM_VERDICT_STOP, "%s", stop);
    else
        snprintf(text, SIM_VERDICT_STOP, "the run ended at %s",
                 sim_time_text(time, chance->evidence->ended));
    return text;
}

static void say_failed(const struct chance *chance, uint32_t failed, uint32_t worst,
                       sim_time within, struct sim_verdict *verdict)
{
    char name[64], closed[SIM_TIME_TEXT], time[SIM_TIME_TEXT];

    sim_verdict_say(
        verdict, SIM_BROKEN,
        "%u of %u clients had no ok answer within %s after %.64s ended at %s: %s %s", failed,
        chance->count - chance->gone, sim_time_text(time, within), chance->label,
        sim_time_text(closed, chance->closed),
        sim_names_text(sim_recorder_names(chance->evidence->recorder), chance->first + worst, name),
        chance->clients[worst].asked ? "asked in vain" : "still waits");
    sim_verdict_add_stuck(verdict, chance->evidence, chance->group);
}

static void say_unknown(const struct chance *chance, uint32_t missing, uint32_t worst,
                        const char *why, struct sim_verdict *verdict)
{
    char name[64], closed[SIM_TIME_TEXT];

    sim_names_text(sim_recorder_names(chance->evidence->recorder), chance->first + worst, name);
    sim_time_text(closed, chance->closed);
    if (why != NULL)
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "after %.64s ended at %s %s; %u of %u clients had no ok answer until then: "
                        "%s",
                        chance->label, closed, why, missing, chance->count - chance->gone, name);
    else
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "after %.64s ended at %s %u of %u clients asked nothing in time: %s",
                        chance->label, closed, missing, chance->count - chance->gone, name);
}

static void judge_chance(struct chance *chance, sim_time within, struct tally *tally,
                         struct sim_verdict *verdict)
{
    uint32_t failed, idle, worst;
    char text[SIM_VERDICT_STOP];
    const char *why;

    for (uint32_t i = 0; i < chance->count; i++)
        chance->clients[i] = (struct client){ .answered = SIM_TIME_NEVER };
    look_after(chance);
    count_clients(chance, &failed, &idle, &worst, &tally->slowest);
    if (idle > 0) {
        look_before(chance);
        count_clients(chance, &failed, &idle, &worst, &tally->slowest);
    }
    if (failed + idle == 0) {
        tally->recovered++;
        return;
    }
    why = cut_short(chance, text);
    if (failed > 0 && why == NULL) {
        if (is_news(tally, SIM_BROKEN))
            say_failed(chance, failed, worst, within, verdict);
    } else if (is_news(tally, SIM_UNDECIDED)) {
        say_unknown(chance, failed + idle, worst, why, verdict);
        if (failed > 0)
            sim_verdict_add_stuck(verdict, chance->evidence, chance->group);
    }
}

static void judge_spans(const struct params *params, struct chance *chance,
                        const struct sim_span *spans, size_t count, struct sim_verdict *verdict)
{
    struct tally tally = { 0 };
    char time[SIM_FIGURE_TEXT], from[SIM_TIME_TEXT], most[SIM_TIME_TEXT], stop[SIM_VERDICT_STOP];

    for (size_t i = 0; i < count; i++) {
        if (spans[i].to == SIM_TIME_NEVER) {
            if (!is_news(&tally, SIM_UNDECIDED))
                continue;
            if (sim_verdict_stop(chance->evidence, stop) == NULL)
                snprintf(stop, sizeof(stop), "the run ended at %s",
                         sim_time_text(most, chance->evidence->ended));
            sim_verdict_say(verdict, SIM_UNDECIDED, "%.64s, begun at %s, was still on when %s",
                            params->after, sim_time_text(from, spans[i].from), stop);
            continue;
        }
        chance->closed = spans[i].to;
        chance->deadline = spans[i].to + params->within;
        chance->again = i + 1 < count ? spans[i + 1].from : SIM_TIME_NEVER;
        judge_chance(chance, params->within, &tally, verdict);
    }
    if (tally.broken)
        sim_verdict_measured(verdict, "", SIM_MEASURED_NEVER, 0, params->within);
    if (tally.broken || tally.undecided)
        return;
    sim_verdict_say(verdict, SIM_HOLDS,
                    "all %u clients%s had an ok answer %s after %.64s (within %s)",
                    chance->count - chance->gone, chance->gone > 0 ? " that are left" : "",
                    sim_figure_time_beside(time, tally.slowest, params->within), params->after,
                    sim_time_text(most, params->within));
    sim_verdict_measured(verdict, "", tally.slowest, 0, params->within);
    if (tally.recovered > 1)
        sim_verdict_add(verdict, ", the slowest of %u times", tally.recovered);
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;

    return sim_verdict_nobody(plan, params->clients, SIM_VERDICT_ANY, text);
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct chance chance = { .evidence = evidence,
                             .group = params->clients,
                             .label = params->after };
    struct sim_span *spans;
    size_t count;

    if (sim_verdict_lacks(verdict, evidence, params->after))
        return;
    chance.first = sim_recorder_names(evidence->recorder)->first[params->clients];
    chance.count = evidence->plan->groups[params->clients].count;
    for (uint32_t i = 0; i < chance.count; i++)
        chance.gone += sim_verdict_is_gone(evidence, chance.first + i);
    if (chance.gone == chance.count) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "no client is left: all are killed or halted");
        return;
    }
    chance.clients = sim_alloc_array(chance.count, sizeof(*chance.clients));
    spans = sim_recorder_spans(evidence->recorder, params->after, &count);
    judge_spans(params, &chance, spans, count, verdict);
    sim_free(spans);
    sim_free(chance.clients);
}

const struct sim_checker sim_recovers_checker = {
    .about = {
        .name = "recovers",
        .summary = "after the fault each client has an ok answer to a new operation in time",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
        .figure = &sim_verdict_duration,
    },
    .judge = judge,
};
