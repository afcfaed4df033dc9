/* history_values.c - what an event says of keys and values: [key value], lists, sets, texts. */
#include "sim/check/history_private.h"
#include "sim/core/mem.h"

#include <string.h>

static const int64_t nothing[1]; /* the words of an empty list */

static bool is_sequence(const struct sim_form *form)
{
    return form->kind == SIM_FORM_VECTOR || form->kind == SIM_FORM_LIST;
}

/* The least number is SIM_NIL: nothing, in what sim_history_write writes, and else no value. */
static bool is_nil(const struct sim_reader *reader, uint32_t form)
{
    const struct sim_form *f = sim_reader_form(reader, form);

    return f->kind == SIM_FORM_NIL || (f->kind == SIM_FORM_INTEGER && f->integer == SIM_NIL &&
                                       reader->found->format == SIM_HISTORY_LINES);
}

static bool whole(struct sim_reader *reader, uint32_t form, int64_t *value)
{
    *value = sim_reader_form(reader, form)->integer;
    if (*value == SIM_NIL)
        return SIM_READER_FAULT(reader, form, NULL, "this number is taken: it stands for nil");
    if (*value <= SIM_HISTORY_TEXTS_FROM && *value > SIM_HISTORY_TEXTS_FROM - UINT32_MAX)
        return SIM_READER_FAULT(
            reader, form, NULL, "this number is taken: numbers from %lld to %lld stand for texts",
            SIM_HISTORY_TEXTS_FROM - (long long)UINT32_MAX + 1, (long long)SIM_HISTORY_TEXTS_FROM);
    return true;
}

/* A number, or the number of a text; SIM_NIL for nil. */
static bool single(struct sim_reader *reader, uint32_t form, bool nil, bool texts, int64_t *value)
{
    if (is_nil(reader, form)) {
        *value = SIM_NIL;
        return nil || SIM_READER_FAULT(reader, form, NULL, "a value was expected, not nil");
    }
    switch (sim_reader_form(reader, form)->kind) {
    case SIM_FORM_INTEGER:
        return whole(reader, form, value);
    case SIM_FORM_STRING:
    case SIM_FORM_KEYWORD:
    case SIM_FORM_SYMBOL:
        if (!texts)
            return SIM_READER_FAULT(reader, form, NULL, "a whole number was expected");
        *value = sim_reader_text(reader, form);
        return true;
    case SIM_FORM_NUMBER:
        return SIM_READER_FAULT(reader, form, NULL, "a whole number was expected");
    default:
        return SIM_READER_FAULT(reader, form, NULL, "a single value was expected");
    }
}

/* -- keys -------------------------------------------------------------------------------------- */

static bool is_pair(const struct sim_reader *reader, uint32_t form)
{
    const struct sim_form *f = sim_reader_form(reader, form);

    return is_sequence(f) && f->count == 2;
}

/* Is VALUE, of an operation that has no key of its own, [key value]? INVOKED: it was asked, not
 * answered; a read asks for no value, so that a pair can only be that. */
static bool is_keyed(const struct sim_reader *reader, enum sim_linear_kind kind, uint32_t value,
                     bool invoked)
{
    const struct sim_form *form = sim_reader_form(reader, value), *second;

    if (!is_pair(reader, value))
        return false;
    second = sim_reader_form(reader, form[1].next);
    if (form->tuple)
        return true;
    if (kind == SIM_LINEAR_CAS)
        return is_sequence(second);
    if (kind != SIM_LINEAR_READ || invoked)
        return true;
    switch (reader->reading->model) {
    case SIM_HISTORY_REGISTER:
    case SIM_HISTORY_COUNTER:
        return true;
    default: /* a list of two, unless it can't be */
        return reader->bare && (is_sequence(second) || second->kind == SIM_FORM_SET ||
                                second->kind == SIM_FORM_NIL);
    }
}

/* Takes the key of [key value] off *VALUE. */
static bool take_pair(struct sim_reader *reader, uint32_t *value, int64_t *key)
{
    uint32_t first = *value + 1;

    *value = sim_reader_form(reader, first)->next;
    return single(reader, first, false, true, key);
}

static bool take_key(struct sim_reader *reader, const struct sim_event_fields *fields, bool invoked,
                     struct sim_pending *pending, struct sim_linear_operation *operation,
                     uint32_t *value)
{
    *value = fields->value;
    if (fields->key != SIM_FORM_NONE) {
        pending->has_key = true;
        return single(reader, fields->key, false, true, &operation->key);
    }
    if (*value == SIM_FORM_NONE || !is_keyed(reader, operation->kind, *value, invoked))
        return true;
    pending->has_key = pending->keyed = true;
    return take_pair(reader, value, &operation->key);
}

/* -- what is asked ----------------------------------------------------------------------------- */

static bool take_swap(struct sim_reader *reader, uint32_t value,
                      struct sim_linear_operation *operation)
{
    if (!is_pair(reader, value))
        return SIM_READER_FAULT(reader, value, NULL, "[from to] was expected");
    return single(reader, value + 1, true, true, &operation->argument) &&
           single(reader, sim_reader_form(reader, value + 1)->next, false, true,
                  &operation->second);
}

bool sim_reader_ask(struct sim_reader *reader, const struct sim_event_fields *fields,
                    struct sim_pending *pending, struct sim_linear_operation *operation)
{
    bool needs = operation->kind == SIM_LINEAR_CAS || operation->kind == SIM_LINEAR_WRITE ||
                 operation->kind == SIM_LINEAR_ADD || operation->kind == SIM_LINEAR_APPEND ||
                 operation->kind == SIM_LINEAR_INSERT;
    uint32_t value;

    pending->keyed = pending->has_key = false;
    if (reader->bare && operation->kind == SIM_LINEAR_READ)
        return true; /* the answer says it all */
    if (!take_key(reader, fields, true, pending, operation, &value))
        return false;
    if (!needs)
        return true;
    if (value == SIM_FORM_NONE)
        return SIM_READER_FAULT(reader, fields->operation, NULL, "an operation without a value");
    if (operation->kind == SIM_LINEAR_CAS)
        return take_swap(reader, value, operation);
    if (!single(reader, value, operation->kind == SIM_LINEAR_WRITE,
                operation->kind != SIM_LINEAR_ADD, &operation->argument))
        return false;
    if (operation->argument == SIM_NIL) {
        operation->kind = SIM_LINEAR_DELETE;
        operation->argument = 0;
    }
    return true;
}

/* -- what is answered -------------------------------------------------------------------------- */

/* Keeps COUNT of reader->words, the list that a read of KEY gave. */
static const int64_t *keep_list(struct sim_reader *reader, int64_t key, size_t count)
{
    uint32_t number = sim_history_index_number(&reader->keys, key);
    struct sim_history_found *found = reader->found;
    struct sim_longest *longest;
    size_t common;

    if (number >= reader->longest_capacity)
        reader->longest = sim_grow(reader->longest, &reader->longest_capacity, number + 1u,
                                   sizeof(*reader->longest));
    longest = &reader->longest[number];
    common = count < longest->count ? count : longest->count;
    if (common > 0 && memcmp(longest->words, reader->words, common * sizeof(int64_t)) != 0)
        common = 0;
    if (count > longest->capacity || (common == 0 && longest->count > 0)) {
        /* what grows will grow further; what differs each time, such as a set, will not */
        size_t capacity = common == longest->count ? count * 2 : count;

        if (found->list_count == reader->list_capacity)
            found->lists = sim_grow(found->lists, &reader->list_capacity, found->list_count + 1,
                                    sizeof(*found->lists));
        longest->words = sim_alloc_array(capacity, sizeof(int64_t));
        longest->capacity = capacity;
        longest->count = 0;
        found->lists[found->list_count++] = longest->words;
    }
    if (count > longest->count) {
        memcpy(longest->words + longest->count, reader->words + longest->count,
               (count - longest->count) * sizeof(int64_t));
        longest->count = count;
    }
    return longest->words;
}

static bool take_items(struct sim_reader *reader, uint32_t value,
                       struct sim_linear_operation *operation)
{
    uint32_t count = sim_reader_form(reader, value)->count, at = value + 1;

    operation->value = SIM_NIL;
    operation->item_count = count;
    operation->items = nothing;
    if (count == 0)
        return true;
    if (count > reader->word_capacity)
        reader->words =
            sim_grow(reader->words, &reader->word_capacity, count, sizeof(*reader->words));
    for (uint32_t i = 0; i < count; i++) {
        if (!single(reader, at, false, true, &reader->words[i]))
            return false;
        at = sim_reader_form(reader, at)->next;
    }
    operation->items = keep_list(reader, operation->key, count);
    return true;
}

static bool take_value(struct sim_reader *reader, uint32_t value,
                       struct sim_linear_operation *operation)
{
    const struct sim_form *form = value == SIM_FORM_NONE ? NULL : sim_reader_form(reader, value);
    enum sim_history_model model = reader->reading->model;

    operation->answered = true;
    if (form == NULL || is_nil(reader, value)) {
        operation->value = SIM_NIL;
        reader->found->has_nil_reads = true;
        return true;
    }
    if (model == SIM_HISTORY_SET && (form->kind == SIM_FORM_SET || is_sequence(form)))
        return take_items(reader, value, operation);
    if ((model == SIM_HISTORY_LIST || model == SIM_HISTORY_KV) && is_sequence(form))
        return take_items(reader, value, operation);
    if (model == SIM_HISTORY_SET || model == SIM_HISTORY_LIST)
        return SIM_READER_FAULT(reader, value, NULL, "a %s was expected",
                                sim_history_model_names[model]);
    if (!single(reader, value, true, model != SIM_HISTORY_COUNTER, &operation->value))
        return false;
    reader->zeros += operation->value == 0;
    return true;
}

bool sim_reader_answer(struct sim_reader *reader, const struct sim_event_fields *fields,
                       struct sim_pending *pending, struct sim_linear_operation *operation)
{
    int64_t key = operation->key;
    uint32_t value = fields->value;
    bool had_key = pending->has_key;

    if (operation->kind == SIM_LINEAR_ADD && fields->result != SIM_FORM_NONE) {
        operation->answered = true;
        return single(reader, fields->result, false, false, &operation->value);
    }
    if (operation->kind != SIM_LINEAR_READ)
        return true;
    if (pending->keyed && value != SIM_FORM_NONE && !is_nil(reader, value)) {
        if (!is_pair(reader, value))
            return SIM_READER_FAULT(reader, value, NULL,
                                    "[key value] was expected, as in the invocation");
        if (!take_pair(reader, &value, &operation->key))
            return false;
    } else if (!had_key || fields->key != SIM_FORM_NONE) {
        if (!take_key(reader, fields, false, pending, operation, &value))
            return false;
    }
    if (had_key && operation->key != key)
        return SIM_READER_FAULT(reader, fields->key != SIM_FORM_NONE ? fields->key : fields->value,
                                NULL, "the answer is of another key than the invocation");
    return take_value(reader, value, operation);
}
