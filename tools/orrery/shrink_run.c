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
    return judged->verdict.status == SIM_HOLDS &&
           (judged->expectation->is_violated ||
            judged->expectation->checker == &sim_violation_checker.about);
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

/* The same with all that was left to luck. */
static char *write_decisions(const struct finished_run *run)
{
    const struct sim_decisions decisions = sim_recorder_decisions(run->recorder);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool whole;

    if (file == NULL)
        return NULL;
    whole = sim_scenario_print_decisions(run->scenario, run->plan, &decisions, file);
    if (fclose(file) == 0 && whole)
        return text;
    free(text);
    return NULL;
}

static bool fails_so(const struct finished_run *run, const struct shrink_order *order)
{
    for (size_t i = 0; i < run->judged_count; i++) {
        const struct judged *judged = &run->judged[i];
        const bool expected = is_expected(judged);

        if ((judged->verdict.status == SIM_BROKEN || expected) &&
            expected == (order->expected != 0) &&
            strcmp(judged->expectation->checker->name, order->checker) == 0 &&
            strcmp(outcome_kind(run, judged), order->kind) == 0)
            return true;
    }
    return false;
}

static void tell(const struct finished_run *run, const struct shrink_order *order, uint64_t tries,
                 struct bytes *answer)
{
    char *written = NULL;

    bytes_put_number(answer, tries);
    bytes_put_number(answer, sim_world_events(run->world));
    bytes_put_number(answer, sim_history_count(sim_recorder_history(run->recorder)));
    bytes_put_number(answer, sim_world_nodes(run->world));
    bytes_put_text(answer, run->digest);
    write_failures(answer, run);
    if (order->want == SHRINK_STRUCK)
        written = write_down(run);
    if (order->want == SHRINK_OPERATIONS)
        written = shrink_write_operations(run);
    if (order->want == SHRINK_DECISIONS)
        written = write_decisions(run);
    bytes_put_text(answer, written);
    free(written);
}

/* Whether SCENARIO, which leaves no luck to a seed of its own, leaves none to any: RUN is the same
 * under other seeds. */
static bool is_repeatable(struct sim_scenario *scenario, const struct finished_run *run)
{
    const uint64_t seed = sim_plan_seed(sim_scenario_plan(scenario));
    bool same = true;

    for (uint64_t i = 0; same && i < SHRINK_OTHER_SEEDS; i++) {
        struct finished_run other;

        sim_scenario_set_seed(scenario, SHRINK_OTHER_SEED + i);
        runner_run_until(&other, scenario, NULL, SIM_TIME_NEVER, KEEP_FIGURES);
        same = strcmp(other.digest, run->digest) == 0;
        runner_finish(&other);
    }
    sim_scenario_set_seed(scenario, seed);
    return same;
}

void shrink_run_text(struct sim_scenario *base, const char *text, size_t length,
                     const struct shrink_order *order, struct bytes *answer)
{
    struct sim_catalogue all = catalogue();
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *parsed =
        text ? sim_scenario_parse(&all, "shrunk.yaml", text, length, NULL, diagnostics) : NULL;
    struct sim_scenario *scenario = text ? parsed : base;
    struct finished_run run;
    uint64_t luck = 0;
    bool counts;

    sim_diagnostics_destroy(diagnostics);
    if (scenario == NULL) {
        bytes_put_number(answer, false);
        return;
    }
    sim_scenario_limit_events(scenario, order->events_most);
    if (order->seed != 0)
        sim_scenario_set_seed(scenario, order->seed);
    runner_run_until(&run, scenario, NULL, SIM_TIME_NEVER,
                     order->want == SHRINK_STRUCK      ? KEEP_STRUCK
                     : order->want == SHRINK_DECISIONS ? KEEP_DECISIONS
                                                       : KEEP_FIGURES);
    while (luck < order->lucks && !fails_so(&run, order)) {
        runner_finish(&run);
        sim_scenario_set_luck(scenario, ++luck);
        runner_run_until(&run, scenario, NULL, SIM_TIME_NEVER, KEEP_FIGURES);
    }
    counts = text == NULL || sim_scenario_plan(scenario)->luck.has_seed || !fails_so(&run, order) ||
             is_repeatable(scenario, &run);
    bytes_put_number(answer, counts);
    if (counts)
        tell(&run, order, luck + 1, answer);
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
    run->tries = bytes_number(answer);
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
