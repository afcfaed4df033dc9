/* compare_service_words.c - what the figures of policies of calls come to. */
#include "tools/orrery/compare_sentence.h"

#include <inttypes.h>

static double mean(const struct compared *variant, enum measured_figure figure)
{
    return variant->figures[figure].mean;
}

static bool has(const struct compared *variant, enum measured_figure figure)
{
    return variant->figures[figure].count > 0;
}

static void say_goodput(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence keeps = { 0 }, stays = { 0 }, back = { 0 };
    char text[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const uint64_t *counts = variant->verdicts[compared_verdict(MEASURED_RECOVERS)];
        double calm = mean(variant, MEASURED_GOODPUT_CALM);

        if (has(variant, MEASURED_GOODPUT_CUT) && calm > 0) {
            sentence_add_variant(&keeps, variant);
            sentence_add(&keeps, " (%.0f %%)", mean(variant, MEASURED_GOODPUT_CUT) / calm * 100);
        }
        if (counts[SIM_BROKEN] > 0) {
            sentence_add_variant(&stays, variant);
            sentence_add(&stays,
                         " (%" PRIu64 " of %" PRIu64
                         " seeds that tell; %.0f %% of the goodput before)",
                         counts[SIM_BROKEN], counts[SIM_BROKEN] + counts[SIM_HOLDS],
                         calm > 0 ? mean(variant, MEASURED_GOODPUT_AFTER) / calm * 100 : 0);
        } else if (has(variant, MEASURED_GOODPUT_BACK)) {
            sentence_add_variant(&back, variant);
            sentence_add(&back, " (%s s)",
                         compared_time(text, &variant->figures[MEASURED_GOODPUT_BACK], SIM_SECOND));
        }
    }
    if (!comparison->was_cut)
        return;
    sentence_say("Keeps of its goodput under the fault:", &keeps, markdown, file);
    sentence_say("Comes back when it is over, and stays:", &back, markdown, file);
    sentence_say("Does not come back, though nothing is wrong any more (a metastable failure, if "
                 "time would not mend it):",
                 &stays, markdown, file);
}

static void say_sent(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct compared *baseline = &comparison->variants[comparison->baseline];
    struct sentence more = { 0 }, less = { 0 };
    char text[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const struct difference *difference = &variant->differences[MEASURED_SENT];
        struct sentence *to = difference->of.mean > 0 ? &more : &less;

        if (i == comparison->baseline || difference->of.count == 0 || difference->is_noise)
            continue;
        sentence_add_variant(to, variant);
        sentence_add(to, " (%s", compared_count(text, &variant->figures[MEASURED_SENT]));
        if (has(variant, MEASURED_SENT_CUT))
            sentence_add(to, ", under fault %s",
                         compared_count(text, &variant->figures[MEASURED_SENT_CUT]));
        sentence_add(to, ")");
    }
    compare_say(file, markdown, "Requests sent for each of a client, in %s: %s.", baseline->name,
                compared_count(text, &baseline->figures[MEASURED_SENT]));
    if (!markdown)
        fputc('\n', file);
    sentence_say("Sends more:", &more, markdown, file);
    if (less.count > 0)
        sentence_say("Sends less:", &less, markdown, file);
}

static void say_latency(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence slower = { 0 }, quicker = { 0 };

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const struct difference *difference = &variant->differences[MEASURED_CALM_P99];
        struct sentence *to = difference->of.mean > 0 ? &slower : &quicker;

        if (i == comparison->baseline || difference->of.count == 0 || difference->is_noise)
            continue;
        sentence_add_variant(to, variant);
        sentence_add(to, " (%+.3g ms)", difference->of.mean / (double)SIM_MILLISECOND);
    }
    sentence_say(
        "Pays in latency while nothing is wrong (p99 of ok answers, against the baseline):",
        &slower, markdown, file);
    sentence_say("Is quicker then:", &quicker, markdown, file);
}

static void say_degraded(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence sentence = { 0 };
    char text[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (!(mean(variant, MEASURED_DEGRADED) > 0))
            continue;
        sentence_add_variant(&sentence, variant);
        sentence_add(&sentence, " (%s %% of calls)",
                     compared_share(text, &variant->figures[MEASURED_DEGRADED]));
    }
    if (sentence.count > 0)
        sentence_say("Answers with something else where there is no answer:", &sentence, markdown,
                     file);
}

static void say_front(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence front = { 0 }, behind = { 0 };

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (variant->dominated_by == SIZE_MAX) {
            sentence_add_variant(&front, variant);
        } else {
            sentence_add_variant(&behind, variant);
            sentence_add(&behind, " (by %s)", comparison->variants[variant->dominated_by].name);
        }
    }
    sentence_say(
        "On the Pareto front (goodput under fault and afterwards, requests sent, calm p99), "
        "where more of one costs another:",
        &front, markdown, file);
    if (behind.count == 0)
        return;
    compare_say(file, markdown,
                "Not on it, since another is better in one and worse in none: %s. A difference "
                "whose 95 %% interval over these %zu seeds has 0 in it counts as none.",
                behind.text, comparison->seeds);
    if (!markdown)
        fputc('\n', file);
}

void compare_print_service_words(const struct comparison *comparison, bool markdown, FILE *file)
{
    compare_heading("In words", markdown, file);
    if (!markdown)
        fputc('\n', file);
    say_goodput(comparison, markdown, file);
    say_sent(comparison, markdown, file);
    say_latency(comparison, markdown, file);
    say_degraded(comparison, markdown, file);
    say_front(comparison, markdown, file);
}
