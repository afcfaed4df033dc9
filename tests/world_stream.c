/* world_stream.c - connections: handshakes, order, retransmission at hand-computed instants,
 * resets, giving up. Latency is 10 ms each way unless a test says otherwise. */
#include "tests/lib/errands.h"

#include <check.h>
#include <stdlib.h>

#define MS SIM_MILLISECOND

static const struct sim_stream_plan linux_plan = {
    .rto = SIM_SECOND,
    .rto_least = 200 * MS,
    .rto_most = 120 * SIM_SECOND,
    .connect = 127 * SIM_SECOND,
    .give_up = 924600 * MS,
};

static const struct sim_partition_params cuts_in_flight = { .in_flight = SIM_IN_FLIGHT_CUT },
                                         spares_in_flight = { .in_flight = SIM_IN_FLIGHT_SURVIVES };

/* A stage of two nodes with connections; its faults may be added until the run. */
static struct script *set(struct stage *stage, struct errands *errands, sim_time duration)
{
    static struct script script;

    script = errands_script(errands);
    stage_init(stage, 7, duration);
    stage->plan.link.latency = stage_constant(stage, 10 * MS);
    stage->plan.link.transport = SIM_STREAM;
    stage->plan.link.stream = linux_plan;
    stage_group(stage, "a", 2, &script);
    return &script;
}

#define ERRANDS(...)                                                                               \
    static const struct errand list[] = { __VA_ARGS__ };                                           \
    struct errands errands = { list, sizeof(list) / sizeof(*list) }

START_TEST(the_first_data_ride_with_the_end_of_the_handshake)
{
    /* the first answer after 2 round trips, 3 with TLS 1.3, 4 with TLS 1.2; then 1 */
    static const struct {
        int64_t tls;
        sim_time first;
    } rows[] = { { SIM_TLS_NONE, 30 * MS }, { SIM_TLS_1_3, 50 * MS }, { SIM_TLS_1_2, 70 * MS } };
    ERRANDS({ 0, 0, 1, -1, 0 }, { 100 * MS, 0, 1, -2, 0 }, { 200 * MS, 1, 0, -3, 0 });

    for (int i = 0; i < 3; i++) {
        struct stage stage;

        set(&stage, &errands, SIM_SECOND);
        stage.plan.link.stream.tls = rows[i].tls;
        stage_run(&stage);
        ck_assert_int_eq(came_at(&stage, 1, -1), rows[i].first);
        ck_assert_int_eq(came_at(&stage, 0, 1), rows[i].first + 10 * MS);
        ck_assert_int_eq(came_at(&stage, 0, 2), 120 * MS);
        ck_assert_int_eq(came_at(&stage, 1, 3), 220 * MS); /* the other way, no handshake */
        const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
        ck_assert_uint_eq(stats->connections, 1);
        ck_assert_uint_eq(stats->retransmitted, 0);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(what_waits_for_the_handshake_goes_when_it_is_over)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 5 * MS, 0, 1, 2, 0 }, { 12 * MS, 1, 0, 3, 0 },
            { 19 * MS, 0, 1, 4, 0 });
    struct stage stage;

    set(&stage, &errands, SIM_SECOND);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 30 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 2), 30 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4), 30 * MS);
    ck_assert_int_eq(came_at(&stage, 0, 3), 40 * MS); /* the end that accepts is open at 30 ms */
    stage_finish(&stage);
}
END_TEST

START_TEST(of_two_that_open_at_once_the_later_connection_is_taken)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 0, 1, 0, 2, 0 });
    struct stage stage;

    set(&stage, &errands, SIM_SECOND);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 0, 2), 30 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 1), 40 * MS);
    stage_finish(&stage);
}
END_TEST

/* The round trip is 20 ms, so the timeout is its least value, 200 ms or 1 s; it doubles. */
START_TEST(a_lost_segment_is_repeated_after_a_timeout_that_doubles)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 100 * MS, 0, 1, 2, 0 });
    struct stage stage;

    set(&stage, &errands, 10 * SIM_SECOND);
    stage_cut(&stage, 90 * MS, 500 * MS, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    /* at 100 and 300 ms it is cut, at 700 ms it comes through */
    ck_assert_int_eq(came_at(&stage, 1, 2), 710 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 2);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->cut, 0);
    stage_close(&stage);
    stage.plan.link.stream.rto_least = SIM_SECOND;
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 1110 * MS);
    stage_finish(&stage);
}
END_TEST

/* Round trips of 400 ms: measured by the SYN, rto = 400 + 4 * 200 ms; by the data, variation 3/4 *
 * 200 = 150 ms, rto = 400 + 4 * 150 = 1 s. */
START_TEST(the_timeout_follows_the_round_trip)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 2000 * MS, 0, 1, 2, 0 }, { 10000 * MS, 0, 1, 3, 0 });
    struct stage stage;

    set(&stage, &errands, 100 * SIM_SECOND);
    stage.plan.link.latency = stage_constant(&stage, 200 * MS);
    stage_cut(&stage, 1900 * MS, 500 * MS, 0, 0, 1); /* message 2 at 2 s */
    stage_rest(&stage, &stage.faults[0]);
    stage_cut(&stage, 9900 * MS, 200 * MS, 0, 0, 1); /* message 3 at 10 s */
    stage_rest(&stage, &stage.faults[1]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 600 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 2), 3200 * MS);
    /* Karn: the answer to a repeated segment measures nothing, and the doubled timeout stands */
    ck_assert_int_eq(came_at(&stage, 1, 3), 12200 * MS);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_lost_syn_is_repeated_and_the_timeout_begins_at_three_seconds)
{
    ERRANDS({ 0, 0, 1, 1, 0 });
    struct stage stage;

    set(&stage, &errands, 100 * SIM_SECOND);
    stage_cut(&stage, 0, 500 * MS, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 1030 * MS);
    stage_close(&stage);
    /* its data, sent at 1020 ms, are cut as well */
    stage_cut(&stage, 1015 * MS, 500 * MS, 0, 0, 1);
    stage_rest(&stage, &stage.faults[1]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 1), 4030 * MS);
    stage_finish(&stage);
}
END_TEST

START_TEST(three_duplicate_acknowledgements_repeat_at_once_and_what_came_early_waits)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 100 * MS, 0, 1, 2, 0 }, { 101 * MS, 0, 1, 3, 0 },
            { 102 * MS, 0, 1, 4, 0 }, { 103 * MS, 0, 1, 5, 0 }, { 104 * MS, 0, 1, 6, 0 });
    struct stage stage;

    set(&stage, &errands, SIM_SECOND);
    stage_cut(&stage, 99 * MS, 1500 * SIM_MICROSECOND, 0, 0, 1); /* until 100.5 ms */
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    /* 3, 4 and 5 come at 111, 112, 113 ms; the third acknowledgement of 1 is back at 123 ms */
    for (int64_t value = 2; value <= 6; value++) {
        ck_assert_int_eq(came_at(&stage, 1, value), 133 * MS);
        ck_assert_uint_eq(came_often(&stage, 1, value), 1);
    }
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 1);
    const struct seen *last = NULL;
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind != SIM_HAPPENED_NOTE)
            continue;
        ck_assert(last == NULL || seen->words[0] > last->words[0]); /* in order */
        last = seen;
    }
    stage_finish(&stage);
}
END_TEST

START_TEST(all_that_is_missing_is_repeated_at_once)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 99600 * SIM_MICROSECOND, 0, 1, 2, 0 }, { 100 * MS, 0, 1, 3, 0 },
            { 101 * MS, 0, 1, 4, 0 }, { 102 * MS, 0, 1, 5, 0 }, { 103 * MS, 0, 1, 6, 0 });
    struct stage stage;

    set(&stage, &errands, SIM_SECOND);
    stage_cut(&stage, 99 * MS, 1500 * SIM_MICROSECOND, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 133 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3), 133 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 6), 133 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 2);
    stage_finish(&stage);
}
END_TEST

/* After a timeout the first acknowledgement has the rest sent again at once. */
START_TEST(after_a_timeout_all_that_is_out_goes_again)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 100 * MS, 0, 1, 2, 0 }, { 110 * MS, 0, 1, 3, 0 },
            { 120 * MS, 0, 1, 4, 0 });
    struct stage stage;

    set(&stage, &errands, 2 * SIM_SECOND);
    stage_cut(&stage, 90 * MS, 50 * MS, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 310 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 3), 330 * MS);
    ck_assert_int_eq(came_at(&stage, 1, 4), 330 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 3);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_node_that_crashed_resets_old_connections)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 2000 * MS, 0, 1, 2, 0 }, { 3000 * MS, 0, 1, 3, 0 });
    struct stage stage;

    set(&stage, &errands, 10 * SIM_SECOND);
    stage_fault(&stage, &sim_fault_crash, SIM_SECOND, 100 * MS, 0, 1);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), -1);
    ck_assert_int_eq(came_at(&stage, 1, 3), 3030 * MS); /* a handshake again */
    const struct seen *drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_int_eq(drop->time, 2020 * MS);
    ck_assert_str_eq(drop->reason, "connection reset");
    const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
    ck_assert_uint_eq(stats->broken, 1);
    ck_assert_uint_eq(stats->connections, 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_node_that_is_down_answers_nothing)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 2000 * MS, 0, 1, 2, 0 });
    struct stage stage;

    set(&stage, &errands, 10 * SIM_SECOND);
    stage_fault(&stage, &sim_fault_crash, SIM_SECOND, 3 * SIM_SECOND, 0, 1);
    stage_run(&stage);
    /* sent at 2.0, 2.2, 2.6, 3.4 and 5.0 s: that one meets a node that is up and knows nothing */
    const struct seen *drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_int_eq(drop->time, 5020 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 4);
    stage_finish(&stage);
}
END_TEST

/* Of what the other end had not acknowledged to a node that crashed nothing is left, and an opening
 * of the new life replaces the old connection. */
START_TEST(a_new_life_opens_anew)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 1990 * MS, 0, 1, 2, 0 }, { 2005 * MS, 1, 0, 3, 0 },
            { 2500 * MS, 1, 0, 4, 0 });
    struct stage stage;

    set(&stage, &errands, 10 * SIM_SECOND);
    /* 2 is on its way to node 1 at 2 s, and 3 from node 1 at 2.01 s */
    stage_fault(&stage, &sim_fault_crash, 2010 * MS, 200 * MS, 0, 1);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 2000 * MS);
    ck_assert_int_eq(came_at(&stage, 0, 3), 2015 * MS); /* nobody is told that it came */
    ck_assert_int_eq(came_at(&stage, 0, 4), 2530 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->broken, 0);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->connections, 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(an_end_gives_up_as_linux_does)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 2000 * MS, 0, 1, 2, 0 });
    struct stage stage;

    set(&stage, &errands, 2000 * SIM_SECOND);
    stage_cut(&stage, SIM_SECOND, 0, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    /* 0.2 * (2^10 - 1) s = 204.6 s until the timeout is 120 s, and 6 of these */
    const struct seen *drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_int_eq(drop->time, 926600 * MS);
    ck_assert_str_eq(drop->reason, "connection timed out");
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 15);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->broken, 1);
    stage_close(&stage);
    stage.faults[0].at = 0; /* the handshake: 1 + 2 + 4 + ... + 64 s */
    stage_run(&stage);
    drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_int_eq(drop->time, 127 * SIM_SECOND);
    stage_finish(&stage);
}
END_TEST

START_TEST(the_kernel_of_a_paused_process_acknowledges)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 2000 * MS, 0, 1, -2, 0 });
    struct stage stage;

    set(&stage, &errands, 10 * SIM_SECOND);
    stage_fault(&stage, &sim_fault_pause, SIM_SECOND, 4 * SIM_SECOND, 0, 1);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, -2), 5 * SIM_SECOND);
    ck_assert_int_eq(came_at(&stage, 0, 2), 5010 * MS);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->retransmitted, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_partition_that_cuts_in_flight_cuts_segments)
{
    ERRANDS({ 0, 0, 1, 1, 0 }, { 100 * MS, 0, 1, 2, 0 });
    struct stage stage;

    set(&stage, &errands, SIM_SECOND);
    stage_cut(&stage, 105 * MS, MS, 0, 0, 1)->params = &cuts_in_flight;
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 310 * MS); /* of the second sending */
    stage_close(&stage);
    stage.faults[0].params = &spares_in_flight;
    stage_run(&stage);
    ck_assert_int_eq(came_at(&stage, 1, 2), 110 * MS);
    stage_finish(&stage);
}
END_TEST

/* -- many messages ----------------------------------------------------------------------------- */

/* Every node sends a numbered word to another, drawn, every few milliseconds, and asks, too. Who
 * gets one says it. */
static void crowd_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 0);
}

static void crowd_tick(struct sim_seat *me, unsigned kind)
{
    uint32_t to = (uint32_t)sim_uniform(me, LUCK, 0, sim_members(me));
    sim_time *until = context_of(me);

    (void)kind;
    if (sim_now(me) > *until)
        return;
    sim_send(me, to, WORD, &(struct pair){ sim_now(me), 0 });
    if (sim_flip(me, LUCK, SIM_ALWAYS / 3))
        sim_call(me, ASK, to, 300 * MS, NULL, 0, &(struct pair){ 0, 0 });
    sim_timer(me, TICK, sim_exponential(me, MORE_LUCK, 5 * MS));
}

static void crowd_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    (void)kind;
    say(me, message->from, pair->a);
}

static void crowd_request(struct sim_seat *me, const struct sim_request *request)
{
    sim_reply(me, request->ticket, request->body);
}

static void crowd(struct stage *stage, uint64_t seed, struct script *script, sim_time *until)
{
    *script = (struct script){ .start = crowd_start,
                               .timer = crowd_tick,
                               .message = crowd_message,
                               .request = crowd_request,
                               .context = until };
    *until = 3 * SIM_SECOND;
    stage_init(stage, seed, 60 * SIM_SECOND);
    stage->plan.link.latency = stage_keep(stage, sim_distribution_uniform(0, 20 * MS));
    stage->plan.link.loss = SIM_ALWAYS / 10;
    stage->plan.link.duplicate = SIM_ALWAYS / 10;
    stage->plan.link.corruption = SIM_ALWAYS / 20;
    stage->plan.link.transport = SIM_STREAM;
    stage->plan.link.stream = linux_plan;
    stage_group(stage, "a", 4, script);
}

/* What was said by NODE: rising times of sending for each sender. Returns how many words came. */
static size_t check_order(const struct stage *stage)
{
    int64_t last[8][8] = { { 0 } };
    size_t count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind != SIM_HAPPENED_NOTE)
            continue;
        if (seen->node != seen->words[0]) { /* to oneself there is no connection */
            ck_assert_int_gt(seen->words[1] + 1, last[seen->node][seen->words[0]]);
            last[seen->node][seen->words[0]] = seen->words[1] + 1;
        }
        count++;
    }
    return count;
}

START_TEST(all_that_is_sent_comes_once_and_in_order)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct script script;
        struct stage stage;
        sim_time until;

        crowd(&stage, seed, &script, &until);
        stage_run(&stage);
        const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
        ck_assert_uint_gt(stats->sent, 3000);
        ck_assert_uint_eq(stats->delivered + stats->late_replies, stats->sent);
        ck_assert_uint_gt(stats->retransmitted, stats->sent / 10);
        ck_assert_uint_eq(stats->duplicated + stats->lost + stats->corrupted, 0);
        ck_assert_uint_gt(check_order(&stage), 2000);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(crashes_pauses_and_cuts_lose_and_double_nothing_in_secret)
{
    uint64_t broken = 0;

    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct script script;
        struct stage stage;
        sim_time until;
        struct sim_stream luck = { 0, 0 };

        sim_stream_seed(&luck, seed, 9, 9);
        crowd(&stage, seed, &script, &until);
        stage.plan.link.stream.give_up = SIM_SECOND;
        stage.plan.link.stream.connect = SIM_SECOND;
        for (int i = 0; i < 12; i++) {
            sim_time at = (sim_time)sim_below(sim_stream_next(&luck), 3 * SIM_SECOND);
            sim_time span = (sim_time)sim_below(sim_stream_next(&luck), SIM_SECOND) + 1;
            uint32_t node = (uint32_t)sim_below(sim_stream_next(&luck), 4);

            if (i % 3 == 2) {
                stage_cut(&stage, at, span, 0, node, 1)->params =
                    i & 1 ? &cuts_in_flight : &spares_in_flight;
                stage_rest(&stage, &stage.faults[stage.plan.fault_count - 1]);
            } else {
                stage_fault(&stage, i % 3 ? &sim_fault_crash : &sim_fault_pause, at, span, 0, node);
            }
        }
        /* what waits in a buffer for something that its sender no longer has waits until then */
        stage_fault(&stage, &sim_fault_power_loss, 50 * SIM_SECOND, 0, 0, SIM_NO_GROUP);
        stage_run(&stage);
        struct sim_digest digest = stage.digest;
        const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
        size_t said = 0;
        for (size_t i = 0; i < stage.watch.count; i++)
            said += stage.watch.seen[i].kind == SIM_HAPPENED_DROP;
        ck_assert_uint_eq(stats->broken + stats->to_down + stats->crashed, said);
        ck_assert_uint_eq(sim_group_under_way(stats), 0);
        ck_assert_uint_eq(stats->cut, 0);
        check_order(&stage);
        broken += stats->broken;
        stage_close(&stage);
        stage_open(&stage, false); /* the same without a trace */
        stage_run(&stage);
        ck_assert(digests_are_equal(&digest, &stage.digest));
        stage_finish(&stage);
    }
    ck_assert_uint_gt(broken, 100);
}
END_TEST

/* What is lost of datagrams is what a stream has to repeat: one luck, whatever the transport. */
START_TEST(a_stream_meets_the_losses_of_datagrams)
{
    enum { COUNT = 400 };
    static struct errand list[COUNT];
    struct errands errands = { list, COUNT };
    bool lost[COUNT];
    size_t losses = 0;
    struct stage stage;

    for (int i = 0; i < COUNT; i++)
        list[i] = (struct errand){ (i + 1) * 5 * SIM_SECOND, 0, 1, i + 1, 0 };
    set(&stage, &errands, 3000 * SIM_SECOND);
    stage.plan.link.loss = SIM_ALWAYS / 10;
    stage.plan.link.transport = SIM_DATAGRAM;
    stage_run(&stage);
    for (int i = 0; i < COUNT; i++)
        losses += lost[i] = came_at(&stage, 1, i + 1) < 0;
    ck_assert_uint_gt(losses, 20);
    stage_close(&stage);
    stage.plan.link.transport = SIM_STREAM;
    stage_run(&stage);
    for (int i = 1; i < COUNT; i++) {                    /* the first waits for a handshake */
        bool waits = came_at(&stage, 1, i) > list[i].at; /* for the one before it */

        ck_assert(waits || (came_at(&stage, 1, i + 1) > list[i].at + 10 * MS) == lost[i]);
    }
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_stream");
    TCase *tests = tcase_create("stream");

    tcase_add_test(tests, the_first_data_ride_with_the_end_of_the_handshake);
    tcase_add_test(tests, what_waits_for_the_handshake_goes_when_it_is_over);
    tcase_add_test(tests, of_two_that_open_at_once_the_later_connection_is_taken);
    tcase_add_test(tests, a_lost_segment_is_repeated_after_a_timeout_that_doubles);
    tcase_add_test(tests, the_timeout_follows_the_round_trip);
    tcase_add_test(tests, a_lost_syn_is_repeated_and_the_timeout_begins_at_three_seconds);
    tcase_add_test(tests,
                   three_duplicate_acknowledgements_repeat_at_once_and_what_came_early_waits);
    tcase_add_test(tests, all_that_is_missing_is_repeated_at_once);
    tcase_add_test(tests, after_a_timeout_all_that_is_out_goes_again);
    tcase_add_test(tests, a_node_that_crashed_resets_old_connections);
    tcase_add_test(tests, a_node_that_is_down_answers_nothing);
    tcase_add_test(tests, a_new_life_opens_anew);
    tcase_add_test(tests, an_end_gives_up_as_linux_does);
    tcase_add_test(tests, the_kernel_of_a_paused_process_acknowledges);
    tcase_add_test(tests, a_partition_that_cuts_in_flight_cuts_segments);
    tcase_add_test(tests, all_that_is_sent_comes_once_and_in_order);
    tcase_add_test(tests, crashes_pauses_and_cuts_lose_and_double_nothing_in_secret);
    tcase_add_test(tests, a_stream_meets_the_losses_of_datagrams);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
