/* observe_trace_clock.c - the clocks of a trace against happened-before, found by brute force in
 * what the trace says: the order of each node's events, and which event sent what was delivered. */
#include "sim/observe/trace_clock.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 4, EVENTS_MAX = 3000 };

/* An event of a node and its stamp. */
struct event {
    uint64_t id, cause;
    enum sim_happening_kind kind;
    uint32_t node;
    int64_t stamp[MEMBERS];
};

struct seen_events {
    struct sim_trace_clocks *clocks;
    struct event events[EVENTS_MAX];
    uint32_t count;
    uint64_t parts, drops, wrong; /* sends, notes: not of their event's stamp; lost messages */
    uint64_t broken;              /* lost with a connection */
    int64_t most_apart;           /* of l of a hybrid clock from the wall clock */
};

static struct seen_events seen;
static bool before[EVENTS_MAX][EVENTS_MAX];

static bool is_part(enum sim_happening_kind kind)
{
    return kind == SIM_HAPPENED_SEND || kind == SIM_HAPPENED_NOTE;
}

static const struct event *find(uint64_t id, uint32_t node)
{
    for (uint32_t i = seen.count; i > 0; i--)
        if (seen.events[i - 1].id == id &&
            (node == SIM_NO_GROUP || seen.events[i - 1].node == node))
            return &seen.events[i - 1];
    return NULL;
}

static void see(void *context, const struct sim_happening *happening)
{
    const int64_t *stamp = sim_trace_clocks_stamp(seen.clocks, happening);
    size_t size = sim_trace_clocks_width(seen.clocks) * sizeof(*stamp);

    (void)context;
    if (happening->kind == SIM_HAPPENED_DROP || is_part(happening->kind)) {
        bool drop = happening->kind == SIM_HAPPENED_DROP;
        const struct event *event =
            find(drop ? happening->cause : happening->id, drop ? happening->peer : happening->node);

        if (drop && !stamp) { /* its line names what broke the connection, not who sent it */
            seen.broken++;
            return;
        }
        seen.parts++;
        seen.drops += drop;
        seen.wrong += !event || !stamp || memcmp(stamp, event->stamp, size) != 0;
        return;
    }
    if (happening->node == SIM_NO_GROUP) {
        seen.wrong += stamp != NULL;
        return;
    }
    ck_assert_uint_lt(seen.count, EVENTS_MAX);
    struct event *event = &seen.events[seen.count++];
    *event =
        (struct event){ happening->id, happening->cause, happening->kind, happening->node, { 0 } };
    ck_assert_ptr_nonnull(stamp);
    memcpy(event->stamp, stamp, size);
    if (size == 2 * sizeof(*stamp) && stamp[0] - happening->wall > seen.most_apart)
        seen.most_apart = stamp[0] - happening->wall;
}

/* -- what happens ------------------------------------------------------------------------------ */

/* Everybody tells a drawn other something, asks another, and goes on after a while; who is told
 * says so, and every third time tells somebody else. */
static void chat_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 1 + sim_uniform(me, LUCK, 0, 30));
}

static void tell_somebody(struct sim_seat *me)
{
    uint32_t to = (uint32_t)sim_uniform(me, LUCK, 0, sim_members(me) - 1);

    sim_send(me, to + (to >= sim_self(me)), WORD, &(struct pair){ sim_self(me), 0 });
}

static void chat_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    if (sim_flip(me, LUCK, SIM_ALWAYS / 2))
        tell_somebody(me);
    if (sim_flip(me, LUCK, SIM_ALWAYS / 4))
        sim_call(me, ASK, (sim_self(me) + 1) % sim_targets(me), 50, NULL, 0,
                 &(struct pair){ sim_self(me), 0 });
    sim_timer(me, TICK, 20 + sim_uniform(me, LUCK, 0, 30));
}

static void chat_heard(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)kind;
    (void)message;
    say(me, 1, 2);
    if (sim_flip(me, LUCK, SIM_ALWAYS / 3))
        tell_somebody(me);
}

static void chat_asked(struct sim_seat *me, const struct sim_request *request)
{
    sim_reply(me, request->ticket, request->body);
}

static void chat_answered(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    (void)site;
    (void)outcome;
    say(me, 3, 4);
}

static struct script chatting = { .start = chat_start,
                                  .timer = chat_tick,
                                  .message = chat_heard,
                                  .request = chat_asked,
                                  .outcome = chat_answered };

/* Messages are lost, doubled and overtake each other, nodes crash and begin again; clocks are
 * apart. */
static struct sim_digest chat(enum sim_trace_clock kind, bool stream, uint64_t seed, bool watched)
{
    struct stage stage;

    sim_trace_clocks_destroy(seen.clocks);
    memset(&seen, 0, sizeof(seen));
    seen.clocks = sim_trace_clocks_create(kind, MEMBERS);
    stage_init(&stage, seed, 1000);
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(1, 40));
    stage.plan.link.loss = SIM_ALWAYS / 20;
    stage.plan.link.duplicate = SIM_ALWAYS / 10;
    if (stream) {
        stage.plan.link.transport = SIM_STREAM;
        stage.plan.link.stream = (struct sim_stream_plan){
            .rto = 200, .rto_least = 50, .rto_most = 400, .connect = 800, .give_up = 800
        };
    }
    stage_group(&stage, "a", MEMBERS, &chatting);
    stage_fault(&stage, &sim_fault_crash, 300, 100, 0, 1);
    stage_fault(&stage, &sim_fault_pause, 500, 100, 0, 2);
    if (watched)
        stage.observer = (struct sim_observer){ .happening = see };
    stage_open(&stage, watched);
    stage_run(&stage);
    struct sim_digest digest = stage.digest;
    stage_finish(&stage);
    return digest;
}

static bool is_delivery(enum sim_happening_kind kind)
{
    return kind == SIM_HAPPENED_MESSAGE || kind == SIM_HAPPENED_REQUEST ||
           kind == SIM_HAPPENED_REPLY || kind == SIM_HAPPENED_REFUSAL;
}

/* Returns how many deliveries there were. */
static uint32_t find_before(void)
{
    uint32_t deliveries = 0;

    memset(before, 0, sizeof(before));
    for (uint32_t b = 0; b < seen.count; b++) {
        const struct event *event = &seen.events[b];
        bool delivery = is_delivery(event->kind);

        deliveries += delivery;
        for (uint32_t a = b; a-- > 0;) {
            const struct event *other = &seen.events[a];

            if (before[a][b] ||
                (other->node != event->node && !(delivery && other->id == event->cause)))
                continue;
            before[a][b] = true;
            for (uint32_t c = 0; c < a; c++)
                before[c][b] = before[c][b] || before[c][a];
        }
    }
    return deliveries;
}

static bool is_before(enum sim_trace_clock kind, const int64_t *a, const int64_t *b)
{
    if (kind == SIM_TRACE_VECTOR)
        return sim_vector_clock_order(a, b, MEMBERS) == SIM_VECTOR_BEFORE;
    if (kind == SIM_TRACE_LAMPORT)
        return a[0] < b[0];
    return sim_hlc_compare((struct sim_hlc){ a[0], a[1] }, (struct sim_hlc){ b[0], b[1] }) < 0;
}

START_TEST(what_happened_before_has_the_smaller_stamp)
{
    enum sim_trace_clock kind = (enum sim_trace_clock)(_i % SIM_TRACE_CLOCK_KINDS);
    bool stream = _i >= SIM_TRACE_CLOCK_KINDS;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t ordered = 0, concurrent = 0, wrong = 0, by_chance = 0;

        chat(kind, stream, seed, true);
        ck_assert_uint_gt(find_before(), 30);
        ck_assert_uint_gt(seen.parts, 30);
        ck_assert_uint_gt(seen.drops + seen.broken, 1);
        if (!stream)
            ck_assert_uint_eq(seen.broken, 0);
        ck_assert_uint_eq(seen.wrong, 0);
        for (uint32_t a = 0; a < seen.count; a++)
            for (uint32_t b = a + 1; b < seen.count; b++) {
                bool says = is_before(kind, seen.events[a].stamp, seen.events[b].stamp);

                ordered += before[a][b];
                concurrent += !before[a][b];
                wrong += before[a][b] && !says;
                by_chance += !before[a][b] && says;
                wrong += is_before(kind, seen.events[b].stamp, seen.events[a].stamp) &&
                         (kind == SIM_TRACE_VECTOR || before[a][b]);
            }
        ck_assert_uint_eq(wrong, 0);
        ck_assert_uint_gt(ordered, 1000);
        ck_assert_uint_gt(concurrent, 1000);
        if (kind == SIM_TRACE_VECTOR)
            ck_assert_uint_eq(by_chance, 0);
        else
            ck_assert_uint_gt(by_chance, 0); /* which is what vectors are for */
    }
}
END_TEST

/* The causes of an event of a node, up to what no node did, all bear smaller stamps. */
START_TEST(a_walk_along_the_causes_goes_down)
{
    uint32_t steps = 0;

    chat(SIM_TRACE_LAMPORT, false, 7, true);
    for (uint32_t i = 0; i < seen.count; i++) {
        const struct event *event = &seen.events[i], *cause;

        for (; event->kind != SIM_HAPPENED_FAULT && event->kind != SIM_HAPPENED_HEAL;
             event = cause) {
            cause = find(event->cause, event->node);
            if (!cause)
                cause = find(event->cause, SIM_NO_GROUP);
            if (!cause)
                break;
            ck_assert_int_lt(cause->stamp[0], event->stamp[0]);
            steps++;
        }
    }
    ck_assert_uint_gt(steps, 1000);
}
END_TEST

START_TEST(watching_changes_nothing)
{
    for (int stream = 0; stream < 2; stream++) {
        struct sim_digest with = chat(SIM_TRACE_VECTOR, stream, 9, true);
        struct sim_digest without = chat(SIM_TRACE_VECTOR, stream, 9, false);

        ck_assert(digests_are_equal(&with, &without));
    }
}
END_TEST

/* By hand: 1 sends to 0, whose clock is behind; a fault hits 0, and what 0 then does comes after.
 */
START_TEST(by_hand)
{
    static const struct {
        struct sim_happening happening;
        int64_t lamport, vector[2], hybrid[2];
    } rows[] = {
        { { .id = 1, .kind = SIM_HAPPENED_START, .node = 1, .wall = 100 },
          1,
          { 0, 1 },
          { 100, 0 } },
        { { .id = 2, .kind = SIM_HAPPENED_TIMER, .node = 1, .wall = 100, .cause = 1 },
          2,
          { 0, 2 },
          { 100, 1 } },
        { { .id = 2, .kind = SIM_HAPPENED_SEND, .node = 1, .wall = 100, .cause = 2 },
          2,
          { 0, 2 },
          { 100, 1 } },
        { { .id = 3, .kind = SIM_HAPPENED_FAULT, .node = 0, .wall = 50, .cause = 2 },
          1,
          { 1, 0 },
          { 50, 0 } },
        { { .id = 4, .kind = SIM_HAPPENED_MESSAGE, .node = 0, .wall = 60, .cause = 2 },
          3,
          { 2, 2 },
          { 100, 2 } },
        { { .id = 5, .kind = SIM_HAPPENED_DROP, .node = 0, .wall = 70, .cause = 2 },
          2,
          { 0, 2 },
          { 100, 1 } },
        { { .id = 6, .kind = SIM_HAPPENED_TIMER, .node = 0, .wall = 140, .cause = 4 },
          4,
          { 3, 2 },
          { 140, 0 } },
    };

    for (int kind = 0; kind < SIM_TRACE_CLOCK_KINDS; kind++) {
        struct sim_trace_clocks *clocks = sim_trace_clocks_create((enum sim_trace_clock)kind, 2);

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            const int64_t *wanted = kind == SIM_TRACE_LAMPORT  ? &rows[i].lamport
                                    : kind == SIM_TRACE_VECTOR ? rows[i].vector
                                                               : rows[i].hybrid;
            const int64_t *stamp = sim_trace_clocks_stamp(clocks, &rows[i].happening);

            ck_assert_ptr_nonnull(stamp);
            for (uint32_t k = 0; k < sim_trace_clocks_width(clocks); k++)
                ck_assert_int_eq(stamp[k], wanted[k]);
        }
        const struct sim_happening nowhere = { .id = 7,
                                               .kind = SIM_HAPPENED_FAULT,
                                               .node = SIM_NO_GROUP },
                                   unknown = { .id = 8, .kind = SIM_HAPPENED_DROP, .cause = 7 };
        ck_assert_ptr_null(sim_trace_clocks_stamp(clocks, &nowhere));
        ck_assert_ptr_null(sim_trace_clocks_stamp(clocks, &unknown));
        sim_trace_clocks_destroy(clocks);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("observe_trace_clock");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, what_happened_before_has_the_smaller_stamp, 0,
                        2 * SIM_TRACE_CLOCK_KINDS);
    tcase_add_test(all, a_walk_along_the_causes_goes_down);
    tcase_add_test(all, watching_changes_nothing);
    tcase_add_test(all, by_hand);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    sim_trace_clocks_destroy(seen.clocks);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
