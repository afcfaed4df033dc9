#include "sim/scenario/schema.h"

#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/pattern.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* -- JSON -------------------------------------------------------------------------------------- */

static void quote(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c < 0x20)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}

static void begin_member(struct sim_schema *schema, const char *key)
{
    if (schema->depth > 0) {
        fprintf(schema->file, schema->filled[schema->depth - 1] ? ",\n" : "\n");
        fprintf(schema->file, "%*s", (int)schema->depth, "");
        schema->filled[schema->depth - 1] = true;
    }
    if (key != NULL) {
        quote(schema->file, key);
        fputs(": ", schema->file);
    }
}

void sim_schema_open(struct sim_schema *schema, const char *key, char bracket)
{
    begin_member(schema, key);
    fputc(bracket, schema->file);
    assert(schema->depth < SIM_SCHEMA_DEPTH_MAX);
    schema->filled[schema->depth++] = false;
}

void sim_schema_close(struct sim_schema *schema, char bracket)
{
    assert(schema->depth > 0);
    schema->depth--;
    if (schema->filled[schema->depth])
        fprintf(schema->file, "\n%*s", (int)schema->depth, "");
    fputc(bracket == '{' ? '}' : ']', schema->file);
}

void sim_schema_text(struct sim_schema *schema, const char *key, const char *text)
{
    begin_member(schema, key);
    quote(schema->file, text);
}

void sim_schema_raw(struct sim_schema *schema, const char *key, const char *json)
{
    begin_member(schema, key);
    for (; *json != '\0'; json++)
        fputc(*json == '\'' ? '"' : *json, schema->file);
}

void sim_schema_texts(struct sim_schema *schema, const char *key, const char *const *texts)
{
    begin_member(schema, key);
    fputc('[', schema->file);
    for (size_t i = 0; texts[i] != NULL; i++) {
        fputs(i == 0 ? "" : ", ", schema->file);
        quote(schema->file, texts[i]);
    }
    fputc(']', schema->file);
}

/* A tree as JSON: the default of a field. */
static void write_tree(FILE *file, const struct sim_tree *tree)
{
    const char *open = tree->kind == SIM_MAPPING ? "{" : "[",
               *close = tree->kind == SIM_MAPPING ? "}" : "]";

    if (tree->kind == SIM_SCALAR) {
        if (!tree->quoted && sim_bind_is_typed(tree->text) && tree->text[0] != '+')
            fputs(tree->text, file);
        else
            quote(file, tree->text);
        return;
    }
    fputs(open, file);
    for (uint32_t i = 0; i < tree->count; i++) {
        fputs(i == 0 ? "" : ", ", file);
        if (tree->kind == SIM_MAPPING) {
            quote(file, tree->keys[i]);
            fputs(": ", file);
        }
        write_tree(file, tree->items[i]);
    }
    fputs(close, file);
}

/* -- definitions ------------------------------------------------------------------------------- */

static const char *const definition_names[] = {
    [SIM_FIELD_DURATION] = "duration",
    [SIM_FIELD_PROBABILITY] = "probability",
    [SIM_FIELD_SHARE] = "share",
    [SIM_FIELD_RATE] = "rate",
    [SIM_FIELD_SIZE] = "size",
    [SIM_FIELD_BANDWIDTH] = "bandwidth",
    [SIM_FIELD_DISTRIBUTION] = "distribution",
    [SIM_FIELD_POPULARITY] = "popularity",
    [SIM_FIELD_PPM] = "drift",
    [SIM_FIELD_GROUP] = "group",
    [SIM_FIELD_LABEL] = "label",
};

/* "duration_1ms_1h", which needs no escapes where it is referred to. */
static char *describe_type(const struct sim_field *field)
{
    const char *least = sim_bind_least(field), *most = sim_bind_most(field);
    char *name;

    if (field->type == SIM_FIELD_OBJECT)
        return sim_format("mapping_%s", field->name);
    if (least == NULL && most == NULL)
        return sim_copy_text(definition_names[field->type]);
    name = sim_format("%s_%s_%s", definition_names[field->type], least == NULL ? "" : least,
                      most == NULL ? "" : most);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '/')
            *c = '.';
        else if (*c == ' ')
            *c = '-';
    return name;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same(const struct sim_field *a, const struct sim_field *b)
{
    return a->type == b->type && a->fields == b->fields &&
           is_same_text(sim_bind_least(a), sim_bind_least(b)) &&
           is_same_text(sim_bind_most(a), sim_bind_most(b));
}

/* A name that no other definition has. */
static char *name_definition(const struct sim_schema *schema, const struct sim_field *field)
{
    char *name = describe_type(field);

    for (size_t i = 0; i < schema->definition_count; i++)
        if (strcmp(schema->definitions[i].name, name) == 0) {
            char *longer = sim_format("%s-%zu", name, schema->definition_count);

            sim_free(name);
            return longer;
        }
    return name;
}

static void refer(struct sim_schema *schema, const struct sim_field *field)
{
    struct sim_schema_definition *definition;
    char *path;
    size_t i = 0;

    while (i < schema->definition_count && !is_same(&schema->definitions[i].field, field))
        i++;
    if (i == schema->definition_count) {
        char *name = name_definition(schema, field);

        schema->definitions = sim_grow(schema->definitions, &schema->definition_capacity, i + 1,
                                       sizeof(*schema->definitions));
        definition = &schema->definitions[schema->definition_count++];
        definition->field = *field;
        definition->field.standard = NULL;
        definition->name = name;
    }
    path = sim_format("#/definitions/%s", schema->definitions[i].name);
    sim_schema_text(schema, "$ref", path);
    sim_free(path);
}

static void refer_in(struct sim_schema *schema, const struct sim_field *field)
{
    sim_schema_open(schema, NULL, '{');
    refer(schema, field);
    sim_schema_close(schema, '{');
}

static void add_pattern(struct sim_schema *schema, const char *pattern)
{
    sim_schema_open(schema, NULL, '{');
    sim_schema_text(schema, "pattern", pattern);
    sim_schema_close(schema, '{');
}

/* Durations with no more decimals than whole nanoseconds can have, whatever their range. */
#define WHOLE                                                                                      \
    "[-+]?([0-9]+([.]0+)?( ?ns)?|[0-9]+([.][0-9]{1,3}0*)? ?(us|\u00b5s|\u03bcs)|"                  \
    "[0-9]+([.][0-9]{1,6}0*)? ?ms|[0-9]+([.][0-9]{1,9}0*)? ?s|[0-9]+([.][0-9]{1,11}0*)? ?m|"       \
    "[0-9]+([.][0-9]{1,13}0*)? ?h|[0-9]+([.][0-9]{1,16}0*)? ?d)"

/* A text of SYNTAX within the bounds of FIELD. */
static void write_text(struct sim_schema *schema, const struct sim_field *field, const char *syntax,
                       bool range)
{
    char *least = sim_pattern_bound(field, false, range),
         *most = sim_pattern_bound(field, true, range);

    sim_schema_text(schema, "type", "string");
    sim_schema_open(schema, "allOf", '[');
    add_pattern(schema, syntax);
    if (field->type == SIM_FIELD_DURATION)
        add_pattern(schema, "^" WHOLE "( ?[.][.] ?" WHOLE ")?$");
    if (least != NULL)
        add_pattern(schema, least);
    if (most != NULL)
        add_pattern(schema, most);
    sim_schema_close(schema, '[');
    sim_free(least);
    sim_free(most);
}

/* A value with a unit, or a bare 0 if the range has it. */
static void write_quantity(struct sim_schema *schema, const struct sim_field *field,
                           const char *syntax)
{
    struct sim_field bound = *field;
    union {
        int64_t integer;
        struct sim_rate rate;
        struct sim_ppm_range ppm;
    } zero = { 0 };
    char text[SIM_UNITS_TEXT];
    const char *wrong = sim_bind_parse(&bound, "0", &zero, text);

    assert(wrong == NULL);
    (void)wrong;
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    write_text(schema, field, syntax, field->type == SIM_FIELD_PPM);
    sim_schema_close(schema, '{');
    if (!sim_bind_is_outside(field, &zero))
        sim_schema_raw(schema, NULL, "{'const': 0}");
    sim_schema_close(schema, '[');
}

/* A distribution's constants, ranges and listed values are durations of its range. */
static struct sim_field duration_of(const struct sim_field *field)
{
    struct sim_field duration = *field;

    duration.type = SIM_FIELD_DURATION;
    duration.standard = NULL;
    return duration;
}

static void write_form(struct sim_schema *schema, const struct sim_form *form,
                       const struct sim_field *outer)
{
    struct sim_field fields[SIM_FORM_FIELDS_MAX];
    const struct sim_keys keys = { .fields = { fields } };

    sim_schema_open(schema, form->name, '{');
    sim_schema_text(schema, "description", form->help);
    if (form->fields == NULL) {
        form->schema(schema, outer);
    } else {
        sim_form_fields(form, outer, fields);
        sim_schema_open(schema, "allOf", '['); /* beside a $ref nothing else would be read */
        sim_schema_open(schema, NULL, '{');
        if (form->bare)
            sim_schema_value(schema, &fields[0]);
        else
            sim_schema_mapping(schema, &keys);
        sim_schema_close(schema, '{');
        sim_schema_close(schema, '[');
    }
    sim_schema_close(schema, '{');
}

static void write_distribution(struct sim_schema *schema, const struct sim_field *field)
{
    const struct sim_field duration = duration_of(field), plus = sim_plus_field(field);

    sim_schema_open(schema, "anyOf", '[');
    refer_in(schema, &duration);
    sim_schema_open(schema, NULL, '{');
    write_text(schema, &duration, SIM_PATTERN_DURATION_RANGE, true);
    sim_schema_close(schema, '{');
    sim_schema_open(schema, NULL, '{');
    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "properties", '{');
    for (const struct sim_form *form = sim_forms; form->name != NULL; form++)
        write_form(schema, form, field);
    sim_schema_field(schema, &plus);
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "additionalProperties", "false");
    sim_schema_open(schema, "oneOf", '[');
    for (const struct sim_form *form = sim_forms; form->name != NULL; form++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ form->name, NULL });
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

void sim_schema_empirical(struct sim_schema *schema, const struct sim_field *outer)
{
    const struct sim_field value = sim_value_field(outer);

    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "properties", '{');
    sim_schema_raw(schema, "file",
                   "{'description': 'path of a file with a duration on each line', 'type': "
                   "['string', 'number', "
                   "'boolean', 'null']}");
    sim_schema_open(schema, "values", '{');
    sim_schema_raw(schema, "type", "['array', 'null']");
    sim_schema_raw(schema, "minItems", "1");
    sim_schema_open(schema, "items", '{');
    refer(schema, &value);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "oneOf", "[{'required': ['file']}, {'required': ['values']}]");
    sim_schema_raw(schema, "additionalProperties", "false");
}

void sim_schema_mix(struct sim_schema *schema, const struct sim_field *outer)
{
    sim_schema_text(schema, "type", "array");
    sim_schema_raw(schema, "minItems", "1");
    sim_schema_open(schema, "items", '{');
    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "properties", '{');
    sim_schema_field(schema, &sim_weight_field);
    sim_schema_open(schema, "of", '{');
    refer(schema, outer);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "required", "['weight', 'of']");
    sim_schema_raw(schema, "additionalProperties", "false");
    sim_schema_close(schema, '{');
}

#define PERCENT "{'type': 'string', 'pattern': '^[+]?(100([.]0+)?|[0-9]{1,2}([.][0-9]+)?) ?%$'}"

static void write_definition(struct sim_schema *schema, const struct sim_field *field,
                             const char *name)
{
    const struct sim_keys keys = { .fields = { field->fields } };

    sim_schema_open(schema, name, '{');
    switch (field->type) {
    case SIM_FIELD_DURATION:
        write_quantity(schema, field, SIM_PATTERN_DURATION);
        break;
    case SIM_FIELD_RATE:
        write_quantity(schema, field, SIM_PATTERN_RATE);
        break;
    case SIM_FIELD_SIZE:
        write_quantity(schema, field, SIM_PATTERN_SIZE);
        break;
    case SIM_FIELD_BANDWIDTH:
        write_quantity(schema, field, SIM_PATTERN_BANDWIDTH);
        break;
    case SIM_FIELD_PPM:
        write_quantity(schema, field, SIM_PATTERN_PPM);
        break;
    case SIM_FIELD_DISTRIBUTION:
        write_distribution(schema, field);
        break;
    case SIM_FIELD_POPULARITY:
        sim_schema_popularity(schema);
        break;
    case SIM_FIELD_GROUP:
        sim_schema_text(schema, "pattern", SIM_PATTERN_GROUP);
        sim_schema_text(schema, "type", "string");
        break;
    case SIM_FIELD_LABEL:
        sim_schema_text(schema, "pattern",
                        "^" SIM_PATTERN_TEXT_ "[a-z][a-z0-9_-]*(\\[[1-9][0-9]{0,5}\\])?$");
        sim_schema_text(schema, "type", "string");
        break;
    case SIM_FIELD_OBJECT:
        sim_schema_mapping(schema, &keys);
        break;
    default: /* probabilities and shares */
        sim_schema_raw(schema, "anyOf",
                       "[{'type': 'number', 'minimum': 0, 'maximum': 1}, " PERCENT "]");
        break;
    }
    sim_schema_close(schema, '{');
}

/* -- fields ------------------------------------------------------------------------------------ */

static void write_shares(struct sim_schema *schema, const struct sim_field *field)
{
    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "properties", '{');
    for (size_t i = 0; field->choices[i] != NULL; i++) {
        const struct sim_field share = { field->choices[i],
                                         SIM_FIELD_SHARE,
                                         0,
                                         false,
                                         SIM_OPTIONAL,
                                         NULL,
                                         NULL,
                                         "share",
                                         NULL,
                                         NULL };

        sim_schema_field(schema, &share);
    }
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "additionalProperties", "false");
}

static void write_mix(struct sim_schema *schema, const struct sim_field *field)
{
    if (field->fields == NULL) {
        write_shares(schema, field);
        return;
    }
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_open(schema, "enum", '[');
    for (size_t i = 0; field->fields[i].name != NULL; i++)
        sim_schema_text(schema, NULL, field->fields[i].name);
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_open(schema, NULL, '{');
    write_shares(schema, field);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

static void write_item(struct sim_schema *schema, const struct sim_field *list)
{
    const struct sim_keys keys = { .fields = { list->fields } };

    if (!sim_field_has_bare_items(list)) {
        sim_schema_mapping(schema, &keys);
        return;
    }
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_value(schema, &list->fields[0]);
    sim_schema_close(schema, '{');
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &keys);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

void sim_schema_value(struct sim_schema *schema, const struct sim_field *field)
{
    switch (field->type) {
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_NUMBER:
        sim_schema_text(schema, "type", field->type == SIM_FIELD_INTEGER ? "integer" : "number");
        if (field->least != NULL)
            sim_schema_raw(schema, "minimum", field->least);
        if (field->most != NULL)
            sim_schema_raw(schema, "maximum", field->most);
        break;
    case SIM_FIELD_BOOLEAN:
        sim_schema_text(schema, "type", "boolean");
        break;
    case SIM_FIELD_CHOICE:
        sim_schema_texts(schema, "enum", field->choices);
        break;
    case SIM_FIELD_TEXT:
        sim_schema_raw(schema, "type", "['string', 'number', 'boolean']");
        break;
    case SIM_FIELD_MIX:
        write_mix(schema, field);
        break;
    case SIM_FIELD_OPERATIONS:
        sim_schema_operations(schema);
        break;
    case SIM_FIELD_LIST:
        sim_schema_text(schema, "type", "array");
        sim_schema_open(schema, "items", '{');
        write_item(schema, field);
        sim_schema_close(schema, '{');
        break;
    default:
        refer(schema, field);
        break;
    }
}

static void describe(struct sim_schema *schema, const struct sim_field *field)
{
    const bool bounds = field->least != NULL || field->most != NULL;
    char *text = sim_format("%s%s%s%s%s%s", field->help == NULL ? "" : field->help,
                            bounds ? "; " : "", field->least == NULL ? "" : field->least,
                            bounds ? ".." : "", field->most == NULL ? "" : field->most, "");

    sim_schema_text(schema, "description", text);
    sim_free(text);
}

void sim_schema_field(struct sim_schema *schema, const struct sim_field *field)
{
    sim_schema_open(schema, field->name, '{');
    describe(schema, field);
    if (field->standard != NULL && field->standard[0] != '\0') {
        const struct sim_mark nowhere = { 0 };

        begin_member(schema, "default");
        write_tree(schema->file, sim_bind_default(schema->binder, field->standard, &nowhere));
    }
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    sim_schema_value(schema, field);
    sim_schema_close(schema, '{');
    if (field->standard != NULL)
        sim_schema_raw(schema, NULL, "{'type': 'null'}");
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

static void write_key(struct sim_schema *schema, const struct sim_key *key)
{
    sim_schema_open(schema, key->name, '{');
    sim_schema_text(schema, "description", key->help);
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_open(schema, NULL, '{');
    key->schema(schema);
    sim_schema_close(schema, '{');
    if (!key->required)
        sim_schema_raw(schema, NULL, "{'type': 'null'}");
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

void sim_schema_required(struct sim_schema *schema, const struct sim_keys *keys)
{
    sim_schema_open(schema, "required", '[');
    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        if (key->required)
            sim_schema_text(schema, NULL, key->name);
    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++)
            if (field->standard == NULL)
                sim_schema_text(schema, NULL, field->name);
    sim_schema_close(schema, '[');
}

void sim_schema_part(struct sim_schema *schema, const struct sim_keys *keys)
{
    sim_schema_text(schema, "type", "object");
    sim_schema_open(schema, "properties", '{');
    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        if (key->schema != NULL)
            write_key(schema, key);
    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++)
            sim_schema_field(schema, field);
    sim_schema_close(schema, '{');
    sim_schema_raw(schema, "additionalProperties", "false");
}

void sim_schema_mapping(struct sim_schema *schema, const struct sim_keys *keys)
{
    sim_schema_part(schema, keys);
    sim_schema_required(schema, keys);
}

/* -- the whole --------------------------------------------------------------------------------- */

void sim_schema_print(const struct sim_catalogue *catalogue, FILE *file)
{
    static const char nothing[] = "version: 1\n";
    const struct sim_document_options options = { 0 };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_document *document =
        sim_document_parse("schema", nothing, strlen(nothing), &options, diagnostics);
    struct sim_binder binder;
    struct sim_schema schema = { .file = file, .catalogue = catalogue, .binder = &binder };

    sim_binder_init(&binder, catalogue, document, diagnostics);
    sim_schema_open(&schema, NULL, '{');
    sim_schema_text(&schema, "$schema", "http://json-schema.org/draft-07/schema#");
    sim_schema_text(&schema, "title", "Orrery scenario");
    sim_schema_scenario(&schema);
    sim_schema_open(&schema, "definitions", '{');
    sim_schema_models(&schema);
    sim_schema_filters(&schema);
    sim_schema_selector(&schema);
    sim_schema_faults_that_follow(&schema);
    for (size_t i = 0; i < schema.definition_count; i++) { /* one definition may ask for others */
        const struct sim_schema_definition definition = schema.definitions[i];

        write_definition(&schema, &definition.field, definition.name);
    }
    sim_schema_close(&schema, '{');
    sim_schema_close(&schema, '{');
    fputc('\n', file);
    for (size_t i = 0; i < schema.definition_count; i++)
        sim_free(schema.definitions[i].name);
    sim_free(schema.definitions);
    sim_binder_finish(&binder);
    sim_document_destroy(document);
    sim_diagnostics_destroy(diagnostics);
}
