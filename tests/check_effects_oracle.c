/* check_effects_oracle.c - effects, sums and goodput against what is looked up by the words of
 * docs/checkers.md.
 *
 * ORRERY_ORACLE_ROUNDS in the environment is how many random runs there are of each kind, and has
 * the shares told; 100000 of them take some minutes.
 */
#include "tests/lib/effects_play.h"
#include "tests/lib/linear_random.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2000 };

static const char letters[] = { [SIM_HOLDS] = 'y', [SIM_BROKEN] = 'n', [SIM_UNDECIDED] = '?' };

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

static int below(uint64_t *state, int bound)
{
    return (int)linear_random_below(state, (uint64_t)bound);
}

/* Each kind of verdict has its share, so that none is agreed on for want of cases. */
static void tell_shares(const char *what, const unsigned said[3])
{
    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("%s agrees on %u: yes %u, no %u, undecided %u\n", what, rounds(), said[SIM_HOLDS],
               said[SIM_BROKEN], said[SIM_UNDECIDED]);
    ck_assert_uint_gt(said[SIM_HOLDS], rounds() / 10);
    ck_assert_uint_gt(said[SIM_BROKEN], rounds() / 10);
    ck_assert_uint_gt(said[SIM_UNDECIDED], rounds() / 20);
}

/* -- effects ----------------------------------------------------------------------------------- */

static void add(struct effects_case *one, uint64_t *state, int64_t about, int64_t action,
                int64_t done, int64_t undone)
{
    if (one->count < EFFECTS_MAX)
        one->told[one->count++] = (struct effect_told){ (uint32_t)below(state, EFFECTS_NODES),
                                                        about, action, done, undone };
}

/* Sagas that are done or compensated, by one node or by several; then some are spoilt. */
static void draw_effects(struct effects_case *one, uint64_t *state)
{
    const int actions = 1 + below(state, 3), abouts = below(state, 5);
    const int spoilt = below(state, 2) * below(state, 3);

    for (int about = 0; about < abouts; about++) {
        const bool undoes = below(state, 3) == 0;

        for (int action = 0; action < actions; action++) {
            if (undoes && below(state, 3) == 0) {
                add(one, state, about, action, 1, 0);
                add(one, state, about, action, 0, 1);
            } else if (!undoes || below(state, 4) > 0) {
                add(one, state, about, action, 1, undoes);
            } else {
                add(one, state, about, action, 0, 0);
            }
        }
    }
    for (int i = 0; i < spoilt && one->count > 0; i++) {
        struct effect_told *told = &one->told[below(state, (int)one->count)];

        switch (below(state, 5)) {
        case 0:
            told->done += 1;
            break;
        case 1:
            told->undone += 1;
            break;
        case 2:
            told->done = told->undone = 0;
            break;
        case 3:
            told->action = below(state, 3);
            break;
        default:
            *told = one->told[--one->count];
        }
    }
    if (below(state, 3) > 0)
        return;
    one->action_count = (size_t)(1 + below(state, 3));
    for (size_t i = 0; i < one->action_count; i++)
        one->actions[i] = (int64_t)i;
}

/* Transfers between the nodes of a group; then perhaps something is lost. */
static void draw_sums(struct effects_case *one, uint64_t *state)
{
    int64_t sum = 0;

    for (uint32_t node = 0; node < EFFECTS_NODES; node++) {
        one->values[node].started = one->values[node].state = below(state, 20) - 5;
        one->values[node].started_disk = one->values[node].disk = below(state, 20);
    }
    for (int i = below(state, 4); i > 0; i--) {
        const uint32_t node = (uint32_t)below(state, EFFECTS_NODES);
        const int64_t amount = below(state, 9) - 4;

        if (below(state, 2) == 0) {
            one->values[node].state += amount;
            one->values[node ^ 1].state -= amount;
        } else {
            one->values[node].disk += amount;
            one->values[node ^ 1].disk -= amount;
        }
    }
    if (below(state, 4) == 0)
        one->values[below(state, EFFECTS_NODES)].state++;
    if (below(state, 4) == 0)
        one->values[below(state, EFFECTS_NODES)].disk--;
    one->term_count = (size_t)(1 + below(state, EFFECTS_TERMS));
    for (size_t i = 0; i < one->term_count; i++) {
        one->terms[i].of = (uint32_t)below(state, 2);
        one->terms[i].is_disk = below(state, 2) == 0;
        one->terms[i].times = below(state, 5) - 2;
    }
    one->equals_start = below(state, 2) == 0;
    for (size_t i = 0; i < one->term_count; i++)
        for (uint32_t node = 2 * one->terms[i].of; node < 2 * one->terms[i].of + 2; node++)
            sum += one->terms[i].times *
                   (one->terms[i].is_disk ? one->values[node].disk : one->values[node].state);
    one->equals = below(state, 3) == 0 ? sum + below(state, 3) - 1 : sum;
}

static void draw(struct effects_case *one, uint64_t *state)
{
    static const int64_t rests[] = { 0, 0, 50, 200, 1000 };
    const int down = below(state, 3) == 0 ? 8 : 1000000;

    memset(one, 0, sizeof(*one));
    draw_effects(one, state);
    draw_sums(one, state);
    for (uint32_t node = 0; node < EFFECTS_NODES; node++)
        one->down[node] = below(state, down) == 0;
    for (uint32_t group = 0; group < 2; group++) {
        one->on_disk[group] = below(state, 2) == 0;
        one->of[group] = below(state, 4) > 0;
    }
    one->of[0] |= !one->of[1];
    one->invoked_count = (size_t)below(state, 4);
    one->ended = 900 + below(state, 101);
    for (size_t i = 0; i < one->invoked_count; i++)
        one->invoked[i] = below(state, (int)one->ended + 1);
    one->ok = (size_t)below(state, (int)one->invoked_count + 1);
    one->clients = below(state, 2) == 0;
    one->rest = rests[below(state, 5)];
    if (below(state, 20) == 0 && one->invoked_count > 0)
        one->rest = one->ended - one->invoked[0]; /* just so, or one less */
    one->stopped = below(state, 15) == 0;
}

static void print(const struct effects_case *one)
{
    for (size_t i = 0; i < one->count; i++)
        fprintf(stderr, "%u: (%d, %d) +%d -%d; ", one->told[i].node, (int)one->told[i].about,
                (int)one->told[i].action, (int)one->told[i].done, (int)one->told[i].undone);
    for (uint32_t node = 0; node < EFFECTS_NODES; node++)
        fprintf(stderr, "%s%s%s ", one->of[node / 2] ? "of" : "-", one->down[node] ? " down" : "",
                one->on_disk[node / 2] ? " disk" : "");
    for (size_t i = 0; i < one->action_count; i++)
        fprintf(stderr, " action %d", (int)one->actions[i]);
    fprintf(stderr, "; rest %d of %d%s, %d ok%s", (int)one->rest, (int)one->ended,
            one->stopped ? ", stopped" : "", (int)one->ok, one->clients ? ", asked about" : "");
    for (size_t i = 0; i < one->invoked_count; i++)
        fprintf(stderr, " @%d", (int)one->invoked[i]);
    fprintf(stderr, "\n");
}

static void agree(const struct effects_case *one, const char *name,
                  enum sim_verdict_status expected)
{
    struct sim_verdict verdict = effects_play(one, name);

    if (verdict.status == expected)
        return;
    print(one);
    ck_abort_msg("%s: %c, but it is %c: %s", name, letters[verdict.status], letters[expected],
                 verdict.text);
}

START_TEST(exactly_once_agrees)
{
    unsigned said[3] = { 0 };
    uint64_t state = 41;

    for (unsigned round = 0; round < rounds(); round++) {
        struct effects_case one;
        enum sim_verdict_status expected;

        draw(&one, &state);
        expected = effects_oracle_once(&one);
        agree(&one, "exactly_once", expected);
        said[expected]++;
    }
    tell_shares("exactly_once", said);
}
END_TEST

START_TEST(saga_atomic_agrees)
{
    unsigned said[3] = { 0 };
    uint64_t state = 42;

    for (unsigned round = 0; round < rounds(); round++) {
        struct effects_case one;
        enum sim_verdict_status expected;
        struct sim_verdict verdict;
        unsigned counts[3];
        char text[100];

        draw(&one, &state);
        expected = effects_oracle_atomic(&one, counts);
        agree(&one, "saga_atomic", expected);
        said[expected]++;
        if (expected == SIM_UNDECIDED)
            continue;
        verdict = effects_play(&one, "saga_atomic");
        snprintf(text, sizeof(text), "%u done, %u compensated, %u half done", counts[0], counts[1],
                 counts[2]);
        ck_assert_msg(strstr(verdict.text, text) != NULL, "%s, not %s", verdict.text, text);
    }
    tell_shares("saga_atomic", said);
}
END_TEST

START_TEST(conserved_agrees)
{
    unsigned said[3] = { 0 };
    uint64_t state = 43;

    for (unsigned round = 0; round < rounds(); round++) {
        struct effects_case one;
        enum sim_verdict_status expected;

        draw(&one, &state);
        expected = effects_oracle_conserved(&one);
        agree(&one, "conserved", expected);
        said[expected]++;
    }
    tell_shares("conserved", said);
}
END_TEST

/* -- goodput ----------------------------------------------------------------------------------- */

/* A steady rate, and less of it in some stretch from the trigger on. */
static void draw_goodput(struct goodput_case *one, uint64_t *state)
{
    int64_t poor, better;

    memset(one, 0, sizeof(*one));
    one->warmup = below(state, 3) * 10;
    one->from = 20 + below(state, 30);
    one->to = one->from + 1 + below(state, 20);
    one->every = 5 + below(state, 20);
    one->within = one->every * below(state, 4);
    one->ended = one->to + below(state, 150);
    one->at_least = 1 + below(state, 100);
    poor = one->to - below(state, 20);
    better = poor + below(state, 3) * below(state, 60);
    for (int64_t t = below(state, 4); t < one->ended && one->count < GOODPUT_ANSWERS;
         t += 2 + below(state, 6))
        if (t < poor || t >= better || below(state, 4) == 0)
            one->ok[one->count++] = t;
    if (below(state, 15) == 0)
        one->from = GOODPUT_NEVER;
    if (below(state, 15) == 0)
        one->to = GOODPUT_NEVER;
    one->stopped = below(state, 15) == 0;
}

START_TEST(goodput_recovers_agrees)
{
    unsigned said[3] = { 0 };
    uint64_t state = 44;

    for (unsigned round = 0; round < rounds(); round++) {
        struct goodput_case one;
        int64_t recovered, last;
        struct sim_verdict verdict;
        enum sim_verdict_status expected;
        bool split = below(&state, 2) == 0, by_time;

        draw_goodput(&one, &state);
        by_time = one.to != GOODPUT_NEVER && one.from != GOODPUT_NEVER && below(&state, 2) == 0;
        expected = goodput_oracle(&one, &recovered);
        verdict = goodput_play(&one, split, by_time);
        ck_assert_msg(verdict.status == expected,
                      "%c, but it is %c after %d: %s; warm-up %d, %d..%d, ended %d, every %d, "
                      "within %d, at least %d %%",
                      letters[verdict.status], letters[expected], (int)recovered, verdict.text,
                      (int)one.warmup, (int)one.from, (int)one.to, (int)one.ended, (int)one.every,
                      (int)one.within, (int)one.at_least);
        said[expected]++;
        if (expected == SIM_UNDECIDED)
            continue;
        last = (one.ended - one.to) / one.every * one.every;
        ck_assert_uint_eq(verdict.measured_count, 1);
        ck_assert_int_eq(verdict.measured[0].value, expected == SIM_BROKEN && recovered == last
                                                        ? SIM_MEASURED_NEVER
                                                        : recovered * SIM_MICROSECOND);
    }
    tell_shares("goodput_recovers", said);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("effects oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, getenv("ORRERY_ORACLE_ROUNDS") == NULL ? 60 : 3600);
    tcase_add_test(random, exactly_once_agrees);
    tcase_add_test(random, saga_atomic_agrees);
    tcase_add_test(random, conserved_agrees);
    tcase_add_test(random, goodput_recovers_agrees);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
