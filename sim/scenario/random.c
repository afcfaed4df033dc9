/* random.c - `random:`, an entry of `faults:` that stands for many, drawn anew for each seed. What
 * a kind can be drawn with stands in its row (sim/world/fault_kind.h). */
#include "sim/scenario/schema.h"
#include "sim/world/draw.h"

#include <assert.h>
#include <string.h>

struct drawing {
    const struct sim_distribution *every, *duration;
    bool swarm;
    int64_t limit;
};

static const char *const limits[] = { "minority", "none", NULL };

static const struct sim_field drawing_fields[] = {
    SIM_DISTRIBUTION(struct drawing, every, "{exponential: 5s}", "1ms", NULL,
                     "between one and the next"),
    { "for", SIM_FIELD_DISTRIBUTION, offsetof(struct drawing, duration), false, "100ms..10s", "0",
      NULL, "how long each lasts", NULL, NULL },
    SIM_BOOLEAN(struct drawing, swarm, "true", "for each seed, half of the kinds are switched off"),
    SIM_CHOICE(struct drawing, limit, "minority", limits,
               "what is down, or may have lost what it synced, stays a minority of each group, with "
               "listed faults that name their time and nodes counted; none: no such bound"),
    { 0 },
};

static const struct sim_field no_fields[] = { { 0 } };

/* -- schema ------------------------------------------------------------------------------------ */

static void kinds_schema(struct sim_schema *schema)
{
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, "{'const': 'all'}");
    sim_schema_open(schema, NULL, '{');
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "1");
    sim_schema_raw(schema, "uniqueItems", "true");
    sim_schema_open(schema, "items", '{');
    sim_schema_open(schema, "enum", '[');
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++)
        if ((*kind)->random != NULL)
            sim_schema_text(schema, NULL, (*kind)->name);
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

static void of_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[{'type': 'string', 'pattern': '" SIM_PATTERN_GROUP "'}, {'type': 'array', "
                   "'minItems': 1, 'uniqueItems': true, 'items': {'type': 'string', 'pattern': "
                   "'" SIM_PATTERN_GROUP "'}}]");
}

static void ranges_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "additionalProperties",
                   "{'type': 'object', 'additionalProperties': {'type': ['string', 'number', "
                   "'boolean']}}");
}

static const struct sim_key drawing_own[] = {
    { "of", true, "a group of nodes, or a list of groups", of_schema },
    { "kinds", false, "a list of kinds; all if left out", kinds_schema },
    { "ranges", false, "between what parameters are drawn, as in {slow: {factor: 2..10}}",
      ranges_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys drawing_keys = { .fields = { drawing_fields }, .keys = drawing_own };

static void drawing_schema(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &drawing_keys);
}

/* What may stand in the entry. */
static const struct sim_keys *entry_keys(struct sim_keys *keys, struct sim_key own[4])
{
    own[0] = (struct sim_key){ "random", true, "faults drawn for each seed", drawing_schema };
    own[1] = sim_fault_label_key;
    own[2] = sim_fault_between_key;
    own[3] = (struct sim_key){ NULL, false, NULL, NULL };
    *keys = (struct sim_keys){ .fields = { no_fields }, .keys = own };
    return keys;
}

void sim_schema_random(struct sim_schema *schema)
{
    struct sim_keys keys;
    struct sim_key own[4];

    sim_schema_mapping(schema, entry_keys(&keys, own));
}

/* -- ranges ------------------------------------------------------------------------------------ */

static bool can_be_drawn(enum sim_field_type type)
{
    switch (type) {
    case SIM_FIELD_DURATION:
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_BOOLEAN:
    case SIM_FIELD_CHOICE:
    case SIM_FIELD_PROBABILITY:
    case SIM_FIELD_SHARE:
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
    case SIM_FIELD_DISTRIBUTION:
    case SIM_FIELD_PPM:
        return true;
    default:
        return false;
    }
}

static bool is_less(enum sim_field_type type, const union sim_random_value *a,
                    const union sim_random_value *b)
{
    switch (type) {
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_SHARE:
        return a->number < b->number;
    case SIM_FIELD_PROBABILITY:
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
        return a->natural < b->natural;
    default:
        return a->word < b->word;
    }
}

/* NULL, or what is wrong. */
static const char *parse_end(struct sim_binder *binder, const struct sim_field *field,
                             const char *value, union sim_random_value *end)
{
    char *text = sim_document_alloc(binder->document, 160);
    union {
        union sim_random_value value;
        struct sim_ppm_range ppm;
        bool flag;
    } parsed;
    const char *wrong;

    memset(&parsed, 0, sizeof(parsed));
    wrong = sim_bind_parse(field, value, &parsed, text);
    if (wrong != NULL)
        return wrong;
    if (sim_bind_is_outside(field, &parsed))
        return sim_bind_text(binder, "%s is out of range", value);
    *end = parsed.value;
    if (field->type == SIM_FIELD_PPM)
        end->word = parsed.ppm.low_ppb;
    else if (field->type == SIM_FIELD_BOOLEAN)
        end->word = parsed.flag;
    return NULL;
}

static const char *parse_range(struct sim_binder *binder, const struct sim_field *field,
                               const char *value, struct sim_random_range *range)
{
    const char *dots = strstr(value, ".."), *wrong;

    range->field = field;
    if (!can_be_drawn(field->type))
        return "is not drawn at random";
    wrong =
        parse_end(binder, field,
                  dots == NULL ? value : sim_bind_text(binder, "%.*s", (int)(dots - value), value),
                  &range->least);
    if (wrong == NULL)
        wrong = parse_end(binder, field, dots == NULL ? value : dots + 2, &range->most);
    if (wrong == NULL && is_less(field->type, &range->most, &range->least))
        return sim_bind_text(binder, "the range %s ends before it begins", value);
    return wrong;
}

static uint32_t count_fields(const struct sim_fault_kind *kind)
{
    uint32_t count = 0;

    while (kind->params.fields != NULL && kind->params.fields[count].name != NULL)
        count++;
    return count;
}

static const struct sim_field *find_field(const struct sim_fault_kind *kind, const char *name)
{
    for (uint32_t i = 0; i < count_fields(kind); i++)
        if (strcmp(kind->params.fields[i].name, name) == 0)
            return &kind->params.fields[i];
    return NULL;
}

static const char *const *param_names(struct sim_binder *binder, const struct sim_fault_kind *kind)
{
    const uint32_t count = count_fields(kind);
    const char **names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));

    for (uint32_t i = 0; i < count; i++)
        names[i] = kind->params.fields[i].name;
    names[count] = NULL;
    return names;
}

/* In the place of the one of the same field. */
static void put_range(struct sim_random_kind *kind, struct sim_random_range *ranges,
                      const struct sim_random_range *range)
{
    uint32_t i = 0;

    while (i < kind->range_count && ranges[i].field != range->field)
        i++;
    ranges[i] = *range;
    if (i == kind->range_count)
        kind->range_count++;
}

static void bind_ranges(struct sim_binder *binder, const struct sim_tree *given,
                        struct sim_random_kind *kind, struct sim_random_range *ranges)
{
    if (!sim_bind_is(binder, given, SIM_MAPPING, kind->kind->name, "ranges of its parameters"))
        return;
    for (uint32_t i = 0; i < given->count; i++) {
        const struct sim_field *field = find_field(kind->kind, given->keys[i]);
        const struct sim_tree *value = given->items[i];
        struct sim_random_range range;
        const char *wrong;

        if (field == NULL) {
            sim_bind_unknown_key(
                binder, given->keys[i], &given->key_marks[i], param_names(binder, kind->kind),
                &(struct sim_subject){
                    sim_bind_text(binder, "a fault of kind '%s'", kind->kind->name), &given->mark,
                    false });
            continue;
        }
        if (!sim_bind_is(binder, value, SIM_SCALAR, given->keys[i], "a range such as 1..5"))
            continue;
        wrong = parse_range(binder, field, value->text, &range);
        if (wrong == NULL)
            put_range(kind, ranges, &range);
        else
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &value->mark,
                                  sim_bind_expected(binder, field), "'%s': %s", field->name, wrong);
    }
}

/* -- kinds ------------------------------------------------------------------------------------- */

/* The defaults of what is not drawn. */
static const void *fixed_params(struct sim_binder *binder, const struct sim_fault_kind *kind,
                                const struct sim_mark *mark)
{
    const uint32_t count = count_fields(kind);
    struct sim_field *fields = sim_document_alloc(binder->document, (count + 1) * sizeof(*fields));
    const struct sim_keys keys = { .fields = { fields } };
    const struct sim_subject subject = { kind->name, mark, false };
    struct sim_tree *mapping;
    void *params;

    if (kind->params.size == 0)
        return NULL;
    params = sim_document_alloc(binder->document, kind->params.size);
    memset(params, 0, kind->params.size);
    memset(fields, 0, (count + 1) * sizeof(*fields));
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = kind->params.fields[i];
        if (fields[i].standard == NULL) /* it is drawn, as its row says */
            fields[i].standard = SIM_OPTIONAL;
    }
    mapping = sim_bind_complete(binder, NULL, &keys, &subject);
    sim_bind_fields(binder, mapping, fields, params);
    return params;
}

static void fill_kind(struct sim_binder *binder, const struct sim_fault_kind *kind,
                      const struct sim_mark *mark, const struct sim_tree *given,
                      struct sim_random_kind *out)
{
    struct sim_random_range *ranges =
        sim_document_alloc(binder->document, (count_fields(kind) + 1) * sizeof(*ranges));

    *out = (struct sim_random_kind){ .kind = kind,
                                     .params = fixed_params(binder, kind, mark),
                                     .ranges = ranges };
    for (const struct sim_fault_range *row = kind->random; row->field != NULL; row++) {
        const struct sim_field *field = find_field(kind, row->field);
        struct sim_random_range range = { .field = field };
        const char *wrong;

        assert(field != NULL);
        wrong = parse_end(binder, field, row->least, &range.least);
        assert(wrong == NULL);
        wrong = parse_end(binder, field, row->most, &range.most);
        assert(wrong == NULL);
        (void)wrong;
        put_range(out, ranges, &range);
    }
    if (given != NULL)
        bind_ranges(binder, given, out, ranges);
}

static const char *const *kind_names(struct sim_binder *binder)
{
    size_t count = 0;

    while (sim_fault_kinds[count] != NULL)
        count++;
    const char **names = sim_document_alloc(binder->document, (count + 1) * sizeof(*names));
    count = 0;
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; *kind != NULL; kind++)
        if ((*kind)->random != NULL)
            names[count++] = (*kind)->name;
    names[count] = NULL;
    return names;
}

/* The kind that TREE names, or NULL after an error. */
static const struct sim_fault_kind *bind_kind(struct sim_binder *binder,
                                              const struct sim_tree *tree)
{
    const struct sim_fault_kind *kind;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, "kinds", "a kind of fault"))
        return NULL;
    kind = sim_fault_find(sim_fault_kinds, tree->text);
    if (kind == NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_hint(binder, tree->text, kind_names(binder)),
                              "'kinds': no kind of fault '%s'", tree->text);
    else if (kind->random == NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_hint(binder, tree->text, kind_names(binder)),
                              "'kinds': a fault of kind '%s' is not drawn at random", tree->text);
    return kind != NULL && kind->random != NULL ? kind : NULL;
}

static bool is_among(const struct sim_random_kind *kinds, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(kinds[i].kind->name, name) == 0)
            return true;
    return false;
}

static uint32_t bind_list(struct sim_binder *binder, const struct sim_tree *list,
                          const struct sim_tree *ranges, struct sim_random_kind *kinds)
{
    uint32_t count = 0;

    if (!sim_bind_is(binder, list, SIM_SEQUENCE, "kinds", "a list of kinds, or all"))
        return 0;
    if (list->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &list->mark,
                              "leave it out for all kinds", "'kinds': the list is empty");
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sim_fault_kind *kind = bind_kind(binder, list->items[i]);

        if (kind == NULL)
            continue;
        if (is_among(kinds, count, kind->name))
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &list->items[i]->mark,
                                  NULL, "'kinds' names '%s' twice", kind->name);
        else
            fill_kind(binder, kind, &list->mark,
                      ranges != NULL ? sim_tree_get(ranges, kind->name) : NULL, &kinds[count++]);
    }
    return count;
}

static void bind_kinds(struct sim_binder *binder, const struct sim_tree *mapping,
                       struct sim_random_plan *random)
{
    const struct sim_tree *list = sim_tree_get(mapping, "kinds");
    const struct sim_tree *ranges = sim_tree_get(mapping, "ranges");
    const bool all = list == NULL || (list->kind == SIM_SCALAR && strcmp(list->text, "all") == 0);
    struct sim_random_kind *kinds;
    uint32_t count = 0;

    while (sim_fault_kinds[count] != NULL)
        count++;
    if (list != NULL && list->kind == SIM_SEQUENCE && list->count > count)
        count = list->count;
    kinds = sim_document_alloc(binder->document, (count + 1) * sizeof(*kinds));
    count = 0;
    if (ranges != NULL && !sim_bind_is(binder, ranges, SIM_MAPPING, "ranges", "a mapping of kinds"))
        ranges = NULL;
    for (const struct sim_fault_kind *const *kind = sim_fault_kinds; all && *kind != NULL; kind++)
        if ((*kind)->random != NULL)
            fill_kind(binder, *kind, &mapping->mark,
                      ranges != NULL ? sim_tree_get(ranges, (*kind)->name) : NULL, &kinds[count++]);
    if (!all)
        count = bind_list(binder, list, ranges, kinds);
    random->kinds = kinds;
    random->kind_count = count;
    for (uint32_t i = 0; ranges != NULL && i < ranges->count; i++)
        if (!is_among(kinds, count, ranges->keys[i]))
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &ranges->key_marks[i],
                                  sim_bind_hint(binder, ranges->keys[i], kind_names(binder)),
                                  "'ranges': no kind '%s' is drawn here", ranges->keys[i]);
}

/* -- the entry --------------------------------------------------------------------------------- */

static void add_group(struct sim_binder *binder, const struct sim_tree *tree, uint32_t *groups,
                      uint32_t *count)
{
    const uint32_t group = sim_bind_group(binder, tree, "of");

    for (uint32_t i = 0; group != SIM_NO_GROUP && i < *count; i++)
        if (groups[i] == group) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                                  "'of' names '%s' twice", tree->text);
            return;
        }
    if (group != SIM_NO_GROUP)
        groups[(*count)++] = group;
}

uint32_t sim_bind_groups(struct sim_binder *binder, const struct sim_tree *tree,
                         const uint32_t **out)
{
    const uint32_t most = tree->kind == SIM_SEQUENCE ? tree->count : 1;
    uint32_t *groups = sim_document_alloc(binder->document, (most + 1) * sizeof(*groups));
    uint32_t count = 0;

    if (tree->kind != SIM_SEQUENCE)
        add_group(binder, tree, groups, &count);
    else if (tree->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                              "'of': the list is empty");
    for (uint32_t i = 0; tree->kind == SIM_SEQUENCE && i < tree->count; i++)
        add_group(binder, tree->items[i], groups, &count);
    *out = groups;
    return count;
}

static void check_number(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_random_plan *random)
{
    const struct sim_tree *every = sim_tree_get(mapping, "every");
    sim_time gap;

    if (random->every == NULL)
        return;
    gap = sim_distribution_quantile(random->every, 0.5);
    if ((random->to - random->from) / (gap > 0 ? gap : 1) > SIM_RANDOM_FAULTS_MAX)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &every->mark,
                              sim_bind_text(binder, "at most %d", SIM_RANDOM_FAULTS_MAX),
                              "'every' makes too many faults");
}

static struct sim_tree *bind_drawing(struct sim_binder *binder, const struct sim_tree *tree,
                                     struct sim_random_plan *random)
{
    const struct sim_subject subject = { "random", &tree->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, tree, &drawing_keys, &subject);
    struct drawing drawing = { 0 };

    if (mapping == NULL)
        return NULL;
    sim_bind_fields(binder, mapping, drawing_fields, &drawing);
    random->every = drawing.every;
    random->duration = drawing.duration;
    random->swarm = drawing.swarm;
    random->limit = drawing.limit;
    if (sim_tree_get(mapping, "of") != NULL)
        random->group_count = sim_bind_groups(binder, sim_tree_get(mapping, "of"), &random->groups);
    bind_kinds(binder, mapping, random);
    check_number(binder, mapping, random);
    return mapping;
}

struct sim_tree *sim_bind_random(struct sim_binder *binder, const struct sim_tree *tree,
                                 struct sim_random_plan *random)
{
    const struct sim_subject subject = { "a fault of kind 'random'", &tree->mark, false };
    struct sim_keys keys;
    struct sim_key own[4];
    struct sim_tree *mapping = sim_bind_complete(binder, tree, entry_keys(&keys, own), &subject);
    struct sim_fault_plan times = { .to = binder->plan->duration };
    struct sim_tree *drawing;

    assert(mapping != NULL); /* it has a key */
    sim_bind_fault_label(binder, sim_tree_get(mapping, "label"), &times);
    if (sim_tree_get(mapping, "between") != NULL)
        sim_bind_fault_between(binder, sim_tree_get(mapping, "between"), &times);
    random->label = times.label;
    random->from = times.from;
    random->to = times.to;
    if (sim_tree_get(mapping, "random") == NULL)
        return mapping;
    drawing = bind_drawing(binder, sim_tree_get(mapping, "random"), random);
    if (drawing != NULL)
        sim_bind_put(binder, mapping, "random", drawing);
    return mapping;
}
