/* faults.c - `faults:` and `actions:` of a scenario, which differ in their kinds only. A kind is
 * one row of the world's table: reader, schema and listings use it. When it strikes is read in
 * fault_when.c, whom it hits in fault_target.c.
 *
 * Lists under `then:` are written into the plan behind their fault, one after the other. */
#include "sim/core/mem.h"
#include "sim/scenario/schema.h"

#include <assert.h>
#include <string.h>

enum { FAULT_KEYS_MAX = 7 };

/* A list of a scenario. */
struct family {
    const char *key, *one;   /* "faults", "fault" */
    const char *that_follow; /* the definition of what stands in a `then:` */
    const struct sim_fault_kind *const *kinds;
};

static const struct family faults_family = { "faults", "fault", "faults-that-follow",
                                             sim_fault_kinds };
static const struct family actions_family = { "actions", "action", "actions-that-follow",
                                              sim_action_kinds };

static void then_schema(struct sim_schema *schema);
static void then_actions_schema(struct sim_schema *schema);

struct lasting {
    const struct sim_distribution *duration;
};

#define FOR(help)                                                                                  \
    {                                                                                              \
        "for", SIM_FIELD_DISTRIBUTION, offsetof(struct lasting, duration), false, SIM_OPTIONAL,    \
            "0", NULL, help, NULL, NULL                                                            \
    }

static const struct sim_field no_fields[] = { { 0 } };

/* The keys of every fault that has a length; TABLE has room for two rows. */
static const struct sim_field *lasting_fields(const struct sim_fault_kind *kind,
                                              struct sim_field table[2])
{
    const char *help = kind->lasts ? kind->lasts : "ends after this; lasts if left out";

    if (kind->instant || kind->endless)
        return no_fields;
    table[0] = (struct sim_field)FOR(help);
    table[1] = (struct sim_field){ 0 };
    return table;
}

/* -- schema ------------------------------------------------------------------------------------ */

static void label_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'string'");
    sim_schema_raw(schema, "pattern", "'" SIM_PATTERN_LABEL "'");
}

const struct sim_key sim_fault_label_key = { "label", false,
                                             "a name for the time that the fault lasts",
                                             label_schema };
const struct sim_key sim_fault_between_key = {
    "between", false, "[from, to] of the repetitions; the whole run if left out",
    sim_schema_fault_between
};

void sim_schema_labels(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "uniqueItems", "true");
    sim_schema_open(schema, "items", '{');
    label_schema(schema);
    sim_schema_close(schema, '{');
}

/* What the keys of one kind are read from: valid as long as this lies where it is. */
struct kind_keys {
    struct sim_field lasting[2];
    struct sim_key own[FAULT_KEYS_MAX];
    struct sim_keys keys;
};

/* FOLLOWS: of an entry of `then:`. */
static const struct sim_keys *keys_of(const struct sim_fault_kind *kind, bool follows,
                                      struct kind_keys *room)
{
    struct sim_key own[FAULT_KEYS_MAX] = {
        { kind->name, true, kind->summary, sim_fault_target_schema(kind) },
        sim_fault_label_key,
        { "then", false, "what follows, each so long after the one before it",
          kind->action ? then_actions_schema : then_schema },
        sim_fault_between_key,
        { "when", false, "what sets it off, instead of time", sim_schema_fault_when },
        { NULL, false, NULL, NULL },
    };
    size_t count = follows ? 3 : 5; /* what follows does not say when */

    if (sim_action_key(kind).name != NULL)
        own[count++] = sim_action_key(kind);
    own[count] = (struct sim_key){ NULL, false, NULL, NULL };
    memcpy(room->own, own, sizeof(own));
    room->keys =
        (struct sim_keys){ .fields = { follows ? sim_fault_after_fields : sim_fault_time_fields,
                                       lasting_fields(kind, room->lasting),
                                       kind->action          ? sim_action_fields(kind)
                                       : kind->params.fields ? kind->params.fields
                                                             : no_fields },
                           .keys = room->own };
    return &room->keys;
}

static void then_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[{'$ref': '#/definitions/faults-that-follow'}]");
}

static void then_actions_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[{'$ref': '#/definitions/actions-that-follow'}]");
}

static void entries_schema(struct sim_schema *schema, const struct family *family, bool follows)
{
    sim_schema_raw(schema, "type", "'array'");
    if (follows)
        sim_schema_raw(schema, "minItems", "1");
    sim_schema_open(schema, "items", '{');
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_open(schema, "oneOf", '[');
    for (const struct sim_fault_kind *const *kind = family->kinds; *kind != NULL; kind++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ (*kind)->name, NULL });
        sim_schema_close(schema, '{');
    }
    if (!follows && family == &faults_family)
        sim_schema_raw(schema, NULL, "{'required': ['random']}");
    sim_schema_close(schema, '[');
    sim_schema_open(schema, "allOf", '[');
    for (const struct sim_fault_kind *const *kind = family->kinds; *kind != NULL; kind++) {
        struct kind_keys room;

        sim_schema_open(schema, NULL, '{');
        sim_schema_open(schema, "if", '{');
        sim_schema_texts(schema, "required", (const char *const[]){ (*kind)->name, NULL });
        sim_schema_close(schema, '{');
        sim_schema_open(schema, "then", '{');
        sim_schema_mapping(schema, keys_of(*kind, follows, &room));
        if (!follows) {
            sim_schema_raw(schema, "oneOf",
                           "[" SIM_SCHEMA_HAS("at") ", " SIM_SCHEMA_HAS(
                               "every") ", " SIM_SCHEMA_HAS("when") "]");
            sim_schema_raw(schema, "anyOf",
                           "[" SIM_SCHEMA_HAS("every") ", {'not': " SIM_SCHEMA_HAS("between") "}]");
        }
        sim_schema_close(schema, '{');
        sim_schema_close(schema, '{');
    }
    if (!follows && family == &faults_family) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_raw(schema, "if", "{'required': ['random']}");
        sim_schema_open(schema, "then", '{');
        sim_schema_random(schema);
        sim_schema_close(schema, '{');
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

void sim_schema_faults(struct sim_schema *schema)
{
    entries_schema(schema, &faults_family, false);
}

void sim_schema_actions(struct sim_schema *schema)
{
    entries_schema(schema, &actions_family, false);
}

static void follow_schema(struct sim_schema *schema, const struct family *family)
{
    sim_schema_open(schema, family->that_follow, '{');
    entries_schema(schema, family, true);
    sim_schema_close(schema, '{');
}

void sim_schema_faults_that_follow(struct sim_schema *schema)
{
    follow_schema(schema, &faults_family);
    follow_schema(schema, &actions_family);
}

/* -- labels ------------------------------------------------------------------------------------ */

/* REPEATS: the fault that those in LIST follow does; how often one with `when:` strikes is not
 * known before the run. */
static void add_label_names(struct sim_binder *binder, const struct sim_tree *list, bool all_repeat)
{
    for (uint32_t i = 0; list != NULL && list->kind == SIM_SEQUENCE && i < list->count; i++) {
        const struct sim_tree *fault = list->items[i], *label;
        size_t found;
        bool repeats = all_repeat || !sim_tree_is_null(sim_tree_get(fault, "every")) ||
                       !sim_tree_is_null(sim_tree_get(fault, "when")) ||
                       sim_tree_get(fault, "random") != NULL;

        add_label_names(binder, sim_tree_get(fault, "then"), repeats);
        label = fault->kind == SIM_MAPPING ? sim_tree_get(fault, "label") : NULL;
        if (label == NULL || label->kind != SIM_SCALAR || !sim_bind_is_label(label->text))
            continue;
        found = sim_bind_find_name(&binder->labels, label->text);
        if (found == binder->labels.count)
            sim_bind_add_name(&binder->labels, label->text, !repeats);
        else if (repeats)
            binder->labels.figures[found] = 0;
        else if (binder->labels.figures[found] != 0)
            binder->labels.figures[found]++;
    }
}

/* How often faults with these labels strike is not known. */
static void add_listed_names(struct sim_binder *binder, const struct sim_tree *list)
{
    if (list == NULL || !sim_bind_is(binder, list, SIM_SEQUENCE, "labels", "a list of labels"))
        return;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sim_tree *label = list->items[i];
        struct sim_fault_plan none = { .label = NULL };

        sim_bind_fault_label(binder, label, &none);
        if (none.label == NULL || !sim_bind_is_label(none.label))
            continue;
        if (sim_bind_find_name(&binder->labels, none.label) == binder->labels.count)
            sim_bind_add_name(&binder->labels, none.label, 0);
        else
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &label->mark, NULL,
                                  "'labels' names '%s' twice", none.label);
    }
}

void sim_load_label_names(struct sim_binder *binder, const struct sim_tree *root)
{
    add_listed_names(binder, sim_tree_get(root, "labels"));
    add_label_names(binder, sim_tree_get(root, "faults"), false);
    add_label_names(binder, sim_tree_get(root, "actions"), false);
    if (sim_tree_get(root, "settle") != NULL &&
        sim_bind_find_name(&binder->labels, SIM_SETTLE) == binder->labels.count)
        sim_bind_add_name(&binder->labels, SIM_SETTLE, 1);
}

void sim_bind_fault_label(struct sim_binder *binder, const struct sim_tree *tree,
                          struct sim_fault_plan *fault)
{
    if (tree == NULL || !sim_bind_is(binder, tree, SIM_SCALAR, "label", "a name"))
        return;
    if (!sim_bind_is_label(tree->text))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected small letters, digits, hyphens and underscores",
                              "'%s' cannot be a label", tree->text);
    if (strcmp(tree->text, SIM_SETTLE) == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'" SIM_SETTLE "' is the label of the end of all faults");
    fault->label = tree->text;
}

/* -- one fault --------------------------------------------------------------------------------- */

static size_t add_names(const char **names, size_t count, const struct sim_field *fields)
{
    for (; fields->name != NULL; fields++)
        names[count++] = fields->name;
    return count;
}

/* What can stand in an entry, of whatever kind. */
static const char *const *all_keys(struct sim_binder *binder, const struct family *family)
{
    enum { OF_EACH = 12, OF_ALL = 12 };
    size_t kinds = 0, count = 0;

    while (family->kinds[kinds] != NULL)
        kinds++;
    const char **names =
        sim_document_alloc(binder->document, (kinds * OF_EACH + OF_ALL) * sizeof(*names));
    for (size_t i = 0; i < kinds; i++)
        names[count++] = family->kinds[i]->name;
    if (family == &faults_family)
        names[count++] = "random";
    names[count++] = "label";
    names[count++] = "between";
    names[count++] = "for";
    names[count++] = "when";
    names[count++] = "then";
    count = add_names(names, count, sim_fault_time_fields);
    count = add_names(names, count, sim_fault_after_fields);
    for (size_t i = 0; i < kinds; i++)
        if (family->kinds[i]->params.fields)
            count = add_names(names, count, family->kinds[i]->params.fields);
    for (size_t i = 0; i < kinds; i++)
        if (family->kinds[i]->action) {
            count = add_names(names, count, sim_action_fields(family->kinds[i]));
            if (sim_action_key(family->kinds[i]).name != NULL)
                names[count++] = sim_action_key(family->kinds[i]).name;
        }
    assert(count < kinds * OF_EACH + OF_ALL);
    names[count] = NULL;
    return names;
}

static bool is_in(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static const char *article(const struct family *family)
{
    return family == &actions_family ? "an" : "a";
}

/* The one kind that the entry names, or NULL after an error. */
static const struct sim_fault_kind *
choose_kind(struct sim_binder *binder, const struct sim_tree *tree, const struct family *family)
{
    const struct sim_fault_kind *kind = NULL;
    const char *const *names = all_keys(binder, family);
    const char *list = family->kinds[0]->name;
    bool good = true;

    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_fault_kind *found = sim_fault_find(family->kinds, tree->keys[i]);

        if (found != NULL && kind == NULL) {
            kind = found;
        } else if (found != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->key_marks[i],
                                  "write two entries", "%s %s is '%s' and '%s' at once",
                                  article(family), family->one, kind->name, found->name);
            good = false;
        }
    }
    if (kind != NULL)
        return good ? kind : NULL;
    for (uint32_t i = 0; i < tree->count; i++)
        if (!is_in(tree->keys[i], names)) {
            sim_bind_unknown_key(
                binder, tree->keys[i], &tree->key_marks[i], names,
                &(struct sim_subject){ sim_bind_text(binder, "%s %s", article(family), family->one),
                                       &tree->mark, false });
            good = false;
        }
    for (size_t i = 1; family->kinds[i] != NULL; i++)
        list = sim_bind_text(binder, "%s, %s", list, family->kinds[i]->name);
    if (family == &faults_family)
        list = sim_bind_text(binder, "%s, random", list);
    if (good)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_text(binder, "expected one of: %s", list),
                              "%s %s that does nothing", article(family), family->one);
    return NULL;
}

/* What no single parameter of FAULT can tell. */
static void check_fault(struct sim_binder *binder, const struct sim_tree *mapping,
                        const struct sim_fault_plan *fault)
{
    const struct sim_mark *mark = &mapping->mark;
    const char *blamed;
    char text[160];

    if (fault->kind->about_messages)
        sim_bind_fault_message(binder, mapping, fault);
    if (fault->kind == &sim_fault_bit_rot)
        sim_bind_fault_log(binder, mapping, fault);
    if (fault->kind->check == NULL)
        return;
    blamed = fault->kind->check(fault->params, text);
    if (blamed == NULL)
        return;
    if (sim_tree_get(mapping, blamed) != NULL)
        mark = &sim_tree_get(mapping, blamed)->mark;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, mark, NULL, "'%s': %s",
                          fault->kind->name, text);
}

/* -- who set it off ---------------------------------------------------------------------------- */

/* Bit n: role n has a meaning for what WHEN sets off. */
static unsigned roles_of(const struct sim_trigger *when)
{
    switch (when->kind) {
    case SIM_TRIGGER_NONE:
        return 0;
    case SIM_TRIGGER_FAULT:
    case SIM_TRIGGER_FOLLOWS:
        return 1u << SIM_ROLE_HIT;
    case SIM_TRIGGER_MESSAGE:
        return 1u << SIM_ROLE_NODE | 1u << SIM_ROLE_FROM | 1u << SIM_ROLE_TO;
    default:
        return 1u << SIM_ROLE_NODE;
    }
}

static void check_roles(struct sim_binder *binder, const struct sim_tree *tree,
                        const struct sim_side *sides, uint32_t count, unsigned roles)
{
    static const char *const names[] = { "", "node", "from", "to", "hit" };
    const char *list = "nobody";

    for (unsigned role = 1; role <= SIM_ROLE_HIT; role++)
        if (roles >> role & 1)
            list = sim_bind_text(binder, "%s%s%s", strcmp(list, "nobody") == 0 ? "" : list,
                                 strcmp(list, "nobody") == 0 ? "" : ", ", names[role]);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < sides[i].count; k++)
            if (sides[i].selectors[k].role != SIM_ROLE_NONE &&
                !(roles >> sides[i].selectors[k].role & 1)) {
                sim_diagnostics_error(
                    binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
                    sim_bind_text(binder, "what sets it off knows %s", list),
                    roles == 0 ? "'trigger: %s' has a meaning with 'when' and 'then' only"
                               : "what sets this fault off has no '%s'",
                    names[sides[i].selectors[k].role]);
                return;
            }
}

/* -- the plan ---------------------------------------------------------------------------------- */

/* With those that follow. */
static uint32_t count_faults(const struct sim_tree *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; list != NULL && list->kind == SIM_SEQUENCE && i < list->count; i++)
        count += 1 + count_faults(sim_tree_get(list->items[i], "then"));
    return count;
}

struct faults { /* as far as they are read */
    const struct family *family;
    struct sim_fault_plan *plans;
    const struct sim_mark **marks;
    uint32_t count;
    struct sim_random_plan *randoms;
    uint32_t random_count;
};

static struct sim_tree *bind_fault(struct sim_binder *binder, const struct sim_tree *tree,
                                   struct faults *faults, const unsigned *roles);

/* ROLES: of what sets the whole sequence off. */
static void bind_then(struct sim_binder *binder, struct sim_tree *mapping, struct faults *faults,
                      unsigned roles)
{
    const struct sim_tree *list = sim_tree_get(mapping, "then");
    struct sim_tree *shown;

    if (list == NULL || !sim_bind_is(binder, list, SIM_SEQUENCE, "then", "a list of faults"))
        return;
    if (list->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &list->mark, NULL,
                              "'then' is empty: nothing follows");
    shown = sim_bind_node(binder, SIM_SEQUENCE, &list->mark, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        shown->items[shown->count++] = bind_fault(binder, list->items[i], faults, &roles);
    sim_bind_put(binder, mapping, "then", shown);
}

/* ROLES: NULL unless it stands in a `then:`; else of what sets the sequence off. */
static struct sim_tree *bind_fault(struct sim_binder *binder, const struct sim_tree *tree,
                                   struct faults *faults, const unsigned *roles)
{
    struct sim_fault_plan *fault = &faults->plans[faults->count];
    const struct sim_fault_kind *kind;
    struct kind_keys room;
    const struct family *family = faults->family;
    struct sim_subject subject = { family->one, &tree->mark, false };
    struct lasting lasting = { NULL };
    struct sim_tree *mapping;

    faults->marks[faults->count++] = &tree->mark;
    if (!sim_bind_is(binder, tree, SIM_MAPPING, family->key,
                     sim_bind_text(binder, "a mapping for each %s", family->one)))
        return NULL;
    kind = choose_kind(binder, tree, family);
    if (kind == NULL)
        return NULL;
    subject.what =
        sim_bind_text(binder, "%s %s of kind '%s'", article(family), family->one, kind->name);
    mapping = sim_bind_complete(binder, tree, keys_of(kind, roles != NULL, &room), &subject);
    assert(mapping != NULL); /* it is a mapping */
    fault->kind = kind;
    if (tree->mark.source != NULL)
        fault->place = sim_bind_text(binder, "%s:%u", tree->mark.source->name, tree->mark.line);
    if (roles != NULL)
        sim_bind_fault_after(binder, mapping, fault);
    else
        sim_bind_fault_time(binder, mapping, &tree->mark, fault);
    sim_bind_fault_label(binder, sim_tree_get(mapping, "label"), fault);
    if (!kind->instant && !kind->endless)
        sim_bind_fields(binder, mapping, room.lasting, &lasting);
    fault->duration = lasting.duration;
    if (kind->params.size > 0) {
        void *params = sim_document_alloc(binder->document, kind->params.size);

        memset(params, 0, kind->params.size);
        sim_bind_fields(binder, mapping, kind->params.fields, params);
        fault->params = params;
    }
    unsigned known = roles_of(&fault->when) | (roles != NULL ? *roles : 0);
    if (sim_tree_get(mapping, kind->name) != NULL) {
        sim_bind_fault_target(binder, sim_tree_get(mapping, kind->name), fault);
        check_roles(binder, sim_tree_get(mapping, kind->name), fault->sides, fault->side_count,
                    known);
    }
    check_fault(binder, mapping, fault);
    if (kind->action)
        sim_bind_action(binder, mapping, fault);
    bind_then(binder, mapping, faults, known & ~(1u << SIM_ROLE_HIT));
    return mapping;
}

/* -- faults that set each other off ------------------------------------------------------------ */

/* A fault that begins at the instant at which one labelled FROM does, each time. */
struct echo {
    size_t from, to;
    uint32_t fault;
    bool gone;
};

static bool is_echo(const struct sim_fault_plan *fault)
{
    const struct sim_trigger *when = &fault->when;

    return when->kind == SIM_TRIGGER_FAULT && when->what != NULL && fault->label != NULL &&
           !when->ends && when->times == 0 && when->every_nth == 1 &&
           (when->delay == NULL || sim_distribution_most(when->delay) == 0);
}

/* Takes away what is on no cycle: what nothing comes before, and what nothing comes after. */
static void prune(struct echo *echoes, size_t count, size_t labels)
{
    uint32_t *into = sim_alloc_array(labels, sizeof(*into)),
             *out = sim_alloc_array(labels, sizeof(*out));
    bool more = true;

    for (size_t i = 0; i < count; i++) {
        into[echoes[i].to]++;
        out[echoes[i].from]++;
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            struct echo *echo = &echoes[i];

            if (echo->gone || (into[echo->from] > 0 && out[echo->to] > 0))
                continue;
            echo->gone = more = true;
            into[echo->to]--;
            out[echo->from]--;
        }
    }
    sim_free(into);
    sim_free(out);
}

static void refuse_cycles(struct sim_binder *binder, const struct faults *faults)
{
    struct echo *echoes = sim_alloc_array(faults->count, sizeof(*echoes));
    size_t count = 0, i = 0;

    for (uint32_t k = 0; k < faults->count; k++) {
        const struct sim_fault_plan *fault = &faults->plans[k];
        struct echo echo = { 0, 0, k, false };

        if (!is_echo(fault))
            continue;
        echo.from = sim_bind_find_name(&binder->labels, fault->when.what);
        echo.to = sim_bind_find_name(&binder->labels, fault->label);
        if (echo.from < binder->labels.count && echo.to < binder->labels.count)
            echoes[count++] = echo;
    }
    prune(echoes, count, binder->labels.count);
    while (i < count && echoes[i].gone)
        i++;
    if (i < count)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, faults->marks[echoes[i].fault],
            "give it a 'delay', or 'times'",
            "fault '%s' sets itself off without end at one instant, by way of '%s'",
            faults->plans[echoes[i].fault].label, faults->plans[echoes[i].fault].when.what);
    sim_free(echoes);
}

static bool is_random(const struct family *family, const struct sim_tree *tree)
{
    return family == &faults_family && tree->kind == SIM_MAPPING &&
           sim_tree_get(tree, "random") != NULL;
}

static void load_family(struct sim_binder *binder, struct sim_tree *root, struct faults *faults,
                        const struct family *family)
{
    const struct sim_tree *list = sim_tree_get(root, family->key);
    struct sim_tree *shown;

    faults->family = family;
    if (list == NULL || !sim_bind_is(binder, list, SIM_SEQUENCE, family->key,
                                     sim_bind_text(binder, "a list of %s", family->key)))
        return;
    shown = sim_bind_node(binder, SIM_SEQUENCE, &list->mark, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        shown->items[shown->count++] =
            is_random(family, list->items[i])
                ? sim_bind_random(binder, list->items[i], &faults->randoms[faults->random_count++])
                : bind_fault(binder, list->items[i], faults, NULL);
    sim_bind_put(binder, root, family->key, shown);
}

/* Actions stand behind the faults in the plan, so that one more moves the luck of no fault. */
void sim_load_faults(struct sim_binder *binder, struct sim_tree *root)
{
    size_t count =
        count_faults(sim_tree_get(root, "faults")) + count_faults(sim_tree_get(root, "actions"));
    const struct sim_tree *list = sim_tree_get(root, "faults");
    size_t randoms = list != NULL && list->kind == SIM_SEQUENCE ? list->count : 0;
    struct faults faults = { NULL, NULL, NULL, 0, NULL, 0 };

    faults.plans = sim_document_alloc(binder->document, (count + 1) * sizeof(*faults.plans));
    memset(faults.plans, 0, (count + 1) * sizeof(*faults.plans));
    faults.marks = sim_document_alloc(binder->document, (count + 1) * sizeof(*faults.marks));
    faults.randoms = sim_document_alloc(binder->document, (randoms + 1) * sizeof(*faults.randoms));
    memset(faults.randoms, 0, (randoms + 1) * sizeof(*faults.randoms));
    load_family(binder, root, &faults, &faults_family);
    load_family(binder, root, &faults, &actions_family);
    refuse_cycles(binder, &faults);
    binder->plan->faults = faults.plans;
    binder->plan->fault_count = faults.count;
    binder->plan->randoms = faults.randoms;
    binder->plan->random_count = faults.random_count;
}
