/* conserved.c - a sum over fields of nodes that stays what it was: money that only moves.
 *
 * Asked at rest: in between, what has left one node and not come to the other is nowhere. What the
 * sum was at the start is not kept by anybody; a second world of the same plan is started, and
 * asked before it does anything. */
#include "sim/check/checkers.h"
#include "sim/check/verdict.h"
#include "sim/core/nearest.h"
#include "sim/core/units.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct term {
    uint32_t of;
    const char *field;
    int64_t times;
};
static const struct sim_field term_fields[] = {
    SIM_GROUP(struct term, of, NULL, "whose nodes count, all of them together"),
    SIM_TEXT(struct term, field, NULL,
             "a field of what the group's model has on disk, or of its state"),
    SIM_INTEGER(struct term, times, "1", "-1000000000", "1000000000",
                "a factor, as in -30 for orders that cost 30"),
    SIM_ITEM(struct term),
};

struct params {
    struct sim_list sum;
    const char *equals;
    sim_time rest;
};

static const struct sim_field params_fields[] = {
    SIM_LIST_REQUIRED(struct params, sum, term_fields, "the terms, which are added up"),
    SIM_TEXT(struct params, equals, "start",
             "an integer, or `start`: what the same sum was when all nodes had started"),
    SIM_DURATION(struct params, rest, "10s", "0", NULL,
                 "the last operation of clients has to lie so long before the end"),
    { 0 },
};

/* Wide enough: 64 bits of a field, 30 of a factor, 20 of the nodes, and as many of the terms. */
__extension__ typedef __int128 sum_wide;

static const char *const start_word = "start";

/* -- parameters -------------------------------------------------------------------------------- */

static const struct sim_field *find_field(const struct sim_field *fields, const char *name)
{
    for (; fields != NULL && fields->name != NULL; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

/* Numbers of states and flags can be added up, but mean nothing. */
static bool is_amount(const struct sim_field *field)
{
    return field->type == SIM_FIELD_WORD && field->choices == NULL;
}

enum { FIELDS_MAX = 128 };

static void list_names(const struct sim_model *model, const char *names[FIELDS_MAX + 1])
{
    const struct sim_field *tables[] = { model->disk.fields, model->state.fields };
    size_t count = 0;

    for (size_t i = 0; i < 2; i++)
        for (const struct sim_field *f = tables[i]; f != NULL && f->name != NULL; f++)
            if (count < FIELDS_MAX && is_amount(f))
                names[count++] = f->name;
    names[count] = NULL;
}

static const char *check_term(const struct sim_group_plan *group, const struct term *term,
                              char text[SIM_CHECK_TEXT])
{
    const struct sim_model *model = group->model;
    const struct sim_field *field = find_field(model->disk.fields, term->field);
    const char *names[FIELDS_MAX + 1], *near;

    if (field == NULL)
        field = find_field(model->state.fields, term->field);
    if (field != NULL && is_amount(field))
        return NULL;
    if (field != NULL) {
        snprintf(text, SIM_CHECK_TEXT, "'%.30s' of %.30s (%.20s) is no amount: %s", term->field,
                 group->name, model->name,
                 field->choices != NULL ? "it is one of several words" : "it is true or false");
        return "sum";
    }
    list_names(model, names);
    near = sim_nearest(term->field, names);
    snprintf(text, SIM_CHECK_TEXT, "%.30s (%.20s) has no field '%.30s'", group->name, model->name,
             term->field);
    if (near != NULL) {
        snprintf(text + strlen(text), SIM_CHECK_TEXT - strlen(text), "; did you mean '%s'?", near);
        return "sum";
    }
    snprintf(text + strlen(text), SIM_CHECK_TEXT - strlen(text),
             names[0] == NULL ? "; it has none" : "; it has");
    for (size_t i = 0; names[i] != NULL; i++)
        sim_verdict_name(text, names[i]);
    return "sum";
}

static const char *check(const void *untyped, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT])
{
    const struct params *params = untyped;
    const struct term *terms = params->sum.items;
    char why[SIM_UNITS_TEXT];
    int64_t number;

    if (params->sum.count == 0) {
        snprintf(text, SIM_CHECK_TEXT,
                 "has no terms: expected a list such as [{of: payment, field: balance}]");
        return "sum";
    }
    if (strcmp(params->equals, start_word) != 0 &&
        sim_units_integer(params->equals, &number, why) != NULL) {
        snprintf(text, SIM_CHECK_TEXT, "'%.40s' is neither an integer nor 'start'", params->equals);
        return "equals";
    }
    for (uint32_t i = 0; plan != NULL && i < params->sum.count; i++)
        if (check_term(&plan->groups[terms[i].of], &terms[i], text) != NULL)
            return "sum";
    return NULL;
}

/* -- adding up --------------------------------------------------------------------------------- */

struct sum {
    const struct sim_evidence *evidence;
    const struct params *params;
    sum_wide total;
    uint32_t lacks; /* the first node that does not say; SIM_NO_GROUP: all do */
};

/* False: NODE does not say. */
static bool read_field(const struct sim_world *world, const struct sim_model *model, uint32_t node,
                       const char *name, int64_t *value)
{
    const struct sim_field *field = find_field(model->disk.fields, name);
    const void *from = NULL;
    struct sim_node_status status;

    sim_world_node_status(world, node, &status);
    if (field != NULL) {
        from = sim_world_disk(world, node);
    } else {
        field = find_field(model->state.fields, name);
        from = status.is_down ? NULL : status.state;
    }
    assert(field != NULL);
    if (from == NULL)
        return false;
    assert(is_amount(field));
    memcpy(value, (const char *)from + field->offset, sizeof(*value));
    return true;
}

/* The field of TERM on all its nodes in WORLD. */
static sum_wide add_nodes(struct sum *sum, const struct sim_world *world, const struct term *term)
{
    const struct sim_group_plan *group = &sum->evidence->plan->groups[term->of];
    const uint32_t first = sim_recorder_names(sum->evidence->recorder)->first[term->of];
    sum_wide all = 0;

    for (uint32_t node = first; node < first + group->count; node++) {
        int64_t value;

        if (read_field(world, group->model, node, term->field, &value))
            all += value;
        else if (sum->lacks == SIM_NO_GROUP)
            sum->lacks = node;
    }
    return all;
}

static void add_all(struct sum *sum, const struct sim_world *world)
{
    const struct term *terms = sum->params->sum.items;

    sum->total = 0;
    sum->lacks = SIM_NO_GROUP;
    for (uint32_t i = 0; i < sum->params->sum.count; i++)
        sum->total += add_nodes(sum, world, &terms[i]) * terms[i].times;
}

/* What the sum has to be. */
static sum_wide find_expected(const struct sum *sum)
{
    struct sum at_start = *sum;
    char why[SIM_UNITS_TEXT];
    struct sim_world *world;
    int64_t number = 0;
    const char *wrong;

    if (strcmp(sum->params->equals, start_word) != 0) {
        wrong = sim_units_integer(sum->params->equals, &number, why);
        assert(wrong == NULL);
        return number;
    }
    world = sim_world_create(sum->evidence->plan, NULL);
    sim_world_step(world); /* until all nodes have started */
    add_all(&at_start, world);
    sim_world_destroy(world);
    return at_start.total; /* who has not started yet counts for nothing */
}

/* -- the verdict ------------------------------------------------------------------------------- */

static void add_number(struct sim_verdict *verdict, sum_wide number)
{
    const uint64_t part = 1000000000000000000u;
    const sim_wide size = number < 0 ? -(sim_wide)number : (sim_wide)number;

    sim_verdict_add(verdict, "%s", number < 0 ? "-" : "");
    if (size < part)
        sim_verdict_add(verdict, "%" PRIu64, (uint64_t)size);
    else if (size / part < part)
        sim_verdict_add(verdict, "%" PRIu64 "%018" PRIu64, (uint64_t)(size / part),
                        (uint64_t)(size % part));
    else
        sim_verdict_add(verdict, "%" PRIu64 "%018" PRIu64 "%018" PRIu64,
                        (uint64_t)(size / part / part), (uint64_t)(size / part % part),
                        (uint64_t)(size % part));
}

static void tell(struct sum *sum, sum_wide expected, struct sim_verdict *verdict)
{
    const struct term *terms = sum->params->sum.items;
    const bool starts = strcmp(sum->params->equals, start_word) == 0;

    if (sum->total == expected) {
        sim_verdict_say(verdict, SIM_HOLDS, "the sum is ");
        add_number(verdict, sum->total);
        sim_verdict_add(verdict, starts ? ", as at the start" : ", as it has to be");
    } else {
        sim_verdict_say(verdict, SIM_BROKEN, "the sum is ");
        add_number(verdict, sum->total);
        sim_verdict_add(verdict, ", and not ");
        add_number(verdict, expected);
        sim_verdict_add(verdict, starts ? " as at the start" : "");
    }
    for (uint32_t i = 0; i < sum->params->sum.count && i < 4; i++) {
        const struct sim_group_plan *group = &sum->evidence->plan->groups[terms[i].of];

        sim_verdict_add(verdict, "%s%.30s of %.30s ", i == 0 ? ": " : ", ", terms[i].field,
                        group->name);
        add_number(verdict, add_nodes(sum, sum->evidence->world, &terms[i]));
        if (terms[i].times != 1)
            sim_verdict_add(verdict, " times %" PRId64, terms[i].times);
    }
}

static void judge(const struct sim_evidence *evidence, const void *untyped,
                  struct sim_verdict *verdict)
{
    const struct params *params = untyped;
    struct sum sum = { .evidence = evidence, .params = params };
    char name[64];

    if (evidence->world == NULL) {
        sim_verdict_say(verdict, SIM_UNDECIDED, "the nodes that could tell are gone");
        return;
    }
    if (sim_verdict_lacks(verdict, evidence, NULL) ||
        sim_verdict_stirs(verdict, evidence, params->rest))
        return;
    add_all(&sum, evidence->world);
    if (sum.lacks != SIM_NO_GROUP) {
        sim_names_text(sim_recorder_names(evidence->recorder), sum.lacks, name);
        sim_verdict_say(verdict, SIM_UNDECIDED,
                        "what %.40s had is not known: it is down, or its disk does not give it "
                        "back",
                        name);
        return;
    }
    tell(&sum, find_expected(&sum), verdict);
    if (verdict->status != SIM_BROKEN) /* that stays so */
        sim_verdict_hedge(verdict, evidence, NULL);
}

const struct sim_checker sim_conserved_checker = {
    .about = {
        .name = "conserved",
        .summary = "at rest a sum over fields of nodes is what it has to be: nothing came or went",
        .fields = params_fields,
        .size = sizeof(struct params),
        .check = check,
    },
    .judge = judge,
};
