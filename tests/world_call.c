/* world_call.c - requests and their outcomes: every way in which a call can end, once each. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* One client (group 0) and one server (group 1). The context of the test says how they behave. */
struct talk {
    sim_time timeout, gap,
        think; /* gap: between calls, 0: one call only; think: the server's answer comes later */
    int64_t calls;
    bool refuse, silent, keep,
        put; /* keep: the ticket goes to the server's disk, to be answered after a restart */
    enum sim_call_status statuses[4000];
    int64_t outcomes, executed;
};

struct kept {
    struct sim_ticket ticket;
    int64_t a;
};
_Static_assert(sizeof(struct kept) <= SIM_CONTEXT_MAX, "a ticket fits into a context");

static struct sim_ticket
    kept_ticket; /* what a server had on its disk; tests run one world at a time */

static void client_call(struct sim_seat *me)
{
    const struct talk *talk = context_of(me);
    int64_t context[2] = { state_of(me)->count, ~state_of(me)->count };

    if (talk->put)
        sim_call(me, TELL_BARE, 0, talk->timeout, context, sizeof(context), NULL);
    else
        sim_call(me, ASK, 0, talk->timeout, context, sizeof(context),
                 &(struct pair){ state_of(me)->count, 5 });
    if (++state_of(me)->count < talk->calls)
        sim_timer(me, TICK, talk->gap);
}

static void talk_start(struct sim_seat *me)
{
    const struct talk *talk = context_of(me);

    if (sim_node(me) == 0 && talk->calls > 0)
        client_call(me);
    if (sim_node(me) == 1 && talk->keep && kept_ticket.generation != 0)
        sim_reply(me, kept_ticket, &(struct pair){ 1, 1 });
}

static void talk_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    client_call(me);
}

static void answer(struct sim_seat *me, struct sim_ticket ticket, int64_t a)
{
    const struct talk *talk = context_of(me);

    if (talk->refuse)
        sim_refuse(me, ticket);
    else if (talk->put)
        sim_reply(me, ticket, NULL);
    else
        sim_reply(me, ticket, &(struct pair){ a, 2 * a });
}

static void talk_request(struct sim_seat *me, const struct sim_request *request)
{
    struct talk *talk = context_of(me);
    const struct pair *pair = request->body;
    int64_t a = pair ? pair->a : 0;

    ck_assert_uint_eq(request->client, 0);
    ck_assert_uint_eq(request->operation, talk->put ? PUT_BARE : GET);
    ck_assert((pair != NULL) == !talk->put);
    talk->executed++;
    if (talk->keep)
        kept_ticket = request->ticket;
    else if (talk->think > 0)
        sim_later(me, SOON, talk->think, &(struct kept){ request->ticket, a }, sizeof(struct kept));
    else if (!talk->silent)
        answer(me, request->ticket, a);
}

static void talk_later(struct sim_seat *me, unsigned kind, const void *context)
{
    const struct kept *kept = context;

    (void)kind;
    answer(me, kept->ticket, kept->a);
}

static void talk_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    struct talk *talk = context_of(me);
    const int64_t *context = outcome->context;
    const struct pair *pair = outcome->body;

    ck_assert_uint_eq(site, talk->put ? TELL_BARE : ASK);
    ck_assert_int_eq(context[1], ~context[0]);
    ck_assert_uint_eq(outcome->to, 0);
    ck_assert((pair != NULL) == (outcome->status == SIM_REPLIED && !talk->put));
    if (pair) {
        ck_assert_int_eq(pair->a, context[0]);
        ck_assert_int_eq(pair->b, 2 * context[0]);
    }
    talk->statuses[context[0]] = outcome->status;
    talk->outcomes++;
    say(me, context[0], (int64_t)outcome->status);
}

static void talk_init(struct stage *stage, struct talk *talk, struct script *script)
{
    *script = (struct script){ .start = talk_start,
                               .timer = talk_tick,
                               .later = talk_later,
                               .request = talk_request,
                               .outcome = talk_outcome,
                               .context = talk };
    kept_ticket = (struct sim_ticket){ 0 };
    stage_init(stage, 2, 100 * SIM_SECOND);
    stage->plan.link.latency = stage_constant(stage, 10);
    stage_group(stage, "client", 1, script)->target = 1;
    stage_group(stage, "server", 1, script);
}

/* One call, and what came of it: when, and as what. */
static void one(struct talk talk, enum sim_happening_kind kind, sim_time time,
                enum sim_call_status status)
{
    struct script script;
    struct stage stage;

    talk.calls = 1;
    talk_init(&stage, &talk, &script);
    stage_run(&stage);
    ck_assert_int_eq(talk.outcomes, 1);
    ck_assert_int_eq(talk.statuses[0], status);
    ck_assert_int_eq(watch_nth(&stage.watch, kind, 0, NULL, 0)->time, time);
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    stage_finish(&stage);
}

START_TEST(a_call_ends_in_one_of_three_ways)
{
    one((struct talk){ .timeout = 100 }, SIM_HAPPENED_REPLY, 20, SIM_REPLIED);
    one((struct talk){ .timeout = 0 }, SIM_HAPPENED_REPLY, 20, SIM_REPLIED);
    one((struct talk){ .timeout = 100, .put = true }, SIM_HAPPENED_REPLY, 20, SIM_REPLIED);
    one((struct talk){ .timeout = 100, .think = 7 }, SIM_HAPPENED_REPLY, 27, SIM_REPLIED);
    one((struct talk){ .timeout = 100, .refuse = true }, SIM_HAPPENED_REFUSAL, 20, SIM_REFUSED);
    one((struct talk){ .timeout = 100, .refuse = true, .put = true }, SIM_HAPPENED_REFUSAL, 20,
        SIM_REFUSED);
    one((struct talk){ .timeout = 100, .silent = true }, SIM_HAPPENED_TIMEOUT, 100,
        SIM_CALL_UNKNOWN);
    one((struct talk){ .timeout = 5 }, SIM_HAPPENED_TIMEOUT, 5, SIM_CALL_UNKNOWN);
    /* both at one instant: the timeout was scheduled before the reply */
    one((struct talk){ .timeout = 20 }, SIM_HAPPENED_TIMEOUT, 20, SIM_CALL_UNKNOWN);
}
END_TEST

START_TEST(no_timeout_waits_for_ever)
{
    struct talk talk = { .timeout = 0, .silent = true, .calls = 3, .gap = 10 };
    struct script script;
    struct stage stage;

    talk_init(&stage, &talk, &script);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    ck_assert_int_eq(talk.executed, 3);
    ck_assert_int_eq(talk.outcomes, 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(late_replies_are_counted_and_reach_nobody)
{
    struct talk talk = { .timeout = 25, .think = 10, .calls = 100, .gap = 3 };
    struct script script;
    struct stage stage;

    talk_init(&stage, &talk, &script);
    stage_run(&stage);
    ck_assert_int_eq(talk.executed, 100);
    ck_assert_int_eq(talk.outcomes, 100);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(talk.statuses[i], SIM_CALL_UNKNOWN);
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 1)->late_replies, 100);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_REPLY, 0, NULL), 0);
    stage_finish(&stage);
}
END_TEST

/* How many happenings of KIND were about something that NODE sent; of drops, for REASON. */
static uint64_t fates(const struct stage *stage, enum sim_happening_kind kind, uint32_t node,
                      const char *reason)
{
    uint64_t count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        count += seen->kind == kind && seen->peer == node &&
                 (!reason || strcmp(seen->reason, reason) == 0);
    }
    return count;
}

START_TEST(every_message_meets_one_fate_and_counts_for_its_sender)
{
    struct talk talk = { .timeout = 60, .calls = 4000, .gap = 7 };
    struct script script;
    struct stage stage;
    uint64_t absorbed = 0;

    talk_init(&stage, &talk, &script);
    stage.plan.link.loss = UINT64_MAX / 10;
    stage.plan.link.duplicate = UINT64_MAX / 5;
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(1, 30));
    stage.groups[1].processor =
        (struct sim_processor_plan){ 1, 1, stage_constant(&stage, 9), false };
    stage_partition(stage_cut(&stage, 1000, 500, 0, 0, 1))->in_flight = SIM_IN_FLIGHT_CUT;
    stage_rest(&stage, &stage.faults[stage.plan.fault_count - 1]);
    for (sim_time at = 3000; at < 9000; at += 400) {
        stage_fault(&stage, &sim_fault_crash, at, 20, 1, 0);
        stage_fault(&stage, &sim_fault_pause, at + 100, 50, 1, 0);
        stage_fault(&stage, &sim_fault_crash, at + 140, 20, 1, 0); /* some wait for its end */
    }
    stage_fault(&stage, &sim_fault_crash, 9500, 20, 0, 0);
    stage_run(&stage);
    ck_assert_int_eq(stage.end, SIM_END_QUIET);
    for (uint32_t node = 0; node < 2; node++) {
        const struct sim_group_stats *stats = sim_world_group_stats(stage.world, node);
        uint64_t handled = fates(&stage, SIM_HAPPENED_REQUEST, node, NULL) +
                           fates(&stage, SIM_HAPPENED_REPLY, node, NULL) +
                           fates(&stage, SIM_HAPPENED_REFUSAL, node, NULL);

        ck_assert_uint_eq(stats->sent, watch_count(&stage.watch, SIM_HAPPENED_SEND, node, NULL));
        ck_assert_uint_gt(stats->duplicated, 100);
        ck_assert_uint_eq(stats->lost, fates(&stage, SIM_HAPPENED_DROP, node, "loss"));
        ck_assert_uint_eq(stats->cut, fates(&stage, SIM_HAPPENED_DROP, node, "partition"));
        ck_assert_uint_eq(stats->to_down, fates(&stage, SIM_HAPPENED_DROP, node, "down"));
        ck_assert_uint_eq(stats->overflowed, fates(&stage, SIM_HAPPENED_DROP, node, "queue full"));
        ck_assert_uint_eq(stats->crashed, fates(&stage, SIM_HAPPENED_DROP, node, "crash"));
        ck_assert_uint_ge(stats->delivered, handled);
        absorbed += stats->delivered - handled;
        ck_assert_uint_gt(stats->lost, 100);
        ck_assert_uint_gt(stats->to_down, 0);
        ck_assert_uint_eq(sim_group_under_way(stats), 0);
    }
    const struct sim_group_stats *client = sim_world_group_stats(stage.world, 0);
    const struct sim_group_stats *server = sim_world_group_stats(stage.world, 1);
    ck_assert_uint_gt(client->cut, 10);
    ck_assert_uint_gt(server->cut, 0); /* in flight */
    ck_assert_uint_gt(client->overflowed, 100);
    ck_assert_uint_eq(server->overflowed, 0);
    ck_assert_uint_gt(client->crashed, 20);
    ck_assert_uint_eq(client->late_replies, 0);
    ck_assert_uint_gt(server->late_replies, 100);
    ck_assert_uint_gt(absorbed, 10); /* refusals of one copy */
    stage_finish(&stage);
}
END_TEST

START_TEST(what_has_not_come_at_the_end_is_under_way)
{
    struct talk talk = { .calls = 100, .gap = 10 };
    struct script script;
    struct stage stage;

    talk_init(&stage, &talk, &script);
    stage.plan.duration = 45;
    stage.plan.link.latency = stage_constant(&stage, 30);
    stage_run(&stage); /* sent at 0, 10, 20, 30, 40; two have come */
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 0)->sent, 5);
    ck_assert_uint_eq(sim_group_under_way(sim_world_group_stats(stage.world, 0)), 3);
    ck_assert_uint_eq(sim_group_under_way(sim_world_group_stats(stage.world, 1)), 2);
    stage_finish(&stage);
}
END_TEST

START_TEST(calls_of_a_life_that_is_over_are_forgotten)
{
    /* a reply, a timeout and a refusal each, that come after the restart, and while down */
    for (int kind = 0; kind < 3; kind++) {
        for (sim_time down = 1; down <= 100; down += 99) {
            struct talk talk = { .timeout = kind == 1 ? 20 : 100,
                                 .silent = kind == 1,
                                 .refuse = kind == 2,
                                 .calls = 1 };
            struct script script;
            struct stage stage;

            talk_init(&stage, &talk, &script);
            stage_fault(&stage, &sim_fault_crash, 5, down, 0, 0);
            stage_run(&stage);
            /* the second life calls again, and gets what it asked for */
            ck_assert_int_eq(talk.executed, 2);
            ck_assert_int_eq(talk.outcomes, 1);
            ck_assert_uint_eq(sim_world_group_stats(stage.world, 1)->late_replies,
                              kind != 1 && down == 1);
            ck_assert_uint_eq(sim_world_group_stats(stage.world, 1)->to_down,
                              kind != 1 && down == 100);
            stage_finish(&stage);
        }
    }
}
END_TEST

START_TEST(a_server_that_crashes_answers_nothing_of_before)
{
    struct talk talk = { .timeout = 200, .keep = true, .calls = 1 };
    struct script script;
    struct stage stage;

    /* the ticket survives on the disk, the promise does not */
    talk_init(&stage, &talk, &script);
    stage_fault(&stage, &sim_fault_crash, 15, 20, 1, 0);
    stage_run(&stage);
    ck_assert_uint_ne(kept_ticket.generation, 0);
    ck_assert_int_eq(talk.statuses[0], SIM_CALL_UNKNOWN);
    ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_TIMEOUT, 0, "ask", 0)->time, 200);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_SEND, 1, NULL), 0);
    stage_finish(&stage);
    /* to a node that is down */
    talk = (struct talk){ .timeout = 200, .calls = 1 };
    talk_init(&stage, &talk, &script);
    stage_fault(&stage, &sim_fault_crash, 5, 0, 1, 0);
    stage_run(&stage);
    ck_assert_int_eq(talk.executed, 0);
    ck_assert_int_eq(talk.statuses[0], SIM_CALL_UNKNOWN);
    const struct seen *drop = watch_nth(&stage.watch, SIM_HAPPENED_DROP, 1, "get", 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_str_eq(drop->reason, "down");
    stage_finish(&stage);
}
END_TEST

START_TEST(a_doubled_request_executes_twice_and_ends_once)
{
    struct talk talk = { .timeout = 1000, .calls = 2000, .gap = 50 };
    struct script script;
    struct stage stage;

    talk_init(&stage, &talk, &script);
    stage.plan.link.duplicate = SIM_ALWAYS;
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(1, 30));
    stage_run(&stage);
    ck_assert_int_eq(talk.executed, 4000);
    ck_assert_int_eq(talk.outcomes, 2000);
    for (int i = 0; i < 2000; i++)
        ck_assert_int_eq(talk.statuses[i], SIM_REPLIED);
    /* four replies each, three of them late */
    ck_assert_uint_eq(sim_world_group_stats(stage.world, 1)->late_replies, 6000);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_refusal_counts_when_every_copy_was_refused)
{
    struct talk talk = { .timeout = 1000, .calls = 500, .gap = 50, .refuse = true };
    struct script script;
    struct stage stage;

    talk_init(&stage, &talk, &script);
    stage.plan.link.duplicate = SIM_ALWAYS;
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(1, 30));
    stage_run(&stage);
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(talk.statuses[i], SIM_REFUSED);
    ck_assert_int_eq(talk.outcomes, 500);
    stage_finish(&stage);
    /* one worker, no queue: of two copies close together one is refused, the other executes */
    talk = (struct talk){ .timeout = 1000, .calls = 1000, .gap = 200 };
    talk_init(&stage, &talk, &script);
    stage.plan.link.duplicate = UINT64_MAX / 2;
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(1, 30));
    stage.groups[1].processor =
        (struct sim_processor_plan){ 1, 0, stage_constant(&stage, 40), false };
    stage_run(&stage);
    ck_assert_uint_gt(sim_world_group_stats(stage.world, 0)->overflowed, 300);
    ck_assert_int_eq(talk.executed, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(talk.statuses[i], SIM_REPLIED);
    stage_finish(&stage);
}
END_TEST

static void ask_both(struct sim_seat *me)
{
    for (int64_t i = 0; sim_node(me) == 0 && i < 200; i++) {
        sim_call(me, ASK, 0, 0, NULL, 0, &(struct pair){ i, 0 });
        sim_call(me, ASK_ALSO, 0, 0, NULL, 0, &(struct pair){ i, 0 });
    }
}

static void reply_at_once(struct sim_seat *me, const struct sim_request *request)
{
    sim_reply(me, request->ticket, request->body);
}

static void count_sites(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    say(me, site, ((const struct pair *)outcome->body)->a);
}

START_TEST(sites_of_one_operation_have_their_own_luck)
{
    struct script script = { .start = ask_both, .request = reply_at_once, .outcome = count_sites };
    struct stage stage;
    bool came[2][200] = { { false } };
    int both = 0, neither = 0, one_of_them = 0;

    stage_init(&stage, 8, SIM_SECOND);
    stage_group(&stage, "client", 1, &script)->target = 1;
    stage_group(&stage, "server", 1, &script);
    /* only the replies are lost */
    struct sim_link_rule rule = {
        { 1, SIM_NO_GROUP }, { 0, SIM_NO_GROUP }, false, NULL, { .loss = SIM_ALWAYS / 2 }
    };
    stage.plan.rules = &rule;
    stage.plan.rule_count = 1;
    stage_run(&stage);
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE)
            came[seen->words[0]][seen->words[1]] = true;
    }
    for (int i = 0; i < 200; i++) {
        both += came[0][i] && came[1][i];
        neither += !came[0][i] && !came[1][i];
        one_of_them += came[0][i] != came[1][i];
    }
    ck_assert_int_gt(both, 25);
    ck_assert_int_gt(neither, 25);
    ck_assert_int_gt(one_of_them, 70);
    stage_finish(&stage);
}
END_TEST

/* -- many seats, random faults: every call of a life that went on ends exactly once
 * ------------------ */

struct crowd {
    int64_t asked[8], ended[8]; /* by node, in its present life */
};

static void crowd_start(struct sim_seat *me)
{
    struct crowd *crowd = context_of(me);

    crowd->asked[sim_node(me)] = crowd->ended[sim_node(me)] = 0;
    sim_timer(me, TICK, 0);
}

static void crowd_tick(struct sim_seat *me, unsigned kind)
{
    struct crowd *crowd = context_of(me);

    (void)kind;
    if (sim_now(me) > 800)
        return;
    sim_call(me, sim_flip(me, LUCK, SIM_ALWAYS / 2) ? ASK : ASK_ALSO,
             (uint32_t)sim_uniform(me, LUCK, 0, sim_targets(me)), sim_uniform(me, LUCK, 1, 60),
             NULL, 0, &(struct pair){ 0, 0 });
    crowd->asked[sim_node(me)]++;
    sim_timer(me, TICK, sim_uniform(me, LUCK, 0, 5));
}

static void crowd_request(struct sim_seat *me, const struct sim_request *request)
{
    if (sim_flip(me, LUCK, SIM_ALWAYS / 3))
        sim_refuse(me, request->ticket);
    else if (sim_flip(me, LUCK, SIM_ALWAYS / 3))
        sim_later(me, SOON, sim_uniform(me, LUCK, 0, 30), &(struct kept){ request->ticket, 0 },
                  sizeof(struct kept));
    else if (sim_flip(me, LUCK, SIM_ALWAYS / 2))
        sim_reply(me, request->ticket, request->body);
}

static void crowd_later(struct sim_seat *me, unsigned kind, const void *context)
{
    const struct kept *kept = context;

    (void)kind;
    sim_reply(me, kept->ticket, &(struct pair){ 1, 2 });
}

static void crowd_outcome(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    struct crowd *crowd = context_of(me);

    (void)site;
    ck_assert((outcome->body != NULL) == (outcome->status == SIM_REPLIED));
    crowd->ended[sim_node(me)]++;
}

START_TEST(under_faults_every_call_of_the_living_ends_once)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct crowd crowd = { 0 };
        struct script script = { .start = crowd_start,
                                 .timer = crowd_tick,
                                 .later = crowd_later,
                                 .request = crowd_request,
                                 .outcome = crowd_outcome,
                                 .context = &crowd };
        struct stage stage;
        struct sim_stream luck = { 0, 0 };

        sim_stream_seed(&luck, seed, 3, 3);
        stage_init(&stage, seed, 2000);
        stage.plan.link =
            (struct sim_link_plan){ .latency = stage_keep(&stage, sim_distribution_uniform(0, 20)),
                                    .loss = UINT64_MAX / 10,
                                    .duplicate = UINT64_MAX / 5 };
        stage_group(&stage, "a", 4, &script)->target = 1;
        stage_group(&stage, "b", 4, &script)->target = 0;
        if (seed % 2)
            stage.groups[1].processor =
                (struct sim_processor_plan){ 2, 3, stage_constant(&stage, 3), false };
        for (int i = 0; i < 20; i++) {
            static const struct sim_fault_kind *const kinds[] = { &sim_fault_crash,
                                                                  &sim_fault_pause,
                                                                  &sim_fault_slow };
            uint64_t word = sim_stream_next(&luck);

            stage_slow(stage_fault(&stage, kinds[word % 3], (sim_time)(word / 8 % 800),
                                   1 + (sim_time)(word / 8192 % 60), (uint32_t)(word / 4 % 2),
                                   (uint32_t)(word / (1 << 20) % 4)))
                ->factor = 2;
        }
        stage_run(&stage);
        int64_t asked = 0;
        for (uint32_t node = 0; node < 8; node++) {
            asked += crowd.asked[node];
            ck_assert_int_eq(crowd.asked[node], crowd.ended[node]);
        }
        ck_assert_int_gt(asked, 500);
        ck_assert_int_eq(stage.end, SIM_END_QUIET);
        stage_finish(&stage);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_call");
    TCase *tests = tcase_create("call");

    tcase_add_test(tests, a_call_ends_in_one_of_three_ways);
    tcase_add_test(tests, no_timeout_waits_for_ever);
    tcase_add_test(tests, late_replies_are_counted_and_reach_nobody);
    tcase_add_test(tests, calls_of_a_life_that_is_over_are_forgotten);
    tcase_add_test(tests, every_message_meets_one_fate_and_counts_for_its_sender);
    tcase_add_test(tests, what_has_not_come_at_the_end_is_under_way);
    tcase_add_test(tests, a_server_that_crashes_answers_nothing_of_before);
    tcase_add_test(tests, a_doubled_request_executes_twice_and_ends_once);
    tcase_add_test(tests, a_refusal_counts_when_every_copy_was_refused);
    tcase_add_test(tests, sites_of_one_operation_have_their_own_luck);
    tcase_add_test(tests, under_faults_every_call_of_the_living_ends_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
