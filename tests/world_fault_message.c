/* world_fault_message.c - rules about messages: which they meet, what they do to them, and that
 * what they do depends on no other rule. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Every member sends its n-th WORD and a BARE to every other at 10, 20, ...; asks the next of its
 * target GET. */
static void talk_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 10);
}

static void talk_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    state_of(me)->count++;
    for (uint32_t to = 0; to < sim_members(me); to++) {
        if (to == sim_self(me))
            continue;
        sim_send(me, to, WORD, &(struct pair){ sim_self(me), state_of(me)->count });
        sim_send(me, to, BARE, NULL);
    }
    sim_call(me, ASK, (sim_self(me) + 1) % sim_targets(me), 0, NULL, 0,
             &(struct pair){ sim_self(me), state_of(me)->count });
    sim_timer(me, TICK, 10);
}

static void talk_heard(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    if (kind == WORD)
        say(me, pair->a, pair->b);
    else
        state_of(me)->other++;
}

static void talk_asked(struct sim_seat *me, const struct sim_request *request)
{
    const struct pair *pair = request->body;

    say(me, 100 + pair->a, pair->b);
    sim_reply(me, request->ticket, pair);
}

static void talk_answered(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    const struct pair *pair = outcome->body;

    (void)site;
    say(me, 200 + (int64_t)outcome->to, pair->b);
}

static struct script talking = { .start = talk_start,
                                 .timer = talk_tick,
                                 .message = talk_heard,
                                 .request = talk_asked,
                                 .outcome = talk_answered };

static void talk_init(struct stage *stage, uint32_t members, sim_time duration)
{
    stage_init(stage, 4, duration);
    stage->plan.link.latency = stage_constant(stage, 3);
    stage_group(stage, "a", members, &talking);
}

/* How often NODE said (A, B); *TIME is when it did last. */
static unsigned said(const struct stage *stage, uint32_t node, int64_t a, int64_t b, sim_time *time)
{
    unsigned count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == a &&
            seen->words[1] == b) {
            count++;
            if (time)
                *time = seen->time;
        }
    }
    return count;
}

static unsigned got(const struct stage *stage, uint32_t node, int64_t from, int64_t number)
{
    return said(stage, node, from, number, NULL);
}

START_TEST(a_dropped_kind_is_lost_on_its_links_while_the_rule_lasts)
{
    struct stage stage;

    talk_init(&stage, 3, 100);
    struct sim_fault_plan *fault =
        stage_links(&stage, &sim_fault_drop_messages, 15, 20, 0, 0, 0, 1);
    stage_message(fault)->message = "word";
    fault->label = "gap";
    stage_run(&stage);
    ck_assert_uint_eq(got(&stage, 1, 0, 1), 1);
    ck_assert_uint_eq(got(&stage, 1, 0, 2), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 3), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 4), 1);
    ck_assert_uint_eq(got(&stage, 0, 1, 2), 1); /* one way */
    ck_assert_uint_eq(got(&stage, 2, 0, 2), 1);
    ck_assert_uint_eq(got(&stage, 1, 100, 2), 1); /* another kind */
    ck_assert_int_eq(stage_state(&stage, 1)->other, 2 * 9);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->lost, 2);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, "word"), 2);
    ck_assert_str_eq(watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "word", 0)->reason, "rule gap");
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_FAULT, ANY_NODE, NULL), 2);
    stage_finish(&stage);
}
END_TEST

/* {message, how many words, bare ones, requests, replies of 8 rounds are lost from node 0 of two}
 */
static const struct {
    const char *message;
    uint64_t lost;
} kinds[] = {
    { NULL, 32 },       { "word", 8 },        { "bare", 8 },  { "get", 16 },
    { "get.reply", 8 }, { "get.request", 8 }, { "cargo", 0 }, { "put", 0 },
};

START_TEST(a_rule_is_about_a_kind_or_all)
{
    struct stage stage;

    talk_init(&stage, 2, 89);
    stage_message(stage_links(&stage, &sim_fault_drop_messages, 0, 0, 0, 0, 0, 1))->message =
        kinds[_i].message;
    stage_run(&stage);
    /* node 0 answers nobody whose request was lost on the way to it: none is */
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->lost, kinds[_i].lost);
    stage_finish(&stage);
}
END_TEST

/* The same rule however its ends are given: at the few, at the many, from all to all. */
static const struct {
    uint32_t from, to;
    bool both;
    uint64_t lost; /* of the words of 8 rounds among 4 */
} shapes[] = {
    { 0, 1, false, 8 },
    { 0, 1, true, 16 },
    { 0, 0, true, 0 },
    { 0, SIM_NO_GROUP, false, 24 },
    { 0, SIM_NO_GROUP, true, 48 },
    { SIM_NO_GROUP, 0, false, 24 },
    { SIM_NO_GROUP, 0, true, 48 },
    { SIM_NO_GROUP, SIM_NO_GROUP, false, 96 },
    { SIM_NO_GROUP, SIM_NO_GROUP, true, 96 },
};

START_TEST(a_rule_meets_a_message_once_whatever_its_ends)
{
    struct stage stage;

    for (int nth = 0; nth < 2; nth++) {
        talk_init(&stage, 4, 89);
        struct sim_fault_plan *fault = stage_links(&stage, &sim_fault_drop_messages, 0, 85, 0,
                                                   shapes[_i].from, 0, shapes[_i].to);
        fault->both_ways = shapes[_i].both;
        stage_message(fault)->message = "word";
        stage_message(fault)->every_nth = nth ? 4 : 0;
        stage_run(&stage);
        ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->lost,
                          shapes[_i].lost / (nth ? 4 : 1));
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(the_nth_and_every_nth_are_counted_from_when_the_rule_began)
{
    struct stage stage;

    talk_init(&stage, 2, 200);
    struct sim_fault_plan *third = stage_links(&stage, &sim_fault_drop_messages, 15, 0, 0, 0, 0, 1);
    stage_message(third)->message = "word";
    stage_message(third)->nth = 3;
    struct sim_fault_plan *fifths =
        stage_links(&stage, &sim_fault_drop_messages, 15, 0, 0, 1, 0, 0);
    stage_message(fifths)->message = "word";
    stage_message(fifths)->every_nth = 5;
    stage_run(&stage);
    for (int64_t n = 1; n < 19; n++) {
        ck_assert_uint_eq(got(&stage, 1, 0, n), n != 4);
        ck_assert_uint_eq(got(&stage, 0, 1, n), n != 6 && n != 11 && n != 16);
    }
    stage_finish(&stage);
}
END_TEST

START_TEST(rules_count_what_another_drops)
{
    struct stage stage;

    talk_init(&stage, 2, 100);
    stage_message(stage_links(&stage, &sim_fault_drop_messages, 15, 0, 0, 0, 0, 1))->nth = 1;
    stage_message(stage_links(&stage, &sim_fault_drop_messages, 15, 0, 0, 0, 0, SIM_NO_GROUP))
        ->nth = 5;
    stage_run(&stage);
    /* a round of node 0 is word, bare, request, reply: the first and the fifth are words */
    ck_assert_uint_eq(got(&stage, 1, 0, 2), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 3), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 4), 1);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->lost, 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_is_delayed_comes_later_and_is_overtaken)
{
    struct stage stage;
    sim_time late = 0, sooner = 0;

    talk_init(&stage, 2, 100);
    struct sim_message_params *params =
        stage_message(stage_links(&stage, &sim_fault_delay_messages, 15, 10, 0, 0, 0, 1));
    params->message = "word";
    params->by = stage_constant(&stage, 25);
    stage_run(&stage);
    ck_assert_uint_eq(said(&stage, 1, 0, 2, &late), 1);
    ck_assert_uint_eq(said(&stage, 1, 0, 3, &sooner), 1);
    ck_assert_int_eq(late, 20 + 3 + 25);
    ck_assert_int_eq(sooner, 30 + 3);
    stage_finish(&stage);
}
END_TEST

START_TEST(delays_add_up_and_a_cut_finds_what_they_hold_back)
{
    struct stage stage;
    sim_time late = 0;

    talk_init(&stage, 2, 200);
    for (int i = 0; i < 2; i++)
        stage_message(stage_links(&stage, &sim_fault_delay_messages, 15, 20, 0, 0, 0, 1))->by =
            stage_constant(&stage, 40);
    struct sim_fault_plan *cut = stage_cut(&stage, 32, 1, 0, 1, 1);
    stage_rest(&stage, cut);
    stage_partition(cut)->in_flight = SIM_IN_FLIGHT_CUT;
    stage_run(&stage);
    ck_assert_uint_eq(got(&stage, 1, 0, 2), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 3), 0);
    ck_assert_uint_eq(got(&stage, 1, 0, 4), 1);
    stage_finish(&stage);
    talk_init(&stage, 2, 200);
    for (int i = 0; i < 2; i++)
        stage_message(stage_links(&stage, &sim_fault_delay_messages, 15, 20, 0, 0, 0, 1))->by =
            stage_constant(&stage, 40);
    stage_run(&stage);
    ck_assert_uint_eq(said(&stage, 1, 0, 2, &late), 1);
    ck_assert_int_eq(late, 20 + 3 + 80);
    stage_finish(&stage);
}
END_TEST

START_TEST(what_is_doubled_comes_twice_and_is_answered_once)
{
    struct stage stage;

    talk_init(&stage, 2, 100);
    stage_links(&stage, &sim_fault_duplicate_messages, 15, 10, 0, SIM_NO_GROUP, 0, SIM_NO_GROUP);
    stage_links(&stage, &sim_fault_duplicate_messages, 15, 10, 0, 0, 0, 1);
    stage_run(&stage);
    ck_assert_uint_eq(got(&stage, 1, 0, 1), 1);
    ck_assert_uint_eq(got(&stage, 1, 0, 2), 2); /* two rules make no third */
    ck_assert_uint_eq(got(&stage, 1, 0, 3), 1);
    ck_assert_uint_eq(got(&stage, 1, 100, 2), 2);
    ck_assert_uint_eq(got(&stage, 0, 201, 2), 1);
    stage_finish(&stage);
}
END_TEST

/* Which words from 0 to 1 of 500 a rule of 30 % drops, as bits. */
static unsigned draw_losses(uint64_t seed, bool more, unsigned char lost[500])
{
    struct stage stage;
    unsigned count = 0;

    talk_init(&stage, 3, 5009);
    stage.plan.seed = seed;
    if (more) { /* another rule and another fault before it */
        stage_message(stage_links(&stage, &sim_fault_drop_messages, 5, 0, 0, 2, 0, 1))
            ->probability = SIM_ALWAYS / 2;
        stage_fault(&stage, &sim_fault_crash, 700, 100, 0, 2);
    }
    struct sim_message_params *params =
        stage_message(stage_links(&stage, &sim_fault_drop_messages, 5, 0, 0, 0, 0, 1));
    params->message = "word";
    params->probability = SIM_ALWAYS / 10 * 3;
    stage_run(&stage);
    for (int64_t n = 1; n <= 500; n++)
        count += lost[n - 1] = got(&stage, 1, 0, n) == 0;
    stage_finish(&stage);
    return count;
}

START_TEST(luck_is_each_messages_own)
{
    unsigned char one[500], other[500], third[500];
    unsigned count = draw_losses(7, false, one);

    ck_assert_uint_gt(count, 150 - 4 * 10); /* 500 of 30 %: 150 +- 10 */
    ck_assert_uint_lt(count, 150 + 4 * 10);
    draw_losses(7, true, other);
    ck_assert_mem_eq(one, other, sizeof(one));
    draw_losses(8, false, third);
    ck_assert_mem_ne(one, third, sizeof(one));
}
END_TEST

START_TEST(tracing_changes_nothing_and_no_rule_leaves_no_trace)
{
    struct stage stage;
    struct sim_digest with, without;

    for (int watched = 0; watched < 2; watched++) {
        talk_init(&stage, 4, 500);
        for (int i = 0; i < 20; i++) { /* they open and close, in no order */
            struct sim_message_params *params = stage_message(stage_links(
                &stage, i % 3 == 0 ? &sim_fault_delay_messages : &sim_fault_drop_messages, 10 * i,
                15 + 7 * (i % 5), 0, i % 2 ? SIM_NO_GROUP : (uint32_t)i % 4, 0,
                i % 5 ? SIM_NO_GROUP : 1));

            params->message = i % 4 ? "word" : NULL;
            params->probability = SIM_ALWAYS / 2;
            params->by = i % 3 == 0 ? stage_constant(&stage, 4) : NULL;
        }
        stage_open(&stage, watched == 1);
        stage_run(&stage);
        *(watched ? &with : &without) = stage.digest;
        stage_finish(&stage);
    }
    ck_assert(digests_are_equal(&with, &without));
}
END_TEST

START_TEST(a_rule_without_a_link_hits_nobody)
{
    struct stage stage;

    talk_init(&stage, 2, 50);
    stage_links(&stage, &sim_fault_drop_messages, 15, 10, 0, 1, 0, 1)->label = "self";
    stage_run(&stage);
    ck_assert_uint_eq(stage.watch.window_count, 0);
    ck_assert_uint_eq(stage.watch.strikes[0].count, 0);
    stage_finish(&stage);
}
END_TEST

/* The sieve of faulty links is made anew while one of them stays so. */
START_TEST(a_rule_outlasts_many_others)
{
    struct stage stage;

    talk_init(&stage, 3, 400);
    stage_message(stage_links(&stage, &sim_fault_drop_messages, 15, 0, 0, 0, 0, 1))->message =
        "word";
    struct sim_fault_plan *brief = stage_links(&stage, &sim_fault_drop_messages, 16, 1, 0, 1, 0, 2);
    brief->every = stage_constant(&stage, 2);
    brief->from = 16;
    brief->to = 390;
    brief->label = "brief";
    stage_run(&stage);
    for (int64_t n = 2; n <= 39; n++) {
        ck_assert_uint_eq(got(&stage, 1, 0, n), 0);
        ck_assert_uint_eq(got(&stage, 1, 2, n), 1);
    }
    ck_assert_uint_gt(stage.watch.window_count, 100);
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_fault_message");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_dropped_kind_is_lost_on_its_links_while_the_rule_lasts);
    tcase_add_loop_test(all, a_rule_is_about_a_kind_or_all, 0,
                        (int)(sizeof(kinds) / sizeof(kinds[0])));
    tcase_add_loop_test(all, a_rule_meets_a_message_once_whatever_its_ends, 0,
                        (int)(sizeof(shapes) / sizeof(shapes[0])));
    tcase_add_test(all, the_nth_and_every_nth_are_counted_from_when_the_rule_began);
    tcase_add_test(all, rules_count_what_another_drops);
    tcase_add_test(all, what_is_delayed_comes_later_and_is_overtaken);
    tcase_add_test(all, delays_add_up_and_a_cut_finds_what_they_hold_back);
    tcase_add_test(all, what_is_doubled_comes_twice_and_is_answered_once);
    tcase_add_test(all, luck_is_each_messages_own);
    tcase_add_test(all, tracing_changes_nothing_and_no_rule_leaves_no_trace);
    tcase_add_test(all, a_rule_without_a_link_hits_nobody);
    tcase_add_test(all, a_rule_outlasts_many_others);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
