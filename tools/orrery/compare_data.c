/* compare_data.c - a comparison for programs: CSV and JSON. */
#include "sim/core/mem.h"
#include "sim/observe/output.h"
#include "tools/orrery/compare_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const verdict_names[COMPARED_VERDICTS] = {
    "linearizable.calm",
    "linearizable",
    "sequential",
    "causal",
    "read_your_writes",
    "monotonic_reads",
    "monotonic_writes",
    "writes_follow_reads",
    "converged",
    "converges",
    "goodput_back",
    NULL,
    NULL,
};

static const char *const unit_names[] = {
    [UNIT_SHARE] = "share",
    [UNIT_TIME] = "ns",
    [UNIT_COUNT] = "count",
};

/* "ok.during.cut" */
static char *figure_name(const struct comparison *comparison, size_t figure)
{
    if (figure < MEASURED_FIGURES)
        return sim_copy_text(measured_rows[figure].name);
    if (figure >= COMPARED_ANOMALIES) {
        const struct measured_anomaly *one =
            &comparison->frame->anomalies[figure - COMPARED_ANOMALIES];

        return figure - COMPARED_ANOMALIES < comparison->frame->anomaly_count
                   ? sim_format("anomalies.%s.%s", one->group, one->metric)
                   : NULL;
    }
    if (figure >= COMPARED_HOPS) {
        const struct measured_hop *hop = &comparison->frame->hops[figure - COMPARED_HOPS];

        return figure - COMPARED_HOPS < comparison->frame->hop_count
                   ? sim_format("attempts.%s.%s", hop->group, hop->route)
                   : NULL;
    }
    if (figure - MEASURED_FIGURES >= comparison->frame->label_count)
        return NULL;
    return sim_format("ok.during.%s", comparison->frame->labels[figure - MEASURED_FIGURES]);
}

static const char *unit_of(size_t figure)
{
    return unit_names[figure < MEASURED_FIGURES ? measured_rows[figure].unit
                      : figure < COMPARED_HOPS  ? UNIT_SHARE
                                                : UNIT_COUNT];
}

/* -- CSV: RFC 4180 ----------------------------------------------------------------------------- */

static void put_csv_text(const char *text, FILE *file)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++)
        fprintf(file, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', file);
}

/* An empty field where there is nothing to say. */
static void put_csv_number(bool known, double value, FILE *file)
{
    fputc(',', file);
    if (known && isfinite(value))
        fprintf(file, "%.12g", value);
}

static void put_csv_row(const struct compared *variant, const char *name, size_t figure, FILE *file)
{
    const struct estimate *estimate = &variant->figures[figure];
    const struct difference *difference = &variant->differences[figure];
    bool paired = difference->of.count > 0;

    put_csv_text(variant->name, file);
    fputc(',', file);
    put_csv_text(name, file);
    fprintf(file, ",%s,%zu", unit_of(figure), estimate->count);
    put_csv_number(estimate->count > 0, estimate->mean, file);
    put_csv_number(estimate->count > 0, estimate->half, file);
    put_csv_number(estimate->count > 1, estimate->deviation, file);
    put_csv_number(estimate->count > 0, estimate->least, file);
    put_csv_number(estimate->count > 0, estimate->most, file);
    put_csv_number(paired, difference->of.mean, file);
    put_csv_number(paired, difference->of.half, file);
    put_csv_number(difference->has_effect, difference->effect, file);
    put_csv_number(difference->varies, difference->correlation, file);
    put_csv_number(difference->gain > 0, difference->gain, file);
    fprintf(file, ",%s\r\n", !paired ? "" : difference->is_noise ? "yes" : "no");
}

void compare_print_csv(const struct comparison *comparison, FILE *file)
{
    fputs("variant,figure,unit,seeds,mean,half_interval,deviation,least,most,difference,"
          "difference_half_interval,effect,correlation,gain,noise\r\n",
          file);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        for (size_t k = 0; k < COMPARED_FIGURES; k++) {
            char *name = figure_name(comparison, k);

            if (name)
                put_csv_row(variant, name, k, file);
            sim_free(name);
        }
        for (size_t k = 0; k < COMPARED_VERDICTS; k++) {
            if (!verdict_names[k])
                continue;
            put_csv_text(variant->name, file);
            fprintf(file, ",%s.violated,seeds,%zu,%" PRIu64 ",,,,,,,,,,\r\n", verdict_names[k],
                    comparison->seeds, variant->verdicts[k][SIM_BROKEN]);
            put_csv_text(variant->name, file);
            fprintf(file, ",%s.undecided,seeds,%zu,%" PRIu64 ",,,,,,,,,,\r\n", verdict_names[k],
                    comparison->seeds, variant->verdicts[k][SIM_UNDECIDED]);
        }
        for (size_t k = 0; k < variant->expected_count; k++) {
            char *name = sim_format("expected.%s.violated", variant->expected[k].text);

            put_csv_text(variant->name, file);
            fputc(',', file);
            put_csv_text(name, file);
            fprintf(file, ",seeds,%zu,%" PRIu64 ",,,,,,,,,,\r\n", comparison->seeds,
                    variant->expected[k].verdicts[SIM_BROKEN]);
            sim_free(name);
        }
    }
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_key(struct sim_output *out, const char *key)
{
    if (out->used > 0 && out->bytes[out->used - 1] != '{' && out->bytes[out->used - 1] != '[')
        sim_output_text(out, ",");
    if (!key)
        return;
    sim_output_string(out, key);
    sim_output_text(out, ":");
}

static void put_text(struct sim_output *out, const char *key, const char *value)
{
    put_key(out, key);
    if (value)
        sim_output_string(out, value);
    else
        sim_output_text(out, "null");
}

static void put_natural(struct sim_output *out, const char *key, uint64_t value)
{
    put_key(out, key);
    sim_output_natural(out, value);
}

static void put_number(struct sim_output *out, const char *key, bool known, double value)
{
    char digits[40];

    put_key(out, key);
    snprintf(digits, sizeof(digits), "%.12g", value);
    sim_output_text(out, known && isfinite(value) ? digits : "null");
}

static void put_bool(struct sim_output *out, const char *key, bool value)
{
    put_key(out, key);
    sim_output_text(out, value ? "true" : "false");
}

/* true, false, or null where it is not known. */
static void put_status(struct sim_output *out, const char *key, enum sim_verdict_status status)
{
    put_key(out, key);
    sim_output_text(out, status == SIM_UNDECIDED ? "null" : status == SIM_HOLDS ? "true" : "false");
}

static void put_figure(struct sim_output *out, const struct compared *variant, size_t figure)
{
    const struct estimate *estimate = &variant->figures[figure];
    const struct difference *difference = &variant->differences[figure];

    sim_output_text(out, "{");
    put_text(out, "unit", unit_of(figure));
    put_natural(out, "seeds", estimate->count);
    put_number(out, "mean", estimate->count > 0, estimate->mean);
    put_number(out, "half_interval", estimate->count > 0, estimate->half);
    put_number(out, "deviation", estimate->count > 1, estimate->deviation);
    put_number(out, "least", estimate->count > 0, estimate->least);
    put_number(out, "most", estimate->count > 0, estimate->most);
    put_key(out, "difference");
    if (difference->of.count == 0) {
        sim_output_text(out, "null}");
        return;
    }
    sim_output_text(out, "{");
    put_number(out, "mean", true, difference->of.mean);
    put_number(out, "half_interval", true, difference->of.half);
    put_number(out, "effect", difference->has_effect, difference->effect);
    put_number(out, "correlation", difference->varies, difference->correlation);
    put_number(out, "gain", difference->gain > 0, difference->gain);
    put_bool(out, "noise", difference->is_noise);
    sim_output_text(out, "}}");
}

static void put_verdict(struct sim_output *out, const struct compared *variant, size_t verdict)
{
    const uint64_t *counts = variant->verdicts[verdict];

    sim_output_text(out, "{");
    put_natural(out, "holds", counts[SIM_HOLDS]);
    put_natural(out, "violated", counts[SIM_BROKEN]);
    put_natural(out, "undecided", counts[SIM_UNDECIDED]);
    if (counts[SIM_BROKEN] > 0)
        put_natural(out, "first_violated", variant->first_broken[verdict]);
    sim_output_text(out, "}");
}

static void put_expected(struct sim_output *out, const struct compared *variant)
{
    put_key(out, "expectations");
    sim_output_text(out, "[");
    for (size_t i = 0; i < variant->expected_count; i++) {
        const struct compared_expectation *one = &variant->expected[i];

        put_key(out, NULL);
        sim_output_text(out, "{");
        put_text(out, "expectation", one->text);
        put_natural(out, "holds", one->verdicts[SIM_HOLDS]);
        put_natural(out, "violated", one->verdicts[SIM_BROKEN]);
        put_natural(out, "undecided", one->verdicts[SIM_UNDECIDED]);
        if (one->verdicts[SIM_BROKEN] > 0)
            put_natural(out, "first_violated", one->first_broken);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

/* By seed: what `run` of the same seed has. */
static void put_digests(struct sim_output *out, const struct comparison *comparison, size_t index)
{
    put_key(out, "digests");
    sim_output_text(out, "[");
    for (size_t seed = 0; seed < comparison->seeds; seed++)
        put_text(out, NULL,
                 comparison->campaign->outcomes[seed * comparison->count + index]->digest);
    sim_output_text(out, "]");
}

static void put_variant(struct sim_output *out, const struct comparison *comparison, size_t index)
{
    const struct compared *variant = &comparison->variants[index];

    put_key(out, NULL);
    sim_output_text(out, "{");
    put_text(out, "name", variant->name);
    put_text(out, "about", variant->words);
    put_text(out, "label", comparison->was_cut ? variant->label : NULL);
    put_status(out, "consistent_calm", variant->c_calm);
    put_status(out, "consistent_cut", variant->c_cut);
    put_status(out, "available_calm", variant->a_calm);
    put_status(out, "available_cut", variant->a_cut);
    put_text(out, "strongest", strength_names[variant->strength]);
    put_bool(out, "stronger_unknown", variant->strength_unknown);
    put_bool(out, "on_front", variant->dominated_by == SIZE_MAX);
    put_text(out, "dominated_by",
             variant->dominated_by == SIZE_MAX ? NULL
                                               : comparison->variants[variant->dominated_by].name);
    put_bool(out, "lost_is_lower_bound",
             compared_status(variant, MEASURED_LOST_WHOLE) == SIM_BROKEN);
    put_natural(out, "died", variant->deaths);
    put_natural(out, "stopped", variant->stopped);
    put_digests(out, comparison, index);
    put_expected(out, variant);
    put_key(out, "verdicts");
    sim_output_text(out, "{");
    for (size_t k = 0; k < COMPARED_VERDICTS; k++) {
        if (!verdict_names[k])
            continue;
        put_key(out, verdict_names[k]);
        put_verdict(out, variant, k);
    }
    sim_output_text(out, "}");
    put_key(out, "figures");
    sim_output_text(out, "{");
    for (size_t k = 0; k < COMPARED_FIGURES; k++) {
        char *name = figure_name(comparison, k);

        if (name) {
            put_key(out, name);
            put_figure(out, variant, k);
        }
        sim_free(name);
    }
    sim_output_text(out, "}}");
}

void compare_print_json(const struct comparison *comparison, FILE *file)
{
    const struct campaign *campaign = comparison->campaign;
    struct sim_output out;

    sim_output_init(&out, file);
    sim_output_text(&out, "{");
    put_text(&out, "scenario", campaign->path);
    put_text(&out, "name", sim_scenario_plan(campaign->cells[0].scenario)->name);
    put_natural(&out, "first", campaign->first);
    put_natural(&out, "last", campaign->last);
    put_natural(&out, "seeds", comparison->seeds);
    put_text(&out, "end", campaign_end_names[campaign->end]);
    put_text(&out, "baseline", comparison->variants[comparison->baseline].name);
    put_key(&out, "variants");
    sim_output_text(&out, "[");
    for (size_t i = 0; i < comparison->count; i++)
        put_variant(&out, comparison, i);
    sim_output_text(&out, "]}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}
