/* scenario.h - from a YAML file to a plan that the world can run.
 *
 * Everything is read through field tables: the network's, the faults' and so on stand in this
 * folder, those of models and checkers come with the catalogue. The same tables give the JSON
 * Schema, so the two cannot disagree.
 *
 * Ownership: plan, expectations and texts belong to the scenario and die with it.
 * Errors: go to the diagnostics, all in one pass; the scenario is then NULL. */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "sim/scenario/tree.h"
#include "sim/world/observer.h"
#include "sim/world/plan.h"

struct sim_filter;

struct sim_catalogue {
    const struct sim_model *const *models;       /* NULL-terminated */
    const struct sim_described *const *checkers; /* NULL-terminated */
    const struct sim_filter *const *filters;     /* NULL-terminated; NULL: none */
};

/* What of a figure over many seeds; the names that YAML gives them are in sim_statistic_names. */
enum sim_statistic {
    SIM_STATISTIC_MEAN,
    SIM_STATISTIC_MIN,
    SIM_STATISTIC_P1,
    SIM_STATISTIC_P5,
    SIM_STATISTIC_P10,
    SIM_STATISTIC_P25,
    SIM_STATISTIC_P50,
    SIM_STATISTIC_P75,
    SIM_STATISTIC_P90,
    SIM_STATISTIC_P95,
    SIM_STATISTIC_P99,
    SIM_STATISTIC_P999,
    SIM_STATISTIC_MAX,
    SIM_STATISTICS
};

extern const char *const sim_statistic_names[]; /* ending with NULL */

struct sim_over_point { /* of a published distribution */
    enum sim_statistic statistic;
    int64_t value;    /* as a checker measures (sim/check/checker.h) */
    double tolerance; /* of the value */
};

enum sim_over_way {
    SIM_OVER_ALL,       /* under every seed it holds */
    SIM_OVER_ANY,       /* under some */
    SIM_OVER_SHARE,     /* under such a share of them */
    SIM_OVER_STATISTIC, /* a statistic of the figures keeps their bounds */
};

/* `over:` of an expectation: it speaks of many runs. */
struct sim_over {
    uint64_t first, last; /* seeds */
    enum sim_over_way way;
    double at_least, at_most; /* of SHARE */
    enum sim_statistic statistic;
    const char *source; /* of the points; or NULL */
    const struct sim_over_point *points;
    uint32_t point_count;
};

struct sim_expectation {
    const struct sim_described *checker;
    const void *params;
    const struct sim_over *over; /* NULL: it speaks of one run */
    bool is_violated;            /* `is: violated`: that it does not hold is what is expected */
    const char *text; /* as written, on one line: "availability: {clients: app, during: cut,
                         at_least: 70%}" */
    struct sim_mark mark;
};

/* What a scenario shows in the museum of bugs. */
struct sim_exhibit {
    const char *id; /* NULL: it is no exhibit */
    const char *planted, *noticed, *read;
};

struct sim_scenario;

/* The base, or the variant that is asked for; with `every_variant` also NULL if one of the others
 * is wrong. Diagnostics say which variant they are of. */
struct sim_scenario *sim_scenario_load(const struct sim_catalogue *catalogue,
                                       const struct sim_document_options *options,
                                       struct sim_diagnostics *diagnostics);
struct sim_scenario *sim_scenario_parse(const struct sim_catalogue *catalogue, const char *name,
                                        const char *text, size_t length,
                                        const struct sim_document_options *options,
                                        struct sim_diagnostics *diagnostics);
void sim_scenario_destroy(struct sim_scenario *scenario); /* NULL is fine */

const struct sim_plan *sim_scenario_plan(const struct sim_scenario *scenario);
/* The plan's seed is the scenario's `seed:`, else 1; the command may set another. */
void sim_scenario_set_seed(struct sim_scenario *scenario, uint64_t seed);
/* From AT on the luck of the run is that of SEED. */
void sim_scenario_set_branch(struct sim_scenario *scenario, sim_time at, uint64_t seed);
/* As `luck: {seed: ...}` says it. */
void sim_scenario_set_luck(struct sim_scenario *scenario, uint64_t seed);
/* No more events than these, whatever the scenario says. */
void sim_scenario_limit_events(struct sim_scenario *scenario, uint64_t most);
const struct sim_expectation *sim_scenario_expectations(const struct sim_scenario *scenario,
                                                        size_t *count);
const char *const *sim_scenario_variants(const struct sim_scenario *scenario); /* NULL-terminated */
/* The first variant that changes nothing but `name`, `about` and `expect`: the base by a name of
 * its own; or NULL. */
const char *sim_scenario_base(const struct sim_scenario *scenario);
/* The scenario as written, after overrides, without defaults. */
const struct sim_tree *sim_scenario_written(const struct sim_scenario *scenario);
const struct sim_exhibit *sim_scenario_exhibit(const struct sim_scenario *scenario);
bool sim_scenario_has_fails_with(const struct sim_scenario *scenario);
/* The scenario after includes, overrides and defaults, as YAML that runs the same. */
void sim_scenario_print_effective(const struct sim_scenario *scenario, FILE *file);

/* The same, but its faults and actions as those COUNT that STRUCK when it was run with PLAN (its
 * own, where random faults are drawn): at explicit times, on explicit nodes. It runs the same under
 * that plan's seed. False if they are too many for a scenario. */
bool sim_scenario_print_struck(const struct sim_scenario *scenario, const struct sim_plan *plan,
                               const struct sim_struck *struck, size_t count, FILE *file);

/* The same with all that was left to luck and the load: operations of clients, what links made of
 * messages, what models drew. It runs the same whatever seed it is given. */
bool sim_scenario_print_decisions(const struct sim_scenario *scenario, const struct sim_plan *plan,
                                  const struct sim_decisions *decisions, FILE *file);

/* -- for listings: what the reader knows ------------------------------------------------------- */

/* A key that is bound by hand. SCHEMA writes the members of its schema object. */
struct sim_schema;
struct sim_key {
    const char *name;
    bool required;
    const char *help;
    void (*schema)(struct sim_schema *schema);
};

/* A form of `when:`, by the key that tells it. */
struct sim_when_form {
    const char *name, *summary;
    const struct sim_field *fields;
    const struct sim_key *keys; /* ends with a NULL name; NULL: none */
    const char *roles;          /* what `{trigger: ...}` can be */
};

extern const struct sim_when_form *const sim_when_forms[]; /* ending with NULL */
extern const struct sim_field sim_when_fields[];           /* of all forms */
extern const struct sim_field sim_fault_time_fields[], sim_fault_after_fields[];
extern const struct sim_field sim_role_fields[]; /* `{trigger: node}` */
const struct sim_field *sim_selector_listed(void);
const struct sim_key *sim_selector_listed_keys(void);

/* The keys that only KIND, one of actions, has: a table, and one without a type (without a name:
 * none). */
const struct sim_field *sim_action_fields(const struct sim_fault_kind *kind);
struct sim_key sim_action_key(const struct sim_fault_kind *kind);

/* The JSON Schema (draft-07) of scenario files. */
void sim_schema_print(const struct sim_catalogue *catalogue, FILE *file);

#endif
