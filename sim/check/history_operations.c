/* history_operations.c - from events to operations: pairs them, and reads what may be read two
 * ways.
 */
#include "sim/check/history_private.h"
#include "sim/core/mem.h"
#include "sim/core/sort.h"

#include <inttypes.h>

/* Places of completions without invocations begin here; those that may have begun at once lie
 * before. */
#define BARE_PLACES ((uint64_t)1 << 40)
#define DROPPED SIM_LINEAR_KINDS

static bool is_lines(const struct sim_reader *reader)
{
    return reader->found->format == SIM_HISTORY_LINES;
}

static uint32_t line_of(const struct sim_reader *reader)
{
    uint64_t line = reader->scanner.input.place.line;

    return line < UINT32_MAX ? (uint32_t)line : 0;
}

/* -- processes --------------------------------------------------------------------------------- */

/* NULL: a fault. */
static struct sim_pending *process_of(struct sim_reader *reader, uint32_t form, int64_t *name)
{
    uint32_t number;

    *name = 0;
    if (form == SIM_FORM_NONE || sim_reader_form(reader, form)->kind == SIM_FORM_NIL)
        return &reader->lone;
    switch (sim_reader_form(reader, form)->kind) {
    case SIM_FORM_INTEGER:
        *name = sim_reader_form(reader, form)->integer;
        break;
    case SIM_FORM_STRING:
    case SIM_FORM_KEYWORD:
        *name = sim_reader_text(reader, form);
        break;
    default:
        (void)SIM_READER_FAULT(reader, form, NULL, "a process was expected: a number or a name");
        return NULL;
    }
    number = sim_history_index_number(&reader->processes, *name);
    if (number >= reader->pending_capacity)
        reader->pending = sim_grow(reader->pending, &reader->pending_capacity, number + 1u,
                                   sizeof(*reader->pending));
    return &reader->pending[number];
}

static bool take_type(struct sim_reader *reader, uint32_t form, enum sim_event_type *type)
{
    const char *info = is_lines(reader) ? "unknown" : "info";

    if (form == SIM_FORM_NONE)
        return SIM_READER_FAULT(reader, form, NULL, "an event without a type");
    if (sim_reader_is(reader, form, "invoke"))
        *type = SIM_EVENT_INVOKE;
    else if (sim_reader_is(reader, form, "ok"))
        *type = SIM_EVENT_OK;
    else if (sim_reader_is(reader, form, "fail"))
        *type = SIM_EVENT_FAIL;
    else if (sim_reader_is(reader, form, info))
        *type = SIM_EVENT_INFO;
    else
        return SIM_READER_FAULT(reader, form,
                                is_lines(reader) ? "expected invoke, ok, fail or unknown"
                                                 : "expected invoke, ok, fail or info",
                                "no type of event: %.*s",
                                (int)sim_reader_form(reader, form)->length,
                                sim_reader_bytes(reader, form));
    return true;
}

static int64_t time_of(struct sim_reader *reader, uint32_t form)
{
    if (form == SIM_FORM_NONE || sim_reader_form(reader, form)->kind != SIM_FORM_INTEGER)
        return 0;
    reader->found->has_times = true;
    return sim_reader_form(reader, form)->integer;
}

/* -- pairs ------------------------------------------------------------------------------------- */

/* A new operation of PENDING's process. NULL: a fault. */
static struct sim_linear_operation *begin(struct sim_reader *reader,
                                          const struct sim_event_fields *fields,
                                          struct sim_pending *pending, int64_t process)
{
    struct sim_history_found *found = reader->found;
    struct sim_linear_operation *operation;
    struct sim_history_origin *origin;

    if (found->count == reader->most) {
        (void)SIM_READER_FAULT(reader, SIM_FORM_NONE, NULL,
                               "more than %zu operations (the limit of operations)", reader->most);
        return NULL;
    }
    if (found->count == reader->capacity)
        found->operations = sim_grow(found->operations, &reader->capacity, found->count + 1,
                                     sizeof(*found->operations));
    if (found->count == reader->origin_capacity)
        found->origins = sim_grow(found->origins, &reader->origin_capacity, found->count + 1,
                                  sizeof(*found->origins));
    operation = &found->operations[found->count];
    origin = &found->origins[found->count];
    if (!sim_reader_kind(reader, fields, &operation->kind))
        return NULL;
    pending->kind = operation->kind;
    operation->process = (uint32_t)process;
    operation->returned = SIM_LINEAR_OPEN;
    operation->invoked = found->counts.events;
    operation->time_invoked = time_of(reader, fields->time);
    if (process <= SIM_HISTORY_TEXTS_FROM) {
        operation->process = (uint32_t)(SIM_HISTORY_TEXTS_FROM - process);
        origin->process_text = operation->process + 1;
    }
    origin->line_invoked = line_of(reader);
    if (!sim_reader_ask(reader, fields, pending, operation))
        return NULL;
    pending->operation = (uint32_t)++found->count;
    found->counts.operations++;
    return operation;
}

static bool invoke(struct sim_reader *reader, const struct sim_event_fields *fields,
                   struct sim_pending *pending, int64_t process)
{
    struct sim_history_found *found = reader->found;

    if (reader->bare) {
        found->fault = reader->bare_fault;
        return false;
    }
    if (pending == &reader->lone)
        reader->lone_event = found->counts.events + 1;
    else if (pending->operation != 0)
        return SIM_READER_FAULT(reader, fields->process, NULL,
                                "this process invokes again, but its operation of line %" PRIu32
                                " is not completed",
                                found->origins[pending->operation - 1].line_invoked);
    found->counts.invocations++;
    return begin(reader, fields, pending, process) != NULL;
}

/* The operation that a completion closes, or a new one if there are only completions. NULL: a
 * fault. */
static struct sim_linear_operation *opened(struct sim_reader *reader,
                                           const struct sim_event_fields *fields,
                                           struct sim_pending *pending, int64_t process)
{
    struct sim_history_found *found = reader->found;
    struct sim_linear_operation *operation;
    bool lone = pending == &reader->lone;
    enum sim_linear_kind kind;

    if (pending->operation != 0 && (!lone || reader->lone_event == found->counts.events)) {
        operation = &found->operations[pending->operation - 1];
        if (fields->operation == SIM_FORM_NONE)
            return operation;
        if (!sim_reader_kind(reader, fields, &kind))
            return NULL;
        if (kind == pending->kind)
            return operation;
        (void)SIM_READER_FAULT(reader, fields->operation, NULL,
                               "another operation than was invoked in line %" PRIu32,
                               found->origins[pending->operation - 1].line_invoked);
        return NULL;
    }
    if (!reader->bare) {
        (void)SIM_READER_FAULT(reader, lone ? SIM_FORM_NONE : fields->process, NULL,
                               lone ? "a completion that does not follow its invocation"
                                    : "this process completes what it did not invoke");
        if (found->counts.invocations != 0)
            return NULL;
        reader->bare_fault = found->fault; /* it is one if an invocation follows */
        found->fault = (struct sim_history_fault){ 0 };
        reader->bare = true;
    }
    operation = begin(reader, fields, pending, process);
    if (operation == NULL)
        return NULL;
    found->origins[found->count - 1].line_invoked = 0;
    operation->invoked = pending->ended != 0 ? pending->ended + 1 : reader->firsts++;
    operation->time_invoked = 0;
    return operation;
}

static bool complete(struct sim_reader *reader, const struct sim_event_fields *fields,
                     enum sim_event_type type, struct sim_pending *pending, int64_t process)
{
    struct sim_history_found *found = reader->found;
    struct sim_linear_operation *operation = opened(reader, fields, pending, process);
    struct sim_history_origin *origin;
    uint64_t place = found->counts.events;

    if (operation == NULL)
        return false;
    origin = &found->origins[pending->operation - 1];
    if (reader->bare) {
        place = BARE_PLACES + 2 * place;
        if (pending != &reader->lone)
            pending->ended = place;
    }
    pending->operation = 0;
    if (type == SIM_EVENT_INFO)
        return true;
    operation->returned = place;
    operation->time_returned = time_of(reader, fields->time);
    origin->line_returned = line_of(reader);
    if (type == SIM_EVENT_OK) {
        found->counts.ok++;
        reader->deletes += operation->kind == SIM_LINEAR_DELETE;
        reader->zeros += operation->kind == SIM_LINEAR_CAS && operation->argument == 0;
        return sim_reader_answer(reader, fields, pending, operation);
    }
    found->counts.failed++;
    operation->kind = operation->kind == SIM_LINEAR_CAS && reader->reading->failed_cas_differs
                          ? SIM_LINEAR_CAS_NOT
                          : DROPPED;
    return true;
}

bool sim_reader_event(struct sim_reader *reader, const struct sim_event_fields *fields)
{
    struct sim_history_counts *counts = &reader->found->counts;
    enum sim_event_type type = SIM_EVENT_INVOKE;
    struct sim_pending *pending;
    int64_t process;

    if (fields->process != SIM_FORM_NONE && sim_reader_is(reader, fields->process, "nemesis")) {
        counts->others++;
        return true;
    }
    if (!take_type(reader, fields->type, &type))
        return false;
    pending = process_of(reader, fields->process, &process);
    if (pending == NULL)
        return false;
    if (type == SIM_EVENT_INVOKE ? !invoke(reader, fields, pending, process)
                                 : !complete(reader, fields, type, pending, process))
        return false;
    counts->events++;
    return true;
}

/* -- readings ---------------------------------------------------------------------------------- */

/* Keys and the first place from which on a key may be 0, or UINT64_MAX. */
struct zeros {
    struct sim_history_index keys;
    uint64_t *first;
    size_t capacity;
};

static uint64_t *first_zero(struct zeros *zeros, int64_t key)
{
    size_t before = zeros->keys.count;
    uint32_t number = sim_history_index_number(&zeros->keys, key);

    if (number >= zeros->capacity)
        zeros->first = sim_grow(zeros->first, &zeros->capacity, number + 1u, sizeof(*zeros->first));
    if (zeros->keys.count > before)
        zeros->first[number] = UINT64_MAX;
    return &zeros->first[number];
}

static bool makes_zero(const struct sim_linear_operation *operation)
{
    return operation->kind == SIM_LINEAR_ADD ||
           (operation->kind == SIM_LINEAR_WRITE && operation->argument == 0) ||
           (operation->kind == SIM_LINEAR_CAS && operation->second == 0);
}

static bool sees_zero(const struct sim_linear_operation *operation)
{
    return operation->returned != SIM_LINEAR_OPEN &&
           ((operation->kind == SIM_LINEAR_READ && operation->answered && !operation->items &&
             operation->value == 0) ||
            (operation->kind == SIM_LINEAR_CAS && operation->argument == 0));
}

/* Was 0 seen where nothing could have made it? */
static bool begins_with_zero(const struct sim_history_found *found)
{
    struct zeros zeros = { 0 };
    bool begins = false;

    for (size_t i = 0; i < found->count; i++) {
        const struct sim_linear_operation *operation = &found->operations[i];

        if (makes_zero(operation)) {
            uint64_t *first = first_zero(&zeros, operation->key);

            *first = operation->invoked < *first ? operation->invoked : *first;
        }
    }
    for (size_t i = 0; i < found->count && !begins; i++) {
        const struct sim_linear_operation *operation = &found->operations[i];

        begins = sees_zero(operation) && operation->returned < *first_zero(&zeros, operation->key);
    }
    sim_history_index_finish(&zeros.keys);
    sim_free(zeros.first);
    return begins;
}

static void choose(struct sim_reader *reader)
{
    const struct sim_history_reading *reading = reader->reading;
    struct sim_history_found *found = reader->found;
    enum sim_history_model model = reading->model;

    if (reading->initial_from == SIM_HISTORY_INITIAL_GIVEN)
        found->initial = reading->initial;
    else if (model == SIM_HISTORY_COUNTER)
        found->initial = 0;
    else if ((model == SIM_HISTORY_REGISTER || model == SIM_HISTORY_KV) && !is_lines(reader) &&
             found->format != SIM_HISTORY_LOG && reader->zeros > 0 && begins_with_zero(found))
        found->initial = 0;
    else
        found->initial = SIM_NIL;
    found->nil_reads = reading->nil_reads;
    if (found->nil_reads != SIM_HISTORY_NIL_BY_FILE)
        return;
    /* where the state never is nothing, nil can't be what was seen */
    if (model == SIM_HISTORY_SET || (found->initial != SIM_NIL && reader->deletes == 0))
        found->nil_reads = SIM_HISTORY_NIL_UNKNOWN;
    else
        found->nil_reads = SIM_HISTORY_NIL_VALUE;
}

/* -- the end ----------------------------------------------------------------------------------- */

static bool is_dropped(const struct sim_history_found *found,
                       const struct sim_linear_operation *operation)
{
    if (operation->kind == DROPPED)
        return true;
    if (operation->kind != SIM_LINEAR_READ)
        return false;
    return operation->returned == SIM_LINEAR_OPEN ||
           (operation->value == SIM_NIL && operation->items == NULL &&
            found->nil_reads == SIM_HISTORY_NIL_UNKNOWN);
}

static void drop(struct sim_history_found *found)
{
    size_t kept = 0;

    for (size_t i = 0; i < found->count; i++) {
        if (is_dropped(found, &found->operations[i]))
            continue;
        if (kept < i) {
            found->operations[kept] = found->operations[i];
            found->origins[kept] = found->origins[i];
        }
        kept++;
    }
    found->counts.dropped = found->count - kept;
    found->count = kept;
}

struct place {
    uint64_t at;
    size_t event; /* twice the operation, plus one if it returns */
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}

/* Completions alone: operations in order of their earliest beginnings, places counted anew. */
static void sort_bare(struct sim_history_found *found)
{
    struct place *places = sim_alloc_array(found->count * 2, sizeof(*places));
    struct sim_linear_operation *operations = sim_alloc_array(found->count, sizeof(*operations));
    struct sim_history_origin *origins = sim_alloc_array(found->count, sizeof(*origins));
    size_t count = 0, sorted = 0;

    for (size_t i = 0; i < found->count; i++) {
        places[count++] = (struct place){ found->operations[i].invoked, 2 * i };
        if (found->operations[i].returned != SIM_LINEAR_OPEN)
            places[count++] = (struct place){ found->operations[i].returned, 2 * i + 1 };
    }
    sim_sort(places, count, sizeof(*places), compare_places);
    for (size_t i = 0; i < count; i++) {
        struct sim_linear_operation *operation = &found->operations[places[i].event / 2];

        if (places[i].event % 2 == 0)
            operation->invoked = i;
        else
            operation->returned = i;
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].event % 2 == 0) {
            operations[sorted] = found->operations[places[i].event / 2];
            origins[sorted++] = found->origins[places[i].event / 2];
        }
    }
    sim_free(found->operations);
    sim_free(found->origins);
    sim_free(places);
    found->operations = operations;
    found->origins = origins;
}

void sim_reader_close(struct sim_reader *reader)
{
    struct sim_history_found *found = reader->found;
    struct sim_history_counts *counts = &found->counts;

    counts->unknown = counts->operations - counts->ok - counts->failed;
    choose(reader);
    drop(found);
    if (reader->bare)
        sort_bare(found);
    for (size_t i = 0; i < found->count && !found->has_times; i++) {
        struct sim_linear_operation *operation = &found->operations[i];

        operation->time_invoked = (int64_t)operation->invoked;
        if (operation->returned != SIM_LINEAR_OPEN)
            operation->time_returned = (int64_t)operation->returned;
    }
}
