/* luck.c - `luck:`, at the top: what is decided beforehand instead of drawn under the run's seed.
 *
 * Lists may be long, one value for each message of a run: `fates` and `values` are read without a
 * mapping for each. */
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/schema.h"

#include <stdlib.h>
#include <string.h>

static const char *const modes[] = { "drawn", "plain", NULL };

static const struct sim_field luck_fields[] = {
    { "seed", SIM_FIELD_INTEGER, offsetof(struct sim_luck_plan, seed), false, SIM_OPTIONAL, "0",
      "9223372036854775807", "of all luck, whatever seed the run is given", NULL, NULL },
    SIM_CHOICE(struct sim_luck_plan, streams, "drawn", modes, "what happens on connections"),
    SIM_CHOICE(struct sim_luck_plan, disks, "drawn", modes, "how long syncs take"),
    SIM_CHOICE(struct sim_luck_plan, processors, "drawn", modes, "what handling costs"),
    { 0 },
};

struct message_entry {
    const char *from, *to, *message, *request, *reply;
    int64_t nth;
    bool second, lost, corrupted;
    sim_time delay, twice;
};

static const struct sim_field message_fields[] = {
    SIM_TEXT(struct message_entry, from, NULL, "the node that sends it"),
    SIM_TEXT(struct message_entry, to, NULL, "the node that it is sent to"),
    SIM_TEXT(struct message_entry, message, SIM_OPTIONAL, "its kind, within a group"),
    SIM_TEXT(struct message_entry, request, SIM_OPTIONAL, "the call that it belongs to"),
    SIM_TEXT(struct message_entry, reply, SIM_OPTIONAL, "the call that it answers"),
    SIM_INTEGER(struct message_entry, nth, "1", "1", "4294967295",
                "which of its kind on its link; of a reply: that of the request"),
    SIM_BOOLEAN(struct message_entry, second, "false",
                "of a reply: to the second copy of a request that was doubled"),
    SIM_BOOLEAN(struct message_entry, lost, "false", "it is lost"),
    SIM_BOOLEAN(struct message_entry, corrupted, "false", "it comes damaged, and is dropped"),
    SIM_DURATION(struct message_entry, delay, SIM_OPTIONAL, NULL, NULL,
                 "its latency; absent: the median"),
    SIM_DURATION(struct message_entry, twice, SIM_OPTIONAL, NULL, NULL,
                 "it is doubled, and the second copy takes so long"),
    { 0 },
};

struct draw_entry {
    const char *of, *draw;
    int64_t nth;
};

static const struct sim_field draw_fields[] = {
    SIM_TEXT(struct draw_entry, of, NULL, "the node that draws"),
    SIM_TEXT(struct draw_entry, draw, NULL, "the name of the draw in its model"),
    SIM_INTEGER(struct draw_entry, nth, "1", "1", "9223372036854775807", "which of them"),
    { 0 },
};

static void fates_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "'array'");
    sim_schema_raw(schema, "items", "{'type': ['string', 'number', 'object']}");
}

static void value_schema(struct sim_schema *schema)
{
    sim_schema_raw(schema, "type", "['string', 'number', 'boolean', 'object']");
}

static const struct sim_key message_keys[] = {
    { "fates", false,
      "of this one and those after it: a latency, `lost`, `corrupted`, `plain`, or {delay, twice}",
      fates_schema },
    { NULL, false, NULL, NULL },
};
static const struct sim_key draw_keys[] = {
    { "value", false, "what it gives: a time, a number, true or false, or {word: bits}",
      value_schema },
    { "values", false, "what this one and those after it give; `plain` for one left alone",
      fates_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys message_all = { .fields = { message_fields }, .keys = message_keys };
static const struct sim_keys draw_all = { .fields = { draw_fields }, .keys = draw_keys };

static void list_schema(struct sim_schema *schema, const struct sim_keys *keys)
{
    sim_schema_open(schema, "anyOf", '[');
    sim_schema_raw(schema, NULL, "{'enum': ['drawn', 'plain']}");
    sim_schema_open(schema, NULL, '{');
    sim_schema_text(schema, "type", "array");
    sim_schema_open(schema, "items", '{');
    sim_schema_mapping(schema, keys);
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '{');
    sim_schema_close(schema, '[');
}

static void messages_schema(struct sim_schema *schema)
{
    list_schema(schema, &message_all);
}

static void draws_schema(struct sim_schema *schema)
{
    list_schema(schema, &draw_all);
}

static const struct sim_key luck_keys[] = {
    { "messages", false, "what links make of datagrams: drawn, plain, or plain but for a list",
      messages_schema },
    { "draws", false, "what models draw: drawn, plain, or plain but for a list", draws_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys luck_all = { .fields = { luck_fields }, .keys = luck_keys };

void sim_schema_luck(struct sim_schema *schema)
{
    sim_schema_mapping(schema, &luck_all);
}

/* -- names ------------------------------------------------------------------------------------- */

static void refuse(struct sim_binder *binder, const struct sim_tree *at, const char *expected,
                   const char *what, const char *value)
{
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_REFERENCE, &at->mark, expected, "'%s': %s",
                          value, what);
}

struct node {
    uint32_t node, group;
    bool good;
};

/* "store-2", the value of KEY in ENTRY. */
static struct node find_node(struct sim_binder *binder, const struct sim_tree *entry,
                             const char *key)
{
    const struct sim_tree *tree = sim_tree_get(entry, key);
    const char *text = tree != NULL && tree->kind == SIM_SCALAR ? tree->text : "";
    const char *dash = strrchr(text, '-');
    struct node node = { 0 };

    for (uint32_t g = 0; dash != NULL && g < binder->plan->group_count; g++) {
        const struct sim_group_plan *group = &binder->plan->groups[g];
        const size_t length = (size_t)(dash - text);
        int64_t member = 0;
        char wrong[SIM_UNITS_TEXT];

        if (strlen(group->name) == length && strncmp(group->name, text, length) == 0 &&
            sim_units_integer(dash + 1, &member, wrong) == NULL && member >= 0 &&
            member < group->count)
            return (struct node){ node.node + (uint32_t)member, g, true };
        node.node += group->count;
    }
    if (tree != NULL)
        refuse(binder, tree, "expected the name of a node, such as store-2", "no such node", text);
    return node;
}

/* The place of NAME among COUNT names, or -1. */
static int place_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

static int kind_of(struct sim_binder *binder, const struct sim_tree *at,
                   const struct sim_group_plan *group, bool calls)
{
    const char *names[SIM_MESSAGES_MAX + SIM_ROUTES_MAX + 1] = { NULL };
    size_t count = 0;
    int kind;

    for (size_t i = 0;
         calls && group->target != SIM_NO_GROUP && i < SIM_CALLS_MAX && group->model->calls[i].name;
         i++)
        names[count++] = group->model->calls[i].name;
    for (size_t i = 0; calls && i < group->route_count; i++)
        names[count++] = group->routes[i].name ? group->routes[i].name : "";
    for (size_t i = 0; !calls && i < SIM_MESSAGES_MAX && group->model->messages[i].name; i++)
        names[count++] = group->model->messages[i].name;
    kind = place_of(at->text, names, count);
    if (kind < 0)
        refuse(binder, at, sim_bind_hint(binder, at->text, names),
               calls ? "no such call" : "no such message", at->text);
    return kind;
}

/* -- messages ---------------------------------------------------------------------------------- */

struct lists {
    struct sim_message_luck *fates;
    size_t fate_count, fate_capacity;
    struct sim_draw_luck *pins;
    size_t pin_count, pin_capacity;
};

static void add_fate(struct lists *lists, const struct sim_message_luck *fate)
{
    lists->fates =
        sim_grow(lists->fates, &lists->fate_capacity, lists->fate_count + 1, sizeof(*fate));
    lists->fates[lists->fate_count++] = *fate;
}

static bool read_time(struct sim_binder *binder, const struct sim_tree *tree, sim_time *time)
{
    char wrong[SIM_UNITS_TEXT];

    if (tree->kind == SIM_SCALAR && sim_units_duration(tree->text, time, wrong) == NULL &&
        *time >= 0)
        return true;
    sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                          "expected a latency, lost, corrupted, plain, or {delay, twice}",
                          "this is no fate of a message");
    return false;
}

/* One of `fates:`. */
static void read_fate(struct sim_binder *binder, const struct sim_tree *tree, struct lists *lists,
                      struct sim_message_luck fate)
{
    const bool scalar = tree->kind == SIM_SCALAR;

    if (scalar && strcmp(tree->text, "plain") == 0)
        return;
    if (scalar && strcmp(tree->text, "lost") == 0) {
        fate.fate = SIM_FATE_LOST;
    } else if (scalar && strcmp(tree->text, "corrupted") == 0) {
        fate.fate = SIM_FATE_CORRUPTED;
    } else if (tree->kind == SIM_MAPPING) {
        const struct sim_tree *delay = sim_tree_get(tree, "delay"),
                              *twice = sim_tree_get(tree, "twice");

        if (twice == NULL || tree->count != 1u + (delay != NULL)) {
            read_time(binder, tree, &fate.delay);
            return;
        }
        fate.doubled = true;
        fate.delayed = delay != NULL;
        if ((delay != NULL && !read_time(binder, delay, &fate.delay)) ||
            !read_time(binder, twice, &fate.twice))
            return;
    } else {
        fate.delayed = true;
        if (!read_time(binder, tree, &fate.delay))
            return;
    }
    add_fate(lists, &fate);
}

/* Which messages ENTRY is about; false: that is wrong. */
static bool read_name(struct sim_binder *binder, const struct sim_tree *entry,
                      const struct message_entry *read, struct sim_message_name *name)
{
    static const char *const ways[] = { "message", "request", "reply" };
    const struct node from = find_node(binder, entry, "from"), to = find_node(binder, entry, "to");
    const struct sim_tree *way = NULL;
    int kind, count = 0;

    for (uint8_t w = 0; w < 3; w++)
        if (sim_tree_get(entry, ways[w]) != NULL) {
            way = sim_tree_get(entry, ways[w]);
            name->way = w;
            count++;
        }
    if (count != 1) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &entry->mark, NULL,
                              "expected one of 'message', 'request' and 'reply'");
        return false;
    }
    if (!from.good || !to.good)
        return false;
    kind = kind_of(binder, way,
                   &binder->plan->groups[name->way == SIM_WAY_REPLY ? to.group : from.group],
                   name->way != SIM_WAY_MESSAGE);
    name->from = from.node;
    name->to = to.node;
    name->nth = (uint32_t)read->nth;
    name->kind = (uint8_t)kind;
    name->copy = read->second;
    return kind >= 0;
}

static void read_message(struct sim_binder *binder, const struct sim_tree *entry,
                         struct lists *lists)
{
    const struct sim_subject subject = { "a message", &entry->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, entry, &message_all, &subject);
    struct message_entry read = { .nth = 1 };
    struct sim_message_luck fate = { 0 };
    const struct sim_tree *fates;

    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, message_fields, &read);
    if (!read_name(binder, mapping, &read, &fate.name))
        return;
    fates = sim_tree_get(mapping, "fates");
    if (fates != NULL && sim_bind_is(binder, fates, SIM_SEQUENCE, "fates", "a list")) {
        for (uint32_t i = 0; i < fates->count; i++, fate.name.nth++)
            read_fate(binder, fates->items[i], lists, fate);
        return;
    }
    fate.fate = read.lost ? SIM_FATE_LOST : read.corrupted ? SIM_FATE_CORRUPTED : SIM_FATE_COMES;
    fate.delayed = sim_tree_get(mapping, "delay") != NULL;
    fate.delay = read.delay;
    fate.doubled = sim_tree_get(mapping, "twice") != NULL;
    fate.twice = read.twice;
    add_fate(lists, &fate);
}

/* -- draws ------------------------------------------------------------------------------------- */

static void read_pin(struct sim_binder *binder, const struct sim_tree *tree, struct lists *lists,
                     struct sim_draw_luck pin)
{
    const struct sim_tree *word = sim_tree_get(tree, "word"), *at = word != NULL ? word : tree;
    const char *text = at->kind == SIM_SCALAR ? at->text : "";
    char wrong[SIM_UNITS_TEXT];

    if (strcmp(text, "plain") == 0)
        return;
    pin.is_word = word != NULL;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        pin.value = text[0] == 't';
    } else if (sim_units_integer(text, &pin.value, wrong) != NULL &&
               (pin.is_word || sim_units_duration(text, &pin.value, wrong) != NULL)) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected a duration, a whole number, true, false, or {word: bits}",
                              "this is nothing that a draw can give");
        return;
    }
    lists->pins = sim_grow(lists->pins, &lists->pin_capacity, lists->pin_count + 1, sizeof(pin));
    lists->pins[lists->pin_count++] = pin;
}

static void read_draw(struct sim_binder *binder, const struct sim_tree *entry, struct lists *lists)
{
    const struct sim_subject subject = { "a draw", &entry->mark, false };
    struct sim_tree *mapping = sim_bind_complete(binder, entry, &draw_all, &subject);
    const struct sim_tree *value, *values;
    struct draw_entry read = { .nth = 1 };
    struct sim_draw_luck pin = { 0 };
    size_t count = 0;
    int draw;

    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, draw_fields, &read);
    struct node node = find_node(binder, mapping, "of");
    if (!node.good || read.draw == NULL)
        return;
    const struct sim_model *model = binder->plan->groups[node.group].model;
    while (count < SIM_DRAWS_MAX && model->draws[count] != NULL)
        count++;
    draw = place_of(read.draw, model->draws, count);
    if (draw < 0) {
        refuse(binder, sim_tree_get(mapping, "draw"), NULL, "the model draws nothing of this name",
               read.draw);
        return;
    }
    pin = (struct sim_draw_luck){ .node = node.node, .draw = (uint32_t)draw };
    pin.nth = (uint64_t)read.nth;
    value = sim_tree_get(mapping, "value");
    values = sim_tree_get(mapping, "values");
    if ((value == NULL) == (values == NULL))
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &entry->mark, NULL,
                              "expected either 'value' or 'values'");
    else if (value != NULL)
        read_pin(binder, value, lists, pin);
    else if (sim_bind_is(binder, values, SIM_SEQUENCE, "values", "a list"))
        for (uint32_t i = 0; i < values->count; i++, pin.nth++)
            read_pin(binder, values->items[i], lists, pin);
}

/* -- all of it --------------------------------------------------------------------------------- */

/* What KEY says: a mode, or a list with READ for each entry. */
static int64_t read_list(struct sim_binder *binder, const struct sim_tree *luck, const char *key,
                         struct lists *lists,
                         void (*read)(struct sim_binder *binder, const struct sim_tree *entry,
                                      struct lists *lists))
{
    const struct sim_tree *tree = sim_tree_get(luck, key);
    int mode;

    if (tree == NULL)
        return SIM_LUCK_DRAWN;
    if (tree->kind == SIM_SEQUENCE) {
        for (uint32_t i = 0; i < tree->count && !binder->groups_wrong; i++)
            read(binder, tree->items[i], lists);
        return SIM_LUCK_PLAIN;
    }
    mode = tree->kind == SIM_SCALAR ? place_of(tree->text, modes, 2) : -1;
    if (mode < 0)
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "expected drawn, plain, or a list of what is not plain",
                              "'%s' cannot be this", key);
    return mode;
}

static const void *kept(struct sim_binder *binder, void *items, size_t size)
{
    void *copy = sim_document_alloc(binder->document, size + 1);

    if (size > 0)
        memcpy(copy, items, size);
    sim_free(items);
    return copy;
}

void sim_load_luck(struct sim_binder *binder, struct sim_tree *root)
{
    const struct sim_tree *tree = sim_tree_get(root, "luck");
    const struct sim_subject subject = { "luck", tree != NULL ? &tree->mark : NULL, false };
    struct sim_luck_plan *luck = &binder->plan->luck;
    struct sim_tree *mapping;
    struct lists lists = { 0 };

    if (tree == NULL || !sim_bind_is_mapping(binder, tree, "'luck'"))
        return;
    mapping = sim_bind_complete(binder, tree, &luck_all, &subject);
    if (mapping == NULL)
        return;
    sim_bind_fields(binder, mapping, luck_fields, luck);
    luck->has_seed = sim_tree_get(mapping, "seed") != NULL;
    luck->messages = read_list(binder, mapping, "messages", &lists, read_message);
    luck->draws = read_list(binder, mapping, "draws", &lists, read_draw);
    luck->fate_count = (uint32_t)lists.fate_count;
    luck->pin_count = (uint32_t)lists.pin_count;
    luck->fates = kept(binder, lists.fates, lists.fate_count * sizeof(*lists.fates));
    luck->pins = kept(binder, lists.pins, lists.pin_count * sizeof(*lists.pins));
    sim_bind_put(binder, root, "luck", mapping);
}
