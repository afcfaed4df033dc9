/* filters.c - what may stand between a caller and its calls, and what each filter takes. */
#include "sim/world/filter.h"

#include "models/models.h"
#include "sim/observe/output.h"
#include "tools/orrery/command.h"
#include "tools/orrery/listing.h"

#include <string.h>

static void print_filter(const struct sim_filter *filter)
{
    printf("%s - %s\n", filter->name, filter->summary);
    if (filter->source) {
        printf("source: ");
        list_wrapped(filter->source, 8);
    }
    if (filter->params.fields)
        puts("\nparameters:");
    list_fields(filter->params.fields, 2);
    for (const struct sim_field *field = filter->state.fields; field && field->name; field++) {
        if (field == filter->state.fields)
            puts("\nstate, of each node and use (`--state` and `inspect` show it):");
        int used = printf("  %-20s ", field->name);

        list_wrapped(field->help, used);
    }
    for (int i = 0; i < SIM_FILTER_NOTES_MAX && filter->notes[i].name; i++) {
        const struct sim_record *record = filter->notes[i].record;

        if (i == 0)
            puts("\nnotes in the trace:");
        int used = printf("  %-20s ", filter->notes[i].name);

        list_wrapped(record ? record->fields : "", used);
    }
}

static void json_filter(struct sim_output *out, const struct sim_filter *filter)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, filter->name);
    list_json_pair(out, "summary", filter->summary);
    list_json_pair(out, "source", filter->source);
    sim_output_text(out, ",\"parameters\":");
    list_json_fields(out, filter->params.fields);
    sim_output_text(out, ",\"state\":");
    list_json_fields(out, filter->state.fields);
    sim_output_text(out, ",\"notes\":[");
    for (int i = 0; i < SIM_FILTER_NOTES_MAX && filter->notes[i].name; i++) {
        sim_output_text(out, i == 0 ? "" : ",");
        sim_output_string(out, filter->notes[i].name);
    }
    sim_output_text(out, "]}");
}

static int refuse_name(const char *name)
{
    const struct sim_filter *const *all = sim_filters();
    const char *names[64] = { NULL }, *near;

    for (size_t i = 0; all[i] && i + 1 < sizeof(names) / sizeof(names[0]); i++)
        names[i] = all[i]->name;
    near = sim_nearest(name, names);
    if (near)
        return usage_error("no filter '%s'; did you mean '%s'?", name, near);
    return usage_error("no filter '%s'; 'orrery filters' lists them", name);
}

static void print_json(const char *name)
{
    const struct sim_filter *const *all = sim_filters();
    struct sim_output out;
    const char *comma = "";

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"filters\":[");
    for (size_t i = 0; all[i]; i++) {
        if (name && strcmp(name, all[i]->name) != 0)
            continue;
        sim_output_text(&out, comma);
        json_filter(&out, all[i]);
        comma = ",";
    }
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

static int list_filters(const char *name, bool json)
{
    const struct sim_filter *const *all = sim_filters(), *found = NULL;

    for (size_t i = 0; name && all[i]; i++)
        if (strcmp(name, all[i]->name) == 0)
            found = all[i];
    if (name && !found)
        return refuse_name(name);
    if (json) {
        print_json(name);
    } else if (found) {
        print_filter(found);
    } else {
        for (size_t i = 0; all[i]; i++) {
            int used = printf("  %-16s ", all[i]->name);

            list_wrapped(all[i]->summary, used);
        }
    }
    return EXIT_HOLDS;
}

static int filters(int argc, char **argv)
{
    return options_list(argc, argv, &filters_command, list_filters);
}

const struct command filters_command = {
    .name = "filters",
    .summary = "list what calls can go through, or describe one filter",
    .usage = "[NAME] [--json]\n\n"
             "Without NAME: a line each. With NAME: its parameters, state and notes.\n"
             "docs/calls.md shows how `calls:` attaches them.\n",
    .run = filters,
};
