/* compare_head.c - the top of a comparison: what was run, under which load and faults. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_text.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { FAULTS_SHOWN = 8 };

static void print_losses(const struct comparison *comparison, bool markdown, FILE *file)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (variant->deaths > 0)
            compare_say(file, markdown, "%s: %" PRIu64 " runs died; they are left out.",
                        variant->name, variant->deaths);
        if (variant->stopped > 0)
            compare_say(file, markdown,
                        "%s: %" PRIu64 " runs stopped before their time, at a broken invariant or "
                        "a limit; figures are of what was until then.",
                        variant->name, variant->stopped);
    }
}

static void print_title(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct campaign *campaign = comparison->campaign;
    const char *name = sim_scenario_plan(campaign->cells[0].scenario)->name;

    fputs(markdown ? "# " : "", file);
    shown_print(file, name, strlen(name));
    fputs(markdown ? "\n\n" : "\n", file);
    compare_say(file, markdown,
                "%zu variants, each under the same %zu seeds (%" PRIu64 "..%" PRIu64
                "): the same load, the same faults, the same luck. A figure is the mean over the "
                "seeds, with ± half of its 95 %% interval where that can be seen. What rounding "
                "would hide: 99.9+ (and >99.99) %% is less than 100, 0.0+ (and <0.01) more than 0.",
                comparison->count, comparison->seeds, campaign->first,
                comparison->seeds > 0 ? campaign->first + comparison->seeds - 1 : campaign->last);
    print_losses(comparison, markdown, file);
}

/* -- what was run ------------------------------------------------------------------------------ */

static const struct sim_tree *written(const struct comparison *comparison, size_t variant)
{
    return sim_scenario_written(comparison->campaign->cells[variant].scenario);
}

/* "- app: {model: kv-client, ...}", or without a NAME; a text that is somebody else's. */
static void print_item(const char *name, const char *text, bool markdown, FILE *file)
{
    char *line = sim_format("%s%s%s", name ? name : "", name ? ": " : "", text);

    fputs(markdown ? "- `" : "  - ", file);
    if (markdown)
        shown_print(file, line, strlen(line));
    else
        shown_wrap(file, line, 4, 4);
    fputs(markdown ? "`\n" : "\n", file);
    sim_free(line);
}

/* TEXT with MORE behind it, and a comma between. */
static char *append(char *text, const char *more)
{
    char *longer = sim_format("%s%s%s", text ? text : "", text ? ", " : "", more);

    sim_free(text);
    return longer;
}

/* "pinned: zone, no retry": what OTHER, a mapping, says otherwise than ONE; "otherwise" of anything
 * else; NULL: nothing. The caller frees it. */
static char *difference_of(const struct sim_tree *one, const struct sim_tree *other)
{
    const bool keyed = one && other && one->kind == SIM_MAPPING && other->kind == SIM_MAPPING;
    char *whole = compared_flow(one), *another = compared_flow(other), *text = NULL;

    if (!keyed && strcmp(whole, another) != 0)
        text = sim_copy_text("otherwise");
    for (uint32_t k = 0; keyed && k < other->count; k++) {
        char *before = compared_flow(sim_tree_get(one, other->keys[k]));
        char *now = compared_flow(other->items[k]);

        if (strcmp(before, now) != 0) {
            char *entry = sim_format("%s: %s", other->keys[k], now);

            text = append(text, entry);
            sim_free(entry);
        }
        sim_free(before);
        sim_free(now);
    }
    for (uint32_t k = 0; keyed && k < one->count; k++) {
        if (!sim_tree_get(other, one->keys[k])) {
            char *entry = sim_format("no %s", one->keys[k]);

            text = append(text, entry);
            sim_free(entry);
        }
    }
    sim_free(whole);
    sim_free(another);
    return text;
}

/* What VARIANT writes at NAME of the nodes; NULL: of the list of faults. */
static const struct sim_tree *written_at(const struct comparison *comparison, size_t variant,
                                         const char *name)
{
    const struct sim_tree *root = written(comparison, variant);
    const struct sim_tree *nodes = sim_tree_get(root, "nodes");

    if (name)
        return nodes ? sim_tree_get(nodes, name) : NULL;
    return sim_tree_get(root, "faults");
}

/* Once for all variants that say the same: "(pinned: zone in quorum, crdt)". */
static void print_others(const struct comparison *comparison, const char *name, bool markdown,
                         FILE *file)
{
    const struct sim_tree *base = written_at(comparison, comparison->baseline, name);
    char **texts = sim_alloc_array(comparison->count, sizeof(*texts));

    for (size_t i = 0; i < comparison->count; i++)
        texts[i] = difference_of(base, written_at(comparison, i, name));
    for (size_t i = 0; i < comparison->count; i++) {
        char *list = NULL, *line;

        for (size_t k = i; texts[i] && k < comparison->count; k++) {
            if (!texts[k] || strcmp(texts[i], texts[k]) != 0)
                continue;
            list = append(list, comparison->variants[k].name);
            if (k > i) {
                sim_free(texts[k]);
                texts[k] = NULL;
            }
        }
        if (!list)
            continue;
        line = sim_format("(%s in %s)", texts[i], list);
        fputs(markdown ? "  " : "    ", file);
        if (markdown)
            shown_print(file, line, strlen(line));
        else
            shown_wrap(file, line, 4, 4);
        fputc('\n', file);
        sim_free(line);
        sim_free(list);
        sim_free(texts[i]);
        texts[i] = NULL;
    }
    sim_free(texts);
}

static void print_clients(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct sim_plan *plan =
        sim_scenario_plan(comparison->campaign->cells[comparison->baseline].scenario);
    const struct sim_tree *nodes = sim_tree_get(written(comparison, comparison->baseline), "nodes");

    for (uint32_t g = 0; nodes && g < plan->group_count; g++) {
        char *text;

        if (!measured_is_client(comparison->frame, plan, g))
            continue;
        text = compared_flow(sim_tree_get(nodes, plan->groups[g].name));
        print_item(plan->groups[g].name, text, markdown, file);
        print_others(comparison, plan->groups[g].name, markdown, file);
        sim_free(text);
    }
}

static void print_faults(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct sim_tree *faults =
        sim_tree_get(written(comparison, comparison->baseline), "faults");

    for (uint32_t i = 0; faults && faults->kind == SIM_SEQUENCE && i < faults->count; i++) {
        char *text = compared_flow(faults->items[i]);

        if (i < FAULTS_SHOWN)
            print_item(NULL, text, markdown, file);
        else if (i == FAULTS_SHOWN)
            compare_say(file, markdown, "and %" PRIu32 " more", faults->count - i);
        sim_free(text);
    }
    if (!faults || faults->count == 0)
        print_item(NULL, "no faults", markdown, file);
    print_others(comparison, NULL, markdown, file);
}

/* "89.9 to 90.1" */
static void range_of(char text[COMPARED_TEXT], const struct comparison *comparison,
                     enum measured_figure figure, double unit)
{
    double least = INFINITY, most = -INFINITY;
    int decimals;

    for (size_t i = 0; i < comparison->count; i++) {
        const struct estimate *one = &comparison->variants[i].figures[figure];

        if (one->count == 0)
            continue;
        least = one->mean / unit < least ? one->mean / unit : least;
        most = one->mean / unit > most ? one->mean / unit : most;
    }
    decimals = most < 10 ? 1 : 0;
    if (!(least <= most))
        snprintf(text, COMPARED_TEXT, "none");
    else if (most - least < 0.5)
        snprintf(text, COMPARED_TEXT, "%.*f", decimals, (least + most) / 2);
    else
        snprintf(text, COMPARED_TEXT, "%.*f to %.*f", decimals, least, decimals, most);
}

static void print_load(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct sim_plan *plan =
        sim_scenario_plan(comparison->campaign->cells[comparison->baseline].scenario);
    char duration[SIM_TIME_TEXT], warmup[SIM_TIME_TEXT], asked[COMPARED_TEXT], reads[COMPARED_TEXT];

    compare_heading("What was run", markdown, file);
    range_of(asked, comparison, MEASURED_ASKED, 1);
    range_of(reads, comparison, MEASURED_READS, 0.01);
    compare_say(file, markdown,
                "%s a run, of which the first %s are left out of figures. Asked, measured: %s a "
                "second%s%s%s. Clients and faults, as they are written:",
                sim_time_text(duration, plan->duration), sim_time_text(warmup, plan->warmup), asked,
                comparison->frame->has_store ? ", of which reads " : "",
                comparison->frame->has_store ? reads : "",
                comparison->frame->has_store ? " %" : "");
    print_clients(comparison, markdown, file);
    print_faults(comparison, markdown, file);
}

/* -- the variants ------------------------------------------------------------------------------ */

static void print_variants(const struct comparison *comparison, bool markdown, FILE *file)
{
    size_t width = 0;

    compare_heading("The variants", markdown, file);
    for (size_t i = 0; i < comparison->count; i++) {
        size_t used = strlen(comparison->variants[i].name) + strlen(compared_mark(comparison, i));

        width = used > width ? used : width;
    }
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (markdown) {
            fprintf(file, "- `%s`%s: ", variant->name,
                    i == comparison->baseline ? " (the baseline)" : "");
            shown_print(file, variant->words, strlen(variant->words));
        } else {
            char *name = sim_format("%s%s", variant->name, compared_mark(comparison, i));

            fprintf(file, "  %-*s  ", (int)width, name);
            shown_wrap(file, variant->words, width + 4, width + 4);
            sim_free(name);
        }
        fputc('\n', file);
    }
    if (!markdown && comparison->count > 1)
        fputs("  * the baseline, with which the others are compared seed by seed\n", file);
}

void compare_print_head(const struct comparison *comparison, bool markdown, FILE *file)
{
    print_title(comparison, markdown, file);
    if (comparison->seeds == 0)
        return;
    print_load(comparison, markdown, file);
    print_variants(comparison, markdown, file);
}
