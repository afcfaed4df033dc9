#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/condition.h"

#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "tools/orrery/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 5 };

/* -- parsing ----------------------------------------------------------------------------------- */

/* Cuts COPY at its blanks; more than there is room for are not told apart from one too many. */
static size_t cut(char *copy, const char *words[WORDS_MAX + 1])
{
    char *rest, *word = strtok_r(copy, " \t", &rest);
    size_t count = 0;

    for (; word && count <= WORDS_MAX; word = strtok_r(NULL, " \t", &rest))
        words[count++] = word;
    return count;
}

static bool find_nodes(struct condition *condition, const struct inspection *inspection,
                       const char *name)
{
    return sim_names_find(sim_recorder_names(inspection->recorder), name, &condition->first,
                          &condition->count);
}

static bool read_comparison(const char *word, enum comparison *comparison)
{
    static const char *const words[] = {
        [IS] = "=", [IS_NOT] = "!=", [LESS] = "<", [AT_MOST] = "<=", [MORE] = ">", [AT_LEAST] = ">="
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            *comparison = (enum comparison)i;
            return true;
        }
    }
    return false;
}

static bool read_value(const struct sim_field *field, const char *word, int64_t *value)
{
    char *end;

    if (field->type == SIM_FIELD_FLAG) {
        *value = strcmp(word, "yes") == 0 || strcmp(word, "true") == 0;
        return *value || strcmp(word, "no") == 0 || strcmp(word, "false") == 0;
    }
    for (int64_t i = 0; field->choices && field->choices[i]; i++) {
        if (strcmp(field->choices[i], word) == 0) {
            *value = i;
            return true;
        }
    }
    if (strcmp(word, "-") == 0) {
        *value = SIM_NIL;
        return true;
    }
    errno = 0;
    *value = strtoll(word, &end, 10);
    return errno == 0 && end != word && *end == '\0' && !field->choices;
}

/* "store-2", "role", "=", "leader" */
static const char *parse_state(struct condition *condition, const struct inspection *inspection,
                               const char *const words[4], char text[CONDITION_TEXT])
{
    const struct sim_model *model;
    uint32_t group;

    condition->kind = CONDITION_STATE;
    if (!find_nodes(condition, inspection, words[0])) {
        snprintf(text, CONDITION_TEXT, "no node or group '%.40s'", words[0]);
        return text;
    }
    group = sim_world_node_group(inspection->world, condition->first);
    model = inspection->plan->groups[group].model;
    condition->field = state_field(model, words[1]);
    if (!condition->field) {
        snprintf(text, CONDITION_TEXT,
                 "the state of %.40s has no field '%.40s': 'state %.40s' "
                 "shows what it has",
                 model->name, words[1], words[0]);
        return text;
    }
    if (!read_value(condition->field, words[3], &condition->value)) {
        snprintf(text, CONDITION_TEXT, "'%.40s' is no value of '%.40s': expected %s", words[3],
                 words[1],
                 condition->field->type == SIM_FIELD_FLAG ? "yes or no"
                 : condition->field->choices              ? "one of its names, or -"
                                                          : "a whole number, or -");
        return text;
    }
    return NULL;
}

static bool is_sort(const char *word)
{
    for (int i = 0; i < SIM_HAPPENING_KINDS; i++) {
        if (strcmp(sim_happening_kind_names[i], word) == 0)
            return true;
    }
    return false;
}

/* "message", "append-entries", "at", "store-2" */
static const char *parse_event(struct condition *condition, const struct inspection *inspection,
                               const char *const *words, size_t count, char text[CONDITION_TEXT])
{
    condition->kind = CONDITION_EVENT;
    if (count >= 2 && strcmp(words[count - 2], "at") == 0) {
        if (!find_nodes(condition, inspection, words[count - 1])) {
            snprintf(text, CONDITION_TEXT, "no node or group '%.40s'", words[count - 1]);
            return text;
        }
        count -= 2;
    }
    if (count > 0 && is_sort(words[0])) {
        condition->sort = words[0];
        words++;
        count--;
    }
    if (count > 0) {
        condition->what = words[0];
        count--;
    }
    if (count > 0 || (!condition->sort && !condition->what))
        return "expected a time, what happens (message append-entries at store-2), or a state "
               "(store-2 role = leader)";
    if (condition->sort &&
        (strcmp(condition->sort, "send") == 0 || strcmp(condition->sort, "drop") == 0))
        return "sends and drops are no events of a node: wait for the message, or look at 'flight'";
    return NULL;
}

const char *condition_parse(struct condition *condition, const struct inspection *inspection,
                            const char *line, char text[CONDITION_TEXT])
{
    const char *words[WORDS_MAX + 1];
    char detail[SIM_UNITS_TEXT];
    size_t count;

    *condition = (struct condition){ .words = sim_copy_text(line) };
    count = cut(condition->words, words);
    if (count == 1 && strchr("0123456789.", words[0][0])) {
        const char *wrong = sim_units_duration(words[0], &condition->time, detail);

        if (wrong)
            snprintf(text, CONDITION_TEXT, "%s", wrong);
        return wrong ? text : NULL;
    }
    if (count == 4 && read_comparison(words[2], &condition->comparison))
        return parse_state(condition, inspection, words, text);
    return parse_event(condition, inspection, words, count, text);
}

void condition_finish(struct condition *condition)
{
    sim_free(condition->words);
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool compare(enum comparison comparison, int64_t a, int64_t b)
{
    switch (comparison) {
    case IS:
        return a == b;
    case IS_NOT:
        return a != b;
    case LESS:
        return a < b;
    case AT_MOST:
        return a <= b;
    case MORE:
        return a > b;
    case AT_LEAST:
        break;
    }
    return a >= b;
}

/* A node that is down has no state. */
static bool has_state(const struct condition *condition, const struct inspection *inspection)
{
    struct sim_node_status status;

    for (uint32_t i = 0; i < condition->count; i++) {
        sim_world_node_status(inspection->world, condition->first + i, &status);
        if (!status.is_down &&
            compare(condition->comparison, state_word(&status, condition->field), condition->value))
            return true;
    }
    return false;
}

static bool matches(const struct condition *condition, const struct moment_kept *moment)
{
    if (condition->sort && strcmp(condition->sort, sim_happening_kind_names[moment->kind]) != 0)
        return false;
    if (condition->what && (!moment->what || strcmp(condition->what, moment->what) != 0))
        return false;
    return condition->count == 0 ||
           (moment->node != SIM_NO_GROUP && moment->node - condition->first < condition->count);
}

bool condition_is_met(const struct condition *condition, const struct inspection *inspection,
                      size_t before)
{
    switch (condition->kind) {
    case CONDITION_TIME:
        return sim_world_time(inspection->world) >= condition->time;
    case CONDITION_STATE:
        return has_state(condition, inspection);
    case CONDITION_EVENT:
        break;
    }
    for (size_t i = before; i < inspection->chronicle.count; i++) {
        if (matches(condition, &inspection->chronicle.moments[i]))
            return true;
    }
    return false;
}
