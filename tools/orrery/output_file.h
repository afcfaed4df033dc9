/* output_file.h - files that a command writes beside what it prints.
 *
 * Nothing that was read is written over, and what did not arrive is told. "-" is standard output.
 *
 * Errors: are printed. */
#ifndef TOOLS_ORRERY_OUTPUT_FILE_H
#define TOOLS_ORRERY_OUTPUT_FILE_H

#include "tools/orrery/command.h"

/* What --write-faults writes begins so, and may be written again though it is a scenario. */
#define OUTPUT_FILE_FAULTS "# faults as they struck, written by orrery run --write-faults\n"

/* So does what shrink writes. */
#define OUTPUT_FILE_SHRUNK "# shrunk by orrery\n"
#define OUTPUT_FILE_DECISIONS "# all decisions of a run, written by orrery run --write-decisions\n"

/* Whether PATH and OTHER, NULL: standard output, are one file, by whatever names. */
bool output_file_is(const char *path, const char *other);
/* -1, or the exit code if PATH (or NULL), the value of OPTION, is something that OPTIONS read. */
int output_file_refuse(const struct options *options, const char *option, const char *path);
FILE *output_file_open(const char *path); /* NULL after an error */
/* WRONG is what went wrong before, or NULL. What did not arrive on stdout is told at the end, by
 * main. */
enum exit_code output_file_close(FILE *file, const char *path, const char *wrong);

#endif
