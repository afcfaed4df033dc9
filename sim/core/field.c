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
