/* check_operations.c - availability, latency and throughput of hand-made runs: the verdict and its
 * text, at the bound and on both sides of it, and undecided where nothing can be said. */
#include "sim/core/mem.h"
#include "tests/lib/evidence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND

/* Judges with PARAMS, which it frees. */
static void expect(const struct bench *bench, const char *name, void *params,
                   enum sim_verdict_status status, const char *text)
{
    struct sim_verdict verdict;

    memset(&verdict, 'x', sizeof(verdict));
    checker_named(name)->judge(&bench->evidence, params, &verdict);
    ck_assert_str_eq(verdict.text, text);
    ck_assert_int_eq(verdict.status, status);
    free(params);
}

/* OK, FAIL and UNKNOWN operations of app, one every millisecond from FROM, each takes as many
 * microseconds as its number (from 1). */
static void load(struct bench *bench, sim_time from, int ok, int fail, int unknown)
{
    for (int i = 0; i < ok + fail + unknown; i++) {
        sim_time at = from + i * MS;

        bench_operation(bench, (uint32_t)i % 3, i % 2 == 0 ? SIM_READ : SIM_WRITE, at,
                        at + (i + 1) * SIM_MICROSECOND,
                        i < ok          ? SIM_OK
                        : i < ok + fail ? SIM_FAIL
                                        : SIM_UNKNOWN);
    }
}

/* -- availability ------------------------------------------------------------------------------ */

static void *available(double at_least, const char *during)
{
    const struct sim_checker *checker = checker_named("availability");
    void *params = params_create(checker);

    params_group(params, checker, "clients", 0);
    params_share(params, checker, "at_least", at_least);
    params_text(params, checker, "during", during);
    return params;
}

START_TEST(availability_around_the_bound)
{
    struct bench bench;

    bench_init(&bench);
    load(&bench, 0, 7, 1, 92);
    bench_operation(&bench, 3, SIM_READ, 50 * MS, SIM_TIME_NEVER, SIM_UNKNOWN); /* no client */
    bench_play(&bench, 60 * SIM_SECOND);
    /* 0.07 * 100 is 7.000000000000001 in doubles: the comparison is exact all the same */
    expect(&bench, "availability", available(0.07, NULL), SIM_HOLDS,
           "7.00 % ok of 100 operations (at least 7 %): 1 failed, 92 unknown");
    expect(&bench, "availability", available(0.0700001, NULL), SIM_BROKEN,
           "7.00 % ok of 100 operations (at least 7.00001 %): 1 failed, 92 unknown");
    expect(&bench, "availability", available(0, NULL), SIM_HOLDS,
           "7.00 % ok of 100 operations (at least 0 %): 1 failed, 92 unknown");
    expect(&bench, "availability", available(1, NULL), SIM_BROKEN,
           "7.00 % ok of 100 operations (at least 100 %): 1 failed, 92 unknown");
    bench_finish(&bench);
}
END_TEST

static void *available_between(double at_least, double at_most)
{
    const struct sim_checker *checker = checker_named("availability");
    void *params = available(at_least, NULL);

    params_share(params, checker, "at_most", at_most);
    return params;
}

static void *tail(sim_time beyond, double at_least, double at_most)
{
    const struct sim_checker *checker = checker_named("tail");
    void *params = params_create(checker);

    params_group(params, checker, "clients", 0);
    params_duration(params, checker, "beyond", beyond);
    params_share(params, checker, "at_least", at_least);
    params_share(params, checker, "at_most", at_most);
    return params;
}

START_TEST(shares_are_bounded_from_both_sides)
{
    struct bench bench;

    bench_init(&bench);
    load(&bench, 0, 7, 1, 92); /* ok after 1, 2, ..., 7 us */
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "availability", available_between(0, 0.07), SIM_HOLDS,
           "7.00 % ok of 100 operations (at least 0 %, at most 7 %): 1 failed, 92 unknown");
    expect(&bench, "availability", available_between(0, 0.0699999), SIM_BROKEN,
           "7.00 % ok of 100 operations (at least 0 %, at most 6.99999 %): 1 failed, 92 unknown");
    expect(&bench, "tail", tail(3 * SIM_MICROSECOND, 0.5, 0.6), SIM_HOLDS,
           "57.1 % of 7 ok answers took longer than 3us (at least 50 %, at most 60 %)");
    expect(&bench, "tail", tail(3 * SIM_MICROSECOND, 0.58, 1), SIM_BROKEN,
           "57.1 % of 7 ok answers took longer than 3us (at least 58 %, at most 100 %)");
    expect(&bench, "tail", tail(3 * SIM_MICROSECOND, 0, 0.57), SIM_BROKEN,
           "57.1 % of 7 ok answers took longer than 3us (at least 0 %, at most 57 %)");
    expect(&bench, "tail", tail(7 * SIM_MICROSECOND, 0, 0), SIM_HOLDS,
           "0 % of 7 ok answers took longer than 7us (at least 0 %, at most 0 %)");
    bench_finish(&bench);
    bench_init(&bench);
    load(&bench, 0, 0, 1, 92);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "tail", tail(0, 0, 0.5), SIM_UNDECIDED, "no ok answer to judge");
    bench_finish(&bench);
}
END_TEST

static void *occurs(const char *metric, sim_time within)
{
    const struct sim_checker *checker = checker_named("occurs");
    void *params = params_create(checker);

    params_group(params, checker, "of", 1);
    params_text(params, checker, "metric", metric);
    params_duration(params, checker, "within", within);
    return params;
}

START_TEST(the_first_count_is_what_occurs)
{
    struct sim_verdict verdict = { .measured_count = 0 };
    struct bench bench;
    void *params = occurs("elections", 2 * SIM_SECOND);

    bench_init(&bench);
    bench_metric(&bench, 1500 * MS, 3, 0, 1);
    bench_metric(&bench, 1700 * MS, 4, 0, 1);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "occurs", occurs("elections", 1500 * MS), SIM_HOLDS,
           "elections were first counted at 1.50s (within 1.5s)");
    expect(&bench, "occurs", occurs("elections", 1500 * MS - 1), SIM_BROKEN,
           "elections were first counted at 1.50s (within 1.499999999s)");
    checker_named("occurs")->judge(&bench.evidence, params, &verdict);
    ck_assert_uint_eq(verdict.measured_count, 1);
    ck_assert_int_eq(verdict.measured[0].value, 1500 * MS);
    ck_assert_int_eq(verdict.measured[0].most, 2 * SIM_SECOND);
    bench_finish(&bench);
    bench_init(&bench);
    bench_play(&bench, 60 * SIM_SECOND);
    checker_named("occurs")->judge(&bench.evidence, params, &verdict);
    ck_assert_int_eq(verdict.status, SIM_BROKEN);
    ck_assert_str_eq(verdict.text, "no elections were counted in 60.0s (within 2s)");
    ck_assert_int_eq(verdict.measured[0].value, SIM_MEASURED_NEVER);
    bench.evidence.ended = SIM_SECOND;
    bench.evidence.limit = "5 events (limits.events)";
    checker_named("occurs")->judge(&bench.evidence, params, &verdict);
    ck_assert_int_eq(verdict.status, SIM_UNDECIDED);
    bench_finish(&bench);
    free(params);
}
END_TEST

START_TEST(availability_of_a_kind_and_of_answers)
{
    struct bench bench;
    const struct sim_checker *checker = checker_named("availability");
    void *params;

    bench_init(&bench);
    load(&bench, 0, 5, 3, 2); /* reads: 0 2 4 ok, 6 fail, 8 unknown */
    bench_play(&bench, 60 * SIM_SECOND);
    params = available(0.7, NULL);
    params_choice(params, checker, "op", "read");
    expect(&bench, "availability", params, SIM_BROKEN,
           "60.0 % ok of 5 operations (at least 70 %): 1 failed, 1 unknown");
    params = available(0.8, NULL);
    params_choice(params, checker, "counts", "answered");
    expect(&bench, "availability", params, SIM_HOLDS,
           "80.0 % answered of 10 operations (at least 80 %): 3 failed, 2 unknown");
    params = available(0.7, NULL);
    params_choice(params, checker, "op", "cas");
    expect(&bench, "availability", params, SIM_UNDECIDED, "no operation to judge (at least 70 %)");
    bench_finish(&bench);
}
END_TEST

START_TEST(availability_of_nothing_and_of_one)
{
    struct bench bench;

    bench_init(&bench);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "availability", available(0.7, NULL), SIM_UNDECIDED,
           "no operation to judge (at least 70 %)");
    bench_finish(&bench);

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_READ, 5, SIM_TIME_NEVER, SIM_UNKNOWN); /* open at the end */
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "availability", available(0.7, NULL), SIM_BROKEN,
           "0 % ok of 1 operations (at least 70 %): 0 failed, 1 unknown (1 still open)");
    bench_finish(&bench);
}
END_TEST

START_TEST(availability_in_windows)
{
    struct bench bench;

    bench_init(&bench);
    bench.plan.warmup = 100 * MS;
    load(&bench, 0, 0, 0, 50);           /* warm-up */
    load(&bench, 100 * MS, 10, 0, 0);    /* outside */
    bench_window(&bench, 0, 0, 20 * MS); /* the first, all in the warm-up */
    bench_window(&bench, 0, 200 * MS, 220 * MS);
    bench_window(&bench, 1, 210 * MS, 230 * MS); /* overlaps: no operation counts twice */
    load(&bench, 200 * MS, 30, 0, 10);           /* of these the first 30 are inside */
    bench_window(&bench, 2, 300 * MS, 310 * MS); /* nobody asked */
    bench_window(&bench, 4, 320 * MS, 330 * MS);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "availability", available(0.5, "cut"), SIM_HOLDS,
           "100 % ok of 30 operations (at least 50 %): 0 failed, 0 unknown");
    expect(&bench, "availability", available(0.9, NULL), SIM_BROKEN,
           "80.0 % ok of 50 operations (at least 90 %): 0 failed, 10 unknown");
    expect(&bench, "availability", available(0.5, "cut[1]"), SIM_UNDECIDED,
           "no operation to judge (at least 50 %)");
    expect(&bench, "availability", available(0.5, "cut[3]"), SIM_HOLDS,
           "100 % ok of 20 operations (at least 50 %): 0 failed, 0 unknown");
    expect(&bench, "availability", available(0.5, "lag"), SIM_UNDECIDED,
           "no operation to judge (at least 50 %)");
    expect(&bench, "availability", available(0.5, "cutter"), SIM_UNDECIDED,
           "cutter never began: its fault hit nobody in 60s");
    expect(&bench, "availability", available(0.5, "cut[4]"), SIM_UNDECIDED,
           "cut[4] never began: its fault did not fire in 60s");
    bench_finish(&bench);
}
END_TEST

START_TEST(availability_of_a_stopped_run)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 0, 20 * MS);
    bench_window(&bench, 0, 50 * MS, SIM_TIME_NEVER);
    load(&bench, 0, 60, 0, 40);
    bench_violation(&bench, 100 * MS, "election-safety", "two leaders");
    bench_play(&bench, 100 * MS);
    expect(&bench, "availability", available(0.7, NULL), SIM_UNDECIDED,
           "the run stopped at 100ms: election-safety was violated; until then 60.0 % ok of 100 "
           "operations (at least 70 %): 0 failed, 40 unknown");
    expect(&bench, "availability", available(0.7, "cut"), SIM_UNDECIDED,
           "the run stopped at 100ms: election-safety was violated; until then 42.8 % ok of 70 "
           "operations (at least 70 %): 0 failed, 40 unknown");
    /* this one was over: nothing more would have come */
    expect(&bench, "availability", available(0.7, "cut[1]"), SIM_HOLDS,
           "100 % ok of 20 operations (at least 70 %): 0 failed, 0 unknown");
    expect(&bench, "availability", available(0.7, "cut[2]"), SIM_UNDECIDED,
           "the run stopped at 100ms: election-safety was violated; until then 20.0 % ok of 50 "
           "operations (at least 70 %): 0 failed, 40 unknown");
    bench_finish(&bench);
}
END_TEST

START_TEST(availability_at_limits)
{
    struct bench bench;

    bench_init(&bench);
    load(&bench, 0, 10, 0, 0);
    bench_play(&bench, 60 * MS);
    bench.evidence.limit = "100 events (limits.events)";
    expect(&bench, "availability", available(0.7, NULL), SIM_UNDECIDED,
           "the run stopped at 60ms: the limit of 100 events (limits.events); until then 100 % ok "
           "of 10 "
           "operations (at least 70 %): 0 failed, 0 unknown");
    bench_finish(&bench);

    bench_init(&bench);
    bench.plan.limits.history = 9;
    load(&bench, 0, 10, 0, 0);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "availability", available(0.7, NULL), SIM_UNDECIDED,
           "the history is not whole: its limit was reached (limits.history)");
    bench_finish(&bench);
}
END_TEST

/* -- latency ----------------------------------------------------------------------------------- */

static void *fast(const char *bound, sim_time most)
{
    const struct sim_checker *checker = checker_named("latency");
    void *params = params_create(checker);

    params_group(params, checker, "clients", 0);
    if (bound != NULL)
        params_duration(params, checker, bound, most);
    return params;
}

/* 1000 ok answers that take 1 to 1000 us: each percentile can be read off. */
START_TEST(latency_percentiles)
{
    static const struct {
        const char *bound;
        sim_time exact;
        const char *holds, *broken; /* at the exact bound, and at a nanosecond less */
    } rows[] = {
        { "p50", 500000, "p50 500us <= 500us", "p50 500us > 499.999us" },
        { "p90", 900000, "p90 900us <= 900us", "p90 900us > 899.999us" },
        { "p99", 990000, "p99 990us <= 990us", "p99 990us > 989.999us" },
        { "p999", 999000, "p99.9 999us <= 999us", "p99.9 999us > 998.999us" },
        { "mean", 500500, "mean 500.5us <= 500.5us", "mean 501us > 500.499us" },
        { "max", 1000000, "max 1.00ms <= 1ms", "max 1.00ms > 999.999us" },
    };
    struct bench bench;

    bench_init(&bench);
    load(&bench, 0, 1000, 20, 30);
    bench_play(&bench, 60 * SIM_SECOND);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[200];

        snprintf(text, sizeof(text), "%s; 1 000 ok of 1 050 operations", rows[i].holds);
        expect(&bench, "latency", fast(rows[i].bound, rows[i].exact), SIM_HOLDS, text);
        snprintf(text, sizeof(text), "%s; 1 000 ok of 1 050 operations", rows[i].broken);
        expect(&bench, "latency", fast(rows[i].bound, rows[i].exact - 1), SIM_BROKEN, text);
    }
    bench_finish(&bench);
}
END_TEST

START_TEST(latency_with_several_bounds)
{
    struct bench bench;
    const struct sim_checker *checker = checker_named("latency");
    void *params;

    bench_init(&bench);
    load(&bench, 0, 100, 0, 0);
    bench_window(&bench, 0, 0, 10 * MS);
    bench_play(&bench, 60 * SIM_SECOND);
    params = fast("p50", MS);
    params_duration(params, checker, "p99", 50 * SIM_MICROSECOND);
    params_duration(params, checker, "max", SIM_SECOND);
    expect(&bench, "latency", params, SIM_BROKEN,
           "p50 50.0us <= 1ms, p99 99.0us > 50us, max 100us <= 1s; 100 ok of 100 operations");
    params = fast("max", 10 * SIM_MICROSECOND);
    params_text(params, checker, "during", "cut");
    expect(&bench, "latency", params, SIM_HOLDS, "max 10.0us <= 10us; 10 ok of 10 operations");
    params = fast("max", 9 * SIM_MICROSECOND);
    params_text(params, checker, "during", "cut");
    params_choice(params, checker, "op", "read");
    expect(&bench, "latency", params, SIM_HOLDS, "max 9.00us <= 9us; 5 ok of 5 operations");
    bench_finish(&bench);
}
END_TEST

/* The mean of 1000 and 1001 ns lies above 1000. */
START_TEST(latency_mean_between)
{
    struct bench bench;

    bench_init(&bench);
    bench_operation(&bench, 0, SIM_READ, 0, 1000, SIM_OK);
    bench_operation(&bench, 1, SIM_READ, 0, 1001, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "latency", fast("mean", 1000), SIM_BROKEN,
           "mean 1.001us > 1us; 2 ok of 2 operations");
    bench_finish(&bench);
}
END_TEST

START_TEST(latency_undecided)
{
    struct bench bench;
    const struct sim_checker *checker = checker_named("latency");
    void *params;

    bench_init(&bench);
    load(&bench, 0, 0, 3, 4);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "latency", fast("p50", MS), SIM_UNDECIDED,
           "none of 7 operations was answered ok");
    params = fast("p50", MS);
    params_choice(params, checker, "op", "add");
    expect(&bench, "latency", params, SIM_UNDECIDED, "no operation to judge");
    params = fast("p50", MS);
    params_text(params, checker, "during", "lag");
    expect(&bench, "latency", params, SIM_UNDECIDED,
           "lag never began: its fault did not fire in 60s");
    bench_finish(&bench);

    bench_init(&bench);
    load(&bench, 0, 10, 0, 0);
    bench_violation(&bench, 100 * MS, "safety", "broken");
    bench_play(&bench, 100 * MS);
    expect(&bench, "latency", fast(NULL, 0), SIM_UNDECIDED,
           "no bound is given: expected one of p50, p90, p99, p999, mean, max");
    expect(&bench, "latency", fast("p50", SIM_MICROSECOND), SIM_UNDECIDED,
           "the run stopped at 100ms: safety was violated; until then p50 5.00us > 1us; 10 ok of "
           "10 operations");
    /* too long once is too long for good */
    expect(&bench, "latency", fast("max", SIM_MICROSECOND), SIM_BROKEN,
           "max 10.0us > 1us; 10 ok of 10 operations");
    bench_finish(&bench);
}
END_TEST

/* -- throughput -------------------------------------------------------------------------------- */

static void *busy(int64_t least, int64_t most, const char *during)
{
    const struct sim_checker *checker = checker_named("throughput");
    void *params = params_create(checker);

    params_group(params, checker, "clients", 0);
    if (least >= 0)
        params_rate(params, checker, "at_least", least, SIM_SECOND);
    if (most >= 0)
        params_rate(params, checker, "at_most", most, SIM_SECOND);
    params_text(params, checker, "during", during);
    return params;
}

START_TEST(throughput_around_the_bounds)
{
    struct bench bench;

    bench_init(&bench);
    bench.plan.warmup = 10 * SIM_SECOND;
    load(&bench, 5 * SIM_SECOND, 300, 0, 0); /* warm-up */
    load(&bench, 20 * SIM_SECOND, 1000, 10, 10);
    bench_play(&bench, 60 * SIM_SECOND); /* 50 s measured, 20/s */
    expect(&bench, "throughput", busy(20, -1, NULL), SIM_HOLDS,
           "20.0/s ok (at least 20/s): 1 000 answers in 50.0s");
    expect(&bench, "throughput", busy(21, -1, NULL), SIM_BROKEN,
           "20.0/s ok (at least 21/s): 1 000 answers in 50.0s");
    expect(&bench, "throughput", busy(-1, 20, NULL), SIM_HOLDS,
           "20.0/s ok (at most 20/s): 1 000 answers in 50.0s");
    expect(&bench, "throughput", busy(-1, 19, NULL), SIM_BROKEN,
           "20.0/s ok (at most 19/s): 1 000 answers in 50.0s");
    expect(&bench, "throughput", busy(10, 30, NULL), SIM_HOLDS,
           "20.0/s ok (at least 10/s, at most 30/s): 1 000 answers in 50.0s");
    expect(&bench, "throughput", busy(-1, -1, NULL), SIM_UNDECIDED,
           "no bound is given: expected at_least, at_most or both");
    bench_finish(&bench);
}
END_TEST

/* Answers count when they come: work that was queued in a window but done after it was not its. */
START_TEST(throughput_in_windows)
{
    struct bench bench;

    bench_init(&bench);
    bench_window(&bench, 0, 10 * SIM_SECOND, 20 * SIM_SECOND);
    bench_window(&bench, 1, 15 * SIM_SECOND, 30 * SIM_SECOND);
    bench_window(&bench, 2, 50 * SIM_SECOND, SIM_TIME_NEVER);
    for (int i = 0; i < 100; i++) {
        sim_time at = 29 * SIM_SECOND + i * MS;

        bench_operation(&bench, 0, SIM_READ, at, at + (i < 40 ? 1 : 5000) * MS, SIM_OK);
    }
    bench_operation(&bench, 0, SIM_READ, 52 * SIM_SECOND, SIM_TIME_NEVER, SIM_OK);
    bench_play(&bench, 60 * SIM_SECOND);
    expect(&bench, "throughput", busy(2, -1, "cut"), SIM_HOLDS,
           "2.00/s ok (at least 2/s): 40 answers in 20.0s");
    expect(&bench, "throughput", busy(1, -1, "lag"), SIM_BROKEN,
           "0/s ok (at least 1/s): 0 answers in 10.0s");
    expect(&bench, "throughput", busy(1, -1, "cut[1]"), SIM_UNDECIDED, "no operation to judge");
    expect(&bench, "throughput", busy(1, -1, "cutter"), SIM_UNDECIDED,
           "cutter never began: its fault did not fire in 60s");
    bench_finish(&bench);
}
END_TEST

START_TEST(throughput_of_rates_that_do_not_divide)
{
    struct bench bench;
    const struct sim_checker *checker = checker_named("throughput");
    void *params;

    bench_init(&bench);
    load(&bench, 0, 7, 0, 0);
    bench_play(&bench, 3 * SIM_SECOND); /* 140 a minute */
    params = busy(-1, -1, NULL);
    params_rate(params, checker, "at_least", 140, 60 * SIM_SECOND);
    expect(&bench, "throughput", params, SIM_HOLDS,
           "2.33/s ok (at least 140/min): 7 answers in 3.00s");
    params = busy(-1, -1, NULL);
    params_rate(params, checker, "at_least", 141, 60 * SIM_SECOND);
    expect(&bench, "throughput", params, SIM_BROKEN,
           "2.33/s ok (at least 141/min): 7 answers in 3.00s");
    params = busy(-1, -1, NULL);
    params_rate(params, checker, "at_most", 139, 60 * SIM_SECOND);
    expect(&bench, "throughput", params, SIM_BROKEN,
           "2.34/s ok (at most 139/min): 7 answers in 3.00s");
    bench_finish(&bench);
}
END_TEST

START_TEST(throughput_without_time)
{
    struct bench bench;

    bench_init(&bench);
    bench.plan.warmup = 2 * SIM_SECOND;
    bench_window(&bench, 0, 0, SIM_SECOND);
    load(&bench, 0, 7, 0, 0);
    bench_play(&bench, 3 * SIM_SECOND);
    expect(&bench, "throughput", busy(1, -1, "cut"), SIM_UNDECIDED,
           "no time was measured: all of it is warm-up");
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operations");
    TCase *availability = tcase_create("availability"), *latency = tcase_create("latency");
    TCase *throughput = tcase_create("throughput");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(availability, availability_around_the_bound);
    tcase_add_test(availability, shares_are_bounded_from_both_sides);
    tcase_add_test(availability, the_first_count_is_what_occurs);
    tcase_add_test(availability, availability_of_a_kind_and_of_answers);
    tcase_add_test(availability, availability_of_nothing_and_of_one);
    tcase_add_test(availability, availability_in_windows);
    tcase_add_test(availability, availability_of_a_stopped_run);
    tcase_add_test(availability, availability_at_limits);
    suite_add_tcase(suite, availability);
    tcase_add_test(latency, latency_percentiles);
    tcase_add_test(latency, latency_with_several_bounds);
    tcase_add_test(latency, latency_mean_between);
    tcase_add_test(latency, latency_undecided);
    suite_add_tcase(suite, latency);
    tcase_add_test(throughput, throughput_around_the_bounds);
    tcase_add_test(throughput, throughput_in_windows);
    tcase_add_test(throughput, throughput_of_rates_that_do_not_divide);
    tcase_add_test(throughput, throughput_without_time);
    suite_add_tcase(suite, throughput);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
