/* faults.c - what can go wrong, what sets it off and whom it can hit: from the tables that the
 * reader of scenarios uses. */
#include "sim/scenario/scenario.h"
#include "tools/orrery/command.h"
#include "tools/orrery/listing.h"

#include <string.h>

static const char *const target_names[] = {
    [SIM_TARGET_NODES] = "nodes",
    [SIM_TARGET_SIDES] = "two or more sides",
    [SIM_TARGET_LINKS] = "links",
};

static const struct sim_field no_fields[] = { { 0 } };

static const char *length_of(const struct sim_fault_kind *kind)
{
    if (kind->instant)
        return NULL;
    return kind->lasts ? kind->lasts : "ends after this; lasts if left out";
}

static void print_keys(const struct sim_key *key)
{
    for (; key && key->name; key++) {
        int used = printf("  %-19s ", key->name);

        list_wrapped(key->help, used);
    }
}

static void print_kind(const struct sim_fault_kind *kind)
{
    printf("%s - %s\nhits: %s\n", kind->name, kind->summary, target_names[kind->target]);
    if (length_of(kind))
        printf("for:  %s\n", length_of(kind));
    if (kind->params.fields && kind->params.fields->name)
        puts("\nparameters:");
    list_fields(kind->params.fields, 2);
    if (kind->action) {
        const struct sim_key keys[] = { sim_action_key(kind), { NULL, false, NULL, NULL } };

        list_fields(sim_action_fields(kind), 2);
        print_keys(keys);
    }
}

static void print_form(const struct sim_when_form *form)
{
    printf("when: %s - %s\n", form->name, form->summary);
    printf("`{trigger: ...}` can be: %s\n\n", form->roles);
    list_fields(form->fields, 2);
    print_keys(form->keys);
    list_fields(sim_when_fields, 2);
}

static void print_line(const char *name, const char *summary)
{
    int used = printf("  %-19s ", name);

    list_wrapped(summary, used);
}

static void print_all(void)
{
    puts("kinds of faults (`orrery faults NAME` describes one):");
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind; kind++)
        print_line((*kind)->name, (*kind)->summary);
    puts("\nand of actions, which an operator does (`actions:`):");
    for (const struct sim_fault_kind *const *kind = sim_action_kinds; *kind; kind++)
        print_line((*kind)->name, (*kind)->summary);
    puts("\nwhat sets them off, by time:");
    list_fields(sim_fault_time_fields, 2);
    puts("\nor by what happens, in `when:`:");
    for (const struct sim_when_form *const *form = sim_when_forms; *form; form++)
        print_line((*form)->name, (*form)->summary);
    puts("\nor the fault before it, in `then:`:");
    list_fields(sim_fault_after_fields, 2);
    puts("\nwhom they hit: a group, a node such as store-2, `rest`, or a mapping of");
    list_fields(sim_selector_listed(), 2);
    print_keys(sim_selector_listed_keys());
    puts("\nor, of what is set off by something else,");
    list_fields(sim_role_fields, 2);
}

/* -- the same as JSON -------------------------------------------------------------------------- */

static void json_keys(struct sim_output *out, const struct sim_key *key)
{
    sim_output_text(out, ",\"keys\":[");
    for (bool first = true; key && key->name; key++, first = false) {
        sim_output_text(out, first ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, key->name);
        list_json_pair(out, "help", key->help);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void json_kind(struct sim_output *out, const struct sim_fault_kind *kind)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, kind->name);
    list_json_pair(out, "summary", kind->summary);
    list_json_pair(out, "hits", target_names[kind->target]);
    list_json_pair(out, "for", length_of(kind));
    sim_output_text(out, ",\"parameters\":");
    list_json_fields(out, kind->action          ? sim_action_fields(kind)
                          : kind->params.fields ? kind->params.fields
                                                : no_fields);
    if (kind->action) {
        const struct sim_key keys[] = { sim_action_key(kind), { NULL, false, NULL, NULL } };

        json_keys(out, keys);
    }
    sim_output_text(out, "}");
}

static void json_form(struct sim_output *out, const struct sim_when_form *form)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, form->name);
    list_json_pair(out, "summary", form->summary);
    list_json_pair(out, "trigger", form->roles);
    sim_output_text(out, ",\"parameters\":");
    list_json_fields(out, form->fields);
    json_keys(out, form->keys);
    sim_output_text(out, "}");
}

static void json_kinds(struct sim_output *out, const char *name,
                       const struct sim_fault_kind *const *kinds)
{
    const char *comma = "";

    for (; *kinds; kinds++) {
        if (name && strcmp(name, (*kinds)->name) != 0)
            continue;
        sim_output_text(out, comma);
        json_kind(out, *kinds);
        comma = ",";
    }
}

/* Of NAME only, or of all if it is NULL. */
static void print_json(const char *name)
{
    struct sim_output out;
    const char *comma = "";

    sim_output_init(&out, stdout);
    sim_output_text(&out, "{\"faults\":[");
    json_kinds(&out, name, sim_fault_kinds);
    sim_output_text(&out, "],\"actions\":[");
    json_kinds(&out, name, sim_action_kinds);
    sim_output_text(&out, "],\"triggers\":[");
    for (const struct sim_when_form *const *form = sim_when_forms; *form; form++) {
        if (name && strcmp(name, (*form)->name) != 0)
            continue;
        sim_output_text(&out, comma);
        json_form(&out, *form);
        comma = ",";
    }
    sim_output_text(&out, "]");
    if (!name) {
        sim_output_text(&out, ",\"times\":");
        list_json_fields(&out, sim_fault_time_fields);
        sim_output_text(&out, ",\"when\":");
        list_json_fields(&out, sim_when_fields);
        sim_output_text(&out, ",\"targets\":{\"parameters\":");
        list_json_fields(&out, sim_selector_listed());
        json_keys(&out, sim_selector_listed_keys());
        sim_output_text(&out, "}");
    }
    sim_output_text(&out, "}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}

static const struct sim_when_form *find_form(const char *name)
{
    const struct sim_when_form *const *form = sim_when_forms;

    while (*form && strcmp((*form)->name, name) != 0)
        form++;
    return *form;
}

static int refuse_name(const char *name)
{
    const char *names[256] = { NULL };
    size_t count = 0;

    for (size_t i = 0; sim_fault_kinds[i] && count < 200; i++)
        names[count++] = sim_fault_kinds[i]->name;
    for (size_t i = 0; sim_action_kinds[i] && count < 220; i++)
        names[count++] = sim_action_kinds[i]->name;
    for (size_t i = 0; sim_when_forms[i] && count < 255; i++)
        names[count++] = sim_when_forms[i]->name;
    const char *near = sim_nearest(name, names);
    if (near)
        return usage_error("no fault, action or trigger '%s'; did you mean '%s'?", name, near);
    return usage_error("no fault, action or trigger '%s'; 'orrery faults' lists them", name);
}

static int list_faults(const char *name, bool json)
{
    const struct sim_fault_kind *kind = name ? sim_fault_find(sim_fault_kinds, name) : NULL;
    const struct sim_when_form *form = name ? find_form(name) : NULL;

    if (name && !kind)
        kind = sim_fault_find(sim_action_kinds, name);

    if (name && !kind && !form)
        return refuse_name(name);
    if (json)
        print_json(name);
    else if (kind)
        print_kind(kind);
    else if (form)
        print_form(form);
    else
        print_all();
    return EXIT_HOLDS;
}

static int faults(int argc, char **argv)
{
    return options_list(argc, argv, &faults_command, list_faults);
}

const struct command faults_command = {
    .name = "faults",
    .summary = "list what can go wrong, what sets it off and whom it hits",
    .usage = "[NAME] [--json]\n\n"
             "Without NAME: a line each. With NAME: the parameters of a kind, or of a form of\n"
             "`when:`.\n",
    .run = faults,
};
