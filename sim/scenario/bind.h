/* bind.h - from trees to structs through field tables; private to this folder.
 *
 * A mapping is read in two steps. First it is *completed*: unknown and missing keys are reported,
 * and what was left out is added with its default as if it stood in the file. Then the completed
 * mapping is *bound*: every value is parsed into its place. The completed mappings together are the
 * effective scenario, so what is printed is what was read.
 *
 * Keys that no field type covers (the links of a network, the sides of a partition) are bound by
 * hand; their rows stand in a table beside the fields, with the function that writes their schema,
 * so that reader and schema share one list.
 *
 * Ownership: all memory is the document's, except distributions, popularities and parsed defaults,
 * which the binder keeps and destroys. Errors: go to the diagnostics; every function goes on and
 * returns what it has. */
#ifndef SIM_SCENARIO_BIND_H
#define SIM_SCENARIO_BIND_H

#include "sim/scenario/scenario.h"

enum { SIM_BIND_TABLES_MAX = 4 };

struct sim_bind_names { /* what the scenario itself names: groups, labels, zones */
    const char **names; /* NULL-terminated once there is one */
    uint32_t *slots;    /* a hash table of places + 1 */
    size_t slot_count;
    int64_t *figures; /* one for each: members of a group, windows of a label (0: any number) */
    size_t count, capacity;
};

struct sim_binder {
    const struct sim_catalogue *catalogue;
    struct sim_diagnostics *diagnostics;
    struct sim_document *document;
    struct sim_bind_names groups, labels, zones;
    struct sim_plan *plan;
    bool groups_wrong; /* of the plan: what is said of them has been said */
    struct sim_distribution **distributions;
    size_t distribution_count, distribution_capacity;
    struct sim_popularity **popularities;
    size_t popularity_count, popularity_capacity;
    struct sim_document **defaults;
    size_t default_count, default_capacity;
};

/* All that may stand in one mapping. */
struct sim_keys {
    const struct sim_field *fields[SIM_BIND_TABLES_MAX]; /* NULL-terminated */
    const struct sim_key *keys;                          /* or NULL; ends with a NULL name */
};

/* What a mapping describes ("group 'store'"), and where errors about something missing point. */
struct sim_subject {
    const char *what;
    const struct sim_mark *mark;
    bool named; /* worth a note that says where it starts */
};

/* A text that grows. */
struct sim_text {
    char *bytes; /* NULL while it is empty */
    size_t length, capacity;
};

void sim_text_add(struct sim_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Moves it to the document's memory. */
const char *sim_text_finish(struct sim_text *text, struct sim_binder *binder);

void sim_binder_init(struct sim_binder *binder, const struct sim_catalogue *catalogue,
                     struct sim_document *document, struct sim_diagnostics *diagnostics);
void sim_binder_finish(struct sim_binder *binder);

/* -- field.c ----------------------------------------------------------------------------------- */

/* TREE (NULL: empty) with unknown keys left out and defaults added; NULL if it is no mapping. */
struct sim_tree *sim_bind_complete(struct sim_binder *binder, const struct sim_tree *tree,
                                   const struct sim_keys *keys, const struct sim_subject *subject);
/* Parses into the struct at OUT what FIELDS name in MAPPING, a completed one. Objects in it are
 * completed on the way. */
void sim_bind_fields(struct sim_binder *binder, struct sim_tree *mapping,
                     const struct sim_field *fields, void *out);
/* Puts VALUE in the place of KEY's, or adds it: the effective scenario shows it. */
void sim_bind_put(struct sim_binder *binder, struct sim_tree *mapping, const char *key,
                  struct sim_tree *value);
/* TREE, a group of MODEL, with the values of its preset, if it names one, below what it says
 * itself. They stand where the preset is named. */
const struct sim_tree *sim_bind_preset(struct sim_binder *binder, const struct sim_tree *tree,
                                       const struct sim_model *model);
/* Empty nodes at the place of MARK, with room for COUNT items. */
struct sim_tree *sim_bind_node(struct sim_binder *binder, enum sim_tree_kind kind,
                               const struct sim_mark *mark, uint32_t count);
struct sim_tree *sim_bind_scalar(struct sim_binder *binder, const struct sim_mark *mark,
                                 const char *text);

/* Where KEY stands in MAPPING, or MAPPING itself does. */
const struct sim_mark *sim_bind_key_mark(const struct sim_tree *mapping, const char *key);
/* True if TREE is of KIND; else reports that NAME should be WHAT ("a list of selectors"). */
bool sim_bind_is(struct sim_binder *binder, const struct sim_tree *tree, enum sim_tree_kind kind,
                 const char *name, const char *what);
/* The same of a mapping; WHAT is a subject's, such as "group 'store'". */
bool sim_bind_is_mapping(struct sim_binder *binder, const struct sim_tree *tree, const char *what);
/* TEXT, a default, as a node. */
struct sim_tree *sim_bind_default(struct sim_binder *binder, const char *text,
                                  const struct sim_mark *mark);
/* Text in the document's memory. */
char *sim_bind_text(struct sim_binder *binder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "did you mean 'store'? There are: app, store" */
const char *sim_bind_hint(struct sim_binder *binder, const char *word, const char *const *names);
/* The same without the list, if a name is near: for keys, of which there are many. */
const char *sim_bind_key_hint(struct sim_binder *binder, const char *word,
                              const char *const *names);
/* That KEY, at MARK, may not stand in SUBJECT. */
void sim_bind_unknown_key(struct sim_binder *binder, const char *key, const struct sim_mark *mark,
                          const char *const *names, const struct sim_subject *subject);

/* Is TEXT a number (or that, a boolean or null) by YAML's core rules, when it stands without
 * quotes? */
bool sim_bind_is_number(const char *text);
bool sim_bind_is_typed(const char *text);

/* Index of the group that a scalar names, or SIM_NO_GROUP after an error. */
uint32_t sim_bind_group(struct sim_binder *binder, const struct sim_tree *tree, const char *name);

size_t sim_bind_add_name(struct sim_bind_names *names, const char *name, int64_t figure);
/* The index of NAME, or names->count. */
size_t sim_bind_find_name(const struct sim_bind_names *names, const char *name);

void sim_bind_free_names(struct sim_bind_names *names);

/* -- types.c: single values of units, their nouns and ranges ----------------------------------- */

/* "a duration", "one of: a, b" ... and, if it has them, range and default, as a hint shows them. */
const char *sim_bind_expected(struct sim_binder *binder, const struct sim_field *field);
/* Parses the scalar TEXT of FIELD to OUT. Returns NULL or what is wrong. */
const char *sim_bind_parse(const struct sim_field *field, const char *value, void *out,
                           char text[160]);
/* The range of a field; durations have one even if their table gives none: 0 to SIM_TIME_LIMIT.
 * NULL: no bound. */
const char *sim_bind_least(const struct sim_field *field);
const char *sim_bind_most(const struct sim_field *field);
/* Is what was parsed outside of the field's range? */
bool sim_bind_is_outside(const struct sim_field *field, const void *value);

/* -- distribution.c ---------------------------------------------------------------------------- */

enum { SIM_FORM_FIELDS_MAX = 4, SIM_VALUES_MAX = 50000 };

/* One way to write a distribution as a mapping: `{lognormal: {median: 5ms, p99: 40ms}}`. */
struct sim_form {
    const char *name;
    const char *help;
    const struct sim_field *fields; /* NULL: bound by hand */
    bool bare; /* one field, whose value stands without its name: `{exponential: 5ms}` */
    struct sim_distribution *(*create)(
        const void *numbers); /* of the struct that FIELDS describe */
    void (*schema)(struct sim_schema *schema, const struct sim_field *outer); /* if bound by hand */
};

extern const struct sim_form sim_forms[];

/* The fields of FORM with the range of OUTER applied to its durations. */
void sim_form_fields(const struct sim_form *form, const struct sim_field *outer,
                     struct sim_field fields[SIM_FORM_FIELDS_MAX]);
/* `plus:`, and one of the values that an empirical distribution lists. */
struct sim_field sim_plus_field(const struct sim_field *outer);
struct sim_field sim_value_field(const struct sim_field *outer);
extern const struct sim_field sim_weight_field;

/* The distribution that TREE describes, or NULL after an error. *EFFECTIVE becomes the tree to
 * show, which holds the contents of files. */
struct sim_distribution *sim_bind_distribution(struct sim_binder *binder,
                                               const struct sim_field *field,
                                               const struct sim_tree *tree,
                                               struct sim_tree **effective);

/* popularity.c: the same of a popularity. */
struct sim_popularity *sim_bind_popularity(struct sim_binder *binder,
                                           const struct sim_field *field, struct sim_tree *tree,
                                           struct sim_tree **effective);
void sim_schema_popularity(struct sim_schema *schema);

/* -- the parts of a scenario; each completes its part of ROOT in place ------------------------- */

/* Names of groups and zones: letters, digits, hyphens. A group's may not look like one of its
 * nodes, and none like what YAML takes for something else than text. */
#define SIM_PATTERN_TEXT_ "(?!(true|false|null)$)"
#define SIM_PATTERN_NAME "^" SIM_PATTERN_TEXT_ "[a-z][a-z0-9-]*$"
#define SIM_PATTERN_GROUP "^" SIM_PATTERN_TEXT_ "(?!(rest|nobody)$)(?!.*-[0-9]+$)[a-z][a-z0-9-]*$"
#define SIM_NOBODY "nobody" /* instead of selectors */
#define SIM_PATTERN_LABEL "^" SIM_PATTERN_TEXT_ "[a-z][a-z0-9_-]*$"

bool sim_bind_is_name(const char *name);
bool sim_bind_is_group_name(const char *name);
bool sim_bind_is_label(const char *name);

extern const struct sim_keys sim_network_keys;

/* Names only, so that everything else can refer to them. */
void sim_load_group_names(struct sim_binder *binder, const struct sim_tree *root);
void sim_load_label_names(struct sim_binder *binder, const struct sim_tree *root);
/* Nodes first: zones are named there. */
void sim_load_nodes(struct sim_binder *binder, struct sim_tree *root);
/* routes.c: whether parameters list the groups that the calls of MODEL go to, and whether they go
 * to `target`. */
bool sim_bind_lists_targets(const struct sim_model *model);
bool sim_bind_has_target(const struct sim_model *model);
/* The routes of GROUP, whose parameters have been read. */
void sim_bind_routes(struct sim_binder *binder, const struct sim_tree *mapping,
                     struct sim_group_plan *group);
/* Whether all that GROUP calls serve what it calls, whether what it forwards comes to an end, and
 * whether those that keep the keys do what clients ask for: after all groups have been read. */
void sim_bind_check_target(struct sim_binder *binder, const struct sim_tree *mapping,
                           const struct sim_group_plan *group);
void sim_bind_check_routes(struct sim_binder *binder, const struct sim_mark *mark,
                           const struct sim_group_plan *group);
void sim_bind_check_kinds(struct sim_binder *binder, const struct sim_tree *mapping,
                          const struct sim_group_plan *group);
/* calls.c: after the nodes. */
void sim_load_calls(struct sim_binder *binder, struct sim_tree *root);
/* Routes of the calls of GROUP: those of its call sites, then those that it adds. */
uint32_t sim_bind_count_routes(const struct sim_group_plan *group);
void sim_load_network(struct sim_binder *binder, struct sim_tree *root);
void sim_load_luck(struct sim_binder *binder, struct sim_tree *root);
void sim_load_settle(struct sim_binder *binder, struct sim_tree *root);
/* `over:` of an expectation of CHECKER with PARAMS; what is shown of it goes to *SHOWN. */
const struct sim_over *sim_load_over(struct sim_binder *binder, const struct sim_tree *tree,
                                     const struct sim_described *checker, const void *params,
                                     struct sim_tree **shown);
void sim_load_museum(struct sim_binder *binder, struct sim_tree *root, struct sim_exhibit *exhibit);
void sim_load_faults(struct sim_binder *binder, struct sim_tree *root);
struct sim_expectation *sim_load_expectations(struct sim_binder *binder, struct sim_tree *root,
                                              size_t *count);

/* Does KEY belong to a group of MODEL? For sim_document_options; CONTEXT is the catalogue. */
bool sim_model_has_key(const void *context, const char *model, const char *key);

/* What `latency: 0` and the like mean to the world: nothing to wait for. */
const struct sim_distribution *sim_bind_unless_zero(const struct sim_distribution *distribution);

/* fault_when.c: when a fault strikes: by time or by what happens, or, of a fault in `then:`, so
 * long after the one before it. */
void sim_bind_fault_time(struct sim_binder *binder, struct sim_tree *mapping,
                         const struct sim_mark *mark, struct sim_fault_plan *fault);
void sim_bind_fault_after(struct sim_binder *binder, struct sim_tree *mapping,
                          struct sim_fault_plan *fault);
void sim_schema_fault_between(struct sim_schema *schema);
void sim_schema_fault_when(struct sim_schema *schema);

/* The field of MODEL's state that TREE, the value of NAME, names with a value for it; NULL after an
 * error. */
const struct sim_field *sim_bind_condition(struct sim_binder *binder, const struct sim_tree *tree,
                                           const char *name, const struct sim_model *model,
                                           int64_t *equals);

/* action.c: what the keys that only FAULT's kind has say. */
void sim_bind_action(struct sim_binder *binder, struct sim_tree *mapping,
                     struct sim_fault_plan *fault);

/* fault_target.c: what FAULT, of which the kind is known, hits. */
void sim_bind_fault_target(struct sim_binder *binder, const struct sim_tree *tree,
                           struct sim_fault_plan *fault);
void (*sim_fault_target_schema(const struct sim_fault_kind *kind))(struct sim_schema *schema);

/* fault_names.c: the same for a rule about links. */
void sim_bind_rule_message(struct sim_binder *binder, const struct sim_tree *tree,
                           const struct sim_link_rule *rule);
/* That some node at the sending end of the links of FAULT, a rule about messages,
 * sends what `message:` names. */
void sim_bind_fault_message(struct sim_binder *binder, const struct sim_tree *mapping,
                            const struct sim_fault_plan *fault);
/* The same of `log:`, that some node which FAULT, a rotten disk, strikes has such a log. */
void sim_bind_fault_log(struct sim_binder *binder, const struct sim_tree *mapping,
                        const struct sim_fault_plan *fault);

/* Index of the zone that a scalar names, or SIM_NO_GROUP after an error. */
uint32_t sim_bind_zone(struct sim_binder *binder, const struct sim_tree *tree);
/* That SIDE, which stands at TREE, has no `rest`. */
void sim_bind_refuse_rest(struct sim_binder *binder, const struct sim_tree *tree,
                          const struct sim_side *side);
/* faults.c: what entries of `faults:` have in common. */
extern const struct sim_key sim_fault_label_key, sim_fault_between_key;
void sim_bind_fault_label(struct sim_binder *binder, const struct sim_tree *tree,
                          struct sim_fault_plan *fault);
void sim_bind_fault_between(struct sim_binder *binder, const struct sim_tree *tree,
                            struct sim_fault_plan *fault);

/* random.c: the entry TREE, which has the key `random`, as it is to be shown. */
struct sim_tree *sim_bind_random(struct sim_binder *binder, const struct sim_tree *tree,
                                 struct sim_random_plan *random);
/* operations.c: the list of operations that TREE, the value of NAME, is. */
const struct sim_operation_list *sim_bind_operations(struct sim_binder *binder,
                                                     const struct sim_tree *tree, const char *name);

/* A group or a list of groups, the value of `of`; returns how many. */
uint32_t sim_bind_groups(struct sim_binder *binder, const struct sim_tree *tree,
                         const uint32_t **groups);

/* written.c: `labels`, `faults` and `actions` of the scenario ROOT as they struck in a run of PLAN,
 * where they are drawn. Returns how many nodes of a document that makes. */
size_t sim_write_struck(const struct sim_tree *root, const struct sim_bind_names *labels,
                        const struct sim_plan *plan, const struct sim_struck *struck, size_t count,
                        FILE *file);

/* decisions.c: `luck` and `nodes` of the scenario ROOT with the operations. The same number. */
size_t sim_write_decisions(const struct sim_tree *root, const struct sim_plan *plan,
                           const struct sim_decisions *decisions, FILE *file);

/* A selector or a list of them, the target NAME of a fault. */
struct sim_side sim_bind_side(struct sim_binder *binder, const struct sim_tree *tree,
                              const char *name);

#endif
