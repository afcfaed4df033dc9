/* schema.h - writing the JSON Schema; private to this folder.
 *
 * A writer for JSON that indents, and the functions that turn field tables into schemas. What no
 * table can say (that an entry of `faults:` has either `at` or `every`) stands as a piece of JSON
 * beside the code that reads it.
 *
 * Types that several fields share, with their ranges, become definitions that are written once, at
 * the end. */
#ifndef SIM_SCENARIO_SCHEMA_H
#define SIM_SCENARIO_SCHEMA_H

#include "sim/scenario/bind.h"

enum { SIM_SCHEMA_DEPTH_MAX = 64 };

struct sim_schema_definition {
    struct sim_field field;
    char *name;
};

struct sim_schema {
    FILE *file;
    const struct sim_catalogue *catalogue;
    struct sim_binder *binder;     /* reads defaults */
    const struct sim_model *model; /* whose keys are being written */
    struct sim_schema_definition *definitions;
    size_t definition_count, definition_capacity;
    size_t depth;
    bool filled[SIM_SCHEMA_DEPTH_MAX]; /* the object or list at a depth has a member */
};

/* An object or a list, as member KEY (NULL in a list); BRACKET is '{' or '['. */
void sim_schema_open(struct sim_schema *schema, const char *key, char bracket);
void sim_schema_close(struct sim_schema *schema, char bracket);
void sim_schema_text(struct sim_schema *schema, const char *key, const char *text);
/* A piece of JSON on one line, with ' for ". */
void sim_schema_raw(struct sim_schema *schema, const char *key, const char *json);
/* A list of texts. */
void sim_schema_texts(struct sim_schema *schema, const char *key, const char *const *texts);

/* The members of a schema that holds for one value of FIELD. */
void sim_schema_value(struct sim_schema *schema, const struct sim_field *field);
/* The members of a schema that holds for a mapping of KEYS; the second leaves out which of them are
 * required. */
void sim_schema_mapping(struct sim_schema *schema, const struct sim_keys *keys);
void sim_schema_part(struct sim_schema *schema, const struct sim_keys *keys);
void sim_schema_required(struct sim_schema *schema, const struct sim_keys *keys);
/* A property: the field's value or, if it may be left out, null. */
void sim_schema_field(struct sim_schema *schema, const struct sim_field *field);

/* That a mapping has KEY, and not as null. */
#define SIM_SCHEMA_HAS(key)                                                                        \
    "{'required': ['" key "'], 'properties': {'" key "': {'not': {'type': 'null'}}}}"

/* Definitions of node groups and selectors. */
void sim_schema_models(struct sim_schema *schema);
void sim_schema_selector(struct sim_schema *schema);
/* The definition of what may stand in a `then:`. */
void sim_schema_faults_that_follow(struct sim_schema *schema);
/* The members of the schemas of a scenario, and of its `faults:` and `expect:`. */
void sim_schema_scenario(struct sim_schema *schema);
void sim_schema_faults(struct sim_schema *schema);
void sim_schema_random(struct sim_schema *schema); /* of its entries `random:` */
void sim_schema_actions(struct sim_schema *schema);
void sim_schema_calls(struct sim_schema *schema);
void sim_schema_filters(struct sim_schema *schema); /* the definition of a list of them */
void sim_schema_settle(struct sim_schema *schema);
void sim_schema_operations(struct sim_schema *schema);
void sim_schema_luck(struct sim_schema *schema);
void sim_schema_museum(struct sim_schema *schema);
void sim_schema_labels(struct sim_schema *schema);
void sim_schema_expect(struct sim_schema *schema);
void sim_schema_over(struct sim_schema *schema); /* of an expectation's `over:` */
/* Of the mappings that are bound by hand. */
void sim_schema_empirical(struct sim_schema *schema, const struct sim_field *outer);
void sim_schema_mix(struct sim_schema *schema, const struct sim_field *outer);

#endif
