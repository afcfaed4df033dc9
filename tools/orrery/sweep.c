/* sweep.c - one scenario under many seeds: which expectations fail, how often, and under which. */
#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/summary.h"

#include <stdlib.h>
#include <unistd.h>

enum { JOBS_MAX = 1024 };

/* As many as this machine has processors, unless the user says otherwise; false if that is wrong.
 */
static bool count_jobs(const char *text, unsigned *jobs)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t first, last;

    *jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : (unsigned)processors;
    if (!text)
        return true;
    if (!parse_seeds(text, &first, &last) || first != last || first < 1 || first > JOBS_MAX)
        return false;
    *jobs = (unsigned)first;
    return true;
}

static int sweep_scenario(struct campaign *campaign)
{
    struct summary summary;
    int code = EXIT_USAGE;

    if (campaign_load(campaign)) {
        campaign_run(campaign);
        summary_make(&summary, campaign);
        if (campaign->options->json)
            summary_print_json(&summary, campaign, stdout);
        else if (!campaign->options->quiet)
            summary_print(&summary, campaign, stdout);
        summary_finish(&summary);
        code = (int)campaign_code(campaign);
    }
    campaign_finish(campaign);
    return code;
}

static int sweep(int argc, char **argv)
{
    static const char *const allowed[] = { "seeds",      "jobs", "set",   "overlay",      "variant",
                                           "fails-with", "json", "quiet", "error-format", NULL };
    struct options options;
    struct campaign campaign = { .options = &options };
    int done = options_parse(&options, argc, argv, &sweep_command, allowed);

    if (done < 0 && !options.path)
        done = usage_error("sweep needs a scenario file");
    if (done < 0 && !options.seeds)
        done = usage_error("sweep needs --seeds, as in --seeds 1..100");
    if (done < 0 && (!parse_seeds(options.seeds, &campaign.first, &campaign.last) ||
                     campaign.last - campaign.first >= UINT32_MAX))
        done = usage_error("--seeds takes a range such as 1..100, not '%s'", options.seeds);
    if (done < 0 && !count_jobs(options.jobs, &campaign.jobs))
        done = usage_error("--jobs takes a number from 1 to %d, not '%s'", JOBS_MAX, options.jobs);
    if (done < 0)
        done = sweep_scenario(&campaign);
    options_finish(&options);
    return done;
}

const struct command sweep_command = {
    .name = "sweep",
    .summary = "run a scenario under many seeds, and group what breaks an expectation",
    .usage =
        "FILE --seeds A..B [OPTIONS]\n\n"
        "  --seeds A..B        the seeds, both included; --seeds 5 is one seed\n"
        "  -j, --jobs N        so many runs at a time; else one for each processor\n"
        "  --set PATH=VALUE    override one value, as in nodes.store.count=7\n"
        "  --overlay FILE      lay another file over it\n"
        "  --variant NAME      a variant of the scenario, or a cell of its matrix\n"
        "  --fails-with        with the overrides of its 'fails_with:'\n"
        "  --json              one object, with the digest of every seed\n"
        "  --quiet             only the exit code\n"
        "\nTells of each expectation how often it was violated, with the 95 % interval of the\n"
        "probability that a seed violates it; the main figures over the seeds; the failures in\n"
        "groups, each with its smallest seed; and up to 20 seeds of each sort (--json has all).\n"
        "A run that dies is a failure of its own. Ctrl-C ends it with what is done so far. The\n"
        "exit code is that of the worst seed.\n",
    .run = sweep,
};
