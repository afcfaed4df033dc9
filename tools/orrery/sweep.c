/* sweep.c - one scenario under many seeds: which expectations fail, how often, and the first seed
 * of each. */
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/runner.h"

#include <string.h>

enum { STATUSES = SIM_UNDECIDED + 1 };

struct tally { /* of one expectation */
    const char *text;
    uint64_t count[STATUSES], first[STATUSES]; /* the smallest seed of each status */
};

struct swept {
    uint64_t seed;
    enum exit_code code;
    char digest[SIM_DIGEST_TEXT];
};

struct sweep {
    const struct options *options;
    uint64_t first, last, done;
    struct tally *tallies;
    size_t tally_count;
    struct swept *runs;
    enum exit_code code;
    const char *limit; /* of the first run that reached one */
    uint64_t limit_seed;
};

static void count_run(struct sweep *sweep, const struct finished_run *run, uint64_t seed)
{
    struct swept *swept = &sweep->runs[sweep->done++];

    swept->seed = seed;
    swept->code = run->code;
    memcpy(swept->digest, run->digest, sizeof(swept->digest));
    sweep->code = worse(sweep->code, run->code);
    if (run->end == SIM_END_LIMIT && !sweep->limit) {
        sweep->limit = sim_world_limit(run->world);
        sweep->limit_seed = seed;
    }
    for (size_t i = 0; i < run->judged_count; i++) {
        struct tally *tally = &sweep->tallies[i];
        enum sim_verdict_status status = run->judged[i].verdict.status;

        if (i == sweep->tally_count) { /* an invariant that the scenario did not ask for */
            tally->text = run->judged[i].expectation->text;
            sweep->tally_count++;
        }

        if (tally->count[status]++ == 0)
            tally->first[status] = seed;
    }
}

static void progress(const struct sweep *sweep, bool terminal)
{
    if (terminal && sweep->done % 16 == 0)
        fprintf(stderr, "\r%llu of %llu seeds", (unsigned long long)sweep->done,
                (unsigned long long)(sweep->last - sweep->first + 1));
}

static void run_seeds(struct sweep *sweep, struct sim_scenario *scenario, bool terminal)
{
    const struct sim_expectation *expectations =
        sim_scenario_expectations(scenario, &sweep->tally_count);

    sweep->tallies = sim_alloc_array(sweep->tally_count + 1, sizeof(*sweep->tallies));
    sweep->runs = sim_alloc_array((size_t)(sweep->last - sweep->first + 1), sizeof(*sweep->runs));
    for (size_t i = 0; i < sweep->tally_count; i++)
        sweep->tallies[i].text = expectations[i].text;
    for (uint64_t n = 0; n <= sweep->last - sweep->first; n++) {
        uint64_t seed = sweep->first + n;
        struct finished_run run;
        char *again = repeat_line(sweep->options, seed);

        sim_scenario_set_seed(scenario, seed);
        runner_on_death(again);
        runner_run(&run, scenario, NULL);
        count_run(sweep, &run, seed);
        runner_finish(&run);
        runner_on_death(NULL);
        sim_free(again);
        progress(sweep, terminal);
    }
    if (terminal)
        fputs("\r\033[K", stderr);
}

static void print_text(const struct sweep *sweep)
{
    uint64_t failing = 0;
    bool fails = false;

    for (uint64_t i = 0; i < sweep->done; i++) {
        if (sweep->runs[i].code != EXIT_HOLDS && !fails) {
            fails = true;
            failing = sweep->runs[i].seed;
        }
    }
    printf("%s, seeds %llu..%llu\n\n", sweep->options->path, (unsigned long long)sweep->first,
           (unsigned long long)sweep->last);
    printf("  %9s %9s %9s %9s\n", "holds", "violated", "undecided", "first");
    for (size_t i = 0; i < sweep->tally_count; i++) {
        const struct tally *tally = &sweep->tallies[i];
        char first[24] = "-";
        enum sim_verdict_status worst = tally->count[SIM_BROKEN] ? SIM_BROKEN : SIM_UNDECIDED;

        if (tally->count[worst])
            snprintf(first, sizeof(first), "%llu", (unsigned long long)tally->first[worst]);
        printf("  %9llu %9llu %9llu %9s  %s\n", (unsigned long long)tally->count[SIM_HOLDS],
               (unsigned long long)tally->count[SIM_BROKEN],
               (unsigned long long)tally->count[SIM_UNDECIDED], first, tally->text);
    }
    if (sweep->limit)
        printf("\nseed %llu ran into %s\n", (unsigned long long)sweep->limit_seed, sweep->limit);
    if (fails) {
        char *again = repeat_line(sweep->options, failing);

        printf("\nfirst failing seed %llu, again with\n  %s\n", (unsigned long long)failing, again);
        sim_free(again);
    } else {
        printf("\nno seed fails\n");
    }
}

static void json_number(struct sim_output *out, const char *key, uint64_t value)
{
    sim_output_text(out, key);
    sim_output_natural(out, value);
}

static void print_json(const struct sweep *sweep)
{
    struct sim_output out;

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"scenario\":");
    sim_output_string(&out, sweep->options->path);
    json_number(&out, ",\"first\":", sweep->first);
    json_number(&out, ",\"last\":", sweep->last);
    sim_output_text(&out, ",\"verdicts\":[");
    for (size_t i = 0; i < sweep->tally_count; i++) {
        const struct tally *tally = &sweep->tallies[i];

        sim_output_text(&out, i == 0 ? "{\"expectation\":" : ",{\"expectation\":");
        sim_output_string(&out, tally->text);
        json_number(&out, ",\"holds\":", tally->count[SIM_HOLDS]);
        json_number(&out, ",\"violated\":", tally->count[SIM_BROKEN]);
        json_number(&out, ",\"undecided\":", tally->count[SIM_UNDECIDED]);
        if (tally->count[SIM_BROKEN])
            json_number(&out, ",\"first_violated\":", tally->first[SIM_BROKEN]);
        if (tally->count[SIM_UNDECIDED])
            json_number(&out, ",\"first_undecided\":", tally->first[SIM_UNDECIDED]);
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "],\"runs\":[");
    for (uint64_t i = 0; i < sweep->done; i++) {
        json_number(&out, i == 0 ? "{\"seed\":" : ",{\"seed\":", sweep->runs[i].seed);
        json_number(&out, ",\"exit\":", (uint64_t)sweep->runs[i].code);
        sim_output_text(&out, ",\"digest\":");
        sim_output_string(&out, sweep->runs[i].digest);
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

static int sweep_scenario(struct sweep *sweep)
{
    struct sim_scenario *scenario = load_scenario(sweep->options);

    if (!scenario)
        return EXIT_USAGE;
    run_seeds(sweep, scenario, use_colour(stderr));
    if (sweep->options->json)
        print_json(sweep);
    else if (!sweep->options->quiet)
        print_text(sweep);
    sim_free(sweep->tallies);
    sim_free(sweep->runs);
    sim_scenario_destroy(scenario);
    return (int)sweep->code;
}

static int sweep(int argc, char **argv)
{
    static const char *const allowed[] = { "seeds",   "set",          "overlay",
                                           "variant", "fails-with",   "json",
                                           "quiet",   "error-format", NULL };
    struct options options;
    struct sweep all = { .options = &options };
    int done = options_parse(&options, argc, argv, &sweep_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error("sweep needs a scenario file");
    if (done < 0 && !options.seeds)
        done = usage_error("sweep needs --seeds, as in --seeds 1..100");
    if (done < 0 &&
        (!parse_seeds(options.seeds, &all.first, &all.last) || all.last - all.first >= UINT32_MAX))
        done = usage_error("--seeds takes a range such as 1..100, not '%s'", options.seeds);
    if (done < 0)
        done = sweep_scenario(&all);
    options_finish(&options);
    return done;
}

const struct command sweep_command = {
    .name = "sweep",
    .summary = "run a scenario under many seeds",
    .usage = "FILE --seeds A..B [OPTIONS]\n\n"
             "  --seeds A..B        the seeds, both included; --seeds 5 is one seed\n"
             "  --set PATH=VALUE    override one value, as in nodes.store.count=7\n"
             "  --overlay FILE      lay another file over it\n"
             "  --variant NAME      a variant of the scenario, or a cell of its matrix\n"
             "  --fails-with        with the overrides of its 'fails_with:'\n"
             "  --json              one object, with the digest of every seed\n"
             "  --quiet             only the exit code\n",
    .run = sweep,
};
