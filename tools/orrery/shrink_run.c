/* shrink_run.c - a candidate as a worker runs it, and what it says of it. */
#define _POSIX_C_SOURCE 200809L
#include "sim/check/checkers.h"
#include "tools/orrery/outcome.h"
#include "tools/orrery/shrink.h"

#include <stdlib.h>
#include <string.h>

/* The last that has to do with what JUDGED says: a violation of an invariant, or the end of the
 * operations that contradict each other. */
static sim_time certain_at(const struct finished_run *run, const struct judged *judged)
{
    const struct sim_history *history = sim_recorder_history(run->recorder);
    const struct sim_violation_record *violations;
    size_t count = sim_recorder_violations(run->recorder, &violations);
    sim_time last = -1;

    if (judged->verdict.culprit_count == 0)
        return count > 0 ? violations[0].time : sim_world_time(run->world);
    for (size_t i = 0; i < sim_history_count(history); i++) {
        const struct sim_history_entry *entry = sim_history_entry(history, i);
        sim_time end = entry->completed == SIM_TIME_NEVER ? entry->invoked : entry->completed;

        for (uint32_t k = 0; k < judged->verdict.culprit_count; k++)
            if (judged->verdict.culprits[k] == entry->invoked_at && end > last)
                last = end;
    }
    return last;
}

static void write_failure(struct bytes *bytes, const struct finished_run *run,
                          const struct judged *judged, bool expected)
{
    bytes_put_text(bytes, judged->expectation->checker->name);
    bytes_put_text(bytes, outcome_kind(run, judged));
    bytes_put_text(bytes, judged->expectation->text);
    bytes_put_text(bytes, judged->verdict.text);
    bytes_put_number(bytes, expected);
    bytes_put_number(bytes, (uint64_t)certain_at(run, judged));
}

/* That something breaks may be what a scenario is there to show. */
static bool is_expected(const struct judged *judged)
{
    return judged->expectation->checker == &sim_violation_checker.about &&
           judged->verdict.status == SIM_HOLDS;
}

static void write_failures(struct bytes *bytes, const struct finished_run *run)
{
    uint64_t count = 0;

    for (size_t i = 0; i < run->judged_count; i++)
        count += run->judged[i].verdict.status == SIM_BROKEN || is_expected(&run->judged[i]);
    bytes_put_number(bytes, count);
    for (size_t i = 0; i < run->judged_count; i++)
        if (run->judged[i].verdict.status == SIM_BROKEN)
            write_failure(bytes, run, &run->judged[i], false);
    for (size_t i = 0; i < run->judged_count; i++)
        if (is_expected(&run->judged[i]))
            write_failure(bytes, run, &run->judged[i], true);
}

/* The run's scenario with its faults as they struck; NULL: they are too many for one. */
static char *write_down(const struct finished_run *run)
{
    char *text = NULL;
    size_t size = 0, count;
    const struct sim_struck *struck = sim_recorder_struck(run->recorder, &count);
    FILE *file = open_memstream(&text, &size);
    bool whole;

    if (file == NULL)
        return NULL;
    whole = sim_scenario_print_struck(run->scenario, run->plan, struck, count, file);
    if (fclose(file) == 0 && whole)
        return text;
    free(text);
    return NULL;
}

void shrink_run_text(const struct sim_scenario *base, const char *text, size_t length,
                     uint64_t events_most, struct bytes *answer)
{
    struct sim_catalogue all = catalogue();
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *parsed =
        text ? sim_scenario_parse(&all, "shrunk.yaml", text, length, NULL, diagnostics) : NULL;
    struct finished_run run;

    sim_diagnostics_destroy(diagnostics);
    bytes_put_number(answer, text == NULL || parsed != NULL);
    if (text != NULL && parsed == NULL)
        return;
    if (parsed != NULL)
        sim_scenario_limit_events(parsed, events_most);
    runner_run_until(&run, parsed ? parsed : base, NULL, SIM_TIME_NEVER, text == NULL);
    bytes_put_number(answer, sim_world_events(run.world));
    bytes_put_number(answer, sim_history_count(sim_recorder_history(run.recorder)));
    bytes_put_number(answer, sim_world_nodes(run.world));
    bytes_put_text(answer, run.digest);
    write_failures(answer, &run);
    char *written = text ? NULL : write_down(&run);
    bytes_put_text(answer, written);
    free(written);
    runner_finish(&run);
    sim_scenario_destroy(parsed);
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool shrink_read_run(struct shrink *shrink, struct bytes_reader *answer,
                     struct shrink_target *target, struct shrink_run *run, const char **written)
{
    bool found = false, loads = bytes_number(answer) != 0;

    if (!loads)
        return false;
    run->events = bytes_number(answer);
    run->operations = bytes_number(answer);
    run->nodes = bytes_number(answer);
    const char *digest = bytes_text(answer);
    if (digest && strlen(digest) < sizeof(run->digest))
        memcpy(run->digest, digest, strlen(digest) + 1);
    for (uint64_t left = bytes_number(answer); left > 0 && !answer->wrong; left--) {
        struct shrink_target one = { 0 };
        sim_time when;

        one.checker = texts_keep(&shrink->texts, bytes_text(answer));
        one.kind = texts_keep(&shrink->texts, bytes_text(answer));
        one.expectation = texts_keep(&shrink->texts, bytes_text(answer));
        one.text = bytes_text(answer);
        one.expected = bytes_number(answer) != 0;
        when = (sim_time)bytes_number(answer);
        if (found || (target->checker &&
                      !(is_same(one.checker, target->checker) && is_same(one.kind, target->kind) &&
                        one.expected == target->expected)))
            continue;
        found = true;
        run->when = when;
        one.text = texts_keep(&shrink->texts, one.text);
        if (!target->checker)
            *target = one;
    }
    *written = bytes_text(answer);
    return found && !answer->wrong;
}
