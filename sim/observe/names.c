#include "sim/observe/names.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void sim_names_init(struct sim_names *names, const struct sim_plan *plan)
{
    names->plan = plan;
    names->first = sim_alloc_array((size_t)plan->group_count + 1, sizeof(*names->first));
    for (uint32_t i = 0; i < plan->group_count; i++)
        names->first[i + 1] = names->first[i] + plan->groups[i].count;
}

void sim_names_finish(struct sim_names *names)
{
    sim_free(names->first);
    names->first = NULL;
}

uint32_t sim_names_nodes(const struct sim_names *names)
{
    return names->first[names->plan->group_count];
}

uint32_t sim_names_group(const struct sim_names *names, uint32_t node)
{
    uint32_t low = 0, high = names->plan->group_count;

    assert(node < sim_names_nodes(names));
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (names->first[middle] <= node)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void sim_names_write(const struct sim_names *names, uint32_t node, struct sim_output *output)
{
    uint32_t group = sim_names_group(names, node);

    sim_output_text(output, names->plan->groups[group].name);
    sim_output_bytes(output, "-", 1);
    sim_output_natural(output, node - names->first[group]);
}

const char *sim_names_text(const struct sim_names *names, uint32_t node, char text[64])
{
    uint32_t group = sim_names_group(names, node);

    snprintf(text, 64, "%s-%u", names->plan->groups[group].name, node - names->first[group]);
    return text;
}

/* The number in TEXT, plain decimal without leading zeros and below LIMIT. */
static bool parse_member(const char *text, uint32_t limit, uint32_t *member)
{
    uint64_t value = 0;

    if (*text == '\0' || (*text == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value >= limit)
            return false;
    }
    *member = (uint32_t)value;
    return true;
}

bool sim_names_find(const struct sim_names *names, const char *name, uint32_t *first,
                    uint32_t *count)
{
    for (uint32_t i = 0; i < names->plan->group_count; i++) {
        const struct sim_group_plan *group = &names->plan->groups[i];
        size_t length = strlen(group->name);
        uint32_t member;

        if (strncmp(name, group->name, length) != 0)
            continue;
        if (name[length] == '\0') {
            *first = names->first[i];
            *count = group->count;
            return true;
        }
        if (name[length] == '-' && parse_member(name + length + 1, group->count, &member)) {
            *first = names->first[i] + member;
            *count = 1;
            return true;
        }
    }
    return false;
}
