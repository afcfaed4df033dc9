#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/output_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_yaml(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

bool output_file_is(const char *path, const char *other)
{
    struct stat a, b;

    return stat(path, &a) == 0 && (other ? stat(other, &b) : fstat(fileno(stdout), &b)) == 0 &&
           S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Whether the file at PATH begins so, or is yet to be. */
static bool begins_with(const char *path, const char *heading)
{
    char found[128] = "";
    FILE *file = fopen(path, "r");

    if (!file)
        return errno == ENOENT;
    bool is = fgets(found, (int)sizeof(found), file) && strcmp(found, heading) == 0;
    fclose(file);
    return is;
}

/* What PATH must not be written over; NULL: nothing. Files that a scenario includes are not known
 * here, but for how they are called. */
static const char *overwritten(const struct options *options, const char *path)
{
    if (strcmp(path, "-") == 0)
        return NULL;
    if (output_file_is(path, options->path))
        return "the scenario";
    for (size_t i = 0; i < options->overlay_count; i++) {
        if (output_file_is(path, options->overlays[i]))
            return "an overlay";
    }
    if (output_file_is(path, NULL))
        return "standard output";
    if ((path == options->write_faults && begins_with(path, OUTPUT_FILE_FAULTS)) ||
        (path == options->write_decisions && begins_with(path, OUTPUT_FILE_DECISIONS)) ||
        (path == options->out && begins_with(path, OUTPUT_FILE_SHRUNK)))
        return NULL;
    return is_yaml(path) ? "by its name a scenario" : NULL;
}

int output_file_refuse(const struct options *options, const char *option, const char *path)
{
    const char *lost = path ? overwritten(options, path) : NULL;

    if (!lost)
        return -1;
    return usage_error("%s: '%s' is %s, and would be overwritten", option, path, lost);
}

FILE *output_file_open(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");

    if (!file)
        usage_error("cannot write '%s': %s", path, strerror(errno));
    return file;
}

enum exit_code output_file_close(FILE *file, const char *path, const char *wrong)
{
    if (file == stdout)
        return EXIT_HOLDS;
    if (fclose(file) != 0 && !wrong)
        wrong = strerror(errno);
    if (!wrong)
        return EXIT_HOLDS;
    fprintf(stderr, "orrery: '%s' is not whole: %s\n", path, wrong);
    return EXIT_USAGE;
}
