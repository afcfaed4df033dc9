/* check_age_oracle.c - staleness, visibility, ids, tokens and siblings against those who look
 * everything up.
 *
 * As check_consistency_oracle.c, and ORRERY_ORACLE_ROUNDS means the same. */
#include "sim/check/history_checker.h"
#include "sim/check/history_reader.h"
#include "sim/check/staleness.h"
#include "tests/lib/age_oracle.h"
#include "tests/lib/consistency_random.h"
#include "tests/lib/evidence.h"
#include "tests/lib/linear_random.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 9, ROUNDS = 20000, WORD = 40 };

static const char letters[] = {
    [SIM_LINEAR_YES] = 'y', [SIM_LINEAR_NO] = 'n', [SIM_LINEAR_UNDECIDED] = '?'
};

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

/* -- what checkers say ------------------------------------------------------------------------- */

struct parameter {
    const char *name;
    char value[WORD]; /* empty: the default */
};

static enum sim_linear_status ask(const char *name, const struct consistency_history *history,
                                  const struct parameter *parameters, size_t count)
{
    const struct sim_checker *checker = checker_named(name);
    char text[SIM_CHECK_TEXT];
    void *params = sim_checker_defaults(checker, SIM_NO_GROUP, text);
    struct sim_history_view view = { .operations = history->ops,
                                     .count = history->count,
                                     .sessions = history->sessions,
                                     .linear = { .initial = history->initial } };
    struct sim_linear_result result = { .status = SIM_LINEAR_YES };

    for (size_t i = 0; i < count; i++)
        if (parameters[i].value[0] != '\0' &&
            !sim_checker_set(checker, params, parameters[i].name, parameters[i].value, text))
            ck_abort_msg("%s: %s", parameters[i].name, text);
    for (size_t i = 0; i < history->count; i++)
        view.completed += history->ops[i].returned != SIM_LINEAR_OPEN;
    checker->judge_history(&view, params, &result);
    free(params);
    sim_linear_result_finish(&result);
    return result.status;
}

struct tally {
    unsigned said[3];
};

static void compare(const char *name, const struct consistency_history *history,
                    const struct parameter *parameters, size_t count,
                    enum sim_linear_status expected, struct tally *tally)
{
    enum sim_linear_status said = ask(name, history, parameters, count);
    char text[CONSISTENCY_RANDOM_TEXT];

    if (said != expected) {
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, "%s=%s ", parameters[i].name, parameters[i].value);
        ck_abort_msg("%s: %c, but it is %c: %s", name, letters[said], letters[expected],
                     consistency_text(history, text));
    }
    tally->said[said]++;
}

static void expect(const char *name, const struct tally *tally, unsigned least_undecided)
{
    unsigned all = rounds();

    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("%-12s agree on %u: yes %u, no %u, undecided %u\n", name, all, tally->said[0],
               tally->said[1], tally->said[2]);
    ck_assert_uint_gt(tally->said[SIM_LINEAR_YES], all / 10);
    ck_assert_uint_gt(tally->said[SIM_LINEAR_NO], all / 10);
    ck_assert_uint_gt(tally->said[SIM_LINEAR_UNDECIDED], least_undecided);
}

/* -- age --------------------------------------------------------------------------------------- */

static void compare_ages(const struct consistency_history *history,
                         const struct age_oracle *oracles, unsigned *stale)
{
    struct sim_history_view view = { .operations = history->ops,
                                     .count = history->count,
                                     .linear = { .initial = history->initial } };
    struct sim_staleness measured;
    char text[CONSISTENCY_RANDOM_TEXT];
    size_t next = 0;
    bool thin_air = false, same = true;

    sim_staleness_measure(&measured, &view);
    for (size_t i = 0; i < history->count; i++)
        thin_air |= oracles[i].thin_air;
    same = thin_air == (measured.thin_air != SIM_STALENESS_NONE) &&
           (!thin_air || oracles[measured.thin_air].thin_air);
    for (size_t i = 0; same && !thin_air && i < history->count; i++) {
        const struct age_oracle *oracle = &oracles[i];
        const struct sim_read_age *age = &measured.ages[next];

        if (!oracle->judged)
            continue;
        next++;
        *stale += oracle->versions > 0;
        same = next <= measured.count && age->read == i && age->versions == oracle->versions &&
               age->age == oracle->age &&
               (age->newer != SIM_STALENESS_NONE) == (oracle->versions > 0) &&
               (age->latest != SIM_STALENESS_NONE) == oracle->has_latest &&
               (!oracle->has_latest ||
                (age->since == oracle->since && age->sees_latest == oracle->sees_latest));
    }
    if (!same || (!thin_air && next != measured.count))
        ck_abort_msg("ages differ: %s", consistency_text(history, text));
    sim_staleness_finish(&measured);
}

/* Bounds, or none, so that each is often just kept and just broken. */
struct bounds {
    uint64_t share, least, behind, versions, worst; /* UINT64_MAX: none; shares are percent */
    uint64_t at_least, at_most, after;
};

static uint64_t maybe(uint64_t *state, uint64_t below)
{
    bool given = linear_random_below(state, 2) == 0;
    uint64_t drawn = linear_random_below(state, below);

    return given ? drawn : UINT64_MAX;
}

static struct parameter parameter(const char *name, uint64_t value, const char *unit)
{
    struct parameter one = { .name = name };

    if (value != UINT64_MAX)
        snprintf(one.value, sizeof(one.value), "%" PRIu64 "%s", value, unit);
    return one;
}

static enum sim_linear_status staleness(const struct consistency_history *history,
                                        const struct age_oracle *oracles,
                                        const struct bounds *bounds)
{
    uint64_t reads = 0, stale = 0;
    uint64_t left_out = age_oracle_left_out(history->ops, history->count, history->initial);
    bool broken = false;

    for (size_t i = 0; i < history->count; i++) {
        reads += oracles[i].judged;
        stale += oracles[i].judged && oracles[i].versions > 0 &&
                 (bounds->behind == UINT64_MAX || oracles[i].versions >= bounds->behind);
        broken |=
            oracles[i].thin_air || oracles[i].versions > bounds->versions ||
            (bounds->worst != UINT64_MAX && oracles[i].age > (int64_t)bounds->worst * 1000000);
    }
    if (broken)
        return SIM_LINEAR_NO;
    if (bounds->share != UINT64_MAX && stale * 100 > bounds->share * (reads + left_out))
        return SIM_LINEAR_NO; /* even if all that are left out were fresh */
    if (reads > 0 && bounds->least != UINT64_MAX &&
        (stale + left_out) * 100 < bounds->least * (reads + left_out))
        return SIM_LINEAR_NO; /* or stale */
    return reads == 0 || left_out > 0 ? SIM_LINEAR_UNDECIDED : SIM_LINEAR_YES;
}

static enum sim_linear_status visibility(const struct consistency_history *history,
                                         const struct age_oracle *oracles,
                                         const struct bounds *bounds)
{
    uint64_t reads = 0, seen = 0;
    uint64_t left_out = age_oracle_left_out(history->ops, history->count, history->initial);

    for (size_t i = 0; i < history->count; i++) {
        if (oracles[i].thin_air)
            return SIM_LINEAR_NO;
        if (!oracles[i].judged || !oracles[i].has_latest ||
            (bounds->after != UINT64_MAX && oracles[i].since < (int64_t)bounds->after * 1000000))
            continue;
        reads++;
        seen += oracles[i].sees_latest;
    }
    if (reads == 0)
        return SIM_LINEAR_UNDECIDED;
    if (bounds->at_least != UINT64_MAX &&
        (seen + left_out) * 100 < bounds->at_least * (reads + left_out))
        return SIM_LINEAR_NO; /* even if all that are left out saw it */
    if (bounds->at_most != UINT64_MAX && seen * 100 > bounds->at_most * (reads + left_out))
        return SIM_LINEAR_NO; /* or none did */
    return left_out > 0 ? SIM_LINEAR_UNDECIDED : SIM_LINEAR_YES;
}

START_TEST(ages_agree)
{
    struct tally stales = { { 0 } }, visibles = { { 0 } };
    unsigned stale = 0;
    uint64_t state = 11;

    for (unsigned round = 0; round < rounds(); round++) {
        struct consistency_history history;
        struct age_oracle oracles[CONSISTENCY_RANDOM_MAX];
        struct parameter given[5];
        struct bounds bounds;

        consistency_random(&history, OPERATIONS, &state);
        bounds.share = maybe(&state, 101);
        bounds.least = maybe(&state, 4) != 0 ? UINT64_MAX : linear_random_below(&state, 101);
        bounds.behind = maybe(&state, 3);
        bounds.behind += bounds.behind != UINT64_MAX;
        bounds.versions = maybe(&state, 4);
        bounds.worst = maybe(&state, 20);
        bounds.at_least = maybe(&state, 101);
        bounds.at_most = maybe(&state, 4) != 0 ? UINT64_MAX : linear_random_below(&state, 101);
        bounds.after = maybe(&state, 10);
        for (size_t i = 0; i < history.count; i++)
            oracles[i] = age_oracle(history.ops, history.count, i, history.initial);
        compare_ages(&history, oracles, &stale);
        given[0] = parameter("share", bounds.share, "%");
        given[1] = parameter("versions", bounds.versions, "");
        given[2] = parameter("worst", bounds.worst, "ms");
        given[3] = parameter("at_least", bounds.least, "%");
        given[4] = parameter("behind", bounds.behind, "");
        compare("staleness", &history, given, 5, staleness(&history, oracles, &bounds), &stales);
        given[0] = parameter("at_least", bounds.at_least, "%");
        given[1] = parameter("after", bounds.after, "ms");
        given[2] = parameter("at_most", bounds.at_most, "%");
        compare("visibility", &history, given, 3, visibility(&history, oracles, &bounds),
                &visibles);
    }
    expect("staleness", &stales, rounds() / 20);
    expect("visibility", &visibles, rounds() / 20);
    ck_assert_uint_gt(stale, rounds() / 10);
}
END_TEST

/* -- counting ---------------------------------------------------------------------------------- */

START_TEST(ids_agree)
{
    struct tally tally = { { 0 } };
    uint64_t state = 12;

    for (unsigned round = 0; round < rounds(); round++) {
        struct consistency_history history;
        bool each_key = linear_random_below(&state, 2) == 0;
        struct parameter given = { "each_key", "" };
        uint64_t ids = 1 + linear_random_below(&state, 60), share = linear_random_below(&state, 9);

        consistency_random(&history, OPERATIONS, &state);
        strcpy(given.value, each_key ? "true" : "false");
        for (size_t i = 0; i < history.count; i++) {
            struct sim_linear_operation *op = &history.ops[i];

            if (linear_random_below(&state, 8) < share)
                continue;
            op->kind = SIM_LINEAR_ADD;
            op->items = NULL;
            op->answered = op->returned != SIM_LINEAR_OPEN && linear_random_below(&state, 8) != 0;
            op->value = (int64_t)linear_random_below(&state, ids);
        }
        compare("unique_ids", &history, &given, 1,
                age_oracle_unique_ids(history.ops, history.count, each_key), &tally);
    }
    expect("unique_ids", &tally, rounds() / 20);
}
END_TEST

START_TEST(tokens_agree)
{
    struct tally tally = { { 0 } };
    uint64_t state = 13;

    for (unsigned round = 0; round < rounds(); round++) {
        struct consistency_history history;
        uint64_t tokens = 1 + linear_random_below(&state, 20);
        uint64_t texts = linear_random_below(&state, 4) == 0 ? linear_random_below(&state, 20) : 0;

        consistency_random(&history, OPERATIONS, &state);
        for (size_t i = 0; i < history.count; i++) {
            struct sim_linear_operation *op = &history.ops[i];

            if (op->kind == SIM_LINEAR_WRITE && linear_random_below(&state, 3) != 0)
                op->argument =
                    (int64_t)linear_random_below(&state, tokens) +
                    (linear_random_below(&state, 20) < texts ? SIM_HISTORY_TEXTS_FROM - 20 : 0);
            else if (op->kind == SIM_LINEAR_WRITE && linear_random_below(&state, 3) != 0)
                op->kind =
                    linear_random_below(&state, 2) == 0 ? SIM_LINEAR_READ : SIM_LINEAR_DELETE;
        }
        compare("fencing", &history, NULL, 0,
                age_oracle_fencing(history.ops, history.count, SIM_HISTORY_TEXTS_FROM), &tally);
    }
    expect("fencing", &tally, rounds() / 40);
}
END_TEST

START_TEST(siblings_agree)
{
    static const int64_t values[] = { 1, 2, 3, 4 };
    struct tally tally = { { 0 } };
    uint64_t state = 14;

    for (unsigned round = 0; round < rounds(); round++) {
        struct consistency_history history;
        struct parameter given[2];
        uint64_t share = linear_random_below(&state, 101),
                 most = 1 + linear_random_below(&state, 4);
        uint64_t lists = linear_random_below(&state, 100);

        consistency_random(&history, OPERATIONS, &state);
        given[0] = parameter("share", share, "%");
        given[1] = parameter("most", most, "");
        for (size_t i = 0; i < history.count; i++) {
            struct sim_linear_operation *op = &history.ops[i];

            if (op->kind == SIM_LINEAR_READ && op->answered &&
                linear_random_below(&state, 100) < lists) {
                op->items = values;
                op->item_count = (uint32_t)linear_random_below(&state, 5);
            } else if (op->kind == SIM_LINEAR_WRITE && linear_random_below(&state, 12) == 0) {
                op->kind = SIM_LINEAR_APPEND;
            }
        }
        compare("siblings", &history, given, 2,
                age_oracle_siblings(history.ops, history.count, share, (uint32_t)most), &tally);
    }
    expect("siblings", &tally, rounds() / 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("age oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, 60);
    tcase_add_test(random, ages_agree);
    tcase_add_test(random, ids_agree);
    tcase_add_test(random, tokens_agree);
    tcase_add_test(random, siblings_agree);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
