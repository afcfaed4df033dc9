#include "sim/core/field.h"

#include <assert.h>
#include <string.h>

const char *sim_record_field(const struct sim_record *record, uint32_t n, size_t *length)
{
    const char *at = record->fields;

    assert(n < record->words);
    for (; n > 0; n--)
        at = strchr(at, ',') + 1;
    at += strspn(at, " ");
    *length = strcspn(at, ",");
    return at;
}

size_t sim_field_item(const struct sim_field *field)
{
    const struct sim_field *item = field->fields;

    assert(field->type == SIM_FIELD_LIST);
    while (item->name)
        item++;
    assert(item->offset > 0);
    return item->offset;
}

bool sim_field_has_bare_items(const struct sim_field *list)
{
    assert(list->type == SIM_FIELD_LIST);
    for (const struct sim_field *field = list->fields + 1; field->name != NULL; field++)
        if (field->standard == NULL)
            return false;
    return list->fields[0].type == SIM_FIELD_GROUP || list->fields[0].type == SIM_FIELD_INTEGER;
}

size_t sim_field_size(const struct sim_field *field)
{
    size_t count = 0;

    switch (field->type) {
    case SIM_FIELD_DURATION:
        return sizeof(sim_time);
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_CHOICE:
        return sizeof(int64_t);
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_SHARE:
        return sizeof(double);
    case SIM_FIELD_BOOLEAN:
        return sizeof(bool);
    case SIM_FIELD_PROBABILITY:
        return sizeof(sim_probability);
    case SIM_FIELD_RATE:
        return sizeof(struct sim_rate);
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
        return sizeof(uint64_t);
    case SIM_FIELD_PPM:
        return sizeof(struct sim_ppm_range);
    case SIM_FIELD_MIX:
        while (field->choices[count])
            count++;
        return count * sizeof(int64_t);
    case SIM_FIELD_GROUP:
        return sizeof(uint32_t);
    case SIM_FIELD_DISTRIBUTION:
    case SIM_FIELD_POPULARITY:
    case SIM_FIELD_TEXT:
    case SIM_FIELD_LABEL:
    case SIM_FIELD_OPERATIONS:
        return sizeof(void *);
    case SIM_FIELD_LIST:
        return sizeof(struct sim_list);
    case SIM_FIELD_OBJECT:
    case SIM_FIELD_WORD:
    case SIM_FIELD_FLAG:
        break;
    }
    assert(false);
    return 0;
}
