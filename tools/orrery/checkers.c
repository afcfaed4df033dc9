/* checkers.c - what a scenario can expect of a run, and `check-history` of a history. */
#include "sim/check/checker.h"
#include "tools/orrery/command.h"
#include "tools/orrery/listing.h"

#include <string.h>

static const char *evidence_of(const struct sim_checker *checker)
{
    return checker->judge_history != NULL ? "a history (`check-history --expect` too)" : "a run";
}

static void print_checker(const struct sim_checker *checker)
{
    printf("%s - %s\njudges: %s\n", checker->about.name, checker->about.summary,
           evidence_of(checker));
    if (checker->about.source) {
        printf("source: ");
        list_wrapped(checker->about.source, 8);
    }
    puts("\nparameters:");
    list_fields(checker->about.fields, 2);
}

static void json_checker(struct sim_output *out, const struct sim_checker *checker)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, checker->about.name);
    list_json_pair(out, "summary", checker->about.summary);
    list_json_pair(out, "judges", checker->judge_history != NULL ? "history" : "run");
    list_json_pair(out, "source", checker->about.source);
    sim_output_text(out, ",\"parameters\":");
    list_json_fields(out, checker->about.fields);
    sim_output_text(out, "}");
}

static int refuse_name(const char *name)
{
    const struct sim_checker *const *all = sim_checkers();
    const char *names[64] = { NULL }, *near;

    for (size_t i = 0; all[i] && i + 1 < sizeof(names) / sizeof(names[0]); i++)
        names[i] = all[i]->about.name;
    near = sim_nearest(name, names);
    if (near)
        return usage_error("no checker '%s'; did you mean '%s'?", name, near);
    return usage_error("no checker '%s'; 'orrery checkers' lists them", name);
}

static void print_json(const char *name)
{
    const struct sim_checker *const *all = sim_checkers();
    struct sim_output out;
    const char *comma = "";

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"checkers\":[");
    for (size_t i = 0; all[i]; i++) {
        if (name && strcmp(name, all[i]->about.name) != 0)
            continue;
        sim_output_text(&out, comma);
        json_checker(&out, all[i]);
        comma = ",";
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

static int list_checkers(const char *name, bool json)
{
    const struct sim_checker *const *all = sim_checkers(), *found = NULL;

    for (size_t i = 0; name && all[i]; i++)
        if (strcmp(name, all[i]->about.name) == 0)
            found = all[i];
    if (name && !found)
        return refuse_name(name);
    if (json) {
        print_json(name);
    } else if (found) {
        print_checker(found);
    } else {
        for (size_t i = 0; all[i]; i++) {
            int used =
                printf("  %-19s %s", all[i]->about.name, all[i]->judge_history ? "h " : "  ");

            list_wrapped(all[i]->about.summary, used);
        }
        puts("\nh: also of histories alone, by `check-history --expect`");
    }
    return EXIT_HOLDS;
}

static int checkers(int argc, char **argv)
{
    return options_list(argc, argv, &checkers_command, list_checkers);
}

const struct command checkers_command = {
    .name = "checkers",
    .summary = "list what scenarios can expect, or describe one checker",
    .usage = "[NAME] [--json]\n\n"
             "Without NAME: a line each. With NAME: what it judges, its parameters, its source.\n"
             "docs/checkers.md defines them.\n",
    .run = checkers,
};
