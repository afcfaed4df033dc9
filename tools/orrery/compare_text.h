/* compare_text.h - a comparison for people, on 120 columns or as Markdown, and for programs.
 *
 * Several small tables rather than one wide one, each with what it says in a heading, and the
 * conclusions in words behind them: who reads nothing but this should be able to choose. A figure
 * is the mean over the seeds, +- half of its 95 % interval where that is as large as a digit that
 * is shown. */
#ifndef TOOLS_ORRERY_COMPARE_TEXT_H
#define TOOLS_ORRERY_COMPARE_TEXT_H

#include "tools/orrery/comparison.h"

void compare_print(const struct comparison *comparison, bool markdown, FILE *file);
/* Variant by variant and figure by figure. */
void compare_print_csv(const struct comparison *comparison, FILE *file);
void compare_print_json(const struct comparison *comparison, FILE *file);

/* -- what these share -------------------------------------------------------------------------- */

enum { COMPARED_TEXT = 64 };

/* "99.3 ±0.2", "-" if there is none: shares in per cent, times in ms or in s. */
const char *compared_share(char text[COMPARED_TEXT], const struct estimate *estimate);
const char *compared_time(char text[COMPARED_TEXT], const struct estimate *estimate, double unit);
const char *compared_count(char text[COMPARED_TEXT], const struct estimate *estimate);

/* Three digits or so; and VALUE +- HALF, SIGN: with a plus. */
int compared_decimals(double value);
void compared_figure(char text[COMPARED_TEXT], double value, double half, int decimals, bool sign);

/* A column of a table of figures. UNIT: of times; 0: a share, -1: a count. */
struct compared_column {
    const char *heading;
    enum measured_figure figure;
    double unit;
};
void compare_print_figures(const struct comparison *comparison,
                           const struct compared_column *columns, size_t count, bool markdown,
                           FILE *file);
/* NUMBER: of the section. */
void compare_print_differences(const struct comparison *comparison, int number,
                               const struct compared_column *columns, size_t count, bool markdown,
                               FILE *file);
void compare_print_effects(const struct comparison *comparison, int number,
                           const struct compared_column *columns, size_t count, bool markdown,
                           FILE *file);

/* A heading, and a paragraph. */
void compare_heading(const char *text, bool markdown, FILE *file);
void compare_say(FILE *file, bool markdown, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* " *" behind the name of the baseline, else "". */
static inline const char *compared_mark(const struct comparison *comparison, size_t variant)
{
    return variant == comparison->baseline ? " *" : "";
}

/* A linearizable variant and one that is not, as alike as there are any: of one store, with the
 * fewest SETTINGS that differ ("nodes.store.stamp, nodes.store.read_repair"); or, with a COUNT of
 * 0, the most available of each. False: there are not both. */
struct compared_pair {
    size_t with, without, count;
    char settings[300];
};
bool compared_pair_find(struct compared_pair *pair, const struct comparison *comparison);

/* What was run, and what the variants are. */
void compare_print_head(const struct comparison *comparison, bool markdown, FILE *file);
/* What groups count that should not be seen, where some do. */
void compare_print_anomalies(const struct comparison *comparison, bool markdown, FILE *file);
/* Attempts of each call, by hop, and what filters made of calls. */
void compare_print_hops(const struct comparison *comparison, int number, bool markdown, FILE *file);
/* What policies of calls are compared in, where no store is. */
void compare_print_services(const struct comparison *comparison, bool markdown, FILE *file);
void compare_print_service_words(const struct comparison *comparison, bool markdown, FILE *file);
/* Which expectations of the scenario were violated under which variant. */
void compare_print_expected(const struct comparison *comparison, bool markdown, FILE *file);

/* The conclusions. */
void compare_print_words(const struct comparison *comparison, bool markdown, FILE *file);

#endif
