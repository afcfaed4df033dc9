/* written.c - faults and actions as they struck, as the lists of a scenario.
 *
 * What an entry says beside when, whom and for how long is copied from the entry that the strike
 * came from; of a random one it is told from the table of its kind, for which every drawn value has
 * a name in decimal. */
#include "sim/core/mem.h"
#include "sim/core/units.h"
#include "sim/scenario/bind.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHORT_GROUP = 16, DIGITS_MAX = 17 };

struct writer {
    FILE *file;
    const struct sim_plan *plan;         /* with the random faults drawn */
    const struct sim_tree *const *trees; /* by fault: its entry; those that are drawn have none */
    uint32_t tree_count;
    size_t nodes; /* of the tree that the lists are */
};

/* -- the entries of the scenario --------------------------------------------------------------- */

/* As they stand in the plan: what follows a fault is behind it. */
static uint32_t list_entries(const struct sim_tree *list, const struct sim_tree **trees,
                             uint32_t count)
{
    for (uint32_t i = 0; list != NULL && list->kind == SIM_SEQUENCE && i < list->count; i++) {
        if (sim_tree_get(list->items[i], "random") != NULL)
            continue;
        if (trees != NULL)
            trees[count] = list->items[i];
        count = list_entries(sim_tree_get(list->items[i], "then"), trees, count + 1);
    }
    return count;
}

/* -- parameters -------------------------------------------------------------------------------- */

static void start_key(struct writer *writer, const char *key)
{
    fprintf(writer->file, ", %s: ", key);
    writer->nodes += 2;
}

/* The shortest decimal that is read as this number. */
static void write_number(struct writer *writer, double number)
{
    char text[64], wrong[SIM_UNITS_TEXT];
    double back = 0;

    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (sim_units_number(text, &back, wrong) == NULL && back == number)
            break;
    }
    fputs(text, writer->file);
}

static void write_ppm(struct writer *writer, int64_t ppb)
{
    const uint64_t size = ppb < 0 ? 0 - (uint64_t)ppb : (uint64_t)ppb;

    fprintf(writer->file, "%s%" PRIu64 ".%03" PRIu64 "ppm", ppb < 0 ? "-" : "", size / 1000,
            size % 1000);
}

/* Chances are drawn in millionths. */
static void write_probability(struct writer *writer, sim_probability probability)
{
    const sim_wide millionths = ((sim_wide)probability * 1000000 + ((sim_wide)1 << 63)) >> 64;

    write_number(writer, (double)(uint64_t)millionths / 1e6);
}

static void write_time(struct writer *writer, sim_time time)
{
    char text[SIM_TIME_TEXT];

    fputs(sim_time_text(text, time), writer->file);
}

/* What can be drawn, and is not left out. */
static bool is_told(const struct sim_field *field, const char *value)
{
    const struct sim_distribution *distribution;
    const size_t size = sim_field_size(field);
    size_t i = 0;

    while (i < size && value[i] == 0)
        i++;
    if (i == size && field->standard != NULL && strcmp(field->standard, SIM_OPTIONAL) == 0)
        return false;
    switch (field->type) {
    case SIM_FIELD_DURATION:
    case SIM_FIELD_INTEGER:
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_SHARE:
    case SIM_FIELD_BOOLEAN:
    case SIM_FIELD_CHOICE:
    case SIM_FIELD_PROBABILITY:
    case SIM_FIELD_SIZE:
    case SIM_FIELD_BANDWIDTH:
    case SIM_FIELD_PPM:
        return true;
    case SIM_FIELD_DISTRIBUTION: /* others than constants are the default */
        memcpy(&distribution, value, sizeof(distribution));
        return distribution == NULL ||
               sim_distribution_least(distribution) == sim_distribution_most(distribution);
    default:
        return false;
    }
}

static void write_value(struct writer *writer, const struct sim_field *field, const void *value)
{
    const struct sim_ppm_range *ppm = value;

    switch (field->type) {
    case SIM_FIELD_DURATION:
        write_time(writer, *(const sim_time *)value);
        break;
    case SIM_FIELD_INTEGER:
        fprintf(writer->file, "%" PRId64, *(const int64_t *)value);
        break;
    case SIM_FIELD_NUMBER:
    case SIM_FIELD_SHARE:
        write_number(writer, *(const double *)value);
        break;
    case SIM_FIELD_BOOLEAN:
        fputs(*(const bool *)value ? "true" : "false", writer->file);
        break;
    case SIM_FIELD_CHOICE:
        fputs(field->choices[*(const int64_t *)value], writer->file);
        break;
    case SIM_FIELD_PROBABILITY:
        write_probability(writer, *(const sim_probability *)value);
        break;
    case SIM_FIELD_SIZE:
        fprintf(writer->file, "%" PRIu64 "B", *(const uint64_t *)value);
        break;
    case SIM_FIELD_BANDWIDTH:
        fprintf(writer->file, "%" PRIu64 "B/s", *(const uint64_t *)value);
        break;
    case SIM_FIELD_DISTRIBUTION:
        write_time(writer, sim_distribution_least(*(const struct sim_distribution *const *)value));
        break;
    default:
        assert(field->type == SIM_FIELD_PPM);
        write_ppm(writer, ppm->low_ppb);
        fputs("..", writer->file);
        write_ppm(writer, ppm->high_ppb);
    }
}

static void write_drawn_params(struct writer *writer, const struct sim_fault_plan *fault)
{
    const struct sim_field *field = fault->kind->params.fields;

    for (; fault->params != NULL && field->name != NULL; field++) {
        const char *value = (const char *)fault->params + field->offset;

        if (!is_told(field, value))
            continue;
        start_key(writer, field->name);
        write_value(writer, field, value);
    }
}

static size_t count_nodes(const struct sim_tree *tree)
{
    size_t count = 1;

    for (uint32_t i = 0; tree->kind != SIM_SCALAR && i < tree->count; i++)
        count += count_nodes(tree->items[i]) + (tree->kind == SIM_MAPPING);
    return count;
}

static void write_params(struct writer *writer, const struct sim_fault_plan *fault,
                         const struct sim_tree *entry)
{
    static const char *const others[] = { "at",   "every", "between", "when", "after",
                                          "then", "for",   "label",   "turn", "luck" };

    for (uint32_t i = 0; i < entry->count; i++) {
        bool other = strcmp(entry->keys[i], fault->kind->name) == 0;

        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
            other = other || strcmp(entry->keys[i], others[k]) == 0;
        if (other)
            continue;
        start_key(writer, entry->keys[i]);
        writer->nodes += count_nodes(entry->items[i]);
        sim_tree_print_flow(entry->items[i], writer->file);
    }
}

/* -- whom -------------------------------------------------------------------------------------- */

enum { ANY_SIDE = 0 };

/* Whether NODE is one of those that stand on SIDE; of links, if LINKS, that are such an end. */
static bool stands_on(const struct sim_struck *struck, uint32_t node, unsigned side, bool links)
{
    if (side == ANY_SIDE)
        return true;
    return links ? (struck->sides[node] & side) != 0 : struck->sides[node] == side;
}

/* How many of COUNT nodes from FIRST on stand there. */
static uint32_t count_of_group(const struct sim_struck *struck, uint32_t first, uint32_t count,
                               unsigned side, bool links)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < struck->count; i++)
        found += struck->nodes[i] >= first && struck->nodes[i] < first + count &&
                 stands_on(struck, struck->nodes[i], side, links);
    return found;
}

static void write_member(struct writer *writer, bool *some, const char *group, int64_t member)
{
    fputs(*some ? ", " : "", writer->file);
    *some = true;
    writer->nodes++;
    if (member < 0)
        fputs(group, writer->file);
    else
        fprintf(writer->file, "%s-%" PRId64, group, member);
}

/* All of a large group by its name. */
static void write_side(struct writer *writer, const struct sim_struck *struck, unsigned side,
                       bool links)
{
    uint32_t first = 0, all = count_of_group(struck, 0, UINT32_MAX, side, links);
    bool some = false;

    if (all == 0) {
        write_member(writer, &some, SIM_NOBODY, -1);
        return;
    }
    fputs(all > 1 ? "[" : "", writer->file);
    for (uint32_t g = 0; g < writer->plan->group_count; g++) {
        const struct sim_group_plan *group = &writer->plan->groups[g];
        const bool whole = group->count > SHORT_GROUP &&
                           count_of_group(struck, first, group->count, side, links) == group->count;

        if (whole)
            write_member(writer, &some, group->name, -1);
        for (uint32_t i = 0; i < struck->count && !whole; i++)
            if (struck->nodes[i] >= first && struck->nodes[i] < first + group->count &&
                stands_on(struck, struck->nodes[i], side, links))
                write_member(writer, &some, group->name, struck->nodes[i] - first);
        first += group->count;
    }
    fputs(all > 1 ? "]" : "", writer->file);
}

static void write_sides(struct writer *writer, const struct sim_struck *struck)
{
    unsigned count = 2;

    for (uint32_t i = 0; i < struck->count; i++)
        if (struck->sides[struck->nodes[i]] > count)
            count = struck->sides[struck->nodes[i]];
    for (unsigned side = 1; side <= count; side++) {
        fputs(side == 1 ? "[" : ", ", writer->file);
        write_side(writer, struck, side, false);
    }
    fputc(']', writer->file);
}

static void write_links(struct writer *writer, const struct sim_struck *struck, bool both_ways)
{
    enum { FROM = 1, TO = 2 }; /* bits of a side */

    fputs(both_ways ? "{between: [" : "{from: ", writer->file);
    write_side(writer, struck, FROM, true);
    fputs(both_ways ? ", " : ", to: ", writer->file);
    write_side(writer, struck, TO, true);
    fputs(both_ways ? "]}" : "}", writer->file);
}

static const char *group_of(const struct writer *writer, uint32_t node)
{
    uint32_t g = 0;

    while (node >= writer->plan->groups[g].count)
        node -= writer->plan->groups[g++].count;
    return writer->plan->groups[g].name;
}

static void write_target(struct writer *writer, const struct sim_struck *struck,
                         const struct sim_fault_plan *fault)
{
    start_key(writer, fault->kind->name);
    writer->nodes += 4;                 /* collections within it */
    if (fault->kind == &sim_action_set) /* of a whole group */
        fputs(group_of(writer, struck->nodes[0]), writer->file);
    else if (fault->kind->target == SIM_TARGET_SIDES)
        write_sides(writer, struck);
    else if (fault->kind->target == SIM_TARGET_LINKS)
        write_links(writer, struck, fault->both_ways);
    else
        write_side(writer, struck, ANY_SIDE, false);
}

/* -- an entry ---------------------------------------------------------------------------------- */

static void write_entry(struct writer *writer, const struct sim_struck *struck)
{
    const struct sim_fault_plan *fault = &writer->plan->faults[struck->fault];

    fputs("  - {at: ", writer->file);
    writer->nodes += 3;
    write_time(writer, struck->time);
    if (struck->turn > 0) {
        start_key(writer, "turn");
        fprintf(writer->file, "%" PRIu64 "%s", struck->turn / 2, struck->turn % 2 ? ".5" : "");
    }
    write_target(writer, struck, fault);
    if (struck->fault < writer->tree_count)
        write_params(writer, fault, writer->trees[struck->fault]);
    else
        write_drawn_params(writer, fault);
    if (struck->length != SIM_TIME_NEVER) {
        start_key(writer, "for");
        write_time(writer, struck->length);
    }
    if (fault->kind->draws) {
        start_key(writer, "luck");
        fprintf(writer->file, "%" PRId64, (int64_t)struck->luck);
    }
    if (fault->label != NULL) {
        start_key(writer, "label");
        fputs(fault->label, writer->file);
    }
    fputs("}\n", writer->file);
}

static void write_list(struct writer *writer, const struct sim_struck *struck, size_t count,
                       bool actions)
{
    bool some = false;

    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_kind *kind = writer->plan->faults[struck[i].fault].kind;

        if (kind == &sim_fault_settle || kind->action != actions)
            continue;
        if (!some)
            fprintf(writer->file, "%s:\n", actions ? "actions" : "faults");
        some = true;
        write_entry(writer, &struck[i]);
    }
}

/* -- labels ------------------------------------------------------------------------------------ */

static int64_t count_labelled(const struct sim_plan *plan, const struct sim_struck *struck,
                              size_t count, const char *label)
{
    int64_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const char *other = plan->faults[struck[i].fault].label;

        found += other != NULL && strcmp(other, label) == 0;
    }
    return found;
}

/* Those of which expectations may name strikes that there were not. */
static void write_labels(struct writer *writer, const struct sim_bind_names *labels,
                         const struct sim_struck *struck, size_t count)
{
    bool some = false;

    for (size_t i = 0; i < labels->count; i++) {
        if (strcmp(labels->names[i], SIM_SETTLE) == 0 || /* stands under `settle:`, fired or not */
            (labels->figures[i] != 0 &&
             count_labelled(writer->plan, struck, count, labels->names[i]) >= labels->figures[i]))
            continue;
        fprintf(writer->file, "%s%s", some ? ", " : "labels: [", labels->names[i]);
        some = true;
        writer->nodes++;
    }
    fputs(some ? "]\n" : "", writer->file);
}

size_t sim_write_struck(const struct sim_tree *root, const struct sim_bind_names *labels,
                        const struct sim_plan *plan, const struct sim_struck *struck, size_t count,
                        FILE *file)
{
    struct writer writer = { .file = file, .plan = plan, .nodes = count_nodes(root) };
    const struct sim_tree *faults = sim_tree_get(root, "faults");
    const struct sim_tree *actions = sim_tree_get(root, "actions");
    const struct sim_tree **trees;

    writer.tree_count = list_entries(actions, NULL, list_entries(faults, NULL, 0));
    trees = sim_alloc_array(writer.tree_count, sizeof(*trees));
    list_entries(actions, trees, list_entries(faults, trees, 0));
    writer.trees = trees;
    write_labels(&writer, labels, struck, count);
    write_list(&writer, struck, count, false);
    write_list(&writer, struck, count, true);
    sim_free(trees);
    return writer.nodes;
}
