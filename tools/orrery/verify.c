/* verify.c - runs a scenario twice and looks whether it is the same run. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "sim/observe/output.h"
#include "tools/orrery/divergence.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"
#include "tools/orrery/traced.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What is compared of two runs. */
struct outcome {
    char digest[SIM_DIGEST_TEXT];
    uint64_t events;
    sim_time ended;
    size_t verdict_count;
    struct sim_verdict *verdicts;
    bool limited;
};

static void run_once(struct outcome *outcome, const struct sim_scenario *scenario)
{
    struct finished_run run;

    runner_run(&run, scenario, NULL);
    memcpy(outcome->digest, run.digest, sizeof(outcome->digest));
    outcome->events = sim_world_events(run.world);
    outcome->ended = sim_world_time(run.world);
    outcome->limited = run.end == SIM_END_LIMIT;
    outcome->verdict_count = run.judged_count;
    outcome->verdicts = sim_alloc_array(run.judged_count, sizeof(*outcome->verdicts));
    for (size_t i = 0; i < run.judged_count; i++)
        outcome->verdicts[i] = run.judged[i].verdict;
    runner_finish(&run);
}

/* NULL, or what is another in B than in A. */
static const char *difference(const struct outcome *a, const struct outcome *b)
{
    if (strcmp(a->digest, b->digest) != 0)
        return "digest";
    if (a->events != b->events)
        return "number of events";
    if (a->ended != b->ended)
        return "end";
    if (a->verdict_count != b->verdict_count)
        return "number of verdicts";
    for (size_t i = 0; i < a->verdict_count; i++) {
        if (a->verdicts[i].status != b->verdicts[i].status ||
            strcmp(a->verdicts[i].text, b->verdicts[i].text) != 0)
            return "verdict";
    }
    return NULL;
}

/* Two more runs, whose traces tell where they part. */
static bool find_divergence(struct divergence *divergence, const struct sim_scenario *scenario)
{
    struct traced runs[2];

    if (!traced_start(&runs[0], scenario, NULL, false))
        return false;
    if (!traced_start(&runs[1], scenario, NULL, true)) {
        traced_finish(&runs[0]);
        return false;
    }
    divergence_find(divergence, runs[0].file, runs[1].file);
    traced_finish(&runs[0]);
    traced_finish(&runs[1]);
    return true;
}

static void print_json(const struct options *options, const struct sim_plan *plan,
                       const struct outcome outcomes[2], const char *other,
                       const struct divergence *divergence)
{
    struct sim_output output;

    sim_output_init(&output, stdout);
    sim_output_text(&output, "{\"scenario\":");
    sim_output_string(&output, plan->name);
    sim_output_text(&output, ",\"file\":");
    sim_output_string(&output, options->path);
    sim_output_text(&output, ",\"seed\":");
    sim_output_natural(&output, plan->seed);
    sim_output_text(&output, ",\"same\":");
    sim_output_text(&output, other ? "false" : "true");
    sim_output_text(&output, ",\"digests\":[");
    sim_output_string(&output, outcomes[0].digest);
    sim_output_text(&output, ",");
    sim_output_string(&output, outcomes[1].digest);
    sim_output_text(&output, "],\"events\":");
    sim_output_natural(&output, outcomes[0].events);
    if (other) {
        sim_output_text(&output, ",\"differs\":");
        sim_output_string(&output, other);
    }
    sim_output_flush(&output);
    sim_output_finish(&output);
    if (divergence) {
        fputs(",\"divergence\":{", stdout);
        divergence_print_json(divergence, stdout);
        fputc('}', stdout);
    }
    fputs("}\n", stdout);
}

static void print_text(const struct outcome outcomes[2], const char *other,
                       const struct divergence *divergence)
{
    static const char *const names[] = { "in a run that is its process's first",
                                         "in a run that is its process's second" };
    char events[SIM_FIGURE_TEXT];

    if (!other) {
        printf("the same  two runs of %s events, %zu verdict%s\ndigest    %s\n",
               sim_figure_count(events, outcomes[0].events), outcomes[0].verdict_count,
               outcomes[0].verdict_count == 1 ? "" : "s", outcomes[0].digest);
        return;
    }
    printf("DIFFERENT two runs of one scenario and seed: the %s\ndigests   %s\n          %s\n\n",
           other, outcomes[0].digest, outcomes[1].digest);
    if (!divergence)
        return;
    divergence_print(divergence, names, stdout);
    if (!divergence->found)
        fputs("what differs is no part of a trace, or needs what traced runs lack\n", stdout);
}

static enum exit_code verify_scenario(const struct options *options, struct sim_scenario *scenario)
{
    struct outcome outcomes[2];
    struct divergence divergence = { 0 };
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    char *again = repeat_line(options, plan->seed);
    bool traced = false;

    runner_on_death(again);
    run_once(&outcomes[0], scenario);
    run_once(&outcomes[1], scenario);
    const char *other = difference(&outcomes[0], &outcomes[1]);
    if (other && !(traced = find_divergence(&divergence, scenario)))
        fprintf(stderr, "orrery: cannot trace the runs: %s\n", strerror(errno));
    runner_on_death(NULL);
    if (options->json)
        print_json(options, plan, outcomes, other, traced ? &divergence : NULL);
    else if (!options->quiet)
        print_text(outcomes, other, traced ? &divergence : NULL);
    if (outcomes[0].limited)
        fputs("orrery: the runs were ended by a limit; up to there they were compared\n", stderr);
    divergence_finish(&divergence);
    sim_free(outcomes[0].verdicts);
    sim_free(outcomes[1].verdicts);
    sim_free(again);
    if (other)
        return EXIT_INTERNAL;
    return outcomes[0].limited ? EXIT_USAGE : EXIT_HOLDS;
}

static int verify(int argc, char **argv)
{
    static const char *const allowed[] = { "seed", "set",   "overlay",      "variant", "fails-with",
                                           "json", "quiet", "error-format", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &verify_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error(
            "verify needs a scenario file, as in: verify scenarios/consensus/leader-cut-off.yaml");
    if (done < 0)
        done = options_run(&options, verify_scenario);
    options_finish(&options);
    return done;
}

const struct command verify_command = {
    .name = "verify",
    .summary = "run a scenario twice and compare the runs",
    .usage =
        "FILE [OPTIONS]\n\n"
        "  --seed N             the seed (else the scenario's `seed:`, else 1)\n"
        "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
        "  --overlay FILE       lay another file over it\n"
        "  --variant NAME       a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with         with the overrides of its 'fails_with:'\n"
        "  --json               the result as one JSON object\n"
        "  --error-format=json  errors as JSON\n"
        "  --quiet              only the exit code\n"
        "\nCompares digest, number of events, end and verdicts. If anything differs it runs twice "
        "more,\n"
        "with traces, and shows the first event that is not the same in both, what came before it\n"
        "and what caused it. A difference is a fault of Orrery or of a model: the exit code is 4.\n"
        "Whether expectations hold makes no difference here.\n",
    .run = verify,
};
