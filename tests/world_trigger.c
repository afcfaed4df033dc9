/* world_trigger.c - faults that are set off by what happens: what counts as an occurrence, which
 * one fires, when the fault strikes, and whom it can name. */
#include "tests/lib/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Every node ticks each 10: it says (member, count), sends WORD to the next member, takes a value
 * that goes 0 1 2 0 1 2 ..., and writes and syncs its disk. */
static void busy_start(struct sim_seat *me)
{
    sim_timer(me, TICK, 10);
}

static void busy_tick(struct sim_seat *me, unsigned kind)
{
    struct actor_state *s = state_of(me);
    struct actor_disk *disk = sim_disk(me);

    (void)kind;
    s->count++;
    s->value = s->count % 3;
    say(me, sim_self(me), s->count);
    sim_send(me, (sim_self(me) + 1) % sim_members(me), WORD, &(struct pair){ 0, s->count });
    disk->a = s->count;
    sim_write(me);
    sim_timer(me, TICK, 10);
    sim_sync_then(me, NULL, 0);
}

static void no_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    (void)me;
    (void)kind;
    (void)message;
}

static void no_sync(struct sim_seat *me, const void *context)
{
    (void)me;
    (void)context;
}

static struct script busy = {
    .start = busy_start, .timer = busy_tick, .message = no_message, .synced = no_sync
};

static void busy_init(struct stage *stage, uint32_t members)
{
    stage_init(stage, 4, 200);
    stage->plan.link.latency = stage_constant(stage, 3);
    stage_group(stage, "a", members, &busy)->disk.sync = stage_constant(stage, 2);
}

/* A pause of length 1 of MEMBER (SIM_NO_GROUP: all) that WHEN sets off. */
static struct sim_fault_plan *set_off(struct stage *stage, uint32_t member, struct sim_trigger when)
{
    struct sim_fault_plan *fault = stage_fault(stage, &sim_fault_pause, 0, 1, 0, member);

    fault->when = when;
    return fault;
}

/* A side that is MEMBER of group 0. */
static struct sim_side one(struct stage *stage, uint32_t member)
{
    struct sim_selector *selector = &stage->selectors[stage->selector_count++];

    *selector = (struct sim_selector){ .group = 0, .member = member };
    return (struct sim_side){ selector, 1 };
}

/* When the N-th strike of FAULT began; -1: there is none. FIRST: the first that it hit. */
static sim_time struck(const struct stage *stage, uint32_t fault, size_t n, uint32_t *first)
{
    for (size_t i = 0; i < stage->watch.strike_count; i++) {
        const struct strike *strike = &stage->watch.strikes[i];

        if (strike->fault != fault || !strike->begins || n-- > 0)
            continue;
        if (first)
            *first = strike->count > 0 ? strike->first : SIM_NO_GROUP;
        return strike->time;
    }
    return -1;
}

START_TEST(a_note_sets_a_fault_off)
{
    const struct sim_trigger_word words[] = { { 0, 2 }, { 1, 5 } };
    struct sim_trigger when = { .kind = SIM_TRIGGER_NOTE, .what = "said", .nth = 1, .times = 1 };
    struct stage stage;

    busy_init(&stage, 3);
    set_off(&stage, 0, when);
    when.words = words; /* of node 2, the fifth */
    when.word_count = 2;
    when.delay = stage_constant(&stage, 4);
    set_off(&stage, 0, when);
    when.delay = NULL;
    when.word_count = 0;
    when.of = one(&stage, 1);
    when.nth = 3;
    when.times = 2;
    set_off(&stage, 0, when);
    when.nth = 1;
    when.every_nth = 4;
    when.times = 0;
    set_off(&stage, 0, when);
    when.what = "done";
    set_off(&stage, 0, when);
    stage_run(&stage);
    ck_assert_int_eq(struck(&stage, 0, 0, NULL), 10);
    ck_assert_int_eq(struck(&stage, 0, 1, NULL), -1);
    ck_assert_int_eq(struck(&stage, 1, 0, NULL), 54);
    ck_assert_int_eq(struck(&stage, 2, 0, NULL), 30);
    ck_assert_int_eq(struck(&stage, 2, 1, NULL), 40);
    ck_assert_int_eq(struck(&stage, 2, 2, NULL), -1);
    for (size_t n = 0; n < 4; n++)
        ck_assert_int_eq(struck(&stage, 3, n, NULL), (sim_time)(40 * (n + 1)));
    ck_assert_int_eq(struck(&stage, 4, 0, NULL), -1);
    ck_assert_uint_eq(sim_world_fault_set_off(stage.world, 2), 2);
    ck_assert_uint_eq(sim_world_fault_set_off(stage.world, 4), 0);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_message_sets_a_fault_off_where_it_is_sent_delivered_or_dropped)
{
    struct sim_trigger when = { .kind = SIM_TRIGGER_MESSAGE, .what = "word", .nth = 1, .times = 1 };
    struct stage stage;
    uint32_t first;

    busy_init(&stage, 3);
    when.of = one(&stage, 1); /* 0: the second that 1 sends */
    when.on = SIM_ON_SENT;
    when.nth = 2;
    stage.selectors[stage.selector_count].group = 0;
    set_off(&stage, SIM_NO_GROUP, when);
    when.on = SIM_ON_DELIVERED; /* 1: the same, as it comes */
    set_off(&stage, SIM_NO_GROUP, when);
    when.to = one(&stage, 0); /* 2: which never goes to 0 */
    set_off(&stage, SIM_NO_GROUP, when);
    when.of = (struct sim_side){ NULL, 0 }; /* 3: what comes to 0 */
    set_off(&stage, SIM_NO_GROUP, when);
    when.to = (struct sim_side){ NULL, 0 }; /* 4: whatever is dropped */
    when.on = SIM_ON_DROPPED;
    when.nth = 1;
    set_off(&stage, SIM_NO_GROUP, when);
    stage_fault(&stage, &sim_fault_crash, 101, 10, 0, 2); /* 1 sends to it at 100 */
    stage_run(&stage);
    ck_assert_int_eq(struck(&stage, 0, 0, NULL), 20);
    ck_assert_int_eq(struck(&stage, 1, 0, NULL), 23);
    ck_assert_int_eq(struck(&stage, 2, 0, NULL), -1);
    ck_assert_int_eq(struck(&stage, 3, 0, &first), 23);
    ck_assert_uint_eq(first, 0);
    ck_assert_int_eq(struck(&stage, 4, 0, NULL), 103);
    stage_finish(&stage);
}
END_TEST

START_TEST(roles_name_who_set_it_off)
{
    struct sim_trigger when = { .kind = SIM_TRIGGER_MESSAGE, .what = "word", .nth = 1, .times = 1 };
    const enum sim_trigger_role roles[] = { SIM_ROLE_NODE, SIM_ROLE_FROM, SIM_ROLE_TO };
    const uint32_t delivered[] = { 2, 1, 2 }, sent[] = { 1, 1, 2 };
    struct stage stage;
    uint32_t first;

    busy_init(&stage, 3);
    when.of = one(&stage, 1);
    for (uint32_t i = 0; i < 6; i++) {
        when.on = i < 3 ? SIM_ON_DELIVERED : SIM_ON_SENT;
        set_off(&stage, SIM_NO_GROUP, when);
        stage.selectors[stage.selector_count - 1].role = roles[i % 3];
    }
    stage_run(&stage);
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(struck(&stage, i, 0, &first), i < 3 ? 13 : 10);
        ck_assert_uint_eq(first, i < 3 ? delivered[i] : sent[i - 3]);
    }
    stage_finish(&stage);
}
END_TEST

/* The value goes 1 2 0 1 2 0 ... from 10 on; node 1 is down from 35 to 45 and begins anew. */
START_TEST(a_state_sets_a_fault_off_when_it_takes_the_value)
{
    const struct sim_trigger_word zero = { 0, 0 }, one_word = { 0, 1 };
    struct sim_trigger when = {
        .kind = SIM_TRIGGER_STATE, .what = "value", .words = &zero, .word_count = 1, .nth = 1
    };
    struct stage stage;

    busy_init(&stage, 2);
    when.of = one(&stage, 0);
    set_off(&stage, 1, when);
    when.of = one(&stage, 1);
    when.delay = stage_constant(&stage, 1);
    set_off(&stage, 0, when);
    when.words = &one_word;
    set_off(&stage, 0, when);
    stage_fault(&stage, &sim_fault_crash, 45, 5, 0, 1); /* 1 to 0, which is no change */
    stage.plan.duration = 99;
    stage_run(&stage);
    ck_assert_int_eq(struck(&stage, 0, 0, NULL), 30); /* not at the start: it is 0 before */
    ck_assert_int_eq(struck(&stage, 0, 1, NULL), 60);
    ck_assert_int_eq(struck(&stage, 0, 2, NULL), 90);
    ck_assert_int_eq(struck(&stage, 1, 0, NULL), 31);
    ck_assert_int_eq(struck(&stage, 1, 1, NULL), 81); /* 60, 70, 80 */
    ck_assert_int_eq(struck(&stage, 2, 0, NULL), 11);
    ck_assert_int_eq(struck(&stage, 2, 1, NULL), 41);
    ck_assert_int_eq(struck(&stage, 2, 2, NULL), 61);
    stage_finish(&stage);
}
END_TEST

START_TEST(a_sync_sets_a_fault_off_when_it_is_durable)
{
    struct sim_trigger when = { .kind = SIM_TRIGGER_SYNC, .nth = 3, .times = 1 };
    struct stage stage;

    busy_init(&stage, 2);
    when.of = one(&stage, 0);
    set_off(&stage, 1, when);
    when.sync = SIM_SYNC_THEN;
    set_off(&stage, 1, when);
    when.sync = SIM_SYNC_HOLDS;
    set_off(&stage, 1, when);
    stage_run(&stage);
    ck_assert_int_eq(struck(&stage, 0, 0, NULL), 32);
    ck_assert_int_eq(struck(&stage, 1, 0, NULL), 32);
    ck_assert_int_eq(struck(&stage, 2, 0, NULL), -1);
    stage_finish(&stage);
}
END_TEST

static void hold_tick(struct sim_seat *me, unsigned kind)
{
    (void)kind;
    state_of(me)->count++;
    sim_write(me);
    sim_sync(me);
    say(me, 0, 0);
    sim_timer(me, TICK, 10);
}

/* A sync that takes no time is no event, and yet one that can be counted. */
START_TEST(a_sync_that_holds_counts_also_when_it_takes_no_time)
{
    struct script holding = { .start = busy_start, .timer = hold_tick };
    struct sim_trigger when = {
        .kind = SIM_TRIGGER_SYNC, .sync = SIM_SYNC_HOLDS, .nth = 2, .times = 1
    };

    for (sim_time span = 0; span < 4; span += 3) {
        struct stage stage;

        stage_init(&stage, 4, 100);
        stage_group(&stage, "a", 1, &holding)->disk.sync = stage_constant(&stage, span);
        when.of = one(&stage, 0);
        set_off(&stage, 0, when);
        stage_run(&stage);
        ck_assert_int_eq(struck(&stage, 0, 0, NULL), 20 + 2 * span);
        stage_finish(&stage);
    }
}
END_TEST

START_TEST(a_fault_sets_another_off_and_a_sequence_follows)
{
    struct sim_trigger when = { .kind = SIM_TRIGGER_FAULT, .what = "x", .nth = 1 };
    struct stage stage;
    struct sim_fault_plan *fault;
    uint32_t first;

    busy_init(&stage, 3);
    fault = stage_fault(&stage, &sim_fault_pause, 0, 7, 0, 2);
    fault->label = "x";
    fault->every = stage_constant(&stage, 60);
    fault->to = 200;
    set_off(
        &stage, SIM_NO_GROUP,
        (struct sim_trigger){ .kind = SIM_TRIGGER_FOLLOWS, .delay = stage_constant(&stage, 20) });
    stage.selectors[stage.selector_count - 1].role = SIM_ROLE_HIT;
    set_off(
        &stage, 1,
        (struct sim_trigger){ .kind = SIM_TRIGGER_FOLLOWS, .delay = stage_constant(&stage, 3) });
    set_off(&stage, 0, when);
    when.ends = true;
    set_off(&stage, SIM_NO_GROUP, when);
    stage.selectors[stage.selector_count - 1].role = SIM_ROLE_HIT;
    stage_run(&stage);
    for (size_t n = 0; n < 3; n++) {
        sim_time at = (sim_time)(60 * (n + 1));

        ck_assert_int_eq(struck(&stage, 0, n, NULL), at);
        ck_assert_int_eq(struck(&stage, 3, n, NULL), at);
        ck_assert_int_eq(struck(&stage, 4, n, &first), at + 7);
        ck_assert_uint_eq(first, 2);
    }
    ck_assert_int_eq(struck(&stage, 1, 1, &first), 140);
    ck_assert_uint_eq(first, 2);
    ck_assert_int_eq(struck(&stage, 2, 1, &first), 143);
    ck_assert_uint_eq(first, 1);
    ck_assert_int_eq(struck(&stage, 2, 2, NULL), -1); /* after the end */
    stage_finish(&stage);
}
END_TEST

static void many_triggers(struct stage *stage)
{
    const struct sim_trigger_word two = { 0, 2 };
    struct sim_trigger when = { .kind = SIM_TRIGGER_NOTE, .what = "said", .every_nth = 5 };

    busy_init(stage, 4);
    when.delay = stage_keep(stage, sim_distribution_uniform(0, 9));
    stage->plan.link.loss = UINT64_MAX / 5;
    set_off(stage, SIM_NO_GROUP, when);
    stage->selectors[stage->selector_count - 1].pick = 1;
    when.kind = SIM_TRIGGER_STATE;
    when.what = "value";
    when.words = &two;
    when.word_count = 0;
    when.of = one(stage, 3);
    set_off(stage, 0, when)->kind = &sim_fault_crash;
    when.kind = SIM_TRIGGER_MESSAGE;
    when.what = "word";
    when.on = SIM_ON_DROPPED;
    set_off(stage, SIM_NO_GROUP, when);
    stage->selectors[stage->selector_count - 1].role = SIM_ROLE_TO;
}

START_TEST(who_watches_changes_nothing)
{
    struct stage stage;
    struct sim_digest digest;

    many_triggers(&stage);
    stage_run(&stage);
    digest = stage.digest;
    ck_assert_int_ge(struck(&stage, 0, 2, NULL), 0);
    ck_assert_int_ge(struck(&stage, 1, 0, NULL), 0);
    ck_assert_int_ge(struck(&stage, 2, 0, NULL), 0);
    stage_finish(&stage);
    many_triggers(&stage);
    stage_open(&stage, false);
    stage_run(&stage);
    ck_assert(digests_are_equal(&stage.digest, &digest));
    stage_finish(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("triggers");
    TCase *tests = tcase_create("trigger");

    tcase_add_test(tests, a_note_sets_a_fault_off);
    tcase_add_test(tests, a_message_sets_a_fault_off_where_it_is_sent_delivered_or_dropped);
    tcase_add_test(tests, roles_name_who_set_it_off);
    tcase_add_test(tests, a_state_sets_a_fault_off_when_it_takes_the_value);
    tcase_add_test(tests, a_sync_sets_a_fault_off_when_it_is_durable);
    tcase_add_test(tests, a_sync_that_holds_counts_also_when_it_takes_no_time);
    tcase_add_test(tests, a_fault_sets_another_off_and_a_sequence_follows);
    tcase_add_test(tests, who_watches_changes_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
