/* decisions.c - what a run left to luck and its load, as the lists of a scenario. */
#include "sim/core/mem.h"
#include "sim/core/sort.h"
#include "sim/scenario/bind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GAP_MAX = 8, OPERATION_NODES = 16 };

struct writer {
    FILE *file;
    const struct sim_plan *plan;
    size_t nodes;
};

static uint32_t group_of(const struct sim_plan *plan, uint32_t node, uint32_t *member)
{
    uint32_t g = 0;

    while (node >= plan->groups[g].count)
        node -= plan->groups[g++].count;
    *member = node;
    return g;
}

static const struct sim_group_plan *put_node(struct writer *w, const char *key, uint32_t node)
{
    uint32_t member;
    const struct sim_group_plan *group = &w->plan->groups[group_of(w->plan, node, &member)];

    fprintf(w->file, "%s: %s-%" PRIu32 ", ", key, group->name, member);
    return group;
}

static void put_time(struct writer *w, sim_time time)
{
    char text[SIM_TIME_TEXT];

    fputs(sim_time_text(text, time), w->file);
}

/* -- messages ---------------------------------------------------------------------------------- */

static int compare_fates(const void *left, const void *right)
{
    const struct sim_message_name *a = &((const struct sim_message_luck *)left)->name,
                                  *b = &((const struct sim_message_luck *)right)->name;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    if (a->way != b->way)
        return a->way < b->way ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->copy != b->copy)
        return a->copy < b->copy ? -1 : 1;
    return (a->nth > b->nth) - (a->nth < b->nth);
}

static const char *call_name(const struct sim_group_plan *group, unsigned route)
{
    unsigned sites = 0;

    while (group->target != SIM_NO_GROUP && sites < SIM_CALLS_MAX &&
           group->model->calls[sites].name != NULL)
        sites++;
    return route < sites ? group->model->calls[route].name : group->routes[route - sites].name;
}

static void put_name(struct writer *w, const struct sim_message_name *name)
{
    static const char *const ways[] = { "message", "request", "reply" };
    const struct sim_group_plan *from = put_node(w, "from", name->from),
                                *to = put_node(w, "to", name->to);

    fprintf(w->file, "%s: %s, ", ways[name->way],
            name->way == SIM_WAY_MESSAGE   ? from->model->messages[name->kind].name
            : name->way == SIM_WAY_REQUEST ? call_name(from, name->kind)
                                           : call_name(to, name->kind));
    if (name->copy)
        fputs("second: true, ", w->file);
    if (name->nth != 1)
        fprintf(w->file, "nth: %" PRIu32 ", ", name->nth);
    w->nodes += 16;
}

static void put_fate(struct writer *w, const struct sim_message_luck *fate)
{
    w->nodes += 5;
    if (fate->fate != SIM_FATE_COMES) {
        fputs(fate->fate == SIM_FATE_LOST ? "lost" : "corrupted", w->file);
        return;
    }
    if (fate->doubled) {
        fputs("{delay: ", w->file);
        put_time(w, fate->delay);
        fputs(", twice: ", w->file);
        put_time(w, fate->twice);
        fputc('}', w->file);
        return;
    }
    put_time(w, fate->delay);
}

static bool follows(const struct sim_message_name *a, const struct sim_message_name *b)
{
    return a->from == b->from && a->to == b->to && a->way == b->way && a->kind == b->kind &&
           a->copy == b->copy && b->nth - a->nth <= GAP_MAX;
}

static void put_messages(struct writer *w, const struct sim_decisions *decisions)
{
    const size_t count = decisions->fate_count;
    struct sim_message_luck *fates = sim_alloc_array(count + 1, sizeof(*fates));

    if (count > 0)
        memcpy(fates, decisions->fates, count * sizeof(*fates));
    sim_sort(fates, count, sizeof(*fates), compare_fates);
    fputs(count == 0 ? "  messages: plain\n" : "  messages:\n", w->file);
    for (size_t i = 0; i < count;) {
        fputs("    - {", w->file);
        put_name(w, &fates[i].name);
        fputs("fates: [", w->file);
        put_fate(w, &fates[i++]);
        for (; i < count && follows(&fates[i - 1].name, &fates[i].name); i++) {
            for (uint32_t n = fates[i - 1].name.nth + 1; n < fates[i].name.nth; n++, w->nodes++)
                fputs(", plain", w->file);
            fputs(", ", w->file);
            put_fate(w, &fates[i]);
        }
        fputs("]}\n", w->file);
    }
    sim_free(fates);
}

/* -- draws ------------------------------------------------------------------------------------- */

struct pin {
    struct sim_draw_luck drawn;
    uint8_t form;
};

static int compare_pins(const void *left, const void *right)
{
    const struct sim_draw_luck *a = &((const struct pin *)left)->drawn,
                               *b = &((const struct pin *)right)->drawn;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->draw != b->draw)
        return a->draw < b->draw ? -1 : 1;
    return (a->nth > b->nth) - (a->nth < b->nth);
}

static void put_pin(struct writer *w, const struct pin *pin)
{
    w->nodes += 3;
    if (pin->drawn.is_word)
        fprintf(w->file, "{word: %" PRId64 "}", pin->drawn.value);
    else if (pin->form == SIM_DRAW_FLIP)
        fputs(pin->drawn.value ? "true" : "false", w->file);
    else if (pin->form == SIM_DRAW_TIME || pin->form == SIM_DRAW_EXPONENTIAL)
        put_time(w, pin->drawn.value);
    else
        fprintf(w->file, "%" PRId64, pin->drawn.value);
}

/* Whether a list of operations stands for GROUP's load. */
static bool is_listed(const struct sim_group_plan *group)
{
    return group->model->listed[0] != NULL;
}

static void put_draws(struct writer *w, const struct sim_decisions *decisions)
{
    struct pin *pins = sim_alloc_array(decisions->draw_count + 1, sizeof(*pins));
    size_t count = 0;

    for (size_t i = 0; i < decisions->draw_count; i++) {
        const struct sim_draw_luck *drawn = &decisions->draws[i];
        uint32_t member;
        const struct sim_group_plan *group =
            &w->plan->groups[group_of(w->plan, drawn->node, &member)];

        if (!is_listed(group) || !(group->model->listed_draws >> drawn->draw & 1))
            pins[count++] = (struct pin){ *drawn, decisions->forms[i] };
    }
    sim_sort(pins, count, sizeof(*pins), compare_pins);
    fputs(count == 0 ? "  draws: plain\n" : "  draws:\n", w->file);
    for (size_t i = 0; i < count;) {
        const struct sim_draw_luck first = pins[i].drawn;

        fputs("    - {", w->file);
        const struct sim_group_plan *group = put_node(w, "of", first.node);
        fprintf(w->file, "draw: %s, ", group->model->draws[first.draw]);
        if (first.nth != 1)
            fprintf(w->file, "nth: %" PRIu64 ", ", first.nth);
        fputs("values: [", w->file);
        put_pin(w, &pins[i++]);
        for (; i < count && pins[i].drawn.node == first.node && pins[i].drawn.draw == first.draw;
             i++) {
            fputs(", ", w->file);
            put_pin(w, &pins[i]);
        }
        fputs("]}\n", w->file);
        w->nodes += 10;
    }
    sim_free(pins);
}

/* -- operations -------------------------------------------------------------------------------- */

static void put_operation(struct writer *w, const struct sim_listed_operation *asked,
                          uint32_t member)
{
    const struct sim_operation *o = &asked->operation;

    fputs("      - {at: ", w->file);
    put_time(w, asked->at);
    fprintf(w->file, ", client: %" PRIu32, member);
    if (asked->process != SIM_OPEN_LOOP)
        fprintf(w->file, ", process: %" PRIu32, asked->process);
    fprintf(w->file, ", %s: {key: %" PRId64, sim_operation_kind_names[o->kind], o->key);
    if (o->kind == SIM_CAS) /* from what the client last saw */
        fprintf(w->file, ", to: %" PRId64, o->second);
    else if (o->kind != SIM_READ && o->kind != SIM_DELETE)
        fprintf(w->file, ", value: %" PRId64, o->argument);
    fputs("}}\n", w->file);
    w->nodes += OPERATION_NODES;
}

static void put_operations(struct writer *w, uint32_t g, const struct sim_decisions *decisions)
{
    bool some = false;

    for (size_t i = 0; i < decisions->asked_count; i++) {
        uint32_t member;

        if (group_of(w->plan, decisions->asked[i].client, &member) != g)
            continue;
        fputs(some ? "" : "    operations:\n", w->file);
        some = true;
        put_operation(w, &decisions->asked[i], member);
    }
    if (!some)
        fputs("    operations: []\n", w->file);
}

/* What a list of operations stands for is left out; one that was there before is kept. */
static void put_group(struct writer *w, const struct sim_tree *tree, uint32_t g,
                      const struct sim_decisions *decisions)
{
    const struct sim_group_plan *group = &w->plan->groups[g];
    const bool listed = is_listed(group) && sim_tree_get(tree, "operations") == NULL;

    fprintf(w->file, "  %s:\n", group->name);
    for (uint32_t i = 0; i < tree->count; i++) {
        bool out = false;

        for (size_t k = 0; listed && k < SIM_LISTED_MAX && group->model->listed[k] != NULL; k++)
            out = out || strcmp(tree->keys[i], group->model->listed[k]) == 0;
        if (out)
            continue;
        fprintf(w->file, "    %s: ", tree->keys[i]);
        sim_tree_print_flow(tree->items[i], w->file);
        fputc('\n', w->file);
    }
    if (listed)
        put_operations(w, g, decisions);
}

size_t sim_write_decisions(const struct sim_tree *root, const struct sim_plan *plan,
                           const struct sim_decisions *decisions, FILE *file)
{
    const struct sim_tree *nodes = sim_tree_get(root, "nodes"), *luck = sim_tree_get(root, "luck");
    static const char *const kept[] = { "streams", "disks", "processors" };
    struct writer w = { .file = file, .plan = plan };

    fputs("nodes:\n", file);
    for (uint32_t g = 0; g < plan->group_count; g++)
        put_group(&w, nodes->items[g], g, decisions);
    fprintf(file, "luck:\n  seed: %" PRIu64 "\n", sim_plan_seed(plan));
    for (size_t i = 0; luck != NULL && i < 3; i++)
        if (sim_tree_get(luck, kept[i]) != NULL)
            fprintf(file, "  %s: %s\n", kept[i], sim_tree_get(luck, kept[i])->text);
    put_messages(&w, decisions);
    put_draws(&w, decisions);
    return w.nodes;
}
