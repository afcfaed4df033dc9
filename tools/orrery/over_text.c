/* What came of many runs, in 80 columns and as JSON: a published distribution stands beside the
 * one that was found, percentile by percentile, with both on one axis. */
#include "sim/core/mem.h"
#include "tools/orrery/over.h"
#include "tools/orrery/shown.h"

#include <stdlib.h>
#include <string.h>

enum { STATISTIC_WIDTH = 6, VALUE_WIDTH = 9, OFF_WIDTH = 18, PLOT_WIDTH = 22 };

const char *over_value_text(char text[SIM_FIGURE_TEXT], const struct sim_described *checker,
                            int64_t value)
{
    if (value == SIM_MEASURED_NEVER)
        return "never";
    switch (checker->figure->type) {
    case SIM_FIELD_DURATION:
        return sim_figure_time(text, value);
    case SIM_FIELD_RATE:
        return sim_figure_rate(text, (uint64_t)value, 1000000 * SIM_SECOND, false);
    default:
        return sim_figure_share(text, (uint64_t)value, 1000000000);
    }
}

static double share_of(int64_t value, int64_t whole)
{
    return whole > 0 ? (double)value / (double)whole : 0;
}

/* Where VALUE_WIDTH stands on an axis of PLOT_WIDTH marks from 0 to MOST. */
static size_t place_of(int64_t value, int64_t most)
{
    double place = share_of(value, most) * (PLOT_WIDTH - 1) + 0.5;

    return value >= most ? PLOT_WIDTH - 1 : (size_t)place;
}

/* The end of the axis: the largest value that there is. */
static int64_t end_of_axis(const struct over_result *result)
{
    int64_t most = 1;

    for (uint32_t i = 0; i < result->match_count; i++) {
        const struct over_match *match = &result->matches[i];

        if (match->here != SIM_MEASURED_NEVER && match->here > most)
            most = match->here;
        if (match->published > most)
            most = match->published;
    }
    return most;
}

/* "+3.2 % (5 %)", and a mark if that is too much. */
static void off_text(char *text, size_t size, const struct over_match *match)
{
    double off = share_of(match->here - match->published, match->published) * 100;
    char tolerance[SIM_FIGURE_TEXT];

    sim_figure_share_bound(tolerance, match->tolerance);
    if (match->here == SIM_MEASURED_NEVER || match->published == 0)
        snprintf(text, size, "- (%s)%s", tolerance, match->good ? "" : " !");
    else
        snprintf(text, size, "%+.1f %% (%s)%s", off, tolerance, match->good ? "" : " !");
}

static void print_match(const struct over_result *result, const struct over_match *match,
                        int64_t most, FILE *file, size_t indent)
{
    char here[SIM_FIGURE_TEXT], published[SIM_FIGURE_TEXT], off[64], plot[PLOT_WIDTH + 1];

    memset(plot, ' ', PLOT_WIDTH);
    plot[PLOT_WIDTH] = '\0';
    plot[place_of(match->published, most)] = 'o';
    if (match->here != SIM_MEASURED_NEVER) {
        char *mark = &plot[place_of(match->here, most)];

        *mark = *mark == 'o' ? '*' : '+';
    }
    off_text(off, sizeof(off), match);
    fprintf(file, "%*s%-*s%*s%*s  %-*s|%s|\n", (int)indent, "", STATISTIC_WIDTH,
            sim_statistic_names[match->statistic], VALUE_WIDTH,
            over_value_text(here, result->checker, match->here), VALUE_WIDTH,
            over_value_text(published, result->checker, match->published), OFF_WIDTH - 2, off,
            plot);
}

static void print_matches(const struct over_result *result, FILE *file, size_t indent)
{
    int64_t most = end_of_axis(result);
    char end[SIM_FIGURE_TEXT];
    const char *source = result->over->source;

    fprintf(file, "%*s%-*s%*s%*s  %-*s 0%*s\n", (int)indent, "", STATISTIC_WIDTH, "", VALUE_WIDTH,
            "here +", VALUE_WIDTH, "theirs o", OFF_WIDTH - 2, "off by", PLOT_WIDTH - 1,
            over_value_text(end, result->checker, most));
    for (uint32_t i = 0; i < result->match_count; i++)
        print_match(result, &result->matches[i], most, file, indent);
    if (source) {
        char *line = sim_format("theirs: %s", source);

        fprintf(file, "%*s", (int)indent, "");
        shown_wrap(file, line, indent, indent);
        fputc('\n', file);
        sim_free(line);
    }
}

void over_print(const struct over_result *result, FILE *file, size_t indent)
{
    shown_wrap(file, result->text, indent, indent);
    fputc('\n', file);
    if (result->match_count > 0)
        print_matches(result, file, indent);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_count(struct sim_output *out, const char *before, uint64_t value)
{
    sim_output_text(out, before);
    sim_output_natural(out, value);
}

static void put_decimal(struct sim_output *out, double share)
{
    char text[32];

    snprintf(text, sizeof(text), "%.6f", share);
    sim_output_text(out, text);
}

/* null: never */
static void put_measured(struct sim_output *out, int64_t value)
{
    if (value == SIM_MEASURED_NEVER)
        sim_output_text(out, "null");
    else
        sim_output_integer(out, value);
}

static void put_statistics(struct sim_output *out, const struct over_figure *figure)
{
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, figure->name);
    put_count(out, ",\"count\":", figure->count);
    for (int i = 0; i < SIM_STATISTICS; i++) {
        sim_output_text(out, ",");
        sim_output_string(out, sim_statistic_names[i]);
        sim_output_text(out, ":");
        put_measured(out, figure->statistics[i]);
    }
    sim_output_text(out, "}");
}

static void put_match(struct sim_output *out, const struct over_match *match)
{
    sim_output_text(out, "{\"statistic\":");
    sim_output_string(out, sim_statistic_names[match->statistic]);
    sim_output_text(out, ",\"here\":");
    put_measured(out, match->here);
    sim_output_text(out, ",\"published\":");
    put_measured(out, match->published);
    sim_output_text(out, ",\"tolerance\":");
    put_decimal(out, match->tolerance);
    sim_output_text(out, match->good ? ",\"good\":true}" : ",\"good\":false}");
}

void over_put_json(const struct over_result *result, struct sim_output *out)
{
    put_count(out, "{\"first\":", result->first);
    put_count(out, ",\"last\":", result->last);
    put_count(out, ",\"seeds\":", result->runs);
    put_count(out, ",\"holds\":", result->count[SIM_HOLDS]);
    put_count(out, ",\"violated\":", result->count[SIM_BROKEN]);
    put_count(out, ",\"undecided\":", result->count[SIM_UNDECIDED]);
    put_count(out, ",\"died\":", result->deaths);
    sim_output_text(out, ",\"holds_interval\":[");
    put_decimal(out, result->interval.low);
    sim_output_text(out, ",");
    put_decimal(out, result->interval.high);
    sim_output_text(out, "],\"figures\":[");
    for (uint32_t i = 0; i < result->figure_count; i++) {
        sim_output_text(out, i > 0 ? "," : "");
        put_statistics(out, &result->figures[i]);
    }
    sim_output_text(out, "],\"matches\":[");
    for (uint32_t i = 0; i < result->match_count; i++) {
        sim_output_text(out, i > 0 ? "," : "");
        put_match(out, &result->matches[i]);
    }
    sim_output_text(out, "]}");
}
