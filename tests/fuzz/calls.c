/* calls.c - calls through any filters with any parameters, under faults of callers and callees.
 *
 * Bytes that are read as text hardly ever are a scenario with `calls:`. Here they are choices:
 * which filters stand in a list, which of their parameters are given, and which value each has,
 * mostly the ends of its range and what lies beyond; so most inputs load, and arithmetic that may
 * overflow, budgets of nothing, probes that never come and the like are run. What the loader
 * refuses it has to refuse in words, as everywhere. */
#include "models/models.h"
#include "sim/world/filter.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/running.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 16384, FILTERS_MAX = 5, FAULTS_MAX = 4, DEPTH_MAX = 3 };

struct source { /* of choices: 0s when it is used up */
    const uint8_t *data;
    size_t size, at;
};

struct text {
    char bytes[TEXT_MAX];
    size_t length;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->bytes + text->length, TEXT_MAX - text->length, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < TEXT_MAX - text->length)
        text->length += (size_t)length;
}

/* From 0 to COUNT - 1. */
static size_t choose(struct source *source, size_t count)
{
    return source->at < source->size ? source->data[source->at++] % count : 0;
}

static const char *one_of(struct source *source, const char *const *words)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    return words[choose(source, count)];
}

/* -- parameters -------------------------------------------------------------------------------- */

static const char *const durations[] = { "0",     "1ns", "1us", "1ms", "3ms", "20ms",
                                         "100ms", "1s",  "1h",  "1d",  NULL };
static const char *const integers[] = { "1", "2", "3", "5", "16", NULL };
static const char *const beyond[] = { "-1",    "9223372036854775807", "101%", "106751d",
                                      "1e308", "1000000000000/s",     "0",    NULL };
static const char *const shares[] = {
    "0", "0.0001%", "10%", "50%", "99.9999%", "100%", "101%", NULL
};
static const char *const rates[] = { "0",      "1/d",          "1/h",
                                     "1/s",    "1000/s",       "1000000000/s",
                                     "1/365d", "1000000000/h", NULL };
static const char *const distributions[] = { "0",
                                             "1us",
                                             "5ms",
                                             "0..1d",
                                             "1us..20ms",
                                             "{exponential: 1ms}",
                                             "{pareto: {scale: 1us, shape: 0.01}}",
                                             "{normal: {mean: 0s, deviation: 1d}}",
                                             "1d",
                                             NULL };

/* A value of FIELD that can be written as a word; NULL: it has none here. */
static const char *value_of(struct source *source, const struct sim_field *field)
{
    static const char *const booleans[] = { "false", "true", NULL };
    const size_t end = choose(source, 32);

    if (end == 0)
        return one_of(source, beyond);
    if (end < 8 && field->least != NULL)
        return field->least;
    if (end < 16 && field->most != NULL)
        return field->most;
    if (end < 20 && field->standard != NULL && field->standard[0] != '\0')
        return field->standard;
    switch (field->type) {
    case SIM_FIELD_DURATION:
        return one_of(source, durations);
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_NUMBER:
        return one_of(source, integers);
    case SIM_FIELD_SHARE:
    case SIM_FIELD_PROBABILITY:
        return one_of(source, shares);
    case SIM_FIELD_RATE:
        return one_of(source, rates);
    case SIM_FIELD_DISTRIBUTION:
        return one_of(source, distributions);
    case SIM_FIELD_BOOLEAN:
        return one_of(source, booleans);
    case SIM_FIELD_CHOICE:
        return one_of(source, field->choices);
    default:
        return NULL;
    }
}

/* Those that have to be given, and some others. */
static void add_fields(struct text *text, struct source *source, const struct sim_field *fields,
                       int depth)
{
    bool any = false;

    add(text, "{");
    for (; fields != NULL && fields->name != NULL; fields++) {
        const bool given = fields->standard == NULL || choose(source, 2) == 1;
        const char *value;

        if (!given || (fields->type == SIM_FIELD_OBJECT && depth == DEPTH_MAX))
            continue;
        if (fields->type == SIM_FIELD_OBJECT) {
            add(text, "%s%s: ", any ? ", " : "", fields->name);
            add_fields(text, source, fields->fields, depth + 1);
            any = true;
            continue;
        }
        value = value_of(source, fields);
        if (value == NULL)
            continue;
        add(text, "%s%s: %s", any ? ", " : "", fields->name, value);
        any = true;
    }
    add(text, "}");
}

/* -- a scenario -------------------------------------------------------------------------------- */

static void add_chain(struct text *text, struct source *source, const char *who)
{
    const struct sim_filter *const *filters = sim_filters();
    const size_t count = choose(source, FILTERS_MAX + 1);
    size_t known = 0;

    while (filters[known] != NULL)
        known++;
    add(text, "  %s:%s\n", who, count == 0 ? " []" : "");
    for (size_t i = 0; i < count; i++) {
        const struct sim_filter *filter = filters[choose(source, known)];

        add(text, "    - %s: ", filter->name);
        add_fields(text, source, filter->params.fields, 0);
        add(text, "\n");
    }
}

static void add_nodes(struct text *text, struct source *source)
{
    static const char *const loads[] = { "rate: 300/s", "processes: 5, think: 2ms",
                                         "rate: 50/s, curve: {shape: spike, to: 100000/s, for: 1s}",
                                         NULL };
    static const char *const servers[] = { "failure: 50%",
                                           "failure: 100%, pushes_back: true",
                                           "processor: {workers: 1, queue: 2, cost: 5ms}",
                                           "threads: 1, queue: 1",
                                           "remembers: true, disk: {sync: 1ms}",
                                           NULL };
    static const char *const stores[] = { "single", "primary-replica, count: 3", "raft, count: 3",
                                          NULL };

    add(text, "version: 1\nduration: 10s\nseed: %zu\nnetwork: {latency: %s, loss: %s}\nnodes:\n",
        choose(source, 250), choose(source, 2) ? "1us..2ms" : "0", choose(source, 2) ? "5%" : "0");
    add(text, "  clients: {model: service-client, target: front, count: 2, timeout: %s, %s}\n",
        choose(source, 2) ? "1m" : "2ms", one_of(source, loads));
    add(text, "  front: {model: service, calls: [{to: back}], order: parallel, patience: %s}\n",
        choose(source, 2) ? "1m" : "1ms");
    add(text, "  back: {model: service, count: 2, %s}\n", one_of(source, servers));
    add(text, "  app: {model: kv-client, target: store, rate: 100/s}\n");
    add(text, "  store: {model: %s}\n", one_of(source, stores));
}

static void add_faults(struct text *text, struct source *source)
{
    static const char *const kinds[] = { "crash",   "pause", "power_loss", "slow",
                                         "isolate", "kill",  NULL };
    static const char *const whom[] = { "clients", "front", "back", "app", "store", NULL };
    const size_t count = choose(source, FAULTS_MAX + 1);
    const char *who = whom[0];
    size_t at = 0;

    add(text, "faults:%s\n", count == 0 ? " []" : "");
    for (size_t i = 0; i < count; i++) {
        const char *kind = one_of(source, kinds);
        const bool ends = strcmp(kind, "kill") != 0;

        /* what hits those again that are hit is what goes wrong */
        if (i == 0 || choose(source, 2) == 0)
            who = one_of(source, whom);
        at += 1 + choose(source, 12);
        add(text, "  - {at: %zums, %s: %s%s%s}\n", at, kind, who,
            !ends               ? ""
            : choose(source, 2) ? ", for: 5ms"
                                : ", for: 100ms",
            strcmp(kind, "slow") == 0 ? ", factor: 100" : "");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = { data, size, 0 };
    struct text text = { .length = 0 };

    add_nodes(&text, &source);
    add_faults(&text, &source);
    add(&text, "calls:\n");
    add_chain(&text, &source, "clients");
    add_chain(&text, &source, "front");
    add_chain(&text, &source, "app");
    add(&text, "expect: [amplification: {clients: clients, of: back, at_most: 2}]\n");
    run_text(text.bytes, text.length);
    return 0;
}
