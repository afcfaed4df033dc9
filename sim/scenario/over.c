/* over.c - `over:` of an expectation: under which seeds it is judged, and what of it. */
#include "sim/scenario/schema.h"

#include <assert.h>
#include <string.h>

enum { SEEDS_MAX = 1000000 };

const char *const sim_statistic_names[] = {
    [SIM_STATISTIC_MEAN] = "mean", [SIM_STATISTIC_MIN] = "min", [SIM_STATISTIC_P1] = "p1",
    [SIM_STATISTIC_P5] = "p5",     [SIM_STATISTIC_P10] = "p10", [SIM_STATISTIC_P25] = "p25",
    [SIM_STATISTIC_P50] = "p50",   [SIM_STATISTIC_P75] = "p75", [SIM_STATISTIC_P90] = "p90",
    [SIM_STATISTIC_P95] = "p95",   [SIM_STATISTIC_P99] = "p99", [SIM_STATISTIC_P999] = "p999",
    [SIM_STATISTIC_MAX] = "max",   [SIM_STATISTICS] = NULL,
};

static const char *const holds_choices[] = {
    [SIM_OVER_ALL] = "all",
    [SIM_OVER_ANY] = "any",
    NULL,
};

struct params {
    int64_t holds, statistic;
    double at_least, at_most;
};

static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, holds, SIM_OPTIONAL, holds_choices,
               "it holds under all of the seeds (which is meant if nothing else is said), or any"),
    SIM_SHARE(struct params, at_least, SIM_OPTIONAL, "it holds under at least this share of them"),
    SIM_SHARE(struct params, at_most, SIM_OPTIONAL, "and under no more than this"),
    SIM_CHOICE(struct params, statistic, SIM_OPTIONAL, sim_statistic_names,
               "the bounds are meant for this statistic of what is measured in each run"),
    { 0 },
};

struct published {
    const char *source;
    double tolerance;
};

static const struct sim_field published_fields[] = {
    SIM_TEXT(struct published, source, SIM_OPTIONAL, "where it was published"),
    SIM_SHARE(struct published, tolerance, SIM_OPTIONAL,
              "how far, as a share of each value, the runs may be off"),
    { 0 },
};

static const struct sim_field point_fields[] = {
    SIM_SHARE(struct published, tolerance, SIM_OPTIONAL, "the same for this value alone"),
    { 0 },
};

/* -- schema ------------------------------------------------------------------------------------ */

/* Of what kind a value is depends on the checker. */
#define VALUE                                                                                      \
    "{'type': 'number', 'minimum': 0}, {'type': 'string', 'pattern': '^[+]?[0-9.]+ ?[^ 0-9]'}"

static void seeds_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[{'type': 'integer', 'minimum': 0}, {'type': 'string', 'pattern': "
                   "'^(0|[1-9][0-9]*)[.][.](0|[1-9][0-9]*)$'}]");
}

static void value_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf", "[" VALUE "]");
}

static const struct sim_key point_key_rows[] = {
    { "is", true, "the value that was published", value_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys point_keys = { .fields = { point_fields }, .keys = point_key_rows };

static void point_schema(struct sim_schema *schema)
{
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, "{'type': 'number', 'minimum': 0}");
    sim_schema_raw(schema, NULL, "{'type': 'string', 'pattern': '^[+]?[0-9.]+ ?[^ 0-9]'}");
    sim_schema_open(schema, NULL, '{');
    sim_schema_mapping(schema, &point_keys);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

#define POINT(name)                                                                                \
    {                                                                                              \
        name, false, "what was published for it", point_schema                                     \
    }

static const struct sim_key published_key_rows[] = {
    POINT("mean"), POINT("min"),
    POINT("p1"),   POINT("p5"),
    POINT("p10"),  POINT("p25"),
    POINT("p50"),  POINT("p75"),
    POINT("p90"),  POINT("p95"),
    POINT("p99"),  POINT("p999"),
    POINT("max"),  { NULL, false, NULL, NULL },
};

static const struct sim_keys published_keys = { .fields = { published_fields },
                                                .keys = published_key_rows };

static void matches_schema(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &published_keys);
}

static const struct sim_key over_key_rows[] = {
    { "seeds", true, "a range of seeds, such as 1..100", seeds_schema },
    { "matches", false,
      "a published distribution of what is measured in each run: its mean, percentiles, extremes",
      matches_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys over_keys = { .fields = { params_fields }, .keys = over_key_rows };

void sim_schema_over(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &over_keys);
}

static bool has(const struct sim_tree *mapping, const char *key)
{
    return !sim_tree_is_null(sim_tree_get(mapping, key));
}

/* -- seeds ------------------------------------------------------------------------------------- */

/* Digits without a leading zero, up to INT64_MAX; returns what follows, or NULL. */
static const char *read_seed(const char *text, uint64_t *seed)
{
    const char *start = text;

    for (*seed = 0; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (*seed > ((uint64_t)INT64_MAX - digit) / 10)
            return NULL;
        *seed = *seed * 10 + digit;
    }
    return text == start || (*start == '0' && text - start > 1) ? NULL : text;
}

static void load_seeds(struct sim_binder *binder, const struct sim_tree *tree,
                       struct sim_over *over)
{
    static const char expected[] = "expected a range such as 1..100";
    const char *rest = NULL;

    if (tree == NULL || !sim_bind_is(binder, tree, SIM_SCALAR, "seeds", "a range such as 1..100"))
        return;
    rest = read_seed(tree->text, &over->first);
    over->last = over->first;
    if (rest != NULL && strncmp(rest, "..", 2) == 0)
        rest = read_seed(rest + 2, &over->last);
    if (rest == NULL || *rest != '\0') {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, expected,
                              "'seeds': '%s' is no range of seeds", tree->text);
        *over = (struct sim_over){ 0 };
    } else if (over->last < over->first) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, expected,
                              "'seeds': the range %s ends before it begins", tree->text);
    } else if (over->last - over->first >= SEEDS_MAX) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'seeds': %s are more than %d", tree->text, SEEDS_MAX);
    }
}

/* -- what was published ------------------------------------------------------------------------ */

static int64_t millionths(const struct sim_rate *rate)
{
    sim_wide value = (sim_wide)(uint64_t)rate->count * 1000000 * (uint64_t)SIM_SECOND /
                     (uint64_t)(rate->per > 0 ? rate->per : 1);

    return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

/* The value TREE, as a checker measures what FIGURE describes. */
static void load_value(struct sim_binder *binder, const char *name, const struct sim_tree *tree,
                       const struct sim_field *figure, int64_t *value)
{
    union {
        sim_time time;
        double share;
        struct sim_rate rate;
    } read = { 0 };
    struct sim_field field = *figure;
    char text[SIM_CHECK_TEXT];
    const char *wrong;

    if (!sim_bind_is(binder, tree, SIM_SCALAR, name, "a value"))
        return;
    field.name = name;
    wrong = sim_bind_parse(&field, tree->text, &read, text);
    if (wrong == NULL && sim_bind_is_outside(&field, &read))
        wrong = sim_bind_text(binder, "%s is out of range", tree->text);
    if (wrong != NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
                              sim_bind_text(binder, "expected %s",
                                            figure->type == SIM_FIELD_DURATION ? "a duration"
                                            : figure->type == SIM_FIELD_RATE   ? "a rate"
                                                                               : "a share"),
                              "'%s': %s", name, wrong);
        return;
    }
    *value = figure->type == SIM_FIELD_DURATION ? read.time
             : figure->type == SIM_FIELD_RATE   ? millionths(&read.rate)
                                                : (int64_t)(read.share * 1e9 + 0.5);
}

/* POINT's tolerance is that of all, if there IS_ONE, unless it has its own. */
static void load_point(struct sim_binder *binder, const char *name, const struct sim_tree *tree,
                       const struct sim_field *figure, bool is_one, struct sim_over_point *point)
{
    const struct sim_subject subject = { sim_bind_text(binder, "'%s'", name), &tree->mark, false };
    struct published own = { .tolerance = point->tolerance };
    struct sim_tree *mapping;

    if (tree->kind == SIM_MAPPING) {
        mapping = sim_bind_complete(binder, tree, &point_keys, &subject);
        if (mapping == NULL)
            return;
        sim_bind_fields(binder, mapping, point_fields, &own);
        is_one = is_one || has(mapping, "tolerance");
        point->tolerance = own.tolerance;
        tree = sim_tree_get(mapping, "is");
    }
    if (tree != NULL)
        load_value(binder, name, tree, figure, &point->value);
    if (!is_one)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, subject.mark,
                              "expected one for all, as in tolerance: 5%, or {is: ..., tolerance: "
                              "5%}",
                              "'%s' of 'matches' has no tolerance", name);
}

/* Percentiles never fall. */
static void check_points(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_over *over)
{
    const struct sim_over_point *before = NULL;

    for (uint32_t i = 0; i < over->point_count; i++) {
        const struct sim_over_point *point = &over->points[i];
        const char *name = sim_statistic_names[point->statistic];

        if (point->statistic == SIM_STATISTIC_MEAN)
            continue;
        if (before != NULL && point->value < before->value)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                                  &sim_tree_get(mapping, name)->mark, NULL, "'%s': less than '%s'",
                                  name, sim_statistic_names[before->statistic]);
        before = point;
    }
}

static void load_matches(struct sim_binder *binder, const struct sim_tree *tree,
                         const struct sim_field *figure, struct sim_over *over)
{
    const struct sim_subject subject = { "'matches'", &tree->mark, false };
    const size_t errors = sim_diagnostics_errors(binder->diagnostics);
    struct published published = { 0 };
    struct sim_over_point *points;
    struct sim_tree *mapping;

    if (!sim_bind_is_mapping(binder, tree, "'matches'"))
        return;
    mapping = sim_bind_complete(binder, tree, &published_keys, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, published_fields, &published);
    points = sim_document_alloc(binder->document, SIM_STATISTICS * sizeof(*points));
    for (int i = 0; i < SIM_STATISTICS; i++) {
        const struct sim_tree *value = sim_tree_get(mapping, sim_statistic_names[i]);

        if (sim_tree_is_null(value))
            continue;
        points[over->point_count] = (struct sim_over_point){ .statistic = (enum sim_statistic)i,
                                                             .tolerance = published.tolerance };
        load_point(binder, sim_statistic_names[i], value, figure, has(mapping, "tolerance"),
                   &points[over->point_count++]);
    }
    over->points = points;
    over->source = published.source;
    if (sim_diagnostics_errors(binder->diagnostics) > errors)
        return;
    if (over->point_count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
                              "expected mean, min, p1 ... p999, max", "'matches' names no value");
    check_points(binder, mapping, over);
}

/* -- all --------------------------------------------------------------------------------------- */

/* Which of the ways is meant: they exclude each other. */
static void choose_way(struct sim_binder *binder, const struct sim_tree *mapping,
                       const struct params *params, struct sim_over *over)
{
    const bool share = has(mapping, "at_least") || has(mapping, "at_most");
    const char *second = NULL;

    if (has(mapping, "holds") && (share || has(mapping, "statistic")))
        second = "holds";
    else if (share && has(mapping, "statistic"))
        second = "statistic";
    if (second != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, second),
                              "expected one of: holds, statistic, or at_least and at_most",
                              "'%s' of 'over' stands beside another way to judge", second);
    over->way = share                       ? SIM_OVER_SHARE
                : has(mapping, "statistic") ? SIM_OVER_STATISTIC
                                            : (enum sim_over_way)params->holds;
    over->statistic = (enum sim_statistic)params->statistic;
    over->at_least = params->at_least;
    over->at_most = has(mapping, "at_most") ? params->at_most : 1;
    if (over->way == SIM_OVER_SHARE && over->at_least > over->at_most)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              &sim_tree_get(mapping, "at_least")->mark, NULL,
                              "'at_least' of 'over': more than 'at_most'");
}

/* What asks for figures needs a checker that measures them, and `matches` one figure. */
static bool check_figure(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct sim_described *checker, const void *params)
{
    const char *key = has(mapping, "matches") ? "matches" : "statistic";

    if (!has(mapping, key))
        return true;
    if (checker->figure == NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, key),
                              "expected holds, or at_least and at_most",
                              "'%s' of 'over': '%s' measures no figure", key, checker->name);
        return false;
    }
    if (strcmp(key, "matches") == 0 && checker->figures != NULL && checker->figures(params) != 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING,
                              sim_bind_key_mark(mapping, key), "leave one bound of it",
                              "'matches' of 'over': '%s' measures several figures here",
                              checker->name);
        return false;
    }
    return true;
}

const struct sim_over *sim_load_over(struct sim_binder *binder, const struct sim_tree *tree,
                                     const struct sim_described *checker, const void *params,
                                     struct sim_tree **shown)
{
    const struct sim_subject subject = { "'over'", &tree->mark, false };
    struct sim_over *over;
    struct params own = { 0 };
    struct sim_tree *mapping;

    *shown = NULL;
    if (!sim_bind_is_mapping(binder, tree, "'over'"))
        return NULL;
    mapping = sim_bind_complete(binder, tree, &over_keys, &subject);
    if (mapping == NULL)
        return NULL;
    over = sim_document_alloc(binder->document, sizeof(*over));
    *over = (struct sim_over){ 0 };
    sim_bind_fields(binder, mapping, params_fields, &own);
    load_seeds(binder, sim_tree_get(mapping, "seeds"), over);
    choose_way(binder, mapping, &own, over);
    if (check_figure(binder, mapping, checker, params) && has(mapping, "matches"))
        load_matches(binder, sim_tree_get(mapping, "matches"), checker->figure, over);
    *shown = mapping;
    return over;
}
