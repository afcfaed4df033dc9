/* field.c - completes mappings and binds them to structs, by field tables. See bind.h. */
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/bind.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -- the binder and its names ------------------------------------------------------------------ */

void sim_binder_init(struct sim_binder *binder, const struct sim_catalogue *catalogue,
                     struct sim_document *document, struct sim_diagnostics *diagnostics)
{
    *binder = (struct sim_binder){ .catalogue = catalogue,
                                   .document = document,
                                   .diagnostics = diagnostics };
}

void sim_bind_free_names(struct sim_bind_names *names)
{
    sim_free(names->names);
    sim_free(names->figures);
    sim_free(names->slots);
}

void sim_binder_finish(struct sim_binder *binder)
{
    for (size_t i = 0; i < binder->distribution_count; i++)
        sim_distribution_destroy(binder->distributions[i]);
    for (size_t i = 0; i < binder->popularity_count; i++)
        sim_popularity_destroy(binder->popularities[i]);
    for (size_t i = 0; i < binder->default_count; i++)
        sim_document_destroy(binder->defaults[i]);
    sim_free(binder->distributions);
    sim_free(binder->popularities);
    sim_free(binder->defaults);
    sim_bind_free_names(&binder->groups);
    sim_bind_free_names(&binder->labels);
    sim_bind_free_names(&binder->zones);
}

/* Where NAME stands in the table, or would: FNV-1a, with the next slots in turn. */
static size_t find_slot(const struct sim_bind_names *names, const char *name)
{
    uint32_t hash = 2166136261u;
    size_t slot;

    for (const char *c = name; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    for (slot = hash % names->slot_count; names->slots[slot] != 0;
         slot = (slot + 1) % names->slot_count)
        if (strcmp(names->names[names->slots[slot] - 1], name) == 0)
            break;
    return slot;
}

static void enlarge_slots(struct sim_bind_names *names)
{
    sim_free(names->slots);
    names->slot_count = names->slot_count == 0 ? 16 : 2 * names->slot_count;
    names->slots = sim_alloc_array(names->slot_count, sizeof(*names->slots));
    for (size_t i = 0; i < names->count; i++)
        names->slots[find_slot(names, names->names[i])] = (uint32_t)i + 1;
}

size_t sim_bind_add_name(struct sim_bind_names *names, const char *name, int64_t figure)
{
    size_t capacity = names->capacity;

    /* one more than the count: the list ends with NULL */
    names->names =
        sim_grow(names->names, &names->capacity, names->count + 2, sizeof(*names->names));
    names->figures = sim_grow(names->figures, &capacity, names->count + 2, sizeof(*names->figures));
    if (2 * (names->count + 1) > names->slot_count)
        enlarge_slots(names);
    names->names[names->count] = name;
    names->names[names->count + 1] = NULL;
    names->figures[names->count] = figure;
    names->slots[find_slot(names, name)] = (uint32_t)names->count + 1;
    return names->count++;
}

size_t sim_bind_find_name(const struct sim_bind_names *names, const char *name)
{
    const uint32_t place = names->slot_count == 0 ? 0 : names->slots[find_slot(names, name)];

    return place == 0 ? names->count : place - 1;
}

/* -- nodes and texts --------------------------------------------------------------------------- */

char *sim_bind_text(struct sim_binder *binder, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    text = sim_document_alloc(binder->document, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void sim_text_add(struct sim_text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    text->bytes = sim_grow(text->bytes, &text->capacity, text->length + (size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

const char *sim_text_finish(struct sim_text *text, struct sim_binder *binder)
{
    char *copy = sim_document_alloc(binder->document, text->length + 1);

    if (text->length > 0)
        memcpy(copy, text->bytes, text->length);
    sim_free(text->bytes);
    *text = (struct sim_text){ 0 };
    return copy;
}

struct sim_tree *sim_bind_node(struct sim_binder *binder, enum sim_tree_kind kind,
                               const struct sim_mark *mark, uint32_t count)
{
    struct sim_tree *node = sim_document_alloc(binder->document, sizeof(*node));

    memset(node, 0, sizeof(*node));
    node->kind = kind;
    node->mark = *mark;
    if (kind != SIM_SCALAR)
        node->items = sim_document_alloc(binder->document, (count + 1) * sizeof(*node->items));
    if (kind == SIM_MAPPING) {
        node->keys = sim_document_alloc(binder->document, (count + 1) * sizeof(*node->keys));
        node->key_marks =
            sim_document_alloc(binder->document, (count + 1) * sizeof(*node->key_marks));
    }
    return node;
}

struct sim_tree *sim_bind_scalar(struct sim_binder *binder, const struct sim_mark *mark,
                                 const char *text)
{
    struct sim_tree *node = sim_bind_node(binder, SIM_SCALAR, mark, 0);

    node->text = text;
    return node;
}

static void append_pair(struct sim_tree *mapping, const char *key, const struct sim_mark *mark,
                        struct sim_tree *value)
{
    mapping->keys[mapping->count] = key;
    mapping->key_marks[mapping->count] = *mark;
    mapping->items[mapping->count] = value;
    mapping->count++;
}

void sim_bind_put(struct sim_binder *binder, struct sim_tree *mapping, const char *key,
                  struct sim_tree *value)
{
    struct sim_tree *larger;

    for (uint32_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i], key) == 0) {
            mapping->items[i] = value;
            return;
        }
    larger = sim_bind_node(binder, SIM_MAPPING, &mapping->mark, mapping->count + 1);
    for (uint32_t i = 0; i < mapping->count; i++)
        append_pair(larger, mapping->keys[i], &mapping->key_marks[i], mapping->items[i]);
    append_pair(larger, key, &mapping->mark, value);
    *mapping = *larger;
}

const struct sim_mark *sim_bind_key_mark(const struct sim_tree *mapping, const char *key)
{
    for (uint32_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i], key) == 0)
            return &mapping->key_marks[i];
    return &mapping->mark;
}

static const char *const tree_kinds[] = { "a single value", "a list", "a mapping" };

bool sim_bind_is(struct sim_binder *binder, const struct sim_tree *tree, enum sim_tree_kind kind,
                 const char *name, const char *what)
{
    if (tree->kind == kind)
        return true;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                          "'%s' is %s, expected %s", name, tree_kinds[tree->kind], what);
    return false;
}

bool sim_bind_is_mapping(struct sim_binder *binder, const struct sim_tree *tree, const char *what)
{
    if (tree->kind == SIM_MAPPING)
        return true;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                          "%s is %s, expected a mapping", what, tree_kinds[tree->kind]);
    return false;
}

/* Hints of errors that nobody will see are not worth the search. */
static bool is_seen(const struct sim_binder *binder)
{
    return sim_diagnostics_errors(binder->diagnostics) < SIM_DIAGNOSTICS_SHOWN_MAX;
}

enum { LISTED_MAX = 30 };

const char *sim_bind_hint(struct sim_binder *binder, const char *word, const char *const *names)
{
    struct sim_text text = { 0 };
    const char *near;

    if (names == NULL || names[0] == NULL)
        return "there are none";
    if (!is_seen(binder))
        return NULL;
    near = sim_nearest(word, names);
    if (near != NULL)
        sim_text_add(&text, "did you mean '%s'? ", near);
    sim_text_add(&text, near == NULL ? "there are: " : "There are: ");
    for (size_t i = 0; names[i] != NULL && i < LISTED_MAX; i++)
        sim_text_add(&text, "%s%s", i == 0 ? "" : ", ", names[i]);
    for (size_t i = 0; i <= LISTED_MAX && names[i] != NULL; i++)
        if (i == LISTED_MAX)
            sim_text_add(&text, ", ...");
    return sim_text_finish(&text, binder);
}

const char *sim_bind_key_hint(struct sim_binder *binder, const char *word, const char *const *names)
{
    const char *near = is_seen(binder) ? sim_nearest(word, names) : NULL;

    return near == NULL ? sim_bind_hint(binder, word, names)
                        : sim_bind_text(binder, "did you mean '%s'?", near);
}

void sim_bind_unknown_key(struct sim_binder *binder, const char *key, const struct sim_mark *mark,
                          const char *const *names, const struct sim_subject *subject)
{
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark,
                          sim_bind_key_hint(binder, key, names), "unknown key '%s' in %s", key,
                          subject->what);
    if (subject->named && subject->mark->line != mark->line)
        sim_diagnostics_note(binder->diagnostics, subject->mark, "%s starts here", subject->what);
}

/* -- core rules -------------------------------------------------------------------------------- */

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

bool sim_bind_is_number(const char *text)
{
    const char *at = text + (text[0] == '-' || text[0] == '+'), *digits = at;

    at = skip_digits(at);
    if (at == digits || (digits[0] == '0' && at != digits + 1))
        return false;
    if (at[0] == '.') {
        digits = at + 1;
        at = skip_digits(digits);
        if (at == digits)
            return false;
    }
    if (at[0] == 'e' || at[0] == 'E') {
        at += 1;
        at += at[0] == '-' || at[0] == '+';
        digits = at;
        at = skip_digits(digits);
        if (at == digits)
            return false;
    }
    return at[0] == '\0';
}

bool sim_bind_is_typed(const char *text)
{
    return text[0] == '\0' || strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
           strcmp(text, "null") == 0 || strcmp(text, "~") == 0 || sim_bind_is_number(text);
}

/* -- completing a mapping ---------------------------------------------------------------------- */

static const struct sim_field *find_field(const struct sim_keys *keys, const char *name)
{
    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++)
            if (strcmp(field->name, name) == 0)
                return field;
    return NULL;
}

static const struct sim_key *find_key(const struct sim_keys *keys, const char *name)
{
    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

static uint32_t count_keys(const struct sim_keys *keys)
{
    uint32_t count = 0;

    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++)
            count++;
    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        count++;
    return count;
}

static const char *const *list_keys(struct sim_binder *binder, const struct sim_keys *keys)
{
    const char **list =
        sim_document_alloc(binder->document, (count_keys(keys) + 1) * sizeof(*list));
    size_t n = 0;

    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        list[n++] = key->name;
    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++)
            list[n++] = field->name;
    list[n] = NULL;
    return list;
}

struct sim_tree *sim_bind_default(struct sim_binder *binder, const char *text,
                                  const struct sim_mark *mark)
{
    const struct sim_document_options options = { 0 };
    struct sim_document *document;
    const struct sim_tree *value;
    char *wrapped;

    if (text[0] != '{' && text[0] != '[')
        return sim_bind_scalar(binder, mark, text);
    wrapped = sim_bind_text(binder, "default: %s\n", text);
    document =
        sim_document_parse("default", wrapped, strlen(wrapped), &options, binder->diagnostics);
    binder->defaults = sim_grow(binder->defaults, &binder->default_capacity,
                                binder->default_count + 1, sizeof(struct sim_document *));
    binder->defaults[binder->default_count++] = document;
    value = sim_document_root(document) == NULL
                ? NULL
                : sim_tree_get(sim_document_root(document), "default");
    assert(value != NULL);
    if (value->kind == SIM_MAPPING) { /* a copy of the top, for this binder to change */
        struct sim_tree *copy = sim_bind_node(binder, SIM_MAPPING, mark, value->count);

        for (uint32_t i = 0; i < value->count; i++)
            append_pair(copy, value->keys[i], mark, value->items[i]);
        return copy;
    }
    return (struct sim_tree *)(uintptr_t)value;
}

static void report_missing(struct sim_binder *binder, const struct sim_tree *tree,
                           const struct sim_field *field, const struct sim_key *key,
                           const struct sim_subject *subject)
{
    const char *name = field != NULL ? field->name : key->name;
    const struct sim_mark *mark = subject->mark;
    const char *hint = field != NULL ? sim_bind_expected(binder, field)
                                     : sim_bind_text(binder, "expected %s", key->help);

    if (tree != NULL && sim_tree_get(tree, name) != NULL)
        mark = sim_bind_key_mark(tree, name);
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, hint,
                          "missing key '%s' in %s", name, subject->what);
}

static void add_missing(struct sim_binder *binder, const struct sim_tree *tree,
                        struct sim_tree *copy, const struct sim_keys *keys,
                        const struct sim_subject *subject)
{
    for (const struct sim_key *key = keys->keys; key != NULL && key->name != NULL; key++)
        if (key->required && sim_tree_get(copy, key->name) == NULL)
            report_missing(binder, tree, NULL, key, subject);
    for (size_t t = 0; t < SIM_BIND_TABLES_MAX && keys->fields[t] != NULL; t++)
        for (const struct sim_field *field = keys->fields[t]; field->name != NULL; field++) {
            if (sim_tree_get(copy, field->name) != NULL)
                continue;
            if (field->standard == NULL)
                report_missing(binder, tree, field, NULL, subject);
            else if (field->standard[0] != '\0')
                append_pair(copy, field->name, &copy->mark,
                            sim_bind_default(binder, field->standard, &copy->mark));
        }
}

struct sim_tree *sim_bind_complete(struct sim_binder *binder, const struct sim_tree *tree,
                                   const struct sim_keys *keys, const struct sim_subject *subject)
{
    struct sim_tree *copy;

    if (sim_tree_is_null(tree))
        tree = NULL;
    if (tree != NULL && !sim_bind_is_mapping(binder, tree, subject->what))
        return NULL;
    copy = sim_bind_node(binder, SIM_MAPPING, tree == NULL ? subject->mark : &tree->mark,
                         (tree == NULL ? 0 : tree->count) + count_keys(keys));
    for (uint32_t i = 0; tree != NULL && i < tree->count; i++) {
        const char *name = tree->keys[i];

        if (find_field(keys, name) == NULL && find_key(keys, name) == NULL)
            sim_bind_unknown_key(binder, name, &tree->key_marks[i], list_keys(binder, keys),
                                 subject);
        else if (!sim_tree_is_null(tree->items[i])) /* null is the default */
            append_pair(copy, name, &tree->key_marks[i], tree->items[i]);
    }
    add_missing(binder, tree, copy, keys, subject);
    return copy;
}

/* -- binding a completed mapping --------------------------------------------------------------- */

static bool has_required(const struct sim_field *fields)
{
    for (; fields->name != NULL; fields++)
        if (fields->standard == NULL)
            return true;
    return false;
}

static void bind_object(struct sim_binder *binder, struct sim_tree *mapping,
                        const struct sim_field *field, void *place)
{
    const struct sim_tree *given = sim_tree_get(mapping, field->name);
    const struct sim_keys keys = { .fields = { field->fields } };
    struct sim_subject subject = { .what = sim_bind_text(binder, "'%s'", field->name),
                                   .mark = &mapping->mark };
    struct sim_tree *inner = NULL;

    if (given != NULL)
        subject.mark = sim_bind_key_mark(mapping, field->name);
    if (given != NULL || !has_required(field->fields))
        inner = sim_bind_complete(binder, given, &keys, &subject);
    if (inner != NULL && inner->count > 0)
        sim_bind_put(binder, mapping, field->name, inner);
    if (inner == NULL) /* absent values still have to be set */
        inner = sim_bind_node(binder, SIM_MAPPING, subject.mark, 0);
    sim_bind_fields(binder, inner, field->fields, place);
}

static void report(struct sim_binder *binder, const struct sim_field *field,
                   const struct sim_tree *value, const char *wrong)
{
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &value->mark,
                          sim_bind_expected(binder, field), "'%s': %s", field->name, wrong);
}

/* Text that only looks like a number (or a boolean), because it is in quotes. */
static bool is_disguised(struct sim_binder *binder, const struct sim_field *field,
                         const struct sim_tree *value)
{
    if (!value->quoted || !sim_bind_is_typed(value->text))
        return false;
    report(binder, field, value, "what stands in quotes is a text; leave them out");
    return true;
}

/* Is VALUE a drift that would be good the other way round? Then its form is not what is wrong. */
static bool is_reversed(struct sim_binder *binder, const struct sim_field *field, const char *value)
{
    const char *dots = strstr(value, "..");
    struct sim_ppm_range range;
    char text[SIM_UNITS_TEXT];

    return field->type == SIM_FIELD_PPM && dots != NULL &&
           sim_units_ppm(sim_bind_text(binder, "%s..%.*s", dots + 2, (int)(dots - value), value),
                         &range, text) == NULL;
}

static void bind_scalar(struct sim_binder *binder, const struct sim_field *field,
                        const struct sim_tree *value, void *place)
{
    char text[SIM_UNITS_TEXT];
    const char *wrong;

    if (is_disguised(binder, field, value))
        return;
    if (field->type == SIM_FIELD_CHOICE) {
        if (sim_bind_parse(field, value->text, place, text) != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &value->mark,
                                  sim_bind_hint(binder, value->text, field->choices),
                                  "unknown choice '%s' of '%s'", value->text, field->name);
        return;
    }
    wrong = sim_bind_parse(field, value->text, place, text);
    if (wrong != NULL && is_reversed(binder, field, value->text)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &value->mark, NULL,
                              "'%s': the range %s ends before it begins", field->name, value->text);
        return;
    }
    if (wrong != NULL)
        report(binder, field, value, wrong);
    else if (sim_bind_is_outside(field, place))
        report(binder, field, value, sim_bind_text(binder, "%s is out of range", value->text));
}

static void bind_popularity(struct sim_binder *binder, struct sim_tree *mapping,
                            const struct sim_field *field, struct sim_tree *value,
                            struct sim_popularity **place)
{
    struct sim_tree *effective = value;
    struct sim_popularity *made = sim_bind_popularity(binder, field, value, &effective);

    if (made == NULL)
        return;
    *place = made;
    sim_bind_put(binder, mapping, field->name, effective);
    binder->popularities = sim_grow(binder->popularities, &binder->popularity_capacity,
                                    binder->popularity_count + 1, sizeof(struct sim_popularity *));
    binder->popularities[binder->popularity_count++] = made;
}

enum { MIXES_MAX = 16 };

/* The shares that NAME stands for, or NULL after an error. */
static struct sim_tree *find_mix(struct sim_binder *binder, const struct sim_field *field,
                                 const struct sim_tree *name)
{
    const char *names[MIXES_MAX + 1] = { NULL };

    for (size_t i = 0; field->fields[i].name != NULL; i++) {
        assert(i < MIXES_MAX);
        if (strcmp(field->fields[i].name, name->text) == 0)
            return sim_bind_default(binder, field->fields[i].standard, &name->mark);
        names[i] = field->fields[i].name;
    }
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &name->mark,
                          sim_bind_hint(binder, name->text, names), "'%s': no mix is called '%s'",
                          field->name, name->text);
    return NULL;
}

static void bind_mix(struct sim_binder *binder, const struct sim_field *field,
                     const struct sim_tree *value, int64_t *shares)
{
    size_t errors = sim_diagnostics_errors(binder->diagnostics);
    int64_t sum = 0;

    if (!sim_bind_is(binder, value, SIM_MAPPING, field->name, "a mapping of shares"))
        return;
    for (uint32_t i = 0; i < value->count; i++) {
        struct sim_field share = {
            value->keys[i], SIM_FIELD_SHARE, 0, false, NULL, NULL, NULL, "", NULL, NULL
        };
        const struct sim_tree *item = value->items[i];
        char text[SIM_UNITS_TEXT];
        const char *wrong;
        size_t choice = 0;

        while (field->choices[choice] != NULL &&
               strcmp(field->choices[choice], value->keys[i]) != 0)
            choice++;
        if (field->choices[choice] == NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &value->key_marks[i],
                                  sim_bind_hint(binder, value->keys[i], field->choices),
                                  "unknown key '%s' in '%s'", value->keys[i], field->name);
            continue;
        }
        if (sim_tree_is_null(item))
            continue;
        if (!sim_bind_is(binder, item, SIM_SCALAR, value->keys[i], "a share, such as 50%") ||
            is_disguised(binder, &share, item))
            continue;
        wrong = sim_units_millionths(item->text, &shares[choice], text);
        if (wrong != NULL)
            report(binder, &share, item, wrong);
        sum += shares[choice];
    }
    if (errors == sim_diagnostics_errors(binder->diagnostics) && sum != 1000000)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, &value->mark, NULL,
            "the shares of '%s' sum to %lld%s%%, expected 100%%", field->name,
            (long long)(sum / 10000),
            sum % 10000 == 0 ? "" : sim_bind_text(binder, ".%04lld", (long long)(sum % 10000)));
    else
        return;
    for (uint32_t i = 0; i < value->count; i++) {
        const struct sim_tree *item = value->items[i];

        if (item->mark.source != value->mark.source)
            sim_diagnostics_note(binder->diagnostics, &item->mark, "here '%s' becomes %s",
                                 value->keys[i], item->text);
    }
}

uint32_t sim_bind_group(struct sim_binder *binder, const struct sim_tree *tree, const char *name)
{
    size_t group;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, name, "the name of a node group"))
        return SIM_NO_GROUP;
    if (!sim_bind_is_group_name(tree->text)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_hint(binder, tree->text, binder->groups.names),
                              "'%s': '%s' cannot be the name of a node group", name, tree->text);
        return SIM_NO_GROUP;
    }
    group = sim_bind_find_name(&binder->groups, tree->text);
    if (group < binder->groups.count)
        return (uint32_t)group;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark,
                          sim_bind_hint(binder, tree->text, binder->groups.names),
                          "'%s': no node group '%s'", name, tree->text);
    return SIM_NO_GROUP;
}

static void bind_label(struct sim_binder *binder, const struct sim_field *field,
                       const struct sim_tree *value, const char **place)
{
    const char *bracket = strchr(value->text, '[');
    size_t length = bracket == NULL ? strlen(value->text) : (size_t)(bracket - value->text);
    char *name = sim_bind_text(binder, "%.*s", (int)length, value->text);
    int64_t number = 0;
    size_t label;

    if (bracket != NULL) {
        const char *digit = bracket + 1;

        for (; *digit >= '0' && *digit <= '9' && number < 1000000; digit++)
            number = number * 10 + (*digit - '0');
        if (number == 0 || bracket[1] == '0' || strcmp(digit, "]") != 0)
            number = -1;
    }
    if (number < 0 || !sim_bind_is_label(name)) {
        report(binder, field, value, "a label is a name such as cut, or its second window cut[2]");
        return;
    }
    label = sim_bind_find_name(&binder->labels, name);
    if (label == binder->labels.count)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark,
                              sim_bind_hint(binder, name, binder->labels.names),
                              "'%s': no fault has the label '%s'", field->name, name);
    else if (binder->labels.figures[label] != 0 && number > binder->labels.figures[label])
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark, NULL,
                              "'%s': the label '%s' has %lld window%s, there is no %s", field->name,
                              name, (long long)binder->labels.figures[label],
                              binder->labels.figures[label] == 1 ? "" : "s", value->text);
    *place = value->text;
}

static void bind_distribution(struct sim_binder *binder, struct sim_tree *mapping,
                              const struct sim_field *field, struct sim_tree *value,
                              const struct sim_distribution **place)
{
    struct sim_tree *effective = value;
    struct sim_distribution *made = sim_bind_distribution(binder, field, value, &effective);

    if (made == NULL)
        return;
    *place = made;
    sim_bind_put(binder, mapping, field->name, effective);
    binder->distributions =
        sim_grow(binder->distributions, &binder->distribution_capacity,
                 binder->distribution_count + 1, sizeof(struct sim_distribution *));
    binder->distributions[binder->distribution_count++] = made;
}

/* GIVEN, or the mapping that it is short for. */
static const struct sim_tree *bind_item(struct sim_binder *binder, const struct sim_field *list,
                                        struct sim_tree *given)
{
    struct sim_tree *item;

    if (given->kind != SIM_SCALAR || sim_tree_is_null(given) || !sim_field_has_bare_items(list))
        return given;
    item = sim_bind_node(binder, SIM_MAPPING, &given->mark, 1);
    append_pair(item, list->fields[0].name, &given->mark, given);
    return item;
}

static void bind_list(struct sim_binder *binder, struct sim_tree *mapping,
                      const struct sim_field *field, const struct sim_tree *value,
                      struct sim_list *list)
{
    const struct sim_keys keys = { .fields = { field->fields } };
    const size_t size = sim_field_item(field);
    struct sim_tree *shown;
    char *items;

    if (!sim_bind_is(binder, value, SIM_SEQUENCE, field->name, "a list"))
        return;
    items = sim_document_alloc(binder->document, (value->count + 1) * size);
    memset(items, 0, (value->count + 1) * size);
    shown = sim_bind_node(binder, SIM_SEQUENCE, &value->mark, value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        const struct sim_subject subject = { sim_bind_text(binder, "item %u of '%s'", i + 1,
                                                           field->name),
                                             &value->items[i]->mark, false };
        struct sim_tree *item =
            sim_bind_complete(binder, bind_item(binder, field, value->items[i]), &keys, &subject);

        if (item == NULL)
            continue;
        sim_bind_fields(binder, item, field->fields, items + list->count * size);
        shown->items[list->count++] = item;
    }
    shown->count = list->count;
    list->items = items;
    sim_bind_put(binder, mapping, field->name, shown);
}

static bool is_mapping_type(enum sim_field_type type)
{
    return type == SIM_FIELD_DISTRIBUTION || type == SIM_FIELD_POPULARITY ||
           type == SIM_FIELD_MIX || type == SIM_FIELD_OPERATIONS || type == SIM_FIELD_LIST;
}

static void bind_field(struct sim_binder *binder, struct sim_tree *mapping,
                       const struct sim_field *field, void *place)
{
    struct sim_tree *value = (struct sim_tree *)(uintptr_t)sim_tree_get(mapping, field->name);

    if (field->type == SIM_FIELD_GROUP)
        *(uint32_t *)place = SIM_NO_GROUP;
    if (field->type == SIM_FIELD_OBJECT) {
        bind_object(binder, mapping, field, place);
        return;
    }
    if (value == NULL)
        return;
    if (!is_mapping_type(field->type) && value->kind != SIM_SCALAR) {
        report(binder, field, value, value->kind == SIM_MAPPING ? "is a mapping" : "is a list");
        return;
    }
    switch (field->type) {
    case SIM_FIELD_DISTRIBUTION:
        bind_distribution(binder, mapping, field, value, place);
        break;
    case SIM_FIELD_POPULARITY:
        bind_popularity(binder, mapping, field, value, place);
        break;
    case SIM_FIELD_MIX:
        value = sim_tree_last(value);
        if (value->kind == SIM_SCALAR && field->fields != NULL)
            value = find_mix(binder, field, value);
        if (value == NULL)
            break;
        sim_bind_put(binder, mapping, field->name, value);
        bind_mix(binder, field, value, place);
        break;
    case SIM_FIELD_OPERATIONS:
        *(const struct sim_operation_list **)place =
            sim_bind_operations(binder, value, field->name);
        break;
    case SIM_FIELD_LIST:
        bind_list(binder, mapping, field, value, place);
        break;
    case SIM_FIELD_TEXT:
        *(const char **)place = value->text;
        break;
    case SIM_FIELD_GROUP:
        *(uint32_t *)place = sim_bind_group(binder, value, field->name);
        break;
    case SIM_FIELD_LABEL:
        bind_label(binder, field, value, place);
        break;
    default:
        bind_scalar(binder, field, value, place);
        break;
    }
}

void sim_bind_fields(struct sim_binder *binder, struct sim_tree *mapping,
                     const struct sim_field *fields, void *out)
{
    for (const struct sim_field *field = fields; field->name != NULL; field++)
        bind_field(binder, mapping, field, (char *)out + field->offset);
}
