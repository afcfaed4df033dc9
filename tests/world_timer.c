/* world_timer.c - timers and one-shots: their exact order, held against a naive simulator that
 * searches a list, and the clocks they run by.
 *
 * One random program runs on both: whatever fires, the program sets, moves and cancels timers,
 * sends messages and starts one-shots, all within a few nanoseconds, so that nearly everything is a
 * tie. */
#include "sim/core/mem.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>

enum { MEMBERS = 3, KINDS = 4, STEPS = 20000, LATENCY = 2 };

/* What can fire: timer kinds 0..3, per-peer timers 4..6, a message 7, a one-shot 8, a start 9. */
enum { PEERS_FROM = KINDS, MESSAGE = KINDS + MEMBERS, ONE_SHOT, STARTED };

struct firing {
    sim_time time;
    uint32_t node, what;
    uint64_t cause;
};

struct log_of_firings {
    struct firing *firings;
    size_t count, capacity;
};

static void record(struct log_of_firings *log, struct firing firing)
{
    log->firings = sim_grow(log->firings, &log->capacity, log->count + 1, sizeof(*log->firings));
    log->firings[log->count++] = firing;
}

/* -- the program: one for both, with its own random numbers ---------------------------------------
 */

struct verbs {
    void (*set)(void *self, uint32_t node, uint32_t timer, sim_time after);
    void (*cancel)(void *self, uint32_t node, uint32_t timer);
    void (*send)(void *self, uint32_t node, uint32_t to);
    void (*later)(void *self, uint32_t node, sim_time after);
};

struct program {
    struct sim_stream luck;
    uint32_t steps;
    const struct verbs *verbs;
    void *self;
    struct log_of_firings log;
};

static void step(struct program *program, uint32_t node)
{
    uint64_t acts = sim_below(sim_stream_next(&program->luck), 4);

    if (++program->steps > STEPS)
        return;
    for (uint64_t i = 0; i < acts; i++) {
        uint64_t word = sim_stream_next(&program->luck);
        sim_time after = (sim_time)sim_below(sim_stream_next(&program->luck), 5);

        if (word % 10 < 5)
            program->verbs->set(program->self, node, (uint32_t)(word / 10 % MESSAGE), after);
        else if (word % 10 < 7)
            program->verbs->cancel(program->self, node, (uint32_t)(word / 10 % MESSAGE));
        else if (word % 10 < 8)
            program->verbs->send(program->self, node, (uint32_t)(word / 10 % MEMBERS));
        else if (word % 40 < 9)
            program->verbs->later(program->self, node, after);
    }
    /* so that it never dies out */
    program->verbs->set(program->self, node, (uint32_t)(program->steps % KINDS), 3);
}

/* -- the naive simulator
 * --------------------------------------------------------------------------- */

struct pending {
    sim_time time;
    uint64_t sequence, cause;
    uint32_t node, what;
};

struct naive {
    struct program program;
    struct pending *pending;
    size_t count, capacity;
    sim_time now;
    uint64_t sequence, event;
};

static void naive_add(struct naive *naive, uint32_t node, uint32_t what, sim_time time)
{
    naive->pending =
        sim_grow(naive->pending, &naive->capacity, naive->count + 1, sizeof(*naive->pending));
    naive->pending[naive->count++] =
        (struct pending){ time, naive->sequence++, naive->event, node, what };
}

static void naive_cancel(void *self, uint32_t node, uint32_t timer)
{
    struct naive *naive = self;

    for (size_t i = 0; i < naive->count; i++) {
        if (naive->pending[i].node == node && naive->pending[i].what == timer) {
            naive->pending[i] = naive->pending[--naive->count];
            return;
        }
    }
}

static void naive_set(void *self, uint32_t node, uint32_t timer, sim_time after)
{
    naive_cancel(self, node, timer);
    naive_add(self, node, timer, ((struct naive *)self)->now + after);
}

static void naive_send(void *self, uint32_t node, uint32_t to)
{
    struct naive *naive = self;

    naive_add(naive, to, MESSAGE, naive->now + (node == to ? 0 : LATENCY));
}

static void naive_later(void *self, uint32_t node, sim_time after)
{
    naive_add(self, node, ONE_SHOT, ((struct naive *)self)->now + after);
}

static const struct verbs naive_verbs = { naive_set, naive_cancel, naive_send, naive_later };

static void run_naive(struct naive *naive, uint64_t seed, sim_time duration)
{
    naive->program.verbs = &naive_verbs;
    naive->program.self = naive;
    sim_stream_seed(&naive->program.luck, seed, 1, 1);
    for (uint32_t node = 0; node < MEMBERS; node++) {
        naive->event++;
        record(&naive->program.log, (struct firing){ 0, node, STARTED, 0 });
        step(&naive->program, node);
    }
    while (naive->count > 0) {
        size_t first = 0;

        for (size_t i = 1; i < naive->count; i++) {
            const struct pending *a = &naive->pending[i], *b = &naive->pending[first];

            if (a->time < b->time || (a->time == b->time && a->sequence < b->sequence))
                first = i;
        }
        struct pending next = naive->pending[first];
        if (next.time > duration)
            break;
        naive->pending[first] = naive->pending[--naive->count];
        naive->now = next.time;
        naive->event++;
        record(&naive->program.log, (struct firing){ next.time, next.node, next.what, next.cause });
        step(&naive->program, next.node);
    }
}

/* -- the same in the world
 * ------------------------------------------------------------------------- */

struct real {
    struct program program;
    struct sim_seat *me; /* whose handler runs */
};

static void real_set(void *self, uint32_t node, uint32_t timer, sim_time after)
{
    struct sim_seat *me = ((struct real *)self)->me;

    (void)node;
    if (timer >= PEERS_FROM) {
        sim_timer_peer(me, EACH, timer - PEERS_FROM, after);
    } else {
        sim_timer(me, timer, after);
        ck_assert(sim_timer_is_set(me, timer));
    }
}

static void real_cancel(void *self, uint32_t node, uint32_t timer)
{
    struct sim_seat *me = ((struct real *)self)->me;

    (void)node;
    if (timer >= PEERS_FROM) {
        sim_cancel_peer(me, EACH, timer - PEERS_FROM);
    } else {
        sim_cancel(me, timer);
        ck_assert(!sim_timer_is_set(me, timer));
    }
}

static void real_send(void *self, uint32_t node, uint32_t to)
{
    (void)node;
    sim_send(((struct real *)self)->me, to, BARE, NULL);
}

static void real_later(void *self, uint32_t node, sim_time after)
{
    int64_t context[2] = { node, after };

    sim_later(((struct real *)self)->me, LATE, after, context, sizeof(context));
}

static const struct verbs real_verbs = { real_set, real_cancel, real_send, real_later };

static void real_step(struct sim_seat *me)
{
    struct real *real = context_of(me);

    real->me = me;
    step(&real->program, sim_self(me));
}

static void real_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    ck_assert_uint_eq(kind, BARE);
    ck_assert_ptr_null(message->body);
    real_step(me);
}

static void real_timer(struct sim_seat *me, unsigned kind)
{
    if (kind != EACH)
        ck_assert(!sim_timer_is_set(me, kind));
    real_step(me);
}

static void real_one_shot(struct sim_seat *me, unsigned kind, const void *context)
{
    ck_assert_uint_eq(kind, LATE);
    ck_assert_int_eq(*(const int64_t *)context, sim_self(me));
    real_step(me);
}

static uint32_t what_of(const struct seen *seen)
{
    switch (seen->kind) {
    case SIM_HAPPENED_START:
        return STARTED;
    case SIM_HAPPENED_MESSAGE:
        return MESSAGE;
    case SIM_HAPPENED_LATER:
        return ONE_SHOT;
    default:
        ck_assert_int_eq(seen->kind, SIM_HAPPENED_TIMER);
        if (seen->peer != SIM_NO_GROUP)
            return PEERS_FROM + seen->peer;
        for (uint32_t i = 0; i < KINDS; i++) {
            if (actor_model.timers[i].name == seen->what)
                return i;
        }
        ck_abort_msg("a timer without a name");
    }
}

static void compare(uint64_t seed)
{
    const sim_time duration = 3000;
    struct naive naive = { 0 };
    struct real real = { .program.verbs = &real_verbs };
    struct script script = { .start = real_step,
                             .message = real_message,
                             .timer = real_timer,
                             .later = real_one_shot,
                             .context = &real };
    struct stage stage;
    size_t n = 0;

    run_naive(&naive, seed, duration);
    real.program.self = &real;
    sim_stream_seed(&real.program.luck, seed, 1, 1);
    stage_init(&stage, seed, duration);
    stage.plan.link.latency = stage_constant(&stage, LATENCY);
    stage_group(&stage, "a", MEMBERS, &script);
    stage_run(&stage);
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind == SIM_HAPPENED_SEND)
            continue;
        ck_assert_uint_lt(n, naive.program.log.count);
        const struct firing *firing = &naive.program.log.firings[n++];
        ck_assert_int_eq(seen->time, firing->time);
        ck_assert_uint_eq(seen->node, firing->node);
        ck_assert_uint_eq(what_of(seen), firing->what);
        ck_assert_uint_eq(seen->id, n);
        ck_assert_uint_eq(seen->cause, firing->cause);
    }
    ck_assert_uint_eq(n, naive.program.log.count);
    ck_assert_uint_gt(n, 1000);
    stage_finish(&stage);
    sim_free(naive.pending);
    sim_free(naive.program.log.firings);
}

START_TEST(random_programs_fire_as_in_a_naive_simulator)
{
    for (uint64_t seed = 1; seed <= 6; seed++)
        compare(seed);
}
END_TEST

/* -- crashes
 * --------------------------------------------------------------------------------------- */

static void arm(struct sim_seat *me)
{
    say(me, sim_now(me), 0);
    sim_timer(me, TICK, 10);
    sim_timer(me, TOCK, 4);
    sim_timer_peer(me, EACH, 1, 10);
    sim_later(me, SOON, 10, NULL, 0);
}

START_TEST(a_crash_ends_timers_and_a_restart_begins_anew)
{
    struct script script = { .start = arm };
    struct stage stage;

    stage_init(&stage, 1, 100);
    stage_group(&stage, "a", 2, &script);
    stage_fault(&stage, &sim_fault_crash, 5, 2, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    /* the first TOCK ran, all else is the second life's, ten after it began */
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "tock"), 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick"), 1);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "each"), 1);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_LATER, 0, "soon"), 1);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick", 0)->time, 17);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "each", 0)->time, 17);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_LATER, 0, "soon", 0)->time, 17);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 1, "tick", 0)->time, 10);
    stage_finish(&stage);
}
END_TEST

/* -- clocks
 * ---------------------------------------------------------------------------------------- */

static void wait_a_second(struct sim_seat *me)
{
    state_of(me)->count = sim_now(me);
    sim_timer(me, TICK, SIM_SECOND);
}

static void waited(struct sim_seat *me, unsigned kind)
{
    say(me, sim_now(me) - state_of(me)->count, (int64_t)kind);
    if (++state_of(me)->other < 10)
        wait_a_second(me);
}

static void run_clock(struct stage *stage, struct script *script, sim_time offset, int64_t ppm)
{
    stage_init(stage, 7, 30 * SIM_SECOND);
    struct sim_group_plan *group = stage_group(stage, "a", 1, script);
    group->clock.offset = stage_constant(stage, offset);
    group->clock.drift = (struct sim_ppm_range){ ppm * 1000, ppm * 1000 };
    stage_run(stage);
}

START_TEST(timers_run_by_the_clock_of_their_node)
{
    struct script script = { .start = wait_a_second, .timer = waited };
    struct stage stage;

    /* 200 ppm fast: a local second takes 1 / 1.0002 true ones */
    run_clock(&stage, &script, 5 * SIM_SECOND, 200);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick"), 10);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick", 0)->time, 999800040);
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_ge(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", i)->words[0],
                         SIM_SECOND);
    ck_assert_int_ge(stage_state(&stage, 0)->count, 14 * SIM_SECOND); /* 5 + 9 */
    ck_assert_int_le(stage_state(&stage, 0)->count, 14 * SIM_SECOND + 9);
    stage_finish(&stage);
    run_clock(&stage, &script, -5 * SIM_SECOND, -500000); /* half as fast */
    /* the half nanosecond that is missing is rounded away by the clock */
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMER, 0, "tick", 0)->time,
                     2 * SIM_SECOND - 1);
    ck_assert_int_eq(stage_state(&stage, 0)->count, 4 * SIM_SECOND); /* after nine: -5 + 9 */
    stage_finish(&stage);
}
END_TEST

static void wait_a_bit(struct sim_seat *me)
{
    state_of(me)->count = sim_now(me);
    state_of(me)->other = sim_uniform(me, LUCK, 0, 1000);
    sim_timer(me, TICK, state_of(me)->other);
}

static void check_the_bit(struct sim_seat *me, unsigned kind)
{
    sim_time counted = sim_now(me) - state_of(me)->count;

    ck_assert_uint_eq(kind, TICK);
    ck_assert_int_ge(counted, state_of(me)->other);
    ck_assert_int_le(counted, state_of(me)->other + 1);
    wait_a_bit(me);
}

START_TEST(a_clock_that_drifts_never_shows_less_than_was_asked_for)
{
    static const int64_t ppms[] = { -333333, -777, -1, 1, 3, 999, 333333 };

    for (size_t i = 0; i < sizeof(ppms) / sizeof(ppms[0]); i++) {
        struct script script = { .start = wait_a_bit, .timer = check_the_bit };
        struct stage stage;

        stage_init(&stage, i, 2 * SIM_MILLISECOND);
        struct sim_group_plan *group = stage_group(&stage, "a", 1, &script);
        group->clock.drift = (struct sim_ppm_range){ ppms[i] * 1000, ppms[i] * 1000 };
        stage_run(&stage);
        ck_assert_uint_gt(watch_count(&stage.watch, SIM_HAPPENED_TIMER, 0, NULL), 1000);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(drifts_are_drawn_apart_and_within_their_range)
{
    struct script script = { .start = wait_a_second, .timer = waited };
    struct stage stage;
    sim_time least = SIM_TIME_LIMIT, most = 0;

    stage_init(&stage, 3, 2 * SIM_SECOND);
    struct sim_group_plan *group = stage_group(&stage, "a", 200, &script);
    group->clock.drift = (struct sim_ppm_range){ -100000, 100000 };
    stage_run(&stage);
    for (uint32_t node = 0; node < 200; node++) {
        sim_time time = watch_nth(&stage.watch, SIM_HAPPENED_TIMER, node, "tick", 0)->time;

        least = time < least ? time : least;
        most = time > most ? time : most;
    }
    ck_assert_int_ge(least, SIM_SECOND - 100001);
    ck_assert_int_le(least, SIM_SECOND - 90000);
    ck_assert_int_le(most, SIM_SECOND + 100011);
    ck_assert_int_ge(most, SIM_SECOND + 90000);
    stage_finish(&stage);
}
END_TEST

static void wait_for_ever(struct sim_seat *me)
{
    sim_timer(me, TICK, INT64_MAX);
    sim_later(me, SOON, INT64_MAX, NULL, 0);
    sim_call(me, ASK, 0, INT64_MAX, NULL, 0, &(struct pair){ 0, 0 });
}

START_TEST(the_longest_wait_is_no_overflow)
{
    struct script script = { .start = wait_for_ever };
    struct stage stage;

    run_clock(&stage, &script, 0, -300000);
    ck_assert_int_eq(stage.end, SIM_END_DURATION);
    ck_assert_uint_eq(sim_world_pending(stage.world), 3);
    stage_finish(&stage);
    stage_init(&stage, 1, SIM_SECOND);
    stage_group(&stage, "a", 1, &script);
    stage_run(&stage);
    ck_assert_uint_eq(sim_world_pending(stage.world), 3);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_timer");
    TCase *tests = tcase_create("timer");

    tcase_add_test(tests, random_programs_fire_as_in_a_naive_simulator);
    tcase_add_test(tests, a_crash_ends_timers_and_a_restart_begins_anew);
    tcase_add_test(tests, timers_run_by_the_clock_of_their_node);
    tcase_add_test(tests, a_clock_that_drifts_never_shows_less_than_was_asked_for);
    tcase_add_test(tests, drifts_are_drawn_apart_and_within_their_range);
    tcase_add_test(tests, the_longest_wait_is_no_overflow);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
