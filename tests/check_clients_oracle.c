/* check_clients_oracle.c - availability, latency and recovers against what is counted by hand.
 *
 * Random operations of three clients and random windows of a fault; each definition of
 * docs/checkers.md is looked up in the list of them. ORRERY_ORACLE_ROUNDS in the environment is how
 * many runs there are, and has the shares told. */
#include "tests/lib/evidence.h"
#include "tests/lib/linear_random.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND

enum { CLIENTS = 3, OPERATIONS = 60, WINDOWS = 3, ROUNDS = 4000, END = 1000 };

static const char letters[] = { [SIM_HOLDS] = 'y', [SIM_BROKEN] = 'n', [SIM_UNDECIDED] = '?' };

struct deed {
    uint32_t client;
    int kind;
    sim_time invoked, done; /* SIM_TIME_NEVER: open */
    enum sim_operation_status status;
};

struct run {
    struct deed deeds[OPERATIONS];
    size_t count;
    struct {
        sim_time from, to;
        uint32_t fault;
    } windows[WINDOWS + 1]; /* of "cut", of one fault in order and apart, perhaps one of another */
    size_t window_count;
    sim_time warmup;
};

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

static sim_time below(uint64_t *state, uint64_t bound)
{
    return (sim_time)linear_random_below(state, bound);
}

/* All times are whole milliseconds up to a second, so that many are equal. */
static void draw(struct run *run, uint64_t *state)
{
    uint64_t pace = 1 + (uint64_t)below(state, 150), bad = (uint64_t)below(state, 100);
    size_t windows = (size_t)below(state, WINDOWS + 1);

    memset(run, 0, sizeof(*run));
    if (below(state, 2) == 0)
        bad /= 8;
    if (below(state, 3) == 0)
        run->warmup = below(state, 200) * MS;
    for (sim_time at = below(state, 300); run->window_count < windows && at < END - 1;) {
        sim_time to = at + 1 + below(state, 200);

        run->windows[run->window_count].from = at * MS;
        run->windows[run->window_count++].to = to < END ? to * MS : SIM_TIME_NEVER;
        at = to + 1 + below(state, 500);
    }
    if (below(state, 3) == 0) {
        run->windows[run->window_count].from = below(state, 900) * MS;
        run->windows[run->window_count].to =
            run->windows[run->window_count].from + (1 + below(state, 99)) * MS;
        run->windows[run->window_count++].fault = 1;
    }
    for (uint32_t client = 0; client < CLIENTS; client++) {
        sim_time at = below(state, pace + 1);

        while (run->count < OPERATIONS * (client + 1) / CLIENTS && at < END) {
            struct deed *deed = &run->deeds[run->count++];

            *deed = (struct deed){ .client = client,
                                   .kind = below(state, 2) == 0 ? SIM_READ : SIM_WRITE,
                                   .invoked = at * MS };
            at += below(state, pace + 1);
            deed->done = at < END && below(state, 20) != 0 ? at * MS : SIM_TIME_NEVER;
            deed->status = below(state, 100) >= (sim_time)bad ? SIM_OK
                           : below(state, 2) == 0             ? SIM_FAIL
                                                              : SIM_UNKNOWN;
            at += below(state, pace + 1);
        }
    }
}

static void play_run(const struct run *run, struct bench *bench)
{
    bench_init(bench);
    bench->plan.duration = END * MS;
    bench->plan.warmup = run->warmup;
    for (size_t i = 0; i < run->window_count; i++)
        bench_window(bench, run->windows[i].fault, run->windows[i].from, run->windows[i].to);
    for (size_t i = 0; i < run->count; i++)
        bench_operation(bench, run->deeds[i].client, run->deeds[i].kind, run->deeds[i].invoked,
                        run->deeds[i].done, run->deeds[i].status);
    bench_play(bench, END * MS);
}

/* -- what is counted --------------------------------------------------------------------------- */

static bool is_during(const struct run *run, sim_time time)
{
    for (size_t i = 0; i < run->window_count; i++)
        if (run->windows[i].from <= time &&
            (run->windows[i].to == SIM_TIME_NEVER || time < run->windows[i].to))
            return true;
    return false;
}

static bool counts(const struct run *run, const struct deed *deed, bool during, bool writes)
{
    return deed->invoked >= run->warmup && (!writes || deed->kind == SIM_WRITE) &&
           (!during || is_during(run, deed->invoked));
}

static enum sim_verdict_status availability(const struct run *run, bool during, bool writes,
                                            bool answered, uint64_t least, uint64_t most)
{
    uint64_t all = 0, good = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct deed *deed = &run->deeds[i];
        bool done = deed->done != SIM_TIME_NEVER;

        if (!counts(run, deed, during, writes))
            continue;
        all++;
        good += done && (deed->status == SIM_OK || (answered && deed->status == SIM_FAIL));
    }
    if (all == 0)
        return SIM_UNDECIDED;
    return good * 100 >= least * all && good * 100 <= most * all ? SIM_HOLDS : SIM_BROKEN;
}

/* BOUND holds for MILLE thousandths of the ok answers; 0: for their mean. */
static enum sim_verdict_status latency(const struct run *run, bool during, bool writes,
                                       uint64_t mille, sim_time bound)
{
    uint64_t all = 0, quick = 0;
    sim_time sum = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct deed *deed = &run->deeds[i];

        if (!counts(run, deed, during, writes) || deed->done == SIM_TIME_NEVER ||
            deed->status != SIM_OK)
            continue;
        all++;
        quick += deed->done - deed->invoked <= bound;
        sum += deed->done - deed->invoked;
    }
    if (all == 0)
        return SIM_UNDECIDED;
    if (mille == 0)
        return sum <= bound * (sim_time)all ? SIM_HOLDS : SIM_BROKEN;
    return quick * 1000 >= mille * all ? SIM_HOLDS : SIM_BROKEN;
}

/* One client after one end of the fault. */
static enum sim_verdict_status recovered(const struct run *run, uint32_t client, sim_time from,
                                         sim_time to)
{
    enum sim_verdict_status status = SIM_UNDECIDED;

    for (size_t i = 0; i < run->count; i++) {
        const struct deed *deed = &run->deeds[i];

        if (deed->client != client)
            continue;
        if (deed->invoked >= from && deed->done <= to && deed->status == SIM_OK)
            return SIM_HOLDS;
        if (deed->invoked >= from && deed->invoked <= to)
            status = SIM_BROKEN; /* asked in vain */
        if (deed->invoked < from && deed->done > to)
            status = SIM_BROKEN; /* still waits */
    }
    return status;
}

/* The fault ended at FROM. */
static enum sim_verdict_status recovered_all(const struct run *run, sim_time from, sim_time within)
{
    enum sim_verdict_status status = SIM_HOLDS;
    sim_time until = from;

    while (until < END * MS && !is_during(run, until))
        until += MS;
    for (uint32_t client = 0; client < CLIENTS; client++) {
        enum sim_verdict_status one = recovered(run, client, from, from + within);

        if (one == SIM_BROKEN && from + within <= until)
            return SIM_BROKEN;
        if (one != SIM_HOLDS)
            status = SIM_UNDECIDED;
    }
    return status;
}

static enum sim_verdict_status recovers(const struct run *run, sim_time within)
{
    enum sim_verdict_status status = SIM_HOLDS;
    bool ended = false;

    for (sim_time time = MS; time < END * MS; time += MS) {
        enum sim_verdict_status one;

        if (!is_during(run, time - MS) || is_during(run, time))
            continue;
        ended = true;
        one = recovered_all(run, time, within);
        if (one == SIM_BROKEN)
            return one;
        if (one != SIM_HOLDS)
            status = one;
    }
    return !ended || is_during(run, END * MS - MS) ? SIM_UNDECIDED : status;
}

/* -- comparisons ------------------------------------------------------------------------------- */

static void print(const struct run *run)
{
    for (size_t i = 0; i < run->window_count; i++)
        fprintf(stderr, "cut %d-%d, ", (int)(run->windows[i].from / MS),
                run->windows[i].to == SIM_TIME_NEVER ? 0 : (int)(run->windows[i].to / MS));
    for (size_t i = 0; i < run->count; i++)
        fprintf(stderr, "%u:%c@%d-%d=%s ", run->deeds[i].client,
                run->deeds[i].kind == SIM_READ ? 'r' : 'w', (int)(run->deeds[i].invoked / MS),
                run->deeds[i].done == SIM_TIME_NEVER ? 0 : (int)(run->deeds[i].done / MS),
                run->deeds[i].status == SIM_OK     ? "ok"
                : run->deeds[i].status == SIM_FAIL ? "fail"
                                                   : "unknown");
    fprintf(stderr, "warm-up %d\n", (int)(run->warmup / MS));
}

struct tally {
    unsigned said[3];
};

static void compare(const char *name, const struct run *run, const struct bench *bench,
                    void *params, enum sim_verdict_status expected, struct tally *tally)
{
    struct sim_verdict verdict;

    memset(&verdict, 'x', sizeof(verdict));
    checker_named(name)->judge(&bench->evidence, params, &verdict);
    free(params);
    if (verdict.status != expected) {
        print(run);
        ck_abort_msg("%s: %c, but it is %c: %s", name, letters[verdict.status], letters[expected],
                     verdict.text);
    }
    tally->said[verdict.status]++;
}

static void expect(const char *name, const struct tally *tally)
{
    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("%-12s agree on %u: yes %u, no %u, undecided %u\n", name, rounds(),
               tally->said[SIM_HOLDS], tally->said[SIM_BROKEN], tally->said[SIM_UNDECIDED]);
    ck_assert_uint_gt(tally->said[SIM_HOLDS], rounds() / 12);
    ck_assert_uint_gt(tally->said[SIM_BROKEN], rounds() / 12);
    ck_assert_uint_gt(tally->said[SIM_UNDECIDED], rounds() / 50);
}

static void *common(const char *name, bool during, bool writes)
{
    const struct sim_checker *checker = checker_named(name);
    void *params = params_create(checker);

    params_group(params, checker, "clients", 0);
    if (during)
        params_text(params, checker, "during", "cut");
    if (writes)
        params_choice(params, checker, "op", "write");
    return params;
}

START_TEST(availability_agrees)
{
    const struct sim_checker *checker = checker_named("availability");
    struct tally tally = { { 0 } };
    uint64_t state = 21;

    for (unsigned round = 0; round < rounds(); round++) {
        bool during = below(&state, 2) == 0, writes = below(&state, 2) == 0;
        bool answered = below(&state, 2) == 0;
        uint64_t least = (uint64_t)below(&state, 101);
        uint64_t most = below(&state, 2) == 0 ? 100 : least + (uint64_t)below(&state, 101 - least);
        void *params = common("availability", during, writes);
        struct bench bench;
        struct run run;

        draw(&run, &state);
        play_run(&run, &bench);
        params_share(params, checker, "at_least", (double)least / 100);
        params_share(params, checker, "at_most", (double)most / 100);
        params_choice(params, checker, "counts", answered ? "answered" : "ok");
        compare("availability", &run, &bench, params,
                availability(&run, during, writes, answered, least, most), &tally);
        bench_finish(&bench);
    }
    expect("availability", &tally);
}
END_TEST

START_TEST(latency_agrees)
{
    static const struct {
        const char *name;
        uint64_t mille;
    } bounds[] = { { "p50", 500 },  { "p90", 900 },  { "p99", 990 },
                   { "p999", 999 }, { "max", 1000 }, { "mean", 0 } };
    const struct sim_checker *checker = checker_named("latency");
    struct tally tally = { { 0 } };
    uint64_t state = 22;

    for (unsigned round = 0; round < rounds(); round++) {
        bool during = below(&state, 2) == 0, writes = below(&state, 2) == 0;
        size_t which = (size_t)below(&state, sizeof(bounds) / sizeof(bounds[0]));
        sim_time bound = (1 + below(&state, 150)) * MS;
        void *params = common("latency", during, writes);
        struct bench bench;
        struct run run;

        draw(&run, &state);
        play_run(&run, &bench);
        params_duration(params, checker, bounds[which].name, bound);
        compare("latency", &run, &bench, params,
                latency(&run, during, writes, bounds[which].mille, bound), &tally);
        bench_finish(&bench);
    }
    expect("latency", &tally);
}
END_TEST

START_TEST(recovers_agrees)
{
    const struct sim_checker *checker = checker_named("recovers");
    struct tally tally = { { 0 } };
    uint64_t state = 23;

    for (unsigned round = 0; round < rounds(); round++) {
        sim_time within = (1 + below(&state, 700)) * MS;
        void *params = common("recovers", false, false);
        struct bench bench;
        struct run run;

        draw(&run, &state);
        play_run(&run, &bench);
        params_text(params, checker, "after", "cut");
        params_duration(params, checker, "within", within);
        compare("recovers", &run, &bench, params, recovers(&run, within), &tally);
        bench_finish(&bench);
    }
    expect("recovers", &tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, 60);
    tcase_add_test(random, availability_agrees);
    tcase_add_test(random, latency_agrees);
    tcase_add_test(random, recovers_agrees);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
