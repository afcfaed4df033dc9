/* core_clocks.c - the logical clocks of models/parts, against happened-before found by brute force
 * over random histories of messages. */
#include "sim/core/hlc.h"
#include "sim/core/lamport.h"
#include "sim/core/rng.h"
#include "sim/core/vector_clock.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESSES = 5, EVENTS = 200, HISTORIES = 30, APART = 50 };

struct event {
    uint32_t process;
    int64_t wall;
    int64_t lamport;
    int64_t vector[PROCESSES];
    struct sim_hlc hlc;
};

/* One random history: messages overtake each other and get lost. */
struct history {
    struct event events[EVENTS];
    bool before[EVENTS][EVENTS]; /* a happened before b */
};

struct process {
    struct sim_lamport lamport;
    struct sim_vector_clock vector;
    int64_t counts[PROCESSES];
    struct sim_hlc hlc;
    int last;     /* its last event, -1: none */
    int64_t skew; /* of its wall clock, 0 .. APART */
};

/* A wall clock is wrong by its skew, which wanders, and may fall back by it. */
static int64_t read_wall(struct process *process, int64_t now, struct sim_stream *luck)
{
    if (sim_below(sim_stream_next(luck), 10) == 0)
        process->skew = (int64_t)sim_below(sim_stream_next(luck), APART + 1);
    return now + process->skew;
}

/* What happened before either of PARENTS happened before EVENT, and so did they. */
static void note_parent(struct history *history, int event, int parent)
{
    if (parent < 0)
        return;
    history->before[parent][event] = true;
    for (int i = 0; i < parent; i++)
        history->before[i][event] |= history->before[i][parent];
}

static void happen(struct history *history, struct process *process, uint32_t number, int event,
                   int sent, int64_t wall)
{
    struct event *e = &history->events[event];
    const struct event *m = sent < 0 ? NULL : &history->events[sent];

    e->process = number;
    e->wall = wall;
    e->lamport = m ? sim_lamport_receive(&process->lamport, m->lamport)
                   : sim_lamport_tick(&process->lamport);
    e->hlc = m ? sim_hlc_receive(&process->hlc, m->hlc, wall) : sim_hlc_tick(&process->hlc, wall);
    if (m)
        sim_vector_clock_receive(&process->vector, m->vector);
    else
        sim_vector_clock_tick(&process->vector);
    memcpy(e->vector, process->counts, sizeof(e->vector));
    note_parent(history, event, process->last);
    note_parent(history, event, sent);
    process->last = event;
}

static void make_history(struct history *history, uint64_t seed)
{
    struct process processes[PROCESSES];
    struct sim_stream luck;
    int64_t now = 1000;

    memset(history, 0, sizeof(*history));
    memset(processes, 0, sizeof(processes));
    sim_stream_seed(&luck, seed, 1, 1);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        sim_vector_clock_init(&processes[i].vector, processes[i].counts, PROCESSES, i);
        processes[i].last = -1;
        processes[i].skew = (int64_t)sim_below(sim_stream_next(&luck), APART + 1);
    }
    for (int event = 0; event < EVENTS; event++) {
        uint32_t number = (uint32_t)sim_below(sim_stream_next(&luck), PROCESSES);
        int sent = -1;

        now += (int64_t)sim_below(sim_stream_next(&luck), 20); /* or not at all */
        if (event > 0 && sim_below(sim_stream_next(&luck), 3) > 0)
            sent = event - 1 -
                   (int)sim_below(sim_stream_next(&luck), event < 20 ? (uint64_t)event : 20);
        happen(history, &processes[number], number, event, sent,
               read_wall(&processes[number], now, &luck));
    }
}

static struct history history;

START_TEST(nothing_is_numbered_before_its_cause)
{
    uint64_t pairs = 0, inverted_by_wall = 0, wrong = 0;

    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        make_history(&history, seed);
        for (int a = 0; a < EVENTS; a++)
            for (int b = a + 1; b < EVENTS; b++) {
                const struct event *e = &history.events[a], *f = &history.events[b];

                if (!history.before[a][b])
                    continue;
                pairs++;
                inverted_by_wall += e->wall >= f->wall;
                wrong += e->lamport >= f->lamport;
                wrong += !sim_lamport_before(e->lamport, e->process, f->lamport, f->process);
                wrong += sim_hlc_compare(e->hlc, f->hlc) >= 0;
                wrong += sim_hlc_compare(f->hlc, e->hlc) <= 0;
            }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(pairs, 100000);
    ck_assert_uint_gt(inverted_by_wall, 200); /* the histories are ones where it matters */
}
END_TEST

START_TEST(vector_clocks_know_exactly_what_is_concurrent)
{
    uint64_t concurrent = 0, ordered_by_lamport = 0, wrong = 0;

    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        make_history(&history, seed);
        for (int a = 0; a < EVENTS; a++) {
            const struct event *e = &history.events[a];

            wrong += sim_vector_clock_order(e->vector, e->vector, PROCESSES) != SIM_VECTOR_SAME;
            for (int b = a + 1; b < EVENTS; b++) {
                const struct event *f = &history.events[b];
                bool before = history.before[a][b];

                wrong += sim_vector_clock_order(e->vector, f->vector, PROCESSES) !=
                         (before ? SIM_VECTOR_BEFORE : SIM_VECTOR_CONCURRENT);
                wrong += sim_vector_clock_order(f->vector, e->vector, PROCESSES) !=
                         (before ? SIM_VECTOR_AFTER : SIM_VECTOR_CONCURRENT);
                concurrent += !before;
                ordered_by_lamport += !before && e->lamport != f->lamport;
            }
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(concurrent, 10000);
    ck_assert_uint_gt(ordered_by_lamport, concurrent / 2); /* numbers alone cannot tell */
}
END_TEST

/* An event of the past of EVENT, or itself, whose wall clock showed WALL. */
static bool somebody_read(int event, int64_t wall)
{
    for (int i = 0; i <= event; i++)
        if ((i == event || history.before[i][event]) && history.events[i].wall == wall)
            return true;
    return false;
}

START_TEST(a_hybrid_clock_stays_near_the_wall_clock)
{
    int64_t ahead = 0, most_c = 0;

    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        make_history(&history, seed);
        for (int event = 0; event < EVENTS; event++) {
            const struct event *e = &history.events[event];
            int64_t chain = 0;

            ck_assert_int_ge(e->hlc.l, e->wall);         /* theorem 2 */
            ck_assert_int_le(e->hlc.l - e->wall, APART); /* corollary 1 */
            ck_assert(somebody_read(event, e->hlc.l));   /* theorem 3 */
            /* theorem 4: c counts events of its past with the same l, so it has no more than them
             */
            for (int i = 0; i < event; i++)
                chain += history.before[i][event] && history.events[i].hlc.l == e->hlc.l;
            ck_assert_int_ge(e->hlc.c, 0);
            ck_assert_int_le(e->hlc.c, chain);
            ck_assert(e->hlc.c > 0 || e->hlc.l == e->wall);
            ahead = e->hlc.l - e->wall > ahead ? e->hlc.l - e->wall : ahead;
            most_c = e->hlc.c > most_c ? e->hlc.c : most_c;
        }
    }
    ck_assert_int_gt(ahead, APART * 8 / 10); /* the bound is not idle */
    ck_assert_int_gt(most_c, 2);
}
END_TEST

START_TEST(ties_of_numbers_go_by_member)
{
    ck_assert(sim_lamport_before(3, 9, 4, 0));
    ck_assert(!sim_lamport_before(4, 0, 3, 9));
    ck_assert(sim_lamport_before(4, 0, 4, 1));
    ck_assert(!sim_lamport_before(4, 1, 4, 1));
    ck_assert(!sim_lamport_before(4, 2, 4, 1));
}
END_TEST

/* Figure 5 of the paper, branch by branch. */
START_TEST(hybrid_clocks_by_hand)
{
    static const struct {
        struct sim_hlc clock, sent; /* sent.l < 0: an event of its own */
        int64_t wall;
        struct sim_hlc after;
    } rows[] = {
        { { 10, 0 }, { -1, 0 }, 11, { 11, 0 } }, { { 10, 3 }, { -1, 0 }, 10, { 10, 4 } },
        { { 10, 3 }, { -1, 0 }, 4, { 10, 4 } },  { { 10, 3 }, { 8, 7 }, 12, { 12, 0 } },
        { { 10, 3 }, { 8, 7 }, 9, { 10, 4 } },   { { 10, 3 }, { 12, 7 }, 9, { 12, 8 } },
        { { 10, 3 }, { 12, 7 }, 12, { 12, 8 } }, { { 10, 3 }, { 10, 7 }, 9, { 10, 8 } },
        { { 10, 7 }, { 10, 3 }, 10, { 10, 8 } },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sim_hlc clock = rows[i].clock, given;

        given = rows[i].sent.l < 0 ? sim_hlc_tick(&clock, rows[i].wall)
                                   : sim_hlc_receive(&clock, rows[i].sent, rows[i].wall);
        ck_assert_int_eq(sim_hlc_compare(given, rows[i].after), 0);
        ck_assert_int_eq(sim_hlc_compare(clock, rows[i].after), 0);
    }
    ck_assert(sim_hlc_is_credible((struct sim_hlc){ 100, 9 }, 90, 10));
    ck_assert(!sim_hlc_is_credible((struct sim_hlc){ 100, 0 }, 89, 10));
    ck_assert(sim_hlc_is_credible((struct sim_hlc){ -INT64_MAX, 0 }, INT64_MAX, 0));
}
END_TEST

/* A clock that is wrong by an hour is believed for as long as the bound allows, and drags nobody.
 */
START_TEST(a_bound_keeps_a_wrong_clock_out)
{
    struct sim_hlc wrong = { 0 }, right = { 0 };
    int refused = 0;

    for (int64_t now = 1; now < 1000; now++) {
        struct sim_hlc sent = sim_hlc_tick(&wrong, now < 500 ? now + 5 : now + 3600);

        if (sim_hlc_is_credible(sent, now, 10))
            sim_hlc_receive(&right, sent, now);
        else
            refused++;
        ck_assert_int_le(sim_hlc_tick(&right, now).l, now + 10);
    }
    ck_assert_int_eq(refused, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_clocks");
    TCase *tests = tcase_create("clocks");

    tcase_add_test(tests, nothing_is_numbered_before_its_cause);
    tcase_add_test(tests, vector_clocks_know_exactly_what_is_concurrent);
    tcase_add_test(tests, a_hybrid_clock_stays_near_the_wall_clock);
    tcase_add_test(tests, ties_of_numbers_go_by_member);
    tcase_add_test(tests, hybrid_clocks_by_hand);
    tcase_add_test(tests, a_bound_keeps_a_wrong_clock_out);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
