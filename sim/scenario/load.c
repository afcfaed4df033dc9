/* load.c - a scenario as a whole: what stands at its top, in which order its parts are read, and
 * its variants. */
#include "sim/core/mem.h"
#include "sim/scenario/document.h"
#include "sim/scenario/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sim_scenario {
    const struct sim_catalogue *catalogue;
    struct sim_document *document;
    struct sim_binder binder;
    struct sim_plan plan;
    struct sim_expectation *expectations;
    size_t expectation_count;
    struct sim_tree *effective;
    bool has_fails_with;
    struct sim_exhibit exhibit;
};

/* -- what stands at the top -------------------------------------------------------------------- */

struct top {
    const char *name, *about;
    sim_time duration, warmup;
    int64_t seed;
    struct sim_limits limits;
};

static const struct sim_field limit_fields[] = {
    SIM_INTEGER(struct sim_limits, events, "10000000000", "1", "1000000000000000",
                "events of a run"),
    SIM_INTEGER(struct sim_limits, events_per_instant, "1000000", "1", "1000000000",
                "events without time passing"),
    SIM_INTEGER(struct sim_limits, history, "10000000", "1", "1000000000",
                "operations that the history keeps"),
    SIM_SIZE(struct sim_limits, trace, "4GiB", "1B", "1000000GB", "bytes of a trace"),
    { 0 },
};

static const struct sim_field top_fields[] = {
    SIM_TEXT(struct top, name, SIM_OPTIONAL, "one line: what happens"),
    SIM_TEXT(struct top, about, SIM_OPTIONAL, "what to see in it"),
    SIM_DURATION(struct top, duration, NULL, "1us", NULL, "of the run, in simulated time"),
    SIM_DURATION(struct top, warmup, "0", NULL, NULL, "left out of the figures, not of the checks"),
    SIM_INTEGER(struct top, seed, "1", "0", "9223372036854775807",
                "of all randomness, unless --seed is given"),
    SIM_OBJECT(struct top, limits, limit_fields, "what a run may use at most"),
    { 0 },
};

static void version_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "const", "1");
}

static void network_schema(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &sim_network_keys);
}

static void nodes_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "minProperties", "1");
    sim_schema_raw(schema, "propertyNames", "{'pattern': '" SIM_PATTERN_GROUP "'}");
    sim_schema_raw(schema, "additionalProperties", "{'$ref': '#/definitions/node-group'}");
}

static void overrides_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
}

#define CELL_NAME "'pattern': '^[^,=]+$', 'maxLength': 128"

static void variants_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "propertyNames", "{'pattern': '^[^,=]*$'}");
    sim_schema_raw(schema, "additionalProperties", "{'type': ['object', 'null']}");
}

/* See variant.c: an axis is a list of values, or a mapping from names to overrides. */
static void matrix_schema(struct sim_schema *schema)
{
    static const char entries[] = "{'type': ['array', 'null'], 'maxItems': 1000, 'items': {'type': "
                                  "'object', 'minProperties': 1, "
                                  "'maxProperties': 64}}";

    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "propertyNames", "{" CELL_NAME "}");
    sim_schema_open(schema, "properties", '{');
    sim_schema_raw(schema, "exclude", entries);
    sim_schema_raw(schema, "include", entries);
    sim_schema_close(schema, '{');
    sim_schema_open(schema, "additionalProperties", '{');
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(
        schema, NULL,
        "{'type': 'array', 'minItems': 1, 'maxItems': 1000, 'uniqueItems': true, 'items': {'type': "
        "['string', 'number', 'boolean', 'null'], " CELL_NAME "}}");
    sim_schema_raw(
        schema, NULL,
        "{'type': 'object', 'minProperties': 1, 'maxProperties': 1000, 'propertyNames': {" CELL_NAME
        "}, 'additionalProperties': {'type': ['object', 'null']}}");
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

static void include_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "items", "{'type': ['string', 'number', 'boolean'], 'minLength': 1}");
}

static const struct sim_key top_keys[] = {
    { "version", true, "1, the version of the format", version_schema },
    { "include", false, "files that this one builds upon, relative to it", include_schema },
    { "network", false, "the links between nodes", network_schema },
    { "nodes", true, "groups of nodes, by name", nodes_schema },
    { "calls", false, "filters that the calls of groups go through", sim_schema_calls },
    { "faults", false, "what goes wrong, and when", sim_schema_faults },
    { "actions", false, "what an operator does, and when", sim_schema_actions },
    { "settle", false, "so long before the end all faults end; a label for expectations",
      sim_schema_settle },
    { "luck", false, "what is decided beforehand instead of drawn under the run's seed",
      sim_schema_luck },
    { "museum", false, "what it is an exhibit of", sim_schema_museum },
    { "labels", false, "labels that expectations may name though no fault has them: it might have",
      sim_schema_labels },
    { "expect", false, "what has to hold", sim_schema_expect },
    { "variants", false, "named overrides", variants_schema },
    { "matrix", false, "lists of overrides whose combinations are variants", matrix_schema },
    { "fails_with", false, "overrides under which the expectations do not hold", overrides_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys keys = { .fields = { top_fields }, .keys = top_keys };

/* What a file leaves out may stand in one that it includes. */
void sim_schema_scenario(struct sim_schema *schema)
{
    sim_schema_part(schema, &keys);
    sim_schema_raw(schema, "if", SIM_SCHEMA_HAS("include"));
    sim_schema_raw(schema, "then", "{}");
    sim_schema_open(schema, "else", '{');
    sim_schema_required(schema, &keys);
    sim_schema_raw(schema, "properties",
                   "{'nodes': {'additionalProperties': {'required': ['model']}}}");
    sim_schema_close(schema, '{');
}

/* -- reading ----------------------------------------------------------------------------------- */

/* False if the rest of the file is not worth reading: it was written for another program. */
static bool check_version(struct sim_binder *binder, const struct sim_tree *root)
{
    const struct sim_tree *version = sim_tree_get(root, "version");
    const struct sim_field field = { .name = "version", .type = SIM_FIELD_INTEGER, .least = "1" };
    char text[160];
    const char *wrong = NULL;
    int64_t number = 1;

    if (sim_tree_is_null(version))
        return true; /* reported as missing */
    if (!sim_bind_is(binder, version, SIM_SCALAR, "version", "1"))
        return true;
    if (!version->quoted)
        wrong = sim_bind_parse(&field, version->text, &number, text);
    if (version->quoted || wrong != NULL || number < 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &version->mark, "expected 1",
                              "'version': '%s' is no version", version->text);
        return true;
    }
    if (number > 1)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_SCHEMA, &version->mark, "expected 1",
            "the scenario has version %lld, but this program reads version 1 only",
            (long long)number);
    return number == 1;
}

/* The name of the file without folders and suffix: scenarios need no other name. */
static const char *name_of(struct sim_binder *binder, const struct sim_tree *root)
{
    const char *path = root->mark.source == NULL ? "scenario" : root->mark.source->name;
    const char *slash = strrchr(path, '/'), *start = slash == NULL ? path : slash + 1,
               *dot = strrchr(start, '.');

    return sim_bind_text(binder, "%.*s",
                         (int)(dot == NULL || dot == start ? strlen(start) : (size_t)(dot - start)),
                         start);
}

static void load_top(struct sim_scenario *scenario, struct sim_tree *root)
{
    struct sim_binder *binder = &scenario->binder;
    const struct sim_tree *warmup = sim_tree_get(root, "warmup");
    struct top top = { .seed = 1 };

    sim_bind_fields(binder, root, top_fields, &top);
    if (top.name == NULL) {
        top.name = name_of(binder, root);
        sim_bind_put(binder, root, "name", sim_bind_scalar(binder, &root->mark, top.name));
    }
    if (top.duration > 0 && top.warmup >= top.duration && warmup != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &warmup->mark, NULL,
                              "'warmup' takes all of the run");
    scenario->plan.name = top.name;
    scenario->plan.about = top.about;
    scenario->plan.duration = top.duration;
    scenario->plan.warmup = top.warmup;
    scenario->plan.seed = (uint64_t)top.seed;
    scenario->plan.limits = top.limits;
}

static void load_parts(struct sim_scenario *scenario, const struct sim_tree *tree)
{
    struct sim_binder *binder = &scenario->binder;
    const struct sim_subject subject = { "the scenario", &tree->mark, false };
    struct sim_tree *root;
    size_t errors;

    if (!sim_bind_is_mapping(binder, tree, "the scenario") || !check_version(binder, tree))
        return;
    root = sim_bind_complete(binder, tree, &keys, &subject);
    scenario->has_fails_with = !sim_tree_is_null(sim_tree_get(tree, "fails_with"));
    load_top(scenario, root);
    sim_load_group_names(binder, root);
    sim_load_label_names(binder, root);
    errors = sim_diagnostics_errors(binder->diagnostics);
    sim_load_nodes(binder, root);
    binder->groups_wrong =
        scenario->plan.group_count == 0 || sim_diagnostics_errors(binder->diagnostics) > errors;
    sim_load_calls(binder, root);
    sim_load_network(binder, root);
    sim_load_settle(binder, root);
    sim_load_luck(binder, root);
    sim_load_museum(binder, root, &scenario->exhibit);
    sim_load_faults(binder, root);
    scenario->expectations = sim_load_expectations(binder, root, &scenario->expectation_count);
    scenario->effective = root;
}

/* What makes it NULL is an error more than there were BEFORE the document was read. */
static struct sim_scenario *bind(const struct sim_catalogue *catalogue,
                                 struct sim_document *document, struct sim_diagnostics *diagnostics,
                                 size_t before)
{
    struct sim_scenario *scenario = sim_alloc(sizeof(*scenario));

    scenario->catalogue = catalogue;
    scenario->document = document;
    sim_binder_init(&scenario->binder, catalogue, document, diagnostics);
    scenario->binder.plan = &scenario->plan;
    if (sim_document_root(document) != NULL)
        load_parts(scenario, sim_document_root(document));
    sim_diagnostics_of_variant(diagnostics, NULL, false);
    if (sim_diagnostics_errors(diagnostics) == before)
        return scenario;
    sim_scenario_destroy(scenario);
    return NULL;
}

/* -- variants ---------------------------------------------------------------------------------- */

/* Loads once more with other options: true if nothing is wrong. */
static bool try(const struct sim_scenario *base, const struct sim_document_options *options,
                struct sim_diagnostics *diagnostics)
{
    const struct sim_source *source = sim_document_root(base->document)->mark.source;
    const size_t before = sim_diagnostics_errors(diagnostics);
    struct sim_document *document;
    struct sim_scenario *scenario;

    document =
        options->path == NULL || strcmp(options->path, "-") == 0
            ? sim_document_parse(source->name, source->text, source->length, options, diagnostics)
            : sim_document_load(options, diagnostics);
    scenario = bind(base->catalogue, document, diagnostics, before);
    sim_scenario_destroy(scenario);
    return scenario != NULL;
}

/* Each wrong variant is reported, but of a matrix the first wrong cell is enough: the next would
 * say the same. */
static void try_variants(const struct sim_scenario *base,
                         const struct sim_document_options *options,
                         struct sim_diagnostics *diagnostics)
{
    const char *const *variants = sim_document_variants(base->document);
    struct sim_document_options other = *options;
    bool cells = true;

    if (!options->every_variant || options->variant != NULL || options->fails_with)
        return;
    for (size_t i = 0; variants != NULL && variants[i] != NULL; i++) {
        const bool cell = strchr(variants[i], '=') != NULL;

        other.variant = variants[i];
        if ((!cell || cells) && !try(base, &other, diagnostics) && cell)
            cells = false;
    }
    other.variant = NULL;
    other.fails_with = true;
    if (base->has_fails_with)
        try(base, &other, diagnostics);
}

static struct sim_document_options complete_options(const struct sim_catalogue *catalogue,
                                                    const struct sim_document_options *options)
{
    struct sim_document_options all = { 0 };

    if (options != NULL)
        all = *options;
    all.model_has_key = sim_model_has_key;
    all.context = catalogue;
    return all;
}

static struct sim_scenario *finish(struct sim_scenario *scenario,
                                   const struct sim_document_options *options,
                                   struct sim_diagnostics *diagnostics)
{
    const size_t before = sim_diagnostics_errors(diagnostics);

    if (scenario == NULL)
        return NULL;
    try_variants(scenario, options, diagnostics);
    if (sim_diagnostics_errors(diagnostics) == before)
        return scenario;
    sim_scenario_destroy(scenario);
    return NULL;
}

struct sim_scenario *sim_scenario_load(const struct sim_catalogue *catalogue,
                                       const struct sim_document_options *options,
                                       struct sim_diagnostics *diagnostics)
{
    const struct sim_document_options all = complete_options(catalogue, options);
    const size_t before = sim_diagnostics_errors(diagnostics);
    struct sim_document *document = sim_document_load(&all, diagnostics);

    return finish(bind(catalogue, document, diagnostics, before), &all, diagnostics);
}

struct sim_scenario *sim_scenario_parse(const struct sim_catalogue *catalogue, const char *name,
                                        const char *text, size_t length,
                                        const struct sim_document_options *options,
                                        struct sim_diagnostics *diagnostics)
{
    struct sim_document_options all = complete_options(catalogue, options);
    const size_t before = sim_diagnostics_errors(diagnostics);
    struct sim_document *document = sim_document_parse(name, text, length, &all, diagnostics);

    all.path = NULL; /* variants are tried with the text */
    return finish(bind(catalogue, document, diagnostics, before), &all, diagnostics);
}

void sim_scenario_destroy(struct sim_scenario *scenario)
{
    if (scenario == NULL)
        return;
    sim_binder_finish(&scenario->binder);
    sim_document_destroy(scenario->document);
    sim_free(scenario);
}

/* -- what was read ----------------------------------------------------------------------------- */

const struct sim_plan *sim_scenario_plan(const struct sim_scenario *scenario)
{
    return &scenario->plan;
}

void sim_scenario_set_seed(struct sim_scenario *scenario, uint64_t seed)
{
    scenario->plan.seed = seed;
}

void sim_scenario_set_branch(struct sim_scenario *scenario, sim_time at, uint64_t seed)
{
    scenario->plan.branch = (struct sim_branch_plan){ .on = true, .at = at, .seed = seed };
}

void sim_scenario_set_luck(struct sim_scenario *scenario, uint64_t seed)
{
    scenario->plan.luck.has_seed = true;
    scenario->plan.luck.seed = seed;
}

void sim_scenario_limit_events(struct sim_scenario *scenario, uint64_t most)
{
    if (most < (uint64_t)scenario->plan.limits.events)
        scenario->plan.limits.events = (int64_t)most;
}

const struct sim_expectation *sim_scenario_expectations(const struct sim_scenario *scenario,
                                                        size_t *count)
{
    *count = scenario->expectation_count;
    return scenario->expectations;
}

const char *const *sim_scenario_variants(const struct sim_scenario *scenario)
{
    return sim_document_variants(scenario->document);
}

const char *sim_scenario_base(const struct sim_scenario *scenario)
{
    return sim_document_base(scenario->document);
}

const struct sim_tree *sim_scenario_written(const struct sim_scenario *scenario)
{
    return sim_document_root(scenario->document);
}

const struct sim_exhibit *sim_scenario_exhibit(const struct sim_scenario *scenario)
{
    return &scenario->exhibit;
}

bool sim_scenario_has_fails_with(const struct sim_scenario *scenario)
{
    return scenario->has_fails_with;
}

/* The entries of ROOT whose keys are not LEFT_OUT, which ends with NULL. */
static void print_without(const struct sim_tree *root, const char *const *left_out, FILE *file)
{
    struct sim_tree shown = *root;

    shown.count = 0;
    shown.items = sim_alloc_array(root->count, sizeof(*shown.items));
    shown.keys = sim_alloc_array(root->count, sizeof(*shown.keys));
    shown.key_marks = sim_alloc_array(root->count, sizeof(*shown.key_marks));
    for (uint32_t i = 0; i < root->count; i++) {
        const char *const *out = left_out;

        while (*out != NULL && strcmp(root->keys[i], *out) != 0)
            out++;
        if (*out != NULL)
            continue;
        shown.items[shown.count] = root->items[i];
        shown.keys[shown.count] = root->keys[i];
        shown.key_marks[shown.count] = root->key_marks[i];
        shown.count++;
    }
    sim_tree_print(&shown, file);
    sim_free(shown.items);
    sim_free(shown.keys);
    sim_free(shown.key_marks);
}

/* What has been applied stands there no more, and what other runs would do does not belong to this
 * one. */
void sim_scenario_print_effective(const struct sim_scenario *scenario, FILE *file)
{
    static const char *const left_out[] = { "include", "variants", "matrix", "fails_with", NULL };

    print_without(scenario->effective, left_out, file);
}

bool sim_scenario_print_struck(const struct sim_scenario *scenario, const struct sim_plan *plan,
                               const struct sim_struck *struck, size_t count, FILE *file)
{
    static const char *const left_out[] = { "include", "variants", "matrix",  "fails_with", "seed",
                                            "labels",  "faults",   "actions", NULL };

    print_without(scenario->effective, left_out, file);
    fprintf(file, "seed: %" PRIu64 "\n", plan->seed);
    return sim_write_struck(scenario->effective, &scenario->binder.labels, plan, struck, count,
                            file) < SIM_YAML_NODES_MAX;
}

bool sim_scenario_print_decisions(const struct sim_scenario *scenario, const struct sim_plan *plan,
                                  const struct sim_decisions *decisions, FILE *file)
{
    static const char *const left_out[] = { "include", "variants", "matrix", "fails_with",
                                            "seed",    "luck",     "labels", "faults",
                                            "actions", "nodes",    NULL };

    print_without(scenario->effective, left_out, file);
    return sim_write_decisions(scenario->effective, plan, decisions, file) +
               sim_write_struck(scenario->effective, &scenario->binder.labels, plan,
                                decisions->struck, decisions->struck_count, file) <
           SIM_YAML_NODES_MAX;
}
