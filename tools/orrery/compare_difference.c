/* compare_difference.c - variants against the baseline, seed by seed. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_text.h"
#include "tools/orrery/grid.h"

static void add_name(struct grid *grid, const struct comparison *comparison, size_t i)
{
    grid_add(grid, "%s%s", comparison->variants[i].name, compared_mark(comparison, i));
}

static double scale_of(const struct compared_column *column)
{
    return column->unit > 0 ? column->unit : column->unit < 0 ? 1 : 0.01;
}

static void add_difference(struct grid *grid, const struct difference *difference,
                           const struct compared_column *column)
{
    char text[COMPARED_TEXT];
    double scale = scale_of(column), mean = difference->of.mean / scale;

    if (difference->of.count == 0) {
        grid_add(grid, "-");
        return;
    }
    compared_figure(text, mean, difference->of.half / scale,
                    column->unit == 0 ? 1 : compared_decimals(mean), true);
    if (difference->of.least >= 0 && difference->of.most <= 0)
        grid_add(grid, "same");
    else
        grid_add(grid, "%s%s", difference->is_noise ? "~" : "", text);
}

/* Of lower bounds the difference says nothing. */
static bool has_unknown_losses(const struct comparison *comparison, size_t i)
{
    const struct compared *variant = &comparison->variants[i];
    const struct compared *baseline = &comparison->variants[comparison->baseline];

    return variant->figures[MEASURED_LOST].count > 0 &&
           baseline->figures[MEASURED_LOST].count > 0 &&
           !(compared_knows_losses(variant) && compared_knows_losses(baseline));
}

void compare_print_differences(const struct comparison *comparison, int number,
                               const struct compared_column *columns, size_t count, bool markdown,
                               FILE *file)
{
    const char *headings[GRID_COLUMNS_MAX] = { "variant" };
    struct grid grid;
    char *heading = sim_format("%d. Compared with %s, seed by seed", number,
                               comparison->variants[comparison->baseline].name);

    compare_heading(heading, markdown, file);
    sim_free(heading);
    for (size_t k = 0; k < count; k++)
        headings[k + 1] = columns[k].heading;
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        if (i == comparison->baseline)
            continue;
        add_name(&grid, comparison, i);
        for (size_t k = 0; k < count; k++) {
            enum measured_figure figure = columns[k].figure;

            if (figure == MEASURED_LOST && has_unknown_losses(comparison, i))
                grid_add(&grid, "?");
            else
                add_difference(&grid, &comparison->variants[i].differences[figure], &columns[k]);
        }
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(
        file, markdown,
        "Means of the paired differences with their 95 %% intervals (Student's t). ~: the "
        "interval has 0 in it, the difference may be noise; same: none under any seed; ?: of "
        "lower bounds nothing can be said. Each by itself: of twenty that are noise, one is not "
        "marked.");
}

static void add_effect(struct grid *grid, const struct difference *difference)
{
    if (difference->of.count < 2) {
        for (int i = 0; i < 3; i++)
            grid_add(grid, "-");
        return;
    }
    if (difference->has_effect)
        grid_add(grid, "%s%+.*f", difference->is_noise ? "~" : "",
                 compared_decimals(difference->effect), difference->effect);
    else
        grid_add(grid, difference->of.mean > 0 || difference->of.mean < 0 ? "always" : "same");
    if (difference->varies)
        grid_add(grid, "%+.2f", difference->correlation);
    else
        grid_add(grid, "-");
    if (difference->gain > 0)
        grid_add(grid, difference->gain < 999.5 ? "%.*fx" : ">999x", difference->gain < 10 ? 1 : 0,
                 difference->gain);
    else
        grid_add(grid, "-");
}

void compare_print_effects(const struct comparison *comparison, int number,
                           const struct compared_column *columns, size_t count, bool markdown,
                           FILE *file)
{
    const char *headings[GRID_COLUMNS_MAX] = { "variant" };
    char *heading = sim_format("%d. How large, and what common luck gained", number);
    struct grid grid;

    compare_heading(heading, markdown, file);
    sim_free(heading);
    for (size_t k = 0; k < count; k++) {
        headings[3 * k + 1] = columns[k].heading;
        headings[3 * k + 2] = "|corr.";
        headings[3 * k + 3] = "|seeds";
    }
    grid_init(&grid, headings);
    for (size_t i = 0; i < comparison->count; i++) {
        if (i == comparison->baseline)
            continue;
        add_name(&grid, comparison, i);
        for (size_t k = 0; k < count; k++)
            add_effect(&grid, &comparison->variants[i].differences[columns[k].figure]);
    }
    grid_print(&grid, markdown, file);
    fputc('\n', file);
    compare_say(file, markdown,
                "Effect: the mean difference in units of its own spread over the seeds (0.2 small, "
                "0.8 large); always: the same difference under every seed. Corr.: the correlation "
                "of the two variants over the seeds; seeds: so many times as many would be needed "
                "if each variant had its own.");
}
