/* types.c - what the single values of field tables look like: their nouns, units and ranges. */
#include "sim/core/units.h"
#include "sim/scenario/bind.h"

#include <assert.h>
#include <string.h>

union value {
    sim_time duration;
    int64_t integer;
    double number;
    uint64_t size;
    struct sim_rate rate;
    struct sim_ppm_range ppm;
};

static const char *const nouns[] = {
    [SIM_FIELD_DURATION] = "a duration, such as 250ms",
    [SIM_FIELD_INTEGER] = "a whole number",
    [SIM_FIELD_NUMBER] = "a number",
    [SIM_FIELD_BOOLEAN] = "true or false",
    [SIM_FIELD_CHOICE] = "one of",
    [SIM_FIELD_PROBABILITY] = "a probability, such as 1% or 0.01",
    [SIM_FIELD_SHARE] = "a share, such as 99.5% or 0.995",
    [SIM_FIELD_RATE] = "a rate, such as 200/s",
    [SIM_FIELD_SIZE] = "a size, such as 10MiB",
    [SIM_FIELD_BANDWIDTH] = "a bandwidth, such as 100Mbit/s",
    [SIM_FIELD_DISTRIBUTION] =
        "a duration, a range such as 1ms..3ms, or a distribution such as {exponential: 5ms}",
    [SIM_FIELD_POPULARITY] = "uniform, {zipf: 0.99}, {latest: 0.99} or {hotspot: {keys: 20%, share: 80%}}",
    [SIM_FIELD_PPM] = "a drift, such as 50ppm or -100ppm..100ppm",
    [SIM_FIELD_TEXT] = "a text",
    [SIM_FIELD_OBJECT] = "a mapping",
    [SIM_FIELD_MIX] = "a mapping of shares that sum to 100%, of",
    [SIM_FIELD_OPERATIONS] =
        "a list of operations, such as [{at: 1s, client: 0, write: {key: 3, value: 17}}]",
    [SIM_FIELD_LIST] = "a list of mappings",
    [SIM_FIELD_GROUP] = "the name of a node group",
    [SIM_FIELD_LABEL] = "the label of a fault",
};

const char *sim_bind_least(const struct sim_field *field)
{
    bool time = field->type == SIM_FIELD_DURATION || field->type == SIM_FIELD_DISTRIBUTION;

    return field->least == NULL && time ? "0" : field->least;
}

const char *sim_bind_most(const struct sim_field *field)
{
    bool time = field->type == SIM_FIELD_DURATION || field->type == SIM_FIELD_DISTRIBUTION;

    return field->most == NULL && time ? "36525d" : field->most; /* SIM_TIME_LIMIT */
}

const char *sim_bind_expected(struct sim_binder *binder, const struct sim_field *field)
{
    const char *text = sim_bind_text(binder, "expected %s", nouns[field->type]);
    const char *least = field->least, *most = field->most;

    if (field->choices != NULL)
        for (size_t i = 0; field->choices[i] != NULL; i++)
            text = sim_bind_text(binder, "%s%s%s", text, i == 0 ? ": " : ", ", field->choices[i]);
    if (least != NULL && most != NULL)
        text = sim_bind_text(binder, "%s, from %s to %s", text, least, most);
    else if (least != NULL)
        text = sim_bind_text(binder, "%s, at least %s", text, least);
    else if (most != NULL)
        text = sim_bind_text(binder, "%s, at most %s", text, most);
    if (field->standard != NULL && field->standard[0] != '\0')
        text = sim_bind_text(binder, "%s (default %s)", text, field->standard);
    return text;
}

static const char *parse_choice(const struct sim_field *field, const char *value, int64_t *out,
                                char text[160])
{
    for (size_t i = 0; field->choices[i] != NULL; i++)
        if (strcmp(value, field->choices[i]) == 0) {
            *out = (int64_t)i;
            return NULL;
        }
    (void)text;
    return "no such choice";
}

const char *sim_bind_parse(const struct sim_field *field, const char *value, void *out,
                           char text[160])
{
    switch (field->type) {
    case SIM_FIELD_DURATION:
    case SIM_FIELD_DISTRIBUTION: /* its bounds */
        return sim_units_duration(value, out, text);
    case SIM_FIELD_INTEGER:
        return sim_units_integer(value, out, text);
    case SIM_FIELD_NUMBER:
        return sim_units_number(value, out, text);
    case SIM_FIELD_BOOLEAN:
        return sim_units_boolean(value, out, text);
    case SIM_FIELD_CHOICE:
        return parse_choice(field, value, out, text);
    case SIM_FIELD_PROBABILITY:
        return sim_units_probability(value, out, text);
    case SIM_FIELD_SHARE:
        return sim_units_share(value, out, text);
    case SIM_FIELD_RATE:
        return sim_units_rate(value, out, text);
    case SIM_FIELD_SIZE:
        return sim_units_size(value, out, text);
    case SIM_FIELD_BANDWIDTH:
        return sim_units_bandwidth(value, out, text);
    case SIM_FIELD_PPM:
        return sim_units_ppm(value, out, text);
    default:
        assert(false); /* no type that is one value with a unit */
        return NULL;
    }
}

/* Below 0, 0 or above 0, as A is less than, equal to or more than B. */
static int compare(enum sim_field_type type, const union value *a, const union value *b)
{
    switch (type) {
    case SIM_FIELD_NUMBER:
        return (a->number > b->number) - (a->number < b->number);
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
        return (a->size > b->size) - (a->size < b->size);
    case SIM_FIELD_RATE: {
        sim_wide left = (sim_wide)a->rate.count * (sim_wide)b->rate.per;
        sim_wide right = (sim_wide)b->rate.count * (sim_wide)a->rate.per;

        return (left > right) - (left < right);
    }
    default: /* durations and whole numbers */
        return (a->integer > b->integer) - (a->integer < b->integer);
    }
}

static bool is_beyond(const struct sim_field *field, const void *value, const char *bound,
                      int direction)
{
    union value limit = { 0 }, given = { 0 };
    char text[SIM_UNITS_TEXT];
    const char *wrong;

    if (bound == NULL)
        return false;
    wrong = sim_bind_parse(field, bound, &limit, text);
    assert(wrong == NULL);
    (void)wrong;
    switch (field->type) {
    case SIM_FIELD_PPM:
        memcpy(&given.ppm, value, sizeof(given.ppm));
        return direction < 0 ? given.ppm.low_ppb < limit.ppm.low_ppb
                             : given.ppm.high_ppb > limit.ppm.high_ppb;
    case SIM_FIELD_RATE:
        memcpy(&given.rate, value, sizeof(given.rate));
        break;
    default:
        memcpy(&given.integer, value, sizeof(given.integer));
        break;
    }
    return compare(field->type, &given, &limit) * direction > 0;
}

bool sim_bind_is_outside(const struct sim_field *field, const void *value)
{
    switch (field->type) {
    case SIM_FIELD_DURATION:
    case SIM_FIELD_DISTRIBUTION:
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_RATE:
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
    case SIM_FIELD_PPM:
        return is_beyond(field, value, sim_bind_least(field), -1) ||
               is_beyond(field, value, sim_bind_most(field), 1);
    default:
        return false;
    }
}
