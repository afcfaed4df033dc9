/* catalogue.h - a small catalogue for the tests of the loader: models with parameters of every
 * type, and two checkers.
 *
 * "store" has all kinds of parameters and serves "shop"; "client" calls "shop"; "rich" calls "bank"
 * too, which nobody serves. "judge" is a checker with parameters, "plain" one without. */
#ifndef TESTS_LIB_CATALOGUE_H
#define TESTS_LIB_CATALOGUE_H

#include "sim/scenario/scenario.h"

#define TOP "version: 1\nduration: 60s\n"

struct inner {
    int64_t count;
    struct sim_popularity *chosen;
};

/* Of the model "store". `derived` is twice `whole`. */
struct params {
    sim_time gap, maybe;
    int64_t whole, colour, mix[3];
    double number, share;
    bool flag;
    sim_probability chance;
    struct sim_rate rate;
    uint64_t size, band;
    const struct sim_distribution *delay, *perhaps;
    struct sim_ppm_range drift;
    const char *text;
    struct inner inner;
    uint32_t friend;
    int64_t derived;
};

struct state {
    int64_t role, term;
    bool ready;
};

struct judge {
    uint32_t clients;
    const char *during;
    double at_least;
};

struct loaded {
    struct sim_diagnostics *diagnostics;
    struct sim_scenario *scenario;
    char *errors; /* as JSON, a line each */
};

extern const struct sim_catalogue test_catalogue;
extern const struct sim_described judge_checker, plain_checker;
/* A scenario that sets everything. */
extern const char all_values[];

struct loaded load(const char *text, const struct sim_document_options *options);
struct loaded load_good(const char *text, const struct sim_document_options *options);
void finish(struct loaded *loaded);
/* The effective scenario, for free(). */
char *print(const struct sim_scenario *scenario);

#endif
