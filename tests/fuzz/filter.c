/* filter.c - any text is a filter of traces or is refused in words. */
#define _POSIX_C_SOURCE 200809L

#include "sim/observe/trace.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* As short as a plan can be that has names to look up: of a group alone, of a group with digits. */
static const struct sim_group_plan groups[] = {
    { .name = "store", .count = 5 },
    { .name = "app", .count = 1 },
    { .name = "a-1", .count = 12 },
};

static void check(const struct sim_trace_filter *filter)
{
    assert(filter->from >= 0);
    assert(filter->from <= filter->to);
    for (size_t i = 0; filter->kinds != NULL && filter->kinds[i] != NULL; i++)
        assert(filter->kinds[i][0] != '\0');
    for (size_t i = 0; filter->nodes != NULL && filter->nodes[i] != NULL; i++)
        assert(filter->nodes[i][0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sim_plan plan = { .groups = groups, .group_count = 3 };
    char *spec = strndup((const char *)data, size);
    char text[SIM_TRACE_TEXT];
    struct sim_trace_filter filter;
    const char *wrong;

    assert(spec != NULL);
    memset(text, 'x', sizeof(text));
    wrong = sim_trace_filter_parse(&filter, &plan, spec, text);
    if (wrong == NULL)
        check(&filter);
    else
        assert(strnlen(wrong, SIM_TRACE_TEXT) < SIM_TRACE_TEXT);
    if (wrong != NULL) {
        assert(wrong[0] != '\0');
        assert(filter.kinds == NULL);
        assert(filter.nodes == NULL);
    }
    sim_trace_filter_finish(&filter);
    free(spec);
    return 0;
}
