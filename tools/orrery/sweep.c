/* sweep.c - one scenario under many seeds: which expectations fail, how often, and under which. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "tools/orrery/database.h"
#include "tools/orrery/fleet.h"
#include "tools/orrery/junit.h"
#include "tools/orrery/output_file.h"
#include "tools/orrery/scan.h"
#include "tools/orrery/summary.h"

#include <string.h>

static const uint64_t seeds_max = UINT32_MAX;

static int read_seeds(struct campaign *campaign, const struct options *options)
{
    if (options->seeds) {
        if (!parse_seeds(options->seeds, &campaign->first, &campaign->last) ||
            campaign->last - campaign->first >= seeds_max)
            return usage_error("--seeds takes a range such as 1..100, not '%s'", options->seeds);
        return -1;
    }
    if (!options->time && !options->until_failure)
        return usage_error("sweep needs --seeds, as in --seeds 1..100, or --time or "
                           "--until-failure");
    campaign->open = true;
    campaign->first = 1;
    campaign->last = seeds_max;
    return -1;
}

/* "2/3" */
static int read_shard(struct campaign *campaign, const char *text)
{
    size_t length = text ? strcspn(text, "/") : 0;
    uint64_t last;
    char *nth;
    bool good;

    if (!text)
        return -1;
    nth = sim_format("%.*s", (int)length, text);
    good = text[length] == '/' && parse_seeds(nth, &campaign->shard, &last) &&
           campaign->shard == last && parse_seeds(text + length + 1, &campaign->shards, &last) &&
           campaign->shards == last && campaign->shard >= 1 && campaign->shard <= campaign->shards;
    sim_free(nth);
    return good ? -1 : usage_error("--shard takes a part such as 1/4, not '%s'", text);
}

/* "0s..60s/5s" */
static int read_scan(struct campaign *campaign, const char *text)
{
    static const char *const form = "--branch-scan takes times such as 0s..60s/5s, not '%s'";
    struct scan *scan = &campaign->scan;
    const char *dots = text ? strstr(text, "..") : NULL, *stroke = dots ? strchr(dots, '/') : NULL;
    char words[SIM_UNITS_TEXT];
    sim_time to;

    if (!text)
        return -1;
    if (!stroke)
        return usage_error(form, text);
    char *from = sim_format("%.*s", (int)(dots - text), text);
    char *last = sim_format("%.*s", (int)(stroke - dots - 2), dots + 2);
    bool good = !sim_units_duration(from, &scan->from, words) &&
                !sim_units_duration(last, &to, words) &&
                !sim_units_duration(stroke + 1, &scan->step, words) && scan->from >= 0 &&
                scan->step > 0 && to >= scan->from;
    sim_free(from);
    sim_free(last);
    if (!good)
        return usage_error(form, text);
    if ((to - scan->from) / scan->step >= MATRIX_CELLS_MAX)
        return usage_error("--branch-scan: more than %d times", MATRIX_CELLS_MAX);
    scan->count = (size_t)((to - scan->from) / scan->step) + 1;
    return -1;
}

static int read_branches(struct campaign *campaign)
{
    const struct options *options = campaign->options;

    if (options->has_branch_at && options->branch_scan)
        return usage_error("--branch-at is one time, --branch-scan are several: not both");
    if (options->branch_scan && options->matrix_count > 0)
        return usage_error("--branch-scan and --matrix do not go together");
    if (options->has_seed && !options->has_branch_at && !options->branch_scan)
        return usage_error("--seed is what --branch-at or --branch-scan keep; a sweep takes "
                           "--seeds");
    return read_scan(campaign, options->branch_scan);
}

/* The database knows the scenario and, unless the user asks for others, the seeds. */
static int read_summary_options(struct campaign *campaign)
{
    const struct options *options = campaign->options;

    if (!options->db)
        return usage_error("--summary tells what is in a database: it needs --db FILE");
    if (options->path || options->set_count > 0 || options->overlay_count > 0 ||
        options->matrix_count > 0 || options->variant || options->fails_with || options->has_seed ||
        options->has_branch_at || options->branch_scan)
        return usage_error("--summary runs nothing: it takes no scenario, and no overrides");
    return options->seeds ? read_seeds(campaign, options) : -1;
}

static int read_options(struct campaign *campaign)
{
    const struct options *options = campaign->options;
    int done;

    if (options->summary)
        return read_summary_options(campaign);
    if (!options->path)
        return usage_error("sweep needs a scenario file");
    if (options->matrix && strcmp(options->path, "-") == 0)
        return usage_error("--matrix reads the scenario again and again: from a file, not from "
                           "standard input");
    if ((done = read_seeds(campaign, options)) >= 0 ||
        (done = options_jobs(options, &campaign->jobs)) >= 0 ||
        (done = options_budget(options, &campaign->budget)) >= 0 ||
        (done = read_shard(campaign, options->shard)) >= 0 || (done = read_branches(campaign)) >= 0)
        return done;
    campaign->until_failure = options->until_failure;
    if ((done = output_file_refuse(options, "--junit", options->junit)) >= 0)
        return done;
    return output_file_refuse(options, "--db", options->db);
}

static enum exit_code write_junit(const struct campaign *campaign, const struct summary *summary,
                                  FILE *file)
{
    if (!file)
        return EXIT_HOLDS;
    junit_print(campaign, summary, file);
    return output_file_close(file, campaign->options->junit,
                             ferror(file) ? "it could not be written" : NULL);
}

/* Tells what came of the runs. */
static enum exit_code tell(const struct campaign *campaign, FILE *junit)
{
    struct summary summary;
    enum exit_code code = campaign_code(campaign);

    summary_make(&summary, campaign);
    if (campaign->options->json)
        summary_print_json(&summary, campaign, stdout);
    else if (!campaign->options->quiet && campaign->scan.count > 0)
        scan_print(&summary, campaign, stdout);
    else if (!campaign->options->quiet)
        summary_print(&summary, campaign, stdout);
    code = worse(code, summary_code(&summary));
    code = worse(code, write_junit(campaign, &summary, junit));
    summary_finish(&summary);
    return code;
}

/* Runs what is not in the database yet, or, for --summary, nothing. False after an error. */
static bool run_campaign(struct campaign *campaign)
{
    const struct options *options = campaign->options;

    if (!options->summary && !campaign_load(campaign))
        return false;
    if (options->db && !(campaign->database = database_open(options->db, !options->summary)))
        return false;
    if (options->summary)
        return database_restore(campaign->database, campaign);
    if (campaign->fleet && !fleet_gather(campaign->fleet, campaign_identity(campaign)))
        return false;
    if (!database_begin(campaign->database, campaign))
        return false;
    campaign_run(campaign);
    if (!database_end(campaign->database, campaign))
        campaign->end = CAMPAIGN_UNSTORED;
    return true;
}

static int sweep_scenario(struct campaign *campaign)
{
    const char *path = campaign->options->junit;
    FILE *junit = NULL;
    enum exit_code code = EXIT_USAGE;

    if ((!path || (junit = output_file_open(path))) && run_campaign(campaign)) {
        code = tell(campaign, junit);
    } else if (junit && junit != stdout) {
        fclose(junit);
    }
    if (!database_close(campaign->database))
        code = worse(code, EXIT_USAGE);
    campaign_finish(campaign);
    return (int)code;
}

/* What a rank that does not lead does: also if it cannot, the leader waits for it to say so. */
static int serve(struct campaign *campaign, int done)
{
    campaign_serve(campaign, done < 0 && campaign_load(campaign));
    campaign_finish(campaign);
    return EXIT_HOLDS;
}

static int sweep_as_told(int argc, char **argv, struct fleet *fleet)
{
    static const char *const allowed[] = { "seeds",   "jobs",       "time",        "until-failure",
                                           "matrix",  "shard",      "set",         "overlay",
                                           "variant", "fails-with", "junit",       "db",
                                           "summary", "json",       "quiet",       "error-format",
                                           "seed",    "branch-at",  "branch-scan", NULL };
    struct options options;
    struct campaign campaign = { .options = &options, .fleet = fleet };
    int done = options_parse(&options, argc, argv, &sweep_command, allowed);

    if (done < 0)
        done = read_options(&campaign);
    if (done < 0 && fleet && options.path && strcmp(options.path, "-") == 0)
        done = usage_error("of several processes only one has standard input: the scenario comes "
                           "from a file");
    if (fleet && !options.jobs)
        campaign.jobs = 1; /* the launcher starts as many processes as there is room for */
    if (fleet && !fleet_leads(fleet))
        done = serve(&campaign, done);
    else if (done < 0)
        done = sweep_scenario(&campaign);
    options_finish(&options);
    return done;
}

static int sweep(int argc, char **argv)
{
    struct fleet *fleet;

    if (!fleet_join(&fleet))
        return EXIT_USAGE;
    return (int)fleet_leave(fleet, (enum exit_code)sweep_as_told(argc, argv, fleet));
}

const struct command sweep_command = {
    .name = "sweep",
    .summary = "run a scenario under many seeds, and group what breaks an expectation",
    .usage =
        "FILE --seeds A..B [OPTIONS]\n"
        "       orrery sweep --db FILE --summary [--seeds A..B] [--json]\n\n"
        "  --seeds A..B        the seeds, both included; --seeds 5 is one seed\n"
        "  --until-failure     stop at the first seed that fails\n"
        "  --time SPAN         start no run after so much time, as in --time 10m\n"
        "  -j, --jobs N        so many runs at a time; else one for each processor\n"
        "  --matrix KEY=A,B    each seed under each of these values; several: all combinations\n"
        "  --shard I/N         only the I-th of N parts of the seeds\n"
        "  --set PATH=VALUE    override one value, as in nodes.store.count=7\n"
        "  --overlay FILE      lay another file over it\n"
        "  --variant NAME      a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with        with the overrides of its 'fails_with:'\n"
        "  --branch-at TIME    keep what the run of --seed N is until then; what comes after has\n"
        "                      the luck (load, faults, network, models) of each of --seeds\n"
        "  --branch-scan A..B/STEP  the same at each of these times: when was it decided?\n"
        "  --seed N            the seed that branches (else the scenario's `seed:`, else 1)\n"
        "  --junit FILE        write every verdict as JUnit's XML\n"
        "  --db FILE           keep the results in this SQLite file; go on where a sweep of the "
        "same\n"
        "                      scenario into it stopped\n"
        "  --summary           the table from --db FILE, of its seeds or those of --seeds; no "
        "runs\n"
        "  --json              one object, with the digest of every seed\n"
        "  --quiet             only the exit code\n"
        "\nTells of each expectation how often it was violated, with the 95 % interval of the\n"
        "probability that a seed violates it (of those that were decided); the main figures over\n"
        "the seeds; the kinds of faults that hit nobody and the marks of models ('orrery models\n"
        "NAME' lists them) that were not reached under any of them; the failures in groups, each\n"
        "with its smallest seed; and up to 20 seeds of each sort (--json has all). A run that "
        "dies\n"
        "is a failure of its own.\n"
        "\nAn expectation with `over:` is counted in that table, too, but fails no seed: the seeds "
        "of\n"
        "the sweep take the place of its own, and what it comes to over them is told below.\n"
        "\nWith --until-failure or --time the seeds begin at 1 unless --seeds says otherwise.\n"
        "Whatever ends a sweep early, Ctrl-C too: told are the seeds up to the first that is\n"
        "missing. The exit code is that of the worst of these.\n"
        "\nThe object of --json has the asked `first` and `last`, the `seeds` that are told and "
        "the\n"
        "`end` (whole, failure, time, interrupted); `verdicts`, each with `failure_interval`;\n"
        "`metrics` over the seeds (p50, p99 in ns); `failures` with `kind`, `faults`, `count`,\n"
        "`seed`, `repeat`; `turns`, between which cells of --matrix an expectation turns from\n"
        "mostly held to mostly violated; and `runs`. `cell` is null without --matrix.\n"
        "\nWith --branch-at or --branch-scan the object has `branches_of`, the seed that is kept,\n"
        "and `branch`: of each time and expectation how many of the branches violate it.\n"
        "\nUnder mpirun or srun, in a build with MPI, rank 0 hands out the seeds and tells what "
        "came\n"
        "of them, and each of the others runs them, -j at a time (else 1).\n"
        "\n'orrery merge' makes one database of those of several shards.\n",
    .run = sweep,
};
