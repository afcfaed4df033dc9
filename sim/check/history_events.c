/* history_events.c - from a map to an event: who, what kind of event, which operation. */
#include "sim/check/history_private.h"
#include "sim/core/mem.h"

#include <string.h>

const char *sim_reader_name(const struct sim_reader *reader, uint32_t form, size_t *length)
{
    const struct sim_form *f = sim_reader_form(reader, form);
    const char *bytes = sim_reader_bytes(reader, form);

    *length = f->length;
    if (f->kind == SIM_FORM_KEYWORD) {
        *length -= 1;
        return bytes + 1;
    }
    if (f->kind == SIM_FORM_STRING) {
        *length -= 2;
        return bytes + 1;
    }
    *length = 0;
    return "";
}

bool sim_reader_is(const struct sim_reader *reader, uint32_t form, const char *name)
{
    size_t length;
    const char *bytes = sim_reader_name(reader, form, &length);

    return length == strlen(name) && memcmp(bytes, name, length) == 0;
}

int64_t sim_reader_text(struct sim_reader *reader, uint32_t form)
{
    struct sim_history_found *found = reader->found;

    if (found->texts == NULL)
        found->texts = sim_history_texts_create();
    return SIM_HISTORY_TEXTS_FROM -
           (int64_t)sim_history_texts_number(found->texts, sim_reader_bytes(reader, form),
                                             sim_reader_form(reader, form)->length);
}

/* -- fields ------------------------------------------------------------------------------------ */

static bool same(const char *bytes, const char *name, size_t length)
{
    return memcmp(bytes, name, length) == 0;
}

/* The place for a field of this name; NULL: none that matters. */
static uint32_t *field_of(struct sim_event_fields *fields, bool lines, const char *name,
                          size_t length)
{
    switch (length) {
    case 1:
        if (*name == (lines ? 't' : 'f'))
            return lines ? &fields->time : &fields->operation;
        break;
    case 2:
        if (lines && same(name, "op", 2))
            return &fields->operation;
        break;
    case 3:
        if (same(name, "key", 3))
            return &fields->key;
        break;
    case 4:
        if (same(name, "type", 4))
            return &fields->type;
        if (!lines && same(name, "time", 4))
            return &fields->time;
        break;
    case 5:
        if (same(name, "value", 5))
            return &fields->value;
        break;
    case 6:
        if (lines && same(name, "result", 6))
            return &fields->result;
        break;
    case 7:
        if (same(name, "process", 7))
            return &fields->process;
        break;
    default:
        break;
    }
    return NULL;
}

/* JSON of Jepsen, or of sim_history_write? The first object tells. */
static void choose_dialect(struct sim_reader *reader)
{
    bool op = false, f = false;

    for (uint32_t at = 1; at < reader->scanner.count;) {
        op |= sim_reader_is(reader, at, "op");
        f |= sim_reader_is(reader, at, "f");
        at = sim_reader_form(reader, sim_reader_form(reader, at)->next)->next;
    }
    reader->found->format = op && !f ? SIM_HISTORY_LINES : SIM_HISTORY_JSON;
}

bool sim_reader_map(struct sim_reader *reader)
{
    struct sim_event_fields fields = { SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE,
                                       SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE };
    bool lines;

    if (reader->found->format == SIM_HISTORY_BY_CONTENT)
        choose_dialect(reader);
    lines = reader->found->format == SIM_HISTORY_LINES;
    for (uint32_t at = 1; at < reader->scanner.count;) {
        uint32_t value = sim_reader_form(reader, at)->next, *field;
        size_t length;
        const char *name = sim_reader_name(reader, at, &length);

        field = field_of(&fields, lines, name, length);
        if (field != NULL && *field != SIM_FORM_NONE)
            return SIM_READER_FAULT(reader, at, NULL, "a second '%.*s' in one event", (int)length,
                                    name);
        if (field != NULL)
            *field = value;
        at = sim_reader_form(reader, value)->next;
    }
    return sim_reader_event(reader, &fields);
}

/* -- operations -------------------------------------------------------------------------------- */

enum {
    REGISTER = 1 << SIM_HISTORY_REGISTER,
    COUNTER = 1 << SIM_HISTORY_COUNTER,
    SET = 1 << SIM_HISTORY_SET,
    LIST = 1 << SIM_HISTORY_LIST,
    MUTEX = 1 << SIM_HISTORY_MUTEX,
    KV = 1 << SIM_HISTORY_KV,
};

static const struct verb {
    const char *name;
    unsigned models;
    enum sim_linear_kind kind;
} verbs[] = {
    { "read", REGISTER | COUNTER | SET | LIST | KV, SIM_LINEAR_READ },
    { "write", REGISTER | KV, SIM_LINEAR_WRITE },
    { "cas", REGISTER | KV, SIM_LINEAR_CAS },
    { "add", COUNTER | KV, SIM_LINEAR_ADD },
    { "add", SET, SIM_LINEAR_INSERT },
    { "append", LIST | KV, SIM_LINEAR_APPEND },
    { "delete", KV, SIM_LINEAR_DELETE },
    { "acquire", MUTEX, SIM_LINEAR_ACQUIRE },
    { "release", MUTEX, SIM_LINEAR_RELEASE },
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]), HINT = 160 };

/* [[:append 5 1] [:r 5 nil]]: a transaction, whatever its operation is called. */
static bool is_transaction(const struct sim_reader *reader, uint32_t form)
{
    const struct sim_form *value = form == SIM_FORM_NONE ? NULL : sim_reader_form(reader, form);

    return value != NULL && (value->kind == SIM_FORM_VECTOR || value->kind == SIM_FORM_LIST) &&
           value->count > 0 && value[1].kind == SIM_FORM_VECTOR && value[1].count > 0 &&
           (value[2].kind == SIM_FORM_KEYWORD || value[2].kind == SIM_FORM_STRING);
}

static bool unknown_operation(struct sim_reader *reader, const struct sim_event_fields *fields)
{
    const char *model = sim_history_model_names[reader->reading->model];
    uint32_t form = fields->operation;
    char hint[HINT];
    size_t used = (size_t)snprintf(hint, sizeof(hint), "a %s has ", model), first = used;

    for (size_t i = 0; i < VERBS; i++) {
        if (verbs[i].models & 1u << reader->reading->model)
            used += (size_t)snprintf(hint + used, sizeof(hint) - used, "%s%s",
                                     used > first ? ", " : "", verbs[i].name);
    }
    if (form == SIM_FORM_NONE && is_transaction(reader, fields->value))
        return SIM_READER_FAULT(reader, fields->value, hint,
                                "unknown operation for model '%s': a transaction", model);
    if (form == SIM_FORM_NONE)
        return SIM_READER_FAULT(reader, form, hint, "an event without an operation ('%s')",
                                reader->found->format == SIM_HISTORY_LINES ? "op" : "f");
    return SIM_READER_FAULT(reader, form, hint, "unknown operation '%.*s' for model '%s'%s",
                            (int)sim_reader_form(reader, form)->length,
                            sim_reader_bytes(reader, form), model,
                            sim_reader_is(reader, form, "txn")        ? ": a transaction"
                            : sim_reader_is(reader, form, "transfer") ? ": it is of a bank"
                                                                      : "");
}

bool sim_reader_kind(struct sim_reader *reader, const struct sim_event_fields *fields,
                     enum sim_linear_kind *kind)
{
    unsigned model = 1u << reader->reading->model;

    if (fields->operation != SIM_FORM_NONE) {
        size_t length;
        const char *name = sim_reader_name(reader, fields->operation, &length);

        for (size_t i = 0; i < VERBS; i++) {
            if ((verbs[i].models & model) && length == strlen(verbs[i].name) &&
                same(name, verbs[i].name, length)) {
                *kind = verbs[i].kind;
                return true;
            }
        }
    }
    return unknown_operation(reader, fields);
}
