/* main.c - the command orrery: finds the subcommand, and says whether what it printed arrived. */
#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &run_command,
    &check_command,
    &sweep_command,
    &compare_command,
    &merge_command,
    &verify_command,
    &diff_command,
    &shrink_command,
    &explain_command,
    &inspect_command,
    &museum_command,
    &check_history_command,
    &models_command,
    &faults_command,
    &filters_command,
    &checkers_command,
    &schema_command,
    NULL,
};

static void print_help(FILE *file)
{
    fputs("Orrery, a deterministic simulator of distributed systems.\n\n"
          "usage: orrery COMMAND [OPTIONS]\n\n",
          file);
    for (int i = 0; commands[i]; i++)
        fprintf(file, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n'orrery COMMAND --help' tells more. Exit codes: 0 all expectations hold, 1 violated,\n"
        "2 usage or scenario error or a limit reached, 3 undecided, 4 internal error; of several\n"
        "4 before 2 before 1 before 3 before 0.\n",
        file);
}

/* A standard stream that the caller closed would be the first file that is opened, and what is
 * printed would land in a trace: takes its place with something that can be neither read nor
 * written. */
static void hold_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* Half a report must not pass for a whole one. */
static enum exit_code flush_output(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_HOLDS;
    fprintf(stderr, "orrery: cannot write to standard output%s%s\n", errno != 0 ? ": " : "",
            errno != 0 ? strerror(errno) : "");
    return EXIT_USAGE;
}

static int run_command_line(int argc, char **argv)
{
    const char *names[sizeof(commands) / sizeof(commands[0])] = { NULL };

    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_HOLDS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("orrery " ORRERY_VERSION);
        return EXIT_HOLDS;
    }
    for (int i = 0; commands[i]; i++) {
        names[i] = commands[i]->name;
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    }
    const char *near = sim_nearest(argv[1], names);
    if (near)
        return usage_error("no command '%s'; did you mean '%s'?", argv[1], near);
    return usage_error("no command '%s'", argv[1]);
}

int main(int argc, char **argv)
{
    hold_streams();
    enum exit_code code = (enum exit_code)run_command_line(argc, argv);
    return (int)worse(code, flush_output());
}
