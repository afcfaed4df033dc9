/* core_queue.c - the event queue against a binary heap on (time, sequence), and bounds on the work
 * it does inside. */
#include "sim/core/queue.h"
#include "sim/core/queue_private.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- the oracle ---- */

struct oracle {
    struct sim_event *events;
    size_t count, capacity;
};

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    return a->sequence < b->sequence;
}

static void oracle_push(struct oracle *oracle, const struct sim_event *event)
{
    size_t i = oracle->count++;

    if (i == oracle->capacity) {
        oracle->capacity = 2 * oracle->capacity + 64;
        oracle->events = realloc(oracle->events, oracle->capacity * sizeof(*oracle->events));
        ck_assert_ptr_nonnull(oracle->events);
    }
    for (; i > 0 && earlier(event, &oracle->events[(i - 1) / 2]); i = (i - 1) / 2)
        oracle->events[i] = oracle->events[(i - 1) / 2];
    oracle->events[i] = *event;
}

static struct sim_event oracle_pop(struct oracle *oracle)
{
    struct sim_event first = oracle->events[0], last = oracle->events[--oracle->count];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < oracle->count; i = child) {
        if (child + 1 < oracle->count &&
            earlier(&oracle->events[child + 1], &oracle->events[child]))
            child++;
        if (!earlier(&oracle->events[child], &last))
            break;
        oracle->events[i] = oracle->events[child];
    }
    oracle->events[i] = last;
    return first;
}

/* ---- both side by side ---- */

struct pair {
    struct sim_queue *queue;
    struct oracle oracle;
    struct sim_event last; /* popped last */
    uint64_t state;        /* of the generator */
    uint64_t sequence;
    uint64_t reserved[64]; /* old sequences, used later */
    size_t bytes_most;
    uint64_t popped;
};

static void pair_init(struct pair *pair, uint64_t seed)
{
    memset(pair, 0, sizeof(*pair));
    pair->queue = sim_queue_create();
    pair->state = seed;
}

static void pair_finish(struct pair *pair)
{
    sim_queue_destroy(pair->queue);
    free(pair->oracle.events);
}

static uint64_t next(struct pair *pair)
{
    uint64_t x = pair->state += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static double unit(struct pair *pair)
{
    return ((double)(next(pair) >> 11) + 0.5) * 0x1p-53;
}

static void push_as(struct pair *pair, sim_time time, uint64_t sequence)
{
    struct sim_event event = { .time = time, .sequence = sequence };
    uint64_t r = next(pair);

    event.index = (uint32_t)r;
    event.from = (uint32_t)(r >> 32);
    event.slot = (uint32_t)(r >> 11);
    event.class = (uint16_t)(r >> 5);
    event.type = (uint8_t)(r >> 7);
    event.what = (uint8_t)(r >> 23);
    sim_queue_push(pair->queue, &event);
    oracle_push(&pair->oracle, &event);
}

static void push(struct pair *pair, sim_time time)
{
    push_as(pair, time, ++pair->sequence);
}

/* Pushes under a sequence that was taken long ago, and takes one for later. */
static void push_old(struct pair *pair, sim_time time)
{
    uint64_t *place = &pair->reserved[next(pair) % 64], old = *place;

    *place = ++pair->sequence;
    if (old == 0 || (time == pair->last.time && old < pair->last.sequence))
        push(pair, time);
    else
        push_as(pair, time, old);
}

static void pop(struct pair *pair)
{
    struct sim_event event, expected = oracle_pop(&pair->oracle);

    /* Plain ifs: every ck_assert that holds writes a note of having been there, which costs more
     * than the queue. */
    if (!sim_queue_pop(pair->queue, SIM_TIME_NEVER, &event))
        ck_abort_msg("nothing to pop, %d pending", (int)pair->oracle.count + 1);
    if (memcmp(&event, &expected, sizeof(event))) /* 32 bytes, no padding */
        ck_abort_msg("popped (%lld, %llu), expected (%lld, %llu)", (long long)event.time,
                     (unsigned long long)event.sequence, (long long)expected.time,
                     (unsigned long long)expected.sequence);
    if (sim_queue_count(pair->queue) != pair->oracle.count)
        ck_abort_msg("a count of %d, expected %d", (int)sim_queue_count(pair->queue),
                     (int)pair->oracle.count);
    pair->last = event;
    if (pair->popped++ % 64 == 0 && pair->bytes_most < sim_queue_bytes(pair->queue))
        pair->bytes_most = sim_queue_bytes(pair->queue);
}

static void drain(struct pair *pair)
{
    struct sim_event event;

    while (pair->oracle.count)
        pop(pair);
    ck_assert(!sim_queue_pop(pair->queue, SIM_TIME_NEVER, &event));
    ck_assert_ptr_null(sim_queue_ahead(pair->queue, 0));
}

/* All that the queue did inside, in moves of one event; a merge sort may take twenty per event
 * where it is needed. */
static uint64_t moves(const struct pair *pair)
{
    const struct sim_queue_work *work = sim_queue_work(pair->queue);

    return work->sorted + work->shifted + work->merged + work->cascaded + work->rebuilt;
}

/* ---- laws of delay ---- */

static sim_time phold(struct pair *pair)
{
    return (sim_time)(1e8 - 9e8 * log(unit(pair)));
}

static sim_time exponential(struct pair *pair)
{
    return (sim_time)(-1e9 * log(unit(pair)));
}

static sim_time bimodal(struct pair *pair)
{
    return (sim_time)((next(pair) % 2 ? 1e3 : 1e9) * (0.5 + unit(pair)));
}

static sim_time equal(struct pair *pair)
{
    (void)pair;
    return SIM_SECOND;
}

static sim_time pareto(struct pair *pair)
{
    return (sim_time)(5e8 / sqrt(unit(pair)));
}

static sim_time decades(struct pair *pair)
{
    return (sim_time)pow(10, 9 * unit(pair));
}

static sim_time all_time(struct pair *pair)
{
    return (sim_time)(next(pair) >> (8 + next(pair) % 56));
}

static sim_time ticks(struct pair *pair)
{
    return SIM_MILLISECOND * (sim_time)(next(pair) % 1000);
}

static sim_time rare_ticks(struct pair *pair)
{
    return SIM_SECOND * (sim_time)(1 + next(pair) % 3);
}

static sim_time clusters(struct pair *pair) /* all near a whole second, spread over 2^10 ns */
{
    return SIM_SECOND - pair->last.time % SIM_SECOND + (sim_time)(next(pair) % 1024);
}

static sim_time zero(struct pair *pair)
{
    (void)pair;
    return 0;
}

static sim_time storm(struct pair *pair) /* mostly the present instant, while others wait */
{
    return next(pair) % 16 ? 0 : (sim_time)(next(pair) % 100000);
}

/* One constant delay and then a much longer one: the old width would send every event through
 * several tiers. */
static sim_time longer(struct pair *pair)
{
    return pair->popped < 20000 ? SIM_MICROSECOND : SIM_SECOND;
}

/* LIMIT bounds moves per event; HEAP the side heap (0: it never grew beyond what the queue regards
 * as small). */
static const struct law {
    const char *name;
    sim_time (*draw)(struct pair *pair);
    uint64_t pending, events;
    double limit;
    uint64_t heap;
} laws[] = {
    { "phold", phold, 10, 20000, 0, 0 },
    { "phold", phold, 50, 20000, 4, 0 },
    { "phold", phold, 100, 20000, 8, 0 },
    { "phold", phold, 1000, 40000, 4, 0 },
    { "phold", phold, 50000, 150000, 4, 0 },
    { "exponential", exponential, 10, 20000, 0, 0 },
    { "exponential", exponential, 100, 20000, 8, 0 },
    { "exponential", exponential, 1000, 40000, 4, 0 },
    { "exponential", exponential, 50000, 150000, 4, 400 },
    { "bimodal", bimodal, 100, 20000, 8, 0 },
    { "bimodal", bimodal, 1000, 40000, 4, 0 },
    { "bimodal", bimodal, 50000, 150000, 4, 0 },
    { "equal", equal, 100, 20000, 8, 0 },
    { "equal", equal, 50000, 150000, 4, 0 },
    { "pareto", pareto, 100, 20000, 8, 0 },
    { "pareto", pareto, 50000, 150000, 4, 0 },
    { "decades", decades, 100, 20000, 12, 0 },
    { "decades", decades, 50000, 150000, 6, 0 },
    { "all_time", all_time, 1000, 1000, 20, 0 },
    { "ticks", ticks, 100, 20000, 8, 0 },
    { "ticks", ticks, 50000, 150000, 4, 0 },
    { "rare_ticks", rare_ticks, 50000, 150000, 4, 0 },
    { "clusters", clusters, 50000, 150000, 12, 0 },
    { "zero", zero, 10, 20000, 0, 0 },
    { "zero", zero, 50000, 150000, 1, 0 },
    { "storm", storm, 2000, 60000, 4, 0 },
    { "storm", storm, 20000, 60000, 4, 0 },
    { "longer", longer, 2000, 100000, 2, 0 },
};

enum { LAWS = sizeof(laws) / sizeof(laws[0]) };

static void fill(struct pair *pair, const struct law *law)
{
    for (uint64_t i = 0; i < law->pending; i++)
        push(pair, pair->last.time + law->draw(pair));
}

START_TEST(law_keeps_order_and_is_cheap)
{
    const struct law *law = &laws[_i];
    struct pair pair;
    double per_event;

    pair_init(&pair, (uint64_t)_i + 1);
    fill(&pair, law);
    for (uint64_t k = 0; k < law->events; k++) {
        pop(&pair);
        push(&pair, pair.last.time + law->draw(&pair));
    }
    drain(&pair);
    per_event = (double)moves(&pair) / (double)pair.popped;
    ck_assert_msg(per_event <= law->limit, "%s with %d pending: %.2f moves per event, limit %.1f",
                  law->name, (int)law->pending, per_event, law->limit);
    ck_assert_msg(sim_queue_work(pair.queue)->heap_most <=
                      (law->heap ? law->heap : QUEUE_HEAP_SIDE + 1),
                  "%s with %d pending: a side heap of %d", law->name, (int)law->pending,
                  (int)sim_queue_work(pair.queue)->heap_most);
    if (law->pending >= 50000)
        ck_assert_uint_le(pair.bytes_most, 96 * law->pending);
    pair_finish(&pair);
}
END_TEST

/* Half of the pushes carry a sequence that was taken long before, also into the middle of mass
 * ties. */
START_TEST(old_sequences_keep_their_place)
{
    const struct law *law = &laws[_i];
    uint64_t events = law->events < 40000 ? law->events : 40000;
    struct pair pair;

    pair_init(&pair, (uint64_t)_i + 100);
    fill(&pair, law);
    for (uint64_t k = 0; k < events; k++) {
        sim_time time;

        pop(&pair);
        time = pair.last.time + law->draw(&pair);
        if (next(&pair) % 2)
            push_old(&pair, time);
        else
            push(&pair, time);
    }
    drain(&pair);
    /* At most a merge sort of everything, 2^17 events. */
    ck_assert_uint_le(moves(&pair), (uint64_t)((double)pair.popped * (law->limit + 17)));
    pair_finish(&pair);
}
END_TEST

/* ---- rows ---- */

START_TEST(empty_queue_gives_nothing)
{
    struct sim_queue *queue = sim_queue_create();
    struct sim_event event;

    ck_assert(!sim_queue_pop(queue, SIM_TIME_NEVER, &event));
    ck_assert_ptr_null(sim_queue_ahead(queue, 0));
    ck_assert_uint_eq(sim_queue_count(queue), 0);
    ck_assert_uint_lt(sim_queue_bytes(queue), 16384);
    ck_assert_uint_gt(sim_queue_bytes(queue), 0);
    sim_queue_destroy(queue);
    sim_queue_destroy(NULL);
}
END_TEST

START_TEST(until_is_included_and_leaves_the_rest)
{
    static const sim_time untils[] = { -1, 0, 9, 10, 10, 11, 29, 30, 30, SIM_TIME_NEVER };
    static const sim_time expected[] = { -1, -1, -1, 10, 10, -1, -1, 30, -1, SIM_TIME_NEVER };
    struct pair pair;

    pair_init(&pair, 1);
    push(&pair, 30);
    push(&pair, SIM_TIME_NEVER);
    push(&pair, 10);
    push(&pair, 10);
    for (size_t i = 0; i < sizeof(untils) / sizeof(untils[0]); i++) {
        struct sim_event event;
        bool found = sim_queue_pop(pair.queue, untils[i], &event);

        ck_assert_msg(found == (expected[i] >= 0), "row %d", (int)i);
        if (found)
            ck_assert_int_eq(event.time, expected[i]);
    }
    ck_assert_uint_eq(sim_queue_count(pair.queue), 0);
    pair_finish(&pair);
}
END_TEST

/* Steps of every size; what a pop refused must stay, and pushes between the refused event and the
 * present must pass. */
START_TEST(until_steps_with_pushes_in_between)
{
    static const sim_time steps[] = {
        1, 1000, SIM_MILLISECOND, 40 * SIM_MILLISECOND, SIM_SECOND, 700 * SIM_SECOND
    };
    struct pair pair;
    sim_time now = 0, step = steps[_i];

    pair_init(&pair, (uint64_t)_i);
    for (int i = 0; i < 3000; i++)
        push(&pair, decades(&pair) * (i % 3 ? 1 : 1000));
    for (int round = 0; round < 3000; round++) {
        struct sim_event event;

        now += 1 + (sim_time)(next(&pair) % (uint64_t)step);
        while (pair.oracle.count && pair.oracle.events[0].time <= now) {
            pop(&pair);
            if (next(&pair) % 8)
                push(&pair, pair.last.time + decades(&pair));
        }
        if (sim_queue_pop(pair.queue, now, &event))
            ck_abort_msg("an event later than asked for");
        for (int i = 0; i < 3; i++)
            push(&pair, now + (sim_time)(next(&pair) % 3));
        /* As late as the last popped event allows: before the bucket that the refused pop has
         * looked at. */
        push(&pair, pair.last.time + (now - pair.last.time) / 2);
    }
    drain(&pair);
    pair_finish(&pair);
}
END_TEST

START_TEST(grows_to_many_and_back_to_none)
{
    struct pair pair;
    size_t first = 0;

    pair_init(&pair, 3);
    for (int round = 0; round < 2; round++) {
        uint64_t before = pair.popped;

        /* One more pop for every four pushes while it grows, one push for every four pops while it
         * shrinks. */
        push(&pair, pair.last.time);
        while (pair.oracle.count < 200000) {
            for (int i = 0; i < 4; i++)
                push(&pair, pair.last.time + phold(&pair));
            pop(&pair);
        }
        ck_assert_uint_le(sim_queue_bytes(pair.queue), 64 * pair.oracle.count);
        while (pair.oracle.count) {
            for (int i = 0; i < 4 && pair.oracle.count; i++)
                pop(&pair);
            if (pair.oracle.count > 4)
                push(&pair, pair.last.time + phold(&pair));
            if (pair.oracle.count % 50000 == 49999)
                ck_assert_uint_le(sim_queue_bytes(pair.queue), 160 * pair.oracle.count + 500000);
        }
        ck_assert_uint_le(sim_queue_bytes(pair.queue), 512 * 1024);
        if (round == 0)
            first = sim_queue_bytes(pair.queue);
        else
            ck_assert_uint_le(sim_queue_bytes(pair.queue), 2 * first);
        ck_assert_uint_gt(pair.popped, before + 200000);
    }
    ck_assert_uint_le(moves(&pair), 8 * pair.popped);
    pair_finish(&pair);
}
END_TEST

/* Few events, many, few again: the line and the ring take turns. */
START_TEST(small_and_large_take_turns)
{
    const struct law *law = &laws[_i];
    struct pair pair;

    pair_init(&pair, (uint64_t)_i + 200);
    push(&pair, 0);
    for (int round = 0; round < 300; round++) {
        size_t high = 1 + next(&pair) % 150, low = next(&pair) % 40;

        while (pair.oracle.count < high) {
            if (pair.oracle.count && next(&pair) % 4 == 0)
                pop(&pair);
            if (next(&pair) % 3)
                push(&pair, pair.last.time + law->draw(&pair));
            else
                push_old(&pair, pair.last.time + law->draw(&pair));
        }
        while (pair.oracle.count > low) {
            pop(&pair);
            if (next(&pair) % 4 == 0)
                push(&pair, pair.last.time + law->draw(&pair));
        }
    }
    drain(&pair);
    pair_finish(&pair);
}
END_TEST

/* Density changes by a factor of a million, forth and back, with and without a population that
 * waits far away. */
START_TEST(follows_the_density)
{
    static const double scales[] = { 1e9, 1e3, 1e9, 1e3, 1e6, 1e3, 1e9, 1e5 };
    struct pair pair;
    uint64_t loads;

    pair_init(&pair, 4);
    for (int i = 0; i < (_i ? 40000 : 0); i++)
        push(&pair, 5000 * SIM_SECOND + phold(&pair));
    for (int i = 0; i < 4000; i++)
        push(&pair, phold(&pair));
    for (size_t s = 0; s < sizeof(scales) / sizeof(scales[0]); s++) {
        uint64_t before, settled;

        for (int k = 0; k < 20000;
             k++) { /* the change, while what was pushed before still runs out */
            pop(&pair);
            push(&pair, pair.last.time + (sim_time)(-scales[s] * log(unit(&pair))));
        }
        before = moves(&pair);
        loads = sim_queue_work(pair.queue)->loads;
        for (int k = 0; k < 20000; k++) {
            pop(&pair);
            push(&pair, pair.last.time + (sim_time)(-scales[s] * log(unit(&pair))));
        }
        settled = moves(&pair) - before;
        loads = sim_queue_work(pair.queue)->loads - loads;
        ck_assert_msg(settled <= 5 * 20000, "scale %g: %d moves", scales[s], (int)settled);
        ck_assert_msg(loads <= 20000 / 8, "scale %g: %d loads", scales[s], (int)loads);
    }
    ck_assert_uint_le(moves(&pair), 6 * pair.popped);
    drain(&pair);
    pair_finish(&pair);
}
END_TEST

/* The density of a few events goes to and fro faster than the many that wait could be arranged anew
 * for it. */
START_TEST(rearranges_only_as_often_as_earned)
{
    struct pair pair;

    pair_init(&pair, 6);
    for (int i = 0; i < 100000; i++)
        push(&pair, (sim_time)(next(&pair) % (uint64_t)SIM_SECOND));
    for (int i = 0; i < 8000; i++)
        push(&pair, 0);
    for (int k = 0; k < 200000; k++) {
        pop(&pair);
        push(&pair, pair.last.time + (sim_time)(next(&pair) % (k / 4000 % 2 ? 100 : 1000000)));
    }
    ck_assert_uint_gt(sim_queue_work(pair.queue)->rebuilds, 2);
    ck_assert_uint_le(sim_queue_work(pair.queue)->rebuilt, 5 * pair.popped / 2);
    drain(&pair);
    pair_finish(&pair);
}
END_TEST

/* A million far events must not be looked at again and again while near ones run. */
START_TEST(far_events_are_left_alone)
{
    struct sim_queue *queue = sim_queue_create();
    struct sim_event event = { 0 };
    sim_time last = 0;
    uint64_t before;

    for (uint64_t i = 0; i < 300000; i++) {
        event.time = 86400 * SIM_SECOND + (sim_time)(i * 7919 % 300000) * 1000;
        event.sequence = i + 1;
        sim_queue_push(queue, &event);
    }
    for (uint64_t i = 0; i < 500; i++) {
        event.time = (sim_time)(i * 997);
        event.sequence = 300001 + i;
        sim_queue_push(queue, &event);
    }
    before = sim_queue_work(queue)->cascaded + sim_queue_work(queue)->rebuilt;
    for (uint64_t i = 0; i < 200000; i++) {
        if (!sim_queue_pop(queue, SIM_TIME_NEVER, &event) || event.time < last)
            ck_abort_msg("event %d is missing or out of order", (int)i);
        last = event.time;
        event.time += 1 + (sim_time)(i * 7919 % 1000000);
        event.sequence = 400000 + i;
        sim_queue_push(queue, &event);
    }
    ck_assert_uint_le(sim_queue_work(queue)->cascaded + sim_queue_work(queue)->rebuilt - before,
                      700000);
    sim_queue_destroy(queue);
}
END_TEST

START_TEST(ahead_shows_what_comes)
{
    static const int sizes[] = { 300, 3000, 100000 };
    struct pair pair;
    uint64_t seen = 0, total;

    pair_init(&pair, 5);
    for (int i = 0; i < sizes[_i]; i++)
        push(&pair, _i == 1 ? SIM_SECOND : phold(&pair));
    total = pair.oracle.count;
    pop(&pair);
    while (pair.oracle.count > 20) {
        const struct sim_event *ahead[8];
        struct sim_event copies[8];
        int known = 0, matched = 0;

        for (; known < 8 && (ahead[known] = sim_queue_ahead(pair.queue, (uint32_t)known));
             known++) {
            copies[known] = *ahead[known];
            if (known && !earlier(&copies[known - 1], &copies[known]))
                ck_abort_msg("the event %d places ahead is out of order", known);
        }
        for (int i = 0; i < 8; i++) {
            pop(&pair);
            if (matched < known && pair.last.sequence == copies[matched].sequence)
                matched++;
        }
        if (matched < known) /* nothing is pushed here, so no event can come in between */
            ck_abort_msg("%d events ahead of %d were popped", matched, known);
        seen += (uint64_t)known;
    }
    ck_assert_uint_ge(seen, total * 2 / 3); /* all but the ends of runs */
    pair_finish(&pair);
}
END_TEST

/* ---- mistakes of the caller ---- */

static void push_at(struct sim_queue *queue, sim_time time, uint64_t sequence)
{
    struct sim_event event = { .time = time, .sequence = sequence };

    sim_queue_push(queue, &event);
}

START_TEST(pushing_into_the_past_aborts)
{
    struct sim_queue *queue = sim_queue_create();
    struct sim_event event;

    push_at(queue, 5, 7);
    push_at(queue, 9, 8);
    ck_assert(sim_queue_pop(queue, SIM_TIME_NEVER, &event));
    if (_i == 0)
        push_at(queue, 4, 100);
    else if (_i == 1)
        push_at(queue, 5, 6);
    else
        push_at(queue, -1, 6);
}
END_TEST

/* Every third is dropped, every fifth is put off, the others stay. */
static bool thin_out(void *context, struct sim_event *event)
{
    struct oracle *oracle = context;

    if (event->sequence % 3 == 0)
        return false;
    if (event->sequence % 5 == 0)
        event->time += 1000;
    oracle_push(oracle, event);
    return true;
}

START_TEST(a_change_of_all_keeps_the_order)
{
    static const int counts[] = { 0, 1, 20, 5000 };
    struct sim_queue *queue = sim_queue_create();
    struct oracle oracle = { 0 };
    struct sim_event event;

    for (uint64_t i = 0; i < (uint64_t)counts[_i]; i++)
        push_at(queue, (sim_time)(i * 7919 % 100003), i);
    for (int i = 0; i < counts[_i] / 4; i++)
        ck_assert(sim_queue_pop(queue, SIM_TIME_NEVER, &event));
    queue = sim_queue_change(queue, thin_out, &oracle);
    ck_assert_uint_eq(sim_queue_count(queue), oracle.count);
    ck_assert(oracle.count > 0 || counts[_i] < 20);
    while (sim_queue_pop(queue, SIM_TIME_NEVER, &event)) {
        struct sim_event expected = oracle_pop(&oracle);

        ck_assert_int_eq(event.time, expected.time);
        ck_assert_uint_eq(event.sequence, expected.sequence);
    }
    ck_assert_uint_eq(oracle.count, 0);
    free(oracle.events);
    sim_queue_destroy(queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/queue");
    TCase *rows = tcase_create("rows"), *random = tcase_create("random"),
          *mistakes = tcase_create("mistakes");
    SRunner *runner;
    int failed;

    tcase_add_test(rows, empty_queue_gives_nothing);
    tcase_add_test(rows, until_is_included_and_leaves_the_rest);
    tcase_add_loop_test(rows, ahead_shows_what_comes, 0, 3);
    suite_add_tcase(suite, rows);
    tcase_set_timeout(random, 60);
    tcase_add_loop_test(random, law_keeps_order_and_is_cheap, 0, LAWS);
    tcase_add_loop_test(random, old_sequences_keep_their_place, 0, LAWS);
    tcase_add_loop_test(random, until_steps_with_pushes_in_between, 0, 6);
    tcase_add_test(random, grows_to_many_and_back_to_none);
    tcase_add_loop_test(random, small_and_large_take_turns, 0, LAWS);
    tcase_add_loop_test(random, follows_the_density, 0, 2);
    tcase_add_test(random, rearranges_only_as_often_as_earned);
    tcase_add_test(random, far_events_are_left_alone);
    tcase_add_loop_test(random, a_change_of_all_keeps_the_order, 0, 4);
    suite_add_tcase(suite, random);
    tcase_add_loop_test_raise_signal(mistakes, pushing_into_the_past_aborts, SIGABRT, 0, 3);
    suite_add_tcase(suite, mistakes);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
