/* diagnostic.h - what is wrong with a user's input, collected: one pass shows every mistake.
 *
 * A diagnostic has a place, says what is wrong and what was expected, and shows the line with the
 * culprit underlined. Nothing here prints by itself: the command does, and chooses the exit code.
 *
 * Ownership: everything is copied, excerpts too; sources may be gone when it is printed.
 * Errors: beyond SIM_DIAGNOSTICS_SHOWN_MAX they are counted, not kept; warnings too. */
#ifndef SIM_SCENARIO_DIAGNOSTIC_H
#define SIM_SCENARIO_DIAGNOSTIC_H

#include "sim/core/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SIM_DIAGNOSTICS_SHOWN_MAX = 20 };

enum sim_diagnostic_kind {
    SIM_WRONG_SYNTAX,    /* not YAML, not readable, over a limit of the reader */
    SIM_WRONG_SCHEMA,    /* what the JSON Schema refuses too: unknown key, type, unit, range */
    SIM_WRONG_REFERENCE, /* a name that names nothing: group, model's field, label, variant, file */
    SIM_WRONG_MEANING,   /* right by itself, wrong together with something else */
};

/* A text that was read: a file, or the value of an option ("--set[2]"). */
struct sim_source {
    const char *name;
    const char *text; /* NUL-terminated */
    size_t length;
    /* Where the text begins, of a file that is not in memory as a whole; 0 is 1. */
    uint32_t line, column;
};

struct sim_mark {
    const struct sim_source *source; /* NULL: no place */
    uint32_t line, column;           /* 1-based; columns count characters, not bytes */
    uint32_t length;                 /* characters to underline, at least 1 */
};

struct sim_diagnostics;

struct sim_diagnostics *sim_diagnostics_create(void);
void sim_diagnostics_destroy(struct sim_diagnostics *diagnostics);

/* HINT ("did you mean 'model'?", "expected 1ms to 1h (default 150ms)") stands under the excerpt;
 * NULL: none. MARK may be NULL. */
void sim_diagnostics_error(struct sim_diagnostics *diagnostics, enum sim_diagnostic_kind kind,
                           const struct sim_mark *mark, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Belongs to the error before it. */
void sim_diagnostics_note(struct sim_diagnostics *diagnostics, const struct sim_mark *mark,
                          const char *format, ...) __attribute__((format(printf, 3, 4)));
void sim_diagnostics_warning(struct sim_diagnostics *diagnostics, const struct sim_mark *mark,
                             const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Errors and warnings from here on are of this variant and of `fails_with:`, and say so; NULL and
 * false: of the base. */
void sim_diagnostics_of_variant(struct sim_diagnostics *diagnostics, const char *variant,
                                bool fails_with);

size_t sim_diagnostics_errors(const struct sim_diagnostics *diagnostics);
/* As a compiler would: sources by first appearance, sorted by place within each; COLOUR with
 * escapes. */
void sim_diagnostics_print(const struct sim_diagnostics *diagnostics, FILE *file, bool colour);
/* {"errors":1,"warnings":0,"diagnostics":[{"severity":"error","kind":"schema","file":"bad.yaml",
 * "line":6,"column":5,"length":5,"message":"...","hint":"...","notes":[{...}],"variant":"calm",
 * "fails_with":true}]}; what does not apply is left out. */
void sim_diagnostics_print_json(const struct sim_diagnostics *diagnostics, FILE *file);

#endif
