/* fault_when.c - when a fault strikes: at an instant, again and again, or when something happens
 * (`when:`). A form of `when:` is one row of a table: reader, schema and listings use it. */
#include "sim/scenario/schema.h"
#include "sim/world/filter.h"

#include <assert.h>
#include <string.h>

struct times {
    sim_time at;
    const struct sim_distribution *every;
    double turn;
    int64_t luck;
};

const struct sim_field sim_fault_time_fields[] = {
    SIM_DURATION(struct times, at, SIM_OPTIONAL, "0", NULL, "the instant"),
    SIM_DISTRIBUTION(struct times, every, SIM_OPTIONAL, "1us", NULL,
                     "again and again, after draws of this"),
    SIM_NUMBER(struct times, turn, SIM_OPTIONAL, "0.5", "1000000000000000",
               "its place at that instant, as --write-faults writes it: after what the n-th event "
               "of the run schedules; n.5: before what the one after that schedules"),
    SIM_INTEGER(struct times, luck, SIM_OPTIONAL, NULL, NULL,
                "a name for what is drawn for it, instead of its label or place; not 0"),
    { 0 },
};

struct after {
    const struct sim_distribution *after;
};

const struct sim_field sim_fault_after_fields[] = {
    SIM_DISTRIBUTION(struct after, after, NULL, "0", NULL,
                     "so long after the fault before it began"),
    { 0 },
};

/* -- by time ----------------------------------------------------------------------------------- */

/* From and to: of the type of `at`. */
static const struct sim_field *instant(void)
{
    return &sim_fault_time_fields[0];
}

void sim_schema_fault_between(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "minItems", "2");
    sim_schema_raw(schema, "maxItems", "2");
    sim_schema_open(schema, "items", '{');
    sim_schema_value(schema, instant());
    sim_schema_close(schema, '{');
}

static void check_instant(struct sim_binder *binder, const struct sim_tree *tree, sim_time at)
{
    char text[SIM_TIME_TEXT];

    if (binder->plan->duration > 0 && at > binder->plan->duration)
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_MEANING, &tree->mark,
            sim_bind_text(binder, "'duration' is %s", sim_time_text(text, binder->plan->duration)),
            "%s is after the end of the run", tree->text);
}

void sim_bind_fault_between(struct sim_binder *binder, const struct sim_tree *tree,
                            struct sim_fault_plan *fault)
{
    sim_time ends[2] = { 0, 0 };
    size_t errors = sim_diagnostics_errors(binder->diagnostics);

    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, "between", "[from, to]"))
        return;
    if (tree->count != 2) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark, NULL,
                              "'between' has %u ends, expected [from, to]", tree->count);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct sim_tree *holder = sim_bind_node(binder, SIM_MAPPING, &tree->mark, 1);
        struct sim_field end[] = { *instant(), { 0 } };

        end[0].name = "between";
        end[0].offset = 0;
        sim_bind_put(binder, holder, "between", tree->items[i]);
        sim_bind_fields(binder, holder, end, &ends[i]);
    }
    if (errors != sim_diagnostics_errors(binder->diagnostics))
        return;
    if (ends[0] >= ends[1])
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &tree->mark, NULL,
                              "'between' ends before it begins");
    check_instant(binder, tree->items[1], ends[1]);
    fault->from = ends[0];
    fault->to = ends[1];
}

/* -- the forms of `when:` ---------------------------------------------------------------------- */

struct numbers { /* of all forms */
    const char *fault, *message, *note;
    int64_t edge, on, sync, nth, every_nth, times;
    const struct sim_distribution *delay;
};

static const char *const edge_names[] = { "begins", "ends", NULL };
static const char *const on_names[] = { "sent", "delivered", "dropped", NULL };
static const char *const sync_names[] = { "any", "holds", "then", NULL };

const struct sim_field sim_when_fields[] = {
    SIM_DISTRIBUTION(struct numbers, delay, SIM_OPTIONAL, "0", NULL,
                     "so long after the occurrence; at that instant if left out"),
    SIM_INTEGER(struct numbers, nth, SIM_OPTIONAL, "1", "1000000000000",
                "from the n-th occurrence on; the first if left out"),
    SIM_INTEGER(struct numbers, every_nth, SIM_OPTIONAL, "1", "1000000000000",
                "at each n-th occurrence"),
    SIM_INTEGER(struct numbers, times, SIM_OPTIONAL, "1", "1000000000000",
                "so often at most; once if left out, with 'every_nth' any number of times"),
    { 0 },
};
static const struct sim_field fault_fields[] = {
    SIM_LABEL(struct numbers, fault, NULL, "the label of other faults"),
    SIM_CHOICE(struct numbers, edge, "begins", edge_names, "which end of them"),
    { 0 },
};
static const struct sim_field message_fields[] = {
    SIM_TEXT(struct numbers, message, NULL,
             "a kind of message, or the operation of a call: its request and its reply"),
    SIM_CHOICE(struct numbers, on, "delivered", on_names, "what becomes of it"),
    { 0 },
};
static const struct sim_field note_fields[] = {
    SIM_TEXT(struct numbers, note, NULL, "the name of a note of the model"),
    { 0 },
};
static const struct sim_field sync_fields[] = {
    SIM_CHOICE(
        struct numbers, sync, NULL, sync_names,
        "what was written is durable: of any sync, one that holds the node, or one that does "
        "not"),
    { 0 },
};
static const struct sim_field no_fields[] = { { 0 } };

#define SELECTOR "{'$ref': '#/definitions/selector'}"

static void of_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "allOf", "[" SELECTOR "]");
}

static void end_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "anyOf",
                   "[" SELECTOR ", {'type': 'array', 'minItems': 1, 'items': " SELECTOR "}]");
}

static void values_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_raw(schema, "minProperties", "1");
    sim_schema_raw(schema, "additionalProperties", "{'type': ['string', 'number', 'boolean']}");
}

static void value_schema(struct sim_schema *schema)
{
    values_schema(schema);
    sim_schema_raw(schema, "maxProperties", "1");
}

static const struct sim_key message_keys[] = {
    { "from", false, "who sends it; anybody if left out", end_schema },
    { "to", false, "whom it goes to; anybody if left out", end_schema },
    { NULL, false, NULL, NULL },
};
static const struct sim_key note_keys[] = {
    { "of", true, "whose", of_schema },
    { "where", false, "values of its fields", values_schema },
    { NULL, false, NULL, NULL },
};
static const struct sim_key becomes_keys[] = {
    { "becomes", true, "a watched field of the state, and the value that it takes", value_schema },
    { "of", true, "whose", of_schema },
    { NULL, false, NULL, NULL },
};
static const struct sim_key sync_keys[] = {
    { "of", true, "whose", of_schema },
    { NULL, false, NULL, NULL },
};

static void bind_fault(struct sim_binder *binder, const struct sim_tree *mapping,
                       const struct numbers *numbers, struct sim_trigger *when);
static void bind_message(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct numbers *numbers, struct sim_trigger *when);
static void bind_note(struct sim_binder *binder, const struct sim_tree *mapping,
                      const struct numbers *numbers, struct sim_trigger *when);
static void bind_becomes(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct numbers *numbers, struct sim_trigger *when);
static void bind_sync(struct sim_binder *binder, const struct sim_tree *mapping,
                      const struct numbers *numbers, struct sim_trigger *when);

struct form {
    struct sim_when_form shown; /* the first: its name is the key that tells the form */
    enum sim_trigger_kind kind;
    void (*bind)(struct sim_binder *binder, const struct sim_tree *mapping,
                 const struct numbers *numbers, struct sim_trigger *when);
};

static const struct form forms[] = {
    { { "fault", "a fault with a label begins or ends", fault_fields, NULL, "hit" },
      SIM_TRIGGER_FAULT,
      bind_fault },
    { { "message", "a message is sent, delivered or dropped", message_fields, message_keys,
        "node, from, to" },
      SIM_TRIGGER_MESSAGE,
      bind_message },
    { { "note", "a node notes something", note_fields, note_keys, "node" },
      SIM_TRIGGER_NOTE,
      bind_note },
    { { "becomes", "a watched field of a node's state takes a value that it did not have",
        no_fields, becomes_keys, "node" },
      SIM_TRIGGER_STATE,
      bind_becomes },
    { { "sync", "what a node has written becomes durable", sync_fields, sync_keys, "node" },
      SIM_TRIGGER_SYNC,
      bind_sync },
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

const struct sim_when_form *const sim_when_forms[] = {
    &forms[0].shown, &forms[1].shown, &forms[2].shown, &forms[3].shown, &forms[4].shown, NULL,
};

static struct sim_keys keys_of(const struct form *form)
{
    return (struct sim_keys){ .fields = { form->shown.fields, sim_when_fields },
                              .keys = form->shown.keys };
}

void sim_schema_fault_when(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'object'");
    sim_schema_open(schema, "oneOf", '[');
    for (size_t i = 0; i < FORMS; i++) {
        const struct sim_keys keys = keys_of(&forms[i]);

        sim_schema_open(schema, NULL, '{');
        sim_schema_mapping(schema, &keys);
        sim_schema_raw(schema, "not",
                       "{'allOf': [" SIM_SCHEMA_HAS("nth") ", " SIM_SCHEMA_HAS("every_nth") "]}");
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
}

/* -- who --------------------------------------------------------------------------------------- */

/* Of those who might do something now, nobody can be drawn, or be left over. */
static void check_witnesses(struct sim_binder *binder, const struct sim_tree *tree,
                            const struct sim_side *side)
{
    for (uint32_t i = 0; i < side->count; i++) {
        const struct sim_selector *selector = &side->selectors[i];
        const struct sim_tree *item = tree->kind == SIM_SEQUENCE ? tree->items[i] : tree;

        if (selector->rest || selector->pick > 0 || selector->except != NULL ||
            selector->role != SIM_ROLE_NONE)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &item->mark, NULL,
                                  "a trigger looks at all whom it names: 'rest', 'not', 'pick' "
                                  "and 'trigger' select whom a fault hits");
    }
}

static struct sim_side bind_witnesses(struct sim_binder *binder, const struct sim_tree *mapping,
                                      const char *key)
{
    const struct sim_tree *tree = sim_tree_get(mapping, key);
    struct sim_side side = { NULL, 0 };

    if (sim_tree_is_null(tree))
        return side;
    side = sim_bind_side(binder, tree, key);
    check_witnesses(binder, tree, &side);
    return side;
}

/* `of`: one selector of a group. NULL after an error. */
static const struct sim_model *bind_of(struct sim_binder *binder, const struct sim_tree *mapping,
                                       struct sim_trigger *when)
{
    const struct sim_tree *tree = sim_tree_get(mapping, "of");

    if (sim_tree_is_null(tree))
        return NULL; /* reported as missing */
    if (tree->kind == SIM_SEQUENCE) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "write an entry for each", "'of' is a list, expected one selector");
        return NULL;
    }
    when->of = bind_witnesses(binder, mapping, "of");
    if (when->of.count == 0 || when->of.selectors[0].group == SIM_NO_GROUP)
        return NULL;
    return binder->plan->groups[when->of.selectors[0].group].model;
}

/* -- names ------------------------------------------------------------------------------------- */

struct names {
    const char **names;
    size_t count;
};

static void add_name(struct sim_binder *binder, struct names *list, const char *name)
{
    const char **longer;

    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return;
    longer = sim_document_alloc(binder->document, (list->count + 2) * sizeof(*longer));
    if (list->count > 0)
        memcpy(longer, list->names, list->count * sizeof(*longer));
    longer[list->count++] = name;
    longer[list->count] = NULL;
    list->names = longer;
}

static bool has_name(const struct names *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return false;
}

/* What nodes of a model send: its messages, its calls, its answers to what it serves. */
static void add_messages(struct sim_binder *binder, struct names *list,
                         const struct sim_model *model)
{
    for (size_t i = 0; i < SIM_MESSAGES_MAX && model->messages[i].name != NULL; i++)
        add_name(binder, list, model->messages[i].name);
    for (size_t i = 0; i < SIM_CALLS_MAX && model->calls[i].name != NULL; i++) {
        const struct sim_call_site *site = &model->calls[i];

        add_name(binder, list, site->interface->operations[site->operation].name);
    }
    for (size_t i = 0; i < SIM_SERVES_MAX && model->serves[i].interface != NULL; i++) {
        const struct sim_interface *interface = model->serves[i].interface;

        for (size_t k = 0; k < SIM_OPERATIONS_MAX && interface->operations[k].name != NULL; k++)
            add_name(binder, list, interface->operations[k].name);
        add_name(binder, list, "refusal");
    }
}

static bool may_send(const struct sim_trigger *when, uint32_t group)
{
    for (uint32_t i = 0; i < when->of.count; i++)
        if (when->of.selectors[i].group == group || when->of.selectors[i].group == SIM_NO_GROUP)
            return true;
    return when->of.count == 0;
}

static void bind_message(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct numbers *numbers, struct sim_trigger *when)
{
    struct names list = { NULL, 0 };

    when->of = bind_witnesses(binder, mapping, "from");
    when->to = bind_witnesses(binder, mapping, "to");
    when->on = numbers->on;
    when->what = numbers->message;
    if (numbers->message == NULL)
        return;
    for (uint32_t i = 0; i < binder->plan->group_count; i++)
        if (binder->plan->groups[i].model != NULL && may_send(when, i))
            add_messages(binder, &list, binder->plan->groups[i].model);
    if (!has_name(&list, numbers->message))
        sim_diagnostics_error(
            binder->diagnostics, SIM_WRONG_REFERENCE, &sim_tree_get(mapping, "message")->mark,
            list.count == 0 ? "it sends none" : sim_bind_hint(binder, numbers->message, list.names),
            "'%s' is no message that %s sends", numbers->message,
            when->of.count == 0 ? "anybody here" : "'from'");
}

/* -- notes ------------------------------------------------------------------------------------- */

/* Nodes note what the filters of their calls do, too. */
static const struct sim_note_kind *find_filter_note(struct sim_binder *binder,
                                                    const struct sim_group_plan *group,
                                                    const char *name, struct names *list)
{
    const uint32_t routes = group->chains == NULL ? 0 : sim_bind_count_routes(group);

    for (uint32_t r = 0; r < routes; r++)
        for (uint32_t u = 0; u < group->chains[r].count; u++) {
            const struct sim_note_kind *notes = group->chains[r].filters[u].filter->notes;

            for (size_t i = 0; i < SIM_FILTER_NOTES_MAX && notes[i].name != NULL; i++) {
                if (strcmp(notes[i].name, name) == 0)
                    return &notes[i];
                add_name(binder, list, notes[i].name);
            }
        }
    return NULL;
}

static const struct sim_note_kind *find_note(struct sim_binder *binder,
                                             const struct sim_tree *mapping,
                                             const struct sim_group_plan *group, const char *name)
{
    const struct sim_model *model = group->model;
    const struct sim_note_kind *found;
    struct names list = { NULL, 0 };

    for (size_t i = 0; i < SIM_NOTES_MAX && model->notes[i].name != NULL; i++) {
        if (strcmp(model->notes[i].name, name) == 0)
            return &model->notes[i];
        add_name(binder, &list, model->notes[i].name);
    }
    found = find_filter_note(binder, group, name, &list);
    if (found != NULL)
        return found;
    sim_diagnostics_error(
        binder->diagnostics, SIM_WRONG_REFERENCE, &sim_tree_get(mapping, "note")->mark,
        list.count == 0 ? "it notes nothing" : sim_bind_hint(binder, name, list.names),
        "model '%s' has no note '%s'", model->name, name);
    return NULL;
}

static uint32_t find_word(struct sim_binder *binder, const struct sim_record *record,
                          const char *name, struct names *list)
{
    for (uint32_t i = 0; record != NULL && i < record->words; i++) {
        size_t length;
        const char *field = sim_record_field(record, i, &length);

        if (strlen(name) == length && strncmp(field, name, length) == 0)
            return i;
        add_name(binder, list, sim_bind_text(binder, "%.*s", (int)length, field));
    }
    return SIM_NO_GROUP;
}

static void bind_where(struct sim_binder *binder, const struct sim_tree *where,
                       const struct sim_note_kind *note, struct sim_trigger *when)
{
    struct sim_trigger_word *words;

    if (!sim_bind_is(binder, where, SIM_MAPPING, "where", "a mapping such as {index: 500}"))
        return;
    if (where->count == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &where->mark, NULL,
                              "'where' names no field");
    words = sim_document_alloc(binder->document, (where->count + 1) * sizeof(*words));
    for (uint32_t i = 0; i < where->count; i++) {
        const struct sim_tree *value = where->items[i];
        struct names list = { NULL, 0 };
        char text[160];
        const char *wrong;

        words[i].index = find_word(binder, note->record, where->keys[i], &list);
        if (words[i].index == SIM_NO_GROUP) {
            sim_diagnostics_error(
                binder->diagnostics, SIM_WRONG_REFERENCE, &where->key_marks[i],
                list.count == 0 ? "it has none" : sim_bind_hint(binder, where->keys[i], list.names),
                "the note '%s' has no field '%s'", note->name, where->keys[i]);
            continue;
        }
        if (!sim_bind_is(binder, value, SIM_SCALAR, where->keys[i], "a number"))
            continue;
        wrong = sim_bind_parse(&(struct sim_field){ .type = SIM_FIELD_INTEGER }, value->text,
                               &words[i].equals, text);
        if (wrong != NULL)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &value->mark, NULL,
                                  "'%s': %s", where->keys[i], wrong);
    }
    when->words = words;
    when->word_count = where->count;
}

static void bind_note(struct sim_binder *binder, const struct sim_tree *mapping,
                      const struct numbers *numbers, struct sim_trigger *when)
{
    const struct sim_model *model = bind_of(binder, mapping, when);
    const struct sim_tree *where = sim_tree_get(mapping, "where");
    const struct sim_note_kind *note;

    if (model == NULL || numbers->note == NULL)
        return;
    when->what = numbers->note;
    note = find_note(binder, mapping, &binder->plan->groups[when->of.selectors[0].group],
                     numbers->note);
    if (note != NULL && !sim_tree_is_null(where))
        bind_where(binder, where, note, when);
}

/* -- states, disks, faults --------------------------------------------------------------------- */

static void bind_becomes(struct sim_binder *binder, const struct sim_tree *mapping,
                         const struct numbers *numbers, struct sim_trigger *when)
{
    const struct sim_model *model = bind_of(binder, mapping, when);
    const struct sim_tree *becomes = sim_tree_get(mapping, "becomes");
    struct sim_trigger_word *word = sim_document_alloc(binder->document, sizeof(*word));
    const struct sim_field *field;
    struct names list = { NULL, 0 };

    (void)numbers;
    *word = (struct sim_trigger_word){ 0, 0 };
    if (model == NULL || sim_tree_is_null(becomes))
        return; /* reported before */
    field = sim_bind_condition(binder, becomes, "becomes", model, &word->equals);
    if (field == NULL)
        return;
    for (const struct sim_field *other = model->state.fields; other->name != NULL; other++)
        if (other->watched)
            add_name(binder, &list, other->name);
    if (!field->watched)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &becomes->key_marks[0],
                              list.count == 0 ? "none is watched"
                                              : sim_bind_hint(binder, field->name, list.names),
                              "'%s' of model '%s' is not watched: nobody sees when it changes",
                              field->name, model->name);
    when->what = field->name;
    when->words = word;
    when->word_count = 1;
}

static void bind_sync(struct sim_binder *binder, const struct sim_tree *mapping,
                      const struct numbers *numbers, struct sim_trigger *when)
{
    const struct sim_model *model = bind_of(binder, mapping, when);

    when->sync = numbers->sync;
    if (model != NULL && !sim_model_has_disk(model))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE,
                              &sim_tree_get(mapping, "of")->mark, NULL,
                              "model '%s' has nothing on disk", model->name);
}

static void bind_fault(struct sim_binder *binder, const struct sim_tree *mapping,
                       const struct numbers *numbers, struct sim_trigger *when)
{
    const struct sim_tree *label = sim_tree_get(mapping, "fault");

    when->what = numbers->fault;
    when->ends = numbers->edge == 1;
    if (numbers->fault != NULL && strchr(numbers->fault, '[') != NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_MEANING, &label->mark,
                              "use 'nth' to wait for one of several",
                              "'fault': a trigger waits for a label, not for one of its windows");
}

/* -- one `when:` ------------------------------------------------------------------------------- */

static void add_fields(struct sim_binder *binder, struct names *names,
                       const struct sim_field *fields, const struct sim_key *keys)
{
    for (; fields->name != NULL; fields++)
        add_name(binder, names, fields->name);
    for (; keys != NULL && keys->name != NULL; keys++)
        add_name(binder, names, keys->name);
}

/* Reports what can stand in no form; true if there is such a key. */
static bool refuse_keys(struct sim_binder *binder, const struct sim_tree *tree)
{
    const struct sim_subject subject = { "'when'", &tree->mark, false };
    struct names names = { NULL, 0 };
    bool found = false;

    add_fields(binder, &names, sim_when_fields, NULL);
    for (size_t i = 0; i < FORMS; i++)
        add_fields(binder, &names, forms[i].shown.fields, forms[i].shown.keys);
    for (uint32_t i = 0; i < tree->count; i++)
        if (!has_name(&names, tree->keys[i])) {
            sim_bind_unknown_key(binder, tree->keys[i], &tree->key_marks[i], names.names, &subject);
            found = true;
        }
    return found;
}

/* The one form whose key stands in TREE, or NULL after an error. */
static const struct form *choose_form(struct sim_binder *binder, const struct sim_tree *tree)
{
    const struct form *found = NULL;
    const char *list = forms[0].shown.name;

    for (size_t i = 0; i < FORMS; i++) {
        if (sim_tree_is_null(sim_tree_get(tree, forms[i].shown.name)))
            continue;
        if (found != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                                  sim_bind_key_mark(tree, forms[i].shown.name), NULL,
                                  "'when' waits for a '%s' and for a '%s': expected one of them",
                                  found->shown.name, forms[i].shown.name);
            return NULL;
        }
        found = &forms[i];
    }
    for (size_t i = 1; i < FORMS; i++)
        list = sim_bind_text(binder, "%s, %s", list, forms[i].shown.name);
    if (found == NULL && !refuse_keys(binder, tree))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              sim_bind_text(binder, "expected one of: %s", list),
                              "'when' waits for nothing");
    return found;
}

static void bind_when(struct sim_binder *binder, struct sim_tree *mapping,
                      struct sim_fault_plan *fault)
{
    const struct sim_tree *tree = sim_tree_get(mapping, "when");
    const struct sim_subject subject = { "'when'", &tree->mark, false };
    struct numbers numbers = { 0 };
    const struct form *form;
    struct sim_tree *shown;
    struct sim_keys keys;

    if (!sim_bind_is(binder, tree, SIM_MAPPING, "when", "a mapping such as {fault: cut}"))
        return;
    form = choose_form(binder, tree);
    if (form == NULL)
        return;
    keys = keys_of(form);
    shown = sim_bind_complete(binder, tree, &keys, &subject);
    assert(shown != NULL); /* it is a mapping */
    sim_bind_put(binder, mapping, "when", shown);
    sim_bind_fields(binder, shown, form->shown.fields, &numbers);
    sim_bind_fields(binder, shown, sim_when_fields, &numbers);
    if (numbers.nth > 0 && numbers.every_nth > 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(shown, "every_nth"), NULL,
                              "'nth' and 'every_nth' exclude each other");
    fault->when.kind = form->kind;
    fault->when.delay = numbers.delay;
    fault->when.nth = numbers.nth > 0 ? numbers.nth : 1;
    fault->when.every_nth = numbers.every_nth;
    fault->when.times = numbers.times > 0 ? numbers.times : numbers.every_nth == 0;
    form->bind(binder, shown, &numbers, &fault->when);
}

/* -- one fault --------------------------------------------------------------------------------- */

/* The one of `at`, `every` and `when` that MAPPING has, or NULL after an error. */
static const char *choose_time(struct sim_binder *binder, const struct sim_tree *mapping,
                               const struct sim_mark *mark)
{
    static const char *const names[] = { "at", "every", "when" };
    const char *found = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (sim_tree_get(mapping, names[i]) == NULL)
            continue;
        if (found != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, NULL,
                                  "'%s' and '%s' exclude each other", found, names[i]);
            return NULL;
        }
        found = names[i];
    }
    if (found == NULL)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, mark, NULL,
                              "a fault needs 'at', 'every' or 'when'");
    return found;
}

/* What goes with an instant alone. */
static void bind_strike(struct sim_binder *binder, const struct sim_tree *mapping,
                        const char *found, const struct times *times, struct sim_fault_plan *fault)
{
    static const char *const names[] = { "turn", "luck" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sim_tree_get(mapping, names[i]) != NULL && strcmp(found, "at") != 0)
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                                  sim_bind_key_mark(mapping, names[i]), NULL,
                                  "'%s' goes with 'at', not with '%s'", names[i], found);
    fault->turn = (uint64_t)(2 * times->turn);
    fault->luck = times->luck;
    if ((double)fault->turn != 2 * times->turn)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(mapping, "turn"), "expected n or n.5",
                              "'turn': %s is between two places",
                              sim_tree_get(mapping, "turn")->text);
    if (!sim_tree_is_null(sim_tree_get(mapping, "luck")) && fault->luck == 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(mapping, "luck"), NULL, "'luck' is 0");
}

void sim_bind_fault_time(struct sim_binder *binder, struct sim_tree *mapping,
                         const struct sim_mark *mark, struct sim_fault_plan *fault)
{
    struct times times = { 0 };
    const struct sim_tree *at = sim_tree_get(mapping, "at");
    const struct sim_tree *between = sim_tree_get(mapping, "between");
    const char *found = choose_time(binder, mapping, mark);

    sim_bind_fields(binder, mapping, sim_fault_time_fields, &times);
    fault->at = times.at;
    fault->every = times.every;
    fault->from = 0;
    fault->to = binder->plan->duration;
    if (found != NULL && strcmp(found, "at") == 0 && at->kind == SIM_SCALAR)
        check_instant(binder, at, fault->at);
    if (found != NULL && strcmp(found, "when") == 0)
        bind_when(binder, mapping, fault);
    if (found != NULL)
        bind_strike(binder, mapping, found, &times, fault);
    if (between == NULL || found == NULL)
        return;
    if (strcmp(found, "every") == 0)
        sim_bind_fault_between(binder, between, fault);
    else
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                              sim_bind_key_mark(mapping, "between"), NULL,
                              "'between' goes with 'every', not with '%s'", found);
}

void sim_bind_fault_after(struct sim_binder *binder, struct sim_tree *mapping,
                          struct sim_fault_plan *fault)
{
    struct after after = { NULL };

    sim_bind_fields(binder, mapping, sim_fault_after_fields, &after);
    fault->to = binder->plan->duration;
    fault->when.kind = SIM_TRIGGER_FOLLOWS;
    fault->when.delay = after.after;
}
