/* models.c - what models there are, and what each takes, sends and can be made to do wrong. */
#include "models/models.h"
#include "sim/observe/output.h"
#include "tools/orrery/command.h"
#include "tools/orrery/listing.h"

#include <string.h>

static void print_table(const struct sim_field *fields, const char *head)
{
    if (fields && fields->name)
        puts(head);
    for (const struct sim_field *field = fields; field && field->name; field++) {
        int used = printf("  %c %-18s ", field->watched ? '*' : ' ', field->name);

        list_wrapped(field->help, used);
        for (size_t i = 0; field->choices && field->choices[i]; i++)
            printf("%s%s%s", i == 0 ? "                       one of " : " ", field->choices[i],
                   field->choices[i + 1] ? "" : "\n");
    }
}

static void print_state(const struct sim_model *model)
{
    print_table(model->state.fields,
                "\nstate (fields marked * can be named by `where:` in faults):");
    print_table(model->disk.fields, "\non the disk (for `conserved`, as fields of the state):");
}

/* Lists of groups take the place of `target:`, and are among the parameters. */
static bool needs_target(const struct sim_model *model)
{
    for (const struct sim_field *f = model->params.fields; f && f->name; f++)
        for (int i = 0; i < SIM_CALLS_MAX && model->calls[i].interface; i++) {
            const size_t length = strlen(f->name);
            const char *call = model->calls[i].name;

            if (f->type == SIM_FIELD_LIST && strncmp(call, f->name, length) == 0 &&
                (call[length] == '\0' || call[length] == '.'))
                return false;
        }
    return true;
}

static void print_record(const char *name, const struct sim_record *record)
{
    int used = printf("  %-20s ", name);

    list_wrapped(record ? record->fields : "", used);
}

static void print_kinds(const struct sim_model *model)
{
    for (int i = 0; i < SIM_MESSAGES_MAX && model->messages[i].name; i++) {
        if (i == 0)
            puts("\nmessages:");
        print_record(model->messages[i].name, model->messages[i].record);
    }
    for (int i = 0; i < SIM_NOTES_MAX && model->notes[i].name; i++) {
        if (i == 0)
            puts("\nnotes in the trace:");
        print_record(model->notes[i].name, model->notes[i].record);
    }
    for (int i = 0; i < SIM_METRICS_MAX && model->metrics[i].name; i++) {
        if (i == 0)
            puts("\nmetrics:");
        int used = printf("  %-20s ", model->metrics[i].name);
        list_wrapped(model->metrics[i].help, used);
    }
    for (int i = 0; i < SIM_MARKS_MAX && model->marks[i].name; i++) {
        if (i == 0)
            puts("\nplaces that a run may reach (sweeps name those that none did):");
        int used = printf("  %-20s ", model->marks[i].name);
        list_wrapped(model->marks[i].help, used);
    }
    for (int i = 0; i < SIM_LIVE_MAX && model->live[i]; i++)
        printf("%s%s", i == 0 ? "\nparameters that actions may `set`: " : ", ", model->live[i]);
    if (model->live[0])
        putchar('\n');
    for (int i = 0; i < SIM_COMMANDS_MAX && model->commands[i].name; i++) {
        if (i == 0)
            puts("\ncommands, for actions:");
        int used = printf("  %-20s ", model->commands[i].name);
        list_wrapped(model->commands[i].help, used);
        list_fields(model->commands[i].params.fields, 4);
    }
    for (int i = 0; i < SIM_SERVES_MAX && model->serves[i].interface; i++)
        printf("%s%s", i == 0 ? "\nserves: " : ", ", model->serves[i].interface->name);
    if (model->serves[0].interface)
        putchar('\n');
    if (model->calls[0].name)
        printf("\ncalls: %s (%s)\n", model->calls[0].interface->name,
               needs_target(model) ? "needs `target:`" : "of groups that its parameters list");
    for (int i = 0; i < SIM_BUGS_MAX && model->bugs[i]; i++)
        printf("%s%s", i == 0 ? "\ncan be made wrong by `bugs:`\n  " : "\n  ", model->bugs[i]);
    if (model->bugs[0])
        putchar('\n');
}

static void print_presets(const struct sim_model *model)
{
    if (model->presets)
        puts("\npresets, for `preset:` (what the scenario writes itself counts more):");
    for (const struct sim_preset *one = model->presets; one && one->name; one++) {
        int used = printf("  %-20s ", one->name);

        list_wrapped(one->summary, used);
        printf("%23s", "");
        for (int i = 0; i < SIM_PRESET_VALUES_MAX && one->values[i].key; i++)
            printf("%s%s: %s", i == 0 ? "" : i % 3 == 0 ? ",\n                       " : ", ",
                   one->values[i].key, one->values[i].text);
        printf("\n%23s", "");
        list_wrapped(one->source, 23);
    }
}

static void print_model(const struct sim_model *model)
{
    printf("%s - %s\n", model->name, model->summary);
    if (model->source) {
        printf("source: ");
        list_wrapped(model->source, 8);
    }
    if (model->params.fields && model->params.fields->name)
        puts("\nparameters:");
    list_fields(model->params.fields, 2);
    print_presets(model);
    print_state(model);
    print_kinds(model);
}

/* -- the same as JSON
 * ------------------------------------------------------------------------------------------------
 */

static void json_presets(struct sim_output *out, const struct sim_model *model)
{
    for (const struct sim_preset *one = model->presets; one && one->name; one++) {
        sim_output_text(out, one == model->presets ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, one->name);
        list_json_pair(out, "summary", one->summary);
        list_json_pair(out, "source", one->source);
        sim_output_text(out, ",\"values\":{");
        for (int i = 0; i < SIM_PRESET_VALUES_MAX && one->values[i].key; i++) {
            if (i > 0)
                sim_output_text(out, ",");
            sim_output_string(out, one->values[i].key);
            sim_output_text(out, ":");
            sim_output_string(out, one->values[i].text);
        }
        sim_output_text(out, "}}");
    }
}

static void json_model(struct sim_output *out, const struct sim_model *model)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, model->name);
    list_json_pair(out, "summary", model->summary);
    list_json_pair(out, "source", model->source);
    sim_output_text(out, ",\"parameters\":");
    list_json_fields(out, model->params.fields);
    sim_output_text(out, ",\"state\":");
    list_json_fields(out, model->state.fields);
    sim_output_text(out, ",\"live\":[");
    for (int i = 0; i < SIM_LIVE_MAX && model->live[i]; i++) {
        sim_output_text(out, i == 0 ? "" : ",");
        sim_output_string(out, model->live[i]);
    }
    sim_output_text(out, "],\"commands\":[");
    for (int i = 0; i < SIM_COMMANDS_MAX && model->commands[i].name; i++) {
        sim_output_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, model->commands[i].name);
        list_json_pair(out, "help", model->commands[i].help);
        sim_output_text(out, ",\"parameters\":");
        list_json_fields(out, model->commands[i].params.fields);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "],\"presets\":[");
    json_presets(out, model);
    sim_output_text(out, "],\"bugs\":[");
    for (int i = 0; i < SIM_BUGS_MAX && model->bugs[i]; i++) {
        sim_output_text(out, i == 0 ? "" : ",");
        sim_output_string(out, model->bugs[i]);
    }
    sim_output_text(out, "],\"marks\":[");
    for (int i = 0; i < SIM_MARKS_MAX && model->marks[i].name; i++) {
        sim_output_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, model->marks[i].name);
        list_json_pair(out, "help", model->marks[i].help);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]}");
}

static int list_models(const struct options *options)
{
    const struct sim_model *const *all = sim_models();
    const char *names[256] = { NULL };
    struct sim_output out;
    size_t shown = 0;

    sim_output_init(&out, stdout);
    if (options->json)
        sim_output_text(&out, "{\"models\":[");
    for (size_t i = 0; all[i]; i++) {
        if (i + 1 < sizeof(names) / sizeof(names[0]))
            names[i] = all[i]->name;
        if (options->path && strcmp(options->path, all[i]->name) != 0)
            continue;
        if (options->json) {
            sim_output_text(&out, shown == 0 ? "" : ",");
            json_model(&out, all[i]);
        } else if (options->path) {
            print_model(all[i]);
        } else {
            printf("  %-14s %s\n", all[i]->name, all[i]->summary);
        }
        shown++;
    }
    if (options->json && (shown > 0 || !options->path)) {
        sim_output_text(&out, "]}");
        sim_output_end_line(&out);
        sim_output_flush(&out);
    }
    sim_output_finish(&out);
    if (shown > 0 || !options->path)
        return EXIT_HOLDS;
    const char *near = sim_nearest(options->path, names);
    if (near)
        return usage_error("no model '%s'; did you mean '%s'?", options->path, near);
    return usage_error("no model '%s'; 'orrery models' lists them", options->path);
}

static int models(int argc, char **argv)
{
    static const char *const allowed[] = { "json", NULL };
    struct options options;
    int done = options_parse(&options, argc, argv, &models_command, allowed);

    if (done < 0)
        done = list_models(&options);
    options_finish(&options);
    return done;
}

const struct command models_command = {
    .name = "models",
    .summary = "list the models, or describe one",
    .usage = "[NAME] [--json]\n\n"
             "Without NAME: a line each. With NAME: its parameters, state, messages and notes.\n",
    .run = models,
};
