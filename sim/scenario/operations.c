/* operations.c - what clients are to do as an explicit list, instead of what they would draw. */
#include "sim/core/sort.h"
#include "sim/scenario/schema.h"
#include "sim/world/operation.h"

#include <string.h>

struct entry {
    sim_time at;
    int64_t client, process;
};

static const struct sim_field entry_fields[] = {
    SIM_DURATION(struct entry, at, NULL, NULL, NULL, "when it is asked"),
    SIM_INTEGER(struct entry, client, "0", "0", "4294967294", "by which member of the group"),
    SIM_INTEGER(
        struct entry, process, SIM_OPTIONAL, "0", "99999",
        "in which lane of a closed loop: once the operation before it there is over; absent: "
        "in an open loop, whatever is under way"),
    { 0 },
};

#define KEY SIM_INTEGER(struct sim_operation, key, NULL, "0", "9223372036854775806", "which key")
#define ARGUMENT(name, standard, help)                                                             \
    {                                                                                              \
        name, SIM_FIELD_INTEGER, offsetof(struct sim_operation, argument), false, standard, NULL,  \
            NULL, help, NULL, NULL                                                                 \
    }

static const struct sim_field key_alone[] = { KEY, { 0 } };
static const struct sim_field write_fields[] = { KEY,
                                                 ARGUMENT("value", NULL, "what is written"),
                                                 { 0 } };
static const struct sim_field cas_fields[] = {
    KEY,
    ARGUMENT("from", SIM_OPTIONAL,
             "what the key must hold; absent: what this client last saw there"),
    { "to", SIM_FIELD_INTEGER, offsetof(struct sim_operation, second), false, NULL, NULL, NULL,
      "what is written then", NULL, NULL },
    { 0 },
};
static const struct sim_field add_fields[] = { KEY,
                                               ARGUMENT("value", "1", "what is added"),
                                               { 0 } };
static const struct sim_field append_fields[] = { KEY,
                                                  ARGUMENT("value", NULL, "the element"),
                                                  { 0 } };

static const struct sim_field *const fields_of[SIM_OPERATION_KINDS] = {
    [SIM_READ] = key_alone, [SIM_WRITE] = write_fields,   [SIM_CAS] = cas_fields,
    [SIM_ADD] = add_fields, [SIM_APPEND] = append_fields, [SIM_DELETE] = key_alone,
};

#define SCHEMA_OF(kind, table)                                                                     \
    static void kind##_schema(struct sim_schema *schema)                                           \
    {                                                                                              \
        const struct sim_keys keys = { .fields = { table } };                                      \
                                                                                                   \
        sim_schema_mapping(schema, &keys);                                                         \
    }

SCHEMA_OF(key, key_alone)
SCHEMA_OF(write, write_fields)
SCHEMA_OF(cas, cas_fields)
SCHEMA_OF(add, add_fields)
SCHEMA_OF(append, append_fields)

static const struct sim_key entry_keys[] = {
    { "read", false, "reads a key", key_schema },
    { "write", false, "writes a key", write_schema },
    { "cas", false, "compares and sets a key", cas_schema },
    { "add", false, "adds to a key", add_schema },
    { "append", false, "appends to the list at a key", append_schema },
    { "delete", false, "deletes a key", key_schema },
    { NULL, false, NULL, NULL },
};

static const struct sim_keys keys = { .fields = { entry_fields }, .keys = entry_keys };

void sim_schema_operations(struct sim_schema *schema)
{
    sim_schema_text(schema, "type", "array");
    sim_schema_open(schema, "items", '{');
    sim_schema_mapping(schema, &keys);
    sim_schema_open(schema, "oneOf", '[');
    for (const struct sim_key *key = entry_keys; key->name != NULL; key++) {
        sim_schema_open(schema, NULL, '{');
        sim_schema_texts(schema, "required", (const char *const[]){ key->name, NULL });
        sim_schema_close(schema, '{');
    }
    sim_schema_close(schema, '[');
    sim_schema_close(schema, '{');
}

/* -- reading ----------------------------------------------------------------------------------- */

/* The operation that MAPPING, an entry, names; false: none, or several. */
static bool bind_kind(struct sim_binder *binder, const struct sim_tree *mapping,
                      struct sim_listed_operation *out)
{
    const struct sim_tree *chosen = NULL;
    int64_t kind = 0;

    for (int64_t k = 0; k < SIM_OPERATION_KINDS; k++) {
        const struct sim_tree *value = sim_tree_get(mapping, sim_operation_kind_names[k]);

        if (value == NULL)
            continue;
        if (chosen != NULL) {
            sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA,
                                  sim_bind_key_mark(mapping, sim_operation_kind_names[k]), NULL,
                                  "'%s' and '%s' in one operation", sim_operation_kind_names[kind],
                                  sim_operation_kind_names[k]);
            return false;
        }
        chosen = value;
        kind = k;
    }
    if (chosen == NULL) {
        sim_diagnostics_error(binder->diagnostics, SIM_WRONG_SCHEMA, &mapping->mark,
                              "expected one of: read, write, cas, add, append, delete",
                              "an operation that does nothing");
        return false;
    }
    const struct sim_keys inner = { .fields = { fields_of[kind] } };
    const struct sim_subject subject = { sim_operation_kind_names[kind], &chosen->mark, false };
    struct sim_tree *complete = sim_bind_complete(binder, chosen, &inner, &subject);

    if (complete == NULL)
        return false;
    out->operation.kind = kind;
    sim_bind_fields(binder, complete, fields_of[kind], &out->operation);
    out->guesses = kind == SIM_CAS && sim_tree_get(complete, "from") == NULL;
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct sim_listed_operation *a = left, *b = right;

    if (a->client != b->client)
        return a->client < b->client ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

const struct sim_operation_list *sim_bind_operations(struct sim_binder *binder,
                                                     const struct sim_tree *tree, const char *name)
{
    struct sim_operation_list *list = sim_document_alloc(binder->document, sizeof(*list));
    struct sim_listed_operation *items;

    *list = (struct sim_operation_list){ 0 };
    if (!sim_bind_is(binder, tree, SIM_SEQUENCE, name, "a list of operations"))
        return list;
    items = sim_document_alloc(binder->document, (tree->count + 1) * sizeof(*items));
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_subject subject = { "an operation", &tree->items[i]->mark, false };
        struct sim_listed_operation item = { .place = i + 1, .process = SIM_OPEN_LOOP };
        struct entry entry = { 0 };
        struct sim_tree *mapping = sim_bind_complete(binder, tree->items[i], &keys, &subject);

        if (mapping == NULL || !bind_kind(binder, mapping, &item))
            continue;
        sim_bind_fields(binder, mapping, entry_fields, &entry);
        item.at = entry.at;
        item.client = (uint32_t)entry.client;
        if (sim_tree_get(mapping, "process") != NULL)
            item.process = (uint32_t)entry.process;
        items[list->count++] = item;
    }
    sim_sort(items, list->count, sizeof(*items), compare);
    list->items = items;
    return list;
}
