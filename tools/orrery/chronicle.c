#include "tools/orrery/chronicle.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void keep_words(struct chronicle *chronicle, const struct sim_happening *happening)
{
    size_t count = happening->record->words;

    if (chronicle->word_count + count > chronicle->word_capacity)
        chronicle->words = sim_grow(chronicle->words, &chronicle->word_capacity,
                                    chronicle->word_count + count, sizeof(*chronicle->words));
    memcpy(chronicle->words + chronicle->word_count, happening->words,
           count * sizeof(*chronicle->words));
    chronicle->word_count += count;
}

static void keep_operation(struct chronicle *chronicle)
{
    if (chronicle->operation_count == chronicle->operation_capacity)
        chronicle->operations =
            sim_grow(chronicle->operations, &chronicle->operation_capacity,
                     chronicle->operation_count + 1, sizeof(*chronicle->operations));
    chronicle->operations[chronicle->operation_count++] = chronicle->count;
}

void chronicle_keep(void *context, const struct sim_happening *happening)
{
    struct chronicle *chronicle = context;
    bool has_words = happening->record && happening->words;

    if (happening->kind == SIM_HAPPENED_SEND || happening->kind == SIM_HAPPENED_DROP)
        return;
    chronicle->is_full = chronicle->is_full || chronicle->count == CHRONICLE_MAX;
    if (chronicle->is_full)
        return;
    if (chronicle->count == chronicle->capacity)
        chronicle->moments = sim_grow(chronicle->moments, &chronicle->capacity,
                                      chronicle->count + 1, sizeof(*chronicle->moments));
    if (happening->kind == SIM_HAPPENED_INVOKE || happening->kind == SIM_HAPPENED_COMPLETE)
        keep_operation(chronicle);
    chronicle->moments[chronicle->count++] = (struct moment_kept){
        .id = happening->id,
        .cause = happening->cause,
        .time = happening->time,
        .what = happening->what,
        /* a violation's text lives no longer than the call */
        .reason = happening->kind == SIM_HAPPENED_VIOLATION ? NULL : happening->reason,
        .record = has_words ? happening->record : NULL,
        .words = chronicle->word_count,
        .node = happening->node,
        .peer = happening->peer,
        .kind = happening->kind,
    };
    if (has_words)
        keep_words(chronicle, happening);
}

void chronicle_finish(struct chronicle *chronicle)
{
    sim_free(chronicle->moments);
    sim_free(chronicle->words);
    sim_free(chronicle->operations);
}

bool chronicle_is_event(const struct moment_kept *moment)
{
    return moment->cause != moment->id;
}

size_t chronicle_find(const struct chronicle *chronicle, uint64_t id)
{
    size_t low = 0, high = chronicle->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (chronicle->moments[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < chronicle->count && chronicle->moments[low].id == id ? low : chronicle->count;
}

/* "term 3, index 7" */
static void put_words(const struct chronicle *chronicle, const struct moment_kept *moment,
                      char text[EVENT_BODY])
{
    size_t used = 0;

    for (uint32_t i = 0; i < moment->record->words && used < EVENT_BODY; i++) {
        size_t length;
        const char *name = sim_record_field(moment->record, i, &length);
        int64_t word = chronicle->words[moment->words + i];
        int n = word == SIM_NIL ? snprintf(text + used, EVENT_BODY - used, "%s%.*s -",
                                           i > 0 ? ", " : "", (int)length, name)
                                : snprintf(text + used, EVENT_BODY - used, "%s%.*s %" PRId64,
                                           i > 0 ? ", " : "", (int)length, name, word);

        used += n > 0 ? (size_t)n : 0;
    }
}

static const char *preposition(enum sim_happening_kind kind)
{
    switch (kind) {
    case SIM_HAPPENED_MESSAGE:
    case SIM_HAPPENED_REQUEST:
    case SIM_HAPPENED_REPLY:
    case SIM_HAPPENED_REFUSAL:
        return "from";
    default:
        return "with";
    }
}

void chronicle_event(const struct chronicle *chronicle, const struct moment_kept *moment,
                     const struct sim_names *names, struct event *event)
{
    char peer[EVENT_NAME];

    *event = (struct event){ .id = moment->id, .cause = moment->cause, .time = moment->time };
    snprintf(event->kind, sizeof(event->kind), "%s", sim_happening_kind_names[moment->kind]);
    if (moment->what)
        snprintf(event->what, sizeof(event->what), "%s", moment->what);
    if (moment->reason)
        snprintf(event->reason, sizeof(event->reason), "%s", moment->reason);
    if (moment->node != SIM_NO_GROUP)
        sim_names_text(names, moment->node, event->node);
    if (moment->peer != SIM_NO_GROUP)
        snprintf(event->peer, sizeof(event->peer), "%s %s", preposition(moment->kind),
                 sim_names_text(names, moment->peer, peer));
    if (moment->record)
        put_words(chronicle, moment, event->body);
}
