/* compare_words.c - what the figures come to, for who has to choose. */
#include "sim/core/mem.h"
#include "tools/orrery/compare_sentence.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The mean alone: lists of many are hard enough to read. */
static struct estimate bare(const struct compared *variant, enum measured_figure figure)
{
    struct estimate estimate = variant->figures[figure];

    estimate.half = 0;
    return estimate;
}

static bool has(const struct compared *variant, enum measured_figure figure)
{
    return variant->figures[figure].count > 0;
}

static double mean(const struct compared *variant, enum measured_figure figure)
{
    return variant->figures[figure].mean;
}

static uint64_t seeds_above_zero(const struct comparison *comparison, size_t variant,
                                 enum measured_figure figure)
{
    const double *values =
        comparison->variants[variant].values + (size_t)figure * comparison->seeds;
    uint64_t count = 0;

    for (size_t i = 0; i < comparison->seeds; i++)
        count += values[i] > 0; /* what is not a number is not */
    return count;
}

/* -- sentences --------------------------------------------------------------------------------- */

static void say_lost(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence lost = { 0 }, partly = { 0 }, unknown = { 0 };
    char count[COMPARED_TEXT], share[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (has(variant, MEASURED_LOST) &&
            compared_status(variant, MEASURED_LOST_WHOLE) == SIM_BROKEN)
            sentence_add_variant(&partly, variant);
        if (!has(variant, MEASURED_LOST)) {
            sentence_add_variant(&unknown, variant);
        } else if (mean(variant, MEASURED_LOST) > 0) {
            sentence_add_variant(&lost, variant);
            sentence_add(&lost, " (%s writes a run, %s %% of all, under %" PRIu64 " of %zu seeds)",
                         compared_count(count, &variant->figures[MEASURED_LOST]),
                         compared_share(share, &variant->figures[MEASURED_LOST_SHARE]),
                         seeds_above_zero(comparison, i, MEASURED_LOST), comparison->seeds);
        }
    }
    sentence_say("Loses writes that it had acknowledged (money, if these were payments):", &lost,
                 markdown, file);
    if (partly.count > 0)
        sentence_say(
            "Whether these lose any, or more than that, is not known, since they tell only the "
            "last "
            "value of each key:",
            &partly, markdown, file);
    if (unknown.count > 0)
        sentence_say("Does not tell what it holds, so losses are not known:", &unknown, markdown,
                     file);
}

static void say_stale(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence sentence = { 0 };
    char share[COMPARED_TEXT], cut[COMPARED_TEXT], age[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const struct estimate *in_cut = &variant->figures[MEASURED_STALE_CUT];

        if (!(mean(variant, MEASURED_STALE) > 0))
            continue;
        sentence_add(&sentence, "%s", sentence.count > 0 ? "; " : "");
        sentence.count = 0;
        sentence_add_variant(&sentence, variant);
        sentence_add(&sentence, " (%s %% of reads",
                     compared_share(share, &variant->figures[MEASURED_STALE]));
        if (in_cut->count > 0)
            sentence_add(&sentence, ", %s %% under fault", compared_share(cut, in_cut));
        sentence_add(&sentence, "; oldest read %s s, under one seed %.3g s)",
                     compared_time(age, &variant->figures[MEASURED_STALE_AGE], SIM_SECOND),
                     variant->figures[MEASURED_STALE_AGE].most / (double)SIM_SECOND);
    }
    sentence_say("Serves old data:", &sentence, markdown, file);
}

static void say_sides(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence both = { 0 }, one = { 0 };
    char majority[COMPARED_TEXT], minority[COMPARED_TEXT];
    bool sides = false;

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];
        const struct estimate here = bare(variant, MEASURED_OK_MAJORITY);
        const struct estimate there = bare(variant, MEASURED_OK_MINORITY);

        sides |= here.count > 0 || there.count > 0;
        if (variant->a_cut == SIM_HOLDS) {
            sentence_add_variant(&both, variant);
        } else if (here.count > 0 && there.count > 0) {
            sentence_add_variant(&one, variant);
            sentence_add(&one, " (%s %% and %s %%)", compared_share(majority, &here),
                         compared_share(minority, &there));
        }
    }
    if (!comparison->was_cut)
        return;
    sentence_say(sides ? "Stays up on both sides of the cut (99 % and more on each):"
                       : "Stays up under the fault (99 % and more):",
                 &both, markdown, file);
    if (one.count > 0)
        sentence_say("Does not stay up on both (ok on the majority's side, on the minority's):",
                     &one, markdown, file);
}

static void say_price_of(const struct comparison *comparison, const char *what,
                         enum measured_figure figure, size_t with, size_t without,
                         struct sentence *sentence)
{
    const struct compared *a = &comparison->variants[with], *b = &comparison->variants[without];
    struct difference difference;
    char here[COMPARED_TEXT], there[COMPARED_TEXT];

    difference_make(&difference, a->values + (size_t)figure * comparison->seeds,
                    b->values + (size_t)figure * comparison->seeds, comparison->seeds);
    if (difference.of.count == 0)
        return;
    sentence_add(sentence, "%sa %s %s instead of %s ms", sentence->count++ > 0 ? ", " : "", what,
                 compared_time(here, &a->figures[figure], SIM_MILLISECOND),
                 compared_time(there, &b->figures[figure], SIM_MILLISECOND));
    if (difference.is_noise)
        sentence_add(sentence, " (no difference to be seen)");
    else
        sentence_add(sentence, " (%+.3g ms)", difference.of.mean / (double)SIM_MILLISECOND);
}

static void say_price(const struct comparison *comparison, bool markdown, FILE *file)
{
    static const char *const headings[] = { "Not linearizable (the same):",
                                            "Linearizable under every seed (calm p50 of a read, of "
                                            "a write, in ms):" };
    struct sentence sentence = { 0 };
    struct compared_pair pair;
    char read[COMPARED_TEXT], write[COMPARED_TEXT];

    for (int linearizable = 1; linearizable >= 0; linearizable--) {
        struct sentence list = { 0 };

        for (size_t i = 0; i < comparison->count; i++) {
            const struct compared *variant = &comparison->variants[i];

            if ((variant->c_cut == SIM_HOLDS) != (linearizable == 1))
                continue;
            const struct estimate of_read = bare(variant, MEASURED_READ_P50);
            const struct estimate of_write = bare(variant, MEASURED_WRITE_P50);

            sentence_add_variant(&list, variant);
            sentence_add(&list, " (%s, %s)", compared_time(read, &of_read, SIM_MILLISECOND),
                         compared_time(write, &of_write, SIM_MILLISECOND));
        }
        sentence_say(headings[linearizable], &list, markdown, file);
    }
    if (!compared_pair_find(&pair, comparison))
        return;
    say_price_of(comparison, "read", MEASURED_READ_P50, pair.with, pair.without, &sentence);
    say_price_of(comparison, "write", MEASURED_WRITE_P50, pair.with, pair.without, &sentence);
    sentence_add(&sentence, ", %.3g instead of %.3g messages over the whole run",
                 mean(&comparison->variants[pair.with], MEASURED_MESSAGES),
                 mean(&comparison->variants[pair.without], MEASURED_MESSAGES));
    if (pair.count > 0)
        sentence_add(&sentence, ", by %s and %s, which are one store and differ in %s",
                     comparison->variants[pair.with].name, comparison->variants[pair.without].name,
                     pair.settings);
    else
        sentence_add(
            &sentence,
            ", by %s, the most available that is linearizable, and %s, the most available that is "
            "not: different stores, so that the difference is not that of linearizability alone",
            comparison->variants[pair.with].name, comparison->variants[pair.without].name);
    sentence_say("What linearizability costs while nothing is wrong:", &sentence, markdown, file);
}

static void say_conflicts(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence sentence = { 0 };
    char share[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (!(mean(variant, MEASURED_SIBLINGS) > 0))
            continue;
        sentence_add_variant(&sentence, variant);
        sentence_add(&sentence, " (%s %% of reads)",
                     compared_share(share, &variant->figures[MEASURED_SIBLINGS]));
    }
    if (sentence.count > 0)
        sentence_say(
            "Keeps both of two conflicting writes, and leaves it to its client to merge them:",
            &sentence, markdown, file);
}

/* -- which for what ---------------------------------------------------------------------------- */

/* Those that would have been asked about, too, if it were known what they lose. */
static void add_unknown(struct sentence *sentence, const struct comparison *comparison,
                        bool (*fits)(const struct compared *variant))
{
    size_t count = 0;

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (!fits(variant) || compared_knows_losses(variant))
            continue;
        sentence_add(
            sentence, "%s%s",
            count++ > 0 ? ", " : " (left out, since their losses are not known: ", variant->name);
    }
    if (count > 0)
        sentence_add(sentence, ")");
}

static bool is_bank(const struct compared *variant)
{
    return variant->c_cut == SIM_HOLDS;
}

/* Refuse rather than be wrong: of those that were never wrong and lost nothing, the most available
 * under the cut. */
static void say_bank(const struct comparison *comparison, bool markdown, FILE *file)
{
    enum measured_figure available = comparison_availability(comparison);
    const struct compared *best = NULL;
    struct sentence sentence = { 0 };
    char share[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (is_bank(variant) && compared_loses_nothing(variant) && has(variant, available) &&
            (!best || mean(variant, available) > mean(best, available)))
            best = variant;
    }
    if (best) {
        sentence_add_variant(&sentence, best);
        sentence_add(&sentence, ", which answers %s %% %s",
                     compared_share(share, &best->figures[available]),
                     comparison->was_cut ? "under fault" : "of what is asked");
    }
    add_unknown(&sentence, comparison, is_bank);
    sentence_say(
        "Where a wrong answer is worse than none (an account): of those that are linearizable and "
        "lose nothing the most available is",
        &sentence, markdown, file);
}

static bool is_feed(const struct compared *variant)
{
    return variant->a_cut == SIM_HOLDS && has(variant, MEASURED_STALE);
}

static bool is_cart(const struct compared *variant)
{
    return is_feed(variant) && mean(variant, MEASURED_SIBLINGS) > 0;
}

/* Answer rather than refuse: up on all sides, nothing lost, as fresh as can be. */
static void say_feed(const struct comparison *comparison, bool markdown, FILE *file)
{
    const struct compared *best = NULL;
    struct sentence sentence = { 0 };
    char share[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (is_feed(variant) && compared_loses_nothing(variant) &&
            (!best || mean(variant, MEASURED_STALE) < mean(best, MEASURED_STALE)))
            best = variant;
    }
    if (best) {
        sentence_add_variant(&sentence, best);
        sentence_add(&sentence, ", of whose reads %s %% are stale",
                     compared_share(share, &best->figures[MEASURED_STALE]));
    }
    add_unknown(&sentence, comparison, is_feed);
    if (comparison->was_cut)
        sentence_say(
            "Where no answer is worse than an old one (a feed): of those that stay up on every "
            "side and lose nothing the least stale is",
            &sentence, markdown, file);
}

/* And no change that was taken may be dropped for another that did not know of it. */
static void say_cart(const struct comparison *comparison, bool markdown, FILE *file)
{
    struct sentence sentence = { 0 };

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (is_cart(variant) && compared_loses_nothing(variant))
            sentence_add_variant(&sentence, variant);
    }
    add_unknown(&sentence, comparison, is_cart);
    if (comparison->was_cut)
        sentence_say(
            "Where, besides, no change may be dropped for one made on the other side (a shopping "
            "cart): of these the ones that keep both are",
            &sentence, markdown, file);
}

/* "loses nothing", "loses 14.6 %", "losses not known" */
static void add_losses(struct sentence *sentence, const struct compared *variant)
{
    char share[COMPARED_TEXT];
    const struct estimate of_lost = bare(variant, MEASURED_LOST_SHARE);
    bool known = compared_knows_losses(variant), some = of_lost.count > 0 && of_lost.mean > 0;

    if (known && !some)
        sentence_add(sentence, ", loses nothing");
    else if (some)
        sentence_add(sentence, ", LOSES %s%s %% of acknowledged writes", known ? "" : "at least ",
                     compared_share(share, &of_lost));
    else
        sentence_add(sentence, ", losses not known");
}

static void say_front(const struct comparison *comparison, bool markdown, FILE *file)
{
    enum measured_figure available = comparison_availability(comparison);
    struct sentence front = { 0 }, behind = { 0 };
    char ok[COMPARED_TEXT], stale[COMPARED_TEXT], calm[COMPARED_TEXT];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *variant = &comparison->variants[i];

        if (variant->dominated_by != SIZE_MAX) {
            sentence_add_variant(&behind, variant);
            sentence_add(&behind, " (by %s)", comparison->variants[variant->dominated_by].name);
            continue;
        }
        const struct estimate of_ok = bare(variant, available);
        const struct estimate of_stale = bare(variant, MEASURED_STALE);
        const struct estimate of_calm = bare(variant, MEASURED_CALM_P50);

        sentence_add_variant(&front, variant);
        sentence_add(&front, " (%s %% ok, %s %% stale, %s ms", compared_share(ok, &of_ok),
                     compared_share(stale, &of_stale),
                     compared_time(calm, &of_calm, SIM_MILLISECOND));
        add_losses(&front, variant);
        sentence_add(&front, ")");
    }
    sentence_say(
        comparison->was_cut
            ? "On the Pareto front (availability under fault, stale reads, calm p50, lost "
              "writes), where more of one costs another:"
            : "On the Pareto front (availability, stale reads, p50, lost writes), where more of "
              "one costs another:",
        &front, markdown, file);
    if (behind.count == 0)
        return;
    compare_say(
        file, markdown,
        "%sNot on it, since another is better in one and worse in none:%s %s. Worse is what "
        "these %zu seeds show: a difference whose 95 %% interval has 0 in it counts as "
        "none, and more seeds may tell such variants apart. Who may lose more, for all "
        "that is known, displaces nobody.",
        markdown ? "**" : "", markdown ? "**" : "", behind.text, comparison->seeds);
    if (!markdown)
        fputc('\n', file);
}

void compare_print_words(const struct comparison *comparison, bool markdown, FILE *file)
{
    compare_heading("In words", markdown, file);
    if (!markdown)
        fputc('\n', file);
    say_lost(comparison, markdown, file);
    say_sides(comparison, markdown, file);
    say_price(comparison, markdown, file);
    say_stale(comparison, markdown, file);
    say_conflicts(comparison, markdown, file);
    say_bank(comparison, markdown, file);
    say_feed(comparison, markdown, file);
    say_cart(comparison, markdown, file);
    say_front(comparison, markdown, file);
}
