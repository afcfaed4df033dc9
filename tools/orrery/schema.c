#include "tools/orrery/command.h"

static int schema(int argc, char **argv)
{
    static const char *const allowed[] = { NULL };
    struct options options;
    struct sim_catalogue all = catalogue();
    int done = options_parse(&options, argc, argv, &schema_command, allowed);

    if (done < 0 && options.path)
        done = usage_error("schema takes no argument: '%s'", options.path);
    options_finish(&options);
    if (done >= 0)
        return done;
    sim_schema_print(&all, stdout);
    return EXIT_HOLDS;
}

const struct command schema_command = {
    .name = "schema",
    .summary = "print the JSON Schema of scenario files",
    .usage =
        "\n\n"
        "Editors complete and check scenarios with it (draft-07). It is made from the tables that\n"
        "'orrery check' uses.\n",
    .run = schema,
};
