/* check_effects.c - exactly_once, saga_atomic, conserved and goodput_recovers: made-up runs, and
 * what is said of them. */
#include "tests/lib/effects_play.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void expect(const struct effects_case *one, const char *checker,
                   enum sim_verdict_status status, const char *text)
{
    struct sim_verdict verdict = effects_play(one, checker);

    ck_assert_msg(verdict.status == status, "%s", verdict.text);
    ck_assert_msg(strcmp(verdict.text, text) == 0, "%s", verdict.text);
}

/* Nodes 0 and 1 are left, 2 and 3 right. Two things with two actions each, both done. */
static struct effects_case two_done(void)
{
    return (struct effects_case){
        .told = { { 0, 17, 1, 1, 0 }, { 2, 17, 2, 1, 0 }, { 1, 18, 1, 1, 0 }, { 3, 18, 2, 1, 0 } },
        .count = 4,
        .of = { true, true },
        .ended = 1000,
    };
}

START_TEST(what_is_done_once_is_fine)
{
    struct effects_case one = two_done();

    expect(&one, "exactly_once", SIM_HOLDS, "4 effects, none of them twice; 0 were undone");
    one.told[0].undone = 1;
    expect(&one, "exactly_once", SIM_HOLDS, "4 effects, none of them twice; 1 were undone");
    one.stopped = true;
    expect(&one, "exactly_once", SIM_UNDECIDED,
           "the run stopped at 1ms: the limit of 10 events (limits.events); until then 4 effects, "
           "none of them twice; 1 were undone");
}
END_TEST

/* Charged on two nodes, and paid back by a third: still charged twice. */
START_TEST(what_is_done_twice_stays_so)
{
    struct effects_case one = two_done();

    one.told[one.count++] = (struct effect_told){ 3, 17, 2, 1, 0 };
    one.told[one.count++] = (struct effect_told){ 1, 17, 2, 0, 1 };
    expect(&one, "exactly_once", SIM_BROKEN,
           "1 of 4 effects were not had exactly once: action 2 about 17 was done 2 times and "
           "undone 1 times: left-1 0 and 1, right-0 1 and 0, right-1 1 and 0");
    one.stopped = true; /* proves nothing else */
    one.of[0] = false;
    expect(&one, "exactly_once", SIM_BROKEN,
           "1 of 2 effects were not had exactly once: action 2 about 17 was done 2 times and "
           "undone 0 times: right-0 1 and 0, right-1 1 and 0");
}
END_TEST

START_TEST(nothing_is_undone_that_was_not_done)
{
    struct effects_case one = two_done();

    one.told[3] = (struct effect_told){ 3, 18, 2, 0, 1 };
    expect(&one, "exactly_once", SIM_BROKEN,
           "1 of 4 effects were not had exactly once: action 2 about 18 was done 0 times and "
           "undone 1 times: right-1 0 and 1");
    one.down[0] = true; /* perhaps it was done there */
    expect(&one, "exactly_once", SIM_UNDECIDED,
           "1 of 3 effects were not had exactly once: action 2 about 18 was done 0 times and "
           "undone 1 times: right-1 0 and 1; but 1 node is down, which may have had others");
    one.told[3].undone = 2; /* once at most */
    ck_assert_int_eq(effects_play(&one, "exactly_once").status, SIM_BROKEN);
}
END_TEST

START_TEST(who_is_down_is_asked_if_its_disk_can_tell)
{
    struct effects_case one = two_done();

    one.down[0] = one.down[1] = true;
    expect(&one, "exactly_once", SIM_UNDECIDED,
           "2 effects, none of them twice; 0 were undone; but 2 nodes are down, which may have had "
           "others");
    expect(&one, "saga_atomic", SIM_UNDECIDED,
           "2 done, 0 compensated, 0 half done; but 2 nodes are down, which may have had others");
    one.on_disk[0] = true;
    expect(&one, "exactly_once", SIM_HOLDS, "4 effects, none of them twice; 0 were undone");
    expect(&one, "saga_atomic", SIM_HOLDS, "2 done, 0 compensated, 0 half done");
}
END_TEST

START_TEST(no_effect_is_no_evidence)
{
    struct effects_case one = two_done();

    one.count = 0;
    expect(&one, "exactly_once", SIM_UNDECIDED, "no effect was told");
    expect(&one, "saga_atomic", SIM_UNDECIDED, "no such effect was told");
}
END_TEST

/* -- sagas ------------------------------------------------------------------------------------- */

START_TEST(half_a_saga_is_named)
{
    struct effects_case one = two_done();

    one.told[2].undone = one.told[3].undone = 1;
    expect(&one, "saga_atomic", SIM_HOLDS, "1 done, 1 compensated, 0 half done");
    one.told[3].undone = 0;
    expect(&one, "saga_atomic", SIM_BROKEN,
           "1 done, 0 compensated, 1 half done; of 18 action 2 is done (right-1), action 1 is done "
           "and undone");
    one.told[2] = (struct effect_told){ 1, 18, 1, 0, 0 };
    expect(&one, "saga_atomic", SIM_BROKEN,
           "1 done, 0 compensated, 1 half done; of 18 action 2 is done (right-1), action 1 is not");
    one.told[2] = (struct effect_told){ 1, 18, 1, 0, 1 };
    expect(&one, "saga_atomic", SIM_BROKEN,
           "1 done, 0 compensated, 1 half done; of 18 action 2 is done (right-1), action 1 is "
           "undone more often than done");
}
END_TEST

/* Without a list nobody knows of an action that nobody tells. */
START_TEST(listed_actions_are_missed)
{
    struct effects_case one = two_done();

    one.told[3] = one.told[0];
    one.told[3].about = 19;
    one.told[0].action = 3;
    one.actions[0] = 2;
    one.actions[1] = 1;
    expect(&one, "saga_atomic", SIM_HOLDS, "3 done, 0 compensated, 0 half done");
    one.action_count = 2;
    one.told[0].about = 99; /* of which only what is not listed is told */
    expect(&one, "saga_atomic", SIM_BROKEN,
           "0 done, 0 compensated, 3 half done; of 17 action 2 is done (right-0), action 1 is not");
}
END_TEST

START_TEST(what_clients_were_told_is_done)
{
    struct effects_case one = two_done();

    one.invoked_count = one.ok = 3;
    expect(&one, "saga_atomic", SIM_HOLDS, "2 done, 0 compensated, 0 half done");
    one.clients = true;
    expect(&one, "saga_atomic", SIM_BROKEN,
           "2 done, 0 compensated, 0 half done; but 3 operations were answered ok");
    one.ok = 2;
    expect(&one, "saga_atomic", SIM_HOLDS, "2 done, 0 compensated, 0 half done");
    one.ok = 1;
    one.count = 0;
    expect(&one, "saga_atomic", SIM_BROKEN,
           "0 done, 0 compensated, 0 half done; but 1 operations were answered ok");
}
END_TEST

/* -- rest -------------------------------------------------------------------------------------- */

START_TEST(who_does_not_rest_is_not_judged)
{
    struct effects_case one = two_done();

    one.invoked[0] = 800;
    one.invoked_count = 1;
    one.rest = 201;
    one.told[3].done = 0;
    expect(&one, "saga_atomic", SIM_UNDECIDED,
           "not at rest: the last operation was invoked at 800us, less than 201us before the end "
           "at 1ms");
    one.rest = 200;
    ck_assert_int_eq(effects_play(&one, "saga_atomic").status, SIM_BROKEN);
    one.invoked_count = 0;
    one.rest = 1001;
    ck_assert_int_eq(effects_play(&one, "saga_atomic").status, SIM_UNDECIDED);
}
END_TEST

/* -- sums -------------------------------------------------------------------------------------- */

static struct effects_case moved(void)
{
    return (struct effects_case){
        .ended = 1000,
        .values = { { 0, 1, 70, 10 }, { 0, 1, 30, 30 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
        .terms = { { 0, true, 1 }, { 0, false, 30 } },
        .term_count = 2,
        .equals_start = true,
    };
}

START_TEST(what_only_moved_is_conserved)
{
    struct effects_case one = moved();

    expect(&one, "conserved", SIM_HOLDS,
           "the sum is 100, as at the start: a of left 40, value of left 2 times 30");
    one.values[1].disk = 31;
    expect(&one, "conserved", SIM_BROKEN,
           "the sum is 101, and not 100 as at the start: a of left 41, value of left 2 times 30");
    one.equals_start = false;
    one.equals = 101;
    expect(&one, "conserved", SIM_HOLDS,
           "the sum is 101, as it has to be: a of left 41, value of left 2 times 30");
    one.equals = -101;
    expect(&one, "conserved", SIM_BROKEN,
           "the sum is 101, and not -101: a of left 41, value of left 2 times 30");
}
END_TEST

START_TEST(a_disk_outlives_its_node)
{
    struct effects_case one = moved();

    one.down[1] = true;
    expect(&one, "conserved", SIM_UNDECIDED,
           "what left-1 had is not known: it is down, or its disk does not give it back");
    one.term_count = 1;
    one.equals_start = false;
    one.equals = 40;
    expect(&one, "conserved", SIM_HOLDS, "the sum is 40, as it has to be: a of left 40");
}
END_TEST

/* 64 bits are not enough for it. */
START_TEST(sums_are_wide)
{
    struct effects_case one = moved();

    one.values[0].disk = one.values[1].disk = INT64_MAX;
    one.term_count = 1;
    one.terms[0].times = -1000000000;
    one.equals_start = false;
    expect(&one, "conserved", SIM_BROKEN,
           "the sum is -18446744073709551614000000000, and not 0: a of left 18446744073709551614 "
           "times -1000000000");
}
END_TEST

/* -- goodput ----------------------------------------------------------------------------------- */

/* 1 answer in 2 us before the trigger from 20 to 30; from BACK on again, to the end at 90. */
static struct goodput_case steady(int64_t back)
{
    struct goodput_case one = { .from = 20, .to = 30, .ended = 90, .within = 20, .every = 10 };

    one.at_least = 80;
    for (int64_t t = 0; t < one.ended; t += 2)
        if ((t < one.from || t >= back) && one.count < GOODPUT_ANSWERS)
            one.ok[one.count++] = t;
    return one;
}

static void expect_goodput(const struct goodput_case *one, enum sim_verdict_status status,
                           const char *text)
{
    struct sim_verdict verdict = goodput_play(one, false, false);

    ck_assert_msg(verdict.status == status, "%s", verdict.text);
    ck_assert_msg(strcmp(verdict.text, text) == 0, "%s", verdict.text);
}

START_TEST(goodput_comes_back_in_time_or_not)
{
    struct goodput_case one = steady(30);

    expect_goodput(&one, SIM_HOLDS,
                   "goodput was back at 80 % of 500 000/s 0s after the trigger was gone at 30us "
                   "(within 20us), and stayed");
    one = steady(50);
    expect_goodput(&one, SIM_HOLDS,
                   "goodput was back at 80 % of 500 000/s 20us after the trigger was gone at 30us "
                   "(within 20us), and stayed");
    one = steady(54);
    expect_goodput(
        &one, SIM_BROKEN,
        "goodput was below 80 % of 500 000/s until 60us, and only 300 000/s just before; "
        "the trigger was gone at 30us (within 20us)");
    one = steady(90);
    expect_goodput(
        &one, SIM_BROKEN,
        "goodput did not come back to 80 % of 500 000/s (within 20us): it was 0/s at the "
        "end, 60us after the trigger was gone at 30us");
}
END_TEST

START_TEST(goodput_that_nobody_saw_is_undecided)
{
    struct goodput_case one = steady(30);

    one.ended = 59;
    expect_goodput(&one, SIM_UNDECIDED,
                   "the run ended at 59us, too early to see whether goodput stays");
    one = steady(30);
    one.to = GOODPUT_NEVER;
    expect_goodput(&one, SIM_UNDECIDED, "lag has not ended");
    one = steady(30);
    one.warmup = 19;
    expect_goodput(&one, SIM_UNDECIDED,
                   "nothing was answered ok before the trigger at 20us to compare with");
    one.from = GOODPUT_NEVER;
    expect_goodput(&one, SIM_UNDECIDED, "lag never began: its fault did not fire in 90us");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("effects");
    TCase *all = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(all, what_is_done_once_is_fine);
    tcase_add_test(all, what_is_done_twice_stays_so);
    tcase_add_test(all, nothing_is_undone_that_was_not_done);
    tcase_add_test(all, who_is_down_is_asked_if_its_disk_can_tell);
    tcase_add_test(all, no_effect_is_no_evidence);
    tcase_add_test(all, half_a_saga_is_named);
    tcase_add_test(all, listed_actions_are_missed);
    tcase_add_test(all, what_clients_were_told_is_done);
    tcase_add_test(all, who_does_not_rest_is_not_judged);
    tcase_add_test(all, what_only_moved_is_conserved);
    tcase_add_test(all, a_disk_outlives_its_node);
    tcase_add_test(all, sums_are_wide);
    tcase_add_test(all, goodput_comes_back_in_time_or_not);
    tcase_add_test(all, goodput_that_nobody_saw_is_undecided);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
