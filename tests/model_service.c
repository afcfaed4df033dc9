/* model_service.c - services that call each other: instants computed by hand, and what is counted.
 */
#include "tests/lib/play.h"

#include "models/parts/service.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND
#define HEAD "version: 1\nduration: 10s\nnodes:\n"

/* The fields of the state that these tests read, in their order. */
struct counts {
    int64_t ok, failed, refused, expired, repeated, open, waiting;
};
struct client_counts {
    int64_t asked, ok, failed, unknown, open;
};

static const struct counts *service(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static const struct client_counts *client(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static sim_time took(const struct play *play, size_t n)
{
    ck_assert_uint_le(n, play->operation_count);
    return play->operations[n].completed - play->operations[n].invoked;
}

START_TEST(calls_follow_each_other_or_run_at_once)
{
#define CALLS(order)                                                                               \
    "network: {latency: 1ms}\n" HEAD                                                               \
    "  c: {model: service-client, target: a, requests: 3, rate: 1/s, arrivals: even}\n"            \
    "  a: {model: service, order: " order ", calls: [{to: b}, {to: d}]}\n"                         \
    "  b: {model: service, processor: {cost: 10ms}}\n"                                             \
    "  d: {model: service, processor: {cost: 20ms}}\n"
    struct play *play = play_run(CALLS("sequence"), 1);

    /* 1 + (1 + 10 + 1) + (1 + 20 + 1) + 1 */
    ck_assert_int_eq(took(play, 1), 36 * MS);
    ck_assert_int_eq(client(play, 0)->ok, 3);
    ck_assert_uint_eq(play_count(play, "span", SIM_NO_GROUP), 9);
    play_free(play);
    play = play_run(CALLS("parallel"), 1);
    ck_assert_int_eq(took(play, 1), 24 * MS);
    play_free(play);
}
END_TEST

START_TEST(spans_make_a_tree)
{
    struct play *play = play_run(CALLS("sequence"), 1);
    const struct play_note *b = play_note(play, "span", 2, 0), *d = play_note(play, "span", 3, 0);
    const struct play_note *a = play_note(play, "span", 1, 0);

    /* trace, span, parent, waited, took, status */
    ck_assert_int_eq(a->words[2], 0);
    ck_assert_int_eq(b->words[2], a->words[1]);
    ck_assert_int_eq(d->words[2], a->words[1]);
    ck_assert_int_ne(b->words[1], d->words[1]);
    ck_assert_int_eq(a->words[0], b->words[0]);
    ck_assert_int_ne(a->words[0], play_note(play, "span", 1, 1)->words[0]);
    ck_assert_int_eq(a->words[4], 34 * MS);
    play_free(play);
}
END_TEST

START_TEST(a_failure_below_fails_what_needs_it)
{
    static const char needed[] =
        HEAD "  c: {model: service-client, target: a, requests: 5, rate: 1/s, arrivals: even}\n"
             "  a: {model: service, calls: [{to: b}, {to: d}]}\n"
             "  b: {model: service, failure: 100%}\n"
             "  d: {model: service}\n";
    static const char optional[] =
        HEAD "  c: {model: service-client, target: a, requests: 5, rate: 1/s, arrivals: even}\n"
             "  a: {model: service, calls: [{to: b, optional: true}, {to: d}]}\n"
             "  b: {model: service, failure: 100%}\n"
             "  d: {model: service}\n";
    struct play *play = play_run(needed, 1);

    ck_assert_int_eq(client(play, 0)->unknown, 5); /* an error says nothing of what was done */
    ck_assert_int_eq(service(play, 1)->failed, 5);
    ck_assert_int_eq(service(play, 3)->ok, 0); /* never asked */
    play_free(play);
    play = play_run(optional, 1);
    ck_assert_int_eq(client(play, 0)->ok, 5);
    ck_assert_int_eq(service(play, 3)->ok, 5);
    play_free(play);
}
END_TEST

START_TEST(threads_are_held_until_the_answer)
{
    static const char yaml[] =
        HEAD "  c: {model: service-client, target: a, processes: 5, requests: 5}\n"
             "  a: {model: service, threads: 1, queue: 3, calls: [{to: b}]}\n"
             "  b: {model: service, processor: {workers: 9, cost: 100ms, free_replies: true}}\n";
    struct play *play = play_run(yaml, 1);
    sim_time last = 0;

    /* five at once: one runs, three wait, one is refused; one after the other, 100 ms each and 2 on
     * the way (a link takes 1 ms if nothing is said) */
    ck_assert_int_eq(service(play, 1)->ok, 4);
    ck_assert_int_eq(service(play, 1)->refused, 1);
    ck_assert_int_eq(client(play, 0)->failed, 1); /* certainly not done */
    for (size_t i = 1; i <= play->operation_count; i++)
        last = play->operations[i].completed > last ? play->operations[i].completed : last;
    ck_assert_int_eq(last, (4 * 102 + 2) * MS);
    ck_assert_int_eq(service(play, 1)->open, 0);
    play_free(play);
}
END_TEST

START_TEST(what_nobody_waits_for_is_not_begun)
{
#define LATE(knob)                                                                                 \
    HEAD "  c: {model: service-client, target: a, processes: 5, requests: 5}\n"                    \
         "  a: {model: service" knob ", processor: {cost: 100ms}}\n"                               \
         "calls: {c: [deadline: 250ms]}\n"
    struct play *play = play_run(LATE(""), 1);

    /* those that would begin at 300 and 400 ms do not; the third is begun at 200, and comes late */
    ck_assert_int_eq(client(play, 0)->ok, 2);
    ck_assert_int_eq(service(play, 1)->expired, 3);
    play_free(play);
    play = play_run(LATE(", deadlines: false"), 1);
    ck_assert_int_eq(client(play, 0)->ok, 2);
    ck_assert_int_eq(service(play, 1)->ok, 5);
    play_free(play);
}
END_TEST

START_TEST(deadlines_are_passed_on)
{
    static const char yaml[] =
        "network: {latency: 10ms}\n" HEAD
        "  c: {model: service-client, target: a, requests: 1, rate: 1/s, arrivals: even}\n"
        "  a: {model: service, calls: [{to: b}]}\n"
        "  b: {model: service, calls: [{to: d}], processor: {cost: 110ms, free_replies: true}}\n"
        "  d: {model: service}\n"
        "calls: {c: [deadline: 105ms], a: [retry: {attempts: 9, base: 1ms}]}\n";
    struct play *play = play_run(yaml, 1);

    /* b has worked on it for longer than it was told that anybody waits, and does not call d; a
     * gives up in time, too, and its retry begins nothing */
    ck_assert_int_eq(client(play, 0)->unknown, 1);
    ck_assert_int_eq(service(play, 2)->expired, 1);
    ck_assert_int_eq(service(play, 3)->ok, 0);
    ck_assert_int_eq(service(play, 1)->failed, 1);
    play_free(play);
}
END_TEST

START_TEST(keys_keep_a_request_from_being_done_twice)
{
#define KEYS(knob, keys)                                                                           \
    "network: {latency: 1ms, loss: 30%}\n" HEAD                                                    \
    "  c: {model: service-client, target: a, rate: 50/s, requests: 200}\n"                         \
    "  a: {model: service" knob ", disk: {sync: 2ms}}\n"                                           \
    "calls: {c: [" keys "retry: {attempts: 20, base: 10ms, jitter: none, cap: 20ms}, "             \
    "timeout: 20ms]}\n"                                                                            \
    "faults: [{at: 1s, crash: a, for: 100ms}, {at: 2s, crash: a, for: 50ms}]\n"
    struct play *play = play_run(KEYS(", remembers: true", "idempotency_key, "), 1);
    const int64_t *disk = NULL;

    ck_assert_int_eq(client(play, 0)->ok, 200);
    ck_assert_int_gt(service(play, 1)->repeated, 20);
    ck_assert_uint_eq(sim_log_length(play_seat(play, 1), 0), 200);
    play_free(play);
    /* without keys what came twice was done twice */
    play = play_run(KEYS(", remembers: true", ""), 1);
    ck_assert_int_eq(client(play, 0)->ok, 200);
    disk = sim_disk((struct sim_seat *)(uintptr_t)play_seat(play, 1));
    ck_assert_int_gt(disk[0], 220);
    play_free(play);
}
END_TEST

START_TEST(rates_follow_their_curve)
{
    static const char *const curves[] = { "shape: step, to: 300/s, at: 5s",
                                          "shape: ramp, to: 300/s, at: 5s, for: 5s",
                                          "shape: spike, to: 300/s, at: 5s, for: 2s" };
    /* 100/s for 5 s, and then 1500, 1000, 600 + 300 */
    static const int64_t asked[] = { 2000, 1500, 1400 };

    for (size_t i = 0; i < 3; i++) {
        char yaml[512];
        struct play *play;

        snprintf(yaml, sizeof(yaml),
                 HEAD "  c: {model: service-client, target: a, rate: 100/s, curve: {%s}}\n"
                      "  a: {model: service}\n",
                 curves[i]);
        play = play_run(yaml, 1);
        /* Poisson: within 4 standard deviations */
        ck_assert_int_gt(client(play, 0)->asked, asked[i] - 180);
        ck_assert_int_lt(client(play, 0)->asked, asked[i] + 180);
        play_free(play);
    }
}
END_TEST

START_TEST(a_closed_loop_thinks)
{
    struct play *play =
        play_run(HEAD "  c: {model: service-client, target: a, processes: 2, think: 90ms}\n"
                      "  a: {model: service, processor: {workers: 2, cost: 10ms}}\n",
                 1);

    /* each process asks every 90 + 1 + 10 + 1 ms, first at 90 */
    ck_assert_int_eq(client(play, 0)->asked, 2 * 98);
    play_free(play);
}
END_TEST

START_TEST(wrong_services_are_refused)
{
    play_expect_error(HEAD "  a: {model: service, calls: [{name: x}]}\n", "missing key 'to'");
    play_expect_error(HEAD "  a: {model: service, calls: [{to: b}]}\n", "no node group 'b'");
    play_expect_error(HEAD "  a: {model: service, calls: {to: a}}\n", "expected a list");
    play_expect_error(HEAD "  a: {model: service, calls: [{to: s}]}\n  s: {model: single}\n",
                      "does not serve");
    play_expect_error(HEAD "  a: {model: service, target: a}\n", "lists whom it calls");
    play_expect_error(HEAD "  a: {model: service, calls: [{to: a, nmae: b}]}\n", "unknown key");
    play_expect_error(HEAD "  a: {model: service}\n  c: {model: service-client, target: a, "
                           "rate: 1/s, think: 1s}\n",
                      "belongs to the closed loop");
    play_expect_error(HEAD "  a: {model: service}\n  c: {model: service-client, target: a, "
                           "rate: 1/s, curve: {shape: step}}\n",
                      "needs the other rate");
    play_expect_error(HEAD "  a: {model: service}\n  c: {model: service-client, target: a, "
                           "curve: {shape: step, to: 1/s}}\n",
                      "belongs to the open loop");
    play_expect_error(HEAD "  a: {model: service}\ncalls: {a: [retry]}\n", "calls nobody");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("service");
    TCase *tcase = tcase_create("service");

    tcase_add_test(tcase, calls_follow_each_other_or_run_at_once);
    tcase_add_test(tcase, spans_make_a_tree);
    tcase_add_test(tcase, a_failure_below_fails_what_needs_it);
    tcase_add_test(tcase, threads_are_held_until_the_answer);
    tcase_add_test(tcase, what_nobody_waits_for_is_not_begun);
    tcase_add_test(tcase, deadlines_are_passed_on);
    tcase_add_test(tcase, keys_keep_a_request_from_being_done_twice);
    tcase_add_test(tcase, rates_follow_their_curve);
    tcase_add_test(tcase, a_closed_loop_thinks);
    tcase_add_test(tcase, wrong_services_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
