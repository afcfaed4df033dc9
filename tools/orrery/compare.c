/* compare.c - several variants under the same seeds, side by side. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_text.h"
#include "tools/orrery/measured_watch.h"

#include <string.h>

static const uint64_t seeds_max = 1000000;
enum { VARIANTS_MAX = 64, DEFAULT_SEEDS = 20 };

struct comparing {
    struct options options;
    struct campaign campaign;
    struct sim_scenario *scenario; /* whose variants' names these are */
    struct measured_frame frame;
    const char *variants[VARIANTS_MAX];
    char *list; /* --variants, cut into words */
    size_t baseline;
};

static const char *const formats[] = { "table", "csv", "json", "markdown", NULL };

static int check_format(const struct options *options)
{
    const char *near;

    if (options->format && options->json)
        return usage_error("--json is --format json: not both");
    for (size_t i = 0; options->format && formats[i]; i++) {
        if (strcmp(options->format, formats[i]) == 0)
            return -1;
    }
    if (!options->format)
        return -1;
    near = sim_nearest(options->format, formats);
    return near
               ? usage_error("--format is table, csv, json or markdown, not '%s'; did you mean "
                             "'%s'?",
                             options->format, near)
               : usage_error("--format is table, csv, json or markdown, not '%s'", options->format);
}

static int read_options(struct comparing *comparing)
{
    const struct options *options = &comparing->options;
    struct campaign *campaign = &comparing->campaign;
    int done = check_format(options);

    if (done >= 0)
        return done;
    if (!options->path)
        return usage_error("compare needs a scenario file");
    if (strcmp(options->path, "-") == 0)
        return usage_error("compare reads the scenario again for each variant: from a file, not "
                           "from standard input");
    if (!options->seeds) {
        campaign->first = 1;
        campaign->last = DEFAULT_SEEDS;
    } else if (!parse_seeds(options->seeds, &campaign->first, &campaign->last) ||
               campaign->last - campaign->first >= seeds_max) {
        return usage_error("--seeds takes a range such as 1..100, not '%s'", options->seeds);
    }
    return options_jobs(options, &campaign->jobs);
}

static int add_variant(struct comparing *comparing, const char *name)
{
    struct campaign *campaign = &comparing->campaign;

    if (campaign->variant_count == VARIANTS_MAX)
        return usage_error("more than %d variants: choose some with --variants", VARIANTS_MAX);
    for (size_t i = 0; i < campaign->variant_count; i++) {
        const char *other = comparing->variants[i];

        if (name && other ? strcmp(name, other) == 0 : name == other)
            return usage_error("--variants: '%s' stands there twice", name ? name : "base");
    }
    comparing->variants[campaign->variant_count++] = name;
    return -1;
}

/* "a,b,base": those, in this order. */
static int read_list(struct comparing *comparing, const char *const *known)
{
    bool is_known_base = false;

    for (size_t i = 0; known[i]; i++)
        is_known_base |= strcmp(known[i], "base") == 0;
    comparing->list = sim_copy_text(comparing->options.variants);
    for (char *word = comparing->list; word;) {
        char *comma = strchr(word, ',');
        int done;

        if (comma)
            *comma = '\0';
        if (*word == '\0')
            return usage_error("--variants takes names such as a,b, not '%s'",
                               comparing->options.variants);
        done = add_variant(comparing, strcmp(word, "base") == 0 && !is_known_base ? NULL : word);
        if (done >= 0)
            return done;
        word = comma ? comma + 1 : NULL;
    }
    return -1;
}

/* All that the scenario has, the base first unless one of them is the base by another name; of a
 * matrix of the command line, the base alone. */
static int choose_variants(struct comparing *comparing, const struct sim_scenario *scenario)
{
    const char *const *known = sim_scenario_variants(scenario);
    int done = -1;

    if (comparing->options.variants)
        return read_list(comparing, known);
    if (comparing->options.matrix_count > 0)
        return -1;
    if (!known[0])
        return usage_error("the scenario has no variants to compare; --matrix KEY=A,B makes some");
    if (!sim_scenario_base(scenario))
        done = add_variant(comparing, NULL);
    for (size_t i = 0; done < 0 && known[i]; i++)
        done = add_variant(comparing, known[i]);
    return done;
}

static int find_baseline(struct comparing *comparing)
{
    const struct campaign *campaign = &comparing->campaign;
    const char *wanted = comparing->options.baseline, *near;
    const char **names;

    if (!wanted)
        return -1;
    names = sim_alloc_array(campaign->cell_count + 1, sizeof(*names));
    for (size_t i = 0; i < campaign->cell_count; i++) {
        names[i] = campaign->cells[i].name;
        if (strcmp(names[i], wanted) == 0) {
            comparing->baseline = i;
            sim_free(names);
            return -1;
        }
    }
    near = sim_nearest(wanted, names);
    if (near)
        usage_error("--baseline: '%s' is none of the variants that are compared; did you mean "
                    "'%s'?",
                    wanted, near);
    else
        usage_error("--baseline: '%s' is none of the variants that are compared", wanted);
    sim_free(names);
    return EXIT_USAGE;
}

static bool has_clients(const struct sim_plan *plan, const char *name)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (strcmp(plan->groups[g].name, name) == 0 && plan->groups[g].model->operations)
            return true;
    }
    return false;
}

/* A group of clients in every variant. */
static int check_clients(const struct comparing *comparing)
{
    const struct campaign *campaign = &comparing->campaign;
    const char *clients = comparing->options.clients;

    for (size_t i = 0; clients && i < campaign->cell_count; i++) {
        if (!has_clients(sim_scenario_plan(campaign->cells[i].scenario), clients))
            return usage_error("--clients: '%s' has no group '%s' that asks for operations",
                               campaign->cells[i].name, clients);
    }
    return -1;
}

static int load(struct comparing *comparing)
{
    struct campaign *campaign = &comparing->campaign;
    int done;

    comparing->scenario = load_scenario(&comparing->options);
    if (!comparing->scenario)
        return EXIT_USAGE;
    done = choose_variants(comparing, comparing->scenario);
    campaign->variants = comparing->variants;
    if (done < 0 && !campaign_load(campaign))
        done = EXIT_USAGE;
    if (done < 0 && campaign->cell_count < 2)
        done = usage_error("one variant has nothing to be compared with");
    if (done < 0)
        done = find_baseline(comparing);
    if (done < 0)
        done = check_clients(comparing);
    return done;
}

static void print(const struct comparing *comparing, const struct comparison *comparison)
{
    const struct options *options = &comparing->options;

    if (options->json || (options->format && strcmp(options->format, "json") == 0))
        compare_print_json(comparison, stdout);
    else if (options->format && strcmp(options->format, "csv") == 0)
        compare_print_csv(comparison, stdout);
    else
        compare_print(comparison, options->format && strcmp(options->format, "markdown") == 0,
                      stdout);
}

/* Deaths, limits and broken invariants; what a variant's clients see is no failure here, but what
 * is compared. */
static enum exit_code code_of(const struct campaign *campaign)
{
    enum exit_code code = campaign->end == CAMPAIGN_BROKEN ? EXIT_INTERNAL : EXIT_HOLDS;

    for (size_t i = 0; i < campaign->run_count; i++) {
        const struct outcome *outcome = campaign->outcomes[i];

        if (outcome->death) {
            char *again = campaign_repeat(campaign, outcome);

            fprintf(stderr, "orrery: seed %llu of %s died: %s; again with\n  %s\n",
                    (unsigned long long)outcome->seed, campaign->cells[outcome->cell].name,
                    outcome->death, again);
            sim_free(again);
            code = worse(code, EXIT_INTERNAL);
        } else if (outcome->limit) {
            code = worse(code, EXIT_USAGE);
        } else if (outcome->measures[MEASURED_STOPPED] > 0) {
            code = worse(code, EXIT_VIOLATED);
        }
    }
    return code;
}

static int compare_variants(struct comparing *comparing)
{
    struct campaign *campaign = &comparing->campaign;
    struct comparison comparison;
    enum exit_code code;

    measured_frame_init(&comparing->frame, campaign->cells[0].scenario, comparing->options.clients);
    for (size_t i = 1; i < campaign->cell_count; i++)
        measured_frame_add(&comparing->frame, campaign->cells[i].scenario);
    campaign->measuring = (struct measuring){ .measure = measured_make,
                                              .ask = measured_watch_ask,
                                              .context = &comparing->frame,
                                              .count = MEASURED_ALL,
                                              .memory = sizeof(struct measured_watch),
                                              .every = measured_every };
    campaign_run(campaign);
    code = code_of(campaign);
    if (campaign->run_count == 0) {
        fputs("orrery: no seed was run under all variants\n", stderr);
        return (int)worse(code, EXIT_UNDECIDED);
    }
    comparison_make(&comparison, campaign, &comparing->frame, comparing->baseline);
    if (!comparing->options.quiet)
        print(comparing, &comparison);
    comparison_finish(&comparison);
    return (int)code;
}

static int compare(int argc, char **argv)
{
    static const char *const allowed[] = { "seeds",        "jobs",       "variants", "matrix",
                                           "clients",      "baseline",   "format",   "set",
                                           "overlay",      "fails-with", "json",     "quiet",
                                           "error-format", NULL };
    struct comparing comparing = { 0 };
    int done;

    comparing.campaign.options = &comparing.options;
    done = options_parse(&comparing.options, argc, argv, &compare_command, allowed);
    if (done < 0)
        done = read_options(&comparing);
    if (done < 0)
        done = load(&comparing);
    if (done < 0)
        done = compare_variants(&comparing);
    campaign_finish(&comparing.campaign);
    sim_scenario_destroy(comparing.scenario);
    sim_free(comparing.list);
    options_finish(&comparing.options);
    return done;
}

const struct command compare_command = {
    .name = "compare",
    .summary = "run variants of a scenario under the same seeds, and say what each choice costs",
    .usage =
        "FILE [--seeds A..B] [OPTIONS]\n\n"
        "  --seeds A..B        the seeds, both included (else 1..20)\n"
        "  --variants A,B,C    these variants of the scenario, in this order; `base` is the\n"
        "                      scenario as it is (else all of them, the base first)\n"
        "  --matrix KEY=A,B    each variant under each of these values; several: all combinations\n"
        "  --baseline NAME     with which the others are compared (else the first)\n"
        "  --clients GROUP     what counts is what these clients asked (else what all did)\n"
        "  --format FORMAT     table (on 120 columns), csv, json or markdown\n"
        "  -j, --jobs N        so many runs at a time; else one for each processor\n"
        "  --set PATH=VALUE    override one value, of all variants\n"
        "  --overlay FILE      lay another file over it\n"
        "  --fails-with        with the overrides of its 'fails_with:'\n"
        "  --json              the same as --format json\n"
        "  --quiet             only the exit code\n"
        "\nEvery variant meets the same load, faults and luck under a seed (common random\n"
        "numbers), so they are compared seed by seed. Told is, of each: what was answered ok, in\n"
        "the calm, while a labelled fault was active (the cut), on each side of a partition;\n"
        "latency of answers and of errors; the strongest consistency that held under all seeds;\n"
        "stale reads and their age; acknowledged writes that were lost; conflicts; messages and\n"
        "bytes; of services goodput and when it is back, and the requests that were sent for "
        "each.\n"
        "Means come with 95 % intervals (Student's t), differences also with their effect\n"
        "size, the correlation that common luck achieved, and a mark where they may be noise.\n"
        "The CAP label and the Pareto front are measured; the table says by which rule.\n"
        "\nA variant that overrides nothing but `about`, `name` and `expect` is the base by a "
        "name\n"
        "of its own. `about` says in the table what a variant is. Violated expectations are\n"
        "counted, and no failure: exit code 0, or 1 if an invariant was broken, 2 for a limit, 4 "
        "if a run died.\n",
    .run = compare,
};
