/* sweep.c - one scenario under many seeds: which expectations fail, how often, and under which. */
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"

#include <string.h>

enum { STATUSES = SIM_UNDECIDED + 1, SEEDS_SHOWN_MAX = 20 };

struct tally { /* of one expectation */
    const char *text;
    uint64_t count[STATUSES], first[STATUSES]; /* the smallest seed of each status */
};

struct swept {
    uint64_t seed;
    enum exit_code code;
    bool is[STATUSES]; /* some verdict has this status */
    bool limited;
    char digest[SIM_DIGEST_TEXT];
};

struct sweep {
    const struct options *options;
    uint64_t first, last, done;
    struct tally *tallies;
    size_t tally_count;
    struct swept *runs;
    enum exit_code code;
    const char *name;
    char limit[96]; /* of the first run that reached one */
};

static void count_run(struct sweep *sweep, const struct finished_run *run, uint64_t seed)
{
    struct swept *swept = &sweep->runs[sweep->done++];

    swept->seed = seed;
    swept->code = run->code;
    memcpy(swept->digest, run->digest, sizeof(swept->digest));
    sweep->code = worse(sweep->code, run->code);
    swept->limited = run->end == SIM_END_LIMIT;
    if (swept->limited && !*sweep->limit)
        snprintf(sweep->limit, sizeof(sweep->limit), "%s", sim_world_limit(run->world));
    for (size_t i = 0; i < run->judged_count; i++) {
        struct tally *tally = &sweep->tallies[i];
        enum sim_verdict_status status = run->judged[i].verdict.status;

        if (i == sweep->tally_count) { /* an invariant that the scenario did not ask for */
            tally->text = run->judged[i].expectation->text;
            sweep->tally_count++;
        }

        swept->is[status] = true;
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

    sweep->name = sim_scenario_plan(scenario)->name;
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

/* -- as text ----------------------------------------------------------------------------------- */

static bool violates(const struct swept *swept)
{
    return swept->is[SIM_BROKEN];
}

static bool leaves_undecided(const struct swept *swept)
{
    return swept->is[SIM_UNDECIDED];
}

static bool is_limited(const struct swept *swept)
{
    return swept->limited;
}

/* "violated    3 seeds: 4, 17, 21"; nothing if there are none. */
static void print_seeds(const struct sweep *sweep, const char *what,
                        bool (*belongs)(const struct swept *swept))
{
    uint64_t count = 0;
    char *line = sim_copy_text(""), *longer;

    for (uint64_t i = 0; i < sweep->done; i++) {
        if (!belongs(&sweep->runs[i]) || count++ >= SEEDS_SHOWN_MAX)
            continue;
        longer = sim_format("%s%s %llu", line, count == 1 ? "" : ",",
                            (unsigned long long)sweep->runs[i].seed);
        sim_free(line);
        line = longer;
    }
    if (count > SEEDS_SHOWN_MAX)
        longer = sim_format("%llu seeds:%s and %llu more", (unsigned long long)count, line,
                            (unsigned long long)count - SEEDS_SHOWN_MAX);
    else
        longer =
            sim_format("%llu seed%s:%s", (unsigned long long)count, count == 1 ? "" : "s", line);
    if (count > 0) {
        printf("%-10s  ", what);
        shown_wrap(stdout, longer, 12, 12);
        putchar('\n');
    }
    sim_free(line);
    sim_free(longer);
}

static void print_tally(const struct tally *tally)
{
    char first[24] = "-";
    enum sim_verdict_status worst = tally->count[SIM_BROKEN] ? SIM_BROKEN : SIM_UNDECIDED;

    if (tally->count[worst])
        snprintf(first, sizeof(first), "%llu", (unsigned long long)tally->first[worst]);
    int used = printf("  %9llu %9llu %9llu %9s  ", (unsigned long long)tally->count[SIM_HOLDS],
                      (unsigned long long)tally->count[SIM_BROKEN],
                      (unsigned long long)tally->count[SIM_UNDECIDED], first);
    shown_wrap(stdout, tally->text, (size_t)used, (size_t)used);
    putchar('\n');
}

/* Of the worst kind that there is: a seed that leaves something undecided does not fail. */
static void print_again(const struct sweep *sweep)
{
    static const struct {
        const char *what;
        bool (*belongs)(const struct swept *swept);
    } kinds[] = { { "first failing seed", violates },
                  { "first seed that reached a limit,", is_limited },
                  { "first undecided seed", leaves_undecided } };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
        for (uint64_t i = 0; i < sweep->done; i++) {
            if (!kinds[k].belongs(&sweep->runs[i]))
                continue;
            char *again = repeat_line(sweep->options, sweep->runs[i].seed);
            printf("\n%s %llu, again with\n  %s\n", kinds[k].what,
                   (unsigned long long)sweep->runs[i].seed, again);
            sim_free(again);
            return;
        }
    }
    printf("no seed fails\n");
}

static void print_text(const struct sweep *sweep)
{
    char *heading = sim_format("%s, seeds %llu..%llu", sweep->options->path,
                               (unsigned long long)sweep->first, (unsigned long long)sweep->last);

    shown_wrap(stdout, heading, 0, 2);
    sim_free(heading);
    printf("\n\n  %9s %9s %9s %9s\n", "holds", "violated", "undecided", "first");
    for (size_t i = 0; i < sweep->tally_count; i++)
        print_tally(&sweep->tallies[i]);
    putchar('\n');
    print_seeds(sweep, "violated", violates);
    print_seeds(sweep, "undecided", leaves_undecided);
    print_seeds(sweep, "limited", is_limited);
    if (*sweep->limit)
        printf("            by the limit of %s\n", sweep->limit);
    print_again(sweep);
}

/* -- as JSON ----------------------------------------------------------------------------------- */

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
    sim_output_string(&out, sweep->name);
    sim_output_text(&out, ",\"file\":");
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
        sim_output_text(&out, sweep->runs[i].limited ? ",\"limited\":true" : ",\"limited\":false");
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
    .summary = "run a scenario under many seeds, and name those that break an expectation",
    .usage = "FILE --seeds A..B [OPTIONS]\n\n"
             "  --seeds A..B        the seeds, both included; --seeds 5 is one seed\n"
             "  --set PATH=VALUE    override one value, as in nodes.store.count=7\n"
             "  --overlay FILE      lay another file over it\n"
             "  --variant NAME      a variant of the scenario, or a cell of its matrix\n"
             "  --fails-with        with the overrides of its 'fails_with:'\n"
             "  --json              one object, with the digest of every seed\n"
             "  --quiet             only the exit code\n"
             "\nNames up to 20 seeds that violate an expectation, leave one undecided, or reach a\n"
             "limit; --json has all. The exit code is that of the worst seed.\n",
    .run = sweep,
};
