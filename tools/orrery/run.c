/* run.c - runs a scenario once and tells what happened. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "tools/orrery/output_file.h"
#include "tools/orrery/over_run.h"
#include "tools/orrery/report.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/state.h"

#include <string.h>

/* What a run writes beside its report. */
struct outputs {
    FILE *trace_file, *history_file, *faults_file;
    struct sim_trace *trace;
    struct sim_trace_filter filter;
    bool filtered;
};

/* The run as a scenario: of the faults, or of all decisions; NULL: not asked for. */
static const char *written_path(const struct options *options)
{
    return options->write_decisions ? options->write_decisions : options->write_faults;
}

static const char *written_option(const struct options *options)
{
    return options->write_decisions ? "--write-decisions" : "--write-faults";
}

/* Opened last: compared with the others by name as well as by file. */
static int open_faults(struct outputs *outputs, const struct options *options)
{
    const char *const others[] = { options->trace, options->history };
    const char *path = written_path(options);

    for (size_t i = 0; path && i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i] && (output_file_is(path, others[i]) || strcmp(path, others[i]) == 0))
            return usage_error("%s: '%s' is written by another option, too",
                               written_option(options), path);
    }
    if (path && !(outputs->faults_file = output_file_open(path)))
        return EXIT_USAGE;
    return -1;
}

static int open_trace(struct outputs *outputs, const struct options *options,
                      const struct sim_plan *plan)
{
    char text[SIM_TRACE_TEXT];
    unsigned kind = 0;

    outputs->trace =
        sim_trace_create(plan, outputs->trace_file, outputs->filtered ? &outputs->filter : NULL);
    if (!options->trace_clocks)
        return -1;
    while (kind < SIM_TRACE_CLOCK_KINDS &&
           strcmp(sim_trace_clock_names[kind], options->trace_clocks) != 0)
        kind++;
    if (kind == SIM_TRACE_CLOCK_KINDS)
        return usage_error("--trace-clocks is lamport, vector or hybrid, not '%s'",
                           options->trace_clocks);
    const char *wrong = sim_trace_add_clocks(outputs->trace, (enum sim_trace_clock)kind, text);
    return wrong ? usage_error("--trace-clocks: %s", wrong) : -1;
}

static int open_outputs(struct outputs *outputs, const struct options *options,
                        const struct sim_plan *plan)
{
    char text[SIM_TRACE_TEXT];

    if (output_file_refuse(options, "--trace", options->trace) >= 0 ||
        output_file_refuse(options, "--history", options->history) >= 0 ||
        output_file_refuse(options, written_option(options), written_path(options)) >= 0)
        return EXIT_USAGE;
    if (options->trace_filter) {
        const char *wrong =
            sim_trace_filter_parse(&outputs->filter, plan, options->trace_filter, text);

        if (wrong)
            return usage_error("--trace-filter: %s", wrong);
        outputs->filtered = true;
    }
    if (!options->trace && options->trace_filter)
        return usage_error("--trace-filter needs --trace FILE");
    if (!options->trace && options->trace_clocks)
        return usage_error("--trace-clocks needs --trace FILE");
    if (options->trace && !(outputs->trace_file = output_file_open(options->trace)))
        return EXIT_USAGE;
    /* compared when the trace's file is there, for two names may be one that does not exist yet */
    if (options->trace && options->history &&
        (output_file_is(options->trace, options->history) ||
         (strcmp(options->trace, "-") == 0 && strcmp(options->history, "-") == 0)))
        return usage_error("--trace and --history are one file: '%s'", options->history);
    if (options->history && !(outputs->history_file = output_file_open(options->history)))
        return EXIT_USAGE;
    if (options->trace && open_trace(outputs, options, plan) >= 0)
        return EXIT_USAGE;
    return open_faults(outputs, options);
}

static enum exit_code close_trace(struct outputs *outputs, const struct options *options)
{
    const char *wrong = NULL;
    enum exit_code code = EXIT_HOLDS;

    if (outputs->trace) {
        sim_trace_flush(outputs->trace);
        wrong = sim_trace_error(outputs->trace);
        const char *unmatched = sim_trace_unmatched(outputs->trace);
        if (unmatched)
            fprintf(stderr, "orrery: warning: nothing in the trace is called '%s'\n", unmatched);
        sim_trace_destroy(outputs->trace);
    }
    if (outputs->trace_file)
        code = output_file_close(outputs->trace_file, options->trace, wrong);
    if (outputs->filtered)
        sim_trace_filter_finish(&outputs->filter);
    return code;
}

/* RUN: finished, or NULL if there was none. */
static enum exit_code close_history(const struct outputs *outputs, const struct options *options,
                                    const struct finished_run *run)
{
    const char *wrong = NULL;

    if (!outputs->history_file)
        return EXIT_HOLDS;
    if (run)
        wrong = sim_history_write(sim_recorder_history(run->recorder), run->plan,
                                  outputs->history_file);
    return output_file_close(outputs->history_file, options->history, wrong);
}

/* False if it is too long. */
static bool write_scenario(const struct options *options, const struct finished_run *run,
                           FILE *file)
{
    size_t count;
    const struct sim_struck *struck = sim_recorder_struck(run->recorder, &count);

    fputs(options->write_decisions ? OUTPUT_FILE_DECISIONS : OUTPUT_FILE_FAULTS, file);
    if (options->write_decisions) {
        const struct sim_decisions decisions = sim_recorder_decisions(run->recorder);

        return sim_scenario_print_decisions(run->scenario, run->plan, &decisions, file);
    }
    return sim_scenario_print_struck(run->scenario, run->plan, struck, count, file);
}

/* As with the history. */
static enum exit_code close_faults(const struct outputs *outputs, const struct options *options,
                                   const struct finished_run *run)
{
    const char *wrong = NULL;

    if (!outputs->faults_file)
        return EXIT_HOLDS;
    if (run) {
        if (!write_scenario(options, run, outputs->faults_file))
            wrong = "there was more than a scenario can hold";
        else if (ferror(outputs->faults_file))
            wrong = "it could not be written";
    }
    enum exit_code code = output_file_close(outputs->faults_file, written_path(options), wrong);
    if (wrong && outputs->faults_file == stdout)
        code = (enum exit_code)usage_error("%s: %s", written_option(options), wrong);
    return code;
}

/* What is told of each expectation: of this run or, where it speaks of many and SEEDS has these, of
 * them. Returns how many. */
static size_t list_verdicts(const struct finished_run *run, const struct over_run *seeds,
                            struct report_verdict *verdicts)
{
    size_t count = run->judged_count;

    for (size_t i = 0; i < count; i++) {
        const struct sim_expectation *expectation = run->judged[i].expectation;

        verdicts[i] = (struct report_verdict){ .checker = expectation->checker->name,
                                               .expectation = expectation->text,
                                               .verdict = run->judged[i].verdict };
        if (seeds && expectation->over) {
            verdicts[i].over = &seeds->results[i];
            verdicts[i].verdict.status = seeds->results[i].status;
            verdicts[i].again = over_run_repeat(seeds, &seeds->results[i]);
        }
    }
    if (!seeds || !seeds->broken)
        return count;
    verdicts[count].checker = "invariants";
    verdicts[count].expectation = "invariants (judged in every run)";
    verdicts[count].verdict.status = SIM_BROKEN;
    snprintf(verdicts[count].verdict.text, SIM_VERDICT_TEXT, "%s", seeds->broken);
    return count + 1;
}

/* The calls of all groups. For sim_free. */
static struct report_route *list_routes(const struct finished_run *run, size_t *count)
{
    struct report_route *routes;
    size_t capacity = 0;

    *count = 0;
    for (uint32_t g = 0; g < run->plan->group_count; g++)
        capacity += sim_world_routes(run->world, g);
    routes = sim_alloc_array(capacity, sizeof(*routes));
    for (uint32_t g = 0; g < run->plan->group_count; g++)
        for (uint32_t r = 0; r < sim_world_routes(run->world, g); r++) {
            const struct sim_chain_plan *chains = run->plan->groups[g].chains;
            struct report_route *route = &routes[(*count)++];

            *route = (struct report_route){ .group = g, .filtered = chains && chains[r].count > 0 };
            route->name = sim_world_route(run->world, g, r, &route->stats);
        }
    return routes;
}

/* SEEDS: what many runs came to, or NULL. */
static enum exit_code show(const struct finished_run *run, const struct over_run *seeds,
                           const struct options *options, const char *again)
{
    struct sim_group_stats *stats = sim_alloc_array(run->plan->group_count, sizeof(*stats));
    struct report_verdict *verdicts = sim_alloc_array(run->judged_count + 1, sizeof(*verdicts));
    size_t verdict_count = list_verdicts(run, seeds, verdicts);
    uint64_t *set_off = sim_alloc_array(run->plan->fault_count, sizeof(*set_off));
    size_t route_count;
    struct report_route *routes = list_routes(run, &route_count);
    enum exit_code code = EXIT_HOLDS;

    for (uint32_t i = 0; i < run->plan->fault_count; i++)
        set_off[i] = sim_world_fault_set_off(run->world, i);
    for (uint32_t g = 0; g < run->plan->group_count; g++)
        stats[g] = *sim_world_group_stats(run->world, g);
    struct report report = {
        .scenario = run->plan->name,
        .file = options->path,
        .about = run->plan->about,
        .variant = options->variant,
        .seed = run->plan->seed,
        .plan = run->plan,
        .recorder = run->recorder,
        .verdicts = verdicts,
        .verdict_count = verdict_count,
        .stats = stats,
        .routes = routes,
        .route_count = route_count,
        .set_off = set_off,
        .coverage = &run->coverage,
        .end = run->end,
        .limit = sim_world_limit(run->world),
        .ended = sim_world_time(run->world),
        .events = sim_world_events(run->world),
        .digest = run->digest,
        .repeat = again,
    };
    if (options->json && report_print_json(&report, stdout) != NULL)
        code = EXIT_USAGE;
    else if (!options->json && !options->quiet)
        report_print(&report, stdout, use_colour(stdout));
    sim_free(stats);
    sim_free(routes);
    sim_free(set_off);
    for (size_t i = 0; i < verdict_count; i++)
        sim_free(verdicts[i].again);
    sim_free(verdicts);
    return code;
}

/* The nodes at the end, instead of the report; what can be said of expectations then is not
 * asked. */
static enum exit_code show_state(const struct finished_run *run, const struct options *options,
                                 const char *again)
{
    struct state_report report = {
        .plan = run->plan,
        .world = run->world,
        .recorder = run->recorder,
        .file = options->path,
        .repeat = again,
        .end = run->end,
    };

    if (options->json)
        state_print_json(&report, stdout);
    else if (!options->quiet)
        state_print(&report, stdout);
    if (run->end == SIM_END_LIMIT)
        return EXIT_USAGE;
    return run->end == SIM_END_VIOLATED ? EXIT_VIOLATED : EXIT_HOLDS;
}

/* The run itself, with all that it writes; SEEDS as for show. */
static enum exit_code run_once(const struct options *options, struct sim_scenario *scenario,
                               struct outputs *outputs, const struct over_run *seeds)
{
    struct finished_run run;
    char *again = repeat_line(options, sim_scenario_plan(scenario)->seed);

    runner_on_death(again);
    runner_run_until(&run, scenario, outputs->trace,
                     options->has_until ? options->until : SIM_TIME_NEVER,
                     !outputs->faults_file      ? KEEP_FIGURES
                     : options->write_decisions ? KEEP_DECISIONS
                                                : KEEP_STRUCK);
    enum exit_code code = seeds ? worse(runner_code_of_one(&run), seeds->code) : run.code;

    code = worse(options->state ? EXIT_HOLDS : code, close_trace(outputs, options));
    if (run.end == SIM_END_LIMIT)
        fprintf(stderr, "orrery: the run was ended by the limit of %s\n",
                sim_world_limit(run.world));
    code = worse(code, close_history(outputs, options, &run));
    code = worse(code, close_faults(outputs, options, &run));
    code = worse(code, options->state ? show_state(&run, options, again)
                                      : show(&run, seeds, options, again));
    runner_on_death(NULL);
    runner_finish(&run);
    sim_free(again);
    return code;
}

/* Who names a seed, or looks at a part of the run, wants that run: everything is judged in it. */
static enum exit_code run_opened(const struct options *options, struct sim_scenario *scenario,
                                 struct outputs *outputs)
{
    struct options shown = *options;
    struct over_run *seeds;
    enum exit_code code;
    int wrong;

    if (options->has_seed || options->has_branch_at || options->has_until || options->state ||
        !over_run_is_wanted(scenario))
        return run_once(options, scenario, outputs, NULL);
    shown.own_seeds = true;
    seeds = sim_alloc(sizeof(*seeds));
    wrong = over_run_make(seeds, options, scenario);
    code = wrong >= 0 ? (enum exit_code)wrong : run_once(&shown, scenario, outputs, seeds);
    over_run_finish(seeds);
    sim_free(seeds);
    return code;
}

static enum exit_code run_scenario(const struct options *options, struct sim_scenario *scenario)
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    struct outputs outputs = { 0 };
    char duration[SIM_TIME_TEXT];

    if (options->has_until && options->until > plan->duration)
        return (enum exit_code)usage_error("--until: the run ends at %s",
                                           sim_time_text(duration, plan->duration));
    if (options->write_faults && options->write_decisions)
        return (enum exit_code)usage_error("--write-decisions writes the faults, too");
    if (options->has_until && written_path(options))
        return (enum exit_code)usage_error("%s needs the whole run, without --until",
                                           written_option(options));
    if (options->has_branch_at && written_path(options))
        return (enum exit_code)usage_error("%s: a scenario cannot say that it branches",
                                           written_option(options));
    int wrong = open_outputs(&outputs, options, plan);

    if (wrong >= 0) {
        close_trace(&outputs, options);
        close_history(&outputs, options, NULL);
        close_faults(&outputs, options, NULL);
        return (enum exit_code)wrong;
    }
    return run_opened(options, scenario, &outputs);
}

static enum exit_code print_effective(const struct options *options, struct sim_scenario *scenario)
{
    (void)options;
    sim_scenario_print_effective(scenario, stdout);
    return EXIT_HOLDS;
}

static int run(int argc, char **argv)
{
    static const char *const allowed[] = { "seed",
                                           "set",
                                           "overlay",
                                           "variant",
                                           "fails-with",
                                           "json",
                                           "quiet",
                                           "error-format",
                                           "trace",
                                           "trace-filter",
                                           "history",
                                           "print-effective",
                                           "write-faults",
                                           "until",
                                           "state",
                                           "jobs",
                                           "branch-at",
                                           "branch-seed",
                                           "trace-clocks",
                                           "write-decisions",
                                           NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &run_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error(
            "run needs a scenario file, as in: run scenarios/consensus/leader-cut-off.yaml");
    if (done < 0)
        done = options_run(&options, options.print_effective ? print_effective : run_scenario);
    options_finish(&options);
    return done;
}

const struct command run_command = {
    .name = "run",
    .summary = "run a scenario and judge it",
    .usage =
        "FILE [OPTIONS]\n\n"
        "  --seed N             the seed (else the scenario's `seed:`, else 1), and that one "
        "alone:\n"
        "                       expectations with `over:` are judged in it, too\n"
        "  -j, --jobs N         so many of the runs at a time that `over:` asks for; else one for\n"
        "                       each processor\n"
        "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
        "  --overlay FILE       lay another file over it\n"
        "  --variant NAME       a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with         with the overrides of its 'fails_with:'\n"
        "  --trace FILE         write everything that happens, a JSON object a line\n"
        "  --trace-filter SPEC  only some of it: kind=append,vote;node=store-2;from=1s;to=2s\n"
        "  --trace-clocks KIND  stamp each event with a logical clock of its node: lamport, "
        "vector\n"
        "                       (exactly what happened before what) or hybrid\n"
        "  --history FILE       write the clients' operations, a JSON object a line\n"
        "  --write-faults FILE  write the scenario with its faults as they struck, a list of\n"
        "                       explicit times, nodes and lengths, which runs the same\n"
        "  --write-decisions FILE\n"
        "                       the same with all that was left to luck: the clients' operations,\n"
        "                       what became of each message, what models drew\n"
        "  --until TIME         end the run there: what could still change is undecided\n"
        "  --state              every node's state, clocks and timers at the end, not the report\n"
        "  --branch-at TIME     from then on the luck (load, faults, network, models) is that of\n"
        "  --branch-seed N      seed N; up to there nothing changes\n"
        "  --print-effective    print the scenario after includes and overrides; do not run\n"
        "  --json               the result as one JSON object\n"
        "  --error-format=json  errors as JSON\n"
        "  --quiet              only the exit code\n"
        "\nFILE may be - for standard input. A run that reaches a limit (limits.events, ...) ends\n"
        "with 2, whatever its verdicts say: raise the limit, as in --set limits.events=1000000.\n",
    .run = run,
};
