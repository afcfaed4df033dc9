/* model_saga.c - sagas in both styles: step by step, and that none is left half done, whatever
 * happens to whom. */
#include "tests/lib/play.h"

#include "models/parts/saga.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS SIM_MILLISECOND
#define HEAD "version: 1\nduration: %s\nnetwork: {latency: 1ms}\nnodes:\n"

/* The fields of the states that these tests read, in their order. */
struct client_counts {
    int64_t asked, ok, failed, unknown, open;
};
struct saga_counts {
    int64_t begun, launched, open, compensating, waiting, repeated, refused;
};
struct participant_counts {
    int64_t done, failed, undone, barred, late, repeated, pending, untold;
};
struct saga_disk {
    int64_t begun, done, compensated, amount;
};
struct participant_disk {
    int64_t available, taken;
};

/* Nodes of the scenarios below. */
enum { SHOP, ORDERS, PAYMENT, STOCK, COURIER, NODES };

static const struct client_counts *shop(const struct play *play)
{
    return play_state(play, SHOP);
}

static const struct saga_counts *orders(const struct play *play)
{
    return play_state(play, ORDERS);
}

static const struct participant_counts *taking(const struct play *play, uint32_t node)
{
    return play_state(play, node);
}

static const void *disk(const struct play *play, uint32_t node)
{
    return sim_disk((struct sim_seat *)(uintptr_t)play_seat(play, node));
}

static const struct saga_disk *ended(const struct play *play)
{
    return disk(play, ORDERS);
}

static const struct participant_disk *held(const struct play *play, uint32_t node)
{
    return disk(play, node);
}

/* -- the scenario ------------------------------------------------------------------------------ */

struct shape {
    const char *duration, *load, *orders, *payment, *stock, *courier, *rest;
};

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static void write_yaml(char yaml[4096], const struct shape *shape)
{
    snprintf(yaml, 4096,
             HEAD "  shop: {model: service-client, target: orders, %s}\n"
                  "  orders:\n"
                  "    model: saga\n"
                  "    steps: &order\n"
                  "      - {to: payment, name: charge, compensation: refund}\n"
                  "      - {to: stock, name: reserve, kind: pivot}\n"
                  "      - {to: courier, name: ship, kind: retriable}\n"
                  "    disk: {sync: 1ms}\n"
                  "%s"
                  "  payment: {model: participant, disk: {sync: 1ms}, saga: &saga [{to: orders}], "
                  "steps: *order%s}\n"
                  "  stock: {model: participant, disk: {sync: 1ms}, saga: *saga, steps: *order%s}\n"
                  "  courier: {model: participant, disk: {sync: 1ms}, saga: *saga, "
                  "steps: *order%s}\n"
                  "%s",
             shape->duration != NULL ? shape->duration : "20s",
             shape->load != NULL ? shape->load : "rate: 1/s, arrivals: even, requests: 1",
             or_nothing(shape->orders), or_nothing(shape->payment), or_nothing(shape->stock),
             or_nothing(shape->courier), or_nothing(shape->rest));
}

static struct play *run(const struct shape *shape, uint64_t seed)
{
    char yaml[4096];

    write_yaml(yaml, shape);
    return play_run(yaml, seed);
}

static const char *const styles[] = { "    style: orchestrated\n", "    style: choreographed\n" };

/* -- what is true at rest ---------------------------------------------------------------------- */

/* Entries of the logs begin so. */
struct entry {
    int64_t what, saga, step;
};
enum { SAGA_BEGAN = 0, STEP_DID = 0, STEP_UNDID = 2 };

/* How often STEP of SAGA counts on the disk of NODE. */
static int64_t effect_of(const struct play *play, uint32_t node, int64_t saga, int64_t step)
{
    const struct sim_seat *seat = play_seat(play, node);
    int64_t effect = 0;

    for (uint64_t i = 0; i < sim_log_length(seat, 0); i++) {
        const struct entry *e = sim_log_record(seat, 0, i);

        if (e->saga == saga && e->step == step)
            effect += (e->what == STEP_DID) - (e->what == STEP_UNDID);
    }
    return effect;
}

/* Sagas of which some steps are done and others are not, or a step is done more than once. */
static int halves(const struct play *play)
{
    const struct sim_seat *seat = play_seat(play, ORDERS);
    int half = 0;

    for (uint64_t i = 0; i < sim_log_length(seat, 0); i++) {
        const struct entry e = *(const struct entry *)sim_log_record(seat, 0, i);
        int64_t first;

        if (e.what != SAGA_BEGAN)
            continue;
        first = effect_of(play, PAYMENT, e.saga, 0);
        half += first < 0 || first > 1 || effect_of(play, STOCK, e.saga, 1) != first ||
                effect_of(play, COURIER, e.saga, 2) != first;
    }
    return half;
}

/* No saga is left half done, and nothing is lost or made of nothing. */
static void expect_rest(const struct play *play, uint64_t seed)
{
    const int64_t amount = ended(play)->amount;

    ck_assert_msg(orders(play)->open == 0, "seed %d: %d sagas are open", (int)seed,
                  (int)orders(play)->open);
    ck_assert_int_eq(ended(play)->done + ended(play)->compensated, ended(play)->begun);
    ck_assert_msg(halves(play) == 0, "seed %d: %d sagas are half done", (int)seed, halves(play));
    for (uint32_t node = PAYMENT; node <= COURIER; node++) {
        ck_assert_msg(held(play, node)->taken == amount, "seed %d: node %d took %d of %d",
                      (int)seed, (int)node, (int)held(play, node)->taken, (int)amount);
        ck_assert_int_eq(held(play, node)->available + amount, 1000000000);
        ck_assert_int_eq(taking(play, node)->pending, 0);
        ck_assert_int_eq(taking(play, node)->untold, 0);
    }
}

/* -- step by step ------------------------------------------------------------------------------ */

START_TEST(all_steps_and_then_the_answer)
{
    struct play *play = run(&(struct shape){ .orders = styles[_i] }, 1);
    /* a sync of the beginning; three steps of 1 + 1 + 1 ms, each written before the next is asked;
     * and the way to the client. Told on, a step takes 1 + 1, and the end has to be told, too */
    static const sim_time took[] = { 2 + 1 + 3 * 4, 2 + 1 + 3 * 2 + 2 };

    ck_assert_uint_eq(play->operation_count, 1);
    ck_assert_int_eq(play->operations[1].completed - play->operations[1].invoked, took[_i] * MS);
    ck_assert_int_eq(play->operations[1].status, SIM_OK);
    for (uint32_t node = PAYMENT; node <= COURIER; node++)
        ck_assert_int_eq(taking(play, node)->done, 1);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

START_TEST(what_is_done_is_undone_in_reverse)
{
    static const char yaml[] =
        "version: 1\nduration: 5s\nnetwork: {latency: 1ms}\nnodes:\n"
        "  shop: {model: service-client, target: orders, rate: 1/s, arrivals: even, requests: 1}\n"
        "  orders:\n"
        "    model: saga\n"
        "    style: %s\n"
        "    steps: &trip\n"
        "      - {to: car, compensation: give-back}\n"
        "      - {to: check, amount: 0}\n"
        "      - {to: hotel, compensation: cancel, amount: 3}\n"
        "      - {to: car, name: insure, compensation: end}\n"
        "      - {to: flight, kind: pivot}\n"
        "  car: {model: participant, of: 10, saga: &saga [{to: orders}], steps: *trip}\n"
        "  check: {model: participant, of: 0, saga: *saga, steps: *trip}\n"
        "  hotel: {model: participant, of: 10, saga: *saga, steps: *trip}\n"
        "  flight: {model: participant, of: 10, failure: 100%%, saga: *saga, steps: *trip}\n";
    static const int64_t node_and_step[][2] = { { 2, 3 }, { 4, 2 }, { 2, 0 } };
    char text[2048];
    struct play *play;

    snprintf(text, sizeof text, yaml, _i == 0 ? "orchestrated" : "choreographed");
    play = play_run(text, 1);
    ck_assert_int_eq(shop(play)->failed, 1); /* certainly not done */
    ck_assert_int_eq(ended(play)->compensated, 1);
    ck_assert_uint_eq(play_count(play, "undone", SIM_NO_GROUP), 3);
    for (size_t n = 0; n < 3; n++) {
        const struct play_note *note = play_note(play, "undone", SIM_NO_GROUP, n);

        ck_assert_uint_eq(note->node, (uint32_t)node_and_step[n][0]);
        ck_assert_int_eq(note->words[1], node_and_step[n][1]);
    }
    for (uint32_t node = 2; node <= 5; node++)
        ck_assert_int_eq(((const struct participant_disk *)disk(play, node))->taken, 0);
    play_free(play);
}
END_TEST

START_TEST(what_there_is_not_enough_of_fails)
{
    struct play *play = run(&(struct shape){ .orders = styles[_i],
                                             .load = "rate: 10/s, requests: 30, amount: 4",
                                             .stock = ", of: 50" },
                            1);

    ck_assert_int_eq(ended(play)->done, 12);
    ck_assert_int_eq(ended(play)->compensated, 18);
    ck_assert_int_eq(held(play, STOCK)->available, 2);
    ck_assert_int_eq(held(play, PAYMENT)->taken, 48);
    ck_assert_int_eq(shop(play)->ok, 12);
    ck_assert_int_eq(shop(play)->failed, 18);
    ck_assert_int_eq(halves(play), 0);
    play_free(play);
}
END_TEST

START_TEST(luck_is_the_same_in_both_styles)
{
    struct play *plays[2];

    for (int i = 0; i < 2; i++)
        plays[i] = run(&(struct shape){ .orders = styles[i],
                                        .load = "rate: 50/s, requests: 200",
                                        .payment = ", failure: 20%",
                                        .stock = ", failure: 10%",
                                        .courier = ", failure: 50%" },
                       3);
    ck_assert_int_eq(ended(plays[0])->done, ended(plays[1])->done);
    ck_assert_int_gt(ended(plays[0])->done, 120); /* of 144 */
    ck_assert_int_lt(ended(plays[0])->done, 165);
    ck_assert_int_eq(taking(plays[0], PAYMENT)->failed, taking(plays[1], PAYMENT)->failed);
    for (int i = 0; i < 2; i++) {
        expect_rest(plays[i], 3);
        play_free(plays[i]);
    }
}
END_TEST

/* The charge hangs for 500 ms; its caller waits for 100, and takes it back: that comes first. */
#define HELD_UP                                                                                    \
    "calls: {orders: {charge: [timeout: 100ms]}}\n"                                                \
    "faults: [{at: 900ms, delay_messages: {from: orders, to: payment}, by: 500ms, for: 110ms}]\n"

START_TEST(a_compensation_overtakes_its_step)
{
    struct shape shape = { .rest = HELD_UP };
    struct play *play = run(&shape, 1);

    ck_assert_int_eq(taking(play, PAYMENT)->barred, 1);
    ck_assert_int_eq(taking(play, PAYMENT)->late, 1);
    ck_assert_int_eq(ended(play)->compensated, 1);
    expect_rest(play, 1);
    play_free(play);
    shape.payment = ", bugs: [compensation_overtakes_step]";
    play = run(&shape, 1);
    ck_assert_int_eq(ended(play)->compensated, 1);
    ck_assert_int_eq(held(play, PAYMENT)->taken, 1);
    ck_assert_int_eq(halves(play), 1);
    play_free(play);
}
END_TEST

/* Answers of the payment are lost: it is asked again. */
START_TEST(what_comes_again_is_done_once)
{
    struct shape shape = {
        .load = "rate: 20/s, requests: 100",
        .rest = "calls: {orders: {charge: [retry: {attempts: 9, base: 10ms}, timeout: 20ms]}}\n"
                "faults: [{at: 0s, link_loss: {from: payment, to: orders}, probability: 30%, "
                "for: 15s}]\n",
    };
    struct play *play = run(&shape, 1);

    ck_assert_int_gt(taking(play, PAYMENT)->repeated, 20);
    expect_rest(play, 1);
    play_free(play);
    shape.payment = ", bugs: [no_idempotency_key]";
    play = run(&shape, 1);
    ck_assert_int_gt(held(play, PAYMENT)->taken, held(play, STOCK)->taken + 20);
    play_free(play);
}
END_TEST

/* The stock is away when the charge has to be taken back. */
START_TEST(compensations_are_tried_until_they_are_done)
{
    struct shape shape = {
        .load = "rate: 50/s, requests: 100",
        .orders = "    patience: 50ms\n",
        .stock = ", failure: 50%",
        .rest = "faults: [{when: {of: stock, note: failed, nth: 5}, "
                "partition: [orders, payment], for: 500ms}]\n",
    };
    struct play *play = run(&shape, 1);

    ck_assert_int_gt(ended(play)->compensated, 40);
    ck_assert_uint_gt(play_count(play, "waits", ORDERS), 2);
    expect_rest(play, 1);
    play_free(play);
    shape.orders = "    patience: 50ms\n    bugs: [compensation_not_retried]\n";
    play = run(&shape, 1);
    ck_assert_int_eq(orders(play)->open, 0);
    ck_assert_int_gt(held(play, PAYMENT)->taken, held(play, STOCK)->taken);
    ck_assert_int_gt(halves(play), 0);
    play_free(play);
}
END_TEST

START_TEST(nobody_guesses_what_became_of_the_pivot)
{
    struct play *play = run(&(struct shape){ .orders = "    patience: 50ms\n",
                                             .rest = "faults: [{when: {of: stock, note: done}, "
                                                     "partition: [orders, stock], for: 3s}]\n" },
                            1);

    ck_assert_uint_gt(play_count(play, "waits", ORDERS), 3);
    ck_assert_uint_eq(play_count(play, "compensating", ORDERS), 0);
    ck_assert_int_eq(ended(play)->done, 1);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

/* Whenever the coordinator crashes, before the log is written or after it. */
START_TEST(a_crash_at_every_step)
{
    static const char *const moments[] = { "began",
                                           "asked, nth: 1",
                                           "step-done, nth: 1",
                                           "asked, nth: 2",
                                           "step-done, nth: 2",
                                           "asked, nth: 3",
                                           "step-done, nth: 3",
                                           "over" };
    static const char *const failing[] = { "", ", failure: 100%" };

    for (size_t i = 0; i < 2 * sizeof moments / sizeof *moments; i++) {
        char rest[256];
        struct play *play;

        snprintf(rest, sizeof rest,
                 "calls: {shop: [idempotency_key, retry: {attempts: 50, base: 100ms}, "
                 "timeout: 500ms]}\n"
                 "faults: [{when: {of: orders, note: %s}, crash: orders, for: 200ms}]\n",
                 moments[i / 2]);
        play =
            run(&(struct shape){ .orders = styles[_i], .stock = failing[i % 2], .rest = rest }, 1);
        ck_assert_int_eq(ended(play)->begun, 1);
        /* who asked twice is not told that it was certainly not done */
        ck_assert_int_eq(shop(play)->ok, i % 2 == 0);
        ck_assert_int_eq(shop(play)->failed + shop(play)->unknown, i % 2 == 1);
        expect_rest(play, i);
        play_free(play);
    }
}
END_TEST

START_TEST(without_a_log_a_crash_leaves_half_a_saga)
{
    struct shape shape = {
        .orders = "    bugs: [saga_log_not_durable]\n",
        .rest = "faults: [{when: {of: orders, note: step-done}, crash: orders, for: 200ms}]\n",
    };
    struct play *play = run(&shape, 1);

    ck_assert_int_eq(orders(play)->begun, 0);
    ck_assert_int_eq(held(play, PAYMENT)->taken, 1);
    ck_assert_int_eq(held(play, COURIER)->taken, 0);
    play_free(play);
}
END_TEST

START_TEST(an_event_that_is_not_in_the_log_is_lost)
{
    struct shape shape = {
        .orders = styles[1],
        .payment = ", bugs: [event_not_logged]",
        .rest = "faults: [{at: 500ms, partition: [payment, stock], for: 2s}, "
                "{at: 1500ms, crash: payment, for: 100ms}]\n",
    };
    struct play *play = run(&shape, 1);

    ck_assert_int_eq(orders(play)->open, 1);
    ck_assert_int_eq(held(play, PAYMENT)->taken, 1);
    ck_assert_int_eq(held(play, STOCK)->taken, 0);
    play_free(play);
    shape.payment = NULL;
    play = run(&shape, 1);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

START_TEST(a_request_with_a_key_begins_one_saga)
{
    struct shape shape = {
        .load = "rate: 20/s, requests: 100",
        .orders = styles[_i],
        .rest =
            "calls: {shop: [idempotency_key, retry: {attempts: 9, base: 20ms}, timeout: 40ms]}\n"
            "faults: [{at: 0s, link_loss: {from: orders, to: shop}, probability: 40%, "
            "for: 15s}]\n",
    };
    struct play *play = run(&shape, 1);

    ck_assert_int_gt(orders(play)->repeated, 20);
    ck_assert_int_eq(ended(play)->begun, 100);
    expect_rest(play, 1);
    play_free(play);
    shape.rest = "calls: {shop: [retry: {attempts: 9, base: 20ms}, timeout: 40ms]}\n"
                 "faults: [{at: 0s, link_loss: {from: orders, to: shop}, probability: 40%, "
                 "for: 15s}]\n";
    play = run(&shape, 1);
    ck_assert_int_gt(ended(play)->begun, 120);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

/* A client that asks again after a crash is answered; but the span had begun in the life before. */
START_TEST(a_span_ends_in_its_own_life)
{
    struct play *play =
        run(&(struct shape){ .rest = "calls: {shop: [idempotency_key, retry: "
                                     "{attempts: 30, base: 20ms, cap: 100ms}, "
                                     "timeout: 200ms]}\n"
                                     "faults: [{at: 0s, partition: [orders, stock], "
                                     "for: 4s}, {at: 3s, crash: orders, "
                                     "for: 100ms}]\n" },
            1);

    ck_assert_int_eq(shop(play)->ok, 1);
    ck_assert_int_gt(orders(play)->repeated, 0);
    ck_assert_uint_eq(play_count(play, "span", ORDERS), 0);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

START_TEST(a_client_may_be_told_early)
{
    char text[256];
    struct play *play;

    snprintf(text, sizeof text, "%s    answers: accepted\n", styles[_i]);
    play = run(&(struct shape){ .orders = text, .stock = ", failure: 100%" }, 1);
    ck_assert_int_eq(play->operations[1].completed - play->operations[1].invoked, 3 * MS);
    ck_assert_int_eq(shop(play)->ok, 1);
    ck_assert_int_eq(ended(play)->compensated, 1);
    play_free(play);
}
END_TEST

START_TEST(what_is_locked_is_confirmed)
{
    char text[256];
    struct play *play;

    snprintf(text, sizeof text, "%s    semantic_lock: true\n", styles[_i]);
    play = run(&(struct shape){ .load = "rate: 50/s, requests: 100",
                                .orders = text,
                                .stock = ", failure: 30%",
                                .rest = "faults: [{at: 1s, crash: orders, for: 100ms}, "
                                        "{at: 1100ms, partition: [orders, payment], for: 1s}]\n" },
               1);
    ck_assert_uint_eq(play_count(play, "confirmed", PAYMENT), (size_t)ended(play)->done);
    ck_assert_uint_eq(play_count(play, "confirmed", STOCK), 0); /* the pivot is final at once */
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

/* 20 % find no stock; the stock takes 20 ms, and meanwhile it is paid. */
static struct play *read_meanwhile(const char *style, const char *lock)
{
    char text[256];

    snprintf(text, sizeof text, "%s    semantic_lock: %s\n", style, lock);
    return run(
        &(struct shape){
            .load = "rate: 50/s, requests: 400",
            .orders = text,
            .stock = ", failure: 20%, processor: {workers: 10, cost: 20ms, free_replies: true}",
            .courier = "}\n  reader: {model: saga-reader, saga: *saga, steps: *order, rate: 100/s",
        },
        1);
}

START_TEST(who_reads_meanwhile_sees_what_is_undone)
{
    /* looks, half, dirty, pending, failed */
    struct play *play = read_meanwhile(styles[_i], "false");
    const int64_t *reader = play_state(play, NODES);

    ck_assert_int_gt(reader[0], 1000);
    ck_assert_int_gt(reader[1], 100);
    ck_assert_int_gt(reader[2], 20);
    ck_assert_int_eq(reader[3], 0);
    ck_assert_int_eq(reader[4], 0);
    ck_assert_uint_eq(play_count(play, "dirty", NODES), (size_t)reader[2]);
    play_free(play);
    play = read_meanwhile(styles[_i], "true");
    reader = play_state(play, NODES);
    ck_assert_int_lt(reader[1], 5);
    ck_assert_int_eq(reader[2], 0);
    ck_assert_int_gt(reader[3], 100);
    expect_rest(play, 1);
    play_free(play);
}
END_TEST

START_TEST(a_participant_serves_clients_by_their_keys)
{
#define DIRECT(keys)                                                                               \
    "version: 1\nduration: 20s\nnetwork: {latency: 1ms, loss: 30%}\nnodes:\n"                      \
    "  c: {model: service-client, target: p, rate: 50/s, requests: 200, amount: 3}\n"              \
    "  p: {model: participant, of: 5000, disk: {sync: 2ms}}\n"                                     \
    "calls: {c: [" keys "retry: {attempts: 20, base: 10ms}, timeout: 20ms]}\n"                     \
    "faults: [{at: 1s, crash: p, for: 100ms}, {at: 2s, crash: p, for: 50ms}]\n"
    struct play *play = play_run(DIRECT("idempotency_key, "), 1);

    ck_assert_int_eq(((const struct participant_disk *)disk(play, 1))->taken, 600);
    ck_assert_int_eq(shop(play)->ok, 200);
    play_free(play);
    play = play_run(DIRECT(""), 1);
    ck_assert_int_gt(((const struct participant_disk *)disk(play, 1))->taken, 700);
    ck_assert_int_eq(((const struct participant_disk *)disk(play, 1))->taken % 3, 0);
    play_free(play);
}
END_TEST

/* What a trip takes of one airline: the way out and the way back are two actions of one order. */
START_TEST(two_calls_of_one_order_differ_by_their_actions)
{
#define GATE(back)                                                                                 \
    "version: 1\nduration: 20s\nnetwork: {latency: 1ms, loss: 10%}\nnodes:\n"                      \
    "  c: {model: service-client, target: g, rate: 50/s, requests: 100, amount: 3}\n"              \
    "  g: {model: service, calls: [{to: p, name: out}, {to: p, name: back" back "}]}\n"            \
    "  p: {model: participant, of: 5000, disk: {sync: 2ms}}\n"                                     \
    "calls:\n"                                                                                     \
    "  c: [idempotency_key, retry: {attempts: 20, base: 10ms}, timeout: 200ms]\n"                  \
    "  g: [idempotency_key, retry: {attempts: 20, base: 10ms}, timeout: 20ms]\n"
    struct play *play = play_run(GATE(", action: 2"), 1);

    ck_assert_int_eq(shop(play)->ok, 100);
    ck_assert_int_eq(((const struct participant_disk *)disk(play, 2))->taken, 600);
    play_free(play);
    play = play_run(GATE(""), 1);
    ck_assert_int_eq(((const struct participant_disk *)disk(play, 2))->taken, 300);
    play_free(play);
}
END_TEST

/* -- swarms ------------------------------------------------------------------------------------ */

#define TROUBLE                                                                                    \
    "calls: {shop: [idempotency_key, retry: {attempts: 9, base: 100ms}, timeout: 500ms], "         \
    "orders: [timeout: 100ms]}\n"                                                                  \
    "settle: 20s\n"                                                                                \
    "faults: [{random: {of: [orders, payment, stock, courier], limit: none, every: 150ms, "        \
    "for: 10ms..800ms, kinds: [crash, power_loss, pause, slow, partition, isolate, "               \
    "drop_messages, delay_messages, duplicate_messages, link_loss, disk_stall, disk_slow]}, "      \
    "between: [0s, 8s]}]\n"

static void expect_rest_after_trouble(uint64_t seed, const char *style, const char *more)
{
    char text[512];
    struct play *play;
    struct shape shape = {
        .duration = "40s",
        .load = "rate: 25/s, requests: 200",
        .orders = text,
        .payment = ", failure: 5%",
        .stock = ", failure: 10%",
        .courier = ", failure: 20%",
        .rest = TROUBLE,
    };

    snprintf(text, sizeof text, "%s    backoff_most: 1s\n%s", style, more);
    play = run(&shape, seed);
    expect_rest(play, seed);
    ck_assert_int_gt(ended(play)->begun, 100);
    play_free(play);
}

START_TEST(swarm)
{
    expect_rest_after_trouble((uint64_t)_i / 4 + 1, styles[_i % 2],
                              _i / 2 % 2 == 0 ? "" : "    semantic_lock: true\n");
}
END_TEST

/* Calls turn to another member, which does not know what the first one did: it turns them away, and
 * in the end the one who keeps the saga, and the one who began it, have heard of it. */
START_TEST(who_is_asked_for_another_refuses)
{
    struct shape shape = {
        .rest = "  clerk: {model: service-client, target: orders, rate: 20/s, requests: 200}\n"
                "calls:\n"
                "  orders: [retry: {attempts: 4, base: 1ms, elsewhere: true}, timeout: 20ms]\n"
                "  payment: [retry: {attempts: 4, base: 1ms, elsewhere: true}, timeout: 20ms]\n"
                "  stock: [hedge: {after: 3ms}, timeout: 20ms]\n"
                "  courier: [hedge: {after: 3ms}, timeout: 20ms]\n"
                "faults: [{at: 0s, link_loss: {not: [shop, clerk]}, probability: 10%, for: 12s}]\n",
        .payment = ", count: 2, failure: 5%",
        .stock = ", count: 3, failure: 5%",
        .courier = ", count: 2",
    };
    enum { MEMBERS = 1 + 2 + 2 + 3 + 2 };
    char text[128];
    struct play *play;
    int64_t open = 0, began = 0, amount = 0, taken[3] = { 0 };

    snprintf(text, sizeof text, "    count: 2\n%s", styles[_i]);
    shape.orders = text;
    play = run(&shape, 1);
    for (uint32_t node = 1; node < 3; node++) {
        open += ((const struct saga_counts *)play_state(play, node))->open;
        began += ((const struct saga_disk *)disk(play, node))->begun;
        amount += ((const struct saga_disk *)disk(play, node))->amount;
    }
    for (uint32_t node = 3; node < MEMBERS; node++)
        taken[node < 5 ? 0 : node < 8 ? 1 : 2] += held(play, node)->taken;
    ck_assert_int_gt(began, 150);
    ck_assert_int_eq(open, 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(taken[i], amount);
    play_free(play);
}
END_TEST

START_TEST(wrong_scenarios)
{
    static const struct {
        const char *steps, *message;
    } rows[] = {
        { "[]", "at least one step" },
        { "[{to: p}]", "item 1: a step before the pivot that takes something needs a comp" },
        { "[{to: p, kind: pivot, compensation: x}]", "only steps before the pivot" },
        { "[{to: p, kind: pivot}, {to: p, kind: pivot}]", "one pivot at most" },
        { "[{to: p, kind: retriable}, {to: p, kind: pivot}]", "compensatable steps come first" },
        { "[{to: p, kind: pivot}, {to: p, compensation: x}]",
          "item 2: compensatable steps come first" },
        { "[{to: c, kind: pivot}]", "does not serve" },
        { "[{to: nobody-here, kind: pivot}]", "nobody-here" },
        { "[{name: x, kind: pivot}]", "'to'" },
        { "[{to: p, kind: pivot}], backoff: 1s, backoff_most: 1ms", "less than `backoff`" },
        { "[{to: p, kind: pivot}], style: both", "orchestrated" },
    };
    char yaml[512];

    snprintf(yaml, sizeof yaml,
             "version: 1\nduration: 1s\nnodes:\n  c: {model: service-client, target: o}\n"
             "  o: {model: saga, steps: %s}\n  p: {model: participant}\n",
             rows[_i].steps);
    play_expect_error(yaml, rows[_i].message);
}
END_TEST

START_TEST(wrong_participants)
{
    static const struct {
        const char *keys, *message;
    } rows[] = {
        { "saga: [{to: o}]", "a list of one" },
        { "steps: [{to: p, kind: pivot}]", "a list of one" },
        { "saga: [{to: o}, {to: o}], steps: [{to: p, kind: pivot}]", "a list of one" },
        { "saga: [{to: o}], steps: [{to: p}]", "needs a compensation" },
        { "saga: [{to: p}], steps: [{to: p, kind: pivot}]", "does not serve" },
        { "backoff: 1m", "less than `backoff`" },
    };
    char yaml[512];

    snprintf(yaml, sizeof yaml,
             "version: 1\nduration: 1s\nnodes:\n"
             "  o: {model: saga, steps: [{to: p, kind: pivot}]}\n  p: {model: participant, %s}\n",
             rows[_i].keys);
    play_expect_error(yaml, rows[_i].message);
}
END_TEST

START_TEST(wrong_readers)
{
    static const struct {
        const char *keys, *message;
    } rows[] = {
        { "steps: [{to: p, kind: pivot}]", "missing key 'saga'" },
        { "saga: [{to: o}], steps: [{to: p}]", "needs a compensation" },
        { "saga: [{to: p}], steps: [{to: p, kind: pivot}]", "does not serve" },
    };
    char yaml[512];

    snprintf(yaml, sizeof yaml,
             "version: 1\nduration: 1s\nnodes:\n"
             "  o: {model: saga, steps: [{to: p, kind: pivot}]}\n  p: {model: participant}\n"
             "  r: {model: saga-reader, %s}\n",
             rows[_i].keys);
    play_expect_error(yaml, rows[_i].message);
}
END_TEST

/* What the services of a choreographed saga are told of it has to be true. */
START_TEST(wrong_choreographies)
{
#define STEPS_OF(what) "saga: [{to: o}], steps: [{to: p, compensation: x}, " what
    static const char *const rows[][2] = {
        { "", "'o': item 2: its group needs `saga` and `steps`" },
        { "saga: [{to: b}], steps: [{to: q, kind: pivot}]", "'o': item 2: its group names an" },
        { "saga: [{to: o}], steps: [{to: p, compensation: x}]", "'q': the group that `saga` na" },
        { STEPS_OF("{to: q, kind: pivot, amount: 2}, {to: p, kind: retriable}]"), "has fewer st" },
        { STEPS_OF("{to: q, kind: pivot}]"), "'q': item 2: is not that of" },
        { STEPS_OF("{to: q, kind: retriable, amount: 2}]"), "'q': item 2: is not that of" },
        { STEPS_OF("{to: q, name: y, kind: pivot, amount: 2}]"), "'q': item 2: is not that of" },
        { STEPS_OF("{to: q, amount: 2, compensation: y}]"), "'q': item 2: is not that of" },
        { STEPS_OF("{to: q, kind: pivot, amount: 2}]}\n  r: {model: saga-reader, saga: [{to: o}], "
                   "steps: [{to: q, compensation: x}]"), "'r': item 1: is not that of" },
    };
    static const char steps[] = "[{to: p, compensation: x}, {to: q, kind: pivot, amount: 2}]";
    char yaml[1024];

    snprintf(yaml, sizeof yaml,
             "version: 1\nduration: 1s\nnodes:\n  b: {model: saga, steps: [{to: q, kind: pivot}]}\n"
             "  o: {model: saga, style: choreographed, steps: %s}\n"
             "  p: {model: participant, saga: [{to: o}], steps: %s}\n"
             "  q: {model: participant, %s}\n", steps, steps, rows[_i][0]);
    play_expect_error(yaml, rows[_i][1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("saga");
    TCase *one = tcase_create("sagas");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(one, 60);
    tcase_add_loop_test(one, all_steps_and_then_the_answer, 0, 2);
    tcase_add_loop_test(one, what_is_done_is_undone_in_reverse, 0, 2);
    tcase_add_loop_test(one, what_there_is_not_enough_of_fails, 0, 2);
    tcase_add_test(one, luck_is_the_same_in_both_styles);
    tcase_add_test(one, a_compensation_overtakes_its_step);
    tcase_add_test(one, what_comes_again_is_done_once);
    tcase_add_test(one, compensations_are_tried_until_they_are_done);
    tcase_add_test(one, nobody_guesses_what_became_of_the_pivot);
    tcase_add_loop_test(one, a_crash_at_every_step, 0, 2);
    tcase_add_test(one, without_a_log_a_crash_leaves_half_a_saga);
    tcase_add_test(one, an_event_that_is_not_in_the_log_is_lost);
    tcase_add_loop_test(one, a_request_with_a_key_begins_one_saga, 0, 2);
    tcase_add_test(one, a_span_ends_in_its_own_life);
    tcase_add_loop_test(one, a_client_may_be_told_early, 0, 2);
    tcase_add_loop_test(one, what_is_locked_is_confirmed, 0, 2);
    tcase_add_loop_test(one, who_reads_meanwhile_sees_what_is_undone, 0, 2);
    tcase_add_test(one, a_participant_serves_clients_by_their_keys);
    tcase_add_test(one, two_calls_of_one_order_differ_by_their_actions);
    tcase_add_loop_test(one, who_is_asked_for_another_refuses, 0, 2);
    tcase_add_loop_test(one, swarm, 0, 16);
    tcase_add_loop_test(one, wrong_scenarios, 0, 11);
    tcase_add_loop_test(one, wrong_participants, 0, 6);
    tcase_add_loop_test(one, wrong_readers, 0, 3);
    tcase_add_loop_test(one, wrong_choreographies, 0, 9);
    suite_add_tcase(suite, one);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
