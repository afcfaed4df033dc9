/* check_consistency_oracle.c - the judges of consistency against those who try everything.
 *
 * Each random history is judged by the definitions of docs/checkers.md, read naively, and by the
 * checkers; both have to say the same. Half of the histories lie near one that breaks the
 * guarantee. ORRERY_ORACLE_ROUNDS in the environment is how many there are, and has the shares
 * told. */
#include "sim/check/consistency.h"
#include "tests/lib/consistency_oracle.h"
#include "tests/lib/consistency_random.h"
#include "tests/lib/history_words.h"
#include "tests/lib/linear_oracle.h"
#include "tests/lib/linear_random.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 9, ROUNDS = 4000, POOL = 64 };

static const char *const names[SIM_CONSISTENCIES] = {
    "read_your_writes", "monotonic_reads",   "monotonic_writes", "writes_follow_reads",
    "causal weak",      "causal convergent", "causal memory",    "sequential",
};
static const char letters[] = {
    [SIM_LINEAR_YES] = 'y', [SIM_LINEAR_NO] = 'n', [SIM_LINEAR_UNDECIDED] = '?'
};

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

static enum sim_linear_status ask(enum sim_consistency what,
                                  const struct consistency_history *history, bool direct)
{
    struct sim_consistency_options options = { .linear = { .initial = history->initial },
                                               .sessions = history->sessions,
                                               .direct = direct };
    struct sim_linear_result result;

    sim_consistency_judge(what, history->ops, history->count, &options, &result);
    sim_linear_result_finish(&result);
    return result.status;
}

struct tally {
    unsigned said[3], direct[3], mixed, deep, lenient;
};

/* Whether the history broke the guarantee, and not in a way that is plain to see. */
static bool compare(enum sim_consistency what, const struct consistency_history *history,
                    struct tally *tally)
{
    struct consistency_oracle oracle =
        consistency_oracle(what, history->ops, history->count, history->sessions, history->initial);
    bool linear = linear_oracle_composed(history->ops, history->count, history->initial) == 1;
    enum sim_linear_status said = ask(what, history, false), direct = ask(what, history, true);
    enum sim_linear_status expected = oracle.status, alone = oracle.plain;
    char text[CONSISTENCY_RANDOM_TEXT];

    if (oracle.mixed && alone == SIM_LINEAR_YES)
        alone = SIM_LINEAR_UNDECIDED;
    if (what == SIM_CAUSAL_MEMORY && oracle.overlaps) {
        /* nothing but a contradiction can be found */
        alone = direct == SIM_LINEAR_NO ? oracle.plain : SIM_LINEAR_UNDECIDED;
        if (!linear)
            expected = said == SIM_LINEAR_NO ? oracle.plain : SIM_LINEAR_UNDECIDED;
        tally->lenient += oracle.plain == SIM_LINEAR_NO && said != SIM_LINEAR_NO;
    }
    if (said != expected || direct != alone)
        ck_abort_msg("%s: %c, by itself %c, but it is %c and %c: %s", names[what], letters[said],
                     letters[direct], letters[expected], letters[alone],
                     consistency_text(history, text));
    if (linear)
        ck_assert_msg(oracle.plain == SIM_LINEAR_YES, "%s: linearizable, and violated: %s",
                      names[what], consistency_text(history, text));
    tally->said[said]++;
    tally->direct[direct]++;
    tally->mixed += oracle.mixed;
    tally->deep += oracle.plain == SIM_LINEAR_NO && !oracle.absurd;
    return oracle.plain == SIM_LINEAR_NO && !oracle.absurd;
}

/* Histories that break a guarantee, to go on from. */
struct pool {
    struct consistency_history members[POOL];
    size_t count;
};

/* Each breaks a guarantee in the way that is in all textbooks. */
static const char *const textbook[SIM_CONSISTENCIES] = {
    [SIM_READ_YOUR_WRITES] = "0:w1=5@1-2 0:r1=0@3-4",
    [SIM_MONOTONIC_READS] = "0:w1=5@1-2 1:r1=5@3-4 1:r1=0@5-6",
    [SIM_MONOTONIC_WRITES] = "0:w1=5@1-2 0:w2=6@3-4 1:r2=6@5-6 1:r1=0@7-8",
    [SIM_WRITES_FOLLOW_READS] = "0:w1=5@1-2 1:r1=5@3-4 1:w2=6@5-6 2:r2=6@7-8 2:r1=0@9-10",
    [SIM_CAUSAL_WEAK] = "0:w1=5@1-2 1:r1=5@3-4 1:w2=6@5-6 2:r2=6@7-8 2:r1=0@9-10",
    [SIM_CAUSAL_CONVERGENT] = "0:w1=1@1-3 1:w1=2@2-4 0:r1=2@5-7 1:r1=1@6-8",
    [SIM_CAUSAL_MEMORY] =
        "0:w3=1@0-1 0:w1=1@2-3 0:w2=1@4-5 1:w1=2@6-7 1:r3=0@8-9 1:r2=1@10-11 1:r1=2@12-13",
    [SIM_SEQUENTIAL] = "0:w1=1@1-3 1:w2=2@2-4 0:r2=0@5-7 1:r1=0@6-8",
};

static void read_words(struct consistency_history *history, const char *words)
{
    memset(history, 0, sizeof(*history));
    history->initial = SIM_NIL;
    history->count = history_words(words, history->ops);
    for (size_t i = 0; i < history->count; i++)
        history->sessions[i] = history->ops[i].process;
}

/* A history near one that broke the guarantee. */
static void draw_near(const struct pool *pool, struct consistency_history *history, uint64_t *state)
{
    *history = pool->members[linear_random_below(state, pool->count)];
    consistency_change(history, OPERATIONS, state);
}

static void keep(struct pool *pool, const struct consistency_history *history, uint64_t *state)
{
    if (pool->count < POOL)
        pool->members[pool->count++] = *history;
    else /* but never the first */
        pool->members[1 + linear_random_below(state, POOL - 1)] = *history;
}

START_TEST(the_oracle_agrees)
{
    static struct pool pool;
    enum sim_consistency what = (enum sim_consistency)_i;
    struct tally tally = { .mixed = 0 };
    uint64_t state = 1;
    unsigned all = rounds();

    pool.count = 1;
    read_words(&pool.members[0], textbook[what]);
    for (unsigned round = 0; round < all; round++) {
        struct consistency_history history;

        if (round % 2 == 0) {
            consistency_random(&history, OPERATIONS, &state);
            compare(what, &history, &tally);
        } else {
            draw_near(&pool, &history, &state);
            if (compare(what, &history, &tally))
                keep(&pool, &history, &state);
        }
    }
    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("%-20s agree on %u: yes %u, no %u (%u deep), undecided %u; by itself yes %u, no %u, "
               "undecided "
               "%u; not plain %u; contradictions left %u\n",
               names[what], all, tally.said[0], tally.said[1], tally.deep, tally.said[2],
               tally.direct[0], tally.direct[1], tally.direct[2], tally.mixed, tally.lenient);
    ck_assert_uint_gt(tally.said[SIM_LINEAR_YES], all / 8);
    ck_assert_uint_gt(tally.deep, all / 8);
    ck_assert_uint_gt(tally.said[SIM_LINEAR_UNDECIDED], all / 50);
    ck_assert_uint_gt(tally.direct[SIM_LINEAR_YES], all / 8);
    ck_assert_uint_gt(tally.mixed, all / 25);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("consistency oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, 60);
    tcase_add_loop_test(random, the_oracle_agrees, 0, SIM_CONSISTENCIES);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
