/* distribution.c - distributions as users write them: `5ms`, `1ms..3ms`, `{exponential: 5ms}`. See
 * bind.h.
 *
 * The range of a field binds what a user writes: a constant, both ends of a range, every listed
 * value, and the scales (mean, median, p99, least value) of the mappings, whose tails may reach
 * beyond it. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/core/units.h"
#include "sim/scenario/bind.h"
#include "sim/scenario/schema.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What the mappings' fields are read into. */
struct numbers {
    sim_time mean, deviation, median, p99, scale;
    double shape;
};

#define SCALE(member, help) SIM_DURATION(struct numbers, member, NULL, NULL, NULL, help)
#define SHAPE(help) SIM_NUMBER(struct numbers, shape, NULL, "0.05", "1000", help)

static const struct sim_field exponential_fields[] = { SCALE(mean, "mean"), { 0 } };
static const struct sim_field normal_fields[] = { SCALE(mean, "mean"),
                                                  SCALE(deviation, "standard deviation"),
                                                  { 0 } };
static const struct sim_field lognormal_fields[] = { SCALE(median, "median"),
                                                     SCALE(p99, "99th percentile"),
                                                     { 0 } };
static const struct sim_field pareto_fields[] = {
    SCALE(scale, "least value"), SHAPE("tail index: the smaller, the heavier the tail"), { 0 }
};
static const struct sim_field weibull_fields[] = {
    SCALE(scale, "scale: 63% of the samples are below"),
    SHAPE("shape: 1 is exponential, below has a heavier tail"),
    { 0 }
};
static const struct sim_field gamma_fields[] = { SCALE(mean, "mean"),
                                                 SHAPE("shape: 1 is exponential, more is narrower"),
                                                 { 0 } };

static struct sim_distribution *create_exponential(const void *numbers)
{
    return sim_distribution_exponential(((const struct numbers *)numbers)->mean);
}

static struct sim_distribution *create_normal(const void *numbers)
{
    const struct numbers *n = numbers;

    return sim_distribution_normal(n->mean, n->deviation);
}

static struct sim_distribution *create_lognormal(const void *numbers)
{
    const struct numbers *n = numbers;

    return n->median > n->p99 ? NULL : sim_distribution_lognormal(n->median, n->p99);
}

static struct sim_distribution *create_pareto(const void *numbers)
{
    const struct numbers *n = numbers;

    return sim_distribution_pareto(n->scale, n->shape);
}

static struct sim_distribution *create_weibull(const void *numbers)
{
    const struct numbers *n = numbers;

    return sim_distribution_weibull(n->scale, n->shape);
}

static struct sim_distribution *create_gamma(const void *numbers)
{
    const struct numbers *n = numbers;

    return sim_distribution_gamma(n->mean, n->shape);
}

const struct sim_form sim_forms[] = {
    { "exponential", "of this mean", exponential_fields, true, create_exponential, NULL },
    { "normal", "cut off at 0 where a duration is needed", normal_fields, false, create_normal,
      NULL },
    { "lognormal", "what latencies usually look like", lognormal_fields, false, create_lognormal,
      NULL },
    { "pareto", "with a tail that falls like a power", pareto_fields, false, create_pareto, NULL },
    { "weibull", "between exponential and normal", weibull_fields, false, create_weibull, NULL },
    { "gamma", "sums of exponentials", gamma_fields, false, create_gamma, NULL },
    { "empirical", "as measured: linear between the sorted values", NULL, false, NULL,
      sim_schema_empirical },
    { "mix", "of several distributions, by weight", NULL, false, NULL, sim_schema_mix },
    { NULL, NULL, NULL, false, NULL, NULL },
};

/* -- ranges of what the mappings take ---------------------------------------------------------- */

static bool is_positive(const char *bound)
{
    char text[SIM_UNITS_TEXT];
    sim_time value = 0;
    const char *wrong = sim_units_duration(bound, &value, text);

    assert(wrong == NULL);
    (void)wrong;
    return value > 0;
}

void sim_form_fields(const struct sim_form *form, const struct sim_field *outer,
                     struct sim_field fields[SIM_FORM_FIELDS_MAX])
{
    const char *least = sim_bind_least(outer);
    size_t n = 0;

    for (; form->fields[n].name != NULL; n++) {
        assert(n + 1 < SIM_FORM_FIELDS_MAX);
        fields[n] = form->fields[n];
        if (fields[n].type != SIM_FIELD_DURATION)
            continue;
        fields[n].most = sim_bind_most(outer);
        if (fields[n].offset == offsetof(struct numbers, deviation))
            fields[n].least = "0";
        else if (form->create == create_normal || is_positive(least))
            fields[n].least = least;
        else
            fields[n].least = "1ns";
    }
    fields[n] = (struct sim_field){ 0 };
    if (form->bare)
        fields[0].name = form->name;
}

struct sim_field sim_plus_field(const struct sim_field *outer)
{
    const char *least = sim_bind_least(outer);

    return (struct sim_field){ .name = "plus",
                               .type = SIM_FIELD_DURATION,
                               .standard = SIM_OPTIONAL,
                               .least = is_positive(least) ? "0" : least,
                               .most = sim_bind_most(outer),
                               .help = "added to every sample" };
}

struct sim_field sim_value_field(const struct sim_field *outer)
{
    return (struct sim_field){ .name = "values",
                               .type = SIM_FIELD_DURATION,
                               .least = sim_bind_least(outer),
                               .most = sim_bind_most(outer),
                               .help = "a measured value" };
}

const struct sim_field sim_weight_field = { "weight",
                                            SIM_FIELD_NUMBER,
                                            0,
                                            false,
                                            NULL,
                                            "0",
                                            "1000000000",
                                            "how often, compared with the others",
                                            NULL,
                                            NULL };

/* -- scalars ----------------------------------------------------------------------------------- */

static void refuse(struct sim_binder *binder, const struct sim_field *field,
                   const struct sim_mark *mark, const char *wrong)
{
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark,
                          sim_bind_expected(binder, field), "'%s': %s", field->name, wrong);
}

/* One duration of FIELD; false after an error. */
static bool read_duration(struct sim_binder *binder, const struct sim_field *field,
                          const struct sim_mark *mark, const char *value, sim_time *out)
{
    char text[SIM_UNITS_TEXT];
    const char *wrong = sim_units_duration(value, out, text);

    if (wrong == NULL && sim_bind_is_outside(field, out))
        wrong = sim_bind_text(binder, "%s is out of range", value);
    if (wrong != NULL)
        refuse(binder, field, mark, wrong);
    return wrong == NULL;
}

static struct sim_distribution *bind_range(struct sim_binder *binder, const struct sim_field *field,
                                           const struct sim_tree *tree, const char *dots)
{
    size_t length = (size_t)(dots - tree->text);
    char *low_text = sim_bind_text(binder, "%.*s", (int)length, tree->text);
    const char *high_text = dots + 2 + (dots[2] == ' ');
    sim_time low = 0, high = 0;

    if (length > 0 && low_text[length - 1] == ' ')
        low_text[length - 1] = '\0';
    if (!read_duration(binder, field, &tree->mark, low_text, &low) ||
        !read_duration(binder, field, &tree->mark, high_text, &high))
        return NULL;
    if (low > high) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
                              sim_bind_text(binder, "did you mean '%s..%s'?", high_text, low_text),
                              "'%s': the range %s ends before it begins", field->name, tree->text);
        return NULL;
    }
    return sim_distribution_uniform(low, high);
}

static struct sim_distribution *
bind_scalar(struct sim_binder *binder, const struct sim_field *field, const struct sim_tree *tree)
{
    const char *dots = strstr(tree->text, "..");
    sim_time value = 0;

    if (tree->quoted && sim_bind_is_typed(tree->text)) {
        refuse(binder, field, &tree->mark, "what stands in quotes is a text; leave them out");
        return NULL;
    }
    if (dots != NULL)
        return bind_range(binder, field, tree, dots);
    return read_duration(binder, field, &tree->mark, tree->text, &value)
               ? sim_distribution_constant(value)
               : NULL;
}

/* -- mappings of numbers ----------------------------------------------------------------------- */

static struct sim_distribution *bind_numbers(struct sim_binder *binder, const struct sim_form *form,
                                             const struct sim_field *outer, struct sim_tree *tree,
                                             const struct sim_mark *mark)
{
    struct sim_field fields[SIM_FORM_FIELDS_MAX];
    const struct sim_keys keys = { .fields = { fields } };
    const struct sim_subject subject = { sim_bind_text(binder, "'%s'", form->name), mark, false };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);
    struct sim_tree *mapping = tree;
    struct numbers numbers = { 0 };
    struct sim_distribution *made;

    sim_form_fields(form, outer, fields);
    if (form->bare) {
        mapping = sim_bind_node(binder, SIM_MAPPING, mark, 1);
        sim_bind_put(binder, mapping, form->name, tree);
    } else {
        mapping = sim_bind_complete(binder, tree, &keys, &subject);
    }
    if (mapping == NULL)
        return NULL;
    sim_bind_fields(binder, mapping, fields, &numbers);
    if (errors != sim_diagnostics_errors(binder->diagnostics))
        return NULL;
    made = form->create(&numbers);
    if (made == NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              &sim_tree_get(mapping, "p99")->mark, NULL, "'p99' is below 'median'");
    return made;
}

/* -- empirical --------------------------------------------------------------------------------- */

struct values {
    sim_time *list;
    size_t count, capacity;
};

static void add_value(struct values *values, sim_time value)
{
    values->list =
        sim_grow(values->list, &values->capacity, values->count + 1, sizeof(*values->list));
    values->list[values->count++] = value;
}

static int compare_times(const void *left, const void *right)
{
    const sim_time a = *(const sim_time *)left, b = *(const sim_time *)right;

    return (a > b) - (a < b);
}

static bool read_values(struct sim_binder *binder, const struct sim_field *outer,
                        const struct sim_tree *tree, struct values *values)
{
    const struct sim_field field = sim_value_field(outer);
    bool good = true;

    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "values", "a list of durations"))
        return false;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_tree *item = tree->items[i];
        sim_time value = 0;

        if (!sim_bind_is(binder, item, SIM_SCALAR, "values", "a list of durations") ||
            !read_duration(binder, &field, &item->mark, item->text, &value))
            good = false;
        add_value(values, value);
    }
    if (tree->count == 0) {
        refuse(binder, &field, &tree->mark, "the list is empty");
        good = false;
    }
    return good;
}

/* The line without blanks at its ends and without a comment. */
static char *trim(char *line)
{
    size_t length;

    line += strspn(line, " \t\r\n");
    length = strcspn(line, "#");
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    line[length] = '\0';
    return line;
}

enum { LINE_MAX_BYTES = 256 };

static bool read_lines(struct sim_binder *binder, const struct sim_field *field,
                       const struct sim_tree *at, const char *path, FILE *file,
                       struct values *values)
{
    char line[LINE_MAX_BYTES];

    for (uint32_t number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
        char text[SIM_UNITS_TEXT];
        const char *wrong = NULL, *value;
        sim_time time = 0;

        if (strlen(line) + 1 == sizeof(line)) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &at->mark, NULL,
                                  "%s:%u: a line is longer than %d characters", path, number,
                                  LINE_MAX_BYTES - 2);
            return false;
        }
        value = trim(line);
        if (value[0] == '\0')
            continue;
        wrong = sim_units_duration(value, &time, text);
        if (wrong == NULL && sim_bind_is_outside(field, &time))
            wrong = sim_bind_text(binder, "%s is out of range", value);
        if (wrong == NULL && values->count == SIM_VALUES_MAX)
            wrong = sim_bind_text(binder, "more than %d values", SIM_VALUES_MAX);
        if (wrong != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &at->mark,
                                  sim_bind_expected(binder, field), "%s:%u: %s", path, number,
                                  wrong);
            return false;
        }
        add_value(values, time);
    }
    if (ferror(file) || values->count == 0) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &at->mark,
                              "expected one duration on each line",
                              ferror(file) ? "cannot read '%s'" : "'%s' holds no values", path);
        return false;
    }
    return true;
}

/* Paths are relative to the file that names them. */
static bool read_file(struct sim_binder *binder, const struct sim_field *outer,
                      const struct sim_tree *tree, struct values *values)
{
    const struct sim_field field = sim_value_field(outer);
    const char *from = tree->mark.source == NULL ? "" : tree->mark.source->name,
               *slash = strrchr(from, '/');
    const char *path;
    FILE *file;
    bool good;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, "file", "the path of a file"))
        return false;
    path = tree->text[0] == '/' || slash == NULL
               ? tree->text
               : sim_bind_text(binder, "%.*s/%s", (int)(slash - from), from, tree->text);
    file = fopen(path, "r");
    if (file == NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &tree->mark, NULL,
                              "cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    good = read_lines(binder, &field, tree, path, file, values);
    fclose(file);
    return good;
}

static struct sim_tree *show_values(struct sim_binder *binder, const struct sim_mark *mark,
                                    const struct values *values)
{
    struct sim_tree *list = sim_bind_node(binder, SIM_SEQUENCE, mark, (uint32_t)values->count);
    struct sim_tree *mapping = sim_bind_node(binder, SIM_MAPPING, mark, 1);

    for (size_t i = 0; i < values->count; i++) {
        char text[SIM_TIME_TEXT];

        list->items[list->count++] = sim_bind_scalar(
            binder, mark, sim_bind_text(binder, "%s", sim_time_text(text, values->list[i])));
    }
    sim_bind_put(binder, mapping, "values", list);
    return mapping;
}

static struct sim_distribution *bind_empirical(struct sim_binder *binder,
                                               const struct sim_field *outer,
                                               const struct sim_tree *tree,
                                               const struct sim_mark *mark,
                                               struct sim_tree **effective)
{
    static const struct sim_key keys_[] = { { "file", false,
                                              "path of a file with a duration on each line", NULL },
                                            { "values", false, "list of durations", NULL },
                                            { NULL, false, NULL, NULL } };
    const struct sim_keys keys = { .keys = keys_ };
    const struct sim_subject subject = { "'empirical'", mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &keys, &subject);
    struct sim_distribution *made = NULL;
    struct values values = { 0 };
    bool good = false;

    if (mapping == NULL)
        return NULL;
    if (mapping->count != 1)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, NULL,
                              "'empirical' takes either 'file' or 'values'");
    else if (sim_tree_get(mapping, "file") != NULL)
        good = read_file(binder, outer, sim_tree_get(mapping, "file"), &values);
    else
        good = read_values(binder, outer, sim_tree_get(mapping, "values"), &values);
    if (good) {
        sim_sort(values.list, values.count, sizeof(*values.list), compare_times);
        made = sim_distribution_empirical(values.list, values.count);
        *effective = show_values(binder, mark, &values);
    }
    sim_free(values.list);
    return made;
}

/* -- mix --------------------------------------------------------------------------------------- */

static struct sim_distribution *bind_part(struct sim_binder *binder, const struct sim_field *outer,
                                          const struct sim_tree *tree, double *weight,
                                          struct sim_tree **effective)
{
    static const struct sim_key of[] = { { "of", true, "a distribution", NULL },
                                         { NULL, false, NULL, NULL } };
    const struct sim_field fields[] = { sim_weight_field, { 0 } };
    const struct sim_keys keys = { .fields = { fields }, .keys = of };
    const struct sim_subject subject = { "'mix'", &tree->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &keys, &subject), *shown = NULL;
    const struct sim_tree *part;
    struct sim_distribution *made;

    if (mapping == NULL)
        return NULL;
    sim_bind_fields(binder, mapping, fields, weight);
    part = sim_tree_get(mapping, "of");
    made = part == NULL ? NULL : sim_bind_distribution(binder, outer, part, &shown);
    if (made != NULL)
        sim_bind_put(binder, mapping, "of", shown);
    *effective = mapping;
    return made;
}

static struct sim_distribution *bind_mix(struct sim_binder *binder, const struct sim_field *outer,
                                         const struct sim_tree *tree, struct sim_tree **effective)
{
    size_t errors = sim_diagnostics_errors(binder->diagnostics), count = 0;
    struct sim_distribution **parts;
    struct sim_tree *list;
    double *weights, total = 0;

    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "mix", "a list of {weight: ..., of: ...}"))
        return NULL;
    parts = sim_alloc_array(tree->count, sizeof(struct sim_distribution *));
    weights = sim_alloc_array(tree->count, sizeof(*weights));
    list = sim_bind_node(binder, SIM_SEQUENCE, &tree->mark, tree->count);
    for (uint32_t i = 0; i < tree->count; i++) {
        struct sim_tree *shown = NULL;
        struct sim_distribution *part =
            bind_part(binder, outer, tree->items[i], &weights[count], &shown);

        total += weights[count];
        list->items[list->count++] = shown;
        if (part != NULL)
            parts[count++] = part;
    }
    if (tree->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                              "'mix' is an empty list");
    else if (errors == sim_diagnostics_errors(binder->diagnostics) && total <= 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "all weights of 'mix' are 0");
    if (errors == sim_diagnostics_errors(binder->diagnostics)) {
        struct sim_distribution *made = sim_distribution_mix(parts, weights, count);

        *effective = list;
        sim_free(parts);
        sim_free(weights);
        return made;
    }
    for (size_t i = 0; i < count; i++)
        sim_distribution_destroy(parts[i]);
    sim_free(parts);
    sim_free(weights);
    return NULL;
}

/* -- all forms --------------------------------------------------------------------------------- */

static const struct sim_form *find_form(const char *name)
{
    const struct sim_form *form = sim_forms;

    while (form->name != NULL && strcmp(form->name, name) != 0)
        form++;
    return form->name == NULL ? NULL : form;
}

/* The one form that MAPPING names, or NULL after an error. */
static bool has_two_forms(const struct sim_tree *mapping)
{
    size_t forms = 0;

    for (uint32_t i = 0; i < mapping->count; i++)
        forms += find_form(mapping->keys[i]) != NULL;
    return forms > 1;
}

static const struct sim_form *choose_form(struct sim_binder *binder, const struct sim_field *field,
                                          const struct sim_tree *mapping, uint32_t *place)
{
    const char *names[sizeof(sim_forms) / sizeof(sim_forms[0]) + 1];
    const struct sim_form *form = NULL;
    size_t n = 0;
    bool good = true;

    for (const struct sim_form *f = sim_forms; f->name != NULL; f++)
        names[n++] = f->name;
    names[n++] = "plus";
    names[n] = NULL;
    for (uint32_t i = 0; i < mapping->count; i++) {
        const struct sim_form *found = find_form(mapping->keys[i]);

        if (found != NULL && form == NULL) {
            form = found;
            *place = i;
        } else if (found != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &mapping->key_marks[i],
                                  NULL, "'%s' is '%s' and '%s' at once", field->name, form->name,
                                  found->name);
            good = false;
        } else if (strcmp(mapping->keys[i], "plus") != 0) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &mapping->key_marks[i],
                                  sim_bind_hint(binder, mapping->keys[i], names),
                                  "unknown distribution '%s' in '%s'", mapping->keys[i],
                                  field->name);
            good = false;
        }
    }
    if (form == NULL && good)
        refuse(binder, field, &mapping->mark, "a mapping that names no distribution");
    return good ? form : NULL;
}

static struct sim_distribution *bind_plus(struct sim_binder *binder, const struct sim_field *field,
                                          const struct sim_tree *tree,
                                          struct sim_distribution *made)
{
    const struct sim_field plus = sim_plus_field(field);
    const struct sim_tree *value = sim_tree_get(tree, "plus");
    sim_time shift = 0;

    if (sim_tree_is_null(value))
        return made;
    if (!sim_bind_is(binder, value, SIM_SCALAR, "plus", "a duration") ||
        !read_duration(binder, &plus, &value->mark, value->text, &shift)) {
        sim_distribution_destroy(made);
        return NULL;
    }
    return made == NULL ? NULL : sim_distribution_shift(made, shift);
}

struct sim_distribution *sim_bind_distribution(struct sim_binder *binder,
                                               const struct sim_field *field,
                                               const struct sim_tree *tree,
                                               struct sim_tree **effective)
{
    const struct sim_form *form;
    struct sim_tree *body, *shown;
    struct sim_distribution *made;
    uint32_t place = 0;

    if (tree->kind == SIM_SCALAR) {
        *effective = sim_bind_scalar(binder, &tree->mark, tree->text);
        return bind_scalar(binder, field, tree);
    }
    if (tree->kind == SIM_SEQUENCE) {
        refuse(binder, field, &tree->mark, "is a list");
        return NULL;
    }
    if (tree->over != NULL && has_two_forms(tree)) /* one that is laid on another replaces it */
        tree = sim_tree_last(tree->over);
    form = choose_form(binder, field, tree, &place);
    if (form == NULL)
        return NULL;
    body = shown = tree->items[place];
    if (form->fields != NULL)
        made = bind_numbers(binder, form, field, body, &tree->key_marks[place]);
    else if (strcmp(form->name, "mix") == 0)
        made = bind_mix(binder, field, body, &shown);
    else
        made = bind_empirical(binder, field, body, &tree->key_marks[place], &shown);
    *effective = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 2);
    sim_bind_put(binder, *effective, form->name, shown);
    if (!sim_tree_is_null(sim_tree_get(tree, "plus")))
        sim_bind_put(binder, *effective, "plus",
                     (struct sim_tree *)(uintptr_t)sim_tree_get(tree, "plus"));
    return bind_plus(binder, field, tree, made);
}
