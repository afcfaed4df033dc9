/* world_network.c - the way of messages: latency, loss, doubles, rules for links, and the luck that
 * stays the same in every world where messages correspond. */
#include "sim/core/mem.h"
#include "tests/lib/world.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every TICK of member 0 sends one message to member 1, numbered. */
struct stream {
    int64_t messages;
    uint32_t to;
};

static void stream_start(struct sim_seat *me)
{
    if (sim_self(me) == 0)
        sim_timer(me, TICK, 0);
}

static void stream_tick(struct sim_seat *me, unsigned kind)
{
    const struct stream *stream = context_of(me);
    struct actor_state *state = state_of(me);

    (void)kind;
    if (state->count == stream->messages)
        return;
    sim_send(me, stream->to, WORD, &(struct pair){ state->count++, sim_now(me) });
    sim_timer(me, TICK, SIM_MILLISECOND);
}

static void stream_arrived(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    ck_assert_uint_eq(kind, WORD);
    say(me, pair->a, sim_now(me) - pair->b);
}

static struct script stream_script(struct stream *stream)
{
    return (struct script){
        .start = stream_start, .timer = stream_tick, .message = stream_arrived, .context = stream
    };
}

/* K standard deviations around what N trials of chance P bring. */
static void about(size_t got, size_t n, double p, double k)
{
    double expected = (double)n * p, deviation = sqrt((double)n * p * (1 - p));

    ck_assert_double_ge((double)got, expected - k * deviation);
    ck_assert_double_le((double)got, expected + k * deviation);
}

START_TEST(latency_is_constant_or_spread_and_messages_overtake)
{
    struct stream stream = { 20000, 1 };
    struct script script = stream_script(&stream);
    struct stage stage;
    sim_time low = SIM_TIME_LIMIT, high = 0;
    double sum = 0;
    size_t overtaken = 0;
    int64_t latest = -1;

    stage_init(&stage, 3, 100 * SIM_SECOND);
    stage.plan.link.latency = stage_constant(&stage, 7 * SIM_MILLISECOND);
    stage_group(&stage, "a", 2, &script);
    stage_run(&stage);
    for (size_t i = 0, n = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind != SIM_HAPPENED_NOTE)
            continue;
        ck_assert_int_eq(seen->words[0], (int64_t)n++);
        ck_assert_int_eq(seen->words[1], 7 * SIM_MILLISECOND);
    }
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 1, "said"), 20000);
    stage_close(&stage);
    stage.plan.link.latency =
        stage_keep(&stage, sim_distribution_uniform(2 * SIM_MILLISECOND, 6 * SIM_MILLISECOND));
    stage_run(&stage);
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind != SIM_HAPPENED_NOTE)
            continue;
        low = seen->words[1] < low ? seen->words[1] : low;
        high = seen->words[1] > high ? seen->words[1] : high;
        sum += (double)seen->words[1];
        overtaken += seen->words[0] < latest;
        latest = seen->words[0] > latest ? seen->words[0] : latest;
    }
    ck_assert_int_ge(low, 2 * SIM_MILLISECOND);
    ck_assert_int_le(low, 2 * SIM_MILLISECOND + 4000);
    ck_assert_int_le(high, 6 * SIM_MILLISECOND);
    ck_assert_int_ge(high, 6 * SIM_MILLISECOND - 4000);
    /* the mean of 20000 uniforms: 4 ms +- 5 * 4 ms / sqrt(12 * 20000) */
    ck_assert_double_eq_tol(sum / 20000, 4e6, 41000);
    ck_assert_uint_gt(overtaken, 5000);
    stage_finish(&stage);
}
END_TEST

START_TEST(loss_and_doubles_have_their_shares_and_are_independent)
{
    const size_t n = 40000;
    struct stream stream = { (int64_t)n, 1 };
    struct script script = stream_script(&stream);
    struct stage stage;

    stage_init(&stage, 11, 100 * SIM_SECOND);
    stage.plan.link.latency = stage_keep(&stage, sim_distribution_uniform(0, 2 * SIM_MILLISECOND));
    stage.plan.link.loss = UINT64_MAX / 10;
    stage.plan.link.duplicate = UINT64_MAX / 4;
    stage_group(&stage, "a", 2, &script);
    stage_run(&stage);
    const struct sim_group_stats *stats = sim_world_group_stats(stage.world, 0);
    size_t lost = watch_count(&stage.watch, SIM_HAPPENED_DROP, 1, "word");
    ck_assert_uint_eq(stats->sent, n);
    ck_assert_uint_eq(stats->lost, lost);
    ck_assert_uint_eq(stats->delivered, n - lost + stats->duplicated);
    ck_assert_uint_eq(stats->bytes, n * 16);
    about(lost, n, 0.1, 4.5);
    about(stats->duplicated, n - lost, 0.25, 4.5);
    /* loss says nothing of the next loss, a double nothing of how late its first was */
    uint8_t *came = sim_alloc(n);
    sim_time *first = sim_alloc_array(n, sizeof(*first));
    size_t pairs = 0, doubles_of_fast = 0, fast = 0;
    for (size_t i = 0; i < stage.watch.count; i++) {
        const struct seen *seen = &stage.watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE) {
            if (came[seen->words[0]]++ == 0)
                first[seen->words[0]] = seen->words[1];
        }
    }
    for (size_t i = 1; i < n; i++) {
        pairs += came[i] == 0 && came[i - 1] == 0;
        ck_assert_uint_le(came[i], 2);
    }
    about(pairs, n - 1, 0.01, 4.5);
    for (size_t i = 0; i < n; i++) {
        if (came[i] == 1 && first[i] < SIM_MILLISECOND)
            fast++;
        doubles_of_fast += came[i] == 2;
    }
    /* of those that came once, half are fast */
    about(fast, n - lost - doubles_of_fast, 0.5, 4.5);
    sim_free(came);
    sim_free(first);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_message_to_oneself_takes_no_time_and_is_never_lost)
{
    struct stream stream = { 100, 0 };
    struct script script = stream_script(&stream);
    struct stage stage;

    stage_init(&stage, 1, SIM_SECOND);
    stage.plan.link = (struct sim_link_plan){ .latency = stage_constant(&stage, SIM_SECOND),
                                              .loss = SIM_ALWAYS,
                                              .duplicate = SIM_ALWAYS };
    stage_group(&stage, "a", 2, &script);
    stage_cut(&stage, 0, 0, 0, 0, 1);
    stage_rest(&stage, &stage.faults[0]);
    stage_run(&stage);
    ck_assert_uint_eq(watch_count(&stage.watch, SIM_HAPPENED_NOTE, 0, "said"), 100);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(watch_nth(&stage.watch, SIM_HAPPENED_NOTE, 0, "said", i)->words[1], 0);
    stage_finish(&stage);
}
END_TEST

/* -- rules
 * ------------------------------------------------------------------------------------------ */

static void greet_all(struct sim_seat *me)
{
    for (uint32_t to = 0; to < sim_members(me); to++) {
        if (to != sim_self(me))
            sim_send(me, to, WORD, &(struct pair){ sim_self(me), sim_now(me) });
    }
    for (uint32_t to = 0; to < sim_targets(me); to++)
        sim_call(me, ASK, to, 0, NULL, 0, &(struct pair){ sim_node(me), sim_now(me) });
}

static void say_how_late(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    (void)kind;
    say(me, pair->a, sim_now(me) - pair->b);
}

static void say_request(struct sim_seat *me, const struct sim_request *request)
{
    const struct pair *pair = request->body;

    say(me, pair->a + 100, sim_now(me) - pair->b);
    sim_reply(me, request->ticket, &(struct pair){ sim_node(me), sim_now(me) });
}

static void say_reply(struct sim_seat *me, unsigned site, const struct sim_outcome *outcome)
{
    const struct pair *pair = outcome->body;

    (void)site;
    say(me, pair->a + 200, sim_now(me) - pair->b);
}

static struct script greeters = {
    .start = greet_all, .message = say_how_late, .request = say_request, .outcome = say_reply
};

/* What NODE said of PEER's message (base 0), request (100) or reply (200). */
static sim_time said(const struct stage *stage, uint32_t node, int64_t peer)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == peer)
            return seen->words[1];
    }
    return -1;
}

START_TEST(the_last_rule_that_fits_wins)
{
    static const uint32_t zones[] = { 0, 1 };
    static const char *const names[] = { "east", "west" };
    const uint32_t any = SIM_NO_GROUP;
    struct stage stage;
    struct sim_link_rule rules[4];

    stage_init(&stage, 1, SIM_SECOND);
    /* a-0 and a-2 lie east, a-1 and a-3 west; b lies nowhere */
    struct sim_group_plan *a = stage_group(&stage, "a", 4, &greeters);
    a->zones = zones;
    a->zone_count = 2;
    a->target = 1;
    stage_group(&stage, "b", 1, &greeters);
    stage.groups[1].target = 0;
    stage.plan.zones = names;
    stage.plan.zone_count = 2;
    stage.plan.link.latency = stage_constant(&stage, 1);
    rules[0] = (struct sim_link_rule){
        { any, 0 }, { any, 1 }, true, NULL, { .latency = stage_constant(&stage, 10) }
    };
    rules[1] = (struct sim_link_rule){
        { any, 1 }, { any, 0 }, false, NULL, { .latency = stage_constant(&stage, 20) }
    };
    rules[2] = (struct sim_link_rule){
        { 0, any }, { 1, any }, false, NULL, { .latency = stage_constant(&stage, 30) }
    };
    rules[3] = (struct sim_link_rule){
        { 0, 1 }, { 1, any }, true, NULL, { .latency = stage_constant(&stage, 40) }
    };
    stage.plan.rules = rules;
    stage.plan.rule_count = 4;
    stage_run(&stage);
    ck_assert_int_eq(said(&stage, 2, 0), 1);  /* east to east: no rule */
    ck_assert_int_eq(said(&stage, 3, 1), 1);  /* west to west */
    ck_assert_int_eq(said(&stage, 1, 0), 10); /* east to west */
    ck_assert_int_eq(said(&stage, 3, 2), 10);
    ck_assert_int_eq(said(&stage, 0, 1), 20); /* west to east: both fit, the later holds */
    ck_assert_int_eq(said(&stage, 2, 3), 20);
    ck_assert_int_eq(said(&stage, 4, 100), 30); /* a request of a-0, which lies east */
    ck_assert_int_eq(said(&stage, 4, 101), 40); /* of a-1, west */
    ck_assert_int_eq(said(&stage, 0, 204), 1);  /* the reply to a-0: the third rule is one-way */
    ck_assert_int_eq(said(&stage, 1, 204), 40); /* the fourth is not */
    ck_assert_int_eq(said(&stage, 2, 104), 1);  /* b's requests */
    ck_assert_int_eq(said(&stage, 3, 104), 40);
    stage_finish(&stage);
}
END_TEST

/* -- luck
 * ------------------------------------------------------------------------------------------- */

/* A chatter: every millisecond a word to a drawn member. With `more`, other traffic goes on beside
 * it: bare messages, calls, draws of another name, timers. */
struct chatter {
    bool more;
};

static void chatter_start(struct sim_seat *me)
{
    const struct chatter *chatter = context_of(me);

    sim_timer(me, TICK, 0);
    if (chatter->more)
        sim_timer(me, TOCK, 0);
}

static void chatter_timer(struct sim_seat *me, unsigned kind)
{
    uint32_t members = sim_members(me);

    if (kind == TICK) {
        uint32_t to = (uint32_t)sim_uniform(me, LUCK, 0, members);

        if (to != sim_self(me))
            sim_send(me, to, WORD, &(struct pair){ state_of(me)->count++, sim_now(me) });
        sim_timer(me, TICK, SIM_MILLISECOND);
        return;
    }
    uint32_t to = (uint32_t)sim_uniform(me, MORE_LUCK, 0, members);
    sim_send(me, to, BARE, NULL);
    if (sim_flip(me, MORE_LUCK, SIM_ALWAYS / 2))
        sim_call(me, ASK, to, SIM_SECOND, NULL, 0, &(struct pair){ 0, 0 });
    sim_timer(me, TOCK, sim_exponential(me, MORE_LUCK, SIM_MILLISECOND));
}

static void chatter_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    if (kind == WORD)
        say(me, (int64_t)message->from << 32 | pair->a, sim_now(me) - pair->b);
}

static uint32_t run_chatter(struct stage *stage, bool more, uint32_t members, bool second_group)
{
    static struct chatter chatters[2] = { { false }, { true } };
    static struct script scripts[2];

    for (int i = 0; i < 2; i++)
        scripts[i] = (struct script){ .start = chatter_start,
                                      .timer = chatter_timer,
                                      .message = chatter_message,
                                      .context = &chatters[i] };
    stage_init(stage, 5, SIM_SECOND / 10);
    stage->plan.link = (struct sim_link_plan){
        .latency = stage_keep(stage, sim_distribution_exponential(SIM_MILLISECOND)),
        .loss = UINT64_MAX / 8,
        .duplicate = UINT64_MAX / 8
    };
    if (second_group)
        stage_group(stage, "b", 3, &scripts[1]);
    stage_group(stage, "a", members, &scripts[more]);
    stage_run(stage);
    return second_group ? 3 : 0;
}

/* The words of the notes of NODE, in order. */
static size_t notes_of(const struct stage *stage, uint32_t node, int64_t *words, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && count + 2 <= most) {
            words[count++] = seen->words[0];
            words[count++] = seen->words[1];
        }
    }
    return count;
}

static void compare_luck(uint32_t members)
{
    enum { MOST = 40000 };
    static int64_t alone[MOST], beside[MOST];
    struct stage quiet, busy;

    run_chatter(&quiet, false, members, false);
    uint32_t first = run_chatter(&busy, true, members, true);
    ck_assert(!digests_are_equal(&quiet.digest, &busy.digest));
    for (uint32_t node = 0; node < members; node++) {
        size_t count = notes_of(&quiet, node, alone, MOST);

        ck_assert_uint_gt(count, 100);
        ck_assert_uint_eq(notes_of(&busy, first + node, beside, MOST), count);
        ck_assert_mem_eq(alone, beside, count * sizeof(int64_t));
    }
    stage_finish(&quiet);
    stage_finish(&busy);
}

START_TEST(luck_is_the_same_whatever_else_goes_on)
{
    compare_luck(5); /* numbered per link */
    compare_luck(64);
    compare_luck(65); /* numbered per sender and kind */
}
END_TEST

/* Member 0 sends N words to member 1; with `both`, as many to member 2, in between. */
static void two_ways(struct sim_seat *me)
{
    const bool *both = context_of(me);

    for (int64_t i = 0; sim_self(me) == 0 && i < 200; i++) {
        if (*both)
            sim_send(me, 2, WORD, &(struct pair){ i, sim_now(me) });
        sim_send(me, 1, WORD, &(struct pair){ i, sim_now(me) });
    }
}

START_TEST(links_of_small_groups_number_their_own_messages)
{
    int64_t words[2][1000];
    size_t counts[2];

    for (uint32_t members = 3; members <= 65; members += 62) {
        for (int i = 0; i < 2; i++) {
            bool both = i == 1;
            struct script script = { .start = two_ways, .message = say_how_late, .context = &both };
            struct stage stage;

            stage_init(&stage, 5, SIM_SECOND);
            stage.plan.link.latency =
                stage_keep(&stage, sim_distribution_exponential(SIM_MILLISECOND));
            stage_group(&stage, "a", members, &script);
            stage_run(&stage);
            counts[i] = notes_of(&stage, 1, words[i], 1000);
            stage_finish(&stage);
        }
        ck_assert_uint_eq(counts[0], 400);
        ck_assert_uint_eq(counts[1], 400);
        if (members <= 64)
            ck_assert_mem_eq(words[0], words[1], sizeof(int64_t) * 400);
        else
            ck_assert_mem_ne(words[0], words[1], sizeof(int64_t) * 400);
    }
}
END_TEST

START_TEST(another_seed_or_group_is_another_luck)
{
    int64_t words[3][1000];
    bool both = false;
    struct script script = { .start = two_ways, .message = say_how_late, .context = &both };

    for (int i = 0; i < 3; i++) {
        struct stage stage;

        stage_init(&stage, i == 1 ? 6 : 5, SIM_SECOND);
        stage.plan.link.latency = stage_keep(&stage, sim_distribution_exponential(SIM_MILLISECOND));
        stage_group(&stage, i == 2 ? "b" : "a", 3, &script);
        stage_run(&stage);
        ck_assert_uint_eq(notes_of(&stage, 1, words[i], 1000), 400);
        stage_finish(&stage);
    }
    ck_assert_mem_ne(words[0], words[1], sizeof(words[0]));
    ck_assert_mem_ne(words[0], words[2], sizeof(words[0]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_network");
    TCase *tests = tcase_create("network");

    tcase_add_test(tests, latency_is_constant_or_spread_and_messages_overtake);
    tcase_add_test(tests, loss_and_doubles_have_their_shares_and_are_independent);
    tcase_add_test(tests, a_message_to_oneself_takes_no_time_and_is_never_lost);
    tcase_add_test(tests, the_last_rule_that_fits_wins);
    tcase_add_test(tests, luck_is_the_same_whatever_else_goes_on);
    tcase_add_test(tests, links_of_small_groups_number_their_own_messages);
    tcase_add_test(tests, another_seed_or_group_is_another_luck);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
