/* museum.c - the exhibits: systems with a mistake in them, and what comes of it. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/campaign.h"
#include "tools/orrery/explain.h"
#include "tools/orrery/hunt.h"
#include "tools/orrery/interval.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SEEDS = 100, SEEDS_MAX = 1000000, EXHIBITS_MAX = 1000, COLUMN = 10 };

struct exhibit {
    char *path;
    struct sim_scenario *scenario;
};

/* How exhibits are shown. */
struct museum {
    struct hunt hunt; /* under which seeds, by how many workers */
    bool json;
};

struct exhibits {
    struct exhibit list[EXHIBITS_MAX];
    size_t count;
    bool wrong; /* some could not be read */
};

static bool is_yaml(const char *name)
{
    size_t length = strlen(name);

    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static struct sim_scenario *load(const char *path, bool twin)
{
    struct options options = { .path = path, .fails_with = twin };

    return load_scenario(&options);
}

static const struct sim_exhibit *about(const struct exhibit *exhibit)
{
    return sim_scenario_exhibit(exhibit->scenario);
}

/* By id: BUG-R2 before BUG-R11. */
static void sort(struct exhibits *exhibits)
{
    for (size_t i = 1; i < exhibits->count; i++) {
        struct exhibit one = exhibits->list[i];
        size_t at = i;

        for (; at > 0; at--) {
            const char *a = about(&exhibits->list[at - 1])->id, *b = about(&one)->id;
            bool after = strlen(a) != strlen(b) ? strlen(a) > strlen(b) : strcmp(a, b) > 0;

            if (!after)
                break;
            exhibits->list[at] = exhibits->list[at - 1];
        }
        exhibits->list[at] = one;
    }
}

/* False, and an error printed, if there is no such folder. */
static bool find(struct exhibits *exhibits, const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;

    if (!directory) {
        usage_error("cannot read '%s': %s; the museum is looked for in the folder of the "
                    "repository, or in --in FOLDER",
                    folder, strerror(errno));
        return false;
    }
    while ((entry = readdir(directory)) != NULL && exhibits->count < EXHIBITS_MAX) {
        struct exhibit *one = &exhibits->list[exhibits->count];

        if (!is_yaml(entry->d_name))
            continue;
        one->path = sim_format("%s/%s", folder, entry->d_name);
        one->scenario = load(one->path, false);
        exhibits->wrong = exhibits->wrong || !one->scenario;
        if (one->scenario && about(one)->id) {
            exhibits->count++;
            continue;
        }
        sim_scenario_destroy(one->scenario);
        sim_free(one->path);
    }
    closedir(directory);
    sort(exhibits);
    return true;
}

static void finish(struct exhibits *exhibits)
{
    for (size_t i = 0; i < exhibits->count; i++) {
        sim_scenario_destroy(exhibits->list[i].scenario);
        sim_free(exhibits->list[i].path);
    }
    sim_free(exhibits);
}

static void paragraph(const char *head, const char *text)
{
    printf("%-*s", COLUMN, head);
    shown_wrap(stdout, text, COLUMN, COLUMN);
    putchar('\n');
}

/* An object without its end. */
static void put_exhibit(struct sim_output *out, const struct exhibit *exhibit)
{
    const struct sim_exhibit *one = about(exhibit);
    const char *const pairs[][2] = { { "id", one->id },
                                     { "planted", one->planted },
                                     { "noticed", one->noticed },
                                     { "read", one->read },
                                     { "file", exhibit->path } };

    for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
        sim_output_text(out, p > 0 ? "," : "{");
        sim_output_string(out, pairs[p][0]);
        sim_output_text(out, ":");
        sim_output_string(out, pairs[p][1]);
    }
}

static void print_list(const struct exhibits *exhibits, bool json)
{
    struct sim_output out;

    for (size_t i = 0; i < exhibits->count && !json; i++)
        paragraph(about(&exhibits->list[i])->id, about(&exhibits->list[i])->planted);
    if (!json) {
        puts("\n'museum run ID' shows one: how often it is caught, by whom, and what led to it");
        return;
    }
    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"museum\":[");
    for (size_t i = 0; i < exhibits->count; i++) {
        sim_output_text(&out, i > 0 ? "," : "");
        put_exhibit(&out, &exhibits->list[i]);
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

/* -- one exhibit ------------------------------------------------------------------------------- */

static void tell_hunt(const struct hunt *hunt)
{
    uint64_t seeds = hunt->last - hunt->first + 1;
    struct interval interval = interval_of_share(hunt->caught, seeds);
    char shown[INTERVAL_TEXT], text[240];

    if (hunt->caught > 0)
        snprintf(text, sizeof(text),
                 "in %" PRIu64 " of %" PRIu64 " seeds (95 %% interval %s), first in seed %" PRIu64
                 "; seeds to catch it: %.3g on the average",
                 hunt->caught, seeds, interval_text(shown, &interval), hunt->first_caught,
                 (double)seeds / (double)hunt->caught);
    else
        snprintf(text, sizeof(text), "in none of %" PRIu64 " seeds (95 %% interval %s)", seeds,
                 interval_text(shown, &interval));
    paragraph("caught", text);
    snprintf(text, sizeof(text),
             "without the mistake %" PRIu64 " of %" PRIu64
             " seeds are clean, under the same faults",
             seeds - hunt->alarms, seeds);
    paragraph("twin", text);
    if (hunt->alarms > 0) {
        snprintf(text, sizeof(text), "the first that is not is seed %" PRIu64, hunt->first_alarm);
        paragraph("", text);
    }
}

static void put_number(struct sim_output *out, const char *before, uint64_t value)
{
    sim_output_text(out, before);
    sim_output_natural(out, value);
}

static void print_hunt(const struct exhibit *exhibit, const struct hunt *hunt)
{
    uint64_t seeds = hunt->last - hunt->first + 1;
    struct interval interval = interval_of_share(hunt->caught, seeds);
    struct sim_output out;
    char text[64];

    sim_output_init(&out, stdout);
    put_exhibit(&out, exhibit);
    put_number(&out, ",\"first\":", hunt->first);
    put_number(&out, ",\"last\":", hunt->last);
    put_number(&out, ",\"seeds\":", seeds);
    put_number(&out, ",\"caught\":", hunt->caught);
    snprintf(text, sizeof(text), ",\"caught_interval\":[%.6f,%.6f]", interval.low, interval.high);
    sim_output_text(&out, text);
    if (hunt->caught > 0)
        put_number(&out, ",\"first_caught\":", hunt->first_caught);
    put_number(&out, ",\"twin_clean\":", seeds - hunt->alarms);
    if (hunt->alarms > 0)
        put_number(&out, ",\"first_alarm\":", hunt->first_alarm);
    sim_output_text(&out, "}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

/* Before the runs, which take a while. */
static void tell_exhibit(const struct exhibit *exhibit)
{
    const struct sim_plan *plan = sim_scenario_plan(exhibit->scenario);
    const struct sim_exhibit *one = about(exhibit);

    printf("%-*s", COLUMN, one->id);
    shown_wrap(stdout, plan->name, COLUMN, COLUMN);
    putchar('\n');
    paragraph("planted", one->planted);
    if (plan->about)
        paragraph("happens", plan->about);
    paragraph("noticed", one->noticed);
    paragraph("read", one->read);
    paragraph("file", exhibit->path);
    fflush(stdout);
}

static enum exit_code show(const struct exhibit *exhibit, const struct museum *museum)
{
    struct hunt hunt = museum->hunt;
    struct options options = { .path = exhibit->path };
    uint64_t own = sim_scenario_plan(exhibit->scenario)->seed;
    enum exit_code code = EXIT_HOLDS;

    hunt.exhibit = exhibit->scenario;
    hunt.twin = load(exhibit->path, true);
    if (!hunt.twin)
        return EXIT_USAGE;
    if (!museum->json)
        tell_exhibit(exhibit);
    if (!hunt_run(&hunt) || hunt.deaths > 0)
        code = EXIT_INTERNAL;
    sim_scenario_destroy(hunt.twin);
    if (hunt.alarms > 0 || hunt.caught == 0)
        code = worse(code, EXIT_VIOLATED);
    if (museum->json) {
        print_hunt(exhibit, &hunt);
        return code;
    }
    tell_hunt(&hunt);
    puts("\nWhat led to it:\n");
    sim_scenario_set_seed(exhibit->scenario, own);
    enum exit_code told = explain_scenario(&options, exhibit->scenario);
    if (told == EXIT_HOLDS) /* there is nothing to explain */
        return worse(code, EXIT_VIOLATED);
    return worse(code, told == EXIT_VIOLATED ? EXIT_HOLDS : told);
}

static int run_exhibit(const struct exhibits *exhibits, const char *id, const struct museum *museum)
{
    const char **names = sim_alloc_array(exhibits->count + 1, sizeof(*names));
    int done = -1;

    for (size_t i = 0; i < exhibits->count && done < 0; i++) {
        names[i] = about(&exhibits->list[i])->id;
        if (strcmp(names[i], id) == 0)
            done = (int)show(&exhibits->list[i], museum);
    }
    const char *near = sim_nearest(id, names);
    if (done < 0 && near)
        done = usage_error("museum: no exhibit '%s'; did you mean '%s'?", id, near);
    else if (done < 0)
        done = usage_error("museum: no exhibit '%s'; 'orrery museum' lists them", id);
    sim_free(names);
    return done;
}

static int read_options(struct museum *museum, const struct options *options)
{
    struct campaign campaign = { .first = 1, .last = SEEDS };
    int done;

    if (options->path && strcmp(options->path, "run") != 0)
        return usage_error("museum: '%s' is nothing to do; there is: museum run ID", options->path);
    if (options->path && !options->other)
        return usage_error("museum run needs an exhibit, as in: museum run BUG-R2");
    if (!options->path && (options->seeds || options->jobs))
        return usage_error("museum: --seeds and --jobs are for museum run ID");
    if (options->seeds && (!parse_seeds(options->seeds, &campaign.first, &campaign.last) ||
                           campaign.last - campaign.first >= SEEDS_MAX))
        return usage_error("--seeds takes a range such as 1..100, not '%s'", options->seeds);
    if ((done = options_jobs(options, &campaign.jobs)) >= 0)
        return done;
    museum->hunt =
        (struct hunt){ .first = campaign.first, .last = campaign.last, .jobs = campaign.jobs };
    museum->json = options->json;
    return -1;
}

static int museum(int argc, char **argv)
{
    static const char *const allowed[] = { "in", "json", "seeds", "jobs", NULL };
    struct options options;
    struct museum how = { 0 };
    int done = options_parse(&options, argc, argv, &museum_command, allowed);

    if (done < 0)
        done = read_options(&how, &options);
    if (done < 0) {
        struct exhibits *exhibits = sim_alloc(sizeof(*exhibits));

        done = EXIT_USAGE;
        if (find(exhibits, options.folder ? options.folder : "scenarios/museum")) {
            done = exhibits->wrong ? EXIT_USAGE : EXIT_HOLDS;
            if (options.other)
                done = (int)worse((enum exit_code)done,
                                  (enum exit_code)run_exhibit(exhibits, options.other, &how));
            else
                print_list(exhibits, options.json);
        }
        finish(exhibits);
    }
    options_finish(&options);
    return done;
}

const struct command museum_command = {
    .name = "museum",
    .summary = "list well-known mistakes, and show what comes of one",
    .usage =
        "[run ID] [OPTIONS]\n\n"
        "  --in FOLDER    where the exhibits are (else scenarios/museum)\n"
        "  --seeds A..B   of 'run ID': the seeds that are tried (else 1..100)\n"
        "  -j, --jobs N   of 'run ID': so many runs at a time; else one for each processor\n"
        "  --json         one JSON object\n"
        "\nLists the scenarios of a folder that say what they are an exhibit of (`museum:`).\n"
        "'run ID' tells of one what was planted, who notices it, under how many seeds, with the\n"
        "95 % interval of the probability that a seed does, whether its twin without the mistake\n"
        "stays clean under the same, where to read about it, and what happened. Exit codes: 0 it\n"
        "is caught and its twin is clean, 1 not so.\n",
    .run = museum,
    .two_words = true,
};
