/* "kind=append,vote;node=store-2;from=1s;to=2s" */
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/observe/names.h"
#include "sim/observe/trace.h"

#include <string.h>

struct part { /* of the text, not terminated */
    const char *text;
    size_t length;
};

static bool is_key(const struct part *key, const char *name)
{
    return key->length == strlen(name) && memcmp(key->text, name, key->length) == 0;
}

/* What a message shows of a part: all of it, or its beginning. */
static int shown(const struct part *part)
{
    return part->length < 40 ? (int)part->length : 40;
}

/* Cuts the text up to the next STOP (or the end) off REST. */
static struct part cut(const char **rest, char stop)
{
    const char *end = strchr(*rest, stop);
    struct part part = { *rest, end != NULL ? (size_t)(end - *rest) : strlen(*rest) };

    *rest += part.length + (end != NULL ? 1 : 0);
    return part;
}

/* A NULL-terminated list of the names in VALUE, one block of memory; NULL if one of them is empty.
 */
static const char *const *split(const struct part *value)
{
    size_t count = 1;
    char **list, *at;

    for (size_t i = 0; i < value->length; i++)
        count += value->text[i] == ',' ? 1 : 0;
    list = sim_alloc((count + 1) * sizeof(*list) + value->length + 1);
    at = (char *)(list + count + 1);
    memcpy(at, value->text, value->length);
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(at, ",");

        if (length == 0) {
            sim_free(list);
            return NULL;
        }
        list[i] = at;
        at[length] = '\0';
        at += length + 1;
    }
    return (const char *const *)list;
}

static const char *parse_list(const char *const **list, const struct part *key,
                              const struct part *value, char text[SIM_TRACE_TEXT])
{
    if (*list != NULL) {
        snprintf(text, SIM_TRACE_TEXT, "'%.*s' is given twice: one list, with commas", shown(key),
                 key->text);
        return text;
    }
    *list = split(value);
    if (*list == NULL) {
        snprintf(text, SIM_TRACE_TEXT, "'%.*s' has an empty name in its list", shown(key),
                 key->text);
        return text;
    }
    return NULL;
}

static const char *parse_time(sim_time *time, bool *given, const struct part *key,
                              const struct part *value, char text[SIM_TRACE_TEXT])
{
    char copy[64], detail[SIM_UNITS_TEXT];
    const char *wrong;

    if (*given) {
        snprintf(text, SIM_TRACE_TEXT, "'%.*s' is given twice", shown(key), key->text);
        return text;
    }
    *given = true;
    if (value->length >= sizeof(copy)) {
        snprintf(text, SIM_TRACE_TEXT, "'%.*s' is too long for a duration", shown(key), key->text);
        return text;
    }
    memcpy(copy, value->text, value->length);
    copy[value->length] = '\0';
    wrong = sim_units_duration(copy, time, detail);
    if (wrong == NULL && *time < 0)
        wrong = "a trace starts at 0";
    if (wrong != NULL) {
        snprintf(text, SIM_TRACE_TEXT, "'%.*s': %.100s", shown(key), key->text, wrong);
        return text;
    }
    return NULL;
}

static const char *check_nodes(const struct sim_trace_filter *filter, const struct sim_plan *plan,
                               char text[SIM_TRACE_TEXT])
{
    struct sim_names names;
    uint32_t first, count;
    const char *wrong = NULL;

    if (filter->nodes == NULL)
        return NULL;
    sim_names_init(&names, plan);
    for (size_t i = 0; filter->nodes[i] != NULL && wrong == NULL; i++) {
        if (!sim_names_find(&names, filter->nodes[i], &first, &count))
            wrong = filter->nodes[i];
    }
    sim_names_finish(&names);
    if (wrong == NULL)
        return NULL;
    if (plan->group_count > 0 && plan->groups[0].count > 0)
        snprintf(text, SIM_TRACE_TEXT,
                 "no node or group '%.40s': expected '%.30s' or '%.30s-0', say", wrong,
                 plan->groups[0].name, plan->groups[0].name);
    else
        snprintf(text, SIM_TRACE_TEXT, "no node or group '%.40s'", wrong);
    return text;
}

struct given {
    bool from, to;
};

static const char *parse_part(struct sim_trace_filter *filter, struct given *given,
                              const struct part *part, char text[SIM_TRACE_TEXT])
{
    const char *equals = memchr(part->text, '=', part->length);
    struct part key = *part, value;

    if (equals == NULL) {
        snprintf(text, SIM_TRACE_TEXT,
                 "'%.*s' is no filter: expected kind=, node=, from= or to=", shown(part),
                 part->text);
        return text;
    }
    key.length = (size_t)(equals - part->text);
    value = (struct part){ equals + 1, part->length - key.length - 1 };
    if (is_key(&key, "kind"))
        return parse_list(&filter->kinds, &key, &value, text);
    if (is_key(&key, "node"))
        return parse_list(&filter->nodes, &key, &value, text);
    if (is_key(&key, "from"))
        return parse_time(&filter->from, &given->from, &key, &value, text);
    if (is_key(&key, "to"))
        return parse_time(&filter->to, &given->to, &key, &value, text);
    snprintf(text, SIM_TRACE_TEXT,
             "no filter by '%.*s': expected kind=, node=, from= or to=", shown(&key), key.text);
    return text;
}

const char *sim_trace_filter_parse(struct sim_trace_filter *filter, const struct sim_plan *plan,
                                   const char *spec, char text[SIM_TRACE_TEXT])
{
    const char *wrong = NULL, *rest = spec;
    struct given given = { false, false };

    *filter = (struct sim_trace_filter){ .to = SIM_TIME_NEVER };
    if (*spec == '\0') {
        snprintf(text, SIM_TRACE_TEXT, "an empty filter: expected kind=, node=, from= or to=");
        return text;
    }
    while (wrong == NULL && *rest != '\0') {
        struct part part = cut(&rest, ';');

        wrong = parse_part(filter, &given, &part, text);
    }
    if (wrong == NULL && filter->from > filter->to) {
        char from[SIM_TIME_TEXT], to[SIM_TIME_TEXT];

        snprintf(text, SIM_TRACE_TEXT, "'from' (%s) lies after 'to' (%s)",
                 sim_time_text(from, filter->from), sim_time_text(to, filter->to));
        wrong = text;
    }
    if (wrong == NULL)
        wrong = check_nodes(filter, plan, text);
    if (wrong != NULL)
        sim_trace_filter_finish(filter);
    return wrong;
}

void sim_trace_filter_finish(struct sim_trace_filter *filter)
{
    sim_free((void *)(uintptr_t)filter->kinds);
    sim_free((void *)(uintptr_t)filter->nodes);
    *filter = (struct sim_trace_filter){ .to = SIM_TIME_NEVER };
}
