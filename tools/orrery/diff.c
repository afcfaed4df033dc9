/* diff.c - where two runs, or two traces, part. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/divergence.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/traced.h"

#include <errno.h>
#include <string.h>

/* One of the two: a file, or a run. */
struct side {
    struct options options; /* of a run; its lists belong to the command's options */
    char *name;
    struct sim_scenario *scenario; /* NULL: a file */
    struct traced run;
    FILE *file;
};

static bool is_trace(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".json") == 0);
}

/* The options of the second run: the first's, but for those that begin with `with`. */
static struct options second_options(const struct options *options, const char ***sets)
{
    struct options second = *options;
    size_t count = options->set_count + options->with.set_count;

    if (options->other)
        second.path = options->other;
    if (options->with.has_seed) {
        second.has_seed = true;
        second.seed = options->with.seed;
    }
    if (options->with.variant)
        second.variant = options->with.variant;
    second.fails_with = options->fails_with || options->with.fails_with;
    *sets = sim_alloc_array(count + 1, sizeof(**sets));
    for (size_t i = 0; i < count; i++)
        (*sets)[i] =
            i < options->set_count ? options->sets[i] : options->with.sets[i - options->set_count];
    second.sets = *sets;
    second.set_count = count;
    return second;
}

/* Returns -1, or an exit code. */
static int open_side(struct side *side, const char *filter)
{
    char text[SIM_TRACE_TEXT];

    if (is_trace(side->options.path)) {
        side->name = sim_copy_text(side->options.path);
        side->file = fopen(side->options.path, "r");
        return side->file
                   ? -1
                   : usage_error("cannot read '%s': %s", side->options.path, strerror(errno));
    }
    side->scenario = load_scenario(&side->options);
    if (!side->scenario)
        return EXIT_USAGE;
    const struct sim_plan *plan = sim_scenario_plan(side->scenario);
    side->name = repeat_line(&side->options, plan->seed);
    if (filter) {
        struct sim_trace_filter parsed;
        const char *wrong = sim_trace_filter_parse(&parsed, plan, filter, text);

        if (wrong)
            return usage_error("--trace-filter: %s", wrong);
        sim_trace_filter_finish(&parsed);
    }
    runner_on_death(side->name);
    bool started = traced_start(&side->run, side->scenario, filter, false);
    runner_on_death(NULL);
    if (!started)
        return usage_error("cannot start a run: %s", strerror(errno));
    side->file = side->run.file;
    return -1;
}

static enum exit_code close_side(struct side *side)
{
    enum exit_code code = EXIT_HOLDS;

    if (side->file && side->scenario)
        code = traced_finish(&side->run);
    else if (side->file)
        fclose(side->file);
    if (code == EXIT_USAGE)
        fprintf(stderr, "orrery: a limit ended this run:\n  %s\n", side->name);
    sim_scenario_destroy(side->scenario);
    sim_free(side->name);
    return code;
}

static void print_json(const struct side sides[2], const struct divergence *divergence)
{
    struct sim_output output;

    sim_output_init(&output, stdout);
    sim_output_text(&output, "{\"names\":[");
    sim_output_string(&output, sides[0].name);
    sim_output_text(&output, ",");
    sim_output_string(&output, sides[1].name);
    sim_output_text(&output, "],");
    sim_output_flush(&output);
    sim_output_finish(&output);
    divergence_print_json(divergence, stdout);
    fputs("}\n", stdout);
}

static int compare(const struct options *options)
{
    struct side sides[2] = { { .options = *options } };
    struct divergence divergence;
    const char **sets;

    sides[1].options = second_options(options, &sets);
    int done = open_side(&sides[0], options->trace_filter);
    if (done < 0)
        done = open_side(&sides[1], options->trace_filter);
    if (done < 0) {
        const char *const names[2] = { sides[0].name, sides[1].name };

        divergence_find(&divergence, sides[0].file, sides[1].file);
        done = divergence.found ? EXIT_VIOLATED : EXIT_HOLDS;
        if (divergence.error[0] != '\0')
            done = usage_error("%s", divergence.error);
        else if (options->json)
            print_json(sides, &divergence);
        else if (!options->quiet)
            divergence_print(&divergence, names, stdout);
        divergence_finish(&divergence);
    }
    for (int i = 0; i < 2; i++)
        done = (int)worse((enum exit_code)done, close_side(&sides[i]));
    sim_free(sets);
    return done;
}

static int diff(int argc, char **argv)
{
    static const char *const allowed[] = { "seed",
                                           "set",
                                           "overlay",
                                           "variant",
                                           "fails-with",
                                           "with-seed",
                                           "with-set",
                                           "with-variant",
                                           "with-fails-with",
                                           "trace-filter",
                                           "json",
                                           "quiet",
                                           "error-format",
                                           NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &diff_command, allowed);
    bool with = options.with.has_seed || options.with.set_count > 0 || options.with.variant ||
                options.with.fails_with;

    if (done < 0 && !options.path)
        done = usage_error("diff needs a scenario or two, or two traces, as in: diff "
                           "scenarios/consensus/leader-cut-off.yaml --seed 1 --with-seed 2");
    if (done < 0 && !options.other && (!with || is_trace(options.path)))
        done = usage_error("diff: nothing to compare '%s' with; name a second file, or what the "
                           "second run has (--with-seed, --with-variant, --with-set)",
                           options.path);
    if (done < 0 && options.other && strcmp(options.path, "-") == 0 &&
        strcmp(options.other, "-") == 0)
        done = usage_error("diff: only one of the two can be standard input");
    if (done < 0 && !options.other && strcmp(options.path, "-") == 0)
        done = usage_error("diff: standard input can be read once only; name a file");
    if (done < 0)
        done = compare(&options);
    options_finish(&options);
    return done;
}

const struct command diff_command = {
    .name = "diff",
    .summary = "show where two runs, or two traces, part",
    .usage = "FILE [FILE] [OPTIONS]\n\n"
             "  --seed N, --set PATH=VALUE, --overlay FILE, --variant NAME, --fails-with\n"
             "                       as for 'orrery run', of both runs\n"
             "  --with-seed N        the seed of the second run\n"
             "  --with-variant NAME  the variant of the second run\n"
             "  --with-set P=VALUE   override one more value in the second run\n"
             "  --with-fails-with    the second run with the overrides of 'fails_with:'\n"
             "  --trace-filter SPEC  compare only some of what happens: kind=note;node=store\n"
             "  --json               the result as one JSON object\n"
             "  --error-format=json  errors as JSON\n"
             "  --quiet              only the exit code\n"
             "\nA file that ends in .jsonl or .json is a trace (of 'orrery run --trace'), any "
             "other a scenario.\n"
             "Without a second file both runs are of the first. Shows the first event that is not "
             "the same,\n"
             "what came before it and what caused it; numbers of events are not compared. Exit "
             "codes: 0 no\n"
             "difference, 1 a difference.\n",
    .run = diff,
    .two_words = true,
};
