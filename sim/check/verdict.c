#include "sim/check/verdict.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BILLION = 1000000000 };

const char *const sim_verdict_status_names[] = { "holds", "violated", "undecided", NULL };

const char *const sim_verdict_operations[] = {
    [SIM_VERDICT_ANY] = "any",   [SIM_READ + 1] = "read",
    [SIM_WRITE + 1] = "write",   [SIM_CAS + 1] = "cas",
    [SIM_ADD + 1] = "add",       [SIM_APPEND + 1] = "append",
    [SIM_DELETE + 1] = "delete", [SIM_OPERATION_KINDS + 1] = NULL,
};

int sim_verdict_kind(int64_t choice)
{
    assert(choice >= 0);
    assert(choice <= SIM_OPERATION_KINDS);
    return (int)choice - 1;
}

bool sim_verdict_share(uint64_t good, uint64_t all, double least, double most)
{
    sim_wide share = (sim_wide)good * BILLION;

    return share >= (sim_wide)sim_figure_billionths(least) * all &&
           share <= (sim_wide)sim_figure_billionths(most) * all;
}

void sim_verdict_say(struct sim_verdict *verdict, enum sim_verdict_status status,
                     const char *format, ...)
{
    va_list arguments;

    verdict->status = status;
    verdict->measured_count = 0;
    va_start(arguments, format);
    vsnprintf(verdict->text, sizeof(verdict->text), format, arguments);
    va_end(arguments);
}

void sim_verdict_add(struct sim_verdict *verdict, const char *format, ...)
{
    size_t length = strlen(verdict->text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(verdict->text + length, sizeof(verdict->text) - length, format, arguments);
    va_end(arguments);
}

void sim_verdict_turn(struct sim_verdict *verdict, const char *name)
{
    static const char *const words[] = {
        [SIM_HOLDS] = "was not violated",
        [SIM_BROKEN] = "was violated, as expected",
        [SIM_UNDECIDED] = "is undecided",
    };
    static const enum sim_verdict_status turned[] = {
        [SIM_HOLDS] = SIM_BROKEN,
        [SIM_BROKEN] = SIM_HOLDS,
        [SIM_UNDECIDED] = SIM_UNDECIDED,
    };
    char text[SIM_VERDICT_TEXT];

    memcpy(text, verdict->text, sizeof(text));
    sim_verdict_say(verdict, turned[verdict->status], "%.64s %s: %.380s", name,
                    words[verdict->status], text);
}

const struct sim_field sim_verdict_duration = { .name = "duration", .type = SIM_FIELD_DURATION };
const struct sim_field sim_verdict_share_figure = { .name = "share", .type = SIM_FIELD_SHARE };
const struct sim_field sim_verdict_rate = { .name = "rate", .type = SIM_FIELD_RATE };

void sim_verdict_measured(struct sim_verdict *verdict, const char *name, int64_t value,
                          int64_t least, int64_t most)
{
    assert(verdict->measured_count < SIM_VERDICT_MEASURED);
    verdict->measured[verdict->measured_count++] =
        (struct sim_measured){ .name = name, .value = value, .least = least, .most = most };
}

void sim_verdict_measured_share(struct sim_verdict *verdict, uint64_t part, uint64_t whole,
                                double least, double most)
{
    sim_verdict_measured(verdict, "", (int64_t)((sim_wide)part * BILLION / whole),
                         sim_figure_billionths(least), sim_figure_billionths(most));
}

void sim_verdict_name(char text[SIM_CHECK_TEXT], const char *word)
{
    size_t length = strlen(text);

    snprintf(text + length, SIM_CHECK_TEXT - length, " %s", word);
}

static bool has_clients(const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->group_count; i++) {
        if (plan->groups[i].model->operations != NULL)
            return true;
    }
    return false;
}

const char *sim_verdict_nobody(const struct sim_plan *plan, uint32_t clients, int64_t op,
                               char text[SIM_CHECK_TEXT])
{
    const struct sim_group_plan *group;
    uint32_t kinds;

    if (plan == NULL)
        return NULL;
    if (clients == SIM_NO_GROUP) {
        snprintf(text, SIM_CHECK_TEXT,
                 "no group is one of clients: there are no operations to judge");
        return has_clients(plan) ? NULL : "";
    }
    group = &plan->groups[clients];
    if (group->model->operations == NULL) {
        snprintf(text, SIM_CHECK_TEXT,
                 "'%.40s' is no group of clients: its model '%.40s' has no operations", group->name,
                 group->model->name);
        return "clients";
    }
    kinds = group->model->operations(group->params);
    if (sim_verdict_kind(op) < 0 || (kinds >> sim_verdict_kind(op) & 1u) != 0)
        return NULL;
    snprintf(text, SIM_CHECK_TEXT, "'%.40s' has no such operations, but", group->name);
    for (int kind = 0; kind < SIM_OPERATION_KINDS; kind++) {
        if (kinds >> kind & 1u)
            sim_verdict_name(text, sim_operation_kind_names[kind]);
    }
    return "op";
}

bool sim_verdict_lacks(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       const char *label)
{
    struct sim_window window;
    char ended[SIM_TIME_TEXT];

    if (sim_history_is_full(sim_recorder_history(evidence->recorder))) {
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "the history is not whole: its limit was reached (limits.history)");
        return true;
    }
    if (label != NULL && !sim_recorder_window(evidence->recorder, label, 0, &window)) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "%.64s never began: its fault %s in %s", label,
                        sim_recorder_misses(evidence->recorder, label) ? "hit nobody"
                                                                       : "did not fire",
                        sim_time_text(ended, evidence->ended));
        return true;
    }
    return false;
}

bool sim_verdict_stirs(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       sim_time rest)
{
    const struct sim_history *history = sim_recorder_history(evidence->recorder);
    const size_t count = sim_history_count(history);
    const sim_time last = count > 0 ? sim_history_entry(history, count - 1)->invoked : 0;
    char time[SIM_TIME_TEXT], ended[SIM_TIME_TEXT], wanted[SIM_TIME_TEXT];

    if (evidence->ended - last >= rest)
        return false;
    sim_verdict_say(verdict, SIM_UNDECIDED,
                    "not at rest: the last operation was invoked at %s, less than %s before the "
                    "end at %s",
                    sim_time_text(time, last), sim_time_text(wanted, rest),
                    sim_time_text(ended, evidence->ended));
    return true;
}

const char *sim_verdict_stop(const struct sim_evidence *evidence, char text[SIM_VERDICT_STOP])
{
    const struct sim_violation_record *violations;
    char ended[SIM_TIME_TEXT];

    sim_time_text(ended, evidence->ended);
    if (sim_recorder_violations(evidence->recorder, &violations) > 0)
        snprintf(text, SIM_VERDICT_STOP, "the run stopped at %s: %.60s was violated", ended,
                 violations[0].invariant);
    else if (evidence->limit != NULL)
        snprintf(text, SIM_VERDICT_STOP, "the run stopped at %s: the limit of %.70s", ended,
                 evidence->limit);
    else
        return NULL;
    return text;
}

void sim_verdict_hedge(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                       const char *label)
{
    char stop[SIM_VERDICT_STOP], before[SIM_VERDICT_TEXT];
    struct sim_window window;

    if (verdict->status == SIM_UNDECIDED || sim_verdict_stop(evidence, stop) == NULL)
        return;
    if (label != NULL && strchr(label, '[') != NULL &&
        sim_recorder_window(evidence->recorder, label, 0, &window) && !window.open)
        return;
    memcpy(before, verdict->text, sizeof(before));
    sim_verdict_say(verdict, SIM_UNDECIDED, "%s; until then %.350s", stop, before);
}
