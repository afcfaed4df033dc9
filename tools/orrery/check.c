#include "tools/orrery/command.h"

/* Every variant and the overrides of `fails_with:` are loaded too: a scenario is right when all of
 * them are. */
static enum exit_code check_all(struct options *options)
{
    struct sim_scenario *scenario;
    size_t count = 0;

    options->every_variant = true;
    scenario = load_scenario(options);
    if (!scenario)
        return EXIT_USAGE;
    if (options->print_effective)
        sim_scenario_print_effective(scenario, stdout);
    if (!options->variant && !options->fails_with) {
        const char *const *variants = sim_scenario_variants(scenario);

        while (variants && variants[count])
            count++;
    }
    if (!options->quiet && !options->print_effective) {
        size_t expectations;

        sim_scenario_expectations(scenario, &expectations);
        printf("%s: good (%u groups, %u faults, %zu expectations, %zu variants)\n", options->path,
               sim_scenario_plan(scenario)->group_count, sim_scenario_plan(scenario)->fault_count,
               expectations, count);
    }
    sim_scenario_destroy(scenario);
    return EXIT_HOLDS;
}

static int check(int argc, char **argv)
{
    static const char *const allowed[] = { "set",   "overlay",      "variant",         "fails-with",
                                           "quiet", "error-format", "print-effective", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &check_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error("check needs a scenario file");
    if (done < 0)
        done = (int)check_all(&options);
    options_finish(&options);
    return done;
}

const struct command check_command = {
    .name = "check",
    .summary = "check a scenario file, its variants too, without running it",
    .usage = "FILE [OPTIONS]\n\n"
             "  --set PATH=VALUE     override one value, as in nodes.store.count=7\n"
             "  --overlay FILE       lay another file over it\n"
             "  --variant NAME       only this variant\n"
             "  --fails-with         with the overrides of its 'fails_with:'\n"
             "  --print-effective    print the scenario after includes, overrides and defaults\n"
             "  --error-format=json  errors as JSON\n"
             "  --quiet              say nothing if it is good\n"
             "\nFILE may be - for standard input.\n",
    .run = check,
};
