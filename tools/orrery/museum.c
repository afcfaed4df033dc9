/* museum.c - the exhibits: systems with a mistake in them, and what comes of it. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/explain.h"
#include "tools/orrery/runner.h"
#include "tools/orrery/shown.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SEEDS = 10, EXHIBITS_MAX = 1000, COLUMN = 10 };

struct exhibit {
    char *path;
    struct sim_scenario *scenario;
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

static void print_list(const struct exhibits *exhibits, bool json)
{
    struct sim_output out;

    for (size_t i = 0; i < exhibits->count && !json; i++)
        paragraph(about(&exhibits->list[i])->id, about(&exhibits->list[i])->planted);
    if (!json)
        return;
    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"museum\":[");
    for (size_t i = 0; i < exhibits->count; i++) {
        const struct sim_exhibit *one = about(&exhibits->list[i]);
        const char *const pairs[][2] = { { "id", one->id },
                                         { "planted", one->planted },
                                         { "noticed", one->noticed },
                                         { "read", one->read },
                                         { "file", exhibits->list[i].path } };

        sim_output_text(&out, i > 0 ? ",{" : "{");
        for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
            sim_output_text(&out, p > 0 ? "," : "");
            sim_output_string(&out, pairs[p][0]);
            sim_output_text(&out, ":");
            sim_output_string(&out, pairs[p][1]);
        }
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

/* -- one exhibit ------------------------------------------------------------------------------- */

/* Something is wrong with the system, whatever the scenario expects. */
static bool is_broken(const struct finished_run *run)
{
    bool broken = run->end == SIM_END_VIOLATED;

    for (size_t i = 0; i < run->judged_count; i++)
        broken = broken || run->judged[i].verdict.culprit_count > 0;
    return broken;
}

/* In how many of SEEDS seeds, from 1, something breaks, as the scenario expects if it is no twin;
 * FIRST: the first of them. */
static unsigned count_broken(struct sim_scenario *scenario, bool twin, uint64_t *first)
{
    unsigned count = 0;

    *first = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct finished_run run;

        sim_scenario_set_seed(scenario, seed);
        runner_run(&run, scenario, NULL);
        if (is_broken(&run) && (twin || run.code == EXIT_HOLDS) && count++ == 0)
            *first = seed;
        runner_finish(&run);
    }
    return count;
}

static enum exit_code show(const struct exhibit *exhibit)
{
    const struct sim_plan *plan = sim_scenario_plan(exhibit->scenario);
    const struct sim_exhibit *one = about(exhibit);
    uint64_t own = plan->seed, first, ignored;
    char text[160];

    printf("%-*s", COLUMN, one->id);
    shown_wrap(stdout, plan->name, COLUMN, COLUMN);
    putchar('\n');
    paragraph("planted", one->planted);
    if (plan->about)
        paragraph("happens", plan->about);
    paragraph("noticed", one->noticed);
    unsigned caught = count_broken(exhibit->scenario, false, &first);
    snprintf(text, sizeof(text), "in %u of %d seeds, first in seed %" PRIu64, caught, SEEDS, first);
    paragraph("caught", caught > 0 ? text : "in no seed tried");
    struct sim_scenario *twin = load(exhibit->path, true);
    if (!twin)
        return EXIT_USAGE;
    unsigned false_alarms = count_broken(twin, true, &ignored);
    snprintf(text, sizeof(text),
             "without the mistake %u of %d seeds are clean, under the same faults",
             SEEDS - false_alarms, SEEDS);
    paragraph("twin", text);
    sim_scenario_destroy(twin);
    paragraph("read", one->read);
    paragraph("file", exhibit->path);
    puts("\nWhat led to it:\n");
    sim_scenario_set_seed(exhibit->scenario, own);
    struct options options = { .path = exhibit->path };
    enum exit_code told = explain_scenario(&options, exhibit->scenario);
    if (told != EXIT_VIOLATED || false_alarms > 0 || caught == 0)
        return worse(told == EXIT_VIOLATED ? EXIT_HOLDS : told, EXIT_VIOLATED);
    return EXIT_HOLDS;
}

static int run_exhibit(const struct exhibits *exhibits, const char *id)
{
    const char **names = sim_alloc_array(exhibits->count + 1, sizeof(*names));
    int done = -1;

    for (size_t i = 0; i < exhibits->count && done < 0; i++) {
        names[i] = about(&exhibits->list[i])->id;
        if (strcmp(names[i], id) == 0)
            done = (int)show(&exhibits->list[i]);
    }
    const char *near = sim_nearest(id, names);
    if (done < 0 && near)
        done = usage_error("museum: no exhibit '%s'; did you mean '%s'?", id, near);
    else if (done < 0)
        done = usage_error("museum: no exhibit '%s'; 'orrery museum' lists them", id);
    sim_free(names);
    return done;
}

static int museum(int argc, char **argv)
{
    static const char *const allowed[] = { "in", "json", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &museum_command, allowed);

    if (done < 0 && options.path && strcmp(options.path, "run") != 0)
        done = usage_error("museum: '%s' is nothing to do; there is: museum run ID", options.path);
    if (done < 0 && options.path && !options.other)
        done = usage_error("museum run needs an exhibit, as in: museum run BUG-R2");
    if (done < 0 && options.other && options.json)
        done = usage_error("museum: --json is for the list");
    if (done < 0) {
        struct exhibits *exhibits = sim_alloc(sizeof(*exhibits));

        done = EXIT_USAGE;
        if (find(exhibits, options.folder ? options.folder : "scenarios/museum")) {
            done = exhibits->wrong ? EXIT_USAGE : EXIT_HOLDS;
            if (options.other)
                done = (int)worse((enum exit_code)done,
                                  (enum exit_code)run_exhibit(exhibits, options.other));
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
    .usage = "[run ID] [OPTIONS]\n\n"
             "  --in FOLDER  where the exhibits are (else scenarios/museum)\n"
             "  --json       the list as one JSON object\n"
             "\nLists the scenarios of a folder that say what they are an exhibit of (`museum:`). "
             "'run ID' tells\n"
             "of one what was planted, who notices it, in how many of 10 seeds, whether its twin "
             "without\n"
             "the mistake stays clean in as many, where to read about it, and what happened. Exit "
             "codes: 0\n"
             "it is caught and its twin is clean, 1 not so.\n",
    .run = museum,
    .two_words = true,
};
