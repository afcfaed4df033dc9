/* merge.c - makes one database of several, as of the shards of a sweep. */
#define _POSIX_C_SOURCE 200809L
#include "sim/core/mem.h"
#include "tools/orrery/database.h"

#include <string.h>
#include <unistd.h>

/* All but what stands behind -o is read. Returns -1, or an exit code. */
static int read_words(int argc, char **argv, const char **inputs, size_t *count,
                      const char **output)
{
    bool only_files = false;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (only_files || word[0] != '-') {
            inputs[(*count)++] = word;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            printf("%s\n\nusage: orrery %s %s", merge_command.summary, merge_command.name,
                   merge_command.usage);
            return EXIT_HOLDS;
        } else if (strcmp(word, "-o") == 0) {
            if (*output)
                return usage_error("merge: -o is given twice");
            if (++i == argc)
                return usage_error("merge: -o needs a value");
            *output = argv[i];
        } else if (strcmp(word, "--") == 0) {
            only_files = true;
        } else {
            return usage_error("merge: no option '%s'", word);
        }
    }
    return -1;
}

static int merge_files(const char *const *inputs, size_t count, const char *output)
{
    struct database *database;
    bool good = true;

    if (access(output, F_OK) == 0)
        return usage_error("merge: '%s' is there already", output);
    database = database_open(output, true);
    if (!database)
        return EXIT_USAGE;
    for (size_t i = 0; i < count && good; i++)
        good = database_merge(database, inputs[i]);
    good &= database_close(database);
    if (!good)
        unlink(output);
    return good ? EXIT_HOLDS : EXIT_USAGE;
}

static int merge(int argc, char **argv)
{
    const char **inputs = sim_alloc_array((size_t)argc, sizeof(*inputs)), *output = NULL;
    size_t count = 0;
    int done = read_words(argc, argv, inputs, &count, &output);

    if (done < 0 && (count == 0 || !output))
        done = usage_error("merge needs databases and where to put their sum, as in: merge a.db "
                           "b.db -o c.db");
    if (done < 0)
        done = merge_files(inputs, count, output);
    sim_free(inputs);
    return done;
}

const struct command merge_command = {
    .name = "merge",
    .summary = "make one database of those that sweeps of one scenario wrote",
    .usage =
        "A.db B.db... -o ALL.db\n\n"
        "  -o FILE             the database that is made; it must not exist yet\n"
        "\nThe databases hold runs of one scenario, with the same overrides and by the same\n"
        "version of orrery: the shards of a sweep, say, or its seeds in several parts. Runs that\n"
        "are in several must be the same there. 'orrery sweep --db ALL.db --summary' tells the\n"
        "sum.\n",
    .run = merge,
};
