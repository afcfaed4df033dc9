/* command.h - what the subcommands of orrery share: their table, the options of a run, and how a
 * run is repeated.
 *
 * Only this folder prints and chooses exit codes. */
#ifndef TOOLS_ORRERY_COMMAND_H
#define TOOLS_ORRERY_COMMAND_H

#include "sim/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ORRERY_VERSION "0.1.0" /* digests belong to one */

enum exit_code {
    EXIT_HOLDS = 0,
    EXIT_VIOLATED = 1,
    EXIT_USAGE = 2,
    EXIT_UNDECIDED = 3,
    EXIT_INTERNAL = 4
};

/* Where several hold, 4 before 2 before 1 before 3 before 0. */
enum exit_code worse(enum exit_code a, enum exit_code b);

struct command {
    const char *name;
    const char *summary;               /* one line of `orrery --help` */
    const char *usage;                 /* the whole help, without the first "usage: orrery NAME" */
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
    bool two_words;                    /* takes a second word beside its options */
};

extern const struct command run_command, check_command, sweep_command, compare_command,
    models_command, faults_command, schema_command, check_history_command, verify_command,
    diff_command, explain_command, inspect_command, merge_command, museum_command, shrink_command,
    checkers_command, filters_command;

/* Options of a scenario, as every subcommand that reads one takes them. */
struct options {
    const char *path, *other;                /* the words beside the options */
    const char **sets, **overlays, **matrix; /* NULL-terminated */
    size_t set_count, overlay_count, matrix_count;
    const char *variant;
    bool has_seed, fails_with;
    bool every_variant; /* load these too; no option, but what the subcommand wants */
    uint64_t seed;
    bool own_seeds; /* the run needs no --seed to be the same; no option either */
    bool json, quiet, json_errors, print_effective;
    const char *trace, *trace_filter, *trace_clocks, *history, *write_faults;
    const char *write_decisions;
    /* of a sweep */
    bool until_failure, summary;
    const char *seeds, *jobs, *time, *shard, *junit, *db;
    const char *variants, *baseline, *clients, *format; /* of a comparison */
    const char *out, *runs;                   /* of shrinking */
    sim_time until;
    bool has_until, state;
    sim_time branch_at;
    uint64_t branch_seed;
    bool has_branch_at, has_branch_seed;
    const char *branch_scan;
    uint64_t from;
    bool has_from;
    const char *mermaid, *spans, *folder;
    struct { /* where the second of two runs differs from the first */
        const char **sets;
        size_t set_count;
        const char *variant;
        bool has_seed, fails_with;
        uint64_t seed;
    } with;
};

/* Fills OPTIONS from the command line; ALLOWED lists the long names that this subcommand takes,
 * NULL-terminated. Returns -1 to go on, or an exit code (help was printed, or an error was). */
int options_parse(struct options *options, int argc, char **argv, const struct command *command,
                  const char *const *allowed);
void options_finish(struct options *options);
/* Runs a command whose one argument is a name, or none, and whose one option is --json. */
int options_list(int argc, char **argv, const struct command *command,
                 int (*list)(const char *name, bool json));

/* --jobs, or as many as this machine has processors; and --time. -1, or the code of an error. */
int options_jobs(const struct options *options, unsigned *jobs);
int options_budget(const struct options *options, sim_time *budget);

/* Prints "orrery: MESSAGE" and a hint at --help on stderr; returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Loads the scenario that OPTIONS name and prints all that is wrong with it; NULL then. */
struct sim_scenario *load_scenario(const struct options *options);
/* Loads it and hands it to RUN, which keeps nothing of it. */
int options_run(struct options *options,
                enum exit_code (*run)(const struct options *options,
                                      struct sim_scenario *scenario));
struct sim_catalogue catalogue(void);

/* The line that repeats this run, as the user types commands here; the caller frees it. */
char *repeat_line(const struct options *options, uint64_t seed);

/* "42" or "1..100" into FIRST and LAST; false if it is neither. */
bool parse_seeds(const char *text, uint64_t *first, uint64_t *last);

/* Escapes may be used on FILE: it is a terminal, and NO_COLOR is not set. */
bool use_colour(FILE *file);

#endif
