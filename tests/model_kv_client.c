/* model_kv_client.c - what the client asks, when, and what it makes of the answers. */
#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "version: 1\nname: x\n"
#define STORE "  store: {model: raft, count: 3}\n"

/* The n-th operation is the same, and comes at the same time, whether the store is well or dead. */
START_TEST(open_loop_asks_the_same_of_every_store)
{
    static const char form[] = HEAD
        "network: {latency: 1ms..5ms}\nduration: 20s\nnodes:\n"
        "  store: {model: raft, count: 3%s}\n"
        "  app: {model: kv-client, count: 2, target: store, rate: 100/s, keys: {count: 1000},\n"
        "        mix: {read: 20%%, write: 20%%, add: 20%%, append: 20%%, delete: 20%%}}\n%s";
    static char well[1024], dead[1024];
    struct play *one, *two;
    size_t i;

    snprintf(well, sizeof well, form, "", "");
    snprintf(dead, sizeof dead, form, ", pre_vote: false, election_timeout: 1s..2s",
             "faults: [{at: 2s, crash: store}]\n");
    one = play_swiftly(well, 5);
    two = play_swiftly(dead, 5);
    ck_assert_uint_gt(one->status[SIM_OK], 3000);
    ck_assert_uint_lt(two->status[SIM_OK], 500);
    ck_assert_uint_eq(one->operation_count, two->operation_count);
    for (i = 1; i <= one->operation_count; i++) {
        const struct play_operation *a = &one->operations[i], *b = &two->operations[i];

        ck_assert_int_eq(a->invoked, b->invoked);
        ck_assert_uint_eq(a->node, b->node);
        ck_assert_int_eq(a->operation.kind, b->operation.kind);
        ck_assert_int_eq(a->operation.key, b->operation.key);
        ck_assert_int_eq(a->operation.argument, b->operation.argument);
    }
    play_free(one);
    play_free(two);
}
END_TEST

/* 200 s at 3 x 20/s: 12 000 expected, standard deviation 110. The counts per second of a Poisson
 * process vary as much as their mean. */
START_TEST(arrivals_are_poisson)
{
    struct play *play =
        play_swiftly(HEAD "duration: 200s\nnodes:\n" STORE
                          "  app: {model: kv-client, count: 3, target: store, rate: 20/s}\n",
                     1);
    double counts[200] = { 0 }, mean = 0, variance = 0;
    size_t i;

    for (i = 1; i <= play->operation_count; i++)
        counts[play->operations[i].invoked / SIM_SECOND]++;
    for (i = 0; i < 200; i++)
        mean += counts[i] / 200;
    for (i = 0; i < 200; i++)
        variance += (counts[i] - mean) * (counts[i] - mean) / 199;
    ck_assert(mean > 58 && mean < 62);
    /* the variance's own relative deviation is sqrt(2 / 199): 10 % */
    ck_assert(variance > 36 && variance < 84);
    play_free(play);
}
END_TEST

START_TEST(the_mix_and_the_keys_are_as_asked)
{
    struct play *play = play_swiftly(
        HEAD "duration: 100s\nnodes:\n" STORE
             "  app: {model: kv-client, count: 1, target: store, rate: 100/s, keys: {count: 4},\n"
             "        mix: {read: 50%, cas: 30%, delete: 20%}}\n",
        1);
    double kinds[SIM_OPERATION_KINDS] = { 0 }, keys[4] = { 0 }, all = (double)play->operation_count;
    size_t i;

    for (i = 1; i <= play->operation_count; i++) {
        kinds[play->operations[i].operation.kind] += 1 / all;
        keys[play->operations[i].operation.key] += 1 / all;
    }
    ck_assert_double_eq_tol(kinds[SIM_READ], 0.5, 0.03);
    ck_assert_double_eq_tol(kinds[SIM_CAS], 0.3, 0.03);
    ck_assert_double_eq_tol(kinds[SIM_DELETE], 0.2, 0.03);
    ck_assert_double_eq_tol(keys[0], 0.25, 0.03);
    ck_assert_double_eq_tol(keys[3], 0.25, 0.03);
    play_free(play);
}
END_TEST

static int compare_values(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Two groups, several nodes, lanes, restarts: a value is written once. */
START_TEST(values_are_unique)
{
    struct play *play = play_swiftly(
        HEAD "duration: 20s\nnodes:\n" STORE
             "  app: {model: kv-client, count: 3, target: store, processes: 4, mix: {write: 60%, "
             "cas: 20%, append: 20%}}\n"
             "  more: {model: kv-client, count: 2, target: store, rate: 50/s, mix: {write: 100%}}\n"
             "faults: [{every: 1s, between: [1s, 19s], crash: {of: app, pick: 1}, for: 100ms},\n"
             "         {every: 1s, between: [1s, 19s], crash: {of: more, pick: 1}, for: 100ms}]\n",
        1);
    size_t count = play->operation_count, i;
    int64_t *values = calloc(count, sizeof(int64_t));

    ck_assert_uint_gt(count, 10000);
    for (i = 0; i < count; i++) {
        const struct sim_operation *o = &play->operations[i + 1].operation;

        values[i] = o->kind == SIM_CAS ? o->second : o->argument;
        ck_assert_int_gt(values[i], 0);
    }
    qsort(values, count, sizeof values[0], compare_values);
    for (i = 1; i < count; i++)
        ck_assert_int_lt(values[i - 1], values[i]);
    free(values);
    play_free(play);
}
END_TEST

/* One open operation per lane; a lane whose operation may still happen rests for ever. */
START_TEST(lanes_are_kept_apart)
{
    static const char *const loads[2] = { "processes: 3, think: 1ms..20ms", "rate: 100/s" };
    static char yaml[1024];
    struct play *play;
    size_t i, k, unknown = 0;

    snprintf(yaml, sizeof yaml,
             HEAD
             "network: {latency: 1ms..5ms, loss: 10%%}\nduration: 20s\nnodes:\n" STORE
             "  app: {model: kv-client, count: 2, target: store, timeout: 200ms, %s}\n"
             "faults: [{every: 3s, between: [1s, 19s], crash: {of: app, pick: 1}, for: 200ms}]\n",
             loads[_i]);
    play = play_swiftly(yaml, 3);
    ck_assert_uint_gt(play->operation_count, 400);
    for (i = 1; i <= play->operation_count; i++) {
        const struct play_operation *a = &play->operations[i];

        unknown += a->status == SIM_UNKNOWN;
        for (k = i + 1; k <= play->operation_count; k++) {
            const struct play_operation *b = &play->operations[k];

            if (a->node != b->node || a->process != b->process)
                continue;
            ck_assert_msg(a->status == SIM_OK || a->status == SIM_FAIL,
                          "operation %d uses the lane of %d, which is open", (int)k, (int)i);
            ck_assert_int_ge(b->invoked, a->completed);
            break;
        }
    }
    ck_assert_uint_gt(unknown, 10);
    play_free(play);
}
END_TEST

/* Every add that was invoked took effect at most once, and every acknowledged one did: the last sum
 * says so. Loss makes answers get lost, crashes of leaders make requests be turned away. */
START_TEST(nothing_is_done_twice)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 1ms..5ms, loss: 3%}\nduration: 40s\nnodes:\n" STORE
                          "  app: {model: kv-client, count: 4, target: store, rate: 30/s, mix: "
                          "{add: 100%}, keys: {count: 1}}\n"
                          "faults: [{every: 4s, between: [1s, 30s], crash: {of: store, where: "
                          "{role: leader}}, for: 1s}]\n",
                     (uint64_t)_i + 1);
    uint64_t acknowledged = play->status[SIM_OK];
    int64_t most = 0;
    size_t i, k;

    ck_assert_str_eq(play->violated, "");
    for (i = 1; i <= play->operation_count; i++)
        if (play->operations[i].status == SIM_OK && play->operations[i].value > most)
            most = play->operations[i].value;
    ck_assert_uint_gt(acknowledged, 2000);
    ck_assert_int_ge(most, (int64_t)acknowledged);
    ck_assert_int_le(most, (int64_t)(play->operation_count - play->status[SIM_FAIL]));
    /* sums are told in the order of real time, and none twice */
    for (i = 1; i <= play->operation_count; i++)
        for (k = i + 1; k <= play->operation_count; k++) {
            const struct play_operation *a = &play->operations[i], *b = &play->operations[k];

            if (a->status == SIM_OK && b->status == SIM_OK &&
                (a->value == b->value || (a->completed < b->invoked && a->value > b->value)))
                ck_abort_msg("operation %d was told %lld, operation %d %lld", (int)i,
                             (long long)a->value, (int)k, (long long)b->value);
        }
    play_free(play);
}
END_TEST

/* Alone, it knows what every key holds. */
START_TEST(cas_expects_what_was_seen_last)
{
    struct play *play = play_swiftly(
        HEAD "duration: 10s\nnodes:\n" STORE "  app: {model: kv-client, count: 1, target: store, "
             "processes: 1, think: 1ms, keys: {count: 5},\n"
             "        mix: {read: 20%, write: 20%, cas: 40%, delete: 20%}}\n",
        1);

    ck_assert_uint_gt(play->status[SIM_OK], 1000);
    ck_assert_uint_eq(play->status[SIM_FAIL], 0);
    play_free(play);
}
END_TEST

START_TEST(cas_of_many_clients_fails_and_learns)
{
    struct play *play = play_swiftly(HEAD "duration: 10s\nnodes:\n" STORE
                                          "  app: {model: kv-client, count: 4, target: store, "
                                          "think: 1ms, keys: {count: 3}, mix: {cas: 100%}}\n",
                                     1);
    size_t i;

    ck_assert_uint_gt(play->status[SIM_FAIL], 1000);
    ck_assert_uint_gt(play->status[SIM_OK], 500);
    for (i = 1; i <= play->operation_count; i++)
        if (play->operations[i].status == SIM_FAIL) {
            ck_assert_int_ne(play->operations[i].value, play->operations[i].operation.argument);
        }
    play_free(play);
}
END_TEST

/* No leader can be elected: after ten refused attempts, 100 ms apart, the operation failed for
 * certain. */
START_TEST(who_is_always_turned_away_fails)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 1ms}\nduration: 10s\nnodes:\n"
                          "  store: {model: raft, count: 3, election_timeout: 1h, heartbeat: 1s}\n"
                          "  app: {model: kv-client, count: 1, target: store, timeout: 5s, retry: "
                          "{attempts: 10, delay: 100ms}}\n",
                     1);

    ck_assert_uint_eq(play->status[SIM_OK] + play->status[SIM_UNKNOWN], 0);
    ck_assert_uint_ge(play->status[SIM_FAIL], 10);
    ck_assert_int_eq(play->operations[1].completed - play->operations[1].invoked,
                     9 * 102 * SIM_MILLISECOND + 2 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

START_TEST(the_timeout_covers_all_attempts)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 1ms}\nduration: 10s\nnodes:\n"
                          "  store: {model: raft, count: 3, election_timeout: 1h, heartbeat: 1s}\n"
                          "  app: {model: kv-client, count: 1, target: store, timeout: 250ms, "
                          "retry: {attempts: 1000}}\n",
                     1);

    ck_assert_uint_ge(play->status[SIM_FAIL], 10);
    /* a third pause would end too late */
    ck_assert_int_eq(play->operations[1].completed - play->operations[1].invoked,
                     206 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

START_TEST(a_silent_store_leaves_it_open)
{
    struct play *play = play_swiftly(
        HEAD "duration: 10s\nnodes:\n" STORE
             "  app: {model: kv-client, count: 1, target: store, timeout: 300ms, think: 100ms}\n"
             "faults: [{at: 0s, crash: store}]\n",
        1);

    ck_assert_uint_eq(play->status[SIM_OK] + play->status[SIM_FAIL], 0);
    ck_assert_uint_ge(play->status[SIM_UNKNOWN], 20);
    ck_assert_int_eq(play->operations[1].completed - play->operations[1].invoked,
                     300 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

/* A client that sleeps through its deadline does not wake up to ask once more. */
START_TEST(a_pause_past_the_deadline_ends_it)
{
    struct play *play =
        play_swiftly(HEAD "network: {latency: 1ms}\nduration: 10s\nnodes:\n"
                          "  store: {model: raft, count: 3, election_timeout: 1h, heartbeat: 1s}\n"
                          "  app: {model: kv-client, count: 1, target: store, timeout: 1s}\n"
                          "faults: [{at: 50ms, pause: app, for: 3s}]\n",
                     1);

    ck_assert_int_eq(play->operations[1].status, SIM_FAIL);
    ck_assert_int_eq(play->operations[1].completed, 3050 * SIM_MILLISECOND);
    play_free(play);
}
END_TEST

START_TEST(open_and_closed_loop_do_not_mix)
{
    play_expect_error(HEAD "duration: 1s\nnodes:\n" STORE
                           "  app: {model: kv-client, target: store, rate: 5/s, think: 1ms}\n",
                      "belongs to the closed loop");
    play_expect_error(HEAD "duration: 1s\nnodes:\n" STORE
                           "  app: {model: kv-client, target: store, rate: 5/s, processes: 2}\n",
                      "belongs to the closed loop");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv-client");
    TCase *asks = tcase_create("asks"), *hears = tcase_create("hears");
    SRunner *runner;
    int failed;

    tcase_add_test(asks, open_loop_asks_the_same_of_every_store);
    tcase_add_test(asks, arrivals_are_poisson);
    tcase_add_test(asks, the_mix_and_the_keys_are_as_asked);
    tcase_add_test(asks, values_are_unique);
    tcase_add_loop_test(asks, lanes_are_kept_apart, 0, 2);
    tcase_add_test(asks, open_and_closed_loop_do_not_mix);
    tcase_add_loop_test(hears, nothing_is_done_twice, 0, 4);
    tcase_add_test(hears, cas_expects_what_was_seen_last);
    tcase_add_test(hears, cas_of_many_clients_fails_and_learns);
    tcase_add_test(hears, who_is_always_turned_away_fails);
    tcase_add_test(hears, the_timeout_covers_all_attempts);
    tcase_add_test(hears, a_silent_store_leaves_it_open);
    tcase_add_test(hears, a_pause_past_the_deadline_ends_it);
    suite_add_tcase(suite, asks);
    suite_add_tcase(suite, hears);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
